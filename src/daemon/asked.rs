//! Alerts that ask somebody to do something. Each is kept until somebody answers that they have it in hand or until what it
//! asked for is over; meanwhile it goes on after two working hours, and after two more, to whoever comes next (MC-32). What is
//! held goes on by itself (`unanswered`).
//!
//! # Failure policy
//!
//! What is kept and the mail that tells of it commit together. Whether it is over is read from the state, not from events, so
//! that nothing that ended while the program stood still is asked for again.

use super::alerts::{Alert, To, raise};
use super::desk::OpenCase;
use super::unanswered::PATIENCE_MINUTES;
use super::{Book, Daemon, Memory, Panel, attendance, held, invitees, lead, rebuilt};
use crate::casework::calendar::{WarningCode, civil};
use crate::casework::panel::{Alerts, SectionId};
use crate::casework::routing::RoutedCase;
use crate::casework::rules::Ends;
use crate::casework::{Address, AlertRef, CaseRef, MeetingId, Participation, Redacted, Ref, RoleId};
use crate::outbound::compose::alert::NextStep;
use crate::store::{
    AgendaRow, Asked, AskedAnswer, AskedDetail, AskedState, CaseState, EntryState, ItemState, Line, NewAsked, Proposed,
    Tx, View,
};
use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::collections::{BTreeMap, BTreeSet};

/// Who hears of an alert, one step after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Chain {
    /// The panel's owner, the deputy, the chair.
    Owner,
    /// The chair, the deputy chair, the owner.
    Chair,
    /// Chair and deputy chair, the owner, the deputy.
    Chairs,
    /// Whoever is on duty, owner and deputy, the chair.
    Duty,
    /// Chair, deputy chair and whoever is on duty, the owner, the deputy.
    ChairsAndDuty,
}

/// The last step of every chain: nobody comes after.
const LAST: i64 = 2;
/// By which it goes on.
const RULE: &str = "MC-32";
const GOES_ON: &str = "it goes on to the next person after two working hours.";
/// Alerts that one mail names.
const MOST_NAMED: usize = 20;
/// So often those are looked through for what is over that are not due to go on.
const LOOK_EVERY: SignedDuration = SignedDuration::from_mins(10);
/// And those that go on to nobody, of which a busy panel has one for each child: what ends them says so, but for a meeting that
/// begins.
const LOOK_AT_ALL_EVERY: SignedDuration = SignedDuration::from_hours(6);

impl Chain {
    const ALL: [Self; 5] = [Self::Owner, Self::Chair, Self::Chairs, Self::Duty, Self::ChairsAndDuty];

    const fn of(to: To) -> Self {
        match to {
            To::Owner | To::Sensitive | To::Step(..) => Self::Owner,
            To::Chair => Self::Chair,
            To::Chairs | To::Approvers => Self::Chairs,
            To::Duty => Self::Duty,
            To::ChairsAndDuty => Self::ChairsAndDuty,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Chair => "chair",
            Self::Chairs => "chair and deputy chair",
            Self::Duty => "duty",
            Self::ChairsAndDuty => "chair, deputy chair and duty",
        }
    }

    const fn in_words(self) -> &'static str {
        match self {
            Self::Owner => "from the panel's owner to the deputy and then to the chair",
            Self::Chair => "from the chair to the deputy chair and then to the panel's owner",
            Self::Chairs => "from chair and deputy chair to the panel's owner and then to the deputy",
            Self::Duty => "from whoever is on duty to the panel's owner and deputy and then to the chair",
            Self::ChairsAndDuty => {
                "from chair, deputy chair and whoever is on duty to the panel's owner and then to the deputy"
            }
        }
    }

    /// The roles that hear of it together at this step, from 0.
    pub(super) fn roles(self, alerts: &Alerts, step: i64) -> Vec<RoleId> {
        let (owner, deputy, chair) = (alerts.owner.clone(), alerts.deputy.clone(), alerts.chair.clone());
        let (deputy_chair, duty) = (RoleId::new("deputy-chair"), RoleId::new("duty"));
        match (self, step) {
            (Self::Owner, 0) | (Self::Chair, 2) | (Self::Chairs | Self::ChairsAndDuty, 1) => vec![owner],
            (Self::Owner, 1) | (Self::Chairs | Self::ChairsAndDuty, 2) => vec![deputy],
            (Self::Owner | Self::Duty, 2) | (Self::Chair, 0) => vec![chair],
            (Self::Chair, 1) => vec![deputy_chair],
            (Self::Chairs, 0) => vec![chair, deputy_chair],
            (Self::ChairsAndDuty, 0) => vec![chair, deputy_chair, duty],
            (Self::Duty, 0) => vec![duty],
            (Self::Duty, 1) => vec![owner, deputy],
            _ => Vec::new(),
        }
    }

    /// Whose turn it is after this step: the next step's people, if they are others than those who were told.
    fn after(self, book: &Book<'_>, panel: &Panel, step: i64, now: Timestamp) -> Option<i64> {
        let routing = book.routing(panel, now);
        let people = |step: i64| {
            let roles = self.roles(&panel.profile.alerts, step);
            let told = routing.alert(&roles.iter().collect::<Vec<_>>(), true, None, &[], RULE)?;
            Some(told.recipients().iter().map(|to| to.address.clone()).collect::<BTreeSet<_>>())
        };
        let told: BTreeSet<_> = (0..=step).filter_map(people).flatten().collect();
        (step + 1..=LAST).find(|step| people(*step).is_some_and(|people| !people.is_subset(&told)))
    }
}

