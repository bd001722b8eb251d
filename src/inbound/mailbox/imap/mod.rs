//! A duty mailbox on an IMAP server (RFC 9051; every server that speaks IMAP4rev1 will do).
//!
//! [`Imap`] is the front: it asks and waits, never longer than its patience. A task of its own, the *keeper*, holds the one
//! connection: it waits in IDLE (RFC 2177) while nothing is asked and says when something moved. So a server that stalls
//! costs the other mailboxes that patience and no more, and an IMAP command is never abandoned half-way: what comes of it
//! is there when it is asked for again.
//!
//! # Failure policy
//!
//! Every command has a time limit and a limit of bytes; past either the connection is dropped and made anew, after waiting
//! longer each time. What a server says in words is never passed on, for it may name people: faults are a [`Fault`]. A
//! watcher's word that something moved is a hint; each sweep selects the folder anew and lists all of it, so that a lying
//! or half-open connection, a rebuilt mailbox (UIDVALIDITY) or a lost hint loses nothing.

mod capped;
mod connect;
mod keeper;
mod session;

pub use crate::tls::Tls;
pub use connect::ImapSettings;
pub use session::Survey;

use super::{Fetched, Folder, Occurrence};
use crate::casework::MailboxId;
use crate::oauth::NoToken;
use jiff::civil::Date;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc, oneshot};

