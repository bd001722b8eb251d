use super::*;
use std::{fs, path::PathBuf};

const MAIL: &str = "Received: by mx.surrey.example; Tue, 9 Jun 2026 10:00:00 +0100\r\n\
    From: jo@surrey.example\r\nSubject: a\r\n\r\nbody\r\n";

fn mailbox(path: &Path) -> Mailbox {
    Mailbox::open(MailboxId::new("surrey-rmm-ne"), path).unwrap()
}

fn maildir() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for part in ["cur", "new", "tmp"] {
        fs::create_dir(dir.path().join(part)).unwrap();
    }
    dir
}

fn files(path: PathBuf) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(path).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn inv_1_a_maildir_message_is_fetched_untouched_and_moved_with_its_flags_only_when_settled() {
    let dir = maildir();
    fs::write(dir.path().join("new/1781000000.M1P2.host"), MAIL).unwrap();
    fs::write(dir.path().join("cur/1781000001.M3P4.host,S=99:2,FS"), MAIL).unwrap();
    fs::write(dir.path().join("tmp/1781000002.M5P6.host"), MAIL).unwrap();
    let mut mailbox = mailbox(dir.path());
    assert!(mailbox.moves_mail());
    let sweep = mailbox.sweep().await.unwrap();
    let keys: Vec<&str> = sweep.occurrences.iter().map(|o| o.key.uid.as_str()).collect();
    assert_eq!(keys, ["1781000000.M1P2.host", "1781000001.M3P4.host,S=99"], "read mail is mail, tmp is not");
    assert_eq!(sweep.occurrences[0].size, MAIL.len() as u64);
    assert_eq!(sweep.occurrences[0].file.reveal(), "new/1781000000.M1P2.host");
    for occurrence in &sweep.occurrences {
        let fetched = mailbox.fetch(&occurrence.key, 1 << 20).await.unwrap();
        assert_eq!((fetched.bytes.as_slice(), fetched.truncated), (MAIL.as_bytes(), false));
    }
    assert_eq!(files(dir.path().join("new")).len() + files(dir.path().join("cur")).len(), 2, "fetch moves nothing");
    mailbox.settle(&sweep.occurrences[0].key, Folder::Processed).await.unwrap();
    mailbox.settle(&sweep.occurrences[1].key, Folder::Quarantine).await.unwrap();
    assert_eq!(files(dir.path().join(".Processed/cur")), ["1781000000.M1P2.host:2,"]);
    assert_eq!(files(dir.path().join(".Quarantine/cur")), ["1781000001.M3P4.host,S=99:2,FS"]);
    assert!(dir.path().join(".Processed/maildirfolder").exists());
    mailbox.settle(&sweep.occurrences[0].key, Folder::Processed).await.unwrap();
    assert!(mailbox.sweep().await.unwrap().occurrences.is_empty());
}

#[tokio::test]
async fn lessons_a4_a_colleague_reading_a_message_makes_no_new_occurrence_and_does_not_hide_it() {
    let dir = maildir();
    let old = dir.path().join("new/1781000000.M1P2.host");
    fs::write(&old, MAIL).unwrap();
    let mut mailbox = mailbox(dir.path());
    let before = mailbox.sweep().await.unwrap().occurrences.remove(0);
    fs::rename(old, dir.path().join("cur/1781000000.M1P2.host:2,RS")).unwrap();
    assert_eq!(mailbox.fetch(&before.key, 4).await.unwrap(), Fetched { bytes: b"Rece".to_vec(), truncated: true });
    let after = mailbox.sweep().await.unwrap().occurrences.remove(0);
    assert_eq!((after.key, after.arrived_at), (before.key, before.arrived_at));
}

#[tokio::test]
async fn a_message_moved_away_is_gone_to_fetch_and_fine_to_settle() {
    let dir = maildir();
    fs::write(dir.path().join("new/1781000000.M1P2.host"), MAIL).unwrap();
    let mut mailbox = mailbox(dir.path());
    let key = mailbox.sweep().await.unwrap().occurrences.remove(0).key;
    fs::remove_file(dir.path().join("new/1781000000.M1P2.host")).unwrap();
    let error = mailbox.fetch(&key, 10).await.unwrap_err();
    assert!(matches!(error, MailboxError::Gone { .. }) && !error.is_temporary());
    mailbox.settle(&key, Folder::Processed).await.unwrap();
}

