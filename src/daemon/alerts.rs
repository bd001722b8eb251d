//! Alerts: what a person must see. References only; each says what happened, why, and what to do next.

use super::asked::Chain;
use super::desk::{Posting, post};
use super::offer::offers;
use super::{Book, Panel};
use crate::casework::calendar::civil;
use crate::casework::routing::RoutedCase;
use crate::casework::rules::{AlertKind, Contact, Ends};
use crate::casework::{HeldRef, MeetingId, MessageRef, Ref, RoleId};
use crate::outbound::compose::alert::{NextStep, View as AlertView, compose};
use crate::store::Tx;
use jiff::Timestamp;

/// To whom an alert goes first; an empty role passes it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    /// The panel's owner, then deputy, then chair.
    Owner,
    /// The chair, then owner.
    Chair,
    /// Whoever is on duty, then the owner.
    Duty,
    /// Chair and deputy chair together.
    Chairs,
    /// Chair, police and admin together (SY-21).
    Sensitive,
    /// Chair, deputy chair and whoever is on duty, together (MC-22).
    ChairsAndDuty,
    /// Approver and chair together (MC-33).
    Approvers,
    /// Who hears of it next, where nobody has answered: together.
    Step(Chain, i64),
}

/// An alert's content.
pub(super) struct Alert<'a> {
    pub to: To,
    /// Sent now, out of hours too.
    pub at_once: bool,
    /// What makes it the same alert.
    pub purpose: String,
    pub title: String,
    pub what: String,
    pub why: String,
    pub rule: &'static str,
    pub happened_at: Timestamp,
    pub decide_by: Option<Timestamp>,
    pub otherwise: Option<String>,
    pub about: Vec<Ref>,
    pub next: Vec<NextStep>,
    pub meeting: Option<&'a MeetingId>,
    pub cases: &'a [RoutedCase],
}

/// Queues an alert. False when nobody is there to be told: that itself is logged and journalled.
pub(super) async fn raise(tx: &mut Tx, book: &Book<'_>, panel: &Panel, alert: Alert<'_>) -> anyhow::Result<bool> {
    let profile = &panel.profile;
    let duty = RoleId::new("duty");
    let (owner, deputy, chair) = (&profile.alerts.owner, &profile.alerts.deputy, &profile.alerts.chair);
    let police = RoleId::new("police");
    let approver = RoleId::new("approver");
    let deputy_chair = RoleId::new("deputy-chair");
    let everyone = matches!(alert.to, To::Chairs | To::ChairsAndDuty | To::Sensitive | To::Approvers | To::Step(..));
    let step = if let To::Step(chain, step) = alert.to { chain.roles(&profile.alerts, step) } else { Vec::new() };
    let roles: Vec<&RoleId> = match alert.to {
        To::Step(..) => step.iter().collect(),
        To::Chairs => vec![chair, &deputy_chair],
        To::ChairsAndDuty => vec![chair, &deputy_chair, &duty],
        To::Sensitive => vec![chair, owner, &police],
        To::Approvers => vec![&approver, chair],
        To::Owner => vec![owner, deputy, chair],
        To::Chair => vec![chair, owner, deputy],
        To::Duty => vec![&duty, owner, deputy, chair],
    };
    let routing = book.routing(panel, tx.now());
    let Some(clearance) = routing.alert(&roles, everyone, alert.meeting, alert.cases, alert.rule) else {
        tracing::error!(panel.id = %profile.id, rule.id = alert.rule, "nobody in the directory can be alerted");
        tx.journal(crate::store::Line {
            event: "alert.nobody",
            rule: Some(alert.rule.into()),
            reason: "nobody in the directory can be alerted".to_owned(),
            refs: alert.about,
        });
        return Ok(false);
    };
    if tx.entry_of_purpose(&alert.purpose).await?.is_some() {
        return Ok(true);
    }
    // A pack is approved by whoever has its preview in front of them.
    let held: Vec<Ref> = alert.about.iter().filter(|about| !matches!(about, Ref::Meeting(_))).cloned().collect();
    // A code is of use to whoever may settle: duty alone may not.
    let may_settle = clearance.recipients().iter().any(|to| routing.may_settle(&to.address, alert.cases));
    let offered: Vec<Ref> = held.into_iter().filter(|of| may_settle || matches!(of, Ref::Alert(_))).collect();
    let offers = offers(tx, book, panel, &offered).await?;
    let view = AlertView {
        head: panel.letterhead(),
        title: alert.title,
        what: alert.what,
        happened_at: alert.happened_at,
        why: alert.why,
        rule: alert.rule.to_owned(),
        decide_by: alert.decide_by,
        otherwise: alert.otherwise,
        about: alert.about,
        next: alert.next,
        offers,
    };
    let due_at = if alert.at_once { tx.now() } else { panel.working_instant(tx.now()) };
    let posting = Posting {
        purpose: alert.purpose,
        due_at,
        // A question about a meeting is no question any more when it has begun.
        expires_at: alert.meeting.and_then(|id| book.meeting(id)).map(|m| m.starts_at).filter(|at| *at > due_at),
        answers: None,
        clearance: &clearance,
        panel: &profile.id,
    };
    let templates = book.templates;
    post(tx, posting, |stamp| compose(templates, &clearance, &view, stamp, &[])).await?;
    Ok(true)
}

