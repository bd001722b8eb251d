//! `simulate`: shadow mode. Replays real mail against today's configuration, writes everything it would have sent, sends
//! nothing, and moves nothing in the mail folder.

use super::{Context, Failure, open, tell};
use crate::casework::calendar::civil;
use crate::casework::directory::Directory;
use crate::clock::Chance;
use crate::config::Config;
use crate::outbound::submission::{FolderSink, Sync};
use crate::rehearsal::{Rehearsal, Setup, Summary, clear};
use crate::seal::MasterKey;
use crate::store::{Place, Store, StoreError, StoreSettings};
use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use jiff::civil::Date;
use std::path::{Path, PathBuf};
use tokio::runtime::Handle;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// One folder a mailbox (its id or address), each a Maildir, an mbox or loose .eml files.
    #[arg(long, value_name = "DIR")]
    mail: PathBuf,
    /// Mail that arrived from here on (RFC 3339, or a date: midnight in London) …
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Timestamp,
    /// … and before here.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Timestamp,
    /// Where the results go.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// An RFC 3339 time, a local date and time, or a date, in London.
pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    if let Ok(local) = text.parse::<jiff::civil::DateTime>() {
        return Ok(civil::instant(local));
    }
    match text.parse::<jiff::civil::Date>() {
        Ok(day) => Ok(civil::start_of_day(day)),
        Err(_) => Err("write a time as 2026-11-02T00:00:00+00:00, or a date as 2026-11-02".to_owned()),
    }
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let config = context.config()?;
    if arguments.from >= arguments.until {
        return Err(Failure::Usage("--from must be before --until".to_owned()));
    }
    let directory = open::runtime()?.block_on(directory(context, &config))?;
    let chance = Chance::system().context("the machine gives no randomness")?;
    // The scratch database is sealed with a key that nobody keeps.
    let state = arguments.out.join("state");
    let plan = Plan {
        mail: arguments.mail.clone(),
        from: arguments.from,
        until: arguments.until,
        out: arguments.out.clone(),
        store: StoreSettings::rehearsal(state.join("dutyclerk.db")),
        key: MasterKey::generate(&chance),
        directory,
    };
    let summary = rehearse(&config, plan)?;
    let _kept = std::fs::remove_dir_all(&state);
    report(context, &summary, &arguments.out)
}

/// What a rehearsal is to do, beside the configuration.
pub(super) struct Plan {
    pub mail: PathBuf,
    pub from: Timestamp,
    pub until: Timestamp,
    pub out: PathBuf,
    pub store: StoreSettings,
    pub key: MasterKey,
    pub directory: Directory,
}

/// The same bytes for the same mail and configuration.
const SEED: u64 = 2026;

/// Clears what an earlier rehearsal left; mail may be sent there.
pub(super) fn cleared(plan: &Plan) -> Result<FolderSink, Failure> {
    clear(&plan.out, if let Place::File(path) = &plan.store.place { Some(path) } else { None })?;
    Ok(FolderSink::open(&plan.out, Sync::Never).context("the folder for sent mail cannot be made")?)
}

/// Lays it out; nothing has happened yet. Papers are read ahead on the threads `aside`.
pub(super) async fn lay_out(
    config: &Config,
    plan: Plan,
    sink: FolderSink,
    aside: Handle,
) -> Result<Rehearsal, Failure> {
    let chance = Chance::seeded(SEED);
    let store = Store::open(&plan.store, plan.key, chance.clone()).await.context("the scratch store cannot be made")?;
    let setup = Setup {
        mail: plan.mail,
        from: plan.from,
        until: plan.until,
        out: plan.out,
        sink,
        store,
        chance,
        panels: open::panels(config),
        mailboxes: open::mailboxes(config),
        most_answers: config.send.most_answers_a_sender_and_day,
        largest_mail: i64::try_from(config.send.most_mail_bytes).unwrap_or(i64::MAX),
        allowed: config.allowed_domains.iter().map(|a| a.domain.clone()).collect(),
        limits: open::reader_settings(config)?.message,
        reader: open::reader(config)?,
        aside,
        templates: open::templates(config)?,
        directory: plan.directory,
    };
    Ok(Rehearsal::new(setup).await?)
}

/// Runs it with a progress bar on a terminal.
pub(super) fn rehearse(config: &Config, plan: Plan) -> Result<Summary, Failure> {
    let sink = cleared(&plan)?.behind().context("mail cannot be written")?;
    let aside = open::runtime()?;
    // After the threads that write mail and read ahead were started: they may use the other cores.
    open::stay_on_one_core();
    let alone = tokio::runtime::Builder::new_current_thread().enable_time().build().context("no runtime")?;
    alone.block_on(async {
        let rehearsal = lay_out(config, plan, sink, aside.handle().clone()).await?;
        run_through(rehearsal).await
    })
}

