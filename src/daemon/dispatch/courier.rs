//! Dispatch to a mail server: one mail after another, one transaction each, every recipient and our own journal mailbox in
//! it.
//!
//! ```text
//! connect ─▶ sending (committed) ─▶ MAIL, RCPT…, DATA ─▶ at-the-dot (committed, with those refused) ─▶ body ─▶ replies
//! ```
//!
//! While the server has the body, the next mail is read from the store and opened for the last look. What came of one mail is
//! committed together with *sending* of the next, so that a mail costs two commits; the batch's last one has its own.
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
//! *sending*: nothing was accepted, so it is queued again once it can be nobody's any more. *At the dot*: nobody knows, see
//! [`super::unknown`]. Every step is a compare-and-swap on state and attempt; a program that comes second, having paused,
//! finds the entry changed and leaves before the body.

use super::kept::{entry_of, try_write, write};
use super::{Going, HOLDER, Judged, Judging, Look, Opened, answered, told, unknown};
use crate::casework::{Address, Ref, SentRef};
use crate::daemon::{Book, Daemon, Stage as Pulse};
use crate::inbound::mailbox::ImapSettings;
use crate::outbound::outbox::{EntryState, Event, RecipientReply, Reply, Transition, back_off, step};
use crate::outbound::submission::Smtp;
use crate::outbound::submission::reply::{Said, Stage, classify};
use crate::outbound::submission::smtp::{Asked, Fault, Heard, Mail};
use crate::store::{EntryState as StoredState, Line, OutboxEntry, Tx, View};
use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::time::Duration;
use tokio::time::{Sleep, sleep};
use tracing::{debug, error, info, warn};

/// A turn spends no longer on sending than this, whatever the server does.
const TURN: Duration = Duration::from_secs(10);
/// Mails looked at in one turn.
const BATCH: i64 = 50;
/// When to look again for the answer to a step under way; whoever drives the daemon is also woken when it comes.
const SOON: SignedDuration = SignedDuration::from_secs(5);
/// A mail that is still *sending* after this, and not ours, is nobody's: its connection has long had its time.
const ABANDONED: SignedDuration = SignedDuration::from_mins(5);
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
    /// What came of the one before, not written down yet: it is, in the transaction that claims the next, or at the end of
    /// the batch. Until then it stands at the dot in the store, as it does when the program dies before the answer.
    done: Option<(Flight, Vec<RecipientReply>)>,
    /// The next mail, opened while the server had the one before.
    ahead: Option<Ahead>,
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
    /// Envelope recipients as given to the server.
    to: Vec<Address>,
    /// Which of them is our own journal mailbox.
    journal: Option<usize>,
    /// Refused at RCPT.
    refused: Vec<RecipientReply>,
}

/// A mail read from the store and opened for the last look. Nothing is decided by it yet.
#[derive(Debug)]
struct Ahead {
    number: SentRef,
    opened: Opened,
    bytes: Vec<u8>,
}

