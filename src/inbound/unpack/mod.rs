//! A message's bytes in, a [`Parcel`] out: headers, what the sender newly wrote, and every leaf attachment with what its
//! bytes say it is. Pure.
//!
//! # Failure policy
//!
//! [`unpack`] never fails: whatever is broken, missing or beyond the [`Limits`] is a [`Finding`] among
//! [`Parcel::problems`], and what could be read is there. Disposition, declared type and file name decide nothing about
//! what a part is (LESSONS A14). Transfer encodings and header fields are read by mail-parser; the walk over the parts is
//! ours, so that the limits hold while walking and no nesting can cost more than its bytes.
//!
//! Nothing vanishes: the parts are counted a second time, flat and by another method, and a difference is
//! `count_mismatch` (LESSONS A12).

mod limits;
mod said;
mod sniff;
mod decode;
mod walk;
mod inside;
mod container;
mod count;
mod headers;
mod auto;
mod text;
pub mod authentication;

pub use auto::AutoKind;
pub(in crate::inbound) use decode::characters;
pub use headers::{Headers, Own, ReturnPath};
pub use limits::Limits;
pub use said::said;
pub use sniff::sniff;
pub(in crate::inbound) use text::{Piece, pieces};
pub use text::{html_to_text, new_text};

use crate::casework::{Finding, FindingCode, Format, Redacted, Sha256};
use crate::inbound::mailbox::head;
use std::fmt;

/// A message, unpacked.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Who, what about, in answer to what.
    pub headers: Headers,
    /// The body as a person reads it; HTML turned into plain text where there is nothing else.
    pub text: Redacted<String>,
    /// The part of [`Parcel::text`] that the sender newly wrote: no quoted original, greeting, signature or disclaimer.
    /// Urgent words and "do not share" are looked for here only (LESSONS D).
    pub new_text: Redacted<String>,
    /// Every attachment, in order, those of nested messages included.
    pub leaves: Vec<Leaf>,
    /// The message's own text as a document, and those of the messages attached to it, for a form that was pasted into
    /// one; none of a mail of ours, nor where it asks for no date of birth, as every form does, and speaks of no flag.
    pub bodies: Vec<Leaf>,
    /// The messages that were attached and opened.
    pub nested: Vec<Nested>,
    /// What is wrong with the message.
    pub problems: Vec<Finding>,
    /// Leaf parts, bodies included, by the flat count.
    pub mime_leaves: usize,
}

/// One attachment.
#[derive(Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Section number as IMAP gives it (RFC 3501 §6.4.5), `2` or `1.2`; inside a nested message its own number after a
    /// slash: `3/2`. Unique within the message.
    pub path: String,
    /// The file name, decoded (RFC 2231, RFC 2047), folders cut off. Never used to name a file of ours.
    pub name: Option<Redacted<String>>,
    /// What the sender's program calls it, in lower case: `application/pdf`. Decides nothing.
    pub declared_type: String,
    /// Shown inside the body: disposition inline, or referred to by the HTML.
    pub inline: bool,
    /// The HTML body refers to it by its Content-ID.
    pub referenced: bool,
    /// What the bytes say.
    pub format: Format,
    /// The content, transfer encoding removed.
    pub bytes: Vec<u8>,
    /// The content's hash.
    pub sha256: Sha256,
    /// The containers it was taken from, outermost first: section number and type, `3 message/rfc822`.
    pub provenance: Vec<String>,
    /// Why it was not opened, where it is a container that could not be, or a link to a file that is elsewhere.
    pub refused: Option<Finding>,
}

/// A disposition of `inline` alone hides only what is too small to be a photographed page.
const INLINE_DECORATION: usize = 100 * 1024;
/// No page of a form is this small.
const TINY: usize = 10 * 1024;

/// The path of a message's own text, within that message.
const BODY: &str = "body";

impl Leaf {
    /// A signature's logo or a picture of the body's layout, not a paper: an image the HTML shows, a small inline one,
    /// or a tiny one. A telephone sends photographs inline, so a large inline picture counts as an attachment.
    pub fn is_decoration(&self) -> bool {
        let size = self.bytes.len();
        let picture = self.format == Format::Image
            && (self.referenced || size < TINY || (self.inline && size < INLINE_DECORATION));
        picture || self.is_accessory()
    }

    /// What programs hang on a mail for other programs: a signature beside what it signs, a business card, what a Mac knows
    /// of a file beside the file itself (AppleDouble, RFC 1740).
    fn is_accessory(&self) -> bool {
        const SIGNED_DATA: &[u8] = &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
        let start = self.bytes.get(..self.bytes.len().min(40)).unwrap_or_default();
        let text = start.trim_ascii_start();
        let card = text.get(..11).is_some_and(|start| start.eq_ignore_ascii_case(b"BEGIN:VCARD"));
        // A signature that holds what it signs is as large as that, and is kept for a person.
        let signature = start.first() == Some(&0x30) && start.windows(SIGNED_DATA.len()).any(|at| at == SIGNED_DATA);
        let of_a_mac = start.starts_with(&[0x00, 0x05, 0x16, 0x07]);
        card || of_a_mac || text.starts_with(b"-----BEGIN PGP SIGNATURE-----") || (signature && self.bytes.len() < TINY)
    }

