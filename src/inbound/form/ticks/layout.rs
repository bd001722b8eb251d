//! Which tick belongs to which option, by how both are laid out over cells and rows.

use super::super::model::{Cell, Scalar};
use super::marks::Mark;
use super::{Group, Options};

impl Options<'_> {
    /// Reads a group laid out over rows of cells.
    pub(in crate::inbound::form) fn group(&self, rows: &[Vec<&Cell>]) -> Group {
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

    /// One row; true if the next row held its ticks.
    fn row(&self, row: &[&Cell], next: Option<&Vec<&Cell>>, group: &mut Group) -> bool {
        let mut loose: Vec<(&Cell, Mark)> = Vec::new();
        for cell in row {
            let marks = self.marks_of(cell);
            let options = marks.iter().filter(|mark| matches!(mark, Mark::Option(_))).count();
            let ticks = marks.iter().filter(|mark| matches!(mark, Mark::Tick(_))).count();
            for mark in &marks {
                if let Mark::Option(at) = mark {
                    group.seen.entry(*at).or_insert_with(|| cell.at.clone());
                }
            }
            if options > 0 && ticks > 0 {
                pair(&marks, &cell.at, group);
            } else {
                loose.extend(
                    marks
                        .into_iter()
                        .filter(|mark| !matches!(mark, Mark::Line | Mark::Other))
                        .map(|mark| (*cell, mark)),
                );
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
        match (options.as_slice(), ticks.as_slice()) {
            ([], _) => false,
            (_, []) => options.len() >= 2 && next.is_some_and(|next| self.below(&options, next, group)),
            ([(_, only)], _) => {
                let on = ticks.iter().any(|(_, on)| *on);
                let filled = row.iter().filter(|cell| !cell.is_blank() || !cell.nested.is_empty());
                let places = filled.map(|cell| matches!(self.marks_of(cell).as_slice(), [Mark::Tick(_)]));
                let places: Vec<bool> = places.collect();
                group.marks = true;
                if on && places.windows(2).any(|pair| matches!(pair, [true, true])) {
                    // Under headings that nobody here knows, or none.
                    group.ambiguous = true;
                } else if on {
                    group.ticked.insert(
                        *only,
                        ticks.iter().find(|(_, on)| *on).map(|(cell, _)| cell.at.clone()).unwrap_or_default(),
                    );
                }
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
        let marks: Vec<(&Cell, Vec<Mark>)> = next.iter().map(|cell| (*cell, self.marks_of(cell))).collect();
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
        group.marks |= any;
        any
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
    let lines: Vec<&[Mark]> = marks.split(|mark| *mark == Mark::Line).collect();
    let count = |line: &[Mark], ticks: bool| {
        line.iter().filter(|mark| **mark != Mark::Other && matches!(mark, Mark::Tick(_)) == ticks).count()
    };
    let by_line = lines.len() > 1
        && lines.iter().all(|line| count(line, false) <= 1 && (count(line, true) == 0 || count(line, false) == 1));
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

/// Ticks in cells of their own, in the row of several options.
fn beside(row: &[&Cell], options: &[(&Cell, usize)], ticks: &[(&Cell, bool)], group: &mut Group) {
    group.marks = true;
    let first = options.iter().map(|(cell, _)| cell.col).min().unwrap_or(0);
    let last = options.iter().map(|(cell, _)| cell.col).max().unwrap_or(0);
    let any_after = ticks.iter().any(|(cell, _)| cell.col > last) || row.last().is_some_and(|cell| cell.col > last);
    let any_before = ticks.iter().any(|(cell, _)| cell.col < first)
        || row.first().is_some_and(|cell| cell.col < first && cell.is_blank());
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
