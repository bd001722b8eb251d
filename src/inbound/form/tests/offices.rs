//! Layouts that real offices make of the forms, each of which was once misread.

use super::*;

const CE: &str = "Child Exploitation (CE) Assessment";
const RAT: &str = "Exploited and Missing Child Risk Assessment";

pub(super) fn table<'a>(rows: &[impl AsRef<[&'a str]>]) -> String {
    let rows: String = rows
        .iter()
        .map(|cells| {
            let cells: Vec<String> = cells.as_ref().iter().map(|cell| cell.split('\n').map(p).collect()).collect();
            row(&cells.iter().map(String::as_str).collect::<Vec<_>>())
        })
        .collect();
    format!("<w:tbl>{rows}</w:tbl>")
}

fn lines(texts: &[&str]) -> String {
    texts.iter().map(|text| p(text)).collect()
}

/// A CE assessment that says all it must, `more` of it last.
fn ce(more: &str) -> ReadReport {
    let child = table(&[
        &["Child's name", "Zoe Example"],
        &["DOB", "01/02/2011"],
        &["Date of assessment", "12/11/2026"],
        &["Type of assessment", "☒ Initial ☐ Review"],
        &["Outcome", "☒ Child may be being exploited ☐ Child is not being exploited"],
    ]);
    read(&docx(&format!("{}{child}{more}", p(CE))))
}

fn is_unauthorised(report: &ReadReport) -> bool {
    report.readings[0].findings.iter().any(|finding| finding.code == FindingCode::NotAuthorised)
}

#[test]
fn sh_32_name_and_date_under_the_heading_of_the_authorisation_are_the_managers() {
    for rows in [
        &[["Name", "Sam Manager"], ["Date", "13/11/2026"]][..],
        &[["Manager’s name:", "Sam Manager"], ["Date:", "13/11/2026"]],
        &[["Name:", "Sam Manager"], ["Job title:", "Team Manager"], ["Date:", "13/11/2026"]],
        &[["Signed", "Sam Manager"], ["Date", "13/11/2026"]],
    ] {
        let rows: Vec<&[&str]> = rows.iter().map(<[&str; 2]>::as_slice).collect();
        for heading in ["Manager’s authorisation", "Management authorisation", "TEAM MANAGER SIGN OFF"] {
            let report = ce(&format!("{}{}", p(heading), table(&rows)));
            assert!(!is_unauthorised(&report), "{heading} {rows:?}: {:?}", report.readings);
            assert_eq!(said(&report, FieldId::Authorisation).as_deref(), Some("Sam Manager"), "{heading} {rows:?}");
            assert_eq!(said(&report, FieldId::AuthorisedDate).as_deref(), Some("2026-11-13"), "{heading} {rows:?}");
            assert_eq!(said(&report, FieldId::AssessmentDate).as_deref(), Some("2026-11-12"));
            assert_eq!(said(&report, FieldId::ChildName).as_deref(), Some("Zoe Example"));
        }
    }
    let declared = lines(&["Manager’s authorisation", "I have read this assessment and agree with its outcome."]);
    assert!(is_unauthorised(&ce(&format!("{declared}{}", table(&[&["Name", ""], &["Date", ""]])))));
}

