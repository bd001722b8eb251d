//! `directory import` takes a spreadsheet over only when nothing is wrong with it.

use crate::command::{change, copy, dutyclerk, err, json, out, shipped};

#[test]
fn the_sample_is_taken_and_counted() {
    let folder = copy();
    assert_eq!(dutyclerk(folder.path(), &["key", "new"]).status.code(), Some(0));
    let file = shipped().join("directory.csv");
    let import = || dutyclerk(folder.path(), &["directory", "import", file.to_str().unwrap(), "--json"]);
    let output = import();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let summary = &json(&output)[0];
    assert_eq!(summary["roles"]["social-worker"], 20);
    assert_eq!(summary["version"].as_str().unwrap().len(), 64);
    assert_eq!(summary["changed"], true);
    assert_eq!(json(&import())[0]["changed"], false);
    let list = dutyclerk(folder.path(), &["directory", "list", "--json"]);
    assert_eq!(json(&list).len() as u64, summary["entries"].as_u64().unwrap());
}

#[test]
fn one_wrong_row_and_nothing_is_taken() {
    let folder = copy();
    let file = folder.path().join("directory.csv");
    change(&file, ",Police,", ",Polise,");
    let output = dutyclerk(folder.path(), &["directory", "import", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(out(&output), "");
    let text = err(&output);
    assert!(text.contains("directory.csv:9: role: `Polise` is not a role"), "{text}");
    assert!(text.contains("nothing was imported"), "{text}");
}

#[test]
fn a_file_that_is_no_sheet_is_refused_in_plain_words() {
    let folder = copy();
    let file = folder.path().join("old.xls");
    std::fs::write(&file, [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]).unwrap();
    for (name, message) in [("old.xls", "old Excel file"), ("none.csv", "cannot be read")] {
        let path = folder.path().join(name);
        let output = dutyclerk(folder.path(), &["directory", "import", path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1));
        assert!(err(&output).contains(message), "{}", err(&output));
    }
}

#[test]
fn sy_35_a_worker_of_another_authority_is_taken_with_a_word_and_a_slip_in_ones_own_is_not() {
    let folder = copy();
    assert_eq!(dutyclerk(folder.path(), &["key", "new"]).status.code(), Some(0));
    let file = folder.path().join("directory.csv");
    let sheet = std::fs::read_to_string(&file).unwrap();
    let import = |row: &str| {
        std::fs::write(&file, format!("{sheet}{row}\n")).unwrap();
        dutyclerk(folder.path(), &["directory", "import", file.to_str().unwrap()])
    };
    let taken =
        import("Kira Whitstable,kira.whitstable@kent.example,,Social Worker,Kent County Council,Kent,,,,,yes,,");
    assert_eq!(taken.status.code(), Some(0), "{}", err(&taken));
    assert!(err(&taken).contains("no enabled panel belongs to `Kent`"), "{}", err(&taken));
    for row in [
        "Kira Whitstable,kira.whitstable@kent.example,,Police,Kent Police,Kent,,,,,yes,,",
        "Kira Whitstable,kira.whitstable@kent.example,,Social Worker,Surrey County Council,Surry,,,,,yes,,",
    ] {
        let refused = import(row);
        assert_eq!(refused.status.code(), Some(1), "{row}: {}", err(&refused));
    }
}
