//! Opening a store: the file and its lock, or the server; its schema, its key.

use super::engine::{self, Engine, Pools};
use super::journal::GENESIS;
use super::leases::Lease;
use super::row::Columns;
use super::{Place, StoreError, StoreSettings};
use crate::casework::Sha256;
use crate::clock::Chance;
use crate::seal::{DataKey, KeyId, LookUps, MasterKey, SealError};
use sqlx::{AnyConnection, AssertSqlSafe};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Every schema change ever landed, in order. A text is never edited once landed.
const MIGRATIONS: [(i64, &str); 13] = [
    (1, include_str!("../../migrations/0001_the_store.sql")),
    (2, include_str!("../../migrations/0002_papers_once.sql")),
    (3, include_str!("../../migrations/0003_submission.sql")),
    (6, include_str!("../../migrations/0006_running.sql")),
    (7, include_str!("../../migrations/0007_after_the_meeting.sql")),
    (8, include_str!("../../migrations/0008_answers.sql")),
    (9, include_str!("../../migrations/0009_timers.sql")),
    (10, include_str!("../../migrations/0010_approvals.sql")),
    (11, include_str!("../../migrations/0011_flood.sql")),
    (12, include_str!("../../migrations/0012_what_is_asked_often.sql")),
    (13, include_str!("../../migrations/0013_alerts.sql")),
    (14, include_str!("../../migrations/0014_supplements.sql")),
    (15, include_str!("../../migrations/0015_taken_off.sql")),
];

/// The store. Cheap to clone; all clones share one set of connections.
#[derive(Clone)]
pub struct Store {
    pub(super) shared: Arc<Shared>,
    /// What every writing transaction must still hold.
    pub(super) under: Option<Lease>,
}

pub(super) struct Shared {
    pub(super) pools: Pools,
    pub(super) master: MasterKey,
    pub(super) look_ups: LookUps,
    pub(super) chance: Chance,
    /// Where this program last left the journal's head; a transaction that was given up may have left it elsewhere.
    pub(super) head: Mutex<Option<(i64, Sha256)>>,
    place: Place,
}

/// What [`Store::try_out`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The schema that is there; none where there is no store yet.
    pub found: Option<i64>,
    /// The schema this program works with.
    pub known: i64,
}

enum Purpose {
    Keep,
    TakeBack,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.shared.place)
    }
}

impl Store {
    /// Opens the store, making or migrating it first where needed. A lock on `<path>.lock` keeps two programs from doing
    /// that at once; on a server a writing transaction is alone anyway.
    ///
    /// # Errors
    /// [`StoreError::WrongKey`], [`StoreError::NewerSchema`], [`StoreError::OtherSchema`], [`StoreError::File`],
    /// [`StoreError::Refused`]; nothing has been changed then. [`StoreError::Unreachable`]: try later.
    pub async fn open(settings: &StoreSettings, master: MasterKey, chance: Chance) -> Result<Self, StoreError> {
        let (store, _) = Self::opened(settings, master, chance, Purpose::Keep).await?;
        Ok(store)
    }

    /// Opens the store, makes or migrates it, and takes all of that back: whether it would go well.
    ///
    /// # Errors
    /// As [`Store::open`]. Nothing has been changed, whatever comes of it.
    pub async fn try_out(settings: &StoreSettings, master: MasterKey, chance: Chance) -> Result<Tried, StoreError> {
        let (store, tried) = Self::opened(settings, master, chance, Purpose::TakeBack).await?;
        store.close().await;
        Ok(tried)
    }

    async fn opened(
        settings: &StoreSettings,
        master: MasterKey,
        chance: Chance,
        purpose: Purpose,
    ) -> Result<(Self, Tried), StoreError> {
        let not_made = || StoreError::NotMade { place: settings.place.to_string() };
        let (settings, lock) = match &settings.place {
            Place::File(path) => {
                let path = std::path::absolute(path).map_err(|e| file_error(path, &e))?;
                if !settings.make && !path.exists() {
                    return Err(not_made());
                }
                let lock = lock(path.clone()).await?;
                private_file(&path)?;
                (StoreSettings { place: Place::File(path), ..settings.clone() }, Some(lock))
            }
            Place::Server(_) => (settings.clone(), None),
        };
        let pools = engine::connect(&settings).await?;
        let mut db = pools.begin_write().await?;
        let (look_ups, tried) = prepare(&mut db, pools.engine, &master, &chance).await?;
        if tried.found.is_none() && !settings.make {
            return Err(not_made());
        }
        match purpose {
            Purpose::Keep => db.commit().await?,
            Purpose::TakeBack => db.rollback().await?,
        }
        drop(lock);
        let shared = Shared { pools, master, look_ups, chance, head: Mutex::default(), place: settings.place };
        Ok((Self { shared: Arc::new(shared), under: None }, tried))
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.shared.place
    }

