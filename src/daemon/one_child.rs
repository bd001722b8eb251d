//! What goes child by child with a pack: extract and slot to the caseworkers, copies to health colleagues.

use super::alerts::{Alert, To, raise};
use super::desk::{Posting, post};
use super::listing::{Change, change};
use super::pack::to_core;
use super::parts::{attached, parts};
use super::table::{Table, bytes_of};
use super::{Book, Daemon, Panel, approval, kept_back};
use crate::casework::agenda::{Agenda, Item, Paper};
use crate::casework::calendar::Meeting;
use crate::casework::panel::{Approval, Late};
use crate::casework::routing::{Clearance, HealthCopy, RoutedCase};
use crate::casework::rules::HoldKind;
use crate::casework::{CaseRef, MailKind, MeetingId, Ref, RoleId, Sha256};
use crate::inbound::unpack::Limits;
use crate::outbound::compose::{PaperBytes, extract, health_copy};
use crate::store::{
    CaseFacts, DocumentId, Held, HeldDetail, HeldState, Line, Mark, NewHeld, NewObligation, ObligationState, Tx,
};
use std::collections::BTreeMap;

/// What goes child by child: extract and slot to the caseworkers, copies to health colleagues.
#[expect(clippy::too_many_arguments, reason = "the table, what was drawn from it, and who had it already")]
pub(super) async fn children(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    table: &Table,
    agenda: &Agenda,
    bytes: &BTreeMap<Sha256, PaperBytes>,
    core: &[Clearance],
    which: &[CaseRef],
) -> anyhow::Result<()> {
    tx.look_for_mail_about(&table.meeting.id).await?;
    let routing = book.routing(panel, tx.now());
    for case in table.routed.iter().filter(|c| which.contains(&c.case)) {
        let Some(item) = agenda.items().find(|item| item.case == case.case) else { continue };
        // Nobody is written to about a child of whom somebody says that it has died, until a person has read that.
        if table.may_have_died(case.case) {
            continue;
        }
        for clearance in routing.extracts(&table.meeting.id, case, core) {
            let mut view = extract::View {
                head: panel.letterhead(),
                meeting: agenda.meeting.clone(),
                item: with_papers(item, &clearance),
                stand_in: match panel.profile.late {
                    Late::NextMeeting => extract::StandIn::ManagerWithUpdateForm,
                    Late::AskChair => extract::StandIn::ManagerOrAdvancedPractitioner,
                },
                with_papers: !clearance.documents().is_empty(),
                kept_out: kept_out(item, case),
                waiting: table.waiting_of(case.case),
                part: None,
            };
            let (templates, identifiers) = (book.templates, table.identifiers(&[case.case]));
            for part in parts(book, std::iter::once(&view.item), &clearance, bytes)? {
                view.part = part.nth;
                let clearance = &part.clearance;
                let papers = attached(clearance, bytes);
                let what = part.named(&format!("extract|{}", case.case));
                let due_at = panel.working_instant_before(&table.meeting, tx.now());
                let posting = Posting { due_at, ..to_core(tx, panel, &table.meeting, clearance, &what) };
                post(tx, posting, |stamp| extract::compose(templates, clearance, &view, &papers, stamp, &identifiers))
                    .await?;
            }
        }
        let row = table.rows.iter().find(|row| row.case == case.case);
        if let (Some(row), Some(open)) = (row, table.cases.get(&case.case)) {
            let update = Change { meeting: &table.meeting, row, open, routed: case };
            change(tx, book, panel, update, MailKind::InvitationUpdate, None).await?;
        }
        health(tx, book, panel, table, agenda, bytes, core, case, item).await?;
        // What waits for approval may yet go without the paper, or not at all: approval asks once it goes.
        if panel.profile.approval == Approval::Automatic {
            kept_back::hold(tx, book, panel, table, core, case).await?;
        }
    }
    Ok(())
}

fn with_papers(item: &Item, clearance: &Clearance) -> Item {
    let mut item = item.clone();
    item.papers.retain(|p| clearance.documents().iter().any(|d| d.sha256 == p.sha256));
    item
}

/// The child's papers that go to nobody who comes for one child only (MC-10).
fn kept_out(item: &Item, case: &RoutedCase) -> Vec<Paper> {
    let is_kept_out = |paper: &&Paper| case.papers.iter().any(|p| p.sha256 == paper.sha256 && !p.is_of_one_child());
    item.papers.iter().filter(is_kept_out).cloned().collect()
}

