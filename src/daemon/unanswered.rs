//! What waits for a person and nobody has settled goes on: from the panel's owner to the deputy after two working hours, and
//! then to the chair (MC-32). A decision that is disputed is the chair's from the start, with five working days to answer it
//! (SH-27).
//!
//! Failure policy. How far a held thing has gone stands beside it and moves in the transaction of the alert; what was missed
//! while the program stood still goes on at its next turn.

use super::alerts::{Alert, To, raise};
use super::asked::Chain;
use super::desk::OpenCase;
use super::note;
use super::{Book, Daemon, Panel};
use crate::casework::calendar::civil;
use crate::casework::rules::HoldKind;
use crate::casework::{HeldRef, Ref, RoleId};
use crate::outbound::compose::alert::NextStep;
use crate::store::{Held, Tx};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Working minutes that whoever was told has before the next is.
pub(super) const PATIENCE_MINUTES: i64 = 120;
/// Held things that one alert names.
const MOST_NAMED: usize = 20;
/// The chair: nobody comes after.
const LAST: i64 = 2;

/// Tells the next person of what is due; returns how many were told.
pub(super) async fn turn(
    daemon: &Daemon,
    book: &Book<'_>,
    open: &[Held],
    now: Timestamp,
    next: &mut Vec<Timestamp>,
) -> anyhow::Result<usize> {
    let mut done = 0;
    for panel in book.panels.values() {
        let hours = &panel.profile.working_hours;
        let mut due: BTreeMap<i64, Vec<&Held>> = BTreeMap::new();
        for held in open.iter().filter(|held| held.panel.as_ref() == Some(&panel.profile.id)) {
            match HoldKind::from_code(&held.kind) {
                Some(HoldKind::Escalation) => done += disputed(daemon, book, panel, held, now, next).await?,
                // Those who may know of it have all been told (SY-21).
                Some(HoldKind::Sensitive) => {}
                // The sender is the contact meanwhile (MC-34): the digest goes on naming it, and nobody else is troubled.
                Some(HoldKind::OtherLead) => {}
                _ if held.level >= LAST => {}
                _ => {
                    let since = held.alerted_at.unwrap_or(held.opened_at);
                    let at = panel.calendar.days().plus_working_minutes(since, PATIENCE_MINUTES, hours);
                    if at > now { next.push(at) } else { due.entry(held.level).or_default().push(held) }
                }
            }
        }
        for (level, held) in due {
            let mut tx = daemon.store.begin(now).await?;
            done += usize::from(pass_on(&mut tx, book, panel, level, &held).await?);
            tx.commit().await?;
            next.push(panel.calendar.days().plus_working_minutes(now, PATIENCE_MINUTES, hours));
        }
    }
    Ok(done)
}

/// The next who is somebody else, if there is any.
fn after(book: &Book<'_>, panel: &Panel, level: i64, now: Timestamp) -> Option<i64> {
    let alerts = &panel.profile.alerts;
    let routing = book.routing(panel, now);
    let people = |role: &RoleId| {
        let told = routing.alert(&[role], false, None, &[], "MC-32")?;
        Some(told.recipients().iter().map(|to| to.address.clone()).collect::<Vec<_>>())
    };
    let roles = [(0, &alerts.owner), (1, &alerts.deputy), (LAST, &alerts.chair)];
    let told: Vec<_> = roles.iter().filter(|(of, _)| *of <= level).filter_map(|(_, role)| people(role)).collect();
    let others = roles.iter().filter(|(of, _)| *of > level);
    others.filter_map(|(of, role)| Some((*of, people(role)?))).find(|(_, who)| !told.contains(who)).map(|(of, _)| of)
}

