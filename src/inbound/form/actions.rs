//! Action lists: a table with a header row (action, by when, who, status), or lines under a label.

use super::answer;
use super::date::{self, Century};
use super::dictionary::Target;
use super::index::Index;
use super::label::{normalise, variants};
use super::model::{Cell, Layout, Row, Scalar};
use crate::casework::{Action, FieldId, Found, Redacted, Value};
use jiff::civil::Date;

/// A column of a list of actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Text,
    By,
    Who,
    Status,
}

pub(super) fn column(text: &str) -> Option<Column> {
    variants(text).iter().find_map(|label| match label.as_str() {
        "action"
        | "actions"
        | "action required"
        | "action agreed"
        | "agreed action"
        | "what"
        | "action update"
        | "what needs to happen"
        | "task" => Some(Column::Text),
        "by when" | "when" | "date" | "due" | "due date" | "target date" | "timescale" | "deadline" | "date due"
        | "by when date" | "by" => Some(Column::By),
        "who" | "by whom" | "owner" | "accountable" | "who accountable" | "who is accountable" | "responsible"
        | "person responsible" | "lead" | "who by" | "accountable person" | "action owner" => Some(Column::Who),
        "status" | "progress" | "update" | "completed / ongoing / outstanding" | "outcome" | "action status" => {
            Some(Column::Status)
        }
        _ => None,
    })
}

/// A column that lists of actions have besides: nothing of it is read.
fn is_beside(text: &str) -> bool {
    matches!(
        normalise(text).as_str(),
        "no" | "ref"
            | "number"
            | "item"
            | "action no"
            | "action number"
            | "priority"
            | "rag"
            | "rag rating"
            | "comments"
            | "comment"
            | "notes"
            | "date set"
            | "date completed"
            | "agency"
    )
}

/// All actions of a form, or none.
pub(super) fn read(index: &Index<'_>, today: Date) -> Option<Found> {
    let in_doubt = index.document.is_in_doubt();
    let mut actions = Vec::new();
    let mut first = None;
    let mut row = 0;
    while let Some(line) = index.document.rows.get(row) {
        let Some(columns) = heads(line) else {
            row += 1;
            continue;
        };
        let head = row;
        for (at, next) in index.document.rows.iter().enumerate().skip(row + 1) {
            if next.grid != line.grid
                || asks_for_something_else(index, at)
                || heads(next).is_some()
                || ends_list(index, at)
            {
                break;
            }
            row = at;
            let cell_under = |kind: Column| {
                let (head, _) = columns.iter().find(|(_, other)| *other == kind)?;
                next.cells.iter().find(|cell| cell.col <= head.col && head.col < cell.end())
            };
            let text = |kind| cell_under(kind).and_then(|cell| answer::answer(&cell.text));
            let is_label = next.filled().next().is_some_and(|(_, cell)| {
                column(&cell.text).is_some() || next.filled().count() == 1 && cell.col_span > 1
            });
            let Some(what) = text(Column::Text).filter(|_| !is_label) else { continue };
            first.get_or_insert_with(|| cell_under(Column::Text).map(|cell| cell.at.clone()).unwrap_or_default());
            let by = cell_under(Column::By).and_then(|cell| when(cell, today));
            actions.push(Action {
                status: text(Column::Status).as_deref().and_then(status).or_else(|| status_within(&what)),
                text: Redacted::new(what),
                by: by.map(Redacted::new),
                who: text(Column::Who).map(Redacted::new),
                sensitive: false,
            });
        }
        // A list that reaches the foot of a page may go on overleaf, where nothing says what its columns are.
        if index.document.joins_lines && is_last_of_page(index, row) {
            return None;
        }
        if in_doubt && !is_apart(index, head, row) {
            return None;
        }
        row += 1;
    }
    if in_doubt && (actions.is_empty() || asks_elsewhere(index)) {
        return None;
    }
    if actions.is_empty() {
        lines(index, &mut actions, &mut first);
    }
    Some(Found { value: Value::Actions(actions), at: first? })
}

