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
                // A calendar line is folded in the middle of a word (RFC 5545 §3.1).
                said.text.push_str(&text.replace("\r\n ", "").replace("\n ", " "));
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
