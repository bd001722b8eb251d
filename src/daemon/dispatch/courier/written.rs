//! What came of a mail, and how the server stands, written down.

use super::{ABANDONED, Courier, Flight, PATIENCE};
use crate::casework::Ref;
use crate::daemon::dispatch::kept::{entry_of, try_write, write};
use crate::daemon::dispatch::{Going, answered, told};
use crate::daemon::{Book, Daemon};
use crate::outbound::outbox::{EntryState, Event, RecipientReply, Reply, Transition, back_off, step};
use crate::outbound::submission::smtp::Fault;
use crate::store::{EntryState as StoredState, Line, Tx};
use jiff::{SignedDuration, Timestamp};
use tracing::{error, info, warn};

impl Courier {
    /// What came of an attempt, per recipient.
    pub(super) async fn record(
        &self,
        daemon: &Daemon,
        flight: &Flight,
        replies: &[RecipientReply],
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let book = daemon.book();
        let mut tx = daemon.store.begin(now).await?;
        self.record_in(daemon, &mut tx, &book, flight, replies).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What came of the mail before, in a transaction of its own.
    pub(super) async fn write_down(&mut self, daemon: &Daemon, now: Timestamp) -> anyhow::Result<()> {
        if let Some((flight, replies)) = &self.done {
            self.record(daemon, flight, replies, now).await?;
            self.done = None;
        }
        Ok(())
    }

    /// The same within one. Whoever commits it forgets it then.
    pub(super) async fn record_done(&self, daemon: &Daemon, tx: &mut Tx, book: &Book<'_>) -> anyhow::Result<()> {
        match &self.done {
            Some((flight, replies)) => self.record_in(daemon, tx, book, flight, replies).await,
            None => Ok(()),
        }
    }

    pub(super) async fn record_in(
        &self,
        daemon: &Daemon,
        tx: &mut Tx,
        book: &Book<'_>,
        flight: &Flight,
        replies: &[RecipientReply],
    ) -> anyhow::Result<()> {
        let mail = &flight.mail;
        let event = Event::Replied { attempt: mail.entry.attempt, replies: replies.to_vec(), jitter: daemon.jitter() };
        let transition = match step(&mail.entry, &event, tx.now()) {
            Ok(transition) => transition,
            Err(refused) => {
                warn!(sent.id = %mail.number, error = %refused, "a reply had no place and the entry is left as it is");
                return Ok(());
            }
        };
        if self.write_step(tx, mail, &transition, replies).await? {
            if !replies.iter().any(|reply| reply.reply == Reply::Accepted) {
                tx.no_journal_copy(mail.number, i64::from(mail.entry.attempt)).await?;
            }
            answered(tx, mail, &transition, replies);
            told::not_reached(tx, book, mail, &transition.entry, replies).await?;
        }
        Ok(())
    }

    /// The connection is gone: before the dot the mail is queued again, after it nobody knows.
    pub(super) async fn lost(
        &self,
        daemon: &Daemon,
        mail: &Going,
        event: &Event,
        fault: Fault,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let transition = match step(&mail.entry, event, now) {
            Ok(transition) => transition,
            Err(refused) => {
                warn!(sent.id = %mail.number, error = %refused, "the mail is left as it is");
                return Ok(());
            }
        };
        let unknown = transition.entry.state == EntryState::AtTheDot;
        let mut tx = daemon.store.begin(now).await?;
        // An unknown one stands where it stands.
        let written = unknown || self.write_step(&mut tx, mail, &transition, &[]).await?;
        if written {
            tx.journal(Line {
                event: if unknown { "mail.unknown" } else { "mail.lost" },
                rule: Some(mail.stored.rule.clone().into()),
                reason: format!("{}: {fault}", mail.stored.kind),
                refs: vec![Ref::Sent(mail.number)],
            });
            let book = daemon.book();
            told::not_reached(&mut tx, &book, mail, &transition.entry, &[]).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// False when another program (the settling turn of one that shares the database) was first.
    pub(super) async fn write_step(
        &self,
        tx: &mut Tx,
        mail: &Going,
        transition: &Transition,
        replies: &[RecipientReply],
    ) -> anyhow::Result<bool> {
        if !try_write(tx, &mail.entry, &transition.entry, mail.number, replies).await? {
            warn!(sent.id = %mail.number, "what came of the mail was written down by another program already");
            return Ok(false);
        }
        tx.end_attempt(mail.number, i64::from(mail.entry.attempt), transition.event).await?;
        Ok(true)
    }

    /// The server does what it is for.
    pub(super) async fn works(&mut self, daemon: &Daemon, now: Timestamp) -> anyhow::Result<()> {
        self.down = None;
        if self.known_good {
            return Ok(());
        }
        let mut tx = daemon.store.begin(now).await?;
        let before = tx.submission_server().await?;
        if let Some(since) = before.and_then(|server| server.failing_at) {
            let minutes = now.duration_since(since).as_mins();
            info!(minutes, "the mail server takes mail again");
            tx.journal(Line {
                event: "submission.works",
                rule: None,
                reason: format!("the mail server takes mail again after {minutes} min"),
                refs: Vec::new(),
            });
        }
        tx.submission_done().await?;
        tx.commit().await?;
        self.known_good = true;
        Ok(())
    }

    /// It does not: the batch ends, and it is tried again after a wait that grows.
    pub(super) async fn fails(&mut self, daemon: &Daemon, fault: Fault, now: Timestamp) -> anyhow::Result<()> {
        self.connected = false;
        self.known_good = false;
        let tries = self.down.map_or(0, |(tries, _)| tries).saturating_add(1);
        let wait = back_off(tries, daemon.jitter());
        self.down = Some((tries, now.checked_add(wait).unwrap_or(Timestamp::MAX)));
        let book = daemon.book();
        let mut tx = daemon.store.begin(now).await?;
        let before = tx.submission_server().await?;
        tx.submission_failed(fault.code()).await?;
        let server = tx.submission_server().await?;
        if before.is_none_or(|before| before.last_error.as_deref() != Some(fault.code())) {
            tx.journal(Line { event: "submission.fails", rule: None, reason: fault.to_string(), refs: Vec::new() });
        }
        if let Some(server) = server {
            let failing = server.failing_at.map_or(SignedDuration::ZERO, |since| now.duration_since(since));
            if server.alerted_at.is_none() && (fault.is_for_a_person() || failing >= PATIENCE) {
                error!(error = %fault, "no mail can be handed over; a person must look");
                told::server_fails(&mut tx, &book, &server, &fault.to_string()).await?;
                tx.submission_alerted().await?;
            }
        }
        tx.commit().await?;
        warn!(error = %fault, again_in_s = wait.as_secs(), "mail server");
        Ok(())
    }

    /// *sending* and nobody's any more: nothing was accepted.
    pub(super) async fn abandoned(&mut self, daemon: &Daemon, now: Timestamp) -> anyhow::Result<()> {
        let sending = daemon.store.read().await?.entries_in(StoredState::Sending).await?;
        for stored in sending {
            if self.has(stored.number) || now.duration_since(stored.state_at) < ABANDONED {
                continue;
            }
            let mut tx = daemon.store.begin(now).await?;
            let envelope = stored.envelope.open()?;
            let kept = tx.recipients(stored.number).await?;
            let entry = entry_of(&stored, &envelope, &kept, false)?;
            let event = Event::Lost { attempt: entry.attempt, jitter: daemon.jitter() };
            if let Ok(transition) = step(&entry, &event, now) {
                write(&mut tx, &entry, &transition.entry, stored.number, &[]).await?;
                tx.end_attempt(stored.number, stored.attempt, transition.event).await?;
                warn!(sent.id = %stored.number, "a mail was left before anything was accepted; it is queued again");
                tx.journal(Line {
                    event: "mail.lost",
                    rule: Some(stored.rule.clone().into()),
                    reason: format!("{}: interrupted before anything was accepted", stored.kind),
                    refs: vec![Ref::Sent(stored.number)],
                });
            }
            tx.commit().await?;
        }
        Ok(())
    }
}
