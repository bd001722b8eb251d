//! The material is what it says it is: readable where it should be, broken where it should be, the same twice.

use super::people::DIRECTORY;
use super::*;
use crate::casework::Sha256;
use calamine::Reader as _;
use mail_parser::{HeaderName, MessageParser, MimeHeaders};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _};
use std::sync::OnceLock;

/// The corpus is written once for all tests of this file.
fn corpus() -> &'static (tempfile::TempDir, Vec<Planted>) {
    static ONCE: OnceLock<(tempfile::TempDir, Vec<Planted>)> = OnceLock::new();
    ONCE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let planted = write(dir.path(), &|_, _| ()).unwrap();
        (dir, planted)
    })
}

fn bytes_of(planted: &Planted) -> Vec<u8> {
    fs::read(corpus().0.path().join("mail").join(&planted.file)).unwrap()
}

fn one(what: What) -> &'static Planted {
    corpus().1.iter().find(|planted| planted.what == what).unwrap()
}

fn hashes(dir: &Path) -> BTreeMap<PathBuf, Sha256> {
    let mut all = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                all.insert(path.strip_prefix(dir).unwrap().to_owned(), Sha256::of(&fs::read(&path).unwrap()));
            }
        }
    }
    all
}

/// Attachments as (name, bytes), nested mail opened.
fn attachments(raw: &[u8]) -> Vec<(String, Vec<u8>)> {
    let message = MessageParser::default().parse(raw).unwrap();
    let mut all = Vec::new();
    for part in message.attachments() {
        if let Some(nested) = part.message() {
            all.extend(attachments(nested.raw_message()));
        } else if part.attachment_name().is_some_and(|name| name != "image001.png") {
            all.push((part.attachment_name().unwrap().to_owned(), part.contents().to_vec()));
        }
    }
    all
}

#[test]
fn two_runs_write_the_same_bytes() {
    let again = tempfile::tempdir().unwrap();
    write(again.path(), &|_, _| ()).unwrap();
    let first = hashes(corpus().0.path());
    assert_eq!(first, hashes(again.path()));
    assert_eq!(first.len(), corpus().1.len());
}

#[test]
fn everything_promised_is_planted_within_the_six_weeks() {
    let (_, planted) = corpus();
    let whats: BTreeSet<What> = planted.iter().map(|planted| planted.what).collect();
    assert_eq!(whats, What::ALL.iter().copied().collect());
    let forms: usize = planted.iter().map(|planted| planted.documents).sum();
    assert!((45..65).contains(&forms), "{forms}");
    assert!(planted.iter().all(|planted| from() <= planted.arrives && planted.arrives < until()));
    assert!(planted.iter().filter(|planted| planted.what == What::NewReferral).count() >= 20);
    let files: BTreeSet<&str> = planted.iter().map(|planted| planted.file.as_str()).collect();
    assert_eq!(files.len(), planted.len());
}

#[test]
fn the_topmost_received_line_gives_the_arrival_and_every_address_is_invented() {
    for planted in &corpus().1 {
        let raw = bytes_of(planted);
        let message = MessageParser::default().parse(&raw).unwrap();
        // `Message::received` gives the lowest line, the sender's own; the first header in order is the topmost.
        let topmost = message.headers().iter().find(|header| header.name == HeaderName::Received).unwrap();
        let received = topmost.value.as_received().unwrap().date().unwrap().to_timestamp();
        assert_eq!(received, planted.arrives.as_second(), "{}", planted.file);
        assert!(message.message_id().is_some() && message.body_text(0).is_some(), "{}", planted.file);
        let text = String::from_utf8(raw).unwrap();
        assert!(text.is_ascii() && text.lines().all(|line| line.len() < 998), "{}", planted.file);
        for address in
            text.split(['<', '>']).filter(|piece| piece.contains('@') && !piece.contains(char::is_whitespace))
        {
            assert!(address.contains(".example"), "{address}");
        }
    }
}

#[test]
fn the_attachments_come_out_as_they_went_in() {
    let mut names = BTreeSet::new();
    for planted in &corpus().1 {
        let found = attachments(&bytes_of(planted));
        assert_eq!(found.len(), planted.documents, "{}", planted.file);
        for (name, bytes) in found {
            let mut start = [0; 4];
            start.copy_from_slice(bytes.get(..4).unwrap());
            let ole = [0xD0, 0xCF, 0x11, 0xE0];
            let expected: &[u8] = match planted.what {
                What::Encrypted | What::OldExcel => &ole,
                _ => b"PK\x03\x04",
            };
            assert_eq!(start, expected, "{name}");
            names.insert(name);
        }
    }
    // Plain, percent-encoded and continued names (RFC 2231) all occur and are put together again.
    assert!(names.iter().any(|name| !name.is_ascii()), "{names:?}");
    assert!(names.iter().any(|name| name.len() > 40 && name.contains("completed and checked")), "{names:?}");
}

#[test]
fn the_workbooks_can_be_read_and_say_whose_they_are() {
    let mut read = 0;
    for planted in corpus().1.iter().filter(|planted| planted.what != What::Encrypted) {
        for (name, bytes) in attachments(&bytes_of(planted)).into_iter().filter(|(name, _)| name.ends_with(".xlsx")) {
            let mut book: calamine::Xlsx<_> = calamine::Xlsx::new(Cursor::new(bytes)).unwrap();
            let sheet = book.worksheet_range("Assessment").unwrap();
            let text: String = sheet.used_cells().map(|(_, _, cell)| format!("{cell}\n")).collect();
            assert!(
                text.contains("LCS") && (text.contains("Assessment") || text.contains("recording template")),
                "{name}: {text}"
            );
            read += 1;
        }
    }
    assert!(read >= 15, "{read}");
}

