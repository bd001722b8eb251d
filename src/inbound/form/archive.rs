//! The zip container of an Office file, looked over before anything is read from it. Declared sizes are checked first
//! and real ones while inflating, because a container may lie about them.

use super::folded::{self, Folded, Styles};
use super::{Limits, Refused, struck};
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use zip::ZipArchive;

const RATIO_FROM: u64 = 100 * 1024;
const STRINGS: u64 = 2_000_000;

/// A container whose names and declared sizes are within the limits.
pub(super) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    limits: &'a Limits,
    inflated: u64,
    /// By the part of a sheet, what it does not show.
    folded: BTreeMap<String, Folded>,
}

impl<'a> Archive<'a> {
    /// Looks at every entry's name, flags and declared size; inflates nothing.
    pub(super) fn open(bytes: &'a [u8], limits: &'a Limits) -> Result<Self, Refused> {
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Refused::broken())?;
        if zip.len() > limits.zip_entries {
            return Err(Refused::limit(format!("more than {} parts", limits.zip_entries)));
        }
        let mut total = 0u64;
        for index in 0..zip.len() {
            let entry = zip.by_index_raw(index).map_err(|_| Refused::broken())?;
            let name = entry.name().map_err(|_| Refused::broken())?;
            if name.starts_with(['/', '\\']) || name.contains(':') || name.split(['/', '\\']).any(|step| step == "..") {
                return Err(Refused::hostile("a part whose name leads out of the file"));
            }
            if entry.encrypted() {
                return Err(Refused::encrypted());
            }
            if entry.is_symlink() {
                return Err(Refused::hostile("a link to another file"));
            }
            let (packed, size) = (entry.compressed_size(), entry.size());
            total = total.saturating_add(size);
            if size > limits.zip_entry_bytes || total > limits.zip_total_bytes {
                return Err(Refused::limit("more data than the reader takes once it is unpacked".to_owned()));
            }
            if size > RATIO_FROM && size / packed.max(1) > limits.zip_ratio {
                return Err(Refused::limit(format!("a part packed more than {}:1", limits.zip_ratio)));
            }
        }
        Ok(Self { zip, limits, inflated: 0, folded: BTreeMap::new() })
    }

    /// Names of all parts.
    pub(super) fn names(&self) -> Vec<String> {
        self.zip.file_names().flatten().map(|name| name.into_owned()).collect()
    }

    /// One part's text, or none if there is no such part. UTF-16 parts are decoded.
    pub(super) fn part(&mut self, name: &str) -> Result<Option<String>, Refused> {
        let Some(index) = self.zip.index_for_name(name) else { return Ok(None) };
        let entry = self.zip.by_index(index).map_err(|_| Refused::broken())?;
        let mut bytes = Vec::new();
        entry.take(self.limits.zip_entry_bytes + 1).read_to_end(&mut bytes).map_err(|_| Refused::broken())?;
        self.inflated = self.inflated.saturating_add(bytes.len() as u64);
        if bytes.len() as u64 > self.limits.zip_entry_bytes || self.inflated > self.limits.zip_total_bytes {
            return Err(Refused::limit("more data than the reader takes once it is unpacked".to_owned()));
        }
        decode(bytes).map(Some)
    }

    /// Reads every XML part of a workbook through once, so that what the spreadsheet library is then given holds no
    /// DOCTYPE, no deep nesting and no more cells than allowed.
    pub(super) fn inspect_workbook(&mut self) -> Result<(), Refused> {
        let mut cells = 0usize;
        let mut sheets = 0usize;
        let styles = self.part("xl/styles.xml")?.map(|styles| folded::styles(&styles)).unwrap_or_default();
        let strings = self.part("xl/sharedStrings.xml")?.map(|shared| struck::strings(&shared)).unwrap_or_default();
        for name in self.names() {
            let lower = name.to_ascii_lowercase();
            if !(lower.ends_with(".xml") || lower.ends_with(".rels") || lower.ends_with(".vml")) {
                continue;
            }
            let is_sheet = lower.starts_with("xl/worksheets/") && lower.ends_with(".xml");
            sheets += usize::from(is_sheet);
            if sheets > self.limits.sheets {
                return Err(Refused::limit(format!("more than {} sheets", self.limits.sheets)));
            }
            let Some(text) = self.part(&name)? else { continue };
            // Drawings may be old-style markup that is not well-formed; nothing reads them.
            if lower.ends_with(".vml") {
                if text.contains("<!DOCTYPE") {
                    return Err(Refused::hostile("a document type declaration"));
                }
                continue;
            }
            let mut folded = Folded::default();
            cells += inspect(&text, self.limits, is_sheet.then_some(&mut folded), &styles)?;
            if is_sheet {
                folded.left = struck::cells(&text, &strings);
            }
            if !folded.is_empty() {
                self.folded.insert(name, folded);
            }
            if cells > self.limits.cells {
                return Err(Refused::limit(format!("more than {} cells", self.limits.cells)));
            }
        }
        Ok(())
    }
}

