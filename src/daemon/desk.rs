//! Where mail is made ready: the book the daemon decides by, the stamp of a mail, and its way into the outbox.

use super::{MailboxFacts, Panel};
use crate::casework::agenda::{AgendaMeeting, ChildIdentity};
use crate::casework::calendar::{Meeting, civil};
use crate::casework::directory::Directory;
use crate::casework::routing::{Clearance, Contact, Restriction, RoutedCase, Routing};
use crate::casework::rules::HoldKind;
use crate::casework::{
    Address, CaseRef, DomainPattern, MailboxId, MeetingId, MessageRef, PanelId, Ref, RoleId, SentRef,
};
use crate::outbound::compose::{ComposeError, Frozen, Identifier, Letterhead, Stamp, Templates};
use crate::store::{
    Case, CaseFacts, ChildDetails, Envelope, EnvelopeRecipient, HeldDetail, Line, NewEntry, NewHeld, Person,
    RestrictionSubject, Tx, View,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use tracing::error;

/// How long a mail without a meeting may take before it is given up and told to a person.
const PATIENCE: SignedDuration = SignedDuration::from_hours(5 * 24);

/// What the daemon decides and composes by, at one moment.
#[derive(Clone)]
pub struct Book<'a> {
    /// The enabled panels.
    pub panels: &'a BTreeMap<PanelId, Panel>,
    /// Where mail about children may go.
    pub allowed: &'a [DomainPattern],
    /// Answers to one sender in 24 hours.
    pub most_answers: u32,
    /// Bytes of the largest mail that is sent without a person's word.
    pub largest_mail: i64,
    /// The mailboxes as configured.
    pub mailboxes: &'a BTreeMap<MailboxId, MailboxFacts>,
    /// The mails' texts.
    pub templates: &'a Templates,
    /// Who there is.
    pub directory: Arc<Directory>,
    /// Which import that is.
    pub directory_version: Option<&'a str>,
}

impl Book<'_> {
    pub(super) fn routing<'b>(&'b self, panel: &'b Panel, now: Timestamp) -> Routing<'b> {
        Routing {
            profile: &panel.profile,
            directory: &self.directory,
            allowed: self.allowed,
            day: civil::date(now),
            stand_ins: &[],
        }
    }

    pub(super) fn meeting(&self, id: &MeetingId) -> Option<Meeting> {
        self.panels.get(&id.panel)?.meeting(id)
    }
}

impl Panel {
    /// The meeting of this id as the calendar has it now; none when it is cancelled or another panel's.
    pub fn meeting(&self, id: &MeetingId) -> Option<Meeting> {
        if id.panel != self.profile.id {
            return None;
        }
        match self.calendar.of_date(id.date)? {
            crate::casework::calendar::Held::Yes(meeting) => Some(meeting),
            crate::casework::calendar::Held::Cancelled(_) => None,
        }
    }

    pub(super) fn letterhead(&self) -> Letterhead {
        Letterhead::from(&self.profile)
    }

    /// The next moment in working hours, for mail that is not sent at once.
    pub(super) fn working_instant(&self, now: Timestamp) -> Timestamp {
        self.calendar.days().next_working_instant(now, &self.profile.working_hours)
    }

    /// The same for mail that is of use before a meeting: at once where no working hour is left until then.
    pub(super) fn working_instant_before(&self, meeting: &Meeting, now: Timestamp) -> Timestamp {
        let at = self.working_instant(now);
        if at < meeting.starts_at { at } else { now }
    }
}

/// As compose wants a meeting.
pub(super) fn agenda_meeting(meeting: &Meeting) -> AgendaMeeting {
    AgendaMeeting { id: meeting.id.clone(), starts: meeting.starts, starts_at: meeting.starts_at }
}

/// A stamp for the next mail.
pub(super) async fn stamp(tx: &mut Tx) -> anyhow::Result<Stamp> {
    let reference = tx.next_sent().await?;
    let (now, chance) = (tx.now(), tx.chance());
    Ok(Stamp { reference, date: now, id: chance.uuid(now), boundary: chance.bytes() })
}

/// How a mail goes into the outbox.
pub(super) struct Posting<'a> {
    /// What makes it the same mail.
    pub purpose: String,
    /// Not before.
    pub due_at: Timestamp,
    /// Not after; none: five days.
    pub expires_at: Option<Timestamp>,
    /// The message it answers.
    pub answers: Option<MessageRef>,
    /// What it may say.
    pub clearance: &'a Clearance,
    /// Which panel, for a held item if it cannot be composed.
    pub panel: &'a PanelId,
}

