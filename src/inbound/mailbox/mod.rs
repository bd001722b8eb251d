//! Where mail comes from: one contract for folders on disk and for IMAP servers.
//!
//! A [`Mailbox`] is swept (what is there?), each [`Occurrence`] that the store does not know is fetched, and only after
//! the store has committed the bytes is it settled, that is moved out of the way (invariant 1). Nothing here marks,
//! reads or depends on a flag: people read duty mailboxes, so `\Seen` says nothing (LESSONS A4).
//!
//! # Failure policy
//!
//! A sweep that cannot list the mailbox is an error, and is tried again next turn. A single message that cannot be read
//! is listed among [`Sweep::unreadable`] and stops no other. A message that vanished between sweep and fetch is
//! [`MailboxError::Gone`]: a colleague moved it, and the next sweep says where things stand. Errors name the mailbox and
//! the opaque occurrence key, never a file name, because file names hold children's names.
//!
//! # What identifies an occurrence
//!
//! | source | key | survives |
//! |---|---|---|
//! | Maildir | the unique part of the name, before `:2,` | flags, `new` to `cur` |
//! | mbox | hash of the message without the fields mail programs rewrite (`Status` …), and its count among equals | flags, removal of other messages |
//! | loose .eml | hash of relative path and size | touching the file |
//! | IMAP | UIDVALIDITY as `epoch`, UID | flags |
//!
//! A message is what its SHA-256 says it is; an occurrence is only that it was found here. So a renamed loose file is a
//! new occurrence of a message already received, which the store sees by its hash.

pub(crate) mod head;
mod arrival;
mod maildir;
mod mbox;
mod loose;
mod imap;
mod replay;

pub use arrival::arrival;
pub use imap::{Fault, ImapSettings, Survey, Tls, copies, survey};
pub use replay::{Replay, Source};

use crate::casework::calendar::civil;
use crate::casework::{MailboxId, Redacted};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::{fmt, io, path::Path};
use tokio::sync::Notify;

/// What identifies one occurrence of a message in one mailbox. Holds no personal data, so it may be logged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OccurrenceKey {
    /// UIDVALIDITY for IMAP; 0 for folders on disk, whose keys never start afresh.
    pub epoch: i64,
    /// Unique within the mailbox and epoch.
    pub uid: String,
}

impl fmt::Display for OccurrenceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.epoch, self.uid)
    }
}

/// One message seen in a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Which.
    pub key: OccurrenceKey,
    /// Bytes. What [`Mailbox::fetch`] gives, unless its cap cuts it.
    pub size: u64,
    /// When the server took it, truncated to the second (MC-29, invariant 8).
    pub arrived_at: Timestamp,
    /// The file, relative to the mailbox; for an mbox with `#` and the message's place in it, from 1. File names hold
    /// children's names, hence redacted.
    pub file: Redacted<String>,
}

/// What a sweep found.
#[derive(Debug, Default)]
pub struct Sweep {
    /// UIDVALIDITY for IMAP; 0 for folders on disk.
    pub epoch: i64,
    /// The messages, oldest arrival first (then by key).
    pub occurrences: Vec<Occurrence>,
    /// Messages that are there and could not be looked at. The next sweep tries again.
    pub unreadable: Vec<MailboxError>,
}

/// A message that the mailbox holds, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The folder it was moved to; none: where mail arrives.
    pub place: Option<Folder>,
    /// The message.
    pub occurrence: Occurrence,
}

/// A message's bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Fetched {
    /// As received, at most `max_bytes`.
    pub bytes: Vec<u8>,
    /// There was more.
    pub truncated: bool,
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fetched {{ {} bytes, truncated: {} }}", self.bytes.len(), self.truncated)
    }
}

/// Where a message goes once the store has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Folder {
    /// Taken in.
    Processed,
    /// Taken in, and twice the death of its reader, or beyond the size limit (LESSONS B).
    Quarantine,
}

impl Folder {
    /// Its name on the server.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Processed => "Processed",
            Self::Quarantine => "Quarantine",
        }
    }
}

