//! The meetings themselves in the core members' calendars (SH-01, SY-12), where a panel wants them there.

use super::responses::{property, reply};
use crate::command::{change, shipped};
use crate::harness::{Begin, Results, Sent, Story, addresses, at, letter, same_second};
use std::collections::BTreeMap;

const BOX: &str = "surrey-rmm-se";
const CHAIR: &str = "emil.draycott@surrey.example";
const POLICE: &str = "idris.hebden@police.example";
const NURSE: &str = "keir.fenwick@community.nhs.example";
const MEMBERS: [&str; 5] = [CHAIR, POLICE, "jasmin.openshaw@surrey.example", NURSE, "lowri.maddox@camhs.nhs.example"];
const FIRST: &str = "surrey-rmm-se/2026-11-25";
const SECOND: &str = "surrey-rmm-se/2026-12-02";

/// The South East's panel with a profile of its own, to be changed.
pub(super) fn own_profile() -> Story {
    let story = Story::new(BOX);
    std::fs::create_dir_all(story.path("panels")).unwrap();
    for name in ["surrey-rmm-se", "surrey-rmm"] {
        let file = format!("panels/{name}.toml");
        std::fs::copy(shipped().join(&file), story.path(&file)).unwrap();
    }
    story
}

/// It wants the next two meetings in its members' calendars.
pub(super) fn inviting() -> Story {
    let story = own_profile();
    change(&story.path("panels/surrey-rmm-se.toml"), "[series]", "core_invitations = 2\n\n[series]");
    story
}

/// What a mail says of its event: method, UID, SEQUENCE, DTSTART.
fn event(mail: &Sent) -> [String; 4] {
    let zoned = "DTSTART;TZID=Europe/London";
    [property(mail, "METHOD"), property(mail, "UID"), property(mail, "SEQUENCE"), property(mail, zoned)]
}

/// Each member's mail of this kind for this meeting, which is theirs alone.
fn by_member(r: &Results, kind: &str, meeting: &str) -> BTreeMap<String, Sent> {
    let mails = r.for_meeting(kind, meeting);
    let count = mails.len();
    let each = mails.into_iter().map(|mail| {
        assert_eq!((mail.to.len(), mail.children.len(), mail.files.len()), (1, 0, 0), "{}", r.overview());
        let to = mail.to.first().unwrap().clone();
        let ics = mail.calendar.as_ref().unwrap().0.replace("\r\n ", "");
        assert_eq!(ics.matches("ATTENDEE").count(), 1);
        assert!(ics.contains(&format!(":mailto:{to}")) && ics.contains("BEGIN:VTIMEZONE"), "{ics}");
        (to, mail.clone())
    });
    let each: BTreeMap<String, Sent> = each.collect();
    assert_eq!(each.len(), count, "nobody twice: {}", r.overview());
    each
}

#[test]
fn sy_12_core_members_have_the_next_meetings_in_their_calendars_and_each_change_is_told_once() {
    calendars(Story::live);
}

