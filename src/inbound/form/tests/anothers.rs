//! What belongs to somebody else on a form, or to nobody: another's details, a place's address, a word spelled like a label.

use super::offices::table;
use super::told::workbook;
use super::*;

const RAT: &str = "Exploited and Missing Child Risk Assessment";
const CHILD: &[&[&str]] = &[&["Child's name", "Zoe Example"], &["DOB", "01/02/2011"]];

/// A RAT of the child's name and birthday, the rows `more` in the same table, and `after` behind it.
fn with(more: &[&[&str]], after: &str) -> ReadReport {
    let rows: Vec<&[&str]> = CHILD.iter().chain(more).copied().collect();
    read(&docx(&format!("{}{}{after}", p(RAT), table(&rows))))
}

#[test]
fn a_list_of_others_says_nothing_of_the_child_in_any_column() {
    let list = [
        &["Name", "DOB", "Risk rating", "Social worker", "Manager", "Date of assessment", "Local authority"][..],
        &["Tom Sib", "03/03/2012", "Minimal", "Lee Sib", "Ann Chief", "01/06/2026", "Leeds"],
    ];
    for heading in ["Siblings", "Alleged perpetrators", "Household members"] {
        let report = with(&[], &format!("{}{}", p(heading), table(&list)));
        for field in [
            FieldId::RiskRating,
            FieldId::LeadProfessional,
            FieldId::Manager,
            FieldId::AssessmentDate,
            FieldId::ResponsibleAuthority,
        ] {
            assert_eq!(said(&report, field), None, "{heading}: {field}");
        }
        assert_eq!(said(&report, FieldId::DateOfBirth).as_deref(), Some("2011-02-01"));
    }
}

#[test]
fn under_a_heading_of_somebody_else_nothing_is_the_childs() {
    let theirs = table(&[
        &["Name", "Tom Bad"],
        &["DOB", "03/03/1990"],
        &["Address", "9 Bad Street"],
        &["Contact number", "07700 900999"],
    ]);
    for heading in [
        "Person of concern",
        "Adults of concern",
        "Details of alleged offender",
        "Next of kin",
        "Emergency contact",
        "Boyfriend",
        "Partner",
        "Landlord",
    ] {
        let report = with(&[], &format!("{}{theirs}", p(heading)));
        for field in [FieldId::Address, FieldId::ContactNumber] {
            assert_eq!(said(&report, field), None, "{heading}: {field}");
        }
        assert_eq!(said(&report, FieldId::DateOfBirth).as_deref(), Some("2011-02-01"), "{heading}");
    }
    let agencies = with(&[], &format!("{}{}", p("Partner agencies"), table(&[&["Lead professional", "Pat Worker"]])));
    assert_eq!(said(&agencies, FieldId::LeadProfessional).as_deref(), Some("Pat Worker"));
}

#[test]
fn beside_another_birthday_under_a_heading_nobody_knows_no_address_is_the_childs() {
    let theirs = table(&[&["DOB", "03/03/1990"], &["Address", "9 Bad Street"], &["Contact number", "07700 900999"]]);
    let report = with(&[], &format!("{}{theirs}", p("Kyle")));
    assert_eq!(said(&report, FieldId::Address), None);
    assert_eq!(said(&report, FieldId::ContactNumber), None);
}

#[test]
fn behind_a_mothers_name_the_address_is_hers_unless_the_label_says_whose() {
    let report = with(&[&["Mother's name", "Ann Example"], &["Address", "9 Mum St"], &["DOB", "03/03/1982"]], "");
    assert_eq!(said(&report, FieldId::Address), None);
    assert_eq!(said(&report, FieldId::DateOfBirth).as_deref(), Some("2011-02-01"));
    let report = with(&[&["Mother's name", "Ann Example"], &["Child's address", "1 Elm Road"]], "");
    assert_eq!(said(&report, FieldId::Address).as_deref(), Some("1 Elm Road"));
}

