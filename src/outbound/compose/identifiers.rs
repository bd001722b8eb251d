//! No identifier (name, date of birth, NHS or LCS number) stands in a subject, an attachment's name or a calendar field
//! (invariant 5): checked on what was rendered, whatever the template says. A match refuses the mail and is never echoed.

use crate::casework::agenda::ChildIdentity;
use crate::casework::{CaseRef, Redacted, SentRef};
use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Shorter numbers match too much by chance.
const SHORTEST_NUMBER: usize = 4;
/// A number of this many digits is looked for inside longer runs too: a date may follow it.
const LONG_NUMBER: usize = 9;
/// A name run together (`alfieexample.xlsx`) is looked for from this many letters on.
const SHORTEST_SQUEEZED: usize = 8;
/// First names that are words of a mail; alone they say nothing.
const ORDINARY: [&str; 12] =
    ["april", "august", "autumn", "case", "chair", "east", "june", "march", "north", "panel", "south", "west"];

/// One thing that would give a child away. Made from what is known of every child a mail speaks of, and of any other the
/// caller wants kept out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identifier {
    /// A full name: looked for whole, and first and last name side by side in either order.
    Name(Redacted<String>),
    /// A date of birth, in the usual ways of writing it.
    DateOfBirth(Redacted<Date>),
    /// A number (NHS or LCS), spaced or not.
    Number(Redacted<String>),
}

impl Identifier {
    /// Everything that identifies this child.
    pub fn of(child: &ChildIdentity) -> Vec<Self> {
        let number = |n: &Redacted<String>| Self::Number(n.clone());
        std::iter::once(Self::Name(child.name.clone()))
            .chain(child.date_of_birth.as_ref().map(|date| Self::DateOfBirth(date.clone())))
            .chain(child.nhs_number.as_ref().map(number))
            .chain(child.lcs_number.as_ref().map(number))
            .collect()
    }

    fn prepared(&self) -> Needle {
        match self {
            Self::Name(name) => {
                let whole = words(name.reveal());
                let mut tokens = whole.split(' ').filter(|token| !token.is_empty());
                let (first, last) = (tokens.next(), tokens.next_back());
                match (first, last) {
                    (Some(first), Some(last)) => {
                        let near = [format!("{first} {last}"), format!("{last} {first}")];
                        Needle::Name { near, whole }
                    }
                    (Some(only), None) if only.chars().count() > 3 && !ORDINARY.contains(&only) => {
                        Needle::Words(vec![only.to_owned()])
                    }
                    _ => Needle::Words(Vec::new()),
                }
            }
            Self::DateOfBirth(date) => Needle::Words(spellings(*date.reveal()).iter().map(|s| words(s)).collect()),
            Self::Number(number) => {
                let number: String = number.reveal().chars().filter(char::is_ascii_alphanumeric).collect();
                Needle::Number(number.to_ascii_lowercase())
            }
        }
    }
}

/// An identifier as it is looked for, made comparable once for all the texts of a mail.
enum Needle {
    Name { whole: String, near: [String; 2] },
    Words(Vec<String>),
    Number(String),
}

impl Needle {
    fn is_in(&self, text: &Normal) -> bool {
        match self {
            Self::Name { whole, near } => {
                let runs_together = |pair: &String| {
                    let run = pair.replace(' ', "");
                    run.len() >= SHORTEST_SQUEEZED && text.squeezed.contains(&run)
                };
                text.holds_words(whole) || near.iter().any(|pair| text.holds_words(pair) || runs_together(pair))
            }
            Self::Words(any) => any.iter().any(|words| text.holds_words(words)),
            Self::Number(number) => {
                number.len() >= SHORTEST_NUMBER && (text.holds_words(number) || text.holds_digits(number))
            }
        }
    }
}

/// The identifiers that may not stand in a mail's subject, names and fields.
pub(super) struct Watch(Vec<Needle>);

impl Watch {
    pub(super) fn over(forbidden: &[Identifier]) -> Self {
        Self(forbidden.iter().map(Identifier::prepared).collect())
    }

    /// Does any of them stand in the text? Our own references are taken out first.
    pub(super) fn is_exposed_in(&self, text: &str) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let text = Normal::of(text);
        self.0.iter().any(|needle| needle.is_in(&text))
    }
}

/// As [`Watch::is_exposed_in`], for one text.
pub(super) fn exposed(text: &str, forbidden: &[Identifier]) -> bool {
    Watch::over(forbidden).is_exposed_in(text)
}

