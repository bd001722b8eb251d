//! Boxes that stand without a label of the field's own, known by their options alone. They are the field's where no other
//! question stands over them or before them: "Risk rating at last RMM ☒ Significant" says nothing of today.

use super::super::dictionary::Target;
use super::super::label::normalise;
use super::super::model::Cell;
use super::super::prose::is_prose;
use super::super::table::{FieldTable, Kind};
use super::super::ticks::{Group, Options, Said, Written, before_boxes, has_boxes, items};
use super::Assembly;
use crate::casework::FieldId;
use std::collections::{BTreeMap, BTreeSet};

/// Rows over the first of the options in which their question may stand.
const OVER: usize = 3;
/// A question is not longer.
const QUESTION: usize = 160;

/// Words of questions and headings that do not say what is asked for.
const SILENT: &[&str] = &[
    "/",
    "a",
    "all",
    "analysis",
    "and",
    "answer",
    "any",
    "applies",
    "apply",
    "appropriate",
    "are",
    "as",
    "assessment",
    "b",
    "below",
    "box",
    "boxes",
    "c",
    "category",
    "cce",
    "ce",
    "child",
    "childs",
    "choose",
    "circle",
    "concern",
    "concerns",
    "conclusion",
    "cse",
    "current",
    "d",
    "decision",
    "delete",
    "description",
    "details",
    "e",
    "evidence",
    "exploitation",
    "factor",
    "factors",
    "following",
    "for",
    "form",
    "has",
    "have",
    "in",
    "indicate",
    "indicator",
    "indicators",
    "is",
    "item",
    "items",
    "judgement",
    "judgment",
    "level",
    "mark",
    "more",
    "n",
    "no",
    "of",
    "on",
    "one",
    "only",
    "option",
    "options",
    "or",
    "part",
    "person",
    "please",
    "professional",
    "question",
    "questions",
    "relevant",
    "response",
    "risk",
    "risks",
    "scale",
    "section",
    "select",
    "selected",
    "step",
    "summary",
    "that",
    "the",
    "these",
    "this",
    "those",
    "tick",
    "to",
    "today",
    "type",
    "which",
    "with",
    "worker",
    "x",
    "y",
    "yes",
    "yn",
    "young",
    "your",
];

impl<'a> Assembly<'a> {
    /// Ticks that stand without a label, where at least two of the options are printed near each other.
    /// Those behind the label of another choice are that one's ("Previous risk rating: ☒ Minimal").
    pub(super) fn unlabelled(&self, field: FieldId, options: &Options<'_>) -> Group {
        let mut near: Vec<Vec<&Cell>> = Vec::new();
        let mut out = Group::default();
        let flush = |near: &mut Vec<Vec<&Cell>>, out: &mut Group| {
            let group = options.group(near);
            if group.marks && group.seen.len() >= 2 {
                out.ambiguous |= group.ambiguous;
                out.ticked.extend(group.ticked);
                out.seen.extend(group.seen);
                out.marks = true;
            }
            near.clear();
        };
        let mut idle = 0;
        let taken = self.cells_of_twins(field);
        let anothers = self.anothers.get(&field);
        for line in &self.index.document.rows {
            // The rows of a table within a cell come by themselves.
            let is_outer = |cell: &Cell| cell.text.is_empty() && !cell.nested.is_empty();
            let is_others = |cell: &Cell| {
                is_outer(cell)
                    || taken.contains(cell.at.as_str())
                    || anothers.is_some_and(|anothers| anothers.contains(&std::ptr::from_ref(cell)))
                    || self.ticks_another(cell, field, options)
            };
            let cells: Vec<&Cell> = line.cells.iter().filter(|cell| !is_others(cell)).collect();
            let seen = cells
                .iter()
                .any(|cell| !options.named(&cell.text).is_empty() || !options.named(&cell.nested).is_empty());
            idle = if seen { 0 } else { idle + 1 };
            if seen || (idle == 1 && !near.is_empty()) {
                near.push(cells);
            } else if idle > 3 {
                flush(&mut near, &mut out);
            }
        }
        flush(&mut near, &mut out);
        out
    }

    /// A cell whose boxes stand beside another question's options.
    fn ticks_another(&self, cell: &Cell, field: FieldId, options: &Options<'_>) -> bool {
        let answers = |spec: &FieldTable| {
            let group = Options::new(&spec.options).group(&[vec![cell]]);
            group.marks && !group.seen.is_empty()
        };
        let is_other = |(of, spec): &(&FieldId, &FieldTable)| {
            **of != field && matches!(spec.kind, Some(Kind::OneOf | Kind::ManyOf)) && answers(spec)
        };
        has_boxes(&cell.text) && options.named(&cell.text).is_empty() && self.table.fields.iter().any(|f| is_other(&f))
    }

