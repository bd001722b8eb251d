//! Text outside the lines of a table: paragraphs, labels with their answers on one line, and columns without rules. A page
//! keeps only where each line stands, so lines are put together again by `signs`. Where the signs disagree the text is
//! marked unreadable ([`UNKNOWN`]): half an answer, or one with another's words, is worse than none.
//!
//! In columns a line without a label is an orphan: it goes on from the answer above, or, where cells are set to their
//! middle or foot, begins the answer below. Only one that stands nearer to the line above, and went on by every sign, is
//! joined to it; any other puts both in doubt.

mod doubt;

use super::Rule;
use super::cells::{next_grid, places};
use super::fonts::UNKNOWN;
use super::lines::{Line, Piece};
use super::overleaf::Tail;
use super::signs::{Above, COLUMNS, Edges, NEAR, SHORT, Verdict, ends_label, is_hyphened};
use crate::inbound::form::columns::is_tick;
use crate::inbound::form::dictionary::Labels;
use crate::inbound::form::model::{Cell, Document, Layout, Row, TICKED, UNTICKED, tidy};
use crate::inbound::form::ticks::{count_boxes, has_boxes};
use std::collections::HashSet;

/// Lines of one paragraph are no further apart, in sizes of the letters; lines this far apart may be.
const CLOSE: f64 = 1.5;
const FAR: f64 = 2.2;
/// In columns, a line this far from another may belong to its cell.
const REACH: f64 = 3.5;
/// Lines closer than this belong to cells that are set at different heights.
const STAGGERED: f64 = 0.8;
/// Rows stand further apart than the lines of one by at least this much, in points.
const GAP: f64 = 2.5;
/// Of so many texts in one font fewer than one is a label by chance.
const RARE: usize = 8;
/// No word is as wide as this.
const WIDE: f64 = 200.0;
/// Letters larger than most by this much are a heading's.
const LARGER: f64 = 0.9;
/// Of an option that goes on, so many words behind its box may say which it is.
const WORDS: usize = 3;

/// A row that may go on.
struct Open {
    /// Of its last line.
    y: f64,
    size: f64,
    parts: Vec<Part>,
}

/// A piece and what was joined to it.
struct Part {
    x: f64,
    answer: Option<f64>,
    /// Its last line: how high it stands, where it ends, in which font.
    y: f64,
    end: f64,
    font: u64,
    /// Where the next piece of its line begins.
    next: Option<f64>,
    size: f64,
    text: String,
    is_label: bool,
    /// It has no label of its own.
    is_orphan: bool,
    /// By its font it can only be the answer to the label above.
    is_answer: bool,
    unsure: bool,
}

/// What a page's lines are judged by.
pub(super) struct Flow<'a> {
    labels: Labels<'a>,
    edges: Edges,
    label_columns: Vec<LabelColumn>,
    /// The least distance of two lines that begin with labels, one under the other.
    row_gap: Option<f64>,
    /// How large most lines are.
    body: f64,
    /// Fonts of the labels that stand alone.
    label_fonts: HashSet<u64>,
    /// What stands under such labels is mostly set in none of them.
    sets_labels_apart: bool,
    /// Level lines drawn on the page.
    level: &'a [Rule],
    page: u32,
}

impl<'a> Flow<'a> {
    /// `lines` are all of the page's that stand in no table.
    pub(super) fn of(labels: Labels<'a>, lines: &[Line], level: &'a [Rule], page: u32) -> Self {
        let label_columns = label_columns(labels, lines, page);
        let label_fonts = label_fonts(labels, lines, page);
        let sets_labels_apart = sets_labels_apart(labels, lines, page, &label_fonts);
        let begins =
            |line: &Line| line.pieces.first().filter(|piece| is_label(labels, page, &piece.text)).map(|piece| piece.x);
        let gaps = lines.iter().zip(lines.iter().skip(1)).filter_map(|(line, next)| {
            let under = begins(line).zip(begins(next)).is_some_and(|(x, other)| (x - other).abs() < NEAR);
            under.then_some(line.y - next.y)
        });
        let row_gap = gaps.min_by(f64::total_cmp);
        let body = body_size(lines);
        Self {
            labels,
            edges: Edges::of(lines.iter()),
            label_columns,
            row_gap,
            body,
            label_fonts,
            sets_labels_apart,
            level,
            page,
        }
    }

