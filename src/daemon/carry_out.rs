//! Writes down what was decided, in one transaction: cases, documents, listings, held items, the answer, invitations,
//! alerts, journal (invariant 3). Decides nothing.

mod case;
mod documents;

use case::case_of;
pub(super) use case::{may_carry, only_worker, worker_named};
pub(super) use documents::supersede;
use documents::{put_document, put_the_rest, replace_held_copies, supersede_outdone};

use super::answer::Carried;
use super::appendix::{self, is_appendix, whose_appendix};
use super::gather::{Gathered, Opened};
use super::listing::{Put, put_on_agenda};
use super::record::record;
use super::response;
use super::tell::{answer, raise_alerts};
use super::{Book, Panel};
use super::{deputies, lead, risk};
use super::{hand_on, note};
use crate::casework::agenda::ItemNote;
use crate::casework::panel::SectionId;
use crate::casework::rules::{
    Decision, Fate, HoldKind, Item, ItemOutcome, Listing, MessageKind, Resubmission, place, records_outcome, what_is,
};
use crate::casework::{CaseRef, FindingCode, HeldRef, MeetingId, Reading, Ref, RoleId};
use crate::inbound::form::FormTables;
use crate::store::{
    DecisionRow, DocumentId, HeldDetail, Line, Message, MessageOutcome, MessageState, NewHeld, Reason, Tx,
};
use std::collections::BTreeMap;

/// Everything one decision needs to be written.
pub(super) struct Carrying<'a> {
    pub book: &'a Book<'a>,
    pub panel: &'a Panel,
    pub tables: &'a FormTables,
    pub message: &'a Message,
    pub opened: &'a Opened,
    pub gathered: &'a Gathered,
    pub decision: &'a Decision,
    /// Decided again by a person's word: the sender has had an answer.
    pub again: bool,
}

/// Why what health sends back waits where its child is certain.
const NOBODY: &str =
    "a health colleague writes, and the directory has no chair or health representative who may have it";

