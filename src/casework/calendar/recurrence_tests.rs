use super::*;
use jiff::civil::{date, datetime};
use proptest::prelude::*;

fn expand(rule: &str, start: DateTime, n: usize) -> Vec<String> {
    let rule = Recurrence::parse(rule, start).unwrap();
    rule.between(start.date(), date(2099, 1, 1)).take(n).map(|d| d.to_string()).collect()
}

#[test]
fn the_shapes_panels_use() {
    let tuesday = datetime(2025, 1, 14, 10, 0, 0, 0);
    assert_eq!(
        expand("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", tuesday, 4),
        ["2025-01-14", "2025-01-28", "2025-02-11", "2025-02-25"]
    );
    assert_eq!(expand("FREQ=WEEKLY;BYDAY=TU,TH", tuesday, 4), ["2025-01-14", "2025-01-16", "2025-01-21", "2025-01-23"]);
    assert_eq!(
        expand("FREQ=MONTHLY;BYDAY=1MO", datetime(2025, 2, 3, 14, 0, 0, 0), 3),
        ["2025-02-03", "2025-03-03", "2025-04-07"]
    );
    assert_eq!(
        expand("FREQ=MONTHLY;BYDAY=-1FR", datetime(2025, 1, 31, 14, 0, 0, 0), 3),
        ["2025-01-31", "2025-02-28", "2025-03-28"]
    );
    assert_eq!(
        expand("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", datetime(2026, 1, 30, 9, 0, 0, 0), 3),
        ["2026-01-30", "2026-02-27", "2026-03-31"]
    );
    assert_eq!(
        expand("FREQ=MONTHLY", datetime(2026, 1, 31, 9, 0, 0, 0), 3),
        ["2026-01-31", "2026-03-31", "2026-05-31"],
        "short months are skipped (RFC 5545)"
    );
    assert_eq!(
        expand("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", datetime(2026, 1, 1, 9, 0, 0, 0), 3),
        ["2026-01-01", "2026-01-02", "2026-01-05"]
    );
    assert_eq!(expand("FREQ=WEEKLY;INTERVAL=6", tuesday, 2), ["2025-01-14", "2025-02-25"]);
    assert_eq!(expand("FREQ=WEEKLY;COUNT=2", tuesday, 9).len(), 2);
    assert_eq!(expand("FREQ=WEEKLY;UNTIL=20250128", tuesday, 9).len(), 3);
    assert_eq!(expand("FREQ=WEEKLY;UNTIL=20250128T095959Z", tuesday, 9).len(), 2);
    assert_eq!(expand("FREQ=MONTHLY;BYMONTHDAY=29;BYMONTH=2", datetime(2096, 2, 29, 9, 0, 0, 0), 1), ["2096-02-29"]);
}

#[test]
fn the_mace_series_has_the_phase_of_the_edge_cases() {
    // facts 4.2: these Tuesdays are the ones that show the holiday rules.
    let rule = Recurrence::parse("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", datetime(2025, 1, 14, 10, 0, 0, 0)).unwrap();
    for day in [date(2025, 12, 30), date(2026, 4, 7), date(2026, 12, 29), date(2027, 12, 28), date(2028, 12, 26)] {
        assert_eq!(rule.between(day, day).collect::<Vec<_>>(), [day]);
        let week_later = day.checked_add(7.days()).unwrap();
        assert_eq!(rule.between(week_later, week_later).count(), 0);
    }
}

#[test]
fn a_rule_that_is_not_understood_is_refused() {
    let start = datetime(2025, 1, 14, 10, 0, 0, 0);
    let bad = |rule: &str| Recurrence::parse(rule, start).unwrap_err();
    assert_eq!(bad("FREQ=WEEKLY;BYDAYS=TU"), BadRule::UnknownPart("BYDAYS=TU".to_owned()));
    assert_eq!(bad("every other Tuesday"), BadRule::UnknownPart("every other Tuesday".to_owned()));
    assert_eq!(bad("BYDAY=TU"), BadRule::NoFreq);
    assert_eq!(bad("FREQ=WEEKLY;FREQ=DAILY"), BadRule::Twice("FREQ".to_owned()));
    for rule in [
        "FREQ=FORTNIGHTLY",
        "FREQ=YEARLY",
        "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=WEEKLY;INTERVAL=70000",
        "FREQ=WEEKLY;BYDAY=TUE",
        "FREQ=MONTHLY;BYDAY=0MO",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=WEEKLY;UNTIL=soon",
        "FREQ=WEEKLY;COUNT=-1",
    ] {
        assert!(matches!(bad(rule), BadRule::Value { .. }), "{rule}");
    }
    for rule in ["FREQ=WEEKLY;BYDAY=1MO", "FREQ=WEEKLY;COUNT=2;UNTIL=20260101", "FREQ=WEEKLY;BYMONTHDAY=3"] {
        assert!(matches!(bad(rule), BadRule::Clash(_)), "{rule}");
    }
}

