//! `run`: the daemon. Turn after turn; told to stop, it ends after the message it is at, and no piece of work is cut in two
//! (invariant 12).
//!
//! # Failure policy
//!
//! A mailbox that cannot be opened is noted, shown by `status` and tried again each turn; the others go on. A turn that
//! fails for a reason that may pass is tried again; one that fails for good (a wrong key, a damaged database) stops the
//! program, so that somebody looks. When turns go on failing a person is told by the other route. Two daemons on one state folder would send
//! twice: the second does not start. Of several on one PostgreSQL database one works and the others stand by (`shift`).

use super::open::Keyring;
use super::shift::{Shift, Word};
use super::show::Sheet;
use super::waiting::{longest_wait, wait};
use super::{Context, Failure, heart, open, standing};
use crate::casework::calendar::civil;
use crate::config::{Config, Mailbox};
use crate::daemon::{Courier, Daemon, Judgement, Memory, PATIENCE, Stage, Stop, Turn, judge};
use crate::outbound::notice::Notice;
use crate::outbound::submission::Sink as DaemonSink;
use crate::store::{Again, StoreError};
use anyhow::{Context as _, anyhow};
use jiff::Timestamp;
use sd_notify::NotifyState;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, watch};
use tracing::{error, info, warn};

/// After a server said that something moved: its next words mostly belong to the same.
const SETTLING: Duration = Duration::from_millis(100);
/// Told to stop, the program waits this long for the mail server's answer to a mail that is under way.
const FAREWELL: Duration = Duration::from_secs(60);
/// The longest that answer can take (RFC 5321 §4.5.3.2.6), and the body before it.
const AN_ANSWER: Duration = Duration::from_secs(15 * 60);

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// One turn, then stop.
    #[arg(long)]
    once: bool,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let config = context.config()?;
    // On a server a lease says who works, on whichever host.
    let _alone = if config.store.server.is_none() { Some(lock(&config, "two would send twice")?) } else { None };
    let (context, once, runtime) = (context.clone(), arguments.once, open::runtime()?);
    // Beside the tasks that wake it: between two threads of the runtime that is quicker than to a thread outside it.
    let work = runtime.spawn(async move { work(&context, config, once).await });
    match runtime.block_on(work) {
        Ok(done) => done,
        Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
        Err(_) => Err(anyhow::anyhow!("the daemon's own task was ended").into()),
    }
}

async fn work(context: &Context, config: Config, once: bool) -> Result<(), Failure> {
    let chance = open::chance()?;
    let store = open::store(&config, &chance).await?;
    if store.read().await?.directory_version().await?.is_none() {
        warn!("no directory was imported, so nobody can be written to: dutyclerk directory import FILE");
    }
    if !config.send.enabled {
        warn!("send.enabled is false: nothing leaves, what is due waits");
    }
    let shift = Shift::of(&store, config.store.lease_seconds, &chance);
    let mut daemon = open::daemon(&config, store, chance)?;
    let moved = Arc::default();
    let keyring = open::keyring(&config, &context.clock)?;
    daemon.tokens = keyring.values().cloned().collect();
    daemon.sink = open::sink(&config, &keyring, &moved)?;
    daemon.courier = Courier::with_journal(open::journal(&config, &keyring)?);
    daemon.watch = Some(open::watch(&config)?);
    daemon.schedules = Some(open::schedules(&config));
    if !daemon.watch.as_ref().is_some_and(|watch| watch.route.reaches_a_person()) {
        let file = config.alerts.file.display();
        warn!(
            "when a mailbox or the mail server fails it is only written to {file}: see [alerts] in docs/OPERATING.md"
        );
    }
    match daemon.reader.left_open().await {
        Ok(open) => open.into_iter().for_each(|attempt| warn!("{}; see `dutyclerk check`", attempt.words())),
        Err(error) => error!(error = %error, "documents cannot be read"),
    }
    let absent = config.mailboxes.clone();
    let mut running = Running {
        daemon,
        absent,
        moved,
        longest_wait: longest_wait(&config),
        state: config.store.state.clone(),
        store_failing: None,
        shift,
        keyring,
        standing: String::new(),
        config,
    };
    if let Some(shift) = &running.shift {
        shift.keep(running.daemon.pulse.clone(), context.clock.clone(), running.longest_wait);
    }
    if once {
        let turn = running.turn(context.clock.now()).await?;
        running.daemon.finish(context.clock.now(), AN_ANSWER).await?;
        running.hand_over(context.clock.now()).await;
        return told(&turn).print(context.out);
    }
    running.go_on(context).await
}

