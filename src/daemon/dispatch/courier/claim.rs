//! The next mail: opened while the server has the one before, and claimed when it is its turn.

use super::{Courier, Flight};
use crate::casework::{Address, SentRef};
use crate::daemon::Daemon;
use crate::daemon::dispatch::{HOLDER, Inside, Judged, Judging, Look, Opened};
use crate::outbound::outbox::EntryState;
use crate::outbound::submission::smtp::Mail;
use crate::store::{OutboxEntry, View};
use anyhow::Context as _;
use jiff::Timestamp;
use std::collections::BTreeMap;
use tracing::debug;

/// A mail read from the store and opened for the last look. Nothing is decided by it yet.
#[derive(Debug)]
pub(super) struct Ahead {
    number: SentRef,
    inside: Inside,
    bytes: Vec<u8>,
}

impl Ahead {
    async fn of(daemon: &Daemon, view: &mut View, stored: &OutboxEntry) -> anyhow::Result<Self> {
        let mut frozen = view.frozen_of(&[stored]).await?;
        let frozen = frozen.remove(&stored.number).with_context(|| format!("{} has no bytes", stored.number))?;
        let opened = Opened::of(daemon, stored, &frozen).await;
        let (number, of) = (stored.number, [stored.number]);
        let cases = view.cases_of_entries(&of).await?.remove(&number).unwrap_or_default();
        let papers = view.marks_of_entries(&of).await?.remove(&number).unwrap_or_default();
        Ok(Self { number, inside: Inside { cases, papers, opened }, bytes: frozen.to_vec() })
    }
}

impl Courier {
    /// While the server has a mail's body, the next is opened. It is judged when it is its turn.
    pub(super) async fn open_ahead(&mut self, daemon: &Daemon, next: Option<&OutboxEntry>) {
        let Some(stored) = next.filter(|_| self.ahead.is_none() && self.is_at_the_dot()) else { return };
        let opened = async { Ahead::of(daemon, &mut daemon.store.read().await?, stored).await };
        match opened.await {
            Ok(ahead) => self.ahead = Some(ahead),
            // It is tried again, and told, when it is its turn.
            Err(error) => debug!(sent.id = %stored.number, error = %error, "the next mail could not be opened ahead"),
        }
    }

    pub(super) fn is_at_the_dot(&self) -> bool {
        self.flight.as_ref().is_some_and(|flight| flight.mail.entry.state == EntryState::AtTheDot)
    }

    /// *sending* is committed before MAIL, and with it what came of the mail before.
    pub(super) async fn claim(
        &mut self,
        daemon: &Daemon,
        look: &mut Look,
        stored: OutboxEntry,
        now: Timestamp,
    ) -> anyhow::Result<Option<Mail>> {
        let book = daemon.book();
        let mut tx = daemon.store.begin(now).await?;
        self.record_done(daemon, &mut tx, &book).await?;
        let ahead = match self.ahead.take().filter(|ahead| ahead.number == stored.number) {
            Some(ahead) => ahead,
            None => Ahead::of(daemon, &mut tx, &stored).await?,
        };
        let judging = Judging::of(&mut tx, &book).await?;
        let (number, attempt) = (stored.number, stored.attempt);
        let kept = tx.recipients(number).await?;
        let due = [stored];
        let mut inside = BTreeMap::from([(number, ahead.inside)]);
        let exposed = judging.look_over(look, daemon, &mut tx, &due, &inside).await?;
        let [stored] = due;
        let cases = inside.remove(&number).map(|inside| inside.cases).unwrap_or_default();
        let begun = match judging.judge(&mut tx, stored, cases, kept, exposed.get(&number)).await? {
            Judged::Begun(mail) => tx.begin_attempt(number, attempt, HOLDER).await?.map(|_| *mail),
            Judged::SetAside | Judged::NotNow => None,
        };
        tx.commit().await?;
        self.done = None;
        // None: it was set aside, or somebody else was first.
        let Some(mail) = begun else { return Ok(None) };
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
        self.flight = Some(Flight { mail, to: to.clone(), journal, refused: Vec::new() });
        Ok(Some(Mail { from, to, bytes: ahead.bytes }))
    }
}
