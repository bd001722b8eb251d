//! Mail submitted to a real Postfix: what servers, recipients and broken lines do to it. Faults are asked for by address
//! (`tests/servers/postfix.sh`); every recipient's real mailbox is looked into.

mod tokens;

use crate::command::{change, dutyclerk, err};
use crate::harness::{Postfix, Story, at, child, letter, rat, unique};
use dutyclerk::casework::{Address, FrozenBytes, MailKind, Redacted, RoleId, SentRef};
use dutyclerk::config::Config;
use dutyclerk::daemon::{Courier, Journal};
use dutyclerk::inbound::mailbox::Tls;
use dutyclerk::outbound::submission::smtp::{self, Fault, Login, SmtpSettings};
use dutyclerk::outbound::submission::{Sink, Smtp};
use dutyclerk::rehearsal::Rehearsal;
use dutyclerk::store::{
    EntryRecipient, EntryState, Envelope, EnvelopeRecipient, NewEntry, OutboxEntry, RecipientState, RestrictionDetail,
    RestrictionSubject, Store, Transition,
};
use jiff::{Timestamp, ToSpan};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Notify;

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(test);
}

/// Until it is so, or for so long that it never will be.
async fn sooner_or_later<T>(seconds: u64, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let limit = tokio::time::sleep(Duration::from_secs(seconds));
    tokio::pin!(limit);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        tokio::select! {
            () = &mut limit => panic!("it did not come about within {seconds} s"),
            () = tokio::time::sleep(Duration::from_millis(20)) => {}
        }
    }
}

/// A Tuesday morning.
fn start() -> Timestamp {
    at("2026-11-24T09:30:00")
}

fn minutes(n: i64) -> Timestamp {
    start().checked_add(n.minutes()).unwrap()
}

/// A daemon on a manual clock that submits to the real server; addresses nobody else has.
struct Desk {
    rehearsal: Rehearsal,
    postfix: Postfix,
    id: String,
    _story: Story,
}

impl Desk {
    async fn new() -> Self {
        let postfix = Postfix::running();
        let settings = postfix.settings();
        Self::with(settings).await
    }

    async fn with(settings: SmtpSettings) -> Self {
        let postfix = Postfix::running();
        let story = Story::new("surrey-rmm-se");
        let config = Config::load(story.folder.path()).unwrap();
        let nothing = story.path("no-mail");
        std::fs::create_dir_all(&nothing).unwrap();
        let until = at("2026-11-30");
        let mut rehearsal =
            dutyclerk::cli::rehearsal(&config, nothing, start(), until, story.path("out")).await.unwrap();
        let id = unique();
        // What is due on this morning anyway goes into the rehearsal's folder.
        rehearsal.daemon.turn(start()).await.unwrap();
        rehearsal.daemon.sink = Sink::Smtp(Smtp::start(settings, Arc::new(Notify::new())));
        let journal = postfix.journal(&format!("journal-{id}@surrey.example"));
        rehearsal.daemon.courier = Courier::with_journal(Some(journal));
        Self { rehearsal, postfix, id, _story: story }
    }

    fn address(&self, name: &str) -> String {
        format!("{name}-{}@surrey.example", self.id)
    }

    /// A mail in the outbox, as a decision would put it there.
    async fn post(&self, from: &str, to: &[&str]) -> SentRef {
        self.post_until(from, to, None).await
    }

    async fn post_until(&self, from: &str, to: &[&str], expires_at: Option<Timestamp>) -> SentRef {
        // Lines that a careless client would change: a dot by itself, dots at line starts.
        self.post_body(from, to, expires_at, "first\r\n.\r\n..two\r\nlast\r\n").await
    }

