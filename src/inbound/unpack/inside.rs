//! What is inside attachments: messages attached to messages, and the containers of [`super::container`], each member
//! placed under its container's path and looked at again by its bytes.

use super::container::{self, Content, Member, Message, Opened};
use super::walk::{Body, Contents, Place, Walk};
use super::{Headers, Leaf, Nested, auto, headers, sniff};
use crate::casework::{Finding, FindingCode, Format, Redacted, Sha256};
use crate::inbound::mailbox::head;
use std::borrow::Cow;

/// Some bytes and what was said about them.
pub(super) struct Blob<'x> {
    pub(super) path: String,
    pub(super) name: Option<String>,
    pub(super) declared: String,
    pub(super) inline: bool,
    pub(super) content_id: Option<String>,
    pub(super) format: Format,
    pub(super) bytes: Cow<'x, [u8]>,
    pub(super) depth: usize,
    pub(super) refused: Option<Finding>,
}

impl Walk<'_> {
    /// Keeps a leaf.
    pub(super) fn put(&mut self, blob: Blob<'_>, place: &Place, ids: &mut Vec<(usize, String)>) {
        ids.extend(blob.content_id.map(|id| (self.leaves.len(), id)));
        self.leaves.push(Leaf {
            path: blob.path,
            name: blob.name.map(Redacted::new),
            declared_type: blob.declared,
            inline: blob.inline,
            referenced: false,
            format: blob.format,
            sha256: Sha256::of(&blob.bytes),
            bytes: blob.bytes.into_owned(),
            provenance: place.provenance.clone(),
            refused: blob.refused,
        });
    }

    /// Walks an attached message (RFC 5322).
    pub(super) fn attached_message(&mut self, blob: Blob<'_>, place: &Place, visible: bool) {
        let mut inside = place.inside(&blob.path, &blob.declared, blob.depth + 1);
        inside.visible = visible;
        let (headers, text) = self.message(super::without_postmark(&blob.bytes), &inside);
        self.nested.push(Nested { path: blob.path, headers, text: Redacted::new(text) });
    }

    /// Opens a container and places what is in it; false when it is none, or could not be opened in full and is kept
    /// whole, with the reason on it. `around` is the message whose part it is, where it is one.
    pub(super) fn container(&mut self, blob: &mut Blob<'_>, place: &Place, around: Option<&mut Contents>) -> bool {
        let left = self.limits.depth.saturating_sub(blob.depth);
        let opened = match blob.format {
            Format::Msg | Format::Tnef | Format::Zip if left == 0 => {
                self.exceeded("The message is nested deeper than this mailbox takes.");
                return false;
            }
            Format::Msg => container::open_msg(&blob.bytes, left - 1, &mut self.budget),
            Format::Tnef => container::open_tnef(&blob.bytes, &mut self.budget),
            Format::Zip if place.archives >= self.limits.archive_depth => Err(too_deep()),
            Format::Zip => container::open_zip(&blob.bytes, &mut self.budget),
            _ => return false,
        };
        let opened = match opened {
            Ok(opened) => opened,
            Err(finding) => {
                blob.refused = Some(finding);
                return false;
            }
        };
        let mut inside = place.inside(&blob.path, &blob.declared, blob.depth + 1);
        inside.archives += usize::from(blob.format == Format::Zip);
        // Of a broken one what could be read is placed, and it is kept beside that for a person.
        blob.refused = opened.problems.first().cloned();
        match (blob.format, around) {
            (Format::Zip, _) => self.members(opened, &inside, &mut Vec::new()),
            // A winmail.dat is what its message says, in another shape.
            (Format::Tnef, Some(around)) => self.rich_text(opened, &inside, around),
            _ => {
                let (headers, text) = self.message_inside(opened, &inside);
                self.nested.push(Nested { path: blob.path.clone(), headers, text: Redacted::new(text) });
            }
        }
        blob.refused.is_none()
    }

    fn rich_text(&mut self, mut opened: Opened, inside: &Place, around: &mut Contents) {
        let message = opened.message.take().unwrap_or_default();
        around.signs.note_class(message.class.as_deref().unwrap_or_default());
        if let Some(html) = &message.html {
            around.html.push_str(html);
        }
        around.rich.extend(body(message));
        self.members(opened, inside, &mut around.ids);
    }

    /// A message that is a container's: what it says, and its attachments placed.
    pub(super) fn message_inside(&mut self, mut opened: Opened, inside: &Place) -> (Headers, String) {
        let message = opened.message.take().unwrap_or_default();
        let first_leaf = self.leaves.len();
        let mut ids = Vec::new();
        self.members(opened, inside, &mut ids);
        self.mark_referenced(message.html.as_deref().unwrap_or_default(), &ids);
        let mut signs = auto::Signs::default();
        signs.note_class(message.class.as_deref().unwrap_or_default());
        let (mut headers, fields) = headers_of(&message);
        let leaves = self.leaves.get(first_leaf..).unwrap_or_default();
        headers.auto = auto::classify(&headers, &fields, &signs, leaves, &inside.prefix);
        let html = message.html.clone().unwrap_or_default();
        let text = body(message).map(|body| body.readable()).unwrap_or_default();
        self.keep_body(&html, &text, &headers, inside);
        (headers, text)
    }

    /// Places the files that were written into a text, under the text's own path.
    pub(super) fn in_text(
        &mut self,
        text: &mut Cow<'_, [u8]>,
        path: &str,
        depth: usize,
        place: &Place,
        ids: &mut Vec<(usize, String)>,
    ) {
        let Some((opened, words)) = container::open_uu(text, &mut self.budget) else { return };
        if depth >= self.limits.depth {
            self.exceeded("The message is nested deeper than this mailbox takes.");
            return;
        }
        *text = Cow::Owned(words);
        self.members(opened, &place.inside(path, "text/x-uuencode", depth + 1), ids);
    }

    fn members(&mut self, opened: Opened, inside: &Place, ids: &mut Vec<(usize, String)>) {
        if opened.declared.is_some_and(|declared| declared != opened.members.len()) {
            self.tell(Finding::document(
                FindingCode::CountMismatch,
                "An attached message says that it has more or fewer attachments than were found in it; a person should open it.",
            ));
        }
        for (number, member) in (1..).zip(opened.members) {
            if !self.one_more() {
                return;
            }
            self.member(&format!("{}{number}", inside.prefix), member, inside, ids);
        }
    }

    fn member(&mut self, path: &str, member: Member, inside: &Place, ids: &mut Vec<(usize, String)>) {
        let name = member.name.as_deref().map(headers::file_name).filter(|name| !name.is_empty());
        let declared = member.declared.unwrap_or_else(|| "application/octet-stream".to_owned());
        let (bytes, refused) = match member.content {
            Content::Message(opened) => {
                let place = inside.inside(path, "message", inside.depth + 1);
                let (headers, text) = self.message_inside(*opened, &place);
                self.nested.push(Nested { path: path.to_owned(), headers, text: Redacted::new(text) });
                return;
            }
            Content::Bytes(bytes) => (bytes, None),
            Content::Refused(bytes, finding) => (bytes, Some(finding)),
        };
        let mut blob = Blob {
            path: path.to_owned(),
            name,
            declared: declared.to_ascii_lowercase(),
            inline: member.hidden,
            content_id: member.content_id,
            format: sniff(&bytes),
            bytes: Cow::Owned(bytes),
            depth: inside.depth,
            refused,
        };
        if blob.refused.is_none() {
            if blob.format == Format::Eml && blob.depth < self.limits.depth {
                self.attached_message(blob, inside, false);
                return;
            }
            if self.container(&mut blob, inside, None) {
                return;
            }
        }
        self.put(blob, inside, ids);
    }

    /// A container that came by itself, not in a message: the headers and text of a message file, and what is in it.
    pub(super) fn alone(&mut self, raw: &[u8], format: Format) -> (Headers, String) {
        let top = Place::top();
        let mut blob = Blob {
            path: "1".to_owned(),
            name: None,
            declared: format.to_string(),
            inline: false,
            content_id: None,
            format,
            bytes: Cow::Borrowed(raw),
            depth: 0,
            refused: None,
        };
        let left = self.limits.depth;
        let opened = match format {
            Format::Msg => container::open_msg(raw, left, &mut self.budget),
            Format::Tnef => container::open_tnef(raw, &mut self.budget),
            _ => container::open_zip(raw, &mut self.budget),
        };
        match opened {
            Ok(opened) => {
                let archives = usize::from(format == Format::Zip);
                self.message_inside(opened, &Place { archives, visible: false, depth: 1, ..Place::top() })
            }
            Err(finding) => {
                blob.refused = Some(finding);
                self.put(blob, &top, &mut Vec::new());
                (Headers::default(), String::new())
            }
        }
    }
}

