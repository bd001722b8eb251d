//! Rows that are parted by level lines alone are a table's: where texts begin one under the other and none reaches over, its
//! columns begin. Where a text begins anywhere else, the lines are left alone.

use super::cells::{NEAR, places};
use super::lines::{self, Line, Starts};
use super::{Page, Rule, Run};

/// Lines that part the rows of one table are no further apart; and how many there may be.
const BAND: f64 = 150.0;
const BANDS: usize = 200;
/// Lines of one row stand no further apart, in sizes of their letters; and letters of one size differ by less.
pub(super) const CLOSE: f64 = 1.6;
pub(super) const SIZE: f64 = 0.6;

/// Draws the upright lines that such a table lacks.
pub(super) fn add_columns(runs: &[Run], page: &mut Page) {
    let mut level: Vec<Rule> = page.level.clone();
    // One line may be drawn in pieces.
    level.sort_by(|a, b| b.at.total_cmp(&a.at).then(a.from.total_cmp(&b.from)));
    level.dedup_by(|next, line| {
        let goes_on = (next.at - line.at).abs() < 0.5 && next.from < line.to + NEAR;
        if goes_on {
            line.to = line.to.max(next.to);
        }
        goes_on
    });
    while let Some(first) = level.first().copied() {
        let alike = |rule: &Rule| (rule.from - first.from).abs() < NEAR && (rule.to - first.to).abs() < NEAR;
        let mut group: Vec<Rule> = Vec::new();
        let mut rest: Vec<Rule> = Vec::new();
        for rule in level {
            let near = group.last().is_none_or(|last| last.at - rule.at < BAND);
            if alike(&rule) && near { group.push(rule) } else { rest.push(rule) }
        }
        level = rest;
        if group.len() > BANDS {
            continue;
        }
        let (left, right) = group.iter().fold((f64::MAX, f64::MIN), |(l, r), rule| (l.min(rule.from), r.max(rule.to)));
        let starts = starts(&group, runs);
        let (plain, parted) = (bands(&group, runs, &Starts::default(), page), bands(&group, runs, &starts, page));
        let mut at = 0;
        for rows in plain.chunk_by(Band::is_like) {
            let same = parted.get(at..at + rows.len()).unwrap_or_default();
            at += rows.len();
            let table = Table::of(rows, left, right, runs, &Starts::default(), page);
            let Some(table) = table.or_else(|| Table::of(same, left, right, runs, &starts, page)) else { continue };
            page.level.extend(table.has_row_above.then_some(Rule { at: table.top, from: left, to: right }));
            let edges = table.columns.into_iter().skip(1).map(|x| x - NEAR - 0.1).chain([left, right]);
            page.upright.extend(edges.map(|at| Rule { at, from: table.bottom, to: table.top }));
        }
    }
}

/// What stands between the lines of a group.
fn bands(group: &[Rule], runs: &[Run], starts: &Starts, page: &Page) -> Vec<Band> {
    let pairs = group.windows(2);
    pairs.filter_map(|pair| Some(Band::of(pair.first()?, pair.get(1)?, runs, starts, page))).collect()
}

/// Rows of one table, and where its columns begin.
struct Table {
    columns: Vec<f64>,
    top: f64,
    bottom: f64,
    /// Its first row stands above the first line.
    has_row_above: bool,
}

impl Table {
    fn of(bands: &[Band], left: f64, right: f64, runs: &[Run], starts: &Starts, page: &Page) -> Option<Self> {
        let (first, bottom) = (bands.first().filter(|first| first.is_row)?, bands.last()?.bottom);
        // Where each row has its line below, the first has none above.
        let above = Band::above(first, left, right, runs, starts, page);
        let with_it: Vec<&Band> = above.iter().chain(bands.iter()).collect();
        let mut columns = columns_of(&with_it);
        let is_in = columns.len() > 1;
        if !is_in {
            columns = columns_of(&bands.iter().collect::<Vec<_>>());
        }
        let top = above.filter(|_| is_in).map_or(first.top, |above| above.top);
        let has_row_above = top > first.top;
        (2..=8).contains(&columns.len()).then_some(Self { columns, top, bottom, has_row_above })
    }
}

/// Where columns begin among some lines and right above them: a text may reach close to the next column.
fn starts(group: &[Rule], runs: &[Run]) -> Starts {
    let (Some(first), Some(last)) = (group.first(), group.last()) else { return Starts::default() };
    let near = |run: &&Run| run.y > last.at && run.y < first.at + BAND && run.end > first.from && run.x < first.to;
    Starts::of(runs.iter().filter(near).cloned().collect())
}

