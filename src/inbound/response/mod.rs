//! What comes back about mail of ours, read from an unpacked message: answers to invitations (RFC 5546) and delivery
//! reports (RFC 3464). Pure. Nothing here says that a message tells the truth: what it claims is matched with what was sent.

mod calendar;
mod delivery;
#[cfg(test)]
mod tests;

use super::unpack::{AutoKind, Parcel};
use crate::casework::{CalendarAnswer, DeliveryReport};

/// What a message says about mail of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// Answers to invitations, one for each event in it; none where no calendar part can be read.
    Calendar(Vec<CalendarAnswer>),
    /// A delivery report.
    Delivery(DeliveryReport),
}

/// Reads a message that [`unpack`](super::unpack::unpack) found to be one of these; none for every other.
pub fn read(parcel: &Parcel) -> Option<Response> {
    match parcel.headers.auto {
        AutoKind::CalendarReply => Some(Response::Calendar(calendar::answers(parcel))),
        AutoKind::Bounce => Some(Response::Delivery(delivery::report(parcel))),
        AutoKind::Person | AutoKind::AutoReply | AutoKind::List => None,
    }
}
