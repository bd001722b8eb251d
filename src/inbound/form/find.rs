//! From a label to its answer: beside it, under it, or behind it in the same cell. Which of these a form means is told
//! by its layout; where two would do, the one that holds an answer of the right kind is taken, and where that does not
//! settle it, none is.

use super::dictionary::Target;
use super::hits::Hit;
use super::index::Index;
use super::model::{Cell, Layout, Row, Scalar};
use super::{answer, date};
use crate::casework::FieldId;
use jiff::civil::Date;
use std::cmp::Ordering;

/// Text that may answer a label.
#[derive(Clone, Debug)]
pub(super) struct Raw {
    pub text: String,
    pub scalar: Scalar,
    pub at: String,
}

impl Raw {
    fn of(cell: &Cell) -> Self {
        let text = if cell.text.is_empty() { cell.nested.clone() } else { cell.text.clone() };
        Self { text, scalar: cell.scalar.clone(), at: cell.at.clone() }
    }
}

/// What stands beside a label.
enum Beside<'a> {
    /// An answer.
    Cell(&'a Cell),
    /// The place for an answer, empty.
    Blank,
    /// Nothing, or another label.
    None,
}

impl Index<'_> {
    /// Possible answers to a label, the likeliest first. `fits` says whether a text could answer it.
    pub(super) fn answers(&self, row: usize, at: usize, hit: &Hit, fits: &dyn Fn(&Raw) -> bool) -> Vec<Raw> {
        let Some((line, cell)) =
            self.document.rows.get(row).and_then(|line| line.cells.get(at).map(|cell| (line, cell)))
        else {
            return Vec::new();
        };
        let own = hit.rest.as_ref().filter(|rest| answer::answer(rest).is_some()).map(|rest| Raw {
            text: rest.clone(),
            scalar: Scalar::Text,
            at: cell.at.clone(),
        });
        if let Some(own) = own.as_ref().filter(|own| hit.inline || (is_typed(hit) && fits(own))) {
            return vec![own.clone()];
        }
        let mut out = Vec::new();
        let mut is_asked_beside = false;
        // Several labels in one cell share no neighbour.
        let alone = self.hits.get(row).and_then(|cells| cells.get(at)).is_none_or(|hits| hits.len() == 1);
        if alone {
            let below_first = self.reads_downwards(row);
            match self.right(row, line, at, cell) {
                Beside::Cell(right) if !below_first => out.push(Raw::of(right)),
                // Where typed labels are answered in their own cells, so are the others.
                Beside::Blank if !below_first && !self.is_stacked(line.grid) => {
                    is_asked_beside = !self.answers_inside(line.grid)
                }
                right => {
                    let under = self.below(row, line, at, cell);
                    // In a row of headers, a pair that stands among them still reads sideways.
                    let sideways = match right {
                        Beside::Cell(right) if self.is_label_under(line, cell) => Some(right),
                        _ => None,
                    };
                    out.extend(under.or(sideways).map(Raw::of));
                }
            }
            if out.is_empty() && !cell.nested.is_empty() {
                out.push(Raw { text: cell.nested.clone(), scalar: Scalar::Text, at: cell.at.clone() });
            }
        }
        // What is printed under a typed label is a hint unless it is of that type; under any label, where the place for the
        // answer is beside it.
        out.extend(own.filter(|own| if is_typed(hit) { fits(own) } else { !is_asked_beside }));
        out
    }

    fn right<'a>(&self, row: usize, line: &'a Row, at: usize, cell: &Cell) -> Beside<'a> {
        let Some((next, right)) = line.cells.iter().enumerate().nth(at + 1) else { return Beside::None };
        if right.is_blank() && right.nested.is_empty() {
            return Beside::Blank;
        }
        if self.looks_like_label(row, next, right) {
            return Beside::None;
        }
        let gap = right.col.saturating_sub(cell.end());
        if gap == 0 || line.layout != Layout::Sheet || self.keeps_gap(line, cell, right) {
            Beside::Cell(right)
        } else {
            Beside::None
        }
    }

    /// Empty columns between a label and what stands beside it are only crossed where the sheet does so throughout: at
    /// least two labels of this column have their first neighbour in that column, and none has one right beside it. Else
    /// the empty column is for the answers, and what stands behind it is guidance.
    fn keeps_gap(&self, line: &Row, label: &Cell, value: &Cell) -> bool {
        if value.col.saturating_sub(label.end()) > 4 {
            return false;
        }
        let mut alike = 0;
        for (at, row) in self.document.rows.iter().enumerate().filter(|(_, row)| row.grid == line.grid) {
            let place = row.cells.iter().position(|cell| cell.col == label.col && cell.end() == label.end());
            let Some(place) = place.filter(|place| self.is_label(at, *place)) else { continue };
            let Some(next) = row.cells.get(place + 1).filter(|_| !self.is_label(at, place + 1)) else { continue };
            if next.col == label.end() {
                return false;
            }
            alike += usize::from(next.col == value.col);
        }
        alike >= 2
    }

    fn below<'a>(&'a self, row: usize, line: &Row, at: usize, cell: &Cell) -> Option<&'a Cell> {
        let next = self.row_at(line.grid, line.index.saturating_add(cell.row_span)).or_else(|| {
            let after = self.document.rows.get(row + 1)?;
            (line.layout == Layout::Flow && after.grid == line.grid).then_some(row + 1)
        })?;
        let under = self.document.rows.get(next)?;
        let (place, value) = under.filled().find(|(_, other)| other.col <= cell.col && cell.col < other.end())?;
        if self.looks_like_label(next, place, value) {
            return None;
        }
        if self.is_header_row(row, line, at, cell) && !self.is_list(next, cell) {
            return Some(value);
        }
        let lonely = line.filled().count() == 1 && under.filled().count() == 1 && value.col == cell.col;
        let sure = match line.layout {
            Layout::Table => true,
            Layout::Sheet | Layout::Flow => cell.text.ends_with(':') || self.stacks(line.grid),
        };
        (lonely && sure).then_some(value)
    }

    fn is_label_under(&self, line: &Row, cell: &Cell) -> bool {
        let Some(next) = self.row_at(line.grid, line.index.saturating_add(cell.row_span)) else { return false };
        let under = self.document.rows.get(next);
        under.is_some_and(|under| under.filled().any(|(at, other)| other.col == cell.col && self.is_label(next, at)))
    }

    /// All labels, side by side: the answers stand in the next row.
    fn is_header_row(&self, row: usize, line: &Row, at: usize, cell: &Cell) -> bool {
        let labels = line.filled().filter(|(place, other)| self.looks_like_label(row, *place, other)).count();
        let filled = line.filled().count();
        let next_to_label = line.filled().any(|(place, other)| {
            place != at && (other.col == cell.end() || other.end() == cell.col) && self.is_label(row, place)
        });
        filled >= 2 && (labels == filled || self.reads_downwards(row)) && (next_to_label || self.reads_downwards(row))
    }

    /// More than one row of answers under a header: a list, not one child's details.
    fn is_list(&self, first: usize, cell: &Cell) -> bool {
        let Some(answers) = self.document.rows.get(first) else { return false };
        let Some(next) = self.row_at(answers.grid, answers.index.saturating_add(1)) else { return false };
        let Some(row) = self.document.rows.get(next) else { return false };
        let labels = row.filled().any(|(place, _)| self.is_label(next, place));
        !labels
            && row.filled().count() >= 2
            && row.filled().any(|(_, other)| other.col <= cell.col && cell.col < other.end())
    }

    /// More typed answers stand under the labels of this row than beside them.
    pub(super) fn reads_downwards(&self, row: usize) -> bool {
        self.direction(row) == Ordering::Greater
    }

    /// Where the typed answers to a row's labels stand: more of them below (greater), beside (less), or neither.
    pub(super) fn direction(&self, row: usize) -> Ordering {
        let Some(line) = self.document.rows.get(row) else { return Ordering::Equal };
        let Some(under) =
            self.row_at(line.grid, line.index.saturating_add(1)).and_then(|at| self.document.rows.get(at))
        else {
            return Ordering::Equal;
        };
        let (mut beside, mut below) = (0, 0);
        for (at, cell) in line.filled() {
            let typed = self
                .hits
                .get(row)
                .and_then(|cells| cells.get(at))
                .and_then(|hits| hits.first())
                .filter(|hit| is_typed(hit));
            let Some(hit) = typed else { continue };
            beside += usize::from(line.cells.get(at + 1).is_some_and(|right| plausible(hit, right)));
            below += usize::from(
                under
                    .cells
                    .iter()
                    .any(|other| other.col <= cell.col && cell.col < other.end() && plausible(hit, other)),
            );
        }
        below.cmp(&beside)
    }

    /// In this grid, typed answers stand alone under their labels.
    fn stacks(&self, grid: u32) -> bool {
        self.document.rows.iter().enumerate().filter(|(_, row)| row.grid == grid && row.filled().count() == 1).any(
            |(at, row)| {
                let Some((place, cell)) = row.filled().next() else { return false };
                let hit = self.hits.get(at).and_then(|cells| cells.get(place)).and_then(|hits| hits.first());
                let Some(hit) = hit.filter(|hit| is_typed(hit) && hit.rest.is_none()) else { return false };
                let next =
                    self.document.rows.get(at + 1).filter(|next| next.grid == grid && next.filled().count() == 1);
                next.is_some_and(|next| next.cells.iter().any(|other| other.col == cell.col && plausible(hit, other)))
            },
        )
    }

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
            && under.1.filled().all(|(place, cell)| cell.col >= label.end() && !self.is_label(under.0, place))
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
                !has_option(cell)
                    && self.hits.get(place).and_then(|cells| cells.get(other)).is_some_and(|hits| {
                        hits.iter()
                            .flat_map(|hit| &hit.targets)
                            .any(|(target, _)| !matches!(target, Target::Other) && *target != Target::Field(field))
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

fn is_typed(hit: &Hit) -> bool {
    hit.targets.iter().any(|(target, _)| typed_field(*target).is_some())
}

fn typed_field(target: Target) -> Option<FieldId> {
    match target {
        Target::Field(
            field @ (FieldId::DateOfBirth
            | FieldId::AssessmentDate
            | FieldId::PreviousAssessmentDate
            | FieldId::ReferralDate
            | FieldId::CompletedDate
            | FieldId::ReviewDate
            | FieldId::NhsNumber
            | FieldId::Age),
        ) => Some(field),
        _ => None,
    }
}

/// A cell holds an answer of the kind that a typed label asks for.
fn plausible(hit: &Hit, cell: &Cell) -> bool {
    let is_date = matches!(cell.scalar, Scalar::Date(_));
    hit.targets.iter().filter_map(|(target, _)| typed_field(*target)).any(|field| match field {
        FieldId::NhsNumber | FieldId::Age => says(field, &cell.text),
        _ => is_date || says(field, &cell.text),
    })
}

/// What stands behind a typed label in its own cell is an answer of its kind.
pub(super) fn answers_itself(hit: &Hit) -> bool {
    let typed = hit.targets.iter().filter_map(|(target, _)| typed_field(*target));
    hit.rest.as_ref().is_some_and(|rest| typed.into_iter().any(|field| says(field, rest)))
}

/// A text is an answer to this typed field.
fn says(field: FieldId, text: &str) -> bool {
    match field {
        FieldId::NhsNumber => answer::nhs_number(text).is_ok(),
        FieldId::Age => answer::age(text).is_some(),
        _ => date::read(text, date::Century::This, Date::constant(2100, 1, 1)).is_some(),
    }
}
