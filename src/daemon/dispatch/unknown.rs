//! Mail that was at the dot when the connection or the program ended: taken or not, nobody knows (LESSONS B).
//!
//! A copy in our own journal mailbox is proof that everyone in the transaction has it, for a server takes a mail for all of
//! them or for none. So that mailbox is asked for the Message-ID, at once and then every minute. Without proof after half
//! an hour, or without a journal mailbox, the mail is held and a person told; nothing is sent again by itself. A copy that
//! turns up later still settles it. A mail that went in more than one transaction (somebody was put off) has a copy from
//! each: there must be one more than the earlier ones left.

use super::courier::Courier;
use super::kept::{entry_of, is_unknown, try_write, write};
use super::told;
use crate::casework::{Ref, SentRef};
use crate::daemon::Daemon;
use crate::inbound::mailbox::{Fault, copies};
use crate::outbound::outbox::{Entry, Event, Proof, SETTLING_WAIT, step};
use crate::store::{EntryState as StoredState, Line, OutboxEntry, View};
use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use tokio::time::timeout;
use tracing::{info, warn};

/// The journal mailbox is asked no more often than this for mail at the dot, and for held mail.
const EVERY: SignedDuration = SignedDuration::from_mins(1);
const HELD_EVERY: SignedDuration = SignedDuration::from_mins(30);
/// A turn waits for its server no longer than this in all. It is only read: giving up harms nothing.
const LOOK: Duration = Duration::from_secs(10);
/// Mails looked for in one turn.
const BATCH: usize = 10;

/// When the journal mailbox is asked next.
#[derive(Debug, Default)]
pub(super) struct Looking {
    next: Option<Timestamp>,
    next_held: Option<Timestamp>,
}

impl Looking {
    /// Something has just become unknown.
    pub(super) fn soon(&mut self) {
        self.next = None;
    }
}

/// Looks for proof; says when to look again.
pub(super) async fn turn(courier: &mut Courier, daemon: &Daemon, now: Timestamp) -> anyhow::Result<Option<Timestamp>> {
    let mut view = daemon.store.read().await?;
    let mut unknown = view.entries_in(StoredState::AtTheDot).await?;
    unknown.retain(|stored| !courier.has(stored.number));
    let looks = courier.looking.next.is_none_or(|at| at <= now);
    let mut due: Vec<OutboxEntry> = if looks { unknown.clone() } else { Vec::new() };
    if courier.looking.next_held.is_none_or(|at| at <= now) {
        due.extend(view.entries_in(StoredState::Held).await?.into_iter().filter(is_unknown));
        courier.looking.next_held = now.checked_add(HELD_EVERY).ok();
    }
    drop(view);
    if looks {
        courier.looking.next = now.checked_add(EVERY).ok();
    }
    due.truncate(BATCH);
    if !due.is_empty() {
        // What the store says is read first: nothing of the store's is ever given up half-way (invariant 12).
        let mut wanted = Vec::new();
        for stored in &due {
            let mut view = daemon.store.read().await?;
            if let Some(earlier) = earlier_copies(&mut view, stored).await? {
                wanted.push((stored.number, stored.message_id.clone(), earlier));
            }
        }
        // Those not reached in this time are looked for next time.
        let mut found = Vec::new();
        let looked = timeout(LOOK, look(courier, &wanted, &mut found)).await;
        if !matches!(looked, Ok(Ok(()))) {
            warn!("the journal mailbox could not be looked into; trying again");
        }
        for stored in due {
            let proven = found.contains(&stored.number);
            one(courier, daemon, &stored, proven, now).await?;
        }
    }
    Ok(if unknown.is_empty() { None } else { courier.looking.next })
}

/// Which of these (with how many copies earlier attempts left) are proven to have been taken.
async fn look(courier: &Courier, wanted: &[(SentRef, String, usize)], found: &mut Vec<SentRef>) -> Result<(), Fault> {
    let Some(journal) = &courier.journal else { return Ok(()) };
    for (number, message_id, earlier) in wanted {
        if copies(&journal.mailbox, message_id).await? > *earlier {
            found.push(*number);
        }
    }
    Ok(())
}