#[test]
fn sh_32_a_managers_name_beside_an_authorisation_left_blank_authorises_nothing() {
    let manager = ["Team manager", "Sam Manager"];
    for rows in [
        &[manager, ["Contact number", "01632 960001"], ["Team manager’s authorisation", ""]][..],
        &[["Team manager’s authorisation", ""], manager],
        &[["Team manager’s authorisation", "______"], manager],
        &[["Name", "Pat Worker"], ["Team manager’s authorisation", ""]],
        &[manager, ["Manager’s signature", ""]],
    ] {
        let rows: Vec<&[&str]> = rows.iter().map(<[&str; 2]>::as_slice).collect();
        for report in [ce(&table(&rows)), ce(&format!("{}{}", p("Sign-off"), table(&rows)))] {
            assert!(is_unauthorised(&report), "{rows:?}: {:?}", report.readings);
            assert_eq!(said(&report, FieldId::Authorisation), None, "{rows:?}");
        }
    }
    let typed = ["Sign-off", "Team manager: Sam Manager", "Team manager’s authorisation:"];
    assert!(is_unauthorised(&ce(&lines(&typed))));
    let signed = table(&[&manager, &["Team manager’s authorisation", "Kim Manager"]]);
    let report = ce(&format!("{}{signed}", p("Sign-off")));
    assert_eq!(said(&report, FieldId::Authorisation).as_deref(), Some("Kim Manager"), "{:?}", report.readings);
    // Under the heading of the authorisation a name is the signature that a typed form has.
    let printed = table(&[&["Print name", "Sam Manager"], &["Manager’s signature", ""], &["Date", "13/11/2026"]]);
    assert!(!is_unauthorised(&ce(&format!("{}{printed}", p("Manager’s authorisation")))));
}

#[test]
fn of_a_previous_and_a_current_answer_the_current_one_stands_beside_the_label() {
    for (head, cells) in [
        (["", "Previous", "Current"], ["Risk rating", "Minimal", "Experiencing"]),
        (["", "This assessment", "Last assessment"], ["Risk rating", "Experiencing", "Minimal"]),
    ] {
        let report = read(&rat(&table(&[&head, &cells]).replace("<w:tbl>", "").replace("</w:tbl>", "")));
        assert_eq!(said(&report, FieldId::RiskRating).as_deref(), Some("experiencing"), "{head:?}");
        assert_eq!(said(&report, FieldId::PreviousRiskRating).as_deref(), Some("minimal"), "{head:?}");
    }
    // Two answers side by side under headings that nobody here knows are none.
    let unknown = table(&[&["", "Spring", "Autumn"], &["Risk rating", "Minimal", "Experiencing"]]);
    let report =
        read(&docx(&format!("{}{unknown}{}", p(RAT), table(&[&["DOB", "01/02/2011"], &["Child's name", "Zoe"]]))));
    assert_eq!(said(&report, FieldId::RiskRating), None);
}

#[test]
fn a_hint_under_a_label_with_a_colon_is_no_answer_where_the_answer_stands_beside_it() {
    let hinted = table(&[&["School:\nas on the register", "Northfield Academy"], &["GP:\nname and practice", ""]]);
    let report = read(&rat(&hinted.replace("<w:tbl>", "").replace("</w:tbl>", "")));
    assert_eq!(said(&report, FieldId::Education).as_deref(), Some("Northfield Academy"));
    assert_eq!(said(&report, FieldId::Gp), None);
    // Where each cell holds its label and its answer, the empty one beside it hides none.
    let own = table(&[&["School:\nNorthfield Academy", "GP:\nDr Example"], &["Manager:\nSam Manager", ""]]);
    let report = read(&docx(&format!("{}{own}{}", p(RAT), table(&[&["DOB", "01/02/2011"], &["Child's name", "Zoe"]]))));
    assert_eq!(said(&report, FieldId::Gp).as_deref(), Some("Dr Example"));
    assert_eq!(said(&report, FieldId::Manager).as_deref(), Some("Sam Manager"));
}

#[test]
fn a_heading_behind_a_question_left_open_is_no_answer() {
    let form = lines(&[
        "MACE Referral Form",
        "Child's name: Zoe Example",
        "DOB: 01/02/2011",
        "School/College:",
        "Referrer’s details",
        "Date of referral:",
        "Parent / carer details",
        "Name: Ann Example",
        "Relationship to child:",
        "Date of birth: 03/04/1985",
        "Address: 1 Other Street",
    ]);
    let report = read(&docx(&form));
    assert_eq!(said(&report, FieldId::DateOfBirth).as_deref(), Some("2011-02-01"));
    for field in [FieldId::Education, FieldId::ReferralDate, FieldId::Address] {
        assert_eq!(said(&report, field), None, "{field:?}");
    }
}

