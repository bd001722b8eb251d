//! The workbook of an outcome sheet. Grey cells are for reference and locked, without a password; white ones are to be
//! filled in. A hidden sheet holds the drop-down lists and tells the program whose sheet it is when it comes back.

use super::{Row, Step, View};
use crate::outbound::compose::words;
use jiff::civil::Date;
use rust_xlsxwriter::{
    DataValidation, DataValidationErrorStyle, DataValidationRule, DocProperties, ExcelDateTime, Format, FormatAlign,
    FormatBorder, Formula, IgnoreError, ProtectionOptions, Workbook, Worksheet, XlsxError,
};

/// The mark by which the program knows its own sheet.
const MARK: &str = "dutyclerk outcome sheet 1";
/// Row of the column headings on both sheets that are filled in, from 0.
const HEADINGS: u32 = 3;
/// Rows for further actions.
const MORE_ACTIONS: u32 = 40;
const LISTS: &str = "Lists";
/// A3; a printer without it scales the page to what it has.
const A3: u8 = 8;

/// Heading, width in characters, and whether it is filled in.
const COLUMNS: [(&str, f64, bool); 17] = [
    ("No.", 5.0, false),
    ("Case ref", 9.0, false),
    ("Child (initials)", 9.0, false),
    ("LCS number", 11.0, false),
    ("Lead professional", 18.0, false),
    ("Current rating", 13.0, false),
    ("Attended", 24.0, true),
    ("Apologies", 18.0, true),
    ("Rating agreed", 13.0, true),
    ("Review date", 13.0, true),
    ("Action", 34.0, true),
    ("By whom", 16.0, true),
    ("By when", 12.0, true),
    ("Action status", 14.0, true),
    ("Decision", 11.0, true),
    ("Rationale", 34.0, true),
    ("Meeting", 24.0, false),
];
const RATING: u16 = 8;
const REVIEW: u16 = 9;
const BY_WHEN: u16 = 12;
const STATUS: u16 = 13;
const DECISION: u16 = 14;
const MEETING: u16 = 16;

const MORE_COLUMNS: [(&str, f64); 5] =
    [("Case ref", 11.0), ("Action", 70.0), ("By whom", 24.0), ("By when", 14.0), ("Action status", 16.0)];

const DECISIONS: [&str; 3] = ["Continue", "Close", "Defer"];
const STATUSES: [&str; 3] = ["COMPLETED", "ONGOING", "OUTSTANDING"];

struct Look {
    title: Format,
    quiet: Format,
    heading: Format,
    reference: Format,
    text: Format,
    day: Format,
    strong: Format,
    plain: Format,
}

impl Look {
    fn new() -> Self {
        let boxed = || {
            let format = Format::new().set_border(FormatBorder::Thin).set_border_color(0x009A_A5AB);
            format.set_text_wrap().set_align(FormatAlign::Top)
        };
        Self {
            title: Format::new().set_bold().set_font_size(16.0).set_font_color(0x001D_5B79),
            quiet: Format::new().set_font_color(0x004D_4D4D),
            heading: boxed().set_bold().set_background_color(0x001D_5B79).set_font_color(0x00FF_FFFF),
            reference: boxed().set_background_color(0x00E9_EDEF),
            text: boxed().set_unlocked(),
            day: boxed().set_unlocked().set_num_format("dd/mm/yyyy").set_align(FormatAlign::Left),
            strong: Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top),
            plain: Format::new().set_text_wrap().set_align(FormatAlign::Top),
        }
    }
}

/// The workbook's bytes; the same for the same view and day.
pub(super) fn write(view: &View, made: Date) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // Without a date of our own the writer would ask the clock, and no two runs would give the same bytes.
    let properties = DocProperties::new().set_title(title(view)).set_author(view.head.panel_short.clone());
    book.set_properties(&properties.set_creation_datetime(&excel_date(made)?));
    let look = Look::new();
    outcomes(book.add_worksheet(), view, &look)?;
    more_actions(book.add_worksheet(), view, &look)?;
    how_to(book.add_worksheet(), view, &look)?;
    lists(book.add_worksheet(), view)?;
    book.define_name("dutyclerk_outcome_sheet", &format!("={LISTS}!$A$1"))?;
    book.save_to_buffer()
}

