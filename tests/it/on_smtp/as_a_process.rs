//! The program as it runs: mail in over IMAP or from a Maildir, out over SMTP, on the machine's own clock; and killed.

use super::*;
use dutyclerk::seal::MasterKey;
use dutyclerk::store::StoreSettings;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A configuration whose mail goes to Postfix, with a journal mailbox nobody else has.
pub(super) struct Installed {
    story: Story,
    pub(super) postfix: Postfix,
    pub(super) id: String,
}

impl Installed {
    fn new(prepare: impl FnOnce(&Story, &Postfix, &str)) -> Self {
        let (story, postfix, id) = (Story::new("surrey-rmm-se"), Postfix::running(), unique());
        std::fs::write(story.path("password"), "secret\n").unwrap();
        let main = story.path("dutyclerk.toml");
        let ca = postfix.dovecot.ca.display();
        let sending = format!(
            "sink = \"smtp\"\n\n[send.smtp]\nhost = \"localhost\"\nport = {}\nca_file = \"{ca}\"\nuser = \
             \"duty@surrey.example\"\npassword_file = \"password\"\nmost_a_minute = 600\n\n[send.journal]\naddress = \
             \"journal-{id}@surrey.example\"\n\n[send.journal.imap]\nhost = \"localhost\"\nport = {}\nca_file = \
             \"{ca}\"\npassword_file = \"password\"\n",
            postfix.submission, postfix.dovecot.imaps
        );
        change(&main, "most_answers_a_sender_and_day = 40", "most_answers_a_sender_and_day = 40 #");
        let text = std::fs::read_to_string(&main).unwrap();
        let kept: String = text.lines().filter(|l| !l.starts_with("most_answers")).map(|l| format!("{l}\n")).collect();
        std::fs::write(&main, kept).unwrap();
        let line = "sink = \"folder\"     # .eml files in `folder`, by default out/ in the state folder";
        change(&main, line, &sending);
        for mailbox in ["st-helens-mace", "surrey-rmm-ne", "surrey-rmm-nw", "surrey-rmm-se", "surrey-rmm-sw"] {
            for folder in ["cur", "new", "tmp"] {
                std::fs::create_dir_all(story.path("mail").join(mailbox).join(folder)).unwrap();
            }
        }
        prepare(&story, &postfix, &id);
        std::fs::create_dir_all(story.path("state")).unwrap();
        let installed = Self { story, postfix, id };
        installed.done(&["key", "new", "--out", installed.story.path("state/master.key").to_str().unwrap()]);
        installed.done(&["directory", "import", installed.story.path("directory.csv").to_str().unwrap()]);
        installed
    }

    fn done(&self, arguments: &[&str]) -> String {
        let done = dutyclerk(self.story.folder.path(), arguments);
        assert!(done.status.success(), "{arguments:?}: {}", err(&done));
        crate::command::out(&done)
    }

    fn start(&self) -> Child {
        Command::new(env!("CARGO_BIN_EXE_dutyclerk"))
            .arg("--config")
            .arg(self.story.folder.path())
            .arg("run")
            .stderr(Stdio::from(std::fs::File::create(self.story.path("log")).unwrap()))
            .spawn()
            .unwrap()
    }

    pub(super) async fn store(&self) -> Store {
        let key = std::fs::read_to_string(self.story.path("state/master.key")).unwrap();
        let settings = StoreSettings::at(self.story.path("state/dutyclerk.db"));
        let chance = dutyclerk::clock::Chance::system().unwrap();
        Store::open(&settings, MasterKey::from_text(key.trim()).unwrap(), chance).await.unwrap()
    }

    pub(super) fn journal(&self) -> Vec<String> {
        self.postfix.received(&format!("journal-{}@surrey.example", self.id))
    }

    /// Waits until the canary lies in the journal mailbox: Postfix delivers after it has accepted.
    pub(super) async fn canary(&self) -> String {
        let is_canary = |mail: &String| mail.contains("X-Dutyclerk-Kind: canary");
        sooner_or_later(30, async || self.journal().into_iter().find(is_canary)).await
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.story.path("log")).unwrap_or_default()
    }
}

pub(super) fn now() -> Timestamp {
    dutyclerk::clock::Clock::System.now()
}

fn referral(name: &str) -> Vec<u8> {
    letter("surrey-rmm-se", "Viktor Sowerby <viktor.sowerby@surrey.example>", "2026-11-20T14:03:07")
        .subject("Risk assessment for the RMM")
        .form(&rat(&child(1, name)))
        .bytes(1)
}

