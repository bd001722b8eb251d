//! What meetings are owed: each panel's lists, packs, supplements and reminders, when their moment has come.
//!
//! # Failure policy
//!
//! Each meeting's mails are one transaction. One that fails is logged with the meeting's id and tried again next turn; it
//! stops no other meeting.

use super::alerts::{Alert, To, raise};
use super::asked::{self, ask};
use super::table::{self, Table};
use super::{
    Book, Daemon, Look, Panel, Stage, approval, attendance, held, members, newcomers, notes, others, pack, review,
    unanswered,
};
use crate::casework::calendar::{Meeting, WarningCode, civil};
use crate::casework::panel::{Approval, OnDeadline};
use crate::casework::rules::{Due, Ends, HoldKind, Progress, due, evidence_from};
use crate::casework::{HeldRef, MailboxId, MeetingId, PanelId, Ref};
use crate::outbound::compose::alert::NextStep;
use crate::store::{DirectoryVersion, JobRun, Line, Mark, Tx, View};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use std::collections::{BTreeMap, BTreeSet};
use tracing::{error, info};

/// How far ahead meetings are looked at: MC-13 asks from eight weeks.
pub(super) const HORIZON_WEEKS: i64 = 9;
/// Working hours before the pack at which what is still held is told again (MC-32).
const REMINDERS: [i64; 2] = [8, 2];

/// What duty keeps between turns to spare work. Each piece is worked out anew when what it rests on has changed; losing it
/// costs a turn's work and nothing else.
#[derive(Debug, Default)]
pub struct Memory {
    /// The panels' meetings to come, as of a day.
    meetings: Option<(Date, BTreeMap<PanelId, Vec<Meeting>>)>,
    /// How a meeting stood when the journal's last line about it had this number.
    progress: BTreeMap<MeetingId, (i64, Progress)>,
    /// The day on which each panel's reviews were last looked through.
    pub(super) reviewed_on: BTreeMap<PanelId, Date>,
    /// By which directory, and on which day, each panel's members were last found to have its meetings in their calendars.
    pub(super) invited_on: BTreeMap<PanelId, (Option<DirectoryVersion>, Date)>,
    /// This process has looked for meetings that were moved since they were stored.
    pub(super) moves_followed: bool,
    /// The panels whose timers this process has begun to look through.
    pub(super) timers_begun: BTreeSet<PanelId>,
    /// The look-up keys of all known children.
    pub(super) known: Look,
    /// When the jobs last ran; none when one may have run since that was read.
    pub(super) jobs: Option<Vec<JobRun>>,
    /// When the alerts that ask for something were last looked through for those that are over.
    pub(super) asked_at: Option<Timestamp>,
    /// And when those were that go on to nobody.
    pub(super) all_asked_at: Option<Timestamp>,
    /// Since when the directory stands as it is, by which those were looked for who joined after a meeting's pack; and whether they
    /// were.
    pub(super) newcomers: BTreeMap<MeetingId, (String, Timestamp, bool)>,
    /// Purposes of alerts about the meetings to come that have gone.
    pub(super) told: BTreeSet<String>,
}

/// Does what is due, by what this view of the present sees; returns how many things were drawn up and when the next falls
/// due.
pub(super) async fn turn(
    daemon: &mut Daemon,
    view: View,
    now: Timestamp,
) -> anyhow::Result<(usize, Option<Timestamp>)> {
    let mut memory = std::mem::take(&mut daemon.memory);
    let done = all(daemon, view, &mut memory, now).await;
    daemon.memory = memory;
    done
}

