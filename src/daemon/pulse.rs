//! How whoever runs the daemon knows that it lives, and tells it to stop (invariant 12).
//!
//! The daemon counts; it does not look at a clock. `run` looks at the count now and then and judges by the stage it stands
//! in whether it has stood too long. A stop is asked for and never forced: each stage ends after the message it is at.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The loops of a turn, in their order, and the waiting between turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Between turns.
    Waiting,
    /// Mail is taken in.
    Receive,
    /// Messages are decided.
    Process,
    /// What is due for the meetings is drawn up.
    Duty,
    /// Digest, reconcile, retention.
    Housekeeping,
    /// Mail is handed over.
    Dispatch,
    /// What is amiss is told.
    Watch,
}

impl Stage {
    const ALL: [Self; 7] =
        [Self::Waiting, Self::Receive, Self::Process, Self::Duty, Self::Housekeeping, Self::Dispatch, Self::Watch];

    /// Its name in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Receive => "receive",
            Self::Process => "process",
            Self::Duty => "duty",
            Self::Housekeeping => "housekeeping",
            Self::Dispatch => "dispatch",
            Self::Watch => "watch",
        }
    }
}

/// Beats whenever a piece of work is finished. Cheap to clone; all clones are one pulse.
#[derive(Clone, Debug, Default)]
pub struct Pulse(Arc<AtomicU64>);

impl Pulse {
    /// A piece of work of this stage begins or is finished: a batch, a message, a meeting, a mail.
    pub fn beat(&self, stage: Stage) {
        let stage = Stage::ALL.iter().position(|known| *known == stage).unwrap_or_default() as u64;
        // The count stands above the stage, so that both are read at once.
        let next = |before: u64| Some(((before >> 8).wrapping_add(1) << 8) | stage);
        let _never_fails = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
    }

    /// How many beats there were, and the stage of the last.
    pub fn read(&self) -> (u64, Stage) {
        let both = self.0.load(Ordering::Relaxed);
        let stage = usize::try_from(both & 0xff).unwrap_or_default();
        (both >> 8, Stage::ALL.get(stage).copied().unwrap_or(Stage::Waiting))
    }
}

/// Whether the daemon is asked to stop. Looked at between two messages, never within one.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks it to.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Is it asked to?
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pulse_counts_and_says_where_it_stands() {
        let pulse = Pulse::default();
        assert_eq!(pulse.read(), (0, Stage::Waiting));
        let other = pulse.clone();
        other.beat(Stage::Dispatch);
        other.beat(Stage::Receive);
        assert_eq!(pulse.read(), (2, Stage::Receive));
        for stage in Stage::ALL {
            pulse.beat(stage);
            assert_eq!(pulse.read().1, stage);
        }
    }
}
