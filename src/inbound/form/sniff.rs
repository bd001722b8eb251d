use super::kinds;
use crate::casework::Format;
use std::io::Cursor;
use zip::ZipArchive;

/// What some bytes are. The file name and the declared type never decide (`LESSONS.md` A 14).
pub fn sniff(bytes: &[u8]) -> Format {
    let trimmed = trim(bytes);
    let head = &trimmed.get(..trimmed.len().min(1024)).unwrap_or_default().to_ascii_lowercase();
    if let Some(format) = kinds::wide(bytes) {
        return format;
    }
    match bytes {
        [] => Format::Empty,
        [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, ..] => ole(bytes),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => zipped(bytes),
        [0x78, 0x9F, 0x3E, 0x22, ..] => Format::Tnef,
        _ if kinds::is_for_a_key(bytes) => Format::Encrypted,
        _ if image(bytes) => Format::Image,
        _ if contains(head, b"%pdf-") => Format::Pdf,
        _ if head.starts_with(b"{\\rtf") => Format::Rtf,
        _ if head.starts_with(b"begin:vcalendar") => Format::Ics,
        _ if head.starts_with(b"<!doctype html") || head.starts_with(b"<html") || contains(head, b"<body") => {
            Format::Html
        }
        _ if message(head) => Format::Eml,
        _ if text(bytes) => Format::Text,
        _ => Format::Unknown,
    }
}

fn trim(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start()
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// Stream names of a compound file stand in it as UTF-16: enough to tell the kinds apart without reading its tables.
fn ole(bytes: &[u8]) -> Format {
    let has = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        contains(bytes, &wide)
    };
    if has("EncryptedPackage") || has("EncryptionInfo") {
        Format::Encrypted
    } else if has("__properties_version1.0") {
        Format::Msg
    } else if has("WordDocument") {
        Format::Doc
    } else if has("Workbook") || has("Book\0") {
        Format::Xls
    } else {
        Format::Ole
    }
}

fn zipped(bytes: &[u8]) -> Format {
    let Ok(archive) = ZipArchive::new(Cursor::new(bytes)) else {
        // Cut short: the local headers still name the parts.
        return match (contains(bytes, b"word/"), contains(bytes, b"xl/")) {
            (true, _) => Format::Docx,
            (false, true) => Format::Xlsx,
            _ => Format::Zip,
        };
    };
    let names: Vec<String> = archive.file_names().flatten().map(|name| name.to_ascii_lowercase()).collect();
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    let macros = names.iter().any(|name| name.ends_with("vbaproject.bin")) || declares_macros(archive.clone());
    let under = |folder: &str| names.iter().any(|name| name.starts_with(folder));
    if has("[content_types].xml") && under("xl/") {
        match (macros, has("xl/workbook.bin")) {
            (true, _) => Format::Xlsm,
            (_, true) => Format::Xlsb,
            _ => Format::Xlsx,
        }
    } else if has("[content_types].xml") && under("word/") {
        if macros { Format::Docm } else { Format::Docx }
    } else if has("mimetype") {
        open_document(archive)
    } else if kinds::is_one_document(&names) {
        Format::Unknown
    } else {
        Format::Zip
    }
}

fn small_part(mut archive: ZipArchive<Cursor<&[u8]>>, name: &str) -> String {
    use std::io::Read;
    let mut text = String::new();
    if let Ok(part) = archive.by_name(name) {
        let _ = part.take(256 * 1024).read_to_string(&mut text);
    }
    text
}

/// Every .xlsb says "sheet.binary.macroEnabled", and some programs declare it in any workbook: that says nothing.
fn declares_macros(archive: ZipArchive<Cursor<&[u8]>>) -> bool {
    small_part(archive, "[Content_Types].xml").replace("sheet.binary.macroEnabled", "").contains("macroEnabled")
}

fn open_document(archive: ZipArchive<Cursor<&[u8]>>) -> Format {
    match small_part(archive, "mimetype").trim() {
        kind if kind.starts_with("application/vnd.oasis.opendocument.spreadsheet") => Format::Ods,
        kind if kind.starts_with("application/vnd.oasis.opendocument.text") => Format::Odt,
        _ => Format::Unknown,
    }
}

fn image(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG")
        || bytes.starts_with(b"\xFF\xD8\xFF")
        || bytes.starts_with(b"GIF8")
        || bytes.starts_with(b"II*\0")
        || bytes.starts_with(b"MM\0*")
        || (bytes.starts_with(b"BM") && bytes.get(6..10) == Some(&[0; 4]))
        || (bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"))
        || matches!(bytes.get(4..12), Some(b"ftypheic" | b"ftypheix" | b"ftypmif1" | b"ftypavif"))
}

fn message(head: &[u8]) -> bool {
    const FIRST: [&[u8]; 10] = [
        b"received:",
        b"return-path:",
        b"from:",
        b"message-id:",
        b"mime-version:",
        b"delivered-to:",
        b"x-",
        b"date:",
        b"subject:",
        b"authentication-results:",
    ];
    let starts = FIRST.iter().any(|name| head.starts_with(name));
    starts
        && contains(head, b"\nfrom:") | head.starts_with(b"from:")
        && contains(head, b"\n")
        && (contains(head, b"\nmime-version:")
            || contains(head, b"\nmessage-id:")
            || contains(head, b"\ndate:")
            || contains(head, b"\nsubject:"))
}

fn text(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
    let odd = head.iter().filter(|byte| **byte < 32 && !matches!(byte, b'\n' | b'\r' | b'\t' | 12)).count();
    odd == 0
}
