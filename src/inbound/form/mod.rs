//! Reading a form: bytes in, [`Reading`]s out, and never an error.
//!
//! The bytes say what they are ([`sniff()`]); one reader per format (`xlsx`, `docx`) brings them into one private model of
//! rows and cells; one detector, one label matcher and one set of value readers work on that model, driven by label
//! tables ([`FormTables`]). A new edition of a form is a new table.
//!
//! What goes wrong here is data: an unknown form, a refused format, a broken or hostile file is a reading with
//! `form: null` and a finding that tells the sender what to send instead. What can still go wrong, a crash or a hang in
//! a library that reads the bytes, costs only the process it happens in: [`Reader`] runs [`run_child`] with its memory
//! and time limited, one document at a time, and says how it ended. A wrong value is far worse than a missing one: where a layout can be read
//! two ways, the field is left out with a finding.

mod limits;
mod refuse;
mod kinds;
mod sniff;
mod archive;
mod xml;
mod model;
mod folded;
mod struck;
mod workbook;
mod blocks;
mod docx;
mod odf;
mod html;
mod rtf;
mod pdf;
mod label;
mod dictionary;
mod table;
mod answer;
mod given;
mod date;
mod dates;
mod person;
mod ticks;
mod columns;
mod hits;
mod sections;
mod sheets;
mod index;
mod places;
mod roles;
mod prose;
mod find;
mod region;
mod passage;
mod actions;
mod detect;
mod children;
mod announced;
mod handling;
mod rows;
mod assemble;
mod seen;
mod draft;
mod expected;
mod confine;
mod child;
mod process;
mod reader;
#[cfg(test)]
mod tests;

pub use child::{READ_DOCUMENT, run_child};
pub use confine::Attempt;
pub use dates::dates_in;
pub use draft::{Draft, draft};
pub use expected::{as_expected, differences};
pub use limits::Limits;
pub use reader::{Reader, ReaderError};
pub use seen::Seen;
pub use sniff::sniff;
pub use table::{
    Choice, Detect, FieldTable, FormTable, FormTableError, FormTables, Kind, Parts, RequiredWhen, embedded,
};

use crate::casework::{Finding, FindingCode, Format, Reading};
use index::Index;
use jiff::civil::Date;
use model::Document;
use refuse::Refused;
use serde::{Deserialize, Serialize};

/// What the panel's profile asks of a reading.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReadOptions {
    /// Read special-category fields (ethnicity) too.
    pub special_category: bool,
    /// Hand back what the document looks like to the reader ([`ReadReport::seen`]).
    pub show: bool,
}

/// All that a document said.
#[derive(Clone, Serialize, Deserialize)]
pub struct ReadReport {
    /// What the bytes are.
    pub format: Format,
    /// One reading for each child's form in the document; at least one.
    pub readings: Vec<Reading>,
    /// All visible text, for looking names up; capped by [`Limits::text_bytes`]. Personal: never logged.
    pub text: String,
    /// What the document looks like to the reader, if that was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<Seen>,
}

impl std::fmt::Debug for ReadReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReadReport")
            .field("format", &self.format)
            .field("readings", &self.readings)
            .finish_non_exhaustive()
    }
}

impl ReadReport {
    /// A document that holds no readable form.
    pub fn of_no_form(format: Format, finding: Finding) -> Self {
        Self { format, readings: vec![Reading::of_no_form(format, finding)], text: String::new(), seen: Vec::new() }
    }
}