/// Writes it all; the caller commits.
pub(super) async fn carry_out(tx: &mut Tx, c: &Carrying<'_>) -> anyhow::Result<()> {
    let mut carried = Carried::new();
    let mut documents: BTreeMap<usize, DocumentId> = BTreeMap::new();
    let mut held: Vec<(HeldRef, String)> = Vec::new();
    let mut apart: Vec<HeldRef> = Vec::new();
    let mut reasons = vec![Reason { rule: c.decision.rule.to_owned(), reason: c.decision.reason.clone() }];
    let in_time_for = place(c.message.arrived_at, tx.now(), &c.gathered.meetings).map(|p| p.meeting);
    let of_outcomes = !c.decision.items.is_empty() && c.decision.items.iter().all(|item| says_outcome(c, item));
    let in_time_for = in_time_for.filter(|_| !of_outcomes);

    // Appendices last: whose they are follows from what they came with.
    let (appendices, mut papers): (Vec<_>, Vec<_>) =
        c.decision.items.iter().enumerate().partition(|(_, item)| is_appendix(c, item));
    // What the form that holds says of its child is said last.
    papers.sort_by_key(|(_, item)| !matches!(item.outcome, ItemOutcome::Outdone { .. }));
    for (n, item) in papers.into_iter().chain(appendices) {
        let case = match is_appendix(c, item) {
            true => whose_appendix(tx, c, item, &carried).await?,
            false => case_of(tx, c, item).await?,
        };
        if let Some(case) = case {
            carried.insert(n, case);
        }
        let listing = listing_of(item);
        let id = put_document(tx, c, item, case, listing).await?;
        if matches!(item.outcome, ItemOutcome::Accepted { .. } | ItemOutcome::Outcome(_)) {
            replace_held_copies(tx, c, item, &id).await?;
        }
        documents.insert(n, id.clone());
        if let (Some(case), Some(listing)) = (case, listing) {
            list(tx, c, case, listing, item, &id).await?;
            if item.asks.iter().any(|ask| ask.code == FindingCode::OtherLead) {
                lead::ask(tx, c, item, case, &listing.meeting).await?;
            }
            hand_on::update(tx, c, item, case).await?;
        }
        if let ItemOutcome::Outcome(follows) = &item.outcome {
            record(tx, c, item, follows, &id).await?;
            if c.gathered.submission.is_set_apart(item) {
                let kind = HoldKind::Sensitive;
                let (case, meeting) = (Some(follows.heard.case), Some(follows.heard.meeting.clone()));
                let number =
                    hold(tx, c, kind, Some(id.clone()), case, meeting, kind.words().to_owned(), Vec::new()).await?;
                appendix::tell_of_it(tx, c.book, c.panel, case, number).await?;
                apart.push(number);
            }
        }
        if let ItemOutcome::Held { kind, candidates, unclear, .. } = &item.outcome {
            // A form of another panel will not be heard here, in time or not (BD-11); an outcome is in time for none.
            let heard_here = *kind != HoldKind::FormNotAccepted && !says_outcome(c, item) && !is_appendix(c, item);
            let in_time_for = in_time_for.clone().filter(|_| heard_here);
            let meeting = listing.map(|l| l.meeting.clone()).or(in_time_for);
            let why = unclear.map_or_else(|| kind.words().to_owned(), |u| u.explanation().to_owned());
            let number = hold(tx, c, *kind, Some(id), case, meeting, why.clone(), candidates.clone()).await?;
            if *kind == HoldKind::Sensitive {
                appendix::tell_of_it(tx, c.book, c.panel, case, number).await?;
                apart.push(number);
            } else {
                held.push((number, why));
            }
        }
        reasons.push(Reason { rule: item.rule.to_owned(), reason: outcome_in_words(item, case) });
        if let Some(case) = case {
            risk::renew(tx, c.panel, case).await?;
        }
    }
    supersede_outdone(tx, c, &documents).await?;
    put_the_rest(tx, c).await?;
    let about = c.gathered.submission.about.as_slice();
    let nobody_has_it = match c.gathered.submission.health_answer_about() {
        Some(case) => !hand_on::health(tx, c, case).await?,
        None => false,
    };
    let message_hold = c.decision.message_hold.or(nobody_has_it.then_some(HoldKind::HealthAnswer));
    if let Some(kind) = message_hold {
        // A note threads with the case it answers, where that is one.
        let case = if let [one] = about { Some(*one) } else { None };
        // Of somebody nobody vouches for, a form is a paper that may yet be heard; anything else is not.
        let untrusted = matches!(kind, HoldKind::Unlisted | HoldKind::Unauthenticated | HoldKind::NoSender);
        let no_paper = untrusted && !c.gathered.submission.brings_a_form();
        let meeting = in_time_for.clone().filter(|_| !note::is_a_note(kind) && !no_paper);
        let why = if nobody_has_it { NOBODY.to_owned() } else { why(c, kind) };
        let candidates = if kind == HoldKind::HealthAnswer { about.to_vec() } else { Vec::new() };
        let members = if kind == HoldKind::Apology { deputies::apology(tx, c).await? } else { None };
        match members {
            // The alert about the deputy says it.
            Some((number, true)) => apart.push(number),
            Some((number, false)) => held.push((number, why)),
            None => {
                let number = hold(tx, c, kind, None, case, meeting, why.clone(), candidates).await?;
                held.push((number, why));
            }
        }
    }
    held.extend(note::stop_papers(tx, c, &carried).await?);

    let meeting = c.decision.items.iter().find_map(meeting_of).cloned();
    let outcome = MessageOutcome {
        state: MessageState::Decided,
        fate: fate_of(c, nobody_has_it),
        reason: c.decision.reason.clone(),
        rule: Some(c.decision.rule.to_owned()),
        panel: Some(c.panel.profile.id.clone()),
        // What is held keeps the meeting it came in time for (MC-32).
        meeting: meeting.clone().or_else(|| in_time_for.clone().filter(|_| !held.is_empty())),
        facts: Some(c.gathered.facts.clone()),
    };
    tx.decide_message(c.message, &outcome).await?;
    tx.insert_decision(&DecisionRow {
        at: tx.now(),
        about: Ref::Message(c.message.number),
        profile_hash: Some(c.panel.profile_hash.clone()),
        calendar_hash: Some(c.panel.calendar_hash.clone()),
        directory_version: c.book.directory_version.map(str::to_owned),
        reasons,
    })
    .await?;
    journal(tx, c, &carried, fate_of(c, nobody_has_it), held.iter().map(|(number, _)| *number).chain(apart).collect());
    if !c.again {
        response::take_in(tx, c).await?;
        take_code(tx, c).await?;
        deputies::offer(tx, c).await?;
    }
    answer(tx, c, &carried, in_time_for).await?;
    raise_alerts(tx, c, &carried, &held, nobody_has_it).await
}

