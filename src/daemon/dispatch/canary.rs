//! The canary that follows a mail of which nobody knows whether it was taken: one for each attempt, to our own journal
//! mailbox, by the way of every other mail (LESSONS B).

use crate::casework::{Address, MailKind};
use crate::daemon::Book;
use crate::daemon::desk::{Posting, post};
use crate::outbound::compose::canary::{View as Canary, compose};
use crate::store::{EntryState, OutboxEntry, Tx, View};
use jiff::SignedDuration;

/// It says nothing any more once it is this old.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(2);

/// The canary of this mail's attempt, if one was sent.
pub(super) async fn of(view: &mut View, stored: &OutboxEntry) -> anyhow::Result<Option<OutboxEntry>> {
    match view.entry_of_purpose(&purpose(stored)).await? {
        Some(number) => Ok(view.entry(number).await?),
        None => Ok(None),
    }
}

/// Sends the canary where none was sent, and says whether it may yet come.
pub(super) async fn is_on_its_way(
    tx: &mut Tx,
    book: &Book<'_>,
    journal: &Address,
    stored: &OutboxEntry,
) -> anyhow::Result<bool> {
    if stored.kind == MailKind::Canary {
        return Ok(true);
    }
    if let Some(canary) = of(tx, stored).await? {
        return Ok(matches!(canary.state, EntryState::Queued | EntryState::Sending | EntryState::AtTheDot));
    }
    let Some(panel) = book.panels.get(&stored.panel) else { return Ok(false) };
    let clearance = book.routing(panel, tx.now()).canary(journal);
    let view = Canary { head: panel.letterhead(), after: stored.number };
    let posting = Posting {
        purpose: purpose(stored),
        due_at: tx.now(),
        expires_at: tx.now().checked_add(GOOD_FOR).ok(),
        answers: None,
        clearance: &clearance,
        panel: &panel.profile.id,
    };
    let templates = book.templates;
    Ok(post(tx, posting, |stamp| compose(templates, &clearance, &view, stamp)).await?.is_some())
}

fn purpose(stored: &OutboxEntry) -> String {
    format!("canary|{}|{}", stored.number, stored.attempt)
}
