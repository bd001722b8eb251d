//! The list of children to be heard, without papers (SY-05: 48 hours before the meeting).

use super::frozen::Draft;
use super::{ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::casework::MailKind;
use crate::casework::agenda::Agenda;
use crate::casework::routing::Clearance;
use jiff::Timestamp;
use serde::Serialize;

/// What the list says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Who sends it.
    pub head: Letterhead,
    /// The meeting and its items; their papers are not shown.
    pub agenda: Agenda,
    /// When the papers go, if they have not gone yet.
    pub pack_at: Option<Timestamp>,
}

/// Composes the list.
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
    let mut draft = Draft::new(MailKind::List, "list", &view.head, view);
    draft.meeting = Some(&view.agenda.meeting.id);
    draft.cases = view.agenda.items().map(|item| item.case).collect();
    draft.more = more(view);
    draft.freeze(templates, clearance, stamp, forbidden)
}

/// How many children there are.
pub(super) fn more(view: &View) -> serde_json::Map<String, serde_json::Value> {
    serde_json::Map::from_iter([("children".to_owned(), serde_json::json!(view.agenda.items().count()))])
}
