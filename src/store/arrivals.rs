//! Committing what a mailbox holds (invariant 1: accept, then think), and where each copy of it was seen.
//!
//! An *occurrence* is one appearance of a message in a mailbox: (mailbox, epoch, key). The first makes the message, any
//! later one of the same bytes is a repeat; the ledger counts occurrences, so nothing that was ever seen goes uncounted.

use super::row::{CHUNK, Columns, PREPARED, list, us, us_or, values};
use super::{Fate, MessageState, StoreError, Tx, View};
use crate::casework::{MailboxId, MeetingId, MessageRef, PanelId, Redacted, Sha256};
use crate::seal::{DataKey, LookUps, Place, Sealed};
use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use std::collections::{HashMap, HashSet};

words! {
    /// What an occurrence is.
    OccurrenceFate {
        /// The one that brought the message.
        Original => "original",
        /// The same bytes again: resent, moved back, or renumbered by the server.
        Repeat => "repeat",
    }
}

/// What tells one occurrence from another within a mailbox and epoch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OccurrenceKey {
    /// An IMAP UID (RFC 9051 §2.3.1.1).
    Uid(u32),
    /// A file's stable name. It may name a child, so it is stored as its keyed hash.
    Name(Redacted<String>),
}

impl OccurrenceKey {
    fn text(&self, look_ups: &LookUps) -> String {
        match self {
            Self::Uid(uid) => uid.to_string(),
            Self::Name(name) => look_ups.hash("occurrence", None, name.reveal()).to_string(),
        }
    }
}

/// A message as fetched.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// Where it was found.
    pub mailbox: MailboxId,
    /// UIDVALIDITY, or a number that stays the same for a folder of files.
    pub epoch: i64,
    /// Which one it is there.
    pub key: OccurrenceKey,
    /// The server's arrival time; truncated to the second here.
    pub arrived_at: Timestamp,
    /// The file it came from, for `received.jsonl`.
    pub source: Option<Redacted<String>>,
    /// Of its bytes.
    pub sha256: Sha256,
    /// Its whole size, also when not all of it was kept.
    pub size: i64,
    /// False when it is over the size limit and `raw` is its head alone.
    pub complete: bool,
    /// It came to light with many others after its mailbox was rebuilt: mail that follows from it waits for a person.
    pub reappeared: bool,
    /// Its bytes.
    pub raw: Vec<u8>,
}

/// What accepting a message did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// It is new and stored.
    New(MessageRef),
    /// These bytes are stored already; only the occurrence was added.
    Repeat(MessageRef),
    /// This very occurrence was committed before (a crash before the move): nothing was added.
    Known(MessageRef),
}

impl Accepted {
    /// The message.
    pub fn message(self) -> MessageRef {
        match self {
            Self::New(number) | Self::Repeat(number) | Self::Known(number) => number,
        }
    }
}

/// One appearance of a message in a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// What appeared.
    pub message: MessageRef,
    /// For the first time, or again.
    pub fate: OccurrenceFate,
    /// The server's time.
    pub arrived_at: Timestamp,
    /// When it was committed.
    pub seen_at: Timestamp,
    /// When it was moved out of the inbox.
    pub settled_at: Option<Timestamp>,
}

/// A line of `received.jsonl`: an occurrence with its message's fate.
#[derive(Clone, Debug)]
pub struct ReceivedRow {
    /// Where.
    pub mailbox: MailboxId,
    /// The file it came from.
    pub source: Option<Sealed<String>>,
    /// Which message.
    pub message: MessageRef,
    /// Of its bytes.
    pub sha256: Sha256,
    /// The server's time.
    pub arrived_at: Timestamp,
    /// As the ledger counts it; none while undecided.
    pub fate: Option<Fate>,
    /// Why; for a repeat, that it is one.
    pub reason: Option<String>,
    /// The panel.
    pub panel: Option<PanelId>,
    /// The meeting.
    pub meeting: Option<MeetingId>,
}

