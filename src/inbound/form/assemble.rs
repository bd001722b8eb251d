//! From the answers of one form to a reading: every answer parsed by its kind, two answers that differ left out with a
//! finding, what is required and missing named as the form calls it. Findings never repeat an answer.

use super::date::{self, Century};
use super::dictionary::Target;
use super::find::Raw;
use super::index::Index;
use super::label::normalise;
use super::model::{Cell, Scalar};
use super::person::{self, Who};
use super::sections::Section;
use super::table::{FieldTable, FormTable, Kind};
use super::ticks::{Options, Written, has_boxes};
use super::{ReadOptions, answer};
use crate::casework::{FieldId, Finding, FindingCode, Format, Found, Reading, Redacted, Value};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// An answer that could be a field's.
struct Candidate {
    tier: u8,
    value: Value,
    at: String,
    /// Row in the document, for choosing the nearest.
    row: usize,
    short_year: bool,
}

/// What stood behind a name in its cell: taken only if that name is, and nothing else says it.
struct Aside {
    name: FieldId,
    at: String,
    field: FieldId,
    value: Value,
}

/// Builds one reading from the rows of one form.
pub(super) struct Assembly<'a> {
    pub index: &'a Index<'a>,
    pub table: &'a FormTable,
    pub today: Date,
    pub options: &'a ReadOptions,
    candidates: BTreeMap<FieldId, Vec<Candidate>>,
    asides: Vec<Aside>,
    findings: Vec<Finding>,
    fields: BTreeMap<FieldId, Found>,
}

/// Details of the child: never taken from a part of the form about someone else.
const CHILDS_OWN: &[FieldId] = &[
    FieldId::DateOfBirth,
    FieldId::Age,
    FieldId::Alias,
    FieldId::NhsNumber,
    FieldId::Address,
    FieldId::Placement,
    FieldId::Education,
    FieldId::Gp,
    FieldId::Ethnicity,
    FieldId::LegalStatus,
    FieldId::LcsNumber,
    FieldId::ChildName,
];

impl<'a> Assembly<'a> {
    pub(super) fn new(index: &'a Index<'a>, table: &'a FormTable, today: Date, options: &'a ReadOptions) -> Self {
        Self {
            index,
            table,
            today,
            options,
            candidates: BTreeMap::new(),
            asides: Vec::new(),
            findings: Vec::new(),
            fields: BTreeMap::new(),
        }
    }

    /// The reading; its number is 1.
    pub(super) fn read(mut self, format: Format) -> Reading {
        self.labelled_answers();
        self.joined_names();
        self.choose();
        self.take_asides();
        self.choices();
        self.actions();
        self.check_dates();
        self.handling();
        self.required();
        let mut seen = BTreeSet::new();
        self.findings.retain(|finding| seen.insert((finding.code, finding.field, finding.message.clone())));
        Reading { reading: 1, format, form: Some(self.table.id.clone()), fields: self.fields, findings: self.findings }
    }

    fn kind(&self, field: FieldId) -> Kind {
        self.table.fields.get(&field).and_then(|table| table.kind).unwrap_or(Kind::Text)
    }

    fn finding(&mut self, code: FindingCode, field: FieldId, message: String) {
        self.findings.push(Finding::field(code, field, message));
    }

