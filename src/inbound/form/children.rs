//! Where one child's form ends and the next child's begins, in a document that holds several.

use super::detect::Found;
use super::dictionary::Target;
use super::find::Raw;
use super::index::Index;
use super::label::normalise;
use super::model::{Document, Layout, Row};
use super::sections::Section;
use super::table::FormTables;
use super::{answer, date};
use crate::casework::FieldId;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A page that asks for so much of what the first one asks begins a form.
const ASKED_AGAIN: usize = 7;

/// The parts of a document that are one child's form each, in order; none if the whole is one form. A second sheet or a
/// repeated form counts as another child's only if it names another child, or gives another day of birth or number.
pub(super) fn parts(found: &Found<'_>, tables: &FormTables) -> Option<Vec<Document>> {
    let document = found.index.document;
    let titles: Vec<&String> = tables.forms().flat_map(|form| &form.table.detect.titles).collect();
    let mut cuts = by_names(found, &titles);
    cuts.extend(by_titles(found, &titles));
    if cuts.is_empty() {
        return None;
    }
    // Both may have found the same one, the one at its name and the other at the page before it.
    let births = rows_of(&found.index, FieldId::DateOfBirth);
    let mut bounds = vec![0];
    for cut in cuts {
        let last = bounds.last().copied().unwrap_or(0);
        if births.iter().any(|row| (last..cut).contains(row)) {
            bounds.push(cut);
        }
    }
    bounds.push(document.rows.len());
    let piece = |rows: Range<usize>| Document {
        rows: document.rows.get(rows).unwrap_or_default().to_vec(),
        margins: document.margins.clone(),
        hidden: Vec::new(),
        folded: BTreeMap::new(),
        counts_days: document.counts_days,
        lost_ticks: document.lost_ticks.clone(),
        joins_lines: document.joins_lines,
        findings: Vec::new(),
    };
    Some(pieces(&bounds).map(piece).collect())
}

/// What lies between these rows.
fn pieces(bounds: &[usize]) -> impl Iterator<Item = Range<usize>> {
    bounds.windows(2).filter_map(|pair| Some(*pair.first()?..*pair.get(1)?))
}

/// Where a form names another child than the one before, if each of them gives a date of birth.
fn by_names(found: &Found<'_>, titles: &[&String]) -> BTreeSet<usize> {
    let (index, document) = (&found.index, found.index.document);
    let names = children(index);
    let births = rows_of(index, FieldId::DateOfBirth);
    let mut cuts: BTreeSet<usize> = BTreeSet::new();
    let mut current: Option<&String> = None;
    for (row, name) in &names {
        if current.is_some_and(|known| known != name) {
            cuts.insert(start_of(index, titles, *row, cuts.last().copied().unwrap_or(0), &names));
        }
        current = Some(name);
    }
    let mut bounds = vec![0];
    bounds.extend(&cuts);
    bounds.push(document.rows.len());
    let complete = pieces(&bounds).all(|piece| births.iter().any(|row| piece.contains(row)));
    if complete { cuts } else { BTreeSet::new() }
}

/// Where a form begins anew, under the title of any or on a sheet of its own, and asks once more for name and date of birth, of
/// which one may be left open: if what it says of its child differs.
fn by_titles(found: &Found<'_>, titles: &[&String]) -> BTreeSet<usize> {
    let (index, document) = (&found.index, found.index.document);
    let births = rows_of(index, FieldId::DateOfBirth);
    if births.len() < 2 {
        return BTreeSet::new();
    }
    let place = |row: usize| {
        let row = document.rows.get(row)?;
        let page = row.cells.first().filter(|_| document.joins_lines).map(|cell| cell.at.as_str());
        Some((row.sheet, page))
    };
    let begins = |row: &usize| place(*row) != place(row.saturating_sub(1)) || is_title(index, titles, *row);
    let mut bounds = vec![0];
    bounds.extend((1..document.rows.len()).filter(begins));
    bounds.push(document.rows.len());
    let is_own = |row: &usize| !matches!(index.sections.get(*row), Some(Section::Others));
    let names: Vec<usize> = rows_of_names(index).into_iter().filter(is_own).collect();
    let has = |rows: &[usize], piece: &Range<usize>| rows.iter().any(|row| piece.contains(row));
    // A page bears no title of its own, the label of the name may be what was not read, and whom the last page's end was
    // about says nothing of it.
    let first = asked_in(index, &(0..bounds.get(1).copied().unwrap_or(0)));
    let asks_again = |piece: &Range<usize>| {
        document.joins_lines && asked_in(index, piece).intersection(&first).count() >= ASKED_AGAIN
    };
    let asks =
        |piece: &Range<usize>| has(&births, piece) && (has(&names, piece) || piece.start == 0 || asks_again(piece));
    let mut cuts = BTreeSet::new();
    let mut before: Option<Said> = None;
    for piece in pieces(&bounds).filter(asks) {
        let said = Said::of(index, &piece);
        if before.as_ref().is_some_and(|before| said.is_of_another(before)) {
            cuts.insert(piece.start);
        }
        before = Some(said);
    }
    cuts
}

