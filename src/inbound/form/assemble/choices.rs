//! Answers to closed questions: ticked, chosen or written.

use super::super::answer;
use super::super::dictionary::Target;
use super::super::find::Raw;
use super::super::label::normalise;
use super::super::model::{Cell, Layout, Scalar};
use super::super::sections::Section;
use super::super::table::{FieldTable, FormTable, Kind};
use super::super::ticks::{Group, Options, Written, has_boxes};
use super::whole::unbulleted;
use super::wording::{contradiction, problem_message, unclear};
use super::{Assembly, CHILDS_OWN};
use crate::casework::{FieldId, FindingCode, Found, Redacted, Value};
use std::collections::{BTreeMap, BTreeSet};

impl<'a> Assembly<'a> {
    pub(super) fn choices(&mut self) {
        let table = self.table;
        self.anothers = self.of_other_questions();
        let lost = self.lost(table);
        for (field, spec) in &table.fields {
            match spec.kind {
                Some(Kind::OneOf | Kind::ManyOf) if lost.contains(field) => {}
                Some(Kind::OneOf) => self.one_of(*field, spec),
                Some(Kind::ManyOf) => self.many_of(*field, spec),
                Some(Kind::Answered) => self.answered(*field, spec),
                _ => {}
            }
        }
    }

    /// The fields whose options stood beside boxes that were left out; all where these name the options of none.
    fn lost(&self, table: &FormTable) -> BTreeSet<FieldId> {
        let closed = |spec: &FieldTable| matches!(spec.kind, Some(Kind::OneOf | Kind::ManyOf));
        let closed: Vec<(FieldId, Options<'_>)> = table
            .fields
            .iter()
            .filter(|(_, spec)| closed(spec))
            .map(|(field, spec)| (*field, Options::new(&spec.options)))
            .collect();
        let mut out = BTreeSet::new();
        for text in &self.index.document.lost_ticks {
            let names = |options: &Options<'_>| {
                options.begins(text) || !options.named(text).is_empty() && !options.is_certain(text)
            };
            let named = closed.iter().filter(|(_, options)| names(options));
            let named: BTreeSet<FieldId> = named.map(|(field, _)| *field).collect();
            let certain = closed.iter().any(|(_, options)| options.is_certain(text));
            let all = (named.is_empty() && !certain).then(|| closed.iter().map(|(field, _)| *field));
            out.extend(all.into_iter().flatten());
            out.extend(named);
        }
        out
    }

    pub(super) fn is_flow(&self, row: usize) -> bool {
        self.index.document.rows.get(row).is_some_and(|line| line.layout == Layout::Flow)
    }

