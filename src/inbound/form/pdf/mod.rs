//! PDF: what stands in the cells of a table that is drawn with its lines, the values of form fields (AcroForm) with the
//! words beside them, and in files without fields the text outside tables as far as its lines can be put together. What has
//! no text is a scan and is named as such; so are encrypted files and dynamic XFA forms, which hold no page to read.
//!
//! A page only says where ink goes. What belongs to what is certain inside the lines of a table and on the line of a form's
//! field; elsewhere only where several signs agree (`flow`), and where the file has fields nothing else gives a value. A
//! character whose meaning the font does not give makes its answer unreadable, invisible text (what OCR lays under a scan)
//! is not read, and a row that a page cuts in two gives no answer.

mod cells;
mod fields;
mod flow;
mod fonts;
mod lines;
mod margins;
mod newspaper;
mod overleaf;
mod page;
mod ruled;
mod signs;
mod spaced;
mod standard;
mod tick_column;

use super::dictionary::Labels;
use super::model::Document as Rows;
use super::refuse::Refused;
use super::{Limits, refuse};
use crate::casework::{Finding, FindingCode};
use lopdf::{Dictionary, Document, LoadOptions, Object, decode_text_string};
use margins::Margins;
use overleaf::{Ends, Overleaf};

const PAGES: usize = 300;
const OBJECTS: usize = 100_000;
/// Pieces of text on all pages: words, or letters where a program places each by itself.
const TEXTS: usize = 400_000;
/// Bytes of one stream once inflated.
const STREAM: usize = 16 * 1024 * 1024;

/// A piece of text or a field's value, at its place on the page. Points from the lower left corner.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub x: f64,
    /// Where it ends.
    pub end: f64,
    /// The line the letters stand on.
    pub y: f64,
    pub size: f64,
    pub text: String,
    /// A field's name, where it is a field's value.
    pub field: Option<String>,
    /// Which font, as a number; 0 where that does not matter.
    pub font: u64,
}

/// A straight line of a table: from `from` to `to` along one axis, at `at` on the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rule {
    pub at: f64,
    pub from: f64,
    pub to: f64,
}

/// What a page shows.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    pub runs: Vec<Run>,
    /// Upright lines: `at` is x.
    pub upright: Vec<Rule>,
    /// Level lines: `at` is y.
    pub level: Vec<Rule>,
    /// Text that does not run from left to right: watermarks.
    pub slanted: Vec<String>,
    pub pictures: usize,
    /// Small drawn squares: left, bottom, right, top.
    pub boxes: Vec<[f64; 4]>,
    /// Small squares that are filled, which may be boxes: left, bottom, right, top.
    pub filled: Vec<[f64; 4]>,
    /// Slanting lines, which may be ticks.
    pub strokes: Vec<Stroke>,
}

/// From one point to another.
pub(super) type Stroke = ((f64, f64), (f64, f64));

