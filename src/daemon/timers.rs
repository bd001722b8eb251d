//! What is owed between meetings: assessments kept up to date (SH-15, SY-31, BD-05), the first one (BD-03), the meeting's template (SH-14), the
//! senior manager's review (SH-30). Looked through once a day; each is reminded of once when its day is near, and once more
//! when it is over where the rule has somebody to tell (SH-31). A case says from which day it is to be looked at again.
//!
//! Failure policy. A mail's purpose says what it is about, so a day looked through again sends nothing again; a day missed
//! is made up for by the next.

use super::alerts::{Alert, To, raise};
use super::desk::{OpenCase, Posting, agenda_meeting, post};
use super::{Book, Daemon, Memory, Panel, Stage as Turn};
use crate::casework::calendar::civil;
use crate::casework::panel::{AssessmentRule, ClockRule};
use crate::casework::routing::{Clearance, Contact, RoutedCase};
use crate::casework::rules::{
    Stage, Timer, assessment_timer, clock_timer, first_assessment_timer, senior_timer, template_timer,
};
use crate::casework::{CaseRef, MeetingId, Redacted, Ref, initials};
use crate::outbound::compose::alert::NextStep;
use crate::outbound::compose::reminder::{View, What, compose};
use crate::store::{Line, NewObligation, ObligationState, Store, Tx};
use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// The obligation to complete a meeting's template for a child.
pub(super) const TEMPLATE: &str = "meeting_template";

/// Cases looked at in one transaction.
const CASES: u16 = 100;

/// One reminder to be sent.
pub(super) struct Nudge {
    pub what: What,
    /// What makes it the same one.
    pub purpose: String,
    pub expires_at: Option<Timestamp>,
}

impl Nudge {
    fn of(what: What, purpose: String) -> Self {
        Self { what, purpose, expires_at: None }
    }
}

/// The purpose of the reminder of a review (SY-29).
pub(super) fn of_review(meeting: &MeetingId, case: CaseRef) -> String {
    format!("reminder|{meeting}|{case}")
}

/// Looks through a panel's timers.
pub(super) async fn turn(
    daemon: &Daemon,
    book: &Book<'_>,
    memory: &mut Memory,
    panel: &Panel,
    now: Timestamp,
) -> anyhow::Result<usize> {
    let timers = &panel.profile.timers;
    let (id, mut done) = (&panel.profile.id, 0);
    if timers.assessment.is_some() || timers.first.is_some() || timers.senior.is_some() || !timers.clocks.is_empty() {
        if memory.timers_begun.insert(id.clone()) {
            let mut tx = daemon.store.begin(now).await?;
            tx.void_timers(id).await?;
            tx.commit().await?;
        }
        loop {
            daemon.pulse.beat(Turn::Duty);
            let (looked, sent) = cases(daemon, book, panel, now).await?;
            done += sent;
            if looked < usize::from(CASES) || daemon.stop.asked() {
                break;
            }
        }
    }
    done += templates(daemon, book, panel, now).await?;
    Ok(done)
}

/// Looks at the next cases whose day has come: how many, and how many reminders went.
async fn cases(daemon: &Daemon, book: &Book<'_>, panel: &Panel, now: Timestamp) -> anyhow::Result<(usize, usize)> {
    let (today, mut sent) = (civil::date(now), 0);
    let mut tx = daemon.store.begin(now).await?;
    let cases = tx.cases_by_timers(&panel.profile.id, today, CASES).await?;
    let looked = cases.len();
    let mut again: BTreeMap<Date, Vec<CaseRef>> = BTreeMap::new();
    for case in cases {
        let open = OpenCase::open(case)?;
        let of_papers = [assessment(panel, &open), first_assessment(panel, &open), senior_review(panel, &open)];
        let timers: Vec<_> = of_papers.into_iter().flatten().chain(clocks(panel, &open)).collect();
        let mut next = timers.iter().filter_map(|(timer, _)| timer.next(today)).min().unwrap_or(Date::MAX);
        for (timer, nudge) in timers {
            let Some(stage) = timer.stage(today) else { continue };
            match about_case(&mut tx, book, panel, &open, nudge(stage), now).await? {
                Told::Now => sent += 1,
                Told::Before => {}
                // Somebody may be found for it tomorrow.
                Told::Nobody => next = today.tomorrow()?,
            }
        }
        again.entry(next).or_default().push(open.case.number);
    }
    for (day, cases) in again {
        tx.timers_on(day, &cases).await?;
    }
    tx.commit().await?;
    Ok((looked, sent))
}

/// What a timer asks for at its stage.
type Asks<'a> = Box<dyn Fn(Stage) -> Nudge + Send + 'a>;

