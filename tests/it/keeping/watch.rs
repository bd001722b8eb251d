//! What is amiss with the program itself is told once, by a way that does not depend on it, and once more when it is over.

use super::Kept;
use crate::harness::{at, child, letter, rat};
use dutyclerk::daemon::{Room, Watch};
use dutyclerk::outbound::notice::Route;

/// Those about a mailbox; the panels have others.
fn alerts(kept: &Kept) -> Vec<String> {
    kept.texts("alert").into_iter().filter(|text| text.contains("mailbox st-helens-mace")).collect()
}

fn watched(kept: &mut Kept) -> impl Fn() -> String + use<> {
    let paged = kept.story.path("paged");
    let script = format!("echo \"$1\" >> {}", paged.display());
    let command = ["/bin/sh", "-c", script.as_str(), "pager"].map(str::to_owned).to_vec();
    let route = Route { command, file: Some(kept.story.path("alerts.log")), server: None };
    kept.daemon.daemon.watch = Some(Watch { route, ..Watch::default() });
    move || std::fs::read_to_string(&paged).unwrap_or_default()
}

#[test]
fn op_01_a_mailbox_not_swept_for_15_minutes_is_told_once_by_both_routes_and_its_return_too() {
    let mut kept = Kept::new("2026-11-20T09:00:00", "2026-11-21");
    let (maildir, paged) = (kept.maildir("st-helens-mace"), watched(&mut kept));
    kept.turn("2026-11-20T10:00:00");
    let away = maildir.with_extension("away");
    std::fs::rename(&maildir, &away).unwrap();
    kept.turn("2026-11-20T10:05:00");
    // After the look at who joined a panel since its pack.
    let turn = kept.turn("2026-11-20T10:10:00");
    assert_eq!(turn.next, Some(at("2026-11-20T10:15:00")), "15 minutes after the last good sweep");
    kept.turn("2026-11-20T10:14:59");
    assert_eq!((alerts(&kept).len(), paged().as_str()), (0, ""));

    kept.turn("2026-11-20T10:15:00");
    let alerts = alerts(&kept);
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    assert!(alerts[0].starts_with("MACE: mailbox st-helens-mace cannot be read"), "{}", alerts[0]);
    assert!(alerts[0].contains("has not been read since Fri 20 November 2026 at 10:00"), "{}", alerts[0]);
    assert_eq!(paged(), "mailbox st-helens-mace cannot be read\n");
    // Once, whatever the number of turns, and other panels' mail went on meanwhile.
    kept.turn("2026-11-20T10:20:00");
    kept.turn("2026-11-20T11:20:00");
    assert_eq!((self::alerts(&kept).len(), paged().lines().count()), (1, 1));

    std::fs::rename(&away, &maildir).unwrap();
    kept.turn("2026-11-20T11:25:00");
    kept.turn("2026-11-20T11:30:00");
    assert_eq!(paged().lines().nth(1), Some("mailbox st-helens-mace is read again"));
    let alerts = self::alerts(&kept);
    assert!(alerts.len() == 2 && alerts[1].starts_with("MACE: mailbox st-helens-mace is read again"), "{alerts:?}");
    let log = std::fs::read_to_string(kept.story.path("alerts.log")).unwrap();
    assert!(log.contains("2026-11-20T10:15:00+00:00 mailbox st-helens-mace cannot be read\n"), "{log}");
}

#[test]
fn op_01_a_notice_that_no_way_took_is_told_again_until_one_does() {
    let mut kept = Kept::new("2026-11-20T09:00:00", "2026-11-21");
    let (maildir, paged) = (kept.maildir("st-helens-mace"), watched(&mut kept));
    let working = kept.daemon.daemon.watch.clone();
    let broken = Route { command: vec!["/bin/false".to_owned()], ..Route::default() };
    kept.daemon.daemon.watch = Some(Watch { route: broken, ..Watch::default() });
    kept.turn("2026-11-20T10:00:00");
    std::fs::rename(&maildir, maildir.with_extension("away")).unwrap();
    kept.turn("2026-11-20T10:05:00");
    let turn = kept.turn("2026-11-20T10:15:00");
    assert_eq!(turn.next, Some(at("2026-11-20T10:16:00")));
    assert_eq!(paged(), "");
    kept.daemon.daemon.watch = working;
    kept.turn("2026-11-20T10:16:00");
    kept.turn("2026-11-20T10:17:00");
    assert_eq!(paged(), "mailbox st-helens-mace cannot be read\n");
}

