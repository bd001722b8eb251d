//! A filled form as a document: by hand-made Word markup, or by a writer of workbooks.

use super::super::*;
use super::{Answer, Filled};

/// Ways to lay a form out.
#[derive(Clone, Copy, Debug)]
pub(super) enum Layout {
    Beside,
    TwoPairsARow,
    OneCell,
    OneColumnOneCell,
    OneCellTwoLines,
    Above,
    HeaderRows,
    Merged,
    Curly,
    Nested,
    Controls,
    ControlCells,
    RepeatedHeader,
    Paragraphs,
    Tabs,
    Bold,
    Sheet,
    SheetDates,
    SheetGap,
    SheetTwoPairs,
    SheetMerged,
    SheetAbove,
    SheetOneCell,
    SheetOffset,
}

pub(super) const LAYOUTS: &[Layout] = &[
    Layout::Beside,
    Layout::TwoPairsARow,
    Layout::OneCell,
    Layout::OneColumnOneCell,
    Layout::OneCellTwoLines,
    Layout::Above,
    Layout::HeaderRows,
    Layout::Merged,
    Layout::Curly,
    Layout::Nested,
    Layout::Controls,
    Layout::ControlCells,
    Layout::RepeatedHeader,
    Layout::Paragraphs,
    Layout::Tabs,
    Layout::Bold,
    Layout::Sheet,
    Layout::SheetDates,
    Layout::SheetGap,
    Layout::SheetTwoPairs,
    Layout::SheetMerged,
    Layout::SheetAbove,
    Layout::SheetOneCell,
    Layout::SheetOffset,
];

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn cell(text: &str) -> String {
    text.lines().map(|line| p(&escaped(line))).collect::<String>() + if text.is_empty() { "<w:p/>" } else { "" }
}

fn wide(text: &str, columns: u32) -> String {
    format!("<w:tc><w:tcPr><w:gridSpan w:val=\"{columns}\"/></w:tcPr>{}</w:tc>", cell(text))
}

fn line(texts: &[&str]) -> String {
    let cells: Vec<String> = texts.iter().map(|text| cell(text)).collect();
    row(&cells.iter().map(String::as_str).collect::<Vec<_>>())
}

fn tbl(rows: &str) -> String {
    format!("<w:tbl>{rows}</w:tbl>")
}

fn control(inner: &str) -> String {
    format!("<w:sdt><w:sdtPr><w:text/></w:sdtPr><w:sdtContent>{inner}</w:sdtContent></w:sdt>")
}

/// The body of a Word document.
fn body(form: &Filled, layout: Layout) -> String {
    let pairs = form.pairs();
    let title = p(&escaped(form.title()));
    let beside =
        |pairs: &[(String, String)]| pairs.iter().map(|(label, text)| line(&[label, text])).collect::<String>();
    let rest = match layout {
        Layout::TwoPairsARow => {
            let rows = pairs.chunks(2).map(|pair| match pair {
                [(a, x), (b, y)] => line(&[a, x, b, y]),
                [(a, x)] => line(&[a, x, "", ""]),
                _ => String::new(),
            });
            tbl(&rows.collect::<String>())
        }
        Layout::OneCell => {
            let rows = pairs.chunks(2).map(|pair| {
                let texts: Vec<String> = pair.iter().map(|(label, text)| format!("{label}: {text}")).collect();
                line(&texts.iter().map(String::as_str).collect::<Vec<_>>())
            });
            tbl(&rows.collect::<String>())
        }
        Layout::OneColumnOneCell => {
            tbl(&pairs.iter().map(|(label, text)| line(&[&format!("{label}: {text}")])).collect::<String>())
        }
        Layout::OneCellTwoLines => {
            let rows = pairs.chunks(2).map(|pair| {
                let texts: Vec<String> = pair.iter().map(|(label, text)| format!("{label}\n{text}")).collect();
                line(&texts.iter().map(String::as_str).collect::<Vec<_>>())
            });
            tbl(&rows.collect::<String>())
        }
        Layout::Above => tbl(&pairs.iter().map(|(label, text)| line(&[label]) + &line(&[text])).collect::<String>()),
        Layout::HeaderRows => {
            let rows = pairs.chunks(3).filter(|group| group.len() > 1).map(|group| {
                let labels: Vec<&str> = group.iter().map(|(label, _)| label.as_str()).collect();
                let texts: Vec<&str> = group.iter().map(|(_, text)| text.as_str()).collect();
                tbl(&(line(&labels) + &line(&texts))) + &p("")
            });
            let last = pairs.chunks(3).filter(|group| group.len() == 1).map(|group| tbl(&beside(group)));
            rows.chain(last).collect()
        }
        Layout::Merged => {
            let rows = pairs.iter().map(|(label, text)| format!("<w:tr>{}{}</w:tr>", wide(label, 2), wide(text, 3)));
            tbl(&(format!("<w:tr>{}</w:tr>", wide(form.title(), 5)) + &rows.collect::<String>()))
        }
        Layout::Curly => {
            let curl = |(label, text): &(String, String)| (label.replace('\'', "’"), text.clone());
            tbl(&beside(&pairs.iter().map(curl).collect::<Vec<_>>()))
        }
        Layout::Nested => {
            let (first, second) = pairs.split_at(pairs.len() / 2);
            let inner = |pairs: &[(String, String)]| format!("{}<w:p/>", tbl(&beside(pairs)));
            tbl(&row(&[&inner(first), &inner(second)]))
        }
        Layout::Controls => {
            let rows = pairs.iter().map(|(label, text)| {
                let run = control(&format!("<w:r><w:t>{}</w:t></w:r>", escaped(&text.replace('\n', ", "))));
                row(&[&cell(label), &format!("<w:p>{run}</w:p>")])
            });
            tbl(&rows.collect::<String>())
        }
        Layout::ControlCells => {
            let rows = pairs.iter().map(|(label, text)| {
                format!("<w:tr><w:tc>{}</w:tc>{}</w:tr>", cell(label), control(&format!("<w:tc>{}</w:tc>", cell(text))))
            });
            tbl(&rows.collect::<String>())
        }
        Layout::RepeatedHeader => {
            let pages = pairs.chunks(4).enumerate();
            pages
                .map(|(n, page)| {
                    p(&format!("Page {} of 9", n + 1)) + &title + &tbl(&(line(&["Item", "Details"]) + &beside(page)))
                })
                .collect()
        }
        Layout::Paragraphs => pairs.iter().map(|(label, text)| p(&escaped(&format!("{label}: {text}")))).collect(),
        Layout::Tabs => {
            let tabbed = |(label, text): &(String, String)| {
                format!("<w:p><w:r><w:t>{}</w:t><w:tab/><w:t>{}</w:t></w:r></w:p>", escaped(label), escaped(text))
            };
            pairs.iter().map(tabbed).collect()
        }
        // Word parts one text into several runs as it likes.
        Layout::Bold => {
            let split = |text: &str| {
                let (a, b) = text.split_at(text.floor_char_boundary(text.len() / 2));
                format!(
                    "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t xml:space=\"preserve\">{}</w:t></w:r><w:proofErr w:type=\"spellStart\"/><w:r><w:t xml:space=\"preserve\">{}</w:t></w:r></w:p>",
                    escaped(a),
                    escaped(b)
                )
            };
            tbl(&pairs.iter().map(|(label, text)| row(&[&split(label), &split(text)])).collect::<String>())
        }
        _ => tbl(&beside(&pairs)),
    };
    title + &rest
}