/// Reads a document. `name_hint` is an extension at most (`xlsx`): it only words the finding when the bytes are not
/// recognised. `today` is the civil date in London against which birthdays and dates are judged.
pub fn read_document(
    bytes: &[u8],
    name_hint: Option<&str>,
    tables: &FormTables,
    limits: &Limits,
    today: Date,
    options: &ReadOptions,
) -> ReadReport {
    let format = sniff(bytes);
    // A page or a text may be a form; where it is none, its sender is told what to send instead.
    let readable = matches!(format, Format::Html | Format::Text);
    if let Some(mut finding) = refuse::kind(format, bytes).or_else(|| refuse::format(format)).filter(|_| !readable) {
        if format == Format::Unknown && refuse::is_named_office(name_hint) {
            finding = refuse::no_office_file();
        }
        return ReadReport::of_no_form(format, finding);
    }
    let document = match format {
        Format::Xlsx | Format::Xlsm | Format::Xlsb | Format::Xls => workbook::read(bytes, format, limits),
        Format::Odt | Format::Ods => odf::read(bytes, limits),
        Format::Html | Format::Text => html::read_any(bytes, format, limits),
        Format::Rtf => rtf::read(bytes, tables.labels(), limits),
        Format::Pdf => pdf::read(bytes, tables.labels(), limits),
        _ => docx::read(bytes, limits),
    };
    match document {
        Ok(mut document) => {
            columns::drop_guidance(&mut document);
            columns::settle(&mut document);
            columns::part_earlier(&mut document);
            let mut report = recognise(&document, format, tables, limits, today, options);
            refuse::what_is_no_form(&mut report, bytes, name_hint);
            if options.show {
                let form = report.readings.iter().find_map(|reading| reading.form.as_ref());
                report.seen = seen::seen(&document, tables, form);
            }
            if holds_macros(bytes, format) {
                document.findings.push(Finding::document(FindingCode::Macros, refuse::MACROS));
            }
            if format == Format::Pdf {
                // Nothing says that it is not a form: only that none can be told for certain.
                let unknown = report.readings.iter_mut().flat_map(|reading| &mut reading.findings);
                for finding in unknown.filter(|finding| finding.code == FindingCode::UnknownForm) {
                    *finding = Finding::document(FindingCode::UnsupportedFormat, refuse::PDF);
                }
            }
            for reading in &mut report.readings {
                reading.findings.extend(document.findings.iter().cloned());
            }
            report
        }
        Err(refused) => ReadReport::of_no_form(format, refused.into()),
    }
}

/// What the text of a message comes as.
const fn is_a_message(format: Format) -> bool {
    matches!(format, Format::Text | Format::Html)
}

/// Macros are told from the container; they are never run.
fn holds_macros(bytes: &[u8], format: Format) -> bool {
    match format {
        Format::Xlsm | Format::Docm => true,
        Format::Xls | Format::Doc => crate::inbound::ole::Ole::open(bytes).is_ok_and(|file| file.has_macros()),
        _ => false,
    }
}

fn recognise(
    document: &Document,
    format: Format,
    tables: &FormTables,
    limits: &Limits,
    today: Date,
    options: &ReadOptions,
) -> ReadReport {
    let text = document.text(limits.text_bytes);
    let filled = document.rows.iter().map(|row| row.filled().count()).sum::<usize>();
    if handling::appendix(document, tables) {
        return no_form(format, text, Some("title".to_owned()));
    }
    // A row of a printed sheet shows no more of a cell than there was room for.
    let rows = if filled <= limits.form_cells && format != Format::Pdf {
        rows::read(document, tables, format, today)
    } else {
        None
    };
    if let Some(readings) = rows {
        return numbered(format, readings, text);
    }
    let document = &*document.shown();
    let searched = (filled <= limits.form_cells).then(|| detect::detect(document, tables)).flatten();
    let Some(found) = searched else {
        if let Some(reading) = announced::read(document, tables, format, today).filter(|_| is_a_message(format)) {
            return ReadReport { format, readings: vec![reading], text, seen: Vec::new() };
        }
        let words_only = format == Format::Pdf && !text.is_empty();
        let finding = if filled == 0 && !words_only {
            Finding::document(
                FindingCode::Empty,
                "The document has no text. If it holds a picture of the form, please send the form itself.",
            )
        } else {
            return no_form(format, text, handling::Markers::of_all(tables).place_in(document));
        };
        return ReadReport { text, ..ReadReport::of_no_form(format, finding) };
    };
    let read = |index: &Index<'_>, table| assemble::Assembly::new(index, table, today, options).read(format);
    let readings = match children::parts(&found, tables) {
        None => vec![read(&found.index, found.table)],
        Some(parts) => parts
            .iter()
            .map(|part| match detect::detect(part, tables) {
                // A second sheet may hold another form than the first.
                Some(other) => read(&other.index, other.table),
                None => read(&Index::build(part, found.labels), found.table),
            })
            .collect(),
    };
    numbered(format, readings, text)
}

/// A document that is none of the forms, and where it bears a handling marker, if it does (SY-21).
fn no_form(format: Format, text: String, marked: Option<String>) -> ReadReport {
    let finding = Finding::document(
        FindingCode::UnknownForm,
        "This is not one of the forms that this panel reads. A person will look at it.",
    );
    let mut report = ReadReport { text, ..ReadReport::of_no_form(format, finding) };
    if let (Some(at), Some(reading)) = (marked, report.readings.first_mut()) {
        handling::set_apart(reading, at);
    }
    report
}

fn numbered(format: Format, mut readings: Vec<Reading>, text: String) -> ReadReport {
    for (number, reading) in (1..).zip(&mut readings) {
        reading.reading = number;
    }
    ReadReport { format, readings, text, seen: Vec::new() }
}
