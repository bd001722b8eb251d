//! Label tables: a form edition as data. A new edition is a new file in `config/forms/`, never an `if`.

use super::dictionary::{Dictionary, Labels};
use super::label::normalise;
use crate::casework::{FieldId, FormId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The shipped tables as (file name, text), for a configuration folder that has none of its own.
pub fn embedded() -> Vec<(&'static str, &'static str)> {
    macro_rules! shipped {
        ($($file:literal),* $(,)?) => {
            vec![$(($file, include_str!(concat!("../../../config/forms/", $file)))),*]
        };
    }
    shipped![
        "common.toml",
        "surrey.toml",
        "surrey-rat.toml",
        "surrey-rmm-checklist.toml",
        "surrey-rmm-recording-template.toml",
        "surrey-rmm-update-form.toml",
        "st-helens.toml",
        "st-helens-ce-assessment.toml",
        "st-helens-mace-template.toml",
        "mace-flag-notification.toml",
        "blackburn-cse-assessment.toml",
        "mace-referral.toml",
        "screening-tool.toml",
        "return-home-interview.toml",
        "outcome-sheet.toml",
    ]
}

/// What kind of answer a label asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A few words.
    Text,
    /// A person's name.
    Name,
    /// Several names, divided by commas, semicolons or lines.
    Names,
    /// Sentences.
    LongText,
    /// A day, UK order.
    Date,
    /// Ten digits with a checksum (facts.md 4.4).
    NhsNumber,
    /// Years.
    Age,
    /// One value of `options`: ticked, chosen or written.
    OneOf,
    /// Any of `options`: ticked or written.
    ManyOf,
    /// Those of `options` that are headings with something written under or beside them (BD-06).
    Answered,
    /// Rows or lines of actions.
    Actions,
}

/// One value of a closed set and the ways forms print it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The value in the reading.
    pub value: String,
    /// Its printings; compared as labels are, the longest first.
    pub says: Vec<String>,
}

/// How one field appears on the form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct FieldTable {
    /// What the form calls it, for messages to the sender.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What it holds; `text` if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Labels that mean this field and nothing else.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Labels that mean this field only where no better one has an answer ("name", "date").
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub weak_aliases: Vec<String>,
    /// Sub-headings printed inside a `long-text`: they do not end it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<String>,
    /// The closed set, for `one-of`, `many-of` and `answered`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
    /// The ticks may stand anywhere on the form, without a label of their own.
    pub unlabelled: bool,
    /// Take nothing over from the included table for this field.
    pub replace: bool,
}

/// What tells this form from others; in a [`FormTable`] as labels are compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Detect {
    /// Parts of the form's title.
    pub titles: Vec<String>,
    /// Labels that only this form has.
    pub labels: Vec<String>,
    /// Sentences printed on this form only.
    pub phrases: Vec<String>,
}

impl Detect {
    /// As texts of documents are compared, once.
    fn comparable(mut self) -> Self {
        for text in self.titles.iter_mut().chain(&mut self.labels).chain(&mut self.phrases) {
            *text = normalise(text);
        }
        self
    }
}

/// A field that is required only when another has a certain value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequiredWhen {
    /// The field that must be there.
    pub field: FieldId,
    /// The field that decides.
    pub when: FieldId,
    /// Its value.
    pub is: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Source {
    id: String,
    #[serde(default)]
    edition_of: Option<String>,
    #[serde(default)]
    title: String,
    #[serde(default)]
    edition: String,
    #[serde(default)]
    rows: bool,
    #[serde(default)]
    sentences: bool,
    #[serde(default)]
    include: Vec<String>,
    #[serde(default)]
    detect: Option<Detect>,
    #[serde(default)]
    required: Vec<FieldId>,
    #[serde(default)]
    required_when: Vec<RequiredWhen>,
    #[serde(default)]
    fields: BTreeMap<FieldId, FieldTable>,
    #[serde(default)]
    parts: Parts,
    #[serde(default)]
    other_labels: Vec<String>,
    #[serde(default)]
    handling_markers: Vec<String>,
    #[serde(default)]
    appendix_titles: Vec<String>,
}

/// Labels that hold half a field or two of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Parts {
    /// The child's family name.
    pub surname: Vec<String>,
    /// The child's given names.
    pub forenames: Vec<String>,
    /// Name and address in one answer.
    pub name_and_address: Vec<String>,
    /// Name and date of birth in one answer.
    pub name_and_date_of_birth: Vec<String>,
}

