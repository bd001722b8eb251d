//! `check`: everything that can be known to be wrong before a day's mail depends on it. Sends nothing, writes nothing.

use super::directory::read_file;
use super::{Context, Failure, colour, connect, count, open, tell};
use crate::casework::FormId;
use crate::casework::calendar::civil;
use crate::config::{Config, Level, MAIN_FILE, Problem, draw, outlook};
use crate::oauth::{Certificate, NoToken, Proof, explain};
use crate::store::{Place, Store, StoreError};
use jiff::civil::Date;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Also try what the program connects to.
    #[arg(long)]
    connect: bool,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<(), Failure> {
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
            config.folder.join(MAIN_FILE).display().to_string(),
            "no directory file is named",
            "Write directory = \"directory.xlsx\", or import one with `dutyclerk directory import FILE`.",
        )),
    }
    problems.extend(parts(&config));
    problems.extend(confinement(&config));
    problems.extend(key(&config));
    problems.extend(database_files(&config));
    problems.extend(proofs(&config, today));
    if arguments.connect {
        problems.extend(database(&config)?);
    }
    report(context, &problems)?;
    let failed = if arguments.connect { connect::run(context, &config)? } else { 0 };
    let panels: Vec<&str> = config.panels.keys().map(crate::casework::PanelId::as_str).collect();
    context.out.text(&format!("The configuration in {} is usable.", config.folder.display()))?;
    context.out.text(&format!("Panels: {}", panels.join(", ")))?;
    if arguments.connect {
        context.out.text(
            "The database and every mailbox were tried and the mail server logged in to, as told above. Nothing was written, \
             moved or sent.",
        )?;
    }
    if failed > 0 {
        tell(&count(failed, "failed step", "the daemon starts all the same, and goes on trying"));
        return Err(Failure::Told(1));
    }
    Ok(())
}

