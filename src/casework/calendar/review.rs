//! Review dates: when a child is due again (MC-03, MC-16, MC-27, MC-28, SH-06), and at which meeting (MC-05).

use super::{Meeting, WarningCode};
use crate::casework::panel::{FixedReviews, Interval, Profile};
use jiff::ToSpan;
use jiff::civil::Date;

/// When the next review should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Aim for this; the latest where the rule gives no target.
    pub target: Date,
    /// Never after this (MC-04: "a minimum of every three months" is a longest interval).
    pub latest: Date,
}

/// A date so long after another. Months clamp to the last day of the month (MC-28: 30 November + 3 months = 28 or 29
/// February).
pub fn after(date: Date, interval: Interval) -> Date {
    let span = match interval {
        Interval::Days(days) => days.days(),
        Interval::Months(months) => months.months(),
    };
    date.checked_add(span).unwrap_or(date)
}

/// Is an assessment of this date older at the meeting than the panel allows (SH-02: 28 days; SY-31: 3 months)?
pub fn is_out_of_date(assessed: Date, meeting: Date, age: Interval) -> bool {
    after(assessed, age) < meeting
}

/// The window in which a child heard on this day with this rating is due again; none where the rating asks for no review
/// or is not on the panel's own scale (MC-26).
pub fn window(profile: &Profile, rating: &str, heard: Date) -> Option<Window> {
    let review = profile.rating(rating)?.review?;
    let latest = after(heard, review.latest);
    let target = review.target.map_or(latest, |target| after(heard, target).min(latest));
    Some(Window { target, latest })
}

/// The last of the meetings on or before the due date, never after it (MC-05). Meetings in any order.
pub fn snap<'a>(due: Date, meetings: impl IntoIterator<Item = &'a Meeting>) -> Option<&'a Meeting> {
    meetings.into_iter().filter(|meeting| meeting.day() <= due).max_by_key(|meeting| meeting.starts_at)
}

/// The meeting at which a child heard on this day is next reviewed: the last on or before the target, else (a panel that
/// meets too seldom for the target) the first that is not after the latest date. None means that no meeting keeps the
/// rule: the chair must be told.
pub fn propose(heard: Date, window: Window, meetings: &[Meeting]) -> Option<&Meeting> {
    let later = || meetings.iter().filter(move |meeting| meeting.day() > heard);
    snap(window.target, later())
        .or_else(|| later().filter(|meeting| meeting.day() <= window.latest).min_by_key(|meeting| meeting.starts_at))
}

/// The dates of the fixed reviews (SH-06: 3 and 6 months, then every 3) from pathway start (MC-16) up to a day, that day
/// included. Each is counted from the start itself, so that a clamped month does not shorten the next.
pub fn fixed(reviews: &FixedReviews, start: Date, until: Date) -> Vec<Date> {
    let mut months: Vec<i32> = reviews.months.iter().copied().filter(|n| *n > 0).collect();
    months.sort_unstable();
    let last = months.last().copied().unwrap_or(0);
    let repeated = (1..).map_while(|n: i32| last.checked_add(reviews.then_every.checked_mul(n)?));
    let repeated = repeated.take(if reviews.then_every > 0 { 1_200 } else { 0 });
    months
        .iter()
        .copied()
        .chain(repeated)
        .map_while(|n| start.checked_add(n.months()).ok())
        .take_while(|date| *date <= until)
        .collect()
}

/// The first fixed review due on or after a day.
pub fn next_fixed(reviews: &FixedReviews, start: Date, from: Date) -> Option<Date> {
    let furthest = reviews.months.iter().copied().max().unwrap_or(0).max(0).saturating_add(reviews.then_every.max(0));
    let until = from.max(start).checked_add(furthest.saturating_add(1).months()).ok()?;
    fixed(reviews, start, until).into_iter().find(|date| *date >= from)
}

