//! Rows that are parted by level lines alone are a table's: where texts begin one under the other and none reaches over, its
//! columns begin. Where a text begins anywhere else, the lines are left alone.

use super::cells::{NEAR, places};
use super::lines::{self, Line};
use super::{Page, Rule, Run};

/// Lines that part the rows of one table are no further apart; and how many there may be.
const BAND: f64 = 150.0;
const BANDS: usize = 200;

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
        let bands = group.windows(2).filter_map(|pair| Some(Band::of(pair.first()?, pair.get(1)?, runs, page)));
        let bands: Vec<Band> = bands.collect();
        for bands in bands.split(|band| !band.is_row) {
            let (Some(first), Some(last)) = (bands.first(), bands.last()) else { continue };
            let columns = columns_of(bands);
            if (2..=8).contains(&columns.len()) {
                let edges = columns.into_iter().skip(1).map(|x| x - NEAR - 0.1);
                let edges = edges.chain([group.iter().map(|rule| rule.from).fold(f64::MAX, f64::min)]);
                let edges = edges.chain([group.iter().map(|rule| rule.to).fold(f64::MIN, f64::max)]);
                page.upright.extend(edges.map(|at| Rule { at, from: last.bottom, to: first.top }));
            }
        }
    }
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
    fn of(above: &Rule, below: &Rule, runs: &[Run], page: &Page) -> Self {
        let (top, bottom) = (above.at, below.at);
        let within = |run: &&Run| {
            let y = run.y + run.size * 0.3;
            y < top && y > bottom && run.end > above.from && run.x < above.to
        };
        let lines = lines::lines(runs.iter().filter(within).cloned().collect());
        let crossed = page.upright.iter().any(|rule| {
            let beside = rule.at > above.from - NEAR && rule.at < above.to + NEAR;
            beside && rule.from < top - NEAR && rule.to > bottom + NEAR
        });
        let sizes = lines.iter().map(|line| line.size);
        let (least, most) = sizes.fold((f64::MAX, 0.0f64), |(least, most), size| (least.min(size), most.max(size)));
        let close = lines.iter().zip(lines.iter().skip(1)).all(|(line, next)| line.y - next.y < 1.6 * most);
        let within = lines.iter().flat_map(|line| &line.pieces);
        let mut within = within.map(|piece| piece.x > above.from - NEAR && piece.end < above.to + NEAR);
        let one_size = lines.is_empty() || most - least < 0.6;
        let is_row = !crossed && close && one_size && within.all(|is| is);
        Self { top, bottom, lines, is_row }
    }
}

/// Where texts begin in most of some rows, and no text of another column reaches over.
fn columns_of(bands: &[Band]) -> Vec<f64> {
    let pieces = || bands.iter().flat_map(|band| &band.lines).flat_map(|line| &line.pieces);
    let filled = bands.iter().filter(|band| !band.lines.is_empty()).count();
    let is_column = |x: &f64| {
        let begins =
            |band: &&Band| band.lines.iter().flat_map(|line| &line.pieces).any(|piece| (piece.x - x).abs() < NEAR);
        let begins = bands.iter().filter(begins).count();
        let over = pieces().any(|piece| piece.x < x - NEAR && piece.end > x - 0.5);
        begins * 2 > filled && begins >= 2 && !over
    };
    let columns: Vec<f64> = places(pieces().map(|piece| piece.x)).into_iter().filter(is_column).collect();
    // What begins elsewhere would be read with the column before it.
    let in_columns = pieces().all(|piece| columns.iter().any(|x| (piece.x - x).abs() < NEAR));
    if in_columns { columns } else { Vec::new() }
}
