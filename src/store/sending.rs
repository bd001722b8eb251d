//! Moving outbox entries through their states. Every step is a compare-and-swap on state and attempt number: whoever comes
//! second changes nothing and is told so.

use super::row::{CHUNK, Columns, PREPARED, list, us, us_or, values};
use super::{EntryState, StoreError, Tx, View};
use crate::casework::{CaseRef, RoleId, SentRef};
use crate::seal::LookupHash;
use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;
use std::collections::{BTreeMap, BTreeSet};

words! {
    /// What became of one recipient. Accepted is never called delivered.
    RecipientState {
        /// Nothing yet.
        Pending => "pending",
        /// The server took it for them.
        Accepted => "accepted",
        /// The server said later (4xx).
        Deferred => "deferred",
        /// The server said no (5xx), or it bounced.
        Failed => "failed",
        /// It did not go in time.
        Expired => "expired",
        /// It fell away before it went.
        Cancelled => "cancelled",
    }
}

/// A recipient of an entry; the address stands in the sealed envelope at this position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRecipient {
    /// Place in the envelope, from 0.
    pub position: usize,
    /// The address, hashed.
    pub address: LookupHash,
    /// In which role.
    pub role: RoleId,
    /// Our own journal mailbox.
    pub journal: bool,
    /// What became of it.
    pub state: RecipientState,
    /// The last SMTP reply code.
    pub reply_code: Option<i64>,
    /// The last enhanced status code (RFC 3463), as far as its text is a code.
    pub reply_class: Option<String>,
    /// The attempt whose transaction goes without it, for it was refused at RCPT.
    pub missed_attempt: Option<i64>,
    /// Since when.
    pub updated_at: Timestamp,
}

/// A change to one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientChange {
    /// Place in the envelope, from 0.
    pub position: usize,
    /// What became of it.
    pub state: RecipientState,
    /// The SMTP reply code.
    pub reply_code: Option<i64>,
    /// The enhanced status code.
    pub reply_class: Option<String>,
}

/// A step from one state to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Only if it is in this state.
    pub from: EntryState,
    /// And at this attempt.
    pub attempt: i64,
    /// The new state.
    pub to: EntryState,
    /// When it is due next; none leaves it.
    pub due_at: Option<Timestamp>,
    /// Why it is held or cancelled: a rule or code.
    pub held_by: Option<String>,
    /// The mail that takes its place; none leaves it.
    pub superseded_by: Option<SentRef>,
    /// What became of its recipients.
    pub recipients: Vec<RecipientChange>,
}

impl Transition {
    /// A bare step.
    pub fn new(from: EntryState, attempt: i64, to: EntryState) -> Self {
        Self { from, attempt, to, due_at: None, held_by: None, superseded_by: None, recipients: Vec::new() }
    }
}

/// An attempt to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// From 1.
    pub attempt: i64,
    /// Which program.
    pub holder: String,
    /// When it began.
    pub began_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How: a code.
    pub outcome: Option<String>,
    /// Our own journal mailbox was among those accepted at RCPT.
    pub journal: bool,
}

fn recipient_of(row: &AnyRow) -> Result<EntryRecipient, StoreError> {
    Ok(EntryRecipient {
        position: usize::try_from(row.int("position")?).unwrap_or(usize::MAX),
        address: row.look_up("address_hash")?,
        role: row.name("role")?,
        journal: row.flag("journal")?,
        state: row.word("state")?,
        reply_code: row.int_or("reply_code")?,
        reply_class: row.text_or("reply_class")?,
        missed_attempt: row.int_or("missed_attempt")?,
        updated_at: row.time("updated_at")?,
    })
}

