//! Frozen mail is handed over, and what came of it written down per recipient.
//!
//! # Failure policy
//!
//! The states are `outbound::outbox`'s; this file reads an entry, asks `step` what an event makes of it, and writes that by
//! compare-and-swap on the attempt number. At-the-dot is committed before the first byte goes. What a crash leaves there is
//! asked of the sink itself: a folder knows what it holds. A restriction made since the mail was frozen holds it
//! (invariant 5).

use super::{Daemon, Stage};
use crate::casework::directory::Directory;
use crate::casework::{Address, CaseRef, FrozenBytes, Ref, SentRef};
use crate::outbound::outbox::{
    Entry, EntryState, Event, Proof, Recipient, RecipientReply, RecipientState, Refused, Reply, Standing, step,
};
use crate::outbound::submission::{Sink, Submission};
use crate::store::{
    EntryRecipient, EntryState as StoredState, Envelope, Line, OutboxEntry, RecipientChange,
    RecipientState as StoredRecipient, Restriction, RestrictionSubject, Transition, Tx,
};
use jiff::Timestamp;
use std::collections::BTreeSet;
use tracing::{info, warn};

/// Mails handed over between two looks at the store.
const BATCH: i64 = 200;
/// Bytes of mail held in memory at a time, about.
const BATCH_BYTES: i64 = 32 * 1024 * 1024;

struct Going {
    number: SentRef,
    entry: Entry,
    stored: OutboxEntry,
    envelope: Envelope,
    bytes: FrozenBytes,
    cases: Vec<CaseRef>,
}

/// Sends everything due; returns how many mails went, and when the next falls due.
pub(super) async fn turn(daemon: &mut Daemon, now: Timestamp) -> anyhow::Result<(usize, Option<Timestamp>)> {
    if matches!(daemon.sink, Sink::Closed) {
        return Ok((0, None));
    }
    let mut view = daemon.store.read().await?;
    let unknown = view.entries_in(StoredState::AtTheDot).await?;
    let mut due = view.due_entries(now, BATCH).await?;
    let mut next = if due.is_empty() { view.next_due().await? } else { None };
    drop(view);
    if !unknown.is_empty() {
        settle(daemon, unknown, now).await?;
        let mut view = daemon.store.read().await?;
        (due, next) = (view.due_entries(now, BATCH).await?, view.next_due().await?);
    }
    let directory = daemon.book().directory;
    let mut sent = 0;
    while !due.is_empty() && !daemon.stop.asked() {
        daemon.pulse.beat(Stage::Dispatch);
        let mut bytes = 0;
        due.retain(|entry| {
            let fits = bytes < BATCH_BYTES;
            bytes += entry.size;
            fits
        });
        let mut tx = daemon.store.begin(now).await?;
        let (going, set_aside) = claim(&mut tx, &directory, due, now).await?;
        if going.is_empty() {
            due = if set_aside > 0 { tx.due_entries(now, BATCH).await? } else { Vec::new() };
            next = tx.next_due().await?;
            tx.commit().await?;
            continue;
        }
        tx.commit().await?;
        let mut answered = Vec::new();
        for mail in going {
            let replies = hand_over(&mut daemon.sink, &mail, now).await;
            answered.push((mail, replies));
        }
        let jitter = daemon.store_jitter();
        let mut tx = daemon.store.begin(now).await?;
        sent += record(&mut tx, answered, jitter, now).await?;
        (due, next) = (tx.due_entries(now, BATCH).await?, tx.next_due().await?);
        tx.commit().await?;
    }
    Ok((sent, next.filter(|at| *at > now)))
}

