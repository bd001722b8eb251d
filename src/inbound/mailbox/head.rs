//! The head of a message, read just as far as the wire format goes: fields in order, unfolded, and RFC 5322 dates.
//! mail-parser reads what is inside the fields; this is for the questions it answers too freely (zone names) or not at
//! all (which of several fields stands on top).

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

/// Splits an entity at its first empty line (RFC 5322 §2.1). Without one, everything is head if it starts like a field,
/// else everything is body.
pub(crate) fn split(raw: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        let next = at + line.len();
        if matches!(line, b"\n" | b"\r\n") {
            return raw
                .split_at_checked(at)
                .map_or((raw, &[]), |(head, rest)| (head, rest.get(line.len()..).unwrap_or_default()));
        }
        at = next;
    }
    let first = raw.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if name_of(first).is_some() { (raw, &[]) } else { (&[], raw) }
}

/// A field's name as written, if the line starts one.
fn name_of(line: &[u8]) -> Option<&str> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = line.get(..colon)?.trim_ascii_end();
    let good = !name.is_empty() && name.iter().all(|byte| (33..=126).contains(byte));
    if good { std::str::from_utf8(name).ok() } else { None }
}

/// The fields of a head, topmost first: the name as written, the value unfolded and trimmed. Lines that are no field
/// (an mbox `From ` line, a gateway's noise) are skipped.
pub(crate) fn fields(head: &[u8]) -> Vec<(&str, String)> {
    let mut fields: Vec<(&str, String)> = Vec::new();
    let mut open = false;
    for line in head.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if matches!(line.first(), Some(b' ' | b'\t')) {
            if let (true, Some((_, value))) = (open, fields.last_mut()) {
                value.push_str(&String::from_utf8_lossy(line));
            }
            continue;
        }
        open = false;
        if let Some(name) = name_of(line) {
            let value = line.get(name.len()..).unwrap_or_default().trim_ascii_start();
            let value = value.strip_prefix(b":").unwrap_or_default();
            fields.push((name, String::from_utf8_lossy(value).into_owned()));
            open = true;
        }
    }
    for (_, value) in &mut fields {
        *value = value.trim().to_owned();
    }
    fields
}

/// The topmost field of this name.
pub(crate) fn first<'f>(fields: &'f [(&str, String)], name: &str) -> Option<&'f str> {
    fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// The text without its comments (RFC 5322 §3.2.2: nested, with quoted pairs), quoted strings left alone.
pub(crate) fn without_comments(text: &str) -> String {
    let (mut out, mut depth, mut quoted, mut escaped) = (String::with_capacity(text.len()), 0u32, false, false);
    for c in text.chars() {
        let keep = depth == 0;
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted || depth > 0 => escaped = true,
            '"' if depth == 0 => quoted = !quoted,
            '(' if !quoted => {
                depth += 1;
                out.push(' ');
                continue;
            }
            ')' if !quoted && depth > 0 => {
                depth -= 1;
                continue;
            }
            _ => {}
        }
        if keep && depth == 0 {
            out.push(c);
        }
    }
    out
}

/// An RFC 5322 date, obsolete forms included (two-digit years, zone names, no seconds). `BST` is British Summer Time:
/// mail-parser takes it for UTC. Other unknown zone names count as UTC (§4.3); no zone at all is no date.
pub(crate) fn parse_date(text: &str) -> Option<Timestamp> {
    let text = without_comments(text);
    let mut words = text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()).peekable();
    if words.peek()?.starts_with(|c: char| c.is_ascii_alphabetic()) {
        words.next();
    }
    let day = words.next()?;
    let month = words.next()?;
    let year = words.next()?;
    let time = words.next()?;
    instant(year, month, day, time, words.next()?)
}

/// The date of an mbox `From ` line: `Thu Nov  5 10:00:00 2026`, with or without a zone, which is UTC unless it says
/// otherwise (RFC 4155).
pub(crate) fn parse_asctime(text: &str) -> Option<Timestamp> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let at = words.iter().position(|word| month_number(word).is_some())?;
    let [month, day, time, rest @ ..] = words.get(at..)? else { return None };
    let year = rest.iter().find(|word| word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit()))?;
    let zone = rest.iter().find(|word| *word != year).unwrap_or(&"UTC");
    instant(year, month, day, time, zone)
}

fn instant(year: &str, month: &str, day: &str, time: &str, zone: &str) -> Option<Timestamp> {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<i16>().ok()).flatten();
    let year = match (digits(year)?, year.len()) {
        (y, 2) if y < 50 => y + 2000,
        (y, 2 | 3) => y + 1900,
        (y, 4) => y,
        _ => return None,
    };
    let mut clock = time.split(':');
    let hour = i8::try_from(digits(clock.next()?)?).ok()?;
    let minute = i8::try_from(digits(clock.next()?)?).ok()?;
    let second = clock.next().map_or(Some(0), |s| digits(s.split('.').next().unwrap_or(s)))?;
    // A leap second is still that minute.
    let second = i8::try_from(second).ok().map(|s| if s == 60 { 59 } else { s })?;
    let date = Date::new(year, month_number(month)?, i8::try_from(digits(day)?).ok()?).ok()?;
    let civil = date.to_datetime(jiff::civil::Time::new(hour, minute, second, 0).ok()?);
    offset(zone)?.to_timestamp(civil).ok()
}

