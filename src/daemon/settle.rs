//! Answers that name a code are carried out: what waits for a person is settled by mail, by the same functions as by the
//! verbs, and whoever answered is told what came of it.
//!
//! # Failure policy
//!
//! That a message is such an answer is decided, and committed, with the message; here it is carried out, and answered in a
//! transaction after that. Should the program die in between, the next turn finds the thing settled by this very message
//! and answers. An answer that cannot be carried out for a reason of the store's is tried again next turn and stops no
//! other. Whatever is wrong with code, sender or choice changes nothing and is answered; after [`MOST_WRONG`] in a day an
//! address is not heard until the next, and a person is told. A code is spent when something was settled, not before.

use super::alerts::{Alert, To, raise};
use super::approval::{Approving, approve, decided, refuse};
use super::desk::{OpenCase, Posting, post};
use super::dispatch::judge_mail;
use super::held::{Release, reject, release};
use super::offer::{offers, settleable};
use super::process::panel_of;
use super::{Daemon, Panel, Stage, asked, invitees};
use crate::casework::calendar::civil;
use crate::casework::routing::RoutedCase;
use crate::casework::rules::{Choice, HoldKind, Pick, begins_with_a_miscopied_code, picks};
use crate::casework::{Address, CaseRef, HeldRef, MessageRef, PanelId, Ref, Sha256, capital};
use crate::inbound::unpack::{Parcel, unpack};
use crate::outbound::compose::alert::{NextStep, Offer};
use crate::outbound::compose::settled::{Outcome, View as Told, compose};
use crate::outbound::compose::{Answering, Identifier};
use crate::store::{AnswerState, ApprovalState, Held, HeldState, Line, Message, StoreError, View};
use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use tracing::error;

/// Wrong answers of one address in 24 hours before it is not heard any more.
const MOST_WRONG: i64 = 5;
/// Codes that one answer may settle.
const MOST_PICKS: usize = 10;
/// By which what is here is done.
const RULE: &str = "MC-33";

const NOT_YOURS: &str = "Only this panel's admin, chair or approver can settle it, or who stands in for them, and only from their own address. \
                         Please leave it to them, or ask them to add you to the directory.";
const UNKNOWN: &str =
    "The code in your answer is none of ours, or a letter of it is wrong. Please copy it from our mail as it stands.";
const NO_CODE: &str = "Your answer has no code. Please answer our mail once more with one line: the code that stands in it, a space, and the number of your choice.";
const UNCLEAR: &str = "Your answer names no number of a choice beside the code, or more than one. Please answer once more with one line: the code, a space, and one number.";

/// Carries out the answers that wait, as this view of the present has them, and returns a view of what has come of it.
pub(super) async fn turn(daemon: &mut Daemon, mut view: View, now: Timestamp) -> anyhow::Result<View> {
    let waiting = view.answers_waiting().await?;
    if waiting.is_empty() {
        return Ok(view);
    }
    drop(view);
    for number in waiting {
        if daemon.stop.asked() {
            break;
        }
        daemon.pulse.beat(Stage::Process);
        match carry_out(daemon, number, now).await {
            Ok(()) => {}
            Err(error) => {
                error!(message.id = %number, error = %format!("{error:#}"), "an answer could not be carried out; trying again next turn");
            }
        }
    }
    Ok(daemon.store.read().await?)
}

/// An answer being carried out.
struct Answer {
    message: Message,
    parcel: Parcel,
    from: Address,
}

