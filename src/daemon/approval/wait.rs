//! While it waits: who hears of it when, and whether it still says what it would say now.

use super::deadline::at_the_deadline;
use super::go::{flagged, void};
use super::plan::plan;
use super::put::{draw, draw_supplement};
use super::{RULE, chairs, note};
use crate::casework::Ref;
use crate::casework::calendar::{Meeting, civil};
use crate::casework::panel::OnDeadline;
use crate::casework::rules::{CHASED_FROM, Unapproved, approval_deadline, unapproved};
use crate::daemon::alerts::{Alert, To, raise};
use crate::daemon::preview::{self, Preview};
use crate::daemon::table::Table;
use crate::daemon::{Book, Daemon, Panel, duty, pack};
use crate::outbound::compose::alert::NextStep;
use crate::store::{Approval, ApprovalState, Approved, Mark};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Looks after one meeting's approval; returns how many things were done.
pub(in crate::daemon) async fn turn(
    daemon: &Daemon,
    book: &Book<'_>,
    panel: &Panel,
    meeting: &Meeting,
    now: Timestamp,
    next: &mut Vec<Timestamp>,
) -> anyhow::Result<usize> {
    let (days, hours) = (panel.calendar.days(), &panel.profile.working_hours);
    let deadline = approval_deadline(meeting);
    let from = days.minus_working_minutes(deadline, CHASED_FROM, hours);
    if now < from {
        next.push(from);
        return Ok(0);
    }
    let mut view = daemon.store.read().await?;
    let Some(row) = view.approval(&meeting.id).await? else {
        let drawn = view.marks(&meeting.id).await?.contains_key(&Mark::PackDrawn);
        drop(view);
        return if drawn || now >= meeting.pack_at { Ok(0) } else { announce(daemon, book, panel, meeting, now).await };
    };
    if !row.state.is_open() {
        return Ok(0);
    }
    let deadline = row.deadline_at;
    let table = Table::lay(&mut view, meeting).await?;
    drop(view);
    let limits = &daemon.limits;
    if plan(book, panel, row.what, &table, now)? != row.plan {
        let mut tx = daemon.store.begin(now).await?;
        void(&mut tx, book, meeting, row.what, &table).await?;
        let event = if row.what == Approved::Pack { "pack.changed" } else { "supplement.changed" };
        note(&mut tx, meeting, event, "what it says or to whom has changed: approved anew".to_owned());
        match row.what {
            Approved::Pack => {
                let missing = duty::missing(&mut tx, panel, meeting).await?;
                draw(&mut tx, book, panel, limits, meeting, missing).await?;
            }
            Approved::Supplement => draw_supplement(&mut tx, book, panel, limits, meeting).await?,
        }
        tx.commit().await?;
        next.push(deadline);
        return Ok(1);
    }
    let refused = row.state == ApprovalState::Refused;
    let goes = unapproved(panel.profile.on_deadline, refused, deadline, now) == Unapproved::GoesWithoutFlagged;
    if now >= deadline && (goes || row.state == ApprovalState::Asked) {
        let mut tx = daemon.store.begin(now).await?;
        at_the_deadline(&mut tx, book, panel, limits, meeting, row.what).await?;
        tx.commit().await?;
        return Ok(1);
    }
    next.extend([deadline, meeting.starts_at].into_iter().filter(|at| *at > now));
    chase(daemon, book, panel, meeting, &row, now, next).await
}

/// Two working hours before the deadline approver and chair hear that a pack is coming, and what is in it so far.
async fn announce(
    daemon: &Daemon,
    book: &Book<'_>,
    panel: &Panel,
    meeting: &Meeting,
    now: Timestamp,
) -> anyhow::Result<usize> {
    let purpose = format!("alert|approval|{}|soon", meeting.id);
    let mut tx = daemon.store.begin(now).await?;
    if tx.entry_of_purpose(&purpose).await?.is_some() {
        return Ok(0);
    }
    let table = Table::lay(&mut tx, meeting).await?;
    let papers: usize = table.papers.values().map(Vec::len).sum();
    let flagged: Vec<String> = flagged(&table, &BTreeSet::new()).iter().map(|(case, _)| case.to_string()).collect();
    let mut what = format!(
        "The pack for {} is drawn up {} and then waits for approval until {}. As things stand it has {} children and {papers} papers.",
        meeting.id,
        civil::instant_in_words(meeting.pack_at),
        civil::instant_in_words(approval_deadline(meeting)),
        table.rows.len(),
    );
    if !flagged.is_empty() {
        what.push_str(&format!(" Papers of {} name another child.", flagged.join(", ")));
    }
    let alert = Alert {
        title: format!("the pack for {} will need approval", civil::day_in_words(meeting.day())),
        what,
        next: vec![NextStep { text: "Be ready to answer the preview when it comes".to_owned(), command: None }],
        ..asking(panel, meeting, (Approved::Pack, approval_deadline(meeting)), purpose, now)
    };
    raise(&mut tx, book, panel, alert).await?;
    tx.commit().await?;
    Ok(1)
}

