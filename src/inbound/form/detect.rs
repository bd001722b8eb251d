//! Which form a document is, and where one child's form ends and the next begins.

use super::answer;
use super::dictionary::{Labels, Target};
use super::find::Raw;
use super::index::Index;
use super::label::normalise;
use super::model::{Document, Layout};
use super::sections::Section;
use super::table::{Form, FormTable, FormTables};
use super::ticks::Said;
use crate::casework::FieldId;
use std::collections::{BTreeMap, BTreeSet};

/// Rows from the top in which a title may stand.
const TITLE_ROWS: usize = 25;

/// A document and the form it is.
pub(super) struct Found<'a> {
    pub table: &'a FormTable,
    pub labels: Labels<'a>,
    pub index: Index<'a>,
}

/// The lines in which a document may say what it is, and how they are compared.
pub(super) fn titles_of(document: &Document) -> Vec<(&str, String)> {
    document
        .rows
        .iter()
        .filter(|row| row.cells.iter().any(|cell| !cell.is_blank()))
        .take(TITLE_ROWS)
        .flat_map(|row| row.cells.iter().flat_map(|cell| cell.text.lines()))
        .chain(document.margins.iter().flat_map(|text| text.lines()))
        .filter(|text| text.chars().count() <= 160)
        .map(|text| (text, format!(" {} ", normalise(text))))
        .collect()
}

