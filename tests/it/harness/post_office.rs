//! A live story's servers: its mail is put into real mailboxes at the moments of its clock and read from there over IMAP, and
//! what it sends goes through a Postfix of its own, whose every mailbox is opened afterwards.

use super::imap::{OwnServer, Person};
use super::servers;
use super::smtp::Postfix;
use super::story::Story;
use dutyclerk::casework::{Address, MailboxId, Sha256};
use dutyclerk::config::Config;
use dutyclerk::daemon::Courier;
use dutyclerk::outbound::submission::{FolderSink, Sink, Smtp, Submission, Sync};
use dutyclerk::rehearsal::Rehearsal;
use dutyclerk::store::{EntryState, OutboxEntry};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// Of everything sent, one copy lies here too.
const JOURNAL: &str = "journal@dutyclerk.example";

/// A message that is still to arrive.
struct ToCome {
    at: Timestamp,
    mailbox: MailboxId,
    name: String,
    bytes: Vec<u8>,
}

/// The servers of one story, which end with it.
pub(super) struct PostOffice {
    postfix: Postfix,
    own: [OwnServer; 2],
    /// The duty mailboxes' users: their addresses, so that what comes back finds them.
    users: BTreeMap<MailboxId, String>,
    people: BTreeMap<MailboxId, Person>,
    /// The last to arrive first.
    to_come: Vec<ToCome>,
    /// The names the story knows its messages by.
    names: BTreeMap<String, String>,
}

impl PostOffice {
    /// Takes the rehearsal's mailboxes and its sink to real servers; `extra` is Postfix's.
    pub(super) async fn open(rehearsal: &mut Rehearsal, story: &Story, config: &Config, extra: &str) -> Self {
        let (postfix, own) = Postfix::own(extra);
        let users: BTreeMap<_, _> = config.mailboxes.iter().map(|m| (m.id.clone(), m.address.to_string())).collect();
        let source = |(id, user): (&MailboxId, &String)| (id.clone(), postfix.dovecot.source(id.as_str(), user));
        rehearsal.daemon.sources = users.iter().map(source).collect();
        rehearsal.daemon.sink = Sink::Smtp(Smtp::start(postfix.settings(), Arc::new(Notify::new())));
        rehearsal.daemon.courier = Courier::with_journal(Some(postfix.journal(JOURNAL)));
        let mut people = BTreeMap::new();
        for (id, user) in &users {
            people.insert(id.clone(), postfix.dovecot.person(user).await);
        }
        let (to_come, names) = (Vec::new(), BTreeMap::new());
        let mut office = Self { postfix, own, users, people, to_come, names };
        for (at, mailbox, name, bytes) in servers::letters(story, rehearsal.now(), Timestamp::MAX).await {
            office.expect(at, mailbox, name, bytes);
        }
        office
    }

    /// This message arrives then.
    pub(super) fn expect(&mut self, at: Timestamp, mailbox: MailboxId, name: String, bytes: Vec<u8>) {
        self.names.insert(Sha256::of(&bytes).to_string(), name.clone());
        self.to_come.push(ToCome { at, mailbox, name, bytes });
        self.to_come.sort_by(|a, b| (b.at, &b.name).cmp(&(a.at, &a.name)));
    }

    /// Everything before this moment happens. What the program sends has been delivered, or has come back, before the clock
    /// moves on.
    pub(super) async fn run_until(&mut self, rehearsal: &mut Rehearsal, moment: Timestamp) {
        while rehearsal.now() < moment {
            let now = rehearsal.now();
            self.keep_time(now);
            while let Some(letter) = self.to_come.pop_if(|letter| letter.at <= now) {
                let person = self.people.get_mut(&letter.mailbox).unwrap();
                let user = &self.users[&letter.mailbox];
                self.postfix.dovecot.deliver(person, user, letter.at, &letter.bytes).await;
            }
            let stop = self.to_come.last().map_or(moment, |letter| letter.at.min(moment));
            let Some(turn) = rehearsal.step_until(stop).await.unwrap() else { break };
            if turn.sent > 0 && self.brings_something_back().await {
                rehearsal.go_back(now);
            }
        }
    }

    /// Postfix's deliveries bear the story's date.
    fn keep_time(&self, now: Timestamp) {
        let clock = std::fs::File::create(self.own[0].folder().join("clock")).unwrap();
        clock.set_modified(now.into()).unwrap();
    }

