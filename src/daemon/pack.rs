//! Lists, packs and supplements: what a meeting's people are sent, drawn up in one transaction.

use super::alerts::{Alert, To, raise};
use super::desk::{OpenCase, Posting, agenda_meeting, post};
use super::listing::{change, put_meeting};
use super::{Book, Panel};
use crate::casework::agenda::{Agenda, Item, ItemNote, Listed, Paper, draw_up};
use crate::casework::calendar::{Meeting, WarningCode, review};
use crate::casework::panel::Late;
use crate::casework::routing::{Clearance, HealthCopy, RoutedCase, RoutedPaper, Routing, age_on};
use crate::casework::rules::HoldKind;
use crate::casework::{CaseRef, HeldRef, MailKind, MeetingId, MessageRef, Ref, RoleId, Sha256, name_pair, normal_name};
use crate::inbound::unpack::{Limits, unpack};
use crate::outbound::compose::supplement::{Change, ChangeKind};
use crate::outbound::compose::{Identifier, agenda, extract, health_copy, list, supplement};
use crate::seal::has_mark;
use crate::store::{
    AgendaRow, Document, DocumentState, HeldDetail, ItemState, Line, Mark, NewHeld, NewObligation, Restriction,
    RestrictionSubject, Tx, View,
};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// A meeting with everything its mails are made of.
pub(super) struct Table {
    meeting: Meeting,
    rows: Vec<AgendaRow>,
    cases: BTreeMap<CaseRef, OpenCase>,
    routed: Vec<RoutedCase>,
    papers: BTreeMap<CaseRef, Vec<Document>>,
    notes: BTreeMap<CaseRef, Vec<ItemNote>>,
    unmatched: Vec<MessageRef>,
    sent: BTreeSet<CaseRef>,
    sent_papers: BTreeSet<(CaseRef, Sha256)>,
}

/// What changed since the pack, and when the newest change was made.
pub(super) struct Changes {
    pub added: Vec<CaseRef>,
    pub removed: Vec<CaseRef>,
    pub papers: BTreeMap<CaseRef, Vec<Sha256>>,
    pub newest: Option<Timestamp>,
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.papers.is_empty()
    }
}

impl Table {
    /// Lays a meeting out from the store.
    pub(super) async fn lay(tx: &mut View, meeting: &Meeting) -> anyhow::Result<Self> {
        let rows: Vec<AgendaRow> =
            tx.agenda_items(&meeting.id).await?.into_iter().filter(|row| row.state == ItemState::Listed).collect();
        let numbers: Vec<CaseRef> = rows.iter().map(|row| row.case).collect();
        let mut cases = BTreeMap::new();
        for case in tx.cases(&numbers).await? {
            cases.insert(case.number, OpenCase::open(case)?);
        }
        let restrictions = tx.all_restrictions().await?;
        let (papers, notes) = papers_and_notes(tx, meeting, &rows, &cases, &restrictions).await?;
        let marks = child_marks(tx, &cases);
        let shared = shared_with(tx, &papers).await?;
        let mut routed = Vec::new();
        for (number, open) in &cases {
            let mut case = open.routed_under(&restrictions)?;
            for document in papers.get(number).into_iter().flatten() {
                let names_another_child =
                    shared.contains(&(document.sha256, *number)) || names_another(document, *number, &marks)?;
                case.papers.push(RoutedPaper { sha256: document.sha256, names_another_child });
            }
            routed.push(case);
        }
        let mut unmatched: Vec<MessageRef> = tx
            .open_held()
            .await?
            .into_iter()
            .filter(|h| h.meeting.as_ref() == Some(&meeting.id) && h.case.is_none() && h.entry.is_none())
            .filter(|h| HoldKind::from_code(&h.kind).is_some_and(is_a_paper))
            .filter_map(|h| h.message)
            .collect();
        unmatched.sort_unstable();
        unmatched.dedup();
        let (sent, sent_papers) = tx.told_of(&meeting.id).await?;
        Ok(Self { meeting: meeting.clone(), rows, cases, routed, papers, notes, unmatched, sent, sent_papers })
    }

