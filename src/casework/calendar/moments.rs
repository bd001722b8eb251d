//! A meeting's moments: when papers must be in, when the list and the pack go (MC-01, MC-02, MC-12, MC-13, MC-36).
//! All of them are computed from the meeting's real start, so that moving a meeting moves its clocks.

use super::{BadSeries, BankHolidays, Occurrence, Schedule, WorkingDays, civil};
use crate::casework::panel::{Count, Cutoff, ListRule, Pack, Profile, Roll};
use crate::casework::{MeetingId, PanelId};
use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// No search for a meeting looks further ahead than this.
const FURTHEST_MONTHS: i32 = 36;

/// Something about a meeting that a person should know well before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Which.
    pub code: WarningCode,
    /// In words, with what to do.
    pub message: String,
}

/// The kinds of warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningCode {
    /// The meeting falls on a bank holiday or closure day (MC-13).
    BankHoliday,
    /// No working day lies strictly between pack and meeting dates: members have no day to read (SH-03).
    NoReadingDay,
    /// The pack goes before the cut-off, and what comes after it by supplement (MC-12).
    EarlyPack,
}

/// A meeting that is held, and its moments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meeting {
    /// Panel and original date.
    pub id: MeetingId,
    /// Start, local.
    pub starts: DateTime,
    /// The instant of it.
    pub starts_at: Timestamp,
    /// On time means arrived at or before this instant, the arrival truncated to the second.
    pub cutoff_at: Timestamp,
    /// When the list of children goes; none without a list rule (SY-05).
    pub list_at: Option<Timestamp>,
    /// When the pack goes.
    pub pack_at: Timestamp,
    /// The first second after the cut-off, when the pack goes before it (MC-12).
    pub supplement_at: Option<Timestamp>,
    /// What a person should know.
    pub warnings: Vec<Warning>,
}

impl Meeting {
    /// The day it is really held on.
    pub fn day(&self) -> Date {
        self.starts.date()
    }

    /// Was it moved from its original date?
    pub fn is_moved(&self) -> bool {
        self.day() != self.id.date
    }

    /// Did a paper that arrived at this instant come in time? Parts of a second do not count.
    pub fn is_on_time(&self, arrived_at: Timestamp) -> bool {
        arrived_at.as_second() <= self.cutoff_at.as_second()
    }

    /// Is there such a warning?
    pub fn warns(&self, code: WarningCode) -> bool {
        self.warnings.iter().any(|warning| warning.code == code)
    }
}

/// What became of a meeting of the series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// It is held.
    Yes(Meeting),
    /// It is cancelled.
    Cancelled(MeetingId),
}

/// One panel's calendar: its meetings with their moments.
#[derive(Clone, Debug)]
pub struct PanelCalendar {
    panel: PanelId,
    schedule: Schedule,
    days: WorkingDays,
    cutoff: Cutoff,
    pack: Pack,
    list: Option<ListRule>,
}

impl PanelCalendar {
    /// The calendar of a profile.
    ///
    /// # Errors
    /// A series that cannot be used.
    pub fn new(profile: &Profile, holidays: &BankHolidays) -> Result<Self, BadSeries> {
        Ok(Self {
            panel: profile.id.clone(),
            schedule: Schedule::new(&profile.series)?,
            days: WorkingDays::new(holidays.clone(), profile.closure_days.iter().copied()),
            cutoff: profile.cutoff.clone(),
            pack: profile.pack.clone(),
            list: profile.list.clone(),
        })
    }

    /// Whose calendar.
    pub fn panel(&self) -> &PanelId {
        &self.panel
    }

    /// The panel's working days.
    pub fn days(&self) -> &WorkingDays {
        &self.days
    }

    /// The meetings held from one day to another, both included, by the day they are really held on, in order.
    pub fn meetings(&self, from: Date, until: Date) -> Vec<Meeting> {
        self.schedule.held_between(from, until).into_iter().filter_map(|o| self.resolve(o)).collect()
    }

    /// The meeting of this original date: held, cancelled, or none of this series.
    pub fn of_date(&self, date: Date) -> Option<Held> {
        let occurrence = self.schedule.of_date(date)?;
        let id = MeetingId { panel: self.panel.clone(), date };
        Some(self.resolve(occurrence).map_or(Held::Cancelled(id), Held::Yes))
    }

    /// Original dates of the meetings cancelled between these days, both included.
    pub fn cancelled(&self, from: Date, until: Date) -> Vec<Date> {
        self.schedule.cancelled_between(from, until)
    }

    /// The first meeting for which something that arrived at this instant is on time.
    pub fn next_open(&self, arrived_at: Timestamp) -> Option<Meeting> {
        self.first(civil::date(arrived_at), |meeting| meeting.is_on_time(arrived_at))
    }

    /// The first meeting that has not begun at this instant.
    pub fn next_held(&self, now: Timestamp) -> Option<Meeting> {
        self.first(civil::date(now), |meeting| meeting.starts_at > now)
    }

    /// The meeting after this one.
    pub fn following(&self, meeting: &Meeting) -> Option<Meeting> {
        self.first(meeting.day(), |other| other.starts_at > meeting.starts_at)
    }

