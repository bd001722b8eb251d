//! OpenDocument text (.odt) and spreadsheets (.ods), as LibreOffice and others write them: paragraphs, tables within
//! tables, merged and repeated cells, check boxes, drop-downs, placeholders. Struck-out and hidden text was taken back by
//! its author; deleted text of tracked changes stands apart and is not read. Hidden sheets give no values.

use super::archive::Archive;
use super::blocks::{Adapter, Block, TableCell};
use super::folded::Folded;
use super::model::{Cell, Document, Layout, Row, Scalar, TICKED, UNTICKED, is_note_mark, tidy};
use super::workbook::{self, at};
use super::xml::{self, Child, Node};
use super::{Limits, Refused};
use crate::casework::{Finding, FindingCode};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Reads a document's content into rows.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Document, Refused> {
    let mut archive = Archive::open(bytes, limits)?;
    if archive.part("META-INF/manifest.xml")?.is_some_and(|manifest| manifest.contains("encryption-data")) {
        return Err(Refused::encrypted());
    }
    let content = archive.part("content.xml")?.ok_or_else(Refused::broken)?;
    let tree = xml::parse(&content, limits)?;
    let root = tree.child("document-content").ok_or_else(Refused::broken)?;
    let body = root.child("body").ok_or_else(Refused::broken)?;
    let styles = Styles::of(root.child("automatic-styles"));
    let mut document = match (body.child("spreadsheet"), body.child("text")) {
        (Some(book), _) => Sheets { styles: &styles, limits, cells: 0 }.read(book)?,
        (None, Some(text)) => {
            let mut walk = Walk { controls: BTreeMap::new(), styles: &styles, field: None };
            walk.find_controls(text);
            let mut adapter = Adapter::default();
            adapter.body(walk.blocks(text));
            adapter.document
        }
        _ => return Err(Refused::broken()),
    };
    if let Some(text) = archive.part("styles.xml")? {
        let tree = xml::parse(&text, limits)?;
        margins(&tree, &styles, &mut document);
    }
    if archive.names().iter().any(|name| name.starts_with("Basic/") || name.starts_with("Scripts/")) {
        document.findings.push(Finding::document(FindingCode::Macros, super::refuse::MACROS));
    }
    Ok(document)
}

/// Headers and footers stand with the page styles.
fn margins(node: &Node, styles: &Styles, document: &mut Document) {
    for child in node.nodes() {
        if matches!(&*child.name, "header" | "footer" | "header-first" | "footer-first" | "header-left" | "footer-left")
        {
            let mut walk = Walk { controls: BTreeMap::new(), styles, field: None };
            let text = super::blocks::flat(&walk.blocks(child));
            if !text.is_empty() {
                document.margins.push(text);
            }
        } else {
            margins(child, styles, document);
        }
    }
}

/// Automatic styles that matter: text that was taken back, letters that are raised, and tables that are not shown.
#[derive(Default)]
struct Styles {
    unseen: BTreeSet<String>,
    bold: BTreeSet<String>,
    raised: BTreeSet<String>,
    hidden_tables: BTreeSet<String>,
}

impl Styles {
    fn of(automatic: Option<&Node>) -> Self {
        let mut styles = Self::default();
        for style in automatic.into_iter().flat_map(Node::nodes).filter(|node| &*node.name == "style") {
            let Some(name) = style.attribute("name") else { continue };
            let struck = style.child("text-properties").is_some_and(|text| {
                let through = text.attribute("text-line-through-style").or(text.attribute("text-line-through-type"));
                through.is_some_and(|kind| kind != "none") || text.attribute("display") == Some("none")
            });
            let hidden = style.child("table-properties").and_then(|table| table.attribute("display"));
            if style.child("text-properties").and_then(|text| text.attribute("font-weight")) == Some("bold") {
                styles.bold.insert(name.to_owned());
            }
            let place = style.child("text-properties").and_then(|text| text.attribute("text-position"));
            if place.is_some_and(|place| place.starts_with("super")) {
                styles.raised.insert(name.to_owned());
            }
            if struck {
                styles.unseen.insert(name.to_owned());
            }
            if hidden == Some("false") {
                styles.hidden_tables.insert(name.to_owned());
            }
        }
        styles
    }
}

/// Goes through a text document's tree.
struct Walk<'a> {
    /// Form controls by id, as what they answer.
    controls: BTreeMap<String, String>,
    styles: &'a Styles,
    /// Where the text of a Word field begins that holds its own answer.
    field: Option<usize>,
}

