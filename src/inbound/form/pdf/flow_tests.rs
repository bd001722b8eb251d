//! Lines that are put together, and lines that are not. A letter is five points wide here, and a heading's larger.

use super::*;
use crate::inbound::form::FormTables;
use crate::inbound::form::pdf::{Run, lines};

/// Above this the letters are larger.
const HEADING: f64 = 750.0;

/// What the reader makes of texts at their places, a string a row; `|` stands between the cells.
fn rows(texts: &[(f64, f64, &str)], level: &[Rule]) -> Vec<String> {
    let run = |(x, y, text): &(f64, f64, &str)| Run {
        x: *x,
        end: x + 5.0 * f64::from(u32::try_from(text.chars().count()).unwrap()),
        y: *y,
        size: if *y > HEADING { 15.0 } else { 10.0 },
        text: (*text).to_owned(),
        field: None,
        font: 1,
    };
    let lines = lines::columns(texts.iter().map(run).collect(), &mut None);
    let tables = FormTables::shipped().unwrap();
    let mut document = Document::default();
    let flow = Flow::of(tables.labels(), &lines, level, 1);
    flow.add(lines, &mut document);
    let cells = |row: &Row| row.cells.iter().map(|cell| cell.text.clone()).collect::<Vec<_>>().join(" | ");
    document.rows.iter().map(cells).collect()
}

fn is_doubted(rows: &[String], text: &str) -> bool {
    let row = rows.iter().find(|row| row.contains(text)).unwrap_or_else(|| panic!("{text} is not in {rows:#?}"));
    row.split(" | ").any(|cell| cell.contains(text) && cell.contains(UNKNOWN))
}

const LONG: &str = "Flat 3, The Old Maltings, 44 Upper Station Road, near the old railway bridge and";

#[test]
fn an_answer_goes_on_under_its_label_where_it_filled_its_line() {
    let found =
        rows(&[(50.0, 700.0, "Home address:"), (120.0, 700.0, LONG), (50.0, 687.0, "by the library, Epsom")], &[]);
    assert_eq!(found, [format!("Home address: {LONG} by the library, Epsom")]);
}

#[test]
fn an_answer_may_go_on_with_a_word_that_is_a_label_elsewhere() {
    let school = "Walton and Woking and Weybridge and Epsom College of the Arts and Further";
    let texts =
        [(50.0, 700.0, "School:"), (90.0, 700.0, school), (50.0, 687.0, "Education"), (50.0, 660.0, "DOB: 06/07/2011")];
    assert!(is_doubted(&rows(&texts, &[]), "Woking"));
    let texts = [(50.0, 700.0, "School:"), (90.0, 700.0, school), (50.0, 687.0, "DOB: 06/07/2011")];
    assert!(!is_doubted(&rows(&texts, &[]), "Woking"));
}

#[test]
fn a_label_is_a_column_of_its_own_only_where_another_line_says_so() {
    let alone = rows(&[(50.0, 700.0, "DOB:"), (76.0, 700.0, "06/07/2011")], &[]);
    assert_eq!(alone, ["DOB: 06/07/2011"]);
    let columns =
        rows(&[(50.0, 700.0, "DOB:"), (76.0, 700.0, "06/07/2011"), (50.0, 660.0, "Age:"), (76.0, 660.0, "15")], &[]);
    assert_eq!(columns, ["DOB: | 06/07/2011", "Age: | 15"]);
}

#[test]
fn an_answer_apart_from_its_label_may_go_on_under_the_label() {
    let texts = [
        (50.0, 700.0, "Address"),
        (130.0, 700.0, "44 Upper Station Road, Walton, RH1"),
        (50.0, 687.0, "4QT"),
        (50.0, 640.0, "LCS number:"),
        (130.0, 640.0, "LCS-1"),
    ];
    assert!(is_doubted(&rows(&texts, &[]), "Station"));
}

#[test]
fn cells_set_to_different_heights_are_in_doubt() {
    let texts = [
        (50.0, 700.0, "Current risk"),
        (200.0, 694.0, "Significant"),
        (50.0, 688.0, "rating"),
        (50.0, 640.0, "DOB"),
        (200.0, 640.0, "06/07/2011"),
    ];
    let found = rows(&texts, &[]);
    assert!(is_doubted(&found, "Significant") && !is_doubted(&found, "06/07/2011"), "{found:#?}");
}

#[test]
fn what_stands_beside_a_label_of_two_lines_is_in_doubt() {
    let texts = [
        (50.0, 700.0, "DOB"),
        (130.0, 700.0, "06/07/2011"),
        (300.0, 700.0, "Home address"),
        (420.0, 700.0, "54 Mill Lane,"),
        (300.0, 688.0, "including postcode"),
        (420.0, 688.0, "Epsom"),
    ];
    let found = rows(&texts, &[]);
    assert!(
        is_doubted(&found, "54 Mill Lane") && is_doubted(&found, "Epsom") && !is_doubted(&found, "06/07"),
        "{found:#?}"
    );
}

