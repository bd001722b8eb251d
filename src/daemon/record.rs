//! Writes down what a meeting decided about a child, and what hangs on it: rating, actions, review date, the listing and its
//! invitations, what is owed; and tells the one who carries the case, and the chair (SY-19, SY-28, SH-06, MC-03, MC-35).

use super::alerts::{Alert, To, raise};
use super::asked::ask;
use super::carry_out::{Carrying, only_worker, reading_of, supersede};
use super::desk::{OpenCase, Posting, agenda_meeting, post};
use super::listing::{Put, move_to, put_on_agenda, take_off};
use super::{Book, Panel, invitees, risk, timers};
use crate::casework::calendar::{Meeting, civil};
use crate::casework::panel::SectionId;
use crate::casework::routing::Clearance;
use crate::casework::rules::{Ends, Flag, Follows, Review, Verdict};
use crate::casework::{CaseRef, MeetingId, Redacted, Ref, initials};
use crate::outbound::compose::alert::NextStep;
use crate::outbound::compose::notification::{View, What, compose};
use crate::store::{
    AgendaRow, CaseState, DocumentId, DocumentState, ItemState, Line, NewObligation, NewOutcome, ObligationState,
    OutcomeBody, OutcomeKind, Person, Said, Tx,
};
use jiff::civil::Date;

/// The obligation to say what a meeting decided about a child.
pub(super) const OUTCOME: &str = "record_outcome";
/// The obligation to say when a child is heard next, where the record does not.
pub(super) const REVIEW_DATE: &str = "review_date";
/// Rules that list a child because its review is due, so that a new date moves the listing.
pub(super) const REVIEWS: [&str; 3] = ["SH-06", "SY-27", "SY-17"];

/// Writes one outcome.
pub(super) async fn record(
    tx: &mut Tx,
    c: &Carrying<'_>,
    item: &crate::casework::rules::Item,
    follows: &Follows,
    document: &DocumentId,
) -> anyhow::Result<()> {
    let heard = &follows.heard;
    let Some(mut open) = OpenCase::load(tx, heard.case).await? else { return Ok(()) };
    for other in tx.documents_of_case(heard.case).await? {
        let earlier = other.meeting.as_ref() == Some(&heard.meeting) && other.what == "recording";
        if earlier && other.id != *document && other.state == DocumentState::Accepted {
            supersede(tx, other.id.as_str(), document, c).await?;
        }
    }
    let kind = match (follows.review, follows.outcome.verdict) {
        (Review::Closed, _) => OutcomeKind::Close,
        (_, Some(Verdict::Defer)) => OutcomeKind::Defer,
        _ => OutcomeKind::Continue,
    };
    let said = reading_of(c, item).map(|reading| {
        let all = reading.fields.iter().chain(&reading.passages);
        all.map(|(field, found)| (*field, Said { message: c.message.number, at: found.at.clone() })).collect()
    });
    let new = NewOutcome {
        meeting: heard.meeting.clone(),
        message: Some(c.message.number),
        kind,
        review_due: follows.review.due(),
        body: OutcomeBody { outcome: follows.outcome.clone(), said: said.unwrap_or_default() },
    };
    let version = tx.put_outcome(&open.case, &new).await?;
    tx.put_actions(&open.case, &heard.meeting, &follows.outcome.actions).await?;
    settle_case(tx, c, &mut open, follows).await?;
    risk::renew(tx, c.panel, heard.case).await?;
    tx.journal(Line {
        event: "outcome.recorded",
        rule: Some(follows.rule.into()),
        reason: format!("{}: {}", heard.case, follows.reason),
        refs: vec![Ref::Case(heard.case), Ref::Meeting(heard.meeting.clone()), Ref::Message(c.message.number)],
    });
    owe(tx, c.panel, follows, version).await?;
    if heard.is_last {
        // Before its next hearing is listed: who comes to that is asked anew (SY-13).
        invitees::forget(tx, heard.case).await?;
        let moved = list(tx, c.book, c.panel, follows).await?;
        if let (Some(what), Some(meeting)) = (what_follows(c.panel, follows, moved), c.panel.meeting(&heard.meeting)) {
            let purpose = format!("notification|{}|{}|{version}", heard.case, heard.meeting);
            notify(tx, c.book, c.panel, heard.case, &meeting, what, (follows.rule, purpose)).await?;
        }
    }
    if heard.is_last && follows.review == Review::Closed {
        end_the_flag(tx, c, follows, version).await?;
    }
    for flag in &follows.flags {
        tell_chair(tx, c.book, c.panel, (heard.case, &heard.meeting), flag).await?;
    }
    Ok(())
}