#[test]
fn the_word_documents_are_well_formed_and_the_truncated_one_is_not_a_zip() {
    let mut shapes = BTreeSet::new();
    for planted in &corpus().1 {
        for (name, bytes) in attachments(&bytes_of(planted)).into_iter().filter(|(name, _)| name.ends_with(".docx")) {
            let Ok(mut zip) = zip::ZipArchive::new(Cursor::new(bytes)) else {
                assert_eq!(planted.what, What::Unreadable, "{name}");
                shapes.insert("truncated");
                continue;
            };
            let mut xml = String::new();
            zip.by_name("word/document.xml").unwrap().read_to_string(&mut xml).unwrap();
            let mut reader = quick_xml::Reader::from_str(&xml);
            while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
            let marks = [
                "w14:checkbox",
                "FORMCHECKBOX",
                "w:dropDownList",
                "w:fullDate",
                "w:gridSpan",
                "w:showingPlcHdr",
                "<w:tbl>",
            ];
            shapes.extend(marks.into_iter().filter(|mark| xml.contains(mark)));
        }
    }
    assert_eq!(shapes.len(), 8, "{shapes:?}");
}

#[test]
fn a_duplicate_is_the_same_bytes_and_a_repeat_the_same_form() {
    let duplicate = one(What::Duplicate);
    let original = corpus().1.iter().find(|planted| {
        planted.what == What::NewReferral
            && planted.mailbox == duplicate.mailbox
            && planted.arrives == duplicate.arrives
    });
    let original = original.unwrap();
    assert_eq!(bytes_of(original), bytes_of(duplicate));
    assert_ne!(original.file, duplicate.file);
    let form = |planted| attachments(&bytes_of(planted)).remove(0).1;
    let repeat = one(What::Repeat);
    assert_eq!(form(repeat), form(original));
    assert_ne!(bytes_of(repeat), bytes_of(original));
    // Nothing else arrives twice.
    let mut seen = BTreeMap::new();
    for planted in corpus().1.iter().filter(|p| !matches!(p.what, What::Duplicate | What::Repeat)) {
        for (_, bytes) in attachments(&bytes_of(planted)) {
            assert_eq!(seen.insert(Sha256::of(&bytes), &planted.file), None);
        }
    }
}

#[test]
fn the_spoofed_mail_failed_its_checks_and_carries_a_forged_pass_below() {
    let text = String::from_utf8(bytes_of(one(What::Spoofed))).unwrap();
    let results: Vec<&str> = text.lines().filter(|line| line.starts_with("Authentication-Results:")).collect();
    assert_eq!(results.len(), 2);
    assert!(results[0].contains("spf=fail") && results[1].contains("spf=pass"), "{results:?}");
    let others = corpus().1.iter().filter(|planted| planted.what != What::Spoofed);
    assert!(others.map(bytes_of).all(|raw| String::from_utf8(raw).unwrap().contains("dmarc=pass")));
}

#[test]
fn the_directory_holds_every_sender_but_the_unlisted_and_covers_every_core_role() {
    let mut lines = csv::Reader::from_reader(directory_csv().into_bytes().leak() as &[u8]);
    assert_eq!(lines.headers().unwrap().iter().collect::<Vec<_>>(), people::COLUMNS);
    let rows: Vec<csv::StringRecord> = lines.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), DIRECTORY.len());
    for row in DIRECTORY {
        let address: crate::casework::Address = row.email.parse().unwrap();
        assert!(address.domain().ends_with(".example"));
        assert_eq!(row.ods_code.is_empty(), row.role != "gp");
        assert_eq!(row.postcode.is_empty(), row.role != "gp");
    }
    let has = |panel: &str, role: &str| {
        DIRECTORY.iter().any(|row| row.role == role && row.panels.split(';').any(|listed| listed == panel))
    };
    let mace =
        "chair deputy-chair complex-safeguarding police health education safeguarding-unit catch-22 community-safety";
    let rmm = "chair police education named-nurse-community camhs";
    for panel in MAILBOXES {
        let roles = if panel == "st-helens-mace" { mace } else { rmm };
        for role in roles.split(' ').chain(["admin", "deputy-admin", "approver", "duty"]) {
            assert!(has(panel, role), "{panel} {role}");
        }
    }
    for mail in story::timetable() {
        let listed = DIRECTORY.iter().any(|row| row.email == people::writer(mail.from).email);
        assert_eq!(listed, !matches!(mail.what, What::UnlistedSender | What::Bounce), "{}", mail.from);
    }
}

#[test]
fn bulk_mail_is_about_as_large_as_asked_and_never_the_same_child_twice() {
    let dir = tempfile::tempdir().unwrap();
    bulk(dir.path(), 20, 100_000).unwrap();
    let files = hashes(dir.path());
    assert_eq!(files.len(), 20);
    let mut forms = BTreeSet::new();
    for path in files.keys() {
        let raw = fs::read(dir.path().join(path)).unwrap();
        assert!((85_000..115_000).contains(&raw.len()), "{}", raw.len());
        forms.insert(Sha256::of(&attachments(&raw).remove(0).1));
    }
    assert_eq!(forms.len(), 20);
}
