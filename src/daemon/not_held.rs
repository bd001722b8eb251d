//! Meetings that are not held as they stood in people's calendars: cancelled, moved, or left on a bank holiday (MC-13).
//!
//! # Failure policy
//!
//! Each meeting is one transaction. The calendar is read from the configuration when the program starts, so the first turn
//! after a change does what follows from it.

use super::alerts::{Alert, To, raise};
use super::desk::{OpenCase, Posting, agenda_meeting, post};
use super::duty::HORIZON_WEEKS;
use super::held::take_all_tabled_along;
use super::listing::{Change, change, move_to, put_meeting};
use super::{Book, Daemon, Panel, asked, deputies};
use crate::casework::calendar::{Meeting, WarningCode, civil};
use crate::casework::routing::Clearance;
use crate::casework::rules::Ends;
use crate::casework::{Address, CaseRef, MailKind, MeetingId, Ref};
use crate::outbound::compose::alert::NextStep;
use crate::outbound::compose::{Identifier, meeting_changed};
use crate::store::{AgendaRow, EntryState, ItemState, Line, Mark, MeetingState, Tx};
use jiff::{Timestamp, ToSpan};
use std::collections::{BTreeMap, BTreeSet};

/// Why a meeting is not held.
#[derive(Clone, Copy)]
pub(super) enum NotHeld {
    /// It fell on a bank holiday.
    BankHoliday,
    /// The panel's calendar says so.
    Cancelled,
}

impl NotHeld {
    const fn words(self) -> &'static str {
        match self {
            Self::BankHoliday => "it fell on a bank holiday and nobody gave it another date",
            Self::Cancelled => "it was cancelled",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::BankHoliday => "was not held",
            Self::Cancelled => "is cancelled",
        }
    }
}

/// A meeting that was never held (MC-13): its children have not been heard, and go with their papers to the next one. The chair
/// is told. False when no meeting is left to which they could go: they stay where they are, and the chair is told that.
pub(super) async fn carry_over(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    meeting: &crate::store::Meeting,
    why: NotHeld,
) -> anyhow::Result<bool> {
    let now = tx.now();
    let today = civil::date(now);
    let to_come = panel.calendar.meetings(today, today.checked_add(HORIZON_WEEKS.weeks())?);
    let takes_them =
        |m: &&Meeting| m.starts_at > now && m.id.date > meeting.id.date && !m.warns(WarningCode::BankHoliday);
    let mut listed = tx.agenda_items(&meeting.id).await?;
    listed.retain(|row| row.state == ItemState::Listed);
    let next = to_come.iter().find(takes_them);
    let marks = tx.marks(&meeting.id).await?;
    let had_papers = marks.contains_key(&Mark::PackDrawn) || marks.contains_key(&Mark::ListSent);
    if matches!(why, NotHeld::Cancelled) && had_papers && meeting.starts_at > now {
        tell_members(tx, book, panel, (meeting, &meeting.id), None, next).await?;
    }
    if next.is_none() && !listed.is_empty() {
        nowhere_to_go(tx, book, panel, meeting, &listed, why).await?;
        return Ok(false);
    }
    deputies::over(tx, &meeting.id).await?;
    let mut moved = Vec::new();
    for row in listed {
        let (Some(next), case) = (next, row.case) else { break };
        move_to(tx, book, panel, row, next, why.words()).await?;
        if let Some(open) = OpenCase::load(tx, case).await? {
            moved.push(open.routed(tx).await?);
        }
    }
    let mut closed = meeting.clone();
    closed.state = MeetingState::Closed;
    tx.put_meeting(&closed).await?;
    tx.journal(Line {
        event: "meeting.not_held",
        rule: Some("MC-13".into()),
        reason: format!("{}: its children go to the next one", why.words()),
        refs: vec![Ref::Meeting(meeting.id.clone())],
    });
    let Some(next) = next.filter(|_| !moved.is_empty()) else { return Ok(true) };
    let cases: Vec<String> = moved.iter().map(|case| case.case.to_string()).collect();
    let alert = Alert {
        to: To::Chair,
        at_once: false,
        purpose: format!("alert|not held|{}", meeting.id),
        title: format!(
            "{} {}: its children are on {}",
            civil::day_in_words(meeting.id.date),
            why.title(),
            civil::day_in_words(next.day())
        ),
        what: format!(
            "The meeting {}: {}. {} moved to {} with their papers.",
            meeting.id,
            why.words(),
            cases.join(", "),
            next.id
        ),
        why: "No child is lost with a meeting that is not held (rule MC-13). Whoever was invited for a child is told the new date."
            .to_owned(),
        rule: "MC-13",
        happened_at: now,
        decide_by: None,
        otherwise: None,
        about: moved.iter().map(|case| Ref::Case(case.case)).collect(),
        next: Vec::new(),
        meeting: Some(&next.id),
        cases: &moved,
    };
    raise(tx, book, panel, alert).await?;
    Ok(true)
}

