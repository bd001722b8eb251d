//! A mailbox as it was at some moment of the past: for rehearsals. Messages appear when the manual clock reaches their
//! arrival; nothing on disk is moved or changed.

use super::{Fetched, Folder, Mailbox, MailboxError, Occurrence, OccurrenceKey, Sweep};
use jiff::Timestamp;
use std::collections::VecDeque;

/// Where the daemon gets its mail from.
#[derive(Debug)]
pub enum Source {
    /// A mailbox as it is.
    Live(Mailbox),
    /// A mailbox as it came to be.
    Replay(Replay),
}

/// A mailbox whose messages appear one by one.
#[derive(Debug)]
pub struct Replay {
    /// None for a mailbox without a folder: nothing ever comes.
    mailbox: Option<Mailbox>,
    to_come: VecDeque<Occurrence>,
    here: Vec<Occurrence>,
}

impl Replay {
    /// Lists the folder once and keeps what arrived in `[from, until)`. What cannot be read is returned beside it.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub async fn new(
        mut mailbox: Mailbox,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<(Self, Vec<MailboxError>), MailboxError> {
        let sweep = mailbox.sweep().await?;
        let in_window = |o: &Occurrence| from <= o.arrived_at && o.arrived_at < until;
        let to_come = sweep.occurrences.into_iter().filter(in_window).collect();
        Ok((Self { mailbox: Some(mailbox), to_come, here: Vec::new() }, sweep.unreadable))
    }

    /// A mailbox that nothing comes to.
    pub fn empty() -> Self {
        Self { mailbox: None, to_come: VecDeque::new(), here: Vec::new() }
    }

    /// How many are still to come.
    pub fn len(&self) -> usize {
        self.to_come.len()
    }

    /// Nothing more will come.
    pub fn is_empty(&self) -> bool {
        self.to_come.is_empty()
    }

    /// When the next message comes.
    pub fn next_arrival(&self) -> Option<Timestamp> {
        self.to_come.front().map(|o| o.arrived_at)
    }

    /// The messages that come next, at most so many.
    pub fn coming(&self, n: usize) -> Vec<Occurrence> {
        self.to_come.iter().take(n).cloned().collect()
    }

    fn reveal(&mut self, now: Timestamp) {
        while self.next_arrival().is_some_and(|at| at <= now) {
            self.here.extend(self.to_come.pop_front());
        }
    }
}

impl Source {
    /// What is there now.
    ///
    /// # Errors
    /// When the mailbox cannot be listed; try later.
    pub async fn sweep(&mut self, now: Timestamp) -> Result<Sweep, MailboxError> {
        match self {
            Self::Live(mailbox) => mailbox.sweep().await,
            Self::Replay(replay) => {
                replay.reveal(now);
                Ok(Sweep { occurrences: replay.here.clone(), ..Sweep::default() })
            }
        }
    }

    /// One message's bytes; changes nothing.
    ///
    /// # Errors
    /// When it is gone or cannot be read.
    pub async fn fetch(&mut self, key: &OccurrenceKey, max_bytes: u64) -> Result<Fetched, MailboxError> {
        match self {
            Self::Live(mailbox) | Self::Replay(Replay { mailbox: Some(mailbox), .. }) => {
                mailbox.fetch(key, max_bytes).await
            }
            Self::Replay(_) => Ok(Fetched { bytes: Vec::new(), truncated: false }),
        }
    }

    /// The bytes of several messages of one epoch, in their order.
    ///
    /// # Errors
    /// As [`Self::fetch`], each its own.
    pub async fn fetch_all(&mut self, keys: &[OccurrenceKey], max_bytes: u64) -> Vec<Result<Fetched, MailboxError>> {
        match self {
            Self::Live(mailbox) | Self::Replay(Replay { mailbox: Some(mailbox), .. }) => {
                mailbox.fetch_all(keys, max_bytes).await
            }
            Self::Replay(_) => Vec::new(),
        }
    }

    /// Moves committed messages of one epoch out of the way; in a replay they are only forgotten.
    ///
    /// # Errors
    /// Each its own, when it cannot be moved; the next sweep finds it again, and the store knows it.
    pub async fn settle_all(&mut self, keys: &[OccurrenceKey], folder: Folder) -> Vec<Result<(), MailboxError>> {
        match self {
            Self::Live(mailbox) => mailbox.settle_all(keys, folder).await,
            Self::Replay(replay) => {
                replay.here.retain(|o| !keys.contains(&o.key));
                keys.iter().map(|_| Ok(())).collect()
            }
        }
    }

    /// Do its keys come from an IMAP server?
    pub const fn is_on_a_server(&self) -> bool {
        matches!(self, Self::Live(mailbox) if mailbox.is_on_a_server())
    }
}