    /// The children listed, as a text that changes when they do.
    pub(super) fn list_mark(&self) -> String {
        self.rows
            .iter()
            .map(|row| row.case.to_string())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
            .join(" ")
    }

    pub(super) fn has_children(&self) -> bool {
        !self.rows.is_empty()
    }

    pub(super) fn changes(&self) -> Changes {
        let listed: BTreeSet<CaseRef> = self.rows.iter().map(|row| row.case).collect();
        let added: Vec<CaseRef> = listed.difference(&self.sent).copied().collect();
        let removed: Vec<CaseRef> = self.sent.difference(&listed).copied().collect();
        let mut papers: BTreeMap<CaseRef, Vec<Sha256>> = BTreeMap::new();
        let mut times: Vec<Timestamp> =
            self.rows.iter().filter(|r| added.contains(&r.case)).map(|r| r.added_at).collect();
        for (case, documents) in &self.papers {
            for document in documents {
                let new = !self.sent_papers.contains(&(*case, document.sha256));
                if new {
                    papers.entry(*case).or_default().push(document.sha256);
                    times.push(document.arrived_at);
                }
            }
        }
        Changes { added, removed, papers, newest: times.into_iter().max() }
    }

    fn agenda(&self, panel: &Panel, now_on: Date) -> Agenda {
        let listed = self
            .rows
            .iter()
            .filter_map(|row| {
                let open = self.cases.get(&row.case)?;
                let caseworker = open.facts.caseworker.as_ref().and_then(|p| p.name.clone());
                let mut notes = self.notes.get(&row.case).cloned().unwrap_or_default();
                let born = open.child.date_of_birth.as_ref();
                if born.is_some_and(|b| age_on(*b.reveal(), now_on) >= 18) {
                    notes.push(ItemNote::Adult);
                }
                Some(Listed {
                    case: row.case,
                    section: row.section,
                    slot: row.slot,
                    added_at: row.added_at,
                    child: open.identity(),
                    rating: open.facts.rating.clone(),
                    risk_types: open.facts.risk_types.clone(),
                    caseworker: caseworker
                        .or_else(|| open.facts.lead_professional.as_ref().and_then(|p| p.name.clone())),
                    papers: self.papers.get(&row.case).into_iter().flatten().map(paper).collect(),
                    notes: {
                        notes.sort();
                        notes.dedup();
                        notes
                    },
                })
            })
            .collect();
        let mut agenda = draw_up(agenda_meeting(&self.meeting), &panel.profile, listed, self.unmatched.clone());
        for item in agenda.sections.iter_mut().flat_map(|s| &mut s.items) {
            if let Some(row) = self.rows.iter().find(|row| row.case == item.case) {
                let age = panel.profile.assessment_age;
                let dated = self.cases.get(&row.case).and_then(|c| c.facts.assessed_on);
                if dated.is_some_and(|d| review::is_out_of_date(d, self.meeting.id.date, age)) {
                    item.notes.push(ItemNote::OutOfDate);
                }
            }
        }
        agenda
    }

    fn identifiers(&self, cases: &[CaseRef]) -> Vec<Identifier> {
        cases.iter().filter_map(|case| self.cases.get(case)).flat_map(OpenCase::identifiers).collect()
    }
}

/// Holds that stand for a paper that may yet be heard.
fn is_a_paper(kind: HoldKind) -> bool {
    !matches!(
        kind,
        HoldKind::NoDocument
            | HoldKind::Recording
            | HoldKind::RecipientMissing
            | HoldKind::FormNotAccepted
            | HoldKind::ComposeRefused
            | HoldKind::Unlisted
            | HoldKind::Unauthenticated
            | HoldKind::NoSender
    )
}

