//! Who says that they are away, or that they come after all.

use super::asking::{ask_who_comes, hold, may_be_away, tell};
use super::{APOLOGY, DEPUTY, Facts, KIND, MEMBER, address, asked_about, pair, supersede};
use crate::casework::Address;
use crate::casework::calendar::{Meeting, civil};
use crate::casework::directory::Entry;
use crate::casework::routing::{Deputised, Routing};
use crate::casework::rules::{Ends, HoldKind, MessageKind, Standing, speaks_of_absence};
use crate::casework::{HeldRef, Ref};
use crate::daemon::Panel;
use crate::daemon::alerts::{Alert, raise};
use crate::daemon::carry_out::Carrying;
use crate::daemon::one_child::role_in_words;
use crate::outbound::compose::alert::NextStep;
use crate::store::{Held, HeldState, Invitation, Line, Tx};
use jiff::{Timestamp, ToSpan};

/// A reply that answers no mail about a meeting to come is about the next one, if that is within so many days.
const DAYS: i64 = 14;

/// An automatic reply of a core member offers the meeting's papers to the deputy.
pub(in crate::daemon) async fn offer(tx: &mut Tx, c: &Carrying<'_>) -> anyhow::Result<()> {
    let s = &c.gathered.submission;
    let vouched = !matches!(s.sender.standing, Standing::Unauthenticated | Standing::NoSender);
    let (MessageKind::AutoReply, true, Some(from)) = (s.kind, vouched, &s.sender.address) else { return Ok(()) };
    let (panel, meeting) = about(tx, c).await?;
    let Some(meeting) = meeting else { return Ok(()) };
    let routing = c.book.routing(panel, tx.now());
    let Some(Deputised { member, deputy }) = routing.deputised(from) else { return Ok(()) };
    if deputy.is_some_and(|deputy| has_papers(&routing, deputy)) {
        return Ok(());
    }
    let parcel = &c.opened.parcel;
    let away = speaks_of_absence(&format!("{}\n{}", parcel.headers.subject.reveal(), parcel.new_text.reveal()));
    let role = role_in_words(&member.role);
    let Some(deputy) = deputy else {
        tx.journal(Line {
            event: "member.away",
            rule: Some(KIND.rule().into()),
            reason: format!("an automatic reply of the {role}; the directory names no deputy who may have mail"),
            refs: vec![Ref::Message(c.message.number), Ref::Meeting(meeting.id.clone())],
        });
        // A shared mailbox thanks for each mail, and nobody needs to hear of that.
        if away {
            let ends = Ends::Begun(meeting.id.clone());
            let what = "has answered automatically and seems to be away";
            ask_who_comes(tx, c, panel, &meeting, member, (what, ends)).await?;
        }
        return Ok(());
    };
    if is_asked(tx, &meeting, member).await? {
        return Ok(());
    }
    let summary = format!("an automatic reply came from the {role}: {}", KIND.words());
    let facts = who(member, Some(deputy));
    let number = hold(tx, c, panel, &meeting, KIND, summary, facts).await?;
    let seems = if away { " and seems to be away" } else { "" };
    let what = format!("has answered automatically{seems}");
    tell(tx, c, panel, &meeting, (member, deputy), number, &what).await
}