fn title(view: &View) -> String {
    format!("Outcome sheet: {}, {}", view.head.panel_short, words::day(view.meeting.starts.date()))
}

fn outcomes(sheet: &mut Worksheet, view: &View, look: &Look) -> Result<(), XlsxError> {
    sheet.set_name("Outcomes")?;
    head(
        sheet,
        view,
        look,
        "One row for each child. Fill in the white cells, save, and answer the mail with this file.",
    )?;
    for (column, (name, width, _)) in (0u16..).zip(COLUMNS) {
        sheet.set_column_width(column, width)?;
        sheet.write_string_with_format(HEADINGS, column, name, &look.heading)?;
    }
    sheet.set_row_height(HEADINGS, 32)?;
    let (first, last) = (HEADINGS + 1, HEADINGS + u32::try_from(view.rows.len()).unwrap_or(u32::MAX - HEADINGS));
    for (row, child) in (first..).zip(&view.rows) {
        sheet.set_row_height(row, 62)?;
        for (column, text) in (0u16..).zip(reference(child)) {
            sheet.write_string_with_format(row, column, text, &look.reference)?;
        }
        for (column, _) in (0u16..).zip(COLUMNS).filter(|(_, (.., filled_in))| *filled_in) {
            let format = if matches!(column, REVIEW | BY_WHEN) { &look.day } else { &look.text };
            sheet.write_blank(row, column, format)?;
        }
        sheet.write_string_with_format(row, MEETING, view.meeting.id.to_string(), &look.reference)?;
    }
    if !view.rows.is_empty() {
        // Numbers are written as text, so that none loses its leading noughts; nobody need be warned of that.
        sheet.ignore_error_range(first, 0, last, 5, IgnoreError::NumberStoredAsText)?;
    }
    // For the program, should rows be copied elsewhere.
    sheet.set_column_hidden(MEETING)?;
    if !view.rows.is_empty() {
        let scale = u32::try_from(view.scale.len()).unwrap_or(1);
        let ratings = listed('B', scale, "Rating agreed", "The panel's own scale. Leave blank if none was agreed.")?;
        sheet.add_data_validation(first, RATING, last, RATING, &ratings)?;
        let decisions = listed('D', 3, "Decision", "Close needs a rationale. Defer: heard again at a later meeting.")?;
        sheet.add_data_validation(first, DECISION, last, DECISION, &decisions)?;
        sheet.add_data_validation(first, STATUS, last, STATUS, &statuses()?)?;
        sheet.add_data_validation(first, REVIEW, last, REVIEW, &review_date(view)?)?;
    }
    sheet.set_freeze_panes(HEADINGS + 1, 3)?;
    sheet.set_repeat_rows(HEADINGS, HEADINGS)?;
    sheet.set_print_area(0, 0, last, MEETING - 1)?;
    page(sheet, view);
    Ok(())
}

fn reference(child: &Row) -> [String; 6] {
    let text = |value: &Option<crate::casework::Redacted<String>>| {
        value.as_ref().map(|v| words::one_line(v.reveal())).unwrap_or_default()
    };
    [
        child.number.to_string(),
        child.case.to_string(),
        words::one_line(child.initials.reveal()),
        text(&child.lcs_number),
        text(&child.lead_professional),
        child.rating.clone().unwrap_or_default(),
    ]
}

