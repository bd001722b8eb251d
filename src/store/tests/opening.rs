use super::*;
use crate::store::error::Again;

#[tokio::test]
async fn a_store_opens_again_with_what_it_held_and_the_same_look_ups() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    accept_one(&mut tx, 1, "body").await;
    tx.set_setting("sending", "stopped").await.unwrap();
    tx.commit().await.unwrap();
    let hash = scratch.store.look_ups().hash("lcs", None, "1");
    let Scratch { store, home } = scratch;
    store.close().await;
    let store = open(&home, 1).await.unwrap();
    let mut view = store.read().await.unwrap();
    assert_eq!(view.raw(crate::casework::MessageRef(1)).await.unwrap(), b"body");
    assert_eq!(view.setting("sending").await.unwrap().as_deref(), Some("stopped"));
    assert_eq!(view.setting("other").await.unwrap(), None);
    assert_eq!(store.look_ups().hash("lcs", None, "1"), hash);
}

#[tokio::test]
async fn another_master_key_is_refused_by_name_and_changes_nothing() {
    let Scratch { store, home } = Scratch::new().await;
    store.close().await;
    let error = open(&home, 2).await.unwrap_err();
    assert!(
        matches!(&error, StoreError::WrongKey { made_with } if *made_with == master(1).id().to_string()),
        "{error}"
    );
    assert_eq!(error.again(), Again::Never);
    open(&home, 1).await.unwrap();
}

#[tokio::test]
async fn a_newer_or_an_edited_schema_is_refused() {
    let scratch = Scratch::new().await;
    scratch.tamper("INSERT INTO schema (version, text_hash, applied_at) VALUES (99, 'x', 0)").await;
    let error = open(&scratch.home, 1).await.unwrap_err();
    assert!(matches!(error, StoreError::NewerSchema { found: 99, .. }), "{error}");
    scratch.tamper("DELETE FROM schema WHERE version = 99; UPDATE schema SET text_hash = 'x'").await;
    let error = open(&scratch.home, 1).await.unwrap_err();
    assert!(matches!(error, StoreError::OtherSchema { version: 1 }), "{error}");
}

#[tokio::test]
async fn two_programs_that_open_at_once_make_one_store() {
    let home = Home::new(ENGINE == Engine::Postgres).await;
    let (one, two) = tokio::join!(open(&home, 1), open(&home, 1));
    let hash = |store: Store| store.look_ups().hash("lcs", None, "1");
    assert_eq!(hash(one.unwrap()), hash(two.unwrap()));
}

#[tokio::test]
async fn a_view_cannot_write() {
    let scratch = Scratch::new().await;
    let mut view = scratch.read().await;
    assert!(sqlx::raw_sql("DELETE FROM journal_head").execute(view.db()).await.is_err());
}