impl Walk<'_> {
    /// A paragraph set as a heading, or all in bold letters.
    fn is_strong(&self, node: &Node) -> bool {
        let is_bold = |node: &Node| node.attribute("style-name").is_some_and(|style| self.styles.bold.contains(style));
        let mut spans = node.nodes().filter(|child| &*child.name == "span").peekable();
        let has_text = node.children.iter().any(|child| matches!(child, Child::Text(text) if !text.trim().is_empty()));
        &*node.name == "h" || is_bold(node) || !has_text && spans.peek().is_some() && spans.all(is_bold)
    }

    /// The mark of a note, written by hand.
    fn is_mark(&self, span: &Node) -> bool {
        let is_raised = span.attribute("style-name").is_some_and(|style| self.styles.raised.contains(style));
        is_raised && matches!(span.children.as_slice(), [Child::Text(text)] if is_note_mark(text))
    }

    /// Controls are described in one place and shown in another.
    fn find_controls(&mut self, node: &Node) {
        for child in node.nodes() {
            let answer = match &*child.name {
                "checkbox" | "radio" => {
                    let state = child.attribute("current-state").or_else(|| child.attribute("state"));
                    let on = match state {
                        Some(state) => state == "checked" || state == "true",
                        None => {
                            child.attribute("current-selected").or_else(|| child.attribute("selected")) == Some("true")
                        }
                    };
                    let label = child.attribute("label").unwrap_or_default();
                    Some(format!("{} {label} ", if on { TICKED } else { UNTICKED }))
                }
                "text" | "textarea" | "formatted-text" | "date" | "combobox" => {
                    let value = child.attribute("current-value").or_else(|| child.attribute("value"));
                    value.map(str::to_owned)
                }
                _ => None,
            };
            if let (Some(answer), Some(id)) = (answer, child.attribute("id")) {
                self.controls.insert(id.to_owned(), answer);
            }
            if matches!(&*child.name, "forms" | "form") {
                self.find_controls(child);
            }
        }
    }

    fn blocks(&mut self, parent: &Node) -> Vec<Block> {
        let mut out = Vec::new();
        for node in parent.nodes() {
            match &*node.name {
                "p" | "h" => {
                    let mut boxes = Vec::new();
                    let mut text = String::new();
                    if !node.attribute("style-name").is_some_and(|style| self.styles.unseen.contains(style)) {
                        self.inline(node, &mut text, &mut boxes);
                    }
                    out.push(Block::paragraph(text, self.is_strong(node)));
                    for text_box in boxes {
                        out.extend(self.blocks(text_box));
                    }
                }
                "table" => out.push(Block::Table(self.table(node))),
                "list" | "list-item" | "list-header" | "section" | "index-body" | "numbered-paragraph" => {
                    out.extend(self.blocks(node));
                }
                "frame" | "text-box" => out.extend(self.blocks(node)),
                _ => {}
            }
        }
        out
    }

    fn inline<'n>(&mut self, parent: &'n Node, out: &mut String, boxes: &mut Vec<&'n Node>) {
        for child in &parent.children {
            let node = match child {
                // Line breaks and runs of spaces in the XML are one space.
                Child::Text(text) => {
                    out.push_str(&text.replace(['\n', '\r', '\t'], " "));
                    continue;
                }
                Child::Node(node) => node,
            };
            match &*node.name {
                "s" => out.push(' '),
                "tab" => out.push('\t'),
                "line-break" => out.push('\n'),
                "span" if node.attribute("style-name").is_some_and(|style| self.styles.unseen.contains(style)) => {}
                "span" if self.is_mark(node) => {}
                "placeholder" | "annotation" | "annotation-end" | "note" | "tracked-changes" => {}
                "hidden-text" | "hidden-paragraph" | "ruby-text" => {}
                "content-control" => self.content_control(node, out, boxes),
                "fieldmark" if is_box(node) => out.push(if is_checked(node) { TICKED } else { UNTICKED }),
                "fieldmark" => out.push_str(selected(node).unwrap_or_default()),
                "fieldmark-start" if is_box(node) => {
                    out.push(if is_checked(node) { TICKED } else { UNTICKED });
                    self.field = Some(out.len());
                }
                "fieldmark-end" => {
                    if let Some(start) = self.field.take() {
                        out.truncate(start);
                    }
                }
                "drop-down" => out.push_str(&chosen(node)),
                "control" => {
                    let id = node.attribute("control").unwrap_or_default();
                    out.push_str(self.controls.get(id).map(String::as_str).unwrap_or_default());
                }
                "frame" | "text-box" | "custom-shape" | "g" => boxes.push(node),
                _ => self.inline(node, out, boxes),
            }
        }
    }

    /// Word's content controls as LibreOffice writes them: a box, a placeholder that is no answer, or its text.
    fn content_control<'n>(&mut self, node: &'n Node, out: &mut String, boxes: &mut Vec<&'n Node>) {
        if node.attribute("checkbox") == Some("true") {
            out.push(if node.attribute("checked") == Some("true") { TICKED } else { UNTICKED });
        } else if node.attribute("showing-place-holder") != Some("true") {
            self.inline(node, out, boxes);
        }
    }

    fn table(&mut self, node: &Node) -> Vec<Vec<TableCell>> {
        let mut rows = Vec::new();
        let mut all = Vec::new();
        gather_rows(node, &mut all);
        for row in all {
            let mut cells = Vec::new();
            let mut col = 0u32;
            for cell in row.nodes() {
                let covers = number(cell, "number-columns-repeated").min(256);
                match &*cell.name {
                    "table-cell" => {
                        for _ in 0..covers {
                            let col_span = number(cell, "number-columns-spanned").min(256);
                            let row_span = number(cell, "number-rows-spanned");
                            cells.push(TableCell { col, col_span, row_span, blocks: self.blocks(cell) });
                            col = col.saturating_add(1);
                        }
                    }
                    "covered-table-cell" => col = col.saturating_add(covers),
                    _ => {}
                }
            }
            rows.push(cells);
        }
        rows
    }
}

