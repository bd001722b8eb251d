//! The one answer a submission gets: what was received, which child is heard when, and what is asked.
//!
//! Kind `acknowledgement`; with questions, kind `query`. Children by reference and initials; meeting, cut-off and reference
//! go to the case's own authority and listed people only: for anyone else see [`received_only`](super::received_only).

use super::frozen::Draft;
use super::{Answering, ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::casework::agenda::AgendaMeeting;
use crate::casework::routing::Clearance;
use crate::casework::{CaseRef, Format, MailKind, MessageRef, Redacted};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

/// What the answer says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Who answers.
    pub head: Letterhead,
    /// What is answered.
    pub answering: Answering,
    /// The received message.
    pub message: MessageRef,
    /// When it arrived: the server's time (invariant 8).
    pub received_at: Timestamp,
    /// Its attachments, in order, the nested ones too.
    pub files: Vec<File>,
    /// The children found in it.
    pub children: Vec<Child>,
    /// What is said of a mail that brings no form: that it was understood, and what follows.
    pub note: Option<String>,
    /// What is asked; none makes it a plain acknowledgement.
    pub questions: Vec<Question>,
}

/// One attachment as received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct File {
    /// 1 for the first; questions refer to it.
    pub number: u32,
    /// What its bytes are.
    pub format: Format,
    /// Its own name; only for a sender of the child's own authority or a listed one, since it may name the child.
    pub name: Option<Redacted<String>>,
    /// What it was read as (a form's title), if anything.
    pub read_as: Option<String>,
    /// When the same bytes came before, if they did.
    pub before: Option<Timestamp>,
}

/// One child of the submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Child {
    /// The case, once the child is identified.
    pub case: Option<CaseRef>,
    /// Initials, if a name could be read.
    pub initials: Option<Redacted<String>>,
    /// The attachment that brought it, where another child of the mail has the same initials.
    pub file: Option<u32>,
    /// The day of its meeting is a bank holiday, and will be another (MC-13).
    pub holiday: bool,
    /// Where the paper stands.
    pub standing: Standing,
    /// What became of an earlier paper for the same child (MC-30).
    pub earlier: Option<Earlier>,
    /// What the form leaves blank that would help, as the form calls it (NT-05).
    pub welcome: Vec<String>,
}

/// What follows for one child, by rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Standing {
    /// In time: heard at this meeting.
    OnTime {
        /// Which.
        meeting: AgendaMeeting,
        /// Its cut-off.
        cutoff_at: Timestamp,
        /// When the papers go to the members, if not yet gone.
        pack_at: Option<Timestamp>,
        /// The rule of the cut-off (SH-02, SY-06 …).
        rule: String,
    },
    /// After the cut-off: on a later meeting.
    Late {
        /// The meeting it is on now.
        meeting: AgendaMeeting,
        /// The meeting it came too late for.
        missed: AgendaMeeting,
        /// That meeting's cut-off.
        cutoff_at: Timestamp,
        /// Only provisionally, until the chair decides (MC-31); otherwise the panel's rule decides (SY-07).
        provisional: bool,
        /// The chair was asked whether to admit it to the missed meeting (MC-22, MC-31).
        chair_asked: bool,
        /// The rule (SY-07, MC-31).
        rule: String,
    },
    /// The child is heard all the same; this paper came after the cut-off (SY-07: a late paper is not a late child).
    LatePaper {
        /// Which meeting.
        meeting: AgendaMeeting,
        /// Its cut-off.
        cutoff_at: Timestamp,
        /// The rule.
        rule: String,
    },
    /// The corrected form of a paper that came in time and was held: it came after the cut-off and follows all the same
    /// (MC-32).
    Corrected {
        /// The meeting the child is heard at.
        meeting: AgendaMeeting,
        /// The rule.
        rule: String,
    },
    /// The child is listed, its paper is held (MC-32).
    Waiting {
        /// Where the child is listed.
        meeting: AgendaMeeting,
        /// The meeting it came too late for, with that meeting's cut-off.
        missed: Option<(AgendaMeeting, Timestamp)>,
        /// The chair was asked whether to admit it to the missed meeting (MC-22, MC-31).
        chair_asked: bool,
        /// Why the paper is held, to end a sentence.
        because: String,
        /// The rule.
        rule: String,
    },
    /// Announced without an assessment (SH-10).
    Expected {
        /// Where the child is expected.
        meeting: AgendaMeeting,
        /// By when the assessment must be in.
        cutoff_at: Timestamp,
        /// The rule.
        rule: String,
    },
    /// Announced (SH-10), and on an agenda already.
    Announced {
        /// The rule.
        rule: String,
    },
    /// Taken and recorded; the panel does not hear it (SH-05).
    Recorded {
        /// The rule.
        rule: String,
    },
    /// It says what a meeting decided, and that is recorded (SY-19, SH-14).
    Outcome {
        /// Which meeting.
        meeting: AgendaMeeting,
        /// The rating it sets, as the panel's scale shows it.
        rating: Option<String>,
        /// How many actions are on file from it.
        actions: usize,
        /// When the child is heard next.
        next: Next,
        /// Somebody carries the case who may be written to: they are told (SY-28).
        told: bool,
        /// The rule.
        rule: String,
    },
    /// These very bytes came before.
    Repeat {
        /// When they first came.
        first_at: Timestamp,
        /// Where the child is heard.
        meeting: Option<AgendaMeeting>,
    },
    /// A person must look first (which child, which form); what came in time stays in time (MC-32).
    WithAPerson {
        /// The meeting it is in time for, if any.
        on_time_for: Option<AgendaMeeting>,
        /// What it waits for, where it is certain what it is.
        because: Option<String>,
    },
}

