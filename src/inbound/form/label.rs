//! How the text of a label is compared: case, apostrophes, dots, brackets, numbering and trailing hints do not matter
//! (`domain/forms.md` 2f).

use unicode_normalization::UnicodeNormalization;

/// The comparable form of a label or option. Two printings of the same label give the same text.
pub(super) fn normalise(text: &str) -> String {
    let text = without_outline(text);
    // Most of a form is plain letters, and each is compared with the labels of every form.
    if text.chars().all(is_plain) {
        comparable(text.len(), text.chars().map(|ch| ch.to_ascii_lowercase()))
    } else {
        comparable(text.len(), text.nfkc().flat_map(char::to_lowercase))
    }
}

/// "1.10 Age", "2.3.1) DOB", "a) Address": a number of several levels, or a letter with its bracket, is the form's. Without
/// its dots it would be any number.
fn without_outline(text: &str) -> &str {
    let whole = text.trim_start();
    let Some((first, rest)) = whole.split_once(char::is_whitespace) else { return text };
    let label = first.trim_start_matches('(');
    let is_letter = label.len() == 2 && label.ends_with(')') && label.starts_with(|ch: char| ch.is_ascii_alphabetic());
    let levels: Vec<&str> = label.trim_end_matches(['.', ')', ':']).split('.').collect();
    let is_outline = levels.len() > 1
        && levels.iter().all(|level| (1..=2).contains(&level.len()) && level.chars().all(|ch| ch.is_ascii_digit()));
    let goes_on = rest.trim_start().starts_with(char::is_alphabetic);
    if (is_letter || is_outline) && goes_on { rest } else { text }
}

/// Compatibility composition (NFKC) leaves a text of only these as it is, and lower case is that of ASCII.
const fn is_plain(ch: char) -> bool {
    ch.is_ascii() || matches!(ch, '‘' | '’' | '“' | '”' | '–' | '—' | '•' | '☐' | '☒')
}

fn comparable(len: usize, chars: impl Iterator<Item = char>) -> String {
    let mut out = String::with_capacity(len + 8);
    let mut space = false;
    let mut push = |piece: char| {
        if piece == ' ' {
            space = true;
            return;
        }
        if std::mem::take(&mut space) && !out.is_empty() {
            out.push(' ');
        }
        out.push(piece);
    };
    for ch in chars {
        match ch {
            '\'' | '’' | '‘' | '`' | '´' | '.' | '*' | '"' | '“' | '”' => {}
            '&' => " and ".chars().for_each(&mut push),
            '/' => " / ".chars().for_each(&mut push),
            '-' | '–' | '—' | '‐' | '‑' | '_' | '(' | ')' | '[' | ']' | '<' | '>' | ',' | ':' | ';' | '?' | '!'
            | '#' | '…' => push(' '),
            ch if ch.is_whitespace() => push(' '),
            ch => push(ch),
        }
    }
    // "1. Child's name", "2) DOB", "Q3 Address": the number is the form's, not the label's.
    if let Some(end) = out.find(' ').filter(|end| out.get(..*end).is_some_and(is_number)) {
        out.drain(..=end);
    }
    while out == "/" || out.ends_with(" /") {
        out.truncate(out.len().saturating_sub(2));
    }
    out
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

    proptest::proptest! {
        #[test]
        fn the_short_way_through_plain_text_says_what_the_long_way_says(
            text in "([ -~\\t\\n‘’“”–—•☐☒]|[ /&.Q1-3)]){0,40}"
        ) {
            proptest::prop_assert!(text.chars().all(is_plain));
            proptest::prop_assert_eq!(normalise(&text), by_words(&text));
        }

        #[test]
        fn any_text_is_compared_word_by_word(text in proptest::prelude::any::<String>()) {
            proptest::prop_assert_eq!(normalise(&text), by_words(&text));
        }
    }

    /// The rules of [`normalise`] once more, with no thought for speed.
    fn by_words(text: &str) -> String {
        let mut out = String::new();
        for ch in without_outline(text).nfkc().flat_map(char::to_lowercase) {
            match ch {
                '\'' | '’' | '‘' | '`' | '´' | '.' | '*' | '"' | '“' | '”' => {}
                '&' => out.push_str(" and "),
                '/' => out.push_str(" / "),
                ch if "-–—‐‑_()[]<>,:;?!#…".contains(ch) => out.push(' '),
                ch => out.push(ch),
            }
        }
        let mut words: Vec<&str> = out.split_whitespace().collect();
        if words.len() > 1 && is_number(words[0]) {
            words.remove(0);
        }
        while words.last() == Some(&"/") {
            words.pop();
        }
        words.join(" ")
    }

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
            ("1.10 Age", "age"),
            ("2.3.1. Date of birth", "date of birth"),
            ("a) Address", "Address"),
            ("(b) School", "School"),
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