/// What stands between two level lines.
struct Band {
    top: f64,
    bottom: f64,
    lines: Vec<Line>,
    /// One row of a table, or blank: letters of one size, in lines that stand close, with no upright line among them.
    is_row: bool,
}

impl Band {
    fn of(above: &Rule, below: &Rule, runs: &[Run], starts: &Starts, page: &Page) -> Self {
        let (top, bottom) = (above.at, below.at);
        let within = |run: &&Run| {
            let y = run.y + run.size * 0.3;
            y < top && y > bottom && run.end > above.from && run.x < above.to
        };
        let lines = lines::lines_at(runs.iter().filter(within).cloned().collect(), starts);
        let crossed = page.upright.iter().any(|rule| {
            let beside = rule.at > above.from - NEAR && rule.at < above.to + NEAR;
            beside && rule.from < top - NEAR && rule.to > bottom + NEAR
        });
        let sizes = lines.iter().map(|line| line.size);
        let (least, most) = sizes.fold((f64::MAX, 0.0f64), |(least, most), size| (least.min(size), most.max(size)));
        let close = lines.iter().zip(lines.iter().skip(1)).all(|(line, next)| line.y - next.y < CLOSE * most);
        let within = lines.iter().flat_map(|line| &line.pieces);
        let mut within = within.map(|piece| piece.x > above.from - NEAR && piece.end < above.to + NEAR);
        let one_size = lines.is_empty() || most - least < SIZE;
        let is_row = !crossed && close && one_size && within.all(|is| is);
        Self { top, bottom, lines, is_row }
    }

    /// The row above a table's first line: lines of the same letters that stand as close as those of a row do.
    fn above(first: &Self, left: f64, right: f64, runs: &[Run], starts: &Starts, page: &Page) -> Option<Self> {
        let size = first.size()?;
        let ceiling =
            page.level.iter().map(|rule| rule.at).filter(|at| *at > first.top + NEAR).fold(first.top + BAND, f64::min);
        let rule = |at: f64| Rule { at, from: left, to: right };
        let mut band = Self::of(&rule(ceiling), &rule(first.top), runs, starts, page);
        let mut next = first.top;
        let last = band.lines.iter().rev().take_while(|line| {
            let close = (line.size - size).abs() < SIZE && line.y - next < CLOSE * size;
            next = line.y;
            close
        });
        let last = last.count();
        let other = band.lines.len() - last;
        // What stands over it is a heading, and no row whose rest this is: that has nothing where labels begin.
        let over = other.checked_sub(1).and_then(|over| band.lines.get(over));
        let is_row = over.is_some_and(|over| over.pieces.len() > 1 && (over.size - size).abs() < SIZE);
        band.lines.drain(..other);
        let start =
            |band: &Self| band.lines.iter().flat_map(|line| &line.pieces).map(|piece| piece.x).min_by(f64::total_cmp);
        let at_start = start(&band).zip(start(first)).is_some_and(|(x, other)| (x - other).abs() < NEAR);
        if is_row || !at_start {
            return None;
        }
        let top = band.lines.first()?.y + size;
        Some(Self::of(&rule(top), &rule(first.top), runs, starts, page)).filter(|band| band.is_row)
    }

    /// Of its letters; none if it is blank.
    fn size(&self) -> Option<f64> {
        self.lines.iter().map(|line| line.size).max_by(f64::total_cmp)
    }

    /// May be rows of one table.
    fn is_like(&self, other: &Self) -> bool {
        let alike = self.size().zip(other.size()).is_none_or(|(size, other)| (size - other).abs() < SIZE);
        self.is_row && other.is_row && alike
    }
}

/// Where texts begin in most of some rows, and no text of another column reaches over.
fn columns_of(bands: &[&Band]) -> Vec<f64> {
    let pieces = || bands.iter().flat_map(|band| &band.lines).flat_map(|line| &line.pieces);
    let filled = bands.iter().filter(|band| !band.lines.is_empty()).count();
    let is_column = |x: &f64| {
        let begins =
            |band: &&&Band| band.lines.iter().flat_map(|line| &line.pieces).any(|piece| (piece.x - x).abs() < NEAR);
        let begins = bands.iter().filter(begins).count();
        let over = pieces().any(|piece| piece.x < x - NEAR && piece.end > x - 0.5);
        begins * 2 > filled && begins >= 2 && !over
    };
    let columns: Vec<f64> = places(pieces().map(|piece| piece.x)).into_iter().filter(is_column).collect();
    // What begins elsewhere would be read with the column before it.
    let in_columns = pieces().all(|piece| columns.iter().any(|x| (piece.x - x).abs() < NEAR));
    if in_columns { columns } else { Vec::new() }
}
