use super::Sha256;
use std::sync::Arc;

/// A mail to the last byte: its text, and its papers at their places. Papers are as long as they stand there encoded, and
/// shared: a pack carries one paper in many mails.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FrozenBytes {
    text: Vec<u8>,
    /// Offset in `text` and what stands there, in order.
    papers: Vec<(usize, Arc<[u8]>)>,
}

impl FrozenBytes {
    /// This text, with each paper put in at its offset in the text. Offsets rise; one past the end is the end.
    pub fn new(text: Vec<u8>, papers: Vec<(usize, Arc<[u8]>)>) -> Self {
        Self { text, papers }
    }

    /// The message without its papers.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Its papers with their offsets in the text, in order.
    pub fn papers(&self) -> &[(usize, Arc<[u8]>)] {
        &self.papers
    }

    /// The length of the whole message.
    pub fn size(&self) -> usize {
        self.text.len() + self.papers.iter().map(|(_, paper)| paper.len()).sum::<usize>()
    }

    /// The hash of the whole message.
    pub fn sha256(&self) -> Sha256 {
        Sha256::of_all(self.pieces())
    }

    /// The whole message.
    pub fn to_vec(&self) -> Vec<u8> {
        self.pieces().concat()
    }

    /// Text and papers by turns.
    fn pieces(&self) -> Vec<&[u8]> {
        let mut pieces: Vec<&[u8]> = Vec::with_capacity(2 * self.papers.len() + 1);
        let (mut rest, mut from) = (self.text.as_slice(), 0);
        for (at, paper) in &self.papers {
            let (before, after) = rest.split_at_checked(at.saturating_sub(from)).unwrap_or((rest, &[]));
            pieces.extend([before, paper]);
            (rest, from) = (after, *at);
        }
        pieces.push(rest);
        pieces
    }
}

/// The bytes name children.
impl std::fmt::Debug for FrozenBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FrozenBytes({} bytes, {} papers)", self.size(), self.papers.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn papers_stand_at_their_offsets_in_the_text() {
        let paper = |text: &str| -> Arc<[u8]> { text.as_bytes().into() };
        let whole = |papers| FrozenBytes::new(b"head tail".to_vec(), papers);
        let two = whole(vec![(5, paper("ONE ")), (5, paper("TWO "))]);
        assert_eq!(two.to_vec(), b"head ONE TWO tail");
        assert_eq!((two.size(), two.sha256()), (17, Sha256::of(b"head ONE TWO tail")));
        assert_eq!(whole(vec![(0, paper("A ")), (9, paper(" Z"))]).to_vec(), b"A head tail Z");
        assert_eq!(whole(vec![(99, paper(" Z"))]).to_vec(), b"head tail Z");
    }
}
