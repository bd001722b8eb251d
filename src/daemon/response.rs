//! What came back about mail of ours. An answer to an invitation is kept, and whoever must come instead is asked (SY-14,
//! SH-11, MC-08); a delivery report is matched to its mail, and whom it did not reach is told to a person (RFC 3464).

use super::alerts::{Alert, To, raise};
use super::asked::ask;
use super::carry_out::Carrying;
use super::desk::{OpenCase, agenda_meeting};
use super::dispatch::{Loss, tell_lost};
use super::one_child::role_in_words;
use super::timers::{Nudge, send};
use super::{Panel, deputies};
use crate::casework::calendar::{Meeting, civil};
use crate::casework::routing::RoutedCase;
use crate::casework::rules::{Doubt, Ends, Invited, MessageKind, Sequel, Standing, Weight, says_nobody_reads, weigh};
use crate::casework::{
    Address, CalendarAnswer, DeliveryAction, DeliveryReport, MeetingId, Participation, Ref, RoleId, normal_name,
};
use crate::inbound::response::Response;
use crate::outbound::compose::alert::NextStep;
use crate::outbound::compose::reminder::What;
use crate::store::{Invitation, InvitationState, Line, OutboxEntry, RecipientChange, RecipientState, Tx};
use jiff::SignedDuration;
use std::collections::BTreeSet;

/// By which an answer to an invitation is taken in where no rule of the panel says more.
const ANSWERS: &str = "RFC 5546";
/// By which delivery reports are.
const REPORTS: &str = "RFC 3464";
/// By which automatic replies are.
const AUTOMATIC: &str = "RFC 3834";
/// An automatic reply that names no mail of ours answers what was sent there so shortly before.
const ANSWERS_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// A server gives a mail up after five days at the latest, and reports it then (RFC 5321 §4.5.4.1).
const COMES_BACK_WITHIN: SignedDuration = SignedDuration::from_hours(6 * 24);
/// Addresses that a report in words may name.
const MOST_NAMED: usize = 20;

/// Takes in what a message says about mail of ours.
pub(super) async fn take_in(tx: &mut Tx, c: &Carrying<'_>) -> anyhow::Result<()> {
    match &c.opened.response {
        Some(Response::Calendar(answers)) => {
            for answer in answers {
                answered(tx, c, answer).await?;
            }
            if answers.is_empty() { shown(tx, c, Doubt::Unmatched).await } else { Ok(()) }
        }
        Some(Response::Delivery(report)) => reported(tx, c, report).await,
        None => unread(tx, c).await,
    }
}

async fn answered(tx: &mut Tx, c: &Carrying<'_>, answer: &CalendarAnswer) -> anyhow::Result<()> {
    let arrived_at = c.message.arrived_at;
    let invitation = tx.invitation(&answer.uid).await?;
    let (mut invited, mut whom) = (None, None);
    if let Some(invitation) = &invitation {
        let attendee = invitation.attendee.open()?.address;
        invited = Some(Invited {
            sequence: invitation.sequence,
            cancelled: invitation.state == InvitationState::Cancelled,
            is_theirs: is_theirs(tx, c, answer, invitation, &attendee).await?,
            asked_at: invitation.dtstamp,
            answered_at: invitation.partstat.as_ref().map(|(_, at)| *at),
            starts_at: civil::instant(invitation.starts),
            about_a_child: invitation.case.is_some(),
        });
        whom = Some(attendee);
    }
    let sender = &c.gathered.submission.sender;
    let vouched = !matches!(sender.standing, Standing::Unauthenticated | Standing::NoSender);
    let weight = weigh(answer, invited.as_ref(), vouched, arrived_at);
    let (Some(invitation), Some(attendee)) = (invitation, whom) else { return shown(tx, c, Doubt::Unmatched).await };
    let sequel = match weight {
        Weight::Shown(doubt) => return shown(tx, c, doubt).await,
        Weight::Overtaken => {
            note(
                tx,
                c,
                &invitation,
                ANSWERS,
                format!("{}: it answers an earlier version, and is not kept", answer.says),
            );
            return Ok(());
        }
        Weight::Kept(sequel) => sequel,
    };
    if answer.says != Participation::NeedsAction {
        let said_at = answer.said_at(invitation.dtstamp, arrived_at);
        tx.answer_invitation(&invitation.uid, answer.says.as_str(), said_at).await?;
    }
    let Some(panel) = c.book.panels.get(&invitation.panel) else { return Ok(()) };
    let rule = if sequel == Sequel::StandIn { panel.profile.stand_in_rule() } else { ANSWERS };
    note(tx, c, &invitation, rule, format!("the {} is {}", invitation.kind, answer.says));
    match sequel {
        Sequel::None => Ok(()),
        Sequel::StandIn => ask_for_a_stand_in(tx, c, panel, &invitation, &attendee).await,
        Sequel::Proposal => propose(tx, c, panel, &invitation, answer).await,
        Sequel::Deputy => deputies::declined(tx, c, panel, &invitation, &attendee).await,
        Sequel::Comes => deputies::comes(tx, c, panel, &invitation, &attendee).await,
    }
}

