//! The program as a whole, run as people and other programs run it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where by panicking")]

mod cli_calendar;
mod cli_check;
mod cli_directory;
mod cli_operator;
mod command;

mod architecture;
mod forms;
mod flow;
