//! Packs that wait for approval (MC-33). Their mails stand in the outbox, held by that rule; here is what was asked about
//! them, and what a person said.

use super::row::{Columns, damaged, list, us, us_or};
use super::{EntryState, OutboxEntry, StoreError, Tx, View};
use crate::casework::{MeetingId, Redacted, SentRef, Sha256};
use crate::seal::{Payload, Place, Sealed};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;

words! {
    /// How the approval of a pack stands.
    ApprovalState {
        /// The approver has the preview.
        Asked => "asked",
        /// A person said that it does not go as it is.
        Refused => "refused",
        /// Nobody approved it by the deadline, and it waits on.
        Unapproved => "unapproved",
        /// A person approved it, and it goes.
        Approved => "approved",
        /// Nobody approved it by the deadline, and it goes without what was flagged.
        Sent => "sent",
        /// Its meeting has begun without it.
        Lapsed => "lapsed",
    }
}

words! {
    /// What waits for approval.
    Approved {
        /// The pack.
        Pack => "pack",
        /// What follows it.
        Supplement => "supplement",
    }
}

impl ApprovalState {
    /// It can still be approved.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Asked | Self::Refused | Self::Unapproved)
    }
}

/// Who decided, and why. Sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalDecision {
    /// Who.
    pub by: Redacted<String>,
    /// Why, or by which message.
    pub note: Redacted<String>,
}

impl Payload for ApprovalDecision {}

/// The approval of one meeting's pack.
#[derive(Clone, Debug)]
pub struct Approval {
    /// Which meeting's.
    pub meeting: MeetingId,
    /// The pack, or a supplement.
    pub what: Approved,
    /// How it stands.
    pub state: ApprovalState,
    /// How often the pack was drawn up.
    pub version: i64,
    /// Of its frozen mails.
    pub sha256: Sha256,
    /// Of what they say to whom.
    pub plan: Sha256,
    /// How many of its papers a person should look at.
    pub flagged: i64,
    /// Since when.
    pub asked_at: Timestamp,
    /// Until when.
    pub deadline_at: Timestamp,
    /// Who decided, once a person has.
    pub decision: Option<Sealed<ApprovalDecision>>,
}

/// A pack that is put before a person.
#[derive(Clone, Debug)]
pub struct NewApproval {
    /// Which meeting's.
    pub meeting: MeetingId,
    /// The pack, or a supplement.
    pub what: Approved,
    /// Of its frozen mails.
    pub sha256: Sha256,
    /// Of what they say to whom.
    pub plan: Sha256,
    /// How many of its papers a person should look at.
    pub flagged: i64,
    /// Until when it waits.
    pub deadline_at: Timestamp,
}

/// The rule by which a pack's mails are held.
const RULE: &str = "MC-33";

impl View {
    /// The approval of a meeting's pack, if one was asked for.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn approval(&mut self, meeting: &MeetingId) -> Result<Option<Approval>, StoreError> {
        let row = sql!(
            "SELECT a.what, a.state, a.version, a.sha256, a.plan, a.flagged, a.asked_at, a.deadline_at, a.data_key, a.decision, \
             k.wrapped FROM approvals a LEFT JOIN data_keys k ON k.id = a.data_key WHERE a.meeting = $1",
            meeting.to_string()
        );
        let Some(row) = row.fetch_optional(self.db()).await? else { return Ok(None) };
        let decision = match row.bytes_or("decision")? {
            Some(blob) => {
                let key = row.key(&self.shared.master, "data_key", "wrapped")?;
                Some(Sealed::found(key, place(meeting), blob))
            }
            None => None,
        };
        let plan = row.bytes("plan")?.try_into().map_err(|_| damaged("plan"))?;
        Ok(Some(Approval {
            meeting: meeting.clone(),
            what: row.word("what")?,
            state: row.word("state")?,
            version: row.int("version")?,
            sha256: row.sha256("sha256")?,
            plan: Sha256(plan),
            flagged: row.int("flagged")?,
            asked_at: row.time("asked_at")?,
            deadline_at: row.time("deadline_at")?,
            decision,
        }))
    }

    /// The meetings that have begun while their packs waited for approval.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begun_unapproved(&mut self, now: Timestamp) -> Result<Vec<MeetingId>, StoreError> {
        let rows = sql!(
            "SELECT a.meeting FROM approvals a JOIN meetings m ON m.id = a.meeting \
             WHERE a.state IN ('asked', 'refused', 'unapproved') AND m.starts_at <= $1 ORDER BY a.meeting",
            us(now)
        );
        rows.fetch_all(self.db()).await?.iter().map(|row| row.word("meeting")).collect()
    }

    /// The mails of a meeting's pack that wait for approval, by number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn awaiting_approval(&mut self, meeting: &MeetingId) -> Result<Vec<OutboxEntry>, StoreError> {
        let mut entries = self.entries_of_meeting(meeting).await?;
        entries.retain(OutboxEntry::awaits_approval);
        Ok(entries)
    }
}