#[test]
fn an_answer_that_could_be_a_label_is_none() {
    let people = table(&[
        &["Name", "Role", "Agency", "Contact number"],
        &["Ann Nurse", "School nurse", "NHS", "01632 960002"],
        &["Bo Case", "Social worker", "Team", "01632 960003"],
    ]);
    let referrer = table(&[&["Job title", "Team Manager"], &["Date completed", "12/11/2026"]]);
    let report = ce(&format!("{}{people}{}{referrer}", p("Professionals involved"), p("Completed by")));
    assert_eq!(said(&report, FieldId::LeadProfessional), None);
    assert_eq!(said(&report, FieldId::Manager), None);
    assert!(!report.readings[0].findings.iter().any(|finding| finding.code == FindingCode::BadNhsNumber));
}

#[test]
fn options_that_were_not_struck_out_are_the_answer() {
    let struck = |texts: &[(&str, bool)]| -> String {
        let line = |(text, gone): &(&str, bool)| {
            let strike = if *gone { "<w:rPr><w:strike/></w:rPr>" } else { "" };
            format!("<w:p><w:r>{strike}<w:t>{text}</w:t></w:r></w:p>")
        };
        texts.iter().map(line).collect()
    };
    let rated = |gone: [bool; 4]| {
        let names = ["Minimal", "Emerging", "Significant", "Experiencing"];
        let options: Vec<(&str, bool)> = names.into_iter().zip(gone).collect();
        let rows = table(&[&["Child's name", "Zoe Example"], &["DOB", "01/02/2011"], &["Lead professional", "Pat"]]);
        read(&docx(&format!("{}{rows}{}{}", p(RAT), p("Current risk rating"), struck(&options))))
    };
    assert_eq!(said(&rated([true, true, false, true]), FieldId::RiskRating).as_deref(), Some("significant"));
    assert_eq!(said(&rated([true, false, false, true]), FieldId::RiskRating), None);
    assert_eq!(said(&rated([false; 4]), FieldId::RiskRating), None);
}

#[test]
fn a_passage_may_stand_in_a_box_under_its_heading_and_actions_may_be_numbered() {
    let boxed = format!("{}{}", p("Rationale for closure"), table(&[&["Risk has reduced."]]));
    let actions = table(&[&["No", "Action", "Owner", "Date"], &["1", "Refer to CAMHS", "Ann Nurse", "16.12.2026"]]);
    let report = ce(&format!("{boxed}{}{actions}", p("Actions")));
    assert_eq!(said(&report, FieldId::Rationale).as_deref(), Some("Risk has reduced."));
    assert!(report.readings[0].fields.contains_key(&FieldId::Actions));
}

#[test]
fn whose_birthday_it_is_is_told_by_the_row_before_or_its_first_cell() {
    let rows: &[&[&str]] = &[&["Mother’s name", "Ann Example"], &["DOB", "03/04/1985"]];
    let report = read(&rat(&table(rows).replace("<w:tbl>", "").replace("</w:tbl>", "")));
    assert_eq!(said(&report, FieldId::DateOfBirth).as_deref(), Some("2011-02-01"));
    let beside = table(&[&["Sibling", "Kai Example", "Date of birth", "05/06/2015"]]);
    let report = read(&rat(&beside.replace("<w:tbl>", "").replace("</w:tbl>", "")));
    assert_eq!(said(&report, FieldId::DateOfBirth).as_deref(), Some("2011-02-01"));
}

#[test]
fn a_sibling_is_no_second_child_and_of_two_children_in_columns_none_is_taken() {
    let child = table(&[&["Child's name", "Zoe Example"], &["DOB", "01/02/2011"], &["Risk rating", "Emerging"]]);
    let sibling = table(&[&["Child's name", "Kai Example"], &["DOB", "05/06/2015"]]);
    let report = read(&docx(&format!("{}{child}{}{sibling}", p(RAT), p("Siblings"))));
    assert_eq!(report.readings.len(), 1);
    assert_eq!(said(&report, FieldId::ChildName).as_deref(), Some("Zoe Example"));
    let columns = table(&[
        &["", "Child 1", "Child 2"],
        &["Child's name", "Zoe Example", "Kai Example"],
        &["DOB", "01/02/2011", "05/06/2015"],
        &["Risk rating", "Emerging", "Minimal"],
    ]);
    let report = read(&docx(&format!("{}{columns}", p(RAT))));
    for field in [FieldId::ChildName, FieldId::DateOfBirth, FieldId::RiskRating] {
        assert_eq!(said(&report, field), None, "{field:?}");
    }
}

