//! Handling markers (SY-21): words by which whoever wrote a document restricts whom it may go to, and titles by which a
//! document says that it is the separate appendix for sensitive intelligence. Both are listed in the form tables.

use super::detect::titles_of;
use super::label::normalise;
use super::model::Document;
use super::table::FormTables;
use crate::casework::{FieldId, Finding, FindingCode, Found, Reading, Value};

/// Words as they are compared.
pub(super) struct Markers(Vec<String>);

impl Markers {
    pub(super) fn new<'w>(words: impl IntoIterator<Item = &'w String>) -> Self {
        let mut all: Vec<String> = words.into_iter().map(|word| format!(" {} ", normalise(word))).collect();
        all.sort_unstable();
        all.dedup();
        Self(all)
    }

    /// Of every form: for a document that is none of them.
    pub(super) fn of_all(tables: &FormTables) -> Self {
        Self::new(tables.tables.iter().flat_map(|table| &table.handling_markers))
    }

    /// Does the text carry one?
    pub(super) fn mark(&self, text: &str) -> bool {
        let text = format!(" {} ", normalise(text));
        self.0.iter().any(|marker| text.contains(marker.as_str()))
    }

    /// Where a document carries one.
    pub(super) fn place_in(&self, document: &Document) -> Option<String> {
        let cells = || document.rows.iter().flat_map(|row| &row.cells);
        let cell = cells().find(|cell| self.mark(&cell.text)).map(|cell| cell.at.clone());
        cell.or_else(|| document.margins.iter().any(|text| self.mark(text)).then(|| "header".to_owned()))
    }
}

/// Where a document says at its top that it is a sensitive appendix. Its own words come first: a form that refers to an
/// appendix is none.
pub(super) fn appendix(document: &Document, tables: &FormTables) -> bool {
    let known: Vec<String> = tables
        .tables
        .iter()
        .flat_map(|table| &table.appendix_titles)
        .map(|title| format!(" {} ", normalise(title)))
        .collect();
    titles_of(document).iter().any(|(_, line)| known.iter().any(|title| line.starts_with(title.as_str())))
}

/// Says of a reading that a person decides who may see its document.
pub(super) fn set_apart(reading: &mut Reading, at: String) {
    reading.fields.insert(FieldId::Sensitive, Found { value: Value::Flag(true), at });
    reading.findings.push(finding());
}

/// The finding for it.
pub(super) fn finding() -> Finding {
    let message = "The document carries a handling marker, so a person decides who may see it (SY-21).";
    Finding::field(FindingCode::SensitiveMarker, FieldId::Sensitive, message)
}