async fn carry_out(daemon: &mut Daemon, number: MessageRef, now: Timestamp) -> anyhow::Result<()> {
    let mut view = daemon.store.read().await?;
    daemon.read_directory(&mut view).await?;
    let message = view.message(number).await?.with_context(|| format!("there is no message {number}"))?;
    let parcel = unpack(&view.raw(number).await?, &daemon.limits);
    let from = parcel.headers.from.clone().context("it has no sender")?;
    let wrong = view.answers_refused(&from, now.checked_sub(SignedDuration::from_hours(24))?).await?;
    drop(view);
    let answer = Answer { message, parcel, from };
    let panel_id = panel_of(daemon, &answer.message.mailbox, &[]).map(|panel| panel.profile.id.clone());
    let own = panel_id.with_context(|| "its mailbox belongs to no enabled panel".to_owned())?;
    if wrong >= MOST_WRONG {
        return unheard(daemon, &answer, wrong, now).await;
    }
    let mut results = Vec::new();
    let mut spoken_of = None;
    for pick in picks(answer.parcel.new_text.reveal()).into_iter().take(MOST_PICKS) {
        let (result, panel) = one(daemon, &answer, &pick, now).await?;
        spoken_of = spoken_of.or(panel);
        results.push(result);
    }
    if results.is_empty() {
        let miscopied = begins_with_a_miscopied_code(answer.parcel.new_text.reveal());
        results.push(refused(if miscopied { UNKNOWN } else { NO_CODE }));
    }
    tell(daemon, &answer, spoken_of.as_ref().unwrap_or(&own), results, now).await
}

fn refused(why: &str) -> Outcome {
    Outcome { about: None, done: false, said: vec![why.to_owned()], offer: None }
}

/// What came of one code, and whose it was where the sender may know.
async fn one(
    daemon: &mut Daemon,
    answer: &Answer,
    pick: &Pick,
    now: Timestamp,
) -> anyhow::Result<(Outcome, Option<PanelId>)> {
    let mut view = daemon.store.read().await?;
    let offered = view.offered(&pick.code).await?;
    let concern = match &offered {
        Some(offered) => Concern::of(&mut view, &offered.about).await?,
        None => Concern::default(),
    };
    let already = match &offered {
        Some(offered) => settled_by(&mut view, &offered.about, answer.message.number).await?,
        None => false,
    };
    let settle = match &offered {
        Some(offered) => settleable(&mut view, &offered.about).await?,
        None => None,
    };
    drop(view);
    let book = daemon.book();
    let own = panel_of(daemon, &answer.message.mailbox, &[]);
    let panel = concern.panel.as_ref().and_then(|id| book.panels.get(id)).or(own);
    let may = panel.is_some_and(|panel| {
        let routing = book.routing(panel, now);
        let in_hand = offered.as_ref().is_some_and(|offered| offered.choices.contains(&Choice::InHand));
        book.takes_answers(panel)
            && (routing.may_settle(&answer.from, &concern.cases)
                || (in_hand && routing.may_take_in_hand(&answer.from, &concern.cases)))
    });
    // Whether the code is right is told to nobody who may not use it.
    if !may {
        return Ok((refused(NOT_YOURS), None));
    }
    let id = panel.map(|panel| panel.profile.id.clone());
    let Some(offered) = offered else { return Ok((refused(UNKNOWN), id)) };
    let about = offered.about.clone();
    let outcome = |done, said: Vec<String>| Outcome { about: Some(about.to_string()), done, said, offer: None };
    if already {
        return Ok((outcome(true, became(daemon, &about).await?), id));
    }
    let Some(settle) = settle else {
        return Ok((outcome(false, vec!["It was settled already.".to_owned()]), id));
    };
    // Nobody approves by a code what they were not shown with it.
    if offered.binds != settle.binds {
        let why = "What you were shown has changed since, and holds no more. Please answer the newest preview.";
        return Ok((outcome(false, vec![why.to_owned()]), id));
    }
    if offered.closed_at.is_some() || offered.expires_at <= now {
        let why = "The code has expired. Here is a fresh one; please answer this mail.".to_owned();
        let panel = id.as_ref().and_then(|id| daemon.panels.get(id));
        let fresh = match panel {
            Some(panel) => fresh_offer(daemon, panel, &about, now).await?,
            None => None,
        };
        return Ok((Outcome { offer: fresh, ..outcome(false, vec![why]) }, id));
    }
    let nth = |n: &usize| offered.choices.get(n.checked_sub(1)?).copied();
    let chosen = pick.numbers.iter().map(nth).collect::<Option<Vec<Choice>>>().unwrap_or_default();
    let choice = match chosen.as_slice() {
        [one] => Some(*one),
        several => several.first().copied().filter(|_| several.iter().all(|choice| choice.invites())),
    };
    let Some(choice) = choice else {
        let listed = settle.words().into_iter().enumerate();
        let listed = listed.map(|(n, words)| format!("{}. {words}", n + 1));
        let said =
            std::iter::once(format!("{UNCLEAR} It waits because {}. The choices are:", settle.why)).chain(listed);
        return Ok((outcome(false, said.collect()), id));
    };
    match act(daemon, answer, &about, (&chosen, offered.binds), pick, now).await {
        Ok(()) => {
            spend(daemon, &about, now).await?;
            let panel = id.as_ref().and_then(|id| daemon.panels.get(id));
            // What was refused can still be approved.
            let fresh = match panel.filter(|_| choice == Choice::Refuse) {
                Some(panel) => fresh_offer(daemon, panel, &about, now).await?,
                None => None,
            };
            Ok((Outcome { offer: fresh, ..outcome(true, became(daemon, &about).await?) }, id))
        }
        Err(error) if error.chain().any(|cause| cause.is::<StoreError>()) => Err(error),
        Err(error) => Ok((outcome(false, vec![format!("{}.", capital(&format!("{error:#}")))]), id)),
    }
}