fn more_actions(sheet: &mut Worksheet, view: &View, look: &Look) -> Result<(), XlsxError> {
    sheet.set_name("More actions")?;
    head(sheet, view, look, "A child's second, third, … action: one row each, with the child's case ref.")?;
    for (column, (name, width)) in (0u16..).zip(MORE_COLUMNS) {
        sheet.set_column_width(column, width)?;
        sheet.write_string_with_format(HEADINGS, column, name, &look.heading)?;
    }
    let (first, last) = (HEADINGS + 1, HEADINGS + MORE_ACTIONS);
    for row in first..=last {
        for column in [0, 1, 2, 4] {
            sheet.write_blank(row, column, &look.text)?;
        }
        sheet.write_blank(row, 3, &look.day)?;
    }
    if !view.rows.is_empty() {
        let end = HEADINGS + 1 + u32::try_from(view.rows.len()).unwrap_or(0);
        let cases = Formula::new(format!("=Outcomes!$B${}:$B${end}", HEADINGS + 2));
        sheet.add_data_validation(first, 0, last, 0, &DataValidation::new().allow_list_formula(cases))?;
    }
    sheet.add_data_validation(first, 4, last, 4, &statuses()?)?;
    sheet.set_freeze_panes(HEADINGS + 1, 0)?;
    sheet.set_repeat_rows(HEADINGS, HEADINGS)?;
    page(sheet, view);
    Ok(())
}

fn head(sheet: &mut Worksheet, view: &View, look: &Look, what: &str) -> Result<(), XlsxError> {
    sheet.write_string_with_format(0, 0, title(view), &look.title)?;
    sheet.set_row_height(0, 24)?;
    sheet.write_string_with_format(1, 0, format!("Meeting: {}. CONFIDENTIAL.", view.meeting.id), &look.quiet)?;
    sheet.write_string_with_format(2, 0, what, &look.quiet)?;
    Ok(())
}

fn page(sheet: &mut Worksheet, view: &View) {
    let protection =
        ProtectionOptions { format_cells: true, format_columns: true, format_rows: true, ..ProtectionOptions::new() };
    sheet.protect_with_options(&protection);
    sheet.set_landscape().set_paper_size(A3).set_print_fit_to_pages(1, 0);
    sheet.set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3);
    // In a footer `&` begins a code.
    let name = view.head.panel_short.replace('&', "&&");
    sheet.set_footer(format!("&L{name}, {}: confidential&RPage &P of &N", view.meeting.id.date));
}

/// A drop-down from the hidden sheet. What is typed over it is a warning's matter: case and spelling are read kindly.
fn listed(column: char, rows: u32, title: &str, hint: &str) -> Result<DataValidation, XlsxError> {
    let list = Formula::new(format!("={LISTS}!${column}$1:${column}${rows}"));
    DataValidation::new()
        .allow_list_formula(list)
        .set_input_title(title)?
        .set_input_message(hint)?
        .set_error_style(DataValidationErrorStyle::Warning)
        .set_error_title("Not in the list")?
        .set_error_message("Please choose from the list: anything else is sent back to you as a question.")
}

fn statuses() -> Result<DataValidation, XlsxError> {
    listed('E', 3, "Action status", "COMPLETED, ONGOING or OUTSTANDING.")
}

fn review_date(view: &View) -> Result<DataValidation, XlsxError> {
    let meeting = excel_date(view.meeting.starts.date())?;
    DataValidation::new()
        .allow_date(DataValidationRule::GreaterThan(meeting))
        .set_input_title("Next review (MC-03, SH-06)")?
        .set_input_message(hint(view))?
        .set_error_style(DataValidationErrorStyle::Warning)
        .set_error_title("Not a day after the meeting")?
        .set_error_message("Please give a day after the meeting, as 08/12/2026.")
}

/// The windows in as many characters as Excel shows (255).
fn hint(view: &View) -> String {
    if view.fixed_reviews {
        return "At 3 and 6 months from the start of the pathway, then every 3 months. Leave blank for the next of these. Another day is kept, and the chair is told.".to_owned();
    }
    let short = |day: Date| day.strftime("%-d %b %Y").to_string();
    let windows: Vec<String> = view
        .scale
        .iter()
        .filter_map(|step| {
            let (target, latest) = step.review?;
            let aim = if target == latest { String::new() } else { format!("{} to ", short(target)) };
            Some(format!("{}: {aim}{}", step.title, short(latest)))
        })
        .collect();
    let text = format!("Latest (aim first). {}. Another day is kept, and the chair is told.", windows.join(". "));
    if text.chars().count() <= 255 { text } else { "See \"How to fill this in\".".to_owned() }
}

