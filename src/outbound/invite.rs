//! iCalendar for invitations (RFC 5545, RFC 5546): one event, one organizer, nothing personal in any field.
//!
//! Times are London civil time with `TZID=Europe/London` and the zone's rules beside them: yearly rules from 1970, the only
//! shape that Outlook follows over a clock change (facts 4.8). Lines are folded at 75 octets, never inside a character.

use crate::casework::Address;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// RFC 5545 §3.1: a line has at most 75 octets, its line break not counted.
const LONGEST_LINE: usize = 75;

/// The rules of British time as they have been since 1996, written from 1970 on.
const LONDON: &[&str] = &[
    "BEGIN:VTIMEZONE",
    "TZID:Europe/London",
    "BEGIN:DAYLIGHT",
    "DTSTART:19700329T010000",
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    "TZOFFSETFROM:+0000",
    "TZOFFSETTO:+0100",
    "TZNAME:BST",
    "END:DAYLIGHT",
    "BEGIN:STANDARD",
    "DTSTART:19701025T020000",
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0000",
    "TZNAME:GMT",
    "END:STANDARD",
    "END:VTIMEZONE",
];

/// What the calendar is asked to do (RFC 5546 §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A new invitation, or an update with a higher SEQUENCE.
    Request,
    /// Take it out again; needs a higher SEQUENCE too.
    Cancel,
}

impl Method {
    /// As it stands in METHOD and in the Content-Type parameter, which must agree.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }

    const fn status(self) -> &'static str {
        match self {
            Self::Request => "CONFIRMED",
            Self::Cancel => "CANCELLED",
        }
    }
}

/// One invitation.
#[derive(Clone, Debug)]
pub struct Invite<'a> {
    /// Request or cancel.
    pub method: Method,
    /// Stable for the invitation's life.
    pub uid: &'a str,
    /// Rises with each update and with the cancellation (RFC 5546 §2.1.4).
    pub sequence: u32,
    /// DTSTAMP; the newest of one SEQUENCE holds.
    pub stamped: Timestamp,
    /// London civil time.
    pub starts: DateTime,
    /// London civil time.
    pub ends: DateTime,
    /// The duty mailbox, which the answers go to.
    pub organizer: &'a Address,
    /// Its display name.
    pub organizer_name: &'a str,
    /// Who is invited.
    pub attendees: &'a [Address],
    /// Shown in shared calendars and on locked telephones: a reference only.
    pub summary: &'a str,
    /// As public as the summary.
    pub description: &'a str,
}

impl Invite<'_> {
    /// The calendar, lines ended by CRLF.
    ///
    /// # Errors
    /// The name of the first field that holds a control character.
    pub fn write(&self) -> Result<String, &'static str> {
        let fields = [
            ("UID", self.uid),
            ("ORGANIZER", self.organizer_name),
            ("SUMMARY", self.summary),
            ("DESCRIPTION", self.description),
        ];
        if let Some((name, _)) = fields.iter().find(|(_, text)| text.chars().any(char::is_control)) {
            return Err(name);
        }
        let mut out = String::new();
        let mut line = |text: String| fold(&text, &mut out);
        for text in ["BEGIN:VCALENDAR", "PRODID:-//dutyclerk//dutyclerk//EN", "VERSION:2.0", "CALSCALE:GREGORIAN"] {
            line(text.to_owned());
        }
        line(format!("METHOD:{}", self.method.as_str()));
        LONDON.iter().for_each(|text| line((*text).to_owned()));
        line("BEGIN:VEVENT".to_owned());
        line(format!("UID:{}", escape(self.uid)));
        line(format!("SEQUENCE:{}", self.sequence));
        line(format!("DTSTAMP:{}Z", stamp(self.stamped.to_zoned(TimeZone::UTC).datetime())));
        line(format!("DTSTART;TZID=Europe/London:{}", stamp(self.starts)));
        line(format!("DTEND;TZID=Europe/London:{}", stamp(self.ends)));
        line(format!("SUMMARY:{}", escape(self.summary)));
        line(format!("DESCRIPTION:{}", escape(self.description)));
        line("LOCATION:See e-mail".to_owned());
        line(format!("ORGANIZER;CN={}:mailto:{}", parameter(self.organizer_name), self.organizer));
        for attendee in self.attendees {
            line(format!("ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{attendee}"));
        }
        line("CLASS:PRIVATE".to_owned());
        line(format!("STATUS:{}", self.method.status()));
        line("TRANSP:OPAQUE".to_owned());
        line("END:VEVENT".to_owned());
        line("END:VCALENDAR".to_owned());
        Ok(out)
    }
}

/// What a calendar says in its own words: unfolded, without the addresses of the people it goes to, the clock readings and
/// the zone's rules. This is where no child may be identifiable.
pub(super) fn said(calendar: &str) -> String {
    let unfolded = calendar.replace("\r\n ", "");
    let people = |line: &&str| !line.starts_with("ATTENDEE") && !line.starts_with("DTSTAMP");
    let zone = |line: &&str| !LONDON.contains(line);
    let words = unfolded.lines().filter(people).filter(zone).map(|line| match line.split_once(":mailto:") {
        Some((before, _)) => before,
        None => line,
    });
    // Separate lines stay apart: digits of one are not part of another's.
    words.collect::<Vec<_>>().join(" | ").replace("\\,", ",").replace("\\;", ";")
}

fn stamp(at: DateTime) -> String {
    at.strftime("%Y%m%dT%H%M%S").to_string()
}

/// RFC 5545 §3.3.11. Line breaks cannot occur: [`Invite::write`] refuses them.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,")
}

/// RFC 5545 §3.2: a parameter's value in quotes, which therefore cannot stand inside it.
fn parameter(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "'"))
}

fn fold(text: &str, out: &mut String) {
    let mut room = LONGEST_LINE;
    for c in text.chars() {
        if c.len_utf8() > room {
            out.push_str("\r\n ");
            room = LONGEST_LINE - 1;
        }
        out.push(c);
        room -= c.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests;
