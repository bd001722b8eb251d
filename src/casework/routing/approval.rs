//! Who approves a pack (MC-33).

use super::{Clearance, Recipient, RoutedCase, Routing, papers, recipient};
use crate::casework::{MailKind, MeetingId, RoleId};

impl Routing<'_> {
    /// The whole pack, for whoever holds the first of these roles that somebody holds who may see every child of it: who may
    /// not see one cannot approve what is said of it (invariant 5).
    pub fn approval(&self, roles: &[&RoleId], meeting: &MeetingId, cases: &[RoutedCase]) -> Option<Clearance> {
        let to = roles.iter().find_map(|role| {
            let people = self.directory.of_panel(&self.profile.id, role, self.day);
            let may = people.filter(|e| self.may_have_mail(e) && cases.iter().all(|case| !self.is_barred(e, case)));
            let mut people: Vec<Recipient> = Vec::new();
            for person in may.map(recipient) {
                if people.iter().all(|known| known.address != person.address) {
                    people.push(person);
                }
            }
            (!people.is_empty()).then_some(people)
        })?;
        let documents = cases.iter().flat_map(|case| papers(case, |_| true)).collect();
        let numbers = cases.iter().map(|case| case.case).collect();
        Some(self.clear(MailKind::Approval, Some(meeting), to, numbers, documents, "MC-33"))
    }
}
