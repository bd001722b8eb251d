//! What the outbox keeps of a mail, what can happen to it, and how that can be refused.

use crate::casework::Address;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

#[cfg(doc)]
use super::{back_off, expires_at};

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryState {
    /// Waits for its time.
    Queued,
    /// Claimed by a sender; nothing accepted yet.
    Sending,
    /// The body is on its way; until the reply comes nobody knows.
    AtTheDot,
    /// Every recipient's fate is final.
    Settled,
    /// Waits for a person.
    Held,
    /// Will not be sent: superseded, withdrawn, or stopped by a person.
    Cancelled,
    /// Not delivered in time.
    Expired,
}

impl EntryState {
    /// Every state.
    pub const ALL: [Self; 7] =
        [Self::Queued, Self::Sending, Self::AtTheDot, Self::Settled, Self::Held, Self::Cancelled, Self::Expired];

    /// The state's text, in the store and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::AtTheDot => "at-the-dot",
            Self::Settled => "settled",
            Self::Held => "held",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// Nothing more happens to it.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Settled | Self::Cancelled | Self::Expired)
    }
}

/// Where one recipient stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecipientState {
    /// Not answered yet.
    Pending,
    /// A server took responsibility (RFC 5321 §4.2.5). Not: delivered.
    Accepted,
    /// Refused for now; tried again.
    Deferred,
    /// Refused for good.
    Failed,
    /// Time ran out.
    Expired,
    /// The mail was cancelled first, or went without them.
    Cancelled,
}

impl RecipientState {
    /// The state's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Deferred => "deferred",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// Still to be reached.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Deferred)
    }
}

/// One recipient of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// Who.
    pub address: Address,
    /// Where they stand.
    pub state: RecipientState,
    /// In the transaction that reached the dot and has not been answered.
    pub at_the_dot: bool,
    /// The directory has them at this address no more; read afresh before every step (OP-12).
    pub left: bool,
}

/// What has happened to a mail since it was frozen; read afresh before every step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// A later mail takes its place.
    pub superseded: bool,
    /// What it says no longer holds.
    pub withdrawn: bool,
    /// `case restrict` came between (invariant 5).
    pub restricted: bool,
    /// It is larger than a mail may be, and no person has let it go.
    pub too_large: bool,
    /// It identifies a child whom somebody it is for may not see, and no person has let it go (SY-40).
    pub exposes: bool,
}

/// One outgoing mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Where it stands.
    pub state: EntryState,
    /// How many attempts have begun; what `Begin` makes it is the attempt's number.
    pub attempt: u32,
    /// Not before this.
    pub due_at: Timestamp,
    /// Not after this ([`expires_at`]).
    pub expires_at: Timestamp,
    /// When the dot was reached, while unanswered.
    pub dot_at: Option<Timestamp>,
    /// What became of it meanwhile.
    pub standing: Standing,
    /// Everyone it goes to.
    pub recipients: Vec<Recipient>,
}

impl Entry {
    /// Something forbids sending it as it is: the most protective first (invariant 5).
    pub fn is_barred(&self) -> bool {
        let Standing { restricted, too_large, exposes, .. } = self.standing;
        restricted || too_large || exposes || self.recipients.iter().any(|to| to.left && to.state.is_open())
    }
}

/// A server's answer about one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientReply {
    /// Who.
    pub address: Address,
    /// What it said.
    pub reply: Reply,
}

/// An answer, classified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// 250 after the final dot.
    Accepted,
    /// 4xx, or the connection failed before the dot.
    Transient(Refusal),
    /// 5xx.
    Permanent(Refusal),
}

/// A no, without the server's words: they may name people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The SMTP reply code, where a server gave one.
    pub code: Option<u16>,
    /// The enhanced status code (RFC 3463), where it gave one.
    pub status: Option<String>,
    /// In our own words.
    pub why: &'static str,
}

impl Refusal {
    /// One that no server spoke.
    pub const fn ours(why: &'static str) -> Self {
        Self { code: None, status: None, why }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.why)?;
        match (self.code, &self.status) {
            (Some(code), Some(status)) => write!(f, " ({code} {status})"),
            (Some(code), None) => write!(f, " ({code})"),
            _ => Ok(()),
        }
    }
}

/// What happens to an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A sender claims it.
    Begin,
    /// The server said 354 and has accepted these at RCPT; committed before the first body byte.
    AtTheDot {
        /// Of which attempt.
        attempt: u32,
        /// Accepted at RCPT.
        recipients: Vec<Address>,
    },
    /// The server answered, before the dot (refusals only) or after it.
    Replied {
        /// To which attempt.
        attempt: u32,
        /// Per recipient.
        replies: Vec<RecipientReply>,
        /// For [`back_off`].
        jitter: u8,
    },
    /// It was claimed, and the server not asked: another time.
    NotBegun {
        /// Which attempt.
        attempt: u32,
    },
    /// The connection or the sender is gone.
    Lost {
        /// Which attempt's.
        attempt: u32,
        /// For [`back_off`].
        jitter: u8,
    },
    /// The settling turn has looked for proof.
    Settle {
        /// The attempt it settles: compare-and-swap.
        attempt: u32,
        /// What it found.
        proof: Proof,
    },
    /// A person, or a rule, stops it for a look.
    Hold,
    /// A person lets it go on.
    Release,
    /// It will not be sent.
    Cancel,
    /// The time is looked at.
    Tick,
}

/// What the settling turn found (LESSONS B).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Its Message-ID is in the journal mailbox (or the folder): everyone at the dot was accepted.
    Found,
    /// It is not there, and a canary mail sent later is.
    AbsentAfterCanary,
    /// Certainly not taken: a folder of our own that does not hold it. There is nothing to wait for.
    Absent,
    /// It is not there, and nothing later is either: no proof of anything.
    NotYet,
    /// There is no journal mailbox, or its copy was refused in this very attempt; only the wait is left.
    NoJournal,
}

/// What a step led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The entry as it is now.
    pub entry: Entry,
    /// For the journal: `outbox.settled`.
    pub event: &'static str,
}

/// Why an event does not apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The entry's state has no place for it.
    #[error("a mail that is {} does not take this step", .0.as_str())]
    NotNow(EntryState),
    /// Its time has not come.
    #[error("not due yet")]
    NotDue,
    /// Another attempt has begun since.
    #[error("attempt {given} is not the current one ({current})")]
    StaleAttempt {
        /// The event's.
        given: u32,
        /// The entry's.
        current: u32,
    },
    /// A recipient that is not the entry's, or whose fate is final.
    #[error("a recipient that is not open in this mail")]
    NotOpen,
    /// Nobody was accepted at RCPT, so there is no dot.
    #[error("nobody to send the body to")]
    NobodyAtTheDot,
    /// The server cannot accept before the dot.
    #[error("accepted before the final dot")]
    AcceptedBeforeTheDot,
    /// The fate of some recipient is unknown: only settling goes on from here.
    #[error("the fate of a recipient is unknown; it must be settled first")]
    Unknown,
    /// Everyone it could still go to has left the directory.
    #[error("nobody whom the directory still lists is left to send it to")]
    NobodyLeft,
    /// Settling must wait for proof or for time to pass.
    #[error("neither proof nor enough time has come")]
    NotSettled,
}