#[test]
fn an_earlier_assessment_has_a_part_of_its_own() {
    let earlier =
        table(&[&["Date of assessment", "01/03/2026"], &["Risk rating", "Minimal"], &["Lead professional", "Lee Old"]]);
    let today = table(&[
        &["Child's name", "Zoe Example"],
        &["DOB", "01/02/2011"],
        &["Date of assessment", "12/11/2026"],
        &["Risk rating", "Emerging"],
        &["Lead professional", "Pat Worker"],
    ]);
    let report = read(&docx(&format!("{}{today}{}{earlier}", p(RAT), p("Previous assessment"))));
    assert_eq!(said(&report, FieldId::AssessmentDate).as_deref(), Some("2026-11-12"));
    assert_eq!(said(&report, FieldId::PreviousAssessmentDate).as_deref(), Some("2026-03-01"));
    assert_eq!(said(&report, FieldId::RiskRating).as_deref(), Some("emerging"));
    assert_eq!(said(&report, FieldId::LeadProfessional).as_deref(), Some("Pat Worker"));
}

#[test]
fn what_the_office_writes_on_a_form_is_not_the_childs() {
    let office = [["Date received", "26/11/2026"], ["Reference", "CE/2026/113"], ["Date of meeting", "03/12/2026"]];
    let rows: Vec<&[&str]> = office.iter().map(<[&str; 2]>::as_slice).collect();
    let headed: Vec<&[&str]> = std::iter::once(["FOR OFFICE USE ONLY"].as_slice()).chain(rows.clone()).collect();
    let beside = table(&[&["Office use only", "Reference", "CE/2026/113"]]);
    for office in [table(&headed), format!("{}{}", p("Business support use only"), table(&rows)), beside] {
        let report = ce(&office);
        assert_eq!(said(&report, FieldId::LcsNumber), None, "{office}");
        // It ends with its table.
        let report = ce(&format!("{office}{}{}", p(""), table(&[&["Case reference", "LCS-7"], &["Ref", "LCS-7"]])));
        assert_eq!(said(&report, FieldId::LcsNumber).as_deref(), Some("LCS-7"), "{office}");
    }
}

#[test]
fn a_tick_under_headings_that_nobody_here_knows_says_nothing() {
    let asked = |heads: [&str; 3]| {
        let rows = [
            [heads[0], heads[1], heads[2]],
            ["Regular missing person", "☒", "☐"],
            ["Self harm", "☐", "☒"],
            ["Substance misuse", "☐", "☐"],
        ];
        let rows: Vec<&[&str]> = rows.iter().map(<[&str; 3]>::as_slice).collect();
        let report = read(&docx(&format!(
            "{}{}{}",
            p(RAT),
            table(&[&["DOB", "01/02/2011"], &["Child's name", "Zoe"]]),
            table(&rows)
        )));
        report.readings[0].fields.get(&FieldId::RiskFactors).map(|found| found.value.clone())
    };
    let only = |factor: &str| Some(Value::List(vec![factor.to_owned()]));
    assert_eq!(asked(["Current risk factors", "Yes", "No"]), only("Regular missing person"));
    assert_eq!(asked(["Current risk factors", "Historic", "Current"]), only("Self harm"));
    assert_eq!(asked(["Current risk factors", "Not present", "Present"]), only("Self harm"));
    assert_eq!(asked(["Current risk factors", "In the spring", "In the autumn"]), None);
}