#[test]
fn op_11_more_mail_than_fits_into_an_hour_stops_all_sending_until_a_person_lets_it_go_on() {
    let mut kept = Kept::new("2026-11-20T09:00:00", "2026-11-21");
    let (maildir, paged) = (kept.maildir("surrey-rmm-se"), watched(&mut kept));
    kept.daemon.daemon.most_mails_an_hour = Some(3);
    let post = |n: u32| {
        let child = child(200 + n, &format!("Maisie {}", ["Thornquist", "Quillfeather"][n as usize]));
        let letter = letter("surrey-rmm-se", "viktor.sowerby@surrey.example", "2026-11-20T09:59:00").form(&rat(&child));
        std::fs::write(maildir.join(format!("new/{n}.eml")), letter.bytes(n as usize)).unwrap();
    };
    // An answer and an invitation for each child, of which three go.
    post(0);
    post(1);
    kept.turn("2026-11-20T10:00:00");
    assert_eq!((kept.sent().len(), paged().as_str()), (3, ""));
    kept.turn("2026-11-20T10:00:01");
    kept.turn("2026-11-20T10:00:02");
    assert_eq!((kept.sent().len(), paged().as_str()), (3, "too much mail: all sending is stopped\n"));
    // Not by waiting.
    kept.turn("2026-11-20T12:00:00");
    assert_eq!(kept.sent().len(), 3);
    kept.runtime.block_on(dutyclerk::daemon::resume_sending(&kept.daemon.daemon, at("2026-11-20T12:10:00"))).unwrap();
    kept.turn("2026-11-20T12:10:00");
    kept.turn("2026-11-20T12:10:01");
    assert!(kept.sent().len() > 3, "the rest, counted anew");
    assert_eq!(paged().lines().nth(1), Some("sending goes on"));
}

#[test]
fn op_03_a_full_disk_stops_taking_in_and_sending_and_is_told_before_and_after() {
    let mut kept = Kept::new("2026-11-20T09:00:00", "2026-11-21");
    let (maildir, paged) = (kept.maildir("surrey-rmm-se"), watched(&mut kept));
    let room = Room { warn_below: 1000, stop_below: 100 };
    let free = |kept: &mut Kept, free| {
        let watch = kept.daemon.daemon.watch.as_mut().unwrap();
        (watch.room, watch.free) = (room, Some(free));
    };
    free(&mut kept, 999);
    kept.turn("2026-11-20T10:00:00");
    assert_eq!(paged(), "the disk is filling\n");
    std::fs::write(maildir.join("new/1.a"), "From: a@b.example\r\nSubject: x\r\n\r\nhello\r\n").unwrap();
    free(&mut kept, 99);
    let turn = kept.turn("2026-11-20T10:01:00");
    assert_eq!((turn.received, turn.sent), (0, 0));
    assert!(maildir.join("new/1.a").exists(), "it stays where it is");
    assert!(paged().ends_with("the disk is full: nothing is taken in or sent\n"), "{}", paged());
    free(&mut kept, 5000);
    let turn = kept.turn("2026-11-20T10:02:00");
    assert_eq!(turn.received, 1);
    assert_eq!(paged().lines().count(), 4, "{}", paged());
}

