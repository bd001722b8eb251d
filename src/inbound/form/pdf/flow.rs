//! Text outside the lines of a table: paragraphs, labels with their answers on one line, and columns without rules. A page
//! keeps only where each line stands, so lines are put together again by `signs`. Where the signs disagree the text is
//! marked unreadable ([`UNKNOWN`]): half an answer, or one with another's words, is worse than none.
//!
//! In columns a line without a label is an orphan: it goes on from the answer above, or, where cells are set to their
//! middle or foot, begins the answer below. Only one that stands nearer to the line above, and went on by every sign, is
//! joined to it; any other puts both in doubt.

use super::Rule;
use super::cells::{next_grid, places};
use super::fonts::UNKNOWN;
use super::lines::{Line, Piece};
use super::signs::{Above, Edges, NEAR, Verdict, ends_label, is_hyphened};
use crate::inbound::form::dictionary::Labels;
use crate::inbound::form::model::{Cell, Document, Layout, Row, TICKED, UNTICKED, tidy};

/// Lines of one paragraph are no further apart, in sizes of the letters; lines this far apart may be.
const CLOSE: f64 = 1.5;
const FAR: f64 = 2.2;
/// In columns, a line this far from another may belong to its cell.
const REACH: f64 = 3.5;
/// An answer of fewer letters is a name or an address, no prose.
const SHORT: usize = 120;
/// Lines closer than this belong to cells that are set at different heights.
const STAGGERED: f64 = 0.8;

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
    unsure: bool,
}

/// What a page's lines are judged by.
pub(super) struct Flow<'a> {
    pub labels: Labels<'a>,
    pub edges: Edges,
    /// Level lines drawn on the page.
    pub level: &'a [Rule],
    pub page: u32,
}

