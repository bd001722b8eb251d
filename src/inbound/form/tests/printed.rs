//! PDFs as a program prints them: words at their places, and lines.

use super::*;
use lopdf::{Dictionary, Document, Object, Stream, dictionary};

/// A text and where it begins.
type Text = (i32, i32, &'static str);

/// A page: texts in Helvetica 10, and rectangles (left, bottom, width, height).
struct Printed {
    texts: Vec<Text>,
    cells: Vec<[i32; 4]>,
}

fn pdf(printed: &[Printed]) -> Vec<u8> {
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
        let content: String = shown.chain(drawn).collect();
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

const TITLE: Text = (50, 780, "Exploited and Missing Child Risk Assessment Tool (RAT)");

/// So that the form is known.
const USUAL: [Text; 3] = [
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
