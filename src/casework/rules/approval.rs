//! Approval of a pack before it goes (MC-33): until when it is waited for, and what becomes of a pack that nobody approved.

use crate::casework::calendar::Meeting;
use crate::casework::panel::OnDeadline;
use jiff::{SignedDuration, Timestamp};

/// How long after its moment a pack waits for approval (MC-33, MC-36).
const WAIT: SignedDuration = SignedDuration::from_mins(30);

/// Working minutes before the deadline from which approver and chair are chased.
pub const CHASED_FROM: i64 = 120;

/// Until when a pack waits for approval.
pub fn approval_deadline(meeting: &Meeting) -> Timestamp {
    meeting.pack_at.checked_add(WAIT).unwrap_or(meeting.pack_at).min(meeting.starts_at)
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

    #[test]
    fn mc_33_an_unapproved_pack_goes_at_the_deadline_unless_it_is_held_or_was_refused() {
        let at = |minute: i8| format!("2026-11-23T10:{minute:02}:00Z").parse::<Timestamp>().unwrap();
        let what = |policy, refused, minute| unapproved(policy, refused, at(30), at(minute));
        assert_eq!(what(OnDeadline::Send, false, 29), Unapproved::Waits);
        assert_eq!(what(OnDeadline::Send, false, 30), Unapproved::GoesWithoutFlagged);
        assert_eq!(what(OnDeadline::Send, true, 45), Unapproved::Waits);
        assert_eq!(what(OnDeadline::Hold, false, 45), Unapproved::Waits);
    }
}
