//! Alerts that ask somebody to do something, until they are answered or over.

use super::row::{Columns, text_or, us};
use super::{StoreError, Tx, View};
use crate::casework::rules::Ends;
use crate::casework::{Address, AlertRef, CaseRef, MeetingId, PanelId, Redacted, SentRef};
use crate::seal::{DataKey, KeyId, Payload, Place, Sealed};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

words! {
    /// Whether it still waits for an answer.
    AskedState {
        /// It does.
        Open => "open",
        /// Somebody has it in hand.
        Answered => "answered",
        /// What it asked for is over.
        Over => "over",
    }
}

/// What an alert says, for whoever hears of it next. Sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AskedDetail {
    /// In a line.
    pub title: Redacted<String>,
    /// What happened.
    pub what: Redacted<String>,
    /// What to do next.
    pub advice: Redacted<String>,
    /// Who hears of it, in which order: a name of the daemon's.
    pub chain: String,
    /// The children it is about.
    pub cases: Vec<CaseRef>,
    /// Whom it proposes, by the number of the choice (SY-13).
    pub proposed: Vec<Proposed>,
}

impl Payload for AskedDetail {}

/// Somebody of the directory who may be invited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposed {
    /// Where the invitation would go.
    pub address: Address,
    /// Who it is: name, organisation and role.
    pub words: Redacted<String>,
}

/// Who answered it, or why it is over. Sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AskedAnswer {
    /// Who.
    pub by: Redacted<String>,
    /// How, or why.
    pub note: Redacted<String>,
}

impl Payload for AskedAnswer {}

/// An alert to be held until it is answered.
#[derive(Clone, Debug)]
pub struct NewAsked {
    /// By which rule it goes.
    pub rule: String,
    /// Whose panel's.
    pub panel: PanelId,
    /// The meeting with which it ends.
    pub meeting: Option<MeetingId>,
    /// The mail it is about.
    pub entry: Option<SentRef>,
    /// What its end would be.
    pub ends: Ends,
    /// What it says.
    pub said: AskedDetail,
}

/// An alert that asks for something.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `A-0007`.
    pub number: AlertRef,
    /// By which rule it goes.
    pub rule: String,
    /// Whose panel's.
    pub panel: PanelId,
    /// The meeting with which it ends.
    pub meeting: Option<MeetingId>,
    /// The mail it is about.
    pub entry: Option<SentRef>,
    /// What its end would be.
    pub ends: Ends,
    /// Whether it still waits.
    pub state: AskedState,
    /// Since when.
    pub opened_at: Timestamp,
    /// Until when.
    pub closed_at: Option<Timestamp>,
    /// When somebody was last told.
    pub told_at: Timestamp,
    /// How far it has gone, from 0.
    pub level: i64,
    /// What it says.
    pub said: Sealed<AskedDetail>,
    /// Who answered it, or why it is over.
    pub answer: Option<Sealed<AskedAnswer>>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT a.number, a.rule, a.panel, a.meeting, a.entry, a.ends, a.state, a.opened_at, a.closed_at, a.told_at, \
             a.level, a.data_key, a.said, a.answer, k.wrapped FROM alerts a JOIN data_keys k ON k.id = a.data_key ",
            $rest
        )
    };
}