/// The fixed review due after the child was heard on this day (SH-06). A review is held on or before its date (MC-05), so
/// the hearing at the last meeting on or before a fixed date is that review, and the next one is due; an earlier hearing,
/// for whatever reason, leaves it due. `meetings`: those from this day up to the next fixed date, in any order.
pub fn next_fixed_after(reviews: &FixedReviews, start: Date, heard: Date, meetings: &[Meeting]) -> Option<Date> {
    let next = next_fixed(reviews, start, heard.tomorrow().ok()?)?;
    let held = meetings.iter().filter(|meeting| !meeting.warns(WarningCode::BankHoliday));
    let was_its_review = snap(next, held).is_some_and(|meeting| meeting.day() == heard);
    if was_its_review { next_fixed(reviews, start, next.tomorrow().ok()?) } else { Some(next) }
}

#[cfg(test)]
mod tests {
    use super::super::moments::tests::{mace, rmm};
    use super::*;
    use jiff::civil::date;

    #[test]
    fn mc_28_months_clamp_to_the_last_day() {
        assert_eq!(after(date(2026, 11, 30), Interval::Months(3)), date(2027, 2, 28));
        assert_eq!(after(date(2027, 11, 30), Interval::Months(3)), date(2028, 2, 29));
        assert_eq!(after(date(2026, 1, 31), Interval::Months(1)), date(2026, 2, 28));
        assert_eq!(after(date(2026, 10, 20), Interval::Days(28)), date(2026, 11, 17), "over a clock change");
    }

    #[test]
    fn mc_03_surrey_windows() {
        let (profile, _) = rmm("FREQ=WEEKLY;BYDAY=MO", date(2025, 1, 6));
        let heard = date(2026, 11, 30);
        let of = |rating| window(&profile, rating, heard).map(|w| (w.target, w.latest));
        assert_eq!(of("experiencing"), Some((date(2026, 12, 28), date(2026, 12, 30))), "28 days (MC-27), one month");
        assert_eq!(of("significant"), Some((date(2027, 1, 11), date(2027, 1, 25))));
        assert_eq!(of("emerging"), Some((date(2027, 2, 28), date(2027, 2, 28))));
        assert_eq!(of("minimal"), None);
        assert_eq!(of("exploited"), None, "another panel's word (MC-26)");
        // 28 days are never later than one calendar month, not even in February.
        let february = window(&profile, "experiencing", date(2026, 2, 1)).unwrap();
        assert_eq!((february.target, february.latest), (date(2026, 3, 1), date(2026, 3, 1)));
    }

    #[test]
    fn mc_05_the_last_meeting_on_or_before_the_due_date() {
        let (_, calendar) = rmm("FREQ=WEEKLY;BYDAY=MO", date(2025, 1, 6));
        let mut meetings = calendar.meetings(date(2026, 12, 1), date(2027, 2, 28));
        meetings.reverse();
        let on = |due| snap(due, &meetings).map(Meeting::day);
        assert_eq!(on(date(2027, 1, 11)), Some(date(2027, 1, 11)));
        assert_eq!(on(date(2027, 1, 17)), Some(date(2027, 1, 11)));
        assert_eq!(on(date(2026, 12, 1)), None);
    }

    #[test]
    fn a_panel_that_meets_seldom_still_keeps_the_latest_date() {
        let (profile, calendar) = rmm("FREQ=MONTHLY;BYDAY=1MO", date(2025, 1, 6));
        let meetings = calendar.meetings(date(2026, 1, 1), date(2026, 12, 31));
        let next =
            |heard| propose(heard, window(&profile, "experiencing", heard).unwrap(), &meetings).map(Meeting::day);
        assert_eq!(next(date(2026, 2, 2)), Some(date(2026, 3, 2)), "28 days on");
        assert_eq!(next(date(2026, 3, 2)), None, "6 April is 35 days on: nobody may pass over it in silence");
        let next = |heard| propose(heard, window(&profile, "significant", heard).unwrap(), &meetings).map(Meeting::day);
        assert_eq!(next(date(2026, 3, 2)), Some(date(2026, 4, 6)));
    }

