//! Tokens on a manual clock and an endpoint of our own: when one is asked for, what is told when none is given, and what stands
//! in no log. With real servers: `on_tokens.rs`.

use crate::command::{change, copy, dutyclerk, err, json, out};
use crate::harness::{Answer, SECRET, TokenEndpoint, at, redacted};
use crate::keeping::Kept;
use dutyclerk::clock::{Chance, Clock};
use dutyclerk::daemon::Watch;
use dutyclerk::oauth::{Application, NoToken, Tokens};
use dutyclerk::outbound::notice::Route;
use jiff::ToSpan;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

fn later(clock: &Clock, minutes: i64) {
    clock.set(clock.now().checked_add(minutes.minutes()).unwrap());
}

#[test]
fn a_token_is_asked_for_once_kept_and_renewed_when_two_thirds_of_its_life_are_over() {
    run(async {
        let (endpoint, folder) = (TokenEndpoint::new(), tempfile::tempdir().unwrap());
        let clock = Clock::manual(at("2026-11-24T23:00:00"));
        let tokens = endpoint.tokens(folder.path(), &clock);
        // Five mailboxes and the mail server want one at the same moment.
        let all = futures_util::future::join_all((0..6).map(|_| tokens.token())).await;
        assert!(all.iter().all(|token| token.as_ref().unwrap().reveal() == &endpoint.given()[0]));
        assert_eq!(endpoint.asked().len(), 1);
        let form = &endpoint.asked()[0];
        assert_eq!((form["grant_type"].as_str(), form["client_secret"].as_str()), ("client_credentials", SECRET));
        assert_eq!(form["scope"], "https://outlook.office365.com/.default");
        assert_eq!(tokens.renew().await.next, at("2026-11-24T23:39:59"), "of 3,599 seconds");
        later(&clock, 39);
        tokens.renew().await;
        assert_eq!(endpoint.asked().len(), 1, "39 of 60 minutes");
        later(&clock, 1);
        tokens.renew().await;
        assert_eq!(endpoint.asked().len(), 2, "40 of 60 minutes");
        assert_eq!(tokens.token().await.unwrap().reveal(), &endpoint.given()[1]);
    });
}

#[test]
fn with_the_endpoint_away_the_old_token_serves_to_its_end_and_nobody_is_asked_more_than_once_a_minute() {
    run(async {
        let (endpoint, folder) = (TokenEndpoint::new(), tempfile::tempdir().unwrap());
        let clock = Clock::manual(at("2026-11-24T23:00:00"));
        let tokens = endpoint.tokens(folder.path(), &clock);
        tokens.renew().await;
        endpoint.answer(Answer::Say(503, "busy".to_owned()));
        later(&clock, 40);
        let health = tokens.renew().await;
        assert_eq!(health.failing, Some((at("2026-11-24T23:40:00"), NoToken::Later(503))));
        assert_eq!(health.next, at("2026-11-24T23:41:00"));
        assert_eq!(tokens.token().await.unwrap().reveal(), &endpoint.given()[0], "it is good until midnight");
        later(&clock, 20);
        for _ in 0..5 {
            assert_eq!(tokens.token().await.unwrap_err(), NoToken::Later(503));
        }
        assert_eq!(endpoint.asked().len(), 3, "the first, one that failed at 23:40, one at midnight");
        assert_eq!(tokens.renew().await.next, at("2026-11-25T00:02:00"), "two minutes the second time");
        endpoint.answer(Answer::Token { seconds: 3600 });
        later(&clock, 2);
        let health = tokens.renew().await;
        assert_eq!((health.failing, health.good_until.is_some()), (None, true));
    });
}

#[test]
fn an_endpoint_that_says_when_to_come_again_is_left_alone_until_then() {
    run(async {
        let (endpoint, folder) = (TokenEndpoint::new(), tempfile::tempdir().unwrap());
        let clock = Clock::manual(at("2026-11-24T23:00:00"));
        let tokens = endpoint.tokens(folder.path(), &clock);
        endpoint.answer(Answer::After(300));
        assert_eq!(tokens.renew().await.next, at("2026-11-24T23:05:00"));
        endpoint.answer(Answer::After(999_999));
        later(&clock, 5);
        assert_eq!(tokens.renew().await.next, at("2026-11-24T23:20:00"), "but no longer than a quarter of an hour");
    });
}

#[test]
fn a_token_that_a_server_refuses_is_replaced_but_a_new_one_is_not_replaced_at_every_refusal() {
    run(async {
        let (endpoint, folder) = (TokenEndpoint::new(), tempfile::tempdir().unwrap());
        let clock = Clock::manual(at("2026-11-24T23:00:00"));
        let tokens = endpoint.tokens(folder.path(), &clock);
        let first = tokens.token().await.unwrap();
        tokens.refused(&first);
        assert_eq!(tokens.token().await.unwrap(), first, "the next would be refused as well");
        later(&clock, 5);
        tokens.refused(&redacted("another"));
        assert_eq!(tokens.token().await.unwrap(), first, "it was another that was refused");
        tokens.refused(&first);
        assert_ne!(tokens.token().await.unwrap(), first);
        assert_eq!(endpoint.asked().len(), 2);
    });
}

