//! A configuration, a folder of mail, and the program run over it: as `dutyclerk simulate`, or step by step where a person
//! has a word in between.

#[cfg(feature = "servers")]
use super::post_office::PostOffice;
use super::{Child, Letter, Results, at};
use crate::command::{change, copy, err};
use dutyclerk::casework::directory::Entry;
use dutyclerk::casework::panel::ClockRule;
use dutyclerk::casework::{CaseRef, HeldRef, MailboxId, MeetingId, Redacted};
use dutyclerk::clock::Chance;
use dutyclerk::config::Config;
use dutyclerk::daemon::{self, Release};
use dutyclerk::inbound::mailbox::{Mailbox, Replay, Source};
use dutyclerk::rehearsal::Rehearsal;
use dutyclerk::seal::MasterKey;
use dutyclerk::store::{ApprovalDecision, ObligationState, RestrictionDetail, RestrictionSubject, Word};
use jiff::civil::Date;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// What a story is made of.
pub(crate) struct Story {
    pub(crate) folder: TempDir,
    /// Whose mails the story looks at; every panel runs.
    panel: &'static str,
    children: Vec<Child>,
    /// SHA-256 of every file that was mailed in.
    files: Vec<String>,
    mails: usize,
}

impl Story {
    /// The shipped configuration, the receiving servers' names filled in.
    pub(crate) fn new(panel: &'static str) -> Self {
        let folder = copy();
        let main = folder.path().join("dutyclerk.toml");
        let text = std::fs::read_to_string(&main).unwrap().replace("# authserv_id = \"mx.", "authserv_id = \"mx.");
        std::fs::write(&main, text).unwrap();
        change(&main, "[reader]", &format!("[reader]\nprogram = {:?}", env!("CARGO_BIN_EXE_dutyclerk")));
        Self { folder, panel, children: Vec::new(), files: Vec::new(), mails: 0 }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// These children must be named nowhere but in mail to those who may have it.
    pub(crate) fn about<'a>(mut self, children: impl IntoIterator<Item = &'a Child>) -> Self {
        self.children.extend(children.into_iter().cloned());
        self
    }

    /// Puts a mail into its mailbox as a loose file; its name sorts by when it was put there.
    pub(crate) fn mail(mut self, letter: &Letter) -> Self {
        self.mails += 1;
        let bytes = letter.bytes(self.mails);
        self.raw(letter, &bytes)
    }

    /// The same bytes once more.
    pub(crate) fn again(mut self, letter: &Letter, as_number: usize) -> Self {
        self.mails += 1;
        let bytes = letter.bytes(as_number);
        self.raw(letter, &bytes)
    }

    fn raw(mut self, letter: &Letter, bytes: &[u8]) -> Self {
        let folder = self.path("mail").join(letter.mailbox);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{:03}.eml", self.mails)), bytes).unwrap();
        self.came(letter);
        self
    }

    fn came(&mut self, letter: &Letter) {
        let came = letter.files.iter().map(|(_, bytes)| bytes).chain(&letter.packed);
        self.files.extend(came.map(|bytes| dutyclerk::casework::Sha256::of(bytes).to_string()));
    }

    /// Runs `dutyclerk simulate` over it; whatever the story, what always holds is looked at. With the feature `servers` it
    /// is told once more with every mail put into a real server's mailbox, and the same mails must come of it.
    pub(crate) fn simulate(self, from: &str, until: &str) -> Results {
        std::fs::create_dir_all(self.path("mail")).unwrap();
        #[cfg(feature = "servers")]
        let on_a_server = super::servers::sent(&self, at(from), at(until));
        let (from, until) = (at(from).to_string(), at(until).to_string());
        let (mail, out) = (self.path("mail"), self.path("out"));
        let run = Command::new(env!("CARGO_BIN_EXE_dutyclerk"))
            .arg("--config")
            .arg(self.folder.path())
            .args(["simulate", "--from", &from, "--until", &until, "--mail"])
            .arg(&mail)
            .arg("--out")
            .arg(&out)
            .env("DUTYCLERK_LOG", "debug")
            .output()
            .unwrap();
        assert!(run.status.success(), "{}", err(&run));
        #[cfg(feature = "servers")]
        {
            let sent = std::fs::read_to_string(out.join("sent.jsonl")).unwrap_or_default();
            let mut lines = sent.lines().zip(on_a_server.lines());
            if let Some((here, there)) = lines.find(|(here, there)| here != there) {
                panic!("on a folder: {here}\non a server: {there}");
            }
            assert_eq!(sent.lines().count(), on_a_server.lines().count(), "mails on a folder, and on a server");
        }
        let log = err(&run) + &crate::command::out(&run);
        Results::read(self.folder, &out, self.panel, self.children, self.files, log)
    }

