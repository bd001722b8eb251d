//! Options with their boxes in a column of their own, and no lines drawn: which box an option has is certain where each of its
//! lines stands clearly closer to the next than options do, and just one box beside them; or, where all lines stand alike, where
//! each that has a box begins an option with a capital letter and none of the others does.

use super::lines::Line;
use super::signs::NEAR;
use crate::inbound::form::dictionary::Labels;
use crate::inbound::form::model::{Cell, tidy};
use crate::inbound::form::ticks::{count_boxes, printed_options};

/// Lines further apart than this, in sizes of their letters, are of no one list; those less far may be of one paragraph.
const FAR: f64 = 3.2;
const CLOSE: f64 = 1.6;
/// The lines of one option are closer than those of two by so much; and heights that differ by less are alike.
const CLEAR: f64 = 0.25;
const ALIKE: f64 = 0.1;
/// A box stands no further above or below its option's lines, in sizes of their letters.
const BESIDE: f64 = 0.7;

/// Sets each option's box before its words, where it is certain which that is.
pub(super) fn join(lines: &mut Vec<Line>, labels: Labels<'_>) {
    let mut at = 0;
    while let Some(rest) = lines.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(list) = rest.first().and_then(box_of).and_then(|column| list(rest, column)) else {
            at += 1;
            continue;
        };
        let (before, after) = (lines.get(..at).unwrap_or_default(), rest.get(list.len()..).unwrap_or_default());
        let made = options(before, list, after, labels).map(|(head, options)| (head, 0, options));
        let made = made.or_else(|| by_case(before, list, after));
        let (head, tail) = made.as_ref().map_or((0, 0), |(head, tail, _)| (*head, *tail));
        let (from, to) = (at - head, at + list.len() + tail);
        at = to;
        if let Some((.., options)) = made {
            at = from + options.len();
            lines.splice(from..to, options);
        }
    }
}

/// Lines of words, of words and a box behind them, and of a box alone; from the first box to the last.
fn list(lines: &[Line], column: f64) -> Option<&[Line]> {
    let has_box = |line: &Line| box_of(line).is_some_and(|x| (x - column).abs() < NEAR);
    let is_words = |line: &Line| matches!(line.pieces.as_slice(), [words] if words.end < column);
    let near = |pair: &[Line]| matches!(pair, [line, next] if line.y - next.y < FAR * line.size.max(next.size) && (has_box(next) || is_words(next)));
    let all = 1 + lines.windows(2).take_while(|pair| near(pair)).count();
    let list = lines.get(..=lines.get(..all)?.iter().rposition(has_box)?)?;
    (list.iter().filter(|line| has_box(line)).count() > 1).then_some(list)
}

/// One line for each option, and how many of the lines before are the first one's. None where it is not certain which words
/// have which box.
fn options(before: &[Line], list: &[Line], after: &[Line], labels: Labels<'_>) -> Option<(usize, Vec<Line>)> {
    let (lone, words): (Vec<&Line>, Vec<&Line>) = list.iter().partition(|line| is_lone(line));
    let size = words.iter().map(|line| line.size).fold(0.0, f64::max);
    let apart = pitch(&words, lone.is_empty(), size)? - ALIKE * size;
    // A line at either end belongs to the option next to it, or stands apart as the options do.
    let is_label =
        |line: &Line| line.text().ends_with([':', '?']) || !labels.hits(&Cell::of_page(1, 0, line.text())).is_empty();
    let font = |line: &Line| line.pieces.first().map(|piece| piece.fonts.0);
    let is_other = |line: &Line| is_label(line) || font(line) != words.first().and_then(|line| font(line));
    let mut next = list.first()?;
    let head = before.iter().rev().take_while(|line| {
        let close = line.y - next.y < apart && line.pieces.len() == 1 && !is_other(line);
        next = line;
        close
    });
    let head: Vec<&Line> = head.collect();
    let is_apart = |gap: f64, line: &Line| gap >= apart && (gap > CLOSE * size || is_other(line));
    let first = head.last().copied().or(list.first())?;
    let above = before.iter().rev().nth(head.len());
    if above.is_some_and(|line| !is_other(line) && !is_apart(line.y - first.y, line))
        || after.first().is_some_and(|line| !is_apart(list.last().map_or(0.0, |last| last.y - line.y), line))
    {
        return None;
    }
    let all: Vec<&Line> = head.iter().rev().copied().chain(words).collect();
    let rows = all.chunk_by(|line, next| line.y - next.y < apart);
    let options: Option<Vec<Line>> = rows.map(|row| option(row, &lone, 1.0)).collect();
    let options =
        options.filter(|options| options.len() == list.iter().filter(|line| box_of(line).is_some()).count())?;
    Some((head.len(), options))
}

