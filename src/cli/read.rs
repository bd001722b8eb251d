//! `dutyclerk read FILE… [--panel P] [--json]`: what a document says, where it says it, and what is wrong with it.
//!
//! The rendering takes (file, path, report), so that what was unpacked from a message is printed by the same lines.

use super::{Context, Failure, open};
use crate::casework::{Action, FieldId, Finding, FindingCode, FormId, Format, Found, Value};
use crate::inbound::form::{ReadOptions, ReadReport, Reader, sniff};
use crate::inbound::unpack::{self, Limits as UnpackLimits};
use anyhow::Context as _;
use jiff::civil::Date;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The verb's arguments.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Arguments {
    /// Documents or messages to read.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Read as this panel would (its profile decides about special-category fields).
    #[arg(long)]
    panel: Option<String>,
}

/// One object of `read --json` (a contract: DESIGN.md, "Shapes").
#[derive(Serialize)]
pub(super) struct Line<'a> {
    file: &'a str,
    path: &'a str,
    reading: u32,
    format: Format,
    form: Option<&'a FormId>,
    fields: BTreeMap<&'static str, &'a Found>,
    findings: &'a [Finding],
}

/// Reads each file in child processes and prints what it says. A message is unpacked and each of its attachments read.
pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let config = context.config()?;
    let mut options = ReadOptions::default();
    if let Some(panel) = &arguments.panel {
        let known = config.panels_named(panel);
        if known.is_empty() {
            return Err(Failure::Usage(format!("there is no enabled panel {panel}")));
        }
        options.special_category = false;
    }
    let reader = open::reader(&config)?;
    let limits = open::reader_settings(&config)?.message;
    let today = context.today();
    let runtime = open::runtime()?;
    let mut out = std::io::stdout().lock();
    let mut failed = None;
    for file in &arguments.files {
        let bytes = match std::fs::read(file).with_context(|| format!("cannot open {}", file.display())) {
            Ok(bytes) => bytes,
            Err(error) => {
                super::tell(&format!("error: {error:#}\n"));
                failed = Some(Failure::Told(1));
                continue;
            }
        };
        let shown = file.to_string_lossy();
        for (path, report) in runtime.block_on(reports(&reader, &limits, file, &bytes, today, &options)) {
            let printed = match context.out.json {
                true => write_json(&shown, &path, &report, &mut out),
                false => write_human(&shown, &path, &report, &mut out),
            };
            printed.map_err(|error| match error.downcast::<std::io::Error>() {
                Ok(error) => Failure::from(error),
                Err(error) => Failure::Failed(error),
            })?;
        }
    }
    failed.map_or(Ok(()), Err)
}

/// A document's one report, or those of what is in a message or container, each under its path: `mail.eml/2/rat.xlsx`.
pub(super) async fn reports(
    reader: &Reader,
    limits: &UnpackLimits,
    file: &Path,
    bytes: &[u8],
    today: Date,
    options: &ReadOptions,
) -> Vec<(String, ReadReport)> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let of_parts = matches!(unpack::sniff(bytes), Format::Eml | Format::Msg | Format::Tnef | Format::Zip);
    if !of_parts && !file.extension().is_some_and(|e| e.eq_ignore_ascii_case("eml")) {
        let report = read_one(reader, bytes, extension(&name), today, options).await;
        return vec![(name, report)];
    }
    let parcel = unpack::unpack(bytes, limits);
    let (mut out, mut forms) = (Vec::new(), Vec::new());
    let has_form = |report: &ReadReport| report.readings.iter().any(|reading| reading.form.is_some());
    for leaf in parcel.leaves.iter().filter(|leaf| leaf.may_be_a_paper()) {
        let own = leaf
            .name
            .as_ref()
            .map(|n| n.reveal().clone())
            .unwrap_or_else(|| format!("part.{}", leaf.format.extension()));
        let report = match &leaf.refused {
            Some(finding) => ReadReport::of_no_form(leaf.format, finding.clone()),
            None => read_one(reader, &leaf.bytes, extension(&own), today, options).await,
        };
        forms.extend(has_form(&report).then_some(leaf.path.as_str()));
        out.push((format!("{name}/{}/{own}", leaf.path), report));
    }
    for body in parcel.bodies_without(&forms) {
        let report = read_one(reader, &body.bytes, Some(body.format.extension()), today, options).await;
        if has_form(&report) {
            out.push((format!("{name}/{}", body.path), report));
        }
    }
    for problem in parcel.problems {
        out.push((name.clone(), ReadReport::of_no_form(Format::Eml, problem)));
    }
    if out.is_empty() {
        let finding =
            Finding::document(FindingCode::UnknownForm, "The message carries no attachment that could be a form.");
        out.push((name, ReadReport::of_no_form(Format::Eml, finding)));
    }
    out
}

fn extension(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(_, extension)| extension)
}

async fn read_one(
    reader: &Reader,
    bytes: &[u8],
    extension: Option<&str>,
    today: Date,
    options: &ReadOptions,
) -> ReadReport {
    match reader.read(bytes, extension, today, options).await {
        Ok(report) => report,
        Err(error) => ReadReport::of_no_form(sniff(bytes), error.finding()),
    }
}

/// The readings of one document as `read --json` shows them.
pub(super) fn lines<'a>(file: &'a str, path: &'a str, report: &'a ReadReport) -> impl Iterator<Item = Line<'a>> {
    report.readings.iter().map(move |reading| Line {
        file,
        path,
        reading: reading.reading,
        format: reading.format,
        form: reading.form.as_ref(),
        fields: FieldId::ALL.iter().filter_map(|id| Some((id.as_str(), reading.fields.get(id)?))).collect(),
        findings: &reading.findings,
    })
}

/// Prints the `read --json` objects of one document, one a line.
///
/// # Errors
/// If the output cannot be written.
fn write_json(file: &str, path: &str, report: &ReadReport, out: &mut impl Write) -> anyhow::Result<()> {
    for line in lines(file, path, report) {
        serde_json::to_writer(&mut *out, &line)?;
        writeln!(out)?;
    }
    Ok(())
}

/// Prints one document for people.
///
/// # Errors
/// If the output cannot be written.
pub(super) fn write_human(file: &str, path: &str, report: &ReadReport, out: &mut impl Write) -> anyhow::Result<()> {
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
