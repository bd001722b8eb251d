//! The 300 hostile strings through the Postfix that `tests/run` starts, in one session: each mail that is composed of one
//! arrives once, and as it was frozen.

use super::{Asked, Heard, Login, Mail, Smtp, SmtpSettings};
use crate::casework::{Address, Redacted};
use crate::outbound::compose::Frozen;
use crate::outbound::compose::tests::refusals::hostile_mails;
use crate::tls::Tls;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

fn told(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run tests/run"))
}

/// What lies in a Maildir.
fn received(maildir: &Path) -> Vec<String> {
    let files = std::fs::read_dir(maildir.join("new")).into_iter().flatten();
    files.map(|file| String::from_utf8(std::fs::read(file.unwrap().path()).unwrap()).unwrap()).collect()
}

/// Below the lines that Postfix puts on top.
fn below(mail: &str) -> &str {
    let at = mail.find("\nDate: ").unwrap_or_else(|| panic!("{mail}")) + 1;
    let postfix = ["Return-Path: ", "Delivered-To: ", "X-Original-To: ", "Received: ", "\t"];
    let (on_top, below) = mail.split_at(at);
    assert!(on_top.lines().all(|line| postfix.iter().any(|start| line.starts_with(start))), "{on_top}");
    below
}

#[test]
fn nothing_is_injected_through_a_real_mail_server_either() {
    // A name that nobody else has.
    let own = tempfile::NamedTempFile::with_prefix("hostile-").unwrap();
    let own = own.path().file_name().unwrap().to_str().unwrap().to_lowercase();
    let to = format!("{own}@surrey.example");
    let (strings, mails): (Vec<String>, Vec<Vec<Frozen>>) = hostile_mails(&to).into_iter().unzip();
    let mails: Vec<Frozen> = mails.into_iter().flatten().collect();
    assert!(mails.len() > 330, "{}", mails.len());
    for hostile in strings {
        for address in
            [format!("{hostile}@surrey.example"), format!("\"{hostile}\"@surrey.example"), format!("x@{hostile}")]
        {
            assert!(address.parse::<Address>().is_err(), "no such thing stands in an envelope: {address:?}");
        }
    }
    let login = Login { user: "duty@surrey.example".to_owned(), secret: Redacted::new("secret".to_owned()).into() };
    let port = told("DUTYCLERK_TEST_SMTP").parse().unwrap();
    let settings = SmtpSettings {
        ca_file: Some(told("DUTYCLERK_TEST_CA").into()),
        login: Some(login),
        hello: "duty.surrey.example".to_owned(),
        ..SmtpSettings::new("localhost".to_owned(), port, Tls::Starttls)
    };
    let maildir = Path::new(&told("DUTYCLERK_TEST_MAIL")).join(&to);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut smtp = Smtp::start(settings, Arc::new(Notify::new()));
        // Once: a session that ended would take no other mail.
        smtp.connect();
        assert_eq!(smtp.heard().await, Some(Heard::Connected(Ok(()))));
        for mail in &mails {
            let to = mail.to().to_vec();
            smtp.ask(Mail { from: mail.from().clone(), to, bytes: mail.bytes().to_vec() });
            assert_eq!(smtp.heard().await, Some(Heard::Asked(Ok(Asked::Ready(vec![Ok(())])))));
            smtp.go();
            let answered = smtp.heard().await;
            assert!(matches!(answered, Some(Heard::Answered(Ok(said))) if said.is_yes()), "{answered:?}");
        }
        // Accepted is not delivered: Postfix does that in its own time.
        for _ in 0..3000 {
            if received(&maildir).len() >= mails.len() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let got = received(&maildir);
    let mut got: Vec<&str> = got.iter().map(|mail| below(mail)).collect();
    // A Maildir has bare line ends.
    let frozen = |mail: &Frozen| String::from_utf8(mail.bytes().to_vec()).unwrap().replace("\r\n", "\n");
    let mut sent: Vec<String> = mails.iter().map(frozen).collect();
    got.sort_unstable();
    sent.sort_unstable();
    assert_eq!(got.len(), sent.len(), "one each");
    assert!(got == sent, "byte for byte");
    let thief = Path::new(&told("DUTYCLERK_TEST_MAIL")).join("thief@evil.example");
    assert!(!thief.exists(), "nobody else has anything");
}
