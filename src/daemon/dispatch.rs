//! Frozen mail is handed over, and what came of it written down per recipient.
//!
//! # Failure policy
//!
//! The states are `outbound::outbox`'s; this file reads an entry, asks `step` what an event makes of it, and writes that by
//! compare-and-swap on the attempt number. At-the-dot is committed before the first byte goes. What a crash leaves there is
//! asked of the sink itself: a folder knows what it holds. A restriction made since the mail was frozen holds it
//! (invariant 5).

use super::Daemon;
use crate::casework::{CaseRef, Ref, RoleId, SentRef};
use crate::outbound::outbox::{
    Entry, EntryState, Event, Proof, Recipient, RecipientReply, RecipientState, Refused, Reply, Standing, step,
};
use crate::outbound::submission::{Sink, Submission};
use crate::store::{
    EntryState as StoredState, Envelope, Line, OutboxEntry, RecipientChange, RecipientState as StoredRecipient,
    Restriction, RestrictionSubject, Transition, Tx,
};
use jiff::Timestamp;
use tracing::{info, warn};

/// Mails handed over between two looks at the store.
const BATCH: i64 = 50;

struct Going {
    number: SentRef,
    entry: Entry,
    stored: OutboxEntry,
    envelope: Envelope,
    bytes: Vec<u8>,
    cases: Vec<CaseRef>,
}

/// Sends everything due; returns how many mails went, and when the next falls due.
pub(super) async fn turn(daemon: &mut Daemon, now: Timestamp) -> anyhow::Result<(usize, Option<Timestamp>)> {
    if matches!(daemon.sink, Sink::Closed) {
        return Ok((0, None));
    }
    let mut view = daemon.store.read().await?;
    let unknown = view.entries_in(StoredState::AtTheDot).await?;
    let (mut due, mut next) = (view.due_entries(now, BATCH).await?, view.next_due().await?);
    drop(view);
    if !unknown.is_empty() {
        settle(daemon, unknown, now).await?;
        let mut view = daemon.store.read().await?;
        (due, next) = (view.due_entries(now, BATCH).await?, view.next_due().await?);
    }
    let mut sent = 0;
    while !due.is_empty() {
        let mut going = Vec::new();
        let mut tx = daemon.store.begin(now).await?;
        let restrictions = tx.all_restrictions().await?;
        for stored in due {
            going.extend(claim(&mut tx, stored, &restrictions, now).await?);
        }
        tx.commit().await?;
        if going.is_empty() {
            break;
        }
        let mut answered = Vec::new();
        for mail in going {
            let replies = hand_over(&mut daemon.sink, &mail, now).await;
            answered.push((mail, replies));
        }
        let jitter = daemon.store_jitter();
        let mut tx = daemon.store.begin(now).await?;
        for (mail, replies) in answered {
            let event = Event::Replied { attempt: mail.entry.attempt, replies: replies.clone(), jitter };
            match step(&mail.entry, &event, now) {
                Ok(transition) => {
                    let states: Vec<&str> = transition.entry.recipients.iter().map(|r| r.state.as_str()).collect();
                    write(&mut tx, &mail.entry, &transition.entry, mail.number, &replies).await?;
                    tx.end_attempt(mail.number, i64::from(mail.entry.attempt), transition.event).await?;
                    let mut refs = vec![Ref::Sent(mail.number)];
                    refs.extend(mail.cases.iter().copied().map(Ref::Case));
                    refs.extend(mail.stored.meeting.clone().map(Ref::Meeting));
                    tx.journal(Line {
                        event: "mail.answered",
                        rule: Some(mail.stored.rule.clone().into()),
                        reason: format!("{}: {}", mail.stored.kind, states.join(", ")),
                        refs,
                    });
                    info!(sent.id = %mail.number, mail.kind = %mail.stored.kind, outcome = transition.event, "mail handed over");
                    sent += 1;
                }
                Err(refused) => {
                    warn!(sent.id = %mail.number, error = %refused, "a reply had no place and the entry is left as it is")
                }
            }
        }
        (due, next) = (tx.due_entries(now, BATCH).await?, tx.next_due().await?);
        tx.commit().await?;
    }
    Ok((sent, next.filter(|at| *at > now)))
}

/// Takes an entry to the dot, or sets it aside: expired, or restricted since it was frozen.
async fn claim(
    tx: &mut Tx,
    stored: OutboxEntry,
    restrictions: &[Restriction],
    now: Timestamp,
) -> anyhow::Result<Option<Going>> {
    let number = stored.number;
    let envelope = stored.envelope.open()?;
    let cases = tx.cases_of_entry(number).await?;
    let papers: Vec<CaseRef> = tx.documents_of_entry(number).await?.into_iter().map(|(_, case)| case).collect();
    let entry = load(tx, &stored, &envelope, restricted(restrictions, &stored, &envelope, &cases, &papers)?).await?;
    let set_aside = if entry.standing.restricted { Some(Event::Hold) } else { Some(Event::Tick) };
    if let Some(event) = set_aside
        && let Ok(transition) = step(&entry, &event, now)
        && transition.entry.state != entry.state
    {
        write(tx, &entry, &transition.entry, number, &[]).await?;
        warn!(sent.id = %number, outcome = transition.event, "a mail was set aside instead of sent");
        tx.journal(Line {
            event: "mail.set_aside",
            rule: Some(stored.rule.clone().into()),
            reason: format!("{}: {}", stored.kind, transition.entry.state.as_str()),
            refs: vec![Ref::Sent(number)],
        });
        return Ok(None);
    }
    let begun = match step(&entry, &Event::Begin, now) {
        Ok(transition) => transition.entry,
        Err(Refused::NotDue) => return Ok(None),
        Err(refused) => {
            warn!(sent.id = %number, error = %refused, "a due mail does not take the next step");
            return Ok(None);
        }
    };
    if tx.begin_attempt(number, i64::from(entry.attempt), "dutyclerk").await?.is_none() {
        return Ok(None);
    }
    let open: Vec<_> = begun.recipients.iter().filter(|r| r.state.is_open()).map(|r| r.address.clone()).collect();
    let at_the_dot = step(&begun, &Event::AtTheDot { attempt: begun.attempt, recipients: open }, now)?.entry;
    write(tx, &begun, &at_the_dot, number, &[]).await?;
    let bytes = tx.frozen(&stored).await?;
    Ok(Some(Going { number, entry: at_the_dot, stored, envelope, bytes, cases }))
}

/// A restriction made after the mail was frozen, on a case it speaks of, that bars one of its recipients.
fn restricted(
    restrictions: &[Restriction],
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
        let bars = envelope.to.iter().any(|to| match restriction.subject {
            RestrictionSubject::Role => to.role == RoleId::new(value.clone()),
            RestrictionSubject::Person => to.address.as_str().eq_ignore_ascii_case(&value),
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
        bytes: &mail.bytes,
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
        let entry = load(&mut tx, &stored, &envelope, false).await?;
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

async fn load(tx: &mut Tx, stored: &OutboxEntry, envelope: &Envelope, restricted: bool) -> anyhow::Result<Entry> {
    let state = EntryState::ALL.into_iter().find(|s| s.as_str() == stored.state.as_str()).unwrap_or(EntryState::Held);
    let mut recipients = Vec::new();
    for kept in tx.recipients(stored.number).await?.into_iter().filter(|r| !r.journal) {
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
