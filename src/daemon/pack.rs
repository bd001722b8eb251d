//! Lists, packs and supplements: what a meeting's members are sent, drawn up in one transaction.

use super::alerts::{Alert, To, raise};
use super::desk::{OpenCase, Posting, agenda_meeting, post};
use super::listing::put_meeting;
use super::one_child::{children, role_in_words};
use super::outcome_sheet;
use super::parts::{attached, parts};
use super::table::{Table, bytes_of};
use super::{Book, Panel, attendance};
use crate::casework::agenda::{Agenda, Item};
use crate::casework::calendar::{Meeting, WarningCode};
use crate::casework::routing::{Clearance, RoutedCase, Routing};
use crate::casework::rules::Attendance;
use crate::casework::{CaseRef, MailKind, Ref, Sha256};
use crate::inbound::unpack::Limits;
use crate::outbound::compose::alert::NextStep;
use crate::outbound::compose::supplement::{Change, ChangeKind};
use crate::outbound::compose::{PaperBytes, Stamp, agenda, list, supplement};
use crate::store::{Line, Mark, Tx};
use std::collections::BTreeMap;

fn only(agenda: &Agenda, cases: &[CaseRef]) -> Agenda {
    let mut agenda = agenda.clone();
    for section in &mut agenda.sections {
        section.items.retain(|item| cases.contains(&item.case));
    }
    agenda.sections.retain(|section| !section.items.is_empty());
    agenda
}

/// What a pack was made of.
pub(super) struct Drawn {
    pub table: Table,
    pub agenda: Agenda,
    pub bytes: BTreeMap<Sha256, PaperBytes>,
    pub missing: Vec<String>,
    pub attendance: Option<Attendance>,
}

/// Draws up the pack: slots are issued, the agenda mail goes to the core, each caseworker gets the extract and the slot,
/// health colleagues their child's copy.
pub(super) async fn pack(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    limits: &Limits,
    meeting: &Meeting,
    missing: Vec<String>,
) -> anyhow::Result<Drawn> {
    put_meeting(tx, meeting).await?;
    let mut table = Table::lay(tx, meeting).await?;
    let agenda = issue_slots(tx, panel, &mut table).await?;
    let bytes = bytes_of(tx, limits, &table).await?;
    let cleared = members(&table.routing(book, panel, tx.now()), MailKind::Agenda, meeting, &table.routed);
    if cleared.is_empty() {
        tracing::error!(panel.id = %panel.profile.id, meeting.id = %meeting.id, "the directory has no core member for this panel: the pack goes to nobody");
    }
    let attendance = attendance_at(tx, book, panel, meeting).await?;
    let drawn = Drawn { table, agenda, bytes, missing, attendance };
    for clearance in &cleared {
        send_agenda(tx, book, panel, &drawn, clearance).await?;
    }
    let Drawn { table, agenda, bytes, .. } = &drawn;
    if is_for_the_chair_alone(meeting) {
        tx.mark(&meeting.id, Mark::ChairAlone, None).await?;
    } else {
        let cases: Vec<CaseRef> = table.rows.iter().map(|row| row.case).collect();
        children(tx, book, panel, table, agenda, bytes, &cleared, &cases).await?;
        outcome_sheet::send(tx, book, panel, table, agenda, false).await?;
        tell_who_is_missing(tx, book, panel, meeting).await?;
    }
    tx.mark(&meeting.id, Mark::PackDrawn, Some(&table.list_mark())).await?;
    tx.journal(Line {
        event: "pack.drawn_up",
        rule: Some(panel.profile.on_time_rule().into()),
        reason: format!(
            "{} children, {} papers, to {} group(s) of core members",
            table.rows.len(),
            bytes.len(),
            cleared.len()
        ),
        refs: vec![Ref::Meeting(meeting.id.clone())],
    });
    Ok(drawn)
}

