//! What waits for a person and nobody settles goes on to the next.

use crate::harness::{Results, Story, addresses, letter, same_second};
use dutyclerk::daemon::Release;

const NADIA: &str = "nadia.coverdale@st-helens.example";
const OWNER: &str = "ben.holroyd@st-helens.example";
const DEPUTY: &str = "nerys.halsall@st-helens.example";
const CHAIR: &str = "amira.ashdown@st-helens.example";

fn said(at: &str, text: &str) -> crate::harness::Letter {
    letter("st-helens-mace", NADIA, at).subject("Panel").content("text/plain; charset=utf-8", text)
}

fn told(r: &Results, about: &str, who: &str, at: &str) {
    let alerts = r.alerts(about);
    let alert = alerts.iter().find(|alert| alert.to == addresses([who])).unwrap_or_else(|| panic!("{}", r.overview()));
    same_second(alert.at, at);
}

#[test]
fn mc_32_what_nobody_settles_goes_to_the_deputy_after_two_working_hours_and_then_to_the_chair() {
    let r = Story::new("st-helens-mace")
        .mail(&said("2026-11-19T16:00:00", "I am unable to attend on Tuesday, sorry.\n"))
        .simulate("2026-11-18", "2026-11-24");
    told(&r, "held for you: H-0001", OWNER, "2026-11-19T16:00:00");
    told(&r, "H-0001 still waits", DEPUTY, "2026-11-20T10:00:00");
    told(&r, "H-0001 still waits", CHAIR, "2026-11-20T12:00:00");
    assert_eq!(r.alerts("still wait").len(), 2, "nobody comes after the chair: {}", r.overview());
    assert!(r.alerts("still wait")[0].says("Nobody has dealt with: H-0001, since Thu 19 November 2026 at 16:00"));
}

#[test]
fn mc_32_what_is_settled_in_time_goes_to_nobody_else_and_things_that_wait_go_together() {
    let mut live = Story::new("st-helens-mace")
        .mail(&said("2026-11-19T09:00:00", "I am unable to attend on Tuesday, sorry.\n"))
        .mail(&said("2026-11-19T09:00:30", "I am unable to attend on Tuesday either.\n"))
        .mail(&said("2026-11-19T09:00:40", "I cannot attend.\n"))
        .live("2026-11-18", "2026-11-19T12:00:00");
    live.until("2026-11-19T10:00:00");
    live.release("H-0002", Release::default());
    live.until("2026-11-19T11:00:30");
    let r = live.so_far();
    let asked = r.alerts("still wait");
    assert_eq!(asked.len(), 1, "{}", r.overview());
    assert!(asked[0].says("H-0001, since") && !asked[0].says("H-0002"), "{}", asked[0].text);
}

#[test]
fn sh_27_the_chair_is_reminded_of_a_dispute_and_told_with_the_deputy_when_five_working_days_are_over() {
    let dispute = said("2026-11-19T09:00:00", "I disagree with the decision of last week's panel.\n");
    let r = Story::new("st-helens-mace").mail(&dispute).simulate("2026-11-18", "2026-12-04");
    told(&r, "is to be answered by Thu 26 November 2026", CHAIR, "2026-11-25T09:00:00");
    let over = r.alerts("was to be answered by Thu 26 November 2026");
    assert_eq!(over.len(), 1, "once: {}", r.overview());
    assert_eq!(over[0].to, addresses([CHAIR, "rowan.tyldesley@st-helens.example"]));
    same_second(over[0].at, "2026-11-27T09:00:00");

    let mut live = Story::new("st-helens-mace").mail(&dispute).live("2026-11-18", "2026-12-04");
    live.until("2026-11-24T12:00:00");
    live.release("H-0001", Release::default());
    let r = live.finish();
    assert!(r.alerts("to be answered by").is_empty(), "it has been answered: {}", r.overview());
}
