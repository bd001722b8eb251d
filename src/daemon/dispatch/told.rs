//! What a person is told about mail that does not arrive: references and roles only, what happened, and what to do.

use super::Going;
use crate::casework::calendar::civil;
use crate::casework::rules::Ends;
use crate::casework::{CaseRef, MailKind, MessageRef, Ref, RoleId, SentRef};
use crate::daemon::alerts::{Alert, To, raise};
use crate::daemon::asked::ask;
use crate::daemon::desk::OpenCase;
use crate::daemon::{Book, Panel};
use crate::outbound::compose::alert::NextStep;
use crate::outbound::outbox::{Entry, Recipient, RecipientReply, RecipientState, Reply, Standing};
use crate::store::{Line, OutboxEntry, SubmissionServer, Tx};
use jiff::Timestamp;
use std::collections::BTreeSet;
use tracing::error;

/// By which these alerts go: the protocol's own rules say what a refusal is.
const RULE: &str = "RFC 5321";
/// And those of what was taken and came back.
const REPORTED: &str = "RFC 3464";

/// Why somebody does not have their mail.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::daemon) enum Loss {
    /// Refused for good while it was handed over, or out of time.
    NotTaken,
    /// It was taken, and a delivery report says that it did not arrive.
    Bounced(MessageRef),
}

/// Tells of everyone who was just given up: refused for good, or out of time.
pub(super) async fn not_reached(
    tx: &mut Tx,
    book: &Book<'_>,
    mail: &Going,
    after: &Entry,
    replies: &[RecipientReply],
) -> anyhow::Result<()> {
    let mut lost: Vec<(&RoleId, String)> = Vec::new();
    for ((before, after), to) in mail.entry.recipients.iter().zip(&after.recipients).zip(&mail.envelope.to) {
        if before.state == after.state {
            continue;
        }
        let reply = replies.iter().find(|reply| reply.address == after.address).map(|reply| &reply.reply);
        match (after.state, reply) {
            (RecipientState::Failed, Some(Reply::Permanent(refusal))) => lost.push((&to.role, refusal.to_string())),
            (RecipientState::Failed, _) => lost.push((&to.role, "refused".to_owned())),
            (RecipientState::Expired, _) => lost.push((&to.role, "not taken in time".to_owned())),
            _ => {}
        }
    }
    let attempt = i64::from(after.attempt);
    tell_lost(tx, book, &mail.stored, mail.envelope.to.len(), &lost, (Loss::NotTaken, attempt)).await
}

