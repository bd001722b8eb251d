//! Duty mailboxes: when each was last swept. The absence of a successful sweep is an alarm of its own, and a pack waits
//! for one begun after the cut-off (invariant 11).

use super::row::{Columns, Into, insert, us};
use super::{StoreError, Tx, View};
use crate::casework::MailboxId;
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// A mailbox as last swept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// Which.
    pub id: MailboxId,
    /// Its UIDVALIDITY as last seen.
    pub epoch: Option<i64>,
    /// When the last sweep began, whether or not it succeeded.
    pub tried_at: Option<Timestamp>,
    /// When the last successful sweep began.
    pub sweep_began_at: Option<Timestamp>,
    /// When it finished.
    pub sweep_finished_at: Option<Timestamp>,
    /// Sweeps that failed since.
    pub failures: i64,
    /// Why the last one failed: a code, never a person.
    pub last_error: Option<String>,
    /// When a person was last alerted about it.
    pub alerted_at: Option<Timestamp>,
    /// When the first of the failures since the last success was.
    pub failed_since: Option<Timestamp>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, epoch, tried_at, sweep_began_at, sweep_finished_at, failures, last_error, alerted_at, \
             failed_since FROM mailboxes ",
            $rest
        )
    };
}

impl View {
    /// Every mailbox that was ever swept, by id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mailboxes(&mut self) -> Result<Vec<Mailbox>, StoreError> {
        let rows = sql!(select!("ORDER BY id")).fetch_all(self.db()).await?;
        rows.iter().map(mailbox_of).collect()
    }

    /// One mailbox; none before its first sweep.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mailbox(&mut self, id: &MailboxId) -> Result<Option<Mailbox>, StoreError> {
        let row = sql!(select!("WHERE id = $1"), id.as_str()).fetch_optional(self.db()).await?;
        row.as_ref().map(mailbox_of).transpose()
    }
}

impl Tx {
    /// Sweeps of these mailboxes (with their UIDVALIDITY), begun at `began`, have finished now and everything they saw is
    /// committed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweeps_finished(
        &mut self,
        mailboxes: &[(&MailboxId, i64)],
        began: Timestamp,
    ) -> Result<(), StoreError> {
        let (began, now) = (us(began), us(self.now()));
        let into = Into {
            table: "mailboxes (id, epoch, tried_at, sweep_began_at, sweep_finished_at, failures)",
            columns: 6,
            conflict: "ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, tried_at = excluded.tried_at, \
                       sweep_began_at = excluded.sweep_began_at, sweep_finished_at = excluded.sweep_finished_at, \
                       failures = 0, last_error = NULL, alerted_at = NULL, failed_since = NULL",
        };
        insert(self.db(), into, mailboxes, |query, (id, epoch)| {
            query.bind(id.to_string()).bind(*epoch).bind(began).bind(began).bind(now).bind(0_i64)
        })
        .await
    }

    /// A sweep that began at `began` failed; `error` is a code and names nobody.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweep_failed(&mut self, id: &MailboxId, began: Timestamp, error: &str) -> Result<(), StoreError> {
        sql!(
            "INSERT INTO mailboxes (id, tried_at, failures, last_error, failed_since) VALUES ($1, $2, 1, $3, $2) \
             ON CONFLICT (id) DO UPDATE SET tried_at = excluded.tried_at, failures = mailboxes.failures + 1, \
             last_error = excluded.last_error, \
             failed_since = COALESCE(mailboxes.failed_since, excluded.failed_since)",
            id.as_str(),
            us(began),
            error
        )
        .execute(self.db())
        .await?;
        Ok(())
    }

    /// A person was alerted now that the mailbox is not being swept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mailbox_alerted(&mut self, id: &MailboxId) -> Result<(), StoreError> {
        let now = us(self.now());
        sql!("UPDATE mailboxes SET alerted_at = $2 WHERE id = $1", id.as_str(), now).execute(self.db()).await?;
        Ok(())
    }
}

fn mailbox_of(row: &AnyRow) -> Result<Mailbox, StoreError> {
    Ok(Mailbox {
        id: row.name("id")?,
        epoch: row.int_or("epoch")?,
        tried_at: row.time_or("tried_at")?,
        sweep_began_at: row.time_or("sweep_began_at")?,
        sweep_finished_at: row.time_or("sweep_finished_at")?,
        failures: row.int("failures")?,
        last_error: row.text_or("last_error")?,
        alerted_at: row.time_or("alerted_at")?,
        failed_since: row.time_or("failed_since")?,
    })
}