/// By the name of a sheet, what it does not show; after [`Archive::inspect_workbook`].
pub(super) fn folded_sheets(archive: &mut Archive<'_>) -> Result<BTreeMap<String, Folded>, Refused> {
    if archive.folded.is_empty() {
        return Ok(BTreeMap::new());
    }
    let workbook = archive.part("xl/workbook.xml")?.unwrap_or_default();
    let relations = archive.part("xl/_rels/workbook.xml.rels")?.unwrap_or_default();
    let parts = folded::parts_of_sheets(&workbook, &relations);
    Ok(parts.into_iter().filter_map(|(sheet, part)| Some((sheet, archive.folded.remove(&part)?))).collect())
}

fn decode(bytes: Vec<u8>) -> Result<String, Refused> {
    let wide = |bytes: &[u8], from: fn([u8; 2]) -> u16| -> Result<String, Refused> {
        let units = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok()).map(from);
        char::decode_utf16(units).collect::<Result<String, _>>().map_err(|_| Refused::broken())
    };
    match bytes.as_slice() {
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8(rest.to_vec()).map_err(|_| Refused::broken()),
        _ => String::from_utf8(bytes).map_err(|_| Refused::broken()),
    }
}

/// Checks one part and counts its `<c>` elements if it is a sheet.
fn inspect(text: &str, limits: &Limits, mut sheet: Option<&mut Folded>, styles: &Styles) -> Result<usize, Refused> {
    let is_sheet = sheet.is_some();
    let mut reader = quick_xml::Reader::from_str(text);
    let (mut depth, mut cells) = (0usize, 0usize);
    loop {
        match reader.read_event().map_err(|_| Refused::broken())? {
            Event::Start(start) => {
                depth += 1;
                if depth > limits.xml_depth {
                    return Err(Refused::limit(format!("XML nested more than {} deep", limits.xml_depth)));
                }
                cells += element(&start, is_sheet)?;
                if let Some(folded) = sheet.as_deref_mut() {
                    folded.element(&start, styles);
                }
            }
            Event::Empty(start) => {
                cells += element(&start, is_sheet)?;
                if let Some(folded) = sheet.as_deref_mut() {
                    folded.element(&start, styles);
                }
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::DocType(_) => return Err(Refused::hostile("a document type declaration")),
            Event::Eof => return Ok(cells),
            _ => {}
        }
        if cells > limits.cells {
            return Err(Refused::limit(format!("more than {} cells", limits.cells)));
        }
    }
}

/// One if the element is a cell.
fn element(start: &BytesStart<'_>, is_sheet: bool) -> Result<usize, Refused> {
    match start.local_name().as_ref() {
        "sst" => check_string_count(start)?,
        "c" | "row" | "dimension" | "mergeCell" if is_sheet => check_references(start)?,
        _ => {}
    }
    Ok(usize::from(is_sheet && start.local_name().as_ref() == "c"))
}

/// calamine computes with references before it compares them with a sheet's size (calamine#705).
fn check_references(start: &BytesStart<'_>) -> Result<(), Refused> {
    for attribute in start.attributes().flatten() {
        if !matches!(attribute.key.local_name().as_ref(), "r" | "ref") {
            continue;
        }
        for reference in attribute.value.split(':') {
            let digits = reference.trim_start_matches(|ch: char| ch.is_ascii_alphabetic());
            if reference.len() - digits.len() > 3 || digits.len() > 7 {
                return Err(Refused::limit("cell references outside a worksheet".to_owned()));
            }
        }
    }
    Ok(())
}

/// calamine reserves memory for as many strings as the part claims (calamine#684).
fn check_string_count(start: &BytesStart<'_>) -> Result<(), Refused> {
    for attribute in start.attributes().flatten() {
        let claimed = attribute.value.parse::<u64>().unwrap_or(0);
        if attribute.key.local_name().as_ref() == "uniqueCount" && claimed > STRINGS {
            return Err(Refused::limit("a table of strings that claims an impossible size".to_owned()));
        }
    }
    Ok(())
}
