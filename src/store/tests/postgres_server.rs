//! What PostgreSQL alone does: who is let in and how safely, what a lost server or a silent writer comes to, and what stands
//! in the bytes of its data directory.

use super::planted::{PLANTED, leaks, plant};
use super::*;
use crate::casework::MessageRef;
use crate::store::error::Again;
use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, Connection, Executor};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;
use tempfile::TempDir;

type Scratch = scratch::Scratch<true>;

/// A running server.
#[derive(Clone)]
pub(super) struct Running {
    /// With its password, as `tests/servers/postgres.sh` printed it.
    url: String,
    ca: PathBuf,
    data: PathBuf,
}

impl Running {
    /// The one `tests/run` started. Without it the test fails: a test with the feature `servers` never skips.
    pub(super) fn told() -> Self {
        Self::of(|name| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run tests/run")))
    }

    fn of(told: impl Fn(&str) -> String) -> Self {
        Self {
            url: told("DUTYCLERK_TEST_POSTGRES"),
            ca: told("DUTYCLERK_TEST_POSTGRES_CA").into(),
            data: told("DUTYCLERK_TEST_POSTGRES_DATA").into(),
        }
    }

    /// A new, empty database on it. Its password's file is put into the folder.
    pub(super) async fn database(&self, folder: &Path) -> Server {
        let name = format!("t_{}", self.unique());
        self.admin("postgres", &format!("CREATE DATABASE {name}")).await;
        self.server(folder, "127.0.0.1", &name, "")
    }

    fn unique(&self) -> String {
        Chance::system().unwrap().bytes::<8>().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn server(&self, folder: &Path, host: &str, database: &str, parameters: &str) -> Server {
        let (_, password, port) = self.parts();
        let file = folder.join("password");
        std::fs::write(&file, password).unwrap();
        let url = format!("postgres://dutyclerk@{host}:{port}/{database}{parameters}");
        Server::parse(&url).unwrap().with(Some(file), Some(self.ca.clone()))
    }

    fn parts(&self) -> (&str, &str, u16) {
        let (user, rest) = self.url.strip_prefix("postgres://").unwrap().split_once(':').unwrap();
        let (password, rest) = rest.split_once('@').unwrap();
        let port = rest.split_once(':').unwrap().1.split_once('/').unwrap().0;
        (user, password, port.parse().unwrap())
    }

    /// Runs a statement as the server's owner.
    async fn admin(&self, database: &str, sql: &str) {
        sqlx::any::install_default_drivers();
        let mut options = AnyConnectOptions::from_str(&self.url).unwrap();
        options.database_url.set_path(database);
        let mut admin = AnyConnection::connect_with(&options).await.unwrap();
        admin.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()))).await.unwrap();
        admin.close().await.unwrap();
    }
}

/// A server of the test's own.
struct Own {
    folder: TempDir,
    running: Running,
}

impl Own {
    fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("postgres").tempdir().unwrap();
        let told = Self::script(&folder, "start");
        let told = |name: &str| {
            let line = told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.unwrap_or_else(|| panic!("{name} was not printed")).to_owned()
        };
        Self { running: Running::of(told), folder }
    }

    fn script(folder: &TempDir, action: &str) -> String {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/servers/postgres.sh");
        let run = Command::new(script).arg(action).arg(folder.path()).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stdout).unwrap()
    }

    async fn home(&self) -> Home {
        let dir = TempDir::new().unwrap();
        let place = Place::Server(self.running.database(dir.path()).await);
        Home { settings: StoreSettings::new(place), dir }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        Self::script(&self.folder, "stop");
    }
}

fn database_of(home: &Home) -> String {
    let place = home.settings.place.to_string();
    place.rsplit('/').next().unwrap().to_owned()
}

