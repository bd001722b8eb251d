//! Killed before the dot and at it, with the controls without which such a test proves nothing (LESSONS B): the same kill and
//! the same count, with a recovery that other programs have. A control that passed would mean that the count sees nothing.

use super::as_a_process::{Installed, killed, later, now};
use super::*;

/// What a program does with mail that it finds under way when it starts again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Recovery {
    /// This one's: proof, and without it the same bytes again.
    Ours,
    /// Sent again, for nothing says that it went.
    SendsAgainWhatIsUnmarked,
    /// Marked as sent before it was: what was under way has gone.
    MarksBeforeItSends,
}

impl Recovery {
    /// Writes into the store what such a program would have there.
    async fn writes(self, store: &Store, number: SentRef, found: EntryState) {
        let to = match self {
            Self::Ours => return,
            Self::SendsAgainWhatIsUnmarked => EntryState::Queued,
            Self::MarksBeforeItSends => EntryState::Settled,
        };
        let mut tx = store.begin(now()).await.unwrap();
        let mut naive = Transition::new(found, 1, to);
        naive.due_at = Some(now());
        assert!(tx.transition(number, &naive).await.unwrap());
        tx.commit().await.unwrap();
    }
}

/// How often the sender has the answer, once everything has come to its end.
async fn copies_after(sender: &str, at: EntryState, recovery: Recovery) -> usize {
    let (installed, number) = killed(sender, at).await;
    let store = installed.store().await;
    recovery.writes(&store, number, at).await;
    let taken = sender == "slow-at-the-dot";
    if taken {
        // Postfix goes on with what it had.
        sooner_or_later(30, async || (!installed.journal().is_empty()).then_some(())).await;
    }
    // What was left *sending* is nobody's after five minutes.
    let mut desk = later(&installed, &store).await;
    for minutes in [0, 6, 8, 10] {
        desk.in_minutes(minutes).await;
    }
    if at == EntryState::AtTheDot && !taken && recovery == Recovery::Ours {
        // The canary, and then the mail once more.
        installed.canary().await;
        desk.in_minutes(31).await;
    }
    let entry = store.read().await.unwrap().entry(number).await.unwrap().unwrap();
    assert_eq!(entry.state, EntryState::Settled, "{recovery:?}");
    count(&installed, &entry.message_id, recovery == Recovery::MarksBeforeItSends).await
}

/// Accepted is not delivered: Postfix does that in its own time, so a copy that may yet come is waited for.
async fn count(installed: &Installed, message_id: &str, may_be_none: bool) -> usize {
    let id = format!("<{message_id}>");
    let copies = || {
        let received = installed.postfix.received("viktor.sowerby@surrey.example");
        received.iter().filter(|mail| mail.contains(&id)).count()
    };
    if !may_be_none {
        sooner_or_later(20, async || (copies() > 0).then_some(())).await;
    }
    tokio::time::sleep(Duration::from_millis(1500)).await;
    copies()
}

#[test]
fn killed_before_the_dot_nothing_was_taken_and_it_goes_once() {
    run(async {
        assert_eq!(copies_after("slow-at-data", EntryState::Sending, Recovery::Ours).await, 1);
    });
}

#[test]
fn control_a_program_that_marks_before_it_sends_loses_it() {
    run(async {
        let copies = copies_after("slow-at-data", EntryState::Sending, Recovery::MarksBeforeItSends).await;
        assert_eq!(copies, 0, "the count must see a loss");
    });
}

#[test]
fn killed_at_the_dot_and_not_taken_it_goes_once() {
    run(async {
        assert_eq!(copies_after("slowly-refused-once", EntryState::AtTheDot, Recovery::Ours).await, 1);
    });
}

#[test]
fn control_a_program_that_marks_before_it_sends_loses_what_was_not_taken() {
    run(async {
        let copies = copies_after("slowly-refused-once", EntryState::AtTheDot, Recovery::MarksBeforeItSends).await;
        assert_eq!(copies, 0, "the count must see a loss");
    });
}

#[test]
fn killed_at_the_dot_it_goes_once() {
    run(async {
        assert_eq!(copies_after("slow-at-the-dot", EntryState::AtTheDot, Recovery::Ours).await, 1);
    });
}

#[test]
fn control_a_program_that_sends_again_what_is_unmarked_doubles_it() {
    run(async {
        let copies = copies_after("slow-at-the-dot", EntryState::AtTheDot, Recovery::SendsAgainWhatIsUnmarked).await;
        assert_eq!(copies, 2, "the count must see a double");
    });
}
