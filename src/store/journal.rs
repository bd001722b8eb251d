//! The journal: what the program did and why, append-only and hash-chained.
//!
//! Each transaction appends its lines last. A line's hash covers its number, time, event, rule, reason, references and the
//! hash before it; the exact bytes hashed are kept, so that a later program can check what an earlier one wrote. Reasons
//! name ids and rules, never a person. [`View::verify`] finds any line altered, removed, added or moved, short of someone
//! rewriting the whole chain, which the head's hash in each digest mail gives away.

use super::row::{CHUNK, Columns, damaged, insert, list, us};
use super::{StoreError, Tx, View};
use crate::casework::{MeetingId, Ref, Sha256};
use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

/// What the first line's hash is chained to.
pub(super) const GENESIS: [u8; 32] = [0; 32];

/// A line to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What happened, e.g. `message.accepted`.
    pub event: &'static str,
    /// The rule behind it, e.g. `SY-07`.
    pub rule: Option<Cow<'static, str>>,
    /// In words, with ids and no persons.
    pub reason: String,
    /// What it is about; `explain` finds the line by each of them.
    pub refs: Vec<Ref>,
}

/// A line as written. Serialises as `journal export` prints it: London time, whole seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JournalLine {
    /// Its number in the chain, from 1.
    #[serde(skip)]
    pub seq: i64,
    /// When.
    #[serde(serialize_with = "london")]
    pub at: Timestamp,
    /// What happened.
    pub event: String,
    /// By which rule.
    pub rule: Option<String>,
    /// In words.
    pub reason: String,
    /// What it is about.
    pub refs: Vec<String>,
}

