//! `check`: everything that can be known to be wrong before a day's mail depends on it. Sends nothing, writes nothing.

use super::directory::read_file;
use super::{Context, Failure, colour, count, tell};
use crate::config::{Level, Problem, draw, outlook};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) fn run(context: &Context, _arguments: &Arguments) -> Result<(), Failure> {
    let config = match context.config() {
        Ok(config) => config,
        Err(Failure::Configuration(error)) => return report(context, &error.problems),
        Err(other) => return Err(other),
    };
    let today = context.today();
    let mut problems = outlook::look(&config, today);
    match &config.directory {
        Some(path) => problems.extend(directory_problems(&config, path, today)),
        None => problems.push(Problem::warning(
            config.folder.join(crate::config::MAIN_FILE).display().to_string(),
            "no directory file is named",
            "Write directory = \"directory.xlsx\", or import one with `dutyclerk directory import FILE`.",
        )),
    }
    report(context, &problems)?;
    let panels: Vec<&str> = config.panels.keys().map(crate::casework::PanelId::as_str).collect();
    context.out.text(&format!("The configuration in {} is usable.", config.folder.display()))?;
    context.out.text(&format!("Panels: {}", panels.join(", ")))?;
    Ok(())
}

fn directory_problems(
    config: &crate::config::Config,
    path: &std::path::Path,
    today: jiff::civil::Date,
) -> Vec<Problem> {
    let file = path.display().to_string();
    match read_file(config, path, today) {
        Err(problem) => vec![*problem],
        Ok(import) => {
            let rows = import.problems.iter().map(|problem| problem.in_file(&file));
            rows.chain(outlook::look_at_directory(config, &import.directory, &file, today)).collect()
        }
    }
}

/// Prints what was found: JSON lines on standard output, or drawn on standard error.
fn report(context: &Context, problems: &[Problem]) -> Result<(), Failure> {
    if context.out.json {
        context.out.lines(problems, |_| String::new())?;
    } else {
        tell(&draw(problems, colour()));
    }
    let errors = problems.iter().filter(|problem| problem.level == Level::Error).count();
    if errors > 0 {
        tell(&count(errors, "error", "the configuration cannot be used"));
        return Err(Failure::Told(2));
    }
    if !problems.is_empty() {
        tell(&count(problems.len(), "warning", "look at them when you can"));
    }
    Ok(())
}
