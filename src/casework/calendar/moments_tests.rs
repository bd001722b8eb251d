use super::super::civil::rfc3339;
use super::*;
use jiff::civil::{date, time};
use proptest::prelude::*;

fn holidays() -> BankHolidays {
    BankHolidays::from_json(include_str!("../../../config/bank-holidays.json")).unwrap()
}

fn profile(text: &str) -> Profile {
    toml::from_str(text).unwrap()
}

const COMMON: &str = r#"
id = "test"
name = "Test panel"
short = "TEST"
authority = "test"
authority_name = "Test"
domains = ["test.example"]
mailboxes = ["test"]
from = "panel@test.example"
emergency = "Ring 999."
location = "Room 1"
late = "ask_chair"
accepts = []
sections = []
session_minutes = 120
assessment_age = { days = 28 }
core_roles = ["chair"]
working_hours = { start = "09:00", end = "17:00" }
alerts = { owner = "admin", deputy = "deputy-admin", chair = "chair" }
fixed_reviews = { months = [3, 6], then_every = 3 }
scale = [
  { id = "minimal", title = "Minimal" },
  { id = "emerging", title = "Emerging", review = { latest = { months = 3 } } },
  { id = "significant", title = "Significant", review = { target = { days = 42 }, latest = { days = 56 } } },
  { id = "experiencing", title = "Experiencing", review = { target = { days = 28 }, latest = { months = 1 } } },
]
"#;

/// St Helens's rules: every other Tuesday, Thursday's end, pack at noon on the next working day.
pub(in crate::casework::calendar) fn mace() -> (Profile, PanelCalendar) {
    mace_with("")
}

fn mace_with(exceptions: &str) -> (Profile, PanelCalendar) {
    let profile = profile(&format!(
        r#"{COMMON}
        series = {{ start = "2025-01-14T10:00", rrule = "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", exceptions = [{exceptions}] }}
        cutoff = {{ rule = "weekday-before", weekday = "thursday" }}
        pack = {{ rule = "next-working-day", time = "12:00", early_time = "15:00" }}"#
    ));
    let calendar = PanelCalendar::new(&profile, &holidays()).unwrap();
    (profile, calendar)
}

/// Surrey's rules: two working days before, list 48 hours before, on a series of one's own.
pub(in crate::casework::calendar) fn rmm(rrule: &str, start: Date) -> (Profile, PanelCalendar) {
    rmm_counting(rrule, start, "offset")
}

fn rmm_counting(rrule: &str, start: Date, count: &str) -> (Profile, PanelCalendar) {
    let profile = profile(&format!(
        r#"{COMMON}
        series = {{ start = "{start}T10:00", rrule = "{rrule}" }}
        cutoff = {{ rule = "working-days-before", days = 2, count = "{count}" }}
        pack = {{ rule = "at-cutoff" }}
        list = {{ hours_before = 48 }}"#
    ));
    let calendar = PanelCalendar::new(&profile, &holidays()).unwrap();
    (profile, calendar)
}

fn only(calendar: &PanelCalendar, day: &str) -> Meeting {
    let day: Date = day.parse().unwrap();
    let mut meetings = calendar.meetings(day, day);
    assert_eq!(meetings.len(), 1, "{day}");
    meetings.remove(0)
}

fn codes(meeting: &Meeting) -> Vec<WarningCode> {
    meeting.warnings.iter().map(|w| w.code).collect()
}

/// cut-off, pack and supplement of one MACE meeting.
fn mace_moments(day: &str) -> (String, String, Option<String>, Vec<WarningCode>) {
    let meeting = only(&mace().1, day);
    let supplement = meeting.supplement_at.map(rfc3339);
    (rfc3339(meeting.cutoff_at), rfc3339(meeting.pack_at), supplement, codes(&meeting))
}

#[test]
fn mc_12_an_ordinary_fortnight() {
    let (cutoff, pack, supplement, warnings) = mace_moments("2026-11-17");
    assert_eq!(cutoff, "2026-11-12T23:59:59+00:00");
    assert_eq!(pack, "2026-11-13T12:00:00+00:00");
    assert_eq!(supplement, None);
    assert_eq!(warnings, []);
}

