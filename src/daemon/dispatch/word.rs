//! A person's word on mail: what is held goes or does not, and nothing goes at all until somebody says so again.

use super::Judging;
use super::kept::{entry_of, write};
use crate::casework::{Ref, SentRef};
use crate::daemon::{Book, Daemon};
use crate::outbound::outbox::{EntryState as OutboxState, Event, step};
use crate::store::{EntryState, Line, StoreError, Tx, View};
use anyhow::{Context as _, bail};
use jiff::Timestamp;

/// Where it is kept that a person has stopped all sending.
const STOPPED: &str = "sending.stopped";

/// Lets a held mail go as it was frozen, or takes a held or queued one back. Returns its state.
///
/// # Errors
/// When there is no such mail, when it is in no such state, when somebody it is for may not have it any more (`release`), or
/// when the store fails.
pub async fn judge_mail(
    daemon: &Daemon,
    number: SentRef,
    release: bool,
    now: Timestamp,
) -> anyhow::Result<&'static str> {
    let book = daemon.book();
    let mut tx = daemon.store.begin(now).await?;
    let stored = tx.entry(number).await?.with_context(|| format!("there is no mail {number}"))?;
    if release && stored.state != EntryState::Held {
        bail!("{number} is {}: only a held mail can be released", stored.state);
    }
    if stored.awaits_approval() {
        let pack = stored.meeting.map_or_else(String::new, |meeting| meeting.to_string());
        bail!(
            "{number} waits for approval with its pack: `dutyclerk outbox approve {pack}`, or `outbox refuse {pack}`"
        );
    }
    if super::kept::is_unknown(&stored) {
        bail!("nobody knows whether {number} was sent: use `dutyclerk outbox settle {number} --arrived` or `--again`");
    }
    let envelope = stored.envelope.open()?;
    let cases = tx.cases_of_entry(number).await?;
    let kept = tx.recipients(number).await?;
    let barred = Judging::of(&mut tx, &book).await?.bars(&mut tx, &stored, &envelope, &cases).await?;
    let entry = entry_of(&stored, &envelope, &kept, barred)?;
    let event = if release { Event::Release } else { Event::Cancel };
    let Ok(transition) = step(&entry, &event, now) else {
        bail!("{number} is {}: it cannot be taken back any more", stored.state);
    };
    if release && barred {
        bail!("{number} stays held: one of its children was restricted since for one of the people it is for");
    }
    if release {
        // Exactly these bytes: too large or not, they may go.
        tx.approve_entry(number, stored.sha256).await?;
    }
    write(&mut tx, &entry, &transition.entry, number, &[]).await?;
    let word = if release { "a person let it go" } else { "a person took it back" };
    tx.journal(Line {
        event: if release { "mail.released" } else { "mail.cancelled" },
        rule: Some(stored.rule.clone().into()),
        reason: format!("{}: {word} ({})", stored.kind, transition.event),
        refs: vec![Ref::Sent(number)],
    });
    tx.commit().await?;
    Ok(transition.entry.state.as_str())
}

/// A mail of a pack that was approved goes (MC-33). Whom a restriction made since bars from it keeps it held; false then.
///
/// # Errors
/// When it is not held, or when the store fails.
pub(in crate::daemon) async fn let_go(tx: &mut Tx, book: &Book<'_>, number: SentRef) -> anyhow::Result<bool> {
    Ok(say(tx, book, number, &Event::Release).await? == Some(OutboxState::Queued))
}

/// A mail of a pack that waits for approval is taken back: nobody has had it (MC-33).
///
/// # Errors
/// When it is not held, or when the store fails.
pub(in crate::daemon) async fn take_back(tx: &mut Tx, book: &Book<'_>, number: SentRef) -> anyhow::Result<()> {
    say(tx, book, number, &Event::Cancel).await?;
    Ok(())
}

async fn say(tx: &mut Tx, book: &Book<'_>, number: SentRef, event: &Event) -> anyhow::Result<Option<OutboxState>> {
    let Some(stored) = tx.entry(number).await? else { return Ok(None) };
    let envelope = stored.envelope.open()?;
    let cases = tx.cases_of_entry(number).await?;
    let kept = tx.recipients(number).await?;
    let barred = Judging::of(tx, book).await?.bars(tx, &stored, &envelope, &cases).await?;
    let entry = entry_of(&stored, &envelope, &kept, barred)?;
    let transition = step(&entry, event, tx.now())?;
    write(tx, &entry, &transition.entry, number, &[]).await?;
    Ok(Some(transition.entry.state))
}

/// Stops all sending, or lets it go on. Everything else goes on meanwhile; what is due waits.
///
/// # Errors
/// When the store fails.
pub async fn stop_sending(daemon: &Daemon, stop: bool, now: Timestamp) -> anyhow::Result<()> {
    let mut tx = daemon.store.begin(now).await?;
    tx.set_setting(STOPPED, &if stop { now.to_string() } else { String::new() }).await?;
    tx.journal(Line {
        event: if stop { "sending.stopped" } else { "sending.resumed" },
        rule: None,
        reason: if stop { "a person stopped all sending" } else { "a person let sending go on" }.to_owned(),
        refs: Vec::new(),
    });
    tx.commit().await?;
    Ok(())
}

/// Since when a person has stopped all sending, if they have.
///
/// # Errors
/// When the store fails.
pub async fn stopped_since(view: &mut View) -> Result<Option<Timestamp>, StoreError> {
    Ok(view.setting(STOPPED).await?.and_then(|since| since.parse().ok()))
}
