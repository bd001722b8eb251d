//! Putting frozen mail into the outbox, within the transaction of the decision that causes it.
//!
//! Entries wait in the transaction and are written together, many to a statement, before anything reads the outbox and at
//! commit: a pack is hundreds of mails. A paper is kept once, however many mails carry it, sealed under its case's key.

use super::outbox::{envelope_place, frozen_place, paper_place};
use super::row::{Columns, PREPARED, insert, list, text_or, us, us_or};
use super::{EntryState, Envelope, RecipientState, StoreError, Tx, View};
use crate::casework::{Address, CaseRef, FrozenBytes, MailKind, MeetingId, MessageRef, PanelId, SentRef, Sha256};
use crate::seal::{DataKey, KeyId, LookupHash};
use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Entries that wait, at most, and their bytes, about, before they are written.
const MOST_WAITING: usize = 200;
const MOST_BYTES: usize = 8 * 1024 * 1024;
/// Papers looked up or written at a time: their bytes are in memory meanwhile.
const PAPERS: usize = 16;

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
    pub bytes: FrozenBytes,
    /// Which documents its papers are, in their order.
    pub enclosed: Vec<(Sha256, CaseRef)>,
    /// Of the whole message.
    pub sha256: Sha256,
}

impl NewEntry {
    /// Its papers: which, where in the text, and their bytes.
    fn papers(&self) -> impl Iterator<Item = ((Sha256, CaseRef), usize, &Arc<[u8]>)> {
        self.enclosed.iter().zip(self.bytes.papers()).map(|(document, (at, encoded))| (*document, *at, encoded))
    }
}

/// An entry that is not written yet.
pub(super) struct Waiting {
    new: NewEntry,
    at: Timestamp,
    pub(super) purpose: LookupHash,
    key: DataKey,
    envelope: Vec<u8>,
    frozen: Vec<u8>,
}

impl Waiting {
    pub(super) fn number(&self) -> SentRef {
        self.new.number
    }

