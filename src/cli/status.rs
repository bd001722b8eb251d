//! `status`: how things stand, on one screen. What a person should see to stands last, each with what to do.

use super::show::{Cell, Sheet, Table, ago, list, moment};
use super::{Context, Failure, open, standing};
use crate::casework::calendar::civil;
use crate::config::Config;
use crate::daemon::title_of;
use crate::store::{EntryState, ItemState, Ledger, Mark, OutboxEntry, View};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// A mailbox should have been swept within this time (LESSONS A2), and a mail should have gone this long after its moment.
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);
/// How far ahead the next meeting is looked for.
const WEEKS: i32 = 9;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// For monitoring: one line, and exit code 1 when something is amiss.
    #[arg(long)]
    alarm: bool,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let config = context.config()?;
    if arguments.alarm {
        return alarm(context, &config);
    }
    open::runtime()?.block_on(async {
        let store = open::existing_store(&config).await?;
        let mut view = store.read().await?;
        let now = context.clock.now();
        let mut sheet = Sheet::new(format!("dutyclerk on {}", moment(now)));
        mailboxes(&mut view, &config, now, &mut sheet).await?;
        ledger(&mut view, &config, context.today(), &mut sheet).await?;
        meetings(&mut view, &config, now, &mut sheet).await?;
        held(&mut view, now, &mut sheet).await?;
        alerts(&mut view, now, &mut sheet).await?;
        outbox(&mut view, now, &mut sheet).await?;
        submission(&mut view, &mut sheet).await?;
        troubles(&mut view, &mut sheet).await?;
        rest(&mut view, &config, context.today(), now, &mut sheet).await?;
        sheet.print(context.out)
    })
}

/// What `--alarm` prints with `--json`.
#[derive(serde::Serialize)]
struct Alarm {
    ok: bool,
    amiss: Vec<String>,
}

fn alarm(context: &Context, config: &Config) -> Result<(), Failure> {
    let amiss = open::runtime()?.block_on(async {
        let store = open::existing_store(config).await?;
        let mut view = store.read().await?;
        let ids = config.mailboxes.iter().map(|mailbox| &mailbox.id);
        Ok::<_, Failure>(standing::amiss(&mut view, ids, context.clock.now()).await?)
    })?;
    let alarm = Alarm { ok: amiss.is_empty(), amiss };
    context.out.lines(&[&alarm], |alarm| standing::line(&alarm.amiss))?;
    if alarm.ok { Ok(()) } else { Err(Failure::Told(1)) }
}

async fn mailboxes(view: &mut View, config: &Config, now: Timestamp, sheet: &mut Sheet) -> Result<(), Failure> {
    let known = view.mailboxes().await?;
    let mut table = Table::new("Mailboxes", &["mailbox", "last swept", "how long ago", "failures since", "why"]);
    for mailbox in &config.mailboxes {
        let row = known.iter().find(|row| row.id == mailbox.id);
        let swept = row.and_then(|row| row.sweep_finished_at);
        let failures = row.map_or(0, |row| row.failures);
        let why = row.and_then(|row| row.last_error.clone());
        let long_ago = swept.map(|at| ago(now, at));
        table.row([
            Cell::of(&mailbox.id),
            swept.into(),
            long_ago.clone().unwrap_or_else(|| "never".to_owned()).into(),
            failures.into(),
            why.into(),
        ]);
        if swept.is_none_or(|at| now.duration_since(at) > PATIENCE) {
            let since =
                long_ago.map_or_else(|| "has never been swept".to_owned(), |ago| format!("was last swept {ago}"));
            let path = mailbox.path.display();
            sheet.warn(format!("mailbox {} {since}: is `dutyclerk run` running, and is {path} there?", mailbox.id));
        }
    }
    sheet.table(table);
    Ok(())
}

