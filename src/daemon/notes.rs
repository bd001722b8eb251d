//! What goes out when a meeting is over and its outcomes are recorded: the notes to its members and, one child each, to those
//! who are there for one child (SY-22, SY-24, MC-08), and the health copies after the meeting (SY-09).
//!
//! # Failure policy
//!
//! The notes wait until every child's outcome is recorded and its next review is settled, two working days at most; then they
//! go with what there is, naming what is still to come, and each later record brings notes of its own. A panel whose notes wait
//! for the upload to the children's records (SH-13) waits until a person says that it is done. Each outcome carries the version
//! its notes had, so that nothing is sent twice and a correction says that it is one.

use super::desk::{OpenCase, Posting, post};
use super::one_child::{lead_of, role_in_words};
use super::parts::{attached, parts};
use super::review::{end_of, end_of_grace};
use super::table::{self, Table, bytes_of, hidden_fields};
use super::{Book, Daemon, Panel, risk};
use crate::casework::agenda::{Action, Agenda, Item};
use crate::casework::calendar::{Meeting, civil};
use crate::casework::routing::{Clearance, RoutedCase};
use crate::casework::{CaseRef, FieldId, MailKind, MeetingId, Redacted, Ref, name_pair, name_pairs_in, normal_name};
use crate::outbound::compose::notes::{Child, Decision, View};
use crate::outbound::compose::{health_notes, notes};
use crate::store::{CaseState, Line, Mark, OutcomeKind, OutcomeRow, Store, Tx};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Words by which an action names a health service.
const HEALTH: [&str; 9] = ["gp", "nurse", "health", "camhs", "hospital", "doctor", "clinic", "surgery", "nhs"];

/// In place of a passage that names another child.
const LEFT_OUT: &str =
    "(Something about somebody else is left out here. Ask the panel's administrator if you need it.)";

/// A person says that the minutes stand on the children's records: the notes may go (SH-13).
///
/// # Errors
/// When the meeting is not known or has not begun, or the store fails.
pub async fn uploaded(store: &Store, meeting: &MeetingId, now: Timestamp) -> anyhow::Result<()> {
    let mut tx = store.begin(now).await?;
    let Some(stored) = tx.meeting(meeting).await? else { anyhow::bail!("there is no meeting {meeting}") };
    if stored.starts_at > now {
        anyhow::bail!("{meeting} has not begun, so it has no minutes yet");
    }
    if tx.marks(meeting).await?.contains_key(&Mark::Uploaded) {
        return Ok(());
    }
    tx.mark(meeting, Mark::Uploaded, None).await?;
    super::timers::template_is_written(&mut tx, meeting).await?;
    tx.journal(Line {
        event: "minutes.uploaded",
        rule: Some("SH-13".into()),
        reason: "a person says that the minutes are on the children's records".to_owned(),
        refs: vec![Ref::Meeting(meeting.clone())],
    });
    tx.commit().await?;
    Ok(())
}

/// Sends the notes that are due.
pub(super) async fn turn(
    daemon: &Daemon,
    book: &Book<'_>,
    meetings: Vec<MeetingId>,
    now: Timestamp,
    next: &mut Vec<Timestamp>,
) -> anyhow::Result<usize> {
    let mut done = 0;
    for id in meetings {
        let Some(panel) = book.panels.get(&id.panel) else { continue };
        let Some(meeting) = panel.meeting(&id) else { continue };
        let (end, grace) = (end_of(panel, meeting.starts_at), end_of_grace(panel, meeting.starts_at));
        if end > now {
            next.push(end);
            continue;
        }
        let mut tx = daemon.store.begin(now).await?;
        let uploaded = tx.marks(&id).await?.contains_key(&Mark::Uploaded);
        if panel.profile.notes.after_upload && !uploaded {
            continue;
        }
        let table = Table::lay(&mut tx, &meeting).await?;
        let outcomes: BTreeMap<CaseRef, OutcomeRow> =
            tx.outcomes_of_meeting(&id).await?.into_iter().map(|row| (row.case, row)).collect();
        if now < grace && !is_settled(&table, &outcomes) {
            next.push(grace);
            continue;
        }
        send(&mut tx, book, panel, daemon, table, &outcomes).await?;
        tx.commit().await?;
        done += 1;
    }
    Ok(done)
}

