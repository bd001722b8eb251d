//! Is whoever a mail was cleared for still there when it goes (OP-12)?

use super::Routing;
use super::members::FORMER;
use crate::casework::{Address, MailKind, RoleId};

impl Routing<'_> {
    /// Has whoever this mail was cleared for left since: their row is gone or has run out, says another address or role, or
    /// is cleared for mail no more? An alias is still theirs. What goes to members of the panel as such needs a row of this
    /// panel; whoever stands in for a member has left with the row that names them. Those whom a message or a case named, and
    /// no row of the directory, cannot leave it; nor can whoever is told that they have left.
    pub fn has_left(&self, kind: MailKind, to: &Address, role: &RoleId) -> bool {
        if kind == MailKind::Canary || matches!(role.as_str(), "sender" | "caseworker" | FORMER) {
            return false;
        }
        let as_members = matches!(
            kind,
            MailKind::Agenda | MailKind::Supplement | MailKind::List | MailKind::Approval | MailKind::Digest
        );
        let own = self.profile.is_own_domain(to.domain());
        !self.valid_rows().any(|row| {
            row.role == *role
                && (row.answers_to(to) || self.stand_in_for(row).is_some_and(|(_, deputy)| deputy.answers_to(to)))
                && (own || self.may_have_mail(row))
                && (!as_members || row.panels.contains(&self.profile.id))
        })
    }
}
