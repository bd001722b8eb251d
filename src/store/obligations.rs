//! Obligations: what somebody owes by when.

use super::row::{Columns, list, text_or, us};
use super::{DocumentId, StoreError, Tx, View};
use crate::casework::{CaseRef, MeetingId, MessageRef, PanelId, RoleId};
use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

id! {
    /// An obligation.
    ObligationId
}

words! {
    /// Whether an obligation stands.
    ObligationState {
        /// It does.
        Open => "open",
        /// It was met.
        Done => "done",
        /// It fell away.
        Cancelled => "cancelled",
    }
}

/// An obligation to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewObligation {
    /// What makes it the same obligation when a turn runs again: references and codes, never a person.
    pub purpose: String,
    /// What is owed, e.g. `chair-admits`, `paper-to-follow`.
    pub kind: String,
    /// By which rule.
    pub rule: String,
    /// By when.
    pub due_at: Timestamp,
    /// By whom.
    pub owner: RoleId,
    /// For which panel.
    pub panel: Option<PanelId>,
    /// About which case.
    pub case: Option<CaseRef>,
    /// About which meeting.
    pub meeting: Option<MeetingId>,
    /// About which document.
    pub document: Option<DocumentId>,
    /// About which message.
    pub message: Option<MessageRef>,
}

/// An obligation as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obligation {
    /// Its id.
    pub id: ObligationId,
    /// What is owed, by whom, when and why.
    pub what: NewObligation,
    /// Whether it stands.
    pub state: ObligationState,
    /// Since when.
    pub opened_at: Timestamp,
    /// Until when.
    pub closed_at: Option<Timestamp>,
    /// When somebody was last alerted.
    pub alerted_at: Option<Timestamp>,
    /// How far the alert has gone: 0 owner, 1 deputy, 2 chair.
    pub level: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, purpose, kind, rule, due_at, owner, panel, case_no, meeting, document, message, state, opened_at, \
             closed_at, alerted_at, level FROM obligations ",
            $rest
        )
    };
}

impl View {
    /// Open obligations of these kinds due by this moment, and when the next of them falls due after it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn obligations_of_kinds(
        &mut self,
        kinds: &[&str],
        by: Timestamp,
    ) -> Result<(Vec<Obligation>, Option<Timestamp>), StoreError> {
        let kinds_are = format!("kind IN ({})", list(1, kinds.len()));
        let asked = |text: String, at: Timestamp| {
            let query = sqlx::query(AssertSqlSafe(text)).bind(us(at));
            kinds.iter().fold(query, |query, kind| query.bind((*kind).to_owned()))
        };
        let soonest = format!(
            "SELECT MIN(due_at) AS due_at FROM obligations WHERE state = 'open' AND due_at > $1 AND {kinds_are}"
        );
        // Most often nothing is due.
        let next = asked(soonest.clone(), Timestamp::MIN).fetch_one(self.db()).await?.time_or("due_at")?;
        if next.is_none_or(|at| at > by) {
            return Ok((Vec::new(), next));
        }
        let next = asked(soonest, by).fetch_one(self.db()).await?.time_or("due_at")?;
        let due = format!(
            select!("WHERE state = 'open' AND due_at <= $1 AND {kinds_are} ORDER BY due_at, id"),
            kinds_are = kinds_are
        );
        let due = asked(due, by).fetch_all(self.db()).await?.iter().map(obligation_of).collect::<Result<_, _>>()?;
        Ok((due, next))
    }

    /// Every open obligation, soonest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_obligations(&mut self) -> Result<Vec<Obligation>, StoreError> {
        let rows = sql!(select!("WHERE state = 'open' ORDER BY due_at, id"));
        rows.fetch_all(self.db()).await?.iter().map(obligation_of).collect()
    }

    /// Every obligation there ever was, soonest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all_obligations(&mut self) -> Result<Vec<Obligation>, StoreError> {
        sql!(select!("ORDER BY due_at, id")).fetch_all(self.db()).await?.iter().map(obligation_of).collect()
    }

    /// The obligation of this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn obligation(&mut self, id: &ObligationId) -> Result<Option<Obligation>, StoreError> {
        let row = sql!(select!("WHERE id = $1"), id.as_str()).fetch_optional(self.db()).await?;
        row.as_ref().map(obligation_of).transpose()
    }

    /// A case's obligations, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn obligations_of_case(&mut self, case: CaseRef) -> Result<Vec<Obligation>, StoreError> {
        let rows = sql!(select!("WHERE case_no = $1 ORDER BY opened_at, id"), case.0);
        rows.fetch_all(self.db()).await?.iter().map(obligation_of).collect()
    }

    /// The obligation of this purpose.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn obligation_of_purpose(&mut self, purpose: &str) -> Result<Option<Obligation>, StoreError> {
        let row = sql!(select!("WHERE purpose = $1"), purpose).fetch_optional(self.db()).await?;
        row.as_ref().map(obligation_of).transpose()
    }
}

