//! Who carries a child's case? Whoever sent its paper is the contact until somebody else is confirmed; where the form names
//! another lead professional, that is asked (MC-34).

use super::standing::{Sender, Standing};
use super::wrong_attachment::is_same_name;
use crate::casework::{FieldId, Reading, normal_name};

/// Words that stand where a lead professional would, and name nobody.
const NOBODY: [&str; 11] =
    ["allocated", "applicable", "awaiting", "duty", "known", "none", "not", "tba", "tbc", "unknown", "vacant"];

/// Does the form name another lead professional than the worker of the authority who sent it? A manager who forwards is a
/// contact beside the worker. A sender's name is known from the directory, or from an address that is a full name; what
/// they show beside the address is anything, and only ever says that they are the same.
pub fn names_another_lead(reading: &Reading, sender: &Sender) -> bool {
    if sender.standing != Standing::Known || !sender.is_caseworker() || sender.is_manager() {
        return false;
    }
    let lead = reading.text(FieldId::LeadProfessional).map(normal_name).unwrap_or_default();
    let is_a_name = lead.len() >= 2 && !lead.iter().any(|word| NOBODY.contains(&word.as_str()));
    let listed = sender.listed.as_ref().map(|entry| entry.name.reveal().as_str());
    let shown = sender.name.as_ref().map(|name| name.reveal().as_str());
    let local = sender.address.as_ref().map(|address| address.local().replace(['.', '_', '-'], " "));
    let is_full = |name: &Vec<String>| name.len() >= 2 && name.iter().all(|word| word.len() >= 2);
    let known: Vec<_> = [listed, local.as_deref()].into_iter().flatten().map(normal_name).filter(is_full).collect();
    let shown = shown.map(normal_name).filter(is_full);
    is_a_name && !known.is_empty() && !known.iter().chain(&shown).any(|name| is_same_name(name, &lead))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::casework::{Finding, FindingCode, Format, Found, Value};

    fn asked(lead: &str, address: &str, name: Option<&str>) -> bool {
        let mut reading = Reading::of_no_form(Format::Xlsx, Finding::document(FindingCode::TestNumber, "x"));
        let value = Value::Text(lead.to_owned().into());
        reading.fields.insert(FieldId::LeadProfessional, Found { value, at: "p1".to_owned() });
        let sender = Sender {
            address: Some(address.parse().unwrap()),
            name: name.map(|name| name.to_owned().into()),
            listed: None,
            own_authority: true,
            is_obeyed: false,
            looks_like: None,
            standing: Standing::Known,
        };
        names_another_lead(&reading, &sender)
    }

    #[test]
    fn mc_34_another_lead_professional_is_one_whose_name_is_none_of_the_senders() {
        let wendy = "wendy.blenkin@surrey.example";
        assert!(asked("Viktor Sowerby", wendy, None));
        assert!(asked("Viktor Blenkin", wendy, Some("Blenkin, Wendy (Children's Services)")), "a namesake");
        assert!(!asked("Wendy Blenkin", wendy, None), "her address says her name");
        assert!(!asked("Ms Wendy Blenkin, social worker", wendy, Some("WB")));
        assert!(!asked("Wendy Blenkin / Viktor Sowerby", wendy, None), "both");
        assert!(!asked("Viktor Sowerby", "duty@surrey.example", None), "whose name that is nobody knows");
        assert!(!asked("Viktor Sowerby", "duty@surrey.example", Some("Duty Worker")), "nor whom the duty desk is");
        assert!(!asked("Viktor Sowerby", "w.blenkin@surrey.example", None), "an initial is no name");
        assert!(!asked("Not yet allocated", wendy, None) && !asked("Viktor", wendy, None));
    }
}