async fn all(
    daemon: &Daemon,
    mut view: View,
    memory: &mut Memory,
    now: Timestamp,
) -> anyhow::Result<(usize, Option<Timestamp>)> {
    let book = daemon.book();
    let today = civil::date(now);
    if memory.meetings.as_ref().is_none_or(|(day, _)| *day != today) {
        let until = today.checked_add(HORIZON_WEEKS.weeks())?;
        let of = |panel: &Panel| panel.calendar.meetings(today, until);
        memory.meetings = Some((today, book.panels.iter().map(|(id, panel)| (id.clone(), of(panel))).collect()));
        memory.progress.retain(|id, _| id.date >= today);
        memory.told.clear();
    }
    let by_panel = memory.meetings.as_ref().map(|(_, meetings)| meetings.clone()).unwrap_or_default();
    let mut next: Vec<Timestamp> = Vec::new();
    let over = review::look(&mut view, now).await?;
    let open_held = view.open_held().await?;
    // Of a sensitive document chair, police and admin know, and nobody else (SY-21).
    let of_papers = open_held.iter().filter(|held| held.kind != HoldKind::Sensitive.as_str());
    let waiting = table::waiting(of_papers);
    let under_way = by_panel.values().flatten().filter(|m| m.starts_at > now && now >= first_moment(m));
    let last = view.last_about_meetings(&under_way.map(|meeting| meeting.id.clone()).collect::<Vec<_>>()).await?;
    drop(view);
    let to_note = over.to_note.clone();
    let lapsed = match book.panels.values().any(|panel| panel.profile.approval == Approval::Required) {
        true => approval::lapse(daemon, &book, now).await?,
        false => 0,
    };
    let mut done = lapsed + review::turn(daemon, &book, memory, over, now, &mut next).await?;
    done += notes::turn(daemon, &book, to_note, now, &mut next).await?;
    done += asked::turn(daemon, &book, memory, now, &mut next).await?;
    done += unanswered::turn(daemon, &book, &open_held, now, &mut next).await?;
    for panel in book.panels.values() {
        done += members::turn(daemon, &book, memory, panel, now, &mut next).await?;
        let meetings = by_panel.get(&panel.profile.id).map_or(&[][..], Vec::as_slice);
        for meeting in meetings.iter().filter(|m| m.starts_at > now) {
            if daemon.stop.asked() {
                return Ok((done, None));
            }
            daemon.pulse.beat(Stage::Duty);
            let held = waiting.get(&meeting.id).map_or(&[][..], Vec::as_slice);
            let last = last.get(&meeting.id).copied();
            match one(daemon, &book, memory, panel, meeting, (held, last), now).await {
                Ok((n, at)) => {
                    done += n;
                    next.extend(at);
                }
                Err(error) => {
                    error!(meeting.id = %meeting.id, error = %format!("{error:#}"), "a meeting's mails could not be drawn up; trying again next turn");
                    next.push(now.checked_add(jiff::SignedDuration::from_mins(1))?);
                }
            }
        }
    }
    // What was done may have a moment of its own that was looked at before: an alert that asks, something held.
    if done > 0 {
        next.push(now.checked_add(jiff::SignedDuration::from_secs(1))?);
    }
    Ok((done, next.into_iter().filter(|at| *at > now).min()))
}

/// When something of the meeting first falls due.
fn first_moment(meeting: &Meeting) -> Timestamp {
    meeting.list_at.map_or(meeting.pack_at, |list| list.min(meeting.pack_at))
}

