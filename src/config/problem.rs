//! What is wrong with the configuration, told so that it can be mended: file, line, column, and what to write instead.

use miette::{Diagnostic, LabeledSpan, NamedSource, Severity, SourceCode, SourceSpan};
use serde::Serialize;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The program does not start with it (exit code 2).
    Error,
    /// It starts; a person should look.
    Warning,
}

/// One thing that is wrong or doubtful.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How bad.
    pub level: Level,
    /// Which file; a path, or a shipped file's name.
    pub file: String,
    /// From 1; none where it is about the file as a whole.
    pub line: Option<usize>,
    /// From 1, in characters.
    pub column: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to write or do instead.
    pub help: String,
    #[serde(skip)]
    place: Option<(Arc<str>, Range<usize>)>,
}

impl Problem {
    /// An error about a file as a whole.
    pub fn error(file: impl Into<String>, message: impl Into<String>, help: impl Into<String>) -> Self {
        let (message, help) = (message.into(), help.into());
        Self { level: Level::Error, file: file.into(), line: None, column: None, message, help, place: None }
    }

    /// A warning about a file as a whole.
    pub fn warning(file: impl Into<String>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { level: Level::Warning, ..Self::error(file, message, help) }
    }

    /// The same as a warning.
    #[must_use]
    pub fn as_warning(mut self) -> Self {
        self.level = Level::Warning;
        self
    }

    /// At this byte range of the file's text.
    #[must_use]
    pub fn at(mut self, text: &Arc<str>, span: Range<usize>) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        self.line = Some(before.matches('\n').count() + 1);
        self.column = Some(before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1);
        self.place = Some((hidden(text), span));
        self
    }

    /// On this line, where the text itself is not to be shown.
    #[must_use]
    pub fn on_line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }
}

/// The text with stars for whatever stands as a password in a URL, or in a key that this file does not have: what is drawn
/// shows the lines around a fault too.
fn hidden(text: &Arc<str>) -> Arc<str> {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match password_in(line) {
            Some(range) => {
                out.push_str(line.get(..range.start).unwrap_or_default());
                out.push_str(&"*".repeat(range.len()));
                out.push_str(line.get(range.end..).unwrap_or_default());
            }
            None => out.push_str(line),
        }
    }
    if out == **text { Arc::clone(text) } else { out.into() }
}

/// `scheme://user:PASSWORD@host`, `scheme://…password=PASSWORD`, or `secret = "SECRET"` where `secret_file` was meant.
fn password_in(line: &str) -> Option<Range<usize>> {
    if let Some((key, value)) = line.split_once('=')
        && matches!(key.trim(), "secret" | "client_secret" | "password")
    {
        let start = key.len() + 1;
        return Some(start..start + value.trim_end().len());
    }
    let start = line.find("://")? + 3;
    let rest = line.get(start..)?;
    let before_the_host = rest.rfind('@').and_then(|at| Some(rest.get(..at)?.find(':')? + 1..at));
    let among_the_parameters = || {
        let from = rest.find("password=")? + "password=".len();
        let length = rest.get(from..)?.find(['&', '"', '\'', '\n']).unwrap_or(0);
        Some(from..from + length)
    };
    let range = before_the_host.or_else(among_the_parameters)?;
    Some(start + range.start..start + range.end)
}

/// `config/dutyclerk.toml:3:1: unknown key …. Did you mean …`
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(column) = self.column {
            write!(f, ":{column}")?;
        }
        write!(f, ": {}. {}", self.message, self.help)
    }
}

/// A problem as miette draws it: the message, the line of the file, the place underlined, the help.
#[derive(Debug)]
struct Drawn<'a> {
    problem: &'a Problem,
    source: Option<NamedSource<Arc<str>>>,
}

impl fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.source.is_none() {
            write!(f, "{}", self.problem.file)?;
            self.problem.line.map_or(Ok(()), |line| write!(f, ":{line}"))?;
            f.write_str(": ")?;
        }
        f.write_str(&self.problem.message)
    }
}

impl std::error::Error for Drawn<'_> {}

impl Diagnostic for Drawn<'_> {
    fn severity(&self) -> Option<Severity> {
        Some(match self.problem.level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.problem.help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (_, span) = self.problem.place.as_ref()?;
        let span = SourceSpan::from(span.clone());
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(None, span))))
    }
}

/// Draws problems for a terminal, errors first, in colour or plain.
pub fn draw(problems: &[Problem], colour: bool) -> String {
    let theme = if colour { miette::GraphicalTheme::unicode() } else { miette::GraphicalTheme::unicode_nocolor() };
    let handler = miette::GraphicalReportHandler::new_themed(theme).with_width(120).with_links(false);
    let mut ordered: Vec<&Problem> = problems.iter().collect();
    ordered.sort_by_key(|problem| problem.level);
    let mut out = String::new();
    for problem in ordered {
        let source = problem.place.as_ref().map(|(text, _)| NamedSource::new(&problem.file, Arc::clone(text)));
        let drawn = Drawn { problem, source };
        if handler.render_report(&mut out, &drawn).is_err() {
            out.push_str(&problem.to_string());
        }
        out.push('\n');
    }
    out
}

/// A configuration that cannot be used: every error that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// At least one.
    pub problems: Vec<Problem>,
}

impl From<Problem> for ConfigError {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_file_line_column_and_remedy() {
        let text: Arc<str> = "panels = []\nmailboxs = 3\n".into();
        let problem = Problem::error("dutyclerk.toml", "`mailboxs` is not known", "Write `mailbox`").at(&text, 12..20);
        assert_eq!(problem.to_string(), "dutyclerk.toml:2:1: `mailboxs` is not known. Write `mailbox`");
        let drawn = draw(&[problem], false);
        for part in ["dutyclerk.toml:2:1", "mailboxs = 3", "Write `mailbox`"] {
            assert!(drawn.contains(part), "{part} in:\n{drawn}");
        }
    }

    #[test]
    fn errors_are_drawn_before_warnings() {
        let warning = Problem::warning("a", "later", "wait");
        let error = Problem::error("b", "first", "mend");
        let drawn = draw(&[warning, error], false);
        assert!(drawn.find("first") < drawn.find("later"));
    }
}
