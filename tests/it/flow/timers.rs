//! What is owed between meetings is reminded of in time, once, and to the right people (SH-14, SH-15, SH-19, SH-20, SH-30, SH-31,
//! SY-31, BD-03).

use super::covering_notes::flagged;
use crate::command::{change, shipped};
use crate::harness::{Child, Results, Sent, Story, addresses, ce_assessment, child, filled, letter, rat, same_second};
use dutyclerk::casework::panel::ClockRule;

const NADIA: &str = "nadia.coverdale@st-helens.example";
const IDRIS: &str = "idris.yardley@st-helens.example";
const COMPLEX: &str = "dilip.varley@st-helens.example";
const VIKTOR: &str = "viktor.sowerby@surrey.example";
const ADMIN: &str = "ben.holroyd@st-helens.example";
const MEETING: &str = "st-helens-mace/2026-11-17";

fn about<'a>(r: &'a Results, kind: &str, words: &str) -> Vec<&'a Sent> {
    r.of(kind).into_iter().filter(|mail| mail.subject.contains(words)).collect()
}

#[test]
fn sh_15_the_worker_and_the_team_manager_are_reminded_before_four_weeks_are_over_and_sh_31_alerted_after() {
    let rory = child(400, "Rory Quillfeather");
    let r = Story::new("st-helens-mace")
        .about([&rory])
        .mail(&letter("st-helens-mace", NADIA, "2026-11-10T16:40:00").form(&ce_assessment(&rory)))
        .simulate("2026-11-10", "2026-12-15");
    // Dated 2 November: 28 days are over with the 30th.
    let reminded = about(&r, "reminder", "assessment due by Mon 30 November 2026");
    assert_eq!(reminded.len(), 1, "{}", r.overview());
    same_second(reminded[0].at, "2026-11-23T09:00:00");
    assert_eq!(reminded[0].to, addresses([NADIA, IDRIS]));
    assert!(reminded[0].says("dated Mon 2 November 2026") && reminded[0].says(&rory.lcs), "{}", reminded[0].text);
    let alerted = about(&r, "alert", "practice alert, R-0001, assessment overdue since Mon 30 November 2026");
    assert_eq!(alerted.len(), 1, "once: {}", r.overview());
    same_second(alerted[0].at, "2026-12-01T09:00:00");
    assert_eq!(alerted[0].to, addresses([IDRIS, COMPLEX]), "from Complex Safeguarding to the team manager");
    assert!(alerted[0].says("Team manager: please see that"), "{}", alerted[0].text);
}

#[test]
fn sh_15_a_review_in_time_silences_both_and_starts_the_four_weeks_anew() {
    let rory = child(401, "Rory Quillfeather");
    let review = ce_assessment(&rory).dated("20/11/2026").set("Type of assessment", "☐ Initial   ☒ Review   ☐ Closure");
    let r = Story::new("st-helens-mace")
        .about([&rory])
        .mail(&letter("st-helens-mace", NADIA, "2026-11-10T16:40:00").form(&ce_assessment(&rory)))
        .mail(&letter("st-helens-mace", NADIA, "2026-11-20T11:00:00").form(&review))
        .simulate("2026-11-10", "2026-12-18");
    let reminded = about(&r, "reminder", "assessment");
    assert_eq!(reminded.len(), 1, "{}", r.overview());
    assert!(reminded[0].subject.contains("due by Fri 18 December 2026"), "{}", reminded[0].subject);
    assert_eq!(about(&r, "alert", "practice alert").len(), 0, "{}", r.overview());
}

#[test]
fn sh_15_without_risk_nobody_is_reminded() {
    let rory = child(402, "Rory Quillfeather");
    let r = Story::new("st-helens-mace")
        .about([&rory])
        .mail(&letter("st-helens-mace", NADIA, "2026-11-10T16:40:00").form(&ce_assessment(&rory).outcome(4)))
        .simulate("2026-11-10", "2026-12-15");
    assert_eq!(about(&r, "reminder", "assessment").len() + about(&r, "alert", "practice").len(), 0, "{}", r.overview());
}

#[test]
fn sh_31_without_a_known_team_manager_complex_safeguarding_are_asked_to_find_one() {
    let rory = child(403, "Rory Quillfeather");
    let form = ce_assessment(&rory).set("Team manager", "Somebody Else");
    let r = Story::new("st-helens-mace")
        .about([&rory])
        .mail(&letter("st-helens-mace", NADIA, "2026-11-10T16:40:00").form(&form))
        .simulate("2026-11-10", "2026-12-02");
    let alerted = about(&r, "alert", "practice alert");
    assert_eq!(alerted.len(), 1, "{}", r.overview());
    assert_eq!(alerted[0].to, addresses([COMPLEX]));
    assert!(alerted[0].says("We do not know who the team manager is"), "{}", alerted[0].text);
}

