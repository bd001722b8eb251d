//! What people owe between meetings, and from when they are reminded of it (SH-14, SH-15, SH-19, SH-20, SH-30, SY-31, BD-03,
//! BD-05).

use crate::casework::calendar::{WorkingDays, civil, review};
use crate::casework::panel::{ClockTimer, ContactTimer, FirstTimer, Interval, Profile, SeniorTimer, TemplateTimer};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

/// Working days before the last day at which somebody is reminded.
const REMINDED_WORKING_DAYS: u32 = 5;

/// Something owed by a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer {
    /// The working day from which whoever owes it is reminded.
    pub from: Date,
    /// The last day on which it is in time.
    pub due: Date,
}

/// How far a timer has run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Its day is near.
    Near,
    /// Its day is over.
    Overdue,
}

impl Timer {
    fn before(due: Date, days: &WorkingDays) -> Self {
        Self { from: days.minus(due, REMINDED_WORKING_DAYS), due }
    }

    /// How it stands on this day; none while it is far.
    pub fn stage(self, today: Date) -> Option<Stage> {
        match today {
            day if day > self.due => Some(Stage::Overdue),
            day if day >= self.from => Some(Stage::Near),
            _ => None,
        }
    }

    /// The next day after this one on which it stands differently; none once it is overdue.
    pub fn next(self, today: Date) -> Option<Date> {
        let over = self.due.tomorrow().ok()?;
        [self.from, over].into_iter().find(|day| *day > today)
    }
}

/// When the next assessment is due: the panel's longest age after the last one. None where the panel has no such rule, the
/// rating asks for none, or no assessment is known. A rating that is not known asks for one: no child is dropped for want
/// of it (SH-15, SY-31, BD-05).
pub fn assessment(
    profile: &Profile,
    days: &WorkingDays,
    rating: Option<&str>,
    assessed_on: Option<Date>,
) -> Option<Timer> {
    let rule = profile.timers.assessment.as_ref()?;
    let counts =
        rule.while_rated.is_empty() || rating.is_none_or(|rating| rule.while_rated.iter().any(|r| r == rating));
    let due = review::after(assessed_on?, profile.assessment_age);
    counts.then(|| Timer::before(due, days))
}

/// When the first assessment is due of a child whose referral was taken on this day (BD-03).
pub fn first_assessment(rule: FirstTimer, days: &WorkingDays, taken: Date) -> Timer {
    Timer::before(days.plus(taken, rule.working_days), days)
}

/// What is owed about a contact that came (SH-19, SH-20).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The working morning whose meeting hears it.
    pub heard_on: Date,
    /// When it is to be on that meeting's agenda; none where that is over, and it is a late addition (MC-17).
    pub listed_by: Option<Timestamp>,
    /// The last day on which it may be decided whether the child is assessed.
    pub decided_on: Date,
}

/// By when a contact that came at this moment is dealt with. The time of day is the clerk's and no cut-off: whatever comes is
/// heard on the next working morning, so that one working day is kept (MC-17).
pub fn contact(rule: ContactTimer, days: &WorkingDays, arrived_at: Timestamp) -> Contact {
    let day = civil::date(arrived_at);
    let by = civil::instant(day.to_datetime(rule.agenda_by));
    Contact {
        heard_on: days.next(day),
        listed_by: (days.is_working_day(day) && arrived_at <= by).then_some(by),
        decided_on: days.plus(day, rule.working_days),
    }
}

/// When a meeting's template is due. The reminder goes at half time, on a working day (SH-14, MC-14).
pub fn template(rule: TemplateTimer, days: &WorkingDays, meeting: Date) -> Timer {
    let after = |n: i32| meeting.checked_add(n.days()).unwrap_or(meeting);
    let (half, due) = (after((rule.days + 1) / 2), after(rule.days));
    Timer { from: days.on_or_before(half).max(after(1).min(due)), due }
}

/// When a case is reviewed by a senior manager (SH-30, counted as MC-16 says).
pub fn senior_review(rule: &SeniorTimer, days: &WorkingDays, start: Date) -> Timer {
    Timer::before(review::after(start, Interval::Months(rule.months)), days)
}

/// A clock that a person started on this day; where being heard starts it anew, from then (SH-18, SY-32, SY-33).
pub fn clock(timer: ClockTimer, days: &WorkingDays, started: Date, last_heard: Option<Date>) -> Timer {
    let heard = last_heard.filter(|_| timer.rule.is_of_reviews());
    Timer::before(review::after(started.max(heard.unwrap_or(started)), timer.after), days)
}

#[cfg(test)]
mod tests {
    use super::super::tests::profile;
    use super::*;
    use crate::casework::calendar::BankHolidays;
    use crate::casework::panel::{AssessmentRule, AssessmentTimer, ClockRule};
    use jiff::civil::date;

    fn days() -> WorkingDays {
        let holidays = BankHolidays::from_json(include_str!("../../../config/bank-holidays.json")).unwrap();
        WorkingDays::new(holidays, [])
    }

    fn kept_up(rule: AssessmentRule, age: Interval, while_rated: &[&str]) -> Profile {
        let mut profile = profile("ask_chair");
        let while_rated = while_rated.iter().map(|r| (*r).to_owned()).collect();
        profile.assessment_age = age;
        profile.timers.assessment = Some(AssessmentTimer { rule, while_rated, alert_by: None });
        profile
    }

