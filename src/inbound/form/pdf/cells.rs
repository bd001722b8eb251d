//! Tables by their lines: each piece of text belongs to the cell whose four lines stand around it, and the cells beside it
//! are found by looking across the lines, blank ones too. What is in no cell is read as lines of text (`flow`).

use super::flow::Flow;
use super::fonts::UNKNOWN;
use super::lines::{self, Line, Tabs};
use super::margins::{self, Margins};
use super::overleaf::{Ends, First, HEADERS, HEADS, Last, Tail};
use super::ruled;
use super::signs::{is_hyphened, may_be_cut};
use super::spaced;
use super::tick_column;
use super::{Page, Rule, Run};
use crate::inbound::form::dictionary::Labels;
use crate::inbound::form::model::{Cell, Document, Layout, Row, Scalar, tidy};
use crate::inbound::form::ticks::has_boxes;

/// Lines that stand this close are one.
pub(super) const NEAR: f64 = 2.5;
/// Words of a heading.
const HEADING: usize = 8;
/// A field is no further below its label.
const UNDER: f64 = 30.0;
/// Cells of one page.
const CELLS: usize = 4_000;
/// The most that a cell keeps free beside its text.
pub(super) const MARGIN: f64 = 8.0;

/// A cell by its lines.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Frame {
    left: f64,
    right: f64,
    bottom: f64,
    top: f64,
}

impl Frame {
    fn is_near(self, other: Self) -> bool {
        (self.left - other.left).abs() < NEAR
            && (self.right - other.right).abs() < NEAR
            && (self.bottom - other.bottom).abs() < NEAR
            && (self.top - other.top).abs() < NEAR
    }

    fn touches(self, other: Self) -> bool {
        let apart = self.left > other.right + NEAR
            || other.left > self.right + NEAR
            || self.bottom > other.top + NEAR
            || other.bottom > self.top + NEAR;
        !apart
    }
}

/// A page's tables and free text, in reading order. `labels` are those that free text is read by; where the answers stand
/// in a form's fields, all else is no more than words on the page, and the headings among them say whose part it is.
pub(super) fn add(
    mut page: Page,
    number: u32,
    labels: Labels<'_>,
    has_fields: bool,
    margins: &Margins,
    tabs: &mut Option<Tabs>,
    document: &mut Document,
) -> Ends {
    let runs = std::mem::take(&mut page.runs);
    if !has_fields {
        ruled::add_columns(&runs, &mut page);
    }
    let mut sorted = Sorted::of(&page, runs.clone(), number, labels, margins, tabs);
    // What all lines outside tables say of one another holds for those that stand in no rows of theirs.
    let all = sorted.free.clone();
    if !has_fields && spaced::add_rows(&all, labels, &mut page) {
        let again = Sorted::of(&page, runs, number, labels, margins, tabs);
        let left = all.iter().filter(|line| !again.holds(line)).cloned().collect();
        sorted = Sorted { free: left, outer: sorted.outer, ..again };
    }
    let Sorted { tables, inside, mut free, outer } = sorted;
    document.margins.extend(outer.iter().map(Line::text));
    let mut parts: Vec<(f64, Part)> = Vec::new();
    if has_fields {
        parts.extend(tables_of_fields(&mut free).into_iter().map(|(y, lines)| (y, Part::Fields(lines))));
        above_fields(&mut free);
    }
    if !has_fields {
        tick_column::join(&mut free, labels);
    }
    let flow = (!has_fields).then(|| Flow::of(labels, &all, &page.level, number));
    parts.extend(free.into_iter().map(|line| (line.y, Part::Line(line))));
    for (frames, inside) in tables.into_iter().zip(inside) {
        let top = frames.iter().map(|frame| frame.top).fold(f64::MIN, f64::max);
        parts.push((top, Part::Table(frames, inside)));
    }
    parts.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let mut ends = Ends { first: firsts_of(&parts), last: None };
    let mut together: Vec<Line> = Vec::new();
    let mut parts = parts.into_iter().peekable();
    while let Some((_, part)) = parts.next() {
        let over_boxes =
            matches!(parts.peek(), Some((_, Part::Line(next))) if next.is_filled() && has_boxes(&next.text()));
        match (part, &flow) {
            (Part::Line(line), _) if line.is_filled() => lines::add(vec![line], number, document),
            (Part::Fields(lines), _) => lines::add(lines, number, document),
            (Part::Line(line), Some(_)) => together.push(line),
            (Part::Line(line), None) => {
                // Of questions with a Yes and a No each, one may have run over its line.
                let strong = is_heading(&line, labels, number);
                if strong || over_boxes && line.pieces.len() == 1 && !line.text().ends_with('?') {
                    let grid = next_grid(document);
                    let cells = vec![Cell::of_page(number, 0, line.text())];
                    document.rows.push(Row { grid, sheet: 0, layout: Layout::Flow, index: 0, cells, strong });
                }
                document.margins.push(line.text());
            }
            (Part::Table(frames, texts), _) => {
                if let Some(flow) = &flow {
                    flow.add(std::mem::take(&mut together), document);
                }
                ends.last = Some(last_of(&frames, &texts));
                table(&frames, texts, number, labels, document);
            }
        }
    }
    if let Some(tails) = flow.as_ref().and_then(|flow| flow.add(together, document)) {
        ends.last = Some(Last::Line(tails));
    }
    if has_fields { Ends::default() } else { ends }
}