impl OutboxEntry {
    /// It is a mail of a pack that nobody has approved yet: it goes with the pack, or not at all.
    pub fn awaits_approval(&self) -> bool {
        self.state == EntryState::Held && self.held_by.as_deref() == Some(RULE)
    }
}

impl Tx {
    /// A pack is put before a person; an earlier one of the meeting is forgotten with what was said of it.
    ///
    /// # Errors
    /// When the database fails, or the meeting is not stored.
    pub async fn ask_approval(&mut self, new: &NewApproval) -> Result<(), StoreError> {
        let now = us(self.now());
        sql!(
            "INSERT INTO approvals (meeting, state, version, sha256, plan, flagged, asked_at, deadline_at, what) \
             VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8) ON CONFLICT (meeting) DO UPDATE SET state = excluded.state, \
             what = excluded.what, \
             version = approvals.version + 1, sha256 = excluded.sha256, plan = excluded.plan, \
             flagged = excluded.flagged, asked_at = excluded.asked_at, deadline_at = excluded.deadline_at, \
             decided_at = NULL, data_key = NULL, decision = NULL",
            new.meeting.to_string(),
            ApprovalState::Asked.as_str(),
            new.sha256.0.to_vec(),
            new.plan.0.to_vec(),
            new.flagged,
            now,
            us(new.deadline_at),
            new.what.as_str()
        )
        .execute(self.db())
        .await?;
        Ok(())
    }

    /// How it stands now, and who said so; nobody where time alone did.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decide_approval(
        &mut self,
        meeting: &MeetingId,
        state: ApprovalState,
        decision: Option<&ApprovalDecision>,
    ) -> Result<(), StoreError> {
        let (mut key, mut blob) = (None, None);
        if let Some(decision) = decision {
            let fresh = self.new_key().await?;
            blob = Some(self.seal(&fresh, place(meeting), decision)?.blob().to_vec());
            key = Some(fresh.id().to_string());
        }
        let at = us_or(decision.is_some().then(|| self.now()));
        sql!(
            "UPDATE approvals SET state = $2, decided_at = $3, data_key = $4, decision = $5 WHERE meeting = $1",
            meeting.to_string(),
            state.as_str(),
            at,
            key,
            blob
        )
        .execute(self.db())
        .await?;
        Ok(())
    }

    /// These mails, queued in this transaction, wait for approval instead.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn await_approval(&mut self, mails: &[SentRef]) -> Result<(), StoreError> {
        for chunk in mails.chunks(super::row::CHUNK) {
            let text = format!(
                "UPDATE outbox SET state = 'held', held_rule = '{RULE}' WHERE state = 'queued' AND number IN ({})",
                list(0, chunk.len())
            );
            let query = sqlx::query(AssertSqlSafe(text)).persistent(false);
            chunk.iter().fold(query, |query, number| query.bind(number.0)).execute(self.outbox().await?).await?;
        }
        Ok(())
    }

    /// Another mail may be made for what this one was for: it was taken back before anybody had it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn free_purpose(&mut self, mail: SentRef) -> Result<(), StoreError> {
        self.known.mail_about = None;
        let hash = self.look_ups().hash("purpose", None, &format!("taken back|{mail}"));
        sql!("UPDATE outbox SET purpose = $2 WHERE number = $1 AND state = 'cancelled'", mail.0, hash.0.to_vec())
            .execute(self.outbox().await?)
            .await?;
        Ok(())
    }
}

fn place(meeting: &MeetingId) -> Place {
    Place::new("approvals", meeting, "decision")
}
