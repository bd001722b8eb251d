//! What is said on a connection: logging in, and transactions one after another.

use super::connect::{Login, SmtpSettings, connect};
use super::{Asked, Fault, Mail, Survey};
use crate::casework::{Address, Redacted};
use crate::oauth::{Secret, Tokens, xoauth2};
use crate::outbound::submission::reply::{Said, Stage, Status};
use base64::Engine as _;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Ehlo, Noop, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use std::error::Error as _;
use std::fmt::Display;
use std::future::Future;
use std::time::Duration;
use tokio::time::timeout;

/// The body may go as slowly as this before the time of the final dot begins to run out: 128 kbit/s.
const SLOWEST_BYTES_A_SECOND: usize = 16 * 1024;

/// Told to whoever asks how big the mail is that the server refuses before it is said.
const TOO_BIG: Said = Said { code: 552, status: Some(Status { class: 5, subject: 3, detail: 4 }) };

pub(super) struct Conversation {
    smtp: AsyncSmtpConnection,
    settings: SmtpSettings,
    /// RFC 1870: the server takes SIZE, and no mail above this (0: it does not say).
    size: Option<usize>,
    /// The body the server waits for.
    body: Option<Vec<u8>>,
}

impl Conversation {
    /// Connects and logs in.
    pub(super) async fn begin(settings: &SmtpSettings) -> Result<Self, Fault> {
        // First, so that no server waits for it with a connection open.
        let token = match &settings.login {
            Some(Login { secret: Secret::Token(tokens), .. }) => Some(tokens.token().await.map_err(Fault::NoToken)?),
            _ => None,
        };
        let wire = connect(settings).await?;
        let hello = ClientId::Domain(settings.hello.clone());
        let greeted = AsyncSmtpConnection::connect_with_transport(Box::new(wire), &hello);
        let smtp = match timeout(settings.command, greeted).await {
            Err(_) => return Err(Fault::TimedOut("the greeting")),
            Ok(Err(_)) => return Err(Fault::Greeting),
            Ok(Ok(smtp)) => smtp,
        };
        let mut conversation = Self { smtp, settings: settings.clone(), size: None, body: None };
        conversation.log_in(token).await?;
        // Once more: what a server offers may change with the login, and lettre does not look for SIZE.
        if let Ok(offers) = conversation.say("EHLO", Ehlo::new(hello)).await? {
            let size = |line: &str| line.strip_prefix("SIZE").map(|most| most.trim().parse().unwrap_or(0));
            conversation.size = offers.message().find_map(size);
        }
        Ok(conversation)
    }

    async fn log_in(&mut self, token: Option<Redacted<String>>) -> Result<(), Fault> {
        let Some(login) = self.settings.login.clone() else { return Ok(()) };
        let known: &[Mechanism] = match &login.secret {
            Secret::Password(_) => &[Mechanism::Plain, Mechanism::Login],
            Secret::Token(_) => &[Mechanism::Xoauth2],
        };
        if self.smtp.server_info().get_auth_mechanism(known).is_none() {
            return Err(Fault::NoLogin);
        }
        let said = match (&login.secret, token) {
            (Secret::Password(password), _) => {
                let credentials = Credentials::new(login.user, password.reveal().clone());
                within(self.settings.command, "AUTH", self.smtp.auth(known, &credentials)).await?
            }
            (Secret::Token(tokens), Some(token)) => self.show(&login.user, tokens, &token).await?,
            (Secret::Token(_), None) => return Err(Fault::NoLogin),
        };
        match said {
            Ok(_) => Ok(()),
            Err(said) if (400..500).contains(&said.code) => Err(Fault::Later(said)),
            Err(said) => Err(Fault::Login(said)),
        }
    }

    /// SASL XOAUTH2, in two lines: a token is longer than a command may be (RFC 4954 §4). A token that is refused gets a
    /// second 334 with the reason in JSON; only an empty line brings the reply that counts, which lettre does not send.
    async fn show(
        &mut self,
        user: &str,
        tokens: &Tokens,
        token: &Redacted<String>,
    ) -> Result<Result<Response, Said>, Fault> {
        let line = base64::engine::general_purpose::STANDARD.encode(xoauth2(user, token).reveal());
        let mut said = self.say("AUTH", "AUTH XOAUTH2\r\n").await?;
        for line in [format!("{line}\r\n"), "\r\n".to_owned()] {
            match &said {
                Ok(response) if response.has_code(334) => said = self.say("AUTH", line).await?,
                _ => break,
            }
        }
        match &said {
            Ok(response) if !response.has_code(235) => return Err(Fault::Nonsense("AUTH")),
            Err(said) if said.code >= 500 => tokens.refused(token),
            _ => {}
        }
        Ok(said)
    }

    /// Is the server still there?
    pub(super) async fn is_alive(&mut self) -> bool {
        matches!(timeout(self.settings.connect, self.smtp.command(Noop)).await, Ok(Ok(_)))
    }

