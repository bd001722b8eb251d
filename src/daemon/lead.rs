//! Who carries a child's case, where its form names another lead professional than whoever sent it (MC-34): asked once a
//! name, and settled by a person. Until then the sender is the contact.

use super::alerts::{Alert, To, raise};
use super::carry_out::{Carrying, may_carry, only_worker, reading_of, worker_named};
use super::desk::OpenCase;
use super::held::{Release, close};
use super::listing::{Change, change, invite};
use super::one_child::again;
use super::{Book, Daemon, Panel};
use crate::casework::calendar::civil;
use crate::casework::routing::RoutedCase;
use crate::casework::rules::{HoldKind, Item};
use crate::casework::{Address, CaseRef, FieldId, MailKind, MeetingId, Reading, Ref, normal_name};
use crate::outbound::compose::alert::NextStep;
use crate::store::{CaseFacts, Held, HeldDetail, HeldState, ItemState, Line, NewHeld, Person, Tx, View};
use anyhow::{Context as _, bail};
use jiff::Timestamp;
use std::collections::BTreeMap;

const KIND: HoldKind = HoldKind::OtherLead;
const ADVICE: &str = "Ask who carries the case. Release it if it is the one whom the form names: they are invited in the \
    sender's place; where the directory does not know them by that name, say their address. Reject it if it is the sender.";
/// Where the address of the one whom the form names is kept.
const NAMED: &str = "named";

/// A name is asked about once a case: a setting says so, by its keyed hash.
fn key(view: &View, case: CaseRef, name: &str) -> String {
    format!("lead:{case}:{}", view.look_ups().hash("lead", None, &normal_name(name).join(" ")))
}

/// Was it asked already, or has the panel itself named this person?
pub(super) async fn is_settled(view: &mut View, case: CaseRef, reading: &Reading) -> anyhow::Result<bool> {
    let Some(name) = reading.text(FieldId::LeadProfessional) else { return Ok(true) };
    let key = key(view, case, name);
    if view.setting(&key).await?.is_some() {
        return Ok(true);
    }
    let Some(open) = OpenCase::load(view, case).await? else { return Ok(false) };
    let known = open.facts.lead_professional.filter(|_| open.facts.lead_confirmed).and_then(|lead| lead.name);
    Ok(known.is_some_and(|known| normal_name(known.reveal()) == normal_name(name)))
}

/// Puts it before a person, once.
pub(super) async fn ask(
    tx: &mut Tx,
    c: &Carrying<'_>,
    item: &Item,
    case: CaseRef,
    meeting: &MeetingId,
) -> anyhow::Result<()> {
    let Some(reading) = reading_of(c, item) else { return Ok(()) };
    let Some(name) = reading.text(FieldId::LeadProfessional) else { return Ok(()) };
    if is_settled(tx, case, reading).await? {
        return Ok(());
    }
    let Some(open) = OpenCase::load(tx, case).await? else { return Ok(()) };
    let responsible = open.facts.responsible.as_ref().map(|name| name.reveal().as_str());
    let named = only_worker(c, name, responsible).map(|entry| (NAMED.to_owned(), entry.email.to_string().into()));
    let new = NewHeld {
        kind: KIND.as_str().to_owned(),
        rule: KIND.rule().to_owned(),
        panel: Some(c.panel.profile.id.clone()),
        message: Some(c.message.number),
        document: None,
        case: Some(case),
        meeting: Some(meeting.clone()),
        entry: None,
        detail: HeldDetail {
            summary: KIND.words().to_owned().into(),
            advice: ADVICE.to_owned().into(),
            candidates: Vec::new(),
            facts: named.into_iter().collect::<BTreeMap<_, _>>(),
        },
    };
    let number = tx.hold(open.case.key()?, &new).await?;
    let key = key(tx, case, name);
    tx.set_setting(&key, &number.to_string()).await?;
    let refs = vec![Ref::Held(number), Ref::Case(case), Ref::Message(c.message.number)];
    tx.journal(Line {
        event: "held",
        rule: Some(KIND.rule().into()),
        reason: format!("{KIND}: {}", KIND.words()),
        refs: refs.clone(),
    });
    let routed = open.routed(tx).await?;
    let step = |text: &str, command: String| NextStep { text: text.to_owned(), command: Some(command) };
    let alert = Alert {
        to: To::Owner,
        at_once: false,
        purpose: format!("alert|{KIND}|{number}"),
        title: format!("{case}: who carries the case?"),
        what: format!(
            "{} brought a paper about {case}, and its form names another lead professional than whoever sent it. {case} is heard at {meeting}. {ADVICE}",
            c.message.number
        ),
        why: "Whoever sent a child's paper is the contact until another person is confirmed. The sender has been asked as well.".to_owned(),
        rule: KIND.rule(),
        happened_at: c.message.arrived_at,
        decide_by: None,
        otherwise: Some("the sender stays the contact: the invitation and the child's papers go to them.".to_owned()),
        about: refs,
        next: vec![
            step("The one whom the form names", format!("dutyclerk held release {number}")),
            step("The same, by their address", format!("dutyclerk held release {number} --to ADDRESS")),
            step("The sender", format!("dutyclerk held reject {number}")),
        ],
        meeting: Some(meeting),
        cases: std::slice::from_ref(&routed),
    };
    raise(tx, c.book, c.panel, alert).await?;
    Ok(())
}

