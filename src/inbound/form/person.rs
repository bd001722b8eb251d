//! A person's name out of a cell that says more: a telephone number, an e-mail address, a job title, a date of birth or
//! pronouns stand behind it. The name ends where the first of them begins; what is left must be a name by itself.

use super::answer;
use super::date::{self, Century};
use super::label::normalise;
use jiff::civil::Date;

/// Whose name is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// A date of birth or a case number may stand behind it.
    Child,
    /// A job title may stand behind it.
    Worker,
}

/// A name and what stood behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub name: String,
    /// A telephone number as written.
    pub phone: Option<String>,
    /// A child's birthday with a four-digit year.
    pub born: Option<Date>,
}

/// What can stand between a name and the rest of a cell.
const BETWEEN: &[char] = &[' ', ',', ';', ':', '-', '–', '—', '(', '[', '<', '/', '|', '&', '\n', '.'];
/// Words that only jobs have in them.
const JOBS: &[&str] = &[
    "worker",
    "social",
    "sw",
    "ssw",
    "asw",
    "asye",
    "manager",
    "practitioner",
    "officer",
    "nurse",
    "teacher",
    "headteacher",
    "dsl",
    "ddsl",
    "supervisor",
    "coordinator",
    "co",
    "ordinator",
    "adviser",
    "advisor",
    "caseworker",
    "keyworker",
    "caseholder",
    "consultant",
    "clinician",
    "psychologist",
    "therapist",
    "doctor",
    "mentor",
    "deputy",
    "assistant",
    "duty",
    "student",
];
/// Words of places that people work at.
const PLACES: &[&str] =
    &["team", "fst", "service", "services", "hub", "council", "police", "school", "trust", "department", "cemu"];
const WITH_JOBS: &[&str] = &["senior", "lead", "team", "case", "allocated", "named", "the"];

/// Reads a cell that should hold a name; none if what is left is no name.
pub(super) fn read(text: &str, who: Who, today: Date) -> Option<Person> {
    let text = without_alias(text);
    // "N/A - duty", "TBC (see covering mail)".
    let head = text.split(" - ").flat_map(|part| part.split(" – ")).flat_map(|part| part.split('(')).next();
    if head.is_some_and(|head| !head.trim().is_empty() && answer::answer(head).is_none()) {
        return None;
    }
    let phone = phone(text);
    let birth = if who == Who::Child { birth(text) } else { None };
    let reach = [phone.as_ref().map(|(at, _)| *at), email(text)].into_iter().flatten().min();
    let job = if who == Who::Worker { job(text) } else { None };
    let number = if who == Who::Child { case_number(text) } else { None };
    let cut = [reach, birth.map(|(at, _)| at), job, number].into_iter().flatten().min().unwrap_or(text.len());
    let mut name = text.get(..cut)?;
    if cut < text.len() {
        name = name.trim_end_matches(BETWEEN);
    }
    if Some(cut) == reach {
        name = without_contact_words(name);
    }
    while let Some(shorter) = without_bracket(name) {
        name = shorter;
    }
    let name = answer::name(&answer::answer(name)?)?;
    // "Manager: agreed to close."
    let is_sentence = name.ends_with('.')
        && name
            .split_whitespace()
            .next_back()
            .is_some_and(|last| last.len() > 3 && last.starts_with(char::is_lowercase));
    let words = normalise(&name);
    // Two children are none of them.
    let are_two = who == Who::Child && words.split(' ').any(|word| word == "and");
    if is_sentence || are_two {
        return None;
    }
    let job_alone = words.split(' ').all(|word| JOBS.contains(&word) || WITH_JOBS.contains(&word));
    (!job_alone).then(|| Person {
        name,
        phone: phone.and_then(|(_, number)| number),
        born: birth.and_then(|(_, rest)| birthday(rest, today)),
    })
}

/// A name without the other names that were written behind it.
fn without_alias(text: &str) -> &str {
    let lower = text.to_ascii_lowercase();
    let cut = [" aka ", " a.k.a", " also known as", " (aka", " (also known as", " (known as"]
        .iter()
        .filter_map(|word| lower.find(word))
        .min();
    cut.and_then(|at| text.get(..at)).map_or(text, str::trim_end)
}

/// Where the first e-mail address starts.
fn email(text: &str) -> Option<usize> {
    let before = text.get(..text.find('@')?)?;
    let start = before.rfind(|ch: char| ch.is_whitespace() || matches!(ch, ',' | ';' | ':' | '(' | '<' | '[' | '/'));
    Some(start.map_or(0, |at| at + 1))
}

