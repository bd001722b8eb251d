//! Excel workbooks (.xlsx). calamine reads the cells one by one; its `worksheet_range` is never called, because two
//! cells far apart make it reserve gigabytes. Hidden sheets (drop-down lists, old copies) give no values.

use super::archive::Archive;
use super::model::{Cell, Document, Layout, Row, Scalar, tidy};
use super::{Limits, Refused};
use calamine::{DataRef, Dimensions, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::io::Cursor;

/// Reads all worksheets into rows.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Document, Refused> {
    Archive::open(bytes, limits)?.inspect_workbook()?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(refuse)?;
    let sheets = book.sheets_metadata().to_vec();
    if sheets.len() > limits.sheets {
        return Err(Refused::limit(format!("more than {} sheets", limits.sheets)));
    }
    let mut document = Document::default();
    for (number, sheet) in (0u32..).zip(sheets).filter(|(_, sheet)| sheet.typ == SheetType::WorkSheet) {
        let visible = sheet.visible == SheetVisible::Visible;
        let mut grid = cells(&mut book, &sheet.name, limits)?;
        if !visible {
            document
                .hidden
                .extend(grid.into_values().flatten().map(|(_, cell)| cell.text).filter(|text| !text.is_empty()));
            continue;
        }
        let merged = book.merge_cells_by_sheet_name(&sheet.name).map_err(refuse)?;
        merge(&mut grid, &merged, &sheet.name, limits);
        document.margins.push(sheet.name);
        document.rows.extend(grid.into_iter().map(|(index, cells)| Row {
            grid: number,
            sheet: number,
            layout: Layout::Sheet,
            index,
            cells: cells.into_values().collect(),
        }));
    }
    Ok(document)
}

type Grid = BTreeMap<u32, BTreeMap<u32, Cell>>;

fn cells<R: std::io::Read + std::io::Seek>(book: &mut Xlsx<R>, sheet: &str, limits: &Limits) -> Result<Grid, Refused> {
    let mut grid = Grid::new();
    let mut reader = book.worksheet_cells_reader(sheet).map_err(refuse)?;
    while let Some(cell) = reader.next_cell().map_err(refuse)? {
        let (row, col) = cell.get_position();
        let Some((text, scalar)) = content(cell.get_value()) else { continue };
        if row >= limits.rows || col >= limits.columns {
            return Err(Refused::limit(format!(
                "a sheet larger than {} rows by {} columns",
                limits.rows, limits.columns
            )));
        }
        let cell = Cell { at: at(sheet, row, col), col, col_span: 1, row_span: 1, text, nested: String::new(), scalar };
        grid.entry(row).or_default().insert(col, cell);
    }
    Ok(grid)
}

/// A cell's text and typed value; none if it says nothing.
fn content(value: &DataRef<'_>) -> Option<(String, Scalar)> {
    let text = |text: &str| {
        let text = tidy(text);
        (!text.is_empty()).then_some((text, Scalar::Text))
    };
    match value {
        DataRef::Int(number) => Some((number.to_string(), Scalar::Text)),
        DataRef::Float(number) => Some((number.to_string(), Scalar::Text)),
        DataRef::String(string) => text(string),
        DataRef::SharedString(string) => text(string),
        DataRef::Bool(on) => Some((if *on { "TRUE" } else { "FALSE" }.to_owned(), Scalar::Bool(*on))),
        DataRef::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
            // Below a day it is a time of day, not a date.
            if moment.as_f64() < 1.0 { None } else { Some((date.to_string(), Scalar::Date(date))) }
        }
        DataRef::DateTimeIso(iso) => match iso.get(..10).and_then(|day| day.parse::<Date>().ok()) {
            Some(date) => Some((date.to_string(), Scalar::Date(date))),
            None => text(iso),
        },
        DataRef::DateTime(_) | DataRef::DurationIso(_) | DataRef::Error(_) | DataRef::Empty => None,
    }
}

/// Gives merged cells their extent. A blank merged range of modest size is kept as a blank cell: it is where an answer
/// would have stood.
fn merge(grid: &mut Grid, merged: &[Dimensions], sheet: &str, limits: &Limits) {
    for range in merged.iter().take(10_000) {
        let (row, col) = range.start;
        let (last_row, last_col) = (range.end.0.min(limits.rows), range.end.1.min(limits.columns));
        let (rows, cols) = (last_row.saturating_sub(row) + 1, last_col.saturating_sub(col) + 1);
        if col >= limits.columns || row >= limits.rows {
            continue;
        }
        let Some(line) = grid.get_mut(&row) else { continue };
        let cell = line.entry(col).or_insert_with(|| Cell {
            at: at(sheet, row, col),
            col,
            col_span: 1,
            row_span: 1,
            text: String::new(),
            nested: String::new(),
            scalar: Scalar::Text,
        });
        cell.col_span = cols;
        cell.row_span = rows;
    }
}

fn at(sheet: &str, row: u32, col: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = col + 1;
    while rest > 0 {
        let digit = (rest - 1) % 26;
        letters.push(char::from_u32(u32::from(b'A') + digit).unwrap_or('?'));
        rest = (rest - 1) / 26;
    }
    let letters: String = letters.into_iter().rev().collect();
    format!("{sheet}!{letters}{}", row + 1)
}

fn refuse(error: XlsxError) -> Refused {
    match error {
        XlsxError::Password => Refused::encrypted(),
        XlsxError::ColumnNumberOverflow | XlsxError::RowNumberOverflow => {
            Refused::limit("cell references outside a worksheet".to_owned())
        }
        _ => Refused::broken(),
    }
}
