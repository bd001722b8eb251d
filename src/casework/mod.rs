//! The core: whose child, which meeting, what is due, who may see it.
//!
//! Pure: no async, no SQL, no clock, no files, no randomness. Time is an argument everywhere. Imports nothing else of
//! this crate. Every rule cites its id from the rule catalogue (`SY-07`, `MC-31`, …) in code, test and reason.

mod nouns;
pub mod panel;
pub mod directory;
pub mod calendar;
pub mod identify;
pub mod rules;
pub mod agenda;
pub mod routing;

pub use nouns::*;