/// Whose panel's it is, and which children's.
#[derive(Default)]
struct Concern {
    panel: Option<PanelId>,
    cases: Vec<RoutedCase>,
}

impl Concern {
    async fn of(view: &mut View, about: &Ref) -> anyhow::Result<Self> {
        let (panel, numbers) = match about {
            Ref::Held(number) => match view.held(*number).await? {
                Some(held) => (held.panel, held.case.into_iter().collect()),
                None => (None, Vec::new()),
            },
            Ref::Sent(number) => {
                (view.entry(*number).await?.map(|entry| entry.panel), view.cases_of_entry(*number).await?)
            }
            Ref::Meeting(id) => {
                let mails: Vec<_> = view.awaiting_approval(id).await?.iter().map(|mail| mail.number).collect();
                let cases = view.cases_of_entries(&mails).await?.into_values().flatten();
                (Some(id.panel.clone()), cases.collect::<BTreeSet<_>>().into_iter().collect())
            }
            Ref::Alert(number) => match view.asked(*number).await? {
                Some(asked) => (Some(asked.panel.clone()), asked.said.open()?.cases),
                None => (None, Vec::new()),
            },
            Ref::Case(_) | Ref::Message(_) => (None, Vec::new()),
        };
        let mut cases = Vec::new();
        for number in numbers {
            if let Some(open) = OpenCase::load(view, number).await? {
                cases.push(open.routed(view).await?);
            }
        }
        Ok(Self { panel, cases })
    }
}