    /// Adds lines that follow one another, from the top down, as rows of one grid, and says how the last of them ends.
    pub(super) fn add(&self, lines: Vec<Line>, document: &mut Document) -> Option<Vec<Tail>> {
        let mut rows: Vec<Open> = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            let below = lines.get(at + 1..).unwrap_or_default();
            let is_option = is_option(line);
            if !is_option && self.goes_on(&mut rows, line) {
                continue;
            }
            let mut row = self.open(line);
            if let Some(above) =
                rows.last_mut().filter(|above| above.y - line.y < STAGGERED * above.size.max(line.size))
            {
                above.parts.iter_mut().chain(&mut row.parts).for_each(|part| part.unsure = true);
            }
            // A box at the start of a line is the next option's: the line goes on from nothing.
            if is_option {
                rows.push(row);
                continue;
            }
            if row.parts.len() == 1 && rows.last().is_some_and(|above| above.is_left_blank(line)) {
                let is_answer = rows.last().is_some_and(|above| self.is_answer_by_font(above, line));
                row.parts.iter_mut().for_each(|part| {
                    part.is_answer = !part.is_label && is_answer;
                    part.unsure |= !part.is_label && !is_answer;
                });
            }
            self.part_orphans(&mut rows, line, below, &mut row);
            self.doubt_labels(&mut rows, line, &mut row);
            self.doubt_told(&mut rows, line, &mut row);
            self.doubt_rest(&rows, line, &mut row);
            if !row.parts.is_empty() {
                rows.push(row);
            }
        }
        let tails = rows.last().map(|last| last.parts.iter().map(|part| self.tail(part)).collect());
        self.write(rows, document);
        tails
    }

    fn tail(&self, part: &Part) -> Tail {
        let (x, edge) = self.edges.furthest(part.x, part.answer, part.size);
        let column = part.next.map(|next| next - part.size * 0.5).filter(|next| *next < edge);
        let limit = column.or(Some(edge).filter(|edge| self.edges.is_sure(x, *edge)));
        Tail { x: part.x, answer: part.answer, end: part.end, font: part.font, size: part.size, limit }
    }

    fn open(&self, line: &Line) -> Open {
        let starts = line.pieces.iter().skip(1).map(|piece| Some(piece.x)).chain(std::iter::once(None));
        let parts = line.pieces.iter().zip(starts).map(|(piece, next)| Part {
            x: piece.x,
            answer: piece.answer,
            y: line.y,
            end: piece.end,
            font: piece.fonts.1,
            next,
            size: piece.size,
            text: piece.text.clone(),
            is_label: self.is_label(&piece.text),
            is_orphan: false,
            is_answer: false,
            unsure: false,
        });
        Open { y: line.y, size: line.size, parts: parts.collect() }
    }

    /// What stands under a label in a font that no label of the page has is no label that nobody here knows.
    fn is_answer_by_font(&self, above: &Open, line: &Line) -> bool {
        let (Some(label), Some(piece)) = (above.parts.first(), line.pieces.first()) else { return false };
        let font = piece.fonts.0;
        font == piece.fonts.1
            && label.font != font
            && (label.x - piece.x).abs() < NEAR
            && (label.size - piece.size).abs() < 0.6
            && !self.label_fonts.contains(&font)
    }

    /// Running text: the line goes on from a row of one part, whose words it may end with a box.
    fn goes_on(&self, rows: &mut [Open], line: &Line) -> bool {
        let Some(row) = rows.last_mut() else { return false };
        let (gap, size) = (row.y - line.y, row.size.max(line.size));
        if gap > FAR * size || self.is_ruled_off(row, line) {
            return false;
        }
        let (words, boxes) = line.pieces.split_at(line.pieces.iter().take_while(|piece| !is_box(&piece.text)).count());
        let close = gap <= CLOSE * size;
        let [part] = row.parts.as_mut_slice() else {
            self.doubt_last(row, line);
            return false;
        };
        // The lines of an answer stand closer than the next label.
        if let [piece] = line.pieces.as_slice()
            && part.is_answer
            && close
            && part.begins_at(piece.x)
            && (part.font, part.font) == piece.fonts
            && !self.is_label(&piece.text)
        {
            let begins = !matches!(part.above().goes_on(piece, &self.edges), Verdict::GoesOn);
            part.unsure |= part.above().goes_on(piece, &self.edges) == Verdict::Doubtful;
            if begins {
                part.text.push('\n');
            }
            part.take(piece, line.y);
            (row.y, row.size) = (line.y, line.size);
            return true;
        }
        // In small distance from an answer, where rows with labels stand further apart, stands its second line.
        if let [piece] = line.pieces.as_slice()
            && part.is_label
            && part.is_answered()
            && close
            && self.row_gap.is_some_and(|rows| gap < rows - GAP)
            && part.begins_at(piece.x)
            && (part.font, part.font) == piece.fonts
            && !ends_label(&piece.text)
            && !self.is_label(&piece.text)
            && part.above().goes_on(piece, &self.edges) == Verdict::Ended
        {
            part.text.push('\n');
            part.take(piece, line.y);
            (row.y, row.size) = (line.y, line.size);
            return true;
        }
        let joined = match words {
            // Boxes alone belong to the words above where these filled their line.
            [] => close && !boxes.is_empty() && part.end + 3.0 * size > self.edges.at(part.x, part.size),
            // Lines with boxes on them stand further apart.
            [piece] if part.begins_at(piece.x) && self.goes_on_with_options(part, piece) => {
                part.take(piece, line.y);
                true
            }
            // A whole label does not go on, but for small letters.
            [piece] if part.is_label && !part.is_answered() && !piece.text.starts_with(char::is_lowercase) => false,
            // The last word of an answer may be a label elsewhere: "College of Further" / "Education".
            [piece] if self.begins_anew(&piece.text) => {
                let may_go_on = part.is_answered() && close && !ends_label(&piece.text);
                part.unsure |= may_go_on && part.above().goes_on(piece, &self.edges) != Verdict::Ended;
                false
            }
            [piece] => {
                let aligned = part.begins_at(piece.x);
                let verdict = part.above().goes_on(piece, &self.edges);
                let inside = piece.x > part.x && piece.x < part.end;
                let doubtful = match verdict {
                    // An answer that fills its line, or that and what is printed under it?
                    Verdict::GoesOn if part.is_answered() && part.text.len() < SHORT => {
                        !(aligned && close) || !piece.text.starts_with(char::is_lowercase) && !part.text.ends_with(',')
                    }
                    Verdict::GoesOn => !(aligned && close),
                    Verdict::Doubtful => true,
                    Verdict::Ended => close && part.text.ends_with(','),
                };
                let is_heading = |size: f64| size > self.body + LARGER;
                let heads = !part.is_label && is_heading(part.size) && is_heading(piece.size);
                part.unsure |= doubtful && (aligned || inside) && !heads;
                let joined = verdict == Verdict::GoesOn && aligned && close && !doubtful;
                if joined {
                    part.take(piece, line.y);
                }
                joined
            }
            _ => false,
        };
        if joined {
            row.parts.extend(self.open(line).parts.into_iter().skip(words.len()));
            (row.y, row.size) = (line.y, line.size);
        }
        joined
    }

    /// Options side by side that filled their line go on in the next, which has more of their boxes and begins with none.
    fn goes_on_with_options(&self, part: &Part, piece: &Piece) -> bool {
        if !has_boxes(&part.text) || !has_boxes(&piece.text) || self.is_label(&piece.text) || ends_label(&piece.text) {
            return false;
        }
        let dashed = part.text.trim_end().ends_with(['-', '–', '—']);
        let small = piece.text.starts_with(char::is_lowercase) && part.end - part.x > WIDE;
        match part.above().goes_on(piece, &self.edges) {
            Verdict::GoesOn => true,
            Verdict::Doubtful => dashed || small,
            Verdict::Ended => false,
        }
    }

    /// A text that can only be the start of something: a bullet, a known label. In small letters it goes on.
    fn begins_anew(&self, text: &str) -> bool {
        let first = text.chars().next().unwrap_or(' ');
        matches!(first, '•' | '·' | '▪' | '◦' | '\u{F0B7}' | '\u{F0A7}') || !first.is_lowercase() && self.is_label(text)
    }

    fn is_label(&self, text: &str) -> bool {
        is_label(self.labels, self.page, text)
    }

    /// A line is drawn between two lines of text, and not only under an answer to write it on.
    fn is_ruled_off(&self, above: &Open, line: &Line) -> bool {
        let (left, right) = line.pieces.iter().fold((f64::MAX, f64::MIN), |(l, r), p| (l.min(p.x), r.max(p.end)));
        let left = above.parts.first().map_or(left, |part| part.x.min(left));
        self.level.iter().any(|rule| {
            rule.at < above.y
                && rule.at > line.y + line.size * 0.5
                && rule.from <= left + NEAR
                && rule.to >= right - NEAR
        })
    }

    fn write(&self, rows: Vec<Open>, document: &mut Document) {
        let columns = places(rows.iter().flat_map(|row| row.parts.iter().map(|part| part.x)));
        let column = |x: f64| columns.iter().take_while(|place| **place < x + NEAR).count().saturating_sub(1);
        let grid = next_grid(document);
        let texts: Vec<String> = rows.iter().map(Open::text).collect();
        // A box alone is one of the options round it.
        let beside =
            |at: usize| texts.get(at.saturating_sub(1)..texts.len().min(at + 2)).unwrap_or_default().join("\n");
        for (at, (index, row)) in (0u32..).zip(rows).enumerate() {
            let mut cells = Vec::new();
            let set_apart = |part: &Part| self.sets_labels_apart && self.label_fonts.contains(&part.font);
            let strong = row.parts.len() == 1 && (row.size > self.body + LARGER || row.parts.iter().all(set_apart));
            for part in row.parts {
                let mut text = tidy(&part.text);
                if part.unsure {
                    let lost = if is_box(&text) { beside(at) } else { text.clone() };
                    document.lost_ticks.extend(Some(lost).filter(|_| has_boxes(&text)));
                    // A box before some words is theirs, however they go on.
                    let some = begins_with_box(&text) && text.split_whitespace().count() > WORDS;
                    if !some || count_boxes(&text) > 1 {
                        text = text.replace([TICKED, UNTICKED, '☑', '✓', '✗'], "");
                    }
                    text.push(UNKNOWN);
                }
                cells.push(Cell::of_page(self.page, u32::try_from(column(part.x)).unwrap_or(0), text));
            }
            document.rows.push(Row { grid, sheet: 0, layout: Layout::Flow, index, cells, strong });
        }
    }
}

