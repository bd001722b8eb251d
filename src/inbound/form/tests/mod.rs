//! Hostile and odd files, and the layouts of a Word document that only raw markup can make.

mod anothers;
mod answers;
mod choices;
mod editions;
mod elsewhere;
mod framed;
mod layouts;
mod offices;
mod overleaf;
mod printed;
mod printed_rows;
mod several;
mod told;
mod under;
mod values;

use super::*;
use crate::casework::{FieldId, Value};
use jiff::civil::date;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

const TODAY: Date = date(2026, 11, 22);
const WORD: &str = r#"xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml""#;
const TYPES: &str =
    r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#;

fn read(bytes: &[u8]) -> ReadReport {
    read_document(bytes, None, &FormTables::shipped().unwrap(), &Limits::default(), TODAY, &ReadOptions::default())
}

fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn docx(body: &str) -> Vec<u8> {
    let document = format!("<?xml version=\"1.0\"?><w:document {WORD}><w:body>{body}</w:body></w:document>");
    zipped(&[("[Content_Types].xml", TYPES.as_bytes()), ("word/document.xml", document.as_bytes())])
}

fn p(text: &str) -> String {
    format!("<w:p><w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r></w:p>")
}

fn row(cells: &[&str]) -> String {
    let cells: String = cells.iter().map(|cell| format!("<w:tc>{cell}</w:tc>")).collect();
    format!("<w:tr>{cells}</w:tr>")
}

/// A RAT with the usual rows, `more` of which come first.
fn rat(more: &str) -> Vec<u8> {
    let rows: String = [
        ("Child's name", "Zoe Example"),
        ("DOB", "01/02/2011"),
        ("Date of assessment", "12/11/2026"),
        ("Lead professional", "Pat Worker"),
    ]
    .iter()
    .map(|(label, value)| row(&[&p(label), &p(value)]))
    .collect();
    docx(&format!("{}<w:tbl>{more}{rows}</w:tbl>", p("Exploited and Missing Child Risk Assessment")))
}

fn code(report: &ReadReport) -> FindingCode {
    assert_eq!(report.readings[0].form, None);
    report.readings[0].findings[0].code
}

/// A text or a day as read.
fn said(report: &ReadReport, field: FieldId) -> Option<String> {
    text(report, field).or_else(|| report.readings[0].date(field).map(|day| day.to_string()))
}

fn text(report: &ReadReport, field: FieldId) -> Option<String> {
    report.readings[0].text(field).map(str::to_owned)
}

#[test]
fn every_other_format_is_refused_with_what_to_send_instead() {
    let ole = |stream: &str| {
        let mut bytes = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
        bytes.extend([0; 500]);
        bytes.extend(stream.encode_utf16().flat_map(u16::to_le_bytes));
        bytes
    };
    let ods = zipped(&[("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")]);
    for (bytes, format, code, says) in [
        (ole("Workbook"), Format::Xls, FindingCode::Unreadable, "damaged"),
        (ole("WordDocument"), Format::Doc, FindingCode::UnsupportedFormat, "Word Document (.docx)"),
        (ole("EncryptedPackage"), Format::Encrypted, FindingCode::Encrypted, "password"),
        (ole("__properties_version1.0"), Format::Msg, FindingCode::UnsupportedFormat, "attach the form"),
        (ods, Format::Ods, FindingCode::Unreadable, "damaged"),
        (b"%PDF-1.7\n".to_vec(), Format::Pdf, FindingCode::Unreadable, "damaged"),
        (b"<!DOCTYPE html><html>".to_vec(), Format::Html, FindingCode::UnsupportedFormat, ".docx"),
        (b"BEGIN:VCALENDAR\r\n".to_vec(), Format::Ics, FindingCode::UnsupportedFormat, "calendar"),
        (b"\x89PNG\r\n\x1a\n".to_vec(), Format::Image, FindingCode::UnsupportedFormat, "scan"),
        (
            b"From: a@b.example\r\nSubject: x\r\n\r\nhello".to_vec(),
            Format::Eml,
            FindingCode::UnsupportedFormat,
            "e-mail",
        ),
        (b"Dear all".to_vec(), Format::Text, FindingCode::UnsupportedFormat, "plain text"),
        (zipped(&[("a.txt", b"x")]), Format::Zip, FindingCode::UnsupportedFormat, "zip"),
        (Vec::new(), Format::Empty, FindingCode::Empty, "empty"),
        (vec![1, 2, 3, 0, 0xFF], Format::Unknown, FindingCode::UnsupportedFormat, "form"),
    ] {
        let report = read(&bytes);
        assert_eq!(report.format, format);
        assert_eq!(self::code(&report), code, "{format}");
        assert!(
            report.readings[0].findings[0].message.contains(says),
            "{format}: {}",
            report.readings[0].findings[0].message
        );
    }
}

