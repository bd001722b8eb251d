//! Recurrence rules (RFC 5545 §3.3.10), the parts that panels use: DAILY, WEEKLY and MONTHLY with INTERVAL, BYDAY,
//! BYMONTHDAY, BYMONTH, BYSETPOS, COUNT, UNTIL and WKST. Everything is counted in civil dates, so no clock change can
//! bite. Read strictly: the calendar libraries pass over a part they do not know (`BYDAYS=TU`) and would move a panel's
//! meetings without a word; here it is a configuration error. (The tests compare every expansion with such a library.)

use super::civil;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::{Timestamp, ToSpan};

/// A rule that gives no date within this many years of its start never will: every weekday falls on every date, leap day
/// included, well within them (the longest gap, over a century that is no leap year, is 40 years).
const YEARS_TO_FIRST: i32 = 41;

/// Why a rule cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRule {
    /// A part that is not `NAME=value`, or not one this program reads.
    #[error("`{0}` is not a part of a recurrence rule this program reads")]
    UnknownPart(String),
    /// A part named twice.
    #[error("`{0}` is given twice")]
    Twice(String),
    /// A part whose value does not fit.
    #[error("`{part}={value}`: {why}")]
    Value {
        /// The part's name.
        part: String,
        /// What was written.
        value: String,
        /// What is expected.
        why: &'static str,
    },
    /// No FREQ.
    #[error("no FREQ: how often is it?")]
    NoFreq,
    /// Parts that do not go together.
    #[error("{0}")]
    Clash(&'static str),
    /// It gives no date at all.
    #[error("the rule never gives a date")]
    NeverMatches,
    /// The start is not one of its dates, so calendar programs would disagree about the first meeting.
    #[error("the start, {start}, is not a date the rule gives; the first one after it is {first}")]
    StartNotInRule {
        /// The start as written.
        start: Date,
        /// What the rule gives first.
        first: Date,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Freq {
    Daily,
    Weekly,
    Monthly,
}

/// A weekday, with its place in the month where one is given: `TU`, `1MO`, `-1FR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ByDay {
    nth: Option<i8>,
    weekday: Weekday,
}

/// A rule, read and found to give dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    start: Date,
    freq: Freq,
    interval: i32,
    by_day: Vec<ByDay>,
    by_month_day: Vec<i8>,
    by_month: Vec<i8>,
    by_set_pos: Vec<i32>,
    count: Option<usize>,
    until: Option<Date>,
    week_start: Weekday,
}

impl Recurrence {
    /// Reads a rule that starts on this local date and time.
    ///
    /// # Errors
    /// Anything not understood, parts that do not go together, a rule that never matches or does not give its start.
    pub fn parse(rule: &str, start: DateTime) -> Result<Self, BadRule> {
        let mut parts = Parts::default();
        for part in rule.trim().trim_end_matches(';').split(';') {
            parts.take(part.trim(), start)?;
        }
        let rule = parts.into_rule(start.date())?;
        let limit = start.date().checked_add(YEARS_TO_FIRST.years()).unwrap_or(Date::MAX);
        let first = rule.dates_from(start.date(), limit).next();
        match first {
            None => Err(BadRule::NeverMatches),
            Some(first) if first != rule.start => Err(BadRule::StartNotInRule { start: rule.start, first }),
            Some(_) => Ok(rule),
        }
    }