/// A pack goes without a member whose row in the directory has run out; a person hears of it the same day (SY-10).
async fn tell_who_is_missing(tx: &mut Tx, book: &Book<'_>, panel: &Panel, meeting: &Meeting) -> anyhow::Result<()> {
    let routing = book.routing(panel, tx.now());
    let roles: Vec<String> = routing.lapsed().into_iter().map(role_in_words).collect();
    if roles.is_empty() {
        return Ok(());
    }
    let whom = roles.join(", ");
    let alert = Alert {
        to: To::Owner,
        at_once: true,
        purpose: format!("alert|lapsed|{}", meeting.id),
        title: format!("the pack of {} goes without: {whom}", meeting.id),
        what: format!(
            "Nobody in the directory holds this role today: {whom}. Their row has run out, so the pack of {} does not go there.",
            meeting.id
        ),
        why: "The panel needs its core members' information to decide, and some of them for its quorum.".to_owned(),
        rule: "SY-10",
        happened_at: tx.now(),
        decide_by: Some(meeting.starts_at),
        otherwise: Some("they hear of these children at the meeting, if they come.".to_owned()),
        about: vec![Ref::Meeting(meeting.id.clone())],
        next: vec![NextStep {
            text: "Put whoever holds the role now into the directory: they are sent the pack at once".to_owned(),
            command: Some("dutyclerk directory import FILE".to_owned()),
        }],
        meeting: Some(&meeting.id),
        cases: &[],
    };
    raise(tx, book, panel, alert).await?;
    Ok(())
}

/// The agenda mail with its papers to one group of members, in parts where it is too large for one.
pub(super) async fn send_agenda(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    drawn: &Drawn,
    clearance: &Clearance,
) -> anyhow::Result<()> {
    let Drawn { table, agenda, bytes, missing, attendance } = drawn;
    let meeting = &table.meeting;
    let mut view = agenda::View {
        head: panel.letterhead(),
        agenda: only(agenda, clearance.cases()),
        cutoff_at: meeting.cutoff_at,
        supplement_at: meeting.supplement_at,
        missing: missing.clone(),
        attendance: attendance.clone(),
        part: None,
    };
    let (templates, identifiers) = (book.templates, table.identifiers(clearance.cases()));
    for part in parts(book, view.agenda.items(), clearance, bytes)? {
        view.part = part.nth;
        let clearance = &part.clearance;
        let papers = attached(clearance, bytes);
        let posting = to_core(tx, panel, meeting, clearance, &part.named("pack"));
        post(tx, posting, |stamp| agenda::compose(templates, clearance, &view, &papers, stamp, &identifiers)).await?;
    }
    Ok(())
}

/// The pack as this table has it, to be shown or sent to one more person: nothing is written.
pub(super) async fn drawn_before(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    limits: &Limits,
    table: Table,
) -> anyhow::Result<Drawn> {
    let meeting = &table.meeting.clone();
    let agenda = table.agenda(panel, meeting.id.date);
    let bytes = bytes_of(tx, limits, &table).await?;
    let missing = super::duty::missing(tx, panel, meeting).await?;
    let attendance = attendance_at(tx, book, panel, meeting).await?;
    Ok(Drawn { table, agenda, bytes, missing, attendance })
}

async fn attendance_at(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    meeting: &Meeting,
) -> anyhow::Result<Option<Attendance>> {
    let now = tx.now();
    Ok(attendance::of(tx, book, panel, meeting, now).await?.shown(panel.profile.core_invitations > 0))
}

/// MC-13: a meeting on a bank holiday that nobody has moved.
pub(super) fn is_for_the_chair_alone(meeting: &Meeting) -> bool {
    meeting.warns(WarningCode::BankHoliday)
}

/// Who gets agenda, supplement and list of this meeting.
pub(super) fn members(
    routing: &Routing<'_>,
    kind: MailKind,
    meeting: &Meeting,
    cases: &[RoutedCase],
) -> Vec<Clearance> {
    match is_for_the_chair_alone(meeting) {
        true => routing.chair_alone(kind, &meeting.id, cases),
        false => routing.core(kind, &meeting.id, cases),
    }
}

