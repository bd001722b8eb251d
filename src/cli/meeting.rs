//! `meeting show`, `meeting admit` and `meeting invite`: a meeting's moments and children, the chair's word on a late one, and who
//! else is there for one.

use super::person::By;
use super::show::{Cell, Sheet, Table, list};
use super::{Context, Failure, open, outbox};
use crate::casework::calendar::Held as Occurs;
use crate::casework::{Address, CaseRef, MeetingId};
use crate::config::Config;
use crate::daemon;
use crate::store::{InvitationKind, ItemState, View};
use anyhow::anyhow;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Verb {
    /// A meeting: its moments, its children, what was sent.
    Show {
        /// Which: panel/2026-12-08, the date as the series gives it.
        meeting: MeetingId,
    },
    /// The chair hears a child after the cut-off (MC-22, MC-31); the members get its papers by supplement.
    Admit {
        /// To which meeting.
        meeting: MeetingId,
        /// Which child: R-0042.
        case: CaseRef,
        #[command(flatten)]
        by: By,
        /// Why; kept with the decision.
        #[arg(long, default_value = "", value_name = "TEXT")]
        note: String,
    },
    /// Invites somebody for one child's slot alone, beside those who work with it (SY-13, S0-10, SY-36); without an address it says that
    /// nobody else is to be there. They get the reference and the time, and no paper (MC-08).
    Invite {
        /// To which meeting.
        meeting: MeetingId,
        /// For which child: R-0042.
        case: CaseRef,
        /// Whom: addresses in the directory, in one of the panel's case-by-case roles.
        #[arg(value_name = "ADDRESS")]
        to: Vec<Address>,
        #[command(flatten)]
        by: By,
        /// Why; kept with the decision.
        #[arg(long, default_value = "", value_name = "TEXT")]
        note: String,
    },
    /// The minutes are on the children's records, so the notes may go to everybody (SH-13).
    Uploaded {
        /// Of which meeting.
        meeting: MeetingId,
    },
}

pub(super) fn run(context: &Context, verb: &Verb) -> Result<(), Failure> {
    let config = context.config()?;
    open::runtime()?.block_on(async {
        let store = open::existing_store(&config).await?;
        let now = context.clock.now();
        let meeting = match verb {
            Verb::Show { meeting } => meeting,
            Verb::Admit { meeting, case, by, note } => {
                let mut daemon = open::daemon(&config, store.clone(), open::chance()?)?;
                daemon::admit(&mut daemon, meeting, *case, (&by.name()?, note), now).await?;
                context
                    .out
                    .text(&format!("{case} is admitted to {meeting}. What is owed goes with the next turn.\n"))?;
                meeting
            }
            Verb::Invite { meeting, case, to, by, note } => {
                let mut daemon = open::daemon(&config, store.clone(), open::chance()?)?;
                daemon::invite(&mut daemon, meeting, *case, to, (&by.name()?, note), now).await?;
                let said = match to.len() {
                    0 => format!("Nobody else is invited for {case} at {meeting}."),
                    n => format!("{n} invited for {case} at {meeting}. The invitation goes in the next working hour."),
                };
                context.out.text(&format!("{said}\n"))?;
                meeting
            }
            Verb::Uploaded { meeting } => {
                daemon::uploaded(&store, meeting, now).await?;
                context
                    .out
                    .text(&format!("The minutes of {meeting} are uploaded. Its notes go with the next turn.\n"))?;
                meeting
            }
        };
        let mut view = store.read().await?;
        sheet(&mut view, &config, meeting).await?.print(context.out)
    })
}