pub(crate) fn calendars(begin: Begin) {
    let mut live = begin(inviting(), "2026-11-20T09:00:00", "2026-12-08");
    live.until("2026-11-20T09:09:00");
    assert!(live.so_far().sent.is_empty(), "a change settles first");
    live.until("2026-11-20T12:00:00");
    let r = live.so_far();
    let (first, second) = (by_member(&r, "invitation", FIRST), by_member(&r, "invitation", SECOND));
    assert!(first.keys().eq(addresses(MEMBERS).iter()) && second.keys().eq(first.keys()), "{}", r.overview());
    assert_eq!(r.of("invitation").len(), 10, "two meetings, and no more: {}", r.overview());
    for mail in first.values() {
        same_second(mail.at, "2026-11-20T09:10:00");
        assert_eq!(mail.subject, "RMM South East: invitation, Wed 25 November 2026 at 10:00");
        let [method, _, sequence, starts] = event(mail);
        assert_eq!([method.as_str(), sequence.as_str(), starts.as_str()], ["REQUEST", "0", "20261125T100000"]);
    }

    // The chair accepts; the police officer declines one meeting, under the UID that only he has.
    live.deliver(&reply(&first[CHAIR], letter(BOX, CHAIR, "2026-11-20T13:00:00"), CHAIR, "ACCEPTED"));
    live.deliver(&reply(&second[POLICE], letter(BOX, POLICE, "2026-11-20T13:05:00"), POLICE, "DECLINED"));
    live.deliver(&reply(&second[NURSE], letter(BOX, POLICE, "2026-11-20T13:10:00"), POLICE, "DECLINED"));
    live.until("2026-11-20T14:00:00");
    let r = live.so_far();
    assert!(r.of("reminder").is_empty(), "nobody stands in for a member: {}", r.overview());
    let said = |live: &crate::harness::Live, mail: &Sent| {
        let uid = property(mail, "UID");
        live.ask(async |store| {
            let found = store.read().await.unwrap().invitation(&uid).await.unwrap().unwrap();
            (found.partstat.map(|(said, _)| said), found.sequence)
        })
    };
    assert_eq!(said(&live, &first[CHAIR]), (Some("accepted".to_owned()), 0));
    assert_eq!(said(&live, &second[POLICE]), (Some("declined".to_owned()), 0));
    assert_eq!(said(&live, &first[POLICE]), (None, 0), "only the one meeting");
    assert_eq!(said(&live, &second[NURSE]), (None, 0), "only by whom it was sent to");

    // The second meeting moves to the Thursday, and the program is started again.
    let profile = live.path("panels/surrey-rmm-se.toml");
    change(&profile, "exceptions = []", "exceptions = [{ date = 2026-12-02, moved_to = 2026-12-03T14:00:00 }]");
    live.start_again();
    live.until("2026-11-20T16:00:00");
    let r = live.so_far();
    let moved = by_member(&r, "invitation-update", SECOND);
    assert!(moved.keys().eq(second.keys()) && r.of("invitation-update").len() == 5, "{}", r.overview());
    for (member, mail) in &moved {
        let [method, uid, sequence, starts] = event(mail);
        assert_eq!([method.as_str(), sequence.as_str(), starts.as_str()], ["REQUEST", "1", "20261203T140000"]);
        assert_eq!(uid, property(&second[member], "UID"));
    }
    assert_eq!(said(&live, &second[POLICE]), (None, 1), "an answer to the old time is none to the new");
    assert_eq!(said(&live, &first[CHAIR]), (Some("accepted".to_owned()), 0), "the other meeting's stand");

    // The nurse leaves the panel and another joins: imported in two steps, told as one.
    let new = "rosalind.tempest@community.nhs.example";
    live.directory(|rows| {
        let mut joins = rows.iter().find(|row| row.email.as_str() == NURSE).unwrap().clone();
        joins.email = new.parse().unwrap();
        rows.push(joins);
    });
    live.until("2026-11-20T16:05:00");
    live.directory(|rows| rows.retain(|row| row.email.as_str() != NURSE));
    live.until("2026-11-20T16:14:00");
    assert!(by_member(&live.so_far(), "invitation-cancel", FIRST).is_empty());
    live.until("2026-11-20T17:30:00");
    let r = live.so_far();
    for (meeting, sequence) in [(FIRST, "1"), (SECOND, "2")] {
        let cancelled = by_member(&r, "invitation-cancel", meeting);
        assert_eq!(cancelled.keys().collect::<Vec<_>>(), [NURSE], "{}", r.overview());
        let [method, _, found, _] = event(&cancelled[NURSE]);
        assert_eq!([method.as_str(), found.as_str()], ["CANCEL", sequence]);
        assert!(cancelled[NURSE].says("You are no longer listed as a core member of the panel."));
    }
    let joined = r.to(new);
    let starts: Vec<String> = joined.iter().map(|mail| event(mail)[3].clone()).collect();
    assert_eq!(starts, ["20261125T100000", "20261203T140000"], "as things stand: {}", r.overview());

    // The moved one does not take place after all.
    change(&profile, "moved_to = 2026-12-03T14:00:00", "cancelled = true");
    live.start_again();
    live.until("2026-11-23T09:30:00");
    let r = live.so_far();
    let off = by_member(&r, "invitation-cancel", SECOND);
    assert_eq!(off.len(), 6, "the five of today, and the nurse before: {}", r.overview());
    assert!(
        off[CHAIR].says("The meeting does not take place on that day.") && off[CHAIR].at == at("2026-11-23T09:00:00")
    );
    // The next one comes in for it, and one more once the first is over.
    assert_eq!(by_member(&r, "invitation", "surrey-rmm-se/2026-12-09").len(), 5, "{}", r.overview());
    live.until("2026-11-26T12:00:00");
    let r = live.so_far();
    assert_eq!(by_member(&r, "invitation", "surrey-rmm-se/2026-12-16").len(), 5, "{}", r.overview());
    let uids: std::collections::BTreeSet<String> = r.of("invitation").iter().map(|m| property(m, "UID")).collect();
    assert_eq!(uids.len(), r.of("invitation").len(), "each its own");
    assert!(r.journal.contains("\"event\":\"members.invited\",\"rule\":\"SY-12\""), "{}", r.journal);
}

