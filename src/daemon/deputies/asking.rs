//! Whoever runs the panel is asked: whether the deputy gets the papers, or who comes at all.

use super::{Facts, KIND};
use crate::casework::calendar::{Meeting, civil};
use crate::casework::directory::Entry;
use crate::casework::rules::{Ends, HoldKind};
use crate::casework::{HeldRef, Ref};
use crate::daemon::Panel;
use crate::daemon::alerts::{Alert, To, raise};
use crate::daemon::asked::ask;
use crate::daemon::carry_out::Carrying;
use crate::daemon::one_child::role_in_words;
use crate::outbound::compose::alert::NextStep;
use crate::store::{HeldDetail, Line, NewHeld, Tx};

pub(super) async fn hold(
    tx: &mut Tx,
    c: &Carrying<'_>,
    panel: &Panel,
    meeting: &Meeting,
    kind: HoldKind,
    summary: String,
    facts: Facts,
) -> anyhow::Result<HeldRef> {
    let advice = if kind == KIND {
        "Read the mail in the mailbox. Release it to send the meeting's papers to the deputy whom the directory names; else reject it."
    } else {
        "Ring their agency and ask who comes; then release it. Reject it where it is no apology for this meeting."
    };
    let new = NewHeld {
        kind: kind.as_str().to_owned(),
        rule: kind.rule().to_owned(),
        panel: Some(panel.profile.id.clone()),
        message: Some(c.message.number),
        document: None,
        case: None,
        meeting: Some(meeting.id.clone()),
        entry: None,
        detail: HeldDetail { summary: summary.into(), advice: advice.to_owned().into(), candidates: Vec::new(), facts },
    };
    let number = tx.hold(c.message.key()?, &new).await?;
    tx.journal(Line {
        event: "held",
        rule: Some(kind.rule().into()),
        reason: format!("{kind}: {}", kind.words()),
        refs: vec![Ref::Held(number), Ref::Message(c.message.number), Ref::Meeting(meeting.id.clone())],
    });
    Ok(number)
}

/// The directory names nobody who could have the papers: the owner is asked who comes.
pub(super) async fn ask_who_comes(
    tx: &mut Tx,
    c: &Carrying<'_>,
    panel: &Panel,
    meeting: &Meeting,
    member: &Entry,
    (what, ends): (&str, Ends),
) -> anyhow::Result<()> {
    let role = role_in_words(&member.role);
    let alert = Alert {
        purpose: format!("alert|away|{}|{}", meeting.id, member.email),
        what: format!("The {role} {what}. The directory names no deputy for them who may have the panel's mail."),
        otherwise: Some("nobody of their agency may have read the papers.".to_owned()),
        about: vec![Ref::Message(c.message.number), Ref::Meeting(meeting.id.clone())],
        next: vec![
            NextStep { text: "Ring their agency and ask who comes".to_owned(), command: None },
            NextStep {
                text: "Name a deputy in the directory's column “deputy”, for the next time".to_owned(),
                command: None,
            },
        ],
        ..may_be_away(c, meeting, &role)
    };
    ask(tx, c.book, panel, alert, ends).await?;
    Ok(())
}

/// The owner is asked whether the deputy gets the papers.
pub(super) async fn tell(
    tx: &mut Tx,
    c: &Carrying<'_>,
    panel: &Panel,
    meeting: &Meeting,
    (member, deputy): (&Entry, &Entry),
    number: HeldRef,
    what: &str,
) -> anyhow::Result<()> {
    let role = role_in_words(&member.role);
    let alert = Alert {
        at_once: true,
        purpose: format!("alert|away|{number}"),
        what: format!(
            "{} ({role}) {what}. The directory names {} as deputy, who has not had the papers for {}.",
            member.name.reveal(),
            deputy.name.reveal(),
            meeting.id
        ),
        otherwise: Some("the deputy gets nothing.".to_owned()),
        about: vec![Ref::Held(number), Ref::Message(c.message.number), Ref::Meeting(meeting.id.clone())],
        next: vec![
            NextStep { text: "Read the mail in the duty mailbox".to_owned(), command: None },
            NextStep {
                text: "Send the papers to the deputy".to_owned(),
                command: Some(format!("dutyclerk held release {number}")),
            },
        ],
        ..may_be_away(c, meeting, &role)
    };
    raise(tx, c.book, panel, alert).await?;
    Ok(())
}

/// What an alert about a member's absence says, whoever may stand in.
pub(super) fn may_be_away<'a>(c: &Carrying<'_>, meeting: &'a Meeting, role: &str) -> Alert<'a> {
    Alert {
        to: To::Owner,
        at_once: false,
        purpose: String::new(),
        title: format!("the {role} may be away on {}", civil::day_in_words(meeting.day())),
        what: String::new(),
        why: "The pack goes to core members; when one is away, the deputy named in the directory may have it in their place, if you say so."
            .to_owned(),
        rule: KIND.rule(),
        happened_at: c.message.arrived_at,
        decide_by: Some(meeting.starts_at),
        otherwise: None,
        about: Vec::new(),
        next: Vec::new(),
        meeting: Some(&meeting.id),
        cases: &[],
    }
}
