//! Mail submitted with a token: Postfix asks the test Dovecot whether to believe it (SASL XOAUTH2).

use super::{Desk, Fault, Login, SmtpSettings, minutes, run, smtp, sooner_or_later};
use crate::harness::{Answer, Postfix, TokenEndpoint, at};
use dutyclerk::clock::Clock;
use dutyclerk::oauth::{NoToken, Secret, Tokens};

fn settings(postfix: &Postfix, user: &str, tokens: &Tokens) -> SmtpSettings {
    let login = Login { user: user.to_owned(), secret: Secret::Token(tokens.clone()) };
    SmtpSettings { login: Some(login), ..postfix.settings() }
}

#[test]
fn mail_goes_with_a_token_and_a_refused_one_is_heard_with_the_servers_own_code() {
    run(async {
        let (postfix, endpoint, folder) = (Postfix::running(), TokenEndpoint::new(), tempfile::tempdir().unwrap());
        let clock = Clock::manual(at("2026-11-24T09:30:00"));
        let tokens = endpoint.tokens(folder.path(), &clock);
        let mut desk = Desk::with(settings(&postfix, "clerk@surrey.example", &tokens)).await;
        let number = desk.post("duty", &["chair"]).await;
        assert_eq!(desk.turn(minutes(1)).await, 1);
        let chair = desk.address("chair");
        let got = sooner_or_later(20, async || postfix.received(&chair).pop()).await;
        assert!(got.contains(&number.to_string()));

        // The token is none for this domain: 334 with the reason, an empty line, and then the reply that counts.
        let other = settings(&postfix, "clerk@other.example", &tokens);
        let Err(Fault::Login(said)) = smtp::survey(&other, &[]).await else { panic!("not refused") };
        assert_eq!(said.to_string(), "535 5.7.8");
        // A server that offers no tokens is told apart; and so is having none.
        let plain = SmtpSettings { port: postfix.mute, ..settings(&postfix, "clerk@surrey.example", &tokens) };
        assert!(smtp::survey(&plain, &[]).await.is_ok());
        endpoint.answer(Answer::Refuse(7_000_222));
        clock.set(at("2026-11-24T12:00:00"));
        let fault = smtp::survey(&settings(&postfix, "clerk@surrey.example", &tokens), &[]).await.unwrap_err();
        assert!(matches!(fault, Fault::NoToken(NoToken::Refused(_))) && fault.is_for_a_person(), "{fault}");
    });
}

/// `432 4.3.2` comes after a whole mail: the next one would hear the same, so it waits.
#[test]
fn a_server_that_says_too_fast_is_left_alone_for_a_while() {
    run(async {
        let mut desk = Desk::new().await;
        let first = desk.post("throttled-after-data", &["chair"]).await;
        let second = desk.post("duty", &["police"]).await;
        desk.turn(minutes(1)).await;
        let police = desk.address("police");
        assert!(desk.postfix.received(&police).is_empty(), "it was not even begun");
        assert_eq!(desk.entry(second).await.attempt, 0);
        assert_eq!(desk.entry(first).await.attempt, 1);
        desk.turn(minutes(30)).await;
        sooner_or_later(20, async || desk.postfix.received(&police).pop()).await;
    });
}
