//! What goes on over a page's end. A table with the same columns on both pages is one table, a row that its cells' last lines
//! filled is one row, a paragraph that filled its last line and goes on in small letters is one paragraph, and a label that
//! stands last on its page is answered by a line of other letters that stands first on the next. All else that may go on is
//! marked unreadable ([`UNKNOWN`]): half an answer is worse than none.

use super::flow::begins_with_box;
use super::fonts::UNKNOWN;
use super::lines::Piece;
use super::signs::{NEAR, is_hyphened, may_be_cut};
use crate::inbound::form::columns::is_tick;
use crate::inbound::form::dictionary::Labels;
use crate::inbound::form::model::{Cell, Document, Layout, Row, tidy};
use crate::inbound::form::prose::is_prose;
use crate::inbound::form::ticks::has_boxes;

/// Rows of tables within one row of a table that a page's end may cut.
const NESTED: usize = 4;
/// Letters that differ by no more are of one size.
const SIZE: f64 = 0.6;
/// A header stands so much higher than the first line of other pages.
const HEADER: f64 = 6.0;
/// Lines of such a header.
pub(super) const HEADERS: usize = 2;
/// Rows of headings that a table may have again on each page, and one more.
pub(super) const HEADS: usize = 4;
/// A header is further from the text under it, in sizes of its letters.
const APART: f64 = 3.2;

/// What a page begins with and what it ends with.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// Behind lines that may be a header, what stands under them too.
    pub first: Vec<First>,
    pub last: Option<Last>,
}

/// The first line of a page, or the first row of a table there.
#[derive(Clone, Debug)]
pub(super) enum First {
    /// Nothing else stands on its line. With the height its letters reach, and how far below it the next line is.
    Line { piece: Piece, top: f64, gap: f64 },
    /// What each cell of its first rows begins with.
    Table { columns: Vec<f64>, rows: Vec<Vec<Option<Piece>>>, top: f64 },
}

/// The last row of a page.
#[derive(Clone, Debug)]
pub(super) enum Last {
    Line(Vec<Tail>),
    Table { columns: Vec<f64>, cells: Vec<Option<Tail>> },
}

/// How a text ends.
#[derive(Clone, Debug)]
pub(super) struct Tail {
    pub x: f64,
    /// Where the answer behind its colon begins.
    pub answer: Option<f64>,
    pub end: f64,
    pub font: u64,
    pub size: f64,
    /// How far its line could reach, if that is known.
    pub limit: Option<f64>,
}

impl Tail {
    /// The line was full, and no word needed cutting: `text` goes on in this one.
    fn goes_on(&self, text: &str, piece: &Piece) -> bool {
        let Some(limit) = self.limit else { return false };
        self.font == piece.fonts.0
            && (self.size - piece.size).abs() < SIZE
            && self.end + piece.first_word() > limit - NEAR
            && !may_be_cut(text, self.size, piece, limit - piece.x, limit - self.end)
    }

    /// The line may have been full.
    fn may_go_on(&self, piece: &Piece) -> bool {
        self.limit.is_none_or(|limit| self.end + piece.first_word() > limit - NEAR)
    }

    fn begins_at(&self, x: f64) -> bool {
        std::iter::once(self.x).chain(self.answer).any(|start| (start - x).abs() < NEAR)
    }
}

impl First {
    fn top(&self) -> f64 {
        match self {
            Self::Line { top, .. } | Self::Table { top, .. } => *top,
        }
    }
}

/// How pages follow one another.
#[derive(Default)]
pub(super) struct Overleaf {
    last: Option<Last>,
    /// How high the first line of the pages before reaches.
    top: Option<f64>,
}

impl Overleaf {
    /// The rows from this one are another page's: joins what goes on there, or leaves it unreadable.
    pub(super) fn turn(&mut self, rows: &mut Document, from: usize, ends: Ends, goes_on: bool, labels: Labels<'_>) {
        let top = ends.first.first().map(First::top);
        // A header that only one page has stands above where the text of the others begins.
        let is_header = top.zip(self.top).is_none_or(|(top, known)| top > known + HEADER);
        let joined = goes_on
            && self.last.as_ref().is_some_and(|last| {
                let mut under = ends.first.iter().enumerate();
                under.any(|(nth, first)| joins_under(rows, from, last, first, is_header || nth > 0, labels))
            });
        if goes_on && !joined {
            cut_rows(rows, from, labels);
        }
        self.last = ends.last;
        self.top = self.top.or(top);
    }
}

