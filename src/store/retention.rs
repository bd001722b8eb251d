//! What is no longer needed is destroyed: the data keys of mail received and sent, and of what was said at meetings, are
//! shredded, and the papers kept for sending and the actions are deleted. What a case is stays, as closed (MC-06), with the
//! bare outcome of each meeting; the journal stays whole. A legal hold on a case
//! keeps everything about it.
//!
//! Failure policy. Only what is finished goes: an entry that may still be sent, a message that waits for a person and a case
//! with something open are left, whatever their age. Everything is decided in the transaction that destroys it.

use super::row::{Columns, us};
use super::{Case, StoreError, Tx, View};
use crate::casework::{AlertRef, CaseRef, MessageRef, Redacted, SentRef};
use crate::seal::{KeyId, Payload, Place, Sealed};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

id! {
    /// A legal hold.
    LegalHoldId
}

/// Who set a legal hold, and why. Sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LegalHoldDetail {
    /// Why.
    pub reason: Redacted<String>,
    /// Who said so.
    pub by: Option<Redacted<String>>,
}

impl Payload for LegalHoldDetail {}

/// A legal hold in force.
#[derive(Clone, Debug)]
pub struct LegalHold {
    /// Its id.
    pub id: LegalHoldId,
    /// On which case.
    pub case: CaseRef,
    /// Since when.
    pub set_at: Timestamp,
    /// Who and why.
    pub detail: Sealed<LegalHoldDetail>,
}

/// What a run of retention destroyed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Cases whose working copies are gone.
    pub cases: Vec<CaseRef>,
    /// Messages that can no longer be read.
    pub messages: Vec<MessageRef>,
    /// Mails that can no longer be read.
    pub mails: Vec<SentRef>,
    /// Alerts of which only number, rule and times are left.
    pub alerts: Vec<AlertRef>,
}

impl Purged {
    /// How many keys were shredded for it: as many things can no longer be read.
    pub fn keys(&self) -> usize {
        self.messages.len() + self.mails.len() + self.alerts.len()
    }

    /// This, and what another run destroyed.
    pub fn add(&mut self, other: Self) {
        self.cases.extend(other.cases);
        self.messages.extend(other.messages);
        self.mails.extend(other.mails);
        self.alerts.extend(other.alerts);
    }
}

/// Cases in one transaction: their papers are in memory of nobody, only their rows are touched.
const MOST: i64 = 200;

impl View {
    /// The legal holds in force on a case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn legal_holds(&mut self, case: CaseRef) -> Result<Vec<LegalHold>, StoreError> {
        let rows = sql!(
            "SELECT l.id, l.set_at, l.data_key, l.detail, k.wrapped FROM legal_holds l JOIN data_keys k ON k.id = l.data_key \
             WHERE l.case_no = $1 AND l.lifted_at IS NULL ORDER BY l.set_at, l.id",
            case.0
        );
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter()
            .map(|row| {
                let id = LegalHoldId(row.text("id")?);
                let key = row.key(&self.shared.master, "data_key", "wrapped")?;
                let detail = row.sealed(key.as_ref(), detail_place(&id), "detail")?;
                Ok(LegalHold { case, set_at: row.time("set_at")?, detail, id })
            })
            .collect()
    }

    /// Closed cases to which nothing has happened since then and that nothing holds: no hold, nothing open, nothing unsent.
    async fn cases_to_purge(&mut self, before: Timestamp) -> Result<Vec<CaseRef>, StoreError> {
        let rows = sql!(
            "SELECT s.number FROM cases s WHERE s.state = 'closed' AND s.purged_at IS NULL AND s.closed_at < $1 \
             AND NOT EXISTS (SELECT 1 FROM legal_holds l WHERE l.case_no = s.number AND l.lifted_at IS NULL) \
             AND NOT EXISTS (SELECT 1 FROM held h WHERE h.case_no = s.number AND h.state = 'open') \
             AND NOT EXISTS (SELECT 1 FROM obligations b WHERE b.case_no = s.number AND b.state = 'open') \
             AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.case_no = s.number AND d.created_at >= $1) \
             AND NOT EXISTS (SELECT 1 FROM agenda_items a JOIN meetings m ON m.id = a.meeting \
                 WHERE a.case_no = s.number AND a.state = 'listed' AND m.state = 'open') \
             AND NOT EXISTS (SELECT 1 FROM outbox_cases x JOIN outbox o ON o.number = x.entry WHERE x.case_no = s.number \
                 AND (o.created_at >= $1 OR o.state IN ('queued', 'sending', 'at-the-dot', 'held'))) \
             ORDER BY s.number LIMIT $2",
            us(before),
            MOST
        );
        rows.fetch_all(self.db()).await?.iter().map(|row| Ok(CaseRef(row.int("number")?))).collect()
    }

    /// Messages decided before then that are about no case that is still kept and wait for nobody.
    async fn messages_to_purge(&mut self, before: Timestamp) -> Result<Vec<(MessageRef, KeyId)>, StoreError> {
        let rows = sql!(
            "SELECT m.number, m.data_key FROM messages m WHERE m.purged_at IS NULL AND m.state <> 'received' \
             AND m.decided_at < $1 \
             AND NOT EXISTS (SELECT 1 FROM held h WHERE h.message = m.number AND h.state = 'open') \
             AND NOT EXISTS (SELECT 1 FROM documents d JOIN cases s ON s.number = d.case_no \
                 WHERE d.message = m.number AND s.purged_at IS NULL) \
             ORDER BY m.number LIMIT $2",
            us(before),
            MOST
        );
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| Ok((MessageRef(row.int("number")?), row.word("data_key")?))).collect()
    }

    /// Mails made before then that are finished and speak of no case that is still kept.
    async fn mails_to_purge(&mut self, before: Timestamp) -> Result<Vec<(SentRef, KeyId)>, StoreError> {
        let rows = sql!(
            "SELECT o.number, o.data_key FROM outbox o WHERE o.purged_at IS NULL AND o.created_at < $1 \
             AND o.state IN ('settled', 'cancelled', 'expired') \
             AND NOT EXISTS (SELECT 1 FROM outbox_cases x JOIN cases s ON s.number = x.case_no \
                 WHERE x.entry = o.number AND s.purged_at IS NULL) \
             ORDER BY o.number LIMIT $2",
            us(before),
            MOST
        );
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| Ok((SentRef(row.int("number")?), row.word("data_key")?))).collect()
    }
}