/// The columns of a row that heads a list of actions.
fn heads(line: &Row) -> Option<Vec<(&Cell, Column)>> {
    let columns: Vec<(&Cell, Column)> =
        line.filled().filter_map(|(_, cell)| Some((cell, column(&cell.text)?))).collect();
    let beside = line.filled().filter(|(_, cell)| is_beside(&cell.text)).count();
    let is_header = columns.iter().any(|(_, kind)| *kind == Column::Text)
        && columns.len() >= 2
        && columns.len() + beside == line.filled().count();
    is_header.then_some(columns)
}

/// Another part of the form begins: its heading, a label by itself, a list of other things, or words to whoever fills it in.
fn ends_list(index: &Index<'_>, at: usize) -> bool {
    let Some(row) = index.document.rows.get(at) else { return false };
    let mut filled = row.filled();
    let (Some((place, _)), second) = (filled.next(), filled.next()) else { return false };
    let before = at.checked_sub(1).and_then(|before| index.document.rows.get(before));
    let gap = row.layout == Layout::Sheet && before.is_some_and(|before| row.index > before.index.saturating_add(1));
    let asks_next = index.document.rows.get(at + 1).is_some_and(|next| {
        next.grid == row.grid
            && (heads(next).is_some() || next.filled().next().is_some_and(|(place, _)| index.is_label(at + 1, place)))
    });
    let is_label = index.is_bare_label(at, place);
    // A table keeps its empty cells: a row of it is an action with nothing else said.
    let is_whole = row.layout == Layout::Table && row.cells.len() > 1;
    match second {
        None if is_whole => false,
        None => is_label || gap || asks_next || index.begins_another_part(at),
        Some((other, _)) => is_label && (gap || !index.is_label(at, other)) && asks_name(index, at, place),
    }
}

/// "Name | Ty Case": a person's details.
fn asks_name(index: &Index<'_>, at: usize, place: usize) -> bool {
    index.asks_for(at, place, FieldId::ChildName) || index.asks_for(at, place, FieldId::DateOfBirth)
}

/// What follows this row stands on another page, and is no label or heading: that is no rest of a row.
fn is_last_of_page(index: &Index<'_>, row: usize) -> bool {
    let page = |row: usize| index.document.rows.get(row)?.cells.first().map(|cell| cell.at.as_str());
    let is_small = |next: &Row| next.cells.first().is_some_and(|cell| cell.text.starts_with(char::is_lowercase));
    let begins_anew =
        |next: &Row| next.layout == Layout::Flow && !is_small(next) && (next.strong || index.is_label(row + 1, 0));
    page(row + 1).is_some_and(|next| Some(next) != page(row))
        && !index.document.rows.get(row + 1).is_some_and(begins_anew)
}

/// Where lines outside tables could not be put together, a list is whole that stands in a table, and has nothing under it
/// that may be its rest.
fn is_apart(index: &Index<'_>, head: usize, last: usize) -> bool {
    let rows = &index.document.rows;
    let whole =
        rows.get(head..=last).is_some_and(|rows| rows.iter().all(|row| row.layout == Layout::Table && is_read(row)));
    let ends = rows.get(last + 1).is_none_or(|next| {
        let alone = next.layout == Layout::Flow && next.cells.len() == 1 && is_read(next);
        next.grid != rows.get(last).map_or(0, |row| row.grid) && (alone || next.layout != Layout::Flow)
    });
    whole && ends
}

/// No word of it is unreadable.
fn is_read(row: &Row) -> bool {
    !row.cells.iter().any(|cell| cell.text.contains(char::REPLACEMENT_CHARACTER))
}

/// A question for actions is not the heading of a table: its answer stands in lines, or is not known.
fn asks_elsewhere(index: &Index<'_>) -> bool {
    let rows = &index.document.rows;
    rows.iter().enumerate().any(|(at, row)| {
        let is_list = |next: &Row| heads(next).is_some() || next.layout == Layout::Table && next.grid != row.grid;
        let is_heading = heads(row).is_some() || rows.get(at + 1).is_some_and(is_list);
        let asks = (0..row.cells.len()).any(|place| index.asks_for(at, place, FieldId::Actions));
        asks && !is_heading
    })
}

/// The form goes on with another question, in the same table.
fn asks_for_something_else(index: &Index<'_>, row: usize) -> bool {
    let other = |target: &Target| matches!(target, Target::Field(field) if *field != FieldId::Actions);
    let hits = index.hits.get(row).map(Vec::as_slice).unwrap_or_default();
    hits.iter().flatten().flat_map(|hit| &hit.targets).any(|(target, tier)| *tier == 0 && other(target))
}

