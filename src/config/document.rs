//! A TOML file, or a file laid over the file it builds on, with the place of every value kept.
//!
//! The child's text is parsed as if it stood after its base's in one long text, so that every span says by itself which
//! file it belongs to, also after the two tables have been merged.

use super::problem::Problem;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// How many unknown keys of one file are reported before giving up.
const MOST_UNKNOWN_KEYS: usize = 20;

/// One file's text.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) text: Arc<str>,
}

/// Files to be laid one over another, in that order.
#[derive(Clone, Debug)]
pub(super) struct Layers {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
struct Part {
    source: Source,
    offset: usize,
    padded: String,
}

impl Layers {
    pub(super) fn new(sources: Vec<Source>) -> Self {
        let mut offset = 0;
        let parts = sources
            .into_iter()
            .map(|source| {
                let part = Part { offset, padded: format!("{}{}", " ".repeat(offset), source.text), source };
                offset += part.source.text.len() + 1;
                part
            })
            .collect();
        Self { parts }
    }
}

/// One table out of one or more files.
#[derive(Clone, Debug)]
pub(super) struct Document<'t> {
    layers: &'t Layers,
    root: Spanned<DeTable<'t>>,
}

impl<'t> Document<'t> {
    /// Parses the files and lays each over those before it.
    ///
    /// # Errors
    /// Every syntax error of every file.
    pub(super) fn parse(layers: &'t Layers) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut document = Self { layers, root: Spanned::new(0..0, DeTable::new()) };
        for part in &layers.parts {
            let (table, errors) = DeTable::parse_recoverable(&part.padded);
            problems.extend(errors.iter().map(|error| document.syntax_problem(error)));
            let mut table = table.into_inner();
            text_dates(&mut table);
            lay_over(document.root.get_mut(), table);
        }
        if problems.is_empty() { Ok(document) } else { Err(problems) }
    }

    /// The topmost file: the one a whole-file problem is about.
    fn top(&self) -> &str {
        self.layers.parts.last().map_or("", |part| part.source.name.as_str())
    }

    fn place(&self, problem: Problem, span: &Range<usize>) -> Problem {
        let part = self.layers.parts.iter().rev().find(|part| part.offset <= span.start);
        match part {
            Some(part) => {
                let end = part.source.text.len();
                let (from, to) = (span.start - part.offset, span.end.saturating_sub(part.offset));
                let mut problem = problem.at(&part.source.text, from.min(end)..to.clamp(from.min(end), end));
                problem.file.clone_from(&part.source.name);
                problem
            }
            None => problem,
        }
    }

    /// A problem at the value at a path such as `series.exceptions.0.date`, or at the nearest thing around it.
    pub(super) fn problem(&self, path: &str, message: impl Into<String>, help: impl Into<String>) -> Problem {
        let problem = Problem::error(self.top(), message, help);
        match self.span(path) {
            Some(span) => self.place(problem, &span),
            None => problem,
        }
    }

    fn span(&self, path: &str) -> Option<Range<usize>> {
        let mut keys = path.split('.');
        let mut at = self.root.get_ref().get(keys.next()?)?;
        for key in keys {
            let next = match at.get_ref() {
                DeValue::Table(table) => table.get(key),
                DeValue::Array(array) => key.parse::<usize>().ok().and_then(|i| array.get(i)),
                _ => None,
            };
            match next {
                Some(next) => at = next,
                None => break,
            }
        }
        Some(at.span())
    }

