//! What is for the chair first, and in no pack by itself: what health sends back goes to the chair and the panel's health
//! representative (MC-10); an update that came after the pack goes to the chair (SY-14).
//!
//! # Failure policy
//!
//! Where nobody holds one of the roles who may know of the child, the message is held for a person. What could not be read is
//! held as ever, and the mail says that something waits.

use super::carry_out::{Carrying, listing_of, reading_of};
use super::desk::{OpenCase, Posting, agenda_meeting, post};
use super::gather::standing_of;
use super::one_child::role_in_words;
use super::{Book, Panel};
use crate::casework::agenda::Paper;
use crate::casework::calendar::Meeting;
use crate::casework::routing::{Clearance, RoutedCase};
use crate::casework::rules::{Item, ItemOutcome, Resubmission, what_is};
use crate::casework::{CaseRef, Redacted, Sha256};
use crate::outbound::compose::handed_on::{View, What, compose};
use crate::outbound::compose::{ClearedPaper, PaperBytes};
use crate::store::Tx;
use std::collections::BTreeMap;

/// What stands in for the kind of a document that is no form of the panel's.
const HEALTH_ANSWER: &str = "health-answer";
/// Of what the sender writes so much is shown; the rest is in the mailbox.
const LONGEST: usize = 20_000;

/// What goes, and of what it speaks.
struct HandedOn<'a> {
    book: &'a Book<'a>,
    panel: &'a Panel,
    what: What,
    open: OpenCase,
    meeting: Option<Meeting>,
    papers: Vec<Paper>,
    waiting: usize,
}

/// What health sends back. False where nobody may have it.
pub(super) async fn health(tx: &mut Tx, c: &Carrying<'_>, case: CaseRef) -> anyhow::Result<bool> {
    let s = &c.gathered.submission;
    let (Some(from), Some(open)) = (&s.sender.address, OpenCase::load(tx, case).await?) else { return Ok(false) };
    // The chair of the panel that hears the child, whichever mailbox it came to.
    let panel = c.book.panels.get(&open.case.panel).unwrap_or(c.panel);
    let now = tx.now();
    let listed = standing_of(tx, panel, case, Some(c.message.number), now).await?.0;
    let meeting = listed.and_then(|listing| c.book.meeting(&listing.meeting));
    let handed_on = |item: &&Item| matches!(item.outcome, ItemOutcome::HandedOn { .. });
    let papers: Vec<Paper> =
        c.decision.items.iter().filter(handed_on).filter_map(|item| paper(c, item, HEALTH_ANSWER)).collect();
    let is_held = |item: &&Item| matches!(item.outcome, ItemOutcome::Held { .. });
    let waiting = c.decision.items.iter().filter(is_held).count();
    let routed = open.routed(tx).await?;
    let hashes: Vec<Sha256> = papers.iter().map(|paper| paper.sha256).collect();
    let id = meeting.as_ref().map(|meeting| &meeting.id);
    let Some(clearance) = c.book.routing(panel, now).health_answer(id, &routed, from, &hashes) else {
        return Ok(false);
    };
    let on = HandedOn { book: c.book, panel, what: What::Health, open, meeting, papers, waiting };
    send(tx, c, &on, &clearance).await?;
    Ok(true)
}

/// An update for a child whose pack has gone. That it is tabled, and what the chair can do about it, is told besides (MC-30).
pub(super) async fn update(tx: &mut Tx, c: &Carrying<'_>, item: &Item, case: CaseRef) -> anyhow::Result<()> {
    let tabled = listing_of(item).filter(|listing| listing.resubmission == Some(Resubmission::Tabled));
    let is_update = reading_of(c, item).and_then(|r| r.form.as_ref()).is_some_and(|form| what_is(form) == "update");
    let is_taken = matches!(item.outcome, ItemOutcome::Accepted { .. });
    let (Some(listing), true) = (tabled, is_update && is_taken) else { return Ok(()) };
    let meeting = c.book.meeting(&listing.meeting);
    let (Some(paper), Some(open)) = (paper(c, item, "update"), OpenCase::load(tx, case).await?) else { return Ok(()) };
    let routed: RoutedCase = open.routed(tx).await?;
    let routing = c.book.routing(c.panel, tx.now());
    let Some(clearance) = routing.update_for_chair(&listing.meeting, &routed, paper.sha256) else { return Ok(()) };
    let (book, panel, papers) = (c.book, c.panel, vec![paper]);
    let on = HandedOn { book, panel, what: What::Update, open, meeting, papers, waiting: 0 };
    send(tx, c, &on, &clearance).await
}

fn paper(c: &Carrying<'_>, item: &Item, what: &str) -> Option<Paper> {
    let document = c.gathered.submission.documents.get(item.document)?;
    Some(Paper { sha256: document.sha256, format: document.format, what: what.to_owned(), dated: None })
}

async fn send(tx: &mut Tx, c: &Carrying<'_>, on: &HandedOn<'_>, clearance: &Clearance) -> anyhow::Result<()> {
    let s = &c.gathered.submission;
    let now = tx.now();
    let (words, cut) = words_of(c);
    let name = s.sender.known_name().map(|name| format!("{name} ")).unwrap_or_default();
    let from = s.sender.address.as_ref().map(|from| format!("{name}<{from}>")).unwrap_or(name);
    let case = on.open.case.number;
    let view = View {
        head: on.panel.letterhead(),
        what: on.what,
        case,
        child: on.open.child.name.clone(),
        meeting: on.meeting.as_ref().map(agenda_meeting),
        message: c.message.number,
        received_at: c.message.arrived_at,
        from: Redacted::new(from),
        from_role: s.sender.listed.as_ref().map(|entry| role_in_words(&entry.role)),
        words,
        cut,
        papers: on.papers.clone(),
        waiting: on.waiting,
        rule: clearance.rule().to_owned(),
    };
    let mut bytes: BTreeMap<Sha256, PaperBytes> = BTreeMap::new();
    for leaf in &c.opened.parcel.leaves {
        if clearance.documents().iter().any(|cleared| cleared.sha256 == leaf.sha256) {
            bytes.insert(leaf.sha256, PaperBytes::new(leaf.bytes.clone())?);
        }
    }
    let papers: Vec<ClearedPaper<'_>> =
        clearance.documents().iter().filter_map(|cleared| Some((*cleared, bytes.get(&cleared.sha256)?))).collect();
    let due_at = match &on.meeting {
        _ if s.urgent => now,
        Some(meeting) => on.panel.working_instant_before(meeting, now),
        None => on.panel.working_instant(now),
    };
    let posting = Posting {
        purpose: format!("handed-on|{}|{case}", c.message.number),
        due_at,
        expires_at: None,
        answers: None,
        clearance,
        panel: &on.panel.profile.id,
    };
    let identifiers = on.open.identifiers();
    let templates = on.book.templates;
    post(tx, posting, |stamp| compose(templates, clearance, &view, &papers, stamp, &identifiers)).await?;
    Ok(())
}

/// What the sender wrote, line by line, without what it answers; and whether more was written than is shown.
fn words_of(c: &Carrying<'_>) -> (Vec<Redacted<String>>, bool) {
    let text = c.opened.parcel.new_text.reveal().trim();
    let end = text.char_indices().nth(LONGEST).map(|(end, _)| end);
    let shown = end.and_then(|end| text.get(..end)).unwrap_or(text);
    (shown.lines().map(|line| Redacted::new(line.trim_end().to_owned())).collect(), end.is_some())
}
