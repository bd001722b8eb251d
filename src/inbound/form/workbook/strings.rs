//! The strings of an .xls that are set in several fonts, of which some may strike out (MS-XLS 2.4.265): calamine gives a
//! string's letters without their fonts.

use std::collections::BTreeMap;

/// A string has runs of fonts, or more behind its letters; its letters take two bytes each.
const RUNS: u8 = 0x08;
const MORE: u8 = 0x04;
const WIDE: u8 = 0x01;

/// A string of several fonts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rich {
    /// What is set in the font of the cell.
    first: String,
    /// What is left of the rest.
    rest: String,
}

impl Rich {
    /// What a cell says that has it, and whose own font strikes out or not.
    pub(super) fn left(&self, cell_is_struck: bool) -> String {
        if cell_is_struck { self.rest.clone() } else { format!("{}{}", self.first, self.rest) }
    }
}

/// The strings of several fonts by their number. `records` are the table's first record and those that continue it, and
/// `fonts` says which fonts strike out. Ends where the table is broken.
pub(super) fn rich(records: &[&[u8]], fonts: &[bool]) -> BTreeMap<u32, Rich> {
    let mut out = BTreeMap::new();
    let Some((first, more)) = records.split_first() else { return out };
    let mut table = Table { here: first.get(8..).unwrap_or_default(), more };
    for number in 0u32.. {
        match table.string(fonts) {
            Some(rich) => out.extend(rich.map(|rich| (number, rich))),
            None => break,
        }
    }
    out
}

struct Table<'a> {
    here: &'a [u8],
    more: &'a [&'a [u8]],
}

impl Table<'_> {
    /// The next string, if it is of several fonts.
    fn string(&mut self, fonts: &[bool]) -> Option<Option<Rich>> {
        let (letters, flags) = (self.number(2)?, u8::try_from(self.number(1)?).ok()?);
        let runs = if flags & RUNS == 0 { 0 } else { self.number(2)? };
        let more = if flags & MORE == 0 { 0 } else { self.number(4)? };
        let letters = self.letters(letters, flags & WIDE != 0)?;
        let mut starts = Vec::new();
        for _ in 0..runs {
            starts.push((self.number(2)?, self.number(2)?));
        }
        for _ in 0..more {
            self.byte()?;
        }
        let Some((start, _)) = starts.first().copied() else { return Some(None) };
        let is_struck = |at: usize| {
            let run = starts.iter().rev().find(|(start, _)| *start <= at);
            run.is_some_and(|(_, font)| fonts.get(*font) == Some(&true))
        };
        let (first, rest) = letters.split_at_checked(start)?;
        let rest: Vec<u16> = (start..).zip(rest).filter(|(at, _)| !is_struck(*at)).map(|(_, letter)| *letter).collect();
        Some(Some(Rich { first: String::from_utf16_lossy(first), rest: String::from_utf16_lossy(&rest) }))
    }

    fn byte(&mut self) -> Option<u8> {
        while self.here.is_empty() {
            self.next_record()?;
        }
        let (first, rest) = self.here.split_first()?;
        self.here = rest;
        Some(*first)
    }

    fn next_record(&mut self) -> Option<()> {
        let (next, more) = self.more.split_first()?;
        (self.here, self.more) = (next, more);
        Some(())
    }

    fn number(&mut self, bytes: u32) -> Option<usize> {
        let mut out = 0usize;
        for at in 0..bytes {
            out |= usize::from(self.byte()?) << (8 * at);
        }
        Some(out)
    }

    /// Letters that go on in the next record begin there with a byte that says how wide they are.
    fn letters(&mut self, count: usize, mut wide: bool) -> Option<Vec<u16>> {
        let mut out = Vec::new();
        while out.len() < count {
            if self.here.is_empty() {
                self.next_record()?;
                wide = self.byte()? & WIDE != 0;
            }
            out.push(u16::try_from(self.number(if wide { 2 } else { 1 })?).ok()?);
        }
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(letters: &[u8], flags: u8, runs: &[(u16, u16)]) -> Vec<u8> {
        let mut out = u16::try_from(letters.len()).unwrap().to_le_bytes().to_vec();
        out.push(flags);
        if flags & RUNS != 0 {
            out.extend(u16::try_from(runs.len()).unwrap().to_le_bytes());
        }
        if flags & MORE != 0 {
            out.extend(2u32.to_le_bytes());
        }
        out.extend(letters);
        runs.iter().for_each(|(at, font)| out.extend([at.to_le_bytes(), font.to_le_bytes()].concat()));
        out.extend([0, 0].iter().take(if flags & MORE == 0 { 0 } else { 2 }));
        out
    }

    #[test]
    fn letters_in_a_font_that_strikes_out_go() {
        let fonts = [false, true, false];
        let strings = [
            string(b"Plain", 0, &[]),
            string(b"Lee Old Pat Worker", RUNS | MORE, &[(0, 1), (8, 2)]),
            string(b"all", RUNS, &[(0, 1)]),
            string(b"none", RUNS, &[(2, 2)]),
        ];
        let whole = [vec![0; 8], strings.concat()].concat();
        let rich_of = |first: &str, rest: &str| Rich { first: first.to_owned(), rest: rest.to_owned() };
        let expected = BTreeMap::from([(1, rich_of("", "Pat Worker")), (2, rich_of("", "")), (3, rich_of("no", "ne"))]);
        assert_eq!(rich(&[&whole], &fonts), expected);
        // Cut within the letters of the second string: "Lee O" and the rest in two bytes each.
        let at = 8 + strings[0].len() + 9 + 5;
        let (first, rest) = whole.split_at(at);
        let (letters, behind) = rest.split_at(13);
        let wide: Vec<u8> = letters.iter().flat_map(|letter| [*letter, 0]).collect();
        let next = [vec![WIDE], wide, behind.to_vec()].concat();
        assert_eq!(rich(&[first, &next], &fonts), expected);
        assert_eq!((expected[&3].left(false), expected[&3].left(true)), ("none".to_owned(), "ne".to_owned()));
        assert_eq!(rich(&[], &fonts), BTreeMap::new());
        assert_eq!(rich(&[first], &fonts), BTreeMap::new());
    }

    proptest::proptest! {
        #[test]
        fn no_table_is_too_broken(first in proptest::collection::vec(0u8..=255, 0..200), second in proptest::collection::vec(0u8..=255, 0..50)) {
            _ = rich(&[&first, &second], &[true, false]);
        }
    }
}
