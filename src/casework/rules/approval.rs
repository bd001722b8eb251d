//! Approval of a pack before it goes (MC-33): until when it is waited for, and what becomes of a pack that nobody approved.

use crate::casework::calendar::{Meeting, WorkingDays};
use crate::casework::panel::{OnDeadline, WorkingHours};
use jiff::{SignedDuration, Timestamp};

/// How long after its moment a pack waits for approval (MC-33, MC-36).
const WAIT: SignedDuration = SignedDuration::from_mins(30);

/// Working minutes before the deadline from which approver and chair are chased.
pub const CHASED_FROM: i64 = 120;

/// Until when a pack waits for approval.
pub fn approval_deadline(meeting: &Meeting) -> Timestamp {
    meeting.pack_at.checked_add(WAIT).unwrap_or(meeting.pack_at).min(meeting.starts_at)
}

/// Until when a supplement that is drawn up now waits for approval: as long as a pack, in working time, for one may be drawn
/// up at midnight; and no longer than to two working hours before the meeting, so that its members can read it.
pub fn supplement_deadline(meeting: &Meeting, days: &WorkingDays, hours: &WorkingHours, now: Timestamp) -> Timestamp {
    let waited = days.plus_working_minutes(now, WAIT.as_mins(), hours);
    waited.min(days.minus_working_minutes(meeting.starts_at, CHASED_FROM, hours)).max(now)
}

/// What becomes of a pack that nobody has approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unapproved {
    /// It waits on.
    Waits,
    /// It goes without the papers that were flagged; their children stay listed.
    GoesWithoutFlagged,
}

/// What becomes of it at this moment. What somebody has refused goes at no deadline.
pub fn unapproved(policy: OnDeadline, refused: bool, deadline: Timestamp, now: Timestamp) -> Unapproved {
    match policy {
        OnDeadline::Send if !refused && now >= deadline => Unapproved::GoesWithoutFlagged,
        OnDeadline::Send | OnDeadline::Hold => Unapproved::Waits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::casework::calendar::BankHolidays;
    use jiff::civil::time;

    #[test]
    fn mc_33_an_unapproved_pack_goes_at_the_deadline_unless_it_is_held_or_was_refused() {
        let at = |minute: i8| format!("2026-11-23T10:{minute:02}:00Z").parse::<Timestamp>().unwrap();
        let what = |policy, refused, minute| unapproved(policy, refused, at(30), at(minute));
        assert_eq!(what(OnDeadline::Send, false, 29), Unapproved::Waits);
        assert_eq!(what(OnDeadline::Send, false, 30), Unapproved::GoesWithoutFlagged);
        assert_eq!(what(OnDeadline::Send, true, 45), Unapproved::Waits);
        assert_eq!(what(OnDeadline::Hold, false, 45), Unapproved::Waits);
    }

    #[test]
    fn mc_33_a_supplement_waits_in_working_time_and_not_into_the_last_two_hours_before_its_meeting() {
        let at = |text: &str| format!("2026-11-{text}Z").parse::<Timestamp>().unwrap();
        let meeting = Meeting {
            id: "p/2026-11-24".parse().unwrap(),
            starts: "2026-11-24T14:00".parse().unwrap(),
            starts_at: at("24T14:00:00"),
            cutoff_at: at("19T23:59:59"),
            list_at: None,
            pack_at: at("20T12:00:00"),
            supplement_at: None,
            warnings: Vec::new(),
        };
        let holidays = BankHolidays::from_json(include_str!("../../../config/bank-holidays.json")).unwrap();
        let days = WorkingDays::new(holidays, []);
        let hours = WorkingHours { start: time(9, 0, 0, 0), end: time(17, 0, 0, 0) };
        for (drawn, until) in [
            ("20T13:00:00", "20T13:30:00"),
            ("20T00:00:01", "20T09:30:00"),
            ("20T16:45:00", "23T09:15:00"),
            ("24T11:45:00", "24T12:00:00"),
            ("24T13:00:00", "24T13:00:00"),
        ] {
            assert_eq!(supplement_deadline(&meeting, &days, &hours, at(drawn)), at(until), "{drawn}");
        }
    }
}
