//! What a meeting decided comes back by mail (SY-19, SY-28, MC-03, MC-35).

use crate::harness::{Story, addresses, ce_assessment, child, filled, letter, rat, recording, return_home_interview};
use dutyclerk::store::RestrictionSubject;

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const WENDY: &str = "wendy.blenkin@surrey.example";
const ADMIN: &str = "graham.rimmer@surrey.example";

/// The one notification to the lead professional.
fn told(r: &crate::harness::Results) -> &crate::harness::Sent {
    let found: Vec<_> = r.to(VIKTOR).into_iter().filter(|m| m.kind == "notification").collect();
    assert_eq!(found.len(), 1, "{}", r.overview());
    found[0]
}

fn heard(n: u32) -> (crate::harness::Child, Story) {
    let maisie = child(n, "Maisie Thornquist");
    // Heard on Wed 4 November 2026.
    let story = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-02T09:00:00").form(&rat(&maisie)));
    (maisie, story)
}

#[test]
fn sy_28_a_review_date_from_admin_is_kept_and_the_lead_professional_told_and_invited() {
    let (maisie, story) = heard(300);
    let form = recording(&maisie).set("Date of next RMM/MACE", "11/12/2026");
    let r = story
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00").form(&form))
        .simulate("2026-11-02", "2026-11-06");
    assert_eq!(r.message("002.eml").fate, "accepted", "{}", r.overview());
    // The last meeting on or before Fri 11 December is Wed the 9th (MC-05).
    let told = crate::flow::outcomes::told(&r);
    assert_eq!(told.to, addresses([VIKTOR]));
    assert!(told.says("Fri 11 December 2026") && told.says(&maisie.lcs), "{}", told.text);
    assert_eq!(r.for_meeting("invitation", "surrey-rmm-se/2026-12-09").len(), 1, "{}", r.overview());
    assert!(r.answer("002.eml").says("(rule SY-19)"), "what the template lacks is asked for");
}

#[test]
fn sy_19_a_template_from_somebody_else_is_held_and_changes_nothing() {
    let (maisie, story) = heard(301);
    let form = recording(&maisie).set("Date of next RMM/MACE", "11/12/2026");
    let r = story
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-04T15:00:00").form(&form))
        .simulate("2026-11-02", "2026-11-06");
    assert_eq!(r.message("002.eml").fate, "held");
    assert!(
        r.to(VIKTOR).iter().all(|m| m.kind != "notification") && !r.journal.contains("outcome.recorded"),
        "{}",
        r.overview()
    );
}

