//! What goes on over a page's end, and what does not.

use super::printed::{Printed, TITLE, Text, USUAL, pdf};
use super::*;
use crate::casework::Action;

/// Two pages: these texts and cells, and those.
fn two(first: (&[Text], &[[i32; 4]]), second: (&[Text], &[[i32; 4]])) -> ReadReport {
    let known = [TITLE, USUAL[0], USUAL[1], USUAL[2]];
    let texts = known.iter().chain(first.0).copied().collect();
    let page = Printed { texts, cells: first.1.to_vec() };
    read(&pdf(&[page, Printed { texts: second.0.to_vec(), cells: second.1.to_vec() }]))
}

fn actions(report: &ReadReport) -> Option<Vec<String>> {
    let Value::Actions(actions) = &report.readings[0].fields.get(&FieldId::Actions)?.value else { return None };
    Some(actions.iter().map(|Action { text, .. }| text.reveal().clone()).collect())
}

/// A row of three cells, the last two as wide on every page.
fn three(y: i32, height: i32, wide: i32) -> [[i32; 4]; 3] {
    [[50, y, wide, height], [50 + wide, y, 120, height], [170 + wide, y, 120, height]]
}

const HEAD: [Text; 3] = [(56, 106, "Action"), (256, 106, "By whom"), (376, 106, "By when")];

#[test]
fn a_table_with_the_same_columns_goes_on_overleaf() {
    let list = |wide: i32| {
        let first = [HEAD[0], HEAD[1], HEAD[2], (56, 86, "See the school"), (256, 86, "Pat Worker")];
        let cells = [three(100, 20, 200), three(80, 20, 200)].concat();
        let second = [(56, 786, "Write to mother"), (56 + wide, 786, "Sam Manager"), (56, 740, "GP: Dr Example")];
        actions(&two((&first, &cells), (&second, &three(780, 20, wide))))
    };
    let both = vec!["See the school".to_owned(), "Write to mother".to_owned()];
    assert_eq!(list(200), Some(both));
    assert_eq!(list(150), None);
}

#[test]
fn a_list_ends_with_its_page_where_a_label_begins_the_next() {
    let list = |next: &'static str| {
        let first = [HEAD[0], HEAD[1], HEAD[2], (56, 86, "See the school and the"), (256, 86, "Pat Worker")];
        let cells = [three(100, 20, 200), three(80, 20, 200)].concat();
        actions(&two((&first, &cells), (&[(50, 780, next)], &[])))
    };
    assert_eq!(list("GP: Dr Example"), Some(vec!["See the school and the".to_owned()]));
    assert_eq!(list("placement"), None);
    assert_eq!(list("Woking"), None);
}

#[test]
fn a_row_that_its_cells_filled_goes_on_overleaf() {
    let list = |text: &'static str, rest: &'static str, who: &'static str| {
        let first = [HEAD[0], HEAD[1], HEAD[2], (56, 86, text), (256, 86, "Pat Worker")];
        let cells = [three(100, 20, 200), three(80, 20, 200)].concat();
        let second = [(56, 786, rest), (256, 786, who), (56, 740, "GP: Dr Example")];
        actions(&two((&first, &cells), (&second, &three(780, 20, 200))))
    };
    let full = "Interview to be shared with the school and";
    let one = |text: &str| Some(vec![text.to_owned()]);
    assert_eq!(list(full, "placement", ""), one("Interview to be shared with the school and placement"));
    // The same under headings that the table has again.
    let first = [HEAD[0], HEAD[1], HEAD[2], (56, 86, full), (256, 86, "Pat Worker")];
    let cells = [three(100, 20, 200), three(80, 20, 200)].concat();
    let second = [
        (56, 786, "Action"),
        (256, 786, "By whom"),
        (376, 786, "By when"),
        (56, 766, "placement"),
        (56, 720, "GP: Dr Example"),
    ];
    let report = two((&first, &cells), (&second, &[three(780, 20, 200), three(760, 20, 200)].concat()));
    assert_eq!(actions(&report), one("Interview to be shared with the school and placement"));
    // It may be a row of its own.
    assert_eq!(list(full, "Placement review", ""), None);
    assert_eq!(list("Interview", "Call the school", "").map(|actions| actions.len()), Some(2));
}

#[test]
fn the_rest_of_an_answer_beside_no_label_is_its_labels() {
    let rationale = |line: &'static str, rest: &'static str| {
        let cells = |y| [[50, y, 100, 40], [150, y, 220, 40]];
        let first = [(56, 106, "Rationale"), (156, 106, "He was seen in town again, and a new man"), (156, 92, line)];
        let second = [(156, 796, rest), (56, 700, "GP: Dr Example")];
        text(&two((&first, &cells(85)), (&second, &cells(770))), FieldId::Rationale)
    };
    let told = "He was seen in town again, and a new man brings him to his school, where the head had";
    let whole = format!("{told} met both of them.");
    assert_eq!(
        rationale("brings him to his school, where the head had", "met both of them.").as_deref(),
        Some(&*whole)
    );
    assert_eq!(rationale("brings him there.", "Met both of them."), None);
}

