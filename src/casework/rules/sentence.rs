//! What one sentence of a covering note asks for, where no set phrase says it: what is done, and close to it what it is done
//! to. "Please cancel the referral", "R-0007 comes off the agenda", "the GP must not see this".

use super::urgent::{NEGATIONS, REACH, words};

/// What a paper, or a place on the agenda, is called.
const PAPERS: &[&str] = &[
    "rat",
    "rats",
    "form",
    "forms",
    "assessment",
    "assessments",
    "referral",
    "referrals",
    "paper",
    "papers",
    "paperwork",
    "report",
    "document",
    "documents",
    "checklist",
    "case",
];
/// A footer that asks so speaks of the message or of whoever got it.
const MESSAGE: &[&str] = &[
    "email",
    "emails",
    "e",
    "mail",
    "message",
    "communication",
    "content",
    "contents",
    "attachments",
    "recipient",
    "recipients",
    "addressee",
    "intended",
    "addressed",
    "solely",
    "privileged",
];
/// Who may be kept from knowing.
const PEOPLE: &[&str] = &[
    "gp",
    "gps",
    "doctor",
    "surgery",
    "practice",
    "nurse",
    "nurses",
    "health",
    "camhs",
    "school",
    "college",
    "police",
    "mother",
    "mum",
    "father",
    "dad",
    "parent",
    "parents",
    "family",
    "stepfather",
    "carer",
    "carers",
    "anyone",
    "anybody",
    "others",
    "panel",
];
/// What may be cancelled or held that is no paper.
const NO_PAPERS: &[&str] = &[
    "attendance",
    "invitation",
    "invite",
    "meeting",
    "appointment",
    "slot",
    "place",
    "space",
    "visit",
    "discussion",
    "reminder",
    "reminders",
];
/// An earlier sending of the same.
const EARLIER: &[&str] = &["earlier", "previous", "old", "older", "other", "first", "original", "last"];
/// What a form says, and may say wrongly.
const ANSWERS: &[&str] = &[
    "address",
    "postcode",
    "name",
    "surname",
    "spelling",
    "gp",
    "surgery",
    "number",
    "dob",
    "date",
    "dates",
    "birth",
    "nhs",
    "lcs",
    "rating",
    "form",
    "rat",
    "assessment",
];

/// A sentence in folded words.
pub(super) struct Sentence {
    pub(super) words: Vec<String>,
    /// "moved to Leeds": a place is named that is no house, street or school.
    goes_to_a_town: bool,
}

impl Sentence {
    pub(super) fn all(text: &str) -> Vec<Self> {
        text.split(['.', '!', '?', ';', '\n']).map(Self::of).collect()
    }

    fn of(text: &str) -> Self {
        Self { words: words(text), goes_to_a_town: names_a_town(text) }
    }

    /// The phrase stands in it, and nothing shortly before takes it back. "not be able to attend" is the apology itself: a
    /// denial inside the phrase does not.
    pub(super) fn says(&self, phrase: &str) -> bool {
        let phrase: Vec<&str> = phrase.split(' ').filter(|word| *word != "/").collect();
        let starts =
            self.words.windows(phrase.len()).enumerate().filter(|(_, at)| at.iter().zip(&phrase).all(|(a, b)| a == b));
        starts.map(|(at, _)| at).any(|at| !self.is_denied(at))
    }

    pub(super) fn has(&self, any: &[&str]) -> bool {
        self.words.iter().any(|word| any.contains(&word.as_str()))
    }

