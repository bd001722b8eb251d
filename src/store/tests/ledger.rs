use super::*;
use crate::casework::MailboxId;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// What happens to one message: how often it appears, and what is decided.
#[derive(Clone, Debug)]
struct Story {
    copies: usize,
    mailbox: usize,
    fate: Option<Fate>,
}

fn stories() -> impl Strategy<Value = Vec<Story>> {
    let fate = prop::option::of(prop::sample::select(Fate::ALL));
    let story = (1usize..4, 0usize..2, fate).prop_map(|(copies, mailbox, fate)| Story { copies, mailbox, fate });
    prop::collection::vec(story, 0..12)
}

#[test]
fn invariant_2_received_is_the_sum_of_the_fates_whatever_happened() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    runner.run(&stories(), |stories| runtime.block_on(play(stories))).unwrap();
}

async fn play(stories: Vec<Story>) -> Result<(), TestCaseError> {
    let scratch = Scratch::new().await;
    let (mut uid, mut expected) = (0, [Ledger::default(), Ledger::default()]);
    let mailbox = |n: usize| MailboxId::new(["duty", "other"][n]);
    for (n, story) in stories.iter().enumerate() {
        let mut tx = scratch.begin().await;
        let mut batch = Vec::new();
        for _ in 0..story.copies {
            uid += 1;
            batch.push(NewMessage { mailbox: mailbox(story.mailbox), ..fetched(uid, &format!("body {n}")) });
        }
        let accepted = tx.accept(batch).await.unwrap();
        let message = tx.message(accepted[0].message()).await.unwrap().unwrap();
        if let Some(fate) = story.fate {
            decide(&mut tx, &message, fate).await;
        }
        tx.commit().await.unwrap();
        let ledger = &mut expected[story.mailbox];
        ledger.received += story.copies as i64;
        ledger.duplicate += story.copies as i64 - 1;
        *match story.fate {
            None => &mut ledger.pending,
            Some(Fate::Accepted) => &mut ledger.accepted,
            Some(Fate::Held) => &mut ledger.held,
            Some(Fate::Duplicate) => &mut ledger.duplicate,
            Some(Fate::CalendarReply) => &mut ledger.calendar_reply,
            Some(Fate::Bounce) => &mut ledger.bounce,
            Some(Fate::Ignored) => &mut ledger.ignored,
        } += 1;
    }
    let mut view = scratch.read().await;
    for (n, expected) in expected.iter().enumerate() {
        let ledger = view.ledger(&mailbox(n), at(0), at(1000)).await.unwrap();
        prop_assert_eq!(&ledger, expected);
        prop_assert!(ledger.adds_up());
    }
    Ok(())
}

pub(super) async fn decide(tx: &mut Tx, message: &Message, fate: Fate) {
    let outcome = MessageOutcome {
        state: MessageState::Decided,
        fate,
        reason: "as the test says".into(),
        rule: None,
        panel: None,
        meeting: None,
        facts: None,
    };
    tx.decide_message(message, &outcome).await.unwrap();
}

#[tokio::test]
async fn the_ledger_of_a_day_leaves_out_the_day_after() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    tx.accept(vec![fetched(10, "a"), fetched(20, "b")]).await.unwrap();
    let ledger = tx.ledger(&"duty".into(), at(0), at(20)).await.unwrap();
    assert_eq!((ledger.received, ledger.pending), (1, 1));
    assert_eq!(tx.ledger(&"unknown".into(), at(0), at(20)).await.unwrap(), Ledger::default());
}
