//! Received messages: their bytes as they came, and what became of them. [`super::arrivals`] commits new ones.

use super::row::{CHUNK, Columns, PREPARED, list, text_or, us};
use super::{Fate, StoreError, Tx, View};
use crate::casework::{Address, MailboxId, MeetingId, MessageRef, PanelId, Redacted, Sha256};
use crate::seal::{DataKey, LookupHash, Payload, Place, SealError, Sealed};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

words! {
    /// How far a message has come.
    MessageState {
        /// Committed; nothing decided yet.
        Received => "received",
        /// Its fate is known.
        Decided => "decided",
        /// It killed its reader twice, or was over the size limit; a person was told. Its fate is held.
        Quarantined => "quarantined",
    }
}

/// A received message.
#[derive(Clone, Debug)]
pub struct Message {
    /// `M-000123`.
    pub number: MessageRef,
    /// The mailbox it came to.
    pub mailbox: MailboxId,
    /// Of its bytes.
    pub sha256: Sha256,
    /// The server's arrival time, whole seconds (invariant 8).
    pub arrived_at: Timestamp,
    /// When this program committed it.
    pub received_at: Timestamp,
    /// In bytes.
    pub size: i64,
    /// False when it was over the size limit and only its head was kept.
    pub complete: bool,
    /// How far it has come.
    pub state: MessageState,
    /// None until decided.
    pub fate: Option<Fate>,
    /// Why, with ids and no persons.
    pub reason: Option<String>,
    /// By which rule.
    pub rule: Option<String>,
    /// The panel it was for.
    pub panel: Option<PanelId>,
    /// The meeting its papers go to.
    pub meeting: Option<MeetingId>,
    /// How often reading it was begun.
    pub attempts: i64,
    /// When its fate was decided.
    pub decided_at: Option<Timestamp>,
    /// It came to light with many others after its mailbox was rebuilt: mail that follows from it waits for a person.
    pub reappeared: bool,
    /// What its header said; none until decided.
    pub facts: Option<Sealed<MessageFacts>>,
    key: Option<DataKey>,
}

impl Message {
    /// The data key of this message and its documents.
    ///
    /// # Errors
    /// [`SealError::Shredded`].
    pub fn key(&self) -> Result<&DataKey, SealError> {
        self.key.as_ref().ok_or(SealError::Shredded)
    }
}

/// What a message's header said, as far as answering and explaining need it. Sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MessageFacts {
    /// The From address, if it is one this program could write to.
    pub from: Option<Address>,
    /// The name beside it.
    pub from_name: Option<Redacted<String>>,
    /// The subject.
    pub subject: Option<Redacted<String>>,
    /// Message-ID without angle brackets.
    pub message_id: Option<Redacted<String>>,
    /// In-Reply-To and References, without angle brackets.
    pub references: Vec<Redacted<String>>,
    /// The sender is authenticated.
    pub authenticated: bool,
    /// An automatic mail (RFC 3834).
    pub automatic: bool,
}

impl Payload for MessageFacts {}

/// What became of a message.
#[derive(Clone, Debug)]
pub struct MessageOutcome {
    /// How far it has come now.
    pub state: MessageState,
    /// Its fate in the ledger.
    pub fate: Fate,
    /// Why, with ids and no persons.
    pub reason: String,
    /// By which rule.
    pub rule: Option<String>,
    /// The panel it was for.
    pub panel: Option<PanelId>,
    /// The meeting its papers go to.
    pub meeting: Option<MeetingId>,
    /// What its header said.
    pub facts: Option<MessageFacts>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT m.number, m.mailbox, m.sha256, m.arrived_at, m.received_at, m.size, m.complete, m.state, m.fate, \
             m.reason, m.rule, m.panel, m.meeting, m.attempts, m.decided_at, m.reappeared, m.facts, m.data_key, k.wrapped \
             FROM messages m JOIN data_keys k ON k.id = m.data_key ",
            $rest
        )
    };
}

