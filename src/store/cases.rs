//! Cases: one child's involvement with one authority's panels. A case is always loaded with who the child is.

use super::children::identity_place;
use super::row::{CHUNK, Columns, PREPARED, list, text_or, us, us_or};
use super::{Child, ChildDetails, ChildId, StoreError, Tx, View};
use crate::casework::panel::ClockRule;
use crate::casework::{Address, AuthorityId, CaseRef, PanelId, Redacted};
use crate::seal::{DataKey, KeyId, Payload, Place, SealError, Sealed};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

words! {
    /// Whether a case is open.
    CaseState {
        /// It is.
        Open => "open",
        /// It was closed (SH-08).
        Closed => "closed",
    }
}

/// Somebody who works with the child.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Person {
    /// As shown.
    pub name: Option<Redacted<String>>,
    /// Where mail goes.
    pub address: Option<Address>,
}

/// What a person said, and who did. Sealed with what it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Word {
    /// Who.
    pub by: Redacted<String>,
    /// Why.
    pub reason: Redacted<String>,
}

/// What is known of a case beyond its columns. Sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CaseFacts {
    /// The authenticated sender of the child's own authority until a person is confirmed.
    pub caseworker: Option<Person>,
    /// Who forwarded the form.
    pub manager: Option<Person>,
    /// The unique directory match of the manager's name on the form: asked to stand in and copied in, and no contact by that.
    #[serde(default)]
    pub named_manager: Option<Person>,
    /// The authority that the form says is responsible for the child (SY-35).
    pub responsible: Option<Redacted<String>>,
    /// The unique directory match of the form's name.
    pub lead_professional: Option<Person>,
    /// As the form named the practice.
    pub gp: Option<Redacted<String>>,
    /// The GP practice a person picked, by ODS code or address, remembered for the case.
    pub gp_pick: Option<Redacted<String>>,
    /// A value of the panel's own scale.
    pub rating: Option<String>,
    /// The rating before.
    pub previous_rating: Option<String>,
    /// S, T, C, M, V.
    pub risk_types: Vec<String>,
    /// As the form says.
    pub risk_factors: Vec<String>,
    /// As the form says.
    pub outcome: Option<String>,
    /// The address of the child, for rules that ask the area.
    pub area: Option<Redacted<String>>,
    /// Children not to be heard next to this one (siblings, linked).
    pub linked: Vec<CaseRef>,
    /// Clocks that a person started for it, each with its day.
    pub clocks: BTreeMap<ClockRule, Date>,
    /// Who started each of them, or stopped it, last.
    pub clocks_by: BTreeMap<ClockRule, Redacted<String>>,
    /// By whose word the review stands as it does, where a person set it beside the record of a meeting.
    pub review_word: Option<Word>,
    /// By whose word each obligation ended that a person ended.
    pub owed_words: BTreeMap<String, Word>,
    /// The date of the newest assessment.
    pub assessed_on: Option<Date>,
    /// The panel itself named the lead professional, a contact beside the caseworker from then on; or a person said who carries
    /// the case (MC-34).
    pub lead_confirmed: bool,
    /// Caseworkers before: contacts too, until the panel says who carries the case (MC-34).
    #[serde(alias = "invited")]
    pub earlier_caseworkers: Vec<Person>,
    /// Whom a person has named to be there for the child when it is heard next, though it be nobody; none while nobody has said
    /// (SY-13).
    pub invitees: Option<Vec<Person>>,
    /// Who else attends by a rule, until the child has been heard: the advanced practitioner, for an initial assessment (SH-04).
    pub attends: Vec<Person>,
    /// Whether the young person of 18 or over is a care leaver, where somebody has said (SY-36).
    pub care_leaver: Option<bool>,
}

impl Payload for CaseFacts {}

/// A case to be opened.
#[derive(Clone, Debug)]
pub struct NewCase {
    /// The panel it is before.
    pub panel: PanelId,
    /// Fixed reviews count from here (SH-06).
    pub pathway_start: Option<Date>,
    /// The next review.
    pub review_due: Option<Date>,
    /// Nobody confirmed that date yet.
    pub review_provisional: bool,
    /// What else is known.
    pub facts: CaseFacts,
}

/// A case. [`Tx::update_case`] writes every field but number, child, authority and opening back.
#[derive(Clone, Debug)]
pub struct Case {
    /// `R-0042`.
    pub number: CaseRef,
    /// The child.
    pub child: ChildId,
    /// Whose.
    pub authority: AuthorityId,
    /// The panel it is before now.
    pub panel: PanelId,
    /// Open or closed.
    pub state: CaseState,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// Fixed reviews count from here (SH-06).
    pub pathway_start: Option<Date>,
    /// The date of the last meeting that heard it.
    pub last_heard: Option<Date>,
    /// The next review.
    pub review_due: Option<Date>,
    /// Nobody confirmed that date yet.
    pub review_provisional: bool,
    /// What else is known.
    pub facts: Sealed<CaseFacts>,
    /// Who the child is.
    pub details: Sealed<ChildDetails>,
}

