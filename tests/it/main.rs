//! The integration tests.

mod forms;
mod reader;
