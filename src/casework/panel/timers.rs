//! What a panel's people owe beside its meetings, and are reminded of.

use super::Interval;
use crate::casework::RoleId;
use jiff::civil::Time;
use serde::{Deserialize, Serialize};

/// The clocks that run for each child of a panel; each is off where the profile does not name it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timers {
    /// The assessment itself is kept up to date.
    pub assessment: Option<AssessmentTimer>,
    /// A child whose referral was taken without an assessment is assessed (BD-03).
    pub first: Option<FirstTimer>,
    /// Nurses are told of a referral that is taken, to assess the child's health (BD-04).
    pub health: Option<HealthTimer>,
    /// A referral from outside about a child whom nobody of the authority works with is a contact for the front door (SH-19,
    /// SH-20).
    pub contact: Option<ContactTimer>,
    /// The meeting's template is completed soon after it (SH-14).
    pub template: Option<TemplateTimer>,
    /// A case open this long is reviewed by a senior manager (SH-30).
    pub senior: Option<SeniorTimer>,
    /// Clocks of which no paper tells the beginning: a person starts them for a case (SH-18, SY-32, SY-33).
    pub clocks: Vec<ClockTimer>,
}

/// What is due so long after a day that a person gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockTimer {
    /// The rule that says so.
    pub rule: ClockRule,
    /// How long after.
    pub after: Interval,
}

/// Rules whose clock a person starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ClockRule {
    /// The initial assessment meeting, from the decision that one is needed.
    #[serde(rename = "SH-18")]
    Sh18,
    /// The NRM referral meeting, from the day on which a referral is considered.
    #[serde(rename = "S0-08")]
    S008,
    /// The review of a looked-after child placed out of county, from the last one.
    #[serde(rename = "SY-32")]
    Sy32,
    /// The review of a young person of youth justice, from the move out of county.
    #[serde(rename = "SY-33")]
    Sy33,
}

impl ClockRule {
    /// Its id.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sh18 => "SH-18",
            Self::S008 => "S0-08",
            Self::Sy32 => "SY-32",
            Self::Sy33 => "SY-33",
        }
    }

    /// Being heard by the panel starts it anew.
    pub const fn is_of_reviews(self) -> bool {
        matches!(self, Self::Sy32)
    }
}

/// The next assessment is due `assessment_age` after the last.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssessmentTimer {
    /// The rule that says so.
    pub rule: AssessmentRule,
    /// While the child has one of these ratings; any, where none is named.
    #[serde(default)]
    pub while_rated: Vec<String>,
    /// The role that raises a practice alert with the child's team manager once it is overdue (SH-31).
    #[serde(default)]
    pub alert_by: Option<RoleId>,
}

/// Rules by which an assessment is kept up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AssessmentRule {
    /// St Helens: every four weeks while risk is medium or high.
    #[serde(rename = "SH-15")]
    Sh15,
    /// Surrey: every three months.
    #[serde(rename = "SY-31")]
    Sy31,
    /// Blackburn: every three months.
    #[serde(rename = "BD-05")]
    Bd05,
}

impl AssessmentRule {
    /// Its id.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sh15 => "SH-15",
            Self::Sy31 => "SY-31",
            Self::Bd05 => "BD-05",
        }
    }
}

/// The template is to be completed within so many calendar days of the meeting (SH-14, MC-14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateTimer {
    /// Calendar days.
    pub days: i32,
}

/// A case open for so many months is reviewed by whoever holds a role (SH-30).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeniorTimer {
    /// Months from the start of the pathway (MC-16).
    pub months: i32,
    /// Who reviews it.
    pub role: RoleId,
}

/// The first assessment is completed within so many working days of the day on which the referral was taken (BD-03, MC-15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirstTimer {
    /// Working days.
    pub working_days: u32,
}

/// Who assesses the health of a child whose referral was taken (BD-04).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthTimer {
    /// Whoever holds this role for the panel.
    pub role: RoleId,
}

/// What becomes of a contact, and by when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactTimer {
    /// By this time of its day it is on the agenda of the next morning's meeting (SH-20, MC-17).
    pub agenda_by: Time,
    /// Within so many working days it is decided whether the child is assessed (SH-19).
    pub working_days: u32,
}
