//! PDFs as a program prints them: words at their places, and lines.

use super::*;
use crate::casework::Found;
use lopdf::{Dictionary, Document, Object, Stream, dictionary};

/// A text and where it begins.
pub(super) type Text = (i32, i32, &'static str);

/// A page: texts in Helvetica 10, and rectangles (left, bottom, width, height).
pub(super) struct Printed {
    pub texts: Vec<Text>,
    pub cells: Vec<[i32; 4]>,
}

pub(super) fn pdf(printed: &[Printed]) -> Vec<u8> {
    drawn_on(printed, "")
}

/// The same, with more that is drawn on each page.
pub(super) fn drawn_on(printed: &[Printed], more: &str) -> Vec<u8> {
    let mut document = Document::with_version("1.5");
    let font = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Encoding" => "WinAnsiEncoding",
    });
    let pages = document.new_object_id();
    let mut kids: Vec<Object> = Vec::new();
    for Printed { texts, cells } in printed {
        let shown = texts.iter().map(|(x, y, text)| {
            let text = text.replace('(', "\\(").replace(')', "\\)");
            format!("BT /F1 10 Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET\n")
        });
        let drawn = cells.iter().map(|[x, y, width, height]| format!("{x} {y} {width} {height} re S\n"));
        let content: String = shown.chain(drawn).chain([more.to_owned()]).collect();
        let content = document.add_object(Stream::new(Dictionary::new(), content.into_bytes()));
        let page = dictionary! {
            "Type" => "Page", "Parent" => pages, "Contents" => content,
            "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
            "Resources" => dictionary! { "Font" => dictionary! { "F1" => font } },
        };
        kids.push(document.add_object(page).into());
    }
    let count = i64::try_from(kids.len()).unwrap();
    let all = dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count };
    document.objects.insert(pages, Object::Dictionary(all));
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    document.trailer.set("Root", catalog);
    let mut out = Vec::new();
    document.save_to(&mut out).unwrap();
    out
}

pub(super) const TITLE: Text = (50, 780, "Exploited and Missing Child Risk Assessment Tool (RAT)");

/// So that the form is known.
pub(super) const USUAL: [Text; 3] = [
    (50, 560, "Date of assessment: 12/11/2026"),
    (50, 530, "Name of lead professional: Pat Worker"),
    (50, 500, "LCS number: LCS-1"),
];

#[test]
fn the_first_line_of_a_label_that_is_cut_in_its_cell_is_no_label() {
    let rows = |label: &[&'static str]| {
        let mut texts = vec![TITLE, (56, 740, "DOB"), (126, 740, "01/02/2011"), (126, 700, "Kit Brook")];
        texts.extend(USUAL);
        texts.extend((0..).zip(label).map(|(line, text)| (56, 715 - 12 * line, *text)));
        let cells = vec![[50, 730, 70, 20], [120, 730, 300, 20], [50, 660, 70, 70], [120, 660, 300, 70]];
        pdf(&[Printed { texts, cells }])
    };
    assert_eq!(text(&read(&rows(&["Name"])), FieldId::ChildName).as_deref(), Some("Kit Brook"));
    assert_eq!(text(&read(&rows(&["Name", "of lead", "professiona", "lity"])), FieldId::ChildName), None);
}

#[test]
fn what_is_left_of_boxes_that_stand_in_doubt_is_no_answer() {
    let rated = |minimal: &'static str, beside: i32| {
        let texts = vec![
            TITLE,
            USUAL[0],
            USUAL[1],
            USUAL[2],
            (50, 700, "Current risk rating"),
            (50, 686, "[x] Significant"),
            (50, 640, minimal),
            (300, beside, "[ ] Emerging"),
        ];
        text(&read(&pdf(&[Printed { texts, cells: Vec::new() }])), FieldId::RiskRating)
    };
    assert_eq!(rated("[ ] Minimal", 640).as_deref(), Some("significant"));
    assert_eq!(rated("[x] Minimal", 640), None);
    assert_eq!(rated("[x] Minimal", 634), None, "one of the two ticks stands in doubt");
}

