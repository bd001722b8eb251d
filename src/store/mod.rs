//! The store: the only place with SQL, one file per noun.
//!
//! [`Store::begin`] gives a [`Tx`] that writes, [`Store::read`] a [`View`] that sees one consistent state and writes
//! nothing; a `Tx` is also a `View` of what it has written so far. Queries are methods of one or the other, in the file of
//! the noun they are about. One transaction carries one decision whole, or several, never part of one (invariant 3): case,
//! obligations, journal lines and outgoing mail commit together or not at all. A `Tx` that is dropped leaves nothing.
//!
//! What is personal is sealed ([`crate::seal`]) before it becomes SQL, and looked up through keyed hashes. Rows hand it out
//! as [`Sealed`](crate::seal::Sealed), opened only when asked.
//!
//! Failure policy: every error says whether to try again ([`StoreError::again`]). A full disk, a lock held too long or a
//! lost connection is "later": nothing was committed, the message stays in its mailbox and nothing is sent. A wrong key, a
//! newer schema or a broken journal is "never": the program stops and says so. No future of a `Tx` may be cancelled
//! between [`Store::begin`] and the end of [`Tx::commit`] (invariant 12).
//!
//! The SQL is one text for SQLite and PostgreSQL; `engine/` alone holds what differs.

#[macro_use]
mod row;
mod error;
mod engine;
mod server;
mod schema;
mod tx;
mod journal;
mod mailboxes;
mod messages;
mod arrivals;
mod ledger;
mod documents;
mod children;
mod cases;
mod report;
mod retention;
mod rotation;
mod restrictions;
mod meetings;
mod agenda_items;
mod decisions;
mod obligations;
mod outcomes;
mod asked;
mod held;
mod answers;
mod approvals;
mod outbox;
mod purposes;
mod enqueue;
mod sending;
mod submission;
mod invitations;
mod directory;
mod leases;
mod counts;
mod troubles;
mod reconcile;

#[cfg(test)]
mod tests;

pub use agenda_items::{AgendaRow, ItemState};
pub use answers::{AnswerState, OfferedCode};
pub use approvals::{Approval, ApprovalDecision, ApprovalState, Approved, NewApproval};
pub use arrivals::{Accepted, NewMessage, Occurrence, OccurrenceFate, OccurrenceKey, ReceivedRow};
pub use asked::{Asked, AskedAnswer, AskedDetail, AskedState, NewAsked, Proposed};
pub use cases::{Case, CaseFacts, CaseState, NewCase, Person, Word};
pub use children::{Child, ChildDetails, ChildId, KeyKind, child_keys};
pub use counts::Counts;
pub use decisions::{DecisionRow, Reason};
pub use directory::DirectoryVersion;
pub use documents::{Document, DocumentBody, DocumentId, DocumentState, NewDocument};
pub use enqueue::NewEntry;
pub use error::{Again, StoreError};
pub use held::{Held, HeldDecision, HeldDetail, HeldState, NewHeld};
pub use invitations::{Attendee, Invitation, InvitationKind, InvitationState, NewInvitation};
pub use journal::{JournalLine, Line, Verdict};
pub use leases::{Lease, LeaseRow};
pub use ledger::{Fate, Ledger};
pub use mailboxes::Mailbox;
pub use meetings::{Mark, Marked, Meeting, MeetingState};
pub use messages::{Message, MessageFacts, MessageOutcome, MessageState};
pub use obligations::{NewObligation, Obligation, ObligationId, ObligationState};
pub use outbox::{EntryState, Envelope, EnvelopeRecipient, OutboxEntry, Told};
pub use outcomes::{ActionDetail, ActionRow, ActionState, NewOutcome, OutcomeBody, OutcomeKind, OutcomeRow, Said};
pub use reconcile::Counted;
pub use report::{CaseNumbers, Period, TakenPaper, Waited};
pub use restrictions::{Restriction, RestrictionDetail, RestrictionId, RestrictionSubject};
pub use retention::{LegalHold, LegalHoldDetail, LegalHoldId, Purged};
pub use rotation::Rewrapped;
pub use row::BadWord;
pub use schema::{Store, Tried};
pub use sending::{Attempt, EntryRecipient, RecipientChange, RecipientState, Transition};
pub use server::{BadUrl, Server};
pub use submission::SubmissionServer;
pub use troubles::{JobRun, Trouble};
pub use tx::{Tx, View};

use std::path::PathBuf;

/// Where the store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreSettings {
    /// In a file, or on a server.
    pub place: Place,
    /// False only for a scratch database: commits no longer wait for the disk. Not a setting of the configuration file.
    pub durable: bool,
    /// For one task that waits for each of its statements, as a rehearsal does: an SQLite file gets one connection, which
    /// need not read again what it wrote, and no WAL. Whoever holds a [`View`] may not begin a [`Tx`].
    pub alone: bool,
    /// Whether a store that is not there is made. Where one must be there already, an empty one must not pass for one that
    /// was lost.
    pub make: bool,
}

/// A file, or a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// SQLite's file. Its folder must exist; beside it stand SQLite's `-wal` and `-shm` and our own `.lock`.
    File(PathBuf),
    /// A database on a PostgreSQL server, which several hosts may share.
    Server(Server),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Server(server) => f.write_str(server::loggable(server)),
        }
    }
}

impl StoreSettings {
    /// A durable store in this place.
    pub fn new(place: Place) -> Self {
        Self { place, durable: true, alone: false, make: true }
    }

    /// The same, which must be there already.
    #[must_use]
    pub fn existing(self) -> Self {
        Self { make: false, ..self }
    }

    /// A durable store in this file.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self::new(Place::File(path.into()))
    }

    /// A scratch store in this file: fast, and lost if the machine stops.
    pub fn scratch(path: impl Into<PathBuf>) -> Self {
        Self { durable: false, ..Self::at(path) }
    }

    /// A rehearsal's scratch store in this file; a program that is killed in the middle of a commit may leave it damaged.
    pub fn rehearsal(path: impl Into<PathBuf>) -> Self {
        Self { alone: true, ..Self::scratch(path) }
    }
}