/// Does the answer come from the one who was invited: by their address or an alias of it; or from an address that we do not
/// have, under their name, and it names them or answers our mail? What anybody else sends on is no answer (facts 4.8).
async fn is_theirs(
    tx: &mut Tx,
    c: &Carrying<'_>,
    answer: &CalendarAnswer,
    invitation: &Invitation,
    attendee: &Address,
) -> anyhow::Result<bool> {
    let sender = &c.gathered.submission.sender;
    let same =
        |address: &Option<Address>| address.as_ref().is_some_and(|a| c.book.directory.is_same_person(a, attendee));
    if same(&sender.address) {
        return Ok(true);
    }
    let is_somebody_else =
        sender.address.as_ref().is_some_and(|from| c.book.directory.answering_to(from).next().is_some());
    if sender.standing != Standing::Known || is_somebody_else || !bears_the_name(c, attendee) {
        return Ok(false);
    }
    let headers = &c.opened.parcel.headers;
    let mut in_thread = false;
    for id in headers.in_reply_to.iter().chain(headers.references.last()) {
        in_thread = in_thread || tx.entry_by_message_id(id).await?.map(|entry| entry.number) == invitation.last_entry;
    }
    Ok(same(&answer.attendee) || (in_thread && invitation.last_entry.is_some()))
}

/// Is the sender called as the one invited is, by the directory or by the address itself?
fn bears_the_name(c: &Carrying<'_>, attendee: &Address) -> bool {
    let words = |name: &str| BTreeSet::from_iter(normal_name(name));
    let Some(sender) = c.gathered.submission.sender.name.as_ref().map(|name| words(name.reveal())) else {
        return false;
    };
    let mut names: Vec<BTreeSet<String>> =
        c.book.directory.answering_to(attendee).map(|entry| words(entry.name.reveal())).collect();
    names.extend(attendee.as_str().split('@').next().map(|local| words(&local.replace(['.', '_'], " "))));
    !sender.is_empty() && names.contains(&sender)
}

fn note(tx: &mut Tx, c: &Carrying<'_>, invitation: &Invitation, rule: &'static str, reason: String) {
    let mut refs = vec![Ref::Message(c.message.number)];
    refs.extend(invitation.case.map(Ref::Case));
    tx.journal(Line { event: "invitation.answered", rule: Some(rule.into()), reason, refs });
}

