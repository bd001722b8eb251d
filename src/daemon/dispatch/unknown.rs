//! Mail that was at the dot when the connection or the program ended: taken or not, nobody knows (LESSONS B).
//!
//! A copy in our own journal mailbox is proof that everyone in the transaction has it, for a server takes a mail for all of
//! them or for none. So that mailbox is asked for the Message-ID, at once and then every minute, and a canary is sent there
//! after it. When half an hour has passed, the canary has come and the copy has not, the mail was not taken and the same
//! bytes go again; without a journal mailbox, or where its copy was refused, they go again after the wait alone. What was
//! superseded, restricted, or is past its meeting by then is held and a person told; so is a mail whose canary has not come
//! within an hour. Only what is here sends an unknown mail again, by its attempt's number.
//!
//! A copy that turns up later still settles a held one. A mail that went in more than one transaction (somebody was put off)
//! has a copy from each: there must be one more than the earlier ones left.

use super::courier::Courier;
use super::kept::{entry_of, is_unknown, try_write, write};
use super::told::{self, Unsettled};
use super::{Judging, canary};
use crate::casework::{MailKind, Ref, SentRef};
use crate::daemon::Daemon;
use crate::inbound::mailbox::{Fault, copies};
use crate::outbound::outbox::{Entry, EntryState, Event, Proof, SETTLING_WAIT, step};
use crate::store::{EntryState as StoredState, Line, OutboxEntry, View};
use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
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

/// What can be looked for of one mail.
struct Wanted {
    number: SentRef,
    message_id: String,
    /// Copies that earlier attempts left; none when this attempt had no copy to leave.
    earlier: Option<usize>,
    /// The Message-ID of the canary sent after it.
    canary: Option<String>,
}

/// What lies in the journal mailbox of it.
#[derive(Clone, Copy)]
struct Seen {
    copy: bool,
    canary: bool,
}

/// Looks for proof of what this view of the present has as unknown; says when to look again.
pub(super) async fn turn(
    courier: &mut Courier,
    daemon: &Daemon,
    mut view: View,
    now: Timestamp,
) -> anyhow::Result<Option<Timestamp>> {
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
            wanted.push(wanted_of(&mut daemon.store.read().await?, stored).await?);
        }
        // Those not reached in this time are looked for next time.
        let mut seen = BTreeMap::new();
        let looked = timeout(LOOK, look(courier, &wanted, &mut seen)).await;
        if !matches!(looked, Ok(Ok(()))) {
            warn!("the journal mailbox could not be looked into; trying again");
        }
        for (stored, wanted) in due.iter().zip(&wanted) {
            let proof = proof(courier, stored, wanted, seen.get(&stored.number).copied(), now);
            one(courier, daemon, stored, proof, now).await?;
        }
    }
    Ok(if unknown.is_empty() { None } else { courier.looking.next })
}

/// Looks for these. Each canary first: a copy that comes after it has been looked for in vain would be missed otherwise.
async fn look(courier: &Courier, wanted: &[Wanted], seen: &mut BTreeMap<SentRef, Seen>) -> Result<(), Fault> {
    let Some(journal) = &courier.journal else { return Ok(()) };
    for Wanted { number, message_id, earlier, canary } in wanted {
        let Some(earlier) = earlier else { continue };
        let canary = match canary {
            Some(canary) => copies(&journal.mailbox, canary).await? > 0,
            None => false,
        };
        let copy = copies(&journal.mailbox, message_id).await? > *earlier;
        seen.insert(*number, Seen { copy, canary });
    }
    Ok(())
}

async fn wanted_of(view: &mut View, stored: &OutboxEntry) -> anyhow::Result<Wanted> {
    let attempts = view.attempts(stored.number).await?;
    let copied = attempts.iter().any(|attempt| attempt.attempt == stored.attempt && attempt.journal);
    let earlier = attempts.iter().filter(|attempt| attempt.attempt < stored.attempt && attempt.journal).count();
    let canary = canary::of(view, stored).await?.map(|canary| canary.message_id);
    let (number, message_id) = (stored.number, stored.message_id.clone());
    Ok(Wanted { number, message_id, earlier: copied.then_some(earlier), canary })
}

fn proof(courier: &Courier, stored: &OutboxEntry, wanted: &Wanted, seen: Option<Seen>, now: Timestamp) -> Proof {
    let can_be_proven = courier.journal.is_some() && wanted.earlier.is_some();
    match seen {
        Some(Seen { copy: true, .. }) => Proof::Found,
        // Another canary does as well as this one; nobody waits for it.
        _ if stored.kind == MailKind::Canary && now.duration_since(stored.state_at) >= SETTLING_WAIT => Proof::Absent,
        _ if !can_be_proven => Proof::NoJournal,
        Some(Seen { canary: true, .. }) => Proof::AbsentAfterCanary,
        _ => Proof::NotYet,
    }
}

async fn one(
    courier: &Courier,
    daemon: &Daemon,
    stored: &OutboxEntry,
    proof: Proof,
    now: Timestamp,
) -> anyhow::Result<()> {
    if stored.state == StoredState::Held && proof != Proof::Found {
        return Ok(());
    }
    let book = daemon.book();
    let mut tx = daemon.store.begin(now).await?;
    if let (Proof::NotYet, Some(journal)) = (proof, &courier.journal)
        && canary::is_on_its_way(&mut tx, &book, &journal.address, stored).await?
    {
        tx.commit().await?;
        return Ok(());
    }
    let envelope = stored.envelope.open()?;
    let kept = tx.recipients(stored.number).await?;
    let cases = tx.cases_of_entry(stored.number).await?;
    let barred = Judging::of(&mut tx, &book).await?.bars(&mut tx, stored, &envelope, &cases).await?;
    let entry = entry_of(stored, &envelope, &kept, barred)?;
    // Held only for being unknown: once proven, whoever is still open is tried again.
    let from = if proof == Proof::Found { freed(&entry, now) } else { entry.clone() };
    let Ok(transition) = step(&from, &Event::Settle { attempt: entry.attempt, proof }, now) else { return Ok(()) };
    if !try_write(&mut tx, &entry, &transition.entry, stored.number, &[]).await? {
        return Ok(());
    }
    let reason = match (proof, transition.entry.state) {
        (Proof::Found, _) => {
            info!(sent.id = %stored.number, "found in the journal mailbox: the mail was taken");
            "found in the journal mailbox".to_owned()
        }
        (_, EntryState::Held) => {
            let why = Unsettled::of(&entry, now);
            warn!(sent.id = %stored.number, "nobody knows whether the mail was taken; it is held for a person");
            told::nobody_knows(&mut tx, &book, stored, why).await?;
            format!("{}: held", why.words())
        }
        (Proof::NoJournal, _) => {
            "half an hour has passed and there is no copy to look for: the same bytes go again".into()
        }
        _ => "not in the journal mailbox, though a later mail is: the same bytes go again".to_owned(),
    };
    if transition.entry.state == EntryState::Queued && proof != Proof::Found {
        warn!(sent.id = %stored.number, "the mail was not taken, as far as can be known; the same bytes go again");
        tx.no_journal_copy(stored.number, stored.attempt).await?;
    }
    if transition.entry.state != EntryState::Held {
        tx.end_attempt(stored.number, stored.attempt, transition.event).await?;
    }
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
