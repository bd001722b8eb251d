//! Whether mail of a purpose is in the outbox already. Asked before composing, so that nothing is sent twice and no number is
//! taken in vain.

use super::enqueue::Waiting;
use super::row::{CHUNK, Columns, list};
use super::{StoreError, View};
use crate::casework::{MeetingId, SentRef};
use sqlx::AssertSqlSafe;
use std::collections::{BTreeMap, BTreeSet};

impl View {
    /// The entry of this purpose.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entry_of_purpose(&mut self, purpose: &str) -> Result<Option<SentRef>, StoreError> {
        let hash = self.look_ups().hash("purpose", None, purpose);
        if let Some(number) = self.waiting.iter().find(|w| w.purpose == hash).map(Waiting::number) {
            return Ok(Some(number));
        }
        let row = sql!("SELECT number FROM outbox WHERE purpose = $1", hash.0.to_vec()).fetch_optional(self.db());
        row.await?.map(|row| Ok(SentRef(row.int("number")?))).transpose()
    }

    /// From here on [`View::is_posted`] knows all mail there is about this meeting, and need not ask: for a pack, which is
    /// hundreds of mails.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look_for_mail_about(&mut self, meeting: &MeetingId) -> Result<(), StoreError> {
        let rows = sql!("SELECT purpose FROM outbox WHERE meeting = $1", meeting.to_string());
        let rows = rows.fetch_all(self.outbox().await?).await?;
        let purposes = rows.iter().map(|row| row.look_up("purpose")).collect::<Result<_, _>>()?;
        self.known.mail_about = Some((meeting.clone(), purposes));
        Ok(())
    }

    /// Is there an entry of this purpose, which only mail about this meeting has?
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_posted(&mut self, purpose: &str, meeting: Option<&MeetingId>) -> Result<bool, StoreError> {
        if let Some((known, purposes)) = &self.known.mail_about
            && Some(known) == meeting
        {
            return Ok(purposes.contains(&self.look_ups().hash("purpose", None, purpose)));
        }
        Ok(self.entry_of_purpose(purpose).await?.is_some())
    }

    /// Those of these purposes that have an entry.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purposes_taken(&mut self, purposes: &[&str]) -> Result<BTreeSet<String>, StoreError> {
        self.write_waiting().await?;
        let mut taken = BTreeSet::new();
        for chunk in purposes.chunks(CHUNK) {
            let hashes: BTreeMap<Vec<u8>, &str> =
                chunk.iter().map(|p| (self.look_ups().hash("purpose", None, p).0.to_vec(), *p)).collect();
            let text = format!("SELECT purpose FROM outbox WHERE purpose IN ({})", list(0, hashes.len()));
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(false);
            for hash in hashes.keys() {
                query = query.bind(hash.clone());
            }
            for row in query.fetch_all(self.db()).await? {
                taken.extend(hashes.get(&row.bytes("purpose")?).map(|purpose| (*purpose).to_owned()));
            }
        }
        Ok(taken)
    }
}