/// What a page begins with, and what stands under the lines that may be its header.
fn firsts_of(parts: &[(f64, Part)]) -> Vec<First> {
    let lines = parts.iter().take(HEADERS).take_while(|(_, part)| matches!(part, Part::Line(_))).count();
    (0..=lines).map_while(|at| first_of(parts.get(at..)?)).collect()
}

fn first_of(parts: &[(f64, Part)]) -> Option<First> {
    match parts.first()? {
        (y, Part::Line(line)) => {
            let piece = line.pieces.first()?.clone();
            let gap = parts.get(1).map_or(0.0, |(next, _)| y - next);
            Some(First::Line { piece, top: y + line.size, gap })
        }
        (_, Part::Fields(_)) => None,
        (top, Part::Table(frames, texts)) => {
            let begin = |lines: Vec<Line>| lines.into_iter().next().and_then(|line| line.pieces.into_iter().next());
            let row = |at: f64| row_of(frames, texts, move |frame| (frame.top + at).abs() < NEAR);
            let levels = places(frames.iter().map(|frame| -frame.top)).into_iter().take(HEADS);
            let rows = levels.map(|at| row(at).map(|(_, lines)| begin(lines)).collect()).collect();
            Some(First::Table { columns: edges(frames), rows, top: *top })
        }
    }
}

/// How the cells of a table's last row end.
fn last_of(frames: &[Frame], texts: &[Vec<Run>]) -> Last {
    let lowest = frames.iter().map(|frame| frame.top).fold(f64::MAX, f64::min);
    let row = row_of(frames, texts, |frame| (frame.top - lowest).abs() < NEAR);
    let cells = row.map(|(frame, lines)| {
        let limit = frame.right - margin(&lines, frame);
        let piece = lines.last()?.pieces.last()?;
        let (answer, limit, font) = (None, Some(limit), piece.fonts.1);
        Some(Tail { x: piece.x, answer, end: piece.end, font, size: piece.size, limit })
    });
    Last::Table { columns: edges(frames), cells: cells.collect() }
}

/// The cells of one row with their lines, from left to right.
fn row_of(
    frames: &[Frame],
    texts: &[Vec<Run>],
    is_in: impl Fn(&Frame) -> bool,
) -> impl Iterator<Item = (Frame, Vec<Line>)> {
    let row = frames.iter().zip(texts).filter(|(frame, _)| is_in(frame));
    let mut row: Vec<(Frame, Vec<Line>)> = row.map(|(frame, runs)| (*frame, lines::lines(runs.clone()))).collect();
    row.sort_by(|(a, _), (b, _)| a.left.total_cmp(&b.left));
    row.into_iter()
}

/// Where the columns of a table begin, and the last ends.
fn edges(frames: &[Frame]) -> Vec<f64> {
    places(frames.iter().flat_map(|frame| [frame.left, frame.right]))
}

/// The room that is left free beside a cell's text.
fn margin(lines: &[Line], frame: Frame) -> f64 {
    let left = lines.iter().filter_map(|line| line.pieces.first()).map(|piece| piece.x).fold(f64::MAX, f64::min);
    (left - frame.left).clamp(NEAR, MARGIN)
}

/// A page's tables as frames, what stands in each frame, the lines that stand in none, and headers and footers.
struct Sorted {
    tables: Vec<Vec<Frame>>,
    inside: Vec<Vec<Vec<Run>>>,
    free: Vec<Line>,
    outer: Vec<Line>,
}