/// What came of each mail, per recipient.
async fn record(
    tx: &mut Tx,
    answered: Vec<(Going, Vec<RecipientReply>)>,
    jitter: u8,
    now: Timestamp,
) -> anyhow::Result<usize> {
    let mut whole = Vec::new();
    let mut lines = Vec::new();
    for (mail, replies) in answered {
        let event = Event::Replied { attempt: mail.entry.attempt, replies: replies.clone(), jitter };
        let transition = match step(&mail.entry, &event, now) {
            Ok(transition) => transition,
            Err(refused) => {
                warn!(sent.id = %mail.number, error = %refused, "a reply had no place and the entry is left as it is");
                continue;
            }
        };
        let attempt = i64::from(mail.entry.attempt);
        let recipients = &transition.entry.recipients;
        if transition.entry.state == EntryState::Settled
            && recipients.iter().all(|r| r.state == RecipientState::Accepted)
        {
            whole.push((mail.number, attempt));
        } else {
            write(tx, &mail.entry, &transition.entry, mail.number, &replies).await?;
            tx.end_attempt(mail.number, attempt, transition.event).await?;
        }
        let states: Vec<&str> = recipients.iter().map(|r| r.state.as_str()).collect();
        let mut refs = vec![Ref::Sent(mail.number)];
        refs.extend(mail.cases.iter().copied().map(Ref::Case));
        lines.push(Line {
            event: "mail.answered",
            rule: Some(mail.stored.rule.clone().into()),
            reason: format!("{}: {}", mail.stored.kind, states.join(", ")),
            refs,
        });
        info!(sent.id = %mail.number, mail.kind = %mail.stored.kind, outcome = transition.event, "mail handed over");
    }
    if !whole.is_empty() && tx.settle_accepted(&whole, "outbox.settled").await?.len() != whole.len() {
        anyhow::bail!("a mail at the dot was changed by another program meanwhile");
    }
    let sent = lines.len();
    lines.into_iter().for_each(|line| tx.journal(line));
    Ok(sent)
}

/// Takes entries to the dot, or sets them aside: expired, or restricted since they were frozen.
async fn claim(
    tx: &mut Tx,
    directory: &Directory,
    due: Vec<OutboxEntry>,
    now: Timestamp,
) -> anyhow::Result<(Vec<Going>, usize)> {
    let restrictions = tx.all_restrictions().await?;
    let numbers: Vec<SentRef> = due.iter().map(|entry| entry.number).collect();
    let mut cases = tx.cases_of_entries(&numbers).await?;
    let mut recipients = tx.recipients_of(&numbers).await?;
    let (mut ready, mut set_aside_count) = (Vec::new(), 0);
    for stored in due {
        let number = stored.number;
        let envelope = stored.envelope.open()?;
        let cases = cases.remove(&number).unwrap_or_default();
        let barred = if restrictions.is_empty() {
            false
        } else {
            let papers: Vec<CaseRef> = tx.documents_of_entry(number).await?.into_iter().map(|(_, case)| case).collect();
            restricted(&restrictions, directory, &stored, &envelope, &cases, &papers)?
        };
        let kept = recipients.remove(&number).unwrap_or_default();
        let entry = entry_of(&stored, &envelope, &kept, barred)?;
        let set_aside = if entry.standing.restricted { Event::Hold } else { Event::Tick };
        if let Ok(transition) = step(&entry, &set_aside, now)
            && transition.entry.state != entry.state
        {
            write(tx, &entry, &transition.entry, number, &[]).await?;
            set_aside_count += 1;
            warn!(sent.id = %number, outcome = transition.event, "a mail was set aside instead of sent");
            tx.journal(Line {
                event: "mail.set_aside",
                rule: Some(stored.rule.clone().into()),
                reason: format!("{}: {}", stored.kind, transition.entry.state.as_str()),
                refs: vec![Ref::Sent(number)],
            });
            continue;
        }
        let begun = match step(&entry, &Event::Begin, now) {
            Ok(transition) => transition.entry,
            Err(Refused::NotDue) => continue,
            Err(refused) => {
                warn!(sent.id = %number, error = %refused, "a due mail does not take the next step");
                continue;
            }
        };
        // A folder has no recipients to ask first: the mail begins and reaches the dot in one.
        let open = begun.recipients.iter().filter(|r| r.state.is_open()).map(|r| r.address.clone()).collect();
        let entry = step(&begun, &Event::AtTheDot { attempt: begun.attempt, recipients: open }, now)?.entry;
        ready.push((stored, envelope, entry, cases));
    }
    let wanted: Vec<(SentRef, i64)> = ready.iter().map(|(stored, ..)| (stored.number, stored.attempt)).collect();
    let taken = if wanted.is_empty() { BTreeSet::new() } else { tx.begin_at_the_dot(&wanted, "dutyclerk").await? };
    ready.retain(|(stored, ..)| taken.contains(&stored.number));
    let mut frozen = tx.frozen_of(&ready.iter().map(|(stored, ..)| stored).collect::<Vec<_>>()).await?;
    let mut going = Vec::new();
    for (stored, envelope, entry, cases) in ready {
        if let Some(bytes) = frozen.remove(&stored.number) {
            going.push(Going { number: stored.number, entry, stored, envelope, bytes, cases });
        }
    }
    Ok((going, set_aside_count))
}

