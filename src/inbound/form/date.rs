//! Days as people in the UK write them: day first, always. A text that could only be a day read month-first, or that
//! says anything beyond one day, is not a date.

use crate::casework::calendar::WEEKDAYS;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// A day as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub day: Date,
    /// The year was given with two digits and completed here.
    pub short_year: bool,
    /// A weekday was given and is another one.
    pub wrong_weekday: bool,
}

/// What decides the century of a two-digit year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Century {
    /// A birth: the latest year that is not in the future.
    Birth,
    /// Anything else: this century.
    This,
}

/// Reads a whole text as one day.
pub(super) fn read(text: &str, century: Century, today: Date) -> Option<Written> {
    let tokens = tokens(without_hint(text));
    let mut weekday = None;
    let mut parts: Vec<&Token> = Vec::new();
    let mut rest = tokens.iter().peekable();
    let mut age_follows = false;
    while let Some(token) = rest.next() {
        match token {
            Token::Word(word) if weekday_of(word).is_some() && weekday.is_none() && parts.is_empty() => {
                weekday = weekday_of(word)
            }
            Token::Word(word)
                if matches!(word.as_str(), "on" | "the" | "of" | "dated" | "dob" | "born" | "date")
                    && parts.len() < 3 => {}
            Token::Word(word) if matches!(word.as_str(), "st" | "nd" | "rd" | "th") && parts.len() <= 2 => {}
            Token::Word(word) if parts.len() < 3 && month_of(word).is_some() => parts.push(token),
            Token::Number(..) if parts.len() < 3 => parts.push(token),
            Token::Word(word) if parts.len() == 3 && matches!(word.as_str(), "age" | "aged" | "now") => {
                age_follows = true
            }
            Token::Number(number, _) if parts.len() == 3 && *number <= 25 => {
                let unit = matches!(rest.peek(), Some(Token::Word(word)) if word.starts_with('y') || word == "t");
                // Behind a year of two digits it may be the rest of that year.
                let short = !parts.iter().any(|part| matches!(part, Token::Number(_, 4)));
                if !(age_follows || unit || (rest.peek().is_none() && !short)) {
                    return None;
                }
                age_follows = true;
            }
            Token::Word(word)
                if parts.len() == 3
                    && age_follows
                    && matches!(
                        word.as_str(),
                        "years" | "yrs" | "year" | "yr" | "y" | "yo" | "old" | "months" | "m" | "mths"
                    ) => {}
            Token::Time => {}
            _ => return None,
        }
    }
    let (day, short_year) = assemble(&parts, century, today)?;
    Some(Written { day, short_year, wrong_weekday: weekday.is_some_and(|named| named != day.weekday()) })
}

/// A text without "dd/mm/yyyy" before it, which some forms print as part of the label ("D.O.B: dd/mm/yyyy").
fn without_hint(text: &str) -> &str {
    const HINTS: &[&str] = &["dd/mm/yyyy", "dd/mm/yy", "dd.mm.yyyy", "dd-mm-yyyy"];
    let start = text.trim_start_matches([' ', '(']);
    let hint = HINTS.iter().find(|hint| start.get(..hint.len()).is_some_and(|head| head.eq_ignore_ascii_case(hint)));
    hint.and_then(|hint| start.get(hint.len()..)).map_or(text, |rest| rest.trim_start_matches([')', ':', ' ', '\n']))
}

/// A day as Excel counts it, where a cell holds the bare number (40575 is 1 February 2011): only one of the 25 years
/// before or the two after today, so that a number of another kind is not taken for one.
pub(super) fn counted(text: &str, today: Date) -> Option<Date> {
    let days = text.parse::<i32>().ok().filter(|_| text.len() == 5)?;
    let day = Date::constant(1899, 12, 30).checked_add(days.days()).ok()?;
    let near = today.checked_sub(25.years()).ok()? <= day && day <= today.checked_add(2.years()).ok()?;
    near.then_some(day)
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A number and how many digits it was written with.
    Number(u32, usize),
    Word(String),
    /// `14:30`, `00:00:00`, `T00:00:00Z`.
    Time,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let lower = text.to_lowercase();
    for chunk in lower.split(|ch: char| {
        ch.is_whitespace() || matches!(ch, '/' | '.' | '-' | '–' | ',' | '(' | ')' | '\\' | '\'' | '’')
    }) {
        let chunk = chunk.trim_matches(|ch: char| matches!(ch, ';' | '*' | '"' | '_'));
        if chunk.contains(':') {
            match chunk.split_once('t') {
                Some((day, _)) if !day.is_empty() => push_runs(&mut out, day),
                _ => {}
            }
            let digits = chunk.chars().all(|ch| ch.is_ascii_digit() || matches!(ch, ':' | 't' | 'z' | 'a' | 'p' | 'm'));
            if chunk.trim_matches(':').contains(':') && digits {
                out.push(Token::Time);
                continue;
            }
            push_runs(&mut out, &chunk.replace(':', " "));
            continue;
        }
        push_runs(&mut out, chunk);
    }
    out
}

fn push_runs(out: &mut Vec<Token>, chunk: &str) {
    let mut run = String::new();
    let mut flush = |run: &mut String| {
        if run.is_empty() {
            return;
        }
        match run.parse::<u32>() {
            Ok(number) => out.push(Token::Number(number, run.len())),
            Err(_) => out.push(Token::Word(run.clone())),
        }
        run.clear();
    };
    for ch in chunk.chars() {
        let joins = run.chars().last().is_none_or(|last| last.is_ascii_digit() == ch.is_ascii_digit());
        if !joins || ch == ' ' {
            flush(&mut run);
        }
        if ch != ' ' {
            run.push(ch);
        }
    }
    flush(&mut run);
}

