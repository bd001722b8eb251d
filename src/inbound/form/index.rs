//! A document seen through the labels of one form: where they stand, and whose details each row holds.

use super::answer;
use super::dictionary::{Labels, Target};
use super::find::answers_itself;
use super::hits::Hit;
use super::label::normalise;
use super::model::{Cell, Document, Layout, Row};
use super::sections::{Section, classify, is_professional, is_topic};
use crate::casework::FieldId;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

/// Rows of one person's entry in a part about others.
const ENTRY: usize = 8;
/// Rows behind somebody's name that ask for that person's details.
pub(super) const PERSON: usize = 3;
/// Words of labels that ask for what the form itself is about, and never for another's.
const FORMS_OWN: &[&str] = &["lead", "ce", "cse", "rat", "rmm", "mace", "this"];
/// Words of labels that say that it is the child's.
const CHILD: &[&str] = &["child", "childs", "young", "yp", "yps", "subject", "subjects"];

/// "Mother's name", "Next of kin": one person, not "Household members".
fn is_one_person(label: &str) -> bool {
    const ONE: &[&str] = &[
        "name",
        "mother",
        "father",
        "parent",
        "carer",
        "guardian",
        "partner",
        "boyfriend",
        "girlfriend",
        "sibling",
        "brother",
        "sister",
        "landlord",
        "keeper",
        "solicitor",
        "dentist",
        "advocate",
        "kin",
        "perpetrator",
        "suspect",
        "offender",
        "associate",
        "person",
        "adult",
        "male",
        "female",
    ];
    let label = normalise(label.split([':', '\n']).next().unwrap_or_default());
    classify(&label) == Section::Others && label.split(' ').any(|word| ONE.contains(&word))
}

/// A document seen through a form's labels.
pub(super) struct Index<'a> {
    pub document: &'a Document,
    pub labels: Labels<'a>,
    /// For each row and cell: the labels in it.
    pub hits: Vec<Vec<Vec<Hit>>>,
    pub sections: Vec<Section>,
    others: HashMap<usize, usize>,
    /// Grids in which typed answers stand under their labels, and in no row beside them.
    stacked: HashSet<u32>,
    /// Grids in which typed answers stand beside their labels.
    sideways: HashSet<u32>,
    /// Grids in which two different answers stand beside a typed label.
    doubled: HashSet<u32>,
    /// Grids in which a typed label is answered in its own cell.
    inside: HashSet<u32>,
    places: HashMap<(u32, u32), usize>,
    /// What was written at length, by row and place in it: no label, however it begins.
    pub prose: HashSet<(usize, usize)>,
}

impl<'a> Index<'a> {
    pub(super) fn build(document: &'a Document, labels: Labels<'a>) -> Self {
        Self::of_labels(document, labels, |_, _| true).placed()
    }

    /// The labels alone, where it is known which cells could hold any, by row and place in it: enough to tell one form from
    /// another.
    pub(super) fn of_labels(
        document: &'a Document,
        labels: Labels<'a>,
        could_hit: impl Fn(usize, usize) -> bool,
    ) -> Self {
        let of_row = |(at, row): (usize, &Row)| {
            let of_cell = |(nth, cell)| if could_hit(at, nth) { labels.hits(cell) } else { Vec::new() };
            row.cells.iter().enumerate().map(of_cell).collect()
        };
        let hits: Vec<Vec<Vec<Hit>>> = document.rows.iter().enumerate().map(of_row).collect();
        let places = document.rows.iter().enumerate().map(|(at, row)| ((row.grid, row.index), at)).collect();
        let mut index = Self {
            document,
            labels,
            hits,
            sections: Vec::new(),
            others: HashMap::new(),
            stacked: HashSet::new(),
            sideways: HashSet::new(),
            doubled: HashSet::new(),
            inside: HashSet::new(),
            places,
            prose: HashSet::new(),
        };
        index.forget_roles();
        index.forget_prose();
        index
    }

