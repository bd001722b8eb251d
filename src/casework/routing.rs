//! Who may see what. The only place where a [`Clearance`] is made: compose can address and attach nothing else.

mod after;
mod parts;
mod settling;
mod approval;
mod leavers;
mod canary;
mod members;
mod deputies;
mod invitees;

pub use deputies::{Deputised, StandIn};
pub use invitees::CARE_LEAVER_ROLES;

use super::directory::{Directory, Entry};
use super::panel::{HealthContent, Profile};
use super::{Address, AuthorityId, CaseRef, DomainPattern, MailKind, MeetingId, PanelId, Redacted, RoleId, Sha256};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Somebody a mail is cleared for, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Where it goes.
    pub address: Address,
    /// As shown.
    pub name: Option<Redacted<String>>,
    /// In which role.
    pub role: RoleId,
}

/// A document cleared for a mail, and whose case it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClearedDocument {
    /// Which bytes.
    pub sha256: Sha256,
    /// Whose.
    pub case: CaseRef,
}

/// Leave to send one mail: to these people, about these cases, with these documents, by this rule.
/// Private fields and no public constructor: the routing functions of this module alone make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clearance {
    kind: MailKind,
    panel: PanelId,
    meeting: Option<MeetingId>,
    recipients: Vec<Recipient>,
    cases: Vec<CaseRef>,
    documents: Vec<ClearedDocument>,
    rule: &'static str,
}

impl Clearance {
    /// The kind of mail it is for.
    pub fn kind(&self) -> MailKind {
        self.kind
    }
    /// Whose mail it is.
    pub fn panel(&self) -> &PanelId {
        &self.panel
    }
    /// The meeting it is about, if any.
    pub fn meeting(&self) -> Option<&MeetingId> {
        self.meeting.as_ref()
    }
    /// Everyone it may be addressed to; never empty.
    pub fn recipients(&self) -> &[Recipient] {
        &self.recipients
    }
    /// The children it may speak of.
    pub fn cases(&self) -> &[CaseRef] {
        &self.cases
    }
    /// What may be attached.
    pub fn documents(&self) -> &[ClearedDocument] {
        &self.documents
    }
    /// The rule it was given by.
    pub fn rule(&self) -> &'static str {
        self.rule
    }

    /// For unit tests of compose alone.
    #[cfg(test)]
    pub(crate) fn for_test(
        kind: MailKind,
        panel: &str,
        to: &[&str],
        cases: &[CaseRef],
        documents: &[ClearedDocument],
    ) -> Self {
        let recipients = to
            .iter()
            .map(|a| Recipient { address: a.parse().unwrap(), name: None, role: RoleId::new("test") })
            .collect();
        Self {
            kind,
            panel: PanelId::new(panel),
            meeting: None,
            recipients,
            cases: cases.to_vec(),
            documents: documents.to_vec(),
            rule: "TEST",
        }
    }
}

/// What routing looks at: one panel, today's directory, the allowed domains.
#[derive(Clone, Copy, Debug)]
pub struct Routing<'a> {
    /// Whose mail.
    pub profile: &'a Profile,
    /// Who there is.
    pub directory: &'a Directory,
    /// Where mail about a child may go.
    pub allowed: &'a [DomainPattern],
    /// Today, Europe/London: rows expire.
    pub day: Date,
    /// Who has a meeting's papers in the place of a core member, by a person's word.
    pub stand_ins: &'a [StandIn],
}

/// A restriction on a case: it overrides every rule (invariant 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restriction {
    /// Nobody in this role.
    Role(RoleId),
    /// Not this person, at any of their addresses.
    Person(Address),
}

/// A paper as routing sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoutedPaper {
    /// Which bytes.
    pub sha256: Sha256,
    /// It names another listed child: it stays out of extracts and health copies until released (MC-10).
    pub names_another_child: bool,
    /// A person has released it for the child's health colleagues, and for nobody else.
    pub let_go: bool,
}

impl RoutedPaper {
    /// May it go to the child's own worker?
    pub const fn is_of_one_child(&self) -> bool {
        !self.names_another_child
    }

    /// Does it stay out of health copies?
    pub const fn stays_out(&self) -> bool {
        self.names_another_child && !self.let_go
    }
}

