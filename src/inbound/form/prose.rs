//! What was written about a child at length: "Date of birth: 14/02/1999 (Kyle, an associate). Lives with ..." under "What are
//! we worried about?" asks for nothing, though it begins as a label does. Such a text is known by where it stands, beside or
//! under a question that takes a passage, and by its sentences.

use super::assemble::CHILDS_OWN;
use super::dictionary::Target;
use super::hits::Hit;
use super::index::Index;
use super::model::{Cell, Layout, Row};
use super::ticks::has_boxes;
use crate::casework::FieldId;
use std::collections::HashSet;

/// Words that sentences have and the answers to a form's labels seldom.
const SENTENCE: &[&str] = &[
    "is", "are", "was", "were", "be", "been", "has", "have", "had", "will", "would", "should", "could", "did", "does",
    "says", "said", "saw", "reports", "reported", "states", "stated", "told", "seen", "found", "known", "went", "they",
    "she", "he", "who", "that", "there",
];
/// A text of fewer words is no passage.
const WORDS: usize = 5;
/// A question is not longer.
const QUESTION: usize = 160;

impl Index<'_> {
    /// Nothing in a passage is a label.
    pub(super) fn forget_prose(&mut self) {
        let mut cleared: HashSet<(usize, usize)> = HashSet::new();
        // The paragraph before was of a passage.
        let mut goes_on = false;
        // The form has asked for the child's name before.
        let mut named = false;
        // The passage's heading is a label of the form's or a question, not any words in bold.
        let mut is_asked = false;
        for (at, row) in self.document.rows.iter().enumerate() {
            let asks_name = (0..row.cells.len()).any(|place| self.asks_for(at, place, FieldId::ChildName));
            if row.layout == Layout::Flow {
                let before = at.checked_sub(1).and_then(|above| Some((above, self.document.rows.get(above)?)));
                // Over a page's end a passage goes on as another run of paragraphs.
                let is_overleaf = |above: &Row| {
                    self.document.joins_lines
                        && above.layout == Layout::Flow
                        && above.cells.first().map(|cell| &cell.at) != row.cells.first().map(|cell| &cell.at)
                };
                let before = before.filter(|(_, above)| above.grid == row.grid || is_overleaf(above));
                let opened = before.is_some_and(|(above, line)| {
                    let mut cells = line.cells.iter();
                    cells.next().is_some_and(|cell| {
                        cells.next().is_none()
                            && self.takes_passage(above, 0, cell, line.strong || cell.text.ends_with('?'))
                    })
                });
                let same = |other: &Cell, cell: &Cell| !self.document.joins_lines && other.at == cell.at;
                if opened {
                    is_asked = before.is_some_and(|(above, line)| {
                        self.is_bare_label(above, 0) || line.cells.iter().any(|cell| cell.text.ends_with('?'))
                    });
                }
                let is_known = opened && is_asked && row.cells.iter().all(|cell| self.asks_nothing(at, 0, cell));
                let is_anothers = goes_on && is_asked && before.is_some() && named && self.asks_for_own(at, 0);
                goes_on = match row.cells.as_slice() {
                    [cell] if !row.strong && (opened || goes_on && before.is_some()) => {
                        let of_last =
                            before.and_then(|(_, above)| above.cells.first()).is_some_and(|last| same(last, cell));
                        self.is_passage(at, 0, cell) || of_last && !opened || is_known || is_anothers
                    }
                    _ => false,
                };
                if goes_on {
                    cleared.insert((at, 0));
                }
                named |= asks_name && !goes_on;
                continue;
            }
            goes_on = false;
            for (place, cell) in row.filled() {
                let left = place.checked_sub(1).and_then(|left| Some((at, left, row.cells.get(left)?)));
                let left = left.filter(|(.., left)| !left.is_blank());
                let alone = row.filled().count() == 1;
                let above = row.index.checked_sub(1).and_then(|above| self.row_at(row.grid, above));
                let above = above.filter(|_| alone).and_then(|above| Some((above, self.document.rows.get(above)?)));
                let above = above.filter(|(_, line)| line.filled().count() == 1).and_then(|(above, line)| {
                    let (place, over) = line.filled().next()?;
                    (over.col == cell.col).then_some((above, place, over))
                });
                let asked = left.or(above).is_some_and(|(at, place, label)| {
                    left.is_none() && cleared.contains(&(at, place)) || self.takes_passage(at, place, label, true)
                });
                let is_under = left.is_none() && row.layout == Layout::Sheet;
                let is_known = is_under
                    && above.is_some_and(|(above, place, _)| self.is_bare_label(above, place))
                    && self.asks_nothing(at, place, cell);
                let is_anothers = is_under
                    && named
                    && above.is_some_and(|(above, place, _)| cleared.contains(&(above, place)))
                    && self.asks_for_own(at, place);
                if asked && (self.is_passage(at, place, cell) || is_known) || is_anothers {
                    cleared.insert((at, place));
                }
            }
            named |= asks_name;
        }
        for (at, place) in &cleared {
            if let Some(hits) = self.hits.get_mut(*at).and_then(|cells| cells.get_mut(*place)) {
                hits.clear();
            }
        }
        for (row, cells) in self.document.rows.iter().zip(&mut self.hits) {
            let passages = row.cells.iter().zip(cells).filter(|(_, hits)| hits.first().is_some_and(is_of_passage));
            passages.for_each(|(cell, hits)| keep_passage(hits, &cell.text));
        }
        self.prose = cleared;
    }

    /// Words that are no label: under a heading that the form is known to have they are its passage.
    fn asks_nothing(&self, row: usize, place: usize, cell: &Cell) -> bool {
        !self.is_label(row, place) && !has_boxes(&cell.text) && cell.text.split_whitespace().count() >= WORDS
    }

    /// A detail of somebody, with its answer behind it: in a paragraph of a passage that of another than the child, who was
    /// named before.
    fn asks_for_own(&self, row: usize, place: usize) -> bool {
        let hits = self.hits.get(row).and_then(|cells| cells.get(place)).and_then(|hits| hits.first());
        let is_own = |(target, _): &(Target, u8)| matches!(target, Target::Field(field) if CHILDS_OWN.contains(field));
        hits.is_some_and(|hit| hit.inline && hit.targets.iter().any(is_own))
    }

    /// A passage, and neither a label by itself, one behind its own label, nor options with their boxes.
    fn is_passage(&self, row: usize, place: usize, cell: &Cell) -> bool {
        let first = self.hits.get(row).and_then(|cells| cells.get(place)).and_then(|hits| hits.first());
        let is_own = first
            .is_some_and(|hit| is_of_passage(hit) && !hit.targets.iter().all(|(target, _)| *target == Target::Other));
        !is_own && !self.is_bare_label(row, place) && !has_boxes(&cell.text) && is_prose(&cell.text)
    }

    /// What stands behind a label in its own cell is told, and answers nothing: "School: says that attendance is 62 %."
    pub(super) fn is_told(&self, row: usize, place: usize, hit: &Hit) -> bool {
        let Some(rest) = hit.rest.as_deref().filter(|_| hit.inline) else { return false };
        let is_flow = self.document.rows.get(row).is_some_and(|line| line.layout == Layout::Flow);
        let text = self.document.rows.get(row).and_then(|line| line.cells.get(place)).map(|cell| cell.text.as_str());
        let alone = self.hits.get(row).and_then(|cells| cells.get(place)).is_some_and(|hits| hits.len() == 1);
        // "School: attends daily."
        let is_short = rest.starts_with(char::is_lowercase) && rest.ends_with('.') && rest.contains(' ');
        let is_sentence = is_short || is_prose(rest) || alone && text.is_some_and(is_prose);
        // A number of the authority's is one word, or a few without a verb.
        let is_number = hit.targets.iter().any(|(target, _)| *target == Target::Field(FieldId::LcsNumber));
        is_sentence && (is_flow || rest.starts_with(char::is_lowercase)) || is_number && says(rest) > 0
    }

    /// It asks for a passage, or for something that nobody here reads. `unknown`: what is no label may ask, too.
    fn takes_passage(&self, row: usize, place: usize, label: &Cell, unknown: bool) -> bool {
        let hits = self.hits.get(row).and_then(|cells| cells.get(place)).map(Vec::as_slice).unwrap_or_default();
        if hits.is_empty() {
            let is_short = label.text.chars().count() <= QUESTION && !is_prose(&label.text);
            return unknown && is_short || label.text.contains('?');
        }
        self.is_bare_label(row, place) && hits.iter().all(is_of_passage)
    }
}

