//! The manager's authorisation (SH-32): who gave it, and whether anybody did.

use super::super::answer;
use super::super::dictionary::Target;
use super::super::label::normalise;
use super::super::model::Cell;
use super::super::sections::Section;
use super::super::ticks::has_boxes;
use super::Assembly;
use crate::casework::{FieldId, FindingCode, Found, Redacted, Value};

/// A label that asks for the authorisation itself, and has no answer.
pub(super) struct Unsigned {
    row: usize,
    /// The place for its answer stands beside it, so it is no heading.
    has_place: bool,
    of_signature: bool,
}

impl Unsigned {
    /// What another label in `row` says does not stand in for the answer that is not there: a manager's name among the
    /// workers is printed on every form. Right under a heading it may.
    pub(super) fn outweighs(&self, target: Target, row: usize) -> bool {
        match target {
            Target::Field(FieldId::Authorisation) => false,
            Target::Field(FieldId::Manager) => self.has_place || row < self.row,
            // A form that is typed has a name, and seldom a signature.
            _ => row < self.row && !self.of_signature,
        }
    }
}

impl Assembly<'_> {
    pub(super) fn unsigned(&self) -> Vec<Unsigned> {
        let index = self.index;
        let open = |(row, at, cell): (usize, usize, &Cell)| {
            let hits = index.hits.get(row)?.get(at)?;
            let hit = hits.iter().find(|hit| hit.targets.contains(&(Target::Field(FieldId::Authorisation), 0)))?;
            let next = index.document.rows.get(row).and_then(|line| line.cells.get(at + 1));
            let of_signature = normalise(&cell.text).contains("signature");
            let has_place = next.is_some() || hit.rest.as_ref().is_some_and(|rest| !rest.is_empty());
            let answers = index.answers(row, at, hit, &|_| true);
            let is_open = answers.iter().all(|raw| answer::answer(&raw.text).is_none());
            is_open.then_some(Unsigned { row, has_place, of_signature })
        };
        self.cells().filter_map(open).collect()
    }

    /// SH-32: a form that asks for its manager's authorisation bears it. A box beside the question is not judged.
    pub(super) fn authorised(&mut self) {
        let field = FieldId::Authorisation;
        let is_refusal = |text: &str| matches!(normalise(text).split(' ').next(), Some("no" | "not"));
        if matches!(&self.fields.get(&field).map(|found| &found.value), Some(Value::Text(text)) if is_refusal(text.reveal()))
        {
            self.fields.remove(&field);
        }
        let headed = self.table.fields.contains_key(&field) && self.index.sections.contains(&Section::Authoriser);
        let mut asked = self.cells().filter(|(row, at, _)| self.index.asks_for(*row, *at, field)).peekable();
        if self.fields.contains_key(&field) || (asked.peek().is_none() && !headed) {
            return;
        }
        let boxed = |(row, at, cell): (usize, usize, &Cell)| {
            let beside = self.index.document.rows.get(row).and_then(|line| line.cells.get(at + 1));
            has_boxes(&cell.text) || beside.is_some_and(|next| has_boxes(&next.text))
        };
        if !asked.any(boxed) && !self.signed(field) {
            let label = self.table.label(field);
            let message = format!("\"{label}\" is not given on the form (rule SH-32).");
            self.finding(FindingCode::NotAuthorised, field, message);
        }
    }

    /// Under its heading somebody signed, or printed a name.
    fn signed(&mut self, field: FieldId) -> bool {
        let index = self.index;
        let signature = |cell: &Cell| {
            let label = cell.text.split([':', '\n']).next().unwrap_or_default();
            matches!(
                normalise(label).as_str(),
                "signed" | "signature" | "signed by" | "print name" | "name and signature"
            )
        };
        let found = self.cells().find_map(|(row, at, cell)| {
            let here = index.sections.get(row) == Some(&Section::Authoriser) && signature(cell);
            let hit = index.hits.get(row)?.get(at)?.first().filter(|_| here)?;
            let raw = index.answers(row, at, hit, &|_| true).into_iter().next()?;
            Some(Found { value: Value::Text(Redacted::new(answer::answer(&raw.text)?)), at: raw.at })
        });
        let is_signed = found.is_some();
        self.fields.extend(found.map(|found| (field, found)));
        is_signed
    }
}