fn too_deep() -> Finding {
    Finding::document(
        FindingCode::LimitExceeded,
        "Zip archives are packed inside one another more often than this mailbox takes. Please attach the form itself and send it again.",
    )
}

fn body(message: Message) -> Option<Body> {
    let plain = message.plain.filter(|text| !text.trim().is_empty()).map(|text| Body { html: false, text });
    plain.or(message.html.map(|text| Body { html: true, text }))
}

/// The header a message file kept, else what Outlook says of it. Nothing in either is authenticated.
fn headers_of(message: &Message) -> (Headers, Vec<(&str, String)>) {
    let kept = message.header.as_deref().map(str::trim_start).filter(|header| !header.is_empty());
    if let Some(header) = kept {
        let fields = head::fields(header.as_bytes());
        let (headers, _) = headers::read(&headers::parse(header.as_bytes()), &fields);
        if headers.from.is_some() {
            return (headers, fields);
        }
    }
    let subject = message.subject.as_deref().map(headers::one_line).unwrap_or_default();
    let id = message.message_id.as_deref().map(|id| id.trim().trim_matches(['<', '>']).to_owned());
    let headers = Headers {
        from: message.sender.as_deref().and_then(|address| address.trim().parse().ok()),
        from_name: message.sender_name.as_deref().map(headers::one_line).map(Redacted::new),
        subject: Redacted::new(subject),
        message_id: id.filter(|id| !id.is_empty()),
        ..Headers::default()
    };
    (headers, Vec::new())
}
