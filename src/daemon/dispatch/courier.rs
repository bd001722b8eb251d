//! Dispatch to a mail server: one mail after another, one transaction each, every recipient and our own journal mailbox in
//! it.
//!
//! ```text
//! connect ─▶ sending (committed) ─▶ MAIL, RCPT…, DATA ─▶ at-the-dot (committed, with those refused) ─▶ body ─▶ replies
//! ```
//!
//! The next mail is read and opened meanwhile by a task of its own. While the server has the body it is looked over and
//! committed as *sending*, so that it can be asked about as soon as the answer is there. What came of one mail is committed together with *at the dot* of the
//! next: a mail costs two commits, and the server waits for one of them. Whether a mail may go is judged twice: when it is
//! claimed, and in the transaction that lets its body go.
//!
//! # What a slow or dead server costs
//!
//! Nothing that is under way is given up, and nobody waits for it: a turn spends [`TURN`] on this at most. What is not
//! answered by then goes on in the connection's own task, mail is received and decided meanwhile, and a later turn hears the
//! answer. A server that cannot be reached, or says that it takes nothing now, ends the turn's batch; it is tried again
//! after a wait that grows. No attempt of any mail is spent on that. The first failure that waiting will not mend (TLS,
//! login), or a quarter of an hour without success, is told to a person.
//!
//! # What a crash leaves
//!
//! *sending*: nothing was accepted, so it is queued again once it can be nobody's any more; one that was claimed and not begun
//! is given back at the end of the batch. *At the dot*: nobody knows, see
//! [`super::unknown`]. Every step is a compare-and-swap on state and attempt; a program that comes second, having paused,
//! finds the entry changed and leaves before the body.

mod claim;
mod heard;
mod written;

use super::{Going, Inside, Look, unknown};
use crate::casework::{Address, SentRef};
use crate::daemon::{Daemon, Stage as Pulse};
use crate::inbound::mailbox::ImapSettings;
use crate::outbound::outbox::RecipientReply;
use crate::outbound::submission::Smtp;
use crate::outbound::submission::reply::{Said, Stage, classify};
use crate::outbound::submission::smtp::{Heard, Mail};
use crate::store::{EntryState as StoredState, OutboxEntry, View};
use claim::Ahead;
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::{Sleep, sleep};
use tracing::warn;

/// A turn spends no longer on sending than this, whatever the server does.
const TURN: Duration = Duration::from_secs(10);
/// Mails looked at in one turn.
const BATCH: i64 = 500;
/// When to look again for the answer to a step under way; whoever drives the daemon is also woken when it comes.
const SOON: SignedDuration = SignedDuration::from_secs(5);
/// A mail that is still *sending* after this, and not ours, is nobody's: its connection has long had its time.
const ABANDONED: SignedDuration = SignedDuration::from_mins(5);
/// What came of a mail waits no longer than this to be written down with the next.
const TOGETHER: Duration = Duration::from_millis(200);
/// A server that fails for this long is told to a person.
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);

/// Our own mailbox that gets a copy of everything: what lies there was taken for everyone in the same transaction.
#[derive(Clone, Debug)]
pub struct Journal {
    /// Its address.
    pub address: Address,
    /// Where to look into it.
    pub mailbox: ImapSettings,
}

/// What is kept between turns about sending. All that must not be lost stands in the store.
#[derive(Debug, Default)]
pub struct Courier {
    /// Our own journal mailbox.
    pub journal: Option<Journal>,
    /// The mail under way.
    flight: Option<Flight>,
    /// What came of the one before, not written down yet: it is, in the transaction that takes the next to the dot, when
    /// the server lets us wait for [`TOGETHER`], or at the end of the batch. Until then it stands at the dot in the store,
    /// as it does when the program dies before the answer.
    done: Option<(Flight, Vec<RecipientReply>)>,
    /// The next mail, being opened while the one before goes.
    ahead: Option<Ahead>,
    /// The next mail, claimed while the server had the one before.
    next: Option<(Flight, Mail)>,
    /// The connection was good a moment ago.
    connected: bool,
    /// The server fails: how often it did, and when it is tried again.
    down: Option<(u32, Timestamp)>,
    /// The store says that the server works.
    known_good: bool,
    /// What is looked for in the journal mailbox, and when next.
    pub(super) looking: unknown::Looking,
}

