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
        let items = items(text);
        let start = items.iter().position(|item| {
            !matches!(item, Item::Word { text, .. } if FILLERS.contains(&text.as_str()) || text.parse::<u8>().is_ok())
                && !matches!(item, Item::Separator(_) | Item::Line)
        });
        let Some(start) = start else {
            let numbered =
                items.iter().any(|item| matches!(item, Item::Word { text, .. } if text.parse::<u8>().is_ok()));
            return if numbered { Written::OffScale } else { Written::Untouched };
        };
        // A filler may itself begin an option ("currently experiencing").
        let found = (0..=start).rev().find_map(|at| {
            self.phrases.iter().find_map(|(phrase, option)| matches_at(&items, at, phrase).map(|end| (*option, end)))
        });
        let Some((option, end)) = found else { return Written::OffScale };
        let rest = items.get(end..).unwrap_or_default();
        if end - start >= 4 {
            // A sentence is explained in the words of others; only one that stands apart is a second answer.
            let apart = (1..rest.len()).any(|at| {
                let boundary = match rest.get(at - 1) {
                    Some(Item::Line) => true,
                    Some(Item::Word { text, .. }) => text == "/",
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
        let tail = rest.iter().find(|item| !matches!(item, Item::Word { text, .. } if matches!(text.as_str(), "risk" | "rating" | "level" | "case" | "assessment")));
        match tail {
            None | Some(Item::Separator(_) | Item::Line) => {}
            Some(_) => return Written::OffScale,
        }
        let tail = rest.iter().filter_map(|item| match item {
            Item::Word { raw, .. } => Some(raw.as_str()),
            _ => None,
        });
        Written::One(option, tail.collect::<Vec<_>>().join(" / "))
    }
}
