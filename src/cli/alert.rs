//! `alert list`, `show` and `answer`: alerts that ask somebody to do something, until they are answered or over.

use super::person::By;
use super::show::{Cell, Sheet, Table};
use super::{Context, Failure, open};
use crate::casework::AlertRef;
use crate::casework::rules::meaning;
use crate::daemon;
use crate::seal::SealError;
use crate::store::{Asked, AskedDetail, View};
use anyhow::anyhow;

/// In place of an alert's words once retention has destroyed them.
const DESTROYED: &str = "destroyed, for it was no longer needed (rule OP-07)";

#[derive(Debug, clap::Subcommand)]
pub(super) enum Verb {
    /// Those that nobody has answered, oldest first.
    List {
        /// Those that were answered or are over too.
        #[arg(long)]
        all: bool,
    },
    /// One alert: what happened, what to do, how far it has gone.
    Show {
        /// Which: A-0007.
        alert: AlertRef,
    },
    /// Somebody has it in hand: it goes on to nobody else.
    Answer {
        /// Which: A-0007.
        alert: AlertRef,
        #[command(flatten)]
        by: By,
        /// How; kept with the answer.
        #[arg(long, default_value = "", value_name = "TEXT")]
        note: String,
    },
}

pub(super) fn run(context: &Context, verb: &Verb) -> Result<(), Failure> {
    let config = context.config()?;
    open::runtime()?.block_on(async {
        let store = open::existing_store(&config).await?;
        match verb {
            Verb::List { all } => {
                let mut view = store.read().await?;
                let alerts = if *all { view.all_asked().await? } else { view.open_asked().await? };
                table(&alerts)?.print(context.out, "Every alert is answered.")
            }
            Verb::Show { alert } => {
                let asked = find(&mut store.read().await?, *alert).await?;
                sheet(&asked)?.print(context.out)
            }
            Verb::Answer { alert, by, note } => {
                find(&mut store.read().await?, *alert).await?;
                let daemon = open::daemon(&config, store.clone(), open::chance()?)?;
                daemon::answer(&daemon, *alert, &by.name()?, note, context.clock.now()).await?;
                let mut sheet = Sheet::new(format!("{alert} is answered."));
                sheet.fact("what follows", "it goes on to nobody else");
                sheet.print(context.out)
            }
        }
    })
}

pub(super) async fn find(view: &mut View, number: AlertRef) -> Result<Asked, Failure> {
    let found = view.asked(number).await?;
    Ok(found.ok_or_else(|| anyhow!("there is no {number}: `dutyclerk alert list --all` shows those there are"))?)
}

/// What it says; of one that retention has destroyed, that it has (OP-07).
fn said(alert: &Asked) -> Result<AskedDetail, SealError> {
    match alert.said.open() {
        Err(SealError::Shredded) => Ok(AskedDetail { title: DESTROYED.to_owned().into(), ..AskedDetail::default() }),
        said => said,
    }
}

fn table(alerts: &[Asked]) -> Result<Table, Failure> {
    let columns = &["alert", "since", "state", "what", "rule", "panel", "meeting", "last told", "level"];
    let mut table = Table::new("Alerts", columns);
    for alert in alerts {
        table.row([
            alert.number.into(),
            alert.opened_at.into(),
            Cell::of(&alert.state),
            said(alert)?.title.into_inner().into(),
            (&alert.rule).into(),
            (&alert.panel).into(),
            alert.meeting.as_ref().into(),
            alert.told_at.into(),
            alert.level.into(),
        ]);
    }
    Ok(table)
}

pub(super) fn sheet(alert: &Asked) -> Result<Sheet, Failure> {
    let said = said(alert)?;
    let mut sheet = Sheet::new(format!("{}: {}", alert.number, said.title.reveal()));
    sheet.fact("state", alert.state.as_str());
    sheet.fact("since", alert.opened_at);
    sheet.fact("last told", alert.told_at);
    sheet.fact("told first", &said.chain);
    sheet.fact("gone on", format!("{} of 2 times", alert.level));
    sheet.fact("rule", &alert.rule);
    sheet.fact("which says", meaning(&alert.rule));
    sheet.fact("panel", &alert.panel);
    sheet.fact("meeting", alert.meeting.as_ref());
    sheet.fact("mail", alert.entry);
    sheet.fact("what happened", said.what.reveal());
    sheet.fact("what to do", said.advice.reveal());
    sheet.fact("ends", alert.ends.to_string());
    match &alert.answer {
        Some(_) if said.title.reveal() == DESTROYED => sheet.fact("settled", alert.closed_at),
        Some(answer) => {
            let answer = answer.open()?;
            sheet.fact("settled", alert.closed_at);
            sheet.fact("by", answer.by.reveal());
            sheet.fact("note", Some(answer.note.reveal()).filter(|note| !note.is_empty()));
        }
        None => {
            let mut next = Table::new("Next", &["to", "run"]);
            let command = format!("dutyclerk alert answer {}", alert.number);
            next.row(["say that you have it in hand".into(), command.into()]);
            sheet.table(next);
        }
    }
    Ok(sheet)
}