/// Received = the sum of its fates, for today and for the last seven days (invariant 2).
async fn ledger(view: &mut View, config: &Config, today: Date, sheet: &mut Sheet) -> Result<(), Failure> {
    let mut table = Table::new(
        "Ledger",
        &["days", "mailbox", "received", "accepted", "held", "duplicate", "reply", "bounce", "ignored", "pending"],
    );
    let day = |day: Date| civil::start_of_day(day);
    let (week, tomorrow) = (today.saturating_sub(6.days()), today.saturating_add(1.days()));
    for (days, from) in [("today", day(today)), ("7 days", day(week))] {
        let ledgers = view.ledgers(from, day(tomorrow)).await?;
        for mailbox in &config.mailboxes {
            let ledger = ledgers.get(&mailbox.id).copied().unwrap_or_default();
            // A quiet mailbox stands in the week's part alone, so that all of it fits on a screen.
            if ledger.received == 0 && days == "today" {
                continue;
            }
            let Ledger { received, accepted, held, duplicate, calendar_reply, bounce, ignored, pending } = ledger;
            let counts = [received, accepted, held, duplicate, calendar_reply, bounce, ignored, pending];
            table.row([days.into(), Cell::of(&mailbox.id)].into_iter().chain(counts.map(Cell::Number)));
            if !ledger.adds_up() {
                sheet.warn(format!(
                    "mailbox {}, {days}: received is not the sum of the fates. Rows were removed from the database; see \
                     `dutyclerk journal verify`",
                    mailbox.id
                ));
            }
        }
        let received: i64 = ledgers.values().map(|ledger| ledger.received).sum();
        sheet.fact(if days == "today" { "received today" } else { "received in 7 days" }, received);
    }
    sheet.table(table);
    Ok(())
}

/// Each panel's next meeting.
async fn meetings(view: &mut View, config: &Config, now: Timestamp, sheet: &mut Sheet) -> Result<(), Failure> {
    let today = civil::date(now);
    let mut table = Table::new("Next meetings", &["meeting", "starts", "cut-off", "pack", "listed", "pack drawn up"]);
    let mut next = Vec::new();
    for calendar in config.calendars.values() {
        let to_come = calendar.meetings(today, today.saturating_add(WEEKS.weeks()));
        next.extend(to_come.into_iter().filter(|meeting| meeting.starts_at > now).min_by_key(|m| m.starts_at));
    }
    next.sort_by(|a, b| (a.starts_at, &a.id).cmp(&(b.starts_at, &b.id)));
    for meeting in next {
        let listed = view.agenda_items(&meeting.id).await?.iter().filter(|row| row.state == ItemState::Listed).count();
        let drawn = view.marks(&meeting.id).await?.get(&Mark::PackDrawn).map(|mark| mark.at);
        table.row([
            (&meeting.id).into(),
            meeting.starts_at.into(),
            meeting.cutoff_at.into(),
            meeting.pack_at.into(),
            listed.into(),
            drawn.into(),
        ]);
        if drawn.is_none() && now.duration_since(meeting.pack_at) > PATIENCE {
            sheet.warn(format!("the pack of {} is late: see `dutyclerk explain {}`", meeting.id, meeting.id));
        }
    }
    sheet.table(table);
    Ok(())
}

async fn held(view: &mut View, now: Timestamp, sheet: &mut Sheet) -> Result<(), Failure> {
    let open = view.open_held().await?;
    sheet.fact("held for a person", open.len());
    if let Some(oldest) = open.iter().min_by_key(|held| held.opened_at) {
        let number = oldest.number;
        sheet.fact("oldest held", format!("{number}, {}, {}", oldest.kind, ago(now, oldest.opened_at)));
        let n = open.len();
        sheet.warn(format!("{n} held for a person, oldest {number}: `dutyclerk held list`"));
    }
    Ok(())
}

/// Alerts that ask for something and that nobody has answered.
async fn alerts(view: &mut View, now: Timestamp, sheet: &mut Sheet) -> Result<(), Failure> {
    let open = view.open_asked().await?;
    sheet.fact("alerts not answered", open.len());
    if let Some(oldest) = open.first() {
        let (n, number, since) = (open.len(), oldest.number, ago(now, oldest.opened_at));
        let are = if n == 1 { "alert is" } else { "alerts are" };
        sheet.warn(format!("{n} {are} not answered, oldest {number}, {since}: `dutyclerk alert list`"));
    }
    Ok(())
}

