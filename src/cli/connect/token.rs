//! A token: the proof, the endpoint, what is granted.

use super::Ladder;
use crate::casework::calendar::civil;
use crate::config::Config;
use crate::oauth::{Certificate, NoToken, Proof, Tokens, claims, explain};
use jiff::Timestamp;

const PROOF: &str = "proof";
const CONNECTION: &str = "connection";
const TLS: &str = "TLS";
const TOKEN: &str = "token";
const RIGHTS: &str = "rights";
const AFTER_NAME: &[&str] = &[CONNECTION, TLS, TOKEN, RIGHTS];

/// Exchange Online's own id, by which some tokens name it.
const EXCHANGE: &str = "00000002-0000-0ff1-ce00-000000000000";

/// Everything about one application.
pub(super) async fn tried(config: &Config, tokens: &Tokens, now: Timestamp) -> Ladder {
    let application = tokens.application();
    let endpoint = &application.endpoint;
    let mut ladder = Ladder::new(format!("token for [oauth.{}] from {}", tokens.name(), endpoint.host()));
    match &application.proof {
        Proof::Secret(_) => {}
        Proof::Certificate { certificate, key, .. } => {
            if let Ok(read) = Certificate::read(certificate, key) {
                ladder.ok(
                    PROOF,
                    format!("certificate good until {}", civil::day_in_words(civil::date(read.valid_until))),
                );
            }
        }
    }
    if !ladder.name(endpoint.host(), endpoint.port()).await {
        ladder.skipped(AFTER_NAME);
        return ladder;
    }
    match tokens.token().await {
        Ok(token) => {
            for step in [CONNECTION, TLS] {
                ladder.ok(step, "");
            }
            let minutes = tokens.health().minutes_left(now);
            ladder.ok(TOKEN, format!("good for {minutes} min"));
            rights(&mut ladder, config, tokens.name(), claims(&token));
        }
        Err(why) => {
            let step = match why {
                NoToken::Secret | NoToken::Certificate(_) => {
                    let (_, fix) = explain(&why.code());
                    ladder.failed(PROOF, why.to_string(), fix);
                    ladder.skipped(AFTER_NAME);
                    return ladder;
                }
                NoToken::Unreachable | NoToken::TimedOut => CONNECTION,
                NoToken::Tls => TLS,
                NoToken::Later(_) | NoToken::Nonsense | NoToken::Refused(_) => TOKEN,
            };
            let (cause, fix) = explain(&why.code());
            ladder.stopped_at(AFTER_NAME, step, format!("{cause}: {why}"), fix.to_owned());
        }
    }
    ladder
}

/// What the application was granted, where the token says so: Exchange's do.
fn rights(ladder: &mut Ladder, config: &Config, name: &str, said: Option<crate::oauth::Claims>) {
    let is_exchange = |aud: &str| aud.contains("outlook.office") || aud == EXCHANGE;
    let Some(said) = said.filter(|said| is_exchange(&said.aud)) else {
        ladder.ok(RIGHTS, "the token does not say; the logins below do");
        return;
    };
    let used = |oauth: &Option<String>| oauth.as_deref() == Some(name);
    let journal = config.send.journal.iter().map(|journal| &journal.imap);
    let reads = config.mailboxes.iter().filter_map(|m| m.imap.as_ref()).chain(journal).any(|imap| used(&imap.oauth));
    let sends = config.send.smtp.as_ref().is_some_and(|smtp| used(&smtp.oauth));
    let wanted = [(reads, "IMAP.AccessAsApp"), (sends, "SMTP.SendAsApp")];
    let missing: Vec<&str> = wanted
        .iter()
        .filter(|(wanted, role)| *wanted && !said.roles.iter().any(|granted| granted == role))
        .map(|(_, role)| *role)
        .collect();
    if missing.is_empty() {
        ladder.ok(RIGHTS, said.roles.join(", "));
    } else {
        let fix = format!(
            "In the app registration, API permissions: add {} (Office 365 Exchange Online, application permissions) and grant \
             admin consent. A new token has it after some minutes.",
            missing.join(" and ")
        );
        ladder.failed(RIGHTS, format!("the application was not granted {}", missing.join(" and ")), fix);
    }
}
