//! `directory import FILE`: reads the admin staff's spreadsheet, says what is wrong with it row by row, and takes it over
//! only when nothing is.

use super::{Context, Failure, colour, count, tell};
use crate::casework::RoleId;
use crate::casework::directory::Directory;
use crate::config::directory::{Import, read_rows};
use crate::config::{Config, Level, Problem, draw, outlook, read_sheet};
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
}

/// What an import found, as other programs read it.
#[derive(Debug, Serialize)]
struct Summary {
    version: String,
    entries: usize,
    warnings: usize,
    roles: BTreeMap<RoleId, usize>,
}

pub(super) fn run(context: &Context, verb: &Verb) -> Result<(), Failure> {
    let Verb::Import { file } = verb;
    let config = context.config()?;
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
    let summary = summary(&import.directory, problems.len());
    context.out.lines(&[summary], |summary| {
        let roles: Vec<String> = summary.roles.iter().map(|(role, n)| format!("{n} {role}")).collect();
        format!("{} entries ({}), version {}", summary.entries, roles.join(", "), summary.version)
    })?;
    Ok(())
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

fn summary(directory: &Directory, warnings: usize) -> Summary {
    let mut roles = BTreeMap::new();
    for entry in &directory.entries {
        *roles.entry(entry.role.clone()).or_default() += 1;
    }
    Summary { version: directory.version().to_string(), entries: directory.entries.len(), warnings, roles }
}