async fn run_through(mut rehearsal: Rehearsal) -> Result<Summary, Failure> {
    for stranger in rehearsal.strangers() {
        tell(&format!("note: {stranger} in the mail folder is no mailbox of this configuration and is left aside\n"));
    }
    let total = rehearsal.to_come();
    let bar = ProgressBar::new(u64::try_from(total).unwrap_or_default());
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} messages  {elapsed}") {
        bar.set_style(style);
    }
    let summary = rehearsal
        .run(&mut |left| bar.set_position(u64::try_from(total.saturating_sub(left)).unwrap_or_default()))
        .await?;
    bar.finish_and_clear();
    Ok(summary)
}

/// The directory as imported into this configuration's store; failing that, its spreadsheet.
async fn directory(context: &Context, config: &Config) -> Result<Directory, Failure> {
    let there = config.store.server.is_some() || config.store.database.exists();
    if there && config.store.key_file.exists() {
        let settings = open::store_settings(config).existing();
        let opened = Store::open(&settings, open::key(&config.store.key_file)?, open::chance()?).await;
        let store = match opened {
            Ok(store) => store,
            Err(StoreError::NotMade { .. }) => return spreadsheet(config, context.today()),
            Err(error) => return Err(anyhow::Error::new(error).context("the store cannot be opened").into()),
        };
        let found = store.read().await.context("the store cannot be read")?.directory().await;
        store.close().await;
        if let Some((_, directory)) = found.context("the directory cannot be read from the store")? {
            return Ok(directory);
        }
    }
    spreadsheet(config, context.today())
}

/// The directory of the configuration's spreadsheet. Rows that are wrong are told and left out, as a rehearsal may.
pub(super) fn spreadsheet(config: &Config, today: Date) -> Result<Directory, Failure> {
    let Some(path) = &config.directory else {
        tell("note: no directory was imported and none is named in the configuration: nobody is listed\n");
        return Ok(Directory::default());
    };
    let import = super::directory::read_file(config, path, today).map_err(|problem| {
        tell(&crate::config::draw(&[*problem], super::colour()));
        Failure::Told(2)
    })?;
    let errors: Vec<_> = import.problems.iter().map(|p| p.in_file(&path.display().to_string())).collect();
    let errors: Vec<_> = errors.into_iter().filter(|p| p.level == crate::config::Level::Error).collect();
    if !errors.is_empty() {
        tell(&crate::config::draw(&errors, super::colour()));
    }
    Ok(import.directory)
}

/// One screen: the ledger, what was sent, where to look.
pub(super) fn report(context: &Context, summary: &Summary, out: &Path) -> Result<(), Failure> {
    if context.out.json {
        let sent: std::collections::BTreeMap<&str, usize> =
            summary.sent.iter().map(|(k, n)| (k.as_str(), *n)).collect();
        let line = serde_json::json!({
            "ledgers": summary.ledgers, "sent": sent, "packs": summary.packs, "cases": summary.cases, "held": summary.held,
            "out": out.display().to_string(),
        });
        context.out.lines(&[line], |_| String::new())?;
        return Ok(());
    }
    let mut text = String::new();
    let mut row = |cells: [String; 9]| {
        let [mailbox, rest @ ..] = cells;
        text.push_str(&format!("{mailbox:<18}"));
        for cell in rest {
            text.push_str(&format!("{cell:>10}"));
        }
        text.push('\n');
    };
    row(["mailbox", "received", "accepted", "held", "duplicate", "calendar", "bounce", "ignored", "pending"]
        .map(str::to_owned));
    for (id, l) in &summary.ledgers {
        let counts = [l.received, l.accepted, l.held, l.duplicate, l.calendar_reply, l.bounce, l.ignored, l.pending];
        let [a, b, c, d, e, f, g, h] = counts.map(|n| n.to_string());
        row([id.to_string(), a, b, c, d, e, f, g, h]);
    }
    let sent: Vec<String> = summary.sent.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
    let total: usize = summary.sent.values().sum();
    text.push_str(&format!("\n{total} mails: {}\n", sent.join(", ")));
    text.push_str(&format!(
        "{} packs, {} children, {} items held for a person\n",
        summary.packs, summary.cases, summary.held
    ));
    text.push_str(&format!(
        "\nOpen {0}/report.html in a browser: every meeting's timeline, and every mail as its reader would see it.\nFor programs: {0}/sent/, sent.jsonl, received.jsonl, held.jsonl, ledger.json and journal.jsonl.",
        out.display()
    ));
    context.out.text(&text)?;
    Ok(())
}