impl View {
    /// An entry's recipients, by position.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recipients_of(
        &mut self,
        entries: &[SentRef],
    ) -> Result<BTreeMap<SentRef, Vec<EntryRecipient>>, StoreError> {
        let mut found: BTreeMap<SentRef, Vec<EntryRecipient>> = BTreeMap::new();
        for chunk in entries.chunks(CHUNK) {
            let text = format!(
                "SELECT entry, position, address_hash, role, journal, state, reply_code, reply_class, missed_attempt, \
                 updated_at FROM outbox_recipients WHERE entry IN ({}) ORDER BY entry, position",
                list(0, chunk.len())
            );
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() <= PREPARED);
            for number in chunk {
                query = query.bind(number.0);
            }
            for row in query.fetch_all(self.outbox().await?).await? {
                found.entry(SentRef(row.int("entry")?)).or_default().push(recipient_of(&row)?);
            }
        }
        Ok(found)
    }

    /// The recipients of one mail, in the envelope's order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recipients(&mut self, number: SentRef) -> Result<Vec<EntryRecipient>, StoreError> {
        Ok(self.recipients_of(&[number]).await?.remove(&number).unwrap_or_default())
    }

    /// How many attempts at sending began at this moment or since.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn attempts_since(&mut self, at: Timestamp) -> Result<u64, StoreError> {
        let row = sql!("SELECT COUNT(*) AS n FROM attempts WHERE began_at >= $1", us(at));
        let n = row.fetch_one(self.outbox().await?).await?.int("n")?;
        Ok(u64::try_from(n).unwrap_or_default())
    }

    /// An entry's attempts, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn attempts(&mut self, number: SentRef) -> Result<Vec<Attempt>, StoreError> {
        let rows = sql!(
            "SELECT attempt, holder, began_at, ended_at, outcome, journal FROM attempts WHERE entry = $1 ORDER BY attempt",
            number.0
        );
        let rows = rows.fetch_all(self.outbox().await?).await?;
        rows.iter()
            .map(|row| {
                Ok(Attempt {
                    attempt: row.int("attempt")?,
                    holder: row.text("holder")?,
                    began_at: row.time("began_at")?,
                    ended_at: row.time_or("ended_at")?,
                    outcome: row.text_or("outcome")?,
                    journal: row.int_or("journal")? == Some(1),
                })
            })
            .collect()
    }
}

