//! From a configuration to the parts of a running program.

use super::Failure;
use crate::casework::calendar::PanelCalendar;
use crate::casework::{Address, PanelId, Redacted};
use crate::clock::Chance;
use crate::clock::Clock;
use crate::config::{Config, ConfigError, Problem, ScheduleSettings};
use crate::daemon::{Daemon, Journal, MailboxFacts, Panel, Room, Schedules, Watch};
use crate::inbound::form::{self, FormTables, Reader};
use crate::inbound::mailbox::{ImapSettings, Mailbox, Source, Tls};
use crate::inbound::unpack;
use crate::oauth::{Secret, Tokens};
use crate::outbound::compose::Templates;
use crate::outbound::notice::{NoticeServer, Route};
use crate::outbound::submission::smtp::{Login, SmtpSettings};
use crate::outbound::submission::{FolderSink, Sink, Smtp, Sync};
use crate::seal::MasterKey;
use crate::store::{Store, StoreError, StoreSettings};
use anyhow::Context;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Notify;

/// `[reader]` of dutyclerk.toml.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ReaderSettings {
    /// The program that reads documents in a child process; by default this one.
    pub program: Option<PathBuf>,
    /// Limits of unpacking messages.
    pub message: unpack::Limits,
    /// Limits of reading documents.
    pub document: form::Limits,
}

/// The settings of reading, checked.
pub(super) fn reader_settings(config: &Config) -> Result<ReaderSettings, Failure> {
    config.reader.clone().try_into().map_err(|error: toml::de::Error| {
        let file = config.folder.join(crate::config::MAIN_FILE).display().to_string();
        let help = "Under [reader] there may stand: program, and the tables [reader.message] and [reader.document] with limits.";
        Failure::Configuration(ConfigError::from(Problem::error(file, format!("[reader]: {}", error.message()), help)))
    })
}

/// The label tables, the folder's before the shipped ones.
pub(super) fn form_tables(config: &Config) -> Result<FormTables, Failure> {
    let sources = config.form_sources().iter().map(|file| (file.path.clone(), file.text.clone()));
    FormTables::from_sources(sources).map_err(|error| {
        let problem =
            Problem::error(&error.file, error.message.clone(), "See docs/FORMS.md for how a label table is written.");
        Failure::Configuration(ConfigError::from(problem.on_line(error.line)))
    })
}

/// The mails' texts, the folder's before the shipped ones.
pub(super) fn templates(config: &Config) -> Result<Templates, Failure> {
    let sources = config.template_sources().iter().map(|file| (file.id.clone(), file.text.clone()));
    Templates::load(sources).map_err(|error| {
        let help = "Compare it with the shipped template of the same name.";
        Failure::Configuration(ConfigError::from(
            Problem::error(&error.file, error.message.clone(), help).on_line(error.line),
        ))
    })
}

/// The reader of documents: this program itself, run again for each document.
pub(super) fn reader(config: &Config) -> Result<Reader, Failure> {
    let settings = reader_settings(config)?;
    let program = match settings.program {
        Some(program) => program,
        None => std::env::current_exe().context("this program's own file cannot be found")?,
    };
    Ok(Reader::new(program, Arc::new(form_tables(config)?), settings.document))
}

/// The panels with their calendars, and the hashes stored with each decision.
pub(super) fn panels(config: &Config) -> BTreeMap<PanelId, Panel> {
    let holidays = config.holidays.version().to_string();
    let panel = |(id, profile): (&PanelId, &crate::casework::panel::Profile)| {
        let calendar: PanelCalendar = config.calendars.get(id)?.clone();
        let panel = Panel {
            profile: profile.clone(),
            calendar,
            profile_hash: profile.version().to_string(),
            calendar_hash: holidays.clone(),
        };
        Some((id.clone(), panel))
    };
    config.panels.iter().filter_map(panel).collect()
}

/// The mailboxes as configured.
pub(super) fn mailboxes(config: &Config) -> BTreeMap<crate::casework::MailboxId, MailboxFacts> {
    let facts =
        |m: &crate::config::Mailbox| MailboxFacts { address: m.address.clone(), authserv_id: m.authserv_id.clone() };
    config.mailboxes.iter().map(|m| (m.id.clone(), facts(m))).collect()
}

/// One mailbox itself, as it is swept. `moved` is told when its server says that something moved; needs a runtime.
pub(super) fn source(
    mailbox: &crate::config::Mailbox,
    keyring: &Keyring,
    moved: &Arc<Notify>,
) -> anyhow::Result<Source> {
    match &mailbox.imap {
        None => Ok(Source::Live(Mailbox::open(mailbox.id.clone(), &mailbox.path)?)),
        Some(server) => {
            let settings = imap(&mailbox.address, server, keyring)?;
            Ok(Source::Live(Mailbox::on_server(mailbox.id.clone(), settings, moved.clone())))
        }
    }
}

