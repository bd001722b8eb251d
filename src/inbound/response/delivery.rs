//! Delivery reports (RFC 3464), and what servers send that do not write one: the address in X-Failed-Recipients (Exim,
//! Google), and the original below a line of text (qmail).

use crate::casework::{Address, DeliveryAction, DeliveryReport, Redacted, ReportedRecipient};
use crate::inbound::mailbox::head::{fields, first};
use crate::inbound::unpack::{Leaf, Parcel};

/// Recipients of one report, and Message-IDs it may be about, at most: a transaction of ours has fewer.
const MOST: usize = 200;
/// Of a report's readable text, the part in which the original's Message-ID is looked for.
const LOOKED_THROUGH: usize = 256 * 1024;

pub(super) fn report(parcel: &Parcel) -> DeliveryReport {
    let of_type = |wanted: &'static [&str]| {
        parcel.leaves.iter().filter(move |leaf| wanted.contains(&leaf.declared_type.as_str()))
    };
    let mut recipients: Vec<ReportedRecipient> =
        of_type(&["message/delivery-status", "message/global-delivery-status"]).flat_map(status).take(MOST).collect();
    if recipients.is_empty() {
        recipients = parcel.headers.failed_recipients.iter().take(MOST).cloned().map(failed).collect();
    }
    let mut about: Vec<String> = parcel.nested.iter().filter_map(|nested| nested.headers.message_id.clone()).collect();
    for leaf in of_type(&["text/rfc822-headers", "message/rfc822-headers", "message/global-headers"]) {
        about.extend(first(&fields(&leaf.bytes), "message-id").and_then(id));
    }
    about.extend(parcel.headers.in_reply_to.clone());
    about.extend(parcel.headers.references.iter().rev().cloned());
    about.extend(quoted(parcel.text.reveal()));
    let mut once: Vec<Redacted<String>> = Vec::new();
    for id in about.into_iter().map(Redacted::new) {
        if once.len() < MOST && !once.contains(&id) {
            once.push(id);
        }
    }
    DeliveryReport { about: once, recipients }
}

/// The groups of a message/delivery-status after the first, which is about the message as a whole (RFC 3464 §2.1).
fn status(leaf: &Leaf) -> Vec<ReportedRecipient> {
    let text = String::from_utf8_lossy(&leaf.bytes).replace("\r\n", "\n");
    // Exchange puts more than one empty line between groups.
    text.split("\n\n").filter_map(|group| recipient(group.trim_start_matches('\n'))).collect()
}

fn recipient(group: &str) -> Option<ReportedRecipient> {
    let fields = fields(group.as_bytes());
    let action = match first(&fields, "action")?.trim().to_ascii_lowercase().as_str() {
        "failed" => DeliveryAction::Failed,
        "delayed" => DeliveryAction::Delayed,
        "delivered" => DeliveryAction::Delivered,
        // Expanded: it went on to the members of a list.
        "relayed" | "expanded" => DeliveryAction::Relayed,
        _ => return None,
    };
    // What we wrote to stands above where it ended: the far side may have forwarded it.
    let address = ["original-recipient", "final-recipient"]
        .into_iter()
        .find_map(|name| first(&fields, name).and_then(|value| mailbox(value.split_once(';').map_or(value, |v| v.1))));
    let status = first(&fields, "status").and_then(|value| value.split_whitespace().next());
    Some(ReportedRecipient { address, action, status: status.filter(|code| is_status(code)).map(str::to_owned) })
}

/// `5.1.1` (RFC 3463 §2).
fn is_status(code: &str) -> bool {
    let parts: Vec<&str> = code.split('.').collect();
    let digits = |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.len() == 3 && parts.iter().all(digits) && matches!(parts.first(), Some(&("2" | "4" | "5")))
}

fn failed(address: Address) -> ReportedRecipient {
    ReportedRecipient { address: Some(address), action: DeliveryAction::Failed, status: None }
}

fn mailbox(text: &str) -> Option<Address> {
    text.trim().trim_matches(['<', '>']).parse().ok()
}

fn id(value: &str) -> Option<String> {
    let inner = value.trim().strip_prefix('<')?.split('>').next()?;
    (!inner.is_empty()).then(|| inner.to_owned())
}

/// `Message-ID: <…>` in the readable text.
fn quoted(text: &str) -> Vec<String> {
    let looked = text.get(..text.floor_char_boundary(LOOKED_THROUGH)).unwrap_or(text);
    let value = |line: &str| {
        let line = line.trim_start_matches(['>', ' ', '\t']);
        line.get(..11).filter(|name| name.eq_ignore_ascii_case("message-id:")).and_then(|_| id(line.get(11..)?))
    };
    looked.lines().filter_map(value).take(MOST).collect()
}
