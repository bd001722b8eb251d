//! The separate appendix for sensitive intelligence (SY-21): kept apart, its existence told to chair, police and admin, and
//! sent to nobody but whom a named person names.
//!
//! # Failure policy
//!
//! Whoever is named must be in the directory, may have mail about children and must not be kept from this child; one who
//! fails that stops the whole release, so that nobody believes it went. A file that also holds another child's form, or
//! bears another known child's number, is never released this way.

use super::alerts::{Alert, To, raise};
use super::answer::Carried;
use super::carry_out::{Carrying, reading_of};
use super::desk::{OpenCase, Posting, agenda_meeting, post};
use super::held::{Release, close};
use super::{Book, Daemon, Panel};
use crate::casework::agenda::Paper;
use crate::casework::rules::{HoldKind, Item, ItemOutcome};
use crate::casework::{CaseRef, HeldRef, Redacted, Ref, initials};
use crate::inbound::unpack::unpack;
use crate::outbound::compose::alert::NextStep;
use crate::outbound::compose::{PaperBytes, appendix};
use crate::store::{Document, DocumentState, Held, HeldState, Line, Tx};
use anyhow::{Context, bail};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Is the item a document of its own, none of the panel's forms, that is kept apart?
pub(super) fn is_appendix(c: &Carrying<'_>, item: &Item) -> bool {
    let held = matches!(item.outcome, ItemOutcome::Held { kind: HoldKind::Sensitive, .. });
    held && reading_of(c, item).is_some_and(|reading| reading.form.is_none())
}

/// Whose it is: the one child of the papers it came with, else the one known child whose number it bears; none where
/// that is not certain.
pub(super) async fn whose_appendix(
    tx: &mut Tx,
    c: &Carrying<'_>,
    item: &Item,
    carried: &Carried,
) -> anyhow::Result<Option<CaseRef>> {
    let with: BTreeSet<CaseRef> = carried.values().copied().collect();
    let bears: BTreeSet<CaseRef> = c.gathered.numbers_of.get(item.document).into_iter().flatten().copied().collect();
    let one = |cases: &BTreeSet<CaseRef>| cases.first().copied().filter(|_| cases.len() == 1);
    let case = match (one(&with), one(&bears)) {
        (Some(with), Some(bears)) if with != bears => None,
        (Some(with), _) if bears.len() < 2 => Some(with),
        (None, bears) if with.is_empty() => bears,
        _ => None,
    };
    Ok(match case {
        Some(case) => tx.case(case).await?.map(|case| case.number),
        None => None,
    })
}

/// Chair, police and admin are told that it exists, and nothing of what it says.
pub(super) async fn tell_of_it(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    case: Option<CaseRef>,
    held: HeldRef,
) -> anyhow::Result<()> {
    let mut routed = Vec::new();
    if let Some(case) = case
        && let Some(open) = OpenCase::load(tx, case).await?
    {
        routed.push(open.routed(tx).await?);
    }
    let whose = case.map_or_else(String::new, |case| format!(" about {case}"));
    let mut about = vec![Ref::Held(held)];
    about.extend(case.map(Ref::Case));
    let alert = Alert {
        to: To::Sensitive,
        at_once: false,
        purpose: format!("alert|sensitive|{held}"),
        title: case.map_or_else(
            || format!("{held}: a sensitive document is kept apart"),
            |case| format!("{case}: a sensitive document is kept apart"),
        ),
        what: format!(
            "A document{whose} carries a handling marker, or is an appendix of its own. It is kept sealed as {held} and goes to nobody by itself."
        ),
        why: "Sensitive intelligence stands on a separate appendix; a named person releases it to named people."
            .to_owned(),
        rule: "SY-21",
        happened_at: tx.now(),
        decide_by: None,
        otherwise: Some("it stays where it is.".to_owned()),
        about,
        next: vec![NextStep {
            text: "Say who may have it".to_owned(),
            command: Some(format!("dutyclerk held release {held} --to ADDRESS")),
        }],
        meeting: None,
        cases: &routed,
    };
    raise(tx, book, panel, alert).await?;
    Ok(())
}

