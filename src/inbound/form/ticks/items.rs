//! A text as words, boxes and separators: what options and ticks are looked for in.

use super::super::label::normalise;
use super::super::model::{TICKED, UNTICKED};

#[derive(Clone, Debug, PartialEq)]
pub(in crate::inbound::form) enum Item {
    Word {
        text: String,
        raw: String,
    },
    Separator(char),
    Tick(bool),
    /// A tick of which it cannot be told what it says.
    Doubt,
    Line,
}

/// "Yes" or an x right behind an option; `begins` says where the next option does.
pub(super) fn answer_after(items: &[Item], mut at: usize, begins: impl Fn(usize) -> bool) -> Option<(bool, usize)> {
    while matches!(items.get(at), Some(Item::Separator(':' | '-' | '–' | '=' | '?' | '('))) {
        at += 1;
    }
    let Some(Item::Word { text, .. }) = items.get(at) else { return None };
    let on = match text.as_str() {
        "x" | "yes" | "y" => true,
        "no" | "n" => false,
        _ => return None,
    };
    let ends = match items.get(at + 1) {
        None | Some(Item::Separator(_) | Item::Line | Item::Tick(_) | Item::Doubt) => true,
        Some(Item::Word { .. }) => text == "x" || begins(at + 1),
    };
    ends.then_some((on, at + 1))
}

/// Where a phrase that starts at an item ends; separators within do not matter.
pub(super) fn matches_at(items: &[Item], start: usize, phrase: &[String]) -> Option<usize> {
    let mut at = start;
    for (number, word) in phrase.iter().enumerate() {
        while number > 0 && matches!(items.get(at), Some(Item::Separator(_) | Item::Line)) {
            at += 1;
        }
        match items.get(at) {
            Some(Item::Word { text, .. }) if text == word => at += 1,
            _ => return None,
        }
    }
    Some(at)
}

pub(super) fn words(text: &str) -> Vec<String> {
    normalise(text).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// True if the text shows a box or tick.
pub(in crate::inbound::form) fn has_boxes(text: &str) -> bool {
    count_boxes(text) > 0
}

/// How many boxes and ticks a text shows.
pub(in crate::inbound::form) fn count_boxes(text: &str) -> usize {
    boxes(text).matches([TICKED, UNTICKED]).count()
}

/// What a text says before its first box; none if it has none.
pub(in crate::inbound::form) fn before_boxes(text: &str) -> Option<String> {
    let drawn = boxes(text);
    drawn.split_once([TICKED, UNTICKED]).map(|(before, _)| before.to_owned())
}

/// The first that a text shows is a box.
pub(super) fn begins_with_box(text: &str) -> bool {
    matches!(items(text).first(), Some(Item::Tick(_)))
}

/// Its words, without boxes and separators; a word that could not be read as far as it could.
pub(super) fn words_of(text: &str) -> Vec<String> {
    let words = items(text).into_iter().filter_map(|item| match item {
        Item::Word { text, .. } => Some(text.replace('\u{FFFD}', "")),
        _ => None,
    });
    words.filter(|word| !word.is_empty()).collect()
}

/// The texts beside the boxes of a text, in order.
pub(in crate::inbound::form) fn printed_options(text: &str) -> Vec<String> {
    let drawn = boxes(text);
    let trimmed = drawn.split([TICKED, UNTICKED]).map(|option| {
        option.trim_matches(|ch: char| ch.is_whitespace() || matches!(ch, ',' | ';' | '/' | '|' | '-' | '–' | ':'))
    });
    trimmed.filter(|option| !option.is_empty()).map(str::to_owned).collect()
}

/// All the ways to draw a box or a tick, as ☒ and ☐.
fn boxes(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(ch) = chars.get(at) {
        let close = match ch {
            '[' => Some(']'),
            '(' => Some(')'),
            '|' => Some('|'),
            _ => None,
        };
        if let Some(close) = close
            && let Some(width) = (1..=4).find(|width| chars.get(at + width) == Some(&close))
        {
            let inner: String = chars.get(at + 1..at + width).unwrap_or_default().iter().collect();
            let blank = inner.trim().is_empty() || inner.trim() == "_";
            let ticked = matches!(inner.trim(), "x" | "X" | "✓" | "✔" | "√" | "☒" | "☑" | "✗" | "✘" | "×");
            if ticked || (blank && (*ch != '|' || !inner.trim().is_empty())) {
                out.push(if ticked { TICKED } else { UNTICKED });
                at += width + 1;
                continue;
            }
        }
        out.push(match ch {
            '☒' | '☑' | '✓' | '✔' | '✗' | '✘' | '√' | '🗹' | '⮽' | '🗷' | '⊠' | '■' | '●' | '◉' | '⦿' | '✅' | '☓'
            | '×' => TICKED,
            '☐' | '□' | '◻' | '▢' | '❑' | '❏' | '❒' | '○' | '◯' | '⬜' | '▫' => UNTICKED,
            ch => *ch,
        });
        at += 1;
    }
    out
}

pub(in crate::inbound::form) fn items(text: &str) -> Vec<Item> {
    let mut out = Vec::new();
    let mut word = String::new();
    let flush = |word: &mut String, out: &mut Vec<Item>| {
        let text: String = word
            .chars()
            .flat_map(char::to_lowercase)
            .filter(|ch| !matches!(ch, '\'' | '’' | '‘' | '.' | '*' | '"'))
            .collect();
        if !text.is_empty() {
            out.push(Item::Word { text, raw: word.replace(['.', '*'], "") });
        }
        word.clear();
    };
    for ch in boxes(text).chars() {
        match ch {
            TICKED | UNTICKED => {
                flush(&mut word, &mut out);
                out.push(Item::Tick(ch == TICKED));
            }
            '\n' => {
                flush(&mut word, &mut out);
                out.push(Item::Line);
            }
            '/' => {
                flush(&mut word, &mut out);
                out.push(Item::Word { text: "/".to_owned(), raw: "/".to_owned() });
            }
            '&' => {
                flush(&mut word, &mut out);
                out.push(Item::Word { text: "and".to_owned(), raw: "and".to_owned() });
            }
            '-' | '–' | '—' | '‑' | ',' | ';' | ':' | '|' | '(' | ')' | '[' | ']' | '\t' | '•' | '=' | '?' | '!'
            | '_' | '<' | '>' | '#' | '·' | '+' => {
                flush(&mut word, &mut out);
                let ch = if matches!(ch, '—' | '‑') { '-' } else { ch };
                out.push(Item::Separator(ch));
            }
            ch if ch.is_whitespace() => flush(&mut word, &mut out),
            ch => word.push(ch),
        }
    }
    flush(&mut word, &mut out);
    out
}
