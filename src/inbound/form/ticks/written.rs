//! Answers to a one-of question that are written, not ticked.

use super::Options;
use super::items::{Item, items, matches_at};

/// What a written answer to a one-of question is.
#[derive(Debug, PartialEq)]
pub(in crate::inbound::form) enum Written {
    /// This option, and the rest of the answer.
    One(usize, String),
    /// The options as printed, none chosen.
    Untouched,
    /// Something that is not one of the options.
    OffScale,
}

impl Options<'_> {
    /// A written answer to a one-of question.
    pub(in crate::inbound::form) fn written(&self, text: &str) -> Written {
        self.written_in(&items(text))
    }

    /// The same of an answer taken apart.
    pub(in crate::inbound::form) fn written_in(&self, items: &[Item]) -> Written {
        const FILLERS: &[&str] = &[
            "risk",
            "rating",
            "level",
            "of",
            "is",
            "current",
            "currently",
            "ce",
            "the",
            "rated",
            "as",
            "at",
            "overall",
            "assessed",
            "category",
            "a",
            "this",
            "an",
            "outcome",
        ];
        let items = without_ends(items);
        let start = items.iter().position(|item| {
            !matches!(item, Item::Word { text, .. } if FILLERS.contains(&text.as_str()) || text.parse::<u8>().is_ok())
                && !matches!(item, Item::Separator(_) | Item::Line)
        });
        let start = start.map(|start| led_to(items, start).unwrap_or(start));
        // A filler may itself begin an option ("currently experiencing", "at risk").
        let found = (0..=start.unwrap_or(items.len())).rev().find_map(|at| {
            let phrase = |(phrase, option): &(Vec<String>, usize)| Some((at, *option, matches_at(items, at, phrase)?));
            self.phrases.iter().find_map(phrase)
        });
        let Some((at, option, end)) = found else {
            let numbered = |item: &Item| matches!(item, Item::Word { text, .. } if text.parse::<u8>().is_ok());
            let untouched = start.is_none() && !items.iter().any(numbered);
            return if untouched { Written::Untouched } else { Written::OffScale };
        };
        let start = start.unwrap_or(at);
        // Who is at risk of something is not said to be there.
        if let Some([Item::Word { text: risk, .. }, Item::Word { text: of, .. }]) =
            at.checked_sub(2).and_then(|before| items.get(before..at))
            && (risk.as_str(), of.as_str()) == ("risk", "of")
        {
            return Written::OffScale;
        }
        if matches!(self.answer_at(items, end), Some((false, _))) {
            return Written::OffScale;
        }
        let rest = items.get(end..).unwrap_or_default();
        if end.saturating_sub(start) >= 4 {
            // A sentence is explained in the words of others; only one that stands apart is a second answer.
            let apart = (1..rest.len()).any(|at| {
                let boundary = match rest.get(at - 1) {
                    Some(Item::Line) => true,
                    Some(Item::Word { text, .. }) => matches!(text.as_str(), "/" | "or"),
                    _ => false,
                };
                boundary
                    && self
                        .phrases
                        .iter()
                        .any(|(phrase, other)| *other != option && matches_at(rest, at, phrase).is_some())
            });
            return if apart { Written::OffScale } else { Written::One(option, String::new()) };
        }
        let mut others: Vec<usize> = (0..rest.len())
            .filter_map(|at| {
                self.phrases.iter().find(|(phrase, _)| {
                    matches_at(rest, at, phrase).is_some() && phrase.iter().any(|word| word.len() > 1)
                })
            })
            .map(|(_, other)| *other)
            .filter(|other| *other != option)
            .collect();
        others.sort_unstable();
        others.dedup();
        if !others.is_empty() {
            let printed = others.len() + 1 == self.len() || (self.len() <= 3 && others.len() + 1 >= 2);
            return if printed { Written::Untouched } else { Written::OffScale };
        }
        let listed = is_code_list(rest);
        if !listed && !tail_fits(rest) {
            return Written::OffScale;
        }
        let tail = rest.iter().filter_map(|item| match item {
            Item::Word { raw, .. } if listed && raw.len() == 1 => Some(raw.to_uppercase()),
            Item::Word { raw, .. } => Some(raw.clone()),
            _ => None,
        });
        Written::One(option, tail.collect::<Vec<_>>().join(" / "))
    }
}

