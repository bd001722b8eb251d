//! `[oauth.NAME]`: applications whose tokens open mailboxes, and what can be wrong where one is used.

use super::settings::{ImapServer, Settings};
use crate::oauth::{Algorithm, Application, BadEndpoint, Endpoint, Proof, SCOPE};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// An application registered with Microsoft Entra ID (or another server of tokens) for this program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OauthSettings {
    /// The tenant's id or one of its domains; or `endpoint` instead.
    #[serde(default)]
    pub tenant: Option<String>,
    /// The token endpoint's whole address, for another cloud than Microsoft's public one.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// The application's id.
    pub client_id: String,
    /// A file that holds the client secret's value and nothing else.
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
    /// Or the certificate the application is registered with, in PEM.
    #[serde(default)]
    pub certificate_file: Option<PathBuf>,
    /// And its private key; the certificate's file unless given.
    #[serde(default)]
    pub key_file: Option<PathBuf>,
    /// How the key signs: `ps256`, or `rs256` for a server that knows no other.
    #[serde(default)]
    pub algorithm: Algorithm,
    /// The last day of the client secret, as the registration shows it: `check` and the daemon tell in time.
    #[serde(default)]
    pub expires: Option<Date>,
    /// What the token is for; Exchange Online unless given.
    #[serde(default = "scope")]
    pub scope: String,
    /// PEM certificates to trust at the endpoint instead of the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

fn scope() -> String {
    SCOPE.to_owned()
}

impl OauthSettings {
    /// The application; none where the settings do not hold together, which was told when the file was loaded.
    pub fn application(&self, name: &str) -> Option<Application> {
        Some(Application {
            name: name.to_owned(),
            endpoint: self.endpoint().ok()?,
            client_id: self.client_id.clone(),
            proof: self.proof()?,
            scope: self.scope.clone(),
            ca_file: self.ca_file.clone(),
            expires: self.expires,
        })
    }

    fn endpoint(&self) -> Result<Endpoint, BadEndpoint> {
        match (&self.endpoint, &self.tenant) {
            (Some(endpoint), _) => Endpoint::parse(endpoint),
            (None, tenant) => Endpoint::of_tenant(tenant.as_deref().unwrap_or_default()),
        }
    }

    fn proof(&self) -> Option<Proof> {
        match (&self.secret_file, &self.certificate_file) {
            (Some(secret), None) => Some(Proof::Secret(secret.clone())),
            (None, Some(certificate)) => Some(Proof::Certificate {
                certificate: certificate.clone(),
                key: self.key_file.clone().unwrap_or_else(|| certificate.clone()),
                algorithm: self.algorithm,
            }),
            _ => None,
        }
    }

    pub(super) fn placed(self, at: &impl Fn(&Path) -> PathBuf) -> Self {
        let file = |path: Option<PathBuf>| path.as_deref().map(at);
        Self {
            secret_file: file(self.secret_file),
            certificate_file: file(self.certificate_file),
            key_file: file(self.key_file),
            ca_file: file(self.ca_file),
            ..self
        }
    }
}

