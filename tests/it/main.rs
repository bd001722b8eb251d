//! The integration tests.

mod forms;
