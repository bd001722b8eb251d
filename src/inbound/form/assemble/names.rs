//! The child's name where a form divides it or joins it to something else.

use super::super::answer;
use super::super::date::{self, Century};
use super::super::dictionary::Target;
use super::super::find::Raw;
use super::super::label::normalise;
use super::super::person::{self, Who};
use super::super::sections::Section;
use super::wording::contradiction;
use super::{Assembly, Candidate, Order};
use crate::casework::{FieldId, FindingCode, Redacted, Value};
use std::collections::BTreeMap;

impl Assembly<'_> {
    pub(super) fn split(&mut self, target: Target, raw: &Raw, order: Order) {
        let Some(text) = answer::answer(&raw.text) else { return };
        let mut add = |field, value| {
            self.candidates.entry(field).or_default().push(Candidate {
                tier: 0,
                value,
                at: raw.at.clone(),
                row: order.0,
                order,
                short_year: false,
            });
        };
        let cut = text.find(['\n', ',']);
        if target == Target::NameAndAddress {
            let (name, address) = cut.map_or((text.as_str(), ""), |at| text.split_at(at));
            if let Some(name) = answer::name(name.trim()) {
                add(FieldId::ChildName, Value::Text(Redacted::new(name)));
            }
            let address = address.trim_start_matches([',', '\n', ' ']);
            if !address.is_empty() {
                add(FieldId::Address, Value::Text(Redacted::new(address.to_owned())));
            }
            return;
        }
        let Some(digit) = text.find(|ch: char| ch.is_ascii_digit()) else {
            if let Some(name) = answer::name(text.trim_end_matches([',', '-', ' '])) {
                add(FieldId::ChildName, Value::Text(Redacted::new(name)));
            }
            return;
        };
        let (name, born) = text.split_at(digit);
        let name = name.trim_end_matches([' ', ',', '-', '–', '(', ':', '\n', '/']);
        let name = ["DOB", "dob", "D.O.B.", "D.O.B", "Dob", "born", "date of birth", "Date of birth"]
            .iter()
            .find_map(|word| name.strip_suffix(word))
            .unwrap_or(name);
        if let Some(name) = answer::name(name.trim_end_matches([' ', ',', '-', '–', '(', '\n', '/'])) {
            add(FieldId::ChildName, Value::Text(Redacted::new(name)));
        }
        if let Some(written) = date::read(born, Century::Birth, self.today).filter(|written| !written.wrong_weekday) {
            add(FieldId::DateOfBirth, Value::Date(written.day));
        }
    }

    /// "Surname" and "Forename(s)" make the child's name.
    pub(super) fn joined_names(&mut self) {
        let index = self.index;
        let mut parts: BTreeMap<bool, Vec<(usize, String, String)>> = BTreeMap::new();
        for (row, at, _) in self.cells() {
            if matches!(index.sections.get(row), Some(Section::Others | Section::Completer | Section::Lead)) {
                continue;
            }
            for hit in index.hits.get(row).and_then(|cells| cells.get(at)).map(Vec::as_slice).unwrap_or_default() {
                let Some(given) = hit.targets.iter().find_map(|(target, _)| match target {
                    Target::Surname => Some(false),
                    Target::Forenames => Some(true),
                    _ => None,
                }) else {
                    continue;
                };
                let answers = index.answers(row, at, hit, &|_| true);
                let name = answers.first().and_then(|raw| {
                    let text = answer::answer(&raw.text)?;
                    Some((person::read(&text, Who::Child, self.today)?.name, raw.at.clone()))
                });
                if let Some((name, place)) = name {
                    parts.entry(given).or_default().push((row, name, place));
                }
            }
        }
        let distinct = |given: bool| {
            let names = parts.get(&given)?;
            let first = names.first()?;
            names.iter().all(|(_, name, _)| normalise(name) == normalise(&first.1)).then(|| first.clone())
        };
        if parts.len() < 2 {
            return;
        }
        let Some(((row, given, at), (_, family, _))) = distinct(true).zip(distinct(false)) else {
            let label = self.table.label(FieldId::ChildName);
            self.finding(FindingCode::Contradiction, FieldId::ChildName, contradiction(&label));
            return;
        };
        let value = Value::Text(Redacted::new(format!("{given} {family}")));
        let strong = self.candidates.entry(FieldId::ChildName).or_default();
        strong.push(Candidate { tier: 0, value, at, row, order: (row, 0, 0), short_year: false });
    }
}
