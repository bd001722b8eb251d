//! What came in about one child and is for the chair first: what health sends back (MC-10), an update that came after the
//! pack (SY-14). The sender's own words, and the documents as they came.

use super::frozen::Draft;
use super::papers::{self, ClearedPaper};
use super::{ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::casework::agenda::{AgendaMeeting, Paper};
use crate::casework::routing::Clearance;
use crate::casework::{CaseRef, MailKind, MessageRef, Redacted};
use jiff::Timestamp;
use serde::Serialize;

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// From health (MC-10).
    Health,
    /// The update of a worker who cannot come, or of the manager who comes instead (SY-14).
    Update,
}

/// What it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Who sends it.
    pub head: Letterhead,
    /// What it is.
    pub what: What,
    /// Whose.
    pub case: CaseRef,
    /// The child's name.
    pub child: Redacted<String>,
    /// Where the child is heard next.
    pub meeting: Option<AgendaMeeting>,
    /// The message.
    pub message: MessageRef,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Who wrote it: name and address.
    pub from: Redacted<String>,
    /// In which capacity, where the directory says.
    pub from_role: Option<String>,
    /// What they wrote, line by line; empty for nothing.
    pub words: Vec<Redacted<String>>,
    /// They wrote more than is shown.
    pub cut: bool,
    /// What came with it.
    pub papers: Vec<Paper>,
    /// So many documents wait for a person and are not here.
    pub waiting: usize,
    /// The rule.
    pub rule: String,
}

/// Composes it. `papers` are the bytes of the cleared documents.
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
    let listed = papers::list_apart(view.case, &view.papers);
    let mut draft = Draft::new(MailKind::Notification, "handed-on", &view.head, view);
    draft.meeting = view.meeting.as_ref().map(|meeting| &meeting.id);
    draft.cases = vec![view.case];
    draft.attachments = papers::gather(&listed, papers, clearance)?;
    draft.more = more(view);
    draft.freeze(templates, clearance, stamp, forbidden)
}

/// What is attached.
pub(super) fn more(view: &View) -> serde_json::Map<String, serde_json::Value> {
    let listed = papers::list_apart(view.case, &view.papers);
    serde_json::Map::from_iter([("listed".to_owned(), serde_json::json!(listed))])
}
