//! `form try FILE`, `form draft FILE`, `form test DIR`: how an administrator adds the form of their own authority without a
//! programmer. The documents are read in the child process, as mail is.

use super::read::{lines, reports, write_human};
use super::{Context, Failure, open};
use crate::config::Config;
use crate::inbound::form::{self, ReadOptions, ReadReport, Reader, Seen};
use crate::inbound::unpack::Limits;
use anyhow::Context as _;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};
use tokio::runtime::Runtime;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Verb {
    /// A document as the reader sees it: every cell, what it is the label of, and the fields recognised.
    Try {
        /// A document, or a message with documents.
        file: PathBuf,
    },
    /// A first label table for a form that is not known yet, printed as TOML. Give it a blank or an invented copy.
    Draft {
        /// The document.
        file: PathBuf,
        /// The table's id, if not made from the form's title.
        #[arg(long)]
        id: Option<String>,
    },
    /// Reads a folder of samples, each beside what is expected of it: `rat.xlsx` and `rat.xlsx.json`.
    Test {
        /// The folder.
        folder: PathBuf,
        /// Takes what is read now as expected, for samples that have no .json yet.
        #[arg(long)]
        write: bool,
        /// Reads as on this day, so that ages and dates to come mean the same next year.
        #[arg(long, value_name = "DATE")]
        on: Option<Date>,
    },
}

pub(super) fn run(context: &Context, verb: &Verb) -> Result<(), Failure> {
    match verb {
        Verb::Try { file } => try_out(context, file),
        Verb::Draft { file, id } => draft(context, file, id.as_deref()),
        Verb::Test { folder, write, on } => test(context, folder, *write, on.unwrap_or_else(|| context.today())),
    }
}

/// What documents are read with.
struct Desk {
    config: Config,
    reader: Reader,
    limits: Limits,
    runtime: Runtime,
    options: ReadOptions,
}

impl Desk {
    fn new(context: &Context, show: bool) -> Result<Self, Failure> {
        let config = context.config()?;
        let (reader, limits) = (open::reader(&config)?, open::reader_settings(&config)?.message);
        let options = ReadOptions { show, ..ReadOptions::default() };
        Ok(Self { config, reader, limits, runtime: open::runtime()?, options })
    }

    /// The documents of a file, each under its path.
    fn read(&self, file: &Path, today: Date) -> Result<Vec<(String, ReadReport)>, Failure> {
        let bytes = std::fs::read(file).with_context(|| format!("cannot open {}", file.display()))?;
        let reading = reports(&self.reader, &self.limits, file, &bytes, today, &self.options);
        Ok(self.runtime.block_on(reading))
    }
}

fn try_out(context: &Context, file: &Path) -> Result<(), Failure> {
    let desk = Desk::new(context, true)?;
    let shown = file.to_string_lossy();
    let mut out = std::io::stdout().lock();
    for (path, report) in desk.read(file, context.today())? {
        if context.out.json {
            let readings: Vec<_> = lines(&shown, &path, &report).collect();
            let line = json!({ "file": shown, "path": path, "cells": report.seen, "readings": readings });
            writeln!(out, "{line}")?;
            continue;
        }
        for cell in &report.seen {
            writeln!(out, "{}", cell_in_words(cell, &report))?;
        }
        writeln!(out)?;
        write_human(&shown, &path, &report, &mut out).map_err(Failure::Failed)?;
    }
    Ok(())
}

/// Where it stands, what it says, and what the reader makes of it.
fn cell_in_words(cell: &Seen, report: &ReadReport) -> String {
    const WIDTH: usize = 56;
    let text = cell.text.reveal().replace('\n', " / ");
    let text = match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    };
    let answers: Vec<&str> = report
        .readings
        .iter()
        .flat_map(|reading| reading.fields.iter().chain(&reading.passages))
        // A page is no place of its own: all of its answers have it.
        .filter(|(_, found)| found.at == cell.at && !is_page(&cell.at))
        .map(|(field, _)| field.as_str())
        .collect();
    let labels = cell.labels.iter().map(|label| match label.as_str() {
        "-" => "label, not read".to_owned(),
        field => format!("label of {field}"),
    });
    let answer = (!answers.is_empty()).then(|| format!("= {}", answers.join(", ")));
    let means: Vec<String> = labels.chain(answer).collect();
    format!("  {:<16}{text:<58}{}", cell.at, means.join("; ")).trim_end().to_owned()
}

