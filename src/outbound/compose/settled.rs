//! The answer to whoever settled by mail what waited for a person, or tried to: what was done, or why nothing was. Kind
//! `acknowledgement`. References only: it is read on telephones.

use super::alert::Offer;
use super::frozen::Draft;
use super::{Answering, ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::casework::MailKind;
use crate::casework::routing::Clearance;
use serde::Serialize;

/// What the answer says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Who answers.
    pub head: Letterhead,
    /// What is answered.
    pub answering: Answering,
    /// For the subject: `H-0007 is settled`.
    pub title: String,
    /// What came of each code that was named.
    pub results: Vec<Outcome>,
}

/// What came of one code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// `H-0007`; none where the code is not known, or not told to whoever asks.
    pub about: Option<String>,
    /// Whether it was settled.
    pub done: bool,
    /// What was done, or why nothing was and what to do next.
    pub said: Vec<String>,
    /// How to settle it after all.
    pub offer: Option<Offer>,
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
    let mut draft = Draft::new(MailKind::Acknowledgement, "settled", &view.head, view);
    draft.answering = Some(&view.answering);
    draft.to_one = true;
    draft.bare = true;
    draft.freeze(templates, clearance, stamp, forbidden)
}
