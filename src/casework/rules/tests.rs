//! Decisions as sentences: each test names the rule it shows.

use super::*;
use crate::casework::calendar::Meeting;
use crate::casework::identify::{Identity, Unclear};
use crate::casework::panel::{Profile, SectionId};
use crate::casework::{
    CaseRef, FieldId, Finding, FindingCode, FormId, Format, Found, MeetingId, PanelId, Reading, Redacted, Sha256, Value,
};
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;

pub(super) fn profile(late: &str) -> Profile {
    serde_json::from_value(json!({
        "id": "p", "name": "P", "short": "P", "authority": "surrey", "authority_name": "Surrey", "domains": ["surrey.example"],
        "mailboxes": ["p"], "from": "p@surrey.example", "emergency": "Ring 999.", "location": "-",
        "series": {"start": "2026-01-07T10:00", "rrule": "FREQ=WEEKLY"},
        "cutoff": {"rule": "working-days-before", "days": 2}, "pack": {"rule": "at-cutoff"}, "late": late,
        "accepts": ["surrey-rat", "ce-assessment", "return-home-interview"],
        "sections": [
            {"id": "new", "title": "New", "minutes": 15}, {"id": "review", "title": "Review", "minutes": 15},
            {"id": "closure", "title": "Closure", "minutes": 15}, {"id": "missing", "title": "Missing", "minutes": 10},
        ],
        "session_minutes": 180,
        "scale": [{"id": "emerging", "title": "Emerging"}, {"id": "experiencing", "title": "Experiencing", "very_high": true}],
        "assessment_age": {"days": 28}, "core_roles": ["chair"],
        "working_hours": {"start": "09:00:00", "end": "17:00:00"},
        "alerts": {"owner": "admin", "deputy": "admin", "chair": "chair"},
    }))
    .unwrap()
}

/// Wednesdays at 10:00, cut-off the Monday before at 10:00.
fn meetings() -> Vec<Meeting> {
    ["2026-11-25", "2026-12-02", "2026-12-09"]
        .into_iter()
        .map(|date| {
            let date: jiff::civil::Date = date.parse().unwrap();
            let starts = date.at(10, 0, 0, 0);
            let starts_at = starts.in_tz("Europe/London").unwrap().timestamp();
            let cutoff_at = starts_at.checked_sub(jiff::SignedDuration::from_hours(48)).unwrap();
            Meeting {
                id: MeetingId { panel: PanelId::new("p"), date },
                starts,
                starts_at,
                cutoff_at,
                list_at: None,
                pack_at: cutoff_at,
                supplement_at: None,
                warnings: Vec::new(),
            }
        })
        .collect()
}

fn form(fields: &[(FieldId, &str)]) -> Reading {
    let mut all: BTreeMap<FieldId, Found> = BTreeMap::new();
    let standard = [
        (FieldId::ChildName, "Tom Reed"),
        (FieldId::DateOfBirth, "2010-05-04"),
        (FieldId::AssessmentDate, "2026-11-16"),
        (FieldId::RiskRating, "emerging"),
    ];
    for (field, text) in standard.iter().chain(fields) {
        let value = match text.parse() {
            Ok(date) => Value::Date(date),
            Err(_) if *field == FieldId::RiskTypes => Value::List(text.split(',').map(str::to_owned).collect()),
            Err(_) => Value::Text(Redacted::new((*text).to_owned())),
        };
        all.insert(*field, Found { value, at: "Sheet1!B2".to_owned() });
    }
    Reading {
        reading: 1,
        format: Format::Xlsx,
        form: Some(FormId::new("surrey-rat")),
        fields: all,
        passages: BTreeMap::new(),
        findings: Vec::new(),
    }
}

fn read(reading: Reading) -> SubmittedReading {
    SubmittedReading {
        reading,
        identity: Identity::New,
        existing: None,
        elsewhere: false,
        heard_before: false,
        lead_settled: false,
        mismatch: None,
        heard: None,
    }
}

fn paper(readings: Vec<SubmittedReading>) -> SubmittedDocument {
    SubmittedDocument {
        path: "2".to_owned(),
        sha256: Sha256::of(b"paper"),
        format: Format::Xlsx,
        decoration: false,
        pasted: false,
        seen: None,
        elsewhere: false,
        readings,
    }
}