/// Heard on Tue 17 November, and what admin's outcome sheet said of it.
fn heard(n: u32) -> Story {
    let rory = child(n, "Rory Quillfeather");
    let referred = || {
        Story::new("st-helens-mace")
            .about([&rory])
            .mail(&letter("st-helens-mace", NADIA, "2026-11-10T16:40:00").form(&ce_assessment(&rory)))
    };
    let pack = referred().simulate("2026-11-10", "2026-11-18");
    let cells = [("R-0001", "Rating agreed", "Child may be being exploited"), ("R-0001", "Decision", "Continue")];
    let mail = letter("st-helens-mace", ADMIN, "2026-11-17T16:00:00").subject("Outcomes").body("Filled in.");
    referred().mail(&mail.file("outcome-sheet.xlsx", filled(&pack.only("notification").contents[0], &cells)))
}

#[test]
fn sh_14_the_template_is_reminded_of_at_half_time_and_when_five_days_are_over() {
    let r = heard(404).simulate("2026-11-10", "2026-11-25");
    assert!(r.journal.contains("outcome.recorded"), "a sheet is no template: {}", r.overview());
    let near = about(&r, "reminder", "template of Tue 17 November 2026 due by Sun 22 November 2026");
    let over = about(&r, "reminder", "template of Tue 17 November 2026 was due by Sun 22 November 2026");
    assert_eq!((near.len(), over.len()), (1, 1), "{}", r.overview());
    same_second(near[0].at, "2026-11-20T09:00:00");
    same_second(over[0].at, "2026-11-23T09:00:00");
    for mail in [near[0], over[0]] {
        assert_eq!((&mail.to, mail.meeting.as_str()), (&addresses([NADIA, IDRIS]), MEETING));
    }
}

#[test]
fn sh_14_minutes_on_the_childrens_records_end_the_reminders_of_the_template() {
    let mut live = heard(405).live("2026-11-10", "2026-11-25");
    live.until("2026-11-19T12:00:00");
    live.uploaded(MEETING);
    let r = live.finish();
    assert_eq!(about(&r, "reminder", "template").len(), 0, "{}", r.overview());
}

#[test]
fn sh_14_a_persons_word_ends_the_reminders_of_one_childs_template() {
    let mut live = heard(408).live("2026-11-10", "2026-11-25");
    live.until("2026-11-19T12:00:00");
    live.done("R-0001", "meeting_template").unwrap();
    assert!(live.done("R-0001", "meeting_template").unwrap_err().to_string().contains("it is done already"));
    let r = live.finish();
    assert_eq!(about(&r, "reminder", "template").len(), 0, "{}", r.overview());
    let line = r.journal.lines().find(|line| line.contains("obligation.ended")).unwrap();
    assert!(line.contains("SH-14") && line.contains("R-0001"), "{line}");
    assert!(!r.journal.contains("Odile") && !r.journal.contains("telephone"), "{}", r.journal);
}

#[test]
fn sh_30_the_head_of_service_is_reminded_of_a_case_open_six_months() {
    let rory = child(406, "Rory Quillfeather");
    let r = Story::new("st-helens-mace")
        .about([&rory])
        .mail(&letter("st-helens-mace", NADIA, "2026-05-05T11:00:00").form(&ce_assessment(&rory).dated("01/05/2026")))
        .simulate("2026-05-05", "2026-11-10");
    let told = about(&r, "reminder", "head of service review at 6 months");
    assert_eq!(told.len(), 1, "{}", r.overview());
    same_second(told[0].at, "2026-10-29T09:00:00");
    assert_eq!(told[0].to, addresses(["odette.halsall@st-helens.example", IDRIS]));
}

#[test]
fn sy_31_the_lead_professional_is_reminded_before_the_assessment_is_three_months_old() {
    let maisie = child(407, "Maisie Thornquist");
    let form = rat(&maisie).rating("Emerging").dated("12/10/2026");
    // Heard on Wed 4 November, due again in February; the assessment itself by 12 January.
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-02T09:00:00").form(&form))
        .simulate("2026-11-02", "2027-01-20");
    let told = about(&r, "reminder", "assessment due by Tue 12 January 2027");
    assert_eq!(told.len(), 1, "{}", r.overview());
    same_second(told[0].at, "2027-01-05T09:00:00");
    assert_eq!(told[0].to, addresses([VIKTOR]));
    assert_eq!(about(&r, "alert", "practice").len(), 0, "no rule of Surrey's");
}

