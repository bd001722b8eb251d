//! The outcome sheet that goes to admin with each pack, and again when a supplement changes who is heard.

use super::desk::{OpenCase, Posting, post};
use super::table::Table;
use super::{Book, Panel};
use crate::casework::agenda::Agenda;
use crate::casework::calendar::{Meeting, review};
use crate::casework::{CaseRef, MailKind, Ref, initials};
use crate::outbound::compose::outcome_sheet::{Row, Step, View, compose};
use crate::store::{Line, RestrictionSubject, Tx};

/// Sends it to whoever records the panel's outcomes. `again`: a sheet with other children went before.
pub(super) async fn send(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    table: &Table,
    agenda: &Agenda,
    again: bool,
) -> anyhow::Result<()> {
    let meeting = &table.meeting;
    let (mut rows, mut shown) = (Vec::new(), 0);
    for item in agenda.items() {
        if let Some(open) = table.cases.get(&item.case) {
            rows.push(row(tx, item.number, open, item.rating.clone()).await?);
        }
    }
    for clearance in book.routing(panel, tx.now()).recorders(MailKind::Notification, &meeting.id, &table.routed) {
        let view = View {
            head: panel.letterhead(),
            meeting: agenda.meeting.clone(),
            rows: rows.iter().filter(|row| clearance.cases().contains(&row.case)).cloned().collect(),
            scale: scale(panel, meeting),
            fixed_reviews: panel.profile.fixed_reviews.is_some(),
            again,
        };
        shown = shown.max(view.rows.len());
        let to: Vec<&str> = clearance.recipients().iter().map(|r| r.address.as_str()).collect();
        let cases: Vec<String> = clearance.cases().iter().map(CaseRef::to_string).collect();
        let posting = Posting {
            purpose: format!("outcome-sheet|{}|{}|{}", meeting.id, to.join(","), cases.join(",")),
            due_at: panel.working_instant_before(meeting, tx.now()),
            // It is filled in after the meeting as well: no use before is no reason to give it up.
            expires_at: None,
            answers: None,
            clearance: &clearance,
            panel: &panel.profile.id,
        };
        let (templates, identifiers) = (book.templates, table.identifiers(clearance.cases()));
        post(tx, posting, |stamp| compose(templates, &clearance, &view, stamp, &identifiers)).await?;
    }
    let left_out = rows.len() - shown.min(rows.len());
    if !rows.is_empty() {
        tx.journal(Line {
            event: "outcome_sheet.drawn_up",
            rule: Some("SY-19".into()),
            reason: format!(
                "an outcome sheet for {shown} child(ren), {left_out} left out by restriction (SY-18, SY-19, SH-13)"
            ),
            refs: vec![Ref::Meeting(meeting.id.clone())],
        });
    }
    Ok(())
}

/// A child's row; fields that are restricted for the case stay empty (invariant 5).
async fn row(tx: &mut Tx, number: u32, open: &OpenCase, rating: Option<String>) -> anyhow::Result<Row> {
    let case = open.case.number;
    let mut hidden = Vec::new();
    for restriction in tx.restrictions(case).await? {
        if restriction.subject == RestrictionSubject::Field {
            hidden.push(restriction.detail.open()?.value.into_inner());
        }
    }
    let may = |field: &str| hidden.iter().all(|hidden| hidden != field);
    let person = open.facts.lead_professional.as_ref().or(open.facts.caseworker.as_ref());
    Ok(Row {
        number,
        case,
        initials: if may("child_name") { initials(open.child.name.reveal()) } else { String::new() }.into(),
        lcs_number: open.child.lcs_number.clone().filter(|_| may("lcs_number")),
        lead_professional: person.and_then(|p| p.name.clone()).filter(|_| may("lead_professional")),
        rating: rating.filter(|_| may("risk_rating")),
    })
}

fn scale(panel: &Panel, meeting: &Meeting) -> Vec<Step> {
    let profile = &panel.profile;
    let step = |rating: &crate::casework::panel::Rating| Step {
        id: rating.id.clone(),
        title: rating.title.clone(),
        review: review::window(profile, &rating.id, meeting.day()).map(|window| (window.target, window.latest)),
    };
    profile.scale.iter().map(step).collect()
}
