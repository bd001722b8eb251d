//! A pack, or a supplement, is drawn up and put before a person: its mails wait.

use super::deadline::at_the_deadline;
use super::go::{flagged, looked_at};
use super::plan::{hash_of, plan};
use super::{approvers, is_waiting, note};
use crate::casework::calendar::{Meeting, civil};
use crate::casework::rules::{approval_deadline, supplement_deadline};
use crate::casework::{MailKind, Ref, SentRef};
use crate::daemon::dispatch::let_go;
use crate::daemon::pack::{self, Drawn};
use crate::daemon::preview::{self, Preview};
use crate::daemon::table::Table;
use crate::daemon::{Book, Panel};
use crate::inbound::unpack::Limits;
use crate::store::{ApprovalState, Approved, NewApproval, Tx};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Draws up a pack that waits for approval; past its deadline already, it goes on at once as the profile says. Where an
/// earlier one was refused, the refusal stands.
pub(in crate::daemon) async fn draw(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    limits: &Limits,
    meeting: &Meeting,
    missing: Vec<String>,
) -> anyhow::Result<()> {
    let before = mails_of_meeting(tx, meeting).await?;
    let drawn = pack::pack(tx, book, panel, limits, meeting, missing).await?;
    put(tx, book, panel, limits, meeting, (Approved::Pack, approval_deadline(meeting)), (&before, &drawn)).await
}

/// Draws up a supplement that waits for approval. One that only takes children off goes at once: it carries no paper, and
/// whoever prepares for a child should know at once that it is not heard.
pub(in crate::daemon) async fn draw_supplement(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    limits: &Limits,
    meeting: &Meeting,
) -> anyhow::Result<()> {
    let before = mails_of_meeting(tx, meeting).await?;
    let earlier = tx.approval(&meeting.id).await?.filter(|row| row.what == Approved::Supplement && row.state.is_open());
    let Some(drawn) = pack::supplement(tx, book, panel, limits, meeting).await? else {
        return close(tx, book, meeting, earlier.is_some()).await;
    };
    if drawn.agenda.items().next().is_none() {
        return close(tx, book, meeting, earlier.is_some()).await;
    }
    // What changes while it waits makes it wait no longer.
    let (days, hours) = (panel.calendar.days(), &panel.profile.working_hours);
    let deadline = supplement_deadline(meeting, days, hours, tx.now());
    let deadline = earlier.map_or(deadline, |row| row.deadline_at);
    put(tx, book, panel, limits, meeting, (Approved::Supplement, deadline), (&before, &drawn)).await
}

/// What waited is wanted no more: nobody is asked. What is left of it is about children who are heard all the same.
async fn close(tx: &mut Tx, book: &Book<'_>, meeting: &Meeting, waited: bool) -> anyhow::Result<()> {
    if waited {
        tx.close_codes(&Ref::Meeting(meeting.id.clone())).await?;
        tx.decide_approval(&meeting.id, ApprovalState::Lapsed, None).await?;
        for mail in tx.awaiting_approval(&meeting.id).await? {
            let_go(tx, book, mail.number).await?;
        }
    }
    Ok(())
}

async fn mails_of_meeting(tx: &mut Tx, meeting: &Meeting) -> anyhow::Result<BTreeSet<SentRef>> {
    Ok(tx.entries_of_meeting(&meeting.id).await?.iter().map(|e| e.number).collect())
}

/// Puts what was drawn up before a person: its mails wait.
async fn put(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    limits: &Limits,
    meeting: &Meeting,
    (what, deadline): (Approved, Timestamp),
    (before, drawn): (&BTreeSet<SentRef>, &Drawn),
) -> anyhow::Result<()> {
    let earlier = tx.approval(&meeting.id).await?.filter(|row| row.what == what);
    let new = tx.entries_of_meeting(&meeting.id).await?;
    let new = new.iter().filter(|e| !before.contains(&e.number) && e.kind != MailKind::Alert);
    tx.await_approval(&new.map(|e| e.number).collect::<Vec<_>>()).await?;
    let mails = tx.awaiting_approval(&meeting.id).await?;
    let now = tx.now();
    let table = Table::lay(tx, meeting).await?;
    let looked_at = looked_at(tx, &meeting.id).await?;
    let asked = NewApproval {
        meeting: meeting.id.clone(),
        what,
        sha256: hash_of(&mails),
        plan: plan(book, panel, what, &table, now)?,
        flagged: i64::try_from(flagged(&drawn.table, &looked_at).len())?,
        deadline_at: deadline,
    };
    tx.ask_approval(&asked).await?;
    tx.close_codes(&Ref::Meeting(meeting.id.clone())).await?;
    let until = civil::instant_in_words(deadline);
    let event = if what == Approved::Pack { "pack.awaits_approval" } else { "supplement.awaits_approval" };
    note(tx, meeting, event, format!("{} mails wait for approval, asked until {until}", mails.len()));
    let earlier = earlier.filter(|row| what == Approved::Pack || row.state.is_open());
    let refusal = earlier.as_ref().filter(|row| row.state == ApprovalState::Refused);
    if let Some(refusal) = refusal {
        let by = refusal.decision.as_ref().map(|decision| decision.open()).transpose()?;
        tx.decide_approval(&meeting.id, ApprovalState::Refused, by.as_ref()).await?;
    } else if now >= deadline {
        at_the_deadline(tx, book, panel, limits, meeting, what).await?;
    }
    if is_waiting(tx, &meeting.id).await? {
        let shown = Preview { meeting, drawn, mails: &mails, again: earlier.is_some(), chased: false };
        preview::send(tx, book, panel, limits, &shown, &approvers(panel)).await?;
    }
    Ok(())
}
