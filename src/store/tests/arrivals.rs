use super::ledger::decide;
use super::*;
use crate::casework::MailboxId;
use crate::seal::SealError;

#[tokio::test]
async fn a_message_is_stored_as_received() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let late = NewMessage { arrived_at: Timestamp::from_millisecond(1_796_000_003_999).unwrap(), ..fetched(3, "body") };
    let accepted = tx.accept(vec![late]).await.unwrap();
    assert!(matches!(accepted[..], [Accepted::New(_)]));
    tx.commit().await.unwrap();
    let mut view = scratch.read().await;
    let message = view.message(accepted[0].message()).await.unwrap().unwrap();
    assert_eq!(message.number.to_string(), "M-000001");
    assert_eq!(message.arrived_at, at(3), "invariant 8: truncated to the second");
    assert_eq!((message.state, message.fate, message.attempts), (MessageState::Received, None, 0));
    assert_eq!(view.raw(message.number).await.unwrap(), b"body");
    let by_hash = view.message_by_hash(&"duty".into(), Sha256::of(b"body")).await.unwrap().unwrap();
    assert_eq!(by_hash.number, message.number);
    assert!(view.message_by_hash(&"other".into(), Sha256::of(b"body")).await.unwrap().is_none());
    let rows = view.received(at(0), at(10)).await.unwrap();
    assert_eq!(rows[0].source.as_ref().unwrap().open().unwrap(), "3.eml");
    assert_eq!(rows[0].fate, None);
}

#[tokio::test]
async fn the_same_bytes_again_add_an_occurrence_and_nothing_else() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let first = tx.accept(vec![fetched(1, "a"), fetched(2, "a"), fetched(3, "b")]).await.unwrap();
    tx.commit().await.unwrap();
    let [Accepted::New(a), Accepted::Repeat(again), Accepted::New(b)] = first[..] else { panic!("{first:?}") };
    assert_eq!((a, a.0 + 1), (again, b.0), "a repeat takes no number");
    let mut tx = scratch.begin().await;
    let new_epoch = NewMessage { epoch: 8, ..fetched(1, "b") };
    let elsewhere = NewMessage { mailbox: "other".into(), ..fetched(1, "a") };
    let second = tx.accept(vec![fetched(1, "a"), fetched(4, "a"), new_epoch, elsewhere]).await.unwrap();
    tx.commit().await.unwrap();
    let [Accepted::Known(known), Accepted::Repeat(repeat), Accepted::Repeat(renumbered), Accepted::New(_)] = second[..]
    else {
        panic!("{second:?}")
    };
    assert_eq!((known, repeat, renumbered), (a, a, b));
    let rows = scratch.read().await.received(at(0), at(100)).await.unwrap();
    let repeats = rows.iter().filter(|row| row.fate == Some(Fate::Duplicate));
    assert_eq!((rows.len(), repeats.count()), (6, 3));
}

#[tokio::test]
async fn a_sweep_asks_what_it_knows_and_settles_what_it_moved() {
    let scratch = Scratch::new().await;
    let mailbox = MailboxId::new("duty");
    let named = |name: &str| OccurrenceKey::Name(Redacted::new(name.to_owned()));
    let keys = [OccurrenceKey::Uid(1), OccurrenceKey::Uid(2), named("Zoe Marker.eml"), named("other.eml")];
    let mut tx = scratch.begin().await;
    tx.accept(vec![fetched(1, "a"), NewMessage { key: keys[2].clone(), ..fetched(9, "b") }]).await.unwrap();
    tx.settle(&mailbox, 7, &keys[..1]).await.unwrap();
    tx.commit().await.unwrap();
    let known = scratch.read().await.occurrences(&mailbox, 7, &keys).await.unwrap();
    assert_eq!(known.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true, false]);
    assert_eq!(known[0].as_ref().unwrap().settled_at, Some(at(0)));
    assert_eq!(known[2].as_ref().unwrap().settled_at, None);
    assert!(scratch.read().await.occurrences(&mailbox, 8, &keys).await.unwrap().iter().all(Option::is_none));
}

