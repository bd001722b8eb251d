//! `report`: the numbers a panel's administrator is asked for each quarter (SH-28, SH-36, NT-01), from what the store has. Counts
//! and times alone: no child, no worker, no reference.

use super::show::{Cell, Sheet, Table};
use super::{Context, Failure, open};
use crate::casework::calendar::{PanelCalendar, civil};
use crate::casework::panel::{Profile, SectionId};
use crate::casework::rules::HoldKind;
use crate::casework::{MailKind, PanelId};
use crate::store::{ItemState, MeetingState, OutcomeKind, Period, View};
use anyhow::Context as _;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

/// A pack that is taken so long after its moment is in time (MC-36).
const PACK_SENT: SignedDuration = SignedDuration::from_mins(30);

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// One panel alone [default: each].
    #[arg(long, value_name = "PANEL")]
    panel: Option<PanelId>,
    /// The first day [default: of the last whole quarter; of the quarter of --until].
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// The last day [default: of the last whole quarter; today, where --from is given].
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// Writes comma-separated values into this file, for a spreadsheet; nothing is printed.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// One number.
#[derive(Debug, PartialEq, Serialize)]
struct Number {
    panel: PanelId,
    from: Date,
    until: Date,
    about: &'static str,
    what: String,
    /// None where there is nothing to count it from.
    number: Option<i64>,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let config = context.config()?;
    if let Some(panel) = arguments.panel.as_ref().filter(|panel| !config.panels.contains_key(*panel)) {
        return Err(Failure::Usage(format!("{panel} is not an enabled panel")));
    }
    let (from, until) = days(arguments.from, arguments.until, context.today())?;
    let numbers = open::runtime()?.block_on(async {
        let (store, mut all) = (open::existing_store(&config).await?, Vec::new());
        let mut view = store.read().await?;
        for (panel, profile) in &config.panels {
            let Some(calendar) = config.calendars.get(panel) else { continue };
            if arguments.panel.as_ref().is_none_or(|asked| asked == panel) {
                let mut count = Count { profile, calendar, days: (from, until), numbers: Vec::new() };
                count.everything(&mut view, context.clock.now()).await?;
                all.push(count.numbers);
            }
        }
        Ok::<_, Failure>(all)
    })?;
    if let Some(file) = &arguments.out {
        let opened = OpenOptions::new().write(true).create_new(true).open(file);
        let mut opened = opened.with_context(|| format!("{} cannot be written", file.display()))?;
        opened.write_all(comma_separated(numbers.iter().flatten()).as_bytes())?;
        return Ok(context.out.text(&format!("The numbers from {from} to {until} are in {}.", file.display()))?);
    }
    if context.out.json {
        return Ok(context.out.lines(&numbers.into_iter().flatten().collect::<Vec<_>>(), |_| String::new())?);
    }
    numbers.iter().try_for_each(|numbers| sheet(numbers).print(context.out))
}

/// The days asked for, both included.
fn days(from: Option<Date>, until: Option<Date>, today: Date) -> Result<(Date, Date), Failure> {
    let begin = |day: Date| day.first_of_month().saturating_sub(((i32::from(day.month()) - 1) % 3).months());
    let (from, until) = match (from, until) {
        (Some(from), until) => (from, until.unwrap_or(today)),
        (None, Some(until)) => (begin(until), until),
        (None, None) => {
            let end = begin(today).yesterday().unwrap_or(today);
            (begin(end), end)
        }
    };
    if from > until {
        return Err(Failure::Usage(format!("--from {from} is after --until {until}")));
    }
    Ok((from, until))
}

fn sheet(numbers: &[Number]) -> Sheet {
    let Some(first) = numbers.first() else { return Sheet::new("") };
    let day = civil::day_in_words;
    let mut sheet = Sheet::new(format!("{}, {} to {}", first.panel, day(first.from), day(first.until)));
    for part in numbers.chunk_by(|one, other| one.about == other.about) {
        let Some(first) = part.first() else { continue };
        let mut table = Table::new(first.about, &["what", "number"]);
        for number in part {
            table.row([(&number.what).into(), number.number.map_or(Cell::None, Cell::Number)]);
        }
        sheet.table(table);
    }
    sheet
}

