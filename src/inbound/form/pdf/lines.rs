//! Lines of text by their height, and the pieces of a line by the gaps between them. Outside a table only a line that
//! holds a form's field is taken: the words on it say what the field is for.

use super::Run;
use super::cells::next_grid;
use crate::inbound::form::model::{Cell, Document, Layout, Row, Scalar, tidy};

/// A gap this wide, in sizes of the letters, parts two pieces; one this wide is a space.
const APART: f64 = 1.5;
const SPACE: f64 = 0.14;
/// An answer may stand this far behind the colon of its label.
const BEHIND: f64 = 12.0;

/// What stands on one line.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub y: f64,
    pub pieces: Vec<Piece>,
}

/// A part of a line that belongs together.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    x: f64,
    pub end: f64,
    pub text: String,
    field: Option<String>,
    /// A field's box or value is in it.
    filled: bool,
}

impl Piece {
    /// About how much room its first word and a space take.
    #[expect(clippy::cast_precision_loss, reason = "a place on a page")]
    pub(super) fn first_word(&self) -> f64 {
        let letters = self.text.chars().count().max(1);
        let first = self.text.split_whitespace().next().map_or(0, |word| word.chars().count());
        (self.end - self.x) * (first + 1) as f64 / letters as f64
    }
}

/// Lines from the top down, each from left to right.
pub(super) fn lines(mut runs: Vec<Run>) -> Vec<Line> {
    runs.retain(|run| run.field.is_some() || !run.text.trim().is_empty());
    runs.sort_by(|a, b| b.y.total_cmp(&a.y));
    let mut lines: Vec<(f64, f64, Vec<Run>)> = Vec::new();
    for run in runs {
        match lines.last_mut() {
            Some((y, size, line)) if *y - run.y <= size.max(run.size) * 0.45 => {
                *size = size.max(run.size);
                line.push(run);
            }
            _ => lines.push((run.y, run.size, vec![run])),
        }
    }
    for (.., runs) in &mut lines {
        runs.sort_by(|a, b| a.x.total_cmp(&b.x));
    }
    lines.into_iter().map(|(y, _, runs)| Line { y, pieces: pieces(runs) }).collect()
}

fn pieces(runs: Vec<Run>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for run in runs {
        // A box belongs to the words beside it; a field of text stands alone.
        let is_box = |text: &str, field: &Option<String>| field.is_none() || text.chars().count() == 1;
        let joins = out.last().is_some_and(|last| {
            let gap = run.x - last.end;
            let near = gap < run.size * APART || (last.text.ends_with(':') && gap < run.size * BEHIND);
            let over = gap < -run.size * 0.5;
            near && !over && is_box(&run.text, &run.field) && is_box(&last.text, &last.field)
        });
        let filled = run.field.is_some();
        match out.last_mut().filter(|_| joins) {
            Some(last) => {
                let spaced = last.text.ends_with(' ') || run.text.starts_with(' ');
                if run.x - last.end > run.size * SPACE && !spaced {
                    last.text.push(' ');
                }
                last.text.push_str(&run.text);
                last.end = last.end.max(run.end);
                last.field = None;
                last.filled |= filled;
            }
            None => {
                let text = run.text.trim().to_owned();
                out.push(Piece { x: run.x, end: run.end, text, field: run.field, filled });
            }
        }
    }
    out
}

/// Adds a line that holds a field as a row of its own; any other is no more than words on the page.
pub(super) fn add(line: Line, number: u32, document: &mut Document) {
    if !line.pieces.iter().any(|piece| piece.filled) {
        let words: Vec<String> = line.pieces.into_iter().map(|piece| tidy(&piece.text)).collect();
        document.margins.push(words.join(" "));
        return;
    }
    let grid = next_grid(document);
    let cells = (0u32..).zip(line.pieces).map(|(col, piece)| Cell {
        at: piece.field.map_or_else(|| format!("page{number}"), |name| format!("field:{name}")),
        col,
        col_span: 1,
        row_span: 1,
        text: tidy(&piece.text),
        nested: String::new(),
        scalar: Scalar::Text,
    });
    let cells = cells.collect();
    document.rows.push(Row { grid, sheet: 0, layout: Layout::Table, index: 0, cells });
}
