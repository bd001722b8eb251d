//! Who else is there for one child: proposed to whoever runs the panel from the directory, and invited by a person's word, for
//! the child's slot and nothing else (SY-13, S0-10, MC-08). Of a care leaver more people are (SY-36). A school as a form writes it is
//! never guessed: the alleged abuser may work there.
//!
//! # Failure policy
//!
//! Asked once for each child and meeting, in the transaction that lists the child; nobody is invited while nobody answers. Who was
//! named stays named where the child goes to another meeting, and is forgotten when it has been heard or taken off.

use super::alerts::{Alert, To};
use super::desk::OpenCase;
use super::one_child::role_in_words;
use super::{Book, Daemon, Panel, asked, listing};
use crate::casework::calendar::{Meeting, civil};
use crate::casework::directory::Entry;
use crate::casework::panel::SectionId;
use crate::casework::routing::{CARE_LEAVER_ROLES, is_adult};
use crate::casework::rules::{Choice, Ends};
use crate::casework::{Address, AlertRef, CaseRef, FieldId, MeetingId, Redacted, Ref, RoleId, normal_name};
use crate::outbound::compose::alert::NextStep;
use crate::store::{AgendaRow, CaseFacts, ItemState, Line, Person, Proposed, Tx, View};
use anyhow::{Context as _, bail};
use jiff::Timestamp;
use std::cmp::Reverse;

/// So many of one role are proposed; others are invited by their address.
const MOST_OF_A_ROLE: usize = 5;
/// What every school is called tells none from another.
const OF_EVERY_SCHOOL: [&str; 12] =
    ["school", "academy", "college", "high", "primary", "secondary", "junior", "infant", "the", "of", "and", "year"];

/// Asks whom to invite for a child that has been listed, and of an adult whether a care leaver.
pub(super) async fn propose(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    meeting: &Meeting,
    row: &AgendaRow,
) -> anyhow::Result<()> {
    let Some(open) = OpenCase::load(tx, row.case).await? else { return Ok(()) };
    if row.section == SectionId::Expected || meeting.starts_at <= tx.now() {
        return Ok(());
    }
    ask_about_an_adult(tx, book, panel, meeting, &open).await?;
    if open.facts.invitees.is_some() {
        return Ok(());
    }
    ask(tx, book, panel, meeting, (&open, row.section)).await
}

/// The advanced practitioner whom the form of an initial assessment names is invited with the worker (SH-04); where it names none,
/// those of the directory are proposed.
pub(super) async fn attend(tx: &mut Tx, book: &Book<'_>, panel: &Panel, row: &AgendaRow) -> anyhow::Result<()> {
    let Some(mut open) = OpenCase::load(tx, row.case).await? else { return Ok(()) };
    if row.section != SectionId::New || !open.facts.attends.is_empty() {
        return Ok(());
    }
    let day = civil::date(tx.now());
    let holds = |person: &&Person| {
        let listed = person.address.as_ref().and_then(|address| book.directory.find(address, day));
        listed.is_some_and(|listed| panel.profile.initial_roles.contains(&listed.role))
    };
    let Some(named) = open.facts.named_manager.iter().chain(&open.facts.manager).find(holds).cloned() else {
        return Ok(());
    };
    let facts = CaseFacts { attends: vec![named], ..open.facts.clone() };
    tx.update_case(&mut open.case, Some(&facts)).await?;
    Ok(())
}

fn roles(panel: &Panel, facts: &CaseFacts, section: SectionId) -> Vec<RoleId> {
    let mut roles = panel.profile.case_roles.clone();
    if section == SectionId::New && facts.attends.is_empty() {
        roles.splice(0..0, panel.profile.initial_roles.iter().cloned());
    }
    if facts.care_leaver == Some(true) {
        roles.extend(
            CARE_LEAVER_ROLES.into_iter().map(RoleId::new).filter(|role| !panel.profile.case_roles.contains(role)),
        );
    }
    roles
}

