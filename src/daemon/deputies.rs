//! A core member is away, by an automatic reply, by an apology or by declining the invitation: whoever runs the panel is asked
//! whether the deputy whom the directory names gets the papers (MC-08). Nobody gets them by a mail alone: it may be old, of a
//! mailbox and not of a person, or about another meeting.
//!
//! An invitation that is declined is about its own meeting and no other: each meeting is an event of its own, with a UID of its
//! own, so that whoever declines all of them sends as many answers (`casework::rules::member_changes`).
//!
//! # Failure policy
//!
//! Asked once for each member and meeting, in the transaction that decides the reply. A yes stands beside the meeting: a
//! pack, a supplement or a preview drawn up after it counts the deputy in; a pack that has gone is sent to the deputy alone.
//! Whoever accepts after all takes back what nobody has answered yet; a yes stays until a person says otherwise.

mod asking;
mod away;

pub(super) use away::{apology, comes, declined, offer, told_of_apology};

use super::held::{Release, close};
use super::pack::{drawn_before, members, send_agenda};
use super::table::Table;
use super::{Book, Daemon, Panel, approval};
use crate::casework::calendar::Meeting;
use crate::casework::routing::StandIn;
use crate::casework::rules::HoldKind;
use crate::casework::{Address, MailKind, MeetingId, Redacted};
use crate::store::{Held, HeldState, Mark, Tx, View};
use anyhow::{Context as _, bail};
use jiff::Timestamp;
use std::collections::BTreeMap;

const KIND: HoldKind = HoldKind::MemberAway;
/// Who is away, and who would come, among what a held item keeps sealed.
const MEMBER: &str = "member";
const DEPUTY: &str = "deputy";
/// The member has written so: no automatic reply.
const APOLOGY: &str = "apology";

type Facts = BTreeMap<String, Redacted<String>>;

/// None where retention has destroyed what the reply was kept with: its meeting is long over.
fn pair(held: &Held) -> Option<StandIn> {
    let facts = held.detail.open().ok()?.facts;
    address(&facts, MEMBER).zip(address(&facts, DEPUTY)).map(|(member, deputy)| StandIn { member, deputy })
}

fn address(facts: &Facts, name: &str) -> Option<Address> {
    facts.get(name).and_then(|fact| fact.reveal().parse().ok())
}

/// Who has this meeting's papers in a member's place.
pub(super) async fn agreed(view: &mut View, meeting: &MeetingId) -> anyhow::Result<Vec<StandIn>> {
    let asked = view.held_of_kind(meeting, KIND.as_str()).await?;
    Ok(agreed_since(&asked).into_iter().map(|(pair, _)| pair).collect())
}

/// The same, with when it was heard that the member is away.
pub(super) fn agreed_since(asked: &[Held]) -> Vec<(StandIn, Timestamp)> {
    let released = asked.iter().filter(|held| held.kind == KIND.as_str() && held.state == HeldState::Released);
    released.filter_map(|held| Some((pair(held)?, held.opened_at))).collect()
}

/// The core members who wrote that they cannot come to this meeting, and when. One that a person turned away was none.
pub(super) fn apologies(asked: &[Held]) -> Vec<(Address, Timestamp)> {
    let apology = |held: &Held| {
        let refused = held.kind == HoldKind::Apology.as_str() && held.state == HeldState::Rejected;
        let facts = held.detail.open().map(|detail| detail.facts).unwrap_or_default();
        let counts = facts.contains_key(APOLOGY) && !refused;
        Some((address(&facts, MEMBER).filter(|_| counts)?, held.opened_at))
    };
    asked.iter().filter_map(apology).collect()
}

/// The deputy gets the papers: those that have gone at once, the others with everybody's.
pub(super) async fn release(daemon: &Daemon, held: &Held, word: &Release, now: Timestamp) -> anyhow::Result<()> {
    let id = held.meeting.as_ref().context("the item names no meeting")?;
    let book = daemon.book();
    let panel = book.panels.get(&id.panel).with_context(|| format!("{} is not an enabled panel", id.panel))?;
    let meeting = panel.meeting(id).with_context(|| format!("there is no meeting {id}"))?;
    if meeting.starts_at <= now {
        bail!("the meeting {id} has begun");
    }
    let agreed = pair(held).context("the item does not say who is away")?;
    let named = book.routing(panel, now).deputised(&agreed.member).and_then(|found| found.deputy);
    if !named.is_some_and(|deputy| deputy.answers_to(&agreed.deputy)) {
        bail!(
            "the directory names another deputy now, or one who may not have the panel's mail: reject this, and send the papers by hand"
        );
    }
    let mut tx = daemon.store.begin(now).await?;
    close(&mut tx, held, HeldState::Released, word).await?;
    send_to_deputy(&mut tx, daemon, &book, panel, &meeting, &agreed).await?;
    tx.commit().await?;
    Ok(())
}

async fn send_to_deputy(
    tx: &mut Tx,
    daemon: &Daemon,
    book: &Book<'_>,
    panel: &Panel,
    meeting: &Meeting,
    agreed: &StandIn,
) -> anyhow::Result<()> {
    // A pack that is still to be drawn up counts them in, and one that waits for approval is drawn up anew.
    let drawn = tx.marks(&meeting.id).await?.contains_key(&Mark::PackDrawn);
    if !drawn || approval::is_pack_waiting(tx, &meeting.id).await? {
        return Ok(());
    }
    let mut table = Table::lay(tx, meeting).await?;
    table.keep_what_was_told();
    let drawn = drawn_before(tx, book, panel, &daemon.limits, table).await?;
    let routing = drawn.table.routing(book, panel, tx.now());
    for clearance in members(&routing, MailKind::Agenda, meeting, &drawn.table.routed) {
        if let Some(clearance) = clearance.to_one(&agreed.deputy) {
            send_agenda(tx, book, panel, &drawn, &clearance).await?;
        }
    }
    Ok(())
}

/// The meeting has been held: nobody needs to be asked any more.
pub(super) async fn over(tx: &mut Tx, meeting: &MeetingId) -> anyhow::Result<()> {
    for held in asked_about(tx, meeting).await? {
        if held.state == HeldState::Open {
            supersede(tx, &held, "the meeting has been held").await?;
        }
    }
    Ok(())
}

/// What was asked because members of this meeting are away.
pub(super) async fn asked_about(view: &mut View, meeting: &MeetingId) -> anyhow::Result<Vec<Held>> {
    Ok(view.held_of_kinds(meeting, &[KIND.as_str(), HoldKind::Apology.as_str()]).await?)
}

async fn supersede(tx: &mut Tx, held: &Held, note: &str) -> anyhow::Result<()> {
    let word = Release { by: "dutyclerk".to_owned(), note: note.to_owned(), ..Release::default() };
    close(tx, held, HeldState::Superseded, &word).await
}