/// A restriction made after the mail was frozen, on a case it speaks of, that bars one of its recipients: whoever holds
/// the role in any row of the directory, the person at any of their addresses.
fn restricted(
    restrictions: &[Restriction],
    directory: &Directory,
    stored: &OutboxEntry,
    envelope: &Envelope,
    cases: &[CaseRef],
    papers: &[CaseRef],
) -> anyhow::Result<bool> {
    for restriction in restrictions {
        if !cases.contains(&restriction.case) || restriction.created_at < stored.created_at {
            continue;
        }
        let value = restriction.detail.open()?.value.into_inner();
        let rows = |to: &Address| directory.entries.iter().filter(move |e| e.answers_to(to)).collect::<Vec<_>>();
        let bars = envelope.to.iter().any(|to| match restriction.subject {
            RestrictionSubject::Role => {
                to.role.as_str() == value || rows(&to.address).iter().any(|e| e.role.as_str() == value)
            }
            RestrictionSubject::Person => match value.parse::<Address>() {
                Ok(person) => to.address == person || rows(&to.address).iter().any(|e| e.answers_to(&person)),
                Err(_) => true,
            },
            // What stands in the paper is not looked at again: a paper frozen before the restriction waits for a person.
            RestrictionSubject::Field => papers.contains(&restriction.case),
        });
        if bars {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn hand_over(sink: &mut Sink, mail: &Going, now: Timestamp) -> Vec<RecipientReply> {
    let to: Vec<_> = mail.entry.recipients.iter().filter(|r| r.at_the_dot).map(|r| r.address.clone()).collect();
    sink.submit(&Submission {
        reference: mail.number,
        at: now,
        kind: mail.stored.kind,
        panel: &mail.stored.panel,
        meeting: mail.stored.meeting.as_ref(),
        from: &mail.envelope.from,
        to: &to,
        children: &mail.cases,
        part: part(mail.stored.part.as_deref()),
        bytes: &mail.bytes.to_vec(),
    })
    .await
}

fn part(text: Option<&str>) -> Option<(u32, u32)> {
    let (n, of) = text?.split_once('/')?;
    Some((n.parse().ok()?, of.parse().ok()?))
}

/// What a crash left between the dot and its answer.
async fn settle(daemon: &mut Daemon, unknown: Vec<OutboxEntry>, now: Timestamp) -> anyhow::Result<()> {
    let mut tx = daemon.store.begin(now).await?;
    for stored in unknown {
        let envelope = stored.envelope.open()?;
        let kept = tx.recipients(stored.number).await?;
        let entry = entry_of(&stored, &envelope, &kept, false)?;
        let proof = match &daemon.sink {
            Sink::Folder(folder) if folder.holds(stored.number) => Proof::Found,
            Sink::Folder(_) => Proof::Absent,
            Sink::Closed => continue,
        };
        if let Ok(transition) = step(&entry, &Event::Settle { attempt: entry.attempt, proof }, now) {
            write(&mut tx, &entry, &transition.entry, stored.number, &[]).await?;
            tx.journal(Line {
                event: "mail.settled",
                rule: None,
                reason: format!("after an interruption: {}", transition.event),
                refs: vec![Ref::Sent(stored.number)],
            });
        }
    }
    tx.commit().await?;
    Ok(())
}

fn entry_of(
    stored: &OutboxEntry,
    envelope: &Envelope,
    kept: &[EntryRecipient],
    restricted: bool,
) -> anyhow::Result<Entry> {
    let state = EntryState::ALL.into_iter().find(|s| s.as_str() == stored.state.as_str()).unwrap_or(EntryState::Held);
    let mut recipients = Vec::new();
    for kept in kept.iter().filter(|r| !r.journal) {
        let Some(to) = envelope.to.get(kept.position) else { continue };
        let state = recipient_state(kept.state);
        let at_the_dot = stored.state == StoredState::AtTheDot && state.is_open();
        recipients.push(Recipient { address: to.address.clone(), state, at_the_dot });
    }
    Ok(Entry {
        state,
        attempt: u32::try_from(stored.attempt)?,
        due_at: stored.due_at,
        expires_at: stored.expires_at.unwrap_or(Timestamp::MAX),
        dot_at: (stored.state == StoredState::AtTheDot).then_some(stored.state_at),
        standing: Standing { superseded: stored.superseded_by.is_some(), withdrawn: false, restricted },
        recipients,
    })
}

async fn write(
    tx: &mut Tx,
    from: &Entry,
    to: &Entry,
    number: SentRef,
    replies: &[RecipientReply],
) -> anyhow::Result<()> {
    let changes = to
        .recipients
        .iter()
        .enumerate()
        .filter(|(i, r)| from.recipients.get(*i).is_none_or(|before| before.state != r.state))
        .map(|(position, r)| {
            let reply = replies.iter().find(|reply| reply.address == r.address).map(|reply| &reply.reply);
            let reply_class = match reply {
                Some(Reply::Transient(text) | Reply::Permanent(text)) => {
                    text.split_whitespace().next().map(str::to_owned)
                }
                _ => None,
            };
            RecipientChange { position, state: stored_recipient(r.state), reply_code: None, reply_class }
        })
        .collect();
    let step = Transition {
        from: stored_state(from.state),
        attempt: i64::from(from.attempt),
        to: stored_state(to.state),
        due_at: (to.due_at != from.due_at).then_some(to.due_at),
        held_by: (to.state == EntryState::Held).then(|| "restricted".to_owned()),
        superseded_by: None,
        recipients: changes,
    };
    if !tx.transition(number, &step).await? {
        anyhow::bail!("{number} was changed by another program meanwhile");
    }
    Ok(())
}

fn stored_state(state: EntryState) -> StoredState {
    match state {
        EntryState::Queued => StoredState::Queued,
        EntryState::Sending => StoredState::Sending,
        EntryState::AtTheDot => StoredState::AtTheDot,
        EntryState::Settled => StoredState::Settled,
        EntryState::Held => StoredState::Held,
        EntryState::Cancelled => StoredState::Cancelled,
        EntryState::Expired => StoredState::Expired,
    }
}

fn stored_recipient(state: RecipientState) -> StoredRecipient {
    match state {
        RecipientState::Pending => StoredRecipient::Pending,
        RecipientState::Accepted => StoredRecipient::Accepted,
        RecipientState::Deferred => StoredRecipient::Deferred,
        RecipientState::Failed => StoredRecipient::Failed,
        RecipientState::Expired => StoredRecipient::Expired,
        RecipientState::Cancelled => StoredRecipient::Cancelled,
    }
}

fn recipient_state(state: StoredRecipient) -> RecipientState {
    match state {
        StoredRecipient::Pending => RecipientState::Pending,
        StoredRecipient::Accepted => RecipientState::Accepted,
        StoredRecipient::Deferred => RecipientState::Deferred,
        StoredRecipient::Failed => RecipientState::Failed,
        StoredRecipient::Expired => RecipientState::Expired,
        StoredRecipient::Cancelled => RecipientState::Cancelled,
    }
}

impl Daemon {
    fn store_jitter(&self) -> u8 {
        let [jitter] = self.chance.bytes::<1>();
        jitter
    }
}
