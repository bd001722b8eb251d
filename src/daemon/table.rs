//! A meeting laid out from the store: its children, their papers, what its members have been told of already.

use super::desk::{OpenCase, agenda_meeting};
use super::{Book, Panel, deputies, kept_back};
use crate::casework::agenda::{Action, Agenda, Item, ItemNote, Listed, Paper, draw_up};
use crate::casework::calendar::{Meeting, review};
use crate::casework::panel::SectionId;
use crate::casework::routing::{RoutedCase, RoutedPaper, Routing, StandIn, age_on};
use crate::casework::rules::HoldKind;
use crate::casework::{CaseRef, FieldId, HeldRef, MeetingId, MessageRef, Sha256, name_pair, normal_name};
use crate::inbound::unpack::{Limits, unpack};
use crate::outbound::compose::extract::Waiting;
use crate::outbound::compose::{Identifier, PaperBytes};
use crate::seal::has_mark;
use crate::store::{
    ActionRow, ActionState, AgendaRow, Document, DocumentState, Held, ItemState, Restriction, RestrictionSubject, Told,
    Tx, View,
};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// A meeting with everything its mails are made of.
pub(super) struct Table {
    pub(super) meeting: Meeting,
    pub(super) rows: Vec<AgendaRow>,
    pub(super) cases: BTreeMap<CaseRef, OpenCase>,
    pub(super) routed: Vec<RoutedCase>,
    pub(super) papers: BTreeMap<CaseRef, Vec<Document>>,
    pub(super) notes: BTreeMap<CaseRef, Vec<ItemNote>>,
    /// What earlier meetings agreed about those heard before.
    previous_actions: BTreeMap<CaseRef, Vec<Action>>,
    pub(super) unmatched: Vec<MessageRef>,
    /// Why papers of a listed child wait for a person.
    held: BTreeMap<CaseRef, BTreeSet<HoldKind>>,
    /// By what somebody's word stops the papers of a listed child.
    stopped: BTreeMap<CaseRef, BTreeSet<HoldKind>>,
    /// Who has the papers in a member's place.
    stand_ins: Vec<StandIn>,
    pub(super) told: Told,
    /// Papers that the members have been sent and that hold no more: a correction took their place (MC-30).
    recalled: BTreeMap<CaseRef, Vec<Paper>>,
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
        let (papers, mut notes) = papers_and_notes(tx, meeting, &rows, &cases, &restrictions).await?;
        let marks = child_marks(tx, &cases);
        let shared = shared_with(tx, &papers).await?;
        let let_go = kept_back::let_go(tx, &meeting.id).await?;
        // Let go by a person for the meeting's members, and for nobody who comes for one child.
        let of_others = tx.held_of_kind(&meeting.id, HoldKind::SpeaksOfAnother.as_str()).await?;
        let mut routed = Vec::new();
        for (number, open) in &cases {
            let mut case = open.routed_under(&restrictions)?;
            for document in papers.get(number).into_iter().flatten() {
                let names_another_child = shared.contains(&(document.sha256, *number))
                    || of_others.iter().any(|held| held.document.as_ref() == Some(&document.id))
                    || names_another(document, *number, &marks)?;
                let let_go = let_go.contains(&(*number, document.id.clone()));
                case.papers.push(RoutedPaper { sha256: document.sha256, names_another_child, let_go });
            }
            routed.push(case);
        }
        let (mut unmatched, mut held) = (Vec::new(), BTreeMap::<CaseRef, BTreeSet<HoldKind>>::new());
        let mut stopped = BTreeMap::<CaseRef, BTreeSet<HoldKind>>::new();
        for open in tx.open_held().await? {
            let Some(kind) = HoldKind::from_code(&open.kind).filter(|kind| is_a_paper(*kind)) else { continue };
            let here = open.meeting.as_ref() == Some(&meeting.id) && open.entry.is_none();
            // A word about the child itself is no matter of one meeting.
            let word = kind.stops_papers() && (here || open.document.is_none());
            if let Some(case) = open.case.filter(|case| word && cases.contains_key(case)) {
                stopped.entry(case).or_default().insert(kind);
            }
            // One that no child is known for waits on at every meeting until a person has settled it (MC-32).
            let waits = open.entry.is_none() && open.meeting.as_ref().is_some_and(|id| is_before(id, &meeting.id));
            match open.case.filter(|_| here) {
                Some(case) => drop(held.entry(case).or_default().insert(kind)),
                None if here || (waits && open.case.is_none()) => unmatched.extend(open.message),
                None => {}
            }
        }
        unmatched.sort_unstable();
        unmatched.dedup();
        let told = tx.told_of(&meeting.id).await?;
        let recalled = recalled(tx, meeting, &papers, &told).await?;
        for case in recalled.keys() {
            notes.entry(*case).or_default().push(ItemNote::Corrected);
        }
        let previous_actions = previous_actions(tx, &cases, &restrictions).await?;
        let stand_ins = deputies::agreed(tx, &meeting.id).await?;
        let meeting = meeting.clone();
        Ok(Self {
            meeting,
            rows,
            cases,
            routed,
            papers,
            notes,
            previous_actions,
            unmatched,
            held,
            stopped,
            stand_ins,
            told,
            recalled,
        })
    }

    /// The earlier papers of this item that a new one takes the place of, by the names under which they went out.
    pub(super) fn recalls(&self, item: &Item) -> Option<String> {
        let recalled = self.recalled.get(&item.case).into_iter().flatten();
        let names: BTreeSet<String> = recalled
            .filter(|old| item.papers.iter().any(|new| new.what == old.what))
            .map(|old| old.file_name(item.number, item.case, None))
            .collect();
        (!names.is_empty()).then(|| Vec::from_iter(names).join(", "))
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

    /// Who may have what at this meeting, with those who stand in.
    pub(super) fn routing<'a>(&'a self, book: &'a Book<'_>, panel: &'a Panel, now: Timestamp) -> Routing<'a> {
        Routing { stand_ins: &self.stand_ins, ..book.routing(panel, now) }
    }

    /// What papers of a child wait for that came and are not with its listing.
    pub(super) fn waiting_of(&self, case: CaseRef) -> Vec<Waiting> {
        let mut waiting: Vec<Waiting> =
            self.held.get(&case).into_iter().flatten().copied().map(Waiting::held).collect();
        let noted = |note| self.notes.get(&case).is_some_and(|notes| notes.contains(&note));
        if waiting.is_empty() && noted(ItemNote::PaperToFollow) {
            waiting.push(Waiting::for_a_person());
        }
        if noted(ItemNote::TabledPaper) {
            waiting.push(Waiting::for_the_chair());
        }
        waiting.sort();
        waiting.dedup();
        waiting
    }

    /// Somebody says that this child has died.
    pub(super) fn may_have_died(&self, case: CaseRef) -> bool {
        self.stopped.get(&case).is_some_and(|kinds| kinds.contains(&HoldKind::Died))
    }

    /// No paper of the child goes, because somebody's word has stopped it.
    pub(super) fn is_stopped(&self, case: CaseRef) -> bool {
        self.stopped.contains_key(&case) && self.papers.get(&case).is_none_or(Vec::is_empty)
    }

    pub(super) fn has_children(&self) -> bool {
        !self.rows.is_empty()
    }

    pub(super) fn changes(&self) -> Changes {
        let listed: BTreeSet<CaseRef> = self.rows.iter().map(|row| row.case).collect();
        let added: Vec<CaseRef> = listed.difference(&self.told.listed).copied().collect();
        let removed: Vec<CaseRef> = self.told.listed.difference(&listed).copied().collect();
        let mut papers: BTreeMap<CaseRef, Vec<Sha256>> = BTreeMap::new();
        let mut times: Vec<Timestamp> =
            self.rows.iter().filter(|r| added.contains(&r.case)).map(|r| r.added_at).collect();
        for (case, documents) in &self.papers {
            for document in documents {
                let new = !self.told.papers.contains(&(*case, document.sha256));
                if new {
                    papers.entry(*case).or_default().push(document.sha256);
                    times.push(document.arrived_at);
                }
            }
        }
        Changes { added, removed, papers, newest: times.into_iter().max() }
    }

    /// Leaves of children and papers those that the members have been told of. Whoever is sent the pack after it has gone
    /// gets what it said: what counts as told is not told to the others again (MC-32).
    pub(super) fn keep_what_was_told(&mut self) {
        self.rows.retain(|row| self.told.listed.contains(&row.case));
        self.routed.retain(|case| self.told.listed.contains(&case.case));
        for case in &mut self.routed {
            case.papers.retain(|paper| self.told.papers.contains(&(case.case, paper.sha256)));
        }
        for (case, papers) in &mut self.papers {
            papers.retain(|document| self.told.papers.contains(&(*case, document.sha256)));
        }
    }

    pub(super) fn agenda(&self, panel: &Panel, now_on: Date) -> Agenda {
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
                    previous_actions: self.previous_actions.get(&row.case).cloned().unwrap_or_default(),
                })
            })
            .collect();
        let mut agenda = draw_up(agenda_meeting(&self.meeting), &panel.profile, listed, self.unmatched.clone());
        for item in agenda.sections.iter_mut().flat_map(|s| &mut s.items) {
            if let Some(row) = self.rows.iter().find(|row| row.case == item.case) {
                let age = panel.profile.assessment_age;
                let assessments = item.papers.iter().filter(|paper| paper.what == "assessment");
                let on_file = || self.cases.get(&row.case).and_then(|c| c.facts.assessed_on);
                let dated = assessments.filter_map(|paper| paper.dated).max().or_else(on_file);
                if dated.is_some_and(|d| review::is_out_of_date(d, self.meeting.id.date, age)) {
                    item.notes.push(ItemNote::OutOfDate);
                }
            }
        }
        agenda
    }

    pub(super) fn identifiers(&self, cases: &[CaseRef]) -> Vec<Identifier> {
        cases.iter().filter_map(|case| self.cases.get(case)).flat_map(OpenCase::identifiers).collect()
    }
}

