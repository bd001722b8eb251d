//! Packs that a person approves before they go (MC-33).
//!
//! The pack is drawn up and frozen at its moment like any other, but its mails are held, and the approver gets the preview.
//! An approval is for exactly these bytes: it names their SHA-256, and where the agenda, the people or the papers are not what
//! they were any more, the mails are taken back, the pack is drawn up anew and approved anew.
//!
//! A supplement to a pack that has gone is approved in the same way, on its own: what it holds back is what is new. It waits
//! in working time, for one may be drawn up at midnight, and never so long that its members could not read it: where no
//! time is left it goes as at a deadline, without what was flagged. One that only takes a child off goes at once.
//!
//! # Failure policy
//!
//! Never silence: approver and chair hear two working hours before the deadline that a pack is coming, the approver gets it
//! at its moment, the chair when half the time is gone. At the deadline the profile's policy holds: it goes without the
//! papers that were flagged, or waits and is chased every two working hours until its meeting begins. Somebody's refusal
//! stands above the policy. Each step is one transaction; one that fails is tried again next turn.

use super::alerts::{Alert, To, raise};
use super::desk::agenda_meeting;
use super::dispatch::{let_go, take_back};
use super::pack::{self, Drawn, News, members};
use super::preview::{self, Preview};
use super::table::Table;
use super::{Book, Daemon, Panel};
use crate::casework::calendar::{Meeting, civil};
use crate::casework::panel::OnDeadline;
use crate::casework::routing::{Clearance, HealthCopy};
use crate::casework::rules::{CHASED_FROM, HoldKind, Unapproved, approval_deadline, supplement_deadline, unapproved};
use crate::casework::{CaseRef, HeldRef, MailKind, MeetingId, Redacted, Ref, RoleId, SentRef, Sha256};
use crate::inbound::unpack::Limits;
use crate::outbound::compose::alert::NextStep;
use crate::store::{
    Approval, ApprovalDecision, ApprovalState, Approved, Document, DocumentId, DocumentState, HeldDetail, HeldState,
    Line, Mark, NewApproval, NewHeld, OutboxEntry, Tx, View,
};
use anyhow::{Context as _, bail};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// By which all of this is done.
const RULE: &str = "MC-33";

/// What a person approves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approving {
    /// The pack as it is.
    Whole,
    /// The pack without the papers that name another child.
    WithoutFlagged,
}

