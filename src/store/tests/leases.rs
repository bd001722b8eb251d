use super::*;
use crate::store::error::Again;
use jiff::SignedDuration;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[tokio::test]
async fn a_lease_has_one_holder() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let attempt = |lease: Option<Lease>| lease.map(|lease| lease.attempt);
    let one = tx.claim_lease("dispatch", "one", MINUTE).await.unwrap().unwrap();
    assert_eq!(one.attempt, 1);
    assert_eq!(attempt(tx.claim_lease("dispatch", "two", MINUTE).await.unwrap()), None);
    assert_eq!(attempt(tx.claim_lease("dispatch", "one", MINUTE).await.unwrap()), Some(1), "renewed");
    assert_eq!(attempt(tx.claim_lease("dispatch", "one", SignedDuration::ZERO).await.unwrap()), Some(1));
    let two = tx.claim_lease("dispatch", "two", MINUTE).await.unwrap().unwrap();
    assert_eq!(two.attempt, 2, "it had run out");
    let row = tx.lease("dispatch").await.unwrap().unwrap();
    assert_eq!((row.holder.as_str(), row.held), ("two", true));
    assert!(!tx.release_lease(&one).await.unwrap());
    assert!(tx.release_lease(&two).await.unwrap());
    assert!(!tx.lease("dispatch").await.unwrap().unwrap().held);
    assert_eq!(attempt(tx.claim_lease("dispatch", "one", MINUTE).await.unwrap()), Some(3));
    assert_eq!(tx.lease("other").await.unwrap(), None);
}

/// Takes the lease for so long and commits.
async fn take(store: &Store, holder: &str, length: SignedDuration) -> Option<Lease> {
    let mut tx = store.begin(at(0)).await.unwrap();
    let lease = tx.claim_lease("daemon", holder, length).await.unwrap();
    tx.commit().await.unwrap();
    lease
}

#[tokio::test]
async fn who_was_paused_beyond_its_lease_writes_nothing_once_another_took_over() {
    let scratch = Scratch::new().await;
    // Two stores in one place are two programs.
    let other = open(&scratch.home, 1).await.unwrap();
    let zombie = scratch.store.under(take(&scratch.store, "one", SignedDuration::ZERO).await.unwrap());
    let mut tx = zombie.begin(at(0)).await.unwrap();
    accept_one(&mut tx, 1, "nobody has taken over: it is still its own").await;
    tx.commit().await.unwrap();
    // That has renewed it, for no time at all.
    let successor = other.under(take(&other, "two", MINUTE).await.unwrap());
    let Err(error) = zombie.begin(at(0)).await else { panic!("a zombie wrote") };
    assert!(matches!(error, StoreError::TakenOver), "{error}");
    assert_eq!(error.again(), Again::Later, "it stands by and may be needed again");
    let mut tx = successor.begin(at(0)).await.unwrap();
    accept_one(&mut tx, 2, "two").await;
    tx.commit().await.unwrap();
    assert!(take(&scratch.store, "one", MINUTE).await.is_none());
    assert_eq!(scratch.read().await.counts(at(0)).await.unwrap().messages["received"], 2);
}

#[tokio::test]
async fn the_same_holder_after_its_lease_ran_out_is_another_attempt() {
    let scratch = Scratch::new().await;
    let before = scratch.store.under(take(&scratch.store, "one", SignedDuration::ZERO).await.unwrap());
    let now = take(&scratch.store, "one", MINUTE).await.unwrap();
    assert_eq!(now.attempt, 2);
    assert!(matches!(before.begin(at(0)).await, Err(StoreError::TakenOver)));
    scratch.store.under(now).begin(at(0)).await.unwrap();
}

#[tokio::test]
async fn work_that_goes_on_renews_its_lease() {
    let scratch = Scratch::new().await;
    let lease = take(&scratch.store, "one", SignedDuration::ZERO).await.unwrap();
    let until = async || scratch.read().await.lease("daemon").await.unwrap().unwrap().until;
    let before = until().await;
    // So long a lease that it counts as mostly gone already: a third of it has not been given.
    let store = scratch.store.under(Lease { length: MINUTE, ..lease });
    store.begin(at(0)).await.unwrap().commit().await.unwrap();
    let renewed = until().await;
    assert!(renewed.duration_since(before) > SignedDuration::from_secs(50), "{before} to {renewed}");
    store.begin(at(0)).await.unwrap().commit().await.unwrap();
    assert_eq!(until().await, renewed, "not with every transaction");
}
