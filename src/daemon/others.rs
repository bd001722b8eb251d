//! Papers that identify a child whom a meeting's members may not see are kept out of its pack before it is drawn up: the
//! child they are about stays listed, everybody else's papers go, and a person decides (SY-40). The last look would keep the
//! whole pack back.

use super::alerts::{Alert, To, raise};
use super::approval::set_aside;
use super::table::Table;
use super::{Book, Look, Panel};
use crate::casework::calendar::{Meeting, civil};
use crate::casework::rules::HoldKind;
use crate::casework::{CaseRef, PanelId, Ref};
use crate::outbound::compose::alert::NextStep;
use crate::store::{HeldState, Tx};

const KIND: HoldKind = HoldKind::SpeaksOfAnother;

/// Sets them aside and tells the panel's owner; in place of one an earlier paper of the child may go, which is looked at in its
/// turn.
pub(super) async fn keep_out(
    tx: &mut Tx,
    book: &Book<'_>,
    look: &mut Look,
    panel: &Panel,
    meeting: &Meeting,
) -> anyhow::Result<()> {
    while keep_out_once(tx, book, look, panel, meeting).await? {}
    Ok(())
}

/// Whether any was set aside.
async fn keep_out_once(
    tx: &mut Tx,
    book: &Book<'_>,
    look: &mut Look,
    panel: &Panel,
    meeting: &Meeting,
) -> anyhow::Result<bool> {
    let table = Table::lay(tx, meeting).await?;
    let decided = tx.held_of_kind(&meeting.id, KIND.as_str()).await?;
    let let_go =
        |id| decided.iter().any(|held| held.document.as_ref() == Some(id) && held.state == HeldState::Released);
    let papers = table.papers.iter().flat_map(|(case, documents)| documents.iter().map(|document| (*case, document)));
    let papers = papers.filter(|(_, document)| !let_go(&document.id)).collect();
    let is_seen = |(case, of): &(CaseRef, PanelId)| *of == panel.profile.id || table.cases.contains_key(case);
    let kept_out = look.of_others(tx, papers, is_seen).await?;
    for (case, document) in &kept_out {
        let case = *case;
        let number = set_aside(tx, panel, meeting, case, document, KIND).await?;
        let routed = table.routed.iter().find(|routed| routed.case == case);
        let alert = Alert {
            to: To::Owner,
            at_once: true,
            purpose: format!("alert|others|{number}"),
            title: format!("a paper of {case} is kept out of the pack of {}", civil::day_in_words(meeting.day())),
            what: format!(
                "A paper of {case} gives the number, or the name and date of birth, of a child whom this panel's members may not see. The pack for {} goes without it; {case} stays on the agenda.",
                meeting.id
            ),
            why: "A paper goes only to people who may see every known child that it identifies.".to_owned(),
            rule: KIND.rule(),
            happened_at: tx.now(),
            decide_by: Some(meeting.starts_at),
            otherwise: Some("it stays out, and the child is heard without it.".to_owned()),
            about: vec![Ref::Held(number), Ref::Case(case), Ref::Meeting(meeting.id.clone())],
            next: vec![
                NextStep {
                    text: "Read it. If the members may have it, release it: it follows by supplement".to_owned(),
                    command: Some(format!("dutyclerk held release {number}")),
                },
                NextStep {
                    text: "If not, ask the sender for a paper without the other child's details, and reject it"
                        .to_owned(),
                    command: Some(format!("dutyclerk held reject {number}")),
                },
            ],
            meeting: Some(&meeting.id),
            cases: routed.map_or(&[], std::slice::from_ref),
        };
        raise(tx, book, panel, alert).await?;
    }
    Ok(!kept_out.is_empty())
}