#[test]
fn what_is_left_of_boxes_that_a_page_cuts_off_is_no_answer() {
    let rated = |minimal: &'static str, below: &'static str| {
        let cells = |rows: &[i32]| rows.iter().flat_map(|y| [[50, *y, 200, 20], [250, *y, 200, 20]]).collect();
        let rating = [(56, 736, "Significant"), (256, 736, "[x]"), (56, 716, "Minimal"), (256, 716, minimal)];
        let first = Printed { texts: [TITLE].into_iter().chain(rating).collect(), cells: cells(&[730, 710]) };
        let next = [(56, 736, below), (256, 736, "[ ]"), USUAL[0], USUAL[1], USUAL[2]];
        let next = Printed { texts: next.to_vec(), cells: cells(&[730]) };
        text(&read(&pdf(&[first, next])), FieldId::RiskRating)
    };
    assert_eq!(rated("[ ]", "Emerging").as_deref(), Some("significant"));
    assert_eq!(rated("[x]", ""), None, "the row goes on overleaf: its tick is not known");
}

/// A page with the usual lines and these.
pub(super) fn page(texts: &[Text], cells: &[[i32; 4]]) -> Printed {
    Printed { texts: [TITLE].iter().chain(texts).chain(&USUAL).copied().collect(), cells: cells.to_vec() }
}

#[test]
fn a_space_at_the_end_of_a_run_parts_it_from_the_next() {
    // "48 " is three letters of Helvetica: 5.56 twice and a space of 2.78.
    let report = read(&pdf(&[page(&[(50, 700, "Address:"), (100, 700, "48 "), (114, 700, "Church Lane")], &[])]));
    assert_eq!(text(&report, FieldId::Address).as_deref(), Some("48 Church Lane"));
}

#[test]
fn words_with_a_line_through_them_go_and_a_line_under_words_is_no_tables() {
    let cells = [[50, 690, 100, 30], [150, 690, 300, 30]];
    // Through "Lee Old" and under "Sam Field": the widths are Helvetica's.
    let (through, under) = ([156, 713, 37, 0], [156, 699, 48, 0]);
    let texts = [(56, 710, "Manager"), (156, 710, "Lee Old"), (156, 700, "Sam Field")];
    let report = read(&pdf(&[page(&texts, &[cells[0], cells[1], through, under])]));
    assert_eq!(text(&report, FieldId::Manager).as_deref(), Some("Sam Field"));
    // Longer than the words: what was meant is not known.
    let report = read(&pdf(&[page(&texts, &[cells[0], cells[1], [150, 713, 200, 0], under])]));
    assert_eq!(text(&report, FieldId::Manager), None);
}

#[test]
fn a_footer_with_a_label_in_it_parts_no_passage_and_answers_nothing() {
    let (first, next) = ("There have been three missing episodes in the last", "month; the police were told.");
    let pages = |foot: (Text, Text)| {
        let one = page(&[(50, 480, "Rationale"), (50, 462, first), foot.0], &[]);
        let two =
            Printed { texts: vec![(50, 780, next), (50, 750, "Review date: 1/2/2027"), foot.1], cells: Vec::new() };
        read(&pdf(&[one, two]))
    };
    let report = pages(((50, 40, "Date: page 1 of 2"), (50, 40, "Date: page 2 of 2")));
    assert_ne!(text(&report, FieldId::Rationale).as_deref(), Some(first), "half a passage");
    let report = read(&pdf(&[page(&[(50, 40, "Review date: 1/4/2027")], &[])]));
    assert_eq!(said(&report, FieldId::ReviewDate), None, "what stands in the lower margin is the form's");
}

