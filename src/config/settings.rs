//! `dutyclerk.toml` as written: which panels, which mailboxes, who may be written to, where state is kept.

use super::keeping::{AlertSettings, DiskSettings, RetentionSettings, ScheduleSettings};
use super::oauth::OauthSettings;
use crate::casework::{Address, DomainPattern, MailboxId, PanelId};
use crate::inbound::mailbox::Tls;
use crate::store::{Place, Server};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The whole file. Relative paths count from the folder the file is in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    pub(super) panels: Vec<PanelId>,
    pub(super) emergency: String,
    #[serde(default)]
    pub(super) directory: Option<PathBuf>,
    pub(super) store: StoreSettings,
    #[serde(default)]
    pub(super) oauth: BTreeMap<String, OauthSettings>,
    #[serde(default)]
    pub(super) mailbox: Vec<Mailbox>,
    #[serde(default)]
    pub(super) allowed_domains: Vec<AllowedDomain>,
    #[serde(default)]
    pub(super) send: SendSettings,
    #[serde(default)]
    pub(super) reader: toml::Table,
    #[serde(default)]
    pub(super) log: LogSettings,
    #[serde(default)]
    pub(super) alerts: AlertSettings,
    #[serde(default)]
    pub(super) schedule: ScheduleSettings,
    #[serde(default)]
    pub(super) retention: RetentionSettings,
    #[serde(default)]
    pub(super) disk: DiskSettings,
}

/// Where state is kept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreSettings {
    /// The folder everything that changes is in.
    pub state: PathBuf,
    /// The database file; `dutyclerk.db` in the state folder unless given.
    #[serde(default)]
    pub database: PathBuf,
    /// Instead of a file, a database on a PostgreSQL server that several hosts may share.
    #[serde(default)]
    pub database_url: Option<String>,
    /// The file that server's password is in.
    #[serde(default)]
    pub database_password_file: Option<PathBuf>,
    /// PEM certificates of the authority that signed that server's.
    #[serde(default)]
    pub database_ca_file: Option<PathBuf>,
    /// A daemon that says nothing for so long hands over to another that waits on the same server.
    #[serde(default = "a_minute")]
    pub lease_seconds: u32,
    /// `database_url` and what belongs to it, as read.
    #[serde(skip)]
    pub server: Option<Server>,
    /// The master key's file; `master.key` in the state folder unless given.
    #[serde(default)]
    pub key_file: PathBuf,
}

impl StoreSettings {
    /// The server, or else the file.
    pub fn place(&self) -> Place {
        match &self.server {
            Some(server) => Place::Server(server.clone()),
            None => Place::File(self.database.clone()),
        }
    }
}

fn a_minute() -> u32 {
    60
}

/// A duty mailbox. Which panel it serves stands in the panels' profiles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mailbox {
    /// e.g. `surrey-rmm-ne`.
    pub id: MailboxId,
    /// The address people write to.
    pub address: Address,
    /// What kind of place the mail is in.
    pub source: MailSource,
    /// The folder or file it is in; none for a mailbox on a server.
    #[serde(default)]
    pub path: PathBuf,
    /// The server it is on, for `imap`.
    #[serde(default)]
    pub imap: Option<ImapServer>,
    /// The authserv-id (RFC 8601 §2.5) of the server that checks incoming mail. Without it no Authentication-Results
    /// header is believed, and a sender in an allowed domain is taken for who it says it is.
    #[serde(default)]
    pub authserv_id: Option<String>,
}

/// Kinds of mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailSource {
    /// A Maildir.
    Maildir,
    /// An mbox file.
    Mbox,
    /// A folder of loose .eml files.
    Folder,
    /// A folder on an IMAP server.
    Imap,
}

