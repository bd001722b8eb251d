//! Who stands in for a core member that is away (MC-08): the deputy whom the member's own row of the directory names.

use super::{Clearance, Recipient, Routing};
use crate::casework::Address;
use crate::casework::directory::Entry;

/// Somebody who has a meeting's papers because a core member is away: a person has said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandIn {
    /// Who is away.
    pub member: Address,
    /// Who comes instead.
    pub deputy: Address,
}

/// A core member and who stands in for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deputised<'a> {
    /// The member's row.
    pub member: &'a Entry,
    /// The deputy's; none where the member names nobody who may have the panel's mail.
    pub deputy: Option<&'a Entry>,
}

impl Clearance {
    /// The same for one of its recipients alone: the others have had it.
    pub fn to_one(&self, address: &Address) -> Option<Self> {
        let one = self.recipients.iter().find(|to| to.address == *address)?;
        Some(Self { recipients: vec![one.clone()], ..self.clone() })
    }
}

impl<'a> Routing<'a> {
    /// The core member who writes from this address, with the deputy; none where it is nobody's of the core.
    pub fn deputised(&self, address: &Address) -> Option<Deputised<'a>> {
        let rows = self.directory.entries.iter().filter(|row| row.is_valid_on(self.day));
        let mut core = rows.filter(|row| {
            self.profile.core_roles.contains(&row.role)
                && row.panels.contains(&self.profile.id)
                && self.may_have_mail(row)
        });
        let member = core.find(|row| row.answers_to(address))?;
        Some(Deputised { member, deputy: self.deputy_of(member) })
    }

    fn deputy_of(&self, member: &Entry) -> Option<&'a Entry> {
        let deputy = self.directory.find(member.deputy.as_ref()?, self.day)?;
        (self.may_have_mail(deputy) && !member.answers_to(&deputy.email)).then_some(deputy)
    }

    /// Whoever stands in for this member at the meeting, in the member's role: they see what both may see.
    pub(super) fn stand_in_for(&self, member: &Entry) -> Option<(Recipient, &'a Entry)> {
        let deputy = self.deputy_of(member)?;
        let agreed = |one: &StandIn| member.answers_to(&one.member) && deputy.answers_to(&one.deputy);
        let to =
            Recipient { address: deputy.email.clone(), name: Some(deputy.name.clone()), role: member.role.clone() };
        self.stand_ins.iter().any(agreed).then_some((to, deputy))
    }
}