#[test]
fn guidance_stays_guidance_on_the_next_page() {
    let row = |y: i32| [[50, y, 100, 20], [150, y, 150, 20], [300, y, 150, 20]];
    let head = [(56, 706, "Question"), (156, 706, "Guidance"), (306, 706, "Response")];
    let texts = vec![
        TITLE,
        head[0],
        head[1],
        head[2],
        (56, 686, "Manager"),
        (156, 686, "As on LCS"),
        (306, 686, "Sam Manager"),
    ];
    let first = Printed { texts, cells: [row(700), row(680)].concat() };
    let texts =
        vec![(56, 786, "Completed by"), (156, 786, "As on LCS"), (306, 786, "Lee Case"), USUAL[0], USUAL[1], USUAL[2]];
    let next = Printed { texts, cells: row(780).to_vec() };
    let report = read(&pdf(&[first, next]));
    assert_eq!(text(&report, FieldId::Manager).as_deref(), Some("Sam Manager"));
    assert_eq!(text(&report, FieldId::CompletedBy).as_deref(), Some("Lee Case"));
}

#[test]
fn a_cell_beside_whose_middle_a_line_runs_is_no_cell_of_two_rows() {
    // The heading at the side is as high as two rows, and the line between them runs at its middle.
    let cells = [[50, 680, 80, 40], [130, 700, 100, 20], [230, 700, 200, 20], [130, 680, 100, 20], [230, 680, 200, 20]];
    let texts = [
        (56, 705, "Details"),
        (136, 706, "School"),
        (236, 706, "Example High"),
        (136, 686, "Alias"),
        (236, 686, "Zee"),
    ];
    let report = read(&pdf(&[page(&texts, &cells)]));
    assert_eq!(text(&report, FieldId::Education).as_deref(), Some("Example High"));
    assert_eq!(text(&report, FieldId::Alias).as_deref(), Some("Zee"));
}

#[test]
fn rows_that_level_lines_part_are_a_tables() {
    let rules: Vec<[i32; 4]> = [720, 690, 660, 630].iter().map(|y| [50, *y, 400, 0]).collect();
    let texts = [
        (52, 708, "Allocated social"),
        (52, 697, "worker and team"),
        (200, 702, "Lee Case"),
        (52, 672, "Manager"),
        (200, 672, "Sam Manager"),
        (52, 642, "Agency"),
        (200, 642, "Engage Team"),
    ];
    let texts: Vec<Text> = [TITLE, USUAL[0], USUAL[2]].iter().chain(&texts).copied().collect();
    let report = read(&pdf(&[Printed { texts, cells: rules }]));
    assert_eq!(text(&report, FieldId::LeadProfessional).as_deref(), Some("Lee Case"));
    assert_eq!(text(&report, FieldId::Manager).as_deref(), Some("Sam Manager"));
}

#[test]
fn the_first_row_of_a_table_whose_rows_have_their_lines_below_is_one_of_its_rows() {
    let rules: Vec<[i32; 4]> = [690, 660, 600, 570].iter().map(|y| [50, *y, 400, 0]).collect();
    let texts = [
        (52, 708, "Allocated social"),
        (52, 697, "worker and team"),
        (200, 702, "Lee Case"),
        (52, 672, "Manager"),
        (200, 672, "Sam Manager"),
        // Between the line under one table and the first row of the next.
        (47, 642, "More about the assessment"),
        (52, 612, "Present education"),
        (52, 602, "placement"),
        (200, 607, "Example High"),
        (52, 582, "Agency"),
        (200, 582, "Engage Team"),
    ];
    let texts: Vec<Text> = [TITLE, USUAL[0], USUAL[2]].iter().chain(&texts).copied().collect();
    let report = read(&pdf(&[Printed { texts, cells: rules }]));
    assert_eq!(text(&report, FieldId::LeadProfessional).as_deref(), Some("Lee Case"));
    assert_eq!(text(&report, FieldId::Manager).as_deref(), Some("Sam Manager"));
    assert_eq!(text(&report, FieldId::Agency).as_deref(), Some("Engage Team"));
    assert_eq!(text(&report, FieldId::Education).as_deref(), Some("Example High"));
}