    async fn post_body(&self, from: &str, to: &[&str], expires_at: Option<Timestamp>, body: &str) -> SentRef {
        let mut tx = self.rehearsal.daemon.store.begin(start()).await.unwrap();
        let number = tx.next_sent().await.unwrap();
        let from: Address = self.address(from).parse().unwrap();
        let message_id = format!("{number}-{}@surrey.example", self.id);
        let text = format!(
            "From: {from}\r\nTo: undisclosed-recipients:;\r\nSubject: {number}\r\nMessage-ID: <{message_id}>\r\nDate: Tue, \
             24 Nov 2026 09:30:00 +0000\r\n\r\n{body}"
        );
        let bytes = FrozenBytes::new(text.into_bytes(), vec![]);
        let recipient = |name: &&str| EnvelopeRecipient {
            address: self.address(name).parse().unwrap(),
            name: None,
            role: RoleId::new("caseworker"),
            journal: false,
        };
        let new = NewEntry {
            number,
            purpose: format!("test|{number}"),
            kind: MailKind::Agenda,
            rule: "SY-04".into(),
            panel: "surrey-rmm-se".into(),
            meeting: None,
            answers: None,
            part: None,
            message_id,
            due_at: start(),
            expires_at,
            held_by: None,
            envelope: Envelope { from, to: to.iter().map(recipient).collect() },
            cases: vec![],
            documents: vec![],
            sha256: bytes.sha256(),
            bytes,
            enclosed: vec![],
        };
        tx.enqueue(new).await.unwrap();
        tx.commit().await.unwrap();
        number
    }

    async fn turn(&mut self, now: Timestamp) -> usize {
        self.rehearsal.daemon.turn(now).await.unwrap().sent
    }

    fn store(&self) -> Store {
        self.rehearsal.daemon.store.clone()
    }

    async fn entry(&self, number: SentRef) -> OutboxEntry {
        self.store().read().await.unwrap().entry(number).await.unwrap().unwrap()
    }

    async fn recipients(&self, number: SentRef) -> Vec<EntryRecipient> {
        self.store().read().await.unwrap().recipients(number).await.unwrap()
    }

    async fn states(&self, number: SentRef) -> (EntryState, Vec<RecipientState>) {
        let recipients = self.recipients(number).await.iter().map(|r| r.state).collect();
        (self.entry(number).await.state, recipients)
    }

    /// Mails in one's mailbox.
    fn has(&self, name: &str) -> usize {
        self.postfix.received(&self.address(name)).len()
    }

    /// Waits until that many lie there: Postfix delivers after it has accepted.
    async fn gets(&self, name: &str, n: usize) {
        sooner_or_later(20, async || (self.has(name) >= n).then_some(())).await;
        assert_eq!(self.has(name), n, "{name}");
    }

    /// What the alerts about mail that does not arrive say.
    async fn alerts(&self) -> Vec<String> {
        let mut view = self.store().read().await.unwrap();
        let mut found = Vec::new();
        let told = |e: &&OutboxEntry| e.rule == "RFC 5321" && e.kind == MailKind::Alert;
        for entry in view.entries_after(0, 1000).await.unwrap().iter().filter(told) {
            let bytes = view.frozen(entry).await.unwrap().to_vec();
            let parsed = mail_parser::MessageParser::default().parse(&bytes).unwrap();
            found.push(format!("{}\n{}", parsed.subject().unwrap(), parsed.body_text(0).unwrap()));
        }
        found
    }

    async fn journal(&self) -> String {
        let lines = self.store().read().await.unwrap().journal_after(0, 10_000).await.unwrap();
        lines.iter().map(|line| format!("{}: {}\n", line.event, line.reason)).collect()
    }
}

/// A turn, and something that happens once the mail has come to this state.
async fn meanwhile(desk: &mut Desk, number: SentRef, state: EntryState, now: Timestamp, what: impl AsyncFnOnce(Store)) {
    let store = desk.store();
    let watch = async {
        sooner_or_later(20, async || {
            let entry = store.read().await.unwrap().entry(number).await.unwrap().unwrap();
            (entry.state == state).then_some(())
        })
        .await;
        what(store.clone()).await;
    };
    tokio::join!(desk.rehearsal.daemon.turn(now), watch).0.unwrap();
}

const ACCEPTED: RecipientState = RecipientState::Accepted;
const FAILED: RecipientState = RecipientState::Failed;
const DEFERRED: RecipientState = RecipientState::Deferred;
const PENDING: RecipientState = RecipientState::Pending;

