//! Civil time is Europe/London, whatever the machine says: the one place where it becomes an instant, or a text.
//!
//! Where the clocks go forward, a civil time in the missing hour means the same number of minutes after the hour that
//! follows it (01:30 is read as 02:30 BST); where they go back, a time that comes twice means its first coming. Both as
//! RFC 5545 §3.3.5 asks, and as every calendar program does.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, Zoned};
use std::sync::LazyLock;

/// The table built into the program; never the machine's own, so that two hosts agree. The POSIX rule (RFC 8536 §3.3.1)
/// is the law as it has stood since 1996 and stands in should the table ever be missing from the build.
static LONDON: LazyLock<TimeZone> = LazyLock::new(|| {
    TimeZoneDatabase::bundled()
        .get("Europe/London")
        .or_else(|_| TimeZone::posix("GMT0BST,M3.5.0/1,M10.5.0/2"))
        .unwrap_or(TimeZone::UTC)
});

/// Europe/London.
pub fn london() -> TimeZone {
    LONDON.clone()
}

/// The instant of a London civil date and time. (At the end of jiff's range, beyond the year 9999, its last instant.)
pub fn instant(local: DateTime) -> Timestamp {
    LONDON.to_timestamp(local).unwrap_or(Timestamp::MAX)
}

/// The London civil date and time of an instant.
pub fn local(at: Timestamp) -> DateTime {
    zoned(at).datetime()
}

/// The London date of an instant.
pub fn date(at: Timestamp) -> Date {
    local(at).date()
}

/// The first instant of a London day.
pub fn start_of_day(day: Date) -> Timestamp {
    instant(day.to_datetime(Time::midnight()))
}

/// RFC 3339 with London's offset, whole seconds, no zone name: `2026-11-24T10:00:00+00:00` (never `Z`).
pub fn rfc3339(at: Timestamp) -> String {
    zoned(at).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// An instant from a text people and programs write: RFC 3339, or a London civil date and time, or a date (its first
/// instant).
///
/// # Errors
/// A text that is none of these.
pub fn parse(text: &str) -> Result<Timestamp, NotATime> {
    let text = text.trim();
    text.parse::<Timestamp>()
        .or_else(|_| text.parse::<DateTime>().map(instant))
        .map_err(|_| NotATime(text.chars().take(40).collect()))
}

/// A text that is not a time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time: write 2026-11-24T10:00:00+00:00, 2026-11-24T10:00 (London time) or 2026-11-24")]
pub struct NotATime(pub String);

/// A day as people read it: `Tue 24 November 2026`.
pub fn day_in_words(day: Date) -> String {
    day.strftime("%a %-d %B %Y").to_string()
}

/// A day and time as people read it: `Tue 24 November 2026 at 10:00`.
pub fn moment_in_words(moment: DateTime) -> String {
    moment.strftime("%a %-d %B %Y at %H:%M").to_string()
}

/// An instant as people read it, in London time: `Tue 24 November 2026 at 10:00`.
pub fn instant_in_words(at: Timestamp) -> String {
    moment_in_words(local(at))
}

fn zoned(at: Timestamp) -> Zoned {
    at.to_zoned(london())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, datetime};

    #[test]
    fn civil_time_is_londons_on_both_sides_of_the_clock_changes() {
        // facts 4.3: 01:00 UTC, last Sunday of March and October.
        for (year, march, october) in [(2025, 30, 26), (2026, 29, 25), (2027, 28, 31), (2028, 26, 29), (2029, 25, 28)] {
            let spring = instant(date(year, 3, march).at(2, 0, 0, 0));
            assert_eq!(spring.to_string(), format!("{year}-03-{march}T01:00:00Z"));
            let autumn = instant(date(year, 10, october).at(1, 0, 0, 0));
            assert_eq!(autumn.to_string(), format!("{year}-10-{october}T00:00:00Z"), "the first coming of 01:00");
            assert_eq!(rfc3339(instant(date(year, 10, october).at(2, 0, 0, 0))).get(19..), Some("+00:00"));
        }
    }

    #[test]
    fn a_time_that_does_not_exist_is_read_an_hour_later() {
        assert_eq!(rfc3339(instant(datetime(2026, 3, 29, 1, 30, 0, 0))), "2026-03-29T02:30:00+01:00");
    }

    #[test]
    fn texts_are_as_the_contract_says() {
        let at = instant(datetime(2026, 11, 24, 10, 0, 0, 0));
        assert_eq!(rfc3339(at), "2026-11-24T10:00:00+00:00");
        assert_eq!(rfc3339("2026-07-01T08:59:59.999999Z".parse().unwrap()), "2026-07-01T09:59:59+01:00");
        assert_eq!(day_in_words(date(2026, 11, 24)), "Tue 24 November 2026");
        assert_eq!(day_in_words(date(2026, 12, 8)), "Tue 8 December 2026");
        assert_eq!(instant_in_words(at), "Tue 24 November 2026 at 10:00");
        for text in ["2026-11-24T10:00:00+00:00", "2026-11-24T10:00:00Z", "2026-11-24T10:00", "2026-11-24T10:00:00"] {
            assert_eq!(parse(text), Ok(at), "{text}");
        }
        assert_eq!(parse("2026-06-01"), Ok("2026-05-31T23:00:00Z".parse().unwrap()));
        assert!(parse("next Tuesday").is_err());
    }
}
