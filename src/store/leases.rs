//! Leases: who does a thing when several programs share a database. They run on the database's time, the same for all.

use super::row::{Columns, us};
use super::{StoreError, Tx};
use jiff::SignedDuration;

impl Tx {
    /// Takes or renews a lease for so long from the database's now. Returns its attempt number, by which the holder proves
    /// later that it still holds it, or none while somebody else does.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_lease(
        &mut self,
        name: &str,
        holder: &str,
        length: SignedDuration,
    ) -> Result<Option<i64>, StoreError> {
        let now = us(self.database_now().await?);
        let until = now.saturating_add(i64::try_from(length.as_micros()).unwrap_or(i64::MAX));
        let row = sql!(
            "INSERT INTO leases (name, holder, held_until, attempt) VALUES ($1, $2, $3, 1) \
             ON CONFLICT (name) DO UPDATE SET attempt = leases.attempt + CASE WHEN leases.holder = excluded.holder \
             AND leases.held_until > $4 THEN 0 ELSE 1 END, holder = excluded.holder, held_until = excluded.held_until \
             WHERE leases.held_until <= $4 OR leases.holder = excluded.holder RETURNING attempt",
            name,
            holder,
            until,
            now
        );
        row.fetch_optional(self.db()).await?.map(|row| row.int("attempt")).transpose()
    }

    /// Gives a lease back. False when it had passed to somebody else.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_lease(&mut self, name: &str, holder: &str, attempt: i64) -> Result<bool, StoreError> {
        let done = sql!(
            "UPDATE leases SET held_until = 0 WHERE name = $1 AND holder = $2 AND attempt = $3",
            name,
            holder,
            attempt
        );
        Ok(done.execute(self.db()).await?.rows_affected() > 0)
    }
}