/// An answer that names a code is carried out after this transaction. Of somebody whom the receiving server does not vouch
/// for, or who is not known, it is none: the message waits for a person like any other of theirs.
async fn take_code(tx: &mut Tx, c: &Carrying<'_>) -> anyhow::Result<()> {
    let s = &c.gathered.submission;
    if s.kind == MessageKind::Answer
        && let Some(from) = &s.sender.address
    {
        tx.await_answer(c.message.number, from).await?;
    } else if c.gathered.names_a_code {
        tx.journal(Line {
            event: "answer.not_heard",
            rule: Some("MC-33".into()),
            reason: "a code of ours came from somebody who is not known, or not vouched for".to_owned(),
            refs: vec![Ref::Message(c.message.number)],
        });
    }
    Ok(())
}

pub(super) fn listing_of(item: &Item) -> Option<&Listing> {
    match &item.outcome {
        ItemOutcome::Accepted { listing, .. } | ItemOutcome::Held { listing, .. } => listing.as_ref(),
        ItemOutcome::Repeat { .. }
        | ItemOutcome::Outdone { .. }
        | ItemOutcome::HandedOn { .. }
        | ItemOutcome::Outcome(_) => None,
    }
}

/// The meeting an item is about: where it is heard, or where it was.
fn meeting_of(item: &Item) -> Option<&MeetingId> {
    match &item.outcome {
        ItemOutcome::Outcome(follows) => Some(&follows.heard.meeting),
        _ => listing_of(item).map(|listing| &listing.meeting),
    }
}

/// Does the item say what a meeting decided? It is in time for none.
fn says_outcome(c: &Carrying<'_>, item: &Item) -> bool {
    let form = reading_of(c, item).and_then(|r| r.form.as_ref());
    form.is_some_and(|form| records_outcome(&c.panel.profile, form))
}

pub(super) fn reading_of<'a>(c: &'a Carrying<'_>, item: &Item) -> Option<&'a Reading> {
    c.gathered.submission.reading_of(item)
}

fn outcome_in_words(item: &Item, case: Option<CaseRef>) -> String {
    let whose = case.map_or_else(|| "no case".to_owned(), |case| case.to_string());
    match &item.outcome {
        ItemOutcome::Accepted { listing: Some(l), .. } => match &l.missed {
            None => format!("{whose}: in time, heard at {}", l.meeting),
            Some(missed) => format!("{whose}: after the cut-off of {missed}, listed at {}", l.meeting),
        },
        ItemOutcome::Accepted { listing: None, .. } => format!("{whose}: recorded, not heard by the panel"),
        ItemOutcome::Held { kind, .. } => format!("{whose}: held ({kind})"),
        ItemOutcome::Outdone { .. } => format!("{whose}: a later form of the same mail takes its place"),
        ItemOutcome::Repeat { .. } => format!("{whose}: the same bytes were received before"),
        ItemOutcome::HandedOn { .. } => format!("{whose}: from health, for the chair and the health representative"),
        ItemOutcome::Outcome(follows) => format!("{whose}: outcome of {}: {}", follows.heard.meeting, follows.reason),
    }
}