impl Tx {
    /// Opens an obligation, unless there is one of this purpose: then nothing changes and its id is returned.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_obligation(&mut self, new: &NewObligation) -> Result<ObligationId, StoreError> {
        sql!(
            "INSERT INTO obligations (id, purpose, kind, rule, due_at, owner, panel, case_no, meeting, document, message, \
             state, opened_at, level) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'open', $12, 0) \
             ON CONFLICT (purpose) DO NOTHING",
            self.uuid(),
            new.purpose.as_str(),
            new.kind.as_str(),
            new.rule.as_str(),
            us(new.due_at),
            new.owner.as_str(),
            text_or(new.panel.as_ref()),
            new.case.map(|case| case.0),
            text_or(new.meeting.as_ref()),
            text_or(new.document.as_ref()),
            new.message.map(|message| message.0),
            us(self.now())
        )
        .execute(self.db())
        .await?;
        let row = sql!("SELECT id FROM obligations WHERE purpose = $1", new.purpose.as_str());
        Ok(ObligationId(row.fetch_one(self.db()).await?.text("id")?))
    }

    /// Closes an open obligation. False when it was closed already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_obligation(&mut self, id: &ObligationId, as_: ObligationState) -> Result<bool, StoreError> {
        let now = us(self.now());
        let done = sql!(
            "UPDATE obligations SET state = $2, closed_at = $3 WHERE id = $1 AND state = 'open'",
            id.as_str(),
            as_.as_str(),
            now
        );
        Ok(done.execute(self.db()).await?.rows_affected() > 0)
    }

    /// Notes that somebody of this level was alerted now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn obligation_alerted(&mut self, id: &ObligationId, level: i64) -> Result<(), StoreError> {
        let now = us(self.now());
        sql!("UPDATE obligations SET alerted_at = $2, level = $3 WHERE id = $1", id.as_str(), now, level)
            .execute(self.db())
            .await?;
        Ok(())
    }
}

fn obligation_of(row: &AnyRow) -> Result<Obligation, StoreError> {
    Ok(Obligation {
        id: ObligationId(row.text("id")?),
        what: NewObligation {
            purpose: row.text("purpose")?,
            kind: row.text("kind")?,
            rule: row.text("rule")?,
            due_at: row.time("due_at")?,
            owner: row.name("owner")?,
            panel: row.name_or("panel")?,
            case: row.int_or("case_no")?.map(CaseRef),
            meeting: row.word_or("meeting")?,
            document: row.text_or("document")?.map(DocumentId),
            message: row.int_or("message")?.map(MessageRef),
        },
        state: row.word("state")?,
        opened_at: row.time("opened_at")?,
        closed_at: row.time_or("closed_at")?,
        alerted_at: row.time_or("alerted_at")?,
        level: row.int("level")?,
    })
}
