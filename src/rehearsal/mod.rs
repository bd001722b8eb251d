//! Drives the daemon on a manual clock over a folder of mail: `simulate`, `demo` and the tests. In progress: only the
//! demo's invented mail exists so far.

pub mod corpus;