async fn list(
    tx: &mut Tx,
    c: &Carrying<'_>,
    case: CaseRef,
    listing: &Listing,
    item: &Item,
    id: &DocumentId,
) -> anyhow::Result<()> {
    for replaced in &listing.replaces {
        supersede(tx, replaced, id, c).await?;
    }
    let mut notes = Vec::new();
    if listing.resubmission == Some(Resubmission::Tabled) {
        notes.push(ItemNote::TabledPaper);
    }
    if listing.resubmission == Some(Resubmission::BothKept) {
        notes.push(ItemNote::TwoPapers);
    }
    let form = reading_of(c, item).and_then(|r| r.form.as_ref());
    if form.is_some_and(|f| what_is(f) == "return-home-interview") && !listing.already {
        notes.push(ItemNote::NoAssessmentOnFile);
    }
    if listing.section == SectionId::Expected {
        notes.push(ItemNote::Expected);
    }
    let put =
        Put { case, meeting: &listing.meeting, section: listing.section, rule: item.rule, notes, admitted_by: None };
    put_on_agenda(tx, c.book, c.panel, put).await
}

/// Holds a paper of an earlier message.
pub(super) async fn hold_document(
    tx: &mut Tx,
    c: &Carrying<'_>,
    of: &Message,
    kind: HoldKind,
    document: &crate::store::Document,
    why: String,
) -> anyhow::Result<HeldRef> {
    let new = NewHeld {
        kind: kind.as_str().to_owned(),
        rule: kind.rule().to_owned(),
        panel: Some(c.panel.profile.id.clone()),
        message: Some(of.number),
        document: Some(document.id.clone()),
        case: document.case,
        meeting: document.meeting.clone(),
        entry: None,
        detail: HeldDetail {
            summary: why.into(),
            advice: "Release it when it may go all the same; reject it when it may not.".to_owned().into(),
            candidates: Vec::new(),
            facts: BTreeMap::new(),
        },
    };
    let number = tx.hold(of.key()?, &new).await?;
    let mut refs = vec![Ref::Held(number), Ref::Message(of.number), Ref::Message(c.message.number)];
    refs.extend(document.case.map(Ref::Case));
    let reason = format!("{kind}: {}", kind.words());
    tx.journal(Line { event: "held", rule: Some(kind.rule().into()), reason, refs });
    Ok(number)
}

/// Why a message is held whole, for the person who decides.
fn why(c: &Carrying<'_>, kind: HoldKind) -> String {
    let of_the_sender = matches!(kind, HoldKind::Unlisted | HoldKind::Unauthenticated);
    match &c.gathered.submission.sender.looks_like {
        Some(trusted) if of_the_sender => {
            format!("{}: its domain only looks like {trusted}, which is how people are deceived", kind.words())
        }
        _ => kind.words().to_owned(),
    }
}

