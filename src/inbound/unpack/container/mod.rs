//! Containers: what an Outlook message (`msg`), a rich-text package (`tnef`), a zip archive and a text with uuencoded files
//! (`uu`) hold. Each reader takes
//! bytes and gives [`Opened`]; the walk puts the members in their place and looks at each again, by its bytes.
//!
//! # Failure policy
//!
//! A container that cannot be opened, or not within the limits, is kept whole as one leaf with the reason on it
//! ([`super::Leaf::refused`]). Of one that is broken in the middle, what could be read is there and the reason is a
//! problem of the message. Nothing a container says of itself is believed: sizes are counted while inflating.

mod mapi;
mod msg;
mod rtf;
mod tnef;
mod uu;
mod zip;

pub(super) use msg::open as open_msg;
pub(super) use tnef::open as open_tnef;
pub(super) use uu::{decode as decode_uu, open as open_uu};
pub(super) use zip::open as open_zip;

use super::Limits;
use crate::casework::{Finding, FindingCode};
use crate::inbound::ole::Trouble;

/// What a container holds.
#[derive(Default)]
pub(super) struct Opened {
    /// Set when the container is a message of its own.
    pub message: Option<Message>,
    /// Its members, in order.
    pub members: Vec<Member>,
    /// Members it says it has, where it says so.
    pub declared: Option<usize>,
    /// What is wrong with it: what could be read of it is there, and it is kept whole beside that.
    pub problems: Vec<Finding>,
}

/// What a container that is a message says besides its attachments.
#[derive(Default)]
pub(super) struct Message {
    /// Its header as it was on the wire, where it was kept.
    pub header: Option<String>,
    pub subject: Option<String>,
    pub sender: Option<String>,
    pub sender_name: Option<String>,
    pub message_id: Option<String>,
    /// Outlook's kind of item: `IPM.Note`.
    pub class: Option<String>,
    /// Plain text, and HTML where there is no plain text or it refers to pictures.
    pub plain: Option<String>,
    pub html: Option<String>,
}

/// One member.
pub(super) struct Member {
    pub name: Option<String>,
    /// What the container calls it; decides nothing.
    pub declared: Option<String>,
    pub content_id: Option<String>,
    /// Marked as shown in the body only.
    pub hidden: bool,
    pub content: Content,
}

/// What a member is.
pub(super) enum Content {
    Bytes(Vec<u8>),
    /// A message inside the message, opened already.
    Message(Box<Opened>),
    /// It cannot be had; the bytes there are, for the record.
    Refused(Vec<u8>, Finding),
}

/// What may still be taken out of containers, for one received message as a whole.
pub(super) struct Budget<'l> {
    limits: &'l Limits,
    bytes: u64,
    members: usize,
}

impl<'l> Budget<'l> {
    pub(super) const fn new(limits: &'l Limits) -> Self {
        Self { limits, bytes: limits.unpacked_bytes, members: limits.container_members }
    }

    /// Takes one member of this many bytes.
    fn take(&mut self, bytes: usize) -> Result<(), Finding> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let (Some(left), Some(members)) = (self.bytes.checked_sub(bytes), self.members.checked_sub(1)) else {
            return Err(limit("it holds more than this mailbox unpacks"));
        };
        if bytes > self.limits.member_bytes {
            return Err(limit("a file in it is larger than this mailbox unpacks"));
        }
        (self.bytes, self.members) = (left, members);
        Ok(())
    }
}

impl From<Trouble> for Finding {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Broken => broken("The Outlook message"),
            Trouble::TooLarge => limit("a file in it is larger than this mailbox unpacks"),
        }
    }
}

/// Beyond a limit. The words end a sentence.
fn limit(what: &str) -> Finding {
    Finding::document(
        FindingCode::LimitExceeded,
        format!("This file was not opened: {what}. Please attach the form itself and send it again."),
    )
}

/// Broken. The words are the subject of a sentence.
fn broken(what: &str) -> Finding {
    Finding::document(
        FindingCode::Unreadable,
        format!("{what} is damaged or was cut short on its way. Please attach the form itself and send it again."),
    )
}
