//! Submission over SMTP (RFC 6409), on lettre's lower layer: one transaction a mail, with all its recipients.
//!
//! [`Smtp`] is the front: it asks and is told, step by step, so that whoever drives it can commit what must be committed
//! between two steps and can wait for a step in more than one turn. A task of its own, the *keeper*, holds the one
//! connection; it keeps it over several mails and says goodbye when nothing was asked for a while.
//!
//! ```text
//! connect ──▶ ask: MAIL, RCPT for each, DATA ──354──▶ go: body and dot ──▶ the answer
//!                                             └─────▶ leave: the connection is dropped, nothing was sent
//! ```
//!
//! # Failure policy
//!
//! Every command has a time limit (RFC 5321 §4.5.3.2); past it the connection is dropped. No TLS, no mail: there is no way
//! round STARTTLS and no downgrade. A refused recipient stops nobody else. Once told to go, nothing stops the keeper before
//! the server's answer or the full ten minutes that the RFC gives it (invariant 12). A server's words are never passed on,
//! for they may name people: there are its codes ([`Said`]) and what stands in the way ([`Fault`]).

mod connect;
mod conversation;
mod keeper;
mod pace;
mod wire;

pub use connect::{Login, SmtpSettings};
pub use pace::Pace;

use super::reply::Said;
use crate::casework::Address;
use crate::oauth::NoToken;
use keeper::Request;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc, oneshot};

/// What stands between this program and the server. Says nothing a server said but its codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Name or port: nobody answers.
    #[error("the server cannot be reached")]
    Unreachable,
    /// The server took the connection and does not greet as an SMTP server, or says that it has no time.
    #[error("what answers does not greet as a mail server that has time for us")]
    Greeting,
    /// It offers no STARTTLS. Nothing is sent in the clear.
    #[error("the server offers no STARTTLS")]
    NoStarttls,
    /// Its TLS fails, or its certificate is not to be trusted.
    #[error("the server's TLS is refused or not to be trusted")]
    Tls,
    /// It offers none of the ways to log in that this program knows, or none at all.
    #[error(
        "the server offers no way to log in that this program knows (PLAIN and LOGIN with a password, XOAUTH2 with a token)"
    )]
    NoLogin,
    /// There is no token to log in with.
    #[error("there is no token to log in with: {0}")]
    NoToken(NoToken),
    /// Name or password, or the account.
    #[error("the server refuses the login ({0})")]
    Login(Said),
    /// It takes no login or no mail now, whatever the mail.
    #[error("the server takes no mail now ({0})")]
    Later(Said),
    /// No answer within the command's time.
    #[error("the server did not answer {0} in time")]
    TimedOut(&'static str),
    /// The connection ended.
    #[error("the connection was lost at {0}")]
    Lost(&'static str),
    /// What the server answered is no SMTP, or has no place there.
    #[error("the server's answer to {0} is no answer")]
    Nonsense(&'static str),
}

impl Fault {
    /// For the store and for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Greeting => "no_smtp",
            Self::NoStarttls => "no_starttls",
            Self::Tls => "tls",
            Self::NoLogin => "no_login",
            Self::NoToken(_) => "no_token",
            Self::Login(_) => "login_refused",
            Self::Later(_) => "later",
            Self::TimedOut(_) => "timed_out",
            Self::Lost(_) => "connection_lost",
            Self::Nonsense(_) => "nonsense",
        }
    }

    /// It will not pass by waiting: somebody must do something.
    pub const fn is_for_a_person(self) -> bool {
        match self {
            Self::NoStarttls | Self::Tls | Self::NoLogin | Self::Login(_) => true,
            Self::NoToken(why) => why.is_for_a_person(),
            _ => false,
        }
    }
}

/// One mail for the server.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Envelope sender.
    pub from: Address,
    /// Envelope recipients.
    pub to: Vec<Address>,
    /// The frozen message, its final CRLF included.
    pub bytes: Vec<u8>,
}

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// 354: the server waits for the body. For each recipient whether it was taken, and if not, why.
    Ready(Vec<Result<(), Said>>),
    /// Every recipient was refused, each for itself. There is nobody to send the body to.
    Nobody(Vec<Said>),
    /// The mail as a whole was refused, at MAIL or DATA.
    Refused(super::reply::Stage, Said),
}

