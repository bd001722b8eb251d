//! What is looked at once all answers are there: dates that cannot be right, handling markers, what is missing.

use super::super::date;
use super::super::handling::{self, Markers};
use super::Assembly;
use super::wording::problem_message;
use crate::casework::{FieldId, FindingCode, Found, Value};
use jiff::civil::Date;

impl Assembly<'_> {
    fn date_of(&self, field: FieldId) -> Option<Date> {
        match self.fields.get(&field).map(|found| &found.value) {
            Some(Value::Date(day)) => Some(*day),
            _ => None,
        }
    }

    /// Dates that cannot be right go, but for an assessment's day to come, which stays with its finding; an age that is
    /// not the birthday's is noted.
    pub(super) fn check_dates(&mut self) {
        let today = self.today;
        if let Some(birth) = self.date_of(FieldId::DateOfBirth)
            && (birth > today || date::years_between(birth, today) > 25)
        {
            self.implausible(FieldId::DateOfBirth);
        }
        let birth = self.date_of(FieldId::DateOfBirth);
        for field in [
            FieldId::AssessmentDate,
            FieldId::PreviousAssessmentDate,
            FieldId::ReferralDate,
            FieldId::CompletedDate,
            FieldId::ReviewDate,
        ] {
            let Some(day) = self.date_of(field) else { continue };
            let future = day > today && field != FieldId::ReviewDate;
            let distant = (i32::from(day.year()) - i32::from(today.year())).abs() > 20;
            if future && field == FieldId::AssessmentDate && !distant {
                // A form is written before it is read, but which digit is wrong only its writer knows.
                let label = self.table.label(field);
                self.finding(
                    FindingCode::ImplausibleDate,
                    field,
                    problem_message(FindingCode::ImplausibleDate, &label),
                );
            } else if future || distant || birth.is_some_and(|birth| day < birth) {
                self.implausible(field);
            }
        }
        let age = match self.fields.get(&FieldId::Age).map(|found| &found.value) {
            Some(Value::Integer(age)) => Some(*age),
            _ => None,
        };
        if let (Some(birth), Some(age)) = (birth, age) {
            let days = [self.date_of(FieldId::AssessmentDate), Some(today)];
            let agrees = days.into_iter().flatten().any(|day| (date::years_between(birth, day) - age).abs() <= 1);
            if !agrees {
                self.finding(
                    FindingCode::AgeMismatch,
                    FieldId::Age,
                    "The age and the date of birth do not agree. Please check both.".to_owned(),
                );
            }
        }
    }

    fn implausible(&mut self, field: FieldId) {
        self.fields.remove(&field);
        let label = self.table.label(field);
        self.finding(FindingCode::ImplausibleDate, field, problem_message(FindingCode::ImplausibleDate, &label));
    }

    /// SY-21: a handling marker inside a paper holds it.
    pub(super) fn handling(&mut self) {
        let markers = Markers::new(&self.table.handling_markers);
        if let Some(at) = markers.place_in(self.index.document) {
            self.fields.insert(FieldId::Sensitive, Found { value: Value::Flag(true), at });
            self.findings.push(handling::finding());
        }
        if let Some(Value::Actions(actions)) = self.fields.get_mut(&FieldId::Actions).map(|found| &mut found.value) {
            for action in actions {
                action.sensitive = markers.mark(action.text.reveal());
            }
        }
    }

    pub(super) fn required(&mut self) {
        let mut required = self.table.required.clone();
        for rule in &self.table.required_when {
            let holds = matches!(self.fields.get(&rule.when).map(|found| &found.value), Some(Value::Text(text)) if *text.reveal() == rule.is);
            if holds && !required.contains(&rule.field) {
                required.push(rule.field);
            }
        }
        for field in required {
            if !self.fields.contains_key(&field) {
                let label = self.table.label(field);
                self.finding(FindingCode::Missing, field, format!("\"{label}\" is not filled in, or could not be read. Please complete it and send the form again."));
            }
        }
    }
}