pub(super) fn to_core<'a>(
    tx: &Tx,
    panel: &'a Panel,
    meeting: &Meeting,
    clearance: &'a Clearance,
    what: &str,
) -> Posting<'a> {
    let to: Vec<&str> = clearance.recipients().iter().map(|r| r.address.as_str()).collect();
    let papers: Vec<String> = clearance.documents().iter().map(|d| d.sha256.to_string()).collect();
    let version = if what == "pack" { String::new() } else { format!("{:?}|{}", clearance.cases(), papers.join(",")) };
    Posting {
        purpose: format!("{what}|{}|{}|{version}", meeting.id, to.join(",")),
        due_at: tx.now(),
        expires_at: Some(meeting.starts_at),
        answers: None,
        clearance,
        panel: &panel.profile.id,
    }
}

/// Slots are issued once and written down (LESSONS D); what comes later goes to the end.
async fn issue_slots(tx: &mut Tx, panel: &Panel, table: &mut Table) -> anyhow::Result<Agenda> {
    let agenda = table.agenda(panel, table.meeting.id.date);
    let mut placed = Vec::new();
    for item in agenda.items() {
        if let Some(row) = table.rows.iter_mut().find(|row| row.case == item.case) {
            row.slot = item.slot;
            row.position = Some(i64::from(item.number));
            placed.push(row.clone());
        }
    }
    tx.put_agenda_items(&placed).await?;
    Ok(agenda)
}

/// The short mail that follows a pack: what was added or taken off since (MC-12, MC-32). Never a second pack. Admin gets a
/// fresh outcome sheet where the children are others than before. Returns what it was made of; none where nothing changed.
pub(super) async fn supplement(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    limits: &Limits,
    meeting: &Meeting,
) -> anyhow::Result<Option<Drawn>> {
    let mut table = Table::lay(tx, meeting).await?;
    let changes = table.changes();
    if changes.is_empty() {
        return Ok(None);
    }
    let agenda = issue_slots(tx, panel, &mut table).await?;
    let bytes = bytes_of(tx, limits, &table).await?;
    let new = news(&table, &agenda);
    let concerned: Vec<CaseRef> = new.routed.iter().map(|case| case.case).collect();
    let mut routed = new.routed;
    let mut items: Vec<Change> = Vec::new();
    for item in new.agenda.items() {
        let replaces = table.recalls(item);
        let what = match &replaces {
            _ if changes.added.contains(&item.case) => ChangeKind::ChildAdded,
            Some(_) => ChangeKind::Corrected,
            None => ChangeKind::PaperAdded,
        };
        items.push(Change { what, item: item.clone(), replaces, why: None });
    }
    for case in &changes.removed {
        if let Some(change) = removed(tx, panel, *case).await? {
            routed.extend(match OpenCase::load(tx, *case).await? {
                Some(open) => Some(open.routed(tx).await?),
                None => None,
            });
            items.push(change);
        }
    }
    let cleared = members(&table.routing(book, panel, tx.now()), MailKind::Supplement, meeting, &routed);
    for clearance in cleared.iter().filter(|c| !c.cases().is_empty()) {
        let mut view = supplement::View {
            head: panel.letterhead(),
            meeting: agenda_meeting(meeting),
            changes: items.iter().filter(|c| clearance.cases().contains(&c.item.case)).cloned().collect(),
            part: None,
        };
        let (templates, identifiers) = (book.templates, table.identifiers(clearance.cases()));
        // A child may be taken off and put on again: what follows other words is another supplement.
        let after = table.told.last.map(|last| last.to_string()).unwrap_or_default();
        for part in parts(book, view.changes.iter().map(|change| &change.item), clearance, &bytes)? {
            view.part = part.nth;
            let clearance = &part.clearance;
            let papers = attached(clearance, &bytes);
            let posting = to_core(tx, panel, meeting, clearance, &part.named(&format!("supplement|{after}")));
            let compose =
                |stamp: &Stamp| supplement::compose(templates, clearance, &view, &papers, stamp, &identifiers);
            if let Some(number) = post(tx, posting, compose).await? {
                tx.says_taken_off(number, &changes.removed).await?;
            }
        }
    }
    let for_all = !is_for_the_chair_alone(meeting);
    if for_all && (!changes.added.is_empty() || !changes.removed.is_empty()) {
        outcome_sheet::send(tx, book, panel, &table, &agenda, true).await?;
    }
    table.routed = routed;
    if for_all {
        children(tx, book, panel, &table, &agenda, &bytes, &cleared, &concerned).await?;
    }
    tx.mark(&meeting.id, Mark::SupplementSent, None).await?;
    tx.journal(Line {
        event: "supplement.drawn_up",
        rule: Some("MC-32".into()),
        reason: format!(
            "{} added, {} removed, papers for {}",
            changes.added.len(),
            changes.removed.len(),
            changes.papers.len()
        ),
        refs: vec![Ref::Meeting(meeting.id.clone())],
    });
    Ok(Some(Drawn { table, agenda: new.agenda, bytes, missing: Vec::new(), attendance: None }))
}

