//! From a [`Clearance`] to [`Frozen`] bytes: one file and one folder of templates per mail.
//!
//! Pure: the time, the ids and the papers' bytes are arguments, so the same input gives the same bytes. Compose addresses
//! nobody and attaches nothing that the clearance does not name, and refuses rather than repairs: a wrong kind, an
//! uncleared child, a paper whose bytes changed, a name in a subject, an answer without the emergency line. What it
//! refuses is held for a person by the caller; a [`ComposeError`] never repeats a personal value.

mod words;
mod identifiers;
mod templates;
mod headers;
mod frozen;
mod papers;
mod readdress;
mod samples;
pub mod acknowledgement;
pub mod received_only;
pub mod settled;
pub mod agenda;
pub mod approval;
pub mod supplement;
pub mod list;
pub mod extract;
pub mod health_copy;
pub mod invitation;
pub mod alert;
pub mod digest;
pub mod canary;
pub mod outcome_sheet;
pub mod notification;
pub mod outcome_query;
pub mod meeting_changed;
pub mod notes;
pub mod appendix;
pub mod handed_on;
pub mod health_notes;
pub mod reminder;

pub use frozen::Frozen;
pub use identifiers::Identifier;
pub use papers::{ClearedPaper, PaperBytes};
pub use readdress::readdress;
pub use templates::{TemplateError, Templates};
pub(super) use words::rfc3339;

use crate::casework::panel::Profile;
use crate::casework::{Address, CaseRef, MailKind, PanelId, SentRef, Sha256};
use jiff::Timestamp;
use serde::Serialize;

#[cfg(doc)]
use crate::casework::routing::Clearance;

/// Who a mail comes from, as its reader sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Letterhead {
    /// Which panel.
    pub panel: PanelId,
    /// In full.
    pub panel_name: String,
    /// As people say it: `RMM North East`.
    pub panel_short: String,
    /// The authority's name.
    pub authority_name: String,
    /// The duty mailbox: From, and organizer of invitations.
    pub from: Address,
    /// Display name of the duty mailbox.
    pub from_name: String,
    /// What to do when a child is in immediate danger (SH-23).
    pub emergency: String,
    /// Where the panel meets; for bodies, never for calendar fields.
    pub location: String,
}

impl From<&Profile> for Letterhead {
    fn from(profile: &Profile) -> Self {
        Self {
            panel: profile.id.clone(),
            panel_name: profile.name.clone(),
            panel_short: profile.short.clone(),
            authority_name: profile.authority_name.clone(),
            from: profile.from.clone(),
            from_name: profile.short.clone(),
            emergency: profile.emergency.clone(),
            location: profile.location.clone(),
        }
    }
}

/// What makes one mail itself: drawn once, when it is frozen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Its reference, `S-000123`.
    pub reference: SentRef,
    /// Its Date header, and the DTSTAMP of an invitation.
    pub date: Timestamp,
    /// Left part of its Message-ID.
    pub id: uuid::Uuid,
    /// Seed of its MIME boundaries.
    pub boundary: [u8; 16],
}

/// The received message a mail answers. Its subject is not used: it may name the child.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Answering {
    /// Message-ID header as received, angle brackets and all; left out of the answer if it is malformed.
    pub message_id: Option<String>,
    /// References header as received, oldest first.
    pub references: Vec<String>,
}

/// Why a mail was not composed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// The clearance is for another kind of mail.
    #[error("the clearance is for a mail of kind {cleared}, not {composed}")]
    WrongKind {
        /// What was cleared.
        cleared: MailKind,
        /// What was asked for.
        composed: MailKind,
    },
    /// The clearance is another panel's.
    #[error("the clearance is another panel's")]
    WrongPanel,
    /// The clearance is for another meeting.
    #[error("the clearance is for another meeting")]
    WrongMeeting,
    /// The clearance names nobody, or several where this mail goes to one person.
    #[error("this mail goes to {expected}; the clearance names {cleared} recipients")]
    Recipients {
        /// In words.
        expected: &'static str,
        /// How many are named.
        cleared: usize,
    },
    /// The mail speaks of a child it is not cleared for.
    #[error("not cleared for case {0}")]
    CaseNotCleared(CaseRef),
    /// A paper that is not cleared, or that the mail does not list.
    #[error("document {0} is not cleared for this mail")]
    DocumentNotCleared(Sha256),
    /// A cleared paper without its bytes, or that the mail does not list.
    #[error("document {0} is cleared for this mail and missing from it")]
    DocumentMissing(Sha256),
    /// The bytes handed over are not those that were cleared.
    #[error("the bytes of document {0} have changed since it was cleared")]
    DocumentAltered(Sha256),
    /// A name, date of birth, NHS or LCS number stands where it must not (invariant 5).
    #[error("a child would be identifiable in the {place}")]
    IdentifierExposed {
        /// Where.
        place: &'static str,
    },
    /// A control character in a header or calendar field.
    #[error("a control character in the {place}")]
    ControlCharacter {
        /// Where.
        place: &'static str,
    },
    /// Longer than mail servers take (255 characters; ours stay below 200).
    #[error("the subject has {0} characters; 200 is the most")]
    SubjectTooLong(usize),
    /// An answer that does not say what to do in an emergency (SH-23).
    #[error("the answer lacks the panel's emergency line")]
    EmergencyLineMissing,
    /// An overridden template failed on this view.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The view or the message could not be encoded.
    #[error("the mail could not be encoded: {0}")]
    Encoding(String),
}

#[cfg(test)]
pub(crate) mod tests;
