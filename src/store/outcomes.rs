//! What meetings decided, and the actions they agreed (SY-18, SY-19, SY-44).

use super::row::{CHUNK, Columns, PREPARED, list, text_or, us};
use super::{Case, StoreError, Tx, View};
use crate::casework::rules::{MeetingOutcome, same_action};
use crate::casework::{Action, CaseRef, FieldId, MeetingId, MessageRef, PanelId};
use crate::seal::{DataKey, Payload, Place, Sealed};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

words! {
    /// What became of a child's case.
    OutcomeKind {
        /// It goes on.
        Continue => "continue",
        /// It was closed.
        Close => "close",
        /// It was put off.
        Defer => "defer",
    }
}

words! {
    /// How an action stands (SY-44).
    ActionState {
        /// Nobody has said yet.
        Open => "open",
        /// It is done.
        Completed => "completed",
        /// It is under way.
        Ongoing => "ongoing",
        /// It was not done.
        Outstanding => "outstanding",
    }
}

impl ActionState {
    fn said(status: Option<&str>) -> Self {
        status.and_then(|s| s.to_ascii_lowercase().parse().ok()).unwrap_or(Self::Open)
    }
}

/// Where a part of an outcome was said: which message, and where in its document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The message that brought it.
    pub message: MessageRef,
    /// Where: `table1!r5c2`.
    pub at: String,
}

/// What is sealed of an outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OutcomeBody {
    /// What was decided.
    pub outcome: MeetingOutcome,
    /// Where each part stood.
    pub said: BTreeMap<FieldId, Said>,
}

impl Payload for OutcomeBody {}

/// An outcome to be written.
#[derive(Clone, Debug)]
pub struct NewOutcome {
    /// Of which meeting.
    pub meeting: MeetingId,
    /// From which message.
    pub message: Option<MessageRef>,
    /// What became of the case.
    pub kind: OutcomeKind,
    /// The next review, as this meeting set it.
    pub review_due: Option<Date>,
    /// What was said.
    pub body: OutcomeBody,
}

/// An outcome as stored.
#[derive(Clone, Debug)]
pub struct OutcomeRow {
    /// Whose.
    pub case: CaseRef,
    /// Of which meeting.
    pub meeting: MeetingId,
    /// 1, and one more with each form that changed it.
    pub version: i64,
    /// When it was last written.
    pub recorded_at: Timestamp,
    /// The message it last came from.
    pub message: Option<MessageRef>,
    /// What became of the case.
    pub kind: OutcomeKind,
    /// The next review, as this meeting set it.
    pub review_due: Option<Date>,
    /// It found an action outstanding.
    pub outstanding: bool,
    /// The version that the notes carried, 0 for none.
    pub noted: i64,
    /// What was said.
    pub body: Sealed<OutcomeBody>,
}

/// What is sealed of an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionDetail {
    /// What, by when, who, as written.
    pub action: Action,
}

impl Payload for ActionDetail {}

/// An action as stored.
#[derive(Clone, Debug)]
pub struct ActionRow {
    /// Its id.
    pub id: String,
    /// Whose.
    pub case: CaseRef,
    /// The meeting that agreed it.
    pub meeting: MeetingId,
    /// The meeting that last said how it stands.
    pub looked_at: MeetingId,
    /// Its place among the case's actions.
    pub position: i64,
    /// By when, where it is a date.
    pub due: Option<Date>,
    /// How it stands.
    pub state: ActionState,
    /// What, by when, who.
    pub detail: Sealed<ActionDetail>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT o.case_no, o.meeting, o.version, o.recorded_at, o.message, o.verdict, o.review_due, o.outstanding, \
             o.noted, o.data_key, o.body, k.wrapped FROM outcomes o JOIN data_keys k ON k.id = o.data_key ",
            $rest
        )
    };
}

macro_rules! select_actions {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.case_no, a.meeting, a.looked_at, a.position, a.due, a.state, a.data_key, a.detail, k.wrapped \
             FROM actions a JOIN data_keys k ON k.id = a.data_key ",
            $rest
        )
    };
}

