//! The command line: one file per verb. Results go to standard output (JSON lines with `--json`), messages to standard
//! error. Exit codes: 0 fine, 1 failed, 2 configuration (or a command that was mistyped).

mod calendar;
mod check;
mod connect;
mod demo;
mod read;
mod simulate;
mod directory;
mod status;
mod explain;
mod journal;
mod key;
mod backup;
mod purge;
mod rules;
mod review;
mod obligation;
mod report;
mod held;
mod alert;
mod case;
mod meeting;
mod outbox;
mod run;
mod shift;
mod heart;
mod form;
mod person;
mod show;
mod standing;
mod waiting;
mod open;
mod output;
#[cfg(test)]
mod log_tests;

use crate::clock::Clock;
use crate::config::{Config, ConfigError, LogFormat, MAIN_FILE};
use crate::inbound::form::{Attempt, READ_DOCUMENT, run_child};
use crate::telemetry;
use clap::{Parser, Subcommand};
use output::Output;
use std::ffi::OsString;
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The clerk of a child-safeguarding panel's duty mailbox.
#[derive(Debug, Parser)]
#[command(name = "dutyclerk", version, arg_required_else_help = true)]
struct Arguments {
    /// The configuration folder [default: ./config, else /etc/dutyclerk].
    #[arg(long, global = true, value_name = "DIR")]
    config: Option<PathBuf>,
    /// Print JSON lines.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// The enabled panels' meetings with their cut-off, list and pack moments.
    Calendar(calendar::Arguments),
    /// The configuration, profiles, directory and dates 18 months ahead.
    Check(check::Arguments),
    /// The directory of who is who.
    #[command(subcommand)]
    Directory(directory::Verb),
    /// The main job on invented mail, with nothing installed.
    Demo(demo::Arguments),
    /// Shadow mode: replays real mail and writes what would have been sent.
    Simulate(simulate::Arguments),
    /// A document or message: its form, each field and where it was found, what is wrong with it.
    Read(read::Arguments),
    /// Forms: how one is read, a first label table for a new one, and samples to test it on.
    #[command(subcommand)]
    Form(form::Verb),
    /// How things stand: mailboxes, ledger, meetings, what is held, what has not gone.
    Status(status::Arguments),
    /// Everything known of a case, message, mail, held item, alert or meeting, and the rule behind each step.
    Explain(explain::Arguments),
    /// What waits for a person.
    #[command(subcommand)]
    Held(held::Verb),
    /// Alerts that ask somebody to do something.
    #[command(subcommand)]
    Alert(alert::Verb),
    /// Children's cases and their restrictions.
    #[command(subcommand)]
    Case(case::Verb),
    /// One meeting, and the chair's word on a late child.
    #[command(subcommand)]
    Meeting(meeting::Verb),
    /// When children are heard again.
    #[command(subcommand)]
    Review(review::Verb),
    /// What is owed, by whom and by when.
    #[command(subcommand)]
    Obligation(obligation::Verb),
    /// Mail sent and to be sent.
    #[command(subcommand)]
    Outbox(outbox::Verb),
    /// What the program did, in a chain that shows any change.
    #[command(subcommand)]
    Journal(journal::Verb),
    /// The master key.
    #[command(subcommand)]
    Key(key::Verb),
    /// A copy of the store in one file, while the daemon runs.
    Backup(backup::Arguments),
    /// The rules the program goes by, and what the panels chose where one leaves a choice.
    Rules(rules::Arguments),
    /// The numbers of a quarter for each panel: counts and times alone.
    Report(report::Arguments),
    /// Destroys the working copies that are no longer needed, as the job `retention` does each night (OP-07).
    Purge(purge::Arguments),
    /// The daemon.
    Run(run::Arguments),
}