/// One form edition, its included tables already folded in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormTable {
    /// The form's id, `form` in a reading; all editions of a form have the same.
    pub id: FormId,
    /// Its printed title.
    pub title: String,
    /// Which edition the labels were taken from.
    pub edition: String,
    /// One row a child: its labels are column headings (`rows`).
    pub rows: bool,
    /// People write it in sentences, too (`sentences`): a child's name beside its date of birth is then enough.
    pub sentences: bool,
    /// What identifies it.
    pub detect: Detect,
    /// Fields without which the form is incomplete.
    pub required: Vec<FieldId>,
    /// Fields that some answers make required.
    pub required_when: Vec<RequiredWhen>,
    /// The fields.
    pub fields: BTreeMap<FieldId, FieldTable>,
    /// Divided and joined fields.
    pub parts: Parts,
    /// Labels of this form that are not read: never an answer to another label.
    pub other_labels: Vec<String>,
    /// Words that restrict whom the paper may go to (SY-21).
    pub handling_markers: Vec<String>,
    /// How a document begins that is no form but its sensitive appendix (SY-21).
    pub appendix_titles: Vec<String>,
}

impl FormTable {
    /// What the form calls a field.
    pub fn label(&self, field: FieldId) -> String {
        let label = self.fields.get(&field).and_then(|table| table.label.clone());
        label.unwrap_or_else(|| field.as_str().replace('_', " "))
    }
}

/// All label tables in use, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormTables {
    /// In the order of their files.
    pub tables: Vec<FormTable>,
    /// Their labels, as they are compared.
    dictionary: Dictionary,
}

/// A form as the reader looks for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form<'t> {
    pub table: &'t FormTable,
    pub labels: Labels<'t>,
}

/// A label table that cannot be used, with where and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct FormTableError {
    /// The file as it was named.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What is wrong and what to write.
    pub message: String,
}

impl FormTables {
    /// The shipped tables.
    ///
    /// # Errors
    /// None in a tested build; the type is that of [`FormTables::from_sources`].
    pub fn shipped() -> Result<Self, FormTableError> {
        Self::from_sources(embedded())
    }

    /// Reads and checks tables. One without `[detect]` is only there to be included by others.
    ///
    /// # Errors
    /// [`FormTableError`] for the first file that cannot be used.
    pub fn from_sources<N: Into<String>, T: AsRef<str>>(
        sources: impl IntoIterator<Item = (N, T)>,
    ) -> Result<Self, FormTableError> {
        let mut read: Vec<(String, String, Source)> = Vec::new();
        for (file, text) in sources {
            let (file, text) = (file.into(), text.as_ref().to_owned());
            let source: Source = toml::from_str(&text).map_err(|error| {
                let (line, column) = position(&text, error.span().map_or(0, |span| span.start));
                FormTableError { file: file.clone(), line, column, message: error.message().to_owned() }
            })?;
            if let Some((other, ..)) = read.iter().find(|(_, _, known)| known.id == source.id) {
                let message = format!("form id `{}` is already used by {other}: give each table its own id", source.id);
                return Err(fault(&file, &text, "id", message));
            }
            read.push((file, text, source));
        }
        let mut tables = Vec::new();
        for (file, text, source) in &read {
            let Some(detect) = source.detect.clone() else { continue };
            let detect = detect.comparable();
            let mut table = FormTable {
                id: FormId::new(source.edition_of.as_ref().unwrap_or(&source.id).clone()),
                title: source.title.clone(),
                edition: source.edition.clone(),
                rows: source.rows,
                sentences: source.sentences,
                detect,
                required: source.required.clone(),
                required_when: source.required_when.clone(),
                fields: source.fields.clone(),
                parts: source.parts.clone(),
                other_labels: source.other_labels.clone(),
                handling_markers: source.handling_markers.clone(),
                appendix_titles: source.appendix_titles.clone(),
            };
            for name in &source.include {
                let Some((_, _, base)) = read.iter().find(|(_, _, other)| other.id == *name) else {
                    let message = format!("includes `{name}`, but no table has that id: correct it or add the table");
                    return Err(fault(file, text, name, message));
                };
                fold_in(&mut table, base);
            }
            check(&table).map_err(|(near, message)| fault(file, text, &near, message))?;
            tables.push(table);
        }
        Ok(Self { dictionary: Dictionary::of(&tables), tables })
    }

    /// The labels of every form.
    pub(super) fn labels(&self) -> Labels<'_> {
        self.dictionary.all()
    }

    /// All forms that are one child's, in the order of their tables.
    pub(super) fn forms(&self) -> impl Iterator<Item = Form<'_>> {
        let all = self.tables.iter().enumerate().filter(|(_, table)| !table.rows);
        all.map(|(form, table)| Form { table, labels: self.dictionary.labels(form) })
    }

    /// These tables with no more than reading needs: the labels are in the dictionary already.
    pub(super) fn for_reading(&self) -> Self {
        let mut lean = self.clone();
        for table in lean.tables.iter_mut().filter(|table| !table.rows) {
            for field in table.fields.values_mut() {
                (field.aliases, field.weak_aliases) = (Vec::new(), Vec::new());
            }
            (table.parts, table.other_labels) = (Parts::default(), Vec::new());
        }
        lean
    }

    /// The table of a form, the first of its editions.
    pub fn get(&self, id: &FormId) -> Option<&FormTable> {
        self.tables.iter().find(|table| table.id == *id)
    }
}