fn paper(document: &Document) -> Paper {
    let dated = document.body.open().ok().and_then(|b| b.dated);
    Paper { sha256: document.sha256, format: document.format, what: document.what.clone(), dated }
}

type Papers = BTreeMap<CaseRef, Vec<Document>>;
type Notes = BTreeMap<CaseRef, Vec<ItemNote>>;

/// The papers that go with each child: those for this meeting; failing any, the last one on file (SY-07).
async fn papers_and_notes(
    tx: &mut View,
    meeting: &Meeting,
    rows: &[AgendaRow],
    cases: &BTreeMap<CaseRef, OpenCase>,
    restrictions: &[Restriction],
) -> anyhow::Result<(Papers, Notes)> {
    let here = tx.documents_of_meeting(&meeting.id).await?;
    let messages: BTreeSet<MessageRef> = here.iter().map(|d| d.message).collect();
    let siblings = tx.documents_of_messages(&messages.into_iter().collect::<Vec<_>>()).await?;
    let (mut papers, mut notes): (Papers, Notes) = (BTreeMap::new(), BTreeMap::new());
    for row in rows {
        let mut noted = row.notes.clone();
        if row.admitted_by.is_some() {
            noted.push(ItemNote::AdmittedByChair);
        }
        let mine = || here.iter().filter(|d| d.case == Some(row.case));
        let mut go: Vec<Document> = mine().filter(|d| d.state == DocumentState::Accepted).cloned().collect();
        // Two children's forms in one file are one attachment.
        go.sort_by_key(|d| (d.arrived_at, d.position, d.reading));
        go.dedup_by_key(|d| d.sha256);
        // A file that also holds a form which waits for a person waits with it: it must not carry that child along.
        let waits = |d: &Document| siblings.iter().any(|s| is_same_file(s, d) && s.state == DocumentState::Held);
        let to_follow = mine().any(|d| d.state == DocumentState::Held) || go.iter().any(waits);
        go.retain(|d| !waits(d));
        if go.is_empty() {
            noted.push(if to_follow { ItemNote::PaperToFollow } else { ItemNote::UpdateNotReceived });
            let mut on_file = tx.documents_of_case(row.case).await?;
            on_file.retain(|d| d.state == DocumentState::Accepted && d.what == "assessment" && d.meeting.is_some());
            on_file.sort_by_key(|d| d.arrived_at);
            go.extend(on_file.pop());
        }
        let hidden = hidden_fields(restrictions, row.case)?;
        let before = go.len();
        go.retain(|d| !says_any(d, &hidden));
        if go.len() < before && !noted.contains(&ItemNote::PaperToFollow) {
            noted.push(ItemNote::PaperToFollow);
        }
        if cases.contains_key(&row.case) {
            papers.insert(row.case, go);
            notes.insert(row.case, noted);
        }
    }
    Ok((papers, notes))
}

/// The form's fields that nobody may see: a paper that says one stays here (invariant 5, SY-40).
fn hidden_fields(restrictions: &[Restriction], case: CaseRef) -> anyhow::Result<Vec<String>> {
    let of_case = restrictions.iter().filter(|r| r.case == case && r.subject == RestrictionSubject::Field);
    of_case.map(|r| Ok(r.detail.open()?.value.into_inner())).collect()
}

/// A paper that was not read may say anything.
fn says_any(document: &Document, fields: &[String]) -> bool {
    let read = document.body.open().ok().and_then(|body| body.reading);
    !fields.is_empty() && read.is_none_or(|r| r.fields.keys().any(|id| fields.iter().any(|f| f == id.as_str())))
}

/// The keyed marks of each listed child's names.
fn child_marks(tx: &View, cases: &BTreeMap<CaseRef, OpenCase>) -> BTreeMap<CaseRef, Vec<[u8; 8]>> {
    cases
        .iter()
        .map(|(number, open)| {
            let names = std::iter::once(&open.child.name).chain(&open.child.aliases);
            let pairs = names.filter_map(|n| name_pair(&normal_name(n.reveal())));
            let authority = &open.case.authority;
            (*number, pairs.map(|pair| tx.look_ups().name_mark(authority, &pair)).collect())
        })
        .collect()
}

