//! Which form a document is.

use super::dictionary::{Labels, Target};
use super::index::Index;
use super::label::normalise;
use super::model::Document;
use super::table::{Form, FormTable, FormTables};
use super::ticks::Said;
use crate::casework::FieldId;
use std::collections::BTreeSet;

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
        // "Is the Missing Child Risk Assessment current?" asks after another form.
        .filter(|text| text.chars().count() <= 160 && !text.contains('?'))
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
        let index = Index::of_labels(document, labels, could_hit);
        let score = score(&index, table, &seen);
        if score >= 10 && best.as_ref().is_none_or(|(other, _)| score > *other) {
            best = Some((score, Found { table, labels, index }));
        }
    }
    best.map(|(_, found)| Found { index: found.index.placed(), ..found })
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
