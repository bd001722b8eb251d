//! Columns under a row of headings. Under "No", "Not known" or "Historic" a tick says that the thing is not so, or was not
//! lately: such ticks are emptied before anything is read, so that a tick always means yes. What stands under "Guidance"
//! is the form's own words between a label and its answer: it is taken out.

use super::label::{normalise, variants};
use super::model::{Cell, Document, Layout, Row, Scalar, TICKED, UNTICKED, tidy};

/// Headings under which a tick says yes.
const YES: &[&str] = &[
    "yes",
    "y",
    "current",
    "present",
    "currently",
    "true",
    "within last 6 months",
    "current 3 months",
    "current or during past 6 months",
];
/// Headings under which it does not.
const NO: &[&str] = &[
    "no",
    "n",
    "none",
    "absent",
    "not present",
    "not currently",
    "not evident",
    "not seen",
    "no evidence",
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
    "prior to 6 months ago",
    "previous 3 6 months",
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

/// Headings of what was answered before, where today's answer has a column of its own.
const EARLIER: &[&str] = &[
    "previous",
    "previously",
    "last",
    "earlier",
    "previous assessment",
    "last assessment",
    "previous rating",
    "last rating",
    "previous review",
    "last review",
    "at last review",
    "previous meeting",
    "last meeting",
    "at last meeting",
    "previous rat",
    "last rat",
    "last rmm",
    "previous rmm",
    "last mace",
    "previous mace",
    "previous answer",
    "before",
    "was",
];
/// Headings of today's answer.
const NOW: &[&str] = &[
    "current",
    "currently",
    "now",
    "today",
    "this assessment",
    "current assessment",
    "this review",
    "current review",
    "current rating",
    "at this review",
    "this meeting",
    "at this meeting",
    "this rat",
    "current rat",
    "this rmm",
    "this mace",
    "new",
    "new rating",
    "updated",
    "update",
];

/// A table's column: its grid, its first column and the one after its last.
struct Column {
    grid: u32,
    from: u32,
    to: u32,
}

/// The row before: on a page, its grid, where it stands, and how many cells it has.
struct Before {
    is_page: bool,
    row: Option<(u32, String, usize)>,
}

impl Before {
    const fn of(document: &Document) -> Self {
        Self { is_page: document.joins_lines, row: None }
    }

    /// A table goes on over the page's end as another, without its headings.
    fn carry_over(&mut self, row: &Row, columns: &mut Vec<Column>) {
        let place = row.cells.first().map(|cell| cell.at.clone()).unwrap_or_default();
        if let Some((grid, page, cells)) = self.row.as_ref().filter(|(grid, ..)| self.is_page && *grid != row.grid)
            && row.layout == Layout::Table
            && *cells == row.cells.len()
            && *page != place
        {
            let here = columns.iter().filter(|column| column.grid == *grid);
            let here: Vec<Column> = here.map(|column| Column { grid: row.grid, ..*column }).collect();
            columns.extend(here);
        }
        self.row = Some((row.grid, place, row.cells.len()));
    }
}

/// Takes out what stands under a heading of guidance, where answers have a heading of their own.
pub(super) fn drop_guidance(document: &mut Document) {
    let mut columns: Vec<Column> = Vec::new();
    let mut before = Before::of(document);
    for row in &mut document.rows {
        before.carry_over(row, &mut columns);
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

/// Of answers under "Previous" and "Current", the former ones go to rows of their own, each behind its label with
/// "Previous" before it: what stands beside a label is today's answer.
pub(super) fn part_earlier(document: &mut Document) {
    let mut columns: Vec<Column> = Vec::new();
    let (mut out, mut parted) = (Vec::with_capacity(document.rows.len()), Vec::new());
    let mut grid = document.rows.iter().map(|row| row.grid).max().unwrap_or(0);
    let mut last = None;
    for mut row in std::mem::take(&mut document.rows) {
        if let Some((grid, index)) = last.replace((row.grid, row.index)) {
            // On a sheet an empty row ends the table.
            if grid != row.grid || row.layout == Layout::Sheet && row.index > index + 1 {
                out.append(&mut parted);
                columns.clear();
            }
        }
        let under =
            |words: &[&str], cell: &Cell| variants(&cell.text).iter().any(|text| words.contains(&text.as_str()));
        let headings: Vec<&Cell> = row.filled().map(|(_, cell)| cell).collect();
        if headings.iter().any(|cell| under(EARLIER, cell)) && headings.iter().any(|cell| under(NOW, cell)) {
            columns.retain(|column| column.grid != row.grid);
            let earlier = headings.iter().filter(|cell| under(EARLIER, cell));
            columns.extend(earlier.map(|cell| Column { grid: row.grid, from: cell.col, to: cell.end() }));
        } else if let Some(column) = columns.iter().find(|column| column.grid == row.grid) {
            let of_it = |cell: &Cell| column.from <= cell.col && cell.end() <= column.to;
            let earlier = row.cells.iter().position(|cell| of_it(cell) && !is_tick(cell)).filter(|at| *at > 0);
            if let Some(earlier) = earlier {
                let mut answer = row.cells.remove(earlier);
                if let Some(label) = row.cells.first_mut() {
                    let words = label.text.lines().next().unwrap_or_default();
                    let mut label_of_it = Cell { text: format!("Previous {words}"), ..label.clone() };
                    if label.end() == answer.col {
                        label.col_span = label.col_span.saturating_add(answer.col_span);
                    }
                    (label_of_it.col, label_of_it.col_span, label_of_it.row_span) = (0, 1, 1);
                    (answer.col, answer.col_span, answer.row_span) = (1, 1, 1);
                    grid = grid.saturating_add(1);
                    let cells = vec![label_of_it, answer];
                    parted.push(Row { grid, layout: Layout::Table, index: 0, cells, ..row.clone() });
                }
            }
        }
        out.push(row);
    }
    out.append(&mut parted);
    document.rows = out;
}

/// Empties the ticks that do not say yes. A question keeps one place for its tick: where it has several, it is not known which
/// of them says yes.
pub(super) fn settle(document: &mut Document) {
    let mut columns: Vec<Column> = Vec::new();
    let mut before = Before::of(document);
    let mut last = None;
    let mut ended = false;
    for row in &mut document.rows {
        before.carry_over(row, &mut columns);
        // Behind an empty row of a sheet a column of headings ends where it holds other words.
        let gap =
            last.replace((row.grid, row.index)).is_some_and(|(grid, index)| grid == row.grid && row.index > index + 1);
        ended |= gap && row.layout == Layout::Sheet;
        if ended {
            let words = |cell: &Cell| {
                cell.scalar == Scalar::Text && cell.text.chars().count() > 4 && !super::ticks::has_boxes(&cell.text)
            };
            columns.retain(|column| {
                !row.filled().any(|(_, cell)| column.from <= cell.col && cell.col < column.to && words(cell))
            });
        }
        let found = no_columns(row);
        if !found.is_empty() {
            ended = false;
            columns.retain(|column| column.grid != row.grid);
            columns.extend(found);
            continue;
        }
        let grid = row.grid;
        let is_no = |cell: &Cell| {
            columns.iter().any(|column| column.grid == grid && column.from <= cell.col && cell.end() <= column.to)
        };
        // A cell over this column and another says neither.
        let is_over = |cell: &Cell| {
            columns.iter().any(|column| column.grid == grid && column.from < cell.end() && cell.col < column.to)
        };
        for cell in row.cells.iter_mut().filter(|cell| is_tick(cell) && is_over(cell) && !is_no(cell)) {
            (cell.text, cell.scalar) = (char::REPLACEMENT_CHARACTER.to_string(), Scalar::Text);
        }
        let mut has_place = row.cells.iter().any(|cell| is_place(cell) && !is_no(cell));
        if has_place {
            row.cells.retain(|cell| !(is_no(cell) && (is_place(cell) || cell.is_blank())));
        }
        for cell in row.cells.iter_mut().filter(|cell| is_no(cell) && is_place(cell)) {
            cell.text = if has_place { String::new() } else { UNTICKED.to_string() };
            cell.scalar = Scalar::Text;
            has_place = true;
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
        // "No | No | Yes": answers under other headings. No heading stands beside itself.
        if run.windows(2).any(|pair| matches!(pair, [(a, _), (b, _)] if normalise(&a.text) == normalise(&b.text))) {
            continue;
        }
        if run.iter().any(|(_, heading)| *heading == Some(false)) {
            let no = run.iter().filter(|(_, heading)| *heading == Some(true));
            out.extend(no.map(|(cell, _)| Column { grid: row.grid, from: cell.col, to: cell.end() }));
        }
    }
    out
}

/// Nothing but a tick or the box for one.
fn is_place(cell: &Cell) -> bool {
    is_tick(cell)
        || matches!(cell.scalar, Scalar::Bool(_))
        || cell.text.chars().count() <= 4 && super::ticks::has_boxes(&cell.text)
}

/// Nothing but a tick, however it is made.
pub(super) fn is_tick(cell: &Cell) -> bool {
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