impl View {
    /// What is known of each of these occurrences, in the order asked. Those with none are to be fetched.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn occurrences(
        &mut self,
        mailbox: &MailboxId,
        epoch: i64,
        keys: &[OccurrenceKey],
    ) -> Result<Vec<Option<Occurrence>>, StoreError> {
        let texts: Vec<String> = keys.iter().map(|key| key.text(self.look_ups())).collect();
        let mut found = HashMap::new();
        for chunk in texts.chunks(CHUNK) {
            let text = format!(
                "SELECT uid, message, fate, arrived_at, seen_at, settled_at FROM occurrences \
                 WHERE mailbox = $1 AND epoch = $2 AND uid IN ({})",
                list(2, chunk.len())
            );
            let mut query =
                sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() == CHUNK || chunk.len() <= PREPARED);
            query = query.bind(mailbox.as_str()).bind(epoch);
            for uid in chunk {
                query = query.bind(uid.as_str());
            }
            for row in query.fetch_all(self.db()).await? {
                let occurrence = Occurrence {
                    message: MessageRef(row.int("message")?),
                    fate: row.word("fate")?,
                    arrived_at: row.time("arrived_at")?,
                    seen_at: row.time("seen_at")?,
                    settled_at: row.time_or("settled_at")?,
                };
                found.insert(row.text("uid")?, occurrence);
            }
        }
        Ok(texts.iter().map(|text| found.get(text).cloned()).collect())
    }

    /// Every occurrence that arrived in [from, until), in order of arrival, with what became of its message.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn received(&mut self, from: Timestamp, until: Timestamp) -> Result<Vec<ReceivedRow>, StoreError> {
        let rows = sql!(
            "SELECT o.mailbox, o.epoch, o.uid, o.source, o.message, o.fate AS seen_as, o.arrived_at, m.sha256, m.fate, \
             m.reason, m.panel, m.meeting, m.data_key, k.wrapped FROM occurrences o \
             JOIN messages m ON m.number = o.message JOIN data_keys k ON k.id = m.data_key \
             WHERE o.arrived_at >= $1 AND o.arrived_at < $2 ORDER BY o.arrived_at, o.message, o.seen_at, o.uid",
            us(from),
            us(until)
        );
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter()
            .map(|row| {
                let mailbox: MailboxId = row.name("mailbox")?;
                let key = row.key(&self.shared.master, "data_key", "wrapped")?;
                let place = source_place(&mailbox, row.int("epoch")?, &row.text("uid")?);
                let repeat = row.word::<OccurrenceFate>("seen_as")? == OccurrenceFate::Repeat;
                let message = MessageRef(row.int("message")?);
                Ok(ReceivedRow {
                    mailbox,
                    source: row.bytes_or("source")?.map(|blob| Sealed::found(key, place, blob)),
                    message,
                    sha256: row.sha256("sha256")?,
                    arrived_at: row.time("arrived_at")?,
                    fate: if repeat { Some(Fate::Duplicate) } else { row.word_or("fate")? },
                    reason: if repeat { Some(format!("the same bytes as {message}")) } else { row.text_or("reason")? },
                    panel: row.name_or("panel")?,
                    meeting: row.word_or("meeting")?,
                })
            })
            .collect()
    }
}

/// A message's number and key: of one stored before, or of one earlier in the same batch.
struct Stored {
    number: MessageRef,
    key: Option<DataKey>,
}

