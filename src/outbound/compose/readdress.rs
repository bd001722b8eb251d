//! A frozen mail once more, for fewer of those it was cleared for: somebody has left since (OP-12).
//!
//! Frozen bytes are never changed. These are new ones, of a mail of its own, and what was approved or looked at is in them to
//! the byte: only To, Date, Message-ID and our reference in the head are others. The words still name the reference that the
//! mail had before, and it leads to this one.

use super::headers::{date, encoding, header, mailbox, to_header};
use super::{ComposeError, Stamp};
use crate::casework::{Address, FrozenBytes};
use lettre::message::header::{HeaderValue, Headers};

/// The mail as it goes now.
#[derive(Debug)]
pub struct Readdressed {
    /// The message, lines ended by CRLF.
    pub bytes: FrozenBytes,
    /// With angle brackets.
    pub message_id: String,
}

/// `to` are those whom it is to name, a part of those whom it names now.
///
/// # Errors
/// [`ComposeError::Encoding`] when these are no bytes that compose froze.
pub fn readdress(
    frozen: &FrozenBytes,
    to: &[(Option<&str>, &Address)],
    stamp: &Stamp,
) -> Result<Readdressed, ComposeError> {
    let no_head = || encoding("a frozen mail has no head");
    let text = frozen.text();
    let end = text.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(no_head)? + 2;
    let (head, body) = text.split_at_checked(end).ok_or_else(no_head)?;
    let head = std::str::from_utf8(head).map_err(encoding)?;
    let domain = one(head, "Message-ID")?.trim_end().trim_end_matches('>').rsplit_once('@').ok_or_else(no_head)?.1;
    let message_id = format!("<{}@{domain}>", stamp.id);
    let to = to.iter().map(|(name, address)| mailbox(*name, address)).collect::<Result<Vec<_>, _>>()?;
    let others = [
        ("To", to_header(to)),
        ("Date", date(stamp.date)),
        ("Message-ID", header("Message-ID", &message_id)),
        ("X-Dutyclerk-Ref", header("X-Dutyclerk-Ref", &stamp.reference.to_string())),
    ];
    for (name, _) in &others {
        one(head, name)?;
    }
    let head: String = fields(head)
        .map(|field| match others.iter().find(|(name, _)| is_named(field, name)) {
            Some((_, value)) => written(value.clone()),
            None => field.to_owned(),
        })
        .collect();
    let papers = frozen.papers().iter().map(|(at, paper)| {
        let in_body = at.checked_sub(end).ok_or_else(|| encoding("a paper stands in a mail's head"))?;
        Ok((head.len() + in_body, paper.clone()))
    });
    let papers = papers.collect::<Result<Vec<_>, ComposeError>>()?;
    Ok(Readdressed { bytes: FrozenBytes::new([head.as_bytes(), body].concat(), papers), message_id })
}

/// The one field of this name, folded lines and all.
fn one<'h>(head: &'h str, name: &str) -> Result<&'h str, ComposeError> {
    let mut found = fields(head).filter(|field| is_named(field, name));
    match (found.next(), found.next()) {
        (Some(field), None) => Ok(field),
        _ => Err(encoding(format!("a frozen mail has not one field {name}"))),
    }
}

fn is_named(field: &str, name: &str) -> bool {
    field.split_once(':').is_some_and(|(before, _)| before.eq_ignore_ascii_case(name))
}

/// A head's fields, each with the lines it is folded over and its last line break (RFC 5322 §2.2.3).
fn fields(head: &str) -> impl Iterator<Item = &str> {
    let mut rest = head;
    std::iter::from_fn(move || {
        let ends = rest.match_indices("\r\n").map(|(at, _)| at + 2);
        let folded = |at: &usize| rest.get(*at..).is_some_and(|after| after.starts_with([' ', '\t']));
        let end = ends.into_iter().find(|at| !folded(at))?;
        let (field, after) = rest.split_at_checked(end)?;
        rest = after;
        Some(field)
    })
}

fn written(value: HeaderValue) -> String {
    let mut headers = Headers::new();
    headers.insert_raw(value);
    headers.to_string()
}