    #[test]
    fn sh_15_the_assessment_is_due_again_after_28_days_while_risk_is_medium_or_high() {
        let profile = kept_up(AssessmentRule::Sh15, Interval::Days(28), &["may-be-exploited", "exploited"]);
        let of = |rating| assessment(&profile, &days(), rating, Some(date(2026, 11, 2)));
        let timer = of(Some("exploited")).unwrap();
        assert_eq!((timer.from, timer.due), (date(2026, 11, 23), date(2026, 11, 30)));
        assert_eq!(timer.stage(date(2026, 11, 22)), None);
        assert_eq!(timer.stage(date(2026, 11, 23)), Some(Stage::Near));
        assert_eq!(timer.stage(date(2026, 11, 30)), Some(Stage::Near), "the last day is in time");
        assert_eq!(timer.stage(date(2026, 12, 1)), Some(Stage::Overdue));
        assert_eq!(timer.next(date(2026, 11, 2)), Some(date(2026, 11, 23)));
        assert_eq!(timer.next(date(2026, 11, 23)), Some(date(2026, 12, 1)));
        assert_eq!(timer.next(date(2026, 12, 1)), None);
        assert_eq!(of(Some("not-exploited")), None);
        assert_eq!(of(None), Some(timer), "an unknown rating drops no child");
        assert_eq!(assessment(&profile, &days(), Some("exploited"), None), None);
    }

    #[test]
    fn sy_31_the_assessment_is_due_again_after_three_calendar_months_whatever_the_rating() {
        let assessed = Some(date(2026, 11, 30));
        assert_eq!(assessment(&profile("next_meeting"), &days(), Some("emerging"), assessed), None, "no such rule");
        let profile = kept_up(AssessmentRule::Sy31, Interval::Months(3), &[]);
        let timer = assessment(&profile, &days(), Some("emerging"), assessed).unwrap();
        assert_eq!((timer.from, timer.due), (date(2027, 2, 22), date(2027, 2, 28)), "MC-28, from a Sunday");
    }

    #[test]
    fn sh_14_the_template_is_due_in_five_calendar_days_and_reminded_of_at_half_time() {
        let of = |meeting| template(TemplateTimer { days: 5 }, &days(), meeting);
        let timer = of(date(2026, 11, 17));
        assert_eq!((timer.from, timer.due), (date(2026, 11, 20), date(2026, 11, 22)), "Friday for a Sunday (MC-14)");
        assert_eq!(of(date(2026, 12, 22)).from, date(2026, 12, 24), "half time is Christmas Day");
        assert_eq!(of(date(2026, 12, 24)).from, date(2026, 12, 25), "never on the day of the meeting itself");
    }

    #[test]
    fn bd_03_the_first_assessment_is_due_ten_working_days_after_the_referral_was_taken() {
        let timer = first_assessment(FirstTimer { working_days: 10 }, &days(), date(2026, 12, 16));
        assert_eq!(
            (timer.from, timer.due),
            (date(2026, 12, 23), date(2027, 1, 4)),
            "two bank holidays and New Year's Day"
        );
    }

    #[test]
    fn sh_19_sh_20_a_contact_is_heard_on_the_next_working_morning_and_listed_by_three_the_same_day() {
        let rule = ContactTimer { agenda_by: jiff::civil::time(15, 0, 0, 0), working_days: 1 };
        let of = |at: &str| contact(rule, &days(), at.parse().unwrap());
        let three: Timestamp = "2026-11-10T15:00:00Z".parse().unwrap();
        let next = date(2026, 11, 11);
        let expected = Contact { heard_on: next, listed_by: Some(three), decided_on: next };
        assert_eq!(of("2026-11-10T14:59:59Z"), expected);
        assert_eq!(of("2026-11-10T15:00:00Z"), expected, "at three is by three");
        assert_eq!(of("2026-11-10T15:00:01Z"), Contact { listed_by: None, ..expected }, "MC-17: a late addition");
        let monday = date(2026, 11, 16);
        let saturday = Contact { heard_on: monday, listed_by: None, decided_on: monday };
        assert_eq!(of("2026-11-14T10:00:00Z"), saturday);
        assert_eq!(of("2026-07-10T14:00:00Z").listed_by, Some("2026-07-10T14:00:00Z".parse().unwrap()), "summer time");
    }

    #[test]
    fn sh_30_a_case_open_six_months_is_reviewed_by_the_head_of_service() {
        let rule = SeniorTimer { months: 6, role: crate::casework::RoleId::new("head-of-service") };
        let timer = senior_review(&rule, &days(), date(2026, 5, 29));
        assert_eq!((timer.from, timer.due), (date(2026, 11, 23), date(2026, 11, 29)));
    }

    #[test]
    fn sy_32_being_heard_starts_the_quarter_anew_and_sy_33_runs_from_the_move() {
        let timer = |rule| ClockTimer { rule, after: Interval::Months(3) };
        let (started, heard) = (date(2026, 9, 1), Some(date(2026, 10, 14)));
        let due = |rule, heard| clock(timer(rule), &days(), started, heard).due;
        assert_eq!(due(ClockRule::Sy32, heard), date(2027, 1, 14));
        assert_eq!(due(ClockRule::Sy32, None), date(2026, 12, 1));
        assert_eq!(due(ClockRule::Sy32, Some(date(2026, 6, 1))), date(2026, 12, 1), "heard before it began");
        assert_eq!(due(ClockRule::Sy33, heard), date(2026, 12, 1));
    }
}
