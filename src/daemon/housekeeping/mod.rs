//! What the daemon does by itself: the digest, the comparison with the mail servers, the look at the bank-holiday table,
//! and the destruction of what is no longer needed.
//!
//! # Failure policy
//!
//! A job is due at its time on London's clock, at most once a local date. When it last ran is in the store: what was missed
//! while nothing ran is caught up, once, and of several daemons one does it. A job that fails is tried again next turn; one
//! that keeps failing keeps no other, and no mail, waiting.

mod digest;
mod reconcile;
mod retention;

pub use retention::{RETENTION, kept_from, purge, would_purge};

use super::alerts::{Alert, To};
use super::asked::ask;
use super::{Daemon, Stage};
use crate::casework::calendar::{Timetable, civil};
use crate::casework::rules::Ends;
use crate::outbound::compose::alert::NextStep;
use crate::store::{JobRun, Line};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use tracing::{error, info};

/// A job that failed is tried again after so long.
const AGAIN: SignedDuration = SignedDuration::from_mins(10);

/// When the jobs run, and what they need to know.
#[derive(Clone, Debug, Default)]
pub struct Schedules {
    /// The digest to each panel's owner.
    pub digest: Option<Timetable>,
    /// The ledger is compared with the mail servers.
    pub reconcile: Option<Timetable>,
    /// Does the bank-holiday table reach far enough?
    pub holidays: Option<Timetable>,
    /// What is no longer needed is destroyed.
    pub retention: Option<Timetable>,
    /// Reconciling looks so many days back.
    pub reconcile_days: i64,
    /// Working copies are kept so many days.
    pub working_copies_days: i64,
    /// The last day the bank-holiday table speaks for.
    pub holiday_horizon: Option<Date>,
}

/// A job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// To each panel's owner.
    Digest,
    /// The ledger against the servers.
    Reconcile,
    /// The bank-holiday table.
    Holidays,
    /// What is no longer needed.
    Retention,
}

impl Job {
    /// In the order in which they run when several are due: the digest tells what the others found.
    pub const ALL: [Self; 4] = [Self::Reconcile, Self::Retention, Self::Holidays, Self::Digest];

    /// Its name in the store and in `[schedule]`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::Reconcile => "reconcile",
            Self::Holidays => "holidays",
            Self::Retention => "retention",
        }
    }

    fn timetable(self, schedules: &Schedules) -> Option<&Timetable> {
        match self {
            Self::Digest => schedules.digest.as_ref(),
            Self::Reconcile => schedules.reconcile.as_ref(),
            Self::Holidays => schedules.holidays.as_ref(),
            Self::Retention => schedules.retention.as_ref(),
        }
    }
}

/// What is to be done about a job now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing.
    Wait,
    /// It was never seen before: it counts as done up to this date.
    Arm(Date),
    /// It runs, for this date.
    Run(Date),
}

/// Is a job due? By its last moment at or before now and the date it last ran for: a moment missed is caught up, several
/// missed are caught up once, and a date that was done is not done again, whatever the clock did.
pub fn due(timetable: &Timetable, last: Option<&JobRun>, now: Timestamp) -> Due {
    let moment = timetable.last(now).map(civil::date);
    match (moment, last) {
        (Some(date), Some(last)) if date > last.last_date => Due::Run(date),
        (_, Some(_)) => Due::Wait,
        (Some(date), None) => Due::Arm(date),
        // Its first moment is still to come.
        (None, None) => Due::Arm(civil::date(now).yesterday().unwrap_or(Date::MIN)),
    }
}

/// Does what is due; returns when the next job is.
pub(super) async fn turn(daemon: &mut Daemon, now: Timestamp) -> anyhow::Result<Option<Timestamp>> {
    let Some(schedules) = daemon.schedules.clone() else { return Ok(None) };
    daemon.pulse.beat(Stage::Housekeeping);
    let runs = match daemon.memory.jobs.take() {
        Some(runs) => runs,
        None => daemon.store.read().await?.jobs().await?,
    };
    let (mut next, mut all_wait) = (Vec::new(), true);
    for job in Job::ALL {
        let Some(timetable) = job.timetable(&schedules) else { continue };
        next.extend(timetable.next(now));
        let last = runs.iter().find(|run| run.name == job.name());
        let due = due(timetable, last, now);
        all_wait &= due == Due::Wait;
        match due {
            Due::Wait => {}
            Due::Arm(date) => {
                let mut tx = daemon.store.begin(now).await?;
                tx.arm_job(job.name(), date).await?;
                tx.commit().await?;
            }
            Due::Run(_) if daemon.stop.asked() => {}
            Due::Run(date) => {
                if let Err(failed) = run(daemon, &schedules, job, date, now).await {
                    error!(job = job.name(), error = %format!("{failed:#}"), "a job failed; trying again");
                    next.push(now.checked_add(AGAIN)?);
                }
            }
        }
    }
    daemon.memory.jobs = all_wait.then_some(runs);
    Ok(next.into_iter().min())
}

