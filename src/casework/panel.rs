//! A panel's profile: everything that makes one panel differ from another, as data (`config/panels/*.toml`).
//!
//! A profile that leaves a moment undefined is refused when it is loaded: no cut-off is ever invented (BD-14).

mod timers;

pub use timers::{
    AssessmentRule, AssessmentTimer, ClockRule, ClockTimer, ContactTimer, FirstTimer, SeniorTimer, TemplateTimer,
    Timers,
};

use super::{Address, AuthorityId, DomainPattern, FormId, MailboxId, PanelId, RoleId, Sha256};
use jiff::civil::{Date, DateTime, Time, Weekday};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One panel. Times of day are Europe/London civil time.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// e.g. `surrey-rmm-ne`.
    pub id: PanelId,
    /// In full, for the head of a mail.
    pub name: String,
    /// As people say it, for subjects: `MACE`, `RMM North East`.
    pub short: String,
    /// Whose children: cases and LCS numbers are matched within it only.
    pub authority: AuthorityId,
    /// The authority's name.
    pub authority_name: String,
    /// E-mail domains of the authority's own workers.
    pub domains: Vec<DomainPattern>,
    /// The area by which the directory's health rows are chosen.
    #[serde(default)]
    pub area: Option<String>,
    /// The duty mailboxes that belong to this panel.
    pub mailboxes: Vec<MailboxId>,
    /// The address mail is sent from, and the organizer of invitations.
    pub from: Address,
    /// What a sender is told to do when a child is in immediate danger (SH-23); stands in every answer.
    pub emergency: String,
    /// Where the meeting is held; in the body of mails, not in calendar fields.
    pub location: String,
    /// When it meets.
    pub series: Series,
    /// When papers must be in.
    pub cutoff: Cutoff,
    /// When the pack goes.
    pub pack: Pack,
    /// When a separate list of children goes, if the panel has that rule (SY-05).
    #[serde(default)]
    pub list: Option<ListRule>,
    /// What becomes of a late paper (SY-07, MC-31).
    pub late: Late,
    /// Whether a person approves what goes out (MC-33).
    #[serde(default)]
    pub approval: Approval,
    /// What becomes of it when nobody has by the deadline.
    #[serde(default)]
    pub on_deadline: OnDeadline,
    /// Form ids the panel accepts.
    pub accepts: Vec<FormId>,
    /// Forms that record what a meeting decided, beside the outcome sheet (SY-19, SH-14).
    #[serde(default)]
    pub records: Vec<FormId>,
    /// The agenda's sections in order.
    pub sections: Vec<Section>,
    /// The longest the agenda should take, in minutes; more is a warning (MC-20).
    pub session_minutes: i64,
    /// The panel's own risk scale, highest concern last, with review windows (MC-03); never mapped across panels (MC-26).
    pub scale: Vec<Rating>,
    /// How old an assessment may be at the meeting before it is flagged (SH-02 28 days, SY-31 3 months).
    pub assessment_age: Interval,
    /// Fixed reviews counted from the first mail about the case (SH-06: 3 and 6 months, then every 3; MC-16).
    #[serde(default)]
    pub fixed_reviews: Option<FixedReviews>,
    /// Roles that get the whole pack.
    pub core_roles: Vec<RoleId>,
    /// How many of the next meetings each core member has in the calendar, by an invitation each; 0: none (SH-01, SY-12).
    #[serde(default)]
    pub core_invitations: u8,
    /// Roles proposed child by child and invited on confirmation (SY-13).
    #[serde(default)]
    pub case_roles: Vec<RoleId>,
    /// Roles invited beside the worker where a child's initial assessment is heard: whom the form names, else proposed (SH-04).
    #[serde(default)]
    pub initial_roles: Vec<RoleId>,
    /// Each entry is a set of roles of which one must attend (SY-10).
    #[serde(default)]
    pub quorum: Vec<Vec<RoleId>>,
    /// What is owed beside the meetings: assessments kept up to date, templates, senior reviews.
    #[serde(default)]
    pub timers: Timers,
    /// The notes that go out after a meeting.
    #[serde(default)]
    pub notes: Notes,
    /// Copies to the child's health colleagues (SY-08, MC-09, MC-10).
    #[serde(default)]
    pub health: Health,
    /// Working hours, for mail that is not sent at once.
    pub working_hours: WorkingHours,
    /// Days the office is closed beside weekends and bank holidays.
    #[serde(default)]
    pub closure_days: Vec<Date>,
    /// Who is alerted: directory roles, in the order they are tried (unanswered for two working hours goes on).
    pub alerts: Alerts,
}

