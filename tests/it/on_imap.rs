//! A duty mailbox on a real Dovecot: what people, servers and networks do to it.

use crate::command::change;
use crate::harness::{Dovecot, Story, at, child, letter, rat, unique};
use dutyclerk::casework::{MailboxId, Redacted};
use dutyclerk::config::Config;
use dutyclerk::inbound::mailbox::{
    Fault, Fetched, Folder, ImapSettings, Mailbox, MailboxError, Occurrence, OccurrenceKey, Source, Tls,
};
use dutyclerk::rehearsal::Rehearsal;
use jiff::Timestamp;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::future::Future;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::Notify;

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(test);
}

fn now() -> Timestamp {
    dutyclerk::clock::Clock::System.now()
}

fn open(settings: ImapSettings) -> Source {
    Source::Live(Mailbox::on_server(MailboxId::from("duty"), settings, Arc::new(Notify::new())))
}

async fn all(source: &mut Source) -> Vec<Occurrence> {
    source.sweep(now()).await.unwrap().occurrences
}

fn keys(found: &[Occurrence]) -> Vec<OccurrenceKey> {
    found.iter().map(|o| o.key.clone()).collect()
}

async fn bytes(source: &mut Source, found: &[Occurrence]) -> Vec<Vec<u8>> {
    source.fetch_all(&keys(found), 1 << 25).await.into_iter().map(|got| got.unwrap().bytes).collect()
}

/// Until it is so, or for so long that it never will be.
async fn sooner_or_later<T, F: Future<Output = Option<T>>>(seconds: u64, mut look: impl FnMut() -> F) -> T {
    let limit = tokio::time::sleep(Duration::from_secs(seconds));
    tokio::pin!(limit);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        tokio::select! {
            () = &mut limit => panic!("it did not come about within {seconds} s"),
            () = tokio::time::sleep(Duration::from_millis(50)) => {}
        }
    }
}

#[test]
fn invariant_1_what_is_listed_is_fetched_whole_moved_and_never_marked_as_read() {
    run(async {
        let (dovecot, user) = (Dovecot::running(), unique());
        let mut person = dovecot.person(&user).await;
        let earlier = at("2026-11-02T09:30:00");
        // Lines of both kinds, a dot by itself, bytes above ASCII, and no line end at the end.
        let hostile = b"Subject: one\r\n\r\n.\r\n\xe2\x80\x93 text\r\n\r\nend".to_vec();
        person.append(earlier, b"Subject: two\r\n\r\nhello\r\n").await;
        person.append(at("2026-11-01T09:30:00"), &hostile).await;
        for tls in [Tls::Implicit, Tls::Starttls] {
            let port = if tls == Tls::Implicit { dovecot.imaps } else { dovecot.imap };
            let mut source = open(ImapSettings { tls, port, ..dovecot.settings(&user) });
            let found = all(&mut source).await;
            assert_eq!(found.iter().map(|o| o.arrived_at).collect::<Vec<_>>(), [at("2026-11-01T09:30:00"), earlier]);
            assert_eq!(bytes(&mut source, &found).await[0], hostile);
            assert_eq!(all(&mut source).await, found, "nothing changed by looking");
        }
        assert_eq!(person.count("INBOX").await, (2, 0), "two, and none of them read");
        let mut source = dovecot.source("duty", &user);
        let found = all(&mut source).await;
        for moved in source.settle_all(&keys(&found[..1]), Folder::Processed).await {
            moved.unwrap();
        }
        for moved in source.settle_all(&keys(&found), Folder::Quarantine).await {
            moved.unwrap();
        }
        assert_eq!(all(&mut source).await, []);
        assert_eq!((person.count("Processed").await, person.count("Quarantine").await), ((1, 0), (1, 0)));
    });
}

#[test]
fn a_message_beyond_the_limit_is_fetched_as_far_as_the_limit() {
    run(async {
        let (dovecot, user) = (Dovecot::running(), unique());
        let mut person = dovecot.person(&user).await;
        let big = [b"Subject: big\r\n\r\n".to_vec(), b"0123456789abcdef\r\n".repeat(20_000)].concat();
        person.append(at("2026-11-01T09:30:00"), &big).await;
        let mut source = dovecot.source("duty", &user);
        let found = all(&mut source).await;
        assert_eq!(found[0].size, big.len() as u64);
        let cut = source.fetch(&found[0].key, 1000).await.unwrap();
        assert_eq!(cut, Fetched { bytes: big[..1000].to_vec(), truncated: true });
        let whole = source.fetch(&found[0].key, big.len() as u64).await.unwrap();
        assert_eq!(whole, Fetched { bytes: big, truncated: false });
    });
}

