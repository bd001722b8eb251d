//! Word documents (.docx): paragraphs, tables within tables, content controls, check boxes old and new, drop-downs and
//! dates. A placeholder is not an answer; deleted, struck-out and hidden text was taken back by its author.

use super::archive::Archive;
use super::blocks::{Adapter, Block, TableCell, flat};
use super::model::{Document, TICKED, UNTICKED, is_note_mark, tidy, wingdings, wingdings2};
use super::xml::{self, Child, Node};
use super::{Limits, Refused};

/// A cell as it stands in its row, before it is known how many rows it covers.
struct Written {
    cell: TableCell,
    merge: Merge,
}

#[derive(Clone, Copy, PartialEq)]
enum Merge {
    None,
    Start,
    Continue,
}

/// Reads a document's parts into rows.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Document, Refused> {
    let mut archive = Archive::open(bytes, limits)?;
    let main = main_part(&mut archive)?;
    let text = archive.part(&main)?.ok_or_else(Refused::broken)?;
    let root = xml::parse(&text, limits)?;
    let body = root.child("document").and_then(|document| document.child("body")).ok_or_else(Refused::broken)?;
    let mut adapter = Adapter::default();
    adapter.body(Walk::default().blocks(body));
    for name in archive.names() {
        let file = name.rsplit('/').next().unwrap_or_default();
        if name.starts_with("word/")
            && name.ends_with(".xml")
            && (file.starts_with("header") || file.starts_with("footer"))
        {
            let Some(text) = archive.part(&name)? else { continue };
            for child in xml::parse(&text, limits)?.nodes() {
                let text = flat(&Walk::default().blocks(child));
                if !text.is_empty() {
                    adapter.document.margins.push(text);
                }
            }
        }
    }
    Ok(adapter.document)
}

/// The main part's name is what the package's relations say, which is nearly always `word/document.xml`.
fn main_part(archive: &mut Archive<'_>) -> Result<String, Refused> {
    let usual = "word/document.xml".to_owned();
    let Some(relations) = archive.part("_rels/.rels")? else { return Ok(usual) };
    let root = xml::parse(&relations, &Limits::default())?;
    let target = root.child("Relationships").and_then(|all| {
        all.nodes().find(|node| node.attribute("Type").is_some_and(|kind| kind.ends_with("/officeDocument")))
    });
    Ok(target.and_then(|node| node.attribute("Target")).map_or(usual, |name| name.trim_start_matches('/').to_owned()))
}

/// A paragraph set as a heading, or all in bold letters.
fn is_strong(paragraph: &Node) -> bool {
    let properties = paragraph.child("pPr");
    let style = properties.and_then(|properties| properties.val("pStyle")).unwrap_or_default().to_ascii_lowercase();
    let level = properties.and_then(|properties| properties.val("outlineLvl")).is_some_and(|level| level != "9");
    level || style.starts_with("heading") || style.starts_with("title") || style.starts_with("subtitle") || {
        let mut runs = paragraph.nodes().filter(|run| &*run.name == "r" && run.child("t").is_some()).peekable();
        runs.peek().is_some()
            && runs.all(|run| run.child("rPr").and_then(|properties| properties.on("b")) == Some(true))
    }
}

/// A legacy field being read: what lies between its `separate` and `end` is its result.
struct Field {
    separated: bool,
    skip_result: bool,
    default: Option<String>,
    start: usize,
}

/// Goes through the tree, keeping what is inside a placeholder or beside the point out of the text.
#[derive(Default)]
struct Walk {
    /// Above zero: text is a placeholder or stands for a box already shown.
    hidden: u32,
    /// A content control's answer, to be written where its content begins.
    answer: Option<String>,
    fields: Vec<Field>,
}

impl Walk {
    fn blocks(&mut self, parent: &Node) -> Vec<Block> {
        let mut out = Vec::new();
        for node in parent.nodes() {
            match &*node.name {
                "p" => {
                    let mut boxes = Vec::new();
                    let text = self.paragraph(node, &mut boxes);
                    out.push(Block::paragraph(text, is_strong(node)));
                    for text_box in boxes {
                        out.extend(self.blocks(text_box));
                    }
                }
                "tbl" => out.push(Block::Table(self.table(node))),
                "sdt" => {
                    let inner = self.control(node, |walk, content| walk.blocks(content));
                    out.extend(inner.unwrap_or_default());
                    if let Some(answer) = self.answer.take() {
                        out.push(Block::Paragraph(answer));
                    }
                }
                "ins" | "moveTo" | "smartTag" | "customXml" => out.extend(self.blocks(node)),
                "AlternateContent" => out.extend(alternative(node).map(|inner| self.blocks(inner)).unwrap_or_default()),
                _ => {}
            }
        }
        out
    }

