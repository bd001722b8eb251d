//! The last step of compose: check what was rendered, build the MIME message, and freeze it.
//!
//! lettre writes the message; every value it would otherwise draw itself (date, Message-ID, boundaries) is given, so the
//! same draft gives the same bytes.

use super::headers::{content_type, date, encoding, header, mailbox, suppress, thread, to_header};
use super::papers::Attachment;
use super::{Answering, ComposeError, Identifier, Letterhead, Stamp, Templates, identifiers, words};
use crate::casework::routing::{Clearance, ClearedDocument};
use crate::casework::{Address, CaseRef, FrozenBytes, MailKind, MeetingId, PanelId, SentRef, Sha256};
use jiff::Timestamp;
use lettre::message::header::{ContentDisposition, ContentTransferEncoding, ContentType};
use lettre::message::{Body, MessageBuilder, MultiPart, SinglePart};
use serde::Serialize;

/// The longest subject; servers take 255 characters and mail programs show fewer.
const LONGEST_SUBJECT: usize = 200;

/// A mail as it will be sent, to the last byte. Only compose makes one.
#[derive(Clone, PartialEq, Eq)]
pub struct Frozen {
    kind: MailKind,
    panel: PanelId,
    meeting: Option<MeetingId>,
    reference: SentRef,
    from: Address,
    to: Vec<Address>,
    message_id: String,
    date: Timestamp,
    bytes: FrozenBytes,
    enclosed: Vec<ClearedDocument>,
    sha256: Sha256,
    cases: Vec<CaseRef>,
    documents: Vec<ClearedDocument>,
    part: Option<(u32, u32)>,
}

impl Frozen {
    /// Its kind.
    pub fn kind(&self) -> MailKind {
        self.kind
    }
    /// Whose mail it is.
    pub fn panel(&self) -> &PanelId {
        &self.panel
    }
    /// The meeting it is about, if any.
    pub fn meeting(&self) -> Option<&MeetingId> {
        self.meeting.as_ref()
    }
    /// `S-000123`.
    pub fn reference(&self) -> SentRef {
        self.reference
    }
    /// Header From and envelope sender.
    pub fn from(&self) -> &Address {
        &self.from
    }
    /// Everyone it goes to.
    pub fn to(&self) -> &[Address] {
        &self.to
    }
    /// With angle brackets.
    pub fn message_id(&self) -> &str {
        &self.message_id
    }
    /// Its Date header.
    pub fn date(&self) -> Timestamp {
        self.date
    }
    /// The message, lines ended by CRLF, the last one too.
    pub fn bytes(&self) -> &FrozenBytes {
        &self.bytes
    }
    /// Whose the papers in [`Self::bytes`] are, in their order.
    pub fn enclosed(&self) -> &[ClearedDocument] {
        &self.enclosed
    }
    /// The hash of [`Self::bytes`].
    pub fn sha256(&self) -> Sha256 {
        self.sha256
    }
    /// The children it speaks of.
    pub fn cases(&self) -> &[CaseRef] {
        &self.cases
    }
    /// `(1, 2)` for part 1 of 2.
    pub fn part(&self) -> Option<(u32, u32)> {
        self.part
    }
    /// The papers it carries.
    pub fn documents(&self) -> &[ClearedDocument] {
        &self.documents
    }
}

/// The bytes name children, so `Debug` shows what the mail is and not what it says.
impl std::fmt::Debug for Frozen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kind, reference, sha256, bytes, to, .. } = self;
        write!(f, "Frozen({reference} {kind} to {} people, {} bytes, {sha256})", to.len(), bytes.size())
    }
}