/// One line for each option where the lines stand alike: what begins with a small letter goes on, each other line is the
/// first of an option. And how many of the lines before and after are the first one's and the last one's.
fn by_case(before: &[Line], list: &[Line], after: &[Line]) -> Option<(usize, usize, Vec<Line>)> {
    let (lone, words): (Vec<&Line>, Vec<&Line>) = list.iter().partition(|line| is_lone(line));
    let font = words.first()?.pieces.first()?.fonts.0;
    let left = words.first()?.pieces.first()?.x;
    let is_alike =
        |line: &Line| line.pieces.first().is_some_and(|piece| (piece.x - left).abs() < NEAR && piece.fonts.0 == font);
    let is_beside = |line: &&Line, lone: &Line| is_lone(lone) && (line.y - lone.y).abs() < BESIDE * line.size;
    let (first, last) = (list.first()?, list.last()?);
    let head = before.last().filter(|line| is_beside(line, first) && line.pieces.len() == 1);
    let mut above = last;
    let tail = after.iter().take_while(|line| {
        let close = above.y - line.y < CLOSE * line.size && line.pieces.len() == 1;
        let goes_on = close && (begins_small(line) || is_lone(above) && is_beside(line, above));
        above = line;
        goes_on
    });
    let tail: Vec<&Line> = tail.collect();
    let all: Vec<&Line> = head.into_iter().chain(words).chain(tail.iter().copied()).collect();
    if begins_small(all.first()?) || !all.iter().all(|line| is_alike(line)) {
        return None;
    }
    let rows = all.chunk_by(|_, next| begins_small(next));
    let options: Vec<Line> = rows.map(|row| option(row, &lone, BESIDE * first.size)).collect::<Option<_>>()?;
    let boxes = list.iter().filter(|line| box_of(line).is_some()).count();
    (options.len() == boxes).then_some((usize::from(head.is_some()), tail.len(), options))
}

fn begins_small(line: &Line) -> bool {
    line.text().starts_with(|ch: char| ch.is_lowercase() || ch == '(')
}

/// How far options are apart: as far as their lines where each has a box, else clearly further than lines without.
fn pitch(words: &[&Line], all_joined: bool, size: f64) -> Option<f64> {
    let mut gaps: Vec<f64> = words.iter().zip(words.iter().skip(1)).map(|(line, next)| line.y - next.y).collect();
    gaps.sort_by(f64::total_cmp);
    if all_joined && words.iter().all(|line| line.pieces.len() == 2) {
        return gaps.first().copied();
    }
    gaps.windows(2).find_map(|pair| match pair {
        [close, far] if far - close >= CLEAR * size => Some(*far),
        _ => None,
    })
}

/// The lines of an option with its only box, on one of them or between them.
fn option(row: &[&Line], lone: &[&Line], near: f64) -> Option<Line> {
    let (first, last) = (row.first()?, row.last()?);
    let beside = lone.iter().filter(|line| line.y <= first.y + near && line.y >= last.y - near);
    let mut boxes =
        row.iter().filter_map(|line| line.pieces.get(1)).chain(beside.filter_map(|line| line.pieces.first()));
    let (Some(own), None) = (boxes.next(), boxes.next()) else { return None };
    let mut line = (*first).clone();
    line.pieces.truncate(1);
    line.y = last.y;
    let words: Vec<&str> = row.iter().filter_map(|line| line.pieces.first()).map(|piece| piece.text.as_str()).collect();
    let piece = line.pieces.first_mut()?;
    piece.text = format!("{} {}", own.text.trim(), words.join(" "));
    piece.end = last.pieces.first()?.end;
    Some(line)
}

/// Where the box of a line stands that has one behind its words, or nothing else.
fn box_of(line: &Line) -> Option<f64> {
    match line.pieces.as_slice() {
        [.., last] if is_box(&last.text) && line.pieces.len() <= 2 => Some(last.x),
        _ => None,
    }
}

fn is_lone(line: &Line) -> bool {
    line.pieces.len() == 1 && box_of(line).is_some()
}

fn is_box(text: &str) -> bool {
    let text = tidy(text);
    count_boxes(&text) == 1 && printed_options(&text).is_empty()
}
