//! Two daemons on one PostgreSQL and one mailbox: killed, paused beyond the lease, and continued (LESSONS B, "two hosts").

use crate::command::{change, dutyclerk, err};
use crate::harness::{Dovecot, Postgres, Story, unique};
use crate::on_imap::referral;
use dutyclerk::casework::SentRef;
use dutyclerk::clock::{Chance, Clock};
use dutyclerk::seal::MasterKey;
use dutyclerk::store::{EntryState, Place, Server, Store, StoreError, StoreSettings};
use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Messages before the first daemon is killed, before the second is paused, and after.
const WAVES: [u32; 3] = [14, 16, 14];
const MAILBOX: &str = "surrey-rmm-se";

/// Names so far apart that nobody takes one for another.
fn name(n: u32) -> String {
    let first = ["Ava", "Bodhi", "Cerys", "Dmitri", "Esme", "Fergus", "Gwen", "Hassan", "Imogen", "Jago", "Keziah"];
    let last = [
        "Abernathy",
        "Brockwell",
        "Cuthbert",
        "Dunmore",
        "Eastlake",
        "Fotheringay",
        "Grimshaw",
        "Hollowood",
        "Ingleby",
        "Jessop",
        "Kirkbride",
        "Lonsdale",
        "Mowbray",
    ];
    format!("{} {}", first[n as usize % first.len()], last[n as usize % last.len()])
}

struct Two {
    story: Story,
    store: Store,
    daemons: BTreeMap<i64, Child>,
}

impl Two {
    async fn installed(dovecot: &Dovecot, user: &str) -> Self {
        let story = Story::new(MAILBOX);
        let (main, postgres) = (story.path("dutyclerk.toml"), Postgres::running());
        std::fs::write(story.path("password"), "secret\n").unwrap();
        let server = format!(
            "source = \"imap\"\nimap = {{ host = \"localhost\", port = {}, user = \"{user}\", password_file = \"password\", \
             ca_file = {:?}, sweep_seconds = 5 }}",
            dovecot.imaps, dovecot.ca
        );
        change(&main, &format!("source = \"maildir\"\npath = \"mail/{MAILBOX}\""), &server);
        let (url, password) = (postgres.url(), postgres.password_file(story.folder.path()));
        let keys = "database_password_file = \"database-password\"\nlease_seconds = 5";
        change(&main, "[store]\n", &format!("[store]\ndatabase_url = \"{url}\"\n{keys}\n"));
        // More than one sender sends in a day.
        change(&main, "most_answers_a_sender_and_day = 40", "most_answers_a_sender_and_day = 400");
        for id in ["st-helens-mace", "surrey-rmm-ne", "surrey-rmm-nw", "surrey-rmm-sw"] {
            for part in ["new", "cur", "tmp"] {
                std::fs::create_dir_all(story.path("mail").join(id).join(part)).unwrap();
            }
        }
        std::fs::create_dir_all(story.path("state")).unwrap();
        let done = |arguments: &[&str]| {
            let done = dutyclerk(story.folder.path(), arguments);
            assert!(done.status.success(), "{arguments:?}: {}", err(&done));
        };
        done(&["key", "new"]);
        done(&["directory", "import", story.path("directory.csv").to_str().unwrap()]);
        done(&["check", "--connect"]);
        let key =
            MasterKey::from_text(std::fs::read_to_string(story.path("state/master.key")).unwrap().trim()).unwrap();
        let place = Place::Server(Server::parse(&url).unwrap().with(Some(password), None));
        let store = Store::open(&StoreSettings::new(place).existing(), key, Chance::system().unwrap()).await.unwrap();
        let engine = store.engine().await.unwrap();
        crate::harness::print(&format!("two daemons on {engine}"));
        assert!(engine.starts_with("PostgreSQL"), "{engine}");
        Self { story, store, daemons: BTreeMap::new() }
    }

    fn start(&mut self) {
        let log = self.story.path(&format!("log-{}", unique()));
        let daemon = Command::new(env!("CARGO_BIN_EXE_dutyclerk"))
            .arg("--config")
            .arg(self.story.folder.path())
            .arg("run")
            .stderr(Stdio::from(std::fs::File::create(log).unwrap()))
            .spawn()
            .unwrap();
        self.daemons.insert(i64::from(daemon.id()), daemon);
    }

    fn signal(&self, process: i64, signal: Signal) {
        kill_process(Pid::from_child(&self.daemons[&process]), signal).unwrap();
    }

    /// The process that holds the lease, if it runs.
    async fn works(&self) -> Option<i64> {
        let row = self.store.read().await.unwrap().lease("daemon").await.unwrap()?;
        let process = row.holder.split(" process ").nth(1)?.split(' ').next()?.parse().unwrap();
        (row.held && self.daemons.contains_key(&process)).then_some(process)
    }

    async fn decided(&self) -> i64 {
        let counts = self.store.read().await.unwrap().counts(Clock::System.now()).await.unwrap();
        counts.messages.get("decided").copied().unwrap_or_default()
    }

