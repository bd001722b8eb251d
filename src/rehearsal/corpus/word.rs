//! The invented forms as .docx: a small zip of WordprocessingML (ECMA-376) of our own, with tables, content controls,
//! check boxes (`w14:checkbox` and the old `FORMCHECKBOX`), drop-downs and dates.

use super::CorpusError;
use super::paper::{Answer, Line, Paper};
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;

/// How the form is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WordLayout {
    /// Label and answer side by side, one question to a row, ballot boxes as characters.
    Table,
    /// Two questions to a row, headings over all four columns (`w:gridSpan`), legacy check boxes.
    Wide,
    /// Every answer in a content control; unanswered ones show their placeholder.
    Controls,
    /// No table: `Label: answer` paragraphs.
    Paragraphs,
}

const CONTENT_TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;
const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;
const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"><w:body>"#;
const TAIL: &str = r#"<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr></w:body></w:document>"#;

/// The form as the bytes of a Word document.
pub(super) fn write(paper: &Paper, layout: WordLayout) -> Result<Vec<u8>, CorpusError> {
    let mut body = paragraph(&run(paper.title, true));
    for section in &paper.sections {
        match layout {
            WordLayout::Wide => {}
            _ => body += &paragraph(&run(section.heading, true)),
        }
        match layout {
            WordLayout::Table => body += &table(&[3400, 6200], &side_by_side(&section.lines, plain)),
            WordLayout::Controls => body += &table(&[3400, 6200], &side_by_side(&section.lines, control)),
            WordLayout::Wide => body += &table(&[2200, 2600, 2200, 2600], &wide(section.heading, &section.lines)),
            WordLayout::Paragraphs => section.lines.iter().for_each(|line| body += &as_paragraphs(line)),
        }
    }
    let document = format!("{HEAD}{body}{TAIL}");
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    // The oldest date a zip can hold, not the clock's: the same form must give the same bytes.
    let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
    for (name, text) in
        [("[Content_Types].xml", CONTENT_TYPES), ("_rels/.rels", RELATIONS), ("word/document.xml", document.as_str())]
    {
        zip.start_file(name, options)?;
        zip.write_all(text.as_bytes()).map_err(zip::result::ZipError::Io)?;
    }
    Ok(zip.finish()?.into_inner())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn run(text: &str, bold: bool) -> String {
    let weight = if bold { "<w:rPr><w:b/></w:rPr>" } else { "" };
    format!(r#"<w:r>{weight}<w:t xml:space="preserve">{}</w:t></w:r>"#, escape(text))
}

fn paragraph(runs: &str) -> String {
    format!("<w:p>{runs}</w:p>")
}

fn cell(width: u32, span: u32, content: &str) -> String {
    let span = if span > 1 { format!(r#"<w:gridSpan w:val="{span}"/>"#) } else { String::new() };
    format!(r#"<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}</w:tcPr>{content}</w:tc>"#)
}

fn table(widths: &[u32], rows: &str) -> String {
    let grid: String = widths.iter().fold(String::new(), |mut grid, width| {
        let _ = write!(grid, r#"<w:gridCol w:w="{width}"/>"#);
        grid
    });
    let edge = |side: &str| format!(r#"<w:{side} w:val="single" w:sz="4" w:space="0" w:color="auto"/>"#);
    let borders: String = ["top", "left", "bottom", "right", "insideH", "insideV"].map(edge).concat();
    format!(
        r#"<w:tbl><w:tblPr><w:tblW w:w="0" w:type="auto"/><w:tblBorders>{borders}</w:tblBorders></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl><w:p/>"#
    )
}

fn side_by_side(lines: &[Line], answer: fn(&Answer) -> String) -> String {
    let row = |line: &Line| {
        let label = cell(3400, 1, &paragraph(&run(line.label, true)));
        format!("<w:tr>{label}{}</w:tr>", cell(6200, 1, &answer(&line.answer)))
    };
    lines.iter().map(row).collect()
}

fn wide(heading: &str, lines: &[Line]) -> String {
    let mut rows = format!("<w:tr>{}</w:tr>", cell(9600, 4, &paragraph(&run(heading, true))));
    let (boxed, short): (Vec<_>, Vec<_>) = lines.iter().partition(|line| matches!(line.answer, Answer::Boxes { .. }));
    for pair in short.chunks(2) {
        let cells: String = pair
            .iter()
            .map(|line| cell(2200, 1, &paragraph(&run(line.label, true))) + &cell(2600, 1, &plain(&line.answer)))
            .collect();
        let rest = if pair.len() == 1 { cell(4800, 2, "<w:p/>") } else { String::new() };
        let _ = write!(rows, "<w:tr>{cells}{rest}</w:tr>");
    }
    for line in boxed {
        let label = cell(2200, 1, &paragraph(&run(line.label, true)));
        let _ = write!(rows, "<w:tr>{label}{}</w:tr>", cell(7400, 3, &legacy_boxes(&line.answer)));
    }
    rows
}

fn words(answer: &Answer) -> String {
    match answer {
        Answer::Text(text) | Answer::Number(text) => text.clone(),
        Answer::Day(day) => day.strftime("%d/%m/%Y").to_string(),
        Answer::Boxes { .. } | Answer::Blank => String::new(),
    }
}

fn plain(answer: &Answer) -> String {
    match answer {
        Answer::Boxes { boxes, .. } => boxes
            .iter()
            .map(|(text, ticked)| paragraph(&run(&format!("{} {text}", if *ticked { '☒' } else { '☐' }), false)))
            .collect(),
        other => paragraph(&run(&words(other), false)),
    }
}

fn legacy_boxes(answer: &Answer) -> String {
    let Answer::Boxes { boxes, .. } = answer else { return plain(answer) };
    let each = |(text, ticked): &(&str, bool)| {
        let value = u8::from(*ticked);
        let field = format!(
            r#"<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:name w:val="Check"/><w:enabled/><w:calcOnExit w:val="0"/><w:checkBox><w:sizeAuto/><w:default w:val="0"/><w:checked w:val="{value}"/></w:checkBox></w:ffData></w:fldChar></w:r><w:r><w:instrText xml:space="preserve"> FORMCHECKBOX </w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>"#
        );
        paragraph(&format!("{field}{}", run(&format!(" {text}"), false)))
    };
    boxes.iter().map(each).collect()
}

fn control(answer: &Answer) -> String {
    match answer {
        Answer::Blank => block_control(
            "<w:showingPlcHdr/><w:text/>",
            &paragraph(&run("Click or tap here to enter text.", false)),
        ),
        Answer::Text(text) | Answer::Number(text) => block_control("<w:text/>", &paragraph(&run(text, false))),
        Answer::Day(day) => {
            let date = format!(
                r#"<w:date w:fullDate="{}T00:00:00Z"><w:dateFormat w:val="dd MMMM yyyy"/><w:lid w:val="en-GB"/></w:date>"#,
                day.strftime("%Y-%m-%d")
            );
            block_control(&date, &paragraph(&run(&day.strftime("%d %B %Y").to_string(), false)))
        }
        Answer::Boxes { one: true, boxes } if boxes.iter().all(|(text, _)| text.len() < 20) => drop_down(boxes),
        Answer::Boxes { boxes, .. } => boxes
            .iter()
            .map(|(text, ticked)| {
                let (value, mark) = if *ticked { (1, "☒") } else { (0, "☐") };
                let tick = format!(
                    r#"<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="{value}"/><w14:checkedState w14:val="2612" w14:font="MS Gothic"/><w14:uncheckedState w14:val="2610" w14:font="MS Gothic"/></w14:checkbox></w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>"#,
                    run(mark, false)
                );
                paragraph(&format!("{tick}{}", run(&format!(" {text}"), false)))
            })
            .collect(),
    }
}

fn drop_down(boxes: &[(&str, bool)]) -> String {
    let items: String = boxes.iter().fold(String::new(), |mut items, (text, _)| {
        let _ = write!(items, r#"<w:listItem w:displayText="{0}" w:value="{0}"/>"#, escape(text));
        items
    });
    let chosen = boxes.iter().find(|(_, ticked)| *ticked).map(|(text, _)| *text);
    let placeholder = if chosen.is_none() { "<w:showingPlcHdr/>" } else { "" };
    block_control(
        &format!("{placeholder}<w:dropDownList>{items}</w:dropDownList>"),
        &paragraph(&run(chosen.unwrap_or("Choose an item."), false)),
    )
}

fn block_control(properties: &str, content: &str) -> String {
    format!("<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt><w:p/>")
}

fn as_paragraphs(line: &Line) -> String {
    if matches!(line.answer, Answer::Boxes { .. }) {
        paragraph(&run(&format!("{}:", line.label), true)) + &plain(&line.answer)
    } else {
        paragraph(&(run(&format!("{}: ", line.label), true) + &run(&words(&line.answer), false)))
    }
}
