//! The extract: one child of the agenda, for the people who come for that child only (MC-08). It tells the caseworker who
//! "case R-0042" in their calendar is, when to come and what is on file.

use super::frozen::Draft;
use super::papers::{self, ClearedPaper, Listed};
use super::{ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::casework::MailKind;
use crate::casework::agenda::{AgendaMeeting, Item, Paper};
use crate::casework::routing::Clearance;
use crate::casework::rules::HoldKind;
use serde::Serialize;

/// What the extract says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Who sends it.
    pub head: Letterhead,
    /// Which meeting.
    pub meeting: AgendaMeeting,
    /// The one item: its papers are what is on file.
    pub item: Item,
    /// Who stands in for a caseworker who cannot come.
    pub stand_in: StandIn,
    /// The papers on file travel with this mail. The caseworker's own do not need to.
    pub with_papers: bool,
    /// Papers on file that do not travel with it, because they name another child on the agenda (MC-10).
    pub kept_out: Vec<Paper>,
    /// Papers that came and go nowhere yet: what each waits for.
    pub waiting: Vec<Waiting>,
    /// Which part of how many, where the papers are too large for one mail.
    pub part: Option<(u32, u32)>,
}

/// Why a paper that came has not gone to the panel yet. Nothing of what it says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Waiting {
    because: &'static str,
    rule: &'static str,
}

impl Waiting {
    /// It is held for a person. Where a marker or a covering note holds it, who sent it may have meant it for few: only that
    /// it waits is said (SY-21).
    pub const fn held(kind: HoldKind) -> Self {
        use HoldKind::{Correction, Died, DoNotShare, Incomplete, Moved, Sensitive, Withdrawn};
        match kind {
            Incomplete => Self { because: "something on the form is missing or cannot be used", rule: kind.rule() },
            Correction | Died | DoNotShare | Moved | Sensitive | Withdrawn => Self::for_a_person(),
            _ => Self { because: kind.words(), rule: kind.rule() },
        }
    }

    /// Why it waits.
    pub const fn because(&self) -> &'static str {
        self.because
    }

    /// A person looks at it, and more is not said.
    pub const fn for_a_person() -> Self {
        Self { because: "a person has to look at it first", rule: "MC-32" }
    }

    /// It came late, for a child who was listed already.
    pub const fn for_the_chair() -> Self {
        Self { because: "it came after the cut-off, and the chair decides whether it is tabled", rule: "MC-30" }
    }
}

/// Who comes when the caseworker cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StandIn {
    /// The manager, who sends the chair an update form beforehand (SY-14).
    ManagerWithUpdateForm,
    /// The manager or an advanced practitioner who knows the case fully (SH-11).
    ManagerOrAdvancedPractitioner,
}

/// Composes the extract. `papers` are the bytes of every cleared document; none unless [`View::with_papers`].
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
    let on_file = papers::of_part(papers::list(std::iter::once(&view.item)), view.part, clearance);
    let attached = if view.with_papers { &on_file[..] } else { &[] };
    let mut draft = Draft::new(MailKind::Extract, "extract", &view.head, view);
    draft.meeting = Some(&view.meeting.id);
    draft.cases = vec![view.item.case];
    draft.attachments = papers::gather(attached, papers, clearance)?;
    draft.part = view.part;
    draft.more = more(&on_file);
    draft.freeze(templates, clearance, stamp, forbidden)
}

/// The papers on file.
pub(super) fn more(listed: &[Listed]) -> serde_json::Map<String, serde_json::Value> {
    serde_json::Map::from_iter([("listed".to_owned(), serde_json::json!(listed))])
}
