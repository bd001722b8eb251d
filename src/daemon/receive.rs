//! Mail is taken in: swept, fetched, committed, and only then moved (invariants 1 and 2).
//!
//! # Failure policy
//!
//! A mailbox that cannot be listed is noted and tried again next turn; the others go on. A message that cannot be read
//! stops no other. What a crash leaves between commit and move is found again by the next sweep, known by its occurrence
//! key, and moved then. When the store cannot commit, nothing was moved and the mail stays where it is.

use super::Daemon;
use crate::casework::{MailboxId, Sha256};
use crate::inbound::mailbox::{Folder, MailboxError, Occurrence, OccurrenceKey, Source};
use crate::store::{Accepted, Line, NewMessage};
use jiff::Timestamp;
use std::collections::BTreeMap;
use tracing::{info, warn};

/// Messages committed in one transaction, at most.
const BATCH: usize = 50;
/// Bytes held in memory for one transaction, about.
const BATCH_BYTES: u64 = 24 * 1024 * 1024;

/// Takes in everything there is; returns how many messages were new.
pub(super) async fn turn(daemon: &mut Daemon, now: Timestamp) -> anyhow::Result<usize> {
    let mut new = 0;
    let mut sources = std::mem::take(&mut daemon.sources);
    let mut swept: Vec<(&MailboxId, Result<i64, &'static str>)> = Vec::new();
    let mut fault = None;
    for (id, source) in &mut sources {
        match sweep(daemon, id, source, now).await {
            Ok((n, outcome)) => {
                new += n;
                swept.push((id, outcome));
            }
            Err(Fault::Mailbox(error)) => {
                warn!(mailbox.id = %id, error = %error, "mailbox could not be swept; trying again next turn");
                swept.push((id, Err("unreachable")));
            }
            Err(Fault::Store(error)) => {
                fault = Some(error);
                break;
            }
        }
    }
    let noted = note(daemon, &swept, now).await;
    daemon.sources = sources;
    if let Some(error) = fault {
        return Err(error);
    }
    noted?;
    Ok(new)
}

/// The mailbox's fault stops this mailbox; the store's stops the turn.
enum Fault {
    Mailbox(MailboxError),
    Store(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

/// Writes down how each sweep went, in one transaction.
async fn note(
    daemon: &Daemon,
    swept: &[(&MailboxId, Result<i64, &'static str>)],
    now: Timestamp,
) -> anyhow::Result<()> {
    if swept.is_empty() {
        return Ok(());
    }
    let mut tx = daemon.store.begin(now).await?;
    let finished: Vec<_> = swept.iter().filter_map(|(id, outcome)| Some((*id, outcome.ok()?))).collect();
    // A mailbox may have several sources; one row of it is written.
    let finished: Vec<_> = BTreeMap::from_iter(finished).into_iter().collect();
    tx.sweeps_finished(&finished, now).await?;
    for (id, code) in swept.iter().filter_map(|(id, outcome)| Some((*id, outcome.err()?))) {
        tx.sweep_failed(id, now, code).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// How many messages were new, and how the sweep is to be written down: its epoch, or why it was not complete.
async fn sweep(
    daemon: &Daemon,
    id: &MailboxId,
    source: &mut Source,
    now: Timestamp,
) -> Result<(usize, Result<i64, &'static str>), Fault> {
    let sweep = source.sweep(now).await.map_err(Fault::Mailbox)?;
    for error in &sweep.unreadable {
        warn!(mailbox.id = %id, error = %error, "a message could not be looked at; trying again next turn");
    }
    let mut new = 0;
    let mut left = sweep.occurrences.as_slice();
    while !left.is_empty() {
        let mut bytes = 0;
        let fits = |o: &&Occurrence| {
            let fits = bytes < BATCH_BYTES;
            bytes += o.size;
            fits
        };
        let size = left.iter().take(BATCH).take_while(fits).count().max(1);
        let (batch, rest) = left.split_at(size.min(left.len()));
        left = rest;
        new += take_in(daemon, id, source, batch, now).await?;
    }
    let epoch = sweep.occurrences.first().map_or(0, |o| o.key.epoch);
    Ok((new, if sweep.unreadable.is_empty() { Ok(epoch) } else { Err("unreadable_message") }))
}

async fn take_in(
    daemon: &Daemon,
    id: &MailboxId,
    source: &mut Source,
    batch: &[Occurrence],
    now: Timestamp,
) -> anyhow::Result<usize> {
    let keys: Vec<crate::store::OccurrenceKey> = batch.iter().map(|o| store_key(source, &o.key)).collect();
    let epoch = batch.first().map_or(0, |o| o.key.epoch);
    let known = {
        let mut view = daemon.store.read().await?;
        view.occurrences(id, epoch, &keys).await?
    };
    let mut fetched = Vec::new();
    let mut settle: Vec<(usize, Folder)> = Vec::new();
    for (i, (occurrence, known)) in batch.iter().zip(&known).enumerate() {
        if let Some(known) = known {
            if known.settled_at.is_none() || matches!(source, Source::Replay(_)) {
                settle.push((i, Folder::Processed));
            }
            continue;
        }
        match source.fetch(&occurrence.key, u64::try_from(daemon.limits.message_bytes)?).await {
            Ok(found) => {
                let new = NewMessage {
                    mailbox: id.clone(),
                    epoch,
                    key: keys.get(i).cloned().unwrap_or_else(|| store_key(source, &occurrence.key)),
                    arrived_at: occurrence.arrived_at,
                    source: Some(occurrence.file.clone()),
                    sha256: Sha256::of(&found.bytes),
                    size: i64::try_from(occurrence.size).unwrap_or(i64::MAX),
                    complete: !found.truncated,
                    raw: found.bytes,
                };
                settle.push((i, if found.truncated { Folder::Quarantine } else { Folder::Processed }));
                fetched.push(new);
            }
            Err(MailboxError::Gone { .. }) => {
                info!(mailbox.id = %id, "a message was moved by somebody before it was fetched")
            }
            Err(error) => {
                warn!(mailbox.id = %id, error = %error, "a message could not be fetched; trying again next turn")
            }
        }
    }
    let mut new = 0;
    if !fetched.is_empty() {
        let mut tx = daemon.store.begin(now).await?;
        for accepted in tx.accept(fetched).await? {
            let (event, reason) = match accepted {
                Accepted::New(_) => {
                    new += 1;
                    ("received", format!("taken in from mailbox {id}"))
                }
                Accepted::Repeat(_) => ("received_again", format!("the same bytes appeared again in mailbox {id}")),
                Accepted::Known(_) => continue,
            };
            tx.journal(Line {
                event,
                rule: None,
                reason,
                refs: vec![crate::casework::Ref::Message(accepted.message())],
            });
        }
        tx.commit().await?;
    }
    let mut settled = Vec::new();
    for (i, folder) in settle {
        let Some(occurrence) = batch.get(i) else { continue };
        match source.settle(&occurrence.key, folder).await {
            Ok(()) => settled.extend(keys.get(i).cloned()),
            Err(error) => {
                warn!(mailbox.id = %id, error = %error, "a committed message could not be moved; trying again next turn")
            }
        }
    }
    if !settled.is_empty() && matches!(source, Source::Live(_)) {
        let mut tx = daemon.store.begin(now).await?;
        tx.settle(id, epoch, &settled).await?;
        tx.commit().await?;
    }
    Ok(new)
}

fn store_key(_: &Source, key: &OccurrenceKey) -> crate::store::OccurrenceKey {
    crate::store::OccurrenceKey::Name(crate::casework::Redacted::new(key.uid.clone()))
}
