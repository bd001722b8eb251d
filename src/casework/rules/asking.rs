//! An alert that asks somebody to do something waits until somebody says that they have it in hand, or until it is over. Here: what is its end. It holds codes and references only, and stands beside the alert unsealed.

use crate::casework::{BadRef, CaseRef, MailboxId, MeetingId, SentRef};
use std::fmt;
use std::str::FromStr;

/// When an alert that asks for something is over by itself. One about a meeting ends when that begins, whatever else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ends {
    /// Only somebody's answer ends it.
    Answered,
    /// The meeting begins.
    Begun(MeetingId),
    /// The trouble of this name is over (OP-01, OP-03, OP-10).
    Trouble(String),
    /// The mail is held no more.
    Mail(SentRef),
    /// No mail is held any more that followed from what the rebuilt mailbox brought to light (OP-08).
    Rebuilt(MailboxId),
    /// The bank-holiday table reaches a year ahead (OP-05).
    Holidays,
    /// The meeting has a date that is a working day, or is cancelled (MC-13).
    Dated(MeetingId),
    /// By the answers so far the meeting has its quorum (SY-10).
    Quorum(MeetingId),
    /// The child is on that meeting's agenda by the chair's word (MC-31).
    Admitted(MeetingId, CaseRef),
    /// A person has said who is invited for the child at that meeting (SY-13).
    Invitees(MeetingId, CaseRef),
    /// A person has said whether the young person is a care leaver (SY-36).
    CareLeaver(CaseRef),
    /// None of the children is expected without an assessment any more (SH-05).
    Assessed(Vec<CaseRef>),
    /// The case has a review date, or is closed (MC-35).
    Reviewed(CaseRef),
    /// Somebody of the authority is known for each of the children (MC-34).
    Caseworker(Vec<CaseRef>),
    /// The invitation of this UID is declined no more (MC-08).
    Declined(String),
}

impl Ends {
    /// Is a second alert with this end the same question again? Then both are answered by one word.
    pub const fn is_one_question(&self) -> bool {
        !matches!(self, Self::Answered | Self::Begun(_) | Self::Mail(_))
    }

    /// The cases whose place on an agenda tells whether it is over.
    pub fn listed(&self) -> &[CaseRef] {
        match self {
            Self::Admitted(_, case) | Self::Invitees(_, case) => std::slice::from_ref(case),
            Self::Assessed(cases) => cases,
            _ => &[],
        }
    }
}

fn listed(cases: &[CaseRef]) -> String {
    cases.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn read(cases: &str) -> Result<Vec<CaseRef>, BadRef> {
    cases.split(',').map(str::parse).collect()
}

impl fmt::Display for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered => f.write_str("answered"),
            Self::Begun(meeting) => write!(f, "begun {meeting}"),
            Self::Trouble(name) => write!(f, "trouble {name}"),
            Self::Mail(mail) => write!(f, "mail {mail}"),
            Self::Rebuilt(mailbox) => write!(f, "rebuilt {mailbox}"),
            Self::Holidays => f.write_str("holidays"),
            Self::Dated(meeting) => write!(f, "dated {meeting}"),
            Self::Quorum(meeting) => write!(f, "quorum {meeting}"),
            Self::Admitted(meeting, case) => write!(f, "admitted {meeting} {case}"),
            Self::Invitees(meeting, case) => write!(f, "invitees {meeting} {case}"),
            Self::CareLeaver(case) => write!(f, "care-leaver {case}"),
            Self::Assessed(cases) => write!(f, "assessed {}", listed(cases)),
            Self::Reviewed(case) => write!(f, "reviewed {case}"),
            Self::Caseworker(cases) => write!(f, "caseworker {}", listed(cases)),
            Self::Declined(uid) => write!(f, "declined {uid}"),
        }
    }
}

impl FromStr for Ends {
    type Err = BadRef;
    fn from_str(text: &str) -> Result<Self, BadRef> {
        let (word, of) = text.split_once(' ').unwrap_or((text, ""));
        Ok(match word {
            "answered" => Self::Answered,
            "begun" => Self::Begun(of.parse()?),
            "trouble" => Self::Trouble(of.to_owned()),
            "mail" => Self::Mail(of.parse()?),
            "rebuilt" => Self::Rebuilt(MailboxId::from(of)),
            "holidays" => Self::Holidays,
            "dated" => Self::Dated(of.parse()?),
            "quorum" => Self::Quorum(of.parse()?),
            "admitted" | "invitees" => {
                let (meeting, case) = of.split_once(' ').ok_or_else(|| BadRef(text.to_owned()))?;
                let of = (meeting.parse()?, case.parse()?);
                if word == "admitted" { Self::Admitted(of.0, of.1) } else { Self::Invitees(of.0, of.1) }
            }
            "care-leaver" => Self::CareLeaver(of.parse()?),
            "assessed" => Self::Assessed(read(of)?),
            "reviewed" => Self::Reviewed(of.parse()?),
            "caseworker" => Self::Caseworker(read(of)?),
            "declined" => Self::Declined(of.to_owned()),
            _ => return Err(BadRef(text.to_owned())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_an_alert_reads_back_as_written() {
        for text in [
            "answered",
            "begun surrey-rmm-ne/2026-12-08",
            "trouble mailbox:surrey-rmm-ne",
            "mail S-000012",
            "rebuilt surrey-rmm-ne",
            "holidays",
            "dated surrey-rmm-ne/2026-12-08",
            "quorum surrey-rmm-ne/2026-12-08",
            "admitted surrey-rmm-ne/2026-12-08 R-0042",
            "invitees surrey-rmm-ne/2026-12-08 R-0042",
            "care-leaver R-0042",
            "assessed R-0042,R-0043",
            "reviewed R-0042",
            "caseworker R-0042",
            "declined 0197-a1@surrey.example",
        ] {
            assert_eq!(text.parse::<Ends>().unwrap().to_string(), text);
        }
        for text in ["", "answered by whom", "mail", "admitted R-0042", "trouble"] {
            let read = text.parse::<Ends>();
            assert!(read.as_ref().map_or(true, |ends| ends.to_string() != text), "{text}: {read:?}");
        }
    }
}
