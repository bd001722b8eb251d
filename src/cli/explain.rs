//! `explain REF`: everything known of a case, message, mail, held item or meeting in order of time, with the rule behind
//! each step, what the rule says, and the profile, calendar and directory it was read with (invariant 10). No names.

use super::show::{Cell, Sheet, Table, list};
use super::{Context, Failure, alert, case, held, meeting, open, outbox};
use crate::casework::rules::meaning;
use crate::casework::{CaseRef, HeldRef, MeetingId, MessageRef, Ref, SentRef};
use crate::config::Config;
use crate::store::{DecisionRow, Document, View};
use anyhow::anyhow;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A case R-0042, a received message M-000123, a mail S-000123, a held item H-0007, an alert A-0007, or a meeting panel/2026-12-08.
    #[arg(value_name = "REF")]
    about: Ref,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let config = context.config()?;
    open::runtime()?.block_on(async {
        let store = open::existing_store(&config).await?;
        let mut view = store.read().await?;
        let about = &arguments.about;
        let mut story = Story::default();
        let mut sheet = match about {
            Ref::Case(number) => of_case(&mut view, *number, &mut story).await?,
            Ref::Message(number) => of_message(&mut view, *number, &mut story).await?,
            Ref::Sent(number) => of_mail(&mut view, *number, &mut story).await?,
            Ref::Held(number) => of_held(&mut view, *number, &mut story).await?,
            Ref::Alert(number) => {
                let asked = alert::find(&mut view, *number).await?;
                story.rule(&asked.rule);
                alert::sheet(&asked)?
            }
            Ref::Meeting(id) => of_meeting(&mut view, &config, id, &mut story).await?,
        };
        story.journal(&mut view, about).await?;
        story.tell(&config, view.directory_version().await?.as_deref(), &mut sheet);
        sheet.print(context.out)
    })
}

/// A step taken from a decision.
const DECIDED: &str = "decided";

/// What happened, and the rules that come up in it.
#[derive(Default)]
struct Story {
    steps: Vec<(Timestamp, [Cell; 4])>,
    rules: BTreeSet<String>,
    decisions: Vec<DecisionRow>,
}

impl Story {
    fn rule(&mut self, rule: &str) {
        self.rules.insert(rule.to_owned());
    }

    fn rules_of<'a>(&mut self, rules: impl IntoIterator<Item = &'a String>) {
        self.rules.extend(rules.into_iter().cloned());
    }

    async fn journal(&mut self, view: &mut View, about: &Ref) -> Result<(), Failure> {
        for line in view.journal_about(about).await? {
            self.rules.extend(line.rule.clone());
            let others = line.refs.iter().filter(|other| **other != about.to_string());
            self.steps.push((line.at, [line.event.into(), line.rule.into(), line.reason.into(), list(others)]));
        }
        Ok(())
    }

    /// The decisions about a message: the reasons of every answer, listing and invitation that came of it.
    async fn decisions(&mut self, view: &mut View, message: MessageRef) -> Result<(), Failure> {
        for decision in view.decisions(&Ref::Message(message)).await? {
            for reason in &decision.reasons {
                self.rule(&reason.rule);
                let cells = [DECIDED.into(), (&reason.rule).into(), (&reason.reason).into(), message.into()];
                self.steps.push((decision.at, cells));
            }
            self.decisions.push(decision);
        }
        Ok(())
    }

    /// Leaves out what was decided later.
    fn until(&mut self, at: Timestamp) {
        self.steps.retain(|(then, _)| *then <= at);
        self.decisions.retain(|decision| decision.at <= at);
    }

    /// A decision's reasons stand in its message's journal lines as well.
    fn drop_what_the_journal_says_too(&mut self) {
        let decided = Cell::from(DECIDED);
        let says = |a: &Cell, b: &Cell| matches!((a, b), (Cell::Text(a), Cell::Text(b)) if a.ends_with(b.as_str()));
        let steps = self.steps.clone();
        self.steps.retain(|(at, [what, rule, why, _])| {
            let same = |(then, [other, by, also, _]): &(Timestamp, [Cell; 4])| {
                then == at && *other != decided && by == rule && says(also, why)
            };
            *what != decided || !steps.iter().any(same)
        });
    }

    fn tell(mut self, config: &Config, directory: Option<&str>, sheet: &mut Sheet) {
        self.steps.sort_by_key(|(at, _)| *at);
        self.drop_what_the_journal_says_too();
        let mut steps = Table::new("What happened", &["at", "what", "rule", "why", "with"]);
        for (at, cells) in self.steps {
            steps.row(std::iter::once(at.into()).chain(cells));
        }
        sheet.table(steps);
        sheet.table(read_with(config, directory, &self.decisions));
        let mut rules = Table::new("Rules", &["rule", "says"]);
        for rule in &self.rules {
            rules.row([rule.into(), meaning(rule).into()]);
        }
        sheet.table(rules);
    }
}