/// What an alert about a received message says.
pub(super) struct Told<'a> {
    pub message: MessageRef,
    pub arrived_at: Timestamp,
    pub held: &'a [(HeldRef, String)],
    pub cases: &'a [RoutedCase],
    /// The meeting papers came too late for, and where they are listed instead.
    pub missed: Option<&'a MeetingId>,
    /// Very high risk, or urgent words: more people are told at once (MC-22).
    pub urgent: bool,
    /// Until when an escalation is answered (SH-27).
    pub answer_by: Option<Timestamp>,
    /// By when what came from outside is dealt with as a contact (SH-19, SH-20).
    pub contact: Option<Contact>,
    /// The panel's rule for late papers.
    pub late_rule: &'static str,
    pub listed: Option<&'a MeetingId>,
}

/// What is the end of an alert that asks somebody to do something. None where it only informs, or where what is held is
/// what goes on.
pub(super) fn ends(kind: AlertKind, told: &Told<'_>) -> Option<Ends> {
    let cases = || told.cases.iter().map(|case| case.case).collect();
    match kind {
        AlertKind::Urgent => Some(Ends::Answered),
        AlertKind::LatePaper | AlertKind::Plea | AlertKind::TabledPaper => Some(match (told.missed, told.cases) {
            (Some(missed), [case, ..]) => Ends::Admitted(missed.clone(), case.case),
            (Some(missed), []) => Ends::Begun(missed.clone()),
            (None, _) => Ends::Answered,
        }),
        AlertKind::TwoPapers => Some(told.listed.cloned().map_or(Ends::Answered, Ends::Begun)),
        AlertKind::NoCaseworker => Some(Ends::Caseworker(cases())),
        AlertKind::Expected | AlertKind::Held | AlertKind::Escalation => None,
    }
}

/// What the front door owes about a contact, in words.
fn owed_about(contact: &Contact) -> String {
    let heard_on = civil::day_in_words(contact.heard_on);
    let listed = match contact.listed_by {
        Some(by) => format!("is on the agenda of the morning meeting of {heard_on} by {}", civil::instant_in_words(by)),
        None => format!("is a late addition to the morning meeting of {heard_on}"),
    };
    format!(
        " For the front door it is a contact: it {listed} (SH-20), whether the child is assessed is decided by {} (SH-19), and \
         the assessment meeting is held within ten days of that decision (SH-18).",
        civil::day_in_words(contact.decided_on)
    )
}