/// Rows stand in header rows and groups too.
fn gather_rows<'n>(node: &'n Node, out: &mut Vec<&'n Node>) {
    for child in node.nodes() {
        match &*child.name {
            "table-row" => out.push(child),
            "table-rows" | "table-header-rows" | "table-row-group" => gather_rows(child, out),
            _ => {}
        }
    }
}

fn number(node: &Node, name: &str) -> u32 {
    node.attribute(name).and_then(|number| number.parse().ok()).unwrap_or(1).max(1)
}

fn is_box(node: &Node) -> bool {
    node.attribute("type").is_some_and(|kind| kind.to_ascii_uppercase().contains("CHECKBOX"))
}

/// `ODF_FORMCHECKBOX_RESULT` and its older names.
fn is_checked(node: &Node) -> bool {
    node.nodes().filter(|node| &*node.name == "param").any(|param| {
        let named = param.attribute("name").is_some_and(|name| {
            let name = name.to_ascii_lowercase();
            name.contains("checked") || name.contains("result")
        });
        named && matches!(param.attribute("value"), Some("true" | "1"))
    })
}

/// The entry chosen in Word's old kind of list.
fn selected(mark: &Node) -> Option<&str> {
    let params = |name: &'static str| {
        let named = mark.nodes().filter(move |node| node.attribute("name").is_some_and(|other| other.ends_with(name)));
        named.filter_map(|node| node.attribute("value"))
    };
    let at = params("Dropdown_Selected").next()?.parse::<usize>().ok()?;
    params("Dropdown_ListEntry").nth(at)
}

fn chosen(list: &Node) -> String {
    let selected = list.nodes().find(|label| label.attribute("current-selected") == Some("true"));
    let shown = list.children.iter().filter_map(|child| match child {
        Child::Text(text) => Some(text.as_str()),
        Child::Node(_) => None,
    });
    let shown: String = shown.collect();
    if shown.trim().is_empty() {
        selected.and_then(|label| label.attribute("value")).unwrap_or_default().to_owned()
    } else {
        shown
    }
}

/// Goes through a spreadsheet's tables.
struct Sheets<'a> {
    styles: &'a Styles,
    limits: &'a Limits,
    cells: usize,
}

