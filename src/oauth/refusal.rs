//! Why there is no token, told by codes; and for each what it means and what an administrator does about it. Pure.
//!
//! The numbers are Microsoft's (`AADSTS…`); the words those of RFC 6749 §5.2.

use super::assertion::BadCertificate;
use std::fmt;

/// The words of RFC 6749 §5.2 and Microsoft's beside them. Any other is not repeated.
const WORDS: &[&str] = &[
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "invalid_scope",
    "invalid_resource",
    "unauthorized_client",
    "unsupported_grant_type",
    "temporarily_unavailable",
    "server_error",
];

/// What the endpoint said, without its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// One of the words known here.
    word: Option<&'static str>,
    /// Microsoft's number.
    number: Option<u32>,
}

impl Refusal {
    /// From the answer's members; the number stands in the description where it stands nowhere else.
    pub(super) fn of(error: &str, number: Option<u32>, description: &str) -> Self {
        let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
        let in_the_text = || description.split_once("AADSTS").and_then(|(_, rest)| digits(rest));
        Self { word: WORDS.iter().find(|word| **word == error).copied(), number: number.or_else(in_the_text) }
    }

    /// It will be otherwise by itself.
    pub(super) fn passes(self) -> bool {
        // 90033 and 50196: "try again later"; a service that is down, or asked too often.
        matches!(self.number, Some(90033 | 50196))
            || matches!(self.word, Some("temporarily_unavailable" | "server_error"))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word.unwrap_or("an unknown word"))?;
        self.number.map_or(Ok(()), |number| write!(f, ", AADSTS{number}"))
    }
}

/// Why there is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoToken {
    /// Name, port or network.
    #[error("the token endpoint cannot be reached")]
    Unreachable,
    /// Its certificate is not to be trusted.
    #[error("the token endpoint's TLS is refused or not to be trusted")]
    Tls,
    /// No answer within 10 seconds.
    #[error("the token endpoint did not answer in time")]
    TimedOut,
    /// It is down, or asked too often; the HTTP status.
    #[error("the token endpoint says later ({0})")]
    Later(u16),
    /// What it answered is neither a token nor a refusal.
    #[error("what the token endpoint answered is no token")]
    Nonsense,
    /// The client secret's file.
    #[error("the client secret cannot be read")]
    Secret,
    /// The certificate, or its key.
    #[error("{0}")]
    Certificate(BadCertificate),
    /// It says no.
    #[error("the token endpoint refuses ({0})")]
    Refused(Refusal),
}

impl NoToken {
    /// For the store and for programs; [`explain`] knows them.
    pub fn code(self) -> String {
        match self {
            Self::Unreachable => "unreachable".to_owned(),
            Self::Tls => "tls".to_owned(),
            Self::TimedOut => "timed_out".to_owned(),
            Self::Later(_) => "later".to_owned(),
            Self::Nonsense => "nonsense".to_owned(),
            Self::Secret => "secret_unreadable".to_owned(),
            Self::Certificate(BadCertificate::Certificate) => "certificate_unreadable".to_owned(),
            Self::Certificate(BadCertificate::Key) => "key_unreadable".to_owned(),
            Self::Certificate(BadCertificate::Mismatch) => "key_mismatch".to_owned(),
            Self::Refused(Refusal { number: Some(number), .. }) => format!("aadsts_{number}"),
            Self::Refused(Refusal { word, .. }) => word.unwrap_or("refused").to_owned(),
        }
    }

    /// It will not pass by waiting: somebody must do something.
    pub const fn is_for_a_person(self) -> bool {
        matches!(self, Self::Secret | Self::Certificate(_) | Self::Refused(_) | Self::Tls)
    }
}

