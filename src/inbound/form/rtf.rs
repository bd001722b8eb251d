//! Rich Text (.rtf), as Word and LibreOffice write it: paragraphs, tables with merged cells, legacy form fields, headers and
//! footers. Struck-out, hidden and deleted text was taken back by its author. Pictures, comments, footnotes and text boxes are
//! not read; a table within a cell is part of that cell's text.

use super::Limits;
use super::blocks::{Adapter, Block, TableCell};
use super::model::{Document, TICKED, UNTICKED, tidy, wingdings};
use super::refuse::Refused;
use crate::casework::{Finding, FindingCode};
use crate::inbound::unpack::characters;
use std::collections::{BTreeMap, BTreeSet};

/// Reads a document into rows.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Document, Refused> {
    let mut page = Page { most: limits.cells, ..Page::default() };
    let mut rest = bytes;
    while let Some((byte, after)) = rest.split_first() {
        rest = match byte {
            b'{' => {
                page.open();
                after
            }
            b'}' => {
                page.close();
                after
            }
            b'\\' => page.control(after)?,
            b'\r' | b'\n' => after,
            byte => {
                page.byte(*byte);
                after
            }
        };
    }
    page.flush();
    page.end_line();
    page.end_table();
    let mut adapter = Adapter::default();
    adapter.body(page.blocks);
    if page.lost {
        let message = "The file has form fields whose answers it does not keep, because of the format it was saved in. Please save it as a Word document (.docx) and send that.";
        adapter.document.findings.push(Finding::document(FindingCode::Unreadable, message));
    }
    adapter.document.margins.extend(Some(tidy(&page.margin)).filter(|margin| !margin.is_empty()));
    Ok(adapter.document)
}

/// Where text goes.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Goes {
    #[default]
    Body,
    Margin,
    Font,
    /// One entry of a drop-down.
    Entry,
    /// What the form printed in a text field.
    Prompt,
    Nowhere,
}

/// What a group of braces sets.
#[derive(Clone, Copy, Default)]
struct Group {
    goes: Goes,
    /// Hidden, struck out or deleted.
    unseen: bool,
    font: i64,
    /// Bytes that stand for a character after it was given by number.
    skip: Option<usize>,
    /// The group describes a form field; its answer is said where the group ends.
    is_field: bool,
    /// The group is the answer of a text field with a prompt.
    is_result: bool,
}

/// A form field whose description has not been met.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Box,
    Text,
}

/// A legacy form field.
#[derive(Default)]
struct Field {
    kind: i64,
    result: Option<i64>,
    default: i64,
    prompt: Option<String>,
    entries: Vec<String>,
}

/// The place of a cell: its right edge in twips, and what it is merged with.
#[derive(Clone, Copy, Default)]
struct Place {
    right: i64,
    with_left: bool,
    with_above: bool,
}

#[derive(Default)]
struct Page {
    blocks: Vec<Block>,
    line: String,
    margin: String,
    bytes: Vec<u8>,
    charset: Option<String>,
    group: Group,
    outer: Vec<Group>,
    skipped: usize,
    fonts: BTreeMap<i64, String>,
    field: Field,
    /// The result of the field at hand was said already.
    answered: bool,
    /// What field is at hand, and whether what it holds was described.
    told: Option<Told>,
    /// What the form printed in the text field at hand, and where its answer starts.
    prompt: Option<String>,
    start: usize,
    /// Some program wrote a form field without what it holds.
    lost: bool,
    in_table: bool,
    cell: Vec<Block>,
    row: Vec<Vec<Block>>,
    places: Vec<Place>,
    next_place: Place,
    rows: Vec<Vec<(Place, Vec<Block>)>>,
    count: usize,
    most: usize,
}

/// Groups deeper than this are read as if they were at this depth.
const DEPTH: usize = 200;
/// Edges closer than this, in twips, are one.
const SAME: i64 = 40;

impl Page {
    fn open(&mut self) {
        self.flush();
        if self.outer.len() < DEPTH {
            self.outer.push(self.group);
            (self.group.is_field, self.group.is_result) = (false, false);
        }
    }

