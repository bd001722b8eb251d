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

use super::alerts::{Alert, To, raise};
use super::asked::ask;
use super::carry_out::Carrying;
use super::held::{Release, close};
use super::one_child::role_in_words;
use super::pack::{drawn_before, members, send_agenda};
use super::table::Table;
use super::{Book, Daemon, Panel, approval};
use crate::casework::calendar::{Meeting, civil};
use crate::casework::directory::Entry;
use crate::casework::routing::{Deputised, Routing, StandIn};
use crate::casework::rules::{Ends, HoldKind, MessageKind, Standing, speaks_of_absence};
use crate::casework::{Address, HeldRef, MailKind, MeetingId, Redacted, Ref};
use crate::outbound::compose::alert::NextStep;
use crate::store::{Held, HeldDetail, HeldState, Invitation, Line, Mark, NewHeld, Tx, View};
use anyhow::{Context as _, bail};
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeMap;

const KIND: HoldKind = HoldKind::MemberAway;
/// A reply that answers no mail about a meeting to come is about the next one, if that is within so many days.
const DAYS: i64 = 14;
/// Who is away, and who would come, among what a held item keeps sealed.
const MEMBER: &str = "member";
const DEPUTY: &str = "deputy";
/// The member has written so: no automatic reply.
const APOLOGY: &str = "apology";