fn watched(kept: &mut Kept) -> impl Fn() -> String + use<> {
    let paged = kept.story.path("paged");
    let script = format!("{{ echo \"$1\"; cat; }} >> {}", paged.display());
    let command = ["/bin/sh", "-c", script.as_str(), "pager"].map(str::to_owned).to_vec();
    let route = Route { command, file: Some(kept.story.path("alerts.log")), server: None };
    kept.daemon.daemon.watch = Some(Watch { route, ..Watch::default() });
    move || std::fs::read_to_string(&paged).unwrap_or_default()
}

/// LESSONS A7: noticed at once, while the last token is still good, and by another route than the mailboxes.
#[test]
fn op_10_a_refused_token_is_told_at_once_with_what_to_do_and_its_return_too() {
    let mut kept = Kept::new("2026-11-24T09:00:00", "2026-11-25");
    let (endpoint, paged) = (TokenEndpoint::new(), watched(&mut kept));
    let clock = Clock::manual(at("2026-11-24T10:00:00"));
    kept.daemon.daemon.tokens = vec![endpoint.tokens(kept.story.folder.path(), &clock)];
    let mut turn = |moment: &str| {
        clock.set(at(moment));
        kept.turn(moment)
    };
    let first = turn("2026-11-24T10:00:00");
    assert_eq!((endpoint.asked().len(), paged().as_str()), (1, ""));
    assert!(first.next.unwrap() <= at("2026-11-24T10:40:00"), "the daemon wakes for the renewal: {:?}", first.next);
    endpoint.answer(Answer::Refuse(7_000_222));
    turn("2026-11-24T10:40:00");
    let told = paged();
    assert!(told.starts_with("no new token is given for m365: the client secret has expired\n"), "{told}");
    assert!(told.contains("Make a new one in the app registration") && told.contains("[oauth.m365]"), "{told}");
    assert!(!told.contains(SECRET), "{told}");
    for moment in ["2026-11-24T10:41:00", "2026-11-24T11:30:00"] {
        turn(moment);
    }
    assert_eq!(paged(), told, "once");
    endpoint.answer(Answer::Token { seconds: 3600 });
    turn("2026-11-24T11:50:00");
    let more = paged();
    assert!(more[told.len()..].starts_with("tokens for m365 are given again\n"), "{more}");
    let mails = kept.texts("alert").into_iter().filter(|text| text.contains("m365")).count();
    assert_eq!(mails, 4, "to one panel of each authority by mail too, where mail may still go; and the all-clear");
}

#[test]
fn op_10_an_endpoint_that_is_away_is_told_after_five_minutes_or_at_once_without_a_token() {
    let mut kept = Kept::new("2026-11-24T09:00:00", "2026-11-25");
    let (endpoint, paged) = (TokenEndpoint::new(), watched(&mut kept));
    let clock = Clock::manual(at("2026-11-24T10:00:00"));
    kept.daemon.daemon.tokens = vec![endpoint.tokens(kept.story.folder.path(), &clock)];
    let mut turn = |moment: &str| {
        clock.set(at(moment));
        kept.turn(moment)
    };
    turn("2026-11-24T10:00:00");
    endpoint.answer(Answer::Say(502, String::new()));
    turn("2026-11-24T10:40:00");
    turn("2026-11-24T10:44:59");
    assert_eq!(paged(), "");
    turn("2026-11-24T10:45:00");
    assert!(paged().starts_with("no new token is given for m365: the token endpoint is busy or down\n"), "{}", paged());
}

#[test]
fn op_10_a_secret_that_ends_is_told_a_fortnight_before_in_the_morning_and_once() {
    let mut kept = Kept::new("2026-11-10T09:00:00", "2026-11-25");
    let (endpoint, paged) = (TokenEndpoint::new(), watched(&mut kept));
    let clock = Clock::manual(at("2026-11-10T09:00:00"));
    let application =
        Application { expires: Some("2026-11-25".parse().unwrap()), ..endpoint.application(kept.story.folder.path()) };
    kept.daemon.daemon.tokens = vec![Tokens::new(application, clock.clone(), Chance::seeded(1))];
    for (moment, told) in [("2026-11-11T09:59:00", 0), ("2026-11-11T10:00:00", 1), ("2026-11-12T10:00:00", 1)] {
        clock.set(at(moment));
        kept.turn(moment);
        let said = paged();
        assert_eq!(said.matches("what m365 proves itself with ends on Wed 25 November 2026\n").count(), told, "{said}");
    }
    assert!(paged().contains("put it in the old one's place before that day"), "{}", paged());
}

