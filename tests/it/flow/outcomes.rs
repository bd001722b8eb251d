//! What a meeting decided comes back by mail (SY-19, SY-28, MC-03, MC-35).

use crate::harness::{Story, addresses, child, letter, rat, recording};

const VIKTOR: &str = "viktor.sowerby@surrey.example";
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
