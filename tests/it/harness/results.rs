//! What a run wrote, typed; and what must hold of every run, whatever its story.

use super::{Child, at};
use dutyclerk::casework::Sha256;
use jiff::Timestamp;
use mail_parser::{MessageParser, MimeHeaders};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tempfile::TempDir;

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Received {
    pub(crate) mailbox: String,
    pub(crate) file: String,
    pub(crate) arrived_at: Timestamp,
    pub(crate) fate: String,
    pub(crate) reason: Option<String>,
    pub(crate) refs: Vec<String>,
    pub(crate) meeting_id: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Held {
    #[serde(rename = "ref")]
    pub(crate) number: String,
    pub(crate) kind: String,
    pub(crate) state: String,
    pub(crate) meeting_id: Option<String>,
    pub(crate) refs: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct SentLine {
    n: u64,
    #[serde(rename = "ref")]
    number: String,
    at: Timestamp,
    kind: String,
    panel: String,
    meeting_id: Option<String>,
    from: String,
    to: BTreeSet<String>,
    children: BTreeSet<String>,
    part: Option<String>,
    file: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Ledger {
    received: u64,
    accepted: u64,
    held: u64,
    duplicate: u64,
    calendar_reply: u64,
    bounce: u64,
    ignored: u64,
    pending: u64,
}

/// A mail that went.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) number: String,
    pub(crate) at: Timestamp,
    pub(crate) kind: String,
    pub(crate) panel: String,
    pub(crate) meeting: String,
    pub(crate) to: BTreeSet<String>,
    pub(crate) children: BTreeSet<String>,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    /// File name and SHA-256 of each attachment.
    pub(crate) files: Vec<(String, String)>,
    /// What is in each.
    pub(crate) contents: Vec<Vec<u8>>,
    /// The calendar part and the method of its Content-Type.
    pub(crate) calendar: Option<(String, String)>,
    pub(crate) message_id: String,
    pub(crate) part: Option<String>,
    pub(crate) size: usize,
}

impl Sent {
    /// The text with its line breaks folded away.
    pub(crate) fn says(&self, words: &str) -> bool {
        let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        flat(&self.text).contains(&flat(words))
    }

    pub(crate) fn hashes(&self) -> Vec<&str> {
        self.files.iter().map(|(_, sha256)| sha256.as_str()).collect()
    }

    pub(crate) fn goes_to(&self, address: &str) -> bool {
        self.to.contains(address)
    }
}

/// Everything a run wrote; of the mails, the ones of the story's panel.
pub(crate) struct Results {
    pub(crate) received: Vec<Received>,
    pub(crate) sent: Vec<Sent>,
    pub(crate) held: Vec<Held>,
    pub(crate) journal: String,
    pub(crate) log: String,
    _folder: TempDir,
}

fn lines<T: DeserializeOwned>(path: &Path) -> Vec<T> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

impl Results {
    pub(super) fn read(
        folder: TempDir,
        out: &Path,
        panel: &str,
        children: Vec<Child>,
        files: Vec<String>,
        log: String,
    ) -> Self {
        let sent: Vec<SentLine> = lines(&out.join("sent.jsonl"));
        let journal = std::fs::read_to_string(out.join("journal.jsonl")).unwrap();
        let mut results = Self {
            received: lines(&out.join("received.jsonl")),
            sent: sent.iter().map(|line| opened(out, line)).collect(),
            held: lines(&out.join("held.jsonl")),
            journal,
            log,
            _folder: folder,
        };
        let ledger = std::fs::read_to_string(out.join("ledger.json")).unwrap();
        results.the_ledger_adds_up(&serde_json::from_str(&ledger).unwrap());
        results.nothing_went_that_did_not_come(&files);
        results.nobody_is_named(&children);
        results.sent.retain(|mail| mail.panel == panel);
        results
    }

    /// Invariant 2: each message has one fate, and the ledger is their sum.
    fn the_ledger_adds_up(&self, ledgers: &BTreeMap<String, Ledger>) {
        for (mailbox, l) in ledgers {
            let fates = [
                ("accepted", l.accepted),
                ("held", l.held),
                ("duplicate", l.duplicate),
                ("calendar_reply", l.calendar_reply),
                ("bounce", l.bounce),
                ("ignored", l.ignored),
                ("pending", l.pending),
            ];
            assert_eq!(l.received, fates.iter().map(|(_, n)| n).sum::<u64>(), "{mailbox}: {l:?}");
            for (fate, n) in fates {
                let listed = self.received.iter().filter(|r| r.mailbox == *mailbox && r.fate == fate).count();
                assert_eq!(n, listed as u64, "{mailbox}, {fate}: {l:?}");
            }
        }
    }

    /// Forwarded papers are the bytes that came (LESSONS A16). The outcome sheet alone is the program's own work.
    fn nothing_went_that_did_not_come(&self, files: &[String]) {
        for mail in &self.sent {
            let papers = mail.files.iter().filter(|(name, _)| !name.starts_with("outcome-sheet-"));
            for (name, sha256) in papers {
                assert!(files.contains(sha256), "{} of {} is no file that came", name, mail.number);
            }
        }
    }

    /// Invariant 5: no identifier in a subject, a file name, a calendar field, the journal or the log.
    fn nobody_is_named(&self, children: &[Child]) {
        let mut open: Vec<(String, String)> =
            vec![("journal".into(), self.journal.clone()), ("log".into(), self.log.clone())];
        for received in &self.received {
            open.push((received.file.clone(), received.reason.clone().unwrap_or_default()));
        }
        for mail in &self.sent {
            let names: Vec<&str> = mail.files.iter().map(|(name, _)| name.as_str()).collect();
            open.push((format!("subject of {}", mail.number), mail.subject.clone()));
            open.push((format!("files of {}", mail.number), names.join(" ")));
            if let Some((calendar, _)) = &mail.calendar {
                open.push((format!("calendar of {}", mail.number), calendar.replace("\r\n ", "")));
            }
        }
        for child in children {
            for identifier in child.identifiers() {
                let identifier = identifier.to_lowercase();
                for (place, text) in &open {
                    let text = text.to_lowercase();
                    let found = text.find(&identifier);
                    let around = found.map(|at| text.get(at.saturating_sub(150)..(at + 60).min(text.len())));
                    assert!(found.is_none(), "{identifier} in {place}: {around:?}");
                }
            }
        }
    }

    /// The mails of a kind, in the order they went.
    pub(crate) fn of(&self, kind: &str) -> Vec<&Sent> {
        self.sent.iter().filter(|mail| mail.kind == kind).collect()
    }

    /// The one mail of a kind.
    pub(crate) fn only(&self, kind: &str) -> &Sent {
        let found = self.of(kind);
        assert_eq!(found.len(), 1, "{kind}: {}", self.overview());
        found[0]
    }

    /// The mails of a kind for a meeting.
    pub(crate) fn for_meeting(&self, kind: &str, meeting: &str) -> Vec<&Sent> {
        self.of(kind).into_iter().filter(|mail| mail.meeting == meeting).collect()
    }

    /// The mails to an address.
    pub(crate) fn to(&self, address: &str) -> Vec<&Sent> {
        self.sent.iter().filter(|mail| mail.goes_to(address)).collect()
    }

    /// The alerts whose subject says this.
    pub(crate) fn alerts(&self, about: &str) -> Vec<&Sent> {
        self.of("alert").into_iter().filter(|mail| mail.subject.contains(about)).collect()
    }

    /// The answer to the received message of this file.
    pub(crate) fn answer(&self, file: &str) -> &Sent {
        let refs = &self.message(file).refs;
        let found: Vec<&Sent> = self.sent.iter().filter(|mail| refs.contains(&mail.number)).collect();
        assert_eq!(found.len(), 1, "answers to {file}: {}", self.overview());
        found[0]
    }

    pub(crate) fn message(&self, file: &str) -> &Received {
        self.received.iter().find(|r| r.file == file).unwrap_or_else(|| panic!("{file}: {:?}", self.received))
    }

    /// Fate by file.
    pub(crate) fn fates(&self) -> Vec<(&str, &str)> {
        let mut fates: Vec<_> = self.received.iter().map(|r| (r.file.as_str(), r.fate.as_str())).collect();
        fates.sort_unstable();
        fates
    }

    /// One line a mail, for a failure's message.
    pub(crate) fn overview(&self) -> String {
        let line = |m: &Sent| format!("{} {} {} {} {:?} {}", m.number, m.at, m.kind, m.meeting, m.to, m.subject);
        let mails = self.sent.iter().map(line).collect::<Vec<_>>().join("\n");
        format!("{:?}\n{:?}\n{mails}", self.fates(), self.held)
    }
}

/// A mail read again by another parser than composed it, and compared with its line.
/// Other programs read the calendars of every story afterwards (`tests/oracle/calendars.py`).
fn keep_for_other_readers(raw: &[u8]) {
    if let Some(folder) = std::env::var_os("DUTYCLERK_TEST_CALENDARS") {
        std::fs::write(Path::new(&folder).join(format!("{}.eml", Sha256::of(raw))), raw).unwrap();
    }
}

fn opened(out: &Path, line: &SentLine) -> Sent {
    let raw = std::fs::read(out.join(&line.file)).unwrap();
    assert_eq!(line.file, format!("sent/{:04}.eml", line.n));
    let mail = MessageParser::default().parse(&raw).unwrap();
    let header = |name: &str| mail.header_raw(name).map(|value| value.trim().to_owned()).unwrap_or_default();
    assert_eq!((header("X-Dutyclerk-Ref"), header("X-Dutyclerk-Kind")), (line.number.clone(), line.kind.clone()));
    let written: BTreeSet<String> =
        mail.to().unwrap().iter().filter_map(|a| a.address.as_deref().map(str::to_owned)).collect();
    assert_eq!(written, line.to, "{}: To and envelope", line.number);
    assert!(mail.cc().is_none() && mail.bcc().is_none(), "{}", line.number);
    assert_eq!(mail.from().unwrap().first().unwrap().address.as_deref(), Some(line.from.as_str()));
    let (mut files, mut contents, mut calendar) = (Vec::new(), Vec::new(), None);
    for part in &mail.parts {
        let kind = part.content_type();
        if kind.is_some_and(|t| t.ctype() == "text" && t.subtype() == Some("calendar")) {
            let method = kind.and_then(|t| t.attribute("method")).unwrap_or_default().to_owned();
            calendar = Some((String::from_utf8(part.contents().to_vec()).unwrap(), method));
            keep_for_other_readers(&raw);
        } else if part.content_disposition().is_some_and(|d| d.is_attachment()) {
            contents.push(part.contents().to_vec());
            files
                .push((part.attachment_name().unwrap_or_default().to_owned(), Sha256::of(part.contents()).to_string()));
        }
    }
    Sent {
        number: line.number.clone(),
        at: line.at,
        kind: line.kind.clone(),
        panel: line.panel.clone(),
        meeting: line.meeting_id.clone().unwrap_or_default(),
        to: line.to.clone(),
        children: line.children.clone(),
        subject: mail.subject().unwrap_or_default().to_owned(),
        text: mail.body_text(0).unwrap_or_default().into_owned(),
        html: mail.body_html(0).unwrap_or_default().into_owned(),
        files,
        contents,
        calendar,
        part: line.part.clone(),
        size: raw.len(),
        message_id: mail.message_id().unwrap_or_default().to_owned(),
    }
}

/// Addresses as a set.
pub(crate) fn addresses<'a>(all: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    all.into_iter().map(str::to_owned).collect()
}

/// Two instants as people compare them.
pub(crate) fn same_second(found: Timestamp, expected: &str) {
    assert_eq!(found, at(expected), "{found} instead of {expected}");
}