impl Tx {
    /// Keeps everything about a case from retention.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_legal_hold(&mut self, case: &Case, detail: &LegalHoldDetail) -> Result<LegalHoldId, StoreError> {
        let key = case.key()?.clone();
        let id = LegalHoldId(self.uuid());
        let sealed = self.seal(&key, detail_place(&id), detail)?;
        sql!(
            "INSERT INTO legal_holds (id, case_no, set_at, data_key, detail) VALUES ($1, $2, $3, $4, $5)",
            id.as_str(),
            case.number.0,
            us(self.now()),
            key.id().to_string(),
            sealed.blob().to_vec()
        )
        .execute(self.db())
        .await?;
        Ok(id)
    }

    /// Lifts every legal hold on a case; how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lift_legal_holds(&mut self, case: CaseRef) -> Result<u64, StoreError> {
        let now = us(self.now());
        let done = sql!("UPDATE legal_holds SET lifted_at = $2 WHERE case_no = $1 AND lifted_at IS NULL", case.0, now);
        Ok(done.execute(self.db()).await?.rows_affected())
    }

    /// Destroys the working copies of what was finished before then; at most so much that the transaction stays short, so
    /// call it until it finds nothing. What is shredded leaves SQLite's files with the next checkpoint.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge(&mut self, before: Timestamp) -> Result<Purged, StoreError> {
        let now = us(self.now());
        let cases = self.cases_to_purge(before).await?;
        for case in &cases {
            sql!("DELETE FROM outbox_papers WHERE case_no = $1", case.0).execute(self.db()).await?;
            if let Some(case) = self.case(*case).await? {
                self.purge_outcomes(&case).await?;
            }
            sql!("UPDATE cases SET purged_at = $2 WHERE number = $1", case.0, now).execute(self.db()).await?;
        }
        let (mut messages, mut mails) = (Vec::new(), Vec::new());
        for (number, key) in self.messages_to_purge(before).await? {
            self.shred(key).await?;
            sql!("UPDATE messages SET purged_at = $2 WHERE number = $1", number.0, now).execute(self.db()).await?;
            messages.push(number);
        }
        for (number, key) in self.mails_to_purge(before).await? {
            self.shred(key).await?;
            sql!("UPDATE outbox SET purged_at = $2 WHERE number = $1", number.0, now).execute(self.db()).await?;
            mails.push(number);
        }
        let mut alerts = Vec::new();
        for (number, key) in self.asked_to_purge(before, usize::try_from(MOST).unwrap_or(usize::MAX)).await? {
            self.shred(key).await?;
            alerts.push(number);
        }
        Ok(Purged { cases, messages, mails, alerts })
    }
}

fn detail_place(id: &LegalHoldId) -> Place {
    Place::new("legal_holds", id, "detail")
}
