//! What is amiss with the program itself is told to a person, once, and once more when it is over (LESSONS A2, A7).
//!
//! A mailbox that could not be swept for fifteen minutes, a token that is refused, mail that no server takes, a disk that
//! fills: each is a *trouble* in the store, so that it is told once however often the program starts and however many of it run. It goes by mail to
//! the panel where that may still work, and always by the other route ([`crate::outbound::notice`]), which depends on none
//! of what fails. `status` shows every trouble there is.
//!
//! # Failure policy
//!
//! A trouble is noted first and told then; what no way took is told again each minute until one does.

mod words;

use super::alerts::{Alert, To, raise};
use super::asked::{ask, close_all};
use super::dispatch::flooded_since;
use super::unanswered::PATIENCE_MINUTES;
use super::{Daemon, Panel, Stage};
use crate::casework::calendar::civil;
use crate::casework::rules::Ends;
use crate::casework::{AuthorityId, MailboxId, capital};
use crate::outbound::compose::alert::NextStep;
use crate::outbound::notice::{Notice, Route};
use crate::outbound::submission::Sink;
use crate::store::{Line, Mailbox, Trouble, Tx};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::collections::BTreeMap;
use tracing::{error, info, warn};
use words::{Words, words};

/// A mailbox without a successful sweep, or mail that no server takes, is told after so long.
pub const PATIENCE: SignedDuration = SignedDuration::from_mins(15);
/// A login that is refused does not mend itself, but servers refuse one for a moment, too.
const REFUSED: SignedDuration = SignedDuration::from_mins(2);
/// So many days before its last one, in the morning, somebody is told to renew a secret or certificate.
const NOTICE_DAYS: i32 = 14;
/// So long may a token endpoint be away while the present token is good: it is renewed many minutes ahead.
const AWAY: SignedDuration = SignedDuration::from_mins(5);
/// What comes and goes is told once in so long: never the same alert twice in an hour.
const ONCE_IN: SignedDuration = SignedDuration::from_hours(1);
/// Until a notice that nobody took is tried again.
const AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// What is watched, and the way to a person that does not depend on it.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// The other route.
    pub route: Route,
    /// How much room the state folder must have.
    pub room: Room,
    /// How much it has, in bytes, as measured before the turn; none where nobody measured.
    pub free: Option<u64>,
}

/// Free space of the state folder, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Below it a person is told.
    pub warn_below: u64,
    /// Below it nothing is taken in or sent: what comes stays in its mailbox.
    pub stop_below: u64,
}

impl Default for Room {
    fn default() -> Self {
        Self { warn_below: 2 << 30, stop_below: 256 << 20 }
    }
}

impl Watch {
    /// Is there too little room to go on?
    pub fn is_full(&self) -> bool {
        self.free.is_some_and(|free| free < self.room.stop_below)
    }
}

/// What becomes of one thing that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// As it was.
    Nothing,
    /// It has been amiss long enough, and nobody was told.
    Raise,
    /// It is amiss no more, and somebody was told that it was.
    AllClear,
}

/// Judges a thing that has been amiss since then (none: it is well), with this much patience, and that was last told of at
/// `told_at`; and when to look again.
pub fn judge(
    amiss_since: Option<Timestamp>,
    patience: SignedDuration,
    known: bool,
    told_at: Option<Timestamp>,
    now: Timestamp,
) -> (Judgement, Option<Timestamp>) {
    match (amiss_since, known) {
        (None, true) => (Judgement::AllClear, None),
        (None, false) | (Some(_), true) => (Judgement::Nothing, None),
        (Some(since), false) => {
            let at = since.checked_add(patience).unwrap_or(since);
            let at = told_at.and_then(|told| told.checked_add(ONCE_IN).ok()).map_or(at, |again| again.max(at));
            if now >= at { (Judgement::Raise, None) } else { (Judgement::Nothing, Some(at)) }
        }
    }
}

/// Since when a mailbox has not been swept, while sweeps of it fail. From the last that went well; but the time in which
/// the program did not run, or swept seldom, is not the mailbox's fault.
pub fn silent_since(mailbox: &Mailbox) -> Option<Timestamp> {
    let failed = mailbox.failed_since?;
    let well = mailbox.sweep_finished_at.filter(|well| failed.duration_since(*well) <= PATIENCE);
    Some(well.unwrap_or(failed))
}

