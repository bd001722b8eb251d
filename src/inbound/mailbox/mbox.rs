//! mbox files (RFC 4155 and its older kin): read only.
//!
//! A message starts at a line `From …` that opens the file or follows an empty line, and that carries a date (or is a
//! bare `From name` before a header field): a sentence that happens to begin with "From" splits no message. `>From ` is
//! turned back into `From ` at any depth of `>`.

use super::head::{self, parse_asctime};
use super::{Fetched, Found, Occurrence, OccurrenceKey, arrival, modified, opaque, read_capped};
use crate::casework::Redacted;
use jiff::Timestamp;
use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::{fs, time::SystemTime};

#[derive(Debug)]
pub(super) struct Mbox {
    files: Vec<PathBuf>,
    index: Vec<Entry>,
    /// Length and time of each file when the index was made.
    stamp: Vec<(u64, Option<SystemTime>)>,
}

#[derive(Clone, Debug)]
struct Entry {
    uid: String,
    file: usize,
    place: usize,
    start: u64,
    length: u64,
    size: u64,
    arrived_at: Timestamp,
}

/// The mbox files of a folder: those that start with `From `. None when the folder holds any .eml, which makes it a
/// folder of loose mail.
pub(super) fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("eml")) {
            return Ok(Vec::new());
        }
        let visible = !entry.file_name().to_string_lossy().starts_with('.');
        if visible && entry.file_type()?.is_file() && read_capped(fs::File::open(&path)?, 5)?.bytes == b"From " {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

impl Mbox {
    pub(super) const fn new(files: Vec<PathBuf>) -> Self {
        Self { files, index: Vec::new(), stamp: Vec::new() }
    }

    pub(super) fn sweep(&mut self) -> io::Result<Found> {
        self.refresh()?;
        Ok(self.index.iter().map(|entry| Ok(self.occurrence(entry))).collect())
    }

    fn occurrence(&self, entry: &Entry) -> Occurrence {
        let name = self.files.get(entry.file).and_then(|path| path.file_name()).unwrap_or_default();
        Occurrence {
            key: OccurrenceKey { epoch: 0, uid: entry.uid.clone() },
            size: entry.size,
            arrived_at: entry.arrived_at,
            file: Redacted::new(format!("{}#{}", name.to_string_lossy(), entry.place)),
        }
    }

    /// Reads the files through once, and again only when their length or time has changed.
    fn refresh(&mut self) -> io::Result<()> {
        let stamp = self
            .files
            .iter()
            .map(|path| fs::metadata(path).map(|meta| (meta.len(), meta.modified().ok())))
            .collect::<io::Result<Vec<_>>>()?;
        if stamp == self.stamp {
            return Ok(());
        }
        let (mut index, mut twins) = (Vec::new(), HashMap::new());
        for (at, path) in self.files.iter().enumerate() {
            let file = fs::File::open(path)?;
            let fallback = modified(&file.metadata()?);
            scan(at, BufReader::with_capacity(256 * 1024, file), fallback, &mut index, &mut twins)?;
        }
        (self.index, self.stamp) = (index, stamp);
        Ok(())
    }

    pub(super) fn fetch(&mut self, uid: &str, max_bytes: u64) -> io::Result<Fetched> {
        self.refresh()?;
        let entry = self.index.iter().find(|entry| entry.uid == uid).ok_or(io::ErrorKind::NotFound)?;
        let mut file = fs::File::open(self.files.get(entry.file).ok_or(io::ErrorKind::NotFound)?)?;
        file.seek(SeekFrom::Start(entry.start))?;
        // Unescaping only shortens, so a little more than the cap may be needed to fill it.
        let raw = read_capped(file.take(entry.length), max_bytes.saturating_add(max_bytes / 8))?;
        let bytes = unescape(&raw.bytes);
        let cut = read_capped(bytes.as_slice(), max_bytes)?;
        Ok(Fetched { truncated: cut.truncated || raw.truncated, ..cut })
    }
}

/// The message being gathered.
struct Open {
    start: u64,
    fallback: Timestamp,
    head: Vec<u8>,
    in_head: bool,
    hash: sha2::Sha256,
    escapes: u64,
}

fn scan(
    file: usize,
    mut reader: impl BufRead,
    mtime: Timestamp,
    index: &mut Vec<Entry>,
    twins: &mut HashMap<String, u32>,
) -> io::Result<()> {
    let (mut offset, mut place) = (0u64, 0usize);
    let (mut line, mut after_blank, mut blank) = (Vec::new(), true, 0u64);
    let mut open: Option<Open> = None;
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line)?;
        let starts = read > 0 && after_blank && line.starts_with(b"From ") && {
            let next = reader.fill_buf()?;
            open.is_none() || starts_message(&line, next)
        };
        if starts || read == 0 {
            if let Some(done) = open.take() {
                place += 1;
                index.push(done.close(file, place, offset.saturating_sub(blank), twins));
            }
            if read == 0 {
                return Ok(());
            }
            let text = String::from_utf8_lossy(&line);
            open = Some(Open::new(offset + read as u64, parse_asctime(&text).unwrap_or(mtime)));
        } else if let Some(open) = &mut open {
            open.take(&line);
        }
        after_blank = matches!(line.as_slice(), b"\n" | b"\r\n");
        blank = if after_blank { read as u64 } else { 0 };
        offset += read as u64;
    }
}

