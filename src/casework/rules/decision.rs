//! The words of a decision: the facts of a message, and what can become of it and of its papers.

use super::after::{Follows, HeardAt};
use super::note::Note;
use super::resubmission::{OnFile, Resubmission};
use super::standing::{Sender, Standing};
use super::wrong_attachment::Mismatch;
use crate::casework::identify::{Identity, Unclear};
use crate::casework::panel::SectionId;
use crate::casework::{CaseRef, FieldId, Finding, Format, MeetingId, Reading, Sha256};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a message is, before its papers are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// Written by a person.
    Person,
    /// Out-of-office and the like (RFC 3834).
    AutoReply,
    /// A delivery status notification (RFC 3464).
    Bounce,
    /// An answer to an invitation (RFC 5546).
    CalendarReply,
    /// One of our own mails come back.
    Own,
    /// Through a mailing list: read, never answered.
    Bulk,
    /// It names a code of ours, to settle what waits for a person.
    Answer,
}

macro_rules! fates {
    ($($(#[$doc:meta])* $variant:ident => $text:literal);* $(;)?) => {
        /// What became of a message; each has exactly one (invariant 2).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Fate { $($(#[$doc])* #[serde(rename = $text)] $variant),* }
        impl Fate {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant),*];
            /// As in the ledger.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $text),* } }
        }
    };
}

fates! {
    /// Its papers were taken.
    Accepted => "accepted";
    /// A person must look at it, or at one of its papers.
    Held => "held";
    /// It, or every paper in it, was here before.
    Duplicate => "duplicate";
    /// An answer to an invitation.
    CalendarReply => "calendar_reply";
    /// A delivery report.
    Bounce => "bounce";
    /// Nothing to do: an automatic reply, one of our own.
    Ignored => "ignored";
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Fate {
    type Err = crate::casework::BadRef;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|fate| fate.as_str() == text)
            .ok_or_else(|| crate::casework::BadRef(text.to_owned()))
    }
}

macro_rules! holds {
    ($($(#[$doc:meta])* $variant:ident => $code:literal, $rule:literal, $words:literal);* $(;)?) => {
        /// Why something is held for a person.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum HoldKind { $($(#[$doc])* #[serde(rename = $code)] $variant),* }
        impl HoldKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant),*];
            /// The stable code.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $code),* } }
            /// The rule or invariant behind it.
            pub const fn rule(self) -> &'static str { match self { $(Self::$variant => $rule),* } }
            /// For the person who decides.
            pub const fn words(self) -> &'static str { match self { $(Self::$variant => $words),* } }
        }
    };
}

