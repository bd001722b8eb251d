//! A document as the reader sees it, for the administrator who adds a form: every cell, and what each is the label of. Made
//! in the child and only when asked for.

use super::dictionary::{Labels, Target};
use super::model::{Document, Layout};
use super::table::{Form, FormTables};
use crate::casework::{FormId, Redacted};
use serde::{Deserialize, Serialize};

/// A cell or paragraph.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Seen {
    /// `Sheet1!C4`, `table1!r3c2`, `p12`.
    pub at: String,
    /// The row it stands in, counted over the whole document from 0.
    pub row: usize,
    /// Which sheet, table or run of paragraphs.
    pub grid: u32,
    /// Its column, from 0.
    pub col: u32,
    /// A paragraph outside tables.
    pub flow: bool,
    /// What it says, boxes drawn as ☒ and ☐.
    pub text: Redacted<String>,
    /// Ids of the fields it is a label of; `-` for a label that is known and not read.
    pub labels: Vec<String>,
}

/// Known and not read.
pub(super) const NOT_READ: &str = "-";

/// Every filled cell, by the labels of one form, or of all where the document is none of them.
pub(super) fn seen(document: &Document, tables: &FormTables, form: Option<&FormId>) -> Vec<Seen> {
    let all: Vec<Labels<'_>> = tables
        .forms()
        .filter(|known| form.is_none_or(|form| known.table.id == *form))
        .map(|Form { labels, .. }| labels)
        .collect();
    let mut out = Vec::new();
    for (row, line) in document.rows.iter().enumerate() {
        for (_, cell) in line.filled() {
            let mut labels: Vec<String> = all
                .iter()
                .flat_map(|labels| labels.hits(cell))
                .flat_map(|hit| hit.targets)
                // A vague label is a label here only if the form's own table says so.
                .filter(|(_, tier)| *tier == 0 || form.is_some())
                .map(|(target, _)| name(target))
                .collect();
            labels.sort();
            labels.dedup();
            // What some form reads is a label of it, whatever other forms leave out.
            if labels.len() > 1 {
                labels.retain(|label| label != NOT_READ);
            }
            out.push(Seen {
                at: cell.at.clone(),
                row,
                grid: line.grid,
                col: cell.col,
                flow: line.layout == Layout::Flow,
                text: Redacted::new(cell.text.clone()),
                labels,
            });
        }
    }
    out
}

fn name(target: Target) -> String {
    match target {
        Target::Field(field) => field.as_str(),
        Target::Surname => "surname",
        Target::Forenames => "forenames",
        Target::NameAndAddress => "name-and-address",
        Target::NameAndDateOfBirth => "name-and-date-of-birth",
        Target::Other => NOT_READ,
    }
    .to_owned()
}
