//! What the invented forms say, whatever file they end up in: a title, headed sections, and lines of label and answer.
//! Labels are those of the sources and of forms seen in use (the table of label aliases the form readers work from).

use super::children::{Child, nhs_number};
use jiff::civil::Date;

/// What stands beside a label.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Text(String),
    Day(Date),
    Number(String),
    /// Boxes, each ticked or not. `one` marks a choice of one.
    Boxes {
        one: bool,
        boxes: Vec<(&'static str, bool)>,
    },
    /// Nothing was filled in.
    Blank,
}

impl Answer {
    fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    fn one(of: &[&'static str], ticked: &str) -> Self {
        Self::Boxes { one: true, boxes: of.iter().map(|label| (*label, *label == ticked)).collect() }
    }
}

/// A label and its answer.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) label: &'static str,
    pub(super) answer: Answer,
}

/// A headed group of lines.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) heading: &'static str,
    pub(super) lines: Vec<Line>,
}

/// One filled-in form.
#[derive(Clone, Debug)]
pub(super) struct Paper {
    pub(super) title: &'static str,
    pub(super) sections: Vec<Section>,
}

/// What a worker left out or wrote where it does not belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slip {
    None,
    NoDateOfBirth,
    NoRating,
    /// `High` is not on this panel's scale (MC-26).
    OffScale,
    /// The team manager has not authorised it (SH-32).
    NotAuthorised,
}

/// The four ratings (forms 2b).
pub(super) const RATINGS: [&str; 4] = ["Minimal", "Emerging", "Significant", "Experiencing"];

/// The key risks (forms 2b).
pub(super) const KEY_RISKS: [&str; 5] = [
    "S – Sexual exploitation",
    "T – Trafficking",
    "C – Criminal exploitation",
    "M – Missing episodes",
    "V – Modern slavery",
];

/// The current risk factors (forms 2b).
pub(super) const RISK_FACTORS: [&str; 9] = [
    "Regular missing person",
    "Internet/phone activity",
    "Associating with potentially abusive older person",
    "Associating with others at risk of child exploitation",
    "Substance misuse",
    "Self harm",
    "Current investigation into an allegation of sexual assault",
    "Evidence of being given gifts/money/phones/food, which are unexplained",
    "Indicators of additional vulnerability factors, eg, subject to bullying, looked after child, learning difficulties, etc.",
];

/// The four outcomes (forms 2c; the first lacks its closing bracket in the source).
pub(super) const OUTCOMES: [&str; 4] = [
    "Child is being exploited and presents a risk of exploitation towards children (Evidence of exploitation or multi-agency professional judgement",
    "Child is being exploited (Evidence of exploitation or multi-agency professional judgement)",
    "Child may be being exploited (Signs the child is exploited but no clear evidence)",
    "Child is not being exploited (No signs or evidence the child is being exploited)",
];

/// Who filled it in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Author {
    pub(super) name: &'static str,
    pub(super) agency: &'static str,
    pub(super) manager: &'static str,
    pub(super) phone: &'static str,
}

/// A Surrey Exploited and Missing Child Risk Assessment Tool (SY-04).
pub(super) fn risk_assessment_tool(
    child: &Child<'_>,
    by: Author,
    dated: Date,
    rating: &'static str,
    risks: &str,
    slip: Slip,
) -> Paper {
    let line = |label, answer| Line { label, answer };
    let born = if slip == Slip::NoDateOfBirth { Answer::Blank } else { Answer::Day(child.born) };
    let nhs = if child.nhs == 0 { Answer::Blank } else { Answer::text(spaced(&nhs_number(child.nhs))) };
    let rated = match slip {
        Slip::NoRating => Answer::one(&RATINGS, ""),
        Slip::OffScale => Answer::text("High"),
        _ => Answer::one(&RATINGS, rating),
    };
    let key_risks =
        KEY_RISKS.iter().map(|risk| (*risk, risk.chars().next().is_some_and(|c| risks.contains(c)))).collect();
    let serial = child.nhs as usize;
    let factors =
        RISK_FACTORS.iter().enumerate().map(|(n, factor)| (*factor, (serial + n).is_multiple_of(3))).collect();
    Paper {
        title: "Exploited and Missing Child Risk Assessment Tool",
        sections: vec![
            Section {
                heading: "The child",
                lines: vec![
                    line("Child’s name", Answer::text(child.name)),
                    line("DOB", born),
                    line("LCS Number", Answer::Number(child.lcs.to_owned())),
                    line("Age", Answer::Number(age(child.born, dated).to_string())),
                    line("Address", Answer::text(child.address)),
                    line("Present Education Placement", Answer::text(child.school)),
                    line("NHS Number", nhs),
                    line("GP Name and Address", Answer::text(child.gp)),
                ],
            },
            Section {
                heading: "The assessment",
                lines: vec![
                    line("Date of risk assessment", Answer::Day(dated)),
                    line("CURRENT CE Risk Rating", rated),
                    line(
                        "Key risk for the child (tick all that apply)",
                        Answer::Boxes { one: false, boxes: key_risks },
                    ),
                    line(
                        "CURRENT RISK FACTORS (tick all that apply currently)",
                        Answer::Boxes { one: false, boxes: factors },
                    ),
                    line("Summary of concerns", Answer::text(concerns(child))),
                ],
            },
            Section {
                heading: "Completed by",
                lines: vec![
                    line("Name of Lead Professional", Answer::text(by.name)),
                    line("Manager", Answer::text(by.manager)),
                    line("Agency", Answer::text(by.agency)),
                    line("Contact number", Answer::text(by.phone)),
                ],
            },
        ],
    }
}