/// Draws up a pack that waits for approval; past its deadline already, it goes on at once as the profile says. Where an
/// earlier one was refused, the refusal stands.
pub(super) async fn draw(
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
pub(super) async fn draw_supplement(
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

/// Whoever approves, best first; an empty role passes it on.
fn approvers(panel: &Panel) -> Vec<RoleId> {
    let alerts = &panel.profile.alerts;
    vec![RoleId::new("approver"), alerts.chair.clone(), RoleId::new("deputy-chair"), alerts.owner.clone()]
}

/// Who is asked when the approver does not answer.
fn chairs(panel: &Panel) -> Vec<RoleId> {
    vec![panel.profile.alerts.chair.clone(), RoleId::new("deputy-chair")]
}

/// Looks after one meeting's approval; returns how many things were done.
pub(super) async fn turn(
    daemon: &Daemon,
    book: &Book<'_>,
    panel: &Panel,
    meeting: &Meeting,
    now: Timestamp,
    next: &mut Vec<Timestamp>,
) -> anyhow::Result<usize> {
    let (days, hours) = (panel.calendar.days(), &panel.profile.working_hours);
    let deadline = approval_deadline(meeting);
    let from = days.minus_working_minutes(deadline, CHASED_FROM, hours);
    if now < from {
        next.push(from);
        return Ok(0);
    }
    let mut view = daemon.store.read().await?;
    let Some(row) = view.approval(&meeting.id).await? else {
        let drawn = view.marks(&meeting.id).await?.contains_key(&Mark::PackDrawn);
        drop(view);
        return if drawn || now >= meeting.pack_at { Ok(0) } else { announce(daemon, book, panel, meeting, now).await };
    };
    if !row.state.is_open() {
        return Ok(0);
    }
    let deadline = row.deadline_at;
    let table = Table::lay(&mut view, meeting).await?;
    drop(view);
    let limits = &daemon.limits;
    if plan(book, panel, row.what, &table, now)? != row.plan {
        let mut tx = daemon.store.begin(now).await?;
        void(&mut tx, book, meeting, row.what, &table).await?;
        let event = if row.what == Approved::Pack { "pack.changed" } else { "supplement.changed" };
        note(&mut tx, meeting, event, "what it says or to whom has changed: approved anew".to_owned());
        match row.what {
            Approved::Pack => {
                let missing = super::duty::missing(&mut tx, panel, meeting).await?;
                draw(&mut tx, book, panel, limits, meeting, missing).await?;
            }
            Approved::Supplement => draw_supplement(&mut tx, book, panel, limits, meeting).await?,
        }
        tx.commit().await?;
        next.push(deadline);
        return Ok(1);
    }
    let refused = row.state == ApprovalState::Refused;
    let goes = unapproved(panel.profile.on_deadline, refused, deadline, now) == Unapproved::GoesWithoutFlagged;
    if now >= deadline && (goes || row.state == ApprovalState::Asked) {
        let mut tx = daemon.store.begin(now).await?;
        at_the_deadline(&mut tx, book, panel, limits, meeting, row.what).await?;
        tx.commit().await?;
        return Ok(1);
    }
    next.extend([deadline, meeting.starts_at].into_iter().filter(|at| *at > now));
    chase(daemon, book, panel, meeting, &row, now, next).await
}

/// Two working hours before the deadline approver and chair hear that a pack is coming, and what is in it so far.
async fn announce(
    daemon: &Daemon,
    book: &Book<'_>,
    panel: &Panel,
    meeting: &Meeting,
    now: Timestamp,
) -> anyhow::Result<usize> {
    let purpose = format!("alert|approval|{}|soon", meeting.id);
    let mut tx = daemon.store.begin(now).await?;
    if tx.entry_of_purpose(&purpose).await?.is_some() {
        return Ok(0);
    }
    let table = Table::lay(&mut tx, meeting).await?;
    let papers: usize = table.papers.values().map(Vec::len).sum();
    let flagged: Vec<String> = flagged(&table, &BTreeSet::new()).iter().map(|(case, _)| case.to_string()).collect();
    let mut what = format!(
        "The pack for {} is drawn up {} and then waits for approval until {}. As things stand it has {} children and {papers} papers.",
        meeting.id,
        civil::instant_in_words(meeting.pack_at),
        civil::instant_in_words(approval_deadline(meeting)),
        table.rows.len(),
    );
    if !flagged.is_empty() {
        what.push_str(&format!(" Papers of {} name another child.", flagged.join(", ")));
    }
    let alert = Alert {
        title: format!("the pack for {} will need approval", civil::day_in_words(meeting.day())),
        what,
        next: vec![NextStep { text: "Be ready to answer the preview when it comes".to_owned(), command: None }],
        ..asking(panel, meeting, (Approved::Pack, approval_deadline(meeting)), purpose, now)
    };
    raise(&mut tx, book, panel, alert).await?;
    tx.commit().await?;
    Ok(1)
}

/// What every alert about an approval has in common.
fn asking<'a>(
    panel: &Panel,
    meeting: &'a Meeting,
    (what, deadline): (Approved, Timestamp),
    purpose: String,
    now: Timestamp,
) -> Alert<'a> {
    Alert {
        to: To::Approvers,
        at_once: true,
        purpose,
        title: String::new(),
        what: String::new(),
        why: format!("A {what} of this panel is approved before it goes."),
        rule: RULE,
        happened_at: now,
        decide_by: Some(deadline),
        otherwise: Some(otherwise(panel)),
        about: vec![Ref::Meeting(meeting.id.clone())],
        next: vec![NextStep {
            text: "Answer the preview with its code; or, with a shell, run:".to_owned(),
            command: Some(format!("dutyclerk outbox approve {}", meeting.id)),
        }],
        meeting: Some(&meeting.id),
        cases: &[],
    }
}

