//! An alert that asks somebody to do something goes on until somebody answers it, or until it is over.

use super::responses::{bounce, health_copies};
use super::settling::codes;
use crate::harness::{Letter, Live, Results, Sent, Story, addresses, ce_assessment, child, letter, rat, same_second};
use dutyclerk::casework::Ref;
use dutyclerk::store::RestrictionSubject;

const MACE: &str = "st-helens-mace";
const NADIA: &str = "nadia.coverdale@st-helens.example";
const DUTY: &str = "mace.duty@st-helens.example";
const OWNER: &str = "ben.holroyd@st-helens.example";
const DEPUTY: &str = "nerys.halsall@st-helens.example";
const CHAIR: &str = "amira.ashdown@st-helens.example";
const DEPUTY_CHAIR: &str = "rowan.tyldesley@st-helens.example";

/// The alerts that went on about this one, oldest first, as to whom and when.
fn went_on<'r>(r: &'r Results, about: &str) -> Vec<&'r Sent> {
    r.alerts("not answered").into_iter().filter(|mail| mail.says(about)).collect()
}

/// Which alert a mail is about, and its code.
fn asked(mail: &Sent) -> (String, String) {
    let found = codes(mail).into_iter().find(|(about, _)| matches!(about.parse(), Ok(Ref::Alert(_))));
    found.unwrap_or_else(|| panic!("{}", mail.text))
}

fn answer(to: &Sent, from: &str, arrives: &str) -> Letter {
    let (_, code) = asked(to);
    let head = format!(
        "From: MACE <mace@st-helens.example>\nSent: 9 November 2026 09:00\nTo: {from}\nSubject: {}",
        to.subject
    );
    let words = format!("{code} 1\n\n________________________________\n{head}\n\n{}", to.text);
    letter(MACE, from, arrives).subject(&format!("Re: {}", to.subject)).body(&words)
}

fn state(live: &Live, number: &str) -> String {
    let number = number.parse().unwrap();
    live.ask(async |store| store.read().await.unwrap().asked(number).await.unwrap().unwrap().state.to_string())
}

/// Urgent words on a Saturday night.
fn urgent(n: u32) -> Story {
    let maisie = child(n, "Maisie Thornquist");
    let note =
        letter(MACE, NADIA, "2026-11-07T23:41:00").body("She is at immediate risk tonight and has gone missing.");
    Story::new(MACE).about([&maisie]).mail(&note.form(&ce_assessment(&maisie)))
}

#[test]
fn mc_32_an_alert_that_asks_for_something_goes_on_to_the_next_and_the_last_and_no_further() {
    let r = urgent(801).simulate("2026-11-07", "2026-11-12");
    let first = r.alerts("urgent wording in M-000001")[0];
    same_second(first.at, "2026-11-07T23:41:00");
    assert!(
        first.says("1. I have it in hand. It goes on to nobody else.")
            && first.says("goes on to the next person after two working hours"),
        "{}",
        first.text
    );
    let on = went_on(&r, "urgent wording in M-000001");
    assert_eq!(on.len(), 2, "{}", r.overview());
    // Two working hours from Monday at nine.
    assert_eq!(on[0].to, addresses([OWNER, DEPUTY]));
    same_second(on[0].at, "2026-11-09T11:00:00");
    assert_eq!(on[1].to, addresses([CHAIR]));
    same_second(on[1].at, "2026-11-09T13:00:00");
    // It says all that the first said.
    let (number, _) = asked(first);
    for on in on {
        assert!(on.subject.ends_with(&format!("{number} is not answered")), "{}", on.subject);
        assert!(
            on.says(&format!("Nobody has answered {number}, since Sat 7 November 2026 at 23:41: urgent wording in M-000001. Message M-000001 speaks of immediate danger to a child. Open it in the duty mailbox now. What to do: See what was received and decided: dutyclerk explain M-000001."))
                && on.says("from whoever is on duty to the panel's owner and deputy and then to the chair"),
            "{}",
            on.text
        );
        assert_eq!(asked(on).0, number);
    }
}

#[test]
fn mc_32_whoever_is_on_duty_says_that_they_have_it_in_hand_and_nobody_else_hears_of_it() {
    let mut live = urgent(802).live("2026-11-07", "2026-11-12");
    live.until("2026-11-09T09:30:00");
    let first = live.so_far().alerts("urgent wording")[0].clone();
    assert_eq!(first.to, addresses([DUTY]));
    let (number, code) = asked(&first);
    assert_eq!(state(&live, &number), "open");
    // Passed on, the code is of no use to anybody else.
    live.deliver(&letter(MACE, NADIA, "2026-11-09T09:40:00").subject("About your mail").body(&format!("{code} 1")));
    live.until("2026-11-09T10:00:00");
    assert_eq!(state(&live, &number), "open");
    live.deliver(&answer(&first, DUTY, "2026-11-09T10:30:00"));
    live.until("2026-11-09T10:45:00");
    let told = live.so_far().answer("003.eml").clone();
    assert_eq!(told.subject, format!("MACE: {number} is settled"));
    assert!(told.says(&format!("{number} is in your hands, and goes on to nobody else.")), "{}", told.text);
    assert_eq!(state(&live, &number), "answered");
    let by = live.ask(async |store| {
        let asked = store.read().await.unwrap().asked(number.parse().unwrap()).await.unwrap().unwrap();
        asked.answer.unwrap().open().unwrap().by.reveal().clone()
    });
    assert_eq!(by, "MACE duty worker");
    let r = live.finish();
    assert_eq!(r.alerts("urgent wording").len(), 1, "an answer to it is not urgent: {}", r.overview());
    assert!(went_on(&r, "urgent wording").is_empty(), "{}", r.overview());
    assert!(r.held.iter().all(|held| held.number != number), "it is no paper");
}

