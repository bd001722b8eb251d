//! The life of one outgoing mail, as a pure function: [`step`] says what an event makes of an entry.
//!
//! ```text
//! queued ──begin──▶ sending ──at the dot──▶ at-the-dot ──replies──▶ settled
//!    ▲                 │                        │  │
//!    │◀──not begun,  ──┘                        │  └─ no reply: unknown, until Settle
//!    │   lost, replies                          │
//!    │◀──replies with recipients to try again───┘
//! held, cancelled, expired: by a person, by what happened to the case, by time
//! ```
//!
//! Failure policy. Before the final dot nothing was accepted and the mail may be tried again. After it, without the
//! server's reply, nobody knows: the entry stays `at-the-dot` and the recipients of that transaction stay unknown until
//! [`Event::Settle`] proves them accepted or, after [`SETTLING_WAIT`], lets the identical bytes go again; by the attempt's
//! own number, so that two hosts cannot both do it. One that is superseded, withdrawn, restricted or past its meeting by
//! then, or of which nothing can be said after [`GIVING_UP`], is held for a person; it stays unknown meanwhile. A reply from the server is no unknown: who it accepted is accepted for good, who it put off is tried again.
//! `accepted` is never called delivered.

mod entry;

pub use entry::{
    Entry, EntryState, Event, Proof, Recipient, RecipientReply, RecipientState, Refusal, Refused, Reply, Standing,
    Transition,
};

use crate::casework::{Address, MailKind};
use jiff::{SignedDuration, Timestamp};

/// An unknown entry may be sent again no earlier than this after its dot (LESSONS B).
pub const SETTLING_WAIT: SignedDuration = SignedDuration::from_mins(30);

/// Without proof of anything after this, a person is asked: the way to the journal mailbox itself does not work.
pub const GIVING_UP: SignedDuration = SignedDuration::from_hours(1);

/// How long a mail is tried, unless its meeting begins sooner.
const PATIENCE: SignedDuration = SignedDuration::from_hours(48);

/// Minutes to the next attempt, by how many there were; the last holds from then on.
const BACK_OFF_MINUTES: [i64; 7] = [1, 5, 10, 20, 40, 80, 160];

/// When a mail is no longer worth sending: two days after it was queued, or at the start of the meeting it prepares.
/// An answer, a notice or an alert is still worth reading afterwards.
pub fn expires_at(kind: MailKind, queued_at: Timestamp, meeting_starts_at: Option<Timestamp>) -> Timestamp {
    let patience = queued_at.checked_add(PATIENCE).unwrap_or(Timestamp::MAX);
    let prepares = matches!(
        kind,
        MailKind::Agenda
            | MailKind::Supplement
            | MailKind::List
            | MailKind::Extract
            | MailKind::HealthCopy
            | MailKind::Invitation
            | MailKind::InvitationUpdate
            | MailKind::InvitationCancel
    );
    match meeting_starts_at {
        Some(meeting) if prepares => patience.min(meeting),
        _ => patience,
    }
}

/// How long to wait after this many attempts. `jitter` is drawn by the caller, 0 to 255, and spreads the wait over
/// 80 to 120 per cent, so that a server that was away is not met by everything at once.
pub fn back_off(attempts: u32, jitter: u8) -> SignedDuration {
    let nth = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let last = BACK_OFF_MINUTES.len() - 1;
    let minutes = BACK_OFF_MINUTES.get(nth.min(last)).copied().unwrap_or(160);
    SignedDuration::from_millis(minutes * 60_000 * (800 + i64::from(jitter) * 400 / 255) / 1_000)
}

/// What `event` makes of `entry` at `now`.
///
/// # Errors
/// [`Refused`] when the event has no place there; the entry is then unchanged.
pub fn step(entry: &Entry, event: &Event, now: Timestamp) -> Result<Transition, Refused> {
    let next = entry.clone();
    match event {
        Event::Begin => begin(next, now),
        Event::AtTheDot { attempt, recipients } => reach_the_dot(next, *attempt, recipients, now),
        Event::Replied { attempt, replies, jitter } => take_replies(next, *attempt, replies, *jitter, now),
        Event::NotBegun { attempt } => give_back(next, *attempt),
        Event::Lost { attempt, jitter } => lose(next, *attempt, *jitter, now),
        Event::Settle { attempt, proof } => settle(next, *attempt, *proof, now),
        Event::Hold => hold(next),
        Event::Release => release(next, now),
        Event::Cancel => cancel(next),
        Event::Tick => tick(next, now),
    }
}

fn begin(mut entry: Entry, now: Timestamp) -> Result<Transition, Refused> {
    if entry.state != EntryState::Queued {
        return Err(Refused::NotNow(entry.state));
    }
    if let Some(stopped) = stop(&entry, now) {
        return Ok(stopped);
    }
    if now < entry.due_at {
        return Err(Refused::NotDue);
    }
    entry.state = EntryState::Sending;
    entry.attempt = entry.attempt.saturating_add(1);
    done(entry, "outbox.sending")
}

