//! Which known children a message or a paper speaks of, found by keyed look-ups of names and numbers.

use super::Book;
use super::gather::{Opened, aliases_in, details};
use crate::casework::identify::{Identity, identity_on};
use crate::casework::rules::{Mention, Sender, Spoken, SubmittedDocument, Whereabouts, mismatch};
use crate::casework::{AuthorityId, CaseRef, FieldId, Reading, capital, name_pair, name_pairs_in, normal_name};
use crate::inbound::form::dates_in;
use crate::inbound::unpack::Parcel;
use crate::seal::{LookUps, LookupHash};
use crate::store::{KeyKind, View, child_keys};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Numbers of a paper that are looked up.
const MOST_NUMBERS: usize = 100;
/// How much of a body is searched for names.
const BODY_CHARS: usize = 20_000;

/// Keyed marks of every name-like pair, number and day in a paper's text: which other children it speaks of is found by
/// comparing them with known children's own marks, whenever those come to be known (MC-10, SY-40).
pub(super) fn text_marks(look_ups: &LookUps, authority: &AuthorityId, text: &str, today: Date) -> Vec<u8> {
    let mut marks = look_ups.name_marks(authority, &name_pairs_in(text));
    let figures = Figures::of(text, today);
    marks.extend(figures.number_marks(look_ups, authority));
    marks.extend(figures.birth_marks(look_ups, authority));
    marks
}

/// The numbers and days that stand in a text.
#[derive(Debug, Default)]
pub(super) struct Figures {
    numbers: BTreeSet<String>,
    days: BTreeSet<Date>,
}

impl Figures {
    pub(super) fn of(text: &str, today: Date) -> Self {
        let numbers = numbers_in(text).into_iter().take(MOST_NUMBERS).collect();
        Self { numbers, days: dates_in(text, today) }
    }

    /// The numbers' keyed marks, as a child's LCS and NHS number have them.
    pub(super) fn number_marks(&self, look_ups: &LookUps, authority: &AuthorityId) -> Vec<u8> {
        let kinds =
            |number: &String| [KeyKind::Lcs, KeyKind::Nhs].map(|kind| look_ups.mark(kind.as_str(), authority, number));
        self.numbers.iter().flat_map(kinds).flatten().collect()
    }

    /// The days' keyed marks, as a child's date of birth has them.
    pub(super) fn birth_marks(&self, look_ups: &LookUps, authority: &AuthorityId) -> Vec<u8> {
        let mark = |day: &Date| look_ups.mark(KeyKind::Birth.as_str(), authority, &day.to_string());
        self.days.iter().flat_map(mark).collect()
    }
}

/// What may be an LCS or NHS number: whatever has five to ten digits (a telephone number has eleven), and ten digits
/// written 3-3-4. Our own references are none.
fn numbers_in(text: &str) -> BTreeSet<String> {
    let no_word = |c: char| !c.is_alphanumeric();
    let is_digits = |w: &str, n: usize| w.len() == n && w.bytes().all(|b| b.is_ascii_digit());
    let mut numbers = BTreeSet::new();
    // Begins between two words; long texts without a digit cost little.
    let mut from = 0;
    let next_digit = |from: usize| Some(from + text.get(from..)?.bytes().position(|b| b.is_ascii_digit())?);
    while let Some((head, tail)) = next_digit(from).and_then(|at| text.split_at_checked(at)) {
        let before = head.trim_end_matches(char::is_alphanumeric);
        let after = tail.trim_start_matches(char::is_alphanumeric);
        from = text.len() - after.len();
        let Some(word) = text.get(before.len()..from) else { break };
        if word.len() <= 12 && (5..=10).contains(&word.bytes().filter(u8::is_ascii_digit).count()) {
            let is_ours =
                || before.rsplit(no_word).find(|w| !w.is_empty()).is_some_and(|w| matches!(w, "M" | "S" | "H" | "R"));
            if !(word.bytes().all(|b| b.is_ascii_digit()) && is_ours()) {
                numbers.insert(word.to_uppercase());
            }
        }
        if is_digits(word, 3) {
            let mut next = after.split(no_word).filter(|w| !w.is_empty());
            if let (Some(b), Some(c)) = (next.next(), next.next())
                && is_digits(b, 3)
                && is_digits(c, 4)
            {
                numbers.insert([word, b, c].concat());
            }
        }
    }
    numbers
}