holds! {
    /// No single usable From address.
    NoSender => "no_sender", "SY-40", "the message has no single usable sender address";
    /// Not vouched for by the receiving server.
    Unauthenticated => "unauthenticated_sender", "SY-40", "the receiving server does not confirm that the message comes from the address it shows";
    /// Outside the allowed domains and not in the directory.
    Unlisted => "unlisted_sender", "SY-40", "the sender is not in the directory and not in an allowed domain";
    /// A person's message without a paper.
    NoDocument => "no_document", "SY-04", "the message carries no form";
    /// No label table fits.
    UnknownForm => "unknown_form", "SY-04", "the attachment is not a form this panel knows";
    /// A format that is not read.
    UnsupportedFormat => "unsupported_format", "MC-32", "the attachment is of a kind that cannot be read here";
    /// Broken.
    Unreadable => "unreadable", "MC-32", "the attachment is damaged or cut short";
    /// Needs a password or a key.
    Encrypted => "encrypted", "MC-32", "the attachment needs a password or a key";
    /// Holds macros.
    Macros => "macros", "MC-32", "the attachment holds macros";
    /// Beyond the limits.
    LimitExceeded => "limit_exceeded", "MC-32", "the message or attachment is larger or deeper than the limits allow";
    /// The reader died twice.
    ReaderFailed => "reader_failed", "MC-32", "the attachment could not be read in two attempts";
    /// A required field has no usable value.
    Incomplete => "missing_field", "SY-04", "a required field is missing or cannot be used";
    /// What health sends back, of a child that is not certain.
    HealthAnswer => "health_answer", "MC-10", "a health colleague writes, and it is not certain about which child";
    /// The child may be two children.
    ChildUnclear => "child_unclear", "MC-32", "it is not certain which child the form is about";
    /// The form does not tell the child apart.
    ChildNotIdentified => "child_not_identified", "MC-32", "the form does not say enough to identify the child";
    /// Another child is named in the message.
    WrongAttachment => "wrong_attachment", "MC-08", "another child is named in the message than on the form";
    /// The covering note asks not to share it.
    DoNotShare => "do_not_share", "SY-40", "the covering note asks not to share the paper";
    /// The covering note says that the child has died.
    Died => "died", "SY-40", "the message says that a child has died";
    /// The sender takes back what was sent.
    Withdrawn => "withdrawn", "SY-40", "the message takes back something that was sent";
    /// The child has left the area.
    Moved => "moved", "SY-40", "the message says that a child has left the area";
    /// Something that was sent is wrong.
    Correction => "correction", "SY-40", "the message says that something in a paper is wrong, and brings no other";
    /// A disagreement with what the panel decided.
    Escalation => "escalation", "SH-27", "the message disagrees with a decision of the panel, and the chair answers it";
    /// A case is announced without its assessment.
    Flagged => "flag_notification", "SH-10", "the message announces a case and brings no assessment";
    /// Somebody cannot come.
    Apology => "apology", "SH-11", "the message says that somebody cannot come to a meeting";
    /// A core member answers automatically.
    MemberAway => "member_away", "MC-08", "a core member may be away, and the deputy has not had the papers";
    /// The form stands in the message's own text, beside whatever else was written there.
    PastedForm => "pasted_form", "MC-32", "the form stands in the text of the message, not in a document of its own";
    /// A sensitive appendix or handling marker.
    Sensitive => "sensitive", "SY-21", "the paper carries a handling marker";
    /// The same file was taken for another panel of the authority, and the child is not on this one's agenda.
    TakenElsewhere => "taken_elsewhere", "SY-03", "another panel of the authority has the paper or the child's case already, and it is not certain which of them hears the child";
    /// A form of another panel.
    FormNotAccepted => "form_not_accepted", "BD-11", "the form belongs to another panel";
    /// What a meeting decided, from somebody who may not say so.
    Recording => "recording_template", "SY-19", "what a meeting decided counts only when it comes from this panel's admin, chair or approver";
    /// An outcome sheet that says nothing.
    NothingRecorded => "nothing_recorded", "SY-19", "the outcome sheet came back with nothing filled in";
    /// What a meeting decided about a child who was not at it.
    NotHeard => "not_heard", "SY-19", "the child was at no meeting of this panel that has begun, or not at the meeting named";
    /// An automatic reply that carries a paper.
    AutoReplyWithPaper => "auto_reply_with_paper", "MC-32", "an automatic message carries a paper";
    /// No meeting to come is known.
    NoMeeting => "no_meeting", "MC-13", "no meeting to come is known for this panel";
    /// The parts stored and the parts counted differ.
    CountMismatch => "count_mismatch", "MC-32", "not every part of the message could be taken apart";
    /// A health recipient the directory lacks (MC-09).
    RecipientMissing => "recipient_missing", "MC-09", "the directory has no matching recipient";
    /// Nobody approved by the deadline a paper that names another child.
    NamesAnother => "names_another_child", "MC-33", "the paper names another child and was not approved, so it went to nobody";
    /// The form names another lead professional than whoever sent it, and who carries the case is not confirmed.
    OtherLead => "other_lead", "MC-34", "the form names another lead professional than whoever sent it";
    /// It identifies a child of another panel.
    SpeaksOfAnother => "speaks_of_another_child", "SY-40", "the paper gives the number, or the name and date of birth, of a child whom the panel's members may not see";
    /// Health colleagues do not have it before a person has said so.
    KeptFromHealth => "kept_from_health", "MC-10", "the paper names another child, and is kept back from health colleagues";
    /// A composed mail would have shown an identifier where none may stand.
    ComposeRefused => "compose_refused", "SY-40", "a mail could not be composed safely";
}

impl fmt::Display for HoldKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl HoldKind {
    /// Somebody wrote that what came before should not go as it is: nobody outside the panel hears of the child by it until
    /// a person has read that (LESSONS D).
    pub const fn stops_papers(self) -> bool {
        matches!(self, Self::Died | Self::Withdrawn | Self::Moved | Self::Correction | Self::DoNotShare)
    }

    /// The kind of this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == code)
    }
}

/// What a person decided about something held, so that it can be decided again with that word.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// Trust the sender.
    pub trust_sender: bool,
    /// The child is this one.
    pub case: Option<CaseRef>,
    /// The child is a new one.
    pub new_child: bool,
    /// The paper is right whatever the message says, may be shared, and may go incomplete.
    pub accept_paper: bool,
}

/// Where the child is already listed.
#[derive(Clone, Debug)]
pub struct ExistingListing {
    /// At which meeting.
    pub meeting: MeetingId,
    /// In which section.
    pub section: SectionId,
    /// Its cut-off.
    pub cutoff_at: Timestamp,
    /// Its pack has been drawn up.
    pub pack_drawn: bool,
    /// It is listed there because its review is due.
    pub is_review: bool,
    /// Its rating was very high already, before this paper.
    pub was_very_high: bool,
    /// Papers on file for it, with their document ids.
    pub on_file: Vec<(String, OnFile)>,
}