impl Sheets<'_> {
    fn read(mut self, book: &Node) -> Result<Document, Refused> {
        let null = book.child("calculation-settings").and_then(|settings| settings.child("null-date"));
        let counts_days = null.and_then(|null| null.attribute("date-value")).is_none_or(|day| day == "1899-12-30");
        let mut document = Document { counts_days, ..Document::default() };
        let tables: Vec<&Node> = book.nodes().filter(|node| &*node.name == "table").collect();
        if tables.len() > self.limits.sheets {
            return Err(Refused::limit(format!("more than {} sheets", self.limits.sheets)));
        }
        let is_hidden =
            |table: &Node| table.attribute("style-name").is_some_and(|style| self.styles.hidden_tables.contains(style));
        let is_guidance = |table: &Node| table.attribute("name").is_some_and(workbook::is_guidance);
        let has_form = tables.iter().any(|table| !is_hidden(table) && !is_guidance(table));
        let hidden: Vec<bool> = tables.iter().map(|table| is_hidden(table) || has_form && is_guidance(table)).collect();
        for ((sheet, table), hidden) in (0u32..).zip(tables).zip(hidden) {
            let name = table.attribute("name").unwrap_or("Sheet").to_owned();
            let mut folded = Folded::default();
            let rows = self.rows(table, sheet, &name, &mut folded)?;
            if !folded.is_empty() {
                document.folded.insert(sheet, folded);
            }
            if hidden {
                let texts = rows.into_iter().flat_map(|row| row.cells).map(|cell| cell.text);
                document.hidden.extend(texts.filter(|text| !text.is_empty()));
            } else {
                document.rows.extend(rows);
                document.margins.push(name);
            }
        }
        Ok(document)
    }

    fn rows(&mut self, table: &Node, sheet: u32, name: &str, folded: &mut Folded) -> Result<Vec<Row>, Refused> {
        let is_folded = |node: &Node| matches!(node.attribute("visibility"), Some("collapse" | "filter"));
        let mut col = 0u32;
        for column in table.nodes().filter(|node| &*node.name == "table-column") {
            let next = col.saturating_add(number(column, "number-columns-repeated"));
            folded.columns.extend(is_folded(column).then_some((col, next.saturating_sub(1))));
            col = next;
        }
        let mut all = Vec::new();
        gather_rows(table, &mut all);
        let mut out = Vec::new();
        let mut index = 0u32;
        for row in all {
            let repeated = number(row, "number-rows-repeated");
            let cells = self.row(row, index, name)?;
            if !cells.is_empty() {
                // The same answers over and over are no form's.
                let times = repeated.min(3);
                for again in 0..times {
                    let at_row = index.saturating_add(again);
                    folded.rows.extend(is_folded(row).then_some(at_row));
                    let mut cells = cells.clone();
                    for cell in &mut cells {
                        cell.at = at(name, at_row, cell.col);
                    }
                    out.push(Row { grid: sheet, sheet, layout: Layout::Sheet, index: at_row, cells, strong: false });
                }
            }
            index = index.saturating_add(repeated);
        }
        Ok(out)
    }

    fn row(&mut self, row: &Node, index: u32, name: &str) -> Result<Vec<Cell>, Refused> {
        let mut out = Vec::new();
        let mut col = 0u32;
        for cell in row.nodes() {
            let repeated = number(cell, "number-columns-repeated");
            if &*cell.name == "table-cell" {
                let (col_span, row_span) =
                    (number(cell, "number-columns-spanned"), number(cell, "number-rows-spanned"));
                let content = self.content(cell);
                // A blank merged range is where an answer would have stood.
                if content.is_some() || col_span > 1 || row_span > 1 {
                    let (text, scalar) = content.unwrap_or((String::new(), Scalar::Text));
                    let beyond = index >= self.limits.rows || col.saturating_add(repeated) > self.limits.columns;
                    self.cells += 1;
                    if beyond && (!text.is_empty()) {
                        return Err(Refused::limit(format!(
                            "a sheet larger than {} rows by {} columns",
                            self.limits.rows, self.limits.columns
                        )));
                    }
                    if self.cells > self.limits.cells {
                        return Err(Refused::limit(format!("more than {} cells", self.limits.cells)));
                    }
                    for again in 0..if beyond { 0 } else { repeated } {
                        let col = col.saturating_add(again);
                        let at = at(name, index, col);
                        let (text, nested, scalar) = (text.clone(), String::new(), scalar.clone());
                        out.push(Cell { at, col, col_span, row_span, text, nested, scalar });
                    }
                }
            }
            col = col.saturating_add(repeated);
        }
        Ok(out)
    }

    fn content(&self, cell: &Node) -> Option<(String, Scalar)> {
        let value = |name: &str| cell.attribute(name);
        if value("style-name").is_some_and(|style| self.styles.unseen.contains(style)) {
            return None;
        }
        match value("value-type") {
            Some("date") => {
                let iso = value("date-value").unwrap_or_default();
                if let Some(date) = iso.get(..10).and_then(|day| day.parse::<Date>().ok()) {
                    return Some((date.to_string(), Scalar::Date(date)));
                }
            }
            Some("boolean") => {
                let on = value("boolean-value") == Some("true");
                return Some((if on { "TRUE" } else { "FALSE" }.to_owned(), Scalar::Bool(on)));
            }
            // A truth from an Excel file is a formula that gives a number and shows the word.
            Some("float") if matches!(value("formula"), Some("of:=TRUE()" | "of:=FALSE()")) => {
                let on = value("value") == Some("1");
                return Some((if on { "TRUE" } else { "FALSE" }.to_owned(), Scalar::Bool(on)));
            }
            Some("float" | "currency") => {
                if let Some(number) = value("value").and_then(|number| number.parse::<f64>().ok()) {
                    return Some((number.to_string(), Scalar::Text));
                }
            }
            // A time of day, a share: no form asks for one.
            Some("time" | "percentage") => return None,
            _ => {}
        }
        let mut walk = Walk { controls: BTreeMap::new(), styles: self.styles, field: None };
        let mut lines = String::new();
        for block in walk.blocks(cell) {
            if let Block::Paragraph(text) | Block::Heading(text) = block {
                lines.push_str(&text);
                lines.push('\n');
            }
        }
        let text = tidy(&lines);
        (!text.is_empty()).then_some((text, Scalar::Text))
    }
}