impl Sorted {
    fn of(
        page: &Page,
        runs: Vec<Run>,
        number: u32,
        labels: Labels<'_>,
        margins: &Margins,
        tabs: &mut Option<Tabs>,
    ) -> Self {
        let mut frames: Vec<Frame> = Vec::new();
        for run in &runs {
            grow(page, run, &mut frames);
        }
        let mut tables = tables(frames);
        tables.retain(|table| has_columns(table) || is_stack(table, &runs, labels, number));
        let mut inside: Vec<Vec<Vec<Run>>> = tables.iter().map(|frames| vec![Vec::new(); frames.len()]).collect();
        let mut free = Vec::new();
        for run in runs {
            let (x, y) = middle(&run);
            let home = tables.iter().enumerate().find_map(|(table, frames)| {
                let cell = frames.iter().position(|f| x > f.left && x < f.right && y > f.bottom && y < f.top)?;
                Some((table, cell))
            });
            match home.and_then(|(table, cell)| inside.get_mut(table)?.get_mut(cell)) {
                Some(runs) => runs.push(run),
                None => free.push(run),
            }
        }
        let (repeated, mut free): (Vec<Line>, Vec<Line>) =
            lines::columns(free, tabs).into_iter().partition(|line| margins.has(line, number));
        let foot = margins::foot(&free, tables.iter().flatten().map(|frame| frame.bottom));
        let mut outer = free.split_off(foot);
        outer.extend(repeated);
        Self { tables, inside, free, outer }
    }

    /// The line stands in a table.
    fn holds(&self, line: &Line) -> bool {
        let y = line.y + line.size * 0.3;
        let x = line.pieces.first().map_or(0.0, |piece| piece.x + 0.5);
        self.tables.iter().flatten().any(|f| x > f.left && x < f.right && y > f.bottom && y < f.top)
    }
}

/// Between the lines that hold a form's fields: a few words that are no label.
fn is_heading(line: &Line, labels: Labels<'_>, number: u32) -> bool {
    let text = line.text();
    line.pieces.len() == 1
        && text.split_whitespace().count() <= HEADING
        && !text.ends_with([':', '?', '.'])
        && !has_boxes(&text)
        && labels.hits(&Cell::of_page(number, 0, text)).is_empty()
}

/// Rows of fields under the words that head their columns.
fn tables_of_fields(lines: &mut Vec<Line>) -> Vec<(f64, Vec<Line>)> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(heads) = lines.get(at) {
        let is_row = |pair: &&[Line]| matches!(pair, [above, row] if row.is_of_fields() && row.stands_under(heads) && above.y - row.y < UNDER);
        let rows = lines.get(at..).unwrap_or_default().windows(2).take_while(is_row).count();
        if rows >= 2 && heads.pieces.len() >= 2 && !heads.is_filled() {
            out.push((heads.y, lines.drain(at..=at + rows).collect()));
        } else {
            at += 1;
        }
    }
    out
}

/// Fields alone on their line, each right under words that begin where it does, and further from what is below: the words
/// are its label, and go before it.
fn above_fields(lines: &mut Vec<Line>) {
    let mut at = 0;
    while at + 1 < lines.len() {
        let (Some(words), Some(fields)) = (lines.get(at), lines.get(at + 1)) else { return };
        let below = lines.get(at + 2).map_or(f64::MAX, |below| fields.y - below.y);
        let gap = words.y - fields.y;
        let is_label = fields.stands_under(words)
            && !words.is_filled()
            && fields.is_of_fields()
            && gap < UNDER
            && gap + 2.0 < below;
        if is_label {
            let words = lines.remove(at);
            if let Some(fields) = lines.get_mut(at) {
                let pairs = words.pieces.into_iter().zip(std::mem::take(&mut fields.pieces));
                fields.pieces = pairs.flat_map(|(word, field)| [word, field]).collect();
            }
        }
        at += 1;
    }
}

enum Part {
    Line(Line),
    Fields(Vec<Line>),
    Table(Vec<Frame>, Vec<Vec<Run>>),
}

fn middle(run: &Run) -> (f64, f64) {
    // A field may reach over its cell's lines; text is judged by where it begins.
    let x = if run.field.is_some() { (run.x + run.end) / 2.0 } else { run.x + (run.end - run.x).min(4.0) / 2.0 };
    (x, run.y + run.size * 0.3)
}

