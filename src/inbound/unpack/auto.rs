//! Did a person send this? (RFC 3834, facts 4.9)

use super::Leaf;
use super::headers::{Headers, ReturnPath};
use crate::casework::Format;
use crate::inbound::mailbox::head::first;
use mail_parser::ContentType;
use serde::{Deserialize, Serialize};

/// Who sent a message, as far as answering it goes. Nothing but [`AutoKind::Person`] is ever answered; whether it is
/// *read* is another question: a case system that sends papers calls them `auto-generated`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AutoKind {
    /// Nothing says otherwise.
    #[default]
    Person,
    /// Out of office, read receipts, and whatever else declares itself automatic.
    AutoReply,
    /// A delivery report.
    Bounce,
    /// Someone's answer to an invitation (iTIP REPLY, COUNTER or REFRESH).
    CalendarReply,
    /// A mailing list or bulk mail.
    List,
}

/// What the parts say about the message as a whole, noted while they are walked.
#[derive(Default)]
pub(super) struct Signs {
    delivery_report: bool,
    other_report: bool,
    calendar_answer: bool,
}

impl Signs {
    pub(super) fn note_multipart(&mut self, declared: Option<&ContentType<'_>>) {
        let report = declared.filter(|kind| kind.subtype() == Some("report"));
        match report.and_then(|kind| kind.attribute("report-type")).map(str::to_ascii_lowercase).as_deref() {
            Some("delivery-status") => self.delivery_report = true,
            Some(_) => self.other_report = true,
            None => {}
        }
    }

    /// Outlook's kind of item, in a winmail.dat or message file (MS-OXOCAL, MS-OXOMSG).
    pub(super) fn note_class(&mut self, class: &str) {
        let class = class.to_ascii_lowercase();
        self.calendar_answer |= ["schedule.meeting.resp", "schedule.mtgresp"].iter().any(|kind| class.contains(kind));
        self.delivery_report |= class.starts_with("report.") && class.ends_with(".ndr");
        self.other_report |= class.starts_with("report.") && !class.ends_with(".ndr");
    }

    pub(super) fn note_leaf(&mut self, declared: &str, kind: Option<&ContentType<'_>>, outermost: bool) {
        self.delivery_report |=
            outermost && matches!(declared, "message/delivery-status" | "message/global-delivery-status");
        self.other_report |= outermost && declared == "message/disposition-notification";
        let method = kind.and_then(|kind| kind.attribute("method")).unwrap_or_default();
        self.calendar_answer |= outermost && declared == "text/calendar" && is_answer(method);
    }
}

fn is_answer(method: &str) -> bool {
    ["REPLY", "COUNTER", "REFRESH"].iter().any(|answer| method.trim().eq_ignore_ascii_case(answer))
}

/// The METHOD of an iCalendar object.
fn method(ics: &[u8]) -> Option<&str> {
    let lines = ics.split(|byte| *byte == b'\n').take(50);
    let value =
        lines.filter_map(|line| line.split_at_checked(7)).find(|(name, _)| name.eq_ignore_ascii_case(b"METHOD:"));
    value.and_then(|(_, value)| std::str::from_utf8(value).ok())
}

pub(super) fn classify(
    headers: &Headers,
    fields: &[(&str, String)],
    signs: &Signs,
    leaves: &[Leaf],
    prefix: &str,
) -> AutoKind {
    let field = |name| first(fields, name).map(|value| value.trim().to_ascii_lowercase());
    let own = || leaves.iter().filter(|leaf| !leaf.path.get(prefix.len()..).unwrap_or_default().contains('/'));
    let null = headers.return_path == ReturnPath::Null;
    let local = headers.from.as_ref().map(crate::casework::Address::local).unwrap_or_default();
    if signs.delivery_report
        || field("x-failed-recipients").is_some()
        || matches!(local, "mailer-daemon" | "mail-daemon")
        || (null && local == "postmaster")
    {
        return AutoKind::Bounce;
    }
    // An answer to an invitation brings no papers: a mail with both is read for its papers.
    let calendar_only = own().all(|leaf| leaf.format == Format::Ics || leaf.is_decoration());
    let answers =
        own().filter(|leaf| leaf.format == Format::Ics).any(|leaf| method(&leaf.bytes).is_some_and(is_answer));
    if calendar_only && (signs.calendar_answer || answers) {
        return AutoKind::CalendarReply;
    }
    let submitted = field("auto-submitted").is_some_and(|value| value.split([';', ' ']).next() != Some("no"));
    let marked = ["x-autoreply", "x-autorespond", "x-autoresponder"]
        .iter()
        .any(|name| field(name).is_some_and(|value| value != "no"));
    let precedence = field("precedence").is_some_and(|value| value == "auto_reply" || value == "auto-reply");
    let rules_agent =
        field("x-ms-exchange-generated-message-source").is_some_and(|value| value.contains("rules agent"));
    let subject = headers.subject.reveal().to_lowercase();
    let absent =
        ["automatic reply", "out of office", "autoreply", "auto reply"].iter().any(|word| subject.starts_with(word));
    if submitted || marked || precedence || signs.other_report || (absent && (null || rules_agent)) {
        return AutoKind::AutoReply;
    }
    if headers.list { AutoKind::List } else { AutoKind::Person }
}
