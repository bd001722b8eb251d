//! Leases: who does a thing when several programs share a database. They run on the database's time, the same for all.
//!
//! A lease's attempt number rises whenever it passes on, also from a holder to itself after it ran out. A store that is
//! [under a lease](Store::under) writes nothing once that number has moved: a program that was paused, or cut off, while
//! another took over finds out with its next transaction, whatever it believes the time to be.

use super::row::{Columns, us};
use super::{Store, StoreError, Tx, View};
use jiff::{SignedDuration, Timestamp};
use sqlx::AssertSqlSafe;

/// A lease taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What it is for.
    pub name: String,
    /// Who holds it.
    pub holder: String,
    /// The holder's proof: nobody has held it since.
    pub attempt: i64,
    /// For how long it is taken or renewed.
    pub length: SignedDuration,
}

/// A lease as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseRow {
    /// Who holds it, or held it last.
    pub holder: String,
    /// Until when, in the database's time.
    pub until: Timestamp,
    /// Whether that is still to come.
    pub held: bool,
}

impl Store {
    /// The same store, in which every transaction that writes first proves that this lease is still held, and renews it
    /// when more than a third of it has passed: work that goes on keeps it.
    #[must_use]
    pub fn under(&self, lease: Lease) -> Self {
        Self { shared: self.shared.clone(), under: Some(lease) }
    }
}

impl View {
    /// A lease as it stands, if it was ever taken.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lease(&mut self, name: &str) -> Result<Option<LeaseRow>, StoreError> {
        let text = format!(
            "SELECT holder, held_until, CASE WHEN held_until > {} THEN 1 ELSE 0 END AS held FROM leases WHERE name = $1",
            self.shared.pools.engine.now()
        );
        let row = sql!(AssertSqlSafe(text), name).fetch_optional(self.db()).await?;
        let of = |row: sqlx::any::AnyRow| {
            Ok(LeaseRow { holder: row.text("holder")?, until: row.time("held_until")?, held: row.flag("held")? })
        };
        row.map(of).transpose()
    }
}

impl Tx {
    /// Takes or renews a lease for so long from the database's now. None while somebody else holds it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_lease(
        &mut self,
        name: &str,
        holder: &str,
        length: SignedDuration,
    ) -> Result<Option<Lease>, StoreError> {
        let now = us(self.database_now().await?);
        let row = sql!(
            "INSERT INTO leases (name, holder, held_until, attempt) VALUES ($1, $2, $3, 1) \
             ON CONFLICT (name) DO UPDATE SET attempt = leases.attempt + CASE WHEN leases.holder = excluded.holder \
             AND leases.held_until > $4 THEN 0 ELSE 1 END, holder = excluded.holder, held_until = excluded.held_until \
             WHERE leases.held_until <= $4 OR leases.holder = excluded.holder RETURNING attempt",
            name,
            holder,
            now.saturating_add(micros(length)),
            now
        );
        let lease = |attempt| Lease { name: name.to_owned(), holder: holder.to_owned(), attempt, length };
        let row = row.fetch_optional(self.db()).await?;
        row.map(|row| Ok(lease(row.int("attempt")?))).transpose()
    }

    /// Gives a lease back. False when it had passed to somebody else.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_lease(&mut self, lease: &Lease) -> Result<bool, StoreError> {
        let done = sql!(
            "UPDATE leases SET held_until = 0 WHERE name = $1 AND holder = $2 AND attempt = $3",
            lease.name.as_str(),
            lease.holder.as_str(),
            lease.attempt
        );
        Ok(done.execute(self.db()).await?.rows_affected() > 0)
    }

    /// Proves that the lease has not passed on, and renews it when more than a third of it has gone by. A lease that ran
    /// out and that nobody took is still its holder's.
    ///
    /// # Errors
    /// [`StoreError::TakenOver`] when it has passed on.
    pub async fn still_held(&mut self, lease: &Lease) -> Result<(), StoreError> {
        let text = format!(
            "SELECT held_until - {} AS left_over FROM leases WHERE name = $1 AND holder = $2 AND attempt = $3",
            self.shared.pools.engine.now()
        );
        let row = sql!(AssertSqlSafe(text), lease.name.as_str(), lease.holder.as_str(), lease.attempt);
        let row = row.fetch_optional(self.db()).await?.ok_or(StoreError::TakenOver)?;
        let length = micros(lease.length);
        if row.int("left_over")? < length / 3 * 2 {
            let text =
                format!("UPDATE leases SET held_until = {} + $2 WHERE name = $1", self.shared.pools.engine.now());
            sql!(AssertSqlSafe(text), lease.name.as_str(), length).execute(self.db()).await?;
        }
        Ok(())
    }
}

fn micros(length: SignedDuration) -> i64 {
    i64::try_from(length.as_micros()).unwrap_or(i64::MAX)
}
