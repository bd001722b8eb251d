//! `held list`, `show`, `release` and `reject`: what waits for a person, and the person's word on it. A word is carried out
//! at once; the mails that follow from it go with the daemon's next turn.

use super::person::By;
use super::show::{Cell, Sheet, Table, list};
use super::{Context, Failure, open};
use crate::casework::rules::{HoldKind, meaning};
use crate::casework::{Address, CaseRef, FieldId, HeldRef, MessageRef, Reading, Value};
use crate::daemon::{self, Release};
use crate::store::{Document, DocumentBody, DocumentState, Held, HeldState, View};
use anyhow::anyhow;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Verb {
    /// What waits, oldest first.
    List {
        /// What was settled too.
        #[arg(long)]
        all: bool,
    },
    /// One held item: why it waits, whose it may be, what to do. Shows names.
    Show {
        /// Which: H-0007.
        held: HeldRef,
    },
    /// Lets it through; what came in time stays in time (MC-32).
    Release(ReleaseArguments),
    /// Turns it away: its paper goes nowhere.
    Reject {
        /// Which: H-0007.
        held: HeldRef,
        #[command(flatten)]
        by: By,
        /// Why; kept with the decision.
        #[arg(long, default_value = "", value_name = "TEXT")]
        note: String,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct ReleaseArguments {
    /// Which: H-0007.
    held: HeldRef,
    /// The child is the one of this case.
    #[arg(long, value_name = "R", conflicts_with = "new_child")]
    case: Option<CaseRef>,
    /// The child is none of those known.
    #[arg(long)]
    new_child: bool,
    /// The recipient that was missing, or who may have a sensitive document: somebody in the directory. May be repeated.
    #[arg(long, value_name = "ADDRESS")]
    to: Vec<Address>,
    #[command(flatten)]
    by: By,
    /// Why; kept with the decision.
    #[arg(long, default_value = "", value_name = "TEXT")]
    note: String,
}

pub(super) fn run(context: &Context, verb: &Verb) -> Result<(), Failure> {
    let config = context.config()?;
    open::runtime()?.block_on(async {
        let store = open::existing_store(&config).await?;
        let now = context.clock.now();
        match verb {
            Verb::List { all } => {
                let mut view = store.read().await?;
                let items = if *all { view.all_held().await? } else { view.open_held().await? };
                table("Held", &items).print(context.out, "Nothing is held.")
            }
            Verb::Show { held } => {
                let mut view = store.read().await?;
                let held = find(&mut view, *held).await?;
                sheet(&mut view, &held).await?.print(context.out)
            }
            Verb::Release(arguments) => {
                let before = find(&mut store.read().await?, arguments.held).await?;
                let word = Release {
                    case: arguments.case,
                    new_child: arguments.new_child,
                    to: arguments.to.clone(),
                    by: arguments.by.name()?,
                    note: arguments.note.clone(),
                };
                let mut daemon = open::daemon(&config, store.clone(), open::chance()?)?;
                daemon::release(&mut daemon, arguments.held, &word, now).await?;
                became(&mut store.read().await?, &before).await?.print(context.out)
            }
            Verb::Reject { held, by, note } => {
                let before = find(&mut store.read().await?, *held).await?;
                let mut daemon = open::daemon(&config, store.clone(), open::chance()?)?;
                daemon::reject(&mut daemon, *held, &by.name()?, note, now).await?;
                let mut sheet = Sheet::new(format!("{held} is rejected."));
                sheet.fact("message", before.message);
                sheet.fact("what follows", "its paper goes nowhere; tell the sender, who is not written to");
                sheet.print(context.out)
            }
        }
    })
}

pub(super) async fn find(view: &mut View, number: HeldRef) -> Result<Held, Failure> {
    let found = view.held(number).await?;
    Ok(found.ok_or_else(|| anyhow!("there is no {number}: `dutyclerk held list --all` shows those there are"))?)
}

/// Held items as they are listed, here and in other verbs.
pub(super) fn table(heading: &'static str, items: &[Held]) -> Table {
    let mut table =
        Table::new(heading, &["held", "since", "state", "why", "rule", "panel", "message", "child", "meeting"]);
    for held in items {
        table.row([
            held.number.into(),
            held.opened_at.into(),
            Cell::of(&held.state),
            why(held).into(),
            (&held.rule).into(),
            held.panel.as_ref().into(),
            held.message.into(),
            held.case.into(),
            held.meeting.as_ref().into(),
        ]);
    }
    table
}

pub(super) fn why(held: &Held) -> String {
    HoldKind::from_code(&held.kind).map_or_else(|| held.kind.clone(), |kind| kind.words().to_owned())
}

async fn sheet(view: &mut View, held: &Held) -> Result<Sheet, Failure> {
    let detail = held.detail.open()?;
    let mut sheet = Sheet::new(format!("{}: {}", held.number, why(held)));
    sheet.fact("state", held.state.as_str());
    sheet.fact("since", held.opened_at);
    sheet.fact("rule", &held.rule);
    sheet.fact("which says", meaning(&held.rule));
    sheet.fact("panel", held.panel.as_ref());
    sheet.fact("meeting", held.meeting.as_ref());
    sheet.fact("child", held.case);
    sheet.fact("message", held.message);
    sheet.fact("mail", held.entry);
    sheet.fact("what is wrong", detail.summary.reveal());
    sheet.fact("what to do", detail.advice.reveal());
    let mut further = Table::new("Further", &["what", "is"]);
    for (name, value) in &detail.facts {
        further.row([name.into(), value.reveal().into()]);
    }
    sheet.table(further);
    if let Some(message) = held.message {
        sender(view, message, &mut sheet).await?;
        let documents = view.documents_of_message(message).await?;
        let its_own = |document: &&Document| held.document.as_ref().is_none_or(|id| *id == document.id);
        sheet.table(papers(documents.iter().filter(its_own))?);
    }
    let mut candidates = Table::new("Whose it may be", &["child", "name", "born", "panel"]);
    for case in view.cases(&detail.candidates).await? {
        let child = case.details.open()?;
        candidates.row([
            case.number.into(),
            child.name.reveal().into(),
            child.date_of_birth.map(|day| *day.reveal()).into(),
            (&case.panel).into(),
        ]);
    }
    sheet.table(candidates);
    match &held.decision {
        Some(decision) => {
            let decision = decision.open()?;
            sheet.fact("settled", held.closed_at);
            sheet.fact("by", decision.by.reveal());
            sheet.fact("note", Some(decision.note.reveal()).filter(|note| !note.is_empty()));
        }
        None => sheet.table(next_steps(held)),
    }
    Ok(sheet)
}

fn next_steps(held: &Held) -> Table {
    let number = held.number;
    let mut table = Table::new("Next", &["to", "run"]);
    let release = match HoldKind::from_code(&held.kind) {
        Some(HoldKind::ChildUnclear) => vec![
            ("say which child it is", format!("dutyclerk held release {number} --case R-…")),
            ("say it is another child", format!("dutyclerk held release {number} --new-child")),
        ],
        Some(HoldKind::RecipientMissing) => {
            vec![("say who gets it", format!("dutyclerk held release {number} --to ADDRESS"))]
        }
        Some(HoldKind::KeptFromHealth) => {
            return kept_from_health(table, number);
        }
        Some(HoldKind::OtherLead) => {
            table.row([
                "say that whom the form names carries it".into(),
                format!("dutyclerk held release {number}").into(),
            ]);
            table.row(["say who else does".into(), format!("dutyclerk held release {number} --to ADDRESS").into()]);
            table.row(["say that the sender does".into(), format!("dutyclerk held reject {number}").into()]);
            return table;
        }
        Some(HoldKind::Sensitive) => vec![
            ("name the people who may have it", format!("dutyclerk held release {number} --to ADDRESS --to ADDRESS")),
            ("say that the marker is there by mistake", format!("dutyclerk held release {number}")),
        ],
        _ => vec![("let it through", format!("dutyclerk held release {number}"))],
    };
    let reject = ("turn it away", format!("dutyclerk held reject {number}"));
    for (what, command) in release.into_iter().chain([reject]) {
        table.row([what.into(), command.into()]);
    }
    table
}

fn kept_from_health(mut table: Table, number: HeldRef) -> Table {
    table.row(["send it to health".into(), format!("dutyclerk held release {number}").into()]);
    table.row(["keep it back".into(), format!("dutyclerk held reject {number}").into()]);
    table
}

async fn sender(view: &mut View, number: MessageRef, sheet: &mut Sheet) -> Result<(), Failure> {
    let Some(message) = view.message(number).await? else { return Ok(()) };
    sheet.fact("arrived", message.arrived_at);
    let Some(facts) = message.facts.map(|facts| facts.kept()).transpose()?.flatten() else { return Ok(()) };
    sheet.fact("from", facts.from.map(|from| from.to_string()));
    sheet.fact("sender's name", facts.from_name.map(|name| name.into_inner()));
    let checked = if facts.authenticated { "yes" } else { "no" };
    sheet.fact("sender confirmed", checked);
    sheet.fact("subject", facts.subject.map(|subject| subject.into_inner()));
    Ok(())
}

/// Papers with the child each names, for the operator's eyes.
pub(super) fn papers<'a>(documents: impl Iterator<Item = &'a Document>) -> Result<Table, Failure> {
    let columns = &["part", "file", "format", "form", "child named", "born", "case", "state", "findings"];
    let mut table = Table::new("Papers", columns);
    for document in documents.filter(|document| document.state != DocumentState::Decoration) {
        let destroyed =
            || DocumentBody { file_name: Some("destroyed by retention".to_owned().into()), ..DocumentBody::default() };
        let body = document.body.kept()?.unwrap_or_else(destroyed);
        let reading = body.reading.as_ref();
        let text = |field| reading.and_then(|reading| shown(reading, field));
        let part = match document.reading {
            0 | 1 => document.position.to_string(),
            reading => format!("{}, child {reading}", document.position),
        };
        table.row([
            part.into(),
            body.file_name.as_ref().map(|name| name.reveal().clone()).into(),
            Cell::of(&document.format),
            document.form.as_ref().map(ToString::to_string).into(),
            text(FieldId::ChildName).into(),
            text(FieldId::DateOfBirth).into(),
            document.case.into(),
            Cell::of(&document.state),
            list(reading.into_iter().flat_map(|reading| &reading.findings).map(|finding| &finding.message)),
        ]);
    }
    Ok(table)
}

fn shown(reading: &Reading, field: FieldId) -> Option<String> {
    match &reading.fields.get(&field)?.value {
        Value::Text(text) => Some(text.reveal().clone()),
        Value::Date(day) => Some(day.to_string()),
        _ => None,
    }
}

/// What the release made of it: where the child is listed, or why something of it still waits.
async fn became(view: &mut View, before: &Held) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new(format!("{} is released.", before.number));
    sheet.fact("message", before.message);
    let mut papers = Table::new("Papers", &["part", "case", "state", "heard at"]);
    let mut cases: Vec<CaseRef> = before.case.into_iter().collect();
    if let Some(message) = before.message {
        for document in view.documents_of_message(message).await? {
            let concerned = before.document.as_ref().is_none_or(|id| *id == document.id);
            if concerned && document.state != DocumentState::Decoration {
                cases.extend(document.case);
                let (case, meeting) = (document.case, document.meeting.as_ref());
                papers.row([document.position.into(), case.into(), Cell::of(&document.state), meeting.into()]);
            }
        }
        let items = view.held_of_message(message).await?;
        let waiting = items.iter().filter(|held| held.state == HeldState::Open);
        for held in waiting {
            sheet.warn(format!("{} of the same message still waits: {}", held.number, why(held)));
        }
    }
    sheet.table(papers);
    cases.sort_unstable();
    cases.dedup();
    let mut listed = Table::new("Listed", &["child", "meeting", "state"]);
    for case in cases {
        for row in view.open_items_of_case(case).await? {
            listed.row([case.into(), (&row.meeting).into(), Cell::of(&row.state)]);
        }
    }
    if listed.is_empty() {
        sheet
            .fact("what follows", "no child is listed by it; `dutyclerk explain` of the message says what was decided");
    } else {
        sheet.fact("what follows", "what is owed to anybody goes with the daemon's next turn");
    }
    sheet.table(listed);
    Ok(sheet)
}