/// Until when a pack waits, and what happens when nobody approves it by then.
pub(super) fn until_and_otherwise(
    panel: &Panel,
    meeting: &Meeting,
    row: Option<&Approval>,
    now: Timestamp,
) -> (Timestamp, String) {
    let deadline = row.map_or_else(|| approval_deadline(meeting), |row| row.deadline_at);
    match row {
        Some(row) if row.state == ApprovalState::Refused => {
            (meeting.starts_at, "It was refused before: it goes only when somebody approves it.".to_owned())
        }
        _ if now >= deadline => (meeting.starts_at, "It goes only when somebody approves it.".to_owned()),
        _ => (deadline, otherwise(panel)),
    }
}

/// What happens when nobody approves it by its deadline.
fn otherwise(panel: &Panel) -> String {
    match panel.profile.on_deadline {
        OnDeadline::Send => {
            "It then goes without the papers that name another child; their children stay listed.".to_owned()
        }
        OnDeadline::Hold => "It then waits on, and nobody has it until somebody approves it.".to_owned(),
    }
}

/// When half the time that a pack waits is gone.
pub(super) fn half_time(meeting: &Meeting) -> Timestamp {
    let waits = approval_deadline(meeting).duration_since(meeting.pack_at);
    meeting.pack_at.checked_add(waits / 2).unwrap_or(meeting.pack_at)
}

/// Half the time is gone: the chair is asked too. After the deadline both are asked every two working hours.
async fn chase(
    daemon: &Daemon,
    book: &Book<'_>,
    panel: &Panel,
    meeting: &Meeting,
    row: &Approval,
    now: Timestamp,
    next: &mut Vec<Timestamp>,
) -> anyhow::Result<usize> {
    let (days, hours) = (panel.calendar.days(), &panel.profile.working_hours);
    let deadline = row.deadline_at;
    let half = match row.what {
        Approved::Pack => half_time(meeting).max(row.asked_at),
        Approved::Supplement => {
            let waits = deadline.duration_since(row.asked_at);
            row.asked_at.checked_add(waits / 2).unwrap_or(row.asked_at)
        }
    };
    if now < half {
        next.push(half);
        return Ok(0);
    }
    let (mut at, mut nth) = (half, 0);
    loop {
        let later = if nth == 0 { deadline } else { days.plus_working_minutes(at, CHASED_FROM, hours) };
        if later > now || later <= at {
            next.push(later);
            break;
        }
        (at, nth) = (later, nth + 1);
    }
    // At the deadline itself it is told by what happens to it.
    let refused = row.state == ApprovalState::Refused;
    if nth == 1 || (nth == 0 && refused) {
        return Ok(0);
    }
    let purpose = format!("alert|approval|{}|{}|{nth}", meeting.id, row.version);
    let mut tx = daemon.store.begin(now).await?;
    if tx.entry_of_purpose(&purpose).await?.is_some() {
        return Ok(0);
    }
    let said = if refused { "was refused and still waits" } else { "still waits for approval" };
    let alert = Alert {
        title: format!("the {} for {} {said}", row.what, civil::day_in_words(meeting.day())),
        what: format!("The {} for {} {said}. Nobody has it yet.", row.what, meeting.id),
        decide_by: Some(if now < deadline { deadline } else { meeting.starts_at }),
        otherwise: Some(if now < deadline { otherwise(panel) } else { "it does not go at all.".to_owned() }),
        ..asking(panel, meeting, (row.what, deadline), purpose, now)
    };
    raise(&mut tx, book, panel, alert).await?;
    if nth == 0 {
        let table = Table::lay(&mut tx, meeting).await?;
        let drawn = match row.what {
            Approved::Pack => pack::drawn_before(&mut tx, book, panel, &daemon.limits, table).await?,
            Approved::Supplement => pack::supplement_before(&mut tx, panel, &daemon.limits, table).await?,
        };
        let mails = tx.awaiting_approval(&meeting.id).await?;
        let shown = Preview { meeting, drawn: &drawn, mails: &mails, again: false, chased: true };
        preview::send(&mut tx, book, panel, &daemon.limits, &shown, &chairs(panel)).await?;
    }
    tx.commit().await?;
    Ok(1)
}

