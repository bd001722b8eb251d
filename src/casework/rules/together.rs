//! Two forms of one child in one mail (MC-30): as between two mails of one worker the later form date holds; of equal or undated
//! ones both are kept, and admin is asked which.

use super::decision::{CaseChoice, HoldKind, Item, ItemOutcome, Submission};
use super::resubmission::{OnFile, Resubmission, resubmit};
use super::submission::on_file;
use crate::casework::identify::{Identity, KnownChild, identify, identity_on};
use crate::casework::{CaseRef, Reading};

/// Decides each of them together with the others.
pub(super) fn decide_together(s: &Submission, items: &mut [Item]) {
    for i in 0..items.len() {
        for j in i + 1..items.len() {
            let (Some(one), Some(other)) = (items.get(i), items.get(j)) else { continue };
            let Some((one_over, other_over)) = compare(s, one, other) else { continue };
            match (one_over, other_over) {
                (true, false) => outdo(items, j, i),
                (false, true) => outdo(items, i, j),
                (false, false) => keep_both(items, i, j),
                // The later one waits for a person: until then the other goes.
                (true, true) => {}
            }
        }
    }
}

/// Does the one take the other's place, and the other the one's? None where they are no two papers of one kind and child.
fn compare(s: &Submission, one: &Item, other: &Item) -> Option<(bool, bool)> {
    let bytes = |item: &Item| s.documents.get(item.document).map(|document| document.sha256);
    let (a, b) = (s.reading_of(one)?, s.reading_of(other)?);
    let (of_a, of_b) = (going(one)?, going(other)?);
    if bytes(one) == bytes(other) || !is_one_child((of_a.0, a), (of_b.0, b)) {
        return None;
    }
    let paper = |reading: &Reading, held| OnFile { held, ..on_file(reading, s) };
    let (a, b) = (paper(a, of_a.1), paper(b, of_b.1));
    let over = |new, old| resubmit(new, old, true, false) == Resubmission::Replaces;
    (a.what == b.what).then(|| (over(&a, &b), over(&b, &a)))
}

/// Whose paper it is, and whether it is held for what is missing on it; none where it goes to no meeting, or waits for another
/// reason.
fn going(item: &Item) -> Option<(CaseChoice, bool)> {
    match &item.outcome {
        ItemOutcome::Accepted { case, listing: Some(_) } => Some((*case, false)),
        ItemOutcome::Held { kind: HoldKind::Incomplete, case: Some(case), listing: Some(_), .. } => Some((*case, true)),
        _ => None,
    }
}

fn is_one_child((a, one): (CaseChoice, &Reading), (b, other): (CaseChoice, &Reading)) -> bool {
    match (a, b) {
        (CaseChoice::Known(a), CaseChoice::Known(b)) => a == b,
        (CaseChoice::New, CaseChoice::New) => {
            let (Some(one), Some(identity)) = (identity_on(one), identity_on(other)) else { return false };
            let known = KnownChild { case: CaseRef(0), identity, aliases: Vec::new() };
            matches!(identify(&one, &[known]), Identity::Known(_))
        }
        _ => false,
    }
}

fn outdo(items: &mut [Item], loser: usize, by: usize) {
    let by = items.get(by).map(|item| (item.document, item.reading));
    let (Some(by), Some(item)) = (by, items.get_mut(loser)) else { return };
    let Some((case, _)) = going(item) else { return };
    item.outcome = ItemOutcome::Outdone { case, by };
    item.asks.clear();
    item.rule = "MC-30";
}

fn keep_both(items: &mut [Item], one: usize, other: usize) {
    for n in [one, other] {
        if let Some(ItemOutcome::Accepted { listing: Some(listing), .. }) = items.get_mut(n).map(|i| &mut i.outcome)
            && listing.resubmission != Some(Resubmission::Tabled)
        {
            listing.resubmission = Some(Resubmission::BothKept);
        }
    }
}
