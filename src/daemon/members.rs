//! The panel's meetings in its core members' calendars (SH-01, SY-12): the next few of them for each member, where the panel
//! wants that. Why each meeting is an event of its own stands beside the rule
//! ([`changes`](crate::casework::rules::member_changes)).
//!
//! # Failure policy
//!
//! What differs between the calendars and the store is worked out anew each time; nothing is remembered but since when it
//! differs. A difference is told once it has stood unchanged for ten minutes, so that a directory imported twice in a row or a
//! date that is mended at once tells nobody twice. Invitations, their UIDs and SEQUENCE are written with the mails that
//! carry them, in one transaction. A panel that stops inviting (`core_invitations = 0`) invites nobody to more; what stands in
//! calendars is kept true until its meeting is over.

use super::desk::{Posting, agenda_meeting, post};
use super::listing::session;
use super::{Book, Daemon, Memory, Panel};
use crate::casework::agenda::AgendaMeeting;
use crate::casework::calendar::{Meeting, WarningCode, civil};
use crate::casework::rules::{MemberChange, MemberStanding, SETTLE, member_changes};
use crate::casework::{Address, MailKind, MeetingId, Sha256};
use crate::outbound::compose::invitation::{View as InvitationView, compose};
use crate::store::{InvitationKind, InvitationState, Line, NewInvitation, Tx, View};
use jiff::civil::DateTime;
use jiff::{Timestamp, ToSpan};

/// Within which the next meetings are looked for, whatever the series.
const YEAR_WEEKS: i64 = 53;

/// Brings the panel's calendars up to date, once a day and whenever the directory was imported.
pub(super) async fn turn(
    daemon: &Daemon,
    book: &Book<'_>,
    memory: &mut Memory,
    panel: &Panel,
    now: Timestamp,
    next: &mut Vec<Timestamp>,
) -> anyhow::Result<usize> {
    let id = &panel.profile.id;
    let by = (book.directory_version.map(str::to_owned), civil::date(now));
    if memory.invited_on.get(id) == Some(&by) {
        return Ok(0);
    }
    let mut view = daemon.store.read().await?;
    let none = changes(&mut view, book, panel, now).await?.is_empty();
    let was_settling = view.setting(&settling(panel)).await?.is_some_and(|since| !since.is_empty());
    drop(view);
    if none {
        if was_settling {
            let mut tx = daemon.store.begin(now).await?;
            settled(&mut tx, panel).await?;
            tx.commit().await?;
        }
        memory.invited_on.insert(id.clone(), by);
        return Ok(0);
    }
    memory.invited_on.remove(id);
    let mut tx = daemon.store.begin(now).await?;
    let changes = changes(&mut tx, book, panel, now).await?;
    if let Some(at) = unsettled(&mut tx, panel, &changes).await? {
        tx.commit().await?;
        next.push(at);
        return Ok(0);
    }
    for change in &changes {
        if let Some(version) = Version::of(&mut tx, panel, change).await? {
            send(&mut tx, book, panel, version).await?;
        }
    }
    settled(&mut tx, panel).await?;
    let count = |of: fn(&MemberChange) -> bool| changes.iter().filter(|change| of(change)).count();
    tx.journal(Line {
        event: "members.invited",
        rule: Some(book.routing(panel, now).members_rule().into()),
        reason: format!(
            "{id}: core members have {} new invitation(s), {} at a new time, {} taken back",
            count(|c| matches!(c, MemberChange::Invite { .. })),
            count(|c| matches!(c, MemberChange::Update { .. })),
            count(|c| matches!(c, MemberChange::Cancel { .. })),
        ),
        refs: Vec::new(),
    });
    tx.commit().await?;
    memory.invited_on.insert(id.clone(), by);
    Ok(changes.len())
}

/// What the members' calendars lack, or have that is no longer so.
async fn changes(view: &mut View, book: &Book<'_>, panel: &Panel, now: Timestamp) -> anyhow::Result<Vec<MemberChange>> {
    let standing = standing(view, panel, now).await?;
    let members: Vec<Address> = book.routing(panel, now).members().into_iter().map(|member| member.address).collect();
    let meetings: Vec<MeetingId> = to_come(panel, now)?.into_iter().map(|meeting| meeting.id).collect();
    Ok(member_changes(&meetings, &members, &standing, |one, other| book.directory.is_same_person(one, other)))
}

/// The meetings that each member is to have in the calendar. One on a bank holiday that nobody has moved is none yet (MC-13).
fn to_come(panel: &Panel, now: Timestamp) -> anyhow::Result<Vec<Meeting>> {
    let ahead = usize::from(panel.profile.core_invitations);
    if ahead == 0 {
        return Ok(Vec::new());
    }
    let today = civil::date(now);
    let mut meetings = panel.calendar.meetings(today, today.checked_add(YEAR_WEEKS.weeks())?);
    meetings.retain(|meeting| meeting.starts_at > now && !meeting.warns(WarningCode::BankHoliday));
    meetings.truncate(ahead);
    Ok(meetings)
}

/// The members' invitations to meetings to come, each beside its meeting as the calendar has it now.
async fn standing(view: &mut View, panel: &Panel, now: Timestamp) -> anyhow::Result<Vec<MemberStanding>> {
    let mut found = Vec::new();
    for invitation in view.members_invited(&panel.profile.id, civil::local(now)).await? {
        let Some(meeting) = invitation.meeting.clone() else { continue };
        found.push(MemberStanding {
            now: panel.meeting(&meeting).map(|held| session(panel, &held)),
            attendee: invitation.attendee.open()?.address,
            told: (invitation.starts, invitation.ends),
            uid: invitation.uid,
            meeting,
        });
    }
    Ok(found)
}