impl View {
    /// What one meeting decided about one child.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outcome(&mut self, case: CaseRef, meeting: &MeetingId) -> Result<Option<OutcomeRow>, StoreError> {
        let row = sql!(select!("WHERE o.case_no = $1 AND o.meeting = $2"), case.0, meeting.to_string());
        let row = row.fetch_optional(self.db()).await?;
        row.as_ref().map(|row| self.outcome_of(row)).transpose()
    }

    /// What meetings decided about a child, by when it was recorded.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outcomes_of_case(&mut self, case: CaseRef) -> Result<Vec<OutcomeRow>, StoreError> {
        let rows = sql!(select!("WHERE o.case_no = $1 ORDER BY o.recorded_at, o.meeting"), case.0);
        rows.fetch_all(self.db()).await?.iter().map(|row| self.outcome_of(row)).collect()
    }

    /// What a meeting decided, by case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outcomes_of_meeting(&mut self, meeting: &MeetingId) -> Result<Vec<OutcomeRow>, StoreError> {
        let rows = sql!(select!("WHERE o.meeting = $1 ORDER BY o.case_no"), meeting.to_string());
        rows.fetch_all(self.db()).await?.iter().map(|row| self.outcome_of(row)).collect()
    }

    /// Meetings with an outcome that no notes have carried.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn meetings_to_note(&mut self) -> Result<Vec<MeetingId>, StoreError> {
        let rows = sql!("SELECT DISTINCT meeting FROM outcomes WHERE noted < version ORDER BY meeting");
        rows.fetch_all(self.db()).await?.iter().map(|row| row.word("meeting")).collect()
    }

    /// A child's actions, in the order they were agreed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn actions_of_case(&mut self, case: CaseRef) -> Result<Vec<ActionRow>, StoreError> {
        self.actions_of_cases(&[case]).await
    }

    /// The actions of these children, child by child in the order they were agreed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn actions_of_cases(&mut self, cases: &[CaseRef]) -> Result<Vec<ActionRow>, StoreError> {
        let mut actions = Vec::new();
        for chunk in cases.chunks(CHUNK) {
            let text = format!(
                "{} WHERE a.case_no IN ({}) ORDER BY a.case_no, a.position",
                select_actions!(""),
                list(0, chunk.len())
            );
            let query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() <= PREPARED);
            let query = chunk.iter().fold(query, |query, case| query.bind(case.0));
            for row in query.fetch_all(self.db()).await? {
                actions.push(self.action_of(&row)?);
            }
        }
        Ok(actions)
    }

    /// The actions that are not completed, of every open case of a panel.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_actions(&mut self, panel: &PanelId) -> Result<Vec<ActionRow>, StoreError> {
        let rows = sql!(
            select_actions!(
                "JOIN cases s ON s.number = a.case_no WHERE s.panel = $1 AND s.state = 'open' AND a.state <> 'completed' \
                 ORDER BY a.case_no, a.position"
            ),
            panel.as_str()
        );
        rows.fetch_all(self.db()).await?.iter().map(|row| self.action_of(row)).collect()
    }

    fn outcome_of(&self, row: &AnyRow) -> Result<OutcomeRow, StoreError> {
        let (case, meeting) = (CaseRef(row.int("case_no")?), row.word::<MeetingId>("meeting")?);
        let key = row.key(&self.shared.master, "data_key", "wrapped")?;
        Ok(OutcomeRow {
            version: row.int("version")?,
            recorded_at: row.time("recorded_at")?,
            message: row.int_or("message")?.map(MessageRef),
            kind: row.word("verdict")?,
            review_due: row.word_or("review_due")?,
            outstanding: row.flag("outstanding")?,
            noted: row.int("noted")?,
            body: row.sealed(key.as_ref(), body_place(case, &meeting), "body")?,
            case,
            meeting,
        })
    }

    fn action_of(&self, row: &AnyRow) -> Result<ActionRow, StoreError> {
        let id = row.text("id")?;
        let key = row.key(&self.shared.master, "data_key", "wrapped")?;
        Ok(ActionRow {
            case: CaseRef(row.int("case_no")?),
            meeting: row.word("meeting")?,
            looked_at: row.word("looked_at")?,
            position: row.int("position")?,
            due: row.word_or("due")?,
            state: row.word("state")?,
            detail: row.sealed(key.as_ref(), detail_place(&id), "detail")?,
            id,
        })
    }
}

impl Tx {
    /// Writes what a meeting decided, over what was written of it before. The version it now has; the old one where it
    /// says nothing new.
    ///
    /// # Errors
    /// When the database fails, or the meeting is not stored.
    pub async fn put_outcome(&mut self, case: &Case, new: &NewOutcome) -> Result<i64, StoreError> {
        let before = self.outcome(case.number, &new.meeting).await?;
        let version = match &before {
            Some(row) => {
                let same = row.kind == new.kind
                    && row.review_due == new.review_due
                    && row.body.open()?.outcome == new.body.outcome;
                if same {
                    return Ok(row.version);
                }
                row.version + 1
            }
            None => 1,
        };
        let key = self.text_key(case, &new.meeting).await?;
        let sealed = self.seal(&key, body_place(case.number, &new.meeting), &new.body)?;
        let outstanding = new.body.outcome.actions.iter().any(|a| a.status.as_deref() == Some("OUTSTANDING"));
        sql!(
            "INSERT INTO outcomes (case_no, meeting, version, recorded_at, message, verdict, review_due, outstanding, noted, \
             data_key, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10) ON CONFLICT (case_no, meeting) DO UPDATE \
             SET version = excluded.version, recorded_at = excluded.recorded_at, message = excluded.message, \
             verdict = excluded.verdict, review_due = excluded.review_due, outstanding = excluded.outstanding, \
             data_key = excluded.data_key, body = excluded.body",
            case.number.0,
            new.meeting.to_string(),
            version,
            us(self.now()),
            new.message.map(|message| message.0),
            new.kind.as_str(),
            text_or(new.review_due.as_ref()),
            i64::from(outstanding),
            key.id().to_string(),
            sealed.blob().to_vec()
        )
        .execute(self.db())
        .await?;
        Ok(version)
    }