/// The same functions as the verbs call.
async fn act(
    daemon: &mut Daemon,
    answer: &Answer,
    about: &Ref,
    (chosen, shown): (&[Choice], Option<Sha256>),
    pick: &Pick,
    now: Timestamp,
) -> anyhow::Result<()> {
    let by = {
        let book = daemon.book();
        let entry = book.directory.find(&answer.from, civil::date(now));
        entry.map_or_else(|| answer.from.to_string(), |entry| entry.name.reveal().clone())
    };
    let word = Release { by, note: note(answer.message.number), ..Release::default() };
    let Some(choice) = chosen.first().copied() else { anyhow::bail!("nothing was chosen") };
    match (about, choice) {
        (Ref::Held(number), Choice::Reject | Choice::KeepBack | Choice::Sender) => {
            reject(daemon, *number, &word.by, &word.note, now).await
        }
        (Ref::Held(number), Choice::Release | Choice::Unmark | Choice::Deputise | Choice::ToHealth) => {
            release(daemon, *number, &word, now).await
        }
        (Ref::Held(number), Choice::NewChild) => {
            release(daemon, *number, &Release { new_child: true, ..word }, now).await
        }
        (Ref::Held(number), Choice::Case(case)) => {
            release(daemon, *number, &Release { case: Some(case), ..word }, now).await
        }
        (Ref::Held(number), Choice::OtherCase) => {
            let [case] = pick.cases.as_slice() else {
                anyhow::bail!("write the reference of one case (R-…) behind the number, in the same line");
            };
            release(daemon, *number, &Release { case: Some(*case), ..word }, now).await
        }
        (Ref::Held(number), Choice::Named) => {
            release(daemon, *number, &Release { to: pick.addresses.clone(), ..word }, now).await
        }
        (Ref::Held(number), Choice::To) => {
            if pick.addresses.is_empty() {
                anyhow::bail!("write the address of each person who gets it behind the number, in the same line");
            }
            release(daemon, *number, &Release { to: pick.addresses.clone(), ..word }, now).await
        }
        (Ref::Alert(number), Choice::Admit) => {
            asked::admit(daemon, *number, &answer.from, (&word.by, &word.note), now).await
        }
        (Ref::Alert(number), Choice::Invite(_) | Choice::InviteNamed | Choice::InviteNobody) => {
            invitees::choose(daemon, *number, (chosen, &pick.addresses), (&word.by, &word.note), now).await
        }
        (Ref::Alert(number), Choice::CareLeaver | Choice::NoCareLeaver) => {
            let is_one = choice == Choice::CareLeaver;
            invitees::say_care_leaver(daemon, *number, is_one, (&word.by, &word.note), now).await
        }
        (Ref::Alert(number), Choice::InHand) => asked::answer(daemon, *number, &word.by, &word.note, now).await,
        (Ref::Sent(number), Choice::Send) => judge_mail(daemon, *number, true, now).await.map(|_| ()),
        (Ref::Sent(number), Choice::Cancel) => judge_mail(daemon, *number, false, now).await.map(|_| ()),
        (Ref::Meeting(id), Choice::Approve) => {
            approve(daemon, id, Approving::Whole, shown, &decided(&word.by, &word.note), now).await
        }
        (Ref::Meeting(id), Choice::ApproveWithout) => {
            approve(daemon, id, Approving::WithoutFlagged, shown, &decided(&word.by, &word.note), now).await
        }
        (Ref::Meeting(id), Choice::Refuse) => refuse(daemon, id, &decided(&word.by, &word.note), now).await,
        _ => anyhow::bail!("this choice does not fit {about}"),
    }
}

/// What is kept with a decision that came by mail.
fn note(message: MessageRef) -> String {
    format!("answered by mail in {message}")
}

/// Was it settled by this very message? Then the program died before it could say so.
async fn settled_by(view: &mut View, about: &Ref, message: MessageRef) -> anyhow::Result<bool> {
    let said = match about {
        Ref::Held(number) => match view.held(*number).await?.and_then(|held| held.decision) {
            Some(decision) => Some(decision.open()?.note),
            None => None,
        },
        Ref::Meeting(id) => match view.approval(id).await?.and_then(|row| row.decision) {
            Some(decision) => Some(decision.open()?.note),
            None => None,
        },
        Ref::Alert(number) => match view.asked(*number).await?.and_then(|asked| asked.answer) {
            Some(answer) => Some(answer.open()?.note),
            None => None,
        },
        Ref::Case(_) | Ref::Message(_) | Ref::Sent(_) => None,
    };
    Ok(said.is_some_and(|said| *said.reveal() == note(message)))
}

