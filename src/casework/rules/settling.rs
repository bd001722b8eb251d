//! What is held for a person can be settled by answering the mail that tells of it: a code that stands in the mail, and the
//! number of a choice. Here: which choices there are, and what an answer says. Who may answer is `casework::routing`'s.

use super::HoldKind;
use crate::casework::{Address, BadRef, CaseRef, Code};
use std::fmt;
use std::str::FromStr;

/// How many cases a child may be offered as.
const MOST_CANDIDATES: usize = 5;

/// One thing that can be done with what is held. Each is what a verb does too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// `held release`.
    Release,
    /// `held release` of what a marker keeps apart, as if it bore none (SY-21).
    Unmark,
    /// `held release --case`: one of those it may be.
    Case(CaseRef),
    /// `held release --case`: one that the answer names.
    OtherCase,
    /// `held release --new-child`.
    NewChild,
    /// `held release --to`: people whom the answer names.
    To,
    /// `held release` of a member's absence: the deputy gets the papers.
    Deputise,
    /// `meeting admit`: a late child, or the late paper of one that is listed, is heard at the meeting it came too late for (MC-22, MC-31).
    Admit,
    /// `alert answer`: somebody sees to what an alert asks for.
    InHand,
    /// `meeting invite` of one whom the question proposes, by number (SY-13).
    Invite(u8),
    /// `meeting invite` of those whom the answer names.
    InviteNamed,
    /// `meeting invite` of nobody.
    InviteNobody,
    /// `case care-leaver R-… yes` (SY-36).
    CareLeaver,
    /// `case care-leaver R-… no`.
    NoCareLeaver,
    /// `held release` of what is kept from health (MC-10).
    ToHealth,
    /// `held reject` of it.
    KeepBack,
    /// `held release` of who carries a case: whom the form names, or whom the answer does (MC-34).
    Named,
    /// `held reject` of it: whoever sent the paper.
    Sender,
    /// `held reject`.
    Reject,
    /// `outbox release`.
    Send,
    /// `outbox cancel`.
    Cancel,
    /// `outbox approve`.
    Approve,
    /// `outbox approve --without-flagged`.
    ApproveWithout,
    /// `outbox refuse`.
    Refuse,
}

impl Choice {
    /// May it be chosen beside others like it?
    pub const fn invites(self) -> bool {
        matches!(self, Self::Invite(_) | Self::InviteNamed)
    }

