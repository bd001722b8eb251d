//! Rows, lists and boxes on a page: what goes on, what stands beside what, and what is left in doubt.

use super::printed::{Printed, TITLE, Text, USUAL, drawn_on, page, pdf};
use super::*;

/// The page has these texts alone, and what makes the form known.
fn only(texts: &[Text], cells: &[[i32; 4]]) -> ReadReport {
    let texts = [TITLE, USUAL[0], USUAL[2]].iter().chain(texts).copied().collect();
    read(&pdf(&[Printed { texts, cells: cells.to_vec() }]))
}

fn list(report: &ReadReport, field: FieldId) -> Option<Value> {
    report.readings[0].fields.get(&field).map(|found| found.value.clone())
}

fn letters(letters: &[&str]) -> Option<Value> {
    Some(Value::List(letters.iter().map(|letter| (*letter).to_owned()).collect()))
}

#[test]
fn a_box_that_a_browser_fills_and_ticks_is_ticked() {
    let typed = |tick: &str| {
        let texts = [(50, 700, "Type of assessment"), (66, 680, "Initial"), (66, 660, "Review")];
        // The one is filled, with its tick on it; the other is drawn.
        let drawn = format!("50 679 10 10 re f {tick} 50 659 10 10 re S\n");
        text(&read(&drawn_on(&[page(&texts, &[])], &drawn)), FieldId::AssessmentType)
    };
    assert_eq!(typed("52 684 m 54 681.5 l 58 687 l S").as_deref(), Some("initial"));
    assert_eq!(typed(""), None, "a square of colour alone is no box");
    assert_eq!(typed("51 680 m 54 684 l 57 680 l 59 684 l 54 688 l S"), None, "nor is a picture");
}

/// A list of actions in a table, these lines under it, and others that stand in doubt.
fn actions(under: &[Text]) -> Option<usize> {
    let cells = [[50, 690, 200, 20], [250, 690, 150, 20], [50, 670, 200, 20], [250, 670, 150, 20]];
    let listed = [(56, 696, "Action"), (256, 696, "By whom"), (56, 676, "See the school"), (256, 676, "Lee Case")];
    let staggered = [(50, 300, "Present care / home"), (250, 294, "At home"), (50, 288, "placement today")];
    let texts: Vec<Text> = listed.iter().chain(&staggered).chain(under).copied().collect();
    match list(&read(&pdf(&[page(&texts, &cells)])), FieldId::Actions) {
        Some(Value::Actions(actions)) => Some(actions.len()),
        _ => None,
    }
}

#[test]
fn a_list_of_actions_in_a_table_is_whole_whatever_stands_in_doubt_elsewhere() {
    assert_eq!(actions(&[]), Some(1));
    assert_eq!(actions(&[(50, 640, "See the"), (256, 640, "Sam Manager"), (50, 634, "police")]), None, "it may go on");
    assert_eq!(actions(&[(50, 620, "Recommended actions"), (50, 606, "See the police")]), None, "there are others");
}

#[test]
fn what_stands_under_a_cell_that_answers_its_own_label_is_no_answer_to_it() {
    let cells = [[50, 660, 200, 40], [250, 660, 200, 40], [50, 620, 200, 40], [250, 620, 200, 40]];
    let texts = [
        (56, 686, "Date of referral"),
        (56, 670, "1/2/2026"),
        (256, 686, "Completed by"),
        (256, 670, "Lee Case"),
        (56, 646, "Review date"),
        (56, 630, "1/2/2027"),
        (256, 646, "Interests"),
    ];
    assert_eq!(text(&read(&pdf(&[page(&texts, &cells)])), FieldId::CompletedBy).as_deref(), Some("Lee Case"));
}

