//! The walk over a message's entities, within the limits. Each level is cut out of its parent by boundary lines (RFC 2046
//! §5.1), so the work is bounded by bytes times depth.

use super::container::Budget;
use super::inside::Blob;
use super::{BODY, Headers, Leaf, Limits, Nested, auto, decode, headers, sniff, text};
use crate::casework::{Finding, FindingCode, Format, Redacted, Sha256};
use crate::inbound::mailbox::head;
use mail_parser::{ContentType, MessagePart, MimeHeaders};

pub(super) struct Walk<'l> {
    pub(super) limits: &'l Limits,
    pub(super) leaves: Vec<Leaf>,
    pub(super) nested: Vec<Nested>,
    pub(super) problems: Vec<Finding>,
    pub(super) budget: Budget<'l>,
    /// The messages' own texts as documents.
    pub(super) bodies: Vec<Leaf>,
    entities: usize,
    counted: usize,
}

/// Where a message or a container stands.
pub(super) struct Place {
    /// Before each path in it: empty, or its own path and a slash.
    pub(super) prefix: String,
    pub(super) provenance: Vec<String>,
    pub(super) depth: usize,
    /// Zip archives around it.
    pub(super) archives: usize,
    /// Its boundary lines stand in the outermost message as they are.
    pub(super) visible: bool,
}

impl Place {
    pub(super) fn top() -> Self {
        Self { prefix: String::new(), provenance: Vec::new(), depth: 0, archives: 0, visible: true }
    }

    /// Inside what stands at `path` of this place.
    pub(super) fn inside(&self, path: &str, what: &str, depth: usize) -> Self {
        let mut provenance = self.provenance.clone();
        provenance.push(format!("{path} {what}"));
        Self { prefix: format!("{path}/"), provenance, depth, archives: self.archives, visible: false }
    }
}

/// What is gathered while a message is walked.
#[derive(Default)]
pub(super) struct Contents {
    bodies: Vec<Body>,
    /// What its winmail.dat says, read where it says nothing else.
    pub(super) rich: Vec<Body>,
    /// All its HTML, for the Content-IDs it refers to, whether shown or not.
    pub(super) html: String,
    /// Content-ID of each leaf that has one.
    pub(super) ids: Vec<(usize, String)>,
    pub(super) signs: auto::Signs,
}

pub(super) struct Body {
    pub(super) html: bool,
    pub(super) text: String,
}

/// One entity: its section number, and whether its parent makes it a message by default (RFC 2046 §5.1.5).
struct Section<'x> {
    raw: &'x [u8],
    number: String,
    depth: usize,
    in_digest: bool,
}

impl<'l> Walk<'l> {
    pub(super) const fn new(limits: &'l Limits) -> Self {
        let budget = Budget::new(limits);
        Self {
            limits,
            leaves: Vec::new(),
            nested: Vec::new(),
            problems: Vec::new(),
            budget,
            bodies: Vec::new(),
            entities: 0,
            counted: 0,
        }
    }

    /// Leaves and bodies found that a flat count of the raw bytes also sees.
    pub(super) const fn counted(&self) -> usize {
        self.counted
    }

    pub(super) fn exceeded(&mut self, message: &str) {
        self.problem(FindingCode::LimitExceeded, message);
    }

    fn problem(&mut self, code: FindingCode, message: &str) {
        self.tell(Finding::document(code, message));
    }

    /// Says once what is wrong.
    pub(super) fn tell(&mut self, finding: Finding) {
        if !self.problems.contains(&finding) {
            self.problems.push(finding);
        }
    }