impl Tx {
    /// Begins the next attempt of a queued entry that stands at `attempt`: it is `sending` then. Returns the new attempt's
    /// number, or none when somebody else was first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_attempt(
        &mut self,
        number: SentRef,
        attempt: i64,
        holder: &str,
    ) -> Result<Option<i64>, StoreError> {
        let now = us(self.now());
        let done = sql!(
            "UPDATE outbox SET state = 'sending', state_at = $3, attempt = attempt + 1 \
             WHERE number = $1 AND attempt = $2 AND state = 'queued'",
            number.0,
            attempt,
            now
        );
        if done.execute(self.outbox().await?).await?.rows_affected() == 0 {
            return Ok(None);
        }
        let next = attempt + 1;
        sql!(
            "INSERT INTO attempts (entry, attempt, holder, began_at) VALUES ($1, $2, $3, $4)",
            number.0,
            next,
            holder,
            now
        )
        .execute(self.outbox().await?)
        .await?;
        Ok(Some(next))
    }

    /// Takes the beginning of an attempt back: the server was not asked. False when it was not being sent at that attempt any
    /// more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn give_back(&mut self, number: SentRef, attempt: i64) -> Result<bool, StoreError> {
        let done = sql!(
            "UPDATE outbox SET state = 'queued', state_at = $3, attempt = attempt - 1 \
             WHERE number = $1 AND attempt = $2 AND state = 'sending'",
            number.0,
            attempt,
            us(self.now())
        );
        if done.execute(self.outbox().await?).await?.rows_affected() == 0 {
            return Ok(false);
        }
        sql!("DELETE FROM attempts WHERE entry = $1 AND attempt = $2", number.0, attempt)
            .execute(self.outbox().await?)
            .await?;
        Ok(true)
    }

    /// Begins an attempt at each of these and takes it to the dot in one go, for a sink that has no recipients to ask first.
    /// Returns those that were still queued at the attempt given; the others were taken by somebody else.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_at_the_dot(
        &mut self,
        entries: &[(SentRef, i64)],
        holder: &str,
    ) -> Result<BTreeSet<SentRef>, StoreError> {
        let now = us(self.now());
        let mut taken = BTreeSet::new();
        for chunk in entries.chunks(CHUNK) {
            let pairs = values(chunk.len(), 2);
            let text = format!(
                "UPDATE outbox SET state = 'at-the-dot', state_at = ${}, attempt = attempt + 1 \
                 WHERE state = 'queued' AND (number, attempt) IN (VALUES {pairs}) RETURNING number",
                chunk.len() * 2 + 1
            );
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() <= PREPARED);
            for (number, attempt) in chunk {
                query = query.bind(number.0).bind(*attempt);
            }
            for row in query.bind(now).fetch_all(self.outbox().await?).await? {
                taken.insert(SentRef(row.int("number")?));
            }
            let begun: Vec<&(SentRef, i64)> = chunk.iter().filter(|(number, _)| taken.contains(number)).collect();
            if begun.is_empty() {
                continue;
            }
            let text =
                format!("INSERT INTO attempts (entry, attempt, holder, began_at) VALUES {}", values(begun.len(), 4));
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(begun.len() <= PREPARED);
            for (number, attempt) in begun {
                query = query.bind(number.0).bind(attempt + 1).bind(holder).bind(now);
            }
            query.execute(self.outbox().await?).await?;
        }
        Ok(taken)
    }

    /// Takes an entry that is being sent to the dot: the server said 354, and of the recipients asked for, all but those at
    /// the places `missed` were accepted; `journal` says whether our own journal mailbox was. False when it was not being
    /// sent at that attempt any more, or when the setting `stopped` says something: then the body must not go.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reach_the_dot(
        &mut self,
        number: SentRef,
        attempt: i64,
        missed: &[usize],
        journal: bool,
        stopped: &str,
    ) -> Result<bool, StoreError> {
        let now = us(self.now());
        let done = sql!(
            "UPDATE outbox SET state = 'at-the-dot', state_at = $3 WHERE number = $1 AND attempt = $2 AND state = 'sending' \
             AND NOT EXISTS (SELECT 1 FROM settings WHERE name = $4 AND value <> '')",
            number.0,
            attempt,
            now,
            stopped
        );
        if done.execute(self.outbox().await?).await?.rows_affected() == 0 {
            return Ok(false);
        }
        for position in missed {
            sql!(
                "UPDATE outbox_recipients SET missed_attempt = $3 WHERE entry = $1 AND position = $2",
                number.0,
                i64::try_from(*position).unwrap_or(i64::MAX),
                attempt
            )
            .execute(self.outbox().await?)
            .await?;
        }
        sql!(
            "UPDATE attempts SET journal = $3 WHERE entry = $1 AND attempt = $2",
            number.0,
            attempt,
            i64::from(journal)
        )
        .execute(self.outbox().await?)
        .await?;
        Ok(true)
    }

    /// Settles these entries whole: each was at the dot at the attempt given, and every open recipient was accepted.
    /// Returns those it was so for; the others are as they were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle_accepted(
        &mut self,
        entries: &[(SentRef, i64)],
        outcome: &str,
    ) -> Result<BTreeSet<SentRef>, StoreError> {
        let now = us(self.now());
        let mut settled = BTreeSet::new();
        for chunk in entries.chunks(CHUNK) {
            let pairs = values(chunk.len(), 2);
            let text = format!(
                "UPDATE outbox SET state = 'settled', state_at = ${}, held_rule = NULL \
                 WHERE state = 'at-the-dot' AND (number, attempt) IN (VALUES {pairs}) RETURNING number",
                chunk.len() * 2 + 1
            );
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() <= PREPARED);
            for (number, attempt) in chunk {
                query = query.bind(number.0).bind(*attempt);
            }
            let mut now_settled = Vec::new();
            for row in query.bind(now).fetch_all(self.outbox().await?).await? {
                now_settled.push(row.int("number")?);
            }
            if now_settled.is_empty() {
                continue;
            }
            for (set, table) in [
                ("state = 'accepted', updated_at = $1", "outbox_recipients"),
                ("ended_at = $1, outcome = $2", "attempts"),
            ] {
                let first = if table == "attempts" { 2 } else { 1 };
                let open = if table == "attempts" { "ended_at IS NULL" } else { "state IN ('pending', 'deferred')" };
                let text =
                    format!("UPDATE {table} SET {set} WHERE {open} AND entry IN ({})", list(first, now_settled.len()));
                let mut query = sqlx::query(AssertSqlSafe(text)).persistent(now_settled.len() <= PREPARED).bind(now);
                if table == "attempts" {
                    query = query.bind(outcome);
                }
                for number in &now_settled {
                    query = query.bind(*number);
                }
                query.execute(self.outbox().await?).await?;
            }
            settled.extend(now_settled.into_iter().map(SentRef));
        }
        Ok(settled)
    }

    /// The attempt left no copy in our own journal mailbox after all: the server refused the mail at the dot, or it was
    /// shown not to have taken it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn no_journal_copy(&mut self, number: SentRef, attempt: i64) -> Result<(), StoreError> {
        sql!("UPDATE attempts SET journal = 0 WHERE entry = $1 AND attempt = $2", number.0, attempt)
            .execute(self.outbox().await?)
            .await?;
        Ok(())
    }

    /// Notes how an attempt ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_attempt(&mut self, number: SentRef, attempt: i64, outcome: &str) -> Result<(), StoreError> {
        let now = us(self.now());
        sql!(
            "UPDATE attempts SET ended_at = $3, outcome = $4 WHERE entry = $1 AND attempt = $2",
            number.0,
            attempt,
            now,
            outcome
        )
        .execute(self.outbox().await?)
        .await?;
        Ok(())
    }

    /// Moves an entry from one state to the next, with its recipients. False when it was not in that state at that attempt
    /// any more: then nothing changes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn transition(&mut self, number: SentRef, step: &Transition) -> Result<bool, StoreError> {
        let now = us(self.now());
        let done = sql!(
            "UPDATE outbox SET state = $4, state_at = $5, due_at = COALESCE($6, due_at), held_rule = $7, \
             superseded_by = COALESCE($8, superseded_by) WHERE number = $1 AND attempt = $2 AND state = $3",
            number.0,
            step.attempt,
            step.from.as_str(),
            step.to.as_str(),
            now,
            us_or(step.due_at),
            step.held_by.clone(),
            step.superseded_by.map(|by| by.0)
        );
        if done.execute(self.outbox().await?).await?.rows_affected() == 0 {
            return Ok(false);
        }
        self.change_recipients(number, &step.recipients).await?;
        Ok(true)
    }

    /// Of these cases the mail says that they were taken off the agenda.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn says_taken_off(&mut self, number: SentRef, cases: &[CaseRef]) -> Result<(), StoreError> {
        for case in cases {
            sql!("UPDATE outbox_cases SET taken_off = 1 WHERE entry = $1 AND case_no = $2", number.0, case.0)
                .execute(self.outbox().await?)
                .await?;
        }
        Ok(())
    }

    /// What an earlier mail says was taken off the agenda, this one says that takes its place.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn says_the_same(&mut self, number: SentRef, earlier: SentRef) -> Result<(), StoreError> {
        sql!(
            "UPDATE outbox_cases SET taken_off = 1 WHERE entry = $1 AND case_no IN \
             (SELECT case_no FROM outbox_cases WHERE entry = $2 AND taken_off = 1)",
            number.0,
            earlier.0
        )
        .execute(self.outbox().await?)
        .await?;
        Ok(())
    }

    /// Changes recipients alone: a bounce that came later.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn change_recipients(&mut self, number: SentRef, changes: &[RecipientChange]) -> Result<(), StoreError> {
        let now = us(self.now());
        for change in changes {
            sql!(
                "UPDATE outbox_recipients SET state = $3, reply_code = $4, reply_class = $5, updated_at = $6 \
                 WHERE entry = $1 AND position = $2",
                number.0,
                i64::try_from(change.position).unwrap_or(i64::MAX),
                change.state.as_str(),
                change.reply_code,
                change.reply_class.clone(),
                now
            )
            .execute(self.outbox().await?)
            .await?;
        }
        Ok(())
    }
}