/// When a child whose outcome was recorded is heard next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Next {
    /// Never: the case is closed.
    Closed,
    /// On the panel's date.
    Given {
        /// Which.
        due: Date,
        /// The meeting.
        at: Option<AgendaMeeting>,
    },
    /// On the next fixed date (SH-06).
    Fixed {
        /// Which.
        due: Date,
        /// The meeting.
        at: Option<AgendaMeeting>,
    },
    /// It was asked for; this date is set if nobody answers (MC-35).
    Proposed {
        /// Which.
        due: Date,
        /// Until when.
        answer_by: Timestamp,
    },
    /// It was put off.
    Deferred {
        /// Until when.
        due: Date,
        /// The meeting.
        at: Option<AgendaMeeting>,
    },
    /// Not known yet; what is missing was asked for.
    Unsettled,
    /// It has been heard again since.
    Past,
}

/// What became of an earlier paper (MC-30).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Earlier {
    /// The new one takes its place.
    Replaced,
    /// Both are kept and admin was asked which holds.
    BothKept,
    /// The mail brings several, and the one with the latest date holds.
    LatestHolds,
    /// The mail brings both; both are kept and admin was asked which holds.
    BothHere,
}

/// Something the sender is asked to mend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Question {
    /// Which file ([`File::number`]); none where it is about the mail.
    pub file: Option<u32>,
    /// Whose, where the mail brings papers or rows of several children.
    pub case: Option<CaseRef>,
    /// The field as the form calls it.
    pub field: Option<String>,
    /// What is wrong, without repeating a personal value.
    pub problem: String,
    /// What to do.
    pub remedy: String,
    /// It is mended on the form: that is sent again.
    pub corrects: bool,
}

/// Composes the answer: kind `query` when it asks for something, else `acknowledgement`.
///
/// # Errors
/// See [`ComposeError`]; among them an answer without the emergency line (SH-23).
pub fn compose(
    templates: &Templates,
    clearance: &Clearance,
    view: &View,
    stamp: &Stamp,
    forbidden: &[Identifier],
) -> Result<Frozen, ComposeError> {
    let (kind, folder) = match view.questions.is_empty() {
        true => (MailKind::Acknowledgement, "acknowledgement"),
        false => (MailKind::Query, "query"),
    };
    let mut draft = Draft::new(kind, folder, &view.head, view);
    draft.answering = Some(&view.answering);
    draft.to_one = true;
    draft.cases = view.children.iter().filter_map(|child| child.case).collect();
    draft.more = more(view);
    draft.freeze(templates, clearance, stamp, forbidden)
}

/// The references for the subject, and the meeting when there is only one.
pub(super) fn more(view: &View) -> serde_json::Map<String, serde_json::Value> {
    let mut cases: Vec<CaseRef> = view.children.iter().filter_map(|child| child.case).collect();
    cases.sort_unstable();
    cases.dedup();
    let mut meetings: Vec<_> = view.children.iter().filter_map(|child| child.standing.meeting()).collect();
    meetings.sort_by_key(|meeting| meeting.starts);
    meetings.dedup();
    let only = if let [one] = meetings.as_slice() { Some(one.starts) } else { None };
    let mut more = serde_json::Map::new();
    more.insert("cases".to_owned(), serde_json::json!(cases));
    more.insert("only_meeting".to_owned(), serde_json::json!(only));
    more
}

impl Standing {
    /// The meeting the child is heard at.
    fn meeting(&self) -> Option<&AgendaMeeting> {
        match self {
            Self::OnTime { meeting, .. }
            | Self::Late { meeting, .. }
            | Self::LatePaper { meeting, .. }
            | Self::Corrected { meeting, .. }
            | Self::Expected { meeting, .. }
            | Self::Waiting { meeting, .. } => Some(meeting),
            Self::Outcome { meeting, .. } => Some(meeting),
            Self::Recorded { .. } | Self::Announced { .. } => None,
            Self::Repeat { meeting, .. } => meeting.as_ref(),
            Self::WithAPerson { on_time_for, .. } => on_time_for.as_ref(),
        }
    }
}