/// The South East's panel, written anew; its base is the shipped one.
fn panel(folder: &Path, from: &str, rest: &str) {
    std::fs::create_dir_all(folder.join("panels")).unwrap();
    let text = format!(
        "base = \"surrey-rmm\"\nid = \"surrey-rmm-se\"\nname = \"Surrey Risk Management Meeting, South East\"\nshort = \"RMM South \
         East\"\narea = \"South East\"\nmailboxes = [\"surrey-rmm-se\"]\nfrom = \"{from}\"\nlocation = \"Area Office, \
         Reigate\"\n{rest}\n"
    );
    std::fs::write(folder.join("panels/surrey-rmm-se.toml"), text).unwrap();
}

fn sender(mail: &str) -> String {
    let parsed = mail_parser::MessageParser::default().parse(mail.as_bytes()).unwrap();
    parsed.from().and_then(|from| from.first()).and_then(|from| from.address()).unwrap_or_default().to_owned()
}

const SERIES: &str = "[series]\nstart = \"2025-01-15T10:00\"\nrrule = \"FREQ=WEEKLY;BYDAY=WE\"\nexceptions = []";

/// Killed with SIGKILL while its answer to a referral is at the dot; the number of that mail.
async fn killed_at_the_dot(sender: &str) -> (Installed, SentRef) {
    killed(sender, EntryState::AtTheDot).await
}

/// Killed with SIGKILL while its answer to a referral is in this state; the number of that mail.
pub(super) async fn killed(sender: &str, state: EntryState) -> (Installed, SentRef) {
    let installed =
        Installed::new(|story, _, id| panel(story.folder.path(), &format!("{sender}-{id}@surrey.example"), SERIES));
    std::fs::write(installed.story.path("mail/surrey-rmm-se/new/1.eml"), referral("Maisie Thornquist")).unwrap();
    let mut daemon = installed.start();
    let store = {
        sooner_or_later(60, async || installed.story.path("state/dutyclerk.db").exists().then_some(())).await;
        installed.store().await
    };
    let number = sooner_or_later(90, async || {
        assert!(daemon.try_wait().unwrap().is_none(), "{}", installed.log());
        let found = store.read().await.unwrap().entries_in(state).await.unwrap();
        found.first().map(|entry| entry.number)
    })
    .await;
    // The step is committed before the first body byte; Postfix thinks for five seconds after the last.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    assert_eq!(store.read().await.unwrap().entry(number).await.unwrap().unwrap().state, state);
    store.close().await;
    (installed, number)
}

#[test]
fn killed_at_the_dot_and_found_in_the_journal_mailbox_it_is_accepted_and_nothing_goes_twice() {
    run(async {
        let (installed, number) = killed_at_the_dot("slow-at-the-dot").await;
        // Postfix goes on with what it had.
        sooner_or_later(30, async || (!installed.journal().is_empty()).then_some(())).await;
        installed.done(&["run", "--once"]);
        let store = installed.store().await;
        let entry = store.read().await.unwrap().entry(number).await.unwrap().unwrap();
        assert_eq!((entry.state, entry.attempt), (EntryState::Settled, 1));
        let recipients = store.read().await.unwrap().recipients(number).await.unwrap();
        assert!(recipients.iter().all(|r| r.state == ACCEPTED));
        let id = format!("<{}>", entry.message_id);
        let copies = |mails: Vec<String>| mails.iter().filter(|mail| mail.contains(&id)).count();
        assert_eq!(copies(installed.journal()), 1);
        assert_eq!(copies(installed.postfix.received("viktor.sowerby@surrey.example")), 1);
    });
}

/// The same store on a clock that can be moved.
pub(super) async fn later(installed: &Installed, store: &Store) -> Desk {
    let mut desk = Desk::new().await;
    desk.rehearsal.daemon.store = store.clone();
    let journal = installed.postfix.journal(&format!("journal-{}@surrey.example", installed.id));
    desk.rehearsal.daemon.courier = Courier::with_journal(Some(journal));
    desk
}

impl Desk {
    pub(super) async fn in_minutes(&mut self, minutes: i64) {
        self.turn(now().checked_add(minutes.minutes()).unwrap()).await;
    }
}

