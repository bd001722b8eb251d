//! Who is told of a decision: the sender, and the people it must be put before.

use super::alerts::{self, Alert, To, Told as AlertTold};
use super::answer::{self, Carried};
use super::asked::{ask, ask_once};
use super::carry_out::{Carrying, listing_of, reading_of};
use super::desk::{OpenCase, Posting, post};
use super::gather::standing_of;
use super::note;
use crate::casework::calendar::civil;
use crate::casework::panel::SectionId;
use crate::casework::routing::RoutedCase;
use crate::casework::rules::{AlertKind, Answer, Fate, Item, ItemOutcome, Listing, Resubmission, contact_timer};
use crate::casework::{Address, CaseRef, FieldId, FormId, HeldRef, MailKind, MeetingId, Redacted, Ref};
use crate::outbound::compose::alert::NextStep;
use crate::outbound::compose::{Answering, acknowledgement, received_only};
use crate::store::{Line, Tx};
use std::collections::{BTreeMap, BTreeSet};

pub(super) async fn answer(
    tx: &mut Tx,
    c: &Carrying<'_>,
    carried: &Carried,
    in_time_for: Option<MeetingId>,
) -> anyhow::Result<()> {
    let s = &c.gathered.submission;
    let (Some(to), false, false) = (s.sender.address.clone(), c.again, c.decision.answer == Answer::None) else {
        return Ok(());
    };
    let since = tx.now().checked_sub(jiff::SignedDuration::from_hours(24))?;
    let answered = tx.entries_to(&to, &[MailKind::Acknowledgement, MailKind::Query], since).await?;
    if answered >= i64::from(c.book.most_answers) {
        tx.journal(Line {
            event: "answer.withheld",
            rule: Some("RFC 3834".into()),
            reason: format!("the sender has had {answered} answers in 24 hours"),
            refs: vec![Ref::Message(c.message.number)],
        });
        return withheld(tx, c, &to).await;
    }
    let headers = &c.opened.parcel.headers;
    let answering = Answering {
        message_id: headers.message_id.as_ref().map(|id| format!("<{id}>")),
        references: headers.references.iter().map(|id| format!("<{id}>")).collect(),
    };
    let routing = c.book.routing(c.panel, tx.now());
    let name = s.sender.name.clone();
    let posting = |clearance| Posting {
        purpose: format!("answer|{}", c.message.number),
        due_at: s.now,
        expires_at: None,
        answers: Some(c.message.number),
        clearance,
        panel: &c.panel.profile.id,
    };
    let templates = c.book.templates;
    if c.decision.answer == Answer::ReceivedOnly {
        let Some(clearance) = routing.answer(MailKind::Acknowledgement, &to, name, Vec::new(), None) else {
            return Ok(());
        };
        let view = received_only::View { head: c.panel.letterhead(), answering, received_at: c.message.arrived_at };
        post(tx, posting(&clearance), |stamp| received_only::compose(templates, &clearance, &view, stamp, &[])).await?;
        return Ok(());
    }
    let mut drawn = Vec::new();
    for item in &c.decision.items {
        if let Some(listing) = listing_of(item)
            && tx.marks(&listing.meeting).await?.contains_key(&crate::store::Mark::PackDrawn)
        {
            drawn.push(listing.meeting.clone());
        }
    }
    let mut carried_by = BTreeSet::new();
    for item in &c.decision.items {
        if let ItemOutcome::Outcome(follows) = &item.outcome
            && let Some(open) = OpenCase::load(tx, follows.heard.case).await?
        {
            let routed = open.routed(tx).await?;
            let told = routing.notification(&follows.heard.meeting, &routed, open.lead(), "SY-28");
            carried_by.extend(told.map(|_| follows.heard.case));
        }
    }
    let mut earlier = c.gathered.earlier.clone();
    for item in &c.decision.items {
        if let ItemOutcome::Repeat { case: Some(case) } = &item.outcome
            && let Some(first) = earlier.get_mut(&item.document)
        {
            let now = tx.now();
            first.meeting = standing_of(tx, c.panel, *case, None, now).await?.0.map(|e| e.meeting);
        }
    }
    let names: Vec<Option<Redacted<String>>> = c.opened.parcel.leaves.iter().map(|l| l.name.clone()).collect();
    let titles = |id: &FormId| c.tables.get(id).map_or_else(|| id.to_string(), |t| t.title.clone());
    let labels = |id: &FormId, field: FieldId| c.tables.get(id).map_or_else(|| field.to_string(), |t| t.label(field));
    let view = answer::view(
        s,
        c.decision,
        carried,
        answer::Told {
            head: c.panel.letterhead(),
            answering,
            message: c.message.number,
            arrived_at: c.message.arrived_at,
            names: &names,
            titles: &titles,
            labels: &labels,
            ratings: &|id| c.panel.profile.rating(id).map_or_else(|| id.to_owned(), |r| r.title.clone()),
            meetings: &|id| c.book.meeting(id),
            in_time_for,
            note: note::in_words(c),
            carried_by: &|case| carried_by.contains(&case),
            drawn: &|id| drawn.contains(id),
            earlier: &|d| earlier.get(&d),
        },
    );
    let kind = if view.questions.is_empty() { MailKind::Acknowledgement } else { MailKind::Query };
    let mut cases: Vec<CaseRef> = carried.values().copied().collect();
    cases.sort_unstable();
    cases.dedup();
    let meeting = c.decision.items.iter().find_map(listing_of).map(|l| &l.meeting);
    let Some(clearance) = routing.answer(kind, &to, name, cases.clone(), meeting) else { return Ok(()) };
    let mut identifiers = Vec::new();
    for case in cases {
        identifiers.extend(OpenCase::load(tx, case).await?.map(|o| o.identifiers()).unwrap_or_default());
    }
    post(tx, posting(&clearance), |stamp| acknowledgement::compose(templates, &clearance, &view, stamp, &identifiers))
        .await?;
    Ok(())
}

