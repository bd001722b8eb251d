//! A core member is away: whoever runs the panel is asked whether the deputy whom the directory names gets the papers
//! (MC-08). Nobody gets them by an automatic reply alone: it may be old, or of a mailbox and not of a person.
//!
//! # Failure policy
//!
//! Asked once for each member and meeting, in the transaction that decides the reply. A yes stands beside the meeting: a
//! pack, a supplement or a preview drawn up after it counts the deputy in; a pack that has gone is sent to the deputy alone.

use super::alerts::{Alert, To, raise};
use super::asked::ask;
use super::carry_out::Carrying;
use super::held::{Release, close};
use super::one_child::role_in_words;
use super::pack::{drawn_before, members, send_agenda};
use super::table::Table;
use super::{Book, Daemon, Panel, approval};
use crate::casework::calendar::{Meeting, civil};
use crate::casework::routing::{Deputised, StandIn};
use crate::casework::rules::{Ends, HoldKind, MessageKind, Standing, speaks_of_absence};
use crate::casework::{MailKind, MeetingId, Ref};
use crate::outbound::compose::alert::NextStep;
use crate::store::{Held, HeldDetail, HeldState, Line, Mark, NewHeld, Tx, View};
use anyhow::{Context as _, bail};
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeMap;

const KIND: HoldKind = HoldKind::MemberAway;
/// A reply that answers no mail about a meeting to come is about the next one, if that is within so many days.
const DAYS: i64 = 14;
/// Who is away, and who would come, among what a held item keeps sealed.
const MEMBER: &str = "member";
const DEPUTY: &str = "deputy";

/// An automatic reply of a core member offers the meeting's papers to the deputy.
pub(super) async fn offer(tx: &mut Tx, c: &Carrying<'_>) -> anyhow::Result<()> {
    let s = &c.gathered.submission;
    let vouched = !matches!(s.sender.standing, Standing::Unauthenticated | Standing::NoSender);
    let (MessageKind::AutoReply, true, Some(from)) = (s.kind, vouched, &s.sender.address) else { return Ok(()) };
    let (panel, meeting) = about(tx, c).await?;
    let Some(meeting) = meeting else { return Ok(()) };
    let Some(Deputised { member, deputy }) = c.book.routing(panel, tx.now()).deputised(from) else { return Ok(()) };
    if deputy
        .is_some_and(|deputy| c.book.routing(panel, tx.now()).members().iter().any(|m| deputy.answers_to(&m.address)))
    {
        return Ok(()); // a member too, who has the papers
    }
    let parcel = &c.opened.parcel;
    let away = speaks_of_absence(&format!("{}\n{}", parcel.headers.subject.reveal(), parcel.new_text.reveal()));
    let refs = vec![Ref::Message(c.message.number), Ref::Meeting(meeting.id.clone())];
    let role = role_in_words(&member.role);
    let Some(deputy) = deputy else {
        tx.journal(Line {
            event: "member.away",
            rule: Some(KIND.rule().into()),
            reason: format!("an automatic reply of the {role}; the directory names no deputy who may have mail"),
            refs: refs.clone(),
        });
        // A shared mailbox thanks for each mail, and nobody needs to hear of that.
        if away {
            let alert = Alert {
                purpose: format!("alert|away|{}|{}", meeting.id, member.email),
                what: format!(
                    "The {role} has answered automatically and seems to be away. The directory names no deputy for them who may have the panel's mail."
                ),
                otherwise: Some("nobody of their agency may have read the papers.".to_owned()),
                about: refs,
                next: vec![
                    NextStep { text: "Ring their agency and ask who comes".to_owned(), command: None },
                    NextStep {
                        text: "Name a deputy in the directory's column “deputy”, for the next time".to_owned(),
                        command: None,
                    },
                ],
                ..may_be_away(c, &meeting, &role)
            };
            ask(tx, c.book, panel, alert, Ends::Begun(meeting.id.clone())).await?;
        }
        return Ok(());
    };
    for asked in tx.held_of_kind(&meeting.id, KIND.as_str()).await? {
        if pair(&asked).is_some_and(|pair| member.answers_to(&pair.member)) {
            return Ok(());
        }
    }
    let new = NewHeld {
        kind: KIND.as_str().to_owned(),
        rule: KIND.rule().to_owned(),
        panel: Some(panel.profile.id.clone()),
        message: Some(c.message.number),
        document: None,
        case: None,
        meeting: Some(meeting.id.clone()),
        entry: None,
        detail: HeldDetail {
            summary: format!("an automatic reply came from the {role}: {}", KIND.words()).into(),
            advice: "Read the reply in the mailbox. Release it to send the meeting's papers to the deputy whom the directory names; else reject it."
                .to_owned()
                .into(),
            candidates: Vec::new(),
            facts: BTreeMap::from([
                (MEMBER.to_owned(), member.email.to_string().into()),
                (DEPUTY.to_owned(), deputy.email.to_string().into()),
            ]),
        },
    };
    let number = tx.hold(c.message.key()?, &new).await?;
    let about: Vec<Ref> = std::iter::once(Ref::Held(number)).chain(refs).collect();
    tx.journal(Line {
        event: "held",
        rule: Some(KIND.rule().into()),
        reason: format!("{KIND}: {}", KIND.words()),
        refs: about.clone(),
    });
    let alert = Alert {
        at_once: true,
        purpose: format!("alert|away|{number}"),
        what: format!(
            "{} ({role}) has answered automatically{}. The directory names {} as deputy, who has not had the papers for {}.",
            member.name.reveal(),
            if away { " and seems to be away" } else { "" },
            deputy.name.reveal(),
            meeting.id
        ),
        otherwise: Some("the deputy gets nothing.".to_owned()),
        about,
        next: vec![
            NextStep { text: "Read the automatic reply in the duty mailbox".to_owned(), command: None },
            NextStep {
                text: "Send the papers to the deputy".to_owned(),
                command: Some(format!("dutyclerk held release {number}")),
            },
        ],
        ..may_be_away(c, &meeting, &role)
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
    let address = |name: &str| facts.get(name).and_then(|fact| fact.reveal().parse().ok());
    address(MEMBER).zip(address(DEPUTY)).map(|(member, deputy)| StandIn { member, deputy })
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
    if !drawn || approval::is_waiting(tx, &meeting.id).await? {
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
    for held in tx.held_of_kind(meeting, KIND.as_str()).await? {
        if held.state == HeldState::Open {
            let word = Release {
                by: "dutyclerk".to_owned(),
                note: "the meeting has been held".to_owned(),
                ..Release::default()
            };
            close(tx, &held, HeldState::Superseded, &word).await?;
        }
    }
    Ok(())
}
