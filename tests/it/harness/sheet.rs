//! The outcome sheet as admin fills it in and saves it.

use calamine::{Data, Reader, Xlsx};
use std::io::{Cursor, Read, Write};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// Where the program writes each heading.
const COLUMNS: [(&str, char); 10] = [
    ("Attended", 'G'),
    ("Apologies", 'H'),
    ("Rating agreed", 'I'),
    ("Review date", 'J'),
    ("Action", 'K'),
    ("By whom", 'L'),
    ("By when", 'M'),
    ("Action status", 'N'),
    ("Decision", 'O'),
    ("Rationale", 'P'),
];

/// The sheet with these cells (case ref, heading, what is typed) filled in; everything else as it was sent.
pub(crate) fn filled(sheet: &[u8], cells: &[(&str, &str, &str)]) -> Vec<u8> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(sheet.to_vec())).unwrap();
    let range = book.worksheet_range("Outcomes").unwrap();
    let row_of = |case: &str| {
        let at = range.rows().position(|row| row.get(1).is_some_and(|cell| *cell == Data::String(case.to_owned())));
        at.unwrap_or_else(|| panic!("{case} is not on the sheet")) + 1
    };
    changed(sheet, |mut xml| {
        for (case, heading, typed) in cells {
            let (_, column) = COLUMNS.iter().find(|(known, _)| known == heading).unwrap();
            xml = typed_into(&xml, &format!("{column}{}", row_of(case)), typed);
        }
        xml
    })
}

/// The sheet with the case refs of its first two rows exchanged, and every other cell where it was.
pub(crate) fn case_refs_exchanged(sheet: &[u8]) -> Vec<u8> {
    changed(sheet, |xml| {
        xml.replace("r=\"B5\"", "r=\"B?\"").replace("r=\"B6\"", "r=\"B5\"").replace("r=\"B?\"", "r=\"B6\"")
    })
}

/// The sheet with the case ref of its first row in the second row, too.
pub(crate) fn case_ref_filled_down(sheet: &[u8]) -> Vec<u8> {
    changed(sheet, |xml| {
        let value = |cell: &str| {
            let (_, rest) = xml.split_once(&format!("<c r=\"{cell}\" ")).unwrap();
            let (value, _) = rest.split_once("</c>").unwrap();
            value.to_owned()
        };
        let (first, second) = (value("B5"), value("B6"));
        xml.replace(&format!("<c r=\"B6\" {second}</c>"), &format!("<c r=\"B6\" {first}</c>"))
    })
}

fn changed(sheet: &[u8], change: impl Fn(String) -> String) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(sheet)).unwrap();
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for n in 0..archive.len() {
        let mut part = archive.by_index(n).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        if name == "xl/worksheets/sheet1.xml" {
            bytes = change(String::from_utf8(bytes).unwrap()).into_bytes();
        }
        out.start_file(name, SimpleFileOptions::default()).unwrap();
        out.write_all(&bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

/// A blank cell (`<c r="I5" s="7"/>`) with a text typed into it.
fn typed_into(xml: &str, cell: &str, typed: &str) -> String {
    let (before, rest) = xml.split_once(&format!("<c r=\"{cell}\" ")).unwrap_or_else(|| panic!("no cell {cell}"));
    let (style, after) = rest.split_once("/>").unwrap();
    let typed = typed.replace('&', "&amp;").replace('<', "&lt;");
    format!("{before}<c r=\"{cell}\" {style} t=\"inlineStr\"><is><t>{typed}</t></is></c>{after}")
}