    /// A paper or its place on the agenda is taken back: "please cancel this referral", "the referral for R-0006 is withdrawn".
    pub(super) fn takes_back(&self) -> bool {
        const DO: &[&str] = &[
            "withdraw",
            "withdrawing",
            "cancel",
            "cancelling",
            "retract",
            "retracting",
            "disregard",
            "destroy",
            "delete",
            "shred",
            "discard",
        ];
        const DONE: &[&str] = &["withdrawn", "cancelled", "canceled", "retracted"];
        const OFF: &[&str] = &["take", "taken", "taking", "remove", "removed", "removing", "pull", "pulled", "drop"];
        let done_to =
            |at: usize| !self.is_denied(at) && !self.is_of_no_paper(at) && self.near(at, 5, |at| self.is_paper(at));
        let done = |at: usize| {
            let is = at.checked_sub(1).and_then(|before| self.words.get(before));
            let is = is.is_some_and(|word| matches!(word.as_str(), "is" | "was" | "been" | "be" | "are" | "being"));
            is && !self.is_denied(at) && (at.saturating_sub(6)..at).any(|before| self.is_paper(before))
        };
        let off = |at: usize| {
            !self.is_denied(at)
                && self.near(at, 8, |at| {
                    matches!(self.word(at), "off" | "from") && self.near(at, 3, |at| self.word(at) == "agenda")
                })
        };
        self.places(DO).any(done_to) || self.places(DONE).any(done) || self.places(OFF).any(off)
    }

    /// The same of an earlier sending: "destroy the other", "delete my previous form".
    pub(super) fn replaces_earlier(&self) -> bool {
        const DO: &[&str] = &["disregard", "ignore", "destroy", "delete", "shred", "discard"];
        let earlier = |at| EARLIER.contains(&self.word(at));
        self.places(DO).any(|at| !self.is_denied(at) && self.near(at, 5, earlier))
    }

    /// The child is in another authority's area now.
    pub(super) fn is_away(&self) -> bool {
        const AREA: &[&str] =
            &["area", "county", "borough", "city", "district", "region", "authority", "country", "abroad"];
        const OUT: &[&str] = &["out", "away", "another", "different", "other", "abroad"];
        let moved = |at: usize| {
            !self.is_denied(at)
                && self.near(at, 6, |at| AREA.contains(&self.word(at)))
                && self.near(at, 6, |at| OUT.contains(&self.word(at)))
        };
        let gone = |at: usize| !self.is_denied(at) && (self.goes_to_a_town || self.has(&["transferred"]));
        self.places(&["moved", "moving", "relocated"]).any(|at| moved(at) || self.word(at + 1) == "to" && gone(at))
    }

    /// What was sent says something wrong: "the GP on the form I sent was wrong", "wrong address".
    pub(super) fn is_wrong(&self) -> bool {
        let is_answer = |at: usize| ANSWERS.contains(&self.word(at));
        let before = |at: usize| {
            let is = at.checked_sub(1).is_some_and(|at| matches!(self.word(at), "is" | "was" | "are" | "were"));
            is && (at.saturating_sub(11)..at).any(is_answer)
        };
        let wrong = |at: usize| !self.is_denied(at) && (is_answer(at + 1) || before(at));
        self.places(&["wrong", "incorrect", "mistyped", "misspelt"]).any(wrong)
            || self.words.first().is_some_and(|word| word == "correction")
    }

    /// A paper goes no further, or not to somebody: "please hold the papers", "the GP must not see this".
    pub(super) fn keeps_back(&self) -> bool {
        const HOLD: &[&str] = &["hold", "pause", "stop"];
        const SHARE: &[&str] = &[
            "send",
            "share",
            "copy",
            "show",
            "give",
            "tell",
            "forward",
            "circulate",
            "distribute",
            "release",
            "disclose",
            "inform",
            "pass",
        ];
        const LEARN: &[&str] =
            &["see", "know", "get", "receive", "read", "learn", "told", "shown", "sent", "given", "copied", "informed"];
        if self.has(MESSAGE) {
            return false;
        }
        let is_theirs = |at: usize| PEOPLE.contains(&self.word(at));
        let held = |at: usize| {
            let asked = (at.saturating_sub(4)..at).any(|at| matches!(self.word(at), "please" | "you" | "must"));
            (asked || at == 0)
                && !self.is_of_no_paper(at)
                && !self.is_denied(at)
                && self.near(at, 4, |at| self.is_paper(at))
        };
        // "do not send it to the GP": here the denial is what is asked for.
        let not_shared = |at: usize| {
            let asked =
                (at.saturating_sub(4)..at).any(|at| matches!(self.word(at), "do" | "don't" | "please" | "must"));
            asked && self.follows_a_denial(at) && self.near(at, 9, |at| self.is_paper(at) || is_theirs(at))
        };
        let not_learnt = |at: usize| {
            let modal = |at: usize| matches!(self.word(at), "must" | "should" | "may" | "can" | "shall" | "to");
            let back = at.saturating_sub(3);
            self.follows_a_denial(at) && (back..at).any(modal) && (back.saturating_sub(6)..at).any(is_theirs)
        };
        let said = ["now confidential", "not for sharing", "not for distribution"];
        said.iter().any(|phrase| self.words.join(" ").contains(phrase))
            && (0..self.words.len()).any(|at| self.is_paper(at))
            || self.places(HOLD).any(held)
            || self.places(SHARE).any(not_shared)
            || self.places(LEARN).any(not_learnt)
    }

