//! From the answers of one form to a reading: every answer parsed by its kind, two answers that differ left out with a
//! finding, what is required and missing named as the form calls it. Findings never repeat an answer.

mod asides;
mod authorised;
mod checks;
mod choices;
mod whole;
mod headings;
mod loose;
mod names;
mod whose;
mod wording;
mod workers;

use super::date::{self, Century};
use super::dictionary::Target;
use super::find::Raw;
use super::hits::Hit;
use super::index::Index;
use super::label::normalise;
use super::model::{Cell, Layout, Scalar};
use super::person::{self, Who};
use super::sections::Section;
use super::table::{FormTable, Kind};
use super::ticks::has_boxes;
use super::{ReadOptions, answer};
use crate::casework::{FieldId, Finding, FindingCode, Format, Found, Reading, Redacted, Value};
use asides::Aside;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use wording::{contradiction, problem_message};

/// A label's row, its cell there, and which of the labels in that cell.
type Order = (usize, usize, usize);

/// An answer that could be a field's.
struct Candidate {
    tier: u8,
    value: Value,
    at: String,
    /// Row in the document, for choosing the nearest.
    row: usize,
    /// Which label asked for it.
    order: Order,
    short_year: bool,
}

/// Builds one reading from the rows of one form.
pub(super) struct Assembly<'a> {
    pub index: &'a Index<'a>,
    pub table: &'a FormTable,
    pub today: Date,
    pub options: &'a ReadOptions,
    candidates: BTreeMap<FieldId, Vec<Candidate>>,
    /// The first row in which a label of its own asks for a detail of the child and has no answer.
    left_open: BTreeMap<FieldId, usize>,
    asides: Vec<Aside>,
    /// By closed question, the cells with its options that answer something else.
    anothers: BTreeMap<FieldId, BTreeSet<*const Cell>>,
    findings: Vec<Finding>,
    fields: BTreeMap<FieldId, Found>,
}