#[test]
fn mc_12_christmas_day_is_still_the_cut_off_and_the_pack_goes_on_christmas_eve() {
    let (cutoff, pack, supplement, warnings) = mace_moments("2025-12-30");
    assert_eq!(cutoff, "2025-12-25T23:59:59+00:00");
    assert_eq!(pack, "2025-12-24T15:00:00+00:00");
    assert_eq!(supplement.as_deref(), Some("2025-12-26T00:00:00+00:00"));
    assert_eq!(warnings, [WarningCode::EarlyPack], "Monday 29 December is a day to read");
}

#[test]
fn mc_12_new_years_day_is_still_the_cut_off_and_the_pack_goes_on_friday() {
    // Tue 6 January 2026 is in the other week of the shipped series: the same rules, a week later.
    let profile = profile(&format!(
        r#"{COMMON}
        series = {{ start = "2026-01-06T10:00", rrule = "FREQ=WEEKLY" }}
        cutoff = {{ rule = "weekday-before", weekday = "thursday" }}
        pack = {{ rule = "next-working-day", time = "12:00", early_time = "15:00" }}"#
    ));
    let meeting = only(&PanelCalendar::new(&profile, &holidays()).unwrap(), "2026-01-06");
    assert_eq!(rfc3339(meeting.cutoff_at), "2026-01-01T23:59:59+00:00");
    assert_eq!(rfc3339(meeting.pack_at), "2026-01-02T12:00:00+00:00");
    assert_eq!((meeting.supplement_at, codes(&meeting)), (None, vec![]));
}

#[test]
fn mc_12_the_tuesday_after_easter_and_29_december_2026_have_an_early_pack_and_no_reading_day() {
    for (day, cutoff, pack, supplement) in [
        ("2026-04-07", "2026-04-02T23:59:59+01:00", "2026-04-02T15:00:00+01:00", "2026-04-03T00:00:00+01:00"),
        ("2026-12-29", "2026-12-24T23:59:59+00:00", "2026-12-24T15:00:00+00:00", "2026-12-25T00:00:00+00:00"),
        ("2025-04-22", "2025-04-17T23:59:59+01:00", "2025-04-17T15:00:00+01:00", "2025-04-18T00:00:00+01:00"),
    ] {
        let (c, p, s, warnings) = mace_moments(day);
        assert_eq!((c.as_str(), p.as_str(), s.as_deref()), (cutoff, pack, Some(supplement)), "{day}");
        assert_eq!(warnings, [WarningCode::NoReadingDay, WarningCode::EarlyPack], "{day}");
    }
}

#[test]
fn facts_4_2_easter_tuesdays_of_the_other_week_too() {
    let profile = profile(&format!(
        r#"{COMMON}
        series = {{ start = "2025-01-14T10:00", rrule = "FREQ=WEEKLY;BYDAY=TU" }}
        cutoff = {{ rule = "weekday-before", weekday = "thursday" }}
        pack = {{ rule = "next-working-day", time = "12:00", early_time = "15:00" }}"#
    ));
    let calendar = PanelCalendar::new(&profile, &holidays()).unwrap();
    let without_reading_day: Vec<String> = calendar
        .meetings(date(2025, 1, 1), date(2028, 12, 31))
        .iter()
        .filter(|m| m.warns(WarningCode::NoReadingDay))
        .map(|m| m.day().to_string())
        .collect();
    assert_eq!(without_reading_day, ["2025-04-22", "2026-04-07", "2026-12-29", "2027-03-30", "2028-04-18"]);
}

#[test]
fn mc_13_meetings_on_bank_holidays_are_told_and_never_moved() {
    let calendar = mace().1;
    for day in ["2027-12-28", "2028-12-26"] {
        let meeting = only(&calendar, day);
        assert!(meeting.warns(WarningCode::BankHoliday), "{day}");
        assert_eq!(meeting.day().to_string(), day);
    }
    let on_holidays: Vec<Date> = calendar
        .meetings(date(2025, 1, 1), date(2028, 12, 31))
        .iter()
        .filter(|m| m.warns(WarningCode::BankHoliday))
        .map(Meeting::day)
        .collect();
    assert_eq!(on_holidays, [date(2027, 12, 28), date(2028, 12, 26)]);
}