/// A case as routing sees it.
#[derive(Clone, Debug)]
pub struct RoutedCase {
    /// Which.
    pub case: CaseRef,
    /// For SY-36.
    pub date_of_birth: Option<Redacted<Date>>,
    /// What the form says of the GP.
    pub gp: Option<Redacted<String>>,
    /// The GP a person picked, remembered for the case.
    pub gp_picked: Option<Address>,
    /// The contacts of the child's own authority: the worker, and a manager who forwarded (MC-34).
    pub caseworkers: Vec<Contact>,
    /// Whom a person has named to be there for this child (SY-13).
    pub invitees: Vec<Contact>,
    /// Who must not see it.
    pub restrictions: Vec<Restriction>,
    /// Its papers for this meeting.
    pub papers: Vec<RoutedPaper>,
}

/// A contact for a child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Where.
    pub address: Address,
    /// As shown.
    pub name: Option<Redacted<String>>,
}

/// A health copy that is cleared, or the role for which nobody was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HealthCopy {
    /// Send it.
    Cleared {
        /// To one recipient, about one child.
        clearance: Clearance,
        /// A paper was kept back because it names another listed child (MC-10).
        kept_back: bool,
    },
    /// The directory lacks this recipient: a person picks (MC-09).
    Missing {
        /// Which role.
        role: RoleId,
    },
}

/// Age at which a child is an adult (SY-36).
const ADULT: i16 = 18;