impl Case {
    /// The case's data key: restrictions, invitations and held items about it are sealed under it.
    ///
    /// # Errors
    /// [`SealError::Shredded`].
    pub fn key(&self) -> Result<&DataKey, SealError> {
        self.facts.key()
    }

    /// Which key that is.
    pub(super) fn key_id(&self) -> Option<KeyId> {
        self.facts.key().ok().map(DataKey::id)
    }
}

const COLUMNS: &str = "SELECT s.number, s.child, s.authority, s.panel, s.state, s.opened_at, s.closed_at, \
    s.pathway_start, s.last_heard, s.review_due, s.review_provisional, s.data_key, s.facts, k.wrapped, \
    c.data_key AS child_key, c.identity, x.wrapped AS child_wrapped FROM cases s JOIN data_keys k ON k.id = s.data_key \
    JOIN children c ON c.id = s.child JOIN data_keys x ON x.id = c.data_key ";

impl View {
    /// One case with its child.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn case(&mut self, number: CaseRef) -> Result<Option<Case>, StoreError> {
        Ok(self.cases(&[number]).await?.pop())
    }

    /// These cases with their children, by number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cases(&mut self, numbers: &[CaseRef]) -> Result<Vec<Case>, StoreError> {
        let (known, asked): (Vec<CaseRef>, Vec<CaseRef>) =
            numbers.iter().partition(|number| self.known.cases.contains_key(number));
        let mut cases: Vec<Case> = known.iter().filter_map(|number| self.known.cases.get(number)).cloned().collect();
        for chunk in asked.chunks(CHUNK) {
            let text = format!("{COLUMNS} WHERE s.number IN ({}) ORDER BY s.number", list(0, chunk.len()));
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() <= PREPARED);
            for number in chunk {
                query = query.bind(number.0);
            }
            for row in query.fetch_all(self.db()).await? {
                let case = self.case_of(&row)?;
                self.known.cases.insert(case.number, case.clone());
                cases.push(case);
            }
        }
        cases.sort_by_key(|case| case.number);
        Ok(cases)
    }

    /// The cases of these children, by number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cases_of_children(&mut self, children: &[ChildId]) -> Result<Vec<Case>, StoreError> {
        let mut cases = Vec::with_capacity(children.len());
        for chunk in children.chunks(CHUNK) {
            let text = format!("{COLUMNS} WHERE s.child IN ({}) ORDER BY s.number", list(0, chunk.len()));
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(chunk.len() <= PREPARED);
            for child in chunk {
                query = query.bind(child.as_str());
            }
            for row in query.fetch_all(self.db()).await? {
                cases.push(self.case_of(&row)?);
            }
        }
        cases.sort_by_key(|case| case.number);
        Ok(cases)
    }

    /// A child's cases, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cases_of_child(&mut self, child: &ChildId) -> Result<Vec<Case>, StoreError> {
        let text = format!("{COLUMNS} WHERE s.child = $1 ORDER BY s.number");
        let rows = sqlx::query(AssertSqlSafe(text)).bind(child.as_str()).fetch_all(self.db()).await?;
        rows.iter().map(|row| self.case_of(row)).collect()
    }

    /// A panel's open cases, by number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_cases(&mut self, panel: &PanelId) -> Result<Vec<Case>, StoreError> {
        let text = format!("{COLUMNS} WHERE s.panel = $1 AND s.state = 'open' ORDER BY s.number");
        let rows = sqlx::query(AssertSqlSafe(text)).bind(panel.as_str()).fetch_all(self.db()).await?;
        rows.iter().map(|row| self.case_of(row)).collect()
    }

    /// A panel's open cases whose review is due on or before this day and that are on none of its agendas to come, earliest
    /// first. They are listed with or without a paper (invariant 6).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reviews_due(&mut self, panel: &PanelId, by: Date) -> Result<Vec<Case>, StoreError> {
        let text = format!(
            "{COLUMNS} WHERE s.panel = $1 AND s.state = 'open' AND s.review_due <= $2 \
             AND NOT EXISTS (SELECT 1 FROM agenda_items a JOIN meetings m ON m.id = a.meeting WHERE a.case_no = s.number \
             AND a.state = 'listed' AND m.state = 'open' AND m.panel = s.panel) ORDER BY s.review_due, s.number"
        );
        let rows = sqlx::query(AssertSqlSafe(text)).bind(panel.as_str()).bind(by.to_string());
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| self.case_of(row)).collect()
    }

    /// At most `most` of a panel's open cases about which something between meetings may be due on this day, by number: their
    /// day has come, or nobody worked it out since they changed ([`Tx::timers_on`]).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cases_by_timers(&mut self, panel: &PanelId, today: Date, most: u16) -> Result<Vec<Case>, StoreError> {
        let text = format!(
            "{COLUMNS} WHERE s.panel = $1 AND s.state = 'open' AND (s.timers_on IS NULL OR s.timers_on <= $2) \
             ORDER BY s.number LIMIT $3"
        );
        let rows = sqlx::query(AssertSqlSafe(text)).bind(panel.as_str()).bind(today.to_string()).bind(i64::from(most));
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| self.case_of(row)).collect()
    }

    fn case_of(&self, row: &AnyRow) -> Result<Case, StoreError> {
        let number = CaseRef(row.int("number")?);
        let child = ChildId(row.text("child")?);
        let key = row.key(&self.shared.master, "data_key", "wrapped")?;
        let child_key = row.key(&self.shared.master, "child_key", "child_wrapped")?;
        Ok(Case {
            number,
            authority: row.name("authority")?,
            panel: row.name("panel")?,
            state: row.word("state")?,
            opened_at: row.time("opened_at")?,
            closed_at: row.time_or("closed_at")?,
            pathway_start: row.word_or("pathway_start")?,
            last_heard: row.word_or("last_heard")?,
            review_due: row.word_or("review_due")?,
            review_provisional: row.flag("review_provisional")?,
            facts: row.sealed(key.as_ref(), facts_place(number), "facts")?,
            details: row.sealed(child_key.as_ref(), identity_place(&child), "identity")?,
            child,
        })
    }
}

