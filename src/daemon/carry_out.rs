//! Writes down what was decided, in one transaction: cases, documents, listings, held items, the answer, invitations,
//! alerts, journal (invariant 3). Decides nothing.

use super::answer::Carried;
use super::appendix::{self, is_appendix, whose_appendix};
use super::desk::OpenCase;
use super::gather::{Gathered, Opened, details, known_children};
use super::listing::{Put, put_on_agenda};
use super::note;
use super::record::record;
use super::response;
use super::tell::{answer, raise_alerts};
use super::{Book, Panel};
use super::{deputies, lead};
use crate::casework::agenda::ItemNote;
use crate::casework::calendar::civil;
use crate::casework::identify::{Identity, identify, identity_on};
use crate::casework::panel::SectionId;
use crate::casework::rules::{
    CaseChoice, Decision, FLAG, HoldKind, Item, ItemOutcome, Listing, MessageKind, Resubmission, names_another_lead,
    place, records_outcome, what_is,
};
use crate::casework::{CaseRef, FieldId, FindingCode, HeldRef, MeetingId, Reading, Redacted, Ref, RoleId};
use crate::inbound::form::FormTables;
use crate::store::{
    CaseFacts, CaseState, DecisionRow, DocumentBody, DocumentId, DocumentState, HeldDecision, HeldDetail, HeldState,
    Line, Message, MessageOutcome, MessageState, NewCase, NewDocument, NewHeld, Person, Reason, Tx,
};
use std::collections::{BTreeMap, BTreeSet};

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
    let (appendices, papers): (Vec<_>, Vec<_>) =
        c.decision.items.iter().enumerate().partition(|(_, item)| is_appendix(c, item));
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
    }
    put_the_rest(tx, c).await?;
    if let Some(kind) = c.decision.message_hold {
        // A note threads with the case it answers, where that is one.
        let case = if let [one] = c.gathered.submission.about.as_slice() { Some(*one) } else { None };
        let meeting = in_time_for.clone().filter(|_| !note::is_a_note(kind));
        let why = why(c, kind);
        let members = if kind == HoldKind::Apology { deputies::apology(tx, c).await? } else { None };
        match members {
            // The alert about the deputy says it.
            Some((number, true)) => apart.push(number),
            Some((number, false)) => held.push((number, why)),
            None => {
                let number = hold(tx, c, kind, None, case, meeting, why.clone(), Vec::new()).await?;
                held.push((number, why));
            }
        }
    }
    held.extend(note::stop_papers(tx, c, &carried).await?);

    let meeting = c.decision.items.iter().find_map(meeting_of).cloned();
    let outcome = MessageOutcome {
        state: MessageState::Decided,
        fate: c.decision.fate,
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
    journal(tx, c, &carried, held.iter().map(|(number, _)| *number).chain(apart).collect());
    if !c.again {
        response::take_in(tx, c).await?;
        take_code(tx, c).await?;
        deputies::offer(tx, c).await?;
    }
    answer(tx, c, &carried, in_time_for).await?;
    raise_alerts(tx, c, &carried, &held).await
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
        ItemOutcome::Repeat { .. } | ItemOutcome::Outcome(_) => None,
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
        ItemOutcome::Repeat { .. } => format!("{whose}: the same bytes were received before"),
        ItemOutcome::Outcome(follows) => format!("{whose}: outcome of {}: {}", follows.heard.meeting, follows.reason),
    }
}

