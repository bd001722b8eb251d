//! Mail in: from a mailbox to a [`Reading`](crate::casework::Reading). Imports casework and tls only.

pub mod mailbox;
pub mod unpack;
pub mod form;
