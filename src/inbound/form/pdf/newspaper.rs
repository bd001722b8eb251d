//! Two columns of text side by side, as newspapers have them. Each is read as a page of its own, for their lines have nothing
//! to do with one another: the lines of a table's row stand at one height, those of two columns only by chance.

use super::lines::{self, Line};
use super::{Page, Rule, Run};
use crate::inbound::form::dictionary::Labels;
use crate::inbound::form::model::Cell;

/// The second column begins in the middle of the page, in points, and this far from the first.
const MIDDLE: std::ops::Range<f64> = 250.0..370.0;
const GUTTER: f64 = 8.0;
/// Text begins where a column does.
const NEAR: f64 = 1.0;
/// Lines at one height.
const LEVEL: f64 = 1.0;
/// Lines of each column, if no page before has such columns.
const LINES: usize = 6;
/// Places where a second column may begin.
const PLACES: usize = 20;

/// What of a page is read by itself.
pub(super) struct Part {
    pub page: Page,
    /// A text may go on here from the part before: at a column's head or a page's.
    pub goes_on: bool,
}

/// Parts a page into what stands above its columns, the columns, and what stands below. `known` is where the second column of
/// the page before begins.
pub(super) fn parts(page: Page, known: &mut Option<f64>, labels: Labels<'_>) -> Vec<Part> {
    let of_fields = page.runs.iter().any(|run| run.field.is_some());
    let found = places(&page.runs, *known).into_iter().filter(|_| !of_fields).find_map(|x| {
        let (top, bottom) = zone(&page, x);
        let least = if known.is_some_and(|known| (known - x).abs() < NEAR) { 1 } else { LINES };
        are_columns(&page, x, top, bottom, least, labels).then_some((x, top, bottom))
    });
    let Some((x, top, bottom)) = found else { return vec![Part { page, goes_on: true }] };
    *known = Some(x);
    let edge = x - GUTTER / 2.0;
    let (above, rest) = split(page, |_, y| y >= top);
    let (within, below) = split(rest, |_, y| y > bottom);
    let (left, right) = split(within, |x, _| x < edge);
    let is_blank = |page: &Page| page.runs.iter().all(|run| run.text.trim().is_empty()) && page.boxes.is_empty();
    let first = is_blank(&above);
    let parts = [(above, true), (left, first), (right, true), (below, false)];
    parts.into_iter().filter(|(page, _)| !is_blank(page)).map(|(page, goes_on)| Part { page, goes_on }).collect()
}

/// Where in the middle of the page many texts begin; the most first.
fn places(runs: &[Run], known: Option<f64>) -> Vec<f64> {
    let mut starts: Vec<f64> = runs.iter().map(|run| run.x).filter(|x| MIDDLE.contains(x)).collect();
    starts.sort_by(f64::total_cmp);
    let same = |a: &f64, b: &f64| (b - a).abs() < NEAR;
    let mut groups: Vec<(usize, f64)> =
        starts.chunk_by(same).filter_map(|group| Some((group.len(), *group.first()?))).collect();
    groups.retain(|(count, _)| *count >= LINES);
    groups.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    known.into_iter().chain(groups.into_iter().take(PLACES).map(|(_, x)| x)).collect()
}

/// The highest stretch of the page in which no text and no line reaches over the gap before `x`.
fn zone(page: &Page, x: f64) -> (f64, f64) {
    let over = |from: f64, to: f64| from < x - GUTTER && to > x - 1.0;
    let texts = page.runs.iter().filter(|run| over(run.x, run.end) && !run.text.trim().is_empty()).map(|run| run.y);
    let lines = page.level.iter().filter(|rule| over(rule.from, rule.to)).map(|rule| rule.at);
    let mut all: Vec<f64> = texts.chain(lines).chain([f64::MAX, f64::MIN]).collect();
    all.sort_by(|a, b| b.total_cmp(a));
    let height = |top: f64, bottom: f64| {
        let within = |run: &&Run| run.y < top - LEVEL && run.y > bottom + LEVEL;
        let ys = page.runs.iter().filter(within).map(|run| run.y);
        let (low, high) = ys.fold((f64::MAX, f64::MIN), |(low, high), y| (low.min(y), high.max(y)));
        high - low
    };
    let zones = all.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?)));
    let zones = zones.map(|(top, bottom)| (top, bottom, height(top, bottom)));
    let best = zones.max_by(|a, b| a.2.total_cmp(&b.2));
    // A text's letters reach above its line, and no lower than a little below.
    best.map_or((0.0, 0.0), |(top, bottom, _)| (top - LEVEL, bottom + LEVEL))
}

fn are_columns(page: &Page, x: f64, top: f64, bottom: f64, least: usize, labels: Labels<'_>) -> bool {
    let side = |right: bool| {
        let within = |run: &&Run| run.y < top && run.y > bottom && (run.x >= x - GUTTER) == right;
        lines::lines(page.runs.iter().filter(within).cloned().collect())
    };
    let (left, right) = (side(false), side(true));
    let edge = |rule: &Rule| rule.at > x - 2.0 * GUTTER && rule.at < x && rule.to > bottom && rule.from < top;
    if left.len() < least || right.len() < least || page.upright.iter().any(edge) {
        return false;
    }
    let begins = right.iter().filter(|line| line.pieces.first().is_some_and(|piece| (piece.x - x).abs() < NEAR));
    let level = |line: &Line, others: &[Line]| others.iter().any(|other| (other.y - line.y).abs() < LEVEL);
    let few = |lines: &[Line], others: &[Line]| {
        lines.iter().filter(|line| level(line, others)).count() * 5 <= lines.len() * 2
    };
    // A column of nothing but labels is a table's.
    let is_label = |line: &&Line| {
        let hits = labels.hits(&Cell::of_page(1, 0, line.text()));
        !hits.is_empty() && hits.iter().all(|hit| hit.rest.as_deref().is_none_or(str::is_empty))
    };
    let labels = left.iter().filter(is_label).count();
    begins.count() * 2 > right.len() && few(&left, &right) && few(&right, &left) && labels * 3 < left.len() * 2
}

/// What of a page lies where `inside` says, by its left end and its height; and the rest.
fn split(page: Page, inside: impl Fn(f64, f64) -> bool) -> (Page, Page) {
    let (mut within, mut rest) =
        (Page::default(), Page { slanted: page.slanted, pictures: page.pictures, ..Page::default() });
    (within.runs, rest.runs) = page.runs.into_iter().partition(|run| inside(run.x, run.y));
    (within.upright, rest.upright) =
        page.upright.into_iter().partition(|rule| inside(rule.at, (rule.from + rule.to) / 2.0));
    (within.level, rest.level) = page.level.into_iter().partition(|rule| inside(rule.from, rule.at));
    (within.boxes, rest.boxes) = page.boxes.into_iter().partition(|[left, bottom, ..]| inside(*left, *bottom));
    (within.strokes, rest.strokes) = page.strokes.into_iter().partition(|((x, y), _)| inside(*x, *y));
    (within, rest)
}
