//! Mail in: from a mailbox to a [`Reading`](crate::casework::Reading). Imports casework only.

pub mod mailbox;
pub mod unpack;
pub mod form;