/// An automatic reply of a core member offers the meeting's papers to the deputy.
pub(super) async fn offer(tx: &mut Tx, c: &Carrying<'_>) -> anyhow::Result<()> {
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
pub(super) async fn apology(tx: &mut Tx, c: &Carrying<'_>) -> anyhow::Result<Option<(HeldRef, bool)>> {
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
pub(super) async fn declined(
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

/// A core member comes after all: what was asked because they were away, and nobody has answered, is asked no more.
pub(super) async fn comes(tx: &mut Tx, c: &Carrying<'_>, meeting: &MeetingId, member: &Address) -> anyhow::Result<()> {
    for held in open(tx, meeting).await? {
        let facts = held.detail.open().map(|detail| detail.facts).unwrap_or_default();
        if address(&facts, MEMBER).is_some_and(|away| c.book.directory.is_same_person(&away, member)) {
            supersede(tx, &held, "the member has accepted the invitation since").await?;
        }
    }
    Ok(())
}

/// What an apology's sender is told of it; none where they are no core member.
pub(super) fn told_of_apology(c: &Carrying<'_>, now: Timestamp) -> Option<&'static str> {
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

type Facts = BTreeMap<String, Redacted<String>>;

fn who(member: &Entry, deputy: Option<&Entry>) -> Facts {
    let mut facts = Facts::from([(MEMBER.to_owned(), member.email.to_string().into())]);
    facts.extend(deputy.map(|deputy| (DEPUTY.to_owned(), deputy.email.to_string().into())));
    facts
}

async fn hold(
    tx: &mut Tx,
    c: &Carrying<'_>,
    panel: &Panel,
    meeting: &Meeting,
    kind: HoldKind,
    summary: String,
    facts: Facts,
) -> anyhow::Result<HeldRef> {
    let advice = if kind == KIND {
        "Read the mail in the mailbox. Release it to send the meeting's papers to the deputy whom the directory names; else reject it."
    } else {
        "Ring their agency and ask who comes; then release it. Reject it where it is no apology for this meeting."
    };
    let new = NewHeld {
        kind: kind.as_str().to_owned(),
        rule: kind.rule().to_owned(),
        panel: Some(panel.profile.id.clone()),
        message: Some(c.message.number),
        document: None,
        case: None,
        meeting: Some(meeting.id.clone()),
        entry: None,
        detail: HeldDetail { summary: summary.into(), advice: advice.to_owned().into(), candidates: Vec::new(), facts },
    };
    let number = tx.hold(c.message.key()?, &new).await?;
    tx.journal(Line {
        event: "held",
        rule: Some(kind.rule().into()),
        reason: format!("{kind}: {}", kind.words()),
        refs: vec![Ref::Held(number), Ref::Message(c.message.number), Ref::Meeting(meeting.id.clone())],
    });
    Ok(number)
}

/// The directory names nobody who could have the papers: the owner is asked who comes.
async fn ask_who_comes(
    tx: &mut Tx,
    c: &Carrying<'_>,
    panel: &Panel,
    meeting: &Meeting,
    member: &Entry,
    (what, ends): (&str, Ends),
) -> anyhow::Result<()> {
    let role = role_in_words(&member.role);
    let alert = Alert {
        purpose: format!("alert|away|{}|{}", meeting.id, member.email),
        what: format!("The {role} {what}. The directory names no deputy for them who may have the panel's mail."),
        otherwise: Some("nobody of their agency may have read the papers.".to_owned()),
        about: vec![Ref::Message(c.message.number), Ref::Meeting(meeting.id.clone())],
        next: vec![
            NextStep { text: "Ring their agency and ask who comes".to_owned(), command: None },
            NextStep {
                text: "Name a deputy in the directory's column “deputy”, for the next time".to_owned(),
                command: None,
            },
        ],
        ..may_be_away(c, meeting, &role)
    };
    ask(tx, c.book, panel, alert, ends).await?;
    Ok(())
}

/// The owner is asked whether the deputy gets the papers.
async fn tell(
    tx: &mut Tx,
    c: &Carrying<'_>,
    panel: &Panel,
    meeting: &Meeting,
    (member, deputy): (&Entry, &Entry),
    number: HeldRef,
    what: &str,
) -> anyhow::Result<()> {
    let role = role_in_words(&member.role);
    let alert = Alert {
        at_once: true,
        purpose: format!("alert|away|{number}"),
        what: format!(
            "{} ({role}) {what}. The directory names {} as deputy, who has not had the papers for {}.",
            member.name.reveal(),
            deputy.name.reveal(),
            meeting.id
        ),
        otherwise: Some("the deputy gets nothing.".to_owned()),
        about: vec![Ref::Held(number), Ref::Message(c.message.number), Ref::Meeting(meeting.id.clone())],
        next: vec![
            NextStep { text: "Read the mail in the duty mailbox".to_owned(), command: None },
            NextStep {
                text: "Send the papers to the deputy".to_owned(),
                command: Some(format!("dutyclerk held release {number}")),
            },
        ],
        ..may_be_away(c, meeting, &role)
    };
    raise(tx, c.book, panel, alert).await?;
    Ok(())
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

/// What an alert about a member's absence says, whoever may stand in.
fn may_be_away<'a>(c: &Carrying<'_>, meeting: &'a Meeting, role: &str) -> Alert<'a> {
    Alert {
        to: To::Owner,
        at_once: false,
        purpose: String::new(),
        title: format!("the {role} may be away on {}", civil::day_in_words(meeting.day())),
        what: String::new(),
        why: "The pack goes to core members; when one is away, the deputy named in the directory may have it in their place, if you say so."
            .to_owned(),
        rule: KIND.rule(),
        happened_at: c.message.arrived_at,
        decide_by: Some(meeting.starts_at),
        otherwise: None,
        about: Vec::new(),
        next: Vec::new(),
        meeting: Some(&meeting.id),
        cases: &[],
    }
}

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
    let mut agreed = Vec::new();
    for held in view.held_of_kind(meeting, KIND.as_str()).await? {
        if held.state == HeldState::Released {
            agreed.extend(pair(&held));
        }
    }
    Ok(agreed)
}

/// The core members who wrote that they cannot come to this meeting, and when. One that a person turned away was none.
pub(super) async fn apologies(view: &mut View, meeting: &MeetingId) -> anyhow::Result<Vec<(Address, Timestamp)>> {
    let mut apologies = Vec::new();
    for kind in [KIND, HoldKind::Apology] {
        for held in view.held_of_kind(meeting, kind.as_str()).await? {
            let refused = kind == HoldKind::Apology && held.state == HeldState::Rejected;
            let facts = held.detail.open().map(|detail| detail.facts).unwrap_or_default();
            if facts.contains_key(APOLOGY)
                && !refused
                && let Some(member) = address(&facts, MEMBER)
            {
                apologies.push((member, held.opened_at));
            }
        }
    }
    Ok(apologies)
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
    for held in open(tx, meeting).await? {
        supersede(tx, &held, "the meeting has been held").await?;
    }
    Ok(())
}

/// What waits for an answer because a member of this meeting is away.
async fn open(tx: &mut Tx, meeting: &MeetingId) -> anyhow::Result<Vec<Held>> {
    let mut asked = tx.held_of_kind(meeting, KIND.as_str()).await?;
    asked.extend(tx.held_of_kind(meeting, HoldKind::Apology.as_str()).await?);
    asked.retain(|held| held.state == HeldState::Open);
    Ok(asked)
}

async fn supersede(tx: &mut Tx, held: &Held, note: &str) -> anyhow::Result<()> {
    let word = Release { by: "dutyclerk".to_owned(), note: note.to_owned(), ..Release::default() };
    close(tx, held, HeldState::Superseded, &word).await
}