    /// With whose details each row holds, and which way the answers lie.
    pub(super) fn placed(mut self) -> Self {
        let document = self.document;
        let index = &mut self;
        index.sections = index.find_sections();
        let mut sideways = HashSet::new();
        for (at, row) in document.rows.iter().enumerate() {
            if index.heads_answers(at) {
                index.stacked.insert(row.grid);
            }
            match index.direction(at) {
                Ordering::Greater => _ = index.stacked.insert(row.grid),
                Ordering::Less => _ = sideways.insert(row.grid),
                Ordering::Equal => {}
            }
        }
        let inside = document
            .rows
            .iter()
            .zip(&index.hits)
            .filter(|(row, hits)| hits.iter().flatten().any(answers_itself) || answers_in_each(row, hits));
        index.inside = inside.map(|(row, _)| row.grid).collect();
        index.stacked.retain(|grid| !sideways.contains(grid));
        index.sideways = sideways;
        let doubled = (0..document.rows.len()).filter(|at| index.answers_twice(*at));
        index.doubled = doubled.filter_map(|at| document.rows.get(at)).map(|row| row.grid).collect();
        index.others = (0..document.rows.len()).filter_map(|row| Some((row, index.others_from(row)?))).collect();
        self
    }

    /// The row of a grid with a certain number.
    pub(super) fn row_at(&self, grid: u32, number: u32) -> Option<usize> {
        self.places.get(&(grid, number)).copied()
    }

    /// In this grid typed labels are answered in their own cells.
    pub(super) fn answers_inside(&self, grid: u32) -> bool {
        self.inside.contains(&grid)
    }

    /// Among these paragraphs answers stand on the line of their labels.
    pub(super) fn answers_in_line(&self, grid: u32) -> bool {
        self.inside.contains(&grid) || self.sideways.contains(&grid)
    }

    /// In this grid two children's answers stand side by side.
    pub(super) fn is_doubled(&self, grid: u32) -> bool {
        self.doubled.contains(&grid)
    }

    /// In this grid answers stand under their labels.
    pub(super) fn is_stacked(&self, grid: u32) -> bool {
        self.stacked.contains(&grid)
    }

    pub(super) fn is_label(&self, row: usize, cell: usize) -> bool {
        self.hits.get(row).and_then(|cells| cells.get(cell)).is_some_and(|hits| !hits.is_empty())
    }

    /// The label before this one in its table, leaving out a manager's and an agency's, asks for a worker's name.
    pub(super) fn follows_worker(&self, row: usize, cell: usize) -> bool {
        let Some(line) = self.document.rows.get(row) else { return false };
        // A table may come in pieces where its rows have no edge in common.
        let near =
            |other: &Row| other.grid == line.grid || (other.layout == Layout::Table && line.layout == Layout::Table);
        let before = (0..=row).rev().take_while(|at| self.document.rows.get(*at).is_some_and(near));
        let cells = before.flat_map(|at| {
            let cells = self.hits.get(at).map(Vec::as_slice).unwrap_or_default();
            let end = if at == row { cell } else { cells.len() };
            cells.iter().take(end).rev().flat_map(|hits| hits.iter().rev())
        });
        let fields = cells.map(|hit| hit.targets.first().map(|(target, _)| *target));
        let last = fields
            .into_iter()
            .find(|target| !matches!(target, Some(Target::Field(FieldId::Manager | FieldId::Agency))));
        matches!(last.flatten(), Some(Target::Field(FieldId::LeadProfessional | FieldId::CompletedBy)))
    }

    /// A label with nothing behind it in its cell.
    pub(super) fn is_bare_label(&self, row: usize, cell: usize) -> bool {
        let hits = self.hits.get(row).and_then(|cells| cells.get(cell));
        hits.is_some_and(|hits| !hits.is_empty() && hits.iter().all(|hit| hit.rest.is_none()))
    }

    /// A row of nothing but labels, and under it one of answers alone.
    pub(super) fn heads_answers(&self, at: usize) -> bool {
        let Some(row) = self.document.rows.get(at).filter(|row| row.filled().count() >= 2) else { return false };
        let under = self.row_at(row.grid, row.index.saturating_add(1));
        let Some((next, under)) = under.and_then(|next| Some((next, self.document.rows.get(next)?))) else {
            return false;
        };
        let is_over = |cell: &Cell| row.filled().any(|(_, head)| head.col <= cell.col && cell.col < head.end());
        row.filled().all(|(cell, _)| self.is_label(at, cell))
            && under.filled().count() >= 2
            && under.filled().all(|(cell, answer)| !self.is_label(next, cell) && is_over(answer))
    }

    /// A cell holds a label of this field.
    pub(super) fn asks_for(&self, row: usize, cell: usize, field: FieldId) -> bool {
        let hits = self.hits.get(row).and_then(|cells| cells.get(cell));
        hits.is_some_and(|hits| {
            hits.iter().flat_map(|hit| &hit.targets).any(|(target, _)| *target == Target::Field(field))
        })
    }