/// The meeting series: an RFC 5545 recurrence rule counted in civil (wall-clock) time, with dated exceptions.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// First meeting, local date and time; anchors the rule.
    pub start: DateTime,
    /// RFC 5545 §3.3.10 without the `RRULE:` name, e.g. `FREQ=WEEKLY;INTERVAL=2;BYDAY=TU`.
    pub rrule: String,
    /// Meetings that do not take place as the rule says.
    #[serde(default)]
    pub exceptions: Vec<Exception>,
}

/// One meeting that is moved or cancelled; it keeps the id of its original date.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The date the rule gives.
    pub date: Date,
    /// Its new local date and time; absent when it is cancelled.
    #[serde(default)]
    pub moved_to: Option<DateTime>,
    /// It does not take place.
    #[serde(default)]
    pub cancelled: bool,
}

/// When papers must be in; on time means `arrived_at <= cutoff_at`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Cutoff {
    /// The last such weekday before the meeting day, at this time, bank holiday or not (SH-02, MC-12).
    WeekdayBefore {
        /// e.g. `thursday`.
        #[serde(with = "weekday")]
        weekday: Weekday,
        /// Default 23:59:59, the end of the day.
        #[serde(default = "end_of_day")]
        time: Time,
        /// `back` moves a cut-off on a non-working day to the working day before.
        #[serde(default)]
        roll: Roll,
    },
    /// So many working days before the meeting (SY-06, MC-02).
    WorkingDaysBefore {
        /// How many.
        days: u32,
        /// Counted from the meeting's own time of day, or in clear days.
        #[serde(default)]
        count: Count,
    },
}

fn end_of_day() -> Time {
    Time::constant(23, 59, 59, 0)
}

/// What happens to a civil moment on a non-working day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Roll {
    /// It stays: the written rule, never stricter.
    #[default]
    None,
    /// It moves to the working day before.
    Back,
}

/// How working days are counted (MC-02).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Count {
    /// Meeting start minus n working days, at the meeting's own time of day.
    #[default]
    Offset,
    /// n whole working days strictly between the moment's day and the meeting's day; the moment is at the meeting's own
    /// time of day, because the pack goes then.
    Clear,
}

/// When the pack goes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Pack {
    /// At the cut-off itself (MC-01: cut-off = pack time).
    AtCutoff,
    /// On the next working day after the cut-off's day at this time; or, where no full working day would then lie between
    /// pack day and meeting day, early on the cut-off's day with one supplement straight after the cut-off (MC-12).
    NextWorkingDay {
        /// e.g. 12:00.
        time: Time,
        /// e.g. 15:00.
        early_time: Time,
    },
}

/// A separate list of the children to be heard (SY-05).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListRule {
    /// Elapsed hours before the meeting; on a non-working day rolled back to a working day at the meeting's time of day.
    pub hours_before: i64,
}

/// What becomes of a late paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Late {
    /// Not considered until the next meeting; the chair is asked where it is urgent (SY-07, MC-22).
    NextMeeting,
    /// Provisionally on the next meeting; the chair is asked at once (MC-31).
    AskChair,
}

/// Whether a person approves the pack (MC-33).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    /// It goes at its moment.
    #[default]
    Automatic,
    /// A person sees it first; it waits for them 30 minutes at most, or as long as [`OnDeadline`] says.
    Required,
}

/// What becomes of a pack that nobody has approved 30 minutes after its moment (MC-33).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDeadline {
    /// It goes without the papers that were flagged; their children stay listed.
    #[default]
    Send,
    /// It waits until somebody approves it.
    Hold,
}

/// A section of the agenda.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// What goes in it.
    pub id: SectionId,
    /// Its heading.
    pub title: String,
    /// Slot length in minutes (SY-15); 0 for a section that is only listed.
    pub minutes: i64,
}