    /// Walks one message: its headers and readable body; leaves and nested messages are added to `self`.
    pub(super) fn message(&mut self, raw: &[u8], place: &Place) -> (Headers, String) {
        let first_leaf = self.leaves.len();
        let mut contents = Contents::default();
        let section = Section { raw, number: String::new(), depth: place.depth, in_digest: false };
        self.entity(&section, place, &mut contents);
        self.mark_referenced(&contents.html, &contents.ids);
        let (head, _) = head::split(raw);
        let head = self.within(head);
        let part = headers::parse(head);
        let fields = head::fields(head);
        let (mut headers, problems) = headers::read(&part, &fields);
        let leaves = self.leaves.get(first_leaf..).unwrap_or_default();
        headers.auto = auto::classify(&headers, &fields, &contents.signs, leaves, &place.prefix);
        if place.prefix.is_empty() {
            self.problems.extend(problems);
        }
        let read =
            |bodies: &[Body]| bodies.iter().map(Body::readable).filter(|text| !text.is_empty()).collect::<Vec<_>>();
        let mut blocks = read(&contents.bodies);
        if blocks.is_empty() {
            blocks = read(&contents.rich);
        }
        let text = blocks.join("\n\n");
        self.keep_body(&contents.html, &text, &headers, place);
        (headers, text)
    }

    /// Keeps what a message says, where it may be a form.
    pub(super) fn keep_body(&mut self, html: &str, text: &str, headers: &Headers, place: &Place) {
        if !headers.is_ours() {
            self.bodies.extend(body_as_document(html, text, headers.answers_us(), place));
        }
    }

    /// Marks the leaves that a message's HTML shows.
    pub(super) fn mark_referenced(&mut self, html: &str, ids: &[(usize, String)]) {
        for (at, id) in ids {
            let referenced = html.contains(&format!("cid:{id}"));
            if let Some(leaf) = self.leaves.get_mut(*at).filter(|_| referenced) {
                leaf.referenced = true;
                leaf.inline = true;
            }
        }
    }

    /// Counts one more part; false when there are too many.
    pub(super) fn one_more(&mut self) -> bool {
        self.entities += 1;
        if self.entities > self.limits.parts {
            self.exceeded("The message has more parts than this mailbox takes; the rest were not opened.");
            return false;
        }
        true
    }