/// The chair may admit the child to the meeting it came too late for.
fn to_admit<'a>(alert: &mut Alert<'a>, book: &Book<'_>, missed: &'a MeetingId, told: &Told<'a>) {
    alert.decide_by = book.meeting(missed).map(|m| m.starts_at);
    alert.otherwise = Some("it stays as it is.".to_owned());
    alert.meeting = Some(missed);
    let text = format!("Admit it to {}", civil::day_in_words(missed.date));
    let command = told.cases.first().map(|c| format!("dutyclerk meeting admit {missed} {}", c.case));
    alert.next.insert(0, NextStep { text, command });
}

/// The alert of each kind a decision asks for.
pub(super) fn about_message<'a>(book: &Book<'_>, kind: AlertKind, told: &Told<'a>) -> Alert<'a> {
    let message = told.message;
    let mut about: Vec<Ref> = vec![Ref::Message(message)];
    about.extend(told.cases.iter().map(|c| Ref::Case(c.case)));
    let refs = told.cases.iter().map(|c| c.case.to_string()).collect::<Vec<_>>().join(", ");
    let whose = if refs.is_empty() { message.to_string() } else { refs };
    let explain = NextStep {
        text: "See what was received and decided".to_owned(),
        command: Some(format!("dutyclerk explain {message}")),
    };
    let day = |id: &MeetingId| civil::day_in_words(id.date);
    let mut alert = Alert {
        to: To::Owner,
        at_once: false,
        purpose: format!("alert|{kind:?}|{message}"),
        title: String::new(),
        what: String::new(),
        why: String::new(),
        rule: "SH-23",
        happened_at: told.arrived_at,
        decide_by: None,
        otherwise: None,
        about,
        next: vec![explain],
        meeting: None,
        cases: told.cases,
    };
    match kind {
        AlertKind::Urgent => {
            alert.to = To::Duty;
            alert.at_once = true;
            alert.title = format!("urgent wording in {message}");
            alert.what =
                format!("Message {message} speaks of immediate danger to a child. Open it in the duty mailbox now.");
            alert.why = "A child at immediate risk goes the statutory way (duty, strategy meeting, police), not through the panel. The sender was told so where a reply was safe.".to_owned();
        }
        AlertKind::LatePaper => {
            alert.to = if told.urgent { To::ChairsAndDuty } else { To::Chair };
            alert.at_once = true;
            alert.rule = told.late_rule;
            if let (Some(missed), Some(listed)) = (told.missed, told.listed) {
                alert.title = format!("late paper for {whose}: admit it to {}?", day(missed));
                let at = if missed == listed {
                    "The child stays listed there".to_owned()
                } else {
                    format!("For now it is on the meeting of {}", day(listed))
                };
                alert.what = format!(
                    "Message {message} with a paper for {whose} came after the cut-off for the meeting of {}. {at}.",
                    day(missed)
                );
                to_admit(&mut alert, book, missed, told);
            }
            alert.why = "The chair decides whether a late paper is heard.".to_owned();
        }
        AlertKind::Plea => {
            alert.to = if told.urgent { To::ChairsAndDuty } else { To::Chair };
            alert.at_once = true;
            alert.rule = "MC-22";
            if let (Some(missed), Some(listed)) = (told.missed, told.listed) {
                alert.title = format!("can {whose} wait? Its sender writes about the meeting of {}", day(missed));
                alert.what = format!(
                    "Message {message} is about {whose}, whose paper came after the cut-off for the meeting of {}. Whoever sent it was asked to write if the child cannot wait. Open the message in the duty mailbox. For now the child is on the meeting of {}.",
                    day(missed),
                    day(listed)
                );
                to_admit(&mut alert, book, missed, told);
            }
            alert.why =
                "The chair decides whether a late paper is heard; the program must not be the reason for delay."
                    .to_owned();
        }
        AlertKind::TabledPaper => {
            alert.to = To::Chair;
            alert.at_once = true;
            alert.rule = "MC-30";
            alert.title = format!("tabled paper for {whose}");
            alert.what = format!(
                "Message {message} brought a paper for {whose} after the cut-off. The child stays on the agenda with the paper on file; the new one was not sent out."
            );
            alert.why = "A paper that comes after the cut-off for a listed child is tabled for the chair.".to_owned();
            if let Some(missed) = told.missed {
                to_admit(&mut alert, book, missed, told);
                alert.otherwise = Some("the child is heard on the paper on file, and the new one goes with the next meeting that hears it.".to_owned());
            }
        }
        AlertKind::TwoPapers => {
            alert.rule = "MC-30";
            alert.title = format!("two papers for {whose}");
            alert.what = format!(
                "Message {message} brought another paper for {whose}. Both are kept and both go with the pack."
            );
            alert.why = "It is not later than the first, or it is from somebody else, so the program does not choose."
                .to_owned();
            alert.next.push(NextStep {
                text: "Ask both senders which one holds, then reject the other".to_owned(),
                command: None,
            });
        }
        AlertKind::Expected => {
            alert.to = To::Chair;
            alert.rule = "SH-10";
            alert.title = format!("{whose} is announced, the assessment has not come");
            alert.what = match told.listed {
                Some(listed) => format!(
                    "Message {message} announces {whose} and brings no assessment. The child stands on the agenda of {} as expected, and goes from meeting to meeting until the assessment comes.",
                    day(listed)
                ),
                None => format!("Message {message} announces {whose} and brings no assessment."),
            };
            alert.why = "A case that is announced is expected at every meeting until it is resolved, so that no child is forgotten. The sender was asked for the assessment.".to_owned();
        }
        AlertKind::Held => {
            alert.rule = "MC-32";
            let list = told.held.iter().map(|(number, why)| format!("{number}: {why}")).collect::<Vec<_>>().join("; ");
            alert.title = format!(
                "held for you: {}",
                told.held.iter().map(|(n, _)| n.to_string()).collect::<Vec<_>>().join(", ")
            );
            alert.what = format!("From message {message} these wait for a person: {list}.");
            alert.why = match told.listed {
                Some(_) => "The program does not guess. What came in time stays in time: the child is listed with “paper to follow”.",
                None => "The program does not guess. What came in time stays in time, and is heard when it is let through.",
            }
            .to_owned();
            alert.about.extend(told.held.iter().map(|(number, _)| Ref::Held(*number)));
            if let Some((number, _)) = told.held.first() {
                alert.next.insert(
                    0,
                    NextStep { text: "Look at it".to_owned(), command: Some(format!("dutyclerk held show {number}")) },
                );
                alert.next.insert(
                    1,
                    NextStep {
                        text: "Let it through".to_owned(),
                        command: Some(format!("dutyclerk held release {number}")),
                    },
                );
            }
        }
        AlertKind::Escalation => {
            alert.to = To::Chair;
            alert.at_once = true;
            alert.rule = "SH-27";
            let of = if told.cases.is_empty() { String::new() } else { format!(" about {whose}") };
            alert.title = format!("a decision of the panel{of} is disputed in {message}");
            alert.what =
                format!("Message {message} disagrees with what the panel decided{of}. Open it in the duty mailbox.");
            alert.why = "An escalation is answered by the chair or co-chair, with reasons, within five working days."
                .to_owned();
            alert.decide_by = told.answer_by;
            alert.otherwise = Some("nobody answers it: the program does not.".to_owned());
        }
        AlertKind::NoCaseworker => {
            alert.rule = "MC-34";
            alert.title = format!("no caseworker known for {whose}");
            alert.what = format!(
                "Message {message} came from outside the authority, and the form names nobody the directory knows. {whose} has no caseworker to invite."
            );
            alert.why = "A referral from a partner agency is a task for the front door and the chair.".to_owned();
            if let Some(contact) = &told.contact {
                alert.what.push_str(&owed_about(contact));
                alert.decide_by = Some(civil::instant(contact.decided_on.at(17, 0, 0, 0)));
            }
            alert.next.push(NextStep {
                text: "Find the child's worker and add them to the directory".to_owned(),
                command: None,
            });
        }
    }
    alert
}