/// One action a line, under a label of the form.
fn lines(index: &Index<'_>, actions: &mut Vec<Action>, first: &mut Option<String>) {
    for (row, cells) in index.hits.iter().enumerate() {
        for (at, hits) in cells.iter().enumerate() {
            for hit in hits
                .iter()
                .filter(|hit| hit.targets.iter().any(|(target, _)| *target == Target::Field(FieldId::Actions)))
            {
                let raw = index.answers(row, at, hit, &|_| false).into_iter().next();
                let raw = raw.or_else(|| index.passage(row, at, &[]));
                let Some((text, place)) = raw.and_then(|raw| Some((answer::answer(&raw.text)?, raw.at))) else {
                    continue;
                };
                for line in text
                    .lines()
                    .map(|line| line.trim_start_matches(['-', '•', '–', '*', ' ']))
                    .filter(|line| !line.is_empty())
                {
                    first.get_or_insert_with(|| place.clone());
                    actions.push(Action {
                        status: status_within(line),
                        text: Redacted::new(line.to_owned()),
                        by: None,
                        who: None,
                        sensitive: false,
                    });
                }
            }
        }
    }
}

pub(super) fn when(cell: &Cell, today: Date) -> Option<String> {
    if let Scalar::Date(day) = cell.scalar {
        return Some(day.to_string());
    }
    let text = answer::answer(&cell.text)?;
    Some(date::read(&text, Century::This, today).map_or(text, |written| written.day.to_string()))
}

/// SY-44: COMPLETED, ONGOING or OUTSTANDING. One that names several says none.
pub(super) fn status(text: &str) -> Option<String> {
    let plain = normalise(text);
    let has = |word: &str| plain.split(' ').any(|other| other == word);
    const OPEN: &[&str] = &["not", "never", "yet", "partly", "partially", "nearly", "almost", "hasnt", "isnt"];
    let is_open = OPEN.iter().any(|word| has(word)) || plain.contains("to be");
    let found = [
        ("COMPLETED", !is_open && (has("completed") || has("complete") || has("done"))),
        ("ONGOING", has("ongoing") || plain.contains("on going")),
        ("OUTSTANDING", has("outstanding") || plain.contains("not started")),
    ];
    let mut said = found.iter().filter(|(_, said)| *said);
    let (name, _) = said.next()?;
    said.next().is_none().then(|| (*name).to_owned())
}

/// The same of an action's own words, where it stands apart ("Share photo – completed") or in capital letters as the form
/// asks for it: "Complete the safety plan" says what is to be done.
fn status_within(text: &str) -> Option<String> {
    const APART: &[char] = &['-', '–', '—', ':', ';', '(', ')', '[', ']', '.', ',', '\n'];
    let is_apart = |part: &&str| normalise(part).split(' ').count() <= 2;
    let is_loud = |word: &&str| word.len() > 3 && word.chars().all(|ch| ch.is_ascii_uppercase());
    let apart = text.split(APART).filter(is_apart);
    let loud = text.split(|ch: char| !ch.is_alphabetic()).filter(is_loud);
    let said: Vec<&str> =
        if text.chars().any(char::is_lowercase) { apart.chain(loud).collect() } else { apart.collect() };
    status(&said.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_done_is_not_done() {
        for (text, said) in [
            ("Complete the safety plan with Zoe", None),
            ("RAT to be completed by 4 December", None),
            ("Share photo with police – completed", Some("COMPLETED")),
            ("COMPLETED: share photo", Some("COMPLETED")),
            ("NRM referral is ONGOING, decision awaited", Some("ONGOING")),
            ("CHASE OUTSTANDING REPORTS", None),
            ("Chase outstanding reports", None),
        ] {
            assert_eq!(status_within(text).as_deref(), said, "{text}");
        }
        for (text, said) in [
            ("Completed 12/10/2026", Some("COMPLETED")),
            ("Not completed", None),
            ("To be completed", None),
            ("Partially complete", None),
            ("Not started", Some("OUTSTANDING")),
        ] {
            assert_eq!(status(text).as_deref(), said, "{text}");
        }
    }
}