    /// Lays it out without beginning.
    pub(crate) fn live(self, from: &str, until: &str) -> Live {
        std::fs::create_dir_all(self.path("mail")).unwrap();
        let mail = self.path("mail");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        self.laid_out(runtime, mail, from, until).0
    }

    /// As [`Story::live`], with every mail put into a real server's mailbox and read from there, and all it sends delivered
    /// by a Postfix of its own, which is given more configuration.
    #[cfg(feature = "servers")]
    pub(crate) fn live_on_servers(self, from: &str, until: &str, postfix: &str) -> Live {
        let (mail, nothing) = (self.path("mail"), self.path("no-mail"));
        for folder in [&mail, &nothing] {
            std::fs::create_dir_all(folder).unwrap();
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (mut live, config) = self.laid_out(runtime, nothing, from, until);
        let office = PostOffice::open(&mut live.rehearsal, &live.story, &config, postfix);
        live.office = Some(live.runtime.block_on(office));
        live
    }

    fn laid_out(self, runtime: Runtime, mail: PathBuf, from: &str, until: &str) -> (Live, Config) {
        let config = Config::load(self.folder.path()).unwrap();
        let out = self.path("out");
        let laid_out = dutyclerk::cli::rehearsal(&config, mail, at(from), at(until), out.clone());
        let rehearsal = runtime.block_on(laid_out).unwrap();
        let live = Live {
            rehearsal,
            story: self,
            out,
            #[cfg(feature = "servers")]
            office: None,
            runtime,
        };
        (live, config)
    }
}

/// A story under way, with a person at the desk.
pub(crate) struct Live {
    rehearsal: Rehearsal,
    story: Story,
    out: PathBuf,
    #[cfg(feature = "servers")]
    office: Option<PostOffice>,
    runtime: Runtime,
}

/// How a story that is told in two places begins: on folders, or on servers.
pub(crate) type Begin = fn(Story, &str, &str) -> Live;

impl Live {
    /// Everything up to and including this London time has happened.
    pub(crate) fn until(&mut self, moment: &str) {
        let past = at(moment).checked_add(jiff::SignedDuration::from_secs(1)).unwrap();
        #[cfg(feature = "servers")]
        if let Some(office) = &mut self.office {
            return self.runtime.block_on(office.run_until(&mut self.rehearsal, past));
        }
        self.runtime.block_on(self.rehearsal.run_until(past)).unwrap();
    }

    pub(crate) fn release(&mut self, held: &str, word: Release) {
        self.try_release(held, word).unwrap();
    }

    pub(crate) fn try_release(&mut self, held: &str, word: Release) -> anyhow::Result<()> {
        let word = Release { by: "Ben Holroyd".to_owned(), ..word };
        let (number, now): (HeldRef, _) = (held.parse().unwrap(), self.rehearsal.now());
        self.runtime.block_on(daemon::release(&mut self.rehearsal.daemon, number, &word, now))
    }

    pub(crate) fn reject(&mut self, held: &str) {
        let (number, now): (HeldRef, _) = (held.parse().unwrap(), self.rehearsal.now());
        self.runtime.block_on(daemon::reject(&mut self.rehearsal.daemon, number, "Ben Holroyd", "", now)).unwrap();
    }

    pub(crate) fn admit(&mut self, meeting: &str, case: &str) {
        self.try_admit(meeting, case).unwrap();
    }

    pub(crate) fn try_admit(&mut self, meeting: &str, case: &str) -> anyhow::Result<()> {
        let (meeting, case): (MeetingId, CaseRef) = (meeting.parse().unwrap(), case.parse().unwrap());
        let now = self.rehearsal.now();
        self.runtime.block_on(daemon::admit(&mut self.rehearsal.daemon, &meeting, case, ("Ben Holroyd", ""), now))
    }

    /// `dutyclerk meeting invite`.
    pub(crate) fn invite(&mut self, meeting: &str, case: &str, to: &[&str]) -> anyhow::Result<()> {
        let (meeting, case): (MeetingId, CaseRef) = (meeting.parse().unwrap(), case.parse().unwrap());
        let to: Vec<_> = to.iter().map(|address| address.parse().unwrap()).collect();
        let now = self.rehearsal.now();
        self.runtime.block_on(daemon::invite(&mut self.rehearsal.daemon, &meeting, case, &to, ("Ben Holroyd", ""), now))
    }

