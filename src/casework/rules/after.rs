//! What follows from what a meeting decided about one child: open or closed, when it is heard next, what is asked of the
//! sender, what the chair is told. A pure function of what the form says, what is known of the child, the profile, the
//! meetings to come and now.
//!
//! A date the panel gives is never overruled (MC-03): one that lies outside the window is kept and shown to the chair. A
//! case is closed only on a rationale (SY-20, MC-06, SH-08); without one it stays open and the rationale is asked for.

use super::outcome::{MeetingOutcome, Verdict};
use crate::casework::calendar::{Meeting, WarningCode, civil, review};
use crate::casework::panel::Profile;
use crate::casework::{CaseRef, FieldId, Finding, FindingCode, MeetingId};
use jiff::Timestamp;
use jiff::civil::Date;

/// Where a child stands when the outcome of a meeting comes for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeardAt {
    /// It was on the agenda of this meeting, which has begun.
    Here(Box<Heard>),
    /// No child of this panel, or at no meeting of it that has begun.
    Nowhere,
    /// The row bears this case's reference beside another child's letters or number.
    AnotherChild(CaseRef),
    /// Not at the meeting that the sheet names, or that meeting is another panel's.
    NotThere,
}

/// What is known of a child that was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Whose.
    pub case: CaseRef,
    /// At which meeting.
    pub meeting: MeetingId,
    /// The day it was held.
    pub day: Date,
    /// The child has been heard at no later meeting: only then do rating and review follow.
    pub is_last: bool,
    /// Its rating until now.
    pub rating: Option<String>,
    /// The fixed review due after this meeting, counted from pathway start (SH-06, MC-16).
    pub next_fixed: Option<Date>,
    /// Somebody carries the case.
    pub has_lead: bool,
    /// What was recorded of this meeting before.
    pub before: Option<MeetingOutcome>,
    /// A review date that nobody confirmed was set meanwhile.
    pub provisional: bool,
    /// Earlier meetings that put it off.
    pub deferred_before: usize,
    /// Earlier meetings that found an action outstanding.
    pub outstanding_before: usize,
    /// When an open question is answered by the program itself: two working days from now (MC-35).
    pub answer_by: Timestamp,
}

/// When the child is heard next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Review {
    /// Not at all: the case is closed.
    Closed,
    /// On a date the panel gave (SY-28).
    Given {
        /// Which.
        due: Date,
    },
    /// On the next of the fixed dates (SH-06).
    Fixed {
        /// Which.
        due: Date,
    },
    /// No date was given: this one is proposed, and set provisionally if nobody answers (MC-35).
    Proposed {
        /// Which.
        due: Date,
        /// The longest the rating allows (MC-03).
        latest: Date,
        /// Until when an answer is waited for.
        answer_by: Timestamp,
    },
    /// It was put off: at the next meeting, or the date given (SY-17).
    Deferred {
        /// Which.
        due: Date,
    },
    /// Nothing says when: no date, no rating, or a closure without its rationale.
    Unsettled {
        /// Until when an answer is waited for.
        answer_by: Timestamp,
    },
    /// The child has been heard again since: what is said of this meeting moves nothing.
    Past,
}

impl Review {
    /// The date that is set now.
    pub fn due(self) -> Option<Date> {
        match self {
            Self::Given { due } | Self::Fixed { due } | Self::Deferred { due } => Some(due),
            Self::Closed | Self::Proposed { .. } | Self::Unsettled { .. } | Self::Past => None,
        }
    }
}

/// Something the chair is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flag {
    /// The panel's date lies after the longest interval (MC-03, SH-06).
    AfterLatest {
        /// The panel's.
        due: Date,
        /// The rule's.
        latest: Date,
    },
    /// No meeting is held on or before the date: the child is heard after it (MC-05).
    NoMeetingBefore {
        /// The date.
        due: Date,
        /// The meeting.
        meeting: MeetingId,
    },
    /// Put off more than once (SY-17).
    DeferredAgain {
        /// How often.
        times: usize,
    },
    /// Actions not completed more than once (SY-17).
    OutstandingAgain {
        /// How often.
        times: usize,
    },
}

