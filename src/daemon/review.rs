//! After a meeting: its children have been heard; the next review is set and listed (MC-03, MC-05, MC-35, SH-06, SY-28).

use super::alerts::{Alert, To};
use super::desk::{OpenCase, Posting, agenda_meeting, post};
use super::duty::HORIZON_WEEKS;
use super::heard::{fixed_after, was_fixed_review};
use super::listing::{Put, move_to, put_on_agenda, take_off};
use super::not_held::{self, NotHeld, carry_over};
use super::record::{self, OUTCOME, REVIEW_DATE, REVIEWS};
use super::{Book, Daemon, Memory, Panel, asked, deputies, invitees, risk, timers};
use crate::casework::calendar::{Held, Meeting, WarningCode, civil, review};
use crate::casework::panel::SectionId;
use crate::casework::rules::{Ends, Verdict};
use crate::casework::{CaseRef, MailKind, MeetingId, Redacted, Ref, initials};
use crate::outbound::compose::alert::NextStep;
use crate::outbound::compose::outcome_query::{self, Otherwise};
use crate::outbound::compose::reminder;
use crate::store::{
    AgendaRow, Case, CaseState, ItemState, Line, MeetingState, NewObligation, Obligation, ObligationState, OutcomeKind,
    Tx, View,
};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeMap;

/// Working days after which the earliest review date is set provisionally (MC-35).
const UNANSWERED_WORKING_DAYS: u32 = 2;
/// The obligation to ask what a meeting decided.
pub(super) const ASK: &str = "ask_outcome";
/// Working days before the cut-off at which whoever carries a review is reminded of it (SY-29).
const REMINDED_WORKING_DAYS: u32 = 5;
/// Within which every meeting stands whose cut-off is that near, whatever the holidays.
const REMINDED_WEEKS: i64 = 4;
/// A fixed review is listed this many days ahead, and a paper that comes within them is the review's.
pub(super) const LISTED_DAYS: i64 = 28;

/// Meetings not closed yet, obligations nobody met in time, and when the next of those falls due.
pub(super) struct Over {
    open: Vec<crate::store::Meeting>,
    unanswered: Vec<Obligation>,
    later: Option<Timestamp>,
    /// Meetings whose recorders are to be asked what was decided.
    to_ask: Vec<Obligation>,
    /// Meetings with an outcome that no notes have carried.
    pub(super) to_note: Vec<MeetingId>,
}

/// What [`turn`] works from.
pub(super) async fn look(view: &mut View, now: Timestamp) -> anyhow::Result<Over> {
    let open = view.open_meetings().await?;
    let (due, later) = view.obligations_of_kinds(&[OUTCOME, REVIEW_DATE, ASK], now).await?;
    let (to_ask, unanswered) = due.into_iter().partition(|obligation| obligation.what.kind == ASK);
    let to_note = view.meetings_to_note().await?;
    Ok(Over { open, unanswered, later, to_ask, to_note })
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
    let moves_followed = std::mem::replace(&mut memory.moves_followed, true);
    for meeting in over.open {
        let Some(panel) = book.panels.get(&meeting.id.panel) else { continue };
        let held = panel.calendar.of_date(meeting.id.date);
        // Moves are written into the configuration, which is read when the program starts.
        if !moves_followed && let Some(Held::Yes(held)) = &held {
            done += usize::from(not_held::follow_move(daemon, book, panel, &meeting, held, now).await?);
        }
        let starts_at = if let Some(Held::Yes(held)) = &held { held.starts_at } else { meeting.starts_at };
        let end = end_of(panel, starts_at);
        let cancelled = matches!(held, Some(Held::Cancelled(_)));
        if end > now && !cancelled {
            next.push(end);
            continue;
        }
        let mut tx = daemon.store.begin(now).await?;
        let is_over = match held {
            Some(Held::Cancelled(_)) => carry_over(&mut tx, book, panel, &meeting, NotHeld::Cancelled).await?,
            Some(Held::Yes(held)) if held.warns(WarningCode::BankHoliday) => {
                carry_over(&mut tx, book, panel, &meeting, NotHeld::BankHoliday).await?
            }
            _ => close(&mut tx, book, panel, &meeting, now).await.map(|()| true)?,
        };
        tx.commit().await?;
        if !is_over {
            continue;
        }
        memory.reviewed_on.remove(&panel.profile.id);
        next.push(end_of_grace(panel, meeting.starts_at));
        done += 1;
    }
    for obligation in over.to_ask {
        let Some(meeting) = obligation.what.meeting.as_ref() else { continue };
        let mut tx = daemon.store.begin(now).await?;
        if let Some(panel) = book.panels.get(&meeting.panel) {
            ask(&mut tx, book, panel, meeting).await?;
        }
        tx.close_obligation(&obligation.id, ObligationState::Done).await?;
        tx.commit().await?;
        done += 1;
    }
    for obligation in over.unanswered {
        let (Some(case), Some(meeting)) = (obligation.what.case, obligation.what.meeting.clone()) else { continue };
        let Some(panel) = book.panels.get(&meeting.panel) else { continue };
        let mut tx = daemon.store.begin(now).await?;
        unanswered(&mut tx, book, panel, case, &meeting, now).await?;
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
        for meeting in panel.calendar.meetings(today, today.checked_add(REMINDED_WEEKS.weeks())?) {
            let from = panel.calendar.days().minus(civil::date(meeting.cutoff_at), REMINDED_WORKING_DAYS);
            if today >= from && now < meeting.cutoff_at {
                let mut tx = daemon.store.begin(now).await?;
                done += remind(&mut tx, book, panel, &meeting).await?;
                tx.commit().await?;
            }
        }
        done += timers::turn(daemon, book, memory, panel, now).await?;
        memory.reviewed_on.insert(panel.profile.id.clone(), today);
    }
    next.push(civil::start_of_day(today.tomorrow()?));
    Ok(done)
}