/// Nobody has approved it: it goes on as the profile says, and approver and chair are told.
async fn at_the_deadline(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    limits: &Limits,
    meeting: &Meeting,
    of: Approved,
) -> anyhow::Result<()> {
    let now = tx.now();
    let row = tx.approval(&meeting.id).await?.context("nothing waits for approval")?;
    let which = if of == Approved::Pack { String::new() } else { format!("|{of}|{}", row.version) };
    let sends = panel.profile.on_deadline == OnDeadline::Send;
    let purpose = format!("alert|approval|{}|deadline|{sends}{which}", meeting.id);
    let about = (of, row.deadline_at);
    let day = civil::day_in_words(meeting.day());
    match panel.profile.on_deadline {
        OnDeadline::Hold => {
            tx.decide_approval(&meeting.id, ApprovalState::Unapproved, None).await?;
            note(
                tx,
                meeting,
                if of == Approved::Pack { "pack.unapproved" } else { "supplement.unapproved" },
                "nobody approved it by its deadline: it waits on".to_owned(),
            );
            let alert = Alert {
                title: format!("the {of} for {day} has not gone: nobody approved it"),
                what: format!(
                    "Nobody approved the {of} for {} by its deadline. It waits, and nobody has it.",
                    meeting.id
                ),
                decide_by: Some(meeting.starts_at),
                otherwise: Some("it does not go at all.".to_owned()),
                ..asking(panel, meeting, about, purpose, now)
            };
            raise(tx, book, panel, alert).await?;
        }
        OnDeadline::Send => {
            tx.decide_approval(&meeting.id, ApprovalState::Sent, None).await?;
            let held = go(tx, book, panel, limits, meeting, of, Approving::WithoutFlagged).await?;
            let without = in_words(&held);
            note(
                tx,
                meeting,
                if of == Approved::Pack { "pack.sent_unapproved" } else { "supplement.sent_unapproved" },
                format!("nobody approved it by its deadline: it goes{without}"),
            );
            let alert = Alert {
                title: format!("the {of} for {day} went without approval"),
                what: format!("Nobody approved the {of} for {} by its deadline. It goes now{without}.", meeting.id),
                decide_by: None,
                otherwise: None,
                about: held.iter().copied().map(Ref::Held).chain([Ref::Meeting(meeting.id.clone())]).collect(),
                next: vec![NextStep {
                    text: "Look at what is held; released, it follows by supplement".to_owned(),
                    command: Some("dutyclerk held list".to_owned()),
                }],
                ..asking(panel, meeting, about, purpose, now)
            };
            raise(tx, book, panel, alert).await?;
        }
    }
    Ok(())
}

fn in_words(held: &[HeldRef]) -> String {
    if held.is_empty() {
        return String::new();
    }
    let numbers: Vec<String> = held.iter().map(ToString::to_string).collect();
    format!(", without {} paper(s) that name another child ({})", held.len(), numbers.join(", "))
}

/// The mails go: all of them as they are frozen, or drawn up anew without the flagged papers, which wait for a person.
async fn go(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    limits: &Limits,
    meeting: &Meeting,
    of: Approved,
    what: Approving,
) -> anyhow::Result<Vec<HeldRef>> {
    tx.close_codes(&Ref::Meeting(meeting.id.clone())).await?;
    let mut table = Table::lay(tx, meeting).await?;
    if of == Approved::Supplement {
        let agenda = table.agenda(panel, meeting.id.date);
        table.routed = pack::news(&table, &agenda).routed;
    }
    let looked_at = looked_at(tx, &meeting.id).await?;
    let mut held = Vec::new();
    let flagged = flagged(&table, &looked_at);
    if what == Approving::WithoutFlagged && !flagged.is_empty() {
        for (case, document) in flagged {
            held.push(set_aside(tx, panel, meeting, case, document).await?);
        }
        void(tx, book, meeting, of, &table).await?;
        match of {
            Approved::Pack => {
                let missing = super::duty::missing(tx, panel, meeting).await?;
                pack::pack(tx, book, panel, limits, meeting, missing).await?;
            }
            Approved::Supplement => {
                pack::supplement(tx, book, panel, limits, meeting).await?;
            }
        }
    }
    for mail in tx.awaiting_approval(&meeting.id).await? {
        let_go(tx, book, mail.number).await?;
    }
    Ok(held)
}

