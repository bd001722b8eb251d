//! After the meeting: reviews; and a meeting on a bank holiday.

use crate::command::{change, shipped};
use crate::harness::{Results, Sent, Story, addresses, ce_assessment, child, letter, rat, recording, same_second};

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const NADIA: &str = "nadia.coverdale@st-helens.example";

#[test]
fn mc_35_a_review_is_set_provisionally_and_listed_with_the_last_paper() {
    let maisie = child(100, "Maisie Thornquist");
    let form = rat(&maisie).rating("Experiencing");
    // Heard on Wed 4 November; nothing recorded; 28 days on is Wed 2 December (MC-27).
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-02T09:00:00").form(&form))
        .simulate("2026-11-02", "2026-12-03");
    assert!(
        r.journal.contains("no review date was recorded in two working days: 2026-12-02 is set provisionally"),
        "{}",
        r.journal
    );
    let with: Vec<_> = r.of("agenda").into_iter().filter(|m| m.children.contains("R-0001")).collect();
    let when: Vec<_> = with.iter().map(|m| m.meeting.as_str()).collect();
    assert_eq!(when, ["surrey-rmm-se/2026-11-04", "surrey-rmm-se/2026-12-02"]);
    let review = with[1];
    same_second(review.at, "2026-11-30T10:00:00");
    assert_eq!(review.hashes(), [form.sha256()], "the last RAT");
    assert!(
        review.says("REVIEWS")
            && review.says("Update not received: the child is due for review and is heard on the last papers we hold."),
        "{}",
        review.text
    );
    // SY-28: invited two working days after the meeting, when the date is set.
    let invited = r.for_meeting("invitation", "surrey-rmm-se/2026-12-02");
    assert_eq!(invited.len(), 1, "{}", r.overview());
    assert_eq!(invited[0].to, addresses([VIKTOR]));
}

#[test]
fn mc_03_an_emerging_child_is_reviewed_at_three_months_and_not_before() {
    let maisie = child(101, "Maisie Thornquist");
    // Heard on Wed 4 November 2026: three calendar months are over on Thu 4 February; the last meeting before is the 3rd.
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-02T09:00:00").form(&rat(&maisie).rating("Emerging")))
        .simulate("2026-11-02", "2027-02-04");
    let when: Vec<_> =
        r.of("agenda").into_iter().filter(|m| m.children.contains("R-0001")).map(|m| m.meeting.clone()).collect();
    assert_eq!(when, ["surrey-rmm-se/2026-11-04", "surrey-rmm-se/2027-02-03"]);
}

#[test]
fn mc_35_a_child_whose_risk_rises_is_heard_at_the_next_meeting_and_the_far_review_makes_way() {
    let maisie = child(107, "Maisie Thornquist");
    let risen = rat(&maisie).dated("19/11/2026").rating("Experiencing");
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-02T09:00:00").form(&rat(&maisie).rating("Emerging")))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:00:00").form(&risen))
        .simulate("2026-11-02", "2026-12-24");
    assert_eq!(r.message("002.eml").meeting_id.as_deref(), Some("surrey-rmm-se/2026-11-25"));
    let when: Vec<_> =
        r.of("agenda").into_iter().filter(|m| m.children.contains("R-0001")).map(|m| m.meeting.clone()).collect();
    let dates = ["2026-11-04", "2026-11-25", "2026-12-23"].map(|date| format!("surrey-rmm-se/{date}"));
    assert_eq!(when, dates, "28 days from the second hearing (MC-27)");
    let february = "surrey-rmm-se/2027-02-03";
    assert_eq!(r.for_meeting("invitation", february).len(), 1, "SY-28: {}", r.overview());
    assert_eq!(r.for_meeting("invitation-cancel", february).len(), 1);
}

#[test]
fn sy_07_an_update_that_comes_for_the_review_takes_the_last_papers_place() {
    let maisie = child(102, "Maisie Thornquist");
    let update = rat(&maisie).dated("25/11/2026").rating("Significant");
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-02T09:00:00").form(&rat(&maisie).rating("Experiencing")))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-26T09:00:00").form(&update))
        .simulate("2026-11-02", "2026-12-03");
    assert_eq!(r.message("002.eml").meeting_id.as_deref(), Some("surrey-rmm-se/2026-12-02"), "where it is listed");
    let review = r.for_meeting("agenda", "surrey-rmm-se/2026-12-02");
    assert_eq!(review[0].hashes(), [update.sha256()]);
    assert!(!review[0].says("Update not received"));
}