#[test]
fn a_schools_address_and_number_are_not_the_childs_and_a_workers_number_is_beside_the_worker() {
    let report = with(
        &[&["Name of lead professional", "Pat Worker"]],
        &table(&[&["School", "Ash School"], &["Address", "1 School Road"], &["Contact number", "01632 960009"]]),
    );
    assert_eq!(said(&report, FieldId::Education).as_deref(), Some("Ash School"));
    assert_eq!(said(&report, FieldId::Address), None);
    assert_eq!(said(&report, FieldId::ContactNumber), None);
    for rows in [
        &[&["Name of lead professional", "Pat Worker"][..], &["Contact number", "01632 960001"]][..],
        &[&["Agency", "Invented Agency"], &["Contact number", "01632 960001"], &["Completed by", "Pat Worker"]],
        &[&["School", "Ash School"], &["Social worker contact number", "01632 960001"]],
    ] {
        let report = with(rows, "");
        assert_eq!(said(&report, FieldId::ContactNumber).as_deref(), Some("01632 960001"), "{rows:?}");
    }
}

#[test]
fn among_professionals_a_name_an_agency_and_a_number_are_nobodys() {
    let nurse = [
        &["Name", "Lee Nurse"][..],
        &["Role", "School nurse"],
        &["Agency", "Invented Trust"],
        &["Contact number", "01632 960002"],
    ];
    let report = with(&[], &format!("{}{}", p("Professionals involved"), table(&nurse)));
    for field in [FieldId::LeadProfessional, FieldId::Agency, FieldId::ContactNumber] {
        assert_eq!(said(&report, field), None, "{field}");
    }
}

#[test]
fn who_wrote_the_form_did_not_fill_it_in() {
    let versions = table(&[&["Version", "Date", "Author"], &["1.2", "01/05/2024", "Lee Case"]]);
    let report = read(&docx(&format!("{}{versions}{}", p(RAT), table(CHILD))));
    assert_eq!(said(&report, FieldId::CompletedBy), None);
    assert_eq!(said(&report, FieldId::AssessmentDate), None);
    assert_eq!(said(&report, FieldId::ChildName).as_deref(), Some("Zoe Example"));
}

#[test]
fn an_answer_spelled_like_a_label_is_an_answer() {
    for word in ["School", "College", "GP", "Education", "Surgery", "Placement", "NHS"] {
        let report =
            with(&[&["Lead professional", "Pat Worker"], &["Agency", word], &["Contact number", "01632 960001"]], "");
        assert_eq!(said(&report, FieldId::Agency).as_deref(), Some(word));
        assert_eq!(said(&report, FieldId::ContactNumber).as_deref(), Some("01632 960001"), "{word}");
        for field in [FieldId::Education, FieldId::Gp, FieldId::Placement, FieldId::NhsNumber] {
            assert_eq!(said(&report, field), None, "{word}: {field}");
        }
    }
    let named = |rows: &[&[&str]]| {
        let rows: Vec<&[&str]> = rows.iter().chain(&CHILD[1..]).copied().collect();
        said(&read(&docx(&format!("{}{}", p(RAT), table(&rows)))), FieldId::ChildName)
    };
    assert_eq!(named(&[&["Surname", "Ward"], &["Forename(s)", "Faith"]]).as_deref(), Some("Faith Ward"));
    let twice = named(&[&["Child's name: Child's name", "Zoe Example"], &["Lead professional", "Pat Worker"]]);
    assert_eq!(twice.as_deref(), Some("Zoe Example"));
    // Labels side by side over their answers stay labels.
    let report = with(&[], &table(&[&["School", "GP"], &["Ash School", "Dr Invented"]]));
    assert_eq!(said(&report, FieldId::Gp).as_deref(), Some("Dr Invented"));
}