#[test]
fn postfix_refuses_one_recipient_and_the_others_have_it() {
    run(async {
        let mut desk = Desk::new().await;
        let number = desk.post("rmm", &["amy", "refused", "ben"]).await;
        assert_eq!(desk.turn(start()).await, 1);
        assert_eq!(desk.states(number).await, (EntryState::Settled, vec![ACCEPTED, FAILED, ACCEPTED]));
        let refused = &desk.recipients(number).await[1];
        assert_eq!((refused.reply_code, refused.reply_class.as_deref()), (Some(550), Some("5.1.1")));
        for name in ["amy", "ben", "journal"] {
            desk.gets(name, 1).await;
        }
        let got = desk.postfix.received(&desk.address("amy")).remove(0);
        assert!(got.replace("\r\n", "\n").ends_with("\n\nfirst\n.\n..two\nlast\n"), "the bytes as frozen: {got}");
        let alerts = desk.alerts().await;
        assert_eq!(alerts.len(), 1);
        assert!(alerts[0].contains(&format!("{number} did not reach 1 of 3")), "{}", alerts[0]);
        let words = alerts[0].split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("caseworker (the server refuses (550 5.1.1))"), "{words}");
        assert!(!alerts[0].contains("refused-"), "an alert names nobody: {}", alerts[0]);
        let journal = desk.journal().await;
        assert!(journal.contains("550 5.1.1") && !journal.contains('@'), "{journal}");
    });
}

#[test]
fn postfix_defers_one_recipient_who_is_tried_again_alone_until_it_expires() {
    run(async {
        let mut desk = Desk::new().await;
        let number = desk.post_until("rmm", &["amy", "deferred", "ben"], Some(minutes(60))).await;
        assert_eq!(desk.turn(start()).await, 1);
        assert_eq!(desk.states(number).await, (EntryState::Queued, vec![ACCEPTED, DEFERRED, ACCEPTED]));
        let deferred = &desk.recipients(number).await[1];
        assert_eq!((deferred.reply_code, deferred.reply_class.as_deref()), (Some(450), Some("4.2.1")));
        let due = desk.entry(number).await.due_at;
        assert!(due > start() && due <= minutes(2), "{due}");
        assert_eq!(desk.turn(due).await, 1);
        assert_eq!(desk.entry(number).await.attempt, 2);
        assert_eq!(desk.states(number).await, (EntryState::Queued, vec![ACCEPTED, DEFERRED, ACCEPTED]));
        assert!(desk.alerts().await.is_empty(), "not before it is given up");
        // Only an accepted transaction leaves a copy.
        desk.gets("journal", 1).await;
        desk.turn(minutes(61)).await;
        let expired = vec![ACCEPTED, RecipientState::Expired, ACCEPTED];
        assert_eq!(desk.states(number).await, (EntryState::Expired, expired));
        assert!(desk.alerts().await[0].contains("not taken in time"));
        desk.gets("amy", 1).await;
        desk.gets("ben", 1).await;
    });
}

#[test]
fn postfix_refuses_after_data_and_nobody_has_it() {
    run(async {
        let mut desk = Desk::new().await;
        let refused = desk.post("refused-after-data", &["amy", "ben"]).await;
        let deferred = desk.post("deferred-after-data", &["amy", "ben"]).await;
        assert_eq!(desk.turn(start()).await, 2);
        assert_eq!(desk.states(refused).await, (EntryState::Settled, vec![FAILED, FAILED]));
        assert_eq!(desk.states(deferred).await, (EntryState::Queued, vec![DEFERRED, DEFERRED]));
        let codes: Vec<_> = desk.recipients(refused).await.into_iter().map(|r| (r.reply_code, r.reply_class)).collect();
        assert_eq!(codes, vec![(Some(554), Some("5.7.1".to_owned())); 2]);
        assert_eq!(desk.recipients(deferred).await[0].reply_code, Some(451));
        let alerts = desk.alerts().await;
        assert_eq!(alerts.len(), 1, "one for the refused mail, none for the one that is tried again");
        assert!(alerts[0].contains("did not reach 2 of 2"));
        assert_eq!((desk.has("amy"), desk.has("ben"), desk.has("journal")), (0, 0, 0));
    });
}