    /// The key of what one meeting said about one child: its own, so that retention can shred the words and leave the case
    /// (OP-07).
    async fn text_key(&mut self, case: &Case, meeting: &MeetingId) -> Result<DataKey, StoreError> {
        let known = self.outcome(case.number, meeting).await?;
        let own = known.and_then(|row| row.body.key().ok().cloned()).filter(|key| Some(key.id()) != case.key_id());
        match own {
            Some(key) => Ok(key),
            None => self.new_key().await,
        }
    }

    /// Destroys the words of what meetings decided about a case; that they did, and what, stays (MC-06, OP-07).
    pub(super) async fn purge_outcomes(&mut self, case: &Case) -> Result<(), StoreError> {
        let key = case.key()?.clone();
        for row in self.outcomes_of_case(case.number).await? {
            let Ok(body) = row.body.open() else { continue };
            let (own, place) = (row.body.key()?.id(), body_place(case.number, &row.meeting));
            let bare = OutcomeBody { outcome: body.outcome.bare(), said: BTreeMap::new() };
            let sealed = self.seal(&key, place, &bare)?;
            sql!(
                "UPDATE outcomes SET data_key = $3, body = $4 WHERE case_no = $1 AND meeting = $2",
                case.number.0,
                row.meeting.to_string(),
                key.id().to_string(),
                sealed.blob().to_vec()
            )
            .execute(self.db())
            .await?;
            if own != key.id() {
                self.shred(own).await?;
            }
        }
        sql!("DELETE FROM actions WHERE case_no = $1", case.number.0).execute(self.db()).await?;
        Ok(())
    }

    /// Notes that the notes of the meeting have carried this version.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outcome_noted(&mut self, row: &OutcomeRow) -> Result<(), StoreError> {
        sql!(
            "UPDATE outcomes SET noted = $3 WHERE case_no = $1 AND meeting = $2",
            row.case.0,
            row.meeting.to_string(),
            row.version
        )
        .execute(self.db())
        .await?;
        Ok(())
    }

    /// Writes the actions of a meeting: what is known already gets its new status, the rest is added.
    ///
    /// # Errors
    /// When the database fails, or the meeting is not stored.
    pub async fn put_actions(
        &mut self,
        case: &Case,
        meeting: &MeetingId,
        actions: &[Action],
    ) -> Result<(), StoreError> {
        let known = self.actions_of_case(case.number).await?;
        let key = self.text_key(case, meeting).await?;
        let mut position = known.last().map_or(0, |row| row.position);
        for action in actions {
            let mut same = None;
            for row in &known {
                if same_action(row.detail.open()?.action.text.reveal(), action.text.reveal()) {
                    same = Some(row);
                }
            }
            let due = action.by.as_ref().and_then(|by| by.reveal().parse::<Date>().ok());
            let id = same.map_or_else(|| self.uuid(), |row| row.id.clone());
            let said = ActionState::said(action.status.as_deref());
            let state = match same {
                Some(row) if said == ActionState::Open => row.state,
                _ => said,
            };
            let mut kept = action.clone();
            if let Some(row) = same {
                let before = row.detail.open()?.action;
                kept = Action { text: before.text, by: kept.by.or(before.by), who: kept.who.or(before.who), ..kept };
            }
            position += i64::from(same.is_none());
            let sealed = self.seal(&key, detail_place(&id), &ActionDetail { action: kept })?;
            sql!(
                "INSERT INTO actions (id, case_no, meeting, looked_at, position, due, state, data_key, detail) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET \
                 looked_at = excluded.looked_at, due = excluded.due, state = excluded.state, \
                 data_key = excluded.data_key, detail = excluded.detail",
                id.as_str(),
                case.number.0,
                meeting.to_string(),
                meeting.to_string(),
                position,
                text_or(due.or(same.and_then(|row| row.due)).as_ref()),
                state.as_str(),
                key.id().to_string(),
                sealed.blob().to_vec()
            )
            .execute(self.db())
            .await?;
        }
        Ok(())
    }
}

fn body_place(case: CaseRef, meeting: &MeetingId) -> Place {
    Place::new("outcomes", format!("{case}|{meeting}"), "body")
}

fn detail_place(id: &str) -> Place {
    Place::new("actions", id, "detail")
}