#[expect(clippy::too_many_arguments, reason = "the table, what was drawn from it, and who had it already")]
async fn health(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    table: &Table,
    agenda: &Agenda,
    bytes: &BTreeMap<Sha256, PaperBytes>,
    core: &[Clearance],
    case: &RoutedCase,
    item: &Item,
) -> anyhow::Result<()> {
    let Some(basis) = panel.profile.health.basis.clone() else { return Ok(()) };
    // They hear of the child with the paper, once a person has let it go.
    if table.is_stopped(case.case) {
        return Ok(());
    }
    let Some(open) = table.cases.get(&case.case) else { return Ok(()) };
    for copy in book.routing(panel, tx.now()).health(&table.meeting.id, case, core) {
        let (clearance, kept_back) = match copy {
            HealthCopy::Cleared { clearance, kept_back } => (clearance, kept_back),
            HealthCopy::Missing { role } => {
                missing_recipient(tx, book, panel, table, case, &role).await?;
                continue;
            }
        };
        let Some(role) = clearance.recipients().first().map(|r| r.role.clone()) else { continue };
        let is_paper_role =
            panel.profile.health.roles.get(&role).is_none_or(|c| *c == crate::casework::panel::HealthContent::Paper);
        let because = "it names another child".to_owned();
        let paper = match (clearance.documents().is_empty(), kept_back, is_paper_role) {
            (false, false, _) => health_copy::Paper::Attached,
            (false, true, _) => health_copy::Paper::AttachedInPart { because },
            (true, true, _) => health_copy::Paper::HeldBack { because },
            (true, false, true) => match table.waiting_of(case.case).first() {
                Some(waiting) => health_copy::Paper::HeldBack { because: waiting.because().to_owned() },
                None => health_copy::Paper::None,
            },
            (true, false, false) => health_copy::Paper::SummaryOnly,
        };
        let mut view = health_copy::View {
            head: panel.letterhead(),
            meeting: agenda.meeting.clone(),
            item: with_papers(item, &clearance),
            sent_to: role_in_words(&role),
            risk_factors: open.facts.risk_factors.clone(),
            lead: lead_of(&open.facts),
            answer_by: Some(table.meeting.starts_at),
            basis: basis.clone(),
            paper,
            part: None,
        };
        let (templates, identifiers) = (book.templates, table.identifiers(&[case.case]));
        for part in parts(book, std::iter::once(&view.item), &clearance, bytes)? {
            view.part = part.nth;
            let clearance = &part.clearance;
            let papers = attached(clearance, bytes);
            let what = part.named(&format!("health|{}", case.case));
            let posting = to_core(tx, panel, &table.meeting, clearance, &what);
            post(tx, posting, |stamp| health_copy::compose(templates, clearance, &view, &papers, stamp, &identifiers))
                .await?;
        }
    }
    Ok(())
}

/// Whom health asks about the child.
pub(super) fn lead_of(facts: &CaseFacts) -> Option<health_copy::Lead> {
    let person = facts.lead_professional.as_ref().or(facts.caseworker.as_ref())?;
    let contact = person.address.as_ref().map(|address| address.to_string().into());
    Some(health_copy::Lead { name: person.name.clone()?, agency: None, contact })
}

/// A role as colleagues call it.
pub(super) fn role_in_words(role: &RoleId) -> String {
    match role.as_str() {
        "gp" => "the child's GP practice".to_owned(),
        "named-nurse-acute" => "named nurse (acute trust)".to_owned(),
        "named-nurse-community" => "named nurse (community)".to_owned(),
        "sexual-health" => "sexual health service".to_owned(),
        "camhs" => "CAMHS (child and adolescent mental health services)".to_owned(),
        "adult-mental-health" => "adult community mental health service".to_owned(),
        other => other.replace('-', " "),
    }
}

/// The obligation to say whom a health copy goes to.
pub(super) const PICK_RECIPIENT: &str = "pick_recipient";

fn missing_purpose(meeting: &MeetingId, case: CaseRef, role: &str) -> String {
    format!("recipient|{meeting}|{case}|{role}")
}

/// Whoever was missing was picked, or a person said that nobody is (MC-09): nothing is owed any more.
pub(super) async fn recipient_is_settled(tx: &mut Tx, held: &Held, as_: HeldState) -> anyhow::Result<()> {
    let (Some(case), Some(meeting)) = (held.case, &held.meeting) else { return Ok(()) };
    if HoldKind::from_code(&held.kind) != Some(HoldKind::RecipientMissing) {
        return Ok(());
    }
    let Some(role) = held.detail.open()?.facts.remove("role") else { return Ok(()) };
    if let Some(owed) = tx.obligation_of_purpose(&missing_purpose(meeting, case, role.reveal())).await? {
        let as_ = if as_ == HeldState::Released { ObligationState::Done } else { ObligationState::Cancelled };
        tx.close_obligation(&owed.id, as_).await?;
    }
    Ok(())
}

