//! Bank holidays of England and Wales, from the file GOV.UK publishes (facts 4.1).

use crate::casework::Sha256;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The file's key for England and Wales. Scotland has days of its own, added at short notice: choose strictly.
const DIVISION: &str = "england-and-wales";

/// Dates alone: titles are localised and their spelling changes, so nothing is ever matched on them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BankHolidays {
    dates: BTreeSet<Date>,
}

/// A table that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadHolidays {
    /// Not JSON of GOV.UK's shape.
    #[error("not GOV.UK's bank-holiday file: {message}")]
    Shape {
        /// What was wrong.
        message: String,
        /// Line, from 1 (0 where the text has no such place).
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// The division is missing or empty.
    #[error("no bank holidays under `{DIVISION}`")]
    NoDivision,
    /// A date that is not a date.
    #[error("`{0}` is not a date (YYYY-MM-DD)")]
    NotADate(String),
}

#[derive(Deserialize)]
struct Division {
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    date: String,
}

impl BankHolidays {
    /// Reads GOV.UK's JSON: `{"england-and-wales": {"division": …, "events": [{"title", "date", "notes", "bunting"}]}, …}`.
    ///
    /// # Errors
    /// Another shape, a missing or empty division, a text that is not a date.
    pub fn from_json(text: &str) -> Result<Self, BadHolidays> {
        let divisions: BTreeMap<String, Division> = serde_json::from_str(text).map_err(|error| BadHolidays::Shape {
            message: error.to_string(),
            line: error.line(),
            column: error.column(),
        })?;
        let division = divisions.get(DIVISION).filter(|d| !d.events.is_empty()).ok_or(BadHolidays::NoDivision)?;
        let dates: Result<BTreeSet<Date>, BadHolidays> = division
            .events
            .iter()
            .map(|event| event.date.parse().map_err(|_| BadHolidays::NotADate(event.date.clone())))
            .collect();
        Ok(Self { dates: dates? })
    }

    /// These dates.
    pub fn from_dates(dates: impl IntoIterator<Item = Date>) -> Self {
        Self { dates: dates.into_iter().collect() }
    }

    /// Takes over what another table knows beyond this one. GOV.UK drops old years, so a newer file adds to the table
    /// kept and never shrinks it.
    pub fn merge(&mut self, other: &Self) {
        self.dates.extend(other.dates.iter().copied());
    }

    /// Is it a bank holiday?
    pub fn contains(&self, day: Date) -> bool {
        self.dates.contains(&day)
    }

    /// The last day the table speaks for: the end of the year of its last date. None for an empty table.
    pub fn horizon(&self) -> Option<Date> {
        let last = self.dates.last()?;
        last.with().month(12).day(31).build().ok()
    }

    /// Does the table reach at least twelve months beyond this day?
    pub fn reaches_a_year_beyond(&self, day: Date) -> bool {
        let needed = day.checked_add(12.months()).unwrap_or(Date::MAX);
        self.horizon().is_some_and(|horizon| horizon >= needed)
    }

    /// What this table says: stored with every decision made by it.
    pub fn version(&self) -> Sha256 {
        let dates: Vec<String> = self.dates.iter().map(ToString::to_string).collect();
        Sha256::of(dates.join("\n").as_bytes())
    }

    /// Every date, in order.
    pub fn dates(&self) -> impl Iterator<Item = Date> + '_ {
        self.dates.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    /// facts 4.1, as listed there.
    const TABLE: &[(i16, &[(i8, i8)])] = &[
        (2025, &[(1, 1), (4, 18), (4, 21), (5, 5), (5, 26), (8, 25), (12, 25), (12, 26)]),
        (2026, &[(1, 1), (4, 3), (4, 6), (5, 4), (5, 25), (8, 31), (12, 25), (12, 28)]),
        (2027, &[(1, 1), (3, 26), (3, 29), (5, 3), (5, 31), (8, 30), (12, 27), (12, 28)]),
        (2028, &[(1, 3), (4, 14), (4, 17), (5, 1), (5, 29), (8, 28), (12, 25), (12, 26)]),
    ];

    #[test]
    fn the_shipped_table_is_that_of_the_facts() {
        let shipped = BankHolidays::from_json(include_str!("../../../config/bank-holidays.json")).unwrap();
        let expected: Vec<Date> =
            TABLE.iter().flat_map(|(year, days)| days.iter().map(|(m, d)| date(*year, *m, *d))).collect();
        assert_eq!(shipped.dates().collect::<Vec<_>>(), expected);
        assert_eq!(shipped.horizon(), Some(date(2028, 12, 31)));
    }

    #[test]
    fn only_england_and_wales_counts() {
        let text = r#"{"england-and-wales":{"division":"england-and-wales","events":[{"title":"New Year’s Day","date":"2026-01-01","notes":"","bunting":true}]},
            "scotland":{"division":"scotland","events":[{"title":"World Cup","date":"2026-06-15","notes":"","bunting":true}]}}"#;
        let holidays = BankHolidays::from_json(text).unwrap();
        assert!(holidays.contains(date(2026, 1, 1)));
        assert!(!holidays.contains(date(2026, 6, 15)));
    }

    #[test]
    fn a_newer_file_adds_and_never_shrinks() {
        let mut kept = BankHolidays::from_dates([date(2022, 9, 19), date(2026, 12, 25)]);
        kept.merge(&BankHolidays::from_dates([date(2026, 12, 25), date(2029, 1, 1)]));
        assert_eq!(kept.dates().collect::<Vec<_>>(), [date(2022, 9, 19), date(2026, 12, 25), date(2029, 1, 1)]);
        assert!(kept.reaches_a_year_beyond(date(2028, 12, 31)));
        assert!(!kept.reaches_a_year_beyond(date(2029, 1, 1)));
    }

    #[test]
    fn a_table_that_cannot_be_used_says_why() {
        assert!(matches!(BankHolidays::from_json("{"), Err(BadHolidays::Shape { line: 1, .. })));
        assert_eq!(BankHolidays::from_json(r#"{"scotland":{"events":[]}}"#), Err(BadHolidays::NoDivision));
        let text = r#"{"england-and-wales":{"events":[{"date":"1 May"}]}}"#;
        assert_eq!(BankHolidays::from_json(text), Err(BadHolidays::NotADate("1 May".to_owned())));
        assert_eq!(BankHolidays::default().horizon(), None);
    }
}
