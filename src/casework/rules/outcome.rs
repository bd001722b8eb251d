//! What a meeting decided about one child, as one value whichever form says it: a recording template (one child a
//! document), or a row of an outcome sheet. A form's reading is adapted here and nowhere else.
//!
//! An absent part says nothing: it neither fills nor clears what another form of the same meeting said
//! ([`MeetingOutcome::over`]).

use crate::casework::panel::Profile;
use crate::casework::{Action, CaseRef, FieldId, FormId, MeetingId, Reading, Redacted, Value};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The sheet that goes to admin with each pack.
pub const OUTCOME_SHEET: &str = "outcome-sheet";

/// What becomes of the child's case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The panel goes on hearing it.
    Continue,
    /// It is closed (SH-08, SY-20).
    Close,
    /// It was put off: not enough was known (SY-17).
    Defer,
}

impl Verdict {
    /// As on the sheet.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Continue => "continue",
            Self::Close => "close",
            Self::Defer => "defer",
        }
    }

    fn read(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "continue" | "continues" | "keep open" | "remain open" | "open" | "review" => Some(Self::Continue),
            "close" | "closed" | "closure" | "closure agreed" | "agree closure" => Some(Self::Close),
            "defer" | "deferred" => Some(Self::Defer),
            _ => None,
        }
    }
}

/// What a meeting decided about one child (SY-18, SY-19, SY-44).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MeetingOutcome {
    /// The sheet's row says whose; a template is matched as any paper is.
    pub case_ref: Option<CaseRef>,
    /// The sheet says which meeting; a template is of the last one at which the child was heard.
    pub meeting: Option<MeetingId>,
    /// It is a row of an outcome sheet, which has no room for plans and discussion.
    pub is_sheet: bool,
    /// Close, continue or put off; where untold, what the rating says (MC-06).
    pub verdict: Option<Verdict>,
    /// A value of the panel's own scale (MC-26).
    pub rating: Option<String>,
    /// S, T, C, M, V.
    pub risk_types: Vec<String>,
    /// As ticked.
    pub risk_factors: Vec<String>,
    /// When the panel wants to hear the child next.
    pub review_date: Option<Date>,
    /// Why the case is closed, or rated lowest (SY-20, SH-08).
    pub rationale: Option<Redacted<String>>,
    /// New actions, and earlier ones with their status.
    pub actions: Vec<Action>,
    /// Who came, by name.
    pub attended: Vec<Redacted<String>>,
    /// Who sent apologies, by name.
    pub apologies: Vec<Redacted<String>>,
    /// Who carries the plan.
    pub lead_professional: Option<Redacted<String>>,
    /// What was said, agency by agency.
    pub discussion: Option<Redacted<String>>,
    /// Risks since the last meeting.
    pub additional_risks: Option<Redacted<String>>,
    /// The safety plan (SY-24, SY-45).
    pub safety_plan: Option<Redacted<String>>,
    /// The disruption plan.
    pub disruption_plan: Option<Redacted<String>>,
    /// Passages that only a form with a handling marker says: they go nowhere with the notes (SY-21).
    pub set_apart: BTreeSet<FieldId>,
}

/// Passages that stay with a form that carries a handling marker; its rating, date and actions are the meeting's.
const PASSAGES: [FieldId; 5] =
    [FieldId::Rationale, FieldId::Discussion, FieldId::AdditionalRisks, FieldId::SafetyPlan, FieldId::DisruptionPlan];

/// Does this form record what a meeting of this panel decided?
pub fn records_outcome(profile: &Profile, form: &FormId) -> bool {
    form.as_str() == OUTCOME_SHEET || profile.records.contains(form) || form.as_str().contains("recording-template")
}

impl MeetingOutcome {
    /// From a recording template or a sheet's row.
    pub fn on(reading: &Reading) -> Self {
        let text = |field| reading.text(field).map(str::trim).filter(|t| !t.is_empty());
        let kept = |field| text(field).map(|t| Redacted::new(t.to_owned()));
        Self {
            case_ref: text(FieldId::CaseRef).and_then(|t| t.parse().ok()),
            meeting: text(FieldId::MeetingId).and_then(|t| t.parse().ok()),
            is_sheet: reading.form.as_ref().is_some_and(|form| form.as_str() == OUTCOME_SHEET),
            verdict: text(FieldId::Decision).and_then(Verdict::read),
            rating: text(FieldId::RiskRating).or(text(FieldId::Outcome)).map(str::to_owned),
            risk_types: reading.list(FieldId::RiskTypes).to_vec(),
            risk_factors: reading.list(FieldId::RiskFactors).to_vec(),
            review_date: reading.date(FieldId::ReviewDate),
            rationale: kept(FieldId::Rationale),
            actions: reading.actions().to_vec(),
            attended: names(reading, FieldId::Attended),
            apologies: names(reading, FieldId::Apologies),
            lead_professional: kept(FieldId::LeadProfessional),
            discussion: kept(FieldId::Discussion),
            additional_risks: kept(FieldId::AdditionalRisks),
            safety_plan: kept(FieldId::SafetyPlan),
            disruption_plan: kept(FieldId::DisruptionPlan),
            set_apart: match reading.fields.contains_key(&FieldId::Sensitive) {
                true => PASSAGES.into_iter().filter(|field| text(*field).is_some()).collect(),
                false => BTreeSet::new(),
            },
        }
    }