fn number_keys(look_ups: &LookUps, authority: &AuthorityId, text: &str) -> BTreeSet<(KeyKind, LookupHash)> {
    let numbers = numbers_in(text).into_iter().take(MOST_NUMBERS);
    let key = |kind: KeyKind, number: &str| (kind, look_ups.hash(kind.as_str(), Some(authority), number));
    numbers.flat_map(|number| [KeyKind::Lcs, KeyKind::Nhs].map(|kind| key(kind, &number))).collect()
}

fn pair_key(look_ups: &LookUps, authority: &AuthorityId, (one, two): &(String, String)) -> (KeyKind, LookupHash) {
    let kind = KeyKind::NamePair;
    (kind, look_ups.hash(kind.as_str(), Some(authority), &format!("{one} {two}")))
}

/// Asks once for all children whom a message's papers, words and file names may speak of; what is asked about them
/// afterwards is known.
pub(super) async fn look_up(view: &mut View, authority: &AuthorityId, opened: &Opened) -> anyhow::Result<()> {
    let (parcel, look_ups) = (&opened.parcel, view.look_ups());
    let mut keys = BTreeSet::new();
    for report in opened.reports.iter().flatten() {
        keys.extend(number_keys(look_ups, authority, &report.text));
        for reading in &report.readings {
            if let Some(identity) = identity_on(reading) {
                keys.extend(child_keys(look_ups, authority, &details(&identity, reading.text(FieldId::Alias))));
            }
        }
    }
    let files = parcel.leaves.iter().filter_map(|leaf| leaf.name.as_ref()).map(|name| spoken_file_name(name.reveal()));
    for text in files.chain([parcel.headers.subject.reveal().clone(), beginning(parcel.new_text.reveal())]) {
        keys.extend(name_pairs_in(&text).iter().map(|pair| pair_key(look_ups, authority, pair)));
    }
    view.find_children(authority, &keys).await?;
    Ok(())
}

/// As much of a body as is searched for names.
fn beginning(text: &str) -> String {
    text.chars().take(BODY_CHARS).collect()
}

/// Known children whose LCS or NHS number stands in a text.
pub(super) async fn cases_of_numbers(
    view: &mut View,
    authority: &AuthorityId,
    text: &str,
) -> anyhow::Result<Vec<CaseRef>> {
    let keys = number_keys(view.look_ups(), authority, text);
    let found: Vec<_> = view.find_children(authority, &keys).await?.into_keys().collect();
    Ok(if found.is_empty() {
        Vec::new()
    } else {
        view.cases_of_children(&found).await?.iter().map(|c| c.number).collect()
    })
}

/// Known children whom a note without a form can be about: their name, LCS or NHS number stands in the sender's own words.
/// Two children of one name are both meant: what a note stops, a person lets go.
pub(super) async fn cases_in_words(
    view: &mut View,
    authority: &AuthorityId,
    own_words: &str,
) -> anyhow::Result<BTreeSet<CaseRef>> {
    let words = beginning(own_words);
    let mut cases: BTreeSet<CaseRef> = cases_of_numbers(view, authority, &words).await?.into_iter().collect();
    let named = mentions(view, authority, &words, Whereabouts::Body, &[]).await?;
    cases.extend(named.into_iter().map(|(mention, _)| mention.case));
    Ok(cases)
}

