//! Restrictions on a case: they override every rule and are checked again at sending (invariant 5).

use super::row::{Columns, text_or, us};
use super::{Case, StoreError, Tx, View};
use crate::casework::{CaseRef, Redacted};
use crate::seal::{Payload, Place, Sealed};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

id! {
    /// A restriction.
    RestrictionId
}

words! {
    /// What a restriction keeps the case from.
    RestrictionSubject {
        /// Everyone in a directory role.
        Role => "role",
        /// One person, by address.
        Person => "person",
        /// Everyone, as to one field of the form.
        Field => "field",
    }
}

/// Whom or what, and why. Sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestrictionDetail {
    /// The role, address or field id.
    pub value: Redacted<String>,
    /// Why.
    pub reason: Redacted<String>,
    /// Who set it.
    pub by: Option<Redacted<String>>,
}

impl Payload for RestrictionDetail {}

/// A restriction in force.
#[derive(Clone, Debug)]
pub struct Restriction {
    /// Its id.
    pub id: RestrictionId,
    /// On which case.
    pub case: CaseRef,
    /// What kind.
    pub subject: RestrictionSubject,
    /// Whom or what, and why.
    pub detail: Sealed<RestrictionDetail>,
    /// When a person must look at it again.
    pub review_on: Option<Date>,
    /// Since when.
    pub created_at: Timestamp,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.case_no, r.subject, r.review_on, r.created_at, r.data_key, r.detail, k.wrapped \
             FROM restrictions r JOIN data_keys k ON k.id = r.data_key WHERE r.lifted_at IS NULL ",
            $rest
        )
    };
}

impl View {
    /// The restrictions in force on a case, oldest first. A caller that cannot open one must treat the case as closed to
    /// everybody.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn restrictions(&mut self, case: CaseRef) -> Result<Vec<Restriction>, StoreError> {
        let all = self.all_restrictions().await?;
        Ok(all.into_iter().filter(|restriction| restriction.case == case).collect())
    }

    /// Every restriction in force, by case: there are few.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all_restrictions(&mut self) -> Result<Vec<Restriction>, StoreError> {
        if let Some(known) = &self.known.restrictions {
            return Ok(known.clone());
        }
        let rows = sql!(select!("ORDER BY r.case_no, r.id")).fetch_all(self.db()).await?;
        let all: Vec<Restriction> = rows.iter().map(|row| self.restriction_of(row)).collect::<Result<_, _>>()?;
        self.known.restrictions = Some(all.clone());
        Ok(all)
    }

    fn restriction_of(&self, row: &AnyRow) -> Result<Restriction, StoreError> {
        let id = RestrictionId(row.text("id")?);
        let key = row.key(&self.shared.master, "data_key", "wrapped")?;
        Ok(Restriction {
            case: CaseRef(row.int("case_no")?),
            subject: row.word("subject")?,
            detail: row.sealed(key.as_ref(), detail_place(&id), "detail")?,
            review_on: row.word_or("review_on")?,
            created_at: row.time("created_at")?,
            id,
        })
    }
}

impl Tx {
    /// Restricts a case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn restrict(
        &mut self,
        case: &Case,
        subject: RestrictionSubject,
        detail: &RestrictionDetail,
        review_on: Option<Date>,
    ) -> Result<RestrictionId, StoreError> {
        let key = case.key()?.clone();
        let id = RestrictionId(self.uuid());
        let sealed = self.seal(&key, detail_place(&id), detail)?;
        sql!(
            "INSERT INTO restrictions (id, case_no, subject, review_on, created_at, data_key, detail) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            id.as_str(),
            case.number.0,
            subject.as_str(),
            text_or(review_on.as_ref()),
            us(self.now()),
            key.id().to_string(),
            sealed.blob().to_vec()
        )
        .execute(self.db())
        .await?;
        self.known.restrictions = None;
        Ok(id)
    }

    /// Lifts a restriction; the row stays.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lift_restriction(&mut self, id: &RestrictionId) -> Result<(), StoreError> {
        let now = us(self.now());
        sql!("UPDATE restrictions SET lifted_at = $2 WHERE id = $1", id.as_str(), now).execute(self.db()).await?;
        self.known.restrictions = None;
        Ok(())
    }
}

fn detail_place(id: &RestrictionId) -> Place {
    Place::new("restrictions", id, "detail")
}
