//! Sample mails as the programs and gateways of councils, the NHS, schools and the police shape them, each beside what is
//! to be read in it: `tests/corpus/mail/*.eml` and `*.json`, written by hand or by the generator in that folder.

use super::authentication::{Authentication, authenticate};
use super::*;
use crate::inbound::mailbox::arrival;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{fs, path::PathBuf};

fn samples() -> Vec<(String, Vec<u8>, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/mail");
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "eml"))
        .map(|path| {
            let want = fs::read_to_string(path.with_extension("json")).unwrap();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, fs::read(&path).unwrap(), serde_json::from_str(&want).unwrap())
        })
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

fn summary(raw: &[u8], authserv_id: Option<&str>) -> Value {
    let parcel = unpack(raw, &Limits::default());
    let headers = &parcel.headers;
    let verdict = match headers.from.as_ref().map(|from| authenticate(headers, from, authserv_id)) {
        Some(Authentication::Passed { by }) => format!("passed by {by}"),
        Some(Authentication::Failed { why }) => format!("failed: {why}"),
        Some(Authentication::Absent) => "absent".to_owned(),
        Some(Authentication::NotConfigured) | None => "not configured".to_owned(),
    };
    let arrived = arrival(raw, Timestamp::UNIX_EPOCH);
    let leaves: Vec<Value> = parcel
        .leaves
        .iter()
        .map(|leaf| json!({"path": leaf.path, "name": leaf.name, "format": leaf.format, "decoration": leaf.is_decoration()}))
        .collect();
    let nested: Vec<Value> = parcel
        .nested
        .iter()
        .map(|nested| json!({"path": nested.path, "subject": nested.headers.subject, "text": nested.text}))
        .collect();
    let refused: serde_json::Map<String, Value> =
        parcel.leaves.iter().filter_map(|leaf| Some((leaf.path.clone(), json!(leaf.refused.as_ref()?.code)))).collect();
    json!({
        "authserv_id": authserv_id,
        "authentication": verdict,
        "arrived_at": (arrived != Timestamp::UNIX_EPOCH).then(|| arrived.to_string()),
        "sender": headers.from,
        "subject": headers.subject,
        "auto": headers.auto,
        "list": headers.list,
        "own": headers.own,
        "new_text": parcel.new_text,
        "leaves": leaves,
        "nested": nested,
        "bodies": parcel.bodies.iter().map(|body| body.path.as_str()).collect::<Vec<_>>(),
        "refused": refused,
        "problems": parcel.problems.iter().map(|problem| problem.code).collect::<Vec<_>>(),
        "mime_leaves": parcel.mime_leaves,
    })
}

#[test]
fn every_sample_reads_as_written_beside_it() {
    let samples = samples();
    assert!(samples.len() >= 150, "the corpus is missing");
    let mut wrong = Vec::new();
    for (name, raw, want) in &samples {
        let got = summary(raw, want["authserv_id"].as_str());
        for (key, value) in want.as_object().unwrap() {
            if got[key] != *value {
                wrong.push(format!("{name}: {key} is {}, expected {value}", got[key]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Line ends are the transport's: the same mail with bare LF, as in an mbox or a Maildir, reads the same.
#[test]
fn samples_read_the_same_with_unix_line_ends() {
    for (name, raw, want) in samples() {
        let unix: Vec<u8> = raw.iter().copied().filter(|byte| *byte != b'\r').collect();
        assert_eq!(summary(&unix, want["authserv_id"].as_str()), summary(&raw, want["authserv_id"].as_str()), "{name}");
    }
}

/// mail-parser's own walk over whole messages finds the same number of leaves in mail that keeps the rules.
#[test]
fn lessons_a12_another_parser_counts_the_same_leaves() {
    fn count(message: &mail_parser::Message<'_>) -> usize {
        let leaf = |part: &mail_parser::MessagePart<'_>| match &part.body {
            mail_parser::PartType::Multipart(_) => 0,
            mail_parser::PartType::Message(nested) => count(nested),
            _ => 1,
        };
        message.parts.iter().map(leaf).sum()
    }
    for (name, raw, _) in samples() {
        let parcel = unpack(&raw, &Limits::default());
        let message = mail_parser::MessageParser::default().parse(&raw).unwrap();
        assert_eq!(count(&message), parcel.mime_leaves, "{name}");
    }
}

/// However a mail is cut off, what comes out is sound.
#[test]
fn samples_cut_anywhere_never_panic() {
    for (name, raw, _) in samples() {
        for end in (0..raw.len()).step_by(97.max(raw.len() / 60)) {
            let parcel = unpack(&raw[..end], &Limits::default());
            let paths: std::collections::BTreeSet<&str> = parcel.leaves.iter().map(|leaf| leaf.path.as_str()).collect();
            assert_eq!(paths.len(), parcel.leaves.len(), "{name} cut at {end}");
        }
    }
}