async fn pass_on(tx: &mut Tx, book: &Book<'_>, panel: &Panel, level: i64, held: &[&Held]) -> anyhow::Result<bool> {
    let to = after(book, panel, level, tx.now());
    for held in held {
        tx.held_alerted(held.number, to.unwrap_or(LAST)).await?;
    }
    let Some(to) = to else { return Ok(false) };
    let numbers: Vec<HeldRef> = held.iter().map(|held| held.number).collect();
    let line = |held: &&Held| {
        let why = HoldKind::from_code(&held.kind).map_or("it waits for a person", HoldKind::words);
        format!("{}, since {}: {why}", held.number, civil::instant_in_words(held.opened_at))
    };
    let mut lines: Vec<String> = held.iter().take(MOST_NAMED).map(line).collect();
    if held.len() > MOST_NAMED {
        lines.push(format!("and {} more", held.len() - MOST_NAMED));
    }
    let list = numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let alert = Alert {
        to: To::Step(Chain::Owner, to),
        at_once: false,
        purpose: format!("alert|unanswered|{to}|{list}"),
        title: match numbers.as_slice() {
            [one] => format!("{one} still waits for a person"),
            many => format!("{} things still wait for a person", many.len()),
        },
        what: format!("Nobody has dealt with: {}.", lines.join("; ")),
        why: "What waits for a person goes on after two working hours, from the panel's owner to the deputy and then to the chair, so that nothing lies unseen. Whoever was told before has not settled it.".to_owned(),
        rule: "MC-32",
        happened_at: tx.now(),
        decide_by: None,
        otherwise: None,
        about: numbers.iter().copied().map(Ref::Held).collect(),
        next: vec![NextStep {
            text: "Look at what is held, or ask the panel's owner to".to_owned(),
            command: Some("dutyclerk held list".to_owned()),
        }],
        meeting: None,
        cases: &[],
    };
    raise(tx, book, panel, alert).await
}

/// The chair is reminded of a dispute on the last working day but one, and once more, with the deputy chair, when the days
/// are over (SH-27). It is answered when a person has let go what is held for it.
async fn disputed(
    daemon: &Daemon,
    book: &Book<'_>,
    panel: &Panel,
    held: &Held,
    now: Timestamp,
    next: &mut Vec<Timestamp>,
) -> anyhow::Result<usize> {
    let Some(message) = held.message else { return Ok(0) };
    let mut view = daemon.store.read().await?;
    let arrived_at = view.message(message).await?.map_or(held.opened_at, |message| message.arrived_at);
    let answer_by = note::answer_by(panel, arrived_at);
    let days = panel.calendar.days();
    let near = civil::start_of_day(days.minus(civil::date(answer_by), 1));
    if now < near {
        next.push(near);
        return Ok(0);
    }
    let over = now > answer_by;
    if !over {
        next.push(answer_by.checked_add(jiff::SignedDuration::from_secs(1))?);
    }
    let purpose = format!("alert|disputed|{}|{over}", held.number);
    if view.entry_of_purpose(&purpose).await?.is_some() {
        return Ok(0);
    }
    let open = match held.case {
        Some(case) => OpenCase::load(&mut view, case).await?,
        None => None,
    };
    let about = match &open {
        Some(open) => vec![open.routed(&mut view).await?],
        None => Vec::new(),
    };
    drop(view);
    let day = civil::day_in_words(civil::date(answer_by));
    let number = held.number;
    let of = held.case.map(|case| format!(" about {case}")).unwrap_or_default();
    let alert = Alert {
        to: if over { To::Chairs } else { To::Chair },
        at_once: false,
        purpose,
        title: if over {
            format!("a disputed decision{of} was to be answered by {day}")
        } else {
            format!("a disputed decision{of} is to be answered by {day}")
        },
        what: format!(
            "Message {message} disagrees with a decision of the panel{of}. {}",
            if over { "Five working days are over, and nobody has said that it is answered." } else { "Nobody has said yet that it is answered." }
        ),
        why: "An escalation is answered by the chair or co-chair, with reasons, within five working days. It counts as answered when a person lets go what is held for it.".to_owned(),
        rule: "SH-27",
        happened_at: arrived_at,
        decide_by: (!over).then_some(answer_by),
        otherwise: None,
        about: [Ref::Held(number), Ref::Message(message)].into_iter().chain(held.case.map(Ref::Case)).collect(),
        next: vec![NextStep {
            text: "When it is answered".to_owned(),
            command: Some(format!("dutyclerk held release {number}")),
        }],
        meeting: None,
        cases: &about,
    };
    let mut tx = daemon.store.begin(now).await?;
    raise(&mut tx, book, panel, alert).await?;
    tx.commit().await?;
    Ok(1)
}
