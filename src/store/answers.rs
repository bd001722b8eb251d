//! Codes by which what waits for a person is settled by mail, and the answers that name one. A code is drawn here, handed
//! out once to be put into a mail, and kept as a keyed hash.

use super::row::{Columns, damaged, us};
use super::{StoreError, Tx, View};
use crate::casework::rules::Choice;
use crate::casework::{Address, Code, MessageRef, Ref, Sha256};
use crate::seal::LookupHash;
use jiff::Timestamp;

words! {
    /// What came of an answer.
    AnswerState {
        /// It is still to be carried out.
        Waiting => "waiting",
        /// It was carried out, or its sender was told what it lacks.
        Done => "done",
        /// It changed nothing: its code was wrong, or not for its sender.
        Refused => "refused",
    }
}

/// A code that was offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedCode {
    /// What it settles.
    pub about: Ref,
    /// In the order of their numbers, from 1.
    pub choices: Vec<Choice>,
    /// Which bytes an approval is for.
    pub binds: Option<Sha256>,
    /// From when on it is of no use.
    pub expires_at: Timestamp,
    /// Since when it is of no use.
    pub closed_at: Option<Timestamp>,
}

impl View {
    /// What was offered with this code.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn offered(&mut self, code: &Code) -> Result<Option<OfferedCode>, StoreError> {
        let hash = self.code_hash(code);
        let row = sql!(
            "SELECT about, choices, binds, expires_at, closed_at FROM answer_codes WHERE hash = $1",
            hash.0.to_vec()
        );
        let Some(row) = row.fetch_optional(self.db()).await? else { return Ok(None) };
        let choices = row.text("choices")?;
        let choices = choices.split(';').map(str::parse).collect::<Result<Vec<Choice>, _>>();
        let binds = row.bytes_or("binds")?.map(<[u8; 32]>::try_from).transpose().map_err(|_| damaged("binds"))?;
        Ok(Some(OfferedCode {
            about: row.word("about")?,
            choices: choices.map_err(|_| damaged("choices"))?,
            binds: binds.map(Sha256),
            expires_at: row.time("expires_at")?,
            closed_at: row.time_or("closed_at")?,
        }))
    }

    /// The answers still to be carried out, in order of arrival.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn answers_waiting(&mut self) -> Result<Vec<MessageRef>, StoreError> {
        let rows =
            sql!("SELECT message FROM answers WHERE state = $1 ORDER BY at, message", AnswerState::Waiting.as_str());
        rows.fetch_all(self.db()).await?.iter().map(|row| Ok(MessageRef(row.int("message")?))).collect()
    }

    /// How many answers from this address had a wrong code, or one that was not theirs, at or after `since`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn answers_refused(&mut self, from: &Address, since: Timestamp) -> Result<i64, StoreError> {
        let hash = self.look_ups().address(from);
        let count = sql!(
            "SELECT COUNT(*) AS n FROM answers WHERE state = $1 AND address_hash = $2 AND at >= $3",
            AnswerState::Refused.as_str(),
            hash.0.to_vec(),
            us(since)
        );
        count.fetch_one(self.db()).await?.int("n")
    }

    fn code_hash(&self, code: &Code) -> LookupHash {
        self.look_ups().hash("answer code", None, code.secret())
    }
}

impl Tx {
    /// Draws a code that settles this until then, by the number of one of these choices.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn offer_code(
        &mut self,
        about: &Ref,
        choices: &[Choice],
        binds: Option<Sha256>,
        expires_at: Timestamp,
    ) -> Result<Code, StoreError> {
        let code = Code::of(self.chance().bytes());
        let choices: Vec<String> = choices.iter().map(ToString::to_string).collect();
        sql!(
            "INSERT INTO answer_codes (hash, about, choices, binds, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
            self.code_hash(&code).0.to_vec(),
            about.to_string(),
            choices.join(";"),
            binds.map(|hash| hash.0.to_vec()),
            us(self.now()),
            us(expires_at)
        )
        .execute(self.db())
        .await?;
        Ok(code)
    }

    /// No code settles this any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_codes(&mut self, about: &Ref) -> Result<(), StoreError> {
        let now = us(self.now());
        sql!("UPDATE answer_codes SET closed_at = $2 WHERE about = $1 AND closed_at IS NULL", about.to_string(), now)
            .execute(self.db())
            .await?;
        Ok(())
    }

    /// A message that names a code waits to be carried out. Once noted, it is not noted again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn await_answer(&mut self, message: MessageRef, from: &Address) -> Result<(), StoreError> {
        let (hash, now) = (self.look_ups().address(from), us(self.now()));
        sql!(
            "INSERT INTO answers (message, address_hash, at, state) VALUES ($1, $2, $3, $4) ON CONFLICT (message) DO NOTHING",
            message.0,
            hash.0.to_vec(),
            now,
            AnswerState::Waiting.as_str()
        )
        .execute(self.db())
        .await?;
        Ok(())
    }

    /// What came of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn answer_came_to(&mut self, message: MessageRef, state: AnswerState) -> Result<(), StoreError> {
        sql!("UPDATE answers SET state = $2 WHERE message = $1", message.0, state.as_str()).execute(self.db()).await?;
        Ok(())
    }
}