/// LESSONS B: not found, a later mail has come, and half an hour has passed.
#[test]
fn killed_at_the_dot_and_not_found_though_the_canary_is_the_same_bytes_go_again() {
    run(async {
        let (installed, number) = killed_at_the_dot("slowly-refused-once").await;
        installed.done(&["run", "--once"]);
        let canary = installed.canary().await;
        assert!(canary.contains(&number.to_string()), "{canary}");
        assert!(!canary.contains("Thornquist") && !canary.contains("R-0001"), "{canary}");
        let store = installed.store().await;
        let mut desk = later(&installed, &store).await;
        desk.in_minutes(29).await;
        let entry = desk.entry(number).await;
        assert_eq!((entry.state, entry.attempt), (EntryState::AtTheDot, 1), "the copy may still be on its way");
        desk.in_minutes(31).await;
        let entry = desk.entry(number).await;
        assert_eq!((entry.state, entry.attempt), (EntryState::Settled, 2));
        let got = sooner_or_later(20, async || {
            installed
                .postfix
                .received("viktor.sowerby@surrey.example")
                .into_iter()
                .find(|mail| mail.contains(&format!("<{}>", entry.message_id)))
        })
        .await;
        let frozen = store.read().await.unwrap().frozen(&entry).await.unwrap().to_vec();
        let frozen = String::from_utf8(frozen).unwrap().replace("\r\n", "\n");
        assert!(got.ends_with(&frozen), "the bytes as they were frozen");
        assert!(desk.journal().await.contains("though a later mail is: the same bytes go again"));
        assert!(desk.alerts().await.is_empty(), "nobody is troubled");
    });
}

#[test]
fn killed_at_the_dot_and_restricted_meanwhile_it_is_held_for_a_person() {
    run(async {
        let (installed, number) = killed_at_the_dot("slowly-refused-once").await;
        installed.done(&["run", "--once"]);
        installed.canary().await;
        let store = installed.store().await;
        let mut tx = store.begin(now()).await.unwrap();
        let case = tx.case("R-0001".parse().unwrap()).await.unwrap().unwrap();
        let detail = RestrictionDetail {
            value: Redacted::new("viktor.sowerby@surrey.example".to_owned()),
            reason: Redacted::new("named in the allegation".to_owned()),
            by: None,
        };
        tx.restrict(&case, RestrictionSubject::Person, &detail, None).await.unwrap();
        tx.commit().await.unwrap();
        let mut desk = later(&installed, &store).await;
        desk.in_minutes(31).await;
        let entry = desk.entry(number).await;
        assert_eq!((entry.state, entry.held_by.as_deref(), entry.attempt), (EntryState::Held, Some("unknown"), 1));
        let alerts = desk.alerts().await.join("\n").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(alerts.contains("restricted since for somebody it is for") && !alerts.contains("--again"), "{alerts}");
        desk.in_minutes(90).await;
        assert_eq!(desk.entry(number).await.attempt, 1, "nothing goes again by itself");
    });
}

#[test]
fn killed_at_the_dot_and_neither_it_nor_the_canary_found_it_is_held_for_a_person() {
    run(async {
        // This sender's canary is refused as well.
        let (installed, number) = killed_at_the_dot("slowly-refused").await;
        installed.done(&["run", "--once"]);
        let store = installed.store().await;
        let mut desk = later(&installed, &store).await;
        desk.in_minutes(31).await;
        let entry = desk.entry(number).await;
        assert_eq!((entry.state, entry.attempt), (EntryState::AtTheDot, 1), "no proof of anything");
        desk.in_minutes(61).await;
        let entry = desk.entry(number).await;
        assert_eq!((entry.state, entry.attempt), (EntryState::Held, 1));
        let listed = installed.done(&["--json", "outbox", "list", "--state", "held"]);
        assert!(listed.contains(&number.to_string()) && listed.contains("\"held_by\":\"unknown\""), "{listed}");
        let (it, canary) = (format!("X-Dutyclerk-Ref: {number}"), "X-Dutyclerk-Kind: canary");
        let taken = installed.journal();
        assert!(taken.iter().all(|mail| !mail.contains(&it) && !mail.contains(canary)), "refused, both");
    });
}