/// Every application's tokens, by the name the configuration gives it.
pub(super) type Keyring = BTreeMap<String, Tokens>;

/// The applications' tokens; none is got yet.
pub(super) fn keyring(config: &Config, clock: &Clock) -> Result<Keyring, Failure> {
    let mut found = Keyring::new();
    for (name, settings) in &config.oauth {
        let application = settings.application(name).with_context(|| format!("[oauth.{name}] cannot be used"))?;
        found.insert(name.clone(), Tokens::new(application, clock.clone(), chance()?));
    }
    Ok(found)
}

/// What proves a login: one of the two, as the configuration was checked for.
fn secret(password_file: Option<&Path>, oauth: Option<&str>, keyring: &Keyring) -> anyhow::Result<Secret> {
    match (password_file, oauth) {
        (Some(file), _) => Ok(password(file)?.into()),
        (None, Some(name)) => {
            let tokens = keyring.get(name).with_context(|| format!("there is no [oauth.{name}]"))?;
            Ok(Secret::Token(tokens.clone()))
        }
        (None, None) => anyhow::bail!("there is no password and no token"),
    }
}

/// How a mailbox on a server is reached.
pub(super) fn imap(
    address: &Address,
    server: &crate::config::ImapServer,
    keyring: &Keyring,
) -> anyhow::Result<ImapSettings> {
    let port = server.port.unwrap_or(match server.tls {
        Tls::Implicit => 993,
        Tls::Starttls => 143,
    });
    let user = server.user.clone().unwrap_or_else(|| address.to_string());
    let secret = secret(server.password_file.as_deref(), server.oauth.as_deref(), keyring)?;
    let settings = ImapSettings::new(server.host.clone(), port, server.tls, user, secret);
    Ok(ImapSettings { ca_file: server.ca_file.clone(), folder: server.folder.clone(), ..settings })
}

/// The server mail is submitted to.
pub(super) fn smtp(server: &crate::config::SmtpServer, keyring: &Keyring) -> anyhow::Result<SmtpSettings> {
    let port = server.port.unwrap_or(match server.tls {
        Tls::Implicit => 465,
        Tls::Starttls => 587,
    });
    let login = match &server.user {
        Some(user) => {
            let secret = secret(server.password_file.as_deref(), server.oauth.as_deref(), keyring)?;
            Some(Login { user: user.clone(), secret })
        }
        None => None,
    };
    let settings = SmtpSettings::new(server.host.clone(), port, server.tls);
    Ok(SmtpSettings {
        ca_file: server.ca_file.clone(),
        login,
        hello: server.hello.clone().unwrap_or(settings.hello),
        most_a_minute: server.most_a_minute,
        ..settings
    })
}

/// Our own journal mailbox, if one is named.
pub(super) fn journal(config: &Config, keyring: &Keyring) -> anyhow::Result<Option<Journal>> {
    let Some(journal) = &config.send.journal else { return Ok(None) };
    let mailbox = imap(&journal.address, &journal.imap, keyring)?;
    Ok(Some(Journal { address: journal.address.clone(), mailbox }))
}