    /// A clock of a case begins on this day, or stops, as `dutyclerk case clock` says.
    pub(crate) fn clock(&mut self, case: &str, rule: ClockRule, from: Option<&str>) {
        let (case, from): (CaseRef, Option<Date>) = (case.parse().unwrap(), from.map(|day| day.parse().unwrap()));
        let now = self.rehearsal.now();
        self.runtime
            .block_on(daemon::set_clock(&self.rehearsal.daemon.store, case, (rule, from), "An Admin".to_owned(), now))
            .unwrap();
    }

    /// A person sets when the child is reviewed, as `dutyclerk review set` says.
    pub(crate) fn set_review(&mut self, case: &str, due: &str) -> anyhow::Result<daemon::ReviewSet> {
        let (case, due, now): (CaseRef, Date, _) = (case.parse().unwrap(), due.parse().unwrap(), self.rehearsal.now());
        self.runtime.block_on(daemon::set_review(&mut self.rehearsal.daemon, case, due, word(), now))
    }

    /// A person says that what is owed about the case is met, as `dutyclerk obligation done` says.
    pub(crate) fn done(&mut self, case: &str, kind: &str) -> anyhow::Result<()> {
        let (case, now): (CaseRef, _) = (case.parse().unwrap(), self.rehearsal.now());
        let store = &self.rehearsal.daemon.store;
        self.runtime.block_on(async {
            let owed = store.read().await.unwrap().obligations_of_case(case).await.unwrap();
            let owed = owed.iter().find(|owed| owed.what.kind == kind).unwrap();
            daemon::end_obligation(store, &owed.id, ObligationState::Done, word(), now).await
        })
    }

    /// The minutes stand on the children's records, as `dutyclerk meeting uploaded` says.
    pub(crate) fn uploaded(&mut self, meeting: &str) {
        let (meeting, now): (MeetingId, _) = (meeting.parse().unwrap(), self.rehearsal.now());
        self.runtime.block_on(daemon::uploaded(&self.rehearsal.daemon.store, &meeting, now)).unwrap();
    }

    /// From now on these jobs run too.
    pub(crate) fn keep(&mut self, schedules: daemon::Schedules) {
        self.rehearsal.daemon.schedules = Some(schedules);
    }

    /// A legal hold, as `dutyclerk case hold` sets it.
    pub(crate) fn legal_hold(&mut self, case: &str) {
        let number: CaseRef = case.parse().unwrap();
        let (store, now) = (self.rehearsal.daemon.store.clone(), self.rehearsal.now());
        self.runtime.block_on(async {
            let mut tx = store.begin(now).await.unwrap();
            let case = tx.case(number).await.unwrap().unwrap();
            tx.set_legal_hold(&case, &dutyclerk::store::LegalHoldDetail::default()).await.unwrap();
            tx.commit().await.unwrap();
        });
    }

    /// Asks the store.
    pub(crate) fn ask<T>(&self, question: impl AsyncFnOnce(&dutyclerk::store::Store) -> T) -> T {
        self.runtime.block_on(question(&self.rehearsal.daemon.store))
    }

    /// Keeps a case from a role or from a person, as `case restrict` does.
    pub(crate) fn restrict(&mut self, case: &str, subject: RestrictionSubject, value: &str) {
        let number: CaseRef = case.parse().unwrap();
        let detail = RestrictionDetail {
            value: Redacted::new(value.to_owned()),
            reason: Redacted::new("named in the allegation".to_owned()),
            by: None,
        };
        let (store, now) = (self.rehearsal.daemon.store.clone(), self.rehearsal.now());
        self.runtime.block_on(async {
            let mut tx = store.begin(now).await.unwrap();
            let case = tx.case(number).await.unwrap().unwrap();
            tx.restrict(&case, subject, &detail, None).await.unwrap();
            tx.commit().await.unwrap();
        });
    }

    /// A file of the configuration.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.story.path(name)
    }

    /// The program is started again: it reads the panels' profiles anew and remembers nothing.
    pub(crate) fn start_again(&mut self) {
        let config = Config::load(self.story.folder.path()).unwrap();
        let daemon = &mut self.rehearsal.daemon;
        for (id, panel) in &mut daemon.panels {
            panel.profile = config.panels[id].clone();
            panel.calendar = config.calendars[id].clone();
        }
        daemon.memory = daemon::Memory::default();
    }

