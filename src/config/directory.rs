//! The directory's rows read and judged: who may be written to, in which role, for which panel and area. A pure function
//! of rows, configuration and today.
//!
//! Everything is found at import, so that nothing is found wanting when a pack goes: an unknown role or panel, a core or
//! health address whose domain nobody cleared, a deputy who is not in the sheet. Messages name rows and columns, never
//! people. One error anywhere and the caller takes nothing over: half a directory sends papers to half a panel.

use super::document::nearest;
use super::problem::{Level, Problem};
use super::profile::is_plain_id;
use super::roles::{ROLES, fold, role_of};
use super::{Config, Row};
use crate::casework::directory::{Directory, Entry};
use crate::casework::{Address, AuthorityId, PanelId, Redacted, RoleId};
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

/// Mail services for private people: never cleared, whatever the sheet says (facts 4.6).
const PRIVATE_MAIL: &[&str] = &[
    "gmail.com",
    "googlemail.com",
    "hotmail.com",
    "hotmail.co.uk",
    "outlook.com",
    "live.com",
    "live.co.uk",
    "msn.com",
    "icloud.com",
    "me.com",
    "yahoo.com",
    "yahoo.co.uk",
    "aol.com",
    "btinternet.com",
    "sky.com",
    "virginmedia.com",
];

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
        let name = fold(cell).replace('-', "_");
        match COLUMNS.iter().find(|column| **column == name) {
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

struct RowReader<'a> {
    row: &'a Row,
    columns: &'a BTreeMap<&'static str, usize>,
    config: &'a Config,
    today: Date,
    problems: Vec<RowProblem>,
}

