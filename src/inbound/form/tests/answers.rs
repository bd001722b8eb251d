//! Answers that were once missed, cut in two or taken from elsewhere, each in the smallest document that shows it.

use super::*;

const RAT: &str = "Exploited and Missing Child Risk Assessment";

fn table(rows: &[&[&str]]) -> String {
    let rows: String = rows
        .iter()
        .map(|cells| {
            let cells: Vec<String> = cells.iter().map(|cell| cell.split('\n').map(p).collect()).collect();
            row(&cells.iter().map(String::as_str).collect::<Vec<_>>())
        })
        .collect();
    format!("<w:tbl>{rows}</w:tbl>")
}

/// A paragraph of runs with tabs (`\t`) and line breaks (`\n`), in bold letters or as a heading.
fn line(text: &str, bold: bool, style: &str) -> String {
    let text = text.replace('\t', "</w:t><w:tab/><w:t xml:space=\"preserve\">");
    let text = text.replace('\n', "</w:t><w:br/><w:t xml:space=\"preserve\">");
    let style = if style.is_empty() { String::new() } else { format!("<w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr>") };
    let bold = if bold { "<w:rPr><w:b/></w:rPr>" } else { "" };
    format!("<w:p>{style}<w:r>{bold}<w:t xml:space=\"preserve\">{text}</w:t></w:r></w:p>")
}

const CHILD: &[&[&str]] =
    &[&["Child's name", "Zoe Example"], &["DOB", "01/02/2011"], &["Date of assessment", "12/11/2026"]];

/// A RAT: the child's table, then more.
fn with(more: &str) -> ReadReport {
    read(&docx(&format!("{}{}{more}", p(RAT), table(CHILD))))
}

