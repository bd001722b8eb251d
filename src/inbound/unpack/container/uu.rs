//! Files written into the text of a message by uuencode, from before MIME (POSIX.1-2024, `uuencode`): `begin 644 name`, lines
//! of at most 45 bytes each, a line of none and `end`. Old case systems and scanners still send them.

use super::{Budget, Content, Member, Opened, broken};

/// A line of data, and a line end.
const LINE: usize = 1 + 64 + 2;
const WHAT: &str = "A file in the text of the message";

/// Takes the files out of a text: what is in them, and the text without them. None where there is none, which is nearly
/// always.
pub(in super::super) fn open(text: &[u8], budget: &mut Budget<'_>) -> Option<(Opened, Vec<u8>)> {
    let mut lines = Lines { rest: text };
    let (mut opened, mut words) = (Opened::default(), Vec::new());
    while let Some(line) = lines.next() {
        let file = begins(line).and_then(|name| {
            let mut after = Lines { rest: lines.rest };
            Some((name, content(&mut after)?, after))
        });
        let Some((name, (bytes, whole), after)) = file else {
            words.extend_from_slice(line);
            continue;
        };
        lines = after;
        let refused = budget.take(bytes.len()).err().or_else(|| (!whole).then(|| broken(WHAT)));
        let content = match refused {
            Some(finding) => Content::Refused(if whole { Vec::new() } else { bytes }, finding),
            None => Content::Bytes(bytes),
        };
        opened.members.push(Member { name: Some(name), declared: None, content_id: None, hidden: false, content });
    }
    (!opened.members.is_empty()).then_some((opened, words))
}

/// The first file in a text whose transfer encoding is said to be this one.
pub(in super::super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut lines = Lines { rest: text };
    while let Some(line) = lines.next() {
        if begins(line).is_some() {
            return content(&mut lines).filter(|(_, whole)| *whole).map(|(bytes, _)| bytes);
        }
    }
    None
}

struct Lines<'x> {
    rest: &'x [u8],
}

impl<'x> Lines<'x> {
    /// The next line with its end.
    fn next(&mut self) -> Option<&'x [u8]> {
        let end = self.rest.iter().position(|byte| *byte == b'\n').map_or(self.rest.len(), |at| at + 1);
        let (line, rest) = self.rest.split_at_checked(end).filter(|(line, _)| !line.is_empty())?;
        self.rest = rest;
        Some(line)
    }
}

/// The name in a line that begins a file: `begin 644 form.docx`.
fn begins(line: &[u8]) -> Option<String> {
    let line = String::from_utf8_lossy(line.strip_prefix(b"begin ")?);
    let (mode, name) = line.split_once(' ')?;
    let is_mode = (3..=4).contains(&mode.len()) && mode.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
    let name = name.trim();
    (is_mode && !name.is_empty()).then(|| name.to_owned())
}

/// What stands between `begin` and `end`, and whether it is whole; none where the first line is no data, so that this is prose.
fn content(lines: &mut Lines<'_>) -> Option<(Vec<u8>, bool)> {
    let mut out = Vec::new();
    let mut last = lines.rest;
    while let Some(line) = lines.next() {
        match line.trim_ascii_end() {
            b"end" => return Some((out, true)),
            [] | b"`" => {}
            _ => match data(
                line.strip_suffix(b"\n").map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line)),
                out.is_empty(),
            ) {
                Some(bytes) => out.extend(bytes),
                None if out.is_empty() => return None,
                None => {
                    // What follows a file that was cut short is text again.
                    lines.rest = last;
                    return Some((out, false));
                }
            },
        }
        last = lines.rest;
    }
    (!out.is_empty()).then_some((out, false))
}

