//! Transactions: a [`View`] reads one state, a [`Tx`] writes and commits.

use super::engine::Connection;
use super::enqueue::Waiting;
use super::journal::Line;
use super::row::{Columns, damaged};
use super::schema::{Shared, Store};
use super::{AgendaRow, Case, ChildId, KeyKind, Restriction, StoreError};
use crate::casework::{CaseRef, MeetingId};
use crate::clock::Chance;
use crate::seal::{DataKey, KeyId, LookUps, LookupHash, Payload, Place, Sealed};
use jiff::Timestamp;
use sqlx::{AnyConnection, AssertSqlSafe};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// One consistent state of the store. Keep it short: on SQLite a long-lived view keeps the WAL from being written back.
pub struct View {
    db: Connection,
    pub(super) shared: Arc<Shared>,
    /// Mail not written yet; only a [`Tx`] has any.
    pub(super) waiting: Vec<Waiting>,
    /// The last number taken of each counter, and whether that is written; only a [`Tx`] takes any.
    counters: BTreeMap<&'static str, (i64, bool)>,
    /// What was read already and cannot have changed since: a view sees one state, a `Tx` writes alone.
    pub(super) known: Known,
}

/// Rows that a decision asks for again and again.
#[derive(Default)]
pub(super) struct Known {
    pub(super) cases: BTreeMap<CaseRef, Case>,
    /// All that are in force.
    pub(super) restrictions: Option<Vec<Restriction>>,
    /// What these cases have on open meetings.
    pub(super) items: BTreeMap<CaseRef, Vec<AgendaRow>>,
    /// The purposes of the mail there is about a meeting.
    pub(super) mail_about: Option<(MeetingId, BTreeSet<LookupHash>)>,
    /// The store still opens with the master key that this program opened it with.
    pub(super) master_is_right: bool,
    /// By look-up key, the children who have it.
    pub(super) children: BTreeMap<LookupHash, Vec<(ChildId, KeyKind)>>,
}

/// A transaction that writes. Dropped without [`Tx::commit`] it leaves nothing.
pub struct Tx {
    view: View,
    now: Timestamp,
    pub(super) lines: Vec<Line>,
    /// By which rule all mail of this transaction waits for a person, if it does.
    pub(super) hold_mail: Option<&'static str>,
}

impl Deref for Tx {
    type Target = View;
    fn deref(&self) -> &View {
        &self.view
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut View {
        &mut self.view
    }
}

impl Store {
    /// A view of the state as last committed.
    ///
    /// # Errors
    /// When the database cannot be reached; try later.
    pub async fn read(&self) -> Result<View, StoreError> {
        let db = self.shared.pools.begin_read().await?;
        Ok(View::of(db, self.shared.clone()))
    }

    /// A transaction that writes. `now` is the time written on its rows and journal lines. Do not begin a second one while
    /// holding the first: it would wait for it.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when another writer held the database for 30 seconds; [`StoreError::TakenOver`] when this store
    /// is [under a lease](Self::under) that has passed to another program. Try later.
    pub async fn begin(&self, now: Timestamp) -> Result<Tx, StoreError> {
        let db = self.shared.pools.begin_write().await?;
        let mut tx = Tx { view: View::of(db, self.shared.clone()), now, lines: Vec::new(), hold_mail: None };
        if let Some(lease) = &self.under {
            // No other program writes until this transaction ends, so what holds here holds at its commit.
            tx.still_held(lease).await?;
        }
        Ok(tx)
    }
}

impl View {
    fn of(db: Connection, shared: Arc<Shared>) -> Self {
        Self { db, shared, waiting: Vec::new(), counters: BTreeMap::new(), known: Known::default() }
    }

    /// The connection with every mail written: for whatever reads or changes the outbox.
    pub(super) async fn outbox(&mut self) -> Result<&mut AnyConnection, StoreError> {
        self.write_waiting().await?;
        Ok(self.db())
    }

    pub(super) fn db(&mut self) -> &mut AnyConnection {
        &mut self.db
    }

    /// Makes look-up hashes under this store's own key.
    pub fn look_ups(&self) -> &LookUps {
        &self.shared.look_ups
    }

    /// The store's source of chance.
    pub fn chance(&self) -> &Chance {
        &self.shared.chance
    }

    /// The database's own time, for leases (never for a deadline).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn database_now(&mut self) -> Result<Timestamp, StoreError> {
        let text = format!("SELECT {}", self.shared.pools.engine.now());
        let at: i64 = sqlx::query_scalar(AssertSqlSafe(text)).fetch_one(self.db()).await?;
        Timestamp::from_microsecond(at).map_err(|_| damaged("now"))
    }

