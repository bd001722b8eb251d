//! The meetings themselves in the core members' calendars (SH-01, SY-12): no child is in them, so no restriction bars anybody.

use super::{Clearance, HealthCopy, Recipient, RoutedCase, Routing, recipient};
use crate::casework::panel::Late;
use crate::casework::{Address, MailKind, MeetingId, RoleId};

/// The role in which somebody is told that they are invited no more.
pub(super) const FORMER: &str = "former-member";

impl Routing<'_> {
    /// All members of a meeting, for a mail about the meeting that speaks of no child (MC-13).
    pub fn members_of(&self, meeting: &MeetingId) -> Option<Clearance> {
        let to = self.members();
        let rule = "MC-13";
        (!to.is_empty()).then(|| self.clear(MailKind::Notification, Some(meeting), to, Vec::new(), Vec::new(), rule))
    }

    /// The same to the chair alone, who alone has its papers (MC-13).
    pub fn chair_of(&self, meeting: &MeetingId) -> Option<Clearance> {
        let rows = self.directory.of_panel(&self.profile.id, &self.profile.alerts.chair, self.day);
        let to: Vec<_> = rows.filter(|e| self.may_have_mail(e)).map(recipient).collect();
        let rule = "MC-13";
        (!to.is_empty()).then(|| self.clear(MailKind::Notification, Some(meeting), to, Vec::new(), Vec::new(), rule))
    }

    /// A health colleague who has copies for a meeting, by the children whom they may still be told of (MC-13).
    pub fn health_of_meeting(&self, meeting: &MeetingId, cases: &[RoutedCase], to: &Address) -> Option<Clearance> {
        let mut recipient = None;
        let mut theirs = Vec::new();
        for case in cases {
            for copy in self.health(meeting, &RoutedCase { papers: Vec::new(), ..case.clone() }, &[]) {
                if let HealthCopy::Cleared { clearance, .. } = copy
                    && let Some(found) = clearance.recipients.into_iter().find(|r| r.address == *to)
                {
                    theirs.push(case.case);
                    recipient = Some(found);
                }
            }
        }
        let rule = "MC-13";
        Some(self.clear(MailKind::Notification, Some(meeting), vec![recipient?], theirs, Vec::new(), rule))
    }

    /// The core members: whoever holds a core role today and may have the panel's mail, nobody twice.
    pub fn members(&self) -> Vec<Recipient> {
        let mut members: Vec<Recipient> = Vec::new();
        for role in &self.profile.core_roles {
            for entry in self.directory.of_panel(&self.profile.id, role, self.day).filter(|e| self.may_have_mail(e)) {
                if members.iter().all(|known| known.address != entry.email) {
                    members.push(recipient(entry));
                }
            }
        }
        members
    }

    /// Core roles that somebody held once by the directory and nobody holds today: what goes to the core goes without them
    /// (SY-10, SY-12).
    pub fn lapsed(&self) -> Vec<&RoleId> {
        let panel = &self.profile.id;
        let held_once = |role: &&RoleId| {
            let mut entries = self.directory.entries.iter();
            entries.any(|entry| entry.role == **role && entry.panels.contains(panel) && !entry.is_valid_on(self.day))
        };
        let is_held = |role: &RoleId| self.directory.of_panel(panel, role, self.day).any(|e| self.may_have_mail(e));
        self.profile.core_roles.iter().filter(held_once).filter(|role| !is_held(role)).collect()
    }

    /// A member's own invitation to a meeting, its update or its cancellation. Whoever was invited is told that it is taken
    /// back, a member still or not; nobody else gets anything.
    pub fn member_invitation(&self, kind: MailKind, meeting: &MeetingId, to: &Address) -> Option<Clearance> {
        let member = self.members().into_iter().find(|m| self.directory.is_same_person(&m.address, to));
        let to = match (kind, member) {
            (MailKind::Invitation | MailKind::InvitationUpdate | MailKind::InvitationCancel, Some(member)) => {
                Recipient { address: to.clone(), ..member }
            }
            (MailKind::InvitationCancel, None) => {
                Recipient { address: to.clone(), name: None, role: RoleId::new(FORMER) }
            }
            _ => return None,
        };
        Some(self.clear(kind, Some(meeting), vec![to], Vec::new(), Vec::new(), self.members_rule()))
    }

    /// The rule that says who meets, and when.
    pub fn members_rule(&self) -> &'static str {
        match self.profile.late {
            Late::AskChair => "SH-01",
            Late::NextMeeting => "SY-12",
        }
    }
}
