use super::*;
use crate::seal::SealError;

async fn enqueue(tx: &mut Tx, purpose: &str, to: &[&str]) -> SentRef {
    let number = tx.next_sent().await.unwrap();
    tx.enqueue(an_entry(number, purpose, to)).await.unwrap();
    number
}

#[tokio::test]
async fn an_entry_keeps_its_bytes_and_its_envelope() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let message = accept_one(&mut tx, 1, "a").await;
    let (_, case) = a_case(&mut tx, "Zoe Marker").await;
    let number = tx.next_sent().await.unwrap();
    let mut new = an_entry(number, "p", &["a@nhs.example", "b@police.example"]);
    new.answers = Some(message.number);
    new.cases = vec![case.number, case.number];
    new.documents = vec![(Sha256::of(b"paper"), case.number)];
    new.part = Some("1/2".into());
    new.envelope.to[1].journal = true;
    tx.enqueue(new.clone()).await.unwrap();
    let to = "a@nhs.example".parse().unwrap();
    assert_eq!(tx.entries_to(&to, &[MailKind::Agenda], at(0)).await.unwrap(), 1, "though it is not written yet");
    assert_eq!(tx.entries_to(&to, &[MailKind::List], at(0)).await.unwrap(), 0);
    tx.commit().await.unwrap();
    let mut tx = scratch.begin().await;
    let entry = tx.entry(number).await.unwrap().unwrap();
    assert_eq!((entry.state, entry.attempt, entry.part.as_deref()), (EntryState::Queued, 0, Some("1/2")));
    assert_eq!((entry.kind, &entry.meeting, entry.answers), (new.kind, &new.meeting, new.answers));
    assert_eq!(entry.envelope.open().unwrap(), new.envelope);
    assert_eq!(tx.frozen(&entry).await.unwrap(), new.bytes);
    assert_eq!(entry.size, new.bytes.size() as i64);
    assert_eq!(tx.cases_of_entry(number).await.unwrap(), [case.number]);
    assert_eq!(tx.documents_of_entry(number).await.unwrap(), new.documents);
    assert_eq!(tx.entries_carrying(Sha256::of(b"paper")).await.unwrap(), [number]);
    assert_eq!(tx.entries_of_case(case.number).await.unwrap().len(), 1);
    assert_eq!(tx.entries_of_meeting(new.meeting.as_ref().unwrap()).await.unwrap().len(), 1);
    assert_eq!(tx.entries_answering(message.number).await.unwrap().len(), 1);
    assert_eq!(tx.entry_by_message_id(&new.message_id).await.unwrap().unwrap().number, number);
    assert_eq!(tx.entries_after(0, 9).await.unwrap().len(), 1);
    let address = "A@nhs.example".parse().unwrap();
    assert_eq!(tx.entries_to(&address, &[MailKind::Agenda], at(0)).await.unwrap(), 1);
    assert_eq!(tx.entries_to(&address, &[MailKind::List], at(0)).await.unwrap(), 0);
    let recipients = tx.recipients(number).await.unwrap();
    assert_eq!(recipients.iter().map(|r| (r.position, r.journal)).collect::<Vec<_>>(), [(0, false), (1, true)]);
    assert_eq!(recipients[0].address, tx.look_ups().address(&address));
    tx.approve_entry(number, entry.sha256).await.unwrap();
    assert_eq!(tx.entry(number).await.unwrap().unwrap().approved, Some((at(0), entry.sha256)));
}

#[tokio::test]
async fn there_is_one_entry_for_a_purpose() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let first = enqueue(&mut tx, "R-0001/abc/jo@surrey.example/health-copy", &["jo@surrey.example"]).await;
    tx.commit().await.unwrap();
    let mut tx = scratch.begin().await;
    let purpose = "R-0001/abc/jo@surrey.example/health-copy";
    assert_eq!(tx.entry_of_purpose(purpose).await.unwrap(), Some(first));
    assert_eq!(tx.entry_of_purpose("another").await.unwrap(), None);
    let another = enqueue(&mut tx, "another", &["jo@surrey.example"]).await;
    assert_eq!(tx.entry_of_purpose("another").await.unwrap(), Some(another), "before it is written, too");
    enqueue(&mut tx, purpose, &["someone@else.example"]).await;
    assert!(tx.commit().await.is_err(), "a second mail of a purpose takes its transaction with it");
    let mut tx = scratch.begin().await;
    assert_eq!(tx.entries_after(0, 9).await.unwrap().len(), 1);
    assert_eq!(tx.next_sent().await.unwrap(), another, "nor is its number taken");
}

