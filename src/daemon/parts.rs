//! What one clearance makes: one mail, or numbered parts where its papers are too large for one (OP-09). Only a mail whose
//! single paper is too large is held.

use super::Book;
use crate::casework::Sha256;
use crate::casework::agenda::Item;
use crate::casework::routing::{Clearance, ClearedDocument};
use crate::outbound::compose::{ClearedPaper, PaperBytes};
use std::collections::BTreeMap;

/// What the words of a mail take, at most, beside its papers.
const WORDS: usize = 512 * 1024;

/// One of the mails.
pub(super) struct Part {
    /// The same leave, for the papers of this part.
    pub clearance: Clearance,
    /// Which of how many; none where it is the only one.
    pub nth: Option<(u32, u32)>,
}

impl Part {
    /// What makes it the same mail; the first part bears the name of the whole.
    pub(super) fn named(&self, whole: &str) -> String {
        match self.nth {
            None | Some((1, _)) => whole.to_owned(),
            Some((nth, _)) => format!("{whole}|part {nth}"),
        }
    }
}

/// The mails in which these items' cleared papers go, in the items' order.
pub(super) fn parts<'i>(
    book: &Book<'_>,
    items: impl Iterator<Item = &'i Item>,
    clearance: &Clearance,
    bytes: &BTreeMap<Sha256, PaperBytes>,
) -> anyhow::Result<Vec<Part>> {
    let parts = clearance.in_parts(&in_order(items, clearance, bytes), room(book.largest_mail));
    let of = u32::try_from(parts.len())?;
    let numbered = (1..).zip(parts);
    Ok(numbered.map(|(nth, clearance)| Part { clearance, nth: (of > 1).then_some((nth, of)) }).collect())
}

/// The papers of a mail.
pub(super) fn attached<'a>(clearance: &Clearance, bytes: &'a BTreeMap<Sha256, PaperBytes>) -> Vec<ClearedPaper<'a>> {
    clearance.documents().iter().filter_map(|d| Some((*d, bytes.get(&d.sha256)?))).collect()
}

/// What papers may take of a mail that large.
fn room(largest_mail: i64) -> usize {
    let largest = usize::try_from(largest_mail).unwrap_or(usize::MAX);
    largest.saturating_sub(WORDS).max(largest / 2)
}

/// The cleared papers with their bytes as they stand in a mail.
fn in_order<'i>(
    items: impl Iterator<Item = &'i Item>,
    clearance: &Clearance,
    bytes: &BTreeMap<Sha256, PaperBytes>,
) -> Vec<(ClearedDocument, usize)> {
    let papers = items
        .flat_map(|item| item.papers.iter().map(|paper| ClearedDocument { sha256: paper.sha256, case: item.case }));
    let cleared = papers.filter(|document| clearance.documents().contains(document));
    cleared.filter_map(|document| Some((document, bytes.get(&document.sha256)?.encoded().len()))).collect()
}
