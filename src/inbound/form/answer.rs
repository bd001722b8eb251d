//! What counts as an answer at all, and the small typed values. A wrong value is far worse than a missing one.

use super::date::{self, Century};
use super::label::normalise;
use jiff::civil::Date;

/// The answer in a text: filler lines (`____`, `.....`) go; a prompt, a placeholder or "n/a" is no answer.
pub(super) fn answer(text: &str) -> Option<String> {
    let kept: Vec<String> =
        text.lines().map(|line| unfill(line).trim().to_owned()).filter(|line| !line.is_empty()).collect();
    let text = kept.join("\n");
    // U+FFFD: the file does not say which letter stands there.
    let unknown = text.contains('\u{FFFD}');
    if text.is_empty() || unknown || !text.chars().any(char::is_alphanumeric) || is_prompt(&text) {
        None
    } else {
        Some(text)
    }
}

/// Removes runs of underscores, dots and ellipses that a printed form leaves to be written on.
fn unfill(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars().peekable();
    while let Some(ch) = chars.next() {
        if matches!(ch, '_' | '.' | '…') {
            let mut run = 1;
            while chars.peek() == Some(&ch) {
                chars.next();
                run += 1;
            }
            if ch == '…' || run >= 3 || (ch == '_' && run >= 2) {
                out.push(' ');
            } else {
                out.extend(std::iter::repeat_n(ch, run));
            }
        } else {
            out.push(ch);
        }
    }
    out
}

/// Texts that forms print where an answer goes, and answers that say there is none.
fn is_prompt(text: &str) -> bool {
    const EXACT: &[&str] = &[
        // A formula that refers to an empty cell.
        "0",
        "n / a",
        "na",
        "none",
        "nil",
        "tbc",
        "tba",
        "tbd",
        "n / k",
        "nk",
        "not known",
        "unknown",
        "not applicable",
        "to be confirmed",
        "dd / mm / yyyy",
        "dd / mm / yy",
        "dd mm yyyy",
        "d / m / y",
        "enter text",
        "text",
        "select",
        "choose",
        "please select",
        "pick a date",
        "select date",
        "date",
        "xx / xx / xxxx",
        "xxx",
        "xxxx",
        "type here",
        "please specify",
        "please complete",
        "not provided",
        "not given",
        "not recorded",
        "blank",
        "none known",
        "not yet known",
        "full name",
        "free text",
        "please state",
        "insert text",
        "enter date",
        "insert date",
        "enter a date",
        "insert name",
        "enter name",
        "not available",
        "select from list",
        "not stated",
        "awaiting",
        "pending",
        "awaited",
        "yyyy mm dd",
        "no answer",
        "tick",
        "please tick",
        "tick one",
        "please tick one",
        "tick all that apply",
        "please tick all that apply",
        "tick as appropriate",
        "please tick as appropriate",
        "tick box",
        "delete as appropriate",
        "please delete as appropriate",
        "please circle",
    ];
    const STARTS: &[&str] = &[
        "click or tap",
        "click here",
        "click to enter",
        "choose an item",
        "choose a ",
        "choose from",
        "tap or click",
        "enter your",
        "type your",
        "please enter",
        "please select",
        "please insert",
        "please choose",
        "please give",
        "please type",
        "please write",
        "please provide",
        "please complete in full",
        "please complete this",
        "please state",
        "please specify",
        "please include",
        "please print",
        "select an ",
        "select a ",
        "select one",
        "select from",
        "pick an",
        "pick from",
        "insert ",
        "type name",
        "enter the ",
        "enter child",
        "e g ",
        "eg ",
        "for example",
    ];
    let plain = normalise(text);
    let whole = text.trim();
    // "Enter manager": what a form field says before anything is typed.
    let enter = plain.starts_with("enter ") && plain.split(' ').count() <= 4;
    let bracketed = [('[', ']'), ('<', '>'), ('{', '}'), ('(', ')')]
        .iter()
        .any(|(open, close)| whole.starts_with(*open) && whole.ends_with(*close) && whole.matches(*open).count() == 1);
    plain.is_empty()
        || enter
        || bracketed
        || EXACT.contains(&plain.as_str())
        || (plain.len() < 90 && STARTS.iter().any(|start| format!("{plain} ").starts_with(start)))
}

/// "1": on a page that may be the mark of a note, and no name, address or number of a child is as short.
pub(super) fn is_digit(text: &str) -> bool {
    text.len() == 1 && text.chars().all(|ch| ch.is_ascii_digit())
}

/// Words that say where an answer stands, or that there is nobody yet: neither a name, nor a number or an address.
pub(super) fn is_reference(text: &str) -> bool {
    const EXACT: &[&str] = &[
        "as above",
        "as below",
        "as before",
        "as per lcs",
        "attached",
        "awaiting allocation",
        "not allocated",
        "not yet allocated",
        "none allocated",
        "on lcs",
        "redacted",
        "anonymised",
        "name withheld",
        "withheld",
        "refer to lcs",
        "same",
        "same as above",
        "see above",
        "see attached",
        "see attached form",
        "see below",
        "see lcs",
        "see previous",
        "see referral",
        "to be allocated",
        "unallocated",
        "vacant",
    ];
    EXACT.contains(&normalise(text).as_str())
}

