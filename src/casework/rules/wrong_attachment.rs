//! The commonest real breach: the wrong attachment. A child named in subject, body or file name who is not the form's
//! child holds the paper, and the sender is asked (LESSONS D).

use crate::casework::{CaseRef, normal_name};

/// Where another child was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// In the subject.
    Subject,
    /// In the message text.
    Body,
    /// In the attachment's name.
    FileName,
}

impl Whereabouts {
    /// For the question to the sender.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Subject => "the subject of your e-mail",
            Self::Body => "the text of your e-mail",
            Self::FileName => "the name of the file",
        }
    }
}

/// A known child whose name or number stands in the message, found by keyed look-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Whose name.
    pub case: CaseRef,
    /// Where it stands.
    pub place: Whereabouts,
}

/// The form's child is not the child the message speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Where the other child is named.
    pub place: Whereabouts,
    /// Who, if known.
    pub case: Option<CaseRef>,
}

/// What a message says around one document, and whom its forms are about.
#[derive(Clone, Copy, Debug)]
pub struct Spoken<'a> {
    /// The subject.
    pub subject: &'a str,
    /// The document's file name.
    pub file_name: &'a str,
    /// The name on this document's form: its file name may speak of no other.
    pub own_name: &'a str,
    /// The case of this document, if known.
    pub own_case: Option<CaseRef>,
    /// The names on every form of the message: subject and text may speak of any of them.
    pub form_names: &'a [&'a str],
    /// Their cases, where known.
    pub form_cases: &'a [CaseRef],
    /// Known children found in subject, text and this file's name.
    pub mentions: &'a [Mention],
    /// Names of the sender, of people in the directory and of the workers on the forms.
    pub staff: &'a [String],
}

/// Is another child named than those whose forms the message carries?
pub fn mismatch(spoken: &Spoken<'_>) -> Option<Mismatch> {
    let known = spoken.mentions.iter().find(|mention| match mention.place {
        Whereabouts::FileName => Some(mention.case) != spoken.own_case,
        Whereabouts::Subject | Whereabouts::Body => !spoken.form_cases.contains(&mention.case),
    });
    if let Some(mention) = known {
        return Some(Mismatch { place: mention.place, case: Some(mention.case) });
    }
    let stem = spoken.file_name.rsplit_once('.').map_or(spoken.file_name, |(stem, _)| stem);
    let else_in = |text, is_file_name, names: &[&str]| {
        people_named(text, is_file_name).iter().any(|person| is_someone_else(person, names, spoken.staff))
    };
    if else_in(stem, true, &[spoken.own_name]) {
        return Some(Mismatch { place: Whereabouts::FileName, case: None });
    }
    if else_in(spoken.subject, false, spoken.form_names) {
        return Some(Mismatch { place: Whereabouts::Subject, case: None });
    }
    None
}

/// No word of the person's name is like any word of the forms' names, and they are not staff.
fn is_someone_else(person: &[String], form_names: &[&str], staff: &[String]) -> bool {
    let on_forms: Vec<String> = form_names.iter().flat_map(|name| normal_name(name)).collect();
    let alike = |word: &String| on_forms.iter().any(|other| strsim::jaro_winkler(word, other) >= 0.85);
    let is_staff = staff.iter().any(|name| {
        let name = normal_name(name);
        person.iter().filter(|word| name.contains(word)).count() >= 2
    });
    !person.iter().any(alike) && !is_staff
}

fn is_number(word: &str) -> bool {
    word.chars().any(|c| c.is_ascii_digit())
}

/// Groups of two or three capitalised words that stand alone between separators and are no ordinary words of such
/// subjects: people, as far as can be told without knowing them. Deliberately timid; known children are found by look-up.
pub fn people_named(text: &str, is_file_name: bool) -> Vec<Vec<String>> {
    let text = if is_file_name { text.replace(['_', '.', '+'], " ") } else { text.to_owned() };
    let mut people = Vec::new();
    let mut group: Vec<String> = Vec::new();
    let mut broken = false;
    let mut close = |group: &mut Vec<String>, broken: &mut bool| {
        if (2..=3).contains(&group.len()) && !*broken {
            people.push(std::mem::take(group));
        }
        group.clear();
        *broken = false;
    };
    for token in text.split_whitespace() {
        let ends = token.ends_with([',', ':', ';', ')', ']', '|', '/']);
        let starts = token.starts_with(['(', '[', '|', '/']);
        if starts || token.chars().all(|c| !c.is_alphanumeric()) {
            close(&mut group, &mut broken);
        }
        for (i, word) in token.split(['-', '–', '—', '/']).enumerate() {
            if i > 0 && !is_double_barrelled(token) {
                close(&mut group, &mut broken);
            }
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            if word.is_empty() {
                continue;
            }
            let plain = normal_name(word).concat();
            if TRIGGERS.contains(&plain.as_str())
                || (is_file_name && (ORDINARY.contains(&plain.as_str()) || is_number(&plain)))
            {
                close(&mut group, &mut broken);
            } else if looks_like_a_name(word) && !ORDINARY.contains(&plain.as_str()) {
                group.push(plain);
            } else {
                broken = true;
            }
        }
        if ends {
            close(&mut group, &mut broken);
        }
    }
    close(&mut group, &mut broken);
    people
}

