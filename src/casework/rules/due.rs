//! What a meeting is owed at this moment: list, pack, supplement (MC-01, MC-12, MC-32, MC-36; invariant 11).

use crate::casework::calendar::Meeting;
use jiff::{SignedDuration, Timestamp};

/// How long a pack waits for its mailboxes before it goes with what there is (invariant 11).
pub const PACK_PATIENCE: SignedDuration = SignedDuration::from_mins(15);
/// A pack this late is told to a person (MC-36).
pub const PACK_LATE: SignedDuration = SignedDuration::from_mins(60);
/// Changes after the pack settle for this long, so that one supplement carries several.
pub const SETTLE: SignedDuration = SignedDuration::from_mins(10);

/// What has been done for a meeting, and what stands ready.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// When its pack was drawn up.
    pub pack_drawn_at: Option<Timestamp>,
    /// The separate list was sent, or found unnecessary.
    pub list_done: bool,
    /// The newest change to the agenda that no mail has carried yet.
    pub changed_at: Option<Timestamp>,
    /// The children listed differ from those in the last agenda, supplement or list.
    pub list_changed: bool,
    /// Children are listed.
    pub has_children: bool,
    /// Each mailbox has finished a sweep begun at or after the moment in [`evidence_from`], and nothing that arrived by
    /// then is unprocessed.
    pub mail_is_in: bool,
}

/// Something to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Draw up the pack.
    Pack {
        /// Everything that arrived by the cut-off is in it.
        complete: bool,
        /// So late that a person is told.
        late: bool,
    },
    /// Send what changed since the pack.
    Supplement,
    /// Send the list of children.
    List,
    /// The agenda mail has carried the list: note that none is needed.
    ListCarried,
}

/// The instant a sweep must have begun at or after for the pack to be complete.
pub fn evidence_from(meeting: &Meeting) -> Timestamp {
    meeting.cutoff_at.min(meeting.pack_at)
}