/// Where labels begin on a page; with how many of them, and of how many texts.
struct LabelColumn {
    x: f64,
    labels: usize,
    texts: usize,
}

fn label_columns(labels: Labels<'_>, lines: &[Line], page: u32) -> Vec<LabelColumn> {
    let mut columns: Vec<LabelColumn> = Vec::new();
    let is_whole = |text: &str| text.ends_with(':') || is_whole_label(labels, page, text);
    for line in lines {
        let before = std::iter::once(None).chain(line.pieces.iter().map(Some));
        for (piece, before) in line.pieces.iter().zip(before) {
            // "Placement", and behind it "Kinship placement": its answer.
            let answers = before.is_some_and(|before| is_whole(&before.text));
            let is_label = is_whole(&piece.text) || !answers && is_label(labels, page, &piece.text);
            let full = columns.len() >= COLUMNS;
            match columns.iter_mut().find(|column| column.is_at(piece.x)) {
                Some(column) => {
                    (column.labels, column.texts) = (column.labels + usize::from(is_label), column.texts + 1);
                }
                None if full => {}
                None => columns.push(LabelColumn { x: piece.x, labels: usize::from(is_label), texts: 1 }),
            }
        }
    }
    columns.retain(|column| column.labels > 0);
    columns
}

/// The fonts of labels that stand alone, but for one in which hardly any does.
fn label_fonts(labels: Labels<'_>, lines: &[Line], page: u32) -> HashSet<u64> {
    let pieces = || lines.iter().flat_map(|line| &line.pieces);
    let alone = |piece: &&Piece| piece.text.ends_with([':', '?']) || is_whole_label(labels, page, &piece.text);
    let fonts = pieces().filter(alone).flat_map(|piece| [piece.fonts.0, piece.fonts.1]);
    let count = |font: u64| pieces().filter(move |piece| piece.fonts.0 == font || piece.fonts.1 == font);
    fonts.filter(|font| count(*font).filter(alone).count() * RARE >= count(*font).count()).collect()
}