    fn close(&mut self) {
        self.flush();
        if self.group.is_field {
            self.answer();
        }
        if self.group.is_result
            && let (Some(prompt), Some(said)) = (self.prompt.take(), self.line.get(self.start..))
            && tidy(said) == tidy(&prompt)
        {
            self.line.truncate(self.start);
        }
        self.group = self.outer.pop().unwrap_or_default();
    }

    /// Says what a check box or drop-down answers; a text field's answer is the text that follows.
    fn answer(&mut self) {
        let field = std::mem::take(&mut self.field);
        // 25 says that nobody answered.
        let result = field.result.filter(|result| *result != 25).unwrap_or(field.default);
        self.told = None;
        self.prompt = field.prompt;
        match field.kind {
            1 => self.line.push(if result == 1 { TICKED } else { UNTICKED }),
            2 => {
                let chosen = usize::try_from(result).ok().and_then(|at| field.entries.get(at));
                self.line.push_str(chosen.map_or("", String::as_str));
            }
            _ => return,
        }
        self.line.push(' ');
        self.answered = true;
    }

    fn byte(&mut self, byte: u8) {
        if self.skipped > 0 {
            self.skipped -= 1;
        } else if !self.group.unseen {
            self.bytes.push(byte);
        }
    }

    fn flush(&mut self) {
        if self.bytes.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.bytes);
        let symbols = self.fonts.get(&self.group.font).is_some_and(|name| name.contains("Wingdings"));
        if self.group.goes == Goes::Nowhere {
            let has = |name: &[u8]| bytes.windows(name.len()).any(|at| at == name);
            if has(b"FORMCHECKBOX") {
                self.told = Some(Told::Box);
            } else if has(b"FORMTEXT") || has(b"FORMDROPDOWN") {
                self.told = Some(Told::Text);
            }
            return;
        }
        let text = match (symbols, self.group.goes) {
            (true, Goes::Body) => {
                bytes.iter().filter_map(|byte| wingdings(u32::from(*byte)).or((*byte == b' ').then_some(' '))).collect()
            }
            _ => characters(&bytes, self.charset.as_deref()),
        };
        self.put(&text);
    }

    fn put(&mut self, text: &str) {
        match self.group.goes {
            Goes::Body => self.line.push_str(text),
            Goes::Margin => self.margin.push_str(text),
            Goes::Font => self.fonts.entry(self.group.font).or_default().push_str(text),
            Goes::Prompt => self.field.prompt.get_or_insert_default().push_str(text),
            Goes::Entry => self.field.entries.push(text.trim().to_owned()),
            Goes::Nowhere => {}
        }
    }

    fn say(&mut self, text: &str) {
        if self.group.goes != Goes::Nowhere && !self.group.unseen {
            self.flush();
            self.put(text);
        }
    }

    /// Reads what follows a backslash, and returns what follows that.
    fn control<'r>(&mut self, after: &'r [u8]) -> Result<&'r [u8], Refused> {
        let Some((first, rest)) = after.split_first() else { return Ok(after) };
        if !first.is_ascii_alphabetic() {
            match first {
                b'\'' => {
                    let digits = rest.get(..2).and_then(|two| std::str::from_utf8(two).ok());
                    if let Some(byte) = digits.and_then(|two| u8::from_str_radix(two, 16).ok()) {
                        self.byte(byte);
                    }
                    return Ok(rest.get(2..).unwrap_or_default());
                }
                // A destination that need not be understood: nothing of it is, unless its name says otherwise.
                b'*' => self.group.goes = Goes::Nowhere,
                b'~' => self.say(" "),
                b'_' => self.say("-"),
                b'{' | b'}' | b'\\' => self.byte(*first),
                _ => {}
            }
            return Ok(rest);
        }
        let end = after.iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(after.len());
        let (word, rest) = after.split_at_checked(end).unwrap_or((after, &[]));
        let signed = usize::from(rest.first() == Some(&b'-'));
        let digits = rest.iter().skip(signed).take_while(|byte| byte.is_ascii_digit()).count().min(10);
        let (number, rest) = rest.split_at_checked(if digits > 0 { signed + digits } else { 0 }).unwrap_or((&[], rest));
        let number = std::str::from_utf8(number).ok().and_then(|number| number.parse::<i64>().ok());
        let rest = rest.strip_prefix(b" ").unwrap_or(rest);
        if word == b"bin" {
            let length = usize::try_from(number.unwrap_or_default()).unwrap_or_default();
            return Ok(rest.get(length..).unwrap_or_default());
        }
        self.flush();
        self.word(std::str::from_utf8(word).unwrap_or_default(), number);
        if self.count > self.most {
            return Err(Refused::limit(format!("more than {} cells and lines", self.most)));
        }
        Ok(rest)
    }

    fn word(&mut self, word: &str, number: Option<i64>) {
        let on = number != Some(0);
        match word {
            "ansicpg" => {
                let page = number.unwrap_or(1252);
                self.charset = Some(if page == 65001 { "utf-8".to_owned() } else { format!("windows-{page}") });
            }
            "uc" => self.group.skip = number.and_then(|n| usize::try_from(n).ok()).map(|n| n.min(8)),
            "u" => {
                let code = number.unwrap_or_default();
                let code = u32::try_from(if code < 0 { code + 65_536 } else { code }).unwrap_or_default();
                if let Some(character) = char::from_u32(code) {
                    self.say(&character.to_string());
                }
                self.skipped = self.group.skip.unwrap_or(1);
            }
            "f" => self.group.font = number.unwrap_or_default(),
            "plain" => self.group.unseen = false,
            "v" | "strike" | "striked" | "deleted" => self.group.unseen = on,
            "fonttbl" => self.group.goes = Goes::Font,
            "header" | "headerf" | "headerl" | "headerr" | "footer" | "footerf" | "footerl" | "footerr" => {
                self.group.goes = Goes::Margin;
            }
            "colortbl" | "stylesheet" | "info" | "pict" | "object" | "footnote" | "listtext" | "pntext"
            | "annotation" | "nonshppict" | "shp" | "do" | "falt" | "panose" | "fldinst" => {
                self.group.goes = Goes::Nowhere
            }
            "formfield" => {
                self.field = Field::default();
                self.group.is_field = true;
            }
            "fftype" => self.field.kind = number.unwrap_or_default(),
            "ffres" => self.field.result = number,
            "ffdefres" => self.field.default = number.unwrap_or_default(),
            "ffl" => self.group.goes = Goes::Entry,
            "fldrslt" if std::mem::take(&mut self.answered) => self.group.goes = Goes::Nowhere,
            "fldrslt" => match self.told.take() {
                None => (self.group.is_result, self.start) = (self.prompt.is_some(), self.line.len()),
                // Without its box an option would stand there as if it had been written, and without the prompt known a
                // prompt as if it were an answer.
                Some(told) => {
                    self.lost = true;
                    self.line.push_str(if told == Told::Box { "☐ " } else { "" });
                    self.group.goes = Goes::Nowhere;
                }
            },
            "ffdeftext" => self.group.goes = Goes::Prompt,
            _ if matches!(self.group.goes, Goes::Body | Goes::Margin) => self.layout(word, number),
            _ => {}
        }
    }

    /// Lines, cells and rows.
    fn layout(&mut self, word: &str, number: Option<i64>) {
        if self.group.goes == Goes::Margin {
            match word {
                "par" | "line" | "cell" | "row" => self.margin.push('\n'),
                "tab" => self.margin.push(' '),
                _ => {}
            }
            return;
        }
        match word {
            "pard" => self.in_table = false,
            "intbl" => self.in_table = true,
            "par" | "sect" | "page" => self.end_line(),
            "line" => self.line.push('\n'),
            "tab" => self.line.push(if self.in_table { ' ' } else { '\t' }),
            "nestcell" => self.line.push(' '),
            "nestrow" => self.line.push('\n'),
            "cell" => {
                self.in_table = true;
                self.end_line();
                self.row.push(std::mem::take(&mut self.cell));
            }
            "row" => self.end_row(),
            "trowd" => (self.places, self.next_place) = (Vec::new(), Place::default()),
            "clmrg" => self.next_place.with_left = true,
            "clvmrg" => self.next_place.with_above = true,
            "cellx" => {
                let place = std::mem::take(&mut self.next_place);
                self.places.push(Place { right: number.unwrap_or_default(), ..place });
            }
            "lquote" | "rquote" => self.line.push('’'),
            "ldblquote" | "rdblquote" => self.line.push('"'),
            "endash" | "emdash" => self.line.push('–'),
            "bullet" => self.line.push('•'),
            _ => {}
        }
    }

    fn end_line(&mut self) {
        self.count += 1;
        let line = std::mem::take(&mut self.line);
        if self.in_table {
            self.cell.push(Block::Paragraph(line));
        } else {
            self.end_table();
            self.blocks.push(Block::Paragraph(line));
        }
    }

    fn end_row(&mut self) {
        self.count += self.row.len() + 1;
        let cells = std::mem::take(&mut self.row);
        // A row whose edges are not told has its cells side by side.
        let place = |at: usize| {
            self.places
                .get(at)
                .copied()
                .unwrap_or(Place { right: (i64::try_from(at).unwrap_or_default() + 1) * 1_000, ..Place::default() })
        };
        let row: Vec<(Place, Vec<Block>)> =
            cells.into_iter().enumerate().map(|(at, blocks)| (place(at), blocks)).collect();
        // Two tables may follow one another with nothing between: their rows have no edge in common.
        let another = self.rows.last().is_some_and(|last| {
            let (before, here) = (inner(last), inner(&row));
            before.is_empty() != here.is_empty()
                || (!here.is_empty() && !before.iter().any(|b| here.iter().any(|h| (b - h).abs() <= SAME)))
        });
        if another {
            self.lay_out();
        }
        self.rows.push(row);
    }

    fn end_table(&mut self) {
        if !self.row.is_empty() {
            self.end_row();
        }
        self.lay_out();
    }

    /// Makes a table of the rows read so far.
    fn lay_out(&mut self) {
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return;
        }
        let mut edges: Vec<i64> = Vec::new();
        let all: BTreeSet<i64> = rows.iter().flatten().map(|(place, _)| place.right).collect();
        for edge in all {
            if edges.last().is_none_or(|last| edge - last > SAME) {
                edges.push(edge);
            }
        }
        // The column after an edge.
        let column =
            |right: i64| u32::try_from(edges.partition_point(|edge| *edge + SAME < right) + 1).unwrap_or(u32::MAX);
        let mut table: Vec<Vec<TableCell>> = Vec::new();
        for row in rows {
            let mut shown: Vec<TableCell> = Vec::new();
            let mut col = 0;
            for (place, blocks) in row {
                let end = column(place.right).max(col + 1);
                let above = table.iter_mut().rev().flatten().find(|cell| cell.col == col);
                match (place.with_left, place.with_above, shown.last_mut(), above) {
                    (true, _, Some(left), _) => left.col_span = end - left.col,
                    (_, true, _, Some(above)) => above.row_span += 1,
                    _ => shown.push(TableCell { col, col_span: end - col, row_span: 1, blocks }),
                }
                col = end;
            }
            table.push(shown);
        }
        self.blocks.push(Block::Table(table));
    }
}

