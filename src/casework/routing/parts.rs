//! A pack that is too large for one mail goes in numbered parts, each with fewer papers, to the same people.

use super::{Clearance, ClearedDocument};
use crate::casework::Sha256;
use std::collections::BTreeSet;

impl Clearance {
    /// The same leave as one mail or several, each with papers of at most `room` bytes in all. `papers` are the cleared ones
    /// in the order they are to come, with their bytes as they stand in a mail; a child's stay together where they can. A
    /// paper larger than that has a part of its own.
    pub fn in_parts(&self, papers: &[(ClearedDocument, usize)], room: usize) -> Vec<Self> {
        let mut parts: Vec<Vec<ClearedDocument>> = vec![Vec::new()];
        let (mut inside, mut size): (BTreeSet<Sha256>, usize) = (BTreeSet::new(), 0);
        for child in papers.chunk_by(|(one, _), (next, _)| one.case == next.case) {
            // The same bytes are attached once, however many children they stand for.
            let weight = |papers: &[(ClearedDocument, usize)], inside: &BTreeSet<Sha256>| {
                let mut once = inside.clone();
                papers.iter().filter(|(paper, _)| once.insert(paper.sha256)).map(|(_, bytes)| bytes).sum::<usize>()
            };
            let together = weight(child, &BTreeSet::new()) <= room;
            let pieces: Vec<_> = if together { vec![child] } else { child.chunks(1).collect() };
            for piece in pieces {
                let more = weight(piece, &inside);
                if size + more > room && size > 0 {
                    parts.push(Vec::new());
                    (inside, size) = (BTreeSet::new(), 0);
                }
                size += weight(piece, &inside);
                for (paper, _) in piece {
                    inside.insert(paper.sha256);
                    if let Some(part) = parts.last_mut() {
                        part.push(*paper);
                    }
                }
            }
        }
        if parts.len() == 1 {
            return vec![self.clone()];
        }
        let narrowed = |wanted: Vec<ClearedDocument>| {
            let documents = self.documents.iter().filter(|cleared| wanted.contains(cleared)).copied().collect();
            Self { documents, ..self.clone() }
        };
        parts.into_iter().map(narrowed).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::casework::{CaseRef, MailKind};

    fn paper(case: i64, n: u8) -> ClearedDocument {
        ClearedDocument { sha256: Sha256([n; 32]), case: CaseRef(case) }
    }

    fn parts(papers: &[(ClearedDocument, usize)], room: usize) -> Vec<Vec<u8>> {
        let documents: Vec<_> = papers.iter().map(|(paper, _)| *paper).collect();
        let to = ["chair@surrey.example"];
        let all = Clearance::for_test(MailKind::Agenda, "surrey-rmm-ne", &to, &[CaseRef(1), CaseRef(2)], &documents);
        let parts = all.in_parts(papers, room);
        for part in &parts {
            assert_eq!((part.recipients(), part.cases(), part.rule()), (all.recipients(), all.cases(), all.rule()));
        }
        parts.iter().map(|part| part.documents().iter().map(|d| d.sha256.0[0]).collect()).collect()
    }

    #[test]
    fn a_pack_that_fits_is_one_mail() {
        assert_eq!(parts(&[(paper(1, 1), 40), (paper(2, 2), 60)], 100), [[1, 2]]);
        assert_eq!(parts(&[], 100), [Vec::<u8>::new()]);
    }

    #[test]
    fn a_child_s_papers_stay_together_where_they_can() {
        let two = [(paper(1, 1), 60), (paper(2, 2), 30), (paper(2, 3), 30)];
        assert_eq!(parts(&two, 100), [vec![1], vec![2, 3]]);
        let large = [(paper(1, 1), 10), (paper(2, 2), 70), (paper(2, 3), 70)];
        assert_eq!(parts(&large, 100), [vec![1, 2], vec![3]]);
    }

    #[test]
    fn a_paper_larger_than_a_mail_is_alone() {
        let papers = [(paper(1, 1), 10), (paper(1, 2), 500), (paper(2, 3), 10)];
        assert_eq!(parts(&papers, 100), [vec![1], vec![2], vec![3]]);
    }

    #[test]
    fn the_same_bytes_weigh_once_in_a_part_and_go_with_every_part_that_needs_them() {
        let shared = [(paper(1, 1), 80), (paper(2, 1), 80)];
        assert_eq!(parts(&shared, 100), [[1, 1]]);
        let apart = [(paper(1, 1), 80), (paper(2, 2), 90), (paper(2, 1), 80)];
        assert_eq!(parts(&apart, 100), [vec![1], vec![2], vec![1]]);
    }
}
