//! A person's word on mail: what is held goes or does not, and nothing goes at all until somebody says so again.

use super::Judging;
use super::fewer::for_fewer;
use super::kept::{LEFT, entry_of, write, write_superseded};
use crate::casework::{Ref, SentRef};
use crate::daemon::{Book, Daemon};
use crate::outbound::outbox::{EntryState as OutboxState, Event, Refused, step};
use crate::store::{EntryState, Line, StoreError, Tx, View};
use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};

/// Where it is kept that all sending is stopped.
pub(super) const STOPPED: &str = "sending.stopped";
/// And that too much mail was why.
const FLOODED: &str = "sending.flooded";
/// When a person last let it go on.
const RESUMED: &str = "sending.resumed";

/// Lets a held mail go as it was frozen, or takes a held or queued one back. Returns its state.
///
/// # Errors
/// When there is no such mail, when it is in no such state, when somebody it is for may not have it any more (`release`), or
/// when the store fails.
pub async fn judge_mail(
    daemon: &mut Daemon,
    number: SentRef,
    release: bool,
    now: Timestamp,
) -> anyhow::Result<&'static str> {
    daemon.read_directory(&mut daemon.store.read().await?).await?;
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
    let judging = Judging::of(&mut tx, &book).await?;
    let barred = judging.bars(&mut tx, &stored, &envelope, &cases).await?;
    let mut entry = entry_of(&stored, &envelope, &kept, barred)?;
    judging.mark_leavers(&mut tx, &mut entry, &stored, &envelope).await?;
    let event = if release { Event::Release } else { Event::Cancel };
    let transition = match step(&entry, &event, now) {
        Ok(transition) => transition,
        Err(Refused::NobodyLeft) => bail!(
            "{number} stays held: the directory lists nobody any more whom it has still to reach. Put the row right and \
             import the directory, or take the mail back with `dutyclerk outbox cancel {number}`"
        ),
        Err(_) => bail!("{number} is {}: it cannot be taken back any more", stored.state),
    };
    if release && barred {
        bail!(
            "{number} stays held: one of its children was restricted since for one of the people it is for. Take it back with \
             `dutyclerk outbox cancel {number}`: what it carries then goes anew to whoever may have it"
        );
    }
    let without = entry.recipients.iter().filter(|to| to.left && to.state.is_open()).count();
    let (mut goes, mut refs) = ((number, stored.sha256), vec![Ref::Sent(number)]);
    let word = match (release, without) {
        (true, 0) => "a person let it go".to_owned(),
        (true, without) => format!("a person let it go, without {without} who left the directory"),
        (false, _) => "a person took it back".to_owned(),
    };
    if release && without > 0 && transition.entry.state == OutboxState::Queued {
        goes = for_fewer(&mut tx, &stored, &envelope, &entry).await?;
        refs.push(Ref::Sent(goes.0));
        write_superseded(&mut tx, &entry, &step(&entry, &Event::Cancel, now)?.entry, number, goes.0).await?;
    } else {
        write(&mut tx, &entry, &transition.entry, number, &[]).await?;
    }
    // Somebody who left says nothing of what the mail carries.
    if release && stored.held_by.as_deref() != Some(LEFT) {
        // Exactly these bytes: too large or not, they may go.
        tx.approve_entry(goes.0, goes.1).await?;
    }
    tx.journal(Line {
        event: if release { "mail.released" } else { "mail.cancelled" },
        rule: Some(stored.rule.clone().into()),
        reason: format!("{}: {word} ({})", stored.kind, transition.event),
        refs,
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

/// Stops all sending. Everything else goes on meanwhile; what is due waits.
///
/// # Errors
/// When the store fails.
pub async fn stop_sending(daemon: &Daemon, now: Timestamp) -> anyhow::Result<()> {
    let mut tx = daemon.store.begin(now).await?;
    tx.set_setting(STOPPED, &now.to_string()).await?;
    said(&mut tx, "sending.stopped", None, "a person stopped all sending");
    tx.commit().await?;
    Ok(())
}

/// Lets sending go on, whoever or whatever stopped it. Mail is counted anew from here.
///
/// # Errors
/// When the store fails.
pub async fn resume_sending(daemon: &Daemon, now: Timestamp) -> anyhow::Result<()> {
    let mut tx = daemon.store.begin(now).await?;
    tx.set_setting(STOPPED, "").await?;
    tx.set_setting(FLOODED, "").await?;
    tx.set_setting(RESUMED, &now.to_string()).await?;
    said(&mut tx, "sending.resumed", None, "a person let sending go on");
    tx.commit().await?;
    Ok(())
}

/// How many mails may begin now: as many as fit into the hour.
pub(super) async fn room(daemon: &Daemon, view: &mut View, now: Timestamp) -> anyhow::Result<usize> {
    let Some(most) = daemon.most_mails_an_hour else { return Ok(usize::MAX) };
    let hour_ago = now.checked_sub(SignedDuration::from_hours(1))?;
    let resumed = view.setting(RESUMED).await?.and_then(|at| at.parse::<Timestamp>().ok());
    let begun = view.attempts_since(resumed.map_or(hour_ago, |at| at.max(hour_ago))).await?;
    Ok(usize::try_from(most.saturating_sub(begun)).unwrap_or(usize::MAX))
}

/// More mail is due than fits into the hour: all sending stops until a person lets it go on (OP-11).
pub(super) async fn stop_the_flood(daemon: &Daemon, now: Timestamp) -> anyhow::Result<()> {
    let most = daemon.most_mails_an_hour.unwrap_or_default();
    tracing::error!(most, "more mail than this in an hour: all sending is stopped until a person lets it go on");
    let mut tx = daemon.store.begin(now).await?;
    tx.set_setting(STOPPED, &now.to_string()).await?;
    tx.set_setting(FLOODED, &now.to_string()).await?;
    said(&mut tx, "sending.stopped", Some("OP-11"), &format!("more than {most} mails in an hour"));
    tx.commit().await?;
    Ok(())
}

fn said(tx: &mut Tx, event: &'static str, rule: Option<&'static str>, reason: &str) {
    let rule = rule.map(Into::into);
    tx.journal(Line { event, rule, reason: reason.to_owned(), refs: Vec::new() });
}

/// Since when all sending is stopped, if it is.
///
/// # Errors
/// When the store fails.
pub async fn stopped_since(view: &mut View) -> Result<Option<Timestamp>, StoreError> {
    Ok(view.setting(STOPPED).await?.and_then(|since| since.parse().ok()))
}

/// Since when, if the program stopped it because of too much mail.
pub(in crate::daemon) async fn flooded_since(view: &mut View) -> Result<Option<Timestamp>, StoreError> {
    Ok(view.setting(FLOODED).await?.and_then(|since| since.parse().ok()))
}
