//! The health copy after the meeting (SY-09): to the same colleagues as before it, by the same rules (MC-09, MC-10), one
//! child a mail, without papers: the assessment they have had, and the notes are the panel's.

use super::frozen::Draft;
use super::health_copy::Lead;
use super::notes::Decision;
use super::{ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::casework::agenda::{Action, AgendaMeeting, Item};
use crate::casework::routing::Clearance;
use crate::casework::{MailKind, Redacted};
use serde::Serialize;

/// What it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Who sends it.
    pub head: Letterhead,
    /// Which meeting.
    pub meeting: AgendaMeeting,
    /// The one child: identity, rating and risk types are shown.
    pub item: Item,
    /// In which capacity it is sent.
    pub sent_to: String,
    /// Risk factors as ticked.
    pub risk_factors: Vec<String>,
    /// The lead professional.
    pub lead: Option<Lead>,
    /// What became of the case.
    pub decision: Decision,
    /// The safety plan, line by line.
    pub safety_plan: Vec<Redacted<String>>,
    /// The actions that name a health service.
    pub actions: Vec<Action>,
    /// It takes the place of one already sent.
    pub corrected: bool,
    /// The information-sharing agreement's clause (MC-10).
    pub basis: String,
}

/// Composes the health copy after a meeting.
///
/// # Errors
/// See [`ComposeError`]: among them more than one recipient.
pub fn compose(
    templates: &Templates,
    clearance: &Clearance,
    view: &View,
    stamp: &Stamp,
    forbidden: &[Identifier],
) -> Result<Frozen, ComposeError> {
    let mut draft = Draft::new(MailKind::HealthNotes, "health-notes", &view.head, view);
    draft.meeting = Some(&view.meeting.id);
    draft.cases = vec![view.item.case];
    draft.to_one = true;
    draft.freeze(templates, clearance, stamp, forbidden)
}
