//! A meeting whose papers have gone is moved, or not held (MC-13): told to its members, and to health colleagues who have copies
//! for it. The papers hold, so none go again.

use super::frozen::Draft;
use super::{ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::casework::agenda::AgendaMeeting;
use crate::casework::routing::Clearance;
use crate::casework::{CaseRef, MailKind, MeetingId};
use jiff::civil::DateTime;
use serde::Serialize;

/// What it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Who sends it.
    pub head: Letterhead,
    /// When it was to be, London civil time.
    pub was: DateTime,
    /// When it is instead; none where it is not held.
    pub moved_to: Option<AgendaMeeting>,
    /// Where the children of a meeting that is not held are heard.
    pub next: Option<AgendaMeeting>,
    /// The children whose copies a health colleague has; none in the members' mail.
    pub cases: Vec<CaseRef>,
    /// The rule.
    pub rule: String,
}

/// Composes it.
///
/// # Errors
/// See [`ComposeError`].
pub fn compose(
    templates: &Templates,
    clearance: &Clearance,
    meeting: &MeetingId,
    view: &View,
    stamp: &Stamp,
    forbidden: &[Identifier],
) -> Result<Frozen, ComposeError> {
    let mut draft = Draft::new(MailKind::Notification, "meeting-changed", &view.head, view);
    draft.meeting = Some(meeting);
    draft.cases.clone_from(&view.cases);
    draft.freeze(templates, clearance, stamp, forbidden)
}