/// The edges between a row's cells.
fn inner(row: &[(Place, Vec<Block>)]) -> Vec<i64> {
    row.iter().rev().skip(1).map(|(place, _)| place.right).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(rich: &str) -> Vec<(String, String)> {
        let document = read(rich.as_bytes(), &Limits::default()).unwrap();
        let all = document.rows.into_iter().flat_map(|row| row.cells);
        all.map(|cell| (cell.at, cell.text)).filter(|(_, text)| !text.is_empty()).collect()
    }

    fn is(rich: &str, expected: &[(&str, &str)]) {
        let expected: Vec<_> = expected.iter().map(|(at, text)| ((*at).to_owned(), (*text).to_owned())).collect();
        assert_eq!(cells(rich), expected, "{rich}");
    }

    #[test]
    fn rows_and_cells_stand_where_their_edges_say() {
        let rich = r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}{\f1 Wingdings;}}\pard Title\par
            \trowd\cellx1000\cellx2000\cellx3000\intbl a\cell b\par c\cell d\cell\row
            \trowd\cellx1000\cellx3000\intbl e\cell f\cell\row\pard after\par}";
        is(
            rich,
            &[
                ("p1", "Title"),
                ("table1!r1c1", "a"),
                ("table1!r1c2", "b\nc"),
                ("table1!r1c3", "d"),
                ("table1!r2c1", "e"),
                ("table1!r2c2", "f"),
                ("p2", "after"),
            ],
        );
    }

    #[test]
    fn characters_boxes_and_fields_are_read_and_what_was_taken_back_is_not() {
        is(r"{\rtf1\ansicpg1252 Zo\'eb\u8217?s \{x\}\par}", &[("p1", "Zoë’s {x}")]);
        is(r"{\rtf1{\fonttbl{\f1 Wingdings;}}{\f1\'fe} Yes {\f1 o} No\par}", &[("p1", "☒ Yes ☐ No")]);
        is(r"{\rtf1 {\v hidden}{\strike old}{\deleted gone}{\*\comment no}new\par}", &[("p1", "new")]);
        let field = |result: &str| {
            format!(
                r"{{\rtf1 {{\field{{\*\fldinst FORMCHECKBOX {{\*\formfield{{\fftype1{result}\ffdefres1}}}}}}{{\fldrslt x}}}}Yes\par}}"
            )
        };
        is(&field(r"\ffres0"), &[("p1", "☐ Yes")]);
        is(&field(r"\ffres25"), &[("p1", "☒ Yes")]);
    }

    #[test]
    fn a_box_whose_tick_was_lost_is_no_tick_and_is_told() {
        let rich = r"{\rtf1{\field{\*\fldinst { FORMCHECKBOX }}{\fldrslt {}}} LAC\par}";
        is(rich, &[("p1", "☐ LAC")]);
        assert_eq!(read(rich.as_bytes(), &Limits::default()).unwrap().findings.len(), 1);
    }

    #[test]
    fn a_prompt_in_a_text_field_is_no_answer() {
        let field = |result: &str| {
            format!(
                r"{{\rtf1 {{\field{{\*\fldinst FORMTEXT {{\*\formfield{{\fftype0{{\*\ffdeftext Enter name}}}}}}}}{{\fldrslt {result}}}}}\par}}"
            )
        };
        is(&field("Pat Worker"), &[("p1", "Pat Worker")]);
        is(&field("Enter name"), &[]);
        // Not described: what stands there may be the prompt.
        is(r"{\rtf1{\field{\*\fldinst { FORMTEXT }}{\fldrslt Enter name}}\par}", &[]);
    }

    #[test]
    fn tables_that_follow_one_another_are_told_apart_by_their_edges() {
        let row = |edges: &str, cells: &str| format!(r"\trowd{edges}\intbl {cells}\row ");
        let rich = format!(
            r"{{\rtf1 {}{}{}}}",
            row(r"\cellx1000\cellx3000", r"a\cell b\cell"),
            row(r"\cellx3000", r"heading\cell"),
            row(r"\cellx1500\cellx3000", r"c\cell d\cell")
        );
        let places: Vec<String> = cells(&rich).into_iter().map(|(at, _)| at).collect();
        assert_eq!(places, ["table1!r1c1", "table1!r1c2", "table2!r1c1", "table3!r1c1", "table3!r1c2"]);
    }

    #[test]
    fn broken_files_are_read_as_far_as_they_go() {
        assert_eq!(cells(r"{\rtf1"), []);
        assert_eq!(cells(r"{\rtf1 one\par two").len(), 2);
        assert_eq!(cells(r"{\rtf1\trowd\cellx9 a\cell b\cell").len(), 2);
        let limits = Limits { cells: 10, ..Limits::default() };
        assert!(read([br"{\rtf1".as_slice(), &br"\par x".repeat(20)].concat().as_slice(), &limits).is_err());
    }
}
