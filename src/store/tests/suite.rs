//! What must hold on both engines.

mod ledger;
mod journal;
mod opening;
mod arrivals;
mod answers;
mod asked;
mod approvals;
mod casework;
mod outbox;
mod writers;
mod leases;
mod rotation;
mod report;

use super::*;
use crate::store::engine::Engine;

/// This module's name says which.
const ENGINE: Engine = if is_postgres(module_path!()) { Engine::Postgres } else { Engine::Sqlite };

const fn is_postgres(name: &str) -> bool {
    // `str` has no `ends_with` in a constant.
    matches!(name.as_bytes(), [.., b'p', b'o', b's', b't', b'g', b'r', b'e', b's'])
}

type Scratch = scratch::Scratch<{ is_postgres(module_path!()) }>;