#[test]
fn sy_29_the_reminder_of_a_review_asks_for_the_assessment_too_and_only_what_the_review_did_not_get_is_asked_again() {
    let maisie = child(408, "Maisie Thornquist");
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-02T09:00:00").form(&rat(&maisie).rating("Emerging")))
        .simulate("2026-11-02", "2027-02-10");
    // The three months end with 2 February, the day before the review; when that is over the assessment is still owed.
    let reminders: Vec<_> = r.of("reminder").iter().map(|mail| (mail.at.to_string(), mail.subject.clone())).collect();
    let expected = [
        ("2027-01-25T09:00:00Z", "RMM South East: R-0001, review on Wed 3 February 2027"),
        ("2027-02-03T13:00:00Z", "RMM South East: R-0001, assessment was due by Tue 2 February 2027"),
    ];
    assert_eq!(reminders, expected.map(|(at, subject)| (at.to_owned(), subject.to_owned())));
}

/// A panel that wants the first assessment within ten working days, and a child announced to it on Tue 10 November.
fn announced(n: u32) -> (Child, Story) {
    let orla = child(n, "Orla Penhallow");
    let story = Story::new("st-helens-mace");
    let profile = "panels/st-helens-mace.toml";
    std::fs::create_dir_all(story.path("panels")).unwrap();
    std::fs::copy(shipped().join(profile), story.path(profile)).unwrap();
    change(&story.path(profile), "[timers.template]", "[timers.first]\nworking_days = 10\n\n[timers.template]");
    let note =
        letter("st-helens-mace", NADIA, "2026-11-10T09:00:00").content("text/plain; charset=utf-8", &flagged(&orla));
    let story = story.about([&orla]).mail(&note);
    (orla, story)
}

#[test]
fn bd_03_a_child_taken_without_an_assessment_is_reminded_of_five_working_days_before_the_tenth() {
    let (_, story) = announced(409);
    let r = story.simulate("2026-11-09", "2026-12-10");
    let told = about(&r, "reminder", "first assessment");
    assert_eq!(told.len(), 1, "once: {}", r.overview());
    assert_eq!(told[0].subject, "MACE: R-0001, first assessment due by Tue 24 November 2026");
    same_second(told[0].at, "2026-11-17T09:00:00");
    assert_eq!(told[0].to, addresses([NADIA]));
    assert!(
        told[0].says("taken on Tue 10 November 2026, and we hold no dated assessment yet. It is due by Tue 24 November 2026, 10 working days after. (rule BD-03)"),
        "{}",
        told[0].text
    );
}

#[test]
fn bd_03_an_assessment_that_has_come_is_not_reminded_of() {
    let (orla, story) = announced(410);
    let form = ce_assessment(&orla).set("Date of assessment", "12/11/2026");
    let r = story
        .mail(&letter("st-helens-mace", NADIA, "2026-11-13T09:00:00").form(&form))
        .simulate("2026-11-09", "2026-12-01");
    assert_eq!(about(&r, "reminder", "first assessment").len(), 0, "{}", r.overview());
}

#[test]
fn sh_19_sh_20_a_referral_from_outside_without_a_worker_says_by_when_the_front_door_lists_and_decides_it() {
    let (rory, orla) = (child(411, "Rory Quillfeather"), child(412, "Orla Penhallow"));
    let from_a_gp = |child: &Child, arrives: &str| {
        let form = ce_assessment(child).set("Allocated social worker", "Una Nobody").set("Team manager", "Una Nobody");
        letter("st-helens-mace", "castle-hill-surgery@nhs.example", arrives).form(&form)
    };
    let r = Story::new("st-helens-mace")
        .about([&rory, &orla])
        .mail(&from_a_gp(&rory, "2026-11-10T14:20:00"))
        .mail(&from_a_gp(&orla, "2026-11-10T15:10:00"))
        .simulate("2026-11-10", "2026-11-11T08:00:00");
    let told = r.alerts("no caseworker known");
    assert_eq!(told.len(), 2, "{}", r.overview());
    same_second(told[0].at, "2026-11-10T14:20:00");
    for words in [
        "it is on the agenda of the morning meeting of Wed 11 November 2026 by Tue 10 November 2026 at 15:00 (SH-20)",
        "whether the child is assessed is decided by Wed 11 November 2026 (SH-19)",
        "Decide by Wed 11 November 2026 at 17:00.",
    ] {
        assert!(told[0].says(words), "{words}: {}", told[0].text);
    }
    assert!(
        told[1].says("it is a late addition to the morning meeting of Wed 11 November 2026 (SH-20)"),
        "{}",
        told[1].text
    );
}