fn is_double_barrelled(token: &str) -> bool {
    let token = token.trim_matches(|c: char| !c.is_alphanumeric());
    token.contains('-') && token.split('-').all(looks_like_a_name)
}

fn looks_like_a_name(word: &str) -> bool {
    let mut chars = word.chars();
    let capital = chars.next().is_some_and(char::is_uppercase);
    capital
        && word.chars().filter(|c| c.is_alphabetic()).count() >= 3
        && word.chars().all(|c| c.is_alphabetic() || c == '\'' || c == '’')
}

/// Words after which a name stands.
const TRIGGERS: &[&str] = &[
    "for",
    "re",
    "fw",
    "fwd",
    "ref",
    "regarding",
    "about",
    "of",
    "child",
    "yp",
    "on",
    "and",
    "with",
    "to",
    "attached",
];

/// Words of subjects and file names that are no one's name.
const ORDINARY: &[&str] = &[
    "ace",
    "action",
    "actions",
    "admin",
    "adult",
    "agenda",
    "amended",
    "and",
    "annual",
    "april",
    "area",
    "assessment",
    "assessments",
    "assessor",
    "attached",
    "august",
    "automatic",
    "banstead",
    "billinge",
    "blackburn",
    "board",
    "borough",
    "camberley",
    "care",
    "case",
    "ccedassessment",
    "cerat",
    "ceram",
    "chair",
    "checklist",
    "chertsey",
    "child",
    "children",
    "childrens",
    "closing",
    "closure",
    "community",
    "complete",
    "completed",
    "complex",
    "concern",
    "concerns",
    "conference",
    "confidential",
    "copy",
    "corrected",
    "correction",
    "council",
    "county",
    "criminal",
    "cse",
    "cce",
    "current",
    "cut",
    "cutoff",
    "darwen",
    "dated",
    "date",
    "december",
    "document",
    "documents",
    "dorking",
    "draft",
    "duty",
    "early",
    "east",
    "egham",
    "elmbridge",
    "email",
    "emergency",
    "engage",
    "epsom",
    "esher",
    "ewell",
    "exploitation",
    "exploited",
    "family",
    "farnham",
    "february",
    "file",
    "final",
    "first",
    "follow",
    "form",
    "forms",
    "form's",
    "friday",
    "from",
    "front",
    "godalming",
    "guildford",
    "haydock",
    "health",
    "heath",
    "helens",
    "help",
    "home",
    "house",
    "important",
    "info",
    "information",
    "initial",
    "interview",
    "invitation",
    "january",
    "july",
    "june",
    "late",
    "latest",
    "lead",
    "leatherhead",
    "letter",
    "looked",
    "mace",
    "macse",
    "manager",
    "march",
    "meeting",
    "merge",
    "message",
    "minutes",
    "missing",
    "mole",
    "monday",
    "month",
    "monthly",
    "multi",
    "agency",
    "named",
    "new",
    "newton",
    "nhs",
    "north",
    "northeast",
    "northwest",
    "note",
    "notes",
    "notice",
    "notification",
    "november",
    "nurse",
    "october",
    "office",
    "official",
    "out",
    "outcome",
    "panel",
    "paper",
    "papers",
    "partnership",
    "person",
    "plan",
    "please",
    "police",
    "practice",
    "private",
    "professional",
    "protect",
    "protection",
    "query",
    "question",
    "rainford",
    "rainhill",
    "rat",
    "read",
    "recording",
    "redhill",
    "referral",
    "referrals",
    "reigate",
    "reminder",
    "reply",
    "report",
    "request",
    "requested",
    "resubmission",
    "return",
    "returned",
    "review",
    "rhi",
    "risk",
    "rmm",
    "runnymede",
    "safeguarding",
    "saturday",
    "scan",
    "scanned",
    "school",
    "screening",
    "second",
    "secure",
    "sensitive",
    "september",
    "service",
    "services",
    "sent",
    "sexual",
    "signed",
    "single",
    "social",
    "south",
    "southeast",
    "southwest",
    "spelthorne",
    "staines",
    "street",
    "strategy",
    "submission",
    "sunday",
    "support",
    "surrey",
    "sutton",
    "tandridge",
    "team",
    "template",
    "test",
    "the",
    "third",
    "thursday",
    "today",
    "tool",
    "tuesday",
    "unit",
    "update",
    "updated",
    "upload",
    "urgent",
    "valley",
    "version",
    "walton",
    "waverley",
    "wednesday",
    "week",
    "weekly",
    "west",
    "weybridge",
    "whiston",
    "willows",
    "woking",
    "word",
    "work",
    "worker",
    "year",
    "young",
    "youth",
    "your",
    "this",
    "that",
    "two",
    "three",
    "thatto",
    "parr",
    "eccleston",
    "docx",
    "xlsx",
    "pdf",
    "undeliverable",
    "delivery",
    "failure",
    "accepted",
    "declined",
    "tentative",
    "canceled",
    "cancelled",
    "absence",
    "hello",
    "thanks",
    "thank",
    "you",
    "kind",
    "regards",
    "learning",
    "disability",
    "education",
    "welfare",
    "hospital",
    "surgery",
    "medical",
    "centre",
    "center",
    "clinic",
    "camhs",
    "trust",
    "acute",
    "sheet",
    "book",
    "workbook",
    "spreadsheet",
    "excel",
    "blank",
    "untitled",
    "image",
    "photo",
    "picture",
    "whatsapp",
    "screenshot",
    "img",
    "doc",
    "tracker",
    "summary",
    "chronology",
    "genogram",
    "safety",
    "disruption",
    "mapping",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn people(text: &str) -> Vec<String> {
        people_named(text, false).iter().map(|p| p.join(" ")).collect()
    }

    #[test]
    fn people_in_subjects_are_seen() {
        assert_eq!(people("RAT for Maya Bright"), ["maya bright"]);
        assert_eq!(people("CE Assessment - Maya Bright"), ["maya bright"]);
        assert_eq!(people("Maya O'Neil-Bright: review"), ["maya oneil bright"]);
        assert_eq!(people("FW: Risk assessment (Maya Bright)"), ["maya bright"]);
        assert_eq!(people_named("RAT_Maya_Bright_2026", true), [["maya", "bright"]]);
    }

    #[test]
    fn ordinary_subjects_name_nobody() {
        for text in [
            "RMM referral - Woking Family Safeguarding Team",
            "Child Exploitation Assessment for MACE Tuesday",
            "St Helens MACE submission",
            "Updated Risk Assessment Tool",
            "Review paperwork for next week's meeting",
            "Urgent: North East quadrant",
            "Guildford Borough",
        ] {
            assert_eq!(people(text), Vec::<String>::new(), "{text}");
        }
        for file in ["Surrey RAT v2", "CE_Assessment_Final", "Risk Assessment Tool November 2026", "R-0042 update"] {
            assert!(people_named(file, true).is_empty(), "{file}");
        }
    }

    fn check(subject: &str, file: &str, child: &str) -> Option<Whereabouts> {
        let staff = ["Priya Nair".to_owned()];
        let spoken = Spoken {
            subject,
            file_name: file,
            own_name: child,
            own_case: None,
            form_names: &[child],
            form_cases: &[],
            mentions: &[],
            staff: &staff,
        };
        mismatch(&spoken).map(|m| m.place)
    }

    #[test]
    fn another_child_in_subject_or_file_name_is_a_mismatch() {
        assert_eq!(check("RAT for Maya Bright", "rat.xlsx", "Tom Reed"), Some(Whereabouts::Subject));
        assert_eq!(check("RAT", "RAT Maya Bright.xlsx", "Tom Reed"), Some(Whereabouts::FileName));
        assert_eq!(check("RAT for Tom Reed", "Tom Reed RAT.xlsx", "Tom Reed"), None);
        assert_eq!(check("RAT for Tommy Reed", "rat.xlsx", "Tom Reed"), None, "a short form of the child's own name");
        assert_eq!(check("RAT from Priya Nair", "rat.xlsx", "Tom Reed"), None, "the sender");
    }

    #[test]
    fn a_known_child_named_in_the_body_is_a_mismatch() {
        let mention = Mention { case: CaseRef(9), place: Whereabouts::Body };
        let mut spoken = Spoken {
            subject: "",
            file_name: "",
            own_name: "Tom Reed",
            own_case: Some(CaseRef(1)),
            form_names: &["Tom Reed"],
            form_cases: &[CaseRef(1)],
            mentions: &[mention],
            staff: &[],
        };
        assert_eq!(mismatch(&spoken), Some(Mismatch { place: Whereabouts::Body, case: Some(CaseRef(9)) }));
        spoken.form_cases = &[CaseRef(9)];
        assert_eq!(mismatch(&spoken), None);
    }
}
