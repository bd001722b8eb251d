//! Rows that nothing but room parts: where all lines of some letters stand either as close as those of one row do, or clearly
//! further apart, and begin in columns that no text reaches over, they are a table's rows without its lines. A row whose words
//! could be two labels is none, but where each of its cells holds a label with its answer; and a page whose rows are one line
//! each is read as lines (`flow`).

use super::cells::places;
use super::fonts::UNKNOWN;
use super::lines::{Line, Piece};
use super::ruled::{CLOSE, SIZE};
use super::signs::{NEAR, PAGE, SHORT};
use super::{Page, Rule};
use crate::inbound::form::dictionary::Labels;
use crate::inbound::form::model::{Cell, tidy};

/// Rows stand no further apart than this, in sizes of their letters, and further than the lines of one by this much more.
const FAR: f64 = 3.2;
const CLEAR: f64 = 0.2;
/// The lines of one cell stand at least so far apart.
const FULL: f64 = 1.05;
/// Columns of one table.
const COLUMNS: usize = 6;
/// On so many lines of a page texts begin where a column does.
const MANY: usize = 4;
/// A table keeps no more room free between two columns.
const ROOM: f64 = 14.0;

/// Draws the lines that such tables lack; true if there are any. `lines` are those that stand in no table.
pub(super) fn add_rows(lines: &[Line], labels: Labels<'_>, page: &mut Page) -> bool {
    let apart = |line: &Line, next: &Line| {
        let drawn = |rule: &Rule| rule.at < line.y && rule.at > next.y;
        (line.size - next.size).abs() > SIZE || line.y - next.y > FAR * line.size || page.level.iter().any(drawn)
    };
    let of_page = of_page(lines);
    let tables: Vec<Table> =
        lines.chunk_by(|line, next| !apart(line, next)).flat_map(|region| tables(region, &of_page, labels)).collect();
    for table in &tables {
        let (Some(left), Some(top), Some(bottom)) = (table.columns.first(), table.levels.first(), table.levels.last())
        else {
            continue;
        };
        let left = left - NEAR - 0.1;
        page.level.extend(table.levels.iter().map(|at| Rule { at: *at, from: left, to: table.right }));
        let edges = table.columns.iter().map(|x| x - NEAR - 0.1).chain([table.right]);
        page.upright.extend(edges.map(|at| Rule { at, from: *bottom, to: *top }));
    }
    !tables.is_empty()
}

/// The least distance of two rows, where it is clearly more than that of the lines of one.
fn pitch(region: &[Line], size: f64) -> Option<f64> {
    let gaps = region.windows(2).filter_map(|pair| Some(pair.first()?.low - pair.get(1)?.y));
    // Where no two rows stand near each other there is one.
    let mut gaps: Vec<f64> = gaps.chain([f64::MAX]).collect();
    gaps.sort_by(f64::total_cmp);
    // Cells set to their middle put lines at half the distance of a cell's own: the next distance is no row's for that.
    let parts = |widest: f64, closest: f64| {
        widest < CLOSE * size && closest - widest > CLEAR * size && (widest > FULL * size || closest >= CLOSE * size)
    };
    let pairs = gaps.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?)));
    let found = pairs.filter(|(widest, closest)| parts(*widest, *closest));
    found.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(widest, closest)| widest.midpoint(closest))
}

struct Table {
    /// Where each column begins, and the last ends.
    columns: Vec<f64>,
    right: f64,
    /// Above the first row, between the rows and under the last.
    levels: Vec<f64>,
}