impl Routing<'_> {
    /// The core members of the meeting, each with the cases they may see; those who may see the same cases share a mail
    /// (MC-08, SY-05, SY-06, SY-12). Used for agenda, supplement and list; a list carries no papers.
    pub fn core(&self, kind: MailKind, meeting: &MeetingId, meeting_cases: &[RoutedCase]) -> Vec<Clearance> {
        self.core_of(kind, meeting, meeting_cases, &self.profile.core_roles)
    }

    /// As [`Routing::core`], to the chair alone: a meeting on a bank holiday that nobody has moved (MC-13).
    pub fn chair_alone(&self, kind: MailKind, meeting: &MeetingId, meeting_cases: &[RoutedCase]) -> Vec<Clearance> {
        self.core_of(kind, meeting, meeting_cases, std::slice::from_ref(&self.profile.alerts.chair))
    }

    fn core_of(
        &self,
        kind: MailKind,
        meeting: &MeetingId,
        meeting_cases: &[RoutedCase],
        roles: &[RoleId],
    ) -> Vec<Clearance> {
        let mut groups: BTreeMap<Vec<CaseRef>, Vec<Recipient>> = BTreeMap::new();
        let mut seen: Vec<&Address> = Vec::new();
        let mut deputies = Vec::new();
        for role in roles {
            for entry in self.directory.of_panel(&self.profile.id, role, self.day).filter(|e| self.may_have_mail(e)) {
                if seen.contains(&&entry.email) {
                    continue;
                }
                seen.push(&entry.email);
                let visible = self.sees(entry, meeting_cases);
                deputies.extend(self.stand_in_for(entry).map(|deputy| (deputy, visible.clone())));
                groups.entry(visible).or_default().push(recipient(entry));
            }
        }
        for ((to, deputy), mut visible) in deputies {
            if !seen.contains(&&deputy.email) {
                seen.push(&deputy.email);
                let deputys = self.sees(deputy, meeting_cases);
                visible.retain(|case| deputys.contains(case));
                groups.entry(visible).or_default().push(to);
            }
        }
        groups
            .into_iter()
            .rev()
            .map(|(cases, recipients)| {
                let documents = match kind {
                    MailKind::List | MailKind::Notification | MailKind::Query => Vec::new(),
                    _ => meeting_cases
                        .iter()
                        .filter(|c| cases.contains(&c.case))
                        .flat_map(|c| papers(c, |_| true))
                        .collect(),
                };
                self.clear(kind, Some(meeting), recipients, cases, documents, self.core_rule(kind))
            })
            .collect()
    }

    /// The caseworkers' own child, papers that name no other listed child included; nobody is sent the same child's
    /// paper twice, so a contact who had it in the pack gets none (MC-08, MC-09).
    pub fn extracts(&self, meeting: &MeetingId, case: &RoutedCase, pack: &[Clearance]) -> Vec<Clearance> {
        self.contacts(case)
            .into_iter()
            .filter(|r| !had_it(pack, &r.address, case.case))
            .map(|r| {
                self.clear(
                    MailKind::Extract,
                    Some(meeting),
                    vec![r],
                    vec![case.case],
                    papers(case, RoutedPaper::is_of_one_child),
                    "MC-08",
                )
            })
            .collect()
    }

    /// The invitation of each of the child's contacts to the child's slot (SH-04, SY-14), and of whom a person has named for it
    /// (SY-13, S0-10). Carries no papers.
    pub fn invitations(&self, kind: MailKind, meeting: &MeetingId, case: &RoutedCase) -> Vec<Clearance> {
        let rule = match self.profile.late {
            super::panel::Late::AskChair => "SH-04",
            super::panel::Late::NextMeeting => "SY-14",
        };
        let contacts = self.contacts(case);
        let invitees: Vec<_> =
            self.invitees(meeting, case).filter(|r| !contacts.iter().any(|c| c.address == r.address)).collect();
        let clear = |r, rule| self.clear(kind, Some(meeting), vec![r], vec![case.case], Vec::new(), rule);
        let contacts = contacts.into_iter().map(|r| clear(r, rule));
        contacts
            .chain(invitees.into_iter().map(|r| {
                let rule = self.profile.invitee_rule(&r.role);
                clear(r, rule)
            }))
            .collect()
    }

    /// One copy per health role for one child (SY-08, MC-09, MC-10, SY-36). Nothing without the agreement's clause.
    pub fn health(&self, meeting: &MeetingId, case: &RoutedCase, pack: &[Clearance]) -> Vec<HealthCopy> {
        let mut copies = Vec::new();
        if self.profile.health.basis.is_none() {
            return copies;
        }
        // One mail an address: whoever holds two roles gets the fuller copy, once.
        let mut wanted: BTreeMap<Address, (Recipient, HealthContent)> = BTreeMap::new();
        for (role, content) in &self.profile.health.roles {
            let camhs_of_an_adult = role.as_str() == "camhs" && is_adult(case, meeting.date);
            let role = if camhs_of_an_adult { RoleId::new("adult-mental-health") } else { role.clone() };
            if case.restrictions.contains(&Restriction::Role(role.clone())) {
                continue;
            }
            let entries = if role.as_str() == "gp" { self.practices(case) } else { self.health_rows(&role) };
            if entries.is_empty() {
                copies.push(HealthCopy::Missing { role });
                continue;
            }
            for entry in entries {
                if self.is_barred(entry, case) || had_it(pack, &entry.email, case.case) {
                    continue;
                }
                let at = wanted.entry(entry.email.clone()).or_insert_with(|| (recipient(entry), *content));
                if *content == HealthContent::Paper {
                    at.1 = HealthContent::Paper;
                }
            }
        }
        for (to, content) in wanted.into_values() {
            let paper = content == HealthContent::Paper;
            let documents = if paper { papers(case, |p| !p.stays_out()) } else { Vec::new() };
            let kept_back = paper && case.papers.iter().any(RoutedPaper::stays_out);
            let clearance =
                self.clear(MailKind::HealthCopy, Some(meeting), vec![to], vec![case.case], documents, "SY-08");
            copies.push(HealthCopy::Cleared { clearance, kept_back });
        }
        copies
    }

    /// The answer to a sender goes to their From address and nowhere else; the caller has judged that they are answered.
    pub fn answer(
        &self,
        kind: MailKind,
        to: &Address,
        name: Option<Redacted<String>>,
        cases: Vec<CaseRef>,
        meeting: Option<&MeetingId>,
    ) -> Option<Clearance> {
        let answered = self.directory.find(to, self.day).is_some()
            || self.profile.is_own_domain(to.domain())
            || self.allowed.iter().any(|pattern| pattern.covers(to.domain()));
        if !answered || !matches!(kind, MailKind::Acknowledgement | MailKind::Query) || is_functional_mailbox(to) {
            return None;
        }
        let to = Recipient { address: to.clone(), name, role: RoleId::new("sender") };
        Some(self.clear(kind, meeting, vec![to], cases, Vec::new(), "SY-07"))
    }

    /// An alert for the panel's people in these roles: the first role with somebody in it, or, with `everyone`, all of them.
    /// No names of children stand in an alert, so a restriction only keeps out the person it names.
    pub fn alert(
        &self,
        roles: &[&RoleId],
        everyone: bool,
        meeting: Option<&MeetingId>,
        about: &[RoutedCase],
        rule: &'static str,
    ) -> Option<Clearance> {
        let mut recipients: Vec<Recipient> = Vec::new();
        for role in roles {
            let people = self
                .directory
                .of_panel(&self.profile.id, role, self.day)
                .filter(|e| self.may_have_mail(e) && about.iter().all(|case| !self.is_barred(e, case)));
            for person in people.map(recipient) {
                if recipients.iter().all(|known| known.address != person.address) {
                    recipients.push(person);
                }
            }
            if !everyone && !recipients.is_empty() {
                break;
            }
        }
        let cases = about.iter().map(|case| case.case).collect();
        (!recipients.is_empty()).then(|| self.clear(MailKind::Alert, meeting, recipients, cases, Vec::new(), rule))
    }

    /// The digest, for the panel's people in the first of these roles that somebody holds. It speaks of no child.
    pub fn digest(&self, roles: &[&RoleId], rule: &'static str) -> Option<Clearance> {
        let told = self.alert(roles, false, None, &[], rule)?;
        Some(self.clear(MailKind::Digest, None, told.recipients, Vec::new(), Vec::new(), rule))
    }

    fn clear(
        &self,
        kind: MailKind,
        meeting: Option<&MeetingId>,
        recipients: Vec<Recipient>,
        cases: Vec<CaseRef>,
        documents: Vec<ClearedDocument>,
        rule: &'static str,
    ) -> Clearance {
        Clearance {
            kind,
            panel: self.profile.id.clone(),
            meeting: meeting.cloned(),
            recipients,
            cases,
            documents,
            rule,
        }
    }

    fn core_rule(&self, kind: MailKind) -> &'static str {
        match kind {
            MailKind::List => "SY-05",
            MailKind::Supplement => "MC-32",
            // Who records: RMM admin, or the panel's business support.
            MailKind::Notification if self.profile.late == super::panel::Late::AskChair => "SH-13",
            MailKind::Notification => "SY-19",
            MailKind::Query => "MC-35",
            MailKind::Notes if self.profile.notes.after_upload => "SH-13",
            MailKind::Notes => "SY-22",
            _ => "SY-06",
        }
    }

    fn contacts(&self, case: &RoutedCase) -> Vec<Recipient> {
        let mut out: Vec<Recipient> = Vec::new();
        for to in case.caseworkers.iter().filter_map(|contact| self.contact(case, contact)) {
            if out.iter().all(|r| r.address != to.address) {
                out.push(to);
            }
        }
        out
    }

    /// Somebody who works with the child, where they may be written to about it.
    fn contact(&self, case: &RoutedCase, contact: &Contact) -> Option<Recipient> {
        let listed = self.directory.find(&contact.address, self.day);
        let own = self.profile.is_own_domain(contact.address.domain());
        let cleared = own || self.valid_rows().any(|e| e.answers_to(&contact.address) && self.may_have_mail(e));
        let role = listed.map_or_else(|| RoleId::new("caseworker"), |e| e.role.clone());
        let barred = case.restrictions.iter().any(|r| match r {
            Restriction::Role(barred) => barred.as_str() == "caseworker" || self.holds(&contact.address, barred),
            Restriction::Person(person) => *person == contact.address || listed.is_some_and(|e| e.answers_to(person)),
        });
        let may = cleared && !barred && !is_functional_mailbox(&contact.address);
        may.then(|| Recipient { address: contact.address.clone(), name: contact.name.clone(), role })
    }

    /// In an allowed domain or cleared by a person, and not a CHaRMM or JAG functional mailbox (SY-39).
    fn may_have_mail(&self, entry: &Entry) -> bool {
        (entry.secure || self.allowed.iter().any(|pattern| pattern.covers(entry.email.domain())))
            && !is_functional_mailbox(&entry.email)
    }

    /// Those of the meeting's cases that are kept from nobody of this row.
    fn sees(&self, entry: &Entry, meeting_cases: &[RoutedCase]) -> Vec<CaseRef> {
        meeting_cases.iter().filter(|case| !self.is_barred(entry, case)).map(|case| case.case).collect()
    }

    /// A role bars whoever holds it, in whichever row they would be written to.
    fn is_barred(&self, entry: &Entry, case: &RoutedCase) -> bool {
        case.restrictions.iter().any(|restriction| match restriction {
            Restriction::Role(role) => entry.role == *role || self.holds(&entry.email, role),
            Restriction::Person(address) => entry.answers_to(address),
        })
    }

    fn holds(&self, address: &Address, role: &RoleId) -> bool {
        self.valid_rows().any(|e| e.role == *role && e.answers_to(address))
    }

    fn valid_rows(&self) -> impl Iterator<Item = &Entry> {
        self.directory.entries.iter().filter(|e| e.is_valid_on(self.day))
    }

    /// The child's own team in this role: of the authority, serving the panel's area. A row that names panels and no area
    /// is the panel's representative, not the child's team (MC-09).
    fn health_rows(&self, role: &RoleId) -> Vec<&Entry> {
        let serves = |entry: &&Entry| {
            if entry.areas.is_empty() {
                return entry.panels.is_empty();
            }
            self.profile
                .area
                .as_ref()
                .is_some_and(|area| entry.areas.iter().any(|a| a.trim().eq_ignore_ascii_case(area.trim())))
        };
        let own = |entry: &&Entry| entry.authority.as_ref() == Some::<&AuthorityId>(&self.profile.authority);
        self.directory
            .entries
            .iter()
            .filter(|e| e.role == *role && e.is_valid_on(self.day) && self.may_have_mail(e))
            .filter(own)
            .filter(serves)
            .collect()
    }

    /// The child's practice: as picked by a person, else by ODS code, else by practice name and postcode together. A name
    /// alone never decides (facts 4.5); two practices that fit are nobody, nor are the code of one and the name and postcode
    /// of another.
    fn practices(&self, case: &RoutedCase) -> Vec<&Entry> {
        let rows = || {
            self.directory
                .entries
                .iter()
                .filter(|e| e.role.as_str() == "gp" && e.is_valid_on(self.day) && self.may_have_mail(e))
        };
        if let Some(picked) = &case.gp_picked {
            return rows().filter(|e| e.answers_to(picked)).collect();
        }
        let Some(text) = case.gp.as_ref().map(|gp| gp.reveal().to_uppercase()) else { return Vec::new() };
        let codes = ods_codes(&text);
        let same = |a: &str, b: &str| a.trim().eq_ignore_ascii_case(b.trim());
        let by_code: Vec<&Entry> = rows()
            .filter(|e| e.ods_code.as_ref().is_some_and(|own| codes.iter().any(|code| same(code, own))))
            .collect();
        let (words, solid) = (spaced(&text), squeezed(&text));
        let by_name: Vec<&Entry> = rows()
            .filter(|e| {
                let name = spaced(&e.name.reveal().to_uppercase());
                let postcode = e.postcode.as_deref().map(|p| squeezed(&p.to_uppercase())).unwrap_or_default();
                !name.trim().is_empty() && words.contains(&name) && !postcode.is_empty() && solid.contains(&postcode)
            })
            .collect();
        let code_of = |e: &Entry| e.ods_code.as_ref().map(|code| code.trim().to_uppercase());
        let mut fitting = by_code.iter().chain(&by_name).map(|e| code_of(e));
        let first = fitting.next();
        match fitting.all(|code| Some(code) == first) {
            true if by_code.is_empty() => by_name,
            true => by_code,
            false => Vec::new(),
        }
    }
}

