//! A core member who joins after the pack of a meeting has gone has it too, once, and before any supplement (SY-06, SY-12).

use crate::harness::{Live, Story, addresses, child, letter, rat, same_second};
use dutyclerk::casework::directory::Entry;

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const NURSE: &str = "keir.fenwick@community.nhs.example";
const NEW: &str = "rosalind.tempest@community.nhs.example";
const BOX: &str = "surrey-rmm-se";
const MEETING: &str = "surrey-rmm-se/2026-11-25";

/// One child in the pack of Mon 23 November at 10:00, one late.
fn sent(n: u32) -> Live {
    let (maisie, rory) = (child(n, "Maisie Thornquist"), child(n + 1, "Rory Quillfeather"));
    let mut live = Story::new(BOX)
        .about([&maisie, &rory])
        .mail(&letter(BOX, VIKTOR, "2026-11-20T09:00:00").form(&rat(&maisie)))
        .mail(&letter(BOX, VIKTOR, "2026-11-23T11:00:00").form(&rat(&rory)))
        .live("2026-11-19", "2026-11-27");
    live.until("2026-11-23T12:00:00");
    live
}

fn joins(rows: &mut Vec<Entry>) {
    let mut row = rows.iter().find(|row| row.email.as_str() == NURSE).unwrap().clone();
    row.email = NEW.parse().unwrap();
    row.name = "Rosalind Tempest".to_owned().into();
    rows.push(row);
}

#[test]
fn sy_12_who_joins_after_the_pack_has_it_once_and_what_follows_with_the_others() {
    let mut live = sent(780);
    let pack = live.so_far().only("agenda").clone();
    live.directory(joins);
    live.until("2026-11-23T12:30:00");
    let r = live.so_far();
    let theirs = r.to(NEW);
    assert_eq!(theirs.len(), 1, "{}", r.overview());
    assert_eq!((theirs[0].kind.as_str(), &theirs[0].to), ("agenda", &addresses([NEW])), "the others have it");
    assert_eq!((theirs[0].hashes(), &theirs[0].children), (pack.hashes(), &pack.children));
    live.start_again();
    live.until("2026-11-23T14:00:00");
    live.admit(MEETING, "R-0002");
    let r = live.finish();
    assert_eq!(r.for_meeting("agenda", MEETING).len(), 2, "once: {}", r.overview());
    assert!(r.only("supplement").goes_to(NEW), "{}", r.overview());
}

#[test]
fn sy_12_whoever_joins_just_before_a_supplement_has_the_pack_first() {
    let mut live = sent(782);
    live.admit(MEETING, "R-0002");
    live.until("2026-11-23T12:08:00");
    live.directory(joins);
    let r = live.finish();
    let theirs: Vec<_> = r.to(NEW).iter().map(|mail| mail.kind.clone()).collect();
    assert_eq!(theirs, ["agenda", "supplement"], "{}", r.overview());
    same_second(r.to(NEW)[0].at, "2026-11-23T12:10:01");
}

#[test]
fn sy_12_a_row_that_was_there_by_mistake_for_minutes_and_a_meeting_that_has_begun_get_nothing() {
    let mut live = sent(784);
    live.directory(joins);
    live.until("2026-11-23T12:05:00");
    live.directory(|rows| rows.retain(|row| row.email.as_str() != NEW));
    live.until("2026-11-25T10:30:00");
    live.directory(joins);
    let r = live.finish();
    assert!(r.to(NEW).iter().all(|mail| mail.meeting != MEETING), "{}", r.overview());
}