    fn cells(&self) -> impl Iterator<Item = (usize, usize, &'a Cell)> + use<'a> {
        let document = self.index.document;
        document
            .rows
            .iter()
            .enumerate()
            .flat_map(|(row, line)| line.cells.iter().enumerate().map(move |(at, cell)| (row, at, cell)))
    }

    fn labelled_answers(&mut self) {
        let index = self.index;
        for (row, at, _) in self.cells() {
            let section = index.sections.get(row).copied().unwrap_or(Section::Neutral);
            let section = if index.about_others(row, at) { Section::Others } else { section };
            let hits = index.hits.get(row).and_then(|cells| cells.get(at)).map(Vec::as_slice).unwrap_or_default();
            for hit in hits {
                let mut targets = hit.targets.clone();
                targets.sort_by_key(|(_, tier)| *tier);
                for (target, tier) in targets {
                    let Some((field, tier)) = relocate(target, tier, section) else { continue };
                    let kind = self.kind(field);
                    if matches!(kind, Kind::OneOf | Kind::ManyOf | Kind::Actions)
                        || (field == FieldId::Ethnicity && !self.options.special_category)
                    {
                        continue;
                    }
                    let fits = |raw: &Raw| self.parse(field, kind, raw).is_ok();
                    let answers = index.answers(row, at, hit, &fits);
                    self.take(field, kind, tier, row, target, &answers);
                }
            }
        }
    }

    fn take(&mut self, field: FieldId, kind: Kind, tier: u8, row: usize, target: Target, answers: &[Raw]) {
        let mut problem = None;
        for raw in answers {
            if target == Target::NameAndAddress || target == Target::NameAndDateOfBirth {
                self.split(target, raw, row);
                return;
            }
            match self.parse(field, kind, raw) {
                Ok((value, short_year)) => {
                    if kind == Kind::Name {
                        self.aside(field, raw);
                    }
                    let candidate = Candidate { tier, value, at: raw.at.clone(), row, short_year };
                    self.candidates.entry(field).or_default().push(candidate);
                    return;
                }
                Err(code) => problem = problem.or(code),
            }
        }
        if let (Some(code), 0) = (problem, tier) {
            let label = self.table.label(field);
            self.finding(code, field, problem_message(code, &label));
        }
    }

    /// An answer of a kind, whether its year was short, or what is wrong with it (none: it is no answer at all).
    fn parse(&self, field: FieldId, kind: Kind, raw: &Raw) -> Result<(Value, bool), Option<FindingCode>> {
        if let (Kind::Date, Scalar::Date(day)) = (kind, &raw.scalar) {
            return Ok((Value::Date(*day), false));
        }
        let text = answer::answer(&raw.text).ok_or(None)?;
        if matches!(raw.scalar, Scalar::Date(_) | Scalar::Bool(_)) || (has_boxes(&text) && kind != Kind::LongText) {
            return Err(None);
        }
        let plain = |text: String| Ok((Value::Text(Redacted::new(text)), false));
        match kind {
            Kind::Date => {
                let century = if field == FieldId::DateOfBirth { Century::Birth } else { Century::This };
                match date::read(&text, century, self.today) {
                    Some(written) if written.wrong_weekday => Err(Some(FindingCode::ImplausibleDate)),
                    Some(written) => Ok((Value::Date(written.day), written.short_year)),
                    None => Err(Some(FindingCode::NotADate)),
                }
            }
            Kind::NhsNumber => match answer::nhs_number(&text) {
                Ok(number) => plain(number),
                Err(_) => Err(Some(FindingCode::BadNhsNumber)),
            },
            Kind::Age => answer::age(&text).map(|years| (Value::Integer(years), false)).ok_or(None),
            Kind::Name => {
                let person = person::read(&text, who(field), self.today).ok_or(None)?;
                plain(person.name)
            }
            Kind::Text | Kind::LongText | Kind::OneOf | Kind::ManyOf | Kind::Actions => plain(text),
        }
    }

    /// A child's birthday and a lead professional's number often share the cell of the name.
    fn aside(&mut self, name: FieldId, raw: &Raw) {
        let Some(person) = answer::answer(&raw.text).and_then(|text| person::read(&text, who(name), self.today)) else {
            return;
        };
        let found = match name {
            FieldId::ChildName => person.born.map(|day| (FieldId::DateOfBirth, Value::Date(day))),
            FieldId::LeadProfessional => {
                person.phone.map(|number| (FieldId::ContactNumber, Value::Text(Redacted::new(number))))
            }
            _ => None,
        };
        if let Some((field, value)) = found {
            self.asides.push(Aside { name, at: raw.at.clone(), field, value });
        }
    }

    fn take_asides(&mut self) {
        for aside in std::mem::take(&mut self.asides) {
            let disputed = self
                .findings
                .iter()
                .any(|finding| finding.field == Some(aside.field) && finding.code == FindingCode::Contradiction);
            let named = self.fields.get(&aside.name).is_some_and(|found| found.at == aside.at);
            if named && !disputed && !self.fields.contains_key(&aside.field) {
                self.fields.insert(aside.field, Found { value: aside.value, at: aside.at });
            }
        }
    }

    fn split(&mut self, target: Target, raw: &Raw, row: usize) {
        let Some(text) = answer::answer(&raw.text) else { return };
        let mut add = |field, value| {
            self.candidates.entry(field).or_default().push(Candidate {
                tier: 0,
                value,
                at: raw.at.clone(),
                row,
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
    fn joined_names(&mut self) {
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
        strong.push(Candidate { tier: 0, value, at, row, short_year: false });
    }

    /// The best answer of each field; two that differ are none.
    fn choose(&mut self) {
        let lead_row = self.first_row_of(FieldId::LeadProfessional);
        let assessor_only = [FieldId::ContactNumber, FieldId::Agency, FieldId::Manager];
        for (field, mut candidates) in std::mem::take(&mut self.candidates) {
            let best = candidates.iter().map(|candidate| candidate.tier).min().unwrap_or(0);
            candidates.retain(|candidate| candidate.tier == best);
            let distinct: BTreeSet<String> = candidates.iter().map(|candidate| comparable(&candidate.value)).collect();
            let chosen = if distinct.len() == 1 {
                candidates.into_iter().next()
            } else if let (true, Some(lead)) = (assessor_only.contains(&field), lead_row) {
                // The lead professional's own stands at or just after the name.
                let near: Vec<Candidate> =
                    candidates.into_iter().filter(|candidate| (lead..lead + 6).contains(&candidate.row)).collect();
                let same: BTreeSet<String> = near.iter().map(|candidate| comparable(&candidate.value)).collect();
                if same.len() == 1 { near.into_iter().next() } else { None }
            } else {
                None
            };
            let Some(chosen) = chosen else {
                let label = self.table.label(field);
                self.finding(FindingCode::Contradiction, field, contradiction(&label));
                continue;
            };
            if chosen.short_year {
                let label = self.table.label(field);
                self.finding(FindingCode::TwoDigitYear, field, format!("The year of \"{label}\" has two digits and was completed by what is plausible. Please write four."));
            }
            self.findings.retain(|finding| {
                finding.field != Some(field)
                    || !matches!(finding.code, FindingCode::NotADate | FindingCode::BadNhsNumber)
            });
            if let (FieldId::NhsNumber, Value::Text(number)) = (field, &chosen.value)
                && number.reveal().starts_with("999")
            {
                self.finding(
                    FindingCode::TestNumber,
                    field,
                    "The NHS number is from the range kept for tests and belongs to no one.".to_owned(),
                );
            }
            self.fields.insert(field, Found { value: chosen.value, at: chosen.at });
        }
    }

    fn first_row_of(&self, field: FieldId) -> Option<usize> {
        self.candidates.get(&field).and_then(|candidates| candidates.iter().map(|candidate| candidate.row).min())
    }

    fn choices(&mut self) {
        let table = self.table;
        for (field, spec) in &table.fields {
            match spec.kind {
                Some(Kind::OneOf) => self.one_of(*field, spec),
                Some(Kind::ManyOf) => self.many_of(*field, spec),
                _ => {}
            }
        }
    }

    /// Labels of a choice field as (row, cell, tier).
    fn choice_labels(&self, field: FieldId) -> Vec<(usize, usize, u8)> {
        let mut out = Vec::new();
        for (row, at, _) in self.cells() {
            if self.index.sections.get(row) == Some(&Section::Others) && CHILDS_OWN.contains(&field) {
                continue;
            }
            for hit in self.index.hits.get(row).and_then(|cells| cells.get(at)).map(Vec::as_slice).unwrap_or_default() {
                out.extend(
                    hit.targets
                        .iter()
                        .filter(|(target, _)| *target == Target::Field(field))
                        .map(|(_, tier)| (row, at, *tier)),
                );
            }
        }
        out.sort_by_key(|(_, _, tier)| *tier);
        out
    }

    fn one_of(&mut self, field: FieldId, spec: &FieldTable) {
        let options = Options::new(&spec.options);
        let label = self.table.label(field);
        let mut found: Vec<(usize, String, u8, String)> = Vec::new();
        let mut marked = false;
        let mut problems: Vec<(u8, FindingCode)> = Vec::new();
        for (row, at, tier) in self.choice_labels(field) {
            let region = self.region(row, at, field, &options);
            let group = options.group(&region);
            if group.marks || group.ambiguous {
                marked |= !group.ticked.is_empty() || group.seen.len() > 1;
                match group.ticked.len() {
                    0 if group.ambiguous => problems.push((tier, FindingCode::Contradiction)),
                    0 => {}
                    1 => found
                        .extend(group.ticked.into_iter().map(|(option, place)| (option, place, tier, String::new()))),
                    _ => problems.push((tier, FindingCode::SeveralTicked)),
                }
                continue;
            }
            let hits = self.index.hits.get(row).and_then(|cells| cells.get(at)).map(Vec::as_slice).unwrap_or_default();
            for hit in hits.iter().filter(|hit| hit.targets.iter().any(|(target, _)| *target == Target::Field(field))) {
                let fits = |raw: &Raw| matches!(options.written(&raw.text), Written::One(..));
                for raw in self.index.answers(row, at, hit, &fits) {
                    let Some(text) = answer::answer(&raw.text) else { continue };
                    if raw.scalar != Scalar::Text {
                        continue;
                    }
                    match options.written(&text) {
                        Written::One(option, rest) => found.push((option, raw.at, tier, rest)),
                        Written::Untouched => {}
                        Written::OffScale => problems.push((tier, FindingCode::NotOnScale)),
                    }
                    break;
                }
            }
        }
        if found.is_empty() && problems.is_empty() && !marked && spec.unlabelled {
            let group = self.unlabelled(&options);
            match group.ticked.len() {
                0 => {}
                1 => found.extend(group.ticked.into_iter().map(|(option, place)| (option, place, 0, String::new()))),
                _ => problems.push((0, FindingCode::SeveralTicked)),
            }
        }
        let best = found.iter().map(|(_, _, tier, _)| *tier).min();
        found.retain(|(_, _, tier, _)| Some(*tier) == best);
        let distinct: BTreeSet<usize> = found.iter().map(|(option, ..)| *option).collect();
        let worst = problems
            .iter()
            .filter(|(tier, code)| *tier == 0 || *code == FindingCode::NotOnScale)
            .map(|(tier, code)| (*tier, *code))
            .min();
        match (distinct.len(), worst) {
            (1, problem) if problem.is_none_or(|(tier, _)| Some(tier) > best) => {
                if let Some((option, at, _, rest)) = found.into_iter().next()
                    && let Some(value) = options.value(option)
                {
                    self.fields
                        .insert(field, Found { value: Value::Text(Redacted::new(value.to_owned())), at: at.clone() });
                    self.types_beside_rating(field, &rest, &at);
                }
            }
            (0, None) => {}
            (0, Some((_, code))) => self.finding(code, field, problem_message(code, &label)),
            _ => self.finding(FindingCode::Contradiction, field, contradiction(&label)),
        }
    }

    /// "Significant (S, C)" also says the risk types (forms.md 2a, row 14).
    fn types_beside_rating(&mut self, field: FieldId, rest: &str, at: &str) {
        let Some(spec) = self.table.fields.get(&FieldId::RiskTypes) else { return };
        if field != FieldId::RiskRating || rest.is_empty() {
            return;
        }
        let options = Options::new(&spec.options);
        let named = options.named(rest);
        if !named.is_empty() {
            let list = named.into_iter().filter_map(|option| options.value(option)).map(str::to_owned).collect();
            self.fields
                .entry(FieldId::RiskTypes)
                .or_insert_with(|| Found { value: Value::List(list), at: at.to_owned() });
        }
    }

    fn many_of(&mut self, field: FieldId, spec: &FieldTable) {
        let options = Options::new(&spec.options);
        let mut ticked: BTreeMap<usize, String> = BTreeMap::new();
        let mut marked = false;
        for (row, at, _) in self.choice_labels(field) {
            let region = self.region(row, at, field, &options);
            let group = options.group(&region);
            if group.marks {
                marked = true;
                ticked.extend(group.ticked);
                continue;
            }
            let hits = self.index.hits.get(row).and_then(|cells| cells.get(at)).map(Vec::as_slice).unwrap_or_default();
            for hit in hits.iter().filter(|hit| hit.targets.iter().any(|(target, _)| *target == Target::Field(field))) {
                let raw =
                    self.index.answers(row, at, hit, &|raw| !options.named(&raw.text).is_empty()).into_iter().next();
                let Some((text, place)) = raw.and_then(|raw| Some((answer::answer(&raw.text)?, raw.at))) else {
                    continue;
                };
                let named = options.named(&text);
                // All of them, unticked, is how the question is printed.
                if named.len() < options.len() {
                    ticked.extend(named.into_iter().map(|option| (option, place.clone())));
                }
            }
        }
        if ticked.is_empty() && !marked && spec.unlabelled {
            ticked = self.unlabelled(&options).ticked;
        }
        let Some(at) = ticked.values().next().cloned() else { return };
        let list = ticked.keys().filter_map(|option| options.value(*option)).map(str::to_owned).collect();
        self.fields.insert(field, Found { value: Value::List(list), at });
    }

    fn region(&self, row: usize, at: usize, field: FieldId, options: &Options<'_>) -> Vec<Vec<&'a Cell>> {
        let index = self.index;
        let has_option = |cell: &Cell| !options.named(&cell.text).is_empty() || !options.named(&cell.nested).is_empty();
        // In its own cell: "Type: ☐ Initial ☒ Review".
        if let Some(cell) = index.document.rows.get(row).and_then(|line| line.cells.get(at))
            && (has_boxes(&cell.text) || has_boxes(&cell.nested))
            && options.group(&[vec![cell]]).marks
        {
            return vec![vec![cell]];
        }
        index.region(row, at, field, &has_option)
    }

    /// Ticks that stand without a label, where at least two of the options are printed near each other.
    fn unlabelled(&self, options: &Options<'_>) -> super::ticks::Group {
        let mut near: Vec<Vec<&Cell>> = Vec::new();
        let mut out = super::ticks::Group::default();
        let flush = |near: &mut Vec<Vec<&Cell>>, out: &mut super::ticks::Group| {
            let group = options.group(near);
            if group.marks && group.seen.len() >= 2 {
                out.ticked.extend(group.ticked);
                out.seen.extend(group.seen);
                out.marks = true;
            }
            near.clear();
        };
        let mut idle = 0;
        for line in &self.index.document.rows {
            let cells: Vec<&Cell> = line.cells.iter().collect();
            let seen = cells
                .iter()
                .any(|cell| !options.named(&cell.text).is_empty() || !options.named(&cell.nested).is_empty());
            idle = if seen { 0 } else { idle + 1 };
            if seen || (idle == 1 && !near.is_empty()) {
                near.push(cells);
            } else if idle > 3 {
                flush(&mut near, &mut out);
            }
        }
        flush(&mut near, &mut out);
        out
    }

    fn actions(&mut self) {
        if self.kind(FieldId::Actions) == Kind::Actions
            && let Some(found) = super::actions::read(self.index, self.today)
        {
            self.fields.insert(FieldId::Actions, found);
        }
    }

    fn date_of(&self, field: FieldId) -> Option<Date> {
        match self.fields.get(&field).map(|found| &found.value) {
            Some(Value::Date(day)) => Some(*day),
            _ => None,
        }
    }

    /// Dates that cannot be right go, but for an assessment's day to come, which stays with its finding; an age that is not the birthday's is noted.
    fn check_dates(&mut self) {
        let today = self.today;
        if let Some(birth) = self.date_of(FieldId::DateOfBirth)
            && (birth > today || date::years_between(birth, today) > 25)
        {
            self.implausible(FieldId::DateOfBirth);
        }
        let birth = self.date_of(FieldId::DateOfBirth);
        for field in [
            FieldId::AssessmentDate,
            FieldId::PreviousAssessmentDate,
            FieldId::ReferralDate,
            FieldId::CompletedDate,
            FieldId::ReviewDate,
        ] {
            let Some(day) = self.date_of(field) else { continue };
            let future = day > today && field != FieldId::ReviewDate;
            let distant = (i32::from(day.year()) - i32::from(today.year())).abs() > 20;
            if future && field == FieldId::AssessmentDate && !distant {
                // A form is written before it is read, but which digit is wrong only its writer knows.
                let label = self.table.label(field);
                self.finding(
                    FindingCode::ImplausibleDate,
                    field,
                    problem_message(FindingCode::ImplausibleDate, &label),
                );
            } else if future || distant || birth.is_some_and(|birth| day < birth) {
                self.implausible(field);
            }
        }
        let age = match self.fields.get(&FieldId::Age).map(|found| &found.value) {
            Some(Value::Integer(age)) => Some(*age),
            _ => None,
        };
        if let (Some(birth), Some(age)) = (birth, age) {
            let days = [self.date_of(FieldId::AssessmentDate), Some(today)];
            let agrees = days.into_iter().flatten().any(|day| (date::years_between(birth, day) - age).abs() <= 1);
            if !agrees {
                self.finding(
                    FindingCode::AgeMismatch,
                    FieldId::Age,
                    "The age and the date of birth do not agree. Please check both.".to_owned(),
                );
            }
        }
    }

    fn implausible(&mut self, field: FieldId) {
        self.fields.remove(&field);
        let label = self.table.label(field);
        self.finding(FindingCode::ImplausibleDate, field, problem_message(FindingCode::ImplausibleDate, &label));
    }

    /// SY-21: a handling marker inside a paper holds it.
    fn handling(&mut self) {
        let markers: Vec<String> =
            self.table.handling_markers.iter().map(|marker| format!(" {} ", normalise(marker))).collect();
        let marked = |text: &str| {
            let text = format!(" {} ", normalise(text));
            markers.iter().any(|marker| text.contains(marker.as_str()))
        };
        let place = self
            .cells()
            .find(|(.., cell)| marked(&cell.text))
            .map(|(.., cell)| cell.at.clone())
            .or_else(|| self.index.document.margins.iter().any(|text| marked(text)).then(|| "header".to_owned()));
        if let Some(at) = place {
            self.fields.insert(FieldId::Sensitive, Found { value: Value::Flag(true), at });
            let message =
                "The document carries a handling marker, so a person decides who may see it (SY-21).".to_owned();
            self.finding(FindingCode::SensitiveMarker, FieldId::Sensitive, message);
        }
    }

    fn required(&mut self) {
        let mut required = self.table.required.clone();
        for rule in &self.table.required_when {
            let holds = matches!(self.fields.get(&rule.when).map(|found| &found.value), Some(Value::Text(text)) if *text.reveal() == rule.is);
            if holds && !required.contains(&rule.field) {
                required.push(rule.field);
            }
        }
        for field in required {
            if !self.fields.contains_key(&field) {
                let label = self.table.label(field);
                self.finding(FindingCode::Missing, field, format!("\"{label}\" is not filled in, or could not be read. Please complete it and send the form again."));
            }
        }
    }
}

/// Which field a label means in its part of the form, and how sure that is.
fn relocate(target: Target, tier: u8, section: Section) -> Option<(FieldId, u8)> {
    let field = match target {
        Target::Field(field) => field,
        Target::NameAndAddress | Target::NameAndDateOfBirth => FieldId::ChildName,
        Target::Surname | Target::Forenames | Target::Other => return None,
    };
    let weak_name = field == FieldId::ChildName && tier > 0;
    match section {
        Section::Others if CHILDS_OWN.contains(&field) || matches!(field, FieldId::ContactNumber | FieldId::Agency) => {
            None
        }
        Section::Completer if weak_name => Some((FieldId::CompletedBy, 1)),
        Section::Lead if weak_name => Some((FieldId::LeadProfessional, 1)),
        Section::Completer | Section::Lead if matches!(field, FieldId::Address | FieldId::Placement) => None,
        Section::Child if field == FieldId::ContactNumber => None,
        _ => Some((field, tier)),
    }
}

const fn who(field: FieldId) -> Who {
    match field {
        FieldId::ChildName => Who::Child,
        _ => Who::Worker,
    }
}

fn comparable(value: &Value) -> String {
    match value {
        Value::Text(text) => normalise(text.reveal()),
        other => format!("{other:?}"),
    }
}

fn contradiction(label: &str) -> String {
    format!("\"{label}\" has different answers in different places. Please correct the form and send it again.")
}

fn problem_message(code: FindingCode, label: &str) -> String {
    match code {
        FindingCode::NotADate => {
            format!("\"{label}\" is not a date we can read. Please write it as day, month and year, like 25/12/2010.")
        }
        FindingCode::ImplausibleDate => format!(
            "\"{label}\" cannot be right (a day in the future, an impossible age, or the wrong weekday). Please check it."
        ),
        FindingCode::BadNhsNumber => {
            format!("\"{label}\" is not a valid NHS number: one or more of its ten digits are wrong. Please check it.")
        }
        FindingCode::NotOnScale => {
            format!("\"{label}\" is not one of the values this form allows. Please use the form's own values.")
        }
        FindingCode::SeveralTicked => format!("\"{label}\" has more than one box ticked. Please tick one."),
        _ => contradiction(label),
    }
}
