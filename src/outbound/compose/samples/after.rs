//! Invented views of the mails after a meeting.

use super::children::{item, items, paper};
use super::{at, meeting, next_meeting};
use crate::casework::agenda::{Action, Item};
use crate::casework::panel::{ClockRule, SectionId};
use crate::casework::{CaseRef, Format, HeldRef, MessageRef, Redacted};
use crate::outbound::compose::{
    Letterhead, appendix, handed_on, health_copy, health_notes, meeting_changed, notes, notification, outcome_query,
    reminder,
};
use jiff::civil::date;

pub(in super::super) fn notifications(head: &Letterhead) -> Vec<notification::View> {
    let review = |provisional, instead_of| notification::What::Review {
        due: date(2026, 12, 4),
        meeting: next_meeting(),
        cutoff_at: at("2026-11-27T10:00:00Z"),
        provisional,
        instead_of,
    };
    let plain = notification::View {
        head: head.clone(),
        case: CaseRef(42),
        initials: "A.E.".to_owned().into(),
        lcs_number: Some("1234567".to_owned().into()),
        heard: meeting(),
        rating: Some("Significant".to_owned()),
        what: review(false, None),
        rule: "SY-28".to_owned(),
    };
    let with = |what, rule: &str| notification::View { what, rule: rule.to_owned(), ..plain.clone() };
    let bare =
        notification::View { lcs_number: None, rating: None, ..with(review(true, Some(date(2026, 12, 8))), "MC-35") };
    let deferred = notification::What::Deferred { meeting: next_meeting(), cutoff_at: at("2026-11-27T10:00:00Z") };
    vec![
        plain.clone(),
        bare,
        with(deferred, "SY-17"),
        with(notification::What::Closed, "SY-20"),
        with(notification::What::EndFlag, "SH-09"),
    ]
}

pub(in super::super) fn reminders(head: &Letterhead) -> Vec<reminder::View> {
    let plain = reminder::View {
        head: head.clone(),
        case: CaseRef(42),
        initials: "A.E.".to_owned().into(),
        lcs_number: Some("1234567".to_owned().into()),
        what: reminder::What::Review { meeting: next_meeting(), cutoff_at: at("2026-11-27T10:00:00Z") },
        rule: "SY-29".to_owned(),
    };
    let with = |what, rule: &str| reminder::View { what, rule: rule.to_owned(), ..plain.clone() };
    let (assessed_on, due) = (date(2026, 11, 2), date(2026, 11, 30));
    let assessment = |overdue| reminder::What::Assessment { assessed_on, due, overdue };
    let first = |overdue| reminder::What::FirstAssessment { taken: date(2026, 11, 16), working_days: 10, due, overdue };
    let alert = |manager_told| reminder::What::PracticeAlert { assessed_on, due, manager_told };
    let template = |overdue| reminder::What::Template { meeting: meeting(), due: date(2026, 11, 29), overdue };
    let senior = reminder::What::SeniorReview { start: date(2026, 5, 29), months: 6, due: date(2026, 11, 29) };
    let clock = |clock, overdue| reminder::What::Clock { clock, started: date(2026, 8, 29), due, overdue };
    let starts = date(2026, 12, 1).at(10, 15, 0, 0);
    let stand_in = |update_form| reminder::What::StandIn { meeting: next_meeting(), starts, update_form };
    vec![
        reminder::View { lcs_number: None, ..plain.clone() },
        plain.clone(),
        with(assessment(false), "SH-15"),
        with(assessment(true), "SY-31"),
        with(alert(true), "SH-31"),
        with(alert(false), "SH-31"),
        with(template(false), "SH-14"),
        with(template(true), "SH-14"),
        with(senior, "SH-30"),
        with(clock(ClockRule::Sh18, true), "SH-18"),
        with(clock(ClockRule::Sy32, false), "SY-32"),
        with(clock(ClockRule::Sy33, false), "SY-33"),
        with(stand_in(true), "SY-14"),
        with(stand_in(false), "SH-11"),
        with(first(false), "BD-03"),
        with(first(true), "BD-03"),
        with(reminder::What::HealthAssessment { taken: date(2026, 11, 16) }, "BD-04"),
        with(clock(ClockRule::S008, false), "S0-08"),
    ]
}

