//! What shares the cell of a name and is another field's answer.

use super::super::find::Raw;
use super::super::{answer, person};
use super::{Assembly, who};
use crate::casework::{FieldId, FindingCode, Found, Redacted, Value};

/// What stood behind a name in its cell: taken only if that name is, and nothing else says it.
pub(super) struct Aside {
    name: FieldId,
    at: String,
    field: FieldId,
    value: Value,
}

impl Assembly<'_> {
    /// A child's birthday and a lead professional's number often share the cell of the name.
    pub(super) fn aside(&mut self, name: FieldId, raw: &Raw) {
        let Some(person) = answer::answer(&raw.text).and_then(|text| person::read(&text, who(name), self.today)) else {
            return;
        };
        let found = match name {
            FieldId::ChildName => person.born.map(|day| (FieldId::DateOfBirth, Value::Date(day))),
            FieldId::LeadProfessional => {
                person.phone.map(|number| (FieldId::ContactNumber, Value::Text(Redacted::new(number))))
            }
            _ => None,
        };
        if let Some((field, value)) = found {
            self.asides.push(Aside { name, at: raw.at.clone(), field, value });
        }
    }

    pub(super) fn take_asides(&mut self) {
        for aside in std::mem::take(&mut self.asides) {
            let disputed = self
                .findings
                .iter()
                .any(|finding| finding.field == Some(aside.field) && finding.code == FindingCode::Contradiction);
            let named = self.fields.get(&aside.name).is_some_and(|found| found.at == aside.at);
            if named && !disputed && !self.fields.contains_key(&aside.field) {
                self.fields.insert(aside.field, Found { value: aside.value, at: aside.at });
            }
        }
    }
}
