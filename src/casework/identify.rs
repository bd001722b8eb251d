//! Whose form is it? New, known, seen before, or unclear: an unclear child is held for a person, never guessed.
//!
//! Everything is matched within one authority: LCS numbers are local to it.

use super::agenda::ChildIdentity;
use super::{CaseRef, FieldId, Reading, Redacted, normal_name};
use jiff::civil::Date;

/// A child the store knows, as found by look-ups on the form's numbers, name and date of birth.
#[derive(Clone, Debug)]
pub struct KnownChild {
    /// The child's case.
    pub case: CaseRef,
    /// As on record.
    pub identity: ChildIdentity,
    /// Other names the child goes by.
    pub aliases: Vec<Redacted<String>>,
}

/// Whose form it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Nobody like this is known.
    New,
    /// This child.
    Known(CaseRef),
    /// Perhaps one of these; a person decides.
    Unclear {
        /// Whom it may be, nearest first.
        candidates: Vec<CaseRef>,
        /// Why it is not certain.
        why: Unclear,
    },
    /// The form does not say enough to tell children apart.
    TooLittle,
}

/// Why a child is not certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unclear {
    /// A number matches, the name or date of birth does not.
    NumberDisagrees,
    /// Name and date of birth match, a number does not.
    OtherNumbers,
    /// The name is near, or matches an alias, or only a surname differs.
    NearName,
    /// The name matches, the date of birth is unknown, different, or a 1 January placeholder.
    BirthDate,
    /// More than one child fits.
    Several,
    /// No known child fits, and the form says what is new about one who is known.
    NotKnown,
}

impl Unclear {
    /// For the person who decides.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::NumberDisagrees => "an LCS or NHS number matches, but the name or the date of birth does not",
            Self::OtherNumbers => "the name and date of birth match, but a number is different",
            Self::NearName => "the name is close to that of a known child",
            Self::BirthDate => {
                "the name matches, but the date of birth is missing, different, or 1 January (often a placeholder)"
            }
            Self::Several => "more than one known child fits",
            Self::NotKnown => "it is an update, and no child is known here whom it could be about",
        }
    }

    /// As a stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NumberDisagrees => "number_disagrees",
            Self::OtherNumbers => "other_numbers",
            Self::NearName => "near_name",
            Self::BirthDate => "birth_date",
            Self::Several => "several",
            Self::NotKnown => "not_known",
        }
    }
}

/// Who the form says the child is; none without a name.
pub fn identity_on(form: &Reading) -> Option<ChildIdentity> {
    let name = form.text(FieldId::ChildName)?;
    let text = |field| form.text(field).map(|t| Redacted::new(t.to_owned()));
    Some(ChildIdentity {
        name: Redacted::new(name.to_owned()),
        date_of_birth: form.date(FieldId::DateOfBirth).map(Redacted::new),
        lcs_number: text(FieldId::LcsNumber),
        nhs_number: text(FieldId::NhsNumber),
    })
}

/// Compares the form's child with the known ones. `known` must hold every child of the authority that shares a number,
/// a name or a date of birth with the form.
pub fn identify(form: &ChildIdentity, known: &[KnownChild]) -> Identity {
    let has_number = form.lcs_number.is_some() || form.nhs_number.is_some();
    if normal_name(form.name.reveal()).is_empty() {
        return Identity::TooLittle;
    }
    let mut certain = Vec::new();
    let mut unclear: Vec<(CaseRef, Unclear)> = Vec::new();
    for child in known {
        match compare(form, child) {
            Likeness::Same => certain.push(child.case),
            Likeness::Perhaps(why) => unclear.push((child.case, why)),
            Likeness::Other => {}
        }
    }
    match (certain.as_slice(), unclear.as_slice()) {
        ([case], []) => Identity::Known(*case),
        ([], []) if form.date_of_birth.is_none() && !has_number => Identity::TooLittle,
        ([], []) => Identity::New,
        ([], [(case, why)]) => Identity::Unclear { candidates: vec![*case], why: *why },
        _ => {
            let candidates = certain.iter().copied().chain(unclear.iter().map(|(case, _)| *case)).collect();
            let why = if certain.is_empty() {
                unclear.first().map_or(Unclear::Several, |(_, why)| *why)
            } else {
                Unclear::Several
            };
            Identity::Unclear { candidates, why }
        }
    }
}

enum Likeness {
    Same,
    Perhaps(Unclear),
    Other,
}

