//! A change of the master key: what it wraps is wrapped anew, in one transaction. What is sealed, and every look-up hash, stays
//! as it is.
//!
//! Failure policy: either all of it is committed, and the store opens with the new key alone, or none of it and it opens with
//! the old one: the database itself says which. Whoever has it open with the old key meanwhile can make no data key any more
//! (`record_keys`); what is sealed under one it could not unwrap is left as it stands, and counted.

use super::row::{Columns, insert};
use super::schema::look_up_key;
use super::{StoreError, Tx, View};
use crate::seal::{DataKey, KeyId, MasterKey, SealError};

/// Keys read at a time.
const PAGE: i64 = 500;

/// What a change of the master key came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rewrapped {
    /// Data keys wrapped anew.
    pub keys: usize,
    /// Data keys that the old master key did not open, as before.
    pub unreadable: usize,
}

impl View {
    /// Records data keys, wrapped by the master key. One the store no longer opens with is refused: what it wrapped would be lost.
    pub(super) async fn record_keys<'a>(
        &mut self,
        keys: impl IntoIterator<Item = &'a DataKey>,
    ) -> Result<(), StoreError> {
        let shared = self.shared.clone();
        if !self.known.master_is_right {
            look_up_key(self.db(), &shared.master).await?;
            self.known.master_is_right = true;
        }
        let wrapped = keys.into_iter().map(|key| Ok((key.id(), shared.master.wrap(&shared.chance, key)?)));
        let wrapped = wrapped.collect::<Result<Vec<_>, SealError>>()?;
        insert(self.db(), ("data_keys (id, wrapped)", 2), &wrapped, |query, (id, wrapped)| {
            query.bind(id.to_string()).bind(wrapped.clone())
        })
        .await
    }
}

impl Tx {
    /// Wraps every key of the store under this master key; once committed, the store opens with no other. What was written
    /// over leaves the files with the next [`super::Store::checkpoint`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rewrap(&mut self, to: &MasterKey) -> Result<Rewrapped, StoreError> {
        let shared = self.shared.clone();
        let anew = |id: KeyId, wrapped: &[u8]| -> Result<Vec<u8>, SealError> {
            let wrapped = to.wrap(&shared.chance, &shared.master.unwrap_key(id, wrapped)?)?;
            to.unwrap_key(id, &wrapped)?;
            Ok(wrapped)
        };
        for row in sql!("SELECT name, key_id, wrapped FROM keyring").fetch_all(self.db()).await? {
            let wrapped = anew(row.word("key_id")?, &row.bytes("wrapped")?)?;
            sql!("UPDATE keyring SET wrapped = $2 WHERE name = $1", row.text("name")?, wrapped)
                .execute(self.db())
                .await?;
        }
        let (mut done, mut after) = (Rewrapped::default(), String::new());
        loop {
            let rows = sql!(
                "SELECT id, wrapped FROM data_keys WHERE wrapped IS NOT NULL AND id > $1 ORDER BY id LIMIT $2",
                after.as_str(),
                PAGE
            );
            let rows = rows.fetch_all(self.db()).await?;
            for row in &rows {
                after = row.text("id")?;
                match anew(row.word("id")?, &row.bytes("wrapped")?) {
                    Ok(wrapped) => {
                        sql!("UPDATE data_keys SET wrapped = $2 WHERE id = $1", after.as_str(), wrapped)
                            .execute(self.db())
                            .await?;
                        done.keys += 1;
                    }
                    Err(_) => done.unreadable += 1,
                }
            }
            if rows.is_empty() {
                return Ok(done);
            }
        }
    }
}
