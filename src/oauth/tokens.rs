//! The token an application has now, for everyone who logs in with it.

use super::answer::read;
use super::application::Application;
use super::refusal::NoToken;
use crate::casework::Redacted;
use crate::clock::{Chance, Clock};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tracing::{info, warn};

/// A token is not shown to a server in its last minute: it would end under way.
const LAST: SignedDuration = SignedDuration::from_mins(1);
/// After a failure the endpoint is left alone for this long, doubled each time.
const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(1);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(15);
/// A token that a server refuses is replaced, unless it is as new as this: then the next would be refused as well.
const NEW: SignedDuration = SignedDuration::from_mins(5);

/// How things stand with an application's tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Since when it has not been possible to get one, and why; none while it is.
    pub failing: Option<(Timestamp, NoToken)>,
    /// The present one is good until then; none where there is none.
    pub good_until: Option<Timestamp>,
    /// When to ask for the next.
    pub next: Timestamp,
    /// The last day of the secret or certificate that was shown last, where it is known.
    pub proof_ends: Option<Date>,
}

impl Health {
    /// Whole minutes the present token is still good for at `now`.
    pub fn minutes_left(&self, now: Timestamp) -> i64 {
        self.good_until.map_or(0, |until| until.duration_since(now).as_mins())
    }
}

#[derive(Clone)]
struct Token {
    value: Redacted<String>,
    got_at: Timestamp,
    renew_at: Timestamp,
    expires_at: Timestamp,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    failing: Option<Failing>,
    proof_ends: Option<Date>,
}

#[derive(Clone, Copy)]
struct Failing {
    since: Timestamp,
    tries: u32,
    why: NoToken,
    again_at: Timestamp,
}

struct Inner {
    application: Application,
    clock: Clock,
    chance: Chance,
    /// Never held while the endpoint is asked.
    state: Mutex<State>,
    /// Held while it is: of several who want a token one asks, and the others have its answer.
    asking: tokio::sync::Mutex<()>,
}

/// An application's tokens. Cheap to clone; all clones share what was got.
#[derive(Clone)]
pub struct Tokens(Arc<Inner>);

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens({})", self.0.application.name)
    }
}

impl Tokens {
    /// None is got yet.
    pub fn new(application: Application, clock: Clock, chance: Chance) -> Self {
        Self(Arc::new(Inner {
            application,
            clock,
            chance,
            state: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        }))
    }

    /// The application.
    pub fn application(&self) -> &Application {
        &self.0.application
    }

    /// What the configuration calls it.
    pub fn name(&self) -> &str {
        &self.0.application.name
    }

    /// A token that is good for another minute at least: the present one, else a new one.
    ///
    /// # Errors
    /// Why there is none. After a failure the same is said until it is time to ask again.
    pub async fn token(&self) -> Result<Redacted<String>, NoToken> {
        if let Some(answer) = self.at_hand() {
            return answer;
        }
        let _one_asks = self.0.asking.lock().await;
        match self.at_hand() {
            Some(answer) => answer,
            None => self.ask().await,
        }
    }

    /// Gets the next token when it is time for it: what the daemon does in each turn, so that nobody has to wait for one.
    pub async fn renew(&self) -> Health {
        let now = self.0.clock.now();
        if self.health().next <= now {
            let _one_asks = self.0.asking.lock().await;
            // Somebody may have been first.
            if self.health().next <= now {
                let _told_by_health = self.ask().await;
            }
        }
        self.health()
    }

    /// How things stand.
    pub fn health(&self) -> Health {
        let now = self.0.clock.now();
        let state = self.state();
        let good_until = state.token.as_ref().map(|token| token.expires_at).filter(|until| *until > now);
        let due = state.token.as_ref().map_or(now, |token| token.renew_at);
        let next = state.failing.map_or(due, |failing| failing.again_at.max(due));
        let failing = state.failing.map(|failing| (failing.since, failing.why));
        Health { failing, good_until, next, proof_ends: state.proof_ends }
    }

    /// A server refused this token. Unless it is quite new the next one who asks gets another.
    pub fn refused(&self, token: &Redacted<String>) {
        let now = self.0.clock.now();
        let mut state = self.state();
        if state.token.as_ref().is_some_and(|kept| kept.value == *token && now.duration_since(kept.got_at) >= NEW) {
            state.token = None;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A token, or a failure that is too fresh to try again; none: the endpoint must be asked.
    fn at_hand(&self) -> Option<Result<Redacted<String>, NoToken>> {
        let now = self.0.clock.now();
        let state = self.state();
        if let Some(token) = &state.token
            && token.expires_at.duration_since(now) > LAST
        {
            return Some(Ok(token.value.clone()));
        }
        state.failing.filter(|failing| failing.again_at > now).map(|failing| Err(failing.why))
    }

    async fn ask(&self) -> Result<Redacted<String>, NoToken> {
        let Inner { application, clock, chance, .. } = &*self.0;
        let began = clock.now();
        let (mut left_alone, mut proof_ends) = (None, None);
        let got = async {
            let (form, ends) = application.request(began, chance.uuid(began))?;
            proof_ends = ends;
            let (status, after, body) = application.endpoint.post(application.ca_file.as_deref(), form).await?;
            left_alone = after;
            read(status, &body)
        };
        let got = got.await;
        // Its life is counted from before it was asked for: it is never thought to live longer than it does.
        let mut state = self.state();
        state.proof_ends = proof_ends.or(state.proof_ends);
        match got {
            Ok((value, life)) => {
                let after = |part: SignedDuration| began.checked_add(part).unwrap_or(began);
                let token = Token {
                    value: value.clone(),
                    got_at: began,
                    renew_at: after(SignedDuration::from_secs(life.as_secs() * 2 / 3)),
                    expires_at: after(life),
                };
                info!(oauth = %application.name, lives_s = life.as_secs(), "a new token");
                (state.token, state.failing) = (Some(token), None);
                Ok(value)
            }
            Err(why) => {
                let before = state.failing;
                let tries = before.map_or(1, |failing| failing.tries.saturating_add(1));
                let doubled = FIRST_WAIT * (1 << (tries - 1).min(4));
                let told = left_alone.map_or(SignedDuration::ZERO, |s| SignedDuration::from_secs(i64::from(s)));
                let wait = doubled.max(told).min(LONGEST_WAIT);
                warn!(oauth = %application.name, error = %why, again_in_s = wait.as_secs(), "no new token");
                let again_at = clock.now().checked_add(wait).unwrap_or(began);
                state.failing = Some(Failing { since: before.map_or(began, |f| f.since), tries, why, again_at });
                Err(why)
            }
        }
    }
}