#[test]
fn a_file_of_a_kind_that_is_not_read_is_told_by_its_name() {
    let types = ("[Content_Types].xml", TYPES.as_bytes());
    let cms = |kind: u8| {
        [&[0x30, 0x82, 0x10, 0, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, kind][..], &[0; 60]]
            .concat()
    };
    let cases: [(Vec<u8>, Format, FindingCode, &str); 11] = [
        (
            zipped(&[types, ("ppt/presentation.xml", b"x")]),
            Format::Unknown,
            FindingCode::UnsupportedFormat,
            "presentation",
        ),
        (zipped(&[types, ("visio/document.xml", b"x")]), Format::Unknown, FindingCode::UnsupportedFormat, "Visio"),
        (zipped(&[("Index/Document.iwa", b"x")]), Format::Unknown, FindingCode::UnsupportedFormat, "Apple"),
        (b"Rar!\x1A\x07\x01\x00".to_vec(), Format::Unknown, FindingCode::UnsupportedFormat, "archive"),
        (b"\0\0\0\x18ftypM4A \0".to_vec(), Format::Unknown, FindingCode::UnsupportedFormat, "recording"),
        (
            b"<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?><Workbook/>".to_vec(),
            Format::Text,
            FindingCode::UnsupportedFormat,
            "XML",
        ),
        (b"MZ\x90\0".to_vec(), Format::Unknown, FindingCode::UnsupportedFormat, "program"),
        (
            b"-----BEGIN PGP MESSAGE-----\n\nhQEMA5\n-----END PGP MESSAGE-----\n".to_vec(),
            Format::Encrypted,
            FindingCode::Encrypted,
            "somebody's key",
        ),
        (b"\x76\xE8\x04\x60\xC4\x11\xE3\x86\0\0".to_vec(), Format::Encrypted, FindingCode::Encrypted, "Microsoft"),
        (cms(3), Format::Encrypted, FindingCode::Encrypted, "S/MIME"),
        (cms(2), Format::Unknown, FindingCode::UnsupportedFormat, "signed as a whole"),
    ];
    for (bytes, format, code, says) in cases {
        let report = read(&bytes);
        assert_eq!((report.format, self::code(&report)), (format, code), "{says}");
        assert!(report.readings[0].findings[0].message.contains(says), "{}", report.readings[0].findings[0].message);
    }
}

#[test]
fn a_page_and_a_text_in_utf_16_are_read() {
    let answers = [
        ("Name of child", "Ava Example"),
        ("Date of birth", "01/02/2011"),
        ("LCS number", "100042"),
        ("Lead professional", "Pat Worker"),
    ];
    let title = "Exploited and Missing Child Risk Assessment";
    let rows: String =
        answers.iter().map(|(label, said)| format!("<tr><td>{label}</td><td>{said}</td></tr>")).collect();
    let page = format!("<html><body><h1>{title}</h1><table>{rows}</table></body></html>");
    let lines: String = answers.iter().map(|(label, said)| format!("{label}: {said}\r\n")).collect();
    let text = format!("{title}\r\n{lines}");
    for (text, format) in [(page, Format::Html), (text, Format::Text)] {
        for order in [u16::to_le_bytes, u16::to_be_bytes] {
            let bytes: Vec<u8> = std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(order).collect();
            let report = read(&bytes);
            assert_eq!(report.format, format);
            assert_eq!(said(&report, FieldId::DateOfBirth).as_deref(), Some("2011-02-01"), "{format}");
        }
    }
}

