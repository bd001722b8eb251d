//! Drives the daemon on a manual clock over a folder of mail: `simulate`, `demo` and the stories of the tests.
//!
//! Mail appears when the clock reaches its arrival; the clock jumps to whatever comes next. Nothing is sent, nothing on
//! disk is moved: what would have gone lies in `sent/` and `sent.jsonl` of the output folder, with the ledger, the journal,
//! what was held and a page to look at it all (`report`) beside it. It holds no casework of its own.

pub mod corpus;
mod outputs;
mod report;

pub use outputs::Summary;

use crate::casework::calendar::civil;
use crate::casework::directory::Directory;
use crate::casework::{DomainPattern, MailboxId, PanelId};
use crate::clock::Chance;
use crate::daemon::{Courier, Daemon, Look, MailboxFacts, Memory, Panel, Pulse, Stop, Turn};
use crate::inbound::form::{ReadOptions, Reader};
use crate::inbound::mailbox::{Mailbox, Occurrence, Replay, Source};
use crate::inbound::unpack::{Leaf, Limits, unpack};
use crate::outbound::compose::Templates;
use crate::outbound::submission::{FolderSink, Sink};
use crate::store::Store;
use anyhow::{Context, bail};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use tokio::runtime::Handle;

/// Messages whose papers are read ahead.
const AHEAD: usize = 6;

/// What a run made in its output folder; removed before the next.
const OUTPUTS: [&str; 7] =
    ["sent", "sent.jsonl", "received.jsonl", "ledger.json", "journal.jsonl", "held.jsonl", report::REPORT];

/// Everything a rehearsal needs. Assembled by `cli` from a configuration.
pub struct Setup {
    /// One folder a mailbox: its id, or its address.
    pub mail: PathBuf,
    /// Mail from here on …
    pub from: Timestamp,
    /// … and before here.
    pub until: Timestamp,
    /// Where the results go.
    pub out: PathBuf,
    /// The same folder, for sent mail.
    pub sink: FolderSink,
    /// The scratch store, empty ([`clear`]).
    pub store: Store,
    /// Where chance is drawn from; the store's own.
    pub chance: Chance,
    /// The panels.
    pub panels: BTreeMap<PanelId, Panel>,
    /// The mailboxes as configured.
    pub mailboxes: BTreeMap<MailboxId, MailboxFacts>,
    /// Where mail about children may go.
    pub allowed: Vec<DomainPattern>,
    /// Answers to one sender in 24 hours.
    pub most_answers: u32,
    /// Bytes of the largest mail that is sent.
    pub largest_mail: i64,
    /// Limits of unpacking.
    pub limits: Limits,
    /// Reads documents.
    pub reader: Reader,
    /// Where papers are read ahead.
    pub aside: Handle,
    /// The mails' texts.
    pub templates: Templates,
    /// Who there is, throughout.
    pub directory: Directory,
}

/// A rehearsal under way: its daemon and the clock's hands.
pub struct Rehearsal {
    /// The daemon it drives.
    pub daemon: Daemon,
    out: PathBuf,
    from: Timestamp,
    until: Timestamp,
    now: Timestamp,
    /// Messages of folders that belong to no configured mailbox.
    strangers: Vec<String>,
    /// What is being read ahead, by mailbox and key.
    ahead: BTreeSet<(MailboxId, String)>,
    aside: Handle,
}

impl Rehearsal {
    /// Lays everything out; the clock stands at the start.
    ///
    /// # Errors
    /// When a folder cannot be read or written, or a mail folder belongs to no mailbox.
    pub async fn new(setup: Setup) -> anyhow::Result<Self> {
        let mut tx = setup.store.begin(setup.from).await?;
        tx.import_directory(&setup.directory).await?;
        tx.commit().await?;
        let (sources, strangers) = sources(&setup.mail, &setup.mailboxes, setup.from, setup.until).await?;
        let sink = Sink::Folder(setup.sink);
        let daemon = Daemon {
            store: setup.store,
            panels: setup.panels,
            mailboxes: setup.mailboxes,
            sources,
            most_answers: setup.most_answers,
            most_mails_an_hour: None,
            largest_mail: setup.largest_mail,
            allowed: setup.allowed,
            limits: setup.limits,
            reader: setup.reader.aside(setup.aside.clone()),
            chance: setup.chance,
            templates: setup.templates,
            sink,
            courier: Courier::default(),
            look: Look::default(),
            memory: Memory::default(),
            directory: None,
            tokens: Vec::new(),
            watch: None,
            schedules: None,
            pulse: Pulse::default(),
            stop: Stop::default(),
        };
        Ok(Self {
            daemon,
            out: setup.out,
            from: setup.from,
            until: setup.until,
            now: setup.from,
            strangers,
            ahead: BTreeSet::new(),
            aside: setup.aside,
        })
    }