fn mail(arrived: &str, documents: Vec<SubmittedDocument>) -> Submission {
    let arrived_at: Timestamp = arrived.parse().unwrap();
    let sender = Sender {
        looks_like: None,
        is_obeyed: false,
        address: Some("priya.nair@surrey.example".parse().unwrap()),
        name: None,
        listed: None,
        own_authority: true,
        standing: Standing::Known,
    };
    Submission {
        arrived_at,
        now: arrived_at,
        kind: MessageKind::Person,
        sender,
        urgent: false,
        note: None,
        about: Vec::new(),
        passed_over: None,
        from_health: false,
        do_not_share: false,
        is_reply_to_us: false,
        problems: Vec::new(),
        documents,
        word: Override::default(),
    }
}

fn one(arrived: &str, reading: SubmittedReading) -> Submission {
    mail(arrived, vec![paper(vec![reading])])
}

fn listing(decision: &Decision) -> &Listing {
    match &decision.items.first().unwrap().outcome {
        ItemOutcome::Accepted { listing: Some(listing), .. } | ItemOutcome::Held { listing: Some(listing), .. } => {
            listing
        }
        other => panic!("not listed: {other:?}"),
    }
}

fn held(decision: &Decision) -> Option<HoldKind> {
    match &decision.items.first()?.outcome {
        ItemOutcome::Held { kind, .. } => Some(*kind),
        _ => None,
    }
}

const IN_TIME: &str = "2026-11-20T12:00:00Z";
const LATE: &str = "2026-11-24T12:00:00Z";

#[test]
fn sy_06_a_paper_in_time_is_heard_at_the_next_meeting() {
    let decision = decide(&one(IN_TIME, read(form(&[]))), &profile("next_meeting"), &meetings());
    assert_eq!((decision.fate, decision.rule, decision.answer), (Fate::Accepted, "SY-06", Answer::Full));
    let listing = listing(&decision);
    assert_eq!((listing.meeting.date.to_string().as_str(), listing.section), ("2026-11-25", SectionId::New));
    assert!(decision.alerts.is_empty());
}

#[test]
fn sy_07_a_late_referral_goes_to_the_next_meeting_and_the_chair_is_asked_only_where_it_is_urgent() {
    let decision = decide(&one(LATE, read(form(&[]))), &profile("next_meeting"), &meetings());
    assert_eq!((decision.fate, decision.rule), (Fate::Accepted, "SY-07"));
    assert_eq!(listing(&decision).meeting.date.to_string(), "2026-12-02");
    assert!(!listing(&decision).ask_chair);
    let high = one(LATE, read(form(&[(FieldId::RiskRating, "experiencing")])));
    let decision = decide(&high, &profile("next_meeting"), &meetings());
    assert_eq!(decision.alerts, [AlertKind::LatePaper], "MC-22");
}

#[test]
fn mc_31_a_late_paper_is_provisionally_on_the_next_meeting_and_the_chair_is_asked_at_once() {
    let decision = decide(&one(LATE, read(form(&[]))), &profile("ask_chair"), &meetings());
    assert_eq!(decision.rule, "MC-31");
    assert!(listing(&decision).ask_chair);
    assert_eq!(decision.alerts, [AlertKind::LatePaper]);
}

#[test]
fn sy_07_a_late_paper_is_not_a_late_child() {
    let mut reading = read(form(&[]));
    reading.identity = Identity::Known(CaseRef(7));
    let meetings = meetings();
    reading.existing = Some(ExistingListing { pack_drawn: true, is_review: true, ..listed_at(&meetings[0]) });
    let decision = decide(&one(LATE, reading), &profile("next_meeting"), &meetings);
    let listing = listing(&decision);
    assert!(listing.already);
    assert_eq!(listing.meeting.date.to_string(), "2026-11-25");
    assert_eq!(listing.resubmission, Some(Resubmission::Tabled), "MC-30");
    assert!(decision.alerts.contains(&AlertKind::TabledPaper));
}

fn listed_at(meeting: &Meeting) -> ExistingListing {
    ExistingListing {
        meeting: meeting.id.clone(),
        section: SectionId::Review,
        cutoff_at: meeting.cutoff_at,
        pack_drawn: false,
        is_review: false,
        was_very_high: false,
        on_file: Vec::new(),
    }
}

/// A paper that comes after the cut-off of 25 November for a child who is on 2 December.
fn of_a_waiting_child(late: &str, rating: &str, change: impl FnOnce(&mut ExistingListing)) -> Decision {
    let mut reading = read(form(&[(FieldId::RiskRating, rating)]));
    reading.identity = Identity::Known(CaseRef(7));
    let meetings = meetings();
    let mut existing = listed_at(&meetings[1]);
    change(&mut existing);
    reading.existing = Some(existing);
    decide(&one(LATE, reading), &profile(late), &meetings)
}