#[tokio::test]
async fn inv_2_a_move_replaces_no_other_message() {
    let dir = maildir();
    let mut mailbox = mailbox(dir.path());
    for body in ["one", "two"] {
        fs::write(dir.path().join("cur/1781000000.M1P2.host:2,S"), body).unwrap();
        let key = mailbox.sweep().await.unwrap().occurrences.remove(0).key;
        mailbox.settle(&key, Folder::Processed).await.unwrap();
    }
    assert_eq!(files(dir.path().join(".Processed/cur")), ["1781000000.M1P2.host:2,S", "1781000000.M1P2.host_2:2,S"]);
}

#[tokio::test]
async fn mc_29_without_received_a_maildir_name_tells_the_arrival_and_else_the_file() {
    let dir = maildir();
    fs::write(dir.path().join("new/1781000000.M1P2.host"), "Date: Sat, 1 Jan 2000 00:00:00 +0000\n\nx").unwrap();
    let named = dir.path().join("new/message");
    fs::write(&named, "Date: Sat, 1 Jan 2000 00:00:00 +0000\n\nx").unwrap();
    let time = std::time::UNIX_EPOCH + std::time::Duration::new(1_790_000_000, 500_000_000);
    fs::File::options().write(true).open(&named).unwrap().set_modified(time).unwrap();
    let sweep = mailbox(dir.path()).sweep().await.unwrap();
    let seconds: Vec<i64> = sweep.occurrences.iter().map(|o| o.arrived_at.as_second()).collect();
    assert_eq!(seconds, [1_781_000_000, 1_790_000_000]);
    assert!(sweep.occurrences.iter().all(|o| o.arrived_at.subsec_nanosecond() == 0));
}

#[cfg(unix)]
#[tokio::test]
async fn an_unreadable_message_stops_no_other_and_is_named_by_key_only() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("b.eml"), MAIL).unwrap();
    fs::write(dir.path().join("Zoe Marker.eml"), MAIL).unwrap();
    symlink("/nowhere", dir.path().join("c.eml")).unwrap();
    let mut mailbox = mailbox(dir.path());
    // Root reads what it likes, so the failure is made by hand: the error's text is what matters.
    let sweep = mailbox.sweep().await.unwrap();
    assert_eq!(sweep.occurrences.len(), 2);
    let key = sweep.occurrences.iter().find(|o| o.file.reveal().starts_with("Zoe")).unwrap().key.clone();
    let error = mailbox.about(key.clone(), &io::Error::from(io::ErrorKind::PermissionDenied));
    assert!(error.is_temporary());
    let text = format!("{error} {error:?} {:?}", sweep.occurrences);
    assert!(!text.contains("Zoe") && text.contains(&key.uid) && text.contains("surrey-rmm-ne"), "{text}");
}

#[tokio::test]
async fn an_unreadable_maildir_entry_is_reported_beside_the_others() {
    let dir = maildir();
    fs::write(dir.path().join("new/1781000000.M1P2.host"), MAIL).unwrap();
    let closed = dir.path().join("new/1781000001.M1P2.host");
    fs::write(&closed, MAIL).unwrap();
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let sweep = mailbox(dir.path()).sweep().await.unwrap();
    let root = fs::File::open(&closed).is_ok();
    assert_eq!((sweep.occurrences.len(), sweep.unreadable.len()), if root { (2, 0) } else { (1, 1) });
}

#[tokio::test]
async fn loose_mail_is_found_at_any_depth_and_only_read() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("b/c")).unwrap();
    for name in ["z.eml", "b/c/a.EML", "b/notes.txt", ".hidden.eml"] {
        fs::write(dir.path().join(name), MAIL).unwrap();
    }
    let mut mailbox = mailbox(dir.path());
    assert!(!mailbox.moves_mail());
    let sweep = mailbox.sweep().await.unwrap();
    let mut names: Vec<&str> = sweep.occurrences.iter().map(|o| o.file.reveal().as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["b/c/a.EML", "z.eml"]);
    mailbox.settle(&sweep.occurrences[0].key, Folder::Processed).await.unwrap();
    let again: Vec<_> = mailbox.sweep().await.unwrap().occurrences;
    assert_eq!(again, sweep.occurrences, "same keys the second time");
    assert_eq!(mailbox.fetch(&again[0].key, 1 << 20).await.unwrap().bytes, MAIL.as_bytes());
}