/// What stands between this program and a mailbox's server. Says nothing a server said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Name or port: nobody answers.
    #[error("the server cannot be reached")]
    Unreachable,
    /// No TLS, or a certificate that is not to be trusted. There is no going on without.
    #[error("the server's TLS is refused or not to be trusted")]
    Tls,
    /// The server took the connection and does not greet as an IMAP server.
    #[error("what answers is no IMAP server")]
    Greeting,
    /// Name or password.
    #[error("the server refuses the login")]
    Login,
    /// There is no token to log in with.
    #[error("there is no token to log in with: {0}")]
    NoToken(NoToken),
    /// The token, or the application's right to this mailbox.
    #[error("the server refuses the token")]
    TokenRefused,
    /// Exchange took the token and has no mailbox for it: "User is authenticated but not connected".
    #[error("the server takes the token and opens no mailbox for it")]
    NotConnected,
    /// Exchange puts off who asks too much.
    #[error("the server is asked too often and says later")]
    Throttled,
    /// The server answered NO or BAD.
    #[error("the server refuses the command {0}")]
    Refused(&'static str),
    /// No answer within the command's time.
    #[error("the server did not answer the command {0} in time")]
    TimedOut(&'static str),
    /// The connection ended.
    #[error("the connection was lost at the command {0}")]
    Lost(&'static str),
    /// The server sent more than the command could bring, or what is no IMAP.
    #[error("the server's answer to the command {0} is no answer")]
    Nonsense(&'static str),
    /// The server gives no UIDVALIDITY, so that its UIDs say nothing (RFC 9051 §2.3.1.1).
    #[error("the server gives the folder no UIDVALIDITY")]
    NoUidValidity,
    /// An earlier command is still under way.
    #[error("the server is still busy with an earlier command")]
    Busy,
}

impl Fault {
    /// For the store and for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Tls => "tls",
            Self::Greeting => "no_imap",
            Self::Login => "login_refused",
            Self::NoToken(_) => "no_token",
            Self::TokenRefused => "token_refused",
            Self::NotConnected => "not_connected",
            Self::Throttled => "throttled",
            Self::Refused(_) => "refused",
            Self::TimedOut(_) => "timed_out",
            Self::Lost(_) => "connection_lost",
            Self::Nonsense(_) => "nonsense",
            Self::NoUidValidity => "no_uidvalidity",
            Self::Busy => "busy",
        }
    }
}

/// A folder as listed: its UIDVALIDITY and its messages.
#[derive(Clone, Debug, Default)]
pub(super) struct Listing {
    pub(super) epoch: u32,
    pub(super) occurrences: Vec<Occurrence>,
}

/// The bytes of one message; none when it is not there any more.
pub(super) type Got = (u32, Option<Fetched>);

/// What the keeper is asked to do.
enum Request {
    List(oneshot::Sender<Result<Listing, Fault>>),
    Fetch { epoch: u32, uids: Vec<u32>, most: u64, answer: oneshot::Sender<Result<Vec<Got>, Fault>> },
    Settle { epoch: u32, uids: Vec<u32>, folder: Folder, answer: oneshot::Sender<Result<(), Fault>> },
}

impl Request {
    fn refuse(self, fault: Fault) {
        // Nobody may be waiting any more.
        let _unheard = match self {
            Self::List(answer) => answer.send(Err(fault)).is_err(),
            Self::Fetch { answer, .. } => answer.send(Err(fault)).is_err(),
            Self::Settle { answer, .. } => answer.send(Err(fault)).is_err(),
        };
    }
}

/// The front of a mailbox on a server.
#[derive(Debug)]
pub(super) struct Imap {
    requests: mpsc::Sender<Request>,
    settings: ImapSettings,
}

impl Imap {
    /// Starts the keeper, within a tokio runtime; it ends when this is dropped. `moved` is told when the server says that
    /// something moved.
    pub(super) fn start(id: MailboxId, settings: ImapSettings, moved: Arc<Notify>) -> Self {
        let (requests, asked) = mpsc::channel(1);
        tokio::spawn(keeper::keep(id, settings.clone(), asked, moved));
        Self { requests, settings }
    }

    pub(super) async fn list(&self) -> Result<Listing, Fault> {
        self.ask(Request::List).await
    }

    pub(super) async fn fetch(&self, epoch: u32, uids: Vec<u32>, most: u64) -> Result<Vec<Got>, Fault> {
        self.ask(|answer| Request::Fetch { epoch, uids, most, answer }).await
    }

    pub(super) async fn settle(&self, epoch: u32, uids: Vec<u32>, folder: Folder) -> Result<(), Fault> {
        self.ask(|answer| Request::Settle { epoch, uids, folder, answer }).await
    }

    /// What arrived since then in the folder and in those that mail is moved to; none stands for the folder itself. By a
    /// connection of its own, made and closed for the question, so that nothing waits behind it. Changes nothing.
    pub(super) async fn holdings(&self, since: Date) -> Result<Vec<(Option<Folder>, Occurrence)>, Fault> {
        let mut session = connect::connect(&self.settings).await?;
        let found = session.holdings(since).await;
        session.end().await;
        found
    }

    /// The bytes of messages found so.
    pub(super) async fn fetch_from(
        &self,
        place: Option<Folder>,
        epoch: u32,
        uids: &[u32],
        most: u64,
    ) -> Result<Vec<Got>, Fault> {
        let folder = place.map_or_else(|| self.settings.folder.clone(), |place| place.name().to_owned());
        let mut session = connect::connect(&ImapSettings { folder, ..self.settings.clone() }).await?;
        let got = session.fetch(epoch, uids, most).await;
        session.end().await;
        got
    }

    async fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<Result<T, Fault>>) -> Request) -> Result<T, Fault> {
        let (answer, answered) = oneshot::channel();
        if self.requests.try_send(request(answer)).is_err() {
            return Err(Fault::Busy);
        }
        match tokio::time::timeout(self.settings.patience, answered).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(Fault::Lost("any")),
            Err(_) => Err(Fault::Busy),
        }
    }
}

/// What a mailbox's server offers, and what is in it. Logs in, looks and leaves; folders are opened to be read only.
///
/// # Errors
/// What stands in the way of logging in.
pub async fn survey(settings: &ImapSettings) -> Result<Survey, Fault> {
    let mut session = connect::connect(settings).await?;
    let found = session.survey().await;
    session.end().await;
    Ok(found)
}

/// How many messages of a folder bear this Message-ID (without angle brackets). A connection of its own, made and closed for
/// the question; nothing is changed, so it may be given up at any time.
///
/// # Errors
/// What stands in the way.
pub async fn copies(settings: &ImapSettings, message_id: &str) -> Result<usize, Fault> {
    let mut session = connect::connect(settings).await?;
    let found = session.copies(message_id).await;
    session.end().await;
    found
}
