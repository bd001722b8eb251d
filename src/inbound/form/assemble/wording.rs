//! What the sender is told about an answer.

use crate::casework::FindingCode;

pub(super) fn contradiction(label: &str) -> String {
    format!("\"{label}\" has different answers in different places. Please correct the form and send it again.")
}

pub(super) fn unclear(label: &str) -> String {
    format!("\"{label}\": it is not clear which boxes are ticked. Please correct the form and send it again.")
}

pub(super) fn problem_message(code: FindingCode, label: &str) -> String {
    match code {
        FindingCode::NotADate => {
            format!("\"{label}\" is not a date we can read. Please write it as day, month and year, like 25/12/2010.")
        }
        FindingCode::ImplausibleDate => format!(
            "\"{label}\" cannot be right (a day in the future, an impossible age, or the wrong weekday). Please check it."
        ),
        FindingCode::BadNhsNumber => {
            format!("\"{label}\" is not a valid NHS number: one or more of its ten digits are wrong. Please check it.")
        }
        FindingCode::NotOnScale => {
            format!("\"{label}\" is not one of the values this form allows. Please use the form's own values.")
        }
        FindingCode::SeveralTicked => format!("\"{label}\" has more than one box ticked. Please tick one."),
        _ => contradiction(label),
    }
}