    /// Waits until it is so.
    async fn until(&self, what: &str, mut so: impl AsyncFnMut(&Self) -> bool) {
        for _ in 0..1200 {
            if so(self).await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let logs = std::fs::read_dir(self.story.folder.path()).unwrap().map(|file| file.unwrap().path());
        for log in logs.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("log-")) {
            crate::harness::print(&std::fs::read_to_string(log).unwrap());
        }
        panic!("it did not come about: {what}");
    }

    fn sent(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.story.path("state/out/sent.jsonl")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Two {
    fn drop(&mut self) {
        for daemon in self.daemons.values_mut() {
            let _gone_already = daemon.kill();
            let _reaped = daemon.wait();
        }
    }
}

#[test]
fn two_daemons_on_one_database_process_each_message_once_though_one_is_killed_and_one_paused() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let (dovecot, user) = (Dovecot::running(), unique());
        let mut two = Two::installed(&dovecot, &user).await;
        let mut person = dovecot.person(&user).await;
        let (mut n, mut put_in) = (0, 0);
        let mut deliver = async |wave: usize| {
            for _ in 0..WAVES[wave] {
                n += 1;
                person.append(Clock::System.now(), &referral(n, &name(n))).await;
            }
            put_in += i64::from(WAVES[wave]);
            put_in
        };
        deliver(0).await;
        two.start();
        two.start();
        two.until("the first wave is under way", async |two| two.decided().await >= 3).await;
        let killed = two.works().await.unwrap();
        two.signal(killed, Signal::KILL);
        two.daemons.remove(&killed).unwrap().wait().unwrap();
        two.start();
        let all = deliver(1).await;
        two.until("another took over", async |two| two.decided().await >= all - 10).await;
        let paused = two.works().await.unwrap();
        two.signal(paused, Signal::STOP);
        let all = deliver(2).await;
        two.until("another took over from the paused one", async |two| two.works().await.is_some_and(|p| p != paused))
            .await;
        two.signal(paused, Signal::CONT);
        two.until("everything is decided", async |two| two.decided().await == all).await;
        let answers = |two: &Two| {
            two.sent()
                .iter()
                .filter(|mail| ["acknowledgement", "query"].map(Some).contains(&mail["kind"].as_str()))
                .count()
        };
        two.until("everything is answered", async |two| answers(two) >= usize::try_from(all).unwrap()).await;
        for process in two.daemons.keys().copied().collect::<Vec<_>>() {
            two.signal(process, Signal::TERM);
            let ended = two.daemons.get_mut(&process).unwrap().wait().unwrap();
            assert!(ended.success(), "{ended}");
        }
        assert_eq!(answers(&two), usize::try_from(all).unwrap(), "each is answered once");
        let mut view = two.store.read().await.unwrap();
        let mut refs: Vec<String> = two.sent().iter().map(|mail| mail["ref"].as_str().unwrap().to_owned()).collect();
        for sent in &refs {
            let sent: SentRef = sent.parse().unwrap();
            assert_eq!(view.entry(sent).await.unwrap().unwrap().state, EntryState::Settled, "{sent}");
        }
        let mails = refs.len();
        refs.sort();
        refs.dedup();
        assert_eq!(refs.len(), mails, "each mail went once");
        let mut events: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        let mut after = 0;
        loop {
            let page = view.journal_after(after, 500).await.unwrap();
            let Some(last) = page.last() else { break };
            after = last.seq;
            for line in page {
                for about in line.refs.iter().filter(|about| about.starts_with("M-")) {
                    *events.entry(about.clone()).or_default().entry(line.event.clone()).or_default() += 1;
                }
            }
        }
        assert_eq!(events.len(), usize::try_from(all).unwrap());
        assert!(events.values().all(|events| events["received"] == 1), "{events:?}");
        assert_eq!(person.count("INBOX").await, (0, 0));
        assert!(matches!(view.verify().await.unwrap(), dutyclerk::store::Verdict::Intact { .. }));
    });
}

#[test]
fn the_master_key_is_changed_under_no_daemon_that_holds_the_lease() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let (dovecot, user) = (Dovecot::running(), unique());
        let mut two = Two::installed(&dovecot, &user).await;
        two.start();
        two.until("it works", async |two| two.works().await.is_some()).await;
        let rotate = |two: &Two| dutyclerk(two.story.folder.path(), &["key", "rotate"]);
        let refused = rotate(&two);
        assert_eq!(refused.status.code(), Some(1));
        assert!(err(&refused).contains("works on this database"), "{}", err(&refused));
        let process = two.works().await.unwrap();
        two.signal(process, Signal::TERM);
        assert!(two.daemons.remove(&process).unwrap().wait().unwrap().success());
        let rotated = rotate(&two);
        assert!(rotated.status.success(), "{}", err(&rotated));
        // Whoever has it open with the old key makes no data key, and a daemon with the new one begins.
        let mut tx = two.store.begin(Clock::System.now()).await.unwrap();
        assert!(matches!(tx.new_key().await, Err(StoreError::WrongKey { .. })));
        drop(tx);
        two.start();
        two.until("it works with the new key", async |two| two.works().await.is_some()).await;
    });
}
