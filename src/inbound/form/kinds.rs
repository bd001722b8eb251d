//! Kinds of files that no reader takes, told by their bytes: their senders are told what it is that they sent.

use crate::casework::Format;

/// How many bytes a kind is told by.
const HEAD: usize = 1024;

const ARCHIVE: (&str, &str) =
    ("This is an archive that is not opened here.", "Please attach the form itself, as a .docx or .xlsx file.");
const RECORDING: (&str, &str) = (
    "This is a sound or video recording.",
    "It is not read or passed on here. Please fill in the Word (.docx) or Excel (.xlsx) form and send that.",
);
const XML: (&str, &str) = (
    "This is an XML file, as Word and Excel of 2003 and some case systems save them.",
    "Please open it, choose Save As, Word Document (.docx) or Excel Workbook (.xlsx), and send it again.",
);
const SLIDES: (&str, &str) =
    ("This is a presentation.", "Please fill in the Word (.docx) or Excel (.xlsx) form and send that.");
const APPLE: (&str, &str) = (
    "This is an Apple Pages, Numbers or Keynote document.",
    "Please open it, choose Export To, Word (.docx) or Excel (.xlsx), and send that.",
);

const SIGNED_MAIL: (&str, &str) = (
    "This is an e-mail that was signed as a whole (S/MIME, smime.p7m) and is not opened here.",
    "Please send it again without the digital signature, with the form attached.",
);

/// 1.2.840.113549.1.7.2 and .3.
const SIGNED: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
const ENVELOPED: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x03];

/// What stands at the start of a file.
const STARTS: [(&[u8], (&str, &str)); 12] = [
    (b"7z\xBC\xAF\x27\x1C", ARCHIVE),
    (b"Rar!", ARCHIVE),
    (&[0x1F, 0x8B], ARCHIVE),
    (b"MSCF", ARCHIVE),
    (b"ID3", RECORDING),
    (b"OggS", RECORDING),
    (b"#!AMR", RECORDING),
    (&[0x1A, 0x45, 0xDF, 0xA3], RECORDING),
    (&[0x30, 0x26, 0xB2, 0x75], RECORDING),
    (b"MZ", ("This is a program.", "It was not run, and is not passed on. Please send the form alone.")),
    (b"<?xml", XML),
    (
        &[0xE4, 0x52, 0x5C, 0x7B, 0x8C, 0xD8, 0xA7, 0x4D],
        ("This is a OneNote section.", "Please fill in the Word (.docx) or Excel (.xlsx) form and send that."),
    ),
];

/// Parts of a zip that make it one document of a program.
const PARTS: [(&[u8], (&str, &str)); 6] = [
    (b"ppt/", SLIDES),
    (b"opendocument.presentation", SLIDES),
    (b"visio/", ("This is a Visio drawing.", "Please send the Word (.docx) or Excel (.xlsx) form.")),
    (b".fdoc", ("This is an XPS document.", "Please send the Word (.docx) or Excel (.xlsx) file it was printed from.")),
    (b".iwa", APPLE),
    (b"application/epub+zip", ("This is an e-book.", "Please send the Word (.docx) or Excel (.xlsx) form.")),
];

/// What such a file is, and what to send instead; none where nothing more is known of it.
pub(super) fn told(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    let starts = STARTS.iter().find(|(start, _)| text.starts_with(start)).map(|(_, told)| *told);
    let parts = || {
        let is_zip = bytes.starts_with(b"PK");
        PARTS.iter().filter(|_| is_zip).find(|(part, _)| has(bytes, part)).map(|(_, told)| *told)
    };
    if is_cms(bytes, SIGNED) {
        return Some(SIGNED_MAIL);
    }
    let is_film = matches!(bytes.get(4..8), Some(b"ftyp")) || matches!(bytes.get(8..12), Some(b"WAVE" | b"AVI "));
    starts.or_else(parts).or(is_film.then_some(RECORDING))
}

/// Is it encrypted for somebody's key: an OpenPGP message (RFC 9580 6.2), S/MIME's enveloped data (RFC 5652 6), or a message
/// under Microsoft's rights management (MS-OXORMMS 2.2.3)?
pub(super) fn is_for_a_key(bytes: &[u8]) -> bool {
    const RIGHTS: &[u8] = &[0x76, 0xE8, 0x04, 0x60, 0xC4, 0x11, 0xE3, 0x86];
    let head = bytes.get(..bytes.len().min(HEAD)).unwrap_or_default();
    head.starts_with(RIGHTS) || is_cms(bytes, ENVELOPED) || has(head, b"-----BEGIN PGP MESSAGE-----")
}

/// Is it S/MIME of this type (RFC 5652 3), in DER?
fn is_cms(bytes: &[u8], kind: &[u8]) -> bool {
    bytes.first() == Some(&0x30) && bytes.get(..40).is_some_and(|start| has(start, kind))
}

/// Is a zip no archive of files, but one document of a program that is not read here?
pub(super) fn is_one_document(names: &[String]) -> bool {
    let parts = ["[content_types].xml", "index/document.iwa", "mimetype"];
    names.iter().any(|name| parts.contains(&name.as_str()))
}

/// UTF-16 with a byte order mark.
pub(super) fn wide(bytes: &[u8]) -> Option<Format> {
    if !matches!(bytes, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]) || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let head = bytes.get(..bytes.len().min(2 * HEAD)).unwrap_or_default();
    let text: Vec<u8> = head.iter().copied().filter(|byte| *byte != 0).collect();
    let has = |tag: &[u8]| has(&text.to_ascii_lowercase(), tag);
    let is_page = has(b"<html") || has(b"<body") || has(b"<!doctype html");
    Some(if is_page { Format::Html } else { Format::Text })
}

fn has(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}
