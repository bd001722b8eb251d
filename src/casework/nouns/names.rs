use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A person's name as comparable words: compatibility-decomposed, without marks or punctuation, lower case, titles left
/// out. `O’Neil-Smith, Zoë` gives `oneil`, `smith`, `zoe`: an apostrophe joins, a hyphen or comma parts.
pub fn normal_name(name: &str) -> Vec<String> {
    const TITLES: &[&str] = &["mr", "mrs", "ms", "miss", "mx", "dr", "master"];
    let mut words = Vec::new();
    let mut word = String::new();
    for c in name.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            word.push(c);
        } else if !matches!(c, '\'' | '’' | '‘' | '`' | '.') && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words.retain(|w| !TITLES.contains(&w.as_str()));
    words
}

/// The initials by which a mail's body may speak of a child: `Z.O.S.` for `Zoë O'Neil Smith`.
pub fn initials(name: &str) -> String {
    name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphabetic())).fold(
        String::new(),
        |mut out, c| {
            out.extend(c.to_uppercase());
            out.push('.');
            out
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_compare_without_marks_and_punctuation() {
        assert_eq!(normal_name("O’Neil-Smith, Zoë"), ["oneil", "smith", "zoe"]);
        assert_eq!(normal_name("  Miss  ZOE  O'NEIL "), ["zoe", "oneil"]);
        assert_eq!(normal_name("J. R. Hartley"), ["j", "r", "hartley"]);
        assert_eq!(initials("Zoë O'Neil Smith"), "Z.O.S.");
    }
}