/// The same with what stands under the header that only this page has: where that goes on, it is the page's first.
fn joins_under(
    rows: &mut Document,
    from: usize,
    last: &Last,
    first: &First,
    is_header: bool,
    labels: Labels<'_>,
) -> bool {
    let is_it = |row: &Row| match first {
        First::Table { .. } => row.layout == Layout::Table,
        First::Line { piece, .. } => row.cells.first().is_some_and(|cell| cell.text.starts_with(&*tidy(&piece.text))),
    };
    let page = rows.rows.get(from..).unwrap_or_default();
    let Some(head) = page.iter().take(HEADERS + 1).position(is_it) else { return false };
    let header: Vec<Row> = rows.rows.drain(from..from + head).collect();
    let joined = joins(rows, from, last, first, is_header, labels);
    if joined {
        rows.margins.extend(header.iter().flat_map(|row| &row.cells).map(|cell| cell.text.clone()));
        return true;
    }
    // The rest of a row, though not for certain.
    if head > 0 && matches!((last, first), (Last::Table { cells, .. }, First::Table { .. }) if cells.len() > 1) {
        cut_rows(rows, from, labels);
    }
    rows.rows.splice(from..from, header);
    false
}

/// Joins what goes on, or knows for certain that nothing does.
fn joins(rows: &mut Document, from: usize, last: &Last, first: &First, is_header: bool, labels: Labels<'_>) -> bool {
    match (last, first) {
        (Last::Line(tails), First::Line { piece, gap, .. }) => {
            let is_near = !is_header && *gap < APART * piece.size;
            joins_text(rows, from, tails, piece) || answers(rows, from, tails, piece, is_near, labels)
        }
        // A box round a paragraph.
        (Last::Table { cells, .. }, First::Line { piece, .. }) => match cells.as_slice() {
            [Some(tail)] => joins_text(rows, from, std::slice::from_ref(tail), piece),
            _ => false,
        },
        (Last::Table { columns, cells }, First::Table { columns: other, rows: firsts, .. }) => {
            let alike = columns.len() == other.len() && columns.iter().zip(other).all(|(a, b)| (a - b).abs() < NEAR);
            alike && joins_table(rows, from, cells, firsts, labels)
        }
        _ => false,
    }
}

/// A paragraph, or the last cell of a row, goes on in small letters.
fn joins_text(rows: &mut Document, from: usize, tails: &[Tail], piece: &Piece) -> bool {
    let Some((above, page)) = rows.rows.split_at_mut_checked(from) else { return false };
    let (Some(last), Some(first)) = (above.last_mut(), page.first()) else { return false };
    let fits = first.layout == Layout::Flow && tails.len() == last.cells.len();
    let (Some(cell), Some(tail), [rest]) = (last.cells.last_mut(), tails.last(), first.cells.as_slice()) else {
        return false;
    };
    let is_small = rest.text.starts_with(char::is_lowercase);
    let is_read = !cell.text.contains(UNKNOWN) && !has_boxes(&cell.text) && !has_boxes(&rest.text);
    if !(is_small && fits && is_read && tail.begins_at(piece.x) && tail.goes_on(&cell.text, piece)) {
        return false;
    }
    join(&mut cell.text, &rest.text);
    rows.rows.remove(from);
    true
}

/// A label alone at a page's end, and first on the next one a line that is none, in other letters unless the label has its
/// colon, with the next label right under it.
fn answers(rows: &mut Document, from: usize, tails: &[Tail], piece: &Piece, is_near: bool, labels: Labels<'_>) -> bool {
    let Some((above, page)) = rows.rows.split_at_mut_checked(from) else { return false };
    let after = page.get(1).cloned();
    let (Some(last), Some(first)) = (above.last(), page.first_mut()) else { return false };
    let ([label], [answer], [tail]) = (last.cells.as_slice(), first.cells.as_mut_slice(), tails) else { return false };
    let is_label = |cell: &Cell| !labels.hits(cell).is_empty();
    let is_bare = labels.meaning(&label.text).is_some();
    let is_apart = tail.font != piece.fonts.0 || label.text.ends_with(':');
    let ends =
        after.is_none_or(|after| after.strong || after.layout != Layout::Flow || after.cells.iter().any(is_label));
    let fits = last.layout == Layout::Flow
        && first.layout == Layout::Flow
        && !first.strong
        && !is_label(answer)
        && !answer.text.ends_with([':', '?'])
        && !answer.text.contains(UNKNOWN)
        && !has_boxes(&answer.text);
    // No header is a sentence.
    let near = is_near || is_prose(&answer.text);
    let near = near && tail.begins_at(piece.x) && (tail.size - piece.size).abs() < SIZE;
    if !(is_bare && is_apart && ends && fits && near) {
        return false;
    }
    answer.col = label.col;
    (first.grid, first.index) = (last.grid, last.index.saturating_add(1));
    true
}

