//! When a job runs by itself: a cron expression of six fields, read on London's wall clock, at most once a date.
//!
//! The notation is the cron crate's: seconds first, days of the week by name (its digits count Sunday as 1, so that
//! `1-5` means Sunday to Thursday), day of month *and* day of week. What could surprise is refused when it is read. A job
//! in the hour that a clock change skips or repeats would run never or twice, so that hour is refused as well.

use super::civil;
use chrono::{DateTime, NaiveDate, Utc};
use cron::TimeUnitSpec;
use jiff::Timestamp;
use jiff::civil::DateTime as Local;
use std::fmt;
use std::str::FromStr;

/// A job's times.
#[derive(Clone, Debug, PartialEq)]
pub struct Timetable(cron::Schedule);

/// Why an expression is refused, in a sentence; and what to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTimetable {
    /// Not six fields.
    #[error("a schedule has six fields: second, minute, hour, day of month, month, day of week")]
    Fields,
    /// Digits for days of the week.
    #[error("days of the week are written by name: in this notation 1 would be Sunday")]
    Digits,
    /// Not understood.
    #[error("the schedule cannot be read")]
    Unreadable,
    /// In the hour the clocks change.
    #[error("between 01:00 and 02:00 the clocks change: a job there would run twice on one day and never on another")]
    ClockChange,
    /// Several times a day.
    #[error("a job runs once a day: give one second, one minute and one hour")]
    SeveralADay,
    /// Never.
    #[error("no such day ever comes")]
    Never,
}

impl BadTimetable {
    /// What to write instead.
    pub const fn help(self) -> &'static str {
        match self {
            Self::Digits => "Write MON, TUE, … or MON-FRI in the last field, e.g. \"0 0 9 * * MON-FRI\".",
            Self::ClockChange => "Write an hour before 1 or from 2 on, e.g. \"0 30 3 * * *\".",
            Self::Never => "Write a day of the month that exists, e.g. \"0 0 9 1 * *\".",
            _ => "Write e.g. \"0 0 9 * * MON-FRI\" (09:00:00, Monday to Friday), or \"never\".",
        }
    }
}

impl FromStr for Timetable {
    type Err = BadTimetable;

    fn from_str(text: &str) -> Result<Self, BadTimetable> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [_, _, _, _, _, weekdays] = fields.as_slice() else { return Err(BadTimetable::Fields) };
        if weekdays.contains(|c: char| c.is_ascii_digit()) {
            return Err(BadTimetable::Digits);
        }
        let schedule = cron::Schedule::from_str(&fields.join(" ")).map_err(|_| BadTimetable::Unreadable)?;
        if schedule.hours().includes(1) {
            return Err(BadTimetable::ClockChange);
        }
        if schedule.hours().count() * schedule.minutes().count() * schedule.seconds().count() != 1 {
            return Err(BadTimetable::SeveralADay);
        }
        // Any day will do to find out whether one comes at all: the years are not restricted.
        let some_day = NaiveDate::from_ymd_opt(2026, 1, 1).and_then(|day| day.and_hms_opt(0, 0, 0));
        if some_day.is_none_or(|day| schedule.after(&day.and_utc()).next().is_none()) {
            return Err(BadTimetable::Never);
        }
        Ok(Self(schedule))
    }
}

impl Timetable {
    /// The last moment at or before now.
    pub fn last(&self, now: Timestamp) -> Option<Timestamp> {
        let wall = wall(civil::local(now).checked_add(jiff::Span::new().seconds(1)).ok()?)?;
        self.0.after(&wall).next_back().and_then(instant)
    }

    /// The first moment after now.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        self.0.after(&wall(civil::local(now))?).next().and_then(instant)
    }
}

impl fmt::Display for Timetable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.source())
    }
}

/// London's wall clock as the cron crate reads it: as if it were UTC, so that no clock changes in between.
fn wall(local: Local) -> Option<DateTime<Utc>> {
    let (date, time) = (local.date(), local.time());
    let day = NaiveDate::from_ymd_opt(date.year().into(), to_u32(date.month())?, to_u32(date.day())?)?;
    Some(day.and_hms_opt(to_u32(time.hour())?, to_u32(time.minute())?, to_u32(time.second())?)?.and_utc())
}

fn to_u32(n: i8) -> Option<u32> {
    u32::try_from(n).ok()
}

fn instant(wall: DateTime<Utc>) -> Option<Timestamp> {
    let local = Timestamp::from_second(wall.timestamp()).ok()?.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    Some(civil::instant(local))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn what_could_surprise_is_refused() {
        for (text, expected) in [
            ("0 9 * * MON-FRI", Err(BadTimetable::Fields)),
            ("0 0 9 * * MON-FRI 2027", Err(BadTimetable::Fields)),
            ("", Err(BadTimetable::Fields)),
            ("0 0 9 * * 1-5", Err(BadTimetable::Digits)),
            ("0 0 9 * * */2", Err(BadTimetable::Digits)),
            ("0 0 9 L * *", Err(BadTimetable::Unreadable)),
            ("0 0 24 * * *", Err(BadTimetable::Unreadable)),
            ("0 0 9 * * FUNDAY", Err(BadTimetable::Unreadable)),
            ("0 30 1 * * *", Err(BadTimetable::ClockChange)),
            ("0 0 * * * *", Err(BadTimetable::ClockChange)),
            ("0 0 9,17 * * *", Err(BadTimetable::SeveralADay)),
            ("0 * 9 * * *", Err(BadTimetable::SeveralADay)),
            ("0 0 9 30 2 *", Err(BadTimetable::Never)),
            ("0 0 9 * * MON-FRI", Ok(())),
            ("  0  30 3 * * *  ", Ok(())),
            ("0 0 9 1 * *", Ok(())),
            ("0 0 9 29 2 *", Ok(())),
        ] {
            assert_eq!(text.parse::<Timetable>().map(drop), expected, "{text}");
        }
    }

    #[test]
    fn moments_are_london_s_on_both_sides_of_a_clock_change() {
        let daily: Timetable = "0 30 3 * * *".parse().unwrap();
        // Forward on 29 March 2026, back on 25 October.
        assert_eq!(daily.next(at("2026-03-28T12:00:00Z")), Some(at("2026-03-29T02:30:00Z")));
        assert_eq!(daily.last(at("2026-03-29T02:30:00Z")), Some(at("2026-03-29T02:30:00Z")));
        assert_eq!(daily.last(at("2026-03-29T02:29:59Z")), Some(at("2026-03-28T03:30:00Z")));
        assert_eq!(daily.next(at("2026-10-24T12:00:00Z")), Some(at("2026-10-25T03:30:00Z")));
        assert_eq!(daily.next(at("2026-10-25T00:30:00Z")), Some(at("2026-10-25T03:30:00Z")), "in the repeated hour");
        let midnight: Timetable = "0 0 0 * * *".parse().unwrap();
        assert_eq!(midnight.last(at("2026-10-25T01:30:00Z")), Some(at("2026-10-24T23:00:00Z")));
    }

    #[test]
    fn weekdays_are_those_named() {
        let weekdays: Timetable = "0 0 9 * * MON-FRI".parse().unwrap();
        assert_eq!(weekdays.next(at("2026-11-20T09:00:00Z")), Some(at("2026-11-23T09:00:00Z")), "Friday to Monday");
        assert_eq!(weekdays.last(at("2026-11-22T12:00:00Z")), Some(at("2026-11-20T09:00:00Z")));
    }
}
