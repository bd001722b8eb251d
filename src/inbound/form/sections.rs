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
    /// A meeting before this one: its day is no assessment's.
    LastMeeting,
    /// What whoever receives the form writes on it: their reference and dates are not the child's.
    Office,
    /// Where the child is placed: the address and the manager there are that place's.
    Place,
    /// Professionals, or whoever fills a part in: a name alone there may be theirs or the child's.
    Unclear,
}

/// People who are not the child, as headings call them.
const OTHERS: &[&str] = &[
    "sibling",
    "siblings",
    "household",
    "associate",
    "associates",
    "perpetrator",
    "perpetrators",
    "suspect",
    "suspects",
    "offender",
    "offenders",
    "abuser",
    "abusers",
    "exploiter",
    "exploiters",
    "network",
    "networks",
    "peers",
    "friend",
    "friends",
    "brother",
    "brothers",
    "sister",
    "sisters",
    "boyfriend",
    "boyfriends",
    "girlfriend",
    "girlfriends",
    "landlord",
    "landlords",
    "keeper",
];
/// The same in several words.
const OTHERS_IN_WORDS: &[&str] = &[
    "other child",
    "other young",
    "linked child",
    "linked young",
    "linked person",
    "linked people",
    "linked individual",
    "next of kin",
    "emergency contact",
    "causing harm",
    "significant other",
    "significant adult",
    "parental responsibility",
    "foster carer",
];
/// Who may be "of concern": areas and levels are, too.
const OF_CONCERN: &[&str] = &[
    "person",
    "persons",
    "people",
    "adult",
    "adults",
    "individual",
    "individuals",
    "male",
    "males",
    "female",
    "females",
];

/// Others too, whose names forms ask for among the child's own details.
const PROFESSIONALS: &[&str] = &[
    "police officer",
    "officer in case",
    "officer in the case",
    "investigating officer",
    "reviewing officer",
    "school nurse",
    "health visitor",
    "solicitor",
    "dentist",
    "advocate",
];

/// It is about a professional who is none of the form's workers.
pub(super) fn is_professional(text: &str) -> bool {
    let plain = normalise(text);
    PROFESSIONALS.iter().any(|who| plain.contains(who))
}

/// "Checklist (completed for each child)" is a form's title.
const COMPLETED: &[&str] = &["completed by", "who completed", "that completed", "who has completed"];

/// The section that a heading opens.
pub(super) fn classify(text: &str) -> Section {
    let plain = normalise(text).replace("(s)", "s");
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
    const PLACE: &[&str] = &["placement", "residential home", "childrens home", "care home", "foster home"];
    const OF_IT: &[&str] = &["details of", "information about", "about the"];
    let of_place = |place: &str| {
        let goes_on = |start: &&str| plain.strip_prefix(*start).and_then(|rest| rest.strip_prefix(' '));
        OF_IT.iter().filter_map(goes_on).any(|rest| rest.starts_with(place))
            || plain.strip_prefix(place).is_some_and(|rest| matches!(rest, " details" | " information"))
    };
    if PLACE.iter().any(|place| of_place(place)) {
        return Section::Place;
    }
    let words: Vec<&str> = plain.split(' ').collect();
    let any = |set: &[&str]| words.iter().any(|word| set.contains(word));
    let before_concern = plain.match_indices(" of concern").filter_map(|(at, _)| plain.get(..at));
    let of_concern = before_concern.into_iter().any(|before| OF_CONCERN.iter().any(|who| before.ends_with(who)));
    // "Partner agencies" are no one's partner.
    let partner = any(&["partner", "partners"]) && !any(&["agency", "agencies", "organisation", "organisations"]);
    let in_words = OTHERS_IN_WORDS.iter().chain(PROFESSIONALS).any(|who| plain.contains(who));
    if in_words || any(OTHERS) || of_concern || partner {
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
    const MEETINGS: &[&str] = &["rmm", "mace", "macse", "panel", "meeting", "review"];
    let earlier = plain.strip_prefix("last ").or_else(|| plain.strip_prefix("previous ")).unwrap_or_default();
    if MEETINGS.contains(&earlier.trim_end_matches(" details")) {
        return Section::LastMeeting;
    }
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
    // "To be completed by the social worker" stands over the child's details as often as over the worker's.
    let is_asked = plain.contains("to be completed") || plain.contains("to be filled in");
    let professionals = words.first().is_some_and(|word| matches!(*word, "professionals" | "agencies"))
        || plain.starts_with("other professionals");
    if is_asked && plain.contains("child") {
        return Section::Neutral;
    }
    if is_asked || professionals {
        return Section::Unclear;
    }
    if any(&["lead", "allocated"])
        || plain.contains("social worker")
        || plain.contains("caseworker")
        || plain.contains("case holder")
    {
        return Section::Lead;
    }
    if any(&["completing", "referrer", "referrers", "assessor", "interviewer", "referring", "practitioner", "worker"])
        || COMPLETED.iter().any(|words| plain.contains(words))
    {
        return Section::Completer;
    }
    if child && any(&["details", "information", "about", "personal", "demographics"]) {
        Section::Child
    } else {
        Section::Neutral
    }
}

/// What is asked about a family, and not for anybody in it.
const TOPICS: &[&str] = &[
    "home",
    "relationship",
    "relationships",
    "history",
    "factors",
    "views",
    "environment",
    "capacity",
    "functioning",
    "circumstances",
    "dynamics",
];

/// "Family and home": a question about others that names nobody.
pub(super) fn is_topic(text: &str) -> bool {
    let plain = normalise(text.split([':', '\n']).next().unwrap_or_default());
    plain.split(' ').any(|word| TOPICS.contains(&word)) && !plain.split(' ').any(|word| word.starts_with("name"))
}

/// Words that headings of a part have, besides who it is about.
const OF_PART: &[&str] = &[
    "and",
    "about",
    "address",
    "alleged",
    "any",
    "concerned",
    "contact",
    "contacts",
    "details",
    "family",
    "for",
    "if",
    "information",
    "involved",
    "known",
    "members",
    "of",
    "other",
    "others",
    "part",
    "section",
    "significant",
    "suspected",
    "the",
    "/",
];

/// A text that can be nothing but the heading of a part about somebody: "Parent / carer details", not "Mother agrees".
pub(super) fn is_heading(text: &str) -> bool {
    let plain = normalise(text);
    let is_of_it = |word: &str| {
        OF_PART.contains(&word) || word.chars().all(|ch| ch.is_ascii_digit()) || classify(word) != Section::Neutral
    };
    classify(text) != Section::Neutral && plain.split(' ').all(is_of_it)
}