#[test]
fn a_label_that_was_cut_is_known_by_the_label_it_makes() {
    // "Placement" did not fit its column.
    let cells = [[50, 660, 30, 50], [80, 660, 300, 50]];
    let texts = [(52, 696, "Place"), (52, 684, "ment"), (90, 690, "At home")];
    let report = read(&pdf(&[page(&texts, &cells)]));
    assert_eq!(text(&report, FieldId::Placement).as_deref(), Some("At home"));
}

#[test]
fn a_piece_of_a_row_at_the_top_of_the_next_page_leaves_both_in_doubt() {
    let cells = vec![[50, 60, 150, 20], [200, 60, 250, 20]];
    let first = || page(&[(56, 66, "Placement"), (206, 66, "At home with")], &cells);
    let second =
        |x: i32| Printed { texts: vec![(x, 780, "Grandmother"), (50, 760, "LCS number: LCS-1")], cells: vec![] };
    let read = |x: i32| text(&read(&pdf(&[first(), second(x)])), FieldId::Placement);
    assert_eq!(read(206), None);
    assert_eq!(read(50).as_deref(), Some("At home with"), "a line of its own");
}

#[test]
fn what_stands_behind_struck_out_words_begins_where_they_did() {
    let texts = [
        (52, 720, "Home address"),
        (206, 720, "Old"),
        (224, 720, "1 High Street"),
        (206, 708, "Guildford GU1 1AA"),
        (52, 684, "Manager"),
        (206, 684, "Sam Manager"),
        (52, 660, "Placement"),
        (206, 660, "Invented House residential home"),
    ];
    let texts: Vec<Text> = [TITLE, USUAL[0], USUAL[2]].iter().chain(&texts).copied().collect();
    let report = read(&pdf(&[Printed { texts, cells: vec![[206, 723, 16, 0]] }]));
    assert_eq!(text(&report, FieldId::Address).as_deref(), Some("1 High Street\nGuildford GU1 1AA"));
}

#[test]
fn rows_that_room_alone_parts_are_a_tables() {
    let rows = |second_line: i32| {
        let texts = [
            (52, 720, "Name of social worker/lead"),
            (52, 708, "professional"),
            (250, 714, "Lee Case"),
            (52, 684, "Manager"),
            (250, 684, "Sam Manager"),
            (52, 660, "Home address"),
            (250, 660, "1 High Street"),
            (250, second_line, "Guildford GU1 1AA"),
            (52, 618, "Placement"),
            (250, 618, "Invented House residential home"),
        ];
        let texts: Vec<Text> = [TITLE, USUAL[0], USUAL[2]].iter().chain(&texts).copied().collect();
        read(&pdf(&[Printed { texts, cells: Vec::new() }]))
    };
    let report = rows(648);
    assert_eq!(text(&report, FieldId::LeadProfessional).as_deref(), Some("Lee Case"));
    assert_eq!(text(&report, FieldId::Manager).as_deref(), Some("Sam Manager"));
    assert_eq!(text(&report, FieldId::Address).as_deref(), Some("1 High Street\nGuildford GU1 1AA"));
    // As far from its first line as rows are from one another: it may be the answer to nothing.
    assert_eq!(text(&rows(636), FieldId::Address), None);
}

#[test]
fn labels_printed_over_each_other_have_no_answers() {
    let read = |x: i32| {
        let texts =
            [(50, 700, "Full name and address of the school:"), (x, 700, "Manager:"), (420, 700, "Sam Manager")];
        text(&read(&pdf(&[page(&texts, &[])])), FieldId::Manager)
    };
    assert_eq!(read(370).as_deref(), Some("Sam Manager"));
    assert_eq!(read(180), None);
}

