//! Excel workbooks: .xlsx and .xlsm cell by cell, .xlsb likewise, .xls whole. All give the same grid. calamine's
//! `worksheet_range` is never called on the first two, because two cells far apart make it reserve gigabytes; an .xls is
//! looked over first for the same reason (`xls`). Hidden sheets (drop-down lists, old copies) give no values. Macros are
//! never run: they are named as a finding.

mod strings;
mod xls;

use super::archive::{Archive, folded_sheets};
use super::folded::{Folded, shown};
use super::label::normalise;
use super::model::{Cell, Document, Layout, Row, Scalar, tidy};
use super::{Limits, Refused};
use crate::casework::Format;
use calamine::{DataType, Dimensions, Reader, Sheet, SheetType, SheetVisible, Xls, Xlsb, Xlsx, XlsxError};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::io::Cursor;

/// Reads all worksheets into rows.
pub(super) fn read(bytes: &[u8], format: Format, limits: &Limits) -> Result<Document, Refused> {
    if format == Format::Xls {
        return old(bytes, limits);
    }
    let mut archive = Archive::open(bytes, limits)?;
    archive.inspect_workbook()?;
    // A workbook with macros may be of either kind.
    if archive.names().iter().any(|name| name.eq_ignore_ascii_case("xl/workbook.bin")) {
        binary(bytes, limits)
    } else {
        let mut folded = folded_sheets(&mut archive)?;
        let mut document = current(bytes, &mut folded, limits)?;
        // Sheets are numbered as they stand; a hidden one gave no rows.
        for row in &document.rows {
            let name = row.cells.first().and_then(|cell| Some(cell.at.rsplit_once('!')?.0));
            if let Some(of_it) = name.and_then(|name| folded.remove(name)) {
                document.folded.insert(row.sheet, of_it);
            }
        }
        Ok(document)
    }
}

fn current(bytes: &[u8], folded: &mut BTreeMap<String, Folded>, limits: &Limits) -> Result<Document, Refused> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(refuse)?;
    let sheets = worksheets(book.sheets_metadata(), limits)?;
    let mut document = Document { counts_days: !book.has_1904_epoch(), ..Document::default() };
    for (number, sheet) in sheets {
        let mut grid = Grid::new();
        let mut reader = book.worksheet_cells_reader(&sheet.name).map_err(refuse)?;
        while let Some(cell) = reader.next_cell().map_err(refuse)? {
            put(&mut grid, &sheet.name, cell.get_position(), cell.get_value(), limits)?;
        }
        drop(reader);
        leave(&mut grid, folded.get_mut(&sheet.name));
        let merged = book.merge_cells_by_sheet_name(&sheet.name).map_err(refuse)?;
        add(&mut document, number, sheet, grid, &merged, limits);
    }
    Ok(document)
}

/// calamine does not say which cells of an .xlsb are merged: an answer beside a merged label stands behind empty columns.
fn binary(bytes: &[u8], limits: &Limits) -> Result<Document, Refused> {
    let mut book: Xlsb<_> = Xlsb::new(Cursor::new(bytes)).map_err(|_| Refused::broken())?;
    let sheets = worksheets(book.sheets_metadata(), limits)?;
    let mut document = Document { counts_days: !book.has_1904_epoch(), ..Document::default() };
    let mut cells = 0usize;
    for (number, sheet) in sheets {
        let mut grid = Grid::new();
        let mut reader = book.worksheet_cells_reader(&sheet.name).map_err(|_| Refused::broken())?;
        while let Some(cell) = reader.next_cell().map_err(|_| Refused::broken())? {
            cells += 1;
            if cells > limits.cells {
                return Err(Refused::limit(format!("more than {} cells", limits.cells)));
            }
            put(&mut grid, &sheet.name, cell.get_position(), cell.get_value(), limits)?;
        }
        add(&mut document, number, sheet, grid, &[], limits);
    }
    Ok(document)
}

fn old(bytes: &[u8], limits: &Limits) -> Result<Document, Refused> {
    let mut folded = xls::look_over(bytes, limits)?;
    let mut book: Xls<_> = Xls::new(Cursor::new(bytes)).map_err(|error| match error {
        calamine::XlsError::Password => Refused::encrypted(),
        _ => Refused::broken(),
    })?;
    let sheets = worksheets(book.sheets_metadata(), limits)?;
    let mut document = Document { counts_days: !book.has_1904_epoch(), ..Document::default() };
    for (number, sheet) in sheets {
        let mut grid = Grid::new();
        let range = book.worksheet_range(&sheet.name).map_err(|_| Refused::broken())?;
        let (top, left) = range.start().unwrap_or_default();
        for (row, col, value) in range.used_cells() {
            let offset = |at: usize, from: u32| u32::try_from(at).unwrap_or(u32::MAX).saturating_add(from);
            put(&mut grid, &sheet.name, (offset(row, top), offset(col, left)), value, limits)?;
        }
        leave(&mut grid, usize::try_from(number).ok().and_then(|number| folded.get_mut(number)));
        let merged = book.merge_cells_by_sheet_name(&sheet.name).unwrap_or_default();
        add(&mut document, number, sheet, grid, &merged, limits);
    }
    document.folded = (0u32..).zip(folded).filter(|(_, folded)| !folded.is_empty()).collect();
    Ok(document)
}

