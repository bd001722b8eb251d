//! The readable body, and what of it is new.

mod html;
mod fresh;
mod ours;

pub use fresh::new_text;
pub use html::html_to_text;
pub(in crate::inbound) use html::{Piece, pieces};
pub(super) use ours::without_ours;

/// Plain text with Unix line ends, plain spaces, no invisible characters, no trailing space and at most one empty line
/// in a row.
pub(super) fn tidy(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (mut out, mut empty) = (String::with_capacity(text.len()), 0);
    for line in text.split('\n') {
        let line: String = line
            .chars()
            .filter(|c| !matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{AD}'))
            .map(|c| if c == '\u{A0}' || c == '\u{202F}' { ' ' } else { c })
            .filter(|c| !c.is_control() || *c == '\t')
            .collect();
        let line = line.trim_end();
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.trim_matches('\n').to_owned()
}