/// Holds that stand for a paper that may yet be heard.
fn is_a_paper(kind: HoldKind) -> bool {
    !matches!(
        kind,
        HoldKind::NoDocument
            | HoldKind::Escalation
            | HoldKind::Flagged
            | HoldKind::Apology
            | HoldKind::Recording
            | HoldKind::NotHeard
            | HoldKind::RecipientMissing
            | HoldKind::KeptFromHealth
            | HoldKind::OtherLead
            | HoldKind::MemberAway
            | HoldKind::FormNotAccepted
            | HoldKind::ComposeRefused
            | HoldKind::HealthAnswer
            | HoldKind::NothingRecorded
    )
}

/// An earlier meeting of the same panel.
fn is_before(id: &MeetingId, of: &MeetingId) -> bool {
    id.panel == of.panel && id.date < of.date
}

fn paper(document: &Document) -> Paper {
    let dated = document.body.open().ok().and_then(|b| b.dated);
    Paper { sha256: document.sha256, format: document.format, what: document.what.clone(), dated }
}

type Papers = BTreeMap<CaseRef, Vec<Document>>;
type Notes = BTreeMap<CaseRef, Vec<ItemNote>>;

/// The papers that go with each child: those for this meeting; failing any, the last one on file (SY-07).
/// Of the papers that the members have been sent those whose place another has taken that goes with the meeting.
async fn recalled(
    tx: &mut View,
    meeting: &Meeting,
    papers: &Papers,
    told: &Told,
) -> anyhow::Result<BTreeMap<CaseRef, Vec<Paper>>> {
    let mut recalled: BTreeMap<CaseRef, Vec<Paper>> = BTreeMap::new();
    if told.papers.is_empty() {
        return Ok(recalled);
    }
    for old in tx.documents_of_meeting(&meeting.id).await? {
        let Some(case) = old.case.filter(|case| told.papers.contains(&(*case, old.sha256))) else { continue };
        let goes = |new: &Document| old.superseded_by.as_ref() == Some(&new.id);
        if old.state == DocumentState::Superseded && papers.get(&case).is_some_and(|papers| papers.iter().any(goes)) {
            recalled.entry(case).or_default().push(paper(&old));
        }
    }
    Ok(recalled)
}

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
        let waits = |d: &Document| {
            siblings
                .iter()
                .any(|s| is_same_file(s, d) && matches!(s.state, DocumentState::Held | DocumentState::SetApart))
        };
        let to_follow = mine().any(|d| d.state == DocumentState::Held) || go.iter().any(waits);
        go.retain(|d| !waits(d));
        if go.is_empty() {
            let mut on_file = tx.documents_of_case(row.case).await?;
            // What came for an earlier meeting and still waits for a person is to follow at this one (MC-32), unless another came after it.
            let is_taken_after = |held: &Document| {
                let mut taken = on_file.iter().filter(|d| d.state == DocumentState::Accepted && d.what == held.what);
                taken.any(|d| d.arrived_at > held.arrived_at)
            };
            let still_waits = |d: &Document| {
                let earlier = d.meeting.as_ref().is_some_and(|id| is_before(id, &meeting.id));
                earlier && d.state == DocumentState::Held && !is_taken_after(d)
            };
            if to_follow || on_file.iter().any(still_waits) {
                noted.push(ItemNote::PaperToFollow);
            } else if row.section != SectionId::Expected {
                noted.push(ItemNote::UpdateNotReceived);
            }
            // One whose message was destroyed by retention is on file no more.
            let readable = |d: &Document| d.body.open().is_ok();
            on_file.retain(|d| {
                d.state == DocumentState::Accepted && d.what == "assessment" && d.meeting.is_some() && readable(d)
            });
            on_file.sort_by_key(|d| d.arrived_at);
            go.extend(on_file.pop());
        } else if to_follow {
            noted.push(ItemNote::PaperToFollow);
        }
        let hidden = hidden_fields(restrictions, row.case)?;
        let before = go.len();
        go.retain(|d| !says_any(d, &hidden));
        if go.len() < before && !noted.contains(&ItemNote::PaperToFollow) {
            noted.push(ItemNote::PaperToFollow);
        }
        if go.iter().any(|d| d.body.open().is_ok_and(|body| body.reading.is_some_and(|r| r.is_unauthorised()))) {
            noted.push(ItemNote::NotAuthorised);
        }
        if cases.contains_key(&row.case) {
            papers.insert(row.case, go);
            notes.insert(row.case, noted);
        }
    }
    Ok((papers, notes))
}

