use std::fmt;

/// Letters of a code: no vowels, so that no word of any language is one, and no digits, so that no date or number is.
const LETTERS: [char; 20] =
    ['B', 'C', 'D', 'F', 'G', 'H', 'J', 'K', 'L', 'M', 'N', 'P', 'Q', 'R', 'S', 'T', 'V', 'W', 'X', 'Z'];
/// Ten letters are 43 bits; wrong ones are counted.
const LENGTH: usize = 10;

/// A one-time code: whoever writes it has our mail before them. A secret: shown in the mail that offers it, kept as a
/// keyed hash, never printed or logged.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Code(String);

impl Code {
    /// The code that these random bytes make.
    pub fn of(bytes: [u8; 16]) -> Self {
        let mut rest = u128::from_le_bytes(bytes);
        let letters = LETTERS.len() as u128;
        let letter = |_| {
            let nth = usize::try_from(rest % letters).unwrap_or_default();
            rest /= letters;
            LETTERS.get(nth).copied()
        };
        Self((0..LENGTH).filter_map(letter).collect())
    }

    /// The code in this word as somebody typed it: in any case, with or without its hyphen, whatever stands around it.
    pub fn read(word: &str) -> Option<Self> {
        let inner = word.trim_matches(|c: char| !c.is_alphanumeric());
        let dash = |c: &char| matches!(c, '-' | '\u{2010}'..='\u{2015}');
        let letters: String = inner.chars().filter(|c| !dash(c)).map(|c| c.to_ascii_uppercase()).collect();
        let fits = letters.chars().count() == LENGTH && letters.chars().all(|c| LETTERS.contains(&c));
        fits.then_some(Self(letters))
    }

    /// As shown in a mail: `BCDFG-HJKLM`.
    pub fn shown(&self) -> String {
        let (one, other) = self.0.split_at(self.0.len() / 2);
        format!("{one}-{other}")
    }

    /// The letters themselves, to be hashed.
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_however_it_is_typed() {
        let code = Code::of(*b"any sixteen byte");
        let shown = code.shown();
        assert_eq!(shown.len(), 11);
        for typed in [
            shown.clone(),
            shown.to_lowercase(),
            shown.replace('-', ""),
            shown.replace('-', "\u{2013}"),
            format!("\u{201c}{shown}\u{201d}."),
        ] {
            assert_eq!(Code::read(&typed), Some(code.clone()), "{typed}");
        }
        assert_ne!(Code::of(*b"other sixteen by"), code);
        assert_eq!(format!("{code:?}"), "Code");
    }

    #[test]
    fn no_word_reference_date_or_number_is_a_code() {
        for word in ["safeguarding", "R-0042", "2026-11-24", "01632-96002", "BCDFG", "BCDFG-HJKL1", "rhythms-nth", ""] {
            assert_eq!(Code::read(word), None, "{word}");
        }
    }
}
