//! Which cells of a document are labels of a form, and of which fields.

use super::answer;
use super::label::{normalise, variants};
use super::model::{Cell, Document, Layout, Scalar};
use super::table::FormTable;
use crate::casework::FieldId;
use std::collections::HashMap;

/// What a label asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Target {
    Field(FieldId),
    Surname,
    Forenames,
    NameAndAddress,
    NameAndDateOfBirth,
    /// A label nobody reads.
    Other,
}

/// A label found, and what stands behind it in the same cell.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    /// With 0 for a label that can mean nothing else, 1 for a vague one.
    pub targets: Vec<(Target, u8)>,
    pub rest: Option<String>,
    /// The rest follows a colon or dash, so it can only be the answer.
    pub inline: bool,
}

/// A label within a line: where it starts, where its answer starts, what it means.
type InLine = (usize, usize, Vec<(Target, u8)>);

/// A line longer than this is prose.
const LINE: usize = 2_000;

/// All labels of one form.
pub(super) struct Labels {
    meanings: HashMap<String, Vec<(Target, u8)>>,
}

impl Labels {
    pub(super) fn of(table: &FormTable) -> Self {
        let mut meanings: HashMap<String, Vec<(Target, u8)>> = HashMap::new();
        let mut add = |text: &str, target, tier| {
            let known = meanings.entry(normalise(text)).or_default();
            if !known.iter().any(|(other, _)| *other == target) {
                known.push((target, tier));
            }
        };
        for (id, field) in &table.fields {
            field.aliases.iter().for_each(|text| add(text, Target::Field(*id), 0));
        }
        let parts = &table.parts;
        for (texts, target) in [
            (&parts.surname, Target::Surname),
            (&parts.forenames, Target::Forenames),
            (&parts.name_and_address, Target::NameAndAddress),
            (&parts.name_and_date_of_birth, Target::NameAndDateOfBirth),
        ] {
            texts.iter().for_each(|text| add(text, target, 0));
        }
        for (id, field) in &table.fields {
            field.weak_aliases.iter().for_each(|text| add(text, Target::Field(*id), 1));
        }
        for text in &table.other_labels {
            meanings.entry(normalise(text)).or_insert_with(|| vec![(Target::Other, 0)]);
        }
        Self { meanings }
    }

    /// What a whole text means as a label.
    pub(super) fn meaning(&self, text: &str) -> Option<&Vec<(Target, u8)>> {
        if text.len() > 300 {
            return None;
        }
        variants(text).iter().find_map(|variant| self.meanings.get(variant))
    }

    fn exact(&self, text: &str) -> Option<&Vec<(Target, u8)>> {
        self.meanings.get(&normalise(text))
    }

    /// The labels in a cell; empty if it is not a label cell.
    pub(super) fn hits(&self, cell: &Cell) -> Vec<Hit> {
        if cell.is_blank() || cell.scalar != Scalar::Text {
            return Vec::new();
        }
        let text = cell.text.as_str();
        let whole = |targets: &Vec<(Target, u8)>| vec![Hit { targets: targets.clone(), rest: None, inline: false }];
        // A text with a colon inside may be a label with its answer in brackets: that reading goes first.
        let inline = self.inline(text);
        if let Some(targets) = self.exact(text) {
            return whole(targets);
        }
        if !inline.is_empty()
            && inline.iter().any(|hit| hit.rest.as_deref().is_some_and(|rest| answer::answer(rest).is_some()))
        {
            return inline;
        }
        if let Some(targets) = self.meaning(text) {
            // "DOB (01/02/2011)": what is in brackets may be the answer to a typed question.
            let rest = text.split_once('(').map(|(_, rest)| rest.trim_end_matches([')', ' ', ':', '*']).to_owned());
            return vec![Hit {
                targets: targets.clone(),
                rest: rest.filter(|rest| rest.chars().any(|ch| ch.is_ascii_digit())),
                inline: false,
            }];
        }
        if !inline.is_empty() {
            return inline;
        }
        if let Some((first, rest)) = text.split_once('\n')
            && let Some(targets) = self.meaning(first)
        {
            return vec![Hit { targets: targets.clone(), rest: Some(rest.to_owned()), inline: false }];
        }
        self.spaced(text).into_iter().collect()
    }

