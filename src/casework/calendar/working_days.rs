//! Working days: Monday to Friday less England and Wales bank holidays and the panel's own closure days (facts 4.2).
//! Working days are whole days (MC-36); working hours matter only for when mail goes out and when people are reminded.

use super::{BankHolidays, civil};
use crate::casework::panel::WorkingHours;
use jiff::civil::{Date, Weekday};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// No search for a working day looks further than this: a table that closes the office for longer is a mistake, and a
/// mistake must not hang the program.
const FURTHEST_DAYS: u32 = 4_000;

/// The working days of one panel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkingDays {
    holidays: BankHolidays,
    closure_days: BTreeSet<Date>,
}

impl WorkingDays {
    /// With these bank holidays and the panel's own closure days.
    pub fn new(holidays: BankHolidays, closure_days: impl IntoIterator<Item = Date>) -> Self {
        Self { holidays, closure_days: closure_days.into_iter().collect() }
    }

    /// Is it a bank holiday (wherever in the week)?
    pub fn is_bank_holiday(&self, day: Date) -> bool {
        self.holidays.contains(day)
    }

    /// Is it one of the panel's own closure days?
    pub fn is_closure_day(&self, day: Date) -> bool {
        self.closure_days.contains(&day)
    }

    /// Does the office work on this day?
    pub fn is_working_day(&self, day: Date) -> bool {
        !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
            && !self.is_bank_holiday(day)
            && !self.is_closure_day(day)
    }

    /// The first working day strictly after this one.
    pub fn next(&self, day: Date) -> Date {
        self.step(day, |d| d.tomorrow().unwrap_or(Date::MAX))
    }

    /// The last working day strictly before this one.
    pub fn previous(&self, day: Date) -> Date {
        self.step(day, |d| d.yesterday().unwrap_or(Date::MIN))
    }

    /// This day where it is a working day, else the next.
    pub fn on_or_after(&self, day: Date) -> Date {
        if self.is_working_day(day) { day } else { self.next(day) }
    }

    /// This day where it is a working day, else the one before.
    pub fn on_or_before(&self, day: Date) -> Date {
        if self.is_working_day(day) { day } else { self.previous(day) }
    }

    /// `n` working days before this day; the day itself need not be one (MC-02: Wed − 2 = Mon).
    pub fn minus(&self, day: Date, n: u32) -> Date {
        (0..n).fold(day, |d, _| self.previous(d))
    }

    /// `n` working days after this day (SH-27: escalation + 5 WD).
    pub fn plus(&self, day: Date, n: u32) -> Date {
        (0..n).fold(day, |d, _| self.next(d))
    }

    /// The last working day that leaves `n` whole ("clear") working days strictly between itself and this day.
    pub fn minus_clear(&self, day: Date, n: u32) -> Date {
        self.minus(day, n.saturating_add(1))
    }

    /// How many working days lie strictly between two days, neither counted.
    pub fn between(&self, after: Date, before: Date) -> u32 {
        let mut count = 0u32;
        let mut day = self.next(after);
        while day < before && count < FURTHEST_DAYS {
            count = count.saturating_add(1);
            day = self.next(day);
        }
        count
    }

    /// Does the office work at this instant?
    pub fn is_working_time(&self, at: Timestamp, hours: &WorkingHours) -> bool {
        let local = civil::local(at);
        self.is_working_day(local.date()) && hours.start <= local.time() && local.time() < hours.end
    }

    /// This instant where the office works then, else the start of the next working hours.
    pub fn next_working_instant(&self, at: Timestamp, hours: &WorkingHours) -> Timestamp {
        let local = civil::local(at);
        let (day, time) = (local.date(), local.time());
        if self.is_working_day(day) && time < hours.end {
            if time >= hours.start { at } else { civil::instant(day.to_datetime(hours.start)) }
        } else {
            civil::instant(self.next(day).to_datetime(hours.start))
        }
    }

    /// The instant so many working minutes before this one: "8 and 2 working hours before the pack" (MC-32).
    pub fn minus_working_minutes(&self, at: Timestamp, minutes: i64, hours: &WorkingHours) -> Timestamp {
        let mut left = SignedDuration::from_mins(minutes.max(0));
        let mut day = civil::date(at);
        let mut end = at;
        for _ in 0..FURTHEST_DAYS {
            if self.is_working_day(day) {
                let opens = civil::instant(day.to_datetime(hours.start));
                let closes = civil::instant(day.to_datetime(hours.end)).min(end);
                let open = closes.duration_since(opens);
                if open >= left && closes >= opens {
                    return closes.checked_sub(left).unwrap_or(closes);
                }
                left = left.saturating_sub(open.max(SignedDuration::ZERO));
            }
            day = self.previous(day);
            end = Timestamp::MAX;
        }
        at
    }

    /// The instant so many working minutes after this one: an alert unanswered for two working hours goes on to the next.
    pub fn plus_working_minutes(&self, at: Timestamp, minutes: i64, hours: &WorkingHours) -> Timestamp {
        let mut left = SignedDuration::from_mins(minutes.max(0));
        let mut from = self.next_working_instant(at, hours);
        for _ in 0..FURTHEST_DAYS {
            let day = civil::date(from);
            let open = civil::instant(day.to_datetime(hours.end)).duration_since(from).max(SignedDuration::ZERO);
            if open >= left {
                return from.checked_add(left).unwrap_or(from);
            }
            left = left.saturating_sub(open);
            from = civil::instant(self.next(day).to_datetime(hours.start));
        }
        at
    }

