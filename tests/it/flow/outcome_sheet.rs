//! The outcome sheet: who gets it, who is on it, and what is read of it when it comes back.

use crate::command::{dutyclerk, err, out, shipped};
use crate::harness::{
    Letter, Results, Sent, Story, addresses, at, case_ref_filled_down, case_refs_exchanged, ce_assessment, child,
    filled, letter, rat, recording, same_second,
};
use dutyclerk::store::RestrictionSubject;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const ADMIN: &str = "graham.rimmer@surrey.example";

#[test]
fn sy_19_admin_gets_an_outcome_sheet_of_every_child_with_the_pack() {
    let (maisie, rory) = (child(301, "Maisie Thornquist"), child(302, "Rory Quillfeather"));
    let mail = |time: &str| letter("surrey-rmm-se", VIKTOR, &format!("2026-11-20T{time}"));
    let r = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&mail("09:00:00").form(&rat(&maisie)))
        .mail(&mail("09:10:00").form(&rat(&rory).set("NHS Number", "12")))
        .simulate("2026-11-19", "2026-11-25T12:00:00");
    let sheet = r.only("notification");
    assert_eq!(sheet.to, addresses([ADMIN]), "{}", r.overview());
    assert_eq!(sheet.subject, "RMM South East: outcome sheet, Wed 25 November 2026");
    assert_eq!(sheet.files[0].0, "outcome-sheet-surrey-rmm-se-2026-11-25.xlsx");
    assert_eq!(sheet.files.len(), 1, "no papers travel with it");
    same_second(sheet.at, "2026-11-23T10:00:00");
    assert_eq!(sheet.children, addresses(["R-0001", "R-0002"]), "a child whose paper is to follow as well");
    assert!(r.journal.contains("\"outcome_sheet.drawn_up\",\"rule\":\"SY-19\""), "{}", r.journal);
    assert!(sheet.says("(SY-18, SY-19, SH-13)") && !sheet.says("Thornquist"), "{}", sheet.text);
}

#[test]
fn invariant_5_a_child_kept_from_admin_is_on_no_outcome_sheet_of_theirs() {
    let (maisie, rory) = (child(303, "Maisie Thornquist"), child(304, "Rory Quillfeather"));
    let mail = |time: &str| letter("surrey-rmm-se", VIKTOR, &format!("2026-11-20T{time}"));
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&mail("09:00:00").form(&rat(&maisie)))
        .mail(&mail("09:10:00").form(&rat(&rory)))
        .live("2026-11-19", "2026-11-25T12:00:00");
    live.until("2026-11-20T14:00:00");
    live.restrict("R-0001", RestrictionSubject::Person, ADMIN);
    let r = live.finish();
    let sheet = r.only("notification");
    assert_eq!((&sheet.to, &sheet.children), (&addresses([ADMIN]), &addresses(["R-0002"])), "{}", r.overview());
    assert!(r.journal.contains("an outcome sheet for 1 child(ren), 1 left out by restriction"), "{}", r.journal);
}

#[test]
fn a_child_admitted_after_the_pack_brings_a_fresh_outcome_sheet() {
    let (maisie, rory) = (child(305, "Maisie Thornquist"), child(306, "Rory Quillfeather"));
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:00:00").form(&rat(&maisie)))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-23T12:00:00").form(&rat(&rory)))
        .live("2026-11-19", "2026-11-25T12:00:00");
    live.until("2026-11-23T13:00:00");
    live.admit("surrey-rmm-se/2026-11-25", "R-0002");
    let r = live.finish();
    let sheets = r.of("notification");
    assert_eq!(sheets.len(), 2, "{}", r.overview());
    assert_eq!(sheets[1].children, addresses(["R-0001", "R-0002"]));
    assert!(sheets[1].says("takes the place of the one you had before") && !sheets[0].says("takes the place"));
}