/// Surrey's recording template as admin fills it in after a meeting (SY-19; forms 2a).
pub(super) fn recording_template(
    child: &Child<'_>,
    lead: Author,
    dated: Date,
    rating: &'static str,
    review: Option<Date>,
) -> Paper {
    let line = |label, answer| Line { label, answer };
    let mut decided = vec![
        line("Date this update was completed", Answer::Day(dated)),
        line("CURRENT CE Risk Rating", Answer::one(&RATINGS, rating)),
        line("Name of Lead Professional", Answer::text(lead.name)),
        line("Agency", Answer::text(lead.agency)),
        line("Contact number", Answer::text(lead.phone)),
        line(
            "Please identify any additional risks of CE since the last Risk Management Meeting",
            Answer::text("None that any agency knows of."),
        ),
        line(
            "RMM Discussion (Concise) Use crib sheet! Update Risk rating",
            Answer::text(
                "School reports better attendance. Police have no new intelligence. The rating was agreed by all.",
            ),
        ),
    ];
    if rating == "Minimal" {
        let why =
            "No missing episode and no contact of concern for three months; the family and the school carry the plan.";
        decided.push(line("Rationale", Answer::text(why)));
    } else {
        let plan = "Keeps her phone charged and tells her aunt where she is\nGoes to the youth club on Fridays\nRings the worker first";
        decided.push(line("Safety plan (Bullet points)", Answer::text(plan)));
        decided.push(line(
            "Disruption Plan (Bullet points) see Toolkit",
            Answer::text("Police visit the address on the form"),
        ));
    }
    decided.push(line("Action Update", Answer::text("The named nurse sees the young person within two weeks")));
    decided.extend(review.map(|day| line("Date of next RMM/MACE", Answer::Day(day))));
    Paper {
        title: "Child Exploitation Risk Management Meeting recording template",
        sections: vec![
            Section {
                heading: "The child",
                lines: vec![
                    line("Child’s name", Answer::text(child.name)),
                    line("DOB", Answer::Day(child.born)),
                    line("LCS Number", Answer::Number(child.lcs.to_owned())),
                    line("NHS Number", Answer::text(spaced(&nhs_number(child.nhs)))),
                ],
            },
            Section { heading: "The meeting", lines: decided },
        ],
    }
}

/// A St Helens Child Exploitation (CE) Assessment (SH-16, SH-17). `outcome` counts from 1; `kind` is Initial, Review or
/// Closure.
pub(super) fn ce_assessment(
    child: &Child<'_>,
    by: Author,
    dated: Date,
    kind: &'static str,
    outcome: usize,
    slip: Slip,
) -> Paper {
    let line = |label, answer| Line { label, answer };
    let born = if slip == Slip::NoDateOfBirth { Answer::Blank } else { Answer::Day(child.born) };
    let reached = outcome.checked_sub(1).and_then(|n| OUTCOMES.get(n)).copied().unwrap_or_default();
    let authorised = if slip == Slip::NotAuthorised {
        Answer::Blank
    } else {
        Answer::text(format!("Authorised, {}, {}", by.manager, dated.strftime("%d/%m/%Y")))
    };
    let mut assessment = vec![
        line("Type of assessment", Answer::one(&["Initial", "Review", "Closure"], kind)),
        line("Date of assessment", Answer::Day(dated)),
        line("Analysis", Answer::text(concerns(child))),
        line("Outcome", Answer::one(&OUTCOMES, reached)),
    ];
    if kind == "Closure" {
        let why = "No episode, contact or gift of concern for twelve weeks; school attendance 96 per cent; the family, school \
                   and police agree that the risk has reduced. A plan stays in place under early help.";
        assessment.push(line("Rationale for closure", Answer::text(why)));
    }
    Paper {
        title: "Child Exploitation (CE) Assessment",
        sections: vec![
            Section {
                heading: "Child's details",
                lines: vec![
                    line("Name of child", Answer::text(child.name)),
                    line("Date of birth", born),
                    line("LCS number", Answer::Number(child.lcs.to_owned())),
                    line("NHS number", Answer::text(nhs_number(child.nhs))),
                    line("Home address", Answer::text(child.address)),
                    line("School/College", Answer::text(child.school)),
                ],
            },
            Section { heading: "Assessment", lines: assessment },
            Section {
                heading: "Sign-off",
                lines: vec![
                    line("Allocated social worker", Answer::text(by.name)),
                    line("Team manager", Answer::text(by.manager)),
                    line("Contact number", Answer::text(by.phone)),
                    line("Team manager's authorisation", authorised),
                ],
            },
        ],
    }
}

/// Whole years on a day.
fn age(born: Date, on: Date) -> i16 {
    let had_birthday = (on.month(), on.day()) >= (born.month(), born.day());
    on.year() - born.year() - i16::from(!had_birthday)
}

/// 3-3-4, as people write an NHS number.
fn spaced(number: &str) -> String {
    let part = |range| number.get(range).unwrap_or_default();
    format!("{} {} {}", part(0..3), part(3..6), part(6..10))
}

fn concerns(child: &Child<'_>) -> String {
    const ALL: [&str; 4] = [
        "Three missing episodes since half term, each overnight. Returned with a second phone which was not bought at home.",
        "School report a change of friends and unexplained money. An older person collects the child by car.",
        "Found on two evenings at an address known to police. Says little about where the train fares come from.",
        "Messages seen by a parent suggest that the child is asked to hold packages. The child is frightened to refuse.",
    ];
    let pick = ALL.get(child.nhs as usize % ALL.len()).copied().unwrap_or_default();
    format!("{pick} There is no immediate danger known today; the plan is reviewed with the family each week.")
}
