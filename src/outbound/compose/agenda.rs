//! The pack: the agenda of one meeting with every child's papers, in one mail to the core members (SH-04, SY-06).
//!
//! It is complete or says what is missing (invariant 11): a child whose paper is to follow stands on it all the same.

use super::frozen::Draft;
use super::papers::{self, ClearedPaper, Listed};
use super::{ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::casework::agenda::Agenda;
use crate::casework::routing::Clearance;
use crate::casework::rules::Attendance;
use crate::casework::{CaseRef, MailKind, Sha256};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

/// What the pack says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Who sends it.
    pub head: Letterhead,
    /// The meeting and its items with their papers.
    pub agenda: Agenda,
    /// The cut-off the pack was drawn up after.
    pub cutoff_at: Timestamp,
    /// When a supplement will follow for certain: the pack went early (MC-12).
    pub supplement_at: Option<Timestamp>,
    /// What the pack was drawn up without (invariant 11), each a sentence: a mailbox not swept, messages not processed.
    pub missing: Vec<String>,
    /// Who is expected, where anybody has said so.
    pub attendance: Option<Attendance>,
    /// Which part of how many, where the pack is too large for one mail.
    pub part: Option<(u32, u32)>,
}

/// Composes the pack. `papers` are the bytes of every cleared document.
///
/// # Errors
/// See [`ComposeError`]: the agenda's papers, the clearance's documents and the bytes must be the same set.
pub fn compose(
    templates: &Templates,
    clearance: &Clearance,
    view: &View,
    papers: &[ClearedPaper<'_>],
    stamp: &Stamp,
    forbidden: &[Identifier],
) -> Result<Frozen, ComposeError> {
    let listed = papers::of_part(papers::list(view.agenda.items()), view.part, clearance);
    let mut draft = Draft::new(MailKind::Agenda, "agenda", &view.head, view);
    draft.meeting = Some(&view.agenda.meeting.id);
    draft.cases = view.agenda.items().map(|item| item.case).collect();
    draft.attachments = papers::gather(&listed, papers, clearance)?;
    draft.part = view.part;
    draft.more = more(view, &listed);
    draft.freeze(templates, clearance, stamp, forbidden)
}

/// Whose each attached paper is, and the name it has in the pack.
pub fn files(agenda: &Agenda) -> Vec<(CaseRef, Sha256, String)> {
    let listed = papers::list(agenda.items());
    listed.into_iter().map(|row| (row.document().case, row.document().sha256, row.file)).collect()
}

/// The table of item, child and file, and how many there are.
pub(super) fn more(view: &View, listed: &[Listed]) -> serde_json::Map<String, serde_json::Value> {
    let mut more = serde_json::Map::new();
    let files: std::collections::BTreeSet<&str> = listed.iter().map(|row| row.file.as_str()).collect();
    more.insert("files".to_owned(), json!(files.len()));
    more.insert("listed".to_owned(), json!(listed));
    more.insert("children".to_owned(), json!(view.agenda.items().count()));
    more
}
