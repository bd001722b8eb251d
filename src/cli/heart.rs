//! Is the daemon alive? Its pulse is read now and then; each stage may stand still for its own time and no longer
//! (invariant 12). Systemd hears of it only while the answer is yes.

use crate::clock::Clock;
use crate::daemon::{Pulse, Stage};
use sd_notify::NotifyState;
use std::time::Duration;
use tracing::error;

/// The pulse as last seen to change.
#[derive(Debug)]
pub(super) struct Heart {
    beats: u64,
    since: Duration,
    /// The longest the loop waits between two turns.
    waits: Duration,
}

/// How long a stage may go without finishing a piece of work.
fn limit(stage: Stage, waits: Duration) -> Duration {
    let minutes = |n: u64| Duration::from_secs(60 * n);
    match stage {
        Stage::Waiting => waits + minutes(1),
        // A batch: a listing and a fetch have their patience of seconds, committing 50 messages its disk.
        Stage::Receive => minutes(10),
        // A message: up to 100 documents of 15 seconds each, tried twice.
        Stage::Process => minutes(60),
        Stage::Duty => minutes(10),
        // A mailbox listed, a case destroyed.
        Stage::Housekeeping => minutes(15),
        // A mail: the final dot alone may take 10 minutes (RFC 5321 §4.5.3.2.6).
        Stage::Dispatch => minutes(20),
        Stage::Watch => minutes(5),
    }
}

impl Heart {
    /// As seen now, a time that only goes forward.
    pub(super) fn new(pulse: (u64, Stage), now: Duration, waits: Duration) -> Self {
        Self { beats: pulse.0, since: now, waits }
    }

    /// The stage it has stood in for too long; none while it is alive.
    pub(super) fn stopped_in(&mut self, (beats, stage): (u64, Stage), now: Duration) -> Option<Stage> {
        if beats != self.beats {
            (self.beats, self.since) = (beats, now);
        }
        (now.saturating_sub(self.since) > limit(stage, self.waits)).then_some(stage)
    }
}

/// Feeds systemd's watchdog, where there is one, for as long as the heart beats. A turn that hangs starves it, and systemd
/// starts the program anew.
pub(super) async fn feed(pulse: Pulse, clock: Clock, waits: Duration) {
    let Some(patience) = sd_notify::watchdog_enabled() else { return };
    let mut heart = Heart::new(pulse.read(), clock.uptime(), waits);
    let mut told = false;
    loop {
        match heart.stopped_in(pulse.read(), clock.uptime()) {
            None => {
                // Without systemd nobody listens, and that is fine.
                let _nobody_listens = sd_notify::notify(&[NotifyState::Watchdog]);
            }
            Some(stage) if !told => {
                told = true;
                error!(
                    stage = stage.name(),
                    "this stage has not finished a piece of work for longer than its limit; the watchdog is no longer fed"
                );
            }
            Some(_) => {}
        }
        tokio::time::sleep(patience / 3).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invariant_12_each_stage_may_stand_still_for_its_own_time_and_no_longer() {
        let (minute, waits) = (Duration::from_secs(60), Duration::from_secs(300));
        let stages =
            [Stage::Waiting, Stage::Receive, Stage::Process, Stage::Duty, Stage::Housekeeping, Stage::Dispatch];
        for stage in stages {
            let mut heart = Heart::new((7, stage), minute, waits);
            let limit = limit(stage, waits);
            assert_eq!(heart.stopped_in((7, stage), minute + limit), None, "{stage:?}");
            assert_eq!(heart.stopped_in((7, stage), minute + limit + minute), Some(stage), "{stage:?}");
            // Work that goes on, however slowly, is life.
            assert_eq!(heart.stopped_in((8, stage), minute + limit + minute), None, "{stage:?}");
            assert_eq!(heart.stopped_in((8, stage), minute + limit + limit), None, "{stage:?}");
        }
        let dot = limit(Stage::Dispatch, waits);
        assert!(dot > Duration::from_secs(600), "a slow final dot is waited for");
    }

    #[test]
    fn invariant_12_the_stage_is_the_present_one() {
        let waits = Duration::from_secs(30);
        let mut heart = Heart::new((0, Stage::Dispatch), Duration::ZERO, waits);
        let long = Duration::from_secs(600);
        assert_eq!(heart.stopped_in((1, Stage::Waiting), long), None);
        assert_eq!(heart.stopped_in((1, Stage::Waiting), long + Duration::from_secs(91)), Some(Stage::Waiting));
    }
}