/// A thing that is watched.
struct Watched {
    name: String,
    amiss_since: Option<Timestamp>,
    patience: SignedDuration,
    detail: String,
}

/// Looks at everything and tells what is new; returns when to look again.
pub(super) async fn turn(daemon: &Daemon, now: Timestamp) -> anyhow::Result<Option<Timestamp>> {
    let Some(watch) = &daemon.watch else { return Ok(None) };
    daemon.pulse.beat(Stage::Watch);
    let mut view = daemon.store.read().await?;
    let known = view.troubles().await?;
    let sending = Sending {
        failing_since: view.sending_failed_since().await?,
        why: view.submission_server().await?.and_then(|server| server.last_error),
        flooded_since: flooded_since(&mut view).await?,
    };
    let things = things(daemon, watch, &view.mailboxes().await?, sending, &known, now);
    let mut last_told = BTreeMap::new();
    // Each stop of all sending is one of its own, which a person ended.
    for thing in things.iter().filter(|thing| thing.amiss_since.is_some() && thing.name != FLOOD) {
        if let Some(at) = view.setting(&told_key(&thing.name)).await?.and_then(|at| at.parse::<Timestamp>().ok()) {
            last_told.insert(thing.name.clone(), at);
        }
    }
    drop(view);
    let (mut next, mut raised) = (Vec::new(), false);
    for thing in &things {
        let is_known = known.iter().any(|trouble| trouble.name == thing.name);
        let (judgement, again) =
            judge(thing.amiss_since, thing.patience, is_known, last_told.get(&thing.name).copied(), now);
        next.extend(again);
        match judgement {
            Judgement::Nothing => {}
            Judgement::Raise => {
                raised = true;
                note(daemon, thing, now).await?;
            }
            Judgement::AllClear => clear(daemon, watch, &thing.name, now).await?,
        }
    }
    // What is configured no more is watched no more.
    for gone in known.iter().filter(|trouble| things.iter().all(|thing| thing.name != trouble.name)) {
        let mut tx = daemon.store.begin(now).await?;
        tx.clear_trouble(&gone.name).await?;
        close_all(&mut tx, &Ends::Trouble(gone.name.clone()), "it is watched no more").await?;
        tx.commit().await?;
    }
    // Without any trouble before or now there is nothing to tell.
    if !known.is_empty() || raised {
        next.extend(tell(daemon, watch, now).await?);
    }
    Ok(next.into_iter().min())
}

/// What the store says of the way mail leaves.
struct Sending {
    failing_since: Option<Timestamp>,
    why: Option<String>,
    /// Since when too much mail has stopped it.
    flooded_since: Option<Timestamp>,
}

fn things(
    daemon: &Daemon,
    watch: &Watch,
    mailboxes: &[Mailbox],
    sending: Sending,
    known: &[Trouble],
    now: Timestamp,
) -> Vec<Watched> {
    let mut things = Vec::new();
    for id in daemon.mailboxes.keys() {
        let row = mailboxes.iter().find(|row| row.id == *id);
        let detail = row.and_then(|row| row.last_error.clone()).unwrap_or_default();
        let (amiss_since, patience) = if is_refusal(&detail) {
            (row.and_then(|row| row.failed_since), REFUSED)
        } else {
            (row.and_then(silent_since), PATIENCE)
        };
        things.push(Watched { name: mailbox_name(id), amiss_since, patience, detail });
    }
    for tokens in &daemon.tokens {
        let health = tokens.health();
        let at_once = health.good_until.is_none() || health.failing.is_some_and(|(_, why)| why.is_for_a_person());
        things.push(Watched {
            name: format!("{TOKEN}{}", tokens.name()),
            // It was asked for within this turn.
            amiss_since: health.failing.map(|(since, _)| since.min(now)),
            patience: if at_once { SignedDuration::ZERO } else { AWAY },
            detail: health.failing.map(|(_, why)| why.code()).unwrap_or_default(),
        });
    }
    for tokens in &daemon.tokens {
        if let Some(last) = tokens.health().proof_ends {
            let name = format!("{PROOF}{}", tokens.name());
            let amiss_since = (now >= notice_at(last)).then_some(now);
            things.push(Watched { name, amiss_since, patience: SignedDuration::ZERO, detail: last.to_string() });
        }
    }
    let detail = sending.why.unwrap_or_else(|| "no_mail_taken".to_owned());
    things.push(Watched {
        name: SENDING.to_owned(),
        amiss_since: if matches!(daemon.sink, Sink::Closed) { None } else { sending.failing_since },
        patience: if is_refusal(&detail) { REFUSED } else { PATIENCE },
        detail,
    });
    things.push(Watched {
        name: FLOOD.to_owned(),
        amiss_since: sending.flooded_since,
        patience: SignedDuration::ZERO,
        detail: format!("{} mails in an hour", daemon.most_mails_an_hour.unwrap_or_default()),
    });
    for (name, below) in [(DISK_LOW, watch.room.warn_below), (DISK_FULL, watch.room.stop_below)] {
        let is_known = known.iter().any(|trouble| trouble.name == name);
        // A tenth more before it is over, so that it is not told at every breath.
        let below = if is_known { below.saturating_add(below / 10) } else { below };
        let amiss = watch.free.is_some_and(|free| free < below);
        let detail = format!("{} MiB", watch.free.unwrap_or_default() >> 20);
        let patience = SignedDuration::ZERO;
        things.push(Watched { name: name.to_owned(), amiss_since: amiss.then_some(now), patience, detail });
    }
    things
}