#[test]
fn a_zip_bomb_is_refused_unopened() {
    let bomb =
        zipped(&[("[Content_Types].xml", TYPES.as_bytes()), ("word/document.xml", &vec![b' '; 30 * 1024 * 1024])]);
    assert!(bomb.len() < 100 * 1024);
    assert_eq!(code(&read(&bomb)), FindingCode::LimitExceeded);
    let bomb = zipped(&[
        ("[Content_Types].xml", TYPES.as_bytes()),
        ("xl/workbook.xml", b"<a/>"),
        ("xl/media/a.bin", &vec![0; 30 * 1024 * 1024]),
    ]);
    assert_eq!(code(&read(&bomb)), FindingCode::LimitExceeded);
    let many: Vec<(String, &[u8])> = (0..1_001).map(|n| (format!("word/{n}.xml"), b"".as_slice())).collect();
    let mut many: Vec<(&str, &[u8])> = many.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    many.push(("[Content_Types].xml", TYPES.as_bytes()));
    assert_eq!(code(&read(&zipped(&many))), FindingCode::LimitExceeded);
}

#[test]
fn a_document_type_declaration_is_refused_in_both_formats() {
    let evil = format!(
        "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><w:document {WORD}><w:body><w:p><w:r><w:t>&e;</w:t></w:r></w:p></w:body></w:document>"
    );
    let bytes = zipped(&[("[Content_Types].xml", TYPES.as_bytes()), ("word/document.xml", evil.as_bytes())]);
    assert_eq!(code(&read(&bytes)), FindingCode::Unreadable);
    let sheet = b"<!DOCTYPE x [<!ENTITY a \"aaaa\">]><sst/>";
    let bytes = zipped(&[
        ("[Content_Types].xml", TYPES.as_bytes()),
        ("xl/workbook.xml", b"<a/>"),
        ("xl/sharedStrings.xml", sheet),
    ]);
    assert_eq!(code(&read(&bytes)), FindingCode::Unreadable);
}

#[test]
fn deep_nesting_cut_files_and_names_that_lead_out_are_refused() {
    let deep = format!("{}{}", "<w:tbl><w:tr><w:tc>".repeat(5_000), "</w:tc></w:tr></w:tbl>".repeat(5_000));
    assert_eq!(code(&read(&docx(&deep))), FindingCode::LimitExceeded);
    let whole = rat("");
    assert_eq!(code(&read(&whole[..whole.len() - 60])), FindingCode::Unreadable);
    assert_eq!(read(&whole[..whole.len() - 60]).format, Format::Docx);
    let out =
        zipped(&[("[Content_Types].xml", TYPES.as_bytes()), ("word/document.xml", b"<a/>"), ("../../etc/x", b"x")]);
    assert_eq!(code(&read(&out)), FindingCode::Unreadable);
    let absolute =
        zipped(&[("[Content_Types].xml", TYPES.as_bytes()), ("word/document.xml", b"<a/>"), ("/etc/x", b"x")]);
    assert_eq!(code(&read(&absolute)), FindingCode::Unreadable);
}

#[test]
fn two_cells_at_the_ends_of_a_sheet_cost_nothing() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "Exploited and Missing Child Risk Assessment").unwrap();
    sheet.write(1_048_575, 16_383, "far").unwrap();
    let bytes = book.save_to_buffer().unwrap();
    assert!(bytes.len() < 20_000);
    assert_eq!(code(&read(&bytes)), FindingCode::LimitExceeded);
    // Formatting alone, far away, is what office machines leave behind: it is no content.
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, (label, value)) in (0u32..).zip([
        ("CE RAT", ""),
        ("Child's name", "Zoe Example"),
        ("DOB", "01/02/2011"),
        ("Lead professional", "Pat Worker"),
    ]) {
        sheet.write(row, 0, label).unwrap();
        sheet.write(row, 1, value).unwrap();
    }
    sheet.write_blank(1_000_000, 5, &rust_xlsxwriter::Format::new().set_bold()).unwrap();
    let report = read(&book.save_to_buffer().unwrap());
    assert_eq!(text(&report, FieldId::ChildName).as_deref(), Some("Zoe Example"));
}

