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

/// What the key risks of a RAT are read as, with a finding where nothing is taken for certain.
fn types(rows: &str) -> Option<String> {
    let rating = table(&[&["Current risk rating", "Emerging"]]);
    let report = read(&rat(&format!("{rows}{rating}")));
    assert_eq!(text(&report, FieldId::RiskRating).as_deref(), Some("emerging"));
    let types = report.readings[0].list(FieldId::RiskTypes).concat();
    let is_unclear = has(&report, FindingCode::Contradiction, FieldId::RiskTypes);
    if is_unclear {
        assert_eq!(types, "");
    }
    (!is_unclear).then_some(types)
}

#[test]
fn a_box_beside_no_is_no_tick_of_the_option() {
    let label = "Key risk for the child";
    for (yes, no) in [
        ("Yes ☒ No ☐", "Yes ☐ No ☒"),
        ("☒ Yes ☐ No", "☐ Yes ☒ No"),
        ("[x] Yes / [ ] No", "[ ] Yes / [x] No"),
        ("Yes ☒ No ☐ Not known ☐", "Yes ☐ No ☐ Not known ☒"),
        ("Present ☒ Not present ☐", "Present ☐ Not present ☒"),
    ] {
        let rows = table(&[&[label, ""], &["S – Sexual exploitation", yes], &["C – Criminal exploitation", no]]);
        assert_eq!(types(&rows).as_deref(), Some("S"), "{yes}");
        let (sexual, criminal) = (format!("Sexual exploitation {yes}"), format!("Criminal exploitation {no}"));
        assert_eq!(
            types(&table(&[&[label, ""], &[&sexual], &[&criminal]])).as_deref(),
            Some("S"),
            "in one cell: {yes}"
        );
        let paragraphs = |text: &str| text.split(" / ").map(p).collect::<String>();
        let rows = row(&[&p(label), &p("Sexual"), &paragraphs(yes), &p("Criminal"), &paragraphs(no)]);
        assert_eq!(types(&rows).as_deref(), Some("S"), "{yes}");
    }
    // Each word and each box in a cell of its own.
    for (yes, no) in
        [(["Yes", "☒", "No", "☐"], ["Yes", "☐", "No", "☒"]), (["Yes", "x", "No", ""], ["Yes", "", "No", "x"])]
    {
        let line = |option: &'static str, answer: [&'static str; 4]| [&[option], answer.as_slice()].concat();
        let rows = table(&[&[label, "", "", "", ""], &line("Sexual", yes), &line("Criminal", no)]);
        assert_eq!(types(&rows).as_deref(), Some("S"));
    }
    // Which of the two words is meant cannot be told, or both are ticked.
    for unclear in ["Yes/No ☒", "Yes ☒ No ☒", "☐ Yes ☒ No ☒", "Yes x No"] {
        let rows = table(&[&[label, ""], &["Sexual", "Yes ☒ No ☐"], &["Criminal", unclear]]);
        assert_eq!(types(&rows), None, "{unclear}");
    }
}

#[test]
fn a_no_may_be_an_option_of_its_list_or_begin_one() {
    let rows = table(&[&["Key risk for the child", "☐ None ☒ Sexual ☐ Criminal"]]);
    assert_eq!(types(&rows).as_deref(), Some("S"));
    let rows = table(&[&["Is the current risk assessment current? ☒"], &["Key risk", "Sexual – current ☒"]]);
    assert_eq!(types(&rows).as_deref(), Some("S"));
}

#[test]
fn a_cross_beside_options_marked_with_ticks_is_a_no() {
    let list = |yes: &str, no: &str| {
        types(&table(&[&["Key risk for the child", ""], &["Sexual", yes], &["Criminal", no], &["Missing", ""]]))
    };
    assert_eq!(list("✓", "✗").as_deref(), Some("S"));
    assert_eq!(list("✗", "✗").as_deref(), Some("SC"), "crosses alone are ticks");
    assert_eq!(list("✓", "x"), None, "an x may be either");
}

#[test]
fn a_tick_in_the_second_of_two_places_is_not_certain() {
    assert_eq!(types(&table(&[&["Sexual", "", "x"], &["Criminal", "", "x"]])), None);
    assert_eq!(types(&table(&[&["Sexual", "x", ""], &["Criminal", "", "x"]])), None);
    let rows = table(&[&["Key risk", "Present", "Not present"], &["Sexual", "x", ""], &["Criminal", "", "x"]]);
    assert_eq!(types(&rows).as_deref(), Some("S"));
}

