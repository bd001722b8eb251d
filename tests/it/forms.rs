//! The documents of `tests/corpus/forms`, written by openpyxl and python-docx, against what must be found in them.
//! `tests/corpus/forms/make.py` makes both; another folder of the same shape can be named in `DUTYCLERK_FORMS`.

#![expect(clippy::unwrap_used, reason = "a test")]

use dutyclerk::casework::{Finding, Found};
use dutyclerk::inbound::form::{FormTables, Limits, ReadOptions, read_document};
use serde_json::Value;
use std::path::PathBuf;

fn folder() -> PathBuf {
    std::env::var_os("DUTYCLERK_FORMS")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/forms")), PathBuf::from)
}

/// What differs between an expected field and the one found. A list that ends in a place is `[value, at]`.
fn difference(id: &str, expected: &Value, found: Option<&Found>) -> Option<String> {
    let Some(found) = found else { return Some(format!("{id}: missing, expected {expected}")) };
    let (value, at) = match expected.as_array().map(Vec::as_slice) {
        Some([value, Value::String(at)]) if at.contains('!') || at.trim_start_matches('p').parse::<u32>().is_ok() => {
            (value, Some(at.as_str()))
        }
        _ => (expected, None),
    };
    let read = serde_json::to_value(&found.value).unwrap();
    if read != *value {
        return Some(format!("{id}: {read}, expected {value}"));
    }
    at.filter(|at| *at != found.at).map(|at| format!("{id}: at {}, expected {at}", found.at))
}

fn code(finding: &Finding) -> String {
    finding.field.map_or_else(|| finding.code.to_string(), |field| format!("{}:{field}", finding.code))
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
        let wanted: Vec<Value> = serde_json::from_slice(&std::fs::read(expected).unwrap()).unwrap();
        if wanted.len() != report.readings.len() {
            problems.push(format!("{name}: {} readings, expected {}", report.readings.len(), wanted.len()));
        }
        for (wanted, reading) in wanted.iter().zip(&report.readings) {
            let form = reading.form.as_ref().map(|form| form.as_str());
            if wanted["form"].as_str() != form {
                problems.push(format!("{name}: form {form:?}, expected {}", wanted["form"]));
                continue;
            }
            let fields = wanted["fields"].as_object().unwrap();
            let read = || reading.fields.iter().chain(&reading.passages);
            for (id, value) in fields {
                let found = read().find(|(field, _)| field.as_str() == id).map(|(_, found)| found);
                problems.extend(difference(id, value, found).map(|text| format!("{name}: {text}")));
            }
            for (id, found) in read().filter(|(id, _)| !fields.contains_key(id.as_str())) {
                let value = serde_json::to_value(&found.value).unwrap();
                problems.push(format!("{name}: {id} made up: {value} at {}", found.at));
            }
            let mut codes: Vec<String> = reading.findings.iter().map(code).collect();
            codes.sort();
            let wanted: Vec<&str> = wanted["findings"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            if codes != wanted {
                problems.push(format!("{name}: findings {codes:?}, expected {wanted:?}"));
            }
        }
    }
    assert!(count >= 25, "only {count} documents in {}", folder().display());
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}
