//! The documents of `tests/corpus/forms`, written by openpyxl and python-docx, against what must be found in them.
//! `tests/corpus/forms/make.py` makes both; another folder of the same shape can be named in `DUTYCLERK_FORMS`.

use dutyclerk::inbound::form::{FormTables, Limits, ReadOptions, differences, read_document};
use std::path::PathBuf;

fn folder() -> PathBuf {
    std::env::var_os("DUTYCLERK_FORMS")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/forms")), PathBuf::from)
}

#[test]
fn forms_in_many_layouts_are_read_and_nothing_else_is_made_up() {
    let tables = FormTables::shipped().unwrap();
    let mut problems = Vec::new();
    let mut count = 0;
    let mut names: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    for expected in names.iter().filter(|path| path.extension().is_some_and(|extension| extension == "json")) {
        count += 1;
        let document = expected.with_extension("");
        let bytes = std::fs::read(&document).unwrap();
        let name = document.file_name().unwrap().to_string_lossy().into_owned();
        let today = jiff::civil::date(2026, 11, 22);
        let report = read_document(&bytes, None, &tables, &Limits::default(), today, &ReadOptions::default());
        let wanted = serde_json::from_slice(&std::fs::read(expected).unwrap()).unwrap();
        problems.extend(differences(&wanted, &report).into_iter().map(|text| format!("{name}: {text}")));
    }
    assert!(count >= 25, "only {count} documents in {}", folder().display());
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}