fn how_to(sheet: &mut Worksheet, view: &View, look: &Look) -> Result<(), XlsxError> {
    sheet.set_name("How to fill this in")?;
    sheet.set_column_width(0, 22)?.set_column_width(1, 92)?;
    sheet.write_string_with_format(0, 0, "How to fill this in", &look.title)?;
    let mut row = 2;
    let close = "Continue, Close or Defer. Close needs a rationale: why the child is no longer at risk, or that the rating is the lowest of the scale (SY-20, SH-08).";
    let review = if view.fixed_reviews {
        "When the child is reviewed next. Left blank: 3 and 6 months from the start of the pathway, then every 3 months (SH-06)."
    } else {
        "When the child is reviewed next. Left blank: proposed from the rating, as below (MC-03, MC-35). A day outside the window is kept, and the chair is told."
    };
    for (what, how) in [
        (
            "White cells",
            "To be filled in. Grey cells are for reference and locked. Rows may be left blank: what is blank changes nothing.",
        ),
        ("Attended, Apologies", "Names or agencies, separated by commas."),
        ("Rating agreed", "From the panel's own list."),
        ("Review date", review),
        (
            "Action",
            "One action in the row itself; further ones on the sheet \"More actions\". By whom: who is accountable. By when: a day. Status: COMPLETED, ONGOING or OUTSTANDING (SY-44).",
        ),
        ("Decision", close),
        ("Rationale", "In a sentence or two: why this rating, why this decision (SY-19)."),
        (
            "When it is done",
            "Save the workbook as it is (.xlsx) and answer the mail it came with. It is read at once; what cannot be read is asked back, and nothing else is held up.",
        ),
        (
            "Several sendings",
            "You may send it more than once, a few rows at a time. What you fill in anew takes the place of what was there; what you leave blank stays.",
        ),
    ] {
        sheet.write_string_with_format(row, 0, what, &look.strong)?;
        sheet.write_string_with_format(row, 1, how, &look.plain)?;
        // Not every program makes room for folded text by itself.
        let lines = u32::try_from(how.chars().count() / 88).unwrap_or(0) + 1;
        sheet.set_row_height(row, 16 * lines)?;
        row += 1;
    }
    row += 1;
    sheet.write_string_with_format(row, 0, "Rating", &look.heading)?;
    sheet.write_string_with_format(row, 1, "Next review of a child heard at this meeting", &look.heading)?;
    for step in &view.scale {
        row += 1;
        sheet.write_string_with_format(row, 0, &step.title, &look.strong)?;
        sheet.write_string_with_format(row, 1, window(view, step), &look.plain)?;
    }
    sheet.protect();
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    Ok(())
}

fn window(view: &View, step: &Step) -> String {
    match step.review {
        Some((target, latest)) if target != latest => {
            format!("aim for {}, at the latest {}", words::day(target), words::day(latest))
        }
        Some((_, latest)) => format!("at the latest {}", words::day(latest)),
        None if view.fixed_reviews => "at the fixed reviews (SH-06)".to_owned(),
        None => "no review asked for".to_owned(),
    }
}

fn lists(sheet: &mut Worksheet, view: &View) -> Result<(), XlsxError> {
    sheet.set_name(LISTS)?;
    sheet.write_string(0, 0, MARK)?;
    sheet.write_string(1, 0, format!("meeting: {}", view.meeting.id))?;
    for (row, step) in (0u32..).zip(&view.scale) {
        sheet.write_string(row, 1, &step.title)?;
        sheet.write_string(row, 2, format!("scale: {} = {}", step.id, step.title))?;
    }
    for (column, texts) in [(3, DECISIONS), (4, STATUSES)] {
        for (row, text) in (0u32..).zip(texts) {
            sheet.write_string(row, column, text)?;
        }
    }
    sheet.set_hidden(true);
    sheet.protect();
    Ok(())
}

fn excel_date(day: Date) -> Result<ExcelDateTime, XlsxError> {
    let (year, month, of_month) = (day.year().unsigned_abs(), day.month().unsigned_abs(), day.day().unsigned_abs());
    ExcelDateTime::from_ymd(year, month, of_month)
}
