//! `purge`: what the job `retention` does each night, by hand.

use super::show::{Sheet, Table};
use super::{Context, Failure, open};
use crate::casework::calendar::civil;
use crate::daemon::{RETENTION, kept_from, purge, would_purge};
use crate::store::Purged;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Shows what would be destroyed, and destroys nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let (config, now) = (context.config()?, context.clock.now());
    let before = kept_from(i64::from(config.retention.working_copies_days), now)?;
    let purged = open::runtime()?.block_on(async {
        let store = open::existing_store(&config).await?;
        match arguments.dry_run {
            true => would_purge(&store, before, now).await,
            false => purge(&store, before, now, || true).await.map(|(purged, _)| purged),
        }
        .map_err(Failure::from)
    })?;
    let (verb, none) = match arguments.dry_run {
        true => ("would be destroyed", "Nothing would be destroyed"),
        false => ("were destroyed", "Nothing was destroyed"),
    };
    let day = civil::date(before);
    let days = config.retention.working_copies_days;
    let mut sheet = Sheet::new(match purged == Purged::default() {
        true => format!("{none}: all that is finished and not held is younger than {days} days."),
        false => format!("Working copies of what was finished before {day} {verb} ({RETENTION})."),
    });
    sheet.fact("finished before", day);
    sheet.fact("rule", RETENTION);
    sheet.table(table(&purged));
    sheet.print(context.out)
}

fn table(purged: &Purged) -> Table {
    let mut table = Table::new("Destroyed", &["ref", "rule", "why"]);
    let mut rows = |refs: Vec<super::show::Cell>, why: &str| {
        refs.into_iter().for_each(|about| table.row([about, RETENTION.into(), why.into()]));
    };
    rows(purged.cases.iter().map(|r| (*r).into()).collect(), "closed, nothing since, and nothing holds it");
    rows(purged.messages.iter().map(|r| (*r).into()).collect(), "decided, and about no case that is kept");
    rows(purged.mails.iter().map(|r| (*r).into()).collect(), "finished, and about no case that is kept");
    rows(purged.alerts.iter().map(|r| (*r).into()).collect(), "answered or over, and about no case that is kept");
    table
}
