//! After a meeting: its children have been heard; the next review is set and listed (MC-03, MC-05, MC-35, SH-06, SY-28).

use super::alerts::{Alert, To, raise};
use super::desk::OpenCase;
use super::duty::HORIZON_WEEKS;
use super::held::move_papers;
use super::listing::{Put, put_on_agenda, take_off};
use super::record::{OUTCOME, REVIEW_DATE};
use super::{Book, Daemon, Memory, Panel};
use crate::casework::calendar::{Meeting, WarningCode, civil, review};
use crate::casework::panel::SectionId;
use crate::casework::{CaseRef, Ref};
use crate::store::{CaseState, ItemState, Line, MeetingState, NewObligation, Obligation, ObligationState, Tx, View};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

/// Working days after which the earliest review date is set provisionally (MC-35).
const UNANSWERED_WORKING_DAYS: u32 = 2;
/// A fixed review is listed this many days ahead, and a paper that comes within them is the review's.
pub(super) const LISTED_DAYS: i64 = 28;

/// Meetings not closed yet, obligations nobody met in time, and when the next of those falls due.
pub(super) struct Over {
    open: Vec<crate::store::Meeting>,
    unanswered: Vec<Obligation>,
    later: Option<Timestamp>,
}

/// What [`turn`] works from.
pub(super) async fn look(view: &mut View, now: Timestamp) -> anyhow::Result<Over> {
    let open = view.open_meetings().await?;
    let (mut unanswered, later) = view.obligations_of_kind(OUTCOME, now).await?;
    let (asked, asked_later) = view.obligations_of_kind(REVIEW_DATE, now).await?;
    unanswered.extend(asked);
    let later = [later, asked_later].into_iter().flatten().min();
    Ok(Over { open, unanswered, later })
}

/// Closes meetings that are over, sets review dates that fall to the program, and lists what is due for review.
pub(super) async fn turn(
    daemon: &Daemon,
    book: &Book<'_>,
    memory: &mut Memory,
    over: Over,
    now: Timestamp,
    next: &mut Vec<Timestamp>,
) -> anyhow::Result<usize> {
    let mut done = 0;
    next.extend(over.later);
    for meeting in over.open {
        let Some(panel) = book.panels.get(&meeting.id.panel) else { continue };
        let end = end_of(panel, meeting.starts_at);
        if end > now {
            next.push(end);
            continue;
        }
        let mut tx = daemon.store.begin(now).await?;
        match panel.meeting(&meeting.id) {
            Some(held) if held.warns(WarningCode::BankHoliday) => {
                carry_over(&mut tx, book, panel, &meeting, now).await?
            }
            _ => close(&mut tx, book, panel, &meeting, now).await?,
        }
        tx.commit().await?;
        memory.reviewed_on.remove(&panel.profile.id);
        next.push(end_of_day_of_grace(panel, &meeting));
        done += 1;
    }
    for obligation in over.unanswered {
        let (Some(case), Some(meeting)) = (obligation.what.case, obligation.what.meeting.clone()) else { continue };
        let Some(panel) = book.panels.get(&meeting.panel) else { continue };
        let mut tx = daemon.store.begin(now).await?;
        provisional(&mut tx, panel, case, meeting.date).await?;
        list_review(&mut tx, book, panel, case, now).await?;
        tx.close_obligation(&obligation.id, ObligationState::Done).await?;
        tx.commit().await?;
        done += 1;
    }
    // Once a day each panel's reviews are looked through; between, they are listed when they are set.
    let today = civil::date(now);
    for panel in book.panels.values() {
        if memory.reviewed_on.get(&panel.profile.id) == Some(&today) {
            continue;
        }
        let horizon = today.checked_add(HORIZON_WEEKS.weeks())?;
        let due = daemon.store.read().await?.reviews_due(&panel.profile.id, horizon).await?;
        for case in due {
            let mut tx = daemon.store.begin(now).await?;
            if list_review(&mut tx, book, panel, case.number, now).await? {
                tx.commit().await?;
                done += 1;
            }
        }
        memory.reviewed_on.insert(panel.profile.id.clone(), today);
    }
    next.push(civil::start_of_day(today.tomorrow()?));
    Ok(done)
}

