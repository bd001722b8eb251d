//! A person's word: what was held is let through or turned away, a late paper is admitted.

use super::carry_out::{Carrying, carry_out, chair};
use super::desk::OpenCase;
use super::gather::{gather, open};
use super::listing::{Put, put_on_agenda, take_off};
use super::process::panel_of;
use super::{Daemon, Panel};
use super::{appendix, asked, deputies, kept_back, lead, risk};
use crate::casework::agenda::ItemNote;
use crate::casework::calendar::{Meeting, civil};
use crate::casework::panel::SectionId;
use crate::casework::rules::{FLAG, HoldKind, Item, ItemOutcome, Override, asks_to_close, decide};
use crate::casework::{Address, CaseRef, HeldRef, MeetingId, Redacted, Ref};
use crate::store::{Case, CaseState, Document, DocumentState, Held, HeldDecision, HeldState, ItemState, Line, Tx};
use anyhow::{Context, bail};
use jiff::Timestamp;

/// What a person says when letting something through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// The child is this one.
    pub case: Option<CaseRef>,
    /// The child is a new one.
    pub new_child: bool,
    /// The recipient that was missing (MC-09), or the people who may have a sensitive document (SY-21).
    pub to: Vec<Address>,
    /// Who decides, and why.
    pub by: String,
    /// In words.
    pub note: String,
}

/// Lets a held item through: its message is decided again with the person's word, by its own arrival time (MC-32).
///
/// # Errors
/// When there is no such open item, when the word is not enough for it, or when the store fails.
pub async fn release(daemon: &mut Daemon, number: HeldRef, word: &Release, now: Timestamp) -> anyhow::Result<()> {
    let mut view = daemon.store.read().await?;
    daemon.read_directory(&mut view).await?;
    drop(view);
    let held = daemon.store.read().await?.held(number).await?.with_context(|| format!("there is no {number}"))?;
    let kind =
        HoldKind::from_code(&held.kind).with_context(|| format!("{number} is of a kind this program does not know"))?;
    if kind == HoldKind::Sensitive && !word.to.is_empty() && held.state != HeldState::Rejected {
        return appendix::release_to(daemon, &held, word, now).await;
    }
    let held = open_item(daemon, number).await?;
    if kind == HoldKind::MemberAway {
        return deputies::release(daemon, &held, word, now).await;
    }
    let to_come = |id: &MeetingId| daemon.book().meeting(id).is_some_and(|meeting| meeting.starts_at > now);
    if matches!(kind, HoldKind::NamesAnother | HoldKind::SpeaksOfAnother) && held.meeting.as_ref().is_some_and(to_come)
    {
        return set_back(daemon, &held, word, now).await;
    }
    if kind == HoldKind::KeptFromHealth {
        return kept_back::release(daemon, &held, word, now).await;
    }
    if kind == HoldKind::OtherLead {
        return lead::release(daemon, &held, word, now).await;
    }
    if kind == HoldKind::RecipientMissing {
        return recipient(daemon, &held, word, now).await;
    }
    let Some(message) = held.message else {
        let mut tx = daemon.store.begin(now).await?;
        close(&mut tx, &held, HeldState::Released, word).await?;
        tx.commit().await?;
        return Ok(());
    };
    if kind == HoldKind::ChildUnclear && word.case.is_none() && !word.new_child {
        bail!("{number} is held because {}. Say which: --case R-…, or --new-child", kind.words());
    }
    if kind == HoldKind::HealthAnswer && word.case.is_none() {
        bail!("{number} is held because {}. Say which: --case R-…", kind.words());
    }
    let (message, raw) = {
        let mut view = daemon.store.read().await?;
        let found = view.message(message).await?.with_context(|| format!("there is no message {message}"))?;
        let raw = view.raw(found.number).await?;
        (found, raw)
    };
    let opened = open(&daemon.reader, &daemon.limits, &message, &raw).await;
    let forms: Vec<_> =
        opened.reports.iter().flatten().flat_map(|r| &r.readings).filter_map(|r| r.form.as_ref()).collect();
    let panel = panel_of(daemon, &message.mailbox, &forms).context("its mailbox belongs to no enabled panel")?;
    if let Some(case) = word.case {
        let known = daemon.store.read().await?.case(case).await?.with_context(|| format!("there is no case {case}"))?;
        is_of_the_authority(panel, &known)?;
    }
    let override_ = Override { trust_sender: true, case: word.case, new_child: word.new_child, accept_paper: true };
    let book = daemon.book();
    let mut tx = daemon.store.begin(now).await?;
    let gathered = gather(daemon, &book, panel, &mut tx, &message, &opened, override_, now).await?;
    let mut decision = decide(&gathered.submission, &panel.profile, &gathered.meetings);
    // One word settles one held item: papers of the same message that are taken or held for other reasons stay as they are.
    if let Some(document) = &held.document {
        let stored = tx.document(document).await?.context("its document is gone")?;
        let is_outdone = |item: &Item| matches!(&item.outcome, ItemOutcome::Outdone { by, .. } if stored.is_at(*by));
        decision.items.retain(|item| stored.is_at((item.document, item.reading)) || is_outdone(item));
        decision.message_hold = None;
    }
    close(&mut tx, &held, HeldState::Released, word).await?;
    if kind == HoldKind::Sensitive && decision.items.iter().any(|item| is_unread(&gathered.submission, item)) {
        bail!("{number} is no form of the panel and goes with no paper: name the people who may have it, --to ADDRESS");
    }
    let again = |item: &Item| matches!(&item.outcome, ItemOutcome::Held { kind: again, .. } if *again == kind);
    if held.document.is_some() && !decision.items.is_empty() && decision.items.iter().all(again) {
        bail!(
            "{number} waits because {}, and releasing it does not change that. Reject it with a reason, and pass on by hand what \
             others must know of it",
            kind.words()
        );
    }
    let tables = daemon.reader.tables();
    let carrying = Carrying {
        book: &book,
        panel,
        tables,
        message: &message,
        opened: &opened,
        gathered: &gathered,
        decision: &decision,
        again: true,
    };
    carry_out(&mut tx, &carrying).await?;
    settled(&mut tx, daemon, &held).await?;
    tx.commit().await?;
    Ok(())
}

