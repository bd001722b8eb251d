//! What stands around a form or between its parts: frames, sheets of others, the places that a child is at.

use super::offices::table;
use super::told::workbook;
use super::*;

const RAT: &str = "Exploited and Missing Child Risk Assessment Tool (RAT)";
const CHILD: &[&[&str]] =
    &[&["Child's name", "Zoe Example"], &["DOB", "01/02/2011"], &["Date of assessment", "12/11/2026"]];

fn rat(more: &str) -> ReadReport {
    read(&docx(&format!("{}{}{more}", p(RAT), table(CHILD))))
}

#[test]
fn a_form_in_a_frame_is_read_as_one_without() {
    let kinds = [["S - Sexual exploitation", "☐"], ["T - Trafficking", "☒"], ["C - Criminal exploitation", "☐"]];
    let factors = [["Self harm", "☐"], ["Associating with others at risk of child exploitation", "☒"]];
    let form = [
        p(RAT),
        table(CHILD),
        p("CURRENT RISK FACTORS - tick all that apply"),
        table(&factors),
        p("Key risk for the child (tick all that apply)"),
        table(&kinds),
    ]
    .concat();
    let framed = format!("<w:tbl><w:tr><w:tc>{form}<w:p/></w:tc></w:tr></w:tbl>");
    let (open, framed) = (read(&docx(&form)), read(&docx(&framed)));
    let values = |report: &ReadReport| -> Vec<(FieldId, String)> {
        let fields = &report.readings[0].fields;
        fields.iter().map(|(field, found)| (*field, format!("{:?}", found.value))).collect()
    };
    assert_eq!(values(&framed), values(&open));
    assert!(open.readings[0].fields.contains_key(&FieldId::RiskTypes));
}

#[test]
fn under_a_place_its_address_telephone_and_manager_are_not_the_childs_nor_the_workers() {
    let place =
        [["Placement", "Greenacres"], ["Address", "2 High Road"], ["Telephone", "01737 111"], ["Manager", "Liz"]];
    let beside = [["Placement", "Greenacres", "Address", "2 High Road"]];
    for report in [rat(&table(&place)), rat(&table(&beside))] {
        assert_eq!(said(&report, FieldId::Placement).as_deref(), Some("Greenacres"));
        for field in [FieldId::Address, FieldId::ContactNumber, FieldId::Manager] {
            assert_eq!(said(&report, field), None, "{field:?}");
        }
    }
    let own = rat(&table(&[["Address", "2 High Road"], ["Placement", "Greenacres"], ["Manager", "Jo Price"]]));
    assert_eq!(said(&own, FieldId::Address).as_deref(), Some("2 High Road"));
    assert_eq!(said(&own, FieldId::Manager).as_deref(), Some("Jo Price"));
}

#[test]
fn a_question_about_the_family_is_no_entry_of_one_of_it() {
    let family = table(&[&["Name", "Relationship", "Date of birth"][..], &["Pat", "Mother", "02/03/1984"]]);
    let after = |question: &str| {
        let rows = [[question, "Mum is worried."], ["Review date", "10/12/2026"], ["Risk rating", "Emerging"]];
        rat(&format!("{}{family}{}{}", p("Family composition"), p(""), table(&rows)))
    };
    for question in ["Family and home", "Family relationships", "Family history"] {
        assert_eq!(said(&after(question), FieldId::ReviewDate).as_deref(), Some("2026-12-10"), "{question}");
        assert_eq!(said(&after(question), FieldId::RiskRating).as_deref(), Some("emerging"), "{question}");
    }
    assert_eq!(said(&after("Mother's name"), FieldId::ReviewDate), None);
}

#[test]
fn a_case_type_may_be_a_review_or_a_plan() {
    let of = |answer: &str| rat(&table(&[["Case type", answer]]));
    assert_eq!(said(&of("REVIEW CASE"), FieldId::AssessmentType).as_deref(), Some("review"));
    let plan = of("CIN");
    assert!(plan.readings[0].fields.contains_key(&FieldId::LegalStatus));
    assert!(plan.readings[0].findings.iter().all(|finding| finding.field != Some(FieldId::AssessmentType)));
}

