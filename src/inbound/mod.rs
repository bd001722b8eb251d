//! Mail in: from a mailbox to a [`Reading`](crate::casework::Reading). Imports casework and tls only.

mod ole;
mod rich;
pub mod mailbox;
pub mod unpack;
pub mod response;
pub mod form;
