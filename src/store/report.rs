//! What `report` counts of one panel over some time [from, until): counts and moments, nothing sealed.

use super::row::{Columns, us};
use super::{StoreError, View};
use crate::casework::{MailKind, MeetingId, PanelId};
use jiff::Timestamp;

/// One panel over some time, the end not included.
#[derive(Clone, Copy, Debug)]
pub struct Period<'a> {
    /// Whose.
    pub panel: &'a PanelId,
    /// From then.
    pub from: Timestamp,
    /// Until before then.
    pub until: Timestamp,
}

/// How many cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CaseNumbers {
    /// Were opened.
    pub opened: i64,
    /// Were closed, and are closed still.
    pub closed: i64,
    /// Were open at the end.
    pub open_at_end: i64,
}

/// A paper that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenPaper {
    /// What it is, as the rules name it: `assessment`.
    pub what: String,
    /// When it came.
    pub arrived_at: Timestamp,
}

/// Something that waited for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waited {
    /// Why, a code.
    pub kind: String,
    /// Since when.
    pub opened_at: Timestamp,
    /// Until when.
    pub closed_at: Option<Timestamp>,
}

impl View {
    /// A panel's cases.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn case_numbers(&mut self, of: Period<'_>) -> Result<CaseNumbers, StoreError> {
        let row = sql!(
            "SELECT (SELECT COUNT(*) FROM cases WHERE panel = $1 AND opened_at >= $2 AND opened_at < $3) AS opened, \
             (SELECT COUNT(*) FROM cases WHERE panel = $1 AND closed_at >= $2 AND closed_at < $3) AS closed, \
             (SELECT COUNT(*) FROM cases WHERE panel = $1 AND opened_at < $3 AND (closed_at IS NULL OR closed_at >= $3)) \
             AS open_at_end",
            of.panel.as_str(),
            us(of.from),
            us(of.until)
        );
        let row = row.fetch_one(self.db()).await?;
        Ok(CaseNumbers { opened: row.int("opened")?, closed: row.int("closed")?, open_at_end: row.int("open_at_end")? })
    }

    /// The papers with a form that came for a panel and were taken, whether or not a later one took their place.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn papers_taken(&mut self, of: Period<'_>) -> Result<Vec<TakenPaper>, StoreError> {
        let rows = sql!(
            "SELECT what, arrived_at FROM documents WHERE panel = $1 AND arrived_at >= $2 AND arrived_at < $3 \
             AND form IS NOT NULL AND state IN ('accepted', 'superseded') ORDER BY arrived_at, id",
            of.panel.as_str(),
            us(of.from),
            us(of.until)
        );
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| Ok(TakenPaper { what: row.text("what")?, arrived_at: row.time("arrived_at")? })).collect()
    }

    /// How many mails of each kind and rule a server took for somebody beside the journal mailbox, by when they were made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mails_taken(&mut self, of: Period<'_>) -> Result<Vec<(MailKind, String, i64)>, StoreError> {
        let rows = sql!(
            "SELECT o.kind, o.rule, COUNT(*) AS n FROM outbox o WHERE o.panel = $1 AND o.created_at >= $2 \
             AND o.created_at < $3 AND EXISTS (SELECT 1 FROM outbox_recipients r WHERE r.entry = o.number \
             AND r.journal = 0 AND r.state = 'accepted') GROUP BY o.kind, o.rule ORDER BY o.kind, o.rule",
            of.panel.as_str(),
            us(of.from),
            us(of.until)
        );
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| Ok((row.word("kind")?, row.text("rule")?, row.int("n")?))).collect()
    }

    /// When each message that was answered came, and when a server took the first answer to it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn first_answers(&mut self, of: Period<'_>) -> Result<Vec<(Timestamp, Timestamp)>, StoreError> {
        let rows = sql!(
            "SELECT m.number, m.arrived_at, MIN(r.updated_at) AS taken_at FROM outbox o \
             JOIN messages m ON m.number = o.answers JOIN outbox_recipients r ON r.entry = o.number \
             WHERE o.panel = $1 AND m.arrived_at >= $2 AND m.arrived_at < $3 AND o.kind IN ('acknowledgement', 'query') \
             AND r.journal = 0 AND r.state = 'accepted' GROUP BY m.number, m.arrived_at ORDER BY m.number",
            of.panel.as_str(),
            us(of.from),
            us(of.until)
        );
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| Ok((row.time("arrived_at")?, row.time("taken_at")?))).collect()
    }

    /// When a server first took the agenda of a meeting for somebody.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pack_taken_at(&mut self, meeting: &MeetingId) -> Result<Option<Timestamp>, StoreError> {
        let row = sql!(
            "SELECT MIN(r.updated_at) AS taken_at FROM outbox o JOIN outbox_recipients r ON r.entry = o.number \
             WHERE o.meeting = $1 AND o.kind = 'agenda' AND r.journal = 0 AND r.state = 'accepted'",
            meeting.to_string()
        );
        row.fetch_one(self.db()).await?.time_or("taken_at")
    }

    /// What waited for a person at any time of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn waited(&mut self, of: Period<'_>) -> Result<Vec<Waited>, StoreError> {
        let rows = sql!(
            "SELECT kind, opened_at, closed_at FROM held WHERE panel = $1 AND opened_at < $3 \
             AND (closed_at IS NULL OR closed_at >= $2) ORDER BY number",
            of.panel.as_str(),
            us(of.from),
            us(of.until)
        );
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter()
            .map(|row| {
                let (opened_at, closed_at) = (row.time("opened_at")?, row.time_or("closed_at")?);
                Ok(Waited { kind: row.text("kind")?, opened_at, closed_at })
            })
            .collect()
    }
}
