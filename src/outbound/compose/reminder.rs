//! The reminder: to whoever carries a case, of its review (SY-29).

use super::frozen::Draft;
use super::{ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::casework::agenda::AgendaMeeting;
use crate::casework::routing::Clearance;
use crate::casework::{CaseRef, MailKind, Redacted};
use jiff::Timestamp;
use serde::Serialize;

/// What the reminder says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Who sends it.
    pub head: Letterhead,
    /// Which case.
    pub case: CaseRef,
    /// The child's initials.
    pub initials: Redacted<String>,
    /// The authority's own number.
    pub lcs_number: Option<Redacted<String>>,
    /// Which meeting reviews it.
    pub meeting: AgendaMeeting,
    /// When the papers must be in.
    pub cutoff_at: Timestamp,
    /// The rule.
    pub rule: String,
}

/// Composes the reminder.
///
/// # Errors
/// See [`ComposeError`].
pub fn compose(
    templates: &Templates,
    clearance: &Clearance,
    view: &View,
    stamp: &Stamp,
    forbidden: &[Identifier],
) -> Result<Frozen, ComposeError> {
    let mut draft = Draft::new(MailKind::Reminder, "reminder", &view.head, view);
    draft.meeting = Some(&view.meeting.id);
    draft.cases = vec![view.case];
    draft.freeze(templates, clearance, stamp, forbidden)
}