/// Whoever has the meeting's list, pack or a health copy is told at once that it is moved, or not held; its papers hold.
async fn tell_members(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    (was, id): (&crate::store::Meeting, &MeetingId),
    moved_to: Option<&Meeting>,
    next: Option<&Meeting>,
) -> anyhow::Result<()> {
    let now = tx.now();
    let routing = book.routing(panel, now);
    // The others have neither list nor pack of what the chair alone was sent.
    let chair_alone = tx.marks(id).await?.contains_key(&Mark::ChairAlone);
    let members = if chair_alone { routing.chair_of(id) } else { routing.members_of(id) };
    let mut told: Vec<(Clearance, Vec<Identifier>)> =
        members.into_iter().map(|clearance| (clearance, Vec::new())).collect();
    // Each health colleague by the children whose copies they have.
    let mut copies: BTreeMap<Address, BTreeSet<CaseRef>> = BTreeMap::new();
    for entry in tx.entries_of_meeting(id).await? {
        if entry.kind == MailKind::HealthCopy && entry.state != EntryState::Cancelled {
            let cases = tx.cases_of_entries(&[entry.number]).await?.remove(&entry.number).unwrap_or_default();
            for to in entry.envelope.open()?.to.into_iter().filter(|to| !to.journal) {
                copies.entry(to.address).or_default().extend(cases.iter().copied());
            }
        }
    }
    for (to, cases) in copies {
        let (mut routed, mut identifiers) = (Vec::new(), Vec::new());
        for case in cases {
            if let Some(open) = OpenCase::load(tx, case).await? {
                identifiers.extend(open.identifiers());
                routed.push(open.routed(tx).await?);
            }
        }
        told.extend(routing.health_of_meeting(id, &routed, &to).map(|clearance| (clearance, identifiers)));
    }
    for (clearance, identifiers) in told {
        let view = meeting_changed::View {
            head: panel.letterhead(),
            was: was.starts,
            moved_to: moved_to.map(agenda_meeting),
            next: next.map(agenda_meeting),
            cases: clearance.cases().to_vec(),
            rule: clearance.rule().to_owned(),
        };
        let to: Vec<&str> = clearance.recipients().iter().map(|r| r.address.as_str()).collect();
        let when = moved_to.map(|meeting| meeting.starts_at.to_string()).unwrap_or_default();
        let posting = Posting {
            purpose: format!("meeting-changed|{id}|{when}|{}", to.join(",")),
            due_at: now,
            expires_at: moved_to.map(|meeting| meeting.starts_at).or(Some(was.starts_at)).filter(|at| *at > now),
            answers: None,
            clearance: &clearance,
            panel: &panel.profile.id,
        };
        let templates = book.templates;
        post(tx, posting, |stamp| meeting_changed::compose(templates, &clearance, id, &view, stamp, &identifiers))
            .await?;
    }
    Ok(())
}

/// Told once: nobody can say by which meeting these children will be heard.
async fn nowhere_to_go(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    meeting: &crate::store::Meeting,
    listed: &[AgendaRow],
    why: NotHeld,
) -> anyhow::Result<()> {
    let cases: Vec<String> = listed.iter().map(|row| row.case.to_string()).collect();
    let mut routed = Vec::new();
    for row in listed {
        if let Some(open) = OpenCase::load(tx, row.case).await? {
            routed.push(open.routed(tx).await?);
        }
    }
    let alert = Alert {
        to: To::Chair,
        at_once: true,
        purpose: format!("alert|nowhere to go|{}", meeting.id),
        title: format!(
            "{} {}, and no meeting is left for its children",
            civil::day_in_words(meeting.id.date),
            why.title()
        ),
        what: format!(
            "The meeting {}: {}. {} cannot be moved: the panel's calendar has no meeting in the next {HORIZON_WEEKS} weeks.",
            meeting.id,
            why.words(),
            cases.join(", ")
        ),
        why: "No child is lost with a meeting that is not held (rule MC-13).".to_owned(),
        rule: "MC-13",
        happened_at: tx.now(),
        decide_by: None,
        otherwise: Some("they stay where they are, and nobody hears them.".to_owned()),
        about: listed.iter().map(|row| Ref::Case(row.case)).collect(),
        next: vec![NextStep {
            text: "Put the panel's next meetings into its profile and start the service again".to_owned(),
            command: Some("dutyclerk check".to_owned()),
        }],
        meeting: None,
        cases: &routed,
    };
    raise(tx, book, panel, alert).await?;
    Ok(())
}

