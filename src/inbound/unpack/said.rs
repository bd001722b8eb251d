//! Everything that a mail of ours says, opened again before it goes.

use super::text::html_to_text;
use mail_parser::{MessageParser, MimeHeaders, PartType};

/// What a message says outside the papers it carries.
#[derive(Debug, Default)]
pub struct Said {
    /// Subject, file names, every text and every HTML part, calendar entries among them.
    pub text: String,
    /// The content of other parts, with the last part of their names: `xlsx`.
    pub files: Vec<(Option<String>, Vec<u8>)>,
}

/// Opens a message whose papers were left out of it; empty parts are those papers' places. None where it is no message.
pub fn said(raw: &[u8]) -> Option<Said> {
    let message = MessageParser::default().parse(raw)?;
    let mut said = Said { text: message.subject().unwrap_or_default().to_owned(), files: Vec::new() };
    for part in &message.parts {
        if let Some(name) = part.attachment_name() {
            said.text.push('\n');
            said.text.push_str(name);
        }
        match &part.body {
            PartType::Text(text) => {
                said.text.push('\n');
                push_unfolded(text, &mut said.text);
            }
            PartType::Html(html) => {
                said.text.push('\n');
                said.text.push_str(&html_to_text(html));
            }
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) if !bytes.trim_ascii().is_empty() => {
                let extension = part.attachment_name().and_then(|name| name.rsplit_once('.'));
                said.files.push((extension.map(|(_, end)| end.to_owned()), bytes.to_vec()));
            }
            _ => {}
        }
    }
    Some(said)
}

/// A calendar line is folded in the middle of a word (RFC 5545 §3.1): what begins with a space goes on the line before.
fn push_unfolded(text: &str, out: &mut String) {
    out.reserve(text.len());
    for (nth, line) in text.split('\n').enumerate() {
        match line.strip_prefix(' ') {
            Some(rest) if nth > 0 && out.ends_with('\r') => {
                out.pop();
                out.push_str(rest);
            }
            Some(_) if nth > 0 => out.push_str(line),
            _ => {
                if nth > 0 {
                    out.push('\n');
                }
                out.push_str(line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_lines_are_joined() {
        let mut out = String::new();
        push_unfolded("one\r\n two\n three\r\nfour\n\n", &mut out);
        assert_eq!(out, "onetwo three\r\nfour\n\n");
    }
}
