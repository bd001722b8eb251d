//! Messages are decided, in order of arrival, each in one transaction (invariants 2 and 3). Calls and commits; computes
//! nothing.
//!
//! # Failure policy
//!
//! A document that kills its reader twice is held and told to a person; the message's other papers go on. A message whose
//! processing was begun twice and never ended (the program died on it) is quarantined: held whole, a person told. When
//! the store fails, nothing of the message was written, and it is decided by the next turn.

use super::carry_out::{Carrying, carry_out};
use super::gather::{gather, open};
use super::{Daemon, Panel, Stage};
use crate::casework::rules::{HoldKind, Override, decide};
use crate::casework::{FormId, MailboxId};
use crate::store::{Message, Tx};
use jiff::Timestamp;
use tracing::{error, info};

/// Messages looked up at a time.
const BATCH: i64 = 50;
/// Processing is begun at most this often.
const ATTEMPTS: i64 = 2;

/// Decides every pending message; returns how many.
pub(super) async fn turn(daemon: &mut Daemon, now: Timestamp) -> anyhow::Result<usize> {
    let mut decided = 0;
    loop {
        let mut view = daemon.store.read().await?;
        daemon.read_directory(&mut view).await?;
        let pending = view.pending_messages(BATCH).await?;
        drop(view);
        let Some(first) = pending.first() else { return Ok(decided) };
        // Only the message under way is counted, so that a crash is held against no other: each with the commit of the
        // one before it.
        let mut tx = daemon.store.begin(now).await?;
        let mut begun = Begun::of(&mut tx, first).await?;
        tx.commit().await?;
        for (i, message) in pending.iter().enumerate() {
            // Told to stop, the next one is not begun: a begun one that is not ended counts against it.
            let next = pending.get(i + 1).filter(|_| !daemon.stop.asked());
            let next = one(daemon, message, &begun, next, now).await?;
            decided += 1;
            daemon.pulse.beat(Stage::Process);
            let Some(next) = next else { break };
            begun = next;
        }
        if i64::try_from(pending.len())? < BATCH || daemon.stop.asked() {
            return Ok(decided);
        }
    }
}

/// A message whose processing has begun.
struct Begun {
    /// How often, this time included.
    attempt: i64,
    raw: Vec<u8>,
}

impl Begun {
    async fn of(tx: &mut Tx, message: &Message) -> anyhow::Result<Self> {
        Ok(Self { attempt: tx.count_attempt(message.number).await?, raw: tx.raw(message.number).await? })
    }
}

/// Decides one message and begins the next.
async fn one(
    daemon: &Daemon,
    message: &Message,
    begun: &Begun,
    next: Option<&Message>,
    now: Timestamp,
) -> anyhow::Result<Option<Begun>> {
    let opened = if begun.attempt > ATTEMPTS {
        error!(message.id = %message.number, "processing this message was begun twice and never ended; it is quarantined");
        super::gather::unread(&daemon.limits, &begun.raw)
    } else {
        open(&daemon.reader, &daemon.limits, message, &begun.raw).await
    };
    let forms: Vec<&FormId> =
        opened.reports.iter().flatten().flat_map(|r| &r.readings).filter_map(|r| r.form.as_ref()).collect();
    let Some(panel) = panel_of(daemon, &message.mailbox, &forms) else {
        anyhow::bail!("mailbox {} belongs to no enabled panel", message.mailbox);
    };
    let book = daemon.book();
    let mut tx = daemon.store.begin(now).await?;
    if message.reappeared {
        tx.hold_mail(super::rebuilt::RULE);
    }
    let gathered = gather(daemon, &book, panel, &mut tx, message, &opened, Override::default(), now).await?;
    let mut decision = decide(&gathered.submission, &panel.profile, &gathered.meetings);
    if begun.attempt > ATTEMPTS {
        decision.message_hold = Some(HoldKind::ReaderFailed);
    }
    let tables = daemon.reader.tables();
    let carrying = Carrying {
        book: &book,
        panel,
        tables,
        message,
        opened: &opened,
        gathered: &gathered,
        decision: &decision,
        again: false,
    };
    carry_out(&mut tx, &carrying).await?;
    let begun = match next {
        Some(next) => Some(Begun::of(&mut tx, next).await?),
        None => None,
    };
    tx.commit().await?;
    info!(message.id = %message.number, fate = decision.fate.as_str(), rule.id = decision.rule, "message decided");
    Ok(begun)
}

/// The panel a mailbox belongs to; where several share it, the one that accepts a form in the message, else the first.
pub(super) fn panel_of<'a>(daemon: &'a Daemon, mailbox: &MailboxId, forms: &[&FormId]) -> Option<&'a Panel> {
    let mine = || daemon.panels.values().filter(|p| p.profile.mailboxes.contains(mailbox));
    mine().find(|p| forms.iter().any(|f| p.profile.accepts.contains(f))).or_else(|| mine().next())
}
