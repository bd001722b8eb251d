//! The reminder: to whoever owes something about a child, by when (SY-14, SY-29, SY-31, SH-11, SH-14, SH-15, SH-18, SH-30, SY-32, SY-33,
//! BD-03, BD-04, BD-05, S0-08). The practice
//! alert is the same mail once an assessment is overdue, to the team manager (SH-31).

use super::frozen::Draft;
use super::{ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::casework::agenda::AgendaMeeting;
use crate::casework::panel::ClockRule;
use crate::casework::routing::Clearance;
use crate::casework::{CaseRef, MailKind, Redacted};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::Serialize;

/// What the reminder says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Who sends it.
    pub head: Letterhead,
    /// Which case.
    pub case: CaseRef,
    /// The child's initials.
    pub initials: Redacted<String>,
    /// The authority's own number.
    pub lcs_number: Option<Redacted<String>>,
    /// Of what.
    pub what: What,
    /// The rule.
    pub rule: String,
}

/// What is owed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum What {
    /// The child is reviewed (SY-29).
    Review {
        /// At this meeting.
        meeting: AgendaMeeting,
        /// When the papers must be in.
        cutoff_at: Timestamp,
    },
    /// The assessment is to be brought up to date (SH-15, SY-31, BD-05).
    Assessment {
        /// The date of the last one.
        assessed_on: Date,
        /// By when.
        due: Date,
        /// That day is over.
        overdue: bool,
    },
    /// A child whose referral was taken without an assessment is to be assessed (BD-03).
    FirstAssessment {
        /// When it was taken.
        taken: Date,
        /// Within how many working days.
        working_days: u32,
        /// By when.
        due: Date,
        /// That day is over.
        overdue: bool,
    },
    /// It has not been, in time: a practice alert (SH-31).
    PracticeAlert {
        /// The date of the last one.
        assessed_on: Date,
        /// By when.
        due: Date,
        /// The team manager is among those told.
        manager_told: bool,
    },
    /// The meeting's template is to be completed (SH-14).
    Template {
        /// Which meeting's.
        meeting: AgendaMeeting,
        /// By when.
        due: Date,
        /// That day is over.
        overdue: bool,
    },
    /// Somebody else is to present the child, whose worker has declined (SY-14, SH-11).
    StandIn {
        /// At this meeting.
        meeting: AgendaMeeting,
        /// From when, as the invitation says.
        starts: DateTime,
        /// An update form goes to the chair before it (SY-14).
        update_form: bool,
    },
    /// What a person's clock says is due (SH-18, SY-32, SY-33).
    Clock {
        /// Which.
        clock: ClockRule,
        /// Since when it runs, as the person said.
        started: Date,
        /// By when.
        due: Date,
        /// That day is over.
        overdue: bool,
    },
    /// A referral was taken: the child's health is to be assessed (BD-04).
    HealthAssessment {
        /// When it was taken.
        taken: Date,
    },
    /// A senior manager is to review the case (SH-30).
    SeniorReview {
        /// Since when it has been on the pathway.
        start: Date,
        /// For how many months.
        months: i32,
        /// When these are over.
        due: Date,
    },
}

impl What {
    fn kind(&self) -> MailKind {
        match self {
            Self::PracticeAlert { .. } => MailKind::Alert,
            _ => MailKind::Reminder,
        }
    }
}

/// Composes the reminder.
///
/// # Errors
/// See [`ComposeError`].
pub fn compose(
    templates: &Templates,
    clearance: &Clearance,
    view: &View,
    stamp: &Stamp,
    forbidden: &[Identifier],
) -> Result<Frozen, ComposeError> {
    let mut draft = Draft::new(view.what.kind(), "reminder", &view.head, view);
    draft.meeting = match &view.what {
        What::Review { meeting, .. } | What::Template { meeting, .. } | What::StandIn { meeting, .. } => {
            Some(&meeting.id)
        }
        _ => None,
    };
    draft.cases = vec![view.case];
    draft.freeze(templates, clearance, stamp, forbidden)
}