/// A core member writes that they cannot come: it is held with who it is, so that it counts among the answers, and the
/// meeting's papers are offered to the deputy. Returns what is held, and whether somebody was told of it here; none where
/// the sender is no core member, or no meeting is near.
pub(in crate::daemon) async fn apology(tx: &mut Tx, c: &Carrying<'_>) -> anyhow::Result<Option<(HeldRef, bool)>> {
    let s = &c.gathered.submission;
    let vouched = !matches!(s.sender.standing, Standing::Unauthenticated | Standing::NoSender);
    let (true, Some(from)) = (vouched, &s.sender.address) else { return Ok(None) };
    let (panel, Some(meeting)) = about(tx, c).await? else { return Ok(None) };
    let routing = c.book.routing(panel, tx.now());
    let Some(Deputised { member, deputy }) = routing.deputised(from) else { return Ok(None) };
    let deputy = deputy.filter(|deputy| !has_papers(&routing, deputy));
    let role = role_in_words(&member.role);
    let mut facts = who(member, deputy);
    facts.insert(APOLOGY.to_owned(), "yes".to_owned().into());
    let offered = match deputy {
        Some(deputy) if !is_asked(tx, &meeting, member).await? => Some(deputy),
        _ => None,
    };
    let kind = if offered.is_some() { KIND } else { HoldKind::Apology };
    let day = civil::day_in_words(meeting.day());
    let summary = format!("the {role} writes that they cannot come on {day}: {}", kind.words());
    let number = hold(tx, c, panel, &meeting, kind, summary, facts).await?;
    if let Some(deputy) = offered {
        tell(tx, c, panel, &meeting, (member, deputy), number, "has written that they cannot come").await?;
    }
    Ok(Some((number, offered.is_some())))
}

/// A core member declines the invitation to a meeting: its papers are offered to the deputy. That they do not come stands with
/// the invitation, and counts among the answers from there.
pub(in crate::daemon) async fn declined(
    tx: &mut Tx,
    c: &Carrying<'_>,
    panel: &Panel,
    invitation: &Invitation,
    attendee: &Address,
) -> anyhow::Result<()> {
    let meeting = invitation.meeting.as_ref().and_then(|id| panel.meeting(id));
    let Some(meeting) = meeting.filter(|meeting| meeting.starts_at > tx.now()) else { return Ok(()) };
    let routing = c.book.routing(panel, tx.now());
    let Some(Deputised { member, deputy }) = routing.deputised(attendee) else { return Ok(()) };
    let what = "has declined the invitation";
    let Some(deputy) = deputy else {
        let ends = Ends::Declined(invitation.uid.clone());
        return ask_who_comes(tx, c, panel, &meeting, member, (what, ends)).await;
    };
    if has_papers(&routing, deputy) || is_asked(tx, &meeting, member).await? {
        return Ok(());
    }
    let role = role_in_words(&member.role);
    let day = civil::day_in_words(meeting.day());
    let summary = format!("the {role} has declined the invitation for {day}: {}", KIND.words());
    let number = hold(tx, c, panel, &meeting, KIND, summary, who(member, Some(deputy))).await?;
    tell(tx, c, panel, &meeting, (member, deputy), number, what).await
}

/// A core member comes after all: what was asked because they were away, and nobody has answered, is asked no more. Where
/// somebody has said yes, that stands, and the owner is told.
pub(in crate::daemon) async fn comes(
    tx: &mut Tx,
    c: &Carrying<'_>,
    panel: &Panel,
    invitation: &Invitation,
    attendee: &Address,
) -> anyhow::Result<()> {
    let meeting = invitation.meeting.as_ref().and_then(|id| panel.meeting(id));
    let Some(meeting) = meeting.filter(|meeting| meeting.starts_at > tx.now()) else { return Ok(()) };
    for held in asked_about(tx, &meeting.id).await? {
        let facts = held.detail.open().map(|detail| detail.facts).unwrap_or_default();
        if !address(&facts, MEMBER).is_some_and(|away| c.book.directory.is_same_person(&away, attendee)) {
            continue;
        }
        match held.state {
            HeldState::Open => supersede(tx, &held, "the member has accepted the invitation since").await?,
            HeldState::Released if pair(&held).is_some() => comes_beside_deputy(tx, c, panel, &meeting, &held).await?,
            _ => {}
        }
    }
    Ok(())
}

