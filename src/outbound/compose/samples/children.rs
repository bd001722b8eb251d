//! Invented children, their papers, and an agenda of them.

use super::meeting;
use crate::casework::agenda::{Agenda, AgendaSection, ChildIdentity, Item, ItemNote, Paper};
use crate::casework::panel::SectionId;
use crate::casework::{CaseRef, Format, Sha256};
use jiff::civil::{Date, DateTime, date};

/// Every document of the samples: its bytes are this text.
pub(in super::super) fn paper_bytes(case: i64, what: &str) -> Vec<u8> {
    format!("{what} of case {case}\r\nnot really a document \u{0}\u{1}\n").into_bytes()
}

pub(super) fn paper(case: i64, what: &str, format: Format, dated: Option<Date>) -> Paper {
    Paper { sha256: Sha256::of(&paper_bytes(case, what)), format, what: what.to_owned(), dated }
}

fn slot(hour: i8, minute: i8, minutes: i8) -> Option<(DateTime, DateTime)> {
    let day = date(2026, 11, 24);
    Some((day.at(hour, minute, 0, 0), day.at(hour, minute + minutes, 0, 0)))
}

fn identity(name: &str, born: Date, lcs: &str) -> ChildIdentity {
    ChildIdentity {
        name: name.to_owned().into(),
        date_of_birth: Some(born.into()),
        lcs_number: Some(lcs.to_owned().into()),
        nhs_number: Some("9990000018".to_owned().into()),
    }
}

pub(super) fn item() -> Item {
    Item {
        number: 1,
        case: CaseRef(42),
        section: SectionId::New,
        slot: slot(10, 0, 15),
        child: identity("Alfie Example", date(2011, 3, 9), "1234567"),
        rating: Some("Significant".to_owned()),
        risk_types: vec!["S".to_owned(), "C".to_owned(), "M".to_owned()],
        caseworker: Some("Samira Sample".to_owned().into()),
        papers: vec![
            paper(42, "assessment", Format::Xlsx, Some(date(2026, 11, 16))),
            paper(42, "return-home-interview", Format::Docx, None),
        ],
        notes: Vec::new(),
        previous_actions: Vec::new(),
    }
}

pub(super) fn items() -> Vec<Item> {
    let first = item();
    let review = Item {
        number: 2,
        case: CaseRef(17),
        section: SectionId::Review,
        slot: slot(10, 15, 15),
        child: identity("Bethan Specimen-Longsurname", date(2010, 12, 31), "2345678"),
        rating: Some("Experiencing".to_owned()),
        risk_types: vec!["T".to_owned(), "V".to_owned()],
        papers: vec![paper(17, "assessment", Format::Docx, Some(date(2026, 8, 3)))],
        notes: vec![ItemNote::UpdateNotReceived, ItemNote::OutOfDate],
        previous_actions: super::after::actions(),
        ..first.clone()
    };
    let follow = Item {
        number: 3,
        case: CaseRef(51),
        section: SectionId::Expected,
        slot: None,
        child: ChildIdentity {
            name: "Chidi Placeholder".to_owned().into(),
            date_of_birth: None,
            lcs_number: None,
            nhs_number: None,
        },
        rating: None,
        risk_types: Vec::new(),
        caseworker: None,
        papers: Vec::new(),
        notes: vec![ItemNote::PaperToFollow],
        previous_actions: Vec::new(),
    };
    vec![first, review, follow]
}

/// Every note there is, so that each has its words.
pub(super) fn all_notes() -> Vec<ItemNote> {
    vec![
        ItemNote::PaperToFollow,
        ItemNote::UpdateNotReceived,
        ItemNote::Expected,
        ItemNote::OutOfDate,
        ItemNote::NotAuthorised,
        ItemNote::NoAssessmentOnFile,
        ItemNote::TabledPaper,
        ItemNote::AdmittedByChair,
        ItemNote::TwoPapers,
        ItemNote::Corrected,
        ItemNote::Adult,
    ]
}

pub(super) fn agenda_of(items: Vec<Item>) -> Agenda {
    let titles =
        [(SectionId::New, "New referrals"), (SectionId::Review, "Reviews"), (SectionId::Expected, "Papers to follow")];
    let sections = titles.into_iter().filter_map(|(id, title)| {
        let items: Vec<Item> = items.iter().filter(|item| item.section == id).cloned().collect();
        (!items.is_empty()).then(|| AgendaSection { id, title: title.to_owned(), items })
    });
    Agenda { meeting: meeting(), sections: sections.collect(), unmatched: Vec::new(), overrun_minutes: None }
}
