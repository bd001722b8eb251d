//! The cells in which a choice is answered: beside its label, under it, or in the rows that follow.

use super::dictionary::Target;
use super::index::Index;
use super::model::{Cell, Layout, Row};
use crate::casework::FieldId;

impl Index<'_> {
    /// The cells that belong to a choice: the rest of the label's row (and of the rows it covers), else the rows after it
    /// as long as they hold options.
    pub(super) fn region<'a>(
        &'a self,
        row: usize,
        at: usize,
        field: FieldId,
        has_option: &dyn Fn(&Cell) -> bool,
    ) -> Vec<Vec<&'a Cell>> {
        let Some((line, label)) =
            self.document.rows.get(row).and_then(|line| line.cells.get(at).map(|cell| (line, cell)))
        else {
            return Vec::new();
        };
        let mut beside = Vec::new();
        for number in line.index..self.end_of_label(line, label, has_option) {
            let Some(place) = self.row_at(line.grid, number) else { continue };
            let Some(covered) = self.document.rows.get(place) else { continue };
            let cells = covered
                .cells
                .iter()
                .enumerate()
                .filter(|(other, cell)| cell.col >= label.end() && !(place == row && *other == at));
            let cells: Vec<&Cell> = cells
                .take_while(|(other, cell)| has_option(cell) || !self.is_label(place, *other))
                .map(|(_, cell)| cell)
                .collect();
            if !cells.is_empty() {
                beside.push(cells);
            }
        }
        // Ticks in the row under a row of options.
        if let Some(under) = self
            .row_at(line.grid, line.index.saturating_add(label.row_span))
            .and_then(|at| self.document.rows.get(at).map(|row| (at, row)))
            && beside.last().is_some_and(|cells| cells.iter().filter(|cell| has_option(cell)).count() >= 2)
            && under.1.filled().all(|(place, cell)| {
                // "Yes" under an option is its tick, though some forms print it as a heading.
                cell.col >= label.end() && (super::columns::is_tick(cell) || !self.is_label(under.0, place))
            })
        {
            beside.push(under.1.cells.iter().filter(|cell| cell.col >= label.end()).collect());
        }
        if beside.iter().flatten().any(|cell| has_option(cell)) {
            return beside;
        }
        // A header over a cell that holds the whole group. Paragraphs may go on with it.
        let is_flow = line.layout == Layout::Flow;
        let under =
            self.row_at(line.grid, line.index.saturating_add(label.row_span)).and_then(|at| self.document.rows.get(at));
        let under =
            under.and_then(|under| under.cells.iter().find(|cell| cell.col <= label.col && label.col < cell.end()));
        if let Some(group) =
            under.filter(|cell| !is_flow && has_option(cell) && super::ticks::count_boxes(&cell.text) >= 2)
        {
            return vec![vec![group]];
        }
        if self.is_header_row(row, line, at, label) {
            let column = self.column(row, line, at, label, has_option);
            if !column.is_empty() {
                return column;
            }
        }
        let mut after = Vec::new();
        for (place, next) in
            self.document.rows.iter().enumerate().skip(row + usize::try_from(label.row_span).unwrap_or(1)).take(40)
        {
            let asks_else = next.filled().any(|(other, cell)| {
                // "Current rating: ☐ Low ☒ High" holds the options of another label.
                self.hits.get(place).and_then(|cells| cells.get(other)).is_some_and(|hits| {
                    hits.iter().filter(|hit| hit.rest.is_some() || !has_option(cell)).any(|hit| {
                        let own = hit.targets.iter().any(|(target, _)| *target == Target::Field(field));
                        !own && hit.targets.iter().any(|(target, _)| !matches!(target, Target::Other))
                    })
                })
            });
            let options = next.cells.iter().any(has_option);
            // The rating grid has the key risks of each rating between its rows.
            if asks_else && field == FieldId::RiskRating && (options || self.is_key_risk(place)) {
                continue;
            }
            if asks_else {
                break;
            }
            if next.sheet != line.sheet || (!options && !after.is_empty() && after.len() > 30) {
                break;
            }
            let follows_options = after
                .last()
                .is_some_and(|cells: &Vec<&Cell>| cells.iter().filter(|cell| has_option(cell)).count() >= 2);
            if options || follows_options {
                after.push(next.cells.iter().collect());
            } else if !after.is_empty() && field != FieldId::RiskRating || after.is_empty() && place > row + 3 {
                break;
            }
        }
        after
    }

    /// The row behind those a label stands for: it covers them, or they have nothing in its place and go on with options.
    fn end_of_label(&self, line: &Row, label: &Cell, has_option: &dyn Fn(&Cell) -> bool) -> u32 {
        let covered = line.index.saturating_add(label.row_span.min(60));
        let goes_on = |number: &u32| {
            let next = self.row_at(line.grid, *number).and_then(|at| self.document.rows.get(at));
            next.filter(|_| line.layout != Layout::Flow).is_some_and(|next| {
                next.filled().all(|(_, cell)| cell.col >= label.end()) && next.cells.iter().any(has_option)
            })
        };
        let options = line.cells.iter().any(|cell| cell.col >= label.end() && has_option(cell));
        let more = (covered..covered.saturating_add(60)).take_while(|number| options && goes_on(number));
        more.last().map_or(covered, |last| last.saturating_add(1))
    }

    /// Under a row of labels, what stands under one of them, as far as the next that is read.
    fn column<'a>(
        &'a self,
        row: usize,
        line: &Row,
        at: usize,
        label: &Cell,
        has_option: &dyn Fn(&Cell) -> bool,
    ) -> Vec<Vec<&'a Cell>> {
        let asks = |row: usize, place: usize| {
            let hits = self.hits.get(row).and_then(|cells| cells.get(place)).map(Vec::as_slice).unwrap_or_default();
            hits.iter().flat_map(|hit| &hit.targets).any(|(target, _)| *target != Target::Other)
        };
        let labels = line.filled().filter(|(place, _)| *place != at && asks(row, *place));
        let labels: Vec<u32> = labels.map(|(_, cell)| cell.col).collect();
        let from = if labels.iter().any(|col| *col < label.col) { label.col } else { 0 };
        let to = labels.into_iter().find(|col| *col > label.col).unwrap_or(u32::MAX);
        let first = row + usize::try_from(label.row_span).unwrap_or(1);
        let under = self.document.rows.iter().enumerate().skip(first).take(40);
        let under = under.take_while(|(place, next)| {
            next.grid == line.grid && !next.filled().any(|(other, cell)| asks(*place, other) && !has_option(cell))
        });
        let cells = under.map(|(_, next)| next.cells.iter().filter(|cell| from <= cell.col && cell.col < to).collect());
        cells.collect()
    }

    fn is_key_risk(&self, row: usize) -> bool {
        self.hits.get(row).is_some_and(|cells| {
            cells
                .iter()
                .flatten()
                .flat_map(|hit| &hit.targets)
                .all(|(target, _)| matches!(target, Target::Other | Target::Field(FieldId::RiskTypes)))
        })
    }
}