/// A file that compose itself makes from what the mail says: no paper, so no document is cleared for it.
pub(super) struct Made {
    pub(super) name: String,
    pub(super) content_type: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// A mail before it is frozen: what each kind's module fills in.
pub(super) struct Draft<'a, V> {
    pub(super) kind: MailKind,
    /// Folder of its templates.
    pub(super) folder: &'static str,
    pub(super) head: &'a Letterhead,
    pub(super) view: &'a V,
    /// Values the templates need beside the view.
    pub(super) more: serde_json::Map<String, serde_json::Value>,
    /// The meeting it is about, where the view names one.
    pub(super) meeting: Option<&'a MeetingId>,
    pub(super) cases: Vec<CaseRef>,
    pub(super) answering: Option<&'a Answering>,
    pub(super) attachments: Vec<Attachment<'a>>,
    pub(super) made: Option<Made>,
    /// iTIP method and calendar text.
    pub(super) calendar: Option<(&'static str, String)>,
    /// `(1, 2)` for part 1 of 2.
    pub(super) part: Option<(u32, u32)>,
    /// A mail to exactly one person.
    pub(super) to_one: bool,
    /// Not even the body may identify a child.
    pub(super) bare: bool,
}

impl<'a, V: Serialize> Draft<'a, V> {
    pub(super) fn new(kind: MailKind, folder: &'static str, head: &'a Letterhead, view: &'a V) -> Self {
        Self {
            kind,
            folder,
            head,
            view,
            more: serde_json::Map::new(),
            meeting: None,
            cases: Vec::new(),
            answering: None,
            attachments: Vec::new(),
            made: None,
            calendar: None,
            part: None,
            to_one: false,
            bare: false,
        }
    }

    /// Checks the draft against its clearance, renders it, checks what was rendered, and freezes it.
    pub(super) fn freeze(
        mut self,
        templates: &Templates,
        clearance: &Clearance,
        stamp: &Stamp,
        forbidden: &[Identifier],
    ) -> Result<Frozen, ComposeError> {
        self.cases.sort_unstable();
        self.cases.dedup();
        self.admit(clearance)?;
        let context = context(self.view, self.kind, stamp, std::mem::take(&mut self.more))?;
        let rendered = templates.render(self.folder, &context)?;
        self.inspect(&rendered, forbidden)?;

        let message_id = format!("<{}@{}>", stamp.id, self.head.from.domain());
        let builder = self.headers(clearance, stamp, &message_id, &rendered.subject, forbidden)?;
        let message = builder.multipart(self.body(rendered.text, rendered.html, stamp)?).map_err(encoding)?;
        let mut text = message.formatted();
        if !text.ends_with(b"\r\n") {
            text.extend_from_slice(b"\r\n");
        }
        let bytes = self.enclose(text, stamp)?;
        let mut documents: Vec<ClearedDocument> = clearance.documents().to_vec();
        documents.sort_unstable();
        Ok(Frozen {
            kind: self.kind,
            panel: clearance.panel().clone(),
            meeting: clearance.meeting().or(self.meeting).cloned(),
            reference: stamp.reference,
            from: self.head.from.clone(),
            to: addresses(clearance),
            message_id,
            date: stamp.date,
            sha256: bytes.sha256(),
            bytes,
            enclosed: self.attachments.iter().map(|attachment| attachment.document).collect(),
            cases: self.cases,
            documents,
            part: self.part,
        })
    }

    /// Puts the papers in the places of their stand-ins, without copying them into every mail.
    fn enclose(&self, text: Vec<u8>, stamp: &Stamp) -> Result<FrozenBytes, ComposeError> {
        if self.attachments.is_empty() {
            return Ok(FrozenBytes::new(text, Vec::new()));
        }
        let text = String::from_utf8(text).map_err(encoding)?;
        let (mut kept, mut rest) = (Vec::with_capacity(text.len()), text.as_str());
        let mut papers = Vec::with_capacity(self.attachments.len());
        for (nth, attachment) in self.attachments.iter().enumerate() {
            let (before, after) =
                rest.split_once(&stand_in(stamp, nth)).ok_or_else(|| encoding("a paper has no place in its mail"))?;
            kept.extend_from_slice(before.as_bytes());
            papers.push((kept.len(), attachment.bytes.encoded().clone()));
            rest = after;
        }
        kept.extend_from_slice(rest.as_bytes());
        Ok(FrozenBytes::new(kept, papers))
    }

