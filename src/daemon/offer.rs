//! What an alert offers to whoever answers it: for each held thing it is about, a fresh code and numbered choices. Admin
//! staff have no shell.

use super::dispatch::LEFT;
use super::{Book, Panel};
use crate::casework::panel::OnDeadline;
use crate::casework::rules::{Choice, Ends, HoldKind};
use crate::casework::{Redacted, Ref, Sha256};
use crate::outbound::compose::alert::Offer;
use crate::store::{ApprovalState, AskedState, EntryState, HeldState, Proposed, Tx, View};
use jiff::{SignedDuration, Timestamp};

/// How long a code is good for. Whoever answers later is sent a fresh one.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);
/// An alert offers codes for this many things at most.
const MOST: usize = 8;

/// Something that can be settled now: why it waits, and how.
pub(super) struct Settleable {
    pub why: String,
    pub choices: Vec<Choice>,
    /// Whom it proposes, for those choices that are one of them.
    pub proposed: Vec<Proposed>,
    /// Which bytes an approval is for.
    pub binds: Option<Sha256>,
    /// Until when, where that is certain.
    pub until: Option<Timestamp>,
}

impl Settleable {
    /// The choices as whoever answers reads them.
    pub(super) fn words(&self) -> Vec<String> {
        let words = |choice: &Choice| match choice {
            Choice::Invite(nth) => usize::from(*nth).checked_sub(1).and_then(|nth| self.proposed.get(nth)),
            _ => None,
        };
        let said = |one: &Proposed| format!("Invite {}.", one.words.reveal());
        self.choices.iter().map(|choice| words(choice).map_or_else(|| choice.words(), said)).collect()
    }
}

/// How this can be settled; none where it waits for nobody.
pub(super) async fn settleable(view: &mut View, about: &Ref) -> anyhow::Result<Option<Settleable>> {
    Ok(match about {
        Ref::Held(number) => match view.held(*number).await? {
            Some(held) if held.state == HeldState::Open => HoldKind::from_code(&held.kind)
                .map(|kind| {
                    let candidates = held.detail.open()?.candidates;
                    let (why, choices) = (kind.words().to_owned(), kind.choices(&candidates));
                    anyhow::Ok(Settleable { why, choices, proposed: Vec::new(), binds: None, until: None })
                })
                .transpose()?,
            _ => None,
        },
        Ref::Sent(number) => match view.entry(*number).await? {
            Some(entry) if entry.state == EntryState::Held && entry.attempt == 0 && !entry.awaits_approval() => {
                Some(Settleable {
                    why: match entry.held_by.as_deref() {
                        Some(LEFT) => format!(
                            "a mail of kind {} is held: somebody it is for has left, and it would go to the others",
                            entry.kind
                        ),
                        _ => format!("a mail of kind {} is held", entry.kind),
                    },
                    choices: vec![Choice::Send, Choice::Cancel],
                    proposed: Vec::new(),
                    binds: None,
                    until: None,
                })
            }
            _ => None,
        },
        Ref::Meeting(id) => view.approval(id).await?.filter(|row| row.state.is_open()).map(|row| Settleable {
            why: format!("its {} waits for approval", row.what),
            choices: match row.flagged {
                0 => vec![Choice::Approve, Choice::Refuse],
                _ => vec![Choice::Approve, Choice::ApproveWithout, Choice::Refuse],
            },
            proposed: Vec::new(),
            binds: Some(row.sha256),
            until: (row.state == ApprovalState::Asked).then_some(row.deadline_at),
        }),
        Ref::Alert(number) => match view.asked(*number).await? {
            Some(asked) if asked.state == AskedState::Open => Some(of_alert(&asked.ends, asked.said.open()?.proposed)),
            _ => None,
        },
        Ref::Case(_) | Ref::Message(_) => None,
    })
}

fn of_alert(ends: &Ends, proposed: Vec<Proposed>) -> Settleable {
    let (why, choices) = match ends {
        Ends::Admitted(meeting, case) => {
            (format!("a paper for {case} came too late for {meeting}"), vec![Choice::Admit, Choice::InHand])
        }
        Ends::Invitees(meeting, case) => {
            let numbers = (1..).take(proposed.len()).map(Choice::Invite);
            let why = format!("who else is there for {case} at {meeting}; you may write several numbers");
            (why, numbers.chain([Choice::InviteNamed, Choice::InviteNobody]).collect())
        }
        Ends::CareLeaver(case) => {
            (format!("nobody has said whether {case} is a care leaver"), vec![Choice::CareLeaver, Choice::NoCareLeaver])
        }
        _ => ("nobody has answered this alert yet".to_owned(), vec![Choice::InHand]),
    };
    Settleable { why, choices, proposed, binds: None, until: None }
}

/// A fresh code for each of these that waits for a person; none where the panel's mailboxes do not check who sends.
pub(super) async fn offers(tx: &mut Tx, book: &Book<'_>, panel: &Panel, about: &[Ref]) -> anyhow::Result<Vec<Offer>> {
    let mut offers = Vec::new();
    if !book.takes_answers(panel) {
        return Ok(offers);
    }
    for about in about {
        let Some(settle) = settleable(tx, about).await? else { continue };
        let words = settle.words();
        let Settleable { why, choices, binds, until, .. } = settle;
        if offers.len() == MOST {
            break;
        }
        // What waits on past its deadline can be approved until its meeting begins.
        let until = until.filter(|_| panel.profile.on_deadline == OnDeadline::Send);
        let begins =
            if let Ref::Meeting(id) = about { book.meeting(id).map(|meeting| meeting.starts_at) } else { None };
        let asked = if let Ref::Alert(number) = about { tx.asked(*number).await? } else { None };
        let over =
            asked.and_then(|asked| asked.meeting).and_then(|id| book.meeting(&id)).map(|meeting| meeting.starts_at);
        let good = tx.now().checked_add(GOOD_FOR)?;
        let until = until.or(begins).unwrap_or_else(|| over.map_or(good, |over| over.clamp(tx.now(), good)));
        let code = tx.offer_code(about, &choices, binds, until).await?;
        offers.push(Offer { about: about.to_string(), why, code: Redacted::new(code.shown()), until, choices: words });
    }
    Ok(offers)
}

impl Book<'_> {
    /// Does the panel's mail come through a server that says whether it is from whom it shows? Else anybody could answer in
    /// another's name, and no code is offered.
    pub(super) fn takes_answers(&self, panel: &Panel) -> bool {
        let checked = |id| self.mailboxes.get(id).is_some_and(|mailbox| mailbox.authserv_id.is_some());
        panel.profile.mailboxes.iter().all(checked)
    }
}
