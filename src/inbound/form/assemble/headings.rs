//! Headings that are counted as filled in or not (BD-06): what is written under them is nobody's answer but theirs.

use super::super::answer;
use super::super::index::Index;
use super::super::label::{normalise, variants};
use super::super::model::Layout;
use super::super::table::{Choice, FieldTable};
use super::Assembly;
use crate::casework::{FieldId, FindingCode, Found, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A text of so many words says something, though a part of it cannot be read.
const WORDS: usize = 4;

/// What stands where a heading's text belongs.
enum Told {
    At(String),
    /// It cannot be read, and may be nothing.
    Unread,
    Nothing,
}

impl Assembly<'_> {
    /// Which headings have something written under or beside them.
    pub(super) fn answered(&mut self, field: FieldId, spec: &FieldTable) {
        let printed: Vec<(usize, String)> = (0..)
            .zip(&spec.options)
            .flat_map(|(option, choice)| choice.says.iter().map(move |text| (option, normalise(text))))
            .collect();
        let mut found: BTreeMap<usize, String> = BTreeMap::new();
        let mut asked: BTreeSet<usize> = BTreeSet::new();
        let labels = self.choice_labels(field);
        let is_page = self.index.document.joins_lines;
        // Outside its tables a page does not say where a passage ends, and half a list is a wrong one.
        if is_page && labels.iter().any(|(row, ..)| self.is_flow(*row)) {
            return;
        }
        for (row, at, _) in labels {
            let Some(cell) = self.index.document.rows.get(row).and_then(|line| line.cells.get(at)) else { continue };
            let heading = variants(cell.text.split([':', '\n']).next().unwrap_or_default());
            let Some((option, _)) = printed.iter().find(|(_, text)| heading.contains(text)) else { continue };
            asked.insert(*option);
            let hits = self.index.hits.get(row).and_then(|cells| cells.get(at)).map(Vec::as_slice).unwrap_or_default();
            let mut said = hits.iter().flat_map(|hit| self.prose(field, row, at, hit));
            let told = match said.find(|raw| answer::answer(&raw.text).is_some()) {
                Some(raw) => Told::At(raw.at),
                None => self.index.told(row, at),
            };
            match told {
                Told::At(place) => _ = found.entry(*option).or_insert(place),
                Told::Unread => return,
                Told::Nothing => {}
            }
        }
        // A heading that a page's end cut in two is none, and what it asks for may be filled in.
        if is_page && asked.len() < spec.options.len() {
            return;
        }
        let Some(at) = found.values().next().cloned() else { return };
        let (filled, blank): (Vec<_>, Vec<_>) =
            spec.options.iter().enumerate().partition(|(option, _)| found.contains_key(option));
        let names =
            |of: Vec<(usize, &Choice)>| of.into_iter().map(|(_, choice)| choice.value.clone()).collect::<Vec<_>>();
        if self.table.required.contains(&field) && !blank.is_empty() {
            let message = format!("These parts are not filled in: {}. Please complete them.", names(blank).join("; "));
            self.finding(FindingCode::Missing, field, message);
        }
        let list = names(filled);
        self.fields.insert(field, Found { value: Value::List(list), at });
    }
}

impl Index<'_> {
    /// What is written right beside a heading or under it is said there, though it begins as a label does.
    fn told(&self, row: usize, at: usize) -> Told {
        let Some(line) = self.document.rows.get(row).filter(|line| line.layout != Layout::Flow) else {
            return Told::Nothing;
        };
        let Some(heading) = line.cells.get(at) else { return Told::Nothing };
        let beside = line.cells.get(at + 1).map(|beside| (row, at + 1, beside));
        let beside = beside.filter(|(.., beside)| heading.end() == beside.col);
        let under = || {
            let next = self.row_at(line.grid, line.index.saturating_add(heading.row_span))?;
            let under = self.document.rows.get(next).filter(|under| under.cells.len() == 1)?;
            under.cells.first().map(|cell| (next, 0, cell))
        };
        let Some((row, at, cell)) = beside.or_else(under) else { return Told::Nothing };
        if cell.text.contains(char::REPLACEMENT_CHARACTER) {
            let is_text = cell.text.split_whitespace().count() >= WORDS;
            return if is_text { Told::At(cell.at.clone()) } else { Told::Unread };
        }
        let is_said = answer::answer(&cell.text).is_some() && !self.is_bare_label(row, at);
        if is_said { Told::At(cell.at.clone()) } else { Told::Nothing }
    }
}