#[test]
fn op_01_a_mailbox_that_stays_away_goes_on_to_the_deputy_and_nobody_hears_more_once_it_is_read_again() {
    let mut kept = Kept::new("2026-11-20T09:00:00", "2026-11-21");
    let (maildir, _paged) = (kept.maildir("st-helens-mace"), watched(&mut kept));
    let not_answered = |kept: &Kept| {
        let texts = kept.texts("alert").into_iter();
        texts.filter(|text| text.contains("is not answered") && text.contains("mailbox st-helens-mace")).count()
    };
    kept.turn("2026-11-20T10:00:00");
    let away = maildir.with_extension("away");
    std::fs::rename(&maildir, &away).unwrap();
    kept.turn("2026-11-20T10:05:00");
    kept.turn("2026-11-20T10:15:00");
    kept.turn("2026-11-20T12:14:59");
    assert_eq!(not_answered(&kept), 0);
    kept.turn("2026-11-20T12:15:00");
    kept.turn("2026-11-20T12:15:01");
    assert_eq!(not_answered(&kept), 1);
    std::fs::rename(&away, &maildir).unwrap();
    kept.turn("2026-11-20T12:20:00");
    kept.turn("2026-11-20T14:30:00");
    assert_eq!(not_answered(&kept), 1, "it is over");
    let state = kept.runtime.block_on(async {
        let all = kept.daemon.daemon.store.read().await.unwrap().all_asked().await.unwrap();
        all.iter().find(|asked| asked.rule == "OP-01").unwrap().state.to_string()
    });
    assert_eq!(state, "over");
}

#[test]
fn op_01_a_mailbox_that_comes_and_goes_is_told_once_in_an_hour() {
    let mut kept = Kept::new("2026-11-20T09:00:00", "2026-11-21");
    let (maildir, paged) = (kept.maildir("st-helens-mace"), watched(&mut kept));
    let away = maildir.with_extension("away");
    kept.turn("2026-11-20T10:00:00");
    std::fs::rename(&maildir, &away).unwrap();
    kept.turn("2026-11-20T10:05:00");
    kept.turn("2026-11-20T10:15:00");
    std::fs::rename(&away, &maildir).unwrap();
    kept.turn("2026-11-20T10:16:00");
    std::fs::rename(&maildir, &away).unwrap();
    kept.turn("2026-11-20T10:21:00");
    let turn = kept.turn("2026-11-20T10:40:00");
    assert_eq!(turn.next, Some(at("2026-11-20T11:15:00")));
    assert_eq!(paged().lines().count(), 2, "{}", paged());
    kept.turn("2026-11-20T11:15:00");
    assert_eq!(paged().lines().count(), 3, "{}", paged());
}

#[test]
fn op_11_what_stops_all_mail_is_told_again_every_two_working_hours_until_it_is_over() {
    let mut kept = Kept::new("2026-11-20T09:00:00", "2026-11-21");
    let paged = watched(&mut kept);
    let free = |kept: &mut Kept, free| {
        let watch = kept.daemon.daemon.watch.as_mut().unwrap();
        (watch.room, watch.free) = (Room { warn_below: 1000, stop_below: 100 }, Some(free));
    };
    free(&mut kept, 99);
    kept.turn("2026-11-20T10:00:00");
    let full = |paged: &str| paged.lines().filter(|line| line.contains("the disk is full")).count();
    kept.turn("2026-11-20T11:59:00");
    assert_eq!(full(&paged()), 1, "{}", paged());
    kept.turn("2026-11-20T12:00:00");
    kept.turn("2026-11-20T12:01:00");
    assert_eq!(full(&paged()), 2, "{}", paged());
    assert!(paged().ends_with("still: the disk is full: nothing is taken in or sent\n"), "{}", paged());
    // Not by night.
    kept.turn("2026-11-20T16:30:00");
    kept.turn("2026-11-20T23:00:00");
    assert_eq!(full(&paged()), 3, "{}", paged());
    free(&mut kept, 5000);
    kept.turn("2026-11-21T09:00:00");
    assert_eq!(full(&paged()), 3, "{}", paged());
}