    /// Labels of a choice field as (row, cell, tier).
    pub(super) fn choice_labels(&self, field: FieldId) -> Vec<(usize, usize, u8)> {
        let mut out = Vec::new();
        for (row, at, _) in self.cells() {
            let section = self.index.sections.get(row);
            let of_today = matches!(field, FieldId::RiskRating | FieldId::RiskTypes | FieldId::Outcome);
            if section == Some(&Section::Others) && CHILDS_OWN.contains(&field)
                || matches!(section, Some(Section::Earlier | Section::LastMeeting)) && of_today
                || self.kind(field) != Kind::Answered && self.index.is_of_another(row, at)
            {
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
            let group = self.group(row, at, field, &options);
            if group.marks || group.ambiguous {
                marked |= !group.ticked.is_empty() || group.seen.len() > 1;
                match group.ticked.len() {
                    _ if group.ambiguous => problems.push((tier, FindingCode::Contradiction)),
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
                    let Some(text) =
                        answer::answer(&raw.text).filter(|_| !self.prints_options(row, at, field, &options))
                    else {
                        continue;
                    };
                    // A text with boxes says nothing but what is ticked.
                    if raw.scalar != Scalar::Text || has_boxes(&text) {
                        continue;
                    }
                    match options.written(&text) {
                        Written::One(option, rest) => found.push((option, raw.at, tier, rest)),
                        Written::Untouched => {}
                        // "Case type | CIN" answers what else the label asks.
                        Written::OffScale if tier > 0 && hit.targets.iter().any(|(_, tier)| *tier == 0) => {}
                        Written::OffScale => problems.push((tier, FindingCode::NotOnScale)),
                    }
                    break;
                }
            }
        }
        if found.is_empty() && problems.is_empty() && !marked {
            let alone = self.left_standing(field, &options).into_iter();
            found.extend(
                alone.filter(|group| group.len() == 1).flatten().map(|(option, at)| (option, at, 0, String::new())),
            );
        }
        let loose = if spec.unlabelled { self.unlabelled(field, &options) } else { Group::default() };
        if found.is_empty() && problems.is_empty() && !marked {
            let group = loose;
            match group.ticked.len() {
                _ if group.ambiguous => problems.push((0, FindingCode::Contradiction)),
                0 => {}
                1 => found.extend(group.ticked.into_iter().map(|(option, place)| (option, place, 0, String::new()))),
                _ => problems.push((0, FindingCode::SeveralTicked)),
            }
        } else if !marked
            && !loose.ticked.is_empty()
            && !found.iter().all(|(option, ..)| loose.ticked.contains_key(option))
        {
            // What is written and the box that is ticked elsewhere disagree.
            problems.push((0, FindingCode::Contradiction));
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
        // "Emerging: sexual, no evidence of criminal" says one of them only.
        let is_denied = normalise(rest).split(' ').any(|word| matches!(word, "no" | "not" | "none" | "nil" | "never"));
        if field != FieldId::RiskRating || rest.is_empty() || is_denied {
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
        let mut in_doubt = false;
        for (row, at, _) in self.choice_labels(field) {
            let group = self.group(row, at, field, &options);
            // Outside its tables a page does not say which lines of a list belong together, and half a list is a wrong one:
            // it is whole where all options are printed, or where it is but a line.
            let is_loose = self.index.document.joins_lines && self.is_flow(row);
            if group.marks || group.ambiguous {
                if group.ambiguous {
                    return self.is_unclear(field);
                }
                // Another part of the list does not stand for it.
                if self.goes_on_overleaf(row, &group, &options) {
                    return;
                }
                if self.is_doubtful(row) && !self.is_in_row(row, &group, &options) {
                    in_doubt = true;
                    continue;
                }
                if !is_loose || group.seen.len() == options.len() || self.is_whole(row, &group, &options) {
                    ticked.extend(group.ticked);
                } else {
                    in_doubt = true;
                }
                continue;
            }
            if is_loose && self.may_go_on(row, &options) {
                continue;
            }
            if self.is_doubtful(row) {
                in_doubt = true;
                continue;
            }
            let hits = self.index.hits.get(row).and_then(|cells| cells.get(at)).map(Vec::as_slice).unwrap_or_default();
            if self.prints_options(row, at, field, &options) {
                continue;
            }
            for hit in hits.iter().filter(|hit| hit.targets.iter().any(|(target, _)| *target == Target::Field(field))) {
                let raw =
                    self.index.answers(row, at, hit, &|raw| !options.named(&raw.text).is_empty()).into_iter().next();
                let Some((text, place)) = raw.and_then(|raw| Some((answer::answer(&raw.text)?, raw.at))) else {
                    continue;
                };
                if field == FieldId::LegalStatus && options.is_undeleted(&text) {
                    continue;
                }
                let Some(named) = options.listed(&text) else {
                    return self.is_unclear(field);
                };
                // All of them, unticked, is how the question is printed.
                if named.len() < options.len() {
                    ticked.extend(named.into_iter().map(|option| (option, place.clone())));
                }
            }
        }
        if ticked.is_empty() {
            let some = self.left_standing(field, &options).into_iter().filter(|group| group.len() < options.len());
            ticked.extend(some.flatten());
        }
        if ticked.is_empty() && spec.unlabelled && !in_doubt && !self.has_unread_answers() {
            let group = self.unlabelled(field, &options);
            if group.ambiguous {
                return self.is_unclear(field);
            }
            ticked = group.ticked;
        }
        let Some(at) = ticked.values().next().cloned() else { return };
        let list = ticked.keys().filter_map(|option| options.value(*option)).map(str::to_owned).collect();
        self.fields.insert(field, Found { value: Value::List(list), at });
    }

    fn is_unclear(&mut self, field: FieldId) {
        self.finding(FindingCode::Contradiction, field, unclear(&self.table.label(field)));
    }

    /// Options that stand alone on lines under their label, without any box: the others of the list were struck out
    /// ("delete as appropriate"), or this is all that was written there.
    fn left_standing(&self, field: FieldId, options: &Options<'_>) -> Vec<BTreeMap<usize, String>> {
        let rows = &self.index.document.rows;
        let labels = self.choice_labels(field).into_iter().filter(|(row, _, tier)| {
            *tier == 0 && rows.get(*row).is_some_and(|row| row.layout == Layout::Flow && row.filled().count() == 1)
        });
        let under = |(row, at, _): (usize, usize, u8)| {
            let cells = self.region(row, at, field, options).into_iter().flatten();
            let of_page = self.listed_under(row, options);
            let is_listed =
                |cell: &Cell| is_paragraph(cell) || of_page.iter().any(|listed| std::ptr::eq(*listed, cell));
            let flow = cells.filter(|cell| is_listed(cell) && !has_boxes(&cell.text));
            let one = |cell: &Cell| match options.written(unbulleted(&cell.text)) {
                Written::One(option, _) => Some((option, cell.at.clone())),
                _ => None,
            };
            flow.filter_map(one).collect::<BTreeMap<usize, String>>()
        };
        labels.map(under).filter(|group| !group.is_empty()).collect()
    }

    /// The ticks that answer a label: in its own cell ("Type: ☐ Initial ☒ Review"), else where its answer stands.
    fn group(&self, row: usize, at: usize, field: FieldId, options: &Options<'_>) -> Group {
        let own = self.index.document.rows.get(row).and_then(|line| line.cells.get(at));
        if let Some(cell) = own.filter(|cell| has_boxes(&cell.text) || has_boxes(&cell.nested)) {
            let hits = self.index.hits.get(row).and_then(|cells| cells.get(at)).map(Vec::as_slice).unwrap_or_default();
            // "New / Closure: ☐ New ☒ Closure": the label may name the options too.
            let hit = hits.iter().find(|hit| hit.targets.iter().any(|(of, _)| *of == Target::Field(field)));
            let rest = hit.and_then(|hit| hit.rest.clone()).filter(|rest| has_boxes(rest));
            let behind = Cell { text: rest.unwrap_or_else(|| cell.text.clone()), ..cell.clone() };
            let mut rows = self.boxes_after(row, at, options);
            match rows.first_mut() {
                Some(first) => first.insert(0, &behind),
                None => rows.push(vec![&behind]),
            }
            let group = options.group(&rows);
            if group.marks {
                return group;
            }
        }
        options.group(&self.region(row, at, field, options))
    }

    /// Boxes with their options that go on behind those in a label's own cell: parted by tabs, or in the paragraphs under it.
    fn boxes_after(&self, row: usize, at: usize, options: &Options<'_>) -> Vec<Vec<&'a Cell>> {
        let rows = &self.index.document.rows;
        let Some(line) = rows.get(row) else { return Vec::new() };
        let goes_on = |row: usize, at: usize, cell: &Cell| {
            has_boxes(&cell.text) && !options.named(&cell.text).is_empty() && !self.index.is_label(row, at)
        };
        let beside = line.cells.iter().enumerate().skip(at + 1);
        let beside = beside.take_while(|(at, cell)| goes_on(row, *at, cell)).map(|(_, cell)| cell);
        let mut out = vec![beside.collect::<Vec<&Cell>>()];
        let under = rows.iter().enumerate().skip(row + 1);
        out.extend(
            under
                .take_while(|(row, next)| {
                    line.layout == Layout::Flow
                        && next.grid == line.grid
                        && next.cells.iter().enumerate().all(|(at, cell)| goes_on(*row, at, cell))
                })
                .map(|(_, next)| next.cells.iter().collect()),
        );
        out
    }

    pub(super) fn region(&self, row: usize, at: usize, field: FieldId, options: &Options<'_>) -> Vec<Vec<&'a Cell>> {
        let anothers = self.anothers.get(&field);
        let has_option = |cell: &Cell| {
            let names = !options.named(&cell.text).is_empty() || !options.named(&cell.nested).is_empty();
            names && !anothers.is_some_and(|anothers| anothers.contains(&std::ptr::from_ref(cell)))
        };
        self.index.region(row, at, field, &has_option)
    }

    /// The options are printed behind or under their label, each in a cell of its own: none of them is written as an answer.
    fn prints_options(&self, row: usize, at: usize, field: FieldId, options: &Options<'_>) -> bool {
        let Some(line) = self.index.document.rows.get(row).filter(|line| line.layout != Layout::Flow) else {
            return false;
        };
        let several = |cells: &mut dyn Iterator<Item = &Cell>| {
            cells.flat_map(|cell| options.named(&cell.text)).collect::<BTreeSet<usize>>().len() >= 2
        };
        let is_option = |cell: &Cell| options.named(&cell.text).len() == 1;
        let behind = line.filled().filter(|(place, _)| *place > at).map(|(_, cell)| cell);
        let region = self.region(row, at, field, options);
        several(&mut behind.take_while(|cell| is_option(cell)))
            || several(&mut region.into_iter().flatten().filter(|cell| is_option(cell)))
    }
}

/// It stands in a paragraph: on a page, which of the lines under a label still belong to its list is not known.
fn is_paragraph(cell: &Cell) -> bool {
    cell.at.strip_prefix('p').is_some_and(|number| number.starts_with(|ch: char| ch.is_ascii_digit()))
}
