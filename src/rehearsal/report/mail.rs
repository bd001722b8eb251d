//! One mail as its reader would see it.

use super::files::Sent;
use super::{calendar, moment, short};
use crate::casework::PanelId;
use crate::daemon::Panel;
use anyhow::Context;
use mail_parser::{Address, MessageParser, MimeHeaders};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Characters of a mail's text or HTML that are shown; no mail of ours is as long.
const LONGEST: usize = 400_000;
/// Recipients that are named.
const MOST_PEOPLE: usize = 60;

/// A mail with what the page shows of it.
#[derive(Serialize)]
pub(super) struct Opened {
    #[serde(flatten)]
    line: Listed,
    from: String,
    people: Vec<String>,
    date: String,
    subject: String,
    html: String,
    text: String,
    files: Vec<(String, String)>,
    calendar: Option<calendar::Entry>,
    rule: String,
    children: Vec<String>,
}

/// A mail as a line of a table.
#[derive(Serialize)]
pub(super) struct Listed {
    number: String,
    at: String,
    kind: String,
    panel: String,
    meeting: String,
    part: String,
    to: Vec<String>,
    file: String,
}

pub(super) fn listed(line: &Sent, panels: &BTreeMap<PanelId, Panel>) -> Listed {
    Listed {
        number: line.number.clone(),
        at: moment(line.at),
        kind: line.kind.clone(),
        panel: short(panels, &line.panel),
        meeting: line.meeting_id.clone().unwrap_or_default(),
        part: line.part.clone().unwrap_or_default(),
        to: line.to.clone(),
        file: line.file.clone(),
    }
}

/// Opens the mail's file.
pub(super) fn open(
    out: &Path,
    line: &Sent,
    panels: &BTreeMap<PanelId, Panel>,
    rule: Option<&String>,
) -> anyhow::Result<Opened> {
    let path = out.join(&line.file);
    let bytes = std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mail = MessageParser::default().parse(&bytes).unwrap_or_default();
    let mut people = addresses(mail.to());
    let more = people.len().saturating_sub(MOST_PEOPLE);
    people.truncate(MOST_PEOPLE);
    if more > 0 {
        people.push(format!("and {more} more"));
    }
    let mut files = Vec::new();
    let mut entry = None;
    for part in &mail.parts {
        let kind = part.content_type();
        if kind.is_some_and(|kind| kind.ctype() == "text" && kind.subtype() == Some("calendar")) {
            entry = Some(calendar::read(&String::from_utf8_lossy(part.contents())));
        } else if part.content_disposition().is_some_and(|d| d.is_attachment()) {
            files.push((part.attachment_name().unwrap_or("(no name)").to_owned(), size(part.contents().len())));
        }
    }
    let short = |text: Option<std::borrow::Cow<'_, str>>| text.unwrap_or_default().chars().take(LONGEST).collect();
    Ok(Opened {
        from: addresses(mail.from()).join(", "),
        people,
        date: mail.header_raw("Date").unwrap_or_default().trim().to_owned(),
        subject: mail.subject().unwrap_or_default().to_owned(),
        html: short(mail.body_html(0)),
        text: short(mail.body_text(0)),
        files,
        calendar: entry,
        rule: rule.cloned().unwrap_or_default(),
        children: line.children.clone(),
        line: listed(line, panels),
    })
}

fn addresses(header: Option<&Address<'_>>) -> Vec<String> {
    let all = header.into_iter().flat_map(Address::iter);
    all.map(|one| match (one.name(), one.address().unwrap_or_default()) {
        (Some(name), address) if !name.is_empty() => format!("{name} <{address}>"),
        (_, address) => address.to_owned(),
    })
    .collect()
}

/// `12 KB`.
fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} KB", bytes.div_ceil(1_000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}
