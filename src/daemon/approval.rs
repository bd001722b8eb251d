//! Packs that a person approves before they go (MC-33).
//!
//! The pack is drawn up and frozen at its moment like any other, but its mails are held, and the approver gets the preview.
//! An approval is for exactly these bytes: it names their SHA-256, and where the agenda, the people or the papers are not what
//! they were any more, the mails are taken back, the pack is drawn up anew and approved anew.
//!
//! A supplement to a pack that has gone is approved in the same way, on its own: what it holds back is what is new. It waits
//! in working time, for one may be drawn up at midnight, and never so long that its members could not read it: where no
//! time is left it goes as at a deadline, without what was flagged. One that only takes a child off goes at once.
//!
//! # Failure policy
//!
//! Never silence: approver and chair hear two working hours before the deadline that a pack is coming, the approver gets it
//! at its moment, the chair when half the time is gone. At the deadline the profile's policy holds: it goes without the
//! papers that were flagged, or waits and is chased every two working hours until its meeting begins. Somebody's refusal
//! stands above the policy. Each step is one transaction; one that fails is tried again next turn.

mod put;
mod plan;
mod wait;
mod deadline;
mod go;
mod decide;

pub(super) use deadline::lapse;
pub(super) use decide::decided;
pub use decide::{approve, refuse};
pub(super) use go::{flagged, looked_at, set_aside};
pub(super) use put::{draw, draw_supplement};
pub(super) use wait::{half_time, turn, until_and_otherwise};

use super::Panel;
use crate::casework::calendar::Meeting;
use crate::casework::{CaseRef, MeetingId, Ref, RoleId};
use crate::store::{Approved, Line, Tx, View};

/// By which all of this is done.
const RULE: &str = "MC-33";

/// What a person approves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approving {
    /// The pack as it is.
    Whole,
    /// The pack without the papers that name another child.
    WithoutFlagged,
}

/// Does a meeting's pack wait for approval?
pub(super) async fn is_pack_waiting(view: &mut View, id: &MeetingId) -> anyhow::Result<bool> {
    Ok(view.approval(id).await?.is_some_and(|row| row.what == Approved::Pack && row.state.is_open()))
}

/// Does something about this child wait for approval, and is drawn up anew when what it says has changed?
pub(super) async fn is_in_what_waits(view: &mut View, id: &MeetingId, case: CaseRef) -> anyhow::Result<bool> {
    let Some(row) = view.approval(id).await?.filter(|row| row.state.is_open()) else { return Ok(false) };
    let mails: Vec<_> = view.awaiting_approval(id).await?.iter().map(|mail| mail.number).collect();
    let cases = view.cases_of_entries(&mails).await?;
    Ok(row.what == Approved::Pack || cases.values().flatten().any(|of| *of == case))
}

/// Does a meeting's pack, or a supplement to it, wait for approval?
pub(super) async fn is_waiting(view: &mut View, id: &MeetingId) -> anyhow::Result<bool> {
    Ok(view.approval(id).await?.is_some_and(|row| row.state.is_open()))
}

/// Whoever approves, best first; an empty role passes it on.
fn approvers(panel: &Panel) -> Vec<RoleId> {
    let alerts = &panel.profile.alerts;
    vec![RoleId::new("approver"), alerts.chair.clone(), RoleId::new("deputy-chair"), alerts.owner.clone()]
}

/// Who is asked when the approver does not answer.
fn chairs(panel: &Panel) -> Vec<RoleId> {
    vec![panel.profile.alerts.chair.clone(), RoleId::new("deputy-chair")]
}

fn note(tx: &mut Tx, meeting: &Meeting, event: &'static str, reason: String) {
    tx.journal(Line { event, rule: Some(RULE.into()), reason, refs: vec![Ref::Meeting(meeting.id.clone())] });
}