    /// A person has looked at its handling marker and lets it go as it is (SY-21).
    pub fn let_go(mut self) -> Self {
        self.set_apart.clear();
        for action in &mut self.actions {
            action.sensitive = false;
        }
        self
    }

    /// Part of it is kept apart (SY-21).
    pub fn keeps_apart(&self) -> bool {
        !self.set_apart.is_empty() || self.actions.iter().any(|action| action.sensitive)
    }

    /// What stays when the words of a closed case are destroyed: what became of it, its rating, when it was to be heard
    /// next (MC-06, OP-07).
    pub fn bare(self) -> Self {
        let Self { case_ref, meeting, is_sheet, verdict, rating, risk_types, review_date, .. } = self;
        Self { case_ref, meeting, is_sheet, verdict, rating, risk_types, review_date, ..Self::default() }
    }

    fn says(&self, field: FieldId) -> bool {
        let passage = match field {
            FieldId::Rationale => &self.rationale,
            FieldId::Discussion => &self.discussion,
            FieldId::AdditionalRisks => &self.additional_risks,
            FieldId::SafetyPlan => &self.safety_plan,
            FieldId::DisruptionPlan => &self.disruption_plan,
            _ => return false,
        };
        passage.is_some()
    }

    /// This over what was recorded of the same meeting before: what it leaves out stays as it was.
    pub fn over(self, before: Self) -> Self {
        let list = |new: Vec<String>, old| if new.is_empty() { old } else { new };
        let people = |new: Vec<Redacted<String>>, old| if new.is_empty() { old } else { new };
        // A verdict and a rating belong together: a new rating without a verdict takes the old verdict away.
        let verdict =
            self.verdict.or(if self.rating.is_some() && self.rating != before.rating { None } else { before.verdict });
        // Nor is the reason for another decision one for this; where none is said, for another rating.
        let decided_anew = match self.verdict.and(before.verdict) {
            Some(_) => self.verdict != before.verdict,
            None => differ(self.rating.as_ref(), before.rating.as_ref()),
        };
        let reason_before = before.rationale.filter(|_| !decided_anew);
        let mut set_apart = self.set_apart.clone();
        set_apart.extend(before.set_apart.iter().copied().filter(|field| !self.says(*field)));
        let mut actions = before.actions;
        for action in self.actions {
            match actions.iter_mut().find(|known| same_action(known.text.reveal(), action.text.reveal())) {
                Some(known) => *known = action,
                None => actions.push(action),
            }
        }
        Self {
            case_ref: self.case_ref.or(before.case_ref),
            meeting: self.meeting.or(before.meeting),
            is_sheet: self.is_sheet && before.is_sheet,
            verdict,
            rating: self.rating.or(before.rating),
            risk_types: list(self.risk_types, before.risk_types),
            risk_factors: list(self.risk_factors, before.risk_factors),
            review_date: self.review_date.or(before.review_date),
            rationale: self.rationale.or(reason_before),
            actions,
            attended: people(self.attended, before.attended),
            apologies: people(self.apologies, before.apologies),
            lead_professional: self.lead_professional.or(before.lead_professional),
            discussion: self.discussion.or(before.discussion),
            additional_risks: self.additional_risks.or(before.additional_risks),
            safety_plan: self.safety_plan.or(before.safety_plan),
            disruption_plan: self.disruption_plan.or(before.disruption_plan),
            set_apart,
        }
    }
}

/// Both are said, and are not the same.
fn differ<T: PartialEq>(new: Option<T>, old: Option<T>) -> bool {
    new.zip(old).is_some_and(|(new, old)| new != old)
}