    /// The rule's dates from `from` to `until`, both included, in order.
    pub fn between(&self, from: Date, until: Date) -> impl Iterator<Item = Date> + '_ {
        self.dates_from(from, until).skip_while(move |date| *date < from)
    }

    /// Dates no later than `until`, at least all those from `from` on.
    fn dates_from(&self, from: Date, until: Date) -> impl Iterator<Item = Date> + '_ {
        let last = self.until.map_or(until, |own| own.min(until));
        // COUNT counts from the start; without it the periods before `from` need not be walked.
        let first_period = if self.count.is_some() { 0 } else { self.period_of(from).saturating_sub(1).max(0) };
        (first_period..)
            .map_while(|n| self.period(n))
            .take_while(move |(begins, _)| *begins <= last)
            .flat_map(|(_, dates)| dates)
            .filter(|date| *date >= self.start)
            .take(self.count.unwrap_or(usize::MAX))
            .take_while(move |date| *date <= last)
    }

    /// Which period of the rule a date lies in or after.
    fn period_of(&self, date: Date) -> i32 {
        let days = (date - self.start).get_days();
        let units = match self.freq {
            Freq::Daily => days,
            Freq::Weekly => days.div_euclid(7),
            Freq::Monthly => months_of(date) - months_of(self.start),
        };
        units.div_euclid(self.interval)
    }

    /// The first day of the n-th period, and its dates in order. None beyond the calendar's end.
    fn period(&self, n: i32) -> Option<(Date, Vec<Date>)> {
        let steps = n.checked_mul(self.interval)?;
        let (begins, days) = match self.freq {
            Freq::Daily => (self.start.checked_add(steps.days()).ok()?, 1),
            Freq::Weekly => {
                let back = self.start.weekday().since(self.week_start);
                let week = self.start.checked_sub(i32::from(back).days()).ok()?;
                (week.checked_add(steps.weeks()).ok()?, 7)
            }
            Freq::Monthly => {
                let first = self.start.first_of_month().checked_add(steps.months()).ok()?;
                (first, first.days_in_month())
            }
        };
        let dates: Vec<Date> = (0..i32::from(days))
            .filter_map(|i| begins.checked_add(i.days()).ok())
            .filter(|date| self.takes(*date))
            .collect();
        Some((begins, self.pick(dates)))
    }

    fn takes(&self, date: Date) -> bool {
        if !self.by_month.is_empty() && !self.by_month.contains(&date.month()) {
            return false;
        }
        let last = date.days_in_month();
        let month_day = |n: &i8| if *n > 0 { date.day() == *n } else { date.day() == last + 1 + *n };
        let nth = |day: &ByDay| match day.nth {
            None => true,
            Some(n) if n > 0 => (date.day() - 1) / 7 + 1 == n,
            Some(n) => (last - date.day()) / 7 + 1 == -n,
        };
        let by_day = || self.by_day.iter().any(|day| day.weekday == date.weekday() && nth(day));
        match (self.by_month_day.is_empty(), self.by_day.is_empty()) {
            (false, false) => self.by_month_day.iter().any(month_day) && by_day(),
            (false, true) => self.by_month_day.iter().any(month_day),
            (true, false) => by_day(),
            (true, true) => match self.freq {
                Freq::Daily => true,
                Freq::Weekly => date.weekday() == self.start.weekday(),
                Freq::Monthly => date.day() == self.start.day(),
            },
        }
    }

    fn pick(&self, dates: Vec<Date>) -> Vec<Date> {
        if self.by_set_pos.is_empty() {
            return dates;
        }
        let len = i32::try_from(dates.len()).unwrap_or(i32::MAX);
        let wanted = |index: usize| {
            let place = i32::try_from(index).unwrap_or(i32::MAX).saturating_add(1);
            self.by_set_pos.iter().any(|pos| *pos == place || *pos == place - len - 1)
        };
        dates.into_iter().enumerate().filter(|(index, _)| wanted(*index)).map(|(_, date)| date).collect()
    }
}

fn months_of(date: Date) -> i32 {
    i32::from(date.year()) * 12 + i32::from(date.month())
}

#[derive(Default)]
struct Parts {
    seen: Vec<String>,
    freq: Option<Freq>,
    interval: Option<i32>,
    by_day: Vec<ByDay>,
    by_month_day: Vec<i8>,
    by_month: Vec<i8>,
    by_set_pos: Vec<i32>,
    count: Option<usize>,
    until: Option<Date>,
    week_start: Option<Weekday>,
}

