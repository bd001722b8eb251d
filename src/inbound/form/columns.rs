//! Columns under a row of headings. Under "No", "Not known" or "Historic" a tick says that the thing is not so, or was not
//! lately: such ticks are emptied before anything is read, so that a tick always means yes. What stands under "Guidance"
//! is the form's own words between a label and its answer: it is taken out.

use super::label::normalise;
use super::model::{Cell, Document, Row, Scalar, TICKED, UNTICKED, tidy};

/// Headings under which a tick says yes.
const YES: &[&str] =
    &["yes", "y", "current", "present", "currently", "true", "within last 6 months", "current 3 months"];
/// Headings under which it does not.
const NO: &[&str] = &[
    "no",
    "n",
    "not known",
    "unknown",
    "n / k",
    "nk",
    "dont know",
    "n / a",
    "not applicable",
    "possible",
    "suspected",
    "historic",
    "historical",
    "past",
    "previous",
    "previously",
    "in the past",
    "false",
];

/// Headings of what the form says to whoever fills it in.
const GUIDANCE: &[&str] = &[
    "guidance",
    "guidance notes",
    "guidance note",
    "notes for completion",
    "completion notes",
    "help",
    "help text",
    "how to complete",
    "how to answer",
    "instructions",
    "instruction",
    "explanation",
    "prompt",
    "prompts",
    "hint",
    "hints",
    "example",
    "examples",
    "format",
    "what to write",
    "what to include",
];
/// Headings of what they answer.
const ANSWERS: &[&str] = &[
    "response",
    "responses",
    "your response",
    "answer",
    "answers",
    "your answer",
    "details",
    "detail",
    "information",
    "entry",
    "value",
    "to be completed",
    "please complete",
    "completed by worker",
    "worker's response",
    "comments",
];

/// A table's column: its grid, its first column and the one after its last.
struct Column {
    grid: u32,
    from: u32,
    to: u32,
}

/// Takes out what stands under a heading of guidance, where answers have a heading of their own.
pub(super) fn drop_guidance(document: &mut Document) {
    let mut columns: Vec<Column> = Vec::new();
    for row in &mut document.rows {
        let under = |words: &[&str], cell: &Cell| words.contains(&normalise(&cell.text).as_str());
        let headings: Vec<&Cell> = row.filled().map(|(_, cell)| cell).collect();
        if headings.len() >= 3 && headings.iter().any(|cell| under(ANSWERS, cell)) {
            columns.retain(|column| column.grid != row.grid);
            let guidance = headings.iter().filter(|cell| under(GUIDANCE, cell));
            columns.extend(guidance.map(|cell| Column { grid: row.grid, from: cell.col, to: cell.end() }));
            continue;
        }
        let grid = row.grid;
        row.cells.retain(|cell| {
            let of_it = |column: &Column| column.grid == grid && column.from <= cell.col && cell.end() <= column.to;
            !columns.iter().any(of_it)
        });
    }
}

/// Empties the ticks that do not say yes.
pub(super) fn settle(document: &mut Document) {
    let mut columns: Vec<Column> = Vec::new();
    for row in &mut document.rows {
        let found = no_columns(row);
        if !found.is_empty() {
            columns.retain(|column| column.grid != row.grid);
            columns.extend(found);
            continue;
        }
        let grid = row.grid;
        for cell in row.cells.iter_mut().filter(|cell| is_tick(cell)) {
            if columns.iter().any(|column| column.grid == grid && column.from <= cell.col && cell.end() <= column.to) {
                (cell.text, cell.scalar) = (UNTICKED.to_string(), Scalar::Text);
            }
        }
    }
}

/// The columns under a row of headings, side by side and each alone in its cell, of which at least one is for yes.
fn no_columns(row: &Row) -> Vec<Column> {
    let heading = |cell: &Cell| {
        let text = normalise(&cell.text);
        let is_no = NO.contains(&text.as_str());
        (is_no || YES.contains(&text.as_str())).then_some(is_no)
    };
    let cells: Vec<(&Cell, Option<bool>)> = row.filled().map(|(_, cell)| (cell, heading(cell))).collect();
    let mut out = Vec::new();
    // "Aware? Yes. Consent? No." are two answers: headings have no other words between them.
    for run in cells.split(|(_, heading)| heading.is_none()) {
        if run.iter().any(|(_, heading)| *heading == Some(false)) {
            let no = run.iter().filter(|(_, heading)| *heading == Some(true));
            out.extend(no.map(|(cell, _)| Column { grid: row.grid, from: cell.col, to: cell.end() }));
        }
    }
    out
}

/// Nothing but a tick, however it is made.
fn is_tick(cell: &Cell) -> bool {
    match cell.scalar {
        Scalar::Bool(on) => on,
        _ => {
            let text = tidy(&cell.text);
            cell.text.chars().count() <= 4
                && (text.contains(TICKED)
                    || super::ticks::has_boxes(&text) && !text.contains(UNTICKED)
                    || matches!(normalise(&text).as_str(), "x" | "y" | "yes"))
        }
    }
}