/// The setting that says what differs, and since when.
fn settling(panel: &Panel) -> String {
    format!("members:{}", panel.profile.id)
}

/// Nothing differs any more: what does later settles anew, though it be the same change.
async fn settled(tx: &mut Tx, panel: &Panel) -> anyhow::Result<()> {
    Ok(tx.set_setting(&settling(panel), "").await?)
}

/// Until when these changes still settle; none once they have stood for ten minutes.
async fn unsettled(tx: &mut Tx, panel: &Panel, changes: &[MemberChange]) -> anyhow::Result<Option<Timestamp>> {
    let name = settling(panel);
    let mut text = String::new();
    for change in changes {
        text += &match change {
            MemberChange::Invite { meeting, to } => format!("invite {meeting} {to}\n"),
            MemberChange::Update { uid } => format!("update {uid}\n"),
            MemberChange::Cancel { uid, .. } => format!("cancel {uid}\n"),
        };
    }
    let mark = Sha256::of(text.as_bytes()).to_string();
    let seen = tx.setting(&name).await?;
    let since = seen.as_deref().and_then(|seen| seen.strip_prefix(&mark)).and_then(|at| at.trim().parse().ok());
    let since: Timestamp = match since {
        Some(since) => since,
        None => {
            tx.set_setting(&name, &format!("{mark} {}", tx.now())).await?;
            tx.now()
        }
    };
    let settled = since.checked_add(SETTLE)?;
    Ok((tx.now() < settled).then_some(settled))
}

/// One version of an invitation.
struct Version {
    uid: String,
    sequence: u32,
    kind: MailKind,
    to: Address,
    meeting: AgendaMeeting,
    times: (DateTime, DateTime),
    why: Option<&'static str>,
}

impl Version {
    async fn of(tx: &mut Tx, panel: &Panel, change: &MemberChange) -> anyhow::Result<Option<Self>> {
        let (uid, kind, why) = match change {
            MemberChange::Invite { meeting, to } => {
                let Some(held) = panel.meeting(meeting) else { return Ok(None) };
                return Ok(Some(Self {
                    uid: format!("{}@{}", tx.uuid(), panel.profile.from.domain()),
                    sequence: 0,
                    kind: MailKind::Invitation,
                    to: to.clone(),
                    meeting: agenda_meeting(&held),
                    times: session(panel, &held),
                    why: None,
                }));
            }
            MemberChange::Update { uid } => (uid, MailKind::InvitationUpdate, "The meeting has been moved."),
            MemberChange::Cancel { uid, left: true } => (
                uid,
                MailKind::InvitationCancel,
                "You are no longer listed as a core member of the panel. The meeting takes place without you.",
            ),
            MemberChange::Cancel { uid, left: false } => {
                (uid, MailKind::InvitationCancel, "The meeting does not take place on that day.")
            }
        };
        let Some(before) = tx.invitation(uid).await? else { return Ok(None) };
        let Some(id) = before.meeting else { return Ok(None) };
        let told = (before.starts, before.ends);
        let (meeting, times) = match panel.meeting(&id) {
            Some(held) if kind == MailKind::InvitationUpdate => (agenda_meeting(&held), session(panel, &held)),
            _ => (AgendaMeeting { id, starts: told.0, starts_at: civil::instant(told.0) }, told),
        };
        let sequence = u32::try_from(before.sequence + 1)?;
        let to = before.attendee.open()?.address;
        Ok(Some(Self { uid: before.uid, sequence, kind, to, meeting, times, why: Some(why) }))
    }
}

/// The mail and the invitation as it stands from now on, together.
async fn send(tx: &mut Tx, book: &Book<'_>, panel: &Panel, version: Version) -> anyhow::Result<()> {
    let id = version.meeting.id.clone();
    let clearance = book.routing(panel, tx.now()).member_invitation(version.kind, &id, &version.to);
    let Some(clearance) = clearance else { return Ok(()) };
    let begins = version.meeting.starts_at;
    let in_hours = panel.working_instant(tx.now());
    let (starts, ends) = version.times;
    let view = InvitationView {
        invitee: false,
        head: panel.letterhead(),
        meeting: version.meeting,
        case: None,
        starts,
        ends,
        slot_fixed: true,
        uid: version.uid.clone(),
        sequence: version.sequence,
        why: version.why.map(str::to_owned),
    };
    let posting = Posting {
        purpose: format!("invitation|{}|{}", version.uid, version.sequence),
        // Nobody shall travel to a meeting that was moved overnight.
        due_at: if in_hours < begins { in_hours } else { tx.now() },
        expires_at: Some(begins),
        answers: None,
        clearance: &clearance,
        panel: &panel.profile.id,
    };
    let templates = book.templates;
    let number = post(tx, posting, |stamp| compose(templates, &clearance, &view, stamp, &[])).await?;
    let Some(number) = number else { return Ok(()) };
    let cancelled = version.kind == MailKind::InvitationCancel;
    let invitation = NewInvitation {
        uid: version.uid,
        kind: InvitationKind::Meeting,
        panel: panel.profile.id.clone(),
        case: None,
        meeting: Some(id),
        attendee: version.to,
        sequence: i64::from(version.sequence),
        dtstamp: tx.now(),
        starts,
        ends,
        state: if cancelled { InvitationState::Cancelled } else { InvitationState::Requested },
        last_entry: Some(number),
    };
    let key = tx.new_key().await?;
    tx.put_invitation(&key, &invitation).await?;
    Ok(())
}
