//! The directory: who holds which role, for which panel and area. Kept by admin staff as a spreadsheet, imported whole.

use super::{Address, AuthorityId, PanelId, Redacted, RoleId, Sha256};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One row of the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// As shown in a mail.
    pub name: Redacted<String>,
    /// Where mail goes.
    pub email: Address,
    /// Other addresses the same person writes from.
    pub aliases: Vec<Address>,
    /// What they do.
    pub role: RoleId,
    /// Their organisation.
    pub agency: String,
    /// The authority they belong to or serve.
    pub authority: Option<AuthorityId>,
    /// The panels they are a member or officer of.
    pub panels: Vec<PanelId>,
    /// Areas a health row serves; empty means the whole authority.
    pub areas: Vec<String>,
    /// ODS code of a GP practice (facts 4.5).
    pub ods_code: Option<String>,
    /// Postcode of a GP practice.
    pub postcode: Option<String>,
    /// The domain was cleared by a person although it is not on the allowed list.
    pub secure: bool,
    /// Who stands in when this person is out of office.
    pub deputy: Option<Address>,
    /// The last day on which the row may be used.
    pub valid_until: Option<Date>,
}

impl Entry {
    /// Is this one of the person's addresses?
    pub fn answers_to(&self, address: &Address) -> bool {
        self.email == *address || self.aliases.contains(address)
    }

    /// May the row be used on this day?
    pub fn is_valid_on(&self, day: Date) -> bool {
        self.valid_until.is_none_or(|last| day <= last)
    }
}

/// The whole directory as of one import. `version` is the hash of its content, stored with every decision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// Every row.
    pub entries: Vec<Entry>,
}

impl Directory {
    /// What this directory says, whatever the order of its rows: the SHA-256 of its rows as JSON, sorted.
    pub fn version(&self) -> Sha256 {
        let mut rows: Vec<String> =
            self.entries.iter().map(|entry| serde_json::to_string(entry).unwrap_or_default()).collect();
        rows.sort_unstable();
        Sha256::of(rows.join("\n").as_bytes())
    }

    /// The row with this address or alias, valid on this day.
    pub fn find(&self, address: &Address, day: Date) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.is_valid_on(day) && entry.answers_to(address))
    }

    /// Are these two addresses of one person?
    pub fn is_same_person(&self, one: &Address, other: &Address) -> bool {
        one == other || self.entries.iter().any(|entry| entry.answers_to(one) && entry.answers_to(other))
    }

    /// Rows of whoever has this address, valid or not.
    pub fn answering_to<'a>(&'a self, address: &'a Address) -> impl Iterator<Item = &'a Entry> + 'a {
        self.entries.iter().filter(move |entry| entry.answers_to(address))
    }

    /// Rows of a panel with this role, valid on this day.
    pub fn of_panel<'a>(
        &'a self,
        panel: &'a PanelId,
        role: &'a RoleId,
        day: Date,
    ) -> impl Iterator<Item = &'a Entry> + 'a {
        self.entries
            .iter()
            .filter(move |entry| entry.is_valid_on(day) && entry.role == *role && entry.panels.contains(panel))
    }
}
