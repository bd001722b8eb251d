//! What a verb shows: facts about one thing and tables beside them, laid out for people or written as JSON for programs.
//! What came in by mail is shown without control characters, so that it cannot play tricks on the terminal.

use super::Failure;
use super::output::Output;
use crate::casework::calendar::civil;
use crate::casework::{AlertRef, CaseRef, HeldRef, MeetingId, MessageRef, PanelId, SentRef};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::fmt::{Display, Write as _};

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// Nothing is known, or nothing applies.
    None,
    /// Words, ids, codes.
    Text(String),
    /// A count.
    Number(i64),
    /// A moment, shown in London time.
    At(Timestamp),
    /// A day.
    Day(Date),
}

impl Cell {
    /// The text of anything that has one.
    pub(super) fn of(value: &impl Display) -> Self {
        Self::Text(value.to_string())
    }

    fn in_words(&self) -> String {
        match self {
            Self::None => "–".to_owned(),
            Self::Text(text) => plain(text),
            Self::Number(number) => number.to_string(),
            Self::At(at) => moment(*at),
            Self::Day(day) => day.strftime("%a %-d %b %Y").to_string(),
        }
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => s.serialize_none(),
            Self::Text(text) => s.serialize_str(text),
            Self::Number(number) => s.serialize_i64(*number),
            Self::At(at) => s.serialize_str(&civil::rfc3339(*at)),
            Self::Day(day) => s.collect_str(day),
        }
    }
}

macro_rules! cells {
    ($($from:ty => $to:expr),* $(,)?) => {
        $(impl From<$from> for Cell { fn from(value: $from) -> Self { ($to)(value) } })*
    };
}

cells! {
    String => Self::Text,
    &str => |text: &str| Self::Text(text.to_owned()),
    &String => |text: &String| Self::Text(text.clone()),
    i64 => Self::Number,
    usize => |n: usize| Self::Number(i64::try_from(n).unwrap_or(i64::MAX)),
    Timestamp => Self::At,
    Date => Self::Day,
    CaseRef => |r: CaseRef| Self::of(&r),
    MessageRef => |r: MessageRef| Self::of(&r),
    SentRef => |r: SentRef| Self::of(&r),
    AlertRef => |r: AlertRef| Self::of(&r),
    HeldRef => |r: HeldRef| Self::of(&r),
    &MeetingId => |r: &MeetingId| Self::of(r),
    &PanelId => |r: &PanelId| Self::of(r),
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::None, Into::into)
    }
}

/// Rows under named columns.
#[derive(Clone, Debug)]
pub(super) struct Table {
    heading: &'static str,
    columns: &'static [&'static str],
    rows: Vec<Vec<Cell>>,
}

impl Table {
    pub(super) fn new(heading: &'static str, columns: &'static [&'static str]) -> Self {
        Self { heading, columns, rows: Vec::new() }
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Prints the table by itself: JSON one object a row; for people the rows, or why there are none.
    pub(super) fn print(&self, out: Output, none: &str) -> Result<(), Failure> {
        let rows: Vec<Row<'_>> = self.rows.iter().map(|row| Row(self.columns, row)).collect();
        if out.json {
            out.lines(&rows, |_| String::new())?;
        } else {
            out.text(if rows.is_empty() { none.to_owned() } else { self.in_words("") }.trim_end())?;
        }
        Ok(())
    }

    fn in_words(&self, indent: &str) -> String {
        let texts: Vec<Vec<String>> = std::iter::once(self.columns.iter().map(|c| (*c).to_owned()).collect())
            .chain(self.rows.iter().map(|row| row.iter().map(Cell::in_words).collect()))
            .collect();
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|i| texts.iter().filter_map(|row| row.get(i)).map(|text| text.chars().count()).max().unwrap_or(0))
            .collect();
        let mut out = String::new();
        for row in &texts {
            let cells = row.iter().zip(&widths).map(|(text, width)| format!("{text:<width$}"));
            let line = cells.collect::<Vec<_>>().join("  ");
            let _ = writeln!(out, "{indent}{}", line.trim_end());
        }
        out
    }
}

/// A table's row as JSON.
struct Row<'a>(&'a [&'static str], &'a [Cell]);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_map(self.0.iter().map(|name| key(name)).zip(self.1))
    }
}

/// Everything shown about one thing.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    about: String,
    facts: Vec<(&'static str, Cell)>,
    tables: Vec<Table>,
    warnings: Vec<String>,
}

impl Sheet {
    pub(super) fn new(about: impl Display) -> Self {
        Self { about: about.to_string(), facts: Vec::new(), tables: Vec::new(), warnings: Vec::new() }
    }

