//! Frozen mail is handed over, and what came of it written down per recipient: to a folder ([`folder`]), or to a mail server
//! ([`courier`]).
//!
//! # Failure policy
//!
//! The states are `outbound::outbox`'s; what is here reads an entry, asks `step` what an event makes of it, and writes that
//! by compare-and-swap on the attempt number. At-the-dot is committed before the first body byte goes. What is due is judged
//! once more at the moment it is to go: what has expired or was superseded falls away, and a restriction made since it was
//! frozen holds it (invariant 5), as does somebody it is for who has left the directory (OP-12). Whoever is not reached for good, and whatever did not go in time, is told to a person.

mod canary;
mod courier;
mod fewer;
mod folder;
mod kept;
mod look;
mod told;
mod unknown;
mod word;

pub use courier::{Courier, Journal};
pub(super) use kept::LEFT;
use look::Inside;
pub use look::Look;
pub(super) use told::{Loss, tell_lost};
pub use unknown::settle;
pub(super) use word::{flooded_since, let_go, take_back};
pub use word::{judge_mail, resume_sending, stop_sending, stopped_since};

use super::{Book, Daemon, deputies};
use crate::casework::routing::Routing;
use crate::casework::{Address, CaseRef, FrozenBytes, MailKind, Ref, SentRef};
use crate::outbound::outbox::{Entry, Event, RecipientReply, Refused, Reply, Standing, Transition, step};
use crate::outbound::submission::Sink;
use crate::store::{EntryRecipient, Envelope, Line, OutboxEntry, Restriction, RestrictionSubject, Tx};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tracing::{info, warn};

/// Which program made an attempt.
const HOLDER: &str = "dutyclerk";

/// A mail that has begun to go.
#[derive(Debug)]
struct Going {
    number: SentRef,
    entry: Entry,
    stored: OutboxEntry,
    envelope: Envelope,
    kept: Vec<EntryRecipient>,
    cases: Vec<CaseRef>,
    bytes: Option<FrozenBytes>,
}

/// Sends what is due; returns how many mails went, and when to look again.
pub(super) async fn turn(daemon: &mut Daemon, now: Timestamp) -> anyhow::Result<(usize, Option<Timestamp>)> {
    let mut view = daemon.store.read().await?;
    if stopped_since(&mut view).await?.is_some() {
        return Ok((0, None));
    }
    let next_due = view.next_due().await?;
    let room =
        if next_due.is_some_and(|at| at <= now) { word::room(daemon, &mut view, now).await? } else { usize::MAX };
    if room == 0 {
        drop(view);
        word::stop_the_flood(daemon, now).await?;
        return Ok((0, None));
    }
    let mut sink = std::mem::replace(&mut daemon.sink, Sink::Closed);
    let mut look = std::mem::take(&mut daemon.look);
    let done = match &mut sink {
        Sink::Closed => Ok((0, None)),
        Sink::Folder(folder) => folder::turn(daemon, view, folder, &mut look, (room, next_due), now).await,
        Sink::Smtp(smtp) => {
            let mut courier = std::mem::take(&mut daemon.courier);
            let done = courier.turn(daemon, view, smtp, &mut look, (room, next_due), now).await;
            daemon.courier = courier;
            done
        }
    };
    (daemon.sink, daemon.look) = (sink, look);
    done
}

/// Before the program ends: waits for the answer to a mail that is under way, at most this long, and writes it down. Nothing
/// new is begun (invariant 12).
pub(super) async fn finish(daemon: &mut Daemon, now: Timestamp, patience: Duration) -> anyhow::Result<()> {
    let mut sink = std::mem::replace(&mut daemon.sink, Sink::Closed);
    let mut done = Ok(());
    if let Sink::Smtp(smtp) = &mut sink {
        let mut look = std::mem::take(&mut daemon.look);
        let mut courier = std::mem::take(&mut daemon.courier);
        done = courier.finish(daemon, smtp, &mut look, now, patience).await;
        (daemon.courier, daemon.look) = (courier, look);
    }
    daemon.sink = sink;
    done
}

/// What a due mail is judged by.
struct Judging<'a> {
    book: &'a Book<'a>,
    restrictions: Vec<Restriction>,
}

enum Judged {
    /// It goes.
    Begun(Box<Going>),
    /// It fell away, or is held: written down already.
    SetAside,
    /// It does not take the next step.
    NotNow,
}

impl<'a> Judging<'a> {
    async fn of(tx: &mut Tx, book: &'a Book<'a>) -> anyhow::Result<Self> {
        Ok(Self { book, restrictions: tx.all_restrictions().await? })
    }