/// One child's form in a document.
#[derive(Clone, Debug)]
pub struct SubmittedReading {
    /// As read.
    pub reading: Reading,
    /// Whose.
    pub identity: Identity,
    /// The child's next listing, if any.
    pub existing: Option<ExistingListing>,
    /// The child has been heard by this panel before.
    pub heard_before: bool,
    /// Another panel of the authority has the child's case open.
    pub elsewhere: bool,
    /// Who carries the case is confirmed, or was asked already about the one whom the form names (MC-34).
    pub lead_settled: bool,
    /// Another child is named in the message.
    pub mismatch: Option<Mismatch>,
    /// Where the child was heard, for a form that says what a meeting decided.
    pub heard: Option<HeardAt>,
}

/// One attachment.
#[derive(Clone, Debug)]
pub struct SubmittedDocument {
    /// Section number in the message.
    pub path: String,
    /// Its bytes' hash.
    pub sha256: Sha256,
    /// What it is.
    pub format: Format,
    /// A logo or signature image.
    pub decoration: bool,
    /// It is the message's own text, into which a form was pasted.
    pub pasted: bool,
    /// The same bytes were here before, for this case if known.
    pub seen: Option<Option<CaseRef>>,
    /// They were, but for another panel of the authority.
    pub elsewhere: bool,
    /// Its readings; empty when decoration or repeat.
    pub readings: Vec<SubmittedReading>,
}

/// A child waits past a meeting to come, because its paper came after the cut-off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// The meeting it came too late for.
    pub missed: MeetingId,
    /// Where it is listed instead.
    pub listed: MeetingId,
}

/// The facts of a message.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Server arrival (invariant 8).
    pub arrived_at: Timestamp,
    /// Now.
    pub now: Timestamp,
    /// What it is.
    pub kind: MessageKind,
    /// Who sent it.
    pub sender: Sender,
    /// The sender's own text speaks of danger (SH-23).
    pub urgent: bool,
    /// What the sender's own words say beside the papers, or instead of them.
    pub note: Option<Note>,
    /// The cases of our own mails that it answers, and those whose reference it gives.
    pub about: Vec<CaseRef>,
    /// What the child it is about waits past, where that is one child.
    pub passed_over: Option<PassedOver>,
    /// It answers what health was sent, or a health colleague writes.
    pub from_health: bool,
    /// The covering note asks not to share (LESSONS D).
    pub do_not_share: bool,
    /// It answers one of our mails.
    pub is_reply_to_us: bool,
    /// What unpacking found wrong with the message as a whole.
    pub problems: Vec<Finding>,
    /// Its attachments.
    pub documents: Vec<SubmittedDocument>,
    /// A person's earlier word.
    pub word: Override,
}

impl Submission {
    /// What it says where no person has said otherwise.
    pub fn noted(&self) -> Option<Note> {
        self.note.filter(|_| !self.word.accept_paper)
    }

    /// It brings a form: a note is then about that.
    pub fn brings_a_form(&self) -> bool {
        let mut readings = self.documents.iter().flat_map(|document| &document.readings);
        readings.any(|reading| reading.reading.form.is_some()) || self.documents.iter().any(|d| d.seen.is_some())
    }

    /// What health sends back about a child: it goes to the chair and the panel's health representative, and into no pack
    /// (MC-10). A form is a paper like any other, and whoever excuses themselves or disputes a decision is heard as that.
    pub fn is_health_answer(&self) -> bool {
        let mut readings = self.documents.iter().flat_map(|document| &document.readings);
        let says_else = matches!(self.noted(), Some(Note::Apology | Note::Escalation | Note::Flagged));
        let brings_a_form = readings.any(|reading| reading.reading.form.is_some());
        self.from_health && self.kind == MessageKind::Person && !says_else && !brings_a_form
    }

    /// Whom a health answer is about, where that is one child for certain.
    pub fn health_answer_about(&self) -> Option<CaseRef> {
        let one = if let [one] = self.about.as_slice() { Some(*one) } else { None };
        self.word.case.or(one).filter(|_| self.is_health_answer())
    }

    /// The child that its sender asks to be heard sooner: who sends a late paper is told to write if the child cannot wait
    /// (MC-22). Whatever they write about it then is for the chair to read.
    pub fn pleads(&self) -> Option<(CaseRef, &PassedOver)> {
        let [case] = self.about.as_slice() else { return None };
        // That a child is about to leave the area is a reason not to wait, whatever it stops.
        let says_else =
            self.noted().is_some_and(|note| note != Note::Moved) || self.brings_a_form() || self.from_health;
        // What the chair or admin writes is no plea to the chair: a person reads it.
        let asks = self.sender.standing == Standing::Known && !self.sender.is_obeyed;
        let is_heard = self.kind == MessageKind::Person && asks && !says_else;
        self.passed_over.as_ref().filter(|_| is_heard).map(|passed| (*case, passed))
    }

