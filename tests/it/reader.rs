//! The child process in which documents are read: what its caller gets however it ends.

#![expect(clippy::unwrap_used, reason = "a test")]

use dutyclerk::casework::FieldId;
use dutyclerk::inbound::form::{Attempt, FormTables, Limits, ReadOptions, Reader, ReaderError};
use jiff::civil::date;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;

fn reader(program: impl Into<std::path::PathBuf>) -> Reader {
    Reader::new(program, Arc::new(FormTables::shipped().unwrap()), Limits::default())
}

fn script(folder: &tempfile::TempDir, body: &str) -> std::path::PathBuf {
    let path = folder.path().join("child");
    std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[tokio::test]
async fn a_document_is_read_in_another_process() {
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/forms/rat-two-columns.xlsx")).unwrap();
    let reader = reader(env!("CARGO_BIN_EXE_dutyclerk"));
    let report = reader.read(&bytes, Some("xlsx"), date(2026, 11, 22), &ReadOptions::default()).await.unwrap();
    assert_eq!(report.readings[0].text(FieldId::ChildName), Some("Zoe Example"));
    // A large document nobody reads: the child answers without the parent hanging on a full pipe.
    let report =
        reader.read(&vec![7; 30 * 1024 * 1024], None, date(2026, 11, 22), &ReadOptions::default()).await.unwrap();
    assert_eq!(report.readings[0].form, None);
}

#[tokio::test]
async fn a_child_that_dies_hangs_or_babbles_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let today = date(2026, 11, 22);
    let options = ReadOptions::default();
    let died = reader(script(&folder, "kill -9 $$")).read(b"x", None, today, &options).await;
    assert!(matches!(died, Err(ReaderError::Died(_))), "{died:?}");
    let died = reader(script(&folder, "echo nonsense")).read(b"x", None, today, &options).await;
    assert!(matches!(died, Err(ReaderError::Died(_))), "{died:?}");
    let slow = reader(script(&folder, "exec tail -f /dev/null")).with_timeout(Duration::from_millis(200));
    let slow = slow.read(b"x", None, today, &options).await;
    assert!(matches!(slow, Err(ReaderError::TimedOut(_))), "{slow:?}");
    let endless = reader(script(&folder, "exec yes")).with_timeout(Duration::from_secs(10));
    let endless = endless.read(b"x", None, today, &options).await;
    assert!(matches!(endless, Err(ReaderError::Died(_))), "{endless:?}");
    let absent = reader(folder.path().join("nothing")).read(b"x", None, today, &options).await;
    assert!(matches!(absent, Err(ReaderError::Spawn(_))), "{absent:?}");
}

/// A program that notes the id of each of its processes and is then the child.
fn counted(folder: &tempfile::TempDir) -> (std::path::PathBuf, impl Fn() -> Vec<String>) {
    let list = folder.path().join("started");
    let body = format!("echo $$ >>{}\nexec {} read-document", list.display(), env!("CARGO_BIN_EXE_dutyclerk"));
    (script(folder, &body), move || std::fs::read_to_string(&list).unwrap().lines().map(str::to_owned).collect())
}

#[tokio::test]
async fn a_child_reads_one_document_after_another_and_is_replaced_after_fifty() {
    let folder = tempfile::tempdir().unwrap();
    let (program, started) = counted(&folder);
    let reader = reader(program);
    let path = |name: &str| format!("{}/tests/corpus/forms/{name}", env!("CARGO_MANIFEST_DIR"));
    let [one, other] = ["rat-two-columns.xlsx", "ce-review-text.docx"].map(|name| std::fs::read(path(name)).unwrap());
    let today = date(2026, 11, 22);
    let mut alone = Vec::new();
    for document in [&one, &other] {
        let fresh = self::reader(env!("CARGO_BIN_EXE_dutyclerk"));
        let report = fresh.read(document, None, today, &ReadOptions::default()).await.unwrap();
        alone.push(serde_json::to_value(&report).unwrap());
    }
    for number in 0..51 {
        let document = if number % 2 == 0 { &one } else { &other };
        let report = reader.read(document, None, today, &ReadOptions::default()).await.unwrap();
        assert_eq!(serde_json::to_value(&report).unwrap(), alone[number % 2], "{number}");
        assert_eq!(started().len(), if number < 50 { 1 } else { 2 }, "{number}");
    }
}

#[tokio::test]
async fn invariant_9_a_child_that_fails_between_documents_is_replaced_and_no_document_is_blamed() {
    let folder = tempfile::tempdir().unwrap();
    let (program, started) = counted(&folder);
    let reader = reader(program);
    let (today, options) = (date(2026, 11, 22), ReadOptions::default());
    reader.read(b"x", None, today, &options).await.unwrap();
    let send = |signal: &str| {
        let sent = std::process::Command::new("kill").args([signal, started().last().unwrap()]).status();
        assert!(sent.unwrap().success());
    };
    send("-KILL");
    reader.read(b"x", None, today, &options).await.unwrap();
    assert_eq!(started().len(), 2);
    // One that hangs is killed with the document it hung at; the next has a fresh one.
    send("-STOP");
    let hung = reader.clone().with_timeout(Duration::from_millis(300)).read(b"x", None, today, &options).await;
    assert!(matches!(hung, Err(ReaderError::TimedOut(_))), "{hung:?}");
    reader.read(b"x", None, today, &options).await.unwrap();
    assert_eq!(started().len(), 3);
    // One of too many bytes is the child's last.
    reader.read(&vec![7; 65 * 1024 * 1024], None, today, &options).await.unwrap();
    reader.read(b"x", None, today, &options).await.unwrap();
    assert_eq!(started().len(), 4);
}

#[tokio::test]
async fn documents_read_at_once_are_read_in_processes_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let (program, started) = counted(&folder);
    let reader = reader(program);
    let (today, options) = (date(2026, 11, 22), ReadOptions::default());
    let (one, other) = tokio::join!(reader.read(b"x", None, today, &options), reader.read(b"y", None, today, &options));
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(started().len(), 2);
    // Both wait for a document until they are let go.
    reader.read(b"z", None, today, &options).await.unwrap();
    assert_eq!(started().len(), 2);
    reader.rest();
    reader.read(b"z", None, today, &options).await.unwrap();
    assert_eq!(started().len(), 3);
}

/// By effect, one attempt at a time, each in a child confined by the function that confines the reader. Tests may run as root:
/// nothing here is refused for want of permission.
#[tokio::test]
async fn invariant_9_a_child_cannot_open_connect_spawn_or_pass_its_limits() {
    let reader = reader(env!("CARGO_BIN_EXE_dutyclerk"));
    let folder = tempfile::tempdir().unwrap();
    for attempt in Attempt::ALL {
        let file = folder.path().join(attempt.as_str());
        let out = std::fs::File::create(&file).unwrap();
        assert!(!reader.succeeds(attempt, out.into()).await.unwrap(), "{attempt:?} was not refused");
        assert_eq!(std::fs::metadata(&file).unwrap().len(), 0, "{attempt:?} wrote to a file");
    }
    assert_eq!(reader.left_open().await.unwrap(), []);
}

#[tokio::test]
async fn a_child_that_is_not_shut_in_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    // A program that lets everything happen, as a kernel without Landlock and seccomp would.
    let open = reader(script(&folder, "exit 4"));
    assert_eq!(open.left_open().await.unwrap(), Attempt::OF_THE_KERNEL);
    // One that does not get so far proves nothing.
    let broken = reader(script(&folder, "exit 3"));
    assert!(broken.left_open().await.is_err());
}
