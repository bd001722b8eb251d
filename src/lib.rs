//! dutyclerk is the clerk of a child-safeguarding panel's duty mailbox.
//!
//! # The flow
//!
//! ```text
//! mailbox → RawMessage → Parcel → Reading → Identity → Decision → Agenda + Clearance → Frozen → OutboxEntry → Attempt → Outcome
//! ```
//!
//! A message is committed as received ([`inbound::mailbox`], [`store`]), unpacked under limits
//! ([`inbound::unpack`]), its documents are read in a child process ([`inbound::form`]), the rules decide
//! what follows and say why ([`casework`]), mails are composed from a [`casework::routing::Clearance`] and frozen
//! ([`outbound::compose`]), and the frozen bytes are sent ([`outbound::submission`]). [`daemon`] drives these steps;
//! [`rehearsal`] drives the daemon on a manual clock.
//!
//! # What always holds
//!
//! Accept, then think; nothing vanishes; one transaction per decision; frozen, then sent; need to know; never stricter
//! than the written rule; time is an argument; arrival is the server's time; untrusted bytes pass one door; every
//! outgoing mail can be explained; a pack is complete or says what is missing; nothing is cancelled half-way.
//! `docs/ARCHITECTURE.md` states each of these invariants in full and names its test.

pub mod casework;
pub mod inbound;
pub mod outbound;
pub mod seal;
pub mod store;
pub mod daemon;
pub mod rehearsal;
pub mod config;
pub mod cli;
pub mod clock;
pub mod tls;
pub mod oauth;
pub mod telemetry;