/// Ten in the morning of that day: nobody is woken for it.
fn notice_at(last: Date) -> Timestamp {
    let day = last.checked_sub(NOTICE_DAYS.days()).unwrap_or(last);
    civil::instant(day.at(10, 0, 0, 0))
}

/// Refused for what we are, not for what was asked.
fn is_refusal(code: &str) -> bool {
    matches!(code, "login_refused" | "token_refused" | "not_connected" | "no_login")
}

const SENDING: &str = "sending";
const FLOOD: &str = "flood";
/// Before an application's name.
const TOKEN: &str = "token:";
const PROOF: &str = "proof:";
const DISK_LOW: &str = "disk-low";
const DISK_FULL: &str = "disk-full";

fn mailbox_name(id: &MailboxId) -> String {
    format!("mailbox:{id}")
}

fn mailbox_of(name: &str) -> Option<MailboxId> {
    name.strip_prefix("mailbox:").map(MailboxId::from)
}

/// The rule a trouble is told by; docs/OPERATING.md lists them.
fn rule_of(name: &str) -> &'static str {
    match name {
        SENDING => "OP-02",
        FLOOD => "OP-11",
        DISK_LOW | DISK_FULL => "OP-03",
        _ if name.starts_with(TOKEN) || name.starts_with(PROOF) => "OP-10",
        _ => "OP-01",
    }
}

/// Where it stands when a trouble was last told of.
fn told_key(name: &str) -> String {
    format!("told:{name}")
}

/// Notes a trouble, and tells it by mail where mail may still work.
async fn note(daemon: &Daemon, thing: &Watched, now: Timestamp) -> anyhow::Result<()> {
    let since = thing.amiss_since.unwrap_or(now);
    let mut tx = daemon.store.begin(now).await?;
    if !tx.raise_trouble(&thing.name, since, &thing.detail).await? {
        return Ok(());
    }
    tx.set_setting(&told_key(&thing.name), &now.to_string()).await?;
    let trouble = Trouble { name: thing.name.clone(), since, detail: thing.detail.clone(), told_at: None };
    let said = words(&trouble);
    error!(trouble = %trouble.name, since = %since, detail = %trouble.detail, "{}", said.title);
    tx.journal(Line {
        event: "trouble.raised",
        rule: Some(rule_of(&trouble.name).into()),
        reason: format!("{} ({})", said.title, trouble.detail),
        refs: Vec::new(),
    });
    by_mail(&mut tx, daemon, &trouble, &said, None).await?;
    tx.commit().await?;
    Ok(())
}