/// The assessment is due, or overdue.
fn assessment<'a>(panel: &'a Panel, open: &'a OpenCase) -> Option<(Timer, Asks<'a>)> {
    let rule = panel.profile.timers.assessment.as_ref()?;
    let (rating, assessed_on) = (open.facts.rating.as_deref(), open.facts.assessed_on);
    let timer = assessment_timer(&panel.profile, panel.calendar.days(), rating, assessed_on)?;
    let (assessed_on, due, number) = (assessed_on?, timer.due, open.case.number);
    let nudge = move |stage| match &rule.alert_by {
        Some(_) if stage == Stage::Overdue => {
            let what = What::PracticeAlert { assessed_on, due, manager_told: false };
            Nudge::of(what, format!("practice-alert|{number}|{assessed_on}"))
        }
        _ => {
            let what = What::Assessment { assessed_on, due, overdue: stage == Stage::Overdue };
            Nudge::of(what, format!("assessment|{number}|{assessed_on}"))
        }
    };
    Some((timer, Box::new(nudge)))
}

/// The referral was taken, and no dated assessment is on file (BD-03).
fn first_assessment<'a>(panel: &'a Panel, open: &'a OpenCase) -> Option<(Timer, Asks<'a>)> {
    let (rule, taken) = (panel.profile.timers.first?, open.case.pathway_start?);
    if open.facts.assessed_on.is_some() {
        return None;
    }
    let timer = first_assessment_timer(rule, panel.calendar.days(), taken);
    let nudge = move |stage| {
        let overdue = stage == Stage::Overdue;
        let what = What::FirstAssessment { taken, working_days: rule.working_days, due: timer.due, overdue };
        Nudge::of(what, format!("first-assessment|{}|{taken}", open.case.number))
    };
    Some((timer, Box::new(nudge)))
}

/// The case has been open so long that a senior manager reviews it (SH-30).
fn senior_review<'a>(panel: &'a Panel, open: &'a OpenCase) -> Option<(Timer, Asks<'a>)> {
    let (rule, start) = (panel.profile.timers.senior.as_ref()?, open.case.pathway_start?);
    let timer = senior_timer(rule, panel.calendar.days(), start);
    let nudge = move |_| {
        let what = What::SeniorReview { start, months: rule.months, due: timer.due };
        Nudge::of(what, format!("senior-review|{}|{start}", open.case.number))
    };
    Some((timer, Box::new(nudge)))
}