impl<'a> RowReader<'a> {
    fn cell(&self, column: &str) -> &'a str {
        self.columns.get(column).and_then(|i| self.row.cells.get(*i)).map_or("", |cell| cell.trim())
    }

    fn list(&self, column: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.cell(column).split([';', ',', '\n']).map(str::trim).filter(|part| !part.is_empty())
    }

    fn say(&mut self, column: &'static str, level: Level, message: impl Into<String>, help: impl Into<String>) {
        let (message, help) = (message.into(), help.into());
        self.problems.push(RowProblem { row: self.row.number, column, level, message, help });
    }

    fn wrong(&mut self, column: &'static str, message: impl Into<String>, help: impl Into<String>) {
        self.say(column, Level::Error, message, help);
    }

    fn doubt(&mut self, column: &'static str, message: impl Into<String>, help: impl Into<String>) {
        self.say(column, Level::Warning, message, help);
    }

    fn entry(&mut self) -> Option<Entry> {
        if self.cell("name").is_empty() {
            self.wrong("name", "there is no name", "Write the person's or team's name as it should stand in a mail.");
        }
        let email = self.address("email");
        let aliases: Vec<Address> = self
            .list("aliases")
            .map(str::to_owned)
            .collect::<Vec<_>>()
            .iter()
            .filter_map(|text| self.address_in("aliases", text))
            .collect();
        let role = self.role();
        let panels = self.panels();
        let authority = self.authority(&panels);
        let secure = self.secure();
        let areas = self.areas(authority.as_ref());
        let deputy = if self.cell("deputy").is_empty() { None } else { self.address("deputy") };
        let valid_until = self.valid_until();
        if self.cell("agency").is_empty() {
            self.doubt("agency", "there is no agency", "Write the person's organisation; minutes and lists show it.");
        }
        let (email, role) = (email?, role?);
        self.clearance(&email, &role, secure);
        let ods_code = self.ods_code(&role);
        Some(Entry {
            name: Redacted::new(self.cell("name").to_owned()),
            email,
            aliases,
            role,
            agency: self.cell("agency").to_owned(),
            authority,
            panels,
            areas,
            ods_code,
            postcode: Some(postcode(self.cell("postcode"))).filter(|text| !text.is_empty()),
            secure,
            deputy,
            valid_until,
        })
    }

    fn address(&mut self, column: &'static str) -> Option<Address> {
        let text = self.cell(column);
        self.address_in(column, text)
    }

    fn address_in(&mut self, column: &'static str, text: &str) -> Option<Address> {
        let address = text.parse().ok();
        if address.is_none() {
            let message = if text.is_empty() { "there is no e-mail address" } else { "not a plain e-mail address" };
            self.wrong(column, message, "Write one address such as jo.ash@surrey.example, without a name around it.");
        }
        address
    }

    fn role(&mut self) -> Option<RoleId> {
        let text = self.cell("role");
        let role = role_of(text);
        if role.is_none() {
            let message =
                if text.is_empty() { "there is no role".to_owned() } else { format!("`{text}` is not a role") };
            self.wrong("role", message, nearest(&fold(text), ROLES));
        }
        role
    }

    fn panels(&mut self) -> Vec<PanelId> {
        let mut found = BTreeSet::new();
        for text in self.list("panels") {
            let id = fold(text);
            let members = self.config.panels_named(&id);
            if !members.is_empty() {
                found.extend(members);
            } else if is_plain_id(&id) && self.config.is_known_panel(&id) {
                self.doubt("panels", format!("the panel `{id}` is not enabled"), "The row is kept without it.");
            } else {
                let known: Vec<&str> = self.config.panels.keys().map(PanelId::as_str).chain(["all"]).collect();
                self.wrong("panels", format!("there is no panel `{text}`"), nearest(&id, &known));
            }
        }
        found.into_iter().collect()
    }

    fn authority(&mut self, panels: &[PanelId]) -> Option<AuthorityId> {
        let text = self.cell("authority");
        let profiles = || self.config.panels.values();
        if text.is_empty() {
            // A member of one authority's panels serves that authority.
            let mut of_panels: Vec<AuthorityId> =
                profiles().filter(|p| panels.contains(&p.id)).map(|p| p.authority.clone()).collect();
            of_panels.dedup();
            return if of_panels.len() == 1 { of_panels.pop() } else { None };
        }
        let folded = fold(text);
        let found = profiles()
            .find(|p| p.authority.as_str() == folded || fold(&p.authority_name) == folded)
            .map(|p| p.authority.clone());
        if found.is_none() {
            let known: BTreeSet<&str> = profiles().map(|p| p.authority.as_str()).collect();
            let help = nearest(&folded, &known.into_iter().collect::<Vec<_>>());
            self.wrong("authority", format!("no enabled panel belongs to `{text}`"), help);
        }
        found
    }

    fn areas(&mut self, authority: Option<&AuthorityId>) -> Vec<String> {
        let known: Vec<&String> = self
            .config
            .panels
            .values()
            .filter(|p| authority.is_none_or(|a| p.authority == *a))
            .filter_map(|p| p.area.as_ref())
            .collect();
        let mut areas = Vec::new();
        for text in self.list("area") {
            match known.iter().find(|area| fold(area) == fold(text)) {
                Some(area) => areas.push((*area).clone()),
                None => {
                    let names: Vec<&str> = known.iter().map(|area| area.as_str()).collect();
                    self.doubt("area", format!("no enabled panel has the area `{text}`"), nearest(text, &names));
                    areas.push(text.to_owned());
                }
            }
        }
        areas
    }

    fn secure(&mut self) -> bool {
        match fold(self.cell("secure")).as_str() {
            "yes" | "y" | "true" | "1" => true,
            "" | "no" | "n" | "false" | "0" => false,
            _ => {
                self.wrong(
                    "secure",
                    "neither yes nor no",
                    "Write yes where a person has cleared this address, else no.",
                );
                false
            }
        }
    }

    fn valid_until(&mut self) -> Option<Date> {
        let text = self.cell("valid_until");
        if text.is_empty() {
            return None;
        }
        let date = date_of(text);
        match date {
            None => self.wrong("valid_until", "not a date", "Write 2026-12-31 or 31/12/2026."),
            Some(date) if date < self.today => {
                self.doubt(
                    "valid_until",
                    "the date has passed: nothing is sent to this row",
                    "Remove the row, or renew it.",
                );
            }
            Some(_) => {}
        }
        date
    }

    /// Core and health addresses must be cleared here, or a pack would find it out (facts 4.6).
    fn clearance(&mut self, email: &Address, role: &RoleId, secure: bool) {
        let domain = email.domain().to_owned();
        if PRIVATE_MAIL.contains(&domain.as_str()) {
            self.wrong("email", format!("{domain} is a private mail service"), "Use the person's work address.");
        } else if !secure && !self.config.is_allowed(email) {
            let help = format!(
                "Add {domain} to [[allowed_domains]] of dutyclerk.toml with a reason, or write yes in `secure` once a \
                 person has cleared this address."
            );
            let message = format!("the domain {domain} is not cleared");
            if self.config.panels.values().any(|p| p.core_roles.contains(role) || p.health.roles.contains_key(role)) {
                self.wrong("email", format!("{message}, and a {role} gets papers"), help);
            } else {
                self.doubt("email", format!("{message}: mail to it is held"), help);
            }
        }
    }

    fn ods_code(&mut self, role: &RoleId) -> Option<String> {
        let code = self.cell("ods_code").to_ascii_uppercase();
        if role.as_str() == "gp" && code.is_empty() && self.cell("postcode").is_empty() {
            let help = "Write the ODS code, or the postcode: a practice is never matched on its name alone.";
            self.doubt("ods_code", "a practice without ODS code and postcode cannot be matched", help);
        }
        let mut letters = code.chars();
        let usual = letters.next().is_some_and(|c| c.is_ascii_uppercase())
            && code.len() == 6
            && letters.all(|c| c.is_ascii_digit());
        if !code.is_empty() && !usual {
            self.doubt("ods_code", "a practice's code is usually a letter and five digits", "Check it.");
        }
        Some(code).filter(|code| !code.is_empty())
    }
}

fn postcode(text: &str) -> String {
    let bare: String = text.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>().to_ascii_uppercase();
    match bare.len().checked_sub(3).filter(|outward| *outward > 0).and_then(|at| bare.split_at_checked(at)) {
        Some((outward, inward)) => format!("{outward} {inward}"),
        None => bare,
    }
}

/// An ISO date, or a date as it is written in the United Kingdom: day first.
fn date_of(text: &str) -> Option<Date> {
    let text = text.split([' ', 'T']).next().unwrap_or(text);
    if let Ok(date) = text.parse() {
        return Some(date);
    }
    let mut parts = text.split(['/', '.', '-']);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
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
