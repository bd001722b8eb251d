//! What differs between the engines: how to connect, how a writing transaction begins, what time the database has, and what
//! an error code means. All other SQL is one text for both.
//!
//! Both give the same guarantee: one writer at a time, who sees everything committed before, and a view that sees one state.
//! SQLite gives it by BEGIN IMMEDIATE and its WAL. On PostgreSQL a writer takes an advisory lock as its first act
//! ([`postgres`] says why that and not SERIALIZABLE), and a view is a REPEATABLE READ, READ ONLY transaction.

mod sqlite;
mod postgres;

use super::{Place, StoreError, StoreSettings};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Executor, Transaction};
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::time::Duration;

/// How long a writer waits for another before the store gives up as busy.
const WAIT: Duration = Duration::from_secs(30);
/// Connections that read.
const READERS: u32 = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// Asks the engine who it is.
    pub(super) const fn version(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT 'SQLite ' || sqlite_version() AS version",
            Self::Postgres => "SELECT version() AS version",
        }
    }

    /// The database's own time in microseconds UTC, for leases: an expression, moving on within a transaction.
    pub(super) const fn now(self) -> &'static str {
        match self {
            Self::Sqlite => "CAST(unixepoch('subsec') * 1000000 AS BIGINT)",
            Self::Postgres => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
        }
    }
}

/// What kind of trouble an error code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Somebody else is at it.
    Busy,
    /// No space.
    Full,
    /// The server is away, or ended the connection.
    Away,
    /// The server will have none of it until a person has done something.
    Refused(&'static str),
    /// Anything else.
    Other,
}

/// PostgreSQL's codes are five characters (SQLSTATE), SQLite's at most four digits.
pub(super) fn trouble(code: Option<&str>) -> Trouble {
    match code {
        Some(code) if code.len() == 5 => postgres::trouble(code),
        Some(code) => sqlite::trouble(code),
        None => Trouble::Other,
    }
}

/// One connection that writes, so that the program's own tasks queue in fair order and only other programs contend; and a
/// few that read.
pub(super) struct Pools {
    pub(super) engine: Engine,
    /// One connection does everything, one thing after the other: a view needs no transaction to see one state.
    pub(super) alone: bool,
    pub(super) write: AnyPool,
    pub(super) read: AnyPool,
}

/// What a view or a transaction speaks to.
pub(super) enum Connection {
    /// A transaction.
    Within(Transaction<'static, Any>),
    /// The only connection there is, which nobody else writes through meanwhile.
    Alone(PoolConnection<Any>),
}

impl Connection {
    /// Takes back what was written.
    pub(super) async fn rollback(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Within(transaction) => transaction.rollback().await,
            Self::Alone(_) => Ok(()),
        }
    }

    /// Commits what was written; nothing can be where there is no transaction.
    pub(super) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Within(transaction) => transaction.commit().await,
            Self::Alone(_) => Ok(()),
        }
    }
}

impl Deref for Connection {
    type Target = AnyConnection;
    fn deref(&self) -> &AnyConnection {
        match self {
            Self::Within(transaction) => transaction,
            Self::Alone(connection) => connection,
        }
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        match self {
            Self::Within(transaction) => transaction,
            Self::Alone(connection) => connection,
        }
    }
}

/// Connects; a file exists already.
pub(super) async fn connect(settings: &StoreSettings) -> Result<Pools, StoreError> {
    sqlx::any::install_default_drivers();
    match &settings.place {
        Place::File(path) => sqlite::connect(settings, path).await,
        Place::Server(server) => postgres::connect(settings, server).await,
    }
}

impl Pools {
    /// Begins a transaction that will write: the only one until it ends.
    pub(super) async fn begin_write(&self) -> Result<Connection, StoreError> {
        Ok(Connection::Within(match self.engine {
            // IMMEDIATE, because a transaction that reads first and writes later can fail as locked whatever the time-out
            // (measured: 34 of 200).
            Engine::Sqlite => self.write.begin_with("BEGIN IMMEDIATE").await?,
            Engine::Postgres => {
                let mut db = self.write.begin_with(postgres::BEGIN_WRITE).await.map_err(postgres::not_begun)?;
                // A statement of its own: should the wait be in vain, dropping the transaction takes it back.
                db.execute(sqlx::raw_sql(postgres::LOCK)).await?;
                db
            }
        }))
    }

    /// A connection that sees one state.
    pub(super) async fn begin_read(&self) -> Result<Connection, StoreError> {
        Ok(match self.engine {
            Engine::Sqlite if self.alone => Connection::Alone(self.read.acquire().await?),
            Engine::Sqlite => Connection::Within(self.read.begin_with("BEGIN").await?),
            Engine::Postgres => {
                let begun = self.read.begin_with(postgres::BEGIN_READ).await;
                Connection::Within(begun.map_err(postgres::not_begun)?)
            }
        })
    }

    /// Writes the database as last committed into an empty file.
    pub(super) async fn copy_into(&self, path: &Path) -> Result<(), StoreError> {
        match self.engine {
            Engine::Sqlite => sqlite::copy_into(&self.write, path).await,
            Engine::Postgres => {
                Err(StoreError::Refused { reason: "its own pg_dump makes copies of a database", source: None })
            }
        }
    }

    /// Takes what was overwritten or shredded out of the database's files as far as the engine can: SQLite writes its WAL
    /// back and empties it; PostgreSQL writes the data keys' table anew, and its WAL and backups keep what they hold until
    /// they are recycled.
    pub(super) async fn checkpoint(&self) -> Result<(), StoreError> {
        self.write
            .execute(sqlx::raw_sql(match self.engine {
                Engine::Sqlite => "PRAGMA wal_checkpoint(TRUNCATE)",
                Engine::Postgres => "VACUUM (FULL, ANALYZE) data_keys",
            }))
            .await?;
        Ok(())
    }
}