/// The child stays on the agenda; the manager is asked to come (SY-14, SH-11). Where nobody else may be told, a person is.
async fn ask_for_a_stand_in(
    tx: &mut Tx,
    c: &Carrying<'_>,
    panel: &Panel,
    invitation: &Invitation,
    absent: &Address,
) -> anyhow::Result<()> {
    let (Some(case), Some(meeting)) = (invitation.case, &invitation.meeting) else { return Ok(()) };
    let (Some(open), Some(held)) = (OpenCase::load(tx, case).await?, panel.meeting(meeting)) else { return Ok(()) };
    let mut routed = open.routed(tx).await?;
    if !routed.caseworkers.iter().any(|contact| c.book.directory.is_same_person(&contact.address, absent))
        && routed.invitees.iter().any(|invitee| c.book.directory.is_same_person(&invitee.address, absent))
    {
        return invitee_declined(tx, c, panel, meeting, &routed, &held).await;
    }
    let manager = open.team_manager();
    routed.caseworkers.extend(manager.clone());
    let rule = panel.profile.stand_in_rule();
    let once = format!("{}|{}", invitation.uid, invitation.sequence);
    let Some(clearance) =
        c.book.routing(panel, tx.now()).stand_in(meeting, &routed, absent, manager.as_ref().map(|m| &m.address))
    else {
        let alert = Alert {
            to: To::Owner,
            at_once: true,
            purpose: format!("alert|stand-in|{once}"),
            title: format!("nobody presents {case} on {}", civil::day_in_words(meeting.date)),
            what: format!(
                "The caseworker of {case} has declined the invitation for {meeting}, and the program knows no manager or \
                 other worker of the child to ask. The child stays on the agenda."
            ),
            why: "A caseworker who cannot come is replaced by the manager, who knows the case.".to_owned(),
            rule,
            happened_at: c.message.arrived_at,
            decide_by: Some(held.starts_at),
            otherwise: Some("the child is heard without anybody to present it.".to_owned()),
            about: vec![Ref::Case(case), Ref::Message(c.message.number)],
            next: vec![NextStep { text: "Ring the child's team and ask who comes".to_owned(), command: None }],
            meeting: Some(meeting),
            cases: std::slice::from_ref(&routed),
        };
        ask(tx, c.book, panel, alert, Ends::Begun(meeting.clone())).await?;
        return Ok(());
    };
    let what =
        What::StandIn { meeting: agenda_meeting(&held), starts: invitation.starts, update_form: rule == "SY-14" };
    let nudge = Nudge { what, purpose: format!("stand-in|{once}"), expires_at: Some(held.starts_at) };
    send(tx, c.book, panel, &open, &clearance, nudge).await?;
    Ok(())
}

/// Somebody who was to be there for one child does not come: who else does is for a person to say (SY-13).
async fn invitee_declined(
    tx: &mut Tx,
    c: &Carrying<'_>,
    panel: &Panel,
    meeting: &MeetingId,
    routed: &RoutedCase,
    held: &Meeting,
) -> anyhow::Result<()> {
    let case = routed.case;
    let alert = Alert {
        to: To::Owner,
        at_once: false,
        purpose: format!("alert|invitee|{}", c.message.number),
        title: format!("somebody invited for {case} does not come"),
        what: format!(
            "Message {} declines the invitation for {case} at {meeting}. Nobody else is asked in their place.",
            c.message.number
        ),
        why: "Who comes for one child beside those who work with it is for a person to say.".to_owned(),
        rule: panel.profile.invitees_rule(),
        happened_at: c.message.arrived_at,
        decide_by: Some(held.starts_at),
        otherwise: Some("nobody comes for their service.".to_owned()),
        about: vec![Ref::Case(case), Ref::Message(c.message.number)],
        next: vec![NextStep {
            text: "Ring their service; whoever comes instead is invited with".to_owned(),
            command: Some(format!("dutyclerk meeting invite {meeting} {case} ADDRESS")),
        }],
        meeting: Some(meeting),
        cases: std::slice::from_ref(routed),
    };
    raise(tx, c.book, panel, alert).await?;
    Ok(())
}

/// Another time, or somebody else, is proposed: neither happens by itself. Whoever comes instead may not have papers yet.
async fn propose(
    tx: &mut Tx,
    c: &Carrying<'_>,
    panel: &Panel,
    invitation: &Invitation,
    answer: &CalendarAnswer,
) -> anyhow::Result<()> {
    let message = c.message.number;
    let of = invitation.case.map_or_else(|| "a meeting".to_owned(), |case| case.to_string());
    let (title, what) = match answer.says {
        Participation::Delegated => (
            format!("somebody else is to come for {of}"),
            format!(
                "Message {message} passes the invitation for {of} on to somebody else. They were not invited and sent nothing."
            ),
        ),
        _ => (
            format!("another time is proposed for {of}"),
            format!("Message {message} proposes another time for {of}. The invitation stands as it is."),
        ),
    };
    let open = match invitation.case {
        Some(case) => OpenCase::load(tx, case).await?,
        None => None,
    };
    let cases = match &open {
        Some(open) => vec![open.routed(tx).await?],
        None => Vec::new(),
    };
    let mut about = vec![Ref::Message(message)];
    about.extend(cases.iter().map(|case| Ref::Case(case.case)));
    let alert = Alert {
        to: To::Owner,
        at_once: false,
        purpose: format!("alert|proposal|{message}|{}", invitation.uid),
        title,
        what,
        why: "The panel's times and who may have a child's papers are not changed by an answer to an invitation."
            .to_owned(),
        rule: ANSWERS,
        happened_at: c.message.arrived_at,
        decide_by: None,
        otherwise: Some("the invitation stands.".to_owned()),
        about,
        next: vec![NextStep { text: "Read the message in the duty mailbox and answer it".to_owned(), command: None }],
        meeting: None,
        cases: &cases,
    };
    {
        let ends = invitation.meeting.clone().map_or(Ends::Answered, Ends::Begun);
        ask(tx, c.book, panel, alert, ends).await?
    };
    Ok(())
}

