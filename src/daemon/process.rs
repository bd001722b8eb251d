//! Messages are decided, in order of arrival, several in one transaction and none in parts (invariants 2 and 3). Calls and
//! commits; computes nothing. While some are decided, the papers of the next are read.
//!
//! # Failure policy
//!
//! A document that kills its reader twice is held and told to a person; the message's other papers go on. That the
//! processing of a message has begun is committed before it begins: should the program die, the messages it was at are
//! taken one by one by the next, so that whichever is at fault is found. One whose processing was begun twice and never
//! ended, or that makes an unpacker panic, is quarantined: held whole and unopened, a person told. When the store fails, nothing of the messages at hand was written, and
//! they are decided by the next turn.

use super::carry_out::{Carrying, carry_out};
use super::gather::{Opened, gather, open, unopened};
use super::{Book, Daemon, Panel, Pulse, Stage};
use crate::casework::rules::{Override, decide};
use crate::casework::{FormId, MailboxId, MessageRef};
use crate::store::{Message, Tx, View};
use futures_util::FutureExt;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use tokio::task::JoinSet;
use tracing::{error, info};

/// Messages looked up at a time.
const BATCH: i64 = 128;
/// Messages decided in one transaction, at most.
const TOGETHER: usize = 16;
/// And their bytes, about: they and what is read from them are in memory.
const TOGETHER_BYTES: i64 = 8 * 1024 * 1024;
/// Groups whose processing has begun: one is decided while the papers of the next are read.
const BEGUN: usize = 2;
/// Processing is begun at most this often.
const ATTEMPTS: i64 = 2;

/// Decides every pending message; returns how many, and a view of what has come of it.
pub(super) async fn turn(daemon: &mut Daemon, now: Timestamp) -> anyhow::Result<(usize, View)> {
    let mut decided = 0;
    loop {
        let mut view = daemon.store.read().await?;
        daemon.read_directory(&mut view).await?;
        let pending = view.pending_messages(BATCH).await?;
        if pending.is_empty() {
            return Ok((decided, view));
        }
        drop(view);
        let looked_up = pending.len();
        let mut left = grouped(pending);
        let mut begun = VecDeque::new();
        while !left.is_empty() || !begun.is_empty() {
            if daemon.stop.asked() {
                give_back(daemon, begun, now).await?;
                return Ok((decided, daemon.store.read().await?));
            }
            decided += step(daemon, &mut left, &mut begun, now).await?;
            daemon.pulse.beat(Stage::Process);
        }
        if i64::try_from(looked_up)? < BATCH {
            return Ok((decided, daemon.store.read().await?));
        }
    }
}

/// Messages that are decided together.
struct Group {
    messages: Vec<Message>,
    /// The program died on it once, or was stopped hard: decided by itself, with nothing else begun.
    suspect: bool,
}

/// In order of arrival; a suspect is a group of its own.
fn grouped(pending: Vec<Message>) -> VecDeque<Group> {
    let mut groups: VecDeque<Group> = VecDeque::new();
    let mut bytes = 0;
    for message in pending {
        let suspect = message.attempts > 0;
        bytes += message.size;
        match groups.back_mut() {
            Some(last) if !suspect && !last.suspect && last.messages.len() < TOGETHER && bytes <= TOGETHER_BYTES => {
                last.messages.push(message);
            }
            _ => {
                bytes = message.size;
                groups.push_back(Group { messages: vec![message], suspect });
            }
        }
    }
    groups
}

/// A message whose processing has begun, with what it holds once that is read.
struct Begun {
    message: Message,
    opened: Option<Opened>,
}

/// A group whose processing has begun.
struct Reading {
    begun: Vec<Begun>,
    suspect: bool,
    /// Each message's place and what it holds. Dropped, reading ends.
    reading: JoinSet<(usize, Opened)>,
}

/// Decides the first group that was begun, if any, and begins what comes next.
async fn step(
    daemon: &Daemon,
    left: &mut VecDeque<Group>,
    begun: &mut VecDeque<Reading>,
    now: Timestamp,
) -> anyhow::Result<usize> {
    let first = match begun.pop_front() {
        Some(first) => first.finished(&daemon.pulse).await?,
        None => Vec::new(),
    };
    let mut tx = daemon.store.begin(now).await?;
    let book = daemon.book();
    let mut decided = Vec::new();
    for Begun { message, opened } in &first {
        let Some(opened) = opened else { continue };
        decided.push((message.number, one(daemon, &book, &mut tx, message, opened, now).await?));
    }
    let next = begin(&mut tx, left, begun).await?;
    tx.commit().await?;
    for (number, (fate, rule)) in &decided {
        info!(message.id = %number, fate, rule.id = rule, "message decided");
    }
    begun.extend(next.into_iter().map(|(group, raw)| group.read(daemon, raw)));
    Ok(decided.len())
}

