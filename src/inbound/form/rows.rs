//! Forms with one row a child, whose labels are column headings: the outcome sheet as it comes back (SY-18, SY-19, SH-13).
//!
//! People sort rows, move columns, copy rows into a workbook of their own and type over drop-downs, so nothing is known by
//! its place: a column is what its heading says, a row is whose case ref it bears. Rows of one case on any sheet are one
//! reading. A row in which nothing was filled in says nothing.

use super::actions::{self, Column};
use super::answer;
use super::date::{self, Century};
use super::handling::{Markers, set_apart};
use super::label::{normalise, variants};
use super::model::{Cell, Document, Row, Scalar};
use super::table::{Choice, FieldTable, FormTable, FormTables, Kind};
use super::ticks::{Options, Written};
use crate::casework::{
    Action, CaseRef, FieldId, Finding, FindingCode, Format, Found, MeetingId, Reading, Redacted, Value,
};
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Columns without which a table of rows is not known for the form, where its mark was lost.
const FEWEST: usize = 4;
/// A review later than this is a slip of the pen.
const FURTHEST_MONTHS: i32 = 24;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head {
    Field(FieldId),
    /// Part of the n-th action of a row.
    Action(Column, usize),
}

/// A table of rows: where its headings stand and what they say.
struct Grid<'a> {
    number: u32,
    row: u32,
    columns: Vec<(&'a Cell, Head)>,
}

/// The readings of a form of rows, one for each row (or case) in which something was filled in; none if the document is no
/// such form.
pub(super) fn read(document: &Document, tables: &FormTables, format: Format, today: Date) -> Option<Vec<Reading>> {
    let sheet = |table| Sheet { document, table, tables, format, today };
    tables.tables.iter().filter(|table| table.rows).find_map(|table| sheet(table).read())
}

struct Sheet<'a> {
    document: &'a Document,
    table: &'a FormTable,
    tables: &'a FormTables,
    format: Format,
    today: Date,
}

impl<'a> Sheet<'a> {
    fn read(&self) -> Option<Vec<Reading>> {
        let marked = self.is_marked();
        let grids = self.grids();
        let known = |grid: &&Grid<'_>| {
            let fields = grid.columns.iter().filter(|(_, head)| matches!(head, Head::Field(_))).count();
            let actions = usize::from(grid.columns.iter().any(|(_, head)| matches!(head, Head::Action(..))));
            fields + actions >= if marked { 2 } else { FEWEST }
        };
        if !grids.iter().any(|grid| known(&grid)) {
            return marked.then(|| {
                let message = "The column headings of the outcome sheet are gone, so it cannot be told what is what. Please fill in the sheet as it was sent to you.";
                vec![self.reading(vec![Finding::document(FindingCode::Unreadable, message)])]
            });
        }
        let meeting = self.meeting();
        let scale = self.scale();
        let mut cases: Vec<(Option<CaseRef>, Entry<'a>)> = Vec::new();
        for (grid, row) in self.rows(&grids) {
            let Some(entry) = self.entry(grid, row) else { continue };
            match entry.case.and_then(|case| cases.iter_mut().find(|(known, _)| *known == Some(case))) {
                Some((_, before)) => before.take_over(entry),
                None => cases.push((entry.case, entry)),
            }
        }
        if cases.is_empty() {
            let message = "The outcome sheet came back with nothing filled in, so nothing was changed.";
            let mut blank = self.reading(vec![Finding::document(FindingCode::Empty, message)]);
            if let Some((id, at)) = meeting {
                blank.fields.insert(FieldId::MeetingId, found(Value::Text(id.to_string().into()), &at));
            }
            return Some(vec![blank]);
        }
        let read = cases.into_iter().map(|(_, entry)| self.assemble(entry, meeting.as_ref(), &scale));
        Some(read.collect())
    }

    fn reading(&self, findings: Vec<Finding>) -> Reading {
        let form = Some(self.table.id.clone());
        Reading { reading: 1, format: self.format, form, fields: BTreeMap::new(), passages: BTreeMap::new(), findings }
    }

