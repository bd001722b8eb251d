//! The notification after a meeting: to the one who carries the case, what was decided about it and what is due (SY-28,
//! SY-17, SH-06). It is the secure pair of the calendar invitation, which says no more than a reference: initials and LCS
//! number tell a worker with twenty children which one is meant.

use super::frozen::Draft;
use super::{ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::casework::agenda::AgendaMeeting;
use crate::casework::routing::Clearance;
use crate::casework::{CaseRef, MailKind, Redacted};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

/// What the notification says.
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
    /// The meeting that heard it, and on which day.
    pub heard: AgendaMeeting,
    /// As the panel's scale shows it.
    pub rating: Option<String>,
    /// What follows.
    pub what: What,
    /// The rule.
    pub rule: String,
}

/// What follows for the one who carries the case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum What {
    /// A review.
    Review {
        /// By when.
        due: Date,
        /// The meeting on or before it.
        meeting: AgendaMeeting,
        /// When the updated papers must be in.
        cutoff_at: Timestamp,
        /// Nobody gave the date: it follows from the rating and may still change (MC-35).
        provisional: bool,
        /// The meeting it was listed at until now.
        instead_of: Option<Date>,
    },
    /// It was put off (SY-17).
    Deferred {
        /// To which meeting.
        meeting: AgendaMeeting,
        /// When the papers must be in.
        cutoff_at: Timestamp,
    },
    /// The case is closed before the panel (SY-20, SH-08).
    Closed,
    /// To the complex safeguarding worker: the exploitation flag is to be ended (SH-09).
    EndFlag,
}

/// Composes the notification.
///
/// # Errors
/// See [`ComposeError`]; among them more than one recipient.
pub fn compose(
    templates: &Templates,
    clearance: &Clearance,
    view: &View,
    stamp: &Stamp,
    forbidden: &[Identifier],
) -> Result<Frozen, ComposeError> {
    let mut draft = Draft::new(MailKind::Notification, "notification", &view.head, view);
    draft.meeting = clearance.meeting();
    draft.cases = vec![view.case];
    draft.to_one = true;
    draft.freeze(templates, clearance, stamp, forbidden)
}