    /// Kind, panel, meeting, people and children must be the clearance's; papers are checked when they are gathered.
    fn admit(&self, clearance: &Clearance) -> Result<(), ComposeError> {
        if clearance.kind() != self.kind {
            return Err(ComposeError::WrongKind { cleared: clearance.kind(), composed: self.kind });
        }
        if *clearance.panel() != self.head.panel {
            return Err(ComposeError::WrongPanel);
        }
        if let (Some(cleared), Some(composed)) = (clearance.meeting(), self.meeting)
            && cleared != composed
        {
            return Err(ComposeError::WrongMeeting);
        }
        let cleared = addresses(clearance).len();
        if cleared == 0 || (self.to_one && cleared != 1) {
            let expected = if self.to_one { "one person" } else { "at least one person" };
            return Err(ComposeError::Recipients { expected, cleared });
        }
        if let Some(case) = self.cases.iter().find(|case| !clearance.cases().contains(case)) {
            return Err(ComposeError::CaseNotCleared(*case));
        }
        // A kind that takes no papers has gathered none.
        let attached =
            |document: &&ClearedDocument| self.attachments.iter().any(|a| a.document.sha256 == document.sha256);
        match clearance.documents().iter().find(|document| !attached(document)) {
            Some(document) => Err(ComposeError::DocumentMissing(document.sha256)),
            None => Ok(()),
        }
    }

    /// Invariant 5 and SH-23, on what was rendered.
    fn inspect(&self, rendered: &super::templates::Rendered, forbidden: &[Identifier]) -> Result<(), ComposeError> {
        let single = |place, text: &str| match text.chars().any(words::is_treacherous) {
            true => Err(ComposeError::ControlCharacter { place }),
            false => Ok(()),
        };
        let watch = identifiers::Watch::over(forbidden);
        let anonymous = |place, text: &str| match watch.is_exposed_in(text) {
            true => Err(ComposeError::IdentifierExposed { place }),
            false => Ok(()),
        };
        single("subject", &rendered.subject)?;
        anonymous("subject", &rendered.subject)?;
        let length = rendered.subject.chars().count();
        if length > LONGEST_SUBJECT {
            return Err(ComposeError::SubjectTooLong(length));
        }
        let made = self.made.iter().map(|made| &made.name);
        for name in self.attachments.iter().map(|attachment| &attachment.name).chain(made) {
            single("attachment name", name)?;
            anonymous("attachment name", name)?;
        }
        if let Some((_, calendar)) = &self.calendar {
            anonymous("calendar", &crate::outbound::invite::said(calendar))?;
        }
        if self.bare {
            anonymous("body", &rendered.text)?;
            // The style sheet's figures are no child's.
            anonymous("body", rendered.html.rsplit("</style>").next().unwrap_or_default())?;
        }
        if self.answering.is_some() && !says_emergency(rendered, &self.head.emergency) {
            return Err(ComposeError::EmergencyLineMissing);
        }
        Ok(())
    }

    fn headers(
        &self,
        clearance: &Clearance,
        stamp: &Stamp,
        message_id: &str,
        subject: &str,
        forbidden: &[Identifier],
    ) -> Result<MessageBuilder, ComposeError> {
        let from = mailbox(Some(&self.head.from_name), &self.head.from)?;
        let mut builder = lettre::Message::builder().raw_header(date(stamp.date)).from(from);
        let mut seen = Vec::new();
        let mut to = Vec::new();
        for recipient in clearance.recipients() {
            if !seen.contains(&&recipient.address) {
                seen.push(&recipient.address);
                to.push(mailbox(recipient.name.as_ref().map(|n| n.reveal().as_str()), &recipient.address)?);
            }
        }
        builder = builder
            .raw_header(to_header(to))
            .subject(words::header_text(subject))
            .message_id(Some(message_id.to_owned()));
        if let Some(answering) = self.answering {
            builder = thread(builder, answering, forbidden);
        }
        let auto = if self.answering.is_some() { "auto-replied" } else { "auto-generated" };
        builder = builder.raw_header(header("Auto-Submitted", auto));
        if let Some(value) = suppress(self.kind) {
            builder = builder.raw_header(header("X-Auto-Response-Suppress", value));
        }
        Ok(builder
            .raw_header(header("X-Dutyclerk-Ref", &stamp.reference.to_string()))
            .raw_header(header("X-Dutyclerk-Kind", self.kind.as_str())))
    }