fn compare(form: &ChildIdentity, child: &KnownChild) -> Likeness {
    let record = &child.identity;
    let lcs = numbers(&form.lcs_number, &record.lcs_number);
    let nhs = numbers(&form.nhs_number, &record.nhs_number);
    let number_matches = lcs == Some(true) || nhs == Some(true);
    let number_differs = lcs == Some(false) || nhs == Some(false);
    let name = name_likeness(form.name.reveal(), record.name.reveal());
    let birth = dates(&form.date_of_birth, &record.date_of_birth);

    if number_matches {
        return match (name, birth, number_differs) {
            (Name::Same, Some(true) | None, false) => Likeness::Same,
            (Name::Same, Some(true) | None, true) => Likeness::Perhaps(Unclear::OtherNumbers),
            _ => Likeness::Perhaps(Unclear::NumberDisagrees),
        };
    }
    let alias_same =
        child.aliases.iter().any(|alias| matches!(name_likeness(form.name.reveal(), alias.reveal()), Name::Same));
    match (name, birth) {
        (Name::Same, Some(true)) if number_differs => Likeness::Perhaps(Unclear::OtherNumbers),
        (Name::Same, Some(true)) if is_placeholder(&form.date_of_birth) => Likeness::Perhaps(Unclear::BirthDate),
        (Name::Same, Some(true)) => Likeness::Same,
        // Two children of one name with two dates of birth and two numbers are two children.
        (Name::Same, Some(false)) if number_differs => Likeness::Other,
        (Name::Same, Some(false) | None) => Likeness::Perhaps(Unclear::BirthDate),
        (Name::Near, Some(true)) => Likeness::Perhaps(Unclear::NearName),
        _ if alias_same && birth != Some(false) => Likeness::Perhaps(Unclear::NearName),
        _ => Likeness::Other,
    }
}

/// Some(true) equal, Some(false) different, None when one side has none. Spaces and letter case decide nothing.
fn numbers(a: &Option<Redacted<String>>, b: &Option<Redacted<String>>) -> Option<bool> {
    let plain = |n: &Redacted<String>| normal_number(n.reveal());
    Some(plain(a.as_ref()?) == plain(b.as_ref()?))
}

/// A number as compared: letters and digits only, upper case, without the system's name before it (`LCS 100`, `No. 100`)
/// and no leading zeros (spreadsheets lose them).
pub fn normal_number(text: &str) -> String {
    let plain: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    let bare = plain.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let named = ["LCS", "NO", "LCSNO", "NHS", "NHSNO", "ID"]
        .iter()
        .any(|name| plain.len() == name.len() + bare.len() && plain.starts_with(name));
    let number = if named && !bare.is_empty() { bare } else { plain.as_str() };
    number.trim_start_matches('0').to_owned()
}

fn dates(a: &Option<Redacted<Date>>, b: &Option<Redacted<Date>>) -> Option<bool> {
    Some(a.as_ref()?.reveal() == b.as_ref()?.reveal())
}

/// 1 January is what is written when the day is not known.
fn is_placeholder(date: &Option<Redacted<Date>>) -> bool {
    date.as_ref().is_some_and(|d| d.reveal().month() == 1 && d.reveal().day() == 1)
}

enum Name {
    Same,
    /// Alias-like, misspelt, a changed surname, a left-out middle name.
    Near,
    Other,
}

