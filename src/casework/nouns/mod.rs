//! The words everything else is written in. Personal fields are [`Redacted`], so that no `Debug` or log line shows them.

mod redacted;
mod ids;
mod address;
mod look_alike;
mod document;
mod reading;
mod finding;
mod mail;
mod frozen_bytes;
mod names;
mod response;
mod code;

pub use address::{Address, BadAddress, DomainPattern};
pub use code::Code;
pub use document::{Format, Sha256};
pub use finding::{Finding, FindingCode};
pub use frozen_bytes::FrozenBytes;
pub use ids::{
    AlertRef, AuthorityId, BadRef, CaseRef, FormId, HeldRef, MailboxId, MeetingId, MessageRef, PanelId, Ref, RoleId,
    SentRef,
};
pub use look_alike::{is_slip_of, looks_like};
pub use mail::MailKind;
pub use names::{capital, initials, name_pair, name_pairs_in, normal_name};
pub use reading::{Action, FieldId, Found, Reading, Value};
pub use redacted::Redacted;
pub use response::{AnswerMethod, CalendarAnswer, DeliveryAction, DeliveryReport, Participation, ReportedRecipient};