/// "/ Emerging / /": the signs between options of which the others were struck out say nothing.
fn without_ends(items: &[Item]) -> &[Item] {
    let is_said = |item: &Item| !matches!(item, Item::Word { text, .. } if text == "/");
    let first = items.iter().position(is_said).unwrap_or(items.len());
    let end = items.iter().rposition(is_said).map_or(first, |last| last + 1);
    items.get(first..end).unwrap_or_default()
}

/// "Remains", "Has been increased to": where the option they lead to starts. None if they say anything else, as
/// "reduced from" does.
fn led_to(items: &[Item], start: usize) -> Option<usize> {
    const STEADY: &[&str] = &["remains", "remain", "remaining", "still", "now", "stays", "continues", "at", "as", "a"];
    const CHANGED: &[&str] = &[
        "increased",
        "raised",
        "escalated",
        "reduced",
        "decreased",
        "lowered",
        "moved",
        "changed",
        "risen",
        "upgraded",
    ];
    let (mut at, mut changed, mut to) = (start, false, false);
    while let Some(Item::Word { text, .. }) = items.get(at) {
        match text.as_str() {
            "to" if changed => to = true,
            "has" | "been" | "was" if matches!(items.get(at + 1), Some(Item::Word { text, .. }) if text == "been" || CHANGED.contains(&text.as_str())) =>
                {}
            word if CHANGED.contains(&word) && !changed => changed = true,
            word if STEADY.contains(&word) => {}
            _ => break,
        }
        at += 1;
    }
    (at > start && changed == to).then_some(at)
}

/// "S, C", "S/T/C/M/V", "SC": nothing but the letters of the risk types.
fn is_code_list(rest: &[Item]) -> bool {
    let mut letters = 0;
    let fits = rest.iter().all(|item| match item {
        Item::Separator(sign) => matches!(sign, ',' | ';' | '-' | '–' | '(' | ')' | '+' | ':' | '|' | '[' | ']'),
        Item::Line => true,
        Item::Tick(_) | Item::Doubt => false,
        Item::Word { text, .. } if matches!(text.as_str(), "/" | "and" | "risk") => true,
        Item::Word { raw, .. } => {
            letters += 1;
            let codes = raw.chars().all(|ch| "STCMV".contains(ch)) && raw.len() <= 5;
            codes || (raw.len() == 1 && raw.chars().all(|ch| "stcmv".contains(ch)))
        }
    });
    fits && letters > 0
}

/// What may follow an option up to the first sign: "risk", "risk of CSE", "CCE". After the sign a sentence may explain
/// it, unless it says that the option is a former one.
fn tail_fits(rest: &[Item]) -> bool {
    const KINDS: &[&str] =
        &["ce", "cse", "cce", "child", "sexual", "criminal", "exploitation", "trafficking", "missing", "and", "/"];
    let end = rest.iter().position(|item| matches!(item, Item::Separator(_) | Item::Line)).unwrap_or(rest.len());
    let (tail, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
    let mut words = Vec::new();
    for item in tail {
        let Item::Word { text, .. } = item else { return false };
        words.push(text.as_str());
    }
    let former = after.iter().find_map(|item| match item {
        Item::Word { text, .. } => Some(text.as_str()),
        _ => None,
    });
    if former.is_some_and(|word| matches!(word, "previous" | "previously" | "was" | "formerly" | "last" | "historic")) {
        return false;
    }
    let about = words.iter().take_while(|word| matches!(**word, "risk" | "rating" | "level" | "case" | "assessment"));
    let about = about.count();
    let kinds = words.get(about..).unwrap_or_default();
    match kinds.split_first() {
        None => true,
        // "Experiencing risk of": which of the two is meant?
        Some((&"of" | &"for", kinds)) if about == 0 => {
            !kinds.is_empty() && kinds.iter().all(|word| KINDS.contains(word))
        }
        Some((&"exploitation" | &"and" | &"/", _)) => false,
        _ => kinds.iter().all(|word| KINDS.contains(word)),
    }
}