/// Why a mailbox, or one message of it, was not read. Says no more about a message than its opaque key.
#[derive(Debug, thiserror::Error)]
pub enum MailboxError {
    /// The mailbox itself.
    #[error("mailbox {mailbox} cannot be opened or listed ({reason})")]
    Mailbox {
        /// Which.
        mailbox: MailboxId,
        /// The operating system's reason.
        reason: io::ErrorKind,
    },
    /// One message.
    #[error("message {key} of mailbox {mailbox} cannot be read or moved ({reason})")]
    Message {
        /// Where.
        mailbox: MailboxId,
        /// Which.
        key: OccurrenceKey,
        /// The operating system's reason.
        reason: io::ErrorKind,
    },
    /// The mailbox's server.
    #[error("mailbox {mailbox}: {fault}")]
    Server {
        /// Which.
        mailbox: MailboxId,
        /// What is wrong.
        fault: Fault,
    },
    /// One message is no longer where the sweep saw it.
    #[error("message {key} is no longer in mailbox {mailbox}")]
    Gone {
        /// Where it was.
        mailbox: MailboxId,
        /// Which.
        key: OccurrenceKey,
    },
}

impl MailboxError {
    /// Is it worth trying the same call again? A message that is gone is settled by the next sweep instead.
    pub const fn is_temporary(&self) -> bool {
        !matches!(self, Self::Gone { .. })
    }

    /// What is wrong, for the store and for programs: names nobody.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Mailbox { .. } => "unreachable",
            Self::Message { .. } => "unreadable_message",
            Self::Server { fault, .. } => fault.code(),
            Self::Gone { .. } => "gone",
        }
    }
}

#[derive(Debug)]
enum Kept {
    Maildir(maildir::Maildir),
    Mbox(mbox::Mbox),
    Loose(loose::Loose),
    Imap(imap::Imap),
}

/// One duty mailbox.
#[derive(Debug)]
pub struct Mailbox {
    id: MailboxId,
    kept: Kept,
}

impl Mailbox {
    /// Opens what stands at `path` and finds out what it is: a folder with `cur` or `new` is a Maildir; a file, or a folder with mbox files and no .eml, is an mbox; any other folder holds loose .eml files,
    /// at any depth.
    ///
    /// # Errors
    /// When there is nothing, or it cannot be listed.
    pub fn open(id: MailboxId, path: &Path) -> Result<Self, MailboxError> {
        let kept =
            Self::detect(path).map_err(|error| MailboxError::Mailbox { mailbox: id.clone(), reason: error.kind() })?;
        Ok(Self { id, kept })
    }

    /// A folder on a server. The connection is made and kept by a task of its own, so this needs a tokio runtime; `moved` is
    /// told whenever the server says that something moved.
    pub fn on_server(id: MailboxId, settings: ImapSettings, moved: Arc<Notify>) -> Self {
        let kept = Kept::Imap(imap::Imap::start(id.clone(), settings, moved));
        Self { id, kept }
    }

    fn detect(path: &Path) -> io::Result<Kept> {
        if std::fs::metadata(path)?.is_file() {
            return Ok(Kept::Mbox(mbox::Mbox::new(vec![path.to_path_buf()])));
        }
        // Either folder makes a Maildir: archives and version control drop empty ones.
        let [cur, new] = ["cur", "new"].map(|name| path.join(name).is_dir());
        if cur || new {
            return Ok(Kept::Maildir(maildir::Maildir::new(path)));
        }
        let files = mbox::files_in(path)?;
        let mail = if files.is_empty() { None } else { Some(mbox::Mbox::new(files)) };
        Ok(mail.map_or_else(|| Kept::Loose(loose::Loose::new(path)), Kept::Mbox))
    }

    /// The mailbox's name in the configuration.
    pub const fn id(&self) -> &MailboxId {
        &self.id
    }

    /// Is it a folder of an IMAP server?
    pub const fn is_on_a_server(&self) -> bool {
        matches!(self.kept, Kept::Imap(_))
    }

    /// Does [`Mailbox::settle`] move anything? mbox files and loose .eml are only read: what was taken in is known by
    /// its occurrence key alone.
    pub const fn moves_mail(&self) -> bool {
        matches!(self.kept, Kept::Maildir(_) | Kept::Imap(_))
    }

    /// Lists every message that is there, whatever its flags, oldest first.
    ///
    /// # Errors
    /// When the mailbox as a whole cannot be listed; single messages are in [`Sweep::unreadable`].
    pub async fn sweep(&mut self) -> Result<Sweep, MailboxError> {
        let found = match &mut self.kept {
            Kept::Maildir(source) => source.sweep(),
            Kept::Mbox(source) => source.sweep(),
            Kept::Loose(source) => source.sweep(),
            Kept::Imap(imap) => {
                let mut listing = imap.list().await.map_err(|fault| self.fault(fault))?;
                in_order(&mut listing.occurrences);
                let epoch = i64::from(listing.epoch);
                return Ok(Sweep { epoch, occurrences: listing.occurrences, unreadable: Vec::new() });
            }
        };
        let found = found.map_err(|error| MailboxError::Mailbox { mailbox: self.id.clone(), reason: error.kind() })?;
        let mut sweep = Sweep::default();
        for item in found {
            match item {
                Ok(occurrence) => sweep.occurrences.push(occurrence),
                Err((uid, error)) => sweep.unreadable.push(self.about(OccurrenceKey { epoch: 0, uid }, &error)),
            }
        }
        in_order(&mut sweep.occurrences);
        Ok(sweep)
    }

