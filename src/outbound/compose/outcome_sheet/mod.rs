//! The outcome sheet: a workbook with one row for each child on the agenda, which the panel's admin fills in at or after the
//! meeting and mails back (SY-18, SY-19, SH-13). It goes with each pack, in a mail of its own, to admin alone.
//!
//! Compose makes the workbook itself, from what the view says: nothing in it comes from a paper. `inbound::form` reads it
//! back by the labels written here.

mod workbook;

use super::frozen::{Draft, Made};
use super::papers::XLSX;
use super::{ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::casework::agenda::AgendaMeeting;
use crate::casework::routing::Clearance;
use crate::casework::{CaseRef, MailKind, MeetingId, Redacted};
use jiff::civil::Date;
use serde::Serialize;

/// What the sheet says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Who sends it.
    pub head: Letterhead,
    /// The meeting whose outcomes are asked for.
    pub meeting: AgendaMeeting,
    /// The children, in the agenda's order.
    pub rows: Vec<Row>,
    /// The panel's own scale, in its order (MC-26).
    pub scale: Vec<Step>,
    /// The panel reviews at fixed intervals from the start of the pathway (SH-06).
    pub fixed_reviews: bool,
    /// A sheet was sent before this one, with other children.
    pub again: bool,
}

/// One child.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its number on the agenda.
    pub number: u32,
    /// Whose.
    pub case: CaseRef,
    /// Enough for admin to know the child by.
    pub initials: Redacted<String>,
    /// The authority's own number.
    pub lcs_number: Option<Redacted<String>>,
    /// Who answers for the child.
    pub lead_professional: Option<Redacted<String>>,
    /// The rating as it stands, as the panel shows it.
    pub rating: Option<String>,
}

/// One value of the scale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Its id on the panel's scale.
    pub id: String,
    /// As shown.
    pub title: String,
    /// When a child so rated at this meeting should be reviewed: aim, and latest (MC-03).
    pub review: Option<(Date, Date)>,
}

/// Composes the mail with its workbook.
///
/// # Errors
/// See [`ComposeError`].
pub fn compose(
    templates: &Templates,
    clearance: &Clearance,
    view: &View,
    stamp: &Stamp,
    forbidden: &[Identifier],
) -> Result<Frozen, ComposeError> {
    let mut draft = Draft::new(MailKind::Notification, "outcome-sheet", &view.head, view);
    draft.meeting = Some(&view.meeting.id);
    draft.cases = view.rows.iter().map(|row| row.case).collect();
    draft.more = more(view);
    let bytes = workbook::write(view, super::words::in_london(stamp.date).date())
        .map_err(|error| ComposeError::Encoding(error.to_string()))?;
    draft.made = Some(Made { name: file_name(&view.meeting.id), content_type: XLSX, bytes });
    draft.freeze(templates, clearance, stamp, forbidden)
}

/// Panel and date; nothing about a child.
pub fn file_name(meeting: &MeetingId) -> String {
    format!("outcome-sheet-{}-{}.xlsx", meeting.panel, meeting.date)
}

/// How many children there are, and the file's name.
pub(super) fn more(view: &View) -> serde_json::Map<String, serde_json::Value> {
    serde_json::Map::from_iter([
        ("children".to_owned(), serde_json::json!(view.rows.len())),
        ("file".to_owned(), serde_json::json!(file_name(&view.meeting.id))),
    ])
}