    pub(super) fn is_one_of(&self, kinds: &[MailKind], to: &Address, since: Timestamp) -> bool {
        let is_to = self.new.envelope.to.iter().any(|recipient| recipient.address == *to);
        kinds.contains(&self.new.kind) && self.at >= since && is_to
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

    /// Puts mail into the outbox under a data key of its own. Ask [`View::entry_of_purpose`] first: there is one entry of a
    /// purpose, and a second one makes the transaction fail.
    ///
    /// # Errors
    /// When the database fails. That the purpose, number or Message-ID is taken comes out when it is written, at commit at
    /// the latest.
    pub async fn enqueue(&mut self, mut new: NewEntry) -> Result<(), StoreError> {
        let at = self.now();
        if let Some(rule) = self.hold_mail {
            new.held_by.get_or_insert_with(|| rule.to_owned());
        }
        let key = DataKey::generate(KeyId(self.chance().uuid(at).into_bytes()), self.chance());
        let envelope = self.seal(&key, envelope_place(new.number), &new.envelope)?.blob().to_vec();
        let frozen = key.seal(self.chance(), &frozen_place(new.number), new.bytes.text())?;
        let purpose = self.look_ups().hash("purpose", None, &new.purpose);
        if let Some((meeting, purposes)) = &mut self.known.mail_about
            && new.meeting.as_ref() == Some(&*meeting)
        {
            purposes.insert(purpose);
        }
        self.waiting.push(Waiting { new, at, purpose, key, envelope, frozen });
        // Papers are not counted: whoever composed the mails holds them anyway, and they are shared.
        let bytes: usize = self.waiting.iter().map(|w| 2 * w.frozen.len()).sum();
        if self.waiting.len() >= MOST_WAITING || bytes >= MOST_BYTES {
            self.write_waiting().await?;
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
        .execute(self.outbox().await?)
        .await?;
        Ok(())
    }
}

impl View {
    /// Writes the entries that wait; whatever reads or changes the outbox comes after it.
    pub(super) async fn write_waiting(&mut self) -> Result<(), StoreError> {
        let waiting = std::mem::take(&mut self.waiting);
        if waiting.is_empty() {
            return Ok(());
        }
        self.record_keys(waiting.iter().map(|w| &w.key)).await?;
        let entries = "outbox (number, purpose, kind, rule, panel, meeting, answers, part, message_id, created_at, due_at, \
                       expires_at, state, state_at, attempt, held_rule, sha256, size, data_key, envelope)";
        insert(self.db(), (entries, 20), &waiting, |query, w| {
            let (new, at) = (&w.new, us(w.at));
            let state = if new.held_by.is_some() { EntryState::Held } else { EntryState::Queued };
            let query = query.bind(new.number.0).bind(w.purpose.0.to_vec()).bind(new.kind.as_str());
            let query = query.bind(new.rule.clone()).bind(new.panel.to_string()).bind(text_or(new.meeting.as_ref()));
            let query = query.bind(new.answers.map(|message| message.0)).bind(new.part.clone());
            let query = query.bind(new.message_id.clone()).bind(at).bind(us(new.due_at)).bind(us_or(new.expires_at));
            let query = query.bind(state.as_str()).bind(at).bind(0_i64).bind(new.held_by.clone());
            let query = query.bind(new.sha256.0.to_vec()).bind(i64::try_from(new.bytes.size()).unwrap_or(i64::MAX));
            query.bind(w.key.id().to_string()).bind(w.envelope.clone())
        })
        .await?;
        insert(self.db(), ("outbox_bodies (entry, frozen)", 2), &waiting, |query, w| {
            query.bind(w.new.number.0).bind(w.frozen.clone())
        })
        .await?;
        self.write_recipients(&waiting).await?;
        let cases: BTreeSet<(SentRef, CaseRef)> =
            waiting.iter().flat_map(|w| w.new.cases.iter().map(|case| (w.new.number, *case))).collect();
        insert(self.db(), ("outbox_cases (entry, case_no)", 2), &Vec::from_iter(cases), |query, (entry, case)| {
            query.bind(entry.0).bind(case.0)
        })
        .await?;
        self.write_papers(&waiting).await?;
        let documents: BTreeMap<(SentRef, Sha256, CaseRef), Option<i64>> = waiting
            .iter()
            .flat_map(|w| w.new.documents.iter().map(move |(sha256, case)| (w, *sha256, *case)))
            .map(|(w, sha256, case)| {
                let place = w.new.papers().find(|(document, ..)| *document == (sha256, case));
                ((w.new.number, sha256, case), place.and_then(|(_, at, _)| i64::try_from(at).ok()))
            })
            .collect();
        let into = "outbox_documents (entry, sha256, case_no, enclosed_at)";
        insert(self.db(), (into, 4), &Vec::from_iter(documents), |query, ((entry, sha256, case), place)| {
            query.bind(entry.0).bind(sha256.0.to_vec()).bind(case.0).bind(*place)
        })
        .await
    }

    async fn write_recipients(&mut self, waiting: &[Waiting]) -> Result<(), StoreError> {
        let mut rows = Vec::new();
        for w in waiting {
            for (position, to) in w.new.envelope.to.iter().enumerate() {
                let position = i64::try_from(position).unwrap_or(i64::MAX);
                rows.push((w.new.number, position, self.look_ups().address(&to.address), to, us(w.at)));
            }
        }
        let into = "outbox_recipients (entry, position, address_hash, role, journal, state, updated_at)";
        insert(self.db(), (into, 7), &rows, |query, (entry, position, address, to, at)| {
            let query = query.bind(entry.0).bind(*position).bind(address.0.to_vec()).bind(to.role.to_string());
            query.bind(i64::from(to.journal)).bind(RecipientState::Pending.as_str()).bind(*at)
        })
        .await
    }

    /// The papers that no mail before carried, each under its case's key.
    async fn write_papers(&mut self, waiting: &[Waiting]) -> Result<(), StoreError> {
        let papers: BTreeMap<(Sha256, CaseRef), &Arc<[u8]>> =
            waiting.iter().flat_map(|w| w.new.papers()).map(|(document, _, encoded)| (document, encoded)).collect();
        for chunk in Vec::from_iter(papers).chunks(PAPERS) {
            let text = format!(
                "SELECT c.number, c.data_key, k.wrapped, p.sha256 FROM cases c JOIN data_keys k ON k.id = c.data_key \
                 LEFT JOIN outbox_papers p ON p.case_no = c.number AND p.sha256 IN ({}) WHERE c.number IN ({})",
                list(0, chunk.len()),
                list(chunk.len(), chunk.len())
            );
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() <= PREPARED);
            for ((sha256, _), _) in chunk {
                query = query.bind(sha256.0.to_vec());
            }
            for ((_, case), _) in chunk {
                query = query.bind(case.0);
            }
            let (mut keys, mut known) = (BTreeMap::new(), BTreeSet::new());
            for row in query.fetch_all(self.db()).await? {
                let case = CaseRef(row.int("number")?);
                keys.insert(case, row.key(&self.shared.master, "data_key", "wrapped")?);
                if let Some(hash) = row.bytes_or("sha256")?.and_then(|hash| hash.try_into().ok()) {
                    known.insert((Sha256(hash), case));
                }
            }
            let mut rows = Vec::new();
            for ((sha256, case), encoded) in chunk.iter().filter(|(document, _)| !known.contains(document)) {
                let key = keys.get(case).ok_or_else(|| StoreError::missing(case))?;
                let key = key.as_ref().ok_or(crate::seal::SealError::Shredded)?;
                let sealed = key.seal(self.chance(), &paper_place(*sha256, *case), encoded)?;
                rows.push((*sha256, *case, key.id(), sealed));
            }
            let into = "outbox_papers (sha256, case_no, data_key, encoded)";
            insert(self.db(), (into, 4), &rows, |query, (sha256, case, key, sealed)| {
                query.bind(sha256.0.to_vec()).bind(case.0).bind(key.to_string()).bind(sealed.clone())
            })
            .await?;
        }
        Ok(())
    }
}