#[test]
fn sy_33_a_clock_that_a_person_starts_reminds_of_the_review_before_and_after_its_day_until_it_is_stopped() {
    let maisie = child(440, "Maisie Thornquist");
    let started = |until| {
        let mut live = Story::new("surrey-rmm-se")
            .about([&maisie])
            .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-02T09:00:00").form(&rat(&maisie)))
            .live("2026-11-02", until);
        live.until("2026-11-03T12:00:00");
        live.clock("R-0001", ClockRule::Sy33, Some("2026-09-01"));
        live
    };
    let r = started("2026-12-10T12:00:00").finish();
    let reminded = about(&r, "reminder", "R-0001, review due by Tue 1 December 2026");
    assert_eq!(reminded.len(), 1, "{}", r.overview());
    same_second(reminded[0].at, "2026-11-24T09:00:00");
    assert_eq!(reminded[0].to, addresses([VIKTOR, "keir.nettleton@surrey.example"]), "and the team manager");
    assert!(reminded[0].says("moved out of county on Tue 1 September 2026"), "{}", reminded[0].text);
    assert!(reminded[0].says("(rule SY-33)") && reminded[0].says("host youth offending service"));
    let over = about(&r, "reminder", "R-0001, review was due by Tue 1 December 2026");
    assert_eq!(over.len(), 1, "once: {}", r.overview());
    same_second(over[0].at, "2026-12-02T09:00:00");
    assert!(r.journal.contains("\"case.clock\",\"rule\":\"SY-33\""), "{}", r.journal);

    let mut live = started("2026-12-10T12:00:00");
    live.until("2026-11-20T12:00:00");
    live.clock("R-0001", ClockRule::Sy33, None);
    let r = live.finish();
    assert!(about(&r, "reminder", "review due by Tue 1 December").is_empty(), "{}", r.overview());
}

#[test]
fn sh_18_the_initial_assessment_meeting_is_due_ten_days_after_the_decision() {
    let rory = child(441, "Rory Quillfeather");
    let mut live = Story::new("st-helens-mace")
        .about([&rory])
        .mail(&letter("st-helens-mace", NADIA, "2026-11-10T16:40:00").form(&ce_assessment(&rory)))
        .live("2026-11-10", "2026-11-25T12:00:00");
    live.until("2026-11-11T12:00:00");
    live.clock("R-0001", ClockRule::Sh18, Some("2026-11-09"));
    let r = live.finish();
    let reminded = about(&r, "reminder", "R-0001, initial assessment meeting due by Thu 19 November 2026");
    assert_eq!(reminded.len(), 1, "{}", r.overview());
    assert_eq!(reminded[0].to, addresses([NADIA, IDRIS]));
    assert_eq!(about(&r, "reminder", "initial assessment meeting was due by").len(), 1, "{}", r.overview());
}

#[test]
fn s0_08_the_nrm_referral_meeting_is_reminded_of_before_a_month_has_passed() {
    let maisie = child(442, "Maisie Thornquist");
    let story = super::members::own_profile();
    let clocks = "[[timers.clocks]]\nrule = \"S0-08\"\nafter = { months = 1 }\n\n[[timers.clocks]]\nrule = \"SY-32\"";
    crate::command::change(&story.path("panels/surrey-rmm.toml"), "[[timers.clocks]]\nrule = \"SY-32\"", clocks);
    let mut live = story
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-02T09:00:00").form(&rat(&maisie)))
        .live("2026-11-02", "2026-12-10T12:00:00");
    live.until("2026-11-03T12:00:00");
    live.clock("R-0001", ClockRule::S008, Some("2026-11-02"));
    let r = live.finish();
    let reminded = about(&r, "reminder", "R-0001, NRM referral meeting due by Wed 2 December 2026");
    assert_eq!(reminded.len(), 1, "{}", r.overview());
    assert!(reminded[0].says("before a month has passed. (rule S0-08)"), "{}", reminded[0].text);
    assert_eq!(about(&r, "reminder", "NRM referral meeting was due by").len(), 1, "{}", r.overview());
}
