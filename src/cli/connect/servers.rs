//! Mailboxes on servers and the mail server: how far a connection gets, and what the server offers then.

use super::open::{self, Keyring};
use super::{Ladder, count, fixes};
use crate::casework::Address;
use crate::config::{Config, ImapServer, SmtpServer};
use crate::inbound::mailbox::survey as look;
use crate::outbound::submission::smtp;
use std::collections::BTreeSet;

/// From the connection to the folder.
const IMAP: &[&str] = &["token", "connection", "TLS", "greeting", "login", "IDLE", "MOVE", "folder", "beside it"];
/// From the connection to each sender.
const SMTP: &[&str] = &["token", "connection", "TLS", "greeting", "login", "size", "sender"];

/// Without the step that is only there with a token.
fn steps(all: &'static [&'static str], token: bool) -> &'static [&'static str] {
    if token { all } else { all.get(1..).unwrap_or_default() }
}

pub(super) async fn imap(mut ladder: Ladder, address: &Address, server: &ImapServer, keyring: &Keyring) -> Ladder {
    let steps = steps(IMAP, server.oauth.is_some());
    let settings = match open::imap(address, server, keyring) {
        Ok(settings) => settings,
        Err(error) => {
            ladder.failed("password", format!("{error:#}"), "Look at password_file and its permissions.");
            ladder.skipped(steps);
            return ladder;
        }
    };
    if !ladder.name(&settings.host, settings.port).await {
        ladder.skipped(steps);
        return ladder;
    }
    let found = match look(&settings).await {
        Ok(found) => found,
        Err(fault) => {
            let (at, fix) = fixes::imap(fault, server.oauth.is_some(), &settings.user);
            ladder.stopped_at(steps, at, fault.to_string(), fix);
            return ladder;
        }
    };
    for step in steps.iter().take_while(|step| **step != "login") {
        ladder.ok(step, "");
    }
    ladder.ok("login", format!("as {}", settings.user));
    if found.idle {
        ladder.ok("IDLE", "new mail is told at once");
    } else {
        ladder.ok("IDLE", format!("not offered: new mail is found every {} s", server.sweep_seconds));
    }
    match (found.mv, found.uid_plus) {
        (true, _) => ladder.ok("MOVE", ""),
        (false, true) => ladder.ok("MOVE", "not offered: mail is copied and the original expunged"),
        (false, false) => {
            let fix = "Mail is copied and the original only marked as deleted: have the server purge such mail, or ask for MOVE.";
            ladder.failed("MOVE", "neither MOVE nor UIDPLUS is offered", fix);
        }
    }
    match found.folder {
        Ok(messages) => ladder.ok("folder", format!("{}, {}", settings.folder, count(messages))),
        Err(fault) => {
            let (_, fix) = fixes::imap(fault, server.oauth.is_some(), &settings.user);
            ladder.failed("folder", format!("{}: {fault}", settings.folder), fix);
            ladder.skipped(&["beside it"]);
            return ladder;
        }
    }
    let there = |name: &str, there: bool| if there { name.to_owned() } else { format!("{name} (made when needed)") };
    ladder
        .ok("beside it", format!("{}, {}", there("Processed", found.processed), there("Quarantine", found.quarantine)));
    ladder
}

/// Every address mail is sent from.
fn senders(config: &Config) -> Vec<Address> {
    let all: BTreeSet<&Address> = config.panels.values().map(|profile| &profile.from).collect();
    all.into_iter().cloned().collect()
}

pub(super) async fn smtp(config: &Config, server: &SmtpServer, keyring: &Keyring) -> Ladder {
    let mut ladder = Ladder::new(format!("mail server {}", server.host));
    let steps = steps(SMTP, server.oauth.is_some());
    let settings = match open::smtp(server, keyring) {
        Ok(settings) => settings,
        Err(error) => {
            ladder.failed("password", format!("{error:#}"), "Look at password_file and its permissions.");
            ladder.skipped(steps);
            return ladder;
        }
    };
    if !ladder.name(&settings.host, settings.port).await {
        ladder.skipped(steps);
        return ladder;
    }
    let found = match smtp::survey(&settings, &senders(config)).await {
        Ok(found) => found,
        Err(fault) => {
            let (at, fix) = fixes::smtp(fault, server.oauth.is_some());
            ladder.stopped_at(steps, at, fault.to_string(), fix);
            return ladder;
        }
    };
    for step in steps.iter().take_while(|step| **step != "login") {
        ladder.ok(step, "");
    }
    match &server.user {
        Some(user) => ladder.ok("login", format!("as {user}")),
        None => ladder.ok("login", "none asked for: a relay that knows this machine"),
    }
    let most = usize::try_from(config.send.most_mail_bytes).unwrap_or(usize::MAX);
    match found.size {
        Some(size) if size > 0 && size < most => {
            let fix = format!("Write most_mail_bytes = {size} under [send], so that larger packs go in parts.");
            ladder.failed("size", format!("mails up to {size} bytes, and most_mail_bytes is {most}"), fix);
        }
        Some(size) if size > 0 => ladder.ok("size", format!("mails up to {} MiB", size >> 20)),
        _ => ladder.ok("size", "the server does not say"),
    }
    for (sender, answer) in found.senders {
        match answer {
            // Exchange says only after a whole mail whether the account may send as somebody.
            Ok(()) => ladder.ok("sender", format!("{sender} is taken at MAIL; some servers object later")),
            Err(said) => ladder.failed("sender", format!("{sender} is refused ({said})"), fixes::sender(said)),
        }
    }
    ladder
}
