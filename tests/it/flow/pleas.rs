//! Whoever sends a late paper is told to write if the child cannot wait: what they write then is put before the chair.

use crate::harness::{Letter, Live, Sent, Story, addresses, ce_assessment, child, letter, rat, same_second};

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const NADIA: &str = "nadia.coverdale@st-helens.example";
const CHAIR: &str = "emil.draycott@surrey.example";
const BOX: &str = "surrey-rmm-se";
const CANNOT_WAIT: &str = "Maisie was moved again last night and may not stay until next week.";

/// One child late for Wed 25 November, and what its sender was told.
fn late(n: u32) -> (Live, Sent) {
    let maisie = child(n, "Maisie Thornquist");
    let mut live = Story::new(BOX)
        .about([&maisie])
        .mail(&letter(BOX, VIKTOR, "2026-11-23T11:00:00").form(&rat(&maisie)))
        .live("2026-11-22", "2026-12-01");
    live.until("2026-11-23T12:00:00");
    let told = live.so_far().answer("001.eml").clone();
    assert!(told.says("If you think the child cannot wait until then, answer this mail and say why"), "{}", told.text);
    (live, told)
}

fn reply(to: &Sent, at: &str, words: &str) -> Letter {
    letter(BOX, VIKTOR, at)
        .subject(&format!("Re: {}", to.subject))
        .header("In-Reply-To", &format!("<{}>", to.message_id))
        .content("text/plain; charset=utf-8", &format!("{words}\n\nViktor\n"))
}

#[test]
fn mc_22_who_writes_that_a_late_child_cannot_wait_is_put_before_the_chair_and_told_so() {
    let (mut live, told) = late(760);
    live.deliver(&reply(&told, "2026-11-23T13:00:00", CANNOT_WAIT));
    live.until("2026-11-23T13:30:00");
    let r = live.so_far();
    assert_eq!(r.message("002.eml").fate, "accepted", "{}", r.overview());
    assert!(r.held.is_empty(), "{}", r.overview());
    let asked = r.alerts("can R-0001 wait?");
    assert_eq!(asked.len(), 1, "{}", r.overview());
    assert_eq!(asked[0].to, addresses([CHAIR]));
    same_second(asked[0].at, "2026-11-23T13:00:00");
    assert!(asked[0].says("dutyclerk meeting admit surrey-rmm-se/2026-11-25 R-0001"), "{}", asked[0].text);
    assert!(
        asked[0].says("M-000002") && asked[0].says("A-0003: a paper for R-0001 came too late"),
        "{}",
        asked[0].text
    );
    let answer = r.answer("002.eml");
    assert_eq!((answer.kind.as_str(), &answer.to), ("acknowledgement", &addresses([VIKTOR])));
    assert!(
        answer.says("You write about R-0001, which came too late for the meeting of Wed 25 November 2026. The chair has been asked whether it is heard there all the same (rule MC-22). Unless an invitation says otherwise, plan for Wed 2 December 2026."),
        "{}",
        answer.text
    );
    // Nobody answers in two working hours: it goes on.
    live.until("2026-11-23T15:30:00");
    assert_eq!(live.so_far().alerts("A-0003 is not answered").len(), 1);
}

#[test]
fn mc_22_it_reaches_the_chair_by_the_reference_too_and_deputy_and_duty_where_it_is_urgent() {
    let (mut live, _) = late(761);
    let fresh = letter(BOX, VIKTOR, "2026-11-23T13:00:00")
        .subject("R-0001")
        .content("text/plain; charset=utf-8", "She is at immediate risk and must be heard on Wednesday.\n");
    live.deliver(&fresh);
    let r = live.finish();
    let asked = r.alerts("can R-0001 wait?");
    assert_eq!(asked.len(), 1, "{}", r.overview());
    assert_eq!(asked[0].to, addresses([CHAIR, "dana.mawson@surrey.example", "rmm-se.duty@surrey.example"]));
}

#[test]
fn mc_22_that_the_child_leaves_the_area_stops_its_papers_and_is_put_before_the_chair_too() {
    let (mut live, told) = late(764);
    live.deliver(&reply(&told, "2026-11-23T13:00:00", "She is to be moved out of county on Thursday."));
    let r = live.finish();
    assert_eq!(r.alerts("can R-0001 wait?").len(), 1, "{}", r.overview());
    assert!(r.held.iter().any(|held| held.kind == "moved"), "{}", r.overview());
    let answer = r.answer("002.eml");
    assert!(
        answer.says("No paper about R-0001 goes out") && answer.says("The chair has been asked"),
        "{}",
        answer.text
    );
}

#[test]
fn mc_22_a_mail_about_a_child_in_time_or_after_the_meeting_waits_for_admin_and_names_the_child() {
    let (mut live, told) = late(762);
    live.deliver(&reply(&told, "2026-11-25T13:00:00", CANNOT_WAIT));
    let r = live.finish();
    assert!(r.alerts("can R-0001 wait?").is_empty(), "the meeting has begun: {}", r.overview());
    assert_eq!(r.message("002.eml").fate, "held");
    let held = r.alerts("held for you: H-0001");
    assert_eq!(held.len(), 1, "{}", r.overview());
    assert!(held[0].children.contains("R-0001"), "{}", held[0].text);
}

#[test]
fn mc_31_what_the_chair_was_asked_before_is_the_same_question_again() {
    let rory = child(763, "Rory Quillfeather");
    let mut live = Story::new("st-helens-mace")
        .about([&rory])
        .mail(&letter("st-helens-mace", NADIA, "2026-11-13T11:00:00").form(&ce_assessment(&rory).outcome(3)))
        .live("2026-11-10", "2026-11-18");
    live.until("2026-11-13T12:00:00");
    let told = live.so_far().answer("001.eml").clone();
    assert!(told.says("If you think the child cannot wait, answer this mail and say why."), "{}", told.text);
    let words = "He was found in Leeds this morning and his family want to send him away.\n";
    let written = letter("st-helens-mace", NADIA, "2026-11-13T12:10:00")
        .subject(&format!("Re: {}", told.subject))
        .header("In-Reply-To", &format!("<{}>", told.message_id))
        .content("text/plain; charset=utf-8", words);
    live.deliver(&written);
    live.until("2026-11-13T12:30:00");
    let r = live.so_far();
    let (first, second) = (r.alerts("late paper for R-0001"), r.alerts("can R-0001 wait?"));
    assert_eq!((first.len(), second.len()), (1, 1), "{}", r.overview());
    assert!(first[0].says("A-0003: ") && second[0].says("A-0003: "), "{}", second[0].text);
    assert!(r.answer("002.eml").says("The chair has been asked"), "{}", r.answer("002.eml").text);
}