/// Does a paper name another listed child, or bear the LCS or NHS number of any other known one (MC-10)?
fn names_another(document: &Document, own: CaseRef, marks: &BTreeMap<CaseRef, Vec<[u8; 8]>>) -> anyhow::Result<bool> {
    if document.body.open()?.numbers_of.iter().any(|case| *case != own) {
        return Ok(true);
    }
    let own_marks = marks.get(&own).cloned().unwrap_or_default();
    Ok(marks
        .iter()
        .filter(|(case, _)| **case != own)
        .flat_map(|(_, marks)| marks)
        .any(|mark| !own_marks.contains(mark) && has_mark(&document.name_marks, *mark)))
}

fn is_same_file(one: &Document, other: &Document) -> bool {
    one.message == other.message && one.position == other.position && one.id != other.id
}

/// Files that hold another child's form too, by hash and the child they would go for: for the pack, not for one child's
/// copies (MC-10).
async fn shared_with(view: &mut View, papers: &Papers) -> anyhow::Result<BTreeSet<(Sha256, CaseRef)>> {
    let messages: BTreeSet<MessageRef> = papers.values().flatten().map(|d| d.message).collect();
    let siblings = view.documents_of_messages(&messages.into_iter().collect::<Vec<_>>()).await?;
    let mut shared = BTreeSet::new();
    for (case, documents) in papers {
        for document in documents {
            if siblings.iter().any(|s| is_same_file(s, document) && s.case != Some(*case)) {
                shared.insert((document.sha256, *case));
            }
        }
    }
    Ok(shared)
}

/// The bytes of the papers a mail carries, from the messages they came in.
async fn bytes_of(tx: &mut Tx, limits: &Limits, table: &Table) -> anyhow::Result<BTreeMap<Sha256, Vec<u8>>> {
    let mut wanted: BTreeMap<MessageRef, BTreeSet<Sha256>> = BTreeMap::new();
    for document in table.papers.values().flatten() {
        wanted.entry(document.message).or_default().insert(document.sha256);
    }
    let mut found = BTreeMap::new();
    for (message, hashes) in wanted {
        let raw = tx.raw(message).await?;
        for leaf in unpack(&raw, limits).leaves {
            if hashes.contains(&leaf.sha256) {
                found.insert(leaf.sha256, leaf.bytes);
            }
        }
    }
    Ok(found)
}

fn attached<'a>(
    clearance: &Clearance,
    bytes: &'a BTreeMap<Sha256, Vec<u8>>,
) -> Vec<crate::outbound::compose::PaperBytes<'a>> {
    clearance.documents().iter().filter_map(|d| Some((*d, bytes.get(&d.sha256)?.as_slice()))).collect()
}