/// Are these the same action, however it was spaced and spelt in capitals?
pub fn same_action(one: &str, other: &str) -> bool {
    let plain = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase);
        words.filter(|w| !matches!(w.as_str(), "completed" | "complete" | "ongoing" | "outstanding" | "done")).collect()
    };
    let (one, other) = (plain(one), plain(other));
    !one.is_empty() && one == other
}

fn names(reading: &Reading, field: FieldId) -> Vec<Redacted<String>> {
    let written: Vec<&str> = match reading.fields.get(&field).map(|found| &found.value) {
        Some(Value::List(list)) => list.iter().map(String::as_str).collect(),
        Some(Value::Text(text)) => text.reveal().split([',', ';', '\n']).collect(),
        _ => Vec::new(),
    };
    written.into_iter().map(str::trim).filter(|n| !n.is_empty()).map(|n| Redacted::new(n.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::casework::{Format, Found};
    use std::collections::BTreeMap;

    fn row(fields: &[(FieldId, Value)]) -> Reading {
        let found = |value: &Value| Found { value: value.clone(), at: "Outcomes!A2".to_owned() };
        Reading {
            reading: 1,
            format: Format::Xlsx,
            form: Some(OUTCOME_SHEET.into()),
            fields: fields.iter().map(|(id, value)| (*id, found(value))).collect(),
            passages: BTreeMap::new(),
            findings: Vec::new(),
        }
    }

    fn text(t: &str) -> Value {
        Value::Text(t.to_owned().into())
    }

    #[test]
    fn a_sheets_row_says_whose_which_meeting_and_what() {
        let outcome = MeetingOutcome::on(&row(&[
            (FieldId::CaseRef, text("R-0042")),
            (FieldId::MeetingId, text("surrey-rmm-ne/2026-12-07")),
            (FieldId::Decision, text("Close")),
            (FieldId::RiskRating, text("minimal")),
            (FieldId::Attended, Value::List(vec!["Viktor Sowerby".into(), " ".into()])),
            (FieldId::Apologies, text("Keir Nettleton; Wendy Blenkin")),
        ]));
        assert_eq!(outcome.case_ref, Some(CaseRef(42)));
        assert_eq!(outcome.meeting.map(|m| m.to_string()).as_deref(), Some("surrey-rmm-ne/2026-12-07"));
        assert_eq!((outcome.verdict, outcome.rating.as_deref()), (Some(Verdict::Close), Some("minimal")));
        assert_eq!((outcome.attended.len(), outcome.apologies.len()), (1, 2));
        assert!(outcome.is_sheet);
    }

    #[test]
    fn sy_20_the_reason_for_one_decision_is_none_for_another() {
        let closed = MeetingOutcome {
            verdict: Some(Verdict::Close),
            rating: Some("minimal".into()),
            rationale: Some("No risk is left.".to_owned().into()),
            ..MeetingOutcome::default()
        };
        let says = |verdict, rating: Option<&str>| MeetingOutcome {
            verdict,
            rating: rating.map(str::to_owned),
            ..MeetingOutcome::default()
        };
        for (again, is_kept) in [
            (says(Some(Verdict::Close), None), true),
            (says(Some(Verdict::Close), Some("emerging")), true),
            (says(None, Some("minimal")), true),
            (says(None, None), true),
            (says(Some(Verdict::Continue), None), false),
            (says(None, Some("emerging")), false),
        ] {
            assert_eq!(again.clone().over(closed.clone()).rationale.is_some(), is_kept, "{again:?}");
        }
    }

    #[test]
    fn a_second_form_of_one_meeting_adds_to_the_first_and_takes_nothing_away() {
        let action = |text: &str, status: Option<&str>| Action {
            text: text.to_owned().into(),
            by: None,
            who: None,
            status: status.map(str::to_owned),
            sensitive: false,
        };
        let template = MeetingOutcome {
            rating: Some("significant".into()),
            safety_plan: Some("Stay at home.".to_owned().into()),
            actions: vec![action("Visit the family", None)],
            ..MeetingOutcome::default()
        };
        let sheet = MeetingOutcome {
            is_sheet: true,
            review_date: Some("2027-01-11".parse().unwrap()),
            actions: vec![action("visit the family - COMPLETED", Some("COMPLETED")), action("Submit NRM", None)],
            ..MeetingOutcome::default()
        };
        let both = sheet.over(template);
        assert_eq!(both.rating.as_deref(), Some("significant"));
        assert!(both.review_date.is_some() && both.safety_plan.is_some() && !both.is_sheet);
        assert_eq!(both.actions.len(), 2);
        assert_eq!(both.actions[0].status.as_deref(), Some("COMPLETED"));
    }
}