impl Parts {
    fn take(&mut self, part: &str, start: DateTime) -> Result<(), BadRule> {
        let (name, value) = part.split_once('=').ok_or_else(|| BadRule::UnknownPart(part.to_owned()))?;
        let (name, value) = (name.trim().to_ascii_uppercase(), value.trim().to_ascii_uppercase());
        if self.seen.contains(&name) {
            return Err(BadRule::Twice(name));
        }
        let bad = |why| BadRule::Value { part: name.clone(), value: value.clone(), why };
        match name.as_str() {
            "FREQ" => {
                self.freq = Some(match value.as_str() {
                    "DAILY" => Freq::Daily,
                    "WEEKLY" => Freq::Weekly,
                    "MONTHLY" => Freq::Monthly,
                    _ => return Err(bad("write DAILY, WEEKLY or MONTHLY (yearly is MONTHLY;INTERVAL=12)")),
                });
            }
            "INTERVAL" => self.interval = Some(number(&value, 1, 1_000).ok_or_else(|| bad("write 1 to 1000"))?),
            "COUNT" => {
                let count: i32 = number(&value, 1, 100_000).ok_or_else(|| bad("write 1 to 100000"))?;
                self.count = usize::try_from(count).ok();
            }
            "UNTIL" => {
                self.until = Some(until(&value, start).ok_or_else(|| bad("write a date like 20281231"))?);
            }
            "BYDAY" => self.by_day = list(&value, by_day).ok_or_else(|| bad("write days like TU, 1MO or -1FR"))?,
            "BYMONTHDAY" => {
                self.by_month_day = list(&value, |v| number(v, -31, 31).filter(|n| *n != 0))
                    .ok_or_else(|| bad("write days of the month, 1 to 31, or -1 for the last"))?;
            }
            "BYMONTH" => {
                self.by_month = list(&value, |v| number(v, 1, 12)).ok_or_else(|| bad("write months, 1 to 12"))?;
            }
            "BYSETPOS" => {
                self.by_set_pos = list(&value, |v| number(v, -366, 366).filter(|n| *n != 0))
                    .ok_or_else(|| bad("write a place in the list, e.g. 1 or -1"))?;
            }
            "WKST" => self.week_start = Some(weekday(&value).ok_or_else(|| bad("write MO or SU"))?),
            _ => return Err(BadRule::UnknownPart(part.to_owned())),
        }
        self.seen.push(name);
        Ok(())
    }

    fn into_rule(self, start: Date) -> Result<Recurrence, BadRule> {
        let freq = self.freq.ok_or(BadRule::NoFreq)?;
        let has_nth = self.by_day.iter().any(|day| day.nth.is_some());
        if has_nth && freq != Freq::Monthly {
            return Err(BadRule::Clash("a numbered day such as 1MO goes with FREQ=MONTHLY only"));
        }
        if freq == Freq::Weekly && !self.by_month_day.is_empty() {
            return Err(BadRule::Clash("BYMONTHDAY does not go with FREQ=WEEKLY"));
        }
        if self.count.is_some() && self.until.is_some() {
            return Err(BadRule::Clash("COUNT and UNTIL do not go together: keep one"));
        }
        if !self.by_set_pos.is_empty()
            && self.by_day.is_empty()
            && self.by_month_day.is_empty()
            && self.by_month.is_empty()
        {
            return Err(BadRule::Clash("BYSETPOS needs BYDAY or BYMONTHDAY beside it"));
        }
        Ok(Recurrence {
            start,
            freq,
            interval: self.interval.unwrap_or(1),
            by_day: self.by_day,
            by_month_day: self.by_month_day,
            by_month: self.by_month,
            by_set_pos: self.by_set_pos,
            count: self.count,
            until: self.until,
            week_start: self.week_start.unwrap_or(Weekday::Monday),
        })
    }
}

fn number<T: TryFrom<i64>>(text: &str, least: i64, most: i64) -> Option<T> {
    let n: i64 = text.strip_prefix('+').unwrap_or(text).parse().ok()?;
    if (least..=most).contains(&n) { T::try_from(n).ok() } else { None }
}

fn list<T>(text: &str, item: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.split(',').map(|part| item(part.trim())).collect()
}

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    })
}

fn by_day(text: &str) -> Option<ByDay> {
    let (nth, day) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let nth = if nth.is_empty() { None } else { Some(number(nth, -5, 5).filter(|n| *n != 0)?) };
    Some(ByDay { nth, weekday: weekday(day)? })
}

/// The last date on which a meeting at the start's time of day is still within UNTIL: a date, a civil date and time, or
/// an instant in UTC.
fn until(text: &str, start: DateTime) -> Option<Date> {
    let last = if let Ok(at) = text.parse::<Timestamp>() {
        civil::local(at)
    } else if text.contains('T') {
        text.parse::<DateTime>().ok()?
    } else {
        return text.parse::<Date>().ok();
    };
    if start.time() <= last.time() { Some(last.date()) } else { last.date().yesterday().ok() }
}

#[cfg(test)]
#[path = "recurrence_tests.rs"]
mod tests;
