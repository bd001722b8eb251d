//! Any form, filled in with anything, laid out in any of the ways that offices lay forms out, reads back what was written.

mod document;

use super::*;
use document::{LAYOUTS, Layout, document};
use proptest::prelude::*;
use std::sync::LazyLock;

static TABLES: LazyLock<FormTables> = LazyLock::new(|| FormTables::shipped().unwrap());

/// Forms of one child, and the title each is known by.
const FORMS: &[(&str, &str)] = &[
    ("surrey-rat", "Exploited and Missing Child Risk Assessment Tool (RAT)"),
    ("surrey-rmm-recording-template", "Child Exploitation Risk Management Meeting recording template"),
    ("surrey-rmm-checklist", "Child Exploitation RMM Checklist"),
    ("st-helens-ce-assessment", "St Helens Child Exploitation (CE) Assessment"),
    ("blackburn-cse-assessment", "Engage CSE Assessment"),
    ("mace-referral", "Multi-Agency Child Exploitation (MACE) Referral Form"),
    ("screening-tool", "Child Exploitation Screening Tool"),
    ("return-home-interview", "Independent Return Home Interview"),
];

/// A label as some office prints it, what was written there, and what must be read.
#[derive(Clone, Debug)]
struct Answer {
    field: FieldId,
    label: String,
    written: String,
    /// The day, where it is one: a workbook may hold it as such.
    day: Option<Date>,
    read: Value,
}

/// One child's form, as somebody filled it in.
#[derive(Clone, Debug)]
struct Filled {
    form: usize,
    answers: Vec<Answer>,
}

impl Filled {
    fn title(&self) -> &'static str {
        FORMS[self.form].1
    }

    fn pairs(&self) -> Vec<(String, String)> {
        self.answers.iter().map(|answer| (answer.label.clone(), answer.written.clone())).collect()
    }
}

fn days() -> impl Strategy<Value = (Date, String)> {
    (2009i16..2016, 1i8..13, 1i8..29, 0usize..8)
        .prop_map(|(year, month, day, style)| written(date(year, month, day), style))
}

fn recent_days() -> impl Strategy<Value = (Date, String)> {
    (1i64..300, 0usize..8)
        .prop_map(|(ago, style)| written(TODAY.checked_sub(jiff::Span::new().days(ago)).unwrap(), style))
}

fn written(day: Date, style: usize) -> (Date, String) {
    const STYLES: [&str; 8] =
        ["%d/%m/%Y", "%-d/%-m/%Y", "%d.%m.%Y", "%-d %B %Y", "%-d %b %Y", "%Y-%m-%d", "%A %-d %B %Y", "%d-%m-%Y"];
    (day, day.strftime(STYLES[style]).to_string())
}

fn people() -> impl Strategy<Value = String> {
    ("[A-Z][a-z]{2,7}", "(O'|Mc|)[A-Z][a-z]{2,8}(-[A-Z][a-z]{2,6})?")
        .prop_map(|(given, family)| format!("{given} {family}x"))
}

fn nhs_numbers() -> impl Strategy<Value = String> {
    (0u32..999_999).prop_filter_map("no check digit", |n| {
        (0..10).map(|check| format!("999{n:06}{check}")).find(|number| answer::nhs_number(number).is_ok())
    })
}

fn words(prefix: &'static str) -> impl Strategy<Value = String> {
    "[A-Z][a-z]{3,8}".prop_map(move |word| format!("{prefix} {word}x"))
}

/// What may be written into a field, and what is read then.
fn answers(field: FieldId, table: &'static FormTable) -> BoxedStrategy<(String, Option<Date>, Value)> {
    let plain = |text: String| (text.clone(), None, Value::Text(text.into()));
    match field {
        FieldId::ChildName | FieldId::LeadProfessional | FieldId::Manager => people().prop_map(plain).boxed(),
        FieldId::DateOfBirth => days().prop_map(|(day, text)| (text, Some(day), Value::Date(day))).boxed(),
        FieldId::AssessmentDate | FieldId::ReferralDate => {
            recent_days().prop_map(|(day, text)| (text, Some(day), Value::Date(day))).boxed()
        }
        FieldId::NhsNumber => (nhs_numbers(), any::<bool>())
            .prop_map(|(number, spaced)| {
                let text = format!("{} {} {}", &number[..3], &number[3..6], &number[6..]);
                (if spaced { text } else { number.clone() }, None, Value::Text(number.into()))
            })
            .boxed(),
        FieldId::LcsNumber => "[1-9][0-9]{4,6}".prop_map(plain).boxed(),
        FieldId::Address => words("12 Invented Road,").prop_map(plain).boxed(),
        FieldId::Education => words("Example School").prop_map(plain).boxed(),
        FieldId::Gp => words("Dr Invented, Surgery").prop_map(plain).boxed(),
        FieldId::Agency => words("Invented Agency").prop_map(plain).boxed(),
        FieldId::ContactNumber => "01632 960[0-9]{3}".prop_map(plain).boxed(),
        // One of a closed set, written or ticked.
        _ => {
            let options = &table.fields[&field].options;
            (0..options.len(), any::<bool>())
                .prop_map(|(chosen, ticked)| {
                    let says = |at: usize| title_case(&options[at].says[0]);
                    let boxes =
                        (0..options.len()).map(|at| format!("{} {}", if at == chosen { "☒" } else { "☐" }, says(at)));
                    let text = if ticked { boxes.collect::<Vec<_>>().join("  ") } else { says(chosen) };
                    (text, None, Value::Text(options[chosen].value.clone().into()))
                })
                .boxed()
        }
    }
}