impl Tx {
    /// Stores a batch of fetched messages in the order given and says for each what that did. Nothing may be moved or
    /// flagged on the server before the commit.
    ///
    /// # Errors
    /// When the database fails; nothing of the batch is stored then.
    pub async fn accept(&mut self, batch: Vec<NewMessage>) -> Result<Vec<Accepted>, StoreError> {
        let uids: Vec<String> = batch.iter().map(|new| new.key.text(self.look_ups())).collect();
        let mut known = self.known_occurrences(&batch, &uids).await?;
        let mut stored = self.stored_hashes(&batch).await?;
        let at_of = |new: &NewMessage, uid: &str| (new.mailbox.as_str().to_owned(), new.epoch, uid.to_owned());
        let hash_of = |new: &NewMessage| (new.mailbox.as_str().to_owned(), new.sha256);
        let unseen = batch.iter().zip(&uids).filter(|(new, uid)| !known.contains_key(&at_of(new, uid)));
        let unstored: HashSet<_> = unseen.map(|(new, _)| hash_of(new)).filter(|h| !stored.contains_key(h)).collect();
        let mut next = if unstored.is_empty() { 0 } else { self.numbers("messages", unstored.len()).await? };
        let mut out = Vec::with_capacity(batch.len());
        let (mut fresh, mut seen) = (Vec::new(), Vec::new());
        for (i, (new, uid)) in batch.iter().zip(&uids).enumerate() {
            let (at, hash) = (at_of(new, uid), hash_of(new));
            if let Some(number) = known.get(&at) {
                out.push(Accepted::Known(*number));
                continue;
            }
            let accepted = match stored.get(&hash) {
                Some(before) => Accepted::Repeat(before.number),
                None => {
                    let number = MessageRef(next);
                    next += 1;
                    fresh.push((i, hash.clone()));
                    stored.insert(hash, Stored { number, key: None });
                    Accepted::New(number)
                }
            };
            known.insert(at, accepted.message());
            seen.push((i, accepted));
            out.push(accepted);
        }
        for ((_, hash), key) in fresh.iter().zip(self.new_keys(fresh.len()).await?) {
            if let Some(entry) = stored.get_mut(hash) {
                entry.key = Some(key);
            }
        }
        self.insert_messages(&batch, &fresh, &stored).await?;
        self.insert_occurrences(&batch, &uids, &seen, &stored).await?;
        Ok(out)
    }

