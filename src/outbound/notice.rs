//! The other route: how a person is reached when a mailbox, the mail server or the disk is what fails.
//!
//! A [`Notice`] is about the program, never about a child, so it needs no clearance and does not go through the outbox. It
//! goes every way that is configured: a file, a command (a pager, a text message), a mail by a server of its own.
//!
//! # Failure policy
//!
//! A notice is told when at least one way took it; the caller tries again until then. Each way has its time limit, and one
//! that fails keeps no other from being tried. What a server or a command says is not repeated.

use crate::casework::{Address, Redacted};
use jiff::Timestamp;
use lettre::message::Mailbox;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls as Security, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

/// One way takes no longer than this.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a person must know about the program itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// In a line.
    pub title: String,
    /// What happened, why it matters, what to do.
    pub text: String,
}

/// A mail server for notices alone: another than the one that may be failing.
#[derive(Clone, Debug)]
pub struct NoticeServer {
    /// Its certificate bears this name.
    pub host: String,
    /// 465 or 587.
    pub port: u16,
    /// TLS from the first byte; else STARTTLS, and nothing in the clear.
    pub implicit_tls: bool,
    /// Login, where the server asks for one.
    pub login: Option<(String, Redacted<String>)>,
    /// PEM certificates to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Sender.
    pub from: Address,
    /// Who is told.
    pub to: Vec<Address>,
}

/// Every way there is.
#[derive(Clone, Debug, Default)]
pub struct Route {
    /// Appended to: title and text.
    pub file: Option<PathBuf>,
    /// Program and arguments; the title is added as the last argument, the text is its standard input.
    pub command: Vec<String>,
    /// By mail.
    pub server: Option<NoticeServer>,
}

/// Why a way did not take the notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// The file cannot be written.
    #[error("the file of alerts cannot be written")]
    File,
    /// The command cannot be run, or failed.
    #[error("the command for alerts failed")]
    Command,
    /// The mail server did not take it.
    #[error("the mail server for alerts did not take the mail")]
    Server,
    /// It took too long.
    #[error("the way for alerts took longer than 30 s")]
    TimedOut,
}

impl Route {
    /// Is there a way that reaches a person by itself? A file is read by whoever looks.
    pub fn reaches_a_person(&self) -> bool {
        !self.command.is_empty() || self.server.is_some()
    }

    /// Tells it every way there is; fine when a way that reaches a person took it, or where there is none, the file did.
    ///
    /// # Errors
    /// The last way's reason, when none took it.
    pub async fn tell(&self, notice: &Notice, id: uuid::Uuid, at: Timestamp) -> Result<(), NoticeError> {
        let mut outcome = Ok(());
        if let Some(file) = &self.file {
            outcome = append(file, notice, at).await;
            if let Err(error) = &outcome {
                tracing::error!(error = %error, "an alert could not be written to its file");
            }
        }
        if !self.reaches_a_person() {
            return outcome;
        }
        let mut taken = false;
        if !self.command.is_empty() {
            let ran = timeout(PATIENCE, run(&self.command, notice)).await.unwrap_or(Err(NoticeError::TimedOut));
            taken |= ran.is_ok();
            outcome = ran;
        }
        if let Some(server) = &self.server {
            let sent = timeout(PATIENCE, send(server, notice, id, at)).await.unwrap_or(Err(NoticeError::TimedOut));
            taken |= sent.is_ok();
            outcome = sent;
        }
        if taken { Ok(()) } else { outcome }
    }
}

async fn append(file: &std::path::Path, notice: &Notice, at: Timestamp) -> Result<(), NoticeError> {
    let opened = tokio::fs::OpenOptions::new().create(true).append(true).open(file).await;
    let mut file = opened.map_err(|_| NoticeError::File)?;
    let at = crate::casework::calendar::civil::rfc3339(at);
    let text = format!("{at} {}\n{}\n\n", notice.title, notice.text.trim_end());
    file.write_all(text.as_bytes()).await.map_err(|_| NoticeError::File)?;
    file.flush().await.map_err(|_| NoticeError::File)
}

async fn run(command: &[String], notice: &Notice) -> Result<(), NoticeError> {
    let (program, arguments) = command.split_first().ok_or(NoticeError::Command)?;
    let child = Command::new(program)
        .args(arguments)
        .arg(&notice.title)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let mut child = child.map_err(|_| NoticeError::Command)?;
    if let Some(mut input) = child.stdin.take() {
        // A command that does not read its input may still do its work.
        let _unread = input.write_all(format!("{}\n", notice.text.trim_end()).as_bytes()).await;
    }
    let ended = child.wait().await.map_err(|_| NoticeError::Command)?;
    if ended.success() { Ok(()) } else { Err(NoticeError::Command) }
}