/// A configuration with an application that our endpoint knows.
fn configured(folder: &Path, endpoint: &TokenEndpoint) {
    std::fs::write(folder.join("client-secret"), format!("{SECRET}\n")).unwrap();
    std::fs::set_permissions(folder.join("client-secret"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let table = format!(
        "[oauth.m365]\nendpoint = \"{}\"\nclient_id = \"9990-application\"\nsecret_file = \"client-secret\"\n\n[log]",
        endpoint.address
    );
    change(&folder.join("dutyclerk.toml"), "[log]", &table);
}

#[test]
fn check_looks_at_the_proof_without_a_network_and_says_what_is_doubtful() {
    let (endpoint, folder) = (TokenEndpoint::new(), copy());
    let at = folder.path();
    configured(at, &endpoint);
    let checked = |expected: &[&str]| {
        let output = dutyclerk(at, &["check"]);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        let text = err(&output).split_whitespace().collect::<Vec<_>>().join(" ");
        for part in expected {
            assert!(text.contains(part), "{part} in {text}");
        }
        text
    };
    let fine =
        checked(&["nothing is opened with [oauth.m365]", "nobody is told by another way when no token is given"]);
    assert!(!fine.contains("client secret"), "{fine}");
    std::fs::set_permissions(at.join("client-secret"), std::fs::Permissions::from_mode(0o640)).unwrap();
    checked(&["others on this machine can read the client secret"]);
    std::fs::write(at.join("client-secret"), "0b6f0b39-9990-4a3e-9990-0123456789ab\n").unwrap();
    checked(&["the secret of [oauth.m365] looks like an id", "Value, not its Secret ID"]);
    std::fs::remove_file(at.join("client-secret")).unwrap();
    checked(&["the client secret cannot be read", "Look at secret_file"]);
    let main = at.join("dutyclerk.toml");
    change(&main, "secret_file = \"client-secret\"", "secret_file = \"client-secret\"\nexpires = \"2020-01-31\"");
    checked(&["proves itself with ended on Fri 31 January 2020"]);
    change(&main, "secret_file = \"client-secret\"\nexpires = \"2020-01-31\"", "certificate_file = \"cert.pem\"");
    checked(&["the certificate cannot be read"]);
    let made = std::process::Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-subj", "/CN=test"])
        .args(["-keyout", "cert.key", "-out", "cert.pem"])
        .current_dir(at)
        .output();
    assert!(made.unwrap().status.success());
    checked(&["private key cannot be read"]);
    let both = [std::fs::read(at.join("cert.key")).unwrap(), std::fs::read(at.join("cert.pem")).unwrap()].concat();
    std::fs::write(at.join("cert.pem"), both).unwrap();
    checked(&["what [oauth.m365] proves itself with ends on"]);
    assert!(endpoint.asked().is_empty(), "nothing was connected to");
}

#[test]
fn check_connect_tells_each_step_of_a_token_and_what_to_do() {
    let (endpoint, folder) = (TokenEndpoint::new(), copy());
    configured(folder.path(), &endpoint);
    for mailbox in ["st-helens-mace", "surrey-rmm-ne", "surrey-rmm-nw", "surrey-rmm-se", "surrey-rmm-sw"] {
        for part in ["cur", "new", "tmp"] {
            std::fs::create_dir_all(folder.path().join("mail").join(mailbox).join(part)).unwrap();
        }
    }
    let connect = |json: bool| {
        let arguments: &[&str] = if json { &["--json", "check", "--connect"] } else { &["check", "--connect"] };
        let output = dutyclerk(folder.path(), arguments);
        let all = format!("{}{}", out(&output), err(&output));
        assert!(!all.contains(SECRET), "{all}");
        for token in endpoint.given() {
            assert!(!all.contains(&token), "{all}");
        }
        output
    };
    let fine = connect(false);
    assert_eq!(fine.status.code(), Some(0), "{}{}", out(&fine), err(&fine));
    assert!(out(&fine).contains("ok      token        good for 59 min"), "{}", out(&fine));
    endpoint.answer(Answer::Refuse(700_016));
    let refused = connect(false);
    assert_eq!(refused.status.code(), Some(1));
    let text = out(&refused);
    assert!(text.contains("failed  token        there is no such application in this tenant"), "{text}");
    assert!(
        text.contains("                       What to do: Look at client_id") && text.contains("AADSTS700016"),
        "{text}"
    );
    let steps = json(&connect(true));
    let token = steps.iter().find(|step| step["step"] == "token").unwrap();
    assert_eq!((token["outcome"].as_str(), token["subject"].as_str().is_some()), (Some("failed"), true));
    assert!(token["fix"].as_str().unwrap().contains("client_id"), "{token}");
    let rights = steps.iter().find(|step| step["step"] == "rights").unwrap();
    assert_eq!(rights["outcome"], "skipped");
}
