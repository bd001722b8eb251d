//! Ticks and options of one text, in reading order.

use super::super::label::normalise;
use super::Options;
use super::items::{Item, answer_after, items, matches_at};
use super::yes_no;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mark {
    Tick(bool),
    Option(usize),
    /// Words behind a tick that are no option of this field: a tick of their own.
    Other,
    /// A tick of which it cannot be told what it says.
    Doubt,
    Line,
}

/// A text taken apart, whichever options are looked for in it.
#[derive(Clone, Debug)]
pub(in crate::inbound::form) enum Said {
    /// It is a tick and nothing else.
    Tick(bool),
    Words(Vec<Item>),
}

impl Said {
    pub(in crate::inbound::form) fn by(text: &str) -> Self {
        Self::of(text, &normalise(text))
    }

    /// Of a text and what it is compared by.
    pub(in crate::inbound::form) fn of(text: &str, plain: &str) -> Self {
        match plain {
            "x" | "yes" | "y" | "true" => Self::Tick(true),
            "no" | "n" | "false" => Self::Tick(false),
            _ => Self::Words(yes_no::settled(items(text))),
        }
    }
}

impl Options<'_> {
    /// Ticks and options of a text in reading order.
    pub(super) fn marks(&self, text: &str) -> Vec<Mark> {
        self.marks_in(&Said::by(text))
    }

    pub(super) fn marks_in(&self, said: &Said) -> Vec<Mark> {
        let items = match said {
            Said::Tick(on) => return vec![Mark::Tick(*on)],
            Said::Words(items) => items,
        };
        let mut out: Vec<Mark> = Vec::new();
        // `fresh`: an option may begin here. `chained`: nothing but options stood since the last boundary.
        let (mut at, mut fresh, mut chained) = (0, true, false);
        while let Some(item) = items.get(at) {
            at += 1;
            match item {
                Item::Tick(on) => {
                    out.push(Mark::Tick(*on));
                    fresh = true;
                }
                Item::Doubt => {
                    out.push(Mark::Doubt);
                    fresh = true;
                }
                Item::Line => {
                    out.push(Mark::Line);
                    fresh = true;
                }
                Item::Separator(_) => fresh = true,
                Item::Word { text, .. } if text == "/" => fresh = true,
                Item::Word { text, .. } if chained && matches!(text.as_str(), "and" | "or") => fresh = true,
                Item::Word { text, raw } if fresh => {
                    let after_tick = matches!(out.last(), Some(Mark::Tick(_)));
                    if let Some((option, end)) = self.option_at(items, at - 1, after_tick) {
                        if out.last() != Some(&Mark::Option(option)) {
                            out.push(Mark::Option(option));
                        }
                        let said = items.get(at - 1..end).unwrap_or_default();
                        let sentence = said.iter().filter(|item| matches!(item, Item::Word { .. })).count() >= 4;
                        at = end;
                        chained = true;
                        if let Some((on, end)) = self.answer_at(items, at) {
                            out.push(Mark::Tick(on));
                            at = end;
                        } else if sentence {
                            // The rest of a sentence explains it, sometimes in the words of another option.
                            let skip =
                                items.iter().skip(at).take_while(|item| !matches!(item, Item::Tick(_) | Item::Line));
                            at += skip.count();
                        }
                    } else if let Some(options) = self.codes(raw) {
                        out.extend(options.into_iter().map(Mark::Option));
                    } else if text == "x" {
                        out.push(Mark::Tick(true));
                    } else {
                        chained = false;
                        // Numbering ("1.", "b)") may stand before an option.
                        if text.parse::<u8>().is_ok() || text.chars().count() == 1 {
                            continue;
                        }
                        if matches!(at.checked_sub(2).and_then(|before| items.get(before)), Some(Item::Tick(_))) {
                            out.push(Mark::Other);
                        }
                        fresh =
                            matches!(text.as_str(), "risk" | "rating" | "subject" | "to" | "a" | "of" | "level" | "is");
                    }
                }
                Item::Word { .. } => chained = false,
            }
        }
        out
    }

    /// Yes or No right behind an option.
    pub(super) fn answer_at(&self, items: &[Item], at: usize) -> Option<(bool, usize)> {
        answer_after(items, at, |next| self.option_at(items, next, false).is_some())
    }

    /// "Sexual: no evidence": a text that names an option and goes on to say that it is not so.
    pub(super) fn denies(&self, text: &str) -> bool {
        const NOT: &[&str] = &[
            "no",
            "not",
            "none",
            "nil",
            "never",
            "unknown",
            "previously",
            "formerly",
            "historic",
            "historical",
            "ended",
        ];
        let items = items(text);
        (0..items.len()).filter_map(|at| self.option_at(&items, at, false)).any(|(_, end)| {
            let behind = items.iter().skip(end);
            let mut behind =
                behind.skip_while(|item| matches!(item, Item::Separator(':' | '-' | '–' | '=' | '?' | '(')));
            matches!(behind.next(), Some(Item::Word { text, .. }) if NOT.contains(&text.as_str()))
        })
    }

    /// The longest option that starts at an item, and where it ends.
    fn option_at(&self, items: &[Item], start: usize, after_tick: bool) -> Option<(usize, usize)> {
        self.phrases.iter().find_map(|(phrase, option)| {
            let end = matches_at(items, start, phrase)?;
            let Some(Item::Word { raw, .. }) = items.get(start) else { return None };
            let is_code = phrase.iter().all(|word| word.len() == 1);
            if is_code && !raw.chars().all(|ch| !ch.is_lowercase()) {
                return None;
            }
            let bounded = is_code && self.codes_follow(items, end)
                || match items.get(end) {
                    None | Some(Item::Separator(_) | Item::Tick(_) | Item::Doubt | Item::Line) => true,
                    Some(Item::Word { text, .. }) => {
                        matches!(text.as_str(), "/" | "x" | "yes" | "no" | "y" | "n" | "and" | "or")
                            || (!is_code
                                && (matches!(
                                    text.as_str(),
                                    "risk"
                                        | "rating"
                                        | "exploitation"
                                        | "episodes"
                                        | "assessment"
                                        | "level"
                                        | "plan"
                                        | "only"
                                        | "tick"
                                        | "please"
                                        | "request"
                                ) || self.phrases.iter().any(|(other, _)| matches_at(items, end, other).is_some())))
                    }
                };
            let shouted = raw.len() >= 4 && raw.chars().all(|ch| !ch.is_lowercase());
            let fits = bounded || (!is_code && (phrase.len() >= 4 || after_tick || shouted));
            fits.then_some((*option, end))
        })
    }

    /// "S T C": nothing but the letters of options up to the next sign.
    fn codes_follow(&self, items: &[Item], at: usize) -> bool {
        let words = items.iter().skip(at).take_while(|item| matches!(item, Item::Word { .. }));
        let is_code = |item: &Item| match item {
            Item::Word { raw, text } => {
                raw.chars().all(char::is_uppercase) && self.phrases.iter().any(|(phrase, _)| *phrase == [text.as_str()])
            }
            _ => false,
        };
        words.take(self.choices.len()).all(is_code)
    }

    /// `SC` as S and C, where the options have one-letter codes.
    fn codes(&self, raw: &str) -> Option<Vec<usize>> {
        if !(2..=5).contains(&raw.len()) {
            return None;
        }
        raw.chars()
            .map(|ch| {
                let word = ch.is_ascii_uppercase().then(|| ch.to_ascii_lowercase().to_string())?;
                self.phrases.iter().find(|(phrase, _)| phrase.as_slice() == [word.as_str()]).map(|(_, option)| *option)
            })
            .collect()
    }
}
