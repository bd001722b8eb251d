//! A form that people write in sentences: "a CSE flag has been added for Maya Bright (DOB 04/05/2010)". One child's name
//! right before its date of birth, in a text that says what such a form says; where there are more, a person reads it.

use super::label::normalise;
use super::model::{Cell, Document};
use super::person::{self, Who};
use super::table::{FormTable, FormTables};
use crate::casework::{FieldId, Format, Found, Reading, Value};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Words that take back what the rest of their line says.
const DENIALS: &[&str] = &[
    "no",
    "not",
    "never",
    "without",
    "hasnt",
    "wasnt",
    "isnt",
    "whether",
    "if",
    "should",
    "off",
    "error",
    "mistake",
    "mistakenly",
    "wrongly",
    "remove",
    "removed",
    "removing",
    "cancelled",
    "lifted",
    "withdrawn",
    "end",
    "ended",
    "ending",
    "close",
    "closed",
];
/// Words of a name, at most.
const MOST_WORDS: usize = 4;

/// The reading of a document that announces a child; none where it does not, or not one child alone.
pub(super) fn read(document: &Document, tables: &FormTables, format: Format, today: Date) -> Option<Reading> {
    let lines: Vec<(&str, &Cell)> = document
        .rows
        .iter()
        .flat_map(|row| &row.cells)
        .flat_map(|cell| cell.text.lines().map(move |line| (line.trim(), cell)))
        .filter(|(line, _)| !line.is_empty())
        .collect();
    let table = tables.tables.iter().filter(|table| table.sentences).find(|table| is_said(table, &lines))?;
    let mut people = BTreeMap::new();
    for (n, (line, cell)) in lines.iter().enumerate() {
        // Each name ends with its own day of birth.
        let clauses = line.split_inclusive([')', ';']).flat_map(|part| part.split(" and ")).map(str::trim);
        people.extend(clauses.filter_map(|clause| child_in(clause, today)).map(|child| (child, *cell)));
        // The name on a line, the day on the next.
        if let Some((next, _)) = lines.get(n + 1).filter(|(next, _)| next.starts_with(|c: char| c.is_ascii_digit())) {
            people.extend(child_in(&format!("{line} {next}"), today).map(|child| (child, *cell)));
        }
    }
    let ((name, born), cell) = people.pop_first().filter(|_| people.is_empty())?;
    let found = |value| Found { value, at: cell.at.clone() };
    let mut fields = BTreeMap::from([
        (FieldId::ChildName, found(Value::Text(name.into()))),
        (FieldId::DateOfBirth, found(Value::Date(born))),
    ]);
    let numbers: Vec<&str> = lines.iter().filter_map(|(line, _)| lcs_number(line)).collect();
    if let [number] = numbers.as_slice() {
        fields.insert(FieldId::LcsNumber, found(Value::Text((*number).to_owned().into())));
    }
    Some(Reading {
        reading: 1,
        format,
        form: Some(table.id.clone()),
        fields,
        passages: BTreeMap::new(),
        findings: Vec::new(),
    })
}

fn is_said(table: &FormTable, lines: &[(&str, &Cell)]) -> bool {
    lines.iter().any(|(line, _)| {
        let plain = format!(" {} ", normalise(line));
        let says = table.detect.titles.iter().any(|title| plain.contains(&format!(" {title} ")));
        says && !line.contains('?') && !plain.split(' ').any(|word| DENIALS.contains(&word))
    })
}

/// The child whose name stands right before its date of birth.
fn child_in(line: &str, today: Date) -> Option<(String, Date)> {
    let lower = line.to_ascii_lowercase();
    let named = ["(dob", "(d.o.b", "(date of birth", "(born", " dob", " d.o.b", " date of birth", " born"];
    let day = line.find(|ch: char| ch.is_ascii_digit())?;
    // The day itself where nothing says what it is.
    let at = named.iter().filter_map(|word| lower.find(word)).filter(|at| *at < day).min().unwrap_or(day);
    let (before, rest) = line.split_at_checked(at)?;
    let before = before.trim_end_matches([' ', ',', ':', ';', '-', '–', '(', '.']);
    let is_name = |word: &&str| {
        let letters = word.trim_matches(|c: char| !c.is_alphanumeric());
        letters.starts_with(char::is_uppercase)
            && !letters.contains(|c: char| c.is_ascii_digit())
            && !word.ends_with([',', ':', '.'])
    };
    let words: Vec<&str> = before.split_whitespace().rev().take_while(is_name).collect();
    if !(2..=MOST_WORDS).contains(&words.len()) {
        return None;
    }
    // Without a word for it a day is one of birth only where nothing else stands before.
    if at == day && words.len() != before.split_whitespace().count() {
        return None;
    }
    let name = words.into_iter().rev().collect::<Vec<_>>().join(" ");
    let person = person::read(&format!("{name} {rest}"), Who::Child, today)?;
    let born = person.born.filter(|born| (3..=25).contains(&(today.year() - born.year())))?;
    Some((person.name, born))
}