#[test]
fn a_string_table_that_claims_the_impossible_is_refused() {
    let strings = br#"<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="4294967295" uniqueCount="4294967295"/>"#;
    let bytes = zipped(&[
        ("[Content_Types].xml", TYPES.as_bytes()),
        ("xl/workbook.xml", b"<a/>"),
        ("xl/sharedStrings.xml", strings),
    ]);
    assert_eq!(code(&read(&bytes)), FindingCode::LimitExceeded);
}

#[test]
fn references_that_no_sheet_has_are_refused_before_they_are_computed_with() {
    for reference in ["A99999999999", "ZZZZZZZ1", "A4294967296"] {
        let sheet =
            format!("<worksheet><sheetData><row><c r=\"{reference}\"><v>1</v></c></row></sheetData></worksheet>");
        let bytes = zipped(&[
            ("[Content_Types].xml", TYPES.as_bytes()),
            ("xl/workbook.xml", b"<a/>"),
            ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ]);
        assert_eq!(code(&read(&bytes)), FindingCode::LimitExceeded, "{reference}");
    }
}

#[test]
fn a_name_that_promises_an_office_file_words_the_refusal() {
    let report = read_document(
        b"garbage",
        Some("docx"),
        &FormTables::shipped().unwrap(),
        &Limits::default(),
        TODAY,
        &ReadOptions::default(),
    );
    assert_eq!(code(&report), FindingCode::Unreadable);
}

#[test]
fn deleted_text_is_gone_and_inserted_text_counts() {
    let cell = "<w:p><w:del><w:r><w:delText>Minimal</w:delText></w:r></w:del><w:ins><w:r><w:t>Significant</w:t></w:r></w:ins></w:p>";
    let report = read(&rat(&row(&[&p("Risk rating"), cell])));
    assert_eq!(text(&report, FieldId::RiskRating).as_deref(), Some("significant"));
}

#[test]
fn content_controls_around_cells_and_rows_are_read() {
    let control = |inner: &str, properties: &str| {
        format!("<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{inner}</w:sdtContent></w:sdt>")
    };
    let value = control(&format!("<w:tc>{}</w:tc>", p("Emerging")), "");
    let whole = control(&row(&[&p("LCS number"), &p("77")]), "");
    let empty = control(&format!("<w:tc>{}</w:tc>", p("Click or tap here to enter text.")), "<w:showingPlcHdr/>");
    let rows = format!(
        "<w:tr><w:tc>{}</w:tc>{value}</w:tr>{whole}<w:tr><w:tc>{}</w:tc>{empty}</w:tr>",
        p("Risk rating"),
        p("Manager")
    );
    let report = read(&rat(&rows));
    assert_eq!(text(&report, FieldId::RiskRating).as_deref(), Some("emerging"));
    assert_eq!(text(&report, FieldId::LcsNumber).as_deref(), Some("77"));
    assert_eq!(text(&report, FieldId::Manager), None);
    assert_eq!(text(&report, FieldId::ChildName).as_deref(), Some("Zoe Example"));
}

#[test]
fn a_block_control_holding_a_ticked_box_is_a_tick() {
    let boxed = |on: u8, text: &str| {
        format!(
            "<w:p><w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val=\"{on}\"/></w14:checkbox></w:sdtPr><w:sdtContent><w:r><w:t>?</w:t></w:r></w:sdtContent></w:sdt><w:r><w:t> {text}</w:t></w:r></w:p>"
        )
    };
    let cell = format!(
        "{}{}{}{}",
        boxed(0, "Minimal"),
        boxed(0, "Emerging"),
        boxed(1, "Significant"),
        boxed(0, "Experiencing")
    );
    let report = read(&rat(&row(&[&p("Current risk rating"), &cell])));
    assert_eq!(text(&report, FieldId::RiskRating).as_deref(), Some("significant"));
}

#[test]
fn two_ticks_where_one_is_asked_give_no_value() {
    let report = read(&rat(&row(&[&p("Risk rating"), &p("☒ Minimal ☐ Emerging ☒ Significant ☐ Experiencing")])));
    assert_eq!(text(&report, FieldId::RiskRating), None);
    assert!(report.readings[0].findings.iter().any(|finding| finding.code == FindingCode::SeveralTicked));
}