/// Somebody who sends so much may be a program; or a person, who hears nothing. Told once a day and sender.
async fn withheld(tx: &mut Tx, c: &Carrying<'_>, to: &Address) -> anyhow::Result<()> {
    let (message, day) = (c.message.number, civil::date(tx.now()));
    let alert = Alert {
        to: To::Owner,
        at_once: false,
        purpose: format!("alert|withheld|{to}|{day}"),
        title: format!("{message} has no answer: its sender has had {} today", c.book.most_answers),
        what: format!(
            "The sender of {message} has had {} answers in 24 hours and gets no more for now. Papers are taken as always.",
            c.book.most_answers
        ),
        why:
            "One address gets only so many answers in a day, so that two programs never answer each other without end."
                .to_owned(),
        rule: "OP-13",
        happened_at: c.message.arrived_at,
        decide_by: None,
        otherwise: Some("what comes from there until tomorrow is not answered either.".to_owned()),
        about: vec![Ref::Message(message)],
        next: vec![
            NextStep {
                text: "See who it is, and what became of their papers".to_owned(),
                command: Some(format!("dutyclerk explain {message}")),
            },
            NextStep {
                text: "If it is a person, tell them yourself that their papers have come".to_owned(),
                command: None,
            },
        ],
        meeting: None,
        cases: &[],
    };
    alerts::raise(tx, c.book, c.panel, alert).await?;
    Ok(())
}