#[test]
fn sh_06_a_child_is_reviewed_at_three_months_from_the_start_of_the_pathway() {
    let maisie = child(103, "Maisie Thornquist");
    let form = ce_assessment(&maisie).dated("20/07/2026");
    // First mail on 28 July 2026: three months are over on 28 October; the last meeting before is Tue 20 October.
    let r = Story::new("st-helens-mace")
        .about([&maisie])
        .mail(&letter("st-helens-mace", "nadia.coverdale@st-helens.example", "2026-07-28T11:00:00").form(&form))
        .simulate("2026-07-28", "2026-10-21");
    let with: Vec<_> = r.of("agenda").into_iter().filter(|m| m.children.contains("R-0001")).collect();
    let when: Vec<_> = with.iter().map(|m| m.meeting.as_str()).collect();
    assert_eq!(when, ["st-helens-mace/2026-08-11", "st-helens-mace/2026-10-20"]);
    assert_eq!(with[1].hashes(), [form.sha256()]);
    assert!(with[1].says("Update not received"));
}

/// The meetings whose packs have the child.
fn packs_with_the_child(r: &Results) -> Vec<String> {
    r.of("agenda").into_iter().filter(|m| m.children.contains("R-0001")).map(|m| m.meeting.clone()).collect()
}

#[test]
fn sh_06_each_fixed_review_is_held_once_at_the_last_meeting_on_or_before_its_date() {
    let maisie = child(107, "Maisie Thornquist");
    // Three months are over on 6 January, six on 6 April (a meeting day), nine on 6 July 2027 (MC-05, MC-16).
    let r = Story::new("st-helens-mace")
        .about([&maisie])
        .mail(&letter("st-helens-mace", NADIA, "2026-10-06T11:00:00").form(&ce_assessment(&maisie).dated("01/10/2026")))
        .simulate("2026-10-05", "2027-07-21");
    let expected = ["2026-10-20", "2026-12-29", "2027-04-06", "2027-06-29"].map(|day| format!("st-helens-mace/{day}"));
    assert_eq!(packs_with_the_child(&r), expected);
    assert!(r.for_meeting("invitation", "st-helens-mace/2027-01-12").is_empty(), "{}", r.overview());
}

#[test]
fn sh_06_a_child_heard_early_for_another_reason_is_still_reviewed_before_the_fixed_date() {
    let maisie = child(108, "Maisie Thornquist");
    let form = |dated| ce_assessment(&maisie).dated(dated);
    let r = Story::new("st-helens-mace")
        .about([&maisie])
        .mail(&letter("st-helens-mace", NADIA, "2026-10-06T11:00:00").form(&form("01/10/2026")))
        .mail(&letter("st-helens-mace", NADIA, "2026-12-08T11:00:00").form(&form("07/12/2026")))
        .simulate("2026-10-05", "2027-01-20");
    let expected = ["2026-10-20", "2026-12-15", "2026-12-29"].map(|day| format!("st-helens-mace/{day}"));
    assert_eq!(packs_with_the_child(&r), expected);
}

#[test]
fn mc_13_what_follows_the_pack_of_such_a_meeting_goes_to_the_chair_alone_too() {
    let (maisie, rory) = (child(105, "Maisie Thornquist"), child(106, "Rory Quillfeather"));
    let form = |c| rat(c).dated("14/12/2026");
    let mut live = Story::new("surrey-rmm-ne")
        .about([&maisie, &rory])
        .mail(&letter("surrey-rmm-ne", VIKTOR, "2026-12-22T09:30:00").form(&form(&maisie)))
        .mail(&letter("surrey-rmm-ne", VIKTOR, "2026-12-23T10:30:00").form(&form(&rory)))
        .live("2026-12-21", "2026-12-28T13:00:00");
    live.until("2026-12-23T11:00:00");
    live.admit("surrey-rmm-ne/2026-12-28", "R-0002");
    let r = live.finish();
    let chair = addresses(["lena.nettleton@surrey.example"]);
    for (kind, papers) in [("agenda", 1), ("supplement", 1), ("list", 0)] {
        let mails = r.for_meeting(kind, "surrey-rmm-ne/2026-12-28");
        assert_eq!(mails.len(), 1, "{}", r.overview());
        assert_eq!((&mails[0].to, mails[0].files.len()), (&chair, papers), "{kind}");
    }
    assert!(r.of("health-copy").is_empty() && r.of("extract").is_empty(), "{}", r.overview());
}