/// The supplement as this table has it, to be shown to one more person: nothing is written.
pub(super) async fn supplement_before(
    tx: &mut Tx,
    panel: &Panel,
    limits: &Limits,
    mut table: Table,
) -> anyhow::Result<Drawn> {
    let agenda = table.agenda(panel, table.meeting.id.date);
    let bytes = bytes_of(tx, limits, &table).await?;
    let new = news(&table, &agenda);
    table.routed = new.routed;
    Ok(Drawn { table, agenda: new.agenda, bytes, missing: Vec::new(), attendance: None })
}

/// What a supplement has of an agenda: the children and papers that its members have not been told of.
pub(super) struct News {
    pub agenda: Agenda,
    pub routed: Vec<RoutedCase>,
}

pub(super) fn news(table: &Table, agenda: &Agenda) -> News {
    let changes = table.changes();
    let concerned: Vec<CaseRef> = changes.added.iter().chain(changes.papers.keys()).copied().collect();
    let is_new = |case: CaseRef, paper: &Sha256| changes.papers.get(&case).is_some_and(|new| new.contains(paper));
    let mut agenda = only(agenda, &concerned);
    for item in agenda.sections.iter_mut().flat_map(|section| &mut section.items) {
        let case = item.case;
        item.papers.retain(|paper| is_new(case, &paper.sha256));
    }
    let mut routed: Vec<RoutedCase> = table.routed.iter().filter(|c| concerned.contains(&c.case)).cloned().collect();
    for case in &mut routed {
        let number = case.case;
        case.papers.retain(|paper| is_new(number, &paper.sha256));
    }
    News { agenda, routed }
}

async fn removed(tx: &mut Tx, panel: &Panel, case: CaseRef) -> anyhow::Result<Option<Change>> {
    let Some(open) = OpenCase::load(tx, case).await? else { return Ok(None) };
    let section = panel.profile.sections.first().map_or(crate::casework::panel::SectionId::New, |s| s.id);
    let item = Item {
        number: 0,
        case,
        section,
        slot: None,
        child: open.identity(),
        rating: None,
        risk_types: Vec::new(),
        caseworker: None,
        papers: Vec::new(),
        notes: Vec::new(),
        previous_actions: Vec::new(),
    };
    Ok(Some(Change { what: ChangeKind::ChildRemoved, item, replaces: None, why: None }))
}

/// The list of children, without papers (SY-05, MC-01).
pub(super) async fn list_of(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    meeting: &Meeting,
    pack_to_come: bool,
) -> anyhow::Result<()> {
    put_meeting(tx, meeting).await?;
    let table = Table::lay(tx, meeting).await?;
    let agenda = table.agenda(panel, meeting.id.date);
    for clearance in members(&table.routing(book, panel, tx.now()), MailKind::List, meeting, &table.routed) {
        let view = list::View {
            head: panel.letterhead(),
            agenda: only(&agenda, clearance.cases()),
            pack_at: pack_to_come.then_some(meeting.pack_at),
        };
        let (templates, identifiers) = (book.templates, table.identifiers(clearance.cases()));
        let posting = to_core(tx, panel, meeting, &clearance, "list");
        post(tx, posting, |stamp| list::compose(templates, &clearance, &view, stamp, &identifiers)).await?;
    }
    tx.mark(&meeting.id, Mark::ListSent, Some(&table.list_mark())).await?;
    Ok(())
}