    /// These occurrences were moved out of the inbox.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle(&mut self, mailbox: &MailboxId, epoch: i64, keys: &[OccurrenceKey]) -> Result<(), StoreError> {
        let now = us(self.now());
        for chunk in keys.chunks(CHUNK) {
            let text = format!(
                "UPDATE occurrences SET settled_at = $1 WHERE mailbox = $2 AND epoch = $3 AND uid IN ({})",
                list(3, chunk.len())
            );
            let mut query =
                sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() == CHUNK || chunk.len() <= PREPARED);
            query = query.bind(now).bind(mailbox.as_str()).bind(epoch);
            for key in chunk {
                query = query.bind(key.text(self.look_ups()));
            }
            query.execute(self.db()).await?;
        }
        Ok(())
    }

    async fn known_occurrences(
        &mut self,
        batch: &[NewMessage],
        uids: &[String],
    ) -> Result<HashMap<(String, i64, String), MessageRef>, StoreError> {
        let mut known = HashMap::new();
        for (news, uids) in batch.chunks(CHUNK).zip(uids.chunks(CHUNK)) {
            let text =
                format!("SELECT mailbox, epoch, uid, message FROM occurrences WHERE uid IN ({})", list(0, uids.len()));
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(news.len() <= PREPARED);
            for uid in uids {
                query = query.bind(uid.as_str());
            }
            for row in query.fetch_all(self.db()).await? {
                let at = (row.text("mailbox")?, row.int("epoch")?, row.text("uid")?);
                known.insert(at, MessageRef(row.int("message")?));
            }
        }
        Ok(known)
    }

    async fn stored_hashes(&mut self, batch: &[NewMessage]) -> Result<HashMap<(String, Sha256), Stored>, StoreError> {
        let mut stored = HashMap::new();
        for chunk in batch.chunks(CHUNK) {
            let text = format!(
                "SELECT m.mailbox, m.sha256, m.number, m.data_key, k.wrapped FROM messages m \
                 JOIN data_keys k ON k.id = m.data_key WHERE m.sha256 IN ({})",
                list(0, chunk.len())
            );
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() <= PREPARED);
            for new in chunk {
                query = query.bind(new.sha256.0.to_vec());
            }
            for row in query.fetch_all(self.db()).await? {
                let key = row.key(&self.shared.master, "data_key", "wrapped")?;
                let entry = Stored { number: MessageRef(row.int("number")?), key };
                stored.insert((row.text("mailbox")?, row.sha256("sha256")?), entry);
            }
        }
        Ok(stored)
    }

    async fn insert_messages(
        &mut self,
        batch: &[NewMessage],
        fresh: &[(usize, (String, Sha256))],
        stored: &HashMap<(String, Sha256), Stored>,
    ) -> Result<(), StoreError> {
        let now = us(self.now());
        let rows: Vec<(&NewMessage, MessageRef, &DataKey)> = fresh
            .iter()
            .filter_map(|(i, hash)| {
                let stored = stored.get(hash)?;
                Some((batch.get(*i)?, stored.number, stored.key.as_ref()?))
            })
            .collect();
        for chunk in rows.chunks(CHUNK) {
            let text = format!(
                "INSERT INTO messages (number, mailbox, sha256, arrived_at, received_at, size, complete, state, attempts, \
                 reappeared, data_key) VALUES {}",
                values(chunk.len(), 11)
            );
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() <= PREPARED);
            for (new, number, key) in chunk {
                query = query.bind(number.0).bind(new.mailbox.as_str()).bind(new.sha256.0.to_vec());
                query = query.bind(whole_second(new.arrived_at)).bind(now).bind(new.size);
                query = query.bind(i64::from(new.complete)).bind(MessageState::Received.as_str()).bind(0i64);
                query = query.bind(i64::from(new.reappeared));
                query = query.bind(key.id().to_string());
            }
            query.execute(self.db()).await?;
        }
        // One by one: a body may be large, and a statement holds all its arguments in memory.
        for (new, number, key) in rows {
            let raw = key.seal(self.chance(), &Place::new("message_bodies", number, "raw"), &new.raw)?;
            sql!("INSERT INTO message_bodies (message, raw) VALUES ($1, $2)", number.0, raw).execute(self.db()).await?;
        }
        Ok(())
    }

    async fn insert_occurrences(
        &mut self,
        batch: &[NewMessage],
        uids: &[String],
        seen: &[(usize, Accepted)],
        stored: &HashMap<(String, Sha256), Stored>,
    ) -> Result<(), StoreError> {
        let now = us(self.now());
        for chunk in seen.chunks(CHUNK) {
            let text = format!(
                "INSERT INTO occurrences (mailbox, epoch, uid, message, fate, arrived_at, seen_at, settled_at, source) \
                 VALUES {}",
                values(chunk.len(), 9)
            );
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() <= PREPARED);
            for (i, accepted) in chunk {
                let (Some(new), Some(uid)) = (batch.get(*i), uids.get(*i)) else { continue };
                let key = stored.get(&(new.mailbox.as_str().to_owned(), new.sha256)).and_then(|s| s.key.as_ref());
                // A repeat of a shredded message keeps no file name: there is no key left to seal it under.
                let source = match (&new.source, key) {
                    (Some(source), Some(key)) => {
                        let place = source_place(&new.mailbox, new.epoch, uid);
                        Some(self.seal(key, place, source.reveal())?.blob().to_vec())
                    }
                    _ => None,
                };
                let fate = if matches!(accepted, Accepted::New(_)) {
                    OccurrenceFate::Original
                } else {
                    OccurrenceFate::Repeat
                };
                query = query.bind(new.mailbox.as_str()).bind(new.epoch).bind(uid.as_str());
                query = query.bind(accepted.message().0).bind(fate.as_str()).bind(whole_second(new.arrived_at));
                query = query.bind(now).bind(us_or(None)).bind(source);
            }
            query.execute(self.db()).await?;
        }
        Ok(())
    }
}

fn source_place(mailbox: &MailboxId, epoch: i64, uid: &str) -> Place {
    Place::new("occurrences", format_args!("{mailbox}/{epoch}/{uid}"), "source")
}

/// Arrival is truncated to the second (invariant 8), towards the past.
fn whole_second(at: Timestamp) -> i64 {
    us(at).div_euclid(1_000_000) * 1_000_000
}
