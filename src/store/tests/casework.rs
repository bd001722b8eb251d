use super::*;
use crate::casework::agenda::ItemNote;
use crate::casework::directory::Directory;
use crate::casework::panel::SectionId;
use crate::casework::{AuthorityId, CaseRef, Format, MeetingId, Ref};
use crate::seal::SealError;
use std::collections::BTreeSet;

fn zoe() -> ChildDetails {
    ChildDetails {
        name: Redacted::new("Zoë Marker".into()),
        aliases: vec![Redacted::new("Zo Smith".into())],
        date_of_birth: Some(Redacted::new("2011-02-03".parse().unwrap())),
        lcs_number: Some(Redacted::new("lcs 77/44".into())),
        nhs_number: Some(Redacted::new("9990001231".into())),
        former: vec![],
    }
}

async fn found(tx: &mut Tx, authority: &str, details: ChildDetails) -> Vec<BTreeSet<KeyKind>> {
    let authority = AuthorityId::new(authority);
    let keys = child_keys(tx.look_ups(), &authority, &details);
    tx.find_children(&authority, &keys).await.unwrap().into_values().collect()
}

#[tokio::test]
async fn a_child_is_found_by_any_of_its_keys_within_its_authority() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let mut child = tx.insert_child(&"surrey".into(), &zoe()).await.unwrap();
    let nobody = ChildDetails::default;
    let name = |name: &str| ChildDetails { name: Redacted::new(name.into()), ..nobody() };
    let lcs = |text: &str| ChildDetails { lcs_number: Some(Redacted::new(text.into())), ..nobody() };
    assert_eq!(found(&mut tx, "surrey", lcs("LCS-7744")).await, [BTreeSet::from([KeyKind::Lcs])]);
    assert!(found(&mut tx, "st-helens", lcs("LCS-7744")).await.is_empty(), "nothing is matched across authorities");
    assert!(found(&mut tx, "surrey", lcs("LCS-7745")).await.is_empty());
    assert!(found(&mut tx, "surrey", lcs(" - ")).await.is_empty(), "an empty number is no key");
    assert!(found(&mut tx, "surrey", nobody()).await.is_empty());
    let pair = BTreeSet::from([KeyKind::NamePair]);
    assert_eq!(found(&mut tx, "surrey", name("Marker Zoe")).await, std::slice::from_ref(&pair));
    assert_eq!(found(&mut tx, "surrey", name("Zoe Ann Marker")).await, std::slice::from_ref(&pair));
    assert_eq!(
        found(&mut tx, "surrey", name("MARKER, Zoe")).await,
        [BTreeSet::from([KeyKind::Name, KeyKind::NamePair])]
    );
    assert_eq!(found(&mut tx, "surrey", name("smith zo")).await, [pair]);
    let same = found(&mut tx, "surrey", zoe()).await;
    assert_eq!(same, [KeyKind::ALL.iter().copied().collect::<BTreeSet<_>>()]);
    let renumbered = ChildDetails { lcs_number: Some(Redacted::new("8855".into())), ..zoe() };
    tx.update_child(&mut child, &renumbered).await.unwrap();
    assert_eq!(found(&mut tx, "surrey", lcs("8855")).await.len(), 1);
    assert_eq!(found(&mut tx, "surrey", lcs("lcs7744")).await.len(), 1, "a paper with the old number is still found");
    let stored = tx.child(&child.id).await.unwrap().unwrap();
    assert_eq!(stored.details.open().unwrap(), renumbered);
    let (_, keys) = tx.child_keys_since(Timestamp::MIN).await.unwrap();
    assert!(keys.iter().all(|(child, ..)| *child == keys[0].0) && keys.len() > 2, "of the one child");
}

#[tokio::test]
async fn who_has_a_key_is_asked_again_when_a_child_is_new_or_merged() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    assert!(found(&mut tx, "surrey", zoe()).await.is_empty());
    let one = tx.insert_child(&"surrey".into(), &zoe()).await.unwrap();
    assert_eq!(found(&mut tx, "surrey", zoe()).await.len(), 1);
    let mut other = tx.insert_child(&"surrey".into(), &zoe()).await.unwrap();
    assert_eq!(found(&mut tx, "surrey", zoe()).await.len(), 2);
    other.merged_into = Some(one.id.clone());
    tx.update_child(&mut other, &ChildDetails::default()).await.unwrap();
    assert_eq!(found(&mut tx, "surrey", zoe()).await.len(), 1);
}

