//! As much of its context as it can (NT-05): what a form left blank that nothing waits for and that helps all the same. The
//! sender is told kindly, once, and never asked.

use super::submission::what_is;
use crate::casework::{FieldId, Reading};

/// By what the child's health colleagues, school and worker are found, and the child kept apart from others.
const CONTEXT: [FieldId; 6] = [
    FieldId::NhsNumber,
    FieldId::Address,
    FieldId::Education,
    FieldId::Gp,
    FieldId::LeadProfessional,
    FieldId::Manager,
];

/// What a referral does not say; nothing for other papers. What is missing and asked for is not said twice.
pub fn missing_context(reading: &Reading) -> Vec<FieldId> {
    let is_referral =
        reading.form.as_ref().is_some_and(|form| matches!(what_is(form), "assessment" | "screening-tool"));
    let said = |field: &FieldId| {
        reading.fields.contains_key(field) || reading.findings.iter().any(|finding| finding.field == Some(*field))
    };
    CONTEXT.into_iter().filter(|field| is_referral && !said(field)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::casework::{Finding, FindingCode, FormId, Format, Found, Value};

    fn reading(form: &str) -> Reading {
        let mut reading = Reading::of_no_form(Format::Xlsx, Finding::document(FindingCode::TestNumber, "x"));
        reading.form = Some(FormId::new(form));
        let found = || Found { value: Value::Text("x".to_owned().into()), at: "p1".to_owned() };
        for field in [FieldId::Address, FieldId::LeadProfessional, FieldId::Manager, FieldId::Education] {
            reading.fields.insert(field, found());
        }
        reading
    }

    #[test]
    fn nt_05_what_a_referral_leaves_blank_is_told_and_what_is_asked_for_is_not_told_twice() {
        let mut referral = reading("surrey-rat");
        assert_eq!(missing_context(&referral), [FieldId::NhsNumber, FieldId::Gp]);
        referral.findings.push(Finding::field(FindingCode::BadNhsNumber, FieldId::NhsNumber, "x"));
        assert_eq!(missing_context(&referral), [FieldId::Gp]);
        assert_eq!(missing_context(&reading("return-home-interview")), []);
    }
}