/// Papers that name another child and that a person has let go all the same: nobody needs to look at them again.
pub(super) async fn looked_at(tx: &mut Tx, meeting: &MeetingId) -> anyhow::Result<BTreeSet<DocumentId>> {
    let held = tx.held_of_kind(meeting, HoldKind::NamesAnother.as_str()).await?;
    let released = held.into_iter().filter(|held| held.state == HeldState::Released);
    Ok(released.filter_map(|held| held.document).collect())
}

/// The papers of the pack that name another child, and whose they are (MC-10).
pub(super) fn flagged<'t>(table: &'t Table, looked_at: &BTreeSet<DocumentId>) -> Vec<(CaseRef, &'t Document)> {
    let named = |case: CaseRef, document: &Document| {
        let routed = table.routed.iter().find(|routed| routed.case == case);
        routed.is_some_and(|r| r.papers.iter().any(|p| p.sha256 == document.sha256 && p.names_another_child))
    };
    let all = table.papers.iter().flat_map(|(case, documents)| documents.iter().map(|document| (*case, document)));
    all.filter(|(case, document)| named(*case, document) && !looked_at.contains(&document.id)).collect()
}

/// A flagged paper that nobody approved waits for a person; its child stays listed.
async fn set_aside(
    tx: &mut Tx,
    panel: &Panel,
    meeting: &Meeting,
    case: CaseRef,
    document: &Document,
) -> anyhow::Result<HeldRef> {
    let kind = HoldKind::NamesAnother;
    let message = tx.message(document.message).await?.context("the message of a paper is gone")?;
    let mut document = document.clone();
    document.state = DocumentState::Held;
    tx.update_document(&document).await?;
    let new = NewHeld {
        kind: kind.as_str().to_owned(),
        rule: kind.rule().to_owned(),
        panel: Some(panel.profile.id.clone()),
        message: Some(document.message),
        document: Some(document.id.clone()),
        case: Some(case),
        meeting: Some(meeting.id.clone()),
        entry: None,
        detail: HeldDetail {
            summary: kind.words().to_owned().into(),
            advice: "Read it. Release it when its members may have it: it follows by supplement. Else reject it."
                .to_owned()
                .into(),
            candidates: Vec::new(),
            facts: BTreeMap::new(),
        },
    };
    let number = tx.hold(message.key()?, &new).await?;
    tx.journal(Line {
        event: "held",
        rule: Some(RULE.into()),
        reason: format!("{kind}: {}", kind.words()),
        refs: vec![
            Ref::Held(number),
            Ref::Message(document.message),
            Ref::Case(case),
            Ref::Meeting(meeting.id.clone()),
        ],
    });
    Ok(number)
}

/// The mails that wait are taken back: nobody has had them. The slots of children who are still heard stay as they are, and
/// so do the invitations that carry them.
async fn void(tx: &mut Tx, book: &Book<'_>, meeting: &Meeting, of: Approved, table: &Table) -> anyhow::Result<()> {
    let listed: BTreeSet<CaseRef> = table.rows.iter().map(|row| row.case).collect();
    for mail in tx.awaiting_approval(&meeting.id).await? {
        let still = mail.kind == MailKind::InvitationUpdate
            && tx.cases_of_entry(mail.number).await?.iter().all(|case| listed.contains(case));
        if !still {
            take_back(tx, book, mail.number).await?;
            tx.free_purpose(mail.number).await?;
        }
    }
    if of == Approved::Pack {
        tx.unmark(&meeting.id, Mark::PackDrawn).await?;
    }
    Ok(())
}

