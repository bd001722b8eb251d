//! What people are and whom they work for: "Team Manager" and "NHS" are labels of some forms, and answers behind "Job title"
//! or under "Agency".

use super::dictionary::Target;
use super::index::Index;
use super::label::normalise;
use super::model::{Cell, Layout, Row};

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

    /// "Agency | School", and under it another label with its answer: what stands in the column of answers is one, though some
    /// form has a label of that name.
    fn is_spelled_like_label(&self, at: usize, place: usize) -> bool {
        const WORDS: usize = 2;
        let Some(row) = self.document.rows.get(at).filter(|row| row.layout != Layout::Flow) else { return false };
        let [label, cell] = row.cells.as_slice() else { return false };
        // What asks for a name, a day or a number is no answer.
        const ASKS: &[&str] =
            &["name", "date", "dob", "number", "no", "address", "details", "telephone", "contact", "age"];
        let text = normalise(&cell.text);
        let is_short = text.split(' ').count() <= WORDS && !cell.text.ends_with([':', '?']);
        let asks = text.split(' ').any(|word| ASKS.contains(&word));
        let asks = asks || self.asks_for_part(at, place);
        if place != 1 || label.end() != cell.col || !is_short || asks || !self.is_bare_label(at, 0) {
            return false;
        }
        let is_pair = |other: usize| {
            let cells =
                self.document.rows.get(other).filter(|next| next.grid == row.grid).map(|next| next.cells.as_slice());
            let Some([head, answer]) = cells else { return false };
            let is_label =
                head.col == label.col && answer.col == cell.col && self.is_label(other, 0) && !self.is_vague(other, 0);
            is_label && !answer.is_blank() && !self.is_label(other, 1)
        };
        // In the last row of a table nothing can stand under them.
        let under = self
            .document
            .rows
            .get(at + 1)
            .filter(|next| next.grid == row.grid && next.index == row.index + label.row_span);
        match under {
            Some(_) => is_pair(at + 1),
            None => at.checked_sub(1).is_some_and(is_pair),
        }
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
                if beside || under || vague || self.is_spelled_like_label(at, place) {
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