impl Flow<'_> {
    /// Adds lines that follow one another, from the top down, as rows of one grid.
    pub(super) fn add(&self, lines: Vec<Line>, document: &mut Document) {
        let mut rows: Vec<Open> = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            let below = lines.get(at + 1..).unwrap_or_default();
            if self.goes_on(&mut rows, line) {
                continue;
            }
            let mut row = self.open(line);
            self.part_orphans(&mut rows, line, below, &mut row);
            if let Some(above) = rows.last_mut() {
                self.doubt_labels(above, &mut row);
            }
            for part in &mut row.parts {
                let mut above = rows.iter().rev().flat_map(|row| &row.parts).filter(|other| other.is_orphan);
                part.unsure |= above.any(|other| part.begins_at(other.x) && other.y - line.y <= REACH * line.size);
            }
            if !row.parts.is_empty() {
                rows.push(row);
            }
        }
        self.write(rows, document);
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
            unsure: false,
        });
        Open { y: line.y, size: line.size, parts: parts.collect() }
    }

    /// Running text: the line goes on from a row of one part, whose words it may end with a box.
    fn goes_on(&self, rows: &mut [Open], line: &Line) -> bool {
        let Some(row) = rows.last_mut() else { return false };
        let (gap, size) = (row.y - line.y, row.size.max(line.size));
        if gap > FAR * size || self.is_ruled_off(row.y, line) {
            return false;
        }
        if gap < STAGGERED * size {
            row.parts.iter_mut().for_each(|part| part.unsure = true);
        }
        let (words, boxes) = line.pieces.split_at(line.pieces.iter().take_while(|piece| !is_box(&piece.text)).count());
        let [part] = row.parts.as_mut_slice() else { return false };
        let close = gap <= CLOSE * size;
        let joined = match words {
            // Boxes alone belong to the words above where these filled their line.
            [] => close && !boxes.is_empty() && part.end + 3.0 * size > self.edges.at(part.x),
            // A whole label does not go on, but for small letters.
            [piece] if part.is_label && !part.is_answered() && !piece.text.starts_with(char::is_lowercase) => false,
            [piece] if !self.begins_anew(&piece.text) => {
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
                part.unsure |= doubtful && (aligned || inside);
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

    /// Joins the orphans of a line to what stands above them, or leaves both in doubt.
    fn part_orphans(&self, rows: &mut [Open], line: &Line, below: &[Line], row: &mut Open) {
        let alone: Vec<bool> = self.orphans(rows, line, below, row);
        if !alone.contains(&true) {
            return;
        }
        let mut joined = Vec::new();
        for (at, piece) in line.pieces.iter().enumerate().filter(|(at, _)| alone.get(*at) == Some(&true)) {
            let near = |part: &Part| part.begins_at(piece.x) && part.y - line.y <= REACH * line.size.max(part.size);
            let above = rows.iter_mut().rev().find_map(|row| row.parts.iter_mut().find(|part| near(part)));
            let nearer = |gap: f64| {
                let next = below.iter().find(|next| next.pieces.iter().any(|other| (other.x - piece.x).abs() < NEAR));
                next.is_none_or(|next| line.y - next.y > gap + 1.0)
            };
            if let Some(part) = above {
                let gap = part.y - line.y;
                let close = gap <= CLOSE * line.size.max(part.size) && gap >= STAGGERED * line.size;
                if close && nearer(gap) && part.above().goes_on(piece, &self.edges) == Verdict::GoesOn {
                    part.take(piece, line.y);
                    joined.push(at);
                    continue;
                }
                part.unsure = true;
            }
        }
        if joined.len() == line.pieces.len()
            && let Some(last) = rows.last_mut()
        {
            last.y = line.y;
        }
        let mut at = 0;
        row.parts.retain_mut(|part| {
            part.is_orphan = alone.get(at) == Some(&true);
            part.unsure |= part.is_orphan;
            at += 1;
            !joined.contains(&(at - 1))
        });
    }

    /// Which pieces of a line have no label of their own: the first where it stands under or over an answer, and what
    /// follows such a piece or an answer behind its colon.
    fn orphans(&self, rows: &[Open], line: &Line, below: &[Line], row: &Open) -> Vec<bool> {
        let reach = REACH * line.size;
        let columns = rows.iter().rev().take_while(|row| row.y - line.y <= reach).filter(|row| row.has_columns());
        let columns: Vec<&Open> = columns.collect();
        let above = columns.first().copied();
        let under = below.iter().take_while(|next| line.y - next.y <= reach).map(|next| self.open(next));
        let under = under.into_iter().find(Open::has_columns);
        let mut alone: Vec<bool> = Vec::new();
        for (at, (piece, part)) in line.pieces.iter().zip(&row.parts).enumerate() {
            let before = at.checked_sub(1).and_then(|before| Some((*alone.get(before)?, row.parts.get(before)?)));
            // In small letters a label is the rest of one.
            let small = piece.text.starts_with(|ch: char| ch.is_lowercase() || ch == '(');
            let is_orphan = match before {
                Some((alone, before)) => {
                    let is_last = at + 1 == line.pieces.len() && !part.is_answered();
                    (alone && (small || is_last || !part.is_label))
                        || before.is_label && before.is_answered() && (small || !part.is_label)
                }
                None => {
                    let under_answer = above.into_iter().chain(&under).any(|row| row.answers_at(piece.x));
                    let is_label = part.is_label && (part.is_answered() || !under_answer);
                    under_answer && !is_label
                        || small && columns.iter().any(|row| row.parts.iter().any(|part| part.begins_at(piece.x)))
                        || !is_label && above.is_some_and(|row| row.is_answered_at(piece.x))
                }
            };
            alone.push(is_orphan);
        }
        alone
    }

    /// A label of two lines: neither line is one, and what stands beside them is in doubt.
    fn doubt_labels(&self, above: &mut Open, row: &mut Open) {
        let (Some(first), Some(second)) = (above.parts.first(), row.parts.first()) else { return };
        let near = first.begins_at(second.x) && above.y - row.y <= REACH * above.size.max(row.size);
        if !near || (above.parts.len() == 1 && row.parts.len() == 1) {
            return;
        }
        let open = ["and", "or", "of", "the", "for", "to"];
        let last = first.text.split_whitespace().next_back().unwrap_or_default();
        let ends_open = open.contains(&last) || last.ends_with(['/', '&', '-', '–', ',']);
        if ends_open || !first.is_label && self.is_label(&format!("{} {}", first.text, second.text)) {
            above.parts.iter_mut().chain(&mut row.parts).for_each(|part| part.unsure = true);
        }
    }

    /// A text that can only be the start of something: a bullet, a known label. In small letters it goes on.
    fn begins_anew(&self, text: &str) -> bool {
        let first = text.chars().next().unwrap_or(' ');
        matches!(first, '•' | '·' | '▪' | '◦') || !first.is_lowercase() && self.is_label(text)
    }

    fn is_label(&self, text: &str) -> bool {
        !self.labels.hits(&Cell::of_page(self.page, 0, tidy(text))).is_empty()
    }

    /// A line is drawn between two lines of text.
    fn is_ruled_off(&self, above: f64, line: &Line) -> bool {
        let (left, right) = line.pieces.iter().fold((f64::MAX, f64::MIN), |(l, r), p| (l.min(p.x), r.max(p.end)));
        self.level.iter().any(|rule| {
            rule.at < above && rule.at > line.y + line.size * 0.5 && rule.from <= left + NEAR && rule.to >= right - NEAR
        })
    }

    fn write(&self, rows: Vec<Open>, document: &mut Document) {
        let columns = places(rows.iter().flat_map(|row| row.parts.iter().map(|part| part.x)));
        let column = |x: f64| columns.iter().take_while(|place| **place < x + NEAR).count().saturating_sub(1);
        let grid = next_grid(document);
        for (index, row) in (0u32..).zip(rows) {
            let cells = row.parts.into_iter().map(|part| {
                let mut text = tidy(&part.text);
                if part.unsure {
                    text = text.replace([TICKED, UNTICKED], "");
                    text.push(UNKNOWN);
                }
                Cell::of_page(self.page, u32::try_from(column(part.x)).unwrap_or(0), text)
            });
            document.rows.push(Row { grid, sheet: 0, layout: Layout::Flow, index, cells: cells.collect() });
        }
    }
}

impl Open {
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

fn is_box(text: &str) -> bool {
    text.chars().all(|ch| ch.is_whitespace() || matches!(ch, TICKED | UNTICKED | '☑' | '✓' | '✔'))
}
