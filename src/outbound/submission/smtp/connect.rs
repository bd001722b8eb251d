//! From a host name to a connection that is secret: TCP, TLS from the first byte or by STARTTLS, nothing in the clear.

use super::Fault;
use super::wire::Wire;
use crate::oauth::Secret;
use crate::tls::{Tls, connector};
use lettre::transport::smtp::extension::ClientId;
use rustls::pki_types::ServerName;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Bytes that greeting, EHLO and STARTTLS may bring before TLS.
const BEFORE_TLS: usize = 16 * 1024;

/// Who submits, and what proves it.
#[derive(Clone, Debug)]
pub struct Login {
    /// Login name; with a token the address of the mailbox that sends.
    pub user: String,
    /// Its password, or a token.
    pub secret: Secret,
}

/// Where mail is submitted, and how long the server's answers may take.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// e.g. `smtp.office365.com`; its certificate must bear this name.
    pub host: String,
    /// 465 or 587.
    pub port: u16,
    /// TLS in either way.
    pub tls: Tls,
    /// PEM certificates to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Who submits; none for a relay that knows us by our address.
    pub login: Option<Login>,
    /// The name given at EHLO.
    pub hello: String,
    /// Mails a minute, at most.
    pub most_a_minute: u32,
    /// Connecting and TLS, each.
    pub connect: Duration,
    /// Each command (RFC 5321 §4.5.3.2 gives 5 minutes).
    pub command: Duration,
    /// From the final dot to its answer (§4.5.3.2.6: 10 minutes). The body has its own time on top, by its length.
    pub dot: Duration,
    /// A connection that nobody asks anything is closed after this.
    pub idle: Duration,
}

impl SmtpSettings {
    /// With the limits of the RFC, 30 s for connecting and 20 s of idleness.
    pub fn new(host: String, port: u16, tls: Tls) -> Self {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        Self {
            host,
            port,
            tls,
            ca_file: None,
            login: None,
            hello: hello(),
            most_a_minute: 30,
            connect: Duration::from_secs(30),
            command: minutes(5),
            dot: minutes(10),
            idle: Duration::from_secs(20),
        }
    }
}

/// This machine's name, where it can be said.
fn hello() -> String {
    let name = ClientId::default().to_string();
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic());
    if plain { name } else { "localhost".to_owned() }
}

/// The secret stream; what is read from it first is the server's greeting, or one that stands in for it.
pub(super) async fn connect(settings: &SmtpSettings) -> Result<Wire, Fault> {
    let name = ServerName::try_from(settings.host.clone()).map_err(|_| Fault::Unreachable)?;
    let tls = connector(settings.ca_file.as_deref()).map_err(|_| Fault::Tls)?;
    let tcp = timeout(settings.connect, TcpStream::connect((settings.host.as_str(), settings.port))).await;
    let mut tcp = tcp.map_err(|_| Fault::TimedOut("connecting"))?.map_err(|_| Fault::Unreachable)?;
    tcp.set_nodelay(true).map_err(|_| Fault::Unreachable)?;
    let greeting: &[u8] = match settings.tls {
        Tls::Implicit => b"",
        Tls::Starttls => {
            timeout(settings.command, starttls(&mut tcp, &settings.hello))
                .await
                .map_err(|_| Fault::TimedOut("STARTTLS"))??;
            b"220 TLS has begun\r\n"
        }
    };
    let secret = timeout(settings.connect, tls.connect(name, tcp)).await;
    let secret = secret.map_err(|_| Fault::TimedOut("TLS"))?.map_err(|_| Fault::Tls)?;
    Ok(Wire::new(secret, greeting))
}

/// In the clear nothing is said but our name and STARTTLS. Nothing that came with the 220 is believed: a server that is
/// itself says nothing more before TLS (RFC 3207 §4.2), so there is a stranger on the line.
async fn starttls(tcp: &mut TcpStream, hello: &str) -> Result<(), Fault> {
    let mut came = Vec::new();
    let greeting = reply(tcp, &mut came, "greeting").await?;
    if !greeting.starts_with("220") {
        return Err(Fault::Greeting);
    }
    say(tcp, &format!("EHLO {hello}\r\n")).await?;
    let offers = reply(tcp, &mut came, "EHLO").await?;
    let word = |line: &str| line.get(4..).map(|rest| rest.trim().to_ascii_uppercase());
    if !offers.starts_with("250") || !offers.lines().any(|line| word(line).as_deref() == Some("STARTTLS")) {
        return Err(Fault::NoStarttls);
    }
    say(tcp, "STARTTLS\r\n").await?;
    if !reply(tcp, &mut came, "STARTTLS").await?.starts_with("220") {
        return Err(Fault::Tls);
    }
    if !came.is_empty() {
        return Err(Fault::Nonsense("STARTTLS"));
    }
    Ok(())
}

async fn say(tcp: &mut TcpStream, line: &str) -> Result<(), Fault> {
    tcp.write_all(line.as_bytes()).await.map_err(|_| Fault::Lost("STARTTLS"))
}

/// One reply of one or more lines; what came after it stays in `came`.
async fn reply(tcp: &mut TcpStream, came: &mut Vec<u8>, to: &'static str) -> Result<String, Fault> {
    let mut text = String::new();
    loop {
        while let Some(end) = came.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = came.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line).into_owned();
            let last = line.as_bytes().get(3) != Some(&b'-');
            text.push_str(&line);
            if last {
                return Ok(text);
            }
        }
        if text.len() + came.len() > BEFORE_TLS {
            return Err(Fault::Nonsense(to));
        }
        let mut some = [0; 1024];
        let n = tcp.read(&mut some).await.map_err(|_| Fault::Lost(to))?;
        if n == 0 {
            return Err(Fault::Lost(to));
        }
        came.extend_from_slice(some.get(..n).unwrap_or_default());
    }
}