    /// A label of any form ends like this, known or not.
    pub(super) fn looks_like_label(&self, row: usize, at: usize, cell: &Cell) -> bool {
        let is_like_one = self.is_label(row, at)
            || cell.text.ends_with([':', '?'])
            || (self.document.joins_lines && self.labels.begins(&cell.text, &[]));
        is_like_one && !self.prose.contains(&(row, at))
    }

    /// The same of what may answer a label: "Lives with mother" begins with a label, but with one of the field it answers.
    pub(super) fn could_be_label(&self, row: usize, at: usize, cell: &Cell, asked: &Hit) -> bool {
        self.looks_like_label(row, at, cell)
            && (self.is_label(row, at)
                || cell.text.ends_with([':', '?'])
                || self.labels.begins(&cell.text, &asked.targets))
    }

    /// True for cells behind "Parent's name" and the like in the same row: what they ask is not about the child.
    pub(super) fn about_others(&self, row: usize, cell: usize) -> bool {
        self.others.get(&row).is_some_and(|from| cell >= *from)
    }

    /// The row stands right behind one about someone else, whose birthday it may ask for.
    pub(super) fn follows_others(&self, row: usize) -> bool {
        row.checked_sub(1).is_some_and(|before| {
            self.about_others(before, 0)
                && self
                    .document
                    .rows
                    .get(before)
                    .zip(self.document.rows.get(row))
                    .is_some_and(|(a, b)| a.grid == b.grid)
        })
    }

    /// The label stands in a part about others, in the entry of one of them: what it asks for is not the form's.
    pub(super) fn is_of_another(&self, row: usize, at: usize) -> bool {
        let is_others = |row: usize| self.sections.get(row) == Some(&Section::Others);
        let place = |row: usize| self.document.rows.get(row).map(|row| (row.grid, row.index));
        // On a sheet an empty row ends the entry, of which none is kept.
        let goes_on = |above: usize| {
            above == row
                || place(above)
                    .zip(place(above + 1))
                    .is_some_and(|((grid, index), (next, at))| grid == next && at == index + 1)
        };
        let entry = (row.saturating_sub(ENTRY)..=row).rev().take_while(|above| is_others(*above) && goes_on(*above));
        let label = self.document.rows.get(row).and_then(|line| line.cells.get(at)).map(|cell| normalise(&cell.text));
        let is_own = label.is_some_and(|label| label.split(' ').any(|word| FORMS_OWN.contains(&word)));
        !is_own && entry.into_iter().any(|above| self.names_somebody(above))
    }

    fn names_somebody(&self, row: usize) -> bool {
        let hits = self.hits.get(row).map(Vec::as_slice).unwrap_or_default();
        let names = |(target, tier): &(Target, u8)| {
            matches!(target, Target::Surname | Target::Forenames)
                || *target == Target::Field(FieldId::ChildName) && *tier > 0
        };
        let label = || self.document.rows.get(row).and_then(|line| line.cells.first()).map(|cell| cell.text.as_str());
        hits.iter().flatten().flat_map(|hit| &hit.targets).any(names)
            || self.about_others(row, 0) && !label().is_some_and(is_topic)
    }

    /// "Mother's name", and under it "Address" and "DOB": they are hers, unless the label says whose.
    pub(super) fn is_of_one_named_above(&self, field: FieldId, row: usize, at: usize) -> bool {
        let personal = matches!(
            field,
            FieldId::DateOfBirth | FieldId::Age | FieldId::Alias | FieldId::Address | FieldId::ContactNumber
        );
        let Some((line, cell)) = self.document.rows.get(row).and_then(|line| Some((line, line.cells.get(at)?))) else {
            return false;
        };
        let label = normalise(cell.text.split([':', '\n']).next().unwrap_or_default());
        if !personal
            || self.sections.get(row) == Some(&Section::Child)
            || label.split(' ').any(|word| CHILD.contains(&word))
        {
            return false;
        }
        let near = (row.saturating_sub(PERSON)..row).rev();
        let mut near =
            near.take_while(|above| self.document.rows.get(*above).is_some_and(|above| above.grid == line.grid));
        let over = near.find_map(|above| {
            let (place, head) =
                self.document.rows.get(above)?.cells.iter().enumerate().find(|(_, head)| head.col == cell.col)?;
            let named = self.asks_for(above, place, FieldId::ChildName);
            let other = self.others.get(&above) == Some(&place) && is_one_person(&head.text);
            (named || other).then_some(other)
        });
        over == Some(true)
    }