#[test]
fn what_stands_beside_a_label_that_goes_on_in_small_letters_is_in_doubt() {
    let texts = [
        (50.0, 700.0, "Preferred"),
        (50.0, 688.0, "name:"),
        (130.0, 688.0, "Nia"),
        (50.0, 640.0, "DOB:"),
        (130.0, 640.0, "06/07/2011"),
    ];
    let found = rows(&texts, &[]);
    assert!(is_doubted(&found, "Nia") && !is_doubted(&found, "06/07"), "{found:#?}");
}

#[test]
fn what_stands_beside_two_lines_that_are_a_label_together_is_in_doubt() {
    let texts = [(50.0, 700.0, "LCS"), (130.0, 700.0, "17"), (50.0, 688.0, "Number"), (130.0, 688.0, "4")];
    let found = rows(&texts, &[]);
    assert!(is_doubted(&found, "17") && is_doubted(&found, "4"), "{found:#?}");
}

#[test]
fn a_label_under_a_label_with_its_colon_is_one_of_its_own() {
    let texts = [(50.0, 700.0, "DOB:"), (130.0, 700.0, "06/07/2011"), (50.0, 686.0, "Height:"), (130.0, 686.0, "tall")];
    assert_eq!(rows(&texts, &[]), ["DOB: | 06/07/2011", "Height: | tall"]);
}

#[test]
fn a_heading_may_be_wider_than_the_text_under_it() {
    let wide = "Flat 3, The Old Maltings, 44 Upper Station Road, beside the railway bridge, Walton RH1";
    let texts = [
        (50.0, 780.0, &*"Exploited and missing child risk assessment ".repeat(3)),
        (50.0, 700.0, "Home address"),
        (50.0, 687.0, wide),
        (50.0, 674.0, "4QT"),
        (50.0, 640.0, "Education"),
        (50.0, 627.0, "Walton and Woking and Weybridge College of Further Education, beside the old library"),
    ];
    assert!(rows(&texts, &[]).contains(&format!("{wide} 4QT")), "{:#?}", rows(&texts, &[]));
}

#[test]
fn an_answer_above_the_line_of_its_label_takes_the_rest_with_it() {
    let texts = [
        (50.0, 700.0, "DOB"),
        (130.0, 700.0, "06/07/2011"),
        (420.0, 700.0, "54 Mill Lane,"),
        (50.0, 688.0, "LCS number"),
        (130.0, 688.0, "LCS-1"),
        (300.0, 688.0, "Address"),
        (420.0, 688.0, "Epsom"),
    ];
    let found = rows(&texts, &[]);
    assert!(
        is_doubted(&found, "54 Mill Lane") && is_doubted(&found, "Epsom") && !is_doubted(&found, "LCS-1"),
        "{found:#?}"
    );
}

#[test]
fn an_answer_that_begins_above_all_labels_takes_the_rest_with_it() {
    let texts = [
        (420.0, 743.0, "Flat 6, Malting"),
        (420.0, 731.0, "Cottages, Upper"),
        (420.0, 719.0, "Station Street,"),
        (50.0, 707.0, "DOB"),
        (130.0, 707.0, "06/07/2011"),
        (300.0, 707.0, "Address"),
        (420.0, 707.0, "Epsom"),
    ];
    let found = rows(&texts, &[]);
    assert!(is_doubted(&found, "Epsom") && !is_doubted(&found, "06/07"), "{found:#?}");
}

#[test]
fn what_stands_beside_the_second_line_of_a_label_leaves_the_first_in_doubt() {
    let texts = [
        (50.0, 700.0, "Child's full"),
        (300.0, 700.0, "Interests"),
        (50.0, 687.0, "name"),
        (130.0, 687.0, "Nia Saint"),
        (50.0, 650.0, "LCS number"),
    ];
    assert!(is_doubted(&rows(&texts, &[]), "Interests"));
}

#[test]
fn a_text_that_reaches_to_the_next_column_is_in_doubt() {
    let texts = [
        (50.0, 700.0, "Child's name"),
        (200.0, 700.0, "Wren Winterbourne-H"),
        (299.0, 700.0, "Siblings"),
        (50.0, 660.0, "DOB"),
        (200.0, 660.0, "06/07/2011"),
        (299.0, 660.0, "School"),
        (50.0, 620.0, "LCS number"),
        (200.0, 620.0, "LCS-1"),
        (299.0, 620.0, "Ethnicity"),
    ];
    let found = rows(&texts, &[]);
    assert!(is_doubted(&found, "Wren") && !is_doubted(&found, "06/07"), "{found:#?}");
}