#[test]
fn a_connection_cut_before_data_sends_nothing_and_the_mail_goes_later() {
    run(async {
        let postfix = Postfix::running();
        let line = postfix.line(postfix.submission).await;
        let mut desk = Desk::with(SmtpSettings { port: line.port, ..postfix.settings() }).await;
        let number = desk.post("slow-at-data", &["amy"]).await;
        let cut = line.clone();
        meanwhile(&mut desk, number, EntryState::Sending, start(), async move |_| cut.cut()).await;
        assert_eq!(desk.states(number).await, (EntryState::Queued, vec![PENDING]));
        let server = desk.store().read().await.unwrap().submission_server().await.unwrap().unwrap();
        assert_eq!((server.last_error.as_deref(), server.failures), (Some("connection_lost"), 1));
        assert_eq!((desk.has("amy"), desk.has("journal")), (0, 0));
        let due = desk.entry(number).await.due_at;
        // Back-off of the server and of the mail, whichever is longer; sooner nothing is tried.
        assert_eq!((desk.turn(start()).await, line.connections()), (0, 1));
        assert_eq!(desk.turn(due.max(minutes(2))).await, 1);
        assert_eq!(desk.states(number).await, (EntryState::Settled, vec![ACCEPTED]));
        desk.gets("amy", 1).await;
        let server = desk.store().read().await.unwrap().submission_server().await.unwrap().unwrap();
        assert_eq!((server.failing_at, server.last_error), (None, None));
    });
}

/// LESSONS B: acceptance is atomic, so the journal mailbox's copy proves the others'.
#[test]
fn cut_at_the_dot_and_found_in_the_journal_mailbox_it_counts_as_accepted_and_goes_once() {
    run(async {
        let postfix = Postfix::running();
        let line = postfix.line(postfix.submission).await;
        let mut desk = Desk::with(SmtpSettings { port: line.port, ..postfix.settings() }).await;
        let number = desk.post("slow-at-the-dot", &["amy", "refused", "deferred"]).await;
        let cut = line.clone();
        meanwhile(&mut desk, number, EntryState::AtTheDot, start(), async move |_| {
            // The body is on its way: Postfix has it and thinks.
            tokio::time::sleep(Duration::from_millis(1500)).await;
            cut.cut();
        })
        .await;
        assert_eq!(desk.states(number).await, (EntryState::AtTheDot, vec![PENDING; 3]));
        assert!(desk.journal().await.contains("mail.unknown"));
        // Not before the server is done with it; and nothing is sent meanwhile.
        desk.gets("journal", 1).await;
        desk.turn(minutes(2)).await;
        // Those who were not in that transaction are tried again, alone.
        let (state, recipients) = desk.states(number).await;
        assert_eq!((state, recipients[0]), (EntryState::Queued, ACCEPTED));
        desk.turn(minutes(3)).await;
        assert_eq!(desk.states(number).await.1, [ACCEPTED, FAILED, DEFERRED]);
        desk.gets("amy", 1).await;
        desk.gets("journal", 1).await;
        assert!(desk.journal().await.contains("found in the journal mailbox"));
    });
}

/// A desk with a mail at the dot whose line was cut, and which Postfix does not take.
async fn cut_at_the_dot() -> (Desk, SentRef) {
    let postfix = Postfix::running();
    let line = postfix.line(postfix.submission).await;
    let mut desk = Desk::with(SmtpSettings { port: line.port, ..postfix.settings() }).await;
    let number = desk.post("slowly-refused", &["amy"]).await;
    let cut = line.clone();
    meanwhile(&mut desk, number, EntryState::AtTheDot, start(), async move |_| cut.cut()).await;
    assert_eq!(desk.states(number).await, (EntryState::AtTheDot, vec![PENDING]));
    (desk, number)
}

#[test]
fn cut_at_the_dot_and_not_found_though_a_later_canary_is_it_goes_again_after_half_an_hour() {
    run(async {
        let (mut desk, number) = cut_at_the_dot().await;
        assert_eq!(desk.turn(minutes(2)).await, 1, "the canary");
        desk.gets("journal", 1).await;
        for at in [3, 29] {
            desk.turn(minutes(at)).await;
            assert_eq!(desk.entry(number).await.attempt, 1, "not sooner than half an hour");
        }
        desk.gets("journal", 1).await;
        // This time the server's no is heard.
        desk.turn(minutes(31)).await;
        assert_eq!(desk.entry(number).await.attempt, 2);
        assert_eq!(desk.states(number).await, (EntryState::Settled, vec![FAILED]));
        // At ten a panel's pack has gone, too: its copy may have come by now.
        let journal = desk.postfix.received(&desk.address("journal"));
        assert!(!journal.iter().any(|mail| mail.contains(&format!("Subject: {number}\n"))), "{journal:?}");
    });
}

