//! Who may be there for one child, case by case: proposed from the directory, and invited once a person has named them. They are
//! invited for the child's slot, and get no paper (SY-13, S0-10, SY-36, MC-08). So is the advanced practitioner for an initial
//! assessment, whom the form names (SH-04).

use super::{Recipient, RoutedCase, Routing, is_adult, recipient};
use crate::casework::directory::Entry;
use crate::casework::panel::{Late, Profile};
use crate::casework::{Address, MeetingId, RoleId};

/// Who is to be there for a care leaver beside the panel's case-by-case roles (SY-36).
pub const CARE_LEAVER_ROLES: [&str; 5] =
    ["community-safety", "adult-mental-health", "adult-service", "probation", "police"];

impl Profile {
    /// By which whoever has this role is invited for one child.
    pub fn invitee_rule(&self, role: &RoleId) -> &'static str {
        if self.initial_roles.contains(role) { "SH-04" } else { self.invitees_rule() }
    }

    /// By which people are proposed for one child.
    pub const fn invitees_rule(&self) -> &'static str {
        match self.late {
            Late::NextMeeting => "SY-13",
            Late::AskChair => "S0-10",
        }
    }
}

impl<'a> Routing<'a> {
    /// Whom the directory has in this role that may be invited for the child: of the panel's authority, panel and area where the row
    /// says one; nobody who is there as a core member, or works with the child.
    pub fn proposed(&self, meeting: &MeetingId, case: &RoutedCase, role: &RoleId) -> Vec<&'a Entry> {
        let is = |said: &String, own: &str| said.trim().eq_ignore_ascii_case(own.trim());
        let serves = |row: &Entry| {
            let area = self.profile.area.as_ref();
            (row.panels.is_empty() || row.panels.contains(&self.profile.id))
                && (row.areas.is_empty() || area.is_some_and(|own| row.areas.iter().any(|said| is(said, own))))
                && row.authority.as_ref().is_none_or(|id| *id == self.profile.authority)
        };
        let there: Vec<Address> = self.members().into_iter().chain(self.contacts(case)).map(|r| r.address).collect();
        let rows = self.directory.entries.iter().filter(|row| row.role == *role && serves(row));
        let rows = rows.filter(|row| self.may_be_invited(meeting, case, row) && !there.contains(&row.email));
        rows.collect()
    }

    /// Whoever has this address, where they may be invited for the child.
    pub fn invitable(&self, meeting: &MeetingId, case: &RoutedCase, address: &Address) -> Option<&'a Entry> {
        let mut rows = self.directory.entries.iter().filter(|row| row.answers_to(address));
        rows.find(|row| self.may_be_invited(meeting, case, row))
    }

    pub(super) fn invitees(&self, meeting: &MeetingId, case: &RoutedCase) -> impl Iterator<Item = Recipient> {
        case.invitees.iter().filter_map(|named| self.invitable(meeting, case, &named.address)).map(recipient)
    }

    fn may_be_invited(&self, meeting: &MeetingId, case: &RoutedCase, row: &Entry) -> bool {
        let for_an_adult = || is_adult(case, meeting.date) && CARE_LEAVER_ROLES.contains(&row.role.as_str());
        let of_panel = self.profile.case_roles.iter().chain(&self.profile.initial_roles).any(|role| *role == row.role);
        let invited = of_panel || for_an_adult();
        invited && row.is_valid_on(self.day) && self.may_have_mail(row) && !self.is_barred(row, case)
    }
}
