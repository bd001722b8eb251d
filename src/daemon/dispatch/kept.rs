//! Between what the store keeps of a mail and the state machine's own entry; nothing is decided here.

use crate::casework::SentRef;
use crate::outbound::outbox::{Entry, EntryState, Recipient, RecipientReply, RecipientState, Refusal, Reply, Standing};
use crate::store::{
    EntryRecipient, EntryState as StoredState, Envelope, OutboxEntry, RecipientChange,
    RecipientState as StoredRecipient, Transition, Tx,
};
use jiff::Timestamp;

/// Why a mail is held: something was restricted after it was frozen.
pub(super) const RESTRICTED: &str = "restricted";
/// Why a mail is held: nobody knows whether it was taken.
pub(super) const UNKNOWN: &str = "unknown";

/// Why a mail is held: it is larger than mail servers take.
pub(super) const TOO_LARGE: &str = "OP-09";

/// Why a mail is held: it identifies a child whom somebody it is for may not see.
pub(super) const EXPOSES: &str = "SY-40";

/// Why a mail is held: the directory lists somebody it is for no more.
pub(in crate::daemon) const LEFT: &str = "OP-12";

/// Is it open whether the server took this mail?
pub(super) fn is_unknown(stored: &OutboxEntry) -> bool {
    stored.state == StoredState::AtTheDot
        || (stored.state == StoredState::Held && stored.held_by.as_deref() == Some(UNKNOWN))
}

/// The entry as the state machine wants it.
pub(super) fn entry_of(
    stored: &OutboxEntry,
    envelope: &Envelope,
    kept: &[EntryRecipient],
    restricted: bool,
) -> anyhow::Result<Entry> {
    let state = EntryState::ALL.into_iter().find(|s| s.as_str() == stored.state.as_str()).unwrap_or(EntryState::Held);
    let unknown = is_unknown(stored);
    let mut recipients = Vec::new();
    for kept in kept.iter().filter(|r| !r.journal) {
        let Some(to) = envelope.to.get(kept.position) else { continue };
        let state = recipient_state(kept.state);
        // Everyone still open was in the transaction, but for those it went without.
        let at_the_dot = unknown && state.is_open() && kept.missed_attempt != Some(stored.attempt);
        recipients.push(Recipient { address: to.address.clone(), state, at_the_dot, left: false });
    }
    Ok(Entry {
        state,
        attempt: u32::try_from(stored.attempt)?,
        due_at: stored.due_at,
        expires_at: stored.expires_at.unwrap_or(Timestamp::MAX),
        dot_at: (stored.state == StoredState::AtTheDot).then_some(stored.state_at),
        standing: Standing { superseded: stored.superseded_by.is_some(), restricted, ..Standing::default() },
        recipients,
    })
}

/// Why an entry is held, if it is: the most protective reason first.
pub(super) fn held_by(entry: &Entry) -> Option<&'static str> {
    let any = |is: fn(&Recipient) -> bool| entry.recipients.iter().any(is);
    (entry.state == EntryState::Held).then(|| match entry.standing {
        // Whatever else holds it, what may have happened to it is not forgotten.
        _ if any(|recipient| recipient.at_the_dot) => UNKNOWN,
        Standing { restricted: true, .. } => RESTRICTED,
        Standing { exposes: true, .. } => EXPOSES,
        _ if any(|recipient| recipient.left && recipient.state.is_open()) => LEFT,
        Standing { too_large: true, .. } => TOO_LARGE,
        _ => RESTRICTED,
    })
}

/// Writes a step down; false when somebody else was first and nothing was changed.
pub(super) async fn try_write(
    tx: &mut Tx,
    from: &Entry,
    to: &Entry,
    number: SentRef,
    replies: &[RecipientReply],
) -> anyhow::Result<bool> {
    Ok(tx.transition(number, &transition(from, to, replies)).await?)
}

fn transition(from: &Entry, to: &Entry, replies: &[RecipientReply]) -> Transition {
    let mut changes = Vec::new();
    for (position, recipient) in to.recipients.iter().enumerate() {
        let reply = replies.iter().find(|reply| reply.address == recipient.address).map(|reply| &reply.reply);
        let refusal = match reply {
            Some(Reply::Transient(refusal) | Reply::Permanent(refusal)) => refusal.clone(),
            _ => Refusal::ours(""),
        };
        let moved = from.recipients.get(position).is_none_or(|before| before.state != recipient.state);
        if moved || reply.is_some() {
            changes.push(RecipientChange {
                position,
                state: stored_recipient(recipient.state),
                reply_code: refusal.code.map(i64::from),
                reply_class: refusal.status,
            });
        }
    }
    Transition {
        from: stored_state(from.state),
        attempt: i64::from(from.attempt),
        to: stored_state(to.state),
        due_at: (to.due_at != from.due_at).then_some(to.due_at),
        held_by: held_by(to).map(str::to_owned),
        superseded_by: None,
        recipients: changes,
    }
}

/// Writes a step down that nobody else can have taken.
pub(super) async fn write(
    tx: &mut Tx,
    from: &Entry,
    to: &Entry,
    number: SentRef,
    replies: &[RecipientReply],
) -> anyhow::Result<()> {
    if !try_write(tx, from, to, number, replies).await? {
        anyhow::bail!("{number} was changed by another program meanwhile");
    }
    Ok(())
}

/// Writes down that another mail takes the place of this one.
pub(super) async fn write_superseded(
    tx: &mut Tx,
    from: &Entry,
    to: &Entry,
    number: SentRef,
    by: SentRef,
) -> anyhow::Result<()> {
    let step = Transition { superseded_by: Some(by), ..transition(from, to, &[]) };
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
