//! What follows from a covering note: the papers of the child it is about stop where they are (LESSONS D), the chair hears of
//! a disagreement (SH-27), and the sender is told what was understood.

use super::Panel;
use super::answer::Carried;
use super::carry_out::{Carrying, hold_document};
use super::deputies;
use super::gather::standing_of;
use super::risk;
use crate::casework::calendar::civil;
use crate::casework::rules::{HoldKind, Note, Submission};
use crate::casework::{CaseRef, HeldRef};
use crate::store::{DocumentId, DocumentState, Tx};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Working days in which the chair answers an escalation (SH-27).
const ANSWERED_WITHIN: u32 = 5;

/// Is it what a message is held for that brings a note and no form?
pub(super) fn is_a_note(kind: HoldKind) -> bool {
    use HoldKind::{Apology, Correction, Died, DoNotShare, Escalation, Flagged, Moved, Withdrawn};
    matches!(kind, Apology | Correction | Died | DoNotShare | Escalation | Flagged | Moved | Withdrawn)
}

/// Holds the papers that are to go with the next pack of each child the note is about. What has gone has gone: its members
/// are told by a person.
pub(super) async fn stop_papers(
    tx: &mut Tx,
    c: &Carrying<'_>,
    carried: &Carried,
) -> anyhow::Result<Vec<(HeldRef, String)>> {
    let s = &c.gathered.submission;
    let Some(note) = s.noted().filter(|note| note.stops_papers()) else { return Ok(Vec::new()) };
    // With a form, a correction is that form.
    if note == Note::Correction && s.brings_a_form() {
        return Ok(Vec::new());
    }
    let cases: BTreeSet<CaseRef> = carried.values().chain(&s.about).copied().collect();
    let mut held = Vec::new();
    for case in cases {
        let now = tx.now();
        let (Some(listing), _) = standing_of(tx, c.panel, case, Some(c.message.number), now).await? else { continue };
        for (id, _) in listing.on_file.iter().filter(|(_, paper)| !paper.held) {
            let Some(mut document) = tx.document(&DocumentId::from(id.as_str())).await? else { continue };
            let Some(message) = tx.message(document.message).await? else { continue };
            document.state = DocumentState::Held;
            tx.update_document(&document).await?;
            let said = note.hold().words().trim_start_matches("the message ").trim_start_matches("the covering note ");
            let why = format!("a paper of the child waits: {} {said}", c.message.number);
            let number = hold_document(tx, c, &message, note.hold(), &document, why.clone()).await?;
            held.push((number, why));
        }
        risk::renew(tx, c.panel, case).await?;
    }
    Ok(held)
}

/// Until when the chair answers an escalation: the end of the fifth working day after it came (SH-27).
pub(super) fn answer_by(panel: &Panel, arrived_at: Timestamp) -> Timestamp {
    let day = panel.calendar.days().plus(civil::date(arrived_at), ANSWERED_WITHIN);
    civil::instant(day.at(17, 0, 0, 0))
}

/// What a health colleague is told of what they sent back (MC-10).
fn of_health(s: &Submission) -> Option<String> {
    match s.health_answer_about() {
        Some(case) => Some(format!(
            "What you write about {case} goes to the panel's chair and its health representative, and to nobody else unless one of them passes it on (rule MC-10)."
        )),
        None if s.is_health_answer() => Some(
            "We could not tell for certain which child you write about. A person will read it. To reach the panel's chair sooner, send it again with our reference (R-…) in the subject, one child a mail (rule MC-10)."
                .to_owned(),
        ),
        None => None,
    }
}

/// What the sender of a message without a form is told; none where it says nothing the program knows.
pub(super) fn in_words(c: &Carrying<'_>) -> Option<String> {
    let s = &c.gathered.submission;
    let about = s.about.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let plea = s.pleads().map(|(case, passed)| {
        let (missed, listed) = (civil::day_in_words(passed.missed.date), civil::day_in_words(passed.listed.date));
        format!("You write about {case}, which came too late for the meeting of {missed}. The chair has been asked whether it is heard there all the same (rule MC-22). Unless an invitation says otherwise, plan for {listed}.")
    });
    let Some(said) = s.says_only() else { return plea.or_else(|| of_health(s)) };
    let told = match said {
        Note::Escalation => {
            let by = civil::day_in_words(civil::date(answer_by(c.panel, c.message.arrived_at)));
            format!("You disagree with a decision of the panel. The chair has been told and answers with reasons within five working days, by {by} (rule SH-27).")
        }
        Note::Flagged => {
            let by = crate::casework::rules::place(s.arrived_at, s.now, &c.gathered.meetings)
                .and_then(|placing| c.book.meeting(&placing.meeting))
                .map(|meeting| format!(" by {}", civil::day_in_words(civil::date(meeting.cutoff_at))))
                .unwrap_or_default();
            format!("You announce a case. The panel hears it on its assessment: please have that sent to this mailbox{by} (rule SH-10).")
        }
        Note::Apology if let Some(told) = deputies::told_of_apology(c, c.gathered.submission.now) => told.to_owned(),
        Note::Apology => format!("You cannot come, and admin has been told. A manager who knows the case comes in your place (rule {}).", c.panel.profile.stand_in_rule()),
        Note::Died | Note::Withdrawn | Note::Moved | Note::Correction | Note::NotToShare if about.is_empty() => {
            "A person will read what you write before anything more is sent. Please answer with our reference (R-…), so that the right papers are stopped.".to_owned()
        }
        Note::Died | Note::Withdrawn | Note::Moved | Note::Correction | Note::NotToShare => {
            format!("No paper about {about} goes out until a person has read what you write.")
        }
    };
    Some(plea.map_or_else(|| told.clone(), |plea| format!("{told} {plea}")))
}