#[test]
fn mc_26_a_rating_of_another_scale_is_absent_and_named() {
    for rating in [
        "High",
        "Medium",
        "Red",
        "Category 3",
        "Emerging to Significant",
        "not significant",
        "no longer emerging",
        "Remains not emerging",
        "Reduced from Significant",
        "Increased from Emerging to Significant",
        "Reduced Significant",
        "Was Significant",
        "Emerging (previously Significant)",
        "Significant (previous rating)",
        "At risk of experiencing exploitation",
        "Experiencing risk of exploitation",
        "Significant harm",
        "Significant exploitation",
        "Emerging risk of significant harm",
        "May be experiencing CSE",
        "Emerging CSE not CCE",
        "Emerging Z",
    ] {
        let report = read(&rat(&row(&[&p("Risk rating"), &p(rating)])));
        assert_eq!(text(&report, FieldId::RiskRating), None, "{rating}");
        assert!(report.readings[0].findings.iter().any(|finding| finding.code == FindingCode::NotOnScale), "{rating}");
    }
}

#[test]
fn a_rating_may_be_followed_by_the_letters_of_its_risk_types() {
    for (said, rating, types) in [
        ("Emerging S, C", "emerging", vec!["S", "C"]),
        ("Emerging S", "emerging", vec!["S"]),
        ("EMERGING S,C,M", "emerging", vec!["S", "C", "M"]),
        ("Experiencing S/T/C/M/V", "experiencing", vec!["S", "T", "C", "M", "V"]),
        ("Significant SC", "significant", vec!["S", "C"]),
        ("emerging s and m", "emerging", vec!["S", "M"]),
        ("Emerging risk of CSE", "emerging", vec!["S"]),
        ("Currently experiencing CCE", "experiencing", vec!["C"]),
        ("Remains Emerging", "emerging", vec![]),
        ("Remains at Emerging S", "emerging", vec!["S"]),
        ("Increased to Significant", "significant", vec![]),
        ("Has been reduced to Emerging", "emerging", vec![]),
        ("Emerging - no change since the last meeting", "emerging", vec![]),
    ] {
        for label in ["Risk rating", "CURRENT CE Risk Rating"] {
            let report = read(&rat(&row(&[&p(label), &p(said)])));
            assert_eq!(text(&report, FieldId::RiskRating).as_deref(), Some(rating), "{said}");
            assert_eq!(report.readings[0].list(FieldId::RiskTypes), types, "{said}");
        }
    }
    let rows = [row(&[&p("Risk rating"), &p("Emerging S")]), row(&[&p("Key risk"), &p("C, M")])].concat();
    assert_eq!(read(&rat(&rows)).readings[0].list(FieldId::RiskTypes), ["C", "M"]);
}

#[test]
fn what_stands_behind_a_name_fills_a_field_that_nothing_else_does() {
    let form = |name: &str, lead: &str, more: &str| {
        let rows = [row(&[&p("Child's name"), &p(name)]), row(&[&p("Social worker"), &p(lead)])].concat();
        let rows = format!("{rows}{}{more}", row(&[&p("Date of assessment"), &p("12/11/2026")]));
        read(&docx(&format!("{}<w:tbl>{rows}</w:tbl>", p("Exploited and Missing Child Risk Assessment"))))
    };
    let (name, lead) = ("Maya Bright DOB 04/05/2010", "Zainab Hussain, Social Worker, 01483 111222");
    let report = form(name, lead, "");
    assert_eq!(text(&report, FieldId::ChildName).as_deref(), Some("Maya Bright"));
    assert_eq!(report.readings[0].date(FieldId::DateOfBirth), Some(date(2010, 5, 4)));
    assert_eq!(text(&report, FieldId::LeadProfessional).as_deref(), Some("Zainab Hussain"));
    assert_eq!(text(&report, FieldId::ContactNumber).as_deref(), Some("01483 111222"));
    let own = [row(&[&p("DOB"), &p("05/05/2010")]), row(&[&p("Contact number"), &p("01483 999888")])].concat();
    let report = form(name, lead, &own);
    assert_eq!(report.readings[0].date(FieldId::DateOfBirth), Some(date(2010, 5, 5)));
    assert_eq!(text(&report, FieldId::ContactNumber).as_deref(), Some("01483 999888"));
    // Two answers to the question itself are a dispute that an aside does not settle.
    let two = [row(&[&p("DOB"), &p("05/05/2010")]), row(&[&p("Date of birth"), &p("06/05/2010")])].concat();
    assert_eq!(form(name, lead, &two).readings[0].date(FieldId::DateOfBirth), None);
    // A name that is not taken takes nothing with it.
    let other = row(&[&p("Lead professional"), &p("Bob Jones")]);
    let report = form(name, lead, &other);
    assert_eq!(text(&report, FieldId::LeadProfessional), None);
    assert_eq!(text(&report, FieldId::ContactNumber), None);
}