#[derive(Debug)]
struct Flight {
    mail: Going,
    /// What the last look found in it.
    inside: Inside,
    /// Envelope recipients as given to the server.
    to: Vec<Address>,
    /// Which of them is our own journal mailbox.
    journal: Option<usize>,
    /// Refused at RCPT.
    refused: Vec<RecipientReply>,
}

impl Flight {
    /// What a recipient was put off with last time.
    fn before(&self, address: &Address) -> Option<&str> {
        let at = self.mail.envelope.to.iter().position(|to| to.address == *address)?;
        self.mail.kept.iter().find(|kept| kept.position == at)?.reply_class.as_deref()
    }

    /// The same answer for each of these.
    fn all<'a>(&self, to: impl IntoIterator<Item = &'a Address>, stage: Stage, said: Said) -> Vec<RecipientReply> {
        let reply = |address: &Address| RecipientReply {
            address: address.clone(),
            reply: classify(stage, said, self.before(address)),
        };
        to.into_iter().map(reply).collect()
    }

    /// Those asked for who are recipients of the mail.
    fn recipients(&self) -> impl Iterator<Item = (usize, &Address)> {
        self.to.iter().enumerate().filter(|(i, _)| Some(*i) != self.journal)
    }
}

impl Courier {
    /// One that copies everything to this mailbox.
    pub fn with_journal(journal: Option<Journal>) -> Self {
        Self { journal, ..Self::default() }
    }

    pub(super) async fn turn(
        &mut self,
        daemon: &Daemon,
        mut view: View,
        smtp: &mut Smtp,
        look: &mut Look,
        (room, next_due): (usize, Option<Timestamp>),
        now: Timestamp,
    ) -> anyhow::Result<(usize, Option<Timestamp>)> {
        let mut budget = Box::pin(sleep(TURN));
        self.connected = false;
        if self.done.is_some() {
            drop(view);
            self.write_down(daemon, now).await?;
            view = daemon.store.read().await?;
        }
        let is_due = next_due.is_some_and(|at| at <= now);
        let is_idle = !is_due && !smtp.is_under_way() && view.entries_in(StoredState::Sending).await?.is_empty();
        let look_again = unknown::turn(self, daemon, view, now).await?;
        if is_idle && look_again.is_none() {
            return Ok((0, next_due));
        }
        self.abandoned(daemon, now).await?;
        let (sent, next) = self.batch(daemon, smtp, look, (&mut budget, room), now).await?;
        Ok((sent, [next, look_again].into_iter().flatten().filter(|at| *at > now).min()))
    }

    pub(super) async fn finish(
        &mut self,
        daemon: &Daemon,
        smtp: &mut Smtp,
        look: &mut Look,
        now: Timestamp,
        patience: Duration,
    ) -> anyhow::Result<()> {
        let mut patience = Box::pin(sleep(patience));
        while smtp.is_under_way() {
            let Some(heard) = hear(smtp, &mut patience).await else {
                warn!("the mail server has not answered; the next start finds out what became of the mail");
                return Ok(());
            };
            self.take(daemon, smtp, look, heard, now).await?;
            if self.flight.is_none() {
                break;
            }
        }
        self.write_down(daemon, now).await
    }

    /// Mail after mail, until nothing is due or something stops it. Says when to look again.
    async fn batch(
        &mut self,
        daemon: &Daemon,
        smtp: &mut Smtp,
        look: &mut Look,
        within: (&mut Pin<Box<Sleep>>, usize),
        now: Timestamp,
    ) -> anyhow::Result<(usize, Option<Timestamp>)> {
        let done = self.one_after_another(daemon, smtp, look, within, now).await;
        self.ahead = None;
        self.give_back(daemon, now).await?;
        self.write_down(daemon, now).await?;
        done
    }