#[tokio::test]
async fn what_is_posted_about_a_meeting_is_known_without_being_asked_for() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    enqueue(&mut tx, "before", &["jo@surrey.example"]).await;
    tx.commit().await.unwrap();
    let mut tx = scratch.begin().await;
    let meeting: MeetingId = "surrey-rmm-ne/2026-12-08".parse().unwrap();
    tx.look_for_mail_about(&meeting).await.unwrap();
    assert!(tx.is_posted("before", Some(&meeting)).await.unwrap());
    assert!(!tx.is_posted("another", Some(&meeting)).await.unwrap());
    let other: MeetingId = "surrey-rmm-ne/2027-01-12".parse().unwrap();
    assert!(tx.is_posted("before", Some(&other)).await.unwrap(), "of other meetings it knows nothing, and asks");
    let number = tx.next_sent().await.unwrap();
    let copy = NewEntry { kind: MailKind::HealthCopy, ..an_entry(number, "copy", &["gp@nhs.example"]) };
    tx.enqueue(copy).await.unwrap();
    assert!(tx.is_posted("copy", Some(&meeting)).await.unwrap(), "before it is written");
    assert_eq!(tx.entries_after(0, 9).await.unwrap().len(), 2, "which this does");
    assert!(tx.is_posted("copy", Some(&meeting)).await.unwrap(), "and after");
    assert_eq!(
        tx.purposes_taken(&["copy", "nothing", "before"]).await.unwrap(),
        ["before", "copy"].map(String::from).into()
    );
}

#[tokio::test]
async fn a_paper_is_kept_once_and_stands_in_every_mail_that_carries_it() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let (_, one) = a_case(&mut tx, "Zoe Marker").await;
    let (_, two) = a_case(&mut tx, "Ada Byron").await;
    let paper = |text: &str, case: &Case| ((Sha256::of(text.as_bytes()), case.number), text.as_bytes().to_vec());
    let (first, second) = (paper("first paper", &one), paper("second paper", &two));
    let mut whole = Vec::new();
    for (n, papers) in [vec![&first], vec![&second, &first], vec![&first]].into_iter().enumerate() {
        if n == 2 {
            tx.commit().await.unwrap();
            tx = scratch.begin().await;
        }
        let number = tx.next_sent().await.unwrap();
        let mut new = an_entry(number, &format!("p{n}"), &["a@nhs.example"]);
        new.documents = vec![first.0, second.0];
        new.enclosed = papers.iter().map(|(document, _)| *document).collect();
        let places = papers.iter().enumerate().map(|(at, (_, bytes))| (at + 1, bytes.as_slice().into())).collect();
        new.bytes = FrozenBytes::new(b"text".to_vec(), places);
        new.sha256 = new.bytes.sha256();
        whole.push((number, new.bytes.to_vec()));
        tx.enqueue(new).await.unwrap();
    }
    assert_eq!(whole[1].1, b"tsecond paperefirst paperxt");
    tx.commit().await.unwrap();
    let mut tx = scratch.begin().await;
    for ((number, bytes), enclosed) in whole.iter().zip([vec![first.0], vec![second.0, first.0], vec![first.0]]) {
        let entry = tx.entry(*number).await.unwrap().unwrap();
        assert_eq!(tx.frozen(&entry).await.unwrap().to_vec(), *bytes);
        assert_eq!(tx.documents_of_entry(*number).await.unwrap(), [first.0, second.0]);
        assert_eq!(tx.enclosed_in(*number).await.unwrap(), enclosed);
    }
    let kept: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM outbox_papers").fetch_one(tx.db()).await.unwrap();
    assert_eq!(kept, 2);
    tx.shred(one.key().unwrap().id()).await.unwrap();
    let entry = tx.entry(whole[1].0).await.unwrap().unwrap();
    assert!(matches!(tx.frozen(&entry).await, Err(StoreError::Seal(SealError::Shredded))), "a shredded case's paper");
}

