//! Each night the ledger is compared with what the mail servers hold (OP-04; LESSONS A1, A5): in the folder mail arrives in,
//! in `Processed` and in `Quarantine`.
//!
//! A server's message and ours are the same when arrival and size are; what does not match so is fetched and compared by its
//! bytes, and by Message-ID and arrival, for a server that writes messages anew. What the server holds and nobody here ever
//! saw is taken in. What we hold and the server no longer does is told: nothing is lost, but somebody removed it.
//!
//! A mailbox that cannot be listed is left for the next night; that it cannot be read is told by the watch.

use super::Schedules;
use crate::casework::calendar::civil;
use crate::casework::rules::Ends;
use crate::casework::{MailboxId, MessageRef, Redacted, Ref, Sha256};
use crate::daemon::alerts::{Alert, To, raise};
use crate::daemon::asked::ask;
use crate::daemon::{Daemon, Stage, rebuilt};
use crate::inbound::mailbox::{Folder, Holding, Mailbox, Source};
use crate::outbound::compose::alert::NextStep;
use crate::store::{Counted, Line, NewMessage, OccurrenceKey};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use std::collections::{BTreeMap, BTreeSet};
use tracing::{info, warn};

/// The rule it goes by; docs/OPERATING.md names it.
const RULE: &str = "OP-04";
/// References one alert names.
const MOST_NAMED: usize = 40;

/// What does not match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    /// Places in the server's list of what nobody here may have seen.
    pub unseen: Vec<usize>,
    /// Messages of ours that the server does not have.
    pub gone: BTreeSet<MessageRef>,
    /// Messages noted as gone that are there again.
    pub back: BTreeSet<MessageRef>,
}

/// Compares the server's (arrival, size) with the ledger's.
pub(super) fn compare(server: &[(Timestamp, i64)], ours: &[Counted]) -> Difference {
    let mut there: BTreeMap<(Timestamp, i64), usize> = BTreeMap::new();
    for key in server {
        *there.entry(*key).or_default() += 1;
    }
    let mut here: BTreeMap<(Timestamp, i64), (usize, BTreeSet<MessageRef>)> = BTreeMap::new();
    for counted in ours {
        let (n, messages) = here.entry((counted.arrived_at, counted.size)).or_default();
        *n += 1;
        messages.insert(counted.message);
    }
    let mut difference = Difference::default();
    let mut met: BTreeMap<(Timestamp, i64), usize> = BTreeMap::new();
    for (place, key) in server.iter().enumerate() {
        let met = met.entry(*key).or_default();
        *met += 1;
        if here.get(key).is_none_or(|(n, _)| *met > *n) {
            difference.unseen.push(place);
        }
    }
    for counted in ours {
        let key = (counted.arrived_at, counted.size);
        let messages = here.get(&key).map_or(0, |(_, messages)| messages.len());
        // Two messages of one second and one size: which is gone cannot be told, so both are named.
        let gone = there.get(&key).copied().unwrap_or_default() < messages;
        if gone && !counted.gone {
            difference.gone.insert(counted.message);
        } else if !gone && counted.gone {
            difference.back.insert(counted.message);
        }
    }
    difference
}

pub(super) async fn run(daemon: &mut Daemon, schedules: &Schedules, date: Date, now: Timestamp) -> anyhow::Result<()> {
    let since = civil::date(now).checked_sub(schedules.reconcile_days.days())?;
    let mut sources = std::mem::take(&mut daemon.sources);
    let mut outcome = Ok(());
    for (id, source) in &mut sources {
        daemon.pulse.beat(Stage::Housekeeping);
        if let Source::Live(mailbox) = source {
            outcome = one(daemon, id, mailbox, since, date, now).await;
            if outcome.is_err() {
                break;
            }
        }
    }
    daemon.sources = sources;
    outcome?;
    let mut tx = daemon.store.begin(now).await?;
    if tx.take_job(super::Job::Reconcile.name(), date).await? {
        tx.journal(Line {
            event: "job.done",
            rule: Some(RULE.into()),
            reason: format!("ledger and mail servers compared, from {since} on"),
            refs: Vec::new(),
        });
        tx.commit().await?;
    }
    Ok(())
}

