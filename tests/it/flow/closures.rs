//! Requests to close a case: heard as such, whatever the child was listed for (SH-08).

use crate::harness::{Form, Results, Story, ce_assessment, child, letter};

const NADIA: &str = "nadia.coverdale@st-helens.example";
/// The child's review after three months, on the agenda from Mon 18 January.
const REVIEW: &str = "st-helens-mace/2027-02-09";

fn request(n: u32) -> Form {
    ce_assessment(&child(n, "Rory Quillfeather"))
        .dated("18/01/2027")
        .outcome(4)
        .set("Type of assessment", "☐ Initial   ☐ Review   ☒ Closure")
        .set("Rationale", "No signs or evidence for two months; the family is engaged.")
}

/// Heard on Tue 17 November, and the request.
fn heard(n: u32, requested: &str) -> Story {
    let rory = child(n, "Rory Quillfeather");
    Story::new("st-helens-mace")
        .about([&rory])
        .mail(&letter("st-helens-mace", NADIA, "2026-11-10T16:40:00").form(&ce_assessment(&rory)))
        .mail(&letter("st-helens-mace", NADIA, requested).form(&request(n)))
}

/// Under which heading each mail of the meeting's agenda lists the child.
fn is_a_request(r: &Results) -> bool {
    let agenda = r.for_meeting("agenda", REVIEW);
    assert_eq!(agenda.len(), 1, "{}", r.overview());
    assert!(agenda[0].children.contains("R-0001"), "{}", agenda[0].text);
    agenda[0].says("CLOSURE REQUESTS") && !agenda[0].says("REVIEWS")
}

#[test]
fn sh_08_a_request_to_close_in_time_is_heard_as_one_though_a_review_is_listed_nearby() {
    for (n, requested) in [(430, "2027-01-20T10:00:00"), (431, "2027-02-02T10:00:00")] {
        let r = heard(n, requested).simulate("2026-11-10", "2027-02-06");
        let review = r.journal.matches("R-0001 is on the agenda of st-helens-mace/2027-02-09").count();
        assert_eq!(review, 1, "the review was listed: {}", r.overview());
        assert!(is_a_request(&r), "{}", r.for_meeting("agenda", REVIEW)[0].text);
        assert_eq!(r.for_meeting("agenda", REVIEW)[0].hashes(), [request(n).sha256()]);
    }
}

#[test]
fn sh_08_a_request_that_is_replaced_by_a_review_before_the_cutoff_is_one_no_more() {
    let rory = child(432, "Rory Quillfeather");
    let review = ce_assessment(&rory).dated("25/01/2027").set("Type of assessment", "☐ Initial   ☒ Review   ☐ Closure");
    let r = heard(432, "2027-01-20T10:00:00")
        .mail(&letter("st-helens-mace", NADIA, "2027-01-27T10:00:00").form(&review))
        .simulate("2026-11-10", "2027-02-06");
    assert_eq!(r.for_meeting("agenda", REVIEW)[0].hashes(), [review.sha256()], "{}", r.overview());
    assert!(!is_a_request(&r), "{}", r.for_meeting("agenda", REVIEW)[0].text);
}

#[test]
fn sh_08_a_late_request_is_one_once_the_chair_admits_it() {
    let mut live = heard(433, "2027-02-05T09:00:00").live("2026-11-10", "2027-02-06");
    live.until("2027-02-05T10:00:00");
    live.admit(REVIEW, "R-0001");
    let r = live.finish();
    assert!(is_a_request(&r), "{}", r.for_meeting("agenda", REVIEW)[0].text);
}

#[test]
fn sh_08_a_late_request_that_waits_for_the_next_meeting_is_one_there() {
    let next = "st-helens-mace/2027-05-04";
    let r = heard(434, "2027-02-05T09:00:00").simulate("2026-11-10", "2027-05-02");
    assert!(!is_a_request(&r), "the review went without it: {}", r.overview());
    let agenda = r.for_meeting("agenda", next);
    assert!(agenda.len() == 1 && agenda[0].says("CLOSURE REQUESTS"), "{}", r.overview());
}
