//! How dates and text read in a mail: civil time in words, values with their control characters taken out, plain text
//! folded to a screen's width.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// Plain text is folded here: 78 columns (RFC 5322 §2.1.1).
const COLUMNS: usize = 78;

/// No single value in a mail is longer than this many characters; a form field can hold a whole book.
const LONGEST_VALUE: usize = 2_000;

/// The zone every panel lives in, from the bundled database; UTC could only follow from a broken build.
pub(crate) fn london() -> TimeZone {
    TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC)
}

/// An instant as London's wall clock shows it.
pub(crate) fn in_london(at: Timestamp) -> Zoned {
    at.to_zoned(london())
}

/// `Tue 24 November 2026`.
pub(crate) fn day(date: Date) -> String {
    date.strftime("%a %-d %B %Y").to_string()
}

/// `9 March 2011`: a day of birth, or the date on a form, where the weekday says nothing.
pub(super) fn date(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// An NHS number in its usual groups, `999 000 0018`; anything else as it is.
pub(super) fn nhs(number: &str) -> String {
    match (number.get(..3), number.get(3..6), number.get(6..)) {
        (Some(a), Some(b), Some(c)) if number.len() == 10 && number.is_ascii() => format!("{a} {b} {c}"),
        _ => number.to_owned(),
    }
}

/// `10:00`.
pub(crate) fn time(time: Time) -> String {
    time.strftime("%H:%M").to_string()
}

/// `Tue 24 November 2026 at 10:00`.
pub(crate) fn moment(at: DateTime) -> String {
    format!("{} at {}", day(at.date()), time(at.time()))
}

/// RFC 3339 with London's offset, whole seconds, no zone name: `2026-11-24T10:00:00+00:00`.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    in_london(at).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// RFC 5322 §3.3 with London's offset: `Tue, 24 Nov 2026 10:00:00 +0000`.
pub(super) fn rfc5322(at: Timestamp) -> String {
    in_london(at).strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
}

/// A character that could break a header, forge a line, or make text read other than it is: controls (CR, LF, NUL …), the
/// Unicode line and paragraph separators, bidirectional controls and invisible characters.
pub(super) fn is_treacherous(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A value on one line: treacherous characters become spaces, spaces are single, the length is bounded.
pub(super) fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if is_treacherous(c) { ' ' } else { c }).collect();
    let joined = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    if joined.chars().count() > LONGEST_VALUE {
        joined.chars().take(LONGEST_VALUE).chain(['…']).collect()
    } else {
        joined
    }
}

/// A value for a header: on one line, and no encoded word (RFC 2047) of somebody else's making, whose decoding could bring
/// a line break back.
pub(super) fn header_text(text: &str) -> String {
    one_line(text).replace("=?", "= ?")
}

/// Folds rendered plain text to [`COLUMNS`], a list's second line under its first, and leaves one empty line where
/// template logic left several. A word longer than a line stays whole.
pub(super) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 40);
    let mut empty_before = true;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            if !empty_before {
                out.push('\n');
            }
            empty_before = true;
            continue;
        }
        empty_before = false;
        if line.trim_start().starts_with("dutyclerk ") {
            // A command is copied whole.
            out.push_str(line);
            out.push('\n');
        } else {
            fold_line(line, &mut out);
        }
    }
    while out.ends_with("\n\n") {
        out.pop();
    }
    out
}

fn fold_line(line: &str, out: &mut String) {
    let lead = line.chars().take_while(|c| *c == ' ').count();
    let hang = lead + marker_width(line.trim_start());
    let mut column = lead;
    out.extend(std::iter::repeat_n(' ', lead));
    let mut first = true;
    // Runs of spaces inside a line are a template's alignment and are kept.
    for word in line.trim_start().split(' ') {
        let width = word.chars().count();
        if !first && column + 1 + width > COLUMNS && column > hang {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', hang));
            column = hang;
        } else if !first {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += width;
        first = false;
    }
    out.push('\n');
}

/// The width of a list marker (`- ` or `12. `) at the start of a line.
fn marker_width(text: &str) -> usize {
    if text.starts_with("- ") {
        return 2;
    }
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    if (1..=3).contains(&digits) && text.get(digits..).is_some_and(|rest| rest.starts_with(". ")) {
        digits + 2
    } else {
        0
    }
}

/// HTML without the empty lines and indentation that template logic leaves.
pub(super) fn tidy(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    for line in html.lines().map(str::trim).filter(|line| !line.is_empty()) {
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_read_as_the_contract_says() {
        let at: Timestamp = "2026-07-14T09:00:00Z".parse().unwrap();
        assert_eq!(moment(in_london(at).datetime()), "Tue 14 July 2026 at 10:00");
        assert_eq!(rfc3339(at), "2026-07-14T10:00:00+01:00");
        assert_eq!(rfc5322(at), "Tue, 14 Jul 2026 10:00:00 +0100");
        let winter: Timestamp = "2026-11-24T10:00:00.9Z".parse().unwrap();
        assert_eq!(rfc3339(winter), "2026-11-24T10:00:00+00:00");
        assert_eq!(day("2026-12-08".parse().unwrap()), "Tue 8 December 2026");
    }

    #[test]
    fn a_value_cannot_forge_a_line() {
        assert_eq!(one_line("Al\r\nfie\u{2028}Ex\u{202e}ample\0 "), "Al fie Ex ample");
        assert!(one_line(&"x".repeat(5_000)).chars().count() == LONGEST_VALUE + 1);
    }

    #[test]
    fn text_folds_at_78_columns_under_its_list_marker() {
        let text = format!("- {}\n\n\n\nend\n\n", "word ".repeat(30));
        let folded = fold(&text);
        assert!(folded.lines().all(|line| line.len() <= 78), "{folded}");
        assert!(folded.lines().nth(1).unwrap().starts_with("  word"));
        assert!(folded.ends_with("word\n\nend\n"));
        assert_eq!(fold(&"x".repeat(100)), format!("{}\n", "x".repeat(100)));
    }
}
