//! The answer to a sender who may not learn whether a child is known: received, a person will answer, and the emergency
//! line. Kind `acknowledgement`. No reference, no meeting, nothing from the message.

use super::frozen::Draft;
use super::{Answering, ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::casework::MailKind;
use crate::casework::routing::Clearance;
use jiff::Timestamp;
use serde::Serialize;

/// What the answer says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Who answers.
    pub head: Letterhead,
    /// What is answered.
    pub answering: Answering,
    /// When it arrived: the server's time (invariant 8).
    pub received_at: Timestamp,
}

/// Composes the answer.
///
/// # Errors
/// See [`ComposeError`]; among them a body that names a child.
pub fn compose(
    templates: &Templates,
    clearance: &Clearance,
    view: &View,
    stamp: &Stamp,
    forbidden: &[Identifier],
) -> Result<Frozen, ComposeError> {
    let mut draft = Draft::new(MailKind::Acknowledgement, "received-only", &view.head, view);
    draft.answering = Some(&view.answering);
    draft.to_one = true;
    draft.bare = true;
    draft.freeze(templates, clearance, stamp, forbidden)
}