/// Every child's outcome is recorded, and it is known when it is heard next.
fn is_settled(table: &Table, outcomes: &BTreeMap<CaseRef, OutcomeRow>) -> bool {
    table.cases.iter().all(|(case, open)| {
        let when = open.case.state == CaseState::Closed || open.case.review_due.is_some();
        outcomes.get(case).is_some_and(|row| when || row.kind != OutcomeKind::Continue)
    })
}

async fn send(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    daemon: &Daemon,
    mut table: Table,
    outcomes: &BTreeMap<CaseRef, OutcomeRow>,
) -> anyhow::Result<()> {
    let fresh: Vec<&OutcomeRow> =
        outcomes.values().filter(|row| row.noted < row.version && table.cases.contains_key(&row.case)).collect();
    // What went with the pack is not sent again: only the record travels with its notes.
    for (case, papers) in &mut table.papers {
        papers.retain(|document| document.what == "recording");
        if let Some(routed) = table.routed.iter_mut().find(|routed| routed.case == *case) {
            routed.papers.retain(|paper| papers.iter().any(|document| document.sha256 == paper.sha256));
        }
    }
    let agenda = table.agenda(panel, table.meeting.id.date);
    let mut children = Vec::new();
    for row in &fresh {
        if let Some(item) = agenda.items().find(|item| item.case == row.case) {
            children.push(child(tx, panel, &table, row, item).await?);
        }
    }
    children.sort_by_key(|child| child.item.number);
    let told: Vec<CaseRef> = children.iter().map(|child| child.item.case).collect();
    let routed: Vec<RoutedCase> = table.routed.iter().filter(|case| told.contains(&case.case)).cloned().collect();
    let bytes = bytes_of(tx, &daemon.limits, &table).await?;
    let core = book.routing(panel, tx.now()).core(MailKind::Notes, &table.meeting.id, &routed);
    let everything = book.routing(panel, tx.now()).core(MailKind::List, &table.meeting.id, &table.routed);
    let mut cleared: Vec<(Clearance, bool)> =
        core.iter().filter(|clearance| !clearance.cases().is_empty()).map(|c| (c.clone(), false)).collect();
    for case in &routed {
        let manager = table.cases.get(&case.case).and_then(OpenCase::team_manager);
        let one = book.routing(panel, tx.now()).notes_of_one_child(&table.meeting.id, case, manager.as_ref(), &core);
        cleared.extend(one.into_iter().map(|clearance| (clearance, true)));
    }
    let challenge_by = panel.calendar.days().plus(civil::date(tx.now()), panel.profile.notes.challenge_days);
    for (clearance, one_child) in &cleared {
        let to_follow =
            |case: &CaseRef| !one_child && !outcomes.contains_key(case) && sees(&everything, clearance, *case);
        let mut view = View {
            head: panel.letterhead(),
            meeting: agenda.meeting.clone(),
            children: children
                .iter()
                .filter(|c| clearance.cases().contains(&c.item.case))
                .map(|c| only(c, clearance))
                .map(|c| if *one_child { without_others(&c, &table) } else { c })
                .collect(),
            to_follow: table.cases.keys().copied().filter(to_follow).collect(),
            one_child: *one_child,
            challenge_by,
            part: None,
        };
        let (templates, identifiers) = (book.templates, table.identifiers(clearance.cases()));
        for part in parts(book, view.children.iter().map(|child| &child.item), clearance, &bytes)? {
            view.part = part.nth;
            let clearance = &part.clearance;
            let papers = attached(clearance, &bytes);
            let mut posting = posting(tx, panel, &table.meeting, clearance, &fresh);
            posting.purpose = part.named(&posting.purpose);
            post(tx, posting, |stamp| notes::compose(templates, clearance, &view, &papers, stamp, &identifiers))
                .await?;
        }
    }
    for case in &routed {
        health(tx, book, panel, &table, &agenda, &children, case, &core, &fresh).await?;
    }
    for row in &fresh {
        tx.outcome_noted(row).await?;
    }
    tx.journal(Line {
        event: "notes.sent",
        rule: Some(if panel.profile.notes.after_upload { "SH-13" } else { "SY-22" }.into()),
        reason: format!("what was decided about {} child(ren), in {} mail(s)", told.len(), cleared.len()),
        refs: std::iter::once(Ref::Meeting(table.meeting.id.clone())).chain(told.into_iter().map(Ref::Case)).collect(),
    });
    Ok(())
}