fn comma_separated<'a>(numbers: impl Iterator<Item = &'a Number>) -> String {
    let mut text = "panel,from,until,about,what,number\r\n".to_owned();
    for Number { panel, from, until, about, what, number } in numbers {
        let number = number.map(|n| n.to_string()).unwrap_or_default();
        // Titles of sections and ratings are the profile's own words.
        let what = what.replace('"', "\"\"");
        text.push_str(&format!("{panel},{from},{until},{about},\"{what}\",{number}\r\n"));
    }
    text
}

/// The numbers of one panel.
struct Count<'a> {
    profile: &'a Profile,
    calendar: &'a PanelCalendar,
    days: (Date, Date),
    numbers: Vec<Number>,
}

impl Count<'_> {
    async fn everything(&mut self, view: &mut View, now: Timestamp) -> Result<(), Failure> {
        let (from, until) = self.days;
        let end = civil::start_of_day(until.tomorrow().context("--until is too late a day")?);
        let profile = self.profile;
        let of = Period { panel: &profile.id, from: civil::start_of_day(from), until: end };
        self.messages(view, of).await?;
        let cases = view.case_numbers(of).await?;
        self.put("Cases", "opened", cases.opened);
        self.put("Cases", "closed", cases.closed);
        self.put("Cases", "open at the end", cases.open_at_end);
        self.papers(view, of).await?;
        self.meetings(view, of).await?;
        self.mails(view, of).await?;
        self.waiting(view, of, now).await
    }

    fn put(&mut self, about: &'static str, what: impl Into<String>, number: impl Into<Option<i64>>) {
        let (panel, (from, until)) = (self.profile.id.clone(), self.days);
        self.numbers.push(Number { panel, from, until, about, what: what.into(), number: number.into() });
    }

    async fn messages(&mut self, view: &mut View, of: Period<'_>) -> Result<(), Failure> {
        const ABOUT: &str = "Messages";
        let mut ledgers = view.ledgers(of.from, of.until).await?;
        let own: Vec<_> = self.profile.mailboxes.iter().filter_map(|id| ledgers.remove(id)).collect();
        let sum = |of: fn(&crate::store::Ledger) -> i64| own.iter().map(of).sum::<i64>();
        self.put(ABOUT, "received", sum(|l| l.received));
        self.put(ABOUT, "accepted", sum(|l| l.accepted));
        self.put(ABOUT, "held for a person", sum(|l| l.held));
        self.put(ABOUT, "sent twice", sum(|l| l.duplicate));
        self.put(ABOUT, "answers to invitations", sum(|l| l.calendar_reply));
        self.put(ABOUT, "returned mail", sum(|l| l.bounce));
        self.put(ABOUT, "ignored", sum(|l| l.ignored));
        self.put(ABOUT, "not decided yet", sum(|l| l.pending));
        let waits = view.first_answers(of).await?;
        let waits: Vec<SignedDuration> = waits.into_iter().map(|(came, taken)| taken.duration_since(came)).collect();
        self.put(ABOUT, "answered", many(waits.len()));
        self.put(ABOUT, "answered within an hour", many(waits.iter().filter(|wait| wait.as_hours() < 1).count()));
        self.put(ABOUT, "minutes to the answer, median", median(&waits).map(|wait| wait.as_mins()));
        self.put(ABOUT, "minutes to the answer, longest", waits.iter().max().map(SignedDuration::as_mins));
        Ok(())
    }

    /// Late is what came between a meeting's cut-off and its beginning (SY-07, MC-31).
    async fn papers(&mut self, view: &mut View, of: Period<'_>) -> Result<(), Failure> {
        const ABOUT: &str = "Papers";
        let (from, until) = self.days;
        let meetings = self.calendar.meetings(from, until.saturating_add(28.days()));
        let mut by_kind: BTreeMap<String, i64> = BTreeMap::new();
        let mut late = Vec::new();
        let mut referrals = 0;
        for paper in view.papers_taken(of).await? {
            // What comes back after a meeting has no cut-off.
            let is_for_a_meeting = !matches!(paper.what.as_str(), "recording" | "outcome-sheet");
            *by_kind.entry(paper.what.replace('-', " ")).or_default() += 1;
            referrals += i64::from(is_for_a_meeting);
            let missed = meetings.iter().find(|m| m.starts_at > paper.arrived_at).filter(|_| is_for_a_meeting);
            late.extend(
                missed.map(|m| paper.arrived_at.duration_since(m.cutoff_at)).filter(SignedDuration::is_positive),
            );
        }
        for (what, n) in by_kind {
            self.put(ABOUT, what, n);
        }
        self.put(ABOUT, "for a meeting, on time", referrals - many(late.len()));
        self.put(ABOUT, "for a meeting, after the cut-off", many(late.len()));
        self.put(ABOUT, "hours after the cut-off, median", median(&late).map(|late| late.as_hours()));
        self.put(ABOUT, "hours after the cut-off, longest", late.iter().max().map(SignedDuration::as_hours));
        Ok(())
    }

    async fn meetings(&mut self, view: &mut View, of: Period<'_>) -> Result<(), Failure> {
        let mut state: BTreeMap<MeetingState, i64> = BTreeMap::new();
        let mut heard: BTreeMap<SectionId, i64> = BTreeMap::new();
        let mut decided: BTreeMap<Option<OutcomeKind>, i64> = BTreeMap::new();
        let mut rated: BTreeMap<Option<String>, i64> = BTreeMap::new();
        let (mut in_time, mut later, mut none) = (0, 0, 0);
        let (mut kept, mut overdue) = (0, 0);
        for meeting in view.meetings(of.panel, of.from, of.until).await? {
            *state.entry(meeting.state).or_default() += 1;
            if meeting.state != MeetingState::Closed {
                continue;
            }
            match view.pack_taken_at(&meeting.id).await? {
                Some(at) if at.duration_since(meeting.pack_at) <= PACK_SENT => in_time += 1,
                Some(_) => later += 1,
                None => none += 1,
            }
            for item in view.agenda_items(&meeting.id).await? {
                if item.state != ItemState::Listed || item.section == SectionId::Expected {
                    continue;
                }
                *heard.entry(item.section).or_default() += 1;
                let outcomes = view.outcomes_of_case(item.case).await?;
                let outcome = outcomes.iter().find(|row| row.meeting == meeting.id);
                *decided.entry(outcome.map(|row| row.kind)).or_default() += 1;
                let rating = outcome.map(|row| row.body.open()).transpose()?.and_then(|body| body.outcome.rating);
                *rated.entry(rating).or_default() += 1;
                let earlier = outcomes.iter().filter(|row| row.meeting.date < meeting.id.date);
                if let Some(due) = earlier.max_by_key(|row| row.meeting.date).and_then(|row| row.review_due) {
                    *(if civil::date(meeting.starts_at) <= due { &mut kept } else { &mut overdue }) += 1;
                }
            }
        }
        let of_state = |wanted| state.get(&wanted).copied().unwrap_or_default();
        self.put("Meetings", "held", of_state(MeetingState::Closed));
        self.put("Meetings", "cancelled", of_state(MeetingState::Cancelled));
        self.put("Meetings", "pack taken within 30 minutes of its moment", in_time);
        self.put("Meetings", "pack later", later);
        self.put("Meetings", "no pack", none);
        self.put("Children heard", "all", heard.values().sum::<i64>());
        for section in self.profile.sections.iter().filter(|section| section.id != SectionId::Expected) {
            self.put("Children heard", &section.title, heard.get(&section.id).copied().unwrap_or_default());
        }
        self.put("Children heard", "by the review date that a meeting set", kept);
        self.put("Children heard", "after the review date that a meeting set", overdue);
        for (kind, what) in [
            (Some(OutcomeKind::Continue), "goes on"),
            (Some(OutcomeKind::Close), "closed"),
            (Some(OutcomeKind::Defer), "put off"),
            (None, "not recorded"),
        ] {
            self.put("Decided", what, decided.get(&kind).copied().unwrap_or_default());
        }
        for rating in &self.profile.scale {
            self.put("Ratings agreed", &rating.title, rated.remove(&Some(rating.id.clone())).unwrap_or_default());
        }
        self.put("Ratings agreed", "none", rated.values().sum::<i64>());
        Ok(())
    }

    async fn mails(&mut self, view: &mut View, of: Period<'_>) -> Result<(), Failure> {
        let taken = view.mails_taken(of).await?;
        let sum = |is: &dyn Fn(MailKind, &str) -> bool| -> i64 {
            taken.iter().filter(|(kind, rule, _)| is(*kind, rule)).map(|(_, _, n)| n).sum()
        };
        for kind in MailKind::ALL {
            let n = sum(&|of, _| of == *kind);
            if n > 0 || *kind == MailKind::HealthCopy {
                self.put("Mails taken by the mail server", kind.as_str().replace('-', " "), n);
            }
        }
        self.put("Mails taken by the mail server", "practice alerts (SH-31)", sum(&|_, rule| rule == "SH-31"));
        Ok(())
    }

    async fn waiting(&mut self, view: &mut View, of: Period<'_>, now: Timestamp) -> Result<(), Failure> {
        const ABOUT: &str = "Held for a person";
        let waited = view.waited(of).await?;
        let end = of.until.min(now);
        let is_open = |at: Option<Timestamp>| at.is_none_or(|at| at >= end);
        let came = || waited.iter().filter(|held| held.opened_at >= of.from);
        let settled = waited.iter().filter(|held| !is_open(held.closed_at));
        let settled: Vec<_> = settled.filter_map(|held| Some(held.closed_at?.duration_since(held.opened_at))).collect();
        let open = || waited.iter().filter(|held| is_open(held.closed_at));
        let age = open().map(|held| end.duration_since(held.opened_at)).max();
        self.put(ABOUT, "came in", many(came().count()));
        self.put(ABOUT, "settled", many(settled.len()));
        self.put(ABOUT, "hours until settled, median", median(&settled).map(|wait| wait.as_hours()));
        self.put(ABOUT, "waiting at the end", many(open().count()));
        self.put(ABOUT, "days the oldest has waited", age.map(|age| age.as_hours() / 24));
        let disputed = came().filter(|held| held.kind == HoldKind::Escalation.as_str()).count();
        self.put(ABOUT, "decisions disputed (SH-28)", many(disputed));
        Ok(())
    }
}

