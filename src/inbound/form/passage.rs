//! Prose under a heading: paragraphs up to the next label, or the rows under a heading that fills its row, with the
//! sub-headings that the form prints there ("Home", "Local Police").

use super::find::Raw;
use super::index::Index;
use super::label::normalise;
use super::model::{Cell, Layout, Row, Scalar};

/// Rows or paragraphs of one passage.
const LONGEST: usize = 60;
/// A sub-heading is not longer.
const HEADING: usize = 40;

impl Index<'_> {
    /// What stands under a heading that has nothing beside it. `within` are labels that belong to the passage, in their
    /// comparable form.
    pub(super) fn passage(&self, row: usize, at: usize, within: &[String]) -> Option<Raw> {
        let line = self.document.rows.get(row)?;
        let heading = line.cells.get(at).filter(|_| line.cells.len() == 1)?;
        let first = if line.layout == Layout::Flow {
            row + 1
        } else {
            self.row_at(line.grid, line.index.saturating_add(heading.row_span))?
        };
        let own = |cell: &Cell| within.contains(&normalise(cell.text.split(':').next().unwrap_or_default()));
        let rows: Vec<&Row> = self
            .document
            .rows
            .iter()
            .enumerate()
            .skip(first)
            .take(LONGEST)
            .take_while(|(_, next)| next.grid == line.grid)
            .take_while(|(place, next)| {
                !next.filled().any(|(at, cell)| self.looks_like_label(*place, at, cell) && !own(cell))
            })
            .map(|(_, next)| next)
            .collect();
        let rows = if rows.iter().all(|row| row.filled().next().is_none()) && line.layout == Layout::Flow {
            self.boxed(row + 1 + rows.len())?
        } else {
            rows
        };
        let place = rows.iter().find_map(|row| row.filled().next())?.1;
        let text = if line.layout == Layout::Flow {
            lines(&rows)
        } else {
            under_columns(&rows).unwrap_or_else(|| lines(&rows))
        };
        Some(Raw { text, scalar: Scalar::Text, at: place.at.clone() })
    }

    /// The table that starts here, if it is but a box drawn round prose: a single column, and no label in it.
    fn boxed(&self, first: usize) -> Option<Vec<&Row>> {
        let grid = self.document.rows.get(first).filter(|row| row.layout == Layout::Table)?.grid;
        let rows = self.document.rows.iter().enumerate().skip(first).take_while(|(_, row)| row.grid == grid);
        let rows: Vec<(usize, &Row)> = rows.take(LONGEST).collect();
        let is_box = |(place, row): &(usize, &Row)| {
            row.cells.len() == 1 && row.filled().all(|(at, cell)| !self.looks_like_label(*place, at, cell))
        };
        rows.iter().all(is_box).then(|| rows.into_iter().map(|(_, row)| row).collect())
    }
}

/// A row a line; what stands behind a sub-heading follows its colon.
fn lines(rows: &[&Row]) -> String {
    let line = |row: &&Row| {
        let texts: Vec<&str> = row.filled().map(|(_, cell)| cell.text.as_str()).collect();
        match texts.as_slice() {
            [head, text] if head.chars().count() <= HEADING => Some(format!("{head}: {text}")),
            [] => None,
            all => Some(all.join("\n")),
        }
    };
    rows.iter().filter_map(line).collect::<Vec<_>>().join("\n")
}

/// Columns, each under its own sub-heading.
fn under_columns(rows: &[&Row]) -> Option<String> {
    let (heads, rest) = rows.split_first()?;
    let is_head = |cell: &Cell| !cell.is_blank() && cell.text.chars().count() <= HEADING;
    if heads.cells.len() < 2 || rest.is_empty() || !heads.cells.iter().all(is_head) {
        return None;
    }
    let column = |head: &Cell| {
        let under = rest.iter().flat_map(|row| &row.cells);
        let texts = under.filter(|cell| cell.col == head.col && !cell.is_blank()).map(|cell| cell.text.as_str());
        let text = texts.collect::<Vec<_>>().join("\n");
        (!text.is_empty()).then(|| format!("{}: {text}", head.text))
    };
    Some(heads.cells.iter().filter_map(column).collect::<Vec<_>>().join("\n"))
}