/// "Analysis: Zoe was seen with Kyle. Date of birth: 14/02/1999": all behind the first label is its passage.
fn keep_passage(hits: &mut Vec<Hit>, text: &str) {
    let Some((first, others)) = hits.split_first_mut() else { return };
    let Some(rest) = first.rest.as_mut().filter(|rest| !others.is_empty() && first.inline && is_prose(rest)) else {
        return;
    };
    let start = text.find(rest.lines().next().unwrap_or_default());
    let whole = start.and_then(|start| text.get(start..));
    if let Some(whole) = whole.filter(|_| others.iter().all(|hit| !is_of_passage(hit))) {
        whole.clone_into(rest);
        hits.truncate(1);
    }
}

fn is_of_passage(hit: &Hit) -> bool {
    let takes = |target: &Target| match target {
        Target::Other => true,
        Target::Field(field) => {
            field.is_passage()
                || matches!(
                    field,
                    FieldId::Rationale
                        | FieldId::Recommendation
                        | FieldId::ManagementOversight
                        | FieldId::Domains
                        | FieldId::Actions
                )
        }
        _ => false,
    };
    hit.targets.iter().all(|(target, _)| takes(target))
}

/// How many of its words only sentences have.
fn says(text: &str) -> usize {
    let is_said = |word: &&str| SENTENCE.contains(&word.trim_matches(|ch: char| !ch.is_alphabetic()));
    text.split_whitespace().filter(is_said).count()
}