fn end_of_day_of_grace(panel: &Panel, meeting: &crate::store::Meeting) -> Timestamp {
    let day = panel.calendar.days().plus(civil::date(meeting.starts_at), UNANSWERED_WORKING_DAYS);
    civil::instant(day.at(17, 0, 0, 0))
}

fn end_of(panel: &Panel, starts_at: Timestamp) -> Timestamp {
    let session = jiff::SignedDuration::from_mins(panel.profile.session_minutes);
    starts_at.checked_add(session).unwrap_or(starts_at)
}

/// The meeting is over: its children have been heard, and what was decided is to be recorded.
async fn close(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    meeting: &crate::store::Meeting,
    now: Timestamp,
) -> anyhow::Result<()> {
    let day = civil::date(meeting.starts_at);
    let due_at = end_of_day_of_grace(panel, meeting);
    for row in tx.agenda_items(&meeting.id).await?.into_iter().filter(|r| r.state == ItemState::Listed) {
        let Some(mut open) = OpenCase::load(tx, row.case).await? else { continue };
        open.case.last_heard = Some(day);
        // Recorded before the session ended: what followed from it stands.
        if tx.outcome(row.case, &meeting.id).await?.is_some() {
            tx.update_case(&mut open.case, None).await?;
            continue;
        }
        // A provisional date followed from an earlier hearing; the next one follows from this.
        if open.case.review_provisional {
            for later in tx.open_items_of_case(row.case).await? {
                if later.state == ItemState::Listed && panel.meeting(&later.meeting).is_some_and(|m| m.starts_at > now)
                {
                    take_off(
                        tx,
                        book,
                        panel,
                        later,
                        None,
                        "the child was heard before; its next review follows from that",
                    )
                    .await?;
                }
            }
            open.case.review_due = None;
            open.case.review_provisional = false;
        }
        // A review date that was for this meeting has been kept.
        if open.case.review_due.is_some_and(|due| due <= day.saturating_add(LISTED_DAYS.days())) {
            open.case.review_due = None;
        }
        if let (Some(fixed), Some(start), None) =
            (&panel.profile.fixed_reviews, open.case.pathway_start, open.case.review_due)
        {
            open.case.review_due = review::next_fixed(fixed, start, day.tomorrow()?);
            open.case.review_provisional = false;
        }
        tx.update_case(&mut open.case, None).await?;
        tx.open_obligation(&NewObligation {
            purpose: format!("{OUTCOME}|{}|{}", meeting.id, row.case),
            kind: OUTCOME.to_owned(),
            rule: "SY-19".to_owned(),
            due_at,
            owner: panel.profile.alerts.owner.clone(),
            panel: Some(panel.profile.id.clone()),
            case: Some(row.case),
            meeting: Some(meeting.id.clone()),
            document: None,
            message: None,
        })
        .await?;
    }
    let mut closed = meeting.clone();
    closed.state = MeetingState::Closed;
    tx.put_meeting(&closed).await?;
    tx.journal(Line {
        event: "meeting.over",
        rule: None,
        reason: "its children have been heard".to_owned(),
        refs: vec![Ref::Meeting(meeting.id.clone())],
    });
    Ok(())
}