/// The case of an item: opened, or brought up to date with what the form says.
async fn case_of(tx: &mut Tx, c: &Carrying<'_>, item: &Item) -> anyhow::Result<Option<CaseRef>> {
    let choice = match &item.outcome {
        ItemOutcome::Accepted { case, .. } => Some(*case),
        ItemOutcome::Held { case, .. } => *case,
        ItemOutcome::Repeat { case } => return Ok(*case),
        ItemOutcome::Outcome(follows) => return Ok(Some(follows.heard.case)),
    };
    let (Some(choice), Some(reading)) = (choice, reading_of(c, item)) else { return Ok(None) };
    let Some(identity) = identity_on(reading) else { return Ok(None) };
    let number = match choice {
        CaseChoice::Known(case) => Some(case),
        // Two papers of one new child in one message are one child.
        CaseChoice::New => {
            let known = known_children(tx, &c.panel.profile.authority, &identity, None).await?;
            match identify(&identity, &known) {
                Identity::Known(case) => Some(case),
                _ => None,
            }
        }
    };
    let Some(number) = number else {
        let child =
            tx.insert_child(&c.panel.profile.authority, &details(&identity, reading.text(FieldId::Alias))).await?;
        let start = civil::date(c.message.arrived_at);
        let fixed = c.panel.profile.fixed_reviews.as_ref();
        let new = NewCase {
            panel: c.panel.profile.id.clone(),
            pathway_start: Some(start),
            review_due: fixed.and_then(|f| crate::casework::calendar::review::next_fixed(f, start, start)),
            review_provisional: false,
            facts: facts(c, reading, CaseFacts::default(), false),
        };
        let case = tx.open_case(&child, &new).await?;
        tx.journal(Line {
            event: "case.opened",
            rule: None,
            reason: "first paper about this child".to_owned(),
            refs: vec![Ref::Case(case.number), Ref::Message(c.message.number)],
        });
        return Ok(Some(case.number));
    };
    let Some(mut open) = OpenCase::load(tx, number).await? else { return Ok(None) };
    if open.case.state == CaseState::Closed {
        reopen(tx, c, &mut open).await?;
    }
    let settled = c.gathered.submission.submitted(item).is_some_and(|submitted| submitted.lead_settled);
    let facts = facts(c, reading, open.facts.clone(), settled);
    tx.update_case(&mut open.case, Some(&facts)).await?;
    let mut known = open.child.clone();
    known.lcs_number = known.lcs_number.or(identity.lcs_number);
    known.nhs_number = known.nhs_number.or(identity.nhs_number);
    known.date_of_birth = known.date_of_birth.or(identity.date_of_birth);
    if known != open.child
        && let Some(mut child) = tx.child(&open.case.child).await?
    {
        tx.update_child(&mut child, &known).await?;
    }
    Ok(Some(number))
}

/// A child whose case was closed is referred again: its pathway begins anew.
async fn reopen(tx: &mut Tx, c: &Carrying<'_>, open: &mut OpenCase) -> anyhow::Result<()> {
    let start = civil::date(c.message.arrived_at);
    let fixed = c.panel.profile.fixed_reviews.as_ref();
    open.case.state = CaseState::Open;
    open.case.closed_at = None;
    open.case.panel = c.panel.profile.id.clone();
    open.case.pathway_start = Some(start);
    open.case.review_due = fixed.and_then(|f| crate::casework::calendar::review::next_fixed(f, start, start));
    open.case.review_provisional = false;
    tx.update_case(&mut open.case, None).await?;
    tx.journal(Line {
        event: "case.opened",
        rule: Some("MC-06".into()),
        reason: "a closed case has a new paper".to_owned(),
        refs: vec![Ref::Case(open.case.number), Ref::Message(c.message.number)],
    });
    Ok(())
}

/// What the form says of the case, over what was known. Who carries it stays as it was confirmed where that is settled.
fn facts(c: &Carrying<'_>, reading: &Reading, known: CaseFacts, settled: bool) -> CaseFacts {
    let mut facts = known;
    let before = facts.caseworker.clone();
    let sender = &c.gathered.submission.sender;
    let stays = facts.lead_confirmed && settled && names_another_lead(reading, sender);
    let confirmed = facts.lead_professional.clone().filter(|_| stays);
    let text = |field| reading.text(field).map(|t| Redacted::new(t.to_owned()));
    let lead = text(FieldId::LeadProfessional);
    let lead_entry = lead.as_ref().and_then(|name| only_worker(c, name.reveal()));
    let lead_person = lead_entry.map(|e| Person { name: Some(e.name.clone()), address: Some(e.email.clone()) });
    if sender.is_caseworker() && sender.standing == crate::casework::rules::Standing::Known {
        let name = sender.known_name().map(|n| Redacted::new(n.to_owned()));
        let who = Person { name, address: sender.address.clone() };
        if sender.is_manager() && lead_person.as_ref().is_some_and(|lead| lead.address != who.address) {
            facts.manager = Some(who);
            facts.caseworker = lead_person.clone();
        } else {
            facts.caseworker = Some(who);
        }
    } else if facts.caseworker.is_none() {
        facts.caseworker = lead_person.clone();
    }
    keep_contact(&mut facts, before.clone());
    if lead.is_some() {
        let address = lead_person.and_then(|p| p.address);
        facts.lead_professional = Some(Person { name: lead, address });
    }
    if confirmed.is_some() {
        facts.caseworker = before;
        facts.lead_professional = confirmed;
    }
    if let Some(entry) = reading.text(FieldId::Manager).and_then(|name| only_worker(c, name)) {
        facts.named_manager = Some(Person { name: Some(entry.name.clone()), address: Some(entry.email.clone()) });
    }
    facts.gp = text(FieldId::Gp).or(facts.gp);
    let rating = reading.text(FieldId::RiskRating).or(reading.text(FieldId::Outcome)).map(str::to_owned);
    if rating.is_some() && rating != facts.rating {
        facts.previous_rating = facts.rating.take();
        facts.rating = rating;
    }
    facts.outcome = reading.text(FieldId::Outcome).map(str::to_owned).or(facts.outcome);
    for (field, into) in [(FieldId::RiskTypes, &mut facts.risk_types), (FieldId::RiskFactors, &mut facts.risk_factors)]
    {
        if !reading.list(field).is_empty() {
            *into = reading.list(field).to_vec();
        }
    }
    facts.assessed_on = reading.date(FieldId::AssessmentDate).or(facts.assessed_on);
    facts
}