#[test]
fn a_colleague_who_reads_first_or_moves_mail_away_stops_nothing() {
    run(async {
        let (dovecot, user) = (Dovecot::running(), unique());
        let mut person = dovecot.person(&user).await;
        person.append(at("2026-11-01T09:30:00"), b"Subject: read\r\n\r\nhello\r\n").await;
        person.read_all().await;
        assert_eq!(person.count("INBOX").await, (1, 1));
        let mut source = dovecot.source("duty", &user);
        let read = all(&mut source).await;
        assert_eq!(bytes(&mut source, &read).await, [b"Subject: read\r\n\r\nhello\r\n"], "\\Seen says nothing");
        person.create("Elsewhere").await;
        person.move_all("INBOX", "Elsewhere").await;
        let gone = source.fetch(&read[0].key, 1000).await;
        assert!(matches!(gone, Err(MailboxError::Gone { .. })), "{gone:?}");
        for moved in source.settle_all(&keys(&read), Folder::Processed).await {
            moved.unwrap();
        }
        assert_eq!(all(&mut source).await, []);
    });
}

/// A rehearsal whose mailboxes are all empty, and its configuration.
async fn rehearsal(story: &Story) -> Rehearsal {
    let config = Config::load(story.folder.path()).unwrap();
    let nothing = story.path("no-mail");
    std::fs::create_dir_all(&nothing).unwrap();
    let (from, until) = (at("2026-11-20"), at("2026-11-26"));
    dutyclerk::cli::rehearsal(&config, nothing, from, until, story.path("out")).await.unwrap()
}

pub(crate) fn referral(n: u32, name: &str) -> Vec<u8> {
    let child = child(n, name);
    letter("surrey-rmm-se", "Viktor Sowerby <viktor.sowerby@surrey.example>", "2026-11-20T14:03:07")
        .subject("Risk assessment for the RMM")
        .form(&rat(&child))
        .bytes(n as usize)
}

#[test]
fn a_rebuilt_mailbox_is_examined_anew_and_nothing_is_doubled() {
    run(async {
        let (dovecot, user) = (Dovecot::running(), unique());
        let story = Story::new("surrey-rmm-se");
        let mut rehearsal = rehearsal(&story).await;
        let mut person = dovecot.person(&user).await;
        person.create("Duty").await;
        let arrived = at("2026-11-20T14:03:07");
        person.append_to("Duty", arrived, &referral(1, "Maisie Thornquist")).await;
        let settings = ImapSettings { folder: "Duty".to_owned(), ..dovecot.settings(&user) };
        let id = MailboxId::from("surrey-rmm-se");
        let source = Mailbox::on_server(id.clone(), settings, Arc::new(Notify::new()));
        rehearsal.daemon.sources = vec![(id, Source::Live(source))];
        let first = rehearsal.daemon.turn(arrived).await.unwrap();
        assert_eq!((first.received, first.decided), (1, 1));
        // The folder is deleted and made again: its UIDs begin anew, and the old mail is put back by somebody.
        person.delete("Duty").await;
        person.create("Duty").await;
        person.move_all("Processed", "Duty").await;
        person.append_to("Duty", arrived, &referral(2, "Rory Quillfeather")).await;
        let again = rehearsal.daemon.turn(at("2026-11-20T14:30:00")).await.unwrap();
        assert_eq!((again.received, again.decided), (1, 1), "the new one alone");
        assert_eq!(person.count("Duty").await, (0, 0));
        assert_eq!(person.count("Processed").await, (2, 0));
        rehearsal.results().await.unwrap();
        let sent = std::fs::read_to_string(story.path("out/sent.jsonl")).unwrap();
        assert_eq!(sent.matches("\"acknowledgement\"").count(), 2, "each was answered once:\n{sent}");
    });
}