#[test]
fn mc_13_a_meeting_on_a_bank_holiday_asks_for_a_date_and_its_pack_goes_to_the_chair_alone() {
    let maisie = child(104, "Maisie Thornquist");
    // Mon 28 December 2026 is a bank holiday.
    let meeting = "surrey-rmm-ne/2026-12-28";
    let r = Story::new("surrey-rmm-ne")
        .about([&maisie])
        .mail(&letter("surrey-rmm-ne", VIKTOR, "2026-12-22T09:30:00").form(&rat(&maisie).dated("14/12/2026")))
        .simulate("2026-11-01", "2027-01-02");
    let chair = "lena.nettleton@surrey.example";
    let asked: Vec<_> = r.alerts("is a bank holiday").into_iter().filter(|m| m.goes_to(chair)).collect();
    let days: Vec<String> = asked.iter().map(|m| m.at.to_string()).collect();
    // Eight weeks ahead, then on each working day of the last week; never after the day.
    let mornings =
        ["2026-11-02", "2026-12-21", "2026-12-22", "2026-12-23", "2026-12-24"].map(|d| format!("{d}T09:00:00Z"));
    assert_eq!(days, mornings, "{}", r.overview());
    let pack = r.for_meeting("agenda", meeting);
    assert_eq!(pack.len(), 1);
    same_second(pack[0].at, "2026-12-23T10:00:00");
    assert_eq!(pack[0].to, addresses([chair]));
    assert_eq!(pack[0].files.len(), 1, "papers keep arriving");
    let others: Vec<_> = r.sent.iter().filter(|m| m.meeting == meeting && !m.goes_to(chair)).collect();
    let not_told =
        |m: &&Sent| m.kind == "invitation" || m.kind == "acknowledgement" || m.subject.contains("whom else to invite?");
    assert!(others.iter().all(not_told), "{}", r.overview());
    // Nobody moved it, so it was not held: the child is heard a week later, with the same paper.
    let next = r.for_meeting("agenda", "surrey-rmm-ne/2027-01-04");
    assert_eq!((next[0].to.len(), next[0].hashes()), (5, pack[0].hashes()));
    let told = r.alerts("Mon 28 December 2026 was not held: its children are on Mon 4 January 2027");
    assert_eq!(told.len(), 1, "{}", r.overview());
    assert_eq!(told[0].to, addresses([chair]));
}

/// The last meeting on or before the date may be five weeks before it.
#[test]
fn sh_06_a_panel_that_meets_monthly_holds_each_fixed_review_once_and_in_time() {
    let rory = child(930, "Rory Quillfeather");
    let form = ce_assessment(&rory).dated("01/10/2026");
    let mail = letter("st-helens-mace", NADIA, "2026-10-07T11:00:00").form(&form);
    let story = Story::new("st-helens-mace").about([&rory]).mail(&mail);
    let profile = "panels/st-helens-mace.toml";
    std::fs::create_dir_all(story.path("panels")).unwrap();
    std::fs::copy(shipped().join(profile), story.path(profile)).unwrap();
    change(&story.path(profile), "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "FREQ=MONTHLY;BYDAY=2TU");
    // Three months are over on 7 January; the panel meets on 8 December and 12 January.
    let r = story.simulate("2026-10-05", "2027-02-10");
    let with: Vec<_> = r.of("agenda").into_iter().filter(|m| m.children.contains("R-0001")).collect();
    let when: Vec<_> = with.iter().map(|m| m.meeting.as_str()).collect();
    assert_eq!(when, ["st-helens-mace/2026-10-13", "st-helens-mace/2026-12-08"], "{}", r.overview());
}

#[test]
fn mc_03_a_review_date_that_a_higher_rating_no_longer_allows_is_asked_for_anew() {
    let maisie = child(125, "Maisie Thornquist");
    let record = recording(&maisie).rating("Emerging").set("Next review date", "10/02/2027");
    let risen = rat(&maisie).dated("18/11/2026").rating("Experiencing");
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-05T09:00:00").form(&rat(&maisie).rating("Emerging")))
        .mail(&letter("surrey-rmm-se", "graham.rimmer@surrey.example", "2026-11-11T15:00:00").form(&record))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").form(&risen))
        .simulate("2026-11-04", "2026-12-03");
    // Heard on 25 November: one month at the longest.
    let asked = r.for_meeting("query", "surrey-rmm-se/2026-11-25");
    assert_eq!(asked.len(), 1, "{}", r.overview());
    assert!(asked[0].says("the rating allows Fri 25 December 2026 at the latest"), "{}", asked[0].text);
    assert!(!asked[0].says("10 February 2027"), "{}", asked[0].text);
    let set = r.of("notification").into_iter().find(|mail| mail.subject.contains("(provisional)")).unwrap();
    assert!(set.says("Wed 23 December 2026"), "{}", set.text);
}