async fn ask(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    meeting: &Meeting,
    (open, section): (&OpenCase, SectionId),
) -> anyhow::Result<()> {
    let roles = roles(panel, &open.facts, section);
    if roles.is_empty() {
        return Ok(());
    }
    let (id, case) = (&meeting.id, open.case.number);
    let routed = open.routed(tx).await?;
    let routing = book.routing(panel, tx.now());
    let written = words_of_the_school(tx, case).await?;
    let (mut proposed, mut lacking, mut more) = (Vec::new(), Vec::new(), Vec::new());
    for role in &roles {
        let mut found = routing.proposed(id, &routed, role);
        let like = |row: &Entry| {
            distinct_words(&format!("{} {}", row.agency, row.name.reveal()))
                .filter(|word| written.contains(word))
                .count()
        };
        found.sort_by_cached_key(|row| (Reverse(like(row)), row.agency.clone(), row.name.reveal().clone()));
        let in_words = role_in_words(role);
        match found.len() {
            0 => lacking.push(format!("“{role}”")),
            n if n > MOST_OF_A_ROLE => more.push(in_words.clone()),
            _ => {}
        }
        proposed.extend(found.into_iter().take(MOST_OF_A_ROLE).map(|row| Proposed {
            address: row.email.clone(),
            words: Redacted::new(format!("{}, {} ({in_words})", row.name.reveal(), row.agency)),
        }));
    }
    let mut what = format!(
        "{case} is heard at {id}. Others may be there for this child: {}. Nobody is invited before you say so. Whoever is gets an invitation for the child's slot, with the reference alone: no name, no paper.",
        roles.iter().map(role_in_words).collect::<Vec<_>>().join(", ")
    );
    if !proposed.is_empty() {
        what.push_str(" Of those proposed none is chosen: read the form, and make sure that it is the right one, and nobody who is a risk to the child.");
    }
    if !more.is_empty() {
        what.push_str(&format!(
            " The directory has more than are proposed of: {}; those most like what the form says come first.",
            more.join(", ")
        ));
    }
    let mut next = Vec::new();
    if !lacking.is_empty() {
        let text = format!(
            "To be proposed somebody of the missing roles, add a row to the directory with the role {}",
            lacking.join(", ")
        );
        next.push(NextStep { text, command: Some("dutyclerk directory import FILE".to_owned()) });
    }
    next.push(NextStep {
        text: "Invite one or several, by their address; without an address: nobody".to_owned(),
        command: Some(format!("dutyclerk meeting invite {id} {case} ADDRESS")),
    });
    let rule = panel.profile.invitees_rule();
    let leaver = if open.facts.care_leaver == Some(true) { "|care leaver" } else { "" };
    let alert = Alert {
        to: To::Owner,
        at_once: false,
        purpose: format!("alert|invitees|{id}|{case}{leaver}"),
        title: format!("{case}: whom else to invite?"),
        what,
        why: "Some people come for the one child they know. Who they are is for a person to say, for a form may mean another school, and whoever is alleged to harm the child may work there.".to_owned(),
        rule,
        happened_at: tx.now(),
        decide_by: Some(meeting.starts_at),
        otherwise: Some("nobody beside those who work with the child is invited.".to_owned()),
        about: vec![Ref::Case(case), Ref::Meeting(id.clone())],
        next,
        meeting: Some(id),
        cases: std::slice::from_ref(&routed),
    };
    asked::propose(tx, book, panel, alert, Ends::Invitees(id.clone(), case), proposed).await?;
    Ok(())
}

/// What the child's newest form says of its school, in the words that tell one from another.
async fn words_of_the_school(tx: &mut Tx, case: CaseRef) -> anyhow::Result<Vec<String>> {
    let mut documents = tx.documents_of_case(case).await?;
    documents.sort_by_key(|document| Reverse(document.arrived_at));
    for document in documents {
        let reading = document.body.open().ok().and_then(|body| body.reading);
        if let Some(said) = reading.as_ref().and_then(|reading| reading.text(FieldId::Education)) {
            return Ok(distinct_words(said).collect());
        }
    }
    Ok(Vec::new())
}

fn distinct_words(text: &str) -> impl Iterator<Item = String> {
    normal_name(text).into_iter().filter(|word| word.len() > 1 && !OF_EVERY_SCHOOL.contains(&word.as_str()))
}