async fn clear(daemon: &Daemon, watch: &Watch, name: &str, now: Timestamp) -> anyhow::Result<()> {
    let mut tx = daemon.store.begin(now).await?;
    let Some(trouble) = tx.clear_trouble(name).await? else { return Ok(()) };
    let said = words(&trouble);
    info!(trouble = %trouble.name, "{}", said.over);
    tx.journal(Line {
        event: "trouble.over",
        rule: Some(rule_of(name).into()),
        reason: said.over.clone(),
        refs: Vec::new(),
    });
    close_all(&mut tx, &Ends::Trouble(name.to_owned()), &said.over).await?;
    by_mail(&mut tx, daemon, &trouble, &said, Some(now)).await?;
    let id = tx.chance().uuid(now);
    tx.commit().await?;
    // Whoever was never told that it was amiss needs no all-clear.
    if trouble.told_at.is_some() {
        let text = format!("It had been so since {}. Nothing is to be done.", civil::instant_in_words(trouble.since));
        let notice = Notice { title: said.over, text };
        if let Err(error) = watch.route.tell(&notice, id, now).await {
            warn!(trouble = %trouble.name, error = %error, "the all-clear could not be told by the other route");
        }
    }
    Ok(())
}

/// Tells by the other route what it has not taken yet; and what no mail can tell, every two working hours until it is over.
async fn tell(daemon: &Daemon, watch: &Watch, now: Timestamp) -> anyhow::Result<Option<Timestamp>> {
    let troubles = daemon.store.read().await?.troubles().await?;
    let mut next: Option<Timestamp> = None;
    for trouble in troubles {
        if trouble.told_at.is_some() {
            let Some(again) = again_at(daemon, &trouble) else { continue };
            if again > now {
                next = Some(next.map_or(again, |next| next.min(again)));
                continue;
            }
        }
        daemon.pulse.beat(Stage::Watch);
        let said = words(&trouble);
        let text = format!("{}\n\n{}\n\nWhat to do: {}", said.what, said.why, said.next);
        let title = if trouble.told_at.is_some() { format!("still: {}", said.title) } else { said.title };
        let notice = Notice { title, text };
        match watch.route.tell(&notice, daemon.chance.uuid(now), now).await {
            Ok(()) => {
                let mut tx = daemon.store.begin(now).await?;
                tx.trouble_told(&trouble.name).await?;
                tx.commit().await?;
            }
            Err(error) => {
                error!(trouble = %trouble.name, error = %error, "nobody could be told by the other route; trying again");
                let again = now.checked_add(AGAIN)?;
                next = Some(next.map_or(again, |next| next.min(again)));
            }
        }
    }
    Ok(next)
}

/// What stops all mail cannot go on to anybody by mail: it is told again, two working hours after the last time.
fn again_at(daemon: &Daemon, trouble: &Trouble) -> Option<Timestamp> {
    let told_at = trouble.told_at.filter(|_| stops_mail(&trouble.name))?;
    let panel = one_of_each_authority(daemon).into_iter().next()?;
    let hours = &panel.profile.working_hours;
    Some(panel.calendar.days().plus_working_minutes(told_at, PATIENCE_MINUTES, hours))
}

fn stops_mail(name: &str) -> bool {
    matches!(name, SENDING | FLOOD | DISK_FULL)
}

/// By mail to the panels it touches; for what is the matter with sending there is only the other route.
async fn by_mail(
    tx: &mut Tx,
    daemon: &Daemon,
    trouble: &Trouble,
    said: &Words,
    over: Option<Timestamp>,
) -> anyhow::Result<()> {
    if trouble.name == SENDING || trouble.name == FLOOD {
        return Ok(());
    }
    let book = daemon.book();
    for panel in panels(daemon, &trouble.name) {
        let kind = if over.is_some() { "all-clear" } else { "trouble" };
        let alert = Alert {
            to: To::Owner,
            at_once: true,
            purpose: format!("alert|{kind}|{}|{}|{}", panel.profile.id, trouble.name, trouble.since),
            title: if over.is_some() { said.over.clone() } else { said.title.clone() },
            what: match over {
                Some(_) => format!("{}. It had been so since {}.", said.over, civil::instant_in_words(trouble.since)),
                None => said.what.clone(),
            },
            why: said.why.clone(),
            rule: rule_of(&trouble.name),
            happened_at: over.unwrap_or(trouble.since),
            decide_by: None,
            otherwise: None,
            about: Vec::new(),
            next: match over {
                Some(_) => Vec::new(),
                None => vec![
                    NextStep { text: said.next.clone(), command: None },
                    NextStep { text: "See how things stand".to_owned(), command: Some("dutyclerk status".to_owned()) },
                ],
            },
            meeting: None,
            cases: &[],
        };
        match over {
            Some(_) => raise(tx, &book, panel, alert).await?,
            None => ask(tx, &book, panel, alert, Ends::Trouble(trouble.name.clone())).await?,
        };
    }
    Ok(())
}

