//! The forms of several children in one file.

use super::printed::{Printed, Text, pdf};
use super::*;

const TITLE: &str = "Exploited and Missing Child Risk Assessment Tool (RAT)";

fn form(title: &str, answers: &[(&str, &str)]) -> String {
    let rows: String = answers.iter().map(|(label, said)| row(&[&p(label), &p(said)])).collect();
    format!("{}<w:tbl>{rows}</w:tbl>", p(title))
}

const FIRST: [(&str, &str); 5] = [
    ("Child's name", "Amelia Stone"),
    ("DOB", "01/02/2011"),
    ("LCS number", "111111"),
    ("Social worker", "Helen Cole"),
    ("Current risk rating", "Emerging"),
];
const SECOND: [(&str, &str); 6] = [
    ("Child's name", ""),
    ("DOB", "05/06/2012"),
    ("LCS number", "222222"),
    ("Social worker", "Ruth Doyle"),
    ("Manager", "Jo Price"),
    ("Current risk rating", "Minimal"),
];

fn read_all(forms: &[String]) -> Vec<Reading> {
    read(&docx(&forms.concat())).readings
}

#[test]
fn a_form_that_leaves_its_childs_name_open_is_another_childs_all_the_same() {
    for forms in [[form(TITLE, &FIRST), form(TITLE, &SECOND)], [form(TITLE, &SECOND), form(TITLE, &FIRST)]] {
        let readings = read_all(&forms);
        assert_eq!(readings.len(), 2);
        for reading in &readings {
            let is_first = reading.text(FieldId::LcsNumber) == Some("111111");
            assert_eq!(reading.text(FieldId::ChildName), is_first.then_some("Amelia Stone"));
            assert_eq!(reading.text(FieldId::Manager), (!is_first).then_some("Jo Price"));
            assert_eq!(reading.text(FieldId::RiskRating), Some(if is_first { "emerging" } else { "minimal" }));
        }
    }
}

#[test]
fn a_form_that_asks_for_the_name_in_parts_may_follow_one_that_does_not() {
    let mut second = vec![("Surname", "Okafor"), ("Forename(s)", "Tyler")];
    second.extend(&SECOND[1..]);
    let readings = read_all(&[form(TITLE, &FIRST), form(TITLE, &second)]);
    let names: Vec<_> = readings.iter().map(|reading| reading.text(FieldId::ChildName)).collect();
    assert_eq!(names, [Some("Amelia Stone"), Some("Tyler Okafor")]);
}

#[test]
fn a_title_that_stands_again_over_the_same_child_begins_no_other_form() {
    let again = [("Child's name", "Amelia Stone"), ("DOB", "1st Feb 2011"), ("Manager", "Jo Price")];
    for again in [&again[..], &[("Child's name", ""), ("DOB", ""), ("Manager", "Jo Price")], &again[2..]] {
        let readings = read_all(&[form(TITLE, &FIRST), form(TITLE, again)]);
        assert_eq!(readings.len(), 1);
        assert_eq!(readings[0].text(FieldId::Manager), Some("Jo Price"));
    }
}

#[test]
fn of_two_childrens_forms_that_cannot_be_parted_nothing_is_taken() {
    let mut answers = FIRST.to_vec();
    answers.extend(&SECOND[1..]);
    let readings = read_all(&[form(TITLE, &answers)]);
    assert_eq!(readings.len(), 1);
    assert!(readings[0].fields.is_empty(), "{:?}", readings[0].fields.keys());
    let told = |finding: &Finding| finding.message.contains("two children");
    assert!(readings[0].findings.iter().any(told));
}

/// Pages with a table of two columns each, in which labels have these answers.
fn pages(pages: &[&[(&'static str, &'static str)]]) -> Vec<Reading> {
    let printed = |answers: &&[(&'static str, &'static str)]| {
        let rows = || (1..).zip(answers.iter()).map(|(at, row)| (800 - 20 * at, row));
        let texts: Vec<Text> =
            rows().flat_map(|(y, (label, said))| [(56, y + 6, *label), (256, y + 6, *said)]).collect();
        Printed { texts, cells: rows().flat_map(|(y, _)| [[50, y, 200, 20], [250, y, 200, 20]]).collect() }
    };
    read(&pdf(&pages.iter().map(printed).collect::<Vec<_>>())).readings
}

#[test]
fn what_a_page_begins_with_before_another_child_is_named_stays_with_the_first() {
    let first =
        [FIRST.as_slice(), &[("Date of risk assessment", "12/11/2026"), ("Date of CE assessment", "")]].concat();
    let rest = [("Contact number", "01632 960 111"), ("Next review date", "21/12/2026")];
    let second = [[("Child's name", "Tyler Okafor")].as_slice(), &SECOND[1..]].concat();
    let readings = pages(&[&first, &rest, &second]);
    let said = |field: FieldId| readings.iter().map(|reading| reading.fields.contains_key(&field)).collect::<Vec<_>>();
    let names: Vec<_> = readings.iter().map(|reading| reading.text(FieldId::ChildName)).collect();
    assert_eq!(names, [Some("Amelia Stone"), Some("Tyler Okafor")]);
    assert_eq!(said(FieldId::ReviewDate), [true, false]);
    assert_eq!(said(FieldId::ContactNumber), [true, false]);
}
