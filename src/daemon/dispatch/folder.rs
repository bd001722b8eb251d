//! Dispatch into a folder of .eml files: many mails at a time, begun and taken to the dot in one go, for a folder has no
//! recipients to ask first and knows afterwards what it holds.

use super::kept::{entry_of, write};
use super::{Going, Inside, Judged, Judging, Look, answered, told};
use crate::casework::{FrozenBytes, SentRef};
use crate::daemon::{Book, Daemon, Stage};
use crate::outbound::outbox::{EntryState, Event, Proof, RecipientReply, RecipientState, step};
use crate::outbound::submission::{FolderSink, Submission};
use crate::store::{EntryState as StoredState, Line, OutboxEntry, Tx, View};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use tracing::warn;

/// Mails handed over between two looks at the store.
const BATCH: i64 = 200;
/// Bytes of mail held in memory at a time, about.
const BATCH_BYTES: i64 = 32 * 1024 * 1024;

/// Sends everything due; returns how many mails went, and when the next falls due.
pub(super) async fn turn(
    daemon: &Daemon,
    mut view: View,
    folder: &mut FolderSink,
    look: &mut Look,
    (room, mut next): (usize, Option<Timestamp>),
    now: Timestamp,
) -> anyhow::Result<(usize, Option<Timestamp>)> {
    let is_due = |next: Option<Timestamp>| next.is_some_and(|at| at <= now);
    let unknown = view.entries_in(StoredState::AtTheDot).await?;
    if !unknown.is_empty() {
        drop(view);
        settle(daemon, folder, unknown, now).await?;
        view = daemon.store.read().await?;
        next = view.next_due().await?;
    }
    let mut due = if is_due(next) { view.due_entries(now, BATCH).await? } else { Vec::new() };
    drop(view);
    let book = daemon.book();
    let mut sent = 0;
    while !due.is_empty() && !daemon.stop.asked() {
        daemon.pulse.beat(Stage::Dispatch);
        due.truncate(room.saturating_sub(sent));
        if due.is_empty() {
            return Ok((sent, Some(now.checked_add(SignedDuration::from_secs(1))?)));
        }
        let mut bytes = 0;
        due.retain(|entry| {
            let fits = bytes < BATCH_BYTES;
            bytes += entry.size;
            fits
        });
        let mut tx = daemon.store.begin(now).await?;
        let (going, set_aside) = claim(&mut tx, daemon, &book, look, due).await?;
        if going.is_empty() {
            due = if set_aside > 0 { tx.due_entries(now, BATCH).await? } else { Vec::new() };
            next = tx.next_due().await?;
            tx.commit().await?;
            continue;
        }
        tx.commit().await?;
        let handed: Vec<_> = going
            .into_iter()
            .map(|mail| {
                let replies = hand_over(folder, &mail, now);
                (mail, replies)
            })
            .collect();
        let jitter = daemon.jitter();
        let mut tx = daemon.store.begin(now).await?;
        sent += record(&mut tx, &book, handed, jitter, now).await?;
        next = tx.next_due().await?;
        due = if is_due(next) { tx.due_entries(now, BATCH).await? } else { Vec::new() };
        tx.commit().await?;
    }
    Ok((sent, next.filter(|at| *at > now)))
}

/// What came of each mail, per recipient.
async fn record(
    tx: &mut Tx,
    book: &Book<'_>,
    handed: Vec<(Going, Vec<RecipientReply>)>,
    jitter: u8,
    now: Timestamp,
) -> anyhow::Result<usize> {
    let mut whole = Vec::new();
    let mut sent = 0;
    for (mail, replies) in handed {
        let event = Event::Replied { attempt: mail.entry.attempt, replies: replies.clone(), jitter };
        let transition = match step(&mail.entry, &event, now) {
            Ok(transition) => transition,
            Err(refused) => {
                warn!(sent.id = %mail.number, error = %refused, "a reply had no place and the entry is left as it is");
                continue;
            }
        };
        let attempt = i64::from(mail.entry.attempt);
        if transition.entry.state == EntryState::Settled
            && transition.entry.recipients.iter().all(|r| r.state == RecipientState::Accepted)
        {
            whole.push((mail.number, attempt));
        } else {
            write(tx, &mail.entry, &transition.entry, mail.number, &replies).await?;
            tx.end_attempt(mail.number, attempt, transition.event).await?;
            told::not_reached(tx, book, &mail, &transition.entry, &replies).await?;
        }
        answered(tx, &mail, &transition, &replies);
        sent += 1;
    }
    if !whole.is_empty() && tx.settle_accepted(&whole, "outbox.settled").await?.len() != whole.len() {
        anyhow::bail!("a mail at the dot was changed by another program meanwhile");
    }
    Ok(sent)
}

