//! What the server says, and what comes next.

use super::{Courier, Flight};
use crate::casework::Address;
use crate::daemon::Daemon;
use crate::daemon::dispatch::told;
use crate::outbound::outbox::{Event, RecipientReply, step};
use crate::outbound::submission::Smtp;
use crate::outbound::submission::reply::{Said, Stage, classify};
use crate::outbound::submission::smtp::{Asked, Fault, Heard};
use jiff::Timestamp;
use tracing::warn;

impl Courier {
    /// Writes down what was heard, and says what comes next. True when a mail's attempt came to its end.
    pub(super) async fn take(
        &mut self,
        daemon: &Daemon,
        smtp: &mut Smtp,
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
            Heard::Asked(asked) => self.asked(daemon, smtp, asked, now).await,
            Heard::Answered(said) => self.answered(daemon, said, now).await,
        }
    }

    pub(super) async fn asked(
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
    pub(super) async fn reach_the_dot(
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
