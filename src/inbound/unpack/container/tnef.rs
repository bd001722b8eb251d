//! winmail.dat (MS-OXTNEF): what Outlook makes of a message in rich text when the recipient is elsewhere. A run of
//! attributes, some of them tables of MAPI properties. Our own reader: the crate for the format stops at attributes it
//! does not know and drops attachments that lack any of six fields, which is how forms get lost (LESSONS A11).

use super::mapi::{CLASS, DATA, Properties, Property, STRING8, UNICODE};
use super::{Budget, Content, Opened, broken};
use crate::casework::Finding;

const MESSAGE_CLASS: u32 = 0x0007_8008;
const BODY: u32 = 0x0002_800C;
const SUBJECT: u32 = 0x0001_8004;
const MESSAGE_PROPERTIES: u32 = 0x0006_9003;
const ATTACHMENT_BEGINS: u32 = 0x0006_9002;
const ATTACHMENT_DATA: u32 = 0x0006_800F;
const ATTACHMENT_TITLE: u32 = 0x0001_8010;
const ATTACHMENT_PROPERTIES: u32 = 0x0006_9005;
const CODE_PAGE: u32 = 0x0006_9007;

/// The interface of a message inside a message (IID_IMessage), before its own TNEF stream.
const MESSAGE_INTERFACE: [u8; 16] = [7, 3, 2, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46];

/// Opens a rich-text package. What follows a broken attribute is lost, and said to be.
pub(in super::super) fn open(bytes: &[u8], budget: &mut Budget<'_>) -> Result<Opened, Finding> {
    let mut at = Bytes(bytes.get(6..).ok_or_else(|| broken("The Outlook rich-text package"))?);
    let mut message = Properties::default();
    let mut attachments: Vec<(Properties, Vec<u8>)> = Vec::new();
    let mut problems = Vec::new();
    while !at.0.is_empty() {
        let Some(attribute) = attribute(&mut at) else {
            problems.push(broken("The Outlook rich-text package (winmail.dat)"));
            break;
        };
        let (id, data) = attribute;
        match (id, attachments.last_mut()) {
            (ATTACHMENT_BEGINS, _) => {
                if attachments.len() > budget.limits.parts {
                    return Err(super::limit("it holds more than this mailbox unpacks"));
                }
                attachments.push((Properties::default(), Vec::new()));
            }
            (ATTACHMENT_DATA, Some((_, content))) => *content = data.to_vec(),
            (ATTACHMENT_TITLE, Some((of, _))) => put(of, 0x3704, STRING8, data),
            (ATTACHMENT_PROPERTIES, Some((of, _))) => take_table(of, data, &mut problems),
            (MESSAGE_PROPERTIES, _) => take_table(&mut message, data, &mut problems),
            (MESSAGE_CLASS, _) => put(&mut message, CLASS, STRING8, data),
            (SUBJECT, _) => put(&mut message, 0x0037, STRING8, data),
            (BODY, _) => put(&mut message, 0x1000, STRING8, data),
            (CODE_PAGE, _) => put(&mut message, 0x3FFD, 3, data),
            _ => {}
        }
    }
    if message.0.is_empty() && attachments.is_empty() {
        return Err(broken("The Outlook rich-text package (winmail.dat)"));
    }
    let most = usize::try_from(budget.limits.member_bytes).unwrap_or(usize::MAX);
    let mut contents = Opened { message: Some(message.message(most)), problems, ..Opened::default() };
    for (mut properties, content) in attachments {
        let object = properties.0.remove(&DATA).map(|property| property.bytes).unwrap_or_default();
        let bytes = match object.strip_prefix(MESSAGE_INTERFACE.as_slice()) {
            Some(stream) => stream.to_vec(),
            None if content.is_empty() => object,
            None => content,
        };
        budget.take(bytes.len())?;
        let content = match properties.no_file().filter(|_| bytes.is_empty()) {
            Some(finding) => Content::Refused(bytes, finding),
            None => Content::Bytes(bytes),
        };
        contents.members.push(properties.member(content));
    }
    Ok(contents)
}

fn put(of: &mut Properties, id: u16, kind: u16, data: &[u8]) {
    of.0.entry(id).or_insert_with(|| Property { kind, bytes: data.to_vec() });
}

fn take_table(of: &mut Properties, data: &[u8], problems: &mut Vec<Finding>) {
    if table(&mut Bytes(data), of).is_none() {
        problems.push(broken("The Outlook rich-text package (winmail.dat)"));
    }
}

/// One attribute: its id and data. Level and checksum are not looked at: what matters is which bytes are there.
fn attribute<'b>(at: &mut Bytes<'b>) -> Option<(u32, &'b [u8])> {
    at.take(1)?;
    let id = at.u32()?;
    let length = at.u32()?;
    let data = at.take(usize::try_from(length).ok()?)?;
    // The last attribute of some writers has no checksum.
    at.take(2.min(at.0.len()))?;
    Some((id, data))
}

/// A table of MAPI properties, put into `of`; none when it is broken, with what came before kept.
fn table(at: &mut Bytes<'_>, of: &mut Properties) -> Option<()> {
    let count = at.u32()?;
    for _ in 0..count {
        let (kind, id) = (at.u16()?, at.u16()?);
        if id >= 0x8000 {
            at.take(16)?;
            if at.u32()? == 0 {
                at.take(4)?;
            } else {
                let length = at.u32()?;
                at.padded(length)?;
            }
        }
        let many = kind & 0x1000 != 0;
        let variable = matches!(kind & 0x0FFF, STRING8 | UNICODE | 0x000D | 0x0102);
        let values = if many || variable { at.u32()? } else { 1 };
        let mut first = None;
        for _ in 0..values {
            let bytes = if variable {
                let length = at.u32()?;
                at.padded(length)?
            } else {
                at.take(match kind & 0x0FFF {
                    0x0001 | 0x0002 | 0x0003 | 0x0004 | 0x000A | 0x000B => 4,
                    0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => 8,
                    0x0048 => 16,
                    _ => return None,
                })?
            };
            first = first.or(Some(bytes));
        }
        // The table is newer than the attributes before it, and says more exactly what they say.
        if let (Some(bytes), true) = (first, id < 0x8000) {
            of.0.insert(id, Property { kind, bytes: bytes.to_vec() });
        }
    }
    Some(())
}

/// Bytes read from the front.
struct Bytes<'b>(&'b [u8]);

impl<'b> Bytes<'b> {
    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// As many bytes, and what fills them up to a multiple of four.
    fn padded(&mut self, length: u32) -> Option<&'b [u8]> {
        let length = usize::try_from(length).ok()?;
        let taken = self.take(length)?;
        self.take((length.next_multiple_of(4) - length).min(self.0.len()))?;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_le_bytes)
    }
}
