//! The next mail is claimed while the server has the one before, and judged once more before its body goes.

use super::*;
use dutyclerk::daemon::resume_sending;
use dutyclerk::store::{CaseFacts, ChildDetails, NewCase};

#[test]
fn the_next_mail_is_claimed_meanwhile_and_given_back_when_the_server_is_lost() {
    run(async {
        let postfix = Postfix::running();
        let line = postfix.line(postfix.submission).await;
        let mut desk = Desk::with(SmtpSettings { port: line.port, ..postfix.settings() }).await;
        let first = desk.post("slow-at-the-dot", &["amy"]).await;
        let second = desk.post("rmm", &["ben"]).await;
        meanwhile(&mut desk, second, EntryState::Sending, start(), async move |_| line.cut()).await;
        assert_eq!(desk.entry(first).await.state, EntryState::AtTheDot);
        assert_eq!(desk.states(second).await, (EntryState::Queued, vec![PENDING]));
        let entry = desk.entry(second).await;
        assert_eq!((entry.due_at, entry.attempt), (start(), 0), "due as it was: the server was not asked to take it");
        assert!(desk.store().read().await.unwrap().attempts(second).await.unwrap().is_empty());
        // The server has the first all the same, and says so by its copy.
        desk.gets("journal", 1).await;
        desk.turn(minutes(2)).await;
        desk.turn(minutes(3)).await;
        assert_eq!(desk.states(first).await, (EntryState::Settled, vec![ACCEPTED]));
        assert_eq!(desk.states(second).await, (EntryState::Settled, vec![ACCEPTED]));
        desk.gets("amy", 1).await;
        desk.gets("ben", 1).await;
    });
}

/// Invariant 5 and the kill switch, at the last moment there is.
#[test]
fn all_sending_stopped_while_the_server_is_asked_keeps_the_body_here() {
    run(async {
        let mut desk = Desk::new().await;
        let number = desk.post("slow-at-data", &["amy"]).await;
        let next = desk.post("rmm", &["ben"]).await;
        meanwhile(&mut desk, number, EntryState::Sending, start(), async move |store| {
            let mut tx = store.begin(start()).await.unwrap();
            tx.set_setting("sending.stopped", &start().to_string()).await.unwrap();
            tx.commit().await.unwrap();
        })
        .await;
        for mail in [number, next] {
            assert_eq!(desk.states(mail).await, (EntryState::Queued, vec![PENDING]));
        }
        resume_sending(&desk.rehearsal.daemon, minutes(1)).await.unwrap();
        desk.turn(minutes(1)).await;
        for (mail, name) in [(number, "amy"), (next, "ben")] {
            assert_eq!(desk.states(mail).await, (EntryState::Settled, vec![ACCEPTED]));
            desk.gets(name, 1).await;
        }
    });
}

/// SY-40: the last look is taken in the transaction that lets the body go.
#[test]
fn sy_40_a_child_who_becomes_known_while_the_server_is_asked_keeps_the_body_here() {
    run(async {
        let mut desk = Desk::new().await;
        let body = "NHS number: 999 000 0018\r\n";
        let number = desk.post_body("slow-at-data", &["amy"], None, body).await;
        meanwhile(&mut desk, number, EntryState::Sending, start(), async move |store| {
            let mut tx = store.begin(start()).await.unwrap();
            let nhs_number = Some(Redacted::new("9990000018".to_owned()));
            let details = ChildDetails { nhs_number, ..ChildDetails::default() };
            let child = tx.insert_child(&"surrey".into(), &details).await.unwrap();
            let case = NewCase {
                panel: "surrey-rmm-se".into(),
                pathway_start: None,
                review_due: None,
                review_provisional: false,
                facts: CaseFacts::default(),
            };
            tx.open_case(&child, &case).await.unwrap();
            tx.commit().await.unwrap();
        })
        .await;
        assert_eq!(desk.states(number).await, (EntryState::Queued, vec![PENDING]));
        desk.turn(minutes(1)).await;
        let entry = desk.entry(number).await;
        assert_eq!((entry.state, entry.held_by.as_deref()), (EntryState::Held, Some("SY-40")));
        assert_eq!(desk.has("amy"), 0);
    });
}