fn assemble(parts: &[&Token], century: Century, today: Date) -> Option<(Date, bool)> {
    let (day, month, (year, width)) = match parts {
        // ISO, or year first with other separators.
        [Token::Number(year, 4), Token::Number(month, _), Token::Number(day, _)] => (*day, *month, (*year, 4)),
        [Token::Number(day, 1 | 2), Token::Number(month, 1 | 2), Token::Number(year, width)] => {
            (*day, *month, (*year, *width))
        }
        [Token::Number(day, 1 | 2), Token::Word(word), Token::Number(year, width)]
        | [Token::Word(word), Token::Number(day, 1 | 2), Token::Number(year, width)] => {
            (*day, month_of(word)?, (*year, *width))
        }
        _ => return None,
    };
    let (year, short) = match width {
        4 => (i16::try_from(year).ok()?, false),
        2 => (complete(i16::try_from(year).ok()?, day, month, century, today), true),
        _ => return None,
    };
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    Some((date, short))
}

fn complete(year: i16, day: u32, month: u32, century: Century, today: Date) -> i16 {
    let this = 2000 + year;
    let future = (i32::from(this), month, day)
        > (i32::from(today.year()), today.month().unsigned_abs().into(), today.day().unsigned_abs().into());
    if century == Century::Birth && future { 1900 + year } else { this }
}

fn month_of(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    if word.len() < 3 {
        return None;
    }
    let at = MONTHS.iter().position(|month| {
        *month == word || month.get(..3) == Some(word) || (word == "sept" && *month == "september")
    })?;
    u32::try_from(at + 1).ok()
}

/// "Friday 6 November": a day and nothing else, with its year or without.
pub(super) fn is_day(text: &str) -> bool {
    let last = Date::constant(2100, 1, 1);
    [text.to_owned(), format!("{text} 2026")].iter().any(|text| read(text, Century::This, last).is_some())
}

fn weekday_of(word: &str) -> Option<Weekday> {
    let short = |name: &str| word.len() >= 3 && name.starts_with(word);
    WEEKDAYS.iter().find(|(name, _)| short(name)).map(|(_, day)| *day)
}

/// Whole years from a birth to a day.
pub(super) fn years_between(birth: Date, day: Date) -> i64 {
    let had_birthday = (day.month(), day.day()) >= (birth.month(), birth.day());
    i64::from(day.year()) - i64::from(birth.year()) - i64::from(!had_birthday)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 11, 20);

    fn day(text: &str) -> Option<Date> {
        read(text, Century::Birth, TODAY).map(|written| written.day)
    }

    #[test]
    fn days_are_read_day_first_however_they_are_written() {
        for text in [
            "1/2/11",
            "01.02.2011",
            "1-2-2011",
            "1st Feb 2011",
            "1 February 2011",
            "Tuesday 1 February 2011",
            "2011-02-01",
            "01/02/2011 00:00:00",
            "2011-02-01T00:00:00Z",
            "1 Feb '11",
            "01/02/2011 (15)",
            "01/02/2011 (aged 15)",
            "01/02/2011 - 15 years",
            "1st of February, 2011",
            "Feb 1st 2011",
            "01 02 2011",
            "Tues 1st Feb 2011",
            "01/02/2011.",
            "2011/02/01",
            "1 / 2 / 2011",
            "DOB: 01/02/2011",
            "01/02/2011 15 yrs old",
        ] {
            assert_eq!(day(text), Some(date(2011, 2, 1)), "{text}");
        }
    }

    #[test]
    fn what_is_not_one_uk_day_is_no_date() {
        for text in [
            "02/14/2011",
            "31/02/2011",
            "1/2",
            "February 2011",
            "01/02/2011 or 02/01/2011",
            "not known",
            "40575",
            "1/2/2011 due 3/4/2011",
            "approx 2011",
            "01/02/2011 to be confirmed",
            "01/02/201",
            "01022011",
            "",
            "01/02/2011 32",
            "01/02/20 11",
            "01/02/20\n11",
        ] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn two_digit_years_and_wrong_weekdays_are_noted() {
        assert!(read("1/2/11", Century::Birth, TODAY).unwrap().short_year);
        assert_eq!(day("1/2/99"), Some(date(1999, 2, 1)));
        assert_eq!(read("1/2/27", Century::This, TODAY).unwrap().day, date(2027, 2, 1));
        assert!(read("Monday 1 February 2011", Century::Birth, TODAY).unwrap().wrong_weekday);
        assert!(!read("Tuesday 1 February 2011", Century::Birth, TODAY).unwrap().wrong_weekday);
    }

    #[test]
    fn a_bare_number_is_a_day_only_near_today() {
        assert_eq!(counted("40575", TODAY), Some(date(2011, 2, 1)));
        assert_eq!(counted("46346", TODAY), Some(date(2026, 11, 20)));
        for text in ["30000", "99999", "4057", "405755", "-4057", "4057.5", ""] {
            assert_eq!(counted(text, TODAY), None, "{text}");
        }
    }

    #[test]
    fn years_count_birthdays() {
        assert_eq!(years_between(date(2011, 11, 21), TODAY), 14);
        assert_eq!(years_between(date(2011, 11, 20), TODAY), 15);
    }
}