    /// Looks month by month, so that a weekly panel's three years are not worked out for the sake of one meeting.
    fn first(&self, from: Date, wanted: impl Fn(&Meeting) -> bool) -> Option<Meeting> {
        let begin = |month: i32| from.checked_add(month.months()).ok();
        (0..FURTHEST_MONTHS).find_map(|month| {
            let until = begin(month + 1)?.yesterday().ok()?;
            self.meetings(begin(month)?, until).into_iter().find(|meeting| wanted(meeting))
        })
    }

    fn resolve(&self, occurrence: Occurrence) -> Option<Meeting> {
        let starts = occurrence.starts?;
        let starts_at = civil::instant(starts);
        let cutoff = self.cutoff_of(starts);
        let (pack, early) = self.pack_of(starts, cutoff);
        let cutoff_at = civil::instant(cutoff);
        Some(Meeting {
            id: MeetingId { panel: self.panel.clone(), date: occurrence.date },
            starts,
            starts_at,
            cutoff_at,
            list_at: self.list.as_ref().map(|rule| self.list_of(rule, starts, starts_at)),
            pack_at: civil::instant(pack),
            supplement_at: early.then(|| cutoff_at.checked_add(1.second()).unwrap_or(cutoff_at)),
            warnings: self.warnings_of(starts, cutoff, pack, early),
        })
    }

    fn cutoff_of(&self, starts: DateTime) -> DateTime {
        let day = starts.date();
        match self.cutoff {
            // The written rule and never stricter: a bank holiday does not move it, unless the panel says so (MC-12).
            Cutoff::WeekdayBefore { weekday, time, roll } => {
                let back = match day.weekday().since(weekday) {
                    0 => 7,
                    n => i32::from(n),
                };
                let before = day.checked_sub(back.days()).unwrap_or(day);
                match roll {
                    Roll::None => before.to_datetime(time),
                    Roll::Back => self.days.on_or_before(before).to_datetime(time),
                }
            }
            Cutoff::WorkingDaysBefore { days, count: Count::Offset } => {
                self.days.minus(day, days).to_datetime(starts.time())
            }
            Cutoff::WorkingDaysBefore { days, count: Count::Clear } => {
                self.days.minus_clear(day, days).to_datetime(starts.time())
            }
        }
    }

    /// The pack's moment, and whether it goes before the cut-off.
    fn pack_of(&self, starts: DateTime, cutoff: DateTime) -> (DateTime, bool) {
        match self.pack {
            Pack::AtCutoff => (cutoff, false),
            Pack::NextWorkingDay { time, early_time } => {
                let (meeting, cutoff_day) = (starts.date(), cutoff.date());
                let next = self.days.next(cutoff_day);
                if next < meeting && self.days.between(next, meeting) > 0 {
                    (next.to_datetime(time), false)
                } else {
                    let early = self.days.on_or_before(cutoff_day).to_datetime(early_time);
                    // A cut-off earlier in its day than the early pack would leave nothing to supplement.
                    if early < cutoff { (early, true) } else { (cutoff, false) }
                }
            }
        }
    }

    /// So many elapsed hours before the start; on a non-working day, the working day before at the meeting's own time of
    /// day (MC-01, facts 4.3).
    fn list_of(&self, rule: &ListRule, starts: DateTime, starts_at: Timestamp) -> Timestamp {
        let at = starts_at.checked_sub(SignedDuration::from_hours(rule.hours_before)).unwrap_or(starts_at);
        let day = civil::date(at);
        if self.days.is_working_day(day) {
            at
        } else {
            civil::instant(self.days.previous(day).to_datetime(starts.time()))
        }
    }

    fn warnings_of(&self, starts: DateTime, cutoff: DateTime, pack: DateTime, early: bool) -> Vec<Warning> {
        let day = starts.date();
        let mut warnings = Vec::new();
        if self.days.is_bank_holiday(day) || self.days.is_closure_day(day) {
            let what = if self.days.is_bank_holiday(day) { "a bank holiday" } else { "a day the office is closed" };
            warnings.push(Warning {
                code: WarningCode::BankHoliday,
                message: format!(
                    "{} is {what}. Set another date: add an exception to the panel's series.",
                    civil::day_in_words(day)
                ),
            });
        }
        if self.days.between(pack.date(), day) == 0 {
            warnings.push(Warning {
                code: WarningCode::NoReadingDay,
                message: format!(
                    "No working day lies between the pack on {} and the meeting on {}. Tell the chair: members have no day to read.",
                    civil::day_in_words(pack.date()),
                    civil::day_in_words(day)
                ),
            });
        }
        if early {
            warnings.push(Warning {
                code: WarningCode::EarlyPack,
                message: format!(
                    "The pack goes on {}, before the cut-off on {}. What comes in between follows in one supplement.",
                    civil::moment_in_words(pack),
                    civil::moment_in_words(cutoff)
                ),
            });
        }
        warnings
    }
}

#[cfg(test)]
#[path = "moments_tests.rs"]
pub(super) mod tests;