#[test]
fn among_labels_over_their_answers_a_label_nobody_knows_is_no_answer() {
    let row = |y: i32| [[50, y, 150, 20], [200, y, 150, 20], [350, y, 150, 20]];
    let rows: [(i32, [&'static str; 3]); 4] = [
        (696, ["Child's name", "DOB", "Age"]),
        (676, ["Mia Draft", "06/07/2011", "15"]),
        (656, ["Home address", "Interests", "Gender"]),
        (636, ["5 Test Road", "Art", "Girl"]),
    ];
    let texts: Vec<Text> = rows
        .iter()
        .flat_map(|(y, cells)| [56, 206, 356].into_iter().zip(*cells).map(|(x, text)| (x, *y, text)))
        .collect();
    let cells = [row(690), row(670), row(650), row(630)].concat();
    let report = read(&pdf(&[page(&texts, &cells)]));
    assert_eq!(text(&report, FieldId::ChildName).as_deref(), Some("Mia Draft"));
    assert_ne!(text(&report, FieldId::Address).as_deref(), Some("Interests"));
}

#[test]
fn between_level_lines_a_text_may_reach_close_to_the_next_column() {
    let rules: Vec<[i32; 4]> = [720, 690, 660, 630].iter().map(|y| [50, *y, 400, 0]).collect();
    let texts = [
        // 139 points wide.
        (52, 708, "Present care / home placement"),
        (198, 708, "At home with mother"),
        (198, 697, "and two sisters"),
        (52, 672, "Manager"),
        (198, 672, "Sam Manager"),
        (52, 642, "Agency"),
        (198, 642, "Engage Team"),
    ];
    let report = only(&texts, &rules);
    assert_eq!(text(&report, FieldId::Placement).as_deref(), Some("At home with mother\nand two sisters"));
    assert_eq!(text(&report, FieldId::Manager).as_deref(), Some("Sam Manager"));
}

#[test]
fn a_list_of_options_ends_where_the_next_page_begins_with_a_label() {
    let risks = "Key risk for the child: [x] Sexual exploitation [ ] Trafficking [ ] Criminal exploitation [ ] Missing [ ] Modern slavery";
    let typed = |next: &'static str| {
        let one = Printed { texts: vec![TITLE, USUAL[0], USUAL[1], (50, 460, risks)], cells: Vec::new() };
        let two = Printed { texts: vec![(50, 780, next), USUAL[2]], cells: Vec::new() };
        list(&read(&pdf(&[one, two])), FieldId::RiskTypes)
    };
    assert_eq!(typed("Review date: 1/2/2027"), letters(&["S"]));
    assert_eq!(typed("of children and of adults"), None);
}

#[test]
fn rows_stand_but_a_little_further_apart_than_the_lines_of_one() {
    let rows = |apart: i32| {
        let texts = [
            (52, 720, "Home address"),
            (250, 720, "1 High Street"),
            (250, 708, "Guildford GU1 1AA"),
            (52, 708 - apart, "School"),
            (250, 708 - apart, "Walton College of Further"),
            (250, 696 - apart, "Education"),
            (52, 696 - 2 * apart, "Manager"),
            (250, 696 - 2 * apart, "Sam Manager"),
        ];
        only(&texts, &[])
    };
    let report = rows(15);
    assert_eq!(text(&report, FieldId::Address).as_deref(), Some("1 High Street\nGuildford GU1 1AA"));
    assert_eq!(text(&report, FieldId::Education).as_deref(), Some("Walton College of Further\nEducation"));
    assert_eq!(text(&rows(12), FieldId::Education), None, "all lines stand alike");
}

#[test]
fn cells_that_hold_label_and_answer_are_a_tables_too() {
    let texts = [
        (50, 720, "Child's name: Mia Draft"),
        (300, 720, "DOB: 06/07/2011"),
        (50, 696, "Home address: 1 High Street,"),
        (50, 684, "Guildford GU1 1AA"),
        (300, 696, "Manager: Sam Manager"),
        (50, 660, "Agency"),
        (50, 648, "Engage Team"),
        (300, 660, "School"),
        (300, 648, "Example High"),
    ];
    let report = only(&texts, &[]);
    assert_eq!(text(&report, FieldId::Address).as_deref(), Some("1 High Street, Guildford GU1 1AA"));
    assert_eq!(text(&report, FieldId::Agency).as_deref(), Some("Engage Team"));
    assert_eq!(text(&report, FieldId::Education).as_deref(), Some("Example High"));
}

#[test]
fn options_whose_lines_all_stand_alike_begin_with_capital_letters() {
    let factors = |third: &'static str| {
        let lines = [
            ("Regular missing person", "[ ]"),
            ("Associating with others at risk of", "[x]"),
            (third, ""),
            ("Substance misuse", "[ ]"),
            ("Self harm", "[x]"),
        ];
        let words = (0..).zip(lines).map(|(at, (text, _))| (50, 686 - 12 * at, text));
        let boxes = (0..).zip(lines).filter(|(_, (_, sign))| !sign.is_empty());
        let boxes = boxes.map(|(at, (_, sign))| (400, 686 - 12 * at, sign));
        let texts: Vec<Text> = [(50, 700, "Type of exploitation")].into_iter().chain(words).chain(boxes).collect();
        list(&read(&pdf(&[page(&texts, &[])])), FieldId::RiskFactors)
    };
    let both = letters(&["Associating with others at risk of child exploitation", "Self harm"]);
    assert_eq!(factors("child exploitation"), both);
    assert_eq!(factors("Child exploitation"), None);
}

