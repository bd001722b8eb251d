//! Where a PostgreSQL server is, and how far the way to it can be trusted.
//!
//! Papers about children cross that way: to another host it is encrypted and the server proves its name, or there is no
//! connection. The password stands in a file, never in the URL, and is in no log line and no error.

use super::StoreError;
use crate::casework::Redacted;
use sqlx::any::AnyConnectOptions;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// A database on a PostgreSQL server.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    url: String,
    tls: bool,
    /// The file its password is in; read when connecting, so that a new one is taken up.
    pub password_file: Option<PathBuf>,
    /// PEM certificates of the authority that signed the server's, beside the system's.
    pub ca_file: Option<PathBuf>,
}

/// The place without anything secret: there is no password in the URL.
impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({})", self.url)
    }
}

/// Why a URL will not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    /// Not a URL of that kind.
    #[error("this is not the URL of a PostgreSQL database")]
    Unreadable,
    /// A password.
    #[error("a password stands in the URL")]
    Password,
    /// No database is named.
    #[error("the URL names no database")]
    NoDatabase,
    /// No user is named.
    #[error("the URL names no user")]
    NoUser,
    /// Something after the question mark.
    #[error("after the question mark only sslmode and application_name may stand")]
    Parameter,
    /// An sslmode nobody knows.
    #[error("there is no such sslmode")]
    SslMode,
    /// Not encrypted, or to anybody, on the way to another host.
    #[error("this sslmode lets anybody on the way to another host read or pretend")]
    Unsafe,
}

impl BadUrl {
    /// What to write.
    pub fn help(self) -> &'static str {
        match self {
            Self::Unreadable | Self::NoDatabase | Self::NoUser => {
                "Write database_url = \"postgres://dutyclerk@db.example.org:5432/dutyclerk\", or for a socket \
                 \"postgres://dutyclerk@%2Frun%2Fpostgresql/dutyclerk\"."
            }
            Self::Password => {
                "Take it out, change it (it has been in a file others may read), and write \
                 database_password_file = \"credential:database\" or the path of a file that holds it and nothing else."
            }
            Self::Parameter => "Take it away; for a private authority write database_ca_file = \"…\".",
            Self::SslMode => "Write sslmode=verify-full, or leave it out: that is what holds for another host.",
            Self::Unsafe => {
                "Leave it out: verify-full is what holds for another host. For a private authority write \
                 database_ca_file = \"…\"."
            }
        }
    }
}

impl Server {
    /// Reads `postgres://user@host:port/database?sslmode=…`. A host of `%2Frun%2Fpostgresql` is a folder with a socket.
    ///
    /// # Errors
    /// What is wrong with it; the text of the URL is not repeated.
    pub fn parse(text: &str) -> Result<Self, BadUrl> {
        let url = AnyConnectOptions::from_str(text).map_err(|_| BadUrl::Unreadable)?.database_url;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(BadUrl::Unreadable);
        }
        if url.password().is_some() {
            return Err(BadUrl::Password);
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(BadUrl::Unreadable)?;
        if url.username().is_empty() {
            return Err(BadUrl::NoUser);
        }
        if url.path().trim_matches('/').is_empty() {
            return Err(BadUrl::NoDatabase);
        }
        let socket = host.to_ascii_lowercase().starts_with("%2f");
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let near = socket || host == "localhost" || address.is_ok_and(|address| address.is_loopback());
        let mut mode = None;
        for (key, value) in url.query_pairs() {
            match &*key {
                "sslmode" => mode = Some(value.into_owned()),
                "application_name" => {}
                "password" => return Err(BadUrl::Password),
                _ => return Err(BadUrl::Parameter),
            }
        }
        let (mut url, tls) = (url, !near);
        let tls = match mode.as_deref() {
            None => tls,
            Some("verify-full" | "verify-ca" | "require") => true,
            Some("disable" | "allow" | "prefer") => false,
            Some(_) => return Err(BadUrl::SslMode),
        };
        if !near && !matches!(mode.as_deref(), None | Some("verify-full")) {
            return Err(BadUrl::Unsafe);
        }
        if mode.is_none() {
            url.query_pairs_mut().append_pair("sslmode", if tls { "verify-full" } else { "disable" });
        }
        Ok(Self { url: url.into(), tls, password_file: None, ca_file: None })
    }

    /// The same with its password's file and the authority it trusts.
    #[must_use]
    pub fn with(self, password_file: Option<PathBuf>, ca_file: Option<PathBuf>) -> Self {
        Self { password_file, ca_file, ..self }
    }