async fn one(
    daemon: &Daemon,
    book: &Book<'_>,
    memory: &mut Memory,
    panel: &Panel,
    meeting: &Meeting,
    (held, last): (&[HeldRef], Option<i64>),
    now: Timestamp,
) -> anyhow::Result<(usize, Option<Timestamp>)> {
    let mut next: Vec<Timestamp> = Vec::new();
    let mut done = 0;
    let told = &mut memory.told;
    if meeting.warns(WarningCode::BankHoliday) {
        done += ask_for_a_date(daemon, book, told, (panel, meeting), now, &mut next).await?;
    }
    done += remind(daemon, book, told, (panel, meeting), held, now, &mut next).await?;
    done += attendance::warn(daemon, book, told, (panel, meeting), now, &mut next).await?;
    done += newcomers::turn(daemon, book, memory, (panel, meeting), now, &mut next).await?;
    let approved_first = panel.profile.approval == Approval::Required;
    if approved_first {
        done += approval::turn(daemon, book, panel, meeting, now, &mut next).await?;
    }
    if now < first_moment(meeting) {
        next.push(first_moment(meeting));
        return Ok((done, next.into_iter().filter(|at| *at > now).min()));
    }
    let progress = progress(daemon, memory, panel, meeting, last.unwrap_or_default()).await?;
    let (mut things, at) = due(meeting, &progress, now);
    next.extend(at);
    // What changes while something waits for approval goes into what waits, which is then approved anew.
    if approved_first
        && things.contains(&Due::Supplement)
        && approval::is_waiting(&mut daemon.store.read().await?, &meeting.id).await?
    {
        things.retain(|thing| *thing != Due::Supplement);
    }
    if things.is_empty() {
        return Ok((done, next.into_iter().filter(|at| *at > now).min()));
    }
    let mut tx = daemon.store.begin(now).await?;
    for thing in &things {
        match thing {
            // A meeting that was past its moment before the program knew of any child: nobody waits for that pack.
            Due::Pack { late: true, .. } if !progress.has_children => {
                super::listing::put_meeting(&mut tx, meeting).await?;
                tx.mark(&meeting.id, Mark::PackDrawn, Some("")).await?;
            }
            Due::Pack { complete, late } => {
                held::take_all_tabled_along(&mut tx, panel, meeting).await?;
                others::keep_out(&mut tx, book, &mut memory.known, panel, meeting).await?;
                let missing = if *complete { Vec::new() } else { missing(&mut tx, panel, meeting).await? };
                if approved_first {
                    approval::draw(&mut tx, book, panel, &daemon.limits, meeting, missing.clone()).await?;
                    next.push(approval::half_time(meeting));
                } else {
                    pack::pack(&mut tx, book, panel, &daemon.limits, meeting, missing.clone()).await?;
                }
                info!(meeting.id = %meeting.id, complete, approved_first, "pack drawn up");
                // One that waits for a person's word whatever the time has not gone, and is asked about.
                let waits = approved_first && panel.profile.on_deadline == OnDeadline::Hold;
                if !waits && (!complete || (*late && progress.has_children)) {
                    tell_about_the_pack(&mut tx, book, panel, meeting, &missing, *late).await?;
                }
            }
            Due::Supplement if approved_first => {
                others::keep_out(&mut tx, book, &mut memory.known, panel, meeting).await?;
                newcomers::send(&mut tx, daemon, book, panel, meeting).await?;
                approval::draw_supplement(&mut tx, book, panel, &daemon.limits, meeting).await?;
                // Until when it waits says the next turn.
                if approval::is_waiting(&mut tx, &meeting.id).await? {
                    next.push(now.checked_add(jiff::SignedDuration::from_secs(1))?);
                }
            }
            Due::Supplement => {
                others::keep_out(&mut tx, book, &mut memory.known, panel, meeting).await?;
                newcomers::send(&mut tx, daemon, book, panel, meeting).await?;
                pack::supplement(&mut tx, book, panel, &daemon.limits, meeting).await?;
            }
            Due::List => pack::list_of(&mut tx, book, panel, meeting, progress.pack_drawn_at.is_none()).await?,
            Due::ListCarried => {
                super::listing::put_meeting(&mut tx, meeting).await?;
                tx.mark(&meeting.id, Mark::ListSent, Some("carried by the pack")).await?;
            }
        }
        done += 1;
    }
    tx.journal(Line {
        event: "duty.done",
        rule: None,
        reason: format!("{} thing(s) due for this meeting were done", things.len()),
        refs: vec![Ref::Meeting(meeting.id.clone())],
    });
    tx.commit().await?;
    Ok((done, next.into_iter().filter(|at| *at > now).min()))
}

/// How the meeting stands. Worked out again when the journal says that something about it changed, and always while its
/// pack waits for mail.
async fn progress(
    daemon: &Daemon,
    memory: &mut Memory,
    panel: &Panel,
    meeting: &Meeting,
    last: i64,
) -> anyhow::Result<Progress> {
    if let Some((as_of, known)) = memory.progress.get(&meeting.id)
        && *as_of == last
        && known.pack_drawn_at.is_some()
    {
        return Ok(known.clone());
    }
    let mut view = daemon.store.read().await?;
    let marks = view.marks(&meeting.id).await?;
    let drawn = marks.get(&Mark::PackDrawn);
    let table = Table::lay(&mut view, meeting).await?;
    let changed_at = match drawn {
        Some(_) => {
            let changes = table.changes();
            if changes.is_empty() { None } else { Some(changes.newest.unwrap_or(meeting.pack_at)) }
        }
        None => None,
    };
    let progress = Progress {
        pack_drawn_at: drawn.map(|m| m.at),
        list_done: marks.contains_key(&Mark::ListSent),
        changed_at,
        list_changed: drawn.is_some_and(|m| m.detail.as_deref() != Some(table.list_mark().as_str())),
        has_children: table.has_children(),
        mail_is_in: behind(&mut view, panel, meeting).await?.is_empty(),
    };
    memory.progress.insert(meeting.id.clone(), (last, progress.clone()));
    Ok(progress)
}

