//! The preview of a pack that waits for approval: the pack as it would go, and what a person should look at first (MC-33).

use super::approval::{flagged, looked_at, until_and_otherwise};
use super::desk::{Posting, post};
use super::offer::offers;
use super::one_child::role_in_words;
use super::pack::Drawn;
use super::parts::{attached, parts};
use super::table::Table;
use super::{Book, Panel};
use crate::casework::calendar::Meeting;
use crate::casework::rules::HoldKind;
use crate::casework::{CaseRef, MailKind, MessageRef, Redacted, Ref, RoleId};
use crate::inbound::unpack::{Limits, unpack};
use crate::outbound::compose::agenda;
use crate::outbound::compose::approval::{CoveringNote, Flagged, Mail, View as PreviewView, Waiting, compose};
use crate::store::{Approved, DocumentId, OutboxEntry, Tx};
use std::collections::{BTreeMap, BTreeSet};

/// Of a covering note so much is shown; the rest is in the mailbox.
const LONGEST_NOTE: usize = 700;

/// What is shown.
pub(super) struct Preview<'a> {
    pub meeting: &'a Meeting,
    pub drawn: &'a Drawn,
    /// The mails that wait.
    pub mails: &'a [OutboxEntry],
    /// It takes the place of an earlier one.
    pub again: bool,
    /// Somebody else was asked first.
    pub chased: bool,
}

/// Sends it to whoever holds the first of these roles that somebody holds who may see all of it. False when nobody does:
/// that is logged and journalled, and the pack goes on at its deadline as the profile says.
pub(super) async fn send(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    limits: &Limits,
    shown: &Preview<'_>,
    roles: &[RoleId],
) -> anyhow::Result<bool> {
    let Preview { meeting, drawn, .. } = *shown;
    let table = &drawn.table;
    let roles: Vec<&RoleId> = roles.iter().collect();
    let Some(cleared) = book.routing(panel, tx.now()).approval(&roles, &meeting.id, &table.routed) else {
        tracing::error!(panel.id = %panel.profile.id, meeting.id = %meeting.id, "nobody in the directory can approve this pack");
        tx.journal(crate::store::Line {
            event: "approval.nobody",
            rule: Some("MC-33".into()),
            reason: "nobody in the directory can approve it".to_owned(),
            refs: vec![Ref::Meeting(meeting.id.clone())],
        });
        return Ok(false);
    };
    let version = tx.approval(&meeting.id).await?.map_or(0, |row| row.version);
    let to: Vec<&str> = cleared.recipients().iter().map(|r| r.address.as_str()).collect();
    let purpose = format!("approval|{}|{version}|{}", meeting.id, to.join(","));
    // Whoever has it already is not sent it again.
    if tx.entry_of_purpose(&purpose).await?.is_some() {
        return Ok(true);
    }
    let mut view = view_of(tx, book, panel, limits, shown).await?;
    let identifiers = table.identifiers(cleared.cases());
    for part in parts(book, drawn.agenda.items(), &cleared, &drawn.bytes)? {
        view.pack.part = part.nth;
        let clearance = &part.clearance;
        let papers = attached(clearance, &drawn.bytes);
        let posting = Posting {
            purpose: part.named(&purpose),
            due_at: tx.now(),
            expires_at: Some(meeting.starts_at),
            answers: None,
            clearance,
            panel: &panel.profile.id,
        };
        post(tx, posting, |stamp| compose(book.templates, clearance, &view, &papers, stamp, &identifiers)).await?;
    }
    Ok(true)
}

async fn view_of(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    limits: &Limits,
    shown: &Preview<'_>,
) -> anyhow::Result<PreviewView> {
    let Preview { meeting, drawn, mails, again, chased } = *shown;
    let table = &drawn.table;
    let offer = offers(tx, book, panel, &[Ref::Meeting(meeting.id.clone())]).await?.pop();
    let row = tx.approval(&meeting.id).await?;
    let (until, otherwise) = until_and_otherwise(panel, meeting, row.as_ref(), tx.now());
    let looked_at = looked_at(tx, &meeting.id).await?;
    Ok(PreviewView {
        noun: row.map_or(Approved::Pack, |row| row.what).to_string(),
        pack: agenda::View {
            head: panel.letterhead(),
            agenda: drawn.agenda.clone(),
            cutoff_at: meeting.cutoff_at,
            supplement_at: meeting.supplement_at,
            missing: drawn.missing.clone(),
            attendance: drawn.attendance.clone(),
            part: None,
        },
        until,
        otherwise,
        again,
        chased,
        mails: mails_of(tx, mails).await?,
        flagged: flagged_in(drawn, &looked_at),
        notes: notes(tx, limits, drawn).await?,
        held: held(tx, table).await?,
        offer,
        command: format!("dutyclerk outbox approve {}", meeting.id),
    })
}