/// Both may come, and both have the papers: a person's word is not taken back by a calendar's.
async fn comes_beside_deputy(
    tx: &mut Tx,
    c: &Carrying<'_>,
    panel: &Panel,
    meeting: &Meeting,
    held: &Held,
) -> anyhow::Result<()> {
    let member = pair(held).and_then(|pair| c.book.routing(panel, tx.now()).deputised(&pair.member));
    let Some(Deputised { member, deputy: Some(_) }) = member else { return Ok(()) };
    let role = role_in_words(&member.role);
    let alert = Alert {
        purpose: format!("alert|comes after all|{}", held.number),
        title: format!("the {role} comes on {} after all", civil::day_in_words(meeting.day())),
        what: format!(
            "The {role} has accepted the invitation for {} after {} was released, so the deputy has the papers too, or gets them with the pack.",
            meeting.id, held.number
        ),
        about: vec![Ref::Held(held.number), Ref::Message(c.message.number), Ref::Meeting(meeting.id.clone())],
        next: vec![NextStep {
            text: "If the deputy is to get no more of them: take them out of the directory's column “deputy” and import it"
                .to_owned(),
            command: Some("dutyclerk directory import FILE".to_owned()),
        }],
        ..may_be_away(c, meeting, &role)
    };
    raise(tx, c.book, panel, alert).await?;
    Ok(())
}

/// What an apology's sender is told of it; none where they are no core member.
pub(in crate::daemon) fn told_of_apology(c: &Carrying<'_>, now: Timestamp) -> Option<&'static str> {
    let from = c.gathered.submission.sender.address.as_ref()?;
    Some(match c.book.routing(c.panel, now).deputised(from)?.deputy {
        Some(_) => {
            "You cannot come, and admin has been told: they are asked whether your deputy has the papers in your place (rule MC-08)."
        }
        None => {
            "You cannot come, and admin has been told. The directory names no deputy for you: please tell admin who comes in your place (rule MC-08)."
        }
    })
}

/// Is the deputy a core member too, who has the papers?
fn has_papers(routing: &Routing<'_>, deputy: &Entry) -> bool {
    routing.members().iter().any(|member| deputy.answers_to(&member.address))
}

/// Was it asked before, for this member and meeting, and not taken back?
async fn is_asked(tx: &mut Tx, meeting: &Meeting, member: &Entry) -> anyhow::Result<bool> {
    let asked = tx.held_of_kind(&meeting.id, KIND.as_str()).await?;
    let mut asked = asked.iter().filter(|asked| asked.state != HeldState::Superseded);
    Ok(asked.any(|asked| pair(asked).is_some_and(|pair| member.answers_to(&pair.member))))
}

fn who(member: &Entry, deputy: Option<&Entry>) -> Facts {
    let mut facts = Facts::from([(MEMBER.to_owned(), member.email.to_string().into())]);
    facts.extend(deputy.map(|deputy| (DEPUTY.to_owned(), deputy.email.to_string().into())));
    facts
}

/// The panel and the meeting to come that the reply is about: those of the mail it answers, else the mailbox's panel and its
/// next meeting, if that is near.
async fn about<'a>(tx: &mut Tx, c: &'a Carrying<'_>) -> anyhow::Result<(&'a Panel, Option<Meeting>)> {
    let headers = &c.opened.parcel.headers;
    let (mut panel, mut meeting) = (c.panel, None);
    for id in headers.in_reply_to.iter().chain(headers.references.last()) {
        if let Some(entry) = tx.entry_by_message_id(id).await?
            && let Some(of) = c.book.panels.get(&entry.panel)
        {
            (panel, meeting) = (of, entry.meeting);
            break;
        }
    }
    let now = tx.now();
    let answered = meeting.and_then(|id| panel.meeting(&id)).filter(|meeting| meeting.starts_at > now);
    let today = civil::date(now);
    let next = || {
        let meetings = panel.calendar.meetings(today, today.saturating_add(DAYS.days()));
        meetings.into_iter().find(|meeting| meeting.starts_at > now)
    };
    Ok((panel, answered.or_else(next)))
}