#[tokio::test]
async fn a_placeholder_birthday_is_no_key() {
    let scratch = Scratch::new().await;
    let keys = |date: &str| {
        let details =
            ChildDetails { date_of_birth: Some(Redacted::new(date.parse().unwrap())), ..ChildDetails::default() };
        child_keys(scratch.store.look_ups(), &"surrey".into(), &details).len()
    };
    assert_eq!((keys("2011-01-01"), keys("2011-01-02")), (0, 1));
}

#[tokio::test]
async fn a_case_is_kept_with_its_child() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let child = tx.insert_child(&"surrey".into(), &zoe()).await.unwrap();
    let facts = CaseFacts {
        rating: Some("experiencing".into()),
        caseworker: Some(Person { name: None, address: Some("jo@surrey.example".parse().unwrap()) }),
        ..Default::default()
    };
    let new = NewCase {
        panel: "surrey-rmm-ne".into(),
        pathway_start: Some("2026-11-01".parse().unwrap()),
        review_due: Some("2027-02-01".parse().unwrap()),
        review_provisional: true,
        facts: facts.clone(),
    };
    let mut case = tx.open_case(&child, &new).await.unwrap();
    let (_, other) = a_case(&mut tx, "Amy Other").await;
    tx.commit().await.unwrap();
    assert_eq!((case.number.to_string(), other.number.to_string()), ("R-0001".into(), "R-0002".into()));
    let mut tx = scratch.begin().await;
    let loaded = tx.case(case.number).await.unwrap().unwrap();
    assert_eq!(loaded.facts.open().unwrap(), facts);
    assert_eq!(loaded.details.open().unwrap(), zoe());
    assert_eq!((loaded.review_due, loaded.review_provisional), (new.review_due, true));
    let due = async |tx: &mut Tx, day: &str| {
        tx.reviews_due(&"surrey-rmm-ne".into(), day.parse().unwrap()).await.unwrap().len()
    };
    assert_eq!((due(&mut tx, "2027-01-31").await, due(&mut tx, "2027-02-01").await), (0, 1));
    case.state = CaseState::Closed;
    case.closed_at = Some(at(0));
    case.last_heard = Some("2026-12-08".parse().unwrap());
    let later = CaseFacts { rating: Some("minimal".into()), ..facts };
    tx.update_case(&mut case, Some(&later)).await.unwrap();
    let loaded = tx.case(case.number).await.unwrap().unwrap();
    assert_eq!((loaded.state, loaded.closed_at, loaded.last_heard), (case.state, case.closed_at, case.last_heard));
    assert_eq!(loaded.facts.open().unwrap(), later);
    assert_eq!(due(&mut tx, "2027-02-01").await, 0, "a closed case is not due");
    assert_eq!(tx.open_cases(&"surrey-rmm-ne".into()).await.unwrap().len(), 1);
    assert_eq!(tx.cases_of_child(&child.id).await.unwrap().len(), 1);
    let both = tx.cases(&[CaseRef(2), CaseRef(1), CaseRef(77)]).await.unwrap();
    assert_eq!(both.iter().map(|case| case.number.0).collect::<Vec<_>>(), [1, 2]);
    assert!(tx.case(CaseRef(77)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_restriction_stands_until_it_is_lifted() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let (_, case) = a_case(&mut tx, "Zoe Marker").await;
    let text = |text: &str| Redacted::new(text.to_owned());
    let detail = RestrictionDetail { value: text("school"), reason: text("the alleged abuser works there"), by: None };
    let review = Some("2027-01-04".parse().unwrap());
    let id = tx.restrict(&case, RestrictionSubject::Role, &detail, review).await.unwrap();
    let standing = tx.restrictions(case.number).await.unwrap();
    assert_eq!((standing[0].subject, standing[0].review_on), (RestrictionSubject::Role, review));
    assert_eq!(standing[0].detail.open().unwrap(), detail);
    assert_eq!(tx.all_restrictions().await.unwrap().len(), 1);
    tx.lift_restriction(&id).await.unwrap();
    assert!(tx.restrictions(case.number).await.unwrap().is_empty());
}

fn a_meeting(date: &str) -> Meeting {
    let id: MeetingId = format!("surrey-rmm-ne/{date}").parse().unwrap();
    Meeting {
        starts: id.date.at(10, 0, 0, 0),
        starts_at: at(5000),
        cutoff_at: at(1000),
        pack_at: at(2000),
        list_at: None,
        supplement_at: Some(at(3000)),
        state: MeetingState::Open,
        id,
    }
}

#[tokio::test]
async fn a_meeting_is_marked_once_for_each_thing_done() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let mut meeting = a_meeting("2026-12-08");
    tx.put_meeting(&meeting).await.unwrap();
    assert_eq!(tx.meeting(&meeting.id).await.unwrap().as_ref(), Some(&meeting));
    meeting.list_at = Some(at(1500));
    tx.put_meeting(&meeting).await.unwrap();
    assert_eq!(tx.meetings(&"surrey-rmm-ne".into(), at(5000), at(5001)).await.unwrap(), [meeting.clone()]);
    assert!(tx.meetings(&"surrey-rmm-ne".into(), at(0), at(5000)).await.unwrap().is_empty());
    assert_eq!(tx.meetings_without(Mark::PackDrawn).await.unwrap().len(), 1);
    assert!(tx.mark(&meeting.id, Mark::PackDrawn, Some("complete")).await.unwrap());
    assert!(!tx.mark(&meeting.id, Mark::PackDrawn, Some("again")).await.unwrap());
    assert_eq!(tx.marks(&meeting.id).await.unwrap()[&Mark::PackDrawn].detail.as_deref(), Some("complete"));
    assert!(tx.meetings_without(Mark::PackDrawn).await.unwrap().is_empty());
    assert_eq!(tx.meetings_without(Mark::ListSent).await.unwrap().len(), 1);
    tx.unmark(&meeting.id, Mark::PackDrawn).await.unwrap();
    assert_eq!(tx.meetings_without(Mark::PackDrawn).await.unwrap().len(), 1);
    meeting.state = MeetingState::Cancelled;
    tx.put_meeting(&meeting).await.unwrap();
    assert!(tx.meetings_without(Mark::PackDrawn).await.unwrap().is_empty());
    assert!(tx.open_meetings().await.unwrap().is_empty());
    assert!(tx.mark(&a_meeting("2026-12-22").id, Mark::ListSent, None).await.is_err(), "no mark without its meeting");
}

