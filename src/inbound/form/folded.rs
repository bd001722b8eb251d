//! Rows and columns that a sheet does not show, and cells that are struck out: old answers, lists and helps that its author
//! put out of sight or took back. They give no value where a form is read label by label. A list of children keeps them: a
//! filter hides rows there that were filled in.

use super::model::{Cell, Document};
use quick_xml::events::{BytesStart, Event};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What is out of sight on one sheet; rows and columns from 0.
#[derive(Clone, Debug, Default)]
pub(super) struct Folded {
    pub rows: BTreeSet<u32>,
    /// First column and last.
    pub columns: Vec<(u32, u32)>,
    /// Row and column of each cell whose text is struck out.
    pub struck: BTreeSet<(u32, u32)>,
    /// Row and column of each cell of which some words are struck out, and the others.
    pub left: BTreeMap<(u32, u32), String>,
    /// Row and column of each number that is shown with noughts before it, and how.
    pub formats: BTreeMap<(u32, u32), String>,
}

/// What the cell styles of a workbook say, by their number.
#[derive(Default)]
pub(super) struct Styles {
    /// Those whose letters are struck out.
    pub struck: BTreeSet<usize>,
    /// Number formats of noughts alone: "00000 000000".
    pub formats: BTreeMap<usize, String>,
}

impl Folded {
    /// Takes up an element of an .xlsx sheet, if it is a row or columns out of sight, or a cell whose style is one of those
    /// that strike out.
    pub(super) fn element(&mut self, start: &BytesStart<'_>, styles: &Styles) {
        let name = start.local_name();
        if name.as_ref() == "c" && !(styles.struck.is_empty() && styles.formats.is_empty()) {
            let value = |wanted: &str| {
                let found =
                    start.attributes().flatten().find(|attribute| attribute.key.local_name().as_ref() == wanted)?;
                Some(found.value.into_owned())
            };
            let style = value("s").and_then(|style| style.parse::<usize>().ok());
            let place = || value("r").and_then(|reference| place(&reference));
            let Some(style) = style else { return };
            self.struck.extend(Some(style).filter(|style| styles.struck.contains(style)).and_then(|_| place()));
            let is_number = value("t").is_none_or(|kind| kind == "n");
            let format = styles.formats.get(&style).filter(|_| is_number);
            self.formats.extend(format.and_then(|format| Some((place()?, format.clone()))));
            return;
        }
        if !matches!(name.as_ref(), "row" | "col") {
            return;
        }
        let said: BTreeMap<String, String> = start
            .attributes()
            .flatten()
            .map(|attribute| (attribute.key.local_name().as_ref().to_owned(), attribute.value.into_owned()))
            .collect();
        let number = |name: &str| said.get(name).and_then(|text| text.parse::<u32>().ok())?.checked_sub(1);
        if !matches!(said.get("hidden").map(String::as_str), Some("1" | "true")) {
            return;
        }
        self.rows.extend(number("r").filter(|_| name.as_ref() == "row"));
        self.columns.extend(number("min").zip(number("max")).filter(|_| name.as_ref() == "col"));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
            && self.columns.is_empty()
            && self.struck.is_empty()
            && self.left.is_empty()
            && self.formats.is_empty()
    }

    fn hides(&self, row: u32, cell: &Cell) -> bool {
        self.struck.contains(&(row, cell.col))
            || self.columns.iter().any(|(from, to)| *from <= cell.col && cell.end() <= to.saturating_add(1))
    }
}

impl Document {
    /// The document without what its sheets do not show.
    pub(super) fn shown(&self) -> Cow<'_, Self> {
        if self.folded.is_empty() {
            return Cow::Borrowed(self);
        }
        let mut shown = self.clone();
        shown.rows.retain_mut(|row| {
            let Some(folded) = self.folded.get(&row.sheet) else { return true };
            row.cells.retain(|cell| !folded.hides(row.index, cell));
            !folded.rows.contains(&row.index) && !row.cells.is_empty()
        });
        Cow::Owned(shown)
    }
}

/// `B12` as row and column from 0.
pub(super) fn place(reference: &str) -> Option<(u32, u32)> {
    let digits = reference.trim_start_matches(|ch: char| ch.is_ascii_alphabetic());
    let letters = reference.strip_suffix(digits)?;
    let column = letters.bytes().fold(0u32, |column, letter| {
        column.saturating_mul(26).saturating_add(u32::from(letter.to_ascii_uppercase().saturating_sub(b'A')) + 1)
    });
    Some((digits.parse::<u32>().ok()?.checked_sub(1)?, column.checked_sub(1)?))
}

