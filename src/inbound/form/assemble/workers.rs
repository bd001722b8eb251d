//! Whose number or agency it is: a worker's stands among the labels that ask for one. Beside a person or a place that is none
//! of the form's workers it is theirs, and taken for nobody.

use super::super::dictionary::Target;
use super::super::label::normalise;
use super::super::model::Layout;
use super::super::sections::{Section, classify, is_heading};
use super::Assembly;
use crate::casework::FieldId;

/// A heading is not longer.
const HEADING: usize = 60;

/// Words of labels that say that a number is a worker's.
const WORKERS: &[&str] = &["worker", "workers", "professional", "professionals", "assessor", "referrer"];

/// Words of people who are none of the form's workers, where their label is none that is read.
const PROFESSIONS: &[&str] = &[
    "advocate",
    "constable",
    "coordinator",
    "dentist",
    "doctor",
    "guardian",
    "iro",
    "mentor",
    "nurse",
    "officer",
    "paediatrician",
    "practitioner",
    "psychologist",
    "solicitor",
    "teacher",
    "therapist",
    "visitor",
    "worker",
];

/// What a label says about the numbers near it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    /// It asks for a worker.
    Worker,
    /// It asks for an agency, which may be a worker's or anybody's.
    Agency,
    /// It asks for a person who may be anybody.
    Anybody,
    /// It asks for a school or a practice.
    Place,
    /// The address of one, or the child's.
    Address,
    Nothing,
}

impl Assembly<'_> {
    /// A contact number or an agency that is not certain to be a worker's.
    pub(super) fn is_nobodys_number(&self, field: FieldId, section: Section, row: usize, at: usize) -> bool {
        let asked = matches!(field, FieldId::ContactNumber | FieldId::Agency);
        let label =
            self.index.document.rows.get(row).and_then(|line| line.cells.get(at)).map(|cell| normalise(&cell.text));
        let says_whose = label.is_some_and(|label| label.split(' ').any(|word| WORKERS.contains(&word)));
        let is_open = matches!(section, Section::Neutral | Section::Unclear);
        asked && is_open && !says_whose && !self.is_workers(field, row, at)
    }

    fn is_workers(&self, field: FieldId, row: usize, at: usize) -> bool {
        let (mut is_next, mut of_agency) = (true, field == FieldId::Agency);
        for says in self.says_before(row, at) {
            match says {
                Says::Worker => return true,
                Says::Anybody => return false,
                Says::Place if is_next && field == FieldId::ContactNumber => return false,
                // A school's address, and then its number.
                Says::Address => {}
                Says::Agency => (is_next, of_agency) = (false, true),
                Says::Place | Says::Nothing => is_next = false,
            }
        }
        // Whose the number is may be said behind it; an agency without any name is the form's own.
        let behind = self.says_behind(row, at).find(|says| matches!(says, Says::Worker | Says::Anybody));
        behind.map_or(of_agency, |says| says == Says::Worker)
    }

    /// The labels before one, the nearest first, up to the heading or the end of its tables.
    fn says_before(&self, row: usize, at: usize) -> impl Iterator<Item = Says> {
        let rows = (0..=row).rev().take_while(move |above| *above == row || self.belongs(*above, row));
        rows.flat_map(move |above| {
            let mut all: Vec<Says> = self
                .says_of(above)
                .into_iter()
                .filter(|(place, _)| above < row || *place < at)
                .map(|(_, says)| says)
                .collect();
            all.reverse();
            all
        })
    }

    fn says_behind(&self, row: usize, at: usize) -> impl Iterator<Item = Says> {
        let rows =
            (row..self.index.document.rows.len()).take_while(move |below| *below == row || self.belongs(*below, row));
        rows.flat_map(move |below| {
            self.says_of(below).into_iter().filter(move |(place, _)| below > row || *place > at).map(|(_, says)| says)
        })
    }

    /// In the same table, sheet or run of paragraphs, and no heading.
    fn belongs(&self, other: usize, row: usize) -> bool {
        let rows = &self.index.document.rows;
        let Some((line, own)) = rows.get(other).zip(rows.get(row)) else { return false };
        let mut filled = line.filled();
        let alone = filled.next().filter(|_| filled.next().is_none());
        let heads = alone.is_some_and(|(place, cell)| {
            let fills_row = line.layout != Layout::Flow
                && cell.text.chars().count() <= HEADING
                && !self.index.is_open_label(other, cell);
            !self.index.is_label(other, place) && (line.strong || is_heading(&cell.text) || fills_row)
        });
        // A table may come in pieces, and so may a page.
        let both = line.layout == Layout::Table && own.layout == Layout::Table;
        (line.grid == own.grid || both || self.index.document.joins_lines) && !heads
    }

    fn says_of(&self, row: usize) -> Vec<(usize, Says)> {
        let cells = self.index.hits.get(row).map(Vec::as_slice).unwrap_or_default();
        let all = cells.iter().enumerate().flat_map(|(place, hits)| hits.iter().map(move |hit| (place, hit)));
        let says = |place: usize, target: Target, tier: u8| match target {
            Target::Field(FieldId::LeadProfessional | FieldId::CompletedBy | FieldId::Manager) => Says::Worker,
            Target::Field(FieldId::Agency) => Says::Agency,
            Target::Field(FieldId::ChildName) if tier > 0 => Says::Anybody,
            Target::Field(FieldId::Education | FieldId::Gp) => Says::Place,
            Target::Field(FieldId::Address) => Says::Address,
            Target::Other if self.names_another(row, place) => Says::Anybody,
            _ => Says::Nothing,
        };
        let asked = all.map(|(place, hit)| {
            (place, hit.targets.first().map_or(Says::Nothing, |(target, tier)| says(place, *target, *tier)))
        });
        // "Police officer in case | PC Marsh": a label of no form.
        let unknown = cells.first().is_some_and(Vec::is_empty) && cells.len() > 1 && self.names_another(row, 0);
        unknown.then_some((0, Says::Anybody)).into_iter().chain(asked).collect()
    }

    fn names_another(&self, row: usize, place: usize) -> bool {
        let cell = self.index.document.rows.get(row).and_then(|line| line.cells.get(place));
        let label = cell.map_or("", |cell| cell.text.split([':', '\n']).next().unwrap_or_default());
        classify(label) == Section::Others || normalise(label).split(' ').any(|word| PROFESSIONS.contains(&word))
    }
}
