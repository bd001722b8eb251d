//! What comes back about mail of ours: answers to invitations, and delivery reports.

use super::{Address, Redacted};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What somebody says of coming (PARTSTAT, RFC 5545 §3.2.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Participation {
    /// They come.
    Accepted,
    /// They do not.
    Declined,
    /// Perhaps.
    Tentative,
    /// Somebody else is to come.
    Delegated,
    /// They have not said.
    #[serde(rename = "needs-action")]
    NeedsAction,
}

impl Participation {
    /// The one that is kept under this word.
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Accepted, Self::Declined, Self::Tentative, Self::Delegated, Self::NeedsAction];
        all.into_iter().find(|says| says.as_str() == word)
    }

    /// As it is kept and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Tentative => "tentative",
            Self::Delegated => "delegated",
            Self::NeedsAction => "needs-action",
        }
    }
}

impl fmt::Display for Participation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an answer to an invitation asks for (METHOD, RFC 5546 §1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnswerMethod {
    /// It says whether they come.
    Reply,
    /// It proposes another time.
    Counter,
    /// It asks for the latest version.
    Refresh,
}

/// An answer to an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarAnswer {
    /// What it asks for.
    pub method: AnswerMethod,
    /// Of which invitation (RFC 5545 §3.8.4.7).
    pub uid: String,
    /// Which version of it was answered; Google and Apple leave it out at times.
    pub sequence: Option<i64>,
    /// When it was given, by the clock of whoever gave it (DTSTAMP, RFC 5545 §3.8.7.2).
    pub stamped_at: Option<Timestamp>,
    /// Who answers, as the calendar part says; none where it names nobody.
    pub attendee: Option<Address>,
    /// What they say.
    pub says: Participation,
    /// Who comes instead.
    pub delegate: Option<Address>,
}

impl CalendarAnswer {
    /// When it was given, as far as can be believed: after the invitation was sent, and before the answer came. Some programs
    /// copy the invitation's own stamp.
    pub fn said_at(&self, asked_at: Timestamp, arrived_at: Timestamp) -> Timestamp {
        self.stamped_at.filter(|at| *at > asked_at).map_or(arrived_at, |at| at.min(arrived_at))
    }
}

/// What became of a mail at one recipient (RFC 3464 §2.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryAction {
    /// It was not delivered, and will not be.
    Failed,
    /// Not yet; the server goes on trying.
    Delayed,
    /// It reached the mailbox.
    Delivered,
    /// It went on to a server that reports nothing.
    Relayed,
}

/// One recipient of a delivery report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedRecipient {
    /// Whom it is about: the address we wrote to where the report says, else the one it ended at.
    pub address: Option<Address>,
    /// What became of it.
    pub action: DeliveryAction,
    /// The enhanced status code (RFC 3463), `5.1.1`.
    pub status: Option<String>,
}

/// A delivery report (RFC 3464), or what programs send instead of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryReport {
    /// Message-IDs of the mail it may be about, the likeliest first.
    pub about: Vec<Redacted<String>>,
    /// What became of it, by recipient; empty where the report does not say.
    pub recipients: Vec<ReportedRecipient>,
}