    /// A setting kept in the store.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn setting(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        let row = sql!("SELECT value FROM settings WHERE name = $1", name).fetch_optional(self.db()).await?;
        row.map(|row| row.text("value")).transpose()
    }

    /// The data key of this id, for sealing more under it.
    ///
    /// # Errors
    /// [`crate::seal::SealError::Shredded`] when it was destroyed.
    pub async fn data_key(&mut self, id: KeyId) -> Result<DataKey, StoreError> {
        let row = sql!("SELECT id, wrapped FROM data_keys WHERE id = $1", id.to_string()).fetch_optional(self.db());
        let row = row.await?.ok_or_else(|| StoreError::missing(format_args!("data key {id}")))?;
        let key = row.key(&self.shared.master, "id", "wrapped")?;
        Ok(key.ok_or(crate::seal::SealError::Shredded)?)
    }
}

impl Tx {
    /// The time this transaction writes.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// From here on mail of this transaction waits for a person, by this rule, instead of being queued; none: it is queued.
    pub fn hold_mail(&mut self, rule: Option<&'static str>) {
        self.hold_mail = rule;
    }

    /// A new row id (UUIDv7, RFC 9562 §5.7) as text.
    pub fn uuid(&self) -> String {
        self.chance().uuid(self.now).to_string()
    }

    /// A new data key, recorded.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn new_key(&mut self) -> Result<DataKey, StoreError> {
        let mut keys = self.new_keys(1).await?;
        keys.pop().ok_or_else(|| damaged("data_keys"))
    }

    pub(super) async fn new_keys(&mut self, n: usize) -> Result<Vec<DataKey>, StoreError> {
        let keys: Vec<DataKey> = (0..n)
            .map(|_| DataKey::generate(KeyId(self.chance().uuid(self.now).into_bytes()), self.chance()))
            .collect();
        self.record_keys(&keys).await?;
        Ok(keys)
    }

    pub(super) fn seal<T: Payload>(&self, key: &DataKey, place: Place, value: &T) -> Result<Sealed<T>, StoreError> {
        Ok(key.seal_value(self.chance(), place, value)?)
    }

    /// Destroys a data key: whatever is sealed under it can never be read again. Its last copies leave the files with the
    /// next [`Store::checkpoint`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn shred(&mut self, id: KeyId) -> Result<(), StoreError> {
        self.known = Known::default();
        let now = self.now.as_microsecond();
        sql!("UPDATE data_keys SET wrapped = NULL, shredded_at = $2 WHERE id = $1", id.to_string(), now)
            .execute(self.db())
            .await?;
        Ok(())
    }

    /// Takes `n` numbers from a counter and returns the first. The first taking locks the counter until the transaction
    /// ends; where it then stands is written at commit.
    pub(super) async fn numbers(&mut self, counter: &'static str, n: usize) -> Result<i64, StoreError> {
        let n = i64::try_from(n).map_err(|_| damaged("counters"))?;
        if let Some((last, written)) = self.counters.get_mut(counter) {
            let first = *last + 1;
            (*last, *written) = (*last + n, false);
            return Ok(first);
        }
        let row = sql!("UPDATE counters SET value = value + $2 WHERE name = $1 RETURNING value", counter, n);
        let last = row.fetch_one(self.db()).await?.int("value")?;
        self.counters.insert(counter, (last, true));
        Ok(last - n + 1)
    }

    async fn write_counters(&mut self) -> Result<(), StoreError> {
        for (counter, (last, written)) in std::mem::take(&mut self.counters) {
            if !written {
                sql!("UPDATE counters SET value = $2 WHERE name = $1", counter, last).execute(self.db()).await?;
            }
        }
        Ok(())
    }

    /// Keeps a setting in the store.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_setting(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        let now = self.now.as_microsecond();
        sql!(
            "INSERT INTO settings (name, value, set_at) VALUES ($1, $2, $3) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value, set_at = excluded.set_at",
            name,
            value,
            now
        )
        .execute(self.db())
        .await?;
        Ok(())
    }

    /// Writes what waits, the journal lines last, then commits everything.
    ///
    /// # Errors
    /// When the database fails; nothing was committed unless the failure struck in the very act of committing, which the
    /// caller cannot tell: every turn reads the state again and is idempotent.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        self.write_waiting().await?;
        self.write_counters().await?;
        self.append_journal().await?;
        self.view.db.commit().await?;
        Ok(())
    }
}