/// Sentences: some words, one of them such as sentences have or a full stop between two, and an end.
pub(super) fn is_prose(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_stop = |word: &str| {
        let plain = word.strip_suffix(['.', '!']).unwrap_or_default();
        plain.ends_with([')', '%'])
            || plain.len() > 3 && plain.chars().all(|ch| ch.is_lowercase() || ch.is_ascii_digit() || ch == '/')
    };
    let begins = |word: &str| word.starts_with(char::is_uppercase);
    let parted = words.windows(2).any(|pair| matches!(pair, [last, next] if is_stop(last) && begins(next)));
    let said = says(text);
    let ends = words.last().is_some_and(|word| word.ends_with(['.', '!', '?', '"', '”']));
    words.len() >= WORDS && (parted || said > 0 && ends || said > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_told_from_answers() {
        for text in [
            "Date of birth: 14/02/1999 (Kyle). He is an associate.",
            "School: says that attendance is 62 %.",
            "Manager: to be told of any further episode.",
            "Date of last missing episode: 02/11/2026 with two boys. Interview completed by Y. Worker.",
        ] {
            assert!(is_prose(text), "{text}");
        }
        for text in [
            "Address: 12 St. Mary's Close, Guildford, Surrey, GU1 1AA.",
            "GP: Dr. A. Example, Mill Walk Surgery, 2 High Road.",
            "Name: Zoe Example\nDate of birth: 01/02/2011\nAddress: 1 Mill Walk",
            "Placement: Lives with mother and two brothers",
            "School: Not in school – on roll at Invented College",
        ] {
            assert!(!is_prose(text), "{text}");
        }
    }
}
