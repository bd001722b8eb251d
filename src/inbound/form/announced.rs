//! A form that people write in sentences: "a CSE flag has been added for Maya Bright (DOB 04/05/2010)". One child's name
//! right before its date of birth, in a text that says what such a form says; where there are more, a person reads it.

mod words;

use super::date::{self, Century};
use super::label::normalise;
use super::model::{Cell, Document};
use super::person::{self, Who};
use super::table::{FormTable, FormTables};
use crate::casework::{FieldId, Format, Found, Reading, Value};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use words::{BEFORE_CHILD, BEFORE_WORKER, BORN, DENIALS, KIN, NO_NAMES};

/// Words of a name, at most.
const MOST_WORDS: usize = 4;
/// Words of a day, at most: "Sunday 8 August 2011".
const DAY_WORDS: usize = 4;

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
    let (mut people, mut days) = (BTreeMap::new(), BTreeSet::new());
    for (n, (line, cell)) in lines.iter().enumerate() {
        let mut is_dated = false;
        for sentence in sentences(line) {
            let births = births(sentence, today);
            is_dated |= !births.is_empty();
            days.extend(births.iter().map(|birth| birth.day));
            if let [birth] = births.as_slice() {
                people.extend(child_in(sentence, birth, today).map(|child| (child, *cell)));
            }
        }
        // The name on a line, the day on the next.
        let next =
            lines.get(n + 1).map(|(next, _)| *next).filter(|next| next.starts_with(|c: char| c.is_ascii_digit()));
        if let Some(next) = next.filter(|_| !is_dated) {
            let both = format!("{line} {next}");
            if let [birth] = births(&both, today).as_slice() {
                people.extend(child_in(&both, birth, today).map(|child| (child, *cell)));
            }
        }
    }
    // A second day of birth is a second child's, even where no name was found for it.
    let ((name, born), cell) = people.pop_first().filter(|_| people.is_empty() && days.len() == 1)?;
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

/// The sentences of a line. The stop of "D.O.B." and "St." ends none.
fn sentences(line: &str) -> Vec<&str> {
    let mut ends = Vec::new();
    for (at, mark) in line.match_indices(['.', '!', '?', ';']) {
        let (before, after) = (line.get(..at).unwrap_or_default(), line.get(at + mark.len()..).unwrap_or_default());
        let last = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let begins = after.starts_with(' ') && after.trim_start().starts_with(char::is_uppercase);
        if mark == ";" || begins && (last.len() > 2 || last.is_empty()) {
            ends.push(at + mark.len());
        }
    }
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let ends = ends.iter().copied().chain([line.len()]);
    starts.zip(ends).filter_map(|(from, to)| line.get(from..to)).map(str::trim).collect()
}

/// A day on which a child could have been born.
struct Birth {
    from: usize,
    to: usize,
    day: Date,
    /// With four digits of the year, and its own weekday.
    is_sure: bool,
}

fn births(text: &str, today: Date) -> Vec<Birth> {
    let mut found: Vec<Birth> = Vec::new();
    let mut before = ' ';
    for (from, ch) in text.char_indices() {
        let begins = ch.is_ascii_digit() && !before.is_alphanumeric() && !matches!(before, '/' | '.' | '-');
        before = ch;
        if !begins || found.last().is_some_and(|last| from < last.to) {
            continue;
        }
        let rest = text.get(from..).unwrap_or_default();
        let head = rest.split([',', ';', '(', ')', '\n']).next().unwrap_or_default();
        let ends = head.match_indices(' ').map(|(at, _)| at).take(DAY_WORDS - 1).chain([head.len()]);
        let mut ends: Vec<usize> = ends.collect();
        ends.reverse();
        let written = ends.into_iter().find_map(|to| Some((to, date::read(head.get(..to)?, Century::Birth, today)?)));
        if let Some((to, written)) = written.filter(|(_, w)| (3..=25).contains(&(today.year() - w.day.year()))) {
            let is_sure = !written.short_year && !written.wrong_weekday;
            found.push(Birth { from, to: from + to, day: written.day, is_sure });
        }
    }
    found
}