/// Children named in subject, text or file names who are not the forms' children (LESSONS D).
pub(super) async fn find_mismatches(
    view: &mut View,
    book: &Book<'_>,
    authority: &AuthorityId,
    parcel: &Parcel,
    sender: &Sender,
    documents: &mut [SubmittedDocument],
) -> anyhow::Result<()> {
    let names: Vec<String> = documents.iter().flat_map(|d| &d.readings).flat_map(|r| names_on(&r.reading)).collect();
    if names.is_empty() {
        return Ok(());
    }
    let cases: Vec<CaseRef> =
        documents.iter().flat_map(|d| &d.readings).filter_map(|r| known_case(&r.identity)).collect();
    let subject = parcel.headers.subject.reveal().clone();
    let body = beginning(parcel.new_text.reveal());
    let mut everywhere = mentions(view, authority, &subject, Whereabouts::Subject, &names).await?;
    everywhere.extend(mentions(view, authority, &body, Whereabouts::Body, &names).await?);
    let mut staff: Vec<String> = sender.known_name().map(str::to_owned).into_iter().collect();
    staff.extend(book.directory.entries.iter().map(|e| e.name.reveal().clone()));
    for reading in documents.iter().flat_map(|d| &d.readings) {
        let people = [FieldId::LeadProfessional, FieldId::Manager, FieldId::CompletedBy];
        staff.extend(people.iter().filter_map(|f| reading.reading.text(*f).map(str::to_owned)));
    }
    let form_names: Vec<&str> = names.iter().map(String::as_str).collect();
    for (document, leaf) in documents.iter_mut().zip(&parcel.leaves) {
        // The text of a message that is the form itself speaks of whom a form speaks of.
        if leaf.body_of().is_some() {
            continue;
        }
        let file = leaf.name.as_ref().map(|n| n.reveal().clone()).unwrap_or_default();
        let mut found = everywhere.clone();
        found.extend(mentions(view, authority, &spoken_file_name(&file), Whereabouts::FileName, &[]).await?);
        for reading in &mut document.readings {
            let Some(own) = reading.reading.text(FieldId::ChildName).map(str::to_owned) else { continue };
            let own_names = names_on(&reading.reading);
            let own_names: Vec<&str> = own_names.iter().map(String::as_str).collect();
            let own_case = known_case(&reading.identity);
            // A file that names its own child names nobody else, whichever known child shares that name.
            let own_pair = name_pair(&normal_name(&own));
            let here: Vec<Mention> = found
                .iter()
                .filter(|(mention, pair)| mention.place != Whereabouts::FileName || Some(pair) != own_pair.as_ref())
                .map(|(mention, _)| *mention)
                .collect();
            reading.mismatch = mismatch(&Spoken {
                subject: &subject,
                file_name: &file,
                own_names: &own_names,
                own_case,
                form_names: &form_names,
                form_cases: &cases,
                mentions: &here,
                staff: &staff,
            });
        }
    }
    Ok(())
}

/// The child's name on a form, and what else the form says the child is called.
fn names_on(reading: &Reading) -> Vec<String> {
    let Some(name) = reading.text(FieldId::ChildName) else { return Vec::new() };
    let others = reading.text(FieldId::Alias).into_iter().flat_map(aliases_in);
    std::iter::once(name.to_owned()).chain(others.map(str::to_owned)).collect()
}

fn known_case(identity: &Identity) -> Option<CaseRef> {
    match identity {
        Identity::Known(case) => Some(*case),
        _ => None,
    }
}

/// File names are written in any case and with any separator: `rat_maya_bright.xlsx` speaks of Maya Bright.
fn spoken_file_name(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem.split(|c: char| !c.is_alphanumeric() && c != '\'').map(capital).collect::<Vec<_>>().join(" ")
}

/// Known children whose name stands in a text, with the pair by which they were found. Names on the message's own forms
/// are left out: they are whom the message is about.
async fn mentions(
    view: &mut View,
    authority: &AuthorityId,
    text: &str,
    place: Whereabouts,
    on_forms: &[String],
) -> anyhow::Result<Vec<(Mention, (String, String))>> {
    let own: BTreeSet<(String, String)> = on_forms.iter().filter_map(|n| name_pair(&normal_name(n))).collect();
    let mut out = Vec::new();
    let pairs: Vec<(String, String)> = name_pairs_in(text).into_iter().filter(|pair| !own.contains(pair)).collect();
    if pairs.is_empty() {
        return Ok(out);
    }
    let keys = pairs.iter().map(|pair| pair_key(view.look_ups(), authority, pair)).collect();
    let found: Vec<_> = view.find_children(authority, &keys).await?.into_keys().collect();
    if found.is_empty() {
        return Ok(out);
    }
    for case in view.cases_of_children(&found).await? {
        let details = case.details.open()?;
        let pair = std::iter::once(&details.name)
            .chain(&details.aliases)
            .filter_map(|n| name_pair(&normal_name(n.reveal())))
            .find(|pair| pairs.contains(pair));
        out.extend(pair.map(|pair| (Mention { case: case.number, place }, pair)));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_number_is_found_and_our_own_references_are_not() {
        let found = |text: &str| Vec::from_iter(numbers_in(text));
        assert_eq!(found("LCS 1234567, NHS 999 123 4567."), ["1234567", "9991234567"]);
        assert_eq!(found("999-123\r\n4567"), ["9991234567"]);
        assert_eq!(found("lcs ab12345 é67890x"), ["AB12345", "É67890X"]);
        assert_eq!(found("M-000123, (S-000124) H-00012 and R - 12345"), [""; 0]);
        assert_eq!(found("U-000123"), ["000123"]);
        assert_eq!(found("99 123 456 7890, 01632960010, 12"), ["1234567890"]);
    }
}