/// SY-36: whether somebody of 18 or over is a care leaver decides who else is to be there.
async fn ask_about_an_adult(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    meeting: &Meeting,
    open: &OpenCase,
) -> anyhow::Result<()> {
    let (id, case) = (&meeting.id, open.case.number);
    let routed = open.routed(tx).await?;
    if open.facts.care_leaver.is_some() || !is_adult(&routed, id.date) {
        return Ok(());
    }
    let alert = Alert {
        to: To::Owner,
        at_once: false,
        purpose: format!("alert|adult|{id}|{case}"),
        title: format!("{case} is 18 or over: a care leaver?"),
        what: format!(
            "{case} will be 18 or over at the meeting of {id}. The CAMHS copy goes to the adult mental health service instead."
        ),
        why: "Care leavers go on being heard, and community safety, adult services, probation and others with an interest are to be there.".to_owned(),
        rule: "SY-36",
        happened_at: tx.now(),
        decide_by: Some(meeting.starts_at),
        otherwise: Some("nobody beyond the usual people is told.".to_owned()),
        about: vec![Ref::Case(case), Ref::Meeting(id.clone())],
        next: vec![NextStep {
            text: "Say which; of a care leaver you are then asked whom to invite".to_owned(),
            command: Some(format!("dutyclerk case care-leaver {case} yes|no")),
        }],
        meeting: Some(id),
        cases: std::slice::from_ref(&routed),
    };
    asked::ask(tx, book, panel, alert, Ends::CareLeaver(case)).await?;
    Ok(())
}

