//! Lines of text by their height, and the pieces of a line by the gaps between them.

use super::Run;
use super::cells::{MARGIN, next_grid};
use super::fonts::UNKNOWN;
use crate::inbound::form::model::{Cell, Document, Layout, Row, Scalar, tidy};

/// A gap this wide, in sizes of the letters, parts two pieces; one this wide is a space.
const APART: f64 = 1.5;
const SPACE: f64 = 0.14;
/// The room between two letters of a word.
const TOUCHING: f64 = 0.06;
/// Wider than the space between words.
const WIDE_SPACE: f64 = 0.45;
/// Runs that begin this close begin one column.
const SAME: f64 = 1.0;
/// Words within a line seldom begin this near to where a column does.
const EXACT: f64 = 0.1;
/// How far apart programs set their tab stops: half an inch, 1.25 cm and 1 cm.
const STEPS: [f64; 3] = [36.0, 35.43, 28.35];
const AT_STOP: f64 = 0.3;
/// At so many stops something begins.
const STOPS: usize = 3;
/// An answer may stand this far behind the colon of its label.
const BEHIND: f64 = 12.0;

/// What stands on one line.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub y: f64,
    /// Where its lowest letters stand: cells set a little lower have theirs on it too.
    pub low: f64,
    /// Of its largest letters.
    pub size: f64,
    pub pieces: Vec<Piece>,
}

/// A part of a line that belongs together.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub x: f64,
    pub end: f64,
    pub text: String,
    /// Where an answer begins that stands apart behind the colon of its label.
    pub answer: Option<f64>,
    pub size: f64,
    /// The fonts of its first letter and of its last.
    pub fonts: (u64, u64),
    field: Option<String>,
    /// A field's box or value is in it.
    filled: bool,
}

impl Line {
    /// A form's field stands on it.
    pub(super) fn is_filled(&self) -> bool {
        self.pieces.iter().any(|piece| piece.filled)
    }

    /// Nothing but fields of text stands on it.
    pub(super) fn is_of_fields(&self) -> bool {
        !self.pieces.is_empty() && self.pieces.iter().all(|piece| piece.field.is_some())
    }

    /// Each of its pieces begins where one of the other line does.
    pub(super) fn stands_under(&self, other: &Self) -> bool {
        let near = |(own, other): (&Piece, &Piece)| (own.x - other.x).abs() < MARGIN;
        self.pieces.len() == other.pieces.len() && self.pieces.iter().zip(&other.pieces).all(near)
    }

    /// Its words.
    pub(super) fn text(&self) -> String {
        let words: Vec<String> = self.pieces.iter().map(|piece| tidy(&piece.text)).collect();
        words.join(" ")
    }
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

/// Where columns may begin.
#[derive(Default)]
pub(super) struct Starts {
    /// Here pieces begin behind others on more than one line.
    behind: Vec<f64>,
    /// And here lines do: beside one of two lines that is set lower, a cell has its line alone.
    first: Vec<f64>,
    tabs: Option<Tabs>,
    /// A space between words is written as a character: where there is room without one, something else begins.
    writes_spaces: bool,
}

/// Stops at equal distances, to which tabs go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tabs {
    left: f64,
    step: f64,
}

impl Tabs {
    /// Most of what begins behind something else on its line does so at the stops of one step, and at several of them.
    fn of(first: &[f64], inner: &[f64]) -> Option<Self> {
        let count = |x: f64| first.iter().filter(|other| (x - **other).abs() < SAME).count();
        let left = first.iter().copied().max_by_key(|x| count(*x))?;
        STEPS.into_iter().map(|step| Self { left, step }).find(|tabs| {
            let mut at: Vec<i64> = inner.iter().filter_map(|x| tabs.stop(*x)).collect();
            let most = at.len() * 5 >= inner.len() * 4;
            at.sort_unstable();
            at.dedup();
            most && at.len() >= STOPS
        })
    }

    /// The number of the stop at this place.
    #[expect(clippy::cast_possible_truncation, reason = "a place on a page")]
    fn stop(&self, x: f64) -> Option<i64> {
        let steps = (x - self.left) / self.step;
        (steps > 0.5 && (steps - steps.round()).abs() * self.step < AT_STOP).then(|| steps.round() as i64)
    }
}

impl Starts {
    pub(super) fn of(runs: Vec<Run>) -> Self {
        let spaces: usize = runs.iter().map(|run| run.text.matches(' ').count()).sum();
        let together = lines(runs);
        let words = together.iter().flat_map(|line| &line.pieces).map(|piece| piece.text.matches(' ').count());
        let writes_spaces = spaces * 10 >= words.sum::<usize>() * 9;
        let behind: Vec<f64> =
            together.iter().flat_map(|line| line.pieces.iter().skip(1).map(|piece| piece.x)).collect();
        let inner = together.iter().flat_map(|line| {
            let starts = line.pieces.iter().skip(1).map(|piece| piece.x);
            starts.chain(line.pieces.iter().filter_map(|piece| piece.answer))
        });
        let first: Vec<f64> = together.iter().filter_map(|line| line.pieces.first()).map(|piece| piece.x).collect();
        let tabs = Tabs::of(&first, &behind);
        Self { behind: again(inner.collect()), first: again(first), tabs, writes_spaces }
    }

