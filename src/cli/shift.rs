//! Which of several daemons on one database works: the holder of one lease, on the database's time. The others stand by.
//!
//! # Failure policy
//!
//! The holder's every transaction proves that the lease has not passed on ([`Store::under`]). A program that was paused, or
//! cut off, for longer than its lease finds another at work: what it had in hand is not written, its mail at the dot is
//! settled by the other as after a crash, and it stands by itself. While turns are awaited the lease is renewed for as long as
//! the heart beats and no longer: a daemon that hangs is relieved. One that stops gives the lease back at once.

use super::heart::Heart;
use crate::clock::{Chance, Clock};
use crate::daemon::Pulse;
use crate::store::{Lease, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tracing::{info, warn};

/// The lease's name.
pub(super) const NAME: &str = "daemon";

/// A daemon's place among those on one database.
pub(super) struct Shift {
    store: Store,
    holder: String,
    length: SignedDuration,
    held: Arc<Mutex<Option<Lease>>>,
    /// Somebody was told that this one stands by.
    waits: bool,
}

/// What a daemon is to do with its turn.
pub(super) enum Word {
    /// What it did.
    GoOn,
    /// Begin, on this store; whatever is remembered from before may have changed.
    Begin(Store),
    /// Nothing, and look again then.
    StandBy(Option<Timestamp>),
}

impl Shift {
    /// None where nobody else can be on the database.
    pub(super) fn of(store: &Store, seconds: u32, chance: &Chance) -> Option<Self> {
        store.is_shared().then(|| Self {
            store: store.clone(),
            holder: holder(chance),
            length: SignedDuration::from_secs(i64::from(seconds)),
            held: Arc::default(),
            waits: false,
        })
    }

    /// Takes or renews the lease.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn ask(&mut self, now: Timestamp) -> Result<Word, StoreError> {
        let mut tx = self.store.begin(now).await?;
        let lease = tx.claim_lease(NAME, &self.holder, self.length).await?;
        let other = if lease.is_none() { tx.lease(NAME).await? } else { None };
        tx.commit().await?;
        let before = std::mem::replace(&mut *self.held.lock().unwrap_or_else(PoisonError::into_inner), lease.clone());
        let Some(lease) = lease else {
            let holder = other.map(|row| row.holder).unwrap_or_default();
            if before.is_some() {
                warn!(lease.holder = %holder, "another dutyclerk has taken over: this one was silent for longer than its lease and stands by");
            } else if !self.waits {
                info!(lease.holder = %holder, "another dutyclerk works on this database; this one stands by");
            }
            self.waits = true;
            return Ok(Word::StandBy(now.checked_add(self.length / 3).ok()));
        };
        if before.is_some_and(|before| before.attempt == lease.attempt) {
            return Ok(Word::GoOn);
        }
        self.waits = false;
        info!(lease.attempt = lease.attempt, "this dutyclerk works on the database; others stand by");
        Ok(Word::Begin(self.store.under(lease)))
    }

    /// The beginning failed: the next turn is told to begin once more.
    pub(super) fn begin_again(&self) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Renews the lease between turns and within long ones, for as long as the heart beats.
    pub(super) fn keep(&self, pulse: Pulse, clock: Clock, waits: Duration) {
        let (store, held) = (self.store.clone(), self.held.clone());
        let pause = Duration::try_from(self.length / 3).unwrap_or(Duration::from_secs(1));
        tokio::spawn(async move {
            let mut heart = Heart::new(pulse.read(), clock.uptime(), waits);
            loop {
                tokio::time::sleep(pause).await;
                let lease = held.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let Some(lease) = lease else { continue };
                if let Some(stage) = heart.stopped_in(pulse.read(), clock.uptime()) {
                    warn!(
                        stage = stage.name(),
                        "the daemon hangs: its lease is not renewed, so that another takes over"
                    );
                    continue;
                }
                // Beginning under the lease renews it. Where that fails the next turn finds out.
                if let Ok(tx) = store.under(lease).begin(clock.now()).await {
                    let _the_next_turn_finds_out = tx.commit().await;
                }
            }
        });
    }

    /// Gives the lease back, so that another need not wait for its end.
    pub(super) async fn give_back(&self, now: Timestamp) {
        let lease = self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(lease) = lease
            && let Ok(mut tx) = self.store.begin(now).await
            && tx.release_lease(&lease).await.is_ok()
        {
            let _runs_out_by_itself = tx.commit().await;
        }
    }
}

/// This program, as a holder of the lease.
pub(super) fn holder(chance: &Chance) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let tail: String = chance.bytes::<4>().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{} process {} {tail}", host.trim(), std::process::id())
}
