//! A panel's meetings as dates: the rule, less what is cancelled, with what is moved. A moved meeting keeps the id of its
//! original date; a cancelled one is no meeting but is still known, so that what pointed at it can be told.

use super::{BadRule, Recurrence};
use crate::casework::panel::Series;
use jiff::civil::{Date, DateTime, Time};
use std::collections::BTreeMap;

/// Why a series cannot be used. `exception` counts from 0 in the profile's order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSeries {
    /// The rule itself.
    #[error(transparent)]
    Rule(#[from] BadRule),
    /// An exception for a day without a meeting.
    #[error("there is no meeting on {date} to move or cancel")]
    NoSuchMeeting {
        /// Which exception.
        exception: usize,
        /// Its date.
        date: Date,
    },
    /// An exception that neither moves nor cancels, or does both.
    #[error("the exception for {date} must either give `moved_to` or say `cancelled = true`")]
    Undecided {
        /// Which exception.
        exception: usize,
        /// Its date.
        date: Date,
    },
    /// An exception that puts a meeting where another is.
    #[error("the meeting of {date} is moved to {moved_to}, when the meeting of {with} is held")]
    Together {
        /// Which exception.
        exception: usize,
        /// Its date.
        date: Date,
        /// Where it is moved to.
        moved_to: DateTime,
        /// Which meeting is held then.
        with: Date,
    },
    /// Two exceptions for one meeting.
    #[error("the meeting of {date} has two exceptions")]
    Twice {
        /// The second of them.
        exception: usize,
        /// Its date.
        date: Date,
    },
}

/// A meeting of the series: the date the rule gives, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// When it is held, local; none when it is cancelled.
    pub starts: Option<DateTime>,
    /// The date the rule gives; the meeting's id.
    pub date: Date,
}

/// A series that has been read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    rule: Recurrence,
    time: Time,
    exceptions: BTreeMap<Date, Option<DateTime>>,
}