#[test]
fn an_assessment_dated_after_today_is_kept_and_asked_about() {
    let form = |day: &str| {
        let rows = [
            row(&[&p("Child's name"), &p("Zoe Example")]),
            row(&[&p("DOB"), &p("01/02/2011")]),
            row(&[&p("Date of assessment"), &p(day)]),
        ]
        .concat();
        read(&docx(&format!("{}<w:tbl>{rows}</w:tbl>", p("Exploited and Missing Child Risk Assessment"))))
    };
    let codes = |report: &ReadReport| -> Vec<FindingCode> {
        let findings = report.readings[0].findings.iter();
        findings.filter(|finding| finding.field == Some(FieldId::AssessmentDate)).map(|finding| finding.code).collect()
    };
    let report = form("23/11/2026");
    assert_eq!(report.readings[0].date(FieldId::AssessmentDate), Some(date(2026, 11, 23)));
    assert_eq!(codes(&report), [FindingCode::ImplausibleDate]);
    assert_eq!(codes(&form("22/11/2026")), []);
    for day in ["01/01/2011", "23/11/2062"] {
        let report = form(day);
        assert_eq!(report.readings[0].date(FieldId::AssessmentDate), None);
        assert_eq!(codes(&report), [FindingCode::ImplausibleDate, FindingCode::Missing]);
    }
}

#[test]
fn findings_never_repeat_what_the_form_says() {
    let rows = format!(
        "{}{}{}",
        row(&[&p("Risk rating"), &p("Marker-Rating")]),
        row(&[&p("NHS number"), &p("12345 Marker")]),
        row(&[&p("Date of referral"), &p("Marker day")])
    );
    let report = read(&rat(&rows));
    let said = serde_json::to_string(&report.readings[0].findings).unwrap();
    assert!(report.readings[0].findings.len() >= 3, "{said}");
    assert!(!said.contains("Marker") && !said.contains("Zoe") && !said.contains("2011"));
    assert!(!format!("{report:?}").contains("Zoe"));
}

#[test]
fn ethnicity_is_read_only_where_the_profile_asks() {
    let bytes = rat(&row(&[&p("Ethnicity"), &p("Any other")]));
    assert_eq!(text(&read(&bytes), FieldId::Ethnicity), None);
    let asked = ReadOptions { special_category: true, ..ReadOptions::default() };
    let report = read_document(&bytes, None, &FormTables::shipped().unwrap(), &Limits::default(), TODAY, &asked);
    assert_eq!(text(&report, FieldId::Ethnicity).as_deref(), Some("Any other"));
}

#[test]
fn an_age_that_is_not_the_birthdays_is_noted() {
    let report = read(&rat(&row(&[&p("Age"), &p("12")])));
    assert_eq!(report.readings[0].fields[&FieldId::Age].value, Value::Integer(12));
    assert!(report.readings[0].findings.iter().any(|finding| finding.code == FindingCode::AgeMismatch));
}

#[test]
fn limits_are_settings() {
    let limits = Limits { zip_entries: 1, ..Limits::default() };
    let report =
        read_document(&rat(""), None, &FormTables::shipped().unwrap(), &limits, TODAY, &ReadOptions::default());
    assert_eq!(code(&report), FindingCode::LimitExceeded);
}