    /// Enters a content control: its placeholder, box or date decides what of its content counts.
    fn control<T>(&mut self, node: &Node, enter: impl FnOnce(&mut Self, &Node) -> T) -> Option<T> {
        let content = node.child("sdtContent");
        let answer = node.child("sdtPr").and_then(control_answer);
        let covered = answer.is_some() && self.hidden == 0;
        if covered {
            self.answer = answer.filter(|text| !text.is_empty());
        }
        self.hidden += u32::from(covered);
        let out = content.map(|content| enter(self, content));
        self.hidden -= u32::from(covered);
        out
    }

    fn table(&mut self, node: &Node) -> Vec<Vec<TableCell>> {
        let mut rows = Vec::new();
        self.rows(node, &mut rows);
        shown(rows)
    }

    fn rows(&mut self, parent: &Node, out: &mut Vec<Vec<Written>>) {
        for node in parent.nodes() {
            match &*node.name {
                "tr" => {
                    let properties = node.child("trPr");
                    if properties.is_some_and(|properties| properties.child("del").is_some()) {
                        continue;
                    }
                    let before = properties.and_then(|p| p.val("gridBefore")).and_then(|n| n.parse().ok()).unwrap_or(0);
                    let mut cells = Vec::new();
                    self.cells(node, before, &mut cells);
                    out.push(cells);
                }
                "sdt" => {
                    self.control(node, |walk, content| walk.rows(content, out));
                }
                "ins" | "customXml" => self.rows(node, out),
                _ => {}
            }
        }
    }

    fn cells(&mut self, parent: &Node, first: u32, out: &mut Vec<Written>) {
        for node in parent.nodes() {
            let col = out.last().map_or(first, |last| last.cell.col.saturating_add(last.cell.col_span));
            match &*node.name {
                "tc" => {
                    let properties = node.child("tcPr");
                    let span = properties.and_then(|p| p.val("gridSpan")).and_then(|n| n.parse().ok()).unwrap_or(1);
                    let merge = match properties.and_then(|p| p.child("vMerge")) {
                        Some(merge) if merge.attribute("val") == Some("restart") => Merge::Start,
                        Some(_) => Merge::Continue,
                        None => Merge::None,
                    };
                    let col_span = u32::clamp(span, 1, 256);
                    let cell = TableCell { col, col_span, row_span: 1, blocks: self.blocks(node) };
                    out.push(Written { cell, merge });
                }
                "sdt" => {
                    self.control(node, |walk, content| walk.cells(content, col, out));
                }
                "ins" | "customXml" => self.cells(node, col, out),
                _ => {}
            }
        }
    }

    fn paragraph<'n>(&mut self, node: &'n Node, boxes: &mut Vec<&'n Node>) -> String {
        let mut out = self.answer.take().unwrap_or_default();
        self.inline(node, &mut out, boxes);
        out
    }

    fn inline<'n>(&mut self, parent: &'n Node, out: &mut String, boxes: &mut Vec<&'n Node>) {
        for node in parent.nodes() {
            match &*node.name {
                "r" => self.run(node, out, boxes),
                "hyperlink" | "ins" | "moveTo" | "smartTag" | "customXml" | "fldSimple" | "dir" | "bdo" => {
                    self.inline(node, out, boxes);
                }
                "sdt" => {
                    let Some(content) = node.child("sdtContent") else { continue };
                    let answer = node.child("sdtPr").and_then(control_answer);
                    match answer {
                        Some(text) if self.hidden == 0 => out.push_str(&text),
                        Some(_) => {}
                        None => self.inline(content, out, boxes),
                    }
                }
                _ => {}
            }
        }
    }

    fn run<'n>(&mut self, run: &'n Node, out: &mut String, boxes: &mut Vec<&'n Node>) {
        let properties = run.child("rPr");
        let is_on = |name| properties.and_then(|p| p.on(name)) == Some(true);
        let taken_back = is_on("strike") || is_on("dstrike") || is_on("vanish");
        let is_raised = properties.and_then(|p| p.val("vertAlign")) == Some("superscript");
        let font = properties
            .and_then(|p| p.child("rFonts"))
            .and_then(|f| f.attribute("ascii").or_else(|| f.attribute("hAnsi")));
        for child in &run.children {
            let Child::Node(node) = child else { continue };
            let shown = !taken_back
                && self.hidden == 0
                && !self.fields.iter().any(|field| field.separated && field.skip_result);
            match &*node.name {
                "fldChar" => self.field(node, out),
                "t" if shown => {
                    for part in &node.children {
                        match part {
                            Child::Text(text) if !(is_raised && is_note_mark(text)) => push_text(out, text, font),
                            _ => {}
                        }
                    }
                }
                "tab" | "ptab" if shown => out.push('\t'),
                "br" | "cr" if shown => out.push('\n'),
                "noBreakHyphen" if shown => out.push('-'),
                "sym" if shown => {
                    let code = node.attribute("char").and_then(|hex| u32::from_str_radix(hex, 16).ok()).unwrap_or(0);
                    out.extend(symbol(node.attribute("font").unwrap_or_default(), code & 0xFF));
                }
                "drawing" | "pict" | "object" => text_boxes(node, boxes),
                "AlternateContent" => {
                    if let Some(inner) = alternative(node) {
                        text_boxes(inner, boxes);
                    }
                }
                _ => {}
            }
        }
    }

    fn field(&mut self, mark: &Node, out: &mut String) {
        match mark.attribute("fldCharType") {
            Some("begin") => {
                let data = mark.child("ffData");
                let shown = data.and_then(legacy_answer);
                let default = data.and_then(|d| d.child("textInput")).and_then(|input| input.val("default"));
                if let Some(text) = shown.as_ref().filter(|_| self.hidden == 0) {
                    out.push_str(text);
                }
                self.fields.push(Field {
                    separated: false,
                    skip_result: shown.is_some(),
                    default: default.map(tidy),
                    start: out.len(),
                });
            }
            Some("separate") => {
                if let Some(field) = self.fields.last_mut() {
                    field.separated = true;
                    field.start = out.len();
                }
            }
            Some("end") => {
                let Some(field) = self.fields.pop() else { return };
                // What the form's author pre-printed in the field is a prompt, not an answer.
                if let (Some(default), Some(result)) = (field.default, out.get(field.start..))
                    && !default.is_empty()
                    && tidy(result) == default
                {
                    out.truncate(field.start);
                }
            }
            _ => {}
        }
    }
}