pub(in super::super) fn outcome_queries(head: &Letterhead) -> Vec<outcome_query::View> {
    let child = |n, initials: &str, otherwise| outcome_query::Child {
        case: CaseRef(n),
        initials: initials.to_owned().into(),
        otherwise,
    };
    let proposed = outcome_query::Otherwise::Proposed { due: date(2027, 1, 5), latest: date(2027, 1, 19) };
    let plain = outcome_query::View {
        head: head.clone(),
        meeting: meeting(),
        children: vec![
            child(42, "A.E.", proposed),
            child(17, "B.S.", outcome_query::Otherwise::Stands { due: date(2027, 2, 24) }),
            child(51, "C.P.", outcome_query::Otherwise::Nothing { rating: None }),
            child(52, "D.R.", outcome_query::Otherwise::Nothing { rating: Some("Minimal".to_owned()) }),
        ],
        answer_by: at("2026-11-26T17:00:00Z"),
        rule: "MC-35".to_owned(),
    };
    let one = outcome_query::View { children: plain.children.iter().take(1).cloned().collect(), ..plain.clone() };
    vec![plain, one]
}

pub(in super::super) fn appendices(head: &Letterhead) -> Vec<appendix::View> {
    let plain = appendix::View {
        head: head.clone(),
        case: CaseRef(42),
        initials: "A.E.".to_owned().into(),
        meeting: Some(meeting()),
        held: HeldRef(7),
        released_by: "Lena Nettleton".to_owned().into(),
        paper: paper(42, "appendix", Format::Docx, None),
        rule: "SY-21".to_owned(),
    };
    vec![appendix::View { meeting: None, ..plain.clone() }, plain]
}

pub(in super::super) fn meetings_changed(head: &Letterhead) -> Vec<meeting_changed::View> {
    let moved = meeting_changed::View {
        head: head.clone(),
        was: date(2026, 11, 24).at(10, 0, 0, 0),
        moved_to: Some(next_meeting()),
        next: None,
        cases: Vec::new(),
        rule: "MC-13".to_owned(),
    };
    let not_held = meeting_changed::View { moved_to: None, next: Some(next_meeting()), ..moved.clone() };
    let of_health = meeting_changed::View { cases: vec![CaseRef(42), CaseRef(43)], ..moved.clone() };
    let left = meeting_changed::View { cases: vec![CaseRef(42)], next: None, ..not_held.clone() };
    vec![moved, not_held, of_health, left]
}

pub(in super::super) fn handed_on(head: &Letterhead) -> Vec<handed_on::View> {
    let health = handed_on::View {
        head: head.clone(),
        what: handed_on::What::Health,
        case: CaseRef(42),
        child: "Alexia Example".to_owned().into(),
        meeting: Some(meeting()),
        message: MessageRef(318),
        received_at: at("2026-11-19T14:20:00Z"),
        from: "Nadia Sample <n.sample@acute.nhs.example>".to_owned().into(),
        from_role: Some("named nurse (acute trust)".to_owned()),
        words: lines(&[
            "Two attendances at A&E since September, both after midnight.",
            "",
            "She missed her last appointment.",
        ]),
        cut: false,
        papers: vec![paper(42, "health-answer", Format::Docx, None), paper(42, "letter", Format::Pdf, None)],
        waiting: 0,
        rule: "MC-10".to_owned(),
    };
    let update = handed_on::View {
        what: handed_on::What::Update,
        from: "Femi Sample <f.sample@surrey.example>".to_owned().into(),
        from_role: Some("team manager".to_owned()),
        words: lines(&["I come in Samira's place. The update is attached."]),
        papers: vec![paper(42, "update", Format::Docx, None)],
        rule: "SY-14".to_owned(),
        ..health.clone()
    };
    let bare = handed_on::View {
        meeting: None,
        from: "n.sample@acute.nhs.example".to_owned().into(),
        from_role: None,
        words: Vec::new(),
        papers: Vec::new(),
        waiting: 2,
        ..health.clone()
    };
    let long = handed_on::View { cut: true, waiting: 1, ..health.clone() };
    vec![health, update, bare, long]
}

fn lines(text: &[&str]) -> Vec<Redacted<String>> {
    text.iter().map(|line| (*line).to_owned().into()).collect()
}

pub(super) fn actions() -> Vec<Action> {
    let action = |text: &str, who: Option<&str>, due, by: Option<&str>, state: Option<&str>| Action {
        text: text.to_owned().into(),
        who: who.map(|w| w.to_owned().into()),
        due,
        by: by.map(|b| b.to_owned().into()),
        state: state.map(str::to_owned),
    };
    vec![
        action("Visit the family", Some("Samira Sample"), Some(date(2026, 12, 2)), None, None),
        action("Offer a health assessment", Some("School nurse"), None, Some("before the holidays"), Some("ongoing")),
        action("Submit the NRM referral", None, None, None, Some("outstanding")),
    ]
}