#[test]
fn the_mark_of_a_note_is_no_part_of_a_label_or_an_answer() {
    let raised = |text: &str, mark: &str| {
        let raised = format!("<w:r><w:rPr><w:vertAlign w:val=\"superscript\"/></w:rPr><w:t>{mark}</w:t></w:r>");
        format!("<w:tc><w:p><w:r><w:t>{text}</w:t></w:r>{raised}</w:p></w:tc>")
    };
    let rows = format!(
        "<w:tr>{}{}</w:tr><w:tr>{}{}</w:tr><w:tr>{}{}</w:tr>",
        raised("GP practice:", "1"),
        raised("Mill Walk Surgery", "2"),
        raised("Age", "[3]"),
        raised("15", "*"),
        raised("Date of most recent RAT", "4"),
        raised("3", "rd").replace("</w:p>", "<w:r><w:t> November 2026</w:t></w:r></w:p>"),
    );
    let report = read(&rat(&rows));
    assert_eq!(said(&report, FieldId::Gp).as_deref(), Some("Mill Walk Surgery"));
    let age = |report: &ReadReport| report.readings[0].fields.get(&FieldId::Age).map(|found| found.value.clone());
    assert_eq!(age(&report), Some(Value::Integer(15)));
    // As a page has it: a number behind the last word, or behind the colon.
    let page = table(&[&["DOB2", "01/02/2011"], &["Name of school:1", "Northfield Academy"], &["Age¹", "15"]]);
    let report = read(&docx(&format!("{}{}{page}", p(RAT), table(&[&["Child's name", "Zoe"]]))));
    assert_eq!(said(&report, FieldId::DateOfBirth).as_deref(), Some("2011-02-01"));
    assert_eq!(age(&report), Some(Value::Integer(15)));
    assert_ne!(said(&report, FieldId::Education).as_deref(), Some("1"));
}

#[test]
fn what_was_written_at_length_asks_for_nothing() {
    let said_of =
        "School: says that attendance is 62 %. GP: Dr Other saw the mother.\nLCS number: 7654321 is the brother’s.";
    let asked = "What are you worried about?";
    let spread: String = said_of.lines().map(p).collect();
    for written in [
        table(&[&[asked, said_of]]),
        table(&[&[asked], &[said_of]]),
        table(&[&["Rationale", said_of]]),
        format!("{}{spread}", p(asked)),
        format!("{}{spread}", p("Rationale")),
        p(&format!("Rationale: He is at risk and was seen in town. {}", said_of.replace('\n', " "))),
    ] {
        let report = ce(&written);
        for field in [FieldId::Education, FieldId::Gp, FieldId::LcsNumber] {
            assert_eq!(said(&report, field), None, "{field:?} {written}");
        }
    }
    // It is all of the answer, whatever it begins with.
    let report = ce(&table(&[&["Rationale"], &[said_of]]));
    assert_eq!(said(&report, FieldId::Rationale).as_deref(), Some(said_of));
    // Answers that are sentences are answers where they stand among others.
    let pairs = table(&[&["School: She is on roll at Northfield Academy."], &["GP: Dr Example, who is at Mill Walk."]]);
    assert_eq!(said(&ce(&pairs), FieldId::Gp).as_deref(), Some("Dr Example, who is at Mill Walk."));
}

#[test]
fn a_row_of_labels_under_a_list_of_people_is_none_of_them() {
    let rows = table(&[
        &["Name", "Relationship", "Date of birth"],
        &["Ann Example", "Mother", "03/04/1985"],
        &["GP name and address", "NHS number", "LCS number"],
        &["Dr Example, Mill Walk", "", "LCS-7"],
    ]);
    assert_ne!(said(&ce(&rows), FieldId::Gp).as_deref(), Some("NHS number"));
}

#[test]
fn where_the_childs_own_detail_is_left_open_another_further_down_is_not_theirs() {
    let child = |address| table(&[&["Home address", address], &["LCS number", "LCS-1"]]);
    let spoken_of = lines(&["Basis of concerns", "Name: Kyle Invented", "Address: 4 Invented Row"]);
    assert_eq!(said(&ce(&format!("{}{spoken_of}", child(""))), FieldId::Address), None);
    let report = ce(&format!("{}{}", child("1 Mill Walk"), p("He is seen in town.")));
    assert_eq!(said(&report, FieldId::Address).as_deref(), Some("1 Mill Walk"));
}