    /// It speaks of a paper and not of the message it stands in.
    pub(super) fn is_about_a_paper(&self) -> bool {
        !self.has(MESSAGE) && (0..self.words.len()).any(|at| self.is_paper(at))
    }

    fn is_of_no_paper(&self, at: usize) -> bool {
        self.near(at, 3, |at| NO_PAPERS.contains(&self.word(at)))
    }

    fn word(&self, at: usize) -> &str {
        self.words.get(at).map(String::as_str).unwrap_or_default()
    }

    fn places<'s>(&'s self, any: &'s [&str]) -> impl Iterator<Item = usize> + 's {
        (0..self.words.len()).filter(|at| any.contains(&self.word(*at)))
    }

    /// Within so many words behind a place.
    fn near(&self, at: usize, reach: usize, is: impl Fn(usize) -> bool) -> bool {
        (at + 1..=at.saturating_add(reach)).any(is)
    }

    fn is_denied(&self, at: usize) -> bool {
        self.words.iter().take(at).rev().take(REACH).any(|word| NEGATIONS.contains(&word.as_str()))
    }

    fn follows_a_denial(&self, at: usize) -> bool {
        (at.saturating_sub(3)..at)
            .any(|at| matches!(self.word(at), "not" | "don't" | "never" | "mustn't" | "shouldn't"))
    }

    /// A paper, or a case by its reference: `R-0012` in words is `r`, `0012`.
    fn is_paper(&self, at: usize) -> bool {
        let is_number = |word: &str| word.len() >= 3 && word.chars().all(|ch| ch.is_ascii_digit());
        PAPERS.contains(&self.word(at)) || self.word(at) == "r" && is_number(self.word(at + 1))
    }
}

/// "has moved to Leeds", and not "moved to Willow House" or "to the new placement".
fn names_a_town(text: &str) -> bool {
    const PREMISES: &[&str] = &[
        "year",
        "secure",
        "supported",
        "residential",
        "accommodation",
        "house",
        "lodge",
        "home",
        "cottage",
        "street",
        "road",
        "avenue",
        "close",
        "court",
        "drive",
        "lane",
        "school",
        "academy",
        "college",
        "ward",
        "team",
        "hospital",
        "placement",
        "unit",
        "centre",
        "hostel",
        "view",
        "place",
    ];
    let words: Vec<&str> =
        text.split(|ch: char| ch.is_whitespace() || ch == ',').filter(|word| !word.is_empty()).collect();
    words.windows(4).enumerate().any(|(at, four)| {
        let [has, moved, to, town] = four else { return false };
        let is_now = matches!(has.to_lowercase().as_str(), "has" | "have" | "is" | "are") || has.ends_with("'s");
        let is_capital = town.starts_with(char::is_uppercase) && town.chars().skip(1).any(char::is_lowercase);
        let premises = words.iter().skip(at + 3).take(4).any(|word| PREMISES.contains(&word.to_lowercase().as_str()));
        let moved = matches!(moved.to_lowercase().as_str(), "moved" | "moving" | "relocated");
        is_now && moved && *to == "to" && is_capital && !premises
    })
}
