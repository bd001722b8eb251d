//! Tokens at a real Dovecot, which believes a JWT by its signature and its times: shared mailboxes, a night in which the token
//! expires, the steps of `check --connect`, and the program as a process whose log is looked through.

mod as_a_process;
mod exchange;

use crate::harness::{Answer, Dovecot, Postfix, SECRET, Story, TokenEndpoint, at, unique};
use crate::on_imap::referral;
use dutyclerk::casework::MailboxId;
use dutyclerk::clock::Clock;
use dutyclerk::config::Config;
use dutyclerk::daemon::Watch;
use dutyclerk::inbound::mailbox::{Fault, ImapSettings, Mailbox, Source, survey};
use dutyclerk::oauth::{NoToken, Secret, Tokens};
use dutyclerk::outbound::notice::Route;
use dutyclerk::rehearsal::Rehearsal;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
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
            () = tokio::time::sleep(Duration::from_millis(50)) => {}
        }
    }
}

/// How a mailbox is reached with an application's token.
fn with(dovecot: &Dovecot, user: &str, tokens: &Tokens) -> ImapSettings {
    ImapSettings { secret: Secret::Token(tokens.clone()), ..dovecot.settings(user) }
}

#[test]
fn one_application_opens_the_shared_mailboxes_it_was_given_and_no_other() {
    run(async {
        let (dovecot, endpoint, folder) = (Dovecot::running(), TokenEndpoint::new(), tempfile::tempdir().unwrap());
        let clock = Clock::manual(at("2026-11-24T23:00:00"));
        let tokens = endpoint.tokens(folder.path(), &clock);
        for name in ["rmm-ne", "rmm-sw"] {
            let user = format!("{name}-{}@surrey.example", unique());
            let mut person = dovecot.person(&user).await;
            person.append(at("2026-11-20T14:03:07"), b"Subject: one\r\n\r\nhello\r\n").await;
            person.create("Processed").await;
            let found = survey(&with(&dovecot, &user, &tokens)).await.unwrap();
            assert_eq!(found.folder, Ok(1));
            assert_eq!((found.idle, found.mv, found.processed, found.quarantine), (true, true, true, false));
            assert_eq!(person.count("INBOX").await, (1, 0), "nothing was read or moved");
        }
        assert_eq!(endpoint.asked().len(), 1, "one token for all of them");
        let other = with(&dovecot, &format!("duty-{}@other.example", unique()), &tokens);
        assert_eq!(survey(&other).await.unwrap_err(), Fault::TokenRefused);
        endpoint.answer(Answer::Refuse(7_000_215));
        clock.set(at("2026-11-25T01:00:00"));
        let fault = survey(&with(&dovecot, "rmm-ne@surrey.example", &tokens)).await.unwrap_err();
        assert!(matches!(fault, Fault::NoToken(NoToken::Refused(_))) && fault.code() == "no_token", "{fault}");
    });
}

/// A daemon on a manual clock that reads one shared mailbox with a token, over a line that can be cut.
struct Night {
    rehearsal: Rehearsal,
    clock: Clock,
    story: Story,
    paged: PathBuf,
}

impl Night {
    async fn new(settings: impl FnOnce(&Tokens) -> ImapSettings, endpoint: &TokenEndpoint) -> Self {
        let story = Story::new("surrey-rmm-se");
        let config = Config::load(story.folder.path()).unwrap();
        let nothing = story.path("no-mail");
        std::fs::create_dir_all(&nothing).unwrap();
        let (from, until) = (at("2026-11-24T23:00:00"), at("2026-11-26"));
        let mut rehearsal = dutyclerk::cli::rehearsal(&config, nothing, from, until, story.path("out")).await.unwrap();
        let clock = Clock::manual(from);
        let tokens = endpoint.tokens(story.folder.path(), &clock);
        let id = MailboxId::from("surrey-rmm-se");
        let mailbox = Mailbox::on_server(id.clone(), settings(&tokens), Arc::new(Notify::new()));
        rehearsal.daemon.sources = vec![(id, Source::Live(mailbox))];
        rehearsal.daemon.tokens = vec![tokens];
        let paged = story.path("paged");
        let script = format!("{{ echo \"$1\"; cat; }} >> {}", paged.display());
        let command = ["/bin/sh", "-c", script.as_str(), "pager"].map(str::to_owned).to_vec();
        rehearsal.daemon.watch = Some(Watch { route: Route { command, file: None, server: None }, ..Watch::default() });
        Self { rehearsal, clock, story, paged }
    }

    /// How many messages were taken in.
    async fn turn(&mut self, moment: &str) -> usize {
        self.clock.set(at(moment));
        self.rehearsal.daemon.turn(at(moment)).await.unwrap().received
    }

    /// Turn after turn at this moment until a message is taken in: the connection may have to be made again.
    async fn takes_one_in(&mut self, moment: &str) {
        sooner_or_later(60, async || (self.turn(moment).await == 1).then_some(())).await;
    }

    fn paged(&self) -> String {
        std::fs::read_to_string(&self.paged).unwrap_or_default()
    }