/// Nobody was asked: it is as it was before, and judged anew when it is claimed. Whoever claimed it gives its attempt's number
/// back with it, so nobody else can hold that.
fn give_back(mut entry: Entry, attempt: u32) -> Result<Transition, Refused> {
    if entry.state != EntryState::Sending {
        return Err(Refused::NotNow(entry.state));
    }
    same_attempt(&entry, attempt)?;
    entry.state = EntryState::Queued;
    entry.attempt = attempt.saturating_sub(1);
    done(entry, "outbox.given_back")
}

fn reach_the_dot(
    mut entry: Entry,
    attempt: u32,
    recipients: &[Address],
    now: Timestamp,
) -> Result<Transition, Refused> {
    if entry.state != EntryState::Sending {
        return Err(Refused::NotNow(entry.state));
    }
    same_attempt(&entry, attempt)?;
    if recipients.is_empty() {
        return Err(Refused::NobodyAtTheDot);
    }
    for address in recipients {
        open(&mut entry, address)?.at_the_dot = true;
    }
    entry.state = EntryState::AtTheDot;
    entry.dot_at = Some(now);
    done(entry, "outbox.at_the_dot")
}

fn take_replies(
    mut entry: Entry,
    attempt: u32,
    replies: &[RecipientReply],
    jitter: u8,
    now: Timestamp,
) -> Result<Transition, Refused> {
    if !matches!(entry.state, EntryState::Sending | EntryState::AtTheDot) {
        return Err(Refused::NotNow(entry.state));
    }
    same_attempt(&entry, attempt)?;
    for RecipientReply { address, reply } in replies {
        let recipient = open(&mut entry, address)?;
        recipient.state = match reply {
            Reply::Accepted if recipient.at_the_dot => RecipientState::Accepted,
            Reply::Accepted => return Err(Refused::AcceptedBeforeTheDot),
            Reply::Transient(_) => RecipientState::Deferred,
            Reply::Permanent(_) => RecipientState::Failed,
        };
        recipient.at_the_dot = false;
    }
    go_on(entry, jitter, now)
}

fn lose(entry: Entry, attempt: u32, jitter: u8, now: Timestamp) -> Result<Transition, Refused> {
    same_attempt(&entry, attempt)?;
    match entry.state {
        EntryState::Sending => go_on(entry, jitter, now),
        // The reply may have been lost with the connection.
        EntryState::AtTheDot => done(entry, "outbox.unknown"),
        state => Err(Refused::NotNow(state)),
    }
}

/// After an attempt: unknown while anyone at the dot is unanswered, settled when nobody is open, else tried again.
fn go_on(mut entry: Entry, jitter: u8, now: Timestamp) -> Result<Transition, Refused> {
    if is_unknown(&entry) {
        entry.state = EntryState::AtTheDot;
        return done(entry, "outbox.unknown");
    }
    entry.dot_at = None;
    if !entry.recipients.iter().any(|recipient| recipient.state.is_open()) {
        entry.state = EntryState::Settled;
        return done(entry, "outbox.settled");
    }
    entry.state = EntryState::Queued;
    if let Some(stopped) = stop(&entry, now) {
        return Ok(stopped);
    }
    entry.due_at = now.checked_add(back_off(entry.attempt, jitter)).unwrap_or(Timestamp::MAX);
    done(entry, "outbox.queued")
}

fn settle(mut entry: Entry, attempt: u32, proof: Proof, now: Timestamp) -> Result<Transition, Refused> {
    if !matches!(entry.state, EntryState::AtTheDot | EntryState::Held) || !is_unknown(&entry) {
        return Err(Refused::NotNow(entry.state));
    }
    same_attempt(&entry, attempt)?;
    let dot_at = entry.dot_at;
    let waited = |wait| dot_at.is_none_or(|dot| now.duration_since(dot) >= wait);
    match proof {
        Proof::Found => {
            for recipient in entry.recipients.iter_mut().filter(|recipient| recipient.at_the_dot) {
                recipient.state = RecipientState::Accepted;
                recipient.at_the_dot = false;
            }
            let was_held = entry.state == EntryState::Held;
            let settled = go_on(entry, 0, now)?;
            // What a person held stays held for those who are still open.
            if was_held && settled.entry.state == EntryState::Queued { hold(settled.entry) } else { Ok(settled) }
        }
        Proof::Absent => match stop(&entry, now) {
            Some(stopped) => Ok(stopped),
            None => requeue(entry, now),
        },
        // It may have been taken all the same: what should not go again is a person's to look after, not forgotten.
        Proof::AbsentAfterCanary | Proof::NoJournal if waited(SETTLING_WAIT) => match stop(&entry, now) {
            Some(_) => hold(entry),
            None => requeue(entry, now),
        },
        Proof::NotYet if waited(GIVING_UP) => hold(entry),
        _ => Err(Refused::NotSettled),
    }
}

