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

/// What says that nobody reads an address any more, folded likewise.
const UNREAD: [&str; 24] = [
    "no longer monitored",
    "not monitored",
    "not being monitored",
    "isn't monitored",
    "unmonitored",
    "not actively monitored",
    "not read",
    "not checked",
    "no longer checked",
    "no longer in use",
    "not in use",
    "no longer used",
    "no longer active",
    "no longer valid",
    "no longer exists",
    "has been closed",
    "has been decommissioned",
    "no longer work",
    "no longer works",
    "no longer working",
    "no longer employed",
    "no longer with",
    "no longer in post",
    "left the organisation",
];
/// Behind one of them, that it holds for some hours or days alone.
const AT_TIMES: [&str; 13] = [
    "24",
    "after",
    "at",
    "before",
    "between",
    "continuously",
    "during",
    "on",
    "out",
    "outside",
    "over",
    "overnight",
    "until",
];

/// An automatic reply says that nobody reads what is sent to its address, today or any other day.
pub fn says_nobody_reads(text: &str) -> bool {
    let words = words(text);
    UNREAD.iter().any(|phrase| {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        let mut found = words.windows(phrase.len()).enumerate().filter(|(_, at)| at.iter().eq(phrase.iter()));
        found.any(|(at, _)| words.get(at + phrase.len()).is_none_or(|next| !AT_TIMES.contains(&next.as_str())))
    })
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
            "This mailbox is not monitored.",
            "Automatic reply: MACE\nThank you for your email. This mailbox is monitored from 9 to 5.",
            "We have received your message and answer within two working days.",
            "Leave the form on the office desk.",
        ] {
            assert!(!speaks_of_absence(text), "{text}");
        }
    }

    #[test]
    fn an_address_that_nobody_reads_is_told_from_one_that_is_read_by_day() {
        for text in [
            "This mailbox is no longer monitored. Please write to the new team.",
            "Automatic reply: RMM\nThe address is no longer in use, please use safeguarding@newtrust.nhs.example.",
            "I no longer work for the trust.",
            "This is an unmonitored mailbox",
        ] {
            assert!(says_nobody_reads(text), "{text}");
        }
        for text in [
            "This inbox is not monitored outside office hours.",
            "Please note that this mailbox is not monitored 24 hours a day.",
            "I am on leave and my mail is not read until Monday.",
            "Thank you for your email. This mailbox is monitored from 9 to 5.",
        ] {
            assert!(!says_nobody_reads(text), "{text}");
        }
    }
}