/// Lead professional, review date and state of the case.
async fn settle_case(tx: &mut Tx, c: &Carrying<'_>, open: &mut OpenCase, follows: &Follows) -> anyhow::Result<()> {
    if !follows.heard.is_last {
        return Ok(());
    }
    let mut facts = open.facts.clone();
    if let Some(name) = &follows.outcome.lead_professional
        && let Some(entry) =
            only_worker(c, name.reveal(), facts.responsible.as_ref().map(|name| name.reveal().as_str()))
    {
        facts.lead_professional = Some(Person { name: Some(entry.name.clone()), address: Some(entry.email.clone()) });
        facts.lead_confirmed = true;
        facts.earlier_caseworkers.clear();
    }
    open.case.last_heard = open.case.last_heard.max(Some(follows.heard.day));
    match follows.review {
        Review::Closed => {
            open.case.state = CaseState::Closed;
            open.case.closed_at = Some(tx.now());
            open.case.review_due = None;
            open.case.review_provisional = false;
        }
        Review::Given { due } | Review::Fixed { due } | Review::Deferred { due } => {
            open.case.state = CaseState::Open;
            open.case.closed_at = None;
            open.case.review_due = Some(due);
            open.case.review_provisional = false;
        }
        // Closed before, and now not any more (SY-20): it is heard on, from a date that is asked for.
        Review::Proposed { .. } | Review::Unsettled { .. } => {
            open.case.state = CaseState::Open;
            open.case.closed_at = None;
        }
        Review::Past => {}
    }
    tx.update_case(&mut open.case, Some(&facts)).await?;
    open.facts = facts;
    Ok(())
}

/// What was owed is done; what is asked is owed by admin until the program answers it itself (MC-35).
async fn owe(tx: &mut Tx, panel: &Panel, follows: &Follows, version: i64) -> anyhow::Result<()> {
    let heard = &follows.heard;
    for owed in tx.obligations_of_case(heard.case).await? {
        let this = owed.what.meeting.as_ref() == Some(&heard.meeting);
        let kind = owed.what.kind.as_str();
        let is_template = kind == timers::TEMPLATE;
        let written = is_template && !follows.outcome.is_sheet;
        let done = this && (written || [OUTCOME, REVIEW_DATE].contains(&kind));
        let falls_away = follows.review == Review::Closed && !is_template;
        if owed.state == ObligationState::Open && (done || falls_away) {
            let as_ = if done { ObligationState::Done } else { ObligationState::Cancelled };
            tx.close_obligation(&owed.id, as_).await?;
        }
    }
    let (Review::Proposed { answer_by, .. } | Review::Unsettled { answer_by }) = follows.review else { return Ok(()) };
    tx.open_obligation(&NewObligation {
        purpose: format!("{REVIEW_DATE}|{}|{}|{version}", heard.meeting, heard.case),
        kind: REVIEW_DATE.to_owned(),
        rule: "MC-35".to_owned(),
        due_at: answer_by,
        owner: panel.profile.alerts.owner.clone(),
        panel: Some(panel.profile.id.clone()),
        case: Some(heard.case),
        meeting: Some(heard.meeting.clone()),
        document: None,
        message: None,
    })
    .await?;
    Ok(())
}

/// Lists the child at its next meeting, moves what stood elsewhere, or takes everything off. The date it was moved from.
async fn list(tx: &mut Tx, book: &Book<'_>, panel: &Panel, follows: &Follows) -> anyhow::Result<Option<Date>> {
    let case = follows.heard.case;
    if follows.review == Review::Closed {
        for row in to_come(tx, panel, case).await? {
            take_off(tx, book, panel, row, None, "the case was closed").await?;
        }
        return Ok(None);
    }
    let Some(next) = follows.next.as_ref().and_then(|id| panel.meeting(id)) else { return Ok(None) };
    let rule = match follows.review {
        Review::Deferred { .. } => "SY-17",
        _ => review_rule(panel),
    };
    list_at(tx, book, panel, case, &next, rule).await
}