/// The identical bytes go again to everyone who is open.
fn requeue(mut entry: Entry, now: Timestamp) -> Result<Transition, Refused> {
    if entry.state == EntryState::Held {
        return Err(Refused::NotNow(entry.state));
    }
    entry.recipients.iter_mut().for_each(|recipient| recipient.at_the_dot = false);
    entry.state = EntryState::Queued;
    entry.dot_at = None;
    entry.due_at = now;
    done(entry, "outbox.requeued")
}

/// A mail that waits, or one whose fate is unknown: what may have happened to it is not forgotten meanwhile.
fn hold(mut entry: Entry) -> Result<Transition, Refused> {
    if !matches!(entry.state, EntryState::Queued | EntryState::AtTheDot) {
        return Err(Refused::NotNow(entry.state));
    }
    entry.state = EntryState::Held;
    done(entry, "outbox.held")
}

fn release(mut entry: Entry, now: Timestamp) -> Result<Transition, Refused> {
    if entry.state != EntryState::Held {
        return Err(Refused::NotNow(entry.state));
    }
    if is_unknown(&entry) {
        if entry.standing.restricted {
            return Err(Refused::Unknown);
        }
        // Back to where it was: a person's release is no proof of what the server did.
        entry.state = EntryState::AtTheDot;
        return done(entry, "outbox.unknown");
    }
    // It goes to those who are still there, and to nobody else.
    for recipient in entry.recipients.iter_mut().filter(|recipient| has_left(recipient)) {
        recipient.state = RecipientState::Cancelled;
    }
    if !entry.recipients.iter().any(|recipient| recipient.state.is_open()) {
        return Err(Refused::NobodyLeft);
    }
    if let Some(stopped) = stop(&entry, now) {
        return Ok(stopped);
    }
    entry.state = EntryState::Queued;
    entry.due_at = now;
    done(entry, "outbox.released")
}

fn cancel(entry: Entry) -> Result<Transition, Refused> {
    match entry.state {
        // Once the body may be with a server it cannot be called back.
        EntryState::Queued | EntryState::Held => close(entry, EntryState::Cancelled, RecipientState::Cancelled),
        state => Err(Refused::NotNow(state)),
    }
}

fn tick(entry: Entry, now: Timestamp) -> Result<Transition, Refused> {
    match entry.state {
        EntryState::Queued | EntryState::Held if now >= entry.expires_at && !is_unknown(&entry) => {
            close(entry, EntryState::Expired, RecipientState::Expired)
        }
        EntryState::Queued | EntryState::Held => Err(Refused::NotDue),
        state => Err(Refused::NotNow(state)),
    }
}

/// What has happened since that forbids sending: the most protective first (invariant 5).
fn stop(entry: &Entry, now: Timestamp) -> Option<Transition> {
    let stopped = entry.clone();
    if entry.is_barred() {
        let held = Entry { state: EntryState::Held, ..stopped };
        return Some(Transition { entry: held, event: "outbox.held" });
    }
    if entry.standing.superseded || entry.standing.withdrawn {
        return close(stopped, EntryState::Cancelled, RecipientState::Cancelled).ok();
    }
    if now >= entry.expires_at {
        return close(stopped, EntryState::Expired, RecipientState::Expired).ok();
    }
    None
}

/// Ends an entry. `at_the_dot` stays with those who may have the mail all the same, for whoever asks later.
fn close(mut entry: Entry, state: EntryState, open: RecipientState) -> Result<Transition, Refused> {
    for recipient in entry.recipients.iter_mut().filter(|recipient| recipient.state.is_open()) {
        recipient.state = open;
    }
    entry.state = state;
    done(entry, if state == EntryState::Expired { "outbox.expired" } else { "outbox.cancelled" })
}

fn done(entry: Entry, event: &'static str) -> Result<Transition, Refused> {
    Ok(Transition { entry, event })
}

fn is_unknown(entry: &Entry) -> bool {
    entry.recipients.iter().any(|recipient| recipient.at_the_dot)
}

/// Somebody whom it must not reach any more (OP-12).
fn has_left(recipient: &Recipient) -> bool {
    recipient.left && recipient.state.is_open()
}

fn same_attempt(entry: &Entry, given: u32) -> Result<(), Refused> {
    if entry.attempt == given { Ok(()) } else { Err(Refused::StaleAttempt { given, current: entry.attempt }) }
}

fn open<'e>(entry: &'e mut Entry, address: &Address) -> Result<&'e mut Recipient, Refused> {
    let open = |recipient: &&mut Recipient| recipient.address == *address && recipient.state.is_open();
    entry.recipients.iter_mut().find(open).ok_or(Refused::NotOpen)
}

#[cfg(test)]
mod tests;
