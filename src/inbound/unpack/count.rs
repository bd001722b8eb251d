//! How many leaf parts a message has, counted without walking it.
//!
//! Every multipart of k parts turns one entity into k, so a message has 1 + Σ(k − 1) leaves. The k are counted flat: the
//! lines that open a part of any boundary declared anywhere. This shares nothing with the walk but the bytes, so a part
//! that the walk overlooks shows (LESSONS A12).

use std::collections::HashMap;

/// A message that declares more boundaries than this is beyond every limit anyway.
const BOUNDARIES: usize = 1_000;

/// RFC 2046 allows a boundary 70 characters; this is generous, and keeps a line of nothing but boundaries cheap.
const LONGEST: usize = 250;

/// The leaf parts of a message, those of nested messages that stand in it unencoded included.
pub(super) fn leaves(raw: &[u8]) -> usize {
    let mut boundaries: HashMap<&[u8], (usize, usize)> = HashMap::new();
    for line in raw.split(|byte| *byte == b'\n').filter(|line| line.contains(&b'=')) {
        for boundary in declared(line) {
            if boundaries.len() < BOUNDARIES {
                boundaries.entry(boundary).or_default().0 += 1;
            }
        }
    }
    for line in raw.split(|byte| *byte == b'\n') {
        let opened = line.strip_prefix(b"--").and_then(|rest| boundaries.get_mut(rest.trim_ascii_end()));
        if let Some((_, opens)) = opened {
            *opens += 1;
        }
    }
    // The same message attached twice declares its boundary twice, and each is a multipart of its own.
    1 + boundaries.values().map(|(declared, opens)| opens - (*declared).min(*opens)).sum::<usize>()
}

/// The values of `boundary=` in a line.
fn declared(line: &[u8]) -> Vec<&[u8]> {
    const WORD: &[u8] = b"boundary";
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.windows(WORD.len()).position(|window| window.eq_ignore_ascii_case(WORD)) {
        rest = rest.get(at + WORD.len()..).unwrap_or_default().trim_ascii_start();
        let Some(value) = rest.strip_prefix(b"=").map(<[u8]>::trim_ascii_start) else { continue };
        let value = value.get(..value.len().min(LONGEST)).unwrap_or_default();
        let value = match value.strip_prefix(b"\"") {
            Some(quoted) => quoted.split(|byte| *byte == b'"').next(),
            None => value.split(|byte| *byte == b';' || byte.is_ascii_whitespace()).next(),
        };
        found.extend(value.map(<[u8]>::trim_ascii_end).filter(|value| !value.is_empty()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_flat() {
        assert_eq!(leaves(b"Subject: x\n\nbody"), 1);
        let two = "Content-Type: multipart/mixed; boundary=\"a\"\r\n\r\n--a\r\n\r\none\r\n--a \r\n\r\ntwo\r\n--a--\r\n";
        assert_eq!(leaves(two.as_bytes()), 2);
        let nested =
            two.replace("one", "Content-Type: multipart/alternative; BOUNDARY = ab\n\n--ab\n\n1\n--ab\n\n2\n--ab--");
        assert_eq!(leaves(nested.as_bytes()), 3);
        assert_eq!(leaves(b"Content-Type: multipart/mixed; boundary=a\n\nnothing"), 1);
    }

    #[test]
    fn the_same_message_attached_twice_counts_twice() {
        let inner = "Content-Type: multipart/mixed; boundary=i\n\n--i\n\n1\n--i\n\n2\n--i--\n";
        let raw = format!(
            "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: message/rfc822\n\n{inner}\n\
             --o\nContent-Type: message/rfc822\n\n{inner}\n--o--\n"
        );
        assert_eq!(leaves(raw.as_bytes()), 4);
    }
}
