//! Several messages are decided at a time: what a crash or a stop in between makes of them.

use super::Kept;
use crate::harness::{Letter, at, child, letter, rat};
use dutyclerk::casework::{MessageRef, Sha256};
use dutyclerk::inbound::form::{FormTables, Limits, Reader};
use dutyclerk::store::{NewMessage, OccurrenceKey, Store};
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

const NOW: &str = "2026-11-20T10:00:00";
const MAILBOX: &str = "surrey-rmm-se";

/// A mail with a form about a child of its own.
fn referral(n: u32) -> Letter {
    let child = child(100 + n, &format!("Maisie {}", ["Thornquist", "Quillfeather", "Brackenbury"][n as usize % 3]));
    letter(MAILBOX, "viktor.sowerby@surrey.example", "2026-11-20T09:00:00").form(&rat(&child))
}

/// Takes mails in; their numbers follow their order.
async fn take_in(store: &Store, letters: &[Letter]) -> Vec<MessageRef> {
    let mut tx = store.begin(at(NOW)).await.unwrap();
    let new = letters.iter().enumerate().map(|(n, letter)| {
        let raw = letter.bytes(n);
        NewMessage {
            mailbox: MAILBOX.into(),
            epoch: 1,
            key: OccurrenceKey::Uid(u32::try_from(n).unwrap() + 1),
            arrived_at: letter.arrives,
            source: None,
            sha256: Sha256::of(&raw),
            size: i64::try_from(raw.len()).unwrap(),
            complete: true,
            reappeared: false,
            raw,
        }
    });
    let accepted = tx.accept(new.collect()).await.unwrap();
    tx.commit().await.unwrap();
    accepted.into_iter().map(|accepted| accepted.message()).collect()
}