/// Composes one mail and puts it into the outbox, unless one of the same purpose is there. A mail that cannot be composed
/// safely is held for a person (invariant 5), and nothing else is stopped.
pub(super) async fn post(
    tx: &mut Tx,
    posting: Posting<'_>,
    compose: impl FnOnce(&Stamp) -> Result<Frozen, ComposeError>,
) -> anyhow::Result<Option<SentRef>> {
    if tx.is_posted(&posting.purpose, posting.clearance.meeting()).await? {
        return Ok(None);
    }
    post_new(tx, posting, compose).await
}

/// The same where nothing of this purpose can be there.
pub(super) async fn post_new(
    tx: &mut Tx,
    posting: Posting<'_>,
    compose: impl FnOnce(&Stamp) -> Result<Frozen, ComposeError>,
) -> anyhow::Result<Option<SentRef>> {
    let stamp = stamp(tx).await?;
    match compose(&stamp) {
        Ok(frozen) => Ok(Some(enqueue(tx, &posting, &frozen).await?)),
        Err(error) => {
            refuse(tx, &posting, &error).await?;
            Ok(None)
        }
    }
}

async fn enqueue(tx: &mut Tx, posting: &Posting<'_>, frozen: &Frozen) -> anyhow::Result<SentRef> {
    let to = posting.clearance.recipients().iter().map(|r| EnvelopeRecipient {
        address: r.address.clone(),
        name: r.name.clone(),
        role: r.role.clone(),
        journal: false,
    });
    let created = frozen.date();
    let entry = NewEntry {
        number: frozen.reference(),
        purpose: posting.purpose.clone(),
        kind: frozen.kind(),
        rule: posting.clearance.rule().to_owned(),
        panel: frozen.panel().clone(),
        meeting: frozen.meeting().cloned(),
        answers: posting.answers,
        part: frozen.part().map(|(part, of)| format!("{part}/{of}")),
        message_id: frozen.message_id().trim_matches(['<', '>']).to_owned(),
        due_at: posting.due_at,
        expires_at: posting.expires_at.or_else(|| created.checked_add(PATIENCE).ok()),
        held_by: None,
        envelope: Envelope { from: frozen.from().clone(), to: to.collect() },
        cases: frozen.cases().to_vec(),
        documents: frozen.documents().iter().map(|d| (d.sha256, d.case)).collect(),
        bytes: frozen.bytes().clone(),
        enclosed: frozen.enclosed().iter().map(|d| (d.sha256, d.case)).collect(),
        sha256: frozen.sha256(),
    };
    tx.enqueue(entry).await?;
    let number = frozen.reference();
    let mut refs = vec![Ref::Sent(number)];
    // Not the meeting: lines about it tell duty that its agenda may have changed; its mails are in the outbox.
    refs.extend(frozen.cases().iter().copied().map(Ref::Case));
    refs.extend(posting.answers.map(Ref::Message));
    let reason =
        format!("{} for {} recipient(s), cleared by {}", frozen.kind(), frozen.to().len(), posting.clearance.rule());
    tx.journal(Line { event: "mail.frozen", rule: Some(posting.clearance.rule().into()), reason, refs });
    Ok(number)
}

async fn refuse(tx: &mut Tx, posting: &Posting<'_>, error: &ComposeError) -> anyhow::Result<()> {
    let kind = posting.clearance.kind();
    error!(mail.kind = %kind, panel.id = %posting.panel, error = %error, "a mail could not be composed and is held for a person");
    let purpose = format!("refused|{}", posting.purpose);
    let held = NewHeld {
        kind: HoldKind::ComposeRefused.as_str().to_owned(),
        rule: HoldKind::ComposeRefused.rule().to_owned(),
        panel: Some(posting.panel.clone()),
        message: posting.answers,
        document: None,
        case: posting.clearance.cases().first().copied(),
        meeting: posting.clearance.meeting().cloned(),
        entry: None,
        detail: HeldDetail {
            summary: format!("A mail of kind {kind} was not composed: {error}.").into(),
            advice: "Tell the people it was for by other means; then mend the template or the data it names."
                .to_owned()
                .into(),
            candidates: Vec::new(),
            facts: BTreeMap::new(),
        },
    };
    // A refused mail is tried again by the next turn that wants it; the held item is made once.
    if tx.setting(&purpose_key(&purpose)).await?.is_none() {
        let key = tx.new_key().await?;
        let number = tx.hold(&key, &held).await?;
        tx.set_setting(&purpose_key(&purpose), &number.to_string()).await?;
        let mut refs = vec![Ref::Held(number)];
        refs.extend(posting.clearance.cases().iter().copied().map(Ref::Case));
        tx.journal(Line {
            event: "held",
            rule: Some(held.rule.into()),
            reason: format!("a mail of kind {kind} was not composed"),
            refs,
        });
    }
    Ok(())
}

