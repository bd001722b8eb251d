//! The header fields that matter, out of what mail-parser makes of them.

use super::AutoKind;
use crate::casework::{Address, Finding, FindingCode, MailKind, Redacted};
use crate::inbound::mailbox::head::{first, parse_date, without_comments};
use jiff::Timestamp;
use mail_parser::{HeaderName, HeaderValue, MessageParser, MessagePart};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a message says about itself. Only `from` may be believed, and only after
/// [`authenticate`](super::authentication::authenticate).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headers {
    /// The one author. None, with a problem, when there is none, more than one, or none that mail could be sent to.
    pub from: Option<Address>,
    /// The name beside that address.
    pub from_name: Option<Redacted<String>>,
    /// Decoded; empty when there is none.
    pub subject: Redacted<String>,
    /// Without angle brackets. Anyone can choose it: never a key.
    pub message_id: Option<String>,
    /// Without angle brackets; the first if there are several.
    pub in_reply_to: Option<String>,
    /// Without angle brackets, oldest first.
    pub references: Vec<String>,
    /// What the sender's clock said. Decides nothing (MC-29, invariant 8).
    pub date_header: Option<Timestamp>,
    /// Person or machine.
    pub auto: AutoKind,
    /// It carries this program's own fields.
    pub own: Option<Own>,
    /// Recipients in To.
    pub to: Vec<Address>,
    /// Recipients in Cc.
    pub cc: Vec<Address>,
    /// It came through a mailing list, or says it is bulk mail.
    pub list: bool,
    /// The envelope sender, where the server recorded it.
    pub return_path: ReturnPath,
    /// X-Failed-Recipients: what Exim and Google say of a delivery that failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed_recipients: Vec<Address>,
    /// The Authentication-Results fields, topmost first, unfolded.
    pub authentication_results: Redacted<Vec<String>>,
}

impl Headers {
    /// By its Message-ID, what it answers may be a mail of ours. Only the outbox knows.
    pub(super) fn answers_us(&self) -> bool {
        is_like_ours(self.in_reply_to.as_deref())
    }

    /// It may be a mail of ours itself, attached to another.
    pub(super) fn is_ours(&self) -> bool {
        self.own.is_some() || is_like_ours(self.message_id.as_deref())
    }
}

/// A Message-ID as ours are: a UUID of version 7 (RFC 9562 §5.7), in small letters.
fn is_like_ours(id: Option<&str>) -> bool {
    let local = id.and_then(|id| id.split_once('@')).map_or("", |(local, _)| local);
    Uuid::parse_str(local).is_ok_and(|id| id.get_version_num() == 7 && id.to_string() == local)
}

/// Return-Path (RFC 5321 §4.4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReturnPath {
    /// No such field.
    #[default]
    Absent,
    /// `<>`: a report or an automatic answer, and never answered.
    Null,
    /// An address.
    Address(Address),
    /// Something else.
    Unreadable,
}

/// `X-Dutyclerk-Ref` and `X-Dutyclerk-Kind`. Anyone can write them: a claim to be checked against the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Own {
    /// The reference as written.
    pub reference: Option<String>,
    /// The kind of mail, where it is one we know.
    pub kind: Option<MailKind>,
}

/// The header fields of one entity. (mail-parser's own `Message` panics on being asked about a head without fields.)
pub(super) fn parse(head: &[u8]) -> MessagePart<'static> {
    // Without a line end it overlooks the last field.
    let head = [head, b"\r\n\r\n"].concat();
    let message = MessageParser::default().parse_headers(&head);
    message.and_then(|message| message.parts.into_iter().next()).unwrap_or_default().into_owned()
}

/// The topmost field of this name.
fn value<'p, 'x>(part: &'p MessagePart<'x>, name: &HeaderName<'_>) -> &'p HeaderValue<'x> {
    part.headers.iter().find(|header| header.name == *name).map_or(&HeaderValue::Empty, |header| &header.value)
}

/// Reads the fields; what is wrong with the sender is told beside them.
pub(super) fn read(part: &MessagePart<'_>, fields: &[(&str, String)]) -> (Headers, Vec<Finding>) {
    let sender = sender(part, fields);
    let problems = sender.as_ref().err().cloned().into_iter().collect();
    let (from, from_name) = sender.map_or((None, None), |(address, name)| (Some(address), name));
    let own = Own {
        reference: first(fields, "x-dutyclerk-ref").map(str::to_owned),
        kind: first(fields, "x-dutyclerk-kind").and_then(|kind| kind.parse().ok()),
    };
    let claimed = own.reference.is_some() || first(fields, "x-dutyclerk-kind").is_some();
    let headers = Headers {
        from,
        from_name,
        subject: Redacted::new(one_line(value(part, &HeaderName::Subject).as_text().unwrap_or_default())),
        message_id: ids(value(part, &HeaderName::MessageId)).into_iter().next(),
        in_reply_to: ids(value(part, &HeaderName::InReplyTo)).into_iter().next(),
        references: ids(value(part, &HeaderName::References)),
        date_header: first(fields, "date").and_then(parse_date),
        auto: AutoKind::Person,
        own: claimed.then_some(own),
        to: addresses(part, &HeaderName::To),
        cc: addresses(part, &HeaderName::Cc),
        list: is_list(fields),
        return_path: return_path(fields),
        failed_recipients: first(fields, "x-failed-recipients")
            .map(|value| value.split(',').filter_map(|address| address.parse().ok()).collect())
            .unwrap_or_default(),
        authentication_results: Redacted::new(
            fields
                .iter()
                .filter(|(name, _)| name.eq_ignore_ascii_case("authentication-results"))
                .map(|(_, value)| value.clone())
                .collect(),
        ),
    };
    (headers, problems)
}