/// Takes entries to the dot, or sets them aside.
async fn claim(
    tx: &mut Tx,
    daemon: &Daemon,
    book: &Book<'_>,
    look: &mut Look,
    due: Vec<OutboxEntry>,
) -> anyhow::Result<(Vec<Going>, usize)> {
    let judging = Judging::of(tx, book).await?;
    let numbers: Vec<SentRef> = due.iter().map(|entry| entry.number).collect();
    let mut recipients = tx.recipients_of(&numbers).await?;
    let mut inside = Inside::of(&daemon.reader, tx, &due.iter().collect::<Vec<_>>()).await?;
    let looked: Vec<_> = due.iter().filter_map(|stored| Some((stored, &inside.get(&stored.number)?.0))).collect();
    let exposed = judging.look_over(look, daemon, tx, &looked).await?;
    let mut frozen = BTreeMap::new();
    let (mut ready, mut set_aside) = (Vec::new(), 0);
    for stored in due {
        let number = stored.number;
        let (inside, bytes) = inside.remove(&number).unzip();
        let cases = inside.map(|inside| inside.cases).unwrap_or_default();
        frozen.extend(bytes.map(|bytes| (number, bytes)));
        let kept = recipients.remove(&number).unwrap_or_default();
        match judging.judge(tx, stored, cases, kept, exposed.get(&number)).await? {
            Judged::SetAside => set_aside += 1,
            Judged::NotNow => {}
            Judged::Begun(mut mail) => {
                let begun = &mail.entry;
                let open = begun.recipients.iter().filter(|r| r.state.is_open()).map(|r| r.address.clone()).collect();
                let at_the_dot = Event::AtTheDot { attempt: begun.attempt, recipients: open };
                mail.entry = step(begun, &at_the_dot, tx.now())?.entry;
                ready.push(*mail);
            }
        }
    }
    let wanted: Vec<(SentRef, i64)> = ready.iter().map(|mail| (mail.number, mail.stored.attempt)).collect();
    let taken = if wanted.is_empty() { BTreeSet::new() } else { tx.begin_at_the_dot(&wanted, super::HOLDER).await? };
    ready.retain(|mail| taken.contains(&mail.number));
    ready.retain_mut(|mail| {
        mail.bytes = frozen.remove(&mail.number);
        mail.bytes.is_some()
    });
    Ok((ready, set_aside))
}

fn hand_over(folder: &mut FolderSink, mail: &Going, now: Timestamp) -> Vec<RecipientReply> {
    let to: Vec<_> = mail.entry.recipients.iter().filter(|r| r.at_the_dot).map(|r| r.address.clone()).collect();
    let submission = Submission {
        reference: mail.number,
        at: now,
        kind: mail.stored.kind,
        panel: &mail.stored.panel,
        meeting: mail.stored.meeting.as_ref(),
        from: &mail.envelope.from,
        to: &to,
        children: &mail.cases,
        part: part(mail.stored.part.as_deref()),
    };
    folder.submit(&submission, mail.bytes.as_ref().map(FrozenBytes::to_vec).unwrap_or_default())
}

fn part(text: Option<&str>) -> Option<(u32, u32)> {
    let (n, of) = text?.split_once('/')?;
    Some((n.parse().ok()?, of.parse().ok()?))
}

/// What a crash left between the dot and its answer is asked of the folder itself: it knows what it holds.
async fn settle(daemon: &Daemon, folder: &FolderSink, unknown: Vec<OutboxEntry>, now: Timestamp) -> anyhow::Result<()> {
    let mut tx = daemon.store.begin(now).await?;
    for stored in unknown {
        let envelope = stored.envelope.open()?;
        let kept = tx.recipients(stored.number).await?;
        let entry = entry_of(&stored, &envelope, &kept, false)?;
        let proof = if folder.holds(stored.number) { Proof::Found } else { Proof::Absent };
        if let Ok(transition) = step(&entry, &Event::Settle { attempt: entry.attempt, proof }, now) {
            write(&mut tx, &entry, &transition.entry, stored.number, &[]).await?;
            tx.journal(Line {
                event: "mail.settled",
                rule: None,
                reason: format!("after an interruption: {}", transition.event),
                refs: vec![crate::casework::Ref::Sent(stored.number)],
            });
        }
    }
    tx.commit().await?;
    Ok(())
}