/// What came of it, for whoever settled it.
async fn became(daemon: &Daemon, about: &Ref) -> anyhow::Result<Vec<String>> {
    let mut view = daemon.store.read().await?;
    match about {
        Ref::Held(number) => match view.held(*number).await? {
            Some(held) => became_of_held(&mut view, &held).await,
            None => Ok(Vec::new()),
        },
        Ref::Sent(number) => {
            let entry = view.entry(*number).await?;
            Ok(vec![match entry.as_ref().map(|entry| (entry.superseded_by, entry.state)) {
                Some((Some(other), _)) => {
                    format!("{other} goes in the place of {number}: the same mail, to those who are still listed.")
                }
                Some((None, state)) => format!("{number} is {state} now."),
                None => format!("{number} is gone now."),
            }])
        }
        Ref::Meeting(id) => Ok(vec![match view.approval(id).await?.map(|row| (row.what, row.state)) {
            Some((what, ApprovalState::Approved)) => format!("The {what} for {id} is approved and goes now."),
            Some((what, state)) => {
                format!("The {what} for {id} is {state}. Nobody has it; it waits until somebody approves it.")
            }
            None => format!("There is no pack for {id}."),
        }]),
        Ref::Alert(number) => Ok(vec![asked::became(&mut view, *number).await?]),
        Ref::Case(_) | Ref::Message(_) => Ok(Vec::new()),
    }
}

async fn became_of_held(view: &mut View, held: &Held) -> anyhow::Result<Vec<String>> {
    let number: HeldRef = held.number;
    if HoldKind::from_code(&held.kind) == Some(HoldKind::KeptFromHealth) {
        return Ok(vec![match held.state {
            HeldState::Rejected => {
                format!("{number} is settled: the paper stays back from the child's health colleagues.")
            }
            _ => format!("{number} is settled: the child's health colleagues get the paper."),
        }]);
    }
    if HoldKind::from_code(&held.kind) == Some(HoldKind::OtherLead) {
        return Ok(vec![match held.state {
            HeldState::Rejected => format!("{number} is settled: whoever sent the paper carries the case."),
            _ => format!("{number} is settled: whoever carries the case is invited, and the sender no more."),
        }]);
    }
    if held.state == HeldState::Rejected {
        return Ok(vec![format!(
            "{number} was turned away. It goes to nobody; tell its sender, who is not written to."
        )]);
    }
    if HoldKind::from_code(&held.kind) == Some(HoldKind::MemberAway) {
        return Ok(vec![format!(
            "{number} is settled: the deputy gets the papers, at once where the pack has gone and with the pack where it has not."
        )]);
    }
    let mut said = vec![format!("{number} was let through. What is owed to anybody goes by itself.")];
    let mut cases: Vec<CaseRef> = held.case.into_iter().collect();
    if let Some(message) = held.message {
        for document in view.documents_of_message(message).await? {
            if held.document.as_ref().is_none_or(|id| *id == document.id) {
                cases.extend(document.case);
            }
        }
        for other in view.held_of_message(message).await?.iter().filter(|other| other.state == HeldState::Open) {
            said.push(format!("{} of the same message still waits.", other.number));
        }
    }
    cases.sort_unstable();
    cases.dedup();
    for case in cases {
        for row in view.open_items_of_case(case).await? {
            said.push(format!("{case} is on the agenda of {}.", row.meeting));
        }
    }
    Ok(said)
}

/// No code settles this any more.
async fn spend(daemon: &Daemon, about: &Ref, now: Timestamp) -> anyhow::Result<()> {
    let mut tx = daemon.store.begin(now).await?;
    tx.close_codes(about).await?;
    tx.commit().await?;
    Ok(())
}

async fn fresh_offer(daemon: &Daemon, panel: &Panel, about: &Ref, now: Timestamp) -> anyhow::Result<Option<Offer>> {
    let book = daemon.book();
    let mut tx = daemon.store.begin(now).await?;
    let offer = offers(&mut tx, &book, panel, std::slice::from_ref(about)).await?.pop();
    tx.commit().await?;
    Ok(offer)
}