    #[test]
    fn sh_06_three_and_six_months_then_every_three() {
        let (profile, _) = mace();
        let reviews = profile.fixed_reviews.unwrap();
        let dates = fixed(&reviews, date(2025, 11, 30), date(2026, 12, 31));
        let expected = [date(2026, 2, 28), date(2026, 5, 30), date(2026, 8, 30), date(2026, 11, 30)];
        assert_eq!(dates, expected);
        assert_eq!(next_fixed(&reviews, date(2025, 11, 30), date(2026, 5, 31)), Some(date(2026, 8, 30)));
        assert_eq!(next_fixed(&reviews, date(2025, 11, 30), date(2026, 5, 30)), Some(date(2026, 5, 30)));
        assert_eq!(next_fixed(&reviews, date(2020, 1, 15), date(2026, 5, 31)), Some(date(2026, 7, 15)));
        let none = FixedReviews { months: Vec::new(), then_every: 0 };
        assert_eq!(next_fixed(&none, date(2025, 11, 30), date(2026, 5, 31)), None);
    }

    /// St Helens meets every other Tuesday; the pathway starts on 6 October 2026, so 6 January 2027 is its first date.
    fn next_after(start: Date, heard: Date) -> Option<Date> {
        let (profile, calendar) = mace();
        let reviews = profile.fixed_reviews.unwrap();
        next_fixed_after(&reviews, start, heard, &calendar.meetings(heard, date(2027, 12, 31)))
    }

    #[test]
    fn sh_06_the_hearing_at_the_last_meeting_before_a_fixed_date_is_that_review() {
        let start = date(2026, 10, 6);
        assert_eq!(next_after(start, date(2026, 12, 29)), Some(date(2027, 4, 6)));
        assert_eq!(next_after(start, date(2027, 4, 6)), Some(date(2027, 7, 6)), "a meeting on the very date");
        assert_eq!(next_after(start, date(2027, 6, 29)), Some(date(2027, 10, 6)));
    }

    #[test]
    fn sh_06_a_hearing_for_another_reason_leaves_the_fixed_review_due() {
        let start = date(2026, 10, 6);
        assert_eq!(next_after(start, date(2026, 10, 20)), Some(date(2027, 1, 6)), "its first hearing");
        assert_eq!(next_after(start, date(2026, 12, 15)), Some(date(2027, 1, 6)), "29 December is to come");
        assert_eq!(next_after(start, date(2027, 1, 12)), Some(date(2027, 4, 6)), "heard after the date");
        assert_eq!(next_after(start, date(2026, 12, 30)), Some(date(2027, 1, 6)), "on a day without a meeting");
    }

    #[test]
    fn sh_06_one_hearing_is_one_fixed_review_however_seldom_the_panel_meets() {
        let (_, calendar) = rmm("FREQ=MONTHLY;INTERVAL=6;BYDAY=1MO", date(2026, 1, 5));
        let reviews = FixedReviews { months: vec![3, 6], then_every: 3 };
        let meetings = calendar.meetings(date(2026, 7, 6), date(2027, 12, 31));
        let next = next_fixed_after(&reviews, date(2026, 4, 10), date(2026, 7, 6), &meetings);
        assert_eq!(next, Some(date(2026, 10, 10)), "it was the review of 10 July, and not of 10 October too");
    }

    #[test]
    fn mc_13_a_meeting_on_a_bank_holiday_is_not_the_one_that_holds_the_review() {
        let (profile, mut meetings) = (mace().0, mace().1.meetings(date(2026, 12, 15), date(2027, 1, 6)));
        let warning = super::super::Warning { code: WarningCode::BankHoliday, message: String::new() };
        meetings.iter_mut().filter(|m| m.day() == date(2026, 12, 29)).for_each(|m| m.warnings.push(warning.clone()));
        let reviews = profile.fixed_reviews.unwrap();
        let next = next_fixed_after(&reviews, date(2026, 10, 6), date(2026, 12, 15), &meetings);
        assert_eq!(next, Some(date(2027, 4, 6)));
    }

    #[test]
    fn an_assessment_is_out_of_date_by_the_panels_own_measure() {
        // SH-02: older than 28 days at the meeting; SY-31: every 3 months.
        assert!(!is_out_of_date(date(2026, 10, 27), date(2026, 11, 24), Interval::Days(28)));
        assert!(is_out_of_date(date(2026, 10, 26), date(2026, 11, 24), Interval::Days(28)));
        assert!(!is_out_of_date(date(2026, 8, 24), date(2026, 11, 24), Interval::Months(3)));
        assert!(is_out_of_date(date(2026, 8, 23), date(2026, 11, 24), Interval::Months(3)));
    }
}