/// SY-19: the sheet as the program sends it is read by the headings it bears, on a Surrey scale and on St Helens'.
#[test]
fn sy_19_the_sheet_that_was_sent_is_read_when_it_is_filled_in() {
    let (maisie, rory) = (child(307, "Maisie Thornquist"), child(308, "Rory Quillfeather"));
    let surrey = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:00:00").form(&rat(&maisie)))
        .simulate("2026-11-19", "2026-11-25T12:00:00");
    let fields = read(&filled(
        &surrey.only("notification").contents[0],
        &[
            ("R-0001", "Attended", "Police, Samir Garside"),
            ("R-0001", "Rating agreed", "emerging"),
            ("R-0001", "Review date", "22/2/27"),
            ("R-0001", "Action", "Visit weekly"),
            ("R-0001", "By whom", "Viktor Sowerby"),
            ("R-0001", "By when", "1 December 2026"),
            ("R-0001", "Action status", "Outstanding"),
            ("R-0001", "Decision", "Continue"),
            ("R-0001", "Rationale", "Fewer missing episodes."),
        ],
    ));
    let expected = [
        ("case_ref", json!("R-0001")),
        ("meeting_id", json!("surrey-rmm-se/2026-11-25")),
        ("attended", json!(["Police", "Samir Garside"])),
        ("risk_rating", json!("emerging")),
        ("review_date", json!("2027-02-22")),
        (
            "actions",
            json!([{"text": "Visit weekly", "by": "2026-12-01", "who": "Viktor Sowerby", "status": "OUTSTANDING"}]),
        ),
        ("decision", json!("continue")),
        ("rationale", json!("Fewer missing episodes.")),
    ];
    assert_eq!(fields.as_object().unwrap().len(), expected.len(), "{fields}");
    for (id, value) in expected {
        assert_eq!(fields[id]["value"], value, "{id}: {fields}");
    }
    let st_helens = Story::new("st-helens-mace")
        .about([&rory])
        .mail(
            &letter("st-helens-mace", "nadia.coverdale@st-helens.example", "2026-11-10T16:40:00")
                .form(&ce_assessment(&rory)),
        )
        .simulate("2026-11-10", "2026-11-18");
    let sheet = &st_helens.only("notification").contents[0];
    for (typed, rating) in [
        ("Child may be being exploited", "may-be-exploited"),
        ("child is being exploited", "exploited"),
        (
            "Child is being exploited and presents a risk of exploitation towards children",
            "exploited-and-risk-to-others",
        ),
        ("Child is not being exploited", "not-exploited"),
    ] {
        let fields = read(&filled(sheet, &[("R-0001", "Rating agreed", typed)]));
        assert_eq!(fields["risk_rating"]["value"], rating, "{typed}: {fields}");
    }
}

/// Who is obeyed: a sheet from anybody but the panel's admin, chair or approver changes nothing.
#[test]
fn a_filled_outcome_sheet_counts_only_from_those_who_may_say_so_and_a_blank_one_says_nothing() {
    let maisie = child(311, "Maisie Thornquist");
    let referred = || {
        Story::new("surrey-rmm-se")
            .about([&maisie])
            .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:00:00").form(&rat(&maisie)))
    };
    let sheet = referred().simulate("2026-11-19", "2026-11-24").only("notification").contents[0].clone();
    let cells = [("R-0001", "Rating agreed", "Minimal"), ("R-0001", "Decision", "Close")];
    let filled_in = filled(&sheet, &cells);
    for (from, bytes, kind) in [(VIKTOR, filled_in, "recording_template"), (ADMIN, sheet, "nothing_recorded")] {
        let mail = letter("surrey-rmm-se", from, "2026-11-25T15:00:00").subject("Outcomes").body("Filled in.");
        let r = referred().mail(&mail.file("outcome-sheet.xlsx", bytes)).simulate("2026-11-19", "2026-11-27");
        assert_eq!(r.message("002.eml").fate, "held", "{}", r.overview());
        assert_eq!(r.held[0].kind, kind, "{}", r.overview());
        assert!(!r.answer("002.eml").says("send it to that panel's mailbox"), "{}", r.answer("002.eml").text);
        let told = r.of("notification").iter().filter(|m| m.goes_to(VIKTOR)).count();
        assert_eq!((told, r.of("invitation").len()), (0, 1), "nothing follows from it: {}", r.overview());
    }
}

