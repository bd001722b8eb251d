use super::*;
use crate::casework::rules::Ends;
use crate::casework::{AlertRef, CaseRef};

fn mailbox_away(ends: &Ends) -> NewAsked {
    NewAsked {
        rule: "OP-01".to_owned(),
        panel: "surrey-rmm-ne".into(),
        meeting: Some("surrey-rmm-ne/2026-12-08".parse().unwrap()),
        entry: None,
        ends: ends.clone(),
        said: AskedDetail {
            title: "mailbox surrey-rmm-ne cannot be read".to_owned().into(),
            chain: "owner".to_owned(),
            cases: vec![CaseRef(42)],
            ..AskedDetail::default()
        },
    }
}

#[tokio::test]
async fn an_alert_that_asks_for_something_waits_until_it_is_closed_once() {
    let scratch = Scratch::new().await;
    let (one, other) = (Ends::Trouble("mailbox:surrey-rmm-ne".to_owned()), Ends::Answered);
    let mut tx = scratch.begin().await;
    let key = tx.new_key().await.unwrap();
    let first = tx.ask(&key, &mailbox_away(&one)).await.unwrap();
    let second = tx.ask(&key, &mailbox_away(&other)).await.unwrap();
    assert_eq!((first, second), (AlertRef(1), AlertRef(2)));
    tx.commit().await.unwrap();

    let mut tx = scratch.store.begin(at(7)).await.unwrap();
    tx.asked_again(first, 1).await.unwrap();
    let asked = tx.asked_until(&one).await.unwrap().remove(0);
    assert_eq!((asked.number, asked.level, asked.told_at, asked.opened_at), (first, 1, at(7), at(0)));
    assert_eq!((asked.ends.clone(), asked.state), (one.clone(), AskedState::Open));
    assert_eq!(asked.said.open().unwrap(), mailbox_away(&one).said);
    let answer = AskedAnswer { by: "Nadia".to_owned().into(), note: "rang them".to_owned().into() };
    assert!(tx.close_asked(&asked, AskedState::Answered, &answer).await.unwrap());
    assert!(!tx.close_asked(&asked, AskedState::Over, &AskedAnswer::default()).await.unwrap(), "once");
    tx.commit().await.unwrap();

    let mut view = scratch.read().await;
    let closed = view.asked(first).await.unwrap().unwrap();
    assert_eq!((closed.state, closed.closed_at), (AskedState::Answered, Some(at(7))));
    assert_eq!(closed.answer.unwrap().open().unwrap(), answer);
    assert!(view.asked_until(&one).await.unwrap().is_empty());
    let open: Vec<_> = view.open_asked().await.unwrap().iter().map(|asked| asked.number).collect();
    assert_eq!((open, view.all_asked().await.unwrap().len()), (vec![second], 2));
    assert!(view.asked(AlertRef(3)).await.unwrap().is_none());
    drop(view);

    // At the last step from the first it goes on to nobody; one that came there by and by is looked after like any other.
    let opened = scratch.read().await.asked(second).await.unwrap().unwrap().opened_at;
    for (moment, going_on) in [(opened, vec![]), (at(9), vec![second])] {
        let mut tx = scratch.store.begin(moment).await.unwrap();
        tx.asked_again(second, 2).await.unwrap();
        let open = tx.open_asked_that_go_on(2).await.unwrap();
        assert_eq!(open.iter().map(|asked| asked.number).collect::<Vec<_>>(), going_on);
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn op_07_the_words_of_an_alert_that_is_closed_go_when_nothing_it_speaks_of_is_kept() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let (_, kept) = a_case(&mut tx, "Zoe Marker").await;
    let kept = kept.number;
    let mut numbers = Vec::new();
    for (cases, is_closed) in [(vec![], true), (vec![kept], true), (vec![], false)] {
        let key = tx.new_key().await.unwrap();
        let mut new = mailbox_away(&Ends::Answered);
        new.said.cases = cases;
        let number = tx.ask(&key, &new).await.unwrap();
        numbers.push(number);
        if is_closed {
            let asked = tx.asked(number).await.unwrap().unwrap();
            assert!(tx.close_asked(&asked, AskedState::Over, &AskedAnswer::default()).await.unwrap());
        }
    }
    tx.commit().await.unwrap();

    let mut tx = scratch.store.begin(at(9)).await.unwrap();
    assert!(tx.purge(at(0)).await.unwrap().alerts.is_empty(), "not yet");
    assert_eq!(tx.purge(at(8)).await.unwrap().alerts, [numbers[0]], "not one about a kept case, nor an open one");
    assert!(tx.purge(at(8)).await.unwrap().alerts.is_empty(), "once");
    tx.commit().await.unwrap();
    let mut view = scratch.read().await;
    for (number, is_readable) in numbers.iter().zip([false, true, true]) {
        let asked = view.asked(*number).await.unwrap().unwrap();
        assert_eq!(asked.said.open().is_ok(), is_readable, "{number}");
    }
}
