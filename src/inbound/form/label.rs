//! How the text of a label is compared: case, apostrophes, dots, brackets, numbering and trailing hints do not matter
//! (`domain/forms.md` 2f).

use unicode_normalization::UnicodeNormalization;

/// The comparable form of a label or option. Two printings of the same label give the same text.
pub(super) fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in text.nfkc().flat_map(char::to_lowercase) {
        match ch {
            '\'' | '’' | '‘' | '`' | '´' | '.' | '*' | '"' | '“' | '”' => {}
            '&' => out.push_str(" and "),
            '/' => out.push_str(" / "),
            '-' | '–' | '—' | '‐' | '‑' | '_' | '(' | ')' | '[' | ']' | '<' | '>' | ',' | ':' | ';' | '?' | '!'
            | '#' | '…' => {
                out.push(' ');
            }
            ch if ch.is_whitespace() => out.push(' '),
            ch => out.push(ch),
        }
    }
    let mut words: Vec<&str> = out.split_whitespace().collect();
    // "1. Child's name", "2) DOB", "Q3 Address": the number is the form's, not the label's.
    if words.len() > 1 && words.first().is_some_and(|word| is_number(word)) {
        words.remove(0);
    }
    while words.last().is_some_and(|word| *word == "/") {
        words.pop();
    }
    words.join(" ")
}

fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix('q').unwrap_or(word);
    let digits = digits.strip_suffix(char::is_alphabetic).unwrap_or(digits);
    !digits.is_empty() && digits.len() <= 2 && digits.chars().all(|ch| ch.is_ascii_digit())
}

/// Every reading of a text as a label: as it stands, without what is in brackets, up to the first bracket, and its first
/// line alone. Empty ones are left out.
pub(super) fn variants(text: &str) -> Vec<String> {
    let mut out = vec![normalise(text)];
    if text.contains(['(', '[']) {
        out.push(normalise(&without_brackets(text)));
        out.push(normalise(text.split(['(', '[']).next().unwrap_or_default()));
    }
    // "Date of birth - dd/mm/yyyy"
    if let Some((label, hint)) = text.rsplit_once(['-', '–'])
        && is_hint(hint)
    {
        out.push(normalise(label));
    }
    out.retain(|variant| !variant.is_empty());
    out.dedup();
    out
}

fn is_hint(text: &str) -> bool {
    let text = normalise(text).replace(' ', "");
    matches!(text.as_str(), "dd/mm/yyyy" | "dd/mm/yy" | "ddmmyyyy" | "ddmmyy" | "dd/mm/yyy")
}

fn without_brackets(text: &str) -> String {
    let (mut out, mut depth) = (String::new(), 0u32);
    for ch in text.chars() {
        match ch {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            ch if depth == 0 => out.push(ch),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printings_of_one_label_compare_equal() {
        for (a, b) in [
            ("Child’s name", "CHILDS NAME:"),
            ("D.O.B.", "dob"),
            ("1. Date of Birth *", "date  of birth"),
            ("Name of child / young person", "name of child/young person"),
            ("Child's name & address", "child's name and address"),
            ("Given (first) name(s)", "given first name s"),
            ("NHS No.", "nhs no"),
        ] {
            assert_eq!(normalise(a), normalise(b), "{a} / {b}");
        }
        assert!(
            variants("Date of most recent CE RAT (these need to be updated every 3 months)\nRisk assessment")
                .contains(&"date of most recent ce rat".to_owned())
        );
        assert!(variants("DOB (dd/mm/yyyy):").contains(&"dob".to_owned()));
        assert!(variants("Date of birth - dd/mm/yyyy").contains(&"date of birth".to_owned()));
    }
}
