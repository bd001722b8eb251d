//! The signs by which a line is known to go on in the next: it was full, the font is the same, and no word needed cutting.

use super::lines::{Line, Piece};

/// Pieces that begin this close stand in one column.
pub(super) const NEAR: f64 = 2.5;
/// Places where lines begin on one page; what begins elsewhere is no column.
pub(super) const COLUMNS: usize = 300;
/// A line this much shorter than the widest of its column may be full too: a word did not fit.
const WORD: f64 = 40.0;
/// What pages are wide, in points: A4.
pub(super) const PAGE: f64 = 595.0;
/// An answer of fewer letters is a name or an address, no prose.
pub(super) const SHORT: usize = 120;
/// Letters that differ by no more are of one size.
const SIZE: f64 = 0.6;
/// Words of a label.
const LABEL: usize = 8;

/// Does a text go on in the piece below it?
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    GoesOn,
    Doubtful,
    Ended,
}

/// Where the lines of a page end, by where they begin.
pub(super) struct Edges {
    columns: Vec<Column>,
    left: f64,
}

struct Column {
    x: f64,
    /// With the size of the letters: a heading may be as wide as it likes.
    ends: Vec<(f64, f64)>,
}

impl Edges {
    pub(super) fn of<'l>(lines: impl Iterator<Item = &'l Line>) -> Self {
        let (mut columns, mut left) = (Vec::<Column>::new(), f64::MAX);
        for piece in lines.flat_map(|line| &line.pieces) {
            left = left.min(piece.x);
            for x in std::iter::once(piece.x).chain(piece.answer) {
                let full = columns.len() >= COLUMNS;
                match columns.iter_mut().find(|column| (column.x - x).abs() < NEAR) {
                    Some(column) => column.ends.push((piece.end, piece.size)),
                    None if full => {}
                    None => columns.push(Column { x, ends: vec![(piece.end, piece.size)] }),
                }
            }
        }
        Self { columns, left }
    }

    /// How far lines of this size that begin here reach; the widest of the column.
    pub(super) fn at(&self, x: f64, size: f64) -> f64 {
        let of_size = self.ends(x).filter(|(_, other)| (other - size).abs() < SIZE);
        of_size.map(|(end, _)| *end).fold(f64::MIN, f64::max)
    }

    fn ends(&self, x: f64) -> impl Iterator<Item = &(f64, f64)> {
        let column = self.columns.iter().find(|column| (column.x - x).abs() < NEAR);
        column.into_iter().flat_map(|column| &column.ends)
    }

    /// The furthest that lines reach which begin at the one place or the other, and at which.
    pub(super) fn furthest(&self, x: f64, other: Option<f64>, size: f64) -> (f64, f64) {
        let places = std::iter::once(x).chain(other).map(|x| (x, self.at(x, size)));
        places.fold((x, f64::MIN), |(best, most), (x, edge)| if edge > most { (x, edge) } else { (best, most) })
    }

    /// The widest line is as wide as there was room for: another comes near it, or it ends where the page's margin does.
    pub(super) fn is_sure(&self, x: f64, edge: f64) -> bool {
        let others = self.ends(x).filter(|(end, _)| *end > edge - WORD).count();
        others > 1 || (PAGE - edge - self.left).abs() < WORD
    }
}

/// A text that may go on.
pub(super) struct Above<'a> {
    pub x: f64,
    pub answer: Option<f64>,
    pub end: f64,
    pub font: u64,
    pub size: f64,
    pub text: &'a str,
    /// The next column begins here.
    pub next: Option<f64>,
}

impl Above<'_> {
    pub(super) fn goes_on(&self, piece: &Piece, edges: &Edges) -> Verdict {
        if self.font != piece.fonts.0 || (self.size - piece.size).abs() > SIZE {
            return Verdict::Ended;
        }
        let places = [Some(self.x), self.answer, Some(piece.x)];
        let (x, edge) = places
            .into_iter()
            .flatten()
            .map(|x| (x, edges.at(x, self.size)))
            .fold((self.x, f64::MIN), |(best, most), (x, edge)| if edge > most { (x, edge) } else { (best, most) });
        let column = self.next.map(|next| next - piece.size * 0.5).filter(|next| *next < edge);
        let limit = column.unwrap_or(edge);
        let is_full = self.end + piece.first_word() > limit - NEAR;
        if !is_full {
            return Verdict::Ended;
        }
        let sure = column.is_some() || edges.is_sure(x, edge);
        let cut = may_be_cut(self.text, self.size, piece, limit - piece.x, limit - self.end);
        if sure && !cut && !ends_label(&piece.text) { Verdict::GoesOn } else { Verdict::Doubtful }
    }
}

/// A word too long for its column is cut where the last of its letters fits: the two parts would not stand on one line, and
/// the first leaves no `room` for a letter more.
pub(super) fn may_be_cut(text: &str, size: f64, below: &Piece, width: f64, room: f64) -> bool {
    let last = text.split_whitespace().next_back().unwrap_or_default();
    let (end, start) = (last.chars().next_back(), below.text.chars().next());
    let within =
        |test: fn(char) -> bool, goes_on: fn(char) -> bool| end.is_some_and(test) && start.is_some_and(goes_on);
    (within(char::is_alphabetic, char::is_lowercase)
        || within(char::is_uppercase, char::is_uppercase)
        || within(char::is_numeric, char::is_numeric))
        && room < size * 1.2
        && last.chars().map(|ch| if ch.is_uppercase() { 0.7 } else { 0.5 }).sum::<f64>() * size + below.first_word()
            > width
}

/// The words up to a colon or question mark may be a label that nobody here knows.
pub(super) fn ends_label(text: &str) -> bool {
    let label = text.split([':', '?']).next().unwrap_or_default();
    label.len() < text.len() && label.split_whitespace().count() <= LABEL
}

/// A double name goes on behind its hyphen, wherever its line was broken.
pub(super) fn is_hyphened(text: &str, below: &str) -> bool {
    let ends = |text: &str| text.ends_with(char::is_alphabetic);
    let begins = |text: &str| text.starts_with(char::is_alphabetic);
    text.strip_suffix('-').is_some_and(ends) || below.strip_prefix('-').is_some_and(begins) && ends(text)
}
