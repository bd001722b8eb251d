//! Calendar invitations as last sent (RFC 5545, RFC 5546): stable UID, rising SEQUENCE, and what the attendee answered.

use super::row::{Columns, text_or, us};
use super::{StoreError, Tx, View};
use crate::casework::{Address, CaseRef, MeetingId, PanelId, SentRef};
use crate::seal::{DataKey, LookupHash, Sealed};
use crate::seal::{Payload, Place};
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

words! {
    /// What somebody is invited to.
    InvitationKind {
        /// A child's slot.
        Slot => "slot",
        /// A whole meeting.
        Meeting => "meeting",
        /// A review.
        Review => "review",
    }
}

words! {
    /// Whether it stands.
    InvitationState {
        /// METHOD:REQUEST was the last word.
        Requested => "requested",
        /// METHOD:CANCEL was.
        Cancelled => "cancelled",
    }
}

/// Who is invited. Sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendee {
    /// The address invited.
    pub address: Address,
}

impl Payload for Attendee {}

/// An invitation to be written, new or known by its UID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInvitation {
    /// UID (RFC 5545 §3.8.4.7).
    pub uid: String,
    /// To what.
    pub kind: InvitationKind,
    /// By which panel.
    pub panel: PanelId,
    /// About which case.
    pub case: Option<CaseRef>,
    /// Of which meeting.
    pub meeting: Option<MeetingId>,
    /// Who.
    pub attendee: Address,
    /// SEQUENCE (RFC 5545 §3.8.7.4).
    pub sequence: i64,
    /// DTSTAMP.
    pub dtstamp: Timestamp,
    /// From, local civil time.
    pub starts: DateTime,
    /// To, local civil time.
    pub ends: DateTime,
    /// Whether it stands.
    pub state: InvitationState,
    /// The mail that carried it last.
    pub last_entry: Option<SentRef>,
}

/// An invitation as stored.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// UID.
    pub uid: String,
    /// To what.
    pub kind: InvitationKind,
    /// By which panel.
    pub panel: PanelId,
    /// About which case.
    pub case: Option<CaseRef>,
    /// Of which meeting.
    pub meeting: Option<MeetingId>,
    /// Who, hashed ([`crate::seal::LookUps::address`]).
    pub attendee_hash: LookupHash,
    /// Who.
    pub attendee: Sealed<Attendee>,
    /// SEQUENCE.
    pub sequence: i64,
    /// DTSTAMP.
    pub dtstamp: Timestamp,
    /// From, local civil time.
    pub starts: DateTime,
    /// To, local civil time.
    pub ends: DateTime,
    /// Whether it stands.
    pub state: InvitationState,
    /// PARTSTAT of the last answer (RFC 5545 §3.2.12), and when it came.
    pub partstat: Option<(String, Timestamp)>,
    /// The mail that carried it last.
    pub last_entry: Option<SentRef>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT i.uid, i.kind, i.panel, i.case_no, i.meeting, i.attendee_hash, i.sequence, i.dtstamp, i.starts_local, \
             i.ends_local, i.state, i.partstat, i.partstat_at, i.last_entry, i.data_key, i.attendee, k.wrapped \
             FROM invitations i JOIN data_keys k ON k.id = i.data_key ",
            $rest
        )
    };
}