/// One workbook for all children, or one template for each, and the same follows.
#[test]
fn an_outcome_sheet_filled_in_and_mailed_back_does_for_every_child_what_a_template_does() {
    let (maisie, rory) = (child(309, "Maisie Thornquist"), child(310, "Rory Quillfeather"));
    let lead = "wendy.blenkin@surrey.example";
    let referred = || {
        Story::new("surrey-rmm-se")
            .about([&maisie, &rory])
            .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:00:00").form(&rat(&maisie)))
            .mail(&letter("surrey-rmm-se", lead, "2026-11-20T09:10:00").form(&rat(&rory).lead("Wendy Blenkin")))
    };
    let sheet = referred().simulate("2026-11-19", "2026-11-24").only("notification").contents[0].clone();
    let reply = || letter("surrey-rmm-se", ADMIN, "2026-11-25T15:00:00").subject("Outcomes").body("Filled in.");
    let by_sheet = reply().file(
        "outcome-sheet-surrey-rmm-se-2026-11-25.xlsx",
        filled(
            &sheet,
            &[
                ("R-0001", "Rating agreed", "emerging"),
                ("R-0001", "Review date", "10/2/27"),
                ("R-0001", "Action", "Visit weekly"),
                ("R-0001", "By whom", "Viktor Sowerby"),
                ("R-0001", "Decision", "Continue"),
                ("R-0002", "Rating agreed", "Experiencing"),
                ("R-0002", "Review date", "Wednesday 16 December 2026"),
                ("R-0002", "Action", "Strategy meeting"),
                ("R-0002", "Decision", "continue"),
            ],
        ),
    );
    let template = |child, lead: &str, rating: &str, review: &str, action: &str| {
        recording(child).lead(lead).rating(rating).set("Next review date", review).set("Action Update", action).bytes()
    };
    let by_templates = reply()
        .file("one.xlsx", template(&maisie, "Viktor Sowerby", "Emerging", "10/02/2027", "Visit weekly"))
        .file("two.xlsx", template(&rory, "Wendy Blenkin", "Experiencing", "16/12/2026", "Strategy meeting"));
    let run = |mail: &Letter| referred().mail(mail).simulate("2026-11-19", "2026-12-18");
    let (by_sheet, by_templates) = (run(&by_sheet), run(&by_templates));
    assert_eq!(by_sheet.message("003.eml").fate, "accepted", "{}", by_sheet.overview());
    assert_eq!(follows(&by_sheet), follows(&by_templates));
    for (case, to, meeting) in
        [("R-0001", VIKTOR, "surrey-rmm-se/2027-02-10"), ("R-0002", lead, "surrey-rmm-se/2026-12-16")]
    {
        let told = |kind: &str| {
            let of_child = |m: &&&Sent| m.goes_to(to) && m.children.contains(case) && m.at >= at("2026-11-25T15:00:00");
            by_sheet.of(kind).iter().find(of_child).map(|m| m.meeting.clone())
        };
        assert!(told("notification").is_some(), "SY-28 {case}: {}", by_sheet.overview());
        assert_eq!(told("invitation").as_deref(), Some(meeting), "MC-05 {case}: {}", by_sheet.overview());
    }
}

/// What went out after the outcomes came in, beside the answer to whoever sent them.
fn follows(results: &Results) -> BTreeMap<(String, String, BTreeSet<String>), usize> {
    let mut all = BTreeMap::new();
    let later = results.sent.iter().filter(|m| m.at >= at("2026-11-25T15:00:00"));
    for mail in later.filter(|m| m.kind != "acknowledgement" && m.kind != "query") {
        *all.entry((mail.kind.clone(), mail.meeting.clone(), mail.to.clone())).or_default() += 1;
    }
    assert!(!all.is_empty());
    all
}

/// The fields of the one reading of a workbook, as `read --json` gives them.
fn read(sheet: &[u8]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sheet.xlsx");
    std::fs::write(&path, sheet).unwrap();
    let run = dutyclerk(shipped(), &["read", "--json", path.to_str().unwrap()]);
    assert!(run.status.success(), "{}", err(&run));
    let lines: Vec<Value> = out(&run).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!((&lines[0]["form"], &lines[0]["findings"]), (&json!("outcome-sheet"), &json!([])));
    lines[0]["fields"].clone()
}

