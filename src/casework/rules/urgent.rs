//! Words that must be put in front of a person at once (SH-23). Looked for in new body text and the subject only: they
//! stand in nearly every form.

/// Phrases as they are written after folding to lower-case words.
const URGENT: &[&str] = &[
    "immediate risk",
    "immediate danger",
    "immediate harm",
    "immediate safeguarding",
    "imminent risk",
    "imminent danger",
    "imminent harm",
    "in danger now",
    "at risk now",
    "risk to life",
    "threat to life",
    "threats to life",
    "life at risk",
    "life threatening",
    "urgent",
    "urgently",
    "emergency",
    "call 999",
    "called 999",
    "dial 999",
    "dialled 999",
    "rang 999",
    "ring 999",
    "999 call",
    "on 999",
    "strategy meeting",
    "strategy discussion",
    "strategy",
    "missing now",
    "now missing",
    "currently missing",
    "still missing",
    "gone missing",
    "missing since",
    "missing tonight",
    "missing today",
    "is missing",
    "police protection",
    "section 47",
    "s47",
    "abducted",
    "kidnapped",
    "overdose",
    "suicidal",
    "suicide",
    "stabbed",
    "999",
];

/// A word before the phrase that takes it back: "no immediate risk", "not urgent", "non-urgent".
const NEGATIONS: &[&str] = &["no", "not", "non", "nothing", "isn't", "without", "never"];

/// What a council's footer says about itself, not about a child.
const FOOTER: &[&str] = &["in an emergency", "if it is an emergency", "emergency duty", "exploitation strategy"];

/// Does the sender's own text speak of immediate danger?
pub fn is_urgent(new_text: &str) -> bool {
    let words = words(new_text);
    let starts = |at: usize, phrase: &str| {
        let mut tail = words.iter().skip(at);
        phrase.split(' ').all(|word| tail.next().is_some_and(|w| w == word))
    };
    let negated = |at: usize| {
        (1..=2).any(|back| {
            at.checked_sub(back).and_then(|i| words.get(i)).is_some_and(|w| NEGATIONS.contains(&w.as_str()))
        })
    };
    let digits_follow = |at: usize| words.get(at + 1).is_some_and(|w| w.chars().all(|c| c.is_ascii_digit()));
    let in_footer = |at: usize| FOOTER.iter().any(|f| (0..3).any(|back| at >= back && starts(at - back, f)));
    (0..words.len()).any(|at| {
        URGENT.iter().any(|phrase| starts(at, phrase) && !(*phrase == "999" && digits_follow(at)))
            && !negated(at)
            && !in_footer(at)
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

fn words(text: &str) -> Vec<String> {
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
