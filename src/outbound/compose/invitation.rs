//! Invitations: request, update, cancellation (RFC 5546, RFC 6047; facts 4.8).
//!
//! A reference and nothing else about the child, in the calendar and in the body; who `R-0042` is stands in the
//! [`extract`](super::extract). An invitation never carries papers: Exchange files such a mail as a calendar entry.

use super::frozen::Draft;
use super::{ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::casework::agenda::AgendaMeeting;
use crate::casework::routing::Clearance;
use crate::casework::{CaseRef, MailKind};
use crate::outbound::invite::{Invite, Method};
use jiff::civil::DateTime;
use serde::Serialize;

/// What the invitation says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Who invites: the organizer.
    pub head: Letterhead,
    /// Which meeting.
    pub meeting: AgendaMeeting,
    /// For which child; none for a member invited to the meeting itself.
    pub case: Option<CaseRef>,
    /// Somebody who is there for this child alone and works for another agency: they get no mail about it beside this (SY-13).
    pub invitee: bool,
    /// From when, London civil time: the meeting's start until slots are issued, then the slot's.
    pub starts: DateTime,
    /// To when.
    pub ends: DateTime,
    /// The slot is fixed; until then the whole session is kept free.
    pub slot_fixed: bool,
    /// Never changes for one invitation.
    pub uid: String,
    /// Rises with every update and cancellation (RFC 5546 §2.1.4).
    pub sequence: u32,
    /// Why it changed or is cancelled, in a sentence without names.
    pub why: Option<String>,
}

/// Composes the invitation. The clearance's kind says which: invitation, invitation-update or invitation-cancel.
///
/// # Errors
/// See [`ComposeError`]; among them an identifier in any calendar field or in the body.
pub fn compose(
    templates: &Templates,
    clearance: &Clearance,
    view: &View,
    stamp: &Stamp,
    forbidden: &[Identifier],
) -> Result<Frozen, ComposeError> {
    let (folder, method) = match clearance.kind() {
        MailKind::Invitation => ("invitation", Method::Request),
        MailKind::InvitationUpdate => ("invitation-update", Method::Request),
        MailKind::InvitationCancel => ("invitation-cancel", Method::Cancel),
        cleared => return Err(ComposeError::WrongKind { cleared, composed: MailKind::Invitation }),
    };
    let about = view.case.map_or_else(|| "meeting".to_owned(), |case| format!("case {case}"));
    let attendees: Vec<_> = clearance.recipients().iter().map(|recipient| recipient.address.clone()).collect();
    let invite = Invite {
        method,
        uid: &view.uid,
        sequence: view.sequence,
        stamped: stamp.date,
        starts: view.starts,
        ends: view.ends,
        organizer: &view.head.from,
        organizer_name: &view.head.from_name,
        attendees: &attendees,
        summary: &format!("{} \u{2013} {about}", view.head.panel_short),
        description: &format!("Details are in the e-mail from {}. Reference {}.", view.head.from_name, stamp.reference),
    };
    let calendar = invite.write().map_err(|place| ComposeError::ControlCharacter { place })?;
    let mut draft = Draft::new(clearance.kind(), folder, &view.head, view);
    draft.meeting = Some(&view.meeting.id);
    draft.cases = view.case.into_iter().collect();
    draft.calendar = Some((method.as_str(), calendar));
    draft.bare = true;
    draft.freeze(templates, clearance, stamp, forbidden)
}
