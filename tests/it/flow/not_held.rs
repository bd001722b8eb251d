//! Meetings that are cancelled or moved after children were listed (MC-13).

use super::members::own_profile;
use super::responses::property;
use crate::command::change;
use crate::harness::{addresses, child, letter, rat};

const BOX: &str = "surrey-rmm-se";
const VIKTOR: &str = "viktor.sowerby@surrey.example";
const CHAIR: &str = "emil.draycott@surrey.example";
const CANCELLED: &str = "surrey-rmm-se/2026-11-25";
const NEXT: &str = "surrey-rmm-se/2026-12-02";

#[test]
fn mc_13_the_children_of_a_cancelled_meeting_go_to_the_next_one_and_whoever_was_invited_is_told() {
    let maisie = child(960, "Maisie Thornquist");
    let form = rat(&maisie);
    let mut live = own_profile()
        .about([&maisie])
        .mail(&letter(BOX, VIKTOR, "2026-11-19T09:00:00").form(&form))
        .live("2026-11-18", "2026-12-09");
    live.until("2026-11-19T12:00:00");
    let invited = live.so_far().only("invitation").clone();
    change(
        &live.path("panels/surrey-rmm-se.toml"),
        "exceptions = []",
        "exceptions = [{ date = 2026-11-25, cancelled = true }]",
    );
    live.start_again();
    live.until("2026-11-20T12:00:00");
    let r = live.so_far();
    let update = r.only("invitation-update");
    assert_eq!((&update.to, property(update, "UID")), (&addresses([VIKTOR]), property(&invited, "UID")));
    assert_eq!(property(update, "DTSTART;TZID=Europe/London"), "20261202T100000");
    let told = r.alerts("is cancelled: its children are on Wed 2 December 2026");
    assert_eq!((told.len(), &told[0].to), (1, &addresses([CHAIR])), "{}", r.overview());
    assert!(told[0].says("R-0001 moved to surrey-rmm-se/2026-12-02 with their papers"), "{}", told[0].text);

    let r = live.finish();
    assert!(r.for_meeting("agenda", CANCELLED).is_empty(), "{}", r.overview());
    let pack = r.for_meeting("agenda", NEXT);
    assert_eq!((pack.len(), pack[0].hashes()), (1, vec![form.sha256().as_str()]), "{}", r.overview());
    let reviews: Vec<_> = r.of("invitation").into_iter().filter(|mail| mail.meeting.as_str() > NEXT).collect();
    assert!(reviews.iter().all(|mail| mail.at > pack[0].at), "nobody counts a review from it: {}", r.overview());
}

#[test]
fn mc_13_whoever_was_invited_for_a_child_hears_of_a_moved_meeting_at_once() {
    let maisie = child(961, "Maisie Thornquist");
    let mut live = own_profile()
        .about([&maisie])
        .mail(&letter(BOX, VIKTOR, "2026-11-19T09:00:00").form(&rat(&maisie)))
        .live("2026-11-18", "2026-12-01");
    live.until("2026-11-19T12:00:00");
    let invited = live.so_far().only("invitation").clone();
    let moved = "exceptions = [{ date = 2026-11-25, moved_to = 2026-11-26T14:00:00 }]";
    change(&live.path("panels/surrey-rmm-se.toml"), "exceptions = []", moved);
    live.start_again();
    live.until("2026-11-20T10:00:00");
    let r = live.so_far();
    let update = r.only("invitation-update");
    assert_eq!(property(update, "UID"), property(&invited, "UID"));
    assert_eq!(property(update, "DTSTART;TZID=Europe/London"), "20261126T140000");
    // Once, until the pack brings the slot.
    live.start_again();
    live.until("2026-11-23T12:00:00");
    assert_eq!(live.so_far().of("invitation-update").len(), 1);
    let r = live.finish();
    assert_eq!(r.of("invitation-update").len(), 2, "{}", r.overview());
    assert_eq!(r.for_meeting("agenda", CANCELLED).len(), 1);
}

#[test]
fn mc_13_where_no_meeting_is_left_the_children_stay_and_the_chair_is_told_once() {
    let maisie = child(962, "Maisie Thornquist");
    let mut live = own_profile()
        .about([&maisie])
        .mail(&letter(BOX, VIKTOR, "2026-11-19T09:00:00").form(&rat(&maisie)))
        .live("2026-11-18", "2026-11-24");
    live.until("2026-11-19T12:00:00");
    let profile = live.path("panels/surrey-rmm-se.toml");
    let text = std::fs::read_to_string(&profile).unwrap();
    let rule = text.lines().find(|line| line.starts_with("rrule")).unwrap().trim_end_matches('"').to_owned();
    change(&profile, &rule, &format!("{rule};UNTIL=20261125T235959Z"));
    change(&profile, "exceptions = []", "exceptions = [{ date = 2026-11-25, cancelled = true }]");
    live.start_again();
    let r = live.finish();
    let told = r.alerts("is cancelled, and no meeting is left for its children");
    assert_eq!(told.len(), 1, "{}\n{}", r.overview(), r.journal);
    assert_eq!((told.len(), &told[0].to), (1, &addresses([CHAIR])), "{}", r.overview());
    assert!(told[0].says("R-0001 cannot be moved"), "{}", told[0].text);
    assert!(!r.journal.contains("case.taken_off") && !r.journal.contains("meeting.not_held"), "{}", r.journal);
}
