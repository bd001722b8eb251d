//! What waits for a person, and what the person decided.

use super::row::{Columns, list, text_or, us};
use super::{DocumentId, StoreError, Tx, View};
use crate::casework::{CaseRef, HeldRef, MeetingId, MessageRef, PanelId, Redacted, SentRef};
use crate::seal::{DataKey, Payload, Place, Sealed};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

words! {
    /// Whether it still waits.
    HeldState {
        /// It does.
        Open => "open",
        /// A person let it go on.
        Released => "released",
        /// A person refused it.
        Rejected => "rejected",
        /// Something later settled it.
        Superseded => "superseded",
    }
}

/// What the person needs to decide. Sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HeldDetail {
    /// What is wrong, in a sentence.
    pub summary: Redacted<String>,
    /// What to do, in a sentence.
    pub advice: Redacted<String>,
    /// Cases it may be about, most likely first.
    pub candidates: Vec<CaseRef>,
    /// What else to show, by name.
    pub facts: std::collections::BTreeMap<String, Redacted<String>>,
}

impl Payload for HeldDetail {}

/// What the person decided. Sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldDecision {
    /// Who.
    pub by: Redacted<String>,
    /// Why.
    pub note: Redacted<String>,
    /// The case it was put to, if any.
    pub case: Option<CaseRef>,
}

impl Payload for HeldDecision {}

/// Something to be held. Sealed under the key of the message or case it is about, so that it is shredded with it.
#[derive(Clone, Debug)]
pub struct NewHeld {
    /// The reason as a code, e.g. `identity_unclear`.
    pub kind: String,
    /// By which rule.
    pub rule: String,
    /// For which panel.
    pub panel: Option<PanelId>,
    /// Which message.
    pub message: Option<MessageRef>,
    /// Which document.
    pub document: Option<DocumentId>,
    /// Which case.
    pub case: Option<CaseRef>,
    /// Which meeting.
    pub meeting: Option<MeetingId>,
    /// Which outgoing mail.
    pub entry: Option<SentRef>,
    /// What the person needs to decide.
    pub detail: HeldDetail,
}

/// Something held.
#[derive(Clone, Debug)]
pub struct Held {
    /// `H-0007`.
    pub number: HeldRef,
    /// The reason as a code.
    pub kind: String,
    /// By which rule.
    pub rule: String,
    /// For which panel.
    pub panel: Option<PanelId>,
    /// Which message.
    pub message: Option<MessageRef>,
    /// Which document.
    pub document: Option<DocumentId>,
    /// Which case.
    pub case: Option<CaseRef>,
    /// Which meeting.
    pub meeting: Option<MeetingId>,
    /// Which outgoing mail.
    pub entry: Option<SentRef>,
    /// Whether it still waits.
    pub state: HeldState,
    /// Since when.
    pub opened_at: Timestamp,
    /// Until when.
    pub closed_at: Option<Timestamp>,
    /// When somebody was last alerted.
    pub alerted_at: Option<Timestamp>,
    /// How far the alert has gone: 0 owner, 1 deputy, 2 chair.
    pub level: i64,
    /// What the person needs to decide.
    pub detail: Sealed<HeldDetail>,
    /// What the person decided.
    pub decision: Option<Sealed<HeldDecision>>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT h.number, h.kind, h.rule, h.panel, h.message, h.document, h.case_no, h.meeting, h.entry, h.state, \
             h.opened_at, h.closed_at, h.alerted_at, h.level, h.data_key, h.detail, h.decision, k.wrapped \
             FROM held h JOIN data_keys k ON k.id = h.data_key ",
            $rest
        )
    };
}