#[test]
fn a_title_says_for_whom_the_form_is_completed_and_not_by_whom() {
    let rows: &[&[&str]] = &[&["Name", "Zoe Example"], &["DOB", "01/02/2011"], &["Address", "1 Elm Road"]];
    for (title, heading) in [
        ("Child Exploitation RMM Checklist (completed for each child)", ""),
        (RAT, "To be completed by the social worker for the child"),
    ] {
        let report = read(&docx(&format!("{}{}{}", p(title), p(heading), table(rows))));
        assert_eq!(said(&report, FieldId::ChildName).as_deref(), Some("Zoe Example"), "{title}");
        assert_eq!(said(&report, FieldId::Address).as_deref(), Some("1 Elm Road"), "{title}");
        assert_eq!(said(&report, FieldId::CompletedBy), None, "{title}");
    }
    // Whose name it is that the referrer is asked for, nobody can say.
    let report = read(&docx(&format!("{}{}{}", p(RAT), p("To be completed by the referrer"), table(rows))));
    for field in [FieldId::ChildName, FieldId::CompletedBy, FieldId::LeadProfessional] {
        assert_eq!(said(&report, field), None, "{field}");
    }
}

fn actions(report: &ReadReport) -> Vec<(String, Option<String>, Option<String>)> {
    let Some(Value::Actions(actions)) = report.readings[0].fields.get(&FieldId::Actions).map(|found| &found.value)
    else {
        return Vec::new();
    };
    let each = |action: &crate::casework::Action| {
        (action.text.reveal().clone(), action.by.as_ref().map(|by| by.reveal().clone()), action.status.clone())
    };
    actions.iter().map(each).collect()
}

/// The same rows as a sheet and as a text with tabs.
fn sheet_and_text(rows: &[&[&str]]) -> [ReadReport; 2] {
    let text: String = rows.iter().map(|row| format!("{}\n", row.join("\t"))).collect();
    [read(&workbook(rows)), read(text.as_bytes())]
}

#[test]
fn a_list_of_actions_ends_where_another_part_begins() {
    let form: &[&[&str]] = &[
        &["Child Exploitation Risk Management Meeting recording template"],
        &["Child's name", "Zoe Example"],
        &["DOB", "01/02/2011"],
        &["CURRENT CE Risk Rating", "Emerging"],
        &["Name of Lead Professional", "Pat Worker"],
        &["Actions agreed"],
        &["Action", "By when", "By whom"],
        &["Visit", "01/12/2026", "Pat Worker"],
    ];
    let visit = ("Visit".to_owned(), Some("2026-12-01".to_owned()), None);
    for more in [
        &[&["Siblings"][..], &["Name", "Ty Case"], &["DOB", "06/05/2012"]][..],
        &[&["Please return this form to the duty mailbox."]],
    ] {
        let rows: Vec<&[&str]> = form.iter().chain(more).copied().collect();
        for report in sheet_and_text(&rows) {
            assert_eq!(actions(&report), std::slice::from_ref(&visit), "{more:?}");
        }
    }
    // A second list has headings of its own.
    let second: &[&[&str]] = &[&["Review of Actions"], &["Action", "Status"], &["Photo", "ONGOING"]];
    let rows: Vec<&[&str]> = form[..5].iter().chain(second).chain(&form[5..]).copied().collect();
    for report in sheet_and_text(&rows) {
        assert_eq!(actions(&report), [("Photo".to_owned(), None, Some("ONGOING".to_owned())), visit.clone()]);
    }
}

#[test]
fn a_passage_ends_at_the_next_heading_and_not_at_an_item_spelled_like_a_label() {
    let form: &[&[&str]] = &[
        &["CSE Assessment"],
        &["Child's name", "Zoe Example"],
        &["DOB", "01/02/2011"],
        &["Date of assessment", "02/11/2026"],
        &["Risk level", "High"],
        &["Management oversight"],
        &["Agreed."],
    ];
    for (more, oversight) in [
        (&[&["Parent / carer details"][..], &["Name", "Ann"], &["Address", "9 Mum St"]][..], "Agreed."),
        (&[&["Guidance: high risk is reviewed every 4 weeks."]], "Agreed."),
        (&[&["Please ensure the assessment is updated."]], "Agreed.\nPlease ensure the assessment is updated."),
        (&[&["- gifts"], &["- phone"]], "Agreed.\n- gifts\n- phone"),
        (&[&["Mother agrees"], &["Recommendation", "Continue."]], "Agreed.\nMother agrees"),
    ] {
        let rows: Vec<&[&str]> = form.iter().chain(more).copied().collect();
        for report in sheet_and_text(&rows) {
            assert_eq!(said(&report, FieldId::ManagementOversight).as_deref(), Some(oversight), "{more:?}");
            assert_eq!(said(&report, FieldId::Address), None, "{more:?}");
        }
    }
}

