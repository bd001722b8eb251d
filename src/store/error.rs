use super::engine;
use crate::seal::SealError;
use std::path::PathBuf;

/// Whether trying the same thing again may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// Nothing was committed; it may go well next time.
    Later,
    /// It will not, until a person has done something.
    Never,
}

/// What the store could not do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another writer held the database longer than the store waits.
    #[error("the database is busy: another program has been writing to it for too long")]
    Busy(#[source] sqlx::Error),
    /// The disk is full.
    #[error("the disk is full: free some space; until then mail stays in its mailbox and nothing is sent")]
    DiskFull(#[source] sqlx::Error),
    /// The server is away, or ended the connection.
    #[error(
        "the database server cannot be reached, or ended the connection; until it is back mail stays in its mailbox"
    )]
    Unreachable(#[source] sqlx::Error),
    /// The server will have none of it until a person has done something.
    #[error("the database server refuses: {reason}")]
    Refused {
        /// Why, and what to do.
        reason: &'static str,
        /// What it said, where it said something.
        #[source]
        source: Option<sqlx::Error>,
    },
    /// Another program does this now; what this one had in hand is not written.
    #[error("another dutyclerk has taken over: this one was silent for longer than its lease")]
    TakenOver,
    /// The database failed otherwise. SQL and bound values never stand in the text.
    #[error("the database failed: {0}")]
    Database(#[source] sqlx::Error),
    /// The file cannot be used.
    #[error("cannot use {}: {reason}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// There is no store there.
    #[error("there is no store in {place} yet")]
    NotMade {
        /// Where it was looked for.
        place: String,
    },
    /// A newer program made the database.
    #[error("this database was made by a newer dutyclerk (schema {found}, this program knows {known}): use that one")]
    NewerSchema {
        /// Its schema.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// A migration that has been applied reads otherwise now.
    #[error("migration {version} was applied to this database with another text: this is not the program that made it")]
    OtherSchema {
        /// Which.
        version: i64,
    },
    /// The master key is not the one the database was made with.
    #[error("this database was made with another master key ({made_with}): give the right key file")]
    WrongKey {
        /// The id of the right one.
        made_with: String,
    },
    /// A sealed column did not open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A column holds what no program of ours wrote there.
    #[error("the database is damaged: {table}.{column} holds something unreadable")]
    Damaged {
        /// Of this table, where known.
        table: &'static str,
        /// This column.
        column: String,
    },
    /// Something named by reference is not there.
    #[error("there is no {what}")]
    Missing {
        /// What was looked for.
        what: String,
    },
}

impl StoreError {
    /// Whether to try again. What is not known to be hopeless is worth another try.
    pub fn again(&self) -> Again {
        match self {
            Self::Busy(_) | Self::DiskFull(_) | Self::Unreachable(_) | Self::TakenOver | Self::Database(_) => {
                Again::Later
            }
            Self::File { .. }
            | Self::Refused { .. }
            | Self::NotMade { .. }
            | Self::NewerSchema { .. }
            | Self::OtherSchema { .. }
            | Self::WrongKey { .. }
            | Self::Seal(_)
            | Self::Damaged { .. }
            | Self::Missing { .. } => Again::Never,
        }
    }

    pub(super) fn missing(what: impl std::fmt::Display) -> Self {
        Self::Missing { what: what.to_string() }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut => Self::Busy(error),
            sqlx::Error::Database(inner) => match engine::trouble(inner.code().as_deref()) {
                engine::Trouble::Busy => Self::Busy(error),
                engine::Trouble::Full => Self::DiskFull(error),
                engine::Trouble::Away => Self::Unreachable(error),
                engine::Trouble::Refused(reason) => Self::Refused { reason, source: Some(error) },
                engine::Trouble::Other => Self::Database(error),
            },
            // A file has no wire: SQLite's own I/O errors come as codes.
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::BeginFailed => Self::Unreachable(error),
            sqlx::Error::ColumnDecode { index, .. } => Self::Damaged { table: "a row", column: index.clone() },
            _ => Self::Database(error),
        }
    }
}