/// It is a label, and nothing stands behind it.
fn is_whole_label(labels: Labels<'_>, page: u32, text: &str) -> bool {
    let cell = Cell::of_page(page, 0, tidy(text));
    let hits = labels.hits(&cell);
    !is_tick(&cell) && !hits.is_empty() && hits.iter().all(|hit| hit.rest.as_deref().is_none_or(str::is_empty))
}

/// A "Yes" answers, though one form has it as a heading.
fn is_label(labels: Labels<'_>, page: u32, text: &str) -> bool {
    let cell = Cell::of_page(page, 0, tidy(text));
    !is_tick(&cell) && !labels.hits(&cell).is_empty()
}

impl LabelColumn {
    fn is_at(&self, x: f64) -> bool {
        (self.x - x).abs() < NEAR
    }

    /// At least every third of the texts here is a label, so the others will be some too.
    const fn is_of_labels(&self) -> bool {
        self.labels * 3 >= self.texts
    }
}

impl Open {
    fn text(&self) -> String {
        self.parts.iter().map(|part| tidy(&part.text)).collect::<Vec<_>>().join("\n")
    }

    /// A label alone, and so much room under it that what comes next may be a label nobody here knows.
    fn is_left_blank(&self, below: &Line) -> bool {
        let [part] = self.parts.as_slice() else { return false };
        part.is_label && !part.is_answered() && self.y - below.y > FAR * self.size.max(below.size)
    }