    async fn one_after_another(
        &mut self,
        daemon: &Daemon,
        smtp: &mut Smtp,
        look: &mut Look,
        (budget, room): (&mut Pin<Box<Sleep>>, usize),
        now: Timestamp,
    ) -> anyhow::Result<(usize, Option<Timestamp>)> {
        let mut due: VecDeque<OutboxEntry> = daemon.store.read().await?.due_entries(now, BATCH).await?.into();
        let (mut begun, mut sent) = (0, 0);
        loop {
            daemon.pulse.beat(Pulse::Dispatch);
            let down = self.down.map(|(_, until)| until).filter(|until| *until > now);
            let full = daemon.stop.asked() || budget.is_elapsed() || begun >= room;
            if smtp.is_under_way() {
                // While the server has the body of a mail of this batch, the next is claimed.
                let may_claim = begun > 0 && self.is_at_the_dot() && self.next.is_none() && !full && down.is_none();
                if may_claim
                    && smtp.pace.wait_until(now).is_none()
                    && let Some(stored) = due.pop_front()
                {
                    self.claim(daemon, look, stored, now).await?;
                }
                let Some(heard) = self.hear(daemon, smtp, budget, now).await? else {
                    return Ok((sent, now.checked_add(SOON).ok()));
                };
                sent += usize::from(self.take(daemon, smtp, look, heard, now).await?);
                continue;
            }
            if daemon.stop.asked() {
                return Ok((sent, None));
            }
            // What cannot go any more is told in time, whether or not the server is there.
            if down.is_some() {
                self.give_back(daemon, now).await?;
                due.retain(|entry| entry.expires_at.is_some_and(|at| at <= now));
            }
            let expired = due.front().is_some_and(|stored| stored.expires_at.is_some_and(|at| at <= now));
            if self.next.is_none() && due.is_empty() {
                let next = daemon.store.read().await?.next_due().await?;
                // More was due than one turn looks at, or the server is waited for.
                let next = next.map(|at| if at <= now { now.checked_add(SOON).unwrap_or(at) } else { at });
                return Ok((sent, down.or(next)));
            }
            if self.next.is_some() || !expired {
                if full {
                    return Ok((sent, now.checked_add(SOON).ok()));
                }
                if let Some(until) = smtp.pace.wait_until(now) {
                    return Ok((sent, Some(until)));
                }
                if !self.connected {
                    smtp.connect();
                    continue;
                }
            }
            if self.next.is_none()
                && let Some(stored) = due.pop_front()
            {
                self.claim(daemon, look, stored, now).await?;
            }
            if let Some((flight, mail)) = self.next.take() {
                begun += 1;
                smtp.pace.begin(now);
                smtp.ask(mail);
                self.flight = Some(flight);
                self.ahead = due.front().map(|stored| Ahead::of(daemon, stored));
            }
        }
    }

    /// What is heard within the time left; none when it is up. The step goes on.
    async fn hear(
        &mut self,
        daemon: &Daemon,
        smtp: &mut Smtp,
        time: &mut Pin<Box<Sleep>>,
        now: Timestamp,
    ) -> anyhow::Result<Option<Heard>> {
        if self.done.is_some() {
            let mut together = Box::pin(sleep(TOGETHER));
            if let Some(heard) = hear(smtp, &mut together).await {
                return Ok(Some(heard));
            }
            self.write_down(daemon, now).await?;
        }
        Ok(hear(smtp, time).await)
    }

    /// Is this a mail under way?
    pub(super) fn has(&self, number: SentRef) -> bool {
        let done = self.done.as_ref().map(|(flight, _)| flight);
        let next = self.next.as_ref().map(|(flight, _)| flight);
        self.flight.iter().chain(done).chain(next).any(|flight| flight.mail.number == number)
    }
}

/// What is heard within the time left; none when it is up. The step goes on.
async fn hear(smtp: &mut Smtp, time: &mut Pin<Box<Sleep>>) -> Option<Heard> {
    tokio::select! {
        biased;
        heard = smtp.heard() => heard,
        () = time => None,
    }
}