/// A sheet of a workbook.
fn sheet(form: &Filled, layout: Layout, sheet: &mut rust_xlsxwriter::Worksheet) {
    let dates = rust_xlsxwriter::Format::new().set_num_format("dd/mm/yyyy");
    let text = rust_xlsxwriter::Format::new();
    let (mut at, first) = if matches!(layout, Layout::SheetOffset) { (5, 3) } else { (0, 0) };
    sheet.write(at, first, form.title()).unwrap();
    at += 2;
    let put = |sheet: &mut rust_xlsxwriter::Worksheet, row, col, answer: &Answer| match answer.day {
        Some(day) if matches!(layout, Layout::SheetDates | Layout::SheetGap) => {
            let days = (day - Date::constant(1899, 12, 30)).get_days();
            sheet.write_with_format(row, col, days, &dates).unwrap();
        }
        _ => {
            sheet.write(row, col, answer.written.as_str()).unwrap();
        }
    };
    for (n, answer) in (0u32..).zip(&form.answers) {
        match layout {
            Layout::SheetGap => {
                sheet.write(at, 0, answer.label.as_str()).unwrap();
                put(sheet, at, 2, answer);
                at += 1;
            }
            Layout::SheetTwoPairs => {
                let col = if n % 2 == 0 { 0 } else { 3 };
                sheet.write(at, col, answer.label.as_str()).unwrap();
                put(sheet, at, col + 1, answer);
                at += u32::from(n % 2 == 1);
            }
            Layout::SheetMerged => {
                sheet.merge_range(at, 0, at, 2, &answer.label, &text).unwrap();
                sheet.merge_range(at, 3, at, 6, &answer.written, &text).unwrap();
                at += 1;
            }
            Layout::SheetAbove => {
                let (row, col) = (at + n / 3 * 3, u16::try_from(n % 3).unwrap());
                let alone = n / 3 * 3 + 1 == u32::try_from(form.answers.len()).unwrap();
                sheet.write(row, col, answer.label.as_str()).unwrap();
                if alone { put(sheet, row, col + 1, answer) } else { put(sheet, row + 1, col, answer) }
            }
            Layout::SheetOneCell => {
                sheet.write(at, 0, format!("{}: {}", answer.label, answer.written)).unwrap();
                at += 1;
            }
            _ => {
                sheet.write(at, first, answer.label.as_str()).unwrap();
                put(sheet, at, first + 1, answer);
                at += 1;
            }
        }
    }
}

fn is_sheet(layout: Layout) -> bool {
    format!("{layout:?}").starts_with("Sheet")
}

/// The forms of one document.
pub(super) fn document(forms: &[Filled], layout: Layout) -> Vec<u8> {
    if is_sheet(layout) {
        let mut book = rust_xlsxwriter::Workbook::new();
        for form in forms {
            sheet(form, layout, book.add_worksheet());
        }
        return book.save_to_buffer().unwrap();
    }
    docx(&forms.iter().map(|form| body(form, layout)).collect::<String>())
}