impl View {
    /// One held thing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn held(&mut self, number: HeldRef) -> Result<Option<Held>, StoreError> {
        let row = sql!(select!("WHERE h.number = $1"), number.0).fetch_optional(self.db()).await?;
        row.as_ref().map(|row| self.held_of(row)).transpose()
    }

    /// Everything that waits, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_held(&mut self) -> Result<Vec<Held>, StoreError> {
        let rows = sql!(select!("WHERE h.state = 'open' ORDER BY h.number")).fetch_all(self.db()).await?;
        rows.iter().map(|row| self.held_of(row)).collect()
    }

    /// Everything that ever was held, oldest first (`held.jsonl`).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all_held(&mut self) -> Result<Vec<Held>, StoreError> {
        let rows = sql!(select!("ORDER BY h.number")).fetch_all(self.db()).await?;
        rows.iter().map(|row| self.held_of(row)).collect()
    }

    /// What is or was held of a message, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn held_of_message(&mut self, message: MessageRef) -> Result<Vec<Held>, StoreError> {
        let rows = sql!(select!("WHERE h.message = $1 ORDER BY h.number"), message.0).fetch_all(self.db()).await?;
        rows.iter().map(|row| self.held_of(row)).collect()
    }

    /// What is or was held of a case, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn held_of_case(&mut self, case: CaseRef) -> Result<Vec<Held>, StoreError> {
        let rows = sql!(select!("WHERE h.case_no = $1 ORDER BY h.number"), case.0).fetch_all(self.db()).await?;
        rows.iter().map(|row| self.held_of(row)).collect()
    }

    /// What is or was held of this kind about a meeting, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn held_of_kind(&mut self, meeting: &MeetingId, kind: &str) -> Result<Vec<Held>, StoreError> {
        self.held_of_kinds(meeting, &[kind]).await
    }

    /// What is or was held of these kinds about a meeting, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn held_of_kinds(&mut self, meeting: &MeetingId, kinds: &[&str]) -> Result<Vec<Held>, StoreError> {
        let select = select!("WHERE h.meeting = $1 AND h.kind IN");
        let text = format!("{select} ({}) ORDER BY h.number", list(1, kinds.len()));
        let query = sqlx::query(AssertSqlSafe(text)).bind(meeting.to_string());
        let query = kinds.iter().fold(query, |query, kind| query.bind((*kind).to_owned()));
        query.fetch_all(self.db()).await?.iter().map(|row| self.held_of(row)).collect()
    }

    fn held_of(&self, row: &AnyRow) -> Result<Held, StoreError> {
        let number = HeldRef(row.int("number")?);
        let key = row.key(&self.shared.master, "data_key", "wrapped")?;
        let decision = row.bytes_or("decision")?;
        Ok(Held {
            number,
            kind: row.text("kind")?,
            rule: row.text("rule")?,
            panel: row.name_or("panel")?,
            message: row.int_or("message")?.map(MessageRef),
            document: row.text_or("document")?.map(DocumentId),
            case: row.int_or("case_no")?.map(CaseRef),
            meeting: row.word_or("meeting")?,
            entry: row.int_or("entry")?.map(SentRef),
            state: row.word("state")?,
            opened_at: row.time("opened_at")?,
            closed_at: row.time_or("closed_at")?,
            alerted_at: row.time_or("alerted_at")?,
            level: row.int("level")?,
            detail: row.sealed(key.as_ref(), place(number, "detail"), "detail")?,
            decision: decision.map(|blob| Sealed::found(key, place(number, "decision"), blob)),
        })
    }
}

impl Tx {
    /// Holds something for a person. `key` is that of the message, case or outgoing mail it is about
    /// ([`super::Message::key`], [`super::Case::key`], or a [`Tx::new_key`]).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold(&mut self, key: &DataKey, new: &NewHeld) -> Result<HeldRef, StoreError> {
        let number = HeldRef(self.numbers("held", 1).await?);
        let detail = self.seal(key, place(number, "detail"), &new.detail)?;
        sql!(
            "INSERT INTO held (number, kind, rule, panel, message, document, case_no, meeting, entry, state, opened_at, \
             level, data_key, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10, 0, $11, $12)",
            number.0,
            new.kind.as_str(),
            new.rule.as_str(),
            text_or(new.panel.as_ref()),
            new.message.map(|message| message.0),
            text_or(new.document.as_ref()),
            new.case.map(|case| case.0),
            text_or(new.meeting.as_ref()),
            new.entry.map(|entry| entry.0),
            us(self.now()),
            key.id().to_string(),
            detail.blob().to_vec()
        )
        .execute(self.db())
        .await?;
        Ok(number)
    }

    /// Closes what was held. False when somebody had closed it already: then nothing changes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_held(
        &mut self,
        held: &Held,
        as_: HeldState,
        decision: &HeldDecision,
    ) -> Result<bool, StoreError> {
        let sealed = self.seal(held.detail.key()?, place(held.number, "decision"), decision)?;
        let now = us(self.now());
        let done = sql!(
            "UPDATE held SET state = $2, closed_at = $3, decision = $4, case_no = COALESCE($5, case_no) \
             WHERE number = $1 AND state = 'open'",
            held.number.0,
            as_.as_str(),
            now,
            sealed.blob().to_vec(),
            decision.case.map(|case| case.0)
        );
        Ok(done.execute(self.db()).await?.rows_affected() > 0)
    }

    /// Notes that somebody of this level was alerted now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn held_alerted(&mut self, number: HeldRef, level: i64) -> Result<(), StoreError> {
        let now = us(self.now());
        sql!("UPDATE held SET alerted_at = $2, level = $3 WHERE number = $1", number.0, now, level)
            .execute(self.db())
            .await?;
        Ok(())
    }
}

fn place(number: HeldRef, column: &'static str) -> Place {
    Place::new("held", number, column)
}
