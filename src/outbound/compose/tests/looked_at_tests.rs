//! The mails to look at: `docs/mails/` shows every kind as it is now. With `DUTYCLERK_GALLERY=DIR` every sample is written into
//! that folder too, as text, HTML and .eml.
//!
//! `just mails` writes it anew: the pages by this test, with `DUTYCLERK_MAIL_PAGES=write`, the pictures by
//! `tests/mails/pictures.py` in Chromium. Here no Chromium is needed: `pictured.txt` has the SHA-256 of the HTML that each
//! picture shows.

use super::*;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// The folders of `templates/` in the order in which a child's papers call for them, and when each mail goes.
const KINDS: &[(&str, &str)] = &[
    ("acknowledgement", "at once, to whoever sent papers: what came, which meeting, what next"),
    ("query", "at once, in place of the acknowledgement, when something on a form must be put right"),
    ("received-only", "at once, to a sender nobody knows; it says nothing about any child"),
    ("alert", "at once, to the person who must decide or should know"),
    ("settled", "at once, to whoever settled something by answering an alert"),
    ("invitation", "when a child is listed, to its caseworker"),
    ("invitation-update", "when the time of a slot or a meeting changes"),
    ("invitation-cancel", "when somebody need not come any more"),
    ("list", "two days before the meeting, where a panel has a list"),
    ("approval", "before the pack, where a panel has its packs approved: to the approver"),
    ("agenda", "at the panel's moment, to its core members: the pack"),
    ("supplement", "after the pack, with what came on time or was admitted since"),
    ("extract", "with the pack, to each child's caseworker"),
    ("health-copy", "with the pack, to each child's health colleagues"),
    (
        "meeting-changed",
        "at once, to members and health colleagues who have papers for a meeting that is moved or not held",
    ),
    (
        "handed-on",
        "in the next working hour, to chair and health representative with what health sends back, and at once to the chair with a late update",
    ),
    ("outcome-sheet", "with the pack, to admin: the sheet for what the meeting decides"),
    ("outcome-query", "the working day after the meeting, to admin, for what is not recorded"),
    ("notification", "when an outcome is recorded, to the lead professional"),
    ("notes", "when every outcome is recorded, to the members and each child's own people"),
    ("health-notes", "with the notes, to each child's health colleagues"),
    ("appendix", "when somebody releases a sensitive document, to the people named"),
    ("reminder", "between meetings, to whoever owes something"),
    ("digest", "at nine on each working day, to the panel's owner"),
    ("canary", "to the journal mailbox, after a mail of which nobody knows whether it was taken"),
];

/// The kind of a sample's name, such as `health-copy` of `health-copy-1`.
fn kind(name: &str) -> &str {
    name.rsplit_once('-').unwrap().0
}

fn parsed(mail: &Frozen) -> mail_parser::Message<'static> {
    MessageParser::default().parse(&mail.bytes().to_vec()).unwrap().into_owned()
}

/// Every file of `docs/mails/` but the pictures. The first sample of each kind is the one that is pictured.
fn pages(mails: &[(String, Frozen)]) -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    let mut index = String::from(
        "# Every mail, to look at\n\nEach page has a kind's subjects and plain texts, one for each way its template can go, and \
         a picture of the first as HTML: on a\ntelephone and on a desktop, in light and in dark colours. The people are \
         invented. `just mails` writes this folder anew;\na test fails when a mail is no longer as it is shown here.\n\n\
         | mail | when, and to whom | the subject |\n|---|---|---|\n",
    );
    let mut pictured = BTreeMap::new();
    for (folder, when) in KINDS {
        let samples: Vec<_> = mails.iter().filter(|(name, _)| kind(name) == *folder).collect();
        let (first, mail) = samples[0];
        let subject = |mail: &Frozen| parsed(mail).subject().unwrap().to_owned();
        writeln!(index, "| [{folder}]({folder}.md) | {when} | {} |", subject(mail)).unwrap();
        pictured.insert(first, Sha256::of(parsed(mail).body_html(0).unwrap().as_bytes()));
        let mut page = format!(
            "# {folder}\n\nGoes {when}. Its kind (`X-Dutyclerk-Kind`) is `{}`; its templates are in `templates/{folder}/`.\n\n\
             ![{first} on a telephone and a desktop, in light and dark colours]({first}.webp)\n",
            mail.kind().as_str()
        );
        for (name, mail) in &samples {
            let text = parsed(mail).body_text(0).unwrap().replace('\r', "");
            write!(page, "\n## {name}\n\n```text\nSubject: {}\n\n{}\n```\n", subject(mail), text.trim_end()).unwrap();
        }
        pages.insert(format!("{folder}.md"), page);
    }
    pages.insert("index.md".to_owned(), index);
    let pictured = pictured.iter().map(|(name, html)| format!("{html}  {name}\n")).collect();
    pages.insert("pictured.txt".to_owned(), pictured);
    pages
}

fn write_gallery(dir: &Path, mails: &[(String, Frozen)]) {
    for (name, mail) in mails {
        let parsed = parsed(mail);
        let file = |ending: &str| dir.join(format!("{name}.{ending}"));
        std::fs::write(file("txt"), parsed.body_text(0).unwrap().as_bytes()).unwrap();
        std::fs::write(file("html"), parsed.body_html(0).unwrap().as_bytes()).unwrap();
        std::fs::write(file("eml"), mail.bytes().to_vec()).unwrap();
    }
}

#[test]
fn docs_show_every_mail_as_it_is() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/mails");
    let mails = every_mail();
    if let Some(gallery) = std::env::var_os("DUTYCLERK_GALLERY") {
        write_gallery(Path::new(&gallery), &mails);
    }
    for (name, _) in &mails {
        assert!(KINDS.iter().any(|(folder, _)| *folder == kind(name)), "{name} has no line in KINDS");
    }
    let pages = pages(&mails);
    if std::env::var_os("DUTYCLERK_MAIL_PAGES").is_some_and(|how| how == "write") {
        std::fs::create_dir_all(&dir).unwrap();
        for (name, page) in pages.iter().filter(|(name, _)| name.ends_with(".md")) {
            std::fs::write(dir.join(name), page).unwrap();
        }
        return;
    }
    let stale = "is no longer what docs/mails shows; run `just mails`";
    for (name, page) in &pages {
        let shown = std::fs::read_to_string(dir.join(name)).unwrap_or_default();
        assert!(shown == *page, "{name}: a mail {stale}");
    }
    let mut pictures = 0;
    for entry in std::fs::read_dir(&dir).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let picture =
            name.strip_suffix(".webp").is_some_and(|name| pages["pictured.txt"].contains(&format!("  {name}\n")));
        pictures += usize::from(picture);
        assert!(picture || pages.contains_key(&name), "{name} {stale}");
    }
    assert_eq!(pictures, KINDS.len(), "a picture {stale}");
}