#[test]
fn an_address_goes_on_in_paragraphs_up_to_its_last_line() {
    let lines = |texts: &[&str]| texts.iter().map(|text| p(text)).collect::<String>();
    let report = with(
        &[],
        &lines(&[
            "Address: Flat 3, 9 Elm Court",
            "Woking",
            "GU22 7AA",
            "Background history",
            "GP: Dr N. Oak",
            "The Health Centre",
            "Mill Lane",
        ]),
    );
    assert_eq!(said(&report, FieldId::Address).as_deref(), Some("Flat 3, 9 Elm Court\nWoking\nGU22 7AA"));
    assert_eq!(said(&report, FieldId::Gp).as_deref(), Some("Dr N. Oak\nThe Health Centre\nMill Lane"));
    let report =
        with(&[], &lines(&["Address: 9 Elm Court, Woking", "Family background", "Zoe lives with her mother."]));
    assert_eq!(said(&report, FieldId::Address).as_deref(), Some("9 Elm Court, Woking"));
}

#[test]
fn a_sheet_of_guidance_is_no_form_and_a_number_keeps_the_noughts_it_is_shown_with() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let form = book.add_worksheet().set_name("Form").unwrap();
    form.write_string(0, 0, RAT).unwrap();
    for (row, (label, text)) in (1..).zip([("Child's name", "Zoe Example"), ("DOB", "01/02/2011"), ("Manager", "")]) {
        form.write_string(row, 0, label).unwrap();
        form.write_string(row, 1, text).unwrap();
    }
    form.write_string(4, 0, "LCS number").unwrap();
    let digits = rust_xlsxwriter::Format::new().set_num_format("00000");
    form.write_number_with_format(4, 1, 451, &digits).unwrap();
    form.write_string(5, 0, "Lead professional").unwrap();
    form.write_string(5, 1, "Pat Worker").unwrap();
    form.write_string(6, 0, "Contact number").unwrap();
    let phone = rust_xlsxwriter::Format::new().set_num_format("00000\\ 000000");
    form.write_number_with_format(6, 1, 1_632_960_001, &phone).unwrap();
    let guidance = book.add_worksheet().set_name("Guidance").unwrap();
    guidance.write_string(0, 0, "Manager").unwrap();
    guidance.write_string(0, 1, "Team manager must sign").unwrap();
    let report = read(&book.save_to_buffer().unwrap());
    assert_eq!(said(&report, FieldId::Manager), None);
    assert_eq!(said(&report, FieldId::LcsNumber).as_deref(), Some("00451"));
    assert_eq!(said(&report, FieldId::ContactNumber).as_deref(), Some("01632 960001"));
}

#[test]
fn what_points_elsewhere_or_fills_the_place_is_no_answer() {
    for (label, field, texts) in [
        ("LCS number", FieldId::LcsNumber, &["See LCS", "To be allocated", "01/02/2011", "999 000 0018"][..]),
        ("Lead professional", FieldId::LeadProfessional, &["Unallocated", "As above", "See attached"]),
        ("NHS number", FieldId::NhsNumber, &["0000000000", "111 111 1111"]),
        ("Address", FieldId::Address, &["As above", "See LCS"]),
    ] {
        for text in texts {
            assert_eq!(said(&with(&[&[label, text]], ""), field), None, "{label}: {text}");
        }
    }
    for name in ["Child A", "See attached", "As above"] {
        let report = read(&docx(&format!(
            "{}{}",
            p(RAT),
            table(&[&["Child's name", name], CHILD[1], &["Lead professional", "Pat Worker"]])
        )));
        assert_eq!(said(&report, FieldId::ChildName), None, "{name}");
        assert_eq!(said(&report, FieldId::LeadProfessional).as_deref(), Some("Pat Worker"));
    }
}