/// What [`View::verify`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every line is as it was written.
    Intact {
        /// How many.
        lines: i64,
        /// The head's hash, in hexadecimal.
        head: String,
    },
    /// The chain is broken.
    Broken {
        /// The first bad line's number.
        seq: i64,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// What is hashed: the canonical JSON of this, fields in this order, no white space.
#[derive(Serialize, Deserialize, PartialEq)]
struct Hashed {
    v: u32,
    seq: i64,
    at: i64,
    event: String,
    rule: Option<String>,
    reason: String,
    refs: Vec<String>,
    previous: String,
}

impl Tx {
    /// Adds a line; all of them are appended at commit, in this order.
    pub fn journal(&mut self, line: Line) {
        self.lines.push(line);
    }

    pub(super) async fn append_journal(&mut self) -> Result<(), StoreError> {
        let lines = std::mem::take(&mut self.lines);
        if lines.is_empty() {
            return Ok(());
        }
        // Where this program left the head; if another has gone on from there, the head says so.
        let left = *self.shared.head.lock().unwrap_or_else(PoisonError::into_inner);
        let mut advanced = None;
        if let Some(left) = left {
            advanced = self.advance(left, &lines).await?;
        }
        let written = match advanced {
            Some(written) => written,
            None => {
                let head = sql!("SELECT seq, hash FROM journal_head WHERE id = 1").fetch_one(self.db()).await?;
                let head = (head.int("seq")?, head.sha256("hash")?);
                self.advance(head, &lines).await?.ok_or_else(|| damaged("journal_head"))?
            }
        };
        let mut rows = Vec::with_capacity(written.len());
        let mut refs = Vec::new();
        for (line, bytes, hash) in written {
            refs.extend(line.refs.iter().map(|reference| (reference.clone(), line.seq)));
            let list = serde_json::to_string(&line.refs).map_err(|_| crate::seal::SealError::Unwritable)?;
            rows.push((line, list, bytes, hash));
        }
        let into = "journal (seq, at, event, rule, reason, refs, bytes, hash)";
        insert(self.db(), (into, 8), &rows, |query, (line, list, bytes, hash)| {
            let query = query.bind(line.seq).bind(line.at).bind(line.event.clone()).bind(line.rule.clone());
            query.bind(line.reason.clone()).bind(list.clone()).bind(bytes.clone()).bind(hash.0.to_vec())
        })
        .await?;
        insert(self.db(), ("journal_refs (ref, seq)", 2), &refs, |query, (reference, seq)| {
            query.bind(reference.clone()).bind(*seq)
        })
        .await?;
        Ok(())
    }

    /// Moves the journal's head on from where it stands, and returns the lines as they are chained from there; none when it
    /// stands elsewhere.
    async fn advance(
        &mut self,
        from: (i64, Sha256),
        lines: &[Line],
    ) -> Result<Option<Vec<(Hashed, Vec<u8>, Sha256)>>, StoreError> {
        let (mut seq, mut previous) = from;
        let at = us(self.now());
        let mut written = Vec::with_capacity(lines.len());
        for line in lines {
            seq += 1;
            let refs: BTreeSet<String> = line.refs.iter().map(ToString::to_string).collect();
            let hashed = Hashed {
                v: 1,
                seq,
                at,
                event: line.event.to_owned(),
                rule: line.rule.as_deref().map(str::to_owned),
                reason: line.reason.clone(),
                refs: refs.into_iter().collect(),
                previous: previous.to_string(),
            };
            let bytes = serde_json::to_vec(&hashed).map_err(|_| crate::seal::SealError::Unwritable)?;
            previous = Sha256::of(&bytes);
            written.push((hashed, bytes, previous));
        }
        let moved = sql!(
            "UPDATE journal_head SET seq = $1, hash = $2 WHERE id = 1 AND seq = $3 AND hash = $4",
            seq,
            previous.0.to_vec(),
            from.0,
            from.1.0.to_vec()
        );
        let moved = moved.execute(self.db()).await?.rows_affected() == 1;
        let head = moved.then_some((seq, previous));
        *self.shared.head.lock().unwrap_or_else(PoisonError::into_inner) = head;
        Ok(moved.then_some(written))
    }
}

impl View {
    /// Up to `limit` lines after line `after`, in order: `journal export` asks for page after page.
    ///
    /// # Errors
    /// When the database fails or a line cannot be read.
    pub async fn journal_after(&mut self, after: i64, limit: i64) -> Result<Vec<JournalLine>, StoreError> {
        let rows = sql!(
            "SELECT seq, at, event, rule, reason, refs FROM journal WHERE seq > $1 ORDER BY seq LIMIT $2",
            after,
            limit
        );
        rows.fetch_all(self.db()).await?.iter().map(line_of).collect()
    }

    /// Every line that names this reference, in order.
    ///
    /// # Errors
    /// When the database fails or a line cannot be read.
    pub async fn journal_about(&mut self, about: &Ref) -> Result<Vec<JournalLine>, StoreError> {
        let rows = sql!(
            "SELECT j.seq, j.at, j.event, j.rule, j.reason, j.refs FROM journal_refs r \
             JOIN journal j ON j.seq = r.seq WHERE r.ref = $1 ORDER BY j.seq",
            about.to_string()
        );
        rows.fetch_all(self.db()).await?.iter().map(line_of).collect()
    }

    /// The number of the last journal line about each of these meetings, 0 when there is none. Whoever keeps something worked
    /// out from what is stored about it knows by this number whether it still holds.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_about_meetings(
        &mut self,
        meetings: &[MeetingId],
    ) -> Result<BTreeMap<MeetingId, i64>, StoreError> {
        let mut last: BTreeMap<MeetingId, i64> = meetings.iter().map(|meeting| (meeting.clone(), 0)).collect();
        for chunk in meetings.chunks(CHUNK) {
            let refs: BTreeMap<String, &MeetingId> =
                chunk.iter().map(|meeting| (Ref::Meeting(meeting.clone()).to_string(), meeting)).collect();
            let text = format!(
                "SELECT ref, MAX(seq) AS seq FROM journal_refs WHERE ref IN ({}) GROUP BY ref",
                list(0, refs.len())
            );
            let query = sqlx::query(AssertSqlSafe(text));
            let query = refs.keys().fold(query, |query, about| query.bind(about.clone()));
            for row in query.fetch_all(self.db()).await? {
                if let Some(meeting) = refs.get(&row.text("ref")?) {
                    last.insert((*meeting).clone(), row.int("seq")?);
                }
            }
        }
        Ok(last)
    }

    /// Walks the whole chain: every column must say what the hashed bytes say, every hash must be that of its bytes and
    /// name the one before, and the head must match the last line.
    ///
    /// # Errors
    /// When the database fails; a broken chain is not an error but a [`Verdict`].
    pub async fn verify(&mut self) -> Result<Verdict, StoreError> {
        let (mut seq, mut previous) = (0, Sha256(GENESIS));
        loop {
            let rows = sql!(
                "SELECT seq, at, event, rule, reason, refs, bytes, hash FROM journal WHERE seq > $1 \
                 ORDER BY seq LIMIT 500",
                seq
            );
            let rows = rows.fetch_all(self.db()).await?;
            let named =
                sql!("SELECT ref, seq FROM journal_refs WHERE seq > $1 AND seq <= $2 ORDER BY ref", seq, seq + 500);
            let mut named_by: BTreeMap<i64, Vec<String>> = BTreeMap::new();
            for row in named.fetch_all(self.db()).await? {
                named_by.entry(row.int("seq")?).or_default().push(row.text("ref")?);
            }
            for row in &rows {
                seq += 1;
                match check(row, seq, previous, &named_by.remove(&seq).unwrap_or_default()) {
                    Ok(hash) => previous = hash,
                    Err(why) => return Ok(Verdict::Broken { seq, why }),
                }
            }
            if rows.is_empty() {
                break;
            }
        }
        if sql!("SELECT seq FROM journal WHERE seq < 1 LIMIT 1").fetch_optional(self.db()).await?.is_some() {
            return Ok(Verdict::Broken { seq: 0, why: "there is a line before the first" });
        }
        let head = sql!("SELECT seq, hash FROM journal_head WHERE id = 1").fetch_optional(self.db()).await?;
        let head = head.and_then(|row| Some((row.int("seq").ok()?, row.sha256("hash").ok()?)));
        Ok(match head {
            Some((last, _)) if last > seq => Verdict::Broken { seq: seq + 1, why: "the line is missing" },
            Some((last, hash)) if last == seq && hash == previous => {
                Verdict::Intact { lines: seq, head: previous.to_string() }
            }
            _ => Verdict::Broken { seq, why: "the head of the journal does not match its last line" },
        })
    }
}