impl Tx {
    /// Opens a case for a child.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_case(&mut self, child: &Child, new: &NewCase) -> Result<Case, StoreError> {
        let number = CaseRef(self.numbers("cases", 1).await?);
        let key = self.new_key().await?;
        let facts = self.seal(&key, facts_place(number), &new.facts)?;
        sql!(
            "INSERT INTO cases (number, child, authority, panel, state, opened_at, pathway_start, review_due, \
             review_provisional, data_key, facts) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            number.0,
            child.id.as_str(),
            child.authority.as_str(),
            new.panel.as_str(),
            CaseState::Open.as_str(),
            us(self.now()),
            text_or(new.pathway_start.as_ref()),
            text_or(new.review_due.as_ref()),
            i64::from(new.review_provisional),
            key.id().to_string(),
            facts.blob().to_vec()
        )
        .execute(self.db())
        .await?;
        let case = Case {
            number,
            child: child.id.clone(),
            authority: child.authority.clone(),
            panel: new.panel.clone(),
            state: CaseState::Open,
            opened_at: self.now(),
            closed_at: None,
            pathway_start: new.pathway_start,
            last_heard: None,
            review_due: new.review_due,
            review_provisional: new.review_provisional,
            facts,
            details: child.details.clone(),
        };
        self.known.cases.insert(number, case.clone());
        Ok(case)
    }

    /// Writes a case back; with `facts`, these take the place of the sealed ones.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn update_case(&mut self, case: &mut Case, facts: Option<&CaseFacts>) -> Result<(), StoreError> {
        if let Some(facts) = facts {
            case.facts = case.facts.reseal(self.chance(), facts)?;
        }
        sql!(
            "UPDATE cases SET panel = $2, state = $3, closed_at = $4, pathway_start = $5, last_heard = $6, \
             review_due = $7, review_provisional = $8, facts = $9, timers_on = NULL, \
             purged_at = CASE WHEN $3 = 'open' THEN NULL ELSE purged_at END WHERE number = $1",
            case.number.0,
            case.panel.as_str(),
            case.state.as_str(),
            us_or(case.closed_at),
            text_or(case.pathway_start.as_ref()),
            text_or(case.last_heard.as_ref()),
            text_or(case.review_due.as_ref()),
            i64::from(case.review_provisional),
            case.facts.blob().to_vec()
        )
        .execute(self.db())
        .await?;
        self.known.cases.insert(case.number, case.clone());
        Ok(())
    }

    /// The next day on which something between meetings can become due about these cases; a change to a case voids it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn timers_on(&mut self, day: Date, cases: &[CaseRef]) -> Result<(), StoreError> {
        for chunk in cases.chunks(CHUNK) {
            let text = format!("UPDATE cases SET timers_on = $1 WHERE number IN ({})", list(1, chunk.len()));
            let query = sqlx::query(AssertSqlSafe(text)).persistent(false).bind(day.to_string());
            chunk.iter().fold(query, |query, case| query.bind(case.0)).execute(self.db()).await?;
        }
        Ok(())
    }

    /// Voids that day for all cases of a panel: its rules may have changed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn void_timers(&mut self, panel: &PanelId) -> Result<(), StoreError> {
        sql!("UPDATE cases SET timers_on = NULL WHERE panel = $1 AND state = 'open'", panel.as_str())
            .execute(self.db())
            .await?;
        Ok(())
    }
}

fn facts_place(number: CaseRef) -> Place {
    Place::new("cases", number, "facts")
}