/// The cell around a piece of text, and those of its row to both sides.
fn grow(page: &Page, run: &Run, frames: &mut Vec<Frame>) {
    let (x, y) = middle(run);
    let known = |frames: &[Frame], x: f64, y: f64| {
        frames.iter().any(|f| x > f.left && x < f.right && y > f.bottom && y < f.top)
    };
    if known(frames, x, y) || frames.len() >= CELLS {
        return;
    }
    let Some(own) = around(page, x, y) else { return };
    frames.push(own);
    for (step, mut edge) in [(3.0, own.right), (-3.0, own.left)] {
        let height = |x: f64| {
            // Where a line of the cell beside it runs just there, a little above or below.
            let is_clear = |y: &f64| {
                let near = |rule: &&Rule| (rule.at - y).abs() < NEAR && rule.from - NEAR <= x && x <= rule.to + NEAR;
                !page.level.iter().any(|rule| near(&rule))
            };
            let heights = [0.5, 0.37, 0.63, 0.23, 0.77].map(|part| own.bottom + (own.top - own.bottom) * part);
            heights.into_iter().find(is_clear).unwrap_or(heights[0])
        };
        while let Some(next) = around(page, edge + step, height(edge + step)) {
            if frames.iter().any(|frame| frame.is_near(next)) || frames.len() >= CELLS {
                break;
            }
            frames.push(next);
            edge = if step > 0.0 { next.right } else { next.left };
        }
    }
}

fn around(page: &Page, x: f64, y: f64) -> Option<Frame> {
    let nearest = |rules: &[Rule], at: f64, across: f64, above: bool| {
        rules
            .iter()
            .filter(|rule| rule.from - NEAR <= across && across <= rule.to + NEAR)
            .map(|rule| rule.at)
            .filter(|place| if above { *place > at } else { *place < at })
            .min_by(|a, b| (a - at).abs().total_cmp(&(b - at).abs()))
    };
    let (left, right) = (nearest(&page.upright, x, y, false)?, nearest(&page.upright, x, y, true)?);
    let (bottom, top) = (nearest(&page.level, y, x, false)?, nearest(&page.level, y, x, true)?);
    (right - left > 4.0 && top - bottom > 5.0).then_some(Frame { left, right, bottom, top })
}

/// Cells that touch are one table.
fn tables(mut frames: Vec<Frame>) -> Vec<Vec<Frame>> {
    let mut tables: Vec<Vec<Frame>> = Vec::new();
    while let Some(first) = frames.pop() {
        let mut table = vec![first];
        let mut at = 0;
        while let Some(cell) = table.get(at).copied() {
            let (touching, apart): (Vec<Frame>, Vec<Frame>) =
                frames.into_iter().partition(|other| cell.touches(*other));
            table.extend(touching);
            frames = apart;
            at += 1;
        }
        tables.push(table);
    }
    tables
}

/// What is framed but stands side by side with nothing may be no table: a box round a page or a paragraph.
fn has_columns(table: &[Frame]) -> bool {
    table.iter().any(|cell| {
        table.iter().any(|other| {
            (other.left - cell.right).abs() < NEAR && other.bottom < cell.top - NEAR && other.top > cell.bottom + NEAR
        })
    })
}

/// Boxes one above the other and as wide, in each of them running text and at most one question: a table of one column.
fn is_stack(table: &[Frame], runs: &[Run], labels: Labels<'_>, number: u32) -> bool {
    let alike = |a: &Frame, b: &Frame| (a.left - b.left).abs() < NEAR && (a.right - b.right).abs() < NEAR;
    let is_plain = |frame: &Frame| {
        let inside = runs.iter().filter(|run| {
            let (x, y) = middle(run);
            x > frame.left && x < frame.right && y > frame.bottom && y < frame.top
        });
        let lines = lines::lines(inside.cloned().collect());
        let is_label = |line: &Line| {
            let hits = labels.hits(&Cell::of_page(number, 0, line.text()));
            !hits.is_empty() && hits.iter().all(|hit| hit.rest.as_deref().is_none_or(str::is_empty))
        };
        lines.iter().all(|line| line.pieces.len() == 1) && !lines.iter().skip(1).any(is_label)
    };
    table.len() > 1 && table.windows(2).all(|pair| matches!(pair, [a, b] if alike(a, b))) && table.iter().all(is_plain)
}

/// The distinct places of some lines, in order.
pub(super) fn places(all: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut all: Vec<f64> = all.collect();
    all.sort_by(f64::total_cmp);
    all.dedup_by(|a, b| (*a - *b).abs() < NEAR);
    all
}

