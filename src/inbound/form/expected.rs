//! A reading beside what was expected of it: a document `rat.xlsx` and its `rat.xlsx.json`, a list with one
//! `{form, fields, findings}` a reading. A field is its value, or `[value, place]`; a finding is `code` or `code:field`.
//! Where a reading says `"partly": true`, what it names may be missing, because the document (a PDF) is read only as far as
//! that is certain; what is read must be right.

use super::ReadReport;
use crate::casework::{FieldId, Finding, Found, Reading};
use serde_json::{Value, json};

/// What of a document is not as expected; empty if all is. Nothing more may be read than is expected.
pub fn differences(expected: &Value, report: &ReadReport) -> Vec<String> {
    let Some(expected) = expected.as_array() else {
        return vec!["what is expected is not a list of readings".to_owned()];
    };
    let mut out = Vec::new();
    if expected.iter().all(is_partly) && report.readings.iter().all(|reading| reading.form.is_none()) {
        return out;
    }
    if expected.len() != report.readings.len() {
        out.push(format!("{} readings, expected {}", report.readings.len(), expected.len()));
    }
    for (wanted, reading) in expected.iter().zip(&report.readings) {
        out.extend(of_reading(wanted, reading));
    }
    out
}

/// A report as what is to be expected from now on.
pub fn as_expected(report: &ReadReport) -> Value {
    let reading = |reading: &Reading| {
        let fields: serde_json::Map<String, Value> =
            said(reading).map(|(id, found)| (id.to_string(), json!(found.value))).collect();
        json!({ "form": reading.form, "fields": fields, "findings": codes(reading) })
    };
    report.readings.iter().map(reading).collect()
}

/// Fields, and the passages kept beside them.
fn said(reading: &Reading) -> impl Iterator<Item = (&FieldId, &Found)> {
    reading.fields.iter().chain(&reading.passages).filter(|(field, _)| !field.is_of_the_row())
}

fn of_reading(wanted: &Value, reading: &Reading) -> Vec<String> {
    let form = reading.form.as_ref().map(crate::casework::FormId::as_str);
    let wanted_form = wanted.get("form").and_then(Value::as_str);
    if wanted_form != form {
        let named = |form: Option<&str>| form.unwrap_or("none").to_owned();
        return vec![format!("form {}, expected {}", named(form), named(wanted_form))];
    }
    let none = serde_json::Map::new();
    let fields = wanted.get("fields").and_then(Value::as_object).unwrap_or(&none);
    let mut out = Vec::new();
    for (id, value) in fields {
        let found = said(reading).find(|(field, _)| field.as_str() == id).map(|(_, found)| found);
        if found.is_some() || !is_partly(wanted) {
            out.extend(difference(id, value, found, is_partly(wanted)));
        }
    }
    for (id, found) in said(reading).filter(|(id, _)| !fields.contains_key(id.as_str())) {
        out.push(format!("{id}: {} at {}, expected nothing", json!(found.value), found.at));
    }
    if is_partly(wanted) {
        return out;
    }
    let codes = codes(reading);
    let mut wanted: Vec<&str> =
        wanted.get("findings").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    wanted.sort_unstable();
    if codes != wanted {
        out.push(format!("findings {codes:?}, expected {wanted:?}"));
    }
    out
}

fn codes(reading: &Reading) -> Vec<String> {
    let code = |finding: &Finding| {
        finding.field.map_or_else(|| finding.code.to_string(), |field| format!("{}:{field}", finding.code))
    };
    let mut codes: Vec<String> = reading.findings.iter().map(code).collect();
    codes.sort();
    codes
}

fn is_partly(wanted: &Value) -> bool {
    wanted.get("partly") == Some(&Value::Bool(true))
}

/// A page does not say whether a line ended there or only ran out of room.
fn on_one_line(value: &Value) -> String {
    value.to_string().replace("\\n", " ")
}

fn difference(id: &str, expected: &Value, found: Option<&Found>, is_page: bool) -> Option<String> {
    let Some(found) = found else { return Some(format!("{id}: missing, expected {expected}")) };
    let (value, at) = match expected.as_array().map(Vec::as_slice) {
        Some([value, Value::String(at)]) if is_place(at) => (value, Some(at.as_str())),
        _ => (expected, None),
    };
    let read = json!(found.value);
    if read != *value && !(is_page && on_one_line(&read) == on_one_line(value)) {
        return Some(format!("{id}: {read}, expected {value}"));
    }
    at.filter(|at| *at != found.at).map(|at| format!("{id}: at {}, expected {at}", found.at))
}

/// `Sheet1!C4`, `table1!r3c2`, `p12`.
fn is_place(text: &str) -> bool {
    text.contains('!') || text.trim_start_matches('p').parse::<u32>().is_ok()
}
