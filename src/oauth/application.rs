//! The application that an administrator registered, and what it says at the token endpoint.

use super::assertion::{Algorithm, BadCertificate, Certificate};
use super::endpoint::Endpoint;
use super::refusal::NoToken;
use crate::casework::Redacted;
use crate::casework::calendar::civil;
use jiff::Timestamp;
use jiff::civil::Date;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Everything the application was granted for Exchange Online. Another scope gives a token that its servers refuse.
pub const SCOPE: &str = "https://outlook.office365.com/.default";

/// What the application proves itself with. Files, read each time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A client secret's value, alone in its file.
    Secret(PathBuf),
    /// A certificate that the application is registered with, and its private key; PEM, both may be in one file.
    Certificate {
        /// The certificate.
        certificate: PathBuf,
        /// Its RSA key.
        key: PathBuf,
        /// How the assertion is signed.
        algorithm: Algorithm,
    },
}

/// A registered application.
#[derive(Clone, Debug)]
pub struct Application {
    /// What the configuration calls it: `m365`.
    pub name: String,
    /// Where its tokens come from.
    pub endpoint: Endpoint,
    /// Its id; no secret.
    pub client_id: String,
    /// Who says that it is the application.
    pub proof: Proof,
    /// What the token is for.
    pub scope: String,
    /// PEM certificates to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// The last day of the client secret, where the configuration says it. A certificate says it itself.
    pub expires: Option<Date>,
}

impl Application {
    /// The body of a request for a token (RFC 6749 §4.4.2), with a fresh assertion where one is wanted; and the last day of
    /// what it was proven with.
    pub(super) fn request(&self, now: Timestamp, id: Uuid) -> Result<(Redacted<String>, Option<Date>), NoToken> {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        form.append_pair("client_id", &self.client_id);
        form.append_pair("scope", &self.scope);
        let ends = match &self.proof {
            Proof::Secret(file) => {
                form.append_pair("client_secret", secret(file)?.reveal());
                self.expires
            }
            Proof::Certificate { certificate, key, algorithm } => {
                let certificate = Certificate::read(certificate, key)?;
                let audience = self.endpoint.as_str();
                let assertion = certificate.assertion(*algorithm, audience, &self.client_id, now, id)?;
                form.append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
                form.append_pair("client_assertion", assertion.reveal());
                Some(civil::date(certificate.valid_until))
            }
        };
        Ok((Redacted::new(form.finish()), ends))
    }
}

/// A file's one line.
fn secret(file: &Path) -> Result<Redacted<String>, NoToken> {
    let text = std::fs::read_to_string(file).map_err(|_| NoToken::Secret)?;
    let text = text.trim();
    if text.is_empty() || text.contains(char::is_whitespace) {
        return Err(NoToken::Secret);
    }
    Ok(Redacted::new(text.to_owned()))
}

impl From<BadCertificate> for NoToken {
    fn from(bad: BadCertificate) -> Self {
        Self::Certificate(bad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_read_anew_each_time_and_stands_in_no_debug_output() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "a+b/c~1 \n").unwrap();
        let application = Application {
            name: "m365".to_owned(),
            endpoint: Endpoint::parse("https://login.example/t/oauth2/v2.0/token").unwrap(),
            client_id: "9990".to_owned(),
            proof: Proof::Secret(file.clone()),
            scope: SCOPE.to_owned(),
            ca_file: None,
            expires: None,
        };
        let ask = || application.request(Timestamp::UNIX_EPOCH, Uuid::nil()).map(|(form, _)| form);
        let expected = "grant_type=client_credentials&client_id=9990&scope=https%3A%2F%2Foutlook.office365.com%2F.default&\
                        client_secret=a%2Bb%2Fc%7E1";
        assert_eq!(ask().unwrap().reveal(), expected);
        assert!(!format!("{:?} {application:?}", ask()).contains("a+b"));
        std::fs::write(&file, "second").unwrap();
        assert!(ask().unwrap().reveal().ends_with("client_secret=second"));
        for none in ["", "\n", "two words", "two\nlines"] {
            std::fs::write(&file, none).unwrap();
            assert_eq!(ask().unwrap_err(), NoToken::Secret, "{none:?}");
        }
        std::fs::remove_file(&file).unwrap();
        assert_eq!(ask().unwrap_err(), NoToken::Secret);
    }
}
