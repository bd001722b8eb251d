//! Whether a list is whole. A page of a PDF keeps only where its lines stand, and half a list is a wrong one: it is read where
//! nothing of it can have been lost, and where it ends is certain.

use super::super::label::normalise;
use super::super::model::{Cell, Layout, Row};
use super::super::prose::is_prose;
use super::super::ticks::{Group, Options, Written, count_boxes, has_boxes};
use super::Assembly;
use std::collections::BTreeSet;

/// Rows of one list.
const NEAR: usize = 40;
const BULLETS: [char; 6] = ['•', '·', '▪', '◦', '\u{F0B7}', '\u{F0A7}'];

impl<'a> Assembly<'a> {
    /// What an option or its tick says is not known, in the label's table or the one behind it: the list may not be whole.
    pub(super) fn is_doubtful(&self, row: usize) -> bool {
        let rows = &self.index.document.rows;
        let mut grids: Vec<u32> = rows.iter().skip(row).map(|row| row.grid).collect();
        grids.dedup();
        grids.truncate(2);
        let near = rows.iter().skip(row).take_while(|row| grids.contains(&row.grid)).take(NEAR);
        let is_unread = |row: &Row, cell: &Cell| {
            let known = cell.text.replace('\u{FFFD}', "");
            // Outside tables a tick of one letter; boxes there are known to be lost.
            known.len() < cell.text.len()
                && (row.layout == Layout::Table || matches!(normalise(&known).as_str(), "x" | "y" | "yes"))
        };
        self.index.document.joins_lines
            && near
                .flat_map(|row| row.cells.iter().map(move |cell| (row, cell)))
                .any(|(row, cell)| is_unread(row, cell) && !is_prose(&cell.text))
    }

    /// A "Yes" on a page, of which it is not known to what.
    pub(super) fn has_unread_answers(&self) -> bool {
        let cells = self.index.document.rows.iter().flat_map(|row| &row.cells);
        let is_unread = |cell: &Cell| {
            cell.text
                .strip_suffix('\u{FFFD}')
                .is_some_and(|known| matches!(normalise(known).as_str(), "x" | "y" | "yes"))
        };
        self.index.document.joins_lines && cells.into_iter().any(is_unread)
    }

    /// All that a list has stands in its label's own row of a table, and is read.
    pub(super) fn is_in_row(&self, row: usize, group: &Group, options: &Options<'_>) -> bool {
        let line = self.index.document.rows.get(row).filter(|line| line.layout == Layout::Table);
        line.is_some_and(|line| {
            let named: BTreeSet<usize> = line.cells.iter().flat_map(|cell| options.named(&cell.text)).collect();
            group.seen.keys().all(|option| named.contains(option))
                && !line.cells.iter().any(|cell| cell.text.contains('\u{FFFD}'))
        })
    }

    /// A form prints some of the options: those beside a label and on the lines under it are all where other words follow,
    /// and no other box of the document has one more.
    pub(super) fn is_whole(&self, row: usize, group: &Group, options: &Options<'_>) -> bool {
        let rows = &self.index.document.rows;
        let Some(label) = rows.get(row) else { return false };
        let names = |cell: &Cell| !options.named(&cell.text).is_empty();
        let is_option = |cell: &Cell| has_boxes(&cell.text) && names(cell);
        let own = label.cells.iter().any(|cell| has_boxes(&cell.text));
        let under = rows.iter().skip(row + 1);
        // Boxes that are a form's fields stand each on a row of its own.
        let is_near =
            |next: &&Row| next.grid == label.grid || label.layout == Layout::Flow && next.layout == Layout::Table;
        let list = under.clone().take_while(|next| is_near(next) && next.cells.iter().all(is_option)).count();
        let follows = rows.get(row + 1 + list).filter(is_near);
        let goes_on = |cell: &Cell| names(cell) || has_boxes(&cell.text) || cell.text.contains('\u{FFFD}');
        let is_other = |cell: &Cell| {
            has_boxes(&cell.text) && options.named(&cell.text).iter().any(|option| !group.seen.contains_key(option))
        };
        let listed = rows.iter().skip(row).take(1 + list).flat_map(|row| &row.cells);
        let boxes: usize = listed.map(|cell| count_boxes(&cell.text)).sum();
        (own || list > 0)
            && boxes == group.seen.len()
            && !follows.is_some_and(|next| next.cells.iter().any(goes_on))
            && !rows.iter().flat_map(|row| &row.cells).any(is_other)
    }

    /// Options that a list lacks are printed behind it on another page, where nothing says how its columns go on.
    pub(super) fn goes_on_overleaf(&self, row: usize, group: &Group, options: &Options<'_>) -> bool {
        let rows = &self.index.document.rows;
        let place = |row: &Row| row.cells.first().map(|cell| cell.at.clone());
        let here = rows.get(row).and_then(place);
        let overleaf = rows.iter().skip(row + 1).take(40).filter(|next| place(next) != here);
        let is_left = |cell: &Cell| options.named(&cell.text).iter().any(|option| !group.seen.contains_key(option));
        self.index.document.joins_lines
            && group.seen.len() < options.len()
            && overleaf.flat_map(|row| &row.cells).any(is_left)
    }

    /// The row after this one names options too, or is not known: a list may go on in it.
    pub(super) fn may_go_on(&self, row: usize, options: &Options<'_>) -> bool {
        let rows = &self.index.document.rows;
        let next = rows.get(row).zip(rows.get(row + 1)).filter(|(line, next)| {
            let place = |row: &Row| row.cells.first().map(|cell| cell.at.clone());
            next.grid == line.grid && place(next) == place(line)
        });
        next.is_none_or(|(_, next)| next.cells.iter().any(|cell| !options.named(&cell.text).is_empty()))
    }

    /// On a page: options without boxes on the lines right under a label, where it is certain that the list ends there, at
    /// the next label or with the last bullet.
    pub(super) fn listed_under(&self, row: usize, options: &Options<'_>) -> Vec<&'a Cell> {
        let rows = &self.index.document.rows;
        let Some(label) = rows.get(row).filter(|_| self.index.document.joins_lines) else { return Vec::new() };
        // Without bullets, words behind an option may be another's.
        let is_option = |cell: &Cell| {
            let text = unbulleted(&cell.text);
            let one = matches!(options.written(text), Written::One(..)) && options.named(text).len() == 1;
            one && !text.contains(BULLETS) && (is_bulleted(&cell.text) || options.is_one(text))
        };
        let under = rows.iter().enumerate().skip(row + 1).take_while(|(_, next)| next.grid == label.grid);
        let mut out: Vec<&Cell> = Vec::new();
        for (at, next) in under {
            match next.cells.as_slice() {
                [cell] if is_option(cell) => out.push(cell),
                // The rest of the line above stands further in.
                [cell] if out.last().is_some_and(|last| is_bulleted(&last.text) && cell.col > last.col) => {}
                cells => {
                    let bulleted = out.iter().all(|cell| is_bulleted(&cell.text));
                    let goes_on =
                        cells.iter().any(|cell| is_bulleted(&cell.text) || !options.named(&cell.text).is_empty());
                    let ends = bulleted || next.strong || (0..cells.len()).any(|place| self.index.is_label(at, place));
                    return if ends && !goes_on { out } else { Vec::new() };
                }
            }
        }
        Vec::new()
    }
}

fn is_bulleted(text: &str) -> bool {
    text.starts_with(BULLETS)
}

/// A text without its bullet, which may be a sign of a symbol font.
pub(super) fn unbulleted(text: &str) -> &str {
    text.trim_start_matches(BULLETS).trim_start()
}