/// The labels that stand in these rows.
fn asked_in(index: &Index<'_>, rows: &Range<usize>) -> BTreeSet<Target> {
    let hits = index.hits.get(rows.clone()).into_iter().flatten().flatten().flatten();
    hits.flat_map(|hit| &hit.targets).map(|(target, _)| *target).filter(|target| *target != Target::Other).collect()
}

/// What a form says of who its child is.
struct Said {
    name: Option<String>,
    numbers: BTreeMap<FieldId, String>,
}

impl Said {
    fn of(index: &Index<'_>, piece: &Range<usize>) -> Self {
        let name = children(index).into_iter().find(|(row, _)| piece.contains(row)).map(|(_, name)| name);
        let mut numbers = BTreeMap::new();
        for field in [FieldId::DateOfBirth, FieldId::LcsNumber, FieldId::NhsNumber] {
            let given = rows_of(index, field).into_iter().filter(|row| piece.contains(row));
            numbers.extend(given.flat_map(|row| given_in(index, row, field)).next().map(|given| (field, given)));
        }
        Self { name, numbers }
    }

    /// Another number, or another name; or another day of birth where the names are not the same.
    fn is_of_another(&self, before: &Self) -> bool {
        let differ = |field: FieldId| {
            let both = self.numbers.get(&field).zip(before.numbers.get(&field));
            both.is_some_and(|(own, before)| own != before)
        };
        let names = self.name.as_ref().zip(before.name.as_ref()).map(|(name, before)| name == before);
        differ(FieldId::LcsNumber)
            || differ(FieldId::NhsNumber)
            || names == Some(false)
            || names.is_none() && differ(FieldId::DateOfBirth)
    }
}

/// What is answered in a row to labels of this field.
fn given_in(index: &Index<'_>, row: usize, field: FieldId) -> Vec<String> {
    let cells = index.hits.get(row).into_iter().flatten().enumerate();
    let hits = cells.flat_map(|(at, hits)| hits.iter().map(move |hit| (at, hit)));
    let asked = hits.filter(|(_, hit)| hit.targets.contains(&(Target::Field(field), 0)));
    let given = asked.filter_map(|(at, hit)| index.answers(row, at, hit, &|_| true).into_iter().next());
    given.filter_map(|raw| answer::answer(&raw.text)).map(|text| comparable(&text)).collect()
}

/// A day however it is written, a number without what stands around it.
fn comparable(text: &str) -> String {
    match date::read(text, date::Century::This, Date::constant(2100, 1, 1)) {
        Some(written) => written.day.to_string(),
        None => normalise(text).chars().filter(|ch| ch.is_ascii_alphanumeric()).collect(),
    }
}

/// Rows with a label of the child's name, answered or not.
fn rows_of_names(index: &Index<'_>) -> Vec<usize> {
    let names = |target: &(Target, u8)| {
        *target == (Target::Field(FieldId::ChildName), 0)
            || matches!(target.0, Target::NameAndAddress | Target::NameAndDateOfBirth | Target::Surname)
    };
    let asks = |cells: &Vec<Vec<super::hits::Hit>>| cells.iter().flatten().any(|hit| hit.targets.iter().any(names));
    index.hits.iter().enumerate().filter(|(_, cells)| asks(cells)).map(|(row, _)| row).collect()
}

