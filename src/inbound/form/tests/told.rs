//! What is told of others on a form, and whose it is.

use super::*;

const TITLE: &str = "Exploited and Missing Child Risk Assessment";

/// A RAT whose table has no address, and paragraphs behind it.
fn with(lines: &[&str]) -> ReadReport {
    let rows: String = [("Child's name", "Zoe Example"), ("DOB", "01/02/2011"), ("Date of assessment", "12/11/2026")]
        .iter()
        .map(|(label, value)| row(&[&p(label), &p(value)]))
        .collect();
    let lines: String = lines.iter().map(|line| p(line)).collect();
    read(&docx(&format!("{}<w:tbl>{rows}</w:tbl>{lines}", p(TITLE))))
}

pub(super) fn workbook(rows: &[&[&str]]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0..).zip(rows) {
        for (col, text) in (0..).zip(*cells) {
            sheet.write_string(row, col, *text).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn a_detail_behind_anothers_name_is_not_the_childs() {
    let named = |name: &str| {
        let report = with(&[name, "DOB: 14/02/1999", "Address: 4 Sample Row, Leeds LS1 1AA"]);
        (said(&report, FieldId::DateOfBirth), text(&report, FieldId::Address))
    };
    assert_eq!(named("Name: Kyle Sample"), (Some("2011-02-01".to_owned()), None));
    let (born, address) = named("Name: Zoe Exampel");
    assert_eq!(born, None, "her name misspelt, and another birthday: which is hers?");
    assert_eq!(address.as_deref(), Some("4 Sample Row, Leeds LS1 1AA"));
}

#[test]
fn where_two_children_are_named_no_detail_behind_a_name_is_anyones() {
    let report = with(&["Child's name: Ben Sample", "Address: 4 Sample Row, Leeds LS1 1AA"]);
    assert_eq!((text(&report, FieldId::ChildName), text(&report, FieldId::Address)), (None, None));
}

#[test]
fn a_sentence_that_begins_as_a_label_does_answers_nothing() {
    let schooled = |line: &str| text(&with(&["Background", line]), FieldId::Education);
    assert_eq!(schooled("School: says that attendance is 62 %."), None);
    assert_eq!(schooled("School: Dr Other saw her mother there."), None);
    assert_eq!(schooled("School: Invented College, Year 10").as_deref(), Some("Invented College, Year 10"));
}

#[test]
fn among_the_paragraphs_of_a_passage_details_are_not_the_childs() {
    let address = |heading: &str| {
        let told = "DOB 14/02/1999, Kyle Sample, address 4 Sample Row, Leeds LS1 1AA. Name: Kyle Sample";
        text(&with(&[heading, told, "Address: 4 Sample Row, Leeds LS1 1AA"]), FieldId::Address)
    };
    assert_eq!(address("Rationale for risk rating"), None);
    assert_eq!(address("Who were they with that night?"), None);
    let sheet = workbook(&[
        &[TITLE],
        &["Child's name", "Zoe Example"],
        &["DOB", "01/02/2011"],
        &["Date of assessment", "12/11/2026"],
        &[],
        &["Rationale for risk rating"],
        &["DOB 14/02/1999, Kyle Sample, address 4 Sample Row, Leeds LS1 1AA. Name: Kyle Sample"],
        &["Address: 4 Sample Row, Leeds LS1 1AA"],
    ]);
    assert_eq!(text(&read(&sheet), FieldId::Address), None);
}

#[test]
fn a_part_is_filled_in_though_its_text_begins_as_a_label_does() {
    let row_of = |label: &str, value: &str| row(&[&p(label), &p(value)]);
    let rows = [
        row_of("Child's name", "Zoe Example"),
        row_of("Accommodation", "DOB 14/02/1999, Kyle Sample, address: 4 Sample Row."),
        row_of("Misuse of drugs or alcohol", "None known to us."),
        row_of("Episodes of missing from home", ""),
    ];
    let report = read(&docx(&format!("{}<w:tbl>{}</w:tbl>", p("Engage CSE Assessment"), rows.concat())));
    let told = report.readings[0].fields.get(&FieldId::Domains).map(|found| found.value.clone());
    let list = ["Misuse of drugs or alcohol", "Accommodation"].map(str::to_owned).to_vec();
    assert_eq!(told, Some(Value::List(list)));
}

#[test]
fn a_number_that_is_said_to_be_anothers_is_not_the_childs() {
    let number = |said: &str| {
        let cell = format!("{}{}", p("Review date: to be agreed."), p(&format!("LCS number: {said}")));
        text(&read(&rat(&row(&[&cell]))), FieldId::LcsNumber)
    };
    assert_eq!(number("7654321 is the sibling's."), None);
    assert_eq!(number("7654321").as_deref(), Some("7654321"));
}

#[test]
fn where_labels_are_answered_behind_their_colons_what_stands_under_one_is_no_answer() {
    let alias = |dob: &str| {
        let sheet = workbook(&[
            &[TITLE],
            &["Child's name: Zoe Example"],
            &[dob],
            &["Known as:"],
            &["Meeting"],
            &["LCS number: 12345"],
        ]);
        text(&read(&sheet), FieldId::Alias)
    };
    assert_eq!(alias("DOB: 01/02/2011"), None);
}

#[test]
fn what_the_form_says_of_itself_above_the_childs_name_is_no_passage() {
    let bold = format!("<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>{TITLE}</w:t></w:r></w:p>");
    let lines = ["This form should be completed by the child's lead professional.", "Child's name: Zoe Example"];
    let lines = lines.into_iter().chain(["DOB: 01/02/2011", "Date of assessment: 12/11/2026"]).map(p);
    let report = read(&docx(&format!("{bold}{}", lines.collect::<String>())));
    assert_eq!(text(&report, FieldId::ChildName).as_deref(), Some("Zoe Example"));
    assert_eq!(said(&report, FieldId::DateOfBirth).as_deref(), Some("2011-02-01"));
}
