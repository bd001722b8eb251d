//! The calendar part of an invitation, in words (RFC 5545).

use crate::casework::calendar::civil;
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::Serialize;

/// What a calendar program would show.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Entry {
    /// `REQUEST` or `CANCEL`.
    pub method: String,
    /// Name and value, in the order of the entry.
    pub lines: Vec<(String, String)>,
}

/// Reads it line by line; what is not understood is left out, the file itself lies beside the page.
pub(super) fn read(text: &str) -> Entry {
    let unfolded = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    let (mut method, mut lines, mut inside) = (String::new(), Vec::new(), Vec::new());
    for line in unfolded.lines() {
        let Some((head, value)) = split(line) else { continue };
        let name = head.split(';').next().unwrap_or_default().to_ascii_uppercase();
        match (name.as_str(), inside.last().map(String::as_str)) {
            ("BEGIN", _) => inside.push(value.to_ascii_uppercase()),
            ("END", _) => {
                inside.pop();
            }
            ("METHOD", _) => method = value.to_owned(),
            (_, Some("VEVENT")) => lines.extend(in_words(&name, head, value)),
            ("TRIGGER", Some("VALARM")) => lines.push(("Reminder".to_owned(), value.to_owned())),
            _ => {}
        }
    }
    lines.sort_by_key(|(name, _)| ORDER.iter().position(|known| known == name));
    Entry { method, lines }
}

/// As a calendar shows an entry: what and when first.
const ORDER: [&str; 11] =
    ["What", "From", "To", "Where", "Text", "Organizer", "Attendee", "Status", "Reminder", "Version", "Entry"];

/// Name with parameters, and value: the first colon outside quotes divides them.
fn split(line: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let at = line.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == ':' && !quoted
    })?;
    Some((line.get(..at.0)?, line.get(at.0 + 1..)?))
}

fn in_words(name: &str, head: &str, value: &str) -> Option<(String, String)> {
    let named = match name {
        "SUMMARY" => "What",
        "DTSTART" => "From",
        "DTEND" => "To",
        "LOCATION" => "Where",
        "DESCRIPTION" => "Text",
        "ORGANIZER" => "Organizer",
        "ATTENDEE" => "Attendee",
        "STATUS" => "Status",
        "SEQUENCE" => "Version",
        "UID" => "Entry",
        _ => return None,
    };
    let shown = match name {
        "DTSTART" | "DTEND" => when(head, value),
        "ORGANIZER" | "ATTENDEE" => value.split_once(':').map_or(value, |(_, address)| address).to_owned(),
        _ => value.replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\"),
    };
    Some((named.to_owned(), shown))
}

/// A local time with its zone, or an instant in UTC, as London's clock shows it.
fn when(head: &str, value: &str) -> String {
    if let Ok(at) = value.parse::<Timestamp>() {
        return civil::instant_in_words(at);
    }
    match value.parse::<DateTime>() {
        Ok(local) if head.contains("TZID=Europe/London") => civil::moment_in_words(local),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_reads_as_a_calendar_shows_it() {
        let text = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nBEGIN:STANDARD\r\nDTSTART:19701025T020000\r\n\
                    END:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nDTSTART;TZID=Europe/London:20261208T100000\r\n\
                    DTEND:20260714T091500Z\r\nSUMMARY:RMM\\, case\r\n  R-0042\r\nATTENDEE;CN=\"A: B\";RSVP=TRUE:mailto:a@b.example\r\n\
                    END:VEVENT\r\nEND:VCALENDAR\r\n";
        let entry = read(text);
        assert_eq!(entry.method, "REQUEST");
        let line = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            entry.lines,
            [
                line("What", "RMM, case R-0042"),
                line("From", "Tue 8 December 2026 at 10:00"),
                line("To", "Tue 14 July 2026 at 10:15"),
                line("Attendee", "a@b.example")
            ]
        );
    }
}