/// Who was the contact stays one until the panel says who carries the case (MC-34), so that nobody's invitation goes stale.
fn keep_contact(facts: &mut CaseFacts, before: Option<Person>) {
    if !facts.lead_confirmed {
        facts.earlier_caseworkers.extend(before);
    }
    let now = facts.caseworker.as_ref().and_then(|person| person.address.clone());
    let mut seen = BTreeSet::from_iter(now);
    facts.earlier_caseworkers.retain(|person| person.address.clone().is_some_and(|address| seen.insert(address)));
}

/// The one worker of the authority with this name; two of the same name are nobody.
pub(super) fn only_worker<'a>(c: &'a Carrying<'_>, name: &str) -> Option<&'a crate::casework::directory::Entry> {
    let wanted = crate::casework::normal_name(name);
    let day = civil::date(c.gathered.submission.now);
    let mut found = c.book.directory.entries.iter().filter(|e| {
        e.is_valid_on(day)
            && e.role.is_social_care()
            && e.authority.as_ref() == Some(&c.panel.profile.authority)
            && crate::casework::normal_name(e.name.reveal()) == wanted
    });
    let first = found.next()?;
    found.all(|other| other.email == first.email).then_some(first)
}

async fn put_document(
    tx: &mut Tx,
    c: &Carrying<'_>,
    item: &Item,
    case: Option<CaseRef>,
    listing: Option<&Listing>,
) -> anyhow::Result<DocumentId> {
    let state = match &item.outcome {
        ItemOutcome::Accepted { .. } => DocumentState::Accepted,
        ItemOutcome::Held { .. } if is_appendix(c, item) => DocumentState::SetApart,
        ItemOutcome::Held { .. } => DocumentState::Held,
        ItemOutcome::Repeat { .. } => DocumentState::Repeat,
        // SY-21: what was decided is recorded; the document itself goes to nobody until a person lets it.
        ItemOutcome::Outcome(_) if c.gathered.submission.is_set_apart(item) => DocumentState::SetApart,
        ItemOutcome::Outcome(_) => DocumentState::Accepted,
    };
    // A tabled paper belongs to no pack until the chair says so (MC-30).
    let meeting = match listing {
        Some(listing) => (listing.resubmission != Some(Resubmission::Tabled)).then(|| listing.meeting.clone()),
        None => meeting_of(item).cloned(),
    };
    let reading = reading_of(c, item);
    // What announces a child is no paper.
    let is_flag = reading.and_then(|r| r.form.as_ref()).is_some_and(|form| what_is(form) == FLAG);
    let meeting = meeting.filter(|_| !is_flag);
    let position = i64::try_from(item.document)? + 1;
    let number = reading.map_or(0, |r| i64::from(r.reading));
    for mut stored in tx.documents_of_message(c.message.number).await? {
        if stored.position == position && stored.reading == number {
            stored.state = state;
            stored.case = case;
            stored.meeting = meeting;
            tx.update_document(&stored).await?;
            return Ok(stored.id);
        }
    }
    let new = new_document(c, item.document, reading, state, case, meeting);
    let ids = tx.insert_documents(c.message, &[new]).await?;
    ids.into_iter().next().ok_or_else(|| anyhow::anyhow!("the store gave no document id"))
}

