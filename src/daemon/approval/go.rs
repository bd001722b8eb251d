//! The mails go, or are taken back; what was flagged waits for a person.

use super::Approving;
use crate::casework::calendar::Meeting;
use crate::casework::rules::HoldKind;
use crate::casework::{CaseRef, HeldRef, MailKind, MeetingId, Ref};
use crate::daemon::dispatch::{let_go, take_back};
use crate::daemon::table::Table;
use crate::daemon::{Book, Panel, duty, kept_back, pack};
use crate::inbound::unpack::Limits;
use crate::store::{Approved, Document, DocumentId, DocumentState, HeldDetail, HeldState, Line, Mark, NewHeld, Tx};
use anyhow::Context as _;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn in_words(held: &[HeldRef]) -> String {
    if held.is_empty() {
        return String::new();
    }
    let numbers: Vec<String> = held.iter().map(ToString::to_string).collect();
    format!(", without {} paper(s) that name another child ({})", held.len(), numbers.join(", "))
}

/// The mails go: all of them as they are frozen, or drawn up anew without the flagged papers, which wait for a person.
pub(super) async fn go(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    limits: &Limits,
    meeting: &Meeting,
    of: Approved,
    what: Approving,
) -> anyhow::Result<Vec<HeldRef>> {
    tx.close_codes(&Ref::Meeting(meeting.id.clone())).await?;
    let mut table = Table::lay(tx, meeting).await?;
    if of == Approved::Supplement {
        let agenda = table.agenda(panel, meeting.id.date);
        table.routed = pack::news(&table, &agenda).routed;
    }
    let looked_at = looked_at(tx, &meeting.id).await?;
    let mut held = Vec::new();
    let flagged = flagged(&table, &looked_at);
    if what == Approving::WithoutFlagged && !flagged.is_empty() {
        for (case, document) in flagged {
            held.push(set_aside(tx, panel, meeting, case, document, HoldKind::NamesAnother).await?);
        }
        void(tx, book, meeting, of, &table).await?;
        match of {
            Approved::Pack => {
                let missing = duty::missing(tx, panel, meeting).await?;
                pack::pack(tx, book, panel, limits, meeting, missing).await?;
            }
            Approved::Supplement => {
                pack::supplement(tx, book, panel, limits, meeting).await?;
            }
        }
    }
    for mail in tx.awaiting_approval(&meeting.id).await? {
        let_go(tx, book, mail.number).await?;
    }
    ask_about_health(tx, book, panel, meeting).await?;
    Ok(held)
}

/// The health copies have gone, and what they go without waits for a person (MC-10).
async fn ask_about_health(tx: &mut Tx, book: &Book<'_>, panel: &Panel, meeting: &Meeting) -> anyhow::Result<()> {
    if pack::is_for_the_chair_alone(meeting) {
        return Ok(());
    }
    let table = Table::lay(tx, meeting).await?;
    let core = table.routing(book, panel, tx.now()).core(MailKind::Agenda, &meeting.id, &table.routed);
    for case in &table.routed {
        kept_back::hold(tx, book, panel, &table, &core, case).await?;
    }
    Ok(())
}

/// Papers that name another child and that a person has let go all the same: nobody needs to look at them again.
pub(in crate::daemon) async fn looked_at(tx: &mut Tx, meeting: &MeetingId) -> anyhow::Result<BTreeSet<DocumentId>> {
    let held = tx.held_of_kind(meeting, HoldKind::NamesAnother.as_str()).await?;
    let released = held.into_iter().filter(|held| held.state == HeldState::Released);
    Ok(released.filter_map(|held| held.document).collect())
}

/// The papers of the pack that name another child, and whose they are (MC-10).
pub(in crate::daemon) fn flagged<'t>(
    table: &'t Table,
    looked_at: &BTreeSet<DocumentId>,
) -> Vec<(CaseRef, &'t Document)> {
    let named = |case: CaseRef, document: &Document| {
        let routed = table.routed.iter().find(|routed| routed.case == case);
        routed.is_some_and(|r| r.papers.iter().any(|p| p.sha256 == document.sha256 && p.names_another_child))
    };
    let all = table.papers.iter().flat_map(|(case, documents)| documents.iter().map(|document| (*case, document)));
    all.filter(|(case, document)| named(*case, document) && !looked_at.contains(&document.id)).collect()
}

/// A paper that is not to go with the others waits for a person; its child stays listed.
pub(in crate::daemon) async fn set_aside(
    tx: &mut Tx,
    panel: &Panel,
    meeting: &Meeting,
    case: CaseRef,
    document: &Document,
    kind: HoldKind,
) -> anyhow::Result<HeldRef> {
    let message = tx.message(document.message).await?.context("the message of a paper is gone")?;
    let mut document = document.clone();
    document.state = DocumentState::Held;
    tx.update_document(&document).await?;
    let new = NewHeld {
        kind: kind.as_str().to_owned(),
        rule: kind.rule().to_owned(),
        panel: Some(panel.profile.id.clone()),
        message: Some(document.message),
        document: Some(document.id.clone()),
        case: Some(case),
        meeting: Some(meeting.id.clone()),
        entry: None,
        detail: HeldDetail {
            summary: kind.words().to_owned().into(),
            advice: "Read it. Release it when its members may have it: it follows by supplement. Else reject it."
                .to_owned()
                .into(),
            candidates: Vec::new(),
            facts: BTreeMap::new(),
        },
    };
    let number = tx.hold(message.key()?, &new).await?;
    tx.journal(Line {
        event: "held",
        rule: Some(kind.rule().into()),
        reason: format!("{kind}: {}", kind.words()),
        refs: vec![
            Ref::Held(number),
            Ref::Message(document.message),
            Ref::Case(case),
            Ref::Meeting(meeting.id.clone()),
        ],
    });
    Ok(number)
}

/// The mails that wait are taken back: nobody has had them. The slots of children who are still heard stay as they are, and
/// so do the invitations that carry them.
pub(super) async fn void(
    tx: &mut Tx,
    book: &Book<'_>,
    meeting: &Meeting,
    of: Approved,
    table: &Table,
) -> anyhow::Result<()> {
    let listed: BTreeSet<CaseRef> = table.rows.iter().map(|row| row.case).collect();
    for mail in tx.awaiting_approval(&meeting.id).await? {
        let still = mail.kind == MailKind::InvitationUpdate
            && tx.cases_of_entry(mail.number).await?.iter().all(|case| listed.contains(case));
        if !still {
            take_back(tx, book, mail.number).await?;
            tx.free_purpose(mail.number).await?;
        }
    }
    if of == Approved::Pack {
        tx.unmark(&meeting.id, Mark::PackDrawn).await?;
    }
    Ok(())
}