#[test]
fn mc_13_a_moved_meeting_keeps_its_id_and_recomputes_every_moment() {
    let calendar = mace_with(r#"{ date = "2027-12-28", moved_to = "2028-01-11T14:00" }"#).1;
    assert_eq!(calendar.meetings(date(2027, 12, 28), date(2027, 12, 28)), []);
    let meetings = calendar.meetings(date(2028, 1, 11), date(2028, 1, 11));
    let meeting = meetings.iter().find(|m| m.id.date == date(2027, 12, 28)).unwrap();
    assert_eq!(meeting.id.to_string(), "test/2027-12-28");
    assert!(meeting.is_moved());
    assert_eq!(rfc3339(meeting.starts_at), "2028-01-11T14:00:00+00:00");
    assert_eq!(rfc3339(meeting.cutoff_at), "2028-01-06T23:59:59+00:00");
    assert_eq!(rfc3339(meeting.pack_at), "2028-01-07T12:00:00+00:00");
    assert_eq!(meeting.warnings, []);
    assert_eq!(calendar.of_date(date(2027, 12, 28)), Some(Held::Yes(meeting.clone())));
}

#[test]
fn a_cancelled_meeting_is_known_but_takes_no_papers() {
    let calendar = mace_with(r#"{ date = "2026-11-17", cancelled = true }"#).1;
    let cancelled = MeetingId { panel: PanelId::new("test"), date: date(2026, 11, 17) };
    assert_eq!(calendar.of_date(date(2026, 11, 17)), Some(Held::Cancelled(cancelled)));
    assert_eq!(calendar.of_date(date(2026, 11, 18)), None);
    let next = calendar.next_open(civil::instant(date(2026, 11, 9).at(10, 0, 0, 0))).unwrap();
    assert_eq!(next.day(), date(2026, 12, 1));
}

/// facts 4.2, every row, on a weekly series through that day.
#[test]
fn mc_01_surreys_cut_off_is_its_pack_two_working_days_before() {
    for (day, offset, clear) in [
        ("2026-11-25", "2026-11-23", "2026-11-20"),
        ("2026-01-05", "2025-12-31", "2025-12-30"),
        ("2026-04-07", "2026-04-01", "2026-03-31"),
        ("2026-04-08", "2026-04-02", "2026-04-01"),
        ("2026-04-09", "2026-04-07", "2026-04-02"),
        ("2026-05-06", "2026-05-01", "2026-04-30"),
        ("2026-12-30", "2026-12-24", "2026-12-23"),
        ("2027-01-05", "2026-12-31", "2026-12-30"),
        ("2027-03-30", "2027-03-24", "2027-03-23"),
        ("2027-12-29", "2027-12-23", "2027-12-22"),
        ("2028-01-05", "2027-12-31", "2027-12-30"),
        ("2028-12-27", "2028-12-21", "2028-12-20"),
    ] {
        for (count, expected) in [("offset", offset), ("clear", clear)] {
            let meeting = only(&rmm_counting("FREQ=WEEKLY", day.parse().unwrap(), count).1, day);
            let cutoff = civil::local(meeting.cutoff_at);
            assert_eq!(cutoff.date().to_string(), expected, "{day} {count}");
            assert_eq!(cutoff.time(), time(10, 0, 0, 0), "at the meeting's own time of day");
            assert_eq!(meeting.pack_at, meeting.cutoff_at, "MC-01");
            assert_eq!(meeting.supplement_at, None);
        }
    }
}

#[test]
fn sy_05_the_list_goes_48_elapsed_hours_before_and_never_on_a_day_off() {
    let list = |day: &str| rfc3339(only(&rmm("FREQ=WEEKLY", day.parse().unwrap()).1, day).list_at.unwrap());
    assert_eq!(list("2026-11-25"), "2026-11-23T10:00:00+00:00", "Wednesday: the same moment as the pack");
    assert_eq!(list("2026-11-23"), "2026-11-20T10:00:00+00:00", "Monday: Saturday rolls back to Friday");
    // facts 4.3: 48 hours before these fall at 09:00 GMT and 11:00 BST on a Saturday.
    assert_eq!(list("2026-03-30"), "2026-03-27T10:00:00+00:00");
    assert_eq!(list("2026-10-26"), "2026-10-23T10:00:00+01:00");
    assert_eq!(list("2026-12-30"), "2026-12-24T10:00:00+00:00", "from Mon 28, a bank holiday");
}

#[test]
fn facts_4_3_elapsed_hours_are_counted_in_utc() {
    // 72 hours, so that the moment falls on the Friday before the clocks change and is not rolled back.
    for (day, expected) in [("2026-03-30", "2026-03-27T09:00:00+00:00"), ("2026-10-26", "2026-10-23T11:00:00+01:00")] {
        let mut profile = rmm("FREQ=WEEKLY", day.parse().unwrap()).0;
        profile.list = Some(ListRule { hours_before: 72 });
        let calendar = PanelCalendar::new(&profile, &holidays()).unwrap();
        assert_eq!(rfc3339(only(&calendar, day).list_at.unwrap()), expected);
    }
}

#[test]
fn on_time_is_to_the_second_and_inclusive() {
    let calendar = mace().1;
    let open_at = |text: &str| calendar.next_open(text.parse().unwrap()).unwrap().day();
    assert_eq!(open_at("2026-11-12T23:59:59Z"), date(2026, 11, 17));
    assert_eq!(open_at("2026-11-12T23:59:59.999Z"), date(2026, 11, 17), "arrival is truncated to the second");
    assert_eq!(open_at("2026-11-13T00:00:00Z"), date(2026, 12, 1));
    let meeting = only(&calendar, "2026-11-17");
    assert_eq!(calendar.following(&meeting).unwrap().day(), date(2026, 12, 1));
    assert_eq!(calendar.next_held(meeting.starts_at).unwrap().day(), date(2026, 12, 1), "it has begun");
    assert_eq!(calendar.next_held(meeting.pack_at).unwrap().day(), date(2026, 11, 17));
}

#[test]
fn a_cut_off_may_roll_back_where_the_panel_says_so() {
    let profile = profile(&format!(
        r#"{COMMON}
        series = {{ start = "2025-01-14T10:00", rrule = "FREQ=WEEKLY;INTERVAL=2" }}
        cutoff = {{ rule = "weekday-before", weekday = "thursday", time = "12:00", roll = "back" }}
        pack = {{ rule = "next-working-day", time = "12:00", early_time = "15:00" }}"#
    ));
    let meeting = only(&PanelCalendar::new(&profile, &holidays()).unwrap(), "2025-12-30");
    assert_eq!(rfc3339(meeting.cutoff_at), "2025-12-24T12:00:00+00:00");
    assert_eq!(meeting.pack_at, meeting.cutoff_at, "15:00 would be after the cut-off");
    assert_eq!(meeting.supplement_at, None);
}

#[test]
fn closure_days_count_as_days_off_and_warn() {
    let mut profile = rmm("FREQ=WEEKLY", date(2026, 11, 25)).0;
    profile.closure_days = vec![date(2026, 11, 24), date(2026, 12, 2)];
    let calendar = PanelCalendar::new(&profile, &holidays()).unwrap();
    assert_eq!(rfc3339(only(&calendar, "2026-11-25").cutoff_at), "2026-11-20T10:00:00+00:00");
    assert_eq!(codes(&only(&calendar, "2026-12-02")), [WarningCode::BankHoliday]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn moments_are_in_order_on_every_day_of_four_years(offset in 0..1400i32, hour in 8..18i8, clear: bool) {
        let day = date(2025, 1, 6).checked_add(offset.days()).unwrap();
        let mut rmm = rmm_counting("FREQ=DAILY", day, if clear { "clear" } else { "offset" }).0;
        let mut mace = mace().0;
        for profile in [&mut rmm, &mut mace] {
            profile.series.start = day.at(hour, 30, 0, 0);
            profile.series.rrule = "FREQ=DAILY".to_owned();
            let calendar = PanelCalendar::new(profile, &holidays()).unwrap();
            let meeting = only(&calendar, &day.to_string());
            prop_assert_eq!(civil::local(meeting.starts_at), day.at(hour, 30, 0, 0));
            prop_assert!(meeting.cutoff_at < meeting.starts_at);
            prop_assert!(meeting.pack_at < meeting.starts_at);
            prop_assert!(calendar.days().is_working_day(civil::date(meeting.pack_at)), "a pack goes on a working day");
            if let Some(list) = meeting.list_at {
                prop_assert!(list < meeting.starts_at);
                prop_assert!(calendar.days().is_working_day(civil::date(list)));
            }
            prop_assert_eq!(meeting.supplement_at.is_some(), meeting.pack_at < meeting.cutoff_at);
            prop_assert_eq!(meeting.supplement_at.is_some(), meeting.warns(WarningCode::EarlyPack));
            if let Some(supplement) = meeting.supplement_at {
                prop_assert!(meeting.cutoff_at < supplement && supplement < meeting.starts_at);
            }
        }
    }
}
