//! How an administrator adds the form of their own authority: `form draft`, one edit, `form try`, `form test`.

use crate::command::{change, copy, dutyclerk, err, json, out, shipped};
use rust_xlsxwriter::Workbook;
use std::path::Path;

/// A form that no shipped table knows, filled in for an invented child.
fn made_up_form(file: &Path, worry: &str) {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "Northbridge Worry Sheet").unwrap();
    let rows = [
        ("Name of child", "Zoe Example"),
        ("DOB", "01/02/2011"),
        ("NHS number", "999 000 0034"),
        ("Date of assessment", "02/11/2026"),
        ("How worried are we?", worry),
        ("Worker leading on this", "Pat Worker"),
    ];
    for (row, (label, answer)) in (2..).zip(rows) {
        sheet.write_string(row, 0, label).unwrap();
        sheet.write_string(row, 1, answer).unwrap();
    }
    book.save(file).unwrap();
}

fn path(file: &Path) -> &str {
    file.to_str().unwrap()
}

#[test]
fn a_made_up_form_is_added_with_one_edit_and_no_code() {
    let folder = copy();
    let samples = tempfile::tempdir().unwrap();
    let (blank, filled) = (folder.path().join("blank.xlsx"), samples.path().join("filled.xlsx"));
    made_up_form(&blank, "☐ A little   ☐ Quite   ☐ Very");
    made_up_form(&filled, "☐ A little   ☒ Quite   ☐ Very");
    let read = || json(&dutyclerk(folder.path(), &["read", "--json", path(&filled)])).remove(0);
    assert_eq!(read()["form"], serde_json::Value::Null);

    let drafted = dutyclerk(folder.path(), &["form", "draft", path(&blank)]);
    assert_eq!(drafted.status.code(), Some(0), "{}", err(&drafted));
    assert!(err(&drafted).contains("forms/northbridge-worry-sheet.toml"), "{}", err(&drafted));
    std::fs::create_dir(folder.path().join("forms")).unwrap();
    let table = folder.path().join("forms/northbridge-worry-sheet.toml");
    std::fs::write(&table, out(&drafted)).unwrap();
    let check = dutyclerk(folder.path(), &["check"]);
    assert_eq!(check.status.code(), Some(0), "{}", err(&check));
    // As drafted: the form is known, what every form shares is read, and nothing is guessed.
    let before = read();
    assert_eq!(before["form"], "northbridge-worry-sheet");
    assert_eq!(before["fields"]["date_of_birth"]["value"], "2011-02-01");
    assert_eq!(
        (&before["fields"]["risk_rating"], &before["fields"]["lead_professional"]),
        (&serde_json::Value::Null, &serde_json::Value::Null)
    );

    // The one edit: the boxes are the risk rating.
    let text = std::fs::read_to_string(&table).unwrap().replace("#? ", "");
    std::fs::write(&table, text).unwrap();
    assert_eq!(dutyclerk(folder.path(), &["check"]).status.code(), Some(0));
    let after = read();
    assert_eq!(after["fields"]["risk_rating"]["value"], "quite");
    assert_eq!(after["fields"]["child_name"]["value"], "Zoe Example");

    // And kept right: what is read now is expected from now on.
    let test = |more: &[&str]| {
        let arguments = [&["form", "test", path(samples.path()), "--on", "2026-11-22"], more].concat();
        dutyclerk(folder.path(), &arguments)
    };
    assert_eq!(test(&[]).status.code(), Some(2), "no sample says yet what is expected");
    assert_eq!(test(&["--write"]).status.code(), Some(0));
    let fine = test(&[]);
    assert!(fine.status.success() && out(&fine).contains("ok"), "{}{}", out(&fine), err(&fine));
    change(&samples.path().join("filled.xlsx.json"), "\"quite\"", "\"very\"");
    let wrong = test(&["--json"]);
    assert_eq!(wrong.status.code(), Some(1));
    let [sample] = &json(&wrong)[..] else { panic!("{}", out(&wrong)) };
    assert_eq!((sample["file"].as_str(), sample["result"].as_str()), (Some("filled.xlsx"), Some("wrong")));
    assert_eq!(sample["differences"][0], "risk_rating: \"quite\", expected \"very\"");
}

#[test]
fn a_draft_holds_no_answer() {
    let folder = copy();
    let filled = folder.path().join("filled.xlsx");
    made_up_form(&filled, "☐ A little   ☒ Quite   ☐ Very");
    let drafted = out(&dutyclerk(folder.path(), &["form", "draft", path(&filled)]));
    for answer in ["Zoe", "Example", "2011", "999 000", "Pat"] {
        assert!(!drafted.contains(answer), "{answer} in {drafted}");
    }
    let json =
        json(&dutyclerk(folder.path(), &["form", "draft", "--json", "--id", "Our Sheet", path(&filled)])).remove(0);
    assert_eq!(
        (json["id"].as_str(), json["known"].as_i64(), json["own"].as_i64()),
        (Some("our-sheet"), Some(4), Some(2))
    );
    // A picture has no labels: what to send instead is said, and nothing is printed.
    let picture = folder.path().join("scan.png");
    std::fs::write(&picture, b"\x89PNG\r\n\x1a\n0000").unwrap();
    let refused = dutyclerk(folder.path(), &["form", "draft", path(&picture)]);
    assert_eq!((refused.status.code(), out(&refused).as_str()), (Some(1), ""));
    assert!(err(&refused).contains("picture"), "{}", err(&refused));
}

#[test]
fn a_document_is_shown_as_the_reader_sees_it() {
    let form = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/forms/rat-two-columns.xlsx");
    let shown = dutyclerk(shipped(), &["form", "try", form]);
    let text = out(&shown);
    assert!(shown.status.success(), "{}", err(&shown));
    let line = |what: &str| {
        text.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("{what}: {text}")).to_owned()
    };
    assert!(line("Child's name").ends_with("label of child_name"), "{text}");
    assert!(line("Zoe Example ").ends_with("= child_name"), "{text}");
    assert!(text.contains("surrey-rat (xlsx)"), "{text}");
    let json = json(&dutyclerk(shipped(), &["form", "try", "--json", form])).remove(0);
    assert_eq!(json["readings"][0]["form"], "surrey-rat");
    let labels: Vec<_> = json["cells"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|cell| cell["labels"] == serde_json::json!(["child_name"]))
        .collect();
    assert_eq!(labels.len(), 1, "{json}");
}

#[test]
fn the_corpus_is_read_as_expected_by_the_verb_too() {
    let forms = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/forms");
    let tested = dutyclerk(shipped(), &["form", "test", forms, "--on", "2026-11-22"]);
    assert_eq!(tested.status.code(), Some(0), "{}", out(&tested));
}