    /// One message's bytes, at most `max_bytes` of them. Changes nothing in the mailbox.
    ///
    /// # Errors
    /// As [`Self::fetch_all`].
    pub async fn fetch(&mut self, key: &OccurrenceKey, max_bytes: u64) -> Result<Fetched, MailboxError> {
        let fetched = self.fetch_all(std::slice::from_ref(key), max_bytes).await.pop();
        fetched.unwrap_or_else(|| Err(MailboxError::Gone { mailbox: self.id.clone(), key: key.clone() }))
    }

    /// The bytes of these messages of one epoch, of each at most `max_bytes`, in their order. Changes nothing in the mailbox.
    ///
    /// # Errors
    /// Each its own: [`MailboxError::Gone`] when it is no longer there, else the operating system's or the server's reason.
    pub async fn fetch_all(&mut self, keys: &[OccurrenceKey], max_bytes: u64) -> Vec<Result<Fetched, MailboxError>> {
        let read: Vec<io::Result<Fetched>> = match &mut self.kept {
            Kept::Maildir(source) => keys.iter().map(|key| source.fetch(&key.uid, max_bytes)).collect(),
            Kept::Mbox(source) => keys.iter().map(|key| source.fetch(&key.uid, max_bytes)).collect(),
            Kept::Loose(source) => keys.iter().map(|key| source.fetch(&key.uid, max_bytes)).collect(),
            Kept::Imap(imap) => {
                let (epoch, uids) = numbers(keys);
                match imap.fetch(epoch, uids, max_bytes).await {
                    Err(fault) => return keys.iter().map(|_| Err(self.fault(fault))).collect(),
                    Ok(got) => {
                        let mut got: BTreeMap<String, Option<Fetched>> =
                            got.into_iter().map(|(uid, fetched)| (uid.to_string(), fetched)).collect();
                        let mut take = |key: &OccurrenceKey| got.remove(&key.uid).flatten();
                        keys.iter().map(|key| take(key).ok_or_else(|| io::ErrorKind::NotFound.into())).collect()
                    }
                }
            }
        };
        let about = |(read, key): (io::Result<Fetched>, &OccurrenceKey)| read.map_err(|e| self.about(key.clone(), &e));
        read.into_iter().zip(keys).map(about).collect()
    }

    /// Moves a message that the store has committed out of the way. Done already, or gone: fine, so it may be called
    /// again after a crash. A source that is only read does nothing ([`Mailbox::moves_mail`]).
    ///
    /// # Errors
    /// When the move fails; the message stays, and the ledger's occurrence key keeps it from being read twice.
    pub async fn settle(&mut self, key: &OccurrenceKey, folder: Folder) -> Result<(), MailboxError> {
        self.settle_all(std::slice::from_ref(key), folder).await.pop().unwrap_or(Ok(()))
    }

    /// The same for messages of one epoch, in their order.
    ///
    /// # Errors
    /// As [`Self::settle`], each its own.
    pub async fn settle_all(&mut self, keys: &[OccurrenceKey], folder: Folder) -> Vec<Result<(), MailboxError>> {
        match &mut self.kept {
            Kept::Maildir(source) => {
                let moved: Vec<_> = keys.iter().map(|key| (key, source.settle(&key.uid, folder))).collect();
                moved.into_iter().map(|(key, moved)| moved.map_err(|e| self.about(key.clone(), &e))).collect()
            }
            Kept::Mbox(_) | Kept::Loose(_) => keys.iter().map(|_| Ok(())).collect(),
            Kept::Imap(imap) => {
                let (epoch, uids) = numbers(keys);
                let settled = if uids.is_empty() { Ok(()) } else { imap.settle(epoch, uids, folder).await };
                keys.iter().map(|_| settled.map_err(|fault| self.fault(fault))).collect()
            }
        }
    }