#[test]
fn mc_22_a_late_paper_that_raises_a_waiting_child_to_very_high_risk_is_late_for_the_coming_meeting() {
    for late in ["next_meeting", "ask_chair"] {
        let decision = of_a_waiting_child(late, "experiencing", |_| ());
        let listing = listing(&decision);
        assert_eq!(listing.meeting.date.to_string(), "2026-12-02", "{late}");
        assert_eq!(listing.missed.as_ref().map(|m| m.date.to_string()).as_deref(), Some("2026-11-25"));
        assert!(listing.already && listing.ask_chair);
        assert_eq!(
            (decision.rule, decision.alerts.as_slice()),
            (if late == "ask_chair" { "MC-31" } else { "SY-07" }, [AlertKind::LatePaper].as_slice())
        );
    }
    // No risk that cannot wait: the child stands where it stands, and the paper is on time for that.
    let decision = of_a_waiting_child("ask_chair", "emerging", |_| ());
    assert!(listing(&decision).missed.is_none() && decision.alerts.is_empty());
}

#[test]
fn mc_22_a_review_of_a_child_at_very_high_risk_is_not_late_unless_the_risk_has_risen() {
    let decision =
        of_a_waiting_child("next_meeting", "experiencing", |e| (e.is_review, e.was_very_high) = (true, true));
    assert!(listing(&decision).missed.is_none() && decision.alerts.is_empty());
    let decision = of_a_waiting_child("next_meeting", "experiencing", |e| e.is_review = true);
    assert_eq!(decision.alerts, [AlertKind::LatePaper]);
}

#[test]
fn sy_04_a_missing_required_field_holds_the_paper_and_lists_the_child_all_the_same() {
    let mut reading = form(&[]);
    reading.fields.remove(&FieldId::RiskRating);
    reading.findings.push(Finding::field(FindingCode::Missing, FieldId::RiskRating, "no rating"));
    let decision = decide(&one(IN_TIME, read(reading)), &profile("next_meeting"), &meetings());
    assert_eq!((decision.fate, held(&decision)), (Fate::Held, Some(HoldKind::Incomplete)));
    assert!(listing(&decision).paper_to_follow, "MC-32");
    assert_eq!(decision.items[0].asks.len(), 1);
    assert_eq!(decision.alerts, [AlertKind::Held]);
}

#[test]
fn mc_32_a_child_who_may_be_two_is_held_never_guessed() {
    let mut reading = read(form(&[]));
    reading.identity = Identity::Unclear { candidates: vec![CaseRef(3)], why: Unclear::OtherNumbers };
    let mut submission = one(IN_TIME, reading);
    let decision = decide(&submission, &profile("next_meeting"), &meetings());
    assert_eq!(held(&decision), Some(HoldKind::ChildUnclear));
    submission.word.case = Some(CaseRef(3));
    let decision = decide(&submission, &profile("next_meeting"), &meetings());
    assert!(matches!(decision.items[0].outcome, ItemOutcome::Accepted { case: CaseChoice::Known(CaseRef(3)), .. }));
}

#[test]
fn mc_08_another_child_named_in_the_message_holds_the_paper_and_asks() {
    let mut reading = read(form(&[]));
    reading.mismatch = Some(Mismatch { place: Whereabouts::Subject, case: None });
    let decision = decide(&one(IN_TIME, reading), &profile("next_meeting"), &meetings());
    assert_eq!((decision.fate, held(&decision)), (Fate::Held, Some(HoldKind::WrongAttachment)));
    assert!(decision.items[0].asks[0].message.contains("the subject of your e-mail"));
}

#[test]
fn an_unvouched_or_unlisted_sender_is_held_and_not_answered() {
    for (standing, kind) in [
        (Standing::Unauthenticated, HoldKind::Unauthenticated),
        (Standing::Unlisted, HoldKind::Unlisted),
        (Standing::NoSender, HoldKind::NoSender),
    ] {
        let mut submission = one(IN_TIME, read(form(&[])));
        submission.sender.standing = standing;
        let decision = decide(&submission, &profile("next_meeting"), &meetings());
        assert_eq!((decision.message_hold, decision.answer), (Some(kind), Answer::None));
        submission.word.trust_sender = true;
        assert_eq!(decide(&submission, &profile("next_meeting"), &meetings()).fate, Fate::Accepted);
    }
}

