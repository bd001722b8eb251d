//! The daily digest to a panel's owner: whether mail comes in, what became of it, what waits for whom. References only, in
//! the body too (LESSONS A2, A5: what nobody sees is missing is missed for long).

use super::frozen::Draft;
use super::{ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::casework::MailKind;
use crate::casework::routing::Clearance;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::Serialize;

/// What the digest says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Whose digest.
    pub head: Letterhead,
    /// Of which day.
    pub day: Date,
    /// What is amiss with the program, each in a sentence.
    pub troubles: Vec<String>,
    /// The panel's mailboxes.
    pub mailboxes: Vec<Mailbox>,
    /// What waits for a person.
    pub held: Vec<Held>,
    /// Alerts that ask for something and that nobody has answered.
    pub alerts: Vec<Held>,
    /// What somebody owes, soonest first.
    pub obligations: Vec<Obligation>,
    /// The next meetings.
    pub meetings: Vec<Meeting>,
    /// Packs, lists and supplements that not every recipient's server has taken.
    pub unsent: Vec<Unsent>,
    /// Meetings on a bank holiday that nobody gave another date (MC-13).
    pub undated: Vec<Undated>,
    /// The last day the bank-holiday table speaks for, and in how many whole months that is.
    pub holidays: Option<(Date, i32)>,
}

/// A mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mailbox {
    /// Its id.
    pub id: String,
    /// When it was last read to its end.
    pub swept_at: Option<Timestamp>,
    /// Yesterday's arrivals and today's so far.
    pub days: Vec<Day>,
    /// Messages of the last weeks that are gone from the server, by reference.
    pub gone: Vec<String>,
}

/// What arrived in a mailbox on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names are the ledger's")]
pub struct Day {
    pub day: Date,
    pub received: i64,
    pub accepted: i64,
    pub held: i64,
    pub duplicate: i64,
    pub calendar_reply: i64,
    pub bounce: i64,
    pub ignored: i64,
    pub pending: i64,
    /// Received is the sum of the others.
    pub adds_up: bool,
}

/// Something held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    /// `H-0007`.
    pub number: String,
    /// Why, in words.
    pub why: String,
    /// Since when.
    pub since: Timestamp,
}

/// Something owed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Obligation {
    /// What, in words.
    pub what: String,
    /// About which case or meeting.
    pub about: String,
    /// By which role.
    pub owner: String,
    /// By when.
    pub due_at: Timestamp,
    /// That is past.
    pub overdue: bool,
    /// By which rule.
    pub rule: String,
}

/// A meeting to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Meeting {
    /// `panel/2026-12-08`.
    pub id: String,
    /// When.
    pub starts: DateTime,
    /// Papers must be in by then.
    pub cutoff_at: Timestamp,
    /// The pack goes then.
    pub pack_at: Timestamp,
    /// Children listed.
    pub listed: usize,
    /// The pack has gone.
    pub pack_drawn: bool,
}

/// A mail that has not reached everybody's server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unsent {
    /// `S-000123`.
    pub number: String,
    /// Its kind.
    pub kind: String,
    /// The meeting it is about.
    pub meeting: Option<String>,
    /// How many of its recipients' servers have taken it, and how many there are.
    pub taken: (usize, usize),
    /// Its state in the outbox.
    pub state: String,
}

/// A meeting without a day it can be held on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Undated {
    /// `panel/2027-12-28`.
    pub id: String,
    /// The bank holiday.
    pub day: Date,
}

/// Composes the digest.
///
/// # Errors
/// See [`ComposeError`]; among them any identifier in the body.
pub fn compose(
    templates: &Templates,
    clearance: &Clearance,
    view: &View,
    stamp: &Stamp,
    forbidden: &[Identifier],
) -> Result<Frozen, ComposeError> {
    let mut draft = Draft::new(MailKind::Digest, "digest", &view.head, view);
    draft.bare = true;
    draft.more = more(view);
    draft.freeze(templates, clearance, stamp, forbidden)
}

/// What the subject counts.
pub(super) fn more(view: &View) -> serde_json::Map<String, serde_json::Value> {
    let overdue = view.obligations.iter().filter(|owed| owed.overdue).count();
    let to_do =
        view.troubles.len() + view.held.len() + view.alerts.len() + overdue + view.unsent.len() + view.undated.len();
    serde_json::Map::from_iter([
        ("overdue".to_owned(), serde_json::json!(overdue)),
        ("to_do".to_owned(), serde_json::json!(to_do)),
    ])
}