    /// The head, cut at the limits.
    fn within<'x>(&mut self, head: &'x [u8]) -> &'x [u8] {
        let mut end = head.len().min(self.limits.header_bytes);
        let starts = |line: &&[u8]| !matches!(line.first(), Some(b' ' | b'\t') | None);
        let (mut at, mut fields) = (0, 0);
        for line in head.split_inclusive(|byte| *byte == b'\n') {
            fields += usize::from(starts(&line));
            if fields > self.limits.header_fields {
                end = end.min(at);
                break;
            }
            at += line.len();
        }
        if end < head.len() {
            self.exceeded("The message has more header lines than a real message has.");
        }
        head.get(..end).unwrap_or(head)
    }

    fn entity(&mut self, section: &Section<'_>, place: &Place, contents: &mut Contents) {
        if !self.one_more() {
            return;
        }
        let (head, body) = head::split(section.raw);
        let head = self.within(head);
        let part = headers::parse(head);
        let declared = part.content_type();
        if declared.is_some_and(|kind| kind.ctype() == "multipart") {
            contents.signs.note_multipart(declared);
            if self.multipart(section, declared, body, place, contents) {
                return;
            }
        }
        self.leaf(section, &part, body, place, contents);
    }

    /// Walks the parts of a multipart; false when it has none, or lies too deep.
    fn multipart(
        &mut self,
        section: &Section<'_>,
        declared: Option<&ContentType<'_>>,
        body: &[u8],
        place: &Place,
        contents: &mut Contents,
    ) -> bool {
        let boundary = declared.and_then(|kind| kind.attribute("boundary")).unwrap_or_default().trim_end();
        if boundary.is_empty() {
            return false;
        }
        if section.depth >= self.limits.depth {
            self.exceeded("The message is nested deeper than this mailbox takes.");
            return false;
        }
        let (parts, closed) = parts(body, boundary.as_bytes(), self.limits.parts + 1);
        if parts.is_empty() {
            return false;
        }
        if !closed && section.number.is_empty() && place.prefix.is_empty() {
            self.problem(FindingCode::Unreadable, "The message is cut short: its last part has no end.");
        }
        let subtype = declared.and_then(ContentType::subtype).unwrap_or_default();
        let first_body = contents.bodies.len();
        for (at, raw) in parts.into_iter().enumerate() {
            let number = match section.number.as_str() {
                "" => format!("{}", at + 1),
                parent => format!("{parent}.{}", at + 1),
            };
            let part = Section { raw, number, depth: section.depth + 1, in_digest: subtype == "digest" };
            self.entity(&part, place, contents);
        }
        if subtype == "alternative" {
            keep_best(&mut contents.bodies, first_body);
        }
        true
    }

    fn leaf(
        &mut self,
        section: &Section<'_>,
        part: &MessagePart<'_>,
        body: &[u8],
        place: &Place,
        contents: &mut Contents,
    ) {
        let kind = part.content_type();
        let declared = declared_type(kind, section.in_digest);
        let disposition = part.content_disposition();
        let name = disposition.and_then(|d| d.attribute("filename")).or_else(|| kind.and_then(|k| k.attribute("name")));
        let name = name.map(headers::file_name).filter(|name| !name.is_empty());
        let mut content = decode::transfer(body, part.content_transfer_encoding().unwrap_or_default());
        if content.broken {
            self.problem(
                FindingCode::Unreadable,
                "A part of the message is wrongly encoded, so a file may be damaged.",
            );
        }
        let format = sniff(&content.bytes);
        let attached = disposition.is_some_and(ContentType::is_attachment);
        let textual =
            matches!(format, Format::Text | Format::Html | Format::Empty | Format::Unknown | Format::Eml | Format::Ics);
        let is_html = declared == "text/html";
        let of_the_body = name.as_deref().is_none_or(is_split_body) && (name.is_some() || !attached);
        if (is_html || declared == "text/plain") && textual && of_the_body {
            self.counted += usize::from(place.visible);
            if !is_html {
                let number = if section.number.is_empty() { "1" } else { section.number.as_str() };
                let path = format!("{}{number}", place.prefix);
                self.in_text(&mut content.bytes, &path, section.depth, place, &mut contents.ids);
            }
            let text = decode::characters(&content.bytes, kind.and_then(|kind| kind.attribute("charset")));
            if is_html {
                contents.html.push_str(&text);
            }
            contents.bodies.push(Body { html: is_html, text });
            return;
        }
        let number = if section.number.is_empty() { "1" } else { section.number.as_str() };
        let path = format!("{}{number}", place.prefix);
        let message = textual && format != Format::Empty && declared == "message/rfc822";
        let mut blob = Blob {
            path,
            name,
            inline: disposition.is_some_and(ContentType::is_inline),
            content_id: part.content_id().map(str::to_owned),
            format: if message { Format::Eml } else { format },
            bytes: content.bytes,
            declared,
            depth: section.depth,
            refused: None,
        };
        if blob.format == Format::Eml {
            let visible = place.visible && content.verbatim;
            if section.depth < self.limits.depth {
                self.counted += usize::from(place.visible && !content.verbatim);
                self.attached_message(blob, place, visible);
                return;
            }
            self.exceeded("The message is nested deeper than this mailbox takes.");
        }
        self.counted += usize::from(place.visible);
        contents.signs.note_leaf(&blob.declared, kind, place.prefix.is_empty());
        if !self.container(&mut blob, place, Some(contents)) {
            self.put(blob, place, &mut contents.ids);
        }
    }
}

/// A body larger than this is no form.
const BODY_BYTES: usize = 1024 * 1024;