    /// The first cell of a row that is a label about someone else.
    fn others_from(&self, row: usize) -> Option<usize> {
        let line = self.document.rows.get(row)?;
        let hits = self.hits.get(row)?;
        line.cells.iter().zip(hits).position(|(cell, hits)| {
            let label = cell.text.split([':', '\n']).next().unwrap_or_default();
            let unread = hits.first().is_some_and(|hit| hit.targets.iter().all(|(target, _)| *target == Target::Other));
            // "Sibling | Kai Example": no label of any form, and clear all the same.
            let bare = hits.is_empty()
                && label.chars().count() <= 30
                && line.filled().next().is_some_and(|(_, first)| first.at == cell.at);
            (unread || bare)
                && label.chars().count() <= 80
                && matches!(classify(label), Section::Others | Section::Office)
        })
    }

    fn find_sections(&self) -> Vec<Section> {
        let mut out = Vec::with_capacity(self.document.rows.len());
        let (mut current, mut sheet, mut of_sheet) = (Section::Neutral, u32::MAX, Section::Neutral);
        let mut beside: Option<(u32, u32, Section)> = None;
        let mut headed = false;
        for (at, row) in self.document.rows.iter().enumerate() {
            if row.sheet != sheet {
                of_sheet = self.section_of_sheet(at).unwrap_or(Section::Neutral);
            }
            if row.sheet != sheet || current == Section::Office && !headed && self.begins_block(at) {
                (current, sheet) = (of_sheet, row.sheet);
            }
            let mut filled = row.filled();
            let opened = headed;
            headed &= row.filled().next().is_none();
            if let (Some((first, cell)), None) = (filled.next(), filled.next()) {
                let hits = self.hits.get(at).and_then(|cells| cells.get(first));
                let answered = hits
                    .is_some_and(|hits| hits.iter().any(|hit| hit.rest.as_ref().is_some_and(|rest| !rest.is_empty())));
                // "Manager's authorisation" may be a label, and is a heading where nothing stands beside it.
                let asks = hits.is_some_and(|hits| {
                    hits.iter()
                        .flat_map(|hit| &hit.targets)
                        .any(|(target, _)| !matches!(target, Target::Other | Target::Field(FieldId::Authorisation)))
                });
                let short = cell.text.chars().count() <= 100 && !cell.text.ends_with('.') && !cell.text.contains('☐');
                if !answered && !asks && short {
                    let found = classify(&cell.text);
                    let heading =
                        found != Section::Neutral || row.layout != Layout::Sheet || cell.col_span > 1 || cell.col == 0;
                    // What stands right under a heading or an open label is no heading by its shortness alone.
                    let follows = opened || self.is_open_label(at, cell);
                    // Nor is a question that was left open.
                    let asks_nothing_read = hits.is_some_and(|hits| !hits.is_empty());
                    let open = cell.text.ends_with(':') && (asks_nothing_read || current == Section::Others)
                        || asks_nothing_read && (row.cells.len() > 1 || self.stands_among_pairs(at, cell));
                    let follows = follows || open;
                    // "School nurse" among the child's details was left open, and heads nothing.
                    let is_left_open = is_professional(&cell.text) && !self.asks_for_a_name(at + 1);
                    if heading && (found != Section::Neutral || !follows) && !is_left_open {
                        current = if found == Section::Neutral { of_sheet } else { found };
                        headed = found != Section::Neutral;
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
            if row.layout != Layout::Flow && (self.heads_people(at) || self.heads_history(at)) {
                let is_entry = |number: &u32| {
                    let next = self.row_at(row.grid, *number).and_then(|at| self.document.rows.get(at));
                    next.is_some_and(|next| next.filled().count() >= 2)
                };
                let last = (row.index..).take_while(is_entry).last().unwrap_or(row.index);
                beside = Some((row.grid, last.saturating_add(1), Section::Others));
            }
            if row.layout != Layout::Flow && lists_versions(row) {
                (current, headed) = (Section::Office, false);
            }
            let side =
                beside.filter(|(grid, until, _)| *grid == row.grid && row.index < *until).map(|(.., found)| found);
            out.push(side.unwrap_or(current));
        }
        out
    }

    /// The row has a label of a name.
    fn asks_for_a_name(&self, row: usize) -> bool {
        let hits = self.hits.get(row).into_iter().flatten().flatten();
        hits.flat_map(|hit| &hit.targets).any(|(target, _)| {
            matches!(target, Target::Field(FieldId::ChildName) | Target::Surname | Target::Forenames)
        })
    }

    /// The table before has ended, and not only its page, or on a sheet the block of rows.
    fn begins_block(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.document.rows.get(before));
        let place = |row: &Row| row.cells.first().map(|cell| cell.at.clone());
        before.zip(self.document.rows.get(at)).is_some_and(|(before, row)| match before.layout {
            Layout::Table => before.grid != row.grid && !(self.document.joins_lines && place(before) != place(row)),
            Layout::Sheet => row.index > before.index.saturating_add(1),
            Layout::Flow => false,
        })
    }

    /// The row before holds nothing but a label, right over this cell and without an answer of its own.
    pub(super) fn is_open_label(&self, at: usize, cell: &Cell) -> bool {
        let above = at.checked_sub(1).and_then(|above| Some((above, self.document.rows.get(above)?)));
        let Some((above, row)) =
            above.filter(|(_, row)| self.document.rows.get(at).is_some_and(|line| line.grid == row.grid))
        else {
            return false;
        };
        let mut filled = row.filled();
        let alone = filled.next().filter(|_| filled.next().is_none());
        alone.is_some_and(|(place, label)| label.col == cell.col && self.is_bare_label(above, place))
    }

    /// On a sheet, where empty cells are not kept: the row before has a label in this column, and its answer beside it.
    fn stands_among_pairs(&self, at: usize, cell: &Cell) -> bool {
        let line = self.document.rows.get(at).filter(|line| line.layout == Layout::Sheet && line.index > 0);
        let above = line.and_then(|line| self.row_at(line.grid, line.index - 1));
        above.is_some_and(|above| {
            let row = self.document.rows.get(above);
            row.is_some_and(|row| {
                row.filled().count() >= 2
                    && row.filled().any(|(place, label)| label.col == cell.col && self.is_label(above, place))
            })
        })
    }

    /// "Mother | Father" over the columns of a table: whose the answers under them are is not known of each.
    fn heads_people(&self, at: usize) -> bool {
        let Some(row) = self.document.rows.get(at).filter(|row| row.filled().count() >= 2) else { return false };
        let is_child = |cell: &Cell| CHILD.contains(&normalise(&cell.text).as_str());
        let is_another = |place: usize, cell: &Cell| {
            let hits = self.hits.get(at).and_then(|cells| cells.get(place)).map(Vec::as_slice).unwrap_or_default();
            let asks = hits.iter().flat_map(|hit| &hit.targets).any(|(target, _)| *target != Target::Other);
            !asks && cell.text.split_whitespace().count() <= 3 && classify(&cell.text) == Section::Others
        };
        row.filled().all(|(place, cell)| is_child(cell) || is_another(place, cell))
            && row.filled().any(|(_, cell)| !is_child(cell))
    }

    /// A header row like "Name | Relationship | DOB" opens a list of other people.
    fn lists_people(&self, at: usize) -> bool {
        let Some(row) = self.document.rows.get(at) else { return false };
        let filled = row.filled().count();
        let labels = row.filled().filter(|(cell, _)| self.is_label(at, *cell)).count();
        filled >= 3
            && labels + 1 >= filled
            && row.filled().any(|(_, cell)| normalise(&cell.text).starts_with("relationship"))
    }
}

/// "Version | Date | Author": who wrote the form, not who filled it in.
fn lists_versions(row: &Row) -> bool {
    let any = |words: &[&str]| row.filled().any(|(_, cell)| words.contains(&normalise(&cell.text).as_str()));
    row.filled().count() >= 3
        && any(&["version", "version number", "version no", "revision", "issue"])
        && any(&[
            "author",
            "authors",
            "amended by",
            "updated by",
            "changes",
            "change",
            "amendments",
            "amendment",
            "approved by",
        ])
}

/// Every cell of the row is a label with its answer under it.
fn answers_in_each(row: &Row, hits: &[Vec<Hit>]) -> bool {
    let answered = |at: usize| {
        hits.get(at).is_some_and(|hits| {
            hits.iter().any(|hit| hit.rest.as_deref().is_some_and(|rest| answer::answer(rest).is_some()))
        })
    };
    row.filled().count() >= 2 && row.filled().all(|(at, _)| answered(at))
}
