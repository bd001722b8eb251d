//! What changed since the pack: papers that followed, children added or taken off, corrections. Never a second full pack.

use super::frozen::Draft;
use super::papers::{self, ClearedPaper, Listed};
use super::{ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::casework::MailKind;
use crate::casework::agenda::{AgendaMeeting, Item};
use crate::casework::routing::Clearance;
use serde::Serialize;

/// What the supplement says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Who sends it.
    pub head: Letterhead,
    /// Which meeting's pack it adds to.
    pub meeting: AgendaMeeting,
    /// The changes, in the agenda's order.
    pub changes: Vec<Change>,
    /// Which part of how many, where the papers are too large for one mail.
    pub part: Option<(u32, u32)>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What happened.
    pub what: ChangeKind,
    /// The item as it stands now, with the papers that come with this mail only.
    pub item: Item,
    /// The attachment of the pack that no longer holds, by its name (MC-30).
    pub replaces: Option<String>,
    /// Why, in a sentence.
    pub why: Option<String>,
}

/// What happened to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// A paper that was to follow, or came before the cut-off of an early pack (MC-12, MC-32).
    PaperAdded,
    /// A child that was not on the pack; added at the end.
    ChildAdded,
    /// A child that is no longer heard at this meeting.
    ChildRemoved,
    /// A paper that takes another's place (MC-30).
    Corrected,
    /// The slot is another.
    SlotChanged,
}

/// Composes the supplement. `papers` are the bytes of every cleared document.
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
    let listed = papers::of_part(listed(view), view.part, clearance);
    let mut draft = Draft::new(MailKind::Supplement, "supplement", &view.head, view);
    draft.meeting = Some(&view.meeting.id);
    draft.cases = view.changes.iter().map(|change| change.item.case).collect();
    draft.attachments = papers::gather(&listed, papers, clearance)?;
    draft.part = view.part;
    draft.more = more(&listed);
    draft.freeze(templates, clearance, stamp, forbidden)
}

pub(super) fn listed(view: &View) -> Vec<Listed> {
    papers::list(view.changes.iter().map(|change| &change.item))
}

/// The table of item, child and file.
pub(super) fn more(listed: &[Listed]) -> serde_json::Map<String, serde_json::Value> {
    serde_json::Map::from_iter([("listed".to_owned(), serde_json::json!(listed))])
}