/// One line's bytes. Spaces at its end, which stand for noughts, may have been lost on the way, and a check digit added; of
/// the first line all must be there, so that prose is not taken for data.
fn data(line: &[u8], first_line: bool) -> Option<Vec<u8>> {
    let (first, digits) = line.split_first()?;
    let value = |byte: u8| byte.checked_sub(0x20).filter(|value| *value <= 0x40).map(|value| value & 0x3F);
    let length = usize::from(value(*first)?);
    let needed = length.div_ceil(3) * 4;
    if length == 0 || line.len() > LINE || digits.len() > needed + 1 || first_line && digits.len() + 3 < needed {
        return None;
    }
    let values: Vec<u8> = digits.iter().copied().map(value).collect::<Option<_>>()?;
    let at = |place: usize| values.get(place).copied().unwrap_or(0);
    let triple = |four: usize| {
        let [a, b, c, d] = [at(four), at(four + 1), at(four + 2), at(four + 3)];
        [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]
    };
    let mut bytes: Vec<u8> = (0..needed).step_by(4).flat_map(triple).collect();
    bytes.truncate(length);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbound::unpack::Limits;

    const CAT: &[u8] = b"Hello\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\nBye\r\n";

    #[test]
    fn a_file_in_a_text_is_taken_out_of_it() {
        let limits = Limits::default();
        let (opened, words) = open(CAT, &mut Budget::new(&limits)).unwrap();
        let [Member { name, content: Content::Bytes(bytes), .. }] = opened.members.as_slice() else { panic!() };
        assert_eq!((name.as_deref(), bytes.as_slice()), (Some("cat.txt"), &b"Cat"[..]));
        assert_eq!(words, b"Hello\r\nBye\r\n");
        assert_eq!(decode(CAT).as_deref(), Some(&b"Cat"[..]));
    }

    #[test]
    fn prose_that_begins_is_no_file_and_a_file_cut_short_is_refused() {
        let limits = Limits::default();
        for text in ["begin 644 things to do\nFirst we meet.\nend\n", "begin a new plan\nend\n", "begin 644 x\nend", ""]
        {
            let found = open(text.as_bytes(), &mut Budget::new(&limits));
            assert!(found.is_none_or(|(opened, _)| opened.members.len() == 1 && text.ends_with("x\nend")), "{text}");
        }
        let (opened, words) =
            open(b"begin 644 cat.txt\n#0V%T\nThe rest is lost.\n", &mut Budget::new(&limits)).unwrap();
        assert!(matches!(opened.members[0].content, Content::Refused(_, _)));
        assert_eq!(words, b"The rest is lost.\n");
        let small = Limits { member_bytes: 2, ..Limits::default() };
        let (opened, _) = open(CAT, &mut Budget::new(&small)).unwrap();
        assert!(matches!(opened.members[0].content, Content::Refused(_, _)));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_come_back_with_or_without_the_spaces_at_line_ends(bytes in proptest::collection::vec(0u8..=255, 1..300), trim: bool) {
            let sign = |value: u8| if value == 0 && trim { b' ' } else if value == 0 { b'`' } else { value + 0x20 };
            let mut text = b"begin 600 some file.pdf\n".to_vec();
            for chunk in bytes.chunks(45) {
                let mut line = vec![u8::try_from(chunk.len()).unwrap() + 0x20];
                for three in chunk.chunks(3) {
                    let at = |place: usize| three.get(place).copied().unwrap_or(0);
                    let [a, b, c] = [at(0), at(1), at(2)];
                    line.extend([a >> 2, (a << 4 | b >> 4) & 0x3F, (b << 2 | c >> 6) & 0x3F, c & 0x3F].map(sign));
                }
                if trim && text.ends_with(b"\n") && text.iter().filter(|byte| **byte == b'\n').count() > 1 {
                    line.truncate(line.trim_ascii_end().len());
                }
                text.extend(line);
                text.push(b'\n');
            }
            text.extend(b"`\nend\n");
            proptest::prop_assert_eq!(decode(&text), Some(bytes));
        }

        #[test]
        fn no_text_is_too_strange(text in proptest::collection::vec(0u8..=255, 0..400)) {
            let limits = Limits::default();
            _ = open(&text, &mut Budget::new(&limits));
            _ = open(&[b"begin 644 a\n".as_slice(), &text].concat(), &mut Budget::new(&limits));
        }
    }
}
