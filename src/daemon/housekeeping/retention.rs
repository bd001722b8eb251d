//! Working copies that are no longer needed are destroyed (facts 5): the panel's record is the authority's case system, not
//! this program. A closed case's papers and mails go so many days after the last thing that happened to it, a message about no
//! case so many days after it was decided. A legal hold keeps them.

use super::{Job, Schedules};
use crate::casework::Ref;
use crate::casework::calendar::civil;
use crate::daemon::{Daemon, Stage};
use crate::store::{Line, Purged};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use tracing::info;

/// The rule it goes by; docs/GOVERNANCE.md names it.
const RULE: &str = "OP-07";

pub(super) async fn run(daemon: &Daemon, schedules: &Schedules, date: Date, now: Timestamp) -> anyhow::Result<()> {
    let before = civil::start_of_day(civil::date(now).checked_sub(schedules.working_copies_days.days())?);
    let mut destroyed = 0;
    loop {
        daemon.pulse.beat(Stage::Housekeeping);
        let mut tx = daemon.store.begin(now).await?;
        let purged = tx.purge(before).await?;
        let done = purged == Purged::default();
        if done && !tx.take_job(Job::Retention.name(), date).await? {
            return Ok(());
        }
        for case in &purged.cases {
            tx.journal(Line {
                event: "case.purged",
                rule: Some(RULE.into()),
                reason: format!(
                    "its papers and mails were destroyed: closed, and nothing since {}",
                    civil::date(before)
                ),
                refs: vec![Ref::Case(*case)],
            });
        }
        let refs = purged.messages.iter().copied().map(Ref::Message).chain(purged.mails.iter().copied().map(Ref::Sent));
        let refs = refs.chain(purged.alerts.iter().copied().map(Ref::Alert));
        let (messages, mails, alerts) = (purged.messages.len(), purged.mails.len(), purged.alerts.len());
        let reason = if done {
            format!("retention of {date}: {destroyed} keys shredded")
        } else {
            format!("{messages} messages, {mails} mails and {alerts} alerts can no longer be read")
        };
        tx.journal(Line {
            event: if done { "job.done" } else { "working_copies.destroyed" },
            rule: Some(RULE.into()),
            reason,
            refs: refs.collect(),
        });
        tx.commit().await?;
        destroyed += messages + mails + alerts;
        if done || daemon.stop.asked() {
            break;
        }
    }
    if destroyed > 0 {
        info!(keys = destroyed, "working copies destroyed");
        daemon.store.checkpoint().await?;
    }
    Ok(())
}