/// HTML where there is any, since its tables say what belongs together; of plain text what is not quoted. No mail of ours.
fn body_as_document(html: &str, text: &str, answers_us: bool, place: &Place) -> Option<Leaf> {
    if html.len().max(text.len()) > BODY_BYTES {
        return None;
    }
    let text = text.lines().filter(|line| !line.starts_with('>')).collect::<Vec<_>>().join("\n");
    let (html, text) = (text::without_ours(html, true, answers_us), text::without_ours(&text, false, answers_us));
    // The plain text beside HTML may say no more than that there is some.
    let asks = |said: &str| {
        let lower = said.to_lowercase();
        ["birth", "dob", "d.o.b", "flag"].iter().any(|words| lower.contains(words))
    };
    if !(asks(text) || asks(html)) {
        return None;
    }
    let (format, content) = if html.trim().is_empty() {
        (Format::Text, text.to_owned())
    } else {
        // With its mark: whatever character set it once named, it is UTF-8 now.
        (Format::Html, format!("\u{FEFF}<!DOCTYPE html>\n{html}"))
    };
    let bytes = content.into_bytes();
    let whose = if place.prefix.is_empty() { "your" } else { "the attached" };
    Some(Leaf {
        path: format!("{}{BODY}", place.prefix),
        name: Some(Redacted::new(format!("the text of {whose} e-mail"))),
        declared_type: if format == Format::Html { "text/html" } else { "text/plain" }.to_owned(),
        inline: true,
        referenced: false,
        format,
        sha256: Sha256::of(&bytes),
        bytes,
        provenance: place.provenance.clone(),
        refused: None,
    })
}

/// Exchange cuts a body that goes on after an attachment into files of its own, `ATT00001.htm`.
fn is_split_body(name: &str) -> bool {
    let digits = name.get(3..8).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    name.starts_with("ATT") && digits && matches!(name.get(8..), Some(".txt" | ".htm" | ".html"))
}

impl Body {
    pub(super) fn readable(&self) -> String {
        if self.html { text::html_to_text(&self.text) } else { text::tidy(&self.text) }
    }
}

/// Of a multipart/alternative's bodies, keeps the plain text if it says anything, else the HTML.
fn keep_best(bodies: &mut Vec<Body>, from: usize) {
    let alternatives = bodies.split_off(from.min(bodies.len()));
    let plain = alternatives.iter().any(|body| !body.html && !body.text.trim().is_empty());
    bodies.extend(alternatives.into_iter().filter(|body| body.html != plain));
}

fn declared_type(kind: Option<&ContentType<'_>>, in_digest: bool) -> String {
    match kind {
        Some(kind) => match kind.subtype() {
            Some(subtype) => format!("{}/{subtype}", kind.ctype()).to_ascii_lowercase(),
            // "Content-Type: text", from before MIME.
            None if kind.ctype().eq_ignore_ascii_case("text") => "text/plain".to_owned(),
            None => kind.ctype().to_ascii_lowercase(),
        },
        None if in_digest => "message/rfc822".to_owned(),
        None => "text/plain".to_owned(),
    }
}

/// The parts between a boundary's lines, at most `most` of them, and whether the closing line was there. A line end
/// before a boundary line belongs to the boundary.
fn parts<'x>(body: &'x [u8], boundary: &[u8], most: usize) -> (Vec<&'x [u8]>, bool) {
    let (mut found, mut start, mut at) = (Vec::new(), None, 0);
    let cut = |from: usize, to: usize| {
        let part = body.get(from..to).unwrap_or_default();
        let part = part.strip_suffix(b"\n").unwrap_or(part);
        part.strip_suffix(b"\r").unwrap_or(part)
    };
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let rest = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary)).map(<[u8]>::trim_ascii_end);
        let close = rest == Some(b"--");
        if close || rest == Some(b"") {
            found.extend(start.map(|from| cut(from, at)));
            start = (!close).then_some(at + line.len());
            if close || found.len() >= most {
                return (found, close);
            }
        }
        at += line.len();
    }
    found.extend(start.map(|from| cut(from, body.len())));
    (found, false)
}
