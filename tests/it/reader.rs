//! The child process in which documents are read: what its caller gets however it ends.

#![expect(clippy::unwrap_used, reason = "a test")]

use dutyclerk::casework::FieldId;
use dutyclerk::inbound::form::{FormTables, Limits, ReadOptions, Reader, ReaderError};
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
async fn a_document_is_read_in_a_process_of_its_own() {
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
