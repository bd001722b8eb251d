//! From a host name to a logged-in session: TCP, TLS without a way around it, greeting, LOGIN or a token, CAPABILITY.

use super::Fault;
use super::capped::{Allowance, Capped};
use super::session::{SMALL, Session};
use crate::casework::Redacted;
use crate::oauth::{Secret, Tokens, xoauth2};
use crate::tls::Tls;
use async_imap::error::Error;
use async_imap::{Authenticator, Client};
use rustls::pki_types::ServerName;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Where a mailbox is on a server, and how long its answers may take.
#[derive(Clone, Debug)]
pub struct ImapSettings {
    /// e.g. `outlook.office365.com`; its certificate must bear this name.
    pub host: String,
    /// 993 or 143.
    pub port: u16,
    /// TLS in either way.
    pub tls: Tls,
    /// PEM certificates to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Login name; with a token the address of the mailbox to be opened, which may be a shared one.
    pub user: String,
    /// Its password, or a token.
    pub secret: Secret,
    /// The folder mail arrives in.
    pub folder: String,
    /// A turn waits for an answer no longer than this.
    pub patience: Duration,
    /// Connecting, and each command but a fetch.
    pub command: Duration,
    /// Fetching a batch of messages.
    pub fetch: Duration,
    /// One IDLE (RFC 2177 allows 29 minutes; networks forget sooner).
    pub idle: Duration,
}

impl ImapSettings {
    /// With the limits of this house: 10 s of patience, 60 s a command, 5 min a fetch, 5 min an IDLE.
    pub fn new(host: String, port: u16, tls: Tls, user: String, secret: impl Into<Secret>) -> Self {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        Self {
            host,
            port,
            tls,
            ca_file: None,
            user,
            secret: secret.into(),
            folder: "INBOX".to_owned(),
            patience: Duration::from_secs(10),
            command: minutes(1),
            fetch: minutes(5),
            idle: minutes(5),
        }
    }
}

/// Whatever the bytes travel through.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug> Stream for S {}

pub(super) type Wire = Capped<Box<dyn Stream>>;

/// Logs in; the whole of it within one command's time for each step.
pub(super) async fn connect(settings: &ImapSettings) -> Result<Session, Fault> {
    let name = ServerName::try_from(settings.host.clone()).map_err(|_| Fault::Unreachable)?;
    let tls = crate::tls::connector(settings.ca_file.as_deref()).map_err(|_| Fault::Tls)?;
    let limit = settings.command;
    // First, so that no server waits for it with a connection open.
    let token = match &settings.secret {
        Secret::Token(tokens) => Some((tokens, tokens.token().await.map_err(Fault::NoToken)?)),
        Secret::Password(_) => None,
    };
    let tcp = timeout(limit, TcpStream::connect((settings.host.as_str(), settings.port))).await;
    let tcp = tcp.map_err(|_| Fault::TimedOut("connect"))?.map_err(|_| Fault::Unreachable)?;
    tcp.set_nodelay(true).map_err(|_| Fault::Unreachable)?;
    let allowance = Allowance::default();
    allowance.set(SMALL);
    let plain: Box<dyn Stream> = match settings.tls {
        Tls::Implicit => Box::new(tcp),
        Tls::Starttls => {
            let wire: Wire = Capped::new(Box::new(tcp), allowance.clone());
            let mut client = Client::new(wire);
            greeted(&mut client, limit).await?;
            timeout(limit, client.run_command_and_check_ok("STARTTLS", None))
                .await
                .map_err(|_| Fault::TimedOut("STARTTLS"))?
                .map_err(|_| Fault::Tls)?;
            // What was sent before TLS began is thrown away with the client.
            client.into_inner().into_inner()
        }
    };
    let secret = timeout(limit, tls.connect(name, plain)).await;
    let secret = secret.map_err(|_| Fault::TimedOut("TLS"))?.map_err(|_| Fault::Tls)?;
    let wire: Wire = Capped::new(Box::new(secret), allowance.clone());
    let mut client = Client::new(wire);
    if settings.tls == Tls::Implicit {
        greeted(&mut client, limit).await?;
    }
    let session = match (&settings.secret, token) {
        (Secret::Password(password), _) => {
            let login = client.login(&settings.user, password.reveal());
            match timeout(limit, login).await {
                Err(_) => return Err(Fault::TimedOut("LOGIN")),
                Ok(Err((Error::No(_) | Error::Bad(_), _))) => return Err(Fault::Login),
                Ok(Err(_)) => return Err(Fault::Lost("LOGIN")),
                Ok(Ok(session)) => session,
            }
        }
        (Secret::Token(_), Some((tokens, token))) => with_token(client, settings, tokens, &token).await?,
        (Secret::Token(_), None) => return Err(Fault::TokenRefused),
    };
    Session::begin(session, allowance, settings).await
}

/// SASL XOAUTH2.
struct Xoauth2 {
    login: Redacted<String>,
    said: bool,
}

impl Authenticator for Xoauth2 {
    type Response = Vec<u8>;

    /// The first challenge is empty. A second one says in JSON why not: it is answered with nothing, and then the server
    /// says NO.
    fn process(&mut self, _challenge: &[u8]) -> Self::Response {
        if std::mem::replace(&mut self.said, true) { Vec::new() } else { self.login.reveal().clone().into_bytes() }
    }
}

async fn with_token(
    client: Client<Wire>,
    settings: &ImapSettings,
    tokens: &Tokens,
    token: &Redacted<String>,
) -> Result<async_imap::Session<Wire>, Fault> {
    let authenticator = Xoauth2 { login: xoauth2(&settings.user, token), said: false };
    match timeout(settings.command, client.authenticate("XOAUTH2", authenticator)).await {
        Err(_) => Err(Fault::TimedOut("AUTHENTICATE")),
        Ok(Err((Error::No(_) | Error::Bad(_), _))) => {
            tokens.refused(token);
            Err(Fault::TokenRefused)
        }
        Ok(Err(_)) => Err(Fault::Lost("AUTHENTICATE")),
        Ok(Ok(session)) => Ok(session),
    }
}

async fn greeted(client: &mut Client<Wire>, limit: Duration) -> Result<(), Fault> {
    match timeout(limit, client.read_response()).await {
        Err(_) => Err(Fault::TimedOut("greeting")),
        Ok(Ok(Some(_))) => Ok(()),
        Ok(Ok(None) | Err(_)) => Err(Fault::Greeting),
    }
}