/// Tells whom a mail did not reach, by role and why; `nth` makes it one alert for each time that happens.
pub(in crate::daemon) async fn tell_lost(
    tx: &mut Tx,
    book: &Book<'_>,
    stored: &OutboxEntry,
    all: usize,
    lost: &[(&RoleId, String)],
    (loss, nth): (Loss, i64),
) -> anyhow::Result<()> {
    // Nobody waits for a canary; the mail it follows is told of when none comes.
    if lost.is_empty() || stored.kind == MailKind::Canary {
        return Ok(());
    }
    let (number, kind) = (stored.number, stored.kind);
    let who: Vec<String> = lost.iter().map(|(role, why)| format!("{role} ({why})")).collect();
    let who = who.join(", ");
    error!(sent.id = %number, mail.kind = %kind, lost = lost.len(), "a mail did not reach everyone it is for");
    let Some(panel) = book.panels.get(&stored.panel) else { return Ok(()) };
    let (rule, purpose, what, why) = match loss {
        Loss::NotTaken => (
            RULE,
            "not-reached",
            format!("{number} ({}) was not taken for: {who}. The others are not affected.", about_mail(stored)),
            "The receiving side refused it for good, or did not take it while it was worth sending. The program does not \
             try again.",
        ),
        Loss::Bounced(report) => (
            REPORTED,
            "bounced",
            format!(
                "{number} ({}) came back for: {who}. The others are not affected. The report is {report}.",
                about_mail(stored)
            ),
            "The mail was taken for them, and later reported as not delivered. The program does not try again.",
        ),
    };
    if kind == MailKind::Alert && (stored.rule == RULE || stored.rule == REPORTED) {
        // An alert about mail that does not arrive does not arrive either: no more mail about that.
        tx.journal(Line {
            event: "alert.not_reached",
            rule: Some(rule.into()),
            reason: format!("the alert that mail does not arrive did not arrive either: {who}"),
            refs: vec![Ref::Sent(number)],
        });
        return Ok(());
    }
    let profile = &panel.profile;
    let needed = |role: &RoleId| profile.core_roles.contains(role) || profile.health.roles.contains_key(role);
    // Who is none of those written to may be any of them.
    let to = stored.envelope.open()?.to;
    let anybody = |role: &RoleId| to.iter().all(|to| to.role != *role);
    let at_once = lost.iter().any(|(role, _)| needed(role) || anybody(role)) || kind == MailKind::Alert;
    // Whether they were reached another way knows only who did it; when the meeting has begun it is too late.
    let meeting = stored.meeting.clone().filter(|id| book.meeting(id).is_some_and(|of| of.starts_at > tx.now()));
    let ends = meeting.map_or(Ends::Answered, Ends::Begun);
    let alert = Alert {
        // Whoever the first alert was for may be the one who cannot be reached.
        to: if kind == MailKind::Alert { To::Chair } else { To::Owner },
        // A member or health colleague without their papers is told of the same day; the rest in working hours.
        at_once,
        purpose: format!("{purpose}|{number}|{nth}"),
        title: format!("{number} did not reach {} of {all}", lost.len()),
        what,
        why: why.to_owned(),
        rule,
        happened_at: tx.now(),
        decide_by: None,
        otherwise: None,
        about: vec![Ref::Sent(number)],
        next: vec![
            NextStep {
                text: "See whom it was for and what the server answered".to_owned(),
                command: Some(format!("dutyclerk outbox show {number}")),
            },
            NextStep {
                text: "Reach them another way, and correct the address in the directory".to_owned(),
                command: None,
            },
        ],
        meeting: None,
        cases: &[],
    };
    ask(tx, book, panel, alert, ends).await?;
    Ok(())
}

/// Why a mail of which nobody knows whether it was taken is not sent again by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsettled {
    /// Somebody it is for may not have it any more.
    Restricted,
    /// A later mail takes its place.
    Superseded,
    /// It prepares a meeting that has begun, or is too old.
    Late,
    /// Neither its copy nor the canary sent after it has come.
    NoCanary,
}

impl Unsettled {
    /// Of a mail that is held, the most protective reason first.
    pub(super) fn of(entry: &Entry, now: Timestamp) -> Self {
        match entry.standing {
            Standing { restricted: true, .. } => Self::Restricted,
            Standing { superseded: true, .. } | Standing { withdrawn: true, .. } => Self::Superseded,
            _ if now >= entry.expires_at => Self::Late,
            _ => Self::NoCanary,
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Restricted => "one of its children was restricted since for somebody it is for",
            Self::Superseded => "a later mail has taken its place",
            Self::Late => "its meeting has begun, or it is too old to go",
            Self::NoCanary => {
                "no copy came to the journal mailbox within an hour, and no mail that was sent later either"
            }
        }
    }
}