/// A child whose record is still to come is named only to those who had it in the pack.
fn sees(everything: &[Clearance], clearance: &Clearance, case: CaseRef) -> bool {
    clearance.recipients().iter().all(|to| {
        let theirs = |all: &&Clearance| all.recipients().iter().any(|r| r.address == to.address);
        everything.iter().find(theirs).is_some_and(|all| all.cases().contains(&case))
    })
}

/// The child with only the papers that this mail may carry.
fn only(child: &Child, clearance: &Clearance) -> Child {
    let mut child = child.clone();
    child
        .item
        .papers
        .retain(|p| clearance.documents().iter().any(|d| d.sha256 == p.sha256 && d.case == child.item.case));
    child
}

/// The child without what the record says of other children of that meeting: who is there for one child gets that child's
/// notes only (SY-22). A passage that names one is left out whole, and says so.
fn without_others(child: &Child, table: &Table) -> Child {
    let names = |open: &OpenCase| -> BTreeSet<_> {
        let names = std::iter::once(&open.child.name).chain(&open.child.aliases);
        names.filter_map(|name| name_pair(&normal_name(name.reveal()))).collect()
    };
    let own = table.cases.get(&child.item.case).map(names).unwrap_or_default();
    let others: BTreeSet<_> =
        table.cases.iter().filter(|(case, _)| **case != child.item.case).flat_map(|(_, open)| names(open)).collect();
    let names_another =
        |text: &str| name_pairs_in(text).iter().any(|pair| others.contains(pair) && !own.contains(pair));
    let kept = |text: &mut Redacted<String>| {
        if names_another(text.reveal()) {
            *text = Redacted::new(LEFT_OUT.to_owned());
        }
    };
    let mut child = child.clone();
    child.rationale.iter_mut().for_each(kept);
    child.safety_plan.iter_mut().chain(&mut child.disruption_plan).for_each(kept);
    for action in &mut child.actions {
        kept(&mut action.text);
        action.who.iter_mut().chain(&mut action.by).for_each(kept);
    }
    child
}

fn posting<'a>(
    tx: &Tx,
    panel: &'a Panel,
    meeting: &Meeting,
    clearance: &'a Clearance,
    fresh: &[&OutcomeRow],
) -> Posting<'a> {
    let to: Vec<&str> = clearance.recipients().iter().map(|r| r.address.as_str()).collect();
    let versions: Vec<String> = fresh
        .iter()
        .filter(|row| clearance.cases().contains(&row.case))
        .map(|row| format!("{}.{}", row.case, row.version))
        .collect();
    Posting {
        purpose: format!("{}|{}|{}|{}", clearance.kind(), meeting.id, to.join(","), versions.join(",")),
        due_at: panel.working_instant(tx.now()),
        expires_at: None,
        answers: None,
        clearance,
        panel: &panel.profile.id,
    }
}

/// What was decided about one child, without the fields that nobody may see and, where the record bears a handling marker,
/// without what it says beyond rating, date and actions (SY-21).
async fn child(tx: &mut Tx, panel: &Panel, table: &Table, row: &OutcomeRow, item: &Item) -> anyhow::Result<Child> {
    let outcome = row.body.open()?.outcome;
    let hidden = hidden_fields(&tx.restrictions(row.case).await?, row.case)?;
    let may = |field: FieldId| !hidden.iter().any(|id| id == field.as_str());
    let open = table.cases.get(&row.case);
    let case = open.map(|open| &open.case);
    let review = row.review_due.or(case.and_then(|case| case.review_due)).filter(|_| may(FieldId::ReviewDate));
    let decision = match row.kind {
        OutcomeKind::Close => Decision::Close,
        OutcomeKind::Defer => Decision::Defer { review },
        OutcomeKind::Continue => {
            Decision::Continue { review, provisional: case.is_some_and(|case| case.review_provisional) }
        }
    };
    let mut actions = Vec::new();
    for action in tx.actions_of_case(row.case).await?.iter().filter(|action| action.looked_at == row.meeting) {
        actions.extend(table::action(action)?.filter(|_| may(FieldId::Actions)));
    }
    let said = |field: FieldId, text: &Option<Redacted<String>>| {
        let lines = text.as_ref().filter(|_| !outcome.set_apart.contains(&field) && may(field)).map(lines);
        lines.unwrap_or_default()
    };
    let people = |field: FieldId, names: &[Redacted<String>]| if may(field) { names.to_vec() } else { Vec::new() };
    let mut item = Item { previous_actions: Vec::new(), ..item.clone() };
    if !may(FieldId::RiskRating) {
        item.rating = None;
    }
    Ok(Child {
        previous_rating: previous_rating(tx, panel, row, open, outcome.rating.as_deref())
            .await?
            .filter(|_| may(FieldId::RiskRating)),
        decision,
        rationale: outcome
            .rationale
            .clone()
            .filter(|_| !outcome.set_apart.contains(&FieldId::Rationale) && may(FieldId::Rationale)),
        safety_plan: said(FieldId::SafetyPlan, &outcome.safety_plan),
        disruption_plan: said(FieldId::DisruptionPlan, &outcome.disruption_plan),
        actions,
        attended: people(FieldId::Attended, &outcome.attended),
        apologies: people(FieldId::Apologies, &outcome.apologies),
        corrected: row.noted > 0,
        appendix: outcome.keeps_apart(),
        item,
    })
}