async fn count(store: &Store, numbers: &[MessageRef], times: usize) {
    let mut tx = store.begin(at(NOW)).await.unwrap();
    for _ in 0..times {
        tx.count_attempts(numbers).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// How often the processing of each undecided message was begun.
async fn attempts(store: &Store) -> Vec<i64> {
    store.read().await.unwrap().pending_messages(99).await.unwrap().iter().map(|m| m.attempts).collect()
}

/// A reader whose children say that they have begun, and read when they are let.
struct Gate {
    reader: Reader,
    begun: File,
    open: File,
}

impl Gate {
    fn new(folder: &Path) -> Self {
        let pipe = |name: &str| {
            let path = folder.join(name);
            assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
            // Opened for both, so that neither side waits for the other to open it.
            (File::options().read(true).write(true).open(&path).unwrap(), path)
        };
        let ((begun, begun_path), (open, open_path)) = (pipe("begun"), pipe("open"));
        let script = folder.join("child");
        let program = env!("CARGO_BIN_EXE_dutyclerk");
        let lines = format!(
            "#!/bin/sh\necho >{}\nread line <{}\nexec {program} \"$@\"\n",
            begun_path.display(),
            open_path.display()
        );
        std::fs::write(&script, lines).unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        let reader = Reader::new(script, Arc::new(FormTables::shipped().unwrap()), Limits::default());
        Self { reader, begun, open }
    }

    async fn begun(&self) {
        let mut begun = self.begun.try_clone().unwrap();
        tokio::task::spawn_blocking(move || begun.read_exact(&mut [0]).unwrap()).await.unwrap();
    }

    fn open(&mut self) {
        self.open.write_all(&[b'\n'; 200]).unwrap();
    }
}

#[test]
fn invariant_9_a_message_begun_twice_and_never_ended_is_put_aside_unopened_and_the_others_go_on() {
    let mut kept = Kept::new("2026-11-20T09:00:00", "2026-11-21");
    let store = kept.daemon.daemon.store.clone();
    let numbers = kept.runtime.block_on(take_in(&store, &[referral(1), referral(2)]));
    kept.runtime.block_on(count(&store, &numbers[..1], 2));
    assert_eq!(kept.turn(NOW).decided, 2);
    let held = kept.runtime.block_on(async { store.read().await.unwrap().open_held().await.unwrap() });
    let held: Vec<_> = held.iter().map(|held| (held.kind.as_str(), held.message)).collect();
    assert_eq!(held, [("reader_failed", Some(numbers[0]))]);
    let answers = kept.texts("acknowledgement");
    assert_eq!(answers.len(), 2, "{answers:?}");
    assert!(!answers[0].contains("No form was attached") && !answers[0].contains("R-0001"), "{}", answers[0]);
    assert!(answers[1].contains("R-0001"), "{}", answers[1]);
    let told = kept.texts("alert");
    let told: Vec<_> = told.iter().filter(|text| text.contains("held for you: H-0001")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("could not be read in two attempts"), "{told:?}");
}

#[test]
fn invariant_9_a_document_its_reader_dies_of_twice_is_put_aside_and_the_other_paper_goes_on() {
    let mut kept = Kept::new("2026-11-20T09:00:00", "2026-11-21");
    let folder = kept.story.folder.path();
    let (script, deaths) = (folder.join("child"), folder.join("deaths"));
    // The first two children die, whatever they are asked: both attempts at the first document.
    let lines = format!(
        "#!/bin/sh\necho >>{0}\n[ $(wc -l <{0}) -le 2 ] && kill -9 $$\nexec {1} \"$@\"\n",
        deaths.display(),
        env!("CARGO_BIN_EXE_dutyclerk")
    );
    std::fs::write(&script, lines).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    kept.daemon.daemon.reader = Reader::new(script, Arc::new(FormTables::shipped().unwrap()), Limits::default());
    let store = kept.daemon.daemon.store.clone();
    let (bad, good) = (child(120, "Maisie Thornquist"), child(121, "Rory Quillfeather"));
    let both = letter(MAILBOX, "viktor.sowerby@surrey.example", "2026-11-20T09:00:00")
        .file("one.xlsx", rat(&bad).bytes())
        .file("two.xlsx", rat(&good).bytes());
    let numbers = kept.runtime.block_on(take_in(&store, &[both]));
    assert_eq!(kept.turn(NOW).decided, 1);
    let held = kept.runtime.block_on(async { store.read().await.unwrap().open_held().await.unwrap() });
    let of_document: Vec<_> = held.iter().map(|held| (held.kind.as_str(), held.document.is_some())).collect();
    assert_eq!(of_document, [("reader_failed", true)]);
    assert_eq!(held[0].message, Some(numbers[0]));
    let [answer] = &kept.texts("query")[..] else { panic!("{:?}", kept.sent()) };
    assert!(answer.contains("made the reader fail") && answer.contains("R-0001"), "{answer}");
    let told = kept.texts("alert");
    assert!(told.iter().any(|text| text.contains("could not be read in two attempts")), "{told:?}");
}

#[test]
fn a_message_the_program_died_on_is_taken_by_itself() {
    let mut kept = Kept::new("2026-11-20T09:00:00", "2026-11-21");
    let mut gate = Gate::new(kept.story.folder.path());
    kept.daemon.daemon.reader = gate.reader.clone();
    let store = kept.daemon.daemon.store.clone();
    kept.runtime.block_on(async {
        let numbers = take_in(&store, &[referral(1), referral(2), referral(3)]).await;
        count(&store, &numbers[..1], 1).await;
        let look = async {
            gate.begun().await;
            assert_eq!(attempts(&store).await, [2, 0, 0], "nothing else is begun beside it");
            gate.open();
        };
        let (turn, ()) = tokio::join!(kept.daemon.daemon.turn(at(NOW)), look);
        assert_eq!(turn.unwrap().decided, 3);
    });
}

#[test]
fn told_to_stop_it_ends_what_it_is_at_and_gives_back_what_it_had_begun_beside_that() {
    let mut kept = Kept::new("2026-11-20T09:00:00", "2026-11-21");
    let mut gate = Gate::new(kept.story.folder.path());
    kept.daemon.daemon.reader = gate.reader.clone();
    let (store, stop) = (kept.daemon.daemon.store.clone(), kept.daemon.daemon.stop.clone());
    let letters: Vec<Letter> = (0..20).map(referral).collect();
    kept.runtime.block_on(async {
        take_in(&store, &letters).await;
        let look = async {
            gate.begun().await;
            assert_eq!(attempts(&store).await, [1; 20], "begun is committed before it begins");
            stop.ask();
            gate.open();
        };
        let (turn, ()) = tokio::join!(kept.daemon.daemon.turn(at(NOW)), look);
        assert_eq!(turn.unwrap().decided, 16);
        assert_eq!(attempts(&store).await, [0; 4]);
    });
}
