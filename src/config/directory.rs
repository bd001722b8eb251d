//! The directory's rows read and judged: who may be written to, in which role, for which panel and area. A pure function
//! of rows, configuration and today.
//!
//! Everything is found at import, so that nothing is found wanting when a pack goes: an unknown role or panel, a core or
//! health address whose domain nobody cleared, a deputy who is not in the sheet. Messages name rows and columns, never
//! people. One error anywhere and the caller takes nothing over: half a directory sends papers to half a panel.

use super::document::nearest;
use super::problem::{Level, Problem};
use super::roles::fold;
use super::row::RowReader;
use super::{Config, Row};
use crate::casework::directory::{Directory, Entry};
use crate::casework::{Address, Redacted};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// The columns, in the contract's order. The sheet may have them in any order and case.
pub const COLUMNS: &[&str] = &[
    "name",
    "email",
    "aliases",
    "role",
    "agency",
    "authority",
    "panels",
    "area",
    "ods_code",
    "postcode",
    "secure",
    "deputy",
    "valid_until",
];

/// Columns without which there is no directory.
const NEEDED: &[&str] = &["name", "email", "role"];

/// Something wrong or doubtful in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// The row's number in the sheet; 0 for the sheet as a whole.
    pub row: usize,
    /// The column.
    pub column: &'static str,
    /// How bad.
    pub level: Level,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl RowProblem {
    /// The same as a problem of a file.
    pub fn in_file(&self, file: &str) -> Problem {
        let message =
            if self.column.is_empty() { self.message.clone() } else { format!("{}: {}", self.column, self.message) };
        let problem = Problem::error(file, message, &self.help);
        let problem = if self.row > 0 { problem.on_line(self.row) } else { problem };
        if self.level == Level::Warning { problem.as_warning() } else { problem }
    }
}

/// What came of reading the rows.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// The rows without an error.
    pub directory: Directory,
    /// Everything found, in the order of the rows.
    pub problems: Vec<RowProblem>,
}

impl Import {
    /// Is there anything that forbids taking it over?
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.level == Level::Error)
    }
}

/// Reads the rows of a sheet whose first row names the columns.
pub fn read_rows(rows: &[Row], config: &Config, today: Date) -> Import {
    let Some((header, body)) = rows.split_first() else {
        let help = format!("The first row must name the columns: {}.", COLUMNS.join(", "));
        return Import { problems: vec![whole(Level::Error, "the sheet has no rows", &help)], ..Import::default() };
    };
    let (columns, mut problems) = columns_of(header);
    if problems.iter().any(|problem| problem.level == Level::Error) {
        return Import { problems, ..Import::default() };
    }
    let mut entries: Vec<(usize, Entry)> = Vec::new();
    for row in body {
        let mut reader = RowReader { row, columns: &columns, config, today, problems: Vec::new() };
        let entry = reader.entry();
        if let (Some(entry), false) = (entry, reader.problems.iter().any(|p| p.level == Level::Error)) {
            entries.push((row.number, entry));
        }
        problems.append(&mut reader.problems);
    }
    problems.extend(between_rows(&mut entries));
    problems.sort_by_key(|problem| problem.row);
    Import { directory: Directory { entries: entries.into_iter().map(|(_, entry)| entry).collect() }, problems }
}

fn whole(level: Level, message: &str, help: &str) -> RowProblem {
    RowProblem { row: 0, column: "", level, message: message.to_owned(), help: help.to_owned() }
}

fn columns_of(header: &Row) -> (BTreeMap<&'static str, usize>, Vec<RowProblem>) {
    let (mut columns, mut problems) = (BTreeMap::new(), Vec::new());
    let mut say = |column: &'static str, level, message: String, help: String| {
        problems.push(RowProblem { row: header.number, column, level, message, help });
    };
    for (i, cell) in header.cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
        // `ODS Code`, `post-code` and `E-mail` are columns as much as `ods_code`, `postcode` and `email`.
        let name = fold(cell).replace('-', "");
        match COLUMNS.iter().find(|column| column.replace('_', "") == name) {
            Some(column) => {
                if columns.insert(*column, i).is_some() {
                    say(column, Level::Error, "the column stands twice".to_owned(), "Keep one of them.".to_owned());
                }
            }
            None => {
                let message = format!("the column `{cell}` is not one of the directory's and is passed over");
                say("", Level::Warning, message, nearest(&name, COLUMNS));
            }
        }
    }
    for needed in NEEDED.iter().filter(|needed| !columns.contains_key(**needed)) {
        let help = format!("The first row must name the columns: {}.", COLUMNS.join(", "));
        say(needed, Level::Error, "the column is missing".to_owned(), help);
    }
    (columns, problems)
}

/// What only shows when the rows are seen together. Takes away rows that say what another has said.
fn between_rows(entries: &mut Vec<(usize, Entry)>) -> Vec<RowProblem> {
    let mut problems = Vec::new();
    let mut say = |row, column, level, message: String, help: &str| {
        problems.push(RowProblem { row, column, level, message, help: help.to_owned() });
    };
    let mut kept: Vec<(usize, Entry)> = Vec::new();
    for (row, entry) in entries.drain(..) {
        let same = kept.iter().find(|(_, other)| {
            (&other.email, &other.role, &other.panels, &other.areas)
                == (&entry.email, &entry.role, &entry.panels, &entry.areas)
        });
        match same {
            Some((first, _)) => {
                let message = format!("row {first} already gives this address the same role, panels and area");
                say(row, "email", Level::Warning, message, "Remove one of them; the first is kept.");
            }
            None => kept.push((row, entry)),
        }
    }
    let mut owners: BTreeMap<Address, (usize, Redacted<String>)> = BTreeMap::new();
    for (row, entry) in &kept {
        for address in std::iter::once(&entry.email).chain(&entry.aliases) {
            let owner = owners.entry(address.clone()).or_insert_with(|| (*row, entry.name.clone()));
            if owner.1 != entry.name {
                let message = format!("row {} gives the same address to another name", owner.0);
                say(*row, "email", Level::Error, message, "Give each person an address of their own, or use one name.");
            }
        }
    }
    let addresses: BTreeSet<&Address> = kept.iter().map(|(_, entry)| &entry.email).collect();
    for (row, entry) in &kept {
        match &entry.deputy {
            Some(deputy) if *deputy == entry.email => {
                say(*row, "deputy", Level::Error, "nobody stands in for themselves".to_owned(), "Name somebody else.");
            }
            Some(deputy) if !addresses.contains(deputy) => {
                let help = "Add a row for the deputy, or correct the address.";
                say(*row, "deputy", Level::Error, "the deputy is not in this sheet".to_owned(), help);
            }
            _ => {}
        }
    }
    *entries = kept;
    problems
}

#[cfg(test)]
#[path = "directory_tests.rs"]
mod tests;