/// The rule by which the panel's reviews are listed.
pub(super) fn review_rule(panel: &Panel) -> &'static str {
    if panel.profile.fixed_reviews.is_some() { "SH-06" } else { "SY-27" }
}

/// Where the child is listed at meetings that have not begun.
async fn to_come(tx: &mut Tx, panel: &Panel, case: CaseRef) -> anyhow::Result<Vec<AgendaRow>> {
    let now = tx.now();
    let ahead = |row: &AgendaRow| panel.meeting(&row.meeting).is_some_and(|m| m.starts_at > now);
    let rows = tx.open_items_of_case(case).await?.into_iter();
    Ok(rows.filter(|row| row.state == ItemState::Listed && ahead(row)).collect())
}

/// Lists the child at the meeting that its review date gives, and moves what stood elsewhere for a review. The date it was
/// moved from.
pub(super) async fn list_at(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    case: CaseRef,
    next: &Meeting,
    rule: &'static str,
) -> anyhow::Result<Option<Date>> {
    let to_come = to_come(tx, panel, case).await?;
    let why = "the panel set another review date";
    let mut moved = None;
    let mut there = to_come.iter().any(|row| row.meeting == next.id);
    for row in to_come.into_iter().filter(|row| row.meeting != next.id && REVIEWS.contains(&row.rule.as_str())) {
        moved = moved.or(panel.meeting(&row.meeting).map(|m| m.day()));
        if there {
            take_off(tx, book, panel, row, Some(&next.id), why).await?;
        } else {
            move_to(tx, book, panel, row, next, why).await?;
            there = true;
        }
    }
    if !there {
        let review = panel.profile.section(SectionId::Review).is_some();
        let section = if review { SectionId::Review } else { SectionId::New };
        put_on_agenda(
            tx,
            book,
            panel,
            Put { case, meeting: &next.id, section, rule, notes: Vec::new(), admitted_by: None },
        )
        .await?;
    }
    Ok(moved)
}

fn what_follows(panel: &Panel, follows: &Follows, moved: Option<Date>) -> Option<What> {
    let next = follows.next.as_ref().and_then(|id: &MeetingId| panel.meeting(id));
    match (follows.review, next) {
        (Review::Closed, _) => Some(What::Closed),
        (Review::Deferred { .. }, Some(next)) => {
            Some(What::Deferred { meeting: agenda_meeting(&next), cutoff_at: next.cutoff_at })
        }
        (Review::Given { due } | Review::Fixed { due }, Some(next)) => Some(review(due, &next, false, moved)),
        _ => None,
    }
}

/// A review as its notification says it.
pub(super) fn review(due: Date, next: &Meeting, provisional: bool, instead_of: Option<Date>) -> What {
    What::Review { due, meeting: agenda_meeting(next), cutoff_at: next.cutoff_at, provisional, instead_of }
}

/// Tells the one who carries the case (SY-28): initials and LCS number, which the invitation does not say.
pub(super) async fn notify(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    case: CaseRef,
    heard: &Meeting,
    what: What,
    (rule, purpose): (&'static str, String),
) -> anyhow::Result<()> {
    let Some(open) = OpenCase::load(tx, case).await? else { return Ok(()) };
    let routed = open.routed(tx).await?;
    let Some(clearance) = book.routing(panel, tx.now()).notification(&heard.id, &routed, open.lead(), rule) else {
        tx.journal(Line {
            event: "notification.nobody",
            rule: Some(rule.into()),
            reason: format!("{case} has nobody who may be told"),
            refs: vec![Ref::Case(case)],
        });
        return Ok(());
    };
    let mail = Told { open: &open, heard, what, rule, purpose };
    tell(tx, book, panel, &clearance, mail).await
}

/// What one notification says, and what makes it the same one.
struct Told<'a> {
    open: &'a OpenCase,
    heard: &'a Meeting,
    what: What,
    rule: &'static str,
    purpose: String,
}