    /// Something else begins here, however near it stands to what is before it.
    fn begins(&self, x: f64) -> bool {
        let at_stop = self.tabs.as_ref().is_some_and(|tabs| tabs.stop(x).is_some());
        self.writes_spaces && (at_stop || self.behind.iter().any(|known| (known - x).abs() < EXACT))
    }
}

/// Of some places, those that come more than once: one line alone makes no column.
fn again(mut places: Vec<f64>) -> Vec<f64> {
    places.sort_by(f64::total_cmp);
    places.iter().zip(places.iter().skip(1)).filter(|(a, b)| (*b - *a).abs() < SAME).map(|(a, _)| *a).collect()
}

/// Lines from the top down, each from left to right; where columns stand close, parted at what begins a column elsewhere.
/// `tabs` are the stops of the page before, which are those of this one where it has too few.
pub(super) fn columns(runs: Vec<Run>, tabs: &mut Option<Tabs>) -> Vec<Line> {
    let mut starts = Starts::of(runs.clone());
    starts.tabs = starts.tabs.or(*tabs);
    *tabs = starts.tabs;
    lines_at(runs, &starts)
}

/// Lines from the top down, each from left to right.
pub(super) fn lines(runs: Vec<Run>) -> Vec<Line> {
    lines_at(runs, &Starts::default())
}

/// The same, parted where a column is known to begin.
pub(super) fn lines_at(mut runs: Vec<Run>, starts: &Starts) -> Vec<Line> {
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
    let low = |y: f64, runs: &[Run]| runs.iter().map(|run| run.y).fold(y, f64::min);
    lines
        .into_iter()
        .map(|(y, size, runs)| Line { y, low: low(y, &runs), size, pieces: pieces(runs, starts) })
        .collect()
}

fn pieces(runs: Vec<Run>, starts: &Starts) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for run in runs {
        // A box belongs to the words beside it; a field of text stands alone.
        let is_box = |text: &str, field: &Option<String>| field.is_none() || text.chars().count() == 1;
        let joins = out.last().is_some_and(|last| {
            let gap = run.x - last.end;
            let near = gap < run.size * APART || (last.text.trim_end().ends_with(':') && gap < run.size * BEHIND);
            let over = gap < -run.size * 0.5;
            let mut known = starts.behind.iter().chain(&starts.first);
            let column = gap > run.size * WIDE_SPACE && known.any(|x| (x - run.x).abs() < SAME);
            let spaced = last.text.ends_with(' ') || run.text.starts_with(' ');
            let apart =
                gap > run.size * TOUCHING && !spaced && !last.text.ends_with([':', '?']) && starts.begins(run.x);
            near && !over && !column && !apart && is_box(&run.text, &run.field) && is_box(&last.text, &last.field)
        });
        let filled = run.field.is_some();
        match out.last_mut().filter(|_| joins) {
            Some(last) => {
                let spaced = last.text.ends_with(' ') || run.text.starts_with(' ');
                let is_label = last.text.trim_end().ends_with([':', '?']);
                let column = starts.behind.iter().any(|x| (x - run.x).abs() < EXACT);
                // Inside a word a run begins just where the last one ends.
                let within = (run.x - last.end).abs() < run.size * TOUCHING && !spaced;
                if column && !is_label && !within && run.x > last.end - run.size * SPACE {
                    // It may be another column, to which the text before it reaches.
                    last.text.push(UNKNOWN);
                } else if run.x - last.end > run.size * SPACE && !spaced {
                    last.text.push(' ');
                }
                if is_label && last.answer.is_none() {
                    last.answer = Some(run.x);
                }
                last.text.push_str(&run.text);
                last.end = last.end.max(run.end);
                last.fonts.1 = run.font;
                last.field = None;
                last.filled |= filled;
            }
            None => {
                let mut text = run.text.trim_start().to_owned();
                // One label printed over another: whose answer is which, nobody can say.
                let is_label = |text: &str| text.trim_end().ends_with([':', '?']);
                let over = |last: &&mut Piece| run.x < last.end - run.size * 0.5 && is_label(&last.text);
                if let Some(last) = out.last_mut().filter(over).filter(|_| is_label(&text)) {
                    last.text.push(UNKNOWN);
                    text.push(UNKNOWN);
                }
                out.push(Piece {
                    x: run.x,
                    end: run.end,
                    text,
                    answer: None,
                    size: run.size,
                    fonts: (run.font, run.font),
                    field: run.field,
                    filled,
                });
            }
        }
    }
    // Only now: the space at the end of a run parts it from the next.
    out.iter_mut().for_each(|piece| piece.text.truncate(piece.text.trim_end().len()));
    out
}

/// Adds lines that hold a form's fields as the rows of one table: the words on them say what the fields are for.
pub(super) fn add(lines: Vec<Line>, number: u32, document: &mut Document) {
    let grid = next_grid(document);
    for (index, line) in (0u32..).zip(lines) {
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
        document.rows.push(Row { grid, sheet: 0, layout: Layout::Table, index, cells, strong: false });
    }
}
