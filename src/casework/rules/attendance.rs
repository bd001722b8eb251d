//! Who is expected at a meeting, by their answers to its invitations (facts 4.8) and their apologies, and whether that makes a quorum (SY-10,
//! MC-23).

use crate::casework::{Participation, Redacted, RoleId};
use serde::Serialize;

/// A core member, or who comes instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attendee {
    /// As the directory has it.
    pub name: Redacted<String>,
    /// In which role of the panel.
    pub role: RoleId,
    /// Their deputy, who has the papers in their place.
    pub instead: Option<Redacted<String>>,
}

/// The core members of a meeting, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Attendance {
    /// They have accepted, perhaps tentatively.
    pub expected: Vec<Attendee>,
    /// They have declined, or are known to be away.
    pub apologies: Vec<Attendee>,
    /// They have not answered.
    pub unanswered: Vec<Attendee>,
}

impl Attendance {
    /// Counts a member in.
    pub fn add(&mut self, attendee: Attendee, answer: Option<Participation>) {
        let list = match answer {
            _ if attendee.instead.is_some() => &mut self.apologies,
            Some(Participation::Accepted | Participation::Tentative) => &mut self.expected,
            Some(Participation::Declined | Participation::Delegated) => &mut self.apologies,
            _ => &mut self.unanswered,
        };
        list.push(attendee);
    }

    /// What readers are shown: nothing where nobody is known to come or not to come, and who has not answered only where
    /// they were `invited` and somebody has.
    pub fn shown(mut self, invited: bool) -> Option<Self> {
        if !invited || self.expected.is_empty() && self.apologies.iter().all(|away| away.instead.is_some()) {
            self.unanswered.clear();
        }
        let is_empty = self.expected.is_empty() && self.apologies.is_empty();
        (!is_empty).then_some(self)
    }

    /// The parts of the quorum that nobody makes: whoever could has declined, and no deputy comes (SY-10). Whoever has not
    /// answered may still come.
    pub fn lacks<'a>(&self, quorum: &'a [Vec<RoleId>]) -> Vec<&'a [RoleId]> {
        let instead = self.apologies.iter().filter(|attendee| attendee.instead.is_some());
        let may_come: Vec<&RoleId> =
            self.expected.iter().chain(&self.unanswered).chain(instead).map(|attendee| &attendee.role).collect();
        quorum.iter().map(Vec::as_slice).filter(|part| !part.iter().any(|role| may_come.contains(&role))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attendee(role: &str, instead: Option<&str>) -> Attendee {
        Attendee {
            name: Redacted::new(format!("The {role}")),
            role: RoleId::new(role),
            instead: instead.map(|name| Redacted::new(name.to_owned())),
        }
    }

    #[test]
    fn sy_10_a_part_of_the_quorum_is_lacking_when_all_who_could_make_it_have_declined() {
        let quorum: Vec<Vec<RoleId>> = [&["police"][..], &["chair", "deputy-chair"], &["camhs"]]
            .map(|part| part.iter().map(|role| RoleId::new(*role)).collect())
            .into();
        let mut attendance = Attendance::default();
        attendance.add(attendee("police", None), Some(Participation::Declined));
        attendance.add(attendee("chair", None), Some(Participation::Declined));
        attendance.add(attendee("deputy-chair", None), None);
        attendance.add(attendee("camhs", Some("Somebody else")), Some(Participation::Accepted));
        assert_eq!(attendance.lacks(&quorum), [&[RoleId::new("police")][..]]);
        assert_eq!(attendance.apologies.len(), 3, "whom a deputy stands in for is not there");
        attendance.add(attendee("police", None), Some(Participation::Tentative));
        assert!(attendance.lacks(&quorum).is_empty(), "one of two is enough");
        assert_eq!(attendance.clone().shown(true), Some(attendance.clone()));
        assert_eq!(attendance.shown(false).unwrap().unanswered, [], "an apology without an invitation");
        let mut silent = Attendance::default();
        silent.add(attendee("chair", None), None);
        assert_eq!(silent.clone().shown(true), None);
        silent.add(attendee("police", Some("Somebody else")), None);
        assert_eq!(silent.shown(true).unwrap().unanswered, [], "nobody has answered, or was asked to");
    }
}