fn index(places: &[f64], place: f64) -> u32 {
    let at = places.iter().position(|known| (known - place).abs() < NEAR);
    at.and_then(|at| u32::try_from(at).ok()).unwrap_or(0)
}

fn table(frames: &[Frame], texts: Vec<Vec<Run>>, number: u32, labels: Labels<'_>, document: &mut Document) {
    let columns = places(frames.iter().map(|frame| frame.left));
    // From the top down.
    let levels = places(frames.iter().map(|frame| -frame.top));
    let mut rows: Vec<Vec<Cell>> = levels.iter().map(|_| Vec::new()).collect();
    for (frame, runs) in frames.iter().zip(texts) {
        let (col, row) = (index(&columns, frame.left), index(&levels, -frame.top));
        let inside = |places: &[f64], from: f64, to: f64| {
            let count = places.iter().filter(|place| **place > from - NEAR && **place < to - NEAR).count();
            u32::try_from(count).unwrap_or(1).max(1)
        };
        let (text, at) = words(runs, number, *frame);
        let text = mended(&text, labels).unwrap_or(text);
        let cell = Cell {
            at,
            col,
            col_span: inside(&columns, frame.left, frame.right),
            row_span: inside(&levels, -frame.top, -frame.bottom),
            text,
            nested: String::new(),
            scalar: Scalar::Text,
        };
        if let Some(row) = usize::try_from(row).ok().and_then(|row| rows.get_mut(row)) {
            row.push(cell);
        }
    }
    let grid = next_grid(document);
    for (index, mut cells) in (0u32..).zip(rows) {
        cells.sort_by_key(|cell| cell.col);
        document.rows.push(Row { grid, sheet: 0, layout: Layout::Table, index, cells, strong: false });
    }
}

fn has_open_bracket(text: &str) -> bool {
    text.matches('(').count() > text.matches(')').count()
}

/// A word may have been cut at a line's end, or two have stood there: where one way it is a label, it is that.
fn mended(text: &str, labels: Labels<'_>) -> Option<String> {
    let ways = [text.replace(UNKNOWN, ""), text.replace(UNKNOWN, " ")];
    ways.into_iter().filter(|_| text.contains(UNKNOWN)).find(|way| labels.exact(way).is_some())
}

pub(super) fn next_grid(document: &Document) -> u32 {
    document.rows.iter().map(|row| row.grid).max().unwrap_or(0) + 1
}

/// The text of one cell and where it stood: a field's name if all of it is that field's. A line that was full went on in
/// the next; else the next begins anew.
fn words(runs: Vec<Run>, number: u32, frame: Frame) -> (String, String) {
    let fields: Vec<&String> = runs.iter().filter_map(|run| run.field.as_ref()).collect();
    let at = match fields.as_slice() {
        [name] if runs.len() == 1 => format!("field:{name}"),
        _ => format!("page{number}"),
    };
    let mut text = String::new();
    let mut end = f64::MIN;
    let mut font = None;
    let lines = lines::lines(runs);
    let margin = margin(&lines, frame);
    for line in lines {
        let first = line.pieces.first().map_or(0.0, |piece| piece.first_word());
        if !text.is_empty() {
            // A label and the answer under it are seldom set in one font.
            let begins_anew = font.is_some_and(|font| line.pieces.first().is_some_and(|piece| piece.fonts.0 != font));
            match end + first > frame.right - margin && !begins_anew {
                true if line.pieces.first().is_some_and(|piece| is_hyphened(&text, &piece.text)) => {}
                true if line.pieces.first().is_some_and(|piece| {
                    let width = frame.right - frame.left - 2.0 * margin;
                    may_be_cut(&text, piece.size, piece, width, frame.right - margin - end)
                }) =>
                {
                    text.push(UNKNOWN);
                }
                true => text.push(' '),
                // No answer ends with a comma, and no label within brackets.
                false if (text.ends_with(',') || has_open_bracket(&text)) && !begins_anew => text.push(' '),
                false => text.push('\n'),
            }
        }
        end = line.pieces.iter().map(|piece| piece.end).fold(f64::MIN, f64::max);
        font = line.pieces.last().map(|piece| piece.fonts.1);
        let pieces: Vec<String> = line.pieces.into_iter().map(|piece| piece.text).collect();
        text.push_str(&pieces.join("  "));
    }
    // Where words are cut no line says anything by itself: "Name" may be the start of another label.
    if text.contains(UNKNOWN) {
        text = text.replace('\n', " ");
    }
    (tidy(&text), at)
}
