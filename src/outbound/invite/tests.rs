use super::*;
use calcard::icalendar::{ICalendar, ICalendarComponentType, ICalendarEntry, ICalendarProperty};
use jiff::SignedDuration;
use jiff::civil::date;

const UID: &str = "01999a3e-7c00-7abc-8def-0123456789ab@surrey.example";

fn write(change: impl FnOnce(&mut Invite<'_>)) -> Result<String, &'static str> {
    let organizer: Address = "rmm.northeast@surrey.example".parse().unwrap();
    let attendees: Vec<Address> = vec!["samira.sample@surrey.example".parse().unwrap()];
    let mut invite = Invite {
        method: Method::Request,
        uid: UID,
        sequence: 0,
        stamped: "2026-07-20T11:00:00Z".parse().unwrap(),
        starts: date(2026, 11, 24).at(10, 0, 0, 0),
        ends: date(2026, 11, 24).at(10, 15, 0, 0),
        organizer: &organizer,
        organizer_name: "RMM North East",
        attendees: &attendees,
        summary: "RMM North East \u{2013} case R-0042",
        description: "Details are in the e-mail from RMM North East. Reference S-000123.",
    };
    change(&mut invite);
    invite.write()
}

#[test]
fn a_request_and_its_cancellation_are_as_they_were() {
    insta::assert_snapshot!("request", write(|_| ()).unwrap().replace("\r\n", "\n"));
    let cancel = write(|invite| {
        invite.method = Method::Cancel;
        invite.sequence = 2;
    });
    insta::assert_snapshot!("cancel", cancel.unwrap().replace("\r\n", "\n"));
}

fn parsed(text: &str) -> ICalendar {
    ICalendar::parse(text).unwrap_or_else(|error| panic!("{error:?}"))
}

fn entry<'c>(calendar: &'c ICalendar, kind: &ICalendarComponentType, name: &ICalendarProperty) -> &'c ICalendarEntry {
    let component = calendar.components.iter().find(|c| c.component_type == *kind).unwrap();
    component.property(name).unwrap()
}

/// calcard resolves the zone by the VTIMEZONE and TZID that we wrote.
#[test]
fn times_hold_over_both_clock_changes() {
    for (day, hour, utc) in [
        (date(2026, 3, 28), 10, "2026-03-28T10:00:00Z"),
        (date(2026, 3, 31), 10, "2026-03-31T09:00:00Z"),
        (date(2026, 10, 24), 10, "2026-10-24T09:00:00Z"),
        (date(2026, 10, 27), 10, "2026-10-27T10:00:00Z"),
        (date(2027, 6, 1), 14, "2027-06-01T13:00:00Z"),
    ] {
        let text = write(|invite| {
            invite.starts = day.at(hour, 0, 0, 0);
            invite.ends = day.at(hour, 15, 0, 0);
        });
        let calendar = parsed(&text.unwrap());
        let expanded = calendar.expand_dates(calcard::common::timezone::Tz::Floating, 10);
        assert!(expanded.errors.is_empty());
        let (start, end) = expanded.events[0].timestamps();
        let utc: Timestamp = utc.parse().unwrap();
        assert_eq!((start, end), (utc.as_second(), utc.as_second() + 900), "{day}");
    }
}

/// The rules we send are those of the zone database, as far as it knows.
#[test]
fn the_zone_written_is_london() {
    let london = TimeZone::get("Europe/London").unwrap();
    let sunday = |year, month: i8| {
        let last = date(year, month, 1).last_of_month();
        let back = i64::from(last.weekday().to_sunday_zero_offset());
        last.checked_sub(jiff::Span::new().days(back)).unwrap()
    };
    for year in 2026..2037 {
        for (month, before, after) in [(3, 0, 3600), (10, 3600, 0)] {
            let change = sunday(year, month).at(1, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp();
            let just_before = change - SignedDuration::from_secs(1);
            assert_eq!(london.to_offset(just_before).seconds(), before, "{year}-{month}");
            assert_eq!(london.to_offset(change).seconds(), after, "{year}-{month}");
        }
    }
}

#[test]
fn what_is_written_reads_back_the_same() {
    let summary = "R\u{e4}um, Ecke; \\ Nord \u{2013} case R-0042 ".repeat(6).leak().trim();
    let calendar = parsed(&write(|invite| invite.summary = summary).unwrap());
    let event = ICalendarComponentType::VEvent;
    let text = |name| entry(&calendar, &event, &name).values[0].as_text().unwrap().to_owned();
    assert_eq!(text(ICalendarProperty::Summary), summary);
    assert_eq!(text(ICalendarProperty::Uid), UID);
    let attendee = entry(&calendar, &event, &ICalendarProperty::Attendee);
    assert_eq!(attendee.values[0].as_text(), Some("mailto:samira.sample@surrey.example"));
    let status = entry(&calendar, &event, &ICalendarProperty::Status);
    assert!(format!("{:?}", status.values).contains("Confirmed"));
}

#[test]
fn lines_are_folded_at_75_octets_and_never_inside_a_character() {
    let summary = "\u{2013}\u{e9}x".repeat(80).leak();
    let text = write(|invite| invite.summary = summary).unwrap();
    assert!(text.split("\r\n").all(|line| line.len() <= 75));
    assert!(text.split_inclusive('\n').all(|line| line.ends_with("\r\n")));
    assert!(text.replace("\r\n ", "").contains(&format!("SUMMARY:{summary}\r\n")));
}

#[test]
fn a_field_cannot_forge_another() {
    for hostile in ["x\r\nATTENDEE:mailto:thief@evil.example", "x\nSUMMARY:y", "x\0", "x\u{85}"] {
        assert_eq!(write(|invite| invite.uid = hostile), Err("UID"));
        assert_eq!(write(|invite| invite.organizer_name = hostile), Err("ORGANIZER"));
        assert_eq!(write(|invite| invite.summary = hostile), Err("SUMMARY"));
        assert_eq!(write(|invite| invite.description = hostile), Err("DESCRIPTION"));
    }
    let quoted = write(|invite| invite.organizer_name = "a\";SENT-BY=\"mailto:thief@evil.example").unwrap();
    assert_eq!(quoted.replace("\r\n ", "").matches('"').count(), 2);
}

#[test]
fn nothing_but_the_reference_is_said() {
    let said = said(&write(|_| ()).unwrap());
    assert!(said.contains("case R-0042") && said.contains(UID));
    assert!(!said.contains("samira"), "{said}");
}
