//! Words that must be put in front of a person at once (SH-23). Looked for in new body text and the subject only: they
//! stand in nearly every form.

/// Phrases as they are written after folding to lower-case words.
const URGENT: &[&str] = &[
    "immediate risk",
    "immediate danger",
    "immediate harm",
    "immediate threat",
    "immediate safeguarding",
    "imminent risk",
    "imminent danger",
    "imminent harm",
    "in danger",
    "at risk now",
    "at risk tonight",
    "risk tonight",
    "risk to life",
    "threat to life",
    "threats to life",
    "life at risk",
    "life threatening",
    "threatened with",
    "threats to kill",
    "to kill",
    "be killed",
    "urgent",
    "urgently",
    "emergency",
    "999",
    "strategy meeting",
    "strategy discussion",
    "strategy",
    "missing now",
    "now missing",
    "currently missing",
    "still missing",
    "gone missing",
    "missing since",
    "missing again",
    "went missing this",
    "went missing last night",
    "went missing yesterday",
    "went missing today",
    "not been seen",
    "searching for him",
    "searching for her",
    "searching for them",
    "fear for her life",
    "fear for his life",
    "fear for their life",
    "fears for her life",
    "fears for his life",
    "fears for their life",
    "be trafficked",
    "trafficked abroad",
    "missing from care",
    "missing from home",
    "missing tonight",
    "missing today",
    "is missing",
    "not come home",
    "hasn't come home",
    "not returned home",
    "hasn't returned",
    "whereabouts",
    "run away",
    "ran away",
    "runaway",
    "cannot find",
    "can't find",
    "police protection",
    "section 47",
    "s47",
    "abducted",
    "kidnapped",
    "trafficked tonight",
    "overdose",
    "suicidal",
    "suicide",
    "stabbed",
    "knife",
    "gun",
    "raped",
    "sexually assaulted",
    "being held against",
];

/// A word before the phrase, in the same sentence, that takes it back: "no immediate risk", "not considered to be at".
pub(super) const NEGATIONS: &[&str] =
    &["no", "not", "non", "nothing", "isn't", "wasn't", "without", "never", "nor", "neither"];

/// How many words back a negation reaches.
pub(super) const REACH: usize = 5;

/// What a council's footer says about itself, not about a child.
const FOOTER: &[&str] = &["in an emergency", "if it is an emergency", "emergency duty", "exploitation strategy"];

/// "If a child is in immediate danger ring 999": what stands under many a mail, and says nothing of this child.
const OF_ANYBODY: &[&str] =
    &["if a child", "if any child", "if a young person", "if anyone", "if someone", "if somebody"];

/// After 999 these make it a count, a number or a price.
const UNITS: &[&str] = &["days", "weeks", "months", "times", "hours", "people", "pounds"];

/// Does the sender's own text speak of immediate danger?
pub fn is_urgent(new_text: &str) -> bool {
    new_text.split(['.', '!', '?', ';', '\n']).any(speaks_of_danger)
}

fn speaks_of_danger(sentence: &str) -> bool {
    let words = words(sentence);
    let starts = |at: usize, phrase: &str| {
        let mut tail = words.iter().skip(at);
        phrase.split(' ').all(|word| tail.next().is_some_and(|w| w == word))
    };
    // "hasn't come home" and "not come home" are the danger itself; a negation inside the phrase does not take it back.
    let negated = |at: usize| words.iter().take(at).rev().take(REACH).any(|w| NEGATIONS.contains(&w.as_str()));
    let counts = |at: usize| {
        let next = words.get(at + 1).map(String::as_str).unwrap_or_default();
        let before = at.checked_sub(1).and_then(|i| words.get(i)).map(String::as_str).unwrap_or_default();
        UNITS.contains(&next)
            || next.chars().any(|c| c.is_ascii_digit())
            || matches!(before, "number" | "no" | "nhs" | "lcs")
    };
    let of_anybody = |at: usize| (0..at).any(|before| OF_ANYBODY.iter().any(|phrase| starts(before, phrase)));
    let in_footer = |at: usize| FOOTER.iter().any(|f| (0..3).any(|back| at >= back && starts(at - back, f)));
    (0..words.len()).any(|at| {
        URGENT.iter().any(|phrase| starts(at, phrase) && !(*phrase == "999" && counts(at)))
            && !negated(at)
            && !in_footer(at)
            && !of_anybody(at)
    })
}

/// Does the covering note ask that the paper go no further for now (LESSONS D)? Such a paper is held for a person.
pub fn asks_not_to_share(new_text: &str) -> bool {
    const PHRASES: &[&str] = &[
        "do not share",
        "don't share",
        "not to be shared",
        "do not circulate",
        "don't circulate",
        "not for circulation",
        "do not distribute",
        "please don't send on",
        "not to be sent on",
        "do not send on",
    ];
    let text = words(new_text).join(" ");
    PHRASES.iter().any(|phrase| text.contains(phrase))
}

pub(super) fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace('’', "'")
        .split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sh_23_danger_is_seen() {
        for text in [
            "She is at immediate risk tonight.",
            "URGENT - please read",
            "He has been missing since Friday",
            "We have called 999",
            "A strategy meeting is being convened",
            "He is not at school today. She is in danger",
            "Missing from care as of this morning",
            "she hasn't come home, whereabouts unknown",
            "He might be killed tonight",
            "She went missing again this morning and has not been seen",
            "Police are searching for him right now",
            "I fear for her life",
            "We think he will be trafficked abroad tomorrow",
        ] {
            assert!(is_urgent(text), "{text}");
        }
    }

    #[test]
    fn sh_23_denials_footers_and_numbers_are_not() {
        for text in [
            "There is no immediate risk at present.",
            "This is not urgent.",
            "Please find attached the assessment for Tuesday.",
            "NHS number 999 000 0018",
            "In an emergency ring the Emergency Duty Team.",
            "Non-urgent update attached",
            "Not considered to be at immediate risk",
            "The last missing episode was 999 days ago",
            "If a child is in immediate danger ring 999",
            "If you think that this is wrong, or if anyone is at immediate risk, call 999",
        ] {
            assert!(!is_urgent(text), "{text}");
        }
    }

    #[test]
    fn a_note_not_to_share_is_seen() {
        assert!(asks_not_to_share("Please do NOT share this yet, mum has not seen it."));
        assert!(!asks_not_to_share("Please share with the panel."));
    }
}