#[tokio::test]
async fn messages_are_decided_in_order_of_arrival() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    tx.accept(vec![fetched(30, "c"), fetched(10, "a"), fetched(20, "b")]).await.unwrap();
    let order: Vec<i64> = tx.pending_messages(9).await.unwrap().iter().map(|m| m.number.0).collect();
    assert_eq!(order, [2, 3, 1]);
    assert_eq!(tx.pending_messages(1).await.unwrap().len(), 1);
    assert_eq!(tx.pending_by(&"duty".into(), at(20)).await.unwrap(), 2, "invariant 11: at the cut-off is by it");
    let first = tx.pending_messages(1).await.unwrap().remove(0);
    let second = tx.pending_messages(2).await.unwrap().remove(1);
    tx.count_attempts(&[first.number, second.number]).await.unwrap();
    tx.count_attempts(&[first.number]).await.unwrap();
    tx.forget_attempts(&[second.number]).await.unwrap();
    let attempts: Vec<i64> = tx.pending_messages(9).await.unwrap().iter().map(|m| m.attempts).collect();
    assert_eq!(attempts, [2, 0, 0]);
    let facts = MessageFacts {
        from: Some("jo@surrey.example".parse().unwrap()),
        message_id: Some(Redacted::new("x@surrey.example".into())),
        ..Default::default()
    };
    let outcome = MessageOutcome {
        state: MessageState::Decided,
        fate: Fate::Held,
        reason: "R-0001 or R-0002".into(),
        rule: Some("SY-07".into()),
        panel: Some("surrey-rmm-ne".into()),
        meeting: Some("surrey-rmm-ne/2026-12-08".parse().unwrap()),
        facts: Some(facts.clone()),
    };
    tx.decide_message(&first, &outcome).await.unwrap();
    let decided = tx.message(first.number).await.unwrap().unwrap();
    assert_eq!(
        (decided.state, decided.fate, decided.decided_at),
        (MessageState::Decided, Some(Fate::Held), Some(at(0)))
    );
    assert_eq!((decided.meeting, decided.panel), (outcome.meeting, outcome.panel));
    assert_eq!(decided.facts.as_ref().unwrap().open().unwrap(), facts);
    assert_eq!(tx.pending_by(&"duty".into(), at(20)).await.unwrap(), 1);
    assert_eq!(tx.messages_by_message_id("x@surrey.example").await.unwrap()[0].number, first.number);
    assert_eq!(tx.messages_from(&"JO@surrey.example".parse().unwrap(), at(10)).await.unwrap(), 1);
    assert_eq!(tx.messages_from(&"jo@surrey.example".parse().unwrap(), at(11)).await.unwrap(), 0);
    let again = tx.message(first.number).await.unwrap().unwrap();
    decide(&mut tx, &again, Fate::Accepted).await;
    let again = tx.message(first.number).await.unwrap().unwrap();
    assert_eq!(again.fate, Some(Fate::Accepted));
    assert_eq!(again.facts.unwrap().open().unwrap(), facts, "a later decision keeps what the header said");
    assert_eq!(tx.messages_of_fate(Fate::Accepted, 5).await.unwrap().len(), 1);
}

#[tokio::test]
async fn shredding_a_key_destroys_the_message_and_lists_go_on() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let (gone, kept) = (accept_one(&mut tx, 1, "gone").await, accept_one(&mut tx, 2, "kept").await);
    let key = gone.key().unwrap().id();
    tx.shred(key).await.unwrap();
    tx.commit().await.unwrap();
    let mut view = scratch.read().await;
    let error = view.raw(gone.number).await.unwrap_err();
    assert!(matches!(error, StoreError::Seal(SealError::Shredded)), "{error}");
    assert!(error.to_string().contains("shredded"));
    assert_eq!(view.pending_messages(9).await.unwrap().len(), 2);
    assert_eq!(view.raw(kept.number).await.unwrap(), b"kept");
    assert!(matches!(view.data_key(key).await, Err(StoreError::Seal(SealError::Shredded))));
    drop(view);
    let mut tx = scratch.begin().await;
    let again = tx.accept(vec![fetched(3, "gone")]).await.unwrap();
    assert_eq!(again, [Accepted::Repeat(gone.number)], "what was shredded is still known");
}

#[tokio::test]
async fn a_blob_moved_to_another_row_does_not_open() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let (one, two) = (accept_one(&mut tx, 1, "one").await, accept_one(&mut tx, 2, "two").await);
    tx.commit().await.unwrap();
    scratch
        .tamper(
            "UPDATE message_bodies SET raw = (SELECT raw FROM message_bodies WHERE message = 1) WHERE message = 2; \
             UPDATE messages SET data_key = (SELECT data_key FROM messages WHERE number = 1) WHERE number = 2;",
        )
        .await;
    let mut view = scratch.read().await;
    assert_eq!(view.raw(one.number).await.unwrap(), b"one");
    let error = view.raw(two.number).await.unwrap_err();
    assert!(matches!(error, StoreError::Seal(SealError::Tampered)), "{error}");
}

#[tokio::test]
async fn a_mailbox_remembers_its_last_good_sweep() {
    let scratch = Scratch::new().await;
    let duty = MailboxId::new("duty");
    let mut tx = scratch.begin().await;
    assert_eq!(tx.mailbox(&duty).await.unwrap(), None);
    tx.sweeps_finished(&[(&duty, 7)], at(-5)).await.unwrap();
    tx.sweep_failed(&duty, at(-1), "connection_refused").await.unwrap();
    tx.sweep_failed(&duty, at(0), "timed_out").await.unwrap();
    tx.mailbox_alerted(&duty).await.unwrap();
    let mailbox = tx.mailbox(&duty).await.unwrap().unwrap();
    assert_eq!((mailbox.sweep_began_at, mailbox.sweep_finished_at), (Some(at(-5)), Some(at(0))));
    assert_eq!((mailbox.tried_at, mailbox.failures, mailbox.alerted_at), (Some(at(0)), 2, Some(at(0))));
    assert_eq!(mailbox.last_error.as_deref(), Some("timed_out"));
    tx.sweeps_finished(&[(&duty, 8)], at(0)).await.unwrap();
    let mailboxes = tx.mailboxes().await.unwrap();
    assert_eq!((mailboxes.len(), mailboxes[0].failures, mailboxes[0].epoch), (1, 0, Some(8)));
    assert_eq!((&mailboxes[0].last_error, mailboxes[0].alerted_at), (&None, None));
}
