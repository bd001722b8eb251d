//! `check`: everything that can be known to be wrong before a day's mail depends on it. Sends nothing, writes nothing.

use super::directory::read_file;
use super::{Context, Failure, colour, count, open, tell};
use crate::casework::FormId;
use crate::config::{Config, Level, MAIN_FILE, Problem, Sink, draw, outlook};
use crate::inbound::mailbox::{Fault, MailboxError, copies};
use crate::outbound::submission::smtp;
use crate::store::{Place, Store, StoreError};
use jiff::Timestamp;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

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
    if arguments.connect {
        problems.extend(database(&config)?);
        problems.extend(mailboxes(&config, context.clock.now())?);
        problems.extend(submission(&config)?);
    }
    report(context, &problems)?;
    let panels: Vec<&str> = config.panels.keys().map(crate::casework::PanelId::as_str).collect();
    context.out.text(&format!("The configuration in {} is usable.", config.folder.display()))?;
    context.out.text(&format!("Panels: {}", panels.join(", ")))?;
    if arguments.connect {
        context.out.text(
            "The database and every mailbox were tried and the mail server logged in to, except those named above. Nothing was \
             written, moved or sent.",
        )?;
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
    let mode = std::fs::metadata(path).map_or(0, |found| found.permissions().mode());
    (mode & 0o077 != 0).then(|| {
        let message = "others on this machine can read the master key";
        Problem::warning(&file, message, format!("Run: chmod 600 {file}"))
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

/// Every mailbox, listed once as the daemon will.
fn mailboxes(config: &Config, now: Timestamp) -> Result<Vec<Problem>, Failure> {
    let named = |mailbox: &crate::config::Mailbox| match &mailbox.imap {
        Some(server) => format!("{} on {}", mailbox.id, server.host),
        None => mailbox.path.display().to_string(),
    };
    open::runtime()?.block_on(async {
        let mut found = Vec::new();
        for mailbox in &config.mailboxes {
            let (error, help) = match open::source(mailbox, &Arc::default()) {
                Err(error) => (format!("{error:#}"), "Look at its path, its password_file and their permissions."),
                Ok(mut source) => match source.sweep(now).await {
                    Ok(_) => continue,
                    Err(error @ MailboxError::Server { fault, .. }) => (error.to_string(), help_for(fault)),
                    Err(error) => (error.to_string(), "Look at its path and permissions."),
                },
            };
            let help = format!("{help} The daemon goes on with the other mailboxes meanwhile.");
            found.push(Problem::warning(named(mailbox), error, help));
        }
        Ok(found)
    })
}

/// The mail server, connected and logged in to, and the journal mailbox, looked into. No mail is sent.
fn submission(config: &Config) -> Result<Vec<Problem>, Failure> {
    let (Sink::Smtp, Some(server)) = (config.send.sink, &config.send.smtp) else { return Ok(Vec::new()) };
    let mut found: Vec<(String, String, &str)> = Vec::new();
    open::runtime()?.block_on(async {
        match open::smtp(server) {
            Err(error) => found.push((server.host.clone(), format!("{error:#}"), "Look at its password_file.")),
            Ok(settings) => {
                if let Err(fault) = smtp::try_out(&settings).await {
                    found.push((server.host.clone(), fault.to_string(), help_for_smtp(fault)));
                }
            }
        }
        let Some(named) = &config.send.journal else { return };
        let name = format!("the journal mailbox on {}", named.imap.host);
        match open::journal(config) {
            Err(error) => found.push((name, format!("{error:#}"), "Look at its password_file.")),
            Ok(None) => {}
            Ok(Some(journal)) => {
                // No mail has this Message-ID: what matters is that it can be asked for.
                if let Err(fault) = copies(&journal.mailbox, "check@dutyclerk.invalid").await {
                    found.push((name, fault.to_string(), help_for(fault)));
                }
            }
        }
    });
    let problem = |(name, error, help): (String, String, &str)| {
        Problem::warning(name, error, format!("{help} Mail waits in the outbox meanwhile."))
    };
    Ok(found.into_iter().map(problem).collect())
}

fn help_for_smtp(fault: smtp::Fault) -> &'static str {
    match fault {
        smtp::Fault::Unreachable | smtp::Fault::Greeting => {
            "Look at host and port, and at the firewall between; for port 465 write tls = \"implicit\"."
        }
        smtp::Fault::NoStarttls => {
            "Nothing is sent in the clear: use port 465 with tls = \"implicit\", or another server."
        }
        smtp::Fault::Tls => {
            "Its certificate must bear the host's name; for a private authority give ca_file. Or try the other tls."
        }
        smtp::Fault::NoLogin => "Ask who runs the server to allow PLAIN or LOGIN over TLS, or take user away.",
        smtp::Fault::Login(_) => {
            "Look at user and password_file; 5.7.30 or 5.7.139 say that the server takes passwords no more."
        }
        smtp::Fault::Later(_) | smtp::Fault::TimedOut(_) | smtp::Fault::Lost(_) | smtp::Fault::Nonsense(_) => {
            "Try again; ask who runs the server."
        }
    }
}

fn help_for(fault: Fault) -> &'static str {
    match fault {
        Fault::Unreachable | Fault::Greeting => "Look at host and port, and at the firewall between.",
        Fault::Tls => {
            "Its certificate must bear the host's name; for a private authority give ca_file. Or try the other tls."
        }
        Fault::Login => "Look at user and password_file.",
        Fault::Refused(_) | Fault::NoUidValidity => {
            "Look at folder: is there one of that name, and may this user open it?"
        }
        Fault::Busy | Fault::TimedOut(_) | Fault::Lost(_) | Fault::Nonsense(_) => "Try again; ask who runs the server.",
    }
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
