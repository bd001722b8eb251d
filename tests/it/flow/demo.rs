//! The demo's invented mail has the fate its manifest says, and two runs give the same bytes.

use crate::command::{dutyclerk, err, shipped};
use dutyclerk::config::Config;
use dutyclerk::daemon::{Look, Memory};
use dutyclerk::rehearsal::{Rehearsal, corpus};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn demo(dir: &Path) {
    let run = dutyclerk(shipped(), &["demo", "--dir", dir.to_str().unwrap()]);
    assert!(run.status.success(), "{}", err(&run));
}

#[test]
fn every_invented_mail_has_the_fate_and_the_meeting_it_was_planted_for() {
    let dir = tempfile::tempdir().unwrap();
    demo(dir.path());
    let mut received: BTreeMap<(String, String), Value> = BTreeMap::new();
    for line in lines(&dir.path().join("received.jsonl")) {
        let key = |name: &str| line[name].as_str().unwrap().to_owned();
        received.insert((key("mailbox"), key("file")), line.clone());
    }
    let mut wrong = Vec::new();
    for planted in corpus::manifest() {
        let file = planted.file.strip_prefix(&format!("{}/", planted.mailbox)).unwrap_or(&planted.file).to_owned();
        let Some(line) = received.get(&(planted.mailbox.to_string(), file.clone())) else {
            wrong.push(format!("{file}: not received"));
            continue;
        };
        let fate = serde_json::to_value(planted.fate).unwrap();
        if line["fate"] != fate {
            wrong.push(format!(
                "{:?} {}: {} instead of {fate} ({})",
                planted.what, planted.file, line["fate"], line["reason"]
            ));
        }
        let meeting = planted.meeting.map(|date| format!("{}/{date}", planted.mailbox));
        if fate == "accepted" && line["meeting_id"].as_str() != meeting.as_deref() {
            wrong.push(format!("{:?} {}: {} instead of {meeting:?}", planted.what, planted.file, line["meeting_id"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_report_shows_every_mail_and_fetches_nothing() {
    let dir = tempfile::tempdir().unwrap();
    demo(dir.path());
    let page = std::fs::read_to_string(dir.path().join("report.html")).unwrap();
    let sent = lines(&dir.path().join("sent.jsonl"));
    assert!(sent.len() > 300);
    for mail in &sent {
        assert!(page.contains(&format!("id=\"{}\"", mail["ref"].as_str().unwrap())), "{mail}");
    }
    for line in lines(&dir.path().join("received.jsonl")) {
        assert!(page.contains(line["refs"].as_array().unwrap().iter().find_map(|r| r.as_str()).unwrap()), "{line}");
    }
    // Beside the name of a markup language, which is no address to fetch, no mail and no page names a server.
    let page = page.replace("http:&#x2f;&#x2f;www.w3.org&#x2f;1999&#x2f;xhtml", "");
    for outside in ["http:", "https:", "url(", "@import", "<link", "<base"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("<li class=\"late\">") && page.contains("In the calendar (REQUEST)"));
}

/// The demo's mail again, by a program that looks every hour whether or not something is due.
fn hourly(dir: &Path, out: &str, mut before_each: impl FnMut(&mut Rehearsal)) {
    let main = dir.join("config/dutyclerk.toml");
    let text = std::fs::read_to_string(&main).unwrap();
    let reader = format!("[reader]\nprogram = {:?}", env!("CARGO_BIN_EXE_dutyclerk"));
    std::fs::write(&main, text.replacen("[reader]", &reader, 1)).unwrap();
    let config = Config::load(&dir.join("config")).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let (from, until) = (corpus::from(), corpus::until());
        let laid_out = dutyclerk::cli::rehearsal(&config, dir.join("mail"), from, until, dir.join(out));
        let mut rehearsal = laid_out.await.unwrap();
        let mut moment = from;
        while rehearsal.now() < until {
            before_each(&mut rehearsal);
            moment = moment.checked_add(jiff::SignedDuration::from_hours(1)).unwrap();
            rehearsal.run_until(moment).await.unwrap();
        }
        rehearsal.run(&mut |_| {}).await.unwrap();
    });
}

/// What was sent to whom and when, in no order.
fn sent(dir: &Path) -> Vec<String> {
    let said = ["at", "panel", "kind", "meeting_id", "children", "to"];
    let mut sent: Vec<String> =
        lines(&dir.join("sent.jsonl")).iter().map(|mail| said.map(|key| mail[key].to_string()).join(" ")).collect();
    assert!(sent.len() > 300);
    sent.sort();
    sent
}

fn only(these: &[String], others: &[String]) -> Vec<String> {
    these.iter().filter(|mail| !others.contains(mail)).cloned().collect()
}

/// The clock of a rehearsal goes from one thing that falls due to the next, so each must be announced.
#[test]
fn a_rehearsal_that_looks_every_hour_sends_what_one_sends_that_looks_when_something_is_due() {
    let dir = tempfile::tempdir().unwrap();
    demo(dir.path());
    hourly(dir.path(), "hourly", |_| {});
    let (due, hourly) = (sent(dir.path()), sent(&dir.path().join("hourly")));
    assert_eq!((only(&due, &hourly), only(&hourly, &due)), (Vec::new(), Vec::new()));
}

/// What the program keeps between turns only spares it work.
#[test]
fn a_program_that_forgets_everything_every_seven_hours_sends_what_one_sends_that_runs_through() {
    let dir = tempfile::tempdir().unwrap();
    demo(dir.path());
    let mut hours = 0;
    hourly(dir.path(), "forgetful", |rehearsal| {
        hours += 1;
        // Another time of day each day.
        if hours % 7 == 0 {
            rehearsal.daemon.memory = Memory::default();
            rehearsal.daemon.look = Look::default();
            rehearsal.daemon.directory = None;
        }
    });
    let (through, forgetful) = (sent(dir.path()), sent(&dir.path().join("forgetful")));
    assert_eq!((only(&through, &forgetful), only(&forgetful, &through)), (Vec::new(), Vec::new()));
}

#[test]
fn two_runs_of_the_demo_give_the_same_bytes() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    demo(a.path());
    demo(b.path());
    for name in ["sent.jsonl", "received.jsonl", "journal.jsonl", "ledger.json", "held.jsonl", "report.html"] {
        let read = |dir: &Path| std::fs::read(dir.join(name)).unwrap();
        assert!(read(a.path()) == read(b.path()), "{name} differs");
    }
    for entry in std::fs::read_dir(a.path().join("sent")).unwrap() {
        let path = entry.unwrap().path();
        let other = b.path().join("sent").join(path.file_name().unwrap());
        assert!(std::fs::read(&path).unwrap() == std::fs::read(other).unwrap(), "{} differs", path.display());
    }
}