#[test]
fn a_name_alone_does_not_stand_in_for_the_childs_own_that_was_left_open() {
    let report = read(&docx(&format!(
        "{}{}",
        p(RAT),
        table(&[
            ["Child's name", ""],
            ["Date of risk assessment", "01/10/2026"],
            ["Current risk rating", "Emerging"],
            ["Name", "Tom Bad"]
        ])
    )));
    assert!(report.readings[0].form.is_some());
    assert_eq!(said(&report, FieldId::ChildName), None);
}

#[test]
fn under_a_heading_of_somebody_linked_nothing_is_the_childs() {
    let theirs =
        [["Name", "Tom Bad"], ["Date of birth", "03/03/2012"], ["Address", "9 Bad Street"], ["School", "St Bad"]];
    for heading in [
        "Person causing harm",
        "Linked child",
        "Linked young people",
        "Significant others",
        "Police officer in the case",
    ] {
        let open = format!(
            "{}{}{}{}",
            p("Child's name: "),
            p("DOB: "),
            p("Date of risk assessment: 01/10/2026"),
            p("Current risk rating: Emerging")
        );
        let lines: String = theirs.iter().map(|[label, answer]| p(&format!("{label}: {answer}"))).collect();
        for theirs in [table(&theirs), lines] {
            let report = read(&docx(&format!("{}{open}{}{theirs}", p(RAT), p(heading))));
            assert_eq!(said(&report, FieldId::AssessmentDate).as_deref(), Some("2026-10-01"));
            for field in [FieldId::ChildName, FieldId::DateOfBirth, FieldId::Address, FieldId::Education] {
                assert_eq!(said(&report, field), None, "{heading}: {field}");
            }
        }
    }
    let home = table(&[["Address", "5 Home Rd"], ["Contact number", "07700 900111"], ["Manager", "Liz Home"]]);
    let report = with(&[&["Current risk rating", "Emerging"]], &format!("{}{home}", p("Details of placement")));
    assert!(report.readings[0].form.is_some());
    for field in [FieldId::Address, FieldId::ContactNumber, FieldId::Manager] {
        assert_eq!(said(&report, field), None, "{field}");
    }
}

#[test]
fn details_beside_another_person_or_under_columns_of_people_are_not_the_childs() {
    let person = table(&[["Person of concern", "Tee"], ["Address", "9 Bad Street"], ["Age", "17"], ["Alias", "T"]]);
    let officer =
        table(&[["Police officer in case", "PC Marsh"], ["Agency", "Police"], ["Contact number", "01737 555111"]]);
    let parents = table(&[
        ["", "Mother", "Father"],
        ["Name", "Ann Example", "Lee Example"],
        ["Address", "1 Mum St", "2 Dad St"],
        ["School", "A", "B"],
    ]);
    for after in [person, officer, parents] {
        let report = with(&[&["Current risk rating", "Emerging"]], &after);
        for field in [
            FieldId::Address,
            FieldId::Age,
            FieldId::Alias,
            FieldId::Agency,
            FieldId::ContactNumber,
            FieldId::Education,
        ] {
            assert_eq!(said(&report, field), None, "{field}: {after}");
        }
        assert_eq!(said(&report, FieldId::ChildName).as_deref(), Some("Zoe Example"));
    }
}

#[test]
fn a_professional_whose_name_was_left_open_among_the_childs_details_heads_nothing() {
    let lines = |lines: &[&str]| lines.iter().map(|line| p(line)).collect::<String>();
    let left_open = lines(&["School nurse", "Address: 3 Oak Road, Woking", "School: Highfield Academy"]);
    let report = with(&[&["Current risk rating", "Emerging"]], &left_open);
    assert_eq!(said(&report, FieldId::Education).as_deref(), Some("Highfield Academy"));
    assert_eq!(said(&report, FieldId::Address).as_deref(), Some("3 Oak Road, Woking"));
    let block = lines(&["School nurse", "Name: Ann Nurse", "Address: 9 Clinic Street, Woking"]);
    let report = with(&[&["Current risk rating", "Emerging"]], &block);
    assert_eq!(said(&report, FieldId::Address), None);
    assert_eq!(said(&report, FieldId::ChildName).as_deref(), Some("Zoe Example"));
}