#[test]
fn a_rule_that_never_matches_is_refused_at_once() {
    let start = datetime(2025, 1, 14, 10, 0, 0, 0);
    for rule in [
        "FREQ=MONTHLY;BYMONTHDAY=30;BYMONTH=2",
        "FREQ=DAILY;BYMONTHDAY=31;BYMONTH=4",
        "FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=8",
        "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=9",
        "FREQ=WEEKLY;UNTIL=20240101",
    ] {
        assert_eq!(Recurrence::parse(rule, start), Err(BadRule::NeverMatches), "{rule}");
    }
}

#[test]
fn a_start_the_rule_does_not_give_is_refused() {
    assert_eq!(
        Recurrence::parse("FREQ=WEEKLY;BYDAY=MO", datetime(2025, 1, 14, 10, 0, 0, 0)),
        Err(BadRule::StartNotInRule { start: date(2025, 1, 14), first: date(2025, 1, 20) })
    );
}

/// What calcard, an independent implementation, makes of the same rule in floating time.
fn calcard(rule: &str, start: DateTime, limit: usize) -> Vec<String> {
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:{}\r\nRRULE:{rule}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        start.strftime("%Y%m%dT%H%M%S")
    );
    let calendar = calcard::icalendar::ICalendar::parse(&text).unwrap();
    let expanded = calendar.expand_dates(calcard::common::timezone::Tz::Floating, limit);
    let mut dates: Vec<String> = expanded.events.iter().map(|e| e.start.format("%Y-%m-%d").to_string()).collect();
    dates.sort();
    dates.dedup();
    dates
}

fn rules() -> impl Strategy<Value = String> {
    let days = || proptest::sample::subsequence(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"], 1..=3);
    let weekly = (1..5i32, days(), prop_oneof![Just("MO"), Just("SU")])
        .prop_map(|(n, days, wkst)| format!("FREQ=WEEKLY;INTERVAL={n};BYDAY={};WKST={wkst}", days.join(",")));
    let daily = (1..40i32, days()).prop_map(|(n, days)| format!("FREQ=DAILY;INTERVAL={n};BYDAY={}", days.join(",")));
    let nth = (1..5i32, prop_oneof![1..=4i32, -4..=-1i32], days())
        .prop_map(|(n, nth, days)| format!("FREQ=MONTHLY;INTERVAL={n};BYDAY={nth}{}", days[0]));
    let month_day = (1..4i32, prop_oneof![1..=31i32, -31..=-1i32])
        .prop_map(|(n, day)| format!("FREQ=MONTHLY;INTERVAL={n};BYMONTHDAY={day}"));
    let set_pos = (1..4i32, days(), prop_oneof![1..=3i32, -3..=-1i32])
        .prop_map(|(n, days, pos)| format!("FREQ=MONTHLY;INTERVAL={n};BYDAY={};BYSETPOS={pos}", days.join(",")));
    let plain = (1..7i32, prop_oneof![Just("DAILY"), Just("WEEKLY"), Just("MONTHLY")])
        .prop_map(|(n, freq)| format!("FREQ={freq};INTERVAL={n}"));
    let rule = prop_oneof![weekly, daily, nth, month_day, set_pos, plain];
    (rule, prop_oneof![Just(None), (1..30u32).prop_map(Some)])
        .prop_map(|(rule, count)| count.map_or(rule.clone(), |n| format!("{rule};COUNT={n}")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_expansion_is_what_another_library_gives(rule in rules(), offset in 0..1500i32, jump in 0..900i32) {
        let start = datetime(2025, 1, 1, 10, 0, 0, 0).checked_add(offset.days()).unwrap();
        // The start must be a date of the rule: move it to the first one.
        let start = match Recurrence::parse(&rule, start) {
            Err(BadRule::StartNotInRule { first, .. }) => first.at(10, 0, 0, 0),
            Err(BadRule::NeverMatches) => return Ok(()),
            Err(other) => return Err(TestCaseError::fail(format!("{rule}: {other}"))),
            Ok(_) => start,
        };
        // Moving the start moves the phase of the rule, which may move its first date again.
        prop_assume!(Recurrence::parse(&rule, start).is_ok());
        let ours = expand(&rule, start, 40);
        prop_assert_eq!(&ours, &calcard(&rule, start, 40), "{} from {}", &rule, start);
        // Starting to look later gives the same dates.
        let from = start.date().checked_add(jump.days()).unwrap();
        let parsed = Recurrence::parse(&rule, start).unwrap();
        let all: Vec<Date> = parsed.between(start.date(), date(2040, 1, 1)).filter(|d| *d >= from).take(10).collect();
        let later: Vec<Date> = parsed.between(from, date(2040, 1, 1)).take(10).collect();
        prop_assert_eq!(all, later);
    }
}
