//! The documents of `tests/corpus/forms` against what must be found in them. `tests/corpus/forms/make.py` makes both;
//! another folder of the same shape can be named in `DUTYCLERK_FORMS`. The counts are printed:
//! `cargo nextest run --no-capture -E 'test(forms_in_many_layouts)'`.

use dutyclerk::inbound::form::{FormTables, Limits, ReadOptions, ReadReport, differences, read_document};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

fn folder() -> PathBuf {
    std::env::var_os("DUTYCLERK_FORMS")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/forms")), PathBuf::from)
}

/// The documents of one format: values that stand in them, values that were read, and what was not as expected.
#[derive(Default)]
struct Count {
    documents: usize,
    present: usize,
    read: usize,
    wrong: usize,
}

/// The values that are expected, and how many of them have a reading.
fn values(expected: &Value, report: &ReadReport) -> (usize, usize) {
    let readings = expected.as_array().into_iter().flatten().filter_map(|wanted| wanted["fields"].as_object());
    let (mut present, mut read) = (0, 0);
    for (at, fields) in readings.enumerate() {
        let said = |id: &str| {
            let reading = report.readings.get(at)?;
            reading.fields.keys().chain(reading.passages.keys()).find(|field| field.as_str() == id)
        };
        present += fields.len();
        read += fields.keys().filter(|id| said(id).is_some()).count();
    }
    (present, read)
}

#[test]
fn forms_in_many_layouts_are_read_and_nothing_else_is_made_up() {
    let tables = FormTables::shipped().unwrap();
    let mut problems = Vec::new();
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    let mut names: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    for expected in names.iter().filter(|path| path.extension().is_some_and(|extension| extension == "json")) {
        let document = expected.with_extension("");
        let bytes = std::fs::read(&document).unwrap();
        let name = document.file_name().unwrap().to_string_lossy().into_owned();
        let today = jiff::civil::date(2026, 11, 22);
        let report = read_document(&bytes, None, &tables, &Limits::default(), today, &ReadOptions::default());
        let wanted = serde_json::from_slice(&std::fs::read(expected).unwrap()).unwrap();
        let found = differences(&wanted, &report);
        let count = counts.entry(document.extension().unwrap().to_string_lossy().into_owned()).or_default();
        let (present, read) = values(&wanted, &report);
        count.documents += 1;
        count.present += present;
        count.read += read;
        count.wrong += found.len();
        problems.extend(found.into_iter().map(|text| format!("{name}: {text}")));
    }
    for (format, Count { documents, present, read, wrong }) in &counts {
        eprintln!("{format}: {documents} documents, {read} of {present} values read, {wrong} not as expected");
    }
    let all: usize = counts.values().map(|count| count.documents).sum();
    let corpus = std::env::var_os("DUTYCLERK_FORMS").is_none();
    assert!(all >= 150 || !corpus, "only {all} documents in {}", folder().display());
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
    for (format, Count { present, read, .. }) in &counts {
        let least = if format == "pdf" { 93 } else { 99 };
        assert!(read * 100 >= present * least, "{format}: {read} of {present} values read");
    }
}