#[test]
fn a_written_no_is_no_answer() {
    let list = |text: &str| types(&table(&[&["Key risk for the child", text]]));
    assert_eq!(list("S: No C: Yes").as_deref(), Some("C"));
    assert_eq!(list("Sexual: no Criminal: yes").as_deref(), Some("C"));
    assert_eq!(list("Sexual (No)").as_deref(), Some(""));
    assert_eq!(list("Sexual: no evidence of it"), None);
    assert_eq!(list("S C").as_deref(), Some("SC"));
    let rating = |text: &str| self::text(&read(&rat(&table(&[&["Current risk rating", text]]))), FieldId::RiskRating);
    assert_eq!(rating("Minimal? No"), None);
    assert_eq!(rating("Minimal - no concerns").as_deref(), Some("minimal"));
    let report = read(&rat(&table(&[&["Current risk rating: Minimal? No"], &["Legal status: CIN? No CPP? Yes"]])));
    assert_eq!(text(&report, FieldId::RiskRating), None);
    assert_eq!(report.readings[0].list(FieldId::LegalStatus), ["CPP"]);
}

#[test]
fn options_left_as_they_were_printed_are_no_answer() {
    let rating = |rows: &str| text(&read(&rat(rows)), FieldId::RiskRating);
    let options = ["Minimal", "Emerging", "Significant", "Experiencing"];
    let rows = |first: &str, rest: &str| {
        let label = |at: usize| if at == 0 { first.to_owned() } else { rest.to_owned() };
        options
            .iter()
            .enumerate()
            .map(|(at, option)| format!("<w:tr>{}<w:tc>{}</w:tc></w:tr>", label(at), p(option)))
            .collect::<String>()
    };
    let label = p("Current risk rating");
    let spans = |span: &str| format!("<w:tc><w:tcPr>{span}</w:tcPr>{label}</w:tc>");
    let under: String = options.iter().map(|option| row(&[&p(option), &p("")])).collect();
    assert_eq!(rating(&format!("<w:tr>{}</w:tr>{under}", spans("<w:gridSpan w:val=\"2\"/>"))), None);
    let merged = "<w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc>";
    assert_eq!(rating(&rows(&spans("<w:vMerge w:val=\"restart\"/>"), merged)), None);
    assert_eq!(rating(&rows(&spans(""), "<w:tc><w:p/></w:tc>")), None);
    assert_eq!(types(&table(&[&["Key risk for the child", "S   T   C   M   V"]])).as_deref(), Some(""));
    // Ticked, all the same.
    let ticked = table(&[&["Current risk rating", "Minimal", ""], &["", "Emerging", "x"], &["", "Significant", ""]]);
    assert_eq!(rating(&ticked).as_deref(), Some("emerging"));
}

#[test]
fn the_option_left_of_a_struck_out_line_is_the_answer() {
    let run = |text: &str, strike: &str| {
        format!("<w:r><w:rPr>{strike}</w:rPr><w:t xml:space=\"preserve\">{text}</w:t></w:r>")
    };
    let (gone, kept) = (|text| run(text, "<w:strike/>"), |text| run(text, ""));
    let line =
        [gone("Minimal"), kept(" / Emerging / "), gone("Significant"), kept(" / "), gone("Experiencing")].concat();
    let report = read(&rat(&row(&[&p("Current risk rating"), &format!("<w:p>{line}</w:p>")])));
    assert_eq!(text(&report, FieldId::RiskRating).as_deref(), Some("emerging"));
}

#[test]
fn a_tick_belongs_to_the_option_it_stands_behind() {
    let rows = table(&[
        &["CURRENT RISK RATING", "", "Key risk for the child", ""],
        &["MINIMAL", "☐", "", ""],
        &["EMERGING", "☒", "S – Sexual exploitation", "☐"],
        &["", "", "T – Trafficking", "☒"],
        &["SIGNIFICANT", "☐", "S – Sexual exploitation", "☐"],
    ]);
    let report = read(&rat(&rows));
    assert_eq!(text(&report, FieldId::RiskRating).as_deref(), Some("emerging"));
    assert_eq!(report.readings[0].list(FieldId::RiskTypes), ["T"]);
}

#[test]
fn a_tick_does_not_answer_the_next_column() {
    let boxes = "☐ Minimal ☐ Emerging ☐ Significant ☒ Experiencing";
    let both = |heads: [&str; 2], cells: [&str; 2]| {
        let report = read(&rat(&table(&[&heads, &cells])));
        (text(&report, FieldId::RiskRating), text(&report, FieldId::PreviousRiskRating))
    };
    let ratings = |now: &str, then: &str| {
        (Some(now.to_owned()).filter(|now| !now.is_empty()), Some(then.to_owned()).filter(|then| !then.is_empty()))
    };
    let heads = ["Current risk rating", "Previous risk rating"];
    assert_eq!(both(heads, [boxes, "Significant"]), ratings("experiencing", "significant"));
    assert_eq!(both(heads, [boxes, ""]), ratings("experiencing", ""));
    assert_eq!(both([heads[1], heads[0]], [boxes, "Significant"]), ratings("significant", "experiencing"));
    let rows = table(&[&["Legal status", heads[0], heads[1]], &["CPP ☐ LAC ☐ CIN ☒", "", "Minimal"]]);
    let report = read(&rat(&rows));
    assert_eq!(report.readings[0].list(FieldId::LegalStatus), ["CIN"]);
    assert_eq!(text(&report, FieldId::RiskRating), None);
    assert_eq!(text(&report, FieldId::PreviousRiskRating).as_deref(), Some("minimal"));
}