#[test]
fn sy_44_what_a_meeting_agreed_stands_as_previous_actions_where_the_child_is_due_for_review() {
    let (maisie, story) = heard(305);
    let agreed = "Visit the family - COMPLETED\nSubmit the NRM referral - OUTSTANDING\nOffer a health assessment";
    let form = recording(&maisie).set("Date of next RMM/MACE", "18/11/2026").set("Action Update", agreed);
    let mut live =
        story.mail(&letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00").form(&form)).live("2026-11-02", "2026-11-26");
    let review = "surrey-rmm-se/2026-11-18";
    live.until("2026-11-17T12:00:00");
    let r = live.so_far();
    let (agenda, extract) = (r.for_meeting("agenda", review), r.for_meeting("extract", review));
    assert_eq!((agenda.len(), extract.len()), (1, 1), "{}", r.overview());
    for mail in [agenda[0], extract[0]] {
        for line in [
            "Previous actions:",
            "Visit the family - COMPLETED. Status: completed",
            "Submit the NRM referral - OUTSTANDING. Status: outstanding: not done yet",
            "Offer a health assessment. Status: not said yet",
        ] {
            assert!(mail.says(line), "{line}: {}", mail.text);
        }
    }
    assert!(!r.for_meeting("agenda", "surrey-rmm-se/2026-11-04")[0].says("Previous actions"), "the first hearing");
    assert!(r.sent.iter().all(|m| m.kind != "health-copy" || !m.says("Visit the family")), "{}", r.overview());
}

#[test]
fn sy_40_actions_that_nobody_may_see_stand_on_no_agenda() {
    let (maisie, story) = heard(306);
    let form = recording(&maisie).set("Date of next RMM/MACE", "18/11/2026").set("Action Update", "Visit the family");
    let mut live =
        story.mail(&letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00").form(&form)).live("2026-11-02", "2026-11-17");
    live.until("2026-11-10T12:00:00");
    live.restrict("R-0001", RestrictionSubject::Field, "actions");
    let r = live.finish();
    let agenda = r.for_meeting("agenda", "surrey-rmm-se/2026-11-18");
    assert!(agenda.len() == 1 && !agenda[0].says("Visit the family"), "{}", r.overview());
}

#[test]
fn mc_03_a_new_date_moves_the_invitation_and_one_outside_the_window_is_shown_to_the_chair() {
    let (maisie, story) = heard(302);
    let first = recording(&maisie).set("Date of next RMM/MACE", "11/12/2026");
    let later = recording(&maisie).set("Date of next RMM/MACE", "20/01/2027");
    let r = story
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00").form(&first))
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-05T10:00:00").form(&later))
        .simulate("2026-11-02", "2026-11-07");
    let uid = |mail: &crate::harness::Sent| {
        let calendar = mail.calendar.as_ref().unwrap().0.replace("\r\n ", "");
        calendar.lines().find(|l| l.starts_with("UID:")).unwrap().to_owned()
    };
    let (old, new) = (
        r.for_meeting("invitation", "surrey-rmm-se/2026-12-09"),
        r.for_meeting("invitation-update", "surrey-rmm-se/2027-01-20"),
    );
    assert_eq!((old.len(), new.len()), (1, 1), "{}", r.overview());
    assert_eq!(uid(old[0]), uid(new[0]));
    assert!(new[0].calendar.as_ref().unwrap().0.contains("SEQUENCE:1"));
    assert_eq!(r.alerts("review date after the longest interval").len(), 1, "{}", r.overview());
}

#[test]
fn mc_35_without_a_date_one_is_proposed_and_asked_and_set_after_two_working_days() {
    let (maisie, story) = heard(303);
    let r = story
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00").form(&recording(&maisie)))
        .simulate("2026-11-02", "2026-11-10");
    assert!(r.answer("002.eml").says("Wed 16 December 2026"), "{}", r.answer("002.eml").text);
    assert_eq!(r.for_meeting("invitation", "surrey-rmm-se/2026-12-16").len(), 1, "{}", r.overview());
}

/// The date of the review that is being held is over, whenever its outcome is recorded.
#[test]
fn mc_35_recorded_without_a_date_while_the_panel_sits_the_next_one_is_set_after_two_working_days() {
    let (maisie, story) = heard(307);
    let first = recording(&maisie).set("Date of next RMM/MACE", "18/11/2026");
    let second = recording(&maisie).set("RMM Discussion", "All agencies agreed.");
    let r = story
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00").form(&first))
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-18T10:30:00").form(&second))
        .simulate("2026-11-02", "2026-11-26");
    assert_eq!(r.message("003.eml").fate, "accepted", "{}", r.overview());
    assert!(r.answer("003.eml").says("we propose Wed 30 December 2026"), "{}", r.answer("003.eml").text);
    assert_eq!(r.for_meeting("invitation", "surrey-rmm-se/2026-11-25").len(), 0, "{}", r.overview());
    assert_eq!(r.for_meeting("invitation", "surrey-rmm-se/2026-12-30").len(), 1, "{}", r.overview());
}

#[test]
fn sy_20_a_closure_without_its_rationale_stays_open_and_with_one_is_closed() {
    let (maisie, story) = heard(304);
    let bare = recording(&maisie).rating("Minimal");
    let full = bare
        .clone()
        .set("Rationale", "No contact with the adults named since the summer; the school carries the plan.");
    let r = story
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00").form(&bare))
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-05T10:00:00").form(&full))
        .simulate("2026-11-02", "2026-11-10");
    assert!(r.answer("002.eml").says("A case is closed only with its rationale"), "{}", r.answer("002.eml").text);
    let told = crate::flow::outcomes::told(&r);
    assert!(told.subject.contains("closed") && told.says("There are no more reviews"), "{}", told.text);
}

/// Two children of two workers, and what a meeting decided about both, in one mail.
fn two_heard(n: u32) -> ([crate::harness::Child; 2], Story) {
    let children = [child(n, "Maisie Thornquist"), child(n + 1, "Rory Quillfeather")];
    let record = |child, lead: &str| {
        let form = recording(child).lead(lead).set("Date of next RMM/MACE", "16/12/2026");
        form.set("Safety plan", "Keeps her phone charged").set("RMM Discussion", "All agencies agreed.").bytes()
    };
    let both = letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00")
        .file("one.xlsx", record(&children[0], "Viktor Sowerby"))
        .file("two.xlsx", record(&children[1], "Wendy Blenkin"));
    let story = Story::new("surrey-rmm-se")
        .about(&children)
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-02T09:00:00").form(&rat(&children[0])))
        .mail(&letter("surrey-rmm-se", WENDY, "2026-11-02T09:10:00").form(&rat(&children[1]).lead("Wendy Blenkin")))
        .mail(&both);
    (children, story)
}

#[test]
fn sy_22_the_notes_go_to_the_members_and_one_child_s_to_its_worker() {
    let ([maisie, rory], story) = two_heard(310);
    let r = story.simulate("2026-11-02", "2026-11-10");
    assert_eq!(r.message("003.eml").fate, "accepted", "{}", r.overview());
    let notes = r.of("notes");
    let members = r.for_meeting("agenda", "surrey-rmm-se/2026-11-04")[0].to.clone();
    let of = |to: &str| notes.iter().filter(|m| m.goes_to(to)).collect::<Vec<_>>();
    let whole: Vec<_> = notes.iter().filter(|m| m.to == members).collect();
    assert_eq!(whole.len(), 1, "{}", r.overview());
    assert!(whole[0].says(&maisie.name) && whole[0].says(&rory.name), "{}", whole[0].text);
    assert!(whole[0].says("Keeps her phone charged") && whole[0].files.len() == 2, "{}", whole[0].text);
    for (worker, mine, other) in [(VIKTOR, &maisie, &rory), (WENDY, &rory, &maisie)] {
        assert_eq!(of(worker).len(), 1, "{}", r.overview());
        assert!(
            of(worker)[0].says(&mine.name) && !of(worker)[0].text.contains(&other.name),
            "MC-08: {}",
            of(worker)[0].text
        );
        assert_eq!(of(worker)[0].files.len(), 1, "one child's record");
    }
}

/// Nor what the record says of another child of that meeting.
#[test]
fn sy_22_what_a_record_says_of_another_child_goes_to_the_members_alone() {
    let (maisie, rory) = (child(312, "Maisie Thornquist"), child(313, "Rory Quillfeather"));
    let plan = "Keeps her phone charged\nCAMHS to see her and Rory Quillfeather apart";
    let record =
        recording(&maisie).lead("Viktor Sowerby").set("Date of next RMM/MACE", "16/12/2026").set("Safety plan", plan);
    let r = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-02T09:00:00").form(&rat(&maisie)))
        .mail(&letter("surrey-rmm-se", WENDY, "2026-11-02T09:10:00").form(&rat(&rory).lead("Wendy Blenkin")))
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00").form(&record))
        .simulate("2026-11-02", "2026-11-10");
    let (members, one_child): (Vec<_>, Vec<_>) =
        r.sent.iter().filter(|mail| mail.kind.ends_with("notes")).partition(|mail| mail.to.len() > 1);
    assert!(members.iter().all(|mail| mail.says("see her and Rory Quillfeather apart")), "{}", r.overview());
    assert!(!members.is_empty() && one_child.len() > 2, "{}", r.overview());
    for mail in one_child {
        assert!(
            !mail.text.contains("Quillfeather") && !mail.html.contains("Quillfeather"),
            "{}: {}",
            mail.kind,
            mail.text
        );
        assert!(mail.says("Something about somebody else is left out here"), "{}: {}", mail.kind, mail.text);
        assert!(mail.says("Keeps her phone charged"), "{}", mail.text);
    }
}

#[test]
fn sy_09_after_the_meeting_the_same_health_colleagues_are_told_of_the_same_child() {
    let (_, story) = two_heard(320);
    let r = story.simulate("2026-11-02", "2026-11-10");
    for case in ["R-0001", "R-0002"] {
        let told = |kind: &str| -> std::collections::BTreeSet<String> {
            r.of(kind).iter().filter(|m| m.children.contains(case)).flat_map(|m| m.to.clone()).collect()
        };
        assert!(!told("health-copy").is_empty());
        assert_eq!(told("health-notes"), told("health-copy"), "{}", r.overview());
    }
    assert!(r.of("health-notes").iter().all(|m| m.to.len() == 1 && m.children.len() == 1 && m.files.is_empty()));
}

#[test]
fn sy_40_whoever_is_restricted_gets_neither_notes_nor_health_notes_of_the_child() {
    let (_, story) = two_heard(330);
    let mut live = story.live("2026-11-02", "2026-11-10");
    live.until("2026-11-04T14:00:00");
    live.restrict("R-0001", RestrictionSubject::Role, "police");
    live.restrict("R-0001", RestrictionSubject::Role, "sexual-health");
    let r = live.finish();
    let of_child: Vec<_> =
        r.sent.iter().filter(|m| m.kind.ends_with("notes") && m.children.contains("R-0001")).collect();
    assert!(!of_child.is_empty(), "{}", r.overview());
    for mail in of_child {
        let barred = mail.to.iter().any(|to| to.contains("police") || to.contains("sexualhealth"));
        assert!(!barred, "{}: {:?}", mail.kind, mail.to);
    }
    let other = r.of("notes").into_iter().filter(|m| m.to.iter().any(|to| to.contains("police"))).collect::<Vec<_>>();
    assert_eq!(other.len(), 1, "the other child's go: {}", r.overview());
    assert!(!other[0].says("R-0001"), "{}", other[0].text);
}

#[test]
fn sy_22_notes_go_with_what_is_recorded_after_two_working_days_and_the_rest_follows() {
    let (maisie, rory) = (child(340, "Maisie Thornquist"), child(341, "Rory Quillfeather"));
    let record = |child| recording(child).set("Date of next RMM/MACE", "16/12/2026");
    let mail = |time: &str, child| letter("surrey-rmm-se", VIKTOR, &format!("2026-11-02T{time}")).form(&rat(child));
    let r = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&mail("09:00:00", &maisie))
        .mail(&mail("09:10:00", &rory))
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00").form(&record(&maisie)))
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-10T09:30:00").form(&record(&rory)))
        .simulate("2026-11-02", "2026-11-12");
    let members = r.for_meeting("agenda", "surrey-rmm-se/2026-11-04")[0].to.clone();
    let notes: Vec<_> = r.of("notes").into_iter().filter(|m| m.to == members).collect();
    assert_eq!(notes.len(), 2, "{}", r.overview());
    assert!(notes[0].says("What was decided about R-0002 has not been recorded yet"), "{}", notes[0].text);
    crate::harness::same_second(notes[0].at, "2026-11-09T09:00:00");
    assert!(notes[1].says(&rory.name) && !notes[1].text.contains(&maisie.name), "{}", notes[1].text);
}

#[test]
fn mc_35_a_child_for_whom_no_date_can_be_worked_out_is_put_before_the_chair() {
    let maisie = child(350, "Maisie Thornquist");
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-02T09:00:00").form(&return_home_interview(&maisie)))
        .simulate("2026-11-02", "2026-11-10");
    assert_eq!(r.alerts("R-0001 has no next review").len(), 1, "{}", r.overview());
}

#[test]
fn sh_13_st_helens_notes_wait_until_the_minutes_are_on_the_children_s_records() {
    let rory = child(360, "Rory Quillfeather");
    let worker = "nadia.coverdale@st-helens.example";
    let referred = || {
        Story::new("st-helens-mace")
            .about([&rory])
            .mail(&letter("st-helens-mace", worker, "2026-11-10T16:40:00").form(&ce_assessment(&rory)))
    };
    let pack = referred().simulate("2026-11-10", "2026-11-18");
    let (sheet, members) = (pack.only("notification"), pack.only("agenda").to.clone());
    let cells = [
        ("R-0001", "Rating agreed", "Child may be being exploited"),
        ("R-0001", "Review date", "16/2/27"),
        ("R-0001", "Action", "Ask the police for the number plates"),
        ("R-0001", "Decision", "Continue"),
    ];
    let admin = sheet.to.first().unwrap();
    let mail = letter("st-helens-mace", admin, "2026-11-17T16:00:00").subject("Outcomes").body("Filled in.");
    let story = referred().mail(&mail.file("outcome-sheet.xlsx", filled(&sheet.contents[0], &cells)));
    let mut live = story.live("2026-11-10", "2026-11-30");
    live.until("2026-11-24T10:00:00");
    let before = live.so_far();
    assert!(before.journal.contains("outcome.recorded"), "{}", before.overview());
    assert_eq!(before.of("notes").len(), 0, "{}", before.overview());
    live.uploaded("st-helens-mace/2026-11-17");
    let r = live.finish();
    let notes = r.of("notes");
    assert!(
        notes.iter().any(|m| m.to == members && m.says("Ask the police for the number plates")),
        "{}",
        r.overview()
    );
    assert!(notes.iter().any(|m| m.goes_to(worker)), "{}", r.overview());
    assert_eq!(r.of("health-notes").len(), 0, "no sharing clause is named (MC-10)");
}

#[test]
fn sy_17_a_child_put_off_twice_is_put_before_the_chair() {
    let maisie = child(370, "Maisie Thornquist");
    let referred = || {
        Story::new("surrey-rmm-se")
            .about([&maisie])
            .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-02T09:00:00").form(&rat(&maisie)))
    };
    let put_off = |sheet: &crate::harness::Sent, time: &str| {
        let cells = [("R-0001", "Decision", "Defer"), ("R-0001", "Rationale", "The worker could not come.")];
        let mail = letter("surrey-rmm-se", ADMIN, time).subject("Outcomes").body("Filled in.");
        mail.file("outcome-sheet.xlsx", filled(&sheet.contents[0], &cells))
    };
    let sheet_of = |r: &crate::harness::Results, meeting: &str| {
        let sheets = r.for_meeting("notification", meeting);
        (*sheets.iter().find(|m| m.goes_to(ADMIN)).unwrap_or_else(|| panic!("{}", r.overview()))).clone()
    };
    let first = put_off(
        &sheet_of(&referred().simulate("2026-11-02", "2026-11-04"), "surrey-rmm-se/2026-11-04"),
        "2026-11-04T15:00:00",
    );
    let once = referred().mail(&first).simulate("2026-11-02", "2026-11-11T09:00:00");
    assert_eq!(once.alerts("put off").len(), 0, "{}", once.overview());
    let second = put_off(&sheet_of(&once, "surrey-rmm-se/2026-11-11"), "2026-11-11T15:00:00");
    let r = referred().mail(&first).mail(&second).simulate("2026-11-02", "2026-11-13");
    assert_eq!(r.alerts("R-0001: put off 2 times").len(), 1, "{}", r.overview());
    assert!(!r.for_meeting("invitation", "surrey-rmm-se/2026-11-11").is_empty(), "{}", r.overview());
}

#[test]
fn sh_06_the_outcome_of_a_fixed_review_sets_the_one_after_it() {
    let rory = child(376, "Rory Quillfeather");
    let worker = "nadia.coverdale@st-helens.example";
    // Three months from 6 October are over on 6 January: reviewed at the last meeting before, Tue 29 December (MC-05).
    let referred = || {
        let form = ce_assessment(&rory).dated("01/10/2026");
        Story::new("st-helens-mace")
            .about([&rory])
            .mail(&letter("st-helens-mace", worker, "2026-10-06T11:00:00").form(&form))
    };
    let pack = referred().simulate("2026-10-05", "2026-12-30");
    let drawn = pack.for_meeting("notification", "st-helens-mace/2026-12-29");
    let sheet = drawn.iter().find(|m| !m.contents.is_empty()).unwrap();
    let admin = sheet.to.first().unwrap();
    let recorded = |decision: &str, at: &str| {
        let cells = [("R-0001", "Rating agreed", "Child may be being exploited"), ("R-0001", "Decision", decision)];
        let mail = letter("st-helens-mace", admin, at).subject("Outcomes").body("Filled in.");
        referred()
            .mail(&mail.file("outcome-sheet.xlsx", filled(&sheet.contents[0], &cells)))
            .simulate("2026-10-05", "2027-01-13")
    };
    // A closure without its rationale leaves the case open; recorded while the panel still sits, it is the same.
    for (decision, at) in
        [("Continue", "2026-12-29T16:00:00"), ("Continue", "2026-12-29T11:00:00"), ("Close", "2026-12-29T11:00:00")]
    {
        let r = recorded(decision, at);
        let with: Vec<_> = r.of("agenda").into_iter().filter(|m| m.children.contains("R-0001")).collect();
        let when: Vec<_> = with.iter().map(|m| m.meeting.as_str()).collect();
        let expected = ["2026-10-20", "2026-12-29"].map(|day| format!("st-helens-mace/{day}"));
        assert_eq!(when, expected, "{decision} at {at}");
        let told = || r.of("notification").into_iter().filter(|m| m.goes_to(worker));
        assert_eq!(told().any(|m| m.says("Tue 6 April 2027")), decision == "Continue", "{}", r.overview());
    }
}

#[test]
fn sh_06_without_a_date_the_next_of_the_fixed_reviews_stands() {
    let rory = child(375, "Rory Quillfeather");
    let worker = "nadia.coverdale@st-helens.example";
    let referred = || {
        Story::new("st-helens-mace")
            .about([&rory])
            .mail(&letter("st-helens-mace", worker, "2026-11-10T16:40:00").form(&ce_assessment(&rory)))
    };
    let pack = referred().simulate("2026-11-10", "2026-11-18");
    let sheet = pack.only("notification");
    let cells = [("R-0001", "Rating agreed", "Child may be being exploited"), ("R-0001", "Decision", "Continue")];
    let admin = sheet.to.first().unwrap();
    let mail = letter("st-helens-mace", admin, "2026-11-17T16:00:00").subject("Outcomes").body("Filled in.");
    let r = referred()
        .mail(&mail.file("outcome-sheet.xlsx", filled(&sheet.contents[0], &cells)))
        .simulate("2026-11-10", "2026-11-20");
    // Three months from 10 November, at the last meeting on or before (MC-05, MC-16).
    assert_eq!(r.for_meeting("invitation", "st-helens-mace/2027-02-09").len(), 1, "{}", r.overview());
    let told = r.of("notification").into_iter().filter(|m| m.goes_to(worker)).collect::<Vec<_>>();
    assert!(told.len() == 1 && told[0].says("Wed 10 February 2027"), "{}", r.overview());
}

#[test]
fn mc_35_a_review_date_in_the_template_that_cannot_be_set_is_said_to_be_one() {
    for (n, (written, says)) in [
        ("01/25/2027", "is not a date we can read"),
        ("in six weeks", "is not a date we can read"),
        ("01/11/2026", "is not after the meeting it was set at"),
    ]
    .into_iter()
    .enumerate()
    {
        let (maisie, story) = heard(370 + u32::try_from(n).unwrap());
        let form = recording(&maisie).set("Date of next RMM/MACE", written);
        let r = story
            .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00").form(&form))
            .simulate("2026-11-02", "2026-11-06");
        let answer = r.answer("002.eml");
        assert!(answer.says(says) && answer.says("From the rating we propose"), "{written}: {}", answer.text);
        assert!(!answer.says("No review date was given"), "{written}: {}", answer.text);
    }
}

#[test]
fn sy_18_corrected_notes_give_the_rating_before_the_meeting_and_not_the_one_that_was_a_slip() {
    let (maisie, story) = heard(380);
    let first = recording(&maisie).rating("Emerging").set("Date of next RMM/MACE", "11/12/2026");
    let second = recording(&maisie).rating("Experiencing").set("Date of next RMM/MACE", "02/12/2026");
    let r = story
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00").form(&first))
        // A new paper before the notes went: it is for the next meeting.
        .mail(
            &letter("surrey-rmm-se", VIKTOR, "2026-11-05T09:00:00")
                .form(&rat(&maisie).dated("05/11/2026").rating("Minimal")),
        )
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-10T15:00:00").form(&second))
        .simulate("2026-11-02", "2026-11-16");
    let members = r.for_meeting("agenda", "surrey-rmm-se/2026-11-04")[0].to.clone();
    let notes: Vec<_> = r.of("notes").into_iter().filter(|m| m.to == members).collect();
    assert_eq!(notes.len(), 2, "{}", r.overview());
    for mail in notes {
        assert!(mail.says("The rating before was Significant."), "{}", mail.text);
    }
}

#[test]
fn sy_20_a_closure_recorded_by_mistake_is_undone_and_the_review_goes_on() {
    let (maisie, story) = heard(381);
    let closed = recording(&maisie).rating("Minimal").set("Rationale", "No risk is left.");
    let goes_on = recording(&maisie).rating("Emerging");
    let r = story
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00").form(&closed))
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-05T15:00:00").form(&goes_on))
        .simulate("2026-11-02", "2026-11-16");
    assert!(r.answer("002.eml").says("The case is closed"), "{}", r.answer("002.eml").text);
    assert!(r.answer("003.eml").says("From the rating we propose"), "{}", r.answer("003.eml").text);
    assert!(r.journal.contains("\"review.set\",\"rule\":\"MC-35\""), "{}", r.overview());
}

#[test]
fn mc_03_what_was_decided_last_counts_though_an_earlier_meeting_is_recorded_after_it() {
    let (maisie, story) = heard(382);
    let second = recording(&maisie).rating("Emerging");
    let mut live = story
        .mail(
            &letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00")
                .form(&recording(&maisie).rating("Experiencing").set("Date of next RMM/MACE", "18/11/2026")),
        )
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-18T15:00:00").form(&second))
        .live("2026-11-02", "2026-11-30");
    live.until("2026-11-18T16:00:00");
    // The first sheet, filled in late for the first meeting, with another rating.
    let sheet = live.so_far().for_meeting("notification", "surrey-rmm-se/2026-11-04")[0].contents[0].clone();
    let late = filled(&sheet, &[("R-0001", "Rating agreed", "significant")]);
    live.deliver(&letter("surrey-rmm-se", ADMIN, "2026-11-19T09:00:00").file("sheet.xlsx", late));
    let r = live.finish();
    // Emerging allows three months; the latest meeting on or before 18 February.
    let set = r.journal.lines().find(|line| line.contains("review.set")).unwrap_or_default();
    assert!(set.contains("2027-02-"), "{set} {}", r.overview());
}