#[test]
fn a_paragraph_that_filled_its_line_goes_on_in_small_letters() {
    let rationale = |rest: &'static str| {
        let first = [
            (50, 120, "Rationale"),
            (50, 106, "He was seen in town again, and a new man brings him to his school, where the head had long"),
            (50, 92, "known of it and was told that the new man has a key to the flat and that the mother had to"),
        ];
        text(&two((&first, &[]), (&[(50, 780, rest), (50, 740, "GP: Dr Example")], &[])), FieldId::Rationale)
    };
    let whole = rationale("leave it.").unwrap();
    assert!(whole.ends_with("the mother had to leave it."), "{whole}");
    assert_eq!(rationale("Leave was taken."), None);
}

#[test]
fn a_label_last_on_its_page_is_answered_by_what_stands_first_on_the_next() {
    let first: [Text; 8] = [
        TITLE,
        (50, 740, "Child's name:"),
        (50, 727, "Zoe Example"),
        (50, 700, "DOB:"),
        (50, 687, "01/02/2011"),
        (50, 660, "Date of assessment:"),
        (50, 647, "12/11/2026"),
        (50, 90, "Manager:"),
    ];
    let page = |texts: &[Text]| Printed { texts: texts.to_vec(), cells: Vec::new() };
    let manager = |second: &[Text]| text(&read(&pdf(&[page(&first), page(second)])), FieldId::Manager);
    let gp = (50, 764, "GP: Dr Example");
    assert_eq!(manager(&[(50, 778, "Sam Manager"), gp]).as_deref(), Some("Sam Manager"));
    // Where no label follows, it may be the first of several lines, or a heading.
    assert_eq!(manager(&[(50, 778, "Sam Manager"), (50, 750, "Words"), (50, 720, "GP: Dr Example")]), None);
    // A header that only this page has.
    assert_eq!(manager(&[(50, 815, "Confidential"), (50, 778, "GP: Dr Example")]), None);
    assert_eq!(manager(&[(50, 778, "Confidential"), (50, 740, "GP: Dr Example")]), None);
    assert_eq!(manager(&[(80, 778, "Sam Manager"), (50, 764, "GP: Dr Example")]), None);
}

#[test]
fn a_header_that_only_the_next_page_has_hides_no_rest_of_a_row() {
    let rationale = |line: &'static str, rest: &'static str| {
        let cells = |y| [[50, y, 100, 40], [150, y, 220, 40]];
        let first = [(56, 106, "Rationale"), (156, 106, "He was seen in town again, and a new man"), (156, 92, line)];
        let second = [(50, 815, "Confidential"), (156, 796, rest), (56, 700, "GP: Dr Example")];
        text(&two((&first, &cells(85)), (&second, &cells(770))), FieldId::Rationale)
    };
    let whole = "He was seen in town again, and a new man brings him to his school, where the head had met both.";
    assert_eq!(rationale("brings him to his school, where the head had", "met both.").as_deref(), Some(whole));
    assert_eq!(rationale("brings him there.", "Met both."), None);
}

#[test]
fn a_name_that_cannot_be_read_in_full_names_a_child_all_the_same() {
    let child = |name: &'static str, second: &'static str, born: &'static str| {
        let mut texts = vec![TITLE, (56, 710, "Child's name"), (126, 720, name), (126, 708, second)];
        texts.extend([(56, 680, "DOB"), (126, 680, born), USUAL[0], USUAL[1], USUAL[2]]);
        Printed { texts, cells: vec![[50, 700, 70, 35], [120, 700, 70, 35], [50, 670, 70, 30], [120, 670, 70, 30]] }
    };
    let report = read(&pdf(&[child("Featherstoneh", "augh", "01/02/2011"), child("Mia Draft", "", "02/03/2012")]));
    let names: Vec<Option<&str>> = report.readings.iter().map(|reading| reading.text(FieldId::ChildName)).collect();
    assert_eq!(names, [None, Some("Mia Draft")]);
}

#[test]
fn a_row_without_a_label_is_the_rest_of_one_that_had_them() {
    let manager = |rest: &'static str| {
        let first = [(56, 86, "Date of referral: 11"), (156, 86, "Team manager: Priya")];
        let second = [(56, 786, rest), (156, 786, "Adeyemi"), (56, 740, "GP: Dr Example")];
        let cells = |y: i32| [[50, y, 100, 20], [150, y, 110, 20]];
        let report = two((&first, &cells(80)), (&second, &cells(780)));
        (text(&report, FieldId::Manager), report.readings[0].fields.contains_key(&FieldId::ReferralDate))
    };
    assert_eq!(manager("/ 05 / 2026"), (Some("Priya Adeyemi".to_owned()), true));
    assert_eq!(manager("Age: 15").0.as_deref(), Some("Priya"), "a row of its own");
}
