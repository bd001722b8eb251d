//! What some bytes are, from the bytes alone (LESSONS A14). Enough to tell papers from the rest; the form readers look
//! deeper.

mod ole;
mod zip;

use crate::casework::Format;
use crate::inbound::mailbox::head;

/// The format of these bytes.
pub fn sniff(bytes: &[u8]) -> Format {
    if bytes.is_empty() {
        return Format::Empty;
    }
    if let Some(format) = by_magic(bytes) {
        return format;
    }
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    let start: Vec<u8> = text.iter().take(1024).map(u8::to_ascii_lowercase).collect();
    if start.starts_with(b"{\\rtf") {
        return Format::Rtf;
    }
    if start.starts_with(b"begin:vcalendar") {
        return Format::Ics;
    }
    // Where it is the text of a mail, its sender said nothing that can be read.
    if start.starts_with(b"-----begin pgp message-----") {
        return Format::Encrypted;
    }
    if !is_text(bytes) {
        return if starts_late(bytes) { Format::Pdf } else { Format::Unknown };
    }
    let contains = |needle: &[u8]| start.windows(needle.len()).any(|window| window == needle);
    let html = [&b"<!doctype html"[..], b"<html", b"<head", b"<body", b"<meta"];
    if start.first() == Some(&b'<') {
        if contains(b"<svg") && !contains(b"<html") {
            return Format::Image;
        }
        if html.iter().any(|tag| contains(tag)) {
            return Format::Html;
        }
    }
    if is_message(bytes) {
        Format::Eml
    } else if starts_late(bytes) {
        Format::Pdf
    } else {
        Format::Text
    }
}

fn by_magic(bytes: &[u8]) -> Option<Format> {
    Some(match bytes {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => zip::format(bytes),
        [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, ..] => ole::format(bytes),
        [b'%', b'P', b'D', b'F', b'-', ..] => Format::Pdf,
        [0x78, 0x9F, 0x3E, 0x22, ..] => Format::Tnef,
        [0x89, b'P', b'N', b'G', ..] | [0xFF, 0xD8, 0xFF, ..] | [b'G', b'I', b'F', b'8', ..] => Format::Image,
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => Format::Image,
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Format::Image,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Format::Image,
        [_, _, _, _, b'f', b't', b'y', b'p', b'h', b'e', b'i' | b'v', _, ..] => Format::Image,
        [_, _, _, _, b'f', b't', b'y', b'p', b'm', b'i', b'f', b'1', ..] => Format::Image,
        [0xD7, 0xCD, 0xC6, 0x9A, ..] => Format::Image,
        [1, 0, 0, 0, ..] if bytes.get(40..44) == Some(b" EMF") => Format::Image,
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] if bytes.len().is_multiple_of(2) => Format::Text,
        _ => return None,
    })
}

/// A PDF after some noise on lines of its own: readers look through the first 1024 bytes (ISO 32000 Annex H).
fn starts_late(bytes: &[u8]) -> bool {
    let start = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
    start.split(|byte| matches!(byte, b'\n' | b'\r')).any(|line| line.starts_with(b"%PDF-"))
}

/// No control characters but those of text.
fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte >= 32 || matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B))
}

/// A head like a real message's: a sender or a trace, and a field no person types. Outlook's "save as text" has
/// `From:` and `Sent:`, and is a text.
fn is_message(bytes: &[u8]) -> bool {
    let bytes = super::without_postmark(bytes);
    let (head, _) = head::split(bytes.get(..bytes.len().min(256 * 1024)).unwrap_or(bytes));
    let fields = head::fields(head);
    let starts = head.split(|byte| *byte == b'\n').next().is_some_and(|line| !head::fields(line).is_empty());
    let any = |names: &[&str]| names.iter().any(|name| head::first(&fields, name).is_some());
    let known = any(&["from", "received", "return-path"]);
    let trace = any(&["message-id", "mime-version", "date", "received", "return-path"]);
    starts && known && trace && any(&["subject", "message-id", "mime-version", "to", "date"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lessons_a14_bytes_tell_the_format() {
        let cases: [(&[u8], Format); 17] = [
            (b"", Format::Empty),
            (b"%PDF-1.7\n", Format::Pdf),
            (b"\r\n\r\n%PDF-1.4\x00", Format::Pdf),
            (b"{\\rtf1\\ansi", Format::Rtf),
            (b"\x78\x9f\x3e\x22\x01", Format::Tnef),
            (b"\x89PNG\r\n\x1a\n", Format::Image),
            (b"\xff\xd8\xff\xe0", Format::Image),
            (b"\0\0\0\x18ftypheic\0", Format::Image),
            (b"BEGIN:VCALENDAR\r\nMETHOD:REPLY", Format::Ics),
            (b"\xef\xbb\xbf<!DOCTYPE html><p>x", Format::Html),
            (b"<?xml version=\"1.0\"?><svg/>", Format::Image),
            (b"Dear all", Format::Text),
            (b"caf\xe9", Format::Text),
            (b"\x00\x01\x02", Format::Unknown),
            (b"Received: by x; 1 Jan 2026 00:00:00 +0000\nFrom: a@b.example\nSubject: x\n\nbody", Format::Eml),
            (b"From: Jo Bloggs\nSent: 9 June 2026\nTo: duty\nSubject: x\n\nbody", Format::Text),
            (b"PK\x03\x04", Format::Zip),
        ];
        for (bytes, format) in cases {
            assert_eq!(sniff(bytes), format, "{:?}", String::from_utf8_lossy(bytes));
        }
    }
}