async fn one(
    daemon: &Daemon,
    id: &MailboxId,
    mailbox: &mut Mailbox,
    since: Date,
    date: Date,
    now: Timestamp,
) -> anyhow::Result<()> {
    let held = match mailbox.holdings(since).await {
        Ok(held) => held,
        Err(error) => {
            warn!(mailbox.id = %id, error = %error, "mailbox could not be compared with the ledger; next time");
            return Ok(());
        }
    };
    let ours = daemon.store.read().await?.counted(id, civil::start_of_day(since)).await?;
    let keys: Vec<(Timestamp, i64)> =
        held.iter().map(|h| (h.occurrence.arrived_at, i64::try_from(h.occurrence.size).unwrap_or(i64::MAX))).collect();
    let Difference { unseen, mut gone, back } = compare(&keys, &ours);
    let mut found = Vec::new();
    for holding in unseen.iter().filter_map(|place| held.get(*place)) {
        daemon.pulse.beat(Stage::Housekeeping);
        // What lies where mail arrives is the next sweep's.
        let Some(place) = holding.place else { continue };
        match look(daemon, id, mailbox, holding, place).await? {
            Look::Known(message) => {
                gone.remove(&message);
            }
            Look::New(new) => found.push(*new),
            Look::Unreadable => {}
        }
    }
    let many = found.len() > rebuilt::MOST;
    for new in &mut found {
        new.reappeared = many;
    }
    info!(mailbox.id = %id, compared = held.len(), found = found.len(), gone = gone.len(), "ledger compared with the server");
    settle(daemon, id, (found, gone, back), date, now).await
}

enum Look {
    Known(MessageRef),
    New(Box<NewMessage>),
    Unreadable,
}

/// Fetches what did not match and finds out whether it is known after all.
async fn look(
    daemon: &Daemon,
    id: &MailboxId,
    mailbox: &mut Mailbox,
    holding: &Holding,
    place: Folder,
) -> anyhow::Result<Look> {
    let most = u64::try_from(daemon.limits.message_bytes)?;
    let fetched = match mailbox.fetch_held(holding, most).await {
        Ok(fetched) => fetched,
        Err(error) => {
            warn!(mailbox.id = %id, error = %error, "a message on the server that the ledger does not know could not be fetched");
            return Ok(Look::Unreadable);
        }
    };
    let (occurrence, sha256) = (&holding.occurrence, Sha256::of(&fetched.bytes));
    let mut view = daemon.store.read().await?;
    if let Some(known) = view.message_by_hash(id, sha256).await? {
        return Ok(Look::Known(known.number));
    }
    let parcel = crate::inbound::unpack::unpack(&fetched.bytes, &daemon.limits);
    if let Some(message_id) = &parcel.headers.message_id {
        let same = view.messages_by_message_id(message_id).await?;
        let same = same.iter().find(|m| m.mailbox == *id && m.arrived_at == occurrence.arrived_at);
        if let Some(same) = same {
            return Ok(Look::Known(same.number));
        }
    }
    // A key of its own: UIDs are counted in each folder anew.
    let key = format!("{}/{}", place.name(), occurrence.key);
    Ok(Look::New(Box::new(NewMessage {
        mailbox: id.clone(),
        epoch: occurrence.key.epoch,
        key: OccurrenceKey::Name(Redacted::new(key)),
        arrived_at: occurrence.arrived_at,
        source: Some(occurrence.file.clone()),
        sha256,
        size: i64::try_from(occurrence.size).unwrap_or(i64::MAX),
        complete: !fetched.truncated,
        reappeared: false,
        raw: fetched.bytes,
    })))
}

