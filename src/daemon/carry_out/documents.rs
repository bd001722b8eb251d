//! What becomes of each document of a message.

use super::{Carrying, meeting_of, reading_of};
use crate::casework::rules::{FLAG, Item, ItemOutcome, Listing, MessageKind, Resubmission, what_is};
use crate::casework::{CaseRef, FieldId, MeetingId, Reading, Redacted, Ref};
use crate::daemon::appendix::is_appendix;
use crate::store::{DocumentBody, DocumentId, DocumentState, HeldDecision, HeldState, Line, NewDocument, Tx};
use std::collections::BTreeMap;

pub(super) async fn put_document(
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
        ItemOutcome::Outdone { .. } => DocumentState::Superseded,
        ItemOutcome::HandedOn { .. } => DocumentState::SetApart,
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
pub(super) async fn put_the_rest(tx: &mut Tx, c: &Carrying<'_>) -> anyhow::Result<()> {
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

/// The same file was held before without a child, and is now taken: nobody needs to look at the held one any more.
pub(super) async fn replace_held_copies(
    tx: &mut Tx,
    c: &Carrying<'_>,
    item: &Item,
    taken: &DocumentId,
) -> anyhow::Result<()> {
    let Some(document) = c.gathered.submission.documents.get(item.document) else { return Ok(()) };
    for other in tx.documents_by_hash(document.sha256, Some(&c.panel.profile.authority)).await? {
        if other.state == DocumentState::Held && other.case.is_none() && other.message != c.message.number {
            supersede(tx, other.id.as_str(), taken, c).await?;
        }
    }
    Ok(())
}

/// Of two forms of one child in this message one takes the other's place, wherever that stands in it (MC-30).
pub(super) async fn supersede_outdone(
    tx: &mut Tx,
    c: &Carrying<'_>,
    documents: &BTreeMap<usize, DocumentId>,
) -> anyhow::Result<()> {
    for (n, item) in c.decision.items.iter().enumerate() {
        let (ItemOutcome::Outdone { by, .. }, Some(id)) = (&item.outcome, documents.get(&n)) else { continue };
        let stored = tx.documents_of_message(c.message.number).await?;
        if let Some(holds) = stored.iter().find(|document| document.is_at(*by)) {
            supersede(tx, id.as_str(), &holds.id, c).await?;
        }
    }
    Ok(())
}

pub(in crate::daemon) async fn supersede(
    tx: &mut Tx,
    replaced: &str,
    by: &DocumentId,
    c: &Carrying<'_>,
) -> anyhow::Result<()> {
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
