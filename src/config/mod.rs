//! The configuration: `dutyclerk.toml`, the enabled panels' profiles, form tables, bank holidays, template overrides.
//!
//! Read once, at start. Everything is checked then, as far as it can be without a network, and all faults are told
//! together, each with file, line, column and what to write instead. What a folder lacks is taken from the copies shipped
//! in the program, except `dutyclerk.toml` itself: an installation must say whom it serves. A configuration that cannot be
//! used stops the program (exit code 2); nothing is ever guessed in its place.

mod problem;
mod document;
mod what_to_write;
mod files;
mod settings;
mod keeping;
mod oauth;
mod sending;
mod roles;
mod profile;
pub mod shipped;
pub mod outlook;
pub mod directory;
mod row;
mod sheet;

pub use files::TextFile;
pub use keeping::{AlertServer, AlertSettings, DiskSettings, RetentionSettings, ScheduleSettings};
pub use oauth::OauthSettings;
pub use problem::{ConfigError, Level, Problem, draw};
pub use roles::{ROLES, is_role, role_of};
pub use settings::{
    AllowedDomain, ImapServer, JournalMailbox, LogFormat, LogSettings, MailSource, Mailbox, SendSettings, Sink,
    SmtpServer, StoreSettings,
};
pub use sheet::{BadSheet, Row, read_sheet};

use crate::casework::calendar::{BankHolidays, PanelCalendar};
use crate::casework::panel::Profile;
use crate::casework::{Address, DomainPattern, MailboxId, PanelId};
use crate::store::Server;
use document::{Document, Layers, Source, nearest};
use files::Files;
use settings::Settings;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The file every installation must have.
pub const MAIN_FILE: &str = "dutyclerk.toml";

/// A configuration that has been read and found usable.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder it was read from.
    pub folder: PathBuf,
    /// The enabled panels.
    pub panels: BTreeMap<PanelId, Profile>,
    /// Their calendars.
    pub calendars: BTreeMap<PanelId, PanelCalendar>,
    /// The duty mailboxes. Which panel one serves: [`Config::panel_of`].
    pub mailboxes: Vec<Mailbox>,
    /// Applications whose tokens open mailboxes, by name.
    pub oauth: BTreeMap<String, OauthSettings>,
    /// Domains that may be written to, each with a reason.
    pub allowed_domains: Vec<AllowedDomain>,
    /// Bank holidays: the shipped ones and the folder's together.
    pub holidays: BankHolidays,
    /// Where state is kept, all paths made absolute or relative to the working folder.
    pub store: StoreSettings,
    /// The directory's spreadsheet, if one is named.
    pub directory: Option<PathBuf>,
    /// How mail leaves.
    pub send: SendSettings,
    /// Limits of the reader, as written: the reader's part gives them their meaning.
    pub reader: toml::Table,
    /// Logging.
    pub log: LogSettings,
    /// The way to a person that depends on nothing that may be failing.
    pub alerts: AlertSettings,
    /// When the jobs run.
    pub schedule: ScheduleSettings,
    /// How long working copies are kept.
    pub retention: RetentionSettings,
    /// Room on the disk.
    pub disk: DiskSettings,
    /// What a sender is told when no panel can be made out (SH-23); each panel has its own.
    pub emergency: String,
    /// For each enabled panel the profiles it builds on: a base's id in the directory means all its panels.
    bases: BTreeMap<PanelId, Vec<String>>,
    known_panels: Vec<String>,
    forms: Vec<TextFile>,
    templates: Vec<TextFile>,
}