/// What the keeper says when a step is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// There is a connection, logged in; or why not.
    Connected(Result<(), Fault>),
    /// The server was asked to take a mail. A fault: nothing was sent.
    Asked(Result<Asked, Fault>),
    /// The final dot was answered. A fault: nobody knows whether the mail was taken.
    Answered(Result<Said, Fault>),
}

#[derive(Debug)]
enum Step {
    Connect(oneshot::Receiver<Result<(), Fault>>),
    Ask(oneshot::Receiver<Result<Asked, Fault>>),
    Go(oneshot::Receiver<Result<Said, Fault>>),
}

/// The front of the server mail is submitted to. One step at a time.
#[derive(Debug)]
pub struct Smtp {
    requests: mpsc::Sender<Request>,
    step: Option<Step>,
    /// Mails a minute.
    pub pace: Pace,
}

impl Smtp {
    /// Starts the keeper, within a tokio runtime; it ends when this is dropped. `woken` is told when a step is done, so that
    /// whoever did not wait for it may look again.
    pub fn start(settings: SmtpSettings, woken: Arc<Notify>) -> Self {
        // One step at a time, and a connection left just before it.
        let (requests, asked) = mpsc::channel(2);
        let pace = Pace::new(settings.most_a_minute);
        tokio::spawn(keeper::keep(settings, asked, woken));
        Self { requests, step: None, pace }
    }

    /// Is a step under way, or done and not heard?
    pub fn is_under_way(&self) -> bool {
        self.step.is_some()
    }

    /// Wants a connection, logged in.
    pub fn connect(&mut self) {
        let (answer, heard) = oneshot::channel();
        self.step = Some(Step::Connect(heard));
        self.send(Request::Connect(answer));
    }

    /// Wants the server to take this mail: everything up to the body.
    pub fn ask(&mut self, mail: Mail) {
        let (answer, heard) = oneshot::channel();
        self.step = Some(Step::Ask(heard));
        self.send(Request::Ask(mail, answer));
    }

    /// The body and the final dot. From here on nothing stops it.
    pub fn go(&mut self) {
        let (answer, heard) = oneshot::channel();
        self.step = Some(Step::Go(heard));
        self.send(Request::Go(answer));
    }

    /// Does not go: the connection is dropped, nothing was sent.
    pub fn leave(&mut self) {
        self.step = None;
        self.send(Request::Leave);
    }

    /// A keeper that takes no request drops the answer's sender with it, and [`Smtp::heard`] says that it is lost.
    fn send(&self, request: Request) {
        if self.requests.try_send(request).is_err() {
            tracing::error!("the task that holds the mail server's connection takes no request");
        }
    }

    /// Waits for the step under way. Waiting may be given up and taken up again: the step goes on meanwhile.
    pub async fn heard(&mut self) -> Option<Heard> {
        const GONE: Fault = Fault::Lost("its own task");
        let heard = match self.step.as_mut()? {
            Step::Connect(answer) => Heard::Connected(answer.await.unwrap_or(Err(GONE))),
            Step::Ask(answer) => Heard::Asked(answer.await.unwrap_or(Err(GONE))),
            Step::Go(answer) => Heard::Answered(answer.await.unwrap_or(Err(GONE))),
        };
        self.step = None;
        Some(heard)
    }
}

/// What a mail server says without a mail.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The largest mail it takes, in bytes (RFC 1870); 0 or none: it does not say.
    pub size: Option<usize>,
    /// Whether it takes mail from these at MAIL.
    pub senders: Vec<(Address, Result<(), Said>)>,
}

/// Connects, logs in, asks at MAIL for each sender and takes it back (RSET), says goodbye: nothing is sent.
///
/// # Errors
/// What stands in the way.
pub async fn survey(settings: &SmtpSettings, senders: &[Address]) -> Result<Survey, Fault> {
    let mut conversation = conversation::Conversation::begin(settings).await?;
    let found = conversation.survey(senders).await;
    conversation.end().await;
    found
}

#[cfg(feature = "servers")]
#[cfg(test)]
mod hostile_tests;
