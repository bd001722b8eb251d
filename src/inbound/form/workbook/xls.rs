//! A look over an .xls before calamine is given it: it builds the whole rectangle that a sheet's cells span, so that two
//! of them in opposite corners of fifty sheets would take gigabytes. Encryption is told from its record (MS-XLS 2.4.117),
//! whichever kind it is.

use super::{Limits, Refused, strings};
use crate::inbound::form::folded::Folded;
use crate::inbound::ole::Ole;
use std::collections::BTreeMap;

const BOF: u16 = 0x0809;
const FILE_PASS: u16 = 0x002F;
/// The rectangle that a sheet claims to fill, for which calamine reserves memory (MS-XLS 2.4.90).
const DIMENSIONS: u16 = 0x0200;
const NUMBERS: u16 = 0x00BD;
/// Where a sheet begins in the stream (MS-XLS 2.4.28).
const BOUND_SHEET: u16 = 0x0085;
/// A row and columns, which may be hidden (2.4.221, 2.4.53); a font, which may strike out, and a cell's style (2.4.122, 2.4.353).
const ROW: u16 = 0x0208;
const COLUMNS: u16 = 0x007D;
const FONT: u16 = 0x0031;
const STYLE: u16 = 0x00E0;
/// The strings of the workbook, and what continues a record (2.4.265, 2.4.58); a cell with one of them (2.4.149).
const STRINGS: u16 = 0x00FC;
const CONTINUE: u16 = 0x003C;
const STRING_CELL: u16 = 0x00FD;
/// Fonts and styles of one workbook: Excel has no more.
const STYLES: usize = 65_536;
/// Formula, numbers in a row, rich string, number, label, boolean, RK number, shared string.
const CELLS: &[u16] = &[0x0006, NUMBERS, 0x00D6, 0x0203, 0x0204, 0x0205, 0x027E, STRING_CELL];