#[test]
fn a_list_outside_tables_is_whole_or_none() {
    let boxes = |last: &'static str| {
        let all = ["[x] Sexual exploitation", "[ ] Trafficking", "[ ] Criminal exploitation", "[x] Missing episodes"];
        let lines = (0..).zip(all.into_iter().chain([last])).map(|(at, text)| (50, 686 - 14 * at, text));
        let texts: Vec<Text> = [(50, 700, "Key risk for the child")].into_iter().chain(lines).collect();
        read(&pdf(&[page(&texts, &[])])).readings[0].fields.get(&FieldId::RiskTypes).map(|found| found.value.clone())
    };
    assert_eq!(boxes("[ ] Modern slavery"), Some(Value::List(vec!["S".to_owned(), "M".to_owned()])));
    assert_eq!(boxes("[ ] Another"), None, "one of the options is not there: it may stand elsewhere");
}

#[test]
fn headings_of_yes_and_no_hold_for_the_rest_of_the_table_overleaf() {
    let cells = |rows: &[i32]| {
        rows.iter().flat_map(|y| [[50, *y, 200, 20], [250, *y, 60, 20], [310, *y, 60, 20]]).collect::<Vec<_>>()
    };
    let asked = |head: bool| {
        let heads = [(56, 46, "Current risk factors"), (256, 46, "Yes"), (316, 46, "No")];
        let head: Vec<Text> = if head { heads.to_vec() } else { heads[..1].to_vec() };
        let first = page(&head, &cells(&[40]));
        let rows = [
            (56, 736, "Self harm"),
            (256, 736, "[x]"),
            (316, 736, "[ ]"),
            (56, 716, "Substance misuse"),
            (256, 716, "[ ]"),
            (316, 716, "[x]"),
        ];
        let next = Printed { texts: rows.to_vec(), cells: cells(&[730, 710]) };
        let report = read(&pdf(&[first, next]));
        report.readings[0].fields.get(&FieldId::RiskFactors).map(|found| found.value.clone())
    };
    assert_eq!(asked(true), Some(Value::List(vec!["Self harm".to_owned()])));
    assert_eq!(asked(false), None);
}

/// The ten parts of one form, each with its text beside it, but for those from this place on.
fn parts(until: usize, sixth: &'static str) -> Printed {
    let names = [
        "Episodes of missing from home",
        "School/college attendance",
        "Misuse of drugs or alcohol",
        "Parent/Carer and young person relationships",
        "Accommodation",
        "Ability to identify abusive/exploitive behaviour",
        "Engagement with appropriate services",
        "Sexual health, activities and awareness",
        "Association with gangs/criminals",
        "Social media",
    ];
    let rows = || (0..).zip(names).take(until).map(|(at, name)| (730 - 20 * at, name));
    let texts = rows().enumerate().flat_map(|(at, (y, name))| {
        [(56, y + 6, name), (306, y + 6, if at == 5 { sixth } else { "None known to us." })]
    });
    let texts = [(50, 780, "Engage CSE Assessment")].into_iter().chain(texts).chain(USUAL_BELOW).collect();
    Printed { texts, cells: rows().flat_map(|(y, _)| [[50, y, 250, 20], [300, y, 250, 20]]).collect() }
}

const USUAL_BELOW: [Text; 2] = [(50, 400, "Date of assessment: 12/11/2026"), (50, 380, "LCS number: LCS-1")];

#[test]
fn half_a_list_of_parts_that_are_filled_in_is_none() {
    let told = |printed: Printed| match read(&pdf(&[printed])).readings[0].fields.get(&FieldId::Domains) {
        Some(Found { value: Value::List(list), .. }) => Some(list.len()),
        _ => None,
    };
    assert_eq!(told(parts(10, "None known to us.")), Some(10));
    assert_eq!(told(parts(10, "DOB 14/02/1999, Kyle Sample, address: 4 Row.")), Some(10));
    assert_eq!(told(parts(10, "")), Some(9));
    assert_eq!(told(parts(9, "None known to us.")), None, "the tenth may stand where its heading could not be read");
    let mut printed = parts(10, "None known to us.");
    printed.texts.push((50, 360, "Misuse of drugs or alcohol"));
    assert_eq!(told(printed), None, "one stands outside the table too");
}

