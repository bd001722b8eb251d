//! A person says when a child is heard next, beside the record of its meeting: the chair brings a review forward (SH-07), or what
//! was asked for is answered by a verb (MC-35). The date is kept whatever it is; one outside the window of the rating is shown
//! to the chair (MC-03).

use super::desk::OpenCase;
use super::heard::REVIEW_WEEKS;
use super::record::{self, REVIEW_DATE};
use super::{Daemon, Panel, risk};
use crate::casework::calendar::{Meeting, civil, review};
use crate::casework::rules::{Flag, at_or_before};
use crate::casework::{CaseRef, MeetingId, Ref};
use crate::store::{CaseState, ItemState, Line, ObligationState, Tx, Word};
use anyhow::{Context, bail};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewSet {
    /// The date before, if there was one.
    pub before: Option<Date>,
    /// Where the child is heard.
    pub meeting: Option<MeetingId>,
    /// What was shown to the chair: the date is after the longest interval, or no meeting is held before it.
    pub flags: Vec<Flag>,
}

/// Sets the review date of a child that has been heard, lists it, and tells who carries the case (SY-28).
///
/// # Errors
/// When there is no such open case of an enabled panel, it was not heard yet, the date is not to come or stands already, or
/// the store fails.
pub async fn set_review(
    daemon: &mut Daemon,
    number: CaseRef,
    due: Date,
    word: Word,
    now: Timestamp,
) -> anyhow::Result<ReviewSet> {
    let mut view = daemon.store.read().await?;
    daemon.read_directory(&mut view).await?;
    drop(view);
    let (book, today) = (daemon.book(), civil::date(now));
    let furthest = today.checked_add(REVIEW_WEEKS.weeks())?;
    if due <= today || due > furthest {
        bail!("a review is set for a day after today and before {furthest}: {due} is none");
    }
    let mut tx = daemon.store.begin(now).await?;
    let mut open = OpenCase::load(&mut tx, number).await?.with_context(|| format!("there is no case {number}"))?;
    let panel = book.panels.get(&open.case.panel);
    let panel = panel.with_context(|| format!("{number} is before {}, which is not enabled", open.case.panel))?;
    if open.case.state == CaseState::Closed {
        bail!(
            "{number} is closed, and has no review. A new referral, sent to the panel's mailbox, opens it again (MC-06)"
        );
    }
    let Some(heard) = last_heard(&mut tx, panel, number, now).await? else {
        bail!("{number} has not been heard yet: `dutyclerk meeting admit PANEL/DATE {number}` puts it on a meeting");
    };
    let before = open.case.review_due;
    if before == Some(due) && !open.case.review_provisional {
        bail!("the review of {number} is due on {due} already");
    }
    let mut facts = open.facts.clone();
    facts.review_word = Some(word);
    (open.case.review_due, open.case.review_provisional) = (Some(due), false);
    tx.update_case(&mut open.case, Some(&facts)).await?;
    for owed in tx.obligations_of_case(number).await? {
        if owed.state == ObligationState::Open && owed.what.kind == REVIEW_DATE {
            tx.close_obligation(&owed.id, ObligationState::Done).await?;
        }
    }
    let rule = if panel.profile.fixed_reviews.is_some() { "SH-07" } else { "MC-03" };
    let mut flags = Vec::new();
    let rating = risk::rating_at(&mut tx, &panel.profile, &open, &heard.id).await?;
    let window = rating.and_then(|rating| review::window(&panel.profile, &rating, heard.day()));
    flags.extend(window.filter(|w| due > w.latest).map(|w| Flag::AfterLatest { due, latest: w.latest }));
    let meetings = panel.calendar.meetings(today, due.max(today.checked_add(super::duty::HORIZON_WEEKS.weeks())?));
    let next = at_or_before(due, heard.day(), &meetings, now).cloned();
    let mut refs = vec![Ref::Case(number)];
    if let Some(next) = &next {
        if next.day() > due {
            flags.push(Flag::NoMeetingBefore { due, meeting: next.id.clone() });
        }
        let moved = record::list_at(&mut tx, &book, panel, number, next, record::review_rule(panel)).await?;
        let purpose = format!("notification|{number}|{}|set for {due} at {now}", heard.id);
        let what = record::review(due, next, false, moved);
        record::notify(&mut tx, &book, panel, number, &heard, what, ("SY-28", purpose)).await?;
        refs.push(Ref::Meeting(next.id.clone()));
    }
    for flag in &flags {
        record::tell_chair(&mut tx, &book, panel, (number, &heard.id), flag).await?;
    }
    tx.journal(Line {
        event: "review.set",
        rule: Some(rule.into()),
        reason: format!(
            "a person set the review for {due}; it was {}",
            before.map_or("open".to_owned(), |d| d.to_string())
        ),
        refs,
    });
    tx.commit().await?;
    Ok(ReviewSet { before, meeting: next.map(|meeting| meeting.id), flags })
}

/// The last meeting that heard the child.
async fn last_heard(tx: &mut Tx, panel: &Panel, case: CaseRef, now: Timestamp) -> anyhow::Result<Option<Meeting>> {
    let rows = tx.items_of_case(case).await?.into_iter().rev();
    let listed = rows.filter(|row| row.state == ItemState::Listed);
    let mut begun = listed.filter_map(|row| panel.meeting(&row.meeting).filter(|meeting| meeting.starts_at <= now));
    Ok(begun.next())
}
