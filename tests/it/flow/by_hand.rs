//! What a person says beside the mail: when a child is reviewed (SH-07, MC-03, MC-35), and that something owed is met (SH-14).

use crate::harness::{Live, Story, addresses, child, letter, rat, recording};
use dutyclerk::casework::rules::Flag;

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const ADMIN: &str = "graham.rimmer@surrey.example";
const BOX: &str = "surrey-rmm-se";

/// Heard on Wed 4 November; what was recorded of it, if anything.
fn heard(n: u32, review: Option<&str>) -> Live {
    let maisie = child(n, "Maisie Thornquist");
    let mut story =
        Story::new(BOX).about([&maisie]).mail(&letter(BOX, VIKTOR, "2026-11-02T09:00:00").form(&rat(&maisie)));
    if let Some(review) = review {
        let form = recording(&maisie).set("Date of next RMM/MACE", review);
        story = story.mail(&letter(BOX, ADMIN, "2026-11-04T15:00:00").form(&form));
    }
    story.live("2026-11-02", "2026-12-18")
}

#[test]
fn sh_07_mc_03_a_review_brought_forward_moves_the_child_and_whoever_carries_it_is_told_and_invited() {
    let mut live = heard(860, Some("11/12/2026"));
    live.until("2026-11-10T10:00:00");
    let set = live.set_review("R-0001", "2026-11-20").unwrap();
    assert_eq!(set.before, Some("2026-12-11".parse().unwrap()));
    assert_eq!(set.meeting, Some("surrey-rmm-se/2026-11-18".parse().unwrap()), "the last on or before it (MC-05)");
    assert_eq!(set.flags, []);
    live.until("2026-11-10T12:00:00");
    let r = live.so_far();
    let told: Vec<_> = r.of("notification").into_iter().filter(|m| m.goes_to(VIKTOR)).collect();
    let last = told.last().unwrap();
    assert!(last.says("Fri 20 November 2026"), "{}", last.text);
    assert_eq!(last.children, addresses(["R-0001"]));
    assert!(r.sent.iter().any(|m| m.kind.starts_with("invitation") && m.meeting == "surrey-rmm-se/2026-11-18"));
    let line = r.journal.lines().find(|line| line.contains("review.set")).unwrap();
    assert!(line.contains("MC-03") && line.contains("it was 2026-12-11"), "{line}");
    assert!(!r.journal.contains("Odile") && !r.journal.contains("telephone"), "{}", r.journal);
    assert!(live.set_review("R-0001", "2026-11-20").is_err(), "it stands already");
    let r = live.finish();
    let heard_at = |day: &str| r.for_meeting("agenda", &format!("surrey-rmm-se/{day}"));
    assert_eq!(heard_at("2026-11-18").len(), 1, "{}", r.overview());
    assert!(heard_at("2026-12-09").iter().all(|m| !m.children.contains("R-0001")), "{}", r.overview());
}

#[test]
fn mc_03_a_date_after_the_longest_interval_is_kept_and_shown_to_the_chair() {
    let mut live = heard(861, Some("11/12/2026"));
    live.until("2026-11-10T10:00:00");
    let set = live.set_review("R-0001", "2027-09-01").unwrap();
    assert!(matches!(set.flags[..], [Flag::AfterLatest { .. }]), "{set:?}");
    live.until("2026-11-10T12:00:00");
    let r = live.so_far();
    let alert = r.alerts("R-0001: review date after the longest interval");
    assert_eq!(alert.len(), 1, "{}", r.overview());
    assert!(alert[0].says("is set for Wed 1 September 2027"), "{}", alert[0].text);
}

#[test]
fn mc_35_a_date_set_by_hand_answers_what_is_asked_and_none_is_set_provisionally() {
    let mut live = heard(862, None);
    live.until("2026-11-05T10:00:00");
    live.set_review("R-0001", "2026-11-25").unwrap();
    live.until("2026-11-20T12:00:00");
    let journal = live.so_far().journal;
    assert!(!journal.contains("set provisionally"), "{journal}");
    let r = live.finish();
    assert_eq!(r.for_meeting("agenda", "surrey-rmm-se/2026-11-25").len(), 1, "{}", r.overview());
}

#[test]
fn a_review_is_set_only_for_a_child_that_was_heard_and_for_a_day_to_come() {
    let mut live = heard(863, None);
    live.until("2026-11-03T10:00:00");
    let refused = |live: &mut Live, due: &str| live.set_review("R-0001", due).unwrap_err().to_string();
    assert!(refused(&mut live, "2026-11-25").contains("has not been heard yet"));
    live.until("2026-11-05T10:00:00");
    assert!(refused(&mut live, "2026-11-05").contains("after today"));
    assert!(refused(&mut live, "2036-11-05").contains("after today and before"));
    assert!(!live.so_far().journal.contains("review.set"));
}

#[test]
fn what_another_thing_ends_no_word_ends() {
    let mut live = heard(864, None);
    live.until("2026-11-05T10:00:00");
    let refused = live.done("R-0001", "record_outcome").unwrap_err().to_string();
    assert!(refused.contains("outcome sheet or recording template"), "{refused}");
    let r = live.finish();
    assert!(!r.journal.contains("obligation.ended") && r.journal.contains("set provisionally"), "{}", r.journal);
}
