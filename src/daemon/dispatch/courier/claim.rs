//! The next mail: read and opened by a task of its own while the one before goes, looked over and claimed while the server has
//! that one's body; given back when its turn does not come.

use super::{Courier, Flight};
use crate::casework::{Address, FrozenBytes, SentRef};
use crate::daemon::Daemon;
use crate::daemon::dispatch::{HOLDER, Inside, Judged, Judging, Look, stopped_since};
use crate::outbound::outbox::{EntryState, Event, step};
use crate::outbound::submission::smtp::Mail;
use crate::store::{OutboxEntry, Tx};
use anyhow::Context as _;
use jiff::Timestamp;
use tokio::task::JoinHandle;
use tracing::{debug, warn};

/// A mail being read from the store and opened for the last look. Nothing is decided by it yet.
#[derive(Debug)]
pub(super) struct Ahead {
    number: SentRef,
    opened: JoinHandle<anyhow::Result<(Inside, FrozenBytes)>>,
}

impl Ahead {
    pub(super) fn of(daemon: &Daemon, stored: &OutboxEntry) -> Self {
        let (store, reader, number, stored) =
            (daemon.store.clone(), daemon.reader.clone(), stored.number, stored.clone());
        let opened = tokio::spawn(async move {
            let mut view = store.read().await?;
            let mut found = Inside::of(&reader, &mut view, &[&stored]).await?;
            found.remove(&number).with_context(|| format!("{number} has no bytes"))
        });
        Self { number, opened }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.opened.abort();
    }
}

impl Courier {
    pub(super) fn is_at_the_dot(&self) -> bool {
        self.flight.as_ref().is_some_and(|flight| flight.mail.entry.state == EntryState::AtTheDot)
    }

    /// *sending* is committed before MAIL. The next mail is none when it was set aside, when somebody else was first, or
    /// when all sending was stopped meanwhile.
    pub(super) async fn claim(
        &mut self,
        daemon: &Daemon,
        look: &mut Look,
        stored: OutboxEntry,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let (number, attempt) = (stored.number, stored.attempt);
        let ahead = self.ahead.take().filter(|ahead| ahead.number == number);
        let mut ahead = ahead.unwrap_or_else(|| Ahead::of(daemon, &stored));
        let (inside, bytes) = (&mut ahead.opened).await??;
        let book = daemon.book();
        let mut tx = daemon.store.begin(now).await?;
        if stopped_since(&mut tx).await?.is_some() {
            return Ok(());
        }
        let judging = Judging::of(&mut tx, &book).await?;
        let kept = tx.recipients(number).await?;
        let exposed = judging.look_over(look, daemon, &mut tx, &[(&stored, &inside)]).await?;
        let begun = match judging.judge(&mut tx, stored, inside.cases.clone(), kept, exposed.get(&number)).await? {
            Judged::Begun(mail) => tx.begin_attempt(number, attempt, HOLDER).await?.map(|_| *mail),
            Judged::SetAside | Judged::NotNow => None,
        };
        tx.commit().await?;
        let Some(mail) = begun else { return Ok(()) };
        let open = mail.entry.recipients.iter().filter(|r| r.state.is_open());
        let mut to: Vec<Address> = open.map(|r| r.address.clone()).collect();
        let journal = self.journal.as_ref().map(|journal| match to.iter().position(|to| *to == journal.address) {
            Some(at) => (at, true),
            // First, so that a server which takes only so many in a transaction always takes the proof.
            None => {
                to.insert(0, journal.address.clone());
                (0, false)
            }
        });
        let from = mail.envelope.from.clone();
        // A recipient that is the journal mailbox itself stays a recipient: the copy is the mail.
        let journal = journal.and_then(|(at, is_recipient)| (!is_recipient).then_some(at));
        let flight = Flight { mail, inside, to: to.clone(), journal, refused: Vec::new() };
        self.next = Some((flight, Mail { from, to, bytes: bytes.to_vec() }));
        Ok(())
    }

    /// The mail claimed is queued again: its turn did not come.
    pub(super) async fn give_back(&mut self, daemon: &Daemon, now: Timestamp) -> anyhow::Result<()> {
        let Some((flight, _)) = self.next.take() else { return Ok(()) };
        let mut tx = daemon.store.begin(now).await?;
        give_back(&mut tx, &flight).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The server was asked nothing, or not to take the body: the mail is queued as it was, and judged anew next time.
pub(super) async fn give_back(tx: &mut Tx, flight: &Flight) -> anyhow::Result<()> {
    let (number, entry) = (flight.mail.number, &flight.mail.entry);
    let attempt = entry.attempt;
    match step(entry, &Event::NotBegun { attempt }, tx.now()) {
        Ok(_) if tx.give_back(number, i64::from(attempt)).await? => {
            debug!(sent.id = %number, "a mail was claimed and its turn did not come; it is queued again");
        }
        Ok(_) => warn!(sent.id = %number, "a mail that was claimed here was taken over by another program"),
        Err(refused) => warn!(sent.id = %number, error = %refused, "a claimed mail cannot be given back"),
    }
    Ok(())
}