    /// Where the answers of other choices with the same options stand.
    fn cells_of_twins(&self, field: FieldId) -> BTreeSet<&'a str> {
        let table = self.table;
        let values = |of: &FieldId| table.fields.get(of).map(|spec| spec.options.as_slice()).unwrap_or_default();
        let is_twin = |of: &FieldId| {
            *of != field && values(of).iter().any(|choice| values(&field).iter().any(|own| own.value == choice.value))
        };
        let mut out = BTreeSet::new();
        for twin in table.fields.keys().filter(|of| is_twin(of)) {
            let options = Options::new(values(twin));
            for (row, at, _) in self.choice_labels(*twin) {
                let own = self.index.document.rows.get(row).and_then(|line| line.cells.get(at));
                let region = self.region(row, at, *twin, &options);
                out.extend(region.into_iter().flatten().chain(own).map(|cell| cell.at.as_str()));
            }
        }
        out
    }

    /// The cells with options of a field that stand under or behind a question of something else.
    pub(super) fn of_other_questions(&self) -> BTreeMap<FieldId, BTreeSet<*const Cell>> {
        let closed = self.table.fields.iter().filter(|(_, spec)| matches!(spec.kind, Some(Kind::OneOf | Kind::ManyOf)));
        let closed: Vec<(FieldId, Options<'_>)> =
            closed.map(|(field, spec)| (*field, Options::new(&spec.options))).collect();
        let said = |cell: &Cell| Said::by(shown(cell));
        let said: Vec<Vec<Said>> =
            self.index.document.rows.iter().map(|line| line.cells.iter().map(said).collect()).collect();
        let of = |(field, options): &(FieldId, Options<'_>)| {
            let words = self.index.labels.words_for(Target::Field(*field));
            let asked = Asked { assembly: self, field: *field, options, closed: &closed, said: &said, words };
            // Options that are questions themselves stand under any heading.
            (*field, if asked.words.is_empty() { BTreeSet::new() } else { self.under_others(&asked) })
        };
        closed.iter().map(of).collect()
    }

    fn under_others(&self, asked: &Asked<'_, '_>) -> BTreeSet<*const Cell> {
        let mut out = BTreeSet::new();
        // What was said of the options before, in this row or a few above it.
        let (mut before, mut idle) = (None, 0);
        for (row, line) in self.index.document.rows.iter().enumerate() {
            // Under a row of headings no answer is a question.
            let is_headed = row.checked_sub(1).is_some_and(|above| self.index.heads_answers(above));
            let (mut here, mut printed) = (None, 0);
            for (at, cell) in line.cells.iter().enumerate() {
                let named = asked.offers(row, at);
                if named > 0 {
                    let over = || if printed == 0 { asked.over(row, cell) } else { None };
                    let own = asked.within(row, at, cell).or(here).or_else(over).or(before);
                    if own == Some(false) {
                        out.insert(std::ptr::from_ref(cell));
                    }
                    (here, printed) = (own, named);
                } else if self.is_answer(row, at) {
                    here = None;
                } else if printed != 1 && !is_headed {
                    // Behind an option alone words describe it.
                    here = asked.is_own(row, at, &cell.text).or(here);
                }
            }
            idle = if printed > 0 { 0 } else { idle + 1 };
            if printed > 0 || idle > OVER {
                before = here.filter(|_| printed > 0);
            }
        }
        out
    }

    /// It stands right behind a label.
    fn is_answer(&self, row: usize, at: usize) -> bool {
        !self.index.is_label(row, at) && at.checked_sub(1).is_some_and(|left| self.index.is_label(row, left))
    }
}

/// The questions over and before the options of a field.
struct Asked<'s, 'a> {
    assembly: &'s Assembly<'a>,
    field: FieldId,
    options: &'s Options<'s>,
    /// Those of all the form's closed questions.
    closed: &'s [(FieldId, Options<'s>)],
    /// Each cell, as options are looked for in it.
    said: &'s [Vec<Said>],
    /// Words of the field's own labels.
    words: BTreeSet<&'a str>,
}

impl Asked<'_, '_> {
    /// How many options a cell offers; none where it only has a word of one.
    fn offers(&self, row: usize, at: usize) -> usize {
        let line = self.assembly.index.document.rows.get(row);
        let said = self.said.get(row).and_then(|line| line.get(at));
        let Some((line, said, cell)) = line.zip(said).and_then(|(line, said)| Some((line, said, line.cells.get(at)?)))
        else {
            return 0;
        };
        let (text, named) = (shown(cell), self.options.named_in(said).len());
        let has_tick_beside =
            || line.cells.iter().any(|other| has_boxes(&other.text) && other.text.chars().count() <= 4);
        let is_one = || matches!(self.options.written(text), Written::One(..));
        let offers = named > 0 && (has_boxes(text) || is_one() || self.options.leads(text) && has_tick_beside());
        if offers { named } else { 0 }
    }