    /// How to connect, the password read from its file.
    pub(super) fn options(&self) -> Result<AnyConnectOptions, StoreError> {
        let mut options = AnyConnectOptions::from_str(&self.url)?;
        let url = &mut options.database_url;
        if let Some(file) = &self.password_file {
            let password = password(file)?;
            // It refuses for URLs without a host only; ours has one.
            let _has_a_host = url.set_password(Some(password.reveal()));
        }
        if let Some(file) = self.ca_file.as_ref().filter(|_| self.tls) {
            let unusable = |reason: String| StoreError::File { path: file.clone(), reason };
            std::fs::metadata(file).map_err(|e| unusable(e.to_string()))?;
            let path = file.to_str().ok_or_else(|| unusable("the path is not UTF-8".into()))?;
            url.query_pairs_mut().append_pair("sslrootcert", path);
        }
        // Every statement of ours has a fixed text or is told apart by its length; all of them together are fewer.
        url.query_pairs_mut().append_pair("statement-cache-capacity", "400");
        Ok(options)
    }
}

/// The place as it may stand in a log.
pub(super) fn loggable(server: &Server) -> &str {
    server.url.split('?').next().unwrap_or_default()
}

/// A file's one line.
fn password(file: &std::path::Path) -> Result<Redacted<String>, StoreError> {
    let text = std::fs::read_to_string(file)
        .map_err(|e| StoreError::File { path: file.to_owned(), reason: format!("the password in it: {e}") })?;
    Ok(Redacted::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_host_is_reached_encrypted_and_by_its_proven_name_or_not_at_all() {
        let far = Server::parse("postgres://dutyclerk@db.example.org/dutyclerk").unwrap();
        assert!(far.url.ends_with("sslmode=verify-full"), "{far:?}");
        for mode in ["disable", "allow", "prefer", "require", "verify-ca"] {
            let url = format!("postgres://dutyclerk@db.example.org/dutyclerk?sslmode={mode}");
            assert_eq!(Server::parse(&url), Err(BadUrl::Unsafe), "{mode}");
        }
        for near in ["localhost", "127.0.0.1", "[::1]", "%2Frun%2Fpostgresql"] {
            let near = Server::parse(&format!("postgresql://dutyclerk@{near}:5433/dutyclerk")).unwrap();
            assert!(near.url.ends_with("sslmode=disable"), "{near:?}");
        }
        let asked = Server::parse("postgres://d@localhost/d?sslmode=verify-full").unwrap();
        assert!(asked.tls && asked.url.ends_with("d?sslmode=verify-full"), "{asked:?}");
    }

    #[test]
    fn a_password_in_the_url_is_refused_and_not_repeated() {
        for url in ["postgres://d:hunter2@localhost/d", "postgres://d@localhost/d?password=hunter2"] {
            let error = Server::parse(url).unwrap_err();
            assert_eq!(error, BadUrl::Password);
            assert!(!format!("{error} {} {error:?}", error.help()).contains("hunter2"));
        }
    }

    #[test]
    fn a_password_from_a_file_stands_in_no_description() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("password");
        std::fs::write(&file, "hunter2/?#@ ü\n").unwrap();
        let server = Server::parse("postgres://d@localhost/d").unwrap().with(Some(file), None);
        let options = server.options().unwrap();
        assert_eq!(options.database_url.password(), Some("hunter2%2F%3F%23%40%20%C3%BC"));
        assert!(!format!("{server:?} {}", loggable(&server)).contains("hunter2"));
        let absent = Server::parse("postgres://d@localhost/d").unwrap().with(Some(dir.path().join("none")), None);
        assert!(matches!(absent.options(), Err(StoreError::File { .. })));
    }

    #[test]
    fn what_is_no_database_on_a_server_is_told_apart() {
        for (url, fault) in [
            ("dutyclerk.db", BadUrl::Unreadable),
            ("mysql://d@localhost/d", BadUrl::Unreadable),
            ("postgres:///d", BadUrl::Unreadable),
            ("postgres://localhost/d", BadUrl::NoUser),
            ("postgres://d@localhost", BadUrl::NoDatabase),
            ("postgres://d@localhost/d?options=-c%20fsync=off", BadUrl::Parameter),
            ("postgres://d@localhost/d?sslmode=perhaps", BadUrl::SslMode),
        ] {
            assert_eq!(Server::parse(url).unwrap_err(), fault, "{url}");
        }
    }
}