    /// Mail folders that belong to no configured mailbox, left aside.
    pub fn strangers(&self) -> &[String] {
        &self.strangers
    }

    /// Where the clock stands.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Messages still to come.
    pub fn to_come(&self) -> usize {
        self.daemon.sources.iter().map(|(_, source)| if let Source::Replay(r) = source { r.len() } else { 0 }).sum()
    }

    /// One turn, and the clock moves on to what comes next; none when nothing comes before the end.
    ///
    /// # Errors
    /// As a turn.
    pub async fn step(&mut self) -> anyhow::Result<Option<Turn>> {
        if self.now >= self.until {
            return Ok(None);
        }
        self.read_ahead().await;
        let turn = self.daemon.turn(self.now).await?;
        let arrivals = self.daemon.sources.iter().filter_map(|(_, source)| match source {
            Source::Replay(replay) => replay.next_arrival(),
            Source::Live(_) => None,
        });
        let next = arrivals.chain(turn.next).filter(|at| *at > self.now).min();
        self.now = next.unwrap_or(self.until).min(self.until);
        Ok(Some(turn))
    }

    /// Begins to read what the next messages carry, while the daemon is busy with the present ones.
    async fn read_ahead(&mut self) {
        let mut next: Vec<(usize, Occurrence)> = Vec::new();
        for (n, (_, source)) in self.daemon.sources.iter().enumerate() {
            if let Source::Replay(replay) = source {
                next.extend(replay.coming(AHEAD).into_iter().map(|occurrence| (n, occurrence)));
            }
        }
        next.sort_by_key(|(_, occurrence)| occurrence.arrived_at);
        let mut still = BTreeSet::new();
        for (n, occurrence) in next.into_iter().take(AHEAD) {
            let Some((id, source)) = self.daemon.sources.get_mut(n) else { continue };
            let name = (id.clone(), occurrence.key.uid.clone());
            let most = u64::try_from(self.daemon.limits.message_bytes).unwrap_or(u64::MAX);
            if !self.ahead.contains(&name)
                && let Ok(fetched) = source.fetch(&occurrence.key, most).await
            {
                let (reader, limits) = (self.daemon.reader.clone(), self.daemon.limits.clone());
                let today = civil::date(occurrence.arrived_at);
                // Unpacking is work for the other core too.
                self.aside.spawn(async move { read_papers(&reader, &limits, &fetched.bytes, today) });
            }
            still.insert(name);
        }
        self.ahead = still;
    }

    /// Turns until the clock stands at this moment (or the end), the turn of that moment not included.
    ///
    /// # Errors
    /// As a turn.
    pub async fn run_until(&mut self, moment: Timestamp) -> anyhow::Result<()> {
        while self.now < moment.min(self.until) {
            self.step_until(moment).await?;
        }
        Ok(())
    }

    /// One turn, and the clock moves on to what comes next, at most to this moment (or the end).
    ///
    /// # Errors
    /// As a turn.
    pub async fn step_until(&mut self, moment: Timestamp) -> anyhow::Result<Option<Turn>> {
        let turn = self.step().await?;
        self.now = self.now.min(moment.min(self.until));
        Ok(turn)
    }

    /// The clock goes back to this moment: something came from outside that the turn of then did not know of.
    pub fn go_back(&mut self, moment: Timestamp) {
        self.now = self.now.min(moment);
    }

    /// Runs to the end, telling after each turn how many messages are still to come, and writes the results.
    ///
    /// # Errors
    /// As a turn; or when the results cannot be written.
    pub async fn run(&mut self, progress: &mut dyn FnMut(usize)) -> anyhow::Result<Summary> {
        while self.step().await?.is_some() {
            progress(self.to_come());
        }
        if let Sink::Folder(folder) = &mut self.daemon.sink {
            folder.finish().context("sent mail could not be written")?;
        }
        self.results().await
    }

    /// Writes `received.jsonl`, `ledger.json`, `journal.jsonl`, `held.jsonl` and `report.html` as things stand.
    ///
    /// # Errors
    /// When they cannot be written.
    pub async fn results(&self) -> anyhow::Result<Summary> {
        let mailboxes: Vec<MailboxId> = self.daemon.sources.iter().map(|(id, _)| id.clone()).collect();
        let summary = outputs::write(&self.daemon.store, &mailboxes, &self.out, self.from, self.until).await?;
        report::write(&self.out, &self.daemon.panels, self.from, self.until)?;
        Ok(summary)
    }
}