#[test]
fn sy_12_a_change_that_was_taken_back_settles_anew_when_it_comes_again() {
    let mut live = inviting().live("2026-11-20T09:00:00", "2026-12-08");
    live.until("2026-11-20T10:00:00");
    let without_nurse =
        |live: &mut crate::harness::Live| live.directory(|rows| rows.retain(|row| row.email.as_str() != NURSE));
    let mut before = Vec::new();
    live.directory(|rows| before = rows.clone());
    without_nurse(&mut live);
    live.until("2026-11-20T10:05:00");
    live.directory(|rows| *rows = before.clone());
    live.until("2026-11-20T11:00:00");
    without_nurse(&mut live);
    live.until("2026-11-20T11:05:00");
    assert!(live.so_far().of("invitation-cancel").is_empty(), "five minutes are no ten: {}", live.so_far().overview());
    live.directory(|rows| *rows = before.clone());
    live.until("2026-11-20T12:00:00");
    assert!(live.so_far().of("invitation-cancel").is_empty(), "nobody is told: {}", live.so_far().overview());
}

#[test]
fn the_shipped_panels_invite_no_member_and_what_stands_is_kept_true_when_a_panel_stops() {
    let mut live = inviting().live("2026-11-20T09:00:00", "2026-12-08");
    live.until("2026-11-20T12:00:00");
    let profile = live.path("panels/surrey-rmm-se.toml");
    change(&profile, "core_invitations = 2\n", "");
    live.start_again();
    live.until("2026-11-26T12:00:00");
    assert_eq!(live.so_far().of("invitation").len(), 10, "nobody is invited to more");
    change(&profile, "exceptions = []", "exceptions = [{ date = 2026-12-02, cancelled = true }]");
    live.start_again();
    live.until("2026-11-27T12:00:00");
    assert_eq!(by_member(&live.so_far(), "invitation-cancel", SECOND).len(), 5);
}

/// Asked at the start of the working day before: nine on Tuesday.
#[test]
fn sy_10_the_agenda_says_who_comes_and_the_chair_is_warned_where_the_answers_make_no_quorum() {
    let mut live = inviting().live("2026-11-17T09:00:00", "2026-11-27");
    live.until("2026-11-17T12:00:00");
    let first = by_member(&live.so_far(), "invitation", FIRST);
    let answer = |who: &str, says: &str, minute: u32| {
        reply(&first[who], letter(BOX, who, &format!("2026-11-18T10:{minute:02}:00")), who, says)
    };
    live.deliver(&answer(CHAIR, "ACCEPTED", 30));
    live.deliver(&answer(POLICE, "DECLINED", 5));
    live.deliver(&answer(NURSE, "TENTATIVE", 10));
    // Of an answer and an apology by mail the later counts.
    let apology = |who: &str, at: &str| {
        letter(BOX, who, at).subject("Wednesday").content("text/plain; charset=utf-8", "I am unable to attend.\n")
    };
    live.deliver(&apology(CHAIR, "2026-11-18T10:20:00"));
    live.deliver(&apology("lowri.maddox@camhs.nhs.example", "2026-11-18T11:00:00"));
    live.until("2026-11-23T11:00:00");
    let pack = live.so_far().only("agenda").clone();
    for words in [
        "Expected: Emil Draycott (chair), Keir Fenwick (named nurse community)",
        "Apologies: Idris Hebden (police), Lowri Maddox (CAMHS)",
        "No answer yet: Jasmin Openshaw (education)",
    ] {
        assert!(pack.says(words), "{words}: {}", pack.text);
    }
    assert!(
        pack.html.contains("<strong>Apologies:</strong> Idris Hebden (police), Lowri Maddox (CAMHS)"),
        "{}",
        pack.html
    );
    live.until("2026-11-24T08:59:00");
    assert!(live.so_far().alerts("no quorum").is_empty());
    live.until("2026-11-24T09:01:00");
    let r = live.so_far();
    let [warning] = r.alerts("no quorum").try_into().unwrap_or_else(|_| panic!("{}", r.overview()));
    assert_eq!(warning.to, addresses([CHAIR]));
    assert!(
        warning.says("nobody comes to surrey-rmm-se/2026-11-25 as: police. 1 of the core members"),
        "{}",
        warning.text
    );
    // He comes after all.
    live.deliver(&reply(&first[POLICE], letter(BOX, POLICE, "2026-11-24T10:00:00"), POLICE, "ACCEPTED"));
    assert_eq!(live.finish().alerts("no quorum").len(), 1);
}

#[test]
fn a_panel_that_invites_nobody_is_not_warned_and_its_agenda_says_nothing_of_answers() {
    let r = Story::new(BOX).simulate("2026-11-20", "2026-11-27");
    assert!(!r.only("agenda").says("ATTENDANCE") && r.alerts("no quorum").is_empty(), "{}", r.overview());
}