/// What a code means, and what to do about it: two sentences.
pub fn explain(code: &str) -> (&'static str, &'static str) {
    match code {
        "unreachable" | "timed_out" => (
            "the token endpoint does not answer",
            "Look at the network: this machine must reach login.microsoftonline.com on port 443.",
        ),
        "tls" => (
            "the token endpoint's certificate is not to be trusted",
            "Something on the way may be reading HTTPS: give its authority as ca_file, or let login.microsoftonline.com past it.",
        ),
        "later" | "aadsts_90033" | "aadsts_50196" => {
            ("the token endpoint is busy or down", "Nothing, if it passes; Microsoft's service health page says more.")
        }
        "nonsense" => (
            "what answers at the token endpoint is none",
            "Look at tenant or endpoint; a proxy's page may stand in its place.",
        ),
        "secret_unreadable" => (
            "the client secret cannot be read",
            "Look at secret_file and its permissions: the value stands alone in it, on one line.",
        ),
        "certificate_unreadable" => (
            "the certificate cannot be read",
            "Look at certificate_file and its permissions: a PEM file with BEGIN CERTIFICATE in it.",
        ),
        "key_unreadable" => (
            "the certificate's private key cannot be used",
            "Look at key_file and its permissions: an RSA key of 2048 bits or more in PEM, without a password.",
        ),
        "key_mismatch" => {
            ("the private key is another certificate's", "Put the key beside the certificate it was made with.")
        }
        "aadsts_7000215" => (
            "the client secret is wrong",
            "Copy the secret's Value, not its Secret ID, from the app registration; if it is not shown any more, make a new one.",
        ),
        "aadsts_7000222" => (
            "the client secret has expired",
            "Make a new one in the app registration (Certificates & secrets) and write its Value into secret_file.",
        ),
        "aadsts_700016" => (
            "there is no such application in this tenant",
            "Look at client_id (Application (client) ID) and at tenant: both are on the registration's overview page.",
        ),
        "aadsts_7000229" | "aadsts_65001" | "aadsts_500011" | "aadsts_650052" => (
            "the application was never consented to in this tenant",
            "An administrator grants consent in the app registration, under API permissions.",
        ),
        "aadsts_7000112" | "aadsts_500014" => (
            "the application is switched off in this tenant",
            "Switch it on under Enterprise applications, Properties, Enabled for users to sign-in.",
        ),
        "aadsts_90002" | "aadsts_900023" | "aadsts_90013" => (
            "there is no such tenant",
            "Look at tenant: the Directory (tenant) ID on the registration's overview page, or one of your domains.",
        ),
        "aadsts_700027" | "aadsts_7000273" | "aadsts_700030" => (
            "the certificate is not registered with the application, or not valid",
            "Upload the certificate to the app registration (Certificates & secrets) and see whether it has expired.",
        ),
        "aadsts_700024" => (
            "the assertion's time is not the endpoint's",
            "Set this machine's clock: it must be right to within five minutes.",
        ),
        "aadsts_700023" | "aadsts_50027" => (
            "the assertion is made out to another endpoint",
            "Look at tenant and endpoint: the tenant in both must be the application's own.",
        ),
        "aadsts_7000218" | "aadsts_50012" => (
            "the proof shown is not what the application is registered with",
            "Use what the registration has: secret_file for a secret, certificate_file and key_file for a certificate.",
        ),
        "aadsts_70011" | "aadsts_1002012" | "invalid_scope" => (
            "the scope is none that an application may ask for",
            "Leave scope out: https://outlook.office365.com/.default is right for Exchange Online.",
        ),
        "aadsts_53003" | "aadsts_530035" => (
            "a rule of conditional access keeps the application out",
            "Ask who keeps the tenant's conditional access to let this application in from this machine's address.",
        ),
        "invalid_client" => {
            ("the application is not who it says", "Look at client_id and at the secret or certificate.")
        }
        "unauthorized_client" => (
            "the application may not ask for tokens this way",
            "Look whether it exists in this tenant and was consented to.",
        ),
        _ => (
            "the token endpoint refuses",
            "Look the code up at https://login.microsoftonline.com/error, or ask who keeps the tenant.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_there_is_has_its_own_words() {
        let other = explain("anything else");
        for reason in [
            NoToken::Unreachable,
            NoToken::Tls,
            NoToken::TimedOut,
            NoToken::Later(503),
            NoToken::Nonsense,
            NoToken::Secret,
            NoToken::Certificate(BadCertificate::Certificate),
            NoToken::Certificate(BadCertificate::Key),
            NoToken::Certificate(BadCertificate::Mismatch),
            NoToken::Refused(Refusal::of("invalid_client", Some(7_000_222), "")),
            NoToken::Refused(Refusal::of("unauthorized_client", None, "")),
        ] {
            assert_ne!(explain(&reason.code()), other, "{reason}");
        }
        assert_eq!(explain(&NoToken::Refused(Refusal::of("x", Some(999), "")).code()), other);
    }
}
