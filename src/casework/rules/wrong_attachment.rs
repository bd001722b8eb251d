//! The commonest real breach: the wrong attachment. A child named in subject, body or file name who is not the form's
//! child holds the paper, and the sender is asked (LESSONS D).

use crate::casework::{CaseRef, normal_name};
use std::collections::BTreeSet;
use std::sync::LazyLock;

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
    /// The names on this document's form, aliases with them: its file name may speak of no other.
    pub own_names: &'a [&'a str],
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
    let else_in = |text: &str, is_file_name, names: &[&str]| {
        // Where no paper is spoken of, two capitalised words are a greeting or a title.
        speaks_of_a_paper(text)
            && people_named(text, is_file_name).iter().any(|person| is_someone_else(person, names, spoken.staff))
    };
    // Known by another name than the one on the form: married, adopted, or called so.
    let as_known = |place, of: &[CaseRef]| spoken.mentions.iter().any(|m| m.place == place && of.contains(&m.case));
    let own_case = spoken.own_case.as_slice();
    if !as_known(Whereabouts::FileName, own_case) && else_in(stem, true, spoken.own_names) {
        return Some(Mismatch { place: Whereabouts::FileName, case: None });
    }
    if !as_known(Whereabouts::Subject, spoken.form_cases) && else_in(spoken.subject, false, spoken.form_names) {
        return Some(Mismatch { place: Whereabouts::Subject, case: None });
    }
    None
}

fn speaks_of_a_paper(text: &str) -> bool {
    const PAPERS: &[&str] = &[
        "rat",
        "ce",
        "cerat",
        "assessment",
        "assessments",
        "risk",
        "referral",
        "form",
        "review",
        "closure",
        "screening",
        "tool",
        "rhi",
        "update",
        "updated",
        "paper",
        "papers",
        "initial",
        "report",
        "re",
        "for",
        "child",
    ];
    normal_name(&text.replace(['_', '.', '+'], " ")).iter().any(|word| PAPERS.contains(&word.as_str()))
}

/// The person's name is none of the names: either has a word that is like none of the other's, as brothers and sisters have
/// beside the one they share. They are not staff.
fn is_someone_else(person: &[String], names: &[&str], staff: &[String]) -> bool {
    let is_the_child = names.iter().any(|name| is_same_name(person, &normal_name(name)));
    let is_staff = staff.iter().any(|name| {
        let name = normal_name(name);
        person.iter().filter(|word| name.contains(word)).count() >= 2
    });
    !is_the_child && !is_staff
}