fn month_number(word: &str) -> Option<i8> {
    let word = word.get(..3)?;
    let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    months.iter().position(|month| word.eq_ignore_ascii_case(month)).and_then(|at| i8::try_from(at + 1).ok())
}

fn offset(zone: &str) -> Option<Offset> {
    let hours = match zone.to_ascii_uppercase().as_str() {
        "BST" | "WEST" | "CET" | "MET" => 1,
        "CEST" | "MEST" | "EET" => 2,
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        name if name.bytes().all(|b| b.is_ascii_alphabetic()) => 0,
        number => {
            let (sign, digits) = match number.split_at_checked(1)? {
                ("+", digits) => (1, digits),
                ("-", digits) => (-1, digits),
                _ => return None,
            };
            let value: i32 = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()?;
            if digits.len() != 4 || value % 100 > 59 {
                return None;
            }
            return Offset::from_seconds(sign * (value / 100 * 3600 + value % 100 * 60)).ok();
        }
    };
    Offset::from_hours(hours).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<String> {
        parse_date(text).map(|t| t.to_string())
    }

    #[test]
    fn british_summer_time_is_an_hour_ahead() {
        assert_eq!(at("Tue, 9 Jun 2026 10:00:00 BST").as_deref(), Some("2026-06-09T09:00:00Z"));
        assert_eq!(at("Tue, 9 Jun 2026 10:00:00 +0100 (BST)").as_deref(), Some("2026-06-09T09:00:00Z"));
        assert_eq!(at("Tue, 9 Jun 2026 10:00:00 GMT").as_deref(), Some("2026-06-09T10:00:00Z"));
        assert_eq!(at("Tue, 9 Jun 2026 10:00:00 UT").as_deref(), Some("2026-06-09T10:00:00Z"));
        assert_eq!(at("9 Jun 26 10:00 EST").as_deref(), Some("2026-06-09T15:00:00Z"));
        assert_eq!(
            at("Tue,  9 Jun 2026 10:00:60 +0000 (GMT (Standard) Time)").as_deref(),
            Some("2026-06-09T10:00:59Z")
        );
        assert_eq!(at("Tue, 9 Jun 2026 10:00:00 -0530").as_deref(), Some("2026-06-09T15:30:00Z"));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "tomorrow",
            "31 Feb 2026 10:00:00 +0000",
            "9 Jun 2026 25:00:00 +0000",
            "9 Jun 2026 10:00:00",
            "9 Jun 2026 10:00:00 +1",
            "9 Jun 2026 10:00:00 +0075",
            "9 Jun 12026 10:00:00 +0000",
            "-9 Jun 2026 10:00:00 +0000",
            "9 Ju\u{301}n 2026 10:00:00 +0000",
        ] {
            assert_eq!(at(text), None, "{text:?}");
        }
    }

    #[test]
    fn from_lines_have_asctime_dates() {
        let at = |text| parse_asctime(text).map(|t| t.to_string());
        assert_eq!(at("Thu Nov  5 10:00:00 2026").as_deref(), Some("2026-11-05T10:00:00Z"));
        assert_eq!(at("Thu Jun  4 10:00:00 +0100 2026").as_deref(), Some("2026-06-04T09:00:00Z"));
        assert_eq!(at("Thu Jun  4 10:00:00 2026 BST").as_deref(), Some("2026-06-04T09:00:00Z"));
        assert_eq!(at("the school was told"), None);
    }

    #[test]
    fn fields_come_unfolded_and_noise_is_skipped() {
        let head = b"From jo@x.example Thu Nov  5 10:00:00 2026\r\nSubject: one\r\n two\r\ngarbage\r\n more garbage\r\nX-A : b\r\n\r\n";
        let fields = fields(head);
        assert_eq!(fields, vec![("Subject", "one two".to_owned()), ("X-A", "b".to_owned())]);
        assert_eq!(first(&fields, "subject"), Some("one two"));
    }

    #[test]
    fn an_entity_splits_at_its_first_empty_line() {
        assert_eq!(split(b"A: b\n\nbody"), (&b"A: b\n"[..], &b"body"[..]));
        assert_eq!(split(b"\r\nbody"), (&b""[..], &b"body"[..]));
        assert_eq!(split(b"A: b\r\nC: d"), (&b"A: b\r\nC: d"[..], &b""[..]));
        assert_eq!(split(b"just text"), (&b""[..], &b"just text"[..]));
        assert_eq!(split(b""), (&b""[..], &b""[..]));
    }
}
