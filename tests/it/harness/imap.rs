//! Real mailboxes on the Dovecot that `tests/run` starts: a client that puts mail in with its own arrival time, as other
//! people's mail programs would, and looks at what became of it.

use async_imap::{Client, Session};
use dutyclerk::casework::{MailboxId, Redacted};
use dutyclerk::inbound::mailbox::{ImapSettings, Mailbox, Source, Tls};
use futures_util::TryStreamExt;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// What `tests/servers/dovecot.sh` said of the running server.
#[derive(Clone, Debug)]
pub(crate) struct Dovecot {
    pub(crate) imaps: u16,
    pub(crate) imap: u16,
    pub(crate) ca: PathBuf,
    pub(crate) mail: PathBuf,
}

impl Dovecot {
    /// The one `tests/run` started. Without it the test fails: a test with the feature `servers` never skips.
    pub(crate) fn running() -> Self {
        let told = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run tests/run"));
        Self {
            imaps: told("DUTYCLERK_TEST_IMAPS").parse().unwrap(),
            imap: told("DUTYCLERK_TEST_IMAP").parse().unwrap(),
            ca: told("DUTYCLERK_TEST_CA").into(),
            mail: told("DUTYCLERK_TEST_MAIL").into(),
        }
    }

    /// A server of the test's own, to be stopped and started. It ends with what is returned beside it.
    pub(crate) fn own(extra: &str) -> (Self, OwnServer) {
        let own = OwnServer::in_its_folder("dovecot", extra);
        let told = own.start();
        let dovecot = Self {
            imaps: told["DUTYCLERK_TEST_IMAPS"].parse().unwrap(),
            imap: told["DUTYCLERK_TEST_IMAP"].parse().unwrap(),
            ca: told["DUTYCLERK_TEST_CA"].clone().into(),
            mail: told["DUTYCLERK_TEST_MAIL"].clone().into(),
        };
        (dovecot, own)
    }

    /// How the program is to reach a user's mailbox.
    pub(crate) fn settings(&self, user: &str) -> ImapSettings {
        let password = Redacted::new("secret".to_owned());
        let settings = ImapSettings::new("localhost".to_owned(), self.imaps, Tls::Implicit, user.to_owned(), password);
        ImapSettings { ca_file: Some(self.ca.clone()), ..settings }
    }

    /// A user's mailbox as the daemon has it; within a runtime.
    pub(crate) fn source(&self, id: &str, user: &str) -> Source {
        Source::Live(Mailbox::on_server(MailboxId::from(id), self.settings(user), Arc::new(Notify::new())))
    }

    /// Puts a message into a user's INBOX that arrived then. Dovecot takes no date from APPEND that lies after its own
    /// clock: a message of a day to come is delivered into the Maildir, as a delivery agent does, and its file bears the
    /// date.
    pub(crate) async fn deliver(&self, person: &mut Person, user: &str, arrived_at: Timestamp, bytes: &[u8]) {
        let now = dutyclerk::clock::Clock::System.now();
        if arrived_at <= now {
            return person.append(arrived_at, bytes).await;
        }
        let maildir = self.mail.join(user);
        let owner = std::fs::metadata(&self.mail).unwrap();
        let own =
            |path: &std::path::Path| std::os::unix::fs::chown(path, Some(owner.uid()), Some(owner.gid())).unwrap();
        for folder in ["", "cur", "new", "tmp"] {
            let folder = maildir.join(folder);
            if !folder.exists() {
                std::fs::create_dir_all(&folder).unwrap();
                own(&folder);
            }
        }
        let name = format!("{}.{}.story", arrived_at.as_second(), super::servers::unique());
        let written = maildir.join("tmp").join(&name);
        let mut file = std::fs::File::create(&written).unwrap();
        file.write_all(bytes).unwrap();
        file.set_modified(arrived_at.into()).unwrap();
        own(&written);
        std::fs::rename(&written, maildir.join("new").join(&name)).unwrap();
    }