/// A person says that somebody else carries it: they are invited in the sender's place, and get what the sender would.
pub(super) async fn release(daemon: &Daemon, held: &Held, word: &Release, now: Timestamp) -> anyhow::Result<()> {
    let book = daemon.book();
    let panel = held.panel.as_ref().and_then(|id| book.panels.get(id)).context("its panel is not enabled")?;
    let case = held.case.context("the item names no case")?;
    let named = held.detail.open()?.facts.get(NAMED).and_then(|named| named.reveal().parse::<Address>().ok());
    let address = match (word.to.as_slice(), named) {
        ([one], _) => one.clone(),
        ([], Some(named)) => named,
        ([], None) => bail!("the directory knows no one worker of that name: say who it is by their address"),
        _ => bail!("one person carries a case: say one address"),
    };
    let entry = book.directory.find(&address, civil::date(now)).context("that address is not in the directory")?;
    let person = Person { name: Some(entry.name.clone()), address: Some(entry.email.clone()) };
    let mut tx = daemon.store.begin(now).await?;
    let responsible = OpenCase::load(&mut tx, case).await?.and_then(|open| open.facts.responsible);
    if !may_carry(&panel.profile.authority, entry, responsible.as_ref().map(|name| name.reveal().as_str())) {
        bail!("that address is not in the directory as a worker of the child's own authority");
    }
    let before = contacts(&mut tx, case).await?;
    confirm(&mut tx, held, case, Some(person)).await?;
    close(&mut tx, held, HeldState::Released, word).await?;
    let mut left = contacts(&mut tx, case).await?;
    let stay: Vec<Address> = left.caseworkers.drain(..).map(|contact| contact.address).collect();
    left.invitees.clear();
    left.caseworkers = before.caseworkers.into_iter().filter(|contact| !stay.contains(&contact.address)).collect();
    hand_over(&mut tx, daemon, &book, case, &left).await?;
    tx.commit().await?;
    Ok(())
}

