//! What a sender's own words say beside the papers, or instead of them: the covering note. Looked for in new body text and
//! the subject only, sentence by sentence; what is denied in its sentence is not said.

use super::decision::HoldKind;
use super::sentence::Sentence;
use super::urgent::asks_not_to_share;

/// What a note says. In order of weight: of two the first counts, but a paper not to be shared counts before what only
/// announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// The child has died (LESSONS D).
    Died,
    /// What was sent is taken back (LESSONS D).
    Withdrawn,
    /// The child has left the area (LESSONS D).
    Moved,
    /// Something that was sent is wrong (LESSONS D). Said with a paper it is the paper's own business (MC-30).
    Correction,
    /// A disagreement with what the panel decided (SH-27).
    Escalation,
    /// A flag was started: the case is announced without its assessment (SH-10).
    Flagged,
    /// Somebody cannot come (SH-11).
    Apology,
    /// A paper is not to be shared (SY-40). Said with a paper it is that paper's own business.
    NotToShare,
}

/// What each says it with, folded to lower-case words.
const PHRASES: &[(Note, &[&str])] = &[
    (
        Note::Died,
        &[
            "has died",
            "have died",
            "died on",
            "died at",
            "died last",
            "died this",
            "sadly died",
            "passed away",
            "death of this child",
            "death of the child",
            "is deceased",
        ],
    ),
    (
        Note::Withdrawn,
        &[
            "please withdraw",
            "withdraw the",
            "withdraw this",
            "withdraw my",
            "withdraw our",
            "wish to withdraw",
            "want to withdraw",
            "referral is withdrawn",
            "referral has been withdrawn",
            "withdrawing the",
            "withdrawing this",
            "withdrawing my",
            "withdrawing our",
            "please disregard",
            "please ignore",
            "sent in error",
            "sent by mistake",
            "sent it in error",
            "attached in error",
            "attached the wrong",
            "sent the wrong",
            "sent you the wrong",
            "would like to recall",
            "please recall the rat",
            "please recall the form",
            "please recall the assessment",
            "please recall the referral",
            "please recall the paper",
        ],
    ),
    (
        Note::Moved,
        &[
            "moved out of area",
            "moved out of the area",
            "moved out of county",
            "moved away",
            "moved to another authority",
            "moved to another local authority",
            "moved to another area",
            "no longer lives in",
            "no longer living in",
            "transferred to another authority",
            "transferred to another local authority",
            "left the area",
        ],
    ),
    (
        Note::Correction,
        &[
            "correction to",
            "a correction",
            "need to correct",
            "needs correcting",
            "needs to be corrected",
            "is incorrect",
            "was incorrect",
            "is wrong on",
            "has the wrong date",
            "has the wrong name",
            "has the wrong number",
            "has the wrong address",
            "has the wrong child",
            "has the wrong nhs",
            "has the wrong lcs",
            "had the wrong",
            "had a wrong",
            "delete the earlier",
            "destroy the earlier",
            "is a mistake in the",
            "was wrong on",
            "should have read",
            "should have said",
            "should read",
        ],
    ),
    (
        Note::Escalation,
        &[
            "escalate this decision",
            "escalate the decision",
            "escalating this decision",
            "escalating the decision",
            "formal escalation",
            "formally escalate",
            "raise an escalation",
            "disagree with the decision",
            "disagree with the outcome",
            "disagree with the panel",
            "dispute the decision",
            "challenge the decision",
            "do not agree with the decision",
            "don't agree with the decision",
            "professional disagreement",
        ],
    ),
    (
        Note::Flagged,
        &[
            "ce flag",
            "cce flag",
            "cse flag",
            "mace flag",
            "cce / cse flag",
            "exploitation flag",
            "flag has been started",
            "flag has been added",
            "flag started",
            "flag added",
        ],
    ),
    (
        Note::Apology,
        &[
            "send my apologies",
            "send apologies",
            "give my apologies",
            "accept my apologies for the meeting",
            "accept my apologies for the panel",
            "my apologies for the meeting",
            "apologies for the meeting",
            "unable to attend",
            "cannot attend",
            "can't attend",
            "won't be able to attend",
            "not be able to attend",
            "not able to attend",
            "can't make it",
            "cannot make it",
            "unable to make it",
            "won't be able to make it",
            "not be able to make it",
            "cannot come",
            "can't come",
            "apologies for monday",
            "apologies for tuesday",
            "apologies for wednesday",
            "apologies for thursday",
            "apologies for friday",
        ],
    ),
];