    /// Everything the mailbox holds that arrived since that day: where it arrives and where it is moved to. Changes nothing.
    ///
    /// # Errors
    /// When it cannot be listed whole.
    pub async fn holdings(&mut self, since: Date) -> Result<Vec<Holding>, MailboxError> {
        let mut held = Vec::new();
        match &self.kept {
            Kept::Imap(imap) => {
                let found = imap.holdings(since).await.map_err(|fault| self.fault(fault))?;
                held.extend(found.into_iter().map(|(place, occurrence)| Holding { place, occurrence }));
            }
            Kept::Maildir(maildir) => {
                for place in [None, Some(Folder::Processed), Some(Folder::Quarantine)] {
                    let Some(mut folder) = maildir.folder(place) else { continue };
                    let found = folder.sweep().map_err(|error| self.unlisted(&error))?;
                    held.extend(found.into_iter().flatten().map(|occurrence| Holding { place, occurrence }));
                }
            }
            Kept::Mbox(_) | Kept::Loose(_) => {
                let here = self.sweep().await?.occurrences;
                held.extend(here.into_iter().map(|occurrence| Holding { place: None, occurrence }));
            }
        }
        let from = civil::start_of_day(since);
        held.retain(|holding| holding.occurrence.arrived_at >= from);
        Ok(held)
    }

    /// The bytes of one of them, at most so many. Changes nothing.
    ///
    /// # Errors
    /// As [`Self::fetch`].
    pub async fn fetch_held(&mut self, holding: &Holding, max_bytes: u64) -> Result<Fetched, MailboxError> {
        let key = &holding.occurrence.key;
        let read = match &mut self.kept {
            Kept::Imap(imap) => {
                let (epoch, uids) = numbers(std::slice::from_ref(key));
                let got = imap.fetch_from(holding.place, epoch, &uids, max_bytes).await;
                let got = got.map_err(|fault| self.fault(fault))?.pop().and_then(|(_, fetched)| fetched);
                got.ok_or_else(|| io::ErrorKind::NotFound.into())
            }
            Kept::Maildir(maildir) => match maildir.folder(holding.place) {
                Some(mut folder) => folder.fetch(&key.uid, max_bytes),
                None => Err(io::ErrorKind::NotFound.into()),
            },
            Kept::Mbox(_) | Kept::Loose(_) => return self.fetch(key, max_bytes).await,
        };
        read.map_err(|error| self.about(key.clone(), &error))
    }

    fn unlisted(&self, error: &io::Error) -> MailboxError {
        MailboxError::Mailbox { mailbox: self.id.clone(), reason: error.kind() }
    }

    fn fault(&self, fault: Fault) -> MailboxError {
        MailboxError::Server { mailbox: self.id.clone(), fault }
    }

    fn about(&self, key: OccurrenceKey, error: &io::Error) -> MailboxError {
        let mailbox = self.id.clone();
        match error.kind() {
            io::ErrorKind::NotFound => MailboxError::Gone { mailbox, key },
            reason => MailboxError::Message { mailbox, key, reason },
        }
    }
}

/// Oldest arrival first, then by key.
fn in_order(occurrences: &mut [Occurrence]) {
    occurrences.sort_by(|a, b| (a.arrived_at, &a.key).cmp(&(b.arrived_at, &b.key)));
}

/// The UIDVALIDITY and UIDs that these keys of an IMAP folder are.
fn numbers(keys: &[OccurrenceKey]) -> (u32, Vec<u32>) {
    let epoch = keys.first().and_then(|key| u32::try_from(key.epoch).ok()).unwrap_or_default();
    (epoch, keys.iter().filter_map(|key| key.uid.parse().ok()).collect())
}

/// What a source finds: an occurrence, or the key of a message it could not look at and why.
type Found = Vec<Result<Occurrence, (String, io::Error)>>;

/// Reads at most `max_bytes`.
fn read_capped(reader: impl io::Read, max_bytes: u64) -> io::Result<Fetched> {
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(reader, max_bytes.saturating_add(1)), &mut bytes)?;
    let cap = usize::try_from(max_bytes).unwrap_or(usize::MAX);
    let truncated = bytes.len() > cap;
    bytes.truncate(cap);
    Ok(Fetched { bytes, truncated })
}

/// A file's modification time; the epoch where the file system keeps none.
fn modified(meta: &std::fs::Metadata) -> Timestamp {
    meta.modified().ok().and_then(|time| Timestamp::try_from(time).ok()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// 32 hexadecimal digits that stand for these bytes without showing them.
fn opaque(bytes: &[u8]) -> String {
    let mut hex = crate::casework::Sha256::of(bytes).to_string();
    hex.truncate(32);
    hex
}

#[cfg(test)]
mod tests;