/// The mailboxes that have not been swept since the cut-off, or hold something unprocessed (invariant 11).
async fn behind(view: &mut View, panel: &Panel, meeting: &Meeting) -> anyhow::Result<Vec<MailboxId>> {
    let from = evidence_from(meeting);
    let mut behind = Vec::new();
    for id in &panel.profile.mailboxes {
        let swept = view.mailbox(id).await?.and_then(|m| m.sweep_began_at).is_some_and(|began| began >= from);
        if !swept || view.pending_by(id, from).await? > 0 {
            behind.push(id.clone());
        }
    }
    Ok(behind)
}

/// What a pack drawn up now would lack.
pub(super) async fn missing(tx: &mut Tx, panel: &Panel, meeting: &Meeting) -> anyhow::Result<Vec<String>> {
    let mut sentences = Vec::new();
    for id in behind(tx, panel, meeting).await? {
        let swept = tx.mailbox(&id).await?.and_then(|m| m.sweep_finished_at);
        let since = swept.map_or_else(
            || "it has not been read yet".to_owned(),
            |at| format!("it was last read {}", civil::instant_in_words(at)),
        );
        sentences
            .push(format!("The mailbox {id} could not be read after the cut-off ({since}): papers in it may follow."));
    }
    Ok(sentences)
}

async fn tell_about_the_pack(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    meeting: &Meeting,
    missing: &[String],
    late: bool,
) -> anyhow::Result<()> {
    let what = if missing.is_empty() {
        format!("The pack for {} went later than an hour after its moment.", meeting.id)
    } else {
        format!("The pack for {} went without waiting longer. {}", meeting.id, missing.join(" "))
    };
    let alert = Alert {
        to: To::Owner,
        at_once: true,
        purpose: format!("alert|pack|{}|{late}", meeting.id),
        title: format!(
            "pack for {} {}",
            civil::day_in_words(meeting.day()),
            if late { "was late" } else { "may be incomplete" }
        ),
        what,
        why: "A pack waits at most 15 minutes for its mailboxes, and is due within 30 minutes of its moment (MC-36)."
            .to_owned(),
        rule: "MC-36",
        happened_at: tx.now(),
        decide_by: None,
        otherwise: None,
        about: vec![Ref::Meeting(meeting.id.clone())],
        next: vec![NextStep {
            text: "See the state of the mailboxes".to_owned(),
            command: Some("dutyclerk status".to_owned()),
        }],
        meeting: Some(&meeting.id),
        cases: &[],
    };
    raise(tx, book, panel, alert).await?;
    Ok(())
}

/// Has the alert of this purpose gone? Once it has, it stays so.
pub(super) async fn is_told(daemon: &Daemon, told: &mut BTreeSet<String>, purpose: &str) -> anyhow::Result<bool> {
    if told.contains(purpose) {
        return Ok(true);
    }
    let is_told = daemon.store.read().await?.entry_of_purpose(purpose).await?.is_some();
    if is_told {
        told.insert(purpose.to_owned());
    }
    Ok(is_told)
}

