//! Putting a child on an agenda and taking it off, with the invitations that hang on it.

use super::desk::{OpenCase, Posting, agenda_meeting, post, post_new};
use super::held::take_tabled_along;
use super::{Book, Panel, asked, invitees, timers};
use crate::casework::agenda::ItemNote;
use crate::casework::calendar::Meeting;
use crate::casework::panel::SectionId;
use crate::casework::routing::{Clearance, RoutedCase};
use crate::casework::rules::Ends;
use crate::casework::{CaseRef, MailKind, MeetingId, Ref, RoleId, capital};
use crate::outbound::compose::Stamp;
use crate::outbound::compose::invitation::{View as InvitationView, compose};
use crate::store::{
    AgendaRow, InvitationKind, InvitationState, ItemState, Line, Meeting as MeetingRow, MeetingState, NewInvitation, Tx,
};
use jiff::ToSpan;
use jiff::civil::DateTime;

/// A child to be listed.
pub(super) struct Put<'a> {
    pub case: CaseRef,
    pub meeting: &'a MeetingId,
    pub section: SectionId,
    pub rule: &'a str,
    pub notes: Vec<ItemNote>,
    pub admitted_by: Option<RoleId>,
}

/// The meeting's row, with its moments as the calendar has them now.
pub(super) async fn put_meeting(tx: &mut Tx, meeting: &Meeting) -> anyhow::Result<()> {
    tx.put_meeting(&MeetingRow {
        id: meeting.id.clone(),
        starts_at: meeting.starts_at,
        starts: meeting.starts,
        cutoff_at: meeting.cutoff_at,
        pack_at: meeting.pack_at,
        list_at: meeting.list_at,
        supplement_at: meeting.supplement_at,
        state: MeetingState::Open,
    })
    .await?;
    Ok(())
}

/// Lists a child and invites its contacts as soon as it is on (SH-04, SY-14). Listed already: the notes are added, and it is heard
/// where it is put.
pub(super) async fn put_on_agenda(tx: &mut Tx, book: &Book<'_>, panel: &Panel, put: Put<'_>) -> anyhow::Result<()> {
    let Some(meeting) = panel.meeting(put.meeting) else { return Ok(()) };
    put_meeting(tx, &meeting).await?;
    let before = tx.agenda_item(put.meeting, put.case).await?;
    let was_listed = before.as_ref().is_some_and(|row| row.state == ItemState::Listed);
    let mut row = before.unwrap_or_else(|| AgendaRow {
        meeting: put.meeting.clone(),
        case: put.case,
        section: put.section,
        state: ItemState::Listed,
        added_at: tx.now(),
        rule: put.rule.to_owned(),
        position: None,
        slot: None,
        notes: Vec::new(),
        admitted_by: None,
        moved_to: None,
    });
    if !was_listed {
        row.state = ItemState::Listed;
        row.added_at = tx.now();
        row.moved_to = None;
    }
    // Its assessment has come: heard like any other (SH-10).
    if row.section == SectionId::Expected && put.section != SectionId::Expected {
        row.notes.retain(|note| *note != ItemNote::Expected);
    }
    row.section = put.section;
    if put.notes.contains(&ItemNote::AdmittedByChair) {
        row.notes.retain(|note| *note != ItemNote::TabledPaper);
    }
    row.notes.extend(put.notes);
    row.notes.sort();
    row.notes.dedup();
    row.admitted_by = put.admitted_by.or(row.admitted_by);
    tx.put_agenda_item(&row).await?;
    if !was_listed {
        take_tabled_along(tx, panel, put.case, &meeting).await?;
        tx.journal(Line {
            event: "case.listed",
            rule: Some(put.rule.to_owned().into()),
            reason: format!("{} is on the agenda of {}", put.case, put.meeting),
            refs: vec![Ref::Case(put.case), Ref::Meeting(put.meeting.clone())],
        });
    }
    if !was_listed && row.section == SectionId::New {
        timers::ask_for_health(tx, book, panel, row.case, &row.meeting).await?;
    }
    invitees::attend(tx, book, panel, &row).await?;
    invite(tx, book, panel, &meeting, &row).await?;
    invitees::propose(tx, book, panel, &meeting, &row).await
}

