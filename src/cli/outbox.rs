//! `outbox list`, `show` and `settle`: what was sent or will be, to whom, what became of it for each of them, and a person's
//! word on what nobody knows.

use super::person::By;
use super::show::{Cell, Sheet, Table, list};
use super::{Context, Failure, open};
use crate::casework::{MeetingId, Redacted, SentRef};
use crate::daemon::Approving;
use crate::store::{ApprovalDecision, EntryRecipient, EntryState, OutboxEntry, View};
use anyhow::anyhow;
use mail_parser::MessageParser;
use std::collections::BTreeMap;
use std::io::Write;

/// Entries read at a time.
const PAGE: i64 = 500;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Verb {
    /// Every mail, or those in one state.
    List {
        /// queued, sending, at-the-dot, settled, held, cancelled or expired.
        #[arg(long, value_name = "STATE")]
        state: Option<EntryState>,
    },
    /// One mail: its head, its recipients and what became of it for each.
    Show {
        /// Which: S-000123.
        mail: SentRef,
        /// Write the frozen message itself to standard output.
        #[arg(long)]
        eml: bool,
    },
    /// For a mail of which nobody knows whether the server took it: it arrived, or it goes again.
    Settle {
        /// Which: S-000123.
        mail: SentRef,
        /// It arrived.
        #[arg(long, conflicts_with = "again", required_unless_present = "again")]
        arrived: bool,
        /// It did not: the same bytes go again to everyone it may not have reached.
        #[arg(long)]
        again: bool,
    },
    /// Let a held mail go as it was frozen.
    Release {
        /// Which: S-000123.
        mail: SentRef,
    },
    /// Take back a mail that has not gone.
    Cancel {
        /// Which: S-000123.
        mail: SentRef,
    },
    /// Let a pack go that waits for approval (MC-33).
    Approve {
        /// The meeting: panel/2026-12-08.
        meeting: MeetingId,
        /// Without the papers that name another child: their children stay listed, the papers wait for a person.
        #[arg(long)]
        without_flagged: bool,
        #[command(flatten)]
        by: By,
        /// Why; kept with the decision.
        #[arg(long, default_value = "", value_name = "TEXT")]
        note: String,
    },
    /// Keep a pack that waits for approval from going, whatever its panel's profile says about the deadline (MC-33).
    Refuse {
        /// The meeting: panel/2026-12-08.
        meeting: MeetingId,
        #[command(flatten)]
        by: By,
        /// Why; kept with the decision.
        #[arg(long, default_value = "", value_name = "TEXT")]
        note: String,
    },
    /// Stop all sending. Mail is received and decided meanwhile; what is due waits.
    Stop,
    /// Let sending go on.
    Resume,
}

pub(super) fn run(context: &Context, verb: &Verb) -> Result<(), Failure> {
    let config = context.config()?;
    open::runtime()?.block_on(async {
        let store = open::existing_store(&config).await?;
        let mut view = store.read().await?;
        match verb {
            Verb::List { state } => {
                let entries = match state {
                    Some(state) => view.entries_in(*state).await?,
                    None => all(&mut view).await?,
                };
                let table = table(&mut view, "Mails", &entries).await?;
                table.print(context.out, "No mail.")
            }
            Verb::Show { mail, eml } => {
                let entry = find(&mut view, *mail).await?;
                if *eml {
                    let bytes = view.frozen(&entry).await?;
                    let mut out = std::io::stdout().lock();
                    out.write_all(&bytes.to_vec())?;
                    return Ok(out.flush()?);
                }
                sheet(&mut view, &entry).await?.print(context.out)
            }
            Verb::Settle { mail, arrived, .. } => {
                find(&mut view, *mail).await?;
                drop(view);
                let daemon = open::daemon(&config, store.clone(), open::chance()?)?;
                crate::daemon::settle(&daemon, *mail, *arrived, context.clock.now()).await?;
                let mut view = store.read().await?;
                let entry = find(&mut view, *mail).await?;
                sheet(&mut view, &entry).await?.print(context.out)
            }
            Verb::Release { mail } | Verb::Cancel { mail } => {
                find(&mut view, *mail).await?;
                drop(view);
                let mut daemon = open::daemon(&config, store.clone(), open::chance()?)?;
                let release = matches!(verb, Verb::Release { .. });
                crate::daemon::judge_mail(&mut daemon, *mail, release, context.clock.now()).await?;
                let mut view = store.read().await?;
                let entry = find(&mut view, *mail).await?;
                sheet(&mut view, &entry).await?.print(context.out)
            }
            Verb::Approve { meeting, without_flagged, by, note } => {
                drop(view);
                let mut daemon = open::daemon(&config, store.clone(), open::chance()?)?;
                let what = if *without_flagged { Approving::WithoutFlagged } else { Approving::Whole };
                let decision = decision(by, note)?;
                crate::daemon::approve(&mut daemon, meeting, what, None, &decision, context.clock.now()).await?;
                context
                    .out
                    .text(&format!("The pack for {meeting} is approved. It goes with the daemon's next turn.\n"))?;
                Ok(())
            }
            Verb::Refuse { meeting, by, note } => {
                drop(view);
                let daemon = open::daemon(&config, store.clone(), open::chance()?)?;
                crate::daemon::refuse(&daemon, meeting, &decision(by, note)?, context.clock.now()).await?;
                context
                    .out
                    .text(&format!("The pack for {meeting} is refused. It waits until somebody approves it.\n"))?;
                Ok(())
            }
            Verb::Stop | Verb::Resume => {
                drop(view);
                let daemon = open::daemon(&config, store.clone(), open::chance()?)?;
                let now = context.clock.now();
                match verb {
                    Verb::Stop => crate::daemon::stop_sending(&daemon, now).await?,
                    _ => crate::daemon::resume_sending(&daemon, now).await?,
                }
                let mut view = store.read().await?;
                let mut sheet = Sheet::new("Sending".to_owned());
                let since = crate::daemon::stopped_since(&mut view).await?;
                sheet.fact("stopped since", since);
                sheet.fact("goes on", if since.is_none() { "yes" } else { "after `dutyclerk outbox resume`" });
                sheet.print(context.out)
            }
        }
    })
}

