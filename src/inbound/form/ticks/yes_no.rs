//! "Yes ☐ No ☒" beside an option: each box belongs to its own word, and only a ticked Yes is a tick of the option.

use super::super::model::{Cell, Scalar};
use super::items::{Item, items};
use super::marks::Mark;

/// What a word beside a box says of the option.
#[derive(Clone, Copy, PartialEq)]
enum Word {
    Yes,
    No,
    /// It is no yes, and may be an option of the list: "None", "Not known".
    Other,
}

/// The words, of those that begin alike the longer first.
const WORDS: &[(Word, &[&str])] = &[
    (Word::Yes, &["yes"]),
    (Word::Yes, &["y"]),
    (Word::Yes, &["present"]),
    (Word::Yes, &["current"]),
    (Word::Yes, &["true"]),
    (Word::No, &["not", "present"]),
    (Word::Other, &["not", "known"]),
    (Word::Other, &["not", "applicable"]),
    (Word::Other, &["not", "sure"]),
    (Word::Other, &["dont", "know"]),
    (Word::Other, &["n", "/", "a"]),
    (Word::Other, &["n", "/", "k"]),
    (Word::No, &["no"]),
    (Word::No, &["n"]),
    (Word::No, &["absent"]),
    (Word::No, &["false"]),
    (Word::Other, &["none"]),
    (Word::Other, &["na"]),
    (Word::Other, &["nk"]),
    (Word::Other, &["unknown"]),
    (Word::Other, &["unsure"]),
    (Word::Other, &["possible"]),
    (Word::Other, &["possibly"]),
    (Word::Other, &["suspected"]),
    (Word::Other, &["historic"]),
    (Word::Other, &["historical"]),
    (Word::Other, &["previous"]),
    (Word::Other, &["past"]),
];
/// More words and boxes than these are no answer.
const PARTS: usize = 16;

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Word(Word),
    Box(bool),
}

/// The same text where each run of Yes and No with their boxes is one tick, or a doubt.
pub(super) fn settled(items: Vec<Item>) -> Vec<Item> {
    let boxes = items.iter().filter(|item| matches!(item, Item::Tick(_))).count();
    let (mut out, mut at) = (Vec::with_capacity(items.len()), 0);
    while let Some(item) = items.get(at) {
        let (parts, end) = run(&items, at);
        let ours = parts.iter().filter(|part| matches!(part, Part::Box(_))).count();
        // "☐ Sexual ☒ None": a No alone may be an option of the list.
        let alone = ours == boxes && parts.contains(&Part::Word(Word::No));
        let is_answer = parts.contains(&Part::Word(Word::Yes)) || alone;
        let is_answer = is_answer && !ends_a_question(&items, at, &parts);
        match said(&parts).filter(|_| is_answer) {
            Some(Mark::Tick(on)) => out.push(Item::Tick(on)),
            Some(_) => out.push(Item::Doubt),
            None => {
                out.push(item.clone());
                at += 1;
                continue;
            }
        }
        at = end;
    }
    out
}

/// "Is the assessment current? ☒": a word that need be no answer, where no other one stands beside a box of its own.
fn ends_a_question(items: &[Item], at: usize, parts: &[Part]) -> bool {
    let plain = |at: usize| match items.get(at) {
        Some(Item::Word { text, .. }) => !matches!(text.as_str(), "yes" | "no" | "y" | "n" | "/"),
        _ => false,
    };
    let pairs = matches!(parts, [Part::Word(_), Part::Box(_), Part::Word(_), ..]);
    !pairs && plain(at) && at.checked_sub(1).is_some_and(plain)
}

