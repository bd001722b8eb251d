//! The labels of all forms in use, brought into their comparable form once: what a text asks for, on which form.

use super::label::{normalise, variants};
use super::table::{FormTable, Kind};
use crate::casework::FieldId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::OnceLock;

/// What a label asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) enum Target {
    Field(FieldId),
    Surname,
    Forenames,
    NameAndAddress,
    NameAndDateOfBirth,
    /// A label nobody reads.
    Other,
}

/// Words of the longest label that is looked for at the start of a text.
const MOST_WORDS: usize = 10;

/// What a label asks for, with 0 where it can mean nothing else and 1 where it is vague.
pub(super) type Targets = Vec<(Target, u8)>;

/// What a label means on some forms. Most labels come from the included table and mean the same on all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Meaning {
    #[serde(rename = "f")]
    forms: Vec<usize>,
    #[serde(rename = "t")]
    targets: Targets,
}

/// A label, and the forms on which it means something.
type OnForms = (String, Vec<usize>);

/// Every label of every form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Dictionary {
    meanings: HashMap<String, Vec<Meaning>>,
    /// The first words of all labels.
    #[serde(skip)]
    firsts: OnceLock<HashSet<String>>,
    /// All words of all labels.
    #[serde(skip)]
    words: OnceLock<HashSet<String>>,
    /// The labels by what they ask for.
    #[serde(skip)]
    asking: OnceLock<HashMap<Target, Vec<OnForms>>>,
}

/// The labels of one form, or of all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Labels<'d> {
    dictionary: &'d Dictionary,
    form: Option<usize>,
}

impl Dictionary {
    pub(super) fn of(tables: &[FormTable]) -> Self {
        let mut out = Self::default();
        for (form, table) in tables.iter().enumerate() {
            for (label, targets) in labels_of(table) {
                let meanings = out.meanings.entry(label).or_default();
                match meanings.iter_mut().find(|meaning| meaning.targets == targets) {
                    Some(meaning) => meaning.forms.push(form),
                    None => meanings.push(Meaning { forms: vec![form], targets }),
                }
            }
        }
        out
    }

    /// The labels of the form with this number.
    pub(super) const fn labels(&self, form: usize) -> Labels<'_> {
        Labels { dictionary: self, form: Some(form) }
    }

    /// The labels of every form.
    pub(super) const fn all(&self) -> Labels<'_> {
        Labels { dictionary: self, form: None }
    }
}

impl<'d> Labels<'d> {
    /// What a whole text means as a label.
    pub(super) fn meaning(&self, text: &str) -> Option<&'d Targets> {
        if text.len() > 300 {
            return None;
        }
        let known = |text: &str| variants(text).iter().find_map(|variant| self.comparable(variant));
        known(text).or_else(|| known(without_mark(text)?))
    }

    /// What a text means as a label, exactly as it stands.
    pub(super) fn exact(&self, text: &str) -> Option<&'d Targets> {
        self.comparable(&normalise(text))
    }

    /// The text's first word is that of a label. Where it is not, nothing that the text begins with is a label.
    pub(super) fn begins_like_one(&self, text: &str) -> bool {
        let firsts = self.dictionary.firsts.get_or_init(|| {
            let labels = self.dictionary.meanings.keys();
            labels.filter_map(|label| label.split(' ').next()).map(str::to_owned).collect()
        });
        normalise(text).split(' ').next().is_some_and(|first| firsts.contains(first))
    }

    /// The word, in its comparable form, stands in a label.
    pub(super) fn have(&self, word: &str) -> bool {
        let words = self.dictionary.words.get_or_init(|| {
            self.dictionary.meanings.keys().flat_map(|label| label.split(' ')).map(str::to_owned).collect()
        });
        words.contains(word)
    }

    /// The words of all labels that ask for this.
    pub(super) fn words_for(&self, target: Target) -> BTreeSet<&'d str> {
        let asking = self.dictionary.asking.get_or_init(|| {
            let mut asking: HashMap<Target, Vec<OnForms>> = HashMap::new();
            for (label, meanings) in &self.dictionary.meanings {
                for Meaning { forms, targets } in meanings {
                    let each = targets.iter().map(|(target, _)| *target);
                    each.for_each(|target| asking.entry(target).or_default().push((label.clone(), forms.clone())));
                }
            }
            asking
        });
        let labels = asking.get(&target).into_iter().flatten();
        let ours = labels.filter(|(_, forms)| self.form.is_none_or(|form| forms.contains(&form)));
        ours.flat_map(|(label, _)| label.split(' ')).collect()
    }

    /// A text begins with a label of several words, of other fields than these, and goes on.
    pub(super) fn begins(&self, text: &str, but: &[(Target, u8)]) -> bool {
        let words: Vec<&str> = text.split_whitespace().take(MOST_WORDS + 1).collect();
        let is_own = |targets: &Targets| {
            !but.is_empty()
                && targets
                    .iter()
                    .all(|(target, _)| *target == Target::Other || but.iter().any(|(own, _)| own == target))
        };
        (2..words.len()).any(|n| {
            let start = words.get(..n).and_then(|start| self.exact(&start.join(" ")));
            start.is_some_and(|targets| !is_own(targets))
        })
    }

    fn comparable(&self, label: &str) -> Option<&'d Targets> {
        let meanings = self.dictionary.meanings.get(label)?;
        let is_ours = |meaning: &&Meaning| self.form.is_none_or(|form| meaning.forms.contains(&form));
        meanings.iter().find(is_ours).map(|meaning| &meaning.targets)
    }
}

/// "NHS number1": on a page the mark of a note is no more than a number behind the last word.
fn without_mark(text: &str) -> Option<&str> {
    let text = text.trim_end_matches([':', '*', ' ']);
    let label = text.trim_end_matches(|ch: char| ch.is_ascii_digit() || matches!(ch, '¹' | '²' | '³' | '⁴'..='⁹'));
    let is_mark = (1..=2).contains(&text.chars().count().saturating_sub(label.chars().count()));
    (is_mark && label.ends_with(|ch: char| ch.is_alphabetic() || ch == ')')).then_some(label)
}

fn labels_of(table: &FormTable) -> HashMap<String, Targets> {
    let mut meanings: HashMap<String, Targets> = HashMap::new();
    let mut add = |text: &str, target, tier| {
        let known = meanings.entry(normalise(text)).or_default();
        if !known.iter().any(|(other, _)| *other == target) {
            known.push((target, tier));
        }
    };
    for (id, field) in &table.fields {
        field.aliases.iter().for_each(|text| add(text, Target::Field(*id), 0));
        if field.kind == Some(Kind::Answered) {
            let headings = field.options.iter().flat_map(|choice| &choice.says);
            headings.for_each(|text| add(text, Target::Field(*id), 0));
        }
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
    meanings
}
