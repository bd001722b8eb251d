//! The server mail is submitted to: since when it fails. The absence of it is an alarm, as with a mailbox.

use super::row::{Columns, us};
use super::{StoreError, Tx, View};
use jiff::Timestamp;

/// The server as it was last met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmissionServer {
    /// When it was last tried.
    pub tried_at: Timestamp,
    /// When it last did what was asked.
    pub done_at: Option<Timestamp>,
    /// Since when it has not; none while it does.
    pub failing_at: Option<Timestamp>,
    /// Tries that failed since.
    pub failures: i64,
    /// Why the last one failed: a code, never a person.
    pub last_error: Option<String>,
    /// When a person was told of it.
    pub alerted_at: Option<Timestamp>,
}

impl View {
    /// The server; none before it was first tried.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn submission_server(&mut self) -> Result<Option<SubmissionServer>, StoreError> {
        let row = sql!(
            "SELECT tried_at, done_at, failing_at, failures, last_error, alerted_at FROM submission WHERE id = 'server'"
        );
        let row = row.fetch_optional(self.db()).await?;
        row.map(|row| {
            Ok(SubmissionServer {
                tried_at: row.time("tried_at")?,
                done_at: row.time_or("done_at")?,
                failing_at: row.time_or("failing_at")?,
                failures: row.int("failures")?,
                last_error: row.text_or("last_error")?,
                alerted_at: row.time_or("alerted_at")?,
            })
        })
        .transpose()
    }
}

impl Tx {
    /// The server did what was asked, now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn submission_done(&mut self) -> Result<(), StoreError> {
        let now = us(self.now());
        sql!(
            "INSERT INTO submission (id, tried_at, done_at, failures) VALUES ('server', $1, $1, 0) \
             ON CONFLICT (id) DO UPDATE SET tried_at = excluded.tried_at, done_at = excluded.done_at, failing_at = NULL, \
             failures = 0, last_error = NULL, alerted_at = NULL",
            now
        )
        .execute(self.db())
        .await?;
        Ok(())
    }

    /// It failed now; `error` is a code and names nobody.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn submission_failed(&mut self, error: &str) -> Result<(), StoreError> {
        let now = us(self.now());
        sql!(
            "INSERT INTO submission (id, tried_at, failing_at, failures, last_error) VALUES ('server', $1, $1, 1, $2) \
             ON CONFLICT (id) DO UPDATE SET tried_at = excluded.tried_at, \
             failing_at = COALESCE(submission.failing_at, excluded.failing_at), failures = submission.failures + 1, \
             last_error = excluded.last_error",
            now,
            error
        )
        .execute(self.db())
        .await?;
        Ok(())
    }

    /// A person was told now that it fails.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn submission_alerted(&mut self) -> Result<(), StoreError> {
        let now = us(self.now());
        sql!("UPDATE submission SET alerted_at = $1 WHERE id = 'server'", now).execute(self.db()).await?;
        Ok(())
    }
}
