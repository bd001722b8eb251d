//! The invented forms as .xlsx, in the layouts people really make of a form: the value right of its label, below it, in
//! the same cell, or in merged cells with two questions to a row.

use super::CorpusError;
use super::paper::{Answer, Line, Paper};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Image, Workbook, Worksheet};

/// Where an answer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SheetLayout {
    /// One cell to the right; dates and numbers as such.
    Right,
    /// One cell below, two questions side by side; everything as text.
    Below,
    /// `Label: answer` in one cell.
    SameCell,
    /// Label and answer each in merged cells, two questions to a row.
    Merged,
}

struct Look {
    title: Format,
    heading: Format,
    label: Format,
    value: Format,
    day: Format,
}

impl Look {
    fn new() -> Self {
        let boxed = || Format::new().set_border(FormatBorder::Thin).set_text_wrap().set_align(FormatAlign::Top);
        Self {
            title: Format::new().set_bold().set_font_size(14.0),
            heading: Format::new().set_bold().set_background_color(0x00D9_E2F3),
            label: boxed().set_bold(),
            value: boxed(),
            day: boxed().set_num_format("dd/mm/yyyy").set_align(FormatAlign::Left),
        }
    }
}

/// The form as the bytes of a workbook. `padding` appends a picture of about that many bytes that do not compress, for
/// benchmarks; 0 for none.
pub(super) fn write(paper: &Paper, layout: SheetLayout, padding: usize) -> Result<Vec<u8>, CorpusError> {
    let mut workbook = Workbook::new();
    // Without a date of our own the writer would ask the clock, and no two runs would give the same bytes.
    let made = ExcelDateTime::from_ymd(2026, 10, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let sheet = workbook.add_worksheet();
    sheet.set_name("Assessment")?;
    let look = Look::new();
    for (column, width) in [(0, 34.0), (1, 40.0), (2, 34.0), (3, 40.0), (4, 18.0), (5, 18.0)] {
        sheet.set_column_width(column, width)?;
    }
    sheet.merge_range(0, 0, 0, 3, paper.title, &look.title)?;
    let mut row = 2;
    for section in &paper.sections {
        sheet.write_string_with_format(row, 0, section.heading, &look.heading)?;
        row += 1;
        row = match layout {
            SheetLayout::Right => right(sheet, &look, row, &section.lines)?,
            SheetLayout::Below => below(sheet, &look, row, &section.lines)?,
            SheetLayout::SameCell => same_cell(sheet, &look, row, &section.lines)?,
            SheetLayout::Merged => merged(sheet, &look, row, &section.lines)?,
        };
        row += 1;
    }
    if padding > 0 {
        let picture = Image::new_from_buffer(&noise_bitmap(padding))?;
        sheet.insert_image(row + 1, 0, &picture)?;
    }
    Ok(workbook.save_to_buffer()?)
}

/// Boxes stand in rows of their own: the box's text, and an `x` or nothing to its right.
fn right(sheet: &mut Worksheet, look: &Look, mut row: u32, lines: &[Line]) -> Result<u32, CorpusError> {
    for line in lines {
        sheet.write_string_with_format(row, 0, line.label, &look.label)?;
        match &line.answer {
            Answer::Text(text) => {
                sheet.write_string_with_format(row, 1, text, &look.value)?;
            }
            Answer::Day(day) => {
                let (year, month, day) =
                    (day.year().unsigned_abs(), day.month().unsigned_abs(), day.day().unsigned_abs());
                let value = ExcelDateTime::from_ymd(year, month, day)?;
                sheet.write_datetime_with_format(row, 1, value, &look.day)?;
            }
            Answer::Number(digits) => {
                let number: f64 = digits.parse().unwrap_or_default();
                sheet.write_with_format(row, 1, number, &look.value)?;
            }
            Answer::Boxes { one: true, boxes } => {
                let ticked = boxes.iter().find(|(_, ticked)| *ticked).map_or("", |(text, _)| *text);
                sheet.write_string_with_format(row, 1, ticked, &look.value)?;
            }
            Answer::Boxes { one: false, boxes } => {
                for (text, ticked) in boxes {
                    row += 1;
                    sheet.write_string_with_format(row, 0, *text, &look.value)?;
                    sheet.write_string_with_format(row, 1, if *ticked { "x" } else { "" }, &look.value)?;
                }
            }
            Answer::Blank => {
                sheet.write_string_with_format(row, 1, "", &look.value)?;
            }
        }
        row += 1;
    }
    Ok(row)
}

fn below(sheet: &mut Worksheet, look: &Look, mut row: u32, lines: &[Line]) -> Result<u32, CorpusError> {
    for pair in lines.chunks(2) {
        for (column, line) in (0..).zip(pair) {
            sheet.write_string_with_format(row, column, line.label, &look.label)?;
            sheet.write_string_with_format(row + 1, column, words(&line.answer, "\n"), &look.value)?;
        }
        row += 2;
    }
    Ok(row)
}

fn same_cell(sheet: &mut Worksheet, look: &Look, mut row: u32, lines: &[Line]) -> Result<u32, CorpusError> {
    for line in lines {
        let joint = if matches!(line.answer, Answer::Boxes { .. }) { "\n" } else { " " };
        let text = format!("{}:{joint}{}", line.label, words(&line.answer, "\n"));
        sheet.merge_range(row, 0, row, 3, text.trim_end(), &look.value)?;
        row += 1;
    }
    Ok(row)
}

/// Boxes take a whole row, the label over all four columns and the boxes below it.
fn merged(sheet: &mut Worksheet, look: &Look, mut row: u32, lines: &[Line]) -> Result<u32, CorpusError> {
    let (boxed, plain): (Vec<_>, Vec<_>) = lines.iter().partition(|line| matches!(line.answer, Answer::Boxes { .. }));
    for pair in plain.chunks(2) {
        for (start, line) in [0, 3].into_iter().zip(pair) {
            sheet.write_string_with_format(row, start, line.label, &look.label)?;
            sheet.merge_range(row, start + 1, row + 1, start + 2, &words(&line.answer, "\n"), &look.value)?;
        }
        row += 2;
    }
    for line in boxed {
        sheet.merge_range(row, 0, row, 5, line.label, &look.label)?;
        sheet.merge_range(row + 1, 0, row + 1, 5, &words(&line.answer, "   "), &look.value)?;
        row += 2;
    }
    Ok(row)
}

/// The answer as people type it; boxes as ballot boxes.
fn words(answer: &Answer, between: &str) -> String {
    match answer {
        Answer::Text(text) | Answer::Number(text) => text.clone(),
        Answer::Day(day) => day.strftime("%d/%m/%Y").to_string(),
        Answer::Boxes { boxes, .. } => {
            let each: Vec<String> =
                boxes.iter().map(|(text, ticked)| format!("{} {text}", if *ticked { '☒' } else { '☐' })).collect();
            each.join(between)
        }
        Answer::Blank => String::new(),
    }
}

/// A 24-bit bitmap of about `bytes` bytes of noise from a small xorshift generator: it compresses to nothing less.
fn noise_bitmap(bytes: usize) -> Vec<u8> {
    const WIDTH: u32 = 64;
    let height = u32::try_from(bytes).unwrap_or(u32::MAX).div_ceil(WIDTH * 3).max(1);
    let pixels = WIDTH * 3 * height;
    let mut out = Vec::with_capacity(54 + pixels as usize);
    out.extend_from_slice(b"BM");
    for field in [54 + pixels, 0, 54, 40, WIDTH, height, 24 << 16 | 1, 0, pixels, 2835, 2835, 0, 0] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    let mut state = 0x9E37_79B9_7F4A_7C15_u64 ^ bytes as u64;
    while out.len() < 54 + pixels as usize {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.extend_from_slice(&state.to_le_bytes());
    }
    out.truncate(54 + pixels as usize);
    out
}