/// MC-09: a missing recipient holds neither the other copies nor the pack; a person picks one, remembered for the case.
async fn missing_recipient(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    table: &Table,
    case: &RoutedCase,
    role: &RoleId,
) -> anyhow::Result<()> {
    let purpose = missing_purpose(&table.meeting.id, case.case, role.as_str());
    if tx.obligation_of_purpose(&purpose).await?.is_some() {
        return Ok(());
    }
    let Some(open) = table.cases.get(&case.case) else { return Ok(()) };
    let words = role_in_words(role);
    let advice = match role.as_str() {
        "gp" => {
            "Find the practice on the form, add it to the directory with its ODS code, then release this with --to and its address."
        }
        _ => "Add the service for this area to the directory, then release this with --to and its address.",
    };
    let new = NewHeld {
        kind: HoldKind::RecipientMissing.as_str().to_owned(),
        rule: "MC-09".to_owned(),
        panel: Some(panel.profile.id.clone()),
        message: None,
        document: None,
        case: Some(case.case),
        meeting: Some(table.meeting.id.clone()),
        entry: None,
        detail: HeldDetail {
            summary: format!("the directory has no match for {words}; the other copies went").into(),
            advice: advice.to_owned().into(),
            candidates: Vec::new(),
            facts: BTreeMap::from([("role".to_owned(), role.to_string().into())]),
        },
    };
    let number = tx.hold(open.case.key()?, &new).await?;
    tx.open_obligation(&NewObligation {
        purpose: purpose.clone(),
        kind: PICK_RECIPIENT.to_owned(),
        rule: "MC-09".to_owned(),
        due_at: table.meeting.starts_at,
        owner: panel.profile.alerts.owner.clone(),
        panel: Some(panel.profile.id.clone()),
        case: Some(case.case),
        meeting: Some(table.meeting.id.clone()),
        document: None,
        message: None,
    })
    .await?;
    let refs = vec![Ref::Held(number), Ref::Case(case.case), Ref::Meeting(table.meeting.id.clone())];
    tx.journal(Line {
        event: "held",
        rule: Some("MC-09".into()),
        reason: format!("no {role} in the directory for this child"),
        refs: refs.clone(),
    });
    let alert = Alert {
        to: To::Owner,
        at_once: false,
        purpose: format!("alert|{purpose}"),
        title: format!("no match in the directory for {}: {}", case.case, role.as_str().replace('-', " ")),
        what: format!("{} is heard at {}. The health copy for {words} has nobody to go to: {advice}", case.case, table.meeting.id),
        why: "Every child's health colleagues get a copy before the meeting (SY-08); a practice's name alone is never enough (MC-09).".to_owned(),
        rule: "MC-09",
        happened_at: tx.now(),
        decide_by: Some(table.meeting.starts_at),
        otherwise: Some("this colleague hears nothing before the meeting.".to_owned()),
        about: refs,
        next: vec![crate::outbound::compose::alert::NextStep {
            text: "Send it".to_owned(),
            command: Some(format!("dutyclerk held release {number} --to ADDRESS")),
        }],
        meeting: Some(&table.meeting.id),
        cases: std::slice::from_ref(case),
    };
    raise(tx, book, panel, alert).await?;
    Ok(())
}

/// The health copies of one child again, after a person picked a recipient or let a paper go, which then goes alone; those
/// sent before are not sent twice.
pub(super) async fn health_again(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    limits: &Limits,
    meeting: &Meeting,
    case: CaseRef,
    only: Option<&DocumentId>,
) -> anyhow::Result<()> {
    if !tx.marks(&meeting.id).await?.contains_key(&Mark::PackDrawn) {
        return Ok(());
    }
    // What waits for approval is drawn up anew, with the copy in it.
    if approval::is_in_what_waits(tx, &meeting.id, case).await? {
        return Ok(());
    }
    let table = Table::lay(tx, meeting).await?;
    let agenda = table.agenda(panel, meeting.id.date);
    let bytes = bytes_of(tx, limits, &table).await?;
    let core = table.routing(book, panel, tx.now()).core(MailKind::Agenda, &meeting.id, &table.routed);
    let (Some(mut routed), Some(item)) =
        (table.routed.iter().find(|c| c.case == case).cloned(), agenda.items().find(|i| i.case == case))
    else {
        return Ok(());
    };
    if let Some(only) = only {
        let Some(paper) = table.papers.get(&case).into_iter().flatten().find(|d| d.id == *only) else {
            return Ok(());
        };
        routed.papers.retain(|p| p.sha256 == paper.sha256);
    }
    health(tx, book, panel, &table, &agenda, &bytes, &core, &routed, item).await
}

/// What goes child by child once more, after a pack was drawn up: whatever of it went before does not go twice. What waits for
/// approval is drawn up anew by itself.
pub(super) async fn again(
    tx: &mut Tx,
    daemon: &Daemon,
    book: &Book<'_>,
    panel: &Panel,
    meeting: &Meeting,
    case: CaseRef,
) -> anyhow::Result<()> {
    let drawn = tx.marks(&meeting.id).await?.contains_key(&Mark::PackDrawn);
    if !drawn || approval::is_in_what_waits(tx, &meeting.id, case).await? {
        return Ok(());
    }
    let table = Table::lay(tx, meeting).await?;
    let agenda = table.agenda(panel, meeting.id.date);
    let bytes = bytes_of(tx, &daemon.limits, &table).await?;
    let core = table.routing(book, panel, tx.now()).core(MailKind::Agenda, &meeting.id, &table.routed);
    children(tx, book, panel, &table, &agenda, &bytes, &core, &[case]).await
}
