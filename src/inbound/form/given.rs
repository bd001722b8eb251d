//! Whether a text can only have been given by whoever filled a form in, where the file does not tell answers from the prompts
//! that the form itself printed: a day, a number, an address, or a name.

use super::answer::{age, answer};
use super::dictionary::Labels;
use super::label::normalise;

/// Longer texts may be the form's words to whoever fills it in.
const LONGEST: usize = 120;
/// A number of fewer digits may stand in a prompt: "10 digits".
const DIGITS: usize = 4;

/// How prompts begin that ask for something.
const ASKS: &[&str] = &[
    "add",
    "answer",
    "as",
    "ask",
    "attach",
    "brief",
    "choose",
    "click",
    "complete",
    "confirm",
    "consider",
    "copy",
    "describe",
    "detail",
    "enter",
    "example",
    "explain",
    "fill",
    "for",
    "format",
    "give",
    "how",
    "identify",
    "if",
    "include",
    "indicate",
    "insert",
    "leave",
    "list",
    "max",
    "maximum",
    "note",
    "outline",
    "pick",
    "please",
    "provide",
    "record",
    "response",
    "say",
    "see",
    "select",
    "set",
    "specify",
    "start",
    "state",
    "summarise",
    "summary",
    "tap",
    "tell",
    "tick",
    "type",
    "use",
    "what",
    "when",
    "where",
    "which",
    "who",
    "why",
    "write",
];
/// Words of prompts that no label has; those of labels are in the tables.
const PROMPTS: &[&str] = &[
    "borough",
    "caller",
    "case",
    "county",
    "council",
    "digit",
    "digits",
    "doctor",
    "eg",
    "email",
    "example",
    "friend",
    "full",
    "guardian",
    "here",
    "holder",
    "hub",
    "initials",
    "job",
    "key",
    "landline",
    "legal",
    "line",
    "local",
    "mobile",
    "nickname",
    "nurse",
    "office",
    "officer",
    "person",
    "post",
    "postcode",
    "practitioner",
    "print",
    "referring",
    "relative",
    "service",
    "services",
    "signature",
    "someone",
    "street",
    "surgery",
    "teacher",
    "text",
    "title",
    "town",
    "unit",
    "value",
    "words",
    "your",
    "youth",
];
/// Words within names and addresses that are not written with a capital.
const SMALL: &[&str] = &[
    "ap", "at", "and", "bin", "da", "de", "del", "der", "di", "in", "la", "of", "on", "the", "upon", "van", "von",
    "with",
];

/// The text is an answer and can be no prompt.
pub(super) fn is_given(text: &str, labels: Labels<'_>) -> bool {
    let Some(text) = answer(text).filter(|text| text.chars().count() <= LONGEST) else { return false };
    let plain = normalise(&text);
    let words: Vec<&str> = plain.split(' ').collect();
    let asks = text.ends_with(['?', ':', '…'])
        || words.first().is_some_and(|first| ASKS.contains(first))
        || words.iter().any(|word| matches!(*word, "eg" | "format" | "digit" | "digits" | "words"));
    if asks {
        return false;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if !digits.is_empty() {
        return digits.len() >= DIGITS && !is_sample(&digits) || age(&text).is_some();
    }
    let own = |word: &&str| !labels.have(word) && !PROMPTS.contains(word) && !SMALL.contains(word);
    let capital =
        |word: &str| SMALL.contains(&word) || word.starts_with(|ch: char| !ch.is_alphabetic() || ch.is_uppercase());
    words.len() > 1 && words.iter().any(own) && text.split_whitespace().all(capital)
}

/// "0000000000", "12345": digits that only show how many there are.
fn is_sample(digits: &str) -> bool {
    let first = digits.chars().next().unwrap_or_default();
    digits.chars().all(|digit| digit == first) || "1234567890".starts_with(digits)
}
