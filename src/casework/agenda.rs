//! The agenda: which children are heard at a meeting, in which section, in which slot.

use super::panel::{Profile, SectionId};
use super::{CaseRef, Format, MeetingId, MessageRef, Redacted, Sha256, normal_name};
use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// A meeting with its moments resolved (see [`calendar`](super::calendar)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgendaMeeting {
    /// Panel and original date.
    pub id: MeetingId,
    /// Local civil start.
    pub starts: DateTime,
    /// The instant of it.
    pub starts_at: Timestamp,
}

/// Who a child is, as the pack's and extract's readers are told in the body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildIdentity {
    /// Full name.
    pub name: Redacted<String>,
    /// Date of birth.
    pub date_of_birth: Option<Redacted<Date>>,
    /// LCS number.
    pub lcs_number: Option<Redacted<String>>,
    /// NHS number, ten digits.
    pub nhs_number: Option<Redacted<String>>,
}

/// A paper that goes with an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// Which bytes.
    pub sha256: Sha256,
    /// Their format, for the file name.
    pub format: Format,
    /// What it is: `assessment`, `screening-tool`, `return-home-interview`, `update`.
    pub what: String,
    /// The date on the form.
    pub dated: Option<Date>,
}

impl Paper {
    /// The name it is attached under: item, case, kind; nothing about the child. `01-R-0042-assessment.xlsx`.
    pub fn file_name(&self, item: u32, case: CaseRef, part: Option<u32>) -> String {
        let part = part.map(|n| format!("-{n}")).unwrap_or_default();
        format!("{item:02}-{case}-{}{part}.{}", self.what, self.format.extension())
    }
}

/// Something the readers must know about an item, each from a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemNote {
    /// On time, and held for a person (MC-32).
    PaperToFollow,
    /// Listed for review; the update has not come (SY-07: a late paper is not a late child).
    UpdateNotReceived,
    /// Announced without an assessment (SH-05, SH-10).
    Expected,
    /// The assessment is older than the rules allow at the meeting (SH-02, SY-31).
    OutOfDate,
    /// The team manager has not authorised the assessment (SH-32).
    NotAuthorised,
    /// No assessment on file, a return home interview only (MC-07).
    NoAssessmentOnFile,
    /// A late paper waits for the chair (MC-30, MC-31).
    TabledPaper,
    /// Admitted by the chair after the cut-off (MC-22, MC-31).
    AdmittedByChair,
    /// Two papers are kept; admin was asked which holds (MC-30).
    TwoPapers,
    /// A corrected paper takes the place of one that went out before (MC-30).
    Corrected,
    /// The child is 18 or over at the meeting (SY-36).
    Adult,
}

/// An action as everybody reads it (SY-44).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// What.
    pub text: Redacted<String>,
    /// By whom.
    pub who: Option<Redacted<String>>,
    /// By when, where it is a date.
    pub due: Option<Date>,
    /// By when, as written otherwise.
    pub by: Option<Redacted<String>>,
    /// `completed`, `ongoing`, `outstanding`; none where nobody has said yet.
    pub state: Option<String>,
}

/// One child on the agenda.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// 1, 2, … through the whole agenda.
    pub number: u32,
    /// Whose.
    pub case: CaseRef,
    /// Where.
    pub section: SectionId,
    /// From when to when, local civil time; none in a section that is only listed.
    pub slot: Option<(DateTime, DateTime)>,
    /// Who the child is.
    pub child: ChildIdentity,
    /// The rating as the panel's scale shows it.
    pub rating: Option<String>,
    /// S, T, C, M, V.
    pub risk_types: Vec<String>,
    /// Name of the caseworker.
    pub caseworker: Option<Redacted<String>>,
    /// The papers that go with it.
    pub papers: Vec<Paper>,
    /// What the readers must know.
    pub notes: Vec<ItemNote>,
    /// What earlier meetings agreed and this one looks at (SY-42, SY-44).
    pub previous_actions: Vec<Action>,
}

/// A section with its items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgendaSection {
    /// Which.
    pub id: SectionId,
    /// Its heading.
    pub title: String,
    /// Its items, in order.
    pub items: Vec<Item>,
}

/// What a meeting will hear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agenda {
    /// Which meeting.
    pub meeting: AgendaMeeting,
    /// In the profile's order; empty sections are left out.
    pub sections: Vec<AgendaSection>,
    /// Messages that arrived on time and are not matched to a child yet (MC-32).
    pub unmatched: Vec<MessageRef>,
    /// Minutes by which the slots exceed the session (MC-20).
    pub overrun_minutes: Option<i64>,
}

