//! The health copy: one child, to one colleague in health who serves that child (SY-08, MC-09, MC-10).

use super::frozen::Draft;
use super::papers::{self, ClearedPaper, Listed};
use super::{ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::casework::agenda::{AgendaMeeting, Item};
use crate::casework::routing::Clearance;
use crate::casework::{MailKind, Redacted};
use jiff::Timestamp;
use serde::Serialize;

/// What the health copy says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Who sends it.
    pub head: Letterhead,
    /// Which meeting.
    pub meeting: AgendaMeeting,
    /// The one child: identity, rating and risk types are shown; its papers are what is attached.
    pub item: Item,
    /// In which capacity it is sent: `the child's GP practice`, `named nurse (acute trust)`.
    pub sent_to: String,
    /// Risk factors as the form ticks them.
    pub risk_factors: Vec<String>,
    /// The lead professional.
    pub lead: Option<Lead>,
    /// When an answer is needed by.
    pub answer_by: Option<Timestamp>,
    /// The information-sharing agreement's clause; without it no copy goes (MC-10).
    pub basis: String,
    /// Whether the paper comes with it.
    pub paper: Paper,
    /// Which part of how many, where the papers are too large for one mail.
    pub part: Option<(u32, u32)>,
}

/// A lead professional as colleagues in health reach them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lead {
    /// Name.
    pub name: Redacted<String>,
    /// Agency.
    pub agency: Option<String>,
    /// Telephone or mail address.
    pub contact: Option<Redacted<String>>,
}

/// Whether the child's paper is attached (MC-10).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Paper {
    /// It is.
    Attached,
    /// It is, and another is held for a person.
    AttachedInPart {
        /// As below.
        because: String,
    },
    /// This role gets the composed mail alone.
    SummaryOnly,
    /// It would be, but is held for a person; the mail goes on time without it.
    HeldBack {
        /// `it names another child who is on the agenda`.
        because: String,
    },
    /// There is none for this meeting, and none on file.
    None,
}

impl Paper {
    pub(super) const fn is_attached(&self) -> bool {
        matches!(self, Self::Attached | Self::AttachedInPart { .. })
    }
}

/// Composes the health copy. `papers` are the bytes of every cleared document.
///
/// # Errors
/// See [`ComposeError`]: among them more than one recipient.
pub fn compose(
    templates: &Templates,
    clearance: &Clearance,
    view: &View,
    papers: &[ClearedPaper<'_>],
    stamp: &Stamp,
    forbidden: &[Identifier],
) -> Result<Frozen, ComposeError> {
    let listed = papers::of_part(attached(view), view.part, clearance);
    let mut draft = Draft::new(MailKind::HealthCopy, "health-copy", &view.head, view);
    draft.meeting = Some(&view.meeting.id);
    draft.cases = vec![view.item.case];
    draft.to_one = true;
    draft.attachments = papers::gather(&listed, papers, clearance)?;
    draft.part = view.part;
    draft.more = more(&listed);
    draft.freeze(templates, clearance, stamp, forbidden)
}

pub(super) fn attached(view: &View) -> Vec<Listed> {
    papers::list(std::iter::once(&view.item).filter(|_| view.paper.is_attached()))
}

/// What is attached.
pub(super) fn more(listed: &[Listed]) -> serde_json::Map<String, serde_json::Value> {
    serde_json::Map::from_iter([("listed".to_owned(), serde_json::json!(listed))])
}
