//! Standard output: text lines for people, JSON lines for programs.

use serde::Serialize;
use std::io::{Result, Write, stdout};

/// How results are printed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Output {
    pub(super) json: bool,
}

impl Output {
    /// Prints the lines, each as JSON or as the text made of it.
    pub(super) fn lines<T: Serialize>(self, items: &[T], text: impl Fn(&T) -> String) -> Result<()> {
        let mut out = std::io::BufWriter::new(stdout().lock());
        for item in items {
            if self.json {
                serde_json::to_writer(&mut out, item)?;
                out.write_all(b"\n")?;
            } else {
                out.write_all(text(item).as_bytes())?;
                out.write_all(b"\n")?;
            }
        }
        out.flush()
    }

    /// A line for people only.
    pub(super) fn text(self, line: &str) -> Result<()> {
        if self.json {
            return Ok(());
        }
        let mut out = stdout().lock();
        writeln!(out, "{line}")?;
        out.flush()
    }
}