/// A text made comparable: without accents and case, its words single-spaced and framed by spaces.
struct Normal {
    words: String,
    squeezed: String,
    digits: Vec<String>,
}

impl Normal {
    fn of(text: &str) -> Self {
        let own = |word: &&str| !is_own_reference(word);
        let text = text.split_whitespace().filter(own).collect::<Vec<_>>().join(" ");
        let words = format!(" {} ", words(&text));
        let squeezed = words.replace(' ', "");
        Self { words, squeezed, digits: digit_runs(&text) }
    }

    fn holds_words(&self, needle: &str) -> bool {
        !needle.is_empty() && self.words.contains(&format!(" {needle} "))
    }

    fn holds_digits(&self, number: &str) -> bool {
        number.chars().all(|c| c.is_ascii_digit())
            && self.digits.iter().any(|run| *run == number || number.len() >= LONG_NUMBER && run.contains(number))
    }
}

/// `R-0042`, `S-000123` and the like, with the punctuation round them.
fn is_own_reference(word: &str) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    bare.parse::<CaseRef>().is_ok() || bare.parse::<SentRef>().is_ok()
}

fn words(text: &str) -> String {
    if text.is_ascii() {
        let spaced: String = text
            .chars()
            .filter(|c| *c != '\'')
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' })
            .collect();
        return spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let plain = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    // An apostrophe joins (O'Neil = ONeil), every other mark parts.
    let spaced: String =
        plain.filter(|c| !matches!(c, '\'' | '\u{2019}')).map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Runs of digits, with spaces, hyphens and dots between digits left out: `999 123 4567` is one run.
fn digit_runs(text: &str) -> Vec<String> {
    let is_joint = |c: &char| matches!(c, ' ' | '-' | '.' | '\u{2010}'..='\u{2015}');
    let joined: String = match text.is_ascii() {
        true => text.chars().filter(|c| !is_joint(c)).collect(),
        false => text.nfkc().filter(|c| !is_joint(c)).collect(),
    };
    joined.split(|c: char| !c.is_ascii_digit()).filter(|run| run.len() >= SHORTEST_NUMBER).map(str::to_owned).collect()
}

fn spellings(date: Date) -> Vec<String> {
    [
        "%Y-%m-%d",
        "%Y%m%d",
        "%d/%m/%Y",
        "%-d/%-m/%Y",
        "%d%m%Y",
        "%d/%m/%y",
        "%-d/%-m/%y",
        "%m/%d/%Y",
        "%-d %B %Y",
        "%-d %b %Y",
        "%d %B %Y",
        "%d %b %Y",
        "%d%b%Y",
        "%B %-d %Y",
    ]
    .iter()
    .map(|format| date.strftime(format).to_string())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn child() -> Vec<Identifier> {
        Identifier::of(&ChildIdentity {
            name: "Zoë James O'Marker".to_owned().into(),
            date_of_birth: Some(Redacted::new("2011-03-09".parse().unwrap())),
            lcs_number: Some("1234567".to_owned().into()),
            nhs_number: Some("9991234567".to_owned().into()),
        })
    }

    #[test]
    fn invariant_5_every_usual_spelling_of_an_identifier_is_seen() {
        for text in [
            "Zoë James O'Marker",
            "re zoe omarker",
            "O’MARKER, Zoe",
            "01-zoe_omarker-rat.xlsx",
            "ZoeOmarker.docx",
            "dob 09/03/2011",
            "9.3.2011",
            "9 March 2011",
            "9/3/11",
            "20110309-rat.xlsx",
            "NHS 999 123 4567",
            "999-123-4567",
            "9991234567",
            "NHS 999 123 4567 24 November",
            "LCS 1234567",
            "lcs:1234567.",
        ] {
            assert!(exposed(text, &child()), "{text}");
        }
    }

    #[test]
    fn what_identifies_nobody_passes() {
        for text in [
            "RMM North East: agenda, Tue 24 November 2026, R-0042 and S-123456",
            "case R-1234567.",
            "Zoe",
            "O'Marker",
            "12345678",
            "24/11/2026",
        ] {
            assert!(!exposed(text, &child()), "{text}");
        }
        let only_april = [Identifier::Name("April".to_owned().into())];
        assert!(!exposed("Tue 7 April 2026", &only_april));
    }
}
