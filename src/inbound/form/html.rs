//! HTML: a form saved as a web page, or pasted into a message. Tables within tables, merged cells, check boxes and
//! drop-downs; quotations of earlier mail and hidden text are not read. Not a browser: what is not closed is closed by what
//! follows it.

use super::Limits;
use super::blocks::{Adapter, Block, TableCell};
use super::model::{Document, TICKED, UNTICKED, is_note_mark};
use super::refuse::Refused;
use crate::casework::Format;
use crate::inbound::unpack::{Piece, characters, pieces};

/// Elements whose content is no text of the form.
const SILENT: [&str; 10] =
    ["head", "style", "script", "template", "title", "noscript", "blockquote", "del", "s", "strike"];
/// Elements that end a line.
const BREAKS: [&str; 16] =
    ["p", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "section", "form", "pre", "center"];

/// Reads a page into rows.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Document, Refused> {
    let text = characters(bytes, declared(bytes));
    let mut page = Page { most: limits.xml_nodes, depth: limits.xml_depth, ..Page::default() };
    for piece in pieces(&text) {
        page.count += 1;
        if page.count > page.most {
            return Err(Refused::limit(format!("more than {} elements", page.most)));
        }
        match piece {
            Piece::Text(text) => page.text(&text),
            Piece::Tag(tag) => page.tag(tag)?,
        }
    }
    while !page.tables.is_empty() {
        page.end_table();
    }
    page.end_line();
    let mut adapter = Adapter::default();
    adapter.body(page.blocks);
    adapter.document.margins = page.margins;
    Ok(adapter.document)
}

/// Reads a page, or plain text as one that is nothing but lines.
pub(super) fn read_any(bytes: &[u8], format: Format, limits: &Limits) -> Result<Document, Refused> {
    if format == Format::Html {
        return read(bytes, limits);
    }
    let text = characters(bytes, None);
    let mut adapter = Adapter::default();
    adapter.body(text.lines().map(|line| Block::Paragraph(line.to_owned())).collect());
    Ok(adapter.document)
}

/// The character set that the page names in its first kilobyte.
fn declared(bytes: &[u8]) -> Option<&str> {
    let head = std::str::from_utf8(bytes.get(..bytes.len().min(1024))?.trim_ascii()).ok()?;
    let (_, rest) = head.split_once("charset=")?;
    rest.trim_start_matches(['"', '\'']).split(['"', '\'', '>', ';', ' ', '/']).next()
}

/// A table being read: its finished rows, the one at hand, and what was around it.
struct Table {
    rows: Vec<Vec<TableCell>>,
    row: Vec<TableCell>,
    /// Columns that cells of earlier rows still cover: rows to come, by column.
    covered: Vec<u32>,
    /// Of the cell at hand, if one is open: columns and rows covered.
    cell: Option<(u32, u32)>,
    outer: Vec<Block>,
}

#[derive(Default)]
struct Page {
    blocks: Vec<Block>,
    line: String,
    tables: Vec<Table>,
    /// Elements that are not heard, innermost last.
    silent: Vec<String>,
    /// The drop-down at hand: not its options but the chosen one is its text.
    choosing: bool,
    chosen: bool,
    /// Within a heading; in how many elements that make bold letters; letters of the line in bold, and others.
    heading: bool,
    bold: usize,
    /// In how many elements that raise letters.
    raised: usize,
    in_bold: usize,
    in_plain: usize,
    /// Within how many divisions of a page's header or footer, as LibreOffice writes them; and what they say.
    margin: usize,
    margins: Vec<String>,
    count: usize,
    most: usize,
    depth: usize,
}

impl Page {
    fn text(&mut self, text: &str) {
        if !self.silent.is_empty() || (self.choosing && !self.chosen) || (self.raised > 0 && is_note_mark(text)) {
            return;
        }
        let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
        *(if self.bold > 0 { &mut self.in_bold } else { &mut self.in_plain }) += letters;
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let is_space = first.is_ascii_whitespace();
            let end = rest.find(|c: char| c.is_ascii_whitespace() != is_space).unwrap_or(rest.len());
            let (piece, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            rest = after;
            if !is_space {
                self.line.push_str(piece);
            } else if !self.line.is_empty() && !self.line.ends_with(['\t', '\n']) {
                // A tab that leads no line of the source is the author's: it parts a paragraph into cells.
                let tab = piece.contains('\t') && !piece.contains(['\n', '\r']);
                self.line.truncate(self.line.trim_end_matches(' ').len());
                self.line.push(if tab { '\t' } else { ' ' });
            }
        }
    }