#[test]
fn all_text_is_handed_back_for_name_look_ups_and_capped() {
    assert!(read(&rat("")).text.contains("Zoe Example"));
    let limits = Limits { text_bytes: 10, ..Limits::default() };
    let report =
        read_document(&rat(""), None, &FormTables::shipped().unwrap(), &limits, TODAY, &ReadOptions::default());
    assert!(report.text.len() <= 10);
}

#[test]
fn what_is_printed_under_a_label_is_a_hint_where_the_place_for_the_answer_is_beside_it() {
    let rows = |answer: &str| row(&[&[p("GP"), p("Give the full address")].concat(), &p(answer)]);
    assert_eq!(text(&read(&rat(&rows(""))), FieldId::Gp), None);
    assert_eq!(text(&read(&rat(&rows("Dr Row"))), FieldId::Gp).as_deref(), Some("Dr Row"));
    let alone = row(&[&[p("GP (name and address)"), p("Dr Row")].concat()]);
    assert_eq!(text(&read(&rat(&alone)), FieldId::Gp).as_deref(), Some("Dr Row"));
}

#[test]
fn a_column_of_guidance_between_label_and_answer_is_no_answer() {
    let rows = [
        ["Field", "Guidance", "Response"],
        ["Child's name", "Write in full", "Zoe Example"],
        ["DOB", "dd/mm/yyyy", "01/02/2011"],
        ["LCS number", "As on LCS", "445566"],
        ["GP", "See notes", ""],
        ["Date of assessment", "dd/mm/yyyy", "12/11/2026"],
    ];
    let table: String = rows.iter().map(|cells| row(&cells.map(p).each_ref().map(String::as_str))).collect();
    let report = read(&docx(&format!("{}<w:tbl>{table}</w:tbl>", p("Exploited and Missing Child Risk Assessment"))));
    assert_eq!(text(&report, FieldId::ChildName).as_deref(), Some("Zoe Example"));
    assert_eq!(text(&report, FieldId::LcsNumber).as_deref(), Some("445566"));
    assert_eq!(text(&report, FieldId::Gp), None, "an empty response is not answered by its guidance");
    assert_eq!(report.readings[0].date(FieldId::DateOfBirth), Some(date(2011, 2, 1)));
}

#[test]
fn where_answers_stand_under_their_labels_an_empty_cell_beside_one_hides_none() {
    let rows = [["Child's name", "DOB"], ["Zoe Example", "01/02/2011"], ["GP", ""], ["Hillview Practice", ""]];
    let table: String = rows.iter().map(|cells| row(&cells.map(p).each_ref().map(String::as_str))).collect();
    let report = read(&docx(&format!("{}<w:tbl>{table}</w:tbl>", p("Exploited and Missing Child Risk Assessment"))));
    assert_eq!(text(&report, FieldId::Gp).as_deref(), Some("Hillview Practice"));
    // And where typed labels are answered in their own cells, so is the last one beside an empty cell.
    let both = |label: &str, value: &str| p(label) + &p(value);
    let rows = [
        row(&[&both("Child's name", "Zoe Example"), &both("DOB", "01/02/2011")]),
        row(&[&both("GP", "Hillview Practice"), &p("")]),
    ];
    let table = rows.concat();
    let report = read(&docx(&format!("{}<w:tbl>{table}</w:tbl>", p("Exploited and Missing Child Risk Assessment"))));
    assert_eq!(text(&report, FieldId::Gp).as_deref(), Some("Hillview Practice"));
}

#[test]
fn where_line_breaks_are_not_certain_what_begins_like_a_label_is_no_answer_to_the_one_beside_it() {
    let bytes = rat(&row(&[&p("Address"), &p("Present education placement Northfield Academy")]));
    let (tables, limits) = (FormTables::shipped().unwrap(), Limits::default());
    let mut document = docx::read(&bytes, &limits).unwrap();
    let read = |document: &model::Document| {
        let report = recognise(document, Format::Pdf, &tables, &limits, TODAY, &ReadOptions::default());
        text(&report, FieldId::Address)
    };
    assert_eq!(read(&document).as_deref(), Some("Present education placement Northfield Academy"));
    document.joins_lines = true;
    assert_eq!(read(&document), None);
}
