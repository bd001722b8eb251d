//! Decisions: which rules fired, and the hashes of the profile, calendar and directory they were read with.

use super::row::{Columns, damaged, us};
use super::{StoreError, Tx, View};
use crate::casework::Ref;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One reason of a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The rule, e.g. `SY-07`.
    pub rule: String,
    /// In words, with ids and no persons.
    pub reason: String,
}

/// A decision as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionRow {
    /// When.
    pub at: Timestamp,
    /// About what.
    pub about: Ref,
    /// Of the panel's profile.
    pub profile_hash: Option<String>,
    /// Of the bank holidays.
    pub calendar_hash: Option<String>,
    /// Of the directory.
    pub directory_version: Option<String>,
    /// Every rule that fired.
    pub reasons: Vec<Reason>,
}

impl View {
    /// The decisions about a reference, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decisions(&mut self, about: &Ref) -> Result<Vec<DecisionRow>, StoreError> {
        let rows = sql!(
            "SELECT at, about, profile_hash, calendar_hash, directory_version, reasons FROM decisions \
             WHERE about = $1 ORDER BY at, id",
            about.to_string()
        );
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter()
            .map(|row| {
                Ok(DecisionRow {
                    at: row.time("at")?,
                    about: row.word("about")?,
                    profile_hash: row.text_or("profile_hash")?,
                    calendar_hash: row.text_or("calendar_hash")?,
                    directory_version: row.text_or("directory_version")?,
                    reasons: serde_json::from_str(&row.text("reasons")?).map_err(|_| damaged("reasons"))?,
                })
            })
            .collect()
    }
}

impl Tx {
    /// Stores a decision; `at` is the transaction's time, whatever the row says.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_decision(&mut self, decision: &DecisionRow) -> Result<(), StoreError> {
        let reasons = serde_json::to_string(&decision.reasons).map_err(|_| damaged("reasons"))?;
        sql!(
            "INSERT INTO decisions (id, at, about, profile_hash, calendar_hash, directory_version, reasons) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            self.uuid(),
            us(self.now()),
            decision.about.to_string(),
            decision.profile_hash.clone(),
            decision.calendar_hash.clone(),
            decision.directory_version.clone(),
            reasons
        )
        .execute(self.db())
        .await?;
        Ok(())
    }
}