#[test]
fn what_stands_where_labels_do_is_no_answer_to_the_label_before_it() {
    let texts = [
        (50.0, 700.0, "DOB"),
        (130.0, 700.0, "06/07/2011"),
        (300.0, 700.0, "Ethnicity"),
        (420.0, 700.0, "White British"),
        (50.0, 660.0, "LCS number"),
        (300.0, 660.0, "Height"),
        (420.0, 660.0, "tall"),
    ];
    assert!(is_doubted(&rows(&texts, &[]), "Height"));
}

#[test]
fn a_label_left_blank_has_not_the_next_label_for_its_answer() {
    let near = rows(&[(50.0, 700.0, "School"), (50.0, 686.0, "Epsom High School")], &[]);
    assert_eq!(near, ["School", "Epsom High School"]);
    assert!(is_doubted(&rows(&[(50.0, 700.0, "School"), (50.0, 670.0, "Interests")], &[]), "Interests"));
}

#[test]
fn a_line_to_write_on_parts_no_answer() {
    let texts = [(50.0, 700.0, "Home address:"), (120.0, 700.0, LONG), (120.0, 687.0, "by the library, Epsom")];
    let rule = |from| Rule { at: 698.0, from, to: 520.0 };
    assert_eq!(rows(&texts, &[rule(120.0)]).len(), 1);
    assert_eq!(rows(&texts, &[rule(50.0)]).len(), 2);
}

#[test]
fn a_box_on_a_line_in_doubt_is_left_out_and_said_to_be() {
    let tables = FormTables::shipped().unwrap();
    let flow = Flow::of(tables.labels(), &[], &[], 1);
    let part = Part {
        x: 50.0,
        answer: None,
        y: 700.0,
        end: 100.0,
        font: 1,
        next: None,
        size: 10.0,
        text: format!("{TICKED} Minimal"),
        is_label: false,
        is_orphan: false,
        is_answer: false,
        unsure: true,
    };
    let mut document = Document::default();
    flow.write(vec![Open { y: 700.0, size: 10.0, parts: vec![part] }], &mut document);
    assert!(document.lost_ticks == [format!("{TICKED} Minimal")] && !document.rows[0].cells[0].text.contains(TICKED));
}

#[test]
fn letters_larger_than_most_are_a_headings_unless_all_answers_are_as_large() {
    let line = |y: f64, size: f64| {
        let run = Run { x: 50.0, end: 90.0, y, size, text: "Words".to_owned(), field: None, font: 1 };
        lines::columns(vec![run], &mut None).remove(0)
    };
    let lines = |sizes: &[f64]| {
        sizes
            .iter()
            .zip((0u32..).map(|at| 700.0 - 20.0 * f64::from(at)))
            .map(|(size, y)| line(y, *size))
            .collect::<Vec<_>>()
    };
    assert!(body_size(&lines(&[14.0, 10.0, 10.0, 10.0, 10.0])) < 11.0);
    let answers = body_size(&lines(&[8.0, 10.0, 8.0, 10.0, 8.0]));
    assert!(answers + LARGER > 10.0 && answers + LARGER < 11.0, "{answers}");
}

#[test]
fn what_begins_where_no_more_columns_are_counted_is_left_in_doubt() {
    // More places than a page has columns, and an answer at the last of them that fills its line.
    let many = |places: u32| -> Vec<String> {
        let mut texts: Vec<(f64, f64, &str)> =
            (0..places).map(|at| (600.0 + f64::from(at) * 3.0, 9_000.0 - 20.0 * f64::from(at), "A")).collect();
        texts.extend([(50.0, 700.0, "Home address:"), (120.0, 700.0, LONG), (50.0, 687.0, "by the library, Epsom")]);
        rows(&texts, &[])
    };
    assert!(!is_doubted(&many(10), "Station"));
    assert!(is_doubted(&many(400), "Station"));
    let places = (0..400u32).map(|at| (f64::from(at) * 3.0, 9_000.0 - 20.0 * f64::from(at), "A:"));
    let run = |(x, y, text): (f64, f64, &str)| Run {
        x,
        end: x + 20.0,
        y,
        size: 10.0,
        text: text.to_owned(),
        field: None,
        font: 1,
    };
    let lines = lines::columns(places.map(run).collect(), &mut None);
    let tables = FormTables::shipped().unwrap();
    assert_eq!(label_columns(tables.labels(), &lines, 1).len(), COLUMNS);
}