/// Why a child is on the agenda.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SectionId {
    /// First time heard.
    New,
    /// Heard before, or marked as a review.
    Review,
    /// A closure is asked for (SH-08).
    Closure,
    /// Missing episodes only (SY-15's shorter slot; a child both exploited and missing is not here, MC-21).
    Missing,
    /// Announced or on time, papers not received or not readable yet (SH-05, MC-32).
    Expected,
}

/// One value of the panel's risk scale.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rating {
    /// The value as the form table gives it, e.g. `experiencing`.
    pub id: String,
    /// As shown.
    pub title: String,
    /// When the next review should be.
    #[serde(default)]
    pub review: Option<ReviewWindow>,
    /// A rating for which a late paper is urgent (MC-22).
    #[serde(default)]
    pub very_high: bool,
    /// The rating closes the case: no review, and a rationale is needed (SY-20, SY-30, MC-06).
    #[serde(default)]
    pub closes: bool,
}

/// Target and latest interval to the next review (MC-03).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewWindow {
    /// Aim for this.
    #[serde(default)]
    pub target: Option<Interval>,
    /// Never after this.
    pub latest: Interval,
}

/// A calendar interval. Months clamp to the month's last day (MC-28).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// Calendar days.
    Days(i32),
    /// Calendar months.
    Months(i32),
}

/// Reviews at fixed intervals from pathway start (SH-06, MC-16).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FixedReviews {
    /// Months after the start.
    pub months: Vec<i32>,
    /// And every so many months after the last of them, until closed.
    pub then_every: i32,
}

/// Health copies.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// The information-sharing agreement's clause. Without it no health copy goes (MC-10).
    #[serde(default)]
    pub basis: Option<String>,
    /// Which roles, and what each gets.
    #[serde(default)]
    pub roles: BTreeMap<RoleId, HealthContent>,
}

/// The notes of a meeting (SY-22, SY-24, SH-13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Notes {
    /// They wait until the upload to the children's records is recorded as done (SH-13).
    pub after_upload: bool,
    /// Working days within which a mistake in them is to be told (MC-19).
    pub challenge_days: u32,
}

impl Default for Notes {
    fn default() -> Self {
        Self { after_upload: false, challenge_days: 5 }
    }
}

/// What a health role gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthContent {
    /// The composed mail alone.
    Summary,
    /// The composed mail with the child's assessment attached.
    Paper,
}

/// Working hours, Monday to Friday.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkingHours {
    /// e.g. 09:00.
    pub start: Time,
    /// e.g. 17:00.
    pub end: Time,
}

/// Directory roles that are alerted for this panel.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alerts {
    /// First.
    pub owner: RoleId,
    /// Second.
    pub deputy: RoleId,
    /// Third, and the one asked to admit a late paper.
    pub chair: RoleId,
}

impl Profile {
    /// What this profile says, however it is laid out: stored with every decision made by it.
    pub fn version(&self) -> Sha256 {
        Sha256::of(&serde_json::to_vec(self).unwrap_or_default())
    }

    /// The section of this id, if the panel has it.
    pub fn section(&self, id: SectionId) -> Option<&Section> {
        self.sections.iter().find(|section| section.id == id)
    }

    /// The rating of this id on this panel's own scale (MC-26).
    pub fn rating(&self, id: &str) -> Option<&Rating> {
        self.scale.iter().find(|rating| rating.id == id)
    }

    /// Does this domain belong to the panel's own authority?
    pub fn is_own_domain(&self, domain: &str) -> bool {
        self.domains.iter().any(|pattern| pattern.covers(domain))
    }
}

mod weekday {
    use crate::casework::calendar::WEEKDAYS;
    use jiff::civil::Weekday;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub(super) fn serialize<S: Serializer>(day: &Weekday, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(WEEKDAYS.iter().find(|(_, d)| d == day).map_or("monday", |(name, _)| name))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Weekday, D::Error> {
        let text = String::deserialize(d)?;
        WEEKDAYS
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, day)| *day)
            .ok_or_else(|| D::Error::custom(format!("`{text}` is not a weekday: write monday, tuesday, … in full")))
    }
}
