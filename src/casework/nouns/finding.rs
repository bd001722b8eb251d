use super::FieldId;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident => $name:literal),* $(,)?) => {
        /// What is wrong with a document or message, as a stable code (listed in `docs/FORMS.md`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum FindingCode { $($(#[$doc])* #[serde(rename = $name)] $variant),* }
        impl FindingCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant),*];
            /// The code's text.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $name),* } }
        }
    };
}

codes! {
    /// No label table fits.
    UnknownForm => "unknown_form",
    /// A format that is not read (yet); the message says what to send instead.
    UnsupportedFormat => "unsupported_format",
    /// The file is broken, cut short or not what it claims.
    Unreadable => "unreadable",
    /// A password or a key is needed.
    Encrypted => "encrypted",
    /// The document holds macros.
    Macros => "macros",
    /// Zero bytes.
    Empty => "empty",
    /// Beyond one of the limits of size, count, depth, time or memory.
    LimitExceeded => "limit_exceeded",
    /// The reader was killed or died.
    ReaderFailed => "reader_failed",
    /// A required field has no value.
    Missing => "missing",
    /// A value that is not a date.
    NotADate => "not_a_date",
    /// A date that cannot be right (future, impossible age).
    ImplausibleDate => "implausible_date",
    /// A two-digit year was completed by plausibility.
    TwoDigitYear => "two_digit_year",
    /// Not a valid NHS number (checksum).
    BadNhsNumber => "bad_nhs_number",
    /// A value that is not on the panel's scale (MC-26).
    NotOnScale => "not_on_scale",
    /// More than one box ticked where one is asked.
    SeveralTicked => "several_ticked",
    /// Two places on the form disagree.
    Contradiction => "contradiction",
    /// The age and the date of birth disagree.
    AgeMismatch => "age_mismatch",
    /// A handling marker, or a sensitive appendix (SY-21).
    SensitiveMarker => "sensitive_marker",
    /// The assessment is older than the rules allow at the meeting (SH-02, SY-31).
    OutOfDate => "out_of_date",
    /// A number from the NHS test range.
    TestNumber => "test_number",
    /// The form was not authorised by the team manager (SH-32).
    NotAuthorised => "not_authorised",
    /// The form names another lead professional than whoever sent it (MC-34).
    OtherLead => "other_lead",
    /// The MIME leaves and the stored documents do not add up.
    CountMismatch => "count_mismatch",
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something missing, unreadable or contradictory, told in words a sender can act on. The message names the field as the
/// form calls it and never repeats a personal value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What kind.
    pub code: FindingCode,
    /// Which field, where it is about one.
    pub field: Option<FieldId>,
    /// In words.
    pub message: String,
}

impl Finding {
    /// About the whole document.
    pub fn document(code: FindingCode, message: impl Into<String>) -> Self {
        Self { code, field: None, message: message.into() }
    }

    /// About one field.
    pub fn field(code: FindingCode, field: FieldId, message: impl Into<String>) -> Self {
        Self { code, field: Some(field), message: message.into() }
    }
}