pub(super) async fn raise_alerts(
    tx: &mut Tx,
    c: &Carrying<'_>,
    carried: &Carried,
    held: &[(HeldRef, String)],
    nobody_has_it: bool,
) -> anyhow::Result<()> {
    let mut routed: BTreeMap<CaseRef, RoutedCase> = BTreeMap::new();
    let s = &c.gathered.submission;
    for case in carried.values().chain(&s.about) {
        if let Some(open) = OpenCase::load(tx, *case).await? {
            routed.insert(*case, open.routed(tx).await?);
        }
    }
    // What nobody may have was found out only where it was to be sent (MC-10).
    let nobody = [AlertKind::Held].iter().filter(|_| nobody_has_it && c.decision.fate != Fate::Held);
    for kind in c.decision.alerts.iter().chain(nobody) {
        // What is kept apart was told to chair, police and admin (SY-21).
        if *kind == AlertKind::Held && held.is_empty() {
            continue;
        }
        // About the papers this alert is for only, so that a command in it names the right child.
        let concerned: Vec<(CaseRef, Option<&Listing>)> = c
            .decision
            .items
            .iter()
            .enumerate()
            .filter_map(|(n, item)| Some((*carried.get(&n)?, item)))
            .filter(|(_, item)| concerns(*kind, item))
            .map(|(case, item)| (case, listing_of(item)))
            .collect();
        let of_message = match kind {
            AlertKind::Escalation | AlertKind::Plea => s.about.as_slice(),
            AlertKind::Held if concerned.is_empty() => s.about.as_slice(),
            _ => &[],
        };
        let concerned_by = concerned.iter().map(|(case, _)| case).chain(of_message).collect::<BTreeSet<_>>();
        let cases: Vec<RoutedCase> = concerned_by.into_iter().filter_map(|case| routed.get(case).cloned()).collect();
        if *kind == AlertKind::NoCaseworker && cases.iter().all(|case| !case.caseworkers.is_empty()) {
            continue;
        }
        let listing = concerned.iter().find_map(|(_, listing)| *listing);
        let passed_over = s.pleads().filter(|_| *kind == AlertKind::Plea).map(|(_, passed)| passed);
        let answer_by = (*kind == AlertKind::Escalation).then(|| note::answer_by(c.panel, c.message.arrived_at));
        let contact = c.panel.profile.timers.contact.filter(|_| *kind == AlertKind::NoCaseworker);
        let told = AlertTold {
            answer_by,
            contact: contact.map(|rule| contact_timer(rule, c.panel.calendar.days(), c.message.arrived_at)),
            message: c.message.number,
            arrived_at: c.message.arrived_at,
            held,
            cases: &cases,
            missed: passed_over.map(|p| &p.missed).or(listing.and_then(|l| l.missed.as_ref())),
            urgent: s.urgent || concerned.iter().any(|(case, _)| is_very_high(c, carried, *case)),
            late_rule: match c.panel.profile.late {
                crate::casework::panel::Late::AskChair => "MC-31",
                crate::casework::panel::Late::NextMeeting => "MC-22",
            },
            listed: passed_over.map(|p| &p.listed).or(listing.map(|l| &l.meeting)),
        };
        let alert = alerts::about_message(c.book, *kind, &told);
        match alerts::ends(*kind, &told) {
            Some(ends) if *kind == AlertKind::TabledPaper => ask_once(tx, c.book, c.panel, alert, ends).await?,
            Some(ends) => ask(tx, c.book, c.panel, alert, ends).await?,
            None => alerts::raise(tx, c.book, c.panel, alert).await?,
        };
    }
    Ok(())
}

/// Is a paper of this case rated very high on the panel's own scale?
fn is_very_high(c: &Carrying<'_>, carried: &Carried, case: CaseRef) -> bool {
    let items = c.decision.items.iter().enumerate().filter(|(n, _)| carried.get(n) == Some(&case));
    let ratings = items.filter_map(|(_, item)| reading_of(c, item)?.rating());
    ratings.filter_map(|id| c.panel.profile.rating(id)).any(|rating| rating.very_high)
}

fn concerns(kind: AlertKind, item: &Item) -> bool {
    let listing = listing_of(item);
    match kind {
        AlertKind::LatePaper => listing.is_some_and(|l| l.ask_chair),
        AlertKind::TabledPaper => listing.is_some_and(|l| l.resubmission == Some(Resubmission::Tabled)),
        AlertKind::TwoPapers => listing.is_some_and(|l| l.resubmission == Some(Resubmission::BothKept)),
        AlertKind::Held => matches!(item.outcome, ItemOutcome::Held { .. }),
        AlertKind::Expected => listing.is_some_and(|l| l.section == SectionId::Expected),
        AlertKind::Urgent | AlertKind::NoCaseworker | AlertKind::Escalation => true,
        AlertKind::Plea => false,
    }
}