#[test]
fn cut_at_the_dot_without_a_journal_mailbox_it_goes_again_after_the_wait_and_the_journal_says_so() {
    run(async {
        let (mut desk, number) = cut_at_the_dot().await;
        desk.rehearsal.daemon.courier = Courier::with_journal(None);
        desk.turn(minutes(29)).await;
        assert_eq!(desk.states(number).await, (EntryState::AtTheDot, vec![PENDING]));
        desk.turn(minutes(31)).await;
        assert_eq!(desk.entry(number).await.attempt, 2);
        assert_eq!(desk.states(number).await, (EntryState::Settled, vec![FAILED]));
        assert!(desk.journal().await.contains("there is no copy to look for: the same bytes go again"));
    });
}

#[test]
fn cut_at_the_dot_and_the_canary_never_comes_it_is_held_for_a_person_who_lets_it_go_again() {
    run(async {
        let (mut desk, number) = cut_at_the_dot().await;
        // What is sent to the journal mailbox comes, and where it is looked for there is nothing.
        let address = desk.address("journal").parse().unwrap();
        let mailbox = desk.postfix.dovecot.settings(&desk.address("elsewhere"));
        desk.rehearsal.daemon.courier = Courier::with_journal(Some(Journal { address, mailbox }));
        for at in [2, 31, 59] {
            desk.turn(minutes(at)).await;
            assert_eq!(desk.states(number).await.0, EntryState::AtTheDot, "not sooner than an hour");
        }
        desk.turn(minutes(61)).await;
        let entry = desk.entry(number).await;
        assert_eq!((entry.state, entry.held_by.as_deref(), entry.attempt), (EntryState::Held, Some("unknown"), 1));
        let alerts = desk.alerts().await;
        assert!(alerts.iter().any(|alert| alert.contains(&format!("outbox settle {number} --again"))), "{alerts:?}");
        assert!(desk.has("amy") == 0 && desk.entry(number).await.attempt == 1, "nothing goes again by itself");
        dutyclerk::daemon::settle(&desk.rehearsal.daemon, number, false, minutes(70)).await.unwrap();
        assert_eq!(desk.states(number).await, (EntryState::Queued, vec![PENDING]));
        // This time the server's no is heard.
        desk.turn(minutes(71)).await;
        assert_eq!(desk.states(number).await, (EntryState::Settled, vec![FAILED]));
        let again = dutyclerk::daemon::settle(&desk.rehearsal.daemon, number, false, minutes(72)).await;
        assert!(again.unwrap_err().to_string().contains("nothing to settle"));
    });
}

/// The copy of an earlier transaction of the same mail is no proof of a later one.
#[test]
fn the_copy_of_an_earlier_attempt_proves_nothing_about_a_later_one() {
    run(async {
        let postfix = Postfix::running();
        let line = postfix.line(postfix.submission).await;
        let mut desk = Desk::with(SmtpSettings { port: line.port, ..postfix.settings() }).await;
        let number = desk.post("slowly-refused", &["amy"]).await;
        // As if an earlier attempt had reached somebody: its copy lies in the journal mailbox.
        let message_id = desk.entry(number).await.message_id;
        let earlier = format!("Message-ID: <{message_id}>\r\nSubject: x\r\n\r\nx\r\n");
        let journal = desk.address("journal");
        desk.postfix
            .dovecot
            .person(&journal)
            .await
            .append(dutyclerk::clock::Clock::System.now(), earlier.as_bytes())
            .await;
        let mut tx = desk.store().begin(start()).await.unwrap();
        assert_eq!(tx.begin_attempt(number, 0, "test").await.unwrap(), Some(1));
        assert!(tx.reach_the_dot(number, 1, &[], true, "sending.stopped").await.unwrap());
        let mut back = Transition::new(EntryState::AtTheDot, 1, EntryState::Queued);
        back.due_at = Some(start());
        assert!(tx.transition(number, &back).await.unwrap());
        tx.end_attempt(number, 1, "outbox.queued").await.unwrap();
        tx.commit().await.unwrap();
        let cut = line.clone();
        meanwhile(&mut desk, number, EntryState::AtTheDot, start(), async move |_| cut.cut()).await;
        desk.turn(minutes(31)).await;
        assert_eq!(desk.states(number).await.0, EntryState::AtTheDot);
    });
}

