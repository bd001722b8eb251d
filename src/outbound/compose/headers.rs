//! Header values: nothing a stranger wrote can add a header, a recipient or a line.

use super::{Answering, ComposeError, Identifier, identifiers, words};
use crate::casework::{Address, MailKind};
use jiff::Timestamp;
use lettre::message::header::{ContentType, HeaderName, HeaderValue, Headers, To};
use lettre::message::{Mailbox, Mailboxes, MessageBuilder};

/// A References header keeps this many of the latest ids.
const MOST_REFERENCES: usize = 10;

/// Which automatic answers the reader's server is asked not to send (MS-OXCMAIL). An answer or an alert needs none. That a
/// member is away when the pack, list or a health copy comes is something the panel must hear of, since a partner has then
/// not had the papers: only other auto-replies are refused there. Invitations are left alone: a resource mailbox or a
/// delegate answers them automatically, and that answer is the point.
pub(super) fn suppress(kind: MailKind) -> Option<&'static str> {
    match kind {
        MailKind::Invitation | MailKind::InvitationUpdate | MailKind::InvitationCancel => None,
        MailKind::Acknowledgement | MailKind::Query | MailKind::Alert | MailKind::Digest | MailKind::Canary => {
            Some("OOF, AutoReply")
        }
        _ => Some("AutoReply"),
    }
}

pub(super) fn thread(builder: MessageBuilder, answering: &Answering, forbidden: &[Identifier]) -> MessageBuilder {
    let usable = |id: &&str| is_message_id(id) && !identifiers::exposed(id, forbidden);
    let Some(id) = answering.message_id.as_deref().map(str::trim).filter(usable) else { return builder };
    let mut references: Vec<&str> = answering.references.iter().map(|r| r.trim()).filter(usable).collect();
    references.retain(|reference| *reference != id);
    references.push(id);
    let first = references.len().saturating_sub(MOST_REFERENCES);
    let references = references.split_off(first).join(" ");
    builder.in_reply_to(id.to_owned()).references(references)
}

/// `<left@right>` in plain printable ASCII: anything else a stranger wrote stays out of our headers.
fn is_message_id(id: &str) -> bool {
    let inner = id.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    inner.is_some_and(|inner| {
        inner.len() <= 250
            && inner.matches('@').count() == 1
            && !inner.contains("=?")
            && inner.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '(' | ')' | '"' | '\\' | ','))
    })
}

pub(super) fn mailbox(name: Option<&str>, address: &Address) -> Result<Mailbox, ComposeError> {
    let name = name.map(words::header_text).filter(|name| !name.is_empty());
    let address = lettre::Address::new(address.local(), address.domain()).map_err(encoding)?;
    Ok(Mailbox::new(name, address))
}

pub(super) fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// One recipient a line. lettre encodes each, but would put them all on one line, and 30 people are more than the 998
/// octets a line may have (RFC 5322 §2.1.1). The raw value is what lettre reads the envelope from.
pub(super) fn to_header(to: Vec<Mailbox>) -> HeaderValue {
    let raw = to.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let encode = |mailbox: Mailbox| {
        let mut headers = Headers::new();
        headers.set(To::from(Mailboxes::from(mailbox)));
        headers.to_string().trim_start_matches("To: ").trim_end().to_owned()
    };
    let encoded = to.into_iter().map(encode).collect::<Vec<_>>().join(",\r\n ");
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str("To"), raw, encoded)
}

/// lettre's own Date header knows UTC only. The raw value is what lettre reads back (else it would ask the clock), the
/// encoded one is what it writes.
pub(super) fn date(at: Timestamp) -> HeaderValue {
    let utc = at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str("Date"), utc, words::rfc5322(at))
}

pub(super) fn content_type(text: &str) -> Result<ContentType, ComposeError> {
    ContentType::parse(text).map_err(encoding)
}

pub(super) fn encoding(error: impl std::fmt::Display) -> ComposeError {
    ComposeError::Encoding(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_recipients_are_quoted_encoded_and_on_one_line() {
        let address: Address = "a@nhs.example".parse().unwrap();
        let names =
            ["Sample, Samira", "Zo\u{eb} O'Neil", "x\r\nBcc: thief@evil.example", "\"a\" <thief@evil.example>", ""];
        let to: Vec<Mailbox> = names.iter().map(|name| mailbox(Some(name), &address).unwrap()).collect();
        let message = lettre::Message::builder()
            .raw_header(date(Timestamp::UNIX_EPOCH))
            .from(mailbox(None, &address).unwrap())
            .raw_header(to_header(to))
            .body(String::new())
            .unwrap()
            .formatted();
        let parsed = mail_parser::MessageParser::default().parse(&message).unwrap();
        let shown: Vec<_> =
            parsed.to().unwrap().iter().map(|a| (a.name().unwrap_or(""), a.address().unwrap())).collect();
        let expected =
            ["Sample, Samira", "Zo\u{eb} O'Neil", "x Bcc: thief@evil.example", "\"a\" <thief@evil.example>", ""];
        assert_eq!(shown, expected.map(|name| (name, "a@nhs.example")));
        assert!(parsed.bcc().is_none());
    }
}
