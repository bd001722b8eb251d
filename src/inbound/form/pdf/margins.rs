//! Headers and footers: what stands on another page too, at the same height and but for its numbers in the same words.
//! They would else part a paragraph that goes on over the page's end.

use super::Page;
use super::lines::{self, Line};
use crate::inbound::form::dictionary::Labels;
use crate::inbound::form::model::Cell;

/// Lines at the top and at the bottom of a page that may be its header and footer.
const LINES: usize = 3;
const NEAR: f64 = 2.0;

/// Lines that more than one page has.
#[derive(Default)]
pub(super) struct Margins(Vec<(f64, String)>);

impl Margins {
    pub(super) fn of(pages: &[Page], labels: Labels<'_>) -> Self {
        let mut once: Vec<(f64, String)> = Vec::new();
        let mut again = Vec::new();
        for page in pages {
            let lines = lines::lines(page.runs.iter().filter(|run| run.field.is_none()).cloned().collect());
            let bottom = lines.len().saturating_sub(LINES);
            let outer = lines.iter().enumerate().filter(|(at, _)| *at < LINES || *at >= bottom);
            let own: Vec<(f64, String)> = outer.map(|(_, line)| (line.y, words(line))).collect();
            again.extend(own.iter().filter(|line| is_in(&once, line.0, &line.1)).cloned());
            once.extend(own);
        }
        again.retain(|(_, text)| labels.hits(&Cell::of_page(1, 0, text.clone())).is_empty());
        Self(again)
    }

    pub(super) fn has(&self, line: &Line) -> bool {
        is_in(&self.0, line.y, &words(line))
    }
}

fn is_in(lines: &[(f64, String)], y: f64, text: &str) -> bool {
    lines.iter().any(|(other, known)| (other - y).abs() < NEAR && known == text)
}

fn words(line: &Line) -> String {
    line.text().chars().filter(|ch| !ch.is_ascii_digit()).collect()
}