async fn tell(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    clearance: &Clearance,
    Told { open, heard, what, rule, purpose }: Told<'_>,
) -> anyhow::Result<()> {
    let rating = open.facts.rating.as_deref().and_then(|id| panel.profile.rating(id)).map(|r| r.title.clone());
    let view = View {
        head: panel.letterhead(),
        case: open.case.number,
        initials: Redacted::new(initials(open.child.name.reveal())),
        lcs_number: open.child.lcs_number.clone(),
        heard: agenda_meeting(heard),
        rating,
        what,
        rule: rule.to_owned(),
    };
    let posting = Posting {
        purpose,
        due_at: panel.working_instant(tx.now()),
        expires_at: None,
        answers: None,
        clearance,
        panel: &panel.profile.id,
    };
    let (templates, identifiers) = (book.templates, open.identifiers());
    post(tx, posting, |stamp| compose(templates, clearance, &view, stamp, &identifiers)).await?;
    Ok(())
}

/// The panel agreed to close the case: whoever holds the exploitation flag ends it (SH-09).
async fn end_the_flag(tx: &mut Tx, c: &Carrying<'_>, follows: &Follows, version: i64) -> anyhow::Result<()> {
    let heard = &follows.heard;
    let (Some(open), Some(meeting)) = (OpenCase::load(tx, heard.case).await?, c.panel.meeting(&heard.meeting)) else {
        return Ok(());
    };
    let routed = open.routed(tx).await?;
    for clearance in c.book.routing(c.panel, tx.now()).flag_holders(&heard.meeting, &routed) {
        let purpose = format!("end-flag|{}|{}|{version}", heard.case, heard.meeting);
        let mail = Told { open: &open, heard: &meeting, what: What::EndFlag, rule: "SH-09", purpose };
        tell(tx, c.book, c.panel, &clearance, mail).await?;
    }
    Ok(())
}

/// The chair is shown what follows from the last meeting that heard the child.
pub(super) async fn tell_chair(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    (case, meeting): (CaseRef, &MeetingId),
    flag: &Flag,
) -> anyhow::Result<()> {
    let day = civil::day_in_words;
    let (title, what, why) = match flag {
        Flag::AfterLatest { due, latest } => (
            format!("{case}: review date after the longest interval"),
            format!(
                "The review of {case}, heard at {meeting}, is set for {}. The longest interval ends on {}.",
                day(*due),
                day(*latest)
            ),
            "The panel's date is kept: it is the panel's judgement. You are shown it because it lies outside the window.",
        ),
        Flag::NoMeetingBefore { due, meeting: next } => (
            format!("{case}: no meeting before its review date"),
            format!(
                "The review of {case} is due by {}, and no meeting is held before it. The child is on {next}.",
                day(*due)
            ),
            "A review is heard at the last meeting on or before its date; here there is none.",
        ),
        Flag::DeferredAgain { times } => (
            format!("{case}: put off {times} times"),
            format!("The meeting {meeting} put {case} off. It has now been put off {times} times."),
            "More than once for a child: raise it with the accountable agency lead, then the FAST resolution process.",
        ),
        Flag::OutstandingAgain { times } => (
            format!("{case}: actions not completed, {times} times"),
            format!(
                "The meeting {meeting} found actions for {case} outstanding. {times} meetings have found that now."
            ),
            "More than once for a child: raise it with the accountable agency lead, then the FAST resolution process.",
        ),
    };
    let Some(open) = OpenCase::load(tx, case).await? else { return Ok(()) };
    let routed = open.routed(tx).await?;
    let alert = Alert {
        to: To::Chair,
        at_once: false,
        purpose: format!("alert|outcome|{case}|{}|{flag:?}", meeting),
        title,
        what,
        why: why.to_owned(),
        rule: flag.rule(),
        happened_at: tx.now(),
        decide_by: None,
        otherwise: None,
        about: vec![Ref::Case(case), Ref::Meeting(meeting.clone())],
        next: vec![NextStep { text: "See the case".to_owned(), command: Some(format!("dutyclerk case show {case}")) }],
        meeting: None,
        cases: std::slice::from_ref(&routed),
    };
    match flag {
        // The panel's own date is kept: nobody has to do anything.
        Flag::AfterLatest { .. } | Flag::NoMeetingBefore { .. } => raise(tx, book, panel, alert).await?,
        Flag::DeferredAgain { .. } | Flag::OutstandingAgain { .. } => {
            ask(tx, book, panel, alert, Ends::Answered).await?
        }
    };
    Ok(())
}