fn many(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The middle one; of an even number the lower of the two in the middle.
fn median(all: &[SignedDuration]) -> Option<SignedDuration> {
    let mut sorted = all.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_of_the_last_whole_quarter_unless_days_are_given() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        let of = |from: Option<&str>, until: Option<&str>, today: &str| {
            let (from, until) = days(from.map(date), until.map(date), date(today)).unwrap();
            format!("{from} {until}")
        };
        assert_eq!(of(None, None, "2026-11-28"), "2026-07-01 2026-09-30");
        assert_eq!(of(None, None, "2026-01-01"), "2025-10-01 2025-12-31");
        assert_eq!(of(None, None, "2026-03-31"), "2025-10-01 2025-12-31");
        assert_eq!(of(Some("2026-11-02"), None, "2026-11-28"), "2026-11-02 2026-11-28");
        assert_eq!(of(None, Some("2026-05-31"), "2026-11-28"), "2026-04-01 2026-05-31");
        assert!(matches!(
            days(Some(date("2026-02-01")), Some(date("2026-01-31")), date("2026-03-01")),
            Err(Failure::Usage(_))
        ));
    }

    #[test]
    fn the_median_is_the_middle_one() {
        let of = |hours: &[i64]| median(&hours.iter().map(|n| SignedDuration::from_hours(*n)).collect::<Vec<_>>());
        assert_eq!((of(&[]), of(&[9, 1, 5])), (None, Some(SignedDuration::from_hours(5))));
        assert_eq!(of(&[4, 1, 3, 2]), Some(SignedDuration::from_hours(2)));
    }
}
