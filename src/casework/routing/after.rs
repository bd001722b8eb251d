//! Who is told what a meeting decided, and who is asked and reminded of it.

use super::{
    Clearance, ClearedDocument, Contact, HealthCopy, Recipient, RoutedCase, RoutedPaper, Routing, papers, recipient,
};
use crate::casework::{Address, MailKind, MeetingId, RoleId, Sha256};

impl Routing<'_> {
    /// What those who record a meeting are sent, its outcome sheet or a question: the panel's admin, failing one the deputy,
    /// then the chair. A child whom one of them may not see stands in nobody's but the others' (SY-18, SY-19, SH-13, MC-35;
    /// invariant 5).
    pub fn recorders(&self, kind: MailKind, meeting: &MeetingId, meeting_cases: &[RoutedCase]) -> Vec<Clearance> {
        let alerts = &self.profile.alerts;
        let cleared = [&alerts.owner, &alerts.deputy, &alerts.chair]
            .into_iter()
            .map(|role| self.core_of(kind, meeting, meeting_cases, std::slice::from_ref(role)));
        let mut cleared = cleared.into_iter().find(|cleared| !cleared.is_empty()).unwrap_or_default();
        cleared.retain(|clearance| !clearance.cases.is_empty());
        cleared
    }

    /// What a meeting decided, to the one who carries the case: the lead professional, else the first of the contacts who
    /// may be told (SY-28).
    pub fn notification(
        &self,
        meeting: &MeetingId,
        case: &RoutedCase,
        lead: Option<&Address>,
        rule: &'static str,
    ) -> Option<Clearance> {
        let to = self.carrier(case, lead)?;
        Some(self.clear(MailKind::Notification, Some(meeting), vec![to], vec![case.case], Vec::new(), rule))
    }

    fn carrier(&self, case: &RoutedCase, lead: Option<&Address>) -> Option<Recipient> {
        let contacts = self.contacts(case);
        contacts.iter().find(|r| Some(&r.address) == lead).or(contacts.first()).cloned()
    }

    /// A reminder to whoever carries the case, and beside them the manager where the rule copies one in (SY-29, SY-31,
    /// SH-14, SH-15).
    pub fn reminder(
        &self,
        meeting: Option<&MeetingId>,
        case: &RoutedCase,
        lead: Option<&Address>,
        manager: Option<&Contact>,
        rule: &'static str,
    ) -> Option<Clearance> {
        let to = together(self.carrier(case, lead), self.manager(case, manager));
        (!to.is_empty()).then(|| self.clear(MailKind::Reminder, meeting, to, vec![case.case], Vec::new(), rule))
    }

    fn manager(&self, case: &RoutedCase, manager: Option<&Contact>) -> Option<Recipient> {
        manager.and_then(|manager| self.contact(case, manager))
    }

    /// A practice alert: to the child's team manager, and to the role that raises it (SH-31).
    pub fn practice_alert(&self, case: &RoutedCase, manager: Option<&Contact>, by: &RoleId) -> Option<Clearance> {
        let to = together(self.manager(case, manager), self.holders(case, &[by]));
        (!to.is_empty()).then(|| self.clear(MailKind::Alert, None, to, vec![case.case], Vec::new(), "SH-31"))
    }

    /// A case that a senior manager is to review: to whoever holds the role, failing one the panel's officers, with the
    /// team manager beside them (SH-30).
    pub fn senior_review(&self, case: &RoutedCase, manager: Option<&Contact>, by: &RoleId) -> Option<Clearance> {
        let alerts = &self.profile.alerts;
        let seniors = self.holders(case, &[by, &alerts.owner, &alerts.deputy, &alerts.chair]);
        let to = together(seniors, self.manager(case, manager));
        (!to.is_empty()).then(|| self.clear(MailKind::Reminder, None, to, vec![case.case], Vec::new(), "SH-30"))
    }

    /// A referral that was taken, to those of the panel who assess the child's health (BD-04).
    pub fn health_assessment(&self, case: &RoutedCase, role: &RoleId) -> Option<Clearance> {
        let to = self.holders(case, &[role]);
        (!to.is_empty()).then(|| self.clear(MailKind::Reminder, None, to, vec![case.case], Vec::new(), "BD-04"))
    }

    /// The panel's people in the first of these roles that somebody holds who may know of the child.
    fn holders(&self, case: &RoutedCase, roles: &[&RoleId]) -> Vec<Recipient> {
        let of = |role: &&RoleId| -> Vec<Recipient> {
            let rows = self.directory.of_panel(&self.profile.id, role, self.day);
            rows.filter(|e| self.may_have_mail(e) && !self.is_barred(e, case)).map(recipient).collect()
        };
        roles.iter().map(of).find(|people| !people.is_empty()).unwrap_or_default()
    }

    /// The one who is asked to present a child whose worker cannot come: the manager, else the first other contact who may be
    /// told (SY-14, SH-11).
    pub fn stand_in(
        &self,
        meeting: &MeetingId,
        case: &RoutedCase,
        absent: &Address,
        manager: Option<&Address>,
    ) -> Option<Clearance> {
        let is_absent = |address: &Address| self.directory.is_same_person(address, absent);
        let others: Vec<_> = self.contacts(case).into_iter().filter(|r| !is_absent(&r.address)).collect();
        let to = others.iter().find(|r| Some(&r.address) == manager).or(others.first())?.clone();
        let rule = self.profile.stand_in_rule();
        Some(self.clear(MailKind::Reminder, Some(meeting), vec![to], vec![case.case], Vec::new(), rule))
    }

    /// The notes for those who are there for one child only: that child's, with the record where it names no other child
    /// (SY-22, MC-08), and of a child of another authority that authority's manager beside the worker (SY-35). Whoever has all of
    /// them as a core member gets none besides.
    pub fn notes_of_one_child(
        &self,
        meeting: &MeetingId,
        case: &RoutedCase,
        manager: Option<&Contact>,
        core: &[Clearance],
    ) -> Vec<Clearance> {
        let has_them = |address: &Address| {
            core.iter().any(|c| c.cases.contains(&case.case) && c.recipients.iter().any(|r| r.address == *address))
        };
        let listed = manager.and_then(|manager| self.directory.find(&manager.address, self.day));
        let is_of_another = listed.and_then(|e| e.authority.as_ref()).is_some_and(|id| *id != self.profile.authority);
        let manager = self.manager(case, manager.filter(|_| is_of_another));
        let mut to = self.contacts(case);
        to.extend(manager.filter(|manager| to.iter().all(|r| r.address != manager.address)));
        let others = to.into_iter().filter(|r| !has_them(&r.address));
        let clear = |r| {
            self.clear(
                MailKind::Notes,
                Some(meeting),
                vec![r],
                vec![case.case],
                papers(case, RoutedPaper::is_of_one_child),
                "MC-08",
            )
        };
        others.map(clear).collect()
    }

    /// A sensitive appendix, to somebody a person named: in the directory, cleared for mail about children, and not kept from
    /// this child (SY-21).
    pub fn appendix(
        &self,
        meeting: Option<&MeetingId>,
        case: &RoutedCase,
        to: &Address,
        document: Sha256,
    ) -> Option<Clearance> {
        let entry = self.directory.find(to, self.day).filter(|e| self.may_have_mail(e) && !self.is_barred(e, case))?;
        let documents = vec![ClearedDocument { sha256: document, case: case.case }];
        Some(self.clear(MailKind::Notes, meeting, vec![recipient(entry)], vec![case.case], documents, "SY-21"))
    }

    /// After the meeting the same health colleagues are told of the same child again, without papers (SY-09). Whoever has
    /// the notes at that very address is not told twice (MC-09).
    pub fn health_notes(&self, meeting: &MeetingId, case: &RoutedCase, notes: &[Clearance]) -> Vec<Clearance> {
        let has_them = |to: &Clearance| {
            let same = |notes: &&Clearance| notes.cases.contains(&case.case);
            notes
                .iter()
                .filter(same)
                .any(|n| n.recipients.iter().any(|r| to.recipients.iter().any(|t| t.address == r.address)))
        };
        let copies = self.health(meeting, &RoutedCase { papers: Vec::new(), ..case.clone() }, &[]);
        copies
            .into_iter()
            .filter_map(|copy| match copy {
                HealthCopy::Cleared { clearance, .. } => Some(clearance),
                // A person was asked to find them when the pack went.
                HealthCopy::Missing { .. } => None,
            })
            .filter(|to| !has_them(to))
            .map(|to| Clearance { kind: MailKind::HealthNotes, rule: "SY-09", ..to })
            .collect()
    }

    /// What health sends back about a child: the chair, failing one the deputy chair and then the panel's owner, and the
    /// health representative, who is the first of the panel's members from health; never back to whoever sent it (MC-10).
    pub fn health_answer(
        &self,
        meeting: Option<&MeetingId>,
        case: &RoutedCase,
        from: &Address,
        documents: &[Sha256],
    ) -> Option<Clearance> {
        let health: Vec<&RoleId> = self.profile.core_roles.iter().filter(|role| role.is_health()).collect();
        let representative = self.holders(case, &health);
        let to = together(self.chairing(case), representative);
        let to = to.into_iter().filter(|r| !self.directory.is_same_person(&r.address, from)).collect();
        self.handed_on(meeting, case, to, documents, "MC-10")
    }

    /// An update that came after the pack: the chair, failing one the deputy chair and then the panel's owner (SY-14).
    pub fn update_for_chair(&self, meeting: &MeetingId, case: &RoutedCase, document: Sha256) -> Option<Clearance> {
        self.handed_on(Some(meeting), case, self.chairing(case), &[document], "SY-14")
    }

    fn chairing(&self, case: &RoutedCase) -> Vec<Recipient> {
        let alerts = &self.profile.alerts;
        self.holders(case, &[&alerts.chair, &RoleId::new("deputy-chair"), &alerts.owner])
    }

    fn handed_on(
        &self,
        meeting: Option<&MeetingId>,
        case: &RoutedCase,
        to: Vec<Recipient>,
        documents: &[Sha256],
        rule: &'static str,
    ) -> Option<Clearance> {
        let documents = documents.iter().map(|sha256| ClearedDocument { sha256: *sha256, case: case.case }).collect();
        (!to.is_empty()).then(|| self.clear(MailKind::Notification, meeting, to, vec![case.case], documents, rule))
    }

    /// Whoever ends the exploitation flag once the panel has agreed to close the case (SH-09).
    pub fn flag_holders(&self, meeting: &MeetingId, case: &RoutedCase) -> Vec<Clearance> {
        let role = RoleId::new("complex-safeguarding");
        let all =
            self.core_of(MailKind::Notification, meeting, std::slice::from_ref(case), std::slice::from_ref(&role));
        let theirs = all.into_iter().filter(|clearance| !clearance.cases.is_empty());
        theirs.map(|clearance| Clearance { rule: "SH-09", ..clearance }).collect()
    }
}

/// One mail's recipients, nobody twice.
fn together(first: impl IntoIterator<Item = Recipient>, then: impl IntoIterator<Item = Recipient>) -> Vec<Recipient> {
    let mut all: Vec<Recipient> = Vec::new();
    for to in first.into_iter().chain(then) {
        if all.iter().all(|known| known.address != to.address) {
            all.push(to);
        }
    }
    all
}
