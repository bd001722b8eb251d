//! The daily digest to each panel's owner (OP-06), on working days of the panel.

use super::Schedules;
use crate::casework::calendar::{WarningCode, civil};
use crate::casework::rules::HoldKind;
use crate::casework::{MailKind, Ref};
use crate::daemon::desk::{Posting, post};
use crate::daemon::duty::HORIZON_WEEKS;
use crate::daemon::{Daemon, Panel, watch};
use crate::outbound::compose::digest::{
    Day, Held, Mailbox, Meeting, Obligation, Undated, Unsent, View as Digest, compose,
};
use crate::store::{EntryState, ItemState, Ledger, Line, Mark, RecipientState, Tx};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeMap;

/// The rule it goes by; docs/OPERATING.md names it.
const RULE: &str = "OP-06";
/// Meetings shown.
const MEETINGS: usize = 3;
/// Rows of one kind shown.
const MOST: usize = 40;

pub(super) async fn run(daemon: &Daemon, schedules: &Schedules, date: Date, now: Timestamp) -> anyhow::Result<()> {
    let book = daemon.book();
    let mut tx = daemon.store.begin(now).await?;
    if !tx.take_job(super::Job::Digest.name(), date).await? {
        return Ok(());
    }
    for panel in daemon.panels.values() {
        let today = civil::date(now);
        if !panel.calendar.days().is_working_day(today) {
            continue;
        }
        let profile = &panel.profile;
        let roles = [&profile.alerts.owner, &profile.alerts.deputy, &profile.alerts.chair];
        let Some(clearance) = book.routing(panel, now).digest(&roles, RULE) else {
            tracing::error!(panel.id = %profile.id, rule.id = RULE, "nobody in the directory can have the digest");
            continue;
        };
        let view = view(&mut tx, schedules, panel, now).await?;
        let posting = Posting {
            purpose: format!("digest|{}|{date}", profile.id),
            due_at: panel.working_instant(now),
            // Yesterday's digest is no news.
            expires_at: now.checked_add(jiff::SignedDuration::from_hours(24)).ok(),
            answers: None,
            clearance: &clearance,
            panel: &profile.id,
        };
        let templates = book.templates;
        post(&mut tx, posting, |stamp| compose(templates, &clearance, &view, stamp, &[])).await?;
    }
    tx.journal(Line {
        event: "job.done",
        rule: Some(RULE.into()),
        reason: format!("digest of {date}"),
        refs: Vec::new(),
    });
    tx.commit().await?;
    Ok(())
}

/// How the panel stands.
async fn view(tx: &mut Tx, schedules: &Schedules, panel: &Panel, now: Timestamp) -> anyhow::Result<Digest> {
    let today = civil::date(now);
    let id = &panel.profile.id;
    let mine = |of: Option<&crate::casework::PanelId>| of.is_none_or(|of| of == id);
    let troubles = tx.troubles().await?;
    let troubles = troubles.iter().filter(|trouble| watch::concerns(panel, trouble));
    let mut held = Vec::new();
    for row in tx.open_held().await?.into_iter().filter(|row| mine(row.panel.as_ref())).take(MOST) {
        let why = HoldKind::from_code(&row.kind).map_or(row.kind.clone(), |kind| kind.words().to_owned());
        held.push(Held { number: row.number.to_string(), why, since: row.opened_at });
    }
    let mut alerts = Vec::new();
    for row in tx.open_asked().await?.into_iter().filter(|row| row.panel == *id).take(MOST) {
        let why = row.said.open()?.title.into_inner();
        alerts.push(Held { number: row.number.to_string(), why, since: row.opened_at });
    }
    let mut obligations = Vec::new();
    let soon = now.checked_add(jiff::SignedDuration::from_hours(7 * 24))?;
    for owed in tx.open_obligations().await?.into_iter().filter(|o| mine(o.what.panel.as_ref())) {
        if owed.what.due_at > soon || obligations.len() >= MOST {
            break;
        }
        let about = owed.what.case.map(|case| case.to_string());
        let about = about.or_else(|| owed.what.meeting.as_ref().map(ToString::to_string)).unwrap_or_default();
        obligations.push(Obligation {
            what: owed.what.kind.replace(['_', '-'], " "),
            about,
            owner: owed.what.owner.to_string(),
            due_at: owed.what.due_at,
            overdue: owed.what.due_at < now,
            rule: owed.what.rule.clone(),
        });
    }
    let (mut meetings, mut undated) = (Vec::new(), Vec::new());
    for meeting in panel.calendar.meetings(today, today.checked_add(HORIZON_WEEKS.weeks())?) {
        if meeting.starts_at <= now {
            continue;
        }
        if meeting.warns(WarningCode::BankHoliday) {
            undated.push(Undated { id: meeting.id.to_string(), day: meeting.day() });
        }
        if meetings.len() < MEETINGS {
            let listed = tx.agenda_items(&meeting.id).await?;
            let drawn = tx.marks(&meeting.id).await?.contains_key(&Mark::PackDrawn);
            meetings.push(Meeting {
                id: meeting.id.to_string(),
                starts: meeting.starts,
                cutoff_at: meeting.cutoff_at,
                pack_at: meeting.pack_at,
                listed: listed.iter().filter(|row| row.state == ItemState::Listed).count(),
                pack_drawn: drawn,
            });
        }
    }
    let horizon = schedules.holiday_horizon.filter(|horizon| *horizon >= today);
    let months = horizon.map(|horizon| (horizon, whole_months(today, horizon)));
    Ok(Digest {
        head: panel.letterhead(),
        day: today,
        troubles: troubles.map(watch::in_a_sentence).collect(),
        mailboxes: mailboxes(tx, schedules, panel, today).await?,
        held,
        alerts,
        obligations,
        meetings,
        unsent: unsent(tx, panel, now).await?,
        undated,
        holidays: months,
    })
}

