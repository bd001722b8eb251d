//! `obligation list`, `show`, `done` and `waive`: what is owed, by whom, by when, by which rule.

use super::person::Word;
use super::show::{Cell, Sheet, Table};
use super::{Context, Failure, open};
use crate::casework::PanelId;
use crate::daemon::{end_obligation, ended_by};
use crate::store::{Obligation, ObligationId, ObligationState, View};
use anyhow::anyhow;
use jiff::Timestamp;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Verb {
    /// What is owed, soonest first; without names.
    List {
        /// Of one panel alone.
        #[arg(long, value_name = "PANEL")]
        panel: Option<PanelId>,
        /// What was met or fell away, too.
        #[arg(long)]
        all: bool,
        /// What is still owed; so it is without this, too.
        #[arg(long, conflicts_with = "all")]
        open: bool,
    },
    /// One of them, and what ends it.
    Show {
        /// Its id, as `obligation list` shows it.
        id: String,
    },
    /// It is met: only for what the program cannot see by itself (SH-14).
    Done(Ending),
    /// It need not be met: only for what the program cannot see by itself (SH-14).
    Waive(Ending),
}

#[derive(Debug, clap::Args)]
pub(super) struct Ending {
    /// Its id, as `obligation list` shows it.
    id: String,
    #[command(flatten)]
    word: Word,
}

pub(super) fn run(context: &Context, verb: &Verb) -> Result<(), Failure> {
    let (config, now) = (context.config()?, context.clock.now());
    open::runtime()?.block_on(async {
        let store = open::existing_store(&config).await?;
        let (ending, as_) = match verb {
            Verb::List { panel, all, .. } => {
                let mut view = store.read().await?;
                let rows = if *all { view.all_obligations().await? } else { view.open_obligations().await? };
                let mine = |owed: &&Obligation| panel.is_none() || owed.what.panel == *panel;
                let none = if *all { "Nothing was ever owed." } else { "Nothing is owed." };
                return table(rows.iter().filter(mine), now).print(context.out, none);
            }
            Verb::Show { id } => {
                return sheet(&mut store.read().await?, &id.as_str().into(), now).await?.print(context.out);
            }
            Verb::Done(ending) => (ending, ObligationState::Done),
            Verb::Waive(ending) => (ending, ObligationState::Cancelled),
        };
        let id = ObligationId::from(ending.id.as_str());
        end_obligation(&store, &id, as_, ending.word.said()?, now).await?;
        sheet(&mut store.read().await?, &id, now).await?.print(context.out)
    })
}

fn table<'a>(rows: impl Iterator<Item = &'a Obligation>, now: Timestamp) -> Table {
    let columns = &["id", "what", "about", "panel", "owner", "due", "rule", "state"];
    let mut table = Table::new("Obligations", columns);
    for owed in rows {
        table.row([
            Cell::of(&owed.id),
            owed.what.kind.replace('_', " ").into(),
            about(owed),
            owed.what.panel.as_ref().into(),
            Cell::of(&owed.what.owner),
            owed.what.due_at.into(),
            owed.what.rule.as_str().into(),
            state(owed, now).into(),
        ]);
    }
    table
}

fn about(owed: &Obligation) -> Cell {
    let case = owed.what.case.map(|case| case.to_string());
    let meeting = owed.what.meeting.as_ref().map(ToString::to_string);
    super::show::list(case.into_iter().chain(meeting))
}

fn state(owed: &Obligation, now: Timestamp) -> &'static str {
    match owed.state {
        ObligationState::Open if owed.what.due_at < now => "overdue",
        state => state.as_str(),
    }
}

async fn sheet(view: &mut View, id: &ObligationId, now: Timestamp) -> Result<Sheet, Failure> {
    let owed = view.obligation(id).await?;
    let owed =
        owed.ok_or_else(|| anyhow!("there is no obligation {id}: `dutyclerk obligation list` shows those there are"))?;
    let mut sheet = Sheet::new(owed.what.kind.replace('_', " "));
    sheet.fact("id", Cell::of(&owed.id));
    sheet.fact("state", state(&owed, now));
    sheet.fact("owner", Cell::of(&owed.what.owner));
    sheet.fact("due", owed.what.due_at);
    sheet.fact("rule", owed.what.rule.as_str());
    sheet.fact("says", crate::casework::rules::meaning(&owed.what.rule));
    sheet.fact("panel", owed.what.panel.as_ref());
    sheet.fact("case", owed.what.case);
    sheet.fact("meeting", owed.what.meeting.as_ref());
    sheet.fact("message", owed.what.message);
    sheet.fact("owed since", owed.opened_at);
    sheet.fact("ended", owed.closed_at);
    if owed.state == ObligationState::Open {
        sheet.fact("what ends it", ended_by(&owed.what.kind));
    }
    if let Some(case) = owed.what.case
        && let Some(case) = view.case(case).await?
        && let Some(word) = case.facts.open()?.owed_words.get(id.as_str())
    {
        sheet.fact("ended by", word.by.reveal());
        sheet.fact("why", word.reason.reveal());
    }
    Ok(sheet)
}