/// What is held for a meeting is told again 8 and 2 working hours before its pack (MC-32).
async fn remind(
    daemon: &Daemon,
    book: &Book<'_>,
    told: &mut BTreeSet<String>,
    (panel, meeting): (&Panel, &Meeting),
    held: &[HeldRef],
    now: Timestamp,
    next: &mut Vec<Timestamp>,
) -> anyhow::Result<usize> {
    if now >= meeting.pack_at || held.is_empty() {
        return Ok(0);
    }
    let hours = &panel.profile.working_hours;
    let moments = REMINDERS.map(|n| (n, panel.calendar.days().minus_working_minutes(meeting.pack_at, n * 60, hours)));
    next.extend(moments.iter().map(|(_, at)| *at).filter(|at| *at > now));
    let Some((n, _)) = moments.iter().filter(|(_, at)| *at <= now).min_by_key(|(n, _)| *n) else { return Ok(0) };
    let numbers: Vec<String> = held.iter().map(ToString::to_string).collect();
    let purpose = format!("alert|waiting|{}|{n}|{}", meeting.id, numbers.join(","));
    if is_told(daemon, told, &purpose).await? {
        return Ok(0);
    }
    let mut tx = daemon.store.begin(now).await?;
    let alert = Alert {
        to: To::Duty,
        at_once: true,
        purpose,
        title: format!("{} held, pack in {n} working hours", held.len()),
        what: format!(
            "The pack for {} goes {}. Still held for it: {}.",
            meeting.id,
            civil::instant_in_words(meeting.pack_at),
            numbers.join(", ")
        ),
        why: "What came in time stays in time, and is told to you 8 and 2 working hours before the pack.".to_owned(),
        rule: "MC-32",
        happened_at: now,
        decide_by: Some(meeting.pack_at),
        otherwise: Some(
            "the pack goes without them, says so, and they follow by supplement when you release them.".to_owned(),
        ),
        about: held.iter().copied().map(Ref::Held).collect(),
        next: vec![NextStep {
            text: "Look at what is held, and see that admin or the chair settles it".to_owned(),
            command: Some("dutyclerk held list".to_owned()),
        }],
        meeting: Some(&meeting.id),
        cases: &[],
    };
    raise(&mut tx, book, panel, alert).await?;
    tx.commit().await?;
    Ok(1)
}

/// A meeting on a bank holiday: a replacement date is asked for from eight weeks ahead, daily in the last week (MC-13).
async fn ask_for_a_date(
    daemon: &Daemon,
    book: &Book<'_>,
    told: &mut BTreeSet<String>,
    (panel, meeting): (&Panel, &Meeting),
    now: Timestamp,
    next: &mut Vec<Timestamp>,
) -> anyhow::Result<usize> {
    let today = civil::date(now);
    let days = today.until(meeting.day())?.get_days();
    if days > 56 {
        next.push(civil::start_of_day(meeting.day().checked_sub(56.days())?));
        return Ok(0);
    }
    // An alert of a free day would wait for the next working hour, which may be after the meeting.
    if !panel.calendar.days().is_working_day(today) {
        next.push(civil::start_of_day(today.tomorrow()?));
        return Ok(0);
    }
    let which = if days <= 7 { today.to_string() } else { "first".to_owned() };
    let last_week = civil::start_of_day(meeting.day().checked_sub(7.days())?);
    next.push(if days > 7 { last_week } else { civil::start_of_day(today.tomorrow()?) });
    if days <= 7 && !panel.calendar.days().is_working_day(today) {
        return Ok(0);
    }
    let purpose = format!("alert|date|{}|{which}", meeting.id);
    if is_told(daemon, told, &purpose).await? {
        return Ok(0);
    }
    let mut tx = daemon.store.begin(now).await?;
    let alert = Alert {
        to: To::Chairs,
        at_once: false,
        purpose,
        title: format!("{} is a bank holiday: when will you meet?", civil::day_in_words(meeting.day())),
        what: format!(
            "The meeting {} falls on a day that is not a working day. The program neither holds it nor moves it by itself.",
            meeting.id
        ),
        why: "A date is asked for from eight weeks ahead, and daily in the last week. Papers keep arriving meanwhile."
            .to_owned(),
        rule: "MC-13",
        happened_at: now,
        decide_by: Some(meeting.pack_at),
        otherwise: Some("the pack goes to the chair alone on its day.".to_owned()),
        about: vec![Ref::Meeting(meeting.id.clone())],
        next: vec![NextStep {
            text: "Write the new date as an exception into the panel's profile (moved_to, or cancelled)".to_owned(),
            command: Some("dutyclerk check".to_owned()),
        }],
        meeting: Some(&meeting.id),
        cases: &[],
    };
    ask(&mut tx, book, panel, alert, Ends::Dated(meeting.id.clone())).await?;
    tx.commit().await?;
    Ok(1)
}
