//! Closed sets: which options a form prints and which of them are ticked. A tick may stand before or after its option,
//! in the same cell, in the next one, or in the row below; where that cannot be told, nothing is taken.

mod items;
mod layout;
mod marks;
mod written;
mod yes_no;

use super::label::normalise;
use super::table::Choice;
use items::words;
use marks::Mark;
use std::collections::BTreeMap;

pub(super) use items::{before_boxes, count_boxes, has_boxes, items, printed_options};
pub(super) use marks::Said;
pub(super) use written::Written;

/// The options of a field, ready to be compared.
pub(super) struct Options<'a> {
    choices: &'a [Choice],
    /// (words, option), longest first.
    phrases: Vec<(Vec<String>, usize)>,
}

/// What a group of options says.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// Options seen, and where each ticked one stood.
    pub ticked: BTreeMap<usize, String>,
    /// Options printed.
    pub seen: BTreeMap<usize, String>,
    /// There are ticks or boxes that belong to options.
    pub marks: bool,
    /// A tick could belong to either of two options, or say no.
    pub ambiguous: bool,
    /// By table and column of the options, the column their ticks stand in.
    columns: BTreeMap<(String, u32), u32>,
}

impl<'a> Options<'a> {
    pub(super) fn new(choices: &'a [Choice]) -> Self {
        let mut phrases: Vec<(Vec<String>, usize)> = choices
            .iter()
            .enumerate()
            .flat_map(|(at, choice)| choice.says.iter().map(move |text| (words(text), at)))
            .filter(|(phrase, _)| !phrase.is_empty())
            .collect();
        phrases.sort_by_key(|(phrase, _)| {
            std::cmp::Reverse((phrase.len(), phrase.iter().map(String::len).sum::<usize>()))
        });
        Self { choices, phrases }
    }

    /// The value of an option.
    pub(super) fn value(&self, at: usize) -> Option<&'a str> {
        self.choices.get(at).map(|choice| choice.value.as_str())
    }

    pub(super) fn len(&self) -> usize {
        self.choices.len()
    }

    /// Options named in a text without ticks, in the order of the table.
    pub(super) fn named(&self, text: &str) -> Vec<usize> {
        self.named_in(&Said::by(text))
    }

    /// The options that a written answer names and does not answer with No; none where that cannot be told.
    pub(super) fn listed(&self, text: &str) -> Option<Vec<usize>> {
        let group = self.group_of(text);
        match group.marks {
            true => (!group.ambiguous).then(|| group.ticked.into_keys().collect()),
            false => (!self.denies(text) && !text.contains('?')).then(|| self.named(text)),
        }
    }

    /// A text, but for its boxes, is how an option begins that goes on elsewhere.
    pub(super) fn begins(&self, text: &str) -> bool {
        let words = items::words_of(text);
        words.len() > 1
            && self.phrases.iter().any(|(phrase, _)| phrase.len() > words.len() && phrase.starts_with(&words))
    }

    /// A word, in its comparable form, stands in an option.
    pub(super) fn have(&self, word: &str) -> bool {
        self.phrases.iter().any(|(phrase, _)| phrase.iter().any(|own| own == word))
    }

    /// "CPP / LAC / CIN": all that was printed is still there, and no box beside it.
    pub(super) fn is_undeleted(&self, text: &str) -> bool {
        let parts = || text.split('(').next().unwrap_or_default().split('/');
        let is_choice = |part: &str| self.is_one(part) && part.trim().chars().count() > 1;
        normalise(text).contains("delete as") || parts().count() > 2 && parts().all(is_choice)
    }

    /// A text begins with an option, and may go on.
    pub(super) fn leads(&self, text: &str) -> bool {
        let words = items::words_of(text);
        self.phrases.iter().any(|(phrase, _)| words.starts_with(phrase))
    }

    /// A text is an option and nothing else.
    pub(super) fn is_one(&self, text: &str) -> bool {
        let words = items::words_of(text);
        self.phrases.iter().any(|(phrase, _)| *phrase == words)
    }

    /// Behind its only box a text names one option, and goes on behind that: how it goes on elsewhere does not matter, for no
    /// longer option begins so.
    pub(super) fn is_certain(&self, text: &str) -> bool {
        let words = items::words_of(text);
        let starts = |phrase: &[String]| words.len() > phrase.len() && words.starts_with(phrase);
        items::begins_with_box(text)
            && items::count_boxes(text) == 1
            && self.phrases.iter().any(|(phrase, _)| phrase.len() > 1 && starts(phrase))
            && !self.begins(text)
    }

    /// The same of a text that several forms' options are looked for in.
    pub(super) fn named_in(&self, said: &Said) -> Vec<usize> {
        let mut out: Vec<usize> = self
            .marks_in(said)
            .into_iter()
            .filter_map(|mark| match mark {
                Mark::Option(at) => Some(at),
                _ => None,
            })
            .collect();
        out.sort_unstable();
        out.dedup();
        out
    }
}
