//! Values as people write them: days, numbers, ages and ticks.

use super::*;

fn field(label: &str, answer: &str) -> ReadReport {
    read(&rat(&row(&[&p(label), &p(answer)])))
}

fn told(report: &ReadReport, code: FindingCode, field: FieldId) -> bool {
    report.readings[0].findings.iter().any(|finding| (finding.code, finding.field) == (code, Some(field)))
}

#[test]
fn a_day_is_read_in_every_usual_shape_and_never_month_first() {
    for text in [
        "3/4/2026",
        "03/04/2026",
        "03.04.2026",
        "3-4-2026",
        "3rd Apr 2026",
        "3 April 2026",
        "Friday 3rd April 2026",
        "2026-04-03",
        "3 / 4 / 2026",
        "03 Apr 2026",
        "3/Apr/2026",
        "03-Apr-2026",
    ] {
        assert_eq!(
            field("Date of referral", text).readings[0].date(FieldId::ReferralDate),
            Some(date(2026, 4, 3)),
            "{text}"
        );
    }
    for text in ["4/13/2026", "04.31.2026", "April 2026", "3/4"] {
        let report = field("Date of referral", text);
        assert_eq!(report.readings[0].date(FieldId::ReferralDate), None, "{text}");
        assert!(told(&report, FindingCode::NotADate, FieldId::ReferralDate), "{text}");
    }
}

#[test]
fn a_two_digit_year_is_completed_and_said_to_be() {
    let report = field("Date of referral", "3/4/26");
    assert_eq!(report.readings[0].date(FieldId::ReferralDate), Some(date(2026, 4, 3)));
    assert!(told(&report, FindingCode::TwoDigitYear, FieldId::ReferralDate));
    // One that comes out in the future is no day at all.
    let report = field("Date of referral", "3/4/29");
    assert_eq!(report.readings[0].date(FieldId::ReferralDate), None);
    assert!(told(&report, FindingCode::ImplausibleDate, FieldId::ReferralDate));
}

#[test]
fn impossible_ages_and_days_are_findings_and_no_values() {
    let born = |text: &str| {
        let answers = [("Child's name", "Zoe Example"), ("DOB", text), ("Lead professional", "Pat Worker")];
        let rows: String = answers.iter().map(|(label, text)| row(&[&p(label), &p(text)])).collect();
        read(&docx(&format!("{}<w:tbl>{rows}</w:tbl>", p("CE RAT"))))
    };
    for text in ["01/02/1985", "01/02/2031"] {
        let report = born(text);
        assert_eq!(report.readings[0].date(FieldId::DateOfBirth), None, "{text}");
        assert!(told(&report, FindingCode::ImplausibleDate, FieldId::DateOfBirth), "{text}");
    }
    let report = field("Age", "150");
    assert!(!report.readings[0].fields.contains_key(&FieldId::Age));
    assert!(told(&report, FindingCode::ImplausibleDate, FieldId::Age));
}

#[test]
fn an_nhs_number_is_taken_by_its_checksum_alone() {
    for text in ["9990000018", "999 000 0018", "999-000-0018", "NHS: 999 000 0018"] {
        assert_eq!(
            super::text(&field("NHS number", text), FieldId::NhsNumber).as_deref(),
            Some("9990000018"),
            "{text}"
        );
    }
    for text in ["9990000019", "999 000 001", "999 000 00188"] {
        let report = field("NHS number", text);
        assert_eq!(super::text(&report, FieldId::NhsNumber), None, "{text}");
        assert!(told(&report, FindingCode::BadNhsNumber, FieldId::NhsNumber), "{text}");
    }
}