/// Is this `From ` line, followed by `next`, a separator?
fn starts_message(line: &[u8], next: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    let first = next.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let field = !head::fields(first).is_empty();
    parse_asctime(&text).is_some() || (text.split_whitespace().count() == 2 && field)
}

/// Fields that mail programs write into an mbox when a message is read or flagged.
const STATE: [&str; 8] =
    ["status", "x-status", "x-keywords", "x-uid", "x-imap", "x-imapbase", "x-mozilla-status", "x-mozilla-status2"];

impl Open {
    fn new(start: u64, fallback: Timestamp) -> Self {
        let hash = sha2::Digest::new();
        Self { start, fallback, head: Vec::new(), in_head: true, hash, escapes: 0 }
    }

    fn take(&mut self, line: &[u8]) {
        self.escapes += u64::from(is_escaped(line));
        let bare = line.trim_ascii_end();
        if self.in_head {
            self.in_head = !bare.is_empty();
            if self.head.len() < 256 * 1024 {
                self.head.extend_from_slice(line);
            }
            let name = bare.split(|byte| *byte == b':').next().unwrap_or_default();
            if STATE.iter().any(|state| name.eq_ignore_ascii_case(state.as_bytes())) {
                return;
            }
        }
        // Line ends and the blank line before the next separator are the file's, not the message's.
        if !bare.is_empty() {
            sha2::Digest::update(&mut self.hash, bare);
            sha2::Digest::update(&mut self.hash, b"\n");
        }
    }

    fn close(self, file: usize, place: usize, end: u64, twins: &mut HashMap<String, u32>) -> Entry {
        let hash = opaque(&sha2::Digest::finalize(self.hash));
        let twin = twins.entry(hash.clone()).or_default();
        *twin += 1;
        let length = end.saturating_sub(self.start);
        Entry {
            uid: format!("{hash}-{twin}"),
            file,
            place,
            start: self.start,
            length,
            size: length.saturating_sub(self.escapes),
            arrived_at: arrival::arrival(&self.head, self.fallback),
        }
    }
}

fn is_escaped(line: &[u8]) -> bool {
    let quoted = line.iter().take_while(|byte| **byte == b'>').count();
    quoted > 0 && line.get(quoted..).is_some_and(|rest| rest.starts_with(b"From "))
}

fn unescape(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        out.extend_from_slice(if is_escaped(line) { line.get(1..).unwrap_or_default() } else { line });
    }
    out
}