#[test]
fn a_sentence_over_a_list_in_one_column_does_not_make_it_a_passage() {
    let rows: &[&[&str]] = &[
        &["RMM Update Form"],
        &["To be provided to the chair."],
        &["Child's name: Zoe Example"],
        &["DOB: 01/02/2011"],
        &["LCS Number: 123456"],
        &["CURRENT CE Risk Rating: Significant"],
    ];
    let report = read(&workbook(rows));
    assert_eq!(report.readings[0].form.as_ref().map(ToString::to_string).as_deref(), Some("surrey-rmm-update-form"));
    assert_eq!(said(&report, FieldId::ChildName).as_deref(), Some("Zoe Example"));
}

#[test]
fn a_sheet_that_its_name_alone_gives_to_others_holds_nothing_of_the_child() {
    let book = |name: &str, own: &[&[&str]]| {
        let mut book = rust_xlsxwriter::Workbook::new();
        let mut write = |name: &str, rows: &[&[&str]]| {
            let sheet = book.add_worksheet().set_name(name).unwrap();
            for (row, cells) in (0..).zip(rows) {
                for (col, cell) in (0..).zip(*cells) {
                    sheet.write_string(row, col, *cell).unwrap();
                }
            }
        };
        write("Form", &[&[RAT][..], CHILD[0], CHILD[1], CHILD[2]]);
        write(name, own);
        read(&book.save_to_buffer().unwrap())
    };
    let siblings: &[&[&str]] = &[
        &["Child's name", "DOB", "LCS number", "School"],
        &["Kit Example", "05/06/2014", "333333", "Invented Primary"],
    ];
    let report = book("Siblings", siblings);
    assert_eq!(report.readings.len(), 1);
    assert_eq!(said(&report, FieldId::ChildName).as_deref(), Some("Zoe Example"));
    assert_eq!(said(&report, FieldId::Education), None);
    let before: &[&[&str]] = &[&[RAT], &["Current risk rating", "Experiencing"], &["Manager", "Old Boss"]];
    let report = book("Previous RAT", before);
    assert_eq!((said(&report, FieldId::RiskRating), said(&report, FieldId::Manager)), (None, None));
    // A sibling's own form is one.
    let form: &[&[&str]] =
        &[&[RAT], &["Child's name", "Kit Example"], &["DOB", "05/06/2014"], &["Date of assessment", "12/11/2026"]];
    assert_eq!(book("Sibling 1", form).readings.len(), 2);
}

#[test]
fn where_the_child_was_before_is_no_address_of_today() {
    let list = |head: &[&str], row: &[&str]| rat(&format!("{}{}", p("Earlier"), table(&[head, row])));
    let report = list(&["Address", "From", "To"], &["9 Old Road", "2019", "2024"]);
    assert_eq!(said(&report, FieldId::Address), None);
    let report = list(&["School", "Start date", "End date", "Reason"], &["Old School", "2019", "2024", "Moved"]);
    assert_eq!(said(&report, FieldId::Education), None);
    let report = list(&["Placement", "Dates"], &["Old House", "2019-2024"]);
    assert_eq!(said(&report, FieldId::Placement), None);
    let report = list(&["Date", "Address", "Returned"], &["01/05/2026", "9 Bad Street", "02/05/2026"]);
    assert_eq!(said(&report, FieldId::Address), None);
}

#[test]
fn a_rating_under_the_heading_of_the_last_meeting_is_not_todays() {
    let report = rat(&table(&[
        &["Last RMM"][..],
        &["Date", "05/08/2026"],
        &["Risk rating", "Experiencing"],
        &["Manager", "Old Boss"],
    ]));
    assert_eq!(said(&report, FieldId::RiskRating), None);
    assert_eq!(said(&report, FieldId::Manager), None);
    assert_eq!(said(&report, FieldId::PreviousAssessmentDate), None);
}

#[test]
fn an_address_behind_a_solicitor_or_a_keeper_is_theirs() {
    for who in ["Child's solicitor", "Registered keeper", "Dentist"] {
        let report = rat(&table(&[[who, "Kyle Sample"], ["Telephone", "01737 111"], ["Address", "9 Bad Street"]]));
        assert_eq!(said(&report, FieldId::Address), None, "{who}");
    }
}

#[test]
fn a_heading_of_one_or_more_others_is_about_others() {
    let others = table(&[&["SUSPECTED PERPETRATOR(S)"][..], &["Name", "Kyle Sample"], &["Alias", "KS"]]);
    let report = rat(&others);
    assert_eq!(said(&report, FieldId::ChildName).as_deref(), Some("Zoe Example"));
    assert_eq!(said(&report, FieldId::Alias), None);
}
