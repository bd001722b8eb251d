//! Parts of a document that are known by what stands over all of them: the name of a worksheet, the headings of a history.

use super::dictionary::Target;
use super::index::Index;
use super::label::normalise;
use super::model::{Cell, Layout};
use super::sections::{Section, classify};
use crate::casework::FieldId;

/// Headings beside that of a place, over where the child was and when or why.
const OF_HISTORY: &[&str] = &[
    "from",
    "to",
    "until",
    "date from",
    "date to",
    "from date",
    "to date",
    "start",
    "end",
    "start date",
    "end date",
    "date started",
    "date ended",
    "moved in",
    "moved out",
    "dates",
    "dates attended",
    "period",
    "duration",
    "reason",
    "reason for ending",
    "reason for leaving",
    "reason for move",
    "reason for concern",
    "returned",
];

impl Index<'_> {
    /// Of a sheet that only its name calls "Siblings" or "Previous RAT". A sibling's own form is none: it says when the child
    /// was assessed, and whose the case is.
    pub(super) fn section_of_sheet(&self, first: usize) -> Option<Section> {
        let row = self.document.rows.get(first).filter(|row| row.layout == Layout::Sheet)?;
        let (name, _) = row.cells.first()?.at.rsplit_once('!')?;
        let is_of_form = |(target, tier): &(Target, u8)| {
            *tier == 0 && matches!(target, Target::Field(FieldId::AssessmentDate | FieldId::LeadProfessional))
        };
        let rows =
            self.document.rows.iter().zip(&self.hits).skip(first).take_while(|(next, _)| next.sheet == row.sheet);
        match classify(name) {
            earlier @ (Section::Earlier | Section::LastMeeting) => Some(earlier),
            Section::Others => {
                let mut asked = rows.flat_map(|(_, hits)| hits.iter().flatten().flat_map(|hit| &hit.targets));
                (!asked.any(is_of_form)).then_some(Section::Others)
            }
            _ => None,
        }
    }

    /// "School | From | To", "Date | Address | Returned": what stands under these was at some time, and is no answer of today.
    pub(super) fn heads_history(&self, at: usize) -> bool {
        let Some(row) = self.document.rows.get(at) else { return false };
        let is_of_it = |cell: &Cell| OF_HISTORY.contains(&normalise(&cell.text).as_str());
        let is_date = |cell: &Cell| normalise(&cell.text).split(' ').any(|word| matches!(word, "date" | "dates"));
        let mut cells = row.filled();
        let Some((place, first)) = cells.next() else { return false };
        let others = || row.filled().skip(1);
        // "Placement | | Dates |" has room for its answers.
        let side_by_side = row.filled().zip(others()).all(|((_, left), (_, right))| left.end() == right.col);
        side_by_side
            && (self.is_bare_label(at, place) || is_date(first))
            && others().any(|(_, cell)| is_of_it(cell))
            && others().all(|(place, cell)| is_of_it(cell) || self.is_bare_label(at, place))
    }
}