/// What a content control answers regardless of its content: the empty text for a placeholder, a box, an ISO date.
/// None if its content is the answer.
fn control_answer(properties: &Node) -> Option<String> {
    if let Some(checkbox) = properties.child("checkbox") {
        return Some(tick(checkbox.on("checked") == Some(true)).to_string());
    }
    if properties.on("showingPlcHdr") == Some(true) {
        return Some(String::new());
    }
    let full = properties.child("date")?.attribute("fullDate")?;
    full.get(..10).map(str::to_owned)
}

/// The effective state of a legacy check box is `checked` if it is there, else `default`; a drop-down's is `result`, else
/// `default`. Else Word shows its first entry, which nobody chose.
fn legacy_answer(data: &Node) -> Option<String> {
    if let Some(checkbox) = data.child("checkBox") {
        let on = checkbox.on("checked").or_else(|| checkbox.on("default")).unwrap_or(false);
        return Some(tick(on).to_string());
    }
    let list = data.child("ddList")?;
    let chosen = list.val("result").or_else(|| list.val("default")).and_then(|n| n.parse::<usize>().ok());
    let entry = chosen.and_then(|chosen| list.nodes().filter(|node| &*node.name == "listEntry").nth(chosen));
    Some(entry.and_then(|entry| entry.attribute("val")).unwrap_or_default().to_owned())
}

const fn tick(on: bool) -> char {
    if on { TICKED } else { UNTICKED }
}

fn symbol(font: &str, code: u32) -> Option<char> {
    match font {
        "Wingdings 2" => wingdings2(code),
        font if font.starts_with("Wingdings") => wingdings(code),
        _ => None,
    }
}

fn push_text(out: &mut String, text: &str, font: Option<&str>) {
    match font {
        Some(font) if font.starts_with("Wingdings") => {
            out.extend(text.chars().map(|ch| symbol(font, u32::from(ch) & 0xFF).unwrap_or(ch)));
        }
        _ => out.push_str(text),
    }
}

/// Word writes a text box twice, for new and old readers: the first is enough.
fn alternative(node: &Node) -> Option<&Node> {
    node.child("Choice").or_else(|| node.child("Fallback"))
}

fn text_boxes<'n>(node: &'n Node, out: &mut Vec<&'n Node>) {
    for child in node.nodes() {
        match &*child.name {
            "txbxContent" => out.push(child),
            "AlternateContent" => {
                if let Some(inner) = alternative(child) {
                    text_boxes(inner, out);
                }
            }
            _ => text_boxes(child, out),
        }
    }
}

/// The cells that are shown, each with the rows it covers, by the continuations below it.
fn shown(rows: Vec<Vec<Written>>) -> Vec<Vec<TableCell>> {
    let starts: Vec<Vec<u32>> = rows
        .iter()
        .map(|row| row.iter().filter(|w| w.merge == Merge::Continue).map(|w| w.cell.col).collect())
        .collect();
    let covered = |row: usize, col: u32| starts.iter().skip(row + 1).take_while(|below| below.contains(&col)).count();
    let cells = |(at, row): (usize, Vec<Written>)| {
        let shown = row.into_iter().filter(|written| written.merge != Merge::Continue);
        shown
            .map(|Written { mut cell, merge }| {
                if merge == Merge::Start {
                    cell.row_span = u32::try_from(covered(at, cell.col)).unwrap_or(0).saturating_add(1);
                }
                cell
            })
            .collect()
    };
    rows.into_iter().enumerate().map(cells).collect()
}
