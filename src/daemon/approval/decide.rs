//! A person approves or refuses.

use super::go::{go, in_words};
use super::plan::{hash_of, plan};
use super::{Approving, note};
use crate::casework::calendar::Meeting;
use crate::casework::{MeetingId, Redacted, Sha256};
use crate::daemon::table::Table;
use crate::daemon::{Book, Daemon, Panel};
use crate::store::{Approval, ApprovalDecision, ApprovalState, Approved, Tx};
use anyhow::{Context as _, bail};
use jiff::Timestamp;

/// A person approves a meeting's pack, and it goes. `shown`: the SHA-256 of what they were shown, where they say so.
///
/// # Errors
/// When it waits for no approval, when it is not what was shown any more, when its meeting has begun, or when the store fails.
pub async fn approve(
    daemon: &mut Daemon,
    id: &MeetingId,
    what: Approving,
    shown: Option<Sha256>,
    decision: &ApprovalDecision,
    now: Timestamp,
) -> anyhow::Result<()> {
    let mut view = daemon.store.read().await?;
    daemon.read_directory(&mut view).await?;
    drop(view);
    let book = daemon.book();
    let mut tx = daemon.store.begin(now).await?;
    let (panel, meeting, row) = open(&mut tx, &book, id, now).await?;
    let mails = tx.awaiting_approval(id).await?;
    let table = Table::lay(&mut tx, &meeting).await?;
    let as_asked = hash_of(&mails) == row.sha256 && shown.is_none_or(|shown| shown == row.sha256);
    let of = row.what;
    if !as_asked || plan(&book, panel, of, &table, now)? != row.plan {
        bail!(
            "the {of} for {id} is not what was shown any more: it has changed since. A fresh preview comes by itself"
        );
    }
    tx.decide_approval(id, ApprovalState::Approved, Some(decision)).await?;
    let held = go(&mut tx, &book, panel, &daemon.limits, &meeting, of, what).await?;
    let reason = format!("a person approved {} mails, SHA-256 {}{}", mails.len(), row.sha256, in_words(&held));
    let event = if of == Approved::Pack { "pack.approved" } else { "supplement.approved" };
    note(&mut tx, &meeting, event, reason);
    tx.commit().await?;
    Ok(())
}

/// A person says that a meeting's pack does not go as it is: it waits, whatever the profile says and whatever changes in it,
/// until somebody approves it.
///
/// # Errors
/// As [`approve`].
pub async fn refuse(
    daemon: &Daemon,
    id: &MeetingId,
    decision: &ApprovalDecision,
    now: Timestamp,
) -> anyhow::Result<()> {
    let book = daemon.book();
    let mut tx = daemon.store.begin(now).await?;
    let (_, meeting, row) = open(&mut tx, &book, id, now).await?;
    tx.decide_approval(id, ApprovalState::Refused, Some(decision)).await?;
    let event = if row.what == Approved::Pack { "pack.refused" } else { "supplement.refused" };
    note(&mut tx, &meeting, event, "a person refused it: it waits until somebody approves it".to_owned());
    tx.commit().await?;
    Ok(())
}

async fn open<'b>(
    tx: &mut Tx,
    book: &'b Book<'_>,
    id: &MeetingId,
    now: Timestamp,
) -> anyhow::Result<(&'b Panel, Meeting, Approval)> {
    let panel = book.panels.get(&id.panel).with_context(|| format!("{} is not an enabled panel", id.panel))?;
    let meeting = panel.meeting(id).with_context(|| format!("there is no meeting {id}"))?;
    if meeting.starts_at <= now {
        bail!("the meeting {id} has begun");
    }
    match tx.approval(id).await? {
        Some(row) if row.state.is_open() => Ok((panel, meeting, row)),
        Some(row) => bail!("the {} for {id} waits for no approval any more ({})", row.what, row.state),
        None => bail!("the pack for {id} waits for no approval"),
    }
}

/// Who decided, and why.
pub(in crate::daemon) fn decided(by: &str, note: &str) -> ApprovalDecision {
    ApprovalDecision { by: Redacted::new(by.to_owned()), note: Redacted::new(note.to_owned()) }
}
