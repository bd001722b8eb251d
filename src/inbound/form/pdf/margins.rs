//! Headers and footers: what stands on another page too, at the same height and but for its numbers in the same words.
//! They would else part a paragraph that goes on over the page's end. A line with a label is one only where it says the same
//! on both pages ("Date: page 1 of 3"), for two children's forms are printed alike; at the top of a page it may be the only
//! place that names the child, so there it stays on the first page that has it.

use super::Page;
use super::lines::{self, Line};
use crate::inbound::form::dictionary::Labels;
use crate::inbound::form::model::Cell;

/// Lines at the top and at the bottom of a page that may be its header and footer.
const LINES: usize = 3;
const NEAR: f64 = 2.0;
/// Text does not reach into the lowest two centimetres of a page, but for its footer; that stands this far from it, in sizes
/// of its letters.
const FOOT: f64 = 56.0;
const APART: f64 = 2.2;
/// About half the height of a page.
const MIDDLE: f64 = 400.0;

/// Lines that more than one page has.
#[derive(Default)]
pub(super) struct Margins {
    lines: Vec<(f64, String)>,
    /// Those with labels, as they stand; and the first page on which each at the top is shown.
    labels: Vec<(f64, String, Option<u32>)>,
}

impl Margins {
    pub(super) fn of(pages: &[Page], labels: Labels<'_>) -> Self {
        let mut once: Vec<(f64, String, u32, bool)> = Vec::new();
        let mut out = Self::default();
        for (number, page) in (1u32..).zip(pages) {
            let lines = lines::lines(page.runs.iter().filter(|run| run.field.is_none()).cloned().collect());
            let bottom = lines.len().saturating_sub(LINES);
            let outer = lines.iter().enumerate().filter(|(at, _)| *at < LINES || *at >= bottom);
            let mut own = Vec::new();
            for (_, line) in outer {
                let text = line.text();
                let is_label = !labels.hits(&Cell::of_page(1, 0, text.clone())).is_empty();
                let words = if is_label { without_page(&text) } else { words(&text) };
                let known = once.iter().find(|(y, other, ..)| (line.y - y).abs() < NEAR && *other == words);
                match known {
                    Some((_, _, first, true)) if is_label => {
                        out.labels.push((line.y, words.clone(), (line.y > MIDDLE).then_some(*first)));
                    }
                    Some((.., false)) if !is_label => out.lines.push((line.y, words.clone())),
                    _ => {}
                }
                own.push((line.y, words, number, is_label));
            }
            once.extend(own);
        }
        out
    }

    pub(super) fn has(&self, line: &Line, page: u32) -> bool {
        let text = line.text();
        is_in(&self.lines, line.y, &words(&text)) || {
            let text = without_page(&text);
            let same = |(y, known, _): &&(f64, String, Option<u32>)| (y - line.y).abs() < NEAR && *known == text;
            self.labels.iter().find(same).is_some_and(|(.., first)| *first != Some(page))
        }
    }
}

/// Where among the lines of a page, from the top down, those begin that stand below all else in its lower margin.
pub(super) fn foot(lines: &[Line], tables: impl Iterator<Item = f64>) -> usize {
    let lowest = tables.fold(f64::MAX, f64::min);
    let at = lines.iter().position(|line| line.y < FOOT).unwrap_or(lines.len());
    let above = at.checked_sub(1).and_then(|above| lines.get(above)).map_or(f64::MAX, |line| line.y).min(lowest);
    let is_apart = lines.get(at).is_some_and(|line| above - line.y > APART * line.size && !line.is_filled());
    if is_apart { at } else { lines.len() }
}

fn is_in(lines: &[(f64, String)], y: f64, text: &str) -> bool {
    lines.iter().any(|(other, known)| (other - y).abs() < NEAR && known == text)
}

fn words(text: &str) -> String {
    text.chars().filter(|ch| !ch.is_ascii_digit()).collect()
}

/// The text but for the number of the page: "page 1 of 3".
fn without_page(text: &str) -> String {
    let mut of_page = false;
    let words = text.split_whitespace().filter(|word| {
        let plain = word.to_lowercase();
        let is_number = plain.chars().all(|ch| ch.is_ascii_digit() || ch == '/');
        let drop = of_page && is_number;
        of_page = plain == "page" || plain == "p." || of_page && (drop || plain == "of");
        !drop
    });
    words.collect::<Vec<_>>().join(" ")
}
