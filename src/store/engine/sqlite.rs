//! SQLite: one file beside the program, one writer at a time by BEGIN IMMEDIATE.

use super::{Engine, Pools, READERS, Trouble, WAIT};
use crate::store::{StoreError, StoreSettings};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, ConnectOptions, Connection, Executor};
use std::path::Path;
use std::str::FromStr;

/// By the primary result code, which is the low byte of the extended one.
pub(super) fn trouble(code: &str) -> Trouble {
    match code.parse::<i64>().map(|code| code & 0xff) {
        Ok(5 | 6) => Trouble::Busy,
        Ok(13) => Trouble::Full,
        _ => Trouble::Other,
    }
}

/// Connects to the file, which exists.
pub(super) async fn connect(settings: &StoreSettings, path: &Path) -> Result<Pools, StoreError> {
    let options = AnyConnectOptions::from_str(&url_of(path)?)?.disable_statement_logging();
    let synchronous = if settings.durable { "FULL" } else { "OFF" };
    // secure_delete: what is deleted or shredded is overwritten in the file too. Nobody keeps a rehearsal's key.
    let (journal, cache, secure_delete, locking) =
        if settings.alone { ("memory", -65536, "OFF", "EXCLUSIVE") } else { ("wal", -16384, "ON", "NORMAL") };
    let pragmas = format!(
        "PRAGMA busy_timeout = {}; PRAGMA synchronous = {synchronous}; PRAGMA foreign_keys = ON; \
         PRAGMA temp_store = MEMORY; PRAGMA secure_delete = {secure_delete}; PRAGMA journal_size_limit = 67108864; \
         PRAGMA cache_size = {cache}; PRAGMA wal_autocheckpoint = 4000; PRAGMA locking_mode = {locking}; \
         PRAGMA journal_mode = {journal};",
        WAIT.as_millis()
    );
    // One connection by itself first: a pool would try again and again what can never go well.
    let mut first = AnyConnection::connect_with(&options).await.map_err(|e| unusable(path, e))?;
    let mode = AssertSqlSafe(format!("PRAGMA journal_mode = {journal}"));
    let mode: String = sqlx::query_scalar(mode).fetch_one(&mut first).await.map_err(|e| unusable(path, e))?;
    first.close().await?;
    if mode != journal {
        return Err(StoreError::File { path: path.to_owned(), reason: "this file system cannot hold a WAL".into() });
    }
    let pool = |connections: u32, pragmas: String| {
        AnyPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(WAIT)
            .test_before_acquire(false)
            .max_lifetime(None)
            // SQLite rolls back by itself when the disk is full or fails (SQLITE_FULL, SQLITE_IOERR); the driver's own
            // ROLLBACK is then refused and it counts the transaction as still open. Such a connection is replaced.
            .before_acquire(|connection, _| {
                Box::pin(async move {
                    if connection.is_in_transaction() {
                        connection.ping().await?; // a dropped transaction's ROLLBACK may still be on its way
                    }
                    Ok(!connection.is_in_transaction())
                })
            })
            .after_connect(move |connection, _| {
                let pragmas = pragmas.clone();
                Box::pin(async move {
                    connection.execute(sqlx::raw_sql(AssertSqlSafe(pragmas))).await?;
                    Ok(())
                })
            })
    };
    let write = pool(1, pragmas.clone()).idle_timeout(None).connect_with(options.clone()).await?;
    let read = match settings.alone {
        true => write.clone(),
        false => pool(READERS, format!("{pragmas} PRAGMA query_only = ON;")).connect_lazy_with(options),
    };
    Ok(Pools { engine: Engine::Sqlite, alone: settings.alone, write, read })
}

/// A copy of one state, without what was deleted.
pub(super) async fn copy_into(pool: &AnyPool, path: &Path) -> Result<(), StoreError> {
    let path = path.to_str().ok_or_else(|| not_utf8(path))?;
    sqlx::query("VACUUM INTO $1").bind(path.to_owned()).execute(pool).await?;
    Ok(())
}

fn not_utf8(path: &Path) -> StoreError {
    StoreError::File { path: path.to_owned(), reason: "the path is not UTF-8".into() }
}

/// SQLite's NOTADB, CORRUPT and CANTOPEN say that this is not a file to try again with.
fn unusable(path: &Path, error: sqlx::Error) -> StoreError {
    let code = error.as_database_error().and_then(|e| e.code()).and_then(|code| code.parse::<i64>().ok());
    let reason = match code.map(|code| code & 0xff) {
        Some(26) => "the file is not a database",
        Some(11) => "the file is damaged: restore it from a backup",
        Some(14) => "the file cannot be opened",
        _ => return error.into(),
    };
    StoreError::File { path: path.to_owned(), reason: reason.into() }
}

fn url_of(path: &Path) -> Result<String, StoreError> {
    let text = path.to_str().ok_or_else(|| not_utf8(path))?;
    let mut url = String::from("sqlite://");
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url.push_str("?mode=rw");
    Ok(url)
}