/// The child whose name stands right before its day of birth, where the sentence names nobody else of whom it could be said.
fn child_in(sentence: &str, birth: &Birth, today: Date) -> Option<(String, Date)> {
    const MARKS: &[char] = &[' ', ',', ':', ';', '-', '–', '(', '.'];
    let (all_before, rest) = (sentence.get(..birth.from)?, sentence.get(birth.to..)?);
    let plain = all_before.trim_end_matches(MARKS);
    let plain = plain.strip_suffix(" on").or(plain.strip_suffix(" is")).unwrap_or(plain);
    let lower = plain.to_ascii_lowercase();
    let label = BORN.iter().find(|word| {
        lower.strip_suffix(**word).is_some_and(|left| !left.is_empty() && !left.ends_with(char::is_alphanumeric))
    });
    let before = label.and_then(|label| plain.get(..plain.len() - label.len())).unwrap_or(all_before);
    let words: Vec<&str> = before.trim_end_matches(MARKS).split_whitespace().collect();
    let mut names = names(&words);
    let child = names.pop().filter(|name| name.end == words.len() && (2..=MOST_WORDS).contains(&name.len()))?;
    // Without a word for it a day is one of birth only in brackets, or where nothing else stands before.
    if !birth.is_sure || label.is_none() && child.start > 0 && !all_before.ends_with('(') {
        return None;
    }
    let introduced = child.start == 0 || BEFORE_CHILD.contains(&word_before(&words, &child).as_str());
    let is_another = |words: &[&str], name: &Range<usize>| {
        name.len() > 1 && !BEFORE_WORKER.contains(&word_before(words, name).as_str())
    };
    let after: Vec<&str> = rest.split_whitespace().collect();
    let joins = |name: &Range<usize>| {
        let word = word_before(&after, name);
        word.is_empty() && name.start > 0 || word == "and" || KIN.contains(&word.as_str())
    };
    let others = names.iter().any(|name| is_another(&words, name))
        || self::names(&after).iter().any(|name| is_another(&after, name) || joins(name))
        || words.iter().any(|word| KIN.contains(&normalise(word).as_str()));
    if !introduced || others {
        return None;
    }
    let name = words.get(child)?.join(" ");
    Some((person::read(&name, Who::Child, today)?.name, birth.day))
}

/// Where names stand among words: runs of capitalised words that are no others.
fn names(words: &[&str]) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    let mut goes_on = false;
    for (at, word) in words.iter().enumerate() {
        let letters = word.trim_matches(|c: char| !c.is_alphanumeric());
        let plain = normalise(letters);
        let known = [NO_NAMES, BEFORE_CHILD, BEFORE_WORKER, KIN].iter().any(|set| set.contains(&plain.as_str()));
        let is_name =
            letters.starts_with(char::is_uppercase) && !letters.contains(|c: char| c.is_ascii_digit()) && !known;
        match out.last_mut().filter(|_| goes_on && is_name && !word.starts_with('(')) {
            Some(last) => last.end = at + 1,
            None if is_name => out.push(at..at + 1),
            None => {}
        }
        goes_on = is_name && !word.ends_with([',', ':', '.', ')', '/']);
    }
    out
}

/// The word before a name, as it is compared; empty where there is none, or only a sign.
fn word_before(words: &[&str], name: &Range<usize>) -> String {
    let word = name.start.checked_sub(1).and_then(|at| words.get(at));
    word.map(|word| normalise(word)).unwrap_or_default()
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
            "CE flag started today for Maya Bright, DOB 04/05/2010. The initial CE assessment meeting found high risk. LCS 7001158",
            "We have started the CE flag for Maya Bright born 04/05/2010 after the CE assessment meeting, medium.\nLCS 7001158",
            "CE flag started. Child: Maya Bright, date of birth 4 May 2010. SW is Dev Chauhan.\nLCS 7001158",
            "CE flag has been started today for Maya Bright (04/05/2010), the meeting found her to be medium. LCS 7001158",
            "A CE flag was started by Sunita Rao for Maya Bright, born on 4th May 2010, social worker Dev Chauhan. LCS 7001158",
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
            "CE flag started for Maya Bright, DOB 04/05/2010, Rory Dale, DOB 01/02/2011.",
            "CE flag started for Maya Bright, DOB 04/05/2010. Rory, DOB 01/02/2011, is his sister's friend.",
            "CE flag started for Maya Bright, DOB 04/05/2010 or 05/04/2010.",
            "CE flag started for Maya Bright, DOB 04/05/10.",
            "CE flag started for Maya Bright and Rory Bright, DOB 04/05/2010.",
            "CE flag started for Maya Bright & Rory Bright (04/05/2010).",
            "CE flag started for Maya Bright, Rory Bright (DOB 04/05/2010).",
            "CE flag started for Maya Bright (DOB 04/05/2010) and Rory.",
            "CE flag started for Maya and her sister Erin Bright, DOB 04/05/2010.",
            "CE flag started for Maya Bright after talking about Rory Dale, DOB 04/05/2010.",
            "CE flag started, social worker Dev Chauhan (04/05/2010).",
            "CE flag started by Dev Chauhan (04/05/2010).",
            "CE flag started. Sunita Rao, in post since 04/05/2010.",
            "CE flag started for Maya van Bright Dale, DOB 04/05/2010.",
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
