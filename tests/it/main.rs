//! The program as a whole, run as people and other programs run it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says where by panicking, in its own functions too"
)]

mod cli_asking;
mod cli_calendar;
mod cli_check;
mod cli_directory;
mod cli_form;
mod cli_operator;
mod cli_store;
mod command;

mod architecture;
mod forms;
mod flow;
mod harness;
mod hostile;
mod keeping;
mod mutations;
#[cfg(feature = "servers")]
mod on_both;
#[cfg(feature = "servers")]
mod on_imap;
#[cfg(feature = "servers")]
mod on_one_database;
#[cfg(feature = "servers")]
mod on_smtp;
#[cfg(feature = "servers")]
mod on_tokens;
mod reader;
mod tokens;
mod unit;
