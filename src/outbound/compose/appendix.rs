//! A sensitive appendix to one person whom somebody named (SY-21): the document, whose it is and who released it.

use super::frozen::Draft;
use super::papers::{self, ClearedPaper};
use super::{ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::casework::agenda::{AgendaMeeting, Paper};
use crate::casework::routing::Clearance;
use crate::casework::{CaseRef, HeldRef, MailKind, Redacted};
use serde::Serialize;

/// What it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Who sends it.
    pub head: Letterhead,
    /// Whose it is.
    pub case: CaseRef,
    /// The child's initials.
    pub initials: Redacted<String>,
    /// The meeting it was said at, where it belongs to one.
    pub meeting: Option<AgendaMeeting>,
    /// As it is kept.
    pub held: HeldRef,
    /// Who released it.
    pub released_by: Redacted<String>,
    /// The document.
    pub paper: Paper,
    /// The rule.
    pub rule: String,
}

/// Composes it. `papers` are the bytes of the one cleared document.
///
/// # Errors
/// See [`ComposeError`].
pub fn compose(
    templates: &Templates,
    clearance: &Clearance,
    view: &View,
    papers: &[ClearedPaper<'_>],
    stamp: &Stamp,
    forbidden: &[Identifier],
) -> Result<Frozen, ComposeError> {
    let listed = papers::list_apart(view.case, std::slice::from_ref(&view.paper));
    let mut draft = Draft::new(MailKind::Notes, "appendix", &view.head, view);
    draft.meeting = view.meeting.as_ref().map(|meeting| &meeting.id);
    draft.cases = vec![view.case];
    draft.attachments = papers::gather(&listed, papers, clearance)?;
    draft.more = more(view);
    draft.freeze(templates, clearance, stamp, forbidden)
}

/// What is attached.
pub(super) fn more(view: &View) -> serde_json::Map<String, serde_json::Value> {
    let listed = papers::list_apart(view.case, std::slice::from_ref(&view.paper));
    serde_json::Map::from_iter([("listed".to_owned(), serde_json::json!(listed))])
}
