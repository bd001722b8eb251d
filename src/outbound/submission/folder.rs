//! A folder that takes mail as a server would: `sent/0001.eml` with the exact bytes, one line of `sent.jsonl` for each.
//!
//! The line is the acceptance. A file without a line (a crash between the two) was never accepted: its number is used
//! again. A line cut short by a crash is taken off when the folder is opened. The same reference twice is accepted once:
//! the same bytes are answered as accepted without a second line, other bytes are refused for good.

use super::Submission;
use crate::casework::{Address, SentRef};
use crate::outbound::compose::rfc3339;
use crate::outbound::outbox::{RecipientReply, Refusal, Reply};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

/// Files that may wait for the thread that writes them; each is in memory meanwhile.
const MOST_WAITING: usize = 8;

/// Whether each write is forced to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// Yes: what was accepted survives a power cut.
    Always,
    /// No: for a rehearsal, which can be run again.
    Never,
}

/// A folder that cannot take mail.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line that this program did not write. Nothing is sent over it: the references in it could not be trusted.
    #[error("{path}, line {line}: not a line of sent mail ({message}); move the folder away or mend the line")]
    Line {
        /// `sent.jsonl`.
        path: PathBuf,
        /// 1 for the first.
        line: usize,
        /// Why.
        message: String,
    },
}

/// The open folder.
#[derive(Debug)]
pub struct FolderSink {
    dir: PathBuf,
    sync: Sync,
    last: u64,
    /// Bytes of `sent.jsonl` as last seen.
    length: u64,
    /// `sent.jsonl`, kept open.
    list: Option<File>,
    /// Which file holds which mail.
    sent: BTreeMap<SentRef, String>,
    /// The thread that writes files, if it is not done at once.
    behind: Option<Behind>,
}

/// A thread that writes files. It ends at the first that cannot be written, and whoever hands it another hears so.
#[derive(Debug)]
struct Behind {
    files: SyncSender<(PathBuf, Vec<u8>)>,
    thread: JoinHandle<io::Result<()>>,
}

impl Behind {
    fn start() -> io::Result<Self> {
        let (files, waiting) = sync_channel::<(PathBuf, Vec<u8>)>(MOST_WAITING);
        let write = move || waiting.iter().try_for_each(|(path, bytes)| fs::write(path, bytes));
        Ok(Self { files, thread: thread::Builder::new().name("sent-mail".to_owned()).spawn(write)? })
    }

