//! The panel's meetings in its core members' calendars: who is invited to which, what is told anew, what is taken back
//! (SH-01, SY-12; RFC 5546; facts 4.8).
//!
//! # One event a meeting
//!
//! RFC 5545 could say a panel's meetings in one event: RRULE, EXDATE, a RECURRENCE-ID for each that was moved. Each meeting is
//! an event of its own all the same, because that is what calendars in offices take without harm:
//!
//! - Exchange turns a recurrence into one of its own kind. It moves no occurrence past its neighbour, and a meeting that is
//!   moved over a holiday is; rules that it does not know (several weekdays of a month, BYSETPOS) come out as others.
//! - Outlook drops what was said about single meetings when the series is changed, and everybody is asked about all of them
//!   again: moving one meeting would cost the panel every apology it has.
//! - One meeting is taken out of a series by EXDATE, by STATUS:CANCELLED or by CANCEL with a RECURRENCE-ID, and programs
//!   differ in which of them they heed. A meeting that stays in a calendar is one that somebody travels to.
//! - An answer says by its UID alone which meeting it is about. A RECURRENCE-ID comes back in another zone, or not at all.
//!
//! The price is a mail for each member and meeting, so only the next few meetings are in calendars ([`Profile::core_invitations`]).
//! Each member has an invitation of their own, as a child's workers do: their answer is theirs, and whoever leaves is alone in
//! being told.
//!
//! [`Profile::core_invitations`]: crate::casework::panel::Profile::core_invitations

use crate::casework::{Address, MeetingId};
use jiff::civil::DateTime;

/// An invitation of a member that stands, and its meeting as the calendar has it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which (RFC 5545 §3.8.4.7).
    pub uid: String,
    /// Who.
    pub attendee: Address,
    /// To what.
    pub meeting: MeetingId,
    /// From when to when, as they were told last; London civil time.
    pub told: (DateTime, DateTime),
    /// From when to when it is held; none when it is not.
    pub now: Option<(DateTime, DateTime)>,
}

/// What brings a calendar up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Invite this member to this meeting.
    Invite {
        /// To what.
        meeting: MeetingId,
        /// Whom.
        to: Address,
    },
    /// Tell its new times.
    Update {
        /// Which invitation.
        uid: String,
    },
    /// Take it back.
    Cancel {
        /// Which invitation.
        uid: String,
        /// The meeting is held without them.
        left: bool,
    },
}

/// What brings the members' calendars up to date. `meetings` are those that each member is to have there; others that are
/// there already are kept true and not taken out. `same` says that two addresses are one person's.
pub fn changes(
    meetings: &[MeetingId],
    members: &[Address],
    standing: &[Standing],
    same: impl Fn(&Address, &Address) -> bool,
) -> Vec<Change> {
    let mut changes = Vec::new();
    for invitation in standing {
        let uid = invitation.uid.clone();
        let is_member = members.iter().any(|member| same(member, &invitation.attendee));
        match invitation.now {
            None => changes.push(Change::Cancel { uid, left: false }),
            Some(_) if !is_member => changes.push(Change::Cancel { uid, left: true }),
            Some(now) if now != invitation.told => changes.push(Change::Update { uid }),
            Some(_) => {}
        }
    }
    for meeting in meetings {
        for to in members {
            let has_it = |s: &Standing| s.meeting == *meeting && same(to, &s.attendee);
            if !standing.iter().any(has_it) {
                changes.push(Change::Invite { meeting: meeting.clone(), to: to.clone() });
            }
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(name: &str) -> Address {
        format!("{name}@surrey.example").parse().unwrap()
    }

    fn meeting(day: &str) -> MeetingId {
        format!("surrey-rmm-se/{day}").parse().unwrap()
    }

    fn times(start: &str) -> (DateTime, DateTime) {
        let start: DateTime = start.parse().unwrap();
        (start, start.saturating_add(jiff::ToSpan::hours(3)))
    }

    fn standing(uid: &str, name: &str, now: Option<&str>) -> Standing {
        Standing {
            uid: uid.to_owned(),
            attendee: address(name),
            meeting: meeting("2026-11-25"),
            told: times("2026-11-25T10:00"),
            now: now.map(times),
        }
    }

    fn cancel(uid: &str, left: bool) -> Change {
        Change::Cancel { uid: uid.to_owned(), left }
    }

    /// Amy also answers to her old name.
    fn same(one: &Address, other: &Address) -> bool {
        let amy = [address("amy"), address("amy.oldname")];
        one == other || (amy.contains(one) && amy.contains(other))
    }

    #[test]
    fn sy_12_each_member_is_invited_once_to_each_of_the_next_meetings() {
        let (meetings, members) = ([meeting("2026-11-25"), meeting("2026-12-02")], [address("amy"), address("ben")]);
        let invite = |day, to| Change::Invite { meeting: meeting(day), to: address(to) };
        let all = changes(&meetings, &members, &[], same);
        assert_eq!(
            all,
            [
                invite("2026-11-25", "amy"),
                invite("2026-11-25", "ben"),
                invite("2026-12-02", "amy"),
                invite("2026-12-02", "ben")
            ]
        );
        // Under the old address she has it already.
        let stands = [standing("u", "amy.oldname", Some("2026-11-25T10:00"))];
        assert_eq!(changes(&meetings, &members, &stands, same), all[1..]);
    }

    #[test]
    fn rfc_5546_a_meeting_that_moves_is_told_anew_and_one_that_is_not_held_is_taken_back() {
        let members = [address("amy"), address("ben")];
        let stands = [
            standing("same", "amy", Some("2026-11-25T10:00")),
            standing("moved", "ben", Some("2026-11-26T10:00")),
            standing("off", "ben", None),
        ];
        let expected = [Change::Update { uid: "moved".to_owned() }, cancel("off", false)];
        assert_eq!(changes(&[], &members, &stands, same), expected, "one beyond those asked for is kept");
    }

    #[test]
    fn sy_12_whoever_is_a_member_no_more_is_told_so_and_nobody_else_is() {
        let stands = [
            standing("amy's", "amy", Some("2026-11-25T10:00")),
            standing("ben's", "ben", Some("2026-11-26T10:00")),
            standing("not held", "ben", None),
        ];
        let changes = changes(&[], &[address("amy")], &stands, same);
        assert_eq!(changes, [cancel("ben's", true), cancel("not held", false)]);
    }
}
