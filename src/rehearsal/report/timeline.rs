//! What happened about each meeting, in order: its moments, what arrived when and what became of it, what went out.

use super::files::{Journal, Line, Received, Sent};
use super::{instant, short, short_moment};
use crate::casework::calendar;
use crate::casework::{MeetingId, PanelId};
use crate::daemon::Panel;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Lines of one meeting's timeline.
const MOST_ENTRIES: usize = 300;
/// Mails named in one line of it.
const MOST_LINKS: usize = 12;

/// A meeting and its timeline.
#[derive(Serialize)]
pub(super) struct Meeting {
    pub id: String,
    pub panel: String,
    pub starts: String,
    pub children: usize,
    pub in_time: usize,
    pub late: usize,
    pub sent: usize,
    pub packs: usize,
    pub more: usize,
    /// Shown open: the page begins with an example.
    pub open: bool,
    pub entries: Vec<Entry>,
    #[serde(skip)]
    order: (Timestamp, String),
}

/// One line of a timeline.
#[derive(Serialize)]
pub(super) struct Entry {
    pub when: String,
    /// `moment`, `received`, `late`, `held`, `done` or `sent`.
    pub sort: &'static str,
    pub text: String,
    /// References that are on this page.
    pub links: Vec<String>,
    #[serde(skip)]
    order: (Timestamp, u8, usize),
}

/// All meetings that anything happened about, the earliest first.
pub(super) fn meetings(
    panels: &BTreeMap<PanelId, Panel>,
    sent: &[Sent],
    received: &[Received],
    journal: &Journal,
    from: Timestamp,
    until: Timestamp,
) -> Vec<Meeting> {
    let mut all: BTreeMap<String, Story<'_>> = BTreeMap::new();
    for mail in sent {
        if let Some(id) = &mail.meeting_id {
            all.entry(id.clone()).or_default().sent.push(mail);
        }
    }
    for message in received {
        let papers = journal.papers.get(message.message());
        let about = papers.into_iter().flatten().flat_map(Line::meetings);
        let about: BTreeSet<&str> = about.chain(message.meeting_id.as_deref()).collect();
        for id in about {
            all.entry(id.to_owned()).or_default().received.push(message);
        }
    }
    for line in &journal.lines {
        for id in line.meetings() {
            all.entry(id.to_owned()).or_default().lines.push(line);
        }
    }
    let mut meetings: Vec<Meeting> =
        all.into_iter().map(|(id, story)| story.tell(id, panels, journal, from, until)).collect();
    // A child's next review is only set down here; its meeting is for another rehearsal.
    meetings.retain(|meeting| meeting.sent > 0 || meeting.in_time + meeting.late > 0);
    meetings.sort_by(|a, b| a.order.cmp(&b.order));
    let telling = |m: &Meeting| (m.packs > 0, m.late > 0 && m.in_time > 1);
    let example = meetings.iter().enumerate().max_by_key(|(n, m)| (telling(m), std::cmp::Reverse(*n))).map(|(n, _)| n);
    if let Some(meeting) = example.and_then(|n| meetings.get_mut(n)) {
        meeting.open = true;
    }
    meetings
}

#[derive(Default)]
struct Story<'a> {
    sent: Vec<&'a Sent>,
    received: Vec<&'a Received>,
    lines: Vec<&'a Line>,
}

impl Story<'_> {
    fn tell(
        self,
        id: String,
        panels: &BTreeMap<PanelId, Panel>,
        journal: &Journal,
        from: Timestamp,
        until: Timestamp,
    ) -> Meeting {
        let parsed: Option<MeetingId> = id.parse().ok();
        let panel = id.split_once('/').map_or("", |(panel, _)| panel);
        let calendar = parsed.and_then(|id| panels.get(&id.panel)?.meeting(&id));
        let mut entries: Vec<Entry> = Vec::new();
        if let Some(meeting) = &calendar {
            entries.extend(moments(meeting, from, until));
        }
        let (mut in_time, mut late) = (0, 0);
        for message in &self.received {
            let missed = journal.late.get(message.message());
            let is_late = missed.is_some_and(|missed| missed.contains(&id));
            match (message.fate.as_str(), is_late) {
                ("duplicate", _) => {}
                (_, true) => late += 1,
                (_, false) => in_time += 1,
            }
            entries.push(arrival(message, journal, is_late));
        }
        let at_arrivals: BTreeSet<Timestamp> = self.received.iter().map(|r| r.arrived_at).collect();
        for line in &self.lines {
            // What follows from a message at once is told with the message.
            let told = line.event == "case.listed" && at_arrivals.contains(&line.at);
            if !told && line.event != "outcome_sheet.drawn_up" && line.event != "held" {
                entries.push(done(line));
            }
        }
        entries.extend(mails(&self.sent));
        for (n, entry) in entries.iter_mut().enumerate() {
            entry.order.2 = n;
        }
        entries.sort_by_key(|entry| entry.order);
        let children: BTreeSet<&String> = self
            .sent
            .iter()
            .filter(|m| m.kind == "agenda" || m.kind == "supplement")
            .flat_map(|m| &m.children)
            .collect();
        let more = entries.len().saturating_sub(MOST_ENTRIES);
        entries.truncate(MOST_ENTRIES);
        Meeting {
            panel: short(panels, panel),
            starts: calendar.as_ref().map_or_else(|| id.clone(), |m| instant(m.starts_at)),
            children: children.len(),
            in_time,
            late,
            sent: self.sent.len(),
            packs: self.sent.iter().filter(|m| m.kind == "agenda").count(),
            more,
            open: false,
            entries,
            order: (calendar.map_or(until, |m| m.starts_at), id.clone()),
            id,
        }
    }
}