/// LESSONS B: a mailbox that was moved to another server, which changed its messages a little.
#[test]
fn op_08_more_than_fifty_messages_after_a_rebuild_are_taken_in_and_what_follows_is_held() {
    run(async {
        let (dovecot, user) = (Dovecot::running(), unique());
        let story = Story::new("surrey-rmm-se");
        let mut rehearsal = rehearsal(&story).await;
        let mut person = dovecot.person(&user).await;
        person.create("Duty").await;
        let arrived = at("2026-11-20T14:03:07");
        person.append_to("Duty", arrived, &referral(1, "Maisie Thornquist")).await;
        let settings = ImapSettings { folder: "Duty".to_owned(), ..dovecot.settings(&user) };
        let id = MailboxId::from("surrey-rmm-se");
        let open = || {
            let source = Mailbox::on_server(id.clone(), settings.clone(), Arc::new(Notify::new()));
            vec![(id.clone(), Source::Live(source))]
        };
        rehearsal.daemon.sources = open();
        let first = rehearsal.daemon.turn(arrived).await.unwrap();
        assert_eq!((first.received, first.decided), (1, 1));
        // Dovecot lets nobody fill the new folder while somebody still idles in the old one of the name.
        rehearsal.daemon.sources = Vec::new();
        person.delete("Duty").await;
        person.create("Duty").await;
        for n in 0..51u32 {
            let old = referral(100 + n, &format!("Maisie Thornquist{}", char::from(b'a' + (n % 26) as u8)));
            person.append_to("Duty", at("2026-11-19T10:00:00"), &old).await;
        }
        rehearsal.daemon.sources = open();
        let again = rehearsal.daemon.turn(at("2026-11-20T14:30:00")).await.unwrap();
        assert_eq!((again.received, again.decided), (51, 51), "nothing is refused");
        // One that comes afterwards is answered as ever.
        let last = letter("surrey-rmm-se", "Nina Faircloth <nina.faircloth@surrey.example>", "2026-11-20T14:40:00")
            .form(&rat(&child(3, "Rory Quillfeather")))
            .bytes(300);
        person.append_to("Duty", at("2026-11-20T14:40:00"), &last).await;
        rehearsal.daemon.turn(at("2026-11-20T14:40:00")).await.unwrap();
        let sent = std::fs::read_to_string(story.path("out/sent.jsonl")).unwrap();
        assert_eq!(answers(&sent), 2, "the first and the last:\n{sent}");
        let mails = std::fs::read_dir(story.path("out/sent")).unwrap();
        let mut texts = mails.map(|mail| std::fs::read_to_string(mail.unwrap().path()).unwrap());
        assert!(texts.any(|text| text.contains("51 messages came to light")), "{sent}");
        let mut view = rehearsal.daemon.store.read().await.unwrap();
        let held = view.entries_in(dutyclerk::store::EntryState::Held).await.unwrap();
        assert!(held.len() >= 40, "{}", held.len());
    });
}

/// LESSONS A1, A5: nothing is missed because somebody moved it first, and what goes is seen.
#[test]
fn op_04_the_nightly_comparison_takes_in_what_a_colleague_filed_and_tells_what_is_gone() {
    run(async {
        let (dovecot, user) = (Dovecot::running(), unique());
        let story = Story::new("surrey-rmm-se");
        let mut rehearsal = rehearsal(&story).await;
        let mut person = dovecot.person(&user).await;
        let arrived = at("2026-11-20T14:03:07");
        person.append(arrived, &referral(1, "Maisie Thornquist")).await;
        rehearsal.daemon.sources = vec![("surrey-rmm-se".into(), dovecot.source("surrey-rmm-se", &user))];
        rehearsal.daemon.schedules = Some(dutyclerk::daemon::Schedules {
            reconcile: Some("0 0 4 * * *".parse().unwrap()),
            reconcile_days: 30,
            working_copies_days: 30,
            ..Default::default()
        });
        assert_eq!(rehearsal.daemon.turn(arrived).await.unwrap().decided, 1);
        // A colleague filed the second before anybody saw it, and takes the first away.
        person.create("Elsewhere").await;
        person.move_all("Processed", "Elsewhere").await;
        let filed = at("2026-11-20T16:20:00");
        person.append_to("Processed", filed, &referral(2, "Rory Quillfeather")).await;
        assert_eq!(rehearsal.daemon.turn(at("2026-11-20T18:00:00")).await.unwrap().decided, 0);
        rehearsal.daemon.turn(at("2026-11-21T04:00:00")).await.unwrap();
        let after = rehearsal.daemon.turn(at("2026-11-21T04:00:01")).await.unwrap();
        assert_eq!(after.decided, 1, "what was found is decided like any other");
        rehearsal.daemon.turn(at("2026-11-23T09:00:00")).await.unwrap();
        let sent = std::fs::read_to_string(story.path("out/sent.jsonl")).unwrap();
        assert_eq!(answers(&sent), 2, "{sent}");
        let mails = |told: &str| {
            let sent = std::fs::read_dir(story.path("out/sent")).unwrap();
            sent.filter(|mail| std::fs::read_to_string(mail.as_ref().unwrap().path()).unwrap().contains(told)).count()
        };
        let told =
            ["Subject: RMM South East: 1 message found on the server", "Subject: RMM South East: 1 message gone from"];
        assert_eq!(told.map(mails), [1, 1], "{sent}");
        let mut view = rehearsal.daemon.store.read().await.unwrap();
        let second = view.message(dutyclerk::casework::MessageRef(2)).await.unwrap().unwrap();
        assert_eq!(second.arrived_at, filed, "by its own arrival: on time stays on time");
        // Told once.
        drop(view);
        rehearsal.daemon.turn(at("2026-11-24T04:00:00")).await.unwrap();
        assert_eq!(told.map(mails), [1, 1], "once");
    });
}

