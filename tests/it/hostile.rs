//! Documents made to keep a reader busy or to make it grow: each ends within the reader's own limits of time and memory, and
//! what is said of it is a refusal or an empty reading, never a value.

use dutyclerk::casework::FieldId;
use dutyclerk::inbound::form::{FormTables, Limits, ReadOptions, Reader, ReaderError};
use jiff::civil::date;
use std::sync::Arc;

#[tokio::test]
async fn invariant_9_a_hostile_pdf_costs_at_most_itself() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    let tables = Arc::new(FormTables::shipped().unwrap());
    let reader = Reader::new(env!("CARGO_BIN_EXE_dutyclerk"), tables, Limits::default());
    let (today, options) = (date(2026, 11, 22), ReadOptions::default());
    let mut read = 0;
    for entry in std::fs::read_dir(format!("{corpus}/hostile")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "pdf") {
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        match reader.read(&bytes, Some("pdf"), today, &options).await {
            Ok(report) => assert!(report.readings[0].fields.is_empty(), "{name}"),
            Err(ReaderError::Died(_) | ReaderError::TimedOut(_)) => {}
            Err(error) => panic!("{name}: {error}"),
        }
        read += 1;
    }
    assert_eq!(read, 11);
    // The next message's paper is read as if nothing had been.
    let bytes = std::fs::read(format!("{corpus}/forms/acro-table.pdf")).unwrap();
    let report = reader.read(&bytes, Some("pdf"), today, &options).await.unwrap();
    assert_eq!(report.readings[0].text(FieldId::ChildName), Some("Ava Fields"));
}
