//! What holds of the whole, whatever comes: the ledger adds up, nothing personal is logged, a killed run loses nothing.

use crate::command::{copy, dutyclerk, err};
use crate::harness::{Letter, Story, at, ce_assessment, child, letter, rat};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};

/// A small generator with a fixed seed: the same mixture every time.
struct Mixture(u64);

impl Mixture {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

const FIRST: [&str; 6] = ["Maisie", "Rory", "Ottilie", "Caspian", "Linnet", "Peregrine"];
const LAST: [&str; 5] = ["Thornquist", "Quillfeather", "Brackenbury", "Wrenfield", "Farraday"];

/// One mail of any sort people and machines send to a duty mailbox.
fn any_letter(mixture: &mut Mixture, minutes: i64) -> (Letter, Vec<crate::harness::Child>) {
    let arrives = at("2026-11-16T08:00:00").checked_add(SignedDuration::from_mins(minutes)).unwrap();
    let surrey = mixture.below(3) > 0;
    let (mailbox, worker) = match surrey {
        true => ("surrey-rmm-se", "viktor.sowerby@surrey.example"),
        false => ("st-helens-mace", "nadia.coverdale@st-helens.example"),
    };
    let from = match mixture.below(8) {
        0 => "someone@elsewhere.example",
        1 => "a.nurse@ward.nhs.example",
        _ => worker,
    };
    let n = mixture.below(FIRST.len() as u64 * LAST.len() as u64);
    let name = format!("{} {}", FIRST[n as usize % 6], LAST[n as usize % 5]);
    let about = child(u32::try_from(n).unwrap(), &name);
    let form = if surrey { rat(&about) } else { ce_assessment(&about) };
    let dated = format!("{:02}/11/2026", 1 + mixture.below(14));
    let bytes = form.dated(&dated).bytes();
    let mail = letter(mailbox, from, &arrives.to_string());
    let mail = match mixture.below(12) {
        0 => mail.header("Auto-Submitted", "auto-replied").body("I am away."),
        1 => mail.body("Is this child on the agenda?"),
        2 => mail.file("broken.xlsx", bytes[..bytes.len() / 3].to_vec()),
        3 => mail.spoofed().file("assessment.xlsx", bytes),
        4 => mail.body("Please do not share this yet.").file("assessment.xlsx", bytes),
        5 => mail.file("one.xlsx", bytes.clone()).file("two.xlsx", bytes),
        6 => mail.content("application/octet-stream", "\x00\x01nonsense"),
        _ => mail.file("assessment.xlsx", bytes),
    };
    (mail, vec![about])
}

#[test]
fn invariant_2_the_ledger_adds_up_whatever_comes() {
    for seed in [0x9E37_79B9_7F4A_7C15, 0xD1B5_4A32_D192_ED03] {
        let mut mixture = Mixture(seed);
        let mut story = Story::new("surrey-rmm-se");
        let mut sent: Vec<(Letter, usize)> = Vec::new();
        for n in 0..40 {
            let minutes = 7 * 24 * 60 * i64::try_from(n).unwrap() / 40;
            if n > 5 && mixture.below(8) == 0 {
                let (mail, number) = sent[mixture.below(sent.len() as u64) as usize].clone();
                story = story.again(&mail, number);
                continue;
            }
            let (mail, children) = any_letter(&mut mixture, minutes);
            sent.push((mail.clone(), n + 1));
            story = story.about(&children).mail(&mail);
        }
        // `Results::read` adds the ledger up, and looks for names wherever none may stand.
        let r = story.simulate("2026-11-16", "2026-11-25T11:00:00");
        assert_eq!(r.received.len(), 40, "every message once: {:?}", r.fates());
        let files: BTreeSet<_> = r.received.iter().map(|x| (&x.mailbox, &x.file)).collect();
        assert_eq!(files.len(), 40);
        let fates: BTreeSet<&str> = r.received.iter().map(|x| x.fate.as_str()).collect();
        assert!(fates.len() >= 4, "a poor mixture: {fates:?}");
        assert!(r.received.iter().all(|x| x.fate != "pending"));
    }
}

#[test]
fn invariant_5_nothing_personal_is_logged_or_shown_whatever_goes_wrong() {
    let (maisie, rory) = (child(110, "Maisie Thornquist"), child(111, "Rory Quillfeather"));
    let from = "viktor.sowerby@surrey.example";
    let mail = |time: &str| letter("surrey-rmm-se", from, &format!("2026-11-20T{time}"));
    let mut bad = rat(&maisie).bytes();
    bad.truncate(bad.len() - 200);
    // `Results::read` looks for the children in the debug log, journal, subjects, file names, calendars and reasons.
    let r = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(
            &mail("09:00:00")
                .subject("Maisie Thornquist 02/03/2010")
                .file("Maisie Thornquist RAT.xlsx", rat(&maisie).bytes()),
        )
        .mail(
            &mail("09:10:00")
                .subject(&format!("NHS {}", rory.nhs))
                .file("Rory Quillfeather.xlsx", rat(&maisie).bytes()),
        )
        .mail(&mail("09:20:00").subject("Thornquist").file("Maisie Thornquist.xlsx", bad))
        .mail(
            &mail("09:30:00")
                .subject(&maisie.lcs)
                .body("Maisie Thornquist is at immediate risk tonight.")
                .file("Rory Quillfeather.docx", b"Rory Quillfeather".to_vec()),
        )
        .mail(
            &mail("09:40:00")
                .file("x.xlsx", rat(&rory).set("DOB", "Rory Quillfeather").set("NHS Number", "12").bytes()),
        )
        .mail(
            &letter("surrey-rmm-se", "Maisie Thornquist <m@elsewhere.example>", "2026-11-20T09:50:00")
                .form(&rat(&maisie)),
        )
        .simulate("2026-11-19", "2026-11-26");
    assert_eq!(r.received.len(), 6);
    assert!(r.log.contains("message decided") && r.log.lines().count() > 20, "nothing was logged: {}", r.log);
    assert!(!r.of("alert").is_empty() && !r.of("query").is_empty());
}

/// An installation with key, directory and empty mailboxes.
fn installed() -> tempfile::TempDir {
    let folder = copy();
    let at = folder.path();
    let main = at.join("dutyclerk.toml");
    let text = std::fs::read_to_string(&main).unwrap();
    std::fs::write(&main, text.replace("# authserv_id = \"mx.", "authserv_id = \"mx.")).unwrap();
    for mailbox in ["st-helens-mace", "surrey-rmm-ne", "surrey-rmm-nw", "surrey-rmm-se", "surrey-rmm-sw"] {
        for part in ["cur", "new", "tmp"] {
            std::fs::create_dir_all(at.join("mail").join(mailbox).join(part)).unwrap();
        }
    }
    done(at, &["key", "new"]);
    done(at, &["directory", "import", at.join("directory.csv").to_str().unwrap()]);
    folder
}

/// Puts the n-th child's mail into the mailbox, come an hour ago.
fn deliver(config: &Path, n: usize) {
    let about = child(u32::try_from(n).unwrap(), &format!("{} {}", FIRST[n % 6], LAST[n / 6 % 5]));
    let arrives = now().checked_sub(SignedDuration::from_mins(60)).unwrap();
    let day = now().to_zoned(TimeZone::UTC).strftime("%d/%m/%Y").to_string();
    // Nobody is sent more than 40 answers a day.
    let worker = ["viktor.sowerby@surrey.example", "wendy.blenkin@surrey.example"][n % 2];
    let mail = letter("surrey-rmm-se", worker, &arrives.to_string());
    let bytes = mail.form(&rat(&about).dated(&day)).bytes(n);
    std::fs::write(config.join(format!("mail/surrey-rmm-se/new/{n:03}")), bytes).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "the program under test runs on the machine's clock")]