    /// For the person who chooses.
    pub fn words(self) -> String {
        match self {
            Self::Release => "Let it through. What came in time stays in time.".to_owned(),
            Self::Unmark => "The marker is there by mistake: it goes the usual way.".to_owned(),
            Self::Case(case) => format!("It is the child of {case}."),
            Self::OtherCase => {
                "It is the child of a case not named here: write its reference (R-…) behind the number.".to_owned()
            }
            Self::NewChild => "It is a child the panel does not know yet.".to_owned(),
            Self::To => "Send it: write the address of each person who gets it behind the number. Each must be in the \
                         directory."
                .to_owned(),
            Self::Deputise => "Send the meeting's papers to the deputy whom the directory names.".to_owned(),
            Self::Admit => "Admit it: it is heard at that meeting, and the paper goes to the members.".to_owned(),
            Self::InHand => "I have it in hand. It goes on to nobody else.".to_owned(),
            Self::Invite(nth) => format!("Invite the {nth}. of those proposed."),
            Self::InviteNamed => "Invite somebody else: write the address of each behind the number. Each must be in the directory, in one of \
                                  these roles."
                .to_owned(),
            Self::InviteNobody => "Nobody beside those who are invited already.".to_owned(),
            Self::CareLeaver => "A care leaver. You are asked whom to invite.".to_owned(),
            Self::NoCareLeaver => "No care leaver. Nobody else is invited for it.".to_owned(),
            Self::ToHealth => "Send it to the child's health colleagues.".to_owned(),
            Self::KeepBack => "Keep it back from health. It stays with the meeting's papers.".to_owned(),
            Self::Named => "The one whom the form names carries the case. Where the directory does not know them by that name, write \
                            their address behind the number."
                .to_owned(),
            Self::Sender => "Whoever sent the paper carries the case.".to_owned(),
            Self::Reject => "Turn it away. It goes to nobody, and its sender is not written to.".to_owned(),
            Self::Send => "Send it as it is.".to_owned(),
            Self::Cancel => "Take it back. It goes to nobody.".to_owned(),
            Self::Approve => "Send it as it is shown here.".to_owned(),
            Self::ApproveWithout => {
                "Send it without the papers that name another child. Their children stay listed; the papers wait for a person."
                    .to_owned()
            }
            Self::Refuse => "Do not send it. It waits until somebody approves it.".to_owned(),
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Release => f.write_str("release"),
            Self::Unmark => f.write_str("unmark"),
            Self::Case(case) => write!(f, "case {case}"),
            Self::OtherCase => f.write_str("other-case"),
            Self::NewChild => f.write_str("new-child"),
            Self::To => f.write_str("to"),
            Self::Deputise => f.write_str("deputise"),
            Self::Admit => f.write_str("admit"),
            Self::InHand => f.write_str("in-hand"),
            Self::Invite(nth) => write!(f, "invite {nth}"),
            Self::InviteNamed => f.write_str("invite-named"),
            Self::InviteNobody => f.write_str("invite-nobody"),
            Self::CareLeaver => f.write_str("care-leaver"),
            Self::NoCareLeaver => f.write_str("no-care-leaver"),
            Self::ToHealth => f.write_str("to-health"),
            Self::KeepBack => f.write_str("keep-back"),
            Self::Named => f.write_str("named"),
            Self::Sender => f.write_str("sender"),
            Self::Reject => f.write_str("reject"),
            Self::Send => f.write_str("send"),
            Self::Cancel => f.write_str("cancel"),
            Self::Approve => f.write_str("approve"),
            Self::ApproveWithout => f.write_str("approve-without"),
            Self::Refuse => f.write_str("refuse"),
        }
    }
}

impl FromStr for Choice {
    type Err = BadRef;
    fn from_str(text: &str) -> Result<Self, BadRef> {
        if let Some(case) = text.strip_prefix("case ") {
            return case.parse().map(Self::Case);
        }
        if let Some(nth) = text.strip_prefix("invite ") {
            return nth.parse().map(Self::Invite).map_err(|_| BadRef(text.to_owned()));
        }
        use Choice::{
            Admit, Approve, ApproveWithout, Cancel, CareLeaver, Deputise, InHand, InviteNamed, InviteNobody, KeepBack,
            Named, NewChild, NoCareLeaver, OtherCase, Refuse, Reject, Release, Send, Sender, To, ToHealth, Unmark,
        };
        let all = [
            Release,
            Unmark,
            Deputise,
            Admit,
            InHand,
            InviteNamed,
            InviteNobody,
            CareLeaver,
            NoCareLeaver,
            OtherCase,
            NewChild,
            To,
            ToHealth,
            KeepBack,
            Named,
            Sender,
            Reject,
            Send,
            Cancel,
            Approve,
            ApproveWithout,
            Refuse,
        ];
        all.into_iter().find(|choice| choice.to_string() == text).ok_or_else(|| BadRef(text.to_owned()))
    }
}

impl HoldKind {
    /// What can be done with something held for this reason, in the order in which it is offered.
    pub fn choices(self, candidates: &[CaseRef]) -> Vec<Choice> {
        match self {
            Self::ChildUnclear => {
                let cases = candidates.iter().take(MOST_CANDIDATES).copied().map(Choice::Case);
                cases.chain([Choice::OtherCase, Choice::NewChild, Choice::Reject]).collect()
            }
            Self::ChildNotIdentified => vec![Choice::OtherCase, Choice::NewChild, Choice::Reject],
            Self::NotHeard => vec![Choice::OtherCase, Choice::Reject],
            Self::HealthAnswer => {
                let cases = candidates.iter().take(MOST_CANDIDATES).copied().map(Choice::Case);
                cases.chain([Choice::OtherCase, Choice::Reject]).collect()
            }
            Self::RecipientMissing => vec![Choice::To, Choice::Reject],
            Self::Sensitive => vec![Choice::To, Choice::Unmark, Choice::Reject],
            Self::KeptFromHealth => vec![Choice::ToHealth, Choice::KeepBack],
            Self::OtherLead => vec![Choice::Named, Choice::Sender],
            Self::MemberAway => vec![Choice::Deputise, Choice::Reject],
            _ => vec![Choice::Release, Choice::Reject],
        }
    }
}