/// Why a verb did not succeed.
#[derive(Debug)]
enum Failure {
    /// The configuration; exit code 2.
    Configuration(ConfigError),
    /// A word of the command that names nothing; exit code 2.
    Usage(String),
    /// Anything else; exit code 1.
    Failed(anyhow::Error),
    /// It has been told already; exit code.
    Told(u8),
    /// Nobody reads the output any more (`dutyclerk calendar | head`): not a failure.
    BrokenPipe,
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Configuration(error)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<crate::store::StoreError> for Failure {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<crate::seal::SealError> for Failure {
    fn from(error: crate::seal::SealError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == ErrorKind::BrokenPipe { Self::BrokenPipe } else { Self::Failed(error.into()) }
    }
}

/// What every verb is given.
#[derive(Clone)]
struct Context {
    config: Option<PathBuf>,
    clock: Clock,
    out: Output,
}

impl Context {
    /// Reads the configuration and starts logging as it says.
    fn config(&self) -> Result<Config, Failure> {
        let config = Config::load(&config_folder(self.config.as_deref()))?;
        start_logging(&config, &config.log.filter)?;
        Ok(config)
    }

    /// Today in London.
    fn today(&self) -> jiff::civil::Date {
        crate::casework::calendar::civil::date(self.clock.now())
    }
}

/// Starts logging in the shape the configuration says.
fn start_logging(config: &Config, filter: &str) -> Result<(), Failure> {
    let shape = match config.log.format {
        LogFormat::Human => telemetry::Shape::Human,
        LogFormat::Json => telemetry::Shape::Json,
    };
    telemetry::start(shape, filter).map_err(|error| Failure::Usage(error.to_string()))
}

/// The folder asked for, else `./config` where it holds a configuration, else `/etc/dutyclerk`.
fn config_folder(asked: Option<&Path>) -> PathBuf {
    let here = Path::new("config");
    match asked {
        Some(folder) => folder.to_owned(),
        None if here.join(MAIN_FILE).exists() || !Path::new("/etc/dutyclerk").exists() => here.to_owned(),
        None => PathBuf::from("/etc/dutyclerk"),
    }
}

/// Runs the program with these arguments and says how it went.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    // The child is started for every document and limits itself before anything else: even the parser comes later.
    match arguments.as_slice() {
        [_, verb] if verb == READ_DOCUMENT => return run_child(std::io::stdin().lock(), std::io::stdout().lock()),
        [_, verb, what] if verb == READ_DOCUMENT => {
            let attempt = Attempt::ALL.into_iter().find(|attempt| what == attempt.as_str());
            return attempt.map_or(ExitCode::from(2), Attempt::carry_out);
        }
        _ => {}
    }
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // clap prints help on standard output with code 0 and mistakes on standard error with code 2.
            let _broken_pipe = error.print().is_err();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let context = Context { config: arguments.config, clock: Clock::System, out: Output { json: arguments.json } };
    let done = match arguments.verb {
        Verb::Calendar(arguments) => calendar::run(&context, &arguments),
        Verb::Check(arguments) => check::run(&context, &arguments),
        Verb::Directory(verb) => directory::run(&context, &verb),
        Verb::Demo(arguments) => demo::run(&context, &arguments),
        Verb::Simulate(arguments) => simulate::run(&context, &arguments),
        Verb::Form(verb) => form::run(&context, &verb),
        Verb::Read(arguments) => read::run(&context, &arguments),
        Verb::Status(arguments) => status::run(&context, &arguments),
        Verb::Explain(arguments) => explain::run(&context, &arguments),
        Verb::Held(verb) => held::run(&context, &verb),
        Verb::Alert(verb) => alert::run(&context, &verb),
        Verb::Case(verb) => case::run(&context, &verb),
        Verb::Meeting(verb) => meeting::run(&context, &verb),
        Verb::Review(verb) => review::run(&context, &verb),
        Verb::Obligation(verb) => obligation::run(&context, &verb),
        Verb::Outbox(verb) => outbox::run(&context, &verb),
        Verb::Journal(verb) => journal::run(&context, &verb),
        Verb::Key(verb) => key::run(&context, &verb),
        Verb::Backup(arguments) => backup::run(&context, &arguments),
        Verb::Rules(arguments) => rules::run(&context, &arguments),
        Verb::Report(arguments) => report::run(&context, &arguments),
        Verb::Purge(arguments) => purge::run(&context, &arguments),
        Verb::Run(arguments) => run::run(&context, &arguments),
    };
    ExitCode::from(match done {
        Ok(()) | Err(Failure::BrokenPipe) => 0,
        Err(Failure::Configuration(error)) => {
            tell(&crate::config::draw(&error.problems, colour()));
            tell(&count(error.problems.len(), "error", "the configuration cannot be used"));
            2
        }
        Err(Failure::Usage(message)) => {
            tell(&format!("error: {message}\n"));
            2
        }
        Err(Failure::Failed(error)) => {
            tell(&format!("error: {error:#}\n"));
            1
        }
        Err(Failure::Told(code)) => code,
    })
}

/// A rehearsal of this configuration and its spreadsheet of people, laid out in `out` and not yet begun: what `simulate`
/// runs to the end, for whoever drives it step by step and speaks a person's word in between. Its database is in
/// `out/state`, sealed with a key that nobody keeps.
///
/// # Errors
/// When the configuration cannot be used, or a folder cannot be read or written.
pub async fn rehearsal(
    config: &Config,
    mail: PathBuf,
    from: jiff::Timestamp,
    until: jiff::Timestamp,
    out: PathBuf,
) -> anyhow::Result<crate::rehearsal::Rehearsal> {
    let store = crate::store::StoreSettings::rehearsal(out.join("state/dutyclerk.db"));
    rehearsal_in(config, store, mail, from, until, out).await
}

/// The same in a store of the caller's choosing, which must be empty.
///
/// # Errors
/// As [`rehearsal`].
pub async fn rehearsal_in(
    config: &Config,
    store: crate::store::StoreSettings,
    mail: PathBuf,
    from: jiff::Timestamp,
    until: jiff::Timestamp,
    out: PathBuf,
) -> anyhow::Result<crate::rehearsal::Rehearsal> {
    let lay_out = async {
        let plan = simulate::Plan {
            mail,
            from,
            until,
            store,
            out,
            key: crate::seal::MasterKey::generate(&crate::clock::Chance::seeded(1)),
            directory: simulate::spreadsheet(config, crate::casework::calendar::civil::date(from))?,
        };
        let sink = simulate::cleared(&plan)?;
        simulate::lay_out(config, plan, sink, tokio::runtime::Handle::current()).await
    };
    lay_out.await.map_err(|failure: Failure| match failure {
        Failure::Configuration(error) => error.into(),
        Failure::Failed(error) => error,
        Failure::Usage(message) => anyhow::Error::msg(message),
        Failure::Told(_) | Failure::BrokenPipe => anyhow::Error::msg("told already"),
    })
}

fn count(n: usize, what: &str, so: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {what}{plural}: {so}\n")
}

/// Are messages drawn in colour? Only for a terminal that did not ask otherwise.
fn colour() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// A message to standard error. Nobody is left to tell when that fails.
fn tell(message: &str) {
    let _nobody_reads = std::io::stderr().lock().write_all(message.as_bytes()).is_err();
}