    /// The hidden sheet says that this is the form.
    fn is_marked(&self) -> bool {
        let titles = &self.table.detect.titles;
        self.document.hidden.iter().map(|text| normalise(text)).any(|text| titles.iter().any(|t| text.starts_with(t)))
    }

    /// Tables with a column of case refs. The first fitting row of each sheet or table has the headings.
    fn grids(&self) -> Vec<Grid<'a>> {
        let mut grids: Vec<Grid<'a>> = Vec::new();
        for row in &self.document.rows {
            // Most rows of most documents are passed over here.
            let may_be = |cell: &Cell| cell.text.len() <= 60 && has_ignoring_case(&cell.text, &["ref", "case"]);
            if grids.iter().any(|grid| grid.number == row.grid) || !row.cells.iter().any(may_be) {
                continue;
            }
            let columns = self.columns(row);
            let says_whose = columns.iter().any(|(_, head)| *head == Head::Field(FieldId::CaseRef));
            if says_whose && columns.len() >= 2 {
                grids.push(Grid { number: row.grid, row: row.index, columns });
            }
        }
        grids
    }

    fn columns(&self, row: &'a Row) -> Vec<(&'a Cell, Head)> {
        let mut columns: Vec<(&'a Cell, Head)> = Vec::new();
        for (_, cell) in row.filled() {
            let labels = variants(&cell.text);
            let Some((head, numbered)) = labels.iter().find_map(|label| self.head(label)) else { continue };
            let head = match head {
                Head::Action(column, _) => {
                    let before = columns.iter().filter(|(_, h)| matches!(h, Head::Action(c, _) if *c == column));
                    Head::Action(column, numbered.unwrap_or_else(|| before.count() + 1))
                }
                head if columns.iter().any(|(_, known)| *known == head) => continue,
                head => head,
            };
            columns.push((cell, head));
        }
        columns
    }

    /// What a heading means, and its number: "Action 2".
    fn head(&self, label: &str) -> Option<(Head, Option<usize>)> {
        let (plain, number) = match label.rsplit_once(' ') {
            Some((plain, number)) if number.parse::<usize>().is_ok() => (plain, number.parse().ok()),
            _ => (label, None),
        };
        let is = |spec: &FieldTable| spec.aliases.iter().any(|alias| normalise(alias) == plain);
        match self.table.fields.iter().find(|(_, spec)| is(spec)) {
            Some((FieldId::Actions, _)) => Some((Head::Action(Column::Text, 0), number)),
            Some((field, _)) => Some((Head::Field(*field), None)),
            None => actions::column(plain).map(|column| (Head::Action(column, 0), number)),
        }
    }

    /// The rows below the headings, in the document's order.
    fn rows<'g>(&self, grids: &'g [Grid<'a>]) -> Vec<(&'g Grid<'a>, &'a Row)> {
        let below = |row: &'a Row| {
            let grid = grids.iter().find(|grid| grid.number == row.grid && grid.row < row.index)?;
            Some((grid, row))
        };
        self.document.rows.iter().filter_map(below).collect()
    }

    /// What was filled in; none where nothing was.
    fn entry(&self, grid: &Grid<'a>, row: &'a Row) -> Option<Entry<'a>> {
        let mut entry = Entry { case: None, first: None, cells: Vec::new(), actions: Vec::new(), orphans: Vec::new() };
        let mut parts: BTreeMap<usize, Vec<(Column, &'a Cell)>> = BTreeMap::new();
        for (head, what) in &grid.columns {
            let Some(cell) = row.cells.iter().find(|c| c.col <= head.col && head.col < c.end()) else { continue };
            if cell.is_blank() {
                continue;
            }
            match what {
                Head::Field(FieldId::CaseRef) => {
                    entry.case = case_of(&cell.text);
                    entry.first = Some(cell);
                }
                Head::Field(field) if is_of_the_row(*field) || says_something(cell) => {
                    entry.cells.push((*field, cell));
                }
                Head::Action(column, number) if says_something(cell) => {
                    parts.entry(*number).or_default().push((*column, cell));
                }
                _ => {}
            }
        }
        for parts in parts.into_values() {
            if parts.iter().any(|(column, _)| *column == Column::Text) {
                entry.actions.push(parts);
            } else {
                entry.orphans.extend(parts.first().map(|(_, cell)| *cell));
            }
        }
        let said = entry.cells.iter().any(|(field, _)| !is_of_the_row(*field));
        (said || !entry.actions.is_empty() || !entry.orphans.is_empty()).then_some(entry)
    }

    fn assemble(&self, entry: Entry<'a>, meeting: Option<&(MeetingId, String)>, scale: &[Choice]) -> Reading {
        let mut reading = self.reading(Vec::new());
        let mut findings = Vec::new();
        let place = entry.first.or_else(|| entry.any_cell()).map(|cell| cell.at.clone()).unwrap_or_default();
        match (entry.case, entry.first) {
            (Some(case), Some(cell)) => {
                reading.fields.insert(FieldId::CaseRef, found(Value::Text(case.to_string().into()), &cell.at));
            }
            _ => {
                let message =
                    format!("The row at {place} has no case reference such as R-0042, so it is not known whose it is.");
                findings.push(Finding::field(FindingCode::Missing, FieldId::CaseRef, message));
            }
        }
        let mut by_field: BTreeMap<FieldId, Vec<&'a Cell>> = BTreeMap::new();
        for (field, cell) in &entry.cells {
            by_field.entry(*field).or_default().push(cell);
        }
        let own = by_field.remove(&FieldId::MeetingId).unwrap_or_default();
        let own = own.iter().find_map(|cell| Some((cell.text.parse::<MeetingId>().ok()?, cell.at.clone())));
        let meeting = own.or_else(|| meeting.cloned());
        match &meeting {
            Some((id, at)) => {
                reading.fields.insert(FieldId::MeetingId, found(Value::Text(id.to_string().into()), at));
            }
            None => findings.push(Finding::field(
                FindingCode::Missing,
                FieldId::MeetingId,
                "The sheet no longer says which meeting it is of. Please fill in the sheet as it was sent to you.",
            )),
        }
        let held_on = meeting.as_ref().map(|(id, _)| id.date);
        for (field, cells) in by_field {
            let mut values: Vec<Found> = Vec::new();
            for cell in cells {
                match self.value(field, cell, held_on, scale) {
                    Ok(value) => values.push(found(value, &cell.at)),
                    Err(finding) => findings.push(finding),
                }
            }
            let Some(first) = values.first().cloned() else { continue };
            if values.iter().all(|other| other.value == first.value) {
                let into = if field.is_passage() { &mut reading.passages } else { &mut reading.fields };
                into.insert(field, first);
            } else {
                let message = format!("{} is given twice for one child, and not the same.", self.table.label(field));
                findings.push(Finding::field(FindingCode::Contradiction, field, message));
            }
        }
        self.take_actions(&entry, &mut reading, &mut findings);
        for rule in &self.table.required_when {
            if reading.text(rule.when) == Some(rule.is.as_str()) && !reading.fields.contains_key(&rule.field) {
                let message =
                    format!("{} is missing: a decision to {} needs one.", self.table.label(rule.field), rule.is);
                findings.push(Finding::field(FindingCode::Missing, rule.field, message));
            }
        }
        reading.findings = findings;
        let markers = Markers::of_all(self.tables);
        if let Some(cell) = entry.all_cells().find(|cell| markers.mark(&cell.text)) {
            set_apart(&mut reading, cell.at.clone());
        }
        reading
    }

    fn value(&self, field: FieldId, cell: &Cell, held_on: Option<Date>, scale: &[Choice]) -> Result<Value, Finding> {
        let label = self.table.label(field);
        let spec = self.table.fields.get(&field);
        let text = answer::answer(&cell.text).unwrap_or_default();
        let problem = |code, words: &str| Finding::field(code, field, format!("{label} ({}) {words}", cell.at));
        match spec.and_then(|spec| spec.kind).unwrap_or(Kind::Text) {
            Kind::Date => self.day(field, cell, held_on),
            Kind::OneOf => {
                let own = spec.map(|spec| spec.options.as_slice()).unwrap_or_default();
                let choices = if field == FieldId::RiskRating && !scale.is_empty() { scale } else { own };
                let exact = |choice: &&Choice| choice.says.iter().any(|says| normalise(says) == normalise(&text));
                if let Some(choice) = choices.iter().find(exact) {
                    return Ok(Value::Text(choice.value.clone().into()));
                }
                let options = Options::new(choices);
                match options.written(&text) {
                    Written::One(option, _) if options.value(option).is_some() => {
                        Ok(Value::Text(options.value(option).unwrap_or_default().to_owned().into()))
                    }
                    _ => Err(problem(FindingCode::NotOnScale, "is none of the values in the sheet's list.")),
                }
            }
            Kind::Names => {
                let names = text.split([',', ';', '\n']).map(str::trim).filter(|name| !name.is_empty());
                Ok(Value::List(names.map(str::to_owned).collect()))
            }
            _ => Ok(Value::Text(text.into())),
        }
    }

    /// A day after the meeting and not before today (a sheet filled in beforehand is judged by the meeting).
    fn day(&self, field: FieldId, cell: &Cell, held_on: Option<Date>) -> Result<Value, Finding> {
        let label = self.table.label(field);
        let problem = |code, words: &str| Finding::field(code, field, format!("{label} ({}) {words}", cell.at));
        let day = match cell.scalar {
            Scalar::Date(day) => day,
            _ => match date::read(&cell.text, Century::This, self.today) {
                Some(written) if written.wrong_weekday => {
                    return Err(problem(FindingCode::ImplausibleDate, "names a weekday that is not that day's."));
                }
                Some(written) => written.day,
                None => return Err(problem(FindingCode::NotADate, "is not one day. Please write it as 08/12/2026.")),
            },
        };
        let latest = self.today.saturating_add(FURTHEST_MONTHS.months());
        if day < self.today || held_on.is_some_and(|held_on| day <= held_on) {
            return Err(problem(FindingCode::ImplausibleDate, "is not after the meeting, or is past already."));
        }
        if day > latest {
            return Err(problem(FindingCode::ImplausibleDate, "is more than two years away."));
        }
        Ok(Value::Date(day))
    }

    fn take_actions(&self, entry: &Entry<'a>, reading: &mut Reading, findings: &mut Vec<Finding>) {
        let markers = Markers::of_all(self.tables);
        let mut all = Vec::new();
        let mut first = None;
        for parts in &entry.actions {
            let part = |wanted: Column| parts.iter().find(|(column, _)| *column == wanted).map(|(_, cell)| *cell);
            let text = |wanted: Column| part(wanted).and_then(|cell| answer::answer(&cell.text));
            let (Some(cell), Some(what)) = (part(Column::Text), text(Column::Text)) else { continue };
            first.get_or_insert_with(|| cell.at.clone());
            let status = part(Column::Status).map(|cell| (cell, actions::status(&cell.text)));
            if let Some((cell, None)) = status {
                let message = format!("The action's status ({}) is not COMPLETED, ONGOING or OUTSTANDING.", cell.at);
                findings.push(Finding::field(FindingCode::NotOnScale, FieldId::Actions, message));
            }
            let by = part(Column::By).and_then(|cell| actions::when(cell, self.today));
            let who = text(Column::Who).map(Redacted::new);
            let status = status.and_then(|(_, status)| status);
            // Several lines in one cell are several actions, where nothing beside them belongs to one of them.
            let lines: Vec<&str> = what.lines().map(|l| l.trim_start_matches(['-', '•', '–', '*', ' '])).collect();
            for line in lines.into_iter().filter(|line| !line.is_empty()) {
                all.push(Action {
                    text: Redacted::new(line.to_owned()),
                    by: by.clone().map(Redacted::new),
                    who: who.clone(),
                    status: status.clone(),
                    sensitive: markers.mark(line),
                });
            }
        }
        for cell in &entry.orphans {
            let message = format!("By whom, by when or status ({}) stands there without an action.", cell.at);
            findings.push(Finding::field(FindingCode::Missing, FieldId::Actions, message));
        }
        if let Some(at) = first {
            reading.fields.insert(FieldId::Actions, found(Value::Actions(all), &at));
        }
    }

    /// Which meeting, as the title or the hidden sheet says it.
    fn meeting(&self) -> Option<(MeetingId, String)> {
        let in_text = |text: &str| {
            let words = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
            words
                .filter(|word| word.contains('/'))
                .find_map(|word| word.trim_end_matches('.').parse::<MeetingId>().ok())
        };
        let shown = self.document.rows.iter().filter(|row| row.index < 10).flat_map(|row| &row.cells);
        let titled = shown.filter(|cell| has_ignoring_case(&cell.text, &["meeting"]));
        let titled = titled.filter_map(|cell| Some((in_text(&cell.text)?, cell.at.clone()))).next();
        let hidden = self.document.hidden.iter().filter(|text| text.starts_with("meeting: "));
        titled.or_else(|| hidden.filter_map(|text| Some((in_text(text)?, "hidden".to_owned()))).next())
    }

    /// The panel's own scale, as the hidden sheet brings it: `scale: emerging = Emerging`.
    fn scale(&self) -> Vec<Choice> {
        let own = |text: &String| {
            let (value, title) = text.strip_prefix("scale: ")?.split_once(" = ")?;
            let mut says = vec![title.to_owned(), value.to_owned()];
            let known = self.table.fields.get(&FieldId::RiskRating).into_iter().flat_map(|spec| &spec.options);
            says.extend(known.filter(|choice| choice.value == value).flat_map(|choice| choice.says.iter().cloned()));
            Some(Choice { value: value.to_owned(), says })
        };
        self.document.hidden.iter().filter_map(own).collect()
    }
}