async fn outbox(view: &mut View, now: Timestamp, sheet: &mut Sheet) -> Result<(), Failure> {
    let counts = view.counts(now).await?;
    let by_state = counts.outbox.iter().map(|(state, n)| format!("{n} {state}"));
    sheet.fact("outbox", list(by_state));
    if let Some(since) = crate::daemon::stopped_since(view).await? {
        sheet.warn(format!("all sending was stopped on {}: `dutyclerk outbox resume` lets it go on", moment(since)));
    }
    let mut stuck: Vec<String> = Vec::new();
    let late = |at: Timestamp| now.duration_since(at) > PATIENCE;
    let name = |entry: &OutboxEntry| {
        let by = entry.held_by.as_ref().map_or_else(String::new, |by| format!(" by {by}"));
        format!("{} ({}, {}{by})", entry.number, entry.kind, entry.state)
    };
    stuck.extend(view.due_entries(now, 50).await?.iter().filter(|entry| late(entry.due_at)).map(name));
    for state in [EntryState::Sending, EntryState::AtTheDot] {
        stuck.extend(view.entries_in(state).await?.iter().filter(|entry| late(entry.state_at)).map(name));
    }
    stuck.extend(view.entries_in(EntryState::Held).await?.iter().map(name));
    sheet.fact("stuck", list(&stuck));
    if let Some(first) = stuck.first() {
        let n = stuck.len();
        let all = "`dutyclerk outbox list` shows all, `dutyclerk explain S-…` says why";
        sheet.warn(format!("{n} mail{} not gone, first {first}: {all}", if n == 1 { " has" } else { "s have" }));
    }
    Ok(())
}

/// The server mail is submitted to, if it was ever tried.
async fn submission(view: &mut View, sheet: &mut Sheet) -> Result<(), Failure> {
    let Some(server) = view.submission_server().await? else { return Ok(()) };
    sheet.fact("mail server", server.last_error.clone().unwrap_or_else(|| "takes mail".to_owned()));
    if let (Some(since), Some(error)) = (server.failing_at, &server.last_error) {
        let (since, n) = (moment(since), server.failures);
        sheet.warn(format!(
            "the mail server has taken nothing since {since} ({error}, {n} tries): try `dutyclerk check --connect`"
        ));
    }
    Ok(())
}

/// What is amiss with the program itself, as it was told by the other route.
async fn troubles(view: &mut View, sheet: &mut Sheet) -> Result<(), Failure> {
    let troubles = view.troubles().await?;
    sheet.fact("amiss", list(troubles.iter().map(|trouble| &trouble.name)));
    for trouble in &troubles {
        let told = if trouble.told_at.is_some() { "" } else { "; nobody could be told yet by [alerts]" };
        sheet.warn(format!("{}, since {}{told}", title_of(trouble), moment(trouble.since)));
    }
    Ok(())
}

async fn rest(view: &mut View, config: &Config, today: Date, now: Timestamp, sheet: &mut Sheet) -> Result<(), Failure> {
    let counts = view.counts(now).await?;
    sheet.fact("open cases", counts.cases.get("open").copied().unwrap_or_default());
    let overdue = counts.obligations_overdue;
    sheet.fact("open obligations", format!("{} ({overdue} overdue)", counts.obligations_open));
    sheet.fact("journal", format!("{} lines", counts.journal_lines));
    if let Some(line) = view.journal_after(counts.journal_lines - 1, 1).await?.pop() {
        sheet.fact("last line", format!("{}: {}, {}", moment(line.at), line.event, line.reason));
    }
    match view.directory().await? {
        Some((version, directory)) => {
            let short: String = version.chars().take(12).collect();
            sheet.fact("directory", format!("{} entries, version {short}", directory.entries.len()));
        }
        None => sheet.warn("no directory was imported, so nobody can be written to: `dutyclerk directory import FILE`"),
    }
    for restriction in view.all_restrictions().await? {
        if let Some(day) = restriction.review_on.filter(|day| *day <= today) {
            let case = restriction.case;
            sheet.warn(format!(
                "a restriction on {case} was to be looked at again by {day}: `dutyclerk case show {case}`"
            ));
        }
    }
    if !config.send.enabled {
        sheet.warn("send.enabled is false: nothing leaves, what is due waits");
    }
    Ok(())
}
