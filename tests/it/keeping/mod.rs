//! What the program keeps by itself, on a manual clock: watched mailboxes, jobs that run by themselves, retention.

mod processing;
mod watch;

use crate::harness::{Story, at};
use dutyclerk::casework::MailboxId;
use dutyclerk::config::Config;
use dutyclerk::daemon::Turn;
use dutyclerk::inbound::mailbox::{Mailbox, Replay, Source};
use dutyclerk::rehearsal::Rehearsal;
use std::path::PathBuf;
use tokio::runtime::Runtime;

/// A daemon on a manual clock whose mailboxes are live Maildirs.
pub(crate) struct Kept {
    pub(crate) story: Story,
    pub(crate) daemon: Rehearsal,
    pub(crate) runtime: Runtime,
}

impl Kept {
    pub(crate) fn new(from: &str, until: &str) -> Self {
        let story = Story::new("surrey-rmm-se");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let config = Config::load(story.folder.path()).unwrap();
        let nothing = story.path("no-mail");
        std::fs::create_dir_all(&nothing).unwrap();
        let laid_out = dutyclerk::cli::rehearsal(&config, nothing, at(from), at(until), story.path("out"));
        let daemon = runtime.block_on(laid_out).unwrap();
        Self { story, daemon, runtime }
    }

    /// Makes one mailbox a Maildir; the others stay empty.
    pub(crate) fn maildir(&mut self, id: &str) -> PathBuf {
        let path = self.story.path("live").join(id);
        for part in ["cur", "new", "tmp"] {
            std::fs::create_dir_all(path.join(part)).unwrap();
        }
        let id = MailboxId::from(id);
        let live = Source::Live(Mailbox::open(id.clone(), &path).unwrap());
        for (known, source) in &mut self.daemon.daemon.sources {
            if *known == id {
                *source = Source::Replay(Replay::empty());
            }
        }
        let place = self.daemon.daemon.sources.iter().position(|(known, _)| *known == id).unwrap();
        self.daemon.daemon.sources[place] = (id, live);
        path
    }

    pub(crate) fn turn(&mut self, moment: &str) -> Turn {
        self.runtime.block_on(self.daemon.daemon.turn(at(moment))).unwrap()
    }

    /// `sent.jsonl` so far.
    pub(crate) fn sent(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.story.path("out/sent.jsonl")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The mails of this kind, each as its subject and its text, however folded.
    pub(crate) fn texts(&self, kind: &str) -> Vec<String> {
        let mails = self.sent().into_iter().filter(|line| line["kind"] == kind);
        mails
            .map(|line| {
                let raw = std::fs::read(self.story.path("out").join(line["file"].as_str().unwrap())).unwrap();
                let mail = mail_parser::MessageParser::default().parse(&raw).unwrap();
                let text = format!("{} {}", mail.subject().unwrap(), mail.body_text(0).unwrap());
                text.split_whitespace().collect::<Vec<_>>().join(" ")
            })
            .collect()
    }
}