    /// A person approves a pack that waits, as `outbox approve` does.
    pub(crate) fn approve(&mut self, meeting: &str, what: daemon::Approving) -> anyhow::Result<()> {
        let (meeting, now): (MeetingId, _) = (meeting.parse().unwrap(), self.rehearsal.now());
        let by = ApprovalDecision { by: Redacted::new("Helena Aldridge".to_owned()), ..ApprovalDecision::default() };
        self.runtime.block_on(daemon::approve(&mut self.rehearsal.daemon, &meeting, what, None, &by, now))
    }

    /// Admin changes the directory and imports it, as `directory import` does.
    pub(crate) fn directory(&mut self, change: impl FnOnce(&mut Vec<Entry>)) {
        let (store, now) = (self.rehearsal.daemon.store.clone(), self.rehearsal.now());
        self.runtime.block_on(async {
            let mut tx = store.begin(now).await.unwrap();
            let (_, mut directory) = tx.directory().await.unwrap().unwrap();
            change(&mut directory.entries);
            tx.import_directory(&directory).await.unwrap();
            tx.commit().await.unwrap();
        });
    }

    /// A person's word on a held mail.
    pub(crate) fn judge_mail(&mut self, mail: &str, release: bool) -> anyhow::Result<&'static str> {
        let (number, now) = (mail.parse().unwrap(), self.rehearsal.now());
        self.runtime.block_on(daemon::judge_mail(&mut self.rehearsal.daemon, number, release, now))
    }

    /// A person stops all sending.
    pub(crate) fn stop_sending(&mut self) {
        self.runtime.block_on(daemon::stop_sending(&self.rehearsal.daemon, self.rehearsal.now())).unwrap();
    }

    /// A person lets it go on.
    pub(crate) fn resume_sending(&mut self) {
        self.runtime.block_on(daemon::resume_sending(&self.rehearsal.daemon, self.rehearsal.now())).unwrap();
    }

    /// A mail that answers what the story has sent so far; it arrives later.
    pub(crate) fn deliver(&mut self, letter: &Letter) {
        self.story.mails += 1;
        self.story.came(letter);
        let (name, bytes) = (format!("{:03}.eml", self.story.mails), letter.bytes(self.story.mails));
        let id = MailboxId::new(letter.mailbox);
        #[cfg(feature = "servers")]
        if let Some(office) = &mut self.office {
            return office.expect(letter.arrives, id, name, bytes);
        }
        let folder = self.story.path("mail").join(letter.mailbox);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), bytes).unwrap();
        let mailbox = Mailbox::open(id.clone(), &folder).unwrap();
        let end = at("2030-01-01");
        let (replay, unreadable) = self.runtime.block_on(Replay::new(mailbox, letter.arrives, end)).unwrap();
        assert!(unreadable.is_empty(), "{unreadable:?}");
        self.rehearsal.daemon.sources.push((id, Source::Replay(replay)));
    }

    /// What there is so far.
    pub(crate) fn so_far(&self) -> Results {
        self.runtime.block_on(self.rehearsal.results()).unwrap();
        #[cfg(feature = "servers")]
        if let Some(office) = &self.office {
            self.runtime.block_on(office.results(&self.rehearsal, &self.out));
        }
        let (children, files) = (self.story.children.clone(), self.story.files.clone());
        let folder = tempfile::tempdir().unwrap();
        Results::read(folder, &self.out, self.story.panel, children, files, String::new())
    }

    /// Runs to the end and lets go of the store: the folder in which `dutyclerk` finds what came of it.
    pub(crate) fn at_rest(mut self) -> TempDir {
        self.runtime.block_on(self.rehearsal.run(&mut |_| {})).unwrap();
        self.runtime.block_on(self.rehearsal.daemon.store.clone().close());
        // The key of a rehearsal is kept by nobody, and drawn anew.
        let key = self.story.path("rehearsal.key");
        std::fs::write(&key, MasterKey::generate(&Chance::seeded(1)).to_text()).unwrap();
        let store = format!("[store]\ndatabase = {:?}\nkey_file = {key:?}\n", self.out.join("state/dutyclerk.db"));
        change(&self.story.path("dutyclerk.toml"), "[store]\n", &store);
        self.story.folder
    }

    /// Runs to the end.
    pub(crate) fn finish(mut self) -> Results {
        #[cfg(feature = "servers")]
        if let Some(office) = &mut self.office {
            self.runtime.block_on(office.run_until(&mut self.rehearsal, jiff::Timestamp::MAX));
        }
        self.runtime.block_on(self.rehearsal.run(&mut |_| {})).unwrap();
        self.so_far()
    }
}

/// What a person says, whom no journal names.
fn word() -> Word {
    let text = |text: &str| Redacted::new(text.to_owned());
    Word { by: text("Odile Marchbanks"), reason: text("as agreed on the telephone") }
}