/// The line's hash, or what is wrong with it.
fn check(row: &AnyRow, seq: i64, previous: Sha256, named: &[String]) -> Result<Sha256, &'static str> {
    let unreadable = |_: StoreError| "a column cannot be read";
    if row.int("seq").map_err(unreadable)? != seq {
        return Err("the line is missing");
    }
    let bytes = row.bytes("bytes").map_err(unreadable)?;
    let hash = row.sha256("hash").map_err(unreadable)?;
    if Sha256::of(&bytes) != hash {
        return Err("the hash is not that of the bytes");
    }
    let hashed: Hashed = serde_json::from_slice(&bytes).map_err(|_| "the bytes are not a line")?;
    if hashed.previous != previous.to_string() {
        return Err("the line does not follow the one before it");
    }
    let columns = Hashed {
        v: hashed.v,
        seq,
        at: row.int("at").map_err(unreadable)?,
        event: row.text("event").map_err(unreadable)?,
        rule: row.text_or("rule").map_err(unreadable)?,
        reason: row.text("reason").map_err(unreadable)?,
        refs: hashed.refs.clone(),
        previous: hashed.previous.clone(),
    };
    let refs = serde_json::to_string(&hashed.refs).unwrap_or_default();
    if columns != hashed || row.text("refs").map_err(unreadable)? != refs {
        return Err("a column does not say what was written");
    }
    if hashed.refs.iter().collect::<BTreeSet<_>>() != named.iter().collect::<BTreeSet<_>>() {
        return Err("the index of references does not name the line as it should");
    }
    Ok(hash)
}

fn line_of(row: &AnyRow) -> Result<JournalLine, StoreError> {
    Ok(JournalLine {
        seq: row.int("seq")?,
        at: row.time("at")?,
        event: row.text("event")?,
        rule: row.text_or("rule")?,
        reason: row.text("reason")?,
        refs: serde_json::from_str(&row.text("refs")?).map_err(|_| super::row::damaged("refs"))?,
    })
}

fn london<S: serde::Serializer>(at: &Timestamp, s: S) -> Result<S::Ok, S::Error> {
    let zone = TimeZone::get("Europe/London").map_err(serde::ser::Error::custom)?;
    let offset = zone.to_offset(*at);
    let mut text = String::new();
    DateTimePrinter::new()
        .precision(Some(0))
        .print_timestamp_with_offset(at, offset, &mut text)
        .map_err(serde::ser::Error::custom)?;
    s.serialize_str(&text)
}