fn entry(at: Timestamp, rank: u8, sort: &'static str, text: String, links: Vec<String>) -> Entry {
    Entry { when: short_moment(at), sort, text, links, order: (at, rank, 0) }
}

fn moments(meeting: &calendar::Meeting, from: Timestamp, until: Timestamp) -> Vec<Entry> {
    let mut all = vec![("Cut-off", meeting.cutoff_at), ("Pack", meeting.pack_at), ("Meeting", meeting.starts_at)];
    all.extend(meeting.list_at.map(|at| ("List of children", at)));
    all.extend(meeting.supplement_at.map(|at| ("Supplement", at)));
    let within = |at: Timestamp| at >= from && at <= until;
    let text = |name: &str, at: Timestamp| if within(at) { name.to_owned() } else { format!("{name} (not rehearsed)") };
    all.into_iter().map(|(name, at)| entry(at, 2, "moment", text(name, at), Vec::new())).collect()
}

fn arrival(message: &Received, journal: &Journal, late: bool) -> Entry {
    let papers = journal.papers.get(message.message()).map(Vec::as_slice).unwrap_or_default();
    let rule = |line: &Line| line.rule.as_ref().map(|r| format!(" ({r})")).unwrap_or_default();
    let again = message.fate == "duplicate";
    let papers = if again { &[] } else { papers };
    let mut said: Vec<String> = papers.iter().map(|line| format!("{}{}", line.reason, rule(line))).collect();
    if said.is_empty() {
        said.push(format!("{}, {}", message.fate, message.reason.clone().unwrap_or_default()));
    }
    let sort = match (late, message.fate.as_str()) {
        (_, "duplicate") => "done",
        (true, _) => "late",
        (false, "held") => "held",
        _ => "received",
    };
    let came = if again { "came again" } else { "came in" };
    let text = format!("{} {came}: {}", message.message(), said.join("; "));
    let links = message.refs.iter().filter(|r| r.starts_with("S-")).cloned().collect();
    entry(message.arrived_at, u8::from(again), sort, text, links)
}

fn done(line: &Line) -> Entry {
    let rule = line.rule.as_ref().map(|r| format!(" ({r})")).unwrap_or_default();
    let what = match line.event.as_str() {
        "pack.drawn_up" => "Pack drawn up: ",
        "supplement.drawn_up" => "Supplement drawn up: ",
        "meeting.over" => "Over: ",
        "review.set" => "Review: ",
        _ => "",
    };
    let cases: Vec<&str> = line.refs.iter().filter(|r| r.starts_with("R-")).map(String::as_str).collect();
    let about = match cases.first() {
        Some(case) if !line.reason.contains(case) => format!("{}: ", cases.join(", ")),
        _ => String::new(),
    };
    entry(line.at, 3, "done", format!("{what}{about}{}{rule}", line.reason), Vec::new())
}

/// One line for all mails of a kind that went at one moment.
fn mails(sent: &[&Sent]) -> Vec<Entry> {
    let mut together: BTreeMap<(Timestamp, &str), Vec<&Sent>> = BTreeMap::new();
    for mail in sent {
        together.entry((mail.at, &mail.kind)).or_default().push(mail);
    }
    let line = |((at, kind), mails): ((Timestamp, &str), Vec<&Sent>)| {
        let people: BTreeSet<&String> = mails.iter().flat_map(|m| &m.to).collect();
        let (n, to) = (mails.len(), people.len());
        let what = kind.replace('-', " ");
        let of_them = if n == 1 { String::new() } else { format!("{n} × ") };
        let persons = if to == 1 { "1 address".to_owned() } else { format!("{to} addresses") };
        let rest = n.saturating_sub(MOST_LINKS);
        let rest = if rest > 0 { format!(", {rest} of them not linked here") } else { String::new() };
        let links = mails.iter().take(MOST_LINKS).map(|m| m.number.clone()).collect();
        entry(at, 4, "sent", format!("Sent: {of_them}{what}, to {persons}{rest}"), links)
    };
    together.into_iter().map(line).collect()
}
