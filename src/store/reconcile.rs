//! What the ledger says a mailbox should hold, to be compared with what its server does (LESSONS A1, A5).

use super::row::{Columns, us};
use super::{StoreError, Tx, View};
use crate::casework::{MailboxId, MessageRef};
use jiff::Timestamp;

/// One occurrence of a message as the ledger has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Which message.
    pub message: MessageRef,
    /// The server's arrival time.
    pub arrived_at: Timestamp,
    /// In bytes.
    pub size: i64,
    /// It was found to be gone from the server before.
    pub gone: bool,
}

impl View {
    /// Every occurrence in a mailbox that arrived since then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn counted(&mut self, mailbox: &MailboxId, since: Timestamp) -> Result<Vec<Counted>, StoreError> {
        let rows = sql!(
            "SELECT o.message, o.arrived_at, o.missing_at, m.size FROM occurrences o \
             JOIN messages m ON m.number = o.message WHERE o.mailbox = $1 AND o.arrived_at >= $2 \
             ORDER BY o.arrived_at, o.message",
            mailbox.as_str(),
            us(since)
        );
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter()
            .map(|row| {
                Ok(Counted {
                    message: MessageRef(row.int("message")?),
                    arrived_at: row.time("arrived_at")?,
                    size: row.int("size")?,
                    gone: row.int_or("missing_at")?.is_some(),
                })
            })
            .collect()
    }

    /// Messages that arrived since then and are gone from the server.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn gone_from(&mut self, mailbox: &MailboxId, since: Timestamp) -> Result<Vec<MessageRef>, StoreError> {
        let rows = sql!(
            "SELECT DISTINCT message FROM occurrences WHERE mailbox = $1 AND arrived_at >= $2 AND missing_at IS NOT NULL \
             ORDER BY message",
            mailbox.as_str(),
            us(since)
        );
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| Ok(MessageRef(row.int("message")?))).collect()
    }
}

impl Tx {
    /// A message is gone from the server now, or is there again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_gone(&mut self, mailbox: &MailboxId, message: MessageRef, gone: bool) -> Result<(), StoreError> {
        let at = gone.then(|| us(self.now()));
        sql!(
            "UPDATE occurrences SET missing_at = $3 WHERE mailbox = $1 AND message = $2",
            mailbox.as_str(),
            message.0,
            at
        )
        .execute(self.db())
        .await?;
        Ok(())
    }
}
