//! Whose part of a form a row belongs to.

use super::label::normalise;

/// Where a row of other people's details is: their names and birthdays are not the child's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Neutral,
    Child,
    /// Parents, siblings, associates.
    Others,
    /// Whoever completes or refers.
    Completer,
    /// The lead professional.
    Lead,
    /// The manager who authorises the form.
    Authoriser,
    /// An assessment before this one.
    Earlier,
    /// What whoever receives the form writes on it: their reference and dates are not the child's.
    Office,
}

/// The section that a heading opens.
pub(super) fn classify(text: &str) -> Section {
    let plain = normalise(text);
    // "Lives with mother" says where the child is.
    const WITH: &[&str] =
        &["with", "lives with", "living with", "at home with", "placed with", "resides with", "stays with"];
    if WITH.iter().any(|start| plain.strip_prefix(start).is_some_and(|rest| rest.starts_with(' '))) {
        return Section::Neutral;
    }
    const OFFICE: &[&str] =
        &["office use", "admin use", "administrative use", "administrator use", "business support use"];
    if OFFICE.iter().any(|use_of_it| plain.contains(use_of_it)) {
        return Section::Office;
    }
    let words: Vec<&str> = plain.split(' ').collect();
    let any = |set: &[&str]| words.iter().any(|word| set.contains(word));
    let other_children = plain.contains("other child") || plain.contains("other young");
    if other_children
        || any(&[
            "sibling",
            "siblings",
            "household",
            "associate",
            "associates",
            "perpetrator",
            "perpetrators",
            "suspect",
            "suspects",
            "network",
            "networks",
            "peers",
            "friends",
            "brother",
            "brothers",
            "sister",
            "sisters",
        ])
    {
        return Section::Others;
    }
    const EARLIER: &[&str] = &[
        "previous assessment",
        "previous risk assessment",
        "previous rat",
        "previous ce",
        "last assessment",
        "last risk assessment",
    ];
    if EARLIER.iter().any(|start| plain.starts_with(start)) || plain.starts_with("details of previous assessment") {
        return Section::Earlier;
    }
    if any(&["authorisation", "authorised", "authorising", "authorization"])
        || plain.contains("sign off")
        || plain.contains("signed off")
    {
        return Section::Authoriser;
    }
    let child =
        words.iter().take(3).any(|word| matches!(*word, "child" | "childs" | "young" | "yp" | "subject" | "subjects"));
    if any(&[
        "parent",
        "parents",
        "carer",
        "carers",
        "mother",
        "father",
        "guardian",
        "guardians",
        "family",
        "mothers",
        "fathers",
    ]) && !child
    {
        return Section::Others;
    }
    if any(&["lead", "allocated"])
        || plain.contains("social worker")
        || plain.contains("caseworker")
        || plain.contains("case holder")
    {
        return Section::Lead;
    }
    if any(&[
        "completing",
        "completed",
        "referrer",
        "referrers",
        "assessor",
        "interviewer",
        "referring",
        "practitioner",
        "worker",
    ]) {
        return Section::Completer;
    }
    if child && any(&["details", "information", "about", "personal", "demographics"]) {
        Section::Child
    } else {
        Section::Neutral
    }
}