#[expect(clippy::too_many_arguments, reason = "one held item's columns")]
async fn hold(
    tx: &mut Tx,
    c: &Carrying<'_>,
    kind: HoldKind,
    document: Option<DocumentId>,
    case: Option<CaseRef>,
    meeting: Option<MeetingId>,
    why: String,
    candidates: Vec<CaseRef>,
) -> anyhow::Result<HeldRef> {
    let who = candidates.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
    let advice = match kind {
        HoldKind::ChildUnclear => {
            format!("Is it {who}? Release it with --case R-…, or with --new-child if it is another child.")
        }
        HoldKind::HealthAnswer => {
            "Read it in the mailbox. Release it with --case R-…: it goes to the chair and the health representative. Else reject it."
                .to_owned()
        }
        HoldKind::Unauthenticated | HoldKind::Unlisted | HoldKind::NoSender => {
            "Ring the sender on a number you know. If it is genuine, release it; else reject it.".to_owned()
        }
        HoldKind::Sensitive => {
            "It goes to nobody by itself. Release it with --to and the address of each person who may have it; without --to, and only if the marker is there by mistake, it goes the usual way.".to_owned()
        }
        HoldKind::Escalation => {
            "Put it before the chair, who answers with reasons within five working days; then release it.".to_owned()
        }
        HoldKind::Flagged => {
            "Ask the social worker for the assessment before the cut-off, and tell the chair whom to expect; then release it."
                .to_owned()
        }
        HoldKind::Apology => "Note who cannot come and who comes instead; then release it.".to_owned(),
        HoldKind::Died | HoldKind::Withdrawn | HoldKind::Moved | HoldKind::Correction => {
            "Read it in the mailbox. Release what may go all the same, reject what may not.".to_owned()
        }
        HoldKind::TakenElsewhere => {
            "Ask where the child lives now. Release it if this panel hears the child; reject it if the other one does."
                .to_owned()
        }
        HoldKind::WrongAttachment | HoldKind::Incomplete | HoldKind::DoNotShare => {
            "Release it when it may go as it is, or reject it when the right paper has come.".to_owned()
        }
        _ => {
            "Read it in the mailbox. When the sender sends a readable copy it is taken as usual; then reject this one."
                .to_owned()
        }
    };
    let new = NewHeld {
        kind: kind.as_str().to_owned(),
        rule: kind.rule().to_owned(),
        panel: Some(c.panel.profile.id.clone()),
        message: Some(c.message.number),
        document,
        case,
        meeting: meeting.clone(),
        entry: None,
        detail: HeldDetail { summary: why.into(), advice: advice.into(), candidates, facts: BTreeMap::new() },
    };
    let number = tx.hold(c.message.key()?, &new).await?;
    let mut refs = vec![Ref::Held(number), Ref::Message(c.message.number)];
    refs.extend(case.map(Ref::Case));
    refs.extend(meeting.map(Ref::Meeting));
    tx.journal(Line {
        event: "held",
        rule: Some(kind.rule().into()),
        reason: format!("{kind}: {}", kind.words()),
        refs,
    });
    Ok(number)
}

/// What nobody may have waits for a person, whatever the message alone would be (MC-10).
fn fate_of(c: &Carrying<'_>, nobody_has_it: bool) -> Fate {
    if nobody_has_it { Fate::Held } else { c.decision.fate }
}

fn journal(tx: &mut Tx, c: &Carrying<'_>, carried: &Carried, fate: Fate, held: Vec<HeldRef>) {
    let mut refs = vec![Ref::Message(c.message.number)];
    refs.extend(carried.values().copied().map(Ref::Case));
    refs.extend(held.into_iter().map(Ref::Held));
    let reason = format!("{}: {}", fate.as_str(), c.decision.reason);
    tx.journal(Line { event: "message.decided", rule: Some(c.decision.rule.into()), reason, refs });
    for (n, item) in c.decision.items.iter().enumerate() {
        let mut refs = vec![Ref::Message(c.message.number)];
        refs.extend(carried.get(&n).copied().map(Ref::Case));
        refs.extend(meeting_of(item).cloned().map(Ref::Meeting));
        let reason = outcome_in_words(item, carried.get(&n).copied());
        if item.asks.iter().any(|ask| ask.code == FindingCode::NotAuthorised) {
            let reason = "the team manager has not authorised it: asked for, and said on the agenda".to_owned();
            tx.journal(Line { event: "paper.not_authorised", rule: Some("SH-32".into()), reason, refs: refs.clone() });
        }
        tx.journal(Line { event: "paper.decided", rule: Some(item.rule.into()), reason, refs });
    }
}

/// Roles that admit a late paper.
pub(super) fn chair(panel: &Panel) -> RoleId {
    panel.profile.alerts.chair.clone()
}
