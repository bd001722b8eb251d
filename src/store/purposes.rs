//! Whether mail of a purpose is in the outbox already. Asked before composing, so that nothing is sent twice and no number is
//! taken in vain.

use super::enqueue::Waiting;
use super::row::{CHUNK, Columns, list};
use super::{StoreError, View};
use crate::casework::{MailKind, MeetingId, SentRef};
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

    /// From here on [`View::is_posted`] knows which kinds of mail there are about this meeting, and need not ask about mail of
    /// another kind: for a pack, which is hundreds of mails.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look_for_mail_about(&mut self, meeting: &MeetingId) -> Result<(), StoreError> {
        let rows = sql!("SELECT DISTINCT kind FROM outbox WHERE meeting = $1", meeting.to_string());
        let rows = rows.fetch_all(self.outbox().await?).await?;
        let kinds = rows.iter().map(|row| row.text("kind")).collect::<Result<_, _>>()?;
        self.known.mail_about = Some((meeting.clone(), kinds));
        Ok(())
    }

    /// Is there an entry of this purpose, which only mail of this kind about this meeting has?
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_posted(
        &mut self,
        purpose: &str,
        kind: MailKind,
        meeting: Option<&MeetingId>,
    ) -> Result<bool, StoreError> {
        let hash = self.look_ups().hash("purpose", None, purpose);
        if self.waiting.iter().any(|waiting| waiting.purpose == hash) {
            return Ok(true);
        }
        if let Some((known, kinds)) = &self.known.mail_about
            && Some(known) == meeting
            && !kinds.contains(kind.as_str())
        {
            return Ok(false);
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