/// The rating before this meeting, where the meeting gave another: the last meeting's, else its papers'.
async fn previous_rating(
    tx: &mut Tx,
    panel: &Panel,
    row: &OutcomeRow,
    open: Option<&OpenCase>,
    rating: Option<&str>,
) -> anyhow::Result<Option<String>> {
    let Some(rating) = rating else { return Ok(None) };
    let mut before = None;
    for earlier in tx.outcomes_of_case(row.case).await? {
        if earlier.meeting.date < row.meeting.date {
            before = earlier.body.open()?.outcome.rating.or(before);
        }
    }
    let before = match (before, open) {
        (None, Some(open)) => risk::rating_before(tx, &panel.profile, open, &row.meeting).await?,
        (before, _) => before,
    };
    Ok(before.filter(|before| before != rating).and_then(|id| panel.profile.rating(&id)).map(|r| r.title.clone()))
}

/// Bullet points without their bullets.
fn lines(text: &Redacted<String>) -> Vec<Redacted<String>> {
    let lines = text
        .reveal()
        .lines()
        .map(|line| line.trim().trim_start_matches(['-', '*', '\u{2022}', '\u{b7}', '\u{2013}']).trim());
    lines.filter(|line| !line.is_empty()).map(|line| Redacted::new(line.to_owned())).collect()
}

#[expect(clippy::too_many_arguments, reason = "the table, what was drawn from it, and who had the notes already")]
async fn health(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    table: &Table,
    agenda: &Agenda,
    children: &[Child],
    case: &RoutedCase,
    core: &[Clearance],
    fresh: &[&OutcomeRow],
) -> anyhow::Result<()> {
    let Some(basis) = panel.profile.health.basis.clone() else { return Ok(()) };
    let (Some(open), Some(child)) =
        (table.cases.get(&case.case), children.iter().find(|child| child.item.case == case.case))
    else {
        return Ok(());
    };
    let child = without_others(child, table);
    for clearance in book.routing(panel, tx.now()).health_notes(&table.meeting.id, case, core) {
        let Some(role) = clearance.recipients().first().map(|r| r.role.clone()) else { continue };
        let view = health_notes::View {
            head: panel.letterhead(),
            meeting: agenda.meeting.clone(),
            item: Item { papers: Vec::new(), ..child.item.clone() },
            sent_to: role_in_words(&role),
            risk_factors: open.facts.risk_factors.clone(),
            lead: lead_of(&open.facts),
            decision: child.decision.clone(),
            safety_plan: child.safety_plan.clone(),
            actions: child.actions.iter().filter(|action| names_health(action)).cloned().collect(),
            corrected: child.corrected,
            basis: basis.clone(),
        };
        let (templates, identifiers) = (book.templates, table.identifiers(&[case.case]));
        let posting = posting(tx, panel, &table.meeting, &clearance, fresh);
        post(tx, posting, |stamp| health_notes::compose(templates, &clearance, &view, stamp, &identifiers)).await?;
    }
    Ok(())
}

fn names_health(action: &Action) -> bool {
    let said = [Some(&action.text), action.who.as_ref()].into_iter().flatten();
    said.flat_map(|text| text.reveal().split(|c: char| !c.is_alphanumeric()))
        .any(|word| HEALTH.contains(&word.to_ascii_lowercase().as_str()))
}
