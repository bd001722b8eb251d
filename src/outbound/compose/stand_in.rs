//! The request to present a child whose worker cannot come (SY-14, SH-11). It goes as a reminder.

use super::frozen::Draft;
use super::{ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::casework::agenda::AgendaMeeting;
use crate::casework::routing::Clearance;
use crate::casework::{CaseRef, MailKind, Redacted};
use jiff::civil::DateTime;
use serde::Serialize;

/// What the request says.
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
    /// Which meeting.
    pub meeting: AgendaMeeting,
    /// From when the child is heard, as the invitation says.
    pub starts: DateTime,
    /// An update form goes to the chair before the meeting (SY-14).
    pub update_form: bool,
    /// The rule.
    pub rule: String,
}

/// Composes the request.
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
    let mut draft = Draft::new(MailKind::Reminder, "stand-in", &view.head, view);
    draft.meeting = Some(&view.meeting.id);
    draft.cases = vec![view.case];
    draft.freeze(templates, clearance, stamp, forbidden)
}