/// A meeting on a bank holiday that nobody moved was never held (MC-13): its children have not been heard, and go with their
/// papers to the next meeting. The chair is told.
async fn carry_over(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    meeting: &crate::store::Meeting,
    now: Timestamp,
) -> anyhow::Result<()> {
    let today = civil::date(now);
    let to_come = panel.calendar.meetings(today, today.checked_add(HORIZON_WEEKS.weeks())?);
    let next = to_come.iter().find(|m| m.starts_at > now && !m.warns(WarningCode::BankHoliday)).map(|m| m.id.clone());
    let mut moved = Vec::new();
    for mut row in tx.agenda_items(&meeting.id).await?.into_iter().filter(|r| r.state == ItemState::Listed) {
        let Some(next) = &next else { break };
        move_papers(tx, row.case, Some(&meeting.id), next).await?;
        let section = row.section;
        let put =
            Put { case: row.case, meeting: next, section, rule: "MC-13", notes: row.notes.clone(), admitted_by: None };
        row.state = ItemState::Moved;
        row.moved_to = Some(next.clone());
        tx.put_agenda_item(&row).await?;
        put_on_agenda(tx, book, panel, put).await?;
        if let Some(open) = OpenCase::load(tx, row.case).await? {
            moved.push(open.routed(tx).await?);
        }
    }
    let mut closed = meeting.clone();
    closed.state = MeetingState::Closed;
    tx.put_meeting(&closed).await?;
    tx.journal(Line {
        event: "meeting.not_held",
        rule: Some("MC-13".into()),
        reason: "it fell on a bank holiday and nobody moved it: its children go to the next meeting".to_owned(),
        refs: vec![Ref::Meeting(meeting.id.clone())],
    });
    let (Some(next), false) = (next, moved.is_empty()) else { return Ok(()) };
    let cases: Vec<String> = moved.iter().map(|case| case.case.to_string()).collect();
    let alert = Alert {
        to: To::Chair,
        at_once: false,
        purpose: format!("alert|not held|{}", meeting.id),
        title: format!(
            "{} was not held: its children are on {}",
            civil::day_in_words(meeting.id.date),
            civil::day_in_words(next.date)
        ),
        what: format!(
            "The meeting {} fell on a bank holiday and nobody gave it another date. {} moved to {next} with their papers.",
            meeting.id,
            cases.join(", ")
        ),
        why: "A meeting on a bank holiday is never silently held. Nobody but the chair had its papers.".to_owned(),
        rule: "MC-13",
        happened_at: now,
        decide_by: None,
        otherwise: None,
        about: moved.iter().map(|case| Ref::Case(case.case)).collect(),
        next: Vec::new(),
        meeting: Some(&next),
        cases: &moved,
    };
    raise(tx, book, panel, alert).await?;
    Ok(())
}

/// Nothing was recorded in two working days: the earliest date of the rating's window is set, marked provisional (MC-35).
async fn provisional(tx: &mut Tx, panel: &Panel, case: CaseRef, heard: Date) -> anyhow::Result<()> {
    let Some(mut open) = OpenCase::load(tx, case).await? else { return Ok(()) };
    if open.case.review_due.is_some() || open.case.state == CaseState::Closed {
        return Ok(());
    }
    let Some(window) = open.facts.rating.as_deref().and_then(|rating| review::window(&panel.profile, rating, heard))
    else {
        return Ok(());
    };
    let meetings = panel.calendar.meetings(heard, window.latest);
    let due = review::propose(heard, window, &meetings).map_or(window.target, Meeting::day);
    open.case.review_due = Some(due);
    open.case.review_provisional = true;
    tx.update_case(&mut open.case, None).await?;
    tx.journal(Line {
        event: "review.set",
        rule: Some("MC-35".into()),
        reason: format!("no review date was recorded in two working days: {due} is set provisionally"),
        refs: vec![Ref::Case(case)],
    });
    Ok(())
}

/// A child due for review is listed, with or without papers (SY-07, SH-06), at the last meeting on or before the date
/// (MC-05). False when it is listed already, or not yet due.
async fn list_review(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    number: CaseRef,
    now: Timestamp,
) -> anyhow::Result<bool> {
    let Some(case) = tx.case(number).await? else { return Ok(false) };
    let Some(date) = case.review_due else { return Ok(false) };
    if !case.review_provisional && date > civil::date(now).checked_add(LISTED_DAYS.days())? {
        return Ok(false);
    }
    // As far as the date: a nearer horizon would pass its last meeting off as the last one before the date.
    let today = civil::date(now);
    let meetings = panel.calendar.meetings(today, date.max(today.checked_add(HORIZON_WEEKS.weeks())?));
    let to_come = meetings.iter().filter(|m| m.starts_at > now && !m.warns(WarningCode::BankHoliday));
    let Some(meeting) = review::snap(date, to_come.clone()).or_else(|| to_come.min_by_key(|m| m.starts_at)) else {
        return Ok(false);
    };
    let already = tx.open_items_of_case(number).await?.iter().any(|row| {
        // At any meeting that is not over: the one that is being held now counts too.
        row.state == ItemState::Listed && row.meeting.panel == panel.profile.id
    });
    if already {
        return Ok(false);
    }
    let section = if panel.profile.section(SectionId::Review).is_some() { SectionId::Review } else { SectionId::New };
    let rule = if panel.profile.fixed_reviews.is_some() { "SH-06" } else { "SY-27" };
    let put = Put { case: number, meeting: &meeting.id, section, rule, notes: Vec::new(), admitted_by: None };
    put_on_agenda(tx, book, panel, put).await?;
    Ok(true)
}
