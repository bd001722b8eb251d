//! What follows from an answer to an invitation (RFC 5546 §3.2.3, §3.2.7; SY-14, SH-11, MC-08).

use crate::casework::panel::{Late, Profile};
use crate::casework::{AnswerMethod, CalendarAnswer, Participation};
use jiff::Timestamp;

/// The invitation that is answered, as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invited {
    /// Its latest version (SEQUENCE).
    pub sequence: i64,
    /// It was taken back.
    pub cancelled: bool,
    /// The answer comes from the invited person, under whatever address.
    pub is_theirs: bool,
    /// When that was sent.
    pub asked_at: Timestamp,
    /// When their last answer was given.
    pub answered_at: Option<Timestamp>,
    /// What it is for begins.
    pub starts_at: Timestamp,
    /// They speak for one child.
    pub about_a_child: bool,
}

/// What an answer is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// It is kept as what they last said, and what follows is done.
    Kept(Sequel),
    /// It answers a version that was replaced or taken back since, or came before one that is kept.
    Overtaken,
    /// It is not kept; a person looks at it.
    Shown(Doubt),
}

/// What follows from an answer that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sequel {
    /// Nothing.
    None,
    /// Somebody else must present the child: the manager is asked (SY-14, SH-11).
    StandIn,
    /// A core member does not come: the deputy is offered the papers (MC-08).
    Deputy,
    /// A core member comes: what was asked because they did not is asked no more.
    Comes,
    /// A person is told: another time was proposed, or somebody else is to come, and neither happens by itself.
    Proposal,
}

/// Why an answer is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// No invitation of ours.
    Unmatched,
    /// Nobody vouches for the sender.
    Unvouched,
    /// Somebody else's invitation.
    NotInvited,
    /// They do not come at a time that has changed since.
    Earlier,
}

impl Doubt {
    /// In words, of the answer.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unmatched => "it answers no invitation of ours",
            Self::Unvouched => "nobody vouches for who sent it",
            Self::NotInvited => "it comes from somebody who was not invited",
            Self::Earlier => "it declines a time that has changed since; please ask whether they come at the new one",
        }
    }
}

/// Weighs an answer that came at `arrived_at`.
pub fn weigh(answer: &CalendarAnswer, invited: Option<&Invited>, vouched: bool, arrived_at: Timestamp) -> Weight {
    let Some(invited) = invited else { return Weight::Shown(Doubt::Unmatched) };
    if !vouched {
        return Weight::Shown(Doubt::Unvouched);
    }
    if !invited.is_theirs {
        return Weight::Shown(Doubt::NotInvited);
    }
    let said_at = answer.said_at(invited.asked_at, arrived_at);
    if invited.cancelled || invited.answered_at.is_some_and(|at| said_at < at) {
        return Weight::Overtaken;
    }
    if answer.sequence.is_some_and(|sequence| sequence < invited.sequence) {
        // They may not come to the new time either: nobody but they can say.
        let comes_not = answer.method == AnswerMethod::Reply && answer.says == Participation::Declined;
        return if comes_not { Weight::Shown(Doubt::Earlier) } else { Weight::Overtaken };
    }
    if arrived_at >= invited.starts_at {
        return Weight::Kept(Sequel::None);
    }
    match (answer.method, answer.says) {
        (AnswerMethod::Refresh, _) => Weight::Kept(Sequel::None),
        (_, Participation::Delegated) | (AnswerMethod::Counter, _) => Weight::Kept(Sequel::Proposal),
        (AnswerMethod::Reply, Participation::Declined) if invited.about_a_child => Weight::Kept(Sequel::StandIn),
        (AnswerMethod::Reply, Participation::Declined) => Weight::Kept(Sequel::Deputy),
        (AnswerMethod::Reply, Participation::Accepted) if !invited.about_a_child => Weight::Kept(Sequel::Comes),
        (AnswerMethod::Reply, _) => Weight::Kept(Sequel::None),
    }
}

impl Profile {
    /// The rule by which somebody else presents a child whose worker cannot come.
    pub fn stand_in_rule(&self) -> &'static str {
        match self.late {
            Late::NextMeeting => "SY-14",
            Late::AskChair => "SH-11",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i8) -> Timestamp {
        format!("2026-11-20T{hour:02}:00:00Z").parse().unwrap()
    }

    const INVITED: Invited = Invited {
        sequence: 1,
        cancelled: false,
        is_theirs: true,
        asked_at: Timestamp::MIN,
        answered_at: None,
        starts_at: Timestamp::MAX,
        about_a_child: true,
    };