/// What earlier meetings agreed: what is not completed, and what the last of them looked at (SY-42, SY-44).
async fn previous_actions(
    view: &mut View,
    cases: &BTreeMap<CaseRef, OpenCase>,
    restrictions: &[Restriction],
) -> anyhow::Result<BTreeMap<CaseRef, Vec<Action>>> {
    let heard = cases.values().filter(|open| open.case.last_heard.is_some());
    let numbers: Vec<CaseRef> = heard.map(|open| open.case.number).collect();
    let rows = view.actions_of_cases(&numbers).await?;
    let mut previous: BTreeMap<CaseRef, Vec<Action>> = BTreeMap::new();
    for row in &rows {
        let newest = rows.iter().filter(|other| other.case == row.case).map(|other| other.looked_at.date).max();
        let over = row.state == ActionState::Completed && Some(row.looked_at.date) < newest;
        let hidden = hidden_fields(restrictions, row.case)?.iter().any(|id| id == FieldId::Actions.as_str());
        if !over && !hidden {
            previous.entry(row.case).or_default().extend(action(row)?);
        }
    }
    Ok(previous)
}

/// An action as it stands in mails; none that bears a handling marker (SY-21).
pub(super) fn action(row: &ActionRow) -> anyhow::Result<Option<Action>> {
    let said = row.detail.open()?.action;
    let state = Some(row.state).filter(|state| *state != ActionState::Open).map(|state| state.as_str().to_owned());
    let by = said.by.filter(|_| row.due.is_none());
    Ok((!said.sensitive).then_some(Action { text: said.text, who: said.who, due: row.due, by, state }))
}