    /// MAIL, RCPT for each, DATA. A fault means that the connection is of no use any more and nothing was sent.
    pub(super) async fn ask(&mut self, mail: Mail) -> Result<Asked, Fault> {
        self.body = None;
        let mut parameters = Vec::new();
        if let Some(most) = self.size {
            if most > 0 && mail.bytes.len() > most {
                return Ok(Asked::Refused(Stage::Mail, TOO_BIG));
            }
            parameters.push(MailParameter::Size(mail.bytes.len()));
        }
        if !mail.bytes.is_ascii() && self.smtp.server_info().supports_feature(Extension::EightBitMime) {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let from = wired(&mail.from)?;
        let from = lettre::transport::smtp::commands::Mail::new(Some(from), parameters);
        if let Err(said) = self.say("MAIL", from).await? {
            return self.refused(Stage::Mail, said).await;
        }
        let mut answers = Vec::new();
        for address in &mail.to {
            let said = self.say("RCPT", Rcpt::new(wired(address)?, Vec::new())).await?;
            if let Err(said) = said
                && said.closes()
            {
                return Ok(Asked::Refused(Stage::Rcpt, said));
            }
            answers.push(said.map(drop));
        }
        if answers.iter().all(Result::is_err) {
            self.say("RSET", Rset).await?.ok();
            return Ok(Asked::Nobody(answers.into_iter().filter_map(Result::err).collect()));
        }
        match self.say("DATA", Data).await? {
            Ok(response) if response.has_code(354) => {}
            // Anything else that sounds like a yes: whoever answers is a step behind or ahead of us.
            Ok(_) => return Err(Fault::Nonsense("DATA")),
            Err(said) => return self.refused(Stage::Data, said).await,
        }
        self.body = Some(mail.bytes);
        Ok(Asked::Ready(answers))
    }

    /// Would mail from these be taken? Each is taken back at once.
    pub(super) async fn survey(&mut self, senders: &[Address]) -> Result<Survey, Fault> {
        let mut answers = Vec::new();
        for sender in senders {
            let from = lettre::transport::smtp::commands::Mail::new(Some(wired(sender)?), Vec::new());
            let said = self.say("MAIL", from).await?.map(drop);
            self.say("RSET", Rset).await?.ok();
            answers.push((sender.clone(), said));
        }
        Ok(Survey { size: self.size, senders: answers })
    }

    async fn refused(&mut self, stage: Stage, said: Said) -> Result<Asked, Fault> {
        if !said.closes() {
            self.say("RSET", Rset).await?.ok();
        }
        Ok(Asked::Refused(stage, said))
    }

    /// Body and dot. lettre ends the body with CRLF itself, so the frozen message's own is left out. A fault means that
    /// nobody knows.
    pub(super) async fn go(&mut self) -> Result<Said, Fault> {
        let body = self.body.take().ok_or(Fault::Nonsense("DATA"))?;
        let body = body.strip_suffix(b"\r\n").unwrap_or(&body);
        let on_the_way = Duration::from_secs((body.len() / SLOWEST_BYTES_A_SECOND) as u64);
        let said = within(self.settings.dot + on_the_way, "the final dot", self.smtp.message(body)).await?;
        match said {
            Ok(response) => Ok(said_of(&response)),
            Err(said) => Ok(said),
        }
    }

    /// Begins afresh after a mail that was refused.
    pub(super) async fn reset(&mut self) -> Result<(), Fault> {
        self.say("RSET", Rset).await?.map(drop).map_err(|_| Fault::Nonsense("RSET"))
    }

    /// Says goodbye, if there is time.
    pub(super) async fn end(&mut self) {
        let _ended = timeout(Duration::from_secs(2), self.smtp.command(Quit)).await;
    }

    async fn say(&mut self, name: &'static str, command: impl Display) -> Result<Result<Response, Said>, Fault> {
        within(self.settings.command, name, self.smtp.command(command)).await
    }
}

/// Waits for the answer no longer than its limit. A no is an answer; all else ends the connection.
async fn within(
    limit: Duration,
    name: &'static str,
    command: impl Future<Output = Result<Response, Error>>,
) -> Result<Result<Response, Said>, Fault> {
    match timeout(limit, command).await {
        Err(_) => Err(Fault::TimedOut(name)),
        Ok(Ok(response)) => Ok(Ok(response)),
        Ok(Err(error)) => match error.status() {
            Some(code) => {
                let code = u16::from(code);
                let text = error.source().map(ToString::to_string).unwrap_or_default();
                Ok(Err(Said { code, status: Status::of(&text, code) }))
            }
            None => Err(Fault::Lost(name)),
        },
    }
}

fn said_of(response: &Response) -> Said {
    let code = u16::from(response.code());
    Said { code, status: response.first_line().and_then(|line| Status::of(line, code)) }
}

fn wired(address: &Address) -> Result<lettre::Address, Fault> {
    // Both are plain ASCII dot-atoms (LESSONS B): one that is not was let in somewhere it should not have been.
    address.as_str().parse().map_err(|_| Fault::Nonsense("an address"))
}
