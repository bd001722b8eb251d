//! A Maildir (with Maildir++ subfolders for what has been taken in). `tmp` is never looked into: what lies there is
//! still being written.

use super::{Fetched, Folder, Found, Occurrence, OccurrenceKey, arrival, modified, read_capped};
use crate::casework::Redacted;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::{fs, io};

#[derive(Debug)]
pub(super) struct Maildir {
    root: PathBuf,
    /// Where each message was last seen.
    seen: HashMap<String, PathBuf>,
}

/// The part of a file name that stays when flags change. Some systems write `;2,` where `:` is not allowed.
fn unique(name: &str) -> &str {
    name.split_once(":2,").or_else(|| name.split_once(";2,")).map_or(name, |(unique, _)| unique)
}

/// The delivery time that starts a Maildir name, in seconds.
fn leading_seconds(name: &str) -> Option<Timestamp> {
    let (digits, _) = name.split_once('.')?;
    if digits.len() < 9 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Timestamp::from_second(digits.parse().ok()?).ok()
}

impl Maildir {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf(), seen: HashMap::new() }
    }

    /// The Maildir itself, or the subfolder of this name; none when nothing was ever moved there.
    pub(super) fn folder(&self, place: Option<Folder>) -> Option<Self> {
        match place {
            None => Some(Self::new(&self.root)),
            Some(folder) => {
                let path = self.root.join(format!(".{}", folder.name()));
                path.is_dir().then(|| Self::new(&path))
            }
        }
    }

    /// Every message file, by unique name; `cur` wins where a name stands in both.
    fn list(&self) -> io::Result<BTreeMap<String, PathBuf>> {
        // A folder of it may be missing; a Maildir that is gone altogether is not an empty one.
        fs::metadata(&self.root)?;
        let mut found = BTreeMap::new();
        for folder in ["new", "cur"] {
            let entries = match fs::read_dir(self.root.join(folder)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries?,
            };
            for entry in entries {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                if !name.starts_with('.') && entry.file_type().is_ok_and(|kind| kind.is_file()) {
                    found.insert(unique(&name).to_owned(), entry.path());
                }
            }
        }
        Ok(found)
    }

    pub(super) fn sweep(&mut self) -> io::Result<Found> {
        let listed = self.list()?;
        let mut found = Found::with_capacity(listed.len());
        self.seen.clear();
        for (uid, path) in listed {
            match self.look(&uid, &path) {
                // Moved by a colleague since it was listed: the next sweep finds it, if it is still in the mailbox.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => found.push(Err((uid.clone(), error))),
                Ok(occurrence) => found.push(Ok(occurrence)),
            }
            self.seen.insert(uid, path);
        }
        Ok(found)
    }

    fn look(&self, uid: &str, path: &Path) -> io::Result<Occurrence> {
        let file = fs::File::open(path)?;
        let meta = file.metadata()?;
        let fallback = leading_seconds(uid).unwrap_or_else(|| modified(&meta));
        let head = arrival::read_head(&file)?;
        let name = path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().into_owned();
        Ok(Occurrence {
            key: OccurrenceKey { epoch: 0, uid: uid.to_owned() },
            size: meta.len(),
            arrived_at: arrival::arrival(&head, fallback),
            file: Redacted::new(name),
        })
    }

    /// Where the message is now: a colleague's mail program may have renamed it since the sweep.
    fn locate(&mut self, uid: &str) -> io::Result<PathBuf> {
        if let Some(path) = self.seen.get(uid).filter(|path| path.exists()) {
            return Ok(path.clone());
        }
        let path = self.list()?.remove(uid).ok_or(io::ErrorKind::NotFound)?;
        self.seen.insert(uid.to_owned(), path.clone());
        Ok(path)
    }

    pub(super) fn fetch(&mut self, uid: &str, max_bytes: u64) -> io::Result<Fetched> {
        read_capped(fs::File::open(self.locate(uid)?)?, max_bytes)
    }

    /// Moves the message into the subfolder's `cur`, its flags as they are.
    pub(super) fn settle(&mut self, uid: &str, folder: Folder) -> io::Result<()> {
        let from = match self.locate(uid) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            path => path?,
        };
        let subfolder = self.root.join(format!(".{}", folder.name()));
        for part in ["cur", "new", "tmp"] {
            fs::create_dir_all(subfolder.join(part))?;
        }
        let marker = subfolder.join("maildirfolder");
        if !marker.exists() {
            fs::write(marker, b"")?;
        }
        let name = from.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // What lies in `cur` carries an info part; an empty one is "no flags".
        let name = if unique(&name) == name { format!("{name}:2,") } else { name };
        let to = free_name(&subfolder.join("cur"), &name);
        match fs::rename(&from, to) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            moved => moved?,
        }
        self.seen.remove(uid);
        Ok(())
    }
}

/// A rename replaces what stands at the target, and nothing may vanish: another message of the same name (a move back
/// and forth, a careless copy) gets a number before its flags.
fn free_name(folder: &Path, name: &str) -> PathBuf {
    let first = folder.join(name);
    let (stem, info) = name.split_at_checked(unique(name).len()).unwrap_or((name, ""));
    let others = (2..10_000).map(|n| folder.join(format!("{stem}_{n}{info}")));
    std::iter::once(first.clone()).chain(others).find(|path| !path.exists()).unwrap_or(first)
}
