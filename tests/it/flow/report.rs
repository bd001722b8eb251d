//! The numbers a panel's administrator is asked for (SH-28, SH-36, NT-01).

use crate::command::{dutyclerk, err, json, out};
use crate::harness::{Story, child, letter, rat, recording};
use std::path::Path;

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const ADMIN: &str = "graham.rimmer@surrey.example";
const BOX: &str = "surrey-rmm-se";
const DAYS: [&str; 6] = ["--panel", BOX, "--from", "2026-11-02", "--until", "2026-11-15"];

/// One child in time for Wed 4 November, whose case goes on; one 23 hours late, heard a week later and closed.
fn fortnight() -> tempfile::TempDir {
    let (maisie, rory) = (child(870, "Maisie Thornquist"), child(871, "Rory Quillfeather"));
    let goes_on = recording(&maisie).rating("Emerging").set("Date of next RMM/MACE", "16/12/2026");
    let why = "No contact with the adults named since the summer; the school carries the plan.";
    let closed = recording(&rory).rating("Minimal").set("Rationale", why);
    Story::new(BOX)
        .about([&maisie, &rory])
        .mail(&letter(BOX, VIKTOR, "2026-11-02T09:00:00").form(&rat(&maisie)))
        .mail(&letter(BOX, VIKTOR, "2026-11-03T09:30:00").form(&rat(&rory)))
        .mail(&letter(BOX, ADMIN, "2026-11-04T15:00:00").form(&goes_on))
        .mail(&letter(BOX, ADMIN, "2026-11-11T15:00:00").form(&closed))
        .live("2026-11-02", "2026-11-20")
        .at_rest()
}

fn report(at: &Path, more: &[&str]) -> std::process::Output {
    let output = dutyclerk(at, &[&["report"], &DAYS[..], more].concat());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    for name in ["Maisie", "Quillfeather", "R-0001", "sowerby", "rimmer"] {
        assert!(!out(&output).contains(name), "{name}: {}", out(&output));
    }
    output
}

#[test]
fn sh_36_nt_01_the_numbers_of_a_fortnight_add_up_and_name_nobody() {
    let folder = fortnight();
    let numbers = json(&report(folder.path(), &["--json"]));
    let n = |about: &str, what: &str| {
        let found = numbers.iter().find(|row| row["about"] == about && row["what"] == what);
        found.unwrap_or_else(|| panic!("{about}, {what}: {numbers:#?}"))["number"].as_i64()
    };
    for (about, what, number) in [
        ("Messages", "received", 4),
        ("Messages", "accepted", 4),
        ("Messages", "answered", 4),
        ("Messages", "answered within an hour", 4),
        ("Cases", "opened", 2),
        ("Cases", "closed", 1),
        ("Cases", "open at the end", 1),
        ("Papers", "assessment", 2),
        ("Papers", "recording", 2),
        ("Papers", "for a meeting, on time", 1),
        ("Papers", "for a meeting, after the cut-off", 1),
        ("Papers", "hours after the cut-off, longest", 23),
        ("Meetings", "held", 2),
        ("Meetings", "pack taken within 30 minutes of its moment", 2),
        ("Meetings", "pack later", 0),
        ("Children heard", "all", 2),
        ("Decided", "goes on", 1),
        ("Decided", "closed", 1),
        ("Decided", "not recorded", 0),
        ("Ratings agreed", "Minimal", 1),
        ("Ratings agreed", "Emerging", 1),
        ("Ratings agreed", "Experiencing", 0),
        ("Held for a person", "decisions disputed (SH-28)", 0),
    ] {
        assert_eq!(n(about, what), Some(number), "{about}, {what}: {numbers:#?}");
    }
    assert!(n("Mails taken by the mail server", "health copy") > Some(0), "{numbers:#?}");
    assert!(numbers.iter().all(|row| row["panel"] == BOX && row["until"] == "2026-11-15"));
    // For people, and for a spreadsheet; nothing is written over.
    let text = out(&report(folder.path(), &[]));
    assert!(text.starts_with("surrey-rmm-se, Mon 2 November 2026 to Sun 15 November 2026\n"), "{text}");
    assert!(text.contains("\nChildren heard\n"), "{text}");
    let file = folder.path().join("numbers.csv");
    report(folder.path(), &["--out", file.to_str().unwrap()]);
    let table = std::fs::read_to_string(&file).unwrap();
    assert!(table.contains("surrey-rmm-se,2026-11-02,2026-11-15,Cases,\"closed\",1\r\n"), "{table}");
    let again = dutyclerk(folder.path(), &["report", "--out", file.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(1));
    // Before and after it there is nothing to count.
    let other = dutyclerk(folder.path(), &["report", "--panel", BOX, "--until", "2026-10-31", "--json"]);
    assert!(json(&other).iter().all(|row| row["number"].as_i64().unwrap_or_default() == 0), "{}", out(&other));
    let slip = dutyclerk(folder.path(), &["report", "--from", "2026-11-02", "--until", "2026-11-01"]);
    assert_eq!(slip.status.code(), Some(2), "{}", err(&slip));
}
