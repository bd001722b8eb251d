use super::*;
use crate::casework::PanelId;

#[tokio::test]
async fn a_report_counts_what_is_of_its_panel_and_its_days() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let message = accept_one(&mut tx, 1, "a").await;
    let (_, mut case) = a_case(&mut tx, "Zoe Marker").await;
    a_case(&mut tx, "Rory Quill").await;
    case.state = CaseState::Closed;
    case.closed_at = Some(at(5));
    tx.update_case(&mut case, None).await.unwrap();
    let number = tx.next_sent().await.unwrap();
    let agenda = an_entry(number, "p", &["a@nhs.example", "b@police.example"]);
    tx.enqueue(NewEntry { answers: Some(message.number), kind: MailKind::Acknowledgement, ..agenda }).await.unwrap();
    let pack = tx.next_sent().await.unwrap();
    tx.enqueue(an_entry(pack, "q", &["a@nhs.example"])).await.unwrap();
    let text = |text: &str| Redacted::new(text.to_owned());
    let new = NewHeld {
        kind: "escalation".into(),
        rule: "SH-27".into(),
        panel: Some("surrey-rmm-ne".into()),
        message: Some(message.number),
        document: None,
        case: None,
        meeting: None,
        entry: None,
        detail: HeldDetail { summary: text("x"), advice: text("y"), candidates: vec![], facts: Default::default() },
    };
    tx.hold(message.key().unwrap(), &new).await.unwrap();
    for entry in [number, pack] {
        tx.begin_attempt(entry, 0, "one").await.unwrap();
        let mut taken = Transition::new(EntryState::Sending, 1, EntryState::AtTheDot);
        taken.recipients = vec![RecipientChange {
            position: 0,
            state: RecipientState::Accepted,
            reply_code: Some(250),
            reply_class: None,
        }];
        assert!(tx.transition(entry, &taken).await.unwrap());
    }
    tx.commit().await.unwrap();
    let mut view = scratch.read().await;
    let panel = PanelId::new("surrey-rmm-ne");
    let of = Period { panel: &panel, from: at(-10), until: at(10) };
    let cases = view.case_numbers(of).await.unwrap();
    assert_eq!(cases, CaseNumbers { opened: 2, closed: 1, open_at_end: 1 });
    assert_eq!(view.case_numbers(Period { until: at(4), ..of }).await.unwrap().open_at_end, 2, "closed later");
    let mails = view.mails_taken(of).await.unwrap();
    let taken = |kind, n| (kind, "SY-04".to_owned(), n);
    assert_eq!(mails, [taken(MailKind::Acknowledgement, 1), taken(MailKind::Agenda, 1)]);
    assert_eq!(view.first_answers(of).await.unwrap(), [(at(1), at(0))]);
    let meeting = "surrey-rmm-ne/2026-12-08".parse().unwrap();
    assert_eq!(view.pack_taken_at(&meeting).await.unwrap(), Some(at(0)));
    assert_eq!(view.pack_taken_at(&"surrey-rmm-ne/2026-12-15".parse().unwrap()).await.unwrap(), None);
    let waited = view.waited(of).await.unwrap();
    assert_eq!(waited, [Waited { kind: "escalation".into(), opened_at: at(0), closed_at: None }]);
    assert!(view.papers_taken(of).await.unwrap().is_empty());
    // Another panel's, and other days'.
    let other = PanelId::new("surrey-rmm-nw");
    for of in [Period { panel: &other, ..of }, Period { from: at(-20), until: at(-10), ..of }] {
        assert_eq!(view.case_numbers(of).await.unwrap(), CaseNumbers::default());
        assert!(view.mails_taken(of).await.unwrap().is_empty() && view.waited(of).await.unwrap().is_empty());
    }
}