struct Running {
    daemon: Daemon,
    /// Mailboxes that could not be opened yet.
    absent: Vec<Mailbox>,
    /// Told by the mailboxes' servers that something moved.
    moved: Arc<Notify>,
    /// Every mailbox is swept this often.
    longest_wait: Duration,
    /// Where everything that changes is: its disk must have room.
    state: PathBuf,
    /// Since when turns fail, and whether a person was told: the store that keeps other troubles is what fails.
    store_failing: Option<(Timestamp, bool)>,
    /// Its place among the daemons on one database; none on a file.
    shift: Option<Shift>,
    /// The applications' tokens.
    keyring: Keyring,
    /// What `systemctl status` was last told.
    standing: String,
    config: Config,
}

impl Running {
    async fn go_on(&mut self, context: &Context) -> Result<(), Failure> {
        let mut stop = told_to_stop(self.daemon.stop.clone())?;
        info!(program.version = env!("CARGO_PKG_VERSION"), "running");
        tokio::spawn(heart::feed(self.daemon.pulse.clone(), context.clock.clone(), self.longest_wait));
        let mut ready = false;
        while !*stop.borrow() {
            let now = context.clock.now();
            let next = match self.turn(now).await {
                Ok(turn) => {
                    if turn != (Turn { next: turn.next, ..Turn::default() }) {
                        info!(
                            received = turn.received,
                            decided = turn.decided,
                            drawn_up = turn.drawn_up,
                            sent = turn.sent,
                            "turn"
                        );
                    }
                    if !std::mem::replace(&mut ready, true) {
                        tell_systemd(&[NotifyState::Ready]);
                    }
                    self.store_works_again(now).await;
                    self.say_how_it_stands(now).await;
                    turn.next
                }
                Err(failed) => {
                    let again = failed.downcast_ref::<StoreError>().map_or(Again::Later, StoreError::again);
                    if again == Again::Never {
                        return Err(failed.context("the daemon cannot go on until a person has done something").into());
                    }
                    error!(error = %format!("{failed:#}"), "a turn failed; trying again");
                    self.store_fails(now).await
                }
            };
            self.daemon.pulse.beat(Stage::Waiting);
            self.daemon.reader.rest();
            let wait = wait(context.clock.now(), next, self.longest_wait);
            self.pause(wait, &mut stop).await;
        }
        tell_systemd(&[NotifyState::Stopping]);
        self.daemon.finish(context.clock.now(), FAREWELL).await?;
        self.hand_over(context.clock.now()).await;
        info!("stopped after a finished turn");
        Ok(())
    }

