//! The cells in which a choice is answered: beside its label, under it, or in the rows that follow.

use super::dictionary::Target;
use super::index::Index;
use super::model::Cell;
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
        for number in line.index..line.index.saturating_add(label.row_span.min(60)) {
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
        // A header over a cell that holds the whole group.
        let under =
            self.row_at(line.grid, line.index.saturating_add(label.row_span)).and_then(|at| self.document.rows.get(at));
        let under =
            under.and_then(|under| under.cells.iter().find(|cell| cell.col <= label.col && label.col < cell.end()));
        if let Some(group) = under.filter(|cell| has_option(cell) && super::ticks::count_boxes(&cell.text) >= 2) {
            return vec![vec![group]];
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