    fn has_columns(&self) -> bool {
        self.parts.len() > 1 || self.parts.iter().any(|part| part.answer.is_some())
    }

    /// An answer begins here.
    fn answers_at(&self, x: f64) -> bool {
        let near = |start: f64| (start - x).abs() < NEAR;
        self.parts.iter().skip(1).any(|part| near(part.x)) || self.parts.iter().filter_map(|part| part.answer).any(near)
    }

    /// It begins here with a label that is answered behind its colon.
    fn is_answered_at(&self, x: f64) -> bool {
        self.parts.first().is_some_and(|first| first.begins_at(x) && first.is_answered())
    }
}

impl Part {
    fn begins_at(&self, x: f64) -> bool {
        std::iter::once(self.x).chain(self.answer).any(|start| (start - x).abs() < NEAR)
    }

    /// A label with its answer behind the colon.
    fn is_answered(&self) -> bool {
        ends_label(&self.text) && !self.text.trim_end().ends_with([':', '?'])
    }

    fn above(&self) -> Above<'_> {
        Above {
            x: self.x,
            answer: self.answer,
            end: self.end,
            font: self.font,
            size: self.size,
            text: &self.text,
            next: self.next,
        }
    }

    fn take(&mut self, piece: &Piece, y: f64) {
        if !is_hyphened(&self.text, &piece.text) {
            self.text.push(' ');
        }
        self.text.push_str(&piece.text);
        (self.end, self.font, self.y) = (piece.end, piece.fonts.1, y);
    }
}

/// An answer of these rows is set like this text.
fn has_font<'r>(mut rows: impl Iterator<Item = &'r Open>, piece: &Piece) -> bool {
    let alike = |part: &Part| part.font == piece.fonts.0 && (part.size - piece.size).abs() < 0.6;
    rows.any(|row| row.parts.iter().any(alike))
}

/// The size of most lines; where labels are small and answers larger, that of the answers.
fn body_size(lines: &[Line]) -> f64 {
    let mut sizes: Vec<f64> = lines.iter().map(|line| line.size).collect();
    sizes.sort_by(f64::total_cmp);
    // No more than every fourth line is a heading.
    sizes.get(sizes.len() * 3 / 4).copied().unwrap_or(f64::MAX)
}

/// Of the lines under labels that stand alone, more than half are set in no font of these.
fn sets_labels_apart(labels: Labels<'_>, lines: &[Line], page: u32, fonts: &HashSet<u64>) -> bool {
    let under = lines.iter().zip(lines.iter().skip(1)).filter_map(|(line, next)| {
        let [label] = line.pieces.as_slice() else { return None };
        let [answer] = next.pieces.as_slice() else { return None };
        is_whole_label(labels, page, &label.text).then(|| !fonts.contains(&answer.fonts.0))
    });
    let (all, apart) = under.fold((0, 0), |(all, apart), is| (all + 1, apart + usize::from(is)));
    apart * 2 > all
}

/// A label does not end like this.
fn is_open(text: &str) -> bool {
    let last = text.split_whitespace().next_back().unwrap_or_default();
    ["and", "or", "of", "the", "for", "to"].contains(&last) || last.ends_with(['/', '&', '-', '–', ','])
}

/// It begins with a box, drawn or written (`[x]`), and words behind it.
fn is_option(line: &Line) -> bool {
    let text = line.pieces.first().map(|piece| tidy(&piece.text)).unwrap_or_default();
    begins_with_box(&text) && (text.chars().any(char::is_alphabetic) || line.pieces.len() > 1)
}

/// A text begins with a box, drawn or written.
pub(super) fn begins_with_box(text: &str) -> bool {
    let start: String =
        text.chars().take(4).take_while(|ch| !ch.is_alphanumeric() || matches!(ch, 'x' | 'X')).collect();
    has_boxes(&start)
}

fn is_box(text: &str) -> bool {
    text.chars().all(|ch| ch.is_whitespace() || matches!(ch, TICKED | UNTICKED | '☑' | '✓' | '✔' | '✗'))
}

#[cfg(test)]
#[path = "flow_tests.rs"]
mod tests;