/// What follows for the child once a person has settled what was held: its papers say again what they say, and whoever comes for
/// the child alone is written to where nothing more stops it.
async fn settled(tx: &mut Tx, daemon: &Daemon, held: &Held) -> anyhow::Result<()> {
    let book = daemon.book();
    let (Some(case), Some(panel)) = (held.case, held.panel.as_ref().and_then(|id| book.panels.get(id))) else {
        return Ok(());
    };
    risk::renew(tx, panel, case).await?;
    let stops = |held: &Held| HoldKind::from_code(&held.kind).is_some_and(HoldKind::stops_papers);
    let of_case = tx.held_of_case(case).await?;
    let is_stopped = of_case.iter().any(|other| other.state == HeldState::Open && stops(other));
    // A paper that was turned away because its child has died is no reason to write to anybody.
    let died = |held: &Held| held.kind == HoldKind::Died.as_str() && held.state == HeldState::Rejected;
    if !stops(held) || is_stopped || of_case.iter().any(died) {
        return Ok(());
    }
    for row in tx.open_items_of_case(case).await? {
        let meeting = panel.meeting(&row.meeting).filter(|m| row.state == ItemState::Listed && m.starts_at > tx.now());
        if let Some(meeting) = meeting {
            super::one_child::again(tx, daemon, &book, panel, &meeting, case).await?;
        }
    }
    Ok(())
}