/// A person says whether the young person is a care leaver (SY-36); of one, whom to invite is asked anew.
///
/// # Errors
/// When there is no such case, or the store fails.
pub async fn care_leaver(
    daemon: &mut Daemon,
    case: CaseRef,
    is_one: bool,
    by: (&str, &str),
    now: Timestamp,
) -> anyhow::Result<()> {
    let mut view = daemon.store.read().await?;
    daemon.read_directory(&mut view).await?;
    drop(view);
    let book = daemon.book();
    let mut tx = daemon.store.begin(now).await?;
    let mut open = OpenCase::load(&mut tx, case).await?.with_context(|| format!("there is no case {case}"))?;
    let facts = CaseFacts { care_leaver: Some(is_one), ..open.facts.clone() };
    tx.update_case(&mut open.case, Some(&facts)).await?;
    tx.journal(Line {
        event: "case.care_leaver",
        rule: Some("SY-36".into()),
        reason: format!("a person says that the young person is {} care leaver", if is_one { "a" } else { "no" }),
        refs: vec![Ref::Case(case)],
    });
    asked::answered(&mut tx, &Ends::CareLeaver(case), by).await?;
    for row in tx.open_items_of_case(case).await?.into_iter().filter(|row| is_one && row.state == ItemState::Listed) {
        let panel = book.panels.get(&row.meeting.panel);
        let meeting = panel.and_then(|panel| panel.meeting(&row.meeting)).filter(|meeting| meeting.starts_at > now);
        let (Some(panel), Some(meeting)) = (panel, meeting) else { continue };
        asked::close_all(&mut tx, &Ends::Invitees(row.meeting.clone(), case), "it is asked anew, for a care leaver")
            .await?;
        let open = OpenCase::load(&mut tx, case).await?.with_context(|| format!("there is no case {case}"))?;
        ask(&mut tx, &book, panel, &meeting, (&open, row.section)).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The same by an answer to the question.
pub(super) async fn say_care_leaver(
    daemon: &mut Daemon,
    number: AlertRef,
    is_one: bool,
    by: (&str, &str),
    now: Timestamp,
) -> anyhow::Result<()> {
    let asked = daemon.store.read().await?.asked(number).await?.with_context(|| format!("there is no {number}"))?;
    let Ends::CareLeaver(case) = asked.ends else { bail!("{number} asks for something else") };
    care_leaver(daemon, case, is_one, by, now).await
}

/// A person names who is invited for a child's slot, beside those named before, though it be nobody; the question is answered by it.
///
/// # Errors
/// When the child is not on that agenda, when somebody may not be invited for it, or when the store fails.
pub async fn invite(
    daemon: &mut Daemon,
    id: &MeetingId,
    case: CaseRef,
    to: &[Address],
    by: (&str, &str),
    now: Timestamp,
) -> anyhow::Result<()> {
    let mut view = daemon.store.read().await?;
    daemon.read_directory(&mut view).await?;
    drop(view);
    let book = daemon.book();
    let panel = book.panels.get(&id.panel).with_context(|| format!("{} is not an enabled panel", id.panel))?;
    let meeting = panel.meeting(id).with_context(|| format!("there is no meeting {id}"))?;
    if meeting.starts_at <= now {
        bail!("the meeting {id} has begun");
    }
    let mut tx = daemon.store.begin(now).await?;
    let mut open = OpenCase::load(&mut tx, case).await?.with_context(|| format!("there is no case {case}"))?;
    let row = tx.agenda_item(id, case).await?.filter(|row| row.state == ItemState::Listed);
    let row = row.with_context(|| format!("{case} is not on the agenda of {id}"))?;
    let routed = open.routed(&mut tx).await?;
    let routing = book.routing(panel, now);
    let mut invitees = open.facts.invitees.clone().unwrap_or_default();
    for address in to {
        let entry = routing.invitable(id, &routed, address).with_context(|| {
            let roles = roles(panel, &open.facts, row.section).iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            format!(
                "{address} may not be invited for {case}: the directory must have it as one of {roles}, still valid and cleared for the panel's mail, and the case may not be kept from it"
            )
        })?;
        let named = Person { name: Some(entry.name.clone()), address: Some(entry.email.clone()) };
        if !invitees.iter().any(|known| known.address == named.address) {
            invitees.push(named);
        }
    }
    let facts = CaseFacts { invitees: Some(invitees), ..open.facts.clone() };
    tx.update_case(&mut open.case, Some(&facts)).await?;
    tx.journal(Line {
        event: "invitees.named",
        rule: Some(panel.profile.invitees_rule().into()),
        reason: format!("a person named {} to be invited for the child's slot", to.len()),
        refs: vec![Ref::Case(case), Ref::Meeting(id.clone())],
    });
    listing::invite(&mut tx, &book, panel, &meeting, &row).await?;
    asked::answered(&mut tx, &Ends::Invitees(id.clone(), case), by).await?;
    tx.commit().await?;
    Ok(())
}

/// The same by an answer to the question: those chosen by number, and those whose address it gives.
pub(super) async fn choose(
    daemon: &mut Daemon,
    number: AlertRef,
    (chosen, named): (&[Choice], &[Address]),
    by: (&str, &str),
    now: Timestamp,
) -> anyhow::Result<()> {
    let asked = daemon.store.read().await?.asked(number).await?.with_context(|| format!("there is no {number}"))?;
    let Ends::Invitees(meeting, case) = &asked.ends else { bail!("{number} asks for something else") };
    let proposed = asked.said.open()?.proposed;
    let nth = |choice: &Choice| {
        if let Choice::Invite(nth) = choice { proposed.get(usize::from(*nth).checked_sub(1)?) } else { None }
    };
    let mut to: Vec<Address> = chosen.iter().filter_map(nth).map(|one| one.address.clone()).collect();
    if chosen.contains(&Choice::InviteNamed) {
        if named.is_empty() {
            bail!("write the address of each person who is invited behind the number, in the same line");
        }
        to.extend_from_slice(named);
    }
    invite(daemon, meeting, *case, &to, by, now).await
}

/// What came of the question, for whoever answered it.
pub(super) async fn became(view: &mut View, meeting: &MeetingId, case: CaseRef) -> anyhow::Result<String> {
    let named = OpenCase::load(view, case).await?.and_then(|open| open.facts.invitees).unwrap_or_default();
    Ok(match named.len() {
        0 => format!("Nobody else is invited for {case} at {meeting}."),
        1 => format!(
            "One person is invited for the slot of {case} at {meeting}, with the reference alone. Ring them to say which child it is."
        ),
        n => format!(
            "{n} people are invited for the slot of {case} at {meeting}, with the reference alone. Ring them to say which child it is."
        ),
    })
}

/// The child has been heard, or is on no agenda: who comes for it the next time is asked anew.
pub(super) async fn forget(tx: &mut Tx, case: CaseRef) -> anyhow::Result<()> {
    let Some(mut open) = OpenCase::load(tx, case).await? else { return Ok(()) };
    if open.facts.invitees.is_some() || !open.facts.attends.is_empty() {
        let facts = CaseFacts { invitees: None, attends: Vec::new(), ..open.facts };
        tx.update_case(&mut open.case, Some(&facts)).await?;
    }
    Ok(())
}