/// LESSONS B: after commit, before MOVE.
#[test]
fn killed_between_commit_and_move_it_only_moves() {
    run(async {
        let (dovecot, user) = (Dovecot::running(), unique());
        let story = Story::new("surrey-rmm-se");
        let mut rehearsal = rehearsal(&story).await;
        let mut person = dovecot.person(&user).await;
        let arrived = at("2026-11-20T14:03:07");
        person.append(arrived, &referral(1, "Maisie Thornquist")).await;
        // The keeper's own account may not make or fill a folder: what is committed cannot be moved.
        let mut source = dovecot.source("surrey-rmm-se", &user);
        let found = all(&mut source).await;
        let raw = bytes(&mut source, &found).await.remove(0);
        drop(source);
        let mut tx = rehearsal.daemon.store.begin(arrived).await.unwrap();
        tx.accept(vec![dutyclerk::store::NewMessage {
            mailbox: MailboxId::from("surrey-rmm-se"),
            epoch: found[0].key.epoch,
            key: dutyclerk::store::OccurrenceKey::Uid(found[0].key.uid.parse().unwrap()),
            arrived_at: arrived,
            source: Some(Redacted::new("INBOX/1".to_owned())),
            sha256: dutyclerk::casework::Sha256::of(&raw),
            size: raw.len() as i64,
            complete: true,
            reappeared: false,
            raw,
        }])
        .await
        .unwrap();
        tx.commit().await.unwrap();
        rehearsal.daemon.sources = vec![(MailboxId::from("surrey-rmm-se"), dovecot.source("surrey-rmm-se", &user))];
        let turn = rehearsal.daemon.turn(arrived).await.unwrap();
        assert_eq!((turn.received, turn.decided), (0, 1), "known by its UID, and decided once");
        assert_eq!((person.count("INBOX").await, person.count("Processed").await), ((0, 0), (1, 0)));
    });
}

/// The control: killed between the same two steps the other way round, the mail is lost, and the story above would see it.
#[test]
fn control_a_program_that_moves_before_it_commits_loses_the_mail() {
    run(async {
        let (dovecot, user) = (Dovecot::running(), unique());
        let story = Story::new("surrey-rmm-se");
        let mut rehearsal = rehearsal(&story).await;
        let mut person = dovecot.person(&user).await;
        let arrived = at("2026-11-20T14:03:07");
        person.append(arrived, &referral(1, "Maisie Thornquist")).await;
        let mut source = dovecot.source("surrey-rmm-se", &user);
        let found = all(&mut source).await;
        for moved in source.settle_all(&keys(&found[..1]), Folder::Processed).await {
            moved.unwrap();
        }
        drop(source);
        rehearsal.daemon.sources = vec![(MailboxId::from("surrey-rmm-se"), dovecot.source("surrey-rmm-se", &user))];
        let turn = rehearsal.daemon.turn(arrived).await.unwrap();
        assert_eq!((turn.received, turn.decided), (0, 0), "nobody decides it");
        assert_eq!((person.count("INBOX").await, person.count("Processed").await), ((0, 0), (1, 0)));
    });
}

