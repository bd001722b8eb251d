//! What reading one workbook costs: in this process, and in the child process that the daemon uses.
//!
//! ```text
//! cargo bench --bench reading                  500 documents of invented mails of about 100,000 bytes each
//! cargo bench --bench reading -- 2000 50000    2,000 of 50,000 bytes
//! ```
//!
//! Beside it on the same files: openpyxl in its read-only mode (left out where `python3` has none), and only inflating the
//! parts that must be read, which no reader can be quicker than.
//!
//! Processor time is that of this process and of its children together, as Linux counts it.

#![expect(clippy::disallowed_methods, reason = "it measures real time")]

use anyhow::{Context, Result, bail, ensure};
use dutyclerk::casework::Format;
use dutyclerk::inbound::form::{FormTables, Limits, ReadOptions, Reader, read_document};
use dutyclerk::inbound::unpack::{self, unpack};
use dutyclerk::rehearsal::corpus;
use jiff::civil::{Date, date};
use std::io::{Cursor, Read, Write};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

const TODAY: Date = date(2026, 12, 31);

fn main() -> Result<()> {
    let numbers = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let numbers: Vec<usize> =
        numbers.map(|argument| argument.parse().context("not a number")).collect::<Result<_>>()?;
    let (count, bytes) = match numbers.as_slice() {
        [] => (500, 100_000),
        [count, bytes] => (*count, *bytes),
        _ => bail!("say how many documents of how many bytes, or nothing"),
    };
    let documents = documents(count, bytes)?;
    let mean = documents.iter().map(Vec::len).sum::<usize>() / documents.len().max(1);
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} workbooks of {mean} bytes on average, one after another", documents.len())?;

    let tables = Arc::new(FormTables::shipped()?);
    let (limits, options) = (Limits::default(), ReadOptions::default());
    let mut measure = |what: &str, read: &mut dyn FnMut(&[u8]) -> Result<bool>| -> Result<()> {
        let (began, before) = (Instant::now(), processor_time()?);
        for document in &documents {
            ensure!(read(document)?, "a document was not recognised");
        }
        let each = |time: Duration| time.as_secs_f64() * 1000.0 / documents.len() as f64;
        let (wall, processor) = (each(began.elapsed()), each(processor_time()?.saturating_sub(before)));
        writeln!(out, "{what:<22} {processor:6.2} ms of processor, {wall:6.2} ms in all, each")?;
        Ok(())
    };
    measure("in this process", &mut |document| {
        let report = read_document(document, Some("xlsx"), &tables, &limits, TODAY, &options);
        Ok(report.readings.iter().any(|reading| reading.form.is_some()))
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let reader = Reader::new(env!("CARGO_BIN_EXE_dutyclerk"), tables.clone(), limits.clone());
    measure("in a child of its own", &mut |document| {
        reader.rest();
        let report = runtime.block_on(reader.read(document, Some("xlsx"), TODAY, &options))?;
        Ok(report.readings.iter().any(|reading| reading.form.is_some()))
    })?;
    measure("in a child that goes on", &mut |document| {
        let report = runtime.block_on(reader.read(document, Some("xlsx"), TODAY, &options))?;
        Ok(report.readings.iter().any(|reading| reading.form.is_some()))
    })?;
    measure("only inflated", &mut |document| inflate(document))?;
    // A file of no known kind costs what the child itself costs.
    measure("a child with no work", &mut |_| {
        Ok(!runtime.block_on(reader.read(b"?", None, TODAY, &options))?.readings.is_empty())
    })?;
    match openpyxl(&documents)? {
        Some(each) => writeln!(out, "{:<22} {:27}{each:6.2} ms in all, each", "openpyxl, read-only", "")?,
        None => writeln!(out, "openpyxl is not installed for python3")?,
    }
    Ok(())
}

/// Inflates what has to be read of a workbook, and looks at none of it.
fn inflate(document: &[u8]) -> Result<bool> {
    let mut zip = zip::ZipArchive::new(Cursor::new(document))?;
    let needed = |name: &str| {
        ["[Content_Types].xml", "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"].contains(&name)
            || name.starts_with("xl/worksheets/")
            || name.ends_with(".rels")
    };
    let names: Vec<String> =
        zip.file_names().flatten().filter(|name| needed(name)).map(|name| name.into_owned()).collect();
    let mut bytes = Vec::new();
    for name in &names {
        bytes.clear();
        zip.by_name(name)?.read_to_end(&mut bytes)?;
    }
    Ok(!bytes.is_empty())
}

/// Milliseconds a workbook of openpyxl, each opened from a file and every cell of every sheet asked for; none if it is not
/// installed.
fn openpyxl(documents: &[Vec<u8>]) -> Result<Option<f64>> {
    let folder = tempfile::tempdir()?;
    for (number, document) in documents.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{number}.xlsx")), document)?;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/read_only.py");
    let told = Command::new("python3").arg(script).arg(folder.path()).output();
    let Some(told) = told.ok().filter(|told| told.status.success()) else { return Ok(None) };
    Ok(Some(String::from_utf8(told.stdout)?.trim().parse()?))
}

/// The workbooks of as many invented mails.
fn documents(count: usize, bytes: usize) -> Result<Vec<Vec<u8>>> {
    let folder = tempfile::tempdir()?;
    corpus::bulk(folder.path(), count, bytes)?;
    let mut documents = Vec::new();
    for mailbox in std::fs::read_dir(folder.path().join("mail"))? {
        for mail in std::fs::read_dir(mailbox?.path().join("new"))? {
            let parcel = unpack(&std::fs::read(mail?.path())?, &unpack::Limits::default());
            let workbooks = parcel.leaves.into_iter().filter(|leaf| leaf.format == Format::Xlsx);
            documents.extend(workbooks.map(|leaf| leaf.bytes.to_vec()));
        }
    }
    Ok(documents)
}

/// Processor time of this process, of its children that have ended and of those that run.
fn processor_time() -> Result<Duration> {
    let mut hundredths = ticks("self", 4)?;
    for thread in std::fs::read_dir("/proc/self/task")? {
        let children = std::fs::read_to_string(thread?.path().join("children"))?;
        for child in children.split_whitespace() {
            hundredths += ticks(child, 2)?;
        }
    }
    Ok(Duration::from_millis(hundredths * 10))
}

/// `proc(5)`, `stat`, from field 14: time in user mode and in the kernel, then the same of children that have ended.
fn ticks(process: &str, fields: usize) -> Result<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, rest) = stat.rsplit_once(')').context("no name in stat")?;
    Ok(rest.split_whitespace().skip(11).take(fields).map(str::parse::<u64>).sum::<Result<u64, _>>()?)
}
