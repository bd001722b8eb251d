//! From a label to its answer: beside it, under it, or behind it in the same cell. Which of these a form means is told
//! by its layout; where two would do, the one that holds an answer of the right kind is taken, and where that does not
//! settle it, none is.

use super::dictionary::Target;
use super::hits::Hit;
use super::index::Index;
use super::label::normalise;
use super::model::{Cell, Layout, Row, Scalar};
use super::sections::{Section, classify};
use super::ticks::has_boxes;
use super::{answer, date};
use crate::casework::FieldId;
use jiff::civil::Date;
use std::cmp::Ordering;

/// Lines of an address in paragraphs of their own.
const ADDRESS_LINES: usize = 5;

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
        // An answer that could not be read is one: no other stands in for it.
        if hit.rest.as_ref().is_some_and(|rest| rest.contains(char::REPLACEMENT_CHARACTER)) {
            return Vec::new();
        }
        let own = hit.rest.as_ref().filter(|rest| answer::answer(rest).is_some()).map(|rest| Raw {
            text: rest.clone(),
            scalar: Scalar::Text,
            at: cell.at.clone(),
        });
        if let Some(own) = own.as_ref().filter(|own| hit.inline || (is_typed(hit) && fits(own))) {
            let is_last = at + 1 == line.cells.len();
            let whole = if is_last && !is_typed(hit) { self.with_its_lines(own.clone(), row) } else { own.clone() };
            return vec![if at == 0 && is_last && is_of_place(hit) {
                self.with_its_address(whole, row)
            } else {
                whole
            }];
        }
        if own.is_some() && self.answers_in_every_cell(line, at) {
            return own.into_iter().collect();
        }
        let mut out = Vec::new();
        let mut is_asked_beside = false;
        // Several labels in one cell share no neighbour.
        let alone = self.hits.get(row).and_then(|cells| cells.get(at)).is_none_or(|hits| hits.len() == 1);
        if alone {
            let chosen = |cell: &Cell| is_closed(hit) && fits(&Raw::of(cell));
            let below_first = self.reads_downwards(row);
            match self.right(row, line, at, cell, hit) {
                Beside::Cell(_) if !below_first && self.has_rival(line, at, hit, fits) => return Vec::new(),
                // Where labels and answers take turns, "Interests" beside a label is another that nobody here knows.
                Beside::Cell(_) | Beside::None if !below_first && self.takes_turns(row, line) => {
                    out.extend(self.in_turn(line, cell).map(Raw::of));
                }
                Beside::Cell(_) if !below_first && self.is_over_answers(line, cell) => {}
                Beside::Cell(right) if !below_first => out.push(Raw::of(right)),
                // Where typed labels are answered in their own cells, so are the others.
                Beside::Blank if !below_first && !self.is_stacked(line.grid) => {
                    is_asked_beside = !self.answers_inside(line.grid);
                    // One of the options alone under its label is chosen, though there is room beside it.
                    let chosen = self.below(row, line, at, cell, &chosen).map(Raw::of);
                    out.extend(chosen.filter(|raw| is_closed(hit) && fits(raw)));
                }
                right => {
                    let under = self
                        .below(row, line, at, cell, &chosen)
                        .filter(|_| own.is_none() || !self.is_answered_inside(row));
                    // In a row of headers, a pair that stands among them still reads sideways.
                    let sideways = match right {
                        Beside::Cell(right) if self.is_label_under(line, cell) => Some(right),
                        _ => None,
                    };
                    let lines = |raw: Raw| if is_typed(hit) { raw } else { self.with_its_lines(raw, row + 1) };
                    out.extend(under.map(Raw::of).map(lines).or_else(|| sideways.map(Raw::of)));
                }
            }
            if out.is_empty() && !cell.nested.is_empty() {
                out.push(Raw { text: cell.nested.clone(), scalar: Scalar::Text, at: cell.at.clone() });
            }
        }
        // What is printed under a typed label is a hint unless it is of that type; under any label, where the place for the
        // answer is beside it.
        let is_chosen = |own: &Raw| is_closed(hit) && fits(own);
        out.extend(own.filter(|own| if is_typed(hit) { fits(own) } else { !is_asked_beside || is_chosen(own) }));
        out
    }

    /// An answer in a paragraph and the lines that follow it there: a line break parts an address, no answers.
    fn with_its_lines(&self, mut raw: Raw, row: usize) -> Raw {
        // Where the lines of one paragraph are several questions, one of them may be a heading.
        let labels = self.document.rows.iter().zip(&self.hits).skip(row.saturating_sub(60)).take(120);
        let labels = labels.filter(|(row, hits)| {
            row.cells.iter().any(|cell| cell.at == raw.at) && hits.iter().any(|hits| !hits.is_empty())
        });
        if labels.count() > 1 {
            return raw;
        }
        let rows = self.document.rows.iter().enumerate().skip(row);
        let mut rows = rows.take_while(|(_, row)| row.layout == Layout::Flow && !self.document.joins_lines);
        if rows.next().is_none_or(|(_, row)| row.cells.last().is_none_or(|cell| cell.at != raw.at)) {
            return raw;
        }
        for (at, line) in rows {
            match line.cells.as_slice() {
                [cell] if cell.at == raw.at && !self.looks_like_label(at, 0, cell) && !has_boxes(&cell.text) => {
                    raw.text.push('\n');
                    raw.text.push_str(&cell.text);
                }
                _ => break,
            }
        }
        raw
    }

    /// An address and its lines in paragraphs of their own, up to the last that can only be one of an address.
    fn with_its_address(&self, mut raw: Raw, row: usize) -> Raw {
        let Some(line) = self.document.rows.get(row).filter(|line| line.layout == Layout::Flow) else { return raw };
        // Lines of its own paragraph are there already.
        let row = row + raw.text.lines().count().saturating_sub(1);
        let after = self.document.rows.iter().enumerate().skip(row + 1).take(ADDRESS_LINES);
        let lines: Vec<&str> = after
            .take_while(|(at, next)| {
                let [cell] = next.cells.as_slice() else { return false };
                next.grid == line.grid
                    && !next.strong
                    && !self.looks_like_label(*at, 0, cell)
                    && could_be_of_address(&cell.text)
                    && !has_postcode(
                        self.document
                            .rows
                            .get(at - 1)
                            .and_then(|above| above.cells.last())
                            .map_or("", |above| &above.text),
                    )
            })
            .filter_map(|(_, next)| next.cells.first().map(|cell| cell.text.as_str()))
            .collect();
        let last = lines.iter().rposition(|line| is_of_address(line)).map_or(0, |last| last + 1);
        for line in lines.into_iter().take(last).filter(|_| !self.document.joins_lines) {
            raw.text.push('\n');
            raw.text.push_str(line);
        }
        raw
    }

    /// Where typed labels are answered in their own cells, a neighbour of several lines is another label with its answer.
    fn answers_in_every_cell(&self, line: &Row, at: usize) -> bool {
        self.answers_inside(line.grid) && line.cells.get(at + 1).is_some_and(|next| next.text.contains('\n'))
    }

    /// Where answers stand under their labels, so they do under this row, which has labels that nobody here knows: there is
    /// a text under the label, and none in its row is a label.
    fn is_over_answers(&self, line: &Row, cell: &Cell) -> bool {
        let under = self.row_at(line.grid, line.index.saturating_add(cell.row_span));
        let Some((at, under)) = under.and_then(|at| Some((at, self.document.rows.get(at)?))) else { return false };
        self.is_stacked(line.grid)
            && under.filled().count() == line.filled().count()
            && under.filled().any(|(_, other)| other.col == cell.col)
            && under.filled().all(|(place, other)| !self.looks_like_label(at, place, other))
    }

    /// Rows of labels and rows of their answers take turns in this table, and this is one of labels: two rows above it or
    /// below it stands one of nothing but labels, and under it one in which none is. It ends with a label, or has two side by
    /// side: no answer stands beside those.
    fn takes_turns(&self, row: usize, line: &Row) -> bool {
        let above = line.index.checked_sub(2).and_then(|number| self.row_at(line.grid, number));
        let below = self.row_at(line.grid, line.index.saturating_add(2));
        let under = self.row_at(line.grid, line.index.saturating_add(1));
        let is_plain = |at: usize| {
            let row = self.document.rows.get(at);
            row.is_some_and(|row| row.filled().all(|(place, other)| !self.looks_like_label(at, place, other)))
        };
        let labels: Vec<bool> = (0..line.cells.len()).map(|at| self.is_bare_label(row, at)).collect();
        let asks = labels.last() == Some(&true) || labels.windows(2).any(|pair| pair == [true, true]);
        line.layout == Layout::Table
            && asks
            && self.is_stacked(line.grid)
            && above.into_iter().chain(below).any(|at| self.heads_answers(at))
            && under.is_some_and(is_plain)
    }

    /// The cell right under a label, where each cell of both rows stands under or over just one of the other.
    fn in_turn<'a>(&'a self, line: &Row, cell: &Cell) -> Option<&'a Cell> {
        let under = self.row_at(line.grid, line.index.saturating_add(cell.row_span))?;
        let under = self.document.rows.get(under)?;
        let (_, value) = under.filled().find(|(_, other)| other.col == cell.col && other.end() == cell.end())?;
        Some(value)
    }

    /// Every cell of the row holds a label with an answer of its own, as typed labels of its table do.
    fn is_answered_inside(&self, row: usize) -> bool {
        let Some((line, hits)) = self.document.rows.get(row).zip(self.hits.get(row)) else { return false };
        let answered = |hit: &Hit| hit.rest.as_deref().is_some_and(|rest| answer::answer(rest).is_some());
        self.answers_inside(line.grid)
            && line.filled().all(|(at, _)| hits.get(at).is_some_and(|hits| hits.iter().any(answered)))
    }

    /// Two different answers of the right kind stand beside a label, under headings that nobody here knows: an earlier
    /// one and today's, or two children's.
    fn has_rival(&self, line: &Row, at: usize, hit: &Hit, fits: &dyn Fn(&Raw) -> bool) -> bool {
        let (Some(first), Some(second)) = (line.cells.get(at + 1), line.cells.get(at + 2)) else { return false };
        let names = hit.targets.iter().any(|(target, tier)| (*target, *tier) == (Target::Field(FieldId::ChildName), 0));
        // "Stone | Amelia": one name in two cells.
        let is_word =
            |cell: &Cell| !cell.text.contains(char::is_whitespace) && cell.text.chars().all(char::is_alphabetic);
        let is_parted = names && is_word(first) && is_word(second);
        (is_closed(hit) || is_typed(hit) || names && self.is_doubled(line.grid) || is_parted)
            && (first.text != second.text || first.scalar != second.scalar)
            && [first, second].into_iter().all(|cell| !cell.is_blank() && fits(&Raw::of(cell)))
    }

    /// "Date | Event", and the days under it: the heading of a column is the form's own question only where the row asks
    /// before it for whom the form is about, or for who wrote it.
    pub(super) fn heads_entries(&self, row: usize, at: usize, answers: &[Raw]) -> bool {
        let Some(line) = self.document.rows.get(row).filter(|line| line.layout != Layout::Flow) else { return false };
        let asked = [
            FieldId::ChildName,
            FieldId::DateOfBirth,
            FieldId::LcsNumber,
            FieldId::LeadProfessional,
            FieldId::CompletedBy,
            FieldId::Manager,
        ];
        let is_bare = line.cells.get(at).is_some_and(|cell| normalise(&cell.text) == "date");
        let is_own = |place: usize| asked.iter().any(|field| self.asks_for(row, place, *field));
        let is_under = answers.first().is_some_and(|raw| line.cells.iter().all(|cell| cell.at != raw.at));
        is_bare && is_under && line.filled().count() >= 2 && !(0..at).any(is_own)
    }

    /// Two days or numbers stand beside a label that asks for one.
    pub(super) fn answers_twice(&self, row: usize) -> bool {
        let Some(line) = self.document.rows.get(row).filter(|line| line.layout != Layout::Flow) else { return false };
        line.filled().any(|(at, _)| {
            let hit = self.hits.get(row).and_then(|cells| cells.get(at)).and_then(|hits| hits.first());
            let two = line.cells.get(at + 1).zip(line.cells.get(at + 2));
            hit.filter(|hit| is_typed(hit))
                .zip(two)
                .is_some_and(|(hit, (a, b))| a.text != b.text && plausible(hit, a) && plausible(hit, b))
        })
    }

    fn right<'a>(&self, row: usize, line: &'a Row, at: usize, cell: &Cell, hit: &Hit) -> Beside<'a> {
        let Some((next, right)) = line.cells.iter().enumerate().nth(at + 1) else { return Beside::None };
        if right.is_blank() && right.nested.is_empty() {
            return Beside::Blank;
        }
        if self.could_be_label(row, next, right, hit) {
            return Beside::None;
        }
        let gap = right.col.saturating_sub(cell.end());
        let near = gap == 0 || gap <= 2 && is_typed(hit) && plausible(hit, right);
        if near || line.layout != Layout::Sheet || self.keeps_gap(line, cell, right) {
            Beside::Cell(right)
        } else {
            Beside::None
        }
    }

    /// Empty columns between a label and what stands beside it are only crossed where the block does so throughout: at
    /// least two labels of this column have their first neighbour in that column, and none has one right beside it. Else
    /// the empty column is for the answers, and what stands behind it is guidance.
    fn keeps_gap(&self, line: &Row, label: &Cell, value: &Cell) -> bool {
        if value.col.saturating_sub(label.end()) > 4 {
            return false;
        }
        let mut alike = 0;
        for (at, row) in self.block(line) {
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

    /// The rows of a sheet round this one, as far as no row is left empty.
    fn block(&self, line: &Row) -> impl Iterator<Item = (usize, &Row)> {
        let is_there = |number: &u32| {
            let row = self.row_at(line.grid, *number).and_then(|at| self.document.rows.get(at));
            row.is_some_and(|row| row.filled().next().is_some())
        };
        let first = (0..line.index).rev().take_while(is_there).last().unwrap_or(line.index);
        (first..)
            .take_while(move |number| *number <= line.index || is_there(number))
            .filter_map(|number| self.row_at(line.grid, number))
            .filter_map(|at| Some((at, self.document.rows.get(at)?)))
    }

    /// The answer under a label. `chosen` says of a text that it is one of the options that answer it.
    fn below<'a>(
        &'a self,
        row: usize,
        line: &Row,
        at: usize,
        cell: &Cell,
        chosen: &dyn Fn(&Cell) -> bool,
    ) -> Option<&'a Cell> {
        let next = self.row_at(line.grid, line.index.saturating_add(cell.row_span)).or_else(|| {
            let after = self.document.rows.get(row + 1)?;
            (line.layout == Layout::Flow && after.grid == line.grid).then_some(row + 1)
        })?;
        let under = self.document.rows.get(next)?;
        let (place, value) = under.filled().find(|(_, other)| other.col <= cell.col && cell.col < other.end())?;
        if self.looks_like_label(next, place, value) {
            return None;
        }
        // A heading begins another part of the form.
        if line.layout == Layout::Flow && under.strong {
            return None;
        }
        // On a page, what stands under the answer belongs to it unless it is a label.
        let after = self.document.rows.get(next + 1).filter(|after| after.grid == under.grid);
        if line.layout == Layout::Flow
            && self.document.joins_lines
            && after.is_some_and(|after| {
                !after.strong
                    && !after
                        .filled()
                        .any(|(place, cell)| self.looks_like_label(next + 1, place, cell) || has_boxes(&cell.text))
            })
        {
            return None;
        }
        // Where another label of the line is answered behind its colon, this one was left open.
        let answered = |(place, _): (usize, &Cell)| {
            let hits = self.hits.get(row).and_then(|cells| cells.get(place)).map(Vec::as_slice).unwrap_or_default();
            place != at && hits.iter().any(|hit| hit.inline)
        };
        if line.layout == Layout::Flow && line.filled().any(answered) {
            return None;
        }
        // One cell under several labels is a heading or a passage.
        let covers = line.filled().filter(|(_, other)| value.col <= other.col && other.col < value.end()).count() > 1;
        let in_line = line.layout == Layout::Flow && under.filled().any(|(place, _)| self.is_label(next, place));
        if self.is_header_row(row, line, at, cell) && !self.is_list(next, cell) && !covers && !in_line {
            return Some(value);
        }
        // A label in bold letters, and under it in plain ones but one paragraph, is answered by it.
        let ends = self.document.rows.get(next + 1).is_none_or(|after| {
            after.grid != line.grid
                || after.strong
                || after.filled().any(|(place, cell)| self.looks_like_label(next + 1, place, cell))
        });
        let by_weight = line.strong && !under.strong && ends;
        let heads = line.layout == Layout::Flow
            && (self.answers_in_line(line.grid) && !self.stacks(line.grid)
                || classify(&value.text) != Section::Neutral && !by_weight);
        if heads {
            return None;
        }
        let lonely = line.filled().count() == 1 && under.filled().count() == 1 && value.col == cell.col;
        // Where labels are answered behind their colons, one with nothing there was left open.
        let is_open = cell.text.ends_with(':') && line.layout != Layout::Flow && self.answers_inside(line.grid);
        // One option alone; more of them are the form's own.
        let next_is_option =
            self.row_at(under.grid, under.index.saturating_add(1)).and_then(|at| self.document.rows.get(at));
        let next_is_option = next_is_option.is_some_and(|row| row.cells.iter().any(chosen));
        let sure = match line.layout {
            _ if chosen(value) => !next_is_option,
            Layout::Table | Layout::Sheet if is_open => false,
            Layout::Table => true,
            Layout::Sheet | Layout::Flow => {
                cell.text.ends_with(':') || self.stacks(line.grid) || self.goes_on_downwards(line) || by_weight
            }
        };
        (lonely && sure).then_some(value)
    }

    /// The two rows before this one are labels and, under them, answers.
    fn goes_on_downwards(&self, line: &Row) -> bool {
        let before = line.index.checked_sub(2).and_then(|number| self.row_at(line.grid, number));
        before.is_some_and(|before| self.heads_answers(before))
    }

    fn is_label_under(&self, line: &Row, cell: &Cell) -> bool {
        let Some(next) = self.row_at(line.grid, line.index.saturating_add(cell.row_span)) else { return false };
        let under = self.document.rows.get(next);
        under.is_some_and(|under| under.filled().any(|(at, other)| other.col == cell.col && self.is_label(next, at)))
    }

    /// All labels, side by side: the answers stand in the next row.
    pub(super) fn is_header_row(&self, row: usize, line: &Row, at: usize, cell: &Cell) -> bool {
        let labels = line.filled().filter(|(place, other)| self.looks_like_label(row, *place, other)).count();
        let filled = line.filled().count();
        let next_to_label = line.filled().any(|(place, other)| {
            place != at
                && (other.col == cell.end() || other.end() == cell.col)
                && self.looks_like_label(row, place, other)
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
}

/// One of several options answers it.
fn is_closed(hit: &Hit) -> bool {
    hit.targets.iter().any(|(target, _)| {
        matches!(target, Target::Field(FieldId::RiskRating | FieldId::PreviousRiskRating | FieldId::Outcome))
    })
}

/// It asks for an address, or for a place with its address.
fn is_of_place(hit: &Hit) -> bool {
    let places = [FieldId::Address, FieldId::Placement, FieldId::Gp, FieldId::Education];
    hit.targets.iter().any(|(target, _)| matches!(target, Target::Field(field) if places.contains(field)))
}

/// A few words with capital letters, and no sentence.
fn could_be_of_address(text: &str) -> bool {
    text.chars().count() <= 40
        && text.split_whitespace().count() <= 6
        && text.starts_with(|ch: char| ch.is_uppercase() || ch.is_ascii_digit())
        && !text.ends_with(['.', ':', '?', '!'])
        && !has_boxes(text)
        && classify(text) == Section::Neutral
}

/// It can be nothing else: it has a postcode or a word that only addresses end in.
fn is_of_address(text: &str) -> bool {
    const ENDS: &[&str] = &[
        "road", "rd", "street", "st", "lane", "ln", "avenue", "ave", "close", "drive", "way", "court", "crescent",
        "gardens", "grove", "place", "terrace", "walk", "hill", "green", "centre", "surgery", "practice", "clinic",
    ];
    let last = text.split_whitespace().next_back().unwrap_or_default();
    let last = last.trim_matches(|ch: char| !ch.is_alphanumeric()).to_lowercase();
    has_postcode(text) || ENDS.contains(&last.as_str())
}

/// "GU22 7AA" at the end of a text.
fn has_postcode(text: &str) -> bool {
    let mut words = text.trim_end_matches([',', '.']).split_whitespace().rev();
    let (Some(inward), Some(outward)) = (words.next(), words.next()) else { return false };
    let shape = |word: &str| -> String {
        word.chars()
            .map(|ch| {
                if ch.is_ascii_digit() {
                    '9'
                } else if ch.is_ascii_uppercase() {
                    'A'
                } else {
                    '?'
                }
            })
            .collect()
    };
    const OUTWARD: &[&str] = &["A9", "A99", "AA9", "AA99", "A9A", "AA9A"];
    shape(inward) == "9AA" && OUTWARD.contains(&shape(outward).as_str())
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
            | FieldId::AuthorisedDate
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
