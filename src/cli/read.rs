//! `dutyclerk read FILE… [--panel P] [--json]`: what a document says, where it says it, and what is wrong with it.
//!
//! The rendering takes (file, path, report), so that what was unpacked from a message is printed by the same lines.

use crate::casework::{Action, FieldId, Finding, FindingCode, FormId, Format, Found, Value};
use crate::inbound::form::{ReadOptions, ReadReport, Reader, ReaderError, sniff};
use anyhow::Context;
use jiff::civil::Date;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

/// The verb's arguments.
#[derive(Clone, Debug, clap::Args)]
pub struct ReadArgs {
    /// Documents to read.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Read as this panel would (its profile decides about special-category fields).
    #[arg(long)]
    pub panel: Option<String>,
    /// One JSON object a reading.
    #[arg(long)]
    pub json: bool,
}

/// One line of `read --json` (a contract: DESIGN.md, "Shapes").
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    path: &'a str,
    reading: u32,
    format: Format,
    form: Option<&'a FormId>,
    fields: BTreeMap<&'static str, &'a Found>,
    findings: &'a [Finding],
}

/// Reads each file in the child process and prints it. A file that is not a document is still a reading with a reason;
/// only a file that cannot be opened is an error, told after the others are printed.
///
/// # Errors
/// If a file cannot be opened, or the output cannot be written.
pub async fn read_files(
    reader: &Reader,
    args: &ReadArgs,
    today: Date,
    options: &ReadOptions,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut first_error = None;
    for file in &args.files {
        let bytes = match tokio::fs::read(file).await.with_context(|| format!("cannot open {}", file.display())) {
            Ok(bytes) => bytes,
            Err(error) => {
                first_error.get_or_insert(error);
                continue;
            }
        };
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let extension = file.extension().map(|extension| extension.to_string_lossy().into_owned());
        let report = read_one(reader, &bytes, extension.as_deref(), today, options).await;
        let shown = file.to_string_lossy();
        if args.json {
            write_json(&shown, &name, &report, out)?;
        } else {
            write_human(&shown, &name, &report, out)?;
        }
    }
    first_error.map_or(Ok(()), Err)
}

/// One document's report; a reader that failed is a reading with a finding.
pub async fn read_one(
    reader: &Reader,
    bytes: &[u8],
    extension: Option<&str>,
    today: Date,
    options: &ReadOptions,
) -> ReadReport {
    match reader.read(bytes, extension, today, options).await {
        Ok(report) => report,
        Err(error) => {
            let message = match error {
                ReaderError::TimedOut(_) => {
                    "The document took too long to read and was put aside. A person will look at it."
                }
                ReaderError::Died(_) => {
                    "The document made the reader fail and was put aside. A person will look at it."
                }
                ReaderError::Spawn(_) => {
                    "The reader could not be started on this machine. The document itself may be sound."
                }
            };
            ReadReport::of_no_form(sniff(bytes), Finding::document(FindingCode::ReaderFailed, message))
        }
    }
}

/// Prints the `read --json` objects of one document, one a line.
///
/// # Errors
/// If the output cannot be written.
pub fn write_json(file: &str, path: &str, report: &ReadReport, out: &mut impl Write) -> anyhow::Result<()> {
    for reading in &report.readings {
        let line = Line {
            file,
            path,
            reading: reading.reading,
            format: reading.format,
            form: reading.form.as_ref(),
            fields: FieldId::ALL.iter().filter_map(|id| Some((id.as_str(), reading.fields.get(id)?))).collect(),
            findings: &reading.findings,
        };
        serde_json::to_writer(&mut *out, &line)?;
        writeln!(out)?;
    }
    Ok(())
}

/// Prints one document for people.
///
/// # Errors
/// If the output cannot be written.
pub fn write_human(file: &str, path: &str, report: &ReadReport, out: &mut impl Write) -> anyhow::Result<()> {
    for reading in &report.readings {
        let form = reading.form.as_ref().map_or("no form recognised", FormId::as_str);
        let shown = if file.ends_with(path) { file } else { path };
        let which = if report.readings.len() > 1 {
            format!(", child {} of {}", reading.reading, report.readings.len())
        } else {
            String::new()
        };
        writeln!(out, "{shown}: {form} ({}{which})", reading.format)?;
        for id in FieldId::ALL {
            if let Some(found) = reading.fields.get(id) {
                writeln!(out, "  {:<26}{}   [{}]", id.as_str(), shown_value(&found.value), found.at)?;
            }
        }
        for finding in &reading.findings {
            writeln!(out, "  ! {}: {}", finding.code, finding.message)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn shown_value(value: &Value) -> String {
    match value {
        Value::Date(day) => day.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Flag(on) => if *on { "yes" } else { "no" }.to_owned(),
        Value::Text(text) => text.reveal().replace('\n', ", "),
        Value::List(list) => list.join(", "),
        Value::Actions(actions) => actions.iter().map(shown_action).collect::<Vec<_>>().join("; "),
    }
}

fn shown_action(action: &Action) -> String {
    let mut out = action.text.reveal().replace('\n', " ");
    for part in [&action.who, &action.by].into_iter().flatten() {
        out.push_str(", ");
        out.push_str(part.reveal());
    }
    if let Some(status) = &action.status {
        out.push_str(", ");
        out.push_str(status);
    }
    out
}
