//! What holds of a child's risk: what its papers say that the panel has before it, and what meetings agreed, read anew from the
//! record whenever one of them changes. A paper that waits for the chair (MC-30), or that somebody's word has stopped, says
//! nothing of the child yet.

use super::Panel;
use super::desk::OpenCase;
use crate::casework::calendar::civil;
use crate::casework::panel::Profile;
use crate::casework::rules::{FLAG, HoldKind, MeetingOutcome, is_not_heard, records_outcome};
use crate::casework::{CaseRef, FieldId, MeetingId, Reading, normal_name};
use crate::store::{CaseFacts, Document, DocumentState, Held, HeldState, Tx, View};
use jiff::Timestamp;
use jiff::civil::Date;

/// Works out anew what holds of a case, after one of its papers or outcomes changed.
pub(super) async fn renew(tx: &mut Tx, panel: &Panel, case: CaseRef) -> anyhow::Result<()> {
    let Some(mut open) = OpenCase::load(tx, case).await? else { return Ok(()) };
    let record = on_record(tx, &panel.profile, &open, Until::Now).await?;
    if record != open.facts {
        tx.update_case(&mut open.case, Some(&record)).await?;
    }
    Ok(())
}

/// The rating with which a child left a meeting: what came for a later one, or was not admitted, does not count.
pub(super) async fn rating_at(
    view: &mut View,
    profile: &Profile,
    open: &OpenCase,
    meeting: &MeetingId,
) -> anyhow::Result<Option<String>> {
    let record = on_record(view, profile, open, Until::After(meeting)).await?;
    Ok(record.rating.or_else(|| open.facts.rating.clone()))
}

/// The rating that sets the next review where nobody has said when it is: the one with which the child left the meeting, or a
/// higher one of a late paper that nobody admitted, so that the child does not wait by what is known to hold no more (MC-03).
pub(super) async fn rating_for_review(
    view: &mut View,
    profile: &Profile,
    open: &OpenCase,
    meeting: &MeetingId,
) -> anyhow::Result<Option<String>> {
    let begun = open.case.pathway_start.unwrap_or(Date::MIN);
    let mut ratings = Vec::from_iter(rating_at(view, profile, open, meeting).await?);
    for document in view.documents_of_case(open.case.number).await? {
        let is_paper = document.form.as_ref().is_some_and(|form| !records_outcome(profile, form));
        let counts = is_paper && document.state == DocumentState::Accepted && civil::date(document.arrived_at) >= begun;
        let reading = document.body.open().ok().and_then(|body| body.reading).filter(|_| counts);
        let tabled = reading.filter(|reading| is_tabled(&document, reading));
        ratings.extend(tabled.and_then(|reading| reading.rating().map(str::to_owned)));
    }
    let rank = |id: &String| profile.scale.iter().position(|rating| rating.id == *id);
    Ok(ratings.into_iter().max_by_key(rank))
}

/// The rating that the papers of a meeting gave a child, and earlier meetings: what the meeting itself agreed does not count.
pub(super) async fn rating_before(
    view: &mut View,
    profile: &Profile,
    open: &OpenCase,
    meeting: &MeetingId,
) -> anyhow::Result<Option<String>> {
    Ok(on_record(view, profile, open, Until::Before(meeting)).await?.rating)
}

/// How far a record is read.
#[derive(Clone, Copy)]
enum Until<'a> {
    Now,
    After(&'a MeetingId),
    Before(&'a MeetingId),
}

impl Until<'_> {
    fn takes_paper(self, meeting: Option<&MeetingId>) -> bool {
        match self {
            Self::Now => true,
            Self::After(until) | Self::Before(until) => meeting.is_some_and(|meeting| meeting.date <= until.date),
        }
    }

    fn takes_outcome(self, meeting: &MeetingId) -> bool {
        match self {
            Self::Now => true,
            Self::After(until) => meeting.date <= until.date,
            Self::Before(until) => meeting.date < until.date,
        }
    }
}

