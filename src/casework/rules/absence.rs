//! Does an automatic reply say that its sender is away? A shared mailbox answers automatically too, and is not away.

use super::urgent::words;

/// What an absence is said with, folded to lower-case words.
const PHRASES: [&str; 23] = [
    "out of office",
    "out of the office",
    "not in the office",
    "away from the office",
    "away from my desk",
    "away until",
    "i am away",
    "currently away",
    "on leave",
    "annual leave",
    "maternity leave",
    "paternity leave",
    "parental leave",
    "sick leave",
    "study leave",
    "on holiday",
    "i will be back",
    "back in the office",
    "return to the office",
    "returning to the office",
    "returning to work",
    "returning on",
    "no longer work",
];

/// An automatic reply's subject or text speaks of somebody who is away.
pub fn speaks_of_absence(text: &str) -> bool {
    let text = format!(" {} ", words(text).join(" "));
    PHRASES.iter().any(|phrase| text.contains(&format!(" {phrase} "))) || text.contains(" no longer working ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absence_is_told_from_a_shared_mailbox_that_thanks_for_the_mail() {
        for text in [
            "Automatic reply: MACE\nI am out of the office until Monday 14 December.",
            "I'm on annual leave, back 3 January. For anything urgent ring the duty desk.",
            "Out of Office: RMM pack",
            "I no longer work for the trust.",
        ] {
            assert!(speaks_of_absence(text), "{text}");
        }
        for text in [
            "Automatic reply: MACE\nThank you for your email. This mailbox is monitored from 9 to 5.",
            "We have received your message and answer within two working days.",
            "Leave the form on the office desk.",
        ] {
            assert!(!speaks_of_absence(text), "{text}");
        }
    }
}