/// Queues an alert that asks for something, and keeps it until it is answered or over. A question that is open already is
/// told again under its own number. False when nobody is there to be told: it is kept all the same.
pub(super) async fn ask(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    mut alert: Alert<'_>,
    ends: Ends,
) -> anyhow::Result<bool> {
    alert.otherwise.get_or_insert_with(|| GOES_ON.to_owned());
    put(tx, book, panel, alert, ends, (true, Vec::new())).await
}

/// The same of what is for one person to decide if they will: it goes on to nobody.
pub(super) async fn ask_once(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    alert: Alert<'_>,
    ends: Ends,
) -> anyhow::Result<bool> {
    put(tx, book, panel, alert, ends, (false, Vec::new())).await
}

/// The same, where it is to be chosen among people of the directory (SY-13).
pub(super) async fn propose(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    alert: Alert<'_>,
    ends: Ends,
    proposed: Vec<Proposed>,
) -> anyhow::Result<bool> {
    put(tx, book, panel, alert, ends, (false, proposed)).await
}

async fn put(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    mut alert: Alert<'_>,
    ends: Ends,
    (goes_on, proposed): (bool, Vec<Proposed>),
) -> anyhow::Result<bool> {
    if tx.entry_of_purpose(&alert.purpose).await?.is_some() {
        return Ok(true);
    }
    let open = if ends.is_one_question() { tx.asked_until(&ends).await? } else { Vec::new() };
    // One that was to go on to nobody from the first is asked anew where it is to go on.
    let is_quiet = |asked: &Asked| asked.level == LAST && asked.told_at == asked.opened_at;
    let same = |asked: &&Asked| asked.panel == panel.profile.id && !(goes_on && is_quiet(asked));
    let number = match open.iter().find(same) {
        Some(open) => open.number,
        None => {
            let number = keep(tx, panel, &alert, &ends, proposed).await?;
            if !goes_on {
                tx.asked_again(number, LAST).await?;
            }
            number
        }
    };
    alert.about.push(Ref::Alert(number));
    if goes_on && !book.takes_answers(panel) {
        alert.next.push(NextStep {
            text: "Say that you have it in hand, or it goes on to the next person after two working hours".to_owned(),
            command: Some(format!("dutyclerk alert answer {number}")),
        });
    }
    raise(tx, book, panel, alert).await
}

async fn keep(
    tx: &mut Tx,
    panel: &Panel,
    alert: &Alert<'_>,
    ends: &Ends,
    proposed: Vec<Proposed>,
) -> anyhow::Result<AlertRef> {
    let meeting = match ends {
        Ends::Begun(meeting)
        | Ends::Dated(meeting)
        | Ends::Quorum(meeting)
        | Ends::Admitted(meeting, _)
        | Ends::Invitees(meeting, _) => Some(meeting.clone()),
        _ => alert.meeting.cloned(),
    };
    let step = |step: &NextStep| match &step.command {
        Some(command) => format!("{}: {command}.", step.text),
        None => with_a_stop(&step.text),
    };
    let new = NewAsked {
        rule: alert.rule.to_owned(),
        panel: panel.profile.id.clone(),
        meeting,
        entry: alert.about.iter().find_map(|about| if let Ref::Sent(mail) = about { Some(*mail) } else { None }),
        ends: ends.clone(),
        said: AskedDetail {
            title: Redacted::new(alert.title.clone()),
            what: Redacted::new(alert.what.clone()),
            advice: Redacted::new(alert.next.iter().map(step).collect::<Vec<_>>().join(" ")),
            chain: Chain::of(alert.to).as_str().to_owned(),
            cases: alert.cases.iter().map(|case| case.case).collect(),
            proposed,
        },
    };
    let key = tx.new_key().await?;
    let number = tx.ask(&key, &new).await?;
    tx.journal(Line {
        event: "alert.asks",
        rule: Some(alert.rule.into()),
        reason: format!("it waits for an answer, or until: {ends}"),
        refs: vec![Ref::Alert(number)],
    });
    Ok(number)
}

