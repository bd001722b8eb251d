//! Every day that stands somewhere in a text.

use super::date::{Century, read};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// The days that stand in a text, as people in the UK write them: `14/03/2011`, `14.3.11`, `2011-03-14`, `14 March 2011`,
/// `14th Mar 2011`. A year of two digits is the latest that is not after `today`.
pub fn dates_in(text: &str, today: Date) -> BTreeSet<Date> {
    let mut days = BTreeSet::new();
    // Begins between two words; long texts without a digit cost little.
    let mut rest = text;
    while let Some((before, from)) =
        rest.bytes().position(|b| b.is_ascii_digit()).and_then(|at| rest.split_at_checked(at))
    {
        let mut words = from.split_whitespace();
        let whole = words.next().unwrap_or_default();
        rest = from.get(whole.len()..).unwrap_or_default();
        let begins = !before.chars().rev().take_while(|c| !c.is_whitespace()).any(char::is_alphanumeric);
        if !begins {
            continue;
        }
        let word = bare(whole);
        let parts = word.split(['/', '.', '-', '–']).filter(|part| !part.is_empty()).count();
        if parts == 3 {
            days.extend(read(word, Century::Birth, today).map(|written| written.day));
        } else if let (Some(month), Some(year)) = (words.next().map(bare), words.next().map(bare))
            && month.starts_with(|c: char| c.is_alphabetic())
            && year.starts_with(|c: char| c.is_ascii_digit())
        {
            days.extend(read(&format!("{word} {month} {year}"), Century::Birth, today).map(|written| written.day));
        }
    }
    days
}

/// A word without what stands around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_day_is_found_in_every_usual_shape() {
        let today = date(2026, 11, 26);
        let day = date(2011, 3, 14);
        for text in [
            "Date of birth: 14/03/2011.",
            "born (14.3.11), seen",
            "DOB\t2011-03-14\tLCS",
            "14 March 2011",
            "on the 14th Mar 2011, at home",
            "born 14 March\r\n2011",
            "geb.\u{a0}14\u{a0}March\u{a0}2011",
            "3 of 4 (14/03/2011)",
        ] {
            assert_eq!(dates_in(text, today), BTreeSet::from([day]), "{text}");
        }
        for text in ["call 01632 960 010 by 3 to 4 pm, item 1.2, M-000123", "v14/03/2011", "é14/03/2011", ""] {
            assert!(dates_in(text, today).is_empty(), "{text}");
        }
    }
}
