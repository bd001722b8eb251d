//! Meetings with their moments, and the marks of what was done for each, so that a turn that runs twice does it once.

use super::row::{Columns, us, us_or};
use super::{StoreError, Tx, View};
use crate::casework::{MeetingId, PanelId};
use jiff::Timestamp;
use jiff::civil::DateTime;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

words! {
    /// Whether a meeting takes place.
    MeetingState {
        /// It is to come, or its papers are still going round.
        Open => "open",
        /// It is over and everything that hung on it is done.
        Closed => "closed",
        /// It does not take place.
        Cancelled => "cancelled",
    }
}

words! {
    /// Something done once for a meeting.
    Mark {
        /// The list of children went out (SY-05); detail: its hash.
        ListSent => "list_sent",
        /// The pack was drawn up; detail: `complete`, or what was missing.
        PackDrawn => "pack_drawn",
        /// That pack went to the chair alone.
        ChairAlone => "chair_alone",
        /// A person was alerted that the pack is late.
        PackAlerted => "pack_alerted",
        /// The supplement of an early pack went out.
        SupplementSent => "supplement_sent",
        /// Health copies were made.
        HealthCopied => "health_copied",
        /// Chair and deputy were asked for a replacement date (MC-13).
        DateAsked => "date_asked",
        /// The upload of its minutes to the children's records was recorded as done (SH-13).
        Uploaded => "uploaded",
        /// Its items were moved on, or its reviews set.
        CarriedOver => "carried_over",
    }
}

/// A meeting. The moments are as last resolved from its panel's profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// Panel and original date.
    pub id: MeetingId,
    /// When it begins.
    pub starts_at: Timestamp,
    /// The same, local civil time.
    pub starts: DateTime,
    /// Papers must be in by then.
    pub cutoff_at: Timestamp,
    /// The pack goes then.
    pub pack_at: Timestamp,
    /// The list goes then, if there is one.
    pub list_at: Option<Timestamp>,
    /// The supplement goes then, if the pack is early.
    pub supplement_at: Option<Timestamp>,
    /// Whether it takes place.
    pub state: MeetingState,
}

/// When something was done, and a code about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// When.
    pub at: Timestamp,
    /// A code or hash.
    pub detail: Option<String>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT m.id, m.starts_at, m.starts_local, m.cutoff_at, m.pack_at, m.list_at, m.supplement_at, m.state \
             FROM meetings m ",
            $rest
        )
    };
}

impl View {
    /// One meeting.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn meeting(&mut self, id: &MeetingId) -> Result<Option<Meeting>, StoreError> {
        let row = sql!(select!("WHERE m.id = $1"), id.to_string()).fetch_optional(self.db()).await?;
        row.as_ref().map(meeting_of).transpose()
    }

    /// A panel's meetings that begin in [from, until), in order, whatever their state.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn meetings(
        &mut self,
        panel: &PanelId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Meeting>, StoreError> {
        let rows = sql!(
            select!("WHERE m.panel = $1 AND m.starts_at >= $2 AND m.starts_at < $3 ORDER BY m.starts_at, m.id"),
            panel.as_str(),
            us(from),
            us(until)
        );
        rows.fetch_all(self.db()).await?.iter().map(meeting_of).collect()
    }

    /// Every open meeting, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_meetings(&mut self) -> Result<Vec<Meeting>, StoreError> {
        let rows = sql!(select!("WHERE m.state = 'open' ORDER BY m.starts_at, m.id"));
        rows.fetch_all(self.db()).await?.iter().map(meeting_of).collect()
    }

    /// Every open meeting for which this has not been done, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn meetings_without(&mut self, mark: Mark) -> Result<Vec<Meeting>, StoreError> {
        let rows = sql!(
            select!(
                "WHERE m.state = 'open' AND NOT EXISTS (SELECT 1 FROM meeting_marks x WHERE x.meeting = m.id \
                 AND x.mark = $1) ORDER BY m.starts_at, m.id"
            ),
            mark.as_str()
        );
        rows.fetch_all(self.db()).await?.iter().map(meeting_of).collect()
    }

    /// What was done for a meeting.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn marks(&mut self, id: &MeetingId) -> Result<BTreeMap<Mark, Marked>, StoreError> {
        let rows = sql!("SELECT mark, at, detail FROM meeting_marks WHERE meeting = $1", id.to_string());
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter()
            .map(|row| Ok((row.word("mark")?, Marked { at: row.time("at")?, detail: row.text_or("detail")? })))
            .collect()
    }
}

impl Tx {
    /// Writes a meeting, new or known.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_meeting(&mut self, meeting: &Meeting) -> Result<(), StoreError> {
        self.known.items.clear();
        sql!(
            "INSERT INTO meetings (id, panel, starts_at, starts_local, cutoff_at, pack_at, list_at, supplement_at, state, \
             updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO UPDATE SET \
             starts_at = excluded.starts_at, starts_local = excluded.starts_local, cutoff_at = excluded.cutoff_at, \
             pack_at = excluded.pack_at, list_at = excluded.list_at, supplement_at = excluded.supplement_at, \
             state = excluded.state, updated_at = excluded.updated_at",
            meeting.id.to_string(),
            meeting.id.panel.as_str(),
            us(meeting.starts_at),
            meeting.starts.to_string(),
            us(meeting.cutoff_at),
            us(meeting.pack_at),
            us_or(meeting.list_at),
            us_or(meeting.supplement_at),
            meeting.state.as_str(),
            us(self.now())
        )
        .execute(self.db())
        .await?;
        Ok(())
    }

    /// Notes that something was done for a meeting. False when it had been done already: then nothing is written.
    ///
    /// # Errors
    /// When the database fails, or the meeting is not stored.
    pub async fn mark(&mut self, id: &MeetingId, mark: Mark, detail: Option<&str>) -> Result<bool, StoreError> {
        let done = sql!(
            "INSERT INTO meeting_marks (meeting, mark, at, detail) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (meeting, mark) DO NOTHING",
            id.to_string(),
            mark.as_str(),
            us(self.now()),
            detail.map(str::to_owned)
        )
        .execute(self.db())
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Takes a mark back, so that the thing is done again (a meeting moved, a list changed).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unmark(&mut self, id: &MeetingId, mark: Mark) -> Result<(), StoreError> {
        sql!("DELETE FROM meeting_marks WHERE meeting = $1 AND mark = $2", id.to_string(), mark.as_str())
            .execute(self.db())
            .await?;
        Ok(())
    }
}

fn meeting_of(row: &AnyRow) -> Result<Meeting, StoreError> {
    Ok(Meeting {
        id: row.word("id")?,
        starts_at: row.time("starts_at")?,
        starts: row.word("starts_local")?,
        cutoff_at: row.time("cutoff_at")?,
        pack_at: row.time("pack_at")?,
        list_at: row.time_or("list_at")?,
        supplement_at: row.time_or("supplement_at")?,
        state: row.word("state")?,
    })
}