    /// Whether a text asks for the field; none where it asks for nothing.
    fn is_own(&self, row: usize, at: usize, text: &str) -> Option<bool> {
        let index = self.assembly.index;
        let hits = index.hits.get(row).and_then(|cells| cells.get(at)).map(Vec::as_slice).unwrap_or_default();
        let mut targets = hits.iter().flat_map(|hit| &hit.targets).map(|(target, _)| *target);
        if targets.any(|target| target == Target::Field(self.field)) {
            return Some(true);
        }
        // Whether a line of a page goes on is not always known.
        let read = &text.replace(char::REPLACEMENT_CHARACTER, "");
        let plain = normalise(read);
        // What begins in the middle of a sentence goes on with the option over it.
        let goes_on = read.trim_start().starts_with(char::is_lowercase);
        let asks = !goes_on && !is_silent(&plain) && plain.len() <= QUESTION && !has_boxes(read) && !is_prose(read);
        // An option of another list that goes on beside this one.
        let is_anothers = || {
            let items = items(text);
            let is_one = |options: &Options<'_>| matches!(options.written_in(&items), Written::One(..));
            self.closed.iter().any(|(of, options)| *of != self.field && is_one(options))
        };
        let asks = asks && !is_anothers();
        // The form's own title is no question; "Outcome of the last CE assessment" only ends with one.
        let mut titles = self.assembly.table.detect.titles.iter();
        asks.then(|| self.knows(&plain) || titles.any(|title| plain.starts_with(title.as_str())))
    }

    /// All its words are of the field's labels or options, or say nothing.
    fn knows(&self, plain: &str) -> bool {
        plain.split(' ').all(|word| {
            SILENT.contains(&word)
                || self.words.contains(word)
                || self.options.have(word)
                || !word.contains(char::is_alphabetic)
        })
    }

    /// The question before the boxes of a cell: "Type of conference: ☐ Initial ☒ Review".
    fn within(&self, row: usize, at: usize, cell: &Cell) -> Option<bool> {
        let before = before_boxes(&cell.text)?;
        // What an option means may stand over the question of its own cell.
        let last = before.lines().rfind(|line| !is_silent(&normalise(line))).unwrap_or_default();
        let question = last.trim_end().trim_end_matches(':');
        (!question.trim().is_empty() && !self.options.leads(question)).then(|| self.is_own(row, at, question)).flatten()
    }

    /// The question over a cell: a row or paragraph of its own, or the heading of the column.
    fn over(&self, row: usize, cell: &Cell) -> Option<bool> {
        let index = self.assembly.index;
        let rows = &index.document.rows;
        let line = rows.get(row)?;
        for above in (row.saturating_sub(OVER)..row).rev() {
            let heads = rows.get(above).filter(|heads| heads.sheet == line.sheet)?;
            if (0..heads.cells.len()).any(|at| self.offers(above, at) > 0) {
                return None;
            }
            let mut filled = heads.filled();
            let (at, head) = match (filled.next(), filled.next()) {
                (None, _) => continue,
                (Some(only), None) => only,
                // Among several, the one over it; two of them are no heading of theirs.
                _ => {
                    let mut over = heads
                        .filled()
                        .filter(|(_, head)| heads.grid == line.grid && head.col < cell.end() && cell.col < head.end());
                    let (at, head) = over.next().filter(|_| over.next().is_none())?;
                    let is_answered = index.is_label(above, at)
                        && heads
                            .cells
                            .get(at + 1)
                            .is_some_and(|next| !next.is_blank() && !index.is_label(above, at + 1));
                    if is_answered || self.assembly.is_answer(above, at) {
                        return None;
                    }
                    (at, head)
                }
            };
            // A question of another kind that was left open is no heading.
            let kinds =
                index.hits.get(above)?.get(at)?.iter().flat_map(|hit| &hit.targets).map(|(target, _)| match target {
                    Target::Field(field) => self.assembly.kind(*field),
                    _ => Kind::OneOf,
                });
            let kinds: Vec<Kind> = kinds.collect();
            if !kinds.is_empty() && !kinds.iter().any(|kind| matches!(kind, Kind::OneOf | Kind::ManyOf)) {
                return None;
            }
            let own = self.is_own(above, at, &head.text);
            if own.is_some() || !is_silent(&normalise(&head.text)) {
                return own;
            }
        }
        None
    }
}

/// The cell's text, or that of the table in it.
fn shown(cell: &Cell) -> &str {
    if cell.text.is_empty() { &cell.nested } else { &cell.text }
}

/// A hint or a heading that does not say what is asked for: "Please tick one".
fn is_silent(plain: &str) -> bool {
    plain.split(' ').all(|word| SILENT.contains(&word) || !word.contains(char::is_alphabetic))
}