    pub(super) fn fact(&mut self, name: &'static str, value: impl Into<Cell>) {
        self.facts.push((name, value.into()));
    }

    pub(super) fn table(&mut self, table: Table) {
        self.tables.push(table);
    }

    /// Something a person should see to.
    pub(super) fn warn(&mut self, warning: impl Into<String>) {
        self.warnings.push(warning.into());
    }

    pub(super) fn print(&self, out: Output) -> Result<(), Failure> {
        Ok(out.lines(std::slice::from_ref(self), Self::in_words)?)
    }

    /// Facts that are not known and tables without rows are left out.
    fn in_words(&self) -> String {
        let mut out = format!("{}\n", plain(&self.about));
        let known = || self.facts.iter().filter(|(_, value)| *value != Cell::None);
        let width = known().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, value) in known() {
            let _ = writeln!(out, "  {name:<width$}  {}", value.in_words());
        }
        for table in self.tables.iter().filter(|table| !table.is_empty()) {
            let _ = write!(out, "\n{}\n{}", table.heading, table.in_words("  "));
        }
        if !self.warnings.is_empty() {
            out.push('\n');
        }
        for warning in &self.warnings {
            let _ = writeln!(out, "! {}", plain(warning));
        }
        out.trim_end().to_owned()
    }
}

impl Serialize for Sheet {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(None)?;
        map.serialize_entry("about", &self.about)?;
        for (name, value) in &self.facts {
            map.serialize_entry(&key(name), value)?;
        }
        for table in &self.tables {
            let rows: Vec<Row<'_>> = table.rows.iter().map(|row| Row(table.columns, row)).collect();
            map.serialize_entry(&key(table.heading), &rows)?;
        }
        map.serialize_entry("warnings", &self.warnings)?;
        map.end()
    }
}

/// `Next meetings` as programs read it: `next_meetings`.
fn key(name: &str) -> String {
    name.to_lowercase().replace([' ', '-'], "_")
}

/// A moment in London time, short: `Tue 24 Nov 2026 10:00`.
pub(super) fn moment(at: Timestamp) -> String {
    civil::local(at).strftime("%a %-d %b %Y %H:%M").to_string()
}

/// How long ago, in the largest fitting unit: `3 hours ago`.
pub(super) fn ago(now: Timestamp, at: Timestamp) -> String {
    let seconds = now.duration_since(at).as_secs().max(0);
    let (n, unit) = match seconds {
        0..120 => return "just now".to_owned(),
        120..7_200 => (seconds / 60, "minutes"),
        7_200..172_800 => (seconds / 3_600, "hours"),
        _ => (seconds / 86_400, "days"),
    };
    format!("{n} {unit} ago")
}

/// One line without control characters and without marks that turn the direction of writing.
pub(super) fn plain(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().filter(|c| !turns(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// References as they are listed: `R-0001, M-000002`.
pub(super) fn list<T: Display>(items: impl IntoIterator<Item = T>) -> Cell {
    let texts: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    if texts.is_empty() { Cell::None } else { Cell::Text(texts.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_by_mail_cannot_steer_the_terminal() {
        let mut sheet = Sheet::new("M-000001");
        sheet.fact("name", "Zoe\u{1b}[2J\r\nMarker\u{202e}");
        assert_eq!(sheet.in_words(), "M-000001\n  name  Zoe [2J  Marker");
    }

    #[test]
    fn a_sheet_reads_the_same_for_people_and_programs() {
        let mut sheet = Sheet::new("H-0001");
        sheet.fact("held by", "MC-32");
        sheet.fact("case", None::<CaseRef>);
        let mut table = Table::new("Next steps", &["what", "how many"]);
        table.row(["mails".into(), 3_i64.into()]);
        sheet.table(table);
        sheet.warn("look");
        assert_eq!(sheet.in_words(), "H-0001\n  held by  MC-32\n\nNext steps\n  what   how many\n  mails  3\n\n! look");
        let json = r#"{"about":"H-0001","held_by":"MC-32","case":null,"next_steps":[{"what":"mails","how_many":3}],"warnings":["look"]}"#;
        assert_eq!(serde_json::to_string(&sheet).unwrap(), json);
    }

    #[test]
    fn durations_are_told_in_their_largest_unit() {
        let at = |seconds| ago(Timestamp::from_second(1_000_000).unwrap(), Timestamp::from_second(seconds).unwrap());
        assert_eq!(at(1_000_000), "just now");
        assert_eq!(at(1_000_000 - 900), "15 minutes ago");
        assert_eq!(at(1_000_000 - 4 * 86_400), "4 days ago");
    }
}
