//! The reminder: to those who carry a case, of something that falls due about it (SY-29, SY-31, SH-14, SH-15).

use super::frozen::Draft;
use super::{ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::casework::agenda::AgendaMeeting;
use crate::casework::routing::Clearance;
use crate::casework::{CaseRef, MailKind, Redacted};
use jiff::Timestamp;
use jiff::civil::Date;
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
    /// Of what.
    pub of: Of,
    /// The rule.
    pub rule: String,
}

/// What falls due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Of {
    /// A review: come prepared, with updated documents (SY-29).
    Review {
        /// Which meeting.
        meeting: AgendaMeeting,
        /// When the papers must be in.
        cutoff_at: Timestamp,
    },
    /// The assessment grows old (SY-31, SH-15).
    Assessment {
        /// Of which date the newest is.
        dated: Date,
        /// When it is out of date.
        due: Date,
    },
    /// The meeting's form on the child's record (SH-14).
    Template {
        /// Which meeting.
        meeting: AgendaMeeting,
        /// By when.
        due: Date,
    },
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
    draft.meeting = clearance.meeting();
    draft.cases = vec![view.case];
    draft.freeze(templates, clearance, stamp, forbidden)
}