/// Invariant 4, two programs on one database: the second, having paused before the dot, leaves before the body.
#[test]
fn a_program_that_was_overtaken_before_the_dot_does_not_send_the_body() {
    run(async {
        let mut desk = Desk::new().await;
        let number = desk.post("slow-at-data", &["amy"]).await;
        meanwhile(&mut desk, number, EntryState::Sending, start(), async move |store| {
            let mut tx = store.begin(start()).await.unwrap();
            let mut back = Transition::new(EntryState::Sending, 1, EntryState::Queued);
            back.due_at = Some(minutes(500));
            assert!(tx.transition(number, &back).await.unwrap());
            tx.commit().await.unwrap();
        })
        .await;
        assert_eq!(desk.states(number).await, (EntryState::Queued, vec![PENDING]));
        // Something else goes through, so the connection is usable again, and amy's mail is not in it.
        let other = desk.post("rmm", &["ben"]).await;
        desk.turn(minutes(1)).await;
        assert_eq!(desk.states(other).await.0, EntryState::Settled);
        desk.gets("ben", 1).await;
        desk.gets("journal", 1).await;
        assert_eq!(desk.has("amy"), 0);
    });
}

#[test]
fn no_starttls_offered_means_nothing_sent_and_an_alert() {
    run(async {
        let postfix = Postfix::running();
        let mut desk = Desk::with(SmtpSettings { port: postfix.plain, ..postfix.settings() }).await;
        let number = desk.post("rmm", &["amy"]).await;
        assert_eq!(desk.turn(start()).await, 0);
        let entry = desk.entry(number).await;
        assert_eq!((entry.state, entry.attempt), (EntryState::Queued, 0), "no attempt of the mail is spent on it");
        let server = desk.store().read().await.unwrap().submission_server().await.unwrap().unwrap();
        assert_eq!((server.last_error.as_deref(), server.alerted_at), (Some("no_starttls"), Some(start())));
        let alerts = desk.alerts().await;
        assert!(
            alerts.iter().any(|a| a.contains("no mail is leaving") && a.contains("offers no STARTTLS")),
            "{alerts:?}"
        );
        desk.turn(minutes(2)).await;
        assert_eq!(desk.alerts().await.len(), alerts.len(), "told once");
        assert_eq!((desk.has("amy"), desk.has("journal")), (0, 0));
    });
}

#[test]
fn what_is_wrong_with_a_mail_server_is_told_apart() {
    run(async {
        let postfix = Postfix::running();
        let good = postfix.settings();
        for tls in [Tls::Starttls, Tls::Implicit] {
            let port = if tls == Tls::Implicit { postfix.smtps } else { postfix.submission };
            assert!(smtp::survey(&SmtpSettings { tls, port, ..good.clone() }, &[]).await.is_ok(), "{tls:?}");
        }
        let fault = async |settings: SmtpSettings| smtp::survey(&settings, &[]).await.unwrap_err();
        let wrong = Login { user: "duty@surrey.example".into(), secret: Redacted::new("wrong".to_owned()).into() };
        let refused = fault(SmtpSettings { login: Some(wrong), ..good.clone() }).await;
        assert!(matches!(refused, Fault::Login(said) if said.code == 535), "{refused}");
        assert_eq!(fault(SmtpSettings { ca_file: None, ..good.clone() }).await, Fault::Tls, "no trusted certificate");
        assert_eq!(fault(SmtpSettings { port: 1, ..good.clone() }).await, Fault::Unreachable);
        assert_eq!(fault(SmtpSettings { port: postfix.plain, ..good.clone() }).await, Fault::NoStarttls);
        let implicit = SmtpSettings { tls: Tls::Implicit, ..good.clone() };
        assert_eq!(fault(implicit).await, Fault::Tls, "TLS on the other port");
        let dovecot = fault(SmtpSettings { port: postfix.dovecot.imap, ..good.clone() }).await;
        assert_eq!(dovecot, Fault::Greeting, "that is an IMAP server");
        // RFC 3207: a reply slipped in before TLS is not taken for one from within it.
        let injected = scripted("250-x\r\n250 STARTTLS\r\n", "220 go\r\n250 AUTH PLAIN\r\n").await;
        let stranger = fault(SmtpSettings { port: injected, ..good.clone() }).await;
        assert_eq!(stranger, Fault::Nonsense("STARTTLS"), "a stranger on the line");
        let endless = scripted("250-x\r\n", "").await;
        let slow = SmtpSettings { port: endless, command: Duration::from_millis(200), ..good };
        assert_eq!(fault(slow).await, Fault::TimedOut("STARTTLS"));
    });
}