/// Takes in what was found, notes what is gone, and tells both.
async fn settle(
    daemon: &Daemon,
    id: &MailboxId,
    (found, gone, back): (Vec<NewMessage>, BTreeSet<MessageRef>, BTreeSet<MessageRef>),
    date: Date,
    now: Timestamp,
) -> anyhow::Result<()> {
    if found.is_empty() && gone.is_empty() && back.is_empty() {
        return Ok(());
    }
    let mut tx = daemon.store.begin(now).await?;
    let mut taken_in = Vec::new();
    for new in found {
        let key = (new.epoch, new.key.clone());
        for accepted in tx.accept(vec![new]).await? {
            tx.settle(id, key.0, std::slice::from_ref(&key.1)).await?;
            taken_in.push(accepted.message());
            tx.journal(Line {
                event: "received",
                rule: Some(RULE.into()),
                reason: format!("found on the server of mailbox {id}, where nobody here had seen it, and taken in"),
                refs: vec![Ref::Message(accepted.message())],
            });
        }
    }
    for message in &gone {
        tx.note_gone(id, *message, true).await?;
        tx.journal(Line {
            event: "message.gone",
            rule: Some(RULE.into()),
            reason: format!("no longer on the server of mailbox {id}; kept here"),
            refs: vec![Ref::Message(*message)],
        });
    }
    for message in &back {
        tx.note_gone(id, *message, false).await?;
    }
    let book = daemon.book();
    let of_mailbox = |panel: &&crate::daemon::Panel| panel.profile.mailboxes.contains(id);
    for panel in daemon.panels.values().filter(of_mailbox) {
        let told = [
            (
                "found",
                &taken_in,
                format!("{} found on the server of {id} and taken in", messages(taken_in.len())),
                "lay in the mailbox's folders and had never been seen here: moved by hand before they were read, or lost when the database was restored. They are taken in now, each by its own arrival time: what came in time stays in time.",
                "See what became of each",
            ),
            (
                "gone",
                &gone.iter().copied().collect(),
                format!("{} gone from the mailbox {id}", messages(gone.len())),
                "were received and are no longer in the mailbox or its folders. Nothing is lost here: they are kept and were answered. Somebody, or a rule of the mail server, removed them.",
                "If nobody removed them on purpose, ask who did",
            ),
        ];
        for (what, refs, title, text, next) in told {
            let refs: &Vec<MessageRef> = refs;
            let Some(first) = refs.first() else { continue };
            let alert = Alert {
                to: To::Owner,
                at_once: false,
                purpose: format!("alert|reconcile|{what}|{}|{id}|{date}|{first}", panel.profile.id),
                title,
                what: format!("{} {text}", named(refs)),
                why: "Each night the ledger is compared with what the mail server holds, so that no message is missed in silence.".to_owned(),
                rule: RULE,
                happened_at: now,
                decide_by: None,
                otherwise: None,
                about: refs.iter().take(MOST_NAMED).copied().map(Ref::Message).collect(),
                next: vec![NextStep {
                    text: next.to_owned(),
                    command: Some(format!("dutyclerk explain {first}")),
                }],
                meeting: None,
                cases: &[],
            };
            if what == "gone" {
                ask(&mut tx, &book, panel, alert, Ends::Answered).await?;
            } else {
                raise(&mut tx, &book, panel, alert).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(())
}

fn messages(n: usize) -> String {
    if n == 1 { "1 message".to_owned() } else { format!("{n} messages") }
}

fn named(refs: &[MessageRef]) -> String {
    let shown: Vec<String> = refs.iter().take(MOST_NAMED).map(ToString::to_string).collect();
    let more = refs.len().saturating_sub(MOST_NAMED);
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn ours(message: i64, second: i64, size: i64, gone: bool) -> Counted {
        Counted { message: MessageRef(message), arrived_at: at(second), size, gone }
    }

    #[test]
    fn op_04_what_only_one_side_has_is_found() {
        let same = compare(&[(at(1), 10), (at(2), 20)], &[ours(1, 1, 10, false), ours(2, 2, 20, false)]);
        assert_eq!(same, Difference::default());
        let server = [(at(1), 10), (at(3), 30)];
        let found = compare(&server, &[ours(1, 1, 10, false), ours(2, 2, 20, false)]);
        assert_eq!((found.unseen, found.gone), (vec![1], BTreeSet::from([MessageRef(2)])));
    }

    #[test]
    fn op_04_told_once_and_noted_when_it_is_back() {
        assert_eq!(compare(&[], &[ours(2, 2, 20, true)]), Difference::default());
        let back = compare(&[(at(2), 20)], &[ours(2, 2, 20, true)]);
        assert_eq!(back.back, BTreeSet::from([MessageRef(2)]));
    }

    #[test]
    fn op_04_copies_and_repeats_are_counted() {
        // Moved back and taken in again: two occurrences, one copy left.
        assert_eq!(compare(&[(at(1), 10)], &[ours(1, 1, 10, false), ours(1, 1, 10, false)]), Difference::default());
        // A second copy on the server, one of it known.
        assert_eq!(compare(&[(at(1), 10), (at(1), 10)], &[ours(1, 1, 10, false)]).unseen, [1]);
        // Two of one second and size, one of them gone: both are named.
        let two = [ours(1, 1, 10, false), ours(2, 1, 10, false)];
        assert_eq!(compare(&[(at(1), 10)], &two).gone, BTreeSet::from([MessageRef(1), MessageRef(2)]));
    }
}
