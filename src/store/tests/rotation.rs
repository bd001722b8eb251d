use super::*;
use crate::seal::SealError;

#[tokio::test]
async fn under_a_new_master_key_everything_opens_as_before_and_the_old_one_opens_nothing() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    accept_one(&mut tx, 1, "body").await;
    let (_, case) = a_case(&mut tx, "Zoe Marker").await;
    let shredded = tx.new_key().await.unwrap().id();
    tx.shred(shredded).await.unwrap();
    tx.commit().await.unwrap();
    let hash = scratch.store.look_ups().hash("lcs", None, "1");
    let mut tx = scratch.begin().await;
    let keys = tx.rewrap(&master(2)).await.unwrap();
    assert_eq!((keys.keys, keys.unreadable), (3, 0));
    tx.commit().await.unwrap();
    let Scratch { store, home } = scratch;
    store.close().await;
    assert!(matches!(open(&home, 1).await, Err(StoreError::WrongKey { .. })));
    let store = open(&home, 2).await.unwrap();
    assert_eq!(store.look_ups().hash("lcs", None, "1"), hash);
    let mut view = store.read().await.unwrap();
    assert_eq!(view.raw(crate::casework::MessageRef(1)).await.unwrap(), b"body");
    let case = view.case(case.number).await.unwrap().unwrap();
    assert_eq!(case.details.open().unwrap().name.reveal(), "Zoe Marker");
    assert!(matches!(view.data_key(shredded).await, Err(StoreError::Seal(SealError::Shredded))));
}

#[tokio::test]
async fn a_change_of_key_that_is_not_committed_changes_nothing() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    accept_one(&mut tx, 1, "body").await;
    tx.commit().await.unwrap();
    let mut tx = scratch.begin().await;
    tx.rewrap(&master(2)).await.unwrap();
    drop(tx);
    let Scratch { store, home } = scratch;
    store.close().await;
    let store = open(&home, 1).await.unwrap();
    assert_eq!(store.read().await.unwrap().raw(crate::casework::MessageRef(1)).await.unwrap(), b"body");
}

#[tokio::test]
async fn a_program_that_opened_the_store_before_the_change_of_key_seals_nothing_after_it() {
    let scratch = Scratch::new().await;
    let late = open(&scratch.home, 1).await.unwrap();
    let mut tx = scratch.begin().await;
    tx.rewrap(&master(2)).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = late.begin(at(1)).await.unwrap();
    assert!(matches!(tx.new_key().await, Err(StoreError::WrongKey { .. })));
    drop(tx);
    let mut tx = late.begin(at(2)).await.unwrap();
    let number = tx.next_sent().await.unwrap();
    tx.enqueue(an_entry(number, "late", &["chair@surrey.example"])).await.unwrap();
    assert!(matches!(tx.commit().await, Err(StoreError::WrongKey { .. })));
}
