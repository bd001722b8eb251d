//! A store full of what must stand nowhere in plain sight, and the search for it.

use super::*;
use crate::casework::directory::{Directory, Entry};
use crate::casework::{FieldId, Format, Found, Ref, Value, name_pairs_in};
use std::collections::{BTreeMap, BTreeSet};

/// What must stand in no file. Each is long enough not to appear by chance.
pub(super) const PLANTED: [&str; 14] = [
    "Zoe",
    "Marker",
    "zoe marker",
    "marker zoe",
    "LCS-774411",
    "LCS774411",
    "9990001231",
    "2011-02-03",
    "jo.bloggs@surrey.example",
    "jo.bloggs",
    "Zoe Marker RAT.xlsx",
    "Beech Cottage",
    "Practice of Dr Quill",
    "<secret-id@surrey.example>",
];

/// Every noun, filled with planted values wherever it takes text about a person.
pub(super) async fn plant(tx: &mut Tx) {
    let text = || Redacted::new(PLANTED.join(" | "));
    let address = || "jo.bloggs@surrey.example".parse().unwrap();
    let key = OccurrenceKey::Name(Redacted::new("Zoe Marker RAT.xlsx".into()));
    let raw = PLANTED.join("\r\n");
    let new = NewMessage { key, source: Some(text()), ..fetched(1, &raw) };
    let accepted = tx.accept(vec![new]).await.unwrap();
    let message = tx.message(accepted[0].message()).await.unwrap().unwrap();
    let facts = MessageFacts {
        from: Some(address()),
        from_name: Some(text()),
        subject: Some(text()),
        message_id: Some(Redacted::new("secret-id@surrey.example".into())),
        references: vec![text()],
        ..Default::default()
    };
    let outcome = MessageOutcome {
        state: MessageState::Decided,
        fate: Fate::Accepted,
        reason: "R-0001".into(),
        rule: None,
        panel: None,
        meeting: None,
        facts: Some(facts),
    };
    tx.decide_message(&message, &outcome).await.unwrap();
    let details = ChildDetails {
        name: Redacted::new("Zoe Marker".into()),
        aliases: vec![Redacted::new("Marker, Zoe".into())],
        date_of_birth: Some(Redacted::new("2011-02-03".parse().unwrap())),
        lcs_number: Some(Redacted::new("LCS-774411".into())),
        nhs_number: Some(Redacted::new("9990001231".into())),
        former: vec![text()],
    };
    let mut child = tx.insert_child(&"surrey".into(), &details).await.unwrap();
    tx.update_child(&mut child, &details).await.unwrap();
    let person = || Some(Person { name: Some(text()), address: Some(address()) });
    let facts = CaseFacts {
        caseworker: person(),
        lead_professional: person(),
        gp: Some(text()),
        area: Some(text()),
        ..Default::default()
    };
    let new = NewCase {
        panel: "surrey-rmm-ne".into(),
        pathway_start: None,
        review_due: None,
        review_provisional: true,
        facts: facts.clone(),
    };
    let mut case = tx.open_case(&child, &new).await.unwrap();
    tx.update_case(&mut case, Some(&facts)).await.unwrap();
    let found = Found { value: Value::Text(text()), at: "Sheet1!C4".into() };
    let reading = crate::casework::Reading {
        reading: 1,
        format: Format::Xlsx,
        form: None,
        fields: BTreeMap::from([(FieldId::ChildName, found)]),
        passages: BTreeMap::new(),
        findings: vec![],
    };
    let body = DocumentBody {
        path: text(),
        file_name: Some(text()),
        reading: Some(reading),
        dated: None,
        numbers_of: Vec::new(),
    };
    let document = NewDocument {
        position: 1,
        reading: 1,
        sha256: Sha256::of(b"paper"),
        format: Format::Xlsx,
        form: None,
        what: "assessment".into(),
        authority: Some("surrey".into()),
        panel: None,
        case: Some(case.number),
        meeting: None,
        arrived_at: at(0),
        state: DocumentState::Accepted,
        body,
        name_marks: tx.look_ups().name_marks(&"surrey".into(), &name_pairs_in("Zoe Marker")),
    };
    let documents = tx.insert_documents(&message, &[document]).await.unwrap();
    let detail = RestrictionDetail { value: text(), reason: text(), by: Some(text()) };
    tx.restrict(&case, RestrictionSubject::Person, &detail, None).await.unwrap();
    let detail = HeldDetail {
        summary: text(),
        advice: text(),
        candidates: vec![],
        facts: BTreeMap::from([("subject".to_owned(), text())]),
    };
    let held = NewHeld {
        kind: "identity_unclear".into(),
        rule: "SY-01".into(),
        panel: None,
        message: Some(message.number),
        document: Some(documents[0].clone()),
        case: None,
        meeting: None,
        entry: None,
        detail,
    };
    let held = tx.hold(message.key().unwrap(), &held).await.unwrap();
    let held = tx.held(held).await.unwrap().unwrap();
    tx.close_held(&held, HeldState::Released, &HeldDecision { by: text(), note: text(), case: None }).await.unwrap();
    let number = tx.next_sent().await.unwrap();
    let mut entry = an_entry(number, &PLANTED.join("/"), &["jo.bloggs@surrey.example"]);
    entry.envelope.to[0].name = Some(text());
    entry.cases = vec![case.number];
    entry.documents = vec![(Sha256::of(raw.as_bytes()), case.number)];
    entry.enclosed = entry.documents.clone();
    entry.bytes = FrozenBytes::new(raw.clone().into_bytes(), vec![(0, raw.into_bytes().into())]);
    entry.sha256 = entry.bytes.sha256();
    tx.enqueue(entry).await.unwrap();
    let invitation = NewInvitation {
        uid: "u1@surrey.example".into(),
        kind: InvitationKind::Slot,
        panel: "surrey-rmm-ne".into(),
        case: Some(case.number),
        meeting: None,
        attendee: address(),
        sequence: 0,
        dtstamp: at(0),
        starts: "2026-12-08T10:00".parse().unwrap(),
        ends: "2026-12-08T10:15".parse().unwrap(),
        state: InvitationState::Requested,
        last_entry: Some(number),
    };
    tx.put_invitation(case.key().unwrap(), &invitation).await.unwrap();
    let entry = Entry {
        name: text(),
        email: address(),
        aliases: vec![],
        role: "chair".into(),
        agency: "Beech Cottage".into(),
        authority: None,
        panels: vec![],
        areas: vec![],
        ods_code: None,
        postcode: None,
        secure: false,
        deputy: None,
        valid_until: None,
    };
    tx.import_directory(&Directory { entries: vec![entry] }).await.unwrap();
    tx.journal(Line { event: "case.opened", rule: None, reason: "R-0001".into(), refs: vec![Ref::Case(case.number)] });
}