/// Says what is wrong with the applications, and where one is used: where, what, and what to write.
pub(super) fn problems(settings: &Settings, say: &mut impl FnMut(&str, String, &str)) {
    for (name, application) in &settings.oauth {
        let key = |key: &str| format!("oauth.{name}.{key}");
        match (&application.tenant, &application.endpoint) {
            (None, None) => {
                let help = "Write tenant = \"…\", the Directory (tenant) ID on the registration's overview page.";
                say(&format!("oauth.{name}"), "the tenant is not given".to_owned(), help);
            }
            (_, endpoint) => {
                if let Err(bad) = application.endpoint() {
                    say(&key(if endpoint.is_some() { "endpoint" } else { "tenant" }), bad.to_string(), bad.help());
                }
            }
        }
        let id = &application.client_id;
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_graphic()) {
            let help = "Write the Application (client) ID of the registration's overview page.";
            say(&key("client_id"), "that is no application's id".to_owned(), help);
        }
        match (&application.secret_file, &application.certificate_file) {
            (None, None) => {
                let help = "Write secret_file = \"…\", or certificate_file = \"…\" and key_file = \"…\".";
                say(&format!("oauth.{name}"), "the application has nothing to prove itself with".to_owned(), help);
            }
            (Some(_), Some(_)) => {
                let help = "Keep secret_file or certificate_file; a certificate is the safer of the two.";
                say(&key("secret_file"), "the application has a secret and a certificate".to_owned(), help);
            }
            (Some(_), None) if application.key_file.is_some() => {
                let help = "Write certificate_file = \"…\" in place of secret_file, or take key_file away.";
                say(&key("key_file"), "there is a key and no certificate".to_owned(), help);
            }
            (None, Some(_)) if application.expires.is_some() => {
                let help = "Take it away: the certificate says itself how long it is good for.";
                say(&key("expires"), "`expires` is for a client secret".to_owned(), help);
            }
            _ => {}
        }
    }
    for (i, mailbox) in settings.mailbox.iter().enumerate() {
        if let Some(imap) = &mailbox.imap {
            login(&settings.oauth, imap, &format!("mailbox.{i}.imap"), say);
        }
    }
    if let Some(journal) = &settings.send.journal {
        login(&settings.oauth, &journal.imap, "send.journal.imap", say);
    }
    if let Some(name) = settings.send.smtp.as_ref().and_then(|smtp| smtp.oauth.as_ref()) {
        known(&settings.oauth, name, "send.smtp.oauth", say);
    }
}

/// One of the two, and one that there is.
fn login(
    known_ones: &BTreeMap<String, OauthSettings>,
    imap: &ImapServer,
    path: &str,
    say: &mut impl FnMut(&str, String, &str),
) {
    match (&imap.password_file, &imap.oauth) {
        (Some(file), None) if file.as_os_str().is_empty() => {
            let help = "Write password_file = \"…\", a file that holds the password and nothing else.";
            say(&format!("{path}.password_file"), "`password_file` is empty".to_owned(), help);
        }
        (None, None) => {
            let help = "Write password_file = \"…\", a file that holds the password and nothing else; or, for Microsoft 365, \
                        oauth = \"m365\" and a table [oauth.m365].";
            say(path, "the mailbox has no password and no token".to_owned(), help);
        }
        (Some(_), Some(_)) => {
            let help = "Keep one: a server that takes tokens needs no password.";
            say(&format!("{path}.password_file"), "the mailbox has a password and a token".to_owned(), help);
        }
        (None, Some(name)) => known(known_ones, name, &format!("{path}.oauth"), say),
        (Some(_), None) => {}
    }
    if imap.user.as_deref().is_some_and(|user| user.is_empty() || user.contains(char::is_control)) {
        say(
            &format!("{path}.user"),
            "that is no login name".to_owned(),
            "Write the mailbox's address, or leave it out.",
        );
    }
}

