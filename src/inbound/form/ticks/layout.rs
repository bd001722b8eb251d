//! Which tick belongs to which option, by how both are laid out over cells and rows.

use super::super::model::{Cell, Scalar, TICKED};
use super::items::begins_with_box;
use super::marks::Mark;
use super::{Group, Options, yes_no};

/// Signs that say yes wherever they stand.
const CHECKS: &[char] = &['✓', '✔', '√', '☑', '✅', '🗹'];
/// Signs that say no where those stand beside other options.
const CROSSES: &[char] = &['✗', '✘', '☓', '×'];

/// A cell and what it shows.
type Marked<'c> = (&'c Cell, Vec<Mark>);

impl Options<'_> {
    /// Reads a group laid out over rows of cells.
    pub(in crate::inbound::form) fn group(&self, rows: &[Vec<&Cell>]) -> Group {
        let shows = |signs: &[char]| rows.iter().flatten().any(|cell| cell.text.contains(signs));
        if !shows(CHECKS) {
            return self.group_as_shown(rows);
        }
        // Beside options marked ✓ an ✗ is a no; an x may be either.
        let clear = |cell: &&Cell| Cell { text: cell.text.replace(CROSSES, "☐"), ..(*cell).clone() };
        let cells: Vec<Vec<Cell>> = rows.iter().map(|row| row.iter().map(clear).collect()).collect();
        let rows: Vec<Vec<&Cell>> = cells.iter().map(|row| row.iter().collect()).collect();
        let is_x = |cell: &&Cell| cell.text.contains(TICKED) || cell.text.eq_ignore_ascii_case("x");
        let mut group = self.group_as_shown(&rows);
        group.ambiguous |= group.marks && rows.iter().flatten().any(is_x);
        group
    }

    fn group_as_shown(&self, rows: &[Vec<&Cell>]) -> Group {
        let mut group = Group::default();
        let mut skip_next = false;
        for (at, row) in rows.iter().enumerate() {
            if std::mem::take(&mut skip_next) {
                continue;
            }
            skip_next = self.row(row, rows.get(at + 1), &mut group);
        }
        group
    }

    /// The same of a text alone.
    pub(super) fn group_of(&self, text: &str) -> Group {
        let (marks, mut group) = (self.marks(text), Group::default());
        let is_tick = |mark: &Mark| matches!(mark, Mark::Tick(_) | Mark::Doubt);
        if marks.iter().any(is_tick) && marks.iter().any(|mark| matches!(mark, Mark::Option(_))) {
            pair(&marks, "", &mut group);
        }
        group
    }

    /// One row; true if the next row held its ticks.
    fn row(&self, row: &[&Cell], next: Option<&Vec<&Cell>>, group: &mut Group) -> bool {
        let cells = self.marked(row);
        let mut loose: Vec<(&Cell, Mark)> = Vec::new();
        for (cell, marks) in &cells {
            let options = marks.iter().filter(|mark| matches!(mark, Mark::Option(_))).count();
            let ticks = marks.iter().filter(|mark| matches!(mark, Mark::Tick(_) | Mark::Doubt)).count();
            for mark in marks {
                if let Mark::Option(at) = mark {
                    group.seen.entry(*at).or_insert_with(|| cell.at.clone());
                }
            }
            if options > 0 && ticks > 0 {
                pair(marks, &cell.at, group);
            } else {
                let marks = marks.iter().filter(|mark| !matches!(mark, Mark::Line | Mark::Other));
                loose.extend(marks.map(|mark| (*cell, *mark)));
            }
        }
        let options: Vec<(&Cell, usize)> = loose
            .iter()
            .filter_map(|(cell, mark)| match mark {
                Mark::Option(at) => Some((*cell, *at)),
                _ => None,
            })
            .collect();
        let ticks: Vec<(&Cell, bool)> = loose
            .iter()
            .filter_map(|(cell, mark)| match mark {
                Mark::Tick(on) => Some((*cell, *on)),
                _ => None,
            })
            .collect();
        if !options.is_empty() && loose.iter().any(|(_, mark)| *mark == Mark::Doubt) {
            (group.marks, group.ambiguous) = (true, true);
            return false;
        }
        match (options.as_slice(), ticks.as_slice()) {
            ([], _) => false,
            // "Have you ever stayed out overnight?", and under it, alone: "Yes".
            ([(asks, _)], []) if !asks.text.trim_end().ends_with('?') || row.len() > 1 => false,
            (_, []) => {
                next.is_some_and(|next| (options.len() >= 2 || next.len() == 1) && self.below(&options, next, group))
            }
            ([(cell, only)], _) => {
                own_tick(row, &cells, cell, *only, group);
                false
            }
            _ => {
                beside(row, &options, &ticks, group);
                false
            }
        }
    }

    /// Options in one row, ticks under them in the next.
    fn below(&self, options: &[(&Cell, usize)], next: &[&Cell], group: &mut Group) -> bool {
        let mut any = false;
        let marks = self.marked(next);
        if marks.iter().any(|(_, marks)| marks.iter().any(|mark| matches!(mark, Mark::Option(_)))) {
            return false;
        }
        for (cell, marks) in marks {
            let [Mark::Tick(on)] = marks.as_slice() else { continue };
            let over: Vec<usize> = options
                .iter()
                .filter(|(above, _)| above.col <= cell.col && cell.col < above.end())
                .map(|(_, at)| *at)
                .collect();
            if let [at] = over.as_slice() {
                any = true;
                if *on {
                    group.ticked.insert(*at, cell.at.clone());
                }
            }
        }
        // Tabs before the first tick are lost in a text: which option it stands under is not known.
        let is_text = options.iter().any(|(cell, _)| cell.at.starts_with('p') && !cell.at.starts_with("page"));
        group.ambiguous |= is_text && any && next.len() != options.len();
        group.marks |= any;
        any
    }

    /// The cells of a row and their marks; "Yes | ☒ | No | ☐" is one tick.
    fn marked<'c>(&self, row: &[&'c Cell]) -> Vec<Marked<'c>> {
        let (mut out, mut at) = (Vec::with_capacity(row.len()), 0);
        while let Some(cell) = row.get(at) {
            let (mark, cells) = match yes_no::over(row.get(at..).unwrap_or_default()) {
                Some((mark, shown, cells)) => ((shown, vec![mark]), cells),
                None => ((*cell, self.marks_of(cell)), 1),
            };
            out.push(mark);
            at += cells;
        }
        out
    }

    fn marks_of(&self, cell: &Cell) -> Vec<Mark> {
        if let Scalar::Bool(on) = cell.scalar {
            return vec![Mark::Tick(on)];
        }
        let mut out = self.marks(&cell.text);
        if !cell.nested.is_empty() {
            out.push(Mark::Line);
            out.extend(self.marks(&cell.nested));
        }
        out
    }
}

