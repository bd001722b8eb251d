//! What can be wrong with `[send]`, and what to write instead.

use super::settings::{Settings, Sink};

/// A host name alone, without port or scheme.
pub(super) fn is_host(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains(['/', ':', ' ', '@'])
}

/// Says what is wrong: where, what, and what to write.
pub(super) fn problems(settings: &Settings, say: &mut impl FnMut(&str, String, &str)) {
    let send = &settings.send;
    const HOST: &str = "Write the server's name alone, e.g. smtp.office365.com; the port has its own key.";
    match &send.smtp {
        None if send.sink == Sink::Smtp => {
            let help = "Write below it: [send.smtp], host = \"…\", user = \"…\" and password_file = \"…\".";
            say("send.sink", "mail is to go to a server, and the server is not given".to_owned(), help);
        }
        None => {}
        Some(smtp) => {
            if !is_host(&smtp.host) {
                say("send.smtp.host", format!("`{}` is not a host name", smtp.host), HOST);
            }
            match (&smtp.user, &smtp.password_file, &smtp.oauth) {
                (_, Some(_), Some(_)) => {
                    let help = "Keep one: a server that takes tokens needs no password.";
                    say("send.smtp.password_file", "there is a password and a token".to_owned(), help);
                }
                (Some(_), None, None) => {
                    let help = "Write password_file = \"…\", a file that holds the password and nothing else; or, for Microsoft \
                                365, oauth = \"m365\" and a table [oauth.m365].";
                    say("send.smtp.user", "there is a login name and no password".to_owned(), help);
                }
                (None, Some(_), None) => {
                    let help = "Write user = \"…\", the name to log in with.";
                    say("send.smtp.password_file", "there is a password and no login name".to_owned(), help);
                }
                (None, None, Some(_)) => {
                    let help = "Write user = \"…\", the address of the mailbox that sends.";
                    say("send.smtp.oauth", "there is a token and no login name".to_owned(), help);
                }
                (Some(user), ..) if user.trim().is_empty() || user.contains(char::is_control) => {
                    say("send.smtp.user", "that is no login name".to_owned(), "Write the name to log in with.");
                }
                _ => {}
            }
            if smtp.port == Some(0) {
                say("send.smtp.port", "there is no port 0".to_owned(), "Write 587, or 465 with tls = \"implicit\".");
            }
            if smtp.port == Some(25) {
                let help = "Write 587, or 465 with tls = \"implicit\": port 25 is where servers talk to each other.";
                say("send.smtp.port", "mail is not submitted on port 25".to_owned(), help);
            }
            let plain = |hello: &str| !hello.is_empty() && hello.bytes().all(|b| b.is_ascii_graphic());
            if smtp.hello.as_deref().is_some_and(|hello| !plain(hello)) {
                let help = "Write this machine's name, e.g. duty.authority.example, or leave it out.";
                say("send.smtp.hello", "that is no name for EHLO".to_owned(), help);
            }
            if !(1..=6000).contains(&smtp.most_a_minute) {
                let help = "Write mails a minute from 1 to 6000; 30 unless given. To stop sending, write enabled = false \
                            under [send].";
                say("send.smtp.most_a_minute", "that is no number of mails a minute".to_owned(), help);
            }
        }
    }
    if let Some(journal) = &send.journal {
        if !is_host(&journal.imap.host) {
            let help = "Write the server's name alone, e.g. outlook.office365.com; the port has its own key.";
            say("send.journal.imap.host", format!("`{}` is not a host name", journal.imap.host), help);
        }
        if settings.mailbox.iter().any(|mailbox| mailbox.address == journal.address) {
            let help = "Give it an address of its own: what comes to a duty mailbox is taken for a submission.";
            say("send.journal.address", "the journal mailbox is a duty mailbox".to_owned(), help);
        }
    }
}