/// The cell styles of a workbook whose letters are struck out, or whose numbers are shown with noughts (ECMA-376 part 1,
/// 18.8.10, 18.8.22 and 18.8.30).
pub(super) fn styles(styles: &str) -> Styles {
    let mut reader = quick_xml::Reader::from_str(styles);
    let (mut fonts, mut out) = (Vec::new(), Styles::default());
    let mut formats: BTreeMap<String, String> = BTreeMap::new();
    let (mut in_fonts, mut in_cells, mut cells) = (false, false, 0usize);
    while let Ok(event) = reader.read_event() {
        let (start, opens) = match &event {
            Event::Start(start) => (start, true),
            Event::Empty(start) => (start, false),
            Event::End(end) => {
                match end.local_name().as_ref() {
                    "fonts" => in_fonts = false,
                    "cellXfs" => in_cells = false,
                    _ => {}
                }
                continue;
            }
            Event::Eof => break,
            _ => continue,
        };
        let value = |wanted: &str| {
            let found = start.attributes().flatten().find(|attribute| attribute.key.local_name().as_ref() == wanted)?;
            Some(found.value.into_owned())
        };
        match start.local_name().as_ref() {
            "fonts" => in_fonts = opens,
            "cellXfs" => in_cells = opens,
            "font" if in_fonts => fonts.push(false),
            "strike" if in_fonts && !matches!(value("val").as_deref(), Some("0" | "false")) => {
                if let Some(font) = fonts.last_mut() {
                    *font = true;
                }
            }
            "numFmt" => {
                let format = value("formatCode").and_then(|code| of_noughts(&code));
                formats.extend(value("numFmtId").zip(format));
            }
            "xf" if in_cells => {
                let format = value("numFmtId").and_then(|id| formats.get(&id));
                out.formats.extend(format.map(|format| (cells, format.clone())));
                let font = value("fontId").and_then(|id| id.parse::<usize>().ok());
                if font.and_then(|font| fonts.get(font)) == Some(&true) {
                    out.struck.insert(cells);
                }
                cells += 1;
            }
            _ => {}
        }
    }
    out
}

/// A format that shows so many digits, with noughts where the number has fewer: "00000", "00000\\ 000000", "0##########".
fn of_noughts(code: &str) -> Option<String> {
    let plain: String = code.chars().filter(|ch| !matches!(ch, '\\' | '"')).collect();
    let is_it = plain.chars().all(|ch| matches!(ch, '0' | '#' | ' ' | '-' | '(' | ')'));
    let most = plain.chars().filter(|ch| matches!(ch, '0' | '#')).count();
    (is_it && plain.trim_start_matches('(').starts_with('0') && most > 1).then_some(plain)
}

/// A whole number as its format shows it.
pub(super) fn shown(number: &str, format: &str) -> Option<String> {
    let most = format.chars().filter(|ch| matches!(ch, '0' | '#')).count();
    let is_whole = !number.is_empty() && number.chars().all(|ch| ch.is_ascii_digit()) && number.len() <= most;
    let padded = format!("{number:0>most$}");
    let mut digits = padded.chars();
    let each = |ch: char| if matches!(ch, '0' | '#') { digits.next() } else { Some(ch) };
    is_whole.then(|| format.chars().filter_map(each).collect())
}

/// Which part of a workbook holds the sheet of a name (ECMA-376 part 1, 18.2.19).
pub(super) fn parts_of_sheets(workbook: &str, relations: &str) -> BTreeMap<String, String> {
    let targets: BTreeMap<String, String> = attributes(relations, "Relationship", "Id", "Target").into_iter().collect();
    let part = |id: &str| {
        let target = targets.get(id)?;
        Some(target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned))
    };
    attributes(workbook, "sheet", "name", "id").into_iter().filter_map(|(name, id)| Some((name, part(&id)?))).collect()
}

/// Two attributes of each element of a name.
fn attributes(xml: &str, element: &str, first: &str, second: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut reader = quick_xml::Reader::from_str(xml);
    while let Ok(event) = reader.read_event() {
        let (Event::Start(start) | Event::Empty(start)) = event else {
            if matches!(event, Event::Eof) {
                break;
            }
            continue;
        };
        if start.local_name().as_ref() != element {
            continue;
        }
        let value = |wanted: &str| {
            let found = start.attributes().flatten().find(|attribute| attribute.key.local_name().as_ref() == wanted)?;
            Some(found.value.into_owned())
        };
        out.extend(value(first).zip(value(second)));
    }
    out
}