const MBOX: &str = "From jo@surrey.example Thu Jun  4 10:00:00 2026\nSubject: one\n\nHello\n\n\
    From the school we heard nothing.\n>From here on\n>>From there\n\n\
    From al@surrey.example Thu Jun  4 11:00:00 2026\n\
    Received: by mx; Thu, 4 Jun 2026 11:00:05 +0000\nStatus: O\nSubject: two\n\nText\n\n\
    From - Thu Jun  4 12:00:00 2026\nSubject: twin\n\nSame\n\n\
    From - Thu Jun  4 13:00:00 2026\nSubject: twin\n\nSame\n";

#[tokio::test]
async fn an_mbox_splits_at_from_lines_only() {
    for text in [MBOX.to_owned(), MBOX.replace('\n', "\r\n")] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("archive"), &text).unwrap();
        let mut mailbox = mailbox(dir.path());
        let found = mailbox.sweep().await.unwrap().occurrences;
        let times: Vec<String> = found.iter().map(|o| o.arrived_at.to_string()).collect();
        assert_eq!(
            times,
            ["2026-06-04T10:00:00Z", "2026-06-04T11:00:05Z", "2026-06-04T12:00:00Z", "2026-06-04T13:00:00Z"]
        );
        assert_eq!(found[1].file.reveal(), "archive#2");
        let first = mailbox.fetch(&found[0].key, 1 << 20).await.unwrap();
        let want = "Subject: one\n\nHello\n\nFrom the school we heard nothing.\nFrom here on\n>From there\n";
        assert_eq!(String::from_utf8(first.bytes.clone()).unwrap().replace("\r\n", "\n"), want);
        assert_eq!(found[0].size, first.bytes.len() as u64);
        assert!(mailbox.fetch(&found[0].key, 10).await.unwrap().truncated);
        assert_ne!(found[2].key, found[3].key, "two equal messages are two occurrences");
        let last = mailbox.fetch(&found[3].key, 1 << 20).await.unwrap();
        assert!(last.bytes.starts_with(b"Subject: twin") && !last.truncated);
    }
}

#[tokio::test]
async fn reading_or_deleting_in_an_mbox_makes_no_new_occurrence() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("duty.mbox");
    fs::write(&path, MBOX).unwrap();
    let mut mailbox = mailbox(&path);
    let before: Vec<_> = mailbox.sweep().await.unwrap().occurrences.into_iter().map(|o| o.key).collect();
    let start = MBOX.find("From al@").unwrap();
    fs::write(&path, MBOX[start..].replace("Status: O\n", "Status: RO\nX-UID: 7\n")).unwrap();
    let after: Vec<_> = mailbox.sweep().await.unwrap().occurrences.into_iter().map(|o| o.key).collect();
    assert_eq!(after, before[1..]);
}

#[tokio::test]
async fn what_stands_at_a_path_is_found_out() {
    let dir = tempfile::tempdir().unwrap();
    assert!(mailbox(dir.path()).sweep().await.unwrap().occurrences.is_empty(), "an empty folder is an empty mailbox");
    let error = Mailbox::open(MailboxId::new("x"), &dir.path().join("nothing")).unwrap_err();
    assert!(error.to_string().starts_with("mailbox x cannot be opened"));
    fs::write(dir.path().join("a.eml"), format!("From x Thu Jun  4 10:00:00 2026\n{MAIL}")).unwrap();
    assert!(matches!(mailbox(dir.path()).kept, Kept::Loose(_)));
}

#[tokio::test]
async fn two_thousand_messages_are_listed_by_their_heads() {
    let dir = maildir();
    for n in 0..2000 {
        fs::write(dir.path().join(format!("new/{}.M{n}.host", 1_781_000_000 + n)), MAIL).unwrap();
    }
    let sweep = mailbox(dir.path()).sweep().await.unwrap();
    assert_eq!((sweep.occurrences.len(), sweep.unreadable.len()), (2000, 0));
}