impl Flag {
    /// The rule it follows from.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::AfterLatest { .. } => "MC-03",
            Self::NoMeetingBefore { .. } => "MC-05",
            Self::DeferredAgain { .. } | Self::OutstandingAgain { .. } => "SY-17",
        }
    }
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Follows {
    /// Whose, and of which meeting.
    pub heard: Heard,
    /// Everything recorded of this meeting, this form over earlier ones.
    pub outcome: MeetingOutcome,
    /// The rating it sets, on the panel's scale.
    pub rating: Option<String>,
    /// When it is heard next.
    pub review: Review,
    /// At which meeting, where a date is set (MC-05).
    pub next: Option<MeetingId>,
    /// What the sender is asked.
    pub asks: Vec<Finding>,
    /// What the chair is told.
    pub flags: Vec<Flag>,
    /// The rule that decided, and why.
    pub rule: &'static str,
    /// In words with ids only.
    pub reason: String,
}

impl Profile {
    /// The rule by which an outcome is recorded.
    pub fn outcome_rule(&self) -> &'static str {
        if self.fixed_reviews.is_some() { "SH-14" } else { "SY-19" }
    }

    /// The rule by which a case may not be closed without a rationale.
    fn closing_rule(&self) -> &'static str {
        if self.fixed_reviews.is_some() { "SH-08" } else { "SY-20" }
    }
}

/// Decides what follows. `meetings` are the panel's meetings from today on, in order, as far as the review date reaches;
/// `unusable` is what was found about a review date that could not be taken from the form.
pub fn follow(
    said: MeetingOutcome,
    heard: Heard,
    profile: &Profile,
    meetings: &[Meeting],
    now: Timestamp,
    unusable: Option<&Finding>,
) -> Follows {
    let mut asks = Vec::new();
    let off_scale = said.rating.as_ref().is_some_and(|rating| profile.rating(rating).is_none());
    let said_rating = said.rating.clone();
    let mut said = said;
    if off_scale {
        said.rating = None;
        asks.push(Finding::field(FindingCode::NotOnScale, FieldId::RiskRating, "The rating is not on this panel's scale (rule MC-26), so it was not taken. Please send the rating in the panel's own words."));
    }
    let is_template = !said.is_sheet;
    let outcome = match heard.before.clone() {
        Some(before) => said.over(before),
        None => said,
    };
    let rating = outcome.rating.as_deref().or(heard.rating.as_deref()).and_then(|id| profile.rating(id));
    let lowest = outcome.rating.is_some() && rating.is_some_and(|r| r.closes);
    let deferred = outcome.verdict == Some(Verdict::Defer);
    let wants_closing = outcome.verdict == Some(Verdict::Close) || (outcome.verdict.is_none() && lowest);
    let closes = wants_closing && outcome.rationale.is_some();
    if wants_closing && !closes {
        asks.push(missing(FieldId::Rationale, format!("A case is closed only with its rationale (rule {}), and none was given, so it stays open. Please send why the child is no longer at risk.", profile.closing_rule())));
    }
    if lowest && outcome.verdict == Some(Verdict::Continue) {
        asks.push(Finding::field(FindingCode::Contradiction, FieldId::Decision, "The lowest rating closes a case (rule MC-06), but the decision is to continue, so the case stays open. Please say which is right."));
    }
    if outcome.rating.is_none() && !deferred && !off_scale && said_rating.is_none() {
        asks.push(missing(FieldId::RiskRating, format!("The rating that the meeting agreed is missing (rule {}); the one before stands until it comes. Please send it.", profile.outcome_rule())));
    }
    if is_template && profile.outcome_rule() == "SY-19" && !deferred {
        asks.extend(seven_items(&outcome, &heard, lowest, wants_closing));
    }

    let mut flags = Vec::new();
    let review = settle(
        &outcome,
        &heard,
        profile,
        meetings,
        now,
        (closes, wants_closing, deferred),
        unusable,
        &mut asks,
        &mut flags,
    );
    let next = review.due().and_then(|due| {
        let meeting = at_or_before(due, heard.day, meetings, now)?;
        if meeting.day() > due {
            flags.push(Flag::NoMeetingBefore { due, meeting: meeting.id.clone() });
        }
        Some(meeting.id.clone())
    });
    let outstanding = outcome.actions.iter().any(|a| a.status.as_deref() == Some("OUTSTANDING"));
    if deferred && heard.deferred_before > 0 {
        flags.push(Flag::DeferredAgain { times: heard.deferred_before + 1 });
    }
    if outstanding && heard.outstanding_before > 0 {
        flags.push(Flag::OutstandingAgain { times: heard.outstanding_before + 1 });
    }
    let (rule, reason) = in_words(review, profile);
    let rating = outcome.rating.clone().filter(|_| heard.is_last);
    Follows { outcome, rating, review, next, asks, flags, rule, reason, heard }
}