fn now() -> Timestamp {
    Timestamp::now()
}

fn done(config: &Path, arguments: &[&str]) -> Vec<Value> {
    let output = dutyclerk(config, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", err(&output));
    if arguments.contains(&"--json") { crate::command::json(&output) } else { Vec::new() }
}

/// Starts `run --once` and kills it so many lines of its log and so many looks at it later; true when it was killed.
fn killed(config: &Path, lines: u64, looks: u64) -> bool {
    use std::io::BufRead;
    let mut run = Command::new(env!("CARGO_BIN_EXE_dutyclerk"))
        .arg("--config")
        .arg(config)
        .args(["run", "--once"])
        .env("DUTYCLERK_LOG", "debug")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = std::io::BufReader::new(run.stderr.take().unwrap()).lines();
    let _read = log.by_ref().take(usize::try_from(lines).unwrap()).count();
    let ended = (0..looks).any(|_| run.try_wait().unwrap().is_some());
    run.kill().unwrap();
    !run.wait().unwrap().success() && !ended
}

#[test]
fn invariants_1_to_4_a_killed_run_loses_nothing_and_doubles_nothing() {
    let folder = installed();
    let at = folder.path();
    let mut mixture = Mixture(0x2545_F491_4F6C_DD1D);
    let (mut mails, mut kills) = (0, 0_u64);
    for _ in 0..30 {
        for _ in 0..1 + mixture.below(2) {
            deliver(at, mails);
            mails += 1;
        }
        // Before the first line it takes in mail, after it decides, and then it sends.
        let lines = mixture.below(4);
        let looks = mixture.below(if lines == 0 { 400_000 } else { 40_000 });
        kills += u64::from(killed(at, lines, looks));
    }
    assert!(kills >= 10, "only {kills} runs were killed");
    done(at, &["run", "--once"]);
    done(at, &["run", "--once"]);

    // Each message has one fate, in the ledger and on the disk.
    let status = done(at, &["status", "--json"]).remove(0);
    let row = status["ledger"]
        .as_array()
        .unwrap()
        .iter()
        .find(|r| r["mailbox"] == "surrey-rmm-se" && r["days"] == "7 days")
        .unwrap()
        .clone();
    let fates = ["accepted", "held", "duplicate", "calendar_reply", "bounce", "ignored", "pending"];
    assert_eq!(row["received"].as_u64(), Some(mails as u64), "{row}");
    assert_eq!(fates.iter().map(|f| row[f].as_u64().unwrap_or_default()).sum::<u64>(), mails as u64, "{row}");
    assert_eq!(row["pending"].as_u64().unwrap_or_default(), 0, "{row}");
    // Whatever was under way twice when the program died is put aside; nothing else is held against its neighbours.
    assert!(row["held"].as_u64().unwrap() * 2 <= kills, "{kills} kills: {row}");
    let left = |folder: &str| std::fs::read_dir(at.join("mail/surrey-rmm-se").join(folder)).unwrap().count();
    assert_eq!((left("new"), left("cur")), (0, 0), "everything was moved out of the way");

    // Each mail went once: one answer a message, one mail of a kind for a child and a recipient.
    let sent = std::fs::read_to_string(at.join("state/out/sent.jsonl")).unwrap();
    let (mut refs, mut seen, mut answers) = (BTreeSet::new(), BTreeMap::new(), 0);
    for line in sent.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| line[name].to_string();
        assert!(at.join("state/out").join(line["file"].as_str().unwrap()).exists());
        assert!(refs.insert(field("ref")), "{line} went twice");
        answers += usize::from(["acknowledgement", "query"].iter().any(|kind| line["kind"] == *kind));
        // What names no child may go to one person more than once.
        if !line["children"].as_array().unwrap().is_empty() {
            *seen.entry([field("kind"), field("meeting_id"), field("to"), field("children")]).or_insert(0) += 1;
        }
    }
    let doubled: Vec<_> = seen.iter().filter(|(_, n)| **n > 1).collect();
    assert!(doubled.is_empty(), "{doubled:?}");
    assert_eq!(answers, mails);
}
