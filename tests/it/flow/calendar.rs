//! Invitations: one when the child is listed, one update with the slot, a cancellation when it is heard elsewhere.

use crate::harness::{Sent, Story, addresses, ce_assessment, child, letter, rat, same_second};
use calcard::icalendar::{ICalendar, ICalendarComponentType, ICalendarProperty, ICalendarValue};

/// What matters of an invitation, read by another program's rules.
#[derive(Debug, PartialEq, Eq)]
struct Event {
    method: String,
    uid: String,
    sequence: i64,
    starts: String,
    ends: String,
    attendees: Vec<String>,
}

fn event(mail: &Sent) -> Event {
    let (text, method) = mail.calendar.clone().unwrap_or_else(|| panic!("{} has no calendar part", mail.number));
    let calendar = ICalendar::parse(&text).unwrap();
    let found = calendar.components.iter().find(|c| c.component_type == ICalendarComponentType::VEvent).unwrap();
    let property = |name: &ICalendarProperty| found.entries.iter().find(|e| e.name == *name).unwrap();
    let text_of = |name: &ICalendarProperty| match property(name).values.first().unwrap() {
        ICalendarValue::Text(text) => text.clone(),
        other => panic!("{other:?}"),
    };
    let sequence = match property(&ICalendarProperty::Sequence).values.first().unwrap() {
        ICalendarValue::Integer(n) => *n,
        other => panic!("{other:?}"),
    };
    assert!(text.contains(&format!("METHOD:{method}\r\n")), "the method stands in both places: {text}");
    let (_, inside) = text.split_once("BEGIN:VEVENT").unwrap();
    let plain = |name: &str| {
        let line = inside.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.strip_prefix(name).unwrap().trim_end().to_owned()
    };
    let attendees = text
        .replace("\r\n ", "")
        .lines()
        .filter(|l| l.starts_with("ATTENDEE"))
        .map(|l| l.rsplit("mailto:").next().unwrap().trim_end().to_owned())
        .collect();
    Event {
        method,
        uid: text_of(&ICalendarProperty::Uid),
        sequence,
        starts: plain("DTSTART"),
        ends: plain("DTEND"),
        attendees,
    }
}

#[test]
fn sy_14_an_invitation_then_one_update_with_the_slot_over_the_end_of_summer_time() {
    let (first, second) = (child(50, "Maisie Thornquist"), child(51, "Rory Quillfeather"));
    let from = "viktor.sowerby@surrey.example";
    let dated = |c| rat(c).dated("12/10/2026");
    // The clocks go back on 25 October 2026: invited in summer time, met in winter time.
    let r = Story::new("surrey-rmm-ne")
        .about([&first, &second])
        .mail(&letter("surrey-rmm-ne", from, "2026-10-20T18:30:00").form(&dated(&first)))
        .mail(&letter("surrey-rmm-ne", from, "2026-10-21T10:00:00").form(&dated(&second)))
        .simulate("2026-10-20", "2026-10-27");
    let meeting = "surrey-rmm-ne/2026-10-26";
    let invited = r.for_meeting("invitation", meeting);
    assert_eq!(invited.len(), 2, "{}", r.overview());
    // Out of hours it waits for the next working hour; the answer does not.
    same_second(r.answer("001.eml").at, "2026-10-20T18:30:00");
    same_second(invited[0].at, "2026-10-21T09:00:00");
    same_second(invited[1].at, "2026-10-21T10:00:00");
    let (one, two) = (event(invited[0]), event(invited[1]));
    assert_eq!((one.method.as_str(), one.sequence), ("REQUEST", 0));
    assert_eq!(one.attendees, [from]);
    // 10:00 to 13:00 in London on 26 October is 10:00 to 13:00 UTC: the whole session, until slots are issued.
    assert!(is_london(&one.starts, "20261026T100000") && is_london(&one.ends, "20261026T130000"), "{one:?}");
    assert_ne!(one.uid, two.uid);
    assert_eq!(invited[0].subject, "RMM North East: invitation for case R-0001, Mon 26 October 2026 at 10:00");

    let updates = r.for_meeting("invitation-update", meeting);
    assert_eq!(updates.len(), 2, "one each: {}", r.overview());
    for (mail, before, case, slot) in
        [(updates[0], &one, "R-0001", ("100000", "101500")), (updates[1], &two, "R-0002", ("101500", "103000"))]
    {
        same_second(mail.at, "2026-10-22T10:00:00");
        assert_eq!(mail.children, addresses([case]));
        let update = event(mail);
        assert_eq!((update.method.as_str(), update.sequence), ("REQUEST", 1));
        assert_eq!(update.uid, before.uid);
        assert!(is_london(&update.starts, &format!("20261026T{}", slot.0)), "{update:?}");
        assert!(is_london(&update.ends, &format!("20261026T{}", slot.1)), "{update:?}");
        assert!(mail.files.is_empty(), "an invitation carries no papers (LESSONS A23)");
    }
}

/// Winter: the same in UTC and in London.
fn is_london(value: &str, local: &str) -> bool {
    value == format!(":{local}Z") || value == format!(";TZID=Europe/London:{local}")
}

#[test]
fn sh_04_a_cancellation_has_the_same_uid_and_a_higher_sequence() {
    let rory = child(52, "Rory Quillfeather");
    let from = "nadia.coverdale@st-helens.example";
    let mut live = Story::new("st-helens-mace")
        .about([&rory])
        .mail(&letter("st-helens-mace", from, "2026-11-13T09:05:00").form(&ce_assessment(&rory)))
        .live("2026-11-10", "2026-11-18");
    live.until("2026-11-13T10:00:00");
    live.admit("st-helens-mace/2026-11-17", "R-0001");
    let r = live.finish();
    let (later, this) = ("st-helens-mace/2026-12-01", "st-helens-mace/2026-11-17");
    let invited = event(r.for_meeting("invitation", later)[0]);
    let cancelled = r.for_meeting("invitation-cancel", later);
    assert_eq!(cancelled.len(), 1);
    let cancel = event(cancelled[0]);
    assert_eq!((cancel.method.as_str(), cancel.sequence, &cancel.uid), ("CANCEL", 1, &invited.uid));
    assert_eq!((cancel.starts, cancel.attendees), (invited.starts, invited.attendees));
    assert_ne!(event(r.for_meeting("invitation", this)[0]).uid, invited.uid);
    assert_eq!(r.for_meeting("invitation-update", this).len(), 1);
    assert_eq!(r.for_meeting("invitation-update", later).len(), 0);
}