/// Moves a child to another meeting with its papers; its invitations keep their UIDs and are updated (RFC 5546 §3.2.2.1).
pub(super) async fn move_to(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    mut row: AgendaRow,
    to: &Meeting,
    why: &str,
) -> anyhow::Result<()> {
    super::held::move_papers(tx, row.case, Some(&row.meeting), &to.id).await?;
    put_meeting(tx, to).await?;
    let from = row.meeting.clone();
    let new = AgendaRow {
        meeting: to.id.clone(),
        state: ItemState::Listed,
        added_at: tx.now(),
        position: None,
        slot: None,
        admitted_by: None,
        moved_to: None,
        notes: row.notes.iter().copied().filter(|note| *note != ItemNote::AdmittedByChair).collect(),
        ..row.clone()
    };
    row.state = ItemState::Moved;
    row.moved_to = Some(to.id.clone());
    tx.put_agenda_item(&row).await?;
    tx.put_agenda_item(&new).await?;
    tx.journal(Line {
        event: "case.moved",
        rule: Some(row.rule.clone().into()),
        reason: format!("{} is on the agenda of {} instead of {from}: {why}", row.case, to.id),
        refs: vec![Ref::Case(row.case), Ref::Meeting(from.clone()), Ref::Meeting(to.id.clone())],
    });
    let Some(open) = OpenCase::load(tx, row.case).await? else { return Ok(()) };
    let routed = open.routed(tx).await?;
    let clearances = book.routing(panel, tx.now()).invitations(MailKind::InvitationUpdate, &to.id, &routed);
    for invitation in tx.invitations_of_case(row.case).await? {
        let stands = invitation.meeting.as_ref() == Some(&from) && invitation.state == InvitationState::Requested;
        let address = invitation.attendee.open()?.address;
        let clearance = clearances.iter().find(|c| c.recipients().iter().any(|r| r.address == address));
        let (true, Some(clearance)) = (stands, clearance) else { continue };
        let (starts, ends, fixed) = times(panel, to, &new);
        let sequence = u32::try_from(invitation.sequence + 1)?;
        let sent = Sent { uid: invitation.uid.clone(), sequence, starts, ends, fixed, why: Some(why.to_owned()) };
        send(tx, book, panel, to, &open, clearance, sent).await?;
    }
    invite(tx, book, panel, to, &new).await?;
    invitees::propose(tx, book, panel, to, &new).await
}

/// Takes a child off an agenda; its invitations are cancelled.
pub(super) async fn take_off(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    mut row: AgendaRow,
    to: Option<&MeetingId>,
    why: &str,
) -> anyhow::Result<()> {
    row.state = if to.is_some() { ItemState::Moved } else { ItemState::Withdrawn };
    row.moved_to = to.cloned();
    tx.put_agenda_item(&row).await?;
    tx.journal(Line {
        event: "case.taken_off",
        rule: Some(row.rule.clone().into()),
        reason: format!("{} is no longer on the agenda of {}: {why}", row.case, row.meeting),
        refs: vec![Ref::Case(row.case), Ref::Meeting(row.meeting.clone())],
    });
    let asked = Ends::Invitees(row.meeting.clone(), row.case);
    asked::close_all(tx, &asked, "the child is on that agenda no more").await?;
    if let Some(meeting) = panel.meeting(&row.meeting) {
        let Some(open) = OpenCase::load(tx, row.case).await? else { return Ok(()) };
        let routed = open.routed(tx).await?;
        let cancel = Change { meeting: &meeting, row: &row, open: &open, routed: &routed };
        change(tx, book, panel, cancel, MailKind::InvitationCancel, Some(why.to_owned())).await?;
    }
    if to.is_none() { invitees::forget(tx, row.case).await } else { Ok(()) }
}

/// Invites every contact of the child, and whom a person has named to be there for it, who is not invited yet: to the whole
/// session until slots are issued.
pub(super) async fn invite(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    meeting: &Meeting,
    row: &AgendaRow,
) -> anyhow::Result<()> {
    let Some(open) = OpenCase::load(tx, row.case).await? else { return Ok(()) };
    let invited: Vec<_> = tx
        .invitations_of_case(row.case)
        .await?
        .into_iter()
        .filter(|i| i.meeting.as_ref() == Some(&meeting.id) && i.state == InvitationState::Requested)
        .map(|i| i.attendee_hash)
        .collect();
    let routed = open.routed(tx).await?;
    let clearances = book.routing(panel, tx.now()).invitations(MailKind::Invitation, &meeting.id, &routed);
    for clearance in clearances {
        let Some(to) = clearance.recipients().first() else { continue };
        if invited.contains(&tx.look_ups().address(&to.address)) {
            continue;
        }
        let uid = format!("{}@{}", tx.uuid(), panel.profile.from.domain());
        let (starts, ends, fixed) = times(panel, meeting, row);
        let sent = Sent { uid, sequence: 0, starts, ends, fixed, why: None };
        send(tx, book, panel, meeting, &open, &clearance, sent).await?;
    }
    Ok(())
}

