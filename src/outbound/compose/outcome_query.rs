//! What admin is asked when a meeting is over: what was decided about each child it heard, and what is done if nobody says
//! (MC-35). References and initials only.

use super::frozen::Draft;
use super::{ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::casework::agenda::AgendaMeeting;
use crate::casework::routing::Clearance;
use crate::casework::{CaseRef, MailKind, Redacted};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Who asks.
    pub head: Letterhead,
    /// Which meeting.
    pub meeting: AgendaMeeting,
    /// The children whose outcome is not recorded.
    pub children: Vec<Child>,
    /// Until when an answer is waited for.
    pub answer_by: Timestamp,
    /// The rule.
    pub rule: String,
}

/// One child whose outcome is not recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Child {
    /// Which.
    pub case: CaseRef,
    /// The child's initials.
    pub initials: Redacted<String>,
    /// What is done if nobody says.
    pub otherwise: Otherwise,
}

/// What is done if nobody says what was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Otherwise {
    /// This review date is set provisionally.
    Proposed {
        /// Which.
        due: Date,
        /// The longest the rating allows.
        latest: Date,
    },
    /// A date stands already.
    Stands {
        /// Which.
        due: Date,
    },
    /// Nothing can be proposed: the chair is told.
    Nothing {
        /// The rating that sets no review, as the panel's scale shows it; none where none is known.
        rating: Option<String>,
    },
}

/// Composes the question.
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
    let mut draft = Draft::new(MailKind::Query, "outcome-query", &view.head, view);
    draft.meeting = Some(&view.meeting.id);
    draft.cases = view.children.iter().map(|child| child.case).collect();
    draft.freeze(templates, clearance, stamp, forbidden)
}
