//! The agenda: which children are heard at a meeting, in which section, in which slot.

use super::panel::SectionId;
use super::{CaseRef, Format, MeetingId, MessageRef, Redacted, Sha256};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
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
    /// On time, not readable or not matched yet (MC-32).
    PaperToFollow,
    /// Listed for review; the update has not come (SY-07: a late paper is not a late child).
    UpdateNotReceived,
    /// Announced without an assessment (SH-05, SH-10).
    Expected,
    /// The assessment is older than the rules allow at the meeting (SH-02, SY-31).
    OutOfDate,
    /// No assessment on file, a return home interview only (MC-07).
    NoAssessmentOnFile,
    /// A late paper waits for the chair (MC-30, MC-31).
    TabledPaper,
    /// Admitted by the chair after the cut-off (MC-22, MC-31).
    AdmittedByChair,
    /// Two papers are kept; admin was asked which holds (MC-30).
    TwoPapers,
    /// The child is 18 or over at the meeting (SY-36).
    Adult,
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