/// What every alert about an approval has in common.
pub(super) fn asking<'a>(
    panel: &Panel,
    meeting: &'a Meeting,
    (what, deadline): (Approved, Timestamp),
    purpose: String,
    now: Timestamp,
) -> Alert<'a> {
    Alert {
        to: To::Approvers,
        at_once: true,
        purpose,
        title: String::new(),
        what: String::new(),
        why: format!("A {what} of this panel is approved before it goes."),
        rule: RULE,
        happened_at: now,
        decide_by: Some(deadline),
        otherwise: Some(otherwise(panel)),
        about: vec![Ref::Meeting(meeting.id.clone())],
        next: vec![NextStep {
            text: "Answer the preview with its code; or, with a shell, run:".to_owned(),
            command: Some(format!("dutyclerk outbox approve {}", meeting.id)),
        }],
        meeting: Some(&meeting.id),
        cases: &[],
    }
}

/// Until when a pack waits, and what happens when nobody approves it by then.
pub(in crate::daemon) fn until_and_otherwise(
    panel: &Panel,
    meeting: &Meeting,
    row: Option<&Approval>,
    now: Timestamp,
) -> (Timestamp, String) {
    let deadline = row.map_or_else(|| approval_deadline(meeting), |row| row.deadline_at);
    match row {
        Some(row) if row.state == ApprovalState::Refused => {
            (meeting.starts_at, "It was refused before: it goes only when somebody approves it.".to_owned())
        }
        _ if now >= deadline => (meeting.starts_at, "It goes only when somebody approves it.".to_owned()),
        _ => (deadline, otherwise(panel)),
    }
}

/// What happens when nobody approves it by its deadline.
fn otherwise(panel: &Panel) -> String {
    match panel.profile.on_deadline {
        OnDeadline::Send => {
            "It then goes without the papers that name another child; their children stay listed.".to_owned()
        }
        OnDeadline::Hold => "It then waits on, and nobody has it until somebody approves it.".to_owned(),
    }
}

/// When half the time that a pack waits is gone.
pub(in crate::daemon) fn half_time(meeting: &Meeting) -> Timestamp {
    let waits = approval_deadline(meeting).duration_since(meeting.pack_at);
    meeting.pack_at.checked_add(waits / 2).unwrap_or(meeting.pack_at)
}

/// Half the time is gone: the chair is asked too. After the deadline both are asked every two working hours.
async fn chase(
    daemon: &Daemon,
    book: &Book<'_>,
    panel: &Panel,
    meeting: &Meeting,
    row: &Approval,
    now: Timestamp,
    next: &mut Vec<Timestamp>,
) -> anyhow::Result<usize> {
    let (days, hours) = (panel.calendar.days(), &panel.profile.working_hours);
    let deadline = row.deadline_at;
    let half = match row.what {
        Approved::Pack => half_time(meeting).max(row.asked_at),
        Approved::Supplement => {
            let waits = deadline.duration_since(row.asked_at);
            row.asked_at.checked_add(waits / 2).unwrap_or(row.asked_at)
        }
    };
    if now < half {
        next.push(half);
        return Ok(0);
    }
    let (mut at, mut nth) = (half, 0);
    loop {
        let later = if nth == 0 { deadline } else { days.plus_working_minutes(at, CHASED_FROM, hours) };
        if later > now || later <= at {
            next.push(later);
            break;
        }
        (at, nth) = (later, nth + 1);
    }
    // At the deadline itself it is told by what happens to it.
    let refused = row.state == ApprovalState::Refused;
    if nth == 1 || (nth == 0 && refused) {
        return Ok(0);
    }
    let purpose = format!("alert|approval|{}|{}|{nth}", meeting.id, row.version);
    let mut tx = daemon.store.begin(now).await?;
    if tx.entry_of_purpose(&purpose).await?.is_some() {
        return Ok(0);
    }
    let said = if refused { "was refused and still waits" } else { "still waits for approval" };
    let alert = Alert {
        title: format!("the {} for {} {said}", row.what, civil::day_in_words(meeting.day())),
        what: format!("The {} for {} {said}. Nobody has it yet.", row.what, meeting.id),
        decide_by: Some(if now < deadline { deadline } else { meeting.starts_at }),
        otherwise: Some(if now < deadline { otherwise(panel) } else { "it does not go at all.".to_owned() }),
        ..asking(panel, meeting, (row.what, deadline), purpose, now)
    };
    raise(&mut tx, book, panel, alert).await?;
    if nth == 0 {
        let table = Table::lay(&mut tx, meeting).await?;
        let drawn = match row.what {
            Approved::Pack => pack::drawn_before(&mut tx, book, panel, &daemon.limits, table).await?,
            Approved::Supplement => pack::supplement_before(&mut tx, panel, &daemon.limits, table).await?,
        };
        let mails = tx.awaiting_approval(&meeting.id).await?;
        let shown = Preview { meeting, drawn: &drawn, mails: &mails, again: false, chased: true };
        preview::send(&mut tx, book, panel, &daemon.limits, &shown, &chairs(panel)).await?;
    }
    tx.commit().await?;
    Ok(1)
}
