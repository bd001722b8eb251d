//! What of a page's lines stands in doubt: orphans that may belong to the answer above or below, labels of two lines, and
//! texts that may be the rest of another.

use super::super::lines::{Line, Piece};
use super::super::signs::{NEAR, Verdict, ends_label};
use super::{CLOSE, Flow, Open, Part, REACH, STAGGERED, has_font, is_open};
use crate::inbound::form::prose::is_prose;

impl Flow<'_> {
    /// An answer that stands apart behind its label may go on under the label.
    pub(super) fn doubt_last(&self, row: &mut Open, line: &Line) {
        let (Some(first), Some(piece)) = (row.parts.first().map(|part| part.x), line.pieces.first()) else { return };
        let Some(last) = row.parts.last_mut() else { return };
        let is_under = (first - piece.x).abs() < NEAR && !ends_label(&piece.text) && !self.begins_anew(&piece.text);
        last.unsure |= is_under && last.above().goes_on(piece, &self.edges) != Verdict::Ended;
    }

    /// Joins the orphans of a line to what stands above them, or leaves both in doubt.
    pub(super) fn part_orphans(&self, rows: &mut [Open], line: &Line, below: &[Line], row: &mut Open) {
        self.doubt_unknown_labels(row);
        let alone: Vec<bool> = self.orphans(rows, line, below, row);
        if !alone.contains(&true) {
            return;
        }
        let mut joined = Vec::new();
        for (at, piece) in line.pieces.iter().enumerate().filter(|(at, _)| alone.get(*at) == Some(&true)) {
            let near = |part: &Part| part.begins_at(piece.x) && part.y - line.y <= REACH * line.size.max(part.size);
            let ruled = |row: &Open| self.is_ruled_off(row, line);
            let far = |row: &Open| row.y - line.y > REACH * line.size.max(row.size);
            let above = rows.iter_mut().rev().take_while(|row| !far(row) && !ruled(row));
            let found = above.filter_map(|row| Some((row.parts.iter().position(near)?, row))).next();
            let nearer = |gap: f64| {
                let next = below.iter().find(|next| next.pieces.iter().any(|other| (other.x - piece.x).abs() < NEAR));
                next.is_none_or(|next| line.y - next.y > gap + 1.0)
            };
            let parts = found.and_then(|(place, row)| row.parts.get_mut(place..));
            if let Some([part, beside @ ..]) = parts {
                let gap = part.y - line.y;
                // It may as well be the answer for which there was no room behind a label at the end of the line.
                let is_asked = beside.last().is_some_and(|last| last.is_label && !last.is_answered());
                let close = !is_asked && gap <= CLOSE * line.size.max(part.size) && gap >= STAGGERED * line.size;
                // What stands under an answered label and over the next one belongs to the former.
                let fenced = part.is_answered() && self.asks_under(piece, below);
                if close && (fenced || nearer(gap)) && part.above().goes_on(piece, &self.edges) == Verdict::GoesOn {
                    // What stands beside the second line of a label, and not beside its first, is its answer.
                    let is_between = |next: &Piece| part.next.is_some_and(|column| next.x < column - NEAR);
                    if let Some(other) = beside.first_mut().filter(|_| line.pieces.get(at + 1).is_some_and(is_between))
                    {
                        other.unsure = true;
                    }
                    part.take(piece, line.y);
                    joined.push(at);
                    continue;
                }
                part.unsure = true;
            }
        }
        if joined.len() == line.pieces.len()
            && let Some(last) = rows.last_mut()
        {
            last.y = line.y;
        }
        let mut at = 0;
        row.parts.retain_mut(|part| {
            part.is_orphan = alone.get(at) == Some(&true);
            part.unsure |= part.is_orphan;
            at += 1;
            !joined.contains(&(at - 1))
        });
    }

    /// Where this begins, a label with its answer follows.
    fn asks_under(&self, piece: &Piece, below: &[Line]) -> bool {
        let under = below.iter().flat_map(|line| &line.pieces).filter(|other| (other.x - piece.x).abs() < NEAR);
        under.into_iter().find(|other| self.is_label(&other.text)).is_some_and(|other| ends_label(&other.text))
    }

    /// Which pieces of a line have no label of their own: the first where it stands under or over an answer, and what
    /// follows such a piece or an answer behind its colon.
    pub(super) fn orphans(&self, rows: &[Open], line: &Line, below: &[Line], row: &Open) -> Vec<bool> {
        let reach = REACH * line.size;
        let columns = rows.iter().rev().take_while(|row| row.y - line.y <= reach).filter(|row| row.has_columns());
        let columns: Vec<&Open> = columns.collect();
        let above = columns.first().copied();
        let under = below.iter().take_while(|next| line.y - next.y <= reach).map(|next| self.open(next));
        let under = under.into_iter().find(Open::has_columns);
        let mut alone: Vec<bool> = Vec::new();
        for (at, (piece, part)) in line.pieces.iter().zip(&row.parts).enumerate() {
            let before = at.checked_sub(1).and_then(|before| Some((*alone.get(before)?, row.parts.get(before)?)));
            // In small letters a label is the rest of one.
            let small = piece.text.starts_with(|ch: char| ch.is_lowercase() || ch == '(');
            let is_orphan = match before {
                Some((alone, before)) => {
                    let is_last = at + 1 == line.pieces.len() && !part.is_answered();
                    self.lacks_label(row, piece.x)
                        || (alone && (small || is_last || !part.is_label))
                        || before.is_label && before.is_answered() && (small || !part.is_label)
                }
                // In a font that no answer near it has, it goes on from none and begins none.
                None if !part.is_label
                    && line.pieces.len() == 1
                    && !has_font(above.into_iter().chain(&under), piece) =>
                {
                    false
                }
                None => {
                    let under_answer = above.into_iter().chain(&under).any(|row| row.answers_at(piece.x));
                    let is_label = part.is_label && (part.is_answered() || !under_answer);
                    under_answer && !is_label
                        || (above.is_some() || line.pieces.len() > 1) && !is_label && self.lacks_label(row, piece.x)
                        || small && columns.iter().any(|row| row.parts.iter().any(|part| part.begins_at(piece.x)))
                        || !is_label && above.is_some_and(|row| row.is_answered_at(piece.x))
                }
            };
            alone.push(is_orphan);
        }
        alone
    }

    /// A label of two lines: neither line is one, and what stands beside them is in doubt.
    pub(super) fn doubt_labels(&self, rows: &mut [Open], line: &Line, row: &mut Open) {
        let alone = row.parts.len() == 1;
        for at in 0..row.parts.len() {
            let Some(second) = row.parts.get(at) else { continue };
            let reach = REACH * line.size;
            let above = rows.iter_mut().rev().take_while(|above| above.y - line.y <= reach).find_map(|above| {
                let place = above.parts.iter().position(|part| (part.x - second.x).abs() < NEAR)?;
                (!alone || above.parts.len() > 1).then_some((above, place))
            });
            let Some((above, place)) = above else { continue };
            let Some(first) = above.parts.get(place) else { continue };
            let in_labels = self.label_columns.iter().any(|column| column.is_at(second.x));
            let small = in_labels && second.text.starts_with(|ch: char| ch.is_lowercase() || ch == '(');
            let is_whole = second.is_label || ends_label(&first.text);
            let together = format!("{} {}", first.text, second.text);
            // "Lead professional / allocated" over "Social worker", which is a label by itself.
            let close = first.y - line.y <= CLOSE * line.size.max(first.size);
            // What begins with a whole label, and is none itself, is that one with its answer: "DOB" over "06/07/2011".
            let whole = || {
                let is_meant = self.labels.meaning(&together).is_some();
                !is_whole && (is_meant || !first.is_label && self.is_label(&together))
                    || close && !first.is_label && is_meant
            };
            if small || (at == 0 && place == 0 && is_open(&first.text)) || whole() {
                above.parts.iter_mut().skip(place).take(2).for_each(|part| part.unsure = true);
                row.parts.iter_mut().skip(at).take(2).for_each(|part| part.unsure = true);
            }
        }
    }

    /// Sentences that fill their line go on in the next, though it begins like a label: "Education: she enjoys art."
    pub(super) fn doubt_told(&self, rows: &mut [Open], line: &Line, row: &mut Open) {
        let Some(Open { parts, .. }) = rows.last_mut() else { return };
        let ([told], [part], [piece]) = (parts.as_mut_slice(), row.parts.as_mut_slice(), line.pieces.as_slice()) else {
            return;
        };
        // Behind a bullet the next line stands further in.
        let under = told.begins_at(piece.x) || piece.x > told.x && piece.x < told.end;
        let close = told.y - line.y <= CLOSE * line.size.max(told.size) && under;
        if close && part.is_label && is_prose(&told.text) && told.above().goes_on(piece, &self.edges) != Verdict::Ended
        {
            (told.unsure, part.unsure) = (true, true);
        }
    }

    /// What stands under a text without a label may be the rest of it.
    pub(super) fn doubt_rest(&self, rows: &[Open], line: &Line, row: &mut Open) {
        let reach = REACH * line.size;
        let has_columns = row.parts.len() > 1;
        for part in &mut row.parts {
            let near = rows.iter().rev().take_while(|above| above.y - line.y <= reach);
            // Alone on its line, it is known for such only here, by the columns below it.
            let alone = |above: &Open| has_columns && self.lacks_label(above, part.x);
            let mut above =
                near.flat_map(|above| above.parts.iter().map(|other| (other, other.is_orphan || alone(above))));
            part.unsure |= above.any(|(other, loose)| loose && part.begins_at(other.x) && other.y - line.y <= reach);
        }
    }

    /// What stands where labels do is a label, though nobody here knows it, and no answer to the label before it.
    pub(super) fn doubt_unknown_labels(&self, row: &mut Open) {
        let mut unanswered = false;
        for part in &mut row.parts {
            part.unsure |= unanswered && !part.is_label && self.is_among_labels(part.x);
            unanswered = part.is_label && !part.is_answered();
        }
    }

    /// Mostly labels begin here.
    pub(super) fn is_among_labels(&self, x: f64) -> bool {
        self.label_columns.iter().any(|column| column.is_of_labels() && column.is_at(x))
    }

    /// Nothing stands on the row where the labels of what begins here do.
    pub(super) fn lacks_label(&self, row: &Open, x: f64) -> bool {
        let before = self.label_columns.iter().filter(|column| column.x < x - NEAR);
        let column = before.max_by(|a, b| a.x.total_cmp(&b.x));
        !self.is_among_labels(x) && column.is_some_and(|column| !row.parts.iter().any(|part| column.is_at(part.x)))
    }
}
