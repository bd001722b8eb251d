//! Mail out: from a [`Clearance`](crate::casework::routing::Clearance) to an outcome kept per recipient. Imports casework and tls only.

pub mod compose;
pub mod invite;
pub mod notice;
pub mod outbox;
pub mod submission;