/// A row that is nothing but one of these titles.
fn is_title(index: &Index<'_>, titles: &[&String], row: usize) -> bool {
    // "Date of CE assessment" left open asks for something.
    let asks = index
        .hits
        .get(row)
        .into_iter()
        .flatten()
        .flatten()
        .any(|hit| hit.targets.iter().any(|(target, _)| *target != Target::Other));
    index.document.rows.get(row).is_some_and(|row| {
        row.filled().count() == 1
            && !asks
            && row.cells.iter().any(|cell| titles.iter().any(|title| normalise(&cell.text).contains(title.as_str())))
    })
}

/// Rows that name a child under a label that can mean nothing else, and the name.
fn children(index: &Index<'_>) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    for (row, cells) in index.hits.iter().enumerate() {
        let mut surname = None;
        for (at, hits) in cells.iter().enumerate() {
            for hit in hits {
                let whole = hit.targets.contains(&(Target::Field(FieldId::ChildName), 0))
                    || hit
                        .targets
                        .iter()
                        .any(|(target, _)| matches!(target, Target::NameAndAddress | Target::NameAndDateOfBirth));
                let family = hit.targets.iter().any(|(target, _)| *target == Target::Surname);
                if !whole && !family {
                    continue;
                }
                let raw = index.answers(row, at, hit, &|_| true).into_iter().next();
                // A name that cannot be read in full is one all the same.
                let known = |raw: Raw| answer::answer(&raw.text.replace(char::REPLACEMENT_CHARACTER, ""));
                let Some(text) = raw.and_then(known) else { continue };
                let text = normalise(text.lines().next().unwrap_or_default());
                if matches!(index.sections.get(row), Some(Section::Others)) {
                    continue;
                }
                if whole {
                    out.push((row, text));
                } else {
                    surname = Some(text);
                }
            }
        }
        if out.last().is_none_or(|(last, _)| *last != row) {
            out.extend(surname.map(|name| (row, format!("surname {name}"))));
        }
    }
    // A form that gives the full name and the surname names one child.
    if out.iter().any(|(_, name)| !name.starts_with("surname ")) {
        out.retain(|(_, name)| !name.starts_with("surname "));
    }
    out
}

fn rows_of(index: &Index<'_>, field: FieldId) -> Vec<usize> {
    let asks = |hits: &Vec<Vec<super::hits::Hit>>| {
        hits.iter().flatten().any(|hit| {
            hit.targets
                .iter()
                .any(|(target, _)| matches!(target, Target::NameAndDateOfBirth) || *target == Target::Field(field))
        })
    };
    index.hits.iter().enumerate().filter(|(_, hits)| asks(hits)).map(|(row, _)| row).collect()
}

/// Where the form that names a child at `row` begins: its sheet, its repeated title, its table, or that row.
fn start_of(index: &Index<'_>, titles: &[&String], row: usize, after: usize, names: &[(usize, String)]) -> usize {
    let document = index.document;
    let previous = names.iter().map(|(at, _)| *at).take_while(|at| *at < row).last().unwrap_or(after);
    let Some(line) = document.rows.get(row) else { return row };
    let between = (previous + 1)..row;
    let mut same_sheet =
        between.clone().rev().take_while(|at| document.rows.get(*at).is_some_and(|other| other.sheet == line.sheet));
    if document.rows.get(previous).is_some_and(|other| other.sheet != line.sheet) {
        return same_sheet.last().unwrap_or(row);
    }
    if let Some(title) = same_sheet.find(|at| is_title(index, titles, *at)) {
        return title;
    }
    // A table that goes on over a page's end may be the other child's up to there.
    let page = |row: &Row| row.cells.first().filter(|_| document.joins_lines).map(|cell| cell.at.clone());
    let goes_on =
        |at: usize| document.rows.get(at).is_some_and(|other| other.grid == line.grid && page(other) == page(line));
    let same_grid = between.rev().take_while(|at| line.layout != Layout::Flow && goes_on(*at));
    let begins = same_grid.last().unwrap_or(row);
    // Only if the grid begins after the other child's name; else the form goes on in one grid and starts at the name.
    if goes_on(begins.saturating_sub(1)) { row } else { begins }
}