fn list(report: &ReadReport, field: FieldId) -> Vec<String> {
    match report.readings[0].fields.get(&field).map(|found| &found.value) {
        Some(Value::List(list)) => list.clone(),
        None => Vec::new(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_row_of_no_and_yes_under_options_holds_answers_and_no_headings() {
    let options = [
        "Key risk",
        "S – Sexual exploitation",
        "T – Trafficking",
        "C – Criminal exploitation",
        "M – Missing episodes",
        "V – Modern slavery",
    ];
    let title = p("Child Exploitation RMM Checklist");
    let more = table(&[&options, &["", "No", "No", "Yes", "Yes", "Yes"]]);
    let report = read(&docx(&format!("{title}{}{more}", table(CHILD))));
    assert_eq!(list(&report, FieldId::RiskTypes), ["C", "M", "V"]);
    let blank = table(&[&options, &["", "", "", "", "", ""]]);
    let report = read(&docx(&format!("{title}{}{blank}", table(CHILD))));
    assert_eq!(list(&report, FieldId::RiskTypes), [""; 0], "what is printed behind the label is no answer");
}

#[test]
fn ticks_go_on_behind_tabs_line_breaks_and_in_the_paragraphs_below() {
    for sign in ["\t", "\n", "</w:t></w:r></w:p><w:p><w:r><w:t>"] {
        let boxes = ["(x) Sexual exploitation", "( ) Trafficking", "(x) Missing episodes"].join(sign);
        let report = with(&line(&format!("Key risk: {boxes}"), false, ""));
        assert_eq!(list(&report, FieldId::RiskTypes), ["S", "M"], "{sign}");
    }
}

#[test]
fn the_boxes_behind_another_label_are_that_ones() {
    let previous = table(&[&["Previous CE risk rating"], &["Minimal"]]);
    let report =
        with(&format!("{previous}{}", p("Current CE risk rating: ☐ Minimal ☒ Emerging ☐ Significant ☐ Experiencing")));
    assert_eq!(said(&report, FieldId::RiskRating).as_deref(), Some("emerging"));
    assert_ne!(said(&report, FieldId::PreviousRiskRating).as_deref(), Some("emerging"));
}

#[test]
fn a_line_break_parts_an_address_and_no_answers() {
    let report = with(&line("Address: 1 Invented Street\nGuildford GU1 1AA", false, ""));
    assert_eq!(said(&report, FieldId::Address).as_deref(), Some("1 Invented Street\nGuildford GU1 1AA"));
    // Where a paragraph holds several questions, a line between them may be a heading.
    let report = with(&line("Address: 1 Invented Street\nWorkers\nManager: Sam Manager", false, ""));
    assert_eq!(said(&report, FieldId::Address).as_deref(), Some("1 Invented Street"));
}

#[test]
fn the_colon_behind_a_question_mark_is_the_labels() {
    let report = with(&p("Placed by which LA?: Surrey"));
    assert_eq!(said(&report, FieldId::ResponsibleAuthority).as_deref(), Some("Surrey"));
}

#[test]
fn a_heading_answers_no_label_that_was_left_open() {
    for (bold, style) in [(false, "Heading2"), (true, "")] {
        let open =
            format!("{}{}{}", line("Manager:", true, ""), line("Assessment", bold, style), p("Review date: 1/2/2027"));
        assert_eq!(said(&with(&open), FieldId::Manager), None);
        let answered = format!("{}{}{}", line("Manager", true, ""), p("Sam Manager"), line("Assessment", bold, style));
        assert_eq!(said(&with(&answered), FieldId::Manager).as_deref(), Some("Sam Manager"));
    }
}

#[test]
fn what_stands_under_a_line_of_answers_answers_none_of_its_labels() {
    let report = with(&format!(
        "{}{}",
        line("LCS number:\tAddress: 1 Invented Street", false, ""),
        p("Lead professional and risk")
    ));
    assert_eq!(said(&report, FieldId::LcsNumber), None);
    assert_eq!(said(&report, FieldId::Address).as_deref(), Some("1 Invented Street"));
}

#[test]
fn half_a_name_is_no_name_and_a_surname_may_be_a_word_of_the_forms() {
    let name = |rows: &[&[&str]]| {
        let rows: Vec<&[&str]> = rows.iter().chain(CHILD.get(1..).unwrap()).copied().collect();
        said(&read(&docx(&format!("{}{}", p(RAT), table(&rows)))), FieldId::ChildName)
    };
    assert_eq!(name(&[&["Surname", "Child"], &["Forename(s)", "Xin"]]).as_deref(), Some("Xin Child"));
    assert_eq!(name(&[&["Surname", "Forename(s)"], &["Child", "Xin"]]).as_deref(), Some("Xin Child"));
    assert_eq!(name(&[&["Surname", ""], &["Forename(s)", "Xin"], &["Name", "Ann Example"]]), None);
}

#[test]
fn a_workers_number_under_a_list_of_others_is_the_workers() {
    let siblings = table(&[
        &["Name", "DOB", "Relationship to child"],
        &["Bo Example", "1/2/2014", "Brother"],
        &["Di Example", "1/2/2016", "Sister"],
    ]);
    let worker =
        table(&[&["Lead professional", "Pat Worker"], &["Agency", "Engage Team"], &["Contact number", "01632 960001"]]);
    let report = with(&format!("{}{siblings}{}{worker}", p("Siblings"), p("")));
    assert_eq!(said(&report, FieldId::ContactNumber).as_deref(), Some("01632 960001"));
    assert_eq!(said(&report, FieldId::Agency).as_deref(), Some("Engage Team"));
    let parent = table(&[&["Name", "Ann Example"], &["Contact number", "01632 960002"]]);
    let report = with(&format!("{}{parent}", p("Parent / carer details")));
    assert_eq!(said(&report, FieldId::ContactNumber), None);
}

#[test]
fn who_a_child_lives_with_opens_no_part_about_them() {
    let lines = [
        "Child's name:",
        "Zoe Example",
        "DOB:",
        "01/02/2011",
        "Placement:",
        "Lives with mother",
        "LCS number:",
        "60538",
    ];
    let report = read(&docx(&format!("{}{}", p(RAT), lines.map(p).concat())));
    assert_eq!(said(&report, FieldId::Placement).as_deref(), Some("Lives with mother"));
    assert_eq!(said(&report, FieldId::LcsNumber).as_deref(), Some("60538"));
}

#[test]
fn the_number_of_the_label_below_is_no_age() {
    let rows: [&[&str]; 2] =
        [&["3. Age", "11 years", "4. School", "Example High"], &["5. Alias", "Zee", "6. GP", "Invented Surgery"]];
    let report = with(&table(&rows));
    let age = report.readings[0].fields.get(&FieldId::Age).map(|found| found.value.clone());
    assert_eq!(age, Some(Value::Integer(11)));
}

#[test]
fn a_title_tells_more_than_a_label_that_names_another_form() {
    let rows: [&[&str]; 2] = [
        &["Date of child exploitation risk assessment meeting", "12/11/2026"],
        &["Current risk rating", "Significant"],
    ];
    let report = read(&docx(&format!("{}{}{}", p("Child Exploitation RMM Checklist"), table(CHILD), table(&rows))));
    assert_eq!(report.readings[0].form.as_ref().map(|form| form.as_str()), Some("surrey-rmm-checklist"));
}

#[test]
fn a_nought_that_a_formula_left_is_no_answer() {
    assert_eq!(said(&with(&table(&[&["School", "0"]])), FieldId::Education), None);
}

#[test]
fn of_a_page_saved_as_html_struck_out_words_headers_and_footers_are_no_answers() {
    let html = |more: &str| {
        format!(
            "<!DOCTYPE html><html><body><div title=\"header\"><p>Name: Old Child</p></div><p>{RAT}</p><p>Child's name: Zoe Example</p>\
            <p>DOB: 01/02/2011</p><p>Date of assessment: 12/11/2026</p>{more}<div title=\"footer\"><p>Review date: 1/4/2027</p></div></body></html>"
        )
    };
    let report = read(html("<p>Manager: <strike>Lee Old </strike>Sam Manager\t<b>Agency:</b> Engage Team\n\t\tNorth</p><p>GP: Dr Example<br>Mill Walk</p>").as_bytes());
    assert_eq!(said(&report, FieldId::ChildName).as_deref(), Some("Zoe Example"));
    assert_eq!(said(&report, FieldId::Manager).as_deref(), Some("Sam Manager"));
    assert_eq!(said(&report, FieldId::Agency).as_deref(), Some("Engage Team North"));
    assert_eq!(said(&report, FieldId::Gp).as_deref(), Some("Dr Example\nMill Walk"));
    assert_eq!(said(&report, FieldId::ReviewDate), None);
}

#[test]
fn a_vague_label_does_not_stand_in_for_one_that_was_answered_with_no_date() {
    let form = |answer: &str| {
        let rows = [&["Name of child", "Zoe Example"], &["DOB", "01/02/2011"], &["Date of CE assessment", answer]];
        let rows: Vec<&[&str]> =
            rows.iter().map(|row| row.as_slice()).chain([["Date of referral", "06/05/2026"].as_slice()]).collect();
        read(&docx(&format!("{}{}", p("MACE referral form"), table(&rows))))
    };
    assert_eq!(said(&form("13/10/2026"), FieldId::AssessmentDate).as_deref(), Some("2026-10-13"));
    assert_eq!(said(&form("01/01/200113-Oct-2026"), FieldId::AssessmentDate), None);
}

#[test]
fn a_number_behind_a_team_may_be_the_teams() {
    let report = with(&p("Agency: Engage Team Tel: 01632 960001"));
    assert_eq!(said(&report, FieldId::Agency), None);
    let report = with(&p("Agency: Engage Tel: 01632 960001"));
    assert_eq!(said(&report, FieldId::Agency).as_deref(), Some("Engage"));
}