/// An answer that begins with the first of these cells and goes on over several ("Yes | ☒ | No | ☐"): what it says, the cell
/// that says so, and how many cells it takes.
pub(super) fn over<'c>(cells: &[&'c Cell]) -> Option<(Mark, &'c Cell, usize)> {
    let mut parts = Vec::new();
    let (mut end, mut shown, mut is_drawn) = (0, None, false);
    for (number, cell) in (1..).zip(cells) {
        let found = parts_of(cell);
        is_drawn |= found.iter().any(|part| matches!(part, Part::Box(_)));
        let blank = cell.is_blank() && cell.nested.is_empty();
        match (parts.first(), parts.last()) {
            // The empty place for the tick of the word before it.
            (Some(Part::Word(_)), Some(Part::Word(_))) if blank => parts.push(Part::Box(false)),
            _ if found.is_empty() => break,
            _ => {}
        }
        if found.contains(&Part::Box(true)) {
            shown = shown.or(Some(*cell));
        }
        parts.extend(found);
        end = number;
    }
    let alone = parts.len() == 2 && parts.contains(&Part::Word(Word::No));
    let is_answer = parts.contains(&Part::Word(Word::Yes)) || alone;
    let mark = said(&parts).filter(|_| is_answer && is_drawn && end > 1)?;
    Some((mark, shown.or(cells.first().copied())?, end))
}

/// What a cell holds, if that is nothing but Yes and No and boxes.
fn parts_of(cell: &Cell) -> Vec<Part> {
    if let Scalar::Bool(on) = cell.scalar {
        return vec![Part::Box(on)];
    }
    let items: Vec<Item> = items(&cell.text)
        .into_iter()
        .map(|item| match item {
            Item::Word { text, .. } if text == "x" => Item::Tick(true),
            item => item,
        })
        .collect();
    let (parts, end) = run(&items, 0);
    let rest = items.get(end..).unwrap_or_default();
    if rest.iter().all(|item| matches!(item, Item::Separator(_) | Item::Line)) { parts } else { Vec::new() }
}

/// The words and boxes that stand here one behind the other, and where the last of them ends.
fn run(items: &[Item], start: usize) -> (Vec<Part>, usize) {
    let (mut parts, mut at, mut end) = (Vec::new(), start, start);
    while let Some(item) = items.get(at).filter(|_| parts.len() < PARTS) {
        match item {
            Item::Word { text, .. } if text == "x" && !parts.is_empty() => {
                parts.push(Part::Box(true));
                (at, end) = (at + 1, at + 1);
            }
            Item::Tick(on) => {
                parts.push(Part::Box(*on));
                (at, end) = (at + 1, at + 1);
            }
            Item::Separator(_) | Item::Line if !parts.is_empty() => at += 1,
            Item::Word { text, .. } if text == "/" && !parts.is_empty() => at += 1,
            _ => {
                let Some((word, after)) = word_at(items, at) else { break };
                // "No further evidence" is no No, but for the one that a box before it waits for.
                let awaited = parts.contains(&Part::Word(Word::Yes)) && matches!(parts.last(), Some(Part::Box(_)));
                let ends = match items.get(after) {
                    Some(Item::Word { text, .. }) => {
                        matches!(text.as_str(), "/" | "x") || word_at(items, after).is_some()
                    }
                    _ => true,
                };
                if !ends && !awaited {
                    break;
                }
                parts.push(Part::Word(word));
                (at, end) = (after, after);
            }
        }
    }
    (parts, end)
}

/// Yes, No or the like at an item, and where it ends.
fn word_at(items: &[Item], at: usize) -> Option<(Word, usize)> {
    let is_here = |phrase: &[&str]| {
        phrase.iter().zip(at..).all(|(word, at)| matches!(items.get(at), Some(Item::Word { text, .. }) if text == word))
    };
    WORDS.iter().find(|(_, phrase)| is_here(phrase)).map(|(word, phrase)| (*word, at + phrase.len()))
}

/// What words and their boxes say: nothing, where none has a box.
fn said(parts: &[Part]) -> Option<Mark> {
    let ticked = parts.contains(&Part::Box(true));
    if !ticked {
        return parts.contains(&Part::Box(false)).then_some(Mark::Tick(false));
    }
    let mut answers = Vec::new();
    for pair in parts.chunks(2) {
        match (parts.first(), pair) {
            (Some(Part::Word(_)), [Part::Word(word), Part::Box(on)])
            | (Some(Part::Box(_)), [Part::Box(on), Part::Word(word)]) => {
                answers.extend(on.then_some(*word == Word::Yes))
            }
            _ => return Some(Mark::Doubt),
        }
    }
    match (answers.contains(&true), answers.contains(&false)) {
        (true, true) => Some(Mark::Doubt),
        (yes, _) => Some(Mark::Tick(yes)),
    }
}