/// Every word of the one is like a word of the other.
pub(super) fn is_same_name(one: &[String], other: &[String]) -> bool {
    let alike = |one: &String, other: &String| strsim::jaro_winkler(one, other) >= 0.85;
    let all_in = |these: &[String], those: &[String]| these.iter().all(|word| those.iter().any(|w| alike(word, w)));
    !one.is_empty() && !other.is_empty() && (all_in(one, other) || all_in(other, one))
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
                || (is_file_name && (ORDINARY.contains(plain.as_str()) || is_number(&plain)))
            {
                close(&mut group, &mut broken);
            } else if looks_like_a_name(word) && !ORDINARY.contains(plain.as_str()) {
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

/// Words of subjects and file names that are no one's name: the field's, the office's, and places of the authorities.
static ORDINARY: LazyLock<BTreeSet<&str>> = LazyLock::new(|| ORDINARY_WORDS.split_whitespace().collect());

const ORDINARY_WORDS: &str = "\
    absence accepted ace acknowledged acknowledgement action actions acute addlestone admin adolescent adolescents \
    adult advanced after afternoon agency agenda alert all amended and annual apologies apology approved april area \
    ash assessed assessment assessments assessor assistant assurance attached attachment attachments audit august \
    authorisation authorised automatic bagshot bank banstead before berkshire best between billinge blackbrook \
    blackburn blackpool blank board bold book borough brighter byfleet camberley camhs canceled cancelled care carer \
    case caterham cce ccedassessment center centre ceram cerat chair chairs changes chase chaser chasing checklist \
    chertsey child children childrens chobham christmas chronology claygate clinic clock closing closure cobham \
    colleague colleagues community compatibility complete completed complex concern concerns conference confidential \
    contact contextual conversation copy core corrected correction council county cranleigh criminal cross croydon \
    cse current cut cutoff darwen date dated dear december declined delivery department desk director disability \
    disruption ditton doc document documents docx door dorking download downloaded draft duty earlestown early east \
    easter eccleston edge education egham egress elmbridge email emergency emerging encrypted engage episode \
    episodes epsom escalation esher evening everyone ewell excel experiencing exploitation exploited export exported \
    face failure family farnham february file final first follow following form forms foster friday frimley from \
    front further futures genogram godalming good group guildford halton hampshire happy harm haslemere haydock head \
    health heath helens hello help hi hinchley holiday home horley horsell hospital house hub image img important \
    incomplete independent info information initial inquiry intervention interview interviews invitation invite \
    january july june kent key kind kingston knaphill knowsley lancashire late latest leach lead learning \
    leatherhead letter liaison lightwater lingfield link links liquid liverpool logic london looked mace macse \
    manager many mapping march mash medical meeting merge merry merseyside merton message microsoft mimecast minimal \
    minutes miss missing mode mole molesey monday month monthly morning moss mrs multi named new newly newton nhs north \
    northeast northwest note notes notice notification november nurse october off office officer official onedrive \
    out outcome outside oxshott oxted page pages panel paper papers park parr part partnership password pdf peasley \
    person photo picture placement plan please police practice practitioner principal private professional protect \
    protection qualified quality query question rainford rainhill rat reach reached read receipt receive received \
    recording redhill referral referrals regards reigate reminder removed reply report request requested resend \
    resending resent residential resubmission return returned returning review reviewed reviewing rhi richmond \
    ripley risk risks rmm runnymede safeguarding safety sample saturday scan scanned school screening screenshot \
    second section secure sefton send sending senior sensitive sent september service services sexual sharepoint \
    sheet shepperton sibling siblings sign signed significant single social south southeast southwest specialist \
    spelthorne spreadsheet staines strategy street student submission summary sunbury sunday supervision support \
    surgery surrey sussex sutton tandridge team teams template tentative test thames thank thanks thankyou that \
    thatto the third this three thursday today tongham tool track tracker trust tuesday two undeliverable unit \
    untitled update updated upload urgent urgentl valley version virginia vulnerable walton ward water waverley \
    wednesday week weekly welfare west weybridge whatsapp whiston willows windle windlesham wirral wishes woking \
    wood word work workbook worker xlsx year you young your youth zip";

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
            "Good Morning",
            "RAT - Brighter Futures",
            "Risk Assessment Sharepoint Link",
            "Significant Harm - assessment",
        ] {
            assert_eq!(people(text), Vec::<String>::new(), "{text}");
        }
        for file in [
            "Surrey RAT v2",
            "CE_Assessment_Final",
            "Risk Assessment Tool November 2026",
            "R-0042 update",
            "CE RAT Team Manager Sign Off",
            "RAT_Password Removed",
        ] {
            assert!(people_named(file, true).is_empty(), "{file}");
        }
    }

    fn check(subject: &str, file: &str, child: &str) -> Option<Whereabouts> {
        let staff = ["Priya Nair".to_owned()];
        let spoken = Spoken {
            subject,
            file_name: file,
            own_names: &[child],
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
        assert_eq!(check("RAT", "RAT Maya Reed.xlsx", "Tom Reed"), Some(Whereabouts::FileName), "a sister");
        assert_eq!(check("RAT for Tom Bright", "rat.xlsx", "Tom Reed"), Some(Whereabouts::Subject), "a namesake");
        assert_eq!(check("RAT for Tom Reed", "Reed Tom James RAT.xlsx", "Tom Reed"), None, "a second first name");
        assert_eq!(check("RAT for Mrs Reed", "RAT Miss Reed.xlsx", "Tom Reed"), None, "no child's name");
        assert_eq!(check("RAT from Priya Nair", "rat.xlsx", "Tom Reed"), None, "the sender");
    }

    #[test]
    fn a_known_child_named_in_the_body_is_a_mismatch() {
        let mention = Mention { case: CaseRef(9), place: Whereabouts::Body };
        let mut spoken = Spoken {
            subject: "",
            file_name: "",
            own_names: &["Tom Reed"],
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
