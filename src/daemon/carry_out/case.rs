//! Whose paper it is: the case it is put to, opened or opened again where there is none, with what the form says of it.

use super::{Carrying, listing_of, reading_of};
use crate::casework::calendar::civil;
use crate::casework::calendar::review::next_fixed;
use crate::casework::directory::Entry;
use crate::casework::identify::{Identity, identify, identity_on};
use crate::casework::panel::SectionId;
use crate::casework::rules::{CaseChoice, Item, ItemOutcome, is_not_heard, names_another_lead};
use crate::casework::{AuthorityId, CaseRef, FieldId, Reading, Redacted, Ref, normal_name};
use crate::daemon::desk::OpenCase;
use crate::daemon::gather::{details, known_children};
use crate::daemon::listing::take_off;
use crate::daemon::{Book, Panel};
use crate::store::{CaseFacts, CaseState, ItemState, Line, NewCase, Person, Tx};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// The case of an item: opened, or brought up to date with what the form says.
pub(super) async fn case_of(tx: &mut Tx, c: &Carrying<'_>, item: &Item) -> anyhow::Result<Option<CaseRef>> {
    let choice = match &item.outcome {
        ItemOutcome::Accepted { case, .. } | ItemOutcome::Outdone { case, .. } => Some(*case),
        ItemOutcome::Held { case, .. } => *case,
        ItemOutcome::Repeat { case } => return Ok(*case),
        ItemOutcome::HandedOn { case } => return Ok(Some(*case)),
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
        let (pathway_start, review_due) = if is_not_heard(reading) { (None, None) } else { beginning(c) };
        let new = NewCase {
            panel: c.panel.profile.id.clone(),
            pathway_start,
            review_due,
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
    if is_not_heard(reading) && listing_of(item).is_none() {
        expect_no_more(tx, c, &mut open).await?;
    } else if open.case.pathway_start.is_none() {
        (open.case.pathway_start, open.case.review_due) = beginning(c);
        tx.update_case(&mut open.case, None).await?;
    }
    let placed_here = c.again && open.case.panel != c.panel.profile.id && listing_of(item).is_some();
    if placed_here {
        transfer(tx, c, &mut open).await?;
    }
    let settled = c.gathered.submission.submitted(item).is_some_and(|submitted| submitted.lead_settled);
    let mut facts = facts(c, reading, open.facts.clone(), settled);
    if placed_here {
        both_attend(&mut facts);
    }
    if facts != open.facts {
        tx.update_case(&mut open.case, Some(&facts)).await?;
    }
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

/// The day on which the child's pathway begins, and its first fixed review (SH-06, MC-16).
fn beginning(c: &Carrying<'_>) -> (Option<Date>, Option<Date>) {
    let start = civil::date(c.message.arrived_at);
    let fixed = c.panel.profile.fixed_reviews.as_ref();
    (Some(start), fixed.and_then(|fixed| next_fixed(fixed, start, start)))
}

/// The assessment of a child who was announced has come, and the panel does not hear it: it is expected at no meeting, and no
/// review of it falls due (SH-05). One that was heard before stays as it is.
async fn expect_no_more(tx: &mut Tx, c: &Carrying<'_>, open: &mut OpenCase) -> anyhow::Result<()> {
    if open.case.last_heard.is_some() {
        return Ok(());
    }
    let mut listed = false;
    for row in tx.open_items_of_case(open.case.number).await? {
        match (row.state, row.section) {
            (ItemState::Listed, SectionId::Expected) => {
                let why = "its assessment has come, and the panel does not hear it (SH-05)";
                take_off(tx, c.book, c.panel, row, None, why).await?;
            }
            (ItemState::Listed, _) => listed = true,
            _ => {}
        }
    }
    if !listed {
        (open.case.pathway_start, open.case.review_due) = (None, None);
        tx.update_case(&mut open.case, None).await?;
    }
    Ok(())
}

/// A child whose case was closed is referred again: its pathway begins anew.
async fn reopen(tx: &mut Tx, c: &Carrying<'_>, open: &mut OpenCase) -> anyhow::Result<()> {
    open.case.state = CaseState::Open;
    open.case.closed_at = None;
    open.case.panel = c.panel.profile.id.clone();
    (open.case.pathway_start, open.case.review_due) = beginning(c);
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

/// A person has said that this panel hears the child now: the one that did hears it no more (SY-03).
async fn transfer(tx: &mut Tx, c: &Carrying<'_>, open: &mut OpenCase) -> anyhow::Result<()> {
    let number = open.case.number;
    let before = std::mem::replace(&mut open.case.panel, c.panel.profile.id.clone());
    tx.update_case(&mut open.case, None).await?;
    if let Some(panel) = c.book.panels.get(&before) {
        for row in tx.open_items_of_case(number).await? {
            let to_come = panel.meeting(&row.meeting).is_some_and(|meeting| meeting.starts_at > tx.now());
            if row.state == ItemState::Listed && to_come {
                let why = "another area's panel hears the child now";
                take_off(tx, c.book, panel, row, None, why).await?;
            }
        }
    }
    tx.journal(Line {
        event: "case.transferred",
        rule: Some("SY-03".into()),
        reason: format!("a person said that {} hears the child now, and not {before}", open.case.panel),
        refs: vec![Ref::Case(number), Ref::Message(c.message.number)],
    });
    Ok(())
}

/// What the form says of who works with the child, over what was known; of the risk, see [`crate::daemon::risk`]. Who carries
/// the case stays as it was confirmed where that is settled.
fn facts(c: &Carrying<'_>, reading: &Reading, known: CaseFacts, settled: bool) -> CaseFacts {
    let mut facts = known;
    let before = facts.caseworker.clone();
    let sender = &c.gathered.submission.sender;
    let stays = facts.lead_confirmed && settled && names_another_lead(reading, sender);
    let confirmed = facts.lead_professional.clone().filter(|_| stays);
    let text = |field| reading.text(field).map(|t| Redacted::new(t.to_owned()));
    let lead = text(FieldId::LeadProfessional);
    facts.responsible = text(FieldId::ResponsibleAuthority).or(facts.responsible);
    let responsible = facts.responsible.as_ref().map(|name| name.reveal().clone());
    let responsible = responsible.as_deref();
    let lead_entry = lead.as_ref().and_then(|name| only_worker(c, name.reveal(), responsible));
    let lead_person = lead_entry.map(|e| Person { name: Some(e.name.clone()), address: Some(e.email.clone()) });
    let carries = |entry: &Entry| may_carry(&c.panel.profile.authority, entry, responsible);
    let is_theirs = sender.is_caseworker() || sender.listed.as_ref().is_some_and(carries);
    if is_theirs && sender.standing == crate::casework::rules::Standing::Known {
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
    if let Some(entry) = reading.text(FieldId::Manager).and_then(|name| only_worker(c, name, responsible)) {
        facts.named_manager = Some(Person { name: Some(entry.name.clone()), address: Some(entry.email.clone()) });
    }
    if works_in_another_area(c, &facts) {
        both_attend(&mut facts);
    }
    facts.gp = text(FieldId::Gp).or(facts.gp);
    // That it was made is so, whatever becomes of the paper (BD-03).
    facts.assessed_on = facts.assessed_on.max(reading.date(FieldId::AssessmentDate));
    facts
}

/// A child placed in this panel's area from another of the authority: worker and team manager both attend (SY-34).
fn both_attend(facts: &mut CaseFacts) {
    facts.manager = facts.named_manager.clone().or(facts.manager.take());
}

/// Does the child's worker work in another area of the panel's authority, by the directory?
fn works_in_another_area(c: &Carrying<'_>, facts: &CaseFacts) -> bool {
    let day = civil::date(c.gathered.submission.now);
    let address = facts.caseworker.as_ref().and_then(|worker| worker.address.as_ref());
    let (Some(own), Some(worker)) =
        (&c.panel.profile.area, address.and_then(|address| c.book.directory.find(address, day)))
    else {
        return false;
    };
    let here = worker.areas.iter().any(|area| area.trim().eq_ignore_ascii_case(own.trim()));
    !worker.areas.is_empty() && !here && worker.authority.as_ref() == Some(&c.panel.profile.authority)
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

/// The one worker with this name who may carry the child's case; two of the same name are nobody.
pub(in crate::daemon) fn only_worker<'a>(
    c: &'a Carrying<'_>,
    name: &str,
    responsible: Option<&str>,
) -> Option<&'a Entry> {
    worker_named(c.book, c.panel, name, responsible, c.gathered.submission.now)
}

/// The same, whatever is being decided.
pub(in crate::daemon) fn worker_named<'a>(
    book: &'a Book<'_>,
    panel: &Panel,
    name: &str,
    responsible: Option<&str>,
    now: Timestamp,
) -> Option<&'a Entry> {
    let (wanted, day) = (normal_name(name), civil::date(now));
    let mut found = book.directory.entries.iter().filter(|e| {
        e.is_valid_on(day)
            && may_carry(&panel.profile.authority, e, responsible)
            && normal_name(e.name.reveal()) == wanted
    });
    let first = found.next()?;
    found.all(|other| other.email == first.email).then_some(first)
}

/// Social care of the panel's own authority, or of the one that the form says is responsible for a child placed here (SY-35).
pub(in crate::daemon) fn may_carry(own: &AuthorityId, entry: &Entry, responsible: Option<&str>) -> bool {
    let is_named = |id: &AuthorityId| {
        let named = responsible.map(normal_name).unwrap_or_default();
        id.as_str().split('-').all(|part| named.iter().any(|word| word == part))
    };
    entry.role.is_social_care() && entry.authority.as_ref().is_some_and(|id| id == own || is_named(id))
}