/// A server in the clear that gives these answers, to EHLO and to what comes next, and asserts that no password comes.
async fn scripted(ehlo: &'static str, next: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.write_all(b"220 hello\r\n").await.unwrap();
            let mut said = [0; 4096];
            for answer in [ehlo, next] {
                let Ok(n) = stream.read(&mut said).await else { break };
                assert!(!String::from_utf8_lossy(&said[..n]).contains("AUTH"), "a password in the clear");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            // Until the other side has had enough.
            let _ended = stream.read(&mut said).await;
        }
    });
    port
}

#[test]
fn a_connection_is_kept_over_several_mails_and_closed_when_idle() {
    run(async {
        let postfix = Postfix::running();
        let line = postfix.line(postfix.submission).await;
        let idle = Duration::from_millis(300);
        let mut desk = Desk::with(SmtpSettings { port: line.port, idle, ..postfix.settings() }).await;
        for _ in 0..5 {
            desk.post("rmm", &["amy"]).await;
        }
        assert_eq!(desk.turn(start()).await, 5);
        assert_eq!(line.connections(), 1);
        // Its own limit closes it; then a new one is made.
        tokio::time::sleep(idle * 3).await;
        desk.post("rmm", &["amy"]).await;
        assert_eq!(desk.turn(minutes(1)).await, 1);
        assert_eq!(line.connections(), 2);
        desk.gets("amy", 6).await;
    });
}

#[test]
fn no_more_mails_a_minute_than_the_setting_says() {
    run(async {
        let settings = SmtpSettings { most_a_minute: 2, ..Postfix::running().settings() };
        let mut desk = Desk::with(settings).await;
        let mut last = desk.post("rmm", &["amy"]).await;
        for _ in 0..4 {
            last = desk.post("rmm", &["amy"]).await;
        }
        let mut now = start();
        let mut sent = Vec::new();
        while sent.iter().sum::<usize>() < 5 {
            let turn = desk.rehearsal.daemon.turn(now).await.unwrap();
            sent.push(turn.sent);
            now = turn.next.unwrap_or(now).max(now);
        }
        assert_eq!(sent, [2, 2, 1]);
        assert_eq!(desk.entry(last).await.state_at, minutes(2));
    });
}

/// A turn hears a slow answer later; mail is received and decided meanwhile.
#[test]
fn a_server_that_does_not_answer_keeps_no_turn_longer_than_ten_seconds() {
    run(async {
        let postfix = Postfix::running();
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = silent.local_addr().unwrap().port();
        let mut desk = Desk::with(SmtpSettings { port, ..postfix.settings() }).await;
        let number = desk.post("rmm", &["amy"]).await;
        let turn = tokio::time::timeout(Duration::from_secs(15), desk.rehearsal.daemon.turn(start())).await;
        let turn = turn.expect("the turn ends").unwrap();
        assert_eq!(turn.sent, 0);
        assert!(turn.next.is_some_and(|next| next <= minutes(1)), "looked at again soon");
        assert_eq!(desk.entry(number).await.attempt, 0);
    });
}

/// Invariant 12: told to stop, nothing new begins, and what is under way is heard to its end.
#[test]
fn told_to_stop_it_finishes_the_mail_it_is_at_and_begins_no_other() {
    run(async {
        let mut desk = Desk::new().await;
        let first = desk.post("slow-at-the-dot", &["amy"]).await;
        let second = desk.post("rmm", &["ben"]).await;
        let stop = desk.rehearsal.daemon.stop.clone();
        meanwhile(&mut desk, first, EntryState::AtTheDot, start(), async move |_| stop.ask()).await;
        desk.rehearsal.daemon.finish(start(), Duration::from_secs(30)).await.unwrap();
        assert_eq!(desk.states(first).await, (EntryState::Settled, vec![ACCEPTED]));
        assert_eq!(desk.states(second).await, (EntryState::Queued, vec![PENDING]));
        assert_eq!(desk.entry(second).await.attempt, 0);
        desk.gets("amy", 1).await;
    });
}

mod ahead;
mod as_a_process;
mod crashes;
mod limits;
