//! `review list`, `show` and `set`: when children are heard again, within which window, and what is owed for it.

use super::person::Word;
use super::show::{Cell, Sheet, Table, list};
use super::{Context, Failure, case, open};
use crate::casework::calendar::review::{Window, window};
use crate::casework::rules::Flag;
use crate::casework::{CaseRef, PanelId, Redacted};
use crate::config::Config;
use crate::daemon;
use crate::store::{Case, CaseState, ItemState, Obligation, ObligationState, View};
use jiff::civil::Date;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Verb {
    /// The open cases that have been heard, soonest review first; without names.
    List {
        /// Of one panel alone.
        #[arg(long, value_name = "PANEL")]
        panel: Option<PanelId>,
        /// Due by this day; children without a date are shown with it.
        #[arg(long, value_name = "DATE")]
        until: Option<Date>,
    },
    /// One child's review: its date, its window, what is owed for it.
    Show {
        /// Which: R-0042.
        case: CaseRef,
    },
    /// A person sets the date (SH-07, MC-35): the child is listed, and who carries the case is told and invited (SY-28).
    Set {
        /// Which: R-0042.
        case: CaseRef,
        /// The day by which it is heard.
        due: Date,
        #[command(flatten)]
        word: Word,
    },
}

pub(super) fn run(context: &Context, verb: &Verb) -> Result<(), Failure> {
    let (config, today) = (context.config()?, context.today());
    open::runtime()?.block_on(async {
        let store = open::existing_store(&config).await?;
        let (number, flags) = match verb {
            Verb::List { panel, until } => {
                if let Some(panel) = panel.as_ref().filter(|panel| !config.panels.contains_key(*panel)) {
                    return Err(Failure::Usage(format!("{panel} is not an enabled panel")));
                }
                let table = table(&mut store.read().await?, &config, (panel.as_ref(), *until), today).await?;
                return table.print(context.out, "No review is due.");
            }
            Verb::Show { case } => (*case, Vec::new()),
            Verb::Set { case, due, word } => {
                let mut daemon = open::daemon(&config, store.clone(), open::chance()?)?;
                let set = daemon::set_review(&mut daemon, *case, *due, word.said()?, context.clock.now()).await?;
                (*case, set.flags)
            }
        };
        let mut view = store.read().await?;
        let case = case::find(&mut view, number).await?;
        let mut sheet = sheet(&mut view, &config, &case, today).await?;
        for flag in flags {
            sheet.warn(match flag {
                Flag::NoMeetingBefore { meeting, .. } => {
                    format!("no meeting is held before it; the child is on {meeting}, and the chair is told (MC-05)")
                }
                _ => "the date is kept, and the chair is told that it is after the longest interval (MC-03)".to_owned(),
            });
        }
        sheet.print(context.out)
    })
}

/// What is known of a child's next review.
struct Stand {
    rating: Option<String>,
    window: Option<Window>,
    listed: Vec<String>,
    owed: Vec<Obligation>,
}

impl Stand {
    async fn of(view: &mut View, config: &Config, case: &Case) -> Result<Self, Failure> {
        let rating = case.facts.open()?.rating;
        let profile = config.panels.get(&case.panel);
        let window = || window(profile?, rating.as_deref()?, case.last_heard?);
        let window = window();
        let items = view.open_items_of_case(case.number).await?.into_iter();
        let listed = items.filter(|row| row.state == ItemState::Listed).map(|row| row.meeting.to_string()).collect();
        let owed = view.obligations_of_case(case.number).await?.into_iter();
        let owed = owed.filter(|owed| owed.state == ObligationState::Open).collect();
        Ok(Self { rating, window, listed, owed })
    }

    /// What is to be said about the date.
    fn remark(&self, case: &Case, today: Date) -> Option<&'static str> {
        match (case.review_due, self.window) {
            (None, _) => Some("no date"),
            (Some(due), _) if due < today => Some("overdue"),
            (Some(due), Some(window)) if due > window.latest => Some("after the longest interval"),
            (Some(_), _) if case.review_provisional => Some("nobody confirmed it yet"),
            (Some(_), _) => None,
        }
    }

    fn asked(&self) -> Cell {
        list(self.owed.iter().map(|owed| format!("{} of {}", owed.what.kind.replace('_', " "), owed.what.owner)))
    }
}

async fn table(
    view: &mut View,
    config: &Config,
    (panel, until): (Option<&PanelId>, Option<Date>),
    today: Date,
) -> Result<Table, Failure> {
    let mut cases = Vec::new();
    for id in config.panels.keys().filter(|id| panel.is_none_or(|panel| panel == *id)) {
        cases.extend(view.open_cases(id).await?);
    }
    let is_asked = |case: &Case| match case.review_due {
        Some(due) => until.is_none_or(|until| due <= until),
        None => case.last_heard.is_some(),
    };
    cases.retain(is_asked);
    cases.sort_by_key(|case| (case.review_due, case.number));
    let columns = &["case", "panel", "rating", "last heard", "due", "aimed at", "latest", "remark", "listed", "asked"];
    let mut table = Table::new("Reviews", columns);
    for case in cases {
        let stand = Stand::of(view, config, &case).await?;
        table.row([
            case.number.into(),
            (&case.panel).into(),
            stand.rating.clone().into(),
            case.last_heard.into(),
            case.review_due.into(),
            stand.window.map(|window| window.target).into(),
            stand.window.map(|window| window.latest).into(),
            stand.remark(&case, today).into(),
            list(&stand.listed),
            stand.asked(),
        ]);
    }
    Ok(table)
}

async fn sheet(view: &mut View, config: &Config, case: &Case, today: Date) -> Result<Sheet, Failure> {
    let stand = Stand::of(view, config, case).await?;
    let mut sheet = Sheet::new(format!("The review of {}", case.number));
    sheet.fact("panel", &case.panel);
    sheet.fact("state", case.state.as_str());
    sheet.fact("rating", stand.rating.clone());
    sheet.fact("last heard", case.last_heard);
    sheet.fact("pathway start", case.pathway_start);
    sheet.fact("review due", case.review_due);
    sheet.fact("aimed at", stand.window.map(|window| window.target));
    sheet.fact("latest", stand.window.map(|window| window.latest));
    sheet.fact("listed", list(&stand.listed));
    if let Some(word) = case.facts.open()?.review_word {
        sheet.fact("set by", word.by.into_inner());
        sheet.fact("why", Redacted::into_inner(word.reason));
    }
    if case.state == CaseState::Open
        && let Some(remark) = stand.remark(case, today)
    {
        sheet.warn(remark);
    }
    sheet.table(case::obligations(view, case.number).await?);
    Ok(sheet)
}