impl View {
    /// One alert that asks, or asked, for something.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn asked(&mut self, number: AlertRef) -> Result<Option<Asked>, StoreError> {
        let row = sql!(select!("WHERE a.number = $1"), number.0).fetch_optional(self.db()).await?;
        row.as_ref().map(|row| self.asked_of(row)).transpose()
    }

    /// Those that nobody has answered, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_asked(&mut self) -> Result<Vec<Asked>, StoreError> {
        let rows = sql!(select!("WHERE a.state = 'open' ORDER BY a.number")).fetch_all(self.db()).await?;
        rows.iter().map(|row| self.asked_of(row)).collect()
    }

    /// The same without those that were at this last step from the first: they go on to nobody.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_asked_that_go_on(&mut self, last: i64) -> Result<Vec<Asked>, StoreError> {
        let going_on =
            select!("WHERE a.state = 'open' AND (a.level < $1 OR a.told_at > a.opened_at) ORDER BY a.number");
        sql!(going_on, last).fetch_all(self.db()).await?.iter().map(|row| self.asked_of(row)).collect()
    }

    /// Every one there ever was, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all_asked(&mut self) -> Result<Vec<Asked>, StoreError> {
        let rows = sql!(select!("ORDER BY a.number")).fetch_all(self.db()).await?;
        rows.iter().map(|row| self.asked_of(row)).collect()
    }

    /// Those that nobody has answered and that have this end, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn asked_until(&mut self, ends: &Ends) -> Result<Vec<Asked>, StoreError> {
        let rows = sql!(select!("WHERE a.ends = $1 AND a.state = 'open' ORDER BY a.number"), ends.to_string());
        rows.fetch_all(self.db()).await?.iter().map(|row| self.asked_of(row)).collect()
    }

    /// Those that were answered or over before then, can still be read, and speak of no case that is still kept: at most this
    /// many.
    pub(super) async fn asked_to_purge(
        &mut self,
        before: Timestamp,
        most: usize,
    ) -> Result<Vec<(AlertRef, KeyId)>, StoreError> {
        let rows = sql!(
            select!("WHERE a.state <> 'open' AND a.closed_at < $1 AND k.wrapped IS NOT NULL ORDER BY a.number"),
            us(before)
        );
        let rows = rows.fetch_all(self.db()).await?;
        let mut found = Vec::new();
        for row in &rows {
            let asked = self.asked_of(row)?;
            let mut is_kept = false;
            for case in asked.said.open()?.cases {
                let kept = sql!("SELECT number FROM cases WHERE number = $1 AND purged_at IS NULL", case.0);
                is_kept = is_kept || kept.fetch_optional(self.db()).await?.is_some();
            }
            if !is_kept && found.len() < most {
                found.push((asked.number, asked.said.key()?.id()));
            }
        }
        Ok(found)
    }

    fn asked_of(&self, row: &AnyRow) -> Result<Asked, StoreError> {
        let number = AlertRef(row.int("number")?);
        let key = row.key(&self.shared.master, "data_key", "wrapped")?;
        let answer = row.bytes_or("answer")?;
        Ok(Asked {
            number,
            rule: row.text("rule")?,
            panel: row.name("panel")?,
            meeting: row.word_or("meeting")?,
            entry: row.int_or("entry")?.map(SentRef),
            ends: row.word("ends")?,
            state: row.word("state")?,
            opened_at: row.time("opened_at")?,
            closed_at: row.time_or("closed_at")?,
            told_at: row.time("told_at")?,
            level: row.int("level")?,
            said: row.sealed(key.as_ref(), place(number, "said"), "said")?,
            answer: answer.map(|blob| Sealed::found(key, place(number, "answer"), blob)),
        })
    }
}

impl Tx {
    /// Holds an alert until it is answered or over. `key` seals what it says.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ask(&mut self, key: &DataKey, new: &NewAsked) -> Result<AlertRef, StoreError> {
        let number = AlertRef(self.numbers("alerts", 1).await?);
        let said = self.seal(key, place(number, "said"), &new.said)?;
        sql!(
            "INSERT INTO alerts (number, rule, panel, meeting, entry, ends, state, opened_at, told_at, level, data_key, said) \
             VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $7, 0, $8, $9)",
            number.0,
            new.rule.as_str(),
            new.panel.to_string(),
            text_or(new.meeting.as_ref()),
            new.entry.map(|entry| entry.0),
            new.ends.to_string(),
            us(self.now()),
            key.id().to_string(),
            said.blob().to_vec()
        )
        .execute(self.db())
        .await?;
        Ok(number)
    }

    /// Notes that whoever comes at this level was told now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn asked_again(&mut self, number: AlertRef, level: i64) -> Result<(), StoreError> {
        let now = us(self.now());
        sql!("UPDATE alerts SET told_at = $2, level = $3 WHERE number = $1", number.0, now, level)
            .execute(self.db())
            .await?;
        Ok(())
    }

    /// Nobody is asked any more. False when somebody had closed it already: then nothing changes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_asked(
        &mut self,
        asked: &Asked,
        as_: AskedState,
        answer: &AskedAnswer,
    ) -> Result<bool, StoreError> {
        let sealed = self.seal(asked.said.key()?, place(asked.number, "answer"), answer)?;
        let done = sql!(
            "UPDATE alerts SET state = $2, closed_at = $3, answer = $4 WHERE number = $1 AND state = 'open'",
            asked.number.0,
            as_.as_str(),
            us(self.now()),
            sealed.blob().to_vec()
        );
        Ok(done.execute(self.db()).await?.rows_affected() > 0)
    }
}

fn place(number: AlertRef, column: &'static str) -> Place {
    Place::new("alerts", number, column)
}