/// A table goes on: with a row of its own, or with the rest of its last one.
fn joins_table(
    rows: &mut Document,
    from: usize,
    tails: &[Option<Tail>],
    firsts: &[Vec<Option<Piece>>],
    labels: Labels<'_>,
) -> bool {
    let Some((above, page)) = rows.rows.split_at_mut_checked(from) else { return false };
    let heads = repeated(above, page);
    let (Some(last), Some(first)) = (above.last_mut(), page.get(heads)) else { return false };
    let is_table = |row: &Row| row.layout == Layout::Table;
    if !is_table(last) || !is_table(first) || page.iter().take(heads).any(|head| head.grid != first.grid) {
        return false;
    }
    // What their cells begin with is known of the first rows alone.
    let Some(firsts) = firsts.get(heads) else { return false };
    let is_rest = {
        let read = |row: &Row, other: &Row| {
            let mut cells = row.cells.iter().zip(&other.cells);
            cells.all(|(cell, other)| !cell.text.contains(UNKNOWN) && (other.is_blank() || !has_boxes(&cell.text)))
        };
        let alike = last.cells.len() == first.cells.len() && tails.len() == last.cells.len();
        let alike = alike && firsts.len() == first.cells.len();
        match how_goes_on(last, first, tails, firsts, labels).filter(|_| alike) {
            Some(true) if read(last, first) && read(first, last) => true,
            Some(false) => false,
            _ => return false,
        }
    };
    let mut page: Vec<Row> = rows.rows.drain(from..).collect();
    page.drain(..heads);
    let Some(last) = rows.rows.last_mut() else { return false };
    if is_rest {
        let rest = page.remove(0);
        last.cells.iter_mut().zip(&rest.cells).for_each(|(cell, rest)| join(&mut cell.text, &rest.text));
    }
    let (grid, mut index) = (last.grid, last.index);
    let table = page.first().map(|row| row.grid);
    for row in page.iter_mut().take_while(|row| Some(row.grid) == table && row.layout == Layout::Table) {
        index = index.saturating_add(1);
        (row.grid, row.index) = (grid, index);
    }
    rows.rows.append(&mut page);
    true
}

/// The first row of a page is the rest of the last one before it (true), or one of its own (false); none where it may be
/// either.
fn how_goes_on(
    last: &Row,
    first: &Row,
    tails: &[Option<Tail>],
    firsts: &[Option<Piece>],
    labels: Labels<'_>,
) -> Option<bool> {
    let cells = || last.cells.iter().zip(&first.cells).zip(tails.iter().zip(firsts));
    // Each cell that goes on filled its last line.
    let could = cells().all(|((_, rest), (tail, piece))| {
        rest.is_blank() || tail.as_ref().zip(piece.as_ref()).is_some_and(|(tail, piece)| tail.may_go_on(piece))
    });
    let is_label = |cell: &Cell| labels.meaning(&cell.text).is_some() || cell.text.ends_with([':', '?']);
    let (head, next) = (last.cells.first()?, first.cells.first()?);
    let small = next.text.starts_with(char::is_lowercase);
    if next.is_blank() || could && (small || lacks_labels(last, first, labels)) {
        let sure = cells().all(|((cell, rest), (tail, piece))| {
            rest.is_blank()
                || tail.as_ref().zip(piece.as_ref()).is_some_and(|(tail, piece)| tail.goes_on(&cell.text, piece))
        });
        let some = first.filled().next().is_some();
        return (could && sure && some && !head.is_blank()).then_some(true);
    }
    (!could || is_label(next)).then_some(false)
}

/// Each cell of the one row has a label with its answer, and none of the other asks for anything.
fn lacks_labels(last: &Row, first: &Row, labels: Labels<'_>) -> bool {
    let answered =
        |cell: &Cell| labels.hits(cell).iter().any(|hit| hit.rest.as_deref().is_some_and(|rest| !rest.is_empty()));
    let asks = |cell: &Cell| !labels.hits(cell).is_empty() || cell.text.contains([':', '?']);
    last.filled().all(|(_, cell)| answered(cell)) && !first.filled().any(|(_, cell)| asks(cell))
}

fn join(text: &mut String, rest: &str) {
    if rest.is_empty() {
        return;
    }
    if !is_hyphened(text, rest) {
        text.push(' ');
    }
    text.push_str(rest);
}