/// Every place where a planted value stands in a file of the folder or below it, byte for byte, in any case, or in UTF-16.
pub(super) fn leaks(dir: &std::path::Path) -> Vec<String> {
    let mut leaks = Vec::new();
    for file in std::fs::read_dir(dir).unwrap() {
        let path = file.unwrap().path();
        if path.to_string_lossy().contains("Marker") {
            leaks.push(format!("a name in {}", path.display()));
        }
        if path.is_dir() {
            leaks.extend(self::leaks(&path));
        } else if path.is_file() {
            let bytes = std::fs::read(&path).unwrap().to_ascii_lowercase();
            leaks.extend(planted_in(&bytes).into_iter().map(|planted| format!("{planted} in {}", path.display())));
        }
    }
    leaks
}

/// The planted values that stand in these bytes.
fn planted_in(bytes: &[u8]) -> BTreeSet<&'static str> {
    let mut needles: BTreeMap<u8, Vec<(Vec<u8>, &'static str)>> = BTreeMap::new();
    for planted in PLANTED {
        let lower = planted.to_ascii_lowercase();
        // Three letters turn up in megabytes of noise; as a whole word they do not.
        let plain = if lower.len() < 5 { format!("{lower} ").into_bytes() } else { lower.clone().into_bytes() };
        let wide: Vec<u8> = lower.encode_utf16().flat_map(u16::to_le_bytes).collect();
        needles.entry(plain[0]).or_default().extend([(plain, planted), (wide, planted)]);
    }
    let begins: Vec<bool> = (0..=255).map(|byte| needles.contains_key(&byte)).collect();
    let mut found = BTreeSet::new();
    for (at, byte) in bytes.iter().enumerate() {
        if begins[usize::from(*byte)] {
            let here = needles[byte].iter().filter(|(needle, _)| bytes[at..].starts_with(needle));
            found.extend(here.map(|(_, planted)| *planted));
        }
    }
    found
}
