//! `report.html`: what a rehearsal did, for people to look at. Each meeting's timeline, and every mail as its reader would
//! see it, on one page that fetches nothing.
//!
//! It is made from the files of the output folder and the panels' calendars alone, so it says what they say. Whatever was
//! mailed in is text here: everything is escaped, and a mail's HTML stands in a frame that runs nothing. The page is
//! written piece by piece; no more than one mail is in memory at a time. Of a big rehearsal the first [`FULL`] mails are
//! shown whole and the rest are listed with their files.

mod calendar;
mod files;
mod mail;
mod timeline;

use crate::casework::PanelId;
use crate::casework::calendar::civil;
use crate::daemon::Panel;
use anyhow::Context;
use files::{Held, Journal, Received, Sent};
use jiff::Timestamp;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Its name in the output folder.
pub(super) const REPORT: &str = "report.html";
/// Mails that are shown whole.
const FULL: usize = 1_000;
/// Rows of the tables of what was received and what is held.
const ROWS: usize = 2_000;

/// Writes the page. `panels` are those of the configuration.
pub(super) fn write(
    out: &Path,
    panels: &BTreeMap<PanelId, Panel>,
    from: Timestamp,
    until: Timestamp,
) -> anyhow::Result<()> {
    let sent: Vec<Sent> = files::lines(&out.join("sent.jsonl"))?;
    let received: Vec<Received> = files::lines(&out.join("received.jsonl"))?;
    let held: Vec<Held> = files::lines(&out.join("held.jsonl"))?;
    let mut journal = Journal::default();
    files::each(&out.join("journal.jsonl"), |line| journal.note(line))?;
    let meetings = timeline::meetings(panels, &sent, &received, &journal, from, until);
    let late = received.iter().filter(|r| journal.late.contains_key(r.message())).count();
    let head = Head {
        from: instant(from),
        until: instant(until),
        ledger: ledger(out)?,
        received: received.len(),
        late,
        sent: sent.len(),
        open: held.iter().filter(|h| h.state == "open").count(),
        packs: meetings.iter().filter(|m| m.packs > 0).count(),
        kinds: counted(sent.iter().map(|s| s.kind.as_str())),
        panels: meetings.iter().map(|m| m.panel.as_str()).collect::<BTreeSet<_>>().into_iter().collect(),
        meetings: &meetings,
        messages: received.iter().take(ROWS).map(|r| message(r, &journal)).collect(),
        held: held.iter().take(ROWS).map(holding).collect(),
        full: FULL.min(sent.len()),
        rows: ROWS,
    };

    let env = environment()?;
    let mut page = BufWriter::new(File::create(out.join(REPORT)).context("the report cannot be written")?);
    page.write_all(env.get_template("head.html")?.render(Value::from(Serde(&head)))?.as_bytes())?;
    let template = env.get_template("mail.html")?;
    for line in sent.iter().take(FULL) {
        let opened = mail::open(out, line, panels, journal.rule_of.get(&line.number))?;
        page.write_all(template.render(Value::from(Serde(&opened)))?.as_bytes())?;
    }
    let rest = sent.get(FULL..).unwrap_or_default();
    let count = || Value::from(Serde(&BTreeMap::from([("rest", rest.len())])));
    page.write_all(env.get_template("rest.html")?.render(count())?.as_bytes())?;
    let template = env.get_template("row.html")?;
    for line in rest {
        page.write_all(template.render(Value::from(Serde(&mail::listed(line, panels))))?.as_bytes())?;
    }
    page.write_all(env.get_template("tail.html")?.render(count())?.as_bytes())?;
    page.flush()?;
    Ok(())
}

#[derive(Serialize)]
struct Head<'a> {
    from: String,
    until: String,
    ledger: Vec<(String, Vec<u64>)>,
    received: usize,
    late: usize,
    sent: usize,
    open: usize,
    packs: usize,
    kinds: Vec<(String, usize)>,
    panels: Vec<&'a str>,
    meetings: &'a [timeline::Meeting],
    messages: Vec<Message>,
    held: Vec<Holding>,
    full: usize,
    rows: usize,
}

