//! Names as people write them, brought to one form so that two spellings of one name compare equal.
//!
//! The form is for comparing and for keyed look-ups only; no mail ever shows it.

use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Forms of address that stand before a name and are no part of it.
const TITLES: [&str; 8] = ["mr", "mrs", "ms", "miss", "mx", "master", "dr", "prof"];

/// The words of a name: compatibility-decomposed (NFKD), without diacritics, apostrophes and other punctuation, in lower
/// case. `O’Neil` gives `oneil`; a hyphen divides; `SMITH, Zoë Ann` gives `zoe ann smith`; a leading title is dropped
/// where two words remain.
pub fn normal_name(name: &str) -> Vec<String> {
    let ordered = match name.split_once(',') {
        Some((last, first)) if !first.trim().is_empty() => format!("{first} {last}"),
        _ => name.to_owned(),
    };
    let mut words: Vec<String> =
        ordered.split(|c: char| !is_name_char(c)).map(fold).filter(|word| !word.is_empty()).collect();
    if words.len() > 2 && words.first().is_some_and(|first| TITLES.contains(&first.as_str())) {
        words.remove(0);
    }
    words
}

/// The first and the last word of a name in alphabetical order, so that "Zoe Marker" and "MARKER Zoe" are one pair. None
/// for a single word.
pub fn name_pair(words: &[String]) -> Option<(String, String)> {
    let (first, last) = (words.first()?, words.last()?);
    (words.len() > 1).then(|| if first <= last { (first.clone(), last.clone()) } else { (last.clone(), first.clone()) })
}

/// Every pair of words in a text that could be somebody's first and last name: two capitalised words that follow each
/// other, or have one capitalised word between them. It finds more than names; it is only ever compared with known ones.
pub fn name_pairs_in(text: &str) -> BTreeSet<(String, String)> {
    let mut pairs = BTreeSet::new();
    let (mut before, mut last): (Option<String>, Option<String>) = (None, None);
    for word in text.split(|c: char| !is_name_char(c)).filter(|word| !word.is_empty()) {
        let folded = word.chars().next().filter(|c| c.is_uppercase()).map(|_| fold(word)).filter(|w| w.len() > 1);
        if let Some(word) = &folded {
            for other in [&before, &last].into_iter().flatten() {
                pairs.extend(name_pair(&[other.clone(), word.clone()]));
            }
        }
        before = if folded.is_some() { last } else { None };
        last = folded;
    }
    pairs
}

/// The initials by which a mail's body may speak of a child: `Z.O.S.` for `Zoë O'Neil Smith`.
pub fn initials(name: &str) -> String {
    let letters = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphabetic()));
    letters.flat_map(char::to_uppercase).fold(String::new(), |mut out, c| {
        out.push(c);
        out.push('.');
        out
    })
}

/// A text with a capital first letter.
pub fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

/// Letters, their marks, digits (a typing slip must not split a name), and the apostrophes found inside names.
fn is_name_char(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || matches!(c, '\'' | '`');
    }
    c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '\u{2019}' | '\u{2018}' | '\u{b4}' | '\u{2bc}')
}

/// Lower case without marks; letters that do not decompose are written as in English.
fn fold(word: &str) -> String {
    if word.is_ascii() {
        return word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    }
    let mut out = String::with_capacity(word.len());
    for c in word.nfkd().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase) {
        match c {
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            'ı' => out.push('i'),
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'þ' => out.push_str("th"),
            // A dotted capital I lower-cases to i and a combining dot.
            c if is_combining_mark(c) => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(name: &str) -> String {
        normal_name(name).join(" ")
    }

    #[test]
    fn spellings_of_one_name_compare_equal() {
        for name in [
            "Zoë O’Neil-Šmith",
            "ZOE O'NEIL SMITH",
            "O'Neil-Smith, Zoé",
            "Miss Zoe ONeil Smith",
            " zoe  oneil\tsmith. ",
        ] {
            assert_eq!(normal(name), "zoe oneil smith", "{name}");
        }
        assert_eq!(normal("Łukasz Ørsted"), "lukasz orsted");
        assert_eq!(normal("İpek Straße"), "ipek strasse");
        assert_eq!(normal("Smith,"), "smith");
        assert_eq!(normal(" - "), "");
        assert_eq!(normal("Master Jones"), "master jones", "a title that may be the name stays");
    }

    #[test]
    fn a_pair_has_no_order() {
        let pair = |name: &str| name_pair(&normal_name(name));
        assert_eq!(pair("Zoe Marker"), pair("MARKER Zoe"));
        assert_eq!(pair("Zoe Ann Marker"), pair("Marker, Zoe Ann"));
        assert_ne!(pair("Zoe Marker"), pair("Zoe Barker"));
        assert_eq!(pair("Zoe"), None);
    }

    #[test]
    fn names_are_found_in_running_text() {
        let found = name_pairs_in("She was seen with Amy Louise Marker, and by PC Jones. Then nothing.");
        for name in ["Amy Marker", "Amy Louise"] {
            assert!(found.contains(&name_pair(&normal_name(name)).unwrap()), "{name}");
        }
        assert!(!found.contains(&name_pair(&normal_name("Marker Jones")).unwrap()));
    }
}
