//! MAPI properties (MS-OXPROPS), which a `.msg` file and a winmail.dat both hold: the few that matter here.

use super::super::decode;
use super::{Content, Member, Message, rtf};
use crate::casework::{Finding, FindingCode};
use std::collections::BTreeMap;

pub(super) const CLASS: u16 = 0x001A;
const SUBJECT: u16 = 0x0037;
const REPRESENTED_ADDRESS: u16 = 0x0065;
const REPRESENTED_NAME: u16 = 0x0042;
const TRANSPORT_HEADER: u16 = 0x007D;
const SENDER_NAME: u16 = 0x0C1A;
const SENDER_ADDRESS: u16 = 0x0C1F;
const BODY: u16 = 0x1000;
const RTF: u16 = 0x1009;
const HTML: u16 = 0x1013;
const MESSAGE_ID: u16 = 0x1035;
const DISPLAY_NAME: u16 = 0x3001;
pub(super) const DATA: u16 = 0x3701;
const EXTENSION: u16 = 0x3703;
const SHORT_NAME: u16 = 0x3704;
const METHOD: u16 = 0x3705;
const LONG_NAME: u16 = 0x3707;
const MIME_TYPE: u16 = 0x370E;
const CONTENT_ID: u16 = 0x3712;
const CODE_PAGE: u16 = 0x3FFD;
const INTERNET_CODE_PAGE: u16 = 0x3FDE;
const SENDER_SMTP: u16 = 0x5D01;
const REPRESENTED_SMTP: u16 = 0x5D02;
const HIDDEN: u16 = 0x7FFE;

/// PR_ATTACH_METHOD: an embedded message, and what is no file at all.
const EMBEDDED_MESSAGE: u32 = 5;
const EMBEDDED_OBJECT: u32 = 6;
const BY_REFERENCE: [u32; 4] = [2, 3, 4, 7];

/// Property types.
pub(super) const STRING8: u16 = 0x001E;
pub(super) const UNICODE: u16 = 0x001F;

/// A value as it stands, with its type.
#[derive(Clone, Debug)]
pub(super) struct Property {
    pub kind: u16,
    pub bytes: Vec<u8>,
}

/// The properties of one object, by id. Named properties are left out.
#[derive(Default)]
pub(super) struct Properties(pub BTreeMap<u16, Property>);

impl Properties {
    fn bytes(&self, id: u16) -> Option<&[u8]> {
        self.0.get(&id).map(|property| property.bytes.as_slice())
    }

    fn number(&self, id: u16) -> Option<u32> {
        self.bytes(id)?.get(..4)?.try_into().ok().map(u32::from_le_bytes)
    }

    /// The character set of the 8-bit strings and of the HTML.
    fn charset(&self, ids: [u16; 2]) -> Option<String> {
        let page = ids.iter().find_map(|id| self.number(*id))?;
        Some(match page {
            65001 => "utf-8".to_owned(),
            28591..=28605 => format!("iso-8859-{}", page - 28590),
            20127 => "us-ascii".to_owned(),
            page => format!("windows-{page}"),
        })
    }

    fn text(&self, id: u16) -> Option<String> {
        let property = self.0.get(&id)?;
        let text = if property.kind == UNICODE {
            let (pairs, _) = property.bytes.as_chunks::<2>();
            let units = pairs.iter().map(|pair| u16::from_le_bytes(*pair));
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        } else {
            decode::characters(&property.bytes, self.charset([CODE_PAGE, INTERNET_CODE_PAGE]).as_deref())
        };
        let text = text.trim_end_matches('\0');
        (!text.trim().is_empty()).then(|| text.to_owned())
    }

    fn first_text(&self, ids: &[u16]) -> Option<String> {
        ids.iter().find_map(|id| self.text(*id))
    }

    /// What a message says besides its attachments. `most` bounds the inflated rich text.
    pub(super) fn message(&self, most: usize) -> Message {
        let html = self.0.get(&HTML).map(|property| {
            if property.kind == UNICODE {
                self.text(HTML).unwrap_or_default()
            } else {
                decode::characters(&property.bytes, self.charset([INTERNET_CODE_PAGE, CODE_PAGE]).as_deref())
            }
        });
        let mut message = Message {
            header: self.text(TRANSPORT_HEADER),
            subject: self.text(SUBJECT),
            // An address of Exchange's own kind ("/O=…") is none that mail could be sent to; headers::read drops it.
            sender: self.first_text(&[SENDER_SMTP, REPRESENTED_SMTP, SENDER_ADDRESS, REPRESENTED_ADDRESS]),
            sender_name: self.first_text(&[SENDER_NAME, REPRESENTED_NAME]),
            message_id: self.text(MESSAGE_ID),
            class: self.text(CLASS),
            plain: self.text(BODY),
            html,
        };
        if message.plain.is_none() && message.html.is_none() {
            match self.bytes(RTF).and_then(|bytes| rtf::inflate(bytes, most)).map(|rich| rtf::text(&rich)) {
                Some(rtf::Text::Html(html)) => message.html = Some(html),
                Some(rtf::Text::Plain(text)) => message.plain = Some(text),
                None => {}
            }
        }
        message
    }

    /// An attachment's name and kind; its content is the caller's to say.
    pub(super) fn member(&self, content: Content) -> Member {
        let name = self.first_text(&[LONG_NAME, SHORT_NAME, DISPLAY_NAME]).map(|name| self.with_extension(name));
        Member {
            name,
            declared: self.text(MIME_TYPE),
            content_id: self.text(CONTENT_ID),
            hidden: self.bytes(HIDDEN).is_some_and(|flag| flag.first().is_some_and(|byte| *byte != 0)),
            content,
        }
    }

    /// A name without an ending gets the one beside it: the reader's hint of what a broken file was meant to be.
    fn with_extension(&self, name: String) -> String {
        match self.text(EXTENSION).filter(|ending| ending.starts_with('.') && !name.contains('.')) {
            Some(ending) => format!("{name}{ending}"),
            None => name,
        }
    }

    pub(super) fn is_embedded_message(&self) -> bool {
        self.number(METHOD) == Some(EMBEDDED_MESSAGE)
    }

    /// Why there is no file behind an attachment, if there is none.
    pub(super) fn no_file(&self) -> Option<Finding> {
        let method = self.number(METHOD)?;
        let words = if BY_REFERENCE.contains(&method) {
            "The attachment is only a link to a file kept elsewhere, and links are not followed. Please attach the file itself."
        } else if method == EMBEDDED_OBJECT {
            "Something was pasted into the message as an object, and objects are not opened. Please attach the file itself."
        } else {
            return None;
        };
        Some(Finding::document(FindingCode::Unreadable, words))
    }
}
