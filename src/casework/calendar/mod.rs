//! In progress.
use crate::casework::MeetingId;
use jiff::{Timestamp, civil::DateTime};
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    pub id: MeetingId,
    pub starts: DateTime,
    pub starts_at: Timestamp,
    pub cutoff_at: Timestamp,
    pub list_at: Option<Timestamp>,
    pub pack_at: Timestamp,
    pub supplement_at: Option<Timestamp>,
    pub warnings: Vec<()>,
}