/// The sheets that have cells, numbered as they stand in the workbook.
fn worksheets(all: &[Sheet], limits: &Limits) -> Result<Vec<(u32, Sheet)>, Refused> {
    if all.len() > limits.sheets {
        return Err(Refused::limit(format!("more than {} sheets", limits.sheets)));
    }
    let is_of_it = |sheet: &Sheet| sheet.typ == SheetType::WorkSheet && is_guidance(&sheet.name);
    let shown = |sheet: &Sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible;
    let has_form = all.iter().any(|sheet| shown(sheet) && !is_of_it(sheet));
    let sheets = (0u32..).zip(all.iter().cloned()).filter(|(_, sheet)| sheet.typ == SheetType::WorkSheet);
    let hide = |(number, mut sheet): (u32, Sheet)| {
        if has_form && is_of_it(&sheet) {
            sheet.visible = SheetVisible::Hidden;
        }
        (number, sheet)
    };
    Ok(sheets.map(hide).collect())
}

/// A sheet that says how to fill in another, or shows it filled in, by its name.
pub(super) fn is_guidance(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "guidance",
        "guidance notes",
        "guidance note",
        "guide",
        "instructions",
        "instruction",
        "how to complete",
        "how to use",
        "help",
        "notes for completion",
        "completion notes",
        "read me",
        "readme",
        "example",
        "examples",
        "worked example",
        "completed example",
        "example form",
        "sample",
        "sample form",
    ];
    NAMES.contains(&normalise(name).as_str())
}

type Grid = BTreeMap<u32, BTreeMap<u32, Cell>>;

fn put(
    grid: &mut Grid,
    sheet: &str,
    (row, col): (u32, u32),
    value: &impl DataType,
    limits: &Limits,
) -> Result<(), Refused> {
    let Some((text, scalar)) = content(value) else { return Ok(()) };
    if row >= limits.rows || col >= limits.columns {
        return Err(Refused::limit(format!("a sheet larger than {} rows by {} columns", limits.rows, limits.columns)));
    }
    let cell = Cell { at: at(sheet, row, col), col, col_span: 1, row_span: 1, text, nested: String::new(), scalar };
    grid.entry(row).or_default().insert(col, cell);
    Ok(())
}

/// Cells of which some words are struck out say the others alone; a number says the noughts that it is shown with.
fn leave(grid: &mut Grid, folded: Option<&mut Folded>) {
    let Some(folded) = folded else { return };
    for ((row, col), text) in std::mem::take(&mut folded.left) {
        let cell = grid.get_mut(&row).and_then(|cells| cells.get_mut(&col));
        cell.into_iter().for_each(|cell| cell.text = tidy(&text));
    }
    for ((row, col), format) in std::mem::take(&mut folded.formats) {
        let cell = grid.get_mut(&row).and_then(|cells| cells.get_mut(&col));
        if let Some(cell) = cell {
            cell.text = shown(&cell.text, &format).unwrap_or_else(|| std::mem::take(&mut cell.text));
        }
    }
}

/// A sheet's cells become rows; those of a hidden one are kept for looking names up alone.
fn add(document: &mut Document, number: u32, sheet: Sheet, mut grid: Grid, merged: &[Dimensions], limits: &Limits) {
    if sheet.visible != SheetVisible::Visible {
        let texts = grid.into_values().flatten().map(|(_, cell)| cell.text);
        document.hidden.extend(texts.filter(|text| !text.is_empty()));
        return;
    }
    merge(&mut grid, merged, &sheet.name, limits);
    document.margins.push(sheet.name);
    document.rows.extend(grid.into_iter().map(|(index, cells)| Row {
        grid: number,
        sheet: number,
        layout: Layout::Sheet,
        index,
        cells: cells.into_values().collect(),
        strong: false,
    }));
}

/// A cell's text and typed value; none if it says nothing.
fn content(value: &impl DataType) -> Option<(String, Scalar)> {
    let text = |text: &str| {
        let text = tidy(text);
        (!text.is_empty()).then_some((text, Scalar::Text))
    };
    if let Some(moment) = value.get_datetime() {
        if !moment.is_datetime() {
            return None;
        }
        let (year, month, day, ..) = moment.to_ymd_hms_milli();
        let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
        // Below a day it is a time of day, not a date.
        return if moment.as_f64() < 1.0 { None } else { Some((date.to_string(), Scalar::Date(date))) };
    }
    if let Some(iso) = value.get_datetime_iso() {
        return match iso.get(..10).and_then(|day| day.parse::<Date>().ok()) {
            Some(date) => Some((date.to_string(), Scalar::Date(date))),
            None => text(iso),
        };
    }
    if let Some(on) = value.get_bool() {
        return Some((if on { "TRUE" } else { "FALSE" }.to_owned(), Scalar::Bool(on)));
    }
    if let Some(number) = value.get_int() {
        return Some((number.to_string(), Scalar::Text));
    }
    if let Some(number) = value.get_float() {
        return Some((number.to_string(), Scalar::Text));
    }
    value.get_string().and_then(text)
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

/// `Sheet1!C4`.
pub(super) fn at(sheet: &str, row: u32, col: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = col.saturating_add(1);
    while rest > 0 {
        let digit = (rest - 1) % 26;
        letters.push(char::from_u32(u32::from(b'A') + digit).unwrap_or('?'));
        rest = (rest - 1) / 26;
    }
    let letters: String = letters.into_iter().rev().collect();
    format!("{sheet}!{letters}{}", row.saturating_add(1))
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