/// The end of the second working day after the meeting: what nobody has recorded by then, the program settles (MC-35).
pub(super) fn end_of_grace(panel: &Panel, starts_at: Timestamp) -> Timestamp {
    let day = panel.calendar.days().plus(civil::date(starts_at), UNANSWERED_WORKING_DAYS);
    civil::instant(day.at(17, 0, 0, 0))
}

pub(super) fn end_of(panel: &Panel, starts_at: Timestamp) -> Timestamp {
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
    let due_at = end_of_grace(panel, meeting.starts_at);
    let heard = expect_again(tx, book, panel, meeting, now).await?;
    deputies::over(tx, &meeting.id).await?;
    for row in heard {
        invitees::forget(tx, row.case).await?;
        let Some(mut open) = OpenCase::load(tx, row.case).await? else { continue };
        open.case.last_heard = Some(day);
        timers::owe_template(tx, panel, row.case, &meeting.id).await?;
        // Recorded before the session ended: what followed from it stands.
        let recorded = tx.outcome(row.case, &meeting.id).await?;
        if recorded.as_ref().is_some_and(|r| r.review_due.is_some() || r.kind == OutcomeKind::Close) {
            tx.update_case(&mut open.case, None).await?;
            continue;
        }
        // A provisional date followed from an earlier hearing; the next one follows from this.
        if open.case.review_provisional || is_overtaken(tx, panel, &open, &meeting.id, day).await? {
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
        has_been_held(panel, &mut open.case, day);
        tx.update_case(&mut open.case, None).await?;
        if recorded.is_some() {
            continue;
        }
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
    let next_day = panel.calendar.days().plus(day, 1);
    tx.open_obligation(&NewObligation {
        purpose: format!("{ASK}|{}", meeting.id),
        kind: ASK.to_owned(),
        rule: "MC-35".to_owned(),
        due_at: panel.working_instant(civil::start_of_day(next_day)),
        owner: panel.profile.alerts.owner.clone(),
        panel: Some(panel.profile.id.clone()),
        case: None,
        meeting: Some(meeting.id.clone()),
        document: None,
        message: None,
    })
    .await?;
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

/// The panel set the date by another rating than the one with which the child was heard now, and it lies beyond what that one
/// allows (MC-03, MC-05).
async fn is_overtaken(
    tx: &mut Tx,
    panel: &Panel,
    open: &OpenCase,
    meeting: &MeetingId,
    day: Date,
) -> anyhow::Result<bool> {
    let (case, Some(due)) = (open.case.number, open.case.review_due) else { return Ok(false) };
    let outcomes = tx.outcomes_of_case(case).await?;
    let Some(set) = outcomes.iter().rfind(|row| row.review_due == Some(due)) else { return Ok(false) };
    let then = risk::rating_at(tx, &panel.profile, open, &set.meeting).await?;
    let Some(now) = risk::rating_at(tx, &panel.profile, open, meeting).await? else { return Ok(false) };
    let too_late = review::window(&panel.profile, &now, day).is_some_and(|window| due > window.latest);
    if then.as_ref() == Some(&now) || !too_late {
        return Ok(false);
    }
    tx.journal(Line {
        event: "review.overtaken",
        rule: Some("MC-03".into()),
        reason: format!("{due} was set by another rating and lies beyond what this one allows: asked for anew"),
        refs: vec![Ref::Case(case), Ref::Meeting(meeting.clone())],
    });
    Ok(true)
}

/// A review date that was for this meeting has been kept: of fixed reviews, the next is due (SH-06).
fn has_been_held(panel: &Panel, case: &mut Case, day: Date) {
    let is_near = |due: Date| due <= day.saturating_add(LISTED_DAYS.days());
    if case.review_due.is_some_and(|due| is_near(due) || was_fixed_review(panel, case.pathway_start, day, due)) {
        case.review_due = None;
    }
    if case.review_due.is_none()
        && let Some(due) = fixed_after(panel, case.pathway_start, day)
    {
        case.review_due = Some(due);
        case.review_provisional = false;
    }
}

/// Children whose assessment had not come were not heard: they are expected at the next meeting, and the chair is told
/// (SH-05, SH-10). Returns the others, who were heard.
async fn expect_again(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    meeting: &crate::store::Meeting,
    now: Timestamp,
) -> anyhow::Result<Vec<AgendaRow>> {
    let listed = tx.agenda_items(&meeting.id).await?.into_iter().filter(|row| row.state == ItemState::Listed);
    let (expected, mut heard): (Vec<_>, Vec<_>) = listed.partition(|row| row.section == SectionId::Expected);
    let today = civil::date(now);
    let to_come = panel.calendar.meetings(today, today.checked_add(HORIZON_WEEKS.weeks())?);
    let next = to_come.iter().find(|m| m.cutoff_at > now && !m.warns(WarningCode::BankHoliday));
    let (Some(next), false) = (next, expected.is_empty()) else {
        heard.extend(expected);
        return Ok(heard);
    };
    let mut moved = Vec::new();
    for row in expected {
        let case = row.case;
        move_to(tx, book, panel, row, next, "its assessment has not come yet").await?;
        if let Some(open) = OpenCase::load(tx, case).await? {
            moved.push(open.routed(tx).await?);
        }
    }
    let cases = moved.iter().map(|case| case.case.to_string()).collect::<Vec<_>>().join(", ");
    let ends = Ends::Assessed(moved.iter().map(|case| case.case).collect());
    let alert = Alert {
        to: To::Chair,
        at_once: false,
        purpose: format!("alert|expected again|{}", meeting.id),
        title: format!("still no assessment for {cases}"),
        what: format!(
            "{cases} was announced and no assessment has come, so the meeting of {} did not hear it. It is expected at {} now.",
            civil::day_in_words(meeting.id.date),
            civil::day_in_words(next.day())
        ),
        why:
            "A case that is announced is expected at every meeting until it is resolved, so that no child is forgotten."
                .to_owned(),
        rule: "SH-05",
        happened_at: now,
        decide_by: Some(next.cutoff_at),
        otherwise: Some("it is expected again, without papers.".to_owned()),
        about: moved.iter().map(|case| Ref::Case(case.case)).collect(),
        next: vec![NextStep { text: "Ask the social worker for the assessment".to_owned(), command: None }],
        meeting: Some(&next.id),
        cases: &moved,
    };
    asked::ask(tx, book, panel, alert, ends).await?;
    Ok(heard)
}

/// The working day after a meeting: whoever records it is asked once for what is not recorded yet, and told what is done if
/// nobody says (MC-35).
async fn ask(tx: &mut Tx, book: &Book<'_>, panel: &Panel, meeting: &MeetingId) -> anyhow::Result<()> {
    let Some(held) = panel.meeting(meeting) else { return Ok(()) };
    let (mut routed, mut children) = (Vec::new(), BTreeMap::new());
    for row in tx.agenda_items(meeting).await?.into_iter().filter(|row| row.state == ItemState::Listed) {
        if tx.outcome(row.case, meeting).await?.is_some() {
            continue;
        }
        let Some(open) = OpenCase::load(tx, row.case).await? else { continue };
        let rating = risk::rating_for_review(tx, &panel.profile, &open, meeting).await?;
        let window = rating.as_ref().and_then(|rating| review::window(&panel.profile, rating, meeting.date));
        let otherwise = match (open.case.review_due, window) {
            (Some(due), _) => Otherwise::Stands { due },
            (None, Some(window)) => {
                let meetings = panel.calendar.meetings(meeting.date, window.latest);
                let due = review::propose(meeting.date, window, &meetings).map_or(window.target, Meeting::day);
                Otherwise::Proposed { due, latest: window.latest }
            }
            (None, None) => {
                let title = |id: &String| panel.profile.rating(id).map_or_else(|| id.clone(), |r| r.title.clone());
                Otherwise::Nothing { rating: rating.as_ref().map(title) }
            }
        };
        let child = outcome_query::Child {
            case: row.case,
            initials: Redacted::new(initials(open.child.name.reveal())),
            otherwise,
        };
        children.insert(row.case, (child, open.identifiers()));
        routed.push(open.routed(tx).await?);
    }
    for clearance in book.routing(panel, tx.now()).recorders(MailKind::Query, meeting, &routed) {
        let asked = || clearance.cases().iter().filter_map(|case| children.get(case));
        let view = outcome_query::View {
            head: panel.letterhead(),
            meeting: agenda_meeting(&held),
            children: asked().map(|(child, _)| child.clone()).collect(),
            answer_by: end_of_grace(panel, held.starts_at),
            rule: clearance.rule().to_owned(),
        };
        let identifiers: Vec<_> = asked().flat_map(|(_, identifiers)| identifiers.clone()).collect();
        let to: Vec<&str> = clearance.recipients().iter().map(|r| r.address.as_str()).collect();
        let posting = Posting {
            purpose: format!("outcome-query|{meeting}|{}", to.join(",")),
            due_at: panel.working_instant(tx.now()),
            expires_at: None,
            answers: None,
            clearance: &clearance,
            panel: &panel.profile.id,
        };
        let templates = book.templates;
        post(tx, posting, |stamp| outcome_query::compose(templates, &clearance, &view, stamp, &identifiers)).await?;
    }
    Ok(())
}

/// Whoever carries a child due for review is reminded to come prepared, with updated documents, unless these have come (SY-29).
async fn remind(tx: &mut Tx, book: &Book<'_>, panel: &Panel, meeting: &Meeting) -> anyhow::Result<usize> {
    let mut done = 0;
    let rows = tx.agenda_items(&meeting.id).await?;
    let due = |row: &AgendaRow| row.state == ItemState::Listed && REVIEWS.contains(&row.rule.as_str());
    let papers = if rows.iter().any(due) { tx.documents_of_meeting(&meeting.id).await? } else { Vec::new() };
    for row in rows.iter().filter(|row| due(row) && papers.iter().all(|paper| paper.case != Some(row.case))) {
        let Some(open) = OpenCase::load(tx, row.case).await? else { continue };
        let routed = open.routed(tx).await?;
        let routing = book.routing(panel, tx.now());
        let Some(clearance) = routing.reminder(Some(&meeting.id), &routed, open.lead(), None, "SY-29") else {
            continue;
        };
        let what = reminder::What::Review { meeting: agenda_meeting(meeting), cutoff_at: meeting.cutoff_at };
        let purpose = timers::of_review(&meeting.id, row.case);
        let nudge = timers::Nudge { what, purpose, expires_at: Some(meeting.cutoff_at) };
        done += usize::from(timers::send(tx, book, panel, &open, &clearance, nudge).await?);
    }
    Ok(done)
}

/// Nobody has said in two working days when the child is heard next: the program sets what it can, lists the child and tells
/// who carries the case (MC-35, SY-28). Where nothing can be set, the chair is told: no child falls off the list unseen.
async fn unanswered(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    number: CaseRef,
    meeting: &MeetingId,
    now: Timestamp,
) -> anyhow::Result<()> {
    let set = provisional(tx, panel, number, meeting).await?;
    list_review(tx, book, panel, number, now).await?;
    let Some(open) = OpenCase::load(tx, number).await? else { return Ok(()) };
    let Some(heard) = panel.meeting(meeting) else { return Ok(()) };
    match (open.case.review_due, open.case.state) {
        (Some(due), _) if set => {
            let mut listed = tx.open_items_of_case(number).await?.into_iter().filter(|r| r.state == ItemState::Listed);
            let next = listed.find_map(|row| panel.meeting(&row.meeting).filter(|m| m.starts_at > now));
            if let Some(next) = next {
                let purpose = format!("notification|{number}|{meeting}|provisional");
                record::notify(tx, book, panel, number, &heard, review_on(due, &next), ("MC-35", purpose)).await?;
            }
        }
        (None, CaseState::Open) => tell_chair(tx, book, panel, &open, meeting, now).await?,
        _ => {}
    }
    Ok(())
}

fn review_on(due: Date, next: &Meeting) -> crate::outbound::compose::notification::What {
    record::review(due, next, true, None)
}

async fn tell_chair(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    open: &OpenCase,
    meeting: &MeetingId,
    now: Timestamp,
) -> anyhow::Result<()> {
    let case = open.case.number;
    let routed = open.routed(tx).await?;
    let wants_closing = tx.outcome(case, meeting).await?.map(|row| row.body.open()).transpose()?;
    let wants_closing = wants_closing.is_some_and(|body| body.outcome.verdict == Some(Verdict::Close));
    let rating = risk::rating_for_review(tx, &panel.profile, open, meeting).await?;
    let because = match rating.and_then(|id| panel.profile.rating(&id)) {
        _ if wants_closing => "it was to be closed, and no rationale was given".to_owned(),
        Some(rating) => format!("{} sets no review, and nothing closes the case", rating.title),
        _ => "its rating is not known".to_owned(),
    };
    let alert = Alert {
        to: To::Chair,
        at_once: false,
        purpose: format!("alert|no review|{case}|{meeting}"),
        title: format!("{case} has no next review"),
        what: format!(
            "{case} was heard at {meeting} and is open. Nobody has said when it is heard next, and no date could be worked out: {because}. It is on no agenda."
        ),
        why: "A child before the panel is reviewed until the panel closes the case. After two working days the program sets the earliest date of the rating's window; here it could not.".to_owned(),
        rule: "MC-35",
        happened_at: now,
        decide_by: None,
        otherwise: Some("the child stays open and is on no agenda.".to_owned()),
        about: vec![Ref::Case(case), Ref::Meeting(meeting.clone())],
        next: vec![NextStep {
            text: "Send the recording template or outcome sheet with the rating and the review date, or with the rationale for closing".to_owned(),
            command: None,
        }],
        meeting: None,
        cases: std::slice::from_ref(&routed),
    };
    asked::ask(tx, book, panel, alert, Ends::Reviewed(case)).await?;
    Ok(())
}

/// Nothing was recorded in two working days: the earliest date of the rating's window is set, marked provisional (MC-35). True where it was.
async fn provisional(tx: &mut Tx, panel: &Panel, case: CaseRef, meeting: &MeetingId) -> anyhow::Result<bool> {
    let Some(mut open) = OpenCase::load(tx, case).await? else { return Ok(false) };
    if open.case.review_due.is_some() || open.case.state == CaseState::Closed {
        return Ok(false);
    }
    let heard = meeting.date;
    let rating = risk::rating_for_review(tx, &panel.profile, &open, meeting).await?;
    let Some(window) = rating.and_then(|rating| review::window(&panel.profile, &rating, heard)) else {
        return Ok(false);
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
    Ok(true)
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
    let ahead = civil::date(now).checked_add(LISTED_DAYS.days())?;
    // As far as the date: a nearer horizon would pass its last meeting off as the last one before the date.
    let today = civil::date(now);
    let meetings = panel.calendar.meetings(today, date.max(today.checked_add(HORIZON_WEEKS.weeks())?));
    let to_come = meetings.iter().filter(|m| m.starts_at > now && !m.warns(WarningCode::BankHoliday));
    let last = review::snap(date, to_come.clone());
    // A panel that meets seldom holds the review long before its date: it is listed as far ahead of that meeting.
    let held_early = last.is_some_and(|m| m.day() <= ahead && m.day() < date.saturating_sub(LISTED_DAYS.days()));
    if !case.review_provisional && date > ahead && !held_early {
        return Ok(false);
    }
    let Some(meeting) = last.or_else(|| to_come.min_by_key(|m| m.starts_at)) else { return Ok(false) };
    let already = tx.open_items_of_case(number).await?.iter().any(|row| {
        // At any meeting that is not over: the one that is being held now counts too.
        row.state == ItemState::Listed && row.meeting.panel == panel.profile.id
    });
    if already {
        return Ok(false);
    }
    let section = if panel.profile.section(SectionId::Review).is_some() { SectionId::Review } else { SectionId::New };
    let rule = record::review_rule(panel);
    let put = Put { case: number, meeting: &meeting.id, section, rule, notes: Vec::new(), admitted_by: None };
    put_on_agenda(tx, book, panel, put).await?;
    Ok(true)
}