/// A child who came late for the meeting, and in time by the cut-off that it has now, is heard there: the rule is never stricter
/// than it is written (SY-07, MC-31). So goes the late paper of a child who is listed (MC-30).
async fn in_time_now(tx: &mut Tx, book: &Book<'_>, panel: &Panel, held: &Meeting, why: &str) -> anyhow::Result<()> {
    let horizon = held.day().checked_add(HORIZON_WEEKS.weeks())?;
    let later = panel.calendar.meetings(held.day(), horizon);
    for other in later.iter().filter(|other| other.starts_at > held.starts_at && other.id != held.id) {
        let papers = tx.documents_of_meeting(&other.id).await?;
        for mut row in tx.agenda_items(&other.id).await? {
            let came = papers.iter().find(|paper| paper.case == Some(row.case)).map(|paper| paper.arrived_at);
            let was_late = row.state == ItemState::Listed && matches!(row.rule.as_str(), "SY-07" | "MC-31");
            if !was_late || came.is_none_or(|came| came > held.cutoff_at) {
                continue;
            }
            let case = row.case;
            row.rule = panel.profile.on_time_rule().to_owned();
            move_to(tx, book, panel, row, held, &format!("{why}, and the paper is in time for it")).await?;
            asked::close_all(tx, &Ends::Admitted(held.id.clone(), case), "the child is in time for the meeting")
                .await?;
        }
    }
    take_all_tabled_along(tx, panel, held).await
}

/// A meeting that was moved keeps its children. Whoever is invited for one is told at once and not only with the pack. False
/// when nothing has changed.
pub(super) async fn follow_move(
    daemon: &Daemon,
    book: &Book<'_>,
    panel: &Panel,
    before: &crate::store::Meeting,
    held: &Meeting,
    now: Timestamp,
) -> anyhow::Result<bool> {
    if before.starts_at == held.starts_at || held.starts_at <= now {
        return Ok(false);
    }
    let mut tx = daemon.store.begin(now).await?;
    put_meeting(&mut tx, held).await?;
    let why =
        format!("the meeting of {} is moved to {}", civil::day_in_words(held.id.date), civil::day_in_words(held.day()));
    for mut row in tx.agenda_items(&held.id).await?.into_iter().filter(|row| row.state == ItemState::Listed) {
        // Times of the day before hold no more.
        if row.slot.take().is_some() {
            tx.put_agenda_item(&row).await?;
        }
        let Some(open) = OpenCase::load(&mut tx, row.case).await? else { continue };
        let routed = open.routed(&mut tx).await?;
        let moved = Change { meeting: held, row: &row, open: &open, routed: &routed };
        change(&mut tx, book, panel, moved, MailKind::InvitationUpdate, Some(why.clone())).await?;
    }
    in_time_now(&mut tx, book, panel, held, &why).await?;
    // What the chair alone was sent is no pack: it is drawn up for everybody at its new moment.
    let marks = tx.marks(&held.id).await?;
    if marks.contains_key(&Mark::ChairAlone) {
        for mark in [Mark::PackDrawn, Mark::ListSent, Mark::SupplementSent, Mark::ChairAlone] {
            tx.unmark(&held.id, mark).await?;
        }
    } else if marks.contains_key(&Mark::PackDrawn) || marks.contains_key(&Mark::ListSent) {
        tell_members(&mut tx, book, panel, (before, &held.id), Some(held), None).await?;
    }
    tx.journal(Line {
        event: "meeting.moved",
        rule: Some("MC-13".into()),
        reason: format!("it begins at {} instead of {}", held.starts_at, before.starts_at),
        refs: vec![Ref::Meeting(held.id.clone())],
    });
    tx.commit().await?;
    Ok(true)
}
