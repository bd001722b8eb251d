//! Handing a frozen mail over: to a folder of .eml files, or to a mail server ([`smtp`]).
//!
//! Failure policy: what could not be handed over is answered as transient, per recipient, and the outbox tries again. The
//! bytes go as they were frozen. Nobody is addressed but the recipients given and, at a server, our own journal mailbox.

mod folder;
pub mod reply;
pub mod smtp;

pub use folder::{FolderSink, OpenError, Sync};
pub use smtp::Smtp;

use crate::casework::{Address, CaseRef, MailKind, MeetingId, PanelId, SentRef};
use jiff::Timestamp;

/// One frozen mail on its way, as the outbox keeps it, without its bytes.
#[derive(Clone, Debug)]
pub struct Submission<'a> {
    /// `S-000123`.
    pub reference: SentRef,
    /// Now.
    pub at: Timestamp,
    /// Its kind.
    pub kind: MailKind,
    /// Whose mail it is.
    pub panel: &'a PanelId,
    /// The meeting it is about, if any.
    pub meeting: Option<&'a MeetingId>,
    /// Envelope sender.
    pub from: &'a Address,
    /// Envelope recipients: those still pending.
    pub to: &'a [Address],
    /// The children it speaks of.
    pub children: &'a [CaseRef],
    /// `(1, 2)` for part 1 of 2.
    pub part: Option<(u32, u32)>,
}

/// Where mail goes.
#[derive(Debug)]
pub enum Sink {
    /// Nowhere: the kill switch, and what a person's word is carried out with. What is due waits.
    Closed,
    /// A folder of .eml files and `sent.jsonl` (rehearsal, demonstration, shadow mode).
    Folder(FolderSink),
    /// A mail server.
    Smtp(Smtp),
}