impl Ahead {
    async fn of(daemon: &Daemon, view: &mut View, stored: &OutboxEntry) -> anyhow::Result<Self> {
        let mut frozen = view.frozen_of(&[stored]).await?;
        let frozen = frozen.remove(&stored.number).with_context(|| format!("{} has no bytes", stored.number))?;
        let opened = Opened::of(daemon, stored, &frozen).await;
        Ok(Self { number: stored.number, opened, bytes: frozen.to_vec() })
    }
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
        (room, is_due): (usize, bool),
        now: Timestamp,
    ) -> anyhow::Result<(usize, Option<Timestamp>)> {
        let mut budget = Box::pin(sleep(TURN));
        self.connected = false;
        if self.done.is_some() {
            drop(view);
            self.write_down(daemon, now).await?;
            view = daemon.store.read().await?;
        }
        let is_idle = !is_due && !smtp.is_under_way() && view.entries_in(StoredState::Sending).await?.is_empty();
        let next_due = view.next_due().await?;
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
        now: Timestamp,
        patience: Duration,
    ) -> anyhow::Result<()> {
        let mut patience = Box::pin(sleep(patience));
        while smtp.is_under_way() {
            let Some(heard) = hear(smtp, &mut patience).await else {
                warn!("the mail server has not answered; the next start finds out what became of the mail");
                return Ok(());
            };
            self.take(daemon, smtp, heard, now).await?;
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
        let mut begun = 0;
        let mut due: Option<VecDeque<OutboxEntry>> = None;
        let mut sent = 0;
        loop {
            daemon.pulse.beat(Pulse::Dispatch);
            if smtp.is_under_way() {
                self.open_ahead(daemon, due.as_ref().and_then(VecDeque::front)).await;
                let Some(heard) = hear(smtp, budget).await else { return Ok((sent, now.checked_add(SOON).ok())) };
                sent += usize::from(self.take(daemon, smtp, heard, now).await?);
                continue;
            }
            if daemon.stop.asked() {
                return Ok((sent, None));
            }
            let waiting = match &mut due {
                Some(waiting) => waiting,
                None => due.insert(daemon.store.read().await?.due_entries(now, BATCH).await?.into()),
            };
            // What cannot go any more is told in time, whether or not the server is there.
            let down = self.down.map(|(_, until)| until).filter(|until| *until > now);
            if down.is_some() {
                waiting.retain(|entry| entry.expires_at.is_some_and(|at| at <= now));
            }
            let Some(stored) = waiting.front() else {
                let next = daemon.store.read().await?.next_due().await?;
                // More was due than one turn looks at, or the server is waited for.
                let next = next.map(|at| if at <= now { now.checked_add(SOON).unwrap_or(at) } else { at });
                return Ok((sent, down.or(next)));
            };
            let going = stored.expires_at.is_none_or(|at| at > now);
            if going {
                if budget.is_elapsed() || begun >= room {
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
            let Some(stored) = waiting.pop_front() else { continue };
            if let Some(mail) = self.claim(daemon, look, stored, now).await? {
                begun += 1;
                smtp.pace.begin(now);
                smtp.ask(mail);
            }
        }
    }

    /// While the server has a mail's body, the next is opened. It is judged when it is its turn.
    async fn open_ahead(&mut self, daemon: &Daemon, next: Option<&OutboxEntry>) {
        let Some(stored) = next.filter(|_| self.ahead.is_none() && self.is_at_the_dot()) else { return };
        let opened = async { Ahead::of(daemon, &mut daemon.store.read().await?, stored).await };
        match opened.await {
            Ok(ahead) => self.ahead = Some(ahead),
            // It is tried again, and told, when it is its turn.
            Err(error) => debug!(sent.id = %stored.number, error = %error, "the next mail could not be opened ahead"),
        }
    }

    fn is_at_the_dot(&self) -> bool {
        self.flight.as_ref().is_some_and(|flight| flight.mail.entry.state == EntryState::AtTheDot)
    }

    /// *sending* is committed before MAIL, and with it what came of the mail before.
    async fn claim(
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
        let cases = tx.cases_of_entry(number).await?;
        let kept = tx.recipients(number).await?;
        let due = [stored];
        let by_mail = BTreeMap::from([(number, cases.clone())]);
        let opened = BTreeMap::from([(number, ahead.opened)]);
        let exposed = judging.look_over(look, daemon, &mut tx, &due, &by_mail, &opened).await?;
        let [stored] = due;
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

    /// Writes down what was heard, and says what comes next. True when a mail's attempt came to its end.
    async fn take(&mut self, daemon: &Daemon, smtp: &mut Smtp, heard: Heard, now: Timestamp) -> anyhow::Result<bool> {
        match heard {
            Heard::Connected(Ok(())) => {
                self.connected = true;
                self.works(daemon, now).await?;
                Ok(false)
            }
            Heard::Connected(Err(fault)) => {
                self.fails(daemon, fault, now).await?;
                Ok(false)
            }
            Heard::Asked(asked) => self.asked(daemon, smtp, asked, now).await,
            Heard::Answered(said) => self.answered(daemon, said, now).await,
        }
    }

    async fn asked(
        &mut self,
        daemon: &Daemon,
        smtp: &mut Smtp,
        asked: Result<Asked, Fault>,
        now: Timestamp,
    ) -> anyhow::Result<bool> {
        let Some(mut flight) = self.flight.take() else { return Ok(false) };
        match asked {
            Ok(Asked::Ready(answers)) => {
                let (mut accepted, mut refused) = (Vec::new(), Vec::new());
                for (i, address) in flight.recipients() {
                    match answers.get(i) {
                        Some(Ok(())) => accepted.push(address.clone()),
                        Some(Err(said)) => {
                            let reply = classify(Stage::Rcpt, *said, flight.before(address));
                            refused.push(RecipientReply { address: address.clone(), reply });
                        }
                        None => {}
                    }
                }
                if accepted.is_empty() {
                    // Only our own copy would go.
                    smtp.leave();
                    self.connected = false;
                    self.record(daemon, &flight, &refused, now).await?;
                    return Ok(true);
                }
                flight.refused = refused;
                let journal = flight.journal.and_then(|at| answers.get(at).copied());
                if self.reach_the_dot(daemon, &mut flight, accepted, journal, now).await? {
                    self.flight = Some(flight);
                    smtp.go();
                } else {
                    smtp.leave();
                    self.connected = false;
                }
                Ok(false)
            }
            Ok(Asked::Nobody(said)) => {
                let replies: Vec<RecipientReply> = flight
                    .recipients()
                    .filter_map(|(i, address)| Some((address, *said.get(i)?)))
                    .flat_map(|(address, said)| flight.all([address], Stage::Rcpt, said))
                    .collect();
                self.record(daemon, &flight, &replies, now).await?;
                if let Some(said) = said.iter().find(|said| said.is_about_the_login()) {
                    self.fails(daemon, Fault::Login(*said), now).await?;
                } else if let Some(said) = said.iter().find(|said| said.is_about_the_pace()) {
                    self.fails(daemon, Fault::Later(*said), now).await?;
                }
                Ok(true)
            }
            Ok(Asked::Refused(stage, said)) => {
                let replies = flight.all(flight.recipients().map(|(_, address)| address), stage, said);
                self.record(daemon, &flight, &replies, now).await?;
                if said.is_about_the_login() {
                    self.fails(daemon, Fault::Login(said), now).await?;
                } else if said.is_about_the_pace() || (said.code < 500 && stage != Stage::Data) {
                    // About us, not about the mail: the next would hear the same.
                    self.fails(daemon, Fault::Later(said), now).await?;
                }
                Ok(true)
            }
            Err(fault) => {
                let event = Event::Lost { attempt: flight.mail.entry.attempt, jitter: daemon.jitter() };
                self.lost(daemon, &flight.mail, &event, fault, now).await?;
                self.fails(daemon, fault, now).await?;
                Ok(true)
            }
        }
    }

    /// Commits who is in the transaction. False: the entry is not ours any more, and the body must not go.
    async fn reach_the_dot(
        &mut self,
        daemon: &Daemon,
        flight: &mut Flight,
        accepted: Vec<Address>,
        journal: Option<Result<(), Said>>,
        now: Timestamp,
    ) -> anyhow::Result<bool> {
        let entry = &flight.mail.entry;
        let number = flight.mail.number;
        let event = Event::AtTheDot { attempt: entry.attempt, recipients: accepted };
        let next = match step(entry, &event, now) {
            Ok(transition) => transition.entry,
            Err(refused) => {
                warn!(sent.id = %number, error = %refused, "the mail does not take the step to the dot");
                return Ok(false);
            }
        };
        let open = |(_, recipient): &(usize, &crate::outbound::outbox::Recipient)| {
            recipient.state.is_open() && !recipient.at_the_dot
        };
        let missed: Vec<usize> = next.recipients.iter().enumerate().filter(open).map(|(i, _)| i).collect();
        let book = daemon.book();
        let mut tx = daemon.store.begin(now).await?;
        // No journal mailbox of its own in the transaction, or it is one of the recipients and was accepted with them.
        let copy = match journal {
            Some(answer) => answer.is_ok(),
            None => self
                .journal
                .as_ref()
                .is_some_and(|journal| next.recipients.iter().any(|r| r.at_the_dot && r.address == journal.address)),
        };
        if !tx.reach_the_dot(number, i64::from(entry.attempt), &missed, copy).await? {
            warn!(sent.id = %number, "the mail was taken over by another program; it does not go from here");
            return Ok(false);
        }
        if let Some(Err(said)) = journal {
            told::no_journal(&mut tx, &book, number, &said.to_string()).await?;
        }
        tx.commit().await?;
        flight.mail.entry = next;
        Ok(true)
    }

    /// The server's answer to the final dot, or that there was none.
    async fn answered(&mut self, daemon: &Daemon, answer: Result<Said, Fault>, now: Timestamp) -> anyhow::Result<bool> {
        let Some(flight) = self.flight.take() else { return Ok(false) };
        let said = match answer {
            Ok(said) => said,
            Err(fault) => {
                let event = Event::Lost { attempt: flight.mail.entry.attempt, jitter: daemon.jitter() };
                self.lost(daemon, &flight.mail, &event, fault, now).await?;
                self.fails(daemon, fault, now).await?;
                self.looking.soon();
                return Ok(true);
            }
        };
        let at_the_dot = flight.mail.entry.recipients.iter().filter(|r| r.at_the_dot).map(|r| &r.address);
        let mut replies = flight.all(at_the_dot, Stage::Dot, said);
        replies.extend(flight.refused.iter().cloned());
        self.connected = !said.closes();
        self.done = Some((flight, replies));
        if said.is_about_the_login() || said.is_about_the_pace() {
            self.write_down(daemon, now).await?;
        }
        if said.is_about_the_login() {
            self.fails(daemon, Fault::Login(said), now).await?;
        } else if said.is_about_the_pace() {
            self.fails(daemon, Fault::Later(said), now).await?;
        }
        Ok(true)
    }

    /// What came of an attempt, per recipient.
    async fn record(
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
    async fn write_down(&mut self, daemon: &Daemon, now: Timestamp) -> anyhow::Result<()> {
        if let Some((flight, replies)) = &self.done {
            self.record(daemon, flight, replies, now).await?;
            self.done = None;
        }
        Ok(())
    }

    /// The same within one. Whoever commits it forgets it then.
    async fn record_done(&self, daemon: &Daemon, tx: &mut Tx, book: &Book<'_>) -> anyhow::Result<()> {
        match &self.done {
            Some((flight, replies)) => self.record_in(daemon, tx, book, flight, replies).await,
            None => Ok(()),
        }
    }

    async fn record_in(
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
    async fn lost(
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
    async fn write_step(
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
    async fn works(&mut self, daemon: &Daemon, now: Timestamp) -> anyhow::Result<()> {
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
    async fn fails(&mut self, daemon: &Daemon, fault: Fault, now: Timestamp) -> anyhow::Result<()> {
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

    /// Is this the mail under way?
    pub(super) fn has(&self, number: SentRef) -> bool {
        let done = self.done.as_ref().map(|(flight, _)| flight);
        self.flight.as_ref().or(done).is_some_and(|flight| flight.mail.number == number)
    }

    /// *sending* and nobody's any more: nothing was accepted.
    async fn abandoned(&mut self, daemon: &Daemon, now: Timestamp) -> anyhow::Result<()> {
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

/// What is heard within the time left; none when it is up. The step goes on.
async fn hear(smtp: &mut Smtp, time: &mut Pin<Box<Sleep>>) -> Option<Heard> {
    tokio::select! {
        biased;
        heard = smtp.heard() => heard,
        () = time => None,
    }
}