/// Form tables, reader settings and templates, and whether every form a panel accepts is there.
fn parts(config: &Config) -> Vec<Problem> {
    let problems_of = |failure: Failure| match failure {
        Failure::Configuration(error) => error.problems,
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    found.extend(open::reader_settings(config).err().map(problems_of).unwrap_or_default());
    found.extend(open::templates(config).err().map(problems_of).unwrap_or_default());
    let tables = match open::form_tables(config) {
        Ok(tables) => tables,
        Err(failure) => {
            found.extend(problems_of(failure));
            return found;
        }
    };
    let known: Vec<&str> = config
        .form_sources()
        .iter()
        .map(|file| file.id.as_str())
        .filter(|id| tables.get(&FormId::new(*id)).is_some())
        .collect();
    for profile in config.panels.values() {
        for form in profile.accepts.iter().filter(|form| tables.get(form).is_none()) {
            let file = format!("panels/{}.toml", profile.id);
            let message = format!("`accepts` names the form `{form}`, and there is no such label table");
            let help = format!("Write one of {}, or describe the form in forms/{form}.toml.", known.join(", "));
            found.push(Problem::error(file, message, help));
        }
    }
    found
}

/// Whether a document's reader is as shut in as it should be, found out by trying.
fn confinement(config: &Config) -> Vec<Problem> {
    // What keeps the reader from being set up at all is among what `parts` finds.
    let (Ok(reader), Ok(runtime)) = (open::reader(config), open::runtime()) else { return Vec::new() };
    let file = reader.program().display().to_string();
    match runtime.block_on(reader.left_open()) {
        Ok(open) => open
            .into_iter()
            .map(|attempt| {
                let help = "See \"The reader of documents\" in docs/OPERATING.md. Documents are read meanwhile.";
                Problem::warning(&file, attempt.words(), help)
            })
            .collect(),
        Err(error) => {
            let help = "Look at reader.program, and at what keeps it from being started.";
            vec![Problem::error(&file, format!("documents cannot be read: {error}"), help)]
        }
    }
}

/// A key that is missing stops the daemon, not the configuration.
fn key(config: &Config) -> Option<Problem> {
    let path = &config.store.key_file;
    let file = path.display().to_string();
    if !path.exists() {
        let help = "Make it with `dutyclerk key new`, or give its place as store.key_file.";
        return Some(Problem::warning(file, "there is no master key here yet", help));
    }
    if let Err(Failure::Failed(error)) = open::key(path) {
        return Some(Problem::error(
            file,
            format!("{error:#}"),
            "Put the right key there: the database opens with no other.",
        ));
    }
    open_to_others(path, "the master key")
}

/// A secret's file that more than its owner can read.
fn open_to_others(path: &Path, what: &str) -> Option<Problem> {
    let mode = std::fs::metadata(path).map_or(0, |found| found.permissions().mode());
    (mode & 0o077 != 0).then(|| {
        let file = path.display().to_string();
        let help = format!("Run: chmod 600 {file}");
        Problem::warning(file, format!("others on this machine can read {what}"), help)
    })
}

/// The files that the way to a database on a server needs.
fn database_files(config: &Config) -> Vec<Problem> {
    let Some(server) = &config.store.server else { return Vec::new() };
    let mut found = Vec::new();
    for (key, path) in [("database_password_file", &server.password_file), ("database_ca_file", &server.ca_file)] {
        if let Some(Err(error)) = path.as_deref().map(std::fs::File::open) {
            let file = path.as_deref().unwrap_or(std::path::Path::new("")).display().to_string();
            let help = format!("Look at store.{key}, and at the file's permissions.");
            found.push(Problem::warning(file, format!("`{key}` cannot be read: {error}"), help));
        }
    }
    found
}

/// So many days before its last one a secret or certificate is warned of.
const NOTICE: i32 = 30;

/// What the applications prove themselves with: is it there, does it hold together, how long is it good for?
fn proofs(config: &Config, today: Date) -> Vec<Problem> {
    let mut found = Vec::new();
    let main = config.folder.join(MAIN_FILE).display().to_string();
    for (name, settings) in &config.oauth {
        let Some(application) = settings.application(name) else { continue };
        if !is_used(config, name) {
            let help =
                format!("Write oauth = \"{name}\" in place of password_file where it is to be used, or take it away.");
            found.push(Problem::warning(&main, format!("nothing is opened with [oauth.{name}]"), help));
        }
        let (file, read, last) = match &application.proof {
            Proof::Secret(file) => {
                found.extend(open_to_others(file, "the client secret"));
                (file, secret(file, &main, name, &mut found), application.expires)
            }
            Proof::Certificate { certificate, key, .. } => {
                found.extend(open_to_others(key, "the certificate's private key"));
                match Certificate::read(certificate, key) {
                    Ok(read) => (certificate, Ok(()), Some(civil::date(read.valid_until))),
                    Err(bad) => (certificate, Err(NoToken::from(bad)), None),
                }
            }
        };
        if let Err(why) = read {
            // Systemd hands credentials to the service alone: run by hand, `check` may not see them.
            let message = format!("[oauth.{name}]: {why}");
            found.push(Problem::warning(file.display().to_string(), message, explain(&why.code()).1));
        }
        let days = last.map(|last| today.until(last).map_or(0, |span| span.get_days()));
        if let (Some(days), Some(last)) = (days, last)
            && days <= NOTICE
        {
            let help = "Make a new one in the app registration and put it in the old one's place before that day; both are \
                        good until then.";
            let ends = if days < 0 { "ended on" } else { "ends on" };
            let message = format!("what [oauth.{name}] proves itself with {ends} {}", civil::day_in_words(last));
            found.push(Problem::warning(&main, message, help));
        }
    }
    found
}

/// Is anything opened with this application's tokens?
fn is_used(config: &Config, name: &str) -> bool {
    let mailboxes = config.mailboxes.iter().filter_map(|mailbox| mailbox.imap.as_ref());
    let journal = config.send.journal.iter().map(|journal| &journal.imap);
    let reads = mailboxes.chain(journal).any(|imap| imap.oauth.as_deref() == Some(name));
    reads || config.send.smtp.as_ref().is_some_and(|smtp| smtp.oauth.as_deref() == Some(name))
}

/// The file of a secret, looked at and not shown.
fn secret(file: &Path, main: &str, name: &str, found: &mut Vec<Problem>) -> Result<(), NoToken> {
    let text = std::fs::read_to_string(file).map_err(|_| NoToken::Secret)?;
    let text = text.trim();
    if text.is_empty() || text.contains(char::is_whitespace) {
        return Err(NoToken::Secret);
    }
    if uuid::Uuid::parse_str(text).is_ok() {
        let help = explain("aadsts_7000215").1;
        found.push(Problem::warning(main, format!("the secret of [oauth.{name}] looks like an id"), help));
    }
    Ok(())
}

/// The database, opened as the daemon will and everything taken back.
fn database(config: &Config) -> Result<Vec<Problem>, Failure> {
    let place = config.store.place();
    let Ok(key) = open::key(&config.store.key_file) else { return Ok(Vec::new()) };
    if matches!(&place, Place::File(path) if !path.exists()) {
        return Ok(Vec::new());
    }
    let chance = open::chance()?;
    let tried = open::runtime()?.block_on(Store::try_out(&open::store_settings(config), key, chance));
    let Err(error) = tried else { return Ok(Vec::new()) };
    let help = match &error {
        StoreError::Unreachable(_) => "Look at the host and port of store.database_url, and at the firewall between.",
        StoreError::Refused { .. } => "Mend that on the server or under [store]; the daemon stops on it.",
        StoreError::File { .. } => "Look at the file's place and permissions.",
        StoreError::WrongKey { .. } => "Give the right key as store.key_file.",
        _ => "Try again; ask who runs the database.",
    };
    let error = match std::error::Error::source(&error) {
        Some(source) => format!("{error} ({source})"),
        None => error.to_string(),
    };
    Ok(vec![Problem::error(place.to_string(), error, help)])
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
