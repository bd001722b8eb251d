//! The daemon: receive, process, duty, dispatch, as one `turn(now)` that says what it did and when to look again.
//!
//! A turn reads the state and does what is due; nothing is remembered between turns that the store does not hold
//! (caches aside). Order within one instant: receive, process, duty, dispatch (invariant 11). Each stage may call and
//! commit; what to decide is `casework`'s.

mod receive;
mod rebuilt;
mod process;
mod gather;
mod heard;
mod mentions;
mod carry_out;
mod risk;
mod not_held;
mod note;
mod hand_on;
mod lead;
mod record;
mod response;
mod tell;
mod answer;
mod alerts;
mod desk;
mod duty;
mod table;
mod pack;
mod newcomers;
mod others;
mod parts;
mod approval;
mod preview;
mod one_child;
mod kept_back;
mod outcome_sheet;
mod listing;
mod invitees;
mod members;
mod review;
mod set_review;
mod owed;
mod timers;
mod tokens;
mod asked;
mod unanswered;
mod notes;
mod appendix;
mod held;
mod deputies;
mod attendance;
mod offer;
mod settle;
mod dispatch;
mod watch;
mod housekeeping;
mod pulse;

pub use approval::{Approving, approve, refuse};
pub use asked::answer;
pub use desk::Book;
pub use dispatch::{Courier, Journal, Look, judge_mail, resume_sending, settle, stop_sending, stopped_since};
pub use duty::Memory;
pub use held::{Release, admit, reject, release};
pub use housekeeping::{Due, Job, RETENTION, Schedules, due as job_due, kept_from, purge, would_purge};
pub use invitees::{care_leaver, invite};
pub use notes::uploaded;
pub use owed::{end_obligation, ended_by};
pub use pulse::{Pulse, Stage, Stop};
pub use set_review::{ReviewSet, set_review};
pub use timers::set_clock;
pub use watch::{Judgement, PATIENCE, Room, Watch, judge, silent_since, title_of};

use crate::casework::calendar::PanelCalendar;
use crate::casework::directory::Directory;
use crate::casework::panel::Profile;
use crate::casework::{Address, DomainPattern, MailboxId, PanelId};
use crate::clock::{Chance, Clock};
use crate::inbound::form::Reader;
use crate::inbound::mailbox::Source;
use crate::inbound::unpack::Limits;
use crate::oauth::Tokens;
use crate::outbound::compose::Templates;
use crate::outbound::submission::Sink;
use crate::store::{DirectoryVersion, Store, View};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A panel with its calendar.
#[derive(Debug)]
pub struct Panel {
    /// What makes it this panel.
    pub profile: Profile,
    /// When it meets.
    pub calendar: PanelCalendar,
    /// SHA-256 of the profile as loaded, stored with every decision.
    pub profile_hash: String,
    /// SHA-256 of the bank-holiday table.
    pub calendar_hash: String,
}

/// A mailbox as configured, beside its source.
#[derive(Clone, Debug)]
pub struct MailboxFacts {
    /// Its address: mail from it is our own.
    pub address: Address,
    /// The authserv-id whose Authentication-Results are believed (RFC 8601).
    pub authserv_id: Option<String>,
}

/// Everything a daemon is made of. Assembled by `cli` from the configuration.
pub struct Daemon {
    /// The store.
    pub store: Store,
    /// The enabled panels.
    pub panels: BTreeMap<PanelId, Panel>,
    /// The mailboxes as configured.
    pub mailboxes: BTreeMap<MailboxId, MailboxFacts>,
    /// Where their mail comes from.
    pub sources: Vec<(MailboxId, Source)>,
    /// One sender gets no more answers in 24 hours than this (RFC 3834; LESSONS A10).
    pub most_answers: u32,
    /// More mails than this in an hour stop all sending; none in a rehearsal, where weeks pass in seconds and nothing goes.
    pub most_mails_an_hour: Option<u64>,
    /// A mail of more bytes than this is held for a person; a pack goes in parts before that.
    pub largest_mail: i64,
    /// Domains that mail about children may go to.
    pub allowed: Vec<DomainPattern>,
    /// Limits of unpacking.
    pub limits: Limits,
    /// Reads documents in a child process.
    pub reader: Reader,
    /// Where jitter is drawn from.
    pub chance: Chance,
    /// The mails' texts.
    pub templates: Templates,
    /// Where mail goes.
    pub sink: Sink,
    /// What sending keeps between turns, and our own journal mailbox.
    pub courier: Courier,
    /// The children that outgoing mail is looked over for.
    pub look: Look,
    /// What is kept between turns to spare work; never needed for being right.
    pub memory: Memory,
    /// The directory as last imported, by its version.
    pub directory: Option<(DirectoryVersion, Arc<Directory>)>,
    /// The applications whose tokens open mailboxes: renewed ahead in each turn.
    pub tokens: Vec<Tokens>,
    /// What is watched, and by whom a person is reached when it fails; none in a rehearsal.
    pub watch: Option<Watch>,
    /// When the jobs run that nobody asks for; none in a rehearsal, which is about the panels' mail.
    pub schedules: Option<Schedules>,
    /// Beats with every piece of work, for the watchdog (invariant 12).
    pub pulse: Pulse,
    /// Asked to stop, each stage ends after the message it is at.
    pub stop: Stop,
}