/// Whose invitations change.
pub(super) struct Change<'a> {
    pub meeting: &'a Meeting,
    pub row: &'a AgendaRow,
    pub open: &'a OpenCase,
    pub routed: &'a RoutedCase,
}

/// One update carrying the slot when the pack goes, or the cancellation (facts 4.8).
pub(super) async fn change(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    Change { meeting, row, open, routed }: Change<'_>,
    kind: MailKind,
    why: Option<String>,
) -> anyhow::Result<()> {
    let clearances = book.routing(panel, tx.now()).invitations(kind, &meeting.id, routed);
    for invitation in tx.invitations_of_case(row.case).await? {
        let stands = invitation.meeting.as_ref() == Some(&meeting.id) && invitation.state == InvitationState::Requested;
        let address = invitation.attendee.open()?.address;
        let clearance = clearances.iter().find(|c| c.recipients().iter().any(|r| r.address == address));
        let (true, Some(clearance)) = (stands, clearance) else { continue };
        let (starts, ends, fixed) = times(panel, meeting, row);
        let unchanged = (starts, ends) == (invitation.starts, invitation.ends);
        if kind == MailKind::InvitationUpdate && unchanged {
            continue;
        }
        let sequence = u32::try_from(invitation.sequence + 1)?;
        let sent = Sent { uid: invitation.uid.clone(), sequence, starts, ends, fixed, why: why.clone() };
        send(tx, book, panel, meeting, open, clearance, sent).await?;
    }
    Ok(())
}

struct Sent {
    uid: String,
    sequence: u32,
    starts: DateTime,
    ends: DateTime,
    fixed: bool,
    why: Option<String>,
}

fn times(panel: &Panel, meeting: &Meeting, row: &AgendaRow) -> (DateTime, DateTime, bool) {
    match row.slot {
        Some((starts, ends)) => (starts, ends, true),
        None => {
            let (starts, ends) = session(panel, meeting);
            (starts, ends, false)
        }
    }
}

/// From when to when the panel sits, London civil time.
pub(super) fn session(panel: &Panel, meeting: &Meeting) -> (DateTime, DateTime) {
    let ends = meeting.starts.checked_add(panel.profile.session_minutes.minutes()).unwrap_or(meeting.starts);
    (meeting.starts, ends)
}

async fn send(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    meeting: &Meeting,
    open: &OpenCase,
    clearance: &Clearance,
    sent: Sent,
) -> anyhow::Result<()> {
    let Some(to) = clearance.recipients().first() else { return Ok(()) };
    let view = InvitationView {
        head: panel.letterhead(),
        meeting: agenda_meeting(meeting),
        case: Some(open.case.number),
        invitee: !open.contacts().iter().any(|contact| contact.address == to.address),
        starts: sent.starts,
        ends: sent.ends,
        slot_fixed: sent.fixed,
        uid: sent.uid.clone(),
        sequence: sent.sequence,
        why: sent.why.map(|why| format!("{}.", capital(why.trim_end_matches('.')))),
    };
    let posting = Posting {
        purpose: format!("invitation|{}|{}", sent.uid, sent.sequence),
        due_at: panel.working_instant(tx.now()),
        expires_at: Some(meeting.starts_at),
        answers: None,
        clearance,
        panel: &panel.profile.id,
    };
    let (templates, identifiers) = (book.templates, open.identifiers());
    let compose = |stamp: &Stamp| compose(templates, clearance, &view, stamp, &identifiers);
    // The UID of a first invitation was drawn just now.
    let number = match sent.sequence {
        0 => post_new(tx, posting, compose).await?,
        _ => post(tx, posting, compose).await?,
    };
    let Some(number) = number else { return Ok(()) };
    let cancelled = clearance.kind() == MailKind::InvitationCancel;
    let invitation = NewInvitation {
        uid: sent.uid,
        kind: InvitationKind::Slot,
        panel: panel.profile.id.clone(),
        case: Some(open.case.number),
        meeting: Some(meeting.id.clone()),
        attendee: to.address.clone(),
        sequence: i64::from(sent.sequence),
        dtstamp: tx.now(),
        starts: sent.starts,
        ends: sent.ends,
        state: if cancelled { InvitationState::Cancelled } else { InvitationState::Requested },
        last_entry: Some(number),
    };
    tx.put_invitation(open.case.key()?, &invitation).await?;
    Ok(())
}