    /// `Label: answer`, possibly several in one cell or line.
    fn inline(&self, text: &str) -> Vec<Hit> {
        let mut out: Vec<Hit> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let found = if line.len() <= LINE { self.in_line(line) } else { Vec::new() };
            // What stands before the first label of a line goes on with the answer above it.
            let lead = found.first().map_or(line, |(start, ..)| line.get(..*start).unwrap_or_default());
            if let (true, Some(rest)) =
                (number > 0 && !lead.trim().is_empty(), out.last_mut().and_then(|hit| hit.rest.as_mut()))
            {
                if !rest.is_empty() {
                    rest.push('\n');
                }
                rest.push_str(lead.trim());
            }
            if number == 0 && !lead.trim().is_empty() {
                return Vec::new();
            }
            for (at, (_, end, targets)) in found.iter().enumerate() {
                let stop = found.get(at + 1).map_or(line.len(), |(start, ..)| *start);
                let rest = line.get(*end..stop).unwrap_or_default().trim().trim_matches(['|', ';']).trim();
                out.push(Hit { targets: targets.clone(), rest: Some(rest.to_owned()), inline: true });
            }
        }
        out
    }

    /// Labels of one line: (start, where the answer starts, targets).
    fn in_line(&self, line: &str) -> Vec<InLine> {
        const QUALIFIERS: &[&str] = &[
            "previous",
            "former",
            "last",
            "other",
            "mothers",
            "fathers",
            "parents",
            "carers",
            "siblings",
            "referrers",
            "guardians",
            "partners",
            "team",
            "school",
            "associates",
            "next",
            "of",
            "new",
        ];
        let mut out: Vec<InLine> = Vec::new();
        let mut done = 0;
        for (colon, ch) in line.char_indices().filter(|(_, ch)| matches!(ch, ':' | '?' | '–' | '-' | '=')) {
            let after = colon + ch.len_utf8();
            let spaced = line.get(..colon).is_some_and(|left| left.ends_with(' '))
                && line.get(after..).is_some_and(|right| right.starts_with(' '));
            if colon < done || (matches!(ch, '-' | '–' | '=') && !spaced) {
                continue;
            }
            let starts = std::iter::once(done).chain(
                line.char_indices()
                    .filter(|(at, ch)| ch.is_whitespace() && *at >= done && *at < colon)
                    .map(|(at, ch)| at + ch.len_utf8()),
            );
            for start in starts {
                let Some(candidate) = line.get(start..colon) else { continue };
                if candidate.len() > 120 || candidate.trim().is_empty() {
                    continue;
                }
                let at_edge = start == done && out.is_empty()
                    || line.get(..start).is_some_and(|left| left.trim_end().ends_with(['|', ';', ',', ')']));
                if !at_edge {
                    if out.is_empty() || matches!(ch, '-' | '–' | '=') {
                        continue;
                    }
                    let before = line
                        .get(..start)
                        .and_then(|left| left.split_whitespace().next_back())
                        .map(normalise)
                        .unwrap_or_default();
                    if QUALIFIERS.contains(&before.as_str()) {
                        continue;
                    }
                }
                let targets = if start == 0 { self.meaning(candidate) } else { self.exact(candidate) };
                if let Some(targets) = targets {
                    out.push((start, after, targets.clone()));
                    done = after;
                    break;
                }
            }
        }
        out
    }

    /// `DOB 01/02/2011`: a label and an answer parted by a space only. Taken for typed answers alone, and only when the
    /// label is several letters long; the parser decides whether the rest fits.
    fn spaced(&self, text: &str) -> Option<Hit> {
        if text.contains('\n') || text.len() > 80 {
            return None;
        }
        let mut cuts: Vec<usize> = text.char_indices().filter(|(_, ch)| *ch == ' ').map(|(at, _)| at).collect();
        cuts.reverse();
        cuts.into_iter().find_map(|at| {
            let (label, rest) = (text.get(..at)?, text.get(at..)?);
            let targets = self.exact(label)?;
            let typed = matches!(
                targets.first(),
                Some((
                    Target::Field(FieldId::DateOfBirth | FieldId::NhsNumber | FieldId::AssessmentDate | FieldId::Age),
                    0
                ))
            );
            (typed && rest.trim_start().starts_with(|ch: char| ch.is_ascii_digit())).then(|| Hit {
                targets: targets.clone(),
                rest: Some(rest.trim().to_owned()),
                inline: true,
            })
        })
    }
}

/// Where a row of other people's details is: their names and birthdays are not the child's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Neutral,
    Child,
    /// Parents, siblings, associates.
    Others,
    /// Whoever completes or refers.
    Completer,
    /// The lead professional.
    Lead,
}

/// A document seen through a form's labels.
pub(super) struct Index<'a> {
    pub document: &'a Document,
    /// For each row and cell: the labels in it.
    pub hits: Vec<Vec<Vec<Hit>>>,
    pub sections: Vec<Section>,
    others: HashMap<usize, usize>,
    places: HashMap<(u32, u32), usize>,
}

impl<'a> Index<'a> {
    pub(super) fn build(document: &'a Document, labels: &Labels) -> Self {
        let hits: Vec<Vec<Vec<Hit>>> =
            document.rows.iter().map(|row| row.cells.iter().map(|cell| labels.hits(cell)).collect()).collect();
        let places = document.rows.iter().enumerate().map(|(at, row)| ((row.grid, row.index), at)).collect();
        let mut index = Self { document, hits, sections: Vec::new(), others: HashMap::new(), places };
        index.sections = index.find_sections();
        index.others = (0..document.rows.len()).filter_map(|row| Some((row, index.others_from(row)?))).collect();
        index
    }

    /// The row of a grid with a certain number.
    pub(super) fn row_at(&self, grid: u32, number: u32) -> Option<usize> {
        self.places.get(&(grid, number)).copied()
    }

    pub(super) fn is_label(&self, row: usize, cell: usize) -> bool {
        self.hits.get(row).and_then(|cells| cells.get(cell)).is_some_and(|hits| !hits.is_empty())
    }