#[tokio::test]
async fn a_case_stands_once_on_a_meetings_agenda() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let (_, case) = a_case(&mut tx, "Zoe Marker").await;
    let meeting = a_meeting("2026-12-08");
    tx.put_meeting(&meeting).await.unwrap();
    let mut item = AgendaRow {
        meeting: meeting.id.clone(),
        case: case.number,
        section: SectionId::Expected,
        state: ItemState::Listed,
        added_at: at(0),
        rule: "MC-32".into(),
        position: None,
        slot: None,
        notes: vec![ItemNote::PaperToFollow, ItemNote::OutOfDate],
        admitted_by: None,
        moved_to: None,
    };
    tx.put_agenda_item(&item).await.unwrap();
    assert_eq!(tx.agenda_items(&meeting.id).await.unwrap(), [item.clone()]);
    assert_eq!(tx.open_items_of_case(case.number).await.unwrap(), [item.clone()]);
    item.section = SectionId::New;
    item.position = Some(1);
    item.slot = Some((meeting.starts, "2026-12-08T10:15".parse().unwrap()));
    item.notes = vec![];
    item.admitted_by = Some("chair".into());
    item.moved_to = Some("surrey-rmm-ne/2026-12-22".parse().unwrap());
    tx.put_agenda_item(&item).await.unwrap();
    assert_eq!(tx.agenda_items(&meeting.id).await.unwrap(), [item.clone()]);
    assert_eq!(tx.open_items_of_case(case.number).await.unwrap(), [item.clone()]);
    tx.put_meeting(&Meeting { state: MeetingState::Closed, ..meeting }).await.unwrap();
    assert!(tx.open_items_of_case(case.number).await.unwrap().is_empty());
    assert_eq!(tx.items_of_case(case.number).await.unwrap(), [item]);
}

fn a_document(position: i64, bytes: &[u8]) -> NewDocument {
    NewDocument {
        position,
        reading: 1,
        sha256: Sha256::of(bytes),
        format: Format::Docx,
        form: Some("surrey-rat".into()),
        what: "assessment".into(),
        authority: Some("surrey".into()),
        panel: Some("surrey-rmm-ne".into()),
        case: None,
        meeting: Some("surrey-rmm-ne/2026-12-08".parse().unwrap()),
        arrived_at: at(1),
        state: DocumentState::Held,
        body: DocumentBody { path: Redacted::new("mail.eml/2/rat.docx".into()), ..Default::default() },
        name_marks: vec![1, 2, 3, 4, 5, 6, 7, 8],
    }
}