impl Schedule {
    /// Reads the rule and lays the exceptions over it.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn new(series: &Series) -> Result<Self, BadSeries> {
        let rule = Recurrence::parse(&series.rrule, series.start)?;
        let mut exceptions = BTreeMap::new();
        for (exception, entry) in series.exceptions.iter().enumerate() {
            let date = entry.date;
            if entry.cancelled == entry.moved_to.is_some() {
                return Err(BadSeries::Undecided { exception, date });
            }
            if rule.between(date, date).next().is_none() {
                return Err(BadSeries::NoSuchMeeting { exception, date });
            }
            if exceptions.insert(date, entry.moved_to).is_some() {
                return Err(BadSeries::Twice { exception, date });
            }
        }
        let schedule = Self { rule, time: series.start.time(), exceptions };
        for (exception, entry) in series.exceptions.iter().enumerate() {
            let Some(moved_to) = entry.moved_to else { continue };
            let then = schedule.held_between(moved_to.date(), moved_to.date());
            if let Some(other) = then.iter().find(|other| other.date != entry.date && other.starts == Some(moved_to)) {
                return Err(BadSeries::Together { exception, date: entry.date, moved_to, with: other.date });
            }
        }
        Ok(schedule)
    }

    /// Meetings held from one day to another, both included, by the day they are really held on, in order.
    pub fn held_between(&self, from: Date, until: Date) -> Vec<Occurrence> {
        let kept = self
            .rule
            .between(from, until)
            .filter(|date| !self.exceptions.contains_key(date))
            .map(|date| Occurrence { date, starts: Some(date.to_datetime(self.time)) });
        let moved = self.exceptions.iter().filter_map(|(date, moved_to)| {
            let starts = (*moved_to)?;
            (from <= starts.date() && starts.date() <= until)
                .then_some(Occurrence { date: *date, starts: Some(starts) })
        });
        let mut all: Vec<Occurrence> = kept.chain(moved).collect();
        all.sort_unstable();
        all
    }

    /// The meeting of this original date, if the rule gives one.
    pub fn of_date(&self, date: Date) -> Option<Occurrence> {
        self.rule.between(date, date).next()?;
        let starts = self.exceptions.get(&date).copied().unwrap_or(Some(date.to_datetime(self.time)));
        Some(Occurrence { date, starts })
    }

    /// Cancelled meetings whose original date lies between these days, both included.
    pub fn cancelled_between(&self, from: Date, until: Date) -> Vec<Date> {
        self.exceptions.range(from..=until.max(from)).filter(|(_, to)| to.is_none()).map(|(date, _)| *date).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::casework::panel::Exception;
    use jiff::civil::{date, datetime};

    fn fortnightly(exceptions: Vec<Exception>) -> Series {
        Series {
            start: datetime(2025, 1, 14, 10, 0, 0, 0),
            rrule: "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU".to_owned(),
            exceptions,
        }
    }

    fn moved(date: Date, to: DateTime) -> Exception {
        Exception { date, moved_to: Some(to), cancelled: false }
    }

    #[test]
    fn a_moved_meeting_keeps_its_date_and_a_cancelled_one_is_known() {
        let schedule = Schedule::new(&fortnightly(vec![
            moved(date(2026, 12, 29), datetime(2027, 1, 5, 14, 0, 0, 0)),
            Exception { date: date(2026, 12, 15), moved_to: None, cancelled: true },
        ]))
        .unwrap();
        let december = schedule.held_between(date(2026, 12, 1), date(2026, 12, 31));
        assert_eq!(december.iter().map(|m| m.date).collect::<Vec<_>>(), [date(2026, 12, 1)]);
        let january = schedule.held_between(date(2027, 1, 1), date(2027, 1, 14));
        assert_eq!(
            january[0],
            Occurrence { date: date(2026, 12, 29), starts: Some(datetime(2027, 1, 5, 14, 0, 0, 0)) }
        );
        assert_eq!(january[1].date, date(2027, 1, 12));
        assert_eq!(schedule.of_date(date(2026, 12, 15)), Some(Occurrence { date: date(2026, 12, 15), starts: None }));
        assert_eq!(schedule.of_date(date(2026, 12, 16)), None);
        assert_eq!(schedule.cancelled_between(date(2026, 12, 1), date(2026, 12, 31)), [date(2026, 12, 15)]);
    }

    #[test]
    fn an_exception_must_name_a_meeting_and_say_what_becomes_of_it() {
        let to = datetime(2026, 12, 30, 10, 0, 0, 0);
        let bad = |exceptions| Schedule::new(&fortnightly(exceptions)).unwrap_err();
        assert_eq!(
            bad(vec![moved(date(2026, 12, 22), to)]),
            BadSeries::NoSuchMeeting { exception: 0, date: date(2026, 12, 22) }
        );
        let day = date(2026, 12, 29);
        assert_eq!(
            bad(vec![Exception { date: day, moved_to: None, cancelled: false }]),
            BadSeries::Undecided { exception: 0, date: day }
        );
        assert_eq!(
            bad(vec![Exception { date: day, moved_to: Some(to), cancelled: true }]),
            BadSeries::Undecided { exception: 0, date: day }
        );
        assert_eq!(bad(vec![moved(day, to), moved(day, to)]), BadSeries::Twice { exception: 1, date: day });
        // Two at one moment; the same day at another time is two meetings.
        let (with, moved_to) = (date(2026, 12, 15), datetime(2026, 12, 15, 10, 0, 0, 0));
        assert_eq!(bad(vec![moved(day, moved_to)]), BadSeries::Together { exception: 0, date: day, moved_to, with });
        assert!(Schedule::new(&fortnightly(vec![moved(day, datetime(2026, 12, 15, 14, 0, 0, 0))])).is_ok());
        let elsewhere = Exception { date: with, moved_to: None, cancelled: true };
        assert!(Schedule::new(&fortnightly(vec![moved(day, moved_to), elsewhere])).is_ok(), "the other is cancelled");
    }

    #[test]
    fn meetings_stay_at_ten_over_both_clock_changes() {
        let schedule = Schedule::new(&fortnightly(Vec::new())).unwrap();
        for meeting in schedule.held_between(date(2026, 3, 1), date(2026, 11, 30)) {
            assert_eq!(meeting.starts.unwrap().time(), Time::constant(10, 0, 0, 0));
        }
    }
}