    async fn mailbox_error(&self) -> Option<String> {
        let mailboxes = self.rehearsal.daemon.store.read().await.unwrap().mailboxes().await.unwrap();
        let ours = mailboxes.into_iter().find(|row| row.id == MailboxId::from("surrey-rmm-se")).unwrap();
        ours.last_error
    }
}

/// The token is good, and Exchange was not told that this mailbox is the application's.
#[test]
fn op_01_a_mailbox_whose_server_refuses_the_token_is_told_after_two_minutes_and_not_fifteen() {
    run(async {
        let (dovecot, endpoint) = (Dovecot::running(), TokenEndpoint::new());
        let user = format!("duty-{}@other.example", unique());
        let mut night = Night::new(|tokens: &Tokens| with(&dovecot, &user, tokens), &endpoint).await;
        sooner_or_later(60, async || {
            night.turn("2026-11-24T23:00:00").await;
            (night.mailbox_error().await.as_deref() == Some("token_refused")).then_some(())
        })
        .await;
        night.turn("2026-11-24T23:01:59").await;
        assert_eq!(night.paged(), "");
        night.turn("2026-11-24T23:02:00").await;
        let told = night.paged();
        assert!(told.starts_with("mailbox surrey-rmm-se cannot be read\n"), "{told}");
        assert!(told.contains("its server refuses the token") && told.contains("Ask who keeps Exchange"), "{told}");
    });
}

#[test]
fn op_10_a_token_that_expires_in_the_night_is_renewed_ahead_and_a_refusal_is_told_while_mail_is_still_read() {
    run(async {
        let (dovecot, endpoint) = (Dovecot::running(), TokenEndpoint::new());
        let line = Postfix::running().line(dovecot.imaps).await;
        let user = format!("rmm-se-{}@surrey.example", unique());
        let mut person = dovecot.person(&user).await;
        // Dovecot goes by the machine's clock: to it the first token's hour is over in some seconds.
        endpoint.answer(Answer::Token { seconds: 10 });
        let settings = |tokens: &Tokens| ImapSettings { port: line.port, ..with(&dovecot, &user, tokens) };
        let mut night = Night::new(settings, &endpoint).await;
        person.append(at("2026-11-24T22:59:00"), &referral(1, "Maisie Thornquist")).await;
        night.takes_one_in("2026-11-24T23:00:00").await;
        let first = endpoint.given().remove(0);

        // Ahead of its end, on time by the daemon's clock.
        endpoint.answer(Answer::Token { seconds: 3600 });
        assert_eq!((night.turn("2026-11-24T23:39:00").await, endpoint.given().len()), (0, 1));
        night.turn("2026-11-24T23:40:00").await;
        assert_eq!(endpoint.given().len(), 2);
        let other = TokenEndpoint::new();
        let body = serde_json::json!({"token_type": "Bearer", "expires_in": 3599, "access_token": first}).to_string();
        other.answer(Answer::Say(200, body));
        let stale = with(&dovecot, &user, &other.tokens(night.story.folder.path(), &night.clock));
        sooner_or_later(30, async || (survey(&stale).await.err() == Some(Fault::TokenRefused)).then_some(())).await;

        // The session ends, as Exchange ends one whose token is over, and goes on with the new one.
        line.cut();
        person.append(at("2026-11-24T23:45:00"), &referral(2, "Rory Quillfeather")).await;
        night.takes_one_in("2026-11-24T23:46:00").await;
        assert_eq!((endpoint.asked().len(), night.paged().as_str()), (2, ""), "nobody was woken");

        // The endpoint refuses: told at once, and the mail of the next minutes is read all the same.
        endpoint.answer(Answer::Refuse(7_000_222));
        night.turn("2026-11-25T00:20:00").await;
        let told = night.paged();
        assert!(told.starts_with("no new token is given for m365: the client secret has expired\n"), "{told}");
        person.append(at("2026-11-25T00:21:00"), &referral(3, "Iris Penhallow")).await;
        night.takes_one_in("2026-11-25T00:22:00").await;

        // Its last token over, the mailbox stays closed and nothing in it is lost.
        line.cut();
        person.append(at("2026-11-25T00:41:00"), &referral(4, "Tobias Merriweather")).await;
        night.clock.set(at("2026-11-25T00:42:00"));
        sooner_or_later(30, async || {
            assert_eq!(night.turn("2026-11-25T00:42:00").await, 0);
            (night.mailbox_error().await.as_deref() == Some("no_token")).then_some(())
        })
        .await;
        assert_eq!(person.count("INBOX").await.0, 1);

        // Mended: a new token, an all-clear, the mail.
        endpoint.answer(Answer::Token { seconds: 3600 });
        night.takes_one_in("2026-11-25T01:30:00").await;
        let all = night.paged();
        assert!(all[told.len()..].starts_with("tokens for m365 are given again\n"), "{all}");
        night.rehearsal.results().await.unwrap();
        let sent = std::fs::read_to_string(night.story.path("out/sent.jsonl")).unwrap();
        let answers = sent.matches("\"acknowledgement\"").count() + sent.matches("\"query\"").count();
        assert_eq!(answers, 4, "each was answered once:\n{sent}");
        for secret in [&first, &endpoint.given()[1], &endpoint.given()[2], &SECRET.to_owned()] {
            assert!(!all.contains(secret) && !sent.contains(secret));
        }
    });
}