fn new_document(
    c: &Carrying<'_>,
    index: usize,
    reading: Option<&Reading>,
    state: DocumentState,
    case: Option<CaseRef>,
    meeting: Option<MeetingId>,
) -> NewDocument {
    let document = c.gathered.submission.documents.get(index);
    let leaf = c.opened.parcel.leaves.get(index);
    let form = reading.and_then(|r| r.form.clone());
    NewDocument {
        position: i64::try_from(index).unwrap_or(i64::MAX - 1) + 1,
        reading: reading.map_or(0, |r| i64::from(r.reading)),
        sha256: document.map_or(crate::casework::Sha256([0; 32]), |d| d.sha256),
        format: document.map_or(crate::casework::Format::Unknown, |d| d.format),
        what: form.as_ref().map_or("unknown", what_is).to_owned(),
        form,
        authority: Some(c.panel.profile.authority.clone()),
        panel: Some(c.panel.profile.id.clone()),
        case,
        meeting,
        arrived_at: c.message.arrived_at,
        state,
        body: DocumentBody {
            path: Redacted::new(leaf.map(|l| l.path.clone()).unwrap_or_default()),
            file_name: leaf.and_then(|l| l.name.clone()),
            dated: reading.and_then(|r| r.date(FieldId::AssessmentDate).or(r.date(FieldId::CompletedDate))),
            reading: reading.cloned(),
            numbers_of: c.gathered.numbers_of.get(index).cloned().unwrap_or_default(),
        },
        name_marks: c.gathered.marks.get(index).cloned().unwrap_or_default(),
    }
}

/// Logos, and the papers of a message held whole: every leaf has its row, so that leaves and documents add up.
async fn put_the_rest(tx: &mut Tx, c: &Carrying<'_>) -> anyhow::Result<()> {
    let stored: Vec<i64> = tx.documents_of_message(c.message.number).await?.iter().map(|d| d.position).collect();
    let mut rest = Vec::new();
    for (i, document) in c.gathered.submission.documents.iter().enumerate() {
        if stored.contains(&(i64::try_from(i)? + 1)) {
            continue;
        }
        let state = match c.gathered.submission.kind {
            _ if document.decoration => DocumentState::Decoration,
            // Papers that came back with an answer were here before.
            MessageKind::Answer => DocumentState::Repeat,
            _ => DocumentState::Held,
        };
        rest.push(new_document(c, i, document.readings.first().map(|r| &r.reading), state, None, None));
    }
    if !rest.is_empty() {
        tx.insert_documents(c.message, &rest).await?;
    }
    Ok(())
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

/// The same file was held before without a child, and is now taken: nobody needs to look at the held one any more.
async fn replace_held_copies(tx: &mut Tx, c: &Carrying<'_>, item: &Item, taken: &DocumentId) -> anyhow::Result<()> {
    let Some(document) = c.gathered.submission.documents.get(item.document) else { return Ok(()) };
    for other in tx.documents_by_hash(document.sha256, Some(&c.panel.profile.authority)).await? {
        if other.state == DocumentState::Held && other.case.is_none() && other.message != c.message.number {
            supersede(tx, other.id.as_str(), taken, c).await?;
        }
    }
    Ok(())
}

pub(super) async fn supersede(tx: &mut Tx, replaced: &str, by: &DocumentId, c: &Carrying<'_>) -> anyhow::Result<()> {
    let old = tx.document(&DocumentId::from(replaced)).await?;
    let Some(mut old) = old else { return Ok(()) };
    old.state = DocumentState::Superseded;
    old.superseded_by = Some(by.clone());
    tx.update_document(&old).await?;
    for held in tx.held_of_message(old.message).await? {
        if held.document.as_ref() == Some(&old.id) && held.state == HeldState::Open {
            let decision = HeldDecision {
                by: Redacted::new("dutyclerk".to_owned()),
                note: Redacted::new(format!("a corrected paper came with {}", c.message.number)),
                case: None,
            };
            tx.close_held(&held, HeldState::Superseded, &decision).await?;
        }
    }
    tx.journal(Line {
        event: "document.superseded",
        rule: Some("MC-30".into()),
        reason: format!("a paper of {} takes the place of one of {}", c.message.number, old.message),
        refs: vec![Ref::Message(c.message.number), Ref::Message(old.message)],
    });
    Ok(())
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

fn journal(tx: &mut Tx, c: &Carrying<'_>, carried: &Carried, held: Vec<HeldRef>) {
    let mut refs = vec![Ref::Message(c.message.number)];
    refs.extend(carried.values().copied().map(Ref::Case));
    refs.extend(held.into_iter().map(Ref::Held));
    let reason = format!("{}: {}", c.decision.fate.as_str(), c.decision.reason);
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
