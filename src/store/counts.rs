//! What `status` and the digest count.

use super::row::{Columns, us};
use super::{StoreError, View};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// How much there is of what, and what waits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Messages by state.
    pub messages: BTreeMap<String, i64>,
    /// Outbox entries by state.
    pub outbox: BTreeMap<String, i64>,
    /// Cases by state.
    pub cases: BTreeMap<String, i64>,
    /// Held items that wait.
    pub held_open: i64,
    /// Since when the oldest of them has.
    pub held_since: Option<Timestamp>,
    /// Open obligations.
    pub obligations_open: i64,
    /// Open obligations past their time.
    pub obligations_overdue: i64,
    /// Occurrences committed and not moved out of the inbox yet.
    pub unsettled: i64,
    /// Journal lines.
    pub journal_lines: i64,
}

impl View {
    /// Counts everything.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn counts(&mut self, now: Timestamp) -> Result<Counts, StoreError> {
        let mut counts = Counts::default();
        let rows = sql!(
            "SELECT 'messages' AS what, state, COUNT(*) AS n FROM messages GROUP BY state UNION ALL \
             SELECT 'outbox', state, COUNT(*) FROM outbox GROUP BY state UNION ALL \
             SELECT 'cases', state, COUNT(*) FROM cases GROUP BY state"
        );
        for row in rows.fetch_all(self.outbox().await?).await? {
            let by_state = match row.text("what")?.as_str() {
                "messages" => &mut counts.messages,
                "outbox" => &mut counts.outbox,
                _ => &mut counts.cases,
            };
            by_state.insert(row.text("state")?, row.int("n")?);
        }
        let row = sql!(
            "SELECT (SELECT COUNT(*) FROM held WHERE state = 'open') AS held_open, \
             (SELECT MIN(opened_at) FROM held WHERE state = 'open') AS held_since, \
             (SELECT COUNT(*) FROM obligations WHERE state = 'open') AS open, \
             (SELECT COUNT(*) FROM obligations WHERE state = 'open' AND due_at < $1) AS overdue, \
             (SELECT COUNT(*) FROM occurrences WHERE settled_at IS NULL) AS unsettled, \
             (SELECT seq FROM journal_head WHERE id = 1) AS lines",
            us(now)
        );
        let row = row.fetch_one(self.outbox().await?).await?;
        counts.held_open = row.int("held_open")?;
        counts.held_since = row.time_or("held_since")?;
        counts.obligations_open = row.int("open")?;
        counts.obligations_overdue = row.int("overdue")?;
        counts.unsettled = row.int("unsettled")?;
        counts.journal_lines = row.int_or("lines")?.unwrap_or_default();
        Ok(counts)
    }
}
