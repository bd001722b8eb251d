//! Nobody has approved it: at its deadline, and when its meeting begins.

use super::go::{go, in_words};
use super::wait::asking;
use super::{Approving, RULE, note};
use crate::casework::Ref;
use crate::casework::calendar::{Meeting, civil};
use crate::casework::panel::OnDeadline;
use crate::daemon::alerts::{Alert, raise};
use crate::daemon::dispatch::take_back;
use crate::daemon::{Book, Daemon, Panel};
use crate::inbound::unpack::Limits;
use crate::outbound::compose::alert::NextStep;
use crate::store::{Approval, ApprovalState, Approved, Line, Tx};
use anyhow::Context as _;
use jiff::Timestamp;

/// Nobody has approved it: it goes on as the profile says, and approver and chair are told.
pub(super) async fn at_the_deadline(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    limits: &Limits,
    meeting: &Meeting,
    of: Approved,
) -> anyhow::Result<()> {
    let now = tx.now();
    let row = tx.approval(&meeting.id).await?.context("nothing waits for approval")?;
    let which = if of == Approved::Pack { String::new() } else { format!("|{of}|{}", row.version) };
    let sends = panel.profile.on_deadline == OnDeadline::Send;
    let purpose = format!("alert|approval|{}|deadline|{sends}{which}", meeting.id);
    let about = (of, row.deadline_at);
    let day = civil::day_in_words(meeting.day());
    match panel.profile.on_deadline {
        OnDeadline::Hold => {
            tx.decide_approval(&meeting.id, ApprovalState::Unapproved, None).await?;
            note(
                tx,
                meeting,
                if of == Approved::Pack { "pack.unapproved" } else { "supplement.unapproved" },
                "nobody approved it by its deadline: it waits on".to_owned(),
            );
            let alert = Alert {
                title: format!("the {of} for {day} has not gone: nobody approved it"),
                what: format!(
                    "Nobody approved the {of} for {} by its deadline. It waits, and nobody has it.",
                    meeting.id
                ),
                decide_by: Some(meeting.starts_at),
                otherwise: Some("it does not go at all.".to_owned()),
                ..asking(panel, meeting, about, purpose, now)
            };
            raise(tx, book, panel, alert).await?;
        }
        OnDeadline::Send => {
            tx.decide_approval(&meeting.id, ApprovalState::Sent, None).await?;
            let held = go(tx, book, panel, limits, meeting, of, Approving::WithoutFlagged).await?;
            let without = in_words(&held);
            note(
                tx,
                meeting,
                if of == Approved::Pack { "pack.sent_unapproved" } else { "supplement.sent_unapproved" },
                format!("nobody approved it by its deadline: it goes{without}"),
            );
            let alert = Alert {
                title: format!("the {of} for {day} went without approval"),
                what: format!("Nobody approved the {of} for {} by its deadline. It goes now{without}.", meeting.id),
                decide_by: None,
                otherwise: None,
                about: held.iter().copied().map(Ref::Held).chain([Ref::Meeting(meeting.id.clone())]).collect(),
                next: vec![NextStep {
                    text: "Look at what is held; released, it follows by supplement".to_owned(),
                    command: Some("dutyclerk held list".to_owned()),
                }],
                ..asking(panel, meeting, about, purpose, now)
            };
            raise(tx, book, panel, alert).await?;
        }
    }
    Ok(())
}

/// Packs that nobody approved before their meetings began: their mails go to nobody any more, and that is told.
pub(in crate::daemon) async fn lapse(daemon: &Daemon, book: &Book<'_>, now: Timestamp) -> anyhow::Result<usize> {
    let begun = daemon.store.read().await?.begun_unapproved(now).await?;
    let mut done = 0;
    for id in begun {
        let mut tx = daemon.store.begin(now).await?;
        for mail in tx.awaiting_approval(&id).await? {
            take_back(&mut tx, book, mail.number).await?;
        }
        tx.close_codes(&Ref::Meeting(id.clone())).await?;
        tx.decide_approval(&id, ApprovalState::Lapsed, None).await?;
        let reason = "nobody approved it before its meeting began: it goes to nobody".to_owned();
        let refs = vec![Ref::Meeting(id.clone())];
        tx.journal(Line { event: "pack.lapsed", rule: Some(RULE.into()), reason, refs });
        if let Some(panel) = book.panels.get(&id.panel)
            && let Some(meeting) = panel.meeting(&id)
            && let Some(Approval { what: of, deadline_at, version, .. }) = tx.approval(&id).await?
        {
            let which = if of == Approved::Pack { String::new() } else { format!("|{of}|{version}") };
            let alert = Alert {
                title: format!("the {of} for {} never went", civil::day_in_words(meeting.day())),
                what: format!(
                    "Nobody approved the {of} for {id} before its meeting began. Its members do not have it."
                ),
                decide_by: None,
                otherwise: None,
                next: vec![NextStep { text: "Bring the papers to the meeting itself".to_owned(), command: None }],
                ..asking(panel, &meeting, (of, deadline_at), format!("alert|approval|{id}|lapsed{which}"), now)
            };
            raise(&mut tx, book, panel, alert).await?;
        }
        tx.commit().await?;
        done += 1;
    }
    Ok(done)
}