#[tokio::test]
async fn documents_are_found_by_message_case_meeting_and_bytes() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let message = accept_one(&mut tx, 1, "a").await;
    let (_, case) = a_case(&mut tx, "Zoe Marker").await;
    let elsewhere = NewDocument { authority: None, ..a_document(2, b"x") };
    let ids = tx.insert_documents(&message, &[a_document(1, b"x"), elsewhere]).await.unwrap();
    assert!(tx.insert_documents(&message, &[]).await.unwrap().is_empty());
    let mut document = tx.document(&ids[0]).await.unwrap().unwrap();
    assert_eq!(document.format, Format::Docx);
    assert_eq!(document.body.open().unwrap().path.reveal(), "mail.eml/2/rat.docx");
    document.case = Some(case.number);
    document.state = DocumentState::Superseded;
    document.superseded_by = Some(ids[1].clone());
    tx.update_document(&document).await.unwrap();
    let of_case = tx.documents_of_case(case.number).await.unwrap();
    assert_eq!((of_case.len(), of_case[0].state), (1, DocumentState::Superseded));
    assert_eq!(of_case[0].superseded_by.as_ref(), Some(&ids[1]));
    assert_eq!(of_case[0].name_marks, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(tx.documents_of_meeting(&"surrey-rmm-ne/2026-12-08".parse().unwrap()).await.unwrap().len(), 2);
    let of_message = tx.documents_of_message(message.number).await.unwrap();
    assert_eq!(of_message.iter().map(|d| d.id.clone()).collect::<Vec<_>>(), ids);
    let hash = Sha256::of(b"x");
    assert_eq!(tx.documents_by_hash(hash, None).await.unwrap().len(), 2);
    assert_eq!(tx.documents_by_hash(hash, Some(&"surrey".into())).await.unwrap().len(), 1);
    assert!(tx.documents_by_hash(Sha256::of(b"y"), None).await.unwrap().is_empty());
    tx.shred(message.key().unwrap().id()).await.unwrap();
    let shredded = tx.document(&ids[0]).await.unwrap().unwrap();
    assert_eq!(shredded.body.open().err(), Some(SealError::Shredded), "a message's key takes its documents with it");
}

#[tokio::test]
async fn an_obligation_is_opened_once_and_closed_once() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let (_, case) = a_case(&mut tx, "Zoe Marker").await;
    let new = NewObligation {
        purpose: "chair-admits/R-0001/surrey-rmm-ne/2026-12-08".into(),
        kind: "chair-admits".into(),
        rule: "MC-22".into(),
        due_at: at(100),
        owner: "chair".into(),
        panel: Some("surrey-rmm-ne".into()),
        case: Some(case.number),
        meeting: None,
        document: None,
        message: None,
    };
    let id = tx.open_obligation(&new).await.unwrap();
    assert_eq!(tx.open_obligation(&NewObligation { due_at: at(999), ..new.clone() }).await.unwrap(), id);
    assert_eq!(tx.obligations_of_kinds(&[&new.kind], at(99)).await.unwrap(), (Vec::new(), Some(at(100))));
    assert_eq!(tx.obligations_of_kinds(&["another"], at(100)).await.unwrap(), (Vec::new(), None));
    let (due, later) = tx.obligations_of_kinds(&["another", &new.kind], at(100)).await.unwrap();
    assert_eq!(later, None);
    assert_eq!((due.len(), &due[0].what, due[0].level), (1, &new, 0));
    tx.obligation_alerted(&id, 2).await.unwrap();
    let counts = tx.counts(at(101)).await.unwrap();
    assert_eq!((counts.obligations_open, counts.obligations_overdue), (1, 1));
    assert!(tx.close_obligation(&id, ObligationState::Done).await.unwrap());
    assert!(!tx.close_obligation(&id, ObligationState::Cancelled).await.unwrap());
    assert!(tx.open_obligations().await.unwrap().is_empty());
    let closed = tx.obligations_of_case(case.number).await.unwrap().remove(0);
    assert_eq!((closed.state, closed.alerted_at, closed.level), (ObligationState::Done, Some(at(0)), 2));
    assert_eq!(tx.obligation_of_purpose(&new.purpose).await.unwrap(), Some(closed));
}

