//! Any bytes as a document: told by what they are, read or refused.

#![no_main]

use dutyclerk::inbound::form::{FormTables, Limits, ReadOptions, read_document};
use jiff::civil::date;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static TABLES: LazyLock<FormTables> = LazyLock::new(|| FormTables::shipped().expect("the shipped tables are sound"));

fuzz_target!(|bytes: &[u8]| {
    let options = ReadOptions { show: true, ..ReadOptions::default() };
    let report = read_document(bytes, None, &TABLES, &Limits::default(), date(2026, 11, 22), &options);
    assert!(!report.readings.is_empty());
});