async fn refused(server: Server) -> StoreError {
    let settings = StoreSettings::new(Place::Server(server));
    match Store::open(&settings, master(1), Chance::seeded(1)).await {
        Ok(_) => panic!("it was let in"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn who_is_not_let_in_is_told_so_in_words_and_is_not_tried_again() {
    let (running, dir) = (Running::told(), TempDir::new().unwrap());
    let error = refused(running.server(dir.path(), "127.0.0.1", "no_such_database", "")).await;
    assert!(error.to_string().contains("no database of this name"), "{error}");
    assert_eq!(error.again(), Again::Never);
    let server = running.database(dir.path()).await;
    std::fs::write(dir.path().join("password"), "hunter2").unwrap();
    let error = refused(server).await;
    assert!(error.to_string().contains("user with this password"), "{error}");
    assert_eq!(error.again(), Again::Never);
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_tried_again_later() {
    let dir = TempDir::new().unwrap();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://dutyclerk@127.0.0.1:{port}/dutyclerk");
    let error = refused(Server::parse(&url).unwrap().with(None, None)).await;
    assert!(matches!(error, StoreError::Unreachable(_)), "{error:?}");
    assert_eq!(error.again(), Again::Later);
    drop(dir);
}

#[tokio::test]
async fn an_encrypted_connection_is_made_only_with_the_server_that_was_meant() {
    let (running, dir) = (Running::told(), TempDir::new().unwrap());
    let name = database_of(&Home {
        settings: StoreSettings::new(Place::Server(running.database(dir.path()).await)),
        dir: TempDir::new().unwrap(),
    });
    let server = |host: &str| running.server(dir.path(), host, &name, "?sslmode=verify-full");
    let settings = StoreSettings::new(Place::Server(server("localhost")));
    let store = Store::open(&settings, master(1), Chance::seeded(1)).await.unwrap();
    let ssl = "SELECT CASE WHEN ssl THEN version ELSE 'plain' END FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let version: String = sqlx::query_scalar(ssl).fetch_one(store.read().await.unwrap().db()).await.unwrap();
    assert_eq!(version, "TLSv1.3");
    for (server, why) in [
        (server("127.0.0.1"), "the certificate bears another name"),
        (server("localhost").with(Some(dir.path().join("password")), None), "nobody here trusts its authority"),
    ] {
        let error = refused(server).await;
        assert!(error.to_string().contains("database_ca_file"), "{why}: {error:?}");
        assert_eq!(error.again(), Again::Never);
    }
}

#[tokio::test]
async fn a_durable_store_waits_for_the_disk_and_a_silent_transaction_is_ended_by_the_server() {
    let (running, dir) = (Running::told(), TempDir::new().unwrap());
    let settings = StoreSettings::new(Place::Server(running.database(dir.path()).await));
    let store = Store::open(&settings, master(1), Chance::seeded(1)).await.unwrap();
    let mut tx = store.begin(at(0)).await.unwrap();
    for (shown, expected) in [
        ("SHOW synchronous_commit", "on"),
        ("SHOW fsync", "on"),
        ("SHOW idle_in_transaction_session_timeout", "15s"),
        ("SHOW lock_timeout", "30s"),
        ("SHOW transaction_isolation", "read committed"),
    ] {
        let value: String = sqlx::query_scalar(shown).fetch_one(tx.db()).await.unwrap();
        assert_eq!(value, expected, "{shown}");
    }
    let mut view = store.read().await.unwrap();
    let isolation: String = sqlx::query_scalar("SHOW transaction_isolation").fetch_one(view.db()).await.unwrap();
    assert_eq!(isolation, "repeatable read");
}

/// What a pause beyond the server's patience, a cut wire or an administrator does to a transaction under way.
#[tokio::test]
async fn a_transaction_the_server_ended_commits_nothing_and_the_next_one_goes_well() {
    let running = Running::told();
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    accept_one(&mut tx, 1, "a").await;
    let pid: i64 = sqlx::query_scalar("SELECT CAST(pg_backend_pid() AS BIGINT)").fetch_one(tx.db()).await.unwrap();
    running.admin("postgres", &format!("SELECT CAST(pg_terminate_backend({pid}) AS TEXT)")).await;
    let error = tx.commit().await.unwrap_err();
    assert!(matches!(error, StoreError::Unreachable(_)), "{error:?}");
    assert_eq!(error.again(), Again::Later);
    let mut tx = scratch.begin().await;
    assert_eq!(accept_one(&mut tx, 1, "a").await.number, MessageRef(1), "nothing was left behind");
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_server_that_was_restarted_is_found_again_with_everything_committed() {
    let own = Own::start();
    let home = own.home().await;
    let store = open(&home, 1).await.unwrap();
    let mut tx = store.begin(at(0)).await.unwrap();
    accept_one(&mut tx, 1, "a").await;
    tx.commit().await.unwrap();
    assert_eq!(store.read().await.unwrap().counts(at(0)).await.unwrap().messages["received"], 1);
    Own::script(&own.folder, "stop");
    let Err(error) = store.begin(at(0)).await else { panic!("there is no server") };
    assert!(matches!(error, StoreError::Unreachable(_)), "{error:?}");
    Own::script(&own.folder, "start");
    // Connections of before the restart are found to be dead one by one.
    let mut tries = 0;
    let mut tx = loop {
        match store.begin(at(0)).await {
            Ok(tx) => break tx,
            Err(error) => assert_eq!(error.again(), Again::Later, "{error:?}"),
        }
        tries += 1;
        assert!(tries < 5);
    };
    accept_one(&mut tx, 2, "b").await;
    tx.commit().await.unwrap();
    let mut view = loop {
        tries += 1;
        assert!(tries < 10);
        if let Ok(mut view) = store.read().await
            && let Ok(counts) = view.counts(at(0)).await
        {
            assert_eq!(counts.messages["received"], 2);
            break view;
        }
    };
    assert_eq!(view.raw(MessageRef(1)).await.unwrap(), b"a");
}

#[tokio::test]
async fn planted_names_numbers_and_addresses_stand_in_no_byte_of_the_data_directory() {
    let own = Own::start();
    let home = own.home().await;
    let store = open(&home, 1).await.unwrap();
    let mut tx = store.begin(at(0)).await.unwrap();
    plant(&mut tx).await;
    tx.commit().await.unwrap();
    own.running.admin("postgres", "CHECKPOINT").await;
    let folder = own.folder.path().join("postgres");
    assert!(own.running.data.starts_with(&folder) && own.running.data.join("pg_wal").is_dir());
    assert_eq!(leaks(&folder), Vec::<String>::new());
    let raw = store.read().await.unwrap().raw(MessageRef(1)).await.unwrap();
    assert!(PLANTED.iter().all(|planted| String::from_utf8_lossy(&raw).contains(planted)), "it is all there, sealed");
    // And the search finds what is not sealed.
    let mut tx = store.begin(at(0)).await.unwrap();
    tx.set_setting("a", "about Zoe Marker").await.unwrap();
    tx.commit().await.unwrap();
    assert!(!leaks(&folder).is_empty());
}

/// The WAL keeps it until its segments are written over; `docs/OPERATING.md` says so.
#[tokio::test]
async fn a_shredded_key_leaves_the_databases_files() {
    let own = Own::start();
    let home = own.home().await;
    let store = open(&home, 1).await.unwrap();
    let mut tx = store.begin(at(0)).await.unwrap();
    let message = accept_one(&mut tx, 1, "body").await;
    tx.commit().await.unwrap();
    let mut tx = store.begin(at(0)).await.unwrap();
    let key = message.key().unwrap().id();
    let row = sql!("SELECT wrapped FROM data_keys WHERE id = $1", key.to_string()).fetch_one(tx.db()).await.unwrap();
    let wrapped = crate::store::row::Columns::bytes(&row, "wrapped").unwrap();
    let end = wrapped[wrapped.len() - 32..].to_vec();
    let stands = || {
        let mut folders = vec![own.running.data.join("base")];
        while let Some(folder) = folders.pop() {
            for file in std::fs::read_dir(folder).unwrap() {
                let path = file.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let bytes = std::fs::read(&path).unwrap();
                    let mut starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == end[0]);
                    if starts.any(|(at, _)| bytes[at..].starts_with(&end)) {
                        return true;
                    }
                }
            }
        }
        false
    };
    tx.commit().await.unwrap();
    own.running.admin("postgres", "CHECKPOINT").await;
    assert!(stands());
    let mut tx = store.begin(at(0)).await.unwrap();
    tx.shred(key).await.unwrap();
    tx.commit().await.unwrap();
    store.checkpoint().await.unwrap();
    own.running.admin("postgres", "CHECKPOINT").await;
    assert!(!stands());
}