    /// A label of any form ends like this, known or not.
    pub(super) fn looks_like_label(&self, row: usize, at: usize, cell: &Cell) -> bool {
        self.is_label(row, at) || cell.text.ends_with([':', '?'])
    }

    /// True for cells behind "Parent's name" and the like in the same row: what they ask is not about the child.
    pub(super) fn about_others(&self, row: usize, cell: usize) -> bool {
        self.others.get(&row).is_some_and(|from| cell >= *from)
    }

    /// The first cell of a row that is a label about someone else.
    fn others_from(&self, row: usize) -> Option<usize> {
        let line = self.document.rows.get(row)?;
        let hits = self.hits.get(row)?;
        line.cells.iter().zip(hits).position(|(cell, hits)| {
            let label = cell.text.split([':', '\n']).next().unwrap_or_default();
            let unread = hits.first().is_some_and(|hit| hit.targets.iter().all(|(target, _)| *target == Target::Other));
            unread && label.chars().count() <= 80 && classify(label) == Section::Others
        })
    }

    fn find_sections(&self) -> Vec<Section> {
        let mut out = Vec::with_capacity(self.document.rows.len());
        let (mut current, mut sheet) = (Section::Neutral, u32::MAX);
        let mut beside: Option<(u32, u32, Section)> = None;
        for (at, row) in self.document.rows.iter().enumerate() {
            if row.sheet != sheet {
                (current, sheet) = (Section::Neutral, row.sheet);
            }
            let mut filled = row.filled();
            if let (Some((first, cell)), None) = (filled.next(), filled.next()) {
                let hits = self.hits.get(at).and_then(|cells| cells.get(first));
                let answered = hits
                    .is_some_and(|hits| hits.iter().any(|hit| hit.rest.as_ref().is_some_and(|rest| !rest.is_empty())));
                let asks = hits.is_some_and(|hits| {
                    hits.iter().any(|hit| hit.targets.iter().any(|(target, _)| *target != Target::Other))
                });
                let short = cell.text.chars().count() <= 100 && !cell.text.ends_with('.') && !cell.text.contains('☐');
                if !answered && !asks && short {
                    let found = classify(&cell.text);
                    let heading =
                        found != Section::Neutral || row.layout != Layout::Sheet || cell.col_span > 1 || cell.col == 0;
                    if heading {
                        current = found;
                    }
                }
            }
            // A heading at the side, over several rows.
            for cell in row.cells.iter().filter(|cell| cell.row_span > 1 && !cell.is_blank()) {
                let found = classify(&cell.text);
                if found != Section::Neutral && cell.text.chars().count() <= 60 {
                    beside = Some((row.grid, row.index.saturating_add(cell.row_span), found));
                }
            }
            if self.lists_people(at) {
                current = Section::Others;
            }
            let side =
                beside.filter(|(grid, until, _)| *grid == row.grid && row.index < *until).map(|(.., found)| found);
            out.push(side.unwrap_or(current));
        }
        out
    }

    /// A header row like "Name | Relationship | DOB" opens a list of other people.
    fn lists_people(&self, at: usize) -> bool {
        let Some(row) = self.document.rows.get(at) else { return false };
        let texts: Vec<String> = row.filled().map(|(_, cell)| normalise(&cell.text)).collect();
        let labels = row.filled().filter(|(cell, _)| self.is_label(at, *cell)).count();
        texts.len() >= 3 && labels + 1 >= texts.len() && texts.iter().any(|text| text.starts_with("relationship"))
    }
}

fn classify(text: &str) -> Section {
    let plain = normalise(text);
    let words: Vec<&str> = plain.split(' ').collect();
    let any = |set: &[&str]| words.iter().any(|word| set.contains(word));
    let other_children = plain.contains("other child") || plain.contains("other young");
    if other_children
        || any(&[
            "sibling",
            "siblings",
            "household",
            "associate",
            "associates",
            "perpetrator",
            "perpetrators",
            "suspect",
            "suspects",
            "network",
            "networks",
            "peers",
            "friends",
            "brother",
            "brothers",
            "sister",
            "sisters",
        ])
    {
        return Section::Others;
    }
    let child =
        words.iter().take(3).any(|word| matches!(*word, "child" | "childs" | "young" | "yp" | "subject" | "subjects"));
    if any(&[
        "parent",
        "parents",
        "carer",
        "carers",
        "mother",
        "father",
        "guardian",
        "guardians",
        "family",
        "mothers",
        "fathers",
    ]) && !child
    {
        return Section::Others;
    }
    if any(&["lead", "allocated"])
        || plain.contains("social worker")
        || plain.contains("caseworker")
        || plain.contains("case holder")
    {
        return Section::Lead;
    }
    if any(&[
        "completing",
        "completed",
        "referrer",
        "referrers",
        "assessor",
        "interviewer",
        "referring",
        "practitioner",
        "worker",
    ]) {
        return Section::Completer;
    }
    if child && any(&["details", "information", "about", "personal", "demographics"]) {
        Section::Child
    } else {
        Section::Neutral
    }
}