fn known(known: &BTreeMap<String, OauthSettings>, name: &str, path: &str, say: &mut impl FnMut(&str, String, &str)) {
    if !known.contains_key(name) {
        let help = if known.is_empty() {
            format!("Write a table [oauth.{name}] with tenant, client_id and secret_file.")
        } else {
            let names: Vec<&str> = known.keys().map(String::as_str).collect();
            format!("Write one of {}, or a table [oauth.{name}].", names.join(", "))
        };
        say(path, format!("there is no table [oauth.{name}]"), &help);
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, MAIN_FILE, shipped};

    const GOOD: &str = "[oauth.m365]\ntenant = \"surrey.onmicrosoft.com\"\nclient_id = \"9990-a\"\nsecret_file = \
                        \"credential:m365-secret\"\n";

    fn load(oauth: &str, login: &str) -> Result<Config, Vec<String>> {
        let imap = format!("source = \"imap\"\n[mailbox.imap]\nhost = \"outlook.office365.com\"\n{login}\n");
        let ours = "source = \"maildir\"\npath = \"../mail/st-helens-mace\"\n";
        let main =
            shipped::DUTYCLERK.replacen(ours, &imap, 1).replacen("[[mailbox]]", &format!("{oauth}\n[[mailbox]]"), 1);
        let folder = crate::config::tests::folder(&[(MAIN_FILE, &main)]);
        let prefix = format!("{}/", folder.path().display());
        Config::load(folder.path())
            .map_err(|error| error.problems.iter().map(|p| p.to_string().replace(&prefix, "")).collect())
    }

    #[test]
    fn a_mailbox_is_opened_with_a_password_or_with_a_token_of_an_application_that_there_is() {
        let config = load(GOOD, "oauth = \"m365\"").unwrap();
        let application = config.oauth["m365"].application("m365").unwrap();
        let endpoint = "https://login.microsoftonline.com/surrey.onmicrosoft.com/oauth2/v2.0/token";
        assert_eq!(application.endpoint.as_str(), endpoint);
        assert_eq!(application.scope, "https://outlook.office365.com/.default");
        for (oauth, login, told, help) in [
            (GOOD, "", "no password and no token", "oauth = \"m365\""),
            (GOOD, "oauth = \"m365\"\npassword_file = \"p\"", "a password and a token", "Keep one"),
            (GOOD, "oauth = \"m356\"", "there is no table [oauth.m356]", "Write one of m365"),
            ("", "oauth = \"m365\"", "there is no table [oauth.m365]", "tenant, client_id and secret_file"),
            (GOOD, "oauth = \"m365\"\nuser = \"a\\u0001b\"", "no login name", "address"),
        ] {
            let problems = load(oauth, login).unwrap_err();
            let found = problems.iter().find(|problem| problem.contains(told));
            assert!(found.is_some_and(|problem| problem.contains(help)), "{told}: {problems:?}");
        }
    }

    #[test]
    fn an_application_is_checked_with_what_to_write() {
        let with = |from: &str, to: &str| load(&GOOD.replacen(from, to, 1), "oauth = \"m365\"");
        let secret = "secret_file = \"credential:m365-secret\"";
        assert!(with(secret, "certificate_file = \"a.pem\"\nkey_file = \"a.key\"\nalgorithm = \"rs256\"").is_ok());
        assert!(with("tenant = \"surrey.onmicrosoft.com\"", "endpoint = \"http://127.0.0.1:1/t\"").is_ok());
        for (from, to, told, help) in [
            ("tenant = \"surrey.onmicrosoft.com\"\n", "", "the tenant is not given", "Directory (tenant) ID"),
            ("surrey.onmicrosoft.com", "common", "that is no tenant", "onmicrosoft.com"),
            ("tenant = \"surrey.onmicrosoft.com\"", "endpoint = \"http://login.example/t\"", "without TLS", "https://"),
            ("9990-a", "", "no application's id", "client"),
            (secret, "", "nothing to prove itself with", "certificate_file"),
            (secret, "secret_file = \"a\"\ncertificate_file = \"b\"", "a secret and a certificate", "Keep"),
            (secret, "secret_file = \"a\"\nkey_file = \"b\"", "a key and no certificate", "certificate_file"),
            (secret, "certificate_file = \"a\"\nexpires = \"2027-01-01\"", "is for a client secret", "Take it away"),
            (secret, "secret_file = \"a\"\nalgorithm = \"es256\"", "es256", "ps256"),
        ] {
            let problems = with(from, to).unwrap_err();
            let found = problems.iter().find(|problem| problem.contains(told));
            assert!(found.is_some_and(|problem| problem.contains(help)), "{told}: {problems:?}");
        }
    }

    /// Somebody will write it into the file itself: what is drawn then must not show it.
    #[test]
    fn a_secret_written_in_the_wrong_place_is_not_repeated() {
        for key in ["secret", "client_secret", "password"] {
            let oauth = format!("{GOOD}{key} = \"hunter2~very.secret\"\n");
            let text = shipped::DUTYCLERK.replacen("[send]", &format!("{oauth}\n[send]"), 1);
            let folder = crate::config::tests::folder(&[(MAIN_FILE, &text)]);
            let problems = Config::load(folder.path()).unwrap_err().problems;
            let all = format!("{problems:?} {}", crate::config::draw(&problems, false));
            assert!(all.contains(key) && !all.contains("hunter2"), "{all}");
        }
    }
}