/// Ticks and options within one cell.
fn pair(marks: &[Mark], at: &str, group: &mut Group) {
    group.marks = true;
    if marks.contains(&Mark::Doubt) {
        group.ambiguous = true;
        return;
    }
    let lines: Vec<&[Mark]> = marks.split(|mark| *mark == Mark::Line).collect();
    let count = |line: &[Mark], ticks: bool| {
        line.iter().filter(|mark| **mark != Mark::Other && matches!(mark, Mark::Tick(_)) == ticks).count()
    };
    // "☐ Minimal ☐ | Emerging ☒ | Significant": a line that was wrapped ends with the next option's box.
    let by_line =
        lines.len() > 1 && lines.iter().all(|line| count(line, false) <= 1 && count(line, true) <= count(line, false));
    if by_line {
        for line in lines {
            let option = line.iter().find_map(|mark| if let Mark::Option(at) = mark { Some(*at) } else { None });
            if let (Some(option), true) = (option, line.contains(&Mark::Tick(true))) {
                group.ticked.insert(option, at.to_owned());
            }
        }
        return;
    }
    let flat: Vec<Mark> = marks.iter().copied().filter(|mark| *mark != Mark::Line).collect();
    let before = matches!((flat.first(), flat.last()), (Some(Mark::Tick(_)), Some(Mark::Option(_) | Mark::Other)));
    let after = matches!((flat.first(), flat.last()), (Some(Mark::Option(_)), Some(Mark::Tick(_))));
    if !before && !after {
        group.ambiguous |= flat.contains(&Mark::Tick(true));
        return;
    }
    for pair in flat.windows(2) {
        let option = match pair {
            [Mark::Tick(true), Mark::Option(option)] if before => option,
            [Mark::Option(option), Mark::Tick(true)] if after => option,
            _ => continue,
        };
        group.ticked.insert(*option, at.to_owned());
    }
}

