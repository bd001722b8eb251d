//! What stands elsewhere on a form and only looks like an answer: boxes under another question, the day of an entry, what was
//! said behind a name and a colon.

use super::offices::table;
use super::*;

const RAT: &str = "Exploited and Missing Child Risk Assessment";
const CE: &str = "Child Exploitation (CE) Assessment";
const CHILD: &[[&str; 2]] = &[
    ["Child's name", "Zoe Example"],
    ["DOB", "01/02/2011"],
    ["NHS number", "999 000 0018"],
    ["LCS number", "1234567"],
];

/// A form of the child's name and birthday, and `after` behind it.
fn form(title: &str, after: &str) -> ReadReport {
    let report = read(&docx(&format!("{}{}{after}", p(title), table(CHILD))));
    assert!(report.readings[0].form.is_some(), "{title}");
    report
}

/// A question and its boxes: beside it, under it in its cell's place or in paragraphs, and each option in a row of its own.
fn layouts(question: &str, options: &[&str]) -> [String; 4] {
    let line = options.join("   ");
    let parted = |option: &&str| -> [String; 2] {
        let (tick, text) = option.split_at(option.chars().next().unwrap().len_utf8());
        [text.trim().to_owned(), tick.to_owned()]
    };
    let rows: Vec<[String; 2]> = options.iter().map(parted).collect();
    let rows: Vec<[&str; 2]> = rows.iter().map(|[text, tick]| [text.as_str(), tick.as_str()]).collect();
    let paragraphs: String = options.iter().map(|option| p(option)).collect();
    [
        table(&[[question, &line]]),
        table(&[[question], [&line]]),
        format!("{}{paragraphs}", p(question)),
        format!("{}{}", p(question), table(&rows)),
    ]
}

#[test]
fn boxes_under_another_question_are_not_the_fields_own() {
    let rating = ["☐ Minimal", "☐ Emerging", "☒ Significant", "☐ Experiencing"];
    let kinds = ["☒ Sexual exploitation", "☐ Criminal exploitation", "☒ Missing episodes"];
    let factors = ["☒ Regular missing person", "☐ Substance misuse", "☒ Self harm"];
    let outcome = ["☐ Child is being exploited", "☒ Child may be being exploited", "☐ Child is not being exploited"];
    for (title, field, options, own, others) in [
        (
            RAT,
            FieldId::RiskRating,
            &rating[..],
            "Please tick the level of risk",
            &["Risk rating at last RMM", "Sibling’s risk rating", "Risk posed by alleged perpetrator", "Parent’s view"]
                [..],
        ),
        (
            RAT,
            FieldId::AssessmentType,
            &["☐ Initial", "☒ Review"],
            "Assessment",
            &["Type of conference", "Health assessment"],
        ),
        (RAT, FieldId::RiskTypes, &kinds, "Concerns", &["Historic concerns", "Training attended by worker"]),
        (
            RAT,
            FieldId::RiskFactors,
            &factors,
            "Indicators of risk",
            &["Risk factors for sibling", "Factors no longer present"],
        ),
        (
            CE,
            FieldId::Outcome,
            &outcome,
            "Conclusion of the assessment",
            &["Outcome of last CE assessment", "Parent’s view"],
        ),
    ] {
        let said = |question: &str| {
            layouts(question, options).map(|rows| {
                let report = form(title, &rows);
                report.readings[0].fields.contains_key(&field)
            })
        };
        assert_eq!(said(own), [true; 4], "{field}: {own}");
        for other in others {
            assert_eq!(said(other), [false; 4], "{field}: {other}");
        }
    }
}

#[test]
fn a_label_left_open_is_not_answered_by_the_boxes_of_another_question() {
    let boxes = "☐ Minimal ☐ Emerging ☒ Significant ☐ Experiencing";
    for rows in [
        [["Risk rating at last RMM", boxes], ["Current risk rating", ""]],
        [["Current risk rating", ""], ["Risk rating at last RMM", boxes]],
    ] {
        assert_eq!(text(&form(RAT, &table(&rows)), FieldId::RiskRating), None);
    }
    let kinds =
        ["☒ Sexual exploitation ☐ Criminal exploitation", "☐ S – Sexual exploitation ☐ C – Criminal exploitation"];
    let report = form(RAT, &table(&[["Historic concerns", kinds[0]], ["Key risk for the child", kinds[1]]]));
    assert!(report.readings[0].list(FieldId::RiskTypes).is_empty());
}

