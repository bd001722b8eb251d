//! Which meeting hears a paper: the next one whose cut-off it met (SH-02, SY-06, SY-07).

use crate::casework::MeetingId;
use crate::casework::calendar::Meeting;
use jiff::Timestamp;

/// Where a paper falls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placing {
    /// The first meeting still to come whose cut-off the paper met: `arrived_at <= cutoff_at`.
    pub meeting: MeetingId,
    /// A meeting still to come for which it is late.
    pub missed: Option<MeetingId>,
}

/// Places a paper by its arrival, not by when it is looked at: what arrived in time stays in time (MC-32).
/// `meetings` in order of start; those that have begun by `now` are past.
pub fn place(arrived_at: Timestamp, now: Timestamp, meetings: &[Meeting]) -> Option<Placing> {
    let to_come = || meetings.iter().filter(|meeting| meeting.starts_at > now);
    let meeting = to_come().find(|meeting| arrived_at <= meeting.cutoff_at)?.id.clone();
    let missed = to_come().find(|meeting| arrived_at > meeting.cutoff_at).map(|meeting| meeting.id.clone());
    Some(Placing { meeting, missed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::casework::PanelId;

    fn meeting(date: &str, cutoff: &str) -> Meeting {
        let date: jiff::civil::Date = date.parse().unwrap();
        let starts = date.at(10, 0, 0, 0);
        let starts_at = starts.in_tz("Europe/London").unwrap().timestamp();
        let cutoff_at = cutoff.parse().unwrap();
        Meeting {
            id: MeetingId { panel: PanelId::new("p"), date },
            starts,
            starts_at,
            cutoff_at,
            list_at: None,
            pack_at: cutoff_at,
            supplement_at: None,
            warnings: Vec::new(),
        }
    }

    #[test]
    fn sy_07_the_cutoff_second_is_on_time_and_the_next_is_not() {
        let meetings = [meeting("2026-11-25", "2026-11-23T10:00:00Z"), meeting("2026-12-02", "2026-11-30T10:00:00Z")];
        let at = |t: &str| {
            let t: Timestamp = t.parse().unwrap();
            place(t, t, &meetings).map(|p| (p.meeting.date.to_string(), p.missed.map(|m| m.date.to_string())))
        };
        assert_eq!(at("2026-11-23T10:00:00Z"), Some(("2026-11-25".into(), None)));
        assert_eq!(at("2026-11-23T10:00:01Z"), Some(("2026-12-02".into(), Some("2026-11-25".into()))));
        assert_eq!(at("2026-11-25T10:00:00Z"), Some(("2026-12-02".into(), None)), "the meeting has begun");
        assert_eq!(at("2026-12-01T10:00:00Z"), None);
    }

    #[test]
    fn mc_32_on_time_stays_on_time_however_late_it_is_looked_at() {
        let meetings = [meeting("2026-11-25", "2026-11-23T10:00:00Z")];
        let placing =
            place("2026-11-20T10:00:00Z".parse().unwrap(), "2026-11-24T16:00:00Z".parse().unwrap(), &meetings);
        assert_eq!(placing.unwrap().missed, None);
    }
}