/// A mail may have been taken or not, and it does not go again by itself.
pub(super) async fn nobody_knows(
    tx: &mut Tx,
    book: &Book<'_>,
    stored: &OutboxEntry,
    why: Unsettled,
) -> anyhow::Result<()> {
    let number = stored.number;
    let Some(panel) = book.panels.get(&stored.panel) else { return Ok(()) };
    let arrived = NextStep {
        text: "If it arrived".to_owned(),
        command: Some(format!("dutyclerk outbox settle {number} --arrived")),
    };
    let mut next = vec![
        NextStep {
            text: "See whom it is for, and ask one of them".to_owned(),
            command: Some(format!("dutyclerk outbox show {number}")),
        },
        arrived,
    ];
    match why {
        Unsettled::Restricted => next.push(NextStep {
            text: "If it did not: leave it held, it goes to nobody. If it did, somebody has it who should not"
                .to_owned(),
            command: None,
        }),
        Unsettled::Superseded | Unsettled::Late => next.push(NextStep {
            text: "If it did not: it is given up".to_owned(),
            command: Some(format!("dutyclerk outbox settle {number} --again")),
        }),
        Unsettled::NoCanary => {
            next.push(NextStep {
                text: "If it did not: the same mail goes again".to_owned(),
                command: Some(format!("dutyclerk outbox settle {number} --again")),
            });
            next.push(NextStep {
                text: "See whether mail to the journal mailbox arrives there".to_owned(),
                command: Some("dutyclerk check --connect".to_owned()),
            });
        }
    }
    let alert = Alert {
        to: To::Owner,
        at_once: true,
        purpose: format!("unknown|{number}|{}", stored.attempt),
        title: format!("was {number} sent? Please look"),
        what: format!(
            "The connection to the mail server ended while {number} ({}) was being handed over. Nothing shows whether the \
             server took it. It is held and not sent again: {}.",
            about_mail(stored),
            why.words()
        ),
        why: "A mail that was not taken goes again by itself once a later mail has come to our journal mailbox and its own \
              copy has not. This one does not: a person looks first."
            .to_owned(),
        rule: RULE,
        happened_at: tx.now(),
        decide_by: None,
        otherwise: Some("it stays held; if the copy turns up, it counts as sent.".to_owned()),
        about: vec![Ref::Sent(number)],
        next,
        meeting: None,
        cases: &[],
    };
    ask(tx, book, panel, alert, Ends::Mail(number)).await?;
    Ok(())
}

/// A mail is larger than a mail may be, and waits for a person.
pub(super) async fn too_large(tx: &mut Tx, book: &Book<'_>, stored: &OutboxEntry) -> anyhow::Result<()> {
    let number = stored.number;
    let Some(panel) = book.panels.get(&stored.panel) else { return Ok(()) };
    let mib = |bytes: i64| bytes.div_euclid(1024 * 1024);
    let alert = Alert {
        to: To::Owner,
        at_once: true,
        purpose: format!("too-large|{number}"),
        title: format!("{number} is too large to send"),
        what: format!(
            "{number} ({}) has {} MiB; mail servers take {} MiB. It is held, and nobody has it yet.",
            about_mail(stored),
            mib(stored.size) + 1,
            mib(book.largest_mail)
        ),
        why:
            "A mail that large is refused, or lost on the way without a word. Papers go in numbered parts as long as each fits \
              into one mail; this mail cannot be parted."
                .to_owned(),
        rule: super::kept::TOO_LARGE,
        happened_at: tx.now(),
        decide_by: None,
        otherwise: Some("it stays held until it is no longer worth sending.".to_owned()),
        about: vec![Ref::Sent(number)],
        next: vec![
            NextStep {
                text: "See which paper it is, and ask for a smaller one (a scan at 150 dpi)".to_owned(),
                command: Some(format!("dutyclerk outbox show {number}")),
            },
            NextStep {
                text: "If your servers take it: let it go as it is".to_owned(),
                command: Some(format!("dutyclerk outbox release {number}")),
            },
        ],
        meeting: None,
        cases: &[],
    };
    ask(tx, book, panel, alert, Ends::Mail(number)).await?;
    Ok(())
}

