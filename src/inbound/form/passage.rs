//! Prose under a heading: paragraphs up to the next label, or the rows under a heading that fills its row, with the
//! sub-headings that the form prints there ("Home", "Local Police").

use super::find::Raw;
use super::index::Index;
use super::label::normalise;
use super::model::{Cell, Layout, Row, Scalar};
use super::sections::is_heading;

/// Rows or paragraphs of one passage.
const LONGEST: usize = 60;
/// A sub-heading is not longer.
const HEADING: usize = 40;
/// Nor is the heading of another part.
const TITLE: usize = 60;
const BULLETS: [char; 7] = ['-', '–', '•', '*', '·', '▪', '◦'];

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
                let ends = |(at, cell): (usize, &Cell)| {
                    self.looks_like_label(*place, at, cell) && !own(cell) && !is_item(next, cell)
                };
                !next.filled().any(ends) && (*place == first || !self.begins_another_part(*place))
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

    /// The heading of another part stands here, or what the form says to whoever fills it in. A heading is known by its
    /// words, or on a sheet by the empty row before it, and by the label that follows.
    pub(super) fn begins_another_part(&self, at: usize) -> bool {
        let Some(row) = self.document.rows.get(at) else { return false };
        let mut filled = row.filled();
        let Some((_, cell)) = filled.next().filter(|_| filled.next().is_none()) else { return false };
        if is_to_whoever_fills_it_in(&cell.text) {
            return true;
        }
        let is_short = cell.text.chars().count() <= TITLE && !cell.text.ends_with(['.', '!', ',', ';']);
        let before = at.checked_sub(1).and_then(|before| self.document.rows.get(before));
        let gap =
            row.layout == Layout::Sheet && before.is_some_and(|before| row.index > before.index.saturating_add(1));
        let next = self.document.rows.get(at + 1);
        let asks = next.is_some_and(|next| next.filled().next().is_some_and(|(place, _)| self.is_label(at + 1, place)));
        is_short && !is_item(row, cell) && (is_heading(&cell.text) || gap) && asks
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

/// "- phone": an item of a list in a passage, and no label though it is one without its dash.
fn is_item(row: &Row, cell: &Cell) -> bool {
    row.layout != Layout::Table && cell.text.starts_with(BULLETS) && !cell.text.contains([':', '?'])
}

/// "Please return this form to the duty mailbox."
fn is_to_whoever_fills_it_in(text: &str) -> bool {
    const ASKS: &[&str] = &["return", "send", "email", "submit", "forward", "save"];
    const ABOUT: &[&str] = &["form", "document", "template", "mailbox", "inbox", "checklist"];
    let plain = normalise(text);
    if text.starts_with("Guidance:") {
        return true;
    }
    let mut words = plain.split(' ');
    let asks = words.next() == Some("please") && words.next().is_some_and(|word| ASKS.contains(&word));
    asks && words.any(|word| ABOUT.contains(&word))
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