    /// The text at a top-level key, where there is one.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.root.get_ref().get(key)?.get_ref().as_str()
    }

    /// Takes a top-level key away.
    pub(super) fn remove(&mut self, key: &str) {
        self.root.get_mut().remove(key);
    }

    /// Adds a top-level text where the key is missing.
    pub(super) fn default_text(&mut self, key: &str, text: &str) {
        if !self.root.get_ref().contains_key(key) {
            let value = DeValue::String(Cow::Owned(text.to_owned()));
            self.root.get_mut().insert(Spanned::new(0..0, Cow::Owned(key.to_owned())), Spanned::new(0..0, value));
        }
    }

    /// The table as a value. Goes on after an unknown key, so that all of them are reported at once.
    ///
    /// # Errors
    /// Everything that could be found: all unknown keys, and the first value that does not fit.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut root = self.root.clone();
        for _ in 0..MOST_UNKNOWN_KEYS {
            let error = match T::deserialize(toml::Deserializer::from(root.clone())) {
                Ok(value) if problems.is_empty() => return Ok(value),
                Ok(_) => return Err(problems),
                Err(error) => error,
            };
            problems.push(self.value_problem(&error));
            let unknown = error.message().starts_with("unknown field");
            if !unknown || !error.span().is_some_and(|span| remove_key(root.get_mut(), &span)) {
                return Err(problems);
            }
        }
        Err(problems)
    }

    fn syntax_problem(&self, error: &toml::de::Error) -> Problem {
        let help = "Look for a missing quote, bracket or `=` here or just above.";
        let problem = Problem::error(self.top(), format!("not valid TOML: {}", error.message()), help);
        error.span().map_or_else(|| problem.clone(), |span| self.place(problem.clone(), &span))
    }

    fn value_problem(&self, error: &toml::de::Error) -> Problem {
        let message = error.message();
        let problem = if let Some(key) = message.strip_prefix("unknown field ").and_then(quoted) {
            let known: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
            Problem::error(self.top(), format!("`{key}` is not a key of this table"), nearest(key, &known))
        } else if let Some(key) = message.strip_prefix("missing field ").and_then(quoted) {
            Problem::error(self.top(), format!("`{key}` is missing"), super::what_to_write::of(key))
        } else if let Some(value) = message.strip_prefix("unknown variant ").and_then(quoted) {
            let known: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
            Problem::error(self.top(), format!("`{value}` is not one of the values"), nearest(value, &known))
        } else {
            let first = message.lines().next().unwrap_or(message);
            Problem::error(self.top(), first, "Correct the value; the shipped profiles show each key in use.")
        };
        match error.span() {
            // Something missing from the file as a whole is told at the top of the topmost file.
            Some(span) if !message.starts_with("missing field") || span.start > 0 => self.place(problem, &span),
            _ => {
                let top = self.layers.parts.last().map_or(0, |part| part.offset);
                self.place(problem, &(top..top))
            }
        }
    }
}

fn quoted(text: &str) -> Option<&str> {
    text.split('`').nth(1)
}

/// `Did you mean …?` where one of the known words is near, and the known words.
pub(super) fn nearest(word: &str, known: &[&str]) -> String {
    let list = known.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
    match near(word, known) {
        Some(near) => format!("Did you mean `{near}`? Known: {list}."),
        None => format!("Known: {list}."),
    }
}

/// Is it likely to be one of these, written with a slip?
pub(super) fn is_near(word: &str, known: &[&str]) -> bool {
    near(word, known).is_some()
}

fn near<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let scored = known.iter().map(|k| (strsim::jaro_winkler(word, k), *k)).filter(|(score, _)| *score > 0.8);
    scored.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, near)| near)
}

/// Lays one table over another: tables are merged key by key, anything else replaces. A table that names its own `rule`
/// replaces the whole one beneath, because the other rule's keys mean nothing to it.
fn lay_over<'t>(beneath: &mut DeTable<'t>, above: DeTable<'t>) {
    for (key, value) in above {
        let own_rule = value.get_ref().as_table().is_some_and(|table| table.contains_key("rule"));
        let merged = match beneath.get_mut(key.get_ref().as_ref()) {
            Some(below) if !own_rule && below.get_ref().is_table() && value.get_ref().is_table() => Some(below),
            _ => None,
        };
        match (merged, value) {
            (Some(below), value) => {
                if let (DeValue::Table(below), DeValue::Table(above)) = (below.get_mut(), value.into_inner()) {
                    lay_over(below, above);
                }
            }
            (None, value) => {
                beneath.remove(key.get_ref().as_ref());
                beneath.insert(key, value);
            }
        }
    }
}

