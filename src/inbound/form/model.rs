//! The one shape every document format is brought into: rows of cells in reading order, each cell knowing where it
//! stood. The detector and the label matcher see nothing else.

use super::folded::Folded;
use crate::casework::Finding;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// A ticked box, whatever the document used to draw it.
pub(super) const TICKED: char = '☒';
/// An empty box.
pub(super) const UNTICKED: char = '☐';

/// What a cell holds besides its text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Text,
    Date(Date),
    Bool(bool),
}

/// A cell of a sheet or table, or a paragraph (or a tab-separated piece of one).
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// `Sheet1!C4`, `table1!r3c2`, `p12`.
    pub at: String,
    /// Column, from 0.
    pub col: u32,
    /// Columns covered, at least 1.
    pub col_span: u32,
    /// Rows covered, at least 1.
    pub row_span: u32,
    /// Text with line breaks as `\n`; placeholders are already gone.
    pub text: String,
    /// Text of tables nested in this cell.
    pub nested: String,
    /// The typed value, where the format has one.
    pub scalar: Scalar,
}

impl Cell {
    /// Text on a page of a PDF.
    pub(super) fn of_page(page: u32, col: u32, text: String) -> Self {
        let at = format!("page{page}");
        Self { at, col, col_span: 1, row_span: 1, text, nested: String::new(), scalar: Scalar::Text }
    }

    pub(super) fn is_blank(&self) -> bool {
        self.text.is_empty() && self.scalar == Scalar::Text
    }

    pub(super) fn end(&self) -> u32 {
        self.col.saturating_add(self.col_span.max(1))
    }
}

/// What a row belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// A worksheet: blank cells are not stored.
    Sheet,
    /// A table: blank cells are stored.
    Table,
    /// Paragraphs outside tables.
    Flow,
}

/// A row of a sheet or table, or one paragraph.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Which sheet, table or run of paragraphs; unique in the document.
    pub grid: u32,
    /// Which worksheet (0 for Word documents): forms on two sheets may be two children's.
    pub sheet: u32,
    pub layout: Layout,
    /// Row number within the grid, from 0.
    pub index: u32,
    /// In column order.
    pub cells: Vec<Cell>,
    /// A paragraph set as a heading, or all in bold letters.
    pub strong: bool,
}

impl Row {
    /// Cells that say something.
    pub(super) fn filled(&self) -> impl Iterator<Item = (usize, &Cell)> {
        self.cells.iter().enumerate().filter(|(_, cell)| !cell.is_blank())
    }
}

/// A whole document.
#[derive(Clone, Debug, Default)]
pub(super) struct Document {
    pub rows: Vec<Row>,
    /// Headers, footers, sheet names: read for titles and handling markers only.
    pub margins: Vec<String>,
    /// Text on hidden sheets: for name look-ups only, never a value.
    pub hidden: Vec<String>,
    /// A bare number in a cell may be a day, counted as Excel does from 1900: a workbook that counts from another day has
    /// none of these.
    pub counts_days: bool,
    /// Where a line of a cell was broken on purpose is not certain, for only the page was kept.
    pub joins_lines: bool,
    /// Texts with boxes that were left out, for the lines they stand on could not be put together: what is left of a list of
    /// theirs is no answer.
    pub lost_ticks: Vec<String>,
    /// By sheet, the rows and columns that it does not show.
    pub folded: BTreeMap<u32, Folded>,
    /// What is to be said of the whole file: it holds macros, it was not all read.
    pub findings: Vec<Finding>,
}

impl Document {
    /// Lines of a page that could not be put together for certain: what they belong to is not known, so no list is whole.
    pub(super) fn is_in_doubt(&self) -> bool {
        let flow = self.rows.iter().filter(|row| self.joins_lines && row.layout == Layout::Flow);
        flow.flat_map(|row| &row.cells).any(|cell| cell.text.contains('\u{FFFD}'))
    }

    /// All text, cut at `limit` bytes on a character boundary.
    pub(super) fn text(&self, limit: usize) -> String {
        let mut out = String::new();
        let cells = self.rows.iter().flat_map(|row| row.cells.iter().map(|cell| cell.text.as_str()));
        let rest = self.margins.iter().chain(&self.hidden).map(String::as_str);
        for piece in cells.chain(rest).filter(|piece| !piece.is_empty()) {
            if out.len() + piece.len() + 1 > limit {
                let room = limit.saturating_sub(out.len());
                out.push_str(piece.get(..piece.floor_char_boundary(room)).unwrap_or_default());
                break;
            }
            out.push_str(piece);
            out.push('\n');
        }
        out
    }
}

/// Tidies text as it comes out of a document: no-break and other odd spaces become spaces, runs collapse, each line is
/// trimmed and blank lines go; tick glyphs of symbol fonts become ☒ and ☐.
pub(super) fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let start = out.len();
        for ch in line.chars() {
            let ch = symbol(ch);
            if ch.is_whitespace() {
                if out.len() > start && !out.ends_with(' ') {
                    out.push(' ');
                }
            } else if !matches!(ch, '\u{200B}'..='\u{200F}' | '\u{FEFF}' | '\u{00AD}') && !ch.is_control() {
                out.push(ch);
            }
        }
        out.truncate(out.trim_end().len().max(start));
        if out.len() > start {
            out.push('\n');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// A raised text that is the mark of a note and no part of the words: `1`, `*`, `[2]`.
pub(super) fn is_note_mark(text: &str) -> bool {
    let text = text.trim().trim_start_matches(['[', '(']).trim_end_matches([']', ')', ',']);
    let is_sign = |ch: char| ch.is_ascii_digit() || matches!(ch, '*' | '†' | '‡' | '§');
    (1..=2).contains(&text.chars().count()) && text.chars().all(is_sign)
}

/// A character of the private area that symbol fonts use, as the box or tick it shows.
fn symbol(ch: char) -> char {
    match u32::from(ch) {
        code @ 0xF020..=0xF0FF => wingdings(code - 0xF000).unwrap_or(ch),
        _ => ch,
    }
}

/// The box or tick that a Wingdings code shows.
pub(super) fn wingdings(code: u32) -> Option<char> {
    match code {
        0xFB => Some('✗'),
        0xFC => Some('✓'),
        0xFE => Some('☑'),
        0x78 | 0xFD => Some(TICKED),
        0x6F | 0x71 | 0x72 | 0xA8 => Some(UNTICKED),
        _ => None,
    }
}

/// The box or tick that a Wingdings 2 code shows.
pub(super) fn wingdings2(code: u32) -> Option<char> {
    match code {
        0x4F => Some('✗'),
        0x50 => Some('✓'),
        0x52 => Some('☑'),
        0x51 | 0x53..=0x56 => Some(TICKED),
        0x2A | 0x30 | 0xA3 => Some(UNTICKED),
        _ => None,
    }
}
