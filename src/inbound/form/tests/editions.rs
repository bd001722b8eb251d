//! Two editions of one form, each with a table of its own.

use super::*;

const FIRST: &str = r#"
id = "our-form"
title = "Our Assessment"
edition = "2024"
[detect]
titles = ["our assessment"]
labels = ["level of worry"]
[fields.child_name]
kind = "name"
aliases = ["child's name"]
[fields.date_of_birth]
kind = "date"
aliases = ["dob"]
[fields.risk_rating]
kind = "one-of"
aliases = ["level of worry"]
options = [{ value = "low", says = ["low", "level 1"] }, { value = "high", says = ["high", "level 2"] }]
"#;

const SECOND: &str = r#"
id = "our-form-2026"
edition-of = "our-form"
title = "Our Assessment"
edition = "2026"
[detect]
titles = ["our assessment"]
labels = ["level of concern"]
[fields.child_name]
kind = "name"
aliases = ["child's name"]
[fields.date_of_birth]
kind = "date"
aliases = ["dob"]
[fields.risk_rating]
kind = "one-of"
aliases = ["level of concern"]
options = [{ value = "low", says = ["low", "level 2"] }, { value = "high", says = ["high", "level 1"] }]
"#;

#[test]
fn two_editions_of_one_form_are_each_read_by_their_own_table() {
    for sources in [[("a", FIRST), ("b", SECOND)], [("b", SECOND), ("a", FIRST)]] {
        let tables = FormTables::from_sources(sources).unwrap();
        for (label, rating) in [("Level of worry", "low"), ("Level of concern", "high")] {
            let rows = [("Child's name", "Zoe Example"), ("DOB", "01/02/2011"), (label, "Level 1")];
            let rows: String = rows.iter().map(|(label, value)| row(&[&p(label), &p(value)])).collect();
            let bytes = docx(&format!("{}<w:tbl>{rows}</w:tbl>", p("Our Assessment")));
            let report = read_document(&bytes, None, &tables, &Limits::default(), TODAY, &ReadOptions::default());
            assert_eq!(report.readings[0].form.as_ref().map(|form| form.as_str()), Some("our-form"), "{label}");
            assert_eq!(text(&report, FieldId::RiskRating).as_deref(), Some(rating), "{label}");
        }
    }
}

#[test]
fn a_checklist_that_asks_whether_another_form_is_current_is_a_checklist() {
    let checklist = |more: &str| {
        let title = p("Child Exploitation RMM Checklist (completed for each child)");
        let asks = row(&[&p("Is the Child Exploitation/Missing Child Risk Assessment current? ☒ Yes ☐ No"), &p("")]);
        let child: String =
            [("Child's name", "Zoe Example"), ("DOB", "01/02/2011"), ("Date of risk assessment", "01/10/2026")]
                .iter()
                .map(|(label, said)| row(&[&p(label), &p(said)]))
                .collect();
        read(&docx(&format!("{title}<w:tbl>{child}{more}{asks}</w:tbl>")))
    };
    for (said, case) in [("☐ NEW CASE ☒ REVIEW CASE", Some("review")), ("", None)] {
        let report = checklist(&row(&[&p("Case type"), &p(said)]));
        let form = report.readings[0].form.as_ref().map(|form| form.as_str());
        assert_eq!(form, Some("surrey-rmm-checklist"));
        assert_eq!(text(&report, FieldId::AssessmentType).as_deref(), case, "{said}");
    }
    // The headings over its questions say nothing of this child.
    let report = checklist(&format!(
        "{}{}",
        row(&[&p("NEW CASE"), &p("")]),
        row(&[&p("REVIEW CASE"), &p("Update on the case")])
    ));
    assert_eq!(text(&report, FieldId::AssessmentType), None);
}
