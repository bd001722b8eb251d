//! A mailbox that its server built anew: its UIDs say nothing any more, so everything in it is examined again (LESSONS A3).
//!
//! What comes back byte for byte is known by its hash and nothing follows from it. A server that moved may have changed the
//! bytes, though: then old mail looks new, and would be answered by the hundred. So when more than fifty messages come to
//! light with a new UIDVALIDITY they are taken in and decided, and the mail that follows from them waits for a person.

use super::Daemon;
use super::alerts::{Alert, To};
use super::asked::ask;
use crate::casework::MailboxId;
use crate::casework::rules::Ends;
use crate::inbound::mailbox::Sweep;
use crate::outbound::compose::alert::NextStep;
use crate::store::{Line, View};
use jiff::Timestamp;
use tracing::warn;

/// So many may come back without anybody being asked.
pub(super) const MOST: usize = 50;
/// The rule what follows from them is held by; docs/OPERATING.md names it.
pub(super) const RULE: &str = "OP-08";

/// Were these messages of a server's mailbox found after it was rebuilt, and more than may go by themselves? Noted and told
/// the first time.
pub(super) async fn is_flood(daemon: &Daemon, id: &MailboxId, sweep: &Sweep, now: Timestamp) -> anyhow::Result<bool> {
    let mut view = daemon.store.read().await?;
    let before = view.mailbox(id).await?.and_then(|mailbox| mailbox.epoch);
    let noted = view.setting(&key(id)).await?;
    drop(view);
    let this = sweep.epoch.to_string();
    if noted.as_deref() == Some(this.as_str()) {
        return Ok(true);
    }
    let rebuilt = before.is_some_and(|before| before != sweep.epoch);
    if rebuilt {
        warn!(mailbox.id = %id, messages = sweep.occurrences.len(), "the server has given the mailbox a new UIDVALIDITY: everything in it is examined again");
    }
    if !rebuilt || sweep.occurrences.len() <= MOST {
        return Ok(false);
    }
    let n = sweep.occurrences.len();
    let mut tx = daemon.store.begin(now).await?;
    tx.set_setting(&key(id), &this).await?;
    tx.journal(Line {
        event: "mailbox.rebuilt",
        rule: Some(RULE.into()),
        reason: format!("mailbox {id} was rebuilt and {n} messages came to light: what follows from them is held"),
        refs: Vec::new(),
    });
    let book = daemon.book();
    for panel in daemon.panels.values().filter(|panel| panel.profile.mailboxes.contains(id)) {
        let alert = Alert {
            to: To::Owner,
            at_once: true,
            purpose: format!("alert|rebuilt|{}|{id}|{this}", panel.profile.id),
            title: format!("mailbox {id} was rebuilt: {n} messages came to light"),
            what: format!(
                "The mail server has rebuilt the mailbox {id}, and {n} messages are in it. All are taken in. Those that were received before are known and change nothing; what follows from the others is made ready and held."
            ),
            why: "After a move between servers old mail can look new. Nobody is to be answered twice by the hundred."
                .to_owned(),
            rule: RULE,
            happened_at: now,
            decide_by: None,
            otherwise: Some("the mails stay held; children that were listed stay listed.".to_owned()),
            about: Vec::new(),
            next: vec![
                NextStep {
                    text: "See which mails wait".to_owned(),
                    command: Some("dutyclerk outbox list --state held".to_owned()),
                },
                NextStep {
                    text: "See what became of the messages".to_owned(),
                    command: Some("dutyclerk status".to_owned()),
                },
            ],
            meeting: None,
            cases: &[],
        };
        ask(&mut tx, &book, panel, alert, Ends::Rebuilt(id.clone())).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Are they still being taken in?
pub(super) async fn is_going_on(view: &mut View, id: &MailboxId) -> anyhow::Result<bool> {
    Ok(view.setting(&key(id)).await?.is_some_and(|epoch| !epoch.is_empty()))
}

/// All of them are taken in.
pub(super) async fn over(daemon: &Daemon, id: &MailboxId, now: Timestamp) -> anyhow::Result<()> {
    let mut tx = daemon.store.begin(now).await?;
    tx.set_setting(&key(id), "").await?;
    tx.commit().await?;
    Ok(())
}

fn key(id: &MailboxId) -> String {
    format!("rebuilt:{id}")
}