/// TOML's own dates and times become texts, so that a date may be written with or without quotes.
fn text_dates(table: &mut DeTable<'_>) {
    for (_, value) in table.iter_mut() {
        text_date(value.get_mut());
    }
}

fn text_date(value: &mut DeValue<'_>) {
    match value {
        DeValue::Datetime(moment) => *value = DeValue::String(Cow::Owned(moment.to_string())),
        DeValue::Array(array) => array.iter_mut().for_each(|item| text_date(item.get_mut())),
        DeValue::Table(table) => text_dates(table),
        _ => {}
    }
}

/// Removes the entry whose key stands at this place.
fn remove_key(table: &mut DeTable<'_>, span: &Range<usize>) -> bool {
    let here = table.keys().find(|key| key.span() == *span).map(|key| key.get_ref().to_string());
    if let Some(key) = here {
        return table.remove(key.as_str()).is_some();
    }
    table.iter_mut().any(|(_, value)| remove_in(value.get_mut(), span))
}

fn remove_in(value: &mut DeValue<'_>, span: &Range<usize>) -> bool {
    match value {
        DeValue::Table(table) => remove_key(table, span),
        DeValue::Array(array) => array.iter_mut().any(|item| remove_in(item.get_mut(), span)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        name: String,
        day: jiff::civil::Date,
        #[serde(default)]
        inner: Inner,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Inner {
        rule: String,
        a: i64,
        b: i64,
    }

    fn read(texts: &[&str]) -> Result<Sample, Vec<String>> {
        let sources = texts
            .iter()
            .enumerate()
            .map(|(i, text)| Source { name: format!("{i}.toml"), text: Arc::from(*text) })
            .collect();
        let layers = Layers::new(sources);
        let read = Document::parse(&layers).and_then(|document| document.read());
        read.map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_child_is_laid_over_its_base_key_by_key() {
        let base = "name = 'base'\nday = 2026-11-24\n[inner]\na = 1\nb = 2\n";
        let sample = read(&[base, "name = 'child'\n[inner]\nb = 3\n"]).unwrap();
        let inner = Inner { rule: String::new(), a: 1, b: 3 };
        assert_eq!(sample, Sample { name: "child".to_owned(), day: jiff::civil::date(2026, 11, 24), inner });
        let sample = read(&[base, "[inner]\nrule = 'other'\nb = 3\n"]).unwrap();
        assert_eq!(sample.inner, Inner { rule: "other".to_owned(), a: 0, b: 3 }, "another rule has other keys");
    }

    #[test]
    fn a_fault_is_placed_in_the_file_it_stands_in() {
        let base = "name = 'base'\nday = 2026-11-24\n[inner]\na = 'x'\n";
        let problems = read(&[base, "name = 'child'\n"]).unwrap_err();
        assert!(problems[0].starts_with("0.toml:4:5: "), "{problems:?}");
        let problems = read(&[base, "\n[inner]\na = 'y'\n"]).unwrap_err();
        assert!(problems[0].starts_with("1.toml:3:5: "), "{problems:?}");
    }

    #[test]
    fn every_unknown_key_is_told_with_what_it_might_have_been() {
        let problems =
            read(&["nane = 'x'\nname = 'x'\nday = 2026-11-24\n[inner]\nzebra = 1\n[other]\nc = 1\n"]).unwrap_err();
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(
            problems.iter().any(|p| p.starts_with("0.toml:1:1: ") && p.contains("Did you mean `name`")),
            "{problems:?}"
        );
        assert!(problems.iter().any(|p| p.starts_with("0.toml:5:1: `zebra`")), "{problems:?}");
    }

    #[test]
    fn every_syntax_error_is_told() {
        let problems = read(&["name = \nday = 2026-11-24\n]\n"]).unwrap_err();
        assert!(problems.len() >= 2 && problems[0].contains("not valid TOML"), "{problems:?}");
    }
}