/// Whose death a note may speak of that is not the child's: in a sentence with one of these none is taken for it.
const RELATIVES: &[&str] = &[
    "mother",
    "mum",
    "father",
    "dad",
    "parent",
    "parents",
    "grandmother",
    "grandfather",
    "grandparent",
    "nan",
    "nana",
    "nanny",
    "gran",
    "grandma",
    "grandad",
    "granddad",
    "brother",
    "sister",
    "uncle",
    "aunt",
    "auntie",
    "cousin",
    "friend",
    "carer",
    "dog",
    "baby",
];

impl Note {
    /// The weightiest thing a text says.
    pub fn of(new_text: &str) -> Option<Self> {
        let sentences = Sentence::all(new_text);
        let said = |note: Self, phrases: &[&str]| {
            let of_another = |s: &Sentence| note == Self::Died && s.has(RELATIVES);
            // "Please disregard my previous form" comes with the right one.
            let of_earlier = |s: &Sentence| note == Self::Withdrawn && s.replaces_earlier();
            let by_phrase = |s: &Sentence| !of_earlier(s) && phrases.iter().any(|phrase| s.says(phrase));
            sentences.iter().any(|s| !of_another(s) && (by_phrase(s) || note.is_asked_for_by(s)))
        };
        let said = PHRASES.iter().find(|(note, phrases)| said(*note, phrases)).map(|(note, _)| *note);
        // Whatever else it announces, what stops a paper counts more.
        let weighty = said.filter(|note| note.stops_papers() || *note == Self::Escalation);
        weighty.or_else(|| keeps_a_paper_back(new_text).then_some(Self::NotToShare)).or(said)
    }

    /// A sentence says it in no set phrase.
    fn is_asked_for_by(self, sentence: &Sentence) -> bool {
        match self {
            Self::Withdrawn => sentence.takes_back() && !sentence.replaces_earlier(),
            Self::Moved => sentence.is_away(),
            Self::Correction => sentence.is_wrong() || sentence.replaces_earlier(),
            _ => false,
        }
    }

    /// Nothing more about the child goes out until a person has looked (LESSONS D).
    pub const fn stops_papers(self) -> bool {
        self.hold().stops_papers()
    }

    /// What a paper that came with the note is held for.
    pub const fn holds_its_paper(self) -> Option<HoldKind> {
        match self {
            Self::Died | Self::Withdrawn | Self::Moved => Some(self.hold()),
            Self::Correction | Self::Escalation | Self::Flagged | Self::Apology | Self::NotToShare => None,
        }
    }

    /// What a message that says it and brings no form is held for.
    pub const fn hold(self) -> HoldKind {
        match self {
            Self::Died => HoldKind::Died,
            Self::Withdrawn => HoldKind::Withdrawn,
            Self::Moved => HoldKind::Moved,
            Self::Correction => HoldKind::Correction,
            Self::Escalation => HoldKind::Escalation,
            Self::Flagged => HoldKind::Flagged,
            Self::Apology => HoldKind::Apology,
            Self::NotToShare => HoldKind::DoNotShare,
        }
    }
}