fn with_a_stop(text: &str) -> String {
    if text.ends_with(['.', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// Somebody has it in hand: it goes on to nobody else.
///
/// # Errors
/// When there is no such alert, when it was answered or is over, or when the store fails.
pub async fn answer(daemon: &Daemon, number: AlertRef, by: &str, note: &str, now: Timestamp) -> anyhow::Result<()> {
    let mut tx = daemon.store.begin(now).await?;
    let asked = tx.asked(number).await?.with_context(|| format!("there is no {number}"))?;
    if asked.state != AskedState::Open {
        bail!("{number} waits for no answer any more ({})", asked.state);
    }
    close(&mut tx, &asked, AskedState::Answered, (by, note)).await?;
    tx.commit().await?;
    Ok(())
}

/// The chair admits by mail the late child of an alert that asks for it. So may whoever else settles what is held, and, where it
/// was asked of them, too, whoever is on duty (MC-22).
pub(super) async fn admit(
    daemon: &mut Daemon,
    number: AlertRef,
    from: &Address,
    by: (&str, &str),
    now: Timestamp,
) -> anyhow::Result<()> {
    let mut view = daemon.store.read().await?;
    let asked = view.asked(number).await?.with_context(|| format!("there is no {number}"))?;
    let Ends::Admitted(meeting, case) = &asked.ends else { bail!("{number} asks for something else") };
    let routed = match OpenCase::load(&mut view, *case).await? {
        Some(open) => vec![open.routed(&mut view).await?],
        None => Vec::new(),
    };
    drop(view);
    let asks_duty = asked.said.open()?.chain == Chain::ChairsAndDuty.as_str();
    let book = daemon.book();
    let panel = book.panels.get(&asked.panel).context("its panel is not enabled")?;
    if !asks_duty && !book.routing(panel, now).may_settle(from, &routed) {
        bail!("the chair decides whether it is heard at {meeting}; you can say that you have it in hand");
    }
    held::admit(daemon, meeting, *case, by, now).await
}

/// What came of an alert, for whoever answered it.
pub(super) async fn became(view: &mut View, number: AlertRef) -> anyhow::Result<String> {
    let asked = view.asked(number).await?;
    Ok(match asked.map(|asked| asked.ends) {
        Some(Ends::Admitted(meeting, case)) if is_admitted(view, &meeting, case).await? => format!(
            "{case} is on the agenda of {meeting} by the chair's word. Its paper goes with the pack, or in a supplement where that has gone."
        ),
        Some(Ends::Invitees(meeting, case)) => invitees::became(view, &meeting, case).await?,
        Some(Ends::CareLeaver(case)) => {
            format!("It is kept with {case}. Of a care leaver you are asked whom to invite.")
        }
        _ => format!("{number} is in your hands, and goes on to nobody else."),
    })
}

/// The chair has admitted the child: nobody is asked any more, and who gave that word is kept with the question; with one of its
/// own where nobody had asked.
pub(super) async fn admitted(
    tx: &mut Tx,
    panel: &Panel,
    meeting: &MeetingId,
    case: CaseRef,
    by: (&str, &str),
) -> anyhow::Result<()> {
    let ends = Ends::Admitted(meeting.clone(), case);
    if tx.asked_until(&ends).await?.is_empty() {
        let said = AskedDetail {
            title: Redacted::new(format!("{case} is admitted to {meeting}")),
            chain: Chain::Chair.as_str().to_owned(),
            cases: vec![case],
            ..AskedDetail::default()
        };
        let (panel, meeting) = (panel.profile.id.clone(), Some(meeting.clone()));
        let key = tx.new_key().await?;
        let new = NewAsked { rule: "MC-31".to_owned(), panel, meeting, entry: None, ends: ends.clone(), said };
        tx.ask(&key, &new).await?;
    }
    answered(tx, &ends, by).await
}

/// Somebody has answered whatever asks for this.
pub(super) async fn answered(tx: &mut Tx, ends: &Ends, by: (&str, &str)) -> anyhow::Result<()> {
    for asked in tx.asked_until(ends).await? {
        close(tx, &asked, AskedState::Answered, by).await?;
    }
    Ok(())
}

/// Tells the next person of what nobody has answered, and closes what is over; returns how many things were done.
pub(super) async fn turn(
    daemon: &Daemon,
    book: &Book<'_>,
    memory: &mut Memory,
    now: Timestamp,
    next: &mut Vec<Timestamp>,
) -> anyhow::Result<usize> {
    let all = memory.all_asked_at.is_none_or(|at| now.duration_since(at) >= LOOK_AT_ALL_EVERY);
    let mut view = daemon.store.read().await?;
    let open = if all { view.open_asked().await? } else { view.open_asked_that_go_on(LAST).await? };
    drop(view);
    if all {
        memory.all_asked_at = Some(now);
    }
    let look = all || memory.asked_at.is_none_or(|at| now.duration_since(at) >= LOOK_EVERY);
    if look {
        memory.asked_at = Some(now);
    }
    let goes_on_at = |panel: &Panel, asked: &Asked| {
        let at =
            panel.calendar.days().plus_working_minutes(asked.told_at, PATIENCE_MINUTES, &panel.profile.working_hours);
        (at, at <= now && asked.level < LAST)
    };
    let mut found = 0;
    for asked in open.iter().filter(|_| look) {
        let (Ends::Caseworker(cases), Some(panel)) = (&asked.ends, book.panels.get(&asked.panel)) else { continue };
        for case in cases {
            found += usize::from(lead::find(daemon, book, panel, *case, now).await?);
        }
    }
    let over = over(daemon, book, &open, |panel, asked| look || goes_on_at(panel, asked).1, now).await?;
    let mut done = over.len() + found;
    for panel in book.panels.values() {
        let (days, hours) = (panel.calendar.days(), &panel.profile.working_hours);
        let mut due: BTreeMap<(Chain, i64, Option<AlertRef>), Vec<Waits<'_>>> = BTreeMap::new();
        for asked in open.iter().filter(|asked| asked.panel == panel.profile.id && !over.contains(&asked.number)) {
            let (at, goes_on) = goes_on_at(panel, asked);
            if goes_on {
                let waits = Waits::of(daemon, asked).await?;
                // What is kept from somebody goes on alone, past them and nobody else (invariant 5).
                let alone = waits.is_kept_from_somebody().then_some(asked.number);
                due.entry((waits.chain, asked.level, alone)).or_default().push(waits);
            } else if asked.level < LAST {
                next.push(at);
            }
        }
        for ((chain, level, _), waits) in due {
            let mut tx = daemon.store.begin(now).await?;
            done += usize::from(pass_on(&mut tx, book, panel, (chain, level), &waits).await?);
            tx.commit().await?;
            next.push(days.plus_working_minutes(now, PATIENCE_MINUTES, hours));
        }
    }
    Ok(done)
}

/// One alert that goes on, with what it said.
struct Waits<'a> {
    asked: &'a Asked,
    said: AskedDetail,
    chain: Chain,
    cases: Vec<RoutedCase>,
}

impl<'a> Waits<'a> {
    async fn of(daemon: &Daemon, asked: &'a Asked) -> anyhow::Result<Self> {
        let said = asked.said.open()?;
        let mut view = daemon.store.read().await?;
        let mut cases = Vec::new();
        for case in &said.cases {
            if let Some(open) = OpenCase::load(&mut view, *case).await? {
                cases.push(open.routed(&mut view).await?);
            }
        }
        let chain = Chain::ALL.into_iter().find(|chain| chain.as_str() == said.chain).unwrap_or(Chain::Owner);
        Ok(Self { asked, said, chain, cases })
    }

    fn is_kept_from_somebody(&self) -> bool {
        self.cases.iter().any(|case| !case.restrictions.is_empty())
    }

    fn in_words(&self) -> String {
        let since = civil::instant_in_words(self.asked.opened_at);
        let AskedDetail { title, what, advice, .. } = &self.said;
        let (title, what) = (with_a_stop(title.reveal()), what.reveal());
        format!("{}, since {since}: {title} {what} What to do: {}", self.asked.number, advice.reveal())
    }
}

async fn pass_on(
    tx: &mut Tx,
    book: &Book<'_>,
    panel: &Panel,
    (chain, level): (Chain, i64),
    waits: &[Waits<'_>],
) -> anyhow::Result<bool> {
    let to = chain.after(book, panel, level, tx.now());
    for one in waits {
        tx.asked_again(one.asked.number, to.unwrap_or(LAST)).await?;
    }
    let Some(to) = to else { return Ok(false) };
    let mut lines: Vec<String> = waits.iter().take(MOST_NAMED).map(Waits::in_words).collect();
    if waits.len() > MOST_NAMED {
        lines.push(format!("And {} more.", waits.len() - MOST_NAMED));
    }
    let numbers: Vec<String> = waits.iter().map(|one| one.asked.number.to_string()).collect();
    let about = waits.iter().map(|one| Ref::Alert(one.asked.number));
    let mails = waits.iter().filter_map(|one| one.asked.entry.map(Ref::Sent));
    let restricted = waits.iter().any(Waits::is_kept_from_somebody);
    let cases: Vec<RoutedCase> = waits.iter().filter(|_| restricted).flat_map(|one| one.cases.clone()).collect();
    let alert = Alert {
        to: To::Step(chain, to),
        at_once: false,
        purpose: format!("alert|not answered|{to}|{}", numbers.join(",")),
        title: match waits {
            [one] => format!("{} is not answered", one.asked.number),
            many => format!("{} alerts are not answered", many.len()),
        },
        what: format!("Nobody has answered {}", lines.join(" ")),
        why: format!(
            "An alert that asks for something goes on after two working hours, {}, so that nothing lies unseen. Whoever was told before has not said that they see to it.",
            chain.in_words()
        ),
        rule: RULE,
        happened_at: tx.now(),
        decide_by: None,
        otherwise: (to < LAST).then(|| GOES_ON.to_owned()),
        about: about.chain(mails).collect(),
        next: vec![NextStep {
            text: "See to it, and say so, by answering this mail or with".to_owned(),
            command: numbers.first().map(|number| format!("dutyclerk alert answer {number}")),
        }],
        meeting: None,
        cases: &cases,
    };
    raise(tx, book, panel, alert).await
}

/// Closes those of these alerts that are over by themselves, and says which.
async fn over(
    daemon: &Daemon,
    book: &Book<'_>,
    open: &[Asked],
    is_looked_at: impl Fn(&Panel, &Asked) -> bool,
    now: Timestamp,
) -> anyhow::Result<BTreeSet<AlertRef>> {
    let panel = |asked: &Asked| book.panels.get(&asked.panel).filter(|panel| is_looked_at(panel, asked));
    let looked_at: Vec<_> = open.iter().filter_map(|asked| Some((asked, panel(asked)?))).collect();
    if looked_at.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mut view = daemon.store.read().await?;
    let listed = looked_at.iter().flat_map(|(asked, _)| asked.ends.listed()).copied().collect::<Vec<_>>();
    view.open_items_of_cases(&listed).await?; // all in one go, and known to each
    let mut over = Vec::new();
    for (asked, panel) in looked_at {
        over.extend(is_over(&mut view, daemon, book, panel, asked, now).await?.map(|why| (asked, why)));
    }
    drop(view);
    for (asked, why) in &over {
        let mut tx = daemon.store.begin(now).await?;
        close(&mut tx, asked, AskedState::Over, ("dutyclerk", why)).await?;
        tx.commit().await?;
    }
    Ok(over.into_iter().map(|(asked, _)| asked.number).collect())
}

/// Why an alert that asks for something is over by itself; none while it is not, or where only an answer tells.
pub(super) async fn is_over(
    view: &mut View,
    daemon: &Daemon,
    book: &Book<'_>,
    panel: &Panel,
    asked: &Asked,
    now: Timestamp,
) -> anyhow::Result<Option<&'static str>> {
    if let Some(id) = &asked.meeting {
        match panel.meeting(id) {
            Some(meeting) if meeting.starts_at > now => {}
            Some(_) => return Ok(Some("its meeting has begun")),
            None => return Ok(Some("its meeting is not held")),
        }
    }
    let (over, why) = match &asked.ends {
        Ends::Answered | Ends::Begun(_) => (false, ""),
        Ends::Trouble(name) => {
            (view.troubles().await?.iter().all(|trouble| trouble.name != *name), "the trouble is over")
        }
        Ends::Mail(mail) => {
            let entry = view.entry(*mail).await?;
            (entry.is_none_or(|entry| entry.state != EntryState::Held), "the mail is held no more")
        }
        Ends::Rebuilt(mailbox) => {
            let held = view.entries_in(EntryState::Held).await?;
            let waits = held
                .iter()
                .any(|entry| entry.held_by.as_deref() == Some(rebuilt::RULE) && entry.panel == panel.profile.id);
            (!waits && !rebuilt::is_going_on(view, mailbox).await?, "no mail is held any more")
        }
        Ends::Holidays => {
            let needed = civil::date(now).checked_add(12.months())?;
            let horizon = daemon.schedules.as_ref().and_then(|schedules| schedules.holiday_horizon);
            (horizon.is_some_and(|horizon| horizon >= needed), "the table reaches a year ahead again")
        }
        Ends::Dated(id) => {
            let open = panel.meeting(id).is_some_and(|meeting| meeting.warns(WarningCode::BankHoliday));
            (!open, "the meeting has a date")
        }
        Ends::Quorum(id) => {
            let lacks = match panel.meeting(id) {
                Some(meeting) => {
                    let attendance = attendance::of(view, book, panel, &meeting, now).await?;
                    !attendance.lacks(&panel.profile.quorum).is_empty()
                }
                None => false,
            };
            (!lacks, "by the answers there is a quorum")
        }
        Ends::Admitted(id, case) => (is_admitted(view, id, *case).await?, "the chair has admitted the child"),
        Ends::Invitees(id, case) => {
            let rows = view.open_items_of_case(*case).await?;
            let listed = rows.iter().any(|row| row.meeting == *id && row.state == ItemState::Listed);
            (!listed, "the child is on that agenda no more")
        }
        Ends::CareLeaver(case) => {
            let open = OpenCase::load(view, *case).await?;
            (open.is_none_or(|open| open.facts.care_leaver.is_some()), "somebody has said")
        }
        Ends::Assessed(cases) => {
            let rows = view.open_items_of_cases(cases).await?;
            let is_expected = |row: &AgendaRow| row.section == SectionId::Expected && row.state == ItemState::Listed;
            (!rows.iter().any(is_expected), "the assessment has come")
        }
        Ends::Reviewed(case) => {
            let case = view.case(*case).await?;
            let open = case.is_some_and(|case| case.review_due.is_none() && case.state == CaseState::Open);
            (!open, "the case has a review date, or is closed")
        }
        Ends::Caseworker(cases) => {
            let mut alone = false;
            for case in cases {
                let open = OpenCase::load(view, *case).await?;
                alone = alone || open.is_some_and(|open| open.contacts().is_empty());
            }
            (!alone, "somebody is known for the child")
        }
        Ends::Declined(uid) => {
            let answer = view.invitation(uid).await?.and_then(|invitation| invitation.partstat);
            let says = answer.and_then(|(says, _)| Participation::from_word(&says));
            (says != Some(Participation::Declined), "the invitation is declined no more")
        }
    };
    Ok(over.then_some(why))
}

async fn is_admitted(view: &mut View, id: &MeetingId, case: CaseRef) -> anyhow::Result<bool> {
    let rows = view.open_items_of_case(case).await?;
    Ok(rows.iter().any(|row| row.meeting == *id && row.state == ItemState::Listed && row.admitted_by.is_some()))
}

async fn close(tx: &mut Tx, asked: &Asked, as_: AskedState, (by, note): (&str, &str)) -> anyhow::Result<()> {
    let answer = AskedAnswer { by: Redacted::new(by.to_owned()), note: Redacted::new(note.to_owned()) };
    if tx.close_asked(asked, as_, &answer).await? {
        tx.close_codes(&Ref::Alert(asked.number)).await?;
        let (event, reason) = match as_ {
            AskedState::Over => ("alert.over", format!("nobody is asked any more: {note}")),
            AskedState::Open | AskedState::Answered => ("alert.answered", "somebody has it in hand".to_owned()),
        };
        let refs = vec![Ref::Alert(asked.number)];
        tx.journal(Line { event, rule: Some(asked.rule.clone().into()), reason, refs });
    }
    Ok(())
}

/// Every alert with this end is over.
pub(super) async fn close_all(tx: &mut Tx, ends: &Ends, why: &str) -> anyhow::Result<()> {
    for asked in tx.asked_until(ends).await? {
        close(tx, &asked, AskedState::Over, ("dutyclerk", why)).await?;
    }
    Ok(())
}