#[expect(clippy::too_many_arguments, reason = "what was said, what is known, and where findings go")]
fn settle(
    outcome: &MeetingOutcome,
    heard: &Heard,
    profile: &Profile,
    meetings: &[Meeting],
    now: Timestamp,
    (closes, wants_closing, deferred): (bool, bool, bool),
    unusable: Option<&Finding>,
    asks: &mut Vec<Finding>,
    flags: &mut Vec<Flag>,
) -> Review {
    if !heard.is_last {
        return Review::Past;
    }
    if closes {
        return Review::Closed;
    }
    let today = civil::date(now);
    let rating = outcome.rating.as_deref().or(heard.rating.as_deref());
    let window = rating.and_then(|rating| review::window(profile, rating, heard.day));
    let fixed = heard.next_fixed;
    let given = outcome.review_date.filter(|date| *date > heard.day && *date >= today);
    let past = outcome.review_date.filter(|_| given.is_none()).map(|date| {
        let which = if date <= heard.day { "is not after the meeting it was set at" } else { "is over" };
        Finding::field(
            FindingCode::ImplausibleDate,
            FieldId::ReviewDate,
            format!("The review date {which}, so it was not set. Please send the date you mean."),
        )
    });
    // A date that was meant and could not be set is said to be one, whatever follows.
    let unusable = past.as_ref().or(unusable.filter(|_| given.is_none()));
    let or_else = |otherwise: String| match unusable {
        Some(finding) => {
            let problem = finding.message.split("Please ").next().unwrap_or_default();
            Finding { message: format!("{} {otherwise}", problem.trim_end()), ..finding.clone() }
        }
        None => missing(FieldId::ReviewDate, format!("No review date was given. {otherwise}")),
    };
    if deferred {
        let next = at_or_before(today.max(heard.day), heard.day, meetings, now).map_or(today, Meeting::day);
        asks.extend(unusable.cloned());
        return Review::Deferred { due: given.unwrap_or(next) };
    }
    if let Some(due) = given {
        let latest = window.map(|w| w.latest).or(fixed);
        if let Some(latest) = latest.filter(|latest| due > *latest) {
            flags.push(Flag::AfterLatest { due, latest });
        }
        return Review::Given { due };
    }
    if wants_closing {
        asks.extend(unusable.cloned());
        return Review::Unsettled { answer_by: heard.answer_by };
    }
    if let Some(due) = fixed {
        asks.extend(unusable.cloned());
        return Review::Fixed { due };
    }
    let Some(window) = window else {
        let why = match rating.and_then(|rating| profile.rating(rating)) {
            Some(rating) => format!(
                "{} has no review from which one could be proposed (rule MC-35). Please send the date, or the rationale for closing the case.",
                rating.title
            ),
            None => "There is no rating from which one could be proposed (rule MC-35). Please send both.".to_owned(),
        };
        asks.push(or_else(why));
        return Review::Unsettled { answer_by: heard.answer_by };
    };
    let due = proposal(heard.day, window, meetings, now);
    asks.push(or_else(format!(
        "From the rating we propose {}, at the latest {}; if we hear nothing by {}, the proposed date is set provisionally (rules MC-03, MC-35). Please send the date the panel wants; if it is this one, there is nothing to do.",
        civil::day_in_words(due),
        civil::day_in_words(window.latest),
        civil::instant_in_words(heard.answer_by)
    )));
    Review::Proposed { due, latest: window.latest, answer_by: heard.answer_by }
}