impl Config {
    /// Reads and checks a configuration folder.
    ///
    /// # Errors
    /// Every fault that was found.
    pub fn load(folder: &Path) -> Result<Self, ConfigError> {
        let files = Files::new(folder);
        let main = files.own(MAIN_FILE)?.ok_or_else(|| {
            let help = format!("Give its folder with --config, or start from the shipped {MAIN_FILE}.");
            Problem::error(files.path(MAIN_FILE).display().to_string(), "there is no such file", help)
        })?;
        let layers = Layers::new(vec![main]);
        let failed = |problems| ConfigError { problems };
        let document = Document::parse(&layers).map_err(failed)?;
        let settings: Settings = document.read().map_err(failed)?;

        let mut problems = settings_problems(&document, &settings);
        let keeping = keeping::Keeping {
            alerts: &settings.alerts,
            schedule: &settings.schedule,
            retention: &settings.retention,
            disk: &settings.disk,
        };
        problems.extend(keeping::problems(&document, &keeping));
        let holidays = holidays(&files).unwrap_or_else(|error| {
            problems.extend(error.problems);
            BankHolidays::default()
        });
        let mut keep = |found: Result<Vec<TextFile>, ConfigError>| match found {
            Ok(found) => found,
            Err(error) => {
                problems.extend(error.problems);
                Vec::new()
            }
        };
        let (forms, templates) = (keep(files.forms()), keep(files.templates()));
        let Panels { panels, calendars, bases } = panels(&files, &document, &settings, &holidays, &mut problems);
        if !problems.is_empty() {
            return Err(ConfigError { problems });
        }
        let at = |path: &Path| match path.to_str().and_then(credential) {
            Some(name) => credentials().join(name),
            None if path.is_absolute() => path.to_owned(),
            None => folder.join(path),
        };
        let or = |path: &Path, name: &str, state: &Path| {
            if path.as_os_str().is_empty() { state.join(name) } else { at(path) }
        };
        let state = at(&settings.store.state);
        Ok(Self {
            folder: folder.to_owned(),
            panels,
            calendars,
            mailboxes: settings.mailbox.into_iter().map(|mailbox| placed(mailbox, &at)).collect(),
            oauth: settings.oauth.into_iter().map(|(name, oauth)| (name, oauth.placed(&at))).collect(),
            allowed_domains: settings.allowed_domains,
            holidays,
            store: StoreSettings {
                database: or(&settings.store.database, "dutyclerk.db", &state),
                key_file: or(&settings.store.key_file, "master.key", &state),
                state: state.clone(),
                server: settings.store.database_url.as_deref().and_then(|url| Server::parse(url).ok()).map(|server| {
                    let file = |path: &Option<PathBuf>| path.as_deref().map(at);
                    server.with(file(&settings.store.database_password_file), file(&settings.store.database_ca_file))
                }),
                ..settings.store
            },
            directory: settings.directory.as_deref().map(at),
            send: SendSettings {
                folder: or(&settings.send.folder, "out", &state),
                smtp: settings.send.smtp.map(|smtp| SmtpServer {
                    password_file: smtp.password_file.as_deref().map(at),
                    ca_file: smtp.ca_file.as_deref().map(at),
                    ..smtp
                }),
                journal: settings
                    .send
                    .journal
                    .map(|journal| JournalMailbox { imap: server_placed(journal.imap, &at), ..journal }),
                ..settings.send
            },
            reader: settings.reader,
            log: settings.log,
            alerts: AlertSettings {
                file: or(&settings.alerts.file, "alerts.log", &state),
                smtp: settings.alerts.smtp.map(|server| alert_server(server, &at)),
                ..settings.alerts
            },
            schedule: settings.schedule,
            retention: settings.retention,
            disk: settings.disk,
            emergency: settings.emergency,
            bases,
            known_panels: files.panel_ids(),
            forms,
            templates,
        })
    }

    /// Form tables as written, shipped and the folder's own, by id.
    pub fn form_sources(&self) -> &[TextFile] {
        &self.forms
    }

    /// Templates of the folder that override the shipped ones, by their path (`agenda/subject.txt`).
    pub fn template_sources(&self) -> &[TextFile] {
        &self.templates
    }

    /// The panel a mailbox serves.
    pub fn panel_of(&self, mailbox: &MailboxId) -> Option<&Profile> {
        self.panels.values().find(|profile| profile.mailboxes.contains(mailbox))
    }

    /// The mailbox of this id.
    pub fn mailbox(&self, id: &MailboxId) -> Option<&Mailbox> {
        self.mailboxes.iter().find(|mailbox| mailbox.id == *id)
    }

    /// The enabled panels a word of the directory means: a panel, a base and so all that build on it, or `all`.
    pub fn panels_named(&self, word: &str) -> Vec<PanelId> {
        let means = |id: &PanelId| {
            word == "all"
                || id.as_str() == word
                || self.bases.get(id).is_some_and(|b| b.iter().any(|base| base == word))
        };
        self.panels.keys().filter(|id| means(id)).cloned().collect()
    }

    /// The allowed domains and the enabled panels' own, as written.
    pub fn trusted_domains(&self) -> impl Iterator<Item = &str> {
        let own = self.panels.values().flat_map(|profile| &profile.domains);
        self.allowed_domains.iter().map(|allowed| &allowed.domain).chain(own).map(DomainPattern::as_str)
    }

    /// Is there a profile of this id, enabled or not?
    pub fn is_known_panel(&self, id: &str) -> bool {
        self.known_panels.iter().any(|known| known == id)
    }

    /// May this address be written to: is its domain allowed, or an enabled panel's own?
    pub fn is_allowed(&self, address: &Address) -> bool {
        self.allowed_domains.iter().any(|allowed| allowed.domain.covers(address.domain()))
            || self.panels.values().any(|profile| profile.is_own_domain(address.domain()))
    }
}

/// The credential of the systemd unit (`LoadCredential=`) that a path names: `credential:NAME`, or as systemd's own pages
/// write it.
fn credential(path: &str) -> Option<&str> {
    path.strip_prefix("credential:").or_else(|| path.strip_prefix("${CREDENTIALS_DIRECTORY}/"))
}

