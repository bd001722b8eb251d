//! What is asked of a place that the child is at, and not of the child or a worker.

use super::index::{Index, PERSON};
use super::label::normalise;
use super::sections::Section;
use crate::casework::FieldId;

/// Labels of an address that do not say whose.
const VAGUE_ADDRESS: &[&str] = &[
    "address",
    "full address",
    "address and postcode",
    "address / postcode",
    "address including postcode",
    "address inc postcode",
];

impl Index<'_> {
    /// "School" or "Placement", and right under it "Address": that is the place's as likely as the child's.
    pub(super) fn is_of_a_place(&self, field: FieldId, section: Section, row: usize, at: usize) -> bool {
        let Some((line, cell)) = self.document.rows.get(row).and_then(|line| Some((line, line.cells.get(at)?))) else {
            return false;
        };
        let label = normalise(cell.text.split([':', '\n']).next().unwrap_or_default());
        let is_address = |label: &str| VAGUE_ADDRESS.contains(&label);
        let asks = match field {
            FieldId::Address => is_address(&label),
            FieldId::ContactNumber | FieldId::Manager => true,
            _ => false,
        };
        if !asks || section == Section::Child {
            return false;
        }
        let place = |row: usize, at: usize| {
            [FieldId::Education, FieldId::Gp, FieldId::Placement].iter().any(|field| self.asks_for(row, at, *field))
        };
        // "GP | Dr Example | Address": the label before it in its row.
        let before = (0..at).rev().find(|left| self.is_label(row, *left));
        if field == FieldId::Address && before.is_some_and(|left| place(row, left)) {
            return true;
        }
        // Behind the place's address its telephone and its manager.
        let mut has_address = field == FieldId::Address;
        for above in (row.saturating_sub(PERSON)..row).rev() {
            let over = self.document.rows.get(above).filter(|over| over.grid == line.grid);
            let head = over.and_then(|over| over.cells.iter().enumerate().find(|(_, head)| head.col == cell.col));
            let Some((nth, head)) = head else { return false };
            if place(above, nth) {
                return has_address;
            }
            let detail = normalise(head.text.split([':', '\n']).next().unwrap_or_default());
            has_address |= is_address(&detail);
            if !is_address(&detail) && (field == FieldId::Address || !self.asks_for(above, nth, FieldId::ContactNumber))
            {
                return false;
            }
        }
        false
    }
}