/// A mailbox's folder, and the mbox files that lie in it beside loose messages.
fn parts(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut parts = vec![path.to_owned()];
    if path.is_dir() {
        let mut files = Vec::new();
        let mut loose = false;
        for entry in std::fs::read_dir(path)? {
            let file = entry?.path();
            if file.is_file() {
                let is_mbox = std::fs::read(&file)?.starts_with(b"From ");
                let is_eml = file.extension().is_some_and(|e| e.eq_ignore_ascii_case("eml"));
                loose |= is_eml;
                if is_mbox && !is_eml {
                    files.push(file);
                }
            }
        }
        if loose {
            files.sort();
            parts.extend(files);
        }
    }
    Ok(parts)
}

/// Begins to read every paper of a message.
fn read_papers(reader: &Reader, limits: &Limits, raw: &[u8], today: jiff::civil::Date) {
    for leaf in unpack(raw, limits).leaves.into_iter().filter(Leaf::may_be_a_paper) {
        let extension = leaf.name.as_ref().and_then(|n| n.reveal().rsplit_once('.').map(|(_, e)| e.to_owned()));
        reader.read_ahead(leaf.bytes, extension, today, ReadOptions::default());
    }
}

/// Takes away what an earlier run left in its output folder and its scratch database, and nothing else.
///
/// # Errors
/// When something cannot be removed.
pub fn clear(out: &Path, database: Option<&PathBuf>) -> anyhow::Result<()> {
    std::fs::create_dir_all(out).with_context(|| format!("{} cannot be made", out.display()))?;
    for name in OUTPUTS {
        let path = out.join(name);
        let removed = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        match removed {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("{} of an earlier run cannot be removed", path.display()));
            }
            _ => {}
        }
    }
    let Some(database) = database else { return Ok(()) };
    if let Some(folder) = database.parent() {
        std::fs::create_dir_all(folder)?;
    }
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let mut path = database.as_os_str().to_owned();
        path.push(suffix);
        let _absent = std::fs::remove_file(Path::new(&path));
    }
    Ok(())
}

/// Each configured mailbox's folder of mail. A folder may bear the mailbox's id or its address.
async fn sources(
    mail: &Path,
    mailboxes: &BTreeMap<MailboxId, MailboxFacts>,
    from: Timestamp,
    until: Timestamp,
) -> anyhow::Result<(Vec<(MailboxId, Source)>, Vec<String>)> {
    let mut found: Vec<(MailboxId, PathBuf)> = Vec::new();
    let mut strangers = Vec::new();
    let listing =
        std::fs::read_dir(mail).with_context(|| format!("the mail folder {} cannot be read", mail.display()))?;
    for entry in listing {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let stem = name.strip_suffix(".mbox").unwrap_or(&name).to_owned();
        let is = |(id, facts): &(&MailboxId, &MailboxFacts)| {
            id.as_str() == stem || facts.address.as_str().eq_ignore_ascii_case(&stem)
        };
        match mailboxes.iter().find(is) {
            Some((id, _)) => found.push((id.clone(), entry.path())),
            None if name.starts_with('.') => {}
            None => strangers.push(name),
        }
    }
    if found.is_empty() && !strangers.is_empty() {
        let ids: Vec<&str> = mailboxes.keys().map(MailboxId::as_str).collect();
        bail!("{} holds no folder named after a mailbox ({})", mail.display(), ids.join(", "));
    }
    found.sort();
    let mut sources = Vec::new();
    for (id, path) in found {
        for path in parts(&path)? {
            let mailbox = Mailbox::open(id.clone(), &path)?;
            let (replay, unreadable) = Replay::new(mailbox, from, until).await?;
            for error in unreadable {
                tracing::warn!(mailbox.id = %id, error = %error, "a message could not be looked at and is left out");
            }
            sources.push((id.clone(), Source::Replay(replay)));
        }
    }
    // A mailbox without mail is an empty one, not a dead one: its panel's packs do not wait for it.
    for id in mailboxes.keys() {
        if sources.iter().all(|(known, _)| known != id) {
            sources.push((id.clone(), Source::Replay(Replay::empty())));
        }
    }
    strangers.sort();
    Ok((sources, strangers))
}