/// Where systemd puts them; a folder that is not there when it did not start the program.
fn credentials() -> PathBuf {
    std::env::var_os("CREDENTIALS_DIRECTORY").map_or_else(|| PathBuf::from("/run/credentials/none"), PathBuf::from)
}

fn placed(mailbox: Mailbox, at: &impl Fn(&Path) -> PathBuf) -> Mailbox {
    let imap = mailbox.imap.map(|imap| server_placed(imap, at));
    Mailbox { path: at(&mailbox.path), imap, ..mailbox }
}

fn alert_server(server: AlertServer, at: &impl Fn(&Path) -> PathBuf) -> AlertServer {
    AlertServer {
        password_file: server.password_file.as_deref().map(at),
        ca_file: server.ca_file.as_deref().map(at),
        ..server
    }
}

fn server_placed(imap: ImapServer, at: &impl Fn(&Path) -> PathBuf) -> ImapServer {
    ImapServer {
        password_file: imap.password_file.as_deref().map(at),
        ca_file: imap.ca_file.as_deref().map(at),
        ..imap
    }
}

/// The shipped table with the folder's own added: GOV.UK drops old years, and a table kept never shrinks.
fn holidays(files: &Files) -> Result<BankHolidays, ConfigError> {
    use crate::casework::calendar::BadHolidays;
    let name = "bank-holidays.json";
    let read = |source: &Source| {
        BankHolidays::from_json(&source.text).map_err(|error| {
            let help =
                "Fetch https://www.gov.uk/bank-holidays.json again, or remove the file to use the shipped table.";
            let problem = Problem::error(&source.name, error.to_string(), help);
            ConfigError::from(match error {
                BadHolidays::Shape { line, .. } if line > 0 => problem.on_line(line),
                _ => problem,
            })
        })
    };
    let shipped = Source { name: format!("{name} (shipped)"), text: Arc::from(shipped::BANK_HOLIDAYS) };
    let mut table = read(&shipped)?;
    if let Some(own) = files.own(name)? {
        table.merge(&read(&own)?);
    }
    Ok(table)
}

#[derive(Default)]
struct Panels {
    panels: BTreeMap<PanelId, Profile>,
    calendars: BTreeMap<PanelId, PanelCalendar>,
    bases: BTreeMap<PanelId, Vec<String>>,
}

fn panels(
    files: &Files,
    document: &Document<'_>,
    settings: &Settings,
    holidays: &BankHolidays,
    problems: &mut Vec<Problem>,
) -> Panels {
    let mut good = Panels::default();
    let mailboxes: Vec<&str> = settings.mailbox.iter().map(|mailbox| mailbox.id.as_str()).collect();
    let ids = files.panel_ids();
    let known: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut claimed: BTreeMap<MailboxId, PanelId> = BTreeMap::new();
    for (i, id) in settings.panels.iter().enumerate() {
        let path = format!("panels.{i}");
        if !known.contains(&id.as_str()) || !profile::is_plain_id(id.as_str()) {
            problems.push(document.problem(&path, format!("there is no profile `{id}`"), nearest(id.as_str(), &known)));
            continue;
        }
        match profile::load(files, id, holidays, &mailboxes) {
            Err(found) => problems.extend(found),
            Ok(loaded) => {
                problems.extend(loaded.mailbox_problems);
                for mailbox in &loaded.profile.mailboxes {
                    if let Some(other) = claimed.insert(mailbox.clone(), id.clone()) {
                        let message = format!("`{other}` and `{id}` both claim the mailbox `{mailbox}`");
                        let help = "Give each panel a mailbox of its own: what comes in belongs to one panel.";
                        problems.push(document.problem(&path, message, help));
                    }
                }
                good.calendars.insert(id.clone(), loaded.calendar);
                good.bases.insert(id.clone(), loaded.bases);
                good.panels.insert(id.clone(), loaded.profile);
            }
        }
    }
    if good.panels.len() == settings.panels.len() {
        for (i, mailbox) in settings.mailbox.iter().enumerate().filter(|(_, m)| !claimed.contains_key(&m.id)) {
            let message = format!("no enabled panel is served by the mailbox `{}`", mailbox.id);
            let help = "Enable its panel, name it in a profile's `mailboxes`, or remove it.";
            problems.push(document.problem(&format!("mailbox.{i}.id"), message, help));
        }
    }
    good
}

