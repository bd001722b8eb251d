//! What a form said, and where it said it. A bad form is data, not an error.

use super::{Finding, FindingCode, FormId, Format, Redacted};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident => $name:literal),* $(,)?) => {
        /// A field of a form; its text is the name other programs see in `read --json`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "the names are the contract's")]
        pub enum FieldId { $($(#[$doc])* #[serde(rename = $name)] $variant),* }
        impl FieldId {
            /// Every field, in the contract's order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];
            /// The name in `read --json`.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $name),* } }
        }
    };
}

fields! {
    ChildName => "child_name", DateOfBirth => "date_of_birth", Age => "age", Alias => "alias", LcsNumber => "lcs_number",
    /// Ten digits, checksum verified.
    NhsNumber => "nhs_number",
    Address => "address", Placement => "placement", Education => "education", Gp => "gp", Ethnicity => "ethnicity",
    LegalStatus => "legal_status", ResponsibleAuthority => "responsible_authority", AssessmentDate => "assessment_date",
    PreviousAssessmentDate => "previous_assessment_date", ReferralDate => "referral_date", CompletedDate => "completed_date",
    RiskRating => "risk_rating", PreviousRiskRating => "previous_risk_rating", RiskTypes => "risk_types",
    RiskFactors => "risk_factors", Outcome => "outcome", AssessmentType => "assessment_type",
    LeadProfessional => "lead_professional", Manager => "manager", Agency => "agency", ContactNumber => "contact_number",
    CompletedBy => "completed_by", ReviewDate => "review_date", Actions => "actions", Rationale => "rationale",
    Sensitive => "sensitive",
    /// Why a rating changed, and what was confirmed of the child: boxes of Surrey's checklist (SY-41).
    RatingChange => "rating_change", Confirmations => "confirmations",
    /// Parts of an assessment that are filled in (BD-06), what it recommends, and the manager's oversight of it (BD-07).
    Domains => "domains", Recommendation => "recommendation", ManagementOversight => "management_oversight",
    /// The team manager's authorisation as written, and its day (SH-32).
    Authorisation => "authorisation", AuthorisedDate => "authorised_date",
    /// What a screening tool comes to; it is no rating of a panel's scale (MC-26).
    ScreeningResult => "screening_result",
    /// The missing episode that a return home interview is about.
    MissingDate => "missing_date", ReturnedDate => "returned_date",
    /// Of an outcome sheet's row: whose (`R-0042`), and which meeting (`surrey-rmm-ne/2026-12-08`).
    CaseRef => "case_ref", MeetingId => "meeting_id",
    /// The initials and the LCS number beside the case ref: kept beside the fields ([`Reading::passages`]).
    RowInitials => "row_initials", RowNumber => "row_number",
    /// Who came and who sent apologies, by name.
    Attended => "attended", Apologies => "apologies",
    /// `continue`, `close` or `defer`.
    Decision => "decision",
    /// Passages of a recording template: kept beside the fields ([`Reading::passages`]).
    Discussion => "discussion", AdditionalRisks => "additional_risks", SafetyPlan => "safety_plan",
    DisruptionPlan => "disruption_plan",
}

impl FieldId {
    /// It only shows that a row is the child's.
    pub const fn is_of_the_row(self) -> bool {
        matches!(self, Self::RowInitials | Self::RowNumber)
    }

    /// Kept for the daemon, and no field of the reading's contract: a passage of prose for the notes, and what only shows
    /// that a row is the child's.
    pub const fn is_passage(self) -> bool {
        self.is_of_the_row()
            || matches!(self, Self::Discussion | Self::AdditionalRisks | Self::SafetyPlan | Self::DisruptionPlan)
    }
}

impl fmt::Display for FieldId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One row of an action list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// What is to be done.
    pub text: Redacted<String>,
    /// By when, as an ISO date where it is one, else as written.
    pub by: Option<Redacted<String>>,
    /// Who is accountable.
    pub who: Option<Redacted<String>>,
    /// `COMPLETED`, `ONGOING` or `OUTSTANDING` (SY-44).
    pub status: Option<String>,
    /// It bears a handling marker, so it stands in nobody's mail (SY-21).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
}

/// A field's value. Serialised untagged: text, ISO date, integer, true/false, list.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A day.
    Date(Date),
    /// A whole number (age).
    Integer(i64),
    /// A box ticked or not.
    Flag(bool),
    /// Text, or a value of a closed set.
    Text(Redacted<String>),
    /// Several values of a closed set, or names (who attended).
    List(Vec<String>),
    /// Action rows.
    Actions(Vec<Action>),
}

/// A list may hold names.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => write!(f, "Date({date})"),
            Self::Integer(number) => write!(f, "Integer({number})"),
            Self::Flag(on) => write!(f, "Flag({on})"),
            Self::Text(text) => write!(f, "Text({text:?})"),
            Self::List(list) => write!(f, "List({} values)", list.len()),
            Self::Actions(actions) => write!(f, "Actions({actions:?})"),
        }
    }
}

/// A value and where in the document it stood: `Sheet1!C4`, `table1!r3c2`, `p12`, `field:Name`, `page2`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// What it said.
    pub value: Value,
    /// Where.
    pub at: String,
}

/// One child's form as read: one file may hold several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// 1 for the first reading of a file.
    pub reading: u32,
    /// What the bytes are.
    pub format: Format,
    /// Which label table fits, if any.
    pub form: Option<FormId>,
    /// The fields found.
    pub fields: BTreeMap<FieldId, Found>,
    /// Passages of prose, for the notes after a meeting ([`FieldId::is_passage`]).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub passages: BTreeMap<FieldId, Found>,
    /// What is missing, unreadable or contradictory.
    pub findings: Vec<Finding>,
}

impl Reading {
    /// A reading that recognised no form.
    pub fn of_no_form(format: Format, finding: Finding) -> Self {
        Self {
            reading: 1,
            format,
            form: None,
            fields: BTreeMap::new(),
            passages: BTreeMap::new(),
            findings: vec![finding],
        }
    }

    /// SH-32: the form asks for the team manager's authorisation and has none.
    pub fn is_unauthorised(&self) -> bool {
        self.findings.iter().any(|finding| finding.code == FindingCode::NotAuthorised)
    }

    /// The rating as the form says it: on a form that asks for none its outcome is one.
    pub fn rating(&self) -> Option<&str> {
        self.text(FieldId::RiskRating).or(self.text(FieldId::Outcome))
    }

    /// A text field.
    pub fn text(&self, field: FieldId) -> Option<&str> {
        let found = if field.is_passage() { self.passages.get(&field) } else { self.fields.get(&field) };
        match &found?.value {
            Value::Text(text) => Some(text.reveal()),
            _ => None,
        }
    }

    /// A date field.
    pub fn date(&self, field: FieldId) -> Option<Date> {
        match &self.fields.get(&field)?.value {
            Value::Date(date) => Some(*date),
            _ => None,
        }
    }

    /// A list field; empty when absent.
    pub fn list(&self, field: FieldId) -> &[String] {
        match self.fields.get(&field).map(|found| &found.value) {
            Some(Value::List(list)) => list,
            _ => &[],
        }
    }

    /// The action rows; empty when there are none.
    pub fn actions(&self) -> &[Action] {
        match self.fields.get(&FieldId::Actions).map(|found| &found.value) {
            Some(Value::Actions(actions)) => actions,
            _ => &[],
        }
    }
}