/// The label table that fits best, if any does.
pub(super) fn detect<'a>(document: &'a Document, tables: &'a FormTables) -> Option<Found<'a>> {
    let titles = titles_of(document);
    let cells = || document.rows.iter().flat_map(|row| &row.cells);
    let texts: Vec<String> = cells().map(|cell| normalise(&cell.text)).collect();
    // What each cell begins with, as a label.
    let firsts: BTreeSet<String> = document
        .rows
        .iter()
        .flat_map(|row| &row.cells)
        .flat_map(|cell| cell.text.lines().take(1))
        .flat_map(|line| super::label::variants(line.split(':').next().unwrap_or(line)))
        .collect();
    let any = tables.labels();
    let could: Vec<Vec<bool>> =
        document.rows.iter().map(|row| row.cells.iter().map(|cell| any.could_hit(cell)).collect()).collect();
    let could_hit = |row: usize, cell: usize| could.get(row).and_then(|cells| cells.get(cell)) == Some(&true);
    // Each form's scale is looked for in them.
    let said: Vec<Said> = cells().zip(&texts).map(|(cell, plain)| Said::of(&cell.text, plain)).collect();
    // "Date of most recent CE assessment" is a label of one form, and no title of another.
    let labelled =
        titles.iter().map(|(line, _)| any.meaning(line.split(':').next().unwrap_or(line)).is_some()).collect();
    let announced = tables.tables.iter().filter(|table| table.sentences).flat_map(|table| &table.detect.titles);
    let announces =
        announced.map(|title| format!(" {title} ")).any(|t| titles.iter().any(|(_, line)| line.contains(&t)));
    let seen = Seen { titles, labelled, announces, texts, firsts, said };
    let mut best: Option<(usize, Found<'_>)> = None;
    for Form { table, labels } in tables.forms() {
        let index = Index::build_where(document, labels, could_hit);
        let score = score(&index, table, &seen);
        if score >= 10 && best.as_ref().is_none_or(|(other, _)| score > *other) {
            best = Some((score, Found { table, labels, index }));
        }
    }
    best.map(|(_, found)| found)
}

/// A document as every form is looked for in it.
struct Seen<'a> {
    /// Lines that may be titles, and how they are compared.
    titles: Vec<(&'a str, String)>,
    /// Which of them are labels of any form.
    labelled: Vec<bool>,
    /// It says what a form says that people write in sentences.
    announces: bool,
    /// Each cell, as it is compared.
    texts: Vec<String>,
    /// What each cell begins with, as a label.
    firsts: BTreeSet<String>,
    /// Each cell, as options are looked for in it.
    said: Vec<Said>,
}

fn score(index: &Index<'_>, table: &FormTable, seen: &Seen<'_>) -> usize {
    let Seen { titles, labelled, announces, texts, firsts, said } = seen;
    let asked: BTreeSet<Target> = index
        .hits
        .iter()
        .flatten()
        .flatten()
        .flat_map(|hit| {
            hit.targets
                .iter()
                .filter(|(target, tier)| *tier == 0 && *target != Target::Other)
                .map(|(target, _)| *target)
        })
        .collect();
    let vague = index.hits.iter().flatten().flatten().flat_map(|hit| &hit.targets).filter(|(_, tier)| *tier > 0);
    let all: BTreeSet<Target> = asked.iter().copied().chain(vague.map(|(target, _)| *target)).collect();
    // A letter that mentions a form is not the form.
    if asked.len() < 2 || all.len() < 3 {
        return 0;
    }
    // The longer the title that matches, the less it can be another form's. A label is no title: "Date of most recent CE RAT".
    let is_title = |text: &str| table.detect.titles.iter().any(|title| title == text.trim());
    let headings = titles.iter().zip(labelled).filter(|((_, text), labelled)| !**labelled || is_title(text));
    let headings: Vec<&String> = headings.map(|((_, text), _)| text).collect();
    let title = table
        .detect
        .titles
        .iter()
        .map(|title| format!(" {title} "))
        .filter(|title| {
            // Beside an announcement "the CE assessment meeting took place" speaks of a meeting.
            let is_meeting = |text: &str| *announces && text.contains(&format!("{title}meeting "));
            headings.iter().any(|text| text.contains(title.as_str()) && !is_meeting(text))
        })
        // A line that is nothing but a title is one; a sentence may mention another form's.
        .map(|title| 30 + title.len() / 8 + if headings.contains(&&title) { 5 } else { 0 })
        .max()
        .unwrap_or(0);
    let own: BTreeSet<&String> = table.detect.labels.iter().filter(|label| firsts.contains(*label)).collect();
    let own = own.len();
    let phrases =
        table.detect.phrases.iter().filter(|phrase| texts.iter().any(|text| text.contains(phrase.as_str()))).count();
    let options = rated(said, table);
    // Without a title, a form that asks for all that this one requires may still be it.
    let complete = table.required.len() > 2
        && table.required.iter().all(|field| {
            asked.contains(&Target::Field(*field)) || *field == FieldId::ChildName || *field == FieldId::AssessmentType
        });
    title + if complete { 4 } else { 0 } + own.min(5) * 4 + phrases.min(3) * 5 + options + asked.len().min(8) / 4
}

/// The form prints this table's own scale.
fn rated(said: &[Said], table: &FormTable) -> usize {
    let rating = [FieldId::RiskRating, FieldId::Outcome].into_iter().find_map(|field| table.fields.get(&field));
    let Some(spec) = rating.filter(|spec| !spec.options.is_empty()) else { return 0 };
    let options = super::ticks::Options::new(&spec.options);
    let seen: BTreeSet<usize> = said.iter().flat_map(|said| options.named_in(said)).collect();
    if seen.len() >= 3 { 6 } else { seen.len() }
}

/// The parts of a document that are one child's form each, in order; none if the whole is one form. A second sheet or a
/// repeated form counts as another child's only if it names another child and gives a date of birth.
pub(super) fn parts(found: &Found<'_>) -> Option<Vec<Document>> {
    let (index, table, document) = (&found.index, found.table, found.index.document);
    let names = children(index);
    let distinct: BTreeSet<&String> = names.iter().map(|(_, name)| name).collect();
    if distinct.len() < 2 {
        return None;
    }
    let births = rows_of(index, FieldId::DateOfBirth);
    let mut cuts: Vec<usize> = Vec::new();
    let mut current: Option<&String> = None;
    for (row, name) in &names {
        if current.is_some_and(|known| known != name) {
            cuts.push(start_of(document, table, *row, cuts.last().copied().unwrap_or(0), &names));
        }
        current = Some(name);
    }
    let mut bounds = vec![0];
    bounds.extend(&cuts);
    bounds.push(document.rows.len());
    let pieces: Vec<(usize, usize)> =
        bounds.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?))).collect();
    let complete = pieces.iter().all(|(from, to)| births.iter().any(|row| (*from..*to).contains(row)));
    if !complete {
        return None;
    }
    let piece = |(from, to): (usize, usize)| Document {
        rows: document.rows.get(from..to).unwrap_or_default().to_vec(),
        margins: document.margins.clone(),
        hidden: Vec::new(),
        folded: BTreeMap::new(),
        counts_days: document.counts_days,
        lost_ticks: document.lost_ticks.clone(),
        joins_lines: document.joins_lines,
        findings: Vec::new(),
    };
    Some(pieces.into_iter().map(piece).collect())
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
fn start_of(document: &Document, table: &FormTable, row: usize, after: usize, names: &[(usize, String)]) -> usize {
    let previous = names.iter().map(|(at, _)| *at).take_while(|at| *at < row).last().unwrap_or(after);
    let Some(line) = document.rows.get(row) else { return row };
    let titles = &table.detect.titles;
    let between = (previous + 1)..row;
    let mut same_sheet =
        between.clone().rev().take_while(|at| document.rows.get(*at).is_some_and(|other| other.sheet == line.sheet));
    if document.rows.get(previous).is_some_and(|other| other.sheet != line.sheet) {
        return same_sheet.last().unwrap_or(row);
    }
    let is_title = |at: &usize| {
        document.rows.get(*at).is_some_and(|other| {
            other.filled().count() == 1
                && other
                    .cells
                    .iter()
                    .any(|cell| titles.iter().any(|title| normalise(&cell.text).contains(title.as_str())))
        })
    };
    if let Some(title) = same_sheet.find(is_title) {
        return title;
    }
    let same_grid = between.rev().take_while(|at| {
        document.rows.get(*at).is_some_and(|other| other.grid == line.grid && line.layout != Layout::Flow)
    });
    let begins = same_grid.last().unwrap_or(row);
    // Only if the grid begins after the other child's name; else the form goes on in one grid and starts at the name.
    if document.rows.get(begins.saturating_sub(1)).is_some_and(|other| other.grid == line.grid) { row } else { begins }
}
