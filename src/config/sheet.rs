//! The directory's spreadsheet as rows of text: .xlsx as Excel and LibreOffice write it, or .csv with commas, semicolons
//! or tabs, with or without a byte-order mark.
//!
//! The file is the admin staff's own, yet it comes from outside: its size, rows and columns are bounded, and no range is
//! ever allocated from what a cell reference claims.

use calamine::{DataRef, Reader, Xlsx};
use std::collections::BTreeMap;
use std::io::Cursor;

const MOST_BYTES: usize = 10 * 1024 * 1024;
const MOST_UNPACKED: u64 = 50 * 1024 * 1024;
const MOST_ROWS: usize = 20_000;
const MOST_COLUMNS: usize = 64;

/// A row with something in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number as the spreadsheet shows it, from 1.
    pub number: usize,
    /// Its cells, trimmed; dates as ISO dates.
    pub cells: Vec<String>,
}

/// A file that cannot be read as a sheet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSheet {
    /// No bytes.
    #[error("the file is empty")]
    Empty,
    /// Beyond a limit.
    #[error("the file is too large: {0}")]
    TooLarge(&'static str),
    /// A format that is not read.
    #[error("{0}; save it as .xlsx or as \"CSV UTF-8\"")]
    Format(&'static str),
    /// Broken, or not what it claims to be.
    #[error("the workbook cannot be read: {0}")]
    Broken(String),
    /// A line that is not CSV.
    #[error("line {line} is not CSV: {message}")]
    Line {
        /// From 1.
        line: u64,
        /// What the reader said.
        message: String,
    },
}

/// Reads the first sheet that holds anything, or the CSV. Which of them it is, its bytes say.
///
/// # Errors
/// A file that cannot be read, with what to do.
pub fn read_sheet(bytes: &[u8]) -> Result<Vec<Row>, BadSheet> {
    if bytes.len() > MOST_BYTES {
        return Err(BadSheet::TooLarge("more than 10 MiB"));
    }
    match bytes {
        [] => Err(BadSheet::Empty),
        [b'P', b'K', 3, 4, ..] => read_xlsx(bytes),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Err(BadSheet::Format("this is an old Excel file, or one with a password")),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Err(BadSheet::Format("this is \"Unicode text\" (UTF-16)")),
        _ => read_csv(bytes),
    }
}

fn read_csv(bytes: &[u8]) -> Result<Vec<Row>, BadSheet> {
    let text = std::str::from_utf8(bytes).map_err(|_| BadSheet::Format("the text is not UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // Excel writes a first line `sep=;` where it distrusts the reader.
    let (text, skipped) = match text.split_once('\n') {
        Some((first, rest)) if first.trim_end().to_ascii_lowercase().starts_with("sep=") => (rest, 1),
        _ => (text, 0),
    };
    let header = text.lines().next().unwrap_or_default();
    let count = |c: char| header.chars().filter(|found| *found == c).count();
    let delimiter = [(b',', count(',')), (b';', count(';')), (b'\t', count('\t'))];
    let delimiter = delimiter.iter().rev().max_by_key(|(_, n)| *n).map_or(b',', |(c, _)| *c);
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    // The reader passes over blank lines without counting them, so lines are counted here.
    let (mut counted, mut line) = (0usize, 1 + skipped);
    for record in reader.records() {
        let record = record.map_err(|error| BadSheet::Line {
            line: error.position().map_or(0, csv::Position::line),
            message: error.to_string(),
        })?;
        let at = record.position().and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(counted);
        let blank = text.get(at..).map_or(0, |rest| rest.len() - rest.trim_start_matches(['\r', '\n']).len());
        line += text.get(counted..at + blank).map_or(0, |passed| passed.matches('\n').count());
        counted = at + blank;
        let cells: Vec<String> = record.iter().take(MOST_COLUMNS).map(|cell| cell.trim().to_owned()).collect();
        push(&mut rows, Row { number: line, cells })?;
    }
    Ok(rows)
}

fn push(rows: &mut Vec<Row>, row: Row) -> Result<(), BadSheet> {
    if rows.len() >= MOST_ROWS {
        return Err(BadSheet::TooLarge("more than 20,000 rows"));
    }
    if row.cells.iter().any(|cell| !cell.is_empty()) {
        rows.push(row);
    }
    Ok(())
}

fn read_xlsx(bytes: &[u8]) -> Result<Vec<Row>, BadSheet> {
    let broken = |error: &dyn std::fmt::Display| BadSheet::Broken(error.to_string());
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    let mut unpacked = 0u64;
    for i in 0..archive.len() {
        let entry = archive.by_index_raw(i).map_err(|error| broken(&error))?;
        unpacked = unpacked.saturating_add(entry.size());
    }
    if unpacked > MOST_UNPACKED {
        return Err(BadSheet::TooLarge("it unpacks to more than 50 MiB"));
    }
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    for name in book.sheet_names() {
        let rows = read_cells(&mut book, &name)?;
        if !rows.is_empty() {
            return Ok(rows);
        }
    }
    Err(BadSheet::Empty)
}

fn read_cells(book: &mut Xlsx<Cursor<&[u8]>>, sheet: &str) -> Result<Vec<Row>, BadSheet> {
    let broken = |error: calamine::XlsxError| BadSheet::Broken(error.to_string());
    let mut cells = book.worksheet_cells_reader(sheet).map_err(broken)?;
    let mut grid: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    while let Some(cell) = cells.next_cell().map_err(broken)? {
        let (row, column) = cell.get_position();
        let (Ok(row), Ok(column)) = (usize::try_from(row), usize::try_from(column)) else { continue };
        let text = text_of(cell.get_value());
        if column >= MOST_COLUMNS || text.is_empty() {
            continue;
        }
        let filled = grid.entry(row).or_default();
        if filled.len() <= column {
            filled.resize(column + 1, String::new());
        }
        if let Some(slot) = filled.get_mut(column) {
            *slot = text;
        }
        if grid.len() > MOST_ROWS {
            return Err(BadSheet::TooLarge("more than 20,000 rows"));
        }
    }
    Ok(grid.into_iter().map(|(row, cells)| Row { number: row.saturating_add(1), cells }).collect())
}

fn text_of(value: &DataRef<'_>) -> String {
    match value {
        DataRef::String(text) => text.trim().to_owned(),
        DataRef::SharedString(text) => text.trim().to_owned(),
        DataRef::Int(n) => n.to_string(),
        DataRef::Float(n) => n.to_string(),
        DataRef::Bool(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        DataRef::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::DateTimeIso(text) => text.split('T').next().unwrap_or_default().to_owned(),
        DataRef::DurationIso(_) | DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(row: &Row) -> Vec<&str> {
        row.cells.iter().map(String::as_str).collect()
    }

    #[test]
    fn csv_in_every_dress_excel_gives_it() {
        for text in [
            "name,email\n\n\"Ash, Jo\",jo@x.example\n",
            "\u{feff}name;email\r\n\r\n\"Ash, Jo\";jo@x.example\r\n",
            "name\temail\n\nAsh, Jo\tjo@x.example",
        ] {
            let rows = read_sheet(text.as_bytes()).unwrap();
            assert_eq!(rows.len(), 2, "{text:?}");
            assert_eq!(cells(&rows[1]), ["Ash, Jo", "jo@x.example"], "{text:?}");
            assert_eq!(rows[1].number, 3, "{text:?}");
        }
        let rows = read_sheet(b"sep=;\nname;email\nJo;jo@x.example\n").unwrap();
        assert_eq!((rows[1].number, cells(&rows[1])), (3, vec!["Jo", "jo@x.example"]));
    }

    #[test]
    fn a_workbook_with_dates_and_numbers() {
        let mut book = rust_xlsxwriter::Workbook::new();
        book.add_worksheet().set_name("Empty").unwrap();
        let sheet = book.add_worksheet();
        sheet.write(0, 0, "name").unwrap();
        sheet.write(0, 2, "valid_until").unwrap();
        sheet.write(2, 0, "Jo Ash ").unwrap();
        let date = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 9, 30).unwrap();
        let format = rust_xlsxwriter::Format::new().set_num_format("dd/mm/yyyy");
        sheet.write_with_format(2, 2, &date, &format).unwrap();
        let rows = read_sheet(&book.save_to_buffer().unwrap()).unwrap();
        assert_eq!(rows.iter().map(|r| r.number).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(cells(&rows[1]), ["Jo Ash", "", "2026-09-30"]);
    }

    #[test]
    fn what_cannot_be_read_says_what_to_do() {
        assert_eq!(read_sheet(b""), Err(BadSheet::Empty));
        assert!(matches!(read_sheet(&[0xD0, 0xCF, 0x11, 0xE0, 0, 0]), Err(BadSheet::Format(_))));
        assert!(matches!(read_sheet(&[0xFF, 0xFE, 0x41, 0]), Err(BadSheet::Format(_))));
        assert!(matches!(read_sheet(&[b'n', 0xE9, b'e']), Err(BadSheet::Format(_))));
        assert!(matches!(read_sheet(b"PK\x03\x04 nonsense"), Err(BadSheet::Broken(_))));
        assert_eq!(read_sheet(&vec![b'a'; MOST_BYTES + 1]), Err(BadSheet::TooLarge("more than 10 MiB")));
    }
}
