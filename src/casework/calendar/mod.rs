//! Which meeting, and when its moments are: working days, series, cut-off, list and pack, review dates.
//!
//! All of it is a pure function of the profile, the bank-holiday table and the dates asked for. Civil moments are worked
//! out as civil (wall-clock) dates and times and only then resolved to instants ([`civil`]), so that a clock change moves
//! no meeting. A table that does not reach far enough never makes a day a holiday: `check` warns ([`BankHolidays::horizon`]).

pub mod civil;
mod holidays;
mod working_days;
mod recurrence;
mod series;
mod moments;
mod timetable;
pub mod review;

pub use holidays::{BadHolidays, BankHolidays};
pub use moments::{Held, Meeting, PanelCalendar, Warning, WarningCode};
pub use recurrence::{BadRule, Recurrence};
pub use series::{BadSeries, Occurrence, Schedule};
pub use timetable::{BadTimetable, Timetable};
pub use working_days::WorkingDays;

use jiff::civil::Weekday;

/// The days of the week by their English names, in lower case: as a profile writes them and a form's date begins.
pub const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];