    /// Once nothing lies in Postfix's queues any more: has it delivered something to a duty mailbox?
    async fn brings_something_back(&self) -> bool {
        let queue = self.own[0].folder().join("postfix/queue");
        // Mail moves from the first to the last. A bounce begins anew at the first before its mail leaves the last.
        let is_empty =
            || ["maildrop", "incoming", "active", "deferred"].iter().all(|name| files(&queue.join(name)) == 0);
        for _ in 0..1000 {
            if is_empty() && is_empty() {
                let inbox = |user: &String| self.postfix.dovecot.mail.join(user).join("new");
                return self.users.values().any(|user| files(&inbox(user)) > 0);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("Postfix still has mail after 20 s");
    }

    /// Writes what went into the rehearsal's folder, as a sink that is a folder would have. Each recipient has it once, byte
    /// for byte as it was frozen; nobody has anything else.
    pub(super) async fn results(&self, rehearsal: &Rehearsal, out: &Path) {
        let mut sink = FolderSink::open(out, Sync::Never).unwrap();
        let mut view = rehearsal.daemon.store.read().await.unwrap();
        let mut gone: Vec<OutboxEntry> = view.entries_after(0, 10_000).await.unwrap();
        gone.retain(|entry| entry.state == EntryState::Settled);
        gone.sort_by_key(|entry| (entry.state_at, entry.number));
        let mut mails = 0;
        for entry in &gone {
            let envelope = entry.envelope.open().unwrap();
            let to: Vec<Address> = envelope.to.iter().filter(|to| !to.journal).map(|to| to.address.clone()).collect();
            let bytes = view.frozen(entry).await.unwrap().to_vec();
            let states = view.recipients(entry.number).await.unwrap();
            // Where it came back to us, nobody has it.
            let has_it = |n: &usize| states[*n].reply_class.as_deref().is_none_or(|class| !class.starts_with('5'));
            let reached: Vec<&Address> = (0..to.len()).filter(has_it).map(|n| &to[n]).collect();
            mails += reached.len() + 1;
            for address in reached.iter().map(|address| address.as_str()).chain([JOURNAL]) {
                self.lies_there_once(address, &bytes);
            }
            let children = view.cases_of_entries(&[entry.number]).await.unwrap().remove(&entry.number);
            let number = |text: &str| text.parse::<u32>().unwrap();
            let submission = Submission {
                reference: entry.number,
                at: entry.state_at,
                kind: entry.kind,
                panel: &entry.panel,
                meeting: entry.meeting.as_ref(),
                from: &envelope.from,
                to: &to,
                children: &children.unwrap_or_default(),
                part: entry
                    .part
                    .as_deref()
                    .and_then(|part| part.split_once('/'))
                    .map(|(n, of)| (number(n), number(of))),
            };
            sink.submit(&submission, bytes);
        }
        assert_eq!(self.mails(), mails, "mails in people's mailboxes, and mails sent to them");
        self.rename(&out.join("received.jsonl"));
    }

    fn lies_there_once(&self, address: &str, frozen: &[u8]) {
        // A Maildir has bare line ends; Postfix puts its own lines on top.
        let frozen = String::from_utf8(frozen.to_vec()).unwrap().replace("\r\n", "\n");
        let copies = self.postfix.received(address).iter().filter(|mail| mail.ends_with(&frozen)).count();
        assert_eq!(copies, 1, "in the mailbox of {address}: {frozen}");
    }

    /// How many mails lie in all mailboxes but the duty ones.
    fn mails(&self) -> usize {
        let of = |user: PathBuf| ["new", "cur"].map(|name| files(&user.join(name))).iter().sum::<usize>();
        let users = std::fs::read_dir(&self.postfix.dovecot.mail).unwrap().map(|user| user.unwrap());
        let duty = |name: &std::ffi::OsStr| self.users.values().any(|user| name == user.as_str());
        users.filter(|user| !duty(&user.file_name())).map(|user| of(user.path())).sum()
    }

    /// The story's messages bear its own names for them, not their numbers on the server.
    fn rename(&self, received: &Path) {
        let text = std::fs::read_to_string(received).unwrap();
        let named = text.lines().map(|line| {
            let mut value: serde_json::Value = serde_json::from_str(line).unwrap();
            if let Some(name) = self.names.get(value["sha256"].as_str().unwrap()) {
                value["file"] = name.clone().into();
            }
            format!("{value}\n")
        });
        std::fs::write(received, named.collect::<String>()).unwrap();
    }
}

/// How many files lie in a folder and those below.
fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { 1 }).sum()
}