/// A mailbox's server (RFC 9051).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImapServer {
    /// e.g. `outlook.office365.com`; its certificate must bear this name.
    pub host: String,
    /// 993 for implicit TLS, 143 for STARTTLS, unless given.
    #[serde(default)]
    pub port: Option<u16>,
    /// `implicit` or `starttls`; there is no third way.
    #[serde(default = "implicit")]
    pub tls: Tls,
    /// Login name; the mailbox's address unless given.
    #[serde(default)]
    pub user: Option<String>,
    /// A file that holds the password and nothing else.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// Or the `[oauth.NAME]` whose token opens it.
    #[serde(default)]
    pub oauth: Option<String>,
    /// PEM certificates to trust instead of the system's: a private authority.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// The folder mail arrives in.
    #[serde(default = "inbox")]
    pub folder: String,
    /// All of the folder is listed this often, whatever the server says; in seconds.
    #[serde(default = "five_minutes")]
    pub sweep_seconds: u32,
}

fn implicit() -> Tls {
    Tls::Implicit
}

fn inbox() -> String {
    "INBOX".to_owned()
}

fn five_minutes() -> u32 {
    300
}

/// A domain that may be written to, and why (facts 4.6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowedDomain {
    /// `nhs.net`, or `*.gov.uk` for everything below.
    pub domain: DomainPattern,
    /// Why it may have papers.
    pub reason: String,
}

/// How mail leaves, and what stops it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SendSettings {
    /// The kill switch: false lets nothing out; what is due is queued.
    pub enabled: bool,
    /// Where mail goes.
    pub sink: Sink,
    /// For the folder sink; `out` in the state folder unless given.
    pub folder: PathBuf,
    /// No sender gets more automatic answers than this in a day (RFC 3834).
    pub most_answers_a_sender_and_day: u32,
    /// Bytes of the largest mail, encoded as it is sent: a pack goes in parts before that, anything else is held.
    pub most_mail_bytes: u64,
    /// More mails than this in an hour stop all sending until a person lets it go on.
    pub most_mails_an_hour: u64,
    /// The server, for `smtp`.
    pub smtp: Option<SmtpServer>,
    /// Our own mailbox that gets a copy of everything sent over `smtp`.
    pub journal: Option<JournalMailbox>,
}

impl Default for SendSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            sink: Sink::Folder,
            folder: PathBuf::new(),
            most_answers_a_sender_and_day: 40,
            most_mail_bytes: 20 * 1024 * 1024,
            most_mails_an_hour: 2000,
            smtp: None,
            journal: None,
        }
    }
}

/// Where mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sink {
    /// A folder of .eml files.
    Folder,
    /// A mail server.
    Smtp,
}

/// The server mail is submitted to (RFC 6409).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpServer {
    /// e.g. `smtp.office365.com`; its certificate must bear this name.
    pub host: String,
    /// 587 for STARTTLS, 465 for implicit TLS, unless given.
    #[serde(default)]
    pub port: Option<u16>,
    /// `starttls` or `implicit`; there is no third way.
    #[serde(default = "starttls")]
    pub tls: Tls,
    /// Login name; with `password_file` or `oauth`, or none of them for a relay that knows this machine.
    #[serde(default)]
    pub user: Option<String>,
    /// A file that holds the password and nothing else.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// Or the `[oauth.NAME]` whose token logs in; `user` is then the mailbox that sends.
    #[serde(default)]
    pub oauth: Option<String>,
    /// PEM certificates to trust instead of the system's: a private authority.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// The name given at EHLO; this machine's unless given.
    #[serde(default)]
    pub hello: Option<String>,
    /// Mails a minute, at most (Microsoft 365 allows 30 a mailbox).
    #[serde(default = "thirty")]
    pub most_a_minute: u32,
}

/// Our own journal mailbox: its copy of a mail proves that the server took it, for everyone in the same transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalMailbox {
    /// Its address. It holds everything that is sent, so whoever reads it must be allowed to.
    pub address: Address,
    /// Where the program looks into it.
    pub imap: ImapServer,
}

fn starttls() -> Tls {
    Tls::Starttls
}

fn thirty() -> u32 {
    30
}

/// What is logged, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// For people or for programs.
    pub format: LogFormat,
    /// A filter such as `info` or `info,dutyclerk::daemon=debug`; `DUTYCLERK_LOG` overrides it.
    pub filter: String,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { format: LogFormat::Human, filter: "info".to_owned() }
    }
}

/// The log's shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One line of text an event.
    Human,
    /// One JSON object an event.
    Json,
}
