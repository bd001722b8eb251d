//! What a rehearsal leaves beside `sent/`: what was received and what became of it, the ledger, the journal, what is held.

use crate::casework::calendar::civil;
use crate::casework::{MailKind, MailboxId, MeetingId, PanelId, Ref, Sha256};
use crate::store::{DocumentState, HeldState, Ledger, Store, View};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Journal lines read at a time.
const JOURNAL_CHUNK: i64 = 1_000;

/// One screen's worth of what happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Per mailbox.
    pub ledgers: BTreeMap<MailboxId, Ledger>,
    /// Mails by kind.
    pub sent: BTreeMap<MailKind, usize>,
    /// Meetings a pack went out for.
    pub packs: usize,
    /// Cases opened.
    pub cases: usize,
    /// Held items still open.
    pub held: usize,
}

#[derive(Serialize)]
struct Received {
    mailbox: MailboxId,
    file: String,
    sha256: Sha256,
    arrived_at: String,
    fate: String,
    reason: Option<String>,
    refs: Vec<String>,
    panel: Option<PanelId>,
    meeting_id: Option<MeetingId>,
    documents: Vec<ReceivedDocument>,
}

#[derive(Serialize)]
struct ReceivedDocument {
    path: String,
    sha256: Sha256,
}

#[derive(Serialize)]
struct HeldLine {
    #[serde(rename = "ref")]
    number: String,
    at: String,
    kind: String,
    rule: String,
    state: &'static str,
    panel: Option<PanelId>,
    meeting_id: Option<MeetingId>,
    refs: Vec<String>,
    why: String,
    advice: String,
}

/// Writes everything of [from, until) into `out`.
pub(super) async fn write(
    store: &Store,
    mailboxes: &[MailboxId],
    out: &Path,
    from: Timestamp,
    until: Timestamp,
) -> anyhow::Result<Summary> {
    let mut view = store.read().await?;
    let mut summary = Summary::default();
    received(&mut view, out, from, until).await?;
    for id in mailboxes {
        summary.ledgers.insert(id.clone(), view.ledger(id, from, until).await?);
    }
    let mut file = create(out, "ledger.json")?;
    serde_json::to_writer_pretty(&mut file, &summary.ledgers)?;
    writeln!(file)?;
    file.flush()?;
    journal(&mut view, out).await?;
    summary.held = held(&mut view, out).await?;
    let (mut cases, mut packs) = (BTreeSet::new(), BTreeSet::new());
    let mut after = 0;
    loop {
        let entries = view.entries_after(after, JOURNAL_CHUNK).await?;
        let Some(last) = entries.last() else { break };
        after = last.number.0;
        for entry in &entries {
            if entry.kind == MailKind::Agenda {
                packs.extend(entry.meeting.clone());
            }
            if entry.state == crate::store::EntryState::Settled {
                *summary.sent.entry(entry.kind).or_default() += 1;
            }
        }
        let numbers: Vec<_> = entries.iter().map(|entry| entry.number).collect();
        cases.extend(view.cases_of_entries(&numbers).await?.into_values().flatten());
    }
    summary.cases = cases.len();
    summary.packs = packs.len();
    Ok(summary)
}

fn create(out: &Path, name: &str) -> anyhow::Result<BufWriter<File>> {
    Ok(BufWriter::new(File::create(out.join(name))?))
}

fn line(file: &mut BufWriter<File>, value: &impl Serialize) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *file, value)?;
    writeln!(file)?;
    Ok(())
}

async fn received(view: &mut View, out: &Path, from: Timestamp, until: Timestamp) -> anyhow::Result<()> {
    let mut file = create(out, "received.jsonl")?;
    for row in view.received(from, until).await? {
        let mut refs: BTreeSet<Ref> = BTreeSet::from([Ref::Message(row.message)]);
        let mut seen = BTreeSet::new();
        let mut documents = Vec::new();
        for document in view.documents_of_message(row.message).await? {
            refs.extend(document.case.map(Ref::Case));
            if document.state != DocumentState::Decoration && seen.insert(document.position) {
                let path = document.body.kept()?.map(|body| body.path.into_inner());
                let path = path.unwrap_or_else(|| document.position.to_string());
                documents.push(ReceivedDocument { path, sha256: document.sha256 });
            }
        }
        refs.extend(view.held_of_message(row.message).await?.into_iter().map(|h| Ref::Held(h.number)));
        refs.extend(view.entries_answering(row.message).await?.into_iter().map(|e| Ref::Sent(e.number)));
        let source = row.source.as_ref().map(|s| s.kept()).transpose()?.flatten();
        let received = Received {
            mailbox: row.mailbox,
            file: source.unwrap_or_default(),
            sha256: row.sha256,
            arrived_at: civil::rfc3339(row.arrived_at),
            fate: row.fate.map_or("pending", |f| f.as_str()).to_owned(),
            reason: row.reason,
            refs: refs.iter().map(ToString::to_string).collect(),
            panel: row.panel,
            meeting_id: row.meeting,
            documents,
        };
        line(&mut file, &received)?;
    }
    file.flush()?;
    Ok(())
}

async fn journal(view: &mut View, out: &Path) -> anyhow::Result<()> {
    let mut file = create(out, "journal.jsonl")?;
    let mut after = 0;
    loop {
        let lines = view.journal_after(after, JOURNAL_CHUNK).await?;
        let Some(last) = lines.last() else { break };
        after = last.seq;
        for entry in &lines {
            line(&mut file, entry)?;
        }
    }
    file.flush()?;
    Ok(())
}

async fn held(view: &mut View, out: &Path) -> anyhow::Result<usize> {
    let mut file = create(out, "held.jsonl")?;
    let mut open = 0;
    for held in view.all_held().await? {
        let detail = held.detail.open()?;
        let mut refs: Vec<Ref> = held.message.map(Ref::Message).into_iter().collect();
        refs.extend(held.case.map(Ref::Case));
        refs.extend(detail.candidates.iter().copied().map(Ref::Case));
        open += usize::from(held.state == HeldState::Open);
        let held = HeldLine {
            number: held.number.to_string(),
            at: civil::rfc3339(held.opened_at),
            kind: held.kind,
            rule: held.rule,
            state: held.state.as_str(),
            panel: held.panel,
            meeting_id: held.meeting,
            refs: refs.iter().map(ToString::to_string).collect(),
            why: detail.summary.into_inner(),
            advice: detail.advice.into_inner(),
        };
        line(&mut file, &held)?;
    }
    file.flush()?;
    Ok(open)
}