/// Clocks that a person started for the case (SH-18, S0-08, SY-32, SY-33).
fn clocks<'a>(panel: &'a Panel, open: &'a OpenCase) -> impl Iterator<Item = (Timer, Asks<'a>)> {
    panel.profile.timers.clocks.iter().filter_map(move |clock| {
        let started = *open.facts.clocks.get(&clock.rule)?;
        let timer = clock_timer(*clock, panel.calendar.days(), started, open.case.last_heard);
        let (rule, due, number) = (clock.rule, timer.due, open.case.number);
        let nudge = move |stage| {
            let overdue = stage == Stage::Overdue;
            let purpose =
                format!("clock|{number}|{}|{due}|{}", rule.as_str(), if overdue { "overdue" } else { "near" });
            Nudge::of(What::Clock { clock: rule, started, due, overdue }, purpose)
        };
        Some((timer, Box::new(nudge) as Asks<'a>))
    })
}

/// Starts a clock of a case on a day, or stops it, at the word of `by`. What it was before.
///
/// # Errors
/// When there is no such case, or the store fails.
pub async fn set_clock(
    store: &Store,
    case: CaseRef,
    (rule, started): (ClockRule, Option<Date>),
    by: String,
    now: Timestamp,
) -> anyhow::Result<Option<Date>> {
    let mut tx = store.begin(now).await?;
    let mut open = OpenCase::load(&mut tx, case).await?.with_context(|| format!("there is no case {case}"))?;
    let mut facts = open.facts.clone();
    let before = match started {
        Some(day) => facts.clocks.insert(rule, day),
        None => facts.clocks.remove(&rule),
    };
    facts.clocks_by.insert(rule, Redacted::new(by));
    tx.update_case(&mut open.case, Some(&facts)).await?;
    tx.journal(Line {
        event: "case.clock",
        rule: Some(rule.as_str().into()),
        reason: match started {
            Some(day) => format!("a clock of the case was started on {day} by a person"),
            None => "a clock of the case was stopped by a person".to_owned(),
        },
        refs: vec![Ref::Case(case)],
    });
    tx.commit().await?;
    Ok(before)
}

/// Whether somebody has been told.
enum Told {
    /// By this turn.
    Now,
    /// By an earlier one, or by another mail that asks for the same.
    Before,
    /// Nobody may have it, as the directory and the case stand.
    Nobody,
}

async fn about_case(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    open: &OpenCase,
    mut nudge: Nudge,
    now: Timestamp,
) -> anyhow::Result<Told> {
    if tx.entry_of_purpose(&nudge.purpose).await?.is_some() {
        return Ok(Told::Before);
    }
    if matches!(nudge.what, What::Assessment { .. } | What::FirstAssessment { .. }) {
        // The reminder of its review has asked for the same assessment (SY-29).
        for row in tx.open_items_of_case(open.case.number).await? {
            if tx.entry_of_purpose(&of_review(&row.meeting, row.case)).await?.is_some() {
                return Ok(Told::Before);
            }
        }
    }
    let routed = open.routed(tx).await?;
    let Some(clearance) = clear(book, panel, open, &routed, &mut nudge.what, now) else { return Ok(Told::Nobody) };
    Ok(if send(tx, book, panel, open, &clearance, nudge).await? { Told::Now } else { Told::Nobody })
}

/// Whom it goes to.
fn clear(
    book: &Book<'_>,
    panel: &Panel,
    open: &OpenCase,
    routed: &RoutedCase,
    what: &mut What,
    now: Timestamp,
) -> Option<Clearance> {
    let routing = book.routing(panel, now);
    let timers = &panel.profile.timers;
    let manager = open.team_manager();
    match what {
        What::PracticeAlert { manager_told, .. } => {
            let cleared =
                routing.practice_alert(routed, manager.as_ref(), timers.assessment.as_ref()?.alert_by.as_ref()?)?;
            let told = |manager: Contact| cleared.recipients().iter().any(|to| to.address == manager.address);
            *manager_told = manager.is_some_and(told);
            Some(cleared)
        }
        What::Assessment { .. } => {
            let rule = timers.assessment.as_ref()?.rule;
            // The team manager stands beside the worker in St Helens' rule alone.
            let manager = manager.filter(|_| rule == AssessmentRule::Sh15);
            routing.reminder(None, routed, open.lead(), manager.as_ref(), rule.as_str())
        }
        What::Clock { clock, .. } => routing.reminder(None, routed, open.lead(), manager.as_ref(), clock.as_str()),
        // Told when the referral is taken, and cleared there.
        What::HealthAssessment { .. } => None,
        What::FirstAssessment { .. } => routing.reminder(None, routed, open.lead(), None, "BD-03"),
        What::Template { meeting, .. } => {
            routing.reminder(Some(&meeting.id), routed, open.lead(), manager.as_ref(), "SH-14")
        }
        What::SeniorReview { .. } => routing.senior_review(routed, manager.as_ref(), &timers.senior.as_ref()?.role),
        // Asked for when somebody declines, and cleared there: no timer brings it.
        What::StandIn { .. } => None,
        What::Review { meeting, .. } => routing.reminder(Some(&meeting.id), routed, open.lead(), None, "SY-29"),
    }
}

/// A referral was taken: whoever assesses the child's health is told, once a pathway (BD-04).
pub(super) async fn ask_for_health(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    case: CaseRef,
    listed: &MeetingId,
) -> anyhow::Result<()> {
    let Some(open) = OpenCase::load(tx, case).await? else { return Ok(()) };
    let (Some(rule), Some(taken)) = (&panel.profile.timers.health, open.case.pathway_start) else { return Ok(()) };
    let routed = open.routed(tx).await?;
    if let Some(clearance) = book.routing(panel, tx.now()).health_assessment(&routed, &rule.role) {
        let nudge = Nudge::of(What::HealthAssessment { taken }, format!("health-assessment|{case}|{taken}"));
        send(tx, book, panel, &open, &clearance, nudge).await?;
        return Ok(());
    }
    let alert = Alert {
        to: To::Owner,
        at_once: false,
        purpose: format!("alert|health-assessment|{case}|{taken}"),
        title: format!("{case}: nobody to assess the child's health"),
        what: format!(
            "A referral of {case} was taken. The directory has nobody of this panel as “{}” who may know of it, so nobody was told.",
            rule.role
        ),
        why: "The nurses of the panel are told of a referral that is taken, and assess the child's health.".to_owned(),
        rule: "BD-04",
        happened_at: tx.now(),
        decide_by: None,
        otherwise: Some("no health assessment is asked for.".to_owned()),
        about: vec![Ref::Case(case)],
        next: vec![NextStep {
            text: format!("Ring them; add a row to the directory with the role “{}”, for the next time", rule.role),
            command: None,
        }],
        meeting: Some(listed),
        cases: std::slice::from_ref(&routed),
    };
    raise(tx, book, panel, alert).await?;
    Ok(())
}

/// Sends a reminder, once. False where it had gone before, or nobody may have it.
pub(super) async fn send(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    open: &OpenCase,
    clearance: &Clearance,
    Nudge { what, purpose, expires_at }: Nudge,
) -> anyhow::Result<bool> {
    let view = View {
        head: panel.letterhead(),
        case: open.case.number,
        initials: Redacted::new(initials(open.child.name.reveal())),
        lcs_number: open.child.lcs_number.clone(),
        what,
        rule: clearance.rule().to_owned(),
    };
    let due_at = panel.working_instant(tx.now());
    let posting = Posting { purpose, due_at, expires_at, answers: None, clearance, panel: &panel.profile.id };
    let (templates, identifiers) = (book.templates, open.identifiers());
    Ok(post(tx, posting, |stamp| compose(templates, clearance, &view, stamp, &identifiers)).await?.is_some())
}

/// The meeting has heard the child: its template is owed, unless it has come already (SH-14).
pub(super) async fn owe_template(tx: &mut Tx, panel: &Panel, case: CaseRef, meeting: &MeetingId) -> anyhow::Result<()> {
    let Some(rule) = panel.profile.timers.template else { return Ok(()) };
    if tx.outcome(case, meeting).await?.is_some_and(|row| row.body.open().is_ok_and(|body| !body.outcome.is_sheet)) {
        return Ok(());
    }
    let Some(held) = panel.meeting(meeting) else { return Ok(()) };
    let timer = template_timer(rule, panel.calendar.days(), held.day());
    tx.open_obligation(&NewObligation {
        purpose: format!("{TEMPLATE}|{meeting}|{case}"),
        kind: TEMPLATE.to_owned(),
        rule: "SH-14".to_owned(),
        due_at: civil::start_of_day(timer.due.tomorrow()?),
        owner: crate::casework::RoleId::new("social-worker"),
        panel: Some(panel.profile.id.clone()),
        case: Some(case),
        meeting: Some(meeting.clone()),
        document: None,
        message: None,
    })
    .await?;
    Ok(())
}

/// The meeting's minutes stand on the children's records, its templates with them (SH-13, SH-14).
pub(super) async fn template_is_written(tx: &mut Tx, meeting: &MeetingId) -> anyhow::Result<()> {
    for owed in tx.open_obligations().await? {
        if owed.what.kind == TEMPLATE && owed.what.meeting.as_ref() == Some(meeting) {
            tx.close_obligation(&owed.id, ObligationState::Done).await?;
        }
    }
    Ok(())
}

/// Templates not known to be completed: reminded of at half time, and when their days are over (SH-14).
async fn templates(daemon: &Daemon, book: &Book<'_>, panel: &Panel, now: Timestamp) -> anyhow::Result<usize> {
    let Some(rule) = panel.profile.timers.template else { return Ok(0) };
    let (id, today) = (&panel.profile.id, civil::date(now));
    let mut view = daemon.store.read().await?;
    let mut near = Vec::new();
    for owed in view.open_obligations().await? {
        let (TEMPLATE, Some(case), Some(meeting)) = (owed.what.kind.as_str(), owed.what.case, owed.what.meeting) else {
            continue;
        };
        let Some(held) = panel.meeting(&meeting).filter(|_| owed.what.panel.as_ref() == Some(id)) else { continue };
        let timer = template_timer(rule, panel.calendar.days(), held.day());
        let Some(stage) = timer.stage(today) else { continue };
        let overdue = stage == Stage::Overdue;
        let what = What::Template { meeting: agenda_meeting(&held), due: timer.due, overdue };
        let purpose = format!("template|{meeting}|{case}|{}", if overdue { "overdue" } else { "near" });
        near.push((case, Nudge::of(what, purpose)));
    }
    let purposes: Vec<&str> = near.iter().map(|(_, nudge)| nudge.purpose.as_str()).collect();
    let told = view.purposes_taken(&purposes).await?;
    near.retain(|(_, nudge)| !told.contains(&nudge.purpose));
    drop(view);
    let mut done = 0;
    for (case, nudge) in near {
        let mut tx = daemon.store.begin(now).await?;
        let Some(open) = OpenCase::load(&mut tx, case).await? else { continue };
        let told = about_case(&mut tx, book, panel, &open, nudge, now).await?;
        tx.commit().await?;
        done += usize::from(matches!(told, Told::Now));
    }
    Ok(done)
}
