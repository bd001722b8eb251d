//! What people are and whom they work for: "Team Manager" and "NHS" are labels of some forms, and answers behind "Job title"
//! or under "Agency".

use super::dictionary::Target;
use super::index::Index;
use super::label::normalise;
use super::model::{Cell, Row};

impl Index<'_> {
    fn asks_for_part(&self, row: usize, cell: usize) -> bool {
        let hits = self.hits.get(row).and_then(|cells| cells.get(cell)).map(Vec::as_slice).unwrap_or_default();
        let mut targets = hits.iter().flat_map(|hit| &hit.targets);
        self.is_bare_label(row, cell)
            && targets.any(|(target, _)| matches!(target, Target::Surname | Target::Forenames))
    }

    fn is_vague(&self, row: usize, cell: usize) -> bool {
        let hits = self.hits.get(row).and_then(|cells| cells.get(cell)).map(Vec::as_slice).unwrap_or_default();
        hits.iter().flat_map(|hit| &hit.targets).all(|(_, tier)| *tier > 0)
    }

    /// "Job title: Team Manager": an answer that could be a label of its own is none.
    pub(super) fn forget_roles(&mut self) {
        let mut answers = Vec::new();
        let mut list: Option<(&Row, Vec<&Cell>)> = None;
        for (at, row) in self.document.rows.iter().enumerate() {
            // A list of people: "Name | Role | Agency", and one of them a row.
            let is_list = row.filled().count() >= 3
                && row.filled().all(|(place, _)| self.is_bare_label(at, place))
                && row.filled().any(|(_, cell)| asks_for_role(cell));
            if is_list {
                let told =
                    row.filled().map(|(_, cell)| cell).filter(|cell| asks_for_role(cell) || asks_for_agency(cell));
                list = Some((row, told.collect()));
                continue;
            }
            // An empty row ends it, of which a sheet keeps none; so does a heading, or a row of other labels.
            let is_entry = row.filled().count() > 1 && !row.filled().all(|(place, _)| self.is_bare_label(at, place));
            list = list.filter(|(last, _)| last.grid == row.grid && row.index <= last.index + 1 && is_entry);
            if let Some((last, _)) = &mut list {
                *last = row;
            }
            let under = |cell: &Cell| {
                list.iter().flat_map(|(_, heads)| heads).any(|head| head.col <= cell.col && cell.col < head.end())
            };
            let listed = row
                .cells
                .iter()
                .enumerate()
                .filter(|(place, cell)| under(cell) && !cell.text.ends_with(':') && self.is_bare_label(at, *place));
            answers.extend(listed.map(|(place, _)| (at, place)));
            for (place, cell) in row.cells.iter().enumerate().filter(|(place, _)| self.is_bare_label(at, *place)) {
                let left = place.checked_sub(1).and_then(|left| row.cells.get(left));
                let above = at.checked_sub(1).and_then(|above| self.document.rows.get(above));
                let above = above.filter(|above| above.grid == row.grid && above.filled().count() == 1);
                let above = above
                    .filter(|_| row.filled().count() == 1)
                    .and_then(|above| above.cells.iter().find(|over| over.col == cell.col));
                let beside = left.is_some_and(asks_for_role) && !cell.text.ends_with(':') && !self.heads_answers(at);
                let under = above.is_some_and(asks_for_role) && !cell.text.ends_with(':');
                // "Surname: Child": a vague label behind one that asks for half a name.
                let over = at.checked_sub(1).filter(|over| {
                    let row_over = self.document.rows.get(*over);
                    row_over.is_some_and(|over| over.grid == row.grid)
                });
                let is_under = over.is_some_and(|over| {
                    let row_over =
                        self.document.rows.get(over).into_iter().flat_map(|row| row.cells.iter().enumerate());
                    row_over.filter(|(_, head)| head.col == cell.col).any(|(place, _)| self.asks_for_part(over, place))
                });
                let is_part = is_under || left.is_some() && self.asks_for_part(at, place.saturating_sub(1));
                let vague = is_part && self.is_vague(at, place) && !cell.text.ends_with(':') && !self.heads_answers(at);
                if beside || under || vague {
                    answers.push((at, place));
                }
            }
        }
        for (at, place) in answers {
            if let Some(hits) = self.hits.get_mut(at).and_then(|cells| cells.get_mut(place)) {
                hits.clear();
            }
        }
    }
}

/// A label whose answer is a job or a relation.
fn asks_for_role(cell: &Cell) -> bool {
    matches!(
        normalise(&cell.text).as_str(),
        "role"
            | "job title"
            | "job role"
            | "position"
            | "designation"
            | "post"
            | "profession"
            | "occupation"
            | "role / job title"
            | "job title / role"
            | "relationship"
            | "relationship to child"
            | "relationship to young person"
            | "relationship to child / young person"
    )
}

fn asks_for_agency(cell: &Cell) -> bool {
    matches!(
        normalise(&cell.text).as_str(),
        "agency" | "organisation" | "team" | "service" | "agency / organisation" | "agency / team"
    )
}
