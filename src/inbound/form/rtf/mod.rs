//! Rich Text (.rtf), as Word and LibreOffice write it: paragraphs, tables with merged cells, legacy form fields, headers and
//! footers. Struck-out, hidden and deleted text was taken back by its author. Pictures, comments and footnotes are not
//! read.

mod boxes;
mod table;
#[cfg(test)]
mod tests;

use super::Limits;
use super::answer::answer;
use super::blocks::{Adapter, Block};
use super::dictionary::Labels;
use super::given::is_given;
use super::model::{Document, TICKED, UNTICKED, is_note_mark, tidy, wingdings};
use super::refuse::Refused;
use crate::casework::{Finding, FindingCode};
use crate::inbound::rich::{self, Token, Tokens};
use crate::inbound::unpack::characters;
use boxes::Outside;
use std::collections::{BTreeMap, BTreeSet};
use table::Table;

/// Reads a document into rows.
pub(super) fn read(bytes: &[u8], labels: Labels<'_>, limits: &Limits) -> Result<Document, Refused> {
    let mut page = Page { most: limits.cells, labels: Some(labels), ..Page::default() };
    for token in Tokens::of(bytes) {
        page.token(token);
        if page.count > page.most {
            return Err(Refused::limit(format!("more than {} cells and lines", page.most)));
        }
    }
    page.flush();
    page.end_line();
    while !page.outside.is_empty() {
        page.end_box();
        page.end_line();
    }
    page.end_tables(0);
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
    /// The names of styles.
    Styles,
    Nowhere,
}

/// What a group of braces sets.
#[derive(Clone, Copy, Default)]
struct Group {
    goes: Goes,
    /// Hidden, struck out or deleted.
    unseen: bool,
    bold: bool,
    raised: bool,
    font: i64,
    /// Bytes that stand for a character after it was given by number.
    skip: Option<usize>,
    /// The group describes a form field; its answer is said where the group ends.
    is_field: bool,
    /// The group is the answer of a text field, or the prompt that the form printed there.
    is_result: bool,
    /// The group is a shape's, whose text is read; the group is that text.
    in_shape: bool,
    is_box: bool,
    /// The group says where the cells of a table within a cell stand.
    is_inner: bool,
}

/// A form field whose description has not been met.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Box,
    List,
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

#[derive(Default)]
struct Page<'d> {
    labels: Option<Labels<'d>>,
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
    /// Some program wrote a form field without what it holds, or without what tells an answer from a prompt.
    lost: bool,
    /// LibreOffice says of what stands in a content control that it is the control's prompt, whatever it is.
    by_libreoffice: bool,
    /// The style being described, and those that Word sets prompts in.
    style: i64,
    prompts: BTreeSet<i64>,
    /// The paragraph at hand is set as a heading; letters of its line in bold, and others.
    is_heading: bool,
    in_bold: usize,
    in_plain: usize,
    /// In how many tables, one within another, the line at hand stands.
    depth: usize,
    /// The tables being read, the outermost first.
    tables: Vec<Table>,
    /// What is at hand outside the text boxes being read, and those that the paragraph at hand anchors.
    outside: Vec<Outside>,
    boxed: Vec<Block>,
    count: usize,
    most: usize,
}

/// Groups deeper than this are read as if they were at this depth.
const DEPTH: usize = 200;
/// Tables within tables deeper than this are read as if they were at this depth.
const TABLES: usize = 8;