/// Does a note ask that a paper go no further for now, or not to somebody (LESSONS D)? Such a paper is held for a person.
pub fn keeps_a_paper_back(new_text: &str) -> bool {
    Sentence::all(new_text).iter().any(|sentence| {
        let asks_to_hold_it = sentence.has(&["please"]) && sentence.has(&["hold"]) && sentence.has(&["back"]);
        let asks = asks_to_hold_it || asks_not_to_share(&sentence.words.join(" "));
        asks && sentence.is_about_a_paper() || sentence.keeps_back()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lessons_d_what_stops_a_childs_papers_is_seen() {
        for (text, note) in [
            ("Sadly he died on Sunday.", Note::Died),
            ("Please withdraw the referral I sent this morning", Note::Withdrawn),
            ("I attached the wrong form, sorry", Note::Withdrawn),
            ("The family has moved out of area", Note::Moved),
            ("Please hold Maya's form back, the family has moved to Kent.", Note::Moved),
            ("Please hold back the RAT for now.", Note::NotToShare),
            ("The rating on my form is incorrect, it should read Emerging", Note::Correction),
            ("Please do not circulate the RAT for Maya Bright, it is not right.", Note::NotToShare),
            ("Please don't share the assessment yet", Note::NotToShare),
            ("Please recall the RAT of Maya Bright.", Note::Withdrawn),
            ("A CE flag has been added. Please do not circulate the assessment yet.", Note::NotToShare),
            ("The RAT for Maya Bright has the wrong date of birth in it.", Note::Correction),
            ("There is a mistake in the form for Maya Bright.", Note::Correction),
            ("We withdraw R-0001.", Note::Withdrawn),
            ("The referral for R-0006 is withdrawn.", Note::Withdrawn),
            ("Please destroy the paper I sent for R-0002, it is about the wrong child.", Note::Withdrawn),
            ("Please take R-0007 off the agenda", Note::Withdrawn),
            ("R-0008 can be removed from Monday's agenda.", Note::Withdrawn),
            ("R-0013: Please cancel this referral.", Note::Withdrawn),
            ("R-0003 has moved to Leeds and her case has been transferred.", Note::Moved),
            ("Maya has moved to Kent.", Note::Moved),
            ("The family of R-0004 have moved out of the county.", Note::Moved),
            ("They are moving to a different local authority", Note::Moved),
            (
                "The GP on the form I sent on Tuesday was wrong. Please use this one and destroy the other.",
                Note::Correction,
            ),
            ("Correction: the address on the form for R-0005 is wrong", Note::Correction),
            ("I gave the wrong address for Maya.", Note::Correction),
            ("Please disregard my previous form and use this one.", Note::Correction),
            ("R-0010: the GP must not see this, her uncle works at the surgery.", Note::NotToShare),
            ("Please hold the papers for R-0012", Note::NotToShare),
            ("R-0014: this is now confidential, not for sharing.", Note::NotToShare),
            ("Please do not send it to the GP", Note::NotToShare),
            ("Don't tell the family about R-0011.", Note::NotToShare),
            ("Dad should not be told of the referral", Note::NotToShare),
            ("Mum is aware of the referral but dad is not to be told.", Note::NotToShare),
        ] {
            assert_eq!(Note::of(text), Some(note), "{text}");
            assert!(note.stops_papers());
        }
    }

    #[test]
    fn sh_27_sh_10_sh_11_mails_without_a_form_are_told_apart() {
        for (text, note) in [
            ("We disagree with the decision to close and ask the chair to look again.", Note::Escalation),
            ("Following the CE assessment meeting a CCE/CSE flag has been added for R-0012", Note::Flagged),
            ("I am unable to attend on Tuesday", Note::Apology),
            ("I will not be able to attend", Note::Apology),
            ("Apologies, I can't make it on Wednesday as I am in court.", Note::Apology),
            ("Please accept my apologies for Wednesday.", Note::Apology),
            ("Sorry, cannot come.", Note::Apology),
        ] {
            assert_eq!(Note::of(text), Some(note), "{text}");
            assert!(!note.stops_papers());
        }
    }

    #[test]
    fn ordinary_covering_notes_say_none_of_it() {
        for text in [
            "Please find attached the assessment for the panel.",
            "It is not true that she has died.",
            "His grandmother passed away in June and he has become withdrawn.",
            "Apologies for the delay in sending this.",
            "He has moved to a new placement nearby.",
            "Please note the family has moved to a new house nearby, form attached.",
            "He is held back by the form of his illness.",
            "The police will escalate their patrols.",
            "I do not want to withdraw the referral",
            "Corrected form attached.",
            "Please do not share this email or the document attached to it.",
            "Please share the form with the panel.",
            "Please recall that we spoke on Monday.",
            "He has the wrong friends.",
            "He has moved to Willow House in town.",
            "She moved to Park Lane Academy in September.",
            "The case has been transferred to me.",
            "He cancelled two appointments with us this week, and the rating is the same.",
            "He is in with the wrong crowd and his name came up twice.",
            "She presents as withdrawn.",
            "I do not want to cancel the referral.",
            "From the agenda I see that we are last.",
            "Could you please hold a slot on the agenda for R-0012?",
            "If you are not the intended recipient do not disclose, copy or forward the document.",
            "You must not copy this email or show it to anyone.",
            "He must not have contact with the adult named on the form.",
            "School could not be told by phone that he was missing.",
            "There is nothing wrong with the address.",
            "I can be reached on the same number, please tell me if the case is heard.",
            "She moved to Year 10 in September.",
            "The family moved to Guildford last year so the GP is new.",
            "We would not share a placement with others.",
            "Please cancel my attendance, R-0001 will be presented by Sue.",
            "Please cancel the invitation for R-0012, I am on leave.",
            "Please stop sending reminders for R-0003, the assessment is attached.",
            "The school has not seen the assessment.",
            "Please don't forget to add the GP to the case.",
        ] {
            assert_eq!(Note::of(text), None, "{text}");
        }
    }
}