#[test]
fn every_way_to_tick_is_a_tick() {
    let wingdings = |code: &str| format!("<w:p><w:r><w:sym w:font=\"Wingdings\" w:char=\"{code}\"/></w:r></w:p>");
    let typed = |ch: &str| {
        format!(
            "<w:p><w:r><w:rPr><w:rFonts w:ascii=\"Wingdings\" w:hAnsi=\"Wingdings\"/></w:rPr><w:t>{ch}</w:t></w:r></w:p>"
        )
    };
    let legacy = |on: u8| {
        format!(
            "<w:p><w:r><w:fldChar w:fldCharType=\"begin\"><w:ffData><w:checkBox><w:default w:val=\"{on}\"/></w:checkBox></w:ffData></w:fldChar></w:r><w:r><w:instrText> FORMCHECKBOX </w:instrText></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r></w:p>"
        )
    };
    let control = |on: u8| {
        format!(
            "<w:p><w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val=\"{on}\"/></w14:checkbox></w:sdtPr><w:sdtContent><w:r><w:t>?</w:t></w:r></w:sdtContent></w:sdt></w:p>"
        )
    };
    let pairs = [
        (p("☒"), p("☐")),
        (p("☑"), p("☐")),
        (p("✓"), p("")),
        (p("✔"), p("")),
        (p("x"), p("")),
        (p("X"), p("")),
        (p("[x]"), p("[ ]")),
        (p("(x)"), p("( )")),
        (p("Yes"), p("No")),
        (p("Y"), p("N")),
        (wingdings("F0FE"), wingdings("F0A8")),
        (wingdings("F0FC"), p("")),
        (typed("þ"), typed("¨")),
        (typed("ü"), p("")),
        (legacy(1), legacy(0)),
        (control(1), control(0)),
    ];
    for (n, (on, off)) in pairs.iter().enumerate() {
        let line = |name: &str, mark: &str| row(&[&p(name), mark]);
        let rows = [
            row(&[&p("Current risk rating"), &p("")]),
            line("Minimal", off),
            line("Emerging", on),
            line("Significant", off),
        ];
        let report = read(&rat(&rows.concat()));
        assert_eq!(text(&report, FieldId::RiskRating).as_deref(), Some("emerging"), "{n}: {on}");
    }
}

#[test]
fn a_bare_number_in_a_workbook_is_a_day_unless_it_counts_from_1904() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "CE RAT").unwrap();
    for (at, (label, text)) in (1u32..).zip([("Child's name", "Zoe Example"), ("Lead professional", "Pat Worker")]) {
        sheet.write(at, 0, label).unwrap();
        sheet.write(at, 1, text).unwrap();
    }
    sheet.write(3, 0, "DOB").unwrap();
    sheet.write(3, 1, 40575).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    assert_eq!(read(&bytes).readings[0].date(FieldId::DateOfBirth), Some(date(2011, 2, 1)));
    let from_1904 = changed(&bytes, "xl/workbook.xml", "<workbookPr", "<workbookPr date1904=\"1\"");
    let report = read(&from_1904);
    assert_eq!(report.readings[0].date(FieldId::DateOfBirth), None);
    assert!(told(&report, FindingCode::NotADate, FieldId::DateOfBirth));
}

/// A zip with one part's text changed.
fn changed(bytes: &[u8], part: &str, from: &str, to: &str) -> Vec<u8> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut parts = Vec::new();
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut data = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut data).unwrap();
        if name == part {
            let text = String::from_utf8(data).unwrap();
            assert!(text.contains(from));
            data = text.replacen(from, to, 1).into_bytes();
        }
        parts.push((name, data));
    }
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, data)| (name.as_str(), data.as_slice())).collect();
    zipped(&parts)
}

#[test]
fn a_drop_down_that_nobody_touched_is_no_answer() {
    let list = |chosen: &str| {
        format!(
            "<w:p><w:r><w:fldChar w:fldCharType=\"begin\"><w:ffData><w:ddList>{chosen}<w:listEntry w:val=\"Minimal\"/><w:listEntry w:val=\"Significant\"/></w:ddList></w:ffData></w:fldChar></w:r><w:r><w:instrText> FORMDROPDOWN </w:instrText></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r></w:p>"
        )
    };
    for (chosen, rating) in [
        ("", None),
        ("<w:result w:val=\"0\"/>", Some("minimal")),
        ("<w:result w:val=\"1\"/>", Some("significant")),
        ("<w:default w:val=\"1\"/>", Some("significant")),
    ] {
        let report = read(&rat(&row(&[&p("Level of risk"), &list(chosen)])));
        assert_eq!(text(&report, FieldId::RiskRating).as_deref(), rating, "{chosen}");
    }
}