/// Somebody a mail is for has left the directory since it was written, and it waits for a person.
pub(super) async fn left(tx: &mut Tx, book: &Book<'_>, mail: &Going) -> anyhow::Result<()> {
    let (number, stored) = (mail.number, &mail.stored);
    let Some(panel) = book.panels.get(&stored.panel) else { return Ok(()) };
    let open: Vec<_> = mail.entry.recipients.iter().filter(|to| to.state.is_open()).collect();
    let role =
        |to: &Recipient| mail.envelope.to.iter().find(|of| of.address == to.address).map(|of| of.role.to_string());
    let gone: Vec<&Recipient> = open.iter().copied().filter(|to| to.left).collect();
    let roles: Vec<String> = gone.iter().filter_map(|to| role(to)).collect();
    let addresses: Vec<String> = gone.iter().map(|to| to.address.to_string()).collect();
    let alert = Alert {
        to: To::Owner,
        at_once: true,
        purpose: format!("left|{number}|{}", addresses.join("|")),
        title: format!("{number} is held: the directory has changed"),
        what: format!(
            "{number} ({}) was written for {} of whom the directory lists {} no more at the address it has for them: {}. It is \
             held, and none of them has it yet.",
            about_mail(stored),
            if open.len() == 1 { "one person".to_owned() } else { format!("{} people", open.len()) },
            gone.len(),
            roles.join(", ")
        ),
        why: "Everybody a mail is for is looked up once more just before it goes: somebody who has left, or whose row has run \
              out, must not have it."
            .to_owned(),
        rule: super::kept::LEFT,
        happened_at: tx.now(),
        decide_by: stored.expires_at,
        otherwise: Some("it stays held until it is no longer worth sending.".to_owned()),
        about: vec![Ref::Sent(number)],
        next: vec![
            NextStep {
                text: "If they should have it: put the row right, an old address among its aliases, and import it first"
                    .to_owned(),
                command: Some("dutyclerk directory import FILE".to_owned()),
            },
            NextStep {
                text: "Let it go to everybody whom the directory lists then, and to nobody else".to_owned(),
                command: Some(format!("dutyclerk outbox release {number}")),
            },
            NextStep {
                text: "If nobody should have it".to_owned(),
                command: Some(format!("dutyclerk outbox cancel {number}")),
            },
        ],
        meeting: None,
        cases: &[],
    };
    ask(tx, book, panel, alert, Ends::Mail(number)).await?;
    Ok(())
}

/// One of its children was restricted for somebody it is for after it was drawn up: it waits for a person (invariant 5).
pub(super) async fn restricted(tx: &mut Tx, book: &Book<'_>, stored: &OutboxEntry) -> anyhow::Result<()> {
    let number = stored.number;
    let Some(panel) = book.panels.get(&stored.panel) else { return Ok(()) };
    let mut routed = Vec::new();
    for case in tx.cases_of_entry(number).await? {
        if let Some(open) = OpenCase::load(tx, case).await? {
            routed.push(open.routed(tx).await?);
        }
    }
    let alert = Alert {
        to: To::Owner,
        at_once: true,
        purpose: format!("restricted|{number}"),
        title: format!("{number} is held: a child in it was restricted since"),
        what: format!(
            "{number} ({}) was drawn up before one of its children was restricted for somebody it is for. It is held, and \
             nobody it was still to reach has it.",
            about_mail(stored)
        ),
        why: "The more protective answer holds: a mail that was drawn up before a restriction does not go by itself."
            .to_owned(),
        rule: "SY-40",
        happened_at: tx.now(),
        decide_by: stored.expires_at,
        otherwise: Some("it stays held until it is no longer worth sending.".to_owned()),
        about: vec![Ref::Sent(number)],
        next: vec![
            NextStep {
                text: "Take it back; what it carries then goes anew, to whoever may have it".to_owned(),
                command: Some(format!("dutyclerk outbox cancel {number}")),
            },
            NextStep {
                text: "See whom it was for".to_owned(),
                command: Some(format!("dutyclerk outbox show {number}")),
            },
        ],
        meeting: None,
        cases: &routed,
    };
    ask(tx, book, panel, alert, Ends::Mail(number)).await?;
    Ok(())
}

/// A mail identifies children whom somebody it is for may not see, and waits for a person.
pub(super) async fn exposes(
    tx: &mut Tx,
    book: &Book<'_>,
    stored: &OutboxEntry,
    cases: &BTreeSet<CaseRef>,
) -> anyhow::Result<()> {
    let number = stored.number;
    let Some(panel) = book.panels.get(&stored.panel) else { return Ok(()) };
    error!(sent.id = %number, mail.kind = %stored.kind, "a mail identifies a child whom somebody it is for may not see; it is held");
    let names = cases.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut routed = Vec::new();
    for case in cases {
        if let Some(open) = OpenCase::load(tx, *case).await? {
            routed.push(open.routed(tx).await?);
        }
    }
    let mut about = vec![Ref::Sent(number)];
    about.extend(cases.iter().copied().map(Ref::Case));
    let alert = Alert {
        to: To::Owner,
        at_once: true,
        purpose: format!("exposes|{number}"),
        title: format!("{number} is held: it speaks of a child it is not about"),
        what: format!(
            "{number} ({}) bears the number, or the name with the date of birth, of {names}. Not everybody it is for may see \
             that child. It is held, and nobody has it yet.",
            about_mail(stored)
        ),
        why: "Every mail is opened once more just before it goes. What identifies a known child goes only to people who may \
              see that child."
            .to_owned(),
        rule: super::kept::EXPOSES,
        happened_at: tx.now(),
        decide_by: stored.expires_at,
        otherwise: Some("it stays held until it is no longer worth sending.".to_owned()),
        about,
        next: vec![
            NextStep {
                text: "See whom it is for and what it carries; ask the sender for a paper about one child alone".to_owned(),
                command: Some(format!("dutyclerk outbox show {number}")),
            },
            NextStep {
                text: "If everybody it is for may have it after all".to_owned(),
                command: Some(format!("dutyclerk outbox release {number}")),
            },
            NextStep {
                text: "If not".to_owned(),
                command: Some(format!("dutyclerk outbox cancel {number}")),
            },
        ],
        meeting: None,
        cases: &routed,
    };
    ask(tx, book, panel, alert, Ends::Mail(number)).await?;
    Ok(())
}

