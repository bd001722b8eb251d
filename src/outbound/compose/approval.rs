//! The preview of a pack for whoever approves it (MC-33): the pack as its members would get it, and before it what a person
//! should look at: covering notes, papers that name another child, what is held, and who will get what.

use super::agenda;
use super::alert::Offer;
use super::frozen::Draft;
use super::papers::{self, ClearedPaper};
use super::{ComposeError, Frozen, Identifier, Stamp, Templates};
use crate::casework::routing::Clearance;
use crate::casework::{CaseRef, HeldRef, MailKind, MessageRef, Redacted};
use jiff::Timestamp;
use serde::Serialize;

/// What the preview says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// The pack as the core members get it, every child of the meeting included.
    #[serde(flatten)]
    pub pack: agenda::View,
    /// What it is: a pack, or a supplement.
    pub noun: String,
    /// Until when it waits.
    pub until: Timestamp,
    /// What happens then.
    pub otherwise: String,
    /// An earlier preview holds no more.
    pub again: bool,
    /// Somebody else was asked first and has not answered.
    pub chased: bool,
    /// Who will get what.
    pub mails: Vec<Mail>,
    /// Papers that name another child.
    pub flagged: Vec<Flagged>,
    /// What senders wrote beside their papers.
    pub notes: Vec<CoveringNote>,
    /// What is held and so not in it.
    pub held: Vec<Waiting>,
    /// How to approve or refuse it by answering; none where answers are not taken.
    pub offer: Option<Offer>,
    /// The verb that approves it.
    pub command: String,
}

/// One mail of the pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mail {
    /// Its kind, in words.
    pub what: String,
    /// To whom: name and role.
    pub to: Vec<Redacted<String>>,
    /// About whom.
    pub cases: Vec<CaseRef>,
    /// How many papers it carries.
    pub papers: usize,
}

/// A paper that names another child.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flagged {
    /// Whose.
    pub case: CaseRef,
    /// Its name in the pack.
    pub file: String,
}

/// What a sender wrote beside a paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CoveringNote {
    /// In which message.
    pub message: MessageRef,
    /// Whose papers came with it.
    pub cases: Vec<CaseRef>,
    /// The sender's own words, without greeting and signature.
    pub text: Redacted<String>,
}

/// Something held for the meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// Which.
    pub held: HeldRef,
    /// Whose, where that is certain.
    pub case: Option<CaseRef>,
    /// Why.
    pub why: String,
}

/// Composes the preview. `papers` are the bytes of every cleared document.
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
    let listed = papers::of_part(papers::list(view.pack.agenda.items()), view.pack.part, clearance);
    let mut draft = Draft::new(MailKind::Approval, "approval", &view.pack.head, view);
    draft.meeting = Some(&view.pack.agenda.meeting.id);
    draft.cases = view.pack.agenda.items().map(|item| item.case).collect();
    draft.attachments = papers::gather(&listed, papers, clearance)?;
    draft.part = view.pack.part;
    draft.more = agenda::more(&view.pack, &listed);
    draft.freeze(templates, clearance, stamp, forbidden)
}
