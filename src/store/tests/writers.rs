use super::*;
use crate::casework::{MessageRef, Ref};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_writers_of_fifty_transactions_each_are_never_locked_out() {
    let scratch = Scratch::new().await;
    // Two stores on one file are two programs: they contend for the database, not for one connection.
    let other = open(&scratch.home, 1).await.unwrap();
    let mut tasks = Vec::new();
    for task in 0..4u32 {
        let store = if task % 2 == 0 { scratch.store.clone() } else { other.clone() };
        tasks.push(tokio::spawn(async move {
            for n in 0..50 {
                let mut tx = store.begin(at(0)).await.unwrap();
                // Read first, write later: what fails as "database is locked" in a deferred transaction.
                tx.counts(at(0)).await.unwrap();
                let message = accept_one(&mut tx, task * 100 + n, &format!("{task} {n}")).await;
                let refs = vec![Ref::Message(message.number)];
                tx.journal(Line { event: "message.accepted", rule: None, reason: String::new(), refs });
                tx.commit().await.unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let mut view = scratch.read().await;
    assert!(matches!(view.verify().await.unwrap(), Verdict::Intact { lines: 200, .. }));
    assert_eq!(view.counts(at(0)).await.unwrap().messages["received"], 200);
    assert!(view.message(MessageRef(200)).await.unwrap().is_some());
    assert!(view.message(MessageRef(201)).await.unwrap().is_none());
}

#[tokio::test]
async fn invariant_3_a_transaction_that_is_dropped_leaves_nothing() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    accept_one(&mut tx, 1, "a").await;
    a_case(&mut tx, "Zoe Marker").await;
    let number = tx.next_sent().await.unwrap();
    tx.enqueue(an_entry(number, "p", &["a@nhs.example"])).await.unwrap();
    tx.journal(Line { event: "e", rule: None, reason: String::new(), refs: vec![] });
    drop(tx);
    let mut view = scratch.read().await;
    assert_eq!(view.counts(at(0)).await.unwrap(), Counts::default());
    for table in ["SELECT COUNT(*) FROM data_keys", "SELECT COUNT(*) FROM occurrences", "SELECT COUNT(*) FROM children"]
    {
        let n: i64 = sqlx::query_scalar(table).fetch_one(view.db()).await.unwrap();
        assert_eq!(n, 0, "{table}");
    }
    drop(view);
    let mut tx = scratch.begin().await;
    assert_eq!(accept_one(&mut tx, 1, "a").await.number, MessageRef(1), "numbers are given back too");
}

#[tokio::test]
async fn a_view_sees_one_state_while_others_write() {
    let scratch = Scratch::new().await;
    let mut view = scratch.read().await;
    assert_eq!(view.counts(at(0)).await.unwrap().unsettled, 0);
    let mut tx = scratch.begin().await;
    accept_one(&mut tx, 1, "a").await;
    tx.commit().await.unwrap();
    assert_eq!(view.counts(at(0)).await.unwrap().unsettled, 0);
    assert_eq!(scratch.read().await.counts(at(0)).await.unwrap().unsettled, 1);
}

#[tokio::test]
async fn a_batch_beyond_one_statements_arguments_is_stored_whole() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let batch: Vec<_> = (1..=450).map(|n| fetched(n, &format!("body {}", n / 2))).collect();
    let accepted = tx.accept(batch).await.unwrap();
    tx.commit().await.unwrap();
    let new = accepted.iter().filter(|a| matches!(a, Accepted::New(_))).count();
    assert_eq!((accepted.len(), new), (450, 226));
    let mut view = scratch.read().await;
    let ledger = view.ledger(&"duty".into(), at(0), at(1000)).await.unwrap();
    assert_eq!((ledger.received, ledger.pending, ledger.duplicate), (450, 226, 224));
    let keys: Vec<_> = (1..=451).map(OccurrenceKey::Uid).collect();
    let known = view.occurrences(&"duty".into(), 7, &keys).await.unwrap();
    assert_eq!(known.iter().filter(|o| o.is_some()).count(), 450);
    assert_eq!(view.raw(MessageRef(226)).await.unwrap(), b"body 225");
}
