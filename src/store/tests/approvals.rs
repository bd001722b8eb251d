use super::*;
use crate::casework::MeetingId;

fn meeting() -> MeetingId {
    "surrey-rmm-ne/2026-12-08".parse().unwrap()
}

async fn stored(tx: &mut Tx) {
    tx.put_meeting(&crate::store::Meeting {
        id: meeting(),
        starts_at: at(500),
        starts: "2026-12-08T10:00".parse().unwrap(),
        cutoff_at: at(50),
        pack_at: at(60),
        list_at: None,
        supplement_at: None,
        state: MeetingState::Open,
    })
    .await
    .unwrap();
}

fn asked(plan: u8) -> NewApproval {
    let (sha256, plan) = (Sha256([7; 32]), Sha256([plan; 32]));
    NewApproval { meeting: meeting(), what: Approved::Pack, sha256, plan, flagged: 2, deadline_at: at(90) }
}

#[tokio::test]
async fn mc_33_a_packs_mails_wait_together_and_one_that_was_taken_back_makes_room_for_another() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    stored(&mut tx).await;
    let (one, two) = (tx.next_sent().await.unwrap(), tx.next_sent().await.unwrap());
    tx.enqueue(an_entry(one, "pack", &["a@surrey.example"])).await.unwrap();
    tx.enqueue(an_entry(two, "other", &["a@surrey.example"])).await.unwrap();
    tx.await_approval(&[one]).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = scratch.begin().await;
    let waits: Vec<_> = tx.awaiting_approval(&meeting()).await.unwrap().iter().map(|mail| mail.number).collect();
    assert_eq!(waits, [one]);
    assert_eq!(tx.due_entries(at(100), 10).await.unwrap().len(), 1, "what waits is not due");
    // What is not cancelled keeps its purpose.
    tx.free_purpose(one).await.unwrap();
    assert_eq!(tx.entry_of_purpose("pack").await.unwrap(), Some(one));
    let step = Transition {
        from: EntryState::Held,
        attempt: 0,
        to: EntryState::Cancelled,
        due_at: None,
        held_by: None,
        superseded_by: None,
        recipients: Vec::new(),
    };
    assert!(tx.transition(one, &step).await.unwrap());
    let meeting = "surrey-rmm-ne/2026-12-08".parse().unwrap();
    tx.look_for_mail_about(&meeting).await.unwrap();
    assert!(tx.is_posted("pack", Some(&meeting)).await.unwrap());
    tx.free_purpose(one).await.unwrap();
    assert!(!tx.is_posted("pack", Some(&meeting)).await.unwrap(), "nor is it remembered");
    assert_eq!(tx.entry_of_purpose("pack").await.unwrap(), None);
    let three = tx.next_sent().await.unwrap();
    tx.enqueue(an_entry(three, "pack", &["a@surrey.example"])).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(scratch.read().await.entry_of_purpose("pack").await.unwrap(), Some(three));
}

#[tokio::test]
async fn mc_33_an_approval_keeps_who_decided_sealed_and_a_pack_drawn_up_anew_forgets_it() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    stored(&mut tx).await;
    assert!(tx.approval(&meeting()).await.unwrap().is_none());
    tx.ask_approval(&asked(1)).await.unwrap();
    let said = ApprovalDecision { by: Redacted::new("Jo Bloggs".into()), note: Redacted::new("read it".into()) };
    tx.decide_approval(&meeting(), ApprovalState::Refused, Some(&said)).await.unwrap();
    tx.commit().await.unwrap();
    let mut view = scratch.read().await;
    let row = view.approval(&meeting()).await.unwrap().unwrap();
    assert_eq!((row.state, row.version, row.flagged, row.deadline_at), (ApprovalState::Refused, 1, 2, at(90)));
    assert_eq!(row.decision.unwrap().open().unwrap(), said);
    assert!(row.state.is_open() && !ApprovalState::Approved.is_open() && !ApprovalState::Sent.is_open());
    assert_eq!(view.begun_unapproved(at(499)).await.unwrap(), []);
    assert_eq!(view.begun_unapproved(at(500)).await.unwrap(), [meeting()]);
    drop(view);
    let mut tx = scratch.begin().await;
    tx.ask_approval(&asked(2)).await.unwrap();
    let row = tx.approval(&meeting()).await.unwrap().unwrap();
    assert_eq!((row.state, row.version, row.plan), (ApprovalState::Asked, 2, Sha256([2; 32])));
    assert!(row.decision.is_none());
    tx.decide_approval(&meeting(), ApprovalState::Lapsed, None).await.unwrap();
    assert_eq!(tx.begun_unapproved(at(500)).await.unwrap(), []);
}
