//! The outcome sheet's workbook, opened again.

use super::*;
use calamine::{Data, Reader, SheetVisible, Xlsx};
use std::io::Cursor;

fn sheet(view: usize) -> (Frozen, Xlsx<Cursor<Vec<u8>>>, String) {
    let view = &samples::outcome_sheets(&head())[view];
    let cases: Vec<_> = view.rows.iter().map(|row| row.case).collect();
    let cleared = clearance(MailKind::Notification, &["admin@surrey.example"], &cases, &[]);
    let mail = outcome_sheet::compose(&templates(), &cleared, view, &samples::stamp(), &forbidden()).unwrap();
    let parsed = MessageParser::default().parse(&mail.bytes().to_vec()).unwrap().into_owned();
    let attached: Vec<_> = parsed.attachments().collect();
    assert_eq!(attached.len(), 1);
    let name = attached[0].attachment_name().unwrap().to_owned();
    (mail, Xlsx::new(Cursor::new(attached[0].contents().to_vec())).unwrap(), name)
}

fn rows(book: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str) -> Vec<Vec<String>> {
    book.worksheet_range(sheet).unwrap().rows().map(|row| row.iter().map(Data::to_string).collect()).collect()
}

#[test]
fn sy_19_one_row_for_each_child_in_the_agendas_order_with_what_is_asked() {
    let (mail, mut book, name) = sheet(0);
    assert_eq!(name, "outcome-sheet-surrey-rmm-ne-2026-11-24.xlsx");
    assert_eq!(mail.kind(), MailKind::Notification);
    assert!(mail.documents().is_empty() && mail.enclosed().is_empty(), "no paper of anybody's travels with it");
    let outcomes = rows(&mut book, "Outcomes");
    let headings = &outcomes[3];
    for asked in ["Attended", "Apologies", "Rating agreed", "Review date", "Action", "By whom", "By when"] {
        assert!(headings.iter().any(|h| h == asked), "{asked} in {headings:?}");
    }
    for asked in ["Action status", "Decision", "Rationale"] {
        assert!(headings.iter().any(|h| h == asked), "{asked} in {headings:?}");
    }
    let children: Vec<&[String]> = outcomes[4..].iter().map(|row| &row[..6]).collect();
    assert_eq!(children[0], ["1", "R-0042", "A.E.", "1234567", "Samira Sample", "Significant"]);
    assert_eq!(children.len(), 3, "the child whose paper is to follow too: {children:?}");
    let hidden: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.visible != SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    assert_eq!(hidden, ["Lists"]);
    let lists = rows(&mut book, "Lists").concat();
    assert!(lists.contains(&"meeting: surrey-rmm-ne/2026-11-24".to_owned()), "{lists:?}");
    assert!(lists.contains(&"scale: experiencing = Experiencing".to_owned()), "{lists:?}");
}

/// Names are for the papers: initials and the authority's number are enough to know a child by.
#[test]
fn invariant_5_the_outcome_sheet_names_no_child() {
    let (_, mut book, _) = sheet(0);
    for sheet in ["Outcomes", "More actions", "How to fill this in", "Lists"] {
        let text = rows(&mut book, sheet).concat().join(" ");
        for item in samples::agendas(&head())[0].agenda.items() {
            assert!(!text.contains(item.child.name.reveal().as_str()), "{sheet}");
        }
    }
}

/// The forms' corpus fills in a copy of the sheet: it must be the sheet as it is sent today.
#[test]
fn the_corpus_fills_in_todays_sheet() {
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/forms/outcome-sheet-blank.xlsx");
    let mut kept: Xlsx<_> = Xlsx::new(Cursor::new(std::fs::read(kept).unwrap())).unwrap();
    let (_, mut book, _) = sheet(0);
    for sheet in ["Outcomes", "More actions", "How to fill this in", "Lists"] {
        assert_eq!(
            rows(&mut kept, sheet),
            rows(&mut book, sheet),
            "{sheet}: save the attachment of a sample over the copy"
        );
    }
}
