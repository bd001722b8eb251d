//! The ledger: per mailbox, received = the sum of its fates (invariant 2).

use super::row::{Columns, us};
use super::{StoreError, View};
use crate::casework::MailboxId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub use crate::casework::rules::Fate;

/// The ledger of one mailbox over some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the contract's")]
pub struct Ledger {
    pub received: i64,
    pub accepted: i64,
    pub held: i64,
    pub duplicate: i64,
    pub calendar_reply: i64,
    pub bounce: i64,
    pub ignored: i64,
    /// Received and not decided yet.
    pub pending: i64,
}

impl Ledger {
    fn add(&mut self, fate: Option<Fate>, n: i64) {
        self.received += n;
        *match fate {
            Some(Fate::Accepted) => &mut self.accepted,
            Some(Fate::Held) => &mut self.held,
            Some(Fate::Duplicate) => &mut self.duplicate,
            Some(Fate::CalendarReply) => &mut self.calendar_reply,
            Some(Fate::Bounce) => &mut self.bounce,
            Some(Fate::Ignored) => &mut self.ignored,
            None => &mut self.pending,
        } += n;
    }

    /// Does it add up? It always does, unless rows were removed behind the program's back.
    pub fn adds_up(&self) -> bool {
        let fates = [self.accepted, self.held, self.duplicate, self.calendar_reply, self.bounce, self.ignored];
        self.received == fates.iter().sum::<i64>() + self.pending
    }
}

impl View {
    /// The ledger of each mailbox over arrivals in [from, until): every occurrence is counted once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledgers(
        &mut self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<BTreeMap<MailboxId, Ledger>, StoreError> {
        let rows = sql!(
            "SELECT o.mailbox, CASE WHEN o.fate = 'repeat' THEN 'duplicate' ELSE m.fate END AS fate, COUNT(*) AS n \
             FROM occurrences o LEFT JOIN messages m ON m.number = o.message \
             WHERE o.arrived_at >= $1 AND o.arrived_at < $2 GROUP BY 1, 2",
            us(from),
            us(until)
        );
        let mut ledgers: BTreeMap<MailboxId, Ledger> = BTreeMap::new();
        for row in rows.fetch_all(self.db()).await? {
            ledgers.entry(row.name("mailbox")?).or_default().add(row.word_or("fate")?, row.int("n")?);
        }
        Ok(ledgers)
    }

    /// The ledger of one mailbox over arrivals in [from, until).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger(
        &mut self,
        mailbox: &MailboxId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Ledger, StoreError> {
        Ok(self.ledgers(from, until).await?.remove(mailbox).unwrap_or_default())
    }
}
