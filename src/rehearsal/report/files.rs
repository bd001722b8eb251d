//! The output folder's files as the report reads them again.

use anyhow::Context;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Journal lines kept for the timelines; a rehearsal of years has more.
const MOST_LINES: usize = 20_000;

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Sent {
    #[serde(rename = "ref")]
    pub number: String,
    pub at: Timestamp,
    pub kind: String,
    pub panel: String,
    pub meeting_id: Option<String>,
    pub to: Vec<String>,
    pub children: Vec<String>,
    pub part: Option<String>,
    pub file: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Received {
    pub mailbox: String,
    pub arrived_at: Timestamp,
    pub fate: String,
    pub reason: Option<String>,
    pub refs: Vec<String>,
    pub meeting_id: Option<String>,
    pub documents: Vec<serde::de::IgnoredAny>,
}

impl Received {
    pub(super) fn message(&self) -> &str {
        self.refs.iter().find(|r| r.starts_with("M-")).map_or("", String::as_str)
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Held {
    #[serde(rename = "ref")]
    pub number: String,
    pub at: Timestamp,
    pub rule: String,
    pub state: String,
    pub meeting_id: Option<String>,
    pub refs: Vec<String>,
    pub why: String,
    pub advice: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Line {
    pub at: Timestamp,
    pub event: String,
    pub rule: Option<String>,
    pub reason: String,
    pub refs: Vec<String>,
}

impl Line {
    /// The meetings it is about or speaks of.
    pub(super) fn meetings(&self) -> BTreeSet<&str> {
        let said = self.reason.split([' ', ',', ';', ':', '(', ')']);
        self.refs.iter().map(String::as_str).chain(said).filter(|word| is_meeting(word)).collect()
    }

    fn first(&self, kind: &str) -> Option<&String> {
        self.refs.iter().find(|r| r.starts_with(kind))
    }
}

/// `panel/2026-12-08`.
fn is_meeting(text: &str) -> bool {
    text.split_once('/').is_some_and(|(panel, date)| !panel.is_empty() && date.parse::<jiff::civil::Date>().is_ok())
}

/// What the report needs of the journal.
#[derive(Default)]
pub(super) struct Journal {
    /// By mail.
    pub rule_of: BTreeMap<String, String>,
    /// By message: what was decided about each of its papers.
    pub papers: BTreeMap<String, Vec<Line>>,
    /// Messages with a paper that came after a cut-off, and which meetings it missed.
    pub late: BTreeMap<String, BTreeSet<String>>,
    /// What happened at a meeting beside mail that came or went.
    pub lines: Vec<Line>,
}

impl Journal {
    pub(super) fn note(&mut self, line: Line) {
        match line.event.as_str() {
            "mail.frozen" => {
                if let (Some(number), Some(rule)) = (line.first("S-"), &line.rule) {
                    self.rule_of.insert(number.clone(), rule.clone());
                }
            }
            "paper.decided" => {
                let Some(message) = line.first("M-").cloned() else { return };
                if let Some((_, rest)) = line.reason.split_once("after the cut-off of ") {
                    let missed = rest.split([',', ' ']).next().unwrap_or_default();
                    self.late.entry(message.clone()).or_default().insert(missed.to_owned());
                }
                self.papers.entry(message).or_default().push(line);
            }
            "mail.answered" | "mail.settled" | "duty.done" | "received" | "message.decided" => {}
            _ if self.lines.len() < MOST_LINES && !line.meetings().is_empty() => self.lines.push(line),
            _ => {}
        }
    }
}

/// Every line of a file.
pub(super) fn lines<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    let mut all = Vec::new();
    each(path, |line| all.push(line))?;
    Ok(all)
}

/// Each line of a file in turn. A file that is not there has none: nothing was sent.
pub(super) fn each<T: DeserializeOwned>(path: &Path, mut take: impl FnMut(T)) -> anyhow::Result<()> {
    let file = match File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        opened => opened.with_context(|| format!("{} cannot be read", path.display()))?,
    };
    for line in BufReader::new(file).lines() {
        let line = line.with_context(|| format!("{} cannot be read", path.display()))?;
        if !line.is_empty() {
            take(
                serde_json::from_str(&line)
                    .with_context(|| format!("a line of {} is not understood", path.display()))?,
            );
        }
    }
    Ok(())
}