/// Key, what is wrong with it, what to write. The URL itself is not repeated: somebody may have put a password into it.
fn store_problems(store: &StoreSettings) -> Vec<(&'static str, String, &'static str)> {
    let mut found = Vec::new();
    if let Some(Err(bad)) = store.database_url.as_deref().map(Server::parse) {
        found.push(("database_url", format!("`database_url`: {bad}"), bad.help()));
    }
    if store.database_url.is_some() && !store.database.as_os_str().is_empty() {
        let help = "Keep one: database for a file on this machine, database_url for a PostgreSQL server.";
        found.push(("database", "the database is a file and on a server".to_owned(), help));
    }
    if store.database_url.is_none() {
        let given = [
            ("database_password_file", store.database_password_file.is_some()),
            ("database_ca_file", store.database_ca_file.is_some()),
        ];
        for (key, _) in given.into_iter().filter(|(_, given)| *given) {
            let help = "Write database_url = \"postgres://dutyclerk@host/dutyclerk\", or take it away.";
            found.push((key, format!("`{key}` is for a database on a server, and none is given"), help));
        }
    }
    if !(5..=600).contains(&store.lease_seconds) {
        let help = "Write seconds from 5 to 600; 60 unless given.";
        found.push(("lease_seconds", "that is no time after which another daemon takes over".to_owned(), help));
    }
    found
}

fn settings_problems(document: &Document<'_>, settings: &Settings) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut say = |path: &str, message: String, help: &str| found.push(document.problem(path, message, help));
    if settings.panels.is_empty() {
        say("panels", "no panel is enabled".to_owned(), &what_to_write::of("panels"));
    }
    if settings.emergency.trim().is_empty() {
        say("emergency", "`emergency` is empty".to_owned(), &what_to_write::of("emergency"));
    }
    for (key, message, help) in store_problems(&settings.store) {
        say(&format!("store.{key}"), message, help);
    }
    let mut panels = BTreeSet::new();
    for (i, id) in settings.panels.iter().enumerate().filter(|(_, id)| !panels.insert(*id)) {
        say(&format!("panels.{i}"), format!("`{id}` stands twice"), "Keep one of them.");
    }
    let (mut ids, mut addresses) = (BTreeSet::new(), BTreeSet::new());
    for (i, mailbox) in settings.mailbox.iter().enumerate() {
        if !profile::is_plain_id(mailbox.id.as_str()) {
            let help = "Write lower-case letters, digits and hyphens, e.g. surrey-rmm-ne.";
            say(&format!("mailbox.{i}.id"), format!("`{}` is not a mailbox id", mailbox.id), help);
        }
        if !ids.insert(&mailbox.id) {
            say(&format!("mailbox.{i}.id"), format!("the mailbox `{}` stands twice", mailbox.id), "Keep one of them.");
        }
        if !addresses.insert(&mailbox.address) {
            let help = "Give each mailbox its own address.";
            say(&format!("mailbox.{i}.address"), "two mailboxes have this address".to_owned(), help);
        }
    }
    for (i, mailbox) in settings.mailbox.iter().enumerate() {
        let on_a_server = mailbox.source == MailSource::Imap;
        match &mailbox.imap {
            Some(_) if !on_a_server => {
                let help = "Write source = \"imap\", or take its [mailbox.imap] away.";
                say(&format!("mailbox.{i}.source"), "the mailbox is a folder and has a server".to_owned(), help);
            }
            None if on_a_server => {
                let help = "Write below it: [mailbox.imap], host = \"…\" and password_file = \"…\" or oauth = \"…\".";
                say(&format!("mailbox.{i}.source"), "the mailbox's server is not given".to_owned(), help);
            }
            Some(imap) if !sending::is_host(&imap.host) => {
                let help = "Write the server's name alone, e.g. outlook.office365.com; the port has its own key.";
                say(&format!("mailbox.{i}.imap.host"), format!("`{}` is not a host name", imap.host), help);
            }
            Some(imap) if !(5..=3600).contains(&imap.sweep_seconds) => {
                let help = "Write seconds from 5 to 3600; 300 unless given.";
                say(&format!("mailbox.{i}.imap.sweep_seconds"), "that is no time between two sweeps".to_owned(), help);
            }
            None if mailbox.path.as_os_str().is_empty() => {
                let help = "Write path = \"…\", or source = \"imap\" with its server.";
                say(&format!("mailbox.{i}.source"), "the mailbox has no path".to_owned(), help);
            }
            _ => {}
        }
    }
    sending::problems(settings, &mut say);
    oauth::problems(settings, &mut say);
    for (i, allowed) in settings.allowed_domains.iter().enumerate() {
        if !profile::is_plain_domain(&allowed.domain) {
            let message = format!("`{}` is not a domain", allowed.domain.as_str());
            let help = "Write a domain such as nhs.net, or *.gov.uk for everything below one.";
            say(&format!("allowed_domains.{i}.domain"), message, help);
        }
        if allowed.reason.trim().is_empty() {
            say(&format!("allowed_domains.{i}.reason"), "no reason is given".to_owned(), &what_to_write::of("reason"));
        }
    }
    found
}

#[cfg(test)]
mod tests;
