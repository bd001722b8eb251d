//! What the server says, and what comes next.

use super::claim::give_back;
use super::{Courier, Flight};
use crate::casework::Address;
use crate::daemon::Daemon;
use crate::daemon::dispatch::word::STOPPED;
use crate::daemon::dispatch::{Judging, Look, told};
use crate::outbound::outbox::{Entry, Event, Recipient, RecipientReply, step};
use crate::outbound::submission::Smtp;
use crate::outbound::submission::reply::{Said, Stage, classify};
use crate::outbound::submission::smtp::{Asked, Fault, Heard};
use crate::store::Tx;
use jiff::Timestamp;
use tracing::warn;

impl Courier {
    /// Writes down what was heard, and says what comes next. True when a mail's attempt came to its end.
    pub(super) async fn take(
        &mut self,
        daemon: &Daemon,
        smtp: &mut Smtp,
        look: &mut Look,
        heard: Heard,
        now: Timestamp,
    ) -> anyhow::Result<bool> {
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
            Heard::Asked(asked) => self.asked(daemon, smtp, look, asked, now).await,
            Heard::Answered(said) => self.answered(daemon, said, now).await,
        }
    }

    pub(super) async fn asked(
        &mut self,
        daemon: &Daemon,
        smtp: &mut Smtp,
        look: &mut Look,
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
                if self.reach_the_dot(daemon, look, &mut flight, (accepted, journal), now).await? {
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

    /// Commits who is in the transaction, and what came of the mail before. False: the mail may not go any more, or is not
    /// ours, and its body must not go.
    pub(super) async fn reach_the_dot(
        &mut self,
        daemon: &Daemon,
        look: &mut Look,
        flight: &mut Flight,
        (accepted, journal): (Vec<Address>, Option<Result<(), Said>>),
        now: Timestamp,
    ) -> anyhow::Result<bool> {
        let book = daemon.book();
        let mut tx = daemon.store.begin(now).await?;
        self.record_done(daemon, &mut tx, &book).await?;
        let next = self.take_to_the_dot(daemon, &mut tx, look, flight, (accepted, journal)).await?;
        if next.is_none() {
            give_back(&mut tx, flight).await?;
        }
        tx.commit().await?;
        self.done = None;
        let goes = next.is_some();
        if let Some(next) = next {
            flight.mail.entry = next;
        }
        Ok(goes)
    }

    /// None: it may not go any more.
    async fn take_to_the_dot(
        &self,
        daemon: &Daemon,
        tx: &mut Tx,
        look: &mut Look,
        flight: &mut Flight,
        (accepted, journal): (Vec<Address>, Option<Result<(), Said>>),
    ) -> anyhow::Result<Option<Entry>> {
        let (number, book) = (flight.mail.number, daemon.book());
        let judging = Judging::of(tx, &book).await?;
        let exposed = judging.look_over(look, daemon, tx, &[(&flight.mail.stored, &flight.inside)]).await?;
        if judging.is_barred(tx, &mut flight.mail, exposed.contains_key(&number)).await? {
            warn!(sent.id = %number, "a mail was stopped before its body went: it may not go any more");
            return Ok(None);
        }
        let event = Event::AtTheDot { attempt: flight.mail.entry.attempt, recipients: accepted };
        let next = match step(&flight.mail.entry, &event, tx.now()) {
            Ok(transition) => transition.entry,
            Err(refused) => {
                warn!(sent.id = %number, error = %refused, "the mail does not take the step to the dot");
                return Ok(None);
            }
        };
        let open = |(_, recipient): &(usize, &Recipient)| recipient.state.is_open() && !recipient.at_the_dot;
        let missed: Vec<usize> = next.recipients.iter().enumerate().filter(open).map(|(i, _)| i).collect();
        // No journal mailbox of its own in the transaction, or it is one of the recipients and was accepted with them.
        let copy = match journal {
            Some(answer) => answer.is_ok(),
            None => self
                .journal
                .as_ref()
                .is_some_and(|journal| next.recipients.iter().any(|r| r.at_the_dot && r.address == journal.address)),
        };
        if !tx.reach_the_dot(number, i64::from(next.attempt), &missed, copy, STOPPED).await? {
            warn!(sent.id = %number, "a mail does not go from here: all sending was stopped, or another program has it");
            return Ok(None);
        }
        if let Some(Err(said)) = journal {
            told::no_journal(tx, &book, number, &said.to_string()).await?;
        }
        Ok(Some(next))
    }

    /// The server's answer to the final dot, or that there was none.
    pub(super) async fn answered(
        &mut self,
        daemon: &Daemon,
        answer: Result<Said, Fault>,
        now: Timestamp,
    ) -> anyhow::Result<bool> {
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
}