#[tokio::test]
async fn what_is_held_is_settled_by_one_person() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let message = accept_one(&mut tx, 1, "a").await;
    let (_, case) = a_case(&mut tx, "Zoe Marker").await;
    let text = |text: &str| Redacted::new(text.to_owned());
    let detail = HeldDetail { summary: text("two children fit"), candidates: vec![case.number], ..Default::default() };
    let new = NewHeld {
        kind: "identity_unclear".into(),
        rule: "SY-01".into(),
        panel: Some("surrey-rmm-ne".into()),
        message: Some(message.number),
        document: None,
        case: None,
        meeting: None,
        entry: None,
        detail: detail.clone(),
    };
    let number = tx.hold(message.key().unwrap(), &new).await.unwrap();
    assert_eq!(number.to_string(), "H-0001");
    tx.held_alerted(number, 1).await.unwrap();
    let held = tx.open_held().await.unwrap().remove(0);
    assert_eq!((held.number, held.level, held.alerted_at), (number, 1, Some(at(0))));
    assert_eq!(held.detail.open().unwrap(), detail);
    assert_eq!(tx.counts(at(0)).await.unwrap().held_since, Some(at(0)));
    let decision = HeldDecision { by: text("Jo"), note: text("it is the first"), case: Some(case.number) };
    assert!(tx.close_held(&held, HeldState::Released, &decision).await.unwrap());
    assert!(!tx.close_held(&held, HeldState::Rejected, &decision).await.unwrap());
    assert!(tx.open_held().await.unwrap().is_empty());
    let held = tx.held_of_case(case.number).await.unwrap().remove(0);
    assert_eq!((held.state, held.closed_at), (HeldState::Released, Some(at(0))));
    assert_eq!(held.decision.unwrap().open().unwrap(), decision);
    assert_eq!(tx.held_of_message(message.number).await.unwrap().len(), 1);
    assert_eq!(tx.all_held().await.unwrap().len(), 1);
    assert!(tx.held(crate::casework::HeldRef(9)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_decision_names_what_it_was_made_with() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let decision = DecisionRow {
        at: at(0),
        about: Ref::Message(crate::casework::MessageRef(1)),
        profile_hash: Some("p".into()),
        calendar_hash: None,
        directory_version: Some("d".into()),
        reasons: vec![Reason { rule: "MC-12".into(), reason: "on time for surrey-rmm-ne/2026-12-08".into() }],
    };
    tx.insert_decision(&decision).await.unwrap();
    assert_eq!(tx.decisions(&decision.about).await.unwrap(), [decision]);
}

#[tokio::test]
async fn the_last_directory_imported_is_the_current_one() {
    let scratch = Scratch::new().await;
    let entry = |role: &str| crate::casework::directory::Entry {
        name: Redacted::new("Jo".into()),
        email: "jo@surrey.example".parse().unwrap(),
        aliases: vec![],
        role: role.into(),
        agency: "Police".into(),
        authority: None,
        panels: vec!["surrey-rmm-ne".into()],
        areas: vec![],
        ods_code: None,
        postcode: None,
        secure: true,
        deputy: None,
        valid_until: Some("2027-01-01".parse().unwrap()),
    };
    let (one, two) = (Directory { entries: vec![entry("chair")] }, Directory { entries: vec![entry("admin")] });
    assert_eq!(scratch.read().await.directory().await.unwrap(), None);
    let mut versions = Vec::new();
    for (n, directory) in [&one, &two, &one, &two].into_iter().enumerate() {
        // All within one instant of a manual clock: the order of importing decides.
        let mut tx = scratch.begin().await;
        versions.push(tx.import_directory(directory).await.unwrap());
        assert_eq!(tx.directory_version().await.unwrap().as_ref(), versions.last());
        assert_eq!(tx.directory().await.unwrap(), Some((versions[n].clone(), directory.clone())));
        tx.commit().await.unwrap();
    }
    assert_eq!(versions[..2], versions[2..]);
    assert_ne!(versions[0], versions[1]);
}

#[tokio::test]
async fn what_a_transaction_has_read_it_reads_again_as_it_has_written_it() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    let (mut child, mut case) = a_case(&mut tx, "Zoe Marker").await;
    let number = case.number;
    assert!(tx.case(number).await.unwrap().is_some() && tx.restrictions(number).await.unwrap().is_empty());
    tx.update_child(&mut child, &zoe()).await.unwrap();
    assert_eq!(tx.case(number).await.unwrap().unwrap().details.open().unwrap(), zoe());
    case.state = CaseState::Closed;
    tx.update_case(&mut case, None).await.unwrap();
    assert_eq!(tx.cases(&[number]).await.unwrap()[0].state, CaseState::Closed);
    let detail = RestrictionDetail { value: Redacted::new("gp".into()), reason: Redacted::new("x".into()), by: None };
    let id = tx.restrict(&case, RestrictionSubject::Role, &detail, None).await.unwrap();
    assert_eq!(tx.restrictions(number).await.unwrap().len(), 1);
    tx.lift_restriction(&id).await.unwrap();
    assert!(tx.all_restrictions().await.unwrap().is_empty());
    tx.shred(case.key().unwrap().id()).await.unwrap();
    assert_eq!(tx.case(number).await.unwrap().unwrap().facts.open().unwrap_err(), SealError::Shredded);
}