/// Everything about one meeting. Its moments are today's, from the calendar, or as last stored for a panel not enabled.
pub(super) async fn sheet(view: &mut View, config: &Config, id: &MeetingId) -> Result<Sheet, Failure> {
    let stored = view.meeting(id).await?;
    let occurs = config.calendars.get(&id.panel).and_then(|calendar| calendar.of_date(id.date));
    let mut sheet = Sheet::new(id);
    match (&occurs, &stored) {
        (Some(Occurs::Yes(meeting)), _) => {
            sheet.fact("starts", meeting.starts_at);
            sheet.fact("cut-off", meeting.cutoff_at);
            sheet.fact("list", meeting.list_at);
            sheet.fact("pack", meeting.pack_at);
            sheet.fact("supplement", meeting.supplement_at);
            for warning in &meeting.warnings {
                sheet.warn(&warning.message);
            }
        }
        (_, Some(stored)) => {
            sheet.fact("starts", stored.starts_at);
            sheet.fact("cut-off", stored.cutoff_at);
            sheet.fact("list", stored.list_at);
            sheet.fact("pack", stored.pack_at);
            sheet.fact("supplement", stored.supplement_at);
        }
        (Some(Occurs::Cancelled(_)), None) => sheet.warn("this meeting is cancelled"),
        (None, None) => {
            let panel = &id.panel;
            return Err(anyhow!("there is no meeting {id}: `dutyclerk calendar {panel}` shows those there are").into());
        }
    }
    sheet.fact("state", stored.as_ref().map(|meeting| meeting.state.as_str()));
    for (mark, marked) in view.marks(id).await? {
        sheet.fact(mark.as_str(), marked.at);
    }
    if let Some(approval) = view.approval(id).await? {
        sheet.fact("approval", approval.state.as_str());
        sheet.fact("of the", approval.what.as_str());
        sheet.fact("asked", approval.asked_at);
        sheet.fact("deadline", approval.deadline_at);
        sheet.fact("sha256 of the pack", approval.sha256.to_string());
        if let Some(decision) = &approval.decision {
            sheet.fact("decided by", decision.open()?.by.reveal());
        }
    }
    sheet.table(items(view, id).await?);
    sheet.table(members(view, id).await?);
    let entries = view.entries_of_meeting(id).await?;
    sheet.table(outbox::table(view, "Mails", &entries).await?);
    Ok(sheet)
}

async fn items(view: &mut View, id: &MeetingId) -> Result<Table, Failure> {
    let mut table = Table::new("Agenda", &["child", "section", "state", "slot", "rule", "notes"]);
    for row in view.agenda_items(id).await? {
        let state = match (&row.moved_to, row.state) {
            (Some(to), ItemState::Moved) => format!("moved to {to}"),
            _ => row.state.to_string(),
        };
        let slot = row.slot.map(|(start, end)| format!("{}–{}", start.strftime("%H:%M"), end.strftime("%H:%M")));
        let section = words(&row.section);
        let notes = row.notes.iter().map(words);
        table.row([row.case.into(), section.into(), state.into(), slot.into(), Cell::of(&row.rule), list(notes)]);
    }
    Ok(table)
}

/// Who of the core members said what to the invitation to the meeting; addresses are shown to the operator.
async fn members(view: &mut View, id: &MeetingId) -> Result<Table, Failure> {
    let mut table = Table::new("Members", &["to", "state", "sequence", "answer", "answered", "mail"]);
    let invitations = view.invitations_of_meeting(id).await?;
    for invitation in invitations.into_iter().filter(|invitation| invitation.kind == InvitationKind::Meeting) {
        let (answer, answered) = invitation.partstat.unzip();
        table.row([
            Cell::of(&invitation.attendee.open()?.address),
            Cell::of(&invitation.state),
            invitation.sequence.into(),
            answer.into(),
            answered.into(),
            invitation.last_entry.into(),
        ]);
    }
    Ok(table)
}

/// A code as people read it: `paper_to_follow` is paper to follow.
pub(super) fn words(code: &impl serde::Serialize) -> String {
    match serde_json::to_value(code) {
        Ok(serde_json::Value::String(text)) => text.replace('_', " "),
        _ => String::new(),
    }
}