/// A person approves a meeting's pack, and it goes. `shown`: the SHA-256 of what they were shown, where they say so.
///
/// # Errors
/// When it waits for no approval, when it is not what was shown any more, when its meeting has begun, or when the store fails.
pub async fn approve(
    daemon: &mut Daemon,
    id: &MeetingId,
    what: Approving,
    shown: Option<Sha256>,
    decision: &ApprovalDecision,
    now: Timestamp,
) -> anyhow::Result<()> {
    let mut view = daemon.store.read().await?;
    daemon.read_directory(&mut view).await?;
    drop(view);
    let book = daemon.book();
    let mut tx = daemon.store.begin(now).await?;
    let (panel, meeting, row) = open(&mut tx, &book, id, now).await?;
    let mails = tx.awaiting_approval(id).await?;
    let table = Table::lay(&mut tx, &meeting).await?;
    let as_asked = hash_of(&mails) == row.sha256 && shown.is_none_or(|shown| shown == row.sha256);
    let of = row.what;
    if !as_asked || plan(&book, panel, of, &table, now)? != row.plan {
        bail!(
            "the {of} for {id} is not what was shown any more: it has changed since. A fresh preview comes by itself"
        );
    }
    tx.decide_approval(id, ApprovalState::Approved, Some(decision)).await?;
    let held = go(&mut tx, &book, panel, &daemon.limits, &meeting, of, what).await?;
    let reason = format!("a person approved {} mails, SHA-256 {}{}", mails.len(), row.sha256, in_words(&held));
    let event = if of == Approved::Pack { "pack.approved" } else { "supplement.approved" };
    note(&mut tx, &meeting, event, reason);
    tx.commit().await?;
    Ok(())
}

/// A person says that a meeting's pack does not go as it is: it waits, whatever the profile says and whatever changes in it,
/// until somebody approves it.
///
/// # Errors
/// As [`approve`].
pub async fn refuse(
    daemon: &Daemon,
    id: &MeetingId,
    decision: &ApprovalDecision,
    now: Timestamp,
) -> anyhow::Result<()> {
    let book = daemon.book();
    let mut tx = daemon.store.begin(now).await?;
    let (_, meeting, row) = open(&mut tx, &book, id, now).await?;
    tx.decide_approval(id, ApprovalState::Refused, Some(decision)).await?;
    let event = if row.what == Approved::Pack { "pack.refused" } else { "supplement.refused" };
    note(&mut tx, &meeting, event, "a person refused it: it waits until somebody approves it".to_owned());
    tx.commit().await?;
    Ok(())
}

async fn open<'b>(
    tx: &mut Tx,
    book: &'b Book<'_>,
    id: &MeetingId,
    now: Timestamp,
) -> anyhow::Result<(&'b Panel, Meeting, Approval)> {
    let panel = book.panels.get(&id.panel).with_context(|| format!("{} is not an enabled panel", id.panel))?;
    let meeting = panel.meeting(id).with_context(|| format!("there is no meeting {id}"))?;
    if meeting.starts_at <= now {
        bail!("the meeting {id} has begun");
    }
    match tx.approval(id).await? {
        Some(row) if row.state.is_open() => Ok((panel, meeting, row)),
        Some(row) => bail!("the {} for {id} waits for no approval any more ({})", row.what, row.state),
        None => bail!("the pack for {id} waits for no approval"),
    }
}

fn note(tx: &mut Tx, meeting: &Meeting, event: &'static str, reason: String) {
    tx.journal(Line { event, rule: Some(RULE.into()), reason, refs: vec![Ref::Meeting(meeting.id.clone())] });
}

/// The SHA-256 of a pack: of its mails' numbers and SHA-256s, in order.
fn hash_of(mails: &[OutboxEntry]) -> Sha256 {
    let lines: Vec<String> = mails.iter().map(|mail| format!("{} {}", mail.number, mail.sha256)).collect();
    Sha256::of(lines.join("\n").as_bytes())
}

/// What it would say were it drawn up now, and to whom: while it is the same, the frozen mails are what they would be. Of a
/// supplement that is what is new.
fn plan(book: &Book<'_>, panel: &Panel, of: Approved, table: &Table, now: Timestamp) -> anyhow::Result<Sha256> {
    let routing = table.routing(book, panel, now);
    let id = &table.meeting.id;
    let agenda = table.agenda(panel, id.date);
    let (kind, agenda, routed) = match of {
        Approved::Pack => (MailKind::Agenda, agenda, table.routed.clone()),
        Approved::Supplement => {
            let News { agenda, routed } = pack::news(table, &agenda);
            (MailKind::Supplement, agenda, routed)
        }
    };
    let core = members(&routing, kind, &table.meeting, &routed);
    let describe = |c: &Clearance| {
        let to: Vec<&str> = c.recipients().iter().map(|r| r.address.as_str()).collect();
        format!("{} {to:?} {:?} {:?}\n", c.kind(), c.cases(), c.documents())
    };
    let mut text = serde_json::to_string(&(agenda_meeting(&table.meeting), &agenda))?;
    if of == Approved::Supplement {
        text.push_str(&format!("{:?}", table.changes().removed));
    }
    text.extend(core.iter().map(describe));
    text.extend(routing.recorders(MailKind::Notification, id, &routed).iter().map(describe));
    for case in &routed {
        text.extend(routing.extracts(id, case, &core).iter().map(describe));
        text.extend(routing.invitations(MailKind::InvitationUpdate, id, case).iter().map(describe));
        for copy in routing.health(id, case, &core) {
            match copy {
                HealthCopy::Cleared { clearance, kept_back } => {
                    text.push_str(&format!("{} {kept_back}", describe(&clearance)));
                }
                HealthCopy::Missing { role } => text.push_str(role.as_str()),
            }
        }
        if let Some(open) = table.cases.get(&case.case) {
            text.push_str(&serde_json::to_string(&open.facts)?);
        }
    }
    Ok(Sha256::of(text.as_bytes()))
}

