//! What was planted in the mailboxes and what should become of it, so that tests and the demo's summary can tell.

use super::story::{Mail, timetable};
pub use crate::casework::rules::Fate;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Serialize;
use std::fmt;

macro_rules! whats {
    ($($(#[$doc:meta])* $variant:ident => $name:literal, $fate:ident;)*) => {
        /// What is particular about a planted mail.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum What { $($(#[$doc])* #[serde(rename = $name)] $variant),* }
        impl What {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant),*];
            /// The kind's text.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $name),* } }
            pub(super) const fn usual_fate(self) -> Fate { match self { $(Self::$variant => Fate::$fate),* } }
        }
    };
}

whats! {
    /// A first assessment, in good time.
    NewReferral => "new", Accepted;
    /// A St Helens review of a child heard before (SH-06).
    Review => "review", Accepted;
    /// A St Helens closure request (SH-08).
    ClosureRequest => "closure-request", Accepted;
    /// In the last hours or seconds before the cut-off, and so on time.
    AtCutoff => "at-cut-off", Accepted;
    /// After the cut-off (SY-07, MC-31).
    Late => "late", Accepted;
    /// After the cut-off and of the highest rating: the chair is asked at once (MC-22).
    LateVeryHigh => "late-very-high", Accepted;
    /// Urgent words in the new body text (SH-23).
    Urgent => "urgent", Accepted;
    /// The same bytes under a second Maildir name.
    Duplicate => "duplicate", Duplicate;
    /// A form already received, attached to another mail.
    Repeat => "repeat", Duplicate;
    /// A later form of the same child from the same worker (MC-30).
    Correction => "correction", Accepted;
    /// Name and date of birth of a known child with another LCS number.
    Unclear => "unclear", Held;
    /// A Word file cut off in the middle (MC-32).
    Unreadable => "unreadable", Held;
    /// A workbook that needs a password (MC-32).
    Encrypted => "encrypted", Held;
    /// In the old Excel format.
    OldExcel => "old-excel", Accepted;
    /// In LibreOffice's spreadsheet format.
    OpenDocument => "open-document", Accepted;
    /// The subject names another listed child than the form.
    WrongAttachment => "wrong-attachment", Held;
    /// The file's name names another listed child than the form.
    WrongAttachmentByName => "wrong-attachment-by-name", Held;
    /// Somebody's automatic reply (RFC 3834).
    OutOfOffice => "out-of-office", Ignored;
    /// A delivery-status notification (RFC 3464).
    Bounce => "bounce", Bounce;
    /// An answer to an invitation (RFC 5546).
    CalendarReply => "calendar-reply", CalendarReply;
    /// From nobody in the directory and no allowed domain.
    UnlistedSender => "unlisted-sender", Held;
    /// An authority's address on a mail that failed every check.
    Spoofed => "spoofed", Held;
    /// A question, nothing attached.
    NoAttachment => "no-attachment", Held;
    /// A required field is empty.
    MissingField => "missing-field", Held;
    /// Two forms about two children.
    TwoChildren => "two-children", Accepted;
    /// A manager forwards a worker's mail as an attachment; both are the caseworker (MC-34).
    Forwarded => "forwarded", Accepted;
    /// A listed GP practice refers; no social worker yet.
    FromGp => "from-gp", Accepted;
    /// The form names a GP that the directory lacks: holds that copy, not the pack.
    UnknownGp => "unknown-gp", Accepted;
    /// A rating that is not on the panel's scale (MC-26).
    OffScale => "off-scale", Held;
    /// The young person is 18 at the meeting (SY-36).
    Adult => "adult", Accepted;
    /// What a meeting decided, from that panel's admin (SY-19).
    Recording => "recording", Accepted;
    /// The team manager has not authorised the assessment (SH-32).
    NotAuthorised => "not-authorised", Accepted;
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One planted message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Planted {
    /// Path below the mail folder, `surrey-rmm-ne/new/1793….mx.surrey.example`.
    pub file: String,
    /// The mailbox it is in.
    pub mailbox: &'static str,
    /// When the server received it: the topmost Received line's time, to the second.
    pub arrives: Timestamp,
    /// What is particular about it.
    pub what: What,
    /// The fate it should have.
    pub fate: Fate,
    /// The meeting for which its children should be listed; none where a person has to decide first.
    pub meeting: Option<Date>,
    /// How many forms it carries.
    pub documents: usize,
}

/// Everything [`write`](super::write) plants, in the order it arrives.
pub fn manifest() -> Vec<Planted> {
    let mut all: Vec<Planted> = timetable().iter().enumerate().map(|(n, mail)| planted(n, mail)).collect();
    all.sort_by(|a, b| (a.arrives, &a.file).cmp(&(b.arrives, &b.file)));
    all
}

/// The manifest's line for the n-th mail of the timetable.
pub(super) fn planted(n: usize, mail: &Mail) -> Planted {
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    let arrives = zone.to_ambiguous_timestamp(mail.at).compatible().unwrap_or_default();
    // Some have been opened by a colleague: that must make no difference.
    let (folder, flags) = if n % 3 == 1 { ("cur", ":2,S") } else { ("new", "") };
    // The copy of a duplicate was delivered a little later; its trace lines are the original's.
    let delivered = arrives.as_second() + if mail.what == What::Duplicate { 1800 } else { 0 };
    let server = super::server(mail.mailbox);
    Planted {
        file: format!("{}/{folder}/{delivered}.M{n:06}P4242.{server}{flags}", mail.mailbox),
        mailbox: mail.mailbox,
        arrives,
        what: mail.what,
        fate: mail.fate,
        meeting: mail.meeting,
        documents: mail.documents.len(),
    }
}
