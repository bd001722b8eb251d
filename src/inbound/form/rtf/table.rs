//! A table of rich text: rows are told by the edges of their cells, which stand before or behind the cells themselves.

use super::super::blocks::{Block, TableCell};
use std::collections::BTreeSet;

/// Edges closer than this, in twips, are one.
const SAME: i64 = 40;

/// The place of a cell: its right edge in twips, and what it is merged with.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    pub right: i64,
    pub with_left: bool,
    pub with_above: bool,
}

/// A table that is being read, or the next one inside a cell of it.
#[derive(Default)]
pub(super) struct Table {
    /// What the cell holds that is being read.
    pub cell: Vec<Block>,
    row: Vec<Vec<Block>>,
    places: Vec<Place>,
    next_place: Place,
    rows: Vec<Vec<(Place, Vec<Block>)>>,
}

impl Table {
    /// A control word about the places of cells.
    pub(super) fn place(&mut self, word: &str, number: Option<i64>) {
        match word {
            "trowd" => (self.places, self.next_place) = (Vec::new(), Place::default()),
            "clmrg" => self.next_place.with_left = true,
            "clvmrg" => self.next_place.with_above = true,
            _ => {
                let place = std::mem::take(&mut self.next_place);
                self.places.push(Place { right: number.unwrap_or_default(), ..place });
            }
        }
    }

    pub(super) fn end_cell(&mut self) {
        self.row.push(std::mem::take(&mut self.cell));
    }

    /// Ends a row, of how many cells; what came before it, if that is a table of its own.
    pub(super) fn end_row(&mut self) -> (usize, Option<Block>) {
        let cells = std::mem::take(&mut self.row);
        // A row whose edges are not told has its cells side by side.
        let place = |at: usize| {
            self.places
                .get(at)
                .copied()
                .unwrap_or(Place { right: (i64::try_from(at).unwrap_or_default() + 1) * 1_000, ..Place::default() })
        };
        let row: Vec<(Place, Vec<Block>)> =
            cells.into_iter().enumerate().map(|(at, blocks)| (place(at), blocks)).collect();
        // Two tables may follow one another with nothing between: their rows have no edge in common.
        let another = self.rows.last().is_some_and(|last| {
            let (before, here) = (inner(last), inner(&row));
            before.is_empty() != here.is_empty()
                || (!here.is_empty() && !before.iter().any(|b| here.iter().any(|h| (b - h).abs() <= SAME)))
        });
        let done = if another { self.lay_out() } else { None };
        let count = row.len();
        self.rows.push(row);
        (count, done)
    }

    /// Ends the table, and the row it was cut off in; what of it was read.
    pub(super) fn end(mut self) -> impl Iterator<Item = Block> {
        let says =
            |block: &Block| !matches!(block, Block::Paragraph(line) | Block::Heading(line) if line.trim().is_empty());
        if self.cell.iter().any(says) {
            self.end_cell();
        }
        let before = if self.row.is_empty() { None } else { self.end_row().1 };
        before.into_iter().chain(self.lay_out())
    }

    /// Makes a table of the rows read so far.
    fn lay_out(&mut self) -> Option<Block> {
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return None;
        }
        let mut edges: Vec<i64> = Vec::new();
        let all: BTreeSet<i64> = rows.iter().flatten().map(|(place, _)| place.right).collect();
        for edge in all {
            if edges.last().is_none_or(|last| edge - last > SAME) {
                edges.push(edge);
            }
        }
        // The column after an edge.
        let column =
            |right: i64| u32::try_from(edges.partition_point(|edge| *edge + SAME < right) + 1).unwrap_or(u32::MAX);
        let mut table: Vec<Vec<TableCell>> = Vec::new();
        for row in rows {
            let mut shown: Vec<TableCell> = Vec::new();
            let mut col = 0;
            for (place, blocks) in row {
                let end = column(place.right).max(col + 1);
                let above = table.iter_mut().rev().flatten().find(|cell| cell.col == col);
                match (place.with_left, place.with_above, shown.last_mut(), above) {
                    (true, _, Some(left), _) => left.col_span = end - left.col,
                    (_, true, _, Some(above)) => above.row_span += 1,
                    _ => shown.push(TableCell { col, col_span: end - col, row_span: 1, blocks }),
                }
                col = end;
            }
            table.push(shown);
        }
        Some(Block::Table(table))
    }
}

/// The edges between a row's cells.
fn inner(row: &[(Place, Vec<Block>)]) -> Vec<i64> {
    row.iter().rev().skip(1).map(|(place, _)| place.right).collect()
}