/// How long a full disk is left alone.
const FULL_WAIT: SignedDuration = SignedDuration::from_mins(1);

/// What a turn did, and when the next one is due at the latest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// Messages taken in.
    pub received: usize,
    /// Messages decided.
    pub decided: usize,
    /// Lists, packs, supplements and reminders drawn up.
    pub drawn_up: usize,
    /// Mails sent.
    pub sent: usize,
    /// When something falls due; none when nothing is known to.
    pub next: Option<Timestamp>,
}

impl Daemon {
    /// One turn: everything due at `now`.
    ///
    /// # Errors
    /// When the store fails: nothing was half done, and the turn may be tried again.
    pub async fn turn(&mut self, now: Timestamp) -> anyhow::Result<Turn> {
        if self.watch.as_ref().is_some_and(Watch::is_full) {
            let next = watch::turn(self, now).await?;
            self.pulse.beat(Stage::Waiting);
            return Ok(Turn { next: next.or_else(|| now.checked_add(FULL_WAIT).ok()), ..Turn::default() });
        }
        // For the log alone; nothing is decided by it.
        let watch = Clock::System;
        let begun = watch.uptime();
        self.pulse.beat(Stage::Receive);
        let token = tokens::turn(self).await;
        let received = receive::turn(self, now).await?;
        let swept = watch.uptime();
        self.pulse.beat(Stage::Process);
        let (decided, view) = process::turn(self, now).await?;
        let view = settle::turn(self, view, now).await?;
        self.pulse.beat(Stage::Duty);
        let (drawn_up, due) = duty::turn(self, view, now).await?;
        let job = housekeeping::turn(self, now).await?;
        let look_again = watch::turn(self, now).await?;
        self.pulse.beat(Stage::Dispatch);
        let (sent, retry) = dispatch::turn(self, now).await?;
        self.pulse.beat(Stage::Waiting);
        let next = [due, job, retry, look_again, token].into_iter().flatten().min();
        let (sweeps, took) = (swept.saturating_sub(begun), watch.uptime().saturating_sub(begun));
        let (took_us, sweeps_us) = (took.as_micros(), sweeps.as_micros());
        tracing::debug!(received, decided, drawn_up, sent, took_us, sweeps_us, "a turn is over");
        Ok(Turn { received, decided, drawn_up, sent, next })
    }

    /// Before the program ends: waits for the answer to a mail that is under way, at most this long, and writes it down.
    /// Nothing new is begun (invariant 12).
    ///
    /// # Errors
    /// When the store fails; the next start finds out what became of the mail.
    pub async fn finish(&mut self, now: Timestamp, patience: std::time::Duration) -> anyhow::Result<()> {
        dispatch::finish(self, now, patience).await
    }

    /// The directory is asked after at every turn, and opened again only when it was imported anew.
    async fn read_directory(&mut self, view: &mut View) -> anyhow::Result<()> {
        let current = view.directory_version().await?;
        if current != self.directory.as_ref().map(|(version, _)| version.clone()) {
            self.directory = view.directory().await?.map(|(version, directory)| (version, Arc::new(directory)));
        }
        Ok(())
    }

    /// What the daemon decides and composes by, at one moment.
    fn book(&self) -> Book<'_> {
        let (version, directory) = match &self.directory {
            Some((version, directory)) => (Some(version.as_str()), directory.clone()),
            None => (None, Arc::default()),
        };
        Book {
            panels: &self.panels,
            allowed: &self.allowed,
            most_answers: self.most_answers,
            largest_mail: self.largest_mail,
            mailboxes: &self.mailboxes,
            templates: &self.templates,
            directory,
            directory_version: version,
        }
    }
}
