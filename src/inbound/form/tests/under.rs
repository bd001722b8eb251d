//! Answers that stand under their labels.

use super::*;

const RAT: &str = "Exploited and Missing Child Risk Assessment";

fn table(rows: &[&[&str]]) -> String {
    let cell = |text: &&str| text.split('\n').map(p).collect::<String>();
    let rows = rows.iter().map(|cells| {
        let cells: Vec<String> = cells.iter().map(cell).collect();
        row(&cells.iter().map(String::as_str).collect::<Vec<_>>())
    });
    format!("<w:tbl>{}</w:tbl>", rows.collect::<String>())
}

/// A RAT whose last tables are these.
fn with(tables: &[&str]) -> ReadReport {
    let child =
        table(&[&["Child's name", "Zoe Example"], &["DOB", "01/02/2011"], &["Date of assessment", "12/11/2026"]]);
    read(&docx(&format!("{}{child}{}", p(RAT), tables.join(&p("More")))))
}

#[test]
fn one_option_alone_under_its_label_is_chosen_though_there_is_room_beside_it() {
    let rating = |rows: &[&[&str]]| said(&with(&[&table(rows)]), FieldId::RiskRating);
    assert_eq!(rating(&[&["Current risk rating\nSignificant", ""]]).as_deref(), Some("significant"));
    assert_eq!(rating(&[&["Current risk rating:", ""], &["Significant", ""]]).as_deref(), Some("significant"));
    // All of them are the form's own.
    assert_eq!(rating(&[&["Current risk rating:", ""], &["Minimal", ""], &["Significant", ""]]), None);
    assert_eq!(rating(&[&["Current risk rating\nMinimal Emerging Significant Experiencing", ""]]), None);
}

#[test]
fn one_option_alone_under_its_label_is_chosen_though_no_sign_parts_the_two() {
    let rating = |lines: &[&str]| {
        let lines: String = lines.iter().map(|text| p(text)).collect();
        said(&with(&[&lines]), FieldId::RiskRating)
    };
    assert_eq!(rating(&["Current risk rating", "Significant", "Rationale"]).as_deref(), Some("significant"));
    assert_eq!(rating(&["Current risk rating", "Minimal", "Significant", "Rationale"]), None);
}

#[test]
fn an_authorisation_over_its_date_is_answered_as_the_date_is() {
    let child = table(&[
        &["Child's name", "Zoe Example"],
        &["DOB", "01/02/2011"],
        &["Date of assessment", "12/11/2026"],
        &["Outcome", "☒ Child may be being exploited ☐ Child is not being exploited"],
    ]);
    let lines = ["Team manager's authorisation", "Sam Manager", "Date authorised", "13/11/2026"];
    let lines: String = lines.into_iter().map(p).collect();
    let report = read(&docx(&format!("{}{child}{lines}", p("St Helens Child Exploitation (CE) Assessment"))));
    assert_eq!(said(&report, FieldId::Authorisation).as_deref(), Some("Sam Manager"));
    assert_eq!(said(&report, FieldId::AuthorisedDate).as_deref(), Some("2026-11-13"));
}

#[test]
fn where_labels_and_answers_take_turns_a_label_that_nobody_knows_answers_none() {
    let turns = |head: &[&str], answers: &[&str]| {
        let report = with(&[&table(&[&["LCS number", "NHS number", "Age"], &["LCS-1", "", "15"], head, answers])]);
        [FieldId::Address, FieldId::Gp, FieldId::Education].map(|field| said(&report, field))
    };
    let all = |texts: [&str; 3]| texts.map(|text| Some(text.to_owned()).filter(|text| !text.is_empty()));
    let found = turns(&["Home address", "Interests", "GP"], &["5 Test Road", "Art", "Dr Example"]);
    assert_eq!(found, all(["5 Test Road", "Dr Example", ""]));
    let found = turns(&["School", "GP", "Interests"], &["Test High", "Dr Example", "Art"]);
    assert_eq!(found, all(["", "Dr Example", "Test High"]));
    // One that was left open is not answered by the label beside it.
    let found = turns(&["Home address", "Interests", "GP"], &["", "Art", "Dr Example"]);
    assert_eq!(found, all(["", "Dr Example", ""]));
}