/// "LCS 7001158", "LCS number: 7001158".
fn lcs_number(line: &str) -> Option<&str> {
    let lower = line.to_ascii_lowercase();
    lower.match_indices("lcs").find_map(|(at, word)| {
        let after = line.get(at + word.len()..)?;
        let (between, digits) = after.split_at_checked(after.find(|ch: char| ch.is_ascii_digit())?)?;
        let end = digits.find(|ch: char| !ch.is_ascii_digit()).unwrap_or(digits.len());
        let is_label = ["", "number", "no", "id", "ref", "is"].contains(&normalise(between).as_str());
        digits.get(..end).filter(|number| is_label && (5..=10).contains(&number.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbound::form::{Limits, ReadOptions, read_document};
    use jiff::civil::date;

    fn said(text: &str) -> Option<(String, Option<Date>, Option<String>)> {
        let tables = FormTables::shipped().unwrap();
        let (limits, options) = (Limits::default(), ReadOptions::default());
        let report = read_document(text.as_bytes(), None, &tables, &limits, date(2026, 11, 22), &options);
        let reading = &report.readings[0];
        reading.form.as_ref().filter(|form| form.as_str() == "mace-flag-notification")?;
        let number = reading.text(FieldId::LcsNumber).map(str::to_owned);
        Some((reading.text(FieldId::ChildName)?.to_owned(), reading.date(FieldId::DateOfBirth), number))
    }

    #[test]
    fn sh_10_a_flag_announced_in_a_sentence_names_its_child() {
        for text in [
            "A CCE flag has been added to LCS for Maya Bright (DOB 04/05/2010, LCS 7001158) after the CE assessment meeting.",
            "Hello,\nWe have put a CE flag on the record of Maya Bright, dob 4 May 2010.\nLCS 7001158\nThanks",
            "Please note that a CE flag was started today for:\n\nMaya Bright\n04/05/2010\nLCS no: 7001158\n\nRegards",
        ] {
            let expected = ("Maya Bright".to_owned(), Some(date(2010, 5, 4)), Some("7001158".to_owned()));
            assert_eq!(said(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn sh_10_what_announces_nobody_or_two_is_read_by_a_person() {
        for text in [
            "The flag started last year for Maya Bright (DOB 04/05/2010) can be removed.",
            "No CE flag was started for Maya Bright (DOB 04/05/2010).",
            "A CE flag was started for Maya Bright (DOB 04/05/2010) and Rory Dale (DOB 01/02/2011).",
            "A CE flag was started for Maya (DOB 04/05/2010).",
            "A CE flag was started. The meeting was on Monday Morning 16/11/2026.",
            "A CE flag was started for Maya Bright.",
            "The assessment of Maya Bright (DOB 04/05/2010) will follow.",
            "Can you confirm that a CE flag has been added for Maya Bright (DOB 04/05/2010)?",
            "Please say whether a CE flag has been added for Maya Bright (DOB 04/05/2010).",
            "The CE flag was added in error for Maya Bright (DOB 04/05/2010).",
        ] {
            assert_eq!(said(text), None, "{text}");
        }
    }

    #[test]
    fn sh_10_a_flag_announced_after_a_ce_assessment_meeting_is_no_assessment() {
        let text = "Initial CE assessment meeting held today.\n\nCE flag started on LCS.\n\nChild: Maya Bright\nD.O.B. 04.05.2010\nLCS: 7001158\nType: CSE\nRisk: high\n";
        assert_eq!(said(text).map(|(name, ..)| name).as_deref(), Some("Maya Bright"));
    }
}