fn whole_months(from: Date, until: Date) -> i32 {
    let span = from.until((jiff::Unit::Month, until));
    span.map_or(0, |span| span.get_months())
}

async fn mailboxes(tx: &mut Tx, schedules: &Schedules, panel: &Panel, today: Date) -> anyhow::Result<Vec<Mailbox>> {
    let mut boxes = Vec::new();
    let yesterday = today.yesterday()?;
    let (start, middle, end) =
        (civil::start_of_day(yesterday), civil::start_of_day(today), civil::start_of_day(today.tomorrow()?));
    let ledgers = [(yesterday, tx.ledgers(start, middle).await?), (today, tx.ledgers(middle, end).await?)];
    let back = today.checked_sub(schedules.reconcile_days.days())?;
    for id in &panel.profile.mailboxes {
        let of = |(day, ledgers): &(Date, BTreeMap<_, Ledger>)| {
            let ledger = ledgers.get(id).copied().unwrap_or_default();
            let Ledger { received, accepted, held, duplicate, calendar_reply, bounce, ignored, pending } = ledger;
            let adds_up = ledger.adds_up();
            Day { day: *day, received, accepted, held, duplicate, calendar_reply, bounce, ignored, pending, adds_up }
        };
        let swept_at = tx.mailbox(id).await?.and_then(|row| row.sweep_finished_at);
        let gone = tx.gone_from(id, civil::start_of_day(back)).await?;
        boxes.push(Mailbox {
            id: id.to_string(),
            swept_at,
            days: ledgers.iter().map(of).collect(),
            gone: gone.into_iter().take(MOST).map(|message| Ref::Message(message).to_string()).collect(),
        });
    }
    Ok(boxes)
}

/// Mails of the last weeks with papers or the agenda that have not gone to everybody.
async fn unsent(tx: &mut Tx, panel: &Panel, now: Timestamp) -> anyhow::Result<Vec<Unsent>> {
    let mut unsent = Vec::new();
    for state in [EntryState::Queued, EntryState::Sending, EntryState::AtTheDot, EntryState::Held, EntryState::Settled]
    {
        let entries = match state {
            EntryState::Settled => {
                tx.not_taken_by_all(now.checked_sub(jiff::SignedDuration::from_hours(14 * 24))?).await?
            }
            state => tx.entries_in(state).await?,
        };
        for entry in entries {
            let of_a_meeting = matches!(entry.kind, MailKind::Agenda | MailKind::Supplement | MailKind::List);
            // What is not due yet is not missing.
            if !of_a_meeting || entry.panel != panel.profile.id || entry.due_at > now || unsent.len() >= MOST {
                continue;
            }
            let recipients = tx.recipients(entry.number).await?;
            let recipients: Vec<_> = recipients.iter().filter(|to| !to.journal).collect();
            let taken = recipients.iter().filter(|to| to.state == RecipientState::Accepted).count();
            unsent.push(Unsent {
                number: entry.number.to_string(),
                kind: entry.kind.to_string(),
                meeting: entry.meeting.as_ref().map(ToString::to_string),
                taken: (taken, recipients.len()),
                state: state.to_string(),
            });
        }
    }
    Ok(unsent)
}