    fn answer(says: Participation) -> CalendarAnswer {
        CalendarAnswer {
            method: AnswerMethod::Reply,
            uid: "u".to_owned(),
            sequence: Some(1),
            stamped_at: None,
            attendee: None,
            says,
            delegate: None,
        }
    }

    fn weigh_of(says: Participation, invited: Invited) -> Weight {
        weigh(&answer(says), Some(&invited), true, at(10))
    }

    #[test]
    fn sy_14_sh_11_whoever_declines_a_childs_slot_needs_a_stand_in() {
        assert_eq!(weigh_of(Participation::Declined, INVITED), Weight::Kept(Sequel::StandIn));
        assert_eq!(weigh_of(Participation::Accepted, INVITED), Weight::Kept(Sequel::None));
        assert_eq!(weigh_of(Participation::Tentative, INVITED), Weight::Kept(Sequel::None));
        let begun = Invited { starts_at: at(10), ..INVITED };
        assert_eq!(weigh_of(Participation::Declined, begun), Weight::Kept(Sequel::None));
    }

    #[test]
    fn mc_08_a_member_who_declines_the_meeting_has_a_deputy_until_they_come_after_all() {
        let member = Invited { about_a_child: false, ..INVITED };
        assert_eq!(weigh_of(Participation::Declined, member), Weight::Kept(Sequel::Deputy));
        assert_eq!(weigh_of(Participation::Accepted, member), Weight::Kept(Sequel::Comes));
        assert_eq!(weigh_of(Participation::Tentative, member), Weight::Kept(Sequel::None));
        let begun = Invited { starts_at: at(10), ..member };
        assert_eq!(weigh_of(Participation::Declined, begun), Weight::Kept(Sequel::None));
    }

    #[test]
    fn neither_a_delegate_nor_another_time_happens_by_itself() {
        assert_eq!(weigh_of(Participation::Delegated, INVITED), Weight::Kept(Sequel::Proposal));
        let counter = CalendarAnswer { method: AnswerMethod::Counter, ..answer(Participation::Declined) };
        assert_eq!(weigh(&counter, Some(&INVITED), true, at(10)), Weight::Kept(Sequel::Proposal));
    }

    #[test]
    fn an_answer_to_an_earlier_version_or_before_the_last_one_is_overtaken() {
        let earlier = CalendarAnswer { sequence: Some(0), ..answer(Participation::Declined) };
        assert_eq!(weigh(&earlier, Some(&INVITED), true, at(10)), Weight::Shown(Doubt::Earlier));
        let yes = CalendarAnswer { sequence: Some(0), ..answer(Participation::Accepted) };
        assert_eq!(weigh(&yes, Some(&INVITED), true, at(10)), Weight::Overtaken);
        let silent = CalendarAnswer { sequence: None, ..answer(Participation::Accepted) };
        assert_eq!(weigh(&silent, Some(&INVITED), true, at(10)), Weight::Kept(Sequel::None));
        let later = Invited { answered_at: Some(at(11)), ..INVITED };
        assert_eq!(weigh_of(Participation::Declined, later), Weight::Overtaken);
        assert_eq!(weigh_of(Participation::Accepted, Invited { cancelled: true, ..INVITED }), Weight::Overtaken);
    }

    /// Facts 4.8: the newest by SEQUENCE, then by DTSTAMP, in whatever order they come.
    #[test]
    fn of_two_answers_the_one_that_was_given_later_counts_whenever_it_comes() {
        let given = |hour| CalendarAnswer { stamped_at: Some(at(hour)), ..answer(Participation::Declined) };
        let answered = Invited { asked_at: at(7), answered_at: Some(at(9)), ..INVITED };
        let weigh = |answer: &CalendarAnswer| weigh(answer, Some(&answered), true, at(10));
        assert_eq!(weigh(&given(8)), Weight::Overtaken);
        assert_eq!(weigh(&given(10)), Weight::Kept(Sequel::StandIn));
        assert_eq!(weigh(&given(7)), Weight::Kept(Sequel::StandIn), "the stamp of the invitation itself says nothing");
        assert_eq!(given(23).said_at(at(7), at(10)), at(10), "nobody answers after the answer has come");
    }

    #[test]
    fn what_cannot_be_believed_is_shown_and_changes_nothing() {
        let yes = answer(Participation::Accepted);
        assert_eq!(weigh(&yes, None, true, at(10)), Weight::Shown(Doubt::Unmatched));
        assert_eq!(weigh(&yes, Some(&INVITED), false, at(10)), Weight::Shown(Doubt::Unvouched));
        let other = Invited { is_theirs: false, ..INVITED };
        assert_eq!(weigh(&yes, Some(&other), true, at(10)), Weight::Shown(Doubt::NotInvited));
    }
}