/// An answer that changes nothing: somebody we know is looked after by a person, a stranger is noted.
async fn shown(tx: &mut Tx, c: &Carrying<'_>, doubt: Doubt) -> anyhow::Result<()> {
    let message = c.message.number;
    tx.journal(Line {
        event: "invitation.not_matched",
        rule: Some(ANSWERS.into()),
        reason: format!("an answer to an invitation is not kept: {}", doubt.words()),
        refs: vec![Ref::Message(message)],
    });
    if !matches!(c.gathered.submission.sender.standing, Standing::Known | Standing::Partner) {
        return Ok(());
    }
    let alert = Alert {
        to: To::Owner,
        at_once: false,
        purpose: format!("alert|not matched|{message}"),
        title: format!("{message} answers an invitation, but which?"),
        what: format!("Message {message} answers an invitation and is not kept: {}.", doubt.words()),
        why: "An answer counts only for the one who was invited, under an address that the directory has.".to_owned(),
        rule: ANSWERS,
        happened_at: c.message.arrived_at,
        decide_by: None,
        otherwise: Some("the invitation counts as not answered.".to_owned()),
        about: vec![Ref::Message(message)],
        next: vec![
            NextStep { text: "Read the message in the duty mailbox".to_owned(), command: None },
            NextStep {
                text: "If it is one of ours under another address, add that to the directory as an alias".to_owned(),
                command: None,
            },
        ],
        meeting: None,
        cases: &[],
    };
    ask(tx, c.book, c.panel, alert, Ends::Answered).await?;
    Ok(())
}

async fn reported(tx: &mut Tx, c: &Carrying<'_>, report: &DeliveryReport) -> anyhow::Result<()> {
    let mut found: Option<OutboxEntry> = None;
    for id in &report.about {
        found = tx.entry_by_message_id(id.reveal()).await?;
        if found.is_some() {
            break;
        }
    }
    let Some(entry) = found else {
        // Admin write from this mailbox by hand too; such reports are theirs.
        tx.journal(Line {
            event: "report.not_matched",
            rule: Some(REPORTS.into()),
            reason: "a delivery report about no mail of this program".to_owned(),
            refs: vec![Ref::Message(c.message.number)],
        });
        return reported_of_somebody(tx, c, report).await;
    };
    let envelope = entry.envelope.open()?;
    let kept = tx.recipients(entry.number).await?;
    let (mut changes, mut lost, mut said) = (Vec::new(), Vec::new(), Vec::new());
    for (position, action, status) in recipients(c, report, envelope.to.iter().map(|to| &to.address).collect()) {
        let (Some(to), Some(before)) = (envelope.to.get(position), kept.iter().find(|r| r.position == position)) else {
            continue;
        };
        let code = status.clone().map_or_else(String::new, |status| format!(" {status}"));
        said.push(format!("{}: {}{code}", to.role, word(action)));
        // What is still being sent has its own answer to come.
        if action == DeliveryAction::Failed && before.state == RecipientState::Accepted && !to.journal {
            let reason = status.clone().unwrap_or_else(|| "not delivered".to_owned());
            lost.push((&to.role, reason));
            changes.push(RecipientChange {
                position,
                state: RecipientState::Failed,
                reply_code: before.reply_code,
                reply_class: status,
            });
        }
    }
    // Somebody's mail is sent on to an address that we do not know, or it names nobody: one of them may not have it.
    let somebody = RoleId::new("somebody, under an address we did not write to");
    if said.is_empty() {
        said.push("it does not say for whom".to_owned());
        let failed = report.recipients.iter().find(|about| about.action == DeliveryAction::Failed);
        if failed.is_some() || report.recipients.is_empty() {
            let status = failed.and_then(|about| about.status.clone());
            lost.push((&somebody, status.unwrap_or_else(|| "not delivered".to_owned())));
        }
    }
    let mut refs = vec![Ref::Message(c.message.number), Ref::Sent(entry.number)];
    let cases = tx.cases_of_entries(&[entry.number]).await?.remove(&entry.number).unwrap_or_default();
    refs.extend(cases.into_iter().map(Ref::Case));
    let reason = format!("{}: {}", entry.kind, said.join("; "));
    tx.journal(Line { event: "mail.reported", rule: Some(REPORTS.into()), reason, refs });
    tx.change_recipients(entry.number, &changes).await?;
    let all = envelope.to.iter().filter(|to| !to.journal).count();
    tell_lost(tx, c.book, &entry, all, &lost, (Loss::Bounced(c.message.number), c.message.number.0)).await
}

