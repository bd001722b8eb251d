//! Where tokens come from, and one request there. HTTPS, and plain HTTP only to this machine itself; no redirect is followed,
//! for the body is a secret.

use super::refusal::NoToken;
use crate::casework::Redacted;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST, RETRY_AFTER};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::{Host, Url};

/// One request takes no longer than this in all: a turn of the daemon waits for it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer: a token is a few thousand.
const MOST: usize = 256 * 1024;

/// A token endpoint's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(Url);

/// What is no address of a token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEndpoint {
    /// Not an address at all, or with a user, a query or a fragment.
    #[error("that is no address of a token endpoint")]
    NotAnAddress,
    /// `http://` to another machine: the secret would be there for all to read.
    #[error("the token endpoint would be asked without TLS")]
    InTheClear,
    /// Not the name or number of a tenant.
    #[error("that is no tenant")]
    Tenant,
}

impl BadEndpoint {
    /// What to write.
    pub const fn help(self) -> &'static str {
        match self {
            Self::NotAnAddress => {
                "Write the whole address, e.g. https://login.microsoftonline.com/TENANT/oauth2/v2.0/token."
            }
            Self::InTheClear => "Write https://…; http:// is only for a server on this machine.",
            Self::Tenant => {
                "Write the directory (tenant) id, or a domain of the tenant such as authority.onmicrosoft.com."
            }
        }
    }
}

impl Endpoint {
    /// Of this address.
    ///
    /// # Errors
    /// When it is none, or would be asked in the clear.
    pub fn parse(text: &str) -> Result<Self, BadEndpoint> {
        let url = Url::parse(text).map_err(|_| BadEndpoint::NotAnAddress)?;
        let plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
        if !plain || url.fragment().is_some() || url.host().is_none() {
            return Err(BadEndpoint::NotAnAddress);
        }
        let here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if here => Ok(Self(url)),
            "http" => Err(BadEndpoint::InTheClear),
            _ => Err(BadEndpoint::NotAnAddress),
        }
    }

    /// Microsoft's, for a tenant (its id, or one of its domains).
    ///
    /// # Errors
    /// When that is no tenant.
    pub fn of_tenant(tenant: &str) -> Result<Self, BadEndpoint> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
        // `common` and the like are for people who log in, not for applications.
        let one = !matches!(tenant, "common" | "organizations" | "consumers");
        if tenant.is_empty() || !tenant.bytes().all(plain) || !one {
            return Err(BadEndpoint::Tenant);
        }
        Self::parse(&format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"))
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The server's name.
    pub fn host(&self) -> &str {
        // An IPv6 address stands in brackets.
        self.0.host_str().unwrap_or_default().trim_matches(['[', ']'])
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(443)
    }

    /// Posts a form; answers with status, the seconds of Retry-After, and the body.
    pub(super) async fn post(
        &self,
        ca_file: Option<&Path>,
        form: Redacted<String>,
    ) -> Result<(u16, Option<u32>, Vec<u8>), NoToken> {
        timeout(PATIENCE, self.exchange(ca_file, form)).await.map_err(|_| NoToken::TimedOut)?
    }

    async fn exchange(
        &self,
        ca_file: Option<&Path>,
        form: Redacted<String>,
    ) -> Result<(u16, Option<u32>, Vec<u8>), NoToken> {
        let tcp = TcpStream::connect((self.host(), self.port())).await.map_err(|_| NoToken::Unreachable)?;
        if self.0.scheme() == "http" {
            return self.speak(tcp, form).await;
        }
        let name = ServerName::try_from(self.host().to_owned()).map_err(|_| NoToken::Unreachable)?;
        let connector = crate::tls::connector(ca_file).map_err(|_| NoToken::Tls)?;
        let tls = connector.connect(name, tcp).await.map_err(|_| NoToken::Tls)?;
        self.speak(tls, form).await
    }

    async fn speak<S>(&self, stream: S, form: Redacted<String>) -> Result<(u16, Option<u32>, Vec<u8>), NoToken>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(|_| NoToken::Unreachable)?;
        // Ends with the sender.
        let driven = tokio::spawn(connection);
        let host = match self.0.port() {
            Some(port) => format!("{}:{port}", self.0.host_str().unwrap_or_default()),
            None => self.0.host_str().unwrap_or_default().to_owned(),
        };
        let request = Request::post(self.0.path())
            .header(HOST, host)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(Full::new(Bytes::from(form.into_inner())))
            .map_err(|_| NoToken::Unreachable)?;
        let response: Response<_> = sender.send_request(request).await.map_err(|_| NoToken::Unreachable)?;
        let status = response.status().as_u16();
        let after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let body = Limited::new(response.into_body(), MOST).collect().await.map_err(|_| NoToken::Nonsense)?;
        driven.abort();
        Ok((status, after, body.to_bytes().to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_goes_in_the_clear_to_this_machine_alone() {
        for fine in [
            "https://login.microsoftonline.us/t/oauth2/v2.0/token",
            "http://127.0.0.1:9/t",
            "http://localhost/t",
            "http://[::1]:8/t",
        ] {
            assert!(Endpoint::parse(fine).is_ok(), "{fine}");
        }
        for clear in ["http://login.example/t", "http://10.0.0.1/t", "http://localhost.example/t"] {
            assert_eq!(Endpoint::parse(clear), Err(BadEndpoint::InTheClear), "{clear}");
        }
        for none in ["", "login.example/t", "ftp://x.example/t", "https://u:p@x.example/t", "https://x.example/t?a=b"] {
            assert_eq!(Endpoint::parse(none), Err(BadEndpoint::NotAnAddress), "{none}");
        }
    }

    #[test]
    fn a_tenant_is_an_id_or_a_domain() {
        let endpoint = Endpoint::of_tenant("surrey.onmicrosoft.com").unwrap();
        assert_eq!(endpoint.as_str(), "https://login.microsoftonline.com/surrey.onmicrosoft.com/oauth2/v2.0/token");
        assert_eq!((endpoint.host(), endpoint.port()), ("login.microsoftonline.com", 443));
        for none in ["", "common", "a/b", "a b", "organizations"] {
            assert_eq!(Endpoint::of_tenant(none), Err(BadEndpoint::Tenant), "{none}");
        }
    }
}
