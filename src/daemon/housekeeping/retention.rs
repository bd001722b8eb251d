//! Working copies that are no longer needed are destroyed (facts 5): the panel's record is the authority's case system, not
//! this program. A closed case's papers and mails go so many days after the last thing that happened to it, a message about no
//! case so many days after it was decided. A legal hold keeps them.

use super::{Job, Schedules};
use crate::casework::Ref;
use crate::casework::calendar::civil;
use crate::daemon::{Daemon, Stage};
use crate::store::{Line, Purged, Store, Tx};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use tracing::info;

/// The rule it goes by; docs/GOVERNANCE.md names it.
pub const RETENTION: &str = "OP-07";

pub(super) async fn run(daemon: &Daemon, schedules: &Schedules, date: Date, now: Timestamp) -> anyhow::Result<()> {
    let before = kept_from(schedules.working_copies_days, now)?;
    let go_on = || {
        daemon.pulse.beat(Stage::Housekeeping);
        !daemon.stop.asked()
    };
    let (purged, all) = purge(&daemon.store, before, now, go_on).await?;
    if !all {
        return Ok(());
    }
    let mut tx = daemon.store.begin(now).await?;
    if tx.take_job(Job::Retention.name(), date).await? {
        let reason = format!("retention of {date}: {} keys shredded", purged.keys());
        tx.journal(Line { event: "job.done", rule: Some(RETENTION.into()), reason, refs: Vec::new() });
        tx.commit().await?;
    }
    Ok(())
}

/// What was finished before this moment is kept no longer.
///
/// # Errors
/// When there is no such moment.
pub fn kept_from(days: i64, now: Timestamp) -> anyhow::Result<Timestamp> {
    Ok(civil::start_of_day(civil::date(now).checked_sub(days.days())?))
}

/// Destroys what was finished before then, so much at a time as makes a short transaction, until nothing is left or it is not
/// to go on; whether nothing is left.
///
/// # Errors
/// When the database fails; what was committed until then is destroyed.
pub async fn purge(
    store: &Store,
    before: Timestamp,
    now: Timestamp,
    go_on: impl Fn() -> bool,
) -> anyhow::Result<(Purged, bool)> {
    let mut all = Purged::default();
    let nothing_left = loop {
        if !go_on() {
            break false;
        }
        let mut tx = store.begin(now).await?;
        let purged = tx.purge(before).await?;
        if purged == Purged::default() {
            break true;
        }
        write_down(&mut tx, &purged, before);
        tx.commit().await?;
        all.add(purged);
    };
    if all.keys() > 0 {
        info!(keys = all.keys(), "working copies destroyed");
        store.checkpoint().await?;
    }
    Ok((all, nothing_left))
}

fn write_down(tx: &mut Tx, purged: &Purged, before: Timestamp) {
    for case in &purged.cases {
        tx.journal(Line {
            event: "case.purged",
            rule: Some(RETENTION.into()),
            reason: format!("its papers and mails were destroyed: closed, and nothing since {}", civil::date(before)),
            refs: vec![Ref::Case(*case)],
        });
    }
    let refs = purged.messages.iter().copied().map(Ref::Message).chain(purged.mails.iter().copied().map(Ref::Sent));
    let refs = refs.chain(purged.alerts.iter().copied().map(Ref::Alert));
    let (messages, mails, alerts) = (purged.messages.len(), purged.mails.len(), purged.alerts.len());
    tx.journal(Line {
        event: "working_copies.destroyed",
        rule: Some(RETENTION.into()),
        reason: format!("{messages} messages, {mails} mails and {alerts} alerts can no longer be read"),
        refs: refs.collect(),
    });
}

/// What [`purge`] would destroy now: it is done, and taken back.
///
/// # Errors
/// When the database fails.
pub async fn would_purge(store: &Store, before: Timestamp, now: Timestamp) -> anyhow::Result<Purged> {
    let (mut tx, mut all) = (store.begin(now).await?, Purged::default());
    loop {
        let purged = tx.purge(before).await?;
        if purged == Purged::default() {
            return Ok(all);
        }
        all.add(purged);
    }
}