/// What papers and meetings said since the pathway began: papers by when they came, meetings by when they were held, however
/// late that was recorded.
async fn on_record(view: &mut View, profile: &Profile, open: &OpenCase, until: Until<'_>) -> anyhow::Result<CaseFacts> {
    let begun = open.case.pathway_start.unwrap_or(Date::MIN);
    let held = view.held_of_case(open.case.number).await?;
    let mut said: Vec<((Timestamp, bool), Says)> = Vec::new();
    let mut papers: Vec<(Document, Reading)> = Vec::new();
    let mut unreadable = false;
    for document in view.documents_of_case(open.case.number).await? {
        let is_paper = document.form.as_ref().is_some_and(|form| !records_outcome(profile, form));
        let counts = is_paper && civil::date(document.arrived_at) >= begun && is_before_the_panel(&document, &held);
        if !counts || !until.takes_paper(document.meeting.as_ref()) {
            continue;
        }
        match document.body.open().map(|body| body.reading) {
            Ok(Some(reading)) if !is_tabled(&document, &reading) => papers.push((document, reading)),
            Ok(_) => {}
            Err(_) => unreadable = true,
        }
    }
    // One that waits because it is not complete lowers nothing that a complete one says.
    let rank = |reading: &Reading| profile.scale.iter().position(|rating| Some(rating.id.as_str()) == reading.rating());
    let waits = |document: &Document| {
        held.iter().any(|held| {
            held.document.as_ref() == Some(&document.id)
                && held.state == HeldState::Open
                && held.kind == HoldKind::Incomplete.as_str()
        })
    };
    let complete = papers.iter().filter(|(document, _)| !waits(document));
    let highest = complete.filter_map(|(_, reading)| rank(reading)).max();
    papers.retain(|(document, reading)| !waits(document) || rank(reading).is_none_or(|rank| Some(rank) >= highest));
    papers.sort_by_key(|(document, _)| document.arrived_at);
    for (n, (document, reading)) in papers.iter().enumerate() {
        let kept_together = || papers.iter().enumerate().filter(|(_, (other, _))| is_alike(document, other));
        let last = kept_together().map(|(_, (other, _))| other.arrived_at).max().unwrap_or(document.arrived_at);
        let holds = kept_together().reduce(|held, next| if takes_over(&next.1.1, &held.1.1) { next } else { held });
        let is_held = holds.is_some_and(|(holds, _)| holds == n);
        said.push(((last, is_held), Says::Paper(Box::new(reading.clone()))));
    }
    for row in view.outcomes_of_case(open.case.number).await? {
        if row.meeting.date < begun || !until.takes_outcome(&row.meeting) {
            continue;
        }
        match row.body.open() {
            Ok(body) => {
                let over = civil::start_of_day(row.meeting.date.tomorrow()?);
                said.push(((over, true), Says::Meeting(Box::new(body.outcome))));
            }
            Err(_) => unreadable = true,
        }
    }
    said.sort_by_key(|(at, _)| *at);
    let known = &open.facts;
    let mut facts = CaseFacts {
        rating: None,
        previous_rating: None,
        outcome: None,
        risk_types: Vec::new(),
        risk_factors: Vec::new(),
        ..known.clone()
    };
    if unreadable {
        // Retention destroyed what it was read from: it holds until something else is said.
        facts = known.clone();
    }
    for (_, says) in said {
        match says {
            Says::Paper(reading) => assess(&mut facts, &reading),
            Says::Meeting(outcome) => agree(&mut facts, &outcome),
        }
    }
    Ok(facts)
}

/// Papers of one kind that a meeting has side by side.
fn is_alike(one: &Document, other: &Document) -> bool {
    one.meeting == other.meeting && one.what == other.what
}

/// Of papers that are both kept, the one on file holds until a person has chosen, unless the same worker dated the next one
/// later (MC-30).
fn takes_over(next: &Reading, held: &Reading) -> bool {
    let worker = |reading: &Reading| {
        let name = reading.text(FieldId::CompletedBy).or(reading.text(FieldId::LeadProfessional));
        normal_name(name.unwrap_or_default())
    };
    let dated = |reading: &Reading| reading.date(FieldId::AssessmentDate).or(reading.date(FieldId::CompletedDate));
    let is_later = dated(next).zip(dated(held)).is_some_and(|(next, held)| next > held);
    is_later && worker(next) == worker(held)
}

enum Says {
    Paper(Box<Reading>),
    Meeting(Box<MeetingOutcome>),
}

/// Does what a paper says hold, as far as it is not tabled?
fn is_before_the_panel(document: &Document, held: &[Held]) -> bool {
    let waits = |held: &Held, kinds: fn(HoldKind) -> bool| HoldKind::from_code(&held.kind).is_some_and(kinds);
    let open = || held.iter().filter(|held| held.state == HeldState::Open);
    // Somebody's word about the child itself stops what was held for another reason, too.
    let word = open().any(|held| held.document.is_none() && waits(held, HoldKind::stops_papers));
    let mine = |held: &&Held| held.document.as_ref() == Some(&document.id);
    match document.state {
        DocumentState::Accepted => true,
        DocumentState::Held => !word && open().filter(mine).any(|held| waits(held, says_what_it_says)),
        // Who sent it was asked for a paper that leaves another child out: the assessment stands.
        DocumentState::Rejected => held.iter().filter(mine).any(|held| waits(held, names_another)),
        _ => false,
    }
}

/// Held for its shape, or for whom else it names: nobody doubts what it says of its child.
fn says_what_it_says(kind: HoldKind) -> bool {
    matches!(kind, HoldKind::Incomplete | HoldKind::PastedForm) || names_another(kind)
}

fn names_another(kind: HoldKind) -> bool {
    matches!(kind, HoldKind::NamesAnother | HoldKind::SpeaksOfAnother)
}

/// It waits for the chair: no meeting has it, and it is none of those that belong to none.
pub(super) fn is_tabled(document: &Document, reading: &Reading) -> bool {
    document.meeting.is_none() && document.what != FLAG && !is_not_heard(reading)
}

fn assess(facts: &mut CaseFacts, reading: &Reading) {
    set_rating(facts, reading.rating());
    facts.outcome = reading.text(FieldId::Outcome).map(str::to_owned).or(facts.outcome.take());
    set_list(&mut facts.risk_types, reading.list(FieldId::RiskTypes));
    set_list(&mut facts.risk_factors, reading.list(FieldId::RiskFactors));
}

fn agree(facts: &mut CaseFacts, outcome: &MeetingOutcome) {
    set_rating(facts, outcome.rating.as_deref());
    set_list(&mut facts.risk_types, &outcome.risk_types);
    set_list(&mut facts.risk_factors, &outcome.risk_factors);
}

fn set_rating(facts: &mut CaseFacts, rating: Option<&str>) {
    if rating.is_some() && rating != facts.rating.as_deref() {
        facts.previous_rating = facts.rating.take();
        facts.rating = rating.map(str::to_owned);
    }
}

fn set_list(into: &mut Vec<String>, said: &[String]) {
    if !said.is_empty() {
        *into = said.to_vec();
    }
}