async fn send(server: &NoticeServer, notice: &Notice, id: uuid::Uuid, at: Timestamp) -> Result<(), NoticeError> {
    let mailbox = |address: &Address| -> Result<Mailbox, NoticeError> {
        let address = lettre::Address::new(address.local(), address.domain()).map_err(|_| NoticeError::Server)?;
        Ok(Mailbox::new(None, address))
    };
    let mut message = Message::builder()
        .date(at.into())
        .message_id(Some(format!("<{id}@{}>", server.from.domain())))
        .from(mailbox(&server.from)?)
        .subject(&notice.title)
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()));
    for to in &server.to {
        message = message.to(mailbox(to)?);
    }
    let message = message.body(format!("{}\r\n", notice.text.trim_end())).map_err(|_| NoticeError::Server)?;
    let mut tls = TlsParameters::builder(server.host.clone());
    if let Some(file) = &server.ca_file {
        let pem = tokio::fs::read(file).await.map_err(|_| NoticeError::Server)?;
        let certificate = Certificate::from_pem(&pem).map_err(|_| NoticeError::Server)?;
        tls = tls.certificate_store(CertificateStore::None).add_root_certificate(certificate);
    }
    let tls = tls.build().map_err(|_| NoticeError::Server)?;
    let tls = if server.implicit_tls { Security::Wrapper(tls) } else { Security::Required(tls) };
    let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&server.host)
        .port(server.port)
        .tls(tls)
        .timeout(Some(PATIENCE));
    if let Some((user, password)) = &server.login {
        transport = transport.credentials(Credentials::new(user.clone(), password.reveal().clone()));
    }
    transport.build().send(message).await.map(drop).map_err(|_| NoticeError::Server)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice() -> Notice {
        Notice { title: "mailbox duty is not read".to_owned(), text: "Nobody\nanswers.".to_owned() }
    }

    fn now() -> Timestamp {
        "2026-11-20T14:00:00Z".parse().unwrap()
    }

    #[tokio::test]
    async fn the_command_gets_the_title_as_argument_and_the_text_as_input() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("paged");
        let script = format!("{{ echo \"$1\"; cat; }} > {}", out.display());
        let command = ["/bin/sh", "-c", script.as_str(), "pager"].map(str::to_owned).to_vec();
        let file = folder.path().join("alerts.log");
        let route = Route { command, file: Some(file.clone()), server: None };
        route.tell(&notice(), uuid::Uuid::nil(), now()).await.unwrap();
        assert_eq!(std::fs::read_to_string(out).unwrap(), "mailbox duty is not read\nNobody\nanswers.\n");
        let kept = std::fs::read_to_string(file).unwrap();
        assert_eq!(kept, "2026-11-20T14:00:00+00:00 mailbox duty is not read\nNobody\nanswers.\n\n");
    }

    #[tokio::test]
    async fn a_command_that_fails_has_told_nobody_though_the_file_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = Some(folder.path().join("alerts.log"));
        let route = Route { command: vec!["/bin/false".to_owned()], file: file.clone(), server: None };
        assert_eq!(route.tell(&notice(), uuid::Uuid::nil(), now()).await, Err(NoticeError::Command));
        let route = Route { file, ..Route::default() };
        assert_eq!(route.tell(&notice(), uuid::Uuid::nil(), now()).await, Ok(()));
        assert!(!route.reaches_a_person());
    }

    #[tokio::test]
    async fn a_server_that_cannot_be_reached_keeps_no_other_way_from_being_tried() {
        let folder = tempfile::tempdir().unwrap();
        let server = NoticeServer {
            host: "127.0.0.1".to_owned(),
            port: 1,
            implicit_tls: false,
            login: None,
            ca_file: None,
            from: "clerk@surrey.example".parse().unwrap(),
            to: vec!["duty@surrey.example".parse().unwrap()],
        };
        let out = folder.path().join("paged");
        let command = ["/bin/sh", "-c", &format!("touch {}", out.display())].map(str::to_owned).to_vec();
        let route = Route { command, server: Some(server.clone()), file: None };
        assert_eq!(route.tell(&notice(), uuid::Uuid::nil(), now()).await, Ok(()));
        assert!(out.exists());
        let route = Route { server: Some(server), ..Route::default() };
        assert_eq!(route.tell(&notice(), uuid::Uuid::nil(), now()).await, Err(NoticeError::Server));
    }
}
