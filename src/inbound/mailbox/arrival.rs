//! When a message arrived (MC-29, invariant 8): the server's time, never the sender's.

use super::head::{fields, first, parse_date, without_comments};
use jiff::Timestamp;
use std::io::{self, Read};

/// The date of the topmost `Received` field, which our own server wrote; else `fallback`, the source's own knowledge
/// (the Maildir name's seconds, the mbox `From ` line, the file's time). Truncated to the second. Lower `Received`
/// fields came with the message, and the Date field is whatever the sender's clock said: neither is looked at.
pub fn arrival(raw: &[u8], fallback: Timestamp) -> Timestamp {
    let (head, _) = super::head::split(raw);
    let at = received(head).unwrap_or(fallback);
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

fn received(head: &[u8]) -> Option<Timestamp> {
    let fields = fields(head);
    let value = without_comments(first(&fields, "received")?);
    parse_date(value.rsplit_once(';')?.1)
}

const STEP: u64 = 16 * 1024;
const MOST: usize = 256 * 1024;

/// Reads as much of a message as shows its topmost `Received` field: one small read for nearly every message, so that
/// listing thousands is cheap. At most 256 KiB.
pub(super) fn read_head(mut reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let before = bytes.len();
        reader.by_ref().take(STEP).read_to_end(&mut bytes)?;
        let ended = bytes.len() == before;
        let whole = bytes.windows(2).any(|w| w == b"\n\n") || bytes.windows(4).any(|w| w == b"\r\n\r\n");
        // Whole lines only: half a zone name is another zone.
        let lines = bytes.iter().rposition(|byte| *byte == b'\n').and_then(|at| bytes.get(..=at)).unwrap_or_default();
        if ended || whole || bytes.len() >= MOST || received(lines).is_some() {
            return Ok(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FALLBACK: Timestamp = Timestamp::UNIX_EPOCH;

    fn at(raw: &str) -> String {
        arrival(raw.as_bytes(), FALLBACK).to_string()
    }

    #[test]
    fn mc_29_the_topmost_received_field_decides() {
        let raw = "Return-Path: <jo@surrey.example>\r\n\
            Received: from a.example (a.example [192.0.2.1]; x)\r\n\tby mx.surrey.example with ESMTPS id 4Xy;\r\n\t\
            Tue, 9 Jun 2026 10:00:01 +0100 (BST)\r\n\
            Received: from pc by a.example; Mon, 1 Jun 2026 08:00:00 +0000\r\n\
            Date: Sat, 1 Jan 2000 00:00:00 +0000\r\n\r\nReceived: no; Mon, 1 Jan 2001 00:00:00 +0000\r\n";
        assert_eq!(at(raw), "2026-06-09T09:00:01Z");
    }

    #[test]
    fn mc_29_the_date_field_and_lower_received_fields_never_decide() {
        assert_eq!(at("Date: Tue, 9 Jun 2026 10:00:00 +0000\n\nx"), "1970-01-01T00:00:00Z");
        let raw = "Received: by mx.surrey.example; not a date\nReceived: by a; Mon, 1 Jun 2026 08:00:00 +0000\n\nx";
        assert_eq!(at(raw), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn inv_8_arrival_is_truncated_to_the_second() {
        let fallback = Timestamp::new(1_780_000_000, 999_999_999).unwrap();
        assert_eq!(arrival(b"Subject: x\n\n", fallback).as_nanosecond() % 1_000_000_000, 0);
        assert_eq!(at("Received: x; 9 Jun 2026 10:00:00.999 +0000\n\n"), "2026-06-09T10:00:00Z");
    }

    #[test]
    fn a_head_is_read_no_further_than_needed() {
        let mut mail = b"Received: by mx; Tue, 9 Jun 2026 10:00:00 +0000\r\nSubject: x\r\n\r\n".to_vec();
        mail.resize(1_000_000, b'x');
        assert!(read_head(&mail[..]).unwrap().len() <= 16 * 1024);
        let mut padded = vec![];
        while padded.len() < 100_000 {
            padded.extend_from_slice(b"X-Noise: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n");
        }
        padded.extend_from_slice(&mail);
        assert_eq!(arrival(&read_head(&padded[..]).unwrap(), FALLBACK).to_string(), "2026-06-09T10:00:00Z");
        assert!(read_head(&vec![b'x'; 1_000_000][..]).unwrap().len() <= 272 * 1024);
    }
}