/// Everything real: the machine's clock, `dutyclerk run`, papers in from Dovecot, the pack out through Postfix, and each
/// recipient's mailbox opened.
#[test]
fn papers_come_in_over_imap_and_the_pack_goes_to_each_member_over_smtp() {
    run(async {
        let local = |at: Timestamp| at.to_zoned(TimeZone::get("Europe/London").unwrap());
        // The cut-off, and with it the pack, is in a moment.
        let cutoff = local(now().checked_add(35.seconds()).unwrap()).datetime();
        let meeting =
            DateTime::from_parts(cutoff.date().checked_add(3.days()).unwrap(), jiff::civil::time(10, 0, 0, 0));
        let weekday = cutoff.date().strftime("%A").to_string().to_lowercase();
        let installed = Installed::new(|story, postfix, id| {
            let rest = format!(
                "[cutoff]\nrule = \"weekday-before\"\nweekday = \"{weekday}\"\ntime = \"{}\"\n\n[series]\nstart = \"{}\"\nrrule = \
                 \"FREQ=WEEKLY\"\nexceptions = []",
                cutoff.time().strftime("%H:%M:%S"),
                meeting.strftime("%Y-%m-%dT%H:%M")
            );
            panel(story.folder.path(), "rmm-se@surrey.example", &rest);
            let server = format!(
                "source = \"imap\"\n[mailbox.imap]\nhost = \"localhost\"\nport = {}\nuser = \"in-{id}@surrey.example\"\npassword_file \
                 = \"password\"\nca_file = \"{}\"\n",
                postfix.dovecot.imaps,
                postfix.dovecot.ca.display()
            );
            let main = story.path("dutyclerk.toml");
            let text = std::fs::read_to_string(&main).unwrap();
            let (before, ours) = text.split_once("address = \"rmm-se@surrey.example\"\n").unwrap();
            let ours = ours.replacen("source = \"maildir\"\npath = \"mail/surrey-rmm-se\"\n", "", 1);
            let (authserv, after) = ours.split_once('\n').unwrap();
            let text = format!("{before}address = \"rmm-se@surrey.example\"\n{authserv}\n{server}{after}");
            std::fs::write(&main, text).unwrap();
        });
        installed.done(&["check", "--connect"]);
        let mut daemon = installed.start();
        let user = format!("in-{}@surrey.example", installed.id);
        installed.postfix.dovecot.person(&user).await.append(now(), &referral("Maisie Thornquist")).await;
        // Of this panel: within an hour of another panel's pack, its agenda goes as soon as the daemon starts.
        let of_kind = |kind: &str| -> Vec<String> {
            let named = format!("X-Dutyclerk-Kind: {kind}");
            let ours = |mail: &String| mail.contains(&named) && sender(mail) == "rmm-se@surrey.example";
            installed.journal().into_iter().filter(ours).collect()
        };
        let mut agenda = sooner_or_later(150, async || {
            assert!(daemon.try_wait().unwrap().is_none(), "{}", installed.log());
            let found = of_kind("agenda");
            (!found.is_empty()).then_some(found)
        })
        .await;
        rustix::process::kill_process(rustix::process::Pid::from_child(&daemon), rustix::process::Signal::TERM)
            .unwrap();
        assert!(daemon.wait().unwrap().success(), "{}", installed.log());
        let agenda = agenda.remove(0);
        let parsed = mail_parser::MessageParser::default().parse(agenda.as_bytes()).unwrap();
        let id = parsed.message_id().unwrap().to_owned();
        assert!(parsed.attachment_count() >= 1, "the paper goes with it");
        let store = installed.store().await;
        let mut view = store.read().await.unwrap();
        let entry = view.entry_by_message_id(&id).await.unwrap().unwrap();
        assert_eq!(entry.state, EntryState::Settled);
        let frozen = view.frozen(&entry).await.unwrap().to_vec();
        let to = entry.envelope.open().unwrap().to;
        assert!(to.len() >= 5, "chair, police, education, nurse, CAMHS");
        for recipient in &to {
            let address = recipient.address.to_string();
            // Accepted is not delivered: Postfix does that in its own time.
            let got = sooner_or_later(20, async || {
                let all = installed.postfix.received(&address);
                let got: Vec<String> = all.into_iter().filter(|mail| mail.contains(&id)).collect();
                (!got.is_empty()).then_some(got)
            })
            .await;
            assert_eq!(got.len(), 1, "{address}");
            // Below what Postfix put on top, byte for byte what was frozen; a Maildir has bare line ends.
            let frozen = String::from_utf8(frozen.clone()).unwrap().replace("\r\n", "\n");
            assert!(got[0].ends_with(&frozen), "{address} got other bytes");
        }
        let answers = of_kind("acknowledgement").len() + of_kind("query").len();
        assert_eq!(answers, 1, "and the sender has an answer");
        // Nobody but those cleared: every recipient of everything sent is in the directory or the sender.
        let status = installed.done(&["status"]);
        assert!(status.contains("takes mail"), "{status}");
    });
}