/// An automatic reply says that nobody reads the address that a mail of ours went to: whoever it was for does not have it, as
/// surely as if it had come back. Told once a day and address.
async fn unread(tx: &mut Tx, c: &Carrying<'_>) -> anyhow::Result<()> {
    let s = &c.gathered.submission;
    let vouched = !matches!(s.sender.standing, Standing::Unauthenticated | Standing::NoSender);
    let (MessageKind::AutoReply, true, Some(from)) = (s.kind, vouched, &s.sender.address) else { return Ok(()) };
    let parcel = &c.opened.parcel;
    if !says_nobody_reads(&format!("{}\n{}", parcel.headers.subject.reveal(), parcel.new_text.reveal())) {
        return Ok(());
    }
    let mut entry = None;
    for id in parcel.headers.in_reply_to.iter().chain(parcel.headers.references.last()) {
        entry = tx.entry_by_message_id(id).await?;
        if entry.is_some() {
            break;
        }
    }
    if entry.is_none() {
        let since = tx.now().checked_sub(ANSWERS_WITHIN)?;
        entry = tx.last_entry_to(from, since).await?;
    }
    let Some(entry) = entry else { return Ok(()) };
    not_heard_of(tx, c, &entry, from, Silence::ReadByNobody).await
}

/// A report that does not say which mail came back, about somebody in the directory who was written to lately: it may be a
/// mail of ours, and is told like one whose reader it names.
async fn reported_of_somebody(tx: &mut Tx, c: &Carrying<'_>, report: &DeliveryReport) -> anyhow::Result<()> {
    // One that names another mail is about what somebody sent by hand.
    if !report.about.is_empty() {
        return Ok(());
    }
    let failed = report.recipients.iter().filter(|about| about.action == DeliveryAction::Failed);
    let mut whom: BTreeSet<Address> = failed.filter_map(|about| about.address.clone()).collect();
    if report.recipients.is_empty() {
        let text = c.opened.parcel.text.reveal();
        let words = text.split(|ch: char| ch.is_whitespace() || matches!(ch, '<' | '>' | '(' | ')' | ',' | ';' | '"'));
        let addresses = words.filter(|word| word.contains('@'));
        whom = addresses.filter_map(|word| word.trim_matches(['.', ':', '\'']).parse().ok()).take(MOST_NAMED).collect();
    }
    let since = c.message.arrived_at.checked_sub(COMES_BACK_WITHIN)?;
    for address in whom.iter().filter(|address| c.book.directory.answering_to(address).next().is_some()) {
        if let Some(entry) = tx.last_entry_to(address, since).await? {
            not_heard_of(tx, c, &entry, address, Silence::CameBack).await?;
        }
    }
    Ok(())
}

/// Why somebody does not have what was sent to them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Silence {
    /// An automatic reply says so.
    ReadByNobody,
    /// A report names them, and no mail.
    CameBack,
}