/// The one mailbox in the one From field (RFC 5322 §3.6.2 allows several; a duty mailbox cannot answer a crowd, and two
/// readers that pick different ones are how senders are forged).
fn sender(part: &MessagePart<'_>, fields: &[(&str, String)]) -> Result<(Address, Option<Redacted<String>>), Finding> {
    let contradiction = || Finding::document(FindingCode::Contradiction, "The message names more than one sender.");
    let missing = |text: &str| Finding::document(FindingCode::Missing, text);
    let written: Vec<&str> =
        fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case("from")).map(|(_, value)| value.as_str()).collect();
    match written.as_slice() {
        [] => return Err(missing("The message names no sender.")),
        [one] if at_signs(one) > 1 => return Err(contradiction()),
        [_] => {}
        _ => return Err(contradiction()),
    }
    let list = match value(part, &HeaderName::From) {
        HeaderValue::Address(mail_parser::Address::List(list)) => list.as_slice(),
        _ => &[],
    };
    let [one] = list else {
        let finding = if list.len() > 1 { contradiction() } else { missing("The message names no sender.") };
        return Err(finding);
    };
    let address = one.address.as_deref().and_then(|text| text.parse().ok());
    let name = one.name.as_deref().map(one_line).filter(|name| !name.is_empty()).map(Redacted::new);
    let address = address.ok_or_else(|| missing("The sender's address is not one that mail can be sent to."))?;
    Ok((address, name))
}

/// The `@`s of a From field outside quoted strings, comments and encoded words.
fn at_signs(value: &str) -> usize {
    let bare = without_comments(value);
    // Every second piece between quotation marks is quoted; an escaped mark inside shifts that, which only refuses more.
    let unquoted: String = bare.split('"').step_by(2).collect::<Vec<_>>().join(" ");
    unquoted
        .split_whitespace()
        .filter(|word| !(word.starts_with("=?") && word.ends_with("?=")))
        .map(|word| word.matches('@').count())
        .sum()
}

fn addresses(part: &MessagePart<'_>, name: &HeaderName<'_>) -> Vec<Address> {
    let values =
        part.headers.iter().filter(|header| header.name == *name).filter_map(|header| header.value.as_address());
    values.flat_map(|value| value.iter()).filter_map(|one| one.address.as_deref()?.parse().ok()).collect()
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    match value {
        HeaderValue::Text(id) => vec![id.to_string()],
        HeaderValue::TextList(ids) => ids.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

fn return_path(fields: &[(&str, String)]) -> ReturnPath {
    match first(fields, "return-path").map(|value| without_comments(value).trim().to_owned()) {
        None => ReturnPath::Absent,
        Some(value) if value == "<>" => ReturnPath::Null,
        Some(value) => value
            .trim_start_matches('<')
            .trim_end_matches('>')
            .parse()
            .map_or(ReturnPath::Unreadable, ReturnPath::Address),
    }
}

fn is_list(fields: &[(&str, String)]) -> bool {
    let names = ["list-id", "list-post", "list-unsubscribe", "mailing-list"];
    let precedence = first(fields, "precedence").map(str::to_ascii_lowercase);
    names.iter().any(|name| first(fields, name).is_some())
        || matches!(precedence.as_deref(), Some("bulk" | "list" | "junk"))
}

/// A file's name: encoded words decoded (Outlook puts them where RFC 2231 belongs), folders cut off, on one line.
pub(super) fn file_name(text: &str) -> String {
    let text = if text.contains("=?") { decoded(text) } else { text.to_owned() };
    let base = text.rsplit(['/', '\\']).next().unwrap_or_default();
    one_line(base).chars().take(255).collect()
}

/// A value with RFC 2047 encoded words, decoded as if it were a subject.
fn decoded(text: &str) -> String {
    let head = format!("Subject: {}\n\n", one_line(text));
    let part = parse(head.as_bytes());
    value(&part, &HeaderName::Subject).as_text().map_or_else(|| text.to_owned(), str::to_owned)
}

/// Control characters and line ends as single spaces: they have no business in a subject or a name.
pub(super) fn one_line(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
