//! What time it is, and chance: the two questions no other part of the program may ask the machine.
//!
//! Everything else takes `now` as an argument and draws ids, nonces and boundaries from a [`Chance`] it was handed, so a
//! rehearsal with a manual clock and a seed gives the same bytes twice.

use jiff::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Where the daemon gets its time from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that only moves when told to (rehearsal, tests).
    Manual(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// A clock that stands at `start` until [`Clock::set`].
    pub fn manual(start: Timestamp) -> Self {
        Self::Manual(Arc::new(Mutex::new(start)))
    }

    /// The time, truncated to the microsecond (what the store keeps).
    pub fn now(&self) -> Timestamp {
        match self {
            #[expect(clippy::disallowed_methods, reason = "this is the one place that asks")]
            Self::System => {
                let now = Timestamp::now();
                Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
            }
            Self::Manual(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Time that only goes forward, whatever happens to the clock on the wall: how long something has lasted.
    pub fn uptime(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        match self {
            #[expect(clippy::disallowed_methods, reason = "this is the one place that asks")]
            Self::System => {
                let now = Instant::now();
                now.duration_since(*START.get_or_init(|| now))
            }
            Self::Manual(_) => Duration::try_from(self.now().duration_since(Timestamp::UNIX_EPOCH)).unwrap_or_default(),
        }
    }

    /// Moves a manual clock; a system clock is not moved.
    pub fn set(&self, to: Timestamp) {
        if let Self::Manual(at) = self {
            *at.lock().unwrap_or_else(PoisonError::into_inner) = to;
        }
    }
}

/// Random bytes: ChaCha20 seeded once, from the operating system or, in a rehearsal, from a fixed number.
#[derive(Clone, Debug)]
pub struct Chance(Arc<Mutex<ChaCha20Rng>>);

impl Chance {
    /// Seeded from the operating system.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn system() -> Result<Self, getrandom::Error> {
        let mut seed = [0u8; 32];
        #[expect(clippy::disallowed_methods, reason = "this is the one place that draws")]
        getrandom::fill(&mut seed)?;
        Ok(Self(Arc::new(Mutex::new(ChaCha20Rng::from_seed(seed)))))
    }

    /// The same bytes for the same seed, for rehearsals and tests. Never for real keys.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(ChaCha20Rng::seed_from_u64(seed))))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0u8; N];
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut out);
        out
    }

    /// A UUIDv7 (RFC 9562 §5.7) for this instant.
    pub fn uuid(&self, now: Timestamp) -> uuid::Uuid {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_ids_twice() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        assert_eq!(Chance::seeded(7).uuid(now), Chance::seeded(7).uuid(now));
        assert_ne!(Chance::seeded(7).uuid(now), Chance::seeded(8).uuid(now));
    }
}
