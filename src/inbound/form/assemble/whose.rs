//! Whose detail an answer is. Behind another name than the child's ("Name: Kyle Sample", and under it "Address") it is that
//! person's, though no heading says so; where two children are named, nobody can say which of them it is.

use super::super::label::normalise;
use super::super::model::Layout;
use super::super::sections::Section;
use super::{Assembly, CHILDS_OWN, Candidate, Order};
use crate::casework::{FieldId, Value};
use std::collections::BTreeSet;

/// A name is that of the details this many rows below it at most: in paragraphs, and in tables and sheets.
const LINES: usize = 8;
const ROWS: usize = 3;
/// Two spellings of one name are at least as much alike.
const ALIKE: f64 = 0.9;

/// A name that stands where a detail's label may follow.
struct Named {
    order: Order,
    words: BTreeSet<String>,
}

impl Named {
    /// "Zoe" and "Example, Zoe" are one person, and so is whose name was once misspelt.
    fn is(&self, other: &Self) -> bool {
        let (few, many) = if self.words.len() < other.words.len() { (self, other) } else { (other, self) };
        let alike = |word: &String| many.words.iter().any(|other| strsim::jaro_winkler(word, other) > ALIKE);
        few.words.iter().all(alike)
    }
}

impl Assembly<'_> {
    /// Takes out the details that stand behind another's name.
    pub(super) fn drop_anothers_details(&mut self) {
        let found = self.candidates.get(&FieldId::ChildName).map(Vec::as_slice).unwrap_or_default();
        let best = found.iter().map(|candidate| candidate.tier).min();
        let names: Vec<Named> = found.iter().map(named).collect();
        let own = found.iter().zip(&names).filter(|(candidate, _)| Some(candidate.tier) == best).map(|(_, name)| name);
        let own: Vec<&Named> = own.collect();
        let is_childs = |name: &Named| own.iter().all(|own| own.is(name));
        if names.iter().all(is_childs) {
            return;
        }
        let others: Vec<(FieldId, Order)> = CHILDS_OWN
            .iter()
            .filter(|field| **field != FieldId::ChildName)
            .flat_map(|field| self.candidates.get(field).into_iter().flatten().map(move |one| (*field, one.order)))
            .filter(|(_, order)| {
                let before = names.iter().filter(|name| name.order < *order && self.is_near(name.order.0, order.0));
                before.max_by_key(|name| name.order).is_some_and(|name| !is_childs(name))
            })
            .collect();
        for (field, order) in others {
            if let Some(candidates) = self.candidates.get_mut(&field) {
                candidates.retain(|candidate| candidate.order != order);
            }
        }
        self.candidates.retain(|_, candidates| !candidates.is_empty());
    }

    /// In a table that does not name the child and has another birthday than hers, the other details are not hers either:
    /// "Kyle", and under it a table of his birthday and address.
    pub(super) fn drop_of_another_birthday(&mut self) {
        let grid = |row: usize| {
            self.index.document.rows.get(row).filter(|row| row.layout != Layout::Sheet).map(|row| row.grid)
        };
        let of = |field| self.candidates.get(&field).map(Vec::as_slice).unwrap_or_default();
        let named: BTreeSet<u32> = of(FieldId::ChildName).iter().filter_map(|name| grid(name.row)).collect();
        let births = of(FieldId::DateOfBirth);
        let Some(own) = births.iter().find(|birth| grid(birth.row).is_some_and(|grid| named.contains(&grid))) else {
            return;
        };
        let is_anothers = |birth: &&Candidate| {
            birth.value != own.value && self.index.sections.get(birth.row) != Some(&Section::Child)
        };
        let others: BTreeSet<u32> = births.iter().filter(is_anothers).filter_map(|birth| grid(birth.row)).collect();
        let others: BTreeSet<u32> = others.difference(&named).copied().collect();
        let details = [
            FieldId::Address,
            FieldId::Age,
            FieldId::Alias,
            FieldId::NhsNumber,
            FieldId::LcsNumber,
            FieldId::ContactNumber,
        ];
        let rows = &self.index.document.rows;
        for field in details {
            if let Some(candidates) = self.candidates.get_mut(&field) {
                candidates.retain(|one| rows.get(one.row).is_none_or(|row| !others.contains(&row.grid)));
            }
        }
        self.candidates.retain(|_, candidates| !candidates.is_empty());
    }

    /// A few rows of one table, sheet or run of paragraphs, and no heading between them that says whose the second is.
    fn is_near(&self, name: usize, detail: usize) -> bool {
        let rows = &self.index.document.rows;
        let (Some(first), Some(last)) = (rows.get(name), rows.get(detail)) else { return false };
        let apart = detail.saturating_sub(name);
        let most = if first.layout == Layout::Flow { LINES } else { ROWS };
        // On a sheet an empty row ends a block.
        let is_whole =
            first.layout != Layout::Sheet || usize::try_from(last.index.saturating_sub(first.index)) == Ok(apart);
        let section = |row: usize| self.index.sections.get(row);
        let is_under_own = section(detail) == Some(&Section::Child) && section(name) != Some(&Section::Child);
        first.grid == last.grid && apart <= most && is_whole && !is_under_own
    }
}

fn named(candidate: &Candidate) -> Named {
    let words = match &candidate.value {
        Value::Text(text) => normalise(text.reveal()).split(' ').map(str::to_owned).collect(),
        _ => BTreeSet::new(),
    };
    Named { order: candidate.order, words }
}
