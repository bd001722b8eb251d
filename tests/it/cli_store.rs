//! What an operator does with the store as a whole: its key is changed, wherever that is cut off, a copy is
//! made, what is no longer needed is destroyed.

use crate::cli_operator::{arrives, done, installed, shown};
use crate::command::{change, dutyclerk, err, json, out};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// An installation that has taken a referral in.
pub(crate) fn with_a_case() -> tempfile::TempDir {
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

/// Runs this SQL on the installation's database, as somebody with the file could.
pub(crate) fn alter(config: &Path, sql: &'static str) {
    let url = format!("sqlite://{}", config.join("state/dutyclerk.db").display());
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        use sqlx::{AnyConnection, Connection, Executor};
        sqlx::any::install_default_drivers();
        let mut db = AnyConnection::connect(&url).await.unwrap();
        db.execute(sqlx::raw_sql(sql)).await.unwrap();
        db.close().await.unwrap();
    });
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
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

#[test]
fn a_backup_made_under_a_running_daemon_opens_with_the_key_that_is_not_in_it() {
    let folder = with_a_case();
    let (at, copies) = (folder.path(), tempfile::tempdir().unwrap());
    let before = shown(at, &["case", "show", "R-0001"]);
    let mut daemon = running(at);
    let file = copies.path().join("copy.db");
    let made = shown(at, &["backup", file.to_str().unwrap()]);
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    assert!(made["journal_lines"].as_i64().unwrap() > 3, "{made}");
    assert_eq!(made["warnings"].as_array().unwrap().len(), 0, "{made}");
    assert_eq!(names(copies.path()), ["copy.db"]);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let (bytes, key) = (std::fs::read(&file).unwrap(), read(&at.join("state/master.key")));
    assert!(!bytes.windows(key.trim().len()).any(|part| part == key.trim().as_bytes()));
    // A folder gets a file named after the time; what is there stays as it is.
    let into = shown(at, &["backup", copies.path().to_str().unwrap()]);
    assert!(into["file"].as_str().unwrap().contains("/dutyclerk-20"), "{into}");
    let again = dutyclerk(at, &["backup", file.to_str().unwrap()]);
    assert_eq!((again.status.code(), std::fs::read(&file).unwrap() == bytes), (Some(1), true));
    assert!(err(&again).contains("stays as it is"), "{}", err(&again));
    // Beside the key it is warned of.
    let beside = shown(at, &["backup", at.join("state/copy.db").to_str().unwrap()]);
    assert!(beside["warnings"][0].as_str().unwrap().contains("the folder of the master key"), "{beside}");
    // Put back, it says what it said.
    for name in ["dutyclerk.db", "dutyclerk.db-wal", "dutyclerk.db-shm"] {
        let _may_be_gone = std::fs::remove_file(at.join("state").join(name));
    }
    std::fs::copy(&file, at.join("state/dutyclerk.db")).unwrap();
    assert_eq!(shown(at, &["case", "show", "R-0001"]), before);
    done(at, &["journal", "verify"]);
    done(at, &["run", "--once"]);
}

#[test]
fn a_copy_that_cannot_be_trusted_is_no_backup_and_postgresql_has_its_own() {
    let folder = with_a_case();
    let (at, copies) = (folder.path(), tempfile::tempdir().unwrap());
    alter(at, "UPDATE journal SET reason = 'nothing happened' WHERE seq = 1");
    let refused = dutyclerk(at, &["backup", copies.path().to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(err(&refused).contains("broken at line 1"), "{}", err(&refused));
    assert!(names(copies.path()).is_empty(), "{:?}", names(copies.path()));
    let server = "[store]\ndatabase_url = \"postgres://duty@localhost/duty\"\n";
    change(&at.join("dutyclerk.toml"), "[store]\n", server);
    let refused = dutyclerk(at, &["backup", copies.path().to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(err(&refused).contains("pg_dump"), "{}", err(&refused));
}

#[test]
fn op_07_purge_destroys_by_hand_what_it_said_it_would_and_nothing_that_is_held() {
    let folder = with_a_case();
    let at = folder.path();
    let refs = |arguments: &[&str]| -> Vec<String> {
        let rows = shown(at, arguments)["destroyed"].as_array().unwrap().clone();
        assert!(rows.iter().all(|row| row["rule"] == "OP-07"));
        rows.iter().map(|row| row["ref"].as_str().unwrap().to_owned()).collect()
    };
    assert!(refs(&["purge"]).is_empty(), "nothing is old enough");
    alter(
        at,
        "UPDATE cases SET state = 'closed', closed_at = 0; UPDATE messages SET decided_at = 0; \
         UPDATE documents SET created_at = 0; UPDATE outbox SET created_at = 0, state = 'settled'; \
         UPDATE meetings SET state = 'closed'; UPDATE obligations SET state = 'done'",
    );
    done(at, &["case", "hold", "R-0001", "--reason", "an inquest", "--by", "A Manager"]);
    assert!(refs(&["purge", "--dry-run"]).is_empty(), "a legal hold keeps it");
    done(at, &["case", "unhold", "R-0001"]);
    let lines = || out(&done(at, &["journal", "export"])).lines().count();
    let before = lines();
    let would = refs(&["purge", "--dry-run"]);
    assert!(would.contains(&"R-0001".to_owned()) && would.contains(&"M-000001".to_owned()), "{would:?}");
    assert!(would.iter().any(|about| about.starts_with("S-")), "{would:?}");
    assert_eq!((lines(), refs(&["purge", "--dry-run"])), (before, would.clone()), "nothing was destroyed");
    assert_eq!(refs(&["purge"]), would);
    assert!(refs(&["purge"]).is_empty());
    let explained = shown(at, &["explain", "R-0001"]);
    assert!(explained["what_happened"].to_string().contains("case.purged"), "{explained}");
    done(at, &["journal", "verify"]);
}
