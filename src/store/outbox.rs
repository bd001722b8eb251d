//! The outbox: mail frozen with the decision that caused it (invariant 4). [`super::enqueue`] puts it in,
//! [`super::sending`] moves entries through their states.
//!
//! An entry's purpose says for whom, about what and why it is; there is one entry for each, so a turn that runs twice sends
//! once. The purpose may name an address: it is kept as a keyed hash.

use super::row::{CHUNK, Columns, PREPARED, damaged, list, us};
use super::{StoreError, View};
use crate::casework::{
    Address, CaseRef, FrozenBytes, MailKind, MeetingId, MessageRef, PanelId, Redacted, RoleId, SentRef, Sha256,
};
use crate::seal::{DataKey, Payload, Place, SealError, Sealed};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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

/// A paper, and whose.
type PaperOf = (Sha256, CaseRef);

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

/// What a meeting's members were told of its agenda (MC-32).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The children on it, by the last word on each.
    pub listed: BTreeSet<CaseRef>,
    /// The papers they were sent.
    pub papers: BTreeSet<(CaseRef, Sha256)>,
    /// The last mail that said so.
    pub last: Option<SentRef>,
}

impl View {
    /// One entry.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entry(&mut self, number: SentRef) -> Result<Option<OutboxEntry>, StoreError> {
        let row = sql!(select!("WHERE o.number = $1"), number.0).fetch_optional(self.outbox().await?).await?;
        row.as_ref().map(|row| self.entry_of(row)).transpose()
    }

    /// The entry with this Message-ID (without angle brackets): for replies, bounces and proof.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entry_by_message_id(&mut self, message_id: &str) -> Result<Option<OutboxEntry>, StoreError> {
        let row = sql!(select!("WHERE o.message_id = $1"), message_id).fetch_optional(self.outbox().await?).await?;
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
        let rows = rows.fetch_all(self.outbox().await?).await?;
        rows.iter().map(|row| self.entry_of(row)).collect()
    }

    /// When the next queued entry is due.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_due(&mut self) -> Result<Option<Timestamp>, StoreError> {
        sql!("SELECT MIN(due_at) AS due_at FROM outbox WHERE state = 'queued'")
            .fetch_one(self.outbox().await?)
            .await?
            .time_or("due_at")
    }

    /// Every entry in this state, by number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entries_in(&mut self, state: EntryState) -> Result<Vec<OutboxEntry>, StoreError> {
        let rows = sql!(select!("WHERE o.state = $1 ORDER BY o.number"), state.as_str())
            .fetch_all(self.outbox().await?)
            .await?;
        rows.iter().map(|row| self.entry_of(row)).collect()
    }

    /// Entries frozen since then that are done with, though not every recipient's server took them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn not_taken_by_all(&mut self, since: Timestamp) -> Result<Vec<OutboxEntry>, StoreError> {
        let rows = sql!(
            select!(
                "WHERE o.state IN ('settled', 'expired') AND o.created_at >= $1 AND EXISTS (SELECT 1 FROM \
                 outbox_recipients r WHERE r.entry = o.number AND r.journal = 0 AND r.state <> 'accepted') \
                 ORDER BY o.number"
            ),
            us(since)
        );
        let rows = rows.fetch_all(self.outbox().await?).await?;
        rows.iter().map(|row| self.entry_of(row)).collect()
    }

    /// Up to `limit` entries after number `after`, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entries_after(&mut self, after: i64, limit: i64) -> Result<Vec<OutboxEntry>, StoreError> {
        let rows = sql!(select!("WHERE o.number > $1 ORDER BY o.number LIMIT $2"), after, limit);
        let rows = rows.fetch_all(self.outbox().await?).await?;
        rows.iter().map(|row| self.entry_of(row)).collect()
    }

    /// Every entry that speaks of a case, by number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entries_of_case(&mut self, case: CaseRef) -> Result<Vec<OutboxEntry>, StoreError> {
        let rows =
            sql!(select!("JOIN outbox_cases x ON x.entry = o.number WHERE x.case_no = $1 ORDER BY o.number"), case.0);
        let rows = rows.fetch_all(self.outbox().await?).await?;
        rows.iter().map(|row| self.entry_of(row)).collect()
    }

    /// Every entry about a meeting, by number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entries_of_meeting(&mut self, meeting: &MeetingId) -> Result<Vec<OutboxEntry>, StoreError> {
        let rows = sql!(select!("WHERE o.meeting = $1 ORDER BY o.number"), meeting.to_string());
        let rows = rows.fetch_all(self.outbox().await?).await?;
        rows.iter().map(|row| self.entry_of(row)).collect()
    }

    /// Every entry that answers a message, by number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entries_answering(&mut self, message: MessageRef) -> Result<Vec<OutboxEntry>, StoreError> {
        let rows =
            sql!(select!("WHERE o.answers = $1 ORDER BY o.number"), message.0).fetch_all(self.outbox().await?).await?;
        rows.iter().map(|row| self.entry_of(row)).collect()
    }

    /// How many entries of these kinds, not cancelled, were made for this address at or after `since` (the cap per sender).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entries_to(&mut self, to: &Address, kinds: &[MailKind], since: Timestamp) -> Result<i64, StoreError> {
        let hash = self.look_ups().address(to);
        let waiting = self.waiting.iter().filter(|w| w.is_one_of(kinds, to, since)).count();
        let text = format!(
            "SELECT COUNT(*) AS n FROM outbox o WHERE o.created_at >= $1 AND o.state <> 'cancelled' AND EXISTS (SELECT 1 \
             FROM outbox_recipients r WHERE r.entry = o.number AND r.address_hash = $2) AND o.kind IN ({})",
            list(2, kinds.len())
        );
        let query = sqlx::query(AssertSqlSafe(text)).bind(us(since)).bind(hash.0.to_vec());
        let query = kinds.iter().fold(query, |query, kind| query.bind(kind.as_str()));
        let written = query.fetch_one(self.db()).await?.int("n")?;
        Ok(written + i64::try_from(waiting).unwrap_or(i64::MAX))
    }

    /// The latest entry that was made for this address at or after `since` and was not cancelled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_entry_to(&mut self, to: &Address, since: Timestamp) -> Result<Option<OutboxEntry>, StoreError> {
        let hash = self.look_ups().address(to);
        let rows = sql!(
            select!(
                "WHERE o.created_at >= $1 AND o.state <> 'cancelled' AND EXISTS (SELECT 1 FROM outbox_recipients r WHERE \
                 r.entry = o.number AND r.address_hash = $2) ORDER BY o.number DESC LIMIT 1"
            ),
            us(since),
            hash.0.to_vec()
        );
        rows.fetch_optional(self.outbox().await?).await?.map(|row| self.entry_of(&row)).transpose()
    }

    /// The entries that carry these bytes as a document, by number: a file sent before is a repeat, never a referral.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entries_carrying(&mut self, document: Sha256) -> Result<Vec<SentRef>, StoreError> {
        let rows =
            sql!("SELECT DISTINCT entry FROM outbox_documents WHERE sha256 = $1 ORDER BY entry", document.0.to_vec());
        rows.fetch_all(self.outbox().await?).await?.iter().map(|row| Ok(SentRef(row.int("entry")?))).collect()
    }

    /// What a meeting's members have been told of by agenda and supplements that were not given up: the children, and the
    /// papers with whose they are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn told_of(&mut self, meeting: &MeetingId) -> Result<Told, StoreError> {
        let cases = sql!(
            "SELECT x.case_no, x.taken_off, o.number FROM outbox o JOIN outbox_cases x ON x.entry = o.number \
             WHERE o.meeting = $1 AND o.kind IN ('agenda', 'supplement') AND o.state NOT IN ('cancelled', 'expired') \
             AND NOT (o.state = 'held' AND COALESCE(o.held_rule, '') = 'MC-33') ORDER BY o.number",
            meeting.to_string()
        );
        let mut told = Told::default();
        for row in &cases.fetch_all(self.outbox().await?).await? {
            let case = CaseRef(row.int("case_no")?);
            if row.int("taken_off")? == 0 {
                told.listed.insert(case);
            } else {
                told.listed.remove(&case);
            }
            told.last = Some(SentRef(row.int("number")?));
        }
        let papers = sql!(
            "SELECT DISTINCT x.case_no, x.sha256 FROM outbox o JOIN outbox_documents x ON x.entry = o.number \
             WHERE o.meeting = $1 AND o.kind IN ('agenda', 'supplement') AND o.state NOT IN ('cancelled', 'expired') \
             AND NOT (o.state = 'held' AND COALESCE(o.held_rule, '') = 'MC-33')",
            meeting.to_string()
        );
        for row in &papers.fetch_all(self.outbox().await?).await? {
            told.papers.insert((CaseRef(row.int("case_no")?), row.sha256("sha256")?));
        }
        Ok(told)
    }

    /// The cases these mails speak of.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cases_of_entries(
        &mut self,
        entries: &[SentRef],
    ) -> Result<BTreeMap<SentRef, Vec<CaseRef>>, StoreError> {
        let mut found: BTreeMap<SentRef, Vec<CaseRef>> = BTreeMap::new();
        for chunk in entries.chunks(CHUNK) {
            let text = format!(
                "SELECT entry, case_no FROM outbox_cases WHERE entry IN ({}) ORDER BY entry, case_no",
                list(0, chunk.len())
            );
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() <= PREPARED);
            for number in chunk {
                query = query.bind(number.0);
            }
            for row in query.fetch_all(self.outbox().await?).await? {
                found.entry(SentRef(row.int("entry")?)).or_default().push(CaseRef(row.int("case_no")?));
            }
        }
        Ok(found)
    }

    /// The cases an entry speaks of.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cases_of_entry(&mut self, number: SentRef) -> Result<Vec<CaseRef>, StoreError> {
        let rows = sql!("SELECT case_no FROM outbox_cases WHERE entry = $1 ORDER BY case_no", number.0);
        rows.fetch_all(self.outbox().await?).await?.iter().map(|row| Ok(CaseRef(row.int("case_no")?))).collect()
    }

    /// The documents an entry carries, and whose they are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn documents_of_entry(&mut self, number: SentRef) -> Result<Vec<(Sha256, CaseRef)>, StoreError> {
        let rows =
            sql!("SELECT sha256, case_no FROM outbox_documents WHERE entry = $1 ORDER BY case_no, sha256", number.0);
        let rows = rows.fetch_all(self.outbox().await?).await?;
        rows.iter().map(|row| Ok((row.sha256("sha256")?, CaseRef(row.int("case_no")?)))).collect()
    }

    /// The documents whose bytes stand in an entry as its papers, in their order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn enclosed_in(&mut self, number: SentRef) -> Result<Vec<(Sha256, CaseRef)>, StoreError> {
        let rows = sql!(
            "SELECT sha256, case_no FROM outbox_documents WHERE entry = $1 AND enclosed_at IS NOT NULL ORDER BY enclosed_at",
            number.0
        );
        let rows = rows.fetch_all(self.outbox().await?).await?;
        rows.iter().map(|row| Ok((row.sha256("sha256")?, CaseRef(row.int("case_no")?)))).collect()
    }

    /// The frozen bytes of one mail, checked against their hash.
    ///
    /// # Errors
    /// As [`Self::frozen_of`].
    pub async fn frozen(&mut self, entry: &OutboxEntry) -> Result<FrozenBytes, StoreError> {
        let found = self.frozen_of(&[entry]).await?.remove(&entry.number);
        found.ok_or_else(|| StoreError::missing(entry.number))
    }

    /// The frozen bytes of these mails, each checked against its hash. Papers that several carry are there once.
    ///
    /// # Errors
    /// [`SealError::Tampered`] when they are not what was frozen, [`SealError::Shredded`] when they were destroyed; or when
    /// the database fails.
    pub async fn frozen_of(&mut self, entries: &[&OutboxEntry]) -> Result<BTreeMap<SentRef, FrozenBytes>, StoreError> {
        let mut found = BTreeMap::new();
        for chunk in entries.chunks(CHUNK) {
            let numbers = list(0, chunk.len());
            let bind = |text: String| {
                let query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() <= PREPARED);
                chunk.iter().fold(query, |query, entry| query.bind(entry.number.0))
            };
            let text = format!(
                "SELECT entry, sha256, case_no, enclosed_at FROM outbox_documents \
                 WHERE entry IN ({numbers}) AND enclosed_at IS NOT NULL ORDER BY entry, enclosed_at"
            );
            let mut places: BTreeMap<SentRef, Vec<(usize, PaperOf)>> = BTreeMap::new();
            for row in bind(text).fetch_all(self.outbox().await?).await? {
                let at = usize::try_from(row.int("enclosed_at")?).map_err(|_| damaged("outbox_documents"))?;
                let paper = (row.sha256("sha256")?, CaseRef(row.int("case_no")?));
                places.entry(SentRef(row.int("entry")?)).or_default().push((at, paper));
            }
            let papers = self.papers(&places.values().flatten().map(|(_, paper)| *paper).collect()).await?;
            let text = format!("SELECT entry, frozen FROM outbox_bodies WHERE entry IN ({numbers})");
            let mut texts = BTreeMap::new();
            for row in bind(text).fetch_all(self.outbox().await?).await? {
                texts.insert(SentRef(row.int("entry")?), row.bytes("frozen")?);
            }
            for entry in chunk {
                let sealed = texts.remove(&entry.number).ok_or_else(|| StoreError::missing(entry.number))?;
                let text = entry.key()?.open(&frozen_place(entry.number), &sealed)?;
                let mut enclosed = Vec::new();
                for (at, paper) in places.remove(&entry.number).unwrap_or_default() {
                    enclosed.push((at, papers.get(&paper).ok_or(SealError::Tampered)?.clone()));
                }
                let mail = FrozenBytes::new(text, enclosed);
                if mail.sha256() != entry.sha256 {
                    return Err(SealError::Tampered.into());
                }
                found.insert(entry.number, mail);
            }
        }
        Ok(found)
    }

    async fn papers(&mut self, wanted: &BTreeSet<PaperOf>) -> Result<BTreeMap<PaperOf, Arc<[u8]>>, StoreError> {
        let hashes: BTreeSet<Sha256> = wanted.iter().map(|(hash, _)| *hash).collect();
        let mut found = BTreeMap::new();
        for chunk in Vec::from_iter(hashes).chunks(CHUNK) {
            let text = format!(
                "SELECT p.sha256, p.case_no, p.data_key, p.encoded, k.wrapped FROM outbox_papers p \
                 JOIN data_keys k ON k.id = p.data_key WHERE p.sha256 IN ({})",
                list(0, chunk.len())
            );
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() <= PREPARED);
            for hash in chunk {
                query = query.bind(hash.0.to_vec());
            }
            for row in query.fetch_all(self.outbox().await?).await? {
                let paper = (row.sha256("sha256")?, CaseRef(row.int("case_no")?));
                if wanted.contains(&paper) {
                    let key = row.key(&self.shared.master, "data_key", "wrapped")?.ok_or(SealError::Shredded)?;
                    let encoded = key.open(&paper_place(paper.0, paper.1), &row.bytes("encoded")?)?;
                    found.insert(paper, encoded.into());
                }
            }
        }
        Ok(found)
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

pub(super) fn envelope_place(number: SentRef) -> Place {
    Place::new("outbox", number, "envelope")
}

pub(super) fn frozen_place(number: SentRef) -> Place {
    Place::new("outbox_bodies", number, "frozen")
}

pub(super) fn paper_place(paper: Sha256, case: CaseRef) -> Place {
    Place::new("outbox_papers", format_args!("{paper}/{case}"), "encoded")
}