/// The tick of the only option in a row, by how the row goes: option and tick, or tick and option.
fn own_tick(row: &[&Cell], cells: &[Marked<'_>], option: &Cell, only: usize, group: &mut Group) {
    let Some(at) = cells.iter().position(|cell| std::ptr::eq(cell.0, option)) else { return };
    let words = |cell: &Marked<'_>| !is_blank(cell) && ticks_of(cell).next().is_none();
    // A number is no part of the pattern.
    let first = cells.iter().find(|cell| !words(cell) || cell.0.text.chars().count() > 3);
    let begins = first.is_some_and(|cell| !words(cell));
    let ends = cells.last().is_some_and(|cell| !words(cell));
    let others = cells.iter().enumerate().any(|(other, cell)| other != at && words(cell));
    let (before, after) = (cells.get(..at).unwrap_or_default(), cells.get(at + 1..).unwrap_or_default());
    let mut found = Vec::new();
    if begins || !others {
        found.extend(nearest(before.iter().rev()));
    }
    if !begins || ends || !others {
        found.extend(nearest(after.iter()));
    }
    let Some((cell, _, is_next)) = found.iter().find(|(_, on, _)| *on) else {
        group.marks |= !found.is_empty();
        return;
    };
    group.marks = true;
    // The empty cells of a sheet are not there; a lone sign beyond one may stand under a No.
    let is_left_out = cell.col > option.col
        && is_of_sheet(cell)
        && !row.iter().any(|before| before.end() == cell.col)
        && cell.text.trim().chars().nth(1).is_none()
        && !cell.text.contains(TICKED);
    if found.len() > 1 || !is_next || is_left_out {
        // Under headings that nobody here knows, or none: in the second of two places a tick may say no.
        group.ambiguous = true;
        return;
    }
    // In one column a tick says yes; in the other, what?
    let table = cell.at.split('!').next().unwrap_or_default();
    let column = group.columns.entry((table.to_owned(), option.col)).or_insert(cell.col);
    group.ambiguous |= *column != cell.col;
    group.ticked.insert(only, cell.at.clone());
}

/// The ticks next to an option on one of its sides, whether each says yes, and whether its place is the first. What stands
/// behind other words is theirs, where the option has an empty place of its own.
fn nearest<'a, 'c: 'a>(side: impl Iterator<Item = &'a Marked<'c>>) -> Vec<(&'c Cell, bool, bool)> {
    let (mut out, mut is_empty) = (Vec::new(), false);
    for cell in side {
        let count = out.len();
        out.extend(ticks_of(cell).map(|on| (cell.0, on, !is_empty)));
        if out.len() == count && !is_blank(cell) && (is_empty || count > 0) {
            break;
        }
        is_empty |= is_blank(cell);
    }
    out
}

