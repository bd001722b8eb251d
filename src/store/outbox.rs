//! The outbox: mail frozen with the decision that caused it (invariant 4). [`super::sending`] moves entries through their
//! states.
//!
//! An entry's purpose says for whom, about what and why it is; there is one entry for each, so a turn that runs twice sends
//! once. The purpose may name an address: it is kept as a keyed hash.

use super::row::{CHUNK, Columns, text_or, us, us_or, values};
use super::{RecipientState, StoreError, Tx, View};
use crate::casework::{Address, CaseRef, MailKind, MeetingId, MessageRef, PanelId, Redacted, RoleId, SentRef, Sha256};
use crate::seal::{DataKey, Payload, Place, SealError, Sealed};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

words! {
    /// Where an entry is on its way.
    EntryState {
        /// To be sent when due.
        Queued => "queued",
        /// An attempt has begun; nothing is accepted yet, so it is safe to try again.
        Sending => "sending",
        /// Between the first body byte and the answer to the final dot: what a crash leaves here is unknown.
        AtTheDot => "at-the-dot",
        /// Every recipient's outcome is known.
        Settled => "settled",
        /// It waits for a person.
        Held => "held",
        /// It fell away before it went.
        Cancelled => "cancelled",
        /// It did not go in time.
        Expired => "expired",
    }
}

/// From whom and to whom. Sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The panel's address.
    pub from: Address,
    /// Everyone it goes to, in order; a recipient's position is its place here.
    pub to: Vec<EnvelopeRecipient>,
}

impl Payload for Envelope {}

/// One recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvelopeRecipient {
    /// Where it goes.
    pub address: Address,
    /// As shown.
    #[serde(default)]
    pub name: Option<Redacted<String>>,
    /// In which role.
    pub role: RoleId,
    /// Our own journal mailbox, whose copy proves the others'.
    #[serde(default)]
    pub journal: bool,
}

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

/// An outbox entry.
#[derive(Clone, Debug)]
pub struct OutboxEntry {
    /// `S-000123`.
    pub number: SentRef,
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
    /// When it was frozen.
    pub created_at: Timestamp,
    /// Not before.
    pub due_at: Timestamp,
    /// Not after.
    pub expires_at: Option<Timestamp>,
    /// Where it is on its way.
    pub state: EntryState,
    /// Since when.
    pub state_at: Timestamp,
    /// How many attempts were begun.
    pub attempt: i64,
    /// The rule by which it is held or cancelled.
    pub held_by: Option<String>,
    /// A later mail took its place.
    pub superseded_by: Option<SentRef>,
    /// When a person approved it, and which bytes.
    pub approved: Option<(Timestamp, Sha256)>,
    /// Of the frozen bytes.
    pub sha256: Sha256,
    /// In bytes.
    pub size: i64,
    /// From and to.
    pub envelope: Sealed<Envelope>,
}

impl OutboxEntry {
    /// The entry's data key.
    ///
    /// # Errors
    /// [`SealError::Shredded`].
    pub fn key(&self) -> Result<&DataKey, SealError> {
        self.envelope.key()
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT o.number, o.kind, o.rule, o.panel, o.meeting, o.answers, o.part, o.message_id, o.created_at, o.due_at, \
             o.expires_at, o.state, o.state_at, o.attempt, o.held_rule, o.superseded_by, o.approved_at, o.approved_sha256, \
             o.sha256, o.size, o.data_key, o.envelope, k.wrapped FROM outbox o JOIN data_keys k ON k.id = o.data_key ",
            $rest
        )
    };
}