/// A paper that was kept out of a pack had been taken already, late or not: it is what it was, and follows by supplement
/// (MC-33, SY-40).
async fn set_back(daemon: &Daemon, held: &Held, word: &Release, now: Timestamp) -> anyhow::Result<()> {
    let mut tx = daemon.store.begin(now).await?;
    let document = held.document.as_ref().context("the item names no document")?;
    let mut document = tx.document(document).await?.context("its document is gone")?;
    if document.state == DocumentState::Held {
        document.state = DocumentState::Accepted;
        tx.update_document(&document).await?;
    }
    close(&mut tx, held, HeldState::Released, word).await?;
    settled(&mut tx, daemon, held).await?;
    let mut refs = vec![Ref::Held(held.number)];
    refs.extend(held.meeting.clone().map(Ref::Meeting));
    tx.journal(Line {
        event: "paper.let_go",
        rule: Some(held.rule.clone().into()),
        reason: "a person lets a paper go that names another child: it follows by supplement".to_owned(),
        refs,
    });
    tx.commit().await?;
    Ok(())
}

fn is_unread(submission: &crate::casework::rules::Submission, item: &crate::casework::rules::Item) -> bool {
    submission.reading_of(item).is_none_or(|reading| reading.form.is_none())
}

/// A recipient picked by a person gets the copy now, and is remembered for the case (MC-09).
async fn recipient(daemon: &Daemon, held: &Held, word: &Release, now: Timestamp) -> anyhow::Result<()> {
    let [to] = word.to.as_slice() else { bail!("say who gets it: --to ADDRESS (one person in the directory)") };
    let case = held.case.context("the item names no case")?;
    let book = daemon.book();
    let role = held.detail.open()?.facts.get("role").map(|r| r.reveal().clone()).unwrap_or_default();
    let today = crate::casework::calendar::civil::date(now);
    let entry = book
        .directory
        .find(to, today)
        .with_context(|| "that address is not in the directory, or no longer valid".to_owned())?;
    if entry.role.as_str() != role {
        bail!("that address is in the directory as {}, not as {role}", entry.role);
    }
    let mut tx = daemon.store.begin(now).await?;
    let mut open = OpenCase::load(&mut tx, case).await?.with_context(|| format!("there is no case {case}"))?;
    if role == "gp" {
        let mut facts = open.facts.clone();
        facts.gp_pick = Some(Redacted::new(to.to_string()));
        tx.update_case(&mut open.case, Some(&facts)).await?;
    }
    close(&mut tx, held, HeldState::Released, word).await?;
    if let Some(id) = &held.meeting
        && let Some(panel) = book.panels.get(&id.panel)
        && let Some(meeting) = panel.meeting(id)
        && meeting.starts_at > now
    {
        super::one_child::health_again(&mut tx, &book, panel, &daemon.limits, &meeting, case, None).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Turns a held item away: its paper goes nowhere.
///
/// # Errors
/// When there is no such open item, or the store fails.
pub async fn reject(daemon: &mut Daemon, number: HeldRef, by: &str, note: &str, now: Timestamp) -> anyhow::Result<()> {
    let mut view = daemon.store.read().await?;
    daemon.read_directory(&mut view).await?;
    drop(view);
    let held = open_item(daemon, number).await?;
    let word = Release { by: by.to_owned(), note: note.to_owned(), ..Release::default() };
    let mut tx = daemon.store.begin(now).await?;
    close(&mut tx, &held, HeldState::Rejected, &word).await?;
    if HoldKind::from_code(&held.kind) == Some(HoldKind::OtherLead) {
        lead::keep(&mut tx, &held).await?;
    }
    // What is kept from health alone goes on being a paper of the meeting.
    let kept = HoldKind::from_code(&held.kind) == Some(HoldKind::KeptFromHealth);
    if let Some(id) = held.document.as_ref().filter(|_| !kept)
        && let Some(mut document) = tx.document(id).await?
        && matches!(document.state, DocumentState::Held | DocumentState::SetApart)
    {
        document.state = DocumentState::Rejected;
        tx.update_document(&document).await?;
    }
    settled(&mut tx, daemon, &held).await?;
    tx.commit().await?;
    Ok(())
}

/// The chair admits a child, or a late paper of a listed child, to a meeting (MC-22, MC-30, MC-31); the members get it with
/// the next supplement. `by` is who gave that word, and a note.
///
/// # Errors
/// When the meeting has begun or is not known, when the case is not, or the store fails.
pub async fn admit(
    daemon: &mut Daemon,
    id: &MeetingId,
    case: CaseRef,
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
    let open = OpenCase::load(&mut tx, case).await?.with_context(|| format!("there is no case {case}"))?;
    is_of_the_authority(panel, &open.case)?;
    if open.case.panel != id.panel {
        bail!(
            "{case} is heard by {}, not by {}. If the child lives here now, its worker sends its paper to this panel's mailbox (SY-03)",
            open.case.panel,
            id.panel
        );
    }
    if open.case.state == CaseState::Closed {
        bail!("{case} is closed. A new referral, sent to the panel's mailbox, opens it again (MC-06)");
    }
    let mut section = None;
    for row in tx.open_items_of_case(case).await? {
        if row.state != ItemState::Listed || row.meeting.panel != id.panel {
            continue;
        }
        if row.meeting == *id {
            section = Some(row.section).filter(|section| *section != SectionId::Expected);
        } else if panel.meeting(&row.meeting).is_some_and(|m| m.starts_at > now) {
            section = Some(row.section);
            move_papers(&mut tx, case, Some(&row.meeting), id).await?;
            take_off(&mut tx, &book, panel, row, Some(id), "the chair admitted the child to an earlier meeting")
                .await?;
        }
    }
    // Tabled papers belong to no meeting until now (MC-30).
    move_papers(&mut tx, case, None, id).await?;
    risk::renew(&mut tx, panel, case).await?;
    let section = section.unwrap_or(if open.case.last_heard.is_some() { SectionId::Review } else { SectionId::New });
    let put = Put {
        case,
        meeting: id,
        section: section_of(panel, section),
        rule: "MC-31",
        notes: vec![ItemNote::AdmittedByChair],
        admitted_by: Some(chair(panel)),
    };
    put_on_agenda(&mut tx, &book, panel, put).await?;
    hear_request(&mut tx, panel, case, id).await?;
    asked::admitted(&mut tx, panel, id, case, by).await?;
    tx.journal(Line {
        event: "case.admitted",
        rule: Some("MC-31".into()),
        reason: "the chair admitted it".to_owned(),
        refs: vec![Ref::Case(case), Ref::Meeting(id.clone())],
    });
    tx.commit().await?;
    Ok(())
}

/// No child is known in two authorities, and nothing is passed from the one to the other by this program (invariant 5).
fn is_of_the_authority(panel: &Panel, case: &Case) -> anyhow::Result<()> {
    if case.authority != panel.profile.authority {
        bail!("{} is a case of another authority ({}), not of {}", case.number, case.authority, panel.profile.id);
    }
    Ok(())
}

fn section_of(panel: &Panel, wanted: SectionId) -> SectionId {
    if panel.profile.section(wanted).is_some() { wanted } else { SectionId::New }
}

/// A request to close that goes with a meeting is heard as one, though the child was listed there for its review (SH-08).
async fn hear_request(tx: &mut Tx, panel: &Panel, case: CaseRef, meeting: &MeetingId) -> anyhow::Result<()> {
    let row = tx.agenda_item(meeting, case).await?.filter(|row| row.state == ItemState::Listed);
    let Some(mut row) = row.filter(|_| panel.profile.section(SectionId::Closure).is_some()) else { return Ok(()) };
    let asks = |document: &Document| {
        let goes = document.state == DocumentState::Accepted && document.meeting.as_ref() == Some(meeting);
        let reading = document.body.open().ok().and_then(|body| body.reading);
        goes && reading.is_some_and(|reading| asks_to_close(&reading))
    };
    if row.section != SectionId::Closure && tx.documents_of_case(case).await?.iter().any(asks) {
        row.section = SectionId::Closure;
        tx.put_agenda_item(&row).await?;
    }
    Ok(())
}

/// A late paper that no meeting has had goes with the next at which its child is heard (SY-07), if it came in time for that one,
/// and unless one is still to come to which the chair may admit it.
pub(super) async fn take_tabled_along(
    tx: &mut Tx,
    panel: &Panel,
    case: CaseRef,
    meeting: &Meeting,
) -> anyhow::Result<()> {
    let now = tx.now();
    for row in tx.open_items_of_case(case).await? {
        let other = row.state == ItemState::Listed && row.meeting != meeting.id;
        if other && panel.meeting(&row.meeting).is_some_and(|other| other.starts_at > now) {
            return Ok(());
        }
    }
    let Some(open) = tx.case(case).await? else { return Ok(()) };
    let begun = open.pathway_start.map(civil::start_of_day);
    let mut moved = false;
    for mut document in tx.documents_of_case(case).await? {
        let is_of_this_pathway = begun.is_none_or(|begun| document.arrived_at >= begun);
        let is_paper = document.state == DocumentState::Accepted && document.panel.as_ref() == Some(&panel.profile.id);
        let in_time = document.arrived_at <= meeting.cutoff_at;
        let reading = document.body.open().ok().and_then(|body| body.reading);
        if in_time
            && is_of_this_pathway
            && is_paper
            && reading.is_some_and(|reading| risk::is_tabled(&document, &reading))
        {
            document.meeting = Some(meeting.id.clone());
            tx.update_document(&document).await?;
            moved = true;
            tx.journal(Line {
                event: "paper.moved",
                rule: Some("SY-07".into()),
                reason: "a late paper that no meeting has had goes with the next".to_owned(),
                refs: vec![Ref::Case(case), Ref::Message(document.message), Ref::Meeting(meeting.id.clone())],
            });
        }
    }
    if moved {
        hear_request(tx, panel, case, &meeting.id).await?;
        risk::renew(tx, panel, case).await?;
    }
    Ok(())
}

/// The same for all children of a meeting whose pack is due: one was listed already when a paper came late for an earlier
/// meeting.
pub(super) async fn take_all_tabled_along(tx: &mut Tx, panel: &Panel, meeting: &Meeting) -> anyhow::Result<()> {
    for row in tx.agenda_items(&meeting.id).await? {
        if row.state == ItemState::Listed {
            take_tabled_along(tx, panel, row.case, meeting).await?;
        }
    }
    Ok(())
}

/// What came for one meeting goes with another.
pub(super) async fn move_papers(
    tx: &mut Tx,
    case: CaseRef,
    from: Option<&MeetingId>,
    to: &MeetingId,
) -> anyhow::Result<()> {
    for mut document in tx.documents_of_case(case).await? {
        let is_paper = document.what != FLAG && matches!(document.state, DocumentState::Accepted | DocumentState::Held);
        if document.meeting.as_ref() == from && is_paper {
            document.meeting = Some(to.clone());
            tx.update_document(&document).await?;
        }
    }
    Ok(())
}

async fn open_item(daemon: &Daemon, number: HeldRef) -> anyhow::Result<Held> {
    let held = daemon.store.read().await?.held(number).await?.with_context(|| format!("there is no {number}"))?;
    if held.state != HeldState::Open {
        bail!("{number} was settled already ({})", held.state.as_str());
    }
    Ok(held)
}

pub(super) async fn close(tx: &mut Tx, held: &Held, as_: HeldState, word: &Release) -> anyhow::Result<()> {
    let decision =
        HeldDecision { by: Redacted::new(word.by.clone()), note: Redacted::new(word.note.clone()), case: word.case };
    if !tx.close_held(held, as_, &decision).await? {
        bail!("{} was settled by somebody else meanwhile", held.number);
    }
    super::one_child::recipient_is_settled(tx, held, as_).await?;
    let mut refs = vec![Ref::Held(held.number)];
    refs.extend(held.message.map(Ref::Message));
    refs.extend(held.case.map(Ref::Case));
    tx.journal(Line {
        event: "held.settled",
        rule: Some(held.rule.clone().into()),
        reason: format!("a person decided: {}", as_.as_str()),
        refs,
    });
    Ok(())
}
