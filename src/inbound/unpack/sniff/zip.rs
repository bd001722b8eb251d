use crate::casework::Format;

/// Entries looked at; a workbook has tens.
const ENTRIES: usize = 2_000;

/// What a zip is, from the names in its central directory (APPNOTE 4.3.12). Nothing is inflated.
pub(super) fn format(bytes: &[u8]) -> Format {
    // OpenDocument says what it is in its first entry, stored as it is.
    let start = bytes.get(..bytes.len().min(160)).unwrap_or_default();
    if has(start, b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet") {
        return Format::Ods;
    }
    if has(start, b"mimetypeapplication/vnd.oasis.opendocument.text") {
        return Format::Odt;
    }
    let names = names(bytes);
    // Some programs put it elsewhere, and the manifest names it too; where it is packed the zip stays a zip.
    if names.iter().any(|name| name == "mimetype") && names.iter().any(|name| name == "content.xml") {
        return if has(bytes, b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet") {
            Format::Ods
        } else if has(bytes, b"mimetypeapplication/vnd.oasis.opendocument.text") {
            Format::Odt
        } else {
            Format::Unknown
        };
    }
    let any = |test: &dyn Fn(&str) -> bool| names.iter().any(|name| test(name));
    // What Apple's programs save, and e-books.
    if any(&|name| name == "index/document.iwa" || name == "mimetype") {
        return Format::Unknown;
    }
    if !any(&|name| name == "[content_types].xml") {
        return Format::Zip;
    }
    let macros = any(&|name| name.ends_with("vbaproject.bin"));
    let word = any(&|name| name.starts_with("word/"));
    let excel = any(&|name| name.starts_with("xl/"));
    let binary = any(&|name| name == "xl/workbook.bin");
    match (word, excel) {
        (true, false) if macros => Format::Docm,
        (true, false) => Format::Docx,
        (false, true) if binary => Format::Xlsb,
        (false, true) if macros => Format::Xlsm,
        (false, true) => Format::Xlsx,
        // A presentation, a drawing.
        _ => Format::Unknown,
    }
}

fn has(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<usize> {
    let field: [u8; N] = bytes.get(at..at.checked_add(N)?)?.try_into().ok()?;
    Some(field.iter().rev().fold(0, |value, byte| value << 8 | usize::from(*byte)))
}

/// The entries' names in lower case, with forward slashes; none when the directory is broken.
fn names(bytes: &[u8]) -> Vec<String> {
    let tail = bytes.len().saturating_sub(65_557);
    let end = bytes.get(tail..).and_then(|tail| tail.windows(4).rposition(|window| window == b"PK\x05\x06"));
    let start = end.and_then(|at| number::<4>(bytes, tail + at + 16));
    let (mut names, mut at) = (Vec::new(), start.unwrap_or(bytes.len()));
    while names.len() < ENTRIES && bytes.get(at..at.saturating_add(4)) == Some(b"PK\x01\x02") {
        let lengths = (number::<2>(bytes, at + 28), number::<2>(bytes, at + 30), number::<2>(bytes, at + 32));
        let (Some(name), Some(extra), Some(comment)) = lengths else { break };
        let text = bytes.get(at + 46..at + 46 + name).unwrap_or_default();
        names.push(String::from_utf8_lossy(text).to_ascii_lowercase().replace('\\', "/"));
        at += 46 + name + extra + comment;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::zip::{ZipWriter, write::SimpleFileOptions};
    use std::io::{Cursor, Write};

    fn made(entries: &[&str]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for name in entries {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(b"x").unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn office_files_are_told_apart_by_their_entries() {
        let types = "[Content_Types].xml";
        assert_eq!(format(&made(&[types, "xl/workbook.xml"])), Format::Xlsx);
        assert_eq!(format(&made(&[types, "xl/workbook.xml", "xl/vbaProject.bin"])), Format::Xlsm);
        assert_eq!(format(&made(&[types, "xl/workbook.bin"])), Format::Xlsb);
        assert_eq!(format(&made(&[types, "word/document.xml", "word/embeddings/a.xlsx"])), Format::Docx);
        assert_eq!(format(&made(&[types, "word/document.xml", "word/vbaProject.bin"])), Format::Docm);
        assert_eq!(format(&made(&["word/rat.docx", "xl/rat.xlsx"])), Format::Zip);
        assert_eq!(format(&made(&[])), Format::Zip);
        assert_eq!(format(&made(&[types, "ppt/presentation.xml"])), Format::Unknown);
        assert_eq!(format(&made(&["Index/Document.iwa", "preview.jpg"])), Format::Unknown);
        let mut cut = made(&[types, "xl/workbook.xml"]);
        cut.truncate(60);
        assert_eq!(format(&cut), Format::Zip);
    }

    #[test]
    fn opendocument_is_told_by_its_first_entry() {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("mimetype", SimpleFileOptions::default().compression_method(::zip::CompressionMethod::Stored))
            .unwrap();
        zip.write_all(b"application/vnd.oasis.opendocument.spreadsheet").unwrap();
        assert_eq!(format(&zip.finish().unwrap().into_inner()), Format::Ods);
    }
}
