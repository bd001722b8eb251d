//! What is amiss with the program itself, and the jobs that run by themselves. Codes and dates; nobody is named.

use super::row::{Columns, us};
use super::{StoreError, Tx, View};
use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::any::AnyRow;

/// Something that is amiss now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// `mailbox:surrey-rmm-ne`, `sending`, `disk`.
    pub name: String,
    /// Since when.
    pub since: Timestamp,
    /// How, as a code.
    pub detail: String,
    /// When the other route took the news; none: it is still to be told.
    pub told_at: Option<Timestamp>,
}

/// When a job last ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRun {
    /// Which.
    pub name: String,
    /// The local date of the moment it was due for.
    pub last_date: Date,
    /// When it ran; none while it has only been armed.
    pub ran_at: Option<Timestamp>,
}

impl View {
    /// Everything amiss, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn troubles(&mut self) -> Result<Vec<Trouble>, StoreError> {
        let rows = sql!("SELECT name, since, detail, told_at FROM troubles ORDER BY name");
        rows.fetch_all(self.db()).await?.iter().map(trouble_of).collect()
    }

    /// Since when no mail has been taken though it was tried. A mail server says so itself: no attempt of any mail is spent
    /// on one that cannot be reached, and one recipient put off is no failing server. Of a folder it is the earliest
    /// attempt that failed after the last that went well. None while the last went well, or nothing was tried.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sending_failed_since(&mut self) -> Result<Option<Timestamp>, StoreError> {
        if let Some(server) = self.submission_server().await? {
            return Ok(server.failing_at);
        }
        let row = sql!(
            "SELECT MIN(began_at) AS since FROM attempts WHERE ended_at IS NOT NULL AND outcome = 'outbox.queued' \
             AND began_at > COALESCE((SELECT MAX(began_at) FROM attempts WHERE outcome = 'outbox.settled'), 0)"
        );
        row.fetch_one(self.outbox().await?).await?.time_or("since")
    }

    /// When each job last ran, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn jobs(&mut self) -> Result<Vec<JobRun>, StoreError> {
        let rows = sql!("SELECT name, last_date, ran_at FROM jobs ORDER BY name");
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter()
            .map(|row| {
                Ok(JobRun {
                    name: row.text("name")?,
                    last_date: row.word("last_date")?,
                    ran_at: row.time_or("ran_at")?,
                })
            })
            .collect()
    }
}

impl Tx {
    /// Notes that something is amiss. False when that was known: then nothing changes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn raise_trouble(&mut self, name: &str, since: Timestamp, detail: &str) -> Result<bool, StoreError> {
        let done = sql!(
            "INSERT INTO troubles (name, since, detail) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
            name,
            us(since),
            detail
        );
        Ok(done.execute(self.db()).await?.rows_affected() > 0)
    }

    /// It is amiss no more. None when it was not known to be, or somebody else cleared it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clear_trouble(&mut self, name: &str) -> Result<Option<Trouble>, StoreError> {
        let row = sql!("DELETE FROM troubles WHERE name = $1 RETURNING name, since, detail, told_at", name);
        row.fetch_optional(self.db()).await?.as_ref().map(trouble_of).transpose()
    }

    /// The other route took the news.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn trouble_told(&mut self, name: &str) -> Result<(), StoreError> {
        let now = us(self.now());
        sql!("UPDATE troubles SET told_at = $2 WHERE name = $1", name, now).execute(self.db()).await?;
        Ok(())
    }

    /// A job that was never seen before counts as done for this date, so that the first start does not run everything.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn arm_job(&mut self, name: &str, date: Date) -> Result<(), StoreError> {
        sql!(
            "INSERT INTO jobs (name, last_date) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
            name,
            date.to_string()
        )
        .execute(self.db())
        .await?;
        Ok(())
    }

    /// Takes a job's date for this transaction: true for the one who is first, for whom it is done once this commits.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_job(&mut self, name: &str, date: Date) -> Result<bool, StoreError> {
        let now = us(self.now());
        // Dates in ISO form sort as text.
        let done = sql!(
            "UPDATE jobs SET last_date = $2, ran_at = $3 WHERE name = $1 AND last_date < $2",
            name,
            date.to_string(),
            now
        );
        Ok(done.execute(self.db()).await?.rows_affected() > 0)
    }
}

fn trouble_of(row: &AnyRow) -> Result<Trouble, StoreError> {
    Ok(Trouble {
        name: row.text("name")?,
        since: row.time("since")?,
        detail: row.text("detail")?,
        told_at: row.time_or("told_at")?,
    })
}