#[test]
fn without_move_it_is_copied_flagged_and_only_that_uid_expunged() {
    run(async {
        let (dovecot, _own) = Dovecot::own("protocol imap {\n  imap_capability = IMAP4rev1 UIDPLUS LITERAL+ IDLE\n}\n");
        let mut person = dovecot.person("a").await;
        person.append(at("2026-11-01T09:30:00"), b"Subject: one\r\n\r\nhello\r\n").await;
        person.append(at("2026-11-01T09:31:00"), b"Subject: two\r\n\r\nhello\r\n").await;
        person.mark_deleted(2).await;
        let mut source = dovecot.source("duty", "a");
        let found = all(&mut source).await;
        for moved in source.settle_all(&keys(&found[..1]), Folder::Processed).await {
            moved.unwrap();
        }
        assert_eq!(person.count("Processed").await.0, 1);
        assert_eq!(person.count("INBOX").await.0, 1, "what somebody else marked as deleted is still there");
    });
}

#[test]
fn a_server_that_restarts_while_idle_or_mid_fetch_is_connected_to_again() {
    run(async {
        let (dovecot, own) = Dovecot::own("");
        let big = [b"Subject: big\r\n\r\n".to_vec(), b"0123456789abcdef\r\n".repeat(1_400_000)].concat();
        dovecot.person("a").await.append(at("2026-11-01T09:30:00"), &big).await;
        let mut source = dovecot.source("duty", "a");
        let found = all(&mut source).await;
        // While it is idle.
        own.stop();
        own.start();
        let still = sooner_or_later(30, async || source_sweep(&dovecot, "a").await).await;
        assert_eq!(still, found);
        let again = sooner_or_later_with(&mut source, 30).await;
        assert_eq!(again, found, "the same connection's keeper found its way back");
        // While it is giving the message.
        let key = found[0].key.clone();
        let fetching = tokio::spawn(async move {
            let cut = source.fetch(&key, 1 << 26).await;
            (source, cut)
        });
        let restarted = tokio::task::spawn_blocking(move || {
            own.stop();
            own.start();
            own
        });
        // Stopped for good at the end of the test.
        let _own = restarted.await.unwrap();
        let (mut source, cut) = fetching.await.unwrap();
        if let Ok(whole) = cut {
            assert_eq!(whole.bytes, big, "it was quicker than the restart");
        }
        let found = sooner_or_later_with(&mut source, 30).await;
        assert_eq!(bytes(&mut source, &found).await, [big], "and then it came whole");
    });
}

async fn source_sweep(dovecot: &Dovecot, user: &str) -> Option<Vec<Occurrence>> {
    dovecot.source("duty", user).sweep(now()).await.ok().map(|sweep| sweep.occurrences)
}

async fn sooner_or_later_with(source: &mut Source, seconds: u64) -> Vec<Occurrence> {
    let limit = tokio::time::sleep(Duration::from_secs(seconds));
    tokio::pin!(limit);
    loop {
        if let Ok(sweep) = source.sweep(now()).await {
            return sweep.occurrences;
        }
        tokio::select! {
            () = &mut limit => panic!("not connected again within {seconds} s"),
            () = tokio::time::sleep(Duration::from_millis(100)) => {}
        }
    }
}

#[test]
fn what_is_wrong_with_a_server_is_told_apart() {
    run(async {
        let dovecot = Dovecot::running();
        let good = dovecot.settings(&unique());
        let fault = async |settings: ImapSettings| match open(settings).sweep(now()).await {
            Err(MailboxError::Server { fault, .. }) => fault,
            other => panic!("{other:?}"),
        };
        let wrong = Redacted::new("wrong".to_owned());
        assert_eq!(fault(ImapSettings { secret: wrong.into(), ..good.clone() }).await, Fault::Login);
        assert_eq!(fault(ImapSettings { ca_file: None, ..good.clone() }).await, Fault::Tls, "no trusted certificate");
        assert_eq!(fault(ImapSettings { port: 1, ..good.clone() }).await, Fault::Unreachable);
        assert_eq!(fault(ImapSettings { folder: "No such".into(), ..good.clone() }).await, Fault::Refused("SELECT"));
        assert_eq!(
            fault(ImapSettings { port: dovecot.imap, ..good.clone() }).await,
            Fault::Tls,
            "TLS on the other port"
        );
        let no_tls = plain("* OK ready\r\n", "STARTTLS BAD what\r\n").await;
        let settings = ImapSettings { port: no_tls, tls: Tls::Starttls, ..good };
        assert_eq!(fault(settings).await, Fault::Tls, "a server without STARTTLS gets no password");
    });
}

