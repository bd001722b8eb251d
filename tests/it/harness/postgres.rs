//! Databases on the PostgreSQL that `tests/run` starts.

use super::servers::unique;
use dutyclerk::store::Server;
use std::path::Path;
use std::process::Command;

/// What `tests/servers/postgres.sh` said of the running server.
pub(crate) struct Postgres {
    url: String,
}

impl Postgres {
    /// The one `tests/run` started. Without it the test fails: a test with the feature `servers` never skips.
    pub(crate) fn running() -> Self {
        let name = "DUTYCLERK_TEST_POSTGRES";
        Self { url: std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run tests/run")) }
    }

    /// A new, empty database: its URL without the password.
    pub(crate) fn url(&self) -> String {
        let name = format!("s_{}", unique());
        self.sql(&format!("CREATE DATABASE {name}"));
        let (before, rest) = self.url.split_once("://").unwrap();
        let (user, rest) = rest.split_once(':').unwrap();
        let (_, host) = rest.split_once('@').unwrap();
        format!("{before}://{user}@{}/{name}", host.rsplit_once('/').unwrap().0)
    }

    /// The password's file, put into the folder.
    pub(crate) fn password_file(&self, folder: &Path) -> std::path::PathBuf {
        let password = self.url.rsplit_once('@').unwrap().0.rsplit_once(':').unwrap().1;
        let file = folder.join("database-password");
        std::fs::write(&file, password).unwrap();
        file
    }

    /// A new, empty database as the store wants it. Its password's file is put into the folder.
    pub(crate) async fn database(&self, folder: &Path) -> Server {
        let file = self.password_file(folder);
        Server::parse(&self.url()).unwrap().with(Some(file), None)
    }

    fn sql(&self, statement: &str) {
        let run = Command::new("psql").args(["-q", "-X", &self.url, "-c", statement]).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    }
}