/// A paper after the cut-off, which the chair may admit.
fn late(n: u32) -> Live {
    let rory = child(n, "Rory Quillfeather");
    let form = ce_assessment(&rory).outcome(3).dated("10/11/2026");
    Story::new(MACE)
        .about([&rory])
        .mail(&letter(MACE, NADIA, "2026-11-13T10:05:00").form(&form))
        .live("2026-11-10", "2026-11-18")
}

#[test]
fn mc_31_a_question_to_the_chair_goes_on_to_the_deputy_chair_and_the_owner_and_is_over_when_the_child_is_admitted() {
    let r = late(803).finish();
    assert_eq!(r.alerts("admit it to")[0].to, addresses([CHAIR]));
    let on = went_on(&r, "admit it to Tue 17 November 2026?");
    let told: Vec<_> = on.iter().map(|mail| mail.to.clone()).collect();
    assert_eq!(told, [addresses([DEPUTY_CHAIR]), addresses([OWNER])], "{}", r.overview());
    same_second(on[0].at, "2026-11-13T12:05:00");
    same_second(on[1].at, "2026-11-13T14:05:00");

    let mut live = late(804);
    live.until("2026-11-13T12:30:00");
    let on = went_on(&live.so_far(), "admit it to")[0].clone();
    live.admit("st-helens-mace/2026-11-17", "R-0001");
    let (number, _) = asked(&on);
    live.until("2026-11-13T15:00:00");
    assert_eq!(state(&live, &number), "answered");
    // Whoever answers now is told.
    live.deliver(&answer(&on, DEPUTY_CHAIR, "2026-11-13T15:10:00"));
    live.until("2026-11-13T15:20:00");
    assert!(live.so_far().answer("002.eml").says("It was settled already."), "{}", live.so_far().overview());
    let r = live.finish();
    assert_eq!(went_on(&r, "admit it to").len(), 1, "the owner need not hear of it: {}", r.overview());
}

#[test]
fn mc_32_a_question_about_a_meeting_is_over_when_it_begins() {
    let rory = child(805, "Rory Quillfeather");
    let form = ce_assessment(&rory).outcome(3).dated("10/11/2026");
    let mut live = Story::new(MACE)
        .about([&rory])
        .mail(&letter(MACE, NADIA, "2026-11-17T08:30:00").form(&form))
        .live("2026-11-10", "2026-11-19");
    live.until("2026-11-17T09:30:00");
    let first = live.so_far().alerts("admit it to")[0].clone();
    let (number, _) = asked(&first);
    assert_eq!(state(&live, &number), "open");
    let r = {
        live.until("2026-11-18T12:00:00");
        live.so_far()
    };
    assert_eq!(state(&live, &number), "over");
    assert!(went_on(&r, "admit it to").is_empty(), "{}", r.overview());
}

#[test]
fn invariant_5_an_alert_about_a_child_goes_on_past_whom_the_child_is_kept_from() {
    let mut live = late(806);
    live.until("2026-11-13T11:00:00");
    live.restrict("R-0001", RestrictionSubject::Person, DEPUTY_CHAIR);
    let r = live.finish();
    let on = went_on(&r, "admit it to");
    let told: Vec<_> = on.iter().map(|mail| mail.to.clone()).collect();
    assert_eq!(told, [addresses([OWNER])], "{}", r.overview());
}

#[test]
fn mc_34_who_is_added_to_the_directory_later_ends_the_question() {
    // Alerts that wait together go on together.
    let (maisie, rory) = (child(807, "Maisie Thornquist"), child(808, "Rory Quillfeather"));
    let gp = "castle-hill-surgery@nhs.example";
    let r = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(
            &letter("surrey-rmm-se", gp, "2026-11-18T10:00:00")
                .form(&rat(&maisie).set("Lead Professional", "Una Nobody")),
        )
        .mail(
            &letter("surrey-rmm-se", gp, "2026-11-18T10:00:20")
                .form(&rat(&rory).set("Lead Professional", "Una Nobody")),
        )
        .simulate("2026-11-18T09:00:00", "2026-11-19");
    assert_eq!(r.alerts("no caseworker known").len(), 2, "{}", r.overview());
    let on = r.alerts("not answered");
    let about: Vec<_> = on.iter().filter(|mail| mail.says("no caseworker known for R-0001")).collect();
    assert_eq!(about.len(), 2, "{}", r.overview());
}

#[test]
fn rfc_3464_who_was_not_reached_and_is_seen_to_by_nobody_goes_to_the_deputy_and_the_chair_before_the_meeting() {
    let mut live = health_copies(Story::live);
    let copy = (*live.so_far().of("health-copy").first().unwrap()).clone();
    let whom = copy.to.first().unwrap().clone();
    let report = letter("surrey-rmm-se", "postmaster@nhs.example", "2026-11-23T18:30:00");
    live.deliver(&bounce(&copy, &whom, report));
    let r = live.finish();
    assert_eq!(r.alerts("did not reach 1 of 1").len(), 1, "{}", r.overview());
    let on = went_on(&r, "did not reach 1 of 1");
    assert_eq!(on.len(), 2, "{}", r.overview());
    same_second(on[0].at, "2026-11-24T11:00:00");
    same_second(on[1].at, "2026-11-24T13:00:00");
    assert!(on.iter().all(|mail| !mail.text.contains(&whom)), "an alert names roles, not people");
}