/// A file's one line.
fn password(file: &Path) -> anyhow::Result<Redacted<String>> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("the password in {} cannot be read", file.display()))?;
    Ok(Redacted::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// The daemon of this configuration, without mailboxes and with nowhere to send: enough to carry out a person's word. `run`
/// gives it both.
pub(super) fn daemon(config: &Config, store: Store, chance: Chance) -> Result<Daemon, Failure> {
    Ok(Daemon {
        store,
        panels: panels(config),
        mailboxes: mailboxes(config),
        sources: Vec::new(),
        most_answers: config.send.most_answers_a_sender_and_day,
        most_mails_an_hour: Some(config.send.most_mails_an_hour),
        largest_mail: i64::try_from(config.send.most_mail_bytes).unwrap_or(i64::MAX),
        allowed: config.allowed_domains.iter().map(|allowed| allowed.domain.clone()).collect(),
        limits: reader_settings(config)?.message,
        reader: reader(config)?,
        chance,
        templates: templates(config)?,
        sink: Sink::Closed,
        courier: crate::daemon::Courier::default(),
        look: crate::daemon::Look::default(),
        memory: crate::daemon::Memory::default(),
        directory: None,
        tokens: Vec::new(),
        watch: None,
        schedules: None,
        pulse: crate::daemon::Pulse::default(),
        stop: crate::daemon::Stop::default(),
    })
}

/// Where mail goes: closed while `send.enabled` is false, the kill switch. `woken` is told when a mail server has answered
/// that nobody waited for; needs a runtime.
pub(super) fn sink(config: &Config, keyring: &Keyring, woken: &Arc<Notify>) -> Result<Sink, Failure> {
    if !config.send.enabled {
        return Ok(Sink::Closed);
    }
    if let (crate::config::Sink::Smtp, Some(server)) = (config.send.sink, &config.send.smtp) {
        return Ok(Sink::Smtp(Smtp::start(smtp(server, keyring)?, woken.clone())));
    }
    let folder = FolderSink::open(&config.send.folder, Sync::Always).context("the folder for mail cannot be used")?;
    Ok(Sink::Folder(folder))
}

/// When the jobs run.
pub(super) fn schedules(config: &Config) -> Schedules {
    let settings = &config.schedule;
    Schedules {
        digest: ScheduleSettings::timetable(&settings.digest),
        reconcile: ScheduleSettings::timetable(&settings.reconcile),
        holidays: ScheduleSettings::timetable(&settings.holidays),
        retention: ScheduleSettings::timetable(&settings.retention),
        reconcile_days: i64::from(settings.reconcile_days),
        working_copies_days: i64::from(config.retention.working_copies_days),
        holiday_horizon: config.holidays.horizon(),
    }
}

/// What is watched while the daemon runs, and the way to a person that depends on none of it.
pub(super) fn watch(config: &Config) -> Result<Watch, Failure> {
    let settings = &config.alerts;
    let server = settings.smtp.as_ref().map(|server| -> anyhow::Result<NoticeServer> {
        let login = match (&server.user, &server.password_file) {
            (Some(user), Some(file)) => Some((user.clone(), password(file)?)),
            _ => None,
        };
        let implicit_tls = server.tls == Tls::Implicit;
        Ok(NoticeServer {
            host: server.host.clone(),
            port: server.port.unwrap_or(if implicit_tls { 465 } else { 587 }),
            implicit_tls,
            login,
            ca_file: server.ca_file.clone(),
            from: server.from.clone(),
            to: server.to.clone(),
        })
    });
    let route =
        Route { file: Some(settings.file.clone()), command: settings.command.clone(), server: server.transpose()? };
    let room = Room { warn_below: config.disk.warn_below_mib << 20, stop_below: config.disk.stop_below_mib << 20 };
    Ok(Watch { route, room, free: None })
}

/// The store as it stands. It is not made here: an empty one must not pass for one that was lost.
pub(super) async fn existing_store(config: &Config) -> Result<Store, Failure> {
    let made_by = "`dutyclerk directory import FILE` or `dutyclerk run` makes it";
    let opened = Store::open(&store_settings(config).existing(), key(&config.store.key_file)?, chance()?).await;
    Ok(opened.map_err(|error| match error {
        StoreError::NotMade { place } => anyhow::anyhow!("there is no database {place} yet: {made_by}"),
        other => not_opened(config, other),
    })?)
}

/// Why the store did not open, and what to do where a change of its key was begun.
fn not_opened(config: &Config, error: StoreError) -> anyhow::Error {
    let begun =
        matches!(error, StoreError::WrongKey { .. }) && super::key::beside(&config.store.key_file, "next").exists();
    anyhow::Error::new(error).context(match begun {
        true => "the master key was being changed: `dutyclerk key rotate` finishes it",
        false => "the store cannot be opened",
    })
}

/// Where this configuration's store is.
pub(super) fn store_settings(config: &Config) -> StoreSettings {
    StoreSettings::new(config.store.place())
}

/// Chance from the operating system.
pub(super) fn chance() -> Result<Chance, Failure> {
    Ok(Chance::system().context("the machine gives no randomness")?)
}

/// The store of this configuration, opened with its master key.
pub(super) async fn store(config: &Config, chance: &Chance) -> Result<Store, Failure> {
    let key = key(&config.store.key_file)?;
    if !config.store.database.exists() && !config.store.state.exists() {
        std::fs::create_dir_all(&config.store.state).context("the state folder cannot be made")?;
    }
    let opened = Store::open(&store_settings(config), key, chance.clone()).await;
    Ok(opened.map_err(|error| not_opened(config, error))?)
}

/// The master key of a file.
pub(super) fn key(path: &Path) -> Result<MasterKey, Failure> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("the master key {} cannot be read (`dutyclerk key new` makes one)", path.display()))?;
    Ok(MasterKey::from_text(text.trim()).with_context(|| format!("{} holds no master key", path.display()))?)
}

/// Keeps this thread and those it will start, the store's above all, on the core it is on. Handing a statement over to a
/// thread on a core that sleeps takes six times as long as on the same core, and a rehearsal waits for every one.
pub(super) fn stay_on_one_core() {
    let mut core = rustix::thread::CpuSet::new();
    core.set(rustix::thread::sched_getcpu());
    if let Err(error) = rustix::thread::sched_setaffinity(None, &core) {
        tracing::debug!(error = %error, "this thread cannot be kept on one core");
    }
}

/// What the verbs run on.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().context("no runtime")?)
}