async fn mails_of(tx: &mut Tx, mails: &[OutboxEntry]) -> anyhow::Result<Vec<Mail>> {
    let numbers: Vec<_> = mails.iter().map(|mail| mail.number).collect();
    let mut cases = tx.cases_of_entries(&numbers).await?;
    let mut rows = Vec::new();
    for mail in mails {
        let to = mail.envelope.open()?.to.into_iter().map(|to| {
            let name = to.name.map_or_else(|| to.address.to_string(), Redacted::into_inner);
            Redacted::new(format!("{name}, {}", role_in_words(&to.role)))
        });
        rows.push(Mail {
            what: what(mail.kind).to_owned(),
            to: to.collect(),
            cases: cases.remove(&mail.number).unwrap_or_default(),
            papers: tx.documents_of_entry(mail.number).await?.len(),
        });
    }
    Ok(rows)
}

fn what(kind: MailKind) -> &'static str {
    match kind {
        MailKind::Agenda => "Agenda and papers",
        MailKind::Supplement => "Supplement to the pack",
        MailKind::Extract => "One child's extract",
        MailKind::HealthCopy => "One child's health copy",
        MailKind::InvitationUpdate => "Invitation with the slot",
        MailKind::Notification => "Outcome sheet to fill in",
        other => other.as_str(),
    }
}

fn flagged_in(drawn: &Drawn, looked_at: &BTreeSet<DocumentId>) -> Vec<Flagged> {
    let named: BTreeSet<_> =
        flagged(&drawn.table, looked_at).into_iter().map(|(case, document)| (case, document.sha256)).collect();
    agenda::files(&drawn.agenda)
        .into_iter()
        .filter(|(case, sha256, _)| named.contains(&(*case, *sha256)))
        .map(|(case, _, file)| Flagged { case, file })
        .collect()
}

/// What senders wrote beside the papers of this pack.
async fn notes(tx: &mut Tx, limits: &Limits, drawn: &Drawn) -> anyhow::Result<Vec<CoveringNote>> {
    let shown: BTreeSet<_> = drawn.agenda.items().flat_map(|i| i.papers.iter().map(|p| (i.case, p.sha256))).collect();
    let table = &drawn.table;
    let mut messages: BTreeMap<MessageRef, BTreeSet<CaseRef>> = BTreeMap::new();
    for (case, document) in table.papers.iter().flat_map(|(case, all)| all.iter().map(move |d| (case, d))) {
        if shown.contains(&(*case, document.sha256)) {
            messages.entry(document.message).or_default().insert(*case);
        }
    }
    let mut notes = Vec::new();
    for (message, cases) in messages {
        let text = unpack(&tx.raw(message).await?, limits).new_text.into_inner();
        let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if words.is_empty() {
            continue;
        }
        if let Some((end, _)) = words.char_indices().nth(LONGEST_NOTE) {
            words.truncate(end);
            words.push('…');
        }
        notes.push(CoveringNote { message, cases: cases.into_iter().collect(), text: Redacted::new(words) });
    }
    Ok(notes)
}

/// What is held for this meeting and so not in its pack.
async fn held(tx: &mut Tx, table: &Table) -> anyhow::Result<Vec<Waiting>> {
    let mut waiting = Vec::new();
    for held in tx.open_held().await? {
        if held.meeting.as_ref() == Some(&table.meeting.id)
            && let Some(kind) = HoldKind::from_code(&held.kind)
        {
            waiting.push(Waiting { held: held.number, case: held.case, why: kind.words().to_owned() });
        }
    }
    Ok(waiting)
}
