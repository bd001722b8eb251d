//! After a meeting: its children have been heard; the next review is set and listed (MC-03, MC-05, MC-35, SH-06, SY-28).

use super::desk::OpenCase;
use super::listing::{Put, put_on_agenda};
use super::{Book, Daemon, Panel};
use crate::casework::calendar::{Meeting, civil, review};
use crate::casework::panel::SectionId;
use crate::casework::{CaseRef, Ref};
use crate::store::{ItemState, Line, MeetingState, NewObligation, ObligationState, Tx};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

/// The obligation to say what a meeting decided about a child.
const OUTCOME: &str = "record_outcome";
/// Working days after which the earliest review date is set provisionally (MC-35).
const UNANSWERED_WORKING_DAYS: u32 = 2;
/// A fixed review is listed this many days ahead.
const LISTED_DAYS: i64 = 28;

/// Closes meetings that are over, sets review dates that fall to the program, and lists what is due for review.
pub(super) async fn turn(
    daemon: &Daemon,
    book: &Book<'_>,
    panel: &Panel,
    meetings: &[Meeting],
    now: Timestamp,
    next: &mut Vec<Timestamp>,
) -> anyhow::Result<usize> {
    let mut done = 0;
    let over = {
        let mut view = daemon.store.read().await?;
        let open = view.open_meetings().await?;
        next.extend(open.iter().filter(|m| m.id.panel == panel.profile.id).map(|m| end_of(panel, m.starts_at)));
        open.into_iter()
            .filter(|m| m.id.panel == panel.profile.id && end_of(panel, m.starts_at) <= now)
            .collect::<Vec<_>>()
    };
    for meeting in over {
        let mut tx = daemon.store.begin(now).await?;
        close(&mut tx, panel, &meeting).await?;
        tx.commit().await?;
        done += 1;
    }
    let unanswered = {
        let mut view = daemon.store.read().await?;
        let open = view.open_obligations().await?;
        let mine =
            open.into_iter().filter(|o| o.what.kind == OUTCOME && o.what.panel.as_ref() == Some(&panel.profile.id));
        let (due, later): (Vec<_>, Vec<_>) = mine.partition(|o| o.what.due_at <= now);
        next.extend(later.iter().map(|o| o.what.due_at));
        due
    };
    for obligation in unanswered {
        let (Some(case), Some(meeting)) = (obligation.what.case, obligation.what.meeting.clone()) else { continue };
        let mut tx = daemon.store.begin(now).await?;
        provisional(&mut tx, panel, case, meeting.date, meetings).await?;
        tx.close_obligation(&obligation.id, ObligationState::Done).await?;
        tx.commit().await?;
        done += 1;
    }
    done += list_reviews(daemon, book, panel, meetings, now).await?;
    Ok(done)
}

fn end_of(panel: &Panel, starts_at: Timestamp) -> Timestamp {
    let session = jiff::SignedDuration::from_mins(panel.profile.session_minutes);
    starts_at.checked_add(session).unwrap_or(starts_at)
}

/// The meeting is over: its children have been heard, and what was decided is to be recorded.
async fn close(tx: &mut Tx, panel: &Panel, meeting: &crate::store::Meeting) -> anyhow::Result<()> {
    let day = civil::date(meeting.starts_at);
    let due_day = panel.calendar.days().plus(day, UNANSWERED_WORKING_DAYS);
    for row in tx.agenda_items(&meeting.id).await?.into_iter().filter(|r| r.state == ItemState::Listed) {
        let Some(mut open) = OpenCase::load(tx, row.case).await? else { continue };
        open.case.last_heard = Some(day);
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
            due_at: civil::instant(due_day.at(17, 0, 0, 0)),
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

/// Nothing was recorded in two working days: the earliest date of the rating's window is set, marked provisional (MC-35).
async fn provisional(
    tx: &mut Tx,
    panel: &Panel,
    case: CaseRef,
    heard: Date,
    meetings: &[Meeting],
) -> anyhow::Result<()> {
    let Some(mut open) = OpenCase::load(tx, case).await? else { return Ok(()) };
    if open.case.review_due.is_some() {
        return Ok(());
    }
    let Some(window) = open.facts.rating.as_deref().and_then(|rating| review::window(&panel.profile, rating, heard))
    else {
        return Ok(());
    };
    let due = review::propose(heard, window, meetings).map_or(window.target, Meeting::day);
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

/// A child due for review is listed, with or without papers (SY-07, SH-06), at the last meeting on or before the date (MC-05).
async fn list_reviews(
    daemon: &Daemon,
    book: &Book<'_>,
    panel: &Panel,
    meetings: &[Meeting],
    now: Timestamp,
) -> anyhow::Result<usize> {
    let today = civil::date(now);
    let horizon = meetings.last().map_or(today, Meeting::day);
    let due = daemon.store.read().await?.reviews_due(&panel.profile.id, horizon).await?;
    let mut listed = 0;
    for case in due {
        let Some(date) = case.review_due else { continue };
        if !case.review_provisional && date > today.checked_add(LISTED_DAYS.days())? {
            continue;
        }
        let to_come = meetings
            .iter()
            .filter(|m| m.starts_at > now && !m.warns(crate::casework::calendar::WarningCode::BankHoliday));
        let Some(meeting) = review::snap(date, to_come.clone()).or_else(|| to_come.min_by_key(|m| m.starts_at)) else {
            continue;
        };
        let mut tx = daemon.store.begin(now).await?;
        let already = tx.open_items_of_case(case.number).await?.iter().any(|row| {
            row.state == ItemState::Listed && panel.meeting(&row.meeting).is_some_and(|m| m.starts_at > now)
        });
        if already {
            continue;
        }
        let section =
            if panel.profile.section(SectionId::Review).is_some() { SectionId::Review } else { SectionId::New };
        let rule = if panel.profile.fixed_reviews.is_some() { "SH-06" } else { "SY-27" };
        let put = Put { case: case.number, meeting: &meeting.id, section, rule, notes: Vec::new(), admitted_by: None };
        put_on_agenda(&mut tx, book, panel, put).await?;
        tx.commit().await?;
        listed += 1;
    }
    Ok(listed)
}
