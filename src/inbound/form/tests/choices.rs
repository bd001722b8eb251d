//! Ticks that say no, ticks of another question, and a tick that disagrees with what is written.

use super::*;

fn table(rows: &[&[&str]]) -> String {
    let rows = rows.iter().map(|cells| {
        let cells: Vec<String> = cells.iter().map(|text| p(text)).collect();
        row(&cells.iter().map(String::as_str).collect::<Vec<_>>())
    });
    rows.collect()
}

fn has(report: &ReadReport, code: FindingCode, field: FieldId) -> bool {
    report.readings[0].findings.iter().any(|finding| (finding.code, finding.field) == (code, Some(field)))
}

#[test]
fn a_tick_under_no_or_historic_is_no_tick() {
    for (yes, no) in [("Yes", "No"), ("Current", "Historic"), ("YES", "Not known"), ("Y", "N")] {
        let rows = table(&[
            &["Current risk factors", yes, no],
            &["Self harm", "", "x"],
            &["Substance misuse", "✓", ""],
            &["Regular missing person", "☐", "☒"],
        ]);
        assert_eq!(read(&rat(&rows)).readings[0].list(FieldId::RiskFactors), ["Substance misuse"], "{yes} {no}");
    }
    // Two answers beside each other are no headings.
    let rows = table(&[
        &["Known to police", "Yes", "Known to YOS", "No"],
        &["Risk rating", "Emerging", "Self harm", "x"],
        &["Agency", "Police", "Substance misuse", ""],
    ]);
    assert_eq!(read(&rat(&rows)).readings[0].list(FieldId::RiskFactors), ["Self harm"]);
}

#[test]
fn a_tick_for_the_previous_rating_is_not_the_current_one() {
    for rows in [
        table(&[&["Previous risk rating", "☒ Minimal ☐ Emerging ☐ Significant ☐ Experiencing"]]),
        table(&[
            &["Previous risk rating"],
            &["Minimal", "x"],
            &["Emerging", ""],
            &["Significant", ""],
            &["Experiencing", ""],
        ]),
    ] {
        let report = read(&rat(&rows));
        assert_eq!(text(&report, FieldId::RiskRating), None);
        assert_eq!(text(&report, FieldId::PreviousRiskRating).as_deref(), Some("minimal"));
    }
}

#[test]
fn a_rating_and_a_ticked_box_that_disagree_are_a_finding() {
    let grid = |ticked: &str| {
        let line = |name: &str| row(&[&p(if name == ticked { "☒" } else { "☐" }), &p(name)]);
        let rows: String = ["MINIMAL", "EMERGING", "SIGNIFICANT", "EXPERIENCING"].map(line).concat();
        rat(&format!("{}{rows}", table(&[&["Overall risk", "Emerging"]])))
    };
    let report = read(&grid("SIGNIFICANT"));
    assert_eq!(text(&report, FieldId::RiskRating), None);
    assert!(has(&report, FindingCode::Contradiction, FieldId::RiskRating));
    let report = read(&grid("EMERGING"));
    assert_eq!(text(&report, FieldId::RiskRating).as_deref(), Some("emerging"));
    assert!(!has(&report, FindingCode::Contradiction, FieldId::RiskRating));
    // The grid left as it was printed says nothing.
    assert_eq!(text(&read(&grid("")), FieldId::RiskRating).as_deref(), Some("emerging"));
}

#[test]
fn more_words_behind_at_risk_do_not_stop_the_reader() {
    let outcome = |text: &str| {
        let rows = table(&[&["Child's name", "Zoe Example"], &["DOB", "01/02/2011"], &["Outcome of screening", text]]);
        let report = read(&docx(&format!("{}<w:tbl>{rows}</w:tbl>", p("Child Exploitation Screening Tool"))));
        self::text(&report, FieldId::ScreeningResult)
    };
    for said in ["At risk, refer to MASH", "At risk - refer", "At risk (see notes)", "At risk; monitor", "At risk? Yes"]
    {
        assert_eq!(outcome(said).as_deref(), Some("at-risk"), "{said}");
    }
}