#[tokio::test]
async fn mc_32_a_mail_that_takes_anothers_place_says_of_the_same_children_that_they_were_taken_off() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let (one, two) = (a_case(&mut tx, "Zoe Marker").await.1, a_case(&mut tx, "Amy Marker").await.1);
    let mut said = Vec::new();
    for purpose in ["before", "instead"] {
        let number = tx.next_sent().await.unwrap();
        let entry = an_entry(number, purpose, &["a@nhs.example"]);
        tx.enqueue(NewEntry { cases: vec![one.number, two.number], ..entry }).await.unwrap();
        said.push(number);
    }
    tx.says_taken_off(said[0], &[two.number]).await.unwrap();
    let meeting = "surrey-rmm-ne/2026-12-08".parse().unwrap();
    assert!(tx.told_of(&meeting).await.unwrap().listed.contains(&two.number), "the later one says that it is on");
    tx.says_the_same(said[1], said[0]).await.unwrap();
    assert_eq!(tx.told_of(&meeting).await.unwrap().listed, [one.number].into());
}

#[tokio::test]
async fn entries_are_due_in_order_and_held_ones_are_not() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let number = tx.next_sent().await.unwrap();
    let held = NewEntry { held_by: Some("MC-33".into()), ..an_entry(number, "held", &["a@nhs.example"]) };
    tx.enqueue(held).await.unwrap();
    let late = tx.next_sent().await.unwrap();
    tx.enqueue(NewEntry { due_at: at(90), ..an_entry(late, "late", &["a@nhs.example"]) }).await.unwrap();
    let soon = enqueue(&mut tx, "soon", &["a@nhs.example"]).await;
    assert_eq!(tx.next_due().await.unwrap(), Some(at(60)));
    assert!(tx.due_entries(at(59), 9).await.unwrap().is_empty());
    let due = async |tx: &mut Tx, s| -> Vec<SentRef> {
        tx.due_entries(at(s), 9).await.unwrap().iter().map(|e| e.number).collect()
    };
    assert_eq!(due(&mut tx, 60).await, [soon]);
    assert_eq!(due(&mut tx, 90).await, [soon, late]);
    let held = tx.entries_in(EntryState::Held).await.unwrap();
    assert_eq!((held.len(), held[0].held_by.as_deref()), (1, Some("MC-33")));
    assert!(tx.transition(number, &Transition::new(EntryState::Held, 0, EntryState::Queued)).await.unwrap());
    assert_eq!(due(&mut tx, 60).await, [number, soon]);
    assert_eq!(tx.entry(number).await.unwrap().unwrap().held_by, None);
}

#[tokio::test]
async fn an_attempt_that_did_not_begin_leaves_nothing() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let number = enqueue(&mut tx, "p", &["a@nhs.example"]).await;
    assert!(!tx.give_back(number, 0).await.unwrap(), "it was not claimed");
    assert_eq!(tx.begin_attempt(number, 0, "one").await.unwrap(), Some(1));
    assert!(!tx.give_back(number, 2).await.unwrap(), "another attempt's holder");
    assert!(tx.give_back(number, 1).await.unwrap());
    let entry = tx.entry(number).await.unwrap().unwrap();
    assert_eq!((entry.state, entry.attempt), (EntryState::Queued, 0));
    assert_eq!(tx.attempts(number).await.unwrap(), []);
    assert_eq!(tx.begin_attempt(number, 0, "two").await.unwrap(), Some(1));
}