fn tables(region: &[Line], of_page: &[f64], labels: Labels<'_>) -> Vec<Table> {
    let Some(size) = region.first().map(|line| line.size) else { return Vec::new() };
    let Some(pitch) = pitch(region, size) else { return Vec::new() };
    let rows: Vec<&[Line]> = region.chunk_by(|line, next| line.low - next.y < pitch).collect();
    let columns = columns_of(&rows, of_page, labels);
    if !(2..=COLUMNS).contains(&columns.len()) {
        return Vec::new();
    }
    // What has nothing in the first column, or small letters, may go on from the row above or begin the one below. What
    // begins before that column stands outside the table.
    let is_outside = |row: &[Line]| {
        let mut pieces = row.iter().flat_map(|line| &line.pieces);
        pieces.any(|piece| columns.first().is_some_and(|first| piece.x < first.x - NEAR))
    };
    let is_loose = |row: Option<&&[Line]>| {
        row.filter(|row| !is_outside(row)).is_some_and(|row| {
            text(&in_column(row, &columns, 0)).chars().next().is_none_or(|ch| ch.is_lowercase() || ch == '(')
        })
    };
    let is_row = |(at, row): (usize, &&[Line])| {
        let near = at.checked_sub(1).map(|above| rows.get(above)).into_iter().chain([Some(row), rows.get(at + 1)]);
        !near.into_iter().any(is_loose) && is_row(row, &columns, labels)
    };
    let fits: Vec<(&[Line], bool)> = rows.iter().enumerate().map(|(at, row)| (*row, is_row((at, row)))).collect();
    let tables = fits.chunk_by(|(_, fits), (_, next)| *fits && *next).filter_map(|rows| {
        let rows: Vec<&[Line]> = rows.iter().filter(|(_, fits)| *fits).map(|(row, _)| *row).collect();
        let is_label = |row: &&[Line]| hits(labels, &text(&in_column(row, &columns, 0)));
        let many_lines = rows.iter().any(|row| row.len() > 1);
        (many_lines && rows.iter().any(is_label)).then(|| Table::of(&rows, &columns))?
    });
    tables.collect()
}

impl Table {
    fn of(rows: &[&[Line]], columns: &[Column]) -> Option<Self> {
        let right = columns.last()?.most + NEAR;
        let columns = columns.iter().map(|column| column.x).collect();
        let top = rows.first()?.first().map(|line| line.y + line.size)?;
        let below = |row: &&[Line]| row.last().map(|line| line.low - line.size * 0.3);
        let between = rows.windows(2).filter_map(|pair| {
            let next = pair.get(1)?.first()?;
            Some((below(pair.first()?)? + next.y + next.size * 0.8) / 2.0)
        });
        let bottom = rows.last().and_then(below)?;
        let levels = [top].into_iter().chain(between).chain([bottom]).collect();
        Some(Self { columns, right, levels })
    }
}

/// Where texts of several rows begin one under the other, and how far they reach: as far as the longest does at least, and
/// at most to the next column or the page's margin.
struct Column {
    x: f64,
    least: f64,
    most: f64,
}

/// Where texts begin on many lines of a page.
fn of_page(lines: &[Line]) -> Vec<f64> {
    let mut all = places(lines.iter().flat_map(|line| line.pieces.iter().map(|piece| piece.x)));
    let begins =
        |x: f64| lines.iter().filter(|line| line.pieces.iter().any(|piece| (piece.x - x).abs() < NEAR)).count();
    all.retain(|x| begins(*x) >= MANY);
    all
}

/// Where texts begin in at least every third row, or on many lines of the page.
fn columns_of(rows: &[&[Line]], of_page: &[f64], labels: Labels<'_>) -> Vec<Column> {
    let pieces = || rows.iter().flat_map(|row| row.iter()).flat_map(|line| &line.pieces);
    let at = |piece: &Piece, x: f64| (piece.x - x).abs() < NEAR;
    let begins =
        |x: &f64| rows.iter().filter(|row| row.iter().flat_map(|line| &line.pieces).any(|piece| at(piece, *x))).count();
    let mut starts = places(pieces().map(|piece| piece.x));
    let is_known = |x: &f64| of_page.iter().any(|known| (known - x).abs() < NEAR);
    // Where lines begin that stand outside the table, none of its rows has a piece beside others.
    let is_beside = |x: &f64| {
        rows.iter().any(|row| {
            let mut pieces = row.iter().flat_map(|line| &line.pieces);
            let (own, other) = (pieces.clone().any(|piece| at(piece, *x)), pieces.any(|piece| !at(piece, *x)));
            own && other
        })
    };
    starts.retain(|x| (begins(x) >= 2 && begins(x) * 3 >= rows.len() || is_known(x)) && is_beside(x));
    let margin = PAGE - starts.first().copied().unwrap_or_default();
    let next = starts.iter().skip(1).map(|next| Some(*next)).chain([None]);
    let asks = |x: f64| pieces().any(|piece| at(piece, x) && hits(labels, &tidy(&piece.text)));
    let last = last_edge(&starts, starts.iter().all(|x| asks(*x)));
    let column = |(x, next): (&f64, Option<f64>)| {
        let longest = pieces().filter(|piece| at(piece, *x)).map(|piece| piece.end).fold(f64::MIN, f64::max);
        match next.or_else(|| last.filter(|edge| longest < edge - NEAR)) {
            Some(next) => Column { x: *x, least: next - ROOM, most: next - 2.0 * NEAR },
            None => Column { x: *x, least: longest, most: margin.max(longest) },
        }
    };
    starts.iter().zip(next).map(column).collect()
}

