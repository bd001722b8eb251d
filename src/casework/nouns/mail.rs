use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! kinds {
    ($($variant:ident => $name:literal),* $(,)?) => {
        /// The kinds of mail this program sends; the text stands in `X-Dutyclerk-Kind` and in `sent.jsonl`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "the names are the contract's")]
        pub enum MailKind { $(#[serde(rename = $name)] $variant),* }
        impl MailKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant),*];
            /// The kind's text.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $name),* } }
        }
    };
}

kinds! {
    Acknowledgement => "acknowledgement", Query => "query", Agenda => "agenda", Supplement => "supplement", List => "list",
    Extract => "extract", HealthCopy => "health-copy", HealthNotes => "health-notes", Invitation => "invitation",
    InvitationUpdate => "invitation-update", InvitationCancel => "invitation-cancel", Notification => "notification",
    Reminder => "reminder", Notes => "notes", Approval => "approval", Alert => "alert", Digest => "digest", Canary => "canary",
}

impl fmt::Display for MailKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for MailKind {
    type Err = super::BadRef;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text).ok_or_else(|| super::BadRef(text.to_owned()))
    }
}