impl Page<'_> {
    fn open(&mut self) {
        self.flush();
        if self.outer.len() < DEPTH {
            self.outer.push(self.group);
            (self.group.is_field, self.group.is_result, self.group.is_box) = (false, false, false);
        }
    }

    fn close(&mut self) {
        self.flush();
        if self.group.is_field {
            self.answer();
        }
        if self.group.is_result {
            self.drop_prompt();
        }
        if self.group.is_box {
            self.end_box();
        }
        self.group = self.outer.pop().unwrap_or_default();
    }

    /// Takes out what a text field holds if that is its prompt; where nobody can say, unless it can be nothing but an answer.
    fn drop_prompt(&mut self) {
        let prompt = self.prompt.take();
        let said = tidy(self.line.get(self.start..).unwrap_or_default());
        if prompt.as_ref().is_some_and(|prompt| tidy(prompt) != said) {
            return;
        }
        let nobody_says = prompt.is_none() || self.by_libreoffice;
        if !(nobody_says && self.labels.is_some_and(|labels| is_given(&said, labels))) {
            let is_lost = nobody_says && answer(&said).is_some();
            self.line.truncate(self.start);
            // What stands elsewhere is not the answer either.
            self.line.extend(is_lost.then_some(char::REPLACEMENT_CHARACTER));
            self.lost |= is_lost;
        }
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
            self.by_libreoffice |= bytes.starts_with(b"LibreOffice/");
            if has(b"FORMCHECKBOX") {
                self.told = Some(Told::Box);
            } else if has(b"FORMDROPDOWN") {
                self.told = Some(Told::List);
            } else if has(b"FORMTEXT") {
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
            Goes::Body if self.group.raised && is_note_mark(text) => {}
            Goes::Body => {
                let letters = text.chars().filter(|ch| ch.is_alphanumeric()).count();
                *(if self.group.bold { &mut self.in_bold } else { &mut self.in_plain }) += letters;
                self.line.push_str(text);
            }
            Goes::Margin => self.margin.push_str(text),
            Goes::Font => self.fonts.entry(self.group.font).or_default().push_str(text),
            Goes::Prompt => self.field.prompt.get_or_insert_default().push_str(text),
            Goes::Entry => self.field.entries.push(text.trim().to_owned()),
            Goes::Styles if text.trim_end_matches(';') == "Placeholder Text" => {
                self.prompts.insert(self.style);
            }
            Goes::Styles | Goes::Nowhere => {}
        }
    }

    fn say(&mut self, text: &str) {
        if self.group.goes != Goes::Nowhere && !self.group.unseen {
            self.flush();
            self.put(text);
        }
    }

    fn token(&mut self, token: Token<'_>) {
        match token {
            Token::Open => self.open(),
            Token::Close => self.close(),
            Token::Byte(byte) => self.byte(byte),
            Token::Word(word, number) => {
                self.flush();
                self.word(word, number);
            }
            // A destination that need not be understood: nothing of it is, unless its name says otherwise.
            Token::Symbol(b'*') if self.group.goes == Goes::Styles => {}
            Token::Symbol(b'*') => self.group.goes = Goes::Nowhere,
            Token::Symbol(b'~') => self.say(" "),
            Token::Symbol(b'_') => self.say("-"),
            Token::Symbol(_) => {}
        }
    }

    fn word(&mut self, word: &str, number: Option<i64>) {
        let on = number != Some(0);
        match word {
            "ansicpg" => self.charset = Some(rich::charset(number)),
            "uc" => self.group.skip = number.and_then(|n| usize::try_from(n).ok()).map(|n| n.min(8)),
            "u" => {
                if let Some(character) = rich::character(number) {
                    self.say(&character.to_string());
                }
                self.skipped = self.group.skip.unwrap_or(1);
            }
            "f" => self.group.font = number.unwrap_or_default(),
            "plain" => (self.group.unseen, self.group.bold, self.group.raised) = (false, false, false),
            "super" => self.group.raised = on,
            "nosupersub" => self.group.raised = false,
            "b" => self.group.bold = on,
            "outlinelevel" => self.is_heading = number.is_some_and(|level| level < 9),
            "v" | "strike" | "striked" | "deleted" => self.group.unseen = on,
            "fonttbl" => self.group.goes = Goes::Font,
            "header" | "headerf" | "headerl" | "headerr" | "footer" | "footerf" | "footerl" | "footerr" => {
                self.group.goes = Goes::Margin;
            }
            "stylesheet" => self.group.goes = Goes::Styles,
            "cs" if self.group.goes == Goes::Styles => self.style = number.unwrap_or_default(),
            "cs" => self.group.unseen |= number.is_some_and(|style| self.prompts.contains(&style)),
            "colortbl" | "info" | "pict" | "object" | "footnote" | "listtext" | "pntext" | "annotation"
            | "nonshppict" | "falt" | "panose" | "fldinst" | "nonesttables" => self.group.goes = Goes::Nowhere,
            "shp" | "do" => self.begin_shape(),
            "shprslt" => self.group.in_shape = false,
            "shptxt" | "dptxbxtext" => self.begin_box(),
            "nesttableprops" => (self.group.goes, self.group.is_inner) = (Goes::Body, true),
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
                Some(Told::Text) => (self.group.is_result, self.start) = (true, self.line.len()),
                // Without its box an option would stand there as if it had been written, and without its entries known a list's
                // first as if it had been chosen.
                Some(told) => {
                    self.lost = true;
                    self.line.push_str(if told == Told::Box { "☐ " } else { "\u{FFFD}" });
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
            "pard" => (self.depth, self.is_heading) = (0, false),
            "intbl" => self.depth = self.depth.max(1),
            "itap" => self.depth = usize::try_from(number.unwrap_or(1)).unwrap_or_default().min(TABLES),
            "par" | "sect" | "page" => self.end_line(),
            "line" => self.line.push('\n'),
            "tab" => self.line.push(if self.depth > 0 { ' ' } else { '\t' }),
            "cell" => self.end_cell(1),
            "nestcell" => self.end_cell(self.depth.max(2)),
            "row" => self.end_row(1),
            "nestrow" => self.end_row(self.tables.len().max(2)),
            "trowd" | "clmrg" | "clvmrg" | "cellx" => {
                let depth = if self.group.is_inner { self.tables.len().max(2) } else { 1 };
                if let Some(table) = self.table(depth) {
                    table.place(word, number);
                }
            }
            "lquote" | "rquote" => self.line.push('’'),
            "ldblquote" | "rdblquote" => self.line.push('"'),
            "endash" | "emdash" => self.line.push('–'),
            "bullet" => self.line.push('•'),
            _ => {}
        }
    }

    /// The table at a depth, with those around it.
    fn table(&mut self, depth: usize) -> Option<&mut Table> {
        self.tables.resize_with(self.tables.len().max(depth), Table::default);
        self.tables.get_mut(depth.checked_sub(1)?)
    }

    fn end_line(&mut self) {
        self.count += 1;
        let strong = self.is_heading || self.in_bold > 0 && self.in_plain == 0;
        (self.in_bold, self.in_plain) = (0, 0);
        let line = Block::paragraph(std::mem::take(&mut self.line), strong);
        let depth = self.depth;
        self.end_tables(depth);
        let boxed = std::mem::take(&mut self.boxed);
        match self.table(depth) {
            Some(table) => table.cell.extend([line].into_iter().chain(boxed)),
            None => self.blocks.extend([line].into_iter().chain(boxed)),
        }
    }

    fn end_cell(&mut self, depth: usize) {
        self.depth = depth;
        self.end_line();
        if let Some(table) = self.table(depth) {
            table.end_cell();
        }
    }

    fn end_row(&mut self, depth: usize) {
        self.end_tables(depth);
        let Some((cells, done)) = self.table(depth).map(Table::end_row) else { return };
        self.count += cells + 1;
        self.keep(depth, done);
    }

    /// Ends the tables deeper than this: each is a part of the cell around it.
    fn end_tables(&mut self, depth: usize) {
        while self.tables.len() > depth
            && let Some(table) = self.tables.pop()
        {
            let depth = self.tables.len() + 1;
            self.keep(depth, table.end());
        }
    }

    /// Puts tables that stood at a depth where they belong.
    fn keep(&mut self, depth: usize, tables: impl IntoIterator<Item = Block>) {
        match depth.checked_sub(2).and_then(|outer| self.tables.get_mut(outer)) {
            Some(outer) => outer.cell.extend(tables),
            None => self.blocks.extend(tables),
        }
    }
}