    fn tag(&mut self, tag: &str) -> Result<(), Refused> {
        let closing = tag.starts_with('/');
        let name = tag.trim_start_matches('/').split(|c: char| c.is_ascii_whitespace() || c == '/').next();
        let name = name.unwrap_or_default().to_ascii_lowercase();
        if let Some(silent) = self.silent.last() {
            if closing && name == *silent {
                self.silent.pop();
            } else if silent == "head" && name == "body" {
                self.silent.clear();
            } else if !closing && name == *silent {
                self.silent.push(name);
            }
            return Ok(());
        }
        let hidden = !closing && attribute(tag, "style").is_some_and(|style| hides(&style));
        let void = matches!(name.as_str(), "br" | "hr" | "img" | "input" | "meta" | "link" | "col" | "wbr");
        if !closing && !void && (SILENT.contains(&name.as_str()) || hidden) && !tag.ends_with('/') {
            self.silent.push(name);
            return Ok(());
        }
        match (name.as_str(), closing) {
            ("table", false) => {
                if self.tables.len() >= self.depth {
                    return Err(Refused::limit(format!("tables nested more than {} deep", self.depth)));
                }
                self.end_line();
                let outer = std::mem::take(&mut self.blocks);
                let (rows, row, covered) = (Vec::new(), Vec::new(), Vec::new());
                self.tables.push(Table { rows, row, covered, cell: None, outer });
            }
            ("table", true) => self.end_table(),
            ("tr", _) => self.end_row(),
            ("td" | "th", false) => self.cell(tag),
            ("td" | "th", true) => self.end_cell(),
            ("input", false) => self.input(tag),
            ("select", _) => (self.choosing, self.chosen) = (!closing, false),
            ("option", _) => self.chosen = !closing && attribute(tag, "selected").is_some(),
            ("b" | "strong", false) => self.bold += 1,
            ("sup", false) => self.raised += 1,
            ("sup", true) => self.raised = self.raised.saturating_sub(1),
            ("b" | "strong", true) => self.bold = self.bold.saturating_sub(1),
            ("h1" | "h2" | "h3" | "h4" | "h5" | "h6", _) => {
                self.end_line();
                self.heading = !closing;
            }
            ("div", false) => {
                self.end_line();
                let edge = attribute(tag, "title").is_some_and(|title| matches!(title.as_str(), "header" | "footer"));
                self.margin += usize::from(edge || self.margin > 0);
            }
            ("div", true) => {
                self.end_line();
                self.margin = self.margin.saturating_sub(1);
            }
            // A line of the same paragraph.
            ("br", _) if self.line.trim().is_empty() => {}
            ("br", _) => self.line.push('\n'),
            (name, _) if BREAKS.contains(&name) => self.end_line(),
            _ => {}
        }
        Ok(())
    }

