//! What holds of a child's risk: what its papers say that the panel has before it, and what meetings agreed. A paper that waits
//! for the chair (MC-30), or that somebody's word has stopped, says nothing of the child yet.

use super::desk::OpenCase;
use crate::casework::panel::Profile;
use crate::casework::rules::{
    FLAG, HoldKind, Item, ItemOutcome, MeetingOutcome, Resubmission, is_not_heard, records_outcome,
};
use crate::casework::{FieldId, MeetingId, Reading};
use crate::store::{CaseFacts, Document, DocumentState, HeldState, Tx, View};
use jiff::Timestamp;

/// Does what the paper of an item says hold now?
pub(super) fn counts(item: &Item) -> bool {
    match &item.outcome {
        ItemOutcome::Accepted { listing, .. } => {
            listing.as_ref().is_none_or(|listing| listing.resubmission != Some(Resubmission::Tabled))
        }
        ItemOutcome::Held { kind, .. } => counts_while_held(*kind),
        ItemOutcome::Repeat { .. } | ItemOutcome::Outcome(_) => false,
    }
}

/// A form that lacks an answer, or a document of its own, says of the child what it says.
const fn counts_while_held(kind: HoldKind) -> bool {
    matches!(kind, HoldKind::Incomplete | HoldKind::PastedForm)
}

/// What a paper says, over what was known.
pub(super) fn assess(facts: &mut CaseFacts, reading: &Reading) {
    set_rating(facts, reading.rating());
    facts.outcome = reading.text(FieldId::Outcome).map(str::to_owned).or(facts.outcome.take());
    set_list(&mut facts.risk_types, reading.list(FieldId::RiskTypes));
    set_list(&mut facts.risk_factors, reading.list(FieldId::RiskFactors));
}

/// What a meeting agreed, over what was known.
pub(super) fn agree(facts: &mut CaseFacts, outcome: &MeetingOutcome) {
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

/// Works out anew what holds of a case, after a paper was admitted, stopped or turned away.
pub(super) async fn renew(tx: &mut Tx, profile: &Profile, open: &mut OpenCase) -> anyhow::Result<()> {
    let Some(record) = on_record(tx, profile, open, Until::Now).await? else { return Ok(()) };
    if record == open.facts {
        return Ok(());
    }
    tx.update_case(&mut open.case, Some(&record)).await?;
    open.facts = record;
    Ok(())
}

/// The rating with which a child was heard at a meeting: what came for a later one, or was not admitted, does not count.
pub(super) async fn rating_at(
    view: &mut View,
    profile: &Profile,
    open: &OpenCase,
    meeting: &MeetingId,
) -> anyhow::Result<Option<String>> {
    let record = on_record(view, profile, open, Until::After(meeting)).await?;
    Ok(record.and_then(|facts| facts.rating).or_else(|| open.facts.rating.clone()))
}

/// The rating that the papers of a meeting gave a child, and earlier meetings: what the meeting itself agreed does not count.
pub(super) async fn rating_before(
    view: &mut View,
    profile: &Profile,
    open: &OpenCase,
    meeting: &MeetingId,
) -> anyhow::Result<Option<String>> {
    Ok(on_record(view, profile, open, Until::Before(meeting)).await?.and_then(|facts| facts.rating))
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

/// What the papers and outcomes of a case say one after the other, so far. None where one of
/// them can be read no more.
async fn on_record(
    view: &mut View,
    profile: &Profile,
    open: &OpenCase,
    until: Until<'_>,
) -> anyhow::Result<Option<CaseFacts>> {
    let mut said: Vec<(Timestamp, Says)> = Vec::new();
    for document in view.documents_of_case(open.case.number).await? {
        let is_paper = document.form.as_ref().is_some_and(|form| !records_outcome(profile, form));
        if !is_paper || !until.takes_paper(document.meeting.as_ref()) || !may_count(view, &document).await? {
            continue;
        }
        let Ok(body) = document.body.open() else { return Ok(None) };
        let tabled = |reading: &Reading| document.meeting.is_none() && document.what != FLAG && !is_not_heard(reading);
        let reading = body.reading.filter(|reading| !tabled(reading));
        said.extend(reading.map(|reading| (document.arrived_at, Says::Paper(Box::new(reading)))));
    }
    for row in view.outcomes_of_case(open.case.number).await? {
        if !until.takes_outcome(&row.meeting) {
            continue;
        }
        let Ok(body) = row.body.open() else { return Ok(None) };
        said.push((row.recorded_at, Says::Meeting(Box::new(body.outcome))));
    }
    said.sort_by_key(|(at, _)| *at);
    let mut facts = CaseFacts {
        rating: None,
        previous_rating: None,
        outcome: None,
        risk_types: Vec::new(),
        risk_factors: Vec::new(),
        ..open.facts.clone()
    };
    for (_, says) in said {
        match says {
            Says::Paper(reading) => assess(&mut facts, &reading),
            Says::Meeting(outcome) => agree(&mut facts, &outcome),
        }
    }
    Ok(Some(facts))
}

enum Says {
    Paper(Box<Reading>),
    Meeting(Box<MeetingOutcome>),
}

async fn may_count(view: &mut View, document: &Document) -> anyhow::Result<bool> {
    Ok(match document.state {
        DocumentState::Accepted => true,
        DocumentState::Held => view.held_of_message(document.message).await?.iter().any(|held| {
            let kind = HoldKind::from_code(&held.kind);
            held.state == HeldState::Open
                && held.document.as_ref() == Some(&document.id)
                && kind.is_some_and(counts_while_held)
        }),
        _ => false,
    })
}