/// A mailbox's own panels; for the machine one panel of each authority.
fn panels<'a>(daemon: &'a Daemon, name: &str) -> Vec<&'a Panel> {
    match mailbox_of(name) {
        Some(id) => daemon.panels.values().filter(|panel| panel.profile.mailboxes.contains(&id)).collect(),
        None => one_of_each_authority(daemon),
    }
}

/// What concerns the machine is told to one panel of each authority.
pub(super) fn one_of_each_authority(daemon: &Daemon) -> Vec<&Panel> {
    let mut one: BTreeMap<&AuthorityId, &Panel> = BTreeMap::new();
    for panel in daemon.panels.values() {
        one.entry(&panel.profile.authority).or_insert(panel);
    }
    one.into_values().collect()
}

/// Does a panel hear of it? Its own mailboxes' troubles, and the machine's.
pub(super) fn concerns(panel: &Panel, trouble: &Trouble) -> bool {
    mailbox_of(&trouble.name).is_none_or(|id| panel.profile.mailboxes.contains(&id))
}

/// In a sentence, for the digest.
pub(super) fn in_a_sentence(trouble: &Trouble) -> String {
    format!("{}, since {}.", capital(&words(trouble).title), civil::instant_in_words(trouble.since))
}

/// What is amiss in a line, since when, and whether the other route took it: for `status`.
pub fn title_of(trouble: &Trouble) -> String {
    words(trouble).title
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-20T{text}Z").parse().unwrap()
    }

    fn mailbox(well: Option<&str>, failed: Option<&str>) -> Mailbox {
        Mailbox {
            id: MailboxId::from("duty"),
            epoch: None,
            tried_at: None,
            sweep_began_at: None,
            sweep_finished_at: well.map(at),
            failures: 1,
            last_error: None,
            alerted_at: None,
            failed_since: failed.map(at),
        }
    }

    #[test]
    fn op_01_told_once_after_fifteen_minutes_and_once_when_it_is_over() {
        let since = Some(at("10:00:00"));
        let (nothing, next) = judge(since, PATIENCE, false, None, at("10:14:59"));
        assert_eq!((nothing, next), (Judgement::Nothing, Some(at("10:15:00"))));
        assert_eq!(judge(since, PATIENCE, false, None, at("10:15:00")), (Judgement::Raise, None));
        assert_eq!(judge(since, PATIENCE, true, None, at("11:00:00")), (Judgement::Nothing, None));
        assert_eq!(judge(None, PATIENCE, true, None, at("11:00:00")), (Judgement::AllClear, None));
        assert_eq!(judge(None, PATIENCE, false, None, at("11:00:00")), (Judgement::Nothing, None));
    }

    #[test]
    fn op_01_what_comes_and_goes_is_told_once_in_an_hour() {
        let since = Some(at("10:30:00"));
        let told = Some(at("10:15:00"));
        assert_eq!(judge(since, PATIENCE, false, told, at("10:45:00")), (Judgement::Nothing, Some(at("11:15:00"))));
        assert_eq!(judge(since, PATIENCE, false, told, at("11:15:00")), (Judgement::Raise, None));
        let long_ago = Some(at("08:00:00"));
        assert_eq!(judge(since, PATIENCE, false, long_ago, at("10:45:00")), (Judgement::Raise, None));
    }

    #[test]
    fn op_01_silence_counts_from_the_last_good_sweep_unless_the_program_was_away() {
        assert_eq!(silent_since(&mailbox(Some("10:00:00"), None)), None);
        assert_eq!(silent_since(&mailbox(Some("10:00:00"), Some("10:05:00"))), Some(at("10:00:00")));
        assert_eq!(silent_since(&mailbox(Some("06:00:00"), Some("10:05:00"))), Some(at("10:05:00")));
        assert_eq!(silent_since(&mailbox(None, Some("10:05:00"))), Some(at("10:05:00")));
    }

    #[test]
    fn op_03_the_disk_stops_everything_below_its_limit_only() {
        let watch = |free| Watch { free, ..Watch::default() };
        assert!(!watch(None).is_full());
        assert!(!watch(Some(256 << 20)).is_full());
        assert!(watch(Some((256 << 20) - 1)).is_full());
    }
}