    fn body(&mut self, text: String, html: String, stamp: &Stamp) -> Result<MultiPart, ComposeError> {
        let part = |kind, text: String| SinglePart::builder().header(kind).body(text);
        let mut alternative = MultiPart::alternative()
            .boundary(boundary(stamp, "a"))
            .singlepart(part(ContentType::TEXT_PLAIN, text))
            .singlepart(part(ContentType::TEXT_HTML, html));
        if let Some((method, calendar)) = self.calendar.take() {
            // Last, so that a mail program that understands it prefers it (facts 4.8).
            let kind = content_type(&format!("text/calendar; charset=UTF-8; method={method}"))?;
            alternative = alternative.singlepart(part(kind, calendar));
        }
        if self.attachments.is_empty() && self.made.is_none() {
            return Ok(alternative);
        }
        let mut mixed = MultiPart::mixed().boundary(boundary(stamp, "m")).multipart(alternative);
        for (nth, attachment) in self.attachments.iter().enumerate() {
            let body = Body::dangerous_pre_encoded(stand_in(stamp, nth).into_bytes(), ContentTransferEncoding::Base64);
            let paper = SinglePart::builder()
                .header(content_type(attachment.content_type)?)
                .header(ContentDisposition::attachment(&attachment.name))
                .body(body);
            mixed = mixed.singlepart(paper);
        }
        if let Some(made) = self.made.take() {
            let body = Body::new_with_encoding(made.bytes, ContentTransferEncoding::Base64);
            let file = SinglePart::builder()
                .header(content_type(made.content_type)?)
                .header(ContentDisposition::attachment(&made.name))
                .body(body.map_err(|_| encoding("a file could not be written as base64"))?);
            mixed = mixed.singlepart(file);
        }
        Ok(mixed)
    }
}

/// What stands in a paper's place while the message is written.
fn stand_in(stamp: &Stamp, nth: usize) -> String {
    boundary(stamp, &format!("p{nth}"))
}

fn addresses(clearance: &Clearance) -> Vec<Address> {
    let mut to: Vec<Address> = Vec::new();
    for recipient in clearance.recipients() {
        if !to.contains(&recipient.address) {
            to.push(recipient.address.clone());
        }
    }
    to
}

fn boundary(stamp: &Stamp, level: &str) -> String {
    let seed = stamp.boundary.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("dutyclerk-{level}-{seed}")
}

/// Do both bodies hold the emergency line, however it was folded?
pub(super) fn says_emergency(rendered: &super::templates::Rendered, emergency: &str) -> bool {
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    let line = words::one_line(emergency);
    let escaped = minijinja::HtmlEscape(&line).to_string();
    !line.is_empty()
        && squeezed(&rendered.text).contains(&squeezed(&line))
        && squeezed(&rendered.html).contains(&squeezed(&escaped))
}

/// What the templates see: the view's fields, the module's additions and `mail`, every text on one line.
pub(super) fn context(
    view: &impl Serialize,
    kind: MailKind,
    stamp: &Stamp,
    more: serde_json::Map<String, serde_json::Value>,
) -> Result<serde_json::Value, ComposeError> {
    let mut context = serde_json::to_value(view).map_err(encoding)?;
    if let Some(fields) = context.as_object_mut() {
        fields.extend(more);
        let mail = serde_json::json!({ "reference": stamp.reference, "kind": kind, "date": stamp.date });
        fields.insert("mail".to_owned(), mail);
    }
    clean(&mut context);
    Ok(context)
}

fn clean(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) => *text = words::one_line(text),
        serde_json::Value::Array(values) => values.iter_mut().for_each(clean),
        serde_json::Value::Object(fields) => fields.values_mut().for_each(clean),
        _ => {}
    }
}
