//! The notes of a meeting (SY-22, SY-24, SH-13): all children to the core members, one child to those who are there for it
//! alone (MC-08). Recording templates travel with them; a sensitive appendix never does (SY-21).

use super::frozen::Draft;
use super::papers::{self, ClearedPaper, Listed};
use super::{ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::casework::agenda::{Action, AgendaMeeting, Item};
use crate::casework::routing::Clearance;
use crate::casework::{CaseRef, MailKind, Redacted};
use jiff::civil::Date;
use serde::Serialize;

/// What the notes say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Who sends them.
    pub head: Letterhead,
    /// Which meeting.
    pub meeting: AgendaMeeting,
    /// The children, in the agenda's order.
    pub children: Vec<Child>,
    /// Heard, and nobody has said what was decided: theirs follow.
    pub to_follow: Vec<CaseRef>,
    /// To somebody who is there for one child only.
    pub one_child: bool,
    /// A mistake is to be told by this day (MC-19).
    pub challenge_by: Date,
    /// Which part of how many, where the papers are too large for one mail.
    pub part: Option<(u32, u32)>,
}

/// What was decided about one child.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Child {
    /// Who, and what is attached.
    pub item: Item,
    /// The rating before, as the panel's scale shows it, where it was another.
    pub previous_rating: Option<String>,
    /// What became of the case.
    pub decision: Decision,
    /// Why it was closed.
    pub rationale: Option<Redacted<String>>,
    /// The safety plan, line by line (SY-24).
    pub safety_plan: Vec<Redacted<String>>,
    /// The disruption plan, line by line.
    pub disruption_plan: Vec<Redacted<String>>,
    /// What is to be done, by when, by whom (SY-44).
    pub actions: Vec<Action>,
    /// Who came.
    pub attended: Vec<Redacted<String>>,
    /// Who sent apologies.
    pub apologies: Vec<Redacted<String>>,
    /// It takes the place of notes already sent.
    pub corrected: bool,
    /// A part is on a separate appendix that is not sent (SY-21).
    pub appendix: bool,
}

/// What became of the case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Decision {
    /// It goes on.
    Continue {
        /// The next review, once known.
        review: Option<Date>,
        /// Nobody confirmed that date yet (MC-35).
        provisional: bool,
    },
    /// It was put off.
    Defer {
        /// To when.
        review: Option<Date>,
    },
    /// It is closed.
    Close,
}

/// Composes the notes. `papers` are the bytes of every cleared document.
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
    let mut draft = Draft::new(MailKind::Notes, "notes", &view.head, view);
    draft.meeting = Some(&view.meeting.id);
    draft.cases = view.children.iter().map(|child| child.item.case).collect();
    draft.attachments = papers::gather(&listed, papers, clearance)?;
    draft.part = view.part;
    draft.more = more(&listed);
    draft.freeze(templates, clearance, stamp, forbidden)
}

pub(super) fn listed(view: &View) -> Vec<Listed> {
    papers::list(view.children.iter().map(|child| &child.item))
}

/// What is attached.
pub(super) fn more(listed: &[Listed]) -> serde_json::Map<String, serde_json::Value> {
    serde_json::Map::from_iter([("listed".to_owned(), serde_json::json!(listed))])
}
