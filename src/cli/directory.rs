//! `directory import FILE`: reads the admin staff's spreadsheet, says what is wrong with it row by row, and takes it over
//! only when nothing is.

use super::show::{self, Cell, Table};
use super::{Context, Failure, colour, count, open, tell};
use crate::casework::RoleId;
use crate::casework::directory::Directory;
use crate::config::directory::{Import, read_rows};
use crate::config::{Config, Level, Problem, draw, outlook, read_sheet};
use crate::store::{DirectoryVersion, Line};
use jiff::civil::Date;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Verb {
    /// Checks a spreadsheet (.xlsx or .csv) and takes it over as the directory.
    Import {
        /// The spreadsheet.
        file: PathBuf,
    },
    /// The directory as last imported. Shows names and addresses.
    List,
}

/// What an import found, as other programs read it.
#[derive(Debug, Serialize)]
struct Summary {
    version: String,
    /// Whether it is another than the one before.
    changed: bool,
    entries: usize,
    warnings: usize,
    roles: BTreeMap<RoleId, usize>,
}

pub(super) fn run(context: &Context, verb: &Verb) -> Result<(), Failure> {
    let config = context.config()?;
    let Verb::Import { file } = verb else { return open::runtime()?.block_on(list(context, &config)) };
    let today = context.today();
    let import = match read_file(&config, file, today) {
        Ok(import) => import,
        Err(problem) => {
            tell(&draw(&[*problem], colour()));
            return Err(Failure::Told(1));
        }
    };
    let name = file.display().to_string();
    let mut problems: Vec<Problem> = import.problems.iter().map(|problem| problem.in_file(&name)).collect();
    problems.extend(outlook::look_at_directory(&config, &import.directory, &name, today));
    tell(&draw(&problems, colour()));
    let errors = problems.iter().filter(|problem| problem.level == Level::Error).count();
    if errors > 0 {
        tell(&count(errors, "error", "nothing was imported, the directory stays as it was"));
        return Err(Failure::Told(1));
    }
    let (version, changed) = open::runtime()?.block_on(keep(context, &config, &import.directory))?;
    let summary = summary(&import.directory, version, changed, problems.len());
    context.out.lines(&[summary], |summary| {
        let roles: Vec<String> = summary.roles.iter().map(|(role, n)| format!("{n} {role}")).collect();
        let so = if summary.changed { "is the directory from now on" } else { "was the directory already" };
        format!("{} entries ({}), version {}: this {so}.", summary.entries, roles.join(", "), summary.version)
    })?;
    Ok(())
}

/// Takes the directory over; the version, and whether it is another than the one before.
async fn keep(context: &Context, config: &Config, directory: &Directory) -> Result<(DirectoryVersion, bool), Failure> {
    let store = open::store(config, &open::chance()?).await?;
    let mut tx = store.begin(context.clock.now()).await?;
    let before = tx.directory_version().await?;
    let version = tx.import_directory(directory).await?;
    tx.journal(Line {
        event: "directory.imported",
        rule: None,
        reason: format!("directory version {version}, {} entries", directory.entries.len()),
        refs: Vec::new(),
    });
    tx.commit().await?;
    let changed = before.as_ref() != Some(&version);
    Ok((version, changed))
}

async fn list(context: &Context, config: &Config) -> Result<(), Failure> {
    let store = open::existing_store(config).await?;
    let columns = &["name", "email", "role", "agency", "panels", "areas", "valid until"];
    let mut table = Table::new("Directory", columns);
    let current = store.read().await?.directory().await?;
    for entry in current.iter().flat_map(|(_, directory)| &directory.entries) {
        table.row([
            entry.name.reveal().into(),
            Cell::of(&entry.email),
            Cell::of(&entry.role),
            (&entry.agency).into(),
            show::list(&entry.panels),
            show::list(&entry.areas),
            entry.valid_until.into(),
        ]);
    }
    table.print(context.out, "No directory was imported: `dutyclerk directory import FILE`.")
}

/// Reads and judges a spreadsheet. The problem is about the file as a whole.
pub(super) fn read_file(config: &Config, path: &Path, today: Date) -> Result<Import, Box<Problem>> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| {
        let help = "Look at its name and permissions.";
        Box::new(Problem::error(&name, format!("the directory cannot be read: {error}"), help))
    })?;
    let rows = read_sheet(&bytes).map_err(|error| {
        let help = "Save the spreadsheet as .xlsx or as \"CSV UTF-8\" and try again.";
        Box::new(Problem::error(&name, error.to_string(), help))
    })?;
    Ok(read_rows(&rows, config, today))
}

fn summary(directory: &Directory, version: DirectoryVersion, changed: bool, warnings: usize) -> Summary {
    let mut roles = BTreeMap::new();
    for entry in &directory.entries {
        *roles.entry(entry.role.clone()).or_default() += 1;
    }
    Summary { version, changed, entries: directory.entries.len(), warnings, roles }
}