async fn run(daemon: &mut Daemon, schedules: &Schedules, job: Job, date: Date, now: Timestamp) -> anyhow::Result<()> {
    daemon.pulse.beat(Stage::Housekeeping);
    info!(job = job.name(), date = %date, "job");
    match job {
        Job::Digest => digest::run(daemon, schedules, date, now).await,
        Job::Reconcile => reconcile::run(daemon, schedules, date, now).await,
        Job::Holidays => holidays(daemon, schedules, date, now).await,
        Job::Retention => retention::run(daemon, schedules, date, now).await,
    }
}

/// A bank-holiday table that reaches less than a year ahead is told to one panel of each authority, once a month (OP-05).
async fn holidays(daemon: &Daemon, schedules: &Schedules, date: Date, now: Timestamp) -> anyhow::Result<()> {
    let mut tx = daemon.store.begin(now).await?;
    if !tx.take_job(Job::Holidays.name(), date).await? {
        return Ok(());
    }
    let today = civil::date(now);
    let needed = today.checked_add(12.months())?;
    let reaches = match schedules.holiday_horizon {
        Some(horizon) if horizon >= needed => None,
        Some(horizon) => Some(format!("reaches to {} only", civil::day_in_words(horizon))),
        None => Some("is empty".to_owned()),
    };
    if let Some(reaches) = reaches {
        let book = daemon.book();
        for panel in super::watch::one_of_each_authority(daemon) {
            let alert = Alert {
                to: To::Owner,
                at_once: false,
                purpose: format!("alert|holidays|{}|{}-{:02}", panel.profile.id, today.year(), today.month()),
                title: "the bank-holiday table ends within a year".to_owned(),
                what: format!("The table of bank holidays {reaches}."),
                why: "Cut-offs, packs and reviews are counted in working days. A holiday the table does not know is taken for a working day.".to_owned(),
                rule: "OP-05",
                happened_at: now,
                decide_by: None,
                otherwise: Some("you are told again next month.".to_owned()),
                about: Vec::new(),
                next: vec![NextStep {
                    text: "Fetch www.gov.uk/bank-holidays.json into the configuration folder and restart dutyclerk"
                        .to_owned(),
                    command: Some("dutyclerk check".to_owned()),
                }],
                meeting: None,
                cases: &[],
            };
            ask(&mut tx, &book, panel, alert, Ends::Holidays).await?;
        }
    }
    tx.journal(Line {
        event: "job.done",
        rule: Some("OP-05".into()),
        reason: "the bank-holiday table was looked at".to_owned(),
        refs: Vec::new(),
    });
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn ran(date: &str) -> JobRun {
        JobRun { name: "digest".to_owned(), last_date: date.parse().unwrap(), ran_at: None }
    }

    #[test]
    fn a_job_is_armed_first_then_runs_once_a_date_and_is_caught_up_once() {
        let weekdays: Timetable = "0 0 9 * * MON-FRI".parse().unwrap();
        let date = |text: &str| text.parse::<Date>().unwrap();
        // The first start in the afternoon does not send the morning's digest.
        assert_eq!(due(&weekdays, None, at("2026-11-20T15:00:00Z")), Due::Arm(date("2026-11-20")));
        let friday = ran("2026-11-20");
        assert_eq!(due(&weekdays, Some(&friday), at("2026-11-20T23:00:00Z")), Due::Wait);
        assert_eq!(due(&weekdays, Some(&friday), at("2026-11-23T08:59:59Z")), Due::Wait);
        assert_eq!(due(&weekdays, Some(&friday), at("2026-11-23T09:00:00Z")), Due::Run(date("2026-11-23")));
        // Down from Friday to Thursday: one digest, the newest.
        assert_eq!(due(&weekdays, Some(&friday), at("2026-11-26T11:00:00Z")), Due::Run(date("2026-11-26")));
        // A clock set back does not run it again.
        assert_eq!(due(&weekdays, Some(&ran("2026-11-23")), at("2026-11-20T10:00:00Z")), Due::Wait);
    }

    #[test]
    fn a_job_runs_once_on_the_days_the_clocks_change() {
        let daily: Timetable = "0 30 3 * * *".parse().unwrap();
        for (day, hour) in [("2026-03-29", "02:30"), ("2026-10-25", "03:30")] {
            let date: Date = day.parse().unwrap();
            let before = ran(&date.yesterday().unwrap().to_string());
            let moment = at(&format!("{day}T{hour}:00Z"));
            assert_eq!(due(&daily, Some(&before), moment), Due::Run(date));
            assert_eq!(due(&daily, Some(&ran(day)), at(&format!("{day}T22:00:00Z"))), Due::Wait);
        }
    }
}