#[test]
fn sy_40_a_row_whose_case_ref_stands_beside_another_childs_letters_is_asked_about_and_changes_nothing() {
    let (story, sheet) = (|| two_heard(331), sheet_of(two_heard(331)));
    let cells =
        [("R-0001", "Decision", "Close"), ("R-0001", "Rationale", "No risk."), ("R-0001", "Rating agreed", "minimal")];
    let mixed = filled(&case_refs_exchanged(&sheet), &cells);
    let r = story()
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-25T15:00:00").file("outcome-sheet.xlsx", mixed))
        .simulate("2026-11-19", "2026-11-26T12:00:00");
    assert_eq!(r.held[0].kind, "child_unclear", "{}", r.overview());
    assert!(!r.journal.contains("outcome.recorded"), "{}", r.overview());
    let answer = r.answer("003.eml");
    assert!(answer.says("The row of R-0001 bears another child's initials or LCS number"), "{}", answer.text);
}

#[test]
fn mc_35_a_review_date_on_the_sheet_that_cannot_be_set_is_said_to_be_one_and_whose() {
    let (story, sheet) = (|| two_heard(333), sheet_of(two_heard(333)));
    let cells = [
        ("R-0001", "Review date", "in six weeks"),
        ("R-0001", "Rating agreed", "emerging"),
        ("R-0002", "Review date", "Monday 16/12/2026"),
        ("R-0002", "Rating agreed", "emerging"),
    ];
    let r = story()
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-25T15:00:00").file("sheet.xlsx", filled(&sheet, &cells)))
        .simulate("2026-11-19", "2026-12-01T12:00:00");
    let answer = r.answer("003.eml");
    assert!(answer.says("Attachment 1, R-0001, \"Review date\": Review date"), "{}", answer.text);
    assert!(
        answer.says("is not one day.") && answer.says("names a weekday that is not that day's."),
        "{}",
        answer.text
    );
    assert!(!answer.says("No review date was given") && answer.says("From the rating we propose"), "{}", answer.text);
    let told = r.to(VIKTOR).into_iter().filter(|m| m.kind == "notification").collect::<Vec<_>>();
    assert!(told[0].says("the meeting's record gave no date that could be set"), "{}", told[0].text);
}

#[test]
fn sy_40_rows_of_two_children_under_one_case_ref_are_asked_about_and_change_nothing() {
    let (story, sheet) = (|| two_heard(335), sheet_of(two_heard(335)));
    let cells = [
        ("R-0001", "Rating agreed", "emerging"),
        ("R-0002", "Decision", "Close"),
        ("R-0002", "Rating agreed", "emerging"),
        ("R-0002", "Rationale", "No risk."),
    ];
    let r = story()
        .mail(
            &letter("surrey-rmm-se", ADMIN, "2026-11-25T15:00:00")
                .file("outcome-sheet.xlsx", case_ref_filled_down(&filled(&sheet, &cells))),
        )
        .simulate("2026-11-19", "2026-11-26T12:00:00");
    assert_eq!(r.held[0].kind, "child_unclear", "{}", r.overview());
    assert!(!r.journal.contains("outcome.recorded"), "{}", r.overview());
}

/// Two children before the meeting of 25 November.
fn two_heard(n: u32) -> Story {
    let (maisie, rory) = (child(n, "Maisie Thornquist"), child(n + 1, "Rory Quillfeather"));
    let mail = |time: &str, child| letter("surrey-rmm-se", VIKTOR, &format!("2026-11-20T{time}")).form(&rat(child));
    Story::new("surrey-rmm-se").about([&maisie, &rory]).mail(&mail("09:00:00", &maisie)).mail(&mail("09:10:00", &rory))
}

/// The sheet as admin gets it.
fn sheet_of(story: Story) -> Vec<u8> {
    story.simulate("2026-11-19", "2026-11-25T12:00:00").only("notification").contents[0].clone()
}