fn title_case(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn filled(form: usize) -> impl Strategy<Value = Filled> {
    let id = FORMS[form].0;
    let table = TABLES.tables.iter().find(|table| table.id.as_str() == id).unwrap();
    let asked = |field: &FieldId| table.fields.get(field).is_some_and(|spec| !spec.aliases.is_empty());
    let wanted = [
        FieldId::ChildName,
        FieldId::DateOfBirth,
        FieldId::AssessmentDate,
        FieldId::LeadProfessional,
        FieldId::LcsNumber,
        FieldId::NhsNumber,
        FieldId::Address,
        FieldId::Education,
        FieldId::Gp,
        FieldId::Manager,
        FieldId::Agency,
        FieldId::ContactNumber,
        FieldId::ReferralDate,
        FieldId::RiskRating,
        FieldId::Outcome,
        FieldId::AssessmentType,
    ];
    let each: Vec<_> = wanted
        .into_iter()
        .filter(asked)
        .map(|field| {
            let aliases = &table.fields[&field].aliases;
            (0..aliases.len(), answers(field, table), any::<bool>()).prop_map(
                move |(alias, (written, day, read), kept)| {
                    let label = title_case(&aliases[alias]);
                    (kept, Answer { field, label, written, day, read })
                },
            )
        })
        .collect();
    (each, any::<proptest::sample::Index>()).prop_map(move |(answers, turn)| {
        // The child's name and date of birth always; the order is the office's.
        let mut answers: Vec<Answer> = answers
            .into_iter()
            .enumerate()
            .filter(|(n, (kept, _))| *n < 5 || *kept)
            .map(|(_, (_, answer))| answer)
            .collect();
        // Right behind a school or a practice it could be theirs, and is nobody's.
        let of_agency = answers.iter().any(|one| matches!(one.field, FieldId::Manager | FieldId::Agency));
        answers.retain(|one| one.field != FieldId::ContactNumber || of_agency);
        let by = turn.index(answers.len());
        answers[1..].rotate_left(by.saturating_sub(1));
        Filled { form, answers }
    })
}

fn differences(form: &Filled, reading: &Reading) -> Vec<String> {
    let mut out = Vec::new();
    if reading.form.as_ref().map(|form| form.as_str()) != Some(FORMS[form.form].0) {
        return vec![format!("read as {:?}", reading.form)];
    }
    for answer in &form.answers {
        let found = reading.fields.get(&answer.field).map(|found| &found.value);
        if found != Some(&answer.read) {
            let json = |value| serde_json::to_string(&value).unwrap();
            out.push(format!("{} under {:?}: {}, wrote {:?}", answer.field, answer.label, json(found), answer.written));
        }
    }
    let known = |field: FieldId| form.answers.iter().any(|answer| answer.field == field);
    for (field, found) in reading.fields.iter().chain(&reading.passages).filter(|(field, _)| !known(**field)) {
        out.push(format!("{field} made up: {}", serde_json::to_string(&found.value).unwrap()));
    }
    out
}

fn check(forms: &[Filled], layout: Layout) -> Result<(), TestCaseError> {
    let bytes = document(forms, layout);
    let report = read_document(&bytes, None, &TABLES, &Limits::default(), TODAY, &ReadOptions::default());
    prop_assert_eq!(report.readings.len(), forms.len(), "{:?}", layout);
    for (form, reading) in forms.iter().zip(&report.readings) {
        let mut found = differences(form, reading);
        if matches!(layout, Layout::RepeatedHeader) {
            // At the top of another page nothing says whose number it is.
            found.retain(|told| !(told.starts_with("contact_number ") && told.contains(": null, ")));
        }
        prop_assert!(found.is_empty(), "{:?}, {}:\n{}", layout, FORMS[form.form].0, found.join("\n"));
    }
    Ok(())
}

fn layouts() -> impl Strategy<Value = Layout> {
    proptest::sample::select(LAYOUTS)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn any_form_in_any_layout_reads_back_its_own_values(
        form in (0..FORMS.len()).prop_flat_map(filled), layout in layouts(),
    ) {
        check(&[form], layout)?;
    }

    #[test]
    fn a_second_childs_form_behind_the_first_is_read_as_hers(
        forms in (0..FORMS.len()).prop_flat_map(|form| (filled(form), filled(form))), layout in layouts(),
    ) {
        let (first, second) = forms;
        prop_assume!(first.answers[0].read != second.answers[0].read);
        check(&[first, second], layout)?;
    }
}