/// A row that begins a page without its label goes on from the page before: neither part is an answer. Nor is a paragraph
/// that may go on over the page's end.
fn cut_rows(rows: &mut Document, from: usize, labels: Labels<'_>) {
    let Some((above, page)) = rows.rows.split_at_mut_checked(from) else { return };
    let repeated = repeated(above, page);
    let Some(page) = page.get_mut(repeated..) else { return };
    let (Some(last), Some(first)) = (above.last_mut(), page.first_mut()) else { return };
    // A box drawn round a paragraph is no table, or the first row of the one behind it.
    let alone = |row: &Row| row.layout == Layout::Flow || row.cells.len() == 1;
    if alone(last) && alone(first) {
        // What a sentence begins with asks for nothing.
        let asks = |cell: &Cell| cell.text.ends_with(':') || !is_prose(&cell.text) && !labels.hits(cell).is_empty();
        let is_label = |row: &Row| row.cells.iter().any(asks);
        let small = first.cells.first().is_some_and(|cell| cell.text.starts_with(char::is_lowercase));
        // A paragraph and one more are one passage.
        let goes_on = small || !is_label(last) && !is_label(first);
        // The next option of a list begins with its box, and behind a list of options with their boxes comes the next label.
        let is_list = last.cells.last().is_some_and(|cell| has_boxes(&cell.text));
        let is_next = first.cells.first().is_some_and(|cell| begins_with_box(&cell.text)) || is_list && is_label(first);
        if let Some(cell) = last.cells.last_mut().filter(|cell| !is_next && (goes_on || !ends(&cell.text))) {
            cell.text.push(UNKNOWN);
        }
        // Where no other detail follows, "Education: she enjoys art" may be told in the sentences of the page before.
        let is_told = last.cells.last().is_some_and(|cell| is_prose(&cell.text));
        if is_told
            && !page.get(1).is_some_and(is_label)
            && let Some(first) = page.first_mut()
        {
            first
                .cells
                .iter_mut()
                .filter(|cell| !labels.hits(cell).is_empty())
                .for_each(|cell| cell.text.push(UNKNOWN));
        }
        return;
    }
    // A piece alone that begins where no row does is the rest of one.
    if let [piece] = first.cells.as_mut_slice()
        && first.layout == Layout::Flow
        && last.cells.len() > 1
        && (piece.col > 0 || piece.text.starts_with(char::is_lowercase))
    {
        last.cells.iter_mut().chain([piece]).for_each(|cell| cell.text.push(UNKNOWN));
        return;
    }
    let (grid, is_blank) = (last.grid, |row: &Row| row.cells.first().is_some_and(Cell::is_blank));
    // In a column for ticks most cells are blank.
    let ticks = above.iter().rev().take_while(|row| row.grid == grid).collect::<Vec<_>>();
    let is_tick = |row: &&Row| row.cells.first().is_some_and(|cell| cell.is_blank() || is_tick(cell));
    let is_column_of_ticks =
        ticks.len() >= 2 && ticks.iter().all(is_tick) && ticks.iter().all(|row| row.cells.len() == 2);
    let (Some(last), Some(first)) = (above.last(), page.first_mut()) else { return };
    let is_like = first.cells.len() == last.cells.len();
    let lacks_labels = is_like && last.layout == Layout::Table && lacks_labels(last, first, labels);
    let is_rest = first.cells.len() > 1 && (is_blank(first) || lacks_labels) && !is_column_of_ticks;
    if !is_rest || !is_like && first.filled().count() > 1 {
        return;
    }
    // Of tables within a table, any may have had the row that goes on.
    let cut = if is_like { 1 } else { NESTED };
    let cut: Vec<&mut Row> = above.iter_mut().rev().take_while(|row| row.grid == grid).take(cut).collect();
    // A box in a cell of its own belongs to the words beside it.
    let texts = cut.iter().flat_map(|row| &row.cells).chain(&first.cells).map(|cell| cell.text.as_str());
    rows.lost_ticks.extend(Some(texts.collect::<Vec<_>>().join("\n")).filter(|text| has_boxes(text)));
    for cell in cut.into_iter().flat_map(|row| row.cells.iter_mut().skip(1)).chain(&mut first.cells) {
        cell.text = UNKNOWN.to_string();
    }
}

/// How many rows of headings the last table of the page before has again on this one.
fn repeated(above: &[Row], page: &[Row]) -> usize {
    let texts = |row: &Row| row.cells.iter().map(|cell| cell.text.clone()).collect::<Vec<_>>();
    let table = above.last().filter(|last| last.layout == Layout::Table).map(|last| last.grid);
    let heads = above.iter().filter(|row| Some(row.grid) == table);
    let same = |(row, head): &(&Row, &Row)| row.filled().next().is_some() && texts(row) == texts(head);
    page.iter().zip(heads).take_while(same).count()
}

/// A text of some length that does not end as a sentence does may go on.
fn ends(text: &str) -> bool {
    text.chars().count() < 60 || text.ends_with(['.', '!', '?', ':', '”', '"'])
}