/// `Sheet1!C4`; a cell of a text's table is at `table1!r3c2`.
fn is_of_sheet(cell: &Cell) -> bool {
    cell.at.rsplit('!').next().is_some_and(|place| place.starts_with(|ch: char| ch.is_ascii_uppercase()))
}

fn is_blank((cell, _): &Marked<'_>) -> bool {
    cell.is_blank() && cell.nested.is_empty()
}

/// The ticks of a cell that is the place for one: a box within a sentence is another question's.
fn ticks_of((cell, marks): &Marked<'_>) -> impl Iterator<Item = bool> {
    let is_place = marks.len() == 1 || begins_with_box(&cell.text);
    let ticks = marks.iter().filter(move |_| is_place);
    ticks.filter_map(|mark| if let Mark::Tick(on) = mark { Some(*on) } else { None })
}

/// Ticks in cells of their own, in the row of several options.
fn beside(row: &[&Cell], options: &[(&Cell, usize)], ticks: &[(&Cell, bool)], group: &mut Group) {
    group.marks = true;
    let first = options.iter().map(|(cell, _)| cell.col).min().unwrap_or(0);
    let last = options.iter().map(|(cell, _)| cell.col).max().unwrap_or(0);
    let any_after = ticks.iter().any(|(cell, _)| cell.col > last) || row.last().is_some_and(|cell| cell.col > last);
    let any_before = ticks.iter().any(|(cell, _)| cell.col < first)
        || row.first().is_some_and(|cell| cell.col < first && cell.is_blank());
    // Before the first column there is no place for a tick.
    let any_after = any_after || first == 0 && !any_before;
    if any_after == any_before {
        group.ambiguous |= ticks.iter().any(|(_, on)| *on);
        return;
    }
    for (cell, _) in ticks.iter().filter(|(_, on)| *on) {
        let option = if any_after {
            options.iter().filter(|(other, _)| other.col < cell.col).max_by_key(|(other, _)| other.col)
        } else {
            options.iter().filter(|(other, _)| other.col > cell.col).min_by_key(|(other, _)| other.col)
        };
        if let Some((_, at)) = option {
            group.ticked.insert(*at, cell.at.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::table::Choice;
    use super::*;

    #[test]
    fn a_tick_between_two_options_of_a_sheet_belongs_to_the_first_column() {
        let choices = ["Self harm", "Substance misuse"]
            .map(|option| Choice { value: option.to_owned(), says: vec![option.to_lowercase()] });
        let options = Options::new(&choices);
        let cell = |col: u32, text: &str| Cell::of_page(1, col, text.to_owned());
        let row = [cell(0, "Self harm"), cell(1, "x"), cell(2, "Substance misuse")];
        let group = options.group(&[row.iter().collect()]);
        assert_eq!((group.ticked.keys().copied().collect::<Vec<_>>(), group.ambiguous), (vec![0], false));
        // Where there is a column before the first option, it may be the second's.
        let row = [cell(1, "Self harm"), cell(2, "x"), cell(3, "Substance misuse")];
        assert!(options.group(&[row.iter().collect()]).ambiguous);
    }

    #[test]
    fn in_a_sheet_a_tick_beyond_an_empty_column_may_say_no() {
        let choices = [Choice { value: "Self harm".to_owned(), says: vec!["self harm".to_owned()] }];
        let options = Options::new(&choices);
        let of_sheet =
            |at: &str, col: u32, text: &str| Cell { at: at.to_owned(), ..Cell::of_page(1, col, text.to_owned()) };
        for (col, mark, is_ambiguous) in
            [(1, "x", false), (2, "x", true), (2, "✓", true), (2, "☒", false), (2, "Yes", false)]
        {
            let row = [of_sheet("Sheet1!A4", 0, "Self harm"), of_sheet("Sheet1!C4", col, mark)];
            assert_eq!(options.group(&[row.iter().collect()]).ambiguous, is_ambiguous, "{mark} in column {col}");
        }
    }
}