/// How many copies earlier attempts left; none when this attempt had no copy to leave.
async fn earlier_copies(view: &mut View, stored: &OutboxEntry) -> anyhow::Result<Option<usize>> {
    let attempts = view.attempts(stored.number).await?;
    let copied = attempts.iter().any(|attempt| attempt.attempt == stored.attempt && attempt.journal);
    let earlier = attempts.iter().filter(|attempt| attempt.attempt < stored.attempt && attempt.journal).count();
    Ok(copied.then_some(earlier))
}

async fn one(
    courier: &Courier,
    daemon: &Daemon,
    stored: &OutboxEntry,
    proven: bool,
    now: Timestamp,
) -> anyhow::Result<()> {
    let book = daemon.book();
    let mut tx = daemon.store.begin(now).await?;
    let envelope = stored.envelope.open()?;
    let kept = tx.recipients(stored.number).await?;
    let entry = entry_of(stored, &envelope, &kept, false)?;
    let can_be_proven = courier.journal.is_some() && earlier_copies(&mut tx, stored).await?.is_some();
    let waited = entry.dot_at.is_none_or(|dot| now.duration_since(dot) >= SETTLING_WAIT);
    let event = match (proven, stored.state) {
        (true, _) => Event::Settle { attempt: entry.attempt, proof: Proof::Found },
        (false, StoredState::AtTheDot) if waited || !can_be_proven => Event::Hold,
        _ => return Ok(()),
    };
    // Held only for being unknown: once proven, whoever is still open is tried again.
    let from = if proven { freed(&entry, now) } else { entry.clone() };
    let Ok(transition) = step(&from, &event, now) else { return Ok(()) };
    if !try_write(&mut tx, &entry, &transition.entry, stored.number, &[]).await? {
        return Ok(());
    }
    if proven {
        tx.end_attempt(stored.number, stored.attempt, transition.event).await?;
        info!(sent.id = %stored.number, "found in the journal mailbox: the mail was taken");
    } else {
        warn!(sent.id = %stored.number, "nothing proves that the mail was taken or not; it is held for a person");
        told::nobody_knows(&mut tx, &book, stored).await?;
    }
    let reason = if proven { "found in the journal mailbox" } else { "no proof that it was taken or not: held" };
    tx.journal(Line {
        event: "mail.settled",
        rule: Some(stored.rule.clone().into()),
        reason: format!("{}: {reason} ({})", stored.kind, transition.event),
        refs: vec![Ref::Sent(stored.number)],
    });
    tx.commit().await?;
    Ok(())
}

/// Out of a person's hands, back to the dot; where it is if something else holds it too.
fn freed(entry: &Entry, now: Timestamp) -> Entry {
    step(entry, &Event::Release, now).map_or_else(|_| entry.clone(), |released| released.entry)
}

/// A person's word on a mail of which nobody knows whether it was taken: it arrived, or it did not and goes again.
///
/// # Errors
/// When the mail is not one of those, was restricted since, or the store fails.
pub async fn settle(daemon: &Daemon, number: SentRef, arrived: bool, now: Timestamp) -> anyhow::Result<&'static str> {
    let book = daemon.book();
    let mut tx = daemon.store.begin(now).await?;
    let stored = tx.entry(number).await?.with_context(|| format!("there is no mail {number}"))?;
    if !is_unknown(&stored) {
        bail!("{number} is {}: there is nothing to settle", stored.state);
    }
    let envelope = stored.envelope.open()?;
    let cases = tx.cases_of_entry(number).await?;
    let kept = tx.recipients(number).await?;
    let barred = super::Judging::of(&mut tx, &book).await?.bars(&mut tx, &stored, &envelope, &cases).await?;
    let before = entry_of(&stored, &envelope, &kept, barred)?;
    let entry = freed(&before, now);
    let proof = if arrived { Proof::Found } else { Proof::Absent };
    let transition = step(&entry, &Event::Settle { attempt: entry.attempt, proof }, now)?;
    write(&mut tx, &before, &transition.entry, number, &[]).await?;
    tx.end_attempt(number, stored.attempt, transition.event).await?;
    if !arrived {
        tx.no_journal_copy(number, stored.attempt).await?;
    }
    let word = if arrived { "it arrived" } else { "it did not arrive" };
    tx.journal(Line {
        event: "mail.settled",
        rule: Some(stored.rule.clone().into()),
        reason: format!("a person says that {word} ({})", transition.event),
        refs: vec![Ref::Sent(number)],
    });
    tx.commit().await?;
    Ok(transition.entry.state.as_str())
}
