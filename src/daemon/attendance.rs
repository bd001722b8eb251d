//! Who is expected at a meeting: its core members, their answers to its invitations, their apologies, and who stands in for
//! whom. The agenda
//! says it, and the chair is warned a working day ahead where the answers make no quorum (SY-10, MC-23).

use super::alerts::{Alert, To};
use super::asked::ask;
use super::duty::is_told;
use super::one_child::role_in_words;
use super::{Book, Daemon, Panel, deputies};
use crate::casework::calendar::{Meeting, civil};
use crate::casework::directory::Entry;
use crate::casework::routing::StandIn;
use crate::casework::rules::{Attendance, Attendee, Ends};
use crate::casework::{Address, Participation, Redacted, Ref, RoleId};
use crate::outbound::compose::alert::NextStep;
use crate::store::View;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The core members of a meeting as they have answered.
pub(super) async fn of(
    view: &mut View,
    book: &Book<'_>,
    panel: &Panel,
    meeting: &Meeting,
    now: Timestamp,
) -> anyhow::Result<Attendance> {
    let mut answers = Vec::new();
    for invitation in view.members_invited_to(&meeting.id).await? {
        let answer = invitation.partstat.as_ref();
        let answer = answer.and_then(|(says, at)| Some((Participation::from_word(says)?, *at)));
        answers.push((invitation.attendee.open()?.address, answer));
    }
    let asked = deputies::asked_about(view, &meeting.id).await?;
    let (apologies, agreed) = (deputies::apologies(&asked), deputies::agreed_since(&asked));
    let routing = book.routing(panel, now);
    let mut attendance = Attendance::default();
    for member in routing.members() {
        let is = |address: &Address| book.directory.is_same_person(address, &member.address);
        // Of an answer and an apology the later counts.
        let answer = answers.iter().find(|(address, _)| is(address)).and_then(|(_, answer)| *answer);
        let comes_since = |at: Timestamp| answer.is_some_and(|(says, on)| says == Participation::Accepted && on > at);
        // Only whoever gets the papers comes instead: the deputy whom the directory still names.
        let named = routing.deputised(&member.address).and_then(|found| found.deputy);
        let is_instead = |entry: &&Entry| {
            let theirs = |pair: &StandIn| is(&pair.member) && entry.answers_to(&pair.deputy);
            agreed.iter().any(|(pair, at)| theirs(pair) && !comes_since(*at))
        };
        let deputy = named.filter(is_instead);
        let attendee = Attendee {
            name: member.name.unwrap_or_else(|| Redacted::new(member.role.to_string())),
            role: member.role,
            instead: deputy.map(|entry| entry.name.clone()),
        };
        let apology = apologies.iter().filter(|(address, _)| is(address)).map(|(_, at)| *at).max();
        let answer = match (answer, apology) {
            (answer, Some(at)) if answer.is_none_or(|(_, answered)| answered <= at) => Some(Participation::Declined),
            (answer, _) => answer.map(|(says, _)| says),
        };
        attendance.add(attendee, answer);
    }
    Ok(attendance)
}

/// The chair is warned at the start of the last working day before the meeting, once for each part of the quorum.
pub(super) async fn warn(
    daemon: &Daemon,
    book: &Book<'_>,
    told: &mut BTreeSet<String>,
    (panel, meeting): (&Panel, &Meeting),
    now: Timestamp,
    next: &mut Vec<Timestamp>,
) -> anyhow::Result<usize> {
    let profile = &panel.profile;
    if profile.quorum.is_empty() {
        return Ok(0);
    }
    let before = panel.calendar.days().minus(meeting.day(), 1);
    let at = panel.working_instant(civil::start_of_day(before));
    if now < at {
        next.push(at);
        return Ok(0);
    }
    let attendance = of(&mut daemon.store.read().await?, book, panel, meeting, now).await?;
    let lacking = attendance.lacks(&profile.quorum);
    // Where nobody was invited, only an apology says that somebody does not come.
    let silent = profile.core_invitations == 0 && attendance.apologies.is_empty();
    if lacking.is_empty() || silent {
        return Ok(0);
    }
    let words = |part: &&[RoleId]| part.iter().map(role_in_words).collect::<Vec<_>>().join(" or ");
    let lacking = lacking.iter().map(words).collect::<Vec<_>>().join("; ");
    let purpose = format!("alert|quorum|{}|{lacking}", meeting.id);
    if is_told(daemon, told, &purpose).await? {
        return Ok(0);
    }
    let mut tx = daemon.store.begin(now).await?;
    let day = civil::day_in_words(meeting.day());
    // A chair who does not come may not be reading either.
    let chair_away = attendance.apologies.iter().any(|away| away.role == profile.alerts.chair);
    let alert = Alert {
        to: if chair_away { To::Chairs } else { To::Chair },
        at_once: true,
        purpose,
        title: format!("no quorum on {day} by the answers so far"),
        what: format!(
            "By their answers, nobody comes to {} as: {lacking}. {} of the core members have not answered.",
            meeting.id,
            attendance.unanswered.len()
        ),
        why: "The panel needs somebody of each of these to decide; answers and apologies are looked at on the working day before the meeting."
            .to_owned(),
        rule: "SY-10",
        happened_at: now,
        decide_by: Some(meeting.starts_at),
        otherwise: Some("the meeting is not moved, and nobody is told but you.".to_owned()),
        about: vec![Ref::Meeting(meeting.id.clone())],
        next: vec![
            NextStep { text: "Ring the agency and ask who comes".to_owned(), command: None },
            NextStep {
                text: "If the meeting is moved, write the exception into the panel's series".to_owned(),
                command: None,
            },
        ],
        meeting: Some(&meeting.id),
        cases: &[],
    };
    ask(&mut tx, book, panel, alert, Ends::Quorum(meeting.id.clone())).await?;
    tx.commit().await?;
    Ok(1)
}
