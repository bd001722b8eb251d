//! How long the daemon waits between two turns.

use crate::config::{Config, Mailbox};
use jiff::Timestamp;
use std::time::Duration;

/// A folder on this machine is looked at this often at least.
const FOLDER_WAIT: Duration = Duration::from_secs(30);

/// From now until the next thing falls due.
pub(super) fn wait(now: Timestamp, next: Option<Timestamp>, longest: Duration) -> Duration {
    // A moment that has come already is taken up at once, but never in a tight loop.
    let until = next.map(|next| Duration::try_from(next.duration_since(now)).unwrap_or_default());
    until.unwrap_or(longest).clamp(Duration::from_secs(1), longest)
}

/// The shortest time between two sweeps that some mailbox asks for.
pub(super) fn longest_wait(config: &Config) -> Duration {
    let of = |mailbox: &Mailbox| match &mailbox.imap {
        Some(server) => Duration::from_secs(u64::from(server.sweep_seconds)),
        None => FOLDER_WAIT,
    };
    config.mailboxes.iter().map(of).min().unwrap_or(FOLDER_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fell_due_during_the_turn_is_not_put_off_to_the_next_sweep() {
        let now: Timestamp = "2026-11-24T09:30:00Z".parse().unwrap();
        let at = |seconds| now.checked_add(jiff::SignedDuration::from_secs(seconds)).ok();
        let longest = Duration::from_secs(300);
        for (next, seconds) in [(None, 300), (at(900), 300), (at(90), 90), (at(0), 1), (at(-2), 1)] {
            assert_eq!(wait(now, next, longest), Duration::from_secs(seconds), "{next:?}");
        }
    }
}