impl View {
    /// One invitation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn invitation(&mut self, uid: &str) -> Result<Option<Invitation>, StoreError> {
        let row = sql!(select!("WHERE i.uid = $1"), uid).fetch_optional(self.db()).await?;
        row.as_ref().map(|row| self.invitation_of(row)).transpose()
    }

    /// A case's invitations, by time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn invitations_of_case(&mut self, case: CaseRef) -> Result<Vec<Invitation>, StoreError> {
        let rows = sql!(select!("WHERE i.case_no = $1 ORDER BY i.starts_local, i.uid"), case.0);
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| self.invitation_of(row)).collect()
    }

    /// A meeting's invitations, by time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn invitations_of_meeting(&mut self, meeting: &MeetingId) -> Result<Vec<Invitation>, StoreError> {
        let rows = sql!(select!("WHERE i.meeting = $1 ORDER BY i.starts_local, i.uid"), meeting.to_string());
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| self.invitation_of(row)).collect()
    }

    /// The standing invitations of its members to a whole meeting.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn members_invited_to(&mut self, meeting: &MeetingId) -> Result<Vec<Invitation>, StoreError> {
        let rows = sql!(
            select!("WHERE i.meeting = $1 AND i.kind = $2 AND i.state = $3 ORDER BY i.uid"),
            meeting.to_string(),
            InvitationKind::Meeting.as_str(),
            InvitationState::Requested.as_str()
        );
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| self.invitation_of(row)).collect()
    }

    /// The standing invitations of a panel's members to whole meetings that begin after this London time, by time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn members_invited(&mut self, panel: &PanelId, from: DateTime) -> Result<Vec<Invitation>, StoreError> {
        let rows = sql!(
            select!(
                "WHERE i.panel = $1 AND i.kind = $2 AND i.state = $3 AND i.starts_local > $4 ORDER BY i.starts_local, i.uid"
            ),
            panel.as_str(),
            InvitationKind::Meeting.as_str(),
            InvitationState::Requested.as_str(),
            from.to_string()
        );
        let rows = rows.fetch_all(self.db()).await?;
        rows.iter().map(|row| self.invitation_of(row)).collect()
    }

    fn invitation_of(&self, row: &AnyRow) -> Result<Invitation, StoreError> {
        let uid = row.text("uid")?;
        let key = row.key(&self.shared.master, "data_key", "wrapped")?;
        Ok(Invitation {
            kind: row.word("kind")?,
            panel: row.name("panel")?,
            case: row.int_or("case_no")?.map(CaseRef),
            meeting: row.word_or("meeting")?,
            attendee_hash: row.look_up("attendee_hash")?,
            attendee: row.sealed(key.as_ref(), attendee_place(&uid), "attendee")?,
            sequence: row.int("sequence")?,
            dtstamp: row.time("dtstamp")?,
            starts: row.word("starts_local")?,
            ends: row.word("ends_local")?,
            state: row.word("state")?,
            partstat: row.text_or("partstat")?.zip(row.time_or("partstat_at")?),
            last_entry: row.int_or("last_entry")?.map(SentRef),
            uid,
        })
    }
}

impl Tx {
    /// Writes an invitation, new or known. A known one keeps its attendee and its key, and what was answered to an earlier
    /// SEQUENCE is forgotten. `key` is the case's, or a [`Tx::new_key`] where there is no case; it is used for a new one only.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_invitation(&mut self, key: &DataKey, new: &NewInvitation) -> Result<(), StoreError> {
        let attendee = Attendee { address: new.attendee.clone() };
        let sealed = self.seal(key, attendee_place(&new.uid), &attendee)?;
        let hash = self.look_ups().address(&new.attendee);
        sql!(
            "INSERT INTO invitations (uid, kind, panel, case_no, meeting, attendee_hash, sequence, dtstamp, starts_local, \
             ends_local, state, last_entry, data_key, attendee) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (uid) DO UPDATE SET \
             meeting = excluded.meeting, sequence = excluded.sequence, dtstamp = excluded.dtstamp, \
             starts_local = excluded.starts_local, ends_local = excluded.ends_local, state = excluded.state, \
             last_entry = excluded.last_entry, \
             partstat = CASE WHEN invitations.sequence = excluded.sequence THEN invitations.partstat END, \
             partstat_at = CASE WHEN invitations.sequence = excluded.sequence THEN invitations.partstat_at END",
            new.uid.as_str(),
            new.kind.as_str(),
            new.panel.as_str(),
            new.case.map(|case| case.0),
            text_or(new.meeting.as_ref()),
            hash.0.to_vec(),
            new.sequence,
            us(new.dtstamp),
            new.starts.to_string(),
            new.ends.to_string(),
            new.state.as_str(),
            new.last_entry.map(|entry| entry.0),
            key.id().to_string(),
            sealed.blob().to_vec()
        )
        .execute(self.db())
        .await?;
        Ok(())
    }

    /// Notes what an attendee answered, and when that came.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn answer_invitation(&mut self, uid: &str, partstat: &str, at: Timestamp) -> Result<(), StoreError> {
        sql!("UPDATE invitations SET partstat = $2, partstat_at = $3 WHERE uid = $1", uid, partstat, us(at))
            .execute(self.db())
            .await?;
        Ok(())
    }
}

fn attendee_place(uid: &str) -> Place {
    Place::new("invitations", uid, "attendee")
}