async fn not_heard_of(
    tx: &mut Tx,
    c: &Carrying<'_>,
    entry: &OutboxEntry,
    address: &Address,
    silence: Silence,
) -> anyhow::Result<()> {
    let to = entry.envelope.open()?.to;
    let role = to.iter().find(|to| c.book.directory.is_same_person(&to.address, address)).map(|to| to.role.clone());
    let (Some(role), Some(panel)) = (role, c.book.panels.get(&entry.panel)) else { return Ok(()) };
    let (message, number) = (c.message.number, entry.number);
    let refs = vec![Ref::Message(message), Ref::Sent(number)];
    let whom = role_in_words(&role);
    let (event, rule, reason) = match silence {
        Silence::ReadByNobody => ("mail.unread", AUTOMATIC, "an automatic reply says that nobody reads the address of"),
        Silence::CameBack => ("mail.came_back", REPORTS, "a report that names no mail says that nothing reached"),
    };
    tx.journal(Line { event, rule: Some(rule.into()), reason: format!("{reason}: {role}"), refs: refs.clone() });
    let kind = entry.kind;
    let (title, what, why, read) = match silence {
        Silence::ReadByNobody => (
            format!("{number} is read by nobody: {whom}"),
            format!(
                "{number} ({kind}) went to {whom}, and the automatic reply {message} says that this address is not read any more. Nothing that goes there reaches anybody."
            ),
            "Whoever a rule names must really have it. The mail server took the mail, so no report comes.",
            "Read the reply in the duty mailbox: it may name another address",
        ),
        Silence::CameBack => (
            format!("{number} may not have reached {whom}"),
            format!(
                "The report {message} says that a mail to {whom} came back, and not which. The last that went there is {number} ({kind})."
            ),
            "Whoever a rule names must really have it. A report that names no mail of ours may be about one that somebody sent by hand.",
            "Read the report in the duty mailbox: it may say which mail it was, and why it came back",
        ),
    };
    let is_needed = panel.profile.core_roles.contains(&role) || panel.profile.health.roles.contains_key(&role);
    let meeting = entry.meeting.clone().filter(|id| c.book.meeting(id).is_some_and(|of| of.starts_at > tx.now()));
    let alert = Alert {
        to: To::Owner,
        at_once: is_needed,
        purpose: format!("alert|unread|{address}|{}", civil::date(tx.now())),
        title,
        what,
        why: why.to_owned(),
        rule,
        happened_at: c.message.arrived_at,
        decide_by: meeting.as_ref().and_then(|id| c.book.meeting(id)).map(|meeting| meeting.starts_at),
        otherwise: Some("the next mail for them goes to the same address.".to_owned()),
        about: refs,
        next: vec![
            NextStep { text: read.to_owned(), command: None },
            NextStep {
                text: "Reach them another way, and correct the address in the directory".to_owned(),
                command: Some("dutyclerk directory import FILE".to_owned()),
            },
        ],
        meeting: meeting.as_ref(),
        cases: &[],
    };
    let ends = meeting.clone().map_or(Ends::Answered, Ends::Begun);
    ask(tx, c.book, panel, alert, ends).await?;
    Ok(())
}

/// Which recipients of ours a report is about. What names nobody, or nobody of ours, is about the only one there is.
fn recipients(
    c: &Carrying<'_>,
    report: &DeliveryReport,
    to: Vec<&Address>,
) -> Vec<(usize, DeliveryAction, Option<String>)> {
    let only = if to.len() == 1 { Some(0) } else { None };
    if report.recipients.is_empty() {
        return only.map(|position| (position, DeliveryAction::Failed, None)).into_iter().collect();
    }
    let mut found = Vec::new();
    for reported in &report.recipients {
        let named = reported.address.as_ref().and_then(|address| {
            let exact = to.iter().position(|ours| *ours == address);
            exact.or_else(|| to.iter().position(|ours| c.book.directory.is_same_person(ours, address)))
        });
        if let Some(position) = named.or(only) {
            found.push((position, reported.action, reported.status.clone()));
        }
    }
    found
}

const fn word(action: DeliveryAction) -> &'static str {
    match action {
        DeliveryAction::Failed => "not delivered",
        DeliveryAction::Delayed => "delayed, being tried",
        DeliveryAction::Delivered => "delivered",
        DeliveryAction::Relayed => "passed on, no further report",
    }
}
