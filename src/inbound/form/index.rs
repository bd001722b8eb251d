//! A document seen through the labels of one form: where they stand, and whose details each row holds.

use super::dictionary::{Labels, Target};
use super::find::answers_itself;
use super::hits::Hit;
use super::label::normalise;
use super::model::{Cell, Document, Layout};
use super::sections::{Section, classify};
use crate::casework::FieldId;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

/// A document seen through a form's labels.
pub(super) struct Index<'a> {
    pub document: &'a Document,
    pub labels: Labels<'a>,
    /// For each row and cell: the labels in it.
    pub hits: Vec<Vec<Vec<Hit>>>,
    pub sections: Vec<Section>,
    others: HashMap<usize, usize>,
    /// Grids in which typed answers stand under their labels, and in no row beside them.
    stacked: HashSet<u32>,
    /// Grids in which a typed label is answered in its own cell.
    inside: HashSet<u32>,
    places: HashMap<(u32, u32), usize>,
}

impl<'a> Index<'a> {
    pub(super) fn build(document: &'a Document, labels: Labels<'a>) -> Self {
        let hits: Vec<Vec<Vec<Hit>>> =
            document.rows.iter().map(|row| row.cells.iter().map(|cell| labels.hits(cell)).collect()).collect();
        let places = document.rows.iter().enumerate().map(|(at, row)| ((row.grid, row.index), at)).collect();
        let mut index = Self {
            document,
            labels,
            hits,
            sections: Vec::new(),
            others: HashMap::new(),
            stacked: HashSet::new(),
            inside: HashSet::new(),
            places,
        };
        index.sections = index.find_sections();
        let mut sideways = HashSet::new();
        for (at, row) in document.rows.iter().enumerate() {
            match index.direction(at) {
                Ordering::Greater => _ = index.stacked.insert(row.grid),
                Ordering::Less => _ = sideways.insert(row.grid),
                Ordering::Equal => {}
            }
        }
        let inside =
            document.rows.iter().zip(&index.hits).filter(|(_, hits)| hits.iter().flatten().any(answers_itself));
        index.inside = inside.map(|(row, _)| row.grid).collect();
        index.stacked.retain(|grid| !sideways.contains(grid));
        index.others = (0..document.rows.len()).filter_map(|row| Some((row, index.others_from(row)?))).collect();
        index
    }

    /// The row of a grid with a certain number.
    pub(super) fn row_at(&self, grid: u32, number: u32) -> Option<usize> {
        self.places.get(&(grid, number)).copied()
    }

    /// In this grid typed labels are answered in their own cells.
    pub(super) fn answers_inside(&self, grid: u32) -> bool {
        self.inside.contains(&grid)
    }

    /// In this grid answers stand under their labels.
    pub(super) fn is_stacked(&self, grid: u32) -> bool {
        self.stacked.contains(&grid)
    }

    pub(super) fn is_label(&self, row: usize, cell: usize) -> bool {
        self.hits.get(row).and_then(|cells| cells.get(cell)).is_some_and(|hits| !hits.is_empty())
    }

    /// A cell holds a label of this field.
    pub(super) fn asks_for(&self, row: usize, cell: usize, field: FieldId) -> bool {
        let hits = self.hits.get(row).and_then(|cells| cells.get(cell));
        hits.is_some_and(|hits| {
            hits.iter().flat_map(|hit| &hit.targets).any(|(target, _)| *target == Target::Field(field))
        })
    }

    /// A label of any form ends like this, known or not.
    pub(super) fn looks_like_label(&self, row: usize, at: usize, cell: &Cell) -> bool {
        self.is_label(row, at)
            || cell.text.ends_with([':', '?'])
            || (self.document.joins_lines && self.labels.begins(&cell.text))
    }

    /// True for cells behind "Parent's name" and the like in the same row: what they ask is not about the child.
    pub(super) fn about_others(&self, row: usize, cell: usize) -> bool {
        self.others.get(&row).is_some_and(|from| cell >= *from)
    }

    /// The first cell of a row that is a label about someone else.
    fn others_from(&self, row: usize) -> Option<usize> {
        let line = self.document.rows.get(row)?;
        let hits = self.hits.get(row)?;
        line.cells.iter().zip(hits).position(|(cell, hits)| {
            let label = cell.text.split([':', '\n']).next().unwrap_or_default();
            let unread = hits.first().is_some_and(|hit| hit.targets.iter().all(|(target, _)| *target == Target::Other));
            unread && label.chars().count() <= 80 && classify(label) == Section::Others
        })
    }

    fn find_sections(&self) -> Vec<Section> {
        let mut out = Vec::with_capacity(self.document.rows.len());
        let (mut current, mut sheet) = (Section::Neutral, u32::MAX);
        let mut beside: Option<(u32, u32, Section)> = None;
        for (at, row) in self.document.rows.iter().enumerate() {
            if row.sheet != sheet {
                (current, sheet) = (Section::Neutral, row.sheet);
            }
            let mut filled = row.filled();
            if let (Some((first, cell)), None) = (filled.next(), filled.next()) {
                let hits = self.hits.get(at).and_then(|cells| cells.get(first));
                let answered = hits
                    .is_some_and(|hits| hits.iter().any(|hit| hit.rest.as_ref().is_some_and(|rest| !rest.is_empty())));
                let asks = hits.is_some_and(|hits| {
                    hits.iter().any(|hit| hit.targets.iter().any(|(target, _)| *target != Target::Other))
                });
                let short = cell.text.chars().count() <= 100 && !cell.text.ends_with('.') && !cell.text.contains('☐');
                if !answered && !asks && short {
                    let found = classify(&cell.text);
                    let heading =
                        found != Section::Neutral || row.layout != Layout::Sheet || cell.col_span > 1 || cell.col == 0;
                    if heading {
                        current = found;
                    }
                }
            }
            // A heading at the side, over several rows.
            for cell in row.cells.iter().filter(|cell| cell.row_span > 1 && !cell.is_blank()) {
                let found = classify(&cell.text);
                if found != Section::Neutral && cell.text.chars().count() <= 60 {
                    beside = Some((row.grid, row.index.saturating_add(cell.row_span), found));
                }
            }
            if self.lists_people(at) {
                current = Section::Others;
            }
            let side =
                beside.filter(|(grid, until, _)| *grid == row.grid && row.index < *until).map(|(.., found)| found);
            out.push(side.unwrap_or(current));
        }
        out
    }

    /// A header row like "Name | Relationship | DOB" opens a list of other people.
    fn lists_people(&self, at: usize) -> bool {
        let Some(row) = self.document.rows.get(at) else { return false };
        let texts: Vec<String> = row.filled().map(|(_, cell)| normalise(&cell.text)).collect();
        let labels = row.filled().filter(|(cell, _)| self.is_label(at, *cell)).count();
        texts.len() >= 3 && labels + 1 >= texts.len() && texts.iter().any(|text| text.starts_with("relationship"))
    }
}