/// The hashes a decision was made with, and whether the same hold now.
fn read_with(config: &Config, directory: Option<&str>, decisions: &[DecisionRow]) -> Table {
    let mut table = Table::new("Read with", &["decided", "about", "what", "sha256", "now"]);
    let profiles: BTreeMap<String, String> =
        config.panels.values().map(|profile| (profile.version().to_string(), profile.id.to_string())).collect();
    let holidays = config.holidays.version().to_string();
    for decision in decisions {
        let known_profile = decision.profile_hash.as_ref().and_then(|hash| profiles.get(hash));
        let what = known_profile.map_or_else(|| "profile".to_owned(), |id| format!("profile {id}"));
        let rows = [
            (what, &decision.profile_hash, known_profile.is_some()),
            ("bank holidays".to_owned(), &decision.calendar_hash, decision.calendar_hash.as_ref() == Some(&holidays)),
            ("directory".to_owned(), &decision.directory_version, decision.directory_version.as_deref() == directory),
        ];
        for (what, hash, same) in rows {
            let now = if same { "the same" } else { "changed since" };
            let now = hash.as_ref().map_or("none", |_| now);
            table.row([decision.at.into(), Cell::of(&decision.about), what.into(), hash.as_ref().into(), now.into()]);
        }
    }
    table
}

async fn of_case(view: &mut View, number: CaseRef, story: &mut Story) -> Result<Sheet, Failure> {
    let found = case::find(view, number).await?;
    let mut sheet = Sheet::new(number);
    sheet.fact("panel", &found.panel);
    sheet.fact("state", found.state.as_str());
    sheet.fact("opened", found.opened_at);
    sheet.fact("rating", found.facts.open()?.rating);
    sheet.fact("last heard", found.last_heard);
    sheet.fact("review due", found.review_due);
    let items = view.items_of_case(number).await?;
    let mut listings = Table::new("Listings", &["meeting", "section", "state", "rule", "since", "notes"]);
    for row in &items {
        story.rule(&row.rule);
        listings.row([
            (&row.meeting).into(),
            meeting::words(&row.section).into(),
            Cell::of(&row.state),
            (&row.rule).into(),
            row.added_at.into(),
            list(row.notes.iter().map(meeting::words)),
        ]);
    }
    sheet.table(listings);
    let documents = view.documents_of_case(number).await?;
    let messages: BTreeSet<MessageRef> = documents.iter().map(|document| document.message).collect();
    for message in messages {
        story.decisions(view, message).await?;
    }
    sheet.table(papers(&documents));
    sheet.table(case::invitations(view, number).await?);
    sheet.table(case::restrictions(view, number).await?);
    let held_items = view.held_of_case(number).await?;
    story.rules_of(held_items.iter().map(|held| &held.rule));
    sheet.table(held::table("Held", &held_items));
    let entries = view.entries_of_case(number).await?;
    story.rules_of(entries.iter().map(|entry| &entry.rule));
    sheet.table(outbox::table(view, "Mails", &entries).await?);
    sheet.table(case::obligations(view, number).await?);
    Ok(sheet)
}

