//! Mail to ourselves.

use super::{Clearance, Recipient, Routing};
use crate::casework::{Address, MailKind, RoleId};

impl Routing<'_> {
    /// A canary, to our own journal mailbox: no child, no paper (LESSONS B).
    pub fn canary(&self, journal: &Address) -> Clearance {
        let to = Recipient { address: journal.clone(), name: None, role: RoleId::new("journal-mailbox") };
        self.clear(MailKind::Canary, None, vec![to], Vec::new(), Vec::new(), "RFC 5321")
    }
}