fn only(agenda: &Agenda, cases: &[CaseRef]) -> Agenda {
    let mut agenda = agenda.clone();
    for section in &mut agenda.sections {
        section.items.retain(|item| cases.contains(&item.case));
    }
    agenda.sections.retain(|section| !section.items.is_empty());
    agenda
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
) -> anyhow::Result<()> {
    put_meeting(tx, meeting).await?;
    let mut table = Table::lay(tx, meeting).await?;
    let agenda = issue_slots(tx, panel, &mut table).await?;
    let bytes = bytes_of(tx, limits, &table).await?;
    let cleared = members(&book.routing(panel, tx.now()), MailKind::Agenda, meeting, &table.routed);
    if cleared.is_empty() {
        tracing::error!(panel.id = %panel.profile.id, meeting.id = %meeting.id, "the directory has no core member for this panel: the pack goes to nobody");
    }
    for clearance in &cleared {
        let view = agenda::View {
            head: panel.letterhead(),
            agenda: only(&agenda, clearance.cases()),
            cutoff_at: meeting.cutoff_at,
            supplement_at: meeting.supplement_at,
            missing: missing.clone(),
            part: None,
        };
        let (templates, identifiers) = (book.templates, table.identifiers(clearance.cases()));
        let papers = attached(clearance, &bytes);
        let posting = to_core(tx, panel, meeting, clearance, "pack");
        post(tx, posting, |stamp| agenda::compose(templates, clearance, &view, &papers, stamp, &identifiers)).await?;
    }
    if !is_for_the_chair_alone(meeting) {
        let cases: Vec<CaseRef> = table.rows.iter().map(|row| row.case).collect();
        children(tx, book, panel, &table, &agenda, &bytes, &cleared, &cases).await?;
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
    Ok(())
}

/// MC-13: a meeting on a bank holiday that nobody has moved.
fn is_for_the_chair_alone(meeting: &Meeting) -> bool {
    meeting.warns(WarningCode::BankHoliday)
}

/// Who gets agenda, supplement and list of this meeting.
fn members(routing: &Routing<'_>, kind: MailKind, meeting: &Meeting, cases: &[RoutedCase]) -> Vec<Clearance> {
    match is_for_the_chair_alone(meeting) {
        true => routing.chair_alone(kind, &meeting.id, cases),
        false => routing.core(kind, &meeting.id, cases),
    }
}

fn to_core<'a>(tx: &Tx, panel: &'a Panel, meeting: &Meeting, clearance: &'a Clearance, what: &str) -> Posting<'a> {
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
    for item in agenda.items() {
        if let Some(row) = table.rows.iter_mut().find(|row| row.case == item.case) {
            row.slot = item.slot;
            row.position = Some(i64::from(item.number));
            tx.put_agenda_item(row).await?;
        }
    }
    Ok(agenda)
}

/// What goes child by child: extract and slot to the caseworkers, copies to health colleagues.
#[expect(clippy::too_many_arguments, reason = "the table, what was drawn from it, and who had it already")]
async fn children(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    table: &Table,
    agenda: &Agenda,
    bytes: &BTreeMap<Sha256, Vec<u8>>,
    core: &[Clearance],
    which: &[CaseRef],
) -> anyhow::Result<()> {
    let routing = book.routing(panel, tx.now());
    for case in table.routed.iter().filter(|c| which.contains(&c.case)) {
        let Some(item) = agenda.items().find(|item| item.case == case.case) else { continue };
        for clearance in routing.extracts(&table.meeting.id, case, core) {
            let view = extract::View {
                head: panel.letterhead(),
                meeting: agenda.meeting.clone(),
                item: with_papers(item, &clearance),
                stand_in: match panel.profile.late {
                    Late::NextMeeting => extract::StandIn::ManagerWithUpdateForm,
                    Late::AskChair => extract::StandIn::ManagerOrAdvancedPractitioner,
                },
                with_papers: !clearance.documents().is_empty(),
            };
            let (templates, identifiers) = (book.templates, table.identifiers(&[case.case]));
            let papers = attached(&clearance, bytes);
            let posting = to_core(tx, panel, &table.meeting, &clearance, &format!("extract|{}", case.case));
            post(tx, posting, |stamp| extract::compose(templates, &clearance, &view, &papers, stamp, &identifiers))
                .await?;
        }
        if let Some(row) = table.rows.iter().find(|row| row.case == case.case) {
            change(tx, book, panel, &table.meeting, row, MailKind::InvitationUpdate, None).await?;
        }
        ask_about_an_adult(tx, book, panel, table, case, item).await?;
        health(tx, book, panel, table, agenda, bytes, core, case, item).await?;
    }
    Ok(())
}

/// SY-36: whether somebody of 18 or over is a care leaver decides who else is to be there; admin is asked, once.
async fn ask_about_an_adult(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    table: &Table,
    case: &RoutedCase,
    item: &Item,
) -> anyhow::Result<()> {
    if !item.notes.contains(&ItemNote::Adult) {
        return Ok(());
    }
    let alert = Alert {
        to: To::Owner,
        at_once: false,
        purpose: format!("alert|adult|{}", case.case),
        title: format!("{} is 18 or over: a care leaver?", case.case),
        what: format!(
            "{} will be 18 or over at the meeting of {}. The CAMHS copy goes to the adult mental health service instead.",
            case.case, table.meeting.id
        ),
        why: "Care leavers go on being heard, and community safety, adult services, probation and others with an interest are to be there.".to_owned(),
        rule: "SY-36",
        happened_at: tx.now(),
        decide_by: Some(table.meeting.starts_at),
        otherwise: Some("nobody beyond the usual people is told.".to_owned()),
        about: vec![Ref::Case(case.case), Ref::Meeting(table.meeting.id.clone())],
        next: vec![crate::outbound::compose::alert::NextStep {
            text: "If so, tell the chair whom to invite".to_owned(),
            command: None,
        }],
        meeting: Some(&table.meeting.id),
        cases: std::slice::from_ref(case),
    };
    raise(tx, book, panel, alert).await?;
    Ok(())
}

fn with_papers(item: &Item, clearance: &Clearance) -> Item {
    let mut item = item.clone();
    item.papers.retain(|p| clearance.documents().iter().any(|d| d.sha256 == p.sha256));
    item
}

#[expect(clippy::too_many_arguments, reason = "the table, what was drawn from it, and who had it already")]
async fn health(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    table: &Table,
    agenda: &Agenda,
    bytes: &BTreeMap<Sha256, Vec<u8>>,
    core: &[Clearance],
    case: &RoutedCase,
    item: &Item,
) -> anyhow::Result<()> {
    let Some(basis) = panel.profile.health.basis.clone() else { return Ok(()) };
    let Some(open) = table.cases.get(&case.case) else { return Ok(()) };
    for copy in book.routing(panel, tx.now()).health(&table.meeting.id, case, core) {
        let (clearance, kept_back) = match copy {
            HealthCopy::Cleared { clearance, kept_back } => (clearance, kept_back),
            HealthCopy::Missing { role } => {
                missing_recipient(tx, book, panel, table, case, &role).await?;
                continue;
            }
        };
        let Some(role) = clearance.recipients().first().map(|r| r.role.clone()) else { continue };
        let is_paper_role =
            panel.profile.health.roles.get(&role).is_none_or(|c| *c == crate::casework::panel::HealthContent::Paper);
        let paper = match (clearance.documents().is_empty(), kept_back, is_paper_role) {
            (false, ..) => health_copy::Paper::Attached,
            (true, true, _) => {
                health_copy::Paper::HeldBack { because: "it names another child who is on the agenda".to_owned() }
            }
            (true, false, true) => {
                health_copy::Paper::HeldBack { because: "it has not been received in a readable form yet".to_owned() }
            }
            (true, false, false) => health_copy::Paper::SummaryOnly,
        };
        let lead = open.facts.lead_professional.as_ref().or(open.facts.caseworker.as_ref()).and_then(|p| {
            let contact = p.address.as_ref().map(|a| a.to_string().into());
            Some(health_copy::Lead { name: p.name.clone()?, agency: None, contact })
        });
        let view = health_copy::View {
            head: panel.letterhead(),
            meeting: agenda.meeting.clone(),
            item: with_papers(item, &clearance),
            sent_to: role_in_words(&role),
            risk_factors: open.facts.risk_factors.clone(),
            lead,
            answer_by: Some(table.meeting.starts_at),
            basis: basis.clone(),
            paper,
        };
        let (templates, identifiers) = (book.templates, table.identifiers(&[case.case]));
        let papers = attached(&clearance, bytes);
        let posting = to_core(tx, panel, &table.meeting, &clearance, &format!("health|{}", case.case));
        post(tx, posting, |stamp| health_copy::compose(templates, &clearance, &view, &papers, stamp, &identifiers))
            .await?;
    }
    Ok(())
}

/// A role as colleagues call it.
fn role_in_words(role: &RoleId) -> String {
    match role.as_str() {
        "gp" => "the child's GP practice".to_owned(),
        "named-nurse-acute" => "named nurse (acute trust)".to_owned(),
        "named-nurse-community" => "named nurse (community)".to_owned(),
        "sexual-health" => "sexual health service".to_owned(),
        "camhs" => "CAMHS (child and adolescent mental health services)".to_owned(),
        "adult-mental-health" => "adult community mental health service".to_owned(),
        other => other.replace('-', " "),
    }
}

/// MC-09: a missing recipient holds neither the other copies nor the pack; a person picks one, remembered for the case.
async fn missing_recipient(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    table: &Table,
    case: &RoutedCase,
    role: &RoleId,
) -> anyhow::Result<()> {
    let purpose = format!("recipient|{}|{}|{role}", table.meeting.id, case.case);
    if tx.obligation_of_purpose(&purpose).await?.is_some() {
        return Ok(());
    }
    let Some(open) = table.cases.get(&case.case) else { return Ok(()) };
    let words = role_in_words(role);
    let advice = match role.as_str() {
        "gp" => {
            "Find the practice on the form, add it to the directory with its ODS code, then release this with --to and its address."
        }
        _ => "Add the service for this area to the directory, then release this with --to and its address.",
    };
    let new = NewHeld {
        kind: HoldKind::RecipientMissing.as_str().to_owned(),
        rule: "MC-09".to_owned(),
        panel: Some(panel.profile.id.clone()),
        message: None,
        document: None,
        case: Some(case.case),
        meeting: Some(table.meeting.id.clone()),
        entry: None,
        detail: HeldDetail {
            summary: format!("the directory has no match for {words}; the other copies went").into(),
            advice: advice.to_owned().into(),
            candidates: Vec::new(),
            facts: BTreeMap::from([("role".to_owned(), role.to_string().into())]),
        },
    };
    let number = tx.hold(open.case.key()?, &new).await?;
    tx.open_obligation(&NewObligation {
        purpose: purpose.clone(),
        kind: "pick_recipient".to_owned(),
        rule: "MC-09".to_owned(),
        due_at: table.meeting.starts_at,
        owner: panel.profile.alerts.owner.clone(),
        panel: Some(panel.profile.id.clone()),
        case: Some(case.case),
        meeting: Some(table.meeting.id.clone()),
        document: None,
        message: None,
    })
    .await?;
    let refs = vec![Ref::Held(number), Ref::Case(case.case), Ref::Meeting(table.meeting.id.clone())];
    tx.journal(Line {
        event: "held",
        rule: Some("MC-09".into()),
        reason: format!("no {role} in the directory for this child"),
        refs: refs.clone(),
    });
    let alert = Alert {
        to: To::Owner,
        at_once: false,
        purpose: format!("alert|{purpose}"),
        title: format!("no match in the directory for {}: {}", case.case, role.as_str().replace('-', " ")),
        what: format!("{} is heard at {}. The health copy for {words} has nobody to go to: {advice}", case.case, table.meeting.id),
        why: "Every child's health colleagues get a copy before the meeting (SY-08); a practice's name alone is never enough (MC-09).".to_owned(),
        rule: "MC-09",
        happened_at: tx.now(),
        decide_by: Some(table.meeting.starts_at),
        otherwise: Some("this colleague hears nothing before the meeting.".to_owned()),
        about: refs,
        next: vec![crate::outbound::compose::alert::NextStep {
            text: "Send it".to_owned(),
            command: Some(format!("dutyclerk held release {number} --to ADDRESS")),
        }],
        meeting: Some(&table.meeting.id),
        cases: std::slice::from_ref(case),
    };
    raise(tx, book, panel, alert).await?;
    Ok(())
}

/// The health copies of one child again, after a person picked a recipient; those sent before are not sent twice.
pub(super) async fn health_again(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    limits: &Limits,
    meeting: &Meeting,
    case: CaseRef,
) -> anyhow::Result<()> {
    if !tx.marks(&meeting.id).await?.contains_key(&Mark::PackDrawn) {
        return Ok(());
    }
    let table = Table::lay(tx, meeting).await?;
    let agenda = table.agenda(panel, meeting.id.date);
    let bytes = bytes_of(tx, limits, &table).await?;
    let core = book.routing(panel, tx.now()).core(MailKind::Agenda, &meeting.id, &table.routed);
    let (Some(routed), Some(item)) =
        (table.routed.iter().find(|c| c.case == case), agenda.items().find(|i| i.case == case))
    else {
        return Ok(());
    };
    health(tx, book, panel, &table, &agenda, &bytes, &core, routed, item).await
}

/// The short mail that follows a pack: what was added or taken off since (MC-12, MC-32). Never a second pack.
pub(super) async fn supplement(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    limits: &Limits,
    meeting: &Meeting,
) -> anyhow::Result<()> {
    let mut table = Table::lay(tx, meeting).await?;
    let changes = table.changes();
    if changes.is_empty() {
        return Ok(());
    }
    let agenda = issue_slots(tx, panel, &mut table).await?;
    let bytes = bytes_of(tx, limits, &table).await?;
    let concerned: Vec<CaseRef> = changes.added.iter().chain(changes.papers.keys()).copied().collect();
    let mut routed: Vec<RoutedCase> = table.routed.iter().filter(|c| concerned.contains(&c.case)).cloned().collect();
    for case in &mut routed {
        let new = changes.papers.get(&case.case).cloned().unwrap_or_default();
        case.papers.retain(|p| new.contains(&p.sha256));
    }
    let mut items: Vec<Change> = Vec::new();
    for item in agenda.items().filter(|item| concerned.contains(&item.case)) {
        let mut item = item.clone();
        let new = changes.papers.get(&item.case).cloned().unwrap_or_default();
        item.papers.retain(|p| new.contains(&p.sha256));
        let added = changes.added.contains(&item.case);
        let what = if added { ChangeKind::ChildAdded } else { ChangeKind::PaperAdded };
        items.push(Change { what, item, replaces: None, why: None });
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
    let cleared = members(&book.routing(panel, tx.now()), MailKind::Supplement, meeting, &routed);
    for clearance in cleared.iter().filter(|c| !c.cases().is_empty()) {
        let view = supplement::View {
            head: panel.letterhead(),
            meeting: agenda_meeting(meeting),
            changes: items.iter().filter(|c| clearance.cases().contains(&c.item.case)).cloned().collect(),
        };
        let (templates, identifiers) = (book.templates, table.identifiers(clearance.cases()));
        let papers = attached(clearance, &bytes);
        let posting = to_core(tx, panel, meeting, clearance, "supplement");
        post(tx, posting, |stamp| supplement::compose(templates, clearance, &view, &papers, stamp, &identifiers))
            .await?;
    }
    if !is_for_the_chair_alone(meeting) {
        table.routed = routed;
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
    Ok(())
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
    for clearance in members(&book.routing(panel, tx.now()), MailKind::List, meeting, &table.routed) {
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

/// Held items whose paper could yet go with a pack, by meeting.
pub(super) async fn waiting(view: &mut View) -> anyhow::Result<BTreeMap<MeetingId, Vec<HeldRef>>> {
    let mut waiting: BTreeMap<MeetingId, Vec<HeldRef>> = BTreeMap::new();
    for held in view.open_held().await? {
        if let Some(meeting) = held.meeting.filter(|_| HoldKind::from_code(&held.kind).is_some_and(is_a_paper)) {
            waiting.entry(meeting).or_default().push(held.number);
        }
    }
    Ok(waiting)
}