async fn of_message(view: &mut View, number: MessageRef, story: &mut Story) -> Result<Sheet, Failure> {
    let found = view.message(number).await?;
    let message =
        found.ok_or_else(|| anyhow!("there is no message {number}: `dutyclerk status` counts those received"))?;
    let mut sheet = Sheet::new(format!("{number}, received in mailbox {}", message.mailbox));
    sheet.fact("arrived", message.arrived_at);
    sheet.fact("taken in", message.received_at);
    sheet.fact("bytes", message.size);
    sheet.fact("sha256", message.sha256.to_string());
    sheet.fact("state", message.state.as_str());
    sheet.fact("fate", message.fate.map(|fate| fate.as_str()));
    sheet.fact("reason", message.reason);
    sheet.fact("rule", message.rule.as_ref());
    sheet.fact("panel", message.panel.as_ref());
    sheet.fact("meeting", message.meeting.as_ref());
    sheet.fact("attempts to read it", message.attempts);
    if let Some(facts) = message.facts.map(|facts| facts.kept()).transpose()?.flatten() {
        sheet.fact("from", facts.from.map(|from| from.to_string()));
        sheet.fact("sender confirmed", if facts.authenticated { "yes" } else { "no" });
        sheet.fact("automatic", if facts.automatic { "yes" } else { "no" });
    }
    story.rules_of(&message.rule);
    story.decisions(view, number).await?;
    sheet.table(papers(&view.documents_of_message(number).await?));
    let held_items = view.held_of_message(number).await?;
    story.rules_of(held_items.iter().map(|held| &held.rule));
    sheet.table(held::table("Held", &held_items));
    let entries = view.entries_answering(number).await?;
    story.rules_of(entries.iter().map(|entry| &entry.rule));
    sheet.table(outbox::table(view, "Answers", &entries).await?);
    Ok(sheet)
}

/// A mail: by which rule, to whom in which role, with which documents, and what was decided about what it answers.
async fn of_mail(view: &mut View, number: SentRef, story: &mut Story) -> Result<Sheet, Failure> {
    let entry = outbox::find(view, number).await?;
    story.rule(&entry.rule);
    story.rules_of(&entry.held_by.clone().filter(|rule| meaning(rule).is_some()));
    // What it answers, and what was known of its children when it was frozen.
    let mut messages: BTreeSet<MessageRef> = entry.answers.into_iter().collect();
    for case in view.cases_of_entry(number).await? {
        messages.extend(view.documents_of_case(case).await?.iter().map(|document| document.message));
    }
    for message in messages {
        story.decisions(view, message).await?;
    }
    story.until(entry.created_at);
    outbox::sheet(view, &entry).await
}

async fn of_held(view: &mut View, number: HeldRef, story: &mut Story) -> Result<Sheet, Failure> {
    let found = held::find(view, number).await?;
    let mut sheet = Sheet::new(format!("{number}: {}", held::why(&found)));
    sheet.fact("state", found.state.as_str());
    sheet.fact("since", found.opened_at);
    sheet.fact("until", found.closed_at);
    sheet.fact("rule", &found.rule);
    sheet.fact("panel", found.panel.as_ref());
    sheet.fact("message", found.message);
    sheet.fact("child", found.case);
    sheet.fact("meeting", found.meeting.as_ref());
    sheet.fact("mail", found.entry);
    sheet.fact("last alerted", found.alerted_at);
    sheet.fact("may be", list(found.detail.open()?.candidates));
    if let Some(decision) = found.decision.as_ref().map(|decision| decision.open()).transpose()? {
        sheet.fact("settled by", decision.by.reveal());
        sheet.fact("as", decision.case);
    }
    story.rule(&found.rule);
    if let Some(message) = found.message {
        story.decisions(view, message).await?;
    }
    Ok(sheet)
}

async fn of_meeting(view: &mut View, config: &Config, id: &MeetingId, story: &mut Story) -> Result<Sheet, Failure> {
    let sheet = meeting::sheet(view, config, id).await?;
    story.rules_of(view.agenda_items(id).await?.iter().map(|row| &row.rule));
    story.rules_of(view.entries_of_meeting(id).await?.iter().map(|entry| &entry.rule));
    Ok(sheet)
}

/// Papers by what they are, not by whom they are about.
fn papers(documents: &[Document]) -> Table {
    let mut table = Table::new("Papers", &["message", "part", "what", "form", "state", "case", "meeting", "sha256"]);
    for document in documents {
        table.row([
            document.message.into(),
            document.position.into(),
            (&document.what).into(),
            document.form.as_ref().map(ToString::to_string).into(),
            Cell::of(&document.state),
            document.case.into(),
            document.meeting.as_ref().into(),
            Cell::of(&document.sha256),
        ]);
    }
    table
}