    /// Somebody else at the mailbox.
    pub(crate) async fn person(&self, user: &str) -> Person {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&self.ca).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let tcp = TcpStream::connect(("127.0.0.1", self.imaps)).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap();
        let mut client = Client::new(tls);
        client.read_response().await.unwrap();
        let session = client.login(user, "secret").await.map_err(|(error, _)| error).unwrap();
        Person { session }
    }
}

pub(crate) struct Person {
    session: Session<TlsStream<TcpStream>>,
}

impl Person {
    /// Puts a message into INBOX as if it had arrived then.
    pub(crate) async fn append(&mut self, arrived_at: Timestamp, bytes: &[u8]) {
        self.append_to("INBOX", arrived_at, bytes).await;
    }

    pub(crate) async fn append_to(&mut self, folder: &str, arrived_at: Timestamp, bytes: &[u8]) {
        let date = arrived_at.to_zoned(TimeZone::UTC).strftime("\"%d-%b-%Y %H:%M:%S +0000\"").to_string();
        let mut tries = 0;
        while let Err(refused) = self.session.append(folder, None, Some(&date), bytes).await {
            tries += 1;
            assert!(tries < 50 && refused.to_string().contains("deleted under us"), "{refused}");
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    }

    /// How many messages lie in a folder, and how many of them are marked as read.
    pub(crate) async fn count(&mut self, folder: &str) -> (usize, usize) {
        if self.session.select(folder).await.is_err() {
            return (0, 0);
        }
        let all = self.session.uid_search("ALL").await.unwrap().len();
        (all, self.session.uid_search("SEEN").await.unwrap().len())
    }

    /// Opens every message of INBOX, as a mail program does for its user.
    pub(crate) async fn read_all(&mut self) {
        self.session.select("INBOX").await.unwrap();
        let _read: Vec<_> = self.session.uid_fetch("1:*", "BODY[]").await.unwrap().try_collect().await.unwrap();
    }

    /// Marks one message of INBOX as deleted, as mail programs do.
    pub(crate) async fn mark_deleted(&mut self, uid: u32) {
        self.session.select("INBOX").await.unwrap();
        let flags = self.session.uid_store(uid.to_string(), "+FLAGS (\\Deleted)").await.unwrap();
        let _marked: Vec<_> = flags.try_collect().await.unwrap();
    }

    pub(crate) async fn create(&mut self, folder: &str) {
        self.session.create(folder).await.unwrap();
    }

    pub(crate) async fn delete(&mut self, folder: &str) {
        self.session.delete(folder).await.unwrap();
    }

    /// Moves everything from one folder to another.
    pub(crate) async fn move_all(&mut self, from: &str, to: &str) {
        self.session.select(from).await.unwrap();
        self.session.uid_mv("1:*", to).await.unwrap();
    }
}

/// A server of the test's own, stopped when dropped.
pub(crate) struct OwnServer {
    name: &'static str,
    folder: Arc<tempfile::TempDir>,
    extra: String,
}

impl OwnServer {
    fn in_its_folder(name: &'static str, extra: &str) -> Self {
        let folder = tempfile::Builder::new().prefix(name).tempdir().unwrap();
        Self { name, folder: Arc::new(folder), extra: extra.to_owned() }
    }

    /// Another one in the same folder.
    pub(super) fn beside(&self, name: &'static str, extra: &str) -> Self {
        Self { name, folder: self.folder.clone(), extra: extra.to_owned() }
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts it; what its script says of it, by name.
    pub(crate) fn start(&self) -> BTreeMap<String, String> {
        let told = self.script("start");
        let lines = told.lines().filter_map(|line| line.split_once('='));
        lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    pub(crate) fn stop(&self) {
        self.script("stop");
    }

    fn script(&self, action: &str) -> String {
        let script = format!("{}/tests/servers/{}.sh", env!("CARGO_MANIFEST_DIR"), self.name);
        let done = std::process::Command::new(script)
            .arg(action)
            .arg(self.folder())
            .env(format!("{}_EXTRA", self.name.to_uppercase()), &self.extra)
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        self.stop();
    }
}
