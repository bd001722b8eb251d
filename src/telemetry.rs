//! The log: on standard error, for people or for programs, with ids and never with names (STYLE 12). It is not the
//! journal: nothing that must be proved later is only here.
//!
//! The mail libraries log what they carry (commands with passwords at TRACE, whole bodies at DEBUG), so they are held at
//! `info` whatever the filter says.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use tracing_subscriber::EnvFilter;

/// The environment variable that overrides the configured filter.
pub const VARIABLE: &str = "DUTYCLERK_LOG";

/// Libraries that would log personal data or secrets below `info`.
const HELD: &[&str] = &["async_imap", "lettre"];

/// The log's shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One line of text an event.
    Human,
    /// One JSON object an event.
    Json,
}

/// A filter that is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{filter}` is not a log filter ({why}): write for example info, or info,dutyclerk::daemon=debug")]
pub struct BadFilter {
    filter: String,
    why: String,
}

/// Starts logging; the environment's filter overrides the configured one. A second call changes nothing.
///
/// # Errors
/// A filter that cannot be read.
pub fn start(shape: Shape, configured: &str) -> Result<(), BadFilter> {
    let wanted = std::env::var(VARIABLE).ok().filter(|text| !text.trim().is_empty());
    let filter = filter(wanted.as_deref().unwrap_or(configured))?;
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colour).with_writer(|| OneLine(io::stderr()));
    // What a panic says may quote what was being read, which is about a child.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "the program met something it should never meet, and gave up what it was at");
    }));
    // Somebody (a test, an embedding program) may have set a subscriber already; theirs stays.
    let _already_set = match shape {
        Shape::Human => log.with_target(false).compact().try_init().is_err(),
        Shape::Json => log.json().flatten_event(true).with_current_span(false).try_init().is_err(),
    };
    Ok(())
}

/// Writes each event in one line, whatever stands in its values: a server's words or a file's name may hold line ends, and
/// whoever chose them must not be able to write lines of ours. Colours stay.
pub(crate) struct OneLine<W>(pub(crate) W);

impl<W: Write> Write for OneLine<W> {
    /// An event comes whole, with its line end.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let mut out = String::with_capacity(line.len() + 1);
        for c in line.chars() {
            // NEL, LINE SEPARATOR, PARAGRAPH SEPARATOR and what turns the writing direction are seen as line ends or worse.
            let turns = matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if (c.is_control() && c != '\u{1b}') || turns {
                let _ = write!(out, "\\u{:04x}", u32::from(c)); // as JSON writes it; writing to a String cannot fail
            } else {
                out.push(c);
            }
        }
        out.push('\n');
        self.0.write_all(out.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn filter(wanted: &str) -> Result<EnvFilter, BadFilter> {
    let held = |directive: &&str| {
        let target = directive.split(['=', '[', ':']).next().unwrap_or_default().trim();
        HELD.contains(&target)
    };
    let kept = wanted.split(',').map(str::trim).filter(|d| !d.is_empty() && !held(d));
    let all: Vec<String> = kept.map(str::to_owned).chain(HELD.iter().map(|target| format!("{target}=info"))).collect();
    EnvFilter::try_new(all.join(",")).map_err(|error| BadFilter { filter: wanted.to_owned(), why: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mail_libraries_cannot_be_made_to_talk() {
        for wanted in ["trace", "async_imap=trace", "info,lettre::transport=trace,async_imap::types=debug"] {
            let text = filter(wanted).unwrap().to_string();
            assert!(text.contains("async_imap=info") && text.contains("lettre=info"), "{text}");
            assert!(!text.contains("lettre::transport") && !text.contains("async_imap::types"), "{text}");
        }
        assert_eq!(filter("trace").unwrap().max_level_hint(), Some(tracing::level_filters::LevelFilter::TRACE));
    }

    #[test]
    fn a_filter_that_is_none_is_told() {
        assert!(filter("dutyclerk=loud").unwrap_err().to_string().contains("dutyclerk=loud"));
    }
}
