//! Small words that say what is so, and no more.

use super::members::own_profile;
use crate::command::{change, shipped};
use crate::harness::{Story, ce_assessment, child, letter, rat};

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const BOX: &str = "surrey-rmm-se";

#[test]
fn mc_35_a_rating_that_sets_no_review_is_not_called_unknown() {
    let maisie = child(790, "Maisie Thornquist");
    let r = Story::new(BOX)
        .about([&maisie])
        .mail(&letter(BOX, VIKTOR, "2026-11-20T09:00:00").form(&rat(&maisie).rating("Minimal")))
        .simulate("2026-11-19", "2026-12-01");
    let asked = r.of("query").into_iter().find(|mail| mail.meeting == "surrey-rmm-se/2026-11-25").unwrap();
    assert!(asked.says("no date can be proposed, because Minimal sets no review"), "{}", asked.text);
    let told = r.alerts("R-0001 has no next review");
    assert!(told[0].says("Minimal sets no review, and nothing closes the case"), "{}", told[0].text);
}

#[test]
fn mc_34_who_is_asked_who_carries_a_case_is_not_asked_for_a_corrected_form() {
    let maisie = child(791, "Maisie Thornquist");
    let other = rat(&maisie).lead("Wendy Blenkin");
    let r = Story::new(BOX)
        .about([&maisie])
        .mail(&letter(BOX, VIKTOR, "2026-11-20T09:00:00").form(&other))
        .mail(&letter(BOX, VIKTOR, "2026-11-20T10:00:00").form(&rat(&child(792, "Rory Quillfeather")).rating("")))
        .simulate("2026-11-19", "2026-11-21");
    let asked = r.answer("001.eml");
    assert_eq!(asked.kind, "query");
    assert!(asked.says("We have a question.") && asked.says("Answer this mail. Give the reference"), "{}", asked.text);
    assert!(r.answer("002.eml").says("Answer this mail with the corrected form."), "{}", r.answer("002.eml").text);
}

#[test]
fn nt_04_children_of_the_same_initials_are_told_apart_by_the_attachment_that_brought_them() {
    let (maisie, mabel) = (child(793, "Maisie Thornquist"), child(794, "Mabel Thornquist"));
    let mail = letter(BOX, VIKTOR, "2026-11-20T09:00:00")
        .file("a.xlsx", rat(&maisie).bytes())
        .file("b.xlsx", rat(&mabel).bytes())
        .file("c.xlsx", rat(&child(795, "Rory Quillfeather")).bytes());
    let r = Story::new(BOX).about([&maisie, &mabel]).mail(&mail).simulate("2026-11-19", "2026-11-21");
    let answer = r.answer("001.eml");
    for words in ["R-0001 (M.T., attachment 1):", "R-0002 (M.T., attachment 2):", "R-0003 (R.Q.):"] {
        assert!(answer.says(words), "{words}: {}", answer.text);
    }
}

#[test]
fn mc_13_a_meeting_on_a_bank_holiday_is_acknowledged_with_that_word() {
    let maisie = child(796, "Maisie Thornquist");
    let r = Story::new("surrey-rmm-ne")
        .about([&maisie])
        .mail(&letter("surrey-rmm-ne", VIKTOR, "2026-12-22T09:00:00").form(&rat(&maisie).dated("20/12/2026")))
        .simulate("2026-12-21", "2026-12-23");
    let answer = r.answer("001.eml");
    assert!(answer.says("On time for the meeting of Mon 28 December 2026"), "{}", answer.text);
    assert!(
        answer.says(
            "That day is a bank holiday, so the panel is asked for another; whoever is invited is told (rule MC-13)."
        ),
        "{}",
        answer.text
    );
}

#[test]
fn mc_31_a_child_whom_the_chair_admitted_is_on_the_next_meeting_by_no_word_of_the_chairs() {
    let maisie = child(797, "Maisie Thornquist");
    let mut live = own_profile()
        .about([&maisie])
        .mail(&letter(BOX, VIKTOR, "2026-11-23T11:00:00").form(&rat(&maisie)))
        .live("2026-11-22", "2026-12-01");
    live.until("2026-11-23T11:30:00");
    live.admit("surrey-rmm-se/2026-11-25", "R-0001");
    live.until("2026-11-23T12:30:00");
    assert!(live.so_far().only("supplement").says("Admitted by the chair."));
    change(
        &live.path("panels/surrey-rmm-se.toml"),
        "exceptions = []",
        "exceptions = [{ date = 2026-11-25, cancelled = true }]",
    );
    live.start_again();
    let r = live.finish();
    let next = r.for_meeting("agenda", "surrey-rmm-se/2026-12-02")[0];
    assert!(next.children.contains("R-0001") && !next.says("Admitted by the chair"), "{}", next.text);
}

#[test]
fn bd_14_a_cut_off_that_the_profile_states_is_not_called_st_helens_thursday() {
    let rory = child(798, "Rory Quillfeather");
    let story = Story::new("st-helens-mace").about([&rory]);
    let profile = story.path("panels/st-helens-mace.toml");
    std::fs::create_dir_all(story.path("panels")).unwrap();
    std::fs::copy(shipped().join("panels/st-helens-mace.toml"), &profile).unwrap();
    let thursday = "rule = \"weekday-before\"\nweekday = \"thursday\"\ntime = \"23:59:59\"\nroll = \"none\"";
    change(&profile, thursday, "rule = \"working-days-before\"\ndays = 3");
    let r = story
        .mail(
            &letter("st-helens-mace", "nadia.coverdale@st-helens.example", "2026-11-10T09:00:00")
                .form(&ce_assessment(&rory)),
        )
        .simulate("2026-11-09", "2026-11-11");
    assert!(r.answer("001.eml").says("(rule BD-14)"), "{}", r.answer("001.eml").text);
}