/// Where the first telephone number starts, and the number where it is exactly one.
fn phone(text: &str) -> Option<(usize, Option<String>)> {
    let mut before = ' ';
    for (start, ch) in text.char_indices() {
        let begins = matches!(ch, '0' | '+' | '(') && !before.is_alphanumeric();
        before = ch;
        if !begins {
            continue;
        }
        let rest = text.get(start..)?;
        let end = rest
            .find(|ch: char| !(ch.is_ascii_digit() || matches!(ch, ' ' | '-' | '(' | ')' | '+' | '.')))
            .unwrap_or(rest.len());
        let number = rest.get(..end)?;
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        // The area code has its 0, alone or after +44: anything else is a date, an age or a case number.
        if digits.len() >= 9 && (digits.starts_with('0') || number.starts_with('+')) {
            // "(01483 111222)": the bracket is not the number's; that of "(01483) 111222" is.
            let mut number = number.trim_end_matches([' ', '-', '(', '.']);
            let even = number.matches('(').count() == number.matches(')').count();
            if !even || number.ends_with(')') {
                number = number.trim_matches(['(', ')']);
            }
            let one = (10..=13).contains(&digits.len());
            return Some((start, one.then(|| number.trim().to_owned())));
        }
    }
    None
}

/// Where a date of birth starts, and the text it is in.
fn birth(text: &str) -> Option<(usize, &str)> {
    let lower = text.to_ascii_lowercase();
    let digit = |rest: &str| rest.chars().any(|ch| ch.is_ascii_digit());
    let named = ["date of birth", "d.o.b", "dob", "born"].iter().find_map(|word| {
        let at = lower.find(word)?;
        let apart = !lower.get(..at)?.ends_with(char::is_alphanumeric);
        let rest = text.get(at + word.len()..)?;
        let whole = !rest.starts_with(char::is_alphanumeric);
        // Born is a name as well.
        (apart && whole && (*word != "born" || digit(rest))).then_some((at, rest))
    });
    named.or_else(|| {
        let at = text.find(|ch: char| ch.is_ascii_digit())?;
        let rest = text.get(at..)?;
        birthday(rest, Date::constant(2100, 1, 1)).map(|_| (at, rest))
    })
}

fn birthday(text: &str, today: Date) -> Option<Date> {
    let text = text.trim_matches([' ', ':', '.', '-', '–', '(', ')']);
    let first = text.split([',', ';', '\n', ')']).next().unwrap_or_default();
    let written = date::read(text, Century::Birth, today).or_else(|| date::read(first, Century::Birth, today))?;
    (!written.short_year && !written.wrong_weekday).then_some(written.day)
}

/// Where "LCS 1234567" or "NHS No 999 000 0018" starts.
fn case_number(text: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    [" lcs", "(lcs", " nhs", "(nhs"].iter().filter_map(|word| lower.find(word)).find(|at| {
        let rest = lower.get(at + 4..).unwrap_or_default();
        !rest.starts_with(char::is_alphabetic) && rest.chars().any(|ch| ch.is_ascii_digit())
    })
}

/// Where a part begins that is a job or a place of work: behind a comma, a dash, a bracket or on a line of its own.
fn job(text: &str) -> Option<usize> {
    let bounds = |at: &usize, ch: char| match ch {
        ',' | ';' | '(' | '\n' | '/' | '|' => true,
        '-' | '–' => text.get(..*at).is_some_and(|left| left.ends_with(' ')),
        _ => false,
    };
    let starts: Vec<usize> =
        text.char_indices().filter(|(at, ch)| bounds(at, *ch)).map(|(at, _)| at).chain([text.len()]).collect();
    starts.windows(2).find_map(|pair| {
        let [start, end] = pair else { return None };
        let part = normalise(text.get(*start..*end)?);
        part.split(' ').any(|word| JOBS.contains(&word) || PLACES.contains(&word)).then_some(*start)
    })
}

/// "Zainab Hussain Tel:" without the word that leads on to the number.
fn without_contact_words(name: &str) -> &str {
    const WORDS: &[&str] =
        &["tel", "telephone", "mob", "mobile", "phone", "ph", "email", "e-mail", "mail", "contact", "number", "on"];
    let mut name = name;
    while let Some((rest, word)) = name.rsplit_once(char::is_whitespace) {
        if !WORDS.contains(&word.trim_matches(BETWEEN).to_lowercase().as_str()) {
            break;
        }
        name = rest.trim_end_matches(BETWEEN);
    }
    // "T: 01483 …" lost its colon already.
    match name.rsplit_once(['\n', ',', ';']) {
        Some((rest, "T" | "t" | "M" | "m" | "E" | "e" | " T" | " M" | " E" | " t" | " m" | " e")) => rest,
        _ => name,
    }
}