/// What is due for this meeting, and when to look again. Nothing is due once it has begun.
pub fn due(meeting: &Meeting, progress: &Progress, now: Timestamp) -> (Vec<Due>, Option<Timestamp>) {
    let mut due = Vec::new();
    let mut next: Vec<Timestamp> = Vec::new();
    if now >= meeting.starts_at {
        return (due, None);
    }
    match progress.pack_drawn_at {
        None if now < meeting.pack_at => next.push(meeting.pack_at),
        None => {
            let patience_over = now >= later(meeting.pack_at, PACK_PATIENCE);
            if progress.mail_is_in || patience_over {
                due.push(Due::Pack { complete: progress.mail_is_in, late: now >= later(meeting.pack_at, PACK_LATE) });
            } else {
                next.push(later(meeting.pack_at, PACK_PATIENCE));
            }
        }
        Some(_) => {
            if let Some(changed) = progress.changed_at {
                let held_for = meeting.supplement_at.map_or(changed, |at| at.max(changed));
                let settled = if held_for > changed { held_for } else { later(changed, SETTLE) };
                let settled =
                    settled.min(meeting.starts_at.checked_sub(SETTLE).unwrap_or(meeting.starts_at)).max(changed);
                if now >= settled { due.push(Due::Supplement) } else { next.push(settled) }
            }
        }
    }
    if let (Some(list_at), false) = (meeting.list_at, progress.list_done) {
        if now < list_at {
            next.push(list_at);
        } else if list_at < meeting.pack_at {
            due.push(Due::List);
        } else if progress.pack_drawn_at.is_some() {
            due.push(if progress.list_changed { Due::List } else { Due::ListCarried });
        } else if due.iter().any(|d| matches!(d, Due::Pack { .. })) {
            due.push(Due::ListCarried);
        }
    }
    (due, next.into_iter().min())
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::casework::{MeetingId, PanelId};

    fn at(text: &str) -> Timestamp {
        format!("2026-{text}Z").parse().unwrap()
    }

    /// A Thursday meeting: list two days before at the pack's own moment.
    fn meeting() -> Meeting {
        Meeting {
            id: MeetingId { panel: PanelId::new("p"), date: "2026-11-26".parse().unwrap() },
            starts: "2026-11-26T10:00".parse().unwrap(),
            starts_at: at("11-26T10:00:00"),
            cutoff_at: at("11-24T10:00:00"),
            list_at: Some(at("11-24T10:00:00")),
            pack_at: at("11-24T10:00:00"),
            supplement_at: None,
            warnings: Vec::new(),
        }
    }

    fn progress() -> Progress {
        Progress { mail_is_in: true, has_children: true, ..Progress::default() }
    }

    #[test]
    fn mc_01_the_pack_carries_the_list_when_both_fall_together() {
        let (due, _) = super::due(&meeting(), &progress(), at("11-24T10:00:00"));
        assert_eq!(due, [Due::Pack { complete: true, late: false }, Due::ListCarried]);
        let (due, next) = super::due(&meeting(), &progress(), at("11-24T09:59:59"));
        assert_eq!((due, next), (vec![], Some(at("11-24T10:00:00"))));
    }

    #[test]
    fn mc_01_a_list_before_the_pack_goes_alone_and_one_after_it_only_when_changed() {
        let mut early = meeting();
        early.list_at = Some(at("11-23T10:00:00"));
        assert_eq!(super::due(&early, &progress(), at("11-23T10:00:00")).0, [Due::List]);
        let mut after = meeting();
        after.list_at = Some(at("11-25T10:00:00"));
        let mut drawn = Progress { pack_drawn_at: Some(at("11-24T10:00:00")), ..progress() };
        assert_eq!(super::due(&after, &drawn, at("11-25T10:00:00")).0, [Due::ListCarried]);
        drawn.list_changed = true;
        assert_eq!(super::due(&after, &drawn, at("11-25T10:00:00")).0, [Due::List]);
    }

    #[test]
    fn invariant_11_a_pack_waits_fifteen_minutes_for_its_mailboxes_and_then_goes_saying_so() {
        let waiting = Progress { mail_is_in: false, ..progress() };
        let (due, next) = super::due(&meeting(), &waiting, at("11-24T10:00:00"));
        assert_eq!((due, next), (vec![], Some(at("11-24T10:15:00"))));
        let (due, _) = super::due(&meeting(), &waiting, at("11-24T10:15:00"));
        assert_eq!(due.first(), Some(&Due::Pack { complete: false, late: false }));
        let (due, _) = super::due(&meeting(), &waiting, at("11-24T11:00:00"));
        assert_eq!(due.first(), Some(&Due::Pack { complete: false, late: true }));
    }

    #[test]
    fn mc_12_changes_after_an_early_pack_wait_for_the_one_supplement() {
        let mut early = meeting();
        early.pack_at = at("11-23T15:00:00");
        early.list_at = None;
        early.supplement_at = Some(at("11-24T00:00:00"));
        let changed = Progress {
            pack_drawn_at: Some(at("11-23T15:00:00")),
            changed_at: Some(at("11-23T18:00:00")),
            ..progress()
        };
        assert_eq!(super::due(&early, &changed, at("11-23T20:00:00")), (vec![], Some(at("11-24T00:00:00"))));
        assert_eq!(super::due(&early, &changed, at("11-24T00:00:00")).0, [Due::Supplement]);
    }

    #[test]
    fn later_changes_settle_before_a_supplement_and_nothing_goes_once_it_has_begun() {
        let changed = Progress {
            pack_drawn_at: Some(at("11-24T10:00:00")),
            list_done: true,
            changed_at: Some(at("11-25T12:00:00")),
            ..progress()
        };
        assert_eq!(super::due(&meeting(), &changed, at("11-25T12:01:00")), (vec![], Some(at("11-25T12:10:00"))));
        assert_eq!(super::due(&meeting(), &changed, at("11-25T12:10:00")).0, [Due::Supplement]);
        assert_eq!(super::due(&meeting(), &changed, at("11-26T10:00:00")), (vec![], None));
    }
}
