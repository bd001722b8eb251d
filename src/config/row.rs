//! One row of the directory, read cell by cell.

use super::directory::RowProblem;
use super::document::{is_near, nearest};
use super::problem::Level;
use super::profile::is_plain_id;
use super::roles::{ROLES, fold, role_of};
use super::{Config, Row};
use crate::casework::directory::Entry;
use crate::casework::{Address, AuthorityId, PanelId, Redacted, RoleId, looks_like};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

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

/// One row being read, and what was found wrong on the way.
pub(super) struct RowReader<'a> {
    pub(super) row: &'a Row,
    pub(super) columns: &'a BTreeMap<&'static str, usize>,
    pub(super) config: &'a Config,
    pub(super) today: Date,
    pub(super) problems: Vec<RowProblem>,
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

    /// The row as an entry; none where it lacks an address or a role. Errors found besides stand in `problems`.
    pub(super) fn entry(&mut self) -> Option<Entry> {
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
        let authority = self.authority(&panels, role.as_ref());
        let secure = self.secure();
        let areas = self.areas(authority.as_ref());
        let deputy = if self.cell("deputy").is_empty() { None } else { self.address("deputy") };
        let valid_until = self.valid_until();
        if self.cell("agency").is_empty() {
            self.doubt("agency", "there is no agency", "Write the person's organisation; minutes and lists show it.");
        }
        let (email, role) = (email?, role?);
        self.clearance(&email, &role, secure);
        self.looks("email", &email);
        for alias in &aliases {
            self.looks("aliases", alias);
        }
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
                self.doubt("panels", format!("the panel `{id}` is not enabled"), "Nothing goes to them for it.");
                // Without it a panel's representative would look like every child's own team (MC-09).
                found.insert(PanelId::new(&id));
            } else {
                let known: Vec<&str> = self.config.panels.keys().map(PanelId::as_str).chain(["all"]).collect();
                self.wrong("panels", format!("there is no panel `{text}`"), nearest(&id, &known));
            }
        }
        found.into_iter().collect()
    }

    fn authority(&mut self, panels: &[PanelId], role: Option<&RoleId>) -> Option<AuthorityId> {
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
            let known: Vec<&str> = known.into_iter().collect();
            let message = format!("no enabled panel belongs to `{text}`");
            // A child of another authority who is placed here has its worker and manager there (SY-35).
            let may_be_responsible = role.is_some_and(RoleId::is_social_care) && panels.is_empty();
            if may_be_responsible && is_plain_id(&folded) && !is_near(&folded, &known) {
                let help = "They are written to about a child of theirs whose form names this authority as the responsible one, and about no other.";
                self.doubt("authority", message, help);
                return Some(AuthorityId::new(&folded));
            }
            self.wrong("authority", message, nearest(&folded, &known));
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

    /// A slip in an address, or one made to deceive, whether somebody has cleared it or not (SY-40).
    fn looks(&mut self, column: &'static str, address: &Address) {
        let Some(other) = looks_like(address.domain(), self.config.trusted_domains()) else { return };
        let message = format!("the domain {} only looks like {}", address.domain(), other.trim_start_matches("*."));
        let help = "If it is a slip, correct it. If somebody gave you this address by e-mail, ring them on a number you know first.";
        self.doubt(column, message, help);
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