#[test]
fn a_partner_is_told_only_that_it_was_received() {
    let mut submission = one(IN_TIME, read(form(&[])));
    submission.sender.standing = Standing::Partner;
    submission.sender.own_authority = false;
    let decision = decide(&submission, &profile("next_meeting"), &meetings());
    assert_eq!((decision.fate, decision.answer), (Fate::Accepted, Answer::ReceivedOnly));
    assert_eq!(decision.alerts, [AlertKind::NoCaseworker], "MC-34");
}

#[test]
fn sh_05_every_initial_with_outcome_one_to_three_is_heard_and_four_is_not() {
    for (outcome, heard) in [
        ("exploited-and-risk-to-others", true),
        ("exploited", true),
        ("may-be-exploited", true),
        ("not-exploited", false),
    ] {
        let mut reading = form(&[(FieldId::Outcome, outcome), (FieldId::AssessmentType, "initial")]);
        reading.form = Some(FormId::new("ce-assessment"));
        let decision = decide(&one(IN_TIME, read(reading)), &profile("ask_chair"), &meetings());
        let listed = matches!(&decision.items[0].outcome, ItemOutcome::Accepted { listing: Some(_), .. });
        assert_eq!(listed, heard, "{outcome}");
    }
}

#[test]
fn sections_follow_the_tick_and_a_child_only_missing_has_the_short_slot() {
    for (fields, section) in [
        (vec![(FieldId::AssessmentType, "review")], SectionId::Review),
        (vec![(FieldId::AssessmentType, "closure")], SectionId::Closure),
        (vec![(FieldId::RiskTypes, "M")], SectionId::Missing),
        (vec![(FieldId::RiskTypes, "S,M")], SectionId::New),
    ] {
        let decision = decide(&one(IN_TIME, read(form(&fields))), &profile("ask_chair"), &meetings());
        assert_eq!(listing(&decision).section, section);
    }
}

#[test]
fn sh_02_an_old_assessment_is_flagged_not_refused() {
    let decision = decide(
        &one(IN_TIME, read(form(&[(FieldId::AssessmentDate, "2026-10-01")]))),
        &profile("ask_chair"),
        &meetings(),
    );
    assert_eq!(decision.fate, Fate::Accepted);
    assert_eq!(decision.items[0].asks[0].code, FindingCode::OutOfDate);
}

#[test]
fn sh_22_the_same_bytes_again_are_a_repeat_and_a_reply_all_is_not_answered() {
    let mut document = paper(Vec::new());
    document.seen = Some(Some(CaseRef(4)));
    let mut submission = mail(IN_TIME, vec![document]);
    let decision = decide(&submission, &profile("ask_chair"), &meetings());
    assert_eq!((decision.fate, decision.answer), (Fate::Duplicate, Answer::Full));
    submission.is_reply_to_us = true;
    assert_eq!(decide(&submission, &profile("ask_chair"), &meetings()).answer, Answer::None);
}

#[test]
fn sh_23_urgent_words_reach_a_person_and_delay_nothing() {
    let mut submission = one(IN_TIME, read(form(&[])));
    submission.urgent = true;
    let decision = decide(&submission, &profile("ask_chair"), &meetings());
    assert_eq!((decision.fate, decision.alerts.first()), (Fate::Accepted, Some(&AlertKind::Urgent)));
}

#[test]
fn rfc_3834_automatic_messages_are_never_answered() {
    for (kind, fate) in [
        (MessageKind::AutoReply, Fate::Ignored),
        (MessageKind::Own, Fate::Ignored),
        (MessageKind::Bounce, Fate::Bounce),
        (MessageKind::CalendarReply, Fate::CalendarReply),
    ] {
        let mut submission = mail(IN_TIME, Vec::new());
        submission.kind = kind;
        let decision = decide(&submission, &profile("ask_chair"), &meetings());
        assert_eq!((decision.fate, decision.answer), (fate, Answer::None));
    }
    let mut submission = one(IN_TIME, read(form(&[])));
    submission.kind = MessageKind::AutoReply;
    assert_eq!(
        decide(&submission, &profile("ask_chair"), &meetings()).message_hold,
        Some(HoldKind::AutoReplyWithPaper)
    );
}

#[test]
fn a_message_without_a_paper_goes_to_a_person() {
    let decision = decide(&mail(IN_TIME, Vec::new()), &profile("ask_chair"), &meetings());
    assert_eq!(
        (decision.fate, decision.message_hold, decision.answer),
        (Fate::Held, Some(HoldKind::NoDocument), Answer::Full)
    );
}