    /// The last look over these mails.
    async fn look_over(
        &self,
        look: &mut Look,
        daemon: &Daemon,
        tx: &mut Tx,
        mails: &[(&OutboxEntry, &Inside)],
    ) -> anyhow::Result<BTreeMap<SentRef, BTreeSet<CaseRef>>> {
        let envelopes: Vec<Envelope> =
            mails.iter().map(|(stored, _)| stored.envelope.open()).collect::<Result<_, _>>()?;
        let mails = mails.iter().zip(&envelopes);
        let mails: Vec<_> =
            mails.map(|((stored, inside), envelope)| look::Looked { stored, envelope, inside }).collect();
        look.over(daemon, self.book, tx, &self.restrictions, &mails).await
    }

    /// Has anything come between since the mail was claimed?
    async fn is_barred(&self, tx: &mut Tx, mail: &mut Going, exposes: bool) -> anyhow::Result<bool> {
        self.look_at_standing(tx, mail, exposes).await?;
        Ok(mail.entry.is_barred())
    }

    /// Judges a due mail at the moment it is to go. Begun is not written yet.
    async fn judge(
        &self,
        tx: &mut Tx,
        stored: OutboxEntry,
        cases: Vec<CaseRef>,
        kept: Vec<EntryRecipient>,
        exposed: Option<&BTreeSet<CaseRef>>,
    ) -> anyhow::Result<Judged> {
        let (number, now) = (stored.number, tx.now());
        let envelope = stored.envelope.open()?;
        let entry = kept::entry_of(&stored, &envelope, &kept, false)?;
        let mut mail = Going { number, entry, stored, envelope, kept, cases, bytes: None };
        self.look_at_standing(tx, &mut mail, exposed.is_some()).await?;
        let Standing { restricted, too_large, exposes, .. } = mail.entry.standing;
        let left = mail.entry.recipients.iter().any(|to| to.left && to.state.is_open());
        let set_aside = if mail.entry.is_barred() { Event::Hold } else { Event::Tick };
        let stopped = step(&mail.entry, &set_aside, now).ok();
        let next = match stopped.filter(|transition| transition.entry.state != mail.entry.state) {
            Some(stopped) => stopped,
            None => match step(&mail.entry, &Event::Begin, now) {
                Ok(transition) => transition,
                Err(Refused::NotDue) => return Ok(Judged::NotNow),
                Err(refused) => {
                    warn!(sent.id = %number, error = %refused, "a due mail does not take the next step");
                    return Ok(Judged::NotNow);
                }
            },
        };
        if next.entry.state == crate::outbound::outbox::EntryState::Sending {
            return Ok(Judged::Begun(Box::new(Going { entry: next.entry, ..mail })));
        }
        kept::write(tx, &mail.entry, &next.entry, number, &[]).await?;
        warn!(sent.id = %number, outcome = next.event, "a mail was set aside instead of sent");
        tx.journal(Line {
            event: "mail.set_aside",
            rule: Some(mail.stored.rule.clone().into()),
            reason: match kept::held_by(&next.entry) {
                Some(by) => format!("{}: held ({by})", mail.stored.kind),
                None => format!("{}: {}", mail.stored.kind, next.entry.state.as_str()),
            },
            refs: vec![Ref::Sent(number)],
        });
        told::not_reached(tx, self.book, &mail, &next.entry, &[]).await?;
        if restricted {
            told::restricted(tx, self.book, &mail.stored).await?;
        } else if let Some(cases) = exposed.filter(|_| exposes) {
            told::exposes(tx, self.book, &mail.stored, cases).await?;
        } else if left {
            told::left(tx, self.book, &mail).await?;
        } else if too_large {
            told::too_large(tx, self.book, &mail.stored).await?;
        }
        Ok(Judged::SetAside)
    }

    /// What stands against a mail now.
    async fn look_at_standing(&self, tx: &mut Tx, mail: &mut Going, exposes: bool) -> anyhow::Result<()> {
        let Going { entry, stored, envelope, cases, .. } = mail;
        // A person may have let exactly these bytes go all the same.
        let let_go = stored.approved.is_some_and(|(_, bytes)| bytes == stored.sha256);
        // Larger than mail servers take.
        let too_large = stored.size > self.book.largest_mail && stored.kind != MailKind::Alert;
        entry.standing.restricted = self.bars(tx, stored, envelope, cases).await?;
        entry.standing.too_large = too_large && !let_go;
        entry.standing.exposes = exposes && !let_go;
        // What was frozen in this very turn was addressed from the same directory.
        if stored.created_at != tx.now() {
            self.mark_leavers(tx, entry, stored, envelope).await?;
        }
        Ok(())
    }

