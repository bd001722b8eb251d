//! The canary: a mail to our own journal mailbox, sent after a mail of which nobody knows whether it was taken. When it has
//! come and the other has not, the other was not taken (LESSONS B). It speaks of no child.

use super::frozen::Draft;
use super::{ComposeError, Frozen, Letterhead, Stamp, Templates};
use crate::casework::routing::Clearance;
use crate::casework::{MailKind, SentRef};
use serde::Serialize;

/// What the canary says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Whose mail was interrupted.
    pub head: Letterhead,
    /// The mail it is sent after.
    pub after: SentRef,
}

/// Composes the canary.
///
/// # Errors
/// See [`ComposeError`].
pub fn compose(
    templates: &Templates,
    clearance: &Clearance,
    view: &View,
    stamp: &Stamp,
) -> Result<Frozen, ComposeError> {
    let mut draft = Draft::new(MailKind::Canary, "canary", &view.head, view);
    draft.to_one = true;
    draft.bare = true;
    draft.freeze(templates, clearance, stamp, &[])
}