pub(in super::super) fn notes(head: &Letterhead) -> Vec<notes::View> {
    let recorded = |item: Item, case, format| Item {
        papers: vec![paper(case, "recording", format, None)],
        notes: Vec::new(),
        ..item
    };
    let first = notes::Child {
        item: recorded(item(), 42, Format::Docx),
        previous_rating: Some("Emerging".to_owned()),
        decision: notes::Decision::Continue { review: Some(date(2027, 1, 5)), provisional: false },
        rationale: None,
        safety_plan: lines(&["Home by 21:00; calls if late.", "Safe space: the youth centre on the High Street."]),
        disruption_plan: lines(&["Police: visit the address; warning notice considered."]),
        actions: actions(),
        attended: lines(&["Samira Sample", "Lena Nettleton"]),
        apologies: lines(&["Keir Grimshaw"]),
        corrected: false,
        appendix: true,
    };
    let [_, review, follow] = items().try_into().unwrap_or_else(|_| [item(), item(), item()]);
    let bare = |item: Item, decision| notes::Child {
        item: Item { papers: Vec::new(), notes: Vec::new(), ..item },
        previous_rating: None,
        decision,
        rationale: None,
        safety_plan: Vec::new(),
        disruption_plan: Vec::new(),
        actions: Vec::new(),
        attended: Vec::new(),
        apologies: Vec::new(),
        corrected: false,
        appendix: false,
    };
    let closed = notes::Child {
        rationale: Some("No evidence of risk for six months; the plan is carried by the school.".to_owned().into()),
        attended: lines(&["Lena Nettleton"]),
        ..bare(review.clone(), notes::Decision::Close)
    };
    let deferred = notes::Child {
        corrected: true,
        apologies: lines(&["Samira Sample"]),
        ..bare(
            Item { section: SectionId::Review, ..follow },
            notes::Decision::Defer { review: Some(date(2026, 12, 1)) },
        )
    };
    let asked = bare(
        Item { case: CaseRef(60), number: 4, ..review.clone() },
        notes::Decision::Continue { review: None, provisional: false },
    );
    let set = bare(
        Item { case: CaseRef(61), number: 5, ..review },
        notes::Decision::Continue { review: Some(date(2027, 2, 24)), provisional: true },
    );
    let put_off = bare(item(), notes::Decision::Defer { review: None });
    let plain = notes::View {
        head: head.clone(),
        meeting: meeting(),
        children: vec![first.clone(), closed, deferred, asked, set],
        to_follow: vec![CaseRef(70), CaseRef(71)],
        one_child: false,
        challenge_by: date(2026, 12, 3),
        part: None,
    };
    let one = notes::View { children: vec![first], to_follow: Vec::new(), one_child: true, ..plain.clone() };
    let short = notes::View { children: vec![put_off], to_follow: Vec::new(), ..plain.clone() };
    let second = notes::View { part: Some((2, 2)), ..plain.clone() };
    vec![plain, one, short, second]
}

pub(in super::super) fn health_notes(head: &Letterhead) -> Vec<health_notes::View> {
    let plain = health_notes::View {
        head: head.clone(),
        meeting: meeting(),
        item: Item { papers: Vec::new(), ..item() },
        sent_to: "the child's GP practice".to_owned(),
        risk_factors: vec!["Regular missing person".to_owned(), "Substance misuse".to_owned()],
        lead: Some(health_copy::Lead {
            name: "Samira Sample".to_owned().into(),
            agency: Some("Children's Services".to_owned()),
            contact: Some("01483 000 111".to_owned().into()),
        }),
        decision: notes::Decision::Continue { review: Some(date(2027, 1, 5)), provisional: false },
        safety_plan: lines(&["Home by 21:00; calls if late."]),
        actions: actions().into_iter().skip(1).take(1).collect(),
        corrected: false,
        basis: "clause 4.2 of the Surrey multi-agency information-sharing protocol".to_owned(),
    };
    let bare = health_notes::View {
        item: Item {
            rating: None,
            risk_types: Vec::new(),
            child: crate::casework::agenda::ChildIdentity {
                date_of_birth: None,
                lcs_number: None,
                nhs_number: None,
                ..plain.item.child.clone()
            },
            ..plain.item.clone()
        },
        risk_factors: Vec::new(),
        lead: Some(health_copy::Lead { name: "Samira Sample".to_owned().into(), agency: None, contact: None }),
        decision: notes::Decision::Close,
        safety_plan: Vec::new(),
        actions: Vec::new(),
        corrected: true,
        ..plain.clone()
    };
    let nobody = health_notes::View { lead: None, ..bare.clone() };
    vec![plain, bare, nobody]
}