    fn input(&mut self, tag: &str) {
        let kind = attribute(tag, "type").unwrap_or_default().to_ascii_lowercase();
        match kind.as_str() {
            "checkbox" | "radio" => {
                self.line.push(if attribute(tag, "checked").is_some() { TICKED } else { UNTICKED });
                self.line.push(' ');
            }
            "" | "text" | "date" | "number" | "tel" => self.line.push_str(&attribute(tag, "value").unwrap_or_default()),
            _ => {}
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if self.margin > 0 {
            self.margins.extend(Some(line).filter(|line| !line.trim().is_empty()));
            (self.in_bold, self.in_plain) = (0, 0);
            return;
        }
        if !line.trim().is_empty() {
            let strong = self.heading || self.in_bold > 0 && self.in_plain == 0;
            self.blocks.push(Block::paragraph(line, strong));
        }
        (self.in_bold, self.in_plain) = (0, 0);
    }

    fn cell(&mut self, tag: &str) {
        self.end_cell();
        let span = |name| attribute(tag, name).and_then(|n| n.trim().parse::<u32>().ok()).unwrap_or(1).clamp(1, 256);
        if let Some(table) = self.tables.last_mut() {
            table.cell = Some((span("colspan"), span("rowspan")));
        }
    }

    fn end_cell(&mut self) {
        self.end_line();
        let Some(table) = self.tables.last_mut() else { return };
        let blocks = std::mem::take(&mut self.blocks);
        let Some((col_span, row_span)) = table.cell.take() else {
            // Text between the cells of a table belongs to what is around it.
            table.outer.extend(blocks);
            return;
        };
        let covered = |table: &Table, col: u32| table.covered.get(col as usize).is_some_and(|left| *left > 0);
        let mut col = table.row.last().map_or(0, |last| last.col.saturating_add(last.col_span));
        while covered(table, col) {
            col += 1;
        }
        table.row.push(TableCell { col, col_span, row_span, blocks });
    }

    fn end_row(&mut self) {
        self.end_cell();
        let Some(table) = self.tables.last_mut() else { return };
        if table.row.is_empty() {
            return;
        }
        let row = std::mem::take(&mut table.row);
        table.covered.iter_mut().for_each(|left| *left = left.saturating_sub(1));
        for cell in row.iter().filter(|cell| cell.row_span > 1) {
            let end = cell.col.saturating_add(cell.col_span).min(1024) as usize;
            table.covered.resize(table.covered.len().max(end), 0);
            let columns = table.covered.get_mut(cell.col as usize..end).unwrap_or_default();
            columns.iter_mut().for_each(|left| *left = (*left).max(cell.row_span - 1));
        }
        table.rows.push(row);
    }

    fn end_table(&mut self) {
        self.end_row();
        let Some(table) = self.tables.pop() else { return };
        self.blocks = table.outer;
        if !table.rows.is_empty() {
            self.blocks.push(Block::Table(table.rows));
        }
    }
}

/// An attribute's value; empty for one that has none.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag.split_once(|c: char| c.is_ascii_whitespace())?.1;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace() || c == '=').unwrap_or(rest.len()).max(1);
        let (key, after) = rest.split_at_checked(end)?;
        let after = after.trim_start();
        let Some(value) = after.strip_prefix('=') else {
            if key.eq_ignore_ascii_case(name) {
                return Some(String::new());
            }
            rest = after;
            continue;
        };
        let value = value.trim_start();
        let (value, after) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value.get(1..)?.split_once(quote).unwrap_or((value, "")),
            _ => value.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((value, "")),
        };
        if key.eq_ignore_ascii_case(name) {
            return Some(value.to_owned());
        }
        rest = after;
    }
}

/// Text that its author does not show, or took back.
fn hides(style: &str) -> bool {
    let style: String = style.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    ["display:none", "mso-hide:all", "visibility:hidden", "line-through"].iter().any(|hidden| style.contains(hidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(html: &str) -> Vec<(String, String)> {
        let document = read(html.as_bytes(), &Limits::default()).unwrap();
        let all = document.rows.into_iter().flat_map(|row| row.cells);
        all.map(|cell| (cell.at, cell.text)).filter(|(_, text)| !text.is_empty()).collect()
    }

    #[test]
    fn a_page_is_rows_and_cells_where_they_stand() {
        let html = "<p>Title&nbsp;here</p><table><tr><th rowspan=2>A<td>b<br>c<tr><td>d</table><div>after</div>";
        let expected = [
            ("p1", "Title here"),
            ("table1!r1c1", "A"),
            ("table1!r1c2", "b\nc"),
            ("table1!r2c2", "d"),
            ("p2", "after"),
        ];
        let expected: Vec<_> = expected.iter().map(|(at, text)| ((*at).to_owned(), (*text).to_owned())).collect();
        assert_eq!(cells(html), expected);
    }

    #[test]
    fn boxes_and_choices_are_drawn_and_what_is_not_shown_is_not_read() {
        let html = "<input type=checkbox checked>Yes <input type='radio'>No \
            <select><option>Low<option selected>High</select>\
            <span style='display: none'>hidden <span>deep</span></span><blockquote>old <b>mail</b></blockquote><s>not</s> end";
        assert_eq!(cells(html), [("p1".to_owned(), "☒ Yes ☐ No High end".to_owned())]);
    }

    #[test]
    fn raised_marks_of_notes_go_and_the_letters_of_an_ordinal_stay() {
        let html = "GP<sup>1</sup> x<sup>[2]</sup> 1<sup>st</sup> <sup>*</sup>May";
        assert_eq!(cells(html), [("p1".to_owned(), "GP x 1st May".to_owned())]);
    }

    #[test]
    fn broken_pages_lose_no_text_and_deep_ones_are_refused() {
        assert_eq!(cells("<td>a</td><table><tr>stray<td>b").len(), 3);
        assert_eq!(cells("</table></tr></td>x<a href=\"").len(), 1);
        assert!(read("<table><tr><td>".repeat(100).as_bytes(), &Limits::default()).is_err());
    }
}