    fn step(&self, day: Date, step: impl Fn(Date) -> Date) -> Date {
        let mut at = step(day);
        for _ in 0..FURTHEST_DAYS {
            if self.is_working_day(at) {
                break;
            }
            at = step(at);
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, datetime, time};

    fn days() -> WorkingDays {
        let table = BankHolidays::from_json(include_str!("../../../config/bank-holidays.json")).unwrap();
        WorkingDays::new(table, [])
    }

    fn office() -> WorkingHours {
        WorkingHours { start: time(9, 0, 0, 0), end: time(17, 0, 0, 0) }
    }

    /// facts 4.2, every row: meeting, minus 2 working days, 2 clear working days.
    const VECTORS: &[(&str, &str, &str)] = &[
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
    ];

    #[test]
    fn mc_02_two_working_days_before_offset_and_clear() {
        for (meeting, offset, clear) in VECTORS {
            let meeting: Date = meeting.parse().unwrap();
            assert_eq!(days().minus(meeting, 2).to_string(), *offset, "{meeting} minus 2 WD");
            assert_eq!(days().minus_clear(meeting, 2).to_string(), *clear, "{meeting} 2 clear WD");
            assert_eq!(days().between(days().minus_clear(meeting, 2), meeting), 2, "{meeting}");
        }
    }

    #[test]
    fn sh_27_five_working_days_after() {
        assert_eq!(days().plus(date(2026, 12, 23), 5), date(2027, 1, 4), "24, 29, 30, 31 December and 4 January");
        assert_eq!(days().plus(date(2026, 11, 21), 1), date(2026, 11, 23), "from a Saturday");
    }

    #[test]
    fn closure_days_are_no_working_days() {
        let shut = WorkingDays::new(BankHolidays::default(), [date(2026, 12, 29), date(2026, 12, 30)]);
        assert_eq!(shut.next(date(2026, 12, 28)), date(2026, 12, 31));
        assert!(!shut.is_working_day(date(2026, 12, 29)));
        assert!(!shut.is_bank_holiday(date(2026, 12, 29)));
    }

    #[test]
    fn mail_goes_out_in_the_next_working_hour() {
        let next = |y, m, d, hour, minute| {
            civil::local(days().next_working_instant(civil::instant(datetime(y, m, d, hour, minute, 0, 0)), &office()))
        };
        assert_eq!(next(2026, 11, 24, 10, 30), datetime(2026, 11, 24, 10, 30, 0, 0));
        assert_eq!(next(2026, 11, 24, 7, 0), datetime(2026, 11, 24, 9, 0, 0, 0));
        assert_eq!(next(2026, 11, 24, 17, 0), datetime(2026, 11, 25, 9, 0, 0, 0));
        assert_eq!(next(2026, 12, 24, 18, 0), datetime(2026, 12, 29, 9, 0, 0, 0));
        assert_eq!(next(2026, 3, 28, 12, 0), datetime(2026, 3, 30, 9, 0, 0, 0), "over the clock change");
    }

    #[test]
    fn mc_32_working_hours_before_the_pack() {
        let before =
            |pack, minutes| civil::local(days().minus_working_minutes(civil::instant(pack), minutes, &office()));
        let friday_noon = datetime(2026, 11, 20, 12, 0, 0, 0);
        assert_eq!(before(friday_noon, 120), datetime(2026, 11, 20, 10, 0, 0, 0));
        assert_eq!(before(friday_noon, 480), datetime(2026, 11, 19, 12, 0, 0, 0));
        assert_eq!(before(datetime(2026, 11, 23, 10, 0, 0, 0), 120), datetime(2026, 11, 20, 16, 0, 0, 0));
        assert_eq!(before(datetime(2026, 12, 29, 10, 0, 0, 0), 480), datetime(2026, 12, 24, 10, 0, 0, 0));
        assert_eq!(before(datetime(2026, 11, 23, 7, 0, 0, 0), 60), datetime(2026, 11, 20, 16, 0, 0, 0), "out of hours");
        assert_eq!(
            before(datetime(2026, 11, 23, 22, 0, 0, 0), 60),
            datetime(2026, 11, 23, 16, 0, 0, 0),
            "in the evening"
        );
        assert_eq!(
            before(datetime(2026, 11, 21, 12, 0, 0, 0), 60),
            datetime(2026, 11, 20, 16, 0, 0, 0),
            "on a Saturday"
        );
    }

    #[test]
    fn an_alert_unanswered_for_two_working_hours() {
        let after = |at, minutes| civil::local(days().plus_working_minutes(civil::instant(at), minutes, &office()));
        assert_eq!(after(datetime(2026, 11, 20, 10, 0, 0, 0), 120), datetime(2026, 11, 20, 12, 0, 0, 0));
        assert_eq!(after(datetime(2026, 11, 20, 16, 0, 0, 0), 120), datetime(2026, 11, 23, 10, 0, 0, 0));
        assert_eq!(after(datetime(2026, 11, 20, 15, 0, 0, 0), 120), datetime(2026, 11, 20, 17, 0, 0, 0));
        assert_eq!(after(datetime(2026, 11, 21, 3, 0, 0, 0), 1440), datetime(2026, 11, 25, 17, 0, 0, 0));
    }

    #[test]
    fn hours_that_never_open_do_not_hang() {
        let never = WorkingHours { start: time(9, 0, 0, 0), end: time(9, 0, 0, 0) };
        let at = civil::instant(datetime(2026, 11, 20, 10, 0, 0, 0));
        assert_eq!(days().plus_working_minutes(at, 60, &never), at);
        assert_eq!(days().minus_working_minutes(at, 60, &never), at);
    }
}
