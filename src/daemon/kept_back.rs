//! Papers kept back from health because they name another child (MC-10): a person lets each go, or keeps it back.

use super::alerts::{Alert, To, raise};
use super::one_child::health_again;
use super::table::Table;
use super::{Book, Daemon, Panel, held};
use crate::casework::routing::{Clearance, HealthCopy, RoutedCase};
use crate::casework::rules::HoldKind;
use crate::casework::{CaseRef, HeldRef, MeetingId, Ref};
use crate::outbound::compose::alert::NextStep;
use crate::store::{Document, DocumentId, Held, HeldDetail, HeldState, Line, NewHeld, Tx, View};
use anyhow::{Context as _, bail};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

const KIND: HoldKind = HoldKind::KeptFromHealth;
const ADVICE: &str = "Read it: the panel's members have it with their papers. Release it if the child's health colleagues may have it \
    too: they get it at once. Else reject it: it stays back from them, and nothing else changes.";

/// Papers of the meeting that a person has let go to those who come for one child.
pub(super) async fn let_go(view: &mut View, meeting: &MeetingId) -> anyhow::Result<BTreeSet<(CaseRef, DocumentId)>> {
    let released =
        view.held_of_kind(meeting, KIND.as_str()).await?.into_iter().filter(|held| held.state == HeldState::Released);
    Ok(released.filter_map(|held| held.case.zip(held.document)).collect())
}

/// What the health copies of this child go without is held, once a child, meeting and paper.
pub(super) async fn hold(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    table: &Table,
    core: &[Clearance],
    case: &RoutedCase,
) -> anyhow::Result<()> {
    let meeting = &table.meeting.id;
    let copies = book.routing(panel, tx.now()).health(meeting, case, core);
    if !copies.iter().any(|copy| matches!(copy, HealthCopy::Cleared { kept_back: true, .. })) {
        return Ok(());
    }
    let known = tx.held_of_kind(meeting, KIND.as_str()).await?;
    for document in table.papers.get(&case.case).into_iter().flatten() {
        let stays_out = case.papers.iter().any(|p| p.sha256 == document.sha256 && p.stays_out());
        let is_known =
            known.iter().any(|held| held.case == Some(case.case) && held.document.as_ref() == Some(&document.id));
        if stays_out && !is_known {
            hold_one(tx, book, panel, table, case, document).await?;
        }
    }
    Ok(())
}

async fn hold_one(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    table: &Table,
    case: &RoutedCase,
    document: &Document,
) -> anyhow::Result<()> {
    let Some(open) = table.cases.get(&case.case) else { return Ok(()) };
    let meeting = &table.meeting;
    let new = NewHeld {
        kind: KIND.as_str().to_owned(),
        rule: KIND.rule().to_owned(),
        panel: Some(panel.profile.id.clone()),
        message: Some(document.message),
        document: Some(document.id.clone()),
        case: Some(case.case),
        meeting: Some(meeting.id.clone()),
        entry: None,
        detail: HeldDetail {
            summary: KIND.words().to_owned().into(),
            advice: ADVICE.to_owned().into(),
            candidates: Vec::new(),
            facts: BTreeMap::new(),
        },
    };
    let number = tx.hold(open.case.key()?, &new).await?;
    let refs = vec![Ref::Held(number), Ref::Case(case.case), Ref::Meeting(meeting.id.clone())];
    tx.journal(Line {
        event: "held",
        rule: Some(KIND.rule().into()),
        reason: format!("{KIND}: {}", KIND.words()),
        refs: refs.clone(),
    });
    let alert = Alert {
        to: To::Owner,
        at_once: false,
        purpose: format!("alert|{KIND}|{number}"),
        title: format!("{}: a paper is kept back from health", case.case),
        what: format!(
            "{} is heard at {}. A paper about this child names another child. The copies for health go without it. {ADVICE}",
            case.case, meeting.id
        ),
        why: "A health copy is about one child; a paper that names another goes with it only when a person has released it.".to_owned(),
        rule: KIND.rule(),
        happened_at: tx.now(),
        decide_by: Some(meeting.starts_at),
        otherwise: Some("health colleagues do not get this paper.".to_owned()),
        about: refs,
        next: next_steps(number),
        meeting: Some(&meeting.id),
        cases: std::slice::from_ref(case),
    };
    raise(tx, book, panel, alert).await?;
    Ok(())
}

fn next_steps(number: HeldRef) -> Vec<NextStep> {
    [("Send it to health", "release"), ("Keep it back", "reject")]
        .map(|(text, verb)| NextStep {
            text: text.to_owned(),
            command: Some(format!("dutyclerk held {verb} {number}")),
        })
        .into()
}

/// The child's health colleagues get the paper, by a person's word.
pub(super) async fn release(daemon: &Daemon, held: &Held, word: &held::Release, now: Timestamp) -> anyhow::Result<()> {
    let id = held.meeting.as_ref().context("the item names no meeting")?;
    let (case, document) = held.case.zip(held.document.as_ref()).context("the item names no paper of a child")?;
    let book = daemon.book();
    let panel = book.panels.get(&id.panel).with_context(|| format!("{} is not an enabled panel", id.panel))?;
    let Some(meeting) = panel.meeting(id).filter(|meeting| meeting.starts_at > now) else {
        bail!("the meeting {id} has begun, and no copy for it goes any more: dutyclerk held reject {}", held.number);
    };
    let mut tx = daemon.store.begin(now).await?;
    held::close(&mut tx, held, HeldState::Released, word).await?;
    tx.journal(Line {
        event: "paper.let_go",
        rule: Some(held.rule.clone().into()),
        reason: "a person lets a paper go to health that names another child".to_owned(),
        refs: vec![Ref::Held(held.number), Ref::Case(case), Ref::Meeting(id.clone())],
    });
    health_again(&mut tx, &book, panel, &daemon.limits, &meeting, case, Some(document)).await?;
    tx.commit().await?;
    Ok(())
}