fn name_likeness(a: &str, b: &str) -> Name {
    let (a, b) = (normal_name(a), normal_name(b));
    let sorted = |words: &[String]| {
        let mut words = words.to_vec();
        words.sort();
        words
    };
    let (sa, sb) = (sorted(&a), sorted(&b));
    if sa == sb {
        return Name::Same;
    }
    if sa.is_empty() || sb.is_empty() {
        return Name::Other;
    }
    let shared = sa.iter().filter(|word| word.len() > 1 && sb.contains(word)).count();
    let similar = strsim::jaro_winkler(&sa.concat(), &sb.concat()) >= 0.92;
    let first_alike = match (a.first(), b.first()) {
        (Some(x), Some(y)) => x == y || strsim::jaro_winkler(x, y) >= 0.9,
        _ => false,
    };
    let last_alike = match (a.last(), b.last()) {
        (Some(x), Some(y)) => x == y || strsim::jaro_winkler(x, y) >= 0.9,
        _ => false,
    };
    let same_first_word = shared > 0 && a.first().is_some_and(|first| sb.contains(first));
    // "Jo" for "Joanne", "Mo" for "Mohammed": one first name begins the other under one surname.
    let short_form = last_alike
        && matches!((a.first(), b.first()), (Some(x), Some(y)) if x.starts_with(y.as_str()) || y.starts_with(x.as_str()));
    if shared >= 2 || similar || same_first_word || short_form || (first_alike && last_alike) {
        Name::Near
    } else {
        Name::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn child(name: &str, dob: Option<&str>, lcs: Option<&str>, nhs: Option<&str>) -> ChildIdentity {
        let own = |s: &str| Redacted::new(s.to_owned());
        ChildIdentity {
            name: own(name),
            date_of_birth: dob.map(|d| Redacted::new(d.parse().unwrap())),
            lcs_number: lcs.map(own),
            nhs_number: nhs.map(own),
        }
    }

    fn known(n: i64, identity: ChildIdentity) -> KnownChild {
        KnownChild { case: CaseRef(n), identity, aliases: Vec::new() }
    }

    #[test]
    fn nobody_like_this_is_new() {
        let form = child("Tom Reed", Some("2010-05-04"), Some("100"), None);
        assert_eq!(identify(&form, &[]), Identity::New);
        let twin = known(1, child("Maya Reed", Some("2010-05-04"), Some("101"), None));
        assert_eq!(identify(&form, &[twin]), Identity::New, "a twin is another child");
    }

    #[test]
    fn number_name_and_birth_date_agree_is_known() {
        let form = child("REED, Tom", Some("2010-05-04"), Some("000100"), None);
        let record = known(1, child("Tom Reed", Some("2010-05-04"), Some("100"), Some("9990000018")));
        assert_eq!(identify(&form, &[record]), Identity::Known(CaseRef(1)));
    }

    #[test]
    fn a_number_is_the_same_with_its_systems_name_before_it() {
        for text in ["100", "000100", "LCS100", "LCS No. 100", "lcs 100"] {
            assert_eq!(normal_number(text), "100", "{text}");
        }
        assert_eq!(normal_number("AB100"), "AB100");
    }

    #[test]
    fn name_and_birth_date_alone_is_known_unless_the_date_is_a_placeholder() {
        let record = known(1, child("Tom Reed", Some("2010-05-04"), Some("100"), None));
        assert_eq!(
            identify(&child("Tom Reed", Some("2010-05-04"), None, None), &[record]),
            Identity::Known(CaseRef(1))
        );
        let record = known(1, child("Tom Reed", Some("2010-01-01"), Some("100"), None));
        let form = child("Tom Reed", Some("2010-01-01"), None, None);
        assert!(matches!(identify(&form, &[record]), Identity::Unclear { why: Unclear::BirthDate, .. }));
    }

    #[test]
    fn a_number_with_another_name_is_unclear() {
        let record = known(1, child("Tom Reed", Some("2010-05-04"), Some("100"), None));
        let form = child("Ava Bell", Some("2010-05-04"), Some("100"), None);
        assert!(matches!(identify(&form, &[record]), Identity::Unclear { why: Unclear::NumberDisagrees, .. }));
    }

    #[test]
    fn same_name_and_birth_date_with_other_numbers_is_unclear() {
        let record = known(1, child("Tom Reed", Some("2010-05-04"), Some("100"), None));
        let form = child("Tom Reed", Some("2010-05-04"), Some("200"), None);
        assert!(matches!(identify(&form, &[record]), Identity::Unclear { why: Unclear::OtherNumbers, .. }));
    }

    #[test]
    fn near_names_of_one_birth_date_are_unclear() {
        for near in ["Thomas Reed", "Tom Reid", "Tom Bell", "Tom James Reed", "Tomm Reed"] {
            let record = known(1, child("Tom Reed", Some("2010-05-04"), Some("100"), None));
            let form = child(near, Some("2010-05-04"), Some("200"), None);
            assert!(matches!(identify(&form, &[record]), Identity::Unclear { .. }), "{near}");
        }
    }

    #[test]
    fn an_alias_is_unclear() {
        let mut record = known(1, child("Tom Reed", Some("2010-05-04"), None, None));
        record.aliases.push(Redacted::new("Spike Moss".to_owned()));
        let form = child("Spike Moss", Some("2010-05-04"), None, None);
        assert!(matches!(identify(&form, &[record]), Identity::Unclear { why: Unclear::NearName, .. }));
    }

    #[test]
    fn same_name_other_birth_date() {
        let record = known(1, child("Tom Reed", Some("2010-05-04"), Some("100"), None));
        let numbered = child("Tom Reed", Some("2012-07-01"), Some("200"), None);
        assert_eq!(identify(&numbered, std::slice::from_ref(&record)), Identity::New);
        let bare = child("Tom Reed", Some("2012-07-01"), None, None);
        assert!(matches!(identify(&bare, &[record]), Identity::Unclear { why: Unclear::BirthDate, .. }));
    }

    #[test]
    fn a_name_alone_is_too_little() {
        assert_eq!(identify(&child("Tom Reed", None, None, None), &[]), Identity::TooLittle);
    }
}
