//! Putting frozen mail into the outbox, within the transaction of the decision that causes it.

use super::outbox::{envelope_place, frozen_place};
use super::row::{CHUNK, text_or, us, us_or, values};
use super::{EntryState, Envelope, RecipientState, StoreError, Tx};
use crate::casework::{CaseRef, MailKind, MeetingId, MessageRef, PanelId, SentRef, Sha256};
use jiff::Timestamp;
use sqlx::AssertSqlSafe;

/// Mail to be enqueued: `bytes` are final.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// From [`Tx::next_sent`]; the frozen bytes bear it.
    pub number: SentRef,
    /// What makes it the same mail: case, document version, recipient and purpose.
    pub purpose: String,
    /// Its kind.
    pub kind: MailKind,
    /// The rule it goes by.
    pub rule: String,
    /// Whose mail it is.
    pub panel: PanelId,
    /// The meeting it is about.
    pub meeting: Option<MeetingId>,
    /// The message it answers.
    pub answers: Option<MessageRef>,
    /// `1/2` when a pack is split.
    pub part: Option<String>,
    /// Its Message-ID, without angle brackets.
    pub message_id: String,
    /// Not before.
    pub due_at: Timestamp,
    /// Not after.
    pub expires_at: Option<Timestamp>,
    /// Waits for a person, by this rule, instead of being queued.
    pub held_by: Option<String>,
    /// From and to.
    pub envelope: Envelope,
    /// The cases it speaks of.
    pub cases: Vec<CaseRef>,
    /// The documents it carries, and whose they are.
    pub documents: Vec<(Sha256, CaseRef)>,
    /// The whole message as it will be sent.
    pub bytes: Vec<u8>,
}

/// What enqueueing did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enqueued {
    /// It is in the outbox.
    New(SentRef),
    /// There is an entry of this purpose already; nothing was added.
    Existing(SentRef),
}

impl Tx {
    /// The number of the next mail, to be frozen into it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_sent(&mut self) -> Result<SentRef, StoreError> {
        Ok(SentRef(self.numbers("outbox", 1).await?))
    }

    /// Puts mail into the outbox under a data key of its own, unless there is an entry of its purpose already.
    ///
    /// # Errors
    /// When the database fails, or the number or Message-ID is taken.
    pub async fn enqueue(&mut self, new: &NewEntry) -> Result<Enqueued, StoreError> {
        let (number, now) = (new.number, us(self.now()));
        let purpose = self.look_ups().hash("purpose", None, &new.purpose);
        let key = self.new_key().await?;
        let envelope = self.seal(&key, envelope_place(number), &new.envelope)?;
        let frozen = key.seal(self.chance(), &frozen_place(number), &new.bytes)?;
        let state = if new.held_by.is_some() { EntryState::Held } else { EntryState::Queued };
        let inserted = sql!(
            "INSERT INTO outbox (number, purpose, kind, rule, panel, meeting, answers, part, message_id, created_at, \
             due_at, expires_at, state, state_at, attempt, held_rule, sha256, size, data_key, envelope) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $10, 0, $14, $15, $16, $17, $18) \
             ON CONFLICT (purpose) DO NOTHING",
            number.0,
            purpose.0.to_vec(),
            new.kind.as_str(),
            new.rule.as_str(),
            new.panel.as_str(),
            text_or(new.meeting.as_ref()),
            new.answers.map(|message| message.0),
            new.part.clone(),
            new.message_id.as_str(),
            now,
            us(new.due_at),
            us_or(new.expires_at),
            state.as_str(),
            new.held_by.clone(),
            Sha256::of(&new.bytes).0.to_vec(),
            i64::try_from(new.bytes.len()).unwrap_or(i64::MAX),
            key.id().to_string(),
            envelope.blob().to_vec()
        )
        .execute(self.db())
        .await?;
        if inserted.rows_affected() == 0 {
            let existing = self.entry_of_purpose(&new.purpose).await?;
            return existing.map(Enqueued::Existing).ok_or_else(|| StoreError::missing(number));
        }
        sql!("INSERT INTO outbox_bodies (entry, frozen) VALUES ($1, $2)", number.0, frozen).execute(self.db()).await?;
        self.insert_recipients(new).await?;
        self.insert_contents(new).await?;
        Ok(Enqueued::New(number))
    }

    async fn insert_recipients(&mut self, new: &NewEntry) -> Result<(), StoreError> {
        let now = us(self.now());
        for (n, chunk) in new.envelope.to.chunks(CHUNK).enumerate() {
            let text = format!(
                "INSERT INTO outbox_recipients (entry, position, address_hash, role, journal, state, updated_at) VALUES {}",
                values(chunk.len(), 7)
            );
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() < 4);
            for (i, to) in chunk.iter().enumerate() {
                let position = i64::try_from(n * CHUNK + i).unwrap_or(i64::MAX);
                let hash = self.look_ups().address(&to.address);
                query = query.bind(new.number.0).bind(position).bind(hash.0.to_vec()).bind(to.role.as_str());
                query = query.bind(i64::from(to.journal)).bind(RecipientState::Pending.as_str()).bind(now);
            }
            query.execute(self.db()).await?;
        }
        Ok(())
    }

    async fn insert_contents(&mut self, new: &NewEntry) -> Result<(), StoreError> {
        for chunk in new.cases.chunks(CHUNK) {
            let text = format!(
                "INSERT INTO outbox_cases (entry, case_no) VALUES {} ON CONFLICT (entry, case_no) DO NOTHING",
                values(chunk.len(), 2)
            );
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() < 4);
            for case in chunk {
                query = query.bind(new.number.0).bind(case.0);
            }
            query.execute(self.db()).await?;
        }
        for chunk in new.documents.chunks(CHUNK) {
            let text = format!(
                "INSERT INTO outbox_documents (entry, sha256, case_no) VALUES {} \
                 ON CONFLICT (entry, sha256, case_no) DO NOTHING",
                values(chunk.len(), 3)
            );
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() < 4);
            for (hash, case) in chunk {
                query = query.bind(new.number.0).bind(hash.0.to_vec()).bind(case.0);
            }
            query.execute(self.db()).await?;
        }
        Ok(())
    }

    /// A person approved exactly these bytes; any change voids it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn approve_entry(&mut self, number: SentRef, sha256: Sha256) -> Result<(), StoreError> {
        let now = us(self.now());
        sql!(
            "UPDATE outbox SET approved_at = $2, approved_sha256 = $3 WHERE number = $1",
            number.0,
            now,
            sha256.0.to_vec()
        )
        .execute(self.db())
        .await?;
        Ok(())
    }
}
