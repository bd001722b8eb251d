//! The Postfix that `tests/run` starts (`tests/servers/postfix.sh`): what the program submits to it lies in the Maildirs of the
//! test Dovecot, one for each recipient. And a line that can be cut.

use super::imap::{Dovecot, OwnServer};
use dutyclerk::casework::Redacted;
use dutyclerk::daemon::Journal;
use dutyclerk::inbound::mailbox::Tls;
use dutyclerk::outbound::submission::smtp::{Login, SmtpSettings};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What the script said of the running server.
#[derive(Clone, Debug)]
pub(crate) struct Postfix {
    pub(crate) submission: u16,
    pub(crate) smtps: u16,
    /// Offers no STARTTLS.
    pub(crate) plain: u16,
    /// Takes three recipients a transaction and mails of 20,480 bytes, and announces their size (RFC 1870).
    pub(crate) narrow: u16,
    /// Takes no bigger mails, and says so only when it has one.
    pub(crate) mute: u16,
    pub(crate) dovecot: Dovecot,
}

impl Postfix {
    /// The one `tests/run` started. Without it the test fails: a test with the feature `servers` never skips.
    pub(crate) fn running() -> Self {
        let told = |name: &str| {
            std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run tests/run")).parse().unwrap()
        };
        Self::told(told, Dovecot::running())
    }

    /// One of the test's own, with more configuration, and a Dovecot of its own. They end with what is returned beside it.
    pub(crate) fn own(extra: &str) -> (Self, [OwnServer; 2]) {
        let (dovecot, imap) = Dovecot::own("");
        let smtp = imap.beside("postfix", extra);
        let told = smtp.start();
        (Self::told(|name| told[name].parse().unwrap(), dovecot), [smtp, imap])
    }

    fn told(port: impl Fn(&str) -> u16, dovecot: Dovecot) -> Self {
        Self {
            submission: port("DUTYCLERK_TEST_SMTP"),
            smtps: port("DUTYCLERK_TEST_SMTPS"),
            plain: port("DUTYCLERK_TEST_SMTP_PLAIN"),
            narrow: port("DUTYCLERK_TEST_SMTP_NARROW"),
            mute: port("DUTYCLERK_TEST_SMTP_MUTE"),
            dovecot,
        }
    }

    /// How the program is to reach it.
    pub(crate) fn settings(&self) -> SmtpSettings {
        let settings = SmtpSettings::new("localhost".to_owned(), self.submission, Tls::Starttls);
        let login = Login { user: "duty@surrey.example".to_owned(), secret: Redacted::new("secret".to_owned()).into() };
        SmtpSettings {
            ca_file: Some(self.dovecot.ca.clone()),
            login: Some(login),
            hello: "duty.surrey.example".to_owned(),
            most_a_minute: 6000,
            ..settings
        }
    }

    /// A journal mailbox.
    pub(crate) fn journal(&self, address: &str) -> Journal {
        Journal { address: address.parse().unwrap(), mailbox: self.dovecot.settings(address) }
    }

    /// What lies in an address's mailbox now.
    pub(crate) fn received(&self, address: &str) -> Vec<String> {
        let mut found = Vec::new();
        for folder in ["new", "cur"] {
            let folder: PathBuf = self.dovecot.mail.join(address).join(folder);
            for file in std::fs::read_dir(folder).into_iter().flatten() {
                found.push(String::from_utf8_lossy(&std::fs::read(file.unwrap().path()).unwrap()).into_owned());
            }
        }
        found
    }

    /// A line to one of its ports that can be cut.
    pub(crate) async fn line(&self, port: u16) -> Line {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let line =
            Line { port: listener.local_addr().unwrap().port(), cut: Arc::new(Notify::new()), made: Arc::default() };
        let (cut, made) = (line.cut.clone(), line.made.clone());
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                made.fetch_add(1, Ordering::SeqCst);
                let cut = cut.clone();
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        () = cut.notified() => {}
                    }
                });
            }
        });
        line
    }
}

/// A line that can be cut.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) port: u16,
    cut: Arc<Notify>,
    made: Arc<AtomicUsize>,
}

impl Line {
    /// Cuts every connection there is; new ones can be made.
    pub(crate) fn cut(&self) {
        self.cut.notify_waiters();
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.made.load(Ordering::SeqCst)
    }
}