    /// Between turns nothing is under way: this is the one place where waiting may be cut short, by being told to stop or
    /// that something moved.
    async fn pause(&self, wait: Duration, stop: &mut watch::Receiver<bool>) {
        let moved = async {
            self.moved.notified().await;
            tokio::time::sleep(SETTLING).await;
        };
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => {}
            () = moved => {}
            () = tokio::time::sleep(wait) => {}
        }
    }

    /// Gives its place to another that stands by.
    async fn hand_over(&self, now: Timestamp) {
        if let Some(shift) = &self.shift {
            shift.give_back(now).await;
        }
    }

    /// Whether this daemon is the one that works; else when to look again.
    async fn on_shift(&mut self, now: Timestamp) -> anyhow::Result<Result<(), Option<Timestamp>>> {
        let Some(shift) = &mut self.shift else { return Ok(Ok(())) };
        match shift.ask(now).await? {
            Word::GoOn => {}
            Word::Begin(store) => {
                self.daemon.store = store;
                self.daemon.memory = Memory::default();
                self.daemon.directory = None;
                if matches!(self.daemon.sink, DaemonSink::Folder(_)) {
                    // Another may have put mail into it.
                    match open::sink(&self.config, &self.keyring, &self.moved) {
                        Ok(sink) => self.daemon.sink = sink,
                        Err(_) => {
                            shift.begin_again();
                            anyhow::bail!("the folder for mail cannot be used");
                        }
                    }
                }
            }
            Word::StandBy(again) => {
                // Whoever stands by holds no mailbox open.
                self.daemon.sources.clear();
                self.absent.clone_from(&self.config.mailboxes);
                self.daemon.pulse.beat(Stage::Waiting);
                return Ok(Err(again));
            }
        }
        Ok(Ok(()))
    }

    async fn turn(&mut self, now: Timestamp) -> anyhow::Result<Turn> {
        if let Err(next) = self.on_shift(now).await? {
            return Ok(Turn { next, ..Turn::default() });
        }
        if let Some(watch) = &mut self.daemon.watch {
            watch.free = free_space(&self.state);
        }
        for mailbox in std::mem::take(&mut self.absent) {
            match open::source(&mailbox, &self.keyring, &self.moved) {
                Ok(source) => self.daemon.sources.push((mailbox.id, source)),
                Err(error) => {
                    warn!(mailbox.id = %mailbox.id, error = %format!("{error:#}"), "mailbox cannot be opened; trying again next turn");
                    self.absent.push(mailbox);
                }
            }
        }
        if !self.absent.is_empty() {
            let mut tx = self.daemon.store.begin(now).await?;
            for mailbox in &self.absent {
                tx.sweep_failed(&mailbox.id, now, "cannot_be_opened").await?;
            }
            tx.commit().await?;
        }
        self.daemon.turn(now).await
    }

    /// Turns have failed: after a while a person is told by the other route, since the store can keep no trouble now.
    /// Returns when to look again.
    async fn store_fails(&mut self, now: Timestamp) -> Option<Timestamp> {
        let (since, told) = *self.store_failing.get_or_insert((now, false));
        let (judgement, again) = judge(Some(since), PATIENCE, told, None, now);
        self.standing = "amiss: every round fails; see the log".to_owned();
        tell_systemd(&[NotifyState::Status(&self.standing)]);
        if judgement == Judgement::Raise {
            let text = format!(
                "Since {} every round of dutyclerk has failed. Nothing is lost: mail stays in its mailboxes and what is \
                 due waits. Nothing is answered and no pack goes until it is mended.\n\nWhat to do: look at the log \
                 (journalctl -u dutyclerk), at the disk and at the database.",
                civil::instant_in_words(since)
            );
            let done = self.tell(Notice { title: "dutyclerk cannot work".to_owned(), text }, now).await;
            self.store_failing = Some((since, done));
        }
        // A database that comes back is noticed within the minute.
        let soon = now.checked_add(jiff::SignedDuration::from_mins(1)).ok();
        [again, soon].into_iter().flatten().min()
    }

    /// To `systemctl status`, when it has changed.
    async fn say_how_it_stands(&mut self, now: Timestamp) {
        let ids = self.daemon.mailboxes.keys();
        let amiss = match self.daemon.store.read().await {
            Ok(mut view) => standing::amiss(&mut view, ids, now).await,
            Err(error) => Err(error),
        };
        // A store that cannot be read is told by the next turn.
        let Ok(amiss) = amiss else { return };
        let line = standing::line(&amiss);
        if line != self.standing {
            tell_systemd(&[NotifyState::Status(&line)]);
            self.standing = line;
        }
    }

    async fn store_works_again(&mut self, now: Timestamp) {
        if let Some((since, true)) = self.store_failing.take() {
            let text = format!("It could not since {}. Nothing is to be done.", civil::instant_in_words(since));
            self.tell(Notice { title: "dutyclerk works again".to_owned(), text }, now).await;
        }
    }

    async fn tell(&self, notice: Notice, now: Timestamp) -> bool {
        let Some(watch) = &self.daemon.watch else { return false };
        let told = watch.route.tell(&notice, self.daemon.chance.uuid(now), now).await;
        if let Err(error) = &told {
            error!(error = %error, "nobody could be told by the other route");
        }
        told.is_ok()
    }
}

/// Bytes free on the folder's disk for this user; none when that cannot be found out.
fn free_space(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    found.f_bavail.checked_mul(found.f_frsize)
}

/// Without systemd nobody listens, and that is fine.
fn tell_systemd(state: &[NotifyState<'_>]) {
    let _nobody_listens = sd_notify::notify(state);
}

/// Becomes true when the program is interrupted or terminated; the daemon is asked to end after the message it is at.
fn told_to_stop(asked: Stop) -> Result<watch::Receiver<bool>, Failure> {
    let (say, stop) = watch::channel(false);
    let mut interrupted = signal(SignalKind::interrupt()).context("the program cannot listen for signals")?;
    let mut terminated = signal(SignalKind::terminate()).context("the program cannot listen for signals")?;
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
        info!("told to stop: the message under way is finished first");
        asked.ask();
        say.send_replace(true);
    });
    Ok(stop)
}

/// Keeps a second daemon off this state folder for as long as the file is held; `why`, where one runs.
pub(super) fn lock(config: &Config, why: &str) -> Result<File, Failure> {
    let folder = &config.store.state;
    std::fs::create_dir_all(folder).with_context(|| format!("the state folder {} cannot be made", folder.display()))?;
    let path = folder.join("run.lock");
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = opened.with_context(|| format!("{} cannot be opened", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let state = folder.display();
            Err(anyhow!("another dutyclerk is running on {state}; {why}. Stop that one first").into())
        }
        Err(TryLockError::Error(error)) => {
            Err(anyhow!(error).context(format!("{} cannot be locked", path.display())).into())
        }
    }
}

fn told(turn: &Turn) -> Sheet {
    let mut sheet = Sheet::new("One turn.");
    sheet.fact("received", turn.received);
    sheet.fact("decided", turn.decided);
    sheet.fact("drawn up", turn.drawn_up);
    sheet.fact("sent", turn.sent);
    sheet.fact("next", turn.next);
    sheet
}