/// A name without the pronouns, initials, sex or age in brackets at its end.
fn without_bracket(name: &str) -> Option<&str> {
    const PRONOUNS: &[&str] = &[
        "she", "her", "hers", "he", "him", "his", "they", "them", "their", "theirs", "ze", "zir", "xe", "xem", "any",
        "pronouns", "male", "female", "boy", "girl",
    ];
    let (rest, inner) = name.trim_end().strip_suffix(')')?.rsplit_once('(')?;
    let plain = inner.to_lowercase();
    let mut words = plain.split(|ch: char| !ch.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    let pronouns = words.peek().is_some() && words.all(|word| PRONOUNS.contains(&word));
    let letters = inner.chars().filter(|ch| !matches!(ch, '.' | ' ' | '/'));
    let initials = inner.chars().count() <= 6 && (1..=3).contains(&letters.clone().count());
    let initials = initials && letters.clone().all(char::is_uppercase);
    let aged = inner.len() <= 12 && answer::age(inner.trim_start_matches("aged ")).is_some();
    (pronouns || initials || aged).then(|| rest.trim_end_matches(BETWEEN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 11, 22);

    fn name(text: &str, who: Who) -> Option<String> {
        read(text, who, TODAY).map(|person| person.name)
    }

    #[test]
    fn a_workers_name_ends_where_the_job_or_the_number_begins() {
        for (text, phone) in [
            ("Zainab Hussain", None),
            ("Zainab Hussain, Social Worker, 01483 111222", Some("01483 111222")),
            ("Zainab Hussain 01483 111222", Some("01483 111222")),
            ("Zainab Hussain (01483 111222)", Some("01483 111222")),
            ("Zainab Hussain (01483) 111222", Some("(01483) 111222")),
            ("Zainab Hussain, Tel: +44 1483 111222", Some("+44 1483 111222")),
            ("Zainab Hussain\nT: 01483 111222", Some("01483 111222")),
            ("Zainab Hussain 01483 111222 07700 900123", None),
            ("Zainab Hussain zainab.hussain@surrey.example", None),
            ("Zainab Hussain <zainab.hussain@surrey.example>", None),
            ("Zainab Hussain, email: zh@surrey.example, 01483 111222", Some("01483 111222")),
            ("Zainab Hussain (Social Worker)", None),
            ("Zainab Hussain - Senior Social Worker", None),
            ("Zainab Hussain\nSocial Worker\nEpsom Team", None),
            ("Zainab Hussain, North East FST", None),
            ("Zainab Hussain (she/her), Team Manager", None),
            ("Zainab Hussain (SW)", None),
        ] {
            let read = read(text, Who::Worker, TODAY);
            let expected = Person { name: "Zainab Hussain".to_owned(), phone: phone.map(str::to_owned), born: None };
            assert_eq!(read, Some(expected), "{text}");
        }
    }

    #[test]
    fn a_childs_name_ends_where_the_date_of_birth_begins() {
        for text in [
            "Maya Bright DOB 04/05/2010",
            "Maya Bright (DOB: 4 May 2010)",
            "Maya Bright, d.o.b. 04.05.2010",
            "Maya Bright born 4th May 2010",
            "Maya Bright 04/05/2010",
            "Maya Bright (she/her) - 04/05/2010",
        ] {
            let read = read(text, Who::Child, TODAY).unwrap();
            assert_eq!((read.name.as_str(), read.born), ("Maya Bright", Some(date(2010, 5, 4))), "{text}");
        }
        for text in [
            "Maya Bright (she/her)",
            "Maya Bright (They / Them)",
            "Maya Bright (MB)",
            "Maya Bright (F)",
            "Maya Bright (16)",
            "Maya Bright (16 yrs)",
            "Maya Bright DOB 04/05/10",
            "Maya Bright LCS 1234567",
            "Maya Bright (known as Mimi)",
        ] {
            let read = read(text, Who::Child, TODAY).unwrap();
            assert_eq!((read.name.as_str(), read.born), ("Maya Bright", None), "{text}");
        }
    }

    #[test]
    fn names_that_only_look_like_more_stay_whole() {
        for text in
            ["BRIGHT, Maya", "Max Born", "Pat Worker", "Dobson Marker", "Maya Bright (née Dark)", "Adam Thirdob"]
        {
            assert_eq!(name(text, Who::Child).as_deref(), Some(text));
            assert_eq!(name(text, Who::Worker).as_deref(), Some(text));
        }
        assert_eq!(name("Zainab Hussain / Bob Jones", Who::Worker).as_deref(), Some("Zainab Hussain / Bob Jones"));
    }

    #[test]
    fn what_leaves_no_name_is_none() {
        for text in
            ["N/A - duty", "TBC 01483 111222", "01483 111222", "zh@surrey.example", "Social Worker", "Ann 12345"]
        {
            assert_eq!(name(text, Who::Worker), None, "{text}");
        }
        assert_eq!(name("DOB 04/05/2010", Who::Child), None);
        assert_eq!(name("Maya 12345", Who::Child), None);
    }
}