#[test]
fn a_passage_that_begins_as_a_label_does_may_go_on_overleaf() {
    let told = |first: &'static str, next: &'static str| {
        let one = page(&[(56, 76, "Rationale"), (56, 56, first)], &[[50, 70, 400, 20], [50, 50, 400, 20]]);
        let two = Printed { texts: vec![(56, 786, next)], cells: vec![[50, 780, 400, 20]] };
        text(&read(&pdf(&[one, two])), FieldId::Rationale)
    };
    let first = "Date of last missing episode: 02/11/2026. She was found by two of us.";
    assert_eq!(told(first, "Manager's comments").as_deref(), Some(first), "a label of its own");
    assert_eq!(told(first, "GP: Dr Other of Elsewhere Surgery saw the mother."), None);
}

#[test]
fn ticks_beside_a_passage_that_is_not_whole_are_whole_all_the_same() {
    let cells = [[50, 120, 100, 20], [150, 120, 300, 20], [50, 70, 400, 20], [50, 50, 400, 20]];
    let first = "She was seen in town by two of us, late at night on a Friday, and that";
    let texts =
        [(56, 126, "Legal status"), (156, 126, "CPP [ ] LAC [ ] CIN [x]"), (56, 76, "Rationale"), (56, 56, first)];
    let next = Printed { texts: vec![(56, 786, "is a worry.")], cells: vec![[50, 780, 400, 20]] };
    let report = read(&pdf(&[page(&texts, &cells), next]));
    let list = report.readings[0].fields.get(&FieldId::LegalStatus).map(|found| found.value.clone());
    assert_eq!(list, Some(Value::List(vec!["CIN".to_owned()])));
}

#[test]
fn boxes_one_above_the_other_are_a_table_of_one_column() {
    let cells = [[50, 690, 400, 20], [50, 650, 400, 40]];
    let texts = [
        (56, 696, "Rationale"),
        (56, 676, "She was seen in town by two of us, late at night on a Friday, and that is a worry."),
        (56, 660, "Date of last missing episode: 02/11/2026."),
    ];
    let report = read(&pdf(&[page(&texts, &cells)]));
    assert!(text(&report, FieldId::Rationale).is_some_and(|text| text.ends_with("02/11/2026.")));
}

#[test]
fn lives_with_is_an_answer_though_it_is_a_label_elsewhere() {
    let cells = [[50, 690, 100, 20], [150, 690, 300, 20]];
    let report = read(&pdf(&[page(&[(56, 696, "Placement"), (156, 696, "Lives with mother")], &cells)]));
    assert_eq!(text(&report, FieldId::Placement).as_deref(), Some("Lives with mother"));
}

#[test]
fn more_pieces_of_text_than_a_person_reads_are_refused() {
    let letters: String = (0..9_999).map(|at| format!("1 0 0 1 {} {} Tm (a) Tj\n", at % 500, at / 20 + 100)).collect();
    let pages = |count: usize| {
        let mut document = Document::load_mem(&pdf(&[page(&[], &[])])).unwrap();
        let content =
            document.add_object(Stream::new(Dictionary::new(), format!("BT /F1 10 Tf\n{letters}ET").into_bytes()));
        let first = document.page_iter().next().unwrap();
        let parent = document.get_dictionary(first).unwrap().get(b"Parent").unwrap().as_reference().unwrap();
        let mut copy = document.get_dictionary(first).unwrap().clone();
        copy.set("Contents", content);
        let kids: Vec<Object> = (0..count).map(|_| document.add_object(copy.clone()).into()).collect();
        let all = document.get_dictionary_mut(parent).unwrap();
        all.set("Kids", kids);
        all.set("Count", i64::try_from(count).unwrap());
        let mut out = Vec::new();
        document.save_to(&mut out).unwrap();
        read(&out)
    };
    // 41 pages of 9,999 pieces are more than 400,000.
    let report = pages(41);
    assert_eq!(code(&report), FindingCode::LimitExceeded);
    assert!(report.readings[0].findings[0].message.contains("400000 pieces of text"));
}