fn recipient(entry: &Entry) -> Recipient {
    Recipient { address: entry.email.clone(), name: Some(entry.name.clone()), role: entry.role.clone() }
}

fn papers(case: &RoutedCase, may_go: impl Fn(&RoutedPaper) -> bool) -> Vec<ClearedDocument> {
    case.papers.iter().filter(|p| may_go(p)).map(|p| ClearedDocument { sha256: p.sha256, case: case.case }).collect()
}

fn had_it(pack: &[Clearance], address: &Address, case: CaseRef) -> bool {
    pack.iter()
        .any(|c| c.documents.iter().any(|d| d.case == case) && c.recipients.iter().any(|r| r.address == *address))
}

/// SY-39: nothing about a child goes to a CHaRMM or JAG functional mailbox.
fn is_functional_mailbox(address: &Address) -> bool {
    ["charmm", "jag"]
        .iter()
        .any(|name| address.local().split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part == *name))
}

/// Will the child be an adult on this day (SY-36)?
pub fn is_adult(case: &RoutedCase, on: Date) -> bool {
    case.date_of_birth.as_ref().is_some_and(|born| age_on(*born.reveal(), on) >= ADULT)
}

/// Whole years lived by this day.
pub fn age_on(born: Date, day: Date) -> i16 {
    let had_birthday = (day.month(), day.day()) >= (born.month(), born.day());
    day.year() - born.year() - i16::from(!had_birthday)
}

/// Words that look like a practice's ODS code: a letter and five digits.
fn ods_codes(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|w| {
            w.len() == 6
                && w.starts_with(|c: char| c.is_ascii_uppercase())
                && w.chars().skip(1).all(|c| c.is_ascii_digit())
        })
        .collect()
}

fn spaced(text: &str) -> String {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    format!(" {} ", words.join(" "))
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}
