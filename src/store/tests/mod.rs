//! The store's own tests, each on a scratch database of its own: the suite on SQLite always, and once more on PostgreSQL with
//! the feature `servers`. What is about SQLite's file, or about what PostgreSQL alone does, stands by itself.

mod scratch;
mod planted;
#[path = "suite.rs"]
mod on_sqlite;
#[cfg(feature = "servers")]
#[path = "suite.rs"]
#[expect(clippy::duplicate_mod, reason = "the same suite on the other engine; it asks its own name which")]
mod on_postgres;
mod sqlite_file;
#[cfg(feature = "servers")]
mod postgres_server;

use super::*;
use crate::casework::{FrozenBytes, MailKind, MeetingId, Redacted, RoleId, SentRef, Sha256};
use crate::clock::Chance;
use crate::seal::MasterKey;
use jiff::Timestamp;
use scratch::{Home, open};

fn master(seed: u64) -> MasterKey {
    MasterKey::generate(&Chance::seeded(seed))
}

/// So many seconds after the tests' beginning.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_796_000_000 + seconds).unwrap()
}

fn fetched(uid: u32, body: &str) -> NewMessage {
    NewMessage {
        mailbox: "duty".into(),
        epoch: 7,
        key: OccurrenceKey::Uid(uid),
        arrived_at: at(i64::from(uid)),
        source: Some(Redacted::new(format!("{uid}.eml"))),
        sha256: Sha256::of(body.as_bytes()),
        size: body.len() as i64,
        complete: true,
        reappeared: false,
        raw: body.as_bytes().to_vec(),
    }
}

async fn accept_one(tx: &mut Tx, uid: u32, body: &str) -> Message {
    let accepted = tx.accept(vec![fetched(uid, body)]).await.unwrap();
    tx.message(accepted[0].message()).await.unwrap().unwrap()
}

async fn a_case(tx: &mut Tx, name: &str) -> (Child, Case) {
    let details = ChildDetails { name: Redacted::new(name.to_owned()), ..Default::default() };
    let child = tx.insert_child(&"surrey".into(), &details).await.unwrap();
    let new = NewCase {
        panel: "surrey-rmm-ne".into(),
        pathway_start: None,
        review_due: None,
        review_provisional: false,
        facts: CaseFacts::default(),
    };
    let case = tx.open_case(&child, &new).await.unwrap();
    (child, case)
}

fn an_entry(number: SentRef, purpose: &str, to: &[&str]) -> NewEntry {
    let to = to.iter().map(|address| EnvelopeRecipient {
        address: address.parse().unwrap(),
        name: None,
        role: RoleId::new("chair"),
        journal: false,
    });
    let bytes = FrozenBytes::new(format!("Subject: {number}\r\n\r\nhello\r\n").into_bytes(), vec![]);
    NewEntry {
        number,
        purpose: purpose.into(),
        kind: MailKind::Agenda,
        rule: "SY-04".into(),
        panel: "surrey-rmm-ne".into(),
        meeting: Some("surrey-rmm-ne/2026-12-08".parse().unwrap()),
        answers: None,
        part: None,
        message_id: format!("{number}@surrey.example"),
        due_at: at(60),
        expires_at: None,
        held_by: None,
        envelope: Envelope { from: "duty@surrey.example".parse().unwrap(), to: to.collect() },
        cases: vec![],
        documents: vec![],
        sha256: bytes.sha256(),
        bytes,
        enclosed: vec![],
    }
}