/// What the rows of one case say.
struct Entry<'a> {
    case: Option<CaseRef>,
    /// The cell with the case ref.
    first: Option<&'a Cell>,
    cells: Vec<(FieldId, &'a Cell)>,
    actions: Vec<Vec<(Column, &'a Cell)>>,
    /// Parts of actions without an action.
    orphans: Vec<&'a Cell>,
}

impl<'a> Entry<'a> {
    fn take_over(&mut self, other: Self) {
        self.cells.extend(other.cells);
        self.actions.extend(other.actions);
        self.orphans.extend(other.orphans);
    }

    fn any_cell(&self) -> Option<&'a Cell> {
        self.all_cells().next()
    }

    fn all_cells(&self) -> impl Iterator<Item = &'a Cell> {
        let action = self.actions.iter().flatten().map(|(_, cell)| *cell);
        self.cells.iter().map(|(_, cell)| *cell).chain(action).chain(self.orphans.iter().copied())
    }
}

fn found(value: Value, at: &str) -> Found {
    Found { value, at: at.to_owned() }
}

/// It says which child and which meeting a row is of, and nothing of what was decided.
fn is_of_the_row(field: FieldId) -> bool {
    field == FieldId::MeetingId || field.is_of_the_row()
}

/// A date or an answer; a placeholder or "n/a" is neither.
fn says_something(cell: &Cell) -> bool {
    cell.scalar != Scalar::Text || answer::answer(&cell.text).is_some()
}

/// `R-0042`, however it was typed.
fn case_of(text: &str) -> Option<CaseRef> {
    let plain: String = text.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let digits = plain.strip_prefix(['R', 'r'])?;
    (digits.len() <= 9).then(|| format!("R-{digits}").parse().ok()).flatten()
}

fn has_ignoring_case(text: &str, words: &[&str]) -> bool {
    let bytes = text.as_bytes();
    words.iter().any(|word| bytes.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes())))
}