/// The earliest date of the window at which the panel meets (MC-05, MC-35); the target itself where none does.
pub fn proposal(heard: Date, window: review::Window, meetings: &[Meeting], now: Timestamp) -> Date {
    let to_come: Vec<Meeting> = meetings.iter().filter(|m| is_to_come(m, now)).cloned().collect();
    review::propose(heard, window, &to_come).map_or(window.target, Meeting::day)
}

/// The last meeting on or before the date, else the first to come: never none while the panel meets (MC-05).
/// The meeting that hears a child by this day: the last on or before it, else the next after the one that heard it (MC-05).
pub fn at_or_before(due: Date, heard: Date, meetings: &[Meeting], now: Timestamp) -> Option<&Meeting> {
    let to_come = || meetings.iter().filter(|m| is_to_come(m, now) && m.day() > heard);
    review::snap(due, to_come()).or_else(|| to_come().min_by_key(|m| m.starts_at))
}

fn is_to_come(meeting: &Meeting, now: Timestamp) -> bool {
    meeting.starts_at > now && !meeting.warns(WarningCode::BankHoliday)
}

/// SY-19: what a recording template must include; the rating, the review date and a closure's rationale are asked for
/// above.
fn seven_items(outcome: &MeetingOutcome, heard: &Heard, lowest: bool, closing: bool) -> Vec<Finding> {
    let item = |is_there: bool, field: FieldId, what: &str| {
        let ask = || missing(field, format!("{what} (rule SY-19). Please add it and send the template again."));
        (!is_there).then(ask)
    };
    let has_risks = outcome.additional_risks.is_some() || !outcome.risk_factors.is_empty();
    let needs_plan = !lowest && !closing;
    let does_something = outcome.disruption_plan.is_some() || !outcome.actions.is_empty();
    let may_close = closing && !lowest;
    let lead = outcome.lead_professional.is_some() || heard.has_lead;
    [
        item(
            outcome.discussion.is_some(),
            FieldId::Discussion,
            "The identified risk and the agencies' updates are missing",
        ),
        item(has_risks, FieldId::RiskFactors, "The current risk factors, checked at this meeting, are missing"),
        item(
            !needs_plan || outcome.safety_plan.is_some(),
            FieldId::SafetyPlan,
            "The safety plan is missing, with what is to be done at once",
        ),
        item(
            !may_close || lead,
            FieldId::LeadProfessional,
            "The lead professional who carries the recommendations is missing",
        ),
        item(
            does_something,
            FieldId::Actions,
            "Other activities are missing: actions, a disruption plan, or a CHaRMM referral",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn missing(field: FieldId, message: impl Into<String>) -> Finding {
    Finding::field(FindingCode::Missing, field, message)
}

fn in_words(review: Review, profile: &Profile) -> (&'static str, String) {
    match review {
        Review::Closed => (profile.closing_rule(), "the case is closed, with its rationale".to_owned()),
        Review::Given { due } => ("SY-28", format!("the panel reviews it on {due}")),
        Review::Fixed { due } => ("SH-06", format!("its next fixed review is due on {due}")),
        Review::Proposed { due, .. } => ("MC-35", format!("no review date was given: {due} is proposed and asked")),
        Review::Deferred { due } => ("SY-17", format!("it was put off to {due}")),
        Review::Unsettled { .. } => (profile.outcome_rule(), "it stays open; what is missing was asked for".to_owned()),
        Review::Past => {
            (profile.outcome_rule(), "recorded of an earlier meeting; it has been heard again since".to_owned())
        }
    }
}