impl View {
    /// One message.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn message(&mut self, number: MessageRef) -> Result<Option<Message>, StoreError> {
        let row = sql!(select!("WHERE m.number = $1"), number.0).fetch_optional(self.db()).await?;
        row.as_ref().map(|row| self.message_of(row)).transpose()
    }

    /// The message of these bytes in this mailbox.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn message_by_hash(&mut self, mailbox: &MailboxId, hash: Sha256) -> Result<Option<Message>, StoreError> {
        let row = sql!(select!("WHERE m.mailbox = $1 AND m.sha256 = $2"), mailbox.as_str(), hash.0.to_vec());
        let row = row.fetch_optional(self.db()).await?;
        row.as_ref().map(|row| self.message_of(row)).transpose()
    }

    /// Received messages whose Message-ID (without angle brackets) was this; it is no key, so there may be several.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn messages_by_message_id(&mut self, message_id: &str) -> Result<Vec<Message>, StoreError> {
        let hash = self.look_ups().hash("message_id", None, message_id);
        let rows = sql!(select!("WHERE m.message_id_hash = $1 ORDER BY m.number"), hash.0.to_vec());
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| self.message_of(row)).collect()
    }

    /// How many decided messages from this sender arrived at or after `since` (the cap per sender).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn messages_from(&mut self, sender: &Address, since: Timestamp) -> Result<i64, StoreError> {
        let hash = self.look_ups().address(sender);
        let row = sql!(
            "SELECT COUNT(*) AS n FROM messages WHERE sender_hash = $1 AND arrived_at >= $2",
            hash.0.to_vec(),
            us(since)
        );
        row.fetch_one(self.db()).await?.int("n")
    }

    /// Messages nobody has decided yet, in order of arrival.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pending_messages(&mut self, limit: i64) -> Result<Vec<Message>, StoreError> {
        let rows = sql!(select!("WHERE m.state = 'received' ORDER BY m.arrived_at, m.number LIMIT $1"), limit);
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| self.message_of(row)).collect()
    }

    /// How many messages of this mailbox that arrived at or before `by` are undecided (invariant 11).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pending_by(&mut self, mailbox: &MailboxId, by: Timestamp) -> Result<i64, StoreError> {
        let row = sql!(
            "SELECT COUNT(*) AS n FROM messages WHERE state = 'received' AND mailbox = $1 AND arrived_at <= $2",
            mailbox.as_str(),
            us(by)
        );
        row.fetch_one(self.db()).await?.int("n")
    }

    /// Decided messages of this fate, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn messages_of_fate(&mut self, fate: Fate, limit: i64) -> Result<Vec<Message>, StoreError> {
        let rows = sql!(select!("WHERE m.fate = $1 ORDER BY m.number DESC LIMIT $2"), fate.as_str(), limit);
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| self.message_of(row)).collect()
    }

    /// The bytes as received.
    ///
    /// # Errors
    /// [`SealError::Shredded`] when they were destroyed; or when the database fails.
    pub async fn raw(&mut self, number: MessageRef) -> Result<Vec<u8>, StoreError> {
        let row = sql!(
            "SELECT m.data_key, k.wrapped, b.raw FROM messages m JOIN message_bodies b ON b.message = m.number \
             JOIN data_keys k ON k.id = m.data_key WHERE m.number = $1",
            number.0
        );
        let row = row.fetch_optional(self.db()).await?.ok_or_else(|| StoreError::missing(number))?;
        let key = row.key(&self.shared.master, "data_key", "wrapped")?.ok_or(SealError::Shredded)?;
        Ok(key.open(&Place::new("message_bodies", number, "raw"), &row.bytes("raw")?)?)
    }

    fn message_of(&self, row: &AnyRow) -> Result<Message, StoreError> {
        let number = MessageRef(row.int("number")?);
        let key = row.key(&self.shared.master, "data_key", "wrapped")?;
        let facts = row.bytes_or("facts")?;
        Ok(Message {
            number,
            mailbox: row.name("mailbox")?,
            sha256: row.sha256("sha256")?,
            arrived_at: row.time("arrived_at")?,
            received_at: row.time("received_at")?,
            size: row.int("size")?,
            complete: row.flag("complete")?,
            state: row.word("state")?,
            fate: row.word_or("fate")?,
            reason: row.text_or("reason")?,
            rule: row.text_or("rule")?,
            panel: row.name_or("panel")?,
            meeting: row.word_or("meeting")?,
            attempts: row.int("attempts")?,
            decided_at: row.time_or("decided_at")?,
            reappeared: row.flag("reappeared")?,
            facts: facts.map(|blob| Sealed::found(key.clone(), facts_place(number), blob)),
            key,
        })
    }
}

impl Tx {
    /// Counts, before it begins, that the processing of these messages begins.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_attempts(&mut self, numbers: &[MessageRef]) -> Result<(), StoreError> {
        self.add_attempts(numbers, 1).await
    }

    /// Takes back that the processing of these messages began: it was called off, and nothing went wrong.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_attempts(&mut self, numbers: &[MessageRef]) -> Result<(), StoreError> {
        self.add_attempts(numbers, -1).await
    }

    async fn add_attempts(&mut self, numbers: &[MessageRef], n: i64) -> Result<(), StoreError> {
        for chunk in numbers.chunks(CHUNK) {
            let text =
                format!("UPDATE messages SET attempts = attempts + $1 WHERE number IN ({})", list(1, chunk.len()));
            let query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() <= PREPARED).bind(n);
            chunk.iter().fold(query, |query, number| query.bind(number.0)).execute(self.db()).await?;
        }
        Ok(())
    }

    /// Writes what became of a message. A held message may be decided again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decide_message(&mut self, message: &Message, outcome: &MessageOutcome) -> Result<(), StoreError> {
        let facts = match &outcome.facts {
            Some(facts) => Some(self.seal(message.key()?, facts_place(message.number), facts)?),
            None => message.facts.clone(),
        };
        let sender = outcome.facts.as_ref().and_then(|facts| facts.from.as_ref());
        let sender = sender.map(|from| self.look_ups().address(from));
        let message_id = outcome.facts.as_ref().and_then(|facts| facts.message_id.as_ref());
        let message_id = message_id.map(|id| self.look_ups().hash("message_id", None, id.reveal()));
        let bytes = |hash: Option<LookupHash>| hash.map(|hash| hash.0.to_vec());
        let now = us(self.now());
        sql!(
            "UPDATE messages SET state = $2, fate = $3, reason = $4, rule = $5, panel = $6, meeting = $7, \
             decided_at = $8, facts = $9, sender_hash = COALESCE($10, sender_hash), \
             message_id_hash = COALESCE($11, message_id_hash) WHERE number = $1",
            message.number.0,
            outcome.state.as_str(),
            outcome.fate.as_str(),
            outcome.reason.as_str(),
            outcome.rule.clone(),
            text_or(outcome.panel.as_ref()),
            text_or(outcome.meeting.as_ref()),
            now,
            facts.map(|facts| facts.blob().to_vec()),
            bytes(sender),
            bytes(message_id)
        )
        .execute(self.db())
        .await?;
        Ok(())
    }
}

fn facts_place(number: MessageRef) -> Place {
    Place::new("messages", number, "facts")
}