/// Where the last column ends, if labels and answers stand in pairs of the same widths, or all columns have labels and are
/// as wide as the first.
fn last_edge(starts: &[f64], all_ask: bool) -> Option<f64> {
    let widths: Vec<f64> = starts.windows(2).filter_map(|pair| Some(pair.get(1)? - pair.first()?)).collect();
    let (first, last) = (starts.first()?, starts.last()?);
    let repeats = |after: usize| widths.iter().zip(widths.iter().skip(after)).all(|(a, b)| (a - b).abs() < NEAR);
    let in_pairs = starts.len() >= 4 && starts.len().is_multiple_of(2) && repeats(2);
    let width = if all_ask && repeats(1) { widths.first() } else { widths.get(1).filter(|_| in_pairs) };
    width.map(|width| last + width).filter(|edge| *edge <= PAGE - first + NEAR)
}

/// All of its texts begin in columns and reach over none, the first column is not empty, and where a column has several lines
/// they are no labels but together, and it is certain whether each went on in the next.
fn is_row(row: &[Line], columns: &[Column], labels: Labels<'_>) -> bool {
    let fits = |piece: &Piece| {
        let column = columns.iter().position(|column| (piece.x - column.x).abs() < NEAR);
        let next = column.map(|column| columns.get(column + 1));
        let is_inside = next.is_some_and(|next| next.is_none_or(|next| piece.end < next.x - 0.5));
        is_inside && !piece.text.contains(UNKNOWN)
    };
    let all_ask = all_ask(row, columns, labels);
    let in_one = |(at, column): (usize, &Column)| {
        let pieces = in_column(row, columns, at);
        let whole = text(&pieces);
        if pieces.len() < 2 || labels.meaning(&whole.replace('\n', " ")).is_some() {
            return at > 0 || !pieces.is_empty();
        }
        let is_doubtful = |pair: &[&Piece]| match pair {
            // Nothing ends with a comma.
            [line, _] if line.text.ends_with(',') => false,
            [line, next] => {
                let end = line.end + next.first_word();
                end > column.least && end <= column.most
            }
            _ => false,
        };
        // The last word of an answer may be a label elsewhere: "College of Further" / "Education".
        let label = at.checked_sub(1).map(|before| text(&in_column(row, columns, before)).replace('\n', " "));
        let answers = label.is_some_and(|label| labels.meaning(&label).is_some());
        let ends = |line: &str| answers && !line.ends_with([':', '?']) && labels.exact(line).is_some();
        let own = if all_ask { label_lines(&pieces, labels).unwrap_or(0) } else { 0 };
        let asks = |(number, line): (usize, &str)| hits(labels, line) && number >= own && (number == 0 || !ends(line));
        !whole.lines().enumerate().any(asks) && (whole.len() > SHORT || !pieces.windows(2).any(is_doubtful))
    };
    row.iter().all(|line| line.pieces.iter().all(fits)) && columns.iter().enumerate().all(in_one)
}

/// Each cell of the row that is not blank begins with a label: its answer stands behind or under it.
fn all_ask(row: &[Line], columns: &[Column], labels: Labels<'_>) -> bool {
    (0..columns.len()).all(|at| {
        let pieces = in_column(row, columns, at);
        pieces.is_empty() || label_lines(&pieces, labels).is_some()
    })
}

/// How many of a cell's lines have its label.
fn label_lines(pieces: &[&Piece], labels: Labels<'_>) -> Option<usize> {
    let start = |count: &usize| text(pieces.get(..*count).unwrap_or_default()).replace('\n', " ");
    (1..=pieces.len()).find(|count| !labels.hits(&Cell::of_page(0, 0, start(count))).is_empty())
}

/// What stands in a column of a row, from the top down.
fn in_column<'l>(row: &'l [Line], columns: &[Column], at: usize) -> Vec<&'l Piece> {
    let near = |piece: &&Piece| columns.get(at).is_some_and(|column| (piece.x - column.x).abs() < NEAR);
    row.iter().flat_map(|line| &line.pieces).filter(near).collect()
}

fn text(pieces: &[&Piece]) -> String {
    pieces.iter().map(|piece| tidy(&piece.text)).collect::<Vec<_>>().join("\n")
}

fn hits(labels: Labels<'_>, text: &str) -> bool {
    text.ends_with([':', '?']) || !labels.hits(&Cell::of_page(0, 0, text.to_owned())).is_empty()
}