/// The mail server takes nothing. Each panel is told; that mail waits with the others until the server is back, so it stands
/// in `status` and in the log as well.
pub(super) async fn server_fails(
    tx: &mut Tx,
    book: &Book<'_>,
    server: &SubmissionServer,
    fault: &str,
) -> anyhow::Result<()> {
    let since: Timestamp = server.failing_at.unwrap_or(server.tried_at);
    for panel in book.panels.values() {
        raise(tx, book, panel, server_alert(panel, since, fault)).await?;
    }
    Ok(())
}

fn server_alert(panel: &Panel, since: Timestamp, fault: &str) -> Alert<'static> {
    Alert {
        to: To::Owner,
        at_once: true,
        purpose: format!("submission|{}|{}", panel.profile.id, since.as_second()),
        title: "no mail is leaving".to_owned(),
        what: format!("Since {} no mail could be handed to the mail server: {fault}.", civil::instant_in_words(since)),
        why: "Every mail waits in the outbox and is tried again; what is not taken while it is worth sending is given up \
              and told separately."
            .to_owned(),
        rule: RULE,
        happened_at: since,
        decide_by: None,
        otherwise: None,
        about: Vec::new(),
        next: vec![
            NextStep {
                text: "Try the server".to_owned(),
                command: Some("dutyclerk check --connect".to_owned()),
            },
            NextStep { text: "See what waits".to_owned(), command: Some("dutyclerk status".to_owned()) },
        ],
        meeting: None,
        cases: &[],
    }
}

/// `agenda for surrey-rmm-se/2026-12-08`.
fn about_mail(stored: &OutboxEntry) -> String {
    match &stored.meeting {
        Some(meeting) => format!("{} for {meeting}", stored.kind),
        None => stored.kind.to_string(),
    }
}

/// Our own journal mailbox is refused: there will be no proof for what a crash leaves unknown. Once a day.
pub(super) async fn no_journal(tx: &mut Tx, book: &Book<'_>, number: SentRef, said: &str) -> anyhow::Result<()> {
    let day = civil::date(tx.now());
    for panel in book.panels.values() {
        let alert = Alert {
            to: To::Owner,
            at_once: false,
            purpose: format!("no-journal|{}|{day}", panel.profile.id),
            title: "the journal mailbox is refused".to_owned(),
            what: format!(
                "The mail server did not take the copy of {number} for our own journal mailbox ({said}). The mail itself is \
                 not affected."
            ),
            why: "Without the copy nothing proves that a mail was taken if the connection breaks at the wrong moment; such \
                  a mail goes again after half an hour, and may come twice."
                .to_owned(),
            rule: RULE,
            happened_at: tx.now(),
            decide_by: None,
            otherwise: None,
            about: vec![Ref::Sent(number)],
            next: vec![NextStep {
                text: "Look at send.journal in dutyclerk.toml, and whether that mailbox is full".to_owned(),
                command: Some("dutyclerk check --connect".to_owned()),
            }],
            meeting: None,
            cases: &[],
        };
        ask(tx, book, panel, alert, Ends::Answered).await?;
    }
    Ok(())
}
