//! PostgreSQL: a server that several hosts may share.
//!
//! # One writer at a time
//!
//! A transaction that writes takes one advisory lock first and keeps it until it ends; the next one waits for it, 30 seconds
//! at most. SERIALIZABLE would let writers overlap and then refuse some at commit, and every caller would have to be able to
//! decide again from the start: with mail frozen, numbers drawn and a journal chained line to line, each two transactions
//! conflict anyway. So they queue, as on SQLite, and READ COMMITTED suffices: whoever holds the lock sees every statement of
//! the one before and nothing else moves. Reading waits for nobody.
//!
//! A program that stops in the middle (paused, its host asleep, its network gone) must not keep everybody waiting: the server
//! ends a transaction that says nothing for [`IDLE`], and what the program wants to commit later fails as a lost connection.

use super::{Engine, Pools, READERS, Trouble, WAIT};
use crate::store::server::{Server, loggable};
use crate::store::{StoreError, StoreSettings};
use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, ConnectOptions, Connection, Executor};
use std::time::Duration;

pub(super) const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
pub(super) const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// Advisory locks are a database's own; the number is ours ("duty" in ASCII). Let go by the transaction's end, however it
/// ends.
pub(super) const LOCK: &str = "SELECT pg_advisory_xact_lock(1685419129)";
/// A transaction may say nothing for so long. Ours wait for nothing but the database between two statements.
const IDLE: Duration = Duration::from_secs(15);
/// One connecting is tried for so long.
const CONNECTING: Duration = Duration::from_secs(15);

/// By SQLSTATE (PostgreSQL 15 documentation, appendix A).
pub(super) fn trouble(code: &str) -> Trouble {
    match code {
        // lock_not_available, serialization_failure, deadlock_detected, query_canceled, too_many_connections
        "55P03" | "40001" | "40P01" | "57014" | "53300" => Trouble::Busy,
        "53100" => Trouble::Full,
        // Shut down, crashed, starting; our own time-out of an idle transaction; a server that only reads, before it is
        // made the one that writes.
        "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "25006" | "58030" => Trouble::Away,
        "28P01" | "28000" => Trouble::Refused("it does not accept this user with this password"),
        "3D000" => Trouble::Refused("it has no database of this name"),
        "42501" => Trouble::Refused("this user may not do what the program needs: make it the database's owner"),
        "3F000" => Trouble::Refused("the user's search_path names no schema to make tables in"),
        code if code.starts_with("08") || code.starts_with("53") => Trouble::Away,
        _ => Trouble::Other,
    }
}

/// No connection to be had within the time is, here, a server that does not answer.
pub(super) fn not_begun(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::PoolTimedOut => StoreError::Unreachable(error),
        other => other.into(),
    }
}

pub(super) async fn connect(settings: &StoreSettings, server: &Server) -> Result<Pools, StoreError> {
    let options = server.options()?.disable_statement_logging();
    let set = format!(
        "SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {}; SET client_min_messages = warning; \
         SET synchronous_commit = {};",
        WAIT.as_millis(),
        IDLE.as_millis(),
        if settings.durable { "on" } else { "off" }
    );
    // One connection by itself first: a pool would try again and again what can never go well.
    let connecting = tokio::time::timeout(CONNECTING, AnyConnection::connect_with(&options)).await;
    let mut first = connecting
        .map_err(|_| StoreError::Unreachable(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())))?
        .map_err(refused)?;
    let encoding: String = sqlx::query_scalar("SHOW server_encoding").fetch_one(&mut first).await?;
    first.close().await?;
    if encoding != "UTF8" {
        let reason = "the database's encoding is not UTF8: make it with CREATE DATABASE … ENCODING 'UTF8'";
        return Err(StoreError::Refused { reason, source: None });
    }
    tracing::debug!(server = %loggable(server), "connected to PostgreSQL");
    let pool = |connections: u32| {
        let set = set.clone();
        AnyPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(WAIT)
            .test_before_acquire(false)
            .max_lifetime(None)
            .after_connect(move |connection, _| {
                let set = set.clone();
                Box::pin(async move {
                    connection.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(set))).await?;
                    Ok(())
                })
            })
    };
    let write = pool(1).idle_timeout(None).connect_with(options.clone()).await.map_err(refused)?;
    let read = pool(READERS).connect_lazy_with(options);
    Ok(Pools { engine: Engine::Postgres, alone: false, write, read })
}

/// At the first connecting, what is wrong with the certificate is wrong with the configuration.
fn refused(error: sqlx::Error) -> StoreError {
    // A certificate that will not do comes as an I/O error of this kind.
    let certificate = matches!(&error, sqlx::Error::Io(io) if io.kind() == std::io::ErrorKind::InvalidData);
    match &error {
        _ if certificate || matches!(&error, sqlx::Error::Tls(_)) => StoreError::Refused {
            reason: "the encrypted connection failed: its certificate must bear the host's name and be issued by an \
                     authority that is trusted here (database_ca_file)",
            source: Some(error),
        },
        sqlx::Error::PoolTimedOut => StoreError::Unreachable(error),
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_pass_are_tried_again_and_those_a_person_must_see_to_are_not() {
        for (code, expected) in [
            ("55P03", Trouble::Busy),
            ("40P01", Trouble::Busy),
            ("53300", Trouble::Busy),
            ("53100", Trouble::Full),
            ("57P01", Trouble::Away),
            ("57P03", Trouble::Away),
            ("25P03", Trouble::Away),
            ("08006", Trouble::Away),
            ("53200", Trouble::Away),
            ("23505", Trouble::Other),
            ("42P01", Trouble::Other),
        ] {
            assert_eq!(super::super::trouble(Some(code)), expected, "{code}");
        }
        for code in ["28P01", "28000", "3D000", "42501", "3F000"] {
            assert!(matches!(super::super::trouble(Some(code)), Trouble::Refused(_)), "{code}");
        }
    }
}