    /// Whom the directory has at their address no more since the mail was frozen (OP-12).
    async fn mark_leavers(
        &self,
        tx: &mut Tx,
        entry: &mut Entry,
        stored: &OutboxEntry,
        envelope: &Envelope,
    ) -> anyhow::Result<()> {
        let Some(panel) = self.book.panels.get(&stored.panel) else { return Ok(()) };
        let stand_ins = match &stored.meeting {
            Some(meeting) if matches!(stored.kind, MailKind::Agenda | MailKind::Supplement | MailKind::List) => {
                deputies::agreed(tx, meeting).await?
            }
            _ => Vec::new(),
        };
        let routing = Routing { stand_ins: &stand_ins, ..self.book.routing(panel, tx.now()) };
        for to in envelope.to.iter().filter(|to| !to.journal && routing.has_left(stored.kind, &to.address, &to.role)) {
            entry.recipients.iter_mut().filter(|r| r.address == to.address).for_each(|r| r.left = true);
        }
        Ok(())
    }

    /// Does a restriction made after the mail was frozen bar one of its recipients, on a case it speaks of: whoever holds
    /// the role in any row of the directory, the person at any of their addresses?
    async fn bars(
        &self,
        tx: &mut Tx,
        stored: &OutboxEntry,
        envelope: &Envelope,
        cases: &[CaseRef],
    ) -> anyhow::Result<bool> {
        if self.restrictions.is_empty() {
            return Ok(false);
        }
        let papers: Vec<CaseRef> =
            tx.documents_of_entry(stored.number).await?.into_iter().map(|(_, case)| case).collect();
        for restriction in &self.restrictions {
            if !cases.contains(&restriction.case) || restriction.created_at < stored.created_at {
                continue;
            }
            let bars = match restriction.subject {
                // What stands in the paper is not looked at again: one frozen before the restriction waits for a person.
                RestrictionSubject::Field => papers.contains(&restriction.case),
                RestrictionSubject::Role | RestrictionSubject::Person => bars(self.book, restriction, envelope)?,
            };
            if bars {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Does a restriction keep its child from anybody this goes to, by role or as a person?
fn bars(book: &Book<'_>, restriction: &Restriction, envelope: &Envelope) -> anyhow::Result<bool> {
    let value = restriction.detail.open()?.value.into_inner();
    let directory = &book.directory;
    let rows = |to: &Address| directory.entries.iter().filter(move |e| e.answers_to(to)).collect::<Vec<_>>();
    Ok(envelope.to.iter().any(|to| match restriction.subject {
        RestrictionSubject::Role => {
            to.role.as_str() == value || rows(&to.address).iter().any(|e| e.role.as_str() == value)
        }
        RestrictionSubject::Person => match value.parse::<Address>() {
            Ok(person) => to.address == person || rows(&to.address).iter().any(|e| e.answers_to(&person)),
            Err(_) => true,
        },
        RestrictionSubject::Field => false,
    }))
}

/// The journal's line of what came of a mail, and the log's.
fn answered(tx: &mut Tx, mail: &Going, transition: &Transition, replies: &[RecipientReply]) {
    let mut words: Vec<String> = transition.entry.recipients.iter().map(|r| r.state.as_str().to_owned()).collect();
    for (word, recipient) in words.iter_mut().zip(&transition.entry.recipients) {
        let reply = replies.iter().find(|reply| reply.address == recipient.address);
        if let Some(Reply::Transient(refusal) | Reply::Permanent(refusal)) = reply.map(|reply| &reply.reply) {
            *word = format!("{word}, {refusal}");
        }
    }
    let mut refs = vec![Ref::Sent(mail.number)];
    refs.extend(mail.cases.iter().copied().map(Ref::Case));
    tx.journal(Line {
        event: "mail.answered",
        rule: Some(mail.stored.rule.clone().into()),
        reason: format!("{}: {}", mail.stored.kind, words.join("; ")),
        refs,
    });
    info!(sent.id = %mail.number, mail.kind = %mail.stored.kind, outcome = transition.event, "mail handed over");
}

impl Daemon {
    fn jitter(&self) -> u8 {
        let [jitter] = self.chance.bytes::<1>();
        jitter
    }
}
