use super::*;
use crate::store::error::Again;
use std::os::unix::fs::PermissionsExt;

#[tokio::test]
async fn a_store_opens_again_with_what_it_held_and_the_same_look_ups() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    accept_one(&mut tx, 1, "body").await;
    tx.set_setting("sending", "stopped").await.unwrap();
    tx.commit().await.unwrap();
    let hash = scratch.store.look_ups().hash("lcs", None, "1");
    let Scratch { store, dir } = scratch;
    store.close().await;
    let store = open(&dir, 1).await.unwrap();
    let mut view = store.read().await.unwrap();
    assert_eq!(view.raw(crate::casework::MessageRef(1)).await.unwrap(), b"body");
    assert_eq!(view.setting("sending").await.unwrap().as_deref(), Some("stopped"));
    assert_eq!(view.setting("other").await.unwrap(), None);
    assert_eq!(store.look_ups().hash("lcs", None, "1"), hash);
}

#[tokio::test]
async fn another_master_key_is_refused_by_name_and_changes_nothing() {
    let Scratch { store, dir } = Scratch::new().await;
    store.close().await;
    let error = open(&dir, 2).await.unwrap_err();
    assert!(
        matches!(&error, StoreError::WrongKey { made_with } if *made_with == master(1).id().to_string()),
        "{error}"
    );
    assert_eq!(error.again(), Again::Never);
    open(&dir, 1).await.unwrap();
}

#[tokio::test]
async fn a_newer_or_an_edited_schema_is_refused() {
    let scratch = Scratch::new().await;
    scratch.tamper("INSERT INTO schema (version, text_hash, applied_at) VALUES (99, 'x', 0)").await;
    let error = open(&scratch.dir, 1).await.unwrap_err();
    assert!(matches!(error, StoreError::NewerSchema { found: 99, .. }), "{error}");
    scratch.tamper("DELETE FROM schema WHERE version = 99; UPDATE schema SET text_hash = 'x'").await;
    let error = open(&scratch.dir, 1).await.unwrap_err();
    assert!(matches!(error, StoreError::OtherSchema { version: 1 }), "{error}");
}

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
async fn two_programs_that_open_at_once_make_one_store() {
    let dir = TempDir::new().unwrap();
    let (one, two) = tokio::join!(open(&dir, 1), open(&dir, 1));
    let hash = |store: Store| store.look_ups().hash("lcs", None, "1");
    assert_eq!(hash(one.unwrap()), hash(two.unwrap()));
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

#[test]
fn settings_name_a_file_and_nothing_dangerous() {
    let settings: StoreSettings = toml::from_str("path = '/var/lib/dutyclerk/store.db'").unwrap();
    assert!(settings.durable);
    assert!(toml::from_str::<StoreSettings>("path = 'x'\ndurable = false").is_err());
}

#[tokio::test]
async fn a_view_cannot_write() {
    let scratch = Scratch::new().await;
    let mut view = scratch.read().await;
    assert!(sqlx::raw_sql("DELETE FROM journal_head").execute(view.db()).await.is_err());
}