/// What an answer says of one code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    /// Which.
    pub code: Code,
    /// The numbers beside it, from 1: one, but where several people may be invited (SY-13).
    pub numbers: Vec<usize>,
    /// Cases named beside it.
    pub cases: Vec<CaseRef>,
    /// Addresses named beside it.
    pub addresses: Vec<Address>,
}

/// What an answer says, by its own words: the caller has taken off whatever it quotes. A code counts with the number in
/// its own line, and nothing but that: a quotation that was not recognised as one repeats our codes without numbers beside
/// them, and our numbers without codes.
pub fn picks(fresh: &str) -> Vec<Pick> {
    let mut found: Vec<Pick> = Vec::new();
    for line in fresh.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let codes: Vec<Code> = words.iter().filter_map(|word| Code::read(word)).collect();
        let numbers: Vec<usize> = words.iter().filter_map(|word| number(word)).collect();
        for code in codes {
            let at = match found.iter().position(|pick| pick.code == code) {
                Some(at) => at,
                None => {
                    found.push(Pick { code, numbers: Vec::new(), cases: Vec::new(), addresses: Vec::new() });
                    found.len() - 1
                }
            };
            let Some(pick) = found.get_mut(at) else { continue };
            pick.numbers.extend(&numbers);
            pick.cases.extend(words.iter().filter_map(|word| bare(word).to_uppercase().parse::<CaseRef>().ok()));
            pick.addresses.extend(words.iter().filter_map(|word| address(word)));
            pick.cases.dedup();
            pick.addresses.dedup();
        }
    }
    for pick in &mut found {
        pick.numbers.sort_unstable();
        pick.numbers.dedup();
    }
    // Where one was chosen for, the others are quoted.
    let chosen = found.iter().any(|pick| !pick.numbers.is_empty());
    found.into_iter().filter(|pick| !chosen || !pick.numbers.is_empty()).collect()
}

/// A number without its code, or a code without a number, is an attempt too: does the answer begin like one?
pub fn begins_with_a_number(fresh: &str) -> bool {
    fresh.split_whitespace().next().is_some_and(|word| number(word).is_some())
}

/// One that was copied wrongly: a word like `BCDFG-HJKLM` with a letter or digit that no code has, or one too many or too few,
/// and a number behind it.
pub fn begins_with_a_miscopied_code(fresh: &str) -> bool {
    let mut words = fresh.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().split_whitespace();
    let halves = words.next().and_then(|word| bare(word).split_once(['-', '\u{2010}', '\u{2013}']));
    let like_a_half = |half: &str| (4..=6).contains(&half.len()) && half.chars().all(|c| c.is_ascii_alphanumeric());
    halves.is_some_and(|(one, other)| like_a_half(one) && like_a_half(other)) && words.next().and_then(number).is_some()
}

fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

/// `2`, `2.`, `(2)`: a number of at most two figures, and nothing else.
fn number(word: &str) -> Option<usize> {
    let figures = bare(word);
    let short = (1..=2).contains(&figures.len()) && figures.bytes().all(|byte| byte.is_ascii_digit());
    figures.parse().ok().filter(|n| short && *n > 0)
}