#[test]
fn a_tick_under_options_parted_by_tabs_is_not_certain() {
    let form = "Exploited and Missing Child Risk Assessment\nChild's name: Zoe Example\nDOB: 01/02/2011\n\
        Date of assessment: 02/11/2026\nName of Lead Professional: Pat Worker\nCURRENT RISK RATING\n\
        MINIMAL\tEMERGING\tSIGNIFICANT\tEXPERIENCING\n\t\t\tx\n";
    let report = read(form.as_bytes());
    assert_eq!(text(&report, FieldId::RiskRating), None);
    assert!(has(&report, FindingCode::Contradiction, FieldId::RiskRating));
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
    assert_eq!(outcome("At risk? No"), None);
}

#[test]
fn a_box_at_the_end_of_a_line_that_was_wrapped_belongs_to_the_option_behind_it() {
    let wrapped = |lines: &[&str]| {
        let lines: String = lines.iter().map(|line| p(line)).collect();
        text(&read(&rat(&row(&[&p("Level of risk"), &lines]))), FieldId::RiskRating)
    };
    let before = ["☐ Minimal ☐", "Emerging ☐", "Significant ☒", "Experiencing"];
    assert_eq!(wrapped(&before).as_deref(), Some("experiencing"));
    assert_eq!(
        wrapped(&["☐ Minimal", "☐ Emerging ☒", "Significant", "☐ Experiencing"]).as_deref(),
        Some("significant")
    );
    assert_eq!(wrapped(&["Minimal ☐ Emerging", "☒ Significant", "☐ Experiencing ☐"]).as_deref(), Some("emerging"));
    assert_eq!(
        wrapped(&["☐ Minimal", "☐ Emerging", "☒ Significant", "☐ Experiencing"]).as_deref(),
        Some("significant")
    );
}

#[test]
fn options_go_on_over_paragraphs_of_several() {
    let answers = [("Child's name", "Zoe Example"), ("DOB", "01/02/2011"), ("Lead professional", "Pat Worker")];
    let answers = table(&answers.map(|(label, said)| [label, said]).each_ref().map(|cells| cells.as_slice()));
    let lines = |lines: &[&str]| {
        let lines: String = lines.iter().map(|line| p(line)).collect();
        let title = p("Exploited and Missing Child Risk Assessment");
        let report = read(&docx(&format!("{title}<w:tbl>{answers}</w:tbl>{lines}")));
        report.readings[0].list(FieldId::RiskTypes).concat()
    };
    let label = "Key risk for the child (tick all that apply)";
    let types = lines(&[label, "☐ Sexual ☒ Trafficking", "☒ Criminal ☐ Missing", "☐ Modern slavery"]);
    assert_eq!(types, "TC");
    let types = lines(&[label, "☒ Sexual ☐ Trafficking", "Manager: Jo Price", "☒ Criminal ☐ Missing"]);
    assert_eq!(types, "S", "what stands behind another label is not theirs");
}

#[test]
fn a_question_is_answered_by_the_yes_alone_under_it() {
    let asked = |answers: [&str; 2]| {
        let lines = [
            "Child Sexual Exploitation (CSE) Screening Tool",
            "Name of child: Zoe Example",
            "DOB: 01/02/2011",
            "Date of screening: 01/10/2026",
            "Have you ever stayed out overnight or longer without permission from your parent(s) or guardian?",
            answers[0],
            "How old is your partner?",
            "Does your partner stop you from doing things you want to do?",
            answers[1],
            "Comments: Yes",
        ];
        let report = read(&docx(&lines.map(p).concat()));
        report.readings[0].list(FieldId::RiskFactors).join("; ")
    };
    assert_eq!(asked(["Yes", "No"]), "Stayed out overnight without permission");
    assert_eq!(asked(["No", "Yes"]), "Partner stops them from doing things");
    assert_eq!(asked(["No", ""]), "");
}

#[test]
fn a_question_with_a_bracket_is_answered_behind_it() {
    let lines = [
        "Child Sexual Exploitation (CSE) Screening Tool",
        "Name of child: Zoe Example",
        "DOB: 01/02/2011",
        "Date of screening: 01/10/2026",
        "Have you ever stayed out overnight or longer without permission from your parent(s) or guardian?: Yes",
        "Does your partner stop you from doing things you want to do?: Yes",
    ];
    let report = read(&docx(&lines.map(p).concat()));
    let both = ["Stayed out overnight without permission", "Partner stops them from doing things"];
    assert_eq!(report.readings[0].list(FieldId::RiskFactors), both);
}