fn fold_in(table: &mut FormTable, base: &Source) {
    for (id, theirs) in &base.fields {
        let ours = table.fields.entry(*id).or_default();
        if ours.replace {
            continue;
        }
        ours.label = ours.label.take().or_else(|| theirs.label.clone());
        ours.kind = ours.kind.or(theirs.kind);
        ours.aliases.extend(theirs.aliases.iter().cloned());
        ours.weak_aliases.extend(theirs.weak_aliases.iter().cloned());
        if ours.options.is_empty() {
            ours.options.clone_from(&theirs.options);
        }
        ours.within.extend(theirs.within.iter().cloned());
        ours.unlabelled |= theirs.unlabelled;
    }
    table.parts.surname.extend(base.parts.surname.iter().cloned());
    table.parts.forenames.extend(base.parts.forenames.iter().cloned());
    table.parts.name_and_address.extend(base.parts.name_and_address.iter().cloned());
    table.parts.name_and_date_of_birth.extend(base.parts.name_and_date_of_birth.iter().cloned());
    table.other_labels.extend(base.other_labels.iter().cloned());
    table.handling_markers.extend(base.handling_markers.iter().cloned());
    table.appendix_titles.extend(base.appendix_titles.iter().cloned());
}

fn check(table: &FormTable) -> Result<(), (String, String)> {
    let detect = &table.detect;
    if detect.titles.is_empty() && detect.labels.is_empty() && detect.phrases.is_empty() {
        return Err((
            "detect".into(),
            "nothing identifies this form: give `titles`, `labels` or `phrases` under [detect]".into(),
        ));
    }
    for (id, field) in &table.fields {
        let closed = matches!(field.kind, Some(Kind::OneOf | Kind::ManyOf | Kind::Answered));
        if closed && field.options.is_empty() {
            let message = format!("`{id}` is a choice without `options`: list them, or make its kind `text`");
            return Err((id.to_string(), message));
        }
        let mut said: BTreeMap<String, &str> = BTreeMap::new();
        for (text, value) in
            field.options.iter().flat_map(|choice| choice.says.iter().map(|text| (text, choice.value.as_str())))
        {
            if said.insert(normalise(text), value).is_some_and(|other| other != value) {
                let message = format!("two options of `{id}` say \"{text}\": each printing can mean one value only");
                return Err((text.clone(), message));
            }
        }
    }
    let mut owner: BTreeMap<String, FieldId> = BTreeMap::new();
    for (id, field) in &table.fields {
        for alias in &field.aliases {
            if let Some(other) = owner.insert(normalise(alias), *id).filter(|other| other != id) {
                let message =
                    format!("the label \"{alias}\" stands for both `{other}` and `{id}`: keep it in one of them");
                return Err((alias.clone(), message));
            }
        }
    }
    Ok(())
}

fn fault(file: &str, text: &str, near: &str, message: String) -> FormTableError {
    let (line, column) = position(text, text.find(near).unwrap_or(0));
    FormTableError { file: file.to_owned(), line, column, message }
}

fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    (line, before.rsplit('\n').next().unwrap_or_default().chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_tables_are_sound() {
        let tables = FormTables::shipped().unwrap();
        let ids: Vec<&str> = tables.tables.iter().map(|table| table.id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "surrey-rat",
                "surrey-rmm-checklist",
                "surrey-rmm-recording-template",
                "surrey-rmm-update-form",
                "st-helens-ce-assessment",
                "st-helens-mace-template",
                "mace-flag-notification",
                "blackburn-cse-assessment",
                "mace-referral",
                "screening-tool",
                "return-home-interview",
                "outcome-sheet"
            ]
        );
    }

    #[test]
    fn a_wrong_table_says_file_line_and_what_to_write() {
        let read = |text: &str| FormTables::from_sources([("x.toml", text)]).unwrap_err();
        let error = read("id = \"x\"\n[detect]\ntitels = [\"a\"]\n");
        assert_eq!((error.file.as_str(), error.line), ("x.toml", 3));
        assert!(error.message.contains("titels"));
        let error = read("id = \"x\"\ninclude = [\"comon\"]\n[detect]\ntitles = [\"a\"]\n");
        assert_eq!(error.line, 2);
        assert!(error.to_string().contains("no table has that id"));
        let error = read("id = \"x\"\n[detect]\ntitles = [\"a\"]\n[fields.outcome]\nkind = \"one-of\"\n");
        assert!(error.message.contains("without `options`"));
        let error = read(
            "id = \"x\"\n[detect]\ntitles = [\"a\"]\n[fields.age]\naliases=[\"dob\"]\n[fields.date_of_birth]\naliases=[\"D.O.B.\"]",
        );
        assert!(error.message.contains("both"), "{error}");
    }
}
