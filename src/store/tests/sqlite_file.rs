//! What is about SQLite's file alone: who may read it, what it says when it is no database, a full disk, and what stands in
//! its bytes.

use super::planted::{PLANTED, leaks, plant};
use super::*;
use crate::casework::MessageRef;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

type Scratch = scratch::Scratch<false>;

#[tokio::test]
async fn a_file_that_is_no_database_or_stands_nowhere_is_refused_in_words() {
    let dir = TempDir::new().unwrap();
    let settings = StoreSettings::at(dir.path().join("no/such/folder/x.db"));
    let error = Store::open(&settings, master(1), Chance::seeded(1)).await.unwrap_err();
    assert!(matches!(error, StoreError::File { .. }), "{error}");
    let path = dir.path().join("x.db");
    std::fs::write(&path, "this is a letter, not a database, and it is longer than a header would be".repeat(99))
        .unwrap();
    let error = Store::open(&StoreSettings::at(&path), master(1), Chance::seeded(1)).await.unwrap_err();
    assert!(error.to_string().contains("not a database"), "{error}");
}

#[tokio::test]
async fn a_durable_store_waits_for_the_disk_and_no_one_else_may_read_the_file() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("x.db");
    let store = Store::open(&StoreSettings::at(&path), master(1), Chance::seeded(1)).await.unwrap();
    let mut tx = store.begin(at(0)).await.unwrap();
    let pragma =
        async |tx: &mut Tx, text: &'static str| -> i64 { sqlx::query_scalar(text).fetch_one(tx.db()).await.unwrap() };
    assert_eq!(pragma(&mut tx, "PRAGMA synchronous").await, 2, "FULL");
    assert_eq!(pragma(&mut tx, "PRAGMA foreign_keys").await, 1);
    assert_eq!(pragma(&mut tx, "PRAGMA secure_delete").await, 1);
    tx.commit().await.unwrap();
    for file in ["x.db", "x.db-wal", "x.db-shm", "x.db.lock"] {
        let mode = std::fs::metadata(dir.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file} is {mode:o}");
    }
}

#[tokio::test]
async fn a_full_disk_is_said_leaves_nothing_half_written_and_is_got_over() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    accept_one(&mut tx, 1, "before").await;
    tx.journal(Line { event: "e", rule: None, reason: String::new(), refs: vec![] });
    tx.commit().await.unwrap();
    // SQLite's own ceiling answers like a file system without space: the file may not grow beyond its size now.
    scratch.tamper("PRAGMA max_page_count = 1").await;
    let paper = "x".repeat(1 << 20);
    let mut tx = scratch.begin().await;
    let full = tx.accept(vec![fetched(2, &paper)]).await.unwrap_err();
    assert!(matches!(full, StoreError::DiskFull(_)), "{full:?}");
    assert!(matches!(full.again(), Again::Later), "the mail stays in its mailbox and is fetched again");
    drop(tx);
    let mut view = scratch.read().await;
    assert_eq!(view.counts(at(0)).await.unwrap().messages["received"], 1);
    assert!(matches!(view.verify().await.unwrap(), Verdict::Intact { lines: 1, .. }));
    drop(view);
    scratch.tamper("PRAGMA max_page_count = 1000000").await;
    let mut tx = scratch.begin().await;
    assert_eq!(accept_one(&mut tx, 2, &paper).await.number, MessageRef(2));
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn planted_names_numbers_and_addresses_stand_in_no_byte_of_any_file() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    plant(&mut tx).await;
    tx.commit().await.unwrap();
    let names: Vec<_> = std::fs::read_dir(scratch.home.dir.path())
        .unwrap()
        .map(|f| f.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        names.iter().any(|name| name.ends_with("-wal")) && names.iter().any(|name| name.ends_with("-shm")),
        "{names:?}"
    );
    assert_eq!(leaks(scratch.home.dir.path()), Vec::<String>::new());
    scratch.store.checkpoint().await.unwrap();
    assert_eq!(leaks(scratch.home.dir.path()), Vec::<String>::new());
    let mut view = scratch.read().await;
    let raw = view.raw(crate::casework::MessageRef(1)).await.unwrap();
    assert!(PLANTED.iter().all(|planted| String::from_utf8_lossy(&raw).contains(planted)), "it is all there, sealed");
}

#[tokio::test]
async fn the_search_for_planted_values_finds_what_is_not_sealed() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    tx.set_setting("a", "about Zoe Marker").await.unwrap();
    tx.commit().await.unwrap();
    assert!(!leaks(scratch.home.dir.path()).is_empty());
}

#[tokio::test]
async fn a_shredded_key_leaves_the_files_too() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let message = accept_one(&mut tx, 1, "body").await;
    tx.commit().await.unwrap();
    scratch.store.checkpoint().await.unwrap();
    let mut tx = scratch.begin().await;
    let key = message.key().unwrap().id();
    let row = sql!("SELECT wrapped FROM data_keys WHERE id = $1", key.to_string()).fetch_one(tx.db()).await.unwrap();
    let wrapped = crate::store::row::Columns::bytes(&row, "wrapped").unwrap();
    let stands = || {
        std::fs::read_dir(scratch.home.dir.path()).unwrap().any(|file| {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            bytes.windows(32).any(|window| window == &wrapped[wrapped.len() - 32..])
        })
    };
    assert!(stands());
    tx.shred(key).await.unwrap();
    tx.commit().await.unwrap();
    scratch.store.checkpoint().await.unwrap();
    assert!(!stands());
}
