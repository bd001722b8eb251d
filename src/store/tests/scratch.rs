//! A store of a test's own.

use super::*;
use crate::store::engine::Engine;
use tempfile::TempDir;

/// Where a test's store is; a folder goes with it, a database with the server.
pub(super) struct Home {
    pub(super) settings: StoreSettings,
    pub(super) dir: TempDir,
}

/// A store in a home of its own, on PostgreSQL or on SQLite.
pub(super) struct Scratch<const ON_POSTGRES: bool> {
    pub(super) store: Store,
    pub(super) home: Home,
}

impl<const ON_POSTGRES: bool> Scratch<ON_POSTGRES> {
    pub(super) async fn new() -> Self {
        let home = Home::new(ON_POSTGRES).await;
        let store = open(&home, 1).await.unwrap();
        let expected = if ON_POSTGRES { Engine::Postgres } else { Engine::Sqlite };
        assert_eq!(store.shared.pools.engine, expected);
        let version = store.engine().await.unwrap();
        assert!(version.starts_with(if ON_POSTGRES { "PostgreSQL" } else { "SQLite" }), "{version}");
        // Whoever reads the test's output sees which engine it was.
        println!("on {version}");
        Self { store, home }
    }

    pub(super) async fn begin(&self) -> Tx {
        self.store.begin(at(0)).await.unwrap()
    }

    pub(super) async fn read(&self) -> View {
        self.store.read().await.unwrap()
    }

    /// Runs raw SQL on the database, as somebody with the file or the password could.
    pub(super) async fn tamper(&self, sql: &'static str) {
        let mut tx = self.begin().await;
        sqlx::raw_sql(sql).execute(tx.db()).await.unwrap();
        tx.commit().await.unwrap();
    }
}

impl Home {
    pub(super) async fn new(on_postgres: bool) -> Self {
        let dir = TempDir::new().unwrap();
        if !on_postgres {
            return Self { settings: StoreSettings::scratch(dir.path().join("it's a store.db")), dir };
        }
        #[cfg(feature = "servers")]
        {
            let place = super::postgres_server::Running::told().database(dir.path()).await;
            Self { settings: StoreSettings { durable: false, ..StoreSettings::new(Place::Server(place)) }, dir }
        }
        #[cfg(not(feature = "servers"))]
        panic!("PostgreSQL is for the feature `servers`")
    }
}

pub(super) async fn open(home: &Home, seed: u64) -> Result<Store, StoreError> {
    Store::open(&home.settings, master(seed), Chance::seeded(seed + 1000)).await
}