    fn write(&self, path: PathBuf, bytes: Vec<u8>) -> io::Result<()> {
        self.files.send((path, bytes)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn finish(self) -> io::Result<()> {
        drop(self.files);
        self.thread.join().map_err(|_| io::Error::other("the thread that writes mail has died"))?
    }
}

/// A line of `sent.jsonl`; the order of the fields is the contract's.
#[derive(Serialize)]
struct Line<'a> {
    n: u64,
    #[serde(rename = "ref")]
    reference: SentRef,
    at: String,
    kind: crate::casework::MailKind,
    panel: &'a str,
    meeting_id: Option<String>,
    from: &'a Address,
    to: &'a [Address],
    children: &'a [crate::casework::CaseRef],
    part: Option<String>,
    file: &'a str,
}

/// What is read back of a line.
#[derive(Deserialize)]
struct Known {
    n: u64,
    #[serde(rename = "ref")]
    reference: SentRef,
    file: String,
}

impl FolderSink {
    /// Opens (and makes) the folder and goes on counting where it stopped.
    ///
    /// # Errors
    /// When it cannot be written, or `sent.jsonl` holds something else.
    pub fn open(dir: impl Into<PathBuf>, sync: Sync) -> Result<Self, OpenError> {
        let dir = dir.into();
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| OpenError::Io { path, source }
        };
        let sent = dir.join("sent");
        fs::create_dir_all(&sent).map_err(io(&sent))?;
        let list = dir.join("sent.jsonl");
        let mut sink = Self { dir, sync, last: 0, length: 0, list: None, sent: BTreeMap::new(), behind: None };
        let bytes = match fs::read(&list) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(sink),
            read => read.map_err(io(&list))?,
        };
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        if whole < bytes.len() {
            let file = OpenOptions::new().write(true).open(&list).map_err(io(&list))?;
            file.set_len(u64::try_from(whole).unwrap_or_default()).map_err(io(&list))?;
        }
        sink.length = u64::try_from(whole).unwrap_or_default();
        for (nth, line) in bytes.get(..whole).unwrap_or_default().split(|byte| *byte == b'\n').enumerate() {
            if line.is_empty() {
                continue;
            }
            let known: Known = serde_json::from_slice(line).map_err(|error| OpenError::Line {
                path: list.clone(),
                line: nth + 1,
                message: error.to_string(),
            })?;
            sink.last = sink.last.max(known.n);
            sink.sent.insert(known.reference, known.file);
        }
        Ok(sink)
    }

    /// From here on a thread of its own writes the files, for a rehearsal: what is accepted is in the folder when
    /// [`FolderSink::finish`] has said so, and not before.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn behind(mut self) -> Result<Self, OpenError> {
        let behind = Behind::start().map_err(|source| OpenError::Io { path: self.dir.clone(), source })?;
        self.behind = Some(behind);
        Ok(self)
    }

    /// Waits until every file is written.
    ///
    /// # Errors
    /// When one could not be written.
    pub fn finish(&mut self) -> io::Result<()> {
        self.behind.take().map_or(Ok(()), Behind::finish)
    }

    /// Was this mail accepted here? What the settling turn asks.
    pub fn holds(&self, reference: SentRef) -> bool {
        self.sent.contains_key(&reference)
    }

    /// Writes the mail and its line, and answers for each recipient. There is no point inside at which this could be stopped half-way (invariant 12).
    pub fn submit(&mut self, mail: &Submission<'_>, bytes: Vec<u8>) -> Vec<RecipientReply> {
        let reply = match self.take(mail, bytes) {
            Ok(reply) => reply,
            Err(error) => {
                tracing::warn!(sent.id = %mail.reference, error = %error.kind(), "the folder for mail could not be written");
                Reply::Transient(Refusal::ours("the folder could not be written"))
            }
        };
        mail.to.iter().map(|address| RecipientReply { address: address.clone(), reply: reply.clone() }).collect()
    }

    /// Until what is returned is dropped no other program hands mail to this folder, and what others did is known here.
    fn alone(&mut self) -> io::Result<File> {
        let path = self.dir.join("sent.jsonl");
        let list = OpenOptions::new().create(true).append(true).open(&path)?;
        list.lock()?;
        if list.metadata()?.len() != self.length {
            *self = Self::open(&self.dir, self.sync).map_err(io::Error::other)?;
        }
        Ok(list)
    }

    fn take(&mut self, mail: &Submission<'_>, bytes: Vec<u8>) -> io::Result<Reply> {
        // A rehearsal has its folder to itself.
        let _alone = if self.sync == Sync::Always { Some(self.alone()?) } else { None };
        if let Some(file) = self.sent.get(&mail.reference) {
            let same = fs::read(self.dir.join(file))? == bytes;
            let refusal = || Reply::Permanent(Refusal::ours("sent before with other bytes"));
            return Ok(if same { Reply::Accepted } else { refusal() });
        }
        let n = self.last + 1;
        let file = format!("sent/{n:04}.eml");
        self.write(&file, bytes)?;
        let line = Line {
            n,
            reference: mail.reference,
            at: rfc3339(mail.at),
            kind: mail.kind,
            panel: mail.panel.as_str(),
            meeting_id: mail.meeting.map(ToString::to_string),
            from: mail.from,
            to: mail.to,
            children: mail.children,
            part: mail.part.map(|(part, of)| format!("{part}/{of}")),
            file: &file,
        };
        self.append(&serde_json::to_vec(&line)?)?;
        self.last = n;
        self.sent.insert(mail.reference, file);
        Ok(Reply::Accepted)
    }

    /// Whole or not at all: written beside its place, then moved there.
    fn write(&self, file: &str, bytes: Vec<u8>) -> io::Result<()> {
        let path = self.dir.join(file);
        if let Some(behind) = &self.behind {
            return behind.write(path, bytes);
        }
        let beside = path.with_extension("eml.part");
        let mut out = File::create(&beside)?;
        out.write_all(&bytes)?;
        self.settle(&out)?;
        fs::rename(&beside, &path)?;
        self.settle_folder(&self.dir.join("sent"))
    }

    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        let path = self.dir.join("sent.jsonl");
        // Anew after each error, and when somebody has moved the file away.
        let list = match self.list.take().filter(|_| path.exists()) {
            Some(list) => list,
            None => OpenOptions::new().create(true).append(true).open(&path)?,
        };
        let before = list.metadata()?.len();
        let whole = [line, b"\n"].concat();
        if let Err(error) = (&list).write_all(&whole).and_then(|()| self.settle(&list)) {
            // A half line would join with the next one.
            list.set_len(before)?;
            return Err(error);
        }
        self.list = Some(list);
        self.length = before + u64::try_from(whole.len()).unwrap_or_default();
        if before == 0 { self.settle_folder(&self.dir) } else { Ok(()) }
    }

    fn settle(&self, file: &File) -> io::Result<()> {
        if self.sync == Sync::Always { file.sync_all() } else { Ok(()) }
    }

    fn settle_folder(&self, folder: &Path) -> io::Result<()> {
        if self.sync == Sync::Always { File::open(folder)?.sync_all() } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::casework::{CaseRef, MailKind, MeetingId, PanelId};

    struct Mail {
        panel: PanelId,
        meeting: MeetingId,
        from: Address,
        to: Vec<Address>,
    }

    impl Mail {
        fn new() -> Self {
            Self {
                panel: PanelId::new("st-helens-mace"),
                meeting: "st-helens-mace/2026-12-08".parse().unwrap(),
                from: "mace@st-helens.example".parse().unwrap(),
                to: vec!["chair@st-helens.example".parse().unwrap(), "nurse@nhs.example".parse().unwrap()],
            }
        }
        fn submission(&self, n: i64) -> Submission<'_> {
            Submission {
                reference: SentRef(n),
                at: "2026-07-14T09:00:00.5Z".parse().unwrap(),
                kind: MailKind::Agenda,
                panel: &self.panel,
                meeting: Some(&self.meeting),
                from: &self.from,
                to: &self.to,
                children: &[CaseRef(42)],
                part: None,
            }
        }
    }

    #[test]
    fn the_line_has_the_contracts_shape_and_the_file_the_exact_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let mail = Mail::new();
        let mut sink = FolderSink::open(dir.path(), Sync::Always).unwrap();
        let replies = sink.submit(&mail.submission(7), b"a\r\n.\r\n\0b\r\n".to_vec());
        assert_eq!(replies.len(), 2);
        assert!(replies.iter().all(|r| r.reply == Reply::Accepted));
        assert_eq!(fs::read(dir.path().join("sent/0001.eml")).unwrap(), b"a\r\n.\r\n\0b\r\n");
        let part = Submission { part: Some((1, 2)), meeting: None, children: &[], ..mail.submission(8) };
        sink.submit(&part, b"x\r\n".to_vec());
        assert_eq!(
            fs::read_to_string(dir.path().join("sent.jsonl")).unwrap(),
            concat!(
                r#"{"n":1,"ref":"S-000007","at":"2026-07-14T10:00:00+01:00","kind":"agenda","panel":"st-helens-mace","#,
                r#""meeting_id":"st-helens-mace/2026-12-08","from":"mace@st-helens.example","#,
                r#""to":["chair@st-helens.example","nurse@nhs.example"],"children":["R-0042"],"part":null,"file":"sent/0001.eml"}"#,
                "\n",
                r#"{"n":2,"ref":"S-000008","at":"2026-07-14T10:00:00+01:00","kind":"agenda","panel":"st-helens-mace","#,
                r#""meeting_id":null,"from":"mace@st-helens.example","#,
                r#""to":["chair@st-helens.example","nurse@nhs.example"],"children":[],"part":"1/2","file":"sent/0002.eml"}"#,
                "\n"
            )
        );
    }

    #[test]
    fn a_restart_goes_on_counting_and_a_reference_is_taken_once() {
        let dir = tempfile::tempdir().unwrap();
        let mail = Mail::new();
        let mut sink = FolderSink::open(dir.path(), Sync::Never).unwrap();
        sink.submit(&mail.submission(1), b"one\r\n".to_vec());
        drop(sink);
        let mut sink = FolderSink::open(dir.path(), Sync::Never).unwrap();
        assert!(sink.holds(SentRef(1)) && !sink.holds(SentRef(2)));
        assert_eq!(sink.submit(&mail.submission(1), b"one\r\n".to_vec())[0].reply, Reply::Accepted);
        assert!(matches!(sink.submit(&mail.submission(1), b"other\r\n".to_vec())[0].reply, Reply::Permanent(_)));
        sink.submit(&mail.submission(2), b"two\r\n".to_vec());
        let list = fs::read_to_string(dir.path().join("sent.jsonl")).unwrap();
        assert_eq!(list.lines().count(), 2);
        assert_eq!(fs::read(dir.path().join("sent/0001.eml")).unwrap(), b"one\r\n");
        assert_eq!(fs::read(dir.path().join("sent/0002.eml")).unwrap(), b"two\r\n");
    }

    #[test]
    fn two_programs_may_hand_mail_to_one_folder_and_a_reference_is_taken_once() {
        let dir = tempfile::tempdir().unwrap();
        let mail = Mail::new();
        let mut one = FolderSink::open(dir.path(), Sync::Always).unwrap();
        let mut two = FolderSink::open(dir.path(), Sync::Always).unwrap();
        one.submit(&mail.submission(1), b"one\r\n".to_vec());
        two.submit(&mail.submission(2), b"two\r\n".to_vec());
        two.submit(&mail.submission(1), b"one\r\n".to_vec());
        one.submit(&mail.submission(3), b"three\r\n".to_vec());
        let list = fs::read_to_string(dir.path().join("sent.jsonl")).unwrap();
        assert_eq!(list.lines().count(), 3, "{list}");
        assert_eq!(fs::read(dir.path().join("sent/0003.eml")).unwrap(), b"three\r\n");
    }

    #[test]
    fn a_line_cut_short_was_never_accepted() {
        let dir = tempfile::tempdir().unwrap();
        let mail = Mail::new();
        let mut sink = FolderSink::open(dir.path(), Sync::Never).unwrap();
        sink.submit(&mail.submission(1), b"one\r\n".to_vec());
        let list = dir.path().join("sent.jsonl");
        let mut cut = fs::read(&list).unwrap();
        cut.extend_from_slice(br#"{"n":2,"ref":"S-000002","at":"20"#);
        fs::write(&list, cut).unwrap();
        fs::write(dir.path().join("sent/0002.eml"), b"half").unwrap();
        let mut sink = FolderSink::open(dir.path(), Sync::Never).unwrap();
        assert!(!sink.holds(SentRef(2)));
        sink.submit(&mail.submission(2), b"two\r\n".to_vec());
        assert_eq!(fs::read(dir.path().join("sent/0002.eml")).unwrap(), b"two\r\n");
        assert_eq!(fs::read_to_string(&list).unwrap().lines().count(), 2);
        assert_eq!(FolderSink::open(dir.path(), Sync::Never).unwrap().last, 2);
    }

    #[test]
    fn a_folder_that_cannot_be_written_puts_the_mail_off() {
        let dir = tempfile::tempdir().unwrap();
        let mail = Mail::new();
        let mut sink = FolderSink::open(dir.path(), Sync::Never).unwrap();
        fs::remove_dir_all(dir.path().join("sent")).unwrap();
        assert!(matches!(sink.submit(&mail.submission(1), b"one\r\n".to_vec())[0].reply, Reply::Transient(_)));
        assert!(!sink.holds(SentRef(1)));
    }

    #[test]
    fn written_behind_every_file_is_there_when_it_is_finished_and_a_failure_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let mail = Mail::new();
        let mut sink = FolderSink::open(dir.path(), Sync::Never).unwrap().behind().unwrap();
        for n in 1..=20 {
            sink.submit(&mail.submission(n), format!("{n}\r\n").into_bytes());
        }
        sink.finish().unwrap();
        for n in 1..=20 {
            assert_eq!(fs::read(dir.path().join(format!("sent/{n:04}.eml"))).unwrap(), format!("{n}\r\n").as_bytes());
        }
        let mut sink = FolderSink::open(dir.path(), Sync::Never).unwrap().behind().unwrap();
        fs::remove_dir_all(dir.path().join("sent")).unwrap();
        sink.submit(&mail.submission(21), b"lost\r\n".to_vec());
        assert!(sink.finish().is_err());
    }

    #[test]
    fn a_foreign_line_is_not_written_over() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("sent.jsonl"), "not ours\n").unwrap();
        let error = FolderSink::open(dir.path(), Sync::Never).unwrap_err();
        assert!(error.to_string().contains("line 1"), "{error}");
    }
}
