//! An Outlook message file (MS-OXMSG): a compound file whose storages are the message, its attachments and the messages
//! attached to it. Our own reader over the `cfb` crate, because the one crate for the format takes every compound file
//! for a message, reads all of it before it can be asked about sizes, and leaves rich text packed.

use super::mapi::{DATA, Properties, Property};
use super::{Budget, Content, Member, Opened, broken};
use crate::casework::Finding;
use crate::inbound::ole::Ole;

/// What stands before the properties of the outermost message, of one inside it, and of an attachment.
const TOP: usize = 32;
const INSIDE: usize = 24;
const ATTACHMENT: usize = 8;
/// Where the outermost message and those inside say how many attachments they have.
const ATTACHMENTS_AT: usize = 20;

/// Opens a message file; `depth` more messages inside one another are opened.
pub(in super::super) fn open(bytes: &[u8], depth: usize, budget: &mut Budget<'_>) -> Result<Opened, Finding> {
    let mut ole = Ole::open(bytes)?;
    message(&mut ole, "", TOP, depth, budget)
}

fn message(
    ole: &mut Ole<'_>,
    folder: &str,
    header: usize,
    depth: usize,
    budget: &mut Budget<'_>,
) -> Result<Opened, Finding> {
    let (properties, head) = properties(ole, folder, header, budget.limits.member_bytes)?;
    let most = usize::try_from(budget.limits.member_bytes).unwrap_or(usize::MAX);
    let declared = head.get(ATTACHMENTS_AT..ATTACHMENTS_AT + 4).and_then(|bytes| bytes.try_into().ok());
    let mut contents = Opened {
        message: Some(properties.message(most)),
        declared: declared.map(u32::from_le_bytes).and_then(|count| usize::try_from(count).ok()),
        ..Opened::default()
    };
    let root = if folder.is_empty() { "/" } else { folder };
    let mut attachments: Vec<String> =
        ole.names(root).into_iter().filter(|name| name.starts_with("__attach_version1.0_#")).collect();
    attachments.sort_unstable();
    for name in attachments {
        match attachment(ole, &format!("{folder}/{name}"), depth, budget) {
            Ok(member) => contents.members.push(member),
            Err(problem) => contents.members.push(Member {
                name: None,
                declared: None,
                content_id: None,
                hidden: false,
                content: Content::Refused(Vec::new(), problem),
            }),
        }
    }
    Ok(contents)
}

fn attachment(ole: &mut Ole<'_>, folder: &str, depth: usize, budget: &mut Budget<'_>) -> Result<Member, Finding> {
    let (mut properties, _) = properties(ole, folder, ATTACHMENT, budget.limits.member_bytes)?;
    let inside = format!("{folder}/__substg1.0_3701000D");
    let content = if properties.is_embedded_message() {
        budget.take(0)?;
        match depth.checked_sub(1) {
            Some(depth) => Content::Message(Box::new(message(ole, &inside, INSIDE, depth, budget)?)),
            None => Content::Refused(Vec::new(), super::limit("messages are nested deeper than this mailbox takes")),
        }
    } else {
        let bytes = properties.0.remove(&DATA).map(|property| property.bytes).unwrap_or_default();
        budget.take(bytes.len())?;
        match properties.no_file() {
            Some(finding) => Content::Refused(bytes, finding),
            None => Content::Bytes(bytes),
        }
    };
    Ok(properties.member(content))
}

/// The properties of one storage, and what stands before them in their stream.
fn properties(ole: &mut Ole<'_>, folder: &str, header: usize, most: u64) -> Result<(Properties, Vec<u8>), Finding> {
    let path = format!("{folder}/__properties_version1.0");
    let mut fixed = ole.stream(&path, most)?.ok_or_else(|| broken("The Outlook message"))?;
    let table = fixed.split_off(header.min(fixed.len()));
    let mut properties = Properties::default();
    let (rows, _) = table.as_chunks::<16>();
    for row in rows {
        let (kind, id) = (u16::from_le_bytes([row[0], row[1]]), u16::from_le_bytes([row[2], row[3]]));
        let bytes = match kind {
            0x0002 | 0x0003 | 0x000B | 0x0014 | 0x0040 => row.last_chunk::<8>().map(|value| value.to_vec()),
            // Named properties and objects are not looked at; the message inside is a storage, found by its name.
            _ if id >= 0x8000 || kind == 0x000D => None,
            _ => ole.stream(&format!("{folder}/__substg1.0_{id:04X}{kind:04X}"), most)?,
        };
        if let Some(bytes) = bytes {
            properties.0.insert(id, Property { kind, bytes });
        }
    }
    Ok((properties, fixed))
}