impl View {
    /// One entry.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entry(&mut self, number: SentRef) -> Result<Option<OutboxEntry>, StoreError> {
        let row = sql!(select!("WHERE o.number = $1"), number.0).fetch_optional(self.db()).await?;
        row.as_ref().map(|row| self.entry_of(row)).transpose()
    }

    /// The entry of this purpose: ask before composing, so that no number is taken in vain.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entry_of_purpose(&mut self, purpose: &str) -> Result<Option<SentRef>, StoreError> {
        let hash = self.look_ups().hash("purpose", None, purpose);
        let row = sql!("SELECT number FROM outbox WHERE purpose = $1", hash.0.to_vec()).fetch_optional(self.db());
        row.await?.map(|row| Ok(SentRef(row.int("number")?))).transpose()
    }

    /// The entry with this Message-ID (without angle brackets): for replies, bounces and proof.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entry_by_message_id(&mut self, message_id: &str) -> Result<Option<OutboxEntry>, StoreError> {
        let row = sql!(select!("WHERE o.message_id = $1"), message_id).fetch_optional(self.db()).await?;
        row.as_ref().map(|row| self.entry_of(row)).transpose()
    }

    /// Queued entries due at or before `now`, in order; those past `expires_at` too, for the caller to expire.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_entries(&mut self, now: Timestamp, limit: i64) -> Result<Vec<OutboxEntry>, StoreError> {
        let rows = sql!(
            select!("WHERE o.state = 'queued' AND o.due_at <= $1 ORDER BY o.due_at, o.number LIMIT $2"),
            us(now),
            limit
        );
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| self.entry_of(row)).collect()
    }

    /// When the next queued entry is due.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_due(&mut self) -> Result<Option<Timestamp>, StoreError> {
        sql!("SELECT MIN(due_at) AS due_at FROM outbox WHERE state = 'queued'")
            .fetch_one(self.db())
            .await?
            .time_or("due_at")
    }

    /// Every entry in this state, by number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entries_in(&mut self, state: EntryState) -> Result<Vec<OutboxEntry>, StoreError> {
        let rows = sql!(select!("WHERE o.state = $1 ORDER BY o.number"), state.as_str()).fetch_all(self.db()).await?;
        rows.iter().map(|row| self.entry_of(row)).collect()
    }

    /// Up to `limit` entries after number `after`, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entries_after(&mut self, after: i64, limit: i64) -> Result<Vec<OutboxEntry>, StoreError> {
        let rows = sql!(select!("WHERE o.number > $1 ORDER BY o.number LIMIT $2"), after, limit);
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| self.entry_of(row)).collect()
    }

    /// Every entry that speaks of a case, by number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entries_of_case(&mut self, case: CaseRef) -> Result<Vec<OutboxEntry>, StoreError> {
        let rows =
            sql!(select!("JOIN outbox_cases x ON x.entry = o.number WHERE x.case_no = $1 ORDER BY o.number"), case.0);
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| self.entry_of(row)).collect()
    }

    /// Every entry about a meeting, by number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entries_of_meeting(&mut self, meeting: &MeetingId) -> Result<Vec<OutboxEntry>, StoreError> {
        let rows = sql!(select!("WHERE o.meeting = $1 ORDER BY o.number"), meeting.to_string());
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| self.entry_of(row)).collect()
    }

    /// Every entry that answers a message, by number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entries_answering(&mut self, message: MessageRef) -> Result<Vec<OutboxEntry>, StoreError> {
        let rows = sql!(select!("WHERE o.answers = $1 ORDER BY o.number"), message.0).fetch_all(self.db()).await?;
        rows.iter().map(|row| self.entry_of(row)).collect()
    }

    /// How many entries of this kind, not cancelled, were made for this address at or after `since` (the cap per sender).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entries_to(&mut self, to: &Address, kind: MailKind, since: Timestamp) -> Result<i64, StoreError> {
        let hash = self.look_ups().address(to);
        let row = sql!(
            "SELECT COUNT(*) AS n FROM outbox_recipients r JOIN outbox o ON o.number = r.entry \
             WHERE r.address_hash = $1 AND o.kind = $2 AND o.created_at >= $3 AND o.state <> 'cancelled'",
            hash.0.to_vec(),
            kind.as_str(),
            us(since)
        );
        row.fetch_one(self.db()).await?.int("n")
    }

    /// The entries that carry these bytes as a document, by number: a file sent before is a repeat, never a referral.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entries_carrying(&mut self, document: Sha256) -> Result<Vec<SentRef>, StoreError> {
        let rows =
            sql!("SELECT DISTINCT entry FROM outbox_documents WHERE sha256 = $1 ORDER BY entry", document.0.to_vec());
        rows.fetch_all(self.db()).await?.iter().map(|row| Ok(SentRef(row.int("entry")?))).collect()
    }

    /// The cases an entry speaks of.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cases_of_entry(&mut self, number: SentRef) -> Result<Vec<CaseRef>, StoreError> {
        let rows = sql!("SELECT case_no FROM outbox_cases WHERE entry = $1 ORDER BY case_no", number.0);
        rows.fetch_all(self.db()).await?.iter().map(|row| Ok(CaseRef(row.int("case_no")?))).collect()
    }

    /// The documents an entry carries, and whose they are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn documents_of_entry(&mut self, number: SentRef) -> Result<Vec<(Sha256, CaseRef)>, StoreError> {
        let rows =
            sql!("SELECT sha256, case_no FROM outbox_documents WHERE entry = $1 ORDER BY case_no, sha256", number.0);
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| Ok((row.sha256("sha256")?, CaseRef(row.int("case_no")?)))).collect()
    }

    /// The frozen bytes, checked against their hash.
    ///
    /// # Errors
    /// [`SealError::Tampered`] when they are not what was frozen; or when the database fails.
    pub async fn frozen(&mut self, entry: &OutboxEntry) -> Result<Vec<u8>, StoreError> {
        let row = sql!("SELECT frozen FROM outbox_bodies WHERE entry = $1", entry.number.0).fetch_optional(self.db());
        let row = row.await?.ok_or_else(|| StoreError::missing(entry.number))?;
        let bytes = entry.key()?.open(&frozen_place(entry.number), &row.bytes("frozen")?)?;
        if Sha256::of(&bytes) == entry.sha256 { Ok(bytes) } else { Err(SealError::Tampered.into()) }
    }

    fn entry_of(&self, row: &AnyRow) -> Result<OutboxEntry, StoreError> {
        let number = SentRef(row.int("number")?);
        let key = row.key(&self.shared.master, "data_key", "wrapped")?;
        let approved = row.bytes_or("approved_sha256")?.and_then(|hash| hash.try_into().ok()).map(Sha256);
        Ok(OutboxEntry {
            number,
            kind: row.word("kind")?,
            rule: row.text("rule")?,
            panel: row.name("panel")?,
            meeting: row.word_or("meeting")?,
            answers: row.int_or("answers")?.map(MessageRef),
            part: row.text_or("part")?,
            message_id: row.text("message_id")?,
            created_at: row.time("created_at")?,
            due_at: row.time("due_at")?,
            expires_at: row.time_or("expires_at")?,
            state: row.word("state")?,
            state_at: row.time("state_at")?,
            attempt: row.int("attempt")?,
            held_by: row.text_or("held_rule")?,
            superseded_by: row.int_or("superseded_by")?.map(SentRef),
            approved: row.time_or("approved_at")?.zip(approved),
            sha256: row.sha256("sha256")?,
            size: row.int("size")?,
            envelope: row.sealed(key.as_ref(), envelope_place(number), "envelope")?,
        })
    }
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
        if let Some(existing) = self.entry_of_purpose(&new.purpose).await? {
            return Ok(Enqueued::Existing(existing));
        }
        let (number, now) = (new.number, us(self.now()));
        let purpose = self.look_ups().hash("purpose", None, &new.purpose);
        let key = self.new_key().await?;
        let envelope = self.seal(&key, envelope_place(number), &new.envelope)?;
        let frozen = key.seal(self.chance(), &frozen_place(number), &new.bytes)?;
        let state = if new.held_by.is_some() { EntryState::Held } else { EntryState::Queued };
        sql!(
            "INSERT INTO outbox (number, purpose, kind, rule, panel, meeting, answers, part, message_id, created_at, \
             due_at, expires_at, state, state_at, attempt, held_rule, sha256, size, data_key, envelope) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $10, 0, $14, $15, $16, $17, $18)",
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

fn envelope_place(number: SentRef) -> Place {
    Place::new("outbox", number, "envelope")
}

fn frozen_place(number: SentRef) -> Place {
    Place::new("outbox_bodies", number, "frozen")
}