fn is_page(at: &str) -> bool {
    at.strip_prefix("page").is_some_and(|number| number.parse::<u32>().is_ok())
}

fn draft(context: &Context, file: &Path, id: Option<&str>) -> Result<(), Failure> {
    let desk = Desk::new(context, true)?;
    let documents = desk.read(file, context.today())?;
    let [(_, report)] = documents.as_slice() else {
        return Err(Failure::Usage("a label table is drafted from one document: give it the form itself".to_owned()));
    };
    let known = report.readings.iter().find_map(|reading| reading.form.as_ref());
    let Some(drafted) = form::draft(&report.seen, id, context.today()) else {
        let why = report.readings.iter().flat_map(|reading| &reading.findings).map(|finding| finding.message.as_str());
        let why: Vec<&str> = why.collect();
        let message = format!("nothing on {} could be a label. {}", file.display(), why.join(" "));
        return Err(Failure::Failed(anyhow::Error::msg(message)));
    };
    if context.out.json {
        let line = json!({ "id": drafted.id, "toml": drafted.toml, "known": drafted.known, "own": drafted.own, "read_today_as": known });
        writeln!(std::io::stdout().lock(), "{line}")?;
    } else {
        write!(std::io::stdout().lock(), "{}", drafted.toml)?;
    }
    if let Some(known) = known {
        super::tell(&format!(
            "note: the form is read today as {known}; with this table the one that fits better is taken\n"
        ));
    }
    super::tell(&format!(
        "{} fields are read by labels every form shares; {} labels are the form's own. Save it as forms/{}.toml in {}, \
         then look with `form try`.\n",
        drafted.known,
        drafted.own,
        drafted.id,
        desk.config.folder.display()
    ));
    Ok(())
}

/// One sample of `form test`.
#[derive(Serialize)]
struct Sample {
    file: String,
    /// `ok`, `wrong`, `written`, or `no-form`: it is none, and nothing was written for it.
    result: &'static str,
    differences: Vec<String>,
}

fn test(context: &Context, folder: &Path, write: bool, today: Date) -> Result<(), Failure> {
    let desk = Desk::new(context, false)?;
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| path.is_file() && path.extension().is_none_or(|extension| extension != "json"));
    files.sort();
    let known: Vec<PathBuf> = files.iter().filter(|file| expectation(file).exists()).cloned().collect();
    // A folder may hold other files, its samples' makers among them; told to write, everything in it is a sample.
    let samples = if write { files } else { known };
    if samples.is_empty() {
        let message =
            format!("there is no sample with what is expected of it in {}: see docs/FORMS.md", folder.display());
        return Err(Failure::Usage(message));
    }
    let results: Vec<Sample> = samples.iter().map(|file| sample(&desk, file, today)).collect::<Result<_, Failure>>()?;
    context.out.lines(&results, |sample| {
        let head = format!("{:<10}{}", sample.result, sample.file);
        std::iter::once(head)
            .chain(sample.differences.iter().map(|d| format!("          {d}")))
            .collect::<Vec<_>>()
            .join("\n")
    })?;
    let wrong = results.iter().filter(|sample| sample.result == "wrong").count();
    super::tell(&format!("{} of {} samples are read as expected\n", results.len() - wrong, results.len()));
    if wrong > 0 { Err(Failure::Told(1)) } else { Ok(()) }
}

fn expectation(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".json");
    name.into()
}

fn sample(desk: &Desk, file: &Path, today: Date) -> Result<Sample, Failure> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let place = expectation(file);
    let documents = desk.read(file, today)?;
    let [(_, report)] = documents.as_slice() else {
        return Err(Failure::Usage(format!("{name} holds several documents; a sample is one")));
    };
    if !place.exists() && report.readings.iter().all(|reading| reading.form.is_none()) {
        return Ok(Sample { file: name, result: "no-form", differences: Vec::new() });
    }
    if !place.exists() {
        let text = serde_json::to_string_pretty(&form::as_expected(report)).context("a reading is JSON")?;
        std::fs::write(&place, text + "\n").with_context(|| format!("cannot write {}", place.display()))?;
        return Ok(Sample { file: name, result: "written", differences: Vec::new() });
    }
    let text = std::fs::read(&place).with_context(|| format!("cannot open {}", place.display()))?;
    let expected = serde_json::from_slice(&text).with_context(|| format!("{} is no JSON", place.display()))?;
    let differences = form::differences(&expected, report);
    Ok(Sample { file: name, result: if differences.is_empty() { "ok" } else { "wrong" }, differences })
}
