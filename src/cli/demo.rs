//! `demo`: the main job with nothing installed. Writes a configuration, an invented directory and mailboxes with about
//! forty invented referrals over six weeks, and rehearses them. It contains no casework of its own.

use super::simulate::{Plan, rehearse, report, spreadsheet};
use super::{Context, Failure, tell};
use crate::clock::Chance;
use crate::config::{Config, shipped};
use crate::rehearsal::corpus;
use crate::seal::MasterKey;
use crate::store::StoreSettings;
use anyhow::Context as _;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Where everything goes.
    #[arg(long, value_name = "DIR", default_value = "dutyclerk-demo")]
    dir: PathBuf,
}

/// Marks a folder as a demo's, so that only such a folder is written over.
const MARK: &str = ".dutyclerk-demo";

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let dir = &arguments.dir;
    prepare(dir)?;
    let planted = corpus::write(dir, &|_, _| {}).context("the invented mail cannot be written")?;
    let folder = dir.join("config");
    write(&folder.join("dutyclerk.toml"), &configuration())?;
    write(&folder.join("directory.csv"), &corpus::directory_csv())?;
    let config = Config::load(&folder)?;
    super::start_logging(&config, "warn")?;
    let key = MasterKey::generate(&Chance::seeded(7));
    let state = dir.join("state");
    std::fs::create_dir_all(&state).context("the state folder cannot be made")?;
    write(&state.join("master.key"), &key.to_text())?;
    tell(&format!("{} invented e-mails from six weeks are in {}\n", planted.len(), dir.join("mail").display()));
    let plan = Plan {
        mail: dir.join("mail"),
        from: corpus::from(),
        until: corpus::until(),
        out: dir.clone(),
        store: StoreSettings::rehearsal(&config.store.database),
        key,
        directory: spreadsheet(&config, context.today())?,
    };
    let summary = rehearse(&config, plan)?;
    report(context, &summary, dir)?;
    if !context.out.json {
        context.out.text(&format!(
            "Ask why: dutyclerk --config {} explain R-0001\nThe invented configuration is in {0}; try `dutyclerk --config {0} calendar`.",
            folder.display()
        ))?;
    }
    Ok(())
}

/// The shipped configuration, with the invented servers' authserv-ids that the invented mail bears.
fn configuration() -> String {
    shipped::DUTYCLERK.replace("# authserv_id = \"mx.", "authserv_id = \"mx.")
}

fn prepare(dir: &Path) -> Result<(), Failure> {
    let is_empty = std::fs::read_dir(dir).map_or(true, |mut entries| entries.next().is_none());
    if !is_empty && !dir.join(MARK).exists() {
        return Err(Failure::Usage(format!(
            "{} is not empty and not a demo's folder: name another with --dir",
            dir.display()
        )));
    }
    for name in ["mail", "config", "state"] {
        let _absent = std::fs::remove_dir_all(dir.join(name));
    }
    std::fs::create_dir_all(dir.join("config")).with_context(|| format!("{} cannot be made", dir.display()))?;
    write(&dir.join(MARK), "made by `dutyclerk demo`; running it again writes this folder anew\n")
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    Ok(std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))?)
}