#[tokio::test]
async fn whoever_comes_second_changes_nothing() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let number = enqueue(&mut tx, "p", &["a@nhs.example", "b@nhs.example"]).await;
    assert_eq!(tx.begin_attempt(number, 0, "one").await.unwrap(), Some(1));
    assert_eq!(tx.begin_attempt(number, 0, "two").await.unwrap(), None);
    assert_eq!(tx.begin_attempt(number, 1, "two").await.unwrap(), None, "it is not queued");
    let mut dot = Transition::new(EntryState::Sending, 1, EntryState::AtTheDot);
    dot.recipients = vec![RecipientChange {
        position: 1,
        state: RecipientState::Failed,
        reply_code: Some(550),
        reply_class: Some("5.1.1".into()),
    }];
    assert!(tx.transition(number, &dot).await.unwrap());
    assert!(!tx.transition(number, &dot).await.unwrap());
    let mut zombie = Transition::new(EntryState::AtTheDot, 0, EntryState::Queued);
    zombie.recipients = vec![RecipientChange {
        position: 0,
        state: RecipientState::Accepted,
        reply_code: Some(250),
        reply_class: None,
    }];
    assert!(!tx.transition(number, &zombie).await.unwrap(), "another attempt's holder");
    let states: Vec<_> = tx.recipients(number).await.unwrap().iter().map(|r| (r.state, r.reply_code)).collect();
    assert_eq!(states, [(RecipientState::Pending, None), (RecipientState::Failed, Some(550))]);
    let mut requeue = Transition::new(EntryState::AtTheDot, 1, EntryState::Queued);
    requeue.due_at = Some(at(500));
    assert!(tx.transition(number, &requeue).await.unwrap());
    tx.end_attempt(number, 1, "connection_lost").await.unwrap();
    assert_eq!(tx.entry(number).await.unwrap().unwrap().due_at, at(500));
    assert_eq!(tx.begin_attempt(number, 1, "two").await.unwrap(), Some(2));
    let attempts = tx.attempts(number).await.unwrap();
    assert_eq!(attempts.iter().map(|a| a.holder.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(attempts[0].outcome.as_deref(), Some("connection_lost"));
    let other = enqueue(&mut tx, "q", &["a@nhs.example"]).await;
    let mut superseded = Transition::new(EntryState::Queued, 0, EntryState::Cancelled);
    superseded.superseded_by = Some(number);
    superseded.held_by = Some("MC-30".into());
    assert!(tx.transition(other, &superseded).await.unwrap());
    let other = tx.entry(other).await.unwrap().unwrap();
    assert_eq!((other.superseded_by, other.held_by.as_deref()), (Some(number), Some("MC-30")));
}

#[tokio::test]
async fn frozen_bytes_that_are_not_what_was_frozen_are_refused() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let number = enqueue(&mut tx, "p", &["a@nhs.example"]).await;
    tx.commit().await.unwrap();
    let mut tx = scratch.begin().await;
    let entry = tx.entry(number).await.unwrap().unwrap();
    let other = OutboxEntry { sha256: Sha256::of(b"other"), ..entry.clone() };
    assert!(matches!(tx.frozen(&other).await, Err(StoreError::Seal(SealError::Tampered))));
    tx.shred(entry.key().unwrap().id()).await.unwrap();
    let entry = tx.entry(number).await.unwrap().unwrap();
    assert!(matches!(tx.frozen(&entry).await, Err(StoreError::Seal(SealError::Shredded))));
}

#[tokio::test]
async fn an_invitation_keeps_its_uid_and_forgets_answers_to_an_older_sequence() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let (_, case) = a_case(&mut tx, "Zoe Marker").await;
    let mut new = NewInvitation {
        uid: "u1@surrey.example".into(),
        kind: InvitationKind::Slot,
        panel: "surrey-rmm-ne".into(),
        case: Some(case.number),
        meeting: Some("surrey-rmm-ne/2026-12-08".parse().unwrap()),
        attendee: "jo@surrey.example".parse().unwrap(),
        sequence: 0,
        dtstamp: at(0),
        starts: "2026-12-08T10:00".parse().unwrap(),
        ends: "2026-12-08T12:00".parse().unwrap(),
        state: InvitationState::Requested,
        last_entry: None,
    };
    let key = case.key().unwrap();
    tx.put_invitation(key, &new).await.unwrap();
    tx.answer_invitation(&new.uid, "ACCEPTED", tx.now()).await.unwrap();
    tx.put_invitation(key, &new).await.unwrap();
    let stored = tx.invitation(&new.uid).await.unwrap().unwrap();
    assert_eq!(stored.partstat, Some(("ACCEPTED".into(), at(0))), "the same SEQUENCE keeps its answer");
    assert_eq!(stored.attendee.open().unwrap().address, new.attendee);
    assert_eq!(stored.attendee_hash, tx.look_ups().address(&new.attendee));
    new.sequence = 1;
    new.starts = "2026-12-08T10:15".parse().unwrap();
    new.state = InvitationState::Cancelled;
    tx.put_invitation(key, &new).await.unwrap();
    let stored = tx.invitations_of_case(case.number).await.unwrap().remove(0);
    assert_eq!((stored.sequence, stored.starts, stored.state, stored.partstat), (1, new.starts, new.state, None));
    assert_eq!(tx.invitations_of_meeting(new.meeting.as_ref().unwrap()).await.unwrap().len(), 1);
    assert!(tx.invitation("other").await.unwrap().is_none());
}