    /// What it says instead of bringing a form.
    pub fn says_only(&self) -> Option<Note> {
        self.noted().filter(|_| !self.brings_a_form())
    }

    /// The form an item is about, with what is known of its child.
    pub fn submitted(&self, item: &Item) -> Option<&SubmittedReading> {
        self.documents.get(item.document)?.readings.get(item.reading?)
    }

    /// The reading an item is about.
    pub fn reading_of(&self, item: &Item) -> Option<&Reading> {
        Some(&self.submitted(item)?.reading)
    }

    /// Its document carries a handling marker, and no person has let it go as it is (SY-21).
    pub fn is_set_apart(&self, item: &Item) -> bool {
        let marked = self.reading_of(item).is_some_and(|r| r.fields.contains_key(&FieldId::Sensitive));
        marked && !self.word.accept_paper
    }
}

/// Which case a paper goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseChoice {
    /// Open one.
    New,
    /// This one.
    Known(CaseRef),
}

/// Where a child is listed by this paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// At which meeting.
    pub meeting: MeetingId,
    /// In which section.
    pub section: SectionId,
    /// The child already stood there.
    pub already: bool,
    /// The meeting it came too late for.
    pub missed: Option<MeetingId>,
    /// The chair is asked whether to admit it to the missed meeting (MC-22, MC-31).
    pub ask_chair: bool,
    /// Listed, the paper follows (MC-32).
    pub paper_to_follow: bool,
    /// What the paper does to those on file.
    pub resubmission: Option<Resubmission>,
    /// Ids of documents it replaces.
    pub replaces: Vec<String>,
}

/// What becomes of one paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemOutcome {
    /// Taken; listed unless the rules hear it no more (SH-05, outcome 4).
    Accepted {
        /// Whose.
        case: CaseChoice,
        /// Where heard.
        listing: Option<Listing>,
    },
    /// Held for a person; the child is listed all the same where it is certain who it is (MC-32).
    Held {
        /// Why.
        kind: HoldKind,
        /// Whose, where certain.
        case: Option<CaseChoice>,
        /// Where heard, with "paper to follow".
        listing: Option<Listing>,
        /// Whom it may be.
        candidates: Vec<CaseRef>,
        /// Why the child is unclear.
        unclear: Option<Unclear>,
    },
    /// The same bytes were here before.
    Repeat {
        /// For this case.
        case: Option<CaseRef>,
    },
    /// Another form of its child in the same mail takes its place (MC-30).
    Outdone {
        /// Whose.
        case: CaseChoice,
        /// Which: its document, and the reading in that.
        by: (usize, Option<usize>),
    },
    /// It goes to the chair and the panel's health representative, and into no pack (MC-10).
    HandedOn {
        /// Whose.
        case: CaseRef,
    },
    /// It says what a meeting decided (SY-19, SH-14).
    Outcome(Box<Follows>),
}

/// A paper, its outcome, and what the sender is asked about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Index into the submission's documents.
    pub document: usize,
    /// Index into that document's readings; none for a document without one.
    pub reading: Option<usize>,
    /// What becomes of it.
    pub outcome: ItemOutcome,
    /// Questions and remarks for the sender.
    pub asks: Vec<Finding>,
    /// When it falls for its meeting.
    pub rule: &'static str,
}

/// What the sender is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing.
    None,
    /// Everything: meeting, cut-off, reference, questions.
    Full,
    /// That it was received and a person will answer.
    ReceivedOnly,
}

/// What a person is alerted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertKind {
    /// Words of danger (SH-23): at once.
    Urgent,
    /// A late paper: shall it be admitted (MC-22, MC-31)? At once.
    LatePaper,
    /// Whoever sent a late paper writes that the child cannot wait (MC-22).
    Plea,
    /// A paper for a child whose pack has gone (MC-30).
    TabledPaper,
    /// Two papers for one child (MC-30).
    TwoPapers,
    /// A child is announced without an assessment (SH-10).
    Expected,
    /// Something is held.
    Held,
    /// A disagreement for the chair to answer (SH-27).
    Escalation,
    /// Nobody of the child's authority is the contact (MC-34).
    NoCaseworker,
}

/// What follows from a message.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Its one fate.
    pub fate: Fate,
    /// The rule that decided it.
    pub rule: &'static str,
    /// Why, in words with ids only.
    pub reason: String,
    /// The whole message is held.
    pub message_hold: Option<HoldKind>,
    /// Its papers.
    pub items: Vec<Item>,
    /// What the sender is told.
    pub answer: Answer,
    /// Whom to alert.
    pub alerts: Vec<AlertKind>,
}