/// A server in the clear that greets and gives one answer to everything; returns its port.
async fn plain(greeting: &'static str, answer: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = BufReader::new(stream);
            stream.write_all(greeting.as_bytes()).await.unwrap();
            let mut line = String::new();
            while stream.read_line(&mut line).await.is_ok_and(|n| n > 0) {
                assert!(!line.contains("LOGIN"), "a password in the clear");
                let tag = line.split(' ').next().unwrap_or_default();
                let words = answer.split_once(' ').unwrap().1;
                stream.write_all(format!("{tag} {words}").as_bytes()).await.unwrap();
                line.clear();
            }
        }
    });
    port
}

/// LESSONS B: a literal of 400 MB is announced, and little of it comes.
#[test]
fn a_server_that_announces_400_mb_and_stalls_costs_a_time_limit_and_no_memory() {
    run(async {
        let dovecot = Dovecot::running();
        let stalled = stalling(&dovecot, 900).await;
        let short = Duration::from_millis(300);
        let settings = ImapSettings {
            port: stalled,
            command: Duration::from_secs(5),
            fetch: short,
            patience: Duration::from_secs(5),
            ..dovecot.settings("a")
        };
        let mut source = open(settings.clone());
        let found = all(&mut source).await;
        let cut = source.fetch(&found[0].key, 1000).await;
        assert!(matches!(cut, Err(MailboxError::Server { fault: Fault::TimedOut("UID FETCH"), .. })), "{cut:?}");
        // What is longer than was asked for is not waited for, and no room is made for it.
        let mut source = open(ImapSettings { port: stalling(&dovecot, 400 << 20).await, ..settings.clone() });
        let found = all(&mut source).await;
        let cut = source.fetch(&found[0].key, 1000).await;
        assert!(matches!(cut, Err(MailboxError::Server { fault: Fault::Lost("UID FETCH"), .. })), "{cut:?}");
        // Impatience alone: the turn goes on and the command too.
        let mut source = open(ImapSettings { patience: short, fetch: Duration::from_secs(30), ..settings });
        let found = sooner_or_later_with(&mut source, 10).await;
        let busy = source.fetch(&found[0].key, 1000).await;
        assert!(matches!(busy, Err(MailboxError::Server { fault: Fault::Busy, .. })), "{busy:?}");
        let memory = std::fs::read_to_string("/proc/self/status").unwrap();
        let peak = memory.lines().find(|line| line.starts_with("VmHWM")).unwrap();
        let kib: u64 = peak.split_whitespace().nth(1).unwrap().parse().unwrap();
        assert!(kib < 300 * 1024, "{peak}");
    });
}

/// Speaks just enough IMAP over TLS to list one message, then announces far more than it gives.
async fn stalling(dovecot: &Dovecot, announced: u64) -> u16 {
    let folder = dovecot.ca.parent().unwrap();
    let chain = vec![CertificateDer::from_pem_file(folder.join("leaf.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(folder.join("leaf.key")).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut stream = BufReader::new(acceptor.accept(stream).await.unwrap());
                stream.write_all(b"* OK ready\r\n").await.unwrap();
                stream.flush().await.unwrap();
                let mut line = String::new();
                while stream.read_line(&mut line).await.is_ok_and(|n| n > 0) {
                    let (tag, command) = line.trim_end().split_once(' ').unwrap();
                    let said = if command.contains("BODY.PEEK") {
                        format!("* 1 FETCH (UID 1 BODY[]<0> {{{announced}}}\r\nSubject: x\r\n")
                    } else {
                        let before = match command.split(' ').next().unwrap() {
                            "CAPABILITY" => "* CAPABILITY IMAP4rev1\r\n",
                            "SELECT" => "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n",
                            "UID" => "* 1 FETCH (UID 1 RFC822.SIZE 99 INTERNALDATE \"20-Nov-2026 14:03:07 +0000\")\r\n",
                            _ => "",
                        };
                        format!("{before}{tag} OK done\r\n")
                    };
                    stream.write_all(said.as_bytes()).await.unwrap();
                    stream.flush().await.unwrap();
                    line.clear();
                }
            });
        }
    });
    port
}