/// Packs that nobody approved before their meetings began: their mails go to nobody any more, and that is told.
pub(super) async fn lapse(daemon: &Daemon, book: &Book<'_>, now: Timestamp) -> anyhow::Result<usize> {
    let begun = daemon.store.read().await?.begun_unapproved(now).await?;
    let mut done = 0;
    for id in begun {
        let mut tx = daemon.store.begin(now).await?;
        for mail in tx.awaiting_approval(&id).await? {
            take_back(&mut tx, book, mail.number).await?;
        }
        tx.close_codes(&Ref::Meeting(id.clone())).await?;
        tx.decide_approval(&id, ApprovalState::Lapsed, None).await?;
        let reason = "nobody approved it before its meeting began: it goes to nobody".to_owned();
        let refs = vec![Ref::Meeting(id.clone())];
        tx.journal(Line { event: "pack.lapsed", rule: Some(RULE.into()), reason, refs });
        if let Some(panel) = book.panels.get(&id.panel)
            && let Some(meeting) = panel.meeting(&id)
            && let Some(Approval { what: of, deadline_at, version, .. }) = tx.approval(&id).await?
        {
            let which = if of == Approved::Pack { String::new() } else { format!("|{of}|{version}") };
            let alert = Alert {
                title: format!("the {of} for {} never went", civil::day_in_words(meeting.day())),
                what: format!(
                    "Nobody approved the {of} for {id} before its meeting began. Its members do not have it."
                ),
                decide_by: None,
                otherwise: None,
                next: vec![NextStep { text: "Bring the papers to the meeting itself".to_owned(), command: None }],
                ..asking(panel, &meeting, (of, deadline_at), format!("alert|approval|{id}|lapsed{which}"), now)
            };
            raise(&mut tx, book, panel, alert).await?;
        }
        tx.commit().await?;
        done += 1;
    }
    Ok(done)
}

/// Does a meeting's pack wait for approval?
pub(super) async fn is_pack_waiting(view: &mut View, id: &MeetingId) -> anyhow::Result<bool> {
    Ok(view.approval(id).await?.is_some_and(|row| row.what == Approved::Pack && row.state.is_open()))
}

/// Does something about this child wait for approval, and is drawn up anew when what it says has changed?
pub(super) async fn is_in_what_waits(view: &mut View, id: &MeetingId, case: CaseRef) -> anyhow::Result<bool> {
    let Some(row) = view.approval(id).await?.filter(|row| row.state.is_open()) else { return Ok(false) };
    let mails: Vec<_> = view.awaiting_approval(id).await?.iter().map(|mail| mail.number).collect();
    let cases = view.cases_of_entries(&mails).await?;
    Ok(row.what == Approved::Pack || cases.values().flatten().any(|of| *of == case))
}

/// Does a meeting's pack, or a supplement to it, wait for approval?
pub(super) async fn is_waiting(view: &mut View, id: &MeetingId) -> anyhow::Result<bool> {
    Ok(view.approval(id).await?.is_some_and(|row| row.state.is_open()))
}

/// Who decided, and why.
pub(super) fn decided(by: &str, note: &str) -> ApprovalDecision {
    ApprovalDecision { by: Redacted::new(by.to_owned()), note: Redacted::new(note.to_owned()) }
}
