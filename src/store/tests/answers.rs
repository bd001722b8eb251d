use super::*;
use crate::casework::rules::Choice;
use crate::casework::{Code, HeldRef, Ref, Sha256};

#[tokio::test]
async fn a_code_is_kept_as_a_hash_alone_and_closed_with_what_it_settles() {
    let scratch = Scratch::new().await;
    let (seven, eight) = (Ref::Held(HeldRef(7)), Ref::Held(HeldRef(8)));
    let choices = [Choice::Case("R-0042".parse().unwrap()), Choice::NewChild, Choice::Reject];
    let mut tx = scratch.begin().await;
    let code = tx.offer_code(&seven, &choices, Some(Sha256([9; 32])), at(60)).await.unwrap();
    let other = tx.offer_code(&eight, &[Choice::Release, Choice::Reject], None, at(60)).await.unwrap();
    assert_ne!(code, other);
    tx.commit().await.unwrap();
    let mut view = scratch.read().await;
    let offered = view.offered(&code).await.unwrap().unwrap();
    let expected = OfferedCode {
        about: seven.clone(),
        choices: choices.to_vec(),
        binds: Some(Sha256([9; 32])),
        expires_at: at(60),
        closed_at: None,
    };
    assert_eq!(offered, expected);
    assert_eq!(view.offered(&Code::of([1; 16])).await.unwrap(), None);
    drop(view);
    let mut tx = scratch.store.begin(at(5)).await.unwrap();
    tx.close_codes(&seven).await.unwrap();
    tx.commit().await.unwrap();
    let mut view = scratch.read().await;
    assert_eq!(view.offered(&code).await.unwrap().unwrap().closed_at, Some(at(5)));
    assert_eq!(view.offered(&other).await.unwrap().unwrap().closed_at, None);
}

#[tokio::test]
async fn answers_wait_until_they_are_carried_out_and_the_wrong_ones_are_counted_by_sender() {
    let scratch = Scratch::new().await;
    let (one, other) = ("a@surrey.example".parse().unwrap(), "b@surrey.example".parse().unwrap());
    let mut tx = scratch.begin().await;
    let mut messages = Vec::new();
    for n in 1..=3 {
        messages.push(accept_one(&mut tx, n, &format!("answer {n}")).await.number);
    }
    for (n, message) in messages.iter().enumerate() {
        tx.await_answer(*message, if n < 2 { &one } else { &other }).await.unwrap();
    }
    tx.await_answer(messages[0], &other).await.unwrap();
    assert_eq!(tx.answers_waiting().await.unwrap(), messages);
    tx.answer_came_to(messages[0], AnswerState::Refused).await.unwrap();
    tx.answer_came_to(messages[1], AnswerState::Done).await.unwrap();
    assert_eq!(tx.answers_waiting().await.unwrap(), [messages[2]]);
    assert_eq!(tx.answers_refused(&one, at(0)).await.unwrap(), 1);
    assert_eq!(tx.answers_refused(&one, at(1)).await.unwrap(), 0, "before that");
    assert_eq!(tx.answers_refused(&other, at(0)).await.unwrap(), 0);
}