/// LESSONS A9.
#[test]
fn a_mailbox_whose_server_is_down_keeps_no_other_panel_waiting() {
    run(async {
        let (dovecot, user) = (Dovecot::running(), unique());
        let story = Story::new("surrey-rmm-se");
        let mut rehearsal = rehearsal(&story).await;
        let arrived = at("2026-11-20T14:03:07");
        dovecot.person(&user).await.append(arrived, &referral(1, "Maisie Thornquist")).await;
        let down = ImapSettings { port: 1, ..dovecot.settings(&user) };
        let down = Mailbox::on_server(MailboxId::from("st-helens-mace"), down, Arc::new(Notify::new()));
        rehearsal.daemon.sources = vec![
            (MailboxId::from("st-helens-mace"), Source::Live(down)),
            (MailboxId::from("surrey-rmm-se"), dovecot.source("surrey-rmm-se", &user)),
        ];
        let turn = rehearsal.daemon.turn(arrived).await.unwrap();
        assert_eq!((turn.received, turn.decided), (1, 1));
        let mut view = rehearsal.daemon.store.read().await.unwrap();
        let row = async |view: &mut dutyclerk::store::View, id: &str| {
            view.mailbox(&MailboxId::from(id)).await.unwrap().unwrap()
        };
        assert_eq!(row(&mut view, "st-helens-mace").await.last_error.as_deref(), Some("unreachable"));
        assert_eq!(row(&mut view, "surrey-rmm-se").await.last_error, None);
    });
}

/// With an hour between sweeps only IDLE can tell.
#[test]
fn mail_is_answered_within_five_seconds_though_sweeps_are_an_hour_apart() {
    run(async {
        let (dovecot, user) = (Dovecot::running(), unique());
        let story = Story::new("surrey-rmm-se");
        let main = story.path("dutyclerk.toml");
        std::fs::write(story.path("password"), "secret\n").unwrap();
        let text = std::fs::read_to_string(&main).unwrap();
        // Every mailbox is on the server; one user each.
        let server = |id: &str| {
            format!(
                "source = \"imap\"\n[mailbox.imap]\nhost = \"localhost\"\nport = {}\nuser = \"{user}-{id}\"\npassword_file = \
                 \"password\"\nca_file = {:?}\nsweep_seconds = 3600\n",
                dovecot.imaps, dovecot.ca
            )
        };
        let mut out = String::new();
        let mut id = String::new();
        let mut authserv = String::new();
        for line in text.lines() {
            if let Some(found) = line.strip_prefix("id = ") {
                id = found.trim_matches('"').to_owned();
            }
            match line {
                "source = \"maildir\"" => {}
                _ if line.starts_with("path = \"../mail/") => {}
                _ if line.starts_with("authserv_id") => {
                    authserv = format!("{line}\n");
                    out += &format!("{authserv}{}", server(&id));
                }
                _ => out += &format!("{line}\n"),
            }
        }
        assert!(!authserv.is_empty());
        std::fs::write(&main, out).unwrap();
        change(&main, "state = ", "state = \"state\" #");
        let done = |arguments: &[&str]| {
            let done = crate::command::dutyclerk(story.folder.path(), arguments);
            assert!(done.status.success(), "{}", crate::command::err(&done));
        };
        std::fs::create_dir_all(story.path("state")).unwrap();
        done(&["key", "new", "--out", story.path("state/master.key").to_str().unwrap()]);
        done(&["directory", "import", story.path("directory.csv").to_str().unwrap()]);
        done(&["check", "--connect"]);
        let mut daemon = Command::new(env!("CARGO_BIN_EXE_dutyclerk"))
            .arg("--config")
            .arg(story.folder.path())
            .arg("run")
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut person = dovecot.person(&format!("{user}-surrey-rmm-se")).await;
        // The first one may be found by the first sweep; the second only by being told.
        for (n, name) in [(1, "Maisie Thornquist"), (2, "Rory Quillfeather")] {
            person.append(now(), &referral(n, name)).await;
            let seconds = if n == 1 { 60 } else { 5 };
            sooner_or_later(seconds, async || {
                let sent = std::fs::read_to_string(story.path("state/out/sent.jsonl")).unwrap_or_default();
                (sent.matches("surrey-rmm-se\"").count() > 0 && answers(&sent) >= n as usize).then_some(())
            })
            .await;
        }
        rustix::process::kill_process(rustix::process::Pid::from_child(&daemon), rustix::process::Signal::TERM)
            .unwrap();
        assert!(daemon.wait().unwrap().success());
        assert_eq!(person.count("INBOX").await, (0, 0));
    });
}

fn answers(sent: &str) -> usize {
    sent.matches("\"acknowledgement\"").count() + sent.matches("\"query\"").count()
}