#[derive(Serialize)]
struct Message {
    number: String,
    at: String,
    mailbox: String,
    fate: String,
    reason: String,
    meeting: String,
    late: bool,
    papers: usize,
    links: Vec<String>,
    refs: Vec<String>,
}

fn message(received: &Received, journal: &Journal) -> Message {
    let refs = |wanted: &dyn Fn(&str) -> bool| received.refs.iter().filter(|r| wanted(r)).cloned().collect();
    Message {
        number: received.message().to_owned(),
        at: moment(received.arrived_at),
        mailbox: received.mailbox.clone(),
        fate: received.fate.clone(),
        reason: received.reason.clone().unwrap_or_default(),
        meeting: received.meeting_id.clone().unwrap_or_default(),
        late: journal.late.contains_key(received.message()),
        papers: received.documents.len(),
        links: refs(&|r| r.starts_with("S-")),
        refs: refs(&|r| !r.starts_with("S-") && !r.starts_with("M-")),
    }
}

#[derive(Serialize)]
struct Holding {
    number: String,
    at: String,
    rule: String,
    state: String,
    meeting: String,
    refs: Vec<String>,
    why: String,
    advice: String,
}

fn holding(held: &Held) -> Holding {
    Holding {
        number: held.number.clone(),
        at: moment(held.at),
        rule: held.rule.clone(),
        state: held.state.clone(),
        meeting: held.meeting_id.clone().unwrap_or_default(),
        refs: held.refs.clone(),
        why: held.why.clone(),
        advice: held.advice.clone(),
    }
}

/// Mailbox and its counts, in the ledger's order.
fn ledger(out: &Path) -> anyhow::Result<Vec<(String, Vec<u64>)>> {
    let text = std::fs::read_to_string(out.join("ledger.json")).context("the ledger cannot be read")?;
    let ledgers: BTreeMap<String, BTreeMap<String, u64>> = serde_json::from_str(&text)?;
    let order = ["received", "accepted", "held", "duplicate", "calendar_reply", "bounce", "ignored", "pending"];
    let counts = |counts: &BTreeMap<String, u64>| order.map(|name| counts.get(name).copied().unwrap_or(0)).to_vec();
    Ok(ledgers.iter().map(|(mailbox, l)| (mailbox.clone(), counts(l))).collect())
}

fn counted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    names.for_each(|name| *counts.entry(name).or_default() += 1);
    counts.into_iter().map(|(name, n)| (name.to_owned(), n)).collect()
}

/// The panel as people call it.
fn short(panels: &BTreeMap<PanelId, Panel>, panel: &str) -> String {
    panels.get(&PanelId::new(panel)).map_or_else(|| panel.to_owned(), |p| p.profile.short.clone())
}

/// `Mon 9 Nov 2026, 10:00`; with its seconds where there are any.
fn moment(at: Timestamp) -> String {
    let local = civil::local(at);
    let seconds = if local.second() == 0 { "" } else { ":%S" };
    local.strftime(&format!("%a %-d %b %Y, %H:%M{seconds}")).to_string()
}

/// As [`moment`], without the year.
fn short_moment(at: Timestamp) -> String {
    moment(at).replacen(&civil::local(at).strftime(" %Y,").to_string(), ",", 1)
}

fn instant(at: Timestamp) -> String {
    civil::instant_in_words(at)
}

fn environment() -> anyhow::Result<Environment<'static>> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_| AutoEscape::Html);
    env.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    env.add_template("head.html", include_str!("head.html"))?;
    env.add_template("mail.html", include_str!("mail.html"))?;
    env.add_template("rest.html", include_str!("rest.html"))?;
    env.add_template("row.html", include_str!("row.html"))?;
    env.add_template("tail.html", include_str!("tail.html"))?;
    Ok(env)
}

#[cfg(test)]
mod tests;