/// The form's fields that nobody may see: a paper that says one stays here (invariant 5, SY-40).
pub(super) fn hidden_fields(restrictions: &[Restriction], case: CaseRef) -> anyhow::Result<Vec<String>> {
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
pub(super) async fn bytes_of(
    tx: &mut Tx,
    limits: &Limits,
    table: &Table,
) -> anyhow::Result<BTreeMap<Sha256, PaperBytes>> {
    let mut wanted: BTreeMap<MessageRef, BTreeSet<Sha256>> = BTreeMap::new();
    for document in table.papers.values().flatten() {
        wanted.entry(document.message).or_default().insert(document.sha256);
    }
    let mut found = BTreeMap::new();
    for (message, hashes) in wanted {
        let raw = tx.raw(message).await?;
        for leaf in unpack(&raw, limits).into_documents() {
            if hashes.contains(&leaf.sha256) {
                found.insert(leaf.sha256, PaperBytes::new(leaf.bytes)?);
            }
        }
    }
    Ok(found)
}

/// Held items whose paper could yet go with a pack, by meeting.
pub(super) fn waiting<'h>(open: impl Iterator<Item = &'h Held>) -> BTreeMap<MeetingId, Vec<HeldRef>> {
    let mut waiting: BTreeMap<MeetingId, Vec<HeldRef>> = BTreeMap::new();
    for held in open.filter(|held| HoldKind::from_code(&held.kind).is_some_and(is_a_paper)) {
        if let Some(meeting) = &held.meeting {
            waiting.entry(meeting.clone()).or_default().push(held.number);
        }
    }
    waiting
}