/// Counts that the processing of what comes next begins; reading waits for the commit.
async fn begin(
    tx: &mut Tx,
    left: &mut VecDeque<Group>,
    begun: &VecDeque<Reading>,
) -> anyhow::Result<Vec<(Reading, Vec<Vec<u8>>)>> {
    let mut next: Vec<(Reading, Vec<Vec<u8>>)> = Vec::new();
    while begun.len() + next.len() < BEGUN {
        let alone = begun.iter().chain(next.iter().map(|(group, _)| group)).any(|group| group.suspect);
        let must_wait = |group: &Group| alone || (group.suspect && begun.len() + next.len() > 0);
        if left.front().is_none_or(must_wait) {
            break;
        }
        let Some(Group { messages, suspect }) = left.pop_front() else { break };
        let mut raw = Vec::with_capacity(messages.len());
        for message in &messages {
            raw.push(tx.raw(message.number).await?);
        }
        let numbers: Vec<MessageRef> = messages.iter().map(|message| message.number).collect();
        tx.count_attempts(&numbers).await?;
        let begun = messages.into_iter().map(|message| Begun { message, opened: None }).collect();
        next.push((Reading { begun, suspect, reading: JoinSet::new() }, raw));
    }
    Ok(next)
}

impl Reading {
    /// Begins to read what was begun.
    fn read(mut self, daemon: &Daemon, raw: Vec<Vec<u8>>) -> Self {
        for (i, (begun, raw)) in self.begun.iter().zip(raw).enumerate() {
            let (reader, limits) = (daemon.reader.clone(), daemon.limits.clone());
            let message = begun.message.clone();
            self.reading.spawn(async move {
                // This time is one more than were counted when it was looked up.
                let tried = message.attempts >= ATTEMPTS;
                let reading = AssertUnwindSafe(open(&reader, &limits, &message, &raw));
                let opened = if tried { None } else { reading.catch_unwind().await.ok() };
                let opened = opened.unwrap_or_else(|| {
                    error!(message.id = %message.number, "this message cannot be opened; it is quarantined");
                    unopened(&limits, &raw)
                });
                (i, opened)
            });
        }
        self
    }

    /// Waits until all of it is read.
    async fn finished(mut self, pulse: &Pulse) -> anyhow::Result<Vec<Begun>> {
        while let Some(done) = self.reading.join_next().await {
            pulse.beat(Stage::Process);
            let (i, opened) = done?;
            if let Some(begun) = self.begun.get_mut(i) {
                begun.opened = Some(opened);
            }
        }
        Ok(self.begun)
    }
}

/// The program is to stop: what was begun and not decided is as if it had never been begun.
async fn give_back(daemon: &Daemon, begun: VecDeque<Reading>, now: Timestamp) -> anyhow::Result<()> {
    let numbers: Vec<MessageRef> = begun.iter().flat_map(|g| &g.begun).map(|b| b.message.number).collect();
    if numbers.is_empty() {
        return Ok(());
    }
    let mut tx = daemon.store.begin(now).await?;
    tx.forget_attempts(&numbers).await?;
    tx.commit().await?;
    Ok(())
}

/// Decides one message and writes it down; returns its fate and rule.
async fn one(
    daemon: &Daemon,
    book: &Book<'_>,
    tx: &mut Tx,
    message: &Message,
    opened: &Opened,
    now: Timestamp,
) -> anyhow::Result<(&'static str, &'static str)> {
    let forms: Vec<&FormId> =
        opened.reports.iter().flatten().flat_map(|r| &r.readings).filter_map(|r| r.form.as_ref()).collect();
    let Some(panel) = panel_of(daemon, &message.mailbox, &forms) else {
        anyhow::bail!("mailbox {} belongs to no enabled panel", message.mailbox);
    };
    tx.hold_mail(message.reappeared.then_some(super::rebuilt::RULE));
    let gathered = gather(daemon, book, panel, tx, message, opened, Override::default(), now).await?;
    let decision = decide(&gathered.submission, &panel.profile, &gathered.meetings);
    let tables = daemon.reader.tables();
    let carrying =
        Carrying { book, panel, tables, message, opened, gathered: &gathered, decision: &decision, again: false };
    carry_out(tx, &carrying).await?;
    tx.hold_mail(None);
    Ok((decision.fate.as_str(), decision.rule))
}

/// The panel a mailbox belongs to; where several share it, the one that accepts a form in the message, else the first.
pub(super) fn panel_of<'a>(daemon: &'a Daemon, mailbox: &MailboxId, forms: &[&FormId]) -> Option<&'a Panel> {
    let mine = || daemon.panels.values().filter(|p| p.profile.mailboxes.contains(mailbox));
    mine().find(|p| forms.iter().any(|f| p.profile.accepts.contains(f))).or_else(|| mine().next())
}
