//! An alert: something a person must see or decide. References only, in the body too: alerts are read on telephones.

use super::frozen::Draft;
use super::{ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::casework::routing::Clearance;
use crate::casework::{CaseRef, MailKind, MeetingId, Redacted, Ref};
use jiff::Timestamp;
use serde::Serialize;

/// What the alert says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Whose alert.
    pub head: Letterhead,
    /// In a few words for the subject: `late paper R-0042, admit it to Tue 24 November 2026?`
    pub title: String,
    /// What happened.
    pub what: String,
    /// When.
    pub happened_at: Timestamp,
    /// Why the reader is told: the rule in words.
    pub why: String,
    /// Its id, `MC-31`.
    pub rule: String,
    /// Until when something must be done, and what follows otherwise.
    pub decide_by: Option<Timestamp>,
    /// What follows if nothing is done.
    pub otherwise: Option<String>,
    /// What it is about.
    #[serde(skip)]
    pub about: Vec<Ref>,
    /// What to do next, best first.
    pub next: Vec<NextStep>,
    /// What of it can be settled by answering.
    pub offers: Vec<Offer>,
}

/// One thing the reader can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NextStep {
    /// In words.
    pub text: String,
    /// The exact command, where there is one: `dutyclerk meeting admit …`.
    pub command: Option<String>,
}

/// Something that is settled by answering with a code and the number of a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// `H-0007`.
    pub about: String,
    /// Why it waits.
    pub why: String,
    /// A secret: whoever has it has this mail.
    pub code: Redacted<String>,
    /// Until when.
    pub until: Timestamp,
    /// What each number does, from 1.
    pub choices: Vec<String>,
}

/// Composes the alert.
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
    let meeting: Option<&MeetingId> = clearance.meeting();
    let mut draft = Draft::new(MailKind::Alert, "alert", &view.head, view);
    draft.meeting = meeting;
    draft.cases = cases(view);
    draft.bare = true;
    draft.more = more(view);
    draft.freeze(templates, clearance, stamp, forbidden)
}

fn cases(view: &View) -> Vec<CaseRef> {
    view.about.iter().filter_map(|about| if let Ref::Case(case) = about { Some(*case) } else { None }).collect()
}

/// The references as text.
pub(super) fn more(view: &View) -> serde_json::Map<String, serde_json::Value> {
    let about: Vec<String> = view.about.iter().map(ToString::to_string).collect();
    serde_json::Map::from_iter([("about".to_owned(), serde_json::json!(about))])
}