/// An address, as mail programs write it into text: `a@b.example`, `<mailto:a@b.example>`.
fn address(word: &str) -> Option<Address> {
    let word = word.split(['<', '>']).find(|part| part.contains('@'))?;
    let word = word.strip_prefix("mailto:").unwrap_or(word);
    word.trim_matches(|c: char| !c.is_alphanumeric()).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(n: u8) -> Code {
        Code::of([n; 16])
    }

    fn numbers(fresh: &str) -> Vec<Vec<usize>> {
        picks(fresh).into_iter().map(|pick| pick.numbers).collect()
    }

    #[test]
    fn a_code_that_was_miscopied_is_an_attempt_all_the_same() {
        for attempt in ["AAAAA-BBBBB 1", "\n  bcdfg-hjk1m 2\nThanks", "(BCDF-HJKLM) 1"] {
            assert!(begins_with_a_miscopied_code(attempt) && picks(attempt).is_empty(), "{attempt}");
        }
        for other in ["", "See you there-after 1", "BCDFG-HJKLX", "Re-send 1", "BCDFG HJKLX 1"] {
            assert!(!begins_with_a_miscopied_code(other), "{other}");
        }
    }

    #[test]
    fn a_choice_is_the_one_number_in_the_line_of_its_code() {
        let (one, two) = (code(1).shown(), code(2).shown());
        assert_eq!(numbers(&format!("{one} 2")), [[2]]);
        assert_eq!(numbers(&format!("Option 2. please, {}", one.to_lowercase())), [[2]]);
        assert_eq!(numbers(&format!("{one} 1\n{two} 2")), [[1], [2]]);
        assert_eq!(numbers(&format!("{one} 1 or 2")), [[1, 2]], "two numbers are no one choice");
        assert_eq!(numbers(&format!("{one} 1\n{one} 2")), [[1, 2]], "nor are two lines that differ");
        assert_eq!(numbers(&format!("{one}\n1")), [[]] as [[usize; 0]; 1], "nor a number in another line");
        assert_eq!(numbers(&format!("{one} 012345 H-0007 R-0042")), [[]] as [[usize; 0]; 1], "nor a reference");
        assert!(numbers("yes please, 1").is_empty());
    }

    #[test]
    fn a_quotation_that_was_not_recognised_chooses_nothing() {
        let (one, two) = (code(1).shown(), code(2).shown());
        let quoted =
            format!("H-0007, code {one}\n1. Let it through.\n2. Turn it away.\nH-0008, code {two}\n1. Let it through.");
        assert_eq!(numbers(&quoted), [[], []] as [[usize; 0]; 2]);
        let answered = picks(&format!("{two} 1\n\nVon: RMM\n{quoted}"));
        assert_eq!(
            answered.iter().map(|pick| (pick.code.clone(), pick.numbers.clone())).collect::<Vec<_>>(),
            [(code(2), vec![1])]
        );
    }

    #[test]
    fn cases_and_addresses_count_beside_the_code_alone() {
        let one = code(1).shown();
        let said = picks(&format!(
            "{one} 1 r-0042, gp@riverside.nhs.example<mailto:gp@riverside.nhs.example>\nme@surrey.example"
        ));
        assert_eq!(said[0].cases, ["R-0042".parse().unwrap()]);
        assert_eq!(said[0].addresses, ["gp@riverside.nhs.example".parse().unwrap()]);
    }

    #[test]
    fn every_kind_can_be_turned_away_and_choices_read_back() {
        let candidates: Vec<CaseRef> = (1..9).map(CaseRef).collect();
        for kind in HoldKind::ALL {
            let choices = kind.choices(&candidates);
            assert!(matches!(choices.last(), Some(Choice::Reject | Choice::KeepBack | Choice::Sender)), "{kind}");
            assert!(choices.len() >= 2 && choices.len() < 10, "{kind}");
            let of_alerts =
                [Choice::Admit, Choice::InHand, Choice::Invite(12), Choice::InviteNamed, Choice::InviteNobody];
            for choice in choices.into_iter().chain(of_alerts).chain([Choice::CareLeaver, Choice::NoCareLeaver]) {
                assert_eq!(choice.to_string().parse::<Choice>().unwrap(), choice);
                assert!(!choice.words().is_empty());
            }
        }
    }
}
