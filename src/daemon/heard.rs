//! Where the children of recording templates and outcome sheets were heard, from the store. Decides nothing.

use super::Panel;
use super::desk::OpenCase;
use super::risk;
use crate::casework::calendar::{civil, review};
use crate::casework::identify::Identity;
use crate::casework::rules::{Heard, HeardAt, MeetingOutcome};
use crate::casework::{CaseRef, FieldId, Finding, FindingCode, MeetingId, Reading, initials};
use crate::store::{AgendaRow, ItemState, OutcomeKind, View};
use jiff::Timestamp;
use jiff::civil::Date;

/// Working days after which a question about an outcome is answered by the program (MC-35).
pub(super) const UNANSWERED_WORKING_DAYS: u32 = 2;
/// How far ahead meetings are looked at for a review date: the panel may name any in the next two years.
pub(super) const REVIEW_WEEKS: i64 = 105;

/// When a question asked now is answered by the program itself.
pub(super) fn answer_by(panel: &Panel, now: Timestamp) -> Timestamp {
    let day = panel.calendar.days().plus(civil::date(now), UNANSWERED_WORKING_DAYS);
    civil::instant(day.to_datetime(panel.profile.working_hours.end))
}

/// The fixed review that is due once a child has been heard on this day; none where the panel has no such reviews.
pub(super) fn fixed_after(panel: &Panel, start: Option<Date>, heard: Date) -> Option<Date> {
    let (fixed, start) = panel.profile.fixed_reviews.as_ref().zip(start)?;
    let until = review::next_fixed(fixed, start, heard.tomorrow().ok()?)?;
    review::next_fixed_after(fixed, start, heard, &panel.calendar.meetings(heard, until))
}

/// Was a child that was heard on this day heard for the fixed review of that date (SH-06, MC-05)?
pub(super) fn was_fixed_review(panel: &Panel, start: Option<Date>, heard: Date, due: Date) -> bool {
    let next = panel
        .profile
        .fixed_reviews
        .as_ref()
        .zip(start)
        .and_then(|(fixed, start)| review::next_fixed(fixed, start, heard.tomorrow().ok()?));
    next == Some(due) && fixed_after(panel, start, heard) != next
}

/// Where the child of an outcome was heard; `whose` is what the form, or a person, says of the child.
pub(super) async fn heard_at(
    view: &mut View,
    panel: &Panel,
    reading: &Reading,
    whose: &Identity,
    word: Option<CaseRef>,
    now: Timestamp,
) -> anyhow::Result<Option<HeardAt>> {
    let said = MeetingOutcome::on(reading);
    let by_name = match whose {
        Identity::Known(case) => Some(*case),
        Identity::New | Identity::Unclear { .. } | Identity::TooLittle => None,
    };
    // A row whose reference and name are two children's is nobody's.
    if word.is_none() && by_name.zip(said.case_ref).is_some_and(|(name, row)| name != row) {
        return Ok(Some(HeardAt::NotThere));
    }
    let Some(number) = word.or(said.case_ref).or(by_name) else {
        return Ok((*whose == Identity::New).then_some(HeardAt::Nowhere));
    };
    let Some(case) = view.case(number).await?.filter(|case| case.authority == panel.profile.authority) else {
        return Ok(Some(HeardAt::Nowhere));
    };
    let mut begun: Vec<(AgendaRow, crate::store::Meeting)> = Vec::new();
    for row in view.items_of_case(number).await? {
        let listed = row.state == ItemState::Listed && row.meeting.panel == panel.profile.id;
        let Some(meeting) = view.meeting(&row.meeting).await?.filter(|m| listed && m.starts_at <= now) else {
            continue;
        };
        begun.push((row, meeting));
    }
    let is_wanted = |id: &MeetingId| said.meeting.as_ref().is_none_or(|wanted| wanted == id);
    let Some(at) = begun.iter().rposition(|(row, _)| is_wanted(&row.meeting)) else {
        return Ok(Some(if said.meeting.is_some() { HeardAt::NotThere } else { HeardAt::Nowhere }));
    };
    let Some((_, meeting)) = begun.get(at) else { return Ok(Some(HeardAt::Nowhere)) };
    let outcomes = view.outcomes_of_case(number).await?;
    let others = || outcomes.iter().filter(|o| o.meeting != meeting.id);
    let before = outcomes.iter().find(|o| o.meeting == meeting.id).map(|o| o.body.open()).transpose()?;
    let open = OpenCase::open(case)?;
    if word.is_none() && is_another_child(reading, &open) {
        return Ok(Some(HeardAt::AnotherChild(number)));
    }
    let day = civil::date(meeting.starts_at);
    Ok(Some(HeardAt::Here(Box::new(Heard {
        case: number,
        meeting: meeting.id.clone(),
        day,
        is_last: at + 1 == begun.len(),
        // What the outcome leaves out is as the papers of the meeting said it.
        rating: risk::rating_at(view, &panel.profile, &open, &meeting.id).await?,
        next_fixed: fixed_after(panel, open.case.pathway_start, day),
        has_lead: open.facts.lead_professional.is_some() || open.facts.caseworker.is_some(),
        before: before.map(|body| body.outcome),
        provisional: open.case.review_provisional,
        deferred_before: others().filter(|o| o.kind == OutcomeKind::Defer).count(),
        outstanding_before: others().filter(|o| o.outstanding).count(),
        answer_by: answer_by(panel, now),
    }))))
}

/// Do the letters and the number beside the case ref of a row say another child? Cells that were sorted or copied apart put
/// what was decided about one child beside another's reference.
fn is_another_child(reading: &Reading, open: &OpenCase) -> bool {
    let plain =
        |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect() };
    // Rows of one case ref that say two children.
    let is_of_two = |f: &Finding| f.code == FindingCode::Contradiction && f.field.is_some_and(FieldId::is_of_the_row);
    if reading.findings.iter().any(is_of_two) {
        return true;
    }
    let written = |field| reading.text(field).map(plain).filter(|text| !text.is_empty());
    let known = open.child.lcs_number.as_ref().map(|number| plain(number.reveal()));
    if let (Some(written), Some(known)) = (written(FieldId::RowNumber), known) {
        return written != known;
    }
    written(FieldId::RowInitials).is_some_and(|letters| letters != plain(&initials(open.child.name.reveal())))
}
