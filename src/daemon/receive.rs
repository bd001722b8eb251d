//! Mail is taken in: swept, fetched, committed, and only then moved (invariants 1 and 2).
//!
//! # Failure policy
//!
//! A mailbox that cannot be listed is noted and tried again next turn; the others go on. A message that cannot be read
//! stops no other. What a crash leaves between commit and move is found again by the next sweep, known by its occurrence
//! key, and moved then. When the store cannot commit, nothing was moved and the mail stays where it is.

use super::{Daemon, Stage, rebuilt};
use crate::casework::{MailboxId, Sha256};
use crate::inbound::mailbox::{Folder, MailboxError, Occurrence, OccurrenceKey, Source};
use crate::store::{Accepted, Line, NewMessage};
use futures_util::future::join_all;
use jiff::Timestamp;
use std::collections::BTreeMap;
use tracing::{info, warn};

/// Messages committed in one transaction, at most.
const BATCH: usize = 50;
/// Bytes held in memory for one transaction, about.
const BATCH_BYTES: u64 = 24 * 1024 * 1024;

/// A sweep that was broken off between two batches because the program is to stop: neither finished nor failed.
const STOPPED: &str = "stopped";

/// Takes in everything there is; returns how many messages were new.
pub(super) async fn turn(daemon: &mut Daemon, now: Timestamp) -> anyhow::Result<usize> {
    let mut new = 0;
    let mut sources = std::mem::take(&mut daemon.sources);
    let mut swept: Vec<(&MailboxId, Result<i64, &'static str>)> = Vec::new();
    let mut fault = None;
    for (id, outcome) in sweep_all(daemon, &mut sources, now).await {
        match outcome {
            Ok((n, outcome)) => {
                new += n;
                if outcome != Err(STOPPED) {
                    swept.push((id, outcome));
                }
            }
            Err(Fault::Mailbox(error)) => {
                warn!(mailbox.id = %id, error = %error, "mailbox could not be swept; trying again next turn");
                swept.push((id, Err(error.code())));
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

/// Mailboxes on servers all at once, so that a slow one keeps nobody waiting; the others one after another, so that a
/// rehearsal is the same each time.
async fn sweep_all<'a>(
    daemon: &Daemon,
    sources: &'a mut [(MailboxId, Source)],
    now: Timestamp,
) -> Vec<(&'a MailboxId, Result<(usize, Result<i64, &'static str>), Fault>)> {
    let mut outcomes = Vec::new();
    let mut on_servers = Vec::new();
    for (id, source) in sources {
        if source.is_on_a_server() {
            on_servers.push(async move { (&*id, sweep(daemon, id, source, now).await) });
        } else {
            let outcome = sweep(daemon, id, source, now).await;
            outcomes.push((&*id, outcome));
        }
    }
    outcomes.extend(join_all(on_servers).await);
    outcomes
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
    let reappeared = source.is_on_a_server() && rebuilt::is_flood(daemon, id, &sweep, now).await?;
    let (mut new, mut failed) = (0, None);
    let mut left = sweep.occurrences.as_slice();
    while !left.is_empty() {
        if daemon.stop.asked() {
            return Ok((new, Err(STOPPED)));
        }
        daemon.pulse.beat(Stage::Receive);
        let mut bytes = 0;
        let fits = |o: &&Occurrence| {
            let fits = bytes < BATCH_BYTES;
            bytes += o.size;
            fits
        };
        let size = left.iter().take(BATCH).take_while(fits).count().max(1);
        let (batch, rest) = left.split_at(size.min(left.len()));
        left = rest;
        let taken = take_in(daemon, id, source, batch, reappeared, now).await?;
        new += taken.new;
        failed = failed.or(taken.failed);
    }
    if reappeared && failed.is_none() {
        rebuilt::over(daemon, id, now).await?;
    }
    Ok((
        new,
        match failed {
            None if sweep.unreadable.is_empty() => Ok(sweep.epoch),
            failed => Err(failed.unwrap_or("unreadable_message")),
        },
    ))
}

/// What came of a batch.
#[derive(Default)]
struct Taken {
    new: usize,
    /// Why something in it could not be fetched, if so: the sweep was not complete.
    failed: Option<&'static str>,
}

async fn take_in(
    daemon: &Daemon,
    id: &MailboxId,
    source: &mut Source,
    batch: &[Occurrence],
    reappeared: bool,
    now: Timestamp,
) -> anyhow::Result<Taken> {
    let on_a_server = source.is_on_a_server();
    let keys: Vec<crate::store::OccurrenceKey> = batch.iter().map(|o| store_key(on_a_server, &o.key)).collect();
    let epoch = batch.first().map_or(0, |o| o.key.epoch);
    let known = {
        let mut view = daemon.store.read().await?;
        view.occurrences(id, epoch, &keys).await?
    };
    let mut taken = Taken::default();
    let mut settle: BTreeMap<Folder, Vec<usize>> = BTreeMap::new();
    let mut wanted: Vec<usize> = Vec::new();
    for (i, known) in known.iter().enumerate() {
        match known {
            Some(known) if known.settled_at.is_none() || matches!(source, Source::Replay(_)) => {
                settle.entry(Folder::Processed).or_default().push(i);
            }
            Some(_) => {}
            None => wanted.push(i),
        }
    }
    let of = |indices: &[usize]| -> Vec<OccurrenceKey> {
        indices.iter().filter_map(|i| batch.get(*i)).map(|o| o.key.clone()).collect()
    };
    let most = u64::try_from(daemon.limits.message_bytes)?;
    let got = if wanted.is_empty() { Vec::new() } else { source.fetch_all(&of(&wanted), most).await };
    let mut fetched = Vec::new();
    for (i, got) in wanted.into_iter().zip(got) {
        let (Some(occurrence), Some(key)) = (batch.get(i), keys.get(i)) else { continue };
        match got {
            Ok(found) => {
                settle.entry(if found.truncated { Folder::Quarantine } else { Folder::Processed }).or_default().push(i);
                fetched.push(NewMessage {
                    mailbox: id.clone(),
                    epoch,
                    key: key.clone(),
                    arrived_at: occurrence.arrived_at,
                    source: Some(occurrence.file.clone()),
                    sha256: Sha256::of(&found.bytes),
                    size: i64::try_from(occurrence.size).unwrap_or(i64::MAX),
                    complete: !found.truncated,
                    reappeared,
                    raw: found.bytes,
                });
            }
            Err(MailboxError::Gone { .. }) => {
                info!(mailbox.id = %id, "a message was moved by somebody before it was fetched")
            }
            Err(error) => {
                taken.failed = Some(error.code());
                warn!(mailbox.id = %id, error = %error, "a message could not be fetched; trying again next turn")
            }
        }
    }
    if !fetched.is_empty() {
        taken.new = commit(daemon, id, fetched, now).await?;
    }
    let mut settled = Vec::new();
    for (folder, indices) in settle {
        for (i, moved) in indices.iter().zip(source.settle_all(&of(&indices), folder).await) {
            match moved {
                Ok(()) => settled.extend(keys.get(*i).cloned()),
                Err(error) => {
                    warn!(mailbox.id = %id, error = %error, "a committed message could not be moved; trying again next turn")
                }
            }
        }
    }
    if !settled.is_empty() && matches!(source, Source::Live(_)) {
        let mut tx = daemon.store.begin(now).await?;
        tx.settle(id, epoch, &settled).await?;
        tx.commit().await?;
    }
    Ok(taken)
}

/// Commits messages as received; returns how many were new.
async fn commit(daemon: &Daemon, id: &MailboxId, fetched: Vec<NewMessage>, now: Timestamp) -> anyhow::Result<usize> {
    let mut new = 0;
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
        tx.journal(Line { event, rule: None, reason, refs: vec![crate::casework::Ref::Message(accepted.message())] });
    }
    tx.commit().await?;
    Ok(new)
}

fn store_key(on_a_server: bool, key: &OccurrenceKey) -> crate::store::OccurrenceKey {
    match key.uid.parse() {
        Ok(uid) if on_a_server => crate::store::OccurrenceKey::Uid(uid),
        _ => crate::store::OccurrenceKey::Name(crate::casework::Redacted::new(key.uid.clone())),
    }
}