/// Answers whoever wrote, and the answer is done with: in one transaction.
async fn tell(
    daemon: &Daemon,
    answer: &Answer,
    panel: &PanelId,
    results: Vec<Outcome>,
    now: Timestamp,
) -> anyhow::Result<()> {
    let book = daemon.book();
    let panel = book.panels.get(panel).context("its panel is not enabled")?;
    let number = answer.message.number;
    let done: Vec<Ref> = results.iter().filter(|r| r.done).filter_map(|r| r.about.as_ref()?.parse().ok()).collect();
    let title = match done.as_slice() {
        [] => "your answer changed nothing".to_owned(),
        [one] => format!("{one} is settled"),
        several => format!("{} things are settled", several.len()),
    };
    // Who names a code of ours and may use it, or none at all, tries none out.
    let tries_out = |result: &Outcome| result.about.is_none() && !result.said.iter().any(|said| said == NO_CODE);
    let state = if results.iter().any(tries_out) && done.is_empty() { AnswerState::Refused } else { AnswerState::Done };
    let mut tx = daemon.store.begin(now).await?;
    let headers = &answer.parcel.headers;
    let view = Told {
        head: panel.letterhead(),
        answering: Answering {
            message_id: headers.message_id.as_ref().map(|id| format!("<{id}>")),
            references: headers.references.iter().map(|id| format!("<{id}>")).collect(),
        },
        title,
        results,
    };
    let reason = match done.is_empty() {
        false => "an answer by mail settled what waited",
        true => "an answer by mail changed nothing: its code, sender or choice",
    };
    let routing = book.routing(panel, now);
    if let Some(clearance) = routing.settled(&answer.from, headers.from_name.clone(), None) {
        let posting = Posting {
            purpose: format!("answer|{number}"),
            due_at: now,
            expires_at: None,
            answers: Some(number),
            clearance: &clearance,
            panel: &panel.profile.id,
        };
        let forbidden: Vec<Identifier> = Vec::new();
        post(&mut tx, posting, |stamp| compose(book.templates, &clearance, &view, stamp, &forbidden)).await?;
    }
    tx.answer_came_to(number, state).await?;
    let mut refs = vec![Ref::Message(number)];
    refs.extend(done.iter().cloned());
    tx.journal(Line { event: "answer.taken", rule: Some(RULE.into()), reason: reason.to_owned(), refs });
    tx.commit().await?;
    Ok(())
}

/// Too many wrong answers from one address: it is not heard, and a person is told once a day.
async fn unheard(daemon: &Daemon, answer: &Answer, wrong: i64, now: Timestamp) -> anyhow::Result<()> {
    let book = daemon.book();
    let number = answer.message.number;
    let mut tx = daemon.store.begin(now).await?;
    let panel = panel_of(daemon, &answer.message.mailbox, &[]).context("its mailbox belongs to no enabled panel")?;
    if wrong == MOST_WRONG {
        let title = format!("{number}: too many wrong answers from one address");
        let owns = book.directory.answering_to(&answer.from).any(|entry| entry.role == panel.profile.alerts.owner);
        let alert = Alert {
            // Somebody else than the one who is not heard.
            to: if owns { To::Chair } else { To::Owner },
            at_once: true,
            purpose: format!("alert|answers|{number}"),
            title,
            what: format!(
                "One address has sent {MOST_WRONG} answers in 24 hours whose code was wrong, or was not for its sender. {number} and what more comes from it today is not looked at."
            ),
            why: "Whoever tries out codes is stopped before one fits.".to_owned(),
            rule: RULE,
            happened_at: answer.message.arrived_at,
            decide_by: None,
            otherwise: Some("it is heard again tomorrow.".to_owned()),
            about: vec![Ref::Message(number)],
            next: vec![NextStep {
                text: "See who it is; if it is a colleague, settle what waits for them".to_owned(),
                command: Some("dutyclerk held list".to_owned()),
            }],
            meeting: None,
            cases: &[],
        };
        raise(&mut tx, &book, panel, alert).await?;
    }
    tx.answer_came_to(number, AnswerState::Refused).await?;
    tx.journal(Line {
        event: "answer.not_heard",
        rule: Some(RULE.into()),
        reason: format!("{wrong} answers of this address in 24 hours were wrong"),
        refs: vec![Ref::Message(number)],
    });
    tx.commit().await?;
    Ok(())
}