/// Sends it to the people a person names, one mail each. A later word may name more people.
pub(super) async fn release_to(daemon: &Daemon, held: &Held, word: &Release, now: Timestamp) -> anyhow::Result<()> {
    let number = held.number;
    let book = daemon.book();
    let case =
        word.case.or(held.case).with_context(|| format!("{number} names no child: say whose it is, --case R-…"))?;
    let panel = held.panel.as_ref().and_then(|id| book.panels.get(id));
    let panel = panel.with_context(|| format!("{number} belongs to no enabled panel"))?;
    let mut tx = daemon.store.begin(now).await?;
    let document = match &held.document {
        Some(id) => tx.document(id).await?,
        None => None,
    };
    let mut document = document.with_context(|| format!("the document of {number} is gone"))?;
    refuse_others(&mut tx, &document, case).await?;
    let open = OpenCase::load(&mut tx, case).await?.with_context(|| format!("there is no case {case}"))?;
    let routed = open.routed(&mut tx).await?;
    let raw = tx.raw(document.message).await?;
    let leaf = unpack(&raw, &daemon.limits).into_documents().find(|leaf| leaf.sha256 == document.sha256);
    let bytes = PaperBytes::new(leaf.context("the document cannot be unpacked from its message any more")?.bytes)?;
    let meeting = held.meeting.as_ref().and_then(|id| panel.meeting(id));
    for to in &word.to {
        let routing = book.routing(panel, now);
        let Some(clearance) = routing.appendix(held.meeting.as_ref(), &routed, to, document.sha256) else {
            bail!(
                "{number} was not released: somebody named is not in the directory, may not have mail about children, or is kept from {case}. Nobody was sent anything; name people who may have it"
            );
        };
        let view = appendix::View {
            head: panel.letterhead(),
            case,
            initials: Redacted::new(initials(open.child.name.reveal())),
            meeting: meeting.as_ref().map(agenda_meeting),
            held: number,
            released_by: Redacted::new(word.by.clone()),
            paper: Paper { sha256: document.sha256, format: document.format, what: "appendix".to_owned(), dated: None },
            rule: clearance.rule().to_owned(),
        };
        let posting = Posting {
            purpose: format!("appendix|{number}|{to}"),
            due_at: now,
            expires_at: None,
            answers: None,
            clearance: &clearance,
            panel: &panel.profile.id,
        };
        let (templates, identifiers) = (book.templates, open.identifiers());
        let papers: Vec<_> = clearance.documents().iter().map(|cleared| (*cleared, &bytes)).collect();
        post(&mut tx, posting, |stamp| appendix::compose(templates, &clearance, &view, &papers, stamp, &identifiers))
            .await?;
    }
    document.state = DocumentState::SetApart;
    document.case = Some(case);
    tx.update_document(&document).await?;
    if held.state == HeldState::Open {
        close(&mut tx, held, HeldState::Released, word).await?;
    }
    tx.journal(Line {
        event: "appendix.released",
        rule: Some("SY-21".into()),
        reason: format!("a named person released it to {} named people", word.to.len()),
        refs: vec![Ref::Held(number), Ref::Case(case), Ref::Message(document.message)],
    });
    tx.commit().await?;
    Ok(())
}

/// A file that says something of another child goes to nobody as this child's.
async fn refuse_others(tx: &mut Tx, document: &Document, case: CaseRef) -> anyhow::Result<()> {
    let siblings = tx.documents_of_message(document.message).await?;
    let in_file = |other: &&Document| other.position == document.position && other.id != document.id;
    let shared = siblings.iter().filter(in_file).any(|other| other.case != Some(case));
    let numbers = document.body.open()?.numbers_of;
    if shared || numbers.iter().any(|other| *other != case) {
        bail!(
            "the file also holds another child's form or number, so it cannot be sent as {case}'s. Ask whoever sent it for an appendix about this child alone"
        );
    }
    Ok(())
}
