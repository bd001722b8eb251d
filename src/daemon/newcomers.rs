//! Core members who joined after the pack of a meeting had gone: they are sent what the others have, once, before any supplement
//! (SY-06, SY-12).
//!
//! # Failure policy
//!
//! Who has an agenda mail is read from the outbox, so that nobody gets a second one: whoever one was ever for is no newcomer, and
//! what is taken back is another's to mend. A directory that has just changed is left to settle: a row that was there by mistake
//! and is gone after minutes gets no child's papers.

use super::pack::{drawn_before, is_for_the_chair_alone, members, send_agenda};
use super::table::Table;
use super::{Book, Daemon, Memory, Panel, approval};
use crate::casework::calendar::Meeting;
use crate::casework::{Address, MailKind, Ref};
use crate::store::{Line, Mark, Tx};
use jiff::{SignedDuration, Timestamp};

/// How long a directory stands before anybody new in it is sent a pack.
const SETTLES: SignedDuration = SignedDuration::from_mins(10);

/// Looks for them after the directory has changed; returns how many were sent the pack.
pub(super) async fn turn(
    daemon: &Daemon,
    book: &Book<'_>,
    memory: &mut Memory,
    (panel, meeting): (&Panel, &Meeting),
    now: Timestamp,
    next: &mut Vec<Timestamp>,
) -> anyhow::Result<usize> {
    if now < meeting.pack_at || now >= meeting.starts_at {
        return Ok(0);
    }
    let version = book.directory_version.unwrap_or_default();
    let seen = memory.newcomers.entry(meeting.id.clone()).or_insert_with(|| (version.to_owned(), now, false));
    if seen.0 != version {
        *seen = (version.to_owned(), now, false);
    }
    let at = seen.1.checked_add(SETTLES)?;
    if seen.2 || at > now {
        next.extend((!seen.2).then_some(at));
        return Ok(0);
    }
    seen.2 = true;
    let mut tx = daemon.store.begin(now).await?;
    let done = send(&mut tx, daemon, book, panel, meeting).await?;
    tx.commit().await?;
    Ok(done)
}

/// Sends the pack, as it was, to each who has none.
pub(super) async fn send(
    tx: &mut Tx,
    daemon: &Daemon,
    book: &Book<'_>,
    panel: &Panel,
    meeting: &Meeting,
) -> anyhow::Result<usize> {
    // A pack that is still to be drawn up counts them in, and one that waits for approval is drawn up anew.
    let drawn = tx.marks(&meeting.id).await?.contains_key(&Mark::PackDrawn);
    if !drawn || is_for_the_chair_alone(meeting) || approval::is_pack_waiting(tx, &meeting.id).await? {
        return Ok(0);
    }
    let mut have: Vec<Address> = Vec::new();
    for entry in tx.entries_of_meeting(&meeting.id).await? {
        if entry.kind == MailKind::Agenda {
            have.extend(entry.envelope.open()?.to.into_iter().filter(|to| !to.journal).map(|to| to.address));
        }
    }
    let mut table = Table::lay(tx, meeting).await?;
    let is_new = |address: &Address| !have.iter().any(|has| book.directory.is_same_person(has, address));
    let cleared = members(&table.routing(book, panel, tx.now()), MailKind::Agenda, meeting, &table.routed);
    let new: Vec<Address> =
        cleared.iter().flat_map(|c| c.recipients()).map(|r| r.address.clone()).filter(is_new).collect();
    if have.is_empty() || new.is_empty() {
        return Ok(0);
    }
    table.keep_what_was_told();
    let drawn = drawn_before(tx, book, panel, &daemon.limits, table).await?;
    for clearance in
        members(&drawn.table.routing(book, panel, tx.now()), MailKind::Agenda, meeting, &drawn.table.routed)
    {
        for clearance in new.iter().filter_map(|address| clearance.clone().to_one(address)) {
            send_agenda(tx, book, panel, &drawn, &clearance).await?;
        }
    }
    tx.journal(Line {
        event: "pack.sent_on",
        rule: Some("SY-12".into()),
        reason: format!("{} core member(s) joined after the pack had gone", new.len()),
        refs: vec![Ref::Meeting(meeting.id.clone())],
    });
    Ok(new.len())
}
