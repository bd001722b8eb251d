//! Who may settle by mail what waits for a person, and what they are answered.

use super::{Clearance, RoutedCase, Routing};
use crate::casework::{Address, MailKind, MeetingId, Redacted, RoleId};

impl Routing<'_> {
    /// May whoever writes from this address, which the receiving server vouches for, settle what concerns these cases? The
    /// panel's admin, chair or approver, or who stands in for them, unless one of the cases is kept from them (invariant 5).
    pub fn may_settle(&self, address: &Address, about: &[RoutedCase]) -> bool {
        let mine = |e: &&super::Entry| e.panels.contains(&self.profile.id) && e.answers_to(address);
        self.valid_rows()
            .filter(mine)
            .filter(|e| self.profile.obeys(&e.role) && self.may_have_mail(e))
            .any(|e| about.iter().all(|case| !self.is_barred(e, case)))
    }

    /// May whoever writes from this address say that they see to what an alert asks for? Whoever may settle, and whoever is
    /// on duty.
    pub fn may_take_in_hand(&self, address: &Address, about: &[RoutedCase]) -> bool {
        self.may_settle(address, about)
            || self
                .directory
                .of_panel(&self.profile.id, &RoleId::new("duty"), self.day)
                .filter(|e| e.answers_to(address) && self.may_have_mail(e))
                .any(|e| about.iter().all(|case| !self.is_barred(e, case)))
    }

    /// What whoever settled something by mail, or tried to, is told: at the address it came from (LESSONS B).
    pub fn settled(
        &self,
        to: &Address,
        name: Option<Redacted<String>>,
        meeting: Option<&MeetingId>,
    ) -> Option<Clearance> {
        let cleared = self.answer(MailKind::Acknowledgement, to, name, Vec::new(), meeting)?;
        Some(Clearance { rule: "MC-33", ..cleared })
    }
}
