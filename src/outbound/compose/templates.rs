//! The templates: embedded, overridable file by file, and every one rendered with sample views before the first mail.
//!
//! Undefined names and absent values are errors, not empty text; `.html` is escaped; each rendering has a fuel limit.

use super::{samples, words};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, escape_formatter};
use std::collections::BTreeMap;

/// Instructions one rendering may take; the largest agenda of the samples takes a hundredth of it.
const FUEL: u64 = 2_000_000;

macro_rules! embedded {
    ($($path:literal),* $(,)?) => {
        /// Every template, by its path under `templates/`.
        const EMBEDDED: &[(&str, &str)] = &[$(($path, include_str!(concat!("../../../templates/", $path)))),*];
    };
}

embedded! {
    "_layout.html", "_parts.html", "_parts.txt", "_words.txt", "_answer.html", "_answer.txt", "_after.txt", "_offers.html",
    "_offers.txt",
    "acknowledgement/subject.txt", "acknowledgement/text.txt", "acknowledgement/body.html",
    "query/subject.txt", "query/text.txt", "query/body.html",
    "received-only/subject.txt", "received-only/text.txt", "received-only/body.html",
    "settled/subject.txt", "settled/text.txt", "settled/body.html",
    "agenda/subject.txt", "agenda/text.txt", "agenda/body.html",
    "approval/subject.txt", "approval/text.txt", "approval/body.html",
    "supplement/subject.txt", "supplement/text.txt", "supplement/body.html",
    "list/subject.txt", "list/text.txt", "list/body.html",
    "extract/subject.txt", "extract/text.txt", "extract/body.html",
    "health-copy/subject.txt", "health-copy/text.txt", "health-copy/body.html",
    "invitation/subject.txt", "invitation/text.txt", "invitation/body.html",
    "invitation-update/subject.txt", "invitation-update/text.txt", "invitation-update/body.html",
    "invitation-cancel/subject.txt", "invitation-cancel/text.txt", "invitation-cancel/body.html",
    "notification/subject.txt", "notification/text.txt", "notification/body.html",
    "reminder/subject.txt", "reminder/text.txt", "reminder/body.html",
    "outcome-query/subject.txt", "outcome-query/text.txt", "outcome-query/body.html",
    "appendix/subject.txt", "appendix/text.txt", "appendix/body.html",
    "meeting-changed/subject.txt", "meeting-changed/text.txt", "meeting-changed/body.html",
    "handed-on/subject.txt", "handed-on/text.txt", "handed-on/body.html",
    "notes/subject.txt", "notes/text.txt", "notes/body.html",
    "health-notes/subject.txt", "health-notes/text.txt", "health-notes/body.html",
    "alert/subject.txt", "alert/text.txt", "alert/body.html",
    "canary/subject.txt", "canary/text.txt", "canary/body.html",
    "digest/subject.txt", "digest/text.txt", "digest/body.html",
    "outcome-sheet/subject.txt", "outcome-sheet/text.txt", "outcome-sheet/body.html",
}

/// A template that cannot be used: which file, which line (1 is the first; 0 where it is about the whole file), and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("template {file}, line {line}: {message}")]
pub struct TemplateError {
    /// Path under `templates/`.
    pub file: String,
    /// Line in it.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl TemplateError {
    fn from_engine(file: &str, error: &Error) -> Self {
        Self {
            file: error.name().unwrap_or(file).to_owned(),
            line: error.line().unwrap_or(0),
            // Never the template's values: minijinja's detail names variables and expressions only.
            message: error.detail().map_or_else(|| error.kind().to_string(), |d| format!("{}: {d}", error.kind())),
        }
    }
}

/// What a mail's three templates gave.
#[derive(Debug)]
pub(super) struct Rendered {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

/// The checked set of templates.
#[derive(Debug)]
pub struct Templates {
    env: Environment<'static>,
}

impl Templates {
    /// The embedded templates with these overrides (path under `templates/`, text), each checked by rendering it.
    ///
    /// # Errors
    /// A path that is no template's, a syntax error, an unknown variable, an absent value printed, a subject of several
    /// lines, or an answer without the emergency line (SH-23).
    pub fn load(overrides: impl IntoIterator<Item = (String, String)>) -> Result<Self, TemplateError> {
        let mut sources: BTreeMap<&str, String> =
            EMBEDDED.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
        for (path, text) in overrides {
            let Some(source) = sources.get_mut(path.as_str()) else {
                let known = EMBEDDED.iter().map(|(path, _)| *path).collect::<Vec<_>>().join(", ");
                return Err(TemplateError {
                    file: path,
                    line: 0,
                    message: format!("no mail uses this file; there are: {known}"),
                });
            };
            *source = text;
        }
        let mut env = environment(&sources)?;
        for (path, text) in sources {
            env.add_template_owned(path, text).map_err(|error| TemplateError::from_engine(path, &error))?;
        }
        let templates = Self { env };
        samples::check(&templates)?;
        Ok(templates)
    }

    /// Renders a mail's subject, text and HTML.
    pub(super) fn render(&self, folder: &str, context: &serde_json::Value) -> Result<Rendered, TemplateError> {
        let context = Value::from(Serde(context));
        let one = |name: &str| {
            let path = format!("{folder}/{name}");
            let rendered = self.env.get_template(&path).and_then(|template| template.render(&context));
            rendered.map_err(|error| TemplateError::from_engine(&path, &error))
        };
        let subject = one("subject.txt")?.trim().to_owned();
        if subject.is_empty() || subject.contains('\n') {
            let message = "a subject is one line of text".to_owned();
            return Err(TemplateError { file: format!("{folder}/subject.txt"), line: 1, message });
        }
        Ok(Rendered { subject, text: words::fold(&one("text.txt")?), html: words::tidy(&one("body.html")?) })
    }
}

fn environment(sources: &BTreeMap<&str, String>) -> Result<Environment<'static>, TemplateError> {
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    let file = sources.keys().next().copied().unwrap_or_default();
    let mut env = Environment::new();
    env.set_syntax(syntax.map_err(|error| TemplateError::from_engine(file, &error))?);
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_fuel(Some(FUEL));
    env.set_debug(false);
    env.set_auto_escape_callback(|path| if path.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None });
    env.set_formatter(|out, state, value| {
        if value.is_none() {
            return Err(Error::new(
                ErrorKind::InvalidOperation,
                "an absent value was printed; test it with `if` first",
            ));
        }
        escape_formatter(out, state, value)
    });
    env.add_filter("day", |text: &str| civil(text).map(|at| words::day(at.date())));
    env.add_filter("date", |text: &str| civil(text).map(|at| words::date(at.date())));
    env.add_filter("nhs", words::nhs);
    env.add_filter("time", |text: &str| civil(text).map(|at| words::time(at.time())));
    env.add_filter("moment", |text: &str| civil(text).map(words::moment));
    Ok(env)
}

/// A date, a local date and time, or an instant (shown as London's clock shows it).
fn civil(text: &str) -> Result<DateTime, Error> {
    let instant = || text.parse::<Timestamp>().ok().map(|at| words::in_london(at).datetime());
    let local = || text.parse::<DateTime>().ok();
    let date = || text.parse::<Date>().ok().map(|date| date.at(0, 0, 0, 0));
    instant()
        .or_else(local)
        .or_else(date)
        .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "not a date, a date and time, or an instant"))
}