    /// The message whose own text this is: what the paths of its parts begin with, nothing for the outermost.
    pub fn body_of(&self) -> Option<&str> {
        self.path.strip_suffix(BODY).filter(|message| message.is_empty() || message.ends_with('/'))
    }

    /// Everything but decoration, calendar parts, and the nameless text parts that mailing systems append.
    pub fn may_be_a_paper(&self) -> bool {
        let footer = matches!(self.format, Format::Text | Format::Html) && self.name.is_none();
        !self.is_decoration() && self.format != Format::Ics && !footer
    }
}

impl Parcel {
    /// The texts of messages that hold none of the documents at these paths: what came as a document goes before its note.
    pub fn bodies_without(&self, forms: &[&str]) -> Vec<Leaf> {
        let holds_one = |message: &str| forms.iter().any(|path| path.starts_with(message));
        self.bodies.iter().filter(|body| !body.body_of().is_some_and(holds_one)).cloned().collect()
    }

    /// Everything that may have been taken as a document.
    pub fn into_documents(self) -> impl Iterator<Item = Leaf> {
        self.leaves.into_iter().chain(self.bodies)
    }
}

impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, declared_type, inline, format, bytes, sha256, .. } = self;
        write!(f, "Leaf {{ {path} {format} ({declared_type}), inline: {inline}, {} bytes, {sha256} }}", bytes.len())
    }
}

/// An attached message. Its attachments are among [`Parcel::leaves`], under `path/`.
#[derive(Clone, Debug)]
pub struct Nested {
    /// Its section number.
    pub path: String,
    /// Its headers. Nothing in them is authenticated.
    pub headers: Headers,
    /// Its readable body.
    pub text: Redacted<String>,
}

/// Opens a message, or what people keep messages and papers in: an Outlook message file, a winmail.dat, a zip archive.
/// Never fails and never panics; see the module's failure policy.
pub fn unpack(raw: &[u8], limits: &Limits) -> Parcel {
    let mut walk = walk::Walk::new(limits);
    if raw.len() > limits.message_bytes {
        walk.exceeded("The message is larger than this mailbox takes, so its attachments were not opened.");
    }
    let raw = without_postmark(raw);
    let whole = if raw.len() > limits.message_bytes { head::split(raw).0 } else { raw };
    if raw.is_empty() {
        walk.problems.push(Finding::document(FindingCode::Empty, "The message has no content."));
    }
    let container = Some(sniff(whole)).filter(|format| matches!(format, Format::Msg | Format::Tnef | Format::Zip));
    let (headers, text) = match container {
        Some(format) => walk.alone(whole, format),
        None => walk.message(whole, &walk::Place::top()),
    };
    let papers = walk.leaves.iter().filter(|leaf| !leaf.is_decoration()).count();
    if papers > limits.attachments {
        walk.exceeded("The message has more attachments than this mailbox takes.");
    }
    let mime_leaves = match container {
        Some(_) => walk.leaves.len(),
        None if raw.is_empty() => 0,
        None => count::leaves(whole),
    };
    let limited = walk.problems.iter().any(|problem| problem.code == FindingCode::LimitExceeded);
    if !limited && !raw.is_empty() && container.is_none() && mime_leaves != walk.counted() {
        walk.problems.push(Finding::document(
            FindingCode::CountMismatch,
            "The message's parts and the documents found in it do not add up; a person should open it.",
        ));
    }
    Parcel {
        new_text: Redacted::new(new_text(&text)),
        text: Redacted::new(text),
        headers,
        bodies: walk.bodies,
        leaves: walk.leaves,
        nested: walk.nested,
        problems: walk.problems,
        mime_leaves,
    }
}

/// A message that the program failed at twice: nothing but its head is looked at, and a person is to open it.
pub fn unopened(raw: &[u8], limits: &Limits) -> Parcel {
    let head = head::split(without_postmark(raw)).0;
    let mut parcel = unpack(head, limits);
    let words = "This message could not be opened in two attempts and was put aside for a person.";
    parcel.problems = vec![Finding::document(FindingCode::ReaderFailed, words)];
    (parcel.leaves, parcel.nested, parcel.mime_leaves) = (Vec::new(), Vec::new(), 0);
    parcel
}

/// Without the empty lines, and the mbox `From ` line, that some programs leave before the first header field.
fn without_postmark(raw: &[u8]) -> &[u8] {
    let raw = raw.trim_ascii_start();
    if !raw.starts_with(b"From ") && !raw.starts_with(b">From ") {
        return raw;
    }
    let end = raw.iter().position(|byte| *byte == b'\n').map_or(raw.len(), |at| at + 1);
    raw.get(end..).unwrap_or_default()
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod corpus;