/// Reads all pages into rows. `labels` are those of all forms.
pub(super) fn read(bytes: &[u8], labels: Labels<'_>, limits: &Limits) -> Result<Rows, Refused> {
    let options = LoadOptions { max_decompressed_size: Some(STREAM), ..LoadOptions::default() };
    let pdf = Document::load_mem_with_options(bytes, options).map_err(|error| match error {
        lopdf::Error::Decryption(_) | lopdf::Error::InvalidPassword | lopdf::Error::UnsupportedSecurityHandler(_) => {
            Refused::encrypted()
        }
        lopdf::Error::Decompress(lopdf::DecompressError::MemoryLimitExceeded { .. }) => {
            Refused::limit("more data than the reader takes once it is unpacked".to_owned())
        }
        _ => Refused::broken(),
    })?;
    // A file that needs a password opens, with nothing in it.
    if pdf.is_encrypted() {
        return Err(Refused::encrypted());
    }
    if pdf.objects.len() > OBJECTS {
        return Err(Refused::limit(format!("more than {OBJECTS} objects")));
    }
    let pages: Vec<_> = pdf.page_iter().take(PAGES + 1).collect();
    if pages.len() > PAGES {
        return Err(Refused::limit(format!("more than {PAGES} pages")));
    }
    if pages.is_empty() {
        return Err(Refused::broken());
    }
    if is_printed_sheet(&pdf) {
        return Err(refuse::printed_sheet());
    }
    let mut rows = Rows { joins_lines: true, ..Rows::default() };
    let (mut texts, mut pictures, mut budget) = (0usize, 0usize, limits.zip_total_bytes);
    let mut shown: Vec<Page> = Vec::new();
    for id in pages {
        let mut page = page::read(&pdf, id, &mut budget)?;
        texts += page.runs.iter().filter(|run| run.field.is_none() && !run.text.trim().is_empty()).count();
        if texts > TEXTS {
            return Err(Refused::limit(format!("more than {TEXTS} pieces of text")));
        }
        pictures += page.pictures;
        fields::add(&pdf, id, &mut page);
        rows.margins.append(&mut page.slanted);
        shown.push(page);
    }
    let margins = Margins::of(&shown, labels);
    let has_fields = shown.iter().any(|page| page.runs.iter().any(|run| run.field.is_some()));
    let (mut second_column, mut tabs, mut overleaf) = (None, None, Overleaf::default());
    for (number, page) in (1u32..).zip(shown) {
        let parts = newspaper::parts(page, &mut second_column, labels);
        let is_whole = parts.len() == 1;
        for part in parts {
            let before = rows.rows.len();
            let ends = cells::add(part.page, number, labels, has_fields, &margins, &mut tabs, &mut rows);
            overleaf.turn(&mut rows, before, if is_whole { ends } else { Ends::default() }, part.goes_on, labels);
        }
    }
    let shown = rows.text(20_000).to_lowercase();
    if is_dynamic_xfa(&pdf, &shown) {
        return Err(refuse::xfa());
    }
    if texts == 0 && rows.rows.is_empty() && pictures > 0 {
        return Err(refuse::scanned());
    }
    if has_script(&pdf) {
        rows.findings.push(Finding::document(FindingCode::Macros, refuse::PDF_SCRIPT));
    }
    Ok(rows)
}

/// A spreadsheet is printed with no more of a cell's text than there was room for.
fn is_printed_sheet(pdf: &Document) -> bool {
    let about = pdf.trailer.get_deref(b"Info", pdf).and_then(Object::as_dict);
    let Ok(about) = about else { return false };
    [&b"Creator"[..], b"Producer"].iter().filter_map(|key| entry(pdf, about, key)).any(|by| {
        let by = decode_text_string(by).unwrap_or_default().to_lowercase();
        ["calc", "excel", "numbers", "sheets"].iter().any(|program| by.contains(program))
    })
}

/// An XFA form keeps its pages in a description of its own; what the PDF itself shows is a request to use another program.
fn is_dynamic_xfa(pdf: &Document, shown: &str) -> bool {
    let Ok(catalog) = pdf.catalog() else { return false };
    let Ok(form) = catalog.get_deref(b"AcroForm", pdf).and_then(Object::as_dict) else { return false };
    let rendered_elsewhere = catalog.get(b"NeedsRendering").and_then(Object::as_bool).unwrap_or(false);
    form.has(b"XFA") && (rendered_elsewhere || shown.contains("please wait") || shown.trim().is_empty())
}

/// A script or program that runs when the file is opened; field scripts that only check what is typed do not count.
fn has_script(pdf: &Document) -> bool {
    let Ok(catalog) = pdf.catalog() else { return false };
    let action = catalog.get_deref(b"OpenAction", pdf).and_then(Object::as_dict);
    let kind = action.and_then(|action| action.get(b"S")).and_then(Object::as_name);
    matches!(kind, Ok(b"JavaScript" | b"Launch"))
}

/// A number, whole or not.
pub(super) fn number(object: &Object) -> Option<f64> {
    match object {
        #[expect(clippy::cast_precision_loss, reason = "a place on a page")]
        Object::Integer(number) => Some(*number as f64),
        Object::Real(number) => Some(f64::from(*number)),
        _ => None,
    }
    .filter(|number| number.is_finite() && number.abs() < 1e7)
}

/// An entry of a dictionary, references followed.
pub(super) fn entry<'a>(pdf: &'a Document, dictionary: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
    dictionary.get_deref(key, pdf).ok()
}