#[test]
fn of_written_options_whose_rows_cannot_all_be_read_none_is_an_answer() {
    let moved = "Child has moved from Surrey";
    let changed = |through: &[[i32; 4]]| {
        let rows = [(56, 706, "If the risk rating has changed, please indicate why this is")];
        let own = [(56, 686, "New incident/police report"), (56, 666, moved), (306, 666, "X")];
        let cells = [[50, 700, 300, 20], [50, 680, 300, 20], [50, 660, 250, 20], [300, 660, 50, 20]];
        let title = (50, 760, "Child Exploitation RMM Checklist");
        let texts = [title].into_iter().chain(rows).chain(own).chain(USUAL).collect();
        let report = read(&pdf(&[Printed { texts, cells: [&cells, through].concat() }]));
        report.readings[0].fields.get(&FieldId::RatingChange).map(|found| found.value.clone())
    };
    assert_eq!(changed(&[]), Some(Value::List(vec![moved.to_owned()])));
    assert_eq!(changed(&[[56, 669, 230, 0]]), None, "a line through more than its words");
}

#[test]
fn a_black_square_before_each_line_of_a_list_ticks_nothing() {
    let squares = |square: &str| {
        let all = ["S - Sexual exploitation", "T - Trafficking", "C - Criminal exploitation"];
        let mut document = Document::load_mem(&pdf(&[page(&[], &[])])).unwrap();
        let page = document.page_iter().next().unwrap();
        let line = |(y, text): (i32, &str)| {
            format!("BT 1 0 0 1 56 {y} Tm /F2 10 Tf ({square}) Tj /F1 10 Tf ( {text}) Tj ET 50 {} 300 20 re S\n", y - 6)
        };
        let head = (726, "Key risk for the child");
        let lines: String = [686, 666, 646].into_iter().zip(all).map(line).collect();
        let (y, head) = (head.0 - 20, head.1);
        let content = format!("BT /F1 10 Tf 1 0 0 1 56 {y} Tm ({head}) Tj ET 50 {} 300 20 re S\n{lines}", y - 6);
        let mut whole = document.get_page_content(page);
        whole.extend(content.into_bytes());
        document.change_page_content(page, whole).unwrap();
        let font =
            document.add_object(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "ZapfDingbats" });
        let own = document.get_dictionary_mut(page).unwrap().get_mut(b"Resources").unwrap().as_dict_mut().unwrap();
        own.get_mut(b"Font").unwrap().as_dict_mut().unwrap().set("F2", font);
        let mut out = Vec::new();
        document.save_to(&mut out).unwrap();
        read(&out).readings[0].fields.get(&FieldId::RiskTypes).map(|found| found.value.clone())
    };
    let list = ["S", "T", "C"].map(str::to_owned).to_vec();
    assert_eq!(squares("4"), Some(Value::List(list)), "ticks");
    assert_eq!(squares("n"), None);
}

#[test]
fn where_lines_could_not_be_put_together_a_vague_label_names_no_child() {
    let named = |beside: i32| {
        let texts = [(50, 700, "Name: Kyle Sample"), (50, 640, "Manager:"), (300, beside, "Agency:")];
        text(&read(&pdf(&[page(&texts, &[])])), FieldId::ChildName)
    };
    assert_eq!(named(640).as_deref(), Some("Kyle Sample"));
    assert_eq!(named(634), None, "set at different heights");
}
