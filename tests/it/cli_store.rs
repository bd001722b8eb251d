//! What an operator does with the store as a whole: its key is changed, wherever that is cut off.

use crate::cli_operator::{arrives, done, installed, shown};
use crate::command::{dutyclerk, err, json, out};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// An installation that has taken a referral in.
fn with_a_case() -> tempfile::TempDir {
    let folder = installed();
    arrives(folder.path(), "rat-labels-above.xlsx", "worker@surrey.example");
    done(folder.path(), &["run", "--once"]);
    folder
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// A daemon on this configuration, once it runs.
fn running(config: &Path) -> Child {
    let mut daemon = Command::new(env!("CARGO_BIN_EXE_dutyclerk"))
        .arg("--config")
        .arg(config)
        .arg("run")
        .env("DUTYCLERK_LOG", "info")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(daemon.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("running") {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "it ended before it ran");
    }
    daemon
}

#[test]
fn a_new_master_key_takes_the_place_of_the_old_one_and_nothing_is_lost() {
    let folder = with_a_case();
    let (at, key) = (folder.path(), folder.path().join("state/master.key"));
    let (old, before) = (read(&key), shown(at, &["case", "show", "R-0001"]));
    let rotated = shown(at, &["key", "rotate"]);
    assert_ne!(read(&key), old);
    assert!(rotated["data_keys"].as_i64().unwrap() > 3, "{rotated}");
    let kept = Path::new(rotated["old_key"].as_str().unwrap());
    assert_eq!(read(kept), old);
    for file in [kept, &key] {
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
    assert!(!at.join("state/master.key.next").exists());
    assert_eq!(shown(at, &["case", "show", "R-0001"]), before);
    let event = done(at, &["journal", "export"]);
    assert!(out(&event).contains("\"key.rotated\""));
    done(at, &["journal", "verify"]);
    // The same paper is known again: look-ups are as they were.
    arrives(at, "rat-labels-above.xlsx", "worker@surrey.example");
    done(at, &["run", "--once"]);
    let cases = done(at, &["case", "list", "--json"]);
    assert_eq!(json(&cases).len(), 1);
    // The old key opens nothing any more.
    std::fs::write(&key, old).unwrap();
    let refused = dutyclerk(at, &["status"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(err(&refused).contains("another master key"), "{}", err(&refused));
}

#[test]
fn a_change_of_key_that_was_cut_off_is_finished_by_the_same_command() {
    let folder = with_a_case();
    let (at, key) = (folder.path(), folder.path().join("state/master.key"));
    let next = at.join("state/master.key.next");
    let old = read(&key);
    // Cut off while the next key was written.
    std::fs::write(&next, "AAAA").unwrap();
    done(at, &["case", "show", "R-0001"]);
    done(at, &["key", "rotate"]);
    let second = read(&key);
    assert_ne!(second, old);
    // After the database had turned to the next key, before that took the place of the old one.
    std::fs::write(&next, &second).unwrap();
    std::fs::write(&key, &old).unwrap();
    let refused = dutyclerk(at, &["run", "--once"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(err(&refused).contains("`dutyclerk key rotate` finishes it"), "{}", err(&refused));
    done(at, &["key", "rotate"]);
    assert_eq!(read(&key), second);
    assert!(!next.exists());
    done(at, &["case", "show", "R-0001"]);
    // Before the database had turned to it: the key that was made is the one that is used.
    done(at, &["key", "new", "--out", next.to_str().unwrap()]);
    let third = read(&next);
    done(at, &["key", "rotate"]);
    assert_eq!(read(&key), third);
    done(at, &["case", "show", "R-0001"]);
}

#[test]
fn the_key_is_not_changed_under_a_running_daemon() {
    let folder = installed();
    let (at, key) = (folder.path(), folder.path().join("state/master.key"));
    let old = read(&key);
    let mut daemon = running(at);
    let refused = dutyclerk(at, &["key", "rotate"]);
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(err(&refused).contains("another dutyclerk is running"), "{}", err(&refused));
    assert_eq!(read(&key), old);
    done(at, &["key", "rotate"]);
}