/// Purposes hold addresses: only their hash is written down.
fn purpose_key(purpose: &str) -> String {
    format!("refused:{}", crate::casework::Sha256::of(purpose.as_bytes()))
}

/// A case with its facts opened.
#[derive(Clone)]
pub(super) struct OpenCase {
    pub case: Case,
    pub facts: CaseFacts,
    pub child: ChildDetails,
}

impl OpenCase {
    pub(super) async fn load(view: &mut View, number: CaseRef) -> anyhow::Result<Option<Self>> {
        view.case(number).await?.map(Self::open).transpose()
    }

    pub(super) fn open(case: Case) -> anyhow::Result<Self> {
        Ok(Self { facts: case.facts.open()?, child: case.details.open()?, case })
    }

    pub(super) fn identity(&self) -> ChildIdentity {
        ChildIdentity {
            name: self.child.name.clone(),
            date_of_birth: self.child.date_of_birth.clone(),
            lcs_number: self.child.lcs_number.clone(),
            nhs_number: self.child.nhs_number.clone(),
        }
    }

    pub(super) fn identifiers(&self) -> Vec<Identifier> {
        let mut all = Identifier::of(&self.identity());
        for alias in &self.child.aliases {
            let mut other = self.identity();
            other.name = alias.clone();
            all.extend(Identifier::of(&other));
        }
        all
    }

    /// The contacts of the child's own authority (MC-34).
    pub(super) fn contacts(&self) -> Vec<Contact> {
        let lead = self.facts.lead_professional.iter().filter(|_| self.facts.lead_confirmed);
        let now = lead.chain(&self.facts.caseworker).chain(&self.facts.manager);
        now.chain(&self.facts.earlier_caseworkers).filter_map(contact).collect()
    }

    /// The child's team manager, where one person is known to be it: as named on the form, else who forwarded it.
    pub(super) fn team_manager(&self) -> Option<Contact> {
        self.facts.named_manager.as_ref().or(self.facts.manager.as_ref()).and_then(contact)
    }

    /// Where the lead professional is written to.
    pub(super) fn lead(&self) -> Option<&Address> {
        self.facts.lead_professional.as_ref().and_then(|person| person.address.as_ref())
    }

    /// As routing sees it; papers are the caller's.
    pub(super) async fn routed(&self, view: &mut View) -> anyhow::Result<RoutedCase> {
        self.routed_under(&view.restrictions(self.case.number).await?)
    }

    /// As routing sees it under these restrictions, of which those of other cases do not count.
    pub(super) fn routed_under(&self, all: &[crate::store::Restriction]) -> anyhow::Result<RoutedCase> {
        let mut restrictions = Vec::new();
        for restriction in all.iter().filter(|r| r.case == self.case.number) {
            let value = restriction.detail.open()?.value.into_inner();
            match restriction.subject {
                RestrictionSubject::Role => restrictions.push(Restriction::Role(RoleId::new(value))),
                RestrictionSubject::Person => {
                    restrictions.extend(value.parse::<Address>().ok().map(Restriction::Person))
                }
                RestrictionSubject::Field => {}
            }
        }
        let picked = self.facts.gp_pick.as_ref().and_then(|pick| pick.reveal().parse().ok());
        Ok(RoutedCase {
            case: self.case.number,
            date_of_birth: self.child.date_of_birth.clone(),
            gp: self.facts.gp.clone(),
            gp_picked: picked,
            caseworkers: self.contacts(),
            invitees: self.facts.invitees.iter().flatten().chain(&self.facts.attends).filter_map(contact).collect(),
            restrictions,
            papers: Vec::new(),
        })
    }
}

fn contact(person: &Person) -> Option<Contact> {
    Some(Contact { address: person.address.clone()?, name: person.name.clone() })
}