    /// The database engine's name and version, as it gives them itself.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn engine(&self) -> Result<String, StoreError> {
        let row = sqlx::query(self.shared.pools.engine.version()).fetch_one(self.read().await?.db()).await?;
        row.text("version")
    }

    /// Whether programs on several hosts may have it open: then a lease says which of them does a thing.
    pub fn is_shared(&self) -> bool {
        matches!(self.shared.place, Place::Server(_))
    }

    /// Makes look-up hashes under this store's own key.
    pub fn look_ups(&self) -> &LookUps {
        &self.shared.look_ups
    }

    /// Takes what was shredded or overwritten out of the database's files: SQLite's WAL is written back and emptied. On
    /// PostgreSQL the table of data keys is written anew; the server's WAL and its backups keep a shredded key until they
    /// are recycled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn checkpoint(&self) -> Result<(), StoreError> {
        self.shared.pools.checkpoint().await
    }

    /// Writes the whole database, as last committed, into this file, which is empty or not there; others read and write
    /// meanwhile.
    ///
    /// # Errors
    /// When the file cannot be written; [`StoreError::Refused`] for a store on a server.
    pub async fn copy_into(&self, path: &Path) -> Result<(), StoreError> {
        self.shared.pools.copy_into(path).await
    }

    /// Closes every connection, waiting for transactions in progress.
    pub async fn close(self) {
        self.shared.pools.read.close().await;
        self.shared.pools.write.close().await;
    }
}

/// Everything is checked before anything is changed, and one transaction does all of it.
async fn prepare(
    db: &mut AnyConnection,
    engine: Engine,
    master: &MasterKey,
    chance: &Chance,
) -> Result<(LookUps, Tried), StoreError> {
    sql!("CREATE TABLE IF NOT EXISTS schema (version BIGINT PRIMARY KEY, text_hash TEXT NOT NULL, applied_at BIGINT NOT NULL)")
        .execute(&mut *db)
        .await?;
    let applied = sql!("SELECT version, text_hash FROM schema ORDER BY version").fetch_all(&mut *db).await?;
    let known = MIGRATIONS.last().map_or(0, |(version, _)| *version);
    let mut at = 0;
    for row in &applied {
        at = row.int("version")?;
        match MIGRATIONS.iter().find(|(version, _)| *version == at) {
            None => return Err(StoreError::NewerSchema { found: at, known }),
            Some((_, text)) if row.text("text_hash")? != text_hash(text) => {
                return Err(StoreError::OtherSchema { version: at });
            }
            Some(_) => {}
        }
    }
    let held = if at > 0 { look_up_key(db, master).await? } else { None };
    // Not only those above the newest: parts are built side by side, and a lower number may land after a higher one.
    let mut done = BTreeSet::new();
    for row in &applied {
        done.insert(row.int("version")?);
    }
    for (version, text) in MIGRATIONS.iter().filter(|(version, _)| !done.contains(version)) {
        sqlx::raw_sql(*text).execute(&mut *db).await?;
        let insert = format!("INSERT INTO schema (version, text_hash, applied_at) VALUES ($1, $2, {})", engine.now());
        sql!(AssertSqlSafe(insert), *version, text_hash(text)).execute(&mut *db).await?;
    }
    sql!("INSERT INTO journal_head (id, seq, hash) VALUES (1, 0, $1) ON CONFLICT (id) DO NOTHING", GENESIS.to_vec())
        .execute(&mut *db)
        .await?;
    let key = match held {
        Some(key) => key,
        None => {
            let key = DataKey::generate(KeyId(chance.bytes()), chance);
            sql!(
                "INSERT INTO keyring (name, key_id, wrapped) VALUES ('look-up', $1, $2)",
                key.id().to_string(),
                master.wrap(chance, &key)?
            )
            .execute(&mut *db)
            .await?;
            key
        }
    };
    Ok((LookUps::new(&key), Tried { found: (at > 0).then_some(at), known }))
}

/// The store's look-up key; it opens only with the master key the store was made with.
pub(super) async fn look_up_key(db: &mut AnyConnection, master: &MasterKey) -> Result<Option<DataKey>, StoreError> {
    let row = sql!("SELECT key_id, wrapped FROM keyring WHERE name = 'look-up'").fetch_optional(db).await?;
    let Some(row) = row else { return Ok(None) };
    let (id, wrapped) = (row.word("key_id")?, row.bytes("wrapped")?);
    match master.unwrap_key(id, &wrapped) {
        Ok(key) => Ok(Some(key)),
        Err(SealError::OtherKey) => {
            let made_with = wrapped.get(1..17).and_then(|id| id.try_into().ok()).map(KeyId);
            Err(StoreError::WrongKey { made_with: made_with.map(|id| id.to_string()).unwrap_or_default() })
        }
        Err(other) => Err(other.into()),
    }
}

fn text_hash(text: &str) -> String {
    crate::casework::Sha256::of(text.as_bytes()).to_string()
}

/// Makes the file if it is not there, readable by its owner alone.
fn private_file(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.open(path).map_err(|e| file_error(path, &e))
}

/// Waits for the lock beside the file; it is free again when dropped.
async fn lock(path: PathBuf) -> Result<File, StoreError> {
    let mut name = path.clone().into_os_string();
    name.push(".lock");
    let waited = tokio::task::spawn_blocking(move || {
        let file = private_file(Path::new(&name))?;
        file.lock().map_err(|e| file_error(Path::new(&name), &e))?;
        Ok(file)
    });
    waited.await.map_err(|e| StoreError::File { path, reason: e.to_string() })?
}

fn file_error(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::File { path: path.to_owned(), reason: error.to_string() }
}