#[test]
fn an_answer_does_not_end_with_a_comma() {
    let cells = [[50, 670, 100, 40], [150, 670, 300, 40]];
    let texts = [(56, 690, "Address"), (156, 694, "Flat 3, The Old Maltings,"), (156, 682, "Field Close, Epsom")];
    let report = read(&pdf(&[page(&texts, &cells)]));
    assert_eq!(text(&report, FieldId::Address).as_deref(), Some("Flat 3, The Old Maltings, Field Close, Epsom"));
}

#[test]
fn headings_that_begin_before_a_table_are_no_rows_and_no_column_of_its() {
    let texts = [
        (44, 744, "The child"),
        (52, 720, "Name of social worker/lead"),
        (52, 708, "professional"),
        (250, 714, "Lee Case"),
        (52, 684, "Manager"),
        (250, 684, "Sam Manager"),
        (44, 660, "The home"),
        (52, 636, "Home address"),
        (250, 636, "1 High Street"),
        (250, 624, "Guildford GU1 1AA"),
        (52, 600, "Placement"),
        (250, 600, "Invented House residential home"),
    ];
    let report = only(&texts, &[]);
    assert_eq!(text(&report, FieldId::LeadProfessional).as_deref(), Some("Lee Case"));
    assert_eq!(text(&report, FieldId::Address).as_deref(), Some("1 High Street\nGuildford GU1 1AA"));
}

#[test]
fn what_begins_at_a_tab_stop_without_a_space_is_an_answer_however_near_it_stands() {
    let manager = |at: i32, said: &'static str| {
        let texts = [(50, 700, "LCS number"), (122, 700, "LCS-1"), (50, 680, "Age"), (86, 680, "15")];
        let more =
            [(50, 660, "Contact number"), (158, 660, "01632 960 444"), (50, 640, "Team manager"), (at, 640, said)];
        let all: Vec<Text> = [TITLE, USUAL[0]].into_iter().chain(texts).chain(more).collect();
        text(&read(&pdf(&[Printed { texts: all, cells: Vec::new() }])), FieldId::Manager)
    };
    // The label ends where the stop is all but reached.
    assert_eq!(manager(122, "Jo Price").as_deref(), Some("Jo Price"));
    assert_eq!(manager(124, "Jo Price"), None, "no stop");
    assert_eq!(manager(122, " Jo Price"), None, "words behind a space");
}