#[test]
fn the_day_of_an_entry_or_of_a_parents_signature_is_not_that_of_the_assessment() {
    let entries = |heads: &[&str], entry: &[&str]| table(&[heads, entry]);
    for after in [
        entries(&["Date", "Event"], &["03/10/2026", "Missing from home"]),
        entries(&["Date", "Time", "Date returned"], &["03/10/2026", "22:00", "04/10/2026"]),
        entries(&["Date", "Risk rating", "Completed by"], &["01/06/2026", "Significant", "Jo Price"]),
        table(&[["Signature of parent", "S Example", "Date", "03/10/2026"]]),
        p("Parent signature: S Example; Date: 03/10/2026"),
    ] {
        assert_eq!(said(&form(RAT, &after), FieldId::AssessmentDate), None, "{after}");
    }
    for after in [
        table(&[["Completed by", "Pat Worker", "Date", "03/10/2026"]]),
        entries(&["Completed by", "Role", "Date"], &["Pat Worker", "Nurse", "03/10/2026"]),
    ] {
        assert_eq!(said(&form(RAT, &after), FieldId::AssessmentDate).as_deref(), Some("2026-10-03"), "{after}");
    }
}

#[test]
fn what_was_said_behind_a_name_and_a_colon_is_no_answer() {
    for (told, field) in [
        ("Manager: agrees.", FieldId::Manager),
        ("Manager: thanked everyone.", FieldId::Manager),
        ("Lead professional: Pat Worker spoke with the sister.", FieldId::LeadProfessional),
        ("School: attends daily.", FieldId::Education),
        ("Placement: broke down on 3 September 2026.", FieldId::Placement),
        ("Completed by: Friday 6 November", FieldId::CompletedBy),
    ] {
        assert_eq!(said(&form(RAT, &format!("{}{}", p("Analysis"), p(told))), field), None, "{told}");
        assert_eq!(said(&form(RAT, &table(&[["Analysis", told]])), field), None, "{told}");
    }
    let all =
        "Social worker: Home visits continue weekly. School: attendance 62%. GP: seen on 1 October. Manager: agrees.";
    let report = form(RAT, &format!("{}{}", p("Analysis"), p(all)));
    for field in [FieldId::LeadProfessional, FieldId::Education, FieldId::Gp, FieldId::Manager] {
        assert_eq!(said(&report, field), None, "{field}");
    }
    assert_eq!(said(&form(RAT, &p("Manager: Ann Chief")), FieldId::Manager).as_deref(), Some("Ann Chief"));
}

#[test]
fn a_doubtful_list_or_name_is_none() {
    let list = |label: &str, answer: &str, field: FieldId| {
        form(RAT, &table(&[[label, answer]])).readings[0].list(field).concat()
    };
    for undeleted in ["CPP/CIN/LAC", "CPP / LAC / CIN (delete as appropriate)"] {
        assert_eq!(list("Legal status", undeleted, FieldId::LegalStatus), "");
    }
    assert_eq!(list("Legal status", "LAC / S20", FieldId::LegalStatus), "LACS20");
    assert_eq!(list("Key risk for the child", "C, ?T", FieldId::RiskTypes), "");
    let told = "Emerging risk of sexual exploitation, no evidence of criminal exploitation";
    assert_eq!(list("Current CE risk rating", told, FieldId::RiskTypes), "");
    for name in [
        &["Child's name", "Stone", "Amelia"][..],
        &["Child's name", "Redacted"],
        &["Child's name", "Amy and Ben Stone"],
    ] {
        let rows: Vec<&[&str]> = [name].into_iter().chain(CHILD.iter().skip(1).map(<[&str; 2]>::as_slice)).collect();
        let report = read(&docx(&format!("{}{}", p(RAT), table(&rows))));
        assert!(report.readings[0].form.is_some());
        assert_eq!(said(&report, FieldId::ChildName), None, "{name:?}");
    }
}

#[test]
fn an_option_that_goes_on_in_another_line_asks_nothing() {
    let lines = ["☐ Minimal", "☐ Emerging", "multi-agency professional judgement)", "☒ Significant", "☐ Experiencing"];
    let report = form(RAT, &lines.map(p).concat());
    assert_eq!(said(&report, FieldId::RiskRating).as_deref(), Some("significant"));
}