impl Agenda {
    /// Every item in order.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.sections.iter().flat_map(|section| section.items.iter())
    }
}

/// A child as listed, before slots are given.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Whose.
    pub case: CaseRef,
    /// Where.
    pub section: SectionId,
    /// A slot issued with the pack stays (LESSONS D: slots are issued once).
    pub slot: Option<(DateTime, DateTime)>,
    /// Order of listing.
    pub added_at: Timestamp,
    /// Who the child is.
    pub child: ChildIdentity,
    /// The rating's id on the panel's scale.
    pub rating: Option<String>,
    /// S, T, C, M, V.
    pub risk_types: Vec<String>,
    /// Name of the caseworker.
    pub caseworker: Option<Redacted<String>>,
    /// Papers that go.
    pub papers: Vec<Paper>,
    /// What the readers must know.
    pub notes: Vec<ItemNote>,
    /// What earlier meetings agreed.
    pub previous_actions: Vec<Action>,
}

/// Draws up the agenda: sections in the profile's order; within a section the highest concern first, then first come;
/// children of one surname not next to each other where that can be had (LESSONS D); slots of the section's length
/// (SY-15). Slots already issued stay and later items follow them. An overrun is told, never cut (MC-20).
pub fn draw_up(meeting: AgendaMeeting, profile: &Profile, listed: Vec<Listed>, unmatched: Vec<MessageRef>) -> Agenda {
    let severity = |l: &Listed| {
        let rank = l.rating.as_ref().and_then(|r| profile.scale.iter().position(|rating| rating.id == *r));
        std::cmp::Reverse(rank)
    };
    let mut next_free = listed.iter().filter_map(|l| l.slot.map(|(_, end)| end)).max().unwrap_or(meeting.starts);
    let mut number = 0;
    let mut sections = Vec::new();
    for section in &profile.sections {
        let mut here: Vec<&Listed> = listed.iter().filter(|l| l.section == section.id).collect();
        here.sort_by_key(|l| (l.slot.is_none(), l.slot, severity(l), l.added_at, l.case));
        let here = apart(here);
        let items: Vec<Item> = here
            .into_iter()
            .map(|l| {
                number += 1;
                let slot = l
                    .slot
                    .or_else(|| (section.minutes > 0).then(|| give_slot(&mut next_free, section.minutes)).flatten());
                Item {
                    number,
                    case: l.case,
                    section: section.id,
                    slot,
                    child: l.child.clone(),
                    rating: l
                        .rating
                        .as_ref()
                        .map(|r| profile.rating(r).map_or_else(|| r.clone(), |rating| rating.title.clone())),
                    risk_types: l.risk_types.clone(),
                    caseworker: l.caseworker.clone(),
                    papers: l.papers.clone(),
                    notes: l.notes.clone(),
                    previous_actions: l.previous_actions.clone(),
                }
            })
            .collect();
        if !items.is_empty() {
            sections.push(AgendaSection { id: section.id, title: section.title.clone(), items });
        }
    }
    let used =
        meeting.starts.until(next_free).ok().and_then(|span| span.total(jiff::Unit::Minute).ok()).unwrap_or_default()
            as i64;
    let overrun_minutes = (used > profile.session_minutes).then(|| used - profile.session_minutes);
    Agenda { meeting, sections, unmatched, overrun_minutes }
}

fn give_slot(next_free: &mut DateTime, minutes: i64) -> Option<(DateTime, DateTime)> {
    let start = *next_free;
    let end = start.checked_add(minutes.minutes()).ok()?;
    *next_free = end;
    Some((start, end))
}

/// Moves an item back while its neighbour has the same surname and another place is free. Issued slots do not move.
fn apart(mut here: Vec<&Listed>) -> Vec<&Listed> {
    let surname = |l: &Listed| normal_name(l.child.name.reveal()).last().cloned();
    for i in 1..here.len() {
        let clash = |a: usize, b: usize, here: &[&Listed]| match (here.get(a), here.get(b)) {
            (Some(a), Some(b)) => b.slot.is_none() && surname(a) == surname(b),
            _ => false,
        };
        if clash(i - 1, i, &here)
            && let Some(other) = (i + 1..here.len()).find(|j| !clash(i - 1, *j, &here))
        {
            let moved = here.remove(other);
            here.insert(i, moved);
        }
    }
    here
}