/// Refuses a workbook that is encrypted or larger than allowed. Says of each sheet, in their order, what it does not show.
pub(super) fn look_over(bytes: &[u8], limits: &Limits) -> Result<Vec<Folded>, Refused> {
    let mut file = Ole::open(bytes)?;
    let stream = match file.stream("Workbook", limits.zip_entry_bytes)? {
        Some(stream) => stream,
        None => file.stream("Book", limits.zip_entry_bytes)?.ok_or_else(Refused::broken)?,
    };
    let (mut at, mut cells, mut area, mut sheets) = (0usize, 0usize, 0u64, 0usize);
    // The corners of the sheet that is being gone through: first and last row, first and last column.
    let mut spans: Option<(u64, u64, u64, u64)> = None;
    let size = |spans: Option<(u64, u64, u64, u64)>| spans.map_or(0, |(r0, r1, c0, c1)| (r1 - r0 + 1) * (c1 - c0 + 1));
    // Empty cells inside the rectangle cost memory too.
    let most = limits.cells as u64 * 8;
    let (mut places, mut here) = (Vec::new(), 0usize);
    let mut folded: BTreeMap<usize, Folded> = BTreeMap::new();
    let (mut fonts, mut styles): (Vec<bool>, Vec<bool>) = (Vec::new(), Vec::new());
    let (mut records, mut rich, mut last) = (Vec::new(), BTreeMap::new(), 0u16);
    while let (Some(kind), Some(length)) = (u16_at(&stream, at), u16_at(&stream, at + 2)) {
        let body = at + 4;
        match kind {
            FILE_PASS => return Err(Refused::encrypted()),
            BOF => {
                sheets += 1;
                here = at;
                area += size(spans.take());
                // The first sheet begins behind all fonts and strings.
                if fonts.contains(&true) {
                    rich.extend(strings::rich(&std::mem::take(&mut records), &fonts));
                }
            }
            BOUND_SHEET if places.len() < limits.sheets => places.extend(u32_at(&stream, body)),
            FONT if fonts.len() < STYLES => {
                fonts.push(u16_at(&stream, body + 2).is_some_and(|flags| flags & 0x08 != 0));
                // There is no font 4.
                if fonts.len() == 4 {
                    fonts.push(false);
                }
            }
            STYLE if styles.len() < STYLES => {
                let font = u16_at(&stream, body).and_then(|font| fonts.get(usize::from(font)));
                styles.push(font == Some(&true));
            }
            STRINGS => records.extend(stream.get(body..body + usize::from(length))),
            CONTINUE if last == STRINGS && records.len() < STYLES => {
                records.extend(stream.get(body..body + usize::from(length)));
            }
            ROW => {
                let hidden = u16_at(&stream, body + 12).is_some_and(|flags| flags & 0x20 != 0);
                let row = u16_at(&stream, body).filter(|_| hidden);
                if let Some(row) = row {
                    folded.entry(here).or_default().rows.insert(u32::from(row));
                }
            }
            COLUMNS => {
                let hidden = u16_at(&stream, body + 8).is_some_and(|flags| flags & 1 != 0);
                let columns = u16_at(&stream, body).zip(u16_at(&stream, body + 2)).filter(|_| hidden);
                if let Some((first, last)) = columns {
                    folded.entry(here).or_default().columns.push((u32::from(first), u32::from(last)));
                }
            }
            // Two forms of it: rows in four bytes each, or in two.
            DIMENSIONS => {
                let wide = length >= 14;
                let rows = if wide {
                    u32_at(&stream, body + 4).zip(u32_at(&stream, body)).map(|(to, from)| to.saturating_sub(from))
                } else {
                    u16_at(&stream, body + 2)
                        .zip(u16_at(&stream, body))
                        .map(|(to, from)| to.saturating_sub(from).into())
                };
                let first = body + if wide { 8 } else { 4 };
                let columns = u16_at(&stream, first + 2).zip(u16_at(&stream, first));
                let columns = columns.map_or(0, |(to, from)| to.saturating_sub(from));
                if u64::from(rows.unwrap_or(0)) * u64::from(columns) > most {
                    return Err(Refused::limit(format!("a sheet that claims more than {most} cells")));
                }
            }
            kind if CELLS.contains(&kind) => {
                cells += 1;
                let (Some(row), Some(col)) = (u16_at(&stream, body), u16_at(&stream, body + 2)) else {
                    return Err(Refused::broken());
                };
                let style = u16_at(&stream, body + 4).and_then(|style| styles.get(usize::from(style)));
                let is_struck = kind != NUMBERS && style == Some(&true);
                let string =
                    u32_at(&stream, body + 6).filter(|_| kind == STRING_CELL).and_then(|string| rich.get(&string));
                let place = (u32::from(row), u32::from(col));
                if let Some(string) = string {
                    folded.entry(here).or_default().left.insert(place, string.left(is_struck));
                } else if is_struck {
                    folded.entry(here).or_default().struck.insert(place);
                }
                let (row, col) = (u64::from(row), u64::from(col));
                // A record of several cells says its last column at its end.
                let last = match kind {
                    NUMBERS => u16_at(&stream, (body + usize::from(length)).saturating_sub(2)),
                    _ => None,
                };
                let last = last.map_or(col, |last| u64::from(last).max(col));
                if row >= u64::from(limits.rows) {
                    return Err(Refused::limit(format!(
                        "a sheet larger than {} rows by {} columns",
                        limits.rows, limits.columns
                    )));
                }
                spans = Some(spans.map_or((row, row, col, last), |(r0, r1, c0, c1)| {
                    (r0.min(row), r1.max(row), c0.min(col), c1.max(last))
                }));
            }
            _ => {}
        }
        if kind != CONTINUE {
            last = kind;
        }
        at = body + usize::from(length);
        if cells > limits.cells || area + size(spans) > most {
            return Err(Refused::limit(format!("more than {} cells", limits.cells)));
        }
    }
    if sheets > limits.sheets * 4 + 1 {
        return Err(Refused::limit(format!("more than {} sheets", limits.sheets)));
    }
    let place = |place: u32| folded.remove(&usize::try_from(place).unwrap_or(usize::MAX)).unwrap_or_default();
    Ok(places.into_iter().map(place).collect())
}

/// Little-endian numbers out of a stream; none beyond its end.
fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

/// As [`u16_at`].
fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}