fn decision(by: &By, note: &str) -> Result<ApprovalDecision, Failure> {
    Ok(ApprovalDecision { by: Redacted::new(by.name()?), note: Redacted::new(note.to_owned()) })
}

pub(super) async fn find(view: &mut View, mail: SentRef) -> Result<OutboxEntry, Failure> {
    let found = view.entry(mail).await?;
    Ok(found.ok_or_else(|| anyhow!("there is no mail {mail}: `dutyclerk outbox list` shows those there are"))?)
}

async fn all(view: &mut View) -> Result<Vec<OutboxEntry>, Failure> {
    let mut entries: Vec<OutboxEntry> = Vec::new();
    loop {
        let page = view.entries_after(entries.last().map_or(0, |last| last.number.0), PAGE).await?;
        if page.is_empty() {
            return Ok(entries);
        }
        entries.extend(page);
    }
}

/// Mails as they are listed, here and in other verbs.
pub(super) async fn table(view: &mut View, heading: &'static str, entries: &[OutboxEntry]) -> Result<Table, Failure> {
    let columns = &["mail", "kind", "rule", "state", "held by", "due", "meeting", "children", "attempts", "recipients"];
    let mut table = Table::new(heading, columns);
    for entry in entries {
        let recipients = view.recipients(entry.number).await?;
        table.row([
            entry.number.into(),
            Cell::of(&entry.kind),
            (&entry.rule).into(),
            Cell::of(&entry.state),
            entry.held_by.as_ref().into(),
            entry.due_at.into(),
            entry.meeting.as_ref().into(),
            list(view.cases_of_entry(entry.number).await?),
            entry.attempt.into(),
            by_state(&recipients),
        ]);
    }
    Ok(table)
}

/// `6 accepted, 1 deferred`.
pub(super) fn by_state(recipients: &[EntryRecipient]) -> Cell {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for recipient in recipients.iter().filter(|recipient| !recipient.journal) {
        *counts.entry(recipient.state.as_str()).or_default() += 1;
    }
    list(counts.iter().map(|(state, n)| format!("{n} {state}")))
}

/// Everything about one mail but its text.
pub(super) async fn sheet(view: &mut View, entry: &OutboxEntry) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new(format!("{}: {}", entry.number, entry.kind));
    let envelope = entry.envelope.kept()?;
    if let Some(envelope) = &envelope {
        let bytes = view.frozen(entry).await?;
        let head = MessageParser::default().parse_headers(bytes.text());
        sheet.fact("subject", head.as_ref().and_then(|head| head.subject()));
        sheet.fact("from", envelope.from.to_string());
    } else {
        sheet.fact("text and addresses", "destroyed by retention");
    }
    sheet.fact("panel", &entry.panel);
    sheet.fact("meeting", entry.meeting.as_ref());
    sheet.fact("rule", &entry.rule);
    sheet.fact("answers", entry.answers);
    sheet.fact("children", list(view.cases_of_entry(entry.number).await?));
    sheet.fact("part", entry.part.as_ref());
    sheet.fact("state", entry.state.as_str());
    sheet.fact("since", entry.state_at);
    sheet.fact("held by", entry.held_by.as_ref());
    sheet.fact("superseded by", entry.superseded_by);
    sheet.fact("frozen", entry.created_at);
    sheet.fact("due", entry.due_at);
    sheet.fact("not after", entry.expires_at);
    sheet.fact("message-id", &entry.message_id);
    sheet.fact("bytes", entry.size);
    sheet.fact("sha256", entry.sha256.to_string());
    let mut to = Table::new("Recipients", &["role", "address", "state", "reply", "code", "since"]);
    for recipient in view.recipients(entry.number).await? {
        let to_whom = envelope.as_ref().and_then(|envelope| envelope.to.get(recipient.position));
        let address = to_whom.map(|to| to.address.to_string());
        to.row([
            if recipient.journal { "our own journal mailbox".into() } else { Cell::of(&recipient.role) },
            address.into(),
            recipient.state.as_str().into(),
            recipient.reply_code.into(),
            recipient.reply_class.into(),
            recipient.updated_at.into(),
        ]);
    }
    sheet.table(to);
    let mut documents = Table::new("Documents", &["child", "sha256"]);
    for (hash, case) in view.documents_of_entry(entry.number).await? {
        documents.row([case.into(), Cell::of(&hash)]);
    }
    sheet.table(documents);
    let mut attempts = Table::new("Attempts", &["attempt", "began", "ended", "outcome"]);
    for attempt in view.attempts(entry.number).await? {
        let outcome = attempt.outcome;
        attempts.row([attempt.attempt.into(), attempt.began_at.into(), attempt.ended_at.into(), outcome.into()]);
    }
    sheet.table(attempts);
    Ok(sheet)
}