/// "Child A", "Young person 2": what a paper calls a child whom it does not name.
fn is_cipher(text: &str) -> bool {
    let plain = normalise(text);
    let Some((who, letter)) = plain.rsplit_once(' ') else { return false };
    let is_one = letter.len() == 1 || letter.len() == 2 && letter.chars().all(|ch| ch.is_ascii_digit());
    is_one && matches!(who, "child" | "young person" | "yp" | "subject" | "person" | "sibling" | "client")
}

/// A number of the authority's own: it has a digit, and is no day and no NHS number.
pub(super) fn is_case_number(text: &str, today: Date) -> bool {
    let is_day = text.contains(['/', '.', '-', ' ']) && date::read(text, Century::This, today).is_some();
    text.contains(|ch: char| ch.is_ascii_digit()) && !is_day && nhs_number(text).is_err()
}

/// A name, or none: a name has letters, no digits, at most a few words, one or two lines.
pub(super) fn name(text: &str) -> Option<String> {
    let line = text.lines().collect::<Vec<_>>().join(" ");
    let words = line.split_whitespace().count();
    let fits = words <= 12 && line.chars().count() <= 100 && line.chars().any(char::is_alphabetic);
    let odd = line.chars().any(|ch| ch.is_ascii_digit() || matches!(ch, '☐' | '☒' | '☑' | '?' | '@' | ':'));
    (fits && !odd && !is_reference(&line) && !is_cipher(&line)).then_some(line)
}

/// Why a text is not an NHS number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotNhs;

/// Ten digits with a right checksum (facts.md 4.4), spaces and dashes aside.
pub(super) fn nhs_number(text: &str) -> Result<String, NotNhs> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let odd = text.chars().any(|ch| ch.is_alphabetic() && !matches!(ch.to_ascii_lowercase(), 'n' | 'h' | 's' | 'o'));
    // Ten equal digits have a right checksum, and are typed where there is none.
    let is_filler = digits.chars().all(|digit| digits.starts_with(digit));
    if digits.len() != 10 || odd || is_filler {
        return Err(NotNhs);
    }
    let values: Vec<u32> = digits.chars().filter_map(|ch| ch.to_digit(10)).collect();
    let sum: u32 = values.iter().take(9).zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum();
    let check = match 11 - sum % 11 {
        11 => 0,
        other => other,
    };
    if check == 10 || values.last() != Some(&check) { Err(NotNhs) } else { Ok(digits) }
}

/// Whole years from `15`, `15 years`, `15yrs 3m`, `15.0`.
pub(super) fn age(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let rest = text.get(digits.len()..).unwrap_or_default().trim_start().to_lowercase();
    // "15.0", but not "15. Manager" and not "1.5 School": those are labels with their number.
    let part = rest.strip_prefix('.').map(|part| part.trim_start_matches(|ch: char| ch.is_ascii_digit()).trim_start());
    let fits = rest.is_empty()
        || rest.starts_with('y')
        || part.is_some_and(|after| after.is_empty() || after.starts_with('y'))
        || rest.starts_with("½")
        || rest.starts_with('(');
    let years: i64 = digits.parse().ok()?;
    (fits && (0..=25).contains(&years)).then_some(years)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_and_placeholders_are_no_answers() {
        for text in [
            "Click or tap here to enter text.",
            "Choose an item.",
            "Click or tap to enter a date.",
            "dd/mm/yyyy",
            "N/A",
            "____",
            "..........",
            "",
            "[insert name]",
            "<Name>",
            "Please select",
            "TBC",
            "-",
            "Not known",
            "(please print)",
            "Click here to enter text.",
            "__/__/____",
            "Enter manager",
        ] {
            assert_eq!(answer(text), None, "{text}");
        }
        assert_eq!(answer("____Zoe Example____").as_deref(), Some("Zoe Example"));
        assert_eq!(answer("Dr. A. Example").as_deref(), Some("Dr. A. Example"));
        assert_eq!(answer("Nina Tbcson").as_deref(), Some("Nina Tbcson"));
    }

    #[test]
    fn nhs_numbers_are_checked_by_their_last_digit() {
        for good in ["9990000018", "999 000 0026", "999-000-0034", "NHS No 9990000042", "9434765919"] {
            assert!(nhs_number(good).is_ok(), "{good}");
        }
        for bad in [
            "0000000000",
            "1111111111",
            "999 123 4560",
            "987 654 4321",
            "999000001",
            "99900000180",
            "9990000019",
            "",
            "abc",
        ] {
            assert!(nhs_number(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_only_points_elsewhere_is_no_name_and_no_number() {
        for text in ["See attached", "As above", "Child A", "Young person 2", "Unallocated", "Not yet allocated"] {
            assert_eq!(name(text), None, "{text}");
        }
        for text in ["May Child", "Ann Attached", "Zoe A"] {
            assert!(name(text).is_some(), "{text}");
        }
        let today = Date::constant(2026, 11, 22);
        for text in ["See LCS", "To be allocated", "01/02/2011", "1 Feb 2011", "999 000 0018"] {
            assert!(!is_case_number(text, today), "{text}");
        }
        for text in ["1234567", "LCS 00451", "EHM-123", "12345/6"] {
            assert!(is_case_number(text, today), "{text}");
        }
    }

    #[test]
    fn ages_are_whole_years() {
        for text in ["15", "15 years", "15yrs 3m", "15.0", "15 (nearly 16)", "15y"] {
            assert_eq!(age(text), Some(15), "{text}");
        }
        for text in ["", "fifteen", "150", "01/02/2011", "15/16", "15. Manager", "1.5 School", "1.10 GP"] {
            assert_eq!(age(text), None, "{text}");
        }
    }
}