#[test]
fn a_sentence_goes_on_though_its_next_line_begins_like_a_label() {
    let told = "Zoe says that all is well and sees no risk. Her legal status is under review.";
    let texts = [(50.0, 700.0, told), (50.0, 687.0, "Education: Zoe enjoys art and will draw.")];
    let found = rows(&texts, &[]);
    assert!(is_doubted(&found, "Zoe says") && is_doubted(&found, "Zoe enjoys"), "{found:#?}");
    let bullet = format!("• {told}");
    let texts = [(50.0, 700.0, bullet.as_str()), (60.0, 687.0, "Education: Zoe enjoys art and will draw.")];
    assert!(is_doubted(&rows(&texts, &[]), "Zoe enjoys"));
    // A line that was not full ended there.
    let texts = [
        (50.0, 700.0, "Zoe was seen and is well."),
        (50.0, 687.0, "Education: Invented High School"),
        (50.0, 640.0, LONG),
    ];
    assert!(!is_doubted(&rows(&texts, &[]), "High School"));
}

#[test]
fn labels_in_columns_over_their_answers_are_none_of_two_lines() {
    let texts = [
        (50.0, 700.0, "Child's name"),
        (300.0, 700.0, "DOB"),
        (50.0, 687.0, "Mia Draft"),
        (300.0, 687.0, "06/07/2011"),
        (50.0, 660.0, "Address"),
        (300.0, 660.0, "Age"),
        (50.0, 647.0, "5 Test Road"),
        (300.0, 647.0, "15"),
    ];
    let found = rows(&texts, &[]);
    assert!(["Mia Draft", "06/07", "5 Test", "15"].iter().all(|text| !is_doubted(&found, text)), "{found:#?}");
}

#[test]
fn an_options_box_is_certain_where_only_its_end_is_in_doubt() {
    let mut document = Document::default();
    let tables = FormTables::shipped().unwrap();
    let text = |x: f64, y: f64, text: &str| {
        let end = x + 5.0 * f64::from(u32::try_from(text.chars().count()).unwrap());
        Run { x, end, y, size: 10.0, text: text.to_owned(), field: None, font: 1 }
    };
    let lines = lines::columns(
        vec![
            text(50.0, 700.0, "☐ Regular missing person"),
            text(300.0, 700.0, "☒ Self harm"),
            text(50.0, 680.0, "☒ Indicators of additional vulnerability factors, or of a Special"),
            text(50.0, 667.0, "Educational need that is met at home"),
        ],
        &mut None,
    );
    Flow::of(tables.labels(), &lines, &[], 1).add(lines, &mut document);
    let cells: Vec<&str> = document.rows.iter().flat_map(|row| &row.cells).map(|cell| cell.text.as_str()).collect();
    let option = cells.iter().find(|text| text.contains("Indicators")).unwrap();
    assert!(option.starts_with("☒ ") && option.ends_with(UNKNOWN), "{cells:?}");
}

#[test]
fn options_side_by_side_go_on_in_the_next_line() {
    let first = "Key risk for the child (tick all that apply) ☒ S – Sexual exploitation ☐ T – Trafficking ☐ C –";
    let next = "Criminal exploitation ☒ M – Missing episodes ☐ V – Modern slavery";
    let found = rows(&[(50.0, 700.0, first), (50.0, 684.0, next)], &[]);
    assert_eq!(found, [format!("{first} {next}")]);
    // A question of its own, though nobody here knows it.
    let other = "Seen alone: ☒ Yes ☐ No";
    assert_eq!(rows(&[(50.0, 700.0, first), (50.0, 684.0, other)], &[]).len(), 2);
}

#[test]
fn a_title_of_two_lines_stands_in_no_doubt() {
    let title = "Exploited and Missing Child Risk Assessment ".repeat(2) + "Tool";
    let mut texts = vec![(50.0, 800.0, &*title), (50.0, 770.0, "of Surrey")];
    texts.extend((0..9u32).map(|at| (50.0, 700.0 - 40.0 * f64::from(at), LONG)));
    let found = rows(&texts, &[]);
    assert!(!is_doubted(&found, "Exploited"), "{found:#?}");
}

#[test]
fn what_stands_between_an_answered_label_and_the_next_is_the_rest_of_the_answer() {
    let texts = |below| {
        [
            (50.0, 700.0, "Address: Flat 3, The Old Maltings, 44 Upper"),
            (300.0, 700.0, "DOB: 06/07/2011"),
            (50.0, 688.0, "Station Road, Epsom"),
            (50.0, 676.0, below),
            (300.0, 676.0, "Legal status: Child Protection Plan"),
            (50.0, 600.0, LONG),
        ]
    };
    let found = rows(&texts("School: Epsom High School"), &[]);
    assert!(
        found.contains(&"Address: Flat 3, The Old Maltings, 44 Upper Station Road, Epsom | DOB: 06/07/2011".to_owned()),
        "{found:#?}"
    );
    assert!(is_doubted(&rows(&texts("near the library"), &[]), "Station"));
}