/// Details of the child: never taken from a part of the form about someone else.
pub(super) const CHILDS_OWN: &[FieldId] = &[
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

/// What a child has one of.
const ONE_EACH: &[FieldId] = &[
    FieldId::ChildName,
    FieldId::LcsNumber,
    FieldId::NhsNumber,
    FieldId::RiskRating,
    FieldId::Outcome,
    FieldId::AssessmentDate,
    FieldId::ReferralDate,
    FieldId::CompletedDate,
    FieldId::LeadProfessional,
];

impl<'a> Assembly<'a> {
    pub(super) fn new(index: &'a Index<'a>, table: &'a FormTable, today: Date, options: &'a ReadOptions) -> Self {
        Self {
            index,
            table,
            today,
            options,
            candidates: BTreeMap::new(),
            left_open: BTreeMap::new(),
            asides: Vec::new(),
            anothers: BTreeMap::new(),
            findings: Vec::new(),
            fields: BTreeMap::new(),
        }
    }

    /// The reading; its number is 1.
    pub(super) fn read(mut self, format: Format) -> Reading {
        self.labelled_answers();
        self.joined_names();
        self.drop_anothers_details();
        self.drop_of_another_birthday();
        self.choose();
        self.take_asides();
        self.choices();
        self.actions();
        self.of_two_children();
        self.check_dates();
        self.handling();
        self.authorised();
        self.required();
        let mut seen = BTreeSet::new();
        self.findings.retain(|finding| seen.insert((finding.code, finding.field, finding.message.clone())));
        let (passages, fields) = self.fields.into_iter().partition(|(field, _)| field.is_passage());
        let form = Some(self.table.id.clone());
        Reading { reading: 1, format, form, fields, passages, findings: self.findings }
    }

    /// Two days of birth, and two answers to something else that a child has one of: the forms of two children, of which
    /// nobody can tell here what belongs to whom.
    fn of_two_children(&mut self) {
        let differ = |field: FieldId| {
            let is = |finding: &Finding| (finding.code, finding.field) == (FindingCode::Contradiction, Some(field));
            self.findings.iter().any(is)
        };
        if !differ(FieldId::DateOfBirth) || !ONE_EACH.iter().any(|field| differ(*field)) {
            return;
        }
        self.fields.clear();
        let told = "This file seems to hold the forms of two children, and it cannot be told which answer is about which child. Please send each child's form as a file of its own.";
        self.finding(FindingCode::Contradiction, FieldId::ChildName, told.to_owned());
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
        let unsigned = self.unsigned();
        for (row, at, _) in self.cells() {
            let section = index.sections.get(row).copied().unwrap_or(Section::Neutral);
            let section = if index.about_others(row, at) { Section::Others } else { section };
            let of_another = index.is_of_another(row, at);
            let hits = index.hits.get(row).and_then(|cells| cells.get(at)).map(Vec::as_slice).unwrap_or_default();
            for (nth, hit) in hits.iter().enumerate() {
                let mut targets = hit.targets.clone();
                targets.sort_by_key(|(_, tier)| *tier);
                let section = self.section_of_number(section, row, at, hit);
                for (target, field, tier) in targets.into_iter().flat_map(|(target, tier)| {
                    relocate(target, tier, section).into_iter().map(move |(field, tier)| (target, field, tier))
                }) {
                    if section == Section::Authoriser && !self.table.fields.contains_key(&field)
                        || of_another && self.kind(field) != Kind::LongText
                        || index.is_of_one_named_above(field, row, at)
                        || index.is_of_a_place(field, section, row, at)
                        || self.is_nobodys_number(field, section, row, at)
                        || tier > 0 && self.kind(field) == Kind::Date && index.follows_others(row)
                    {
                        continue;
                    }
                    if field == FieldId::Authorisation && unsigned.iter().any(|label| label.outweighs(target, row)) {
                        continue;
                    }
                    let kind = self.kind(field);
                    if matches!(kind, Kind::OneOf | Kind::ManyOf | Kind::Answered | Kind::Actions)
                        || (field == FieldId::Ethnicity && !self.options.special_category)
                    {
                        continue;
                    }
                    let fits = |raw: &Raw| self.parse(field, kind, raw).is_ok();
                    let answers = match kind {
                        Kind::LongText => self.prose(field, row, at, hit),
                        _ => index.answers(row, at, hit, &fits),
                    };
                    if kind != Kind::LongText && index.is_told(row, at, hit) {
                        continue;
                    }
                    if tier > 0 && self.kind(field) == Kind::Date && index.heads_entries(row, at, &answers) {
                        continue;
                    }
                    if answers.is_empty() && tier == 0 && CHILDS_OWN.contains(&field) {
                        self.left_open.entry(field).or_insert(row);
                    }
                    self.take(field, kind, tier, (row, at, nth), target, &answers);
                }
            }
        }
    }

    /// A number among the child's details or another's is theirs, but for the one that stands with the worker's name.
    fn section_of_number(&self, section: Section, row: usize, at: usize, hit: &Hit) -> Section {
        let is_workers =
            |(target, _): &(Target, u8)| matches!(target, Target::Field(FieldId::ContactNumber | FieldId::Agency));
        let could_be = match section {
            Section::Child => true,
            Section::Others => !self.index.about_others(row, at) && hit.targets.iter().all(is_workers),
            _ => false,
        };
        if could_be && self.index.follows_worker(row, at) { Section::Neutral } else { section }
    }

    /// A passage under its heading, else an answer as any other.
    fn prose(&self, field: FieldId, row: usize, at: usize, hit: &Hit) -> Vec<Raw> {
        let spec = self.table.fields.get(&field);
        let within: Vec<String> = spec.iter().flat_map(|spec| &spec.within).map(|text| normalise(text)).collect();
        let has_rest = hit.rest.as_ref().is_some_and(|rest| answer::answer(rest).is_some());
        let below = if has_rest { None } else { self.index.passage(row, at, &within) };
        below.map_or_else(|| self.index.answers(row, at, hit, &|_| true), |raw| vec![raw])
    }

    fn take(&mut self, field: FieldId, kind: Kind, tier: u8, order: Order, target: Target, answers: &[Raw]) {
        let row = order.0;
        let mut problem = None;
        for raw in answers.iter().filter(|raw| field != FieldId::Authorisation || !is_declaration(&raw.text)) {
            if target == Target::NameAndAddress || target == Target::NameAndDateOfBirth {
                self.split(target, raw, order);
                return;
            }
            match self.parse(field, kind, raw) {
                Ok((value, short_year)) => {
                    if kind == Kind::Name {
                        self.aside(field, raw);
                    }
                    let candidate = Candidate { tier, value, at: raw.at.clone(), row, order, short_year };
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
                if let Some(day) = self.index.document.counts_days.then(|| date::counted(&text, self.today)).flatten() {
                    return Ok((Value::Date(day), false));
                }
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
            Kind::Age => answer::age(&text).map(|years| (Value::Integer(years), false)).ok_or_else(|| {
                let is_number = text.chars().all(|ch| ch.is_ascii_digit());
                is_number.then_some(FindingCode::ImplausibleDate)
            }),
            Kind::Name => {
                let person = person::read(&text, who(field), self.today).ok_or(None)?;
                plain(person.name)
            }
            Kind::Text | Kind::LongText | Kind::Names if answer::is_digit(&text) => Err(None),
            Kind::Text if answer::is_reference(&text) => Err(None),
            Kind::Text if field == FieldId::CompletedBy && date::is_day(&text) => Err(None),
            Kind::Text if field == FieldId::LcsNumber && !answer::is_case_number(&text, self.today) => Err(None),
            Kind::Text | Kind::LongText | Kind::Names | Kind::OneOf | Kind::ManyOf | Kind::Answered | Kind::Actions => {
                plain(text)
            }
        }
    }

    /// The best answer of each field; two that differ are none.
    fn choose(&mut self) {
        let lead_row = self.first_row_of(FieldId::LeadProfessional);
        let assessor_only = [FieldId::ContactNumber, FieldId::Agency, FieldId::Manager];
        for (field, mut candidates) in std::mem::take(&mut self.candidates) {
            let best = candidates.iter().map(|candidate| candidate.tier).min().unwrap_or(0);
            candidates.retain(|candidate| candidate.tier == best);
            // "Name" is another's where the child's has two parts.
            if field == FieldId::ChildName && best > 0 && self.has_name_parts() {
                continue;
            }
            // A name by itself is another's where the child's own was left open.
            if field == FieldId::ChildName && best > 0 && self.is_name_left_open() {
                continue;
            }
            // Where its own label for it was left unread, on a page or by what stands there, a vague one may be another's.
            let is_unread = self.index.document.joins_lines || self.kind(field) == Kind::Date;
            if best > 0 && is_unread && self.has_own_label(field) {
                continue;
            }
            // On a page whose lines could not all be put together, hers may be among those.
            if best > 0 && field == FieldId::ChildName && self.index.document.is_in_doubt() {
                continue;
            }
            // "Mother's name", and under it once more "DOB".
            if CHILDS_OWN.contains(&field)
                && !candidates.iter().all(|candidate| self.index.follows_others(candidate.row))
            {
                candidates.retain(|candidate| !self.index.follows_others(candidate.row));
            }
            if let Some(open) = self.left_open.get(&field) {
                candidates.retain(|candidate| !self.is_elsewhere(*open, candidate.row));
            }
            if candidates.is_empty() {
                continue;
            }
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

    /// Where the child's own detail was left open, one further down is perhaps somebody else's: in another table or among
    /// other paragraphs, and under no heading that says whose.
    fn is_elsewhere(&self, open: usize, row: usize) -> bool {
        let grid = |row: usize| self.index.document.rows.get(row).map(|row| (row.grid, row.layout == Layout::Sheet));
        let apart = match (grid(open), grid(row)) {
            (Some((_, true)), Some((_, true))) => row > open + 1,
            (open, other) => open != other,
        };
        row > open && apart && self.index.sections.get(row) != Some(&Section::Child)
    }

    /// "Child's name", and nothing in its place: no heading, for it says what is asked for.
    fn is_name_left_open(&self) -> bool {
        let own = (Target::Field(FieldId::ChildName), 0);
        self.left_open.contains_key(&FieldId::ChildName)
            && self.cells().any(|(row, at, cell)| {
                let hits =
                    self.index.hits.get(row).and_then(|cells| cells.get(at)).map(Vec::as_slice).unwrap_or_default();
                let label = normalise(&cell.text);
                hits.iter().any(|hit| hit.targets.contains(&own)) && label.split(' ').any(|word| word == "name")
            })
    }

    fn has_name_parts(&self) -> bool {
        let mut targets = self.index.hits.iter().flatten().flatten().flat_map(|hit| &hit.targets);
        targets.any(|(target, _)| *target == Target::Surname)
    }

    fn has_own_label(&self, field: FieldId) -> bool {
        let targets = self.index.hits.iter().flatten().flatten().flat_map(|hit| &hit.targets);
        targets.into_iter().any(|target| *target == (Target::Field(field), 0))
    }

    fn first_row_of(&self, field: FieldId) -> Option<usize> {
        self.candidates.get(&field).and_then(|candidates| candidates.iter().map(|candidate| candidate.row).min())
    }

    fn actions(&mut self) {
        if self.kind(FieldId::Actions) == Kind::Actions
            && let Some(found) = super::actions::read(self.index, self.today)
        {
            self.fields.insert(FieldId::Actions, found);
        }
    }
}

/// Which fields a label means in its part of the form, and how sure that is.
fn relocate(target: Target, tier: u8, section: Section) -> Vec<(FieldId, u8)> {
    // A manager's name under "Manager's authorisation" says both.
    let signs = section == Section::Authoriser && target == Target::Field(FieldId::Manager);
    let also = signs.then_some((FieldId::Authorisation, 1));
    let tier = if signs { 1 } else { tier };
    relocated(target, tier, section).into_iter().chain(also).collect()
}

fn relocated(target: Target, tier: u8, section: Section) -> Option<(FieldId, u8)> {
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
        // "Signature of parent", and behind it "Date".
        Section::Others if tier > 0 && matches!(field, FieldId::AssessmentDate | FieldId::CompletedDate) => None,
        Section::Place
            if weak_name
                || matches!(field, FieldId::Address | FieldId::Manager | FieldId::ContactNumber | FieldId::Agency) =>
        {
            None
        }
        Section::Unclear if weak_name || matches!(field, FieldId::Address | FieldId::Placement) => None,
        Section::Office if tier > 0 || !matches!(field, FieldId::LcsNumber | FieldId::NhsNumber) => None,
        Section::Authoriser if weak_name => Some((FieldId::Authorisation, 1)),
        Section::Authoriser if field == FieldId::AssessmentDate && tier > 0 => Some((FieldId::AuthorisedDate, 1)),
        Section::Authoriser
            if CHILDS_OWN.contains(&field) || matches!(field, FieldId::ContactNumber | FieldId::Agency) =>
        {
            None
        }
        Section::Earlier if field == FieldId::AssessmentDate => Some((FieldId::PreviousAssessmentDate, tier)),
        Section::LastMeeting if field == FieldId::AssessmentDate => None,
        Section::Earlier | Section::LastMeeting
            if matches!(
                field,
                FieldId::LeadProfessional
                    | FieldId::Manager
                    | FieldId::CompletedBy
                    | FieldId::Agency
                    | FieldId::ContactNumber
                    | FieldId::CompletedDate
                    | FieldId::Age
            ) =>
        {
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

/// "I have read this assessment and agree with its outcome.": words that the form prints for a manager to sign.
fn is_declaration(text: &str) -> bool {
    text.ends_with('.') && text.split_whitespace().count() > 5
}