/// Nobody was known for the child, and the directory knows the one whom the form names by now: they are the contact, and invited.
pub(super) async fn find(
    daemon: &Daemon,
    book: &Book<'_>,
    panel: &Panel,
    case: CaseRef,
    now: Timestamp,
) -> anyhow::Result<bool> {
    let mut tx = daemon.store.begin(now).await?;
    let Some(mut open) = OpenCase::load(&mut tx, case).await? else { return Ok(false) };
    let name = open.facts.lead_professional.as_ref().and_then(|lead| lead.name.clone());
    let (Some(name), true) = (name, open.contacts().is_empty()) else { return Ok(false) };
    let responsible = open.facts.responsible.as_ref().map(|name| name.reveal().as_str());
    let Some(entry) = worker_named(book, panel, name.reveal(), responsible, now) else { return Ok(false) };
    let person = Person { name: Some(entry.name.clone()), address: Some(entry.email.clone()) };
    let facts = CaseFacts { caseworker: Some(person.clone()), lead_professional: Some(person), ..open.facts.clone() };
    tx.update_case(&mut open.case, Some(&facts)).await?;
    tx.journal(Line {
        event: "lead.found",
        rule: Some(KIND.rule().into()),
        reason: "the directory knows the one whom the form names".to_owned(),
        refs: vec![Ref::Case(case)],
    });
    let nobody = RoutedCase { caseworkers: Vec::new(), invitees: Vec::new(), ..contacts(&mut tx, case).await? };
    hand_over(&mut tx, daemon, book, case, &nobody).await?;
    tx.commit().await?;
    Ok(true)
}

/// A person says that the sender carries it.
pub(super) async fn keep(tx: &mut Tx, held: &Held) -> anyhow::Result<()> {
    let Some(case) = held.case else { return Ok(()) };
    confirm(tx, held, case, None).await
}

async fn contacts(tx: &mut Tx, case: CaseRef) -> anyhow::Result<RoutedCase> {
    let open = OpenCase::load(tx, case).await?.with_context(|| format!("there is no case {case}"))?;
    open.routed(tx).await
}

/// Whoever carries it is the lead professional from now on; none: whoever is the contact now.
async fn confirm(tx: &mut Tx, held: &Held, case: CaseRef, who: Option<Person>) -> anyhow::Result<()> {
    let mut open = OpenCase::load(tx, case).await?.with_context(|| format!("there is no case {case}"))?;
    let mut facts = open.facts.clone();
    let reason = match &who {
        Some(_) => "a person confirmed that another than the sender carries the case",
        None => "a person confirmed that the sender carries the case",
    };
    if let Some(who) = who {
        facts.caseworker = Some(who);
        facts.earlier_caseworkers.clear();
    }
    facts.lead_professional = facts.caseworker.clone().or(facts.lead_professional);
    facts.lead_confirmed = true;
    tx.update_case(&mut open.case, Some(&facts)).await?;
    tx.journal(Line {
        event: "lead.confirmed",
        rule: Some(KIND.rule().into()),
        reason: reason.to_owned(),
        refs: vec![Ref::Held(held.number), Ref::Case(case)],
    });
    Ok(())
}

/// Wherever the child is listed, who is a contact no more is no longer invited, and who is one now is; where the pack has
/// gone they get its extract.
async fn hand_over(
    tx: &mut Tx,
    daemon: &Daemon,
    book: &Book<'_>,
    case: CaseRef,
    left: &RoutedCase,
) -> anyhow::Result<()> {
    for row in tx.open_items_of_case(case).await? {
        let Some(panel) = book.panels.get(&row.meeting.panel) else { continue };
        let to_come = panel.meeting(&row.meeting).filter(|meeting| meeting.starts_at > tx.now());
        let (Some(meeting), ItemState::Listed) = (to_come, row.state) else { continue };
        let Some(open) = OpenCase::load(tx, case).await? else { continue };
        let cancel = Change { meeting: &meeting, row: &row, open: &open, routed: left };
        let why = Some("somebody else carries the case".to_owned());
        change(tx, book, panel, cancel, MailKind::InvitationCancel, why).await?;
        invite(tx, book, panel, &meeting, &row).await?;
        again(tx, daemon, book, panel, &meeting, case).await?;
    }
    Ok(())
}
